"""Arrays of numbers in closed forms: filters of ones, divisors, chosen masks, matrices that average along an axis."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from symconv.errors import NotSupportedError
from symconv.forms import Column, Table, Variable
from symconv.notation.tree import Big, Index, Infix, Node, Number, Ones, Product, Symbol, Transpose, letter_index
from symconv.operations.arrays import ArrayAxis, TermArray, placed, unravel
from symconv.operations.pipeline import Naming, Operation, chosen_fields, kept_numbers
from symconv.operations.windows import Hadamard, copies

ONE = Fraction(1)


@dataclass(frozen=True, slots=True)
class Constant(Operation):
    """An array of numbers that is the outer product of one vector on each of its axes, given as (axis, vector).

    A page shows ones, a number times ones, or where the numbers differ the symbol of the role `name`.

    >>> third = (Fraction(1, 3),) * 3
    >>> Constant("D", (("0", third), ("1", third))).uniform
    Fraction(1, 9)
    """

    name: str
    vectors: tuple[tuple[str, tuple[Fraction, ...]], ...]

    @property
    def uniform(self) -> Fraction | None:
        """The number that all entries are, or None where they differ."""
        if any(len(set(vector)) != 1 for _, vector in self.vectors):
            return None
        return math.prod((vector[0] for _, vector in self.vectors), start=ONE)

    def inverse(self) -> Constant:
        """One over each entry; none is 0."""
        return Constant(self.name, tuple((axis, tuple(1 / value for value in vector)) for axis, vector in self.vectors))

    def entry(self, position: Sequence[int]) -> Fraction:
        """The number at a position."""
        return math.prod((vector[p] for (_, vector), p in zip(self.vectors, position, strict=True)), start=ONE)

    def evaluate(self, leaves: Mapping[str, TermArray]) -> TermArray:
        codes: Column = np.zeros((), dtype=np.int64)
        values: tuple[Fraction, ...] = (ONE,)
        for _, vector in self.vectors:
            known = tuple(dict.fromkeys(vector))
            number = {value: at for at, value in enumerate(known)}
            codes = np.add.outer(codes * len(known), np.array([number[value] for value in vector], dtype=np.int64))
            values = tuple(ours * theirs for ours in values for theirs in known)
        lengths = [(axis, len(vector)) for axis, vector in self.vectors]
        return _numbers(lengths, np.arange(codes.size), codes.ravel(), values)

    def notation(self, names: Naming) -> Node:
        number = self.uniform
        if number is None:
            return names.leaf(self.name)
        return Ones() if number == 1 else Product((Number(number), Ones()))

    def on(self, axes: Set[str]) -> Operation:
        return Constant(self.name, tuple((axis, vector) for axis, vector in self.vectors if axis in axes))

    def names(self, leaves: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
        return tuple(axis for axis, _ in self.vectors)


@dataclass(frozen=True, slots=True)
class Chosen(Operation):
    """An array of the role `name` with 1 at the given flat positions and 0 elsewhere, on axes (name, length)."""

    name: str
    axes: tuple[tuple[str, int], ...]
    positions: tuple[int, ...]

    def evaluate(self, leaves: Mapping[str, TermArray]) -> TermArray:
        return _numbers(self.axes, np.array(self.positions, dtype=np.int64), None, (ONE,))

    def notation(self, names: Naming) -> Node:
        return names.leaf(self.name)

    def on(self, axes: Set[str]) -> Operation:
        raise NotSupportedError(f"the choice {self.name} is not made on each axis by itself: compare all terms")

    def names(self, leaves: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
        return tuple(axis for axis, _ in self.axes)


def _numbers(
    axes: Sequence[tuple[str, int]], positions: Column, codes: Column | None, values: tuple[Fraction, ...]
) -> TermArray:
    """An array of numbers: terms without factors."""
    index = Variable("result", tuple(length for _, length in axes))
    table = Table((index,), (), (positions,), codes if len(values) > 1 else None, values)
    return TermArray(tuple(ArrayAxis(name, np.zeros(length, dtype=np.int8)) for name, length in axes), table)


@dataclass(frozen=True, slots=True)
class Divide(Operation):
    """Every entry of an array over the number that stands at its place; axes that the numbers lack repeat them."""

    operand: Operation
    by: Constant

    def evaluate(self, leaves: Mapping[str, TermArray]) -> TermArray:
        names = self.operand.names({role: array.names for role, array in leaves.items()})
        return Hadamard(self.operand, self.by.inverse(), (), (), names).evaluate(leaves)

    def notation(self, names: Naming) -> Node:
        return Infix("divide", self.operand.notation(names), self.by.notation(names))

    def on(self, axes: Set[str]) -> Operation:
        by = self.by.on(axes)
        assert isinstance(by, Constant)
        return Divide(self.operand.on(axes), by)

    def names(self, leaves: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
        return self.operand.names(leaves)


@dataclass(frozen=True, slots=True)
class NumberMatrix:
    """A sparse matrix of numbers: (row, column, number) for every number that is not 0, row by row.

    `name` is the role whose symbol a page shows.
    """

    name: str
    rows: int
    columns: int
    entries: tuple[tuple[int, int, Fraction], ...]

    def array(self) -> TermArray:
        """The numbers as an array of terms."""
        rows, columns, values = zip(*self.entries, strict=True)
        known = tuple(dict.fromkeys(values))
        codes = np.array([known.index(value) for value in values], dtype=np.int64)
        positions = np.array(rows, dtype=np.int64) * self.columns + np.array(columns, dtype=np.int64)
        return _numbers([("row", self.rows), ("column", self.columns)], positions, codes, known)

    def transpose(self) -> NumberMatrix:
        turned = tuple(sorted((column, row, value) for row, column, value in self.entries))
        return NumberMatrix(self.name, self.columns, self.rows, turned)


@dataclass(frozen=True, slots=True)
class AlongAxes(Operation):
    """A matrix of numbers at work along each axis: result[p] = Σ_x matrix[p, x] · operand[x], on every axis.

    With `transposed` the matrices are those that are meant turned round: result[x] = Σ_p matrix[p, x] · operand[p].
    In one and two dimensions a page shows matrix products, P X Qᵀ; beyond, a sum with indices in `result_letters` and
    `summed_letters`.
    """

    operand: Operation
    axes: tuple[str, ...]
    matrices: tuple[NumberMatrix, ...]
    result_letters: tuple[str, ...]
    summed_letters: tuple[str, ...]
    transposed: bool

    @property
    def with_indices(self) -> bool:
        """Whether a page shows a sum with indices."""
        return len(self.axes) > 2

    def evaluate(self, leaves: Mapping[str, TermArray]) -> TermArray:
        array = self.operand.evaluate(leaves)
        for axis, matrix in zip(self.axes, self.matrices, strict=True):
            array = _times_matrix(array, axis, matrix.transpose() if self.transposed else matrix)
        return array

    def names(self, leaves: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
        return self.operand.names(leaves)

    def on(self, axes: Set[str]) -> Operation:
        kept = kept_numbers(self.axes, axes)
        operand = self.operand.on(axes)
        if not kept:
            return operand
        chosen = chosen_fields(self, ("axes", "matrices", "result_letters", "summed_letters"), kept)
        return AlongAxes(operand, transposed=self.transposed, **chosen)

    def notation(self, names: Naming) -> Node:
        operand = self.operand.notation(names)
        if not self.with_indices:
            first, *second = (Symbol(matrix.name) for matrix in self.matrices)
            left, right = (Transpose(first), second) if self.transposed else (first, [Transpose(p) for p in second])
            return Product((left, operand, *right))
        assert isinstance(operand, Symbol)
        pairs = zip(self.result_letters, self.summed_letters, strict=True)
        indices = [tuple(map(letter_index, reversed(pair) if self.transposed else pair)) for pair in pairs]
        factors = [Symbol(matrix.name, index) for matrix, index in zip(self.matrices, indices, strict=True)]
        summed: tuple[int | Index, ...] = tuple(letter_index(letter) for letter in self.summed_letters)
        return Big(self.summed_letters, Product((*factors, Symbol(operand.role, (*operand.index, *summed)))))


def _times_matrix(array: TermArray, name: str, matrix: NumberMatrix) -> TermArray:
    """The matrix times the array along one axis: every term goes to all rows whose number at its place is not 0."""
    number = array.names.index(name)
    turned = sorted((column, row, value) for row, column, value in matrix.entries)
    columns, rows = (np.array([entry[part] for entry in turned], dtype=np.int64) for part in (0, 1))
    known = tuple(dict.fromkeys(value for *_, value in turned)) or (ONE,)
    which = {value: at for at, value in enumerate(known)}
    codes = np.array([which[value] for *_, value in turned], dtype=np.int64)

    position = unravel(array.table.columns[0], array.shape)
    counts = np.bincount(columns, minlength=matrix.columns)
    starts = np.cumsum(counts) - counts
    term, entry = copies(counts[position[number]], starts[position[number]])
    moved = [rows[entry] if at == number else place[term] for at, place in enumerate(position)]
    table = array.table.take(term)
    own = np.zeros(len(term), dtype=np.int64) if table.codes is None else table.codes
    values = tuple(ours * theirs for ours in table.values for theirs in known)
    scaled = Table(
        table.index, table.factors, table.columns, own * len(known) + codes[entry] if len(values) > 1 else None, values
    )
    axes = [
        ArrayAxis(name, np.zeros(matrix.rows, dtype=np.int8)) if at == number else axis
        for at, axis in enumerate(array.axes)
    ]
    return placed(axes, moved, scaled)
