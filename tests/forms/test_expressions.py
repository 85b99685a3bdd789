"""Tables as SymPy."""

from fractions import Fraction

import numpy as np
import pytest
import sympy

from symconv.forms import Form, Table, Term, Variable
from symconv.forms.expressions import (
    as_array,
    entry_expressions,
    sparse_matrix,
    sum_expression,
    symbol_expressions,
    term_expression,
)

OUTPUT, X, F = Variable("O", (2,)), Variable("X", (2,)), Variable("F", (2,))
X0, X1, F0, F1 = sympy.symbols("X0 X1 F0 F1")


def name(role, index):
    return role + "".join(map(str, index))


def column(*positions):
    return np.array(positions, dtype=np.int64)


def test_a_term_is_a_rational_number_times_symbols_without_assumptions():
    found = term_expression(Term(Fraction(-2, 3), (("X", (1,)), ("F", (0,)))), name)
    assert found == sympy.Rational(-2, 3) * X1 * F0
    assert term_expression(Term(Fraction(1), ()), name) == 1


def test_an_empty_sum_is_zero():
    assert sum_expression([], name) == 0


def test_entries_are_the_sums_of_all_parts_row_by_row():
    products = Table((OUTPUT,), (X, F), (column(0, 0, 1), column(0, 1, 1), column(0, 1, 0)))
    biases = Table((OUTPUT,), (Variable("b", ()),), (column(0, 1), column(0, 0)))
    b = sympy.Symbol("b")
    assert entry_expressions(Form((products, biases)), name) == [X0 * F0 + X1 * F1 + b, X1 * F0 + b]


def test_an_entry_without_terms_is_zero():
    assert entry_expressions(Form((Table((OUTPUT,), (X,), (column(1), column(0))),)), name) == [0, X0]


def test_symbols_stand_row_by_row():
    assert symbol_expressions("X", (2, 2), name) == list(sympy.symbols("X00 X01 X10 X11"))
    assert symbol_expressions("b", (), name) == [sympy.Symbol("b")]


@pytest.mark.parametrize(
    ("shape", "matrix", "kind"),
    [
        ((2, 2), True, sympy.ImmutableDenseMatrix),
        ((2, 2), False, sympy.ImmutableDenseNDimArray),
        ((4,), True, sympy.ImmutableDenseNDimArray),
        ((1, 2, 2), True, sympy.ImmutableDenseNDimArray),
    ],
)
def test_the_kind_of_array_follows_from_its_shape(shape, matrix, kind):
    found = as_array([sympy.Integer(n) for n in range(4)], shape, matrix=matrix)
    assert type(found) is kind
    assert tuple(found.shape) == shape


def test_an_array_without_axes_is_the_expression():
    assert as_array([X0], (), matrix=False) is X0


def test_a_table_over_two_arrays_is_a_sparse_matrix():
    local = Table((OUTPUT, F), (X,), (column(0, 0, 1, 0), column(0, 1, 1, 0), column(0, 1, 1, 1)))
    found = sparse_matrix(local, name)
    assert isinstance(found, sympy.ImmutableSparseMatrix)
    assert found == sympy.Matrix([[X0 + X1, X1], [0, X1]])
