"""Equality of expressions is decided, and never claimed of what differs."""

import pytest
import sympy
from hypothesis import assume, given
from hypothesis import strategies as st

from symconv.meaning.deciding import decided, is_zero
from tests.strategies import examples

x, y, z = sympy.symbols("x y z")
exp, log, sqrt, erf, pi, tanh = sympy.exp, sympy.log, sympy.sqrt, sympy.erf, sympy.pi, sympy.tanh

EQUAL = [
    ((x + y) ** 3, x**3 + 3 * x**2 * y + 3 * x * y**2 + y**3),
    (1 / (1 + exp(-x)), exp(x) / (1 + exp(x))),
    (tanh(x), (exp(2 * x) - 1) / (exp(2 * x) + 1)),
    (1 - tanh(x) ** 2, 1 / sympy.cosh(x) ** 2),
    (tanh(x + y), (tanh(x) + tanh(y)) / (1 + tanh(x) * tanh(y))),
    (log(1 / (1 + exp(-x))), x - log(1 + exp(x))),
    (log(x**2 + x), log(x) + log(1 + x)),
    (log(12), 2 * log(2) + log(3)),
    (exp(x / 2) * exp(x / 3), exp(5 * x / 6)),
    (exp(x * y + 1), exp(1) * exp(x * y)),
    (1 / sqrt(x**2 + y), sqrt(x**2 + y) / (x**2 + y)),
    ((x + y) ** sympy.Rational(-3, 2), sqrt(y + x) / (x + y) ** 2),
    (sqrt((x + 1) ** 2 + y), sqrt(x**2 + 2 * x + 1 + y)),
    (sympy.diff(x * (1 + erf(x / sqrt(2))) / 2, x), (1 + erf(x / sqrt(2))) / 2 + x * exp(-(x**2) / 2) / sqrt(2 * pi)),
    (sqrt(2) * sqrt(2), sympy.Integer(2)),
    (sqrt(2) * sqrt(5) * x, sqrt(10) * x),
    (sympy.E**2 * exp(x), exp(x + 2)),
    (exp(1 / (2 * x**2 + 2)) ** 2, exp(1 / (x**2 + 1))),
    (exp(x / y) * exp(y / x), exp((x**2 + y**2) / (x * y))),
    (log(tanh(x + y) ** 2 + 1), log(1 + tanh(y + x) ** 2)),
]
DIFFERENT = [
    (tanh(x), tanh(2 * x) / 2),
    (1 - tanh(x) ** 2, 1 - tanh(x)),
    (exp(x + y), exp(x) + exp(y)),
    (log(x + y), log(x) + log(y)),
    (sqrt(x + y), sqrt(x) + sqrt(y)),
    (erf(x) ** 2, erf(x)),
    (exp(-(x**2) / 2) / sqrt(2 * pi), exp(-(x**2) / 2) / sqrt(pi)),
    (sqrt(x), -sqrt(x)),
    (x + sympy.Rational(1, 10**12), x),
]


@pytest.mark.parametrize(("left", "right"), EQUAL)
def test_equal_expressions(left, right):
    assert decided(left, right) == "equal"


@pytest.mark.parametrize(("left", "right"), DIFFERENT)
def test_different_expressions(left, right):
    assert decided(left, right) == "different"


def test_what_cannot_be_told_apart_is_undecided():
    assert decided(sqrt(x**2 * (y + 1)), x * sqrt(y + 1)) == "undecided"
    assert decided(erf(-x), -erf(x)) in ("equal", "undecided")


leaves = st.sampled_from([x, y, sympy.Integer(2), sympy.Rational(1, 3), sqrt(10), sqrt(1 + x**2), sqrt(x + y**2)])


def grown(inner):
    return st.one_of(
        st.builds(sympy.Add, inner, inner),
        st.builds(sympy.Mul, inner, inner),
        st.builds(lambda a: a**2, inner),
        st.builds(lambda a: 1 / (1 + a**2), inner),
        st.builds(lambda a: tanh(a), inner),
        st.builds(lambda a: exp(a / 2), inner),
        st.builds(lambda a: log(1 + a**2), inner),
    )


expressions = st.recursive(leaves, grown, max_leaves=4)


@examples(100)
@given(a=expressions, b=expressions, c=expressions)
def test_rules_of_arithmetic_and_of_differentiation_are_never_refuted(a, b, c):
    """Roots and exponentials of each other may stay undecided."""
    assert decided((a + b) * c, a * c + b * c) != "different"
    assert decided(sympy.diff(a * b, x), sympy.diff(a, x) * b + a * sympy.diff(b, x)) != "different"


def plainly_grown(inner):
    return st.one_of(
        st.builds(sympy.Add, inner, inner),
        st.builds(sympy.Mul, inner, inner),
        st.builds(lambda a: 1 / (2 + a**2), inner),
    )


plain = st.recursive(
    leaves | st.sampled_from([exp(x / 2), exp(-y), tanh(x), log(x), erf(x)]), plainly_grown, max_leaves=5
)


@examples(150)
@given(a=plain, b=plain, c=plain)
def test_rational_expressions_in_functions_and_roots_are_decided(a, b, c):
    assert decided((a + b) * c, a * c + b * c) == "equal"
    assert is_zero(sympy.diff(a * b, x) - sympy.diff(a, x) * b - a * sympy.diff(b, x))


@examples(100)
@given(a=expressions, b=expressions)
def test_what_is_said_to_be_equal_has_the_same_numbers(a, b):
    place = {x: sympy.Rational(3, 7), y: sympy.Rational(-5, 11)}
    gap = abs((a - b).subs(place).evalf(30))
    assume(gap > sympy.Float(10) ** -10)
    assert decided(a, b) == "different"
