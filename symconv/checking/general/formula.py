"""Formulas with index letters after every name has found its meaning.

Positions are polynomials in the letters of indices, of sizes, strides and dilations; they count from 0. The arrays are
X, F, b and O of a convolution, G = ∂L/∂O, and dX, dF, db for the gradients by the others; D is the derivative of the
activation function whose value X is.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from symconv.proof.polynomial import Polynomial


@dataclass(frozen=True)
class Number:
    value: Fraction


@dataclass(frozen=True)
class Factor:
    """A size of the layer, or a number of which nothing is known, to a power of 1 or -1."""

    letter: str
    power: int = 1
    known: bool = False


@dataclass(frozen=True)
class Entry:
    """An entry of an array, zero where there is none; in the axes that are `strict` there has to be one.

    With `example`, a gradient is that of the loss of one example of the batch; `inverse` is 1 divided by the entry.
    """

    role: str
    places: tuple[Polynomial, ...]
    strict: tuple[bool, ...]
    example: Polynomial | None = None
    inverse: bool = False


@dataclass(frozen=True)
class Local:
    """The derivative of an entry by another."""

    over: Entry
    under: Entry


@dataclass(frozen=True)
class Conditions:
    """1 where all equations "= 0" and inequalities "≥ 0" hold, and 0 elsewhere."""

    zero: tuple[Polynomial, ...] = ()
    least: tuple[Polynomial, ...] = ()


@dataclass(frozen=True)
class Total:
    """The sum over a letter from `low` to `high`, both included."""

    letter: str
    low: Polynomial
    high: Polynomial
    body: Formula


@dataclass(frozen=True)
class Divided:
    """The body where `letter` is over / by; where the division leaves a remainder, rounded down or 0."""

    letter: str
    over: Polynomial
    by: Polynomial
    rounded: bool
    body: Formula


@dataclass(frozen=True)
class Plus:
    terms: tuple[Formula, ...]


@dataclass(frozen=True)
class Times:
    factors: tuple[Formula, ...]


Formula: TypeAlias = Number | Factor | Entry | Local | Conditions | Total | Divided | Plus | Times


@dataclass(frozen=True)
class Free:
    """A letter that a formula is stated for: all from `low` to `high`; `shown` is how it is written."""

    letter: str
    low: Polynomial
    high: Polynomial
    shown: str


@dataclass(frozen=True)
class Equation:
    """left = right for all values of the free letters at which nothing in `least` is negative, where `equal` sizes are
    equal."""

    left: Formula
    right: Formula
    free: tuple[Free, ...]
    equal: tuple[tuple[str, str], ...] = ()
    least: tuple[Polynomial, ...] = ()
