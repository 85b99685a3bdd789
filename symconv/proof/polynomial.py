"""Polynomials with whole coefficients in named unknowns: what stands in the equations of a derivation with letters."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

Monomial = tuple[str, ...]


@dataclass(frozen=True)
class Polynomial:
    """A sum of whole multiples of products of letters; equal ones are equal objects.

    >>> s, i = Polynomial.letter("s"), Polynomial.letter("i")
    >>> str(s * i - 2 * (i + 1)), str((s + 1) * (s - 1))
    ('-2 - 2*i + i*s', '-1 + s*s')
    """

    terms: frozenset[tuple[Monomial, int]] = frozenset()

    @classmethod
    def letter(cls, name: str) -> Polynomial:
        return cls(frozenset({((name,), 1)}))

    @classmethod
    def number(cls, value: int) -> Polynomial:
        return cls(frozenset({((), value)}) if value else frozenset())

    @classmethod
    def of(cls, value: Polynomial | int) -> Polynomial:
        return value if isinstance(value, Polynomial) else cls.number(value)

    @classmethod
    def _made(cls, terms: Iterable[tuple[Monomial, int]]) -> Polynomial:
        found: dict[Monomial, int] = {}
        for monomial, value in terms:
            found[monomial] = found.get(monomial, 0) + value
        return cls(frozenset((monomial, value) for monomial, value in found.items() if value))

    def __add__(self, other: Polynomial | int) -> Polynomial:
        return Polynomial._made((*self.terms, *Polynomial.of(other).terms))

    __radd__ = __add__

    def __neg__(self) -> Polynomial:
        return Polynomial(frozenset((monomial, -value) for monomial, value in self.terms))

    def __sub__(self, other: Polynomial | int) -> Polynomial:
        return self + -Polynomial.of(other)

    def __rsub__(self, other: int) -> Polynomial:
        return -self + other

    def __mul__(self, other: Polynomial | int) -> Polynomial:
        right = Polynomial.of(other).terms
        return Polynomial._made((tuple(sorted(m + o)), value * by) for m, value in self.terms for o, by in right)

    __rmul__ = __mul__

    @property
    def letters(self) -> frozenset[str]:
        return frozenset(letter for monomial, _ in self.terms for letter in monomial)

    @property
    def constant(self) -> int | None:
        """The number that this is, if it has no letters."""
        return None if self.letters else sum(value for _, value in self.terms)

    def at(self, values: Mapping[str, Polynomial | int]) -> Polynomial:
        """With letters exchanged for polynomials or numbers."""
        if not self.letters & values.keys():
            return self
        found: list[tuple[Monomial, int]] = []
        for monomial, value in self.terms:
            known = [values[letter] for letter in monomial if letter in values]
            number = math.prod((each for each in known if isinstance(each, int)), start=value)
            part = Polynomial._made([(tuple(letter for letter in monomial if letter not in values), number)])
            for each in known:
                part = part if isinstance(each, int) else part * each
            found += part.terms
        return Polynomial._made(found)

    def solved(self, letter: str) -> Polynomial | None:
        """What `letter` is where this is 0, if it stands in it once, alone and with the coefficient 1 or -1."""
        within = [(monomial, value) for monomial, value in self.terms if letter in monomial]
        if len(within) != 1 or within[0][0] != (letter,) or abs(within[0][1]) != 1:
            return None
        rest = Polynomial(self.terms - {within[0]})
        return -rest if within[0][1] == 1 else rest

    def as_equation(self) -> Polynomial:
        """The same equation "= 0" in the one way to write it: no common factor, the first coefficient positive."""
        if not self.terms:
            return self
        common = math.gcd(*(value for _, value in self.terms))
        sign = 1 if min(self.terms)[1] > 0 else -1
        return Polynomial(frozenset((monomial, sign * value // common) for monomial, value in self.terms))

    def __str__(self) -> str:
        parts = [
            f"{'-' if value < 0 else '+'} {'*'.join([*([str(abs(value))] if abs(value) != 1 or not m else []), *m])}"
            for m, value in sorted(self.terms)
        ]
        text = " ".join(parts) or "+ 0"
        return text[2:] if text.startswith("+ ") else f"-{text[2:]}"
