"""`symconv derive LAYER`: write the derivation of a layer."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from symconv.cli.general import GENERAL, with_general
from symconv.cli.groups import LazyGroup
from symconv.cli.layers import LAYERS, commands, derivation_of
from symconv.cli.options import STYLE_OPTIONS

if TYPE_CHECKING:
    from symconv.compose import Derivation

DOCUMENT_OPTIONS = (
    click.option("--wrt", multiple=True, metavar="ROLE", help="Only the gradient by this role: X, F or b. Repeatable."),
    click.option("--detail", type=click.Choice(["brief", "full"]), default="full", show_default=True,
                 help="A page of definitions, results and closed forms, or every step."),
    click.option("--lang", default="en", show_default=True, metavar="LANG", help="Language of the prose."),
    click.option("--show", default=8, show_default=True, metavar="N", help="Rows and columns of a matrix before dots."),
    click.option("--max-pages", default=40, show_default=True, metavar="N", help="Refuse documents longer than this."),
    click.option("--exhaustive", is_flag=True, help="Compare all terms of a large layer, not axis by axis."),
    click.option("--max-terms", type=int, metavar="N", help="How many terms --exhaustive may compare."),
    click.option("--values", metavar="FILE|random:SEED", help="Work everything out in numbers too."),
    click.option("--evidence", default="differences,torch", show_default=True, metavar="W,...",
                 help="What is asked about the numbers; torch where it is installed; or none."),
    click.option("--template", type=click.Path(path_type=Path), metavar="FILE", help="A Jinja template of your own."),
    click.option("--to", "format", metavar="FORMAT", help="markdown, markdown-dollars, latex or latex-fragment."),
    click.option("-o", "--output", "path", type=click.Path(path_type=Path), metavar="FILE",
                 help="Write to this file."),
    click.option("--force", is_flag=True, help="Replace a file that symconv did not write."),
)  # fmt: skip


def _derive(layer: Any, **options: Any) -> None:
    _write(derivation_of(layer, options), **options)


def _made() -> dict[str, Any]:
    found = dict(commands((*STYLE_OPTIONS, *DOCUMENT_OPTIONS), _derive))
    return found | {kind: partial(_with_general, kind, found[kind]) for kind in GENERAL}


def _with_general(kind: str, plain: Callable[[], click.Command]) -> click.Command:
    return with_general(kind, plain(), _derive)


@click.group(
    cls=LazyGroup,
    made=_made(),
    told={name: known.help for name, known in LAYERS.items()},
)
def command() -> None:
    """Write the derivation of a layer: every gradient, step by step, proved."""


def _write(
    derivation: Derivation,
    *,
    path: Path | None,
    format: str | None,
    force: bool,
    lang: str,
    max_terms: int | None,
    **options: Any,
) -> None:
    if max_terms is not None:
        options["max_terms"] = max_terms
    options["evidence"] = [] if options["evidence"] == "none" else options["evidence"].split(",")
    options["watch"] = _progress
    if path is None:
        click.echo(derivation.render(format or "markdown", language=lang, **options), nl=False)
    else:
        derivation.write(path, to=format, force=force, language=lang, **options)


def _progress(claims: Iterable[Any]) -> Iterator[Any]:
    """The claims, with a progress bar on a terminal."""
    with click.progressbar(list(claims), label="Proving", file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
        yield from bar
