"""`symconv equation TARGET LAYER`: one equation, ready to paste."""

from __future__ import annotations

from typing import Any

import click

from symconv.cli.groups import LazyGroup
from symconv.cli.layers import LAYERS, commands, derivation_of
from symconv.cli.options import STYLE_OPTIONS

EQUATION_OPTIONS = (
    click.option(
        "--form",
        type=click.Choice(["chain", "sum", "closed"]),
        help="Local derivatives standing, values put in (the default), or the closed form.",
    ),
    click.option("--show", default=8, show_default=True, metavar="N", help="Rows and columns of a matrix before dots."),
    click.option("--to", "format", type=click.Choice(["latex", "text"]), default="latex", show_default=True),
)


def _print(layer: Any, *, form: str | None, show: int, format: str, **options: Any) -> None:
    from symconv.notation.text import TextPrinter

    target = click.get_current_context().obj
    derivation = derivation_of(layer, options)
    if format == "latex":
        click.echo(derivation.latex(target, form=form, show=show))
        return
    printer = TextPrinter(derivation.style)
    for relation in derivation.equation(target, form=form, show=show).relations:
        click.echo(printer(relation))


@click.group(
    cls=LazyGroup,
    made=commands((*STYLE_OPTIONS, *EQUATION_OPTIONS), _print),
    told={name: known.help for name, known in LAYERS.items()},
)
@click.argument("target")
@click.pass_context
def command(context: click.Context, target: str) -> None:
    """Print one equation, named in roles.

    TARGET is O, O_12, dO/dX, dO/dF_11, dO_12/dF_11, dL/dF, dL/dX_22 or dL/db, whatever letters are printed.

    \b
    symconv equation dL/dX conv --input 3x3 --filter 2x2 --form closed
    """
    context.obj = target
