"""Irrational numbers that cancel are 0, in whatever order they are added and multiplied; nothing takes long."""

import random
import time
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symconv.errors import LimitError
from symconv.meaning.cancelling import cancels
from symconv.meaning.certified import Reals
from tests.strategies import examples

coefficients = st.lists(st.fractions(-3, 3, max_denominator=4), min_size=2, max_size=12)


def total(terms):
    found = Fraction(0)
    for term in terms:
        found = found + term
    return found


@examples(100)
@given(coefficients, st.integers(0, 999))
def test_a_sum_that_is_taken_back_in_another_order_is_0(numbers, seed):
    reals = Reals()
    atoms = [reals.exp(Fraction(n + 1, 3)) for n in range(len(numbers))]
    terms = [number * atom for number, atom in zip(numbers, atoms, strict=True)]
    back = [Fraction(-1) * term for term in terms]
    random.Random(seed).shuffle(back)
    assert total(terms) + total(back) == 0
    if any(numbers):
        assert reals.sign(total(terms) + total(back[1:])) == reals.sign(Fraction(-1) * back[0])


def test_brackets_multiplied_out():
    reals = Reals()
    a, b, c = (reals.exp(Fraction(1, n)) for n in (2, 3, 5))
    assert (a + b) * c - a * c - b * c == 0
    assert ((a + b) * (a - b) - a * a) + b * b == 0
    assert (a + b) / Fraction(3) - a / Fraction(3) - b / Fraction(3) == 0
    assert (a + b) * c - a * c != 0


def test_the_same_operation_on_the_same_numbers_is_the_same_number():
    reals = Reals()
    a = reals.exp(Fraction(1))
    assert reals.exp(Fraction(1)) is a
    assert a * Fraction(2) is a * Fraction(2)
    assert (a + Fraction(0)) is a
    assert (a * Fraction(1)) is a
    assert a / a == Fraction(1)


def test_numbers_related_otherwise_are_not_said_to_cancel():
    reals = Reals()
    a, b, both = (reals.exp(Fraction(n)) for n in (1, 2, 3))
    assert not cancels(reals.made("subtract", a + both, b + both))
    assert a * b - both == 0  # by SymPy


@pytest.mark.parametrize("denominator", [999_999_937, 10**12 + 1])
def test_nothing_takes_long(denominator):
    start = time.process_time()
    reals = Reals()
    x, y = Fraction(1, denominator), Fraction(1, 2)
    with pytest.raises(LimitError, match="too close to 0"):
        reals.sign(reals.exp(x) * reals.exp(y) - reals.exp(x + y))
    number = Fraction(10**39 + 3, 10**38 + 7)
    with pytest.raises(LimitError, match="too close to 0"):
        reals.sign(reals.log(number) * Fraction(2) - reals.log(number**2))
    power = reals.exp(x) + Fraction(1)
    for _ in range(40):
        power = power * power * Fraction(1, 2)
    assert reals.sign(power) == 1
    assert power * Fraction(3) - power * Fraction(2) - power == 0
    assert time.process_time() - start < 20
