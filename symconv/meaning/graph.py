"""A system of definitions on SymPy's symbols: values, derivatives with what stands in between held or not.

∂A/∂B of two arrays is the derivative of A's definition by B, everything else that the definition names held fixed.
∂L/∂B is the derivative of the loss through everything that is defined after B.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache, cached_property
from typing import Any

import numpy as np
import sympy

from symconv.errors import NotSupportedError
from symconv.meaning.definitions import LOSS, Definition, System, filled
from symconv.meaning.evaluate import Defined, Entries, Meaning, Value, places
from symconv.meaning.spaces import EXPLICIT, Space
from symconv.meaning.symbolic import SYMBOLIC
from symconv.notation.tree import Function, Node, Partial, Symbol, gradient_of, walk


class Graph:
    """A system on the symbols of a space."""

    def __init__(self, system: System, space: Space) -> None:
        self.system = system
        self.space = space
        fixed = {name: SYMBOLIC.number(Fraction(value)) for name, value in system.constants.items()}
        self.constants = fixed | {name: space.letter(name, known) for name, known in system.open.items()}

    @cached_property
    def standing(self) -> dict[str, Entries]:
        """A symbol for every entry of every array, defined or not."""
        return {role: self.space.symbols(role, axes) for role, axes in self.system.axes.items()}

    @cached_property
    def values(self) -> dict[str, Entries]:
        """Every array in terms of those that are given."""
        return self._from("")

    @cached_property
    def replaced(self) -> dict[Any, Any]:
        """The symbols of defined arrays and what they are."""
        return {
            symbol: value
            for role in self.system.defined
            for symbol, value in zip(self.standing[role].ravel(), self.values[role].ravel(), strict=True)
        }

    @cache  # noqa: B019
    def _from(self, held: str) -> dict[str, Entries]:
        """Every array in terms of those up to `held`, which stand for themselves; without one, of those given."""
        arrays = {role: self.standing[role] for role in self.system.given}
        order = self.system.defined
        first = order.index(held) + 1 if held in order else 0
        arrays |= {role: self.standing[role] for role in order[:first]}
        for definition in self.system.definitions[first:]:
            arrays[definition.role] = self._filled(definition.role, arrays)
        return arrays

    @cache  # noqa: B019
    def _by_definition(self, role: str) -> Entries:
        """An array by its definition alone, everything that this names standing for itself."""
        return self._filled(role, self.standing)

    def _filled(self, role: str, arrays: Mapping[str, Entries]) -> Entries:
        return filled(self.meaning(arrays), self._definition(role), self.space.shape(self.system.axes[role]))

    def meaning(self, arrays: Mapping[str, Entries] | None = None) -> GraphMeaning:
        """What trees mean here, with every array in terms of those that are given."""
        return GraphMeaning(
            SYMBOLIC, self.values if arrays is None else arrays, {}, self.constants, self.system.functions,
            self.system.axes, graph=self,
        )  # fmt: skip

    # Derivatives

    def local(self, over: str, at: tuple[int, ...], under: str, place: tuple[int, ...]) -> Any:
        """∂over/∂under for two entries: what else stands in the definition is held; where the definition does not name
        `under`, the derivative through what it names."""
        if under not in self._named(over):
            return self.total(over, at, under, place)
        found = self.space.derivative(self._by_definition(over)[at], self.standing[under][place])
        return self.in_given(found)

    @cache  # noqa: B019
    def _named(self, role: str) -> set[str]:
        """The arrays that a definition names."""
        body = self._definition(role).body
        return {part.role for part in walk(body) if isinstance(part, Symbol)}

    def _definition(self, role: str) -> Definition:
        return next(known for known in self.system.definitions if known.role == role)

    def total(self, over: str, at: tuple[int, ...], under: str, place: tuple[int, ...]) -> Any:
        """The derivative of one entry by another through everything in between."""
        found = self.space.derivative(self._from(under)[over][at], self.standing[under][place])
        return self.in_given(found)

    @cache  # noqa: B019
    def gradient(self, under: str, place: tuple[int, ...]) -> Any:
        """∂L/∂under for one entry."""
        return self.in_given(self.space.derivative(self._loss(under), self.standing[under][place]))

    def in_given(self, expression: Any) -> Any:
        """An expression with the symbols of defined arrays replaced by what they are."""
        return sympy.sympify(expression).xreplace(self.replaced)

    @cache  # noqa: B019
    def _loss(self, held: str) -> Any:
        """The loss with the arrays up to `held` standing; where none is defined, Σ G·O with G standing."""
        arrays = self._from(held)
        if LOSS in self.system.defined:
            return arrays[LOSS][()]
        products = arrays["O"] * self.standing["G"]
        for axis in self.system.axes["O"]:
            products = self.space.total(products, axis)
        return np.asarray(products, dtype=object)[()]


@dataclass(frozen=True)
class GraphMeaning(Meaning):
    """Meaning on the symbols of a graph, derivatives included."""

    graph: Graph = field(kw_only=True)

    def shape(self, role: str) -> tuple[int, ...]:
        return self.graph.space.shape(self.graph.system.axes[self._known(role)])

    def axis_names(self, role: str) -> tuple[str, ...]:
        found = self.graph.system.axes.get(self._known(role))
        if found is None:
            raise NotSupportedError(f"{role} has no axes here")
        return found

    def _known(self, role: str) -> str:
        """The array whose shape a role has."""
        axes = self.graph.system.axes
        return role if role in axes else gradient_of(role)

    def _array(self, role: str) -> Entries:
        if role in self.arrays:
            return self.arrays[role]
        return super()._array(role)

    def total(self, entries: Entries, name: str) -> Entries:
        return np.asarray(self.graph.space.total(entries, name), dtype=object)

    def _symbol(self, node: Symbol) -> Value:
        self._check_invariant(node)
        under = gradient_of(node.role)
        if node.role in self.arrays or under == node.role or under not in self.graph.system.axes:
            return super()._symbol(node)
        places = self._flat(Symbol(under, node.index))
        gradient = np.frompyfunc(lambda flat: self.graph.gradient(under, self._unflat(under, flat)), 1, 1)
        return Value(np.asarray(gradient(places.entries), dtype=object), places.axes)

    def _check_invariant(self, node: Symbol) -> None:
        """Raise where an entry of an axis with representatives is singled out."""
        for axis, part in zip(self.axis_names(node.role), node.index, strict=False):
            if axis in self.graph.space.lumped and (isinstance(part, int) or part.shift or len(part.parts) != 1):
                raise NotSupportedError("a formula that singles out an entry is not decided by representatives")

    def _partial(self, node: Partial) -> Value:
        over, under = node.over, node.under
        if not isinstance(over, Symbol) or not isinstance(under, Symbol):
            raise NotSupportedError("a derivative needs an array or an entry above and below")
        if over.role == LOSS:
            return self(Symbol(f"d:{under.role}", under.index, under.slice))
        return self._jacobian(over, under)

    def _jacobian(self, over: Symbol, under: Symbol) -> Value:
        above, below = (self._flat(symbol) for symbol in (over, under))
        rows = above.lifted(above.rank)
        columns = below.entries
        rows = rows[(..., *(None,) * below.rank)]
        columns = columns[(..., *(None,) * above.rank, *(slice(None),) * below.rank)]
        same = over.index == under.index

        def derivative(a: int, b: int) -> Any:
            at = self._unflat(over.role, a)
            place = self._unflat(under.role, b)
            if not same and self._both_generic(over.role, at, under.role, place):
                raise NotSupportedError("two generic entries of one axis are not decided by representatives")
            return self.graph.local(over.role, at, under.role, place)

        entries = np.frompyfunc(derivative, 2, 1)(rows, columns)
        return Value(np.asarray(entries, dtype=object), (*above.axes, *below.axes))

    def _flat(self, symbol: Symbol) -> Value:
        """The flat positions of the entries that a symbol names."""
        self._check_invariant(symbol)
        shape = self.shape(symbol.role)
        numbers = np.arange(int(np.prod(shape))).reshape(shape).astype(object)
        return Meaning(self.numbers, {symbol.role: numbers}, self.letters, axes=self.graph.system.axes)._symbol(symbol)

    def _unflat(self, role: str, flat: int) -> tuple[int, ...]:
        shape = self.shape(role)
        return tuple(int(i) for i in np.unravel_index(flat, shape)) if shape else ()

    def _both_generic(self, over: str, at: tuple[int, ...], under: str, place: tuple[int, ...]) -> bool:
        return bool(self._generic(over, at) & self._generic(under, place))

    def _generic(self, role: str, place: tuple[int, ...]) -> set[str]:
        """The axes along which a position stands for any other entry."""
        lumped = self.graph.space.lumped
        return {axis for axis, i in zip(self.axis_names(role), place, strict=True) if axis in lumped and i == EXPLICIT}

    def _function(self, node: Function) -> Value:
        """A derivative of a function that a tree defines is SymPy's derivative of that tree."""
        if not node.primes or node.name not in self.functions:
            return super()._function(node)
        (argument,) = map(self, node.arguments)
        variable = sympy.Dummy()
        value = self.derived(node.name, variable, node.primes)
        return self._each(lambda number: value.subs(variable, number), argument)

    def derived(self, name: str, variable: sympy.Symbol, times: int = 1) -> Any:
        """The derivative of a function of one number, as SymPy finds it."""
        return sympy.diff(self.function_of(name, variable), variable, times)

    def function_of(self, name: str, argument: Any) -> Any:
        """A function that a tree defines, at one argument."""
        defined: Defined = self.functions[name]
        inner = GraphMeaning(
            self.numbers, {}, {}, {**self.constants, defined.variable: argument}, self.functions, {}, graph=self.graph
        )
        return inner(defined.body).entries[()]


def letters_per_axis(node: Node, letters: tuple[str, ...], axes: Mapping[str, tuple[str, ...]]) -> dict[str, set[str]]:
    """The axes that letters run over, each with its letters."""
    found: dict[str, set[str]] = {}
    for letter in letters:
        for role, axis in places(letter, node):
            found.setdefault(axes[role if role in axes else gradient_of(role)][axis], set()).add(letter)
    return found
