"""Finite differences and floats beside gradients: right ones agree, wrong ones are found, kinks are counted."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symconv.derivation.evidence import (
    Evidence,
    check_witnesses,
    compared_in_floats,
    finite_differences,
    in_floats,
)
from symconv.errors import InputError
from tests.strategies import examples

TINY = Fraction(1, 10**9)


def array(*numbers):
    return np.array([Fraction(number) for number in numbers] + [None], dtype=object)[:-1]


def square(arrays):
    return sum(x**2 for x in arrays["X"])


def cube(arrays):
    return sum(x**3 for x in arrays["X"])


def absolute(arrays):
    return sum(abs(x) for x in arrays["X"])


def test_a_right_gradient_agrees():
    X = array(1, -2, 0)
    assert finite_differences(square, {"X": X}, {"X": 2 * X}, exact=True) == Evidence("differences", 3, exact=True)
    assert finite_differences(cube, {"X": X}, {"X": 3 * X**2}, exact=False).agrees


@examples(200)
@given(
    numbers=st.lists(st.fractions(-5, 5, max_denominator=100), min_size=1, max_size=4),
    off=st.fractions(-1, 1).filter(lambda off: abs(off) > Fraction(1, 10**6)),
    data=st.data(),
)
def test_a_wrong_gradient_is_found_in_the_entry_where_it_is_wrong(numbers, off, data):
    X = array(*numbers)
    at = data.draw(st.integers(0, len(numbers) - 1))
    for loss, gradient, exact in ((square, 2 * X, True), (cube, 3 * X**2, False)):
        wrong = gradient.copy()
        wrong[at] += off
        assert finite_differences(loss, {"X": X}, {"X": wrong}, exact=exact).differing == (("X", (at,)),)


def test_exactly_means_exactly():
    X = array(3)
    assert not finite_differences(square, {"X": X}, {"X": array(6 + Fraction(1, 10**30))}, exact=True).agrees
    assert finite_differences(square, {"X": X}, {"X": array(6 + Fraction(1, 10**30))}, exact=False).agrees


@pytest.mark.parametrize("size", [Fraction(1), Fraction(1, 10**7), Fraction(1, 10**12)])
def test_small_gradients_are_compared_in_their_own_size(size):
    X = array(5)

    def small(arrays):
        return size * cube(arrays)

    right = array(75 * size)
    assert finite_differences(small, {"X": X}, {"X": right}, exact=False).agrees
    assert not finite_differences(small, {"X": X}, {"X": array(80 * size)}, exact=False).agrees


def test_a_kink_is_counted_and_not_compared():
    X = array(0, 1, -1)
    found = finite_differences(absolute, {"X": X}, {"X": array(77, 1, -1)}, exact=True)
    assert found == Evidence("differences", 2, kinks=1, exact=True)


def test_a_kink_that_is_only_close_is_none():
    X = array(Fraction(1, 10**13))
    found = finite_differences(absolute, {"X": X}, {"X": array(1)}, exact=True)
    assert found == Evidence("differences", 1, exact=True)


def test_a_gentle_kink_is_one_too():
    gentle = Fraction(999_999_999, 10**9)

    def leaky(arrays):
        return sum(x if x > 0 else gentle * x for x in arrays["X"])

    assert finite_differences(leaky, {"X": array(0)}, {"X": array(1)}, exact=True).kinks == 1


def test_a_curve_is_no_kink_however_steep_it_bends():
    X = array(0)

    def steep(arrays):
        return 10**9 * square(arrays)

    assert finite_differences(steep, {"X": X}, {"X": array(0)}, exact=True) == Evidence("differences", 1, exact=True)
    assert not finite_differences(steep, {"X": X}, {"X": array(1)}, exact=True).agrees


def test_the_first_entries_and_the_last_are_moved():
    X = np.array([[Fraction(1)] * 5] * 5, dtype=object)

    def total(arrays):
        return arrays["X"].sum()

    wrong = X.copy()
    wrong[2, 2] = Fraction(9)
    assert finite_differences(total, {"X": X}, {"X": wrong}, exact=True) == Evidence("differences", 8, exact=True)
    wrong[4, 4] = Fraction(9)
    assert finite_differences(total, {"X": X}, {"X": wrong}, exact=True).differing == (("X", (4, 4)),)
    assert finite_differences(total, {"X": X}, {"X": wrong}, exact=True, most=1).compared == 1
    assert finite_differences(total, {"X": X}, {"X": wrong}, exact=True, places=[("X", (2, 2))]).differing


def test_a_number_by_itself_is_moved():
    b = np.array(Fraction(2), dtype=object)

    def loss(arrays):
        return arrays["b"].item() ** 2

    gradient = np.array(Fraction(4), dtype=object)
    assert finite_differences(loss, {"b": b}, {"b": gradient}, exact=True).agrees


# Floats


def test_floats_are_compared_relative_to_the_largest_entry():
    gradients = {"X": array(1000, 1), "F": array(1, 0)}
    right = {"X": np.array([1000.0, 1.0]), "F": np.array([1.0, 1e-13])}
    assert compared_in_floats(right, gradients) == Evidence("torch", 4)
    wrong = {"X": np.array([1000.0, 1.001]), "F": np.array([1.0, float("nan")])}
    found = compared_in_floats(wrong, gradients)
    assert found.differing == (("X", (1,)), ("F", (1,)))
    assert found.agreeing == 2
    assert not found.agrees


def test_a_small_gradient_beside_a_large_one_is_compared_in_its_own_size():
    gradients = {"X": array(1), "F": array(Fraction(1, 10**6))}
    assert not compared_in_floats({"X": np.array([1.0]), "F": np.array([1.1e-6])}, gradients).agrees


def test_what_no_float_holds_is_infinite():
    assert in_floats(array(10**400, -(10**400), Fraction(1, 10**400))).tolist() == [np.inf, -np.inf, 0.0]


def test_witnesses():
    check_witnesses(("differences", "torch"))
    check_witnesses(())
    with pytest.raises(InputError, match="expected some of differences, torch, in a list"):
        check_witnesses("torch")
