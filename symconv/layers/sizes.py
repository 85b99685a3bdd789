"""Sizes, per-axis options and padding, as Python values or in the short text form of the command line.

Text: `3x3` sizes, `2` or `2x1` per axis; padding `1`, `1x0` per axis, `0:1x0:1` before:after, or a word.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from operator import index
from typing import SupportsIndex, TypeAlias, TypeVar

from symconv.errors import InputError
from symconv.geometry import PADDING_WORDS, named_padding

SizesLike: TypeAlias = int | Sequence[int]
PaddingLike: TypeAlias = int | str | Sequence[int | Sequence[int]]

T = TypeVar("T")

MAX_SIZE = 1_000_000
"""Largest size, stride, dilation or channel count that is taken at all; larger ones are surely a slip."""


def whole(what: str, value: object, least: int = 1) -> int:
    """The value, once it is known to be a whole number from `least` on.

    >>> whole("groups", 2)
    2
    """
    number = index(value) if isinstance(value, SupportsIndex) and not isinstance(value, bool) else None
    if number is None or number < least:
        raise InputError(f"{what} is {value!r}: expected a whole number of at least {least}")
    if number > MAX_SIZE:
        raise InputError(f"{what} is {number}: expected at most {MAX_SIZE}")
    return number


def sizes(what: str, value: SizesLike) -> tuple[int, ...]:
    """One size an axis, for one to three axes.

    >>> sizes("input", (3, 4)), sizes("input", 5)
    ((3, 4), (5,))
    """
    values = _sequence(value)
    if not 1 <= len(values) <= 3:
        raise InputError(f"{what} has {len(values)} sizes: expected 1 to 3, one a spatial axis, such as 3x3")
    return tuple(whole(f"{what} size", size) for size in values)


def per_axis(what: str, value: SizesLike, count: int, least: int = 1) -> tuple[int, ...]:
    """One number an axis from `least` on, a single one standing for all.

    >>> per_axis("stride", 2, 3)
    (2, 2, 2)
    """
    values = tuple(whole(what, number, least) for number in _sequence(value))
    return _for_all_axes(what, values, count)


def padding_pairs(
    value: PaddingLike, size: Sequence[int], filter: Sequence[int], stride: Sequence[int], dilation: Sequence[int]
) -> tuple[tuple[int, int], ...]:
    """(before, after) an axis.

    >>> padding_pairs((1, 0), (3, 3), (2, 2), (1, 1), (1, 1))
    ((1, 1), (0, 0))
    >>> padding_pairs("same", (3, 3), (2, 2), (1, 1), (1, 1))
    ((0, 1), (0, 1))
    """
    if isinstance(value, str):
        if value not in PADDING_WORDS:
            raise InputError(f"padding is {value!r}: expected numbers or one of {', '.join(PADDING_WORDS)}")
        return tuple(named_padding(value, *axis) for axis in zip(size, filter, stride, dilation, strict=True))
    return _for_all_axes("padding", tuple(_pair(part) for part in _sequence(value)), len(size))


def _pair(value: object) -> tuple[int, int]:
    if isinstance(value, Sequence) and not isinstance(value, str):
        if len(value) != 2:
            raise InputError(f"padding of one axis is {tuple(value)!r}: expected one number or (before, after)")
        before, after = value
        return whole("padding", before, -MAX_SIZE), whole("padding", after, -MAX_SIZE)
    return (whole("padding", value, -MAX_SIZE),) * 2


def _sequence(value: object) -> tuple[object, ...]:
    return tuple(value) if isinstance(value, Sequence) and not isinstance(value, str) else (value,)


def _for_all_axes(what: str, values: tuple[T, ...], count: int) -> tuple[T, ...]:
    if len(values) == 1:
        return values * count
    if len(values) != count:
        raise InputError(f"{what} has {len(values)} values for {count} axes: give one, or one an axis")
    return values


def parse_sizes(what: str, text: str) -> tuple[int, ...]:
    """Sizes or per-axis numbers from text.

    >>> parse_sizes("input", "3x4")
    (3, 4)
    """
    if not re.fullmatch(r"-?\d{1,7}(x-?\d{1,7})*", text, flags=re.ASCII):
        raise InputError(
            f"{what} is {text[:40]!r}: expected whole numbers of up to 7 digits joined by x, such as 3x3 or 5"
        )
    return tuple(int(number) for number in text.split("x"))


def parse_padding(text: str) -> PaddingLike:
    """Padding from text.

    >>> parse_padding("1"), parse_padding("0:1x0:1"), parse_padding("same")
    ((1,), ((0, 1), (0, 1)), 'same')
    """
    if text in PADDING_WORDS:
        return text
    number = r"-?\d{1,7}"
    if not re.fullmatch(rf"{number}(:{number})?(x{number}(:{number})?)*", text, flags=re.ASCII):
        words = ", ".join(PADDING_WORDS)
        raise InputError(f"padding is {text[:40]!r}: expected 1, 1x0, 0:1x0:1 (before:after an axis) or one of {words}")
    parts = [tuple(int(n) for n in part.split(":")) for part in text.split("x")]
    return tuple(part[0] if len(part) == 1 else part for part in parts)
