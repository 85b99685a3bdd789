"""Formulas about layers back in the letters of their author, with the labels where the author puts them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from symconv.checking.layered.letters import LOSS, TARGET, word
from symconv.checking.layered.resolving import TURNED
from symconv.checking.layered.speech import Mention, Speech
from symconv.checking.spelling import rebuilt
from symconv.notation.latex import LatexPrinter
from symconv.notation.tree import (
    Applied,
    Bounded,
    Bracketed,
    Differential,
    Index,
    Named,
    Node,
    Number,
    Partial,
    Ratio,
    Relation,
    Style,
    Symbol,
    Transpose,
    walk,
)


class UnwrittenError(Exception):
    """An array that the author has no name for."""


@dataclass(frozen=True)
class Author:
    """Writes resolved formulas.

    Args:
        formula: what is written, which shows the author's letters and signs.
        text: more of the same author's formulas, for letters that this one does not have.
        base: the number of the first index.
    """

    formula: Speech
    text: Speech
    base: int

    def latex(self, left: Node, right: Node) -> str:
        """An equation, or an empty text where an array has no name.

        >>> from symconv.checking.layered.letters import Letters
        >>> from symconv.notation.reading import read
        >>> speech = Speech((read(r"z^{(l)} = W^{(l)} a^{(l-1)}"),), Letters({}))
        >>> Author(speech, speech, 1).latex(Symbol("z[l+1]"), Transpose(Symbol("F[l+1]")))
        'z^{(l+1)} = \\\\left( W^{(l+1)} \\\\right)^{\\\\top}'
        """
        try:
            sides = tuple(self._written(side) for side in (left, right))
        except UnwrittenError:
            return ""
        return LatexPrinter(Style())(Relation(sides))

    def name(self, role: str) -> str:
        """An array, or an empty text where it has no name."""
        try:
            return LatexPrinter(Style())(self._written(Symbol(role)))
        except UnwrittenError:
            return ""

    def _written(self, node: Node) -> Node:
        return rebuilt(rebuilt(node, self._exchanged), _bracketed)

    def _exchanged(self, node: Node) -> Node | None:
        if isinstance(node, Symbol):
            return self._symbol(node)
        if isinstance(node, Applied) and node.head.letter == "total":
            return Bounded("∑", (), (), self._written(node.arguments[0]))
        if isinstance(node, Applied) and node.head.letter == "rot180":
            return Applied(self._turning, tuple(map(self._written, node.arguments)))
        if isinstance(node, Applied) and node.head.letter == "activation":
            return Applied(self._function(node.head.primes), tuple(map(self._written, node.arguments)))
        return None

    def _symbol(self, node: Symbol) -> Node:
        prefix, _, role = node.role.rpartition(":")
        kind, _, label = role.rstrip("]").partition("[")
        if role in ("1/m", "y", "L"):
            return self._alone(role)
        if prefix == "s":
            return Applied(self._function(1), (self._name("z", label, node),))
        if prefix == "d":
            return self._gradient(kind, label, node)
        if prefix in ("", "wide") and label:
            return self._name(kind, label, node)
        raise UnwrittenError

    def _alone(self, role: str) -> Node:
        if role == "1/m":
            return Ratio(Number(1), Named("m"))
        wanted = LOSS if role == "L" else TARGET
        for each in self._names:
            if self.formula.letters.array(each) == wanted:
                return each
        raise UnwrittenError

    @property
    def _names(self) -> Iterator[Named]:
        nodes = (*self.formula.nodes, *self.text.nodes)
        return (each for node in nodes for each in walk(node) if isinstance(each, Named))

    def _gradient(self, kind: str, label: str, node: Symbol) -> Node:
        if any(each.array == f"d:{kind}" for each in self._mentions):
            return self._name(f"d:{kind}", label, node)
        named = self._name(kind, label, node)
        signs = [each.sign for each in self._all if isinstance(each, Differential) and not each.lower]
        return Differential(signs[0], named) if signs else Partial(self._alone("L"), named)

    @cached_property
    def _all(self) -> tuple[Node, ...]:
        return tuple(each for node in self.formula.nodes for each in walk(node))

    @cached_property
    def _mentions(self) -> tuple[Mention, ...]:
        return (*self.formula.labelled, *self.text.labelled)

    def _name(self, array: str, label: str, node: Symbol) -> Named:
        """The author's letter for an array, with another label and index."""
        own = [each for each in self._mentions if each.array == array]
        if not own:
            raise UnwrittenError
        exact = [each for each in own if str(each.scripts.label) == label]
        found = (exact or own)[0].node
        index = Style(index_base=self.base).indices(replace(node, index=_without_zeros(node)))
        if own[0].scripts.label is None or "n_" in found.upper or self.formula.letters.single:
            raise UnwrittenError
        if found.upper:
            opened, closed = ("(", ")") if found.upper[0] == "(" else ("[", "]") if found.upper[0] == "[" else ("", "")
            return Named(found.letter, index, f"{opened}{label}{closed}")
        return Named(found.letter, f"{label},{index}" if index else label)

    def _function(self, primes: int) -> Named:
        for each in (*self._all, *(part for node in self.text.nodes for part in walk(node))):
            if isinstance(each, Applied) and self.formula.letters.function(each.head) is not None:
                return Named(each.head.letter, each.head.lower, "", primes)
        return Named(r"\sigma", primes=primes)

    @property
    def _turning(self) -> Named:
        heads = (each.head for each in self._all if isinstance(each, Applied))
        return next((head for head in heads if word(head.letter + head.lower) in TURNED), Named("rot180"))


def _without_zeros(node: Symbol) -> tuple[int | Index, ...]:
    """An index without the example of a row."""
    rows = len(node.index) == 2 and node.index[0] == 0 and "F[" not in node.role
    return node.index[1:] if rows else node.index


def _bracketed(node: Node) -> Node | None:
    """A name with something above it is transposed in brackets."""
    if isinstance(node, Transpose) and isinstance(node.body, Named) and node.body.upper:
        return Transpose(Bracketed(node.body))
    return None
