"""Operations of pooling: an array cut into its windows, windows added up where they lie, products entry by entry.

A spatial axis `0` that is cut into windows has two axes: `0` counts the windows, `tap 0` the places in a window.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from symconv.forms import Column
from symconv.notation.tree import Call, Infix, Node
from symconv.operations.arrays import EMPTY, INSERTED, ArrayAxis, TermArray, placed, unravel
from symconv.operations.pipeline import Naming, Operation, chosen_fields, kept_numbers
from symconv.operations.products import Join


def tap(axis: str) -> str:
    """The axis of places in a window along a spatial axis."""
    return f"tap {axis}"


@dataclass(frozen=True, slots=True)
class WindowMap:
    """Place f of window i is position stride·i + f of an axis of `length` with so many windows; all may be symbols."""

    stride: int
    windows: Any
    length: Any


@dataclass(frozen=True, slots=True)
class Hadamard(Join):
    """Two arrays multiplied entry by entry; axes that only one of them has repeat the other."""

    def evaluate(self, leaves: Mapping[str, TermArray]) -> TermArray:
        """Zeros keep the reason that they have in either array."""
        kinds: dict[str, Column] = {}
        for operand in (self.signal, self.filter):
            for axis in operand.evaluate(leaves).axes:
                kinds[axis.name] = np.maximum(kinds.get(axis.name, axis.kinds), axis.kinds)
        product = Join.evaluate(self, leaves)
        return TermArray(tuple(ArrayAxis(name, kinds[name]) for name in product.names), product.table)

    def notation(self, names: Naming) -> Node:
        return Infix("hadamard", self.signal.notation(names), self.filter.notation(names))


@dataclass(frozen=True, slots=True)
class Unfold(Operation):
    """All windows of an array: u[i, f] = v[stride·i + f] for as many i as fit, f below `sizes`."""

    operand: Operation
    axes: tuple[str, ...]
    sizes: tuple[int, ...]
    stride: tuple[int, ...]

    def window_map(self, axis: int, length: Any) -> WindowMap:
        """What happens on the axis number `axis` of `axes`, of the given length."""
        return WindowMap(self.stride[axis], (length - self.sizes[axis]) // self.stride[axis] + 1, length)

    def evaluate(self, leaves: Mapping[str, TermArray]) -> TermArray:
        array = self.operand.evaluate(leaves)
        for number, name in enumerate(self.axes):
            array = _unfolded(array, name, self.window_map(number, array.length(name)), self.sizes[number])
        return array

    def names(self, leaves: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
        return (*self.operand.names(leaves), *map(tap, self.axes))

    def on(self, axes: Set[str]) -> Operation:
        kept = kept_numbers(self.axes, axes)
        operand = self.operand.on(axes)
        return (
            replace(self, operand=operand, **chosen_fields(self, ("axes", "sizes", "stride"), kept))
            if kept
            else operand
        )

    def notation(self, names: Naming) -> Node:
        return Call("unfold", (self.operand.notation(names),), self.stride)


def _unfolded(array: TermArray, name: str, mapped: WindowMap, size: int) -> TermArray:
    """Every term in all windows that read its place on one axis."""
    number = array.names.index(name)
    position = list(unravel(array.table.columns[0], array.shape))
    place = position[number].astype(np.int64)
    windows = max(mapped.windows, 0)
    first = np.maximum(-((size - 1 - place) // mapped.stride), 0)
    last = np.minimum(place // mapped.stride, windows - 1)
    counts = np.maximum(last - first + 1, 0)
    rows, which = copies(counts, first)
    moved = [column[rows] for column in position]
    moved[number] = which
    axes = list(array.axes)
    axes[number] = ArrayAxis(name, np.zeros(windows, dtype=np.int8))
    axes.append(ArrayAxis(tap(name), np.zeros(size, dtype=np.int8)))
    return placed(axes, [*moved, place[rows] - mapped.stride * which], array.table.take(rows))


def copies(counts: Column, starts: Column) -> tuple[Column, Column]:
    """For terms that go to several places each: the number of the term, and the place, counted from its start.

    >>> [column.tolist() for column in copies(np.array([2, 0, 1]), np.array([5, 7, 3]))]
    [[0, 0, 2], [5, 6, 3]]
    """
    term = np.repeat(np.arange(len(counts)), counts)
    nth = np.arange(len(term)) - np.repeat(np.cumsum(counts) - counts, counts)
    return term, starts[term] + nth


@dataclass(frozen=True, slots=True)
class Fold(Operation):
    """Windows added up where they lie: w[stride·i + f] sums all v[i, f]; the adjoint of `Unfold`.

    The axes of places in a window are gone afterwards; what no window covers is an inserted zero.
    """

    operand: Operation
    axes: tuple[str, ...]
    stride: tuple[int, ...]

    def window_map(self, axis: int, windows: Any, size: Any) -> WindowMap:
        """What happens on the axis number `axis` of `axes`, with so many windows of the given size."""
        return WindowMap(self.stride[axis], windows, self.stride[axis] * (windows - 1) + size)

    def evaluate(self, leaves: Mapping[str, TermArray]) -> TermArray:
        array = self.operand.evaluate(leaves)
        position = dict(zip(array.names, unravel(array.table.columns[0], array.shape), strict=True))
        axes = {axis.name: axis for axis in array.axes}
        for number, name in enumerate(self.axes):
            windows, places = axes[name], axes.pop(tap(name))
            mapped = self.window_map(number, len(windows), len(places))
            position[name] = mapped.stride * position[name] + position.pop(tap(name))
            axes[name] = ArrayAxis(name, _covered(windows.kinds, places.kinds, mapped))
        return placed(list(axes.values()), [position[name] for name in axes], array.table)

    def names(self, leaves: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
        gone = set(map(tap, self.axes))
        return tuple(name for name in self.operand.names(leaves) if name not in gone)

    def on(self, axes: Set[str]) -> Operation:
        kept = kept_numbers(self.axes, axes)
        operand = self.operand.on(axes)
        return replace(self, operand=operand, **chosen_fields(self, ("axes", "stride"), kept)) if kept else operand

    def notation(self, names: Naming) -> Node:
        return Call("fold", (self.operand.notation(names),), self.stride)


def _covered(windows: Column, places: Column, mapped: WindowMap) -> Column:
    """The kind of zero at each position: empty where any window has an entry there."""
    kinds = np.full(mapped.length, INSERTED, dtype=np.int8)
    starts = mapped.stride * np.arange(len(windows))
    for place in np.flatnonzero(places == EMPTY):
        kinds[starts[windows == EMPTY] + place] = EMPTY
    return kinds
