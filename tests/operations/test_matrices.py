"""Matrix products, transposes, new shapes and adjoints: what they do, what they refuse, how they are written."""

import numpy as np
import pytest

from symconv.errors import InputError, NotSupportedError
from symconv.forms import Variable
from symconv.notation.text import TextPrinter
from symconv.notation.tree import Style
from symconv.operations import (
    FEATURES,
    Adjoint,
    Correlate,
    Leaf,
    MatMul,
    Naming,
    Reshape,
    Transposed,
    leaf_array,
)
from tests.oracles import value


def leaves(**axes):
    """Arrays of symbols with axes given as `X={"in": 3}`."""
    return {
        role: leaf_array(tuple(named), tuple(named.values()), Variable(role, tuple(named.values())))
        for role, named in axes.items()
    }


GIVEN = leaves(X={"in": 3, "batch": 2}, F={"out": 4, "in": 3}, G={"out": 4, "batch": 2})
ARRAYS = {
    role: np.random.default_rng(5).integers(-9, 10, shape)
    for role, shape in {"X": (3, 2), "F": (4, 3), "G": (4, 2)}.items()
}


def numbers(operation):
    return value(operation.evaluate(GIVEN).table, ARRAYS)


def test_products_are_numpys():
    X, F, G = (ARRAYS[role] for role in "XFG")
    assert np.array_equal(numbers(MatMul(Leaf("F"), Leaf("X"), "in")), F @ X)
    assert np.array_equal(numbers(MatMul(Leaf("G"), Transposed(Leaf("X")), "batch")), G @ X.T)
    assert np.array_equal(numbers(MatMul(Transposed(Leaf("F")), Leaf("G"), "out")), F.T @ G)
    product = MatMul(Transposed(Leaf("X")), Transposed(Leaf("F")), "in")
    assert np.array_equal(numbers(Transposed(product)), F @ X)


@pytest.mark.parametrize(
    ("left", "right", "inner"),
    [
        (Leaf("F"), Leaf("G"), "out"),
        (Leaf("G"), Leaf("X"), "batch"),
        (Leaf("X"), Leaf("F"), "in"),
        (Transposed(Leaf("F")), Leaf("X"), "in"),
    ],
)
def test_inner_axes_that_do_not_meet_are_refused(left, right, inner):
    with pytest.raises(InputError) as error:
        MatMul(left, right, inner).evaluate(GIVEN)
    assert str(error.value).startswith(f"a matrix product sums over {inner}, but its factors have the axes (")


def test_inner_axes_of_different_lengths_are_refused():
    given = leaves(X={"in": 2, "batch": 2}, F={"out": 4, "in": 3})
    with pytest.raises(InputError, match="axis in has 3 entries in one operand and 2 in the other"):
        MatMul(Leaf("F"), Leaf("X"), "in").evaluate(given)


def test_a_reshape_is_numpys():
    array = np.arange(24).reshape(2, 3, 4)
    given = leaves(X={"batch": 2, "0": 3, "1": 4})
    flat = Reshape(Leaf("X"), ("0", "1"), ((FEATURES, 12),))
    assert np.array_equal(value(flat.evaluate(given).table, {"X": array}), array.reshape(2, 12))
    back = Reshape(flat, (FEATURES,), (("0", 3), ("1", 4)))
    assert np.array_equal(value(back.evaluate(given).table, {"X": array}), array)
    assert back.names({"X": ("batch", "0", "1")}) == ("batch", "0", "1")


def test_a_reshape_that_does_not_fit_is_refused():
    given = leaves(X={"batch": 2, "0": 3, "1": 4})
    with pytest.raises(InputError, match=r"^12 entries do not fit into an array of shape \(11,\)$"):
        Reshape(Leaf("X"), ("0", "1"), ((FEATURES, 11),)).evaluate(given)
    with pytest.raises(InputError, match=r"^an array with the axes \(batch, 0, 1\) has no axes \(1, 0\) side by side$"):
        Reshape(Leaf("X"), ("1", "0"), ((FEATURES, 12),)).evaluate(given)
    with pytest.raises(NotSupportedError, match="are joined"):
        Reshape(Leaf("X"), ("0", "1"), ((FEATURES, 12),)).on({"0"})


def test_the_adjoint_of_a_correlation_is_its_transposed_matrix():
    given = leaves(X={"0": 3}, V={"0": 4}, F={"0": 2})
    correlation = Correlate(Leaf("V"), Leaf("F"), ("0",), (), ("0",), (1,))
    arrays = {"X": np.array([1, -2, 3]), "F": np.array([5, 7])}
    matrix = np.array([[5, 7, 0, 0], [0, 5, 7, 0], [0, 0, 5, 7]])
    found = value(Adjoint(correlation, "X", "V").evaluate(given).table, arrays)
    assert np.array_equal(found, matrix.T @ arrays["X"])
    with pytest.raises(InputError, match=r"^the map yields an array of shape \(3,\), but F has \(2,\)$"):
        Adjoint(correlation, "F", "V").evaluate(given)


@pytest.mark.parametrize(
    ("operation", "text"),
    [
        (MatMul(Leaf("F"), Transposed(Leaf("X")), "in"), "F·Xᵀ"),
        (MatMul(Transposed(Leaf("G")), Leaf("X"), "batch"), "(∂L/∂O)ᵀ·X"),
        (Reshape(Leaf("X"), ("0",), ((FEATURES, 6),)), "vec(X)"),
        (Reshape(Leaf("G"), (FEATURES,), (("0", 2), ("1", 3))), "unvec_2×3(∂L/∂O)"),
        (Adjoint(Correlate(Leaf("G"), Leaf("F"), ("0",), (), ("0",), (2,)), "X", "G"), "∂⟨X, V ⊗_2 F⟩_F/∂V"),
    ],
)
def test_notation(operation, text):
    style = Style(symbols={"X": "X", "F": "F", "O": "O", "L": "L", "V": "V"})
    assert TextPrinter(style)(operation.notation(Naming())) == text
