"""`symconv equation TARGET LAYER`: one equation, ready to paste."""

from __future__ import annotations

from typing import Any

import click

from symconv.cli.options import CONV_OPTIONS, STYLE_OPTIONS, conv_from, names_from, with_options


@click.group()
@click.argument("target")
@click.pass_context
def command(context: click.Context, target: str) -> None:
    """Print one equation, named in roles.

    TARGET is O, O_12, dO/dX, dO/dF_11, dO_12/dF_11, dL/dF, dL/dX_22 or dL/db, whatever letters are printed.

    \b
    symconv equation dL/dX conv --input 3x3 --filter 2x2 --form closed
    """
    context.obj = target


@command.command()
@with_options(CONV_OPTIONS, STYLE_OPTIONS)
@click.option(
    "--form",
    type=click.Choice(["chain", "sum", "closed"]),
    help="Local derivatives standing, values put in (the default), or the closed form.",
)
@click.option("--show", default=8, show_default=True, metavar="N", help="Rows and columns of a matrix before dots.")
@click.option("--to", "format", type=click.Choice(["latex", "text"]), default="latex", show_default=True)
@click.pass_obj
def conv(target: str, /, form: str | None, show: int, format: str, **options: Any) -> None:
    """A convolution in 1 to 3 dimensions."""
    from symconv.compose import derive
    from symconv.notation.text import TextPrinter

    layer = conv_from(options)
    names = names_from(options.pop("names"))
    derivation = derive(layer, names=names, **options)
    if format == "latex":
        click.echo(derivation.latex(target, form=form, show=show))
        return
    printer = TextPrinter(derivation.style)
    for relation in derivation.equation(target, form=form, show=show).relations:
        click.echo(printer(relation))
