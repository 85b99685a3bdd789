"""Layers in numbers and numbers in trees: what is shown whole, what is rounded, where brackets stand, what has none."""

import decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import symconv as sc
from symconv.derivation.numbers import (
    LayerNumbers,
    Reckoning,
    Worked,
    as_formulas_speak,
    columns,
    draws,
    holds,
    in_place,
    light,
    needed,
    number_array,
    number_node,
    reading,
)
from symconv.errors import InputError, LimitError
from symconv.layers.values import bits, chances, one_hot, shares
from symconv.meaning.numbers import FRACTIONS
from symconv.notation.build import call, entry, exp, minus, over, partial, plus, power, summed, times
from symconv.notation.text import TextPrinter
from symconv.notation.tree import Decimal, Delta, Letter, Matrix, Number, Style, Symbol, Transpose, equals, letter_index
from tests.strategies import examples


def array(numbers):
    given = np.array(numbers, dtype=object)
    return np.vectorize(Fraction, otypes=[object])(given) if given.size else given


def text(node):
    return TextPrinter(Style())(node)


# What is needed and drawn


@pytest.mark.parametrize(
    ("layer", "shapes"),
    [
        (sc.Conv((3, 3), (2, 2), bias="map"), {"X": (3, 3), "F": (2, 2), "b": (), "G": (2, 2)}),
        (sc.MaxPool(4, 2), {"X": (4,), "G": (2,)}),
        (sc.MSE(3), {"X": (3,), "Y": (3,)}),
        (sc.BatchNorm(channels=2, batch=3), {"X": (3, 2), "F": (2,), "b": (2,), "G": (3, 2)}),
    ],
)
def test_numbers_are_needed_for_what_is_given(layer, shapes):
    assert needed(layer) == shapes


def test_targets_and_probabilities_are_drawn_as_such():
    assert draws(sc.Conv(3, 2)) == {}
    assert draws(sc.MSE(3)) == {}
    assert draws(sc.BinaryCrossEntropy(3)) == {"X": chances, "Y": bits}
    assert draws(sc.BinaryCrossEntropy(3, sigmoid=True)) == {"Y": bits}
    assert draws(sc.CrossEntropy(3)) == {"X": shares, "Y": one_hot}
    assert draws(sc.CrossEntropy(3, softmax=True)) == {"Y": one_hot}


# Computing


def test_whole_numbers_become_light():
    found = light({"X": array([1, "1/2"])})["X"]
    assert [type(value) for value in found] == [int, Fraction]


def test_fractions_stay_fractions_as_far_as_they_go():
    reckoning = Reckoning()
    conv = LayerNumbers(sc.Conv(2, 1))
    given = {"X": array([1, 2]), "F": array(["1/3"]), "G": array([1, 1])}
    assert reckoning.run(lambda numbers: conv.forward(given, numbers), given)["O"].tolist() == [
        Fraction(1, 3),
        Fraction(2, 3),
    ]
    assert reckoning.rational
    sigmoid = LayerNumbers(sc.Sigmoid(2))
    given = {"X": array([0, 1]), "G": array([1, 1])}
    found = reckoning.settled(reckoning.run(lambda numbers: sigmoid.forward(given, numbers), given)["O"])
    assert not reckoning.rational
    assert found[0] == Fraction(1, 2)
    assert isinstance(found[1], decimal.Decimal)
    assert str(found[1]) == "0.731058578630004879251159241822"


def test_what_has_no_value_is_refused_in_one_line():
    bce = LayerNumbers(sc.BinaryCrossEntropy(1))
    given = {"X": array([1]), "Y": array([1])}
    with pytest.raises(InputError, match="a logarithm asks for a positive number; choose other values"):
        Reckoning().run(lambda numbers: bce.forward(given, numbers), given)
    with pytest.raises(InputError, match="a number is divided by 0; choose other values"):
        Reckoning().run(lambda numbers: {"O": given["X"] / array([0])}, given)
    sigmoid = LayerNumbers(sc.Sigmoid(1))
    large = {"X": array([10**9]), "G": array([1])}
    with pytest.raises(LimitError, match="too large to be computed with: choose other values"):
        Reckoning().run(lambda numbers: sigmoid.forward(large, numbers), large)


def test_a_smooth_layer_gives_what_its_formulas_abbreviate():
    norm = LayerNumbers(sc.LayerNorm(2))
    given = {role: array([1, 3]) for role in ("X", "F", "b", "G")}
    found = Reckoning().run(lambda numbers: norm.forward(given, numbers), given)
    assert list(found) == ["mean", "var", "H", "O"]
    assert found["mean"].item() == 2
    loss = LayerNumbers(sc.MSE(2)).forward({"X": array([1, 3]), "Y": array([0, 1])}, FRACTIONS)
    assert {role: loss[role].item() for role in ("L", "O")} == {"L": Fraction(5, 2), "O": Fraction(5, 2)}


# What lines mean with numbers


def test_a_supposition_holds_or_not():
    adds_up = equals(summed("i", entry("Y", "n", "i")), Number(1))
    assert holds(adds_up, {"Y": array([["1/2", "1/2"], [1, 0]])})
    assert not holds(adds_up, {"Y": array([["1/2", "1/2"], [1, 1]])})
    one_of = equals(entry("Y", "i"), Delta(letter_index("i"), letter_index("c")))
    assert not holds(one_of, {"Y": array([1, 0])})


def test_sums_over_masks_are_passed_over_where_they_are_no_maximum():
    claim = equals(Symbol("O"), Symbol("M"))
    assert reading(sc.MaxPool(4, 2), claim, {}) is not None
    assert reading(sc.MaxPool(4, 2, ties="all"), claim, {}) is None
    assert reading(sc.MaxPool(4, 2, ties="all"), equals(Symbol("dX"), Symbol("M")), {}) is not None


def test_formulas_that_speak_of_other_axes():
    """As many examples as channels: the shape alone does not tell."""
    assert in_place(sc.Softmax(3, batch=2))
    assert not in_place(sc.BatchNorm(channels=2, batch=2))
    assert not in_place(sc.BatchNorm((2, 2), channels=1))
    X = array([[1, 2], [3, 4]])
    worked = as_formulas_speak(sc.BatchNorm(channels=2, batch=2), Worked({"X": X, "mean": X[0]}))
    assert worked.rearranged
    assert worked["X"].tolist() == [[1, 3], [2, 4]]
    assert worked["mean"].tolist() == [1, 2]
    assert not as_formulas_speak(sc.Softmax(2), Worked({"X": X[0]})).rearranged


def test_vectors_of_features_stand_as_columns():
    assert {"X", "O", "dX"} <= columns(sc.Dense(2, 1))
    assert columns(sc.Dense(2, 1, convention="rows")) == frozenset()
    assert columns(sc.Conv(3, 2)) == frozenset()
    assert "X" in columns(sc.Softmax(3))
    assert columns(sc.Flatten((2, 2))) == {"O", "G"}


# Numbers on a page


@examples(200)
@given(st.fractions(-(10**12), 10**12))
def test_a_fraction_is_shown_whole_or_to_six_digits(value):
    node = number_node(value)
    if max(abs(value.numerator), value.denominator) < 10**8:
        assert node == Number(value)
    else:
        shown = node.digits * Fraction(10) ** node.exponent
        assert len(str(abs(node.digits))) <= 6
        assert abs(shown - value) <= abs(value) * Fraction(5, 10**6)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("0.5", "0.5"), ("-0.0000123456789", "-0.0000123457"), ("123456.789", "123457"), ("1e20", "1·10^20"),
        ("0", "0"), ("999999.9", "1·10^6"), ("1e-2000", "1·10^-2000"), ("100", "100"), ("0.1000004", "0.1"),
    ],
)  # fmt: skip
def test_decimals(value, shown):
    assert text(number_node(decimal.Decimal(value))) == shown


def test_arrays_of_numbers():
    assert number_array(array(3)) == Number(3)
    assert number_array(array([1, 2])) == Matrix(((Number(1), Number(2)),))
    assert number_array(np.zeros((1, 1, 1), dtype=object)) is None


def worked(**arrays):
    return Worked({role: array(numbers) for role, numbers in arrays.items()}, frozenset({"b"}))


@pytest.mark.parametrize(
    ("tree", "shown"),
    [
        (times(entry("X", 0), entry("X", 1)), "(-3)·2"),
        (plus(entry("X", 0), entry("X", 0)), "-3 + (-3)"),
        (plus(entry("X", 1), minus(entry("X", 0))), "2 - (-3)"),
        (exp(entry("X", 0)), "exp(-3)"),
        (call("f", entry("X", 0)), "f(-3)"),
        (call("f", over(entry("X", 0), 2)), "f(-3/2)"),
        (power(entry("X", 0), 2), "(-3)^2"),
        (over(1, Letter("m")), "1/4"),
        (Transpose(Symbol("b")), "5"),
        (Symbol("b"), "5"),
    ],
)
def test_brackets_stand_where_the_eye_asks_for_them(tree, shown):
    assert text(worked(X=[-3, 2], b=[5]).put_in(tree, {"m": Fraction(4)})) == shown


@pytest.mark.parametrize(
    "tree",
    [
        Symbol("F"), Letter("n"), entry("X", "i"), partial(entry("X", 0), entry("X", 1)), summed("i", entry("X", "i")),
        Delta(letter_index("i"), letter_index("j")), Symbol("T"),
    ],
)  # fmt: skip
def test_what_has_no_numbers_is_not_put_in(tree):
    assert worked(X=[1, 2], T=[[[1]]]).put_in(tree) is None


def test_a_column_of_one_is_a_number_and_a_row_of_one_is_not():
    found = Worked({"b": array([5]), "X": array([5])}, frozenset({"b"}))
    assert found.put_in(Symbol("b")) == Number(5)
    assert found.put_in(Symbol("X")) == Matrix(((Number(5),),))


def test_sums_are_computed_exactly_or_rounded():
    found = Worked({"X": np.array([Fraction(1, 3), decimal.Decimal("0.25")], dtype=object)})
    total = found.total(times(Letter("m"), summed("i", entry("X", "i"))), {"m": Fraction(-1)})
    assert text(total) == "(-7/12)"
    assert found.total(exp(entry("X", 0))) == Decimal(139561, -5)


def test_the_entry_that_tells_most():
    found = worked(X=[[0, 0], [0, 7]], F=[0])
    assert found.telling("X", (0, 0)) == (1, 1)
    assert found.telling("X", (1, 1)) == (1, 1)
    assert found.telling("F", (0,)) == (0,)
    assert found.telling("O", (5,)) == (5,)
