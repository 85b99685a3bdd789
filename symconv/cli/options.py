"""Options that several commands share, and layers made from them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from symconv.errors import InputError

if TYPE_CHECKING:
    from symconv.layers.conv import Conv

F = TypeVar("F", bound=Callable[..., Any])

CONV_OPTIONS = (
    click.option("--input", required=True, metavar="SIZES", help="Input size, such as 3x3, 5 or 4x4x4."),
    click.option("--filter", required=True, metavar="SIZES", help="Filter size, as many numbers as the input has."),
    click.option("--stride", default="1", show_default=True, metavar="N", help="One number, or one an axis: 2x1."),
    click.option(
        "--padding", default="0", show_default=True, metavar="N",
        help="1, 1x0 an axis, 0:1x0:1 before:after, valid, same, same-fixed or full.",
    ),
    click.option("--dilation", default="1", show_default=True, metavar="N", help="One number, or one an axis."),
    click.option("--in-channels", default=1, show_default=True, metavar="N", help="Input channels."),
    click.option("--out-channels", default=1, show_default=True, metavar="N", help="Output channels."),
    click.option("--groups", default=1, show_default=True, metavar="N", help="Groups of channels."),
    click.option("--batch", default=1, show_default=True, metavar="N", help="Examples in the batch."),
    click.option("--bias", type=click.Choice(["map", "entry"]), help="One bias a map, or one an output entry."),
    click.option(
        "--convention", type=click.Choice(["correlation", "convolution"]), default="correlation", show_default=True,
        help="Whether the filter slides as it is or reversed.",
    ),
)  # fmt: skip

CONV_NAMES = (
    "input", "filter", "stride", "padding", "dilation", "in_channels", "out_channels", "groups", "batch", "bias",
    "convention",
)  # fmt: skip

STYLE_OPTIONS = (
    click.option(
        "--names", multiple=True, metavar="R=L,...", help=r"Letters for roles: X=x,F=w,O=z,G=\delta,L=E. Repeatable."
    ),
    click.option("--index-base", default=1, show_default=True, metavar="N", help="Number of the first index, 1 or 0."),
    click.option("--batch-mean", is_flag=True, help="The loss is the mean over the batch: write 1/batch."),
)


def with_options(*groups: tuple[Callable[[F], F], ...]) -> Callable[[F], F]:
    """A decorator that adds the options of all groups, in order."""

    def add(function: F) -> F:
        for option in reversed([option for group in groups for option in group]):
            function = option(function)
        return function

    return add


def conv_from(options: dict[str, Any]) -> Conv:
    """The convolution that the options describe; they are taken out of the dictionary."""
    from symconv.layers.conv import Conv
    from symconv.layers.sizes import parse_padding, parse_sizes

    layer: dict[str, Any] = {name: options.pop(name) for name in CONV_NAMES}
    for name in ("input", "filter", "stride", "dilation"):
        layer[name] = parse_sizes(name, layer[name])
    return Conv(**layer | {"padding": parse_padding(layer["padding"])})


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
