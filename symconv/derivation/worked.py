"""The steps of worked numbers: what was given, each array in numbers, and one entry of each with its numbers put in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from operator import or_

import numpy as np

from symconv.derivation.elision import Limits, shortened
from symconv.derivation.entries import matrix_of
from symconv.derivation.evidence import Evidence
from symconv.derivation.instances import Instance, left_letters
from symconv.derivation.numbers import Line, Worked, bare, number_node, shown_whole
from symconv.derivation.steps import Step
from symconv.notation.layout import Display
from symconv.notation.tree import Decimal, Dots, Letter, Node, Partial, Relation, Symbol, walk

MOST_SLICES = 4
"""So many matrices of an array with more than two axes are shown."""
ABOUT = Letter(r"\approx")
"""The sign before rounded numbers, for the words of a page."""
ROUNDED_TO_1 = (Decimal(1, 0), Decimal(-1, 0))
"""Numbers so close to 1 that nothing sensible is left of 1 minus them; they are not put in."""
CHAIN = 4
"""Sides of a whole chain: array, formula, numbers, value."""


@dataclass(frozen=True)
class WorkedSteps:
    """Builds the steps that show a derivation in numbers.

    `entries` are equations about one entry of an array each, by the role that they are about; `lines` are about whole
    arrays, or about all entries in index letters. Those that speak of derivatives or of unknown arrays are passed over.
    """

    worked: Worked
    limits: Limits
    entries: Mapping[str, Relation]
    lines: Sequence[Line]

    # Steps

    def given(self, roles: Sequence[str]) -> Step:
        """The arrays that numbers were given for."""
        nodes = tuple(node for role in roles for node in self.matrices(role))
        facts = {"exact": self.worked.exact, "rearranged": self.worked.rearranged, "about": ABOUT}
        return Step("values/given", "", "brief", {"arrays": Display(nodes, "packed")}, facts)

    def found(self, roles: Sequence[str], heading: str) -> Step:
        """Arrays that were computed; `heading` is "forward" or "backward"."""
        displays: dict[str, Display] = {}
        for role in roles:
            entry, whole = self.worked_entry(role), self.worked_whole(role)
            if entry is not None:
                displays[f"entry {role}"] = Display((entry,))
            if whole is not None:
                displays[f"whole {role}"] = Display((whole,))
            elif entry is None or self.worked[role].size > 1:
                displays[f"whole {role}"] = Display(tuple(self.matrices(role)), "packed")
        facts = {"roles": list(roles), "symbols": {role: Symbol(role) for role in roles}}
        return Step(f"values/{heading}", "", "brief", displays, facts)

    def evidence(self, found: Sequence[Evidence]) -> Step:
        return Step("values/evidence", "", "brief", {}, {"all": list(found)})

    # Arrays

    def matrices(self, role: str) -> list[Node]:
        """The numbers of an array as matrices, those of its first slices where it has more than two axes."""
        array = self.worked[role]
        leading = list(np.ndindex(*array.shape[:-2])) if array.ndim > 2 else [()]
        return [
            Dots("row") if at is None else self._matrix(role, at) for at in shortened(leading, MOST_SLICES, first=3)
        ]

    def _matrix(self, role: str, at: tuple[int, ...]) -> Node:
        inside = self.worked.laid(role, at)
        name = Symbol(role, at, slice=bool(at))
        if self.worked.single(role, inside):
            return Relation((name, number_node(inside.item())), "=" if shown_whole(inside.item()) else "≈")
        matrix = matrix_of(inside.shape, self.limits, lambda position: number_node(inside[position]))
        return Relation((name, matrix), "≈" if _is_rounded(matrix) else "=")

    # Equations

    def worked_entry(self, role: str) -> Relation | None:
        """An equation about one entry, with its numbers and what they come to."""
        relation = self.entries.get(role)
        if relation is not None:
            return self._chain(Line(relation), relation.sides[-1])
        for line in self.lines:
            letters = self._letters(line, role)
            found = None if letters is None else self._at(line, letters)
            if found is not None:
                return found
        return None

    def _letters(self, line: Line, role: str) -> Mapping[str, int] | None:
        """The numbers for the letters of a line about an entry of an array, None for other lines."""
        left = line.relation.sides[0]
        if not isinstance(left, Symbol) or left.role != role or role not in self.worked.arrays:
            return None
        letters = left_letters(left)
        if letters is None:
            return None if self.worked[role].ndim or left.index else {}
        return dict(zip(letters, self.worked.telling(role, (0,) * self.worked[role].ndim), strict=False))

    def _at(self, line: Line, letters: Mapping[str, int]) -> Relation | None:
        """A line in index letters at one place; None where it speaks of derivatives throughout."""
        side = line.relation.sides[-1]
        if _speaks_of_derivatives(side):
            return None
        written = Instance.of(side, letters, self.worked.shape, self.limits.terms)
        summed = replace(written, summed=lambda node: self.worked.total(node, line.constants))
        left = written(line.relation.sides[0])
        return self._chain(Line(Relation((left, written(side))), line.constants), summed(side))

    def worked_whole(self, role: str) -> Relation | None:
        """An equation about a whole array with matrices of numbers in the place of its symbols."""
        if max(self._sizes(role), default=0) > self.limits.matrix:
            return None
        for line in self.lines:
            if line.relation.sides[0] == Symbol(role):
                for side in line.relation.sides[1:]:
                    found = self._chain(Line(Relation((Symbol(role), side)), line.constants), side)
                    if found is not None:
                        return found if len(found.sides) == CHAIN else None
        return None

    def _chain(self, line: Line, side: Node) -> Relation | None:
        """left = formula = numbers = value, ≈ from the first number on that is rounded; None where a number lacks.

        The numbers are put into `side`, the formula as it is to be computed.
        """
        left, formula = line.relation.sides[0], line.relation.sides[-1]
        put_in, value = self.worked.put_in(side, line.constants), self.worked.put_in(left)
        if put_in is None or value is None:
            return None
        numbers = [bare(put_in)] if put_in == value else [bare(put_in), bare(value)]
        if any(part in ROUNDED_TO_1 for part in walk(put_in)):
            numbers = numbers[-1:]
        rounded = list(accumulate(map(_is_rounded, numbers), or_))
        return Relation((left, formula, *numbers), signs=("=", *("≈" if about else "=" for about in rounded)))

    def _sizes(self, role: str) -> list[int]:
        """The lengths of the axes of the matrices that an equation about an array would show."""
        roles = {role} | {
            part.role
            for line in self.lines
            if line.relation.sides[0] == Symbol(role)
            for part in walk(line.relation)
            if isinstance(part, Symbol)
        }
        shapes = (self.worked.shape(name) for name in roles)
        return [size for shape in shapes if shape is not None and len(shape) <= 2 for size in shape]


def _is_rounded(node: Node) -> bool:
    return any(isinstance(part, Decimal) for part in walk(node))


def _speaks_of_derivatives(node: Node) -> bool:
    return any(isinstance(part, Partial) for part in walk(node))
