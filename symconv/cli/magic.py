"""`%load_ext symconv` and the cell magic `%%symconv`: what is typed in a cell of a notebook is checked."""

from __future__ import annotations

import shlex
from functools import cache
from typing import TYPE_CHECKING, Any

import click

from symconv.cli.check import READING_OPTIONS, layer_in, spellings
from symconv.cli.layers import commands
from symconv.cli.options import with_options
from symconv.errors import InputError, SymconvError

if TYPE_CHECKING:
    from symconv.checking.findings import CheckReport


def load_ipython_extension(shell: Any) -> None:
    """What `%load_ext symconv` calls, with IPython's shell."""
    shell.register_magic_function(checked, "cell", "symconv")


def checked(line: str, cell: str) -> CheckReport:
    r"""Check the equations of a cell, in Markdown, LaTeX or plain text.

    \b
    %%symconv [--names X=x,F=w] [--index-base 0] [LAYER OPTIONS]
    %%symconv conv --input 3x3 --filter 2x2
    """
    from IPython.core.error import UsageError

    try:
        layer, options = asked(line)
        from symconv.compose.check import check

        return check(cell, layer=layer, **options)
    except SymconvError as error:
        raise UsageError(str(error)) from None
    except click.ClickException as error:
        raise UsageError(f"{' '.join(error.format_message().split())} (see symconv check --help)") from None


def asked(line: str) -> tuple[Any, dict[str, Any]]:
    """The layer and the options of a line.

    >>> layer, options = asked("--index-base 0 conv --input 3x3 --filter 2x2")
    >>> layer.output_shape, options
    ((2, 2), {'names': {}, 'index_base': 0})
    """
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise InputError(f"the line of %%symconv cannot be read: {error}; expected options and a layer") from None
    before, kind, behind = layer_in(words, _plain)
    command = _plain if kind is None else _of_layer(kind)
    answer: tuple[Any, dict[str, Any]] = command.main([*behind, *before], "%%symconv", standalone_mode=False)
    return answer


def _answer(layer: Any, *, names: tuple[str, ...], index_base: int | None) -> tuple[Any, dict[str, Any]]:
    return layer, {"names": spellings(names), "index_base": index_base}


@click.command(add_help_option=False)
@with_options(READING_OPTIONS)
def _plain(**options: Any) -> tuple[Any, dict[str, Any]]:
    return _answer(None, **options)


@cache
def _of_layer(kind: str) -> click.Command:
    return commands(READING_OPTIONS, _answer)[kind]()
