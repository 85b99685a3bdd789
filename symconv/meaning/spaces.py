"""Where the positions of axes are: all of them, or representatives of a long axis and one symbol for the rest.

A formula in index letters whose sums run over a whole axis does not change when the entries of the axis change places.
So it holds at all entries if it holds at any one of them, and a formula in two letters of an axis if it holds where
they agree and where they differ. What the other entries contribute to a sum depends on each of them in the same way:

Lemma (tested in `tests/meaning/test_spaces.py`): let the summand at a generic other entry k be Σ_a c_a · m_a(k), where
no c_a speaks of k. Then the sum over all other entries is Σ_a c_a · R_a with R_a = Σ_k m_a(k), and R_a is (their
number) · m where m_a = m does not speak of k. An identity that holds with independent symbols R_a holds for all
values. The derivative of an expression by the entry k itself is, besides its own occurrences, Σ_a ∂/∂R_a · ∂m_a/∂k.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import sympy

from symconv.meaning.evaluate import Entries

Namer = Callable[[str, tuple[int, ...]], str]
EXPLICIT = 2
"""Entries of a lumped axis that stand for themselves: enough for i = j and i ≠ j."""


def plain_name(role: str, index: tuple[int, ...]) -> str:
    return f"{role}_{','.join(map(str, index))}" if index else role


def _expanded(product: sympy.Expr) -> sympy.Expr:
    """A product of sums as a sum; what is below the line stays as it is."""
    return sympy.expand_mul(sympy.expand_multinomial(product, deep=False), deep=False)


class Space:
    """The positions of named axes, each by itself. `assumptions` are SymPy's, about the entries of an array."""

    def __init__(
        self, lengths: Mapping[str, int], assumptions: Mapping[str, Mapping[str, bool]] | None = None,
        name: Namer = plain_name,
    ) -> None:  # fmt: skip
        self.lengths = lengths
        self.lumped: frozenset[str] = frozenset()
        self._name = name
        self._assumptions = assumptions or {}

    def shape(self, axes: Sequence[str]) -> tuple[int, ...]:
        """The shape of an array with these axes."""
        return tuple(self.lengths[axis] for axis in axes)

    def positions(self, axis: str) -> int:
        """How many positions of an axis a free letter takes."""
        return self.lengths[axis]

    def symbols(self, role: str, axes: Sequence[str]) -> Entries:
        """A symbol for every entry of an array."""
        array = np.empty(self.shape(axes), dtype=object)
        for index in np.ndindex(*array.shape):
            array[index] = self._symbol(role, tuple(axes), index)
        return array

    def _symbol(self, role: str, axes: tuple[str, ...], index: tuple[int, ...]) -> sympy.Symbol:
        return sympy.Symbol(self._name(role, index), **self._assumptions.get(role, {}))

    def letter(self, name: str, known: Mapping[str, bool]) -> sympy.Symbol:
        """The symbol of a number by itself."""
        return sympy.Symbol(name, **{**known, **self._assumptions.get(name, {})})

    def total(self, entries: Entries, axis: str) -> Any:
        """The sum over the first axis of an array, which has this name."""
        if entries.ndim == 1:
            return np.asarray(sympy.Add(*entries), dtype=object)
        return np.asarray(entries.sum(axis=0), dtype=object)

    def derivative(self, expression: sympy.Expr, symbol: sympy.Symbol) -> sympy.Expr:
        """The derivative of an expression by an entry."""
        return sympy.diff(expression, symbol) if symbol in expression.free_symbols else sympy.S.Zero

    def replaced(self, expression: sympy.Expr, values: Mapping[sympy.Symbol, sympy.Expr]) -> sympy.Expr:
        """The expression with symbols replaced, also where they are part of a sum."""
        return sympy.sympify(expression).xreplace(values)

    def independent(self, expression: sympy.Expr) -> bool:
        """Whether the symbols of an expression can take all values."""
        return True


class Representatives(Space):
    """Axes longer than `limit` have two entries that stand for themselves and one that stands for any other."""

    method = "representatives"

    def __init__(
        self, lengths: Mapping[str, int], assumptions: Mapping[str, Mapping[str, bool]] | None = None,
        limit: int = EXPLICIT,
    ) -> None:  # fmt: skip
        super().__init__(lengths, assumptions)
        self.lumped = frozenset(axis for axis, length in lengths.items() if length > max(limit, EXPLICIT))
        self.rests: dict[sympy.Symbol, frozenset[str]] = {}
        self._sums: dict[tuple[str, sympy.Expr], sympy.Symbol] = {}
        self._summands: dict[sympy.Symbol, tuple[sympy.Expr, str]] = {}
        self._spoken: dict[sympy.Symbol, frozenset[sympy.Symbol]] = {}
        self._numbers = itertools.count(1)

    def shape(self, axes: Sequence[str]) -> tuple[int, ...]:
        return tuple(EXPLICIT + 1 if axis in self.lumped else self.lengths[axis] for axis in axes)

    def positions(self, axis: str) -> int:
        return EXPLICIT if axis in self.lumped else self.lengths[axis]

    def _symbol(self, role: str, axes: tuple[str, ...], index: tuple[int, ...]) -> sympy.Symbol:
        rest = frozenset(axis for axis, at in zip(axes, index, strict=True) if axis in self.lumped and at == EXPLICIT)
        symbol = super()._symbol(role, axes, index)
        if rest:
            self.rests[symbol] = rest
        return symbol

    def total(self, entries: Entries, axis: str) -> Any:
        if axis not in self.lumped:
            return super().total(entries, axis)
        lump = np.frompyfunc(lambda expression: self._rest(expression, axis), 1, 1)
        return super().total(np.concatenate([entries[:EXPLICIT], lump(entries[EXPLICIT:])]), axis)

    def _rest(self, expression: sympy.Expr, axis: str) -> sympy.Expr:
        """The sum over all other entries of an axis of what stands at a generic one."""
        terms = sympy.Add.make_args(sympy.sympify(expression))
        return sympy.Add(*(self._rest_of_term(term, axis) for term in terms))

    def _rest_of_term(self, term: sympy.Expr, axis: str) -> sympy.Expr:
        if not self._about(term, axis):
            return (self.lengths[axis] - EXPLICIT) * term
        factor, own = term.as_independent(*self._about(term, axis), as_Add=False)
        if any(self._is_sum(part) for part in sympy.Mul.make_args(own)):
            return factor * self._rest(_expanded(own), axis)
        return factor * self._sum(own, axis)

    def _is_sum(self, factor: sympy.Expr) -> bool:
        """Whether a factor is a sum, or a whole power of one."""
        base, exponent = factor.as_base_exp()
        return bool(base.is_Add and exponent.is_Integer and exponent > 0)

    def _about(self, expression: sympy.Expr, axis: str) -> list[sympy.Symbol]:
        return [symbol for symbol in expression.free_symbols if axis in self.rests.get(symbol, ())]

    def _sum(self, summand: sympy.Expr, axis: str) -> sympy.Symbol:
        """The symbol for the sum of a summand over the other entries of an axis."""
        if (axis, summand) not in self._sums:
            symbol = sympy.Symbol(f"R{next(self._numbers)}")
            self._sums[axis, summand] = symbol
            self._summands[symbol] = summand, axis
            left = frozenset().union(*(self.rests.get(part, frozenset()) for part in summand.free_symbols)) - {axis}
            if left:
                self.rests[symbol] = left
        return self._sums[axis, summand]

    def derivative(self, expression: sympy.Expr, symbol: sympy.Symbol) -> sympy.Expr:
        """The derivative by an entry; by a generic one also through the sums that it is part of."""
        found = super().derivative(expression, symbol)
        if symbol in self.rests:
            for lump in [part for part in expression.free_symbols if symbol in self._speaks_of(part)]:
                found += sympy.diff(expression, lump) * self.derivative(self._summands[lump][0], symbol)
        return found

    def _speaks_of(self, lump: sympy.Symbol) -> frozenset[sympy.Symbol]:
        """All symbols of the summand of a sum, those of sums within it too."""
        if lump not in self._spoken and lump in self._summands:
            own = self._summands[lump][0].free_symbols
            self._spoken[lump] = frozenset(own).union(*map(self._speaks_of, own))
        return self._spoken.get(lump, frozenset())

    def replaced(self, expression: sympy.Expr, values: Mapping[sympy.Symbol, sympy.Expr]) -> sympy.Expr:
        """Sums over the other entries are made anew from the replaced summand."""
        sums = {}
        for lump in [part for part in sympy.sympify(expression).free_symbols if part in self._summands]:
            summand, axis = self._summands[lump]
            changed = self.replaced(summand, values)
            if changed != summand:
                sums[lump] = self._rest(changed, axis)
        return super().replaced(expression, {**sums, **values})

    def independent(self, expression: sympy.Expr) -> bool:
        """The sums can, where there are as many other entries as sums over them and the summands are polynomials."""
        sums = [self._summands[part] for part in expression.free_symbols if part in self._summands]
        longest = {axis: sum(own == axis for _, own in sums) for _, axis in sums}
        return all(count <= self.lengths[axis] - EXPLICIT for axis, count in longest.items()) and not any(
            sympy.fraction(summand)[1].free_symbols for summand, _ in sums
        )
