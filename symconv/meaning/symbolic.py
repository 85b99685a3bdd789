"""SymPy expressions as numbers."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import sympy

from symconv.meaning.numbers import COMPARISONS, PI, Numbers


def _rational(value: Fraction) -> sympy.Rational:
    return sympy.Rational(value.numerator, value.denominator)


def _logarithm(argument: sympy.Expr) -> sympy.Expr:
    """The logarithm of what is positive, taken apart: log(a/b) = log a - log b, log e^x = x."""
    return sympy.expand_log(sympy.log(argument), force=True)


def _cases(values: Sequence[Any], conditions: Sequence[Any]) -> Any:
    """The first value whose condition is true; a Piecewise where that is open."""
    pairs = list(zip(values, map(sympy.sympify, conditions), strict=True))
    open_ones = [(value, condition) for value, condition in pairs if condition is not sympy.false]
    value, condition = open_ones[0]
    return value if condition is sympy.true else sympy.Piecewise(*open_ones)


SYMBOLIC = Numbers(
    "symbols",
    _rational,
    {
        "exp": sympy.exp, "log": _logarithm, "sqrt": sympy.sqrt, "tanh": sympy.tanh, "erf": sympy.erf,
        "sin": sympy.sin, "cos": sympy.cos,
        "max": sympy.Max, "abs": sympy.Abs,
    },
    sympy.Pow,
    _cases,
    {PI: sympy.pi},
    {**COMPARISONS, "=": sympy.Eq, "≠": sympy.Ne},
)  # fmt: skip
