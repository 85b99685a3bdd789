"""`symconv prove LAYER`: decide every closed form, for this shape or for all sizes."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import click

from symconv.cli.groups import LazyGroup
from symconv.cli.layers import LAYERS, LayerCommand, commands, layer_from
from symconv.errors import InputError

PROVE_OPTIONS = (
    click.option("--exhaustive", is_flag=True, help="Compare all terms of a large layer, not axis by axis."),
    click.option("--certificate", type=click.Path(path_type=Path), metavar="FILE.v",
                 help="Write a file that the proof assistant Coq checks."),
    click.option("--force", is_flag=True, help="Replace a file that symconv did not write."),
)  # fmt: skip
ALL_SIZES_OPTIONS = (
    click.option("--all-sizes", is_flag=True, help="For every input size, filter size and padding at once."),
    click.option("--claim", metavar="TEXT", help='A claim of your own, such as "dX = corr(pad(G, k-1), rev(F))".'),
    click.option("--limit", type=int, metavar="N", help="How many of its operations isl may take for one claim."),
)
ANY_SIZE = ("conv", "conv-transpose")
"""The layers that can be proved for all sizes; their sizes may be left out then."""
MAX_PAIRS = 1_000


def _prove(layer: Any, *, certificate: Path | None, force: bool, exhaustive: bool) -> None:
    from symconv.compose import prove

    proofs = prove(layer, exhaustive=exhaustive, watch=_progress)
    _say(proofs)
    if certificate is not None:
        from symconv.proof.certificate import certificate as written
        from symconv.writing.files import write_whole

        write_whole(certificate, written(layer), force=force)
    _answer(proofs)


def _say(proofs: Sequence[Any]) -> None:
    for proof in proofs:
        click.echo(str(proof))


def _answer(proofs: Iterable[Any]) -> None:
    if not all(proof.holds for proof in proofs):
        raise click.exceptions.Exit(1)


def _progress(claims: Iterable[Any]) -> Iterator[Any]:
    with click.progressbar(list(claims), label="Proving", file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
        yield from bar


def _for_all_sizes(kind: str) -> click.Command:
    """The command of a layer that may be proved for all sizes, whose own sizes are optional then."""
    known = LAYERS[kind]
    plain = commands((), _prove)[kind]().params

    def callback(
        *, all_sizes: bool, claim: str | None, limit: int | None, certificate: Path | None, force: bool,
        exhaustive: bool, **fields: Any,
    ) -> None:  # fmt: skip
        if all_sizes or claim is not None:
            _pairs(known, fields, claim, limit)
            return
        missing = [name for name in ("input", "filter") if fields[name] is None]
        if missing:
            raise InputError(f"{missing[0]} is missing: give --{missing[0]}, or --all-sizes to prove it for every size")
        _prove(layer_from(known, fields), certificate=certificate, force=force, exhaustive=exhaustive)

    function: Any = callback
    for each in reversed((*ALL_SIZES_OPTIONS, *PROVE_OPTIONS)):
        function = each(function)
    command: click.Command = click.command(kind, help=known.help)(function)
    for parameter in plain:
        parameter.required = False
    command.params = [*plain, *command.params]
    return command


def _pairs(known: LayerCommand, fields: dict[str, Any], claim: str | None, limit: int | None) -> None:
    """Every pair of a stride and a dilation, each a number or a range such as 1..8."""
    from symconv.compose import prove_for_all_sizes

    pairs = list(product(_range("stride", fields.pop("stride")), _range("dilation", fields.pop("dilation"))))
    if len(pairs) > MAX_PAIRS:
        raise InputError(f"stride and dilation make {len(pairs):,} pairs: expected at most {MAX_PAIRS:,}")
    kept = {name: value for name, value in fields.items() if name in ("bias", "convention") and value is not None}
    good = True
    for stride, dilation in _progress(pairs):
        layer = layer_from(known, {**kept, "input": "1", "filter": "1", "stride": stride, "dilation": dilation})
        proofs = prove_for_all_sizes(layer, claim=claim, **({} if limit is None else {"limit": limit}))
        good &= all(proof.holds for proof in proofs)
        if len(pairs) == 1:
            _say(proofs)
        else:
            _table_row(stride, dilation, proofs)
    if not good:
        raise click.exceptions.Exit(1)


def _table_row(stride: str, dilation: str, proofs: Sequence[Any]) -> None:
    wrong = [proof for proof in proofs if not proof.holds]
    said = f"{wrong[0]}" if wrong else f"{len(proofs)} claims proved for all sizes"
    click.echo(f"stride {stride}, dilation {dilation}: {said}")


def _range(what: str, text: str | None) -> list[str]:
    """The numbers of `3` or `1..8`."""
    first, dots, last = (text or "1").partition("..")
    if not first.isdecimal() or not (last.isdecimal() or not dots) or int(first) < 1 or int(last or first) < int(first):
        raise InputError(f"{what} is {text!r}: expected a number such as 2, or a range such as 1..8")
    return [str(number) for number in range(int(first), int(last or first) + 1)]


def _made() -> dict[str, Any]:
    found = dict(commands(PROVE_OPTIONS, _prove))
    return found | {kind: lambda kind=kind: _for_all_sizes(kind) for kind in ANY_SIZE if kind in found}


@click.group(cls=LazyGroup, made=_made(), told={name: known.help for name, known in LAYERS.items()})
def command() -> None:
    """Decide every closed form of a layer. Exit code 0: proved; 1: refuted or undecided.

    \b
    symconv prove conv --input 5x5 --filter 3x3 --stride 2
    symconv prove conv --stride 2 --dilation 3 --all-sizes
    symconv prove conv --stride 1..8 --dilation 1..8 --all-sizes
    symconv prove conv --claim "dX = corr(pad(G, k-1), F)"
    """
