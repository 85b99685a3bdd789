"""Sides of lines with general indices written out for sizes that are numbers: every product of the sum, one by one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

from symconv.derivation.general_lines import PRIME
from symconv.layers.general import GeneralConv
from symconv.notation.tree import (
    Big,
    Divides,
    Index,
    Inside,
    Iverson,
    Letter,
    Negative,
    Node,
    Number,
    Place,
    Position,
    Product,
    Ratio,
    Sum,
    Symbol,
    total,
)
from symconv.notation.tree import product as multiplied

Letters = Mapping[str, int]


@dataclass(frozen=True)
class Written:
    """Writes out sums of products of entries and brackets; `sizes` gives a number for every size."""

    layer: GeneralConv
    sizes: Letters

    def side(self, node: Node, letters: Letters) -> Node:
        """A side for given positions of its free letters, brackets and sums written out.

        >>> from symconv.derivation.general_lines import Lines
        >>> from symconv.notation.text import TextPrinter
        >>> from symconv.notation.tree import Style
        >>> layer = GeneralConv()
        >>> written = Written(layer, {"n": 5, "k": 3, "s": 2, "d": 1, "a": 1, "c": 1, "o": 3})
        >>> TextPrinter(Style(index_base=0))(written.side(Lines(layer)["dX"].relation.sides[-1], {"p": 1}))
        '∂L/∂O_0·F_2 + ∂L/∂O_1·F_0'
        """
        return total(tuple(self._terms(node, letters)))

    def _terms(self, node: Node, letters: Letters) -> Iterator[Node]:
        match node:
            case Big(names, body):
                for places in product(*(range(self.sizes[self._range(name)]) for name in names)):
                    yield from self._terms(body, {**letters, **dict(zip(names, places, strict=True))})
            case Product(factors):
                brackets = [factor for factor in factors if isinstance(factor, Iverson)]
                if all(self._holds(bracket, letters) for bracket in brackets):
                    rest = [factor for factor in factors if not isinstance(factor, Iverson)]
                    yield multiplied(tuple(self._entry(factor, letters) for factor in rest))
            case _:
                yield self._entry(node, letters)

    def _range(self, name: str) -> str:
        return self.layer.ranges[name.rstrip(PRIME)]

    def _holds(self, bracket: Iverson, letters: Letters) -> bool:
        return all(self._true(condition, letters) for row in bracket.rows for condition in row)

    def _true(self, condition: Node, letters: Letters) -> bool:
        match condition:
            case Divides(divisor, body):
                return self.number(body, letters) % self.number(divisor, letters) == 0
            case Inside(place, size):
                return 0 <= self.number(place.body, letters) < self.number(size, letters)
        raise TypeError(f"{type(condition).__name__} is no condition of a bracket")

    def _entry(self, node: Node, letters: Letters) -> Node:
        if not isinstance(node, Symbol):
            raise TypeError(f"a {type(node).__name__} is not written out")
        return Symbol(node.role, tuple(self._position(index, letters) for index in node.index))

    def _position(self, index: int | Index, letters: Letters) -> int:
        if isinstance(index, Place):
            return int(self.number(index.body, letters))
        if isinstance(index, Index):
            return index.shift + sum(times * letters[name] for name, times in index.parts)
        return index

    def number(self, node: Node, letters: Letters) -> Fraction:
        """The value of an expression of positions and sizes."""
        match node:
            case Number(value):
                return Fraction(value)
            case Letter(letter):
                return Fraction(self.sizes[letter])
            case Position(letter):
                return Fraction(letters[letter])
            case Negative(term):
                return -self.number(term, letters)
            case Ratio(above, below):
                return self.number(above, letters) / self.number(below, letters)
            case Sum(parts):
                return sum((self.number(part, letters) for part in parts), Fraction())
            case Product(parts):
                found = Fraction(1)
                for part in parts:
                    found *= self.number(part, letters)
                return found
        raise TypeError(f"a {type(node).__name__} is no number")
