"""Trees evaluated on arrays, against NumPy."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symconv.errors import NotSupportedError
from symconv.meaning.evaluate import Defined, Meaning, free_letters
from symconv.meaning.numbers import FLOATS, FRACTIONS
from symconv.notation.build import (
    Z,
    call,
    cases,
    entry,
    exp,
    hadamard,
    log,
    minus,
    negative,
    over,
    partial,
    plus,
    positive,
    power,
    sqrt,
    summed,
    times,
    zero,
)
from symconv.notation.tree import (
    Call,
    Delta,
    Dots,
    Index,
    Infix,
    Inner,
    Labelled,
    Letter,
    Matrix,
    Number,
    Ones,
    Symbol,
    Transpose,
    Zero,
    letter_index,
)
from tests.strategies import examples

I_J = tuple(map(letter_index, "ij"))
x, y = Symbol("X"), Symbol("Y")
matrices = st.integers(1, 3).flatmap(
    lambda n: st.tuples(
        *(st.lists(st.integers(-5, 5), min_size=n * n, max_size=n * n).map(lambda v: np.array(v).reshape(n, n)),) * 2,
        st.lists(st.integers(-5, 5), min_size=n, max_size=n).map(np.array),
    )
)


def meaning(**arrays):
    exact = {role: np.vectorize(Fraction, otypes=[object])(np.asarray(array)) for role, array in arrays.items()}
    return Meaning(FRACTIONS, exact, constants={"c": Fraction(3)})


@examples(200)
@given(matrices)
def test_arrays_without_indices_are_matrices_and_columns(given_arrays):
    a, b, v = given_arrays
    found = meaning(X=a, Y=b, V=v)
    column, vector = v.reshape(-1, 1), Symbol("V")
    cases_ = [
        (times(x, y), a @ b),
        (times(x, vector), a @ v),
        (times(Transpose(vector), x), (v @ a).reshape(1, -1)),
        (times(vector, Transpose(vector)), column @ column.T),
        (times(Transpose(vector), vector), v @ v),
        (times(Transpose(vector), x, vector), v @ a @ v),
        (times(2, x, y), 2 * a @ b),
        (Transpose(times(x, y)), (a @ b).T),
        (hadamard(x, y), a * b),
        (Inner(x, y), (a * b).sum()),
        (plus(x, minus(y)), a - b),
        (Call("diag", (vector,)), np.diag(v)),
        (plus(vector, minus(times(Letter("c"), Ones()))), v - 3),
        (Labelled(Matrix(((Number(1), Zero()), (Letter("c"), Number(2)))), x, (2, 2)), np.array([[1, 0], [3, 2]])),
    ]
    for tree, expected in cases_:
        value = found(tree).entries
        assert value.shape == expected.shape
        assert (value == expected).all()


@examples(200)
@given(matrices)
def test_entries_by_letters_are_broadcast_over_all_positions(given_arrays):
    a, b, v = given_arrays
    found = meaning(X=a, Y=b, V=v)
    x_ij, y_ji, v_i = entry("X", "i", "j"), entry("Y", "j", "i"), entry("V", "i")
    assert (found.over(("i", "j"), times(x_ij, y_ji)) == a * b.T).all()
    assert (found.over(("j", "i"), times(x_ij, y_ji)) == (a * b.T).T).all()
    assert (found.over(("i",), summed("j", times(x_ij, y_ji, v_i))) == (a * b.T).sum(1) * v).all()
    assert found.over((), summed(("i", "j"), x_ij)) == a.sum()
    assert (found.over(("i", "j"), plus(x_ij, times(Delta(*I_J), v_i))) == a + np.diag(v)).all()
    assert (found.over(("i",), Symbol("X", (I_J[0],), slice=True)) == a).all()
    row = Symbol("X", (I_J[0],), slice=True)
    assert found.over(("i",), times(row, Transpose(Symbol("V")))).shape == (len(v),) * 3


def test_a_sum_that_does_not_speak_of_its_letter_counts_the_positions():
    found = meaning(X=[[1, 2, 3], [4, 5, 6]])
    tree = summed("j", plus(entry("X", "i", "j"), 1))
    assert found.over(("i",), tree).tolist() == [9, 18]


def test_positions_outside_an_array_count_as_zero():
    found = meaning(X=[1, 2, 4], F=[10, 1])
    body = times(Symbol("X", (Index((("i", 1), ("u", 1)), -1),)), entry("F", "u"))
    assert found.at({"i": np.arange(4)}, summed("u", body)).tolist() == [1, 12, 24, 40]


def test_functions_and_cases():
    sign = cases((1, positive(Z)), (-1, negative(Z)), (0, zero(Z)))
    functions = {"sign": Defined("z", sign), "f": Defined("z", plus(exp(Z), call("sign", Z)))}
    found = Meaning(FLOATS, {"X": np.array([-1.0, 0.0, 2.0], dtype=object)}, functions=functions)
    values = found.over(("i",), call("f", entry("X", "i")))
    assert values.tolist() == pytest.approx([np.exp(-1) - 1, 1, np.exp(2) + 1])
    assert found(call("f", x)).entries.tolist() == values.tolist()
    assert found(over(log(Number(9)), log(Number(3)))).entries.item() == pytest.approx(2)
    assert found(sqrt(power(3, 2))).entries.item() == 3
    assert found(call("max", 2, -3)).entries.item() == 2
    assert found(power(4, Fraction(1, 2))).entries.item() == 2


def test_arrays_are_divided_entry_by_entry():
    assert meaning(X=[1, 2], Y=[4, 8])(Infix("divide", x, y)).entries.tolist() == [Fraction(1, 4)] * 2


def test_letters_that_no_sum_binds():
    tree = plus(summed("k", entry("X", "k", "i")), times(Delta(*I_J), entry("Y", "k")))
    assert free_letters(tree) == ("i", "j", "k")


REFUSED = [
    (Symbol("Q"), "Q has no value"),
    (Letter("q"), "q has no value"),
    (entry("X", "i"), "the index i is bound to nothing"),
    (summed("k", Number(1)), "the index k stands at no array"),
    (Dots("sum"), "dots has no value on arrays of numbers"),
    (partial(x, x), "a derivative has no value on numbers alone"),
    (Infix("correlate", x, x), "correlate has no value"),
    (Call("pad", (x,)), "pad has no value"),
    (exp(x), "exp has no value in fractions"),
    (power(x, Fraction(1, 2)), "a root has no value in fractions"),
    (cases((1, positive(Number(-1)))), "stands in none of the cases"),
    (hadamard(x, Transpose(x)), "cannot be combined entry by entry"),
]


@pytest.mark.parametrize(("tree", "message"), REFUSED, ids=[message for _, message in REFUSED])
def test_what_has_no_value_says_so(tree, message):
    with pytest.raises(NotSupportedError, match=message):
        meaning(X=[1, 2])(tree)
