"""`symconv derive LAYER`: write the derivation of a layer."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from symconv.cli.options import CONV_OPTIONS, STYLE_OPTIONS, conv_from, names_from, with_options

if TYPE_CHECKING:
    from symconv.compose import Derivation
    from symconv.layers.base import Claim

DOCUMENT_OPTIONS = (
    click.option("--wrt", multiple=True, metavar="ROLE", help="Only the gradient by this role: X, F or b. Repeatable."),
    click.option("--detail", type=click.Choice(["brief", "full"]), default="full", show_default=True,
                 help="A page of definitions, results and closed forms, or every step."),
    click.option("--lang", default="en", show_default=True, metavar="LANG", help="Language of the prose."),
    click.option("--show", default=8, show_default=True, metavar="N", help="Rows and columns of a matrix before dots."),
    click.option("--max-pages", default=40, show_default=True, metavar="N", help="Refuse documents longer than this."),
    click.option("--exhaustive", is_flag=True, help="Compare all terms of a large layer, not axis by axis."),
    click.option("--max-terms", type=int, metavar="N", help="How many terms --exhaustive may compare."),
    click.option("--template", type=click.Path(path_type=Path), metavar="FILE", help="A Jinja template of your own."),
    click.option("--to", "format", metavar="FORMAT", help="markdown, markdown-dollars, latex or latex-fragment."),
    click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Write to this file."),
    click.option("--force", is_flag=True, help="Replace a file that symconv did not write."),
)  # fmt: skip


@click.group()
def command() -> None:
    """Write the derivation of a layer: every gradient, step by step, proved."""


@command.command()
@with_options(CONV_OPTIONS, STYLE_OPTIONS, DOCUMENT_OPTIONS)
def conv(**options: Any) -> None:
    """A convolution in 1 to 3 dimensions.

    \b
    symconv derive conv --input 3x3 --filter 2x2
    symconv derive conv --input 5x5 --filter 3x3 --stride 2 --padding 1 -o conv.tex
    """
    from symconv.compose import derive

    layer = conv_from(options)
    names = names_from(options.pop("names"))
    derivation = derive(layer, names=names, index_base=options.pop("index_base"), batch_mean=options.pop("batch_mean"))
    _write(derivation, **options)


def _write(
    derivation: Derivation,
    *,
    output: Path | None,
    format: str | None,
    force: bool,
    lang: str,
    max_terms: int | None,
    **options: Any,
) -> None:
    if max_terms is not None:
        options["max_terms"] = max_terms
    options["watch"] = _progress
    if output is None:
        click.echo(derivation.render(format or "markdown", language=lang, **options), nl=False)
    else:
        derivation.write(output, to=format, force=force, language=lang, **options)


def _progress(claims: Iterable[Claim]) -> Iterator[Claim]:
    """The claims, with a progress bar on a terminal."""
    with click.progressbar(list(claims), label="Proving", file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
        yield from bar
