"""Kinds of numbers: how each is made from the tree's own fractions, and what the named functions do to it."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from numbers import Integral
from types import MappingProxyType
from typing import Any

from symconv.errors import NotSupportedError

COMPARISONS: Mapping[str, Callable[[Any, Any], Any]] = MappingProxyType(
    {
        "=": operator.eq,
        "≠": operator.ne,
        "<": operator.lt,
        ">": operator.gt,
        "≤": operator.le,
        "≥": operator.ge,
    }
)
PI = r"\pi"


def first_that_holds(values: Sequence[Any], conditions: Sequence[Any]) -> Any:
    """The value of the first branch whose condition is true. Raises `NotSupportedError` where none is."""
    for value, condition in zip(values, conditions, strict=True):
        if condition:
            return value
    raise NotSupportedError("a value stands in none of the cases: say what holds there")


@dataclass(frozen=True)
class Numbers:
    """One kind of numbers. They add, subtract, multiply and divide by Python's operators."""

    name: str
    number: Callable[[Fraction], Any]
    functions: Mapping[str, Callable[..., Any]]
    power: Callable[[Any, Any], Any] = operator.pow
    cases: Callable[[Sequence[Any], Sequence[Any]], Any] = first_that_holds
    constants: Mapping[str, Any] = field(default_factory=dict)
    comparisons: Mapping[str, Callable[[Any, Any], Any]] = field(default_factory=lambda: COMPARISONS, repr=False)

    def of(self, value: Any) -> Any:
        """A number of this kind for one of Python's; what is neither whole nor a fraction nor a float stays."""
        return self.number(Fraction(value)) if isinstance(value, int | float | Fraction | Integral) else value

    def function(self, name: str) -> Callable[..., Any]:
        """What a named function does. Raises `NotSupportedError` for one that these numbers do not have."""
        if name not in self.functions:
            raise NotSupportedError(f"{name} has no value in {self.name}: use other numbers")
        return self.functions[name]


def _whole_power(base: Any, exponent: Any) -> Any:
    if Fraction(exponent).denominator != 1:
        raise NotSupportedError("a root has no value in fractions: use other numbers")
    return base ** int(exponent)


def _exp(exponent: float) -> float:
    try:
        return math.exp(exponent)
    except OverflowError:
        return math.inf


FLOATS = Numbers(
    "floats",
    float,
    {
        "exp": _exp, "log": math.log, "sqrt": math.sqrt, "tanh": math.tanh, "erf": math.erf, "max": max, "abs": abs,
    },
    constants={PI: math.pi},
)  # fmt: skip
FRACTIONS = Numbers("fractions", Fraction, {"max": max, "abs": abs}, _whole_power)


@cache
def decimals(digits: int) -> Numbers:
    """Numbers of mpmath with so many digits.

    >>> str(decimals(30).function("sqrt")(2))
    '1.41421356237309504880168872421'
    """
    import mpmath

    context = mpmath.MPContext()
    context.dps = digits
    names = {"exp": "exp", "log": "log", "sqrt": "sqrt", "tanh": "tanh", "erf": "erf"}
    functions = {name: getattr(context, known) for name, known in names.items()}
    return Numbers(
        "decimals",
        lambda value: context.mpf(value.numerator) / value.denominator,
        {**functions, "max": max, "abs": abs},
        context.power,
        constants={PI: +context.pi},
    )
