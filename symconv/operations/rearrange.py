"""Operations on one array: its entries move, repeat, add up or are scaled."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, ClassVar

import numpy as np

from symconv.errors import NotSupportedError
from symconv.forms import Variable
from symconv.notation.tree import Big, Call, Node, Number, Product, Symbol
from symconv.operations.arrays import (
    EMPTY,
    INSERTED,
    PADDING,
    ArrayAxis,
    AxisMap,
    TermArray,
    moved,
    placed,
    strides,
    unravel,
)
from symconv.operations.pipeline import Naming, Operation, chosen_fields, kept_numbers


@dataclass(frozen=True, slots=True)
class AxisOperation(Operation):
    """An operation that moves positions on each spatial axis by itself.

    `per_axis` names the fields that hold one number an axis.
    """

    operand: Operation
    axes: tuple[str, ...]
    zero: ClassVar[int] = EMPTY
    per_axis: ClassVar[tuple[str, ...]] = ()

    def names(self, leaves: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
        return self.operand.names(leaves)

    def on(self, axes: Set[str]) -> Operation:
        operand = self.operand.on(axes)
        kept = kept_numbers(self.axes, axes)
        return (
            replace(self, operand=operand, **chosen_fields(self, ("axes", *self.per_axis), kept)) if kept else operand
        )

    def axis_map(self, axis: int, length: Any) -> AxisMap:
        """What happens on the axis number `axis` of `axes`, of the given length."""
        raise NotImplementedError

    def evaluate(self, leaves: Mapping[str, TermArray]) -> TermArray:
        array = self.operand.evaluate(leaves)
        maps = {
            name: self.axis_map(number, len(array.axes[array.names.index(name)]))
            for number, name in enumerate(self.axes)
        }
        return moved(array, maps, self.zero)


@dataclass(frozen=True, slots=True)
class Window(AxisOperation):
    """w[j] = v[j - before] for 0 <= j < len + before + after, zero where v has nothing.

    Padding, cropping (negative), and a crop that exceeds the array are one operation.
    """

    before: tuple[int, ...]
    after: tuple[int, ...]
    zero: ClassVar[int] = PADDING
    per_axis: ClassVar[tuple[str, ...]] = ("before", "after")

    def axis_map(self, axis: int, length: Any) -> AxisMap:
        return AxisMap(1, self.before[axis], length + self.before[axis] + self.after[axis])

    def notation(self, names: Naming) -> Node:
        pairs = tuple(zip(self.before, self.after, strict=True))
        return Call("pad", (self.operand.notation(names),), pairs)


@dataclass(frozen=True, slots=True)
class Spread(AxisOperation):
    """Neighbours moved `factors` apart, factor - 1 zeros between them: length (len - 1)·factor + 1."""

    factors: tuple[int, ...]
    zero: ClassVar[int] = INSERTED
    per_axis: ClassVar[tuple[str, ...]] = ("factors",)

    def axis_map(self, axis: int, length: Any) -> AxisMap:
        factor = self.factors[axis]
        return AxisMap(factor, 0, (length - 1) * factor + 1)

    def notation(self, names: Naming) -> Node:
        return Call("spread", (self.operand.notation(names),), self.factors)


@dataclass(frozen=True, slots=True)
class Reverse(AxisOperation):
    """The order of the entries turned round on every axis; in 2-D a rotation by 180°."""

    def axis_map(self, axis: int, length: Any) -> AxisMap:
        return AxisMap(-1, length - 1, length)

    def notation(self, names: Naming) -> Node:
        return Call("rot180" if len(self.axes) == 2 else "rev", (self.operand.notation(names),))


@dataclass(frozen=True, slots=True)
class Keep(AxisOperation):
    """The first `lengths` entries; the rest is dropped."""

    lengths: tuple[int, ...]
    per_axis: ClassVar[tuple[str, ...]] = ("lengths",)

    def axis_map(self, axis: int, length: Any) -> AxisMap:
        return AxisMap(1, 0, self.lengths[axis])

    def notation(self, names: Naming) -> Node:
        return Call("keep", (self.operand.notation(names),), self.lengths)


@dataclass(frozen=True, slots=True)
class Scale(Operation):
    """Every entry times a number that is not 0; axis by axis, the number goes with the batch."""

    operand: Operation
    by: Fraction

    def evaluate(self, leaves: Mapping[str, TermArray]) -> TermArray:
        array = self.operand.evaluate(leaves)
        return TermArray(array.axes, array.table.scaled(self.by))

    def names(self, leaves: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
        return self.operand.names(leaves)

    def on(self, axes: Set[str]) -> Operation:
        operand = self.operand.on(axes)
        return replace(self, operand=operand) if "batch" in axes else operand

    def notation(self, names: Naming) -> Node:
        return Product((Number(self.by), self.operand.notation(names)))


@dataclass(frozen=True, slots=True)
class Total(Operation):
    """The sum over the named axes, which are gone afterwards."""

    operand: Operation
    axes: tuple[str, ...]

    def evaluate(self, leaves: Mapping[str, TermArray]) -> TermArray:
        array = self.operand.evaluate(leaves)
        gone = [array.names.index(name) for name in self.axes]
        kept = [number for number in range(len(array.axes)) if number not in gone]
        position = unravel(array.table.columns[0], array.shape)
        return placed([array.axes[k] for k in kept], [position[k] for k in kept], array.table)

    def names(self, leaves: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
        return tuple(name for name in self.operand.names(leaves) if name not in self.axes)

    def on(self, axes: Set[str]) -> Operation:
        kept = tuple(name for name in self.axes if name in axes)
        return Total(self.operand.on(axes), kept) if kept else self.operand.on(axes)

    def notation(self, names: Naming) -> Node:
        array = self.operand.notation(names)
        summed = names.summed(self.axes)
        if not isinstance(array, Symbol) or array.role not in names.entries:
            return Call("sum", (array,))
        return Big(summed, names.entry(array.role)) if summed else names.entry(array.role)


@dataclass(frozen=True, slots=True)
class Rename(Operation):
    """The same array with other names for some axes, (old, new) each."""

    operand: Operation
    renamed: tuple[tuple[str, str], ...]

    def evaluate(self, leaves: Mapping[str, TermArray]) -> TermArray:
        array = self.operand.evaluate(leaves)
        new = dict(self.renamed)
        return TermArray(
            tuple(ArrayAxis(new.get(axis.name, axis.name), axis.kinds) for axis in array.axes), array.table
        )

    def names(self, leaves: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
        new = dict(self.renamed)
        return tuple(new.get(name, name) for name in self.operand.names(leaves))

    def on(self, axes: Set[str]) -> Operation:
        split = [pair for pair in self.renamed if len(axes & set(pair)) == 1]
        if split:
            names = " and ".join(split[0])
            raise NotSupportedError(f"axes {names} are exchanged: compare all terms instead of going axis by axis")
        return Rename(self.operand.on(axes), tuple(pair for pair in self.renamed if axes & set(pair)))

    def notation(self, names: Naming) -> Node:
        return self.operand.notation(names)


@dataclass(frozen=True, slots=True)
class Repeat(Operation):
    """The same entry along new or longer axes: `lengths` names every axis of the result in order."""

    operand: Operation
    lengths: tuple[tuple[str, int], ...]

    def evaluate(self, leaves: Mapping[str, TermArray]) -> TermArray:
        array = self.operand.evaluate(leaves)
        own = dict(zip(array.names, unravel(array.table.columns[0], array.shape), strict=True))
        new = [(name, n) for name, n in self.lengths if name not in own]
        copies = math.prod(n for _, n in new)
        rows = np.repeat(np.arange(len(array.table)), copies)
        fresh = dict(zip((name for name, _ in new), unravel(np.arange(copies), tuple(n for _, n in new)), strict=True))
        position = [
            own[name][rows] if name in own else np.tile(fresh[name], len(array.table)) for name, _ in self.lengths
        ]
        axes = [ArrayAxis(name, np.zeros(n, dtype=np.int8)) for name, n in self.lengths]
        return placed(axes, position, array.table.take(rows))

    def names(self, leaves: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
        return tuple(name for name, _ in self.lengths)

    def on(self, axes: Set[str]) -> Operation:
        return Repeat(self.operand.on(axes), tuple((name, n) for name, n in self.lengths if name in axes))

    def notation(self, names: Naming) -> Node:
        return self.operand.notation(names)


@dataclass(frozen=True, slots=True)
class Unroll(Operation):
    """The array laid down `count` times along a new axis, each time `stride` further, cropped to `length`.

    u[i, x] = v[x - (stride·i - before)]: on each axis the rows of the unrolled (Toeplitz) matrix. `axes` names the
    spatial axes; position i is called "window NAME", x keeps the name.
    """

    operand: Operation
    axes: tuple[str, ...]
    stride: tuple[int, ...]
    before: tuple[int, ...]
    count: tuple[int, ...]
    length: tuple[int, ...]

    def evaluate(self, leaves: Mapping[str, TermArray]) -> TermArray:
        array = self.operand.evaluate(leaves)
        windows = tuple(f"window {name}" for name in self.axes)
        lengths = {axis.name: len(axis) for axis in array.axes}
        lengths |= dict(zip(self.axes, self.length, strict=True)) | dict(zip(windows, self.count, strict=True))
        names = (*windows, *array.names)
        steps = strides(names, tuple(lengths[name] for name in names))
        entry = dict(zip(array.names, unravel(array.table.columns[0], array.shape), strict=True))
        window = dict(zip(self.axes, unravel(np.arange(math.prod(self.count)), self.count), strict=True))
        place = sum((entry[name] * steps[name] for name in array.names), np.zeros(len(array.table), dtype=np.int64))
        start = np.zeros(math.prod(self.count), dtype=np.int64)
        inside = np.ones((len(start), len(place)), dtype=bool)
        for name, stride, before in zip(self.axes, self.stride, self.before, strict=True):
            moved = stride * window[name] - before
            start += window[name] * steps[f"window {name}"] + moved * steps[name]
            position = np.add.outer(moved, entry[name])
            inside &= (position >= 0) & (position < lengths[name])
        rows = np.nonzero(inside)[1]
        flat = np.add.outer(start, place)[inside]
        axes = tuple(ArrayAxis(name, np.zeros(lengths[name], dtype=np.int8)) for name in names)
        index = (Variable("result", tuple(lengths[name] for name in names)),)
        moved_table = array.table.take(rows)
        return TermArray(axes, moved_table.with_columns(index, moved_table.factors, (flat, *moved_table.columns[1:])))

    def names(self, leaves: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
        return (*(f"window {name}" for name in self.axes), *self.operand.names(leaves))

    def on(self, axes: Set[str]) -> Operation:
        operand = self.operand.on(axes)
        kept = kept_numbers(self.axes, axes)
        fields = ("axes", "stride", "before", "count", "length")
        return replace(self, operand=operand, **chosen_fields(self, fields, kept)) if kept else operand

    def notation(self, names: Naming) -> Node:
        return Symbol("C")


def window(operand: Operation, axes: tuple[str, ...], before: Sequence[int], after: Sequence[int]) -> Operation:
    """`Window`, left out where it changes nothing."""
    return Window(operand, axes, tuple(before), tuple(after)) if any((*before, *after)) else operand


def spread(operand: Operation, axes: tuple[str, ...], factors: Sequence[int]) -> Operation:
    """`Spread`, left out where every factor is 1."""
    return Spread(operand, axes, tuple(factors)) if set(factors) != {1} else operand


def keep(operand: Operation, axes: tuple[str, ...], lengths: Sequence[int], found: Sequence[int]) -> Operation:
    """`Keep`, left out where there are only `lengths` entries to be `found`."""
    return Keep(operand, axes, tuple(lengths)) if tuple(lengths) != tuple(found) else operand


def reverse(operand: Operation, axes: tuple[str, ...], sizes: Sequence[int]) -> Operation:
    """`Reverse`, left out where there is one entry on every axis."""
    return Reverse(operand, axes) if set(sizes) != {1} else operand


def scale(operand: Operation, by: Fraction) -> Operation:
    """`Scale`, left out where the number is 1."""
    return Scale(operand, by) if by != 1 else operand
