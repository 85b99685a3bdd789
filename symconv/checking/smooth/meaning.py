"""Formulas evaluated for arrays of any size, or of one size, on SymPy's symbols."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import Any

import numpy as np
import sympy

from symconv.checking.smooth.functions import BODIES, OF_NUMBERS, STEP
from symconv.errors import NotSupportedError
from symconv.meaning.definitions import System
from symconv.meaning.evaluate import Defined, Entries, Value
from symconv.meaning.evaluate import free_letters as letters_of
from symconv.meaning.graph import Graph, GraphMeaning
from symconv.meaning.numbers import Numbers
from symconv.meaning.spaces import EXPLICIT, Representatives, Space
from symconv.meaning.symbolic import SYMBOLIC
from symconv.notation.tree import Big, Delta, Function, Node, Partial, Symbol


class Step(sympy.Function):  # type: ignore[misc]
    """1 where its argument is positive, 0 where it is negative; at 0 nothing is said. Constant on either side."""

    nargs = 1

    @classmethod
    def eval(cls, argument: Any) -> Any:
        if argument.is_positive:
            return sympy.S.One
        if argument.is_negative:
            return sympy.S.Zero
        if argument.could_extract_minus_sign():
            return 1 - cls(-argument)
        return None

    def fdiff(self, argindex: int = 1) -> Any:
        return sympy.S.Zero

    def _eval_power(self, exponent: Any) -> Any:
        return self if exponent.is_Integer and exponent > 0 else None


@cache
def general(name: str, primes: int = 0) -> Any:
    """A function of which nothing is known, or one of its derivatives."""

    def fdiff(self: Any, argindex: int = 1) -> Any:
        return general(name, primes + 1)(self.args[0])

    return type(f"{name}_{primes}", (sympy.Function,), {"nargs": 1, "fdiff": fdiff, "order": primes, "general": True})


NUMBERS: Numbers = replace(SYMBOLIC, functions={**SYMBOLIC.functions, STEP: Step})


class AnySize(Representatives):
    """Axes of any length: two entries that stand for themselves, and one for any other. Lengths are symbols."""

    def __init__(self, lengths: Mapping[str, Any]) -> None:
        super().__init__({})
        self.lengths = lengths
        self.lumped = frozenset(lengths)

    @property
    def sums(self) -> Mapping[sympy.Symbol, Any]:
        """The symbols that stand for sums over other entries."""
        return self._summands

    def derivative(self, expression: sympy.Expr, symbol: sympy.Symbol) -> sympy.Expr:
        """The derivative by an entry or a number, also through the sums over other entries that speak of it."""
        found = Space.derivative(self, expression, symbol)
        for lump in [part for part in expression.free_symbols if symbol in self._speaks_of(part)]:
            summand, axis = self._summands[lump]
            inner = self.derivative(summand, symbol)
            own = axis in self.rests.get(symbol, ())
            found += sympy.diff(expression, lump) * (inner if own else self._rest(inner, axis))
        return found

    def without_sums(self, difference: sympy.Expr) -> tuple[sympy.Expr, ...] | None:
        """Expressions that all vanish only if a difference does: Σ_a c_a R_a is the sum over the other entries k of
        Σ_a c_a m_a(k), and is 0 where that is 0 for every k. None where it is no such sum."""
        found, rest = [], difference
        for axis in self.lumped:
            sums = [part for part in rest.free_symbols if self._summands.get(part, ("", ""))[1] == axis]
            factors = {part: sympy.diff(rest, part) for part in sums}
            if any(factor.free_symbols & set(sums) for factor in factors.values()):
                return None
            found.append(sympy.Add(*(factors[part] * self._summands[part][0] for part in sums)))
            rest = rest.xreplace(dict.fromkeys(sums, sympy.S.Zero))
        return (*found, rest)

    def independent(self, expression: sympy.Expr) -> bool:
        return False


class SizedGraph(Graph):
    """Definitions on a space; `counts` are the letters of the lengths of axes."""

    def __init__(self, system: System, space: Space, counts: Mapping[str, str]) -> None:
        super().__init__(system, space)
        self.counts = counts

    @cached_property
    def standing(self) -> dict[str, Entries]:
        found = {role: self.space.symbols(role, axes) for role, axes in self.system.axes.items()}
        for axis, letter in self.counts.items():
            found[letter] = _alone(sympy.sympify(self.space.lengths[axis]))
        return found

    def in_given(self, expression: Any) -> Any:
        """With what defined arrays are in the place of their symbols, in sums over other entries too."""
        expression = sympy.sympify(expression)
        lumps = expression.free_symbols & set(getattr(self.space, "sums", ()))
        for lump in lumps - set(self._lumps):
            self._lumps[lump] = self.space.replaced(lump, self.replaced)
        return expression.xreplace({**self.replaced, **self._lumps} if lumps else self.replaced)

    @cached_property
    def _lumps(self) -> dict[Any, Any]:
        """The sums over other entries with what defined arrays are put in."""
        return {}

    def meaning(self, arrays: Mapping[str, Entries] | None = None) -> SmoothMeaning:
        return SmoothMeaning(
            NUMBERS, self.values if arrays is None else arrays, {}, self.constants, self.system.functions,
            self.system.axes, graph=self,
        )  # fmt: skip


@dataclass(frozen=True)
class SmoothMeaning(GraphMeaning):
    """Meaning with derivatives of any formula by an entry.

    Args:
        direct: whether a derivative by what a definition names holds everything else that it names.
        summed: the letters of the sums around, and the axis of each.
    """

    direct: bool = False
    summed: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, node: Node) -> Value:
        return self._big(node) if isinstance(node, Big) else super().__call__(node)

    # Sums

    def _big(self, node: Big) -> Value:
        letter, *rest = node.variables
        body = Big(tuple(rest), node.body) if rest else node.body
        role, axis = self._place(letter, node.body)
        name = self.axis_names(role)[axis]
        for other, its_axis in self.summed.items():
            if its_axis == name and name in self.graph.space.lumped and other in letters_of(body):
                raise NotSupportedError("a double sum over one axis is not decided for all sizes")
        return GraphMeaning._big(replace(self, summed={**self.summed, letter: name}), replace(node, body=node.body))

    def _delta(self, node: Delta) -> Value:
        letters = {part.parts[0][0] for part in (node.left, node.right) if not isinstance(part, int) and part.parts}
        if len(letters & set(self.summed)) > 1:
            raise NotSupportedError("a double sum over one axis is not decided for all sizes")
        return super()._delta(node)

    def _check_invariant(self, node: Symbol) -> None:
        """Positions by number are the first entries, which stand for themselves."""
        for axis, part in zip(self.axis_names(node.role), node.index, strict=False):
            if axis in self.graph.space.lumped and isinstance(part, int) and part >= EXPLICIT:
                raise NotSupportedError("a formula that singles out three entries is not decided for all sizes")

    def _multiplied(self, left: Value, right: Value) -> Value:
        if left.rank == right.rank == 1:
            raise NotSupportedError("a product of two vectors")
        return super()._multiplied(left, right)

    # Derivatives

    def _partial(self, node: Partial) -> Value:
        over, under = node.over, node.under
        assert isinstance(under, Symbol)
        if self.direct and isinstance(over, Symbol) and self._names(over.role, under.role):
            return self._jacobian(over, under)
        self._check_letters(over, under)
        held = replace(self, arrays=self.graph._from(under.role if under.role in self.graph.system.defined else ""))
        value = held(over)
        below = self._flat(under)
        graph = self.graph

        def derivative(expression: Any, flat: int) -> Any:
            symbol = graph.standing[under.role][self._unflat(under.role, flat)]
            return graph.in_given(graph.space.derivative(sympy.sympify(expression), symbol))

        rows = value.entries[(..., *(None,) * below.rank)]
        columns = below.entries
        columns = columns[(..., *(None,) * value.rank, *(slice(None),) * below.rank)]
        entries = np.frompyfunc(derivative, 2, 1)(rows, columns)
        return Value(np.asarray(entries, dtype=object), (*value.axes, *below.axes))

    def _names(self, over: str, under: str) -> bool:
        return over in self.graph.system.defined and under in self.graph._named(over)

    def _check_letters(self, over: Node, under: Symbol) -> None:
        """Raise where two generic entries of one axis that may differ meet."""
        by = {letter for letter in letters_of(under) if letter in self.summed}
        others = {letter for letter in letters_of(over) if letter in self.summed} - by
        if {self.summed[letter] for letter in by} & {self.summed[letter] for letter in others}:
            raise NotSupportedError("a double sum over one axis is not decided for all sizes")

    # Functions

    def _function(self, node: Function) -> Value:
        name = node.name
        if name.startswith("any:"):
            return self._each(general(name, node.primes), *map(self, node.arguments))
        if node.primes and name in OF_NUMBERS:
            variable = sympy.Dummy()
            slope = sympy.diff(self.numbers.function(name)(variable), variable, node.primes)
            return self._each(lambda number: slope.subs(variable, number), *map(self, node.arguments))
        return super()._function(node)

    def function_of(self, name: str, argument: Any) -> Any:
        defined = self.functions[name]
        inner = replace(self, letters={}, constants={**self.constants, defined.variable: argument})
        return inner(defined.body).entries[()]


FUNCTIONS: Mapping[str, Defined] = {name: Defined("z", body) for name, body in BODIES.items()}


def _alone(value: Any) -> Entries:
    array = np.empty((), dtype=object)
    array[()] = value
    return array
