"""`symconv prove LAYER`: decide every closed form, for this shape or for all sizes."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
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
ALL_SIZES = click.option("--all-sizes", is_flag=True, help="For every input size, filter size and padding at once.")
CLAIM = click.option("--claim", metavar="TEXT", help='A claim of your own, such as "dX = corr(pad(G, k-1), rev(F))".')
LIMIT = click.option("--limit", type=click.IntRange(1), metavar="N",
                     help="How many of its operations isl may take for one claim.")  # fmt: skip
ANY_SIZE: Mapping[str, tuple[str, ...]] = {
    "conv": ("input", "filter"),
    "conv-transpose": ("input", "filter"),
    "max-pool": ("input", "window"),
    "avg-pool": ("input", "window"),
}
"""The layers that can be proved for all sizes, and what is unknown then besides the padding and all channels."""
FIXED = ("stride", "dilation")
KEPT = ("bias", "convention", "ceil_mode")
"""The options that mean something for all sizes too."""
MAX_PAIRS = 1_000
MAX_STEP = 1_000_000


def _prove(layer: Any, *, certificate: Path | None, force: bool, exhaustive: bool) -> None:
    from symconv.compose import prove

    if certificate is not None:
        from symconv.proof.coq import check_file_name

        check_file_name(certificate)
    proofs = prove(layer, exhaustive=exhaustive, watch=_progress)
    _say(proofs)
    if certificate is not None:
        from symconv.proof.certificate import certificate as written
        from symconv.writing.files import write_whole

        write_whole(certificate, written(layer), force=force)
    _answer(proofs)


def _say(proofs: Iterable[Any]) -> None:
    for proof in proofs:
        click.echo(proof.told())


def _answer(proofs: Iterable[Any]) -> None:
    if not all(proof.holds for proof in proofs):
        raise click.exceptions.Exit(1)


def _progress(claims: Iterable[Any]) -> Iterator[Any]:
    with click.progressbar(list(claims), label="Proving", file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
        yield from bar


def _wipe_progress() -> None:
    """Make room for answers that are given on the way."""
    if sys.stderr.isatty():
        click.echo("\r\033[K", err=True, nl=False)


def _for_any_size(kind: str) -> click.Command:
    """The command of a layer that may be proved for all sizes, whose own sizes are optional then."""
    known = LAYERS[kind]
    plain = commands((), _prove)[kind]().params
    fields = {parameter.name: parameter for parameter in plain}
    required = [parameter for parameter in plain if parameter.required]

    def callback(**values: Any) -> None:
        layer = {name: values.pop(name) for name in fields}
        shape = {name: values.pop(name) for name in ("certificate", "force", "exhaustive")}
        if values["all_sizes"] or values.get("claim") is not None:
            if any(shape.values()):
                raise InputError("--exhaustive and --certificate prove a shape: leave them out, or --all-sizes")
            _for_all_sizes(known, kind, layer, values)
            return
        for parameter in required:
            if layer[str(parameter.name)] is None:
                option = parameter.opts[0]
                raise InputError(f"{option} is missing: give it, or --all-sizes to prove the layer for every size")
        _prove(layer_from(known, layer), **shape)

    function: Any = callback
    for each in reversed((ALL_SIZES, *((CLAIM,) if kind == "conv" else ()), LIMIT, *PROVE_OPTIONS)):
        function = each(function)
    command: click.Command = click.command(kind, help=known.help)(function)
    for parameter in required:
        parameter.required = False
    command.params = [*plain, *command.params]
    return command


def _for_all_sizes(known: LayerCommand, kind: str, fields: Mapping[str, Any], options: Mapping[str, Any]) -> None:
    """Every pair of a stride and a dilation, each a number or a range such as 1..8."""
    from symconv.compose import prove_for_all_sizes

    ranges = {name: _range(name, fields[name]) for name in FIXED if name in fields}
    count = 1
    for numbers in ranges.values():
        count *= len(numbers)
    if count > MAX_PAIRS:
        raise InputError(f"stride and dilation make {count:,} pairs: expected at most {MAX_PAIRS:,}")
    unknown = dict.fromkeys(ANY_SIZE[kind], "1")
    kept = {name: fields[name] for name in KEPT if fields.get(name) is not None}
    asked = {name: options.get(name) for name in ("claim", "limit")}
    good = True
    for pair in _progress([dict(zip(ranges, map(str, each), strict=True)) for each in product(*ranges.values())]):
        proofs = prove_for_all_sizes(layer_from(known, {**kept, **unknown, **pair}), **asked)
        good &= all(proof.holds for proof in proofs)
        _wipe_progress()
        if count == 1:
            _say(proofs)
        else:
            _table_row(pair, proofs)
    if not good:
        raise click.exceptions.Exit(1)


def _table_row(pair: Mapping[str, str], proofs: Sequence[Any]) -> None:
    """What came out for one pair, on a line."""
    wrong = [proof for proof in proofs if not proof.holds]
    number = f"{len(proofs)} statements" if len(proofs) > 1 else "the claim"
    said = str(wrong[0]) if wrong else f"{number} proved for all sizes"
    click.echo(f"{', '.join(f'{name} {each}' for name, each in pair.items())}: {said}")


def _range(what: str, text: str | None) -> range:
    """The numbers of `3` or `1..8`."""
    if text is None and what == "stride":
        raise InputError("stride is missing: a pool moves by its window, whose size is open here; give --stride")
    first, dots, last = (text or "1").partition("..")
    good = _is_step(first) and (_is_step(last) if dots else not last)
    if not good or int(last or first) < int(first):
        raise InputError(
            f"{what} is {text!r}: expected a number from 1 to {MAX_STEP:,}, such as 2, or a range such as 1..8; axes "
            "do not depend on each other, so one is proved at a time"
        )
    return range(int(first), int(last or first) + 1)


def _is_step(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 7 and 1 <= int(text) <= MAX_STEP


@click.group(
    cls=LazyGroup,
    made={**commands(PROVE_OPTIONS, _prove), **{kind: partial(_for_any_size, kind) for kind in ANY_SIZE}},
    told={name: known.help for name, known in LAYERS.items()},
)
def command() -> None:
    """Decide every closed form of a layer. Exit code 0: proved; 1: refuted or undecided.

    \b
    symconv prove conv --input 5x5 --filter 3x3 --stride 2
    symconv prove conv --stride 2 --dilation 3 --all-sizes
    symconv prove conv --stride 1..8 --dilation 1..8 --all-sizes
    symconv prove conv --claim "dX = corr(pad(G, k-1), rev(F)) where a = 0, c = 0"
    """
