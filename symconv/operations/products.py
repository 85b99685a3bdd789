"""Operations on two arrays: correlation, the matrix product and the sum with indices."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from symconv.errors import InputError
from symconv.forms import Column, Shape, Table, Variable, index_type
from symconv.notation.tree import Big, Call, Index, Infix, Node, Product, Symbol, Transpose, letter_index
from symconv.operations.arrays import ArrayAxis, TermArray, occupied, reflat, reflat_counted, strides
from symconv.operations.pipeline import Naming, Operation, chosen_fields, kept_numbers


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

    def length(self, axis: int, signal: int, filter: int) -> int:
        """The result's length on spatial axis number `axis`, for operands of these lengths."""
        raise NotImplementedError

    def sources(self, axis: int, place: Column, tap: Column) -> Column:
        """The signal position that stands beside a filter position for a place in the result."""
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

    def names(self, leaves: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
        return self.order

    def on(self, axes: Set[str]) -> Operation:
        kept = kept_numbers(self.spatial, axes)
        return replace(
            self,
            signal=self.signal.on(axes),
            filter=self.filter.on(axes),
            contracted=tuple(name for name in self.contracted if name in axes),
            order=tuple(name for name in self.order if name in axes),
            **chosen_fields(self, ("spatial", *self.per_axis), kept),
        )

    def _links(self, axis: int, name: str, signal: TermArray, filter: TermArray) -> tuple[int, Column, Column, Column]:
        """The result's length, and the (result, signal, filter) positions that belong together and hold entries."""
        length = self.length(axis, signal.length(name), filter.length(name))
        taps = np.flatnonzero(occupied(filter, name))
        place, tap = (grid.ravel() for grid in np.meshgrid(np.arange(length), taps, indexing="ij"))
        source = self.sources(axis, place, tap)
        real = (source >= 0) & (source < signal.length(name))
        real[real] = occupied(signal, name)[source[real]]
        return length, place[real], source[real], tap[real]

    def _relation(self, name: str, signal: TermArray, filter: TermArray) -> tuple[int, Column, Column, Column]:
        if name in self.spatial:
            return self._links(self.spatial.index(name), name, signal, filter)
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

    def length(self, axis: int, signal: int, filter: int) -> int:
        return max(0, (signal - filter) // self.stride[axis] + 1)

    def sources(self, axis: int, place: Column, tap: Column) -> Column:
        return self.stride[axis] * place + tap

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
                reflat(matrix.table.columns[0], matrix, steps), reflat_counted(copies, free, lengths, steps)
            ).ravel()
            for steps in (strides(self.order, shape), strides(signal.names, signal.shape))
        ]
        rows = np.repeat(np.arange(len(matrix.table)), len(copies))
        axes = tuple(ArrayAxis(name, np.zeros(lengths[name], dtype=np.int8)) for name in self.order)
        theirs = matrix.table if len(copies) == 1 else matrix.table.take(rows)
        return TermArray(axes, _times(places[0], (signal.table, places[1]), theirs, Variable("result", shape)))

    def notation(self, names: Naming) -> Node:
        matrix = self.filter.notation(names)
        vector = Call("vec", (self.signal.notation(names),))
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

    def length(self, axis: int, signal: int, filter: int) -> int:
        return self.lengths[axis]

    def sources(self, axis: int, place: Column, tap: Column) -> Column:
        return self.by_result[axis] * place + self.by_summed[axis] * tap + self.shift[axis]

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
        summed = (*names.summed(self.contracted), *self.summed_letters)
        return Big(summed, Product(factors)) if summed else Product(factors)


def _positive_first(part: tuple[str, int]) -> tuple[bool, str]:
    letter, times = part
    return times < 0, letter


def _indexed(array: Node, index: tuple[Index, ...]) -> Symbol:
    """The entry of a whole array or of a slice at the given position."""
    if not isinstance(array, Symbol):
        raise TypeError("a sum with indices takes arrays that have a name")
    return Symbol(array.role, (*array.index, *index))


def _flat(relations: Mapping[str, tuple[Column, ...]], which: int, names: Sequence[str], shape: Shape) -> Column:
    """Flat positions in one of the three arrays, over the product of all relations."""
    steps = strides(names, shape)
    dtype = index_type(math.prod(shape))
    flat = np.zeros((), dtype=dtype)
    for name, columns in relations.items():
        flat = np.add.outer(flat, columns[which].astype(dtype) * dtype(steps.get(name, 0)))
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
