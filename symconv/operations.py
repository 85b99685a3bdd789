"""The array operations that closed forms are made of.

A closed form is a pipeline such as `Correlate(Window(Leaf("X"), ...), Spread(Leaf("G"), ...), ...)`. Each operation has
three readings: `evaluate` moves terms of arrays exactly, `axis_map` gives its index map and new length on one axis as
plain data (sizes may be symbols there), and `notation` is what a page shows. Nothing here knows the chain rule.

Axes have names: `batch`, `group`, `out`, `in` and the spatial axes `0`, `1`, `2`. One group axis of its own keeps the
channels of a group together, so F is (group, out, in, spatial...) and X is (batch, group, in, spatial...).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from symconv.errors import InputError
from symconv.forms import Column, Shape, Table, Variable, index_type
from symconv.notation.tree import Big, Call, Index, Infix, Node, Number, Product, Symbol, Transpose, letter_index

if TYPE_CHECKING:
    from numpy.typing import NDArray

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

    def length(self, name: str) -> int:
        return len(self.axes[self.names.index(name)])

    def kind(self, position: Sequence[int]) -> ZeroKind:
        """Why an entry without terms is zero."""
        return KINDS[max((axis.kinds[p] for axis, p in zip(self.axes, position, strict=True)), default=EMPTY)]


@dataclass(frozen=True, slots=True)
class AxisMap:
    """Where an operation moves position j of an axis: to scale·j + offset, if that lies in 0 <= · < length."""

    scale: int
    offset: Any
    length: Any


def leaf_array(names: Sequence[str], shape: Shape, variable: Variable, start: int = 0) -> TermArray:
    """The array of the symbols of `variable`, laid out on the named axes: each entry one term.

    A smaller shape takes only the symbols from the flat position `start` on.
    """
    position = np.arange(math.prod(shape), dtype=index_type(variable.size))
    axes = tuple(ArrayAxis(name, np.zeros(n, dtype=np.int8)) for name, n in zip(names, shape, strict=True))
    return TermArray(
        axes, Table((Variable("result", shape),), (variable,), (position, position + position.dtype.type(start)))
    )


@dataclass(frozen=True, slots=True)
class Naming:
    """How a page calls the arrays and axes of a pipeline.

    `slices` gives for each array the leading index of the slice that is meant; without it, arrays are named whole.
    `entries` gives the index of an entry in letters, `letters` the letter of each axis that a sum may run over.
    """

    slices: Mapping[str, tuple[int | Index, ...]] = field(default_factory=dict)
    entries: Mapping[str, tuple[int | Index, ...]] = field(default_factory=dict)
    letters: Mapping[str, str] = field(default_factory=dict)

    def leaf(self, role: str) -> Symbol:
        index = self.slices.get(role, ())
        return Symbol(role, index, slice=bool(index))

    def entry(self, role: str) -> Symbol:
        return Symbol(role, self.entries[role])

    def summed(self, axes: Sequence[str]) -> tuple[str, ...]:
        return tuple(self.letters[axis] for axis in axes if axis in self.letters)


class Operation:
    """Base of all operations."""

    __slots__ = ()

    def evaluate(self, leaves: Mapping[str, TermArray]) -> TermArray:
        """The value for the given leaf arrays, exact."""
        raise NotImplementedError

    def notation(self, names: Naming) -> Node:
        """The operation as a page shows it."""
        raise NotImplementedError

    def on(self, axes: Set[str]) -> Operation:
        """The same pipeline on some of the axes, its leaves having only these: what it does there by itself."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Leaf(Operation):
    """An array that the pipeline starts from."""

    role: str

    def evaluate(self, leaves: Mapping[str, TermArray]) -> TermArray:
        return leaves[self.role]

    def notation(self, names: Naming) -> Node:
        return names.leaf(self.role)

    def on(self, axes: Set[str]) -> Operation:
        return self


@dataclass(frozen=True, slots=True)
class Written(Operation):
    """Something already written down, in the place of an operand."""

    node: Node

    def notation(self, names: Naming) -> Node:
        return self.node


@dataclass(frozen=True, slots=True)
class AxisOperation(Operation):
    """An operation that moves positions on each spatial axis by itself.

    `per_axis` names the fields that hold one number an axis.
    """

    operand: Operation
    axes: tuple[str, ...]
    zero: ClassVar[int] = EMPTY
    per_axis: ClassVar[tuple[str, ...]] = ()

    def on(self, axes: Set[str]) -> Operation:
        operand = self.operand.on(axes)
        kept = _kept(self.axes, axes)
        return replace(self, operand=operand, **_chosen(self, ("axes", *self.per_axis), kept)) if kept else operand

    def axis_map(self, axis: int, length: Any) -> AxisMap:
        """What happens on the axis number `axis` of `axes`, of the given length."""
        raise NotImplementedError

    def evaluate(self, leaves: Mapping[str, TermArray]) -> TermArray:
        array = self.operand.evaluate(leaves)
        maps = {
            name: self.axis_map(number, len(array.axes[array.names.index(name)]))
            for number, name in enumerate(self.axes)
        }
        return _moved(array, maps, self.zero)


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
        position = _unravel(array.table.columns[0], array.shape)
        return _placed([array.axes[k] for k in kept], [position[k] for k in kept], array.table)

    def on(self, axes: Set[str]) -> Operation:
        kept = tuple(name for name in self.axes if name in axes)
        return Total(self.operand.on(axes), kept) if kept else self.operand.on(axes)

    def notation(self, names: Naming) -> Node:
        array = self.operand.notation(names)
        summed = names.summed(self.axes)
        return Big(summed, names.entry(array.role)) if isinstance(array, Symbol) and summed else array


@dataclass(frozen=True, slots=True)
class Rename(Operation):
    """The same array with other names for some axes, (old, new) each."""

    operand: Operation
    names: tuple[tuple[str, str], ...]

    def evaluate(self, leaves: Mapping[str, TermArray]) -> TermArray:
        array = self.operand.evaluate(leaves)
        new = dict(self.names)
        return TermArray(
            tuple(ArrayAxis(new.get(axis.name, axis.name), axis.kinds) for axis in array.axes), array.table
        )

    def on(self, axes: Set[str]) -> Operation:
        return Rename(self.operand.on(axes), tuple((old, new) for old, new in self.names if {old, new} <= axes))

    def notation(self, names: Naming) -> Node:
        return self.operand.notation(names)


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
        steps = _strides(names, tuple(lengths[name] for name in names))
        entry = dict(zip(array.names, _unravel(array.table.columns[0], array.shape), strict=True))
        window = dict(zip(self.axes, _unravel(np.arange(math.prod(self.count)), self.count), strict=True))
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

    def on(self, axes: Set[str]) -> Operation:
        operand = self.operand.on(axes)
        kept = _kept(self.axes, axes)
        fields = ("axes", "stride", "before", "count", "length")
        return replace(self, operand=operand, **_chosen(self, fields, kept)) if kept else operand

    def notation(self, names: Naming) -> Node:
        return Symbol("C")


@dataclass(frozen=True, slots=True)
class Join(Operation):
    """Base of what multiplies two arrays entry by entry and sums.

    Spatial axes are joined by a rule of the subclass. `contracted` axes stand in both and are summed away; other axes
    that stand in both are shared; the rest is free. The result's axes come in `order`: there axes are exchanged.
    """

    signal: Operation
    filter: Operation
    spatial: tuple[str, ...]
    contracted: tuple[str, ...]
    order: tuple[str, ...]
    per_axis: ClassVar[tuple[str, ...]] = ()

    def links(self, axis: int, signal: int, filter: int) -> tuple[int, Column, Column, Column]:
        """For spatial axis number `axis` with operands of these lengths: the result's length, and the (result,
        signal, filter) positions that belong together."""
        raise NotImplementedError

    def evaluate(self, leaves: Mapping[str, TermArray]) -> TermArray:
        signal, filter = self.signal.evaluate(leaves), self.filter.evaluate(leaves)
        relations: dict[str, tuple[Column, Column, Column]] = {}
        lengths: dict[str, int] = {}
        for name in dict.fromkeys(self.order + self.contracted):
            lengths[name], *columns = self._relation(name, signal, filter)
            relations[name] = (columns[0], columns[1], columns[2])
        shape = tuple(lengths[name] for name in self.order)
        place = _flat(relations, 0, self.order, shape)
        left = signal.table, _flat(relations, 1, signal.names, signal.shape)
        right = filter.table, _flat(relations, 2, filter.names, filter.shape)
        axes = tuple(ArrayAxis(name, np.zeros(lengths[name], dtype=np.int8)) for name in self.order)
        return TermArray(axes, _multiplied(place, left, right, Variable("result", shape)))

    def on(self, axes: Set[str]) -> Operation:
        kept = _kept(self.spatial, axes)
        return replace(
            self,
            signal=self.signal.on(axes),
            filter=self.filter.on(axes),
            contracted=tuple(name for name in self.contracted if name in axes),
            order=tuple(name for name in self.order if name in axes),
            **_chosen(self, ("spatial", *self.per_axis), kept),
        )

    def _relation(self, name: str, signal: TermArray, filter: TermArray) -> tuple[int, Column, Column, Column]:
        if name in self.spatial:
            length, place, left, right = self.links(self.spatial.index(name), signal.length(name), filter.length(name))
            real = _occupied(signal, name)[left] & _occupied(filter, name)[right]
            return length, place[real], left[real], right[real]
        both = name in signal.names and name in filter.names
        length = (signal if name in signal.names else filter).length(name)
        if both and length != filter.length(name):
            raise InputError(f"axis {name} has {length} entries in one operand and {filter.length(name)} in the other")
        run = np.arange(length)
        none = np.zeros_like(run)
        return (
            length,
            none if name in self.contracted else run,
            run if name in signal.names else none,
            run if name in filter.names else none,
        )


@dataclass(frozen=True, slots=True)
class Correlate(Join):
    """Cross-correlation: result[i] = Σ_q signal[stride·i + q] · filter[q], as long as the filter lies in the signal."""

    stride: tuple[int, ...]
    per_axis: ClassVar[tuple[str, ...]] = ("stride",)

    def links(self, axis: int, signal: int, filter: int) -> tuple[int, Column, Column, Column]:
        length = max(0, (signal - filter) // self.stride[axis] + 1)
        place, tap = (grid.ravel() for grid in np.indices((length, filter)))
        return length, place, self.stride[axis] * place + tap, tap

    def notation(self, names: Naming) -> Node:
        stride = self.stride if set(self.stride) - {1} else ()
        body = Infix("correlate", self.signal.notation(names), self.filter.notation(names), stride)
        summed = names.summed(self.contracted)
        return Big(summed, body) if summed else body


@dataclass(frozen=True, slots=True)
class MatrixProduct(Join):
    """The unrolled filter, or its transpose, times the vector of the signal: every axis of one is summed."""

    transposed: bool

    def evaluate(self, leaves: Mapping[str, TermArray]) -> TermArray:
        """Follows the terms of the matrix, which are few beside its zeros."""
        signal, matrix = self.signal.evaluate(leaves), self.filter.evaluate(leaves)
        lengths = {axis.name: len(axis) for axis in (*signal.axes, *matrix.axes)}
        shape = tuple(lengths[name] for name in self.order)
        free = tuple(name for name in signal.names if name not in matrix.names)
        copies = np.arange(math.prod(lengths[name] for name in free))
        places = [
            np.add.outer(
                _reflat(matrix.table.columns[0], matrix, steps), _reflat_free(copies, free, lengths, steps)
            ).ravel()
            for steps in (_strides(self.order, shape), _strides(signal.names, signal.shape))
        ]
        rows = np.repeat(np.arange(len(matrix.table)), len(copies))
        axes = tuple(ArrayAxis(name, np.zeros(lengths[name], dtype=np.int8)) for name in self.order)
        theirs = matrix.table if len(copies) == 1 else matrix.table.take(rows)
        return TermArray(axes, _times(places[0], (signal.table, places[1]), theirs, Variable("result", shape)))

    def notation(self, names: Naming) -> Node:
        matrix = self.filter.notation(names)
        vector = Call("vec", (self.signal.notation(Naming()),))
        return Product((Transpose(matrix) if self.transposed else matrix, vector))


@dataclass(frozen=True, slots=True)
class IndexSum(Join):
    """A sum with indices: result[p] = Σ_q signal[by_result·p + by_summed·q + shift] · filter[q].

    Entries of the signal that do not exist count as zero. `lengths` are the result's; `result_letters` and
    `summed_letters` are what the page calls p and q.
    """

    lengths: tuple[int, ...]
    by_result: tuple[int, ...]
    by_summed: tuple[int, ...]
    shift: tuple[int, ...]
    result_letters: tuple[str, ...]
    summed_letters: tuple[str, ...]
    per_axis: ClassVar[tuple[str, ...]] = (
        "lengths", "by_result", "by_summed", "shift", "result_letters", "summed_letters"
    )  # fmt: skip

    def links(self, axis: int, signal: int, filter: int) -> tuple[int, Column, Column, Column]:
        place, tap = (grid.ravel() for grid in np.indices((self.lengths[axis], filter)))
        source = self.by_result[axis] * place + self.by_summed[axis] * tap + self.shift[axis]
        real = (source >= 0) & (source < signal)
        return self.lengths[axis], place[real], source[real], tap[real]

    def notation(self, names: Naming) -> Node:
        moved = tuple(
            Index(tuple(sorted(((p, by_result), (q, by_summed)), key=_positive_first)), shift)
            for p, q, by_result, by_summed, shift in zip(
                self.result_letters, self.summed_letters, self.by_result, self.by_summed, self.shift, strict=True
            )
        )
        signal = _indexed(self.signal.notation(names), moved)
        filter = _indexed(self.filter.notation(names), tuple(letter_index(q) for q in self.summed_letters))
        factors = (filter, signal) if filter.role == "G" else (signal, filter)
        return Big((*names.summed(self.contracted), *self.summed_letters), Product(factors))


def _positive_first(part: tuple[str, int]) -> tuple[bool, str]:
    letter, times = part
    return times < 0, letter


def _indexed(array: Node, index: tuple[Index, ...]) -> Symbol:
    """The entry of a whole array or of a slice at the given position."""
    if not isinstance(array, Symbol):
        raise TypeError("a sum with indices takes arrays that have a name")
    return Symbol(array.role, (*array.index, *index))


def _kept(names: Sequence[str], axes: Set[str]) -> list[int]:
    """The numbers of the axes that stay."""
    return [number for number, name in enumerate(names) if name in axes]


def _chosen(operation: Operation, fields: Sequence[str], kept: Sequence[int]) -> dict[str, Any]:
    """The given fields, which hold one value an axis, for the axes that stay."""
    return {name: tuple(getattr(operation, name)[number] for number in kept) for name in fields}


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


def _occupied(array: TermArray, name: str) -> NDArray[np.bool_]:
    """For each position of one axis, whether the array has any term there."""
    number = array.names.index(name)
    inner = math.prod(array.shape[number + 1 :])
    coordinate = array.table.columns[0] // inner % array.shape[number]
    found: NDArray[np.bool_] = np.bincount(coordinate, minlength=array.shape[number]).astype(bool)
    return found


def _reflat(flat: Column, array: TermArray, steps: Mapping[str, int]) -> Column:
    """Flat positions in `array` as flat positions in another with the given steps; axes without a step fall away."""
    moved = np.zeros(len(flat), dtype=np.int64)
    for name, length in zip(reversed(array.names), reversed(array.shape), strict=True):
        flat, position = np.divmod(flat, length)
        if name in steps:
            position *= steps[name]
            moved += position
    return moved


def _reflat_free(copies: Column, free: Sequence[str], lengths: Mapping[str, int], steps: Mapping[str, int]) -> Column:
    """The part of flat positions that the axes `free`, counted through by `copies`, add."""
    parts = _unravel(copies, tuple(lengths[name] for name in free))
    return sum(
        (part * steps[name] for name, part in zip(free, parts, strict=True)), np.zeros(len(copies), dtype=np.int64)
    )


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
    theirs, right = _by_position(*filter)
    rows, which = right.expanded()
    _, left = signal
    if rows is not None:
        place, left = place[rows], left[rows]
    return _times(place, (signal[0], left), theirs.take(which), result)


def _times(place: Column, signal: tuple[Table, Column], theirs: Table, result: Variable) -> Table:
    """The products of every term at each signal position with the one term beside it."""
    ours, left = _by_position(*signal)
    rows, which = left.expanded()
    if rows is not None:
        place, theirs = place[rows], theirs.take(rows)
    ours = ours.take(which)
    values = tuple(a * b for a in ours.values for b in theirs.values)
    codes = _codes(ours) * len(theirs.values) + _codes(theirs) if len(values) > 1 else None
    factors = (*ours.factors, *theirs.factors)
    return Table((result,), factors, (place, *ours.columns[1:], *theirs.columns[1:]), codes, values)


@dataclass(frozen=True, slots=True)
class _Lookup:
    """For each asked position, how many terms stand there and where the first is."""

    counts: Column
    starts: Column

    def expanded(self) -> tuple[Column | None, Column]:
        """One row for each term found: the number of the asked position (None: each had one) and the term's."""
        if len(self.counts) and self.counts.min() == self.counts.max() == 1:
            return None, self.starts
        rows = np.repeat(np.arange(len(self.counts), dtype=index_type(len(self.counts))), self.counts)
        if self.counts.max(initial=0) <= 1:
            return rows, self.starts[rows]
        nth = np.arange(len(rows)) - np.repeat(np.cumsum(self.counts) - self.counts, self.counts)
        return rows, self.starts[rows] + nth


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
