"""Layers whose output is an expression of their input: what they share.

A smooth layer states its definition and what it claims as notation trees (`symconv.meaning` says what these mean). The
proofs compare the trees with SymPy's derivatives, the pages print them, and `forward` and `backward` put numbers in.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from symconv.forms import Shape, Variable
from symconv.meaning.definitions import LOSS, System
from symconv.meaning.evaluate import Entries, free_letters
from symconv.meaning.numbers import Numbers, decimals
from symconv.notation.tree import Relation

LOSS_SYMBOLS = {"L": "L", "l": r"\ell"}
EXAMPLE = r"\nu"
"""The letter of an example in the batch."""
DIGITS = 30
"""What floats are computed with."""


@dataclass(frozen=True)
class Statement:
    """One line of a derivation, a chain of equal sides that holds for all positions of its letters.

    `role` says what it is about: O, dX, dF, db, or the role of something in between. `distinct` are two indices that
    are not the same; `given` is what the line supposes.
    """

    name: str
    role: str
    relation: Relation
    distinct: tuple[tuple[str, ...], ...] = ()
    given: Relation | None = None


def stated(system: System) -> tuple[Statement, ...]:
    """The definitions as lines of a page."""
    return tuple(Statement("definition", each.role, each.relation) for each in system.definitions)


class Smooth(ABC):
    """Arrays in the shapes of `arrays`, and formulas that speak of them along the axes of `system`."""

    kind: ClassVar[str]
    symbols: ClassVar[Mapping[str, str]]
    batch: int

    @property
    @abstractmethod
    def arrays(self) -> Mapping[str, Variable]:
        """The shape of every array by role, as the user sees it."""

    @property
    def parameters(self) -> tuple[str, ...]:
        return tuple(role for role in ("F", "b") if role in self.arrays)

    @property
    @abstractmethod
    def system(self) -> System:
        """The definitions, on the axes that formulas speak of."""

    @abstractmethod
    def statements(self) -> tuple[Statement, ...]:
        """Every line that a page shows, in reading order; "closed" names the result for a gradient."""

    @property
    def assumptions(self) -> tuple[Mapping[str, Mapping[str, bool]], ...]:
        """The regions on which the definition is smooth, as SymPy's assumptions about the entries of arrays."""
        return ({},)

    def statement(self, name: str, role: str) -> Statement:
        return next(line for line in self.statements() if (line.name, line.role) == (name, role))

    def to_system(self, role: str, array: Entries) -> Entries:
        """An array of the user's along the axes of formulas."""
        return array.reshape(self.system.shape(role))

    def from_system(self, role: str, array: Entries) -> Entries:
        """An array along the axes of formulas as the user sees it."""
        return array.reshape(self.shape(role))

    def shape(self, role: str) -> Shape:
        """The shape of an array, of its gradient, or of the gradient at the output."""
        return self.arrays["O" if role == "G" else role].shape

    # Numbers

    def forward(self, numbers: Numbers | None = None, **arrays: Any) -> Any:
        """The output for the arrays X, F, ... given by role, in numbers of the kind that is asked for.

        Without one, the result is floats, computed with more digits than they have.

        >>> from symconv.layers.softmax import Softmax
        >>> Softmax(inputs=2).forward(X=[0, 0]).tolist()
        [0.5, 0.5]
        """
        found = self._evaluated(numbers or decimals(DIGITS), arrays).arrays[self._output]
        return _handed_out(self.from_system("O", found), numbers)

    def backward(self, numbers: Numbers | None = None, **arrays: Any) -> dict[str, Any]:
        """The gradients dX, dF, ... by the closed forms, for the arrays X, G, ... given by role; numbers as above."""
        meaning = self._evaluated(numbers or decimals(DIGITS), arrays)
        found = {}
        for role in self.arrays:
            if role in ("O", "Y"):
                continue
            relation = self.statement("closed", f"d{role}").relation
            letters = free_letters(relation.sides[0])
            positions = np.ix_(*map(np.arange, self.system.shape(role)[: len(letters)])) if letters else ()
            entries = meaning.at(dict(zip(letters, positions, strict=True)), relation.sides[-1])
            gradient = self.from_system(role, np.asarray(entries, dtype=object))
            found[f"d{role}"] = _handed_out(gradient, numbers)
        return found

    def defined(self, numbers: Numbers, **arrays: Any) -> Mapping[str, Entries]:
        """All arrays that the definitions name, by role and along the axes of formulas, in numbers of that kind."""
        found: Mapping[str, Entries] = self._evaluated(numbers, arrays).arrays
        return found

    @property
    def _output(self) -> str:
        return LOSS if LOSS in self.system.defined else "O"

    def _evaluated(self, numbers: Numbers, arrays: Mapping[str, Any]) -> Any:
        given: dict[str, Any] = {role: array for role, array in arrays.items() if role in {*self.arrays, "G"}}
        more = {name: value for name, value in arrays.items() if name not in given}
        laid = {role: self.to_system(role, _numbers(numbers, array)) for role, array in given.items()}
        letters = {f"\\{name}": value for name, value in more.items()}
        return self.system.evaluated(numbers, laid, **letters)


def _handed_out(array: Entries, numbers: Numbers | None) -> Any:
    return array if numbers else array.astype(float)


def _numbers(numbers: Numbers, array: Any) -> Entries:
    return np.asarray(np.frompyfunc(numbers.of, 1, 1)(np.asarray(array, dtype=object)), dtype=object)
