"""Which entry of a window a maximum is taken from: masks of real values by a rule for ties, and assumed choices."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from symconv.errors import InputError
from symconv.forms import Shape
from symconv.geometry import Axis

Ties: TypeAlias = Literal["first", "all", "split"]
TIES = ("first", "all", "split")
Positions: TypeAlias = Sequence[int | Sequence[int]]
Choice: TypeAlias = tuple[tuple[int, ...], ...]
"""For every output entry, row by row, the multi-index of the input entry that it is taken from."""


def reached_maximum(axes: Sequence[Axis], values: NDArray[Any]) -> NDArray[np.bool_]:
    """For every window, in one row, which of its places hold its maximum; padding never does.

    `values` have the axes of the examples and channels, then the positions; NaN raises `InputError`.
    """
    windows, real = _windows(axes, values)
    largest = np.where(real, windows, values.min()).max(axis=-1, keepdims=True)
    reached: NDArray[np.bool_] = real & (windows == largest)
    if not reached.any(axis=-1).all():
        raise InputError("values hold what is no number, and a window with it has no maximum: give numbers")
    return reached


def _windows(axes: Sequence[Axis], values: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Every window's entries in one row, and whether they are entries of the input."""
    rank = len(axes)
    index, real = [], np.ones((1,) * 2 * rank, dtype=bool)
    for number, axis in enumerate(axes):
        read = np.add.outer(axis.stride * np.arange(axis.output), axis.dilation * np.arange(axis.filter)) - axis.before
        shape = [1] * 2 * rank
        shape[number], shape[rank + number] = read.shape
        read = read.reshape(shape)
        index.append(np.clip(read, 0, axis.size - 1))
        real = real & (read >= 0) & (read < axis.size)
    rows = (*(axis.output for axis in axes), -1)
    maps = values.shape[:-rank]
    return values[(..., *index)].reshape(*maps, *rows), real.reshape(rows)


def broken_ties(reached: NDArray[np.bool_], ties: Ties) -> NDArray[Any]:
    """Masks from the places that hold the maximum: the first of each row, all, or an even split as fractions.

    >>> broken_ties(np.array([[False, True, True]]), "split").tolist()
    [[Fraction(0, 1), Fraction(1, 2), Fraction(1, 2)]]
    """
    whole: NDArray[np.int64] = reached.astype(np.int64)
    if ties == "all":
        return whole
    if ties == "first":
        return np.where(np.cumsum(whole, axis=-1) == 1, whole, 0)
    split: NDArray[Any] = np.empty(reached.shape, dtype=object)
    counts = np.broadcast_to(whole.sum(axis=-1, keepdims=True), reached.shape)
    split.ravel()[:] = [
        Fraction(int(one), int(count)) for one, count in zip(whole.ravel(), counts.ravel(), strict=True)
    ]
    return split


def place_in_window(axes: Sequence[Axis], output: Sequence[int], position: Sequence[int]) -> tuple[int, ...] | None:
    """The place that an input position has in the window of an output position, None where it has none.

    >>> place_in_window([Axis(size=5, filter=2, stride=2)], (1,), (3,)), place_in_window([Axis(5, 2)], (1,), (3,))
    ((1,), None)
    """
    place = []
    for axis, i, x in zip(axes, output, position, strict=True):
        f, apart = divmod(x + axis.before - axis.stride * i, axis.dilation)
        if apart or not (0 <= f < axis.filter and 0 <= x < axis.size):
            return None
        place.append(f)
    return tuple(place)


def as_choice(positions: object) -> Choice:
    """A choice as multi-indices; on one axis whole numbers do.

    >>> as_choice([1, 2]), as_choice([[0, 1]])
    (((1,), (2,)), ((0, 1),))
    """
    if isinstance(positions, str) or not isinstance(positions, Iterable):
        raise InputError(f"argmax is {positions!r}: expected one position in the input for each output entry")
    try:
        return tuple(tuple(map(int, at)) if isinstance(at, Iterable) else (int(at),) for at in positions)
    except (TypeError, ValueError):
        raise InputError("argmax holds what is no position: expected whole numbers such as (0, 1)") from None


def argmax_words(choice: Choice, index_base: int) -> str:
    """A choice as the command line takes it, positions from `index_base`.

    >>> argmax_words(((0, 1), (1, 2)), 1)
    '1,2;2,3'
    """
    return ";".join(",".join(str(i + index_base) for i in at) for at in choice)


def parse_argmax(text: str, index_base: int = 1) -> tuple[Shape, ...]:
    """A choice from text whose positions count from `index_base`, counted from 0.

    >>> parse_argmax("1,2;2,3")
    ((0, 1), (1, 2))
    """
    position = r"\d{1,7}(,\d{1,7})*"
    if not re.fullmatch(rf"{position}(;{position})*", text, flags=re.ASCII):
        raise InputError(f"argmax is {text[:40]!r}: expected positions joined by semicolons, such as 1,2;1,3;3,2;4,4")
    return tuple(tuple(int(i) - index_base for i in at.split(",")) for at in text.split(";"))
