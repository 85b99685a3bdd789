"""Exact sparse arrays of multilinear forms, kept as integer columns.

A `Table` says, term by term, which entry of the result a product stands in and which entries of which arrays it
multiplies. One column an array, flat positions in C order; rational coefficients beside them. So

    O = Σ X·F           is  index (O),  factors (X, F)
    ∂O/∂F               is  index (O, F),  factors (X)      the F column changes sides
    Σ ∂L/∂O · ∂O/∂F     is  index (F),  factors (G, X)      the O column changes sides and is called G

Differentiating and contracting are relabellings, so the chain rule costs nothing. A `Form` is a sum of such tables
with different factors (a convolution with a bias has two). No zero is stored; the canonical order is by index, then by
factor. This room knows nothing of convolutions.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from symconv.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

Column: TypeAlias = "NDArray[np.signedinteger[Any]]"
Shape: TypeAlias = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Variable:
    """An array of independent symbols: its role and its shape."""

    role: str
    shape: Shape

    @property
    def size(self) -> int:
        return math.prod(self.shape)


@dataclass(frozen=True, slots=True)
class Term:
    """One product: the coefficient and, for each factor, its role and multi-index."""

    coefficient: Fraction
    factors: tuple[tuple[str, tuple[int, ...]], ...]


@dataclass(frozen=True, eq=False)
class Table:
    """Terms of an array of forms that all multiply the same arrays.

    `columns` stand in the order of `index + factors`. Coefficients: `values[codes]`, or `values[0]` throughout where
    `codes` is None.
    """

    index: tuple[Variable, ...]
    factors: tuple[Variable, ...]
    columns: tuple[Column, ...]
    codes: Column | None = None
    values: tuple[Fraction, ...] = (Fraction(1),)

    def __len__(self) -> int:
        return len(self.columns[0])

    @property
    def roles(self) -> tuple[str, ...]:
        return tuple(variable.role for variable in self.factors)

    def column(self, role: str) -> Column:
        for variable, column in zip(self.index + self.factors, self.columns, strict=True):
            if variable.role == role:
                return column
        raise KeyError(role)

    def with_columns(self, index: Sequence[Variable], factors: Sequence[Variable], columns: Sequence[Column]) -> Table:
        return replace(self, index=tuple(index), factors=tuple(factors), columns=tuple(columns))

    def scaled(self, by: Fraction) -> Table:
        """Every coefficient times `by`, which is not 0."""
        return replace(self, values=tuple(value * by for value in self.values))

    def take(self, chosen: Any) -> Table:
        """The terms at the chosen places (an index array or a mask)."""
        codes = None if self.codes is None else self.codes[chosen]
        return replace(self, columns=tuple(column[chosen] for column in self.columns), codes=codes)

    def at(self, *positions: int) -> Table:
        """The terms of one entry, given the flat position on each index variable."""
        mask = np.ones(len(self), dtype=bool)
        for column, position in zip(self.columns, positions, strict=False):
            mask &= column == position
        return self.take(mask)

    def where(self, role: str, position: int) -> Table:
        """The terms in whose column for `role` stands the flat position."""
        return self.take(self.column(role) == position)

    def without_index(self, role: str) -> Table:
        """The same terms without the index variable `role`, which all of them agree on."""
        at = next(number for number, variable in enumerate(self.index) if variable.role == role)
        return self.with_columns(
            self.index[:at] + self.index[at + 1 :], self.factors, self.columns[:at] + self.columns[at + 1 :]
        )

    def arranged(self, index: Variable, roles: Sequence[str]) -> Table:
        """The same terms over another index variable of one array, with the factors in the given order.

        Factors that `roles` does not name come last.
        """
        order = sorted(range(len(self.factors)), key=lambda at: _rank(self.roles[at], roles))
        factors = [self.factors[at] for at in order]
        return self.with_columns((index,), factors, (self.columns[0], *(self.columns[1 + at] for at in order)))

    @cached_property
    def canonical(self) -> Table:
        """The same forms with terms in order, like terms added and zeros gone."""
        order = _order(self._keys())
        ordered = self.take(order)
        if not _repeats(ordered.columns):
            return ordered
        return _merged(ordered)

    def terms(self) -> list[Term]:
        """All terms in canonical order, whatever entry they stand in; meant for few."""
        table = self.canonical
        factors = []
        for variable, column in zip(table.factors, table.columns[len(table.index) :], strict=True):
            positions = np.unravel_index(column, variable.shape) if variable.shape else ()
            indices = zip(*(p.tolist() for p in positions), strict=True) if positions else [()] * len(table)
            factors.append([(variable.role, tuple(index)) for index in indices])
        products = zip(*factors, strict=True) if factors else [()] * len(table)
        return [Term(table.coefficient(row), product) for row, product in enumerate(products)]

    def entries(self) -> dict[int, list[Term]]:
        """The terms of every entry that has any, by flat position on the first index variable; meant for few."""
        found: dict[int, list[Term]] = {}
        for position, term in zip(self.canonical.columns[0].tolist(), self.terms(), strict=True):
            found.setdefault(position, []).append(term)
        return found

    def coefficient(self, row: int) -> Fraction:
        return self.values[0] if self.codes is None else self.values[self.codes[row]]

    def _keys(self) -> list[Column]:
        """The columns packed into as few integers as hold them, most significant first."""
        packed: list[Column] = []
        room = 0
        for variable, column in zip(self.index + self.factors, self.columns, strict=True):
            size = max(variable.size, 1)
            if room < size:
                packed.append(column.astype(np.int64))
                room = (2**63 - 1) // size
            else:
                packed[-1] *= size
                packed[-1] += column
                room //= size
        return packed


@dataclass(frozen=True, slots=True)
class Form:
    """A sum of tables over the same index with different factors."""

    parts: tuple[Table, ...]

    def __len__(self) -> int:
        return sum(len(part) for part in self.parts)


def differentiate(form: Form, role: str) -> Table:
    """∂form/∂role: the one part that holds the array, its column moved to the index.

    Raises `InputError` where no part or more than one holds it; every part is linear in each of its arrays.

    >>> x, f, o = Variable("X", (1,)), Variable("F", (1,)), Variable("O", (1,))
    >>> zero = np.zeros(1, dtype=np.int64)
    >>> local = differentiate(Form((Table((o,), (x, f), (zero, zero, zero)),)), "F")
    >>> [variable.role for variable in local.index], local.roles
    (['O', 'F'], ('X',))
    """
    holding = [part for part in form.parts if role in part.roles]
    if len(holding) != 1:
        raise InputError(f"cannot differentiate by {role!r}: the layer's output has no such array")
    (part,) = holding
    at = part.roles.index(role)
    count = len(part.index)
    index = (*part.index, part.factors[at])
    factors = part.factors[:at] + part.factors[at + 1 :]
    columns = list(part.columns)
    moved = columns.pop(count + at)
    return part.with_columns(index, factors, (*columns[:count], moved, *columns[count:]))


def contract(local: Table, gradient: str) -> Table:
    """Σ gradient · local over the first index variable, which becomes a factor called `gradient`: the chain rule.

    The gradient array has the shape of that variable and stands first among the factors.
    """
    summed, *index = local.index
    first, *rest = local.columns
    kept = rest[: len(index)]
    factors = (Variable(gradient, summed.shape), *local.factors)
    return local.with_columns(index, factors, (*kept, first, *rest[len(index) :]))


@dataclass(frozen=True, slots=True)
class Difference:
    """Where two arrays of forms differ: in shape, or first at one entry, with the terms each side has there."""

    shapes: tuple[Shape, Shape]
    entry: tuple[int, ...] | None = None
    left: tuple[Term, ...] = ()
    right: tuple[Term, ...] = ()

    @property
    def only_left(self) -> tuple[Term, ...]:
        return tuple(term for term in self.left if term not in self.right)

    @property
    def only_right(self) -> tuple[Term, ...]:
        return tuple(term for term in self.right if term not in self.left)


def difference(left: Table, right: Table) -> Difference | None:
    """None where two tables are equal, shape and every coefficient; else the first entry that differs."""
    shapes = tuple(tuple(n for variable in table.index for n in variable.shape) for table in (left, right))
    if shapes[0] != shapes[1]:
        return Difference((shapes[0], shapes[1]))
    if left.factors != right.factors:
        return _first_in_either((left, right), (shapes[0], shapes[1]))
    if _same_terms(left, right):
        return None
    return _first_difference(left.canonical, right.canonical, (shapes[0], shapes[1]))


def _same_terms(left: Table, right: Table) -> bool:
    if len(left) == len(right) and left.codes is None and right.codes is None and left.values == right.values:
        keys = [table._keys() for table in (left, right)]
        if len(keys[0]) == 1:
            for (key,) in keys:
                key.sort()
            return bool(np.array_equal(keys[0][0], keys[1][0]))
    ours, theirs = left.canonical, right.canonical
    return (
        len(ours) == len(theirs)
        and all(np.array_equal(a, b) for a, b in zip(ours.columns, theirs.columns, strict=True))
        and _coefficients(ours) == _coefficients(theirs)
    )


def _coefficients(table: Table) -> list[Fraction]:
    return [table.coefficient(row) for row in range(len(table))]


def _first_difference(left: Table, right: Table, shapes: tuple[Shape, Shape]) -> Difference | None:
    """The first entry whose terms differ; both tables canonical."""
    count = len(left.index)
    sides = [
        list(zip(*(column.tolist() for column in table.columns), _coefficients(table), strict=True))
        for table in (left, right)
    ]
    odd = set(sides[0]) ^ set(sides[1])
    flat = min(row[:count] for row in odd)
    return Difference(shapes, _entry(flat, left.index), tuple(left.at(*flat).terms()), tuple(right.at(*flat).terms()))


def _rank(role: str, roles: Sequence[str]) -> int:
    return roles.index(role) if role in roles else len(roles)


def _first_in_either(sides: tuple[Table, Table], shapes: tuple[Shape, Shape]) -> Difference | None:
    """The first entry of two tables that multiply different arrays."""
    rows = [
        row for table in sides for row in zip(*(c.tolist() for c in table.columns[: len(table.index)]), strict=True)
    ]
    if not rows:
        return None
    flat = min(rows)
    left, right = (tuple(table.at(*flat).terms()) for table in sides)
    return Difference(shapes, _entry(flat, sides[0].index), left, right)


def _entry(flat: Sequence[int], index: Sequence[Variable]) -> tuple[int, ...]:
    """The multi-index of an entry given by its flat position on each index variable."""
    return tuple(
        int(i)
        for position, variable in zip(flat, index, strict=True)
        for i in (np.unravel_index(position, variable.shape) if variable.shape else ())
    )


def _order(keys: Sequence[Column]) -> Column:
    return np.argsort(keys[0], kind="stable") if len(keys) == 1 else np.lexsort(tuple(reversed(keys)))


def _starts(columns: Sequence[Column]) -> NDArray[np.bool_]:
    """Where, in ordered columns, a row differs from the one before it."""
    starts = np.ones(len(columns[0]), dtype=bool)
    if len(starts) > 1:
        starts[1:] = np.logical_or.reduce([column[1:] != column[:-1] for column in columns])
    return starts


def _repeats(columns: Sequence[Column]) -> bool:
    return not bool(_starts(columns).all())


def _merged(ordered: Table) -> Table:
    """Like terms of an ordered table added, zeros dropped."""
    group = np.cumsum(_starts(ordered.columns)) - 1
    sums = [Fraction(0)] * (int(group[-1]) + 1)
    for row, which in enumerate(group.tolist()):
        sums[which] += ordered.coefficient(row)
    values = tuple(sorted(set(sums) - {Fraction(0)})) or (Fraction(1),)
    code = {value: number for number, value in enumerate(values)}
    first = np.flatnonzero(_starts(ordered.columns))
    kept = [number for number, value in enumerate(sums) if value]
    codes = np.array([code[sums[number]] for number in kept], dtype=np.int64)
    columns = tuple(column[first[kept]] for column in ordered.columns)
    return Table(ordered.index, ordered.factors, columns, codes if len(values) > 1 else None, values)


def distinct(column: Column) -> list[int]:
    """The positions that occur in a column, each once, in order.

    >>> distinct(np.array([3, 1, 3]))
    [1, 3]
    """
    found: list[int] = np.flatnonzero(np.bincount(column)).tolist()
    return found


def index_type(size: int) -> type[np.signedinteger[Any]]:
    """The smaller integer type that holds flat positions below `size`."""
    return np.int32 if size < 2**31 else np.int64
