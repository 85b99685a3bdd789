"""Channels that a text writes behind positions: x_{i,j,c} and w_{m,n,c,k} are entries (c, i, j) and (k, c, m, n)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")
FILTERS = ("F", "dF")


def in_front(role: str, index: Sequence[T], spatial: int) -> tuple[T, ...]:
    """An index as a layer has it: examples, channels, positions; of a filter output channels first.

    >>> in_front("X", "ijc", 2), in_front("O", "bijk", 2), in_front("F", "mnck", 2), in_front("O", "ij", 2)
    (('c', 'i', 'j'), ('b', 'k', 'i', 'j'), ('k', 'c', 'm', 'n'), ('i', 'j'))
    """
    front = 0 if role in FILTERS else max(len(index) - spatial - 1, 0)
    behind = tuple(index[front + spatial :])
    return (*index[:front], *reversed(behind), *index[front : front + spatial])


def behind(role: str, index: Sequence[T], shape: Sequence[int], spatial: int) -> tuple[T, ...]:
    """An index of a layer as such a text has it, without the axes of length 1 that are no positions.

    >>> behind("X", (0, 2, 1, 0), (1, 3, 4, 4), 2), behind("F", (0, 2, 1, 0), (1, 3, 2, 2), 2)
    ((1, 0, 2), (1, 0, 2))
    """
    more = len(index) - spatial
    if more <= 0 or len(index) != len(shape):
        return tuple(index)
    kept = [at for at in range(more) if shape[at] > 1]
    front = [] if role in FILTERS else [at for at in kept if at < more - 1]
    channels = [at for at in reversed(kept) if at not in front]
    return (*(index[at] for at in front), *index[more:], *(index[at] for at in channels))
