"""Terms and arrays of forms as notation: sums of products, matrices of symbols, matrices of terms."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product as all_of

import numpy as np

from symconv.derivation.elision import Limits, positions, shortened
from symconv.forms import Shape, Table, Term
from symconv.notation.tree import (
    Dots,
    Labelled,
    Marked,
    Matrix,
    Negative,
    Node,
    Number,
    Product,
    Sum,
    Symbol,
    Zero,
    product,
    total,
)
from symconv.operations import PADDING, TermArray

Position = tuple[int, ...]


def term_node(term: Term) -> Node:
    """One product as a person writes it: coefficient, then factors.

    >>> term_node(Term(Fraction(-1), (("X", (0, 0)),)))
    Negative(term=Symbol(role='X', index=(0, 0), slice=False))
    """
    factors: tuple[Node, ...] = tuple(Symbol(role, index) for role, index in term.factors)
    size = abs(term.coefficient)
    node = product(factors if size == 1 and factors else (Number(size), *factors))
    return Negative(node) if term.coefficient < 0 else node


def sum_node(nodes: Sequence[Node], limit: int) -> Node:
    """The sum, with dots in the middle beyond `limit` terms."""
    return total(tuple(Dots("sum") if node is None else node for node in shortened(nodes, limit, first=3)))


def terms_node(table: Table, limits: Limits) -> Node:
    """The sum of all terms of a table, a coefficient that they share in front; no term prints 0.

    Only the terms that are shown are ever expanded.
    """
    ordered = table.canonical
    shared = _shared(ordered)
    if len(ordered) > 1 and shared != 1:
        return Product((Number(shared), terms_node(ordered.scaled(1 / shared), limits)))
    shown = positions(len(ordered), limits.terms, first=3)
    nodes = iter([term_node(term) for term in ordered.take([row for row in shown if row is not None]).terms()])
    return total(tuple(Dots("sum") if row is None else next(nodes) for row in shown))


def _shared(table: Table) -> Fraction:
    """The coefficient of all terms, 1 where they differ."""
    used = {0} if table.codes is None else set(table.codes.tolist())
    found = {table.values[code] for code in used}
    return found.pop() if len(found) == 1 else Fraction(1)


def coloured(node: Node, role: str) -> Node:
    """The node with every entry of one array in that array's colour."""
    match node:
        case Symbol(own) if own == role:
            return Marked(node, role)
        case Sum(terms):
            return Sum(tuple(coloured(term, role) for term in terms))
        case Product(factors):
            return Product(tuple(coloured(factor, role) for factor in factors))
    return node


def slices(shape: Shape) -> Iterator[Position]:
    """The leading indices of the matrices that an array is made of; rank 2 and below is one matrix.

    >>> list(slices((2, 1, 5, 5))), list(slices((5,)))
    ([(0, 0), (1, 0)], [()])
    """
    return all_of(*(range(n) for n in shape[:-2]))


def all_positions(shape: Shape, limit: int) -> list[Position | None]:
    """The multi-indices of a list of all entries, row by row, with None for the dots."""
    return [
        None if flat is None else tuple(int(i) for i in np.unravel_index(flat, shape)) if shape else ()
        for flat in positions(math.prod(shape), limit, first=3)
    ]


def symbol_matrix(
    role: str,
    shape: Shape,
    limits: Limits,
    leading: Position = (),
    marked: Collection[Position] = (),
    *,
    upright: bool = False,
) -> Node:
    """The matrix of an array's symbols, or of the slice at `leading`; a scalar is its symbol.

    Entries at the multi-indices `marked` are framed. A vector is a row, or a column where `upright`.
    """
    if not shape:
        return Symbol(role)
    flat = len(shape) - len(leading) == 1

    def cell(i: int, j: int) -> Node:
        index = (*leading, i if upright else j) if flat else (*leading, i, j)
        node = Symbol(role, index)
        return Marked(node, role, framed=True) if index in marked else node

    focus = [sorted({index[at] for index in marked}) for at in range(len(leading), len(shape))] if marked else []
    if flat and upright:
        return _Grid.of((*shape[len(leading) :], 1), limits, [*focus, (), ()][:2]).filled(cell)
    return _Grid.of(shape[len(leading) :], limits, [(), (), *focus][-2:]).filled(cell)


def labelled_symbols(
    role: str, shape: Shape, limits: Limits, leading: Position = (), marked: Collection[Position] = ()
) -> Node:
    """The same with its name and size underneath."""
    if not shape:
        return Symbol(role)
    name = Symbol(role, leading, slice=bool(leading))
    return Labelled(symbol_matrix(role, shape, limits, leading, marked), name, shape[len(leading) :])


def array_matrix(array: TermArray, limits: Limits, marked: Collection[Position] = (), role: str = "") -> Node:
    """The matrix of an array of terms with one or two axes; zeros say why they are there.

    Cells at the positions `marked` are framed in the colour of `role`.
    """
    flat = len(array.shape) == 1
    columns = array.shape[-1]
    grid = _Grid.of(array.shape, limits, _focus(array, marked))
    found = _entries(array.table, grid.flat(columns))

    def cell(i: int, j: int) -> Node:
        position = (j,) if flat else (i, j)
        terms = found.get(i * columns + j)
        node = sum_node([term_node(term) for term in terms], limits.terms) if terms else Zero(array.kind(position))
        return Marked(node, role, framed=True) if position in marked else node

    return grid.filled(cell)


def _focus(array: TermArray, marked: Collection[Position]) -> Sequence[Sequence[int]]:
    """For rows and columns, what is worth showing: the marked cells, or the first entries behind padding."""
    if marked:
        found: list[Sequence[int]] = [sorted({cell[at] for cell in marked}) for at in range(len(array.axes))]
    else:
        begins = [int(np.argmax(axis.kinds != PADDING)) for axis in array.axes]
        found = [range(begin, min(begin + 2, len(axis))) for begin, axis in zip(begins, array.axes, strict=True)]
    return [(), *found][-2:]


def labelled_array(
    array: TermArray, name: Node, limits: Limits, marked: Collection[Position] = (), role: str = ""
) -> Node:
    """The same with its name and size underneath."""
    return Labelled(array_matrix(array, limits, marked, role), name, array.shape)


def value_matrix(table: Table, shape: Shape, limits: Limits, leading: Position = (), *, upright: bool = False) -> Node:
    """The matrix of a table's entries (its first index variable has `shape`), or of the slice at `leading`.

    A vector is a row, or a column where `upright`.
    """
    if not shape:
        return terms_node(table, limits)
    if upright and len(shape) == 1:
        shape = (*shape, 1)
    columns = shape[-1]
    start = int(np.ravel_multi_index((*leading, *(0,) * (len(shape) - len(leading))), shape))
    grid = _Grid.of(shape, limits)
    found = _entries(table, [start + at for at in grid.flat(columns)])

    def cell(i: int, j: int) -> Node:
        terms = found.get(start + i * columns + j)
        return sum_node([term_node(term) for term in terms], limits.terms) if terms else Zero()

    return grid.filled(cell)


def matrix_of(shape: Shape, limits: Limits, cell: Callable[[Position], Node]) -> Node:
    """The matrix of an array with one or two axes, whose cells are given by their positions."""
    flat = len(shape) == 1
    return _Grid.of(shape, limits).filled(lambda i, j: cell((j,) if flat else (i, j)))


def _entries(table: Table, shown: Sequence[int]) -> dict[int, list[Term]]:
    """The terms of the entries at the flat positions that are shown."""
    return table.take(np.isin(table.columns[0], shown)).entries()


def _sizes(shape: Shape) -> tuple[int, int]:
    """Rows and columns of the matrix at the end of a shape; one axis is one row."""
    return (1, shape[0]) if len(shape) == 1 else (shape[-2], shape[-1])


@dataclass(frozen=True, slots=True)
class _Grid:
    """The rows and columns shown of a matrix, with None for dots; a single row may be twice as long."""

    rows: tuple[int | None, ...]
    columns: tuple[int | None, ...]

    @classmethod
    def of(cls, shape: Shape, limits: Limits, focus: Sequence[Sequence[int]] = ((), ())) -> _Grid:
        rows, columns = _sizes(shape)
        across = limits.wide().matrix if rows == 1 else limits.matrix
        return cls(
            tuple(positions(rows, limits.matrix, focus=focus[0])),
            tuple(positions(columns, across, focus=focus[1])),
        )

    def flat(self, columns: int) -> list[int]:
        """The flat positions of the cells shown, in a matrix with so many columns."""
        return [i * columns + j for i in self.rows if i is not None for j in self.columns if j is not None]

    def filled(self, cell: Callable[[int, int], Node]) -> Matrix:
        return Matrix(
            tuple(tuple(_dots(i, j) if i is None or j is None else cell(i, j) for j in self.columns) for i in self.rows)
        )


def _dots(i: int | None, j: int | None) -> Dots:
    if i is None:
        return Dots("corner" if j is None else "column")
    return Dots("row")
