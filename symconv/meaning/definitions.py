"""Arrays that are defined by trees, one after the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from symconv.meaning.evaluate import Defined, Entries, Meaning
from symconv.meaning.numbers import Numbers
from symconv.notation.build import entry
from symconv.notation.tree import Node, Relation, Symbol, equals

LOSS = "L"


@dataclass(frozen=True)
class Definition:
    """The array `role`, whose entry at the letters is `body`."""

    role: str
    letters: tuple[str, ...]
    body: Node

    @property
    def left(self) -> Symbol:
        return entry(self.role, *self.letters)

    @property
    def relation(self) -> Relation:
        return equals(self.left, self.body)


@dataclass(frozen=True)
class System:
    """Arrays given and arrays defined from them.

    `axes` names the axes of every array, `lengths` how long they are. `functions` are functions of one number by name,
    `constants` numbers by letter, `open` the letters of numbers that are not fixed, with SymPy's assumptions about
    them. Where no array called L is defined, the loss is any function of O whose gradient is G.
    """

    axes: Mapping[str, tuple[str, ...]]
    lengths: Mapping[str, int]
    definitions: tuple[Definition, ...]
    functions: Mapping[str, Defined] = field(default_factory=dict)
    constants: Mapping[str, Fraction] = field(default_factory=dict)
    open: Mapping[str, Mapping[str, bool]] = field(default_factory=dict)

    def shape(self, role: str) -> tuple[int, ...]:
        return tuple(self.lengths[axis] for axis in self.axes[role])

    @property
    def defined(self) -> tuple[str, ...]:
        return tuple(definition.role for definition in self.definitions)

    @property
    def given(self) -> tuple[str, ...]:
        return tuple(role for role in self.axes if role not in self.defined)

    def evaluated(self, numbers: Numbers, arrays: Mapping[str, Entries], **more: Any) -> Meaning:
        """What trees mean with these arrays given and the others computed from them.

        `more` are values for the open letters.
        """
        constants = {name: numbers.number(Fraction(value)) for name, value in self.constants.items()}
        constants |= {name: numbers.of(value) for name, value in more.items()}
        meaning = Meaning(numbers, dict(arrays), {}, constants, self.functions, self.axes)
        found = dict(arrays)
        for definition in self.definitions:
            meaning = Meaning(numbers, found, {}, constants, self.functions, self.axes)
            found[definition.role] = filled(meaning, definition, self.shape(definition.role))
        return Meaning(numbers, found, {}, constants, self.functions, self.axes)


def filled(meaning: Meaning, definition: Definition, shape: tuple[int, ...]) -> Entries:
    """All entries of a defined array."""
    positions = dict(zip(definition.letters, np.ix_(*map(np.arange, shape)), strict=True)) if shape else {}
    return np.asarray(meaning.at(positions, definition.body), dtype=object)
