"""Sizes that a layer gets from the layer before it in a network."""

from __future__ import annotations

from symconv.errors import InputError
from symconv.forms import Shape
from symconv.layers.words import times


def agreed(kind: str, what: str, given: Shape | None, found: Shape) -> None:
    """Raise `InputError` where a layer of this kind was given another size than it finds.

    >>> agreed("conv", "input", (3, 3), (3, 3))
    """
    if given is not None and given != found:
        raise InputError(
            f"{kind} was made for {what} {times(given)}, but the layer before it hands on {times(found)}: leave the "
            f"{what} out, or give {times(found)}"
        )


def channels_and_positions(kind: str, shape: Shape, axes: int, sliding: str = "filter") -> tuple[int, Shape]:
    """The channels and positions of an example. Raises `InputError` for an example with other than `axes` axes of
    positions; `sliding` is what the layer moves over them.

    >>> channels_and_positions("conv", (3, 6, 6), 2)
    (3, (6, 6))
    """
    if len(shape) != axes + 1:
        raise InputError(
            f"{kind} needs examples of channels and {axes} sizes, but the layer before it hands on examples of shape "
            f"{times(shape)}: give a {sliding} with {len(shape) - 1} sizes, or change the layer before"
        )
    return shape[0], shape[1:]


def unsized(kind: str, option: str = "input", what: str = "input size") -> InputError:
    """The error of a layer that is asked for what depends on a size that it was not given."""
    return InputError(f"{kind} has no {what}: give {option}=, or put the layer in a Network")
