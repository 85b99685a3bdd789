"""The calculus of smooth layers: SymPy's derivatives of the definition, and the lines that they decide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache, cached_property
from typing import Any

import numpy as np
import sympy

from symconv.forms.expressions import as_array
from symconv.layers.smooth import Smooth, Statement
from symconv.meaning.evaluate import Entries, Meaning, free_letters
from symconv.meaning.graph import Graph
from symconv.meaning.spaces import Namer, Representatives, Space, plain_name
from symconv.meaning.symbolic import SYMBOLIC
from symconv.notation.expressions import tree_of
from symconv.notation.tree import Letter, Relation


class SmoothCalculus:
    """What SymPy's differentiation says of a smooth layer; arrays have the shapes that the user sees.

    `name` gives the symbol of an entry of an array by its role and multi-index.

    >>> from symconv.layers.entrywise import Sigmoid
    >>> SmoothCalculus(Sigmoid(input=1)).gradient("X", (0,))
    G_0*exp(-X_0)/(1 + exp(-X_0))**2
    """

    def __init__(self, layer: Smooth, name: Namer = plain_name) -> None:
        self.layer = layer
        self._name = name

    # SymPy for users

    @cached_property
    def graph(self) -> Graph:
        """The layer's definitions on the user's symbols."""
        return Graph(self.layer.system, Space(self.layer.system.lengths, name=self._named))

    def _named(self, role: str, index: tuple[int, ...]) -> str:
        if role not in {*self.layer.arrays, "G"}:
            return plain_name(role, index)
        return self._name(role, self._user_index(role)[index])

    @cache  # noqa: B019
    def _user_index(self, role: str) -> Mapping[tuple[int, ...], tuple[int, ...]]:
        """For a position along the axes of formulas, the multi-index that the user sees."""
        shape = self.layer.shape(role)
        flat = self.layer.to_system(role, np.arange(int(np.prod(shape))).reshape(shape))
        return {
            place: tuple(int(i) for i in np.unravel_index(number, shape)) if shape else ()
            for place, number in np.ndenumerate(flat)
        }

    def place(self, role: str, index: tuple[int, ...]) -> tuple[int, ...]:
        """The position along the axes of formulas for a multi-index that the user sees."""
        return next(place for place, shown in self._user_index(role).items() if shown == index)

    def symbols(self, role: str) -> Any:
        """The symbols of an array."""
        return self._shown(role, self.graph.standing[role])

    def output(self) -> Any:
        """O in terms of the other arrays, by the definition."""
        return self._shown("O", self.graph.values[self._output])

    @property
    def _output(self) -> str:
        return "O" if "O" in self.layer.system.defined else "L"

    def local(self, role: str, index: tuple[int, ...]) -> Any:
        """∂O/∂role at one index, an array of O's shape."""
        place = self.place(role, index)
        values = self.graph.values[self._output]
        found = np.empty(values.shape, dtype=object)
        for at in np.ndindex(*values.shape):
            found[at] = self._derivative(at, role, place)
        return self._shown("O", found)

    def _derivative(self, at: tuple[int, ...], role: str, place: tuple[int, ...]) -> Any:
        """∂O/∂role for two entries. Where the function has a kink, SymPy knows no convention for it, so the stated
        derivative is put in."""
        if not self._kinked:
            return self.graph.total(self._output, at, role, place)
        if at != place:
            return sympy.S.Zero
        slope = self.layer.statement("same", "O").relation.sides[-1]
        letters = free_letters(slope)
        return self._meaning().at(dict(zip(letters, place, strict=True)), slope)[()]

    @property
    def _kinked(self) -> bool:
        return len(self.layer.assumptions) > 1

    def _meaning(self) -> Meaning:
        """What closed forms mean on the user's symbols."""
        if not self._kinked:
            return self.graph.meaning()
        system = self.layer.system
        return Meaning(SYMBOLIC, self.graph.standing, functions=system.functions, axes=system.axes)

    def gradient(self, role: str, index: tuple[int, ...] | None = None) -> Any:
        """∂L/∂role by the chain rule: the whole array, or one entry."""
        if index is not None:
            return self._gradient(role, self.place(role, index))
        shape = self.layer.system.shape(role)
        found = np.empty(shape, dtype=object)
        for place in np.ndindex(*shape):
            found[place] = self._gradient(role, place)
        return self._shown(role, found)

    def _gradient(self, role: str, place: tuple[int, ...]) -> Any:
        if self._kinked:
            return self.graph.standing["G"][place] * self._derivative(place, role, place)
        return self.graph.gradient(role, place)

    def closed(self, role: str, name: str = "closed") -> Any:
        """∂L/∂role by the closed form that the layer claims."""
        relation = self.layer.statement(name, f"d{role}").relation
        letters = free_letters(relation.sides[0])
        shape = self.layer.system.shape(role)
        positions = np.ix_(*map(np.arange, shape[: len(letters)])) if letters else ()
        entries = self._meaning().at(dict(zip(letters, positions, strict=True)), relation.sides[-1])
        return self._shown(role, np.asarray(entries, dtype=object))

    def jacobian(self, role: str) -> sympy.ImmutableSparseMatrix:
        """∂vec(O)/∂vec(role), both row by row as the user sees them, as a sparse matrix."""
        outputs, inputs = (self._flat_places(which) for which in ("O", role))
        found = {}
        for row, at in enumerate(outputs):
            for column, place in enumerate(inputs):
                value = self._derivative(at, role, place)
                if value != 0:
                    found[row, column] = value
        return sympy.ImmutableSparseMatrix(len(outputs), len(inputs), found)

    def _flat_places(self, role: str) -> list[tuple[int, ...]]:
        return [place for place, _ in sorted(self._user_index(role).items(), key=lambda item: item[1])]

    def _shown(self, role: str, entries: Entries) -> Any:
        shape = self.layer.shape(role)
        shown = self.layer.from_system(role, np.asarray(entries, dtype=object))
        return as_array([sympy.sympify(value) for value in shown.ravel()], shape, matrix=self._plain_2d)

    @property
    def _plain_2d(self) -> bool:
        """Whether arrays are matrices and vectors throughout."""
        return max(len(array.shape) for array in self.layer.arrays.values()) == 2

    # Lines

    def statements(self) -> tuple[Statement, ...]:
        """The layer's lines, with SymPy's derivative beside the one that people use."""
        return tuple(self._with_derivative(line) for line in self.layer.statements())

    def statement(self, name: str, role: str) -> Statement:
        return next(line for line in self.statements() if (line.name, line.role) == (name, role))

    def _with_derivative(self, line: Statement) -> Statement:
        if line.name != "derivative" or self._kinked:
            return line
        left, *rest = line.relation.sides
        z = sympy.Symbol("z")
        found = self.graph.meaning({}).derived(left.name, z)  # type: ignore[attr-defined]
        return replace(line, relation=Relation((left, tree_of(found, {z: Letter("z")}), *rest)))

    @cache  # noqa: B019
    def graphs(self, *, whole: bool) -> tuple[Graph, ...]:
        """For each region on which the definition is smooth, the definitions on all entries or on representatives."""
        lengths = self.layer.system.lengths
        spaces = [
            Space(lengths, known) if whole else Representatives(lengths, known) for known in self.layer.assumptions
        ]
        return tuple(Graph(self.layer.system, space) for space in spaces)
