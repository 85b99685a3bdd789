"""Proof of the lines of smooth layers: every line's sides evaluated on SymPy's symbols and compared exactly.

Derivatives in a line are SymPy's, of the layer's definition. Up to `FULL` entries all positions of the line's letters
are compared; a larger layer is taken by representatives (the lemma is in `symconv.meaning.spaces`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import sympy

from symconv.derivation.smooth import SmoothCalculus
from symconv.errors import NotSupportedError
from symconv.layers.smooth import Statement
from symconv.meaning.deciding import decided
from symconv.meaning.evaluate import Value, free_letters
from symconv.meaning.graph import Graph, letters_per_axis
from symconv.meaning.spaces import EXPLICIT
from symconv.notation.expressions import tree_of
from symconv.notation.tree import Node, Relation, Style, Symbol
from symconv.proof.verdict import Method, Mismatch, Proof, timed

FULL = 12
"""So many entries of X are compared all; of more, representatives."""
Watch = Callable[[Iterable[Any]], Iterable[Any]]


def prove_smooth(calculus: SmoothCalculus, *, exhaustive: bool = False, watch: Watch = iter) -> list[Proof]:
    """Every line of a smooth layer, decided.

    >>> from symconv.layers.softmax import Softmax
    >>> for proof in prove_smooth(SmoothCalculus(Softmax(inputs=2)))[-1:]:
    ...     print(proof.verdict)
    proved
    """
    return [prove_line(calculus, line, exhaustive=exhaustive) for line in watch(calculus.statements())]


@timed
def prove_line(calculus: SmoothCalculus, line: Statement, *, exhaustive: bool = False) -> Proof:
    """Whether all sides of a line are equal, at every entry or at representatives."""
    whole = exhaustive or math.prod(calculus.layer.shape("X")) <= FULL
    compared, mismatch, reason = 0, None, ""
    graphs = calculus.graphs(whole=whole)
    method: Method = "representatives" if any(graph.space.lumped for graph in graphs) else "expressions"
    for graph in graphs:
        try:
            compared = _Comparison(graph, line).compared()
        except DifferenceError as found:
            mismatch = found.mismatch
        except NotSupportedError as error:
            reason = str(error)
    holds = not mismatch and not reason
    style = Style(symbols=calculus.layer.symbols)
    return Proof(
        line.relation, line.role, line.name, "shape", method, holds, compared, mismatch, undecided=reason, style=style
    )


def _common_shape(sides: Sequence[Any]) -> tuple[int, ...]:
    """The shape of all sides. Raises `NotSupportedError` for sides that do not fit together."""
    try:
        return np.broadcast_shapes(*(side.shape for side in sides))
    except ValueError:
        raise NotSupportedError("its sides do not have the same shape") from None


class DifferenceError(Exception):
    """Two sides of a line are not equal."""

    def __init__(self, mismatch: Mismatch) -> None:
        super().__init__()
        self.mismatch = mismatch


@dataclass(frozen=True)
class _Comparison:
    """The sides of one line on the symbols of one graph."""

    graph: Graph
    line: Statement

    def compared(self) -> int:
        """How many entries were compared. Raises `DifferenceError` at the first two that are not equal, and
        `NotSupportedError` where that cannot be decided."""
        letters = self._letters()
        self._check_letters(letters)
        grid = np.ix_(*(np.arange(self._positions(letter)) for letter in letters))
        bound = dict(zip(letters, grid, strict=True))
        meaning = self.graph.meaning()
        sides = [self._explicit(meaning.value_at(bound, side), len(letters)) for side in self.line.relation.sides]
        shape = _common_shape(sides)
        count = 0
        for place in np.ndindex(*shape):
            at = dict(zip(letters, place, strict=False))
            if self._left_out(at):
                continue
            values = self._supposed(at)
            count += 1
            for left, right in pairwise(sides):
                entries = [np.broadcast_to(side, shape)[place] for side in (left, right)]
                self._compare(at, place[len(letters) :], *(self.graph.space.replaced(e, values) for e in entries))
        return count

    def _letters(self) -> tuple[str, ...]:
        free = (letter for side in self.line.relation.sides for letter in free_letters(side))
        apart = (letter for index in self.line.distinct for letter in index)
        return tuple(dict.fromkeys((*free, *apart, *self._parameters())))

    def _check_letters(self, letters: tuple[str, ...]) -> None:
        """Raise where representatives do not show all the ways in which letters of one axis may differ."""
        for axis, found in letters_per_axis(self.line.relation, letters, self.graph.system.axes).items():
            if axis in self.graph.space.lumped and len(found) > EXPLICIT:
                raise NotSupportedError("a formula in three letters of one axis is not decided by representatives")

    def _parameters(self) -> tuple[str, ...]:
        """The letters that a supposition leaves open: those on its right side alone."""
        if self.line.given is None:
            return ()
        left, right = self.line.given.sides
        return tuple(letter for letter in free_letters(right) if letter not in free_letters(left))

    def _positions(self, letter: str) -> int:
        """How many positions a letter takes."""
        for node in (self.line.relation, self.line.given):
            for axis in letters_per_axis(node, (letter,), self.graph.system.axes) if node else ():
                return self.graph.space.positions(axis)
        return self._positions_beside(letter)

    def _positions_beside(self, letter: str) -> int:
        """The positions of a letter that stands at no array: those of the letter that it differs from."""
        for index in self.line.distinct:
            for other, own in zip(self.line.distinct[0], index, strict=True):
                if own == letter != other:
                    return self._positions(other)
        raise NotSupportedError(f"the index {letter} stands at no array: its range is not known")

    def _explicit(self, value: Value, letters: int) -> Any:
        """The entries at positions that stand for themselves."""
        own = tuple(
            slice(self.graph.space.positions(axis)) if axis in self.graph.space.lengths else slice(None)
            for axis in value.axes
        )
        return np.asarray(value.entries[(*(slice(None),) * letters, *own)], dtype=object)

    def _left_out(self, at: Mapping[str, int]) -> bool:
        """Whether the line does not speak of these positions."""
        if not self.line.distinct:
            return False
        first, second = ([at[letter] for letter in index] for index in self.line.distinct)
        return first == second

    def _supposed(self, at: Mapping[str, int]) -> Mapping[sympy.Symbol, sympy.Expr]:
        """What the line supposes, as values for symbols."""
        given = self.line.given
        if given is None:
            return {}
        left, right = given.sides
        return self._entries_supposed(left, right, at) if isinstance(left, Symbol) else self._total_supposed(given)

    def _entries_supposed(self, left: Symbol, right: Node, at: Mapping[str, int]) -> Mapping[Any, Any]:
        symbols = self.graph.standing[left.role]
        letters = free_letters(left)
        grid = np.ix_(*map(np.arange, symbols.shape))
        positions = {**dict(zip(letters, grid, strict=True)), **{name: at[name] for name in self._parameters()}}
        values = self.graph.meaning().at(positions, right)
        return dict(zip(symbols.ravel(), np.broadcast_to(values, symbols.shape).ravel(), strict=True))

    def _total_supposed(self, given: Relation) -> Mapping[Any, Any]:
        """A linear equation solved for one of its symbols, for every position of its letters."""
        letters = free_letters(given.sides[0])
        grid = np.ix_(*(np.arange(self._positions(letter)) for letter in letters))
        bound = dict(zip(letters, grid, strict=True))
        meaning = self.graph.meaning()
        differences = meaning.at(bound, given.sides[0]) - meaning.at(bound, given.sides[1])
        found = {}
        for difference in np.asarray(differences, dtype=object).ravel():
            symbol = max(difference.free_symbols, key=str)
            factor = sympy.diff(difference, symbol)
            found[symbol] = symbol - difference / factor
        return found

    def _compare(self, at: Mapping[str, int], own: tuple[int, ...], left: Any, right: Any) -> None:
        verdict = decided(left, right)
        if verdict == "equal":
            return
        if verdict == "undecided" or not self._independent(left - right):
            raise NotSupportedError("the two sides could not be decided to be equal")
        raise DifferenceError(Mismatch(at, own, self._tree(left), self._tree(right)))

    def _independent(self, difference: sympy.Expr) -> bool:
        """Whether the sums over other entries can take all values, so that a difference refutes."""
        space = self.graph.space
        return space.independent(difference)

    def _tree(self, expression: Any) -> Node | None:
        """A side as notation, where it speaks of entries that stand for themselves."""
        nodes = {
            symbol: Symbol(role, place)
            for role, array in self.graph.standing.items()
            for place, symbol in np.ndenumerate(array)
        }
        try:
            return tree_of(sympy.sympify(expression), nodes)
        except ValueError:
            return None
