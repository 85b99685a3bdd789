"""Sums and products of numbers that cancel: decided by writing a number as a polynomial in what it is made of."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, TypeAlias

Polynomial: TypeAlias = Mapping[tuple[int, ...], Fraction]
"""The coefficient of each product of numbers, which stand for themselves by their identity."""
MOST_PRODUCTS = 200
"""A number that would be a longer polynomial stands for itself."""
MOST_FACTORS = 100
"""A number that would be a polynomial of a higher degree does so too: squaring doubles it."""


def cancels(value: Any) -> bool:
    """Whether a number made by `certified.Reals` is 0 because everything in it cancels.

    False says nothing: numbers may be related in ways that no polynomial in them shows.

    >>> from symconv.meaning.certified import Reals
    >>> reals = Reals()
    >>> a, b = reals.exp(Fraction(1)), reals.exp(Fraction(2))
    >>> ((a + b) - b) - a, cancels(a - b)
    (Fraction(0, 1), False)
    """
    found: dict[int, Polynomial] = {}
    waiting = [value]
    while waiting:
        part = waiting[-1]
        missing = [x for x in _opened(part) if not isinstance(x, Fraction | int) and id(x) not in found]
        if missing:
            waiting += missing
        else:
            found.setdefault(id(waiting.pop()), _polynomial(part, found))
    return not found[id(value)]


def _opened(part: Any) -> tuple[Any, ...]:
    """The numbers that a sum, a product or a quotient by a fraction is made of; others stand for themselves."""
    if part.operation in ("add", "subtract", "multiply"):
        operands: tuple[Any, ...] = part.operands
        return operands
    return part.operands if part.operation == "divide" and isinstance(part.operands[1], Fraction | int) else ()


def _polynomial(part: Any, found: Mapping[int, Polynomial]) -> Polynomial:
    operands = [_constant(x) if isinstance(x, Fraction | int) else found[id(x)] for x in _opened(part)]
    itself: Polynomial = {(id(part),): Fraction(1)}
    if not operands:
        return itself
    left, right = operands
    if part.operation == "divide":
        return {product: value / right[()] for product, value in left.items()}
    if part.operation == "multiply":
        short = len(left) * len(right) <= MOST_PRODUCTS and _degree(left) + _degree(right) <= MOST_FACTORS
        return _multiplied(left, right) if short else itself
    total = _added(left, right, 1 if part.operation == "add" else -1)
    return total if len(total) <= MOST_PRODUCTS else itself


def _degree(polynomial: Polynomial) -> int:
    return max(map(len, polynomial), default=0)


def _constant(value: Fraction | int) -> Polynomial:
    return {(): Fraction(value)} if value else {}


def _added(left: Polynomial, right: Polynomial, sign: int) -> Polynomial:
    total = dict(left)
    for product, value in right.items():
        total[product] = total.get(product, Fraction(0)) + sign * value
    return {product: value for product, value in total.items() if value}


def _multiplied(left: Polynomial, right: Polynomial) -> Polynomial:
    total: dict[tuple[int, ...], Fraction] = {}
    for one, first in left.items():
        for other, second in right.items():
            product = tuple(sorted(one + other))
            total[product] = total.get(product, Fraction(0)) + first * second
    return {product: value for product, value in total.items() if value}
