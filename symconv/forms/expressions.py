"""Forms as SymPy: the only place of this room that imports it.

Symbols are made from names that the caller gives; text is never parsed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import sympy

from symconv.forms.table import Form, Shape, Table, Term

Namer = Callable[[str, tuple[int, ...]], str]


def term_expression(term: Term, name: Namer) -> sympy.Expr:
    """One product as SymPy."""
    factors = [sympy.Symbol(name(role, index)) for role, index in term.factors]
    return sympy.Mul(sympy.Rational(term.coefficient.numerator, term.coefficient.denominator), *factors)


def sum_expression(terms: Iterable[Term], name: Namer) -> sympy.Expr:
    """A sum of products as SymPy."""
    return sympy.Add(*(term_expression(term, name) for term in terms))


def entry_expressions(form: Form, name: Namer) -> list[sympy.Expr]:
    """Every entry of the array that a form's first index variable describes, row by row."""
    size = form.parts[0].index[0].size
    entries: list[list[Term]] = [[] for _ in range(size)]
    for part in form.parts:
        for position, terms in part.entries().items():
            entries[position] += terms
    return [sum_expression(terms, name) for terms in entries]


def symbol_expressions(role: str, shape: Shape, name: Namer) -> list[sympy.Expr]:
    """The symbols of an array, row by row."""
    return [sympy.Symbol(name(role, tuple(int(i) for i in index))) for index in np.ndindex(*shape)]


def as_array(entries: list[sympy.Expr], shape: Shape, *, matrix: bool) -> Any:
    """An immutable matrix or array of the shape; the bare expression where the shape is ().

    >>> as_array([sympy.Integer(n) for n in range(4)], (2, 2), matrix=True)
    Matrix([
    [0, 1],
    [2, 3]])
    """
    if not shape:
        return entries[0]
    if matrix and len(shape) == 2:
        return sympy.ImmutableDenseMatrix(*shape, entries)
    return sympy.ImmutableDenseNDimArray(entries, shape)


def sparse_matrix(table: Table, name: Namer) -> sympy.ImmutableSparseMatrix:
    """A table over two arrays as a matrix: rows run over the first, columns over the second, both row by row."""
    rows, columns = table.index
    sums: dict[tuple[int, int], list[Term]] = {}
    ordered = table.canonical
    for row, column, term in zip(*(c.tolist() for c in ordered.columns[:2]), table.terms(), strict=True):
        sums.setdefault((row, column), []).append(term)
    found = {at: sum_expression(terms, name) for at, terms in sums.items()}
    return sympy.ImmutableSparseMatrix(rows.size, columns.size, found)
