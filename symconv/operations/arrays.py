"""Arrays whose entries are sums of terms, on axes that have names."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from symconv.forms import Column, Shape, Table, Variable, index_type

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


@dataclass(frozen=True, eq=False)
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

    def first_slice(self, place: int) -> TermArray:
        """The part of the array at one position of its first axis, which is gone afterwards."""
        position = unravel(self.table.columns[0], self.shape)
        inside = position[0] == place
        return placed(self.axes[1:], [column[inside] for column in position[1:]], self.table.take(inside))

    def kind(self, position: Sequence[int]) -> ZeroKind:
        """Why an entry without terms is zero."""
        return KINDS[max((axis.kinds[p] for axis, p in zip(self.axes, position, strict=True)), default=EMPTY)]


@dataclass(frozen=True, slots=True)
class AxisMap:
    """Where an operation moves position j of an axis: to scale·j + offset, if that lies in 0 <= · < length."""

    scale: int
    offset: Any
    length: Any


def as_matrix(table: Table, shape: tuple[int, int], row: Column, column: Column) -> TermArray:
    """The terms of a table, whatever its index, at the given rows and columns of a matrix."""
    axes = tuple(ArrayAxis(name, np.zeros(n, dtype=np.int8)) for name, n in zip(("row", "column"), shape, strict=True))
    terms = table.with_columns((Variable("result", shape),), table.factors, (row, *table.columns[len(table.index) :]))
    return placed(axes, (row, column), terms)


def leaf_array(names: Sequence[str], shape: Shape, variable: Variable, start: int = 0) -> TermArray:
    """The array of the symbols of `variable`, laid out on the named axes: each entry one term.

    A smaller shape takes only the symbols from the flat position `start` on.
    """
    position = np.arange(math.prod(shape), dtype=index_type(variable.size))
    axes = tuple(ArrayAxis(name, np.zeros(n, dtype=np.int8)) for name, n in zip(names, shape, strict=True))
    return TermArray(
        axes, Table((Variable("result", shape),), (variable,), (position, position + position.dtype.type(start)))
    )


def unravel(flat: Column, shape: Shape) -> tuple[Column, ...]:
    return tuple(np.unravel_index(flat, shape)) if shape else ()


def placed(axes: Sequence[ArrayAxis], position: Sequence[Column], table: Table) -> TermArray:
    """The terms of `table` at new positions of an array with the given axes."""
    shape = tuple(len(axis) for axis in axes)
    flat = np.zeros(len(table), dtype=index_type(math.prod(shape)))
    for place, stride in zip(position, strides(range(len(shape)), shape).values(), strict=True):
        flat += place.astype(flat.dtype) * flat.dtype.type(stride)
    index = (Variable("result", shape),)
    return TermArray(tuple(axes), table.with_columns(index, table.factors, (flat, *table.columns[1:])))


def moved(array: TermArray, maps: Mapping[str, AxisMap], zero: int) -> TermArray:
    """Every position sent through its axis' map; what falls outside is dropped, new places are zeros of a kind."""
    position = list(unravel(array.table.columns[0], array.shape))
    inside = np.ones(len(array.table), dtype=bool)
    axes = list(array.axes)
    for number, axis in enumerate(array.axes):
        if axis.name in maps:
            mapped = maps[axis.name]
            position[number] = mapped.scale * position[number] + mapped.offset
            inside &= (position[number] >= 0) & (position[number] < mapped.length)
            axes[number] = ArrayAxis(axis.name, _moved_kinds(axis.kinds, mapped, zero))
    if inside.all():
        return placed(axes, position, array.table)
    return placed(axes, [p[inside] for p in position], array.table.take(inside))


def _moved_kinds(kinds: Column, mapped: AxisMap, zero: int) -> Column:
    moved = np.full(max(mapped.length, 0), zero, dtype=np.int8)
    target = mapped.scale * np.arange(len(kinds)) + mapped.offset
    inside = (target >= 0) & (target < len(moved))
    moved[target[inside]] = kinds[inside]
    return moved


def occupied(array: TermArray, name: str) -> NDArray[np.bool_]:
    """For each position of one axis, whether the array has any term there."""
    number = array.names.index(name)
    inner = math.prod(array.shape[number + 1 :])
    coordinate = array.table.columns[0] // inner % array.shape[number]
    found: NDArray[np.bool_] = np.bincount(coordinate, minlength=array.shape[number]).astype(bool)
    return found


def reflat(flat: Column, array: TermArray, steps: Mapping[str, int]) -> Column:
    """Flat positions in `array` as flat positions in another with the given steps; axes without a step fall away."""
    moved = np.zeros(len(flat), dtype=np.int64)
    for name, length in zip(reversed(array.names), reversed(array.shape), strict=True):
        flat, position = np.divmod(flat, length)
        if name in steps:
            position *= steps[name]
            moved += position
    return moved


def reflat_counted(copies: Column, free: Sequence[str], lengths: Mapping[str, int], steps: Mapping[str, int]) -> Column:
    """The part of flat positions that the axes `free`, counted through by `copies`, add."""
    parts = unravel(copies, tuple(lengths[name] for name in free))
    return sum(
        (part * steps[name] for name, part in zip(free, parts, strict=True)), np.zeros(len(copies), dtype=np.int64)
    )


def strides(names: Any, shape: Shape) -> dict[Any, int]:
    return {name: math.prod(shape[number + 1 :]) for number, name in enumerate(names)}
