"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from symconv.errors import InputError

F = TypeVar("F", bound=Callable[..., Any])

STYLE_OPTIONS = (
    click.option(
        "--names", multiple=True, metavar="R=L,...", help=r"Letters for roles: X=x,F=w,O=z,G=\delta,L=E. Repeatable."
    ),
    click.option("--index-base", default=1, show_default=True, metavar="N", help="Number of the first index, 1 or 0."),
    click.option("--batch-mean", is_flag=True, help="The loss is the mean over the batch: write 1/batch."),
)


def with_options(*groups: Sequence[Callable[[F], F]]) -> Callable[[F], F]:
    """A decorator that adds the options of all groups, in order."""

    def add(function: F) -> F:
        for option in reversed([option for group in groups for option in group]):
            function = option(function)
        return function

    return add


def names_from(texts: Sequence[str]) -> dict[str, str]:
    r"""Letters by role from texts such as `X=x,F=w`.

    >>> names_from([r"X=x,G=\delta"])
    {'X': 'x', 'G': '\\delta'}
    """
    names: dict[str, str] = {}
    for part in ",".join(texts).split(",") if texts else ():
        role, equals, letter = part.strip().partition("=")
        if not equals:
            raise InputError(f"names has {part!r}: expected ROLE=LETTER, such as X=x,F=w")
        if role in names:
            raise InputError(f"names gives {role} twice, {names[role]!r} and {letter!r}: give it once")
        names[role] = letter
    return names
