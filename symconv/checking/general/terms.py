"""Formulas as sums of products with conditions between whole numbers, ready to be compared for all sizes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from math import lcm
from typing import Any, TypeAlias

from symconv.checking.general.formula import (
    Conditions,
    Divided,
    Entry,
    Equation,
    Factor,
    Formula,
    Local,
    Number,
    Plus,
    Times,
    Total,
)
from symconv.checking.general.model import LENGTHS, Model
from symconv.notation.tree import GRADIENT_OF
from symconv.proof.general_meaning import Condition, Positions, Term, equal, within
from symconv.proof.polynomial import Polynomial

Weighted: TypeAlias = tuple[Fraction, Term]
"""A term whose coefficient is 1, and the number before it."""


class Terms:
    """Makes terms of a formula about a layer."""

    def __init__(self, model: Model) -> None:
        self.model = model

    def sides(self, equation: Equation) -> list[list[Term]]:
        """Both sides for the free letters, with whole coefficients."""
        sides = [self._side(side, equation) for side in (equation.left, equation.right)]
        whole = lcm(*(number.denominator for side in sides for number, _ in side))
        return [
            [replace(term, coefficient=int(number * whole), factors=tuple(_told_apart(term))) for number, term in side]
            for side in sides
        ]

    def _side(self, side: Formula, equation: Equation) -> list[Weighted]:
        ranges = Condition(least=frozenset(equation.least))
        for each in equation.free:
            letter = Polynomial.letter(each.letter)
            ranges &= Condition(least=frozenset({letter - each.low, each.high - letter}))
        return [(number, replace(term, given=term.given & ranges)) for number, term in self.terms(side)]

    def terms(self, node: Formula) -> list[Weighted]:
        return RULES[type(node)](self, node)

    def number(self, node: Number) -> list[Weighted]:
        return [(node.value, Term())] if node.value else []

    def factor(self, node: Factor) -> list[Weighted]:
        letter = node.letter if node.known else f"({node.letter})"
        return [(Fraction(1), Term(factors=((f"1/{letter}" if node.power < 0 else letter, ()),)))]

    def conditions(self, node: Conditions) -> list[Weighted]:
        return [(Fraction(1), Term(given=Condition(frozenset(node.zero), frozenset(node.least))))]

    def plus(self, node: Plus) -> list[Weighted]:
        return [term for part in node.terms for term in self.terms(part)]

    def times(self, node: Times) -> list[Weighted]:
        found: list[Weighted] = [(Fraction(1), Term())]
        for factor in node.factors:
            parts = self.terms(factor)
            found = [(one * other, term * part) for one, term in found for other, part in parts]
        return found

    def total(self, node: Total) -> list[Weighted]:
        letter = Polynomial.letter(node.letter)
        given = Condition(least=frozenset({letter - node.low, node.high - letter}), bound=(node.letter,))
        return [(number, replace(term, given=given & term.given)) for number, term in self.terms(node.body)]

    def divided(self, node: Divided) -> list[Weighted]:
        rest = node.over - node.by * Polynomial.letter(node.letter)
        given = Condition(least=frozenset({rest, node.by - 1 - rest})) if node.rounded else Condition(frozenset({rest}))
        given &= Condition(bound=(node.letter,))
        return [(number, replace(term, given=given & term.given)) for number, term in self.terms(node.body)]

    def entry(self, node: Entry) -> list[Weighted]:
        model, role, places = self.model, node.role, node.places
        if role == "O":
            found = model.definition(places)
        elif role in GRADIENT_OF and role != "G":
            found = model.gradient(GRADIENT_OF[role], places, node.example)
        else:
            found = [Term(factors=((f"1/{role}" if node.inverse else role, places),))]
        if node.example is not None:
            example = within(node.example, Polynomial.letter(LENGTHS["batch"]))
            found = [replace(term, needs=term.needs & example) for term in found]
        return [(Fraction(1), self._existing(term, node)) for term in found]

    def local(self, node: Local) -> list[Weighted]:
        over, under = node.over, node.under
        if over.role == under.role:
            found = [Term(given=equal(over.places, under.places))]
        else:
            found = self.model.derivative(over.places, under.role, under.places)
        return [(Fraction(1), self._existing(self._existing(term, over), under)) for term in found]

    def _existing(self, term: Term, entry: Entry) -> Term:
        """The term where the entry exists; in strict axes it must."""
        for axis, place, strict in zip(self.model.axes(entry.role), entry.places, entry.strict, strict=True):
            inside = within(place, self.model.length(entry.role, axis))
            term = replace(term, needs=term.needs & inside) if strict else replace(term, given=term.given & inside)
        return term


def _told_apart(term: Term) -> Iterator[tuple[str, Positions]]:
    """The factors, each under a name of its own: a second entry of an array has a prime."""
    seen: Counter[str] = Counter()
    for role, places in term.factors:
        yield role + "'" * seen[role], places
        seen[role] += 1


RULES: Mapping[type, Callable[[Terms, Any], list[Weighted]]] = {
    Number: Terms.number, Factor: Terms.factor, Conditions: Terms.conditions, Plus: Terms.plus, Times: Terms.times,
    Total: Terms.total, Divided: Terms.divided, Entry: Terms.entry, Local: Terms.local,
}  # fmt: skip
