"""Polynomials in the entries of arrays, with rational coefficients: exact, sparse, and quick to compare."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from symconv.errors import LimitError, NotSupportedError

Atom: TypeAlias = tuple[str, tuple[int, ...]]
"""An entry of an array: its role and its position, which counts from 0."""
Monomial: TypeAlias = tuple[Atom, ...]
"""Atoms in order, each as often as its exponent says."""
MOST_PRODUCTS = 20_000
"""A product of two sums that takes more is refused."""
MOST_POWER = 20


_LEFT: ContextVar[list[int] | None] = ContextVar("products left", default=None)


@contextmanager
def effort(products: int) -> Iterator[None]:
    """Within it, at most so many products of terms are worked out, and no more than around it; then `LimitError`.

    >>> with effort(10):
    ...     (atom("X", 0) + 1) ** 2 == 0
    False
    """
    around = _LEFT.get()
    left = [products if around is None else min(products, around[0])]
    given = left[0]
    token = _LEFT.set(left)
    try:
        yield
    finally:
        _LEFT.reset(token)
        if around is not None:
            around[0] -= given - left[0]


def spend(products: int) -> None:
    """Counts work against the `effort` around it. Raises `LimitError` where nothing is left of that."""
    left = _LEFT.get()
    if left is not None:
        left[0] -= products
        if left[0] < 0:
            raise LimitError("too many products to work it out: write smaller formulas")


@dataclass(frozen=True, slots=True, eq=False)
class Polynomial:
    """A sum of products of atoms; no coefficient is zero.

    >>> x, y = atom("X", 0), atom("X", 1)
    >>> (x + y) * (x - y) == x * x - y * y, (x * x).derivative(("X", (0,))) == x * 2
    (True, True)
    """

    terms: Mapping[Monomial, Fraction | int]

    def __bool__(self) -> bool:
        return bool(self.terms)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, int | Fraction):
            other = constant(other)
        return isinstance(other, Polynomial) and self.terms == other.terms

    def __hash__(self) -> int:
        return hash(frozenset(self.terms.items()))

    def __add__(self, other: Polynomial | int | Fraction) -> Polynomial:
        return self._plus(as_polynomial(other), 1)

    __radd__ = __add__

    def __sub__(self, other: Polynomial | int | Fraction) -> Polynomial:
        return self._plus(as_polynomial(other), -1)

    def __rsub__(self, other: Polynomial | int | Fraction) -> Polynomial:
        return as_polynomial(other)._plus(self, -1)

    def __neg__(self) -> Polynomial:
        return Polynomial({product: -value for product, value in self.terms.items()})

    def _plus(self, other: Polynomial, sign: int) -> Polynomial:
        total = dict(self.terms)
        for product, value in other.terms.items():
            _add(total, product, sign * value)
        return Polynomial(total)

    def __mul__(self, other: Polynomial | int | Fraction) -> Polynomial:
        other = as_polynomial(other)
        products = len(self.terms) * len(other.terms)
        if products > MOST_PRODUCTS:
            raise LimitError(f"a product of sums has more than {MOST_PRODUCTS:,} terms: write smaller formulas")
        spend(products)
        pairs = (
            (tuple(sorted(ours + theirs)) if ours and theirs else ours or theirs, value * factor)
            for ours, value in self.terms.items()
            for theirs, factor in other.terms.items()
        )
        if len(self.terms) == 1 or len(other.terms) == 1:
            return Polynomial(dict(pairs))  # no two products are alike
        total: dict[Monomial, Fraction | int] = {}
        for product, value in pairs:
            _add(total, product, value)
        return Polynomial(total)

    __rmul__ = __mul__

    def __truediv__(self, other: Polynomial | int | Fraction) -> Polynomial:
        """The quotient by a number. Raises `NotSupportedError` for what is none, `ZeroDivisionError` for zero."""
        number = as_polynomial(other).number
        if number is None:
            raise NotSupportedError("a quotient by something that is no number")
        return self * (1 / Fraction(number))

    def __rtruediv__(self, other: Polynomial | int | Fraction) -> Polynomial:
        return as_polynomial(other) / self

    def __pow__(self, exponent: Polynomial | int | Fraction) -> Polynomial:
        number = as_polynomial(exponent).number
        if number is None or Fraction(number).denominator != 1 or not 0 <= number <= MOST_POWER:
            raise NotSupportedError(f"a power that is no whole number from 0 to {MOST_POWER}")
        found = constant(1)
        for _ in range(int(number)):
            found = found * self
        return found

    @property
    def number(self) -> Fraction | int | None:
        """The number that it is, or None."""
        if not self.terms:
            return 0
        return self.terms.get((), None) if len(self.terms) == 1 else None

    @property
    def atoms(self) -> frozenset[Atom]:
        """The entries that it speaks of."""
        return frozenset(each for product in self.terms for each in product)

    def derivative(self, by: Atom) -> Polynomial:
        """The partial derivative by an entry."""
        total: dict[Monomial, Fraction | int] = {}
        for product, value in self.terms.items():
            count = product.count(by)
            if count:
                at = product.index(by)
                _add(total, product[:at] + product[at + 1 :], value * count)
        return Polynomial(total)

    def replaced(self, value_of: Callable[[Atom], Polynomial | None]) -> Polynomial:
        """With polynomials put in for atoms; None leaves an atom as it is."""
        total = constant(0)
        for product, value in self.terms.items():
            term = constant(value)
            for each in product:
                found = value_of(each)
                term = term * (Polynomial({(each,): 1}) if found is None else found)
            total = total + term
        return total


def _add(total: dict[Monomial, Fraction | int], product: Monomial, value: Fraction | int) -> None:
    new = total.get(product, 0) + value
    if new:
        total[product] = new
    else:
        total.pop(product, None)


def int_if_whole(value: Fraction | int) -> Fraction | int:
    """The number as an integer where it is one.

    >>> int_if_whole(Fraction(4, 2)), int_if_whole(Fraction(1, 2))
    (2, Fraction(1, 2))
    """
    return value.numerator if value.denominator == 1 else value


def constant(value: Fraction | int) -> Polynomial:
    """A number."""
    return Polynomial({(): value} if value else {})


def atom(role: str, *position: int) -> Polynomial:
    """An entry of an array."""
    return Polynomial({((role, position),): 1})


def as_polynomial(value: Polynomial | int | Fraction) -> Polynomial:
    return value if isinstance(value, Polynomial) else constant(value)


def total(terms: Iterable[Polynomial]) -> Polynomial:
    """The sum."""
    found: dict[Monomial, Fraction | int] = {}
    for each in terms:
        for product, value in each.terms.items():
            _add(found, product, value)
    return Polynomial(found)
