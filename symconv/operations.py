"""The array operations that closed forms are made of.

A closed form is a pipeline such as `Correlate(Window(Leaf("X"), ...), Spread(Leaf("G"), ...), ...)`. Each operation has
three readings: `evaluate` moves terms of arrays exactly, `axis_map` gives its index map and new length on one axis as
plain data (sizes may be symbols there), and `notation` is what a page shows. Nothing here knows the chain rule.

Axes have names: `batch`, `group`, `out`, `in` and the spatial axes `0`, `1`, `2`. One group axis of its own keeps the
channels of a group together, so F is (group, out, in, spatial...) and X is (batch, group, in, spatial...).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar, Literal

import numpy as np

from symconv.errors import InputError
from symconv.forms import Column, Shape, Table, Variable, index_type
from symconv.notation.tree import Call, Infix, Node, Number, Product, Symbol

ZeroKind = Literal["empty", "inserted", "padding"]
KINDS: tuple[ZeroKind, ...] = ("empty", "inserted", "padding")
EMPTY, INSERTED, PADDING = range(3)


@dataclass(frozen=True, slots=True)
class ArrayAxis:
    """A named axis; `kinds` says for each position whether it holds entries, an inserted zero or padding."""

    name: str
    kinds: Column

    def __len__(self) -> int:
        return len(self.kinds)


@dataclass(frozen=True)
class TermArray:
    """An array whose entries are sums of terms: the value of an operation.

    `table` has one index variable, the array itself, called "result".
    """

    axes: tuple[ArrayAxis, ...]
    table: Table

    @property
    def shape(self) -> Shape:
        return tuple(len(axis) for axis in self.axes)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(axis.name for axis in self.axes)

    def kind(self, position: Sequence[int]) -> ZeroKind:
        """Why an entry without terms is zero."""
        return KINDS[max((axis.kinds[p] for axis, p in zip(self.axes, position, strict=True)), default=EMPTY)]


@dataclass(frozen=True, slots=True)
class AxisMap:
    """Where an operation moves position j of an axis: to scale·j + offset, if that lies in 0 <= · < length."""

    scale: int
    offset: Any
    length: Any


def leaf_array(names: Sequence[str], shape: Shape, variable: Variable) -> TermArray:
    """The array of the symbols of `variable`, laid out on the named axes: each entry one term."""
    position = np.arange(math.prod(shape), dtype=index_type(variable.size))
    axes = tuple(ArrayAxis(name, np.zeros(n, dtype=np.int8)) for name, n in zip(names, shape, strict=True))
    return TermArray(axes, Table((Variable("result", shape),), (variable,), (position, position)))


class Operation:
    """Base of all operations."""

    __slots__ = ()

    def evaluate(self, leaves: Mapping[str, TermArray]) -> TermArray:
        """The value for the given leaf arrays, exact."""
        raise NotImplementedError

    def notation(self, leaves: Mapping[str, Node]) -> Node:
        """The operation as a page shows it, for the notation of its leaves."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Leaf(Operation):
    """An array that the pipeline starts from."""

    role: str

    def evaluate(self, leaves: Mapping[str, TermArray]) -> TermArray:
        return leaves[self.role]

    def notation(self, leaves: Mapping[str, Node]) -> Node:
        return leaves[self.role]


@dataclass(frozen=True, slots=True)
class AxisOperation(Operation):
    """An operation that moves positions on each spatial axis by itself."""

    operand: Operation
    axes: tuple[str, ...]
    zero: ClassVar[int] = EMPTY

    def axis_map(self, axis: int, length: Any) -> AxisMap:
        """What happens on the axis number `axis` of `axes`, of the given length."""
        raise NotImplementedError

    def evaluate(self, leaves: Mapping[str, TermArray]) -> TermArray:
        array = self.operand.evaluate(leaves)
        maps = {name: self.axis_map(number, len(array.axes[array.names.index(name)])) for number, name in enumerate(self.axes)}
        return _moved(array, maps, self.zero)


@dataclass(frozen=True, slots=True)
class Window(AxisOperation):
    """w[j] = v[j - before] for 0 <= j < len + before + after, zero where v has nothing.

    Padding, cropping (negative), and a crop that exceeds the array are one operation.
    """

    before: tuple[int, ...]
    after: tuple[int, ...]
    zero: ClassVar[int] = PADDING

    def axis_map(self, axis: int, length: Any) -> AxisMap:
        return AxisMap(1, self.before[axis], length + self.before[axis] + self.after[axis])

    def notation(self, leaves: Mapping[str, Node]) -> Node:
        pairs = tuple(zip(self.before, self.after, strict=True))
        return Call("pad", (self.operand.notation(leaves),), pairs)


@dataclass(frozen=True, slots=True)
class Spread(AxisOperation):
    """Neighbours moved `factors` apart, factor - 1 zeros between them: length (len - 1)·factor + 1."""

    factors: tuple[int, ...]
    zero: ClassVar[int] = INSERTED

    def axis_map(self, axis: int, length: Any) -> AxisMap:
        factor = self.factors[axis]
        return AxisMap(factor, 0, (length - 1) * factor + 1)

    def notation(self, leaves: Mapping[str, Node]) -> Node:
        return Call("spread", (self.operand.notation(leaves),), self.factors)


@dataclass(frozen=True, slots=True)
class Reverse(AxisOperation):
    """The order of the entries turned round on every axis; in 2-D a rotation by 180°."""

    def axis_map(self, axis: int, length: Any) -> AxisMap:
        return AxisMap(-1, length - 1, length)

    def notation(self, leaves: Mapping[str, Node]) -> Node:
        return Call("rot180" if len(self.axes) == 2 else "rev", (self.operand.notation(leaves),))


@dataclass(frozen=True, slots=True)
class Keep(AxisOperation):
    """The first `lengths` entries; the rest is dropped."""

    lengths: tuple[int, ...]

    def axis_map(self, axis: int, length: Any) -> AxisMap:
        return AxisMap(1, 0, self.lengths[axis])

    def notation(self, leaves: Mapping[str, Node]) -> Node:
        return Call("keep", (self.operand.notation(leaves),), self.lengths)


@dataclass(frozen=True, slots=True)
class Scale(Operation):
    """Every entry times a number that is not 0."""

    operand: Operation
    by: Fraction

    def evaluate(self, leaves: Mapping[str, TermArray]) -> TermArray:
        array = self.operand.evaluate(leaves)
        return TermArray(array.axes, array.table.scaled(self.by))

    def notation(self, leaves: Mapping[str, Node]) -> Node:
        return Product((Number(self.by), self.operand.notation(leaves)))


@dataclass(frozen=True, slots=True)
class Total(Operation):
    """The sum over the named axes, which are gone afterwards."""

    operand: Operation
    axes: tuple[str, ...]

    def evaluate(self, leaves: Mapping[str, TermArray]) -> TermArray:
        array = self.operand.evaluate(leaves)
        gone = [array.names.index(name) for name in self.axes]
        kept = [number for number in range(len(array.axes)) if number not in gone]
        position = _unravel(array.table.columns[0], array.shape)
        return _placed([array.axes[k] for k in kept], [position[k] for k in kept], array.table)

    def notation(self, leaves: Mapping[str, Node]) -> Node:
        return Call("sum", (self.operand.notation(leaves),))


@dataclass(frozen=True, slots=True)
class Rename(Operation):
    """The same array with other names for some axes, (old, new) each."""

    operand: Operation
    names: tuple[tuple[str, str], ...]

    def evaluate(self, leaves: Mapping[str, TermArray]) -> TermArray:
        array = self.operand.evaluate(leaves)
        new = dict(self.names)
        return TermArray(tuple(ArrayAxis(new.get(axis.name, axis.name), axis.kinds) for axis in array.axes), array.table)

    def notation(self, leaves: Mapping[str, Node]) -> Node:
        return self.operand.notation(leaves)


@dataclass(frozen=True, slots=True)
class Repeat(Operation):
    """The same entry along new or longer axes: `lengths` names every axis of the result in order."""

    operand: Operation
    lengths: tuple[tuple[str, int], ...]

    def evaluate(self, leaves: Mapping[str, TermArray]) -> TermArray:
        array = self.operand.evaluate(leaves)
        own = dict(zip(array.names, _unravel(array.table.columns[0], array.shape), strict=True))
        new = [(name, n) for name, n in self.lengths if name not in own]
        copies = math.prod(n for _, n in new)
        rows = np.repeat(np.arange(len(array.table)), copies)
        fresh = dict(zip((name for name, _ in new), _unravel(np.arange(copies), tuple(n for _, n in new)), strict=True))
        position = [
            own[name][rows] if name in own else np.tile(fresh[name], len(array.table)) for name, _ in self.lengths
        ]
        axes = [ArrayAxis(name, np.zeros(n, dtype=np.int8)) for name, n in self.lengths]
        return _placed(axes, position, array.table.take(rows))

    def notation(self, leaves: Mapping[str, Node]) -> Node:
        return self.operand.notation(leaves)


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
        windows = [ArrayAxis(f"window {name}", np.zeros(n, dtype=np.int8)) for name, n in zip(self.axes, self.count, strict=True)]
        shape = tuple(len(axis) for axis in windows)
        copies = math.prod(shape)
        rows = np.tile(np.arange(len(array.table)), copies)
        window = [np.repeat(i, len(array.table)) for i in _unravel(np.arange(copies), shape)]
        position = dict(zip(array.names, (p[rows] for p in _unravel(array.table.columns[0], array.shape)), strict=True))
        inside = np.ones(len(rows), dtype=bool)
        for name, i, stride, before, length in zip(self.axes, window, self.stride, self.before, self.length, strict=True):
            position[name] = position[name] + (stride * i - before)
            inside &= (position[name] >= 0) & (position[name] < length)
        lengths = dict(zip(self.axes, self.length, strict=True))
        axes = [ArrayAxis(axis.name, np.zeros(lengths.get(axis.name, len(axis)), dtype=np.int8)) for axis in array.axes]
        places = [p[inside] for p in (*window, *position.values())]
        return _placed([*windows, *axes], places, array.table.take(rows[inside]))

    def notation(self, leaves: Mapping[str, Node]) -> Node:
        return leaves.get("C", Symbol("C"))


@dataclass(frozen=True, slots=True)
class Correlate(Operation):
    """Cross-correlation with named roles of axes.

    result[i] = Σ_q signal[stride·i + q] · filter[q] on the `spatial` axes, as long as the filter lies inside the
    signal; summed over the `contracted` axes; `shared` axes stand in both and in the result; every other axis is free.
    The result's axes come in `order`, which is where axes are exchanged.
    """

    signal: Operation
    filter: Operation
    spatial: tuple[str, ...]
    contracted: tuple[str, ...]
    order: tuple[str, ...]
    stride: tuple[int, ...]

    def evaluate(self, leaves: Mapping[str, TermArray]) -> TermArray:
        signal, filter = self.signal.evaluate(leaves), self.filter.evaluate(leaves)
        relations = {name: self._relation(name, signal, filter) for name in dict.fromkeys(self.order + self.contracted)}
        lengths = {name: self._length(name, signal, filter) for name in self.order}
        shape = tuple(lengths.values())
        place = _flat(relations, 0, self.order, shape)
        left = signal.table, _flat(relations, 1, signal.names, signal.shape)
        right = filter.table, _flat(relations, 2, filter.names, filter.shape)
        axes = tuple(ArrayAxis(name, np.zeros(n, dtype=np.int8)) for name, n in lengths.items())
        return TermArray(axes, _multiplied(place, left, right, Variable("result", shape)))

    def notation(self, leaves: Mapping[str, Node]) -> Node:
        signal, filter = self.signal.notation(leaves), self.filter.notation(leaves)
        stride = self.stride if set(self.stride) - {1} else ()
        return Infix("correlate", signal, filter, stride)

    def _length(self, name: str, signal: TermArray, filter: TermArray) -> int:
        if name not in self.spatial:
            owner = signal if name in signal.names else filter
            return len(owner.axes[owner.names.index(name)])
        long, short = (len(array.axes[array.names.index(name)]) for array in (signal, filter))
        return max(0, (long - short) // self.stride[self.spatial.index(name)] + 1)

    def _relation(self, name: str, signal: TermArray, filter: TermArray) -> tuple[Column, Column, Column]:
        """The (result, signal, filter) positions that belong together on one axis; 0 where an array lacks it."""
        if name in self.spatial:
            stride = self.stride[self.spatial.index(name)]
            taps, entries = _occupied(filter, name), _occupied(signal, name)
            place, tap = (c.ravel() for c in np.meshgrid(np.arange(self._length(name, signal, filter)), taps, indexing="ij"))
            source = stride * place + tap
            real = np.isin(source, entries, kind="table") if len(source) else np.zeros(0, dtype=bool)
            return place[real], source[real], tap[real]
        both = name in signal.names and name in filter.names
        owner = signal if name in signal.names else filter
        if both and len(signal.axes[signal.names.index(name)]) != len(filter.axes[filter.names.index(name)]):
            raise InputError(f"axis {name} has different lengths in the two operands of a correlation")
        run = np.arange(len(owner.axes[owner.names.index(name)]))
        none = np.zeros_like(run)
        return (
            none if name in self.contracted else run,
            run if name in signal.names else none,
            run if name in filter.names else none,
        )


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


def _unravel(flat: Column, shape: Shape) -> tuple[Column, ...]:
    return tuple(np.unravel_index(flat, shape)) if shape else ()


def _placed(axes: Sequence[ArrayAxis], position: Sequence[Column], table: Table) -> TermArray:
    """The terms of `table` at new positions of an array with the given axes."""
    shape = tuple(len(axis) for axis in axes)
    flat = np.zeros(len(table), dtype=index_type(math.prod(shape)))
    for place, stride in zip(position, _strides(range(len(shape)), shape).values(), strict=True):
        flat += place.astype(flat.dtype) * flat.dtype.type(stride)
    index = (Variable("result", shape),)
    return TermArray(tuple(axes), table.with_columns(index, table.factors, (flat, *table.columns[1:])))


def _moved(array: TermArray, maps: Mapping[str, AxisMap], zero: int) -> TermArray:
    """Every position sent through its axis' map; what falls outside is dropped, new places are zeros of a kind."""
    position = list(_unravel(array.table.columns[0], array.shape))
    inside = np.ones(len(array.table), dtype=bool)
    axes = list(array.axes)
    for number, axis in enumerate(array.axes):
        if axis.name in maps:
            mapped = maps[axis.name]
            position[number] = mapped.scale * position[number] + mapped.offset
            inside &= (position[number] >= 0) & (position[number] < mapped.length)
            axes[number] = ArrayAxis(axis.name, _moved_kinds(axis.kinds, mapped, zero))
    if inside.all():
        return _placed(axes, position, array.table)
    return _placed(axes, [p[inside] for p in position], array.table.take(inside))


def _moved_kinds(kinds: Column, mapped: AxisMap, zero: int) -> Column:
    moved = np.full(max(mapped.length, 0), zero, dtype=np.int8)
    target = mapped.scale * np.arange(len(kinds)) + mapped.offset
    inside = (target >= 0) & (target < len(moved))
    moved[target[inside]] = kinds[inside]
    return moved


def _occupied(array: TermArray, name: str) -> Column:
    """The positions of one axis at which the array has any term."""
    number = array.names.index(name)
    inner = math.prod(array.shape[number + 1 :])
    coordinate = array.table.columns[0] // inner % array.shape[number]
    return np.flatnonzero(np.bincount(coordinate, minlength=array.shape[number]))


def _strides(names: Any, shape: Shape) -> dict[Any, int]:
    return {name: math.prod(shape[number + 1 :]) for number, name in enumerate(names)}


def _flat(relations: Mapping[str, tuple[Column, ...]], which: int, names: Sequence[str], shape: Shape) -> Column:
    """Flat positions in one of the three arrays, over the product of all relations."""
    strides = _strides(names, shape)
    dtype = index_type(math.prod(shape))
    flat = np.zeros((), dtype=dtype)
    for name, columns in relations.items():
        flat = np.add.outer(flat, columns[which].astype(dtype) * dtype(strides.get(name, 0)))
    return flat.ravel()


def _multiplied(place: Column, signal: tuple[Table, Column], filter: tuple[Table, Column], result: Variable) -> Table:
    """The products of every term at each signal position with every term at the filter position beside it."""
    (ours, left), (theirs, right) = (_by_position(table, positions) for table, positions in (signal, filter))
    pairs = left.counts * right.counts
    if pairs.max(initial=0) > 1:
        rows = np.repeat(np.arange(len(pairs)), pairs)
        nth = np.arange(len(rows)) - np.repeat(np.cumsum(pairs) - pairs, pairs)
        which = left.starts[rows] + nth // right.counts[rows], right.starts[rows] + nth % right.counts[rows]
        place = place[rows]
    elif pairs.all():
        which = left.starts, right.starts
    else:
        real = pairs.astype(bool)
        which = left.starts[real], right.starts[real]
        place = place[real]
    ours, theirs = ours.take(which[0]), theirs.take(which[1])
    values = tuple(a * b for a in ours.values for b in theirs.values)
    codes = None
    if len(values) > 1:
        codes = _codes(ours) * len(theirs.values) + _codes(theirs)
    factors = (*ours.factors, *theirs.factors)
    return Table((result,), factors, (place, *ours.columns[1:], *theirs.columns[1:]), codes, values)


@dataclass(frozen=True, slots=True)
class _Lookup:
    """For each asked position, how many terms stand there and where the first is."""

    counts: Column
    starts: Column


def _by_position(table: Table, positions: Column) -> tuple[Table, _Lookup]:
    place = table.columns[0]
    if len(place) > 1 and not (place[1:] >= place[:-1]).all():
        table = table.take(np.argsort(place, kind="stable"))
        place = table.columns[0]
    counts = np.bincount(place, minlength=table.index[0].size).astype(np.int32)
    starts = (np.cumsum(counts) - counts).astype(index_type(len(place)))
    return table, _Lookup(counts[positions], starts[positions])


def _codes(table: Table) -> Column:
    return np.zeros(len(table), dtype=np.int64) if table.codes is None else table.codes
