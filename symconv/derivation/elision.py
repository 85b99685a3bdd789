"""What is shown of something long: the first few, dots, the last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a page shows before it puts dots.

    A matrix shows up to `matrix` rows and columns, a list up to `entries` items, a sum up to `terms` products.

    >>> Limits.showing(8)
    Limits(matrix=8, entries=32, terms=16)
    """

    matrix: int
    entries: int
    terms: int

    @classmethod
    def showing(cls, size: int) -> Limits:
        """The limits for matrices of up to `size` rows and columns."""
        return cls(size, size * size // 2, 2 * size)

    def wide(self) -> Limits:
        """Limits for the unrolled matrix, whose entries are narrow and many of them 0."""
        return replace(self, matrix=2 * self.matrix)


def positions(count: int, limit: int, first: int = 2, focus: Sequence[int] = ()) -> list[int | None]:
    """The positions shown of `count`, with None for the dots: the first ones, those in focus, and the last.

    A focus that is too long to be shown whole is cut to its first ones.

    >>> positions(3, 8), positions(20, 8), positions(20, 8, focus=range(3, 6))
    ([0, 1, 2], [0, 1, None, 19], [0, 1, None, 3, 4, 5, None, 19])
    """
    if count <= limit:
        return list(range(count))
    whole = len(focus) <= limit - first - 1
    shown = sorted({*range(first), *(focus if whole else focus[:first]), count - 1})
    dotted: list[int | None] = []
    for before, at in zip([-1, *shown], shown, strict=False):
        dotted += [at] if at == before + 1 else [None, at]
    return dotted


def shortened(items: Sequence[T], limit: int, first: int = 2) -> list[T | None]:
    """The items shown, with None for the dots.

    >>> shortened("abcdefgh", 4)
    ['a', 'b', None, 'h']
    """
    return [None if at is None else items[at] for at in positions(len(items), limit, first)]
