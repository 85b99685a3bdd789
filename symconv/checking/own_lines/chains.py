"""Gradients of a network multiplied out: each line as a sum of products, compared with the tables that were put into
each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from symconv.checking.evaluation import AS_WRITTEN
from symconv.checking.judging import Step
from symconv.checking.world import of_table
from symconv.errors import NotSupportedError
from symconv.meaning.polynomials import Polynomial, atom, constant
from symconv.network.backward import Backward
from symconv.notation.tree import (
    Dots,
    Function,
    Negative,
    Node,
    Number,
    Product,
    Sum,
    Symbol,
    gradient_of,
    walk,
)


@dataclass
class Chains:
    """The entries of gradients, through one layer more at a time."""

    backward: Backward

    def judged(self, first: Node, left: Node, right: Node) -> Step | None:
        """Two sides of a chain that begins with an entry of a gradient; None for anything else."""
        if not isinstance(first, Symbol) or not all(isinstance(part, int) for part in first.index):
            return None
        role = gradient_of(first.role)
        if role == first.role or not self._has_table(role, first.index):
            return None
        levels = self._levels(role, first.index)  # type: ignore[arg-type]
        try:
            sides = [(self._value(side), _is_dotted(side)) for side in (left, right) if side != first]
        except NotSupportedError as error:
            return Step("unread", str(error))
        for terms, dotted in sides:
            if not any(_fits(terms, level, dotted=dotted) for level in levels):
                return Step("refuted", "it is not the gradient multiplied out", "shape")
        notes = (AS_WRITTEN,) if any(dotted for _, dotted in sides) else ()
        return Step("proved", scope="shape", notes=notes)

    def _has_table(self, role: str, index: tuple[Any, ...]) -> bool:
        array = self.backward.network.arrays.get(role)
        if array is None or len(index) != len(array.shape):
            return False
        inside = all(0 <= i < n for i, n in zip(index, array.shape, strict=True))
        return inside and self.backward.has_table(role)

    def _levels(self, role: str, index: tuple[int, ...]) -> list[Polynomial]:
        return [of_table(table) for table in self.backward.multiplied(role, index)]

    @cached_property
    def _slopes(self) -> Mapping[tuple[str, str], str]:
        """The role of σ'(Z) by the function's sign and the array that it reads."""
        network = self.backward.network
        return {
            (layer.function.sign.removeprefix("\\") if layer.function.sign == r"\tanh" else layer.function.sign,
             network.input_of(number)): network.roles_of(number)["D"]
            for number, layer in enumerate(network.layers)
            if hasattr(layer, "backward_table")
        }  # fmt: skip

    # Sums of products

    def _value(self, node: Node) -> Polynomial:
        match node:
            case Number(value):
                return constant(value)
            case Negative(term):
                return -self._value(term)
            case Sum(terms):
                found = constant(0)
                for term in terms:
                    found = found if isinstance(term, Dots) else found + self._value(term)
                return found
            case Product(factors):
                product = constant(1)
                for factor in factors:
                    product = product * self._value(factor)
                return product
            case Symbol(role, index) if all(isinstance(part, int) for part in index):
                return atom(role, *index)  # type: ignore[arg-type]
            case Function(name, (Symbol(role, index),), 1) if (name, role) in self._slopes:
                return atom(self._slopes[name, role], *index)  # type: ignore[arg-type]
        raise NotSupportedError("no sum of products of entries")


def _is_dotted(side: Node) -> bool:
    """Whether dots stand for some of its terms."""
    return any(isinstance(part, Dots) for part in walk(side))


def _fits(terms: Polynomial, level: Polynomial, *, dotted: bool) -> bool:
    """Whether a side is a level of the chain, or with dots a part of it."""
    if not dotted:
        return terms == level
    return all(level.terms.get(product) == value for product, value in terms.terms.items())
