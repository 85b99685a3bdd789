"""What every operation is, how a page names its arrays, and where a pipeline starts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, fields
from typing import Any

from symconv.notation.tree import Index, Node, Symbol
from symconv.operations.arrays import TermArray


@dataclass(frozen=True, slots=True)
class Naming:
    """How a page calls the arrays and axes of a pipeline.

    `slices` gives for each array the leading index of the slice that is meant; without it, arrays are named whole.
    `entries` gives the index of an entry in letters, `letters` the letter of each axis that a sum may run over.
    """

    slices: Mapping[str, tuple[int | Index, ...]] = field(default_factory=dict)
    entries: Mapping[str, tuple[int | Index, ...]] = field(default_factory=dict)
    letters: Mapping[str, str] = field(default_factory=dict)

    def leaf(self, role: str) -> Symbol:
        index = self.slices.get(role, ())
        return Symbol(role, index, slice=bool(index) and index != self.entries.get(role))

    def entry(self, role: str) -> Symbol:
        return Symbol(role, self.entries[role])

    def summed(self, axes: Sequence[str]) -> tuple[str, ...]:
        return tuple(self.letters[axis] for axis in axes if axis in self.letters)


class Operation:
    """Base of all operations."""

    __slots__ = ()

    def evaluate(self, leaves: Mapping[str, TermArray]) -> TermArray:
        """The value for the given leaf arrays, exact."""
        raise NotImplementedError

    def notation(self, names: Naming) -> Node:
        """The operation as a page shows it."""
        raise NotImplementedError

    def on(self, axes: Set[str]) -> Operation:
        """The same pipeline on some of the axes, its leaves having only these: what it does there by itself.

        Raises `NotSupportedError` where it exchanges one of these axes with another.
        """
        raise NotImplementedError

    def names(self, leaves: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
        """The axes of the value in order, for leaves with the given axes."""
        raise NotImplementedError


def axes_on_the_way(operation: Operation, leaves: Mapping[str, tuple[str, ...]]) -> set[str]:
    """The axes of a pipeline's value and of everything that it goes through, for leaves with the given axes."""
    parts = (getattr(operation, each.name) for each in fields(operation))  # type: ignore[arg-type]
    inner = (axes_on_the_way(part, leaves) for part in parts if isinstance(part, Operation))
    return set(operation.names(leaves)).union(*inner)


@dataclass(frozen=True, slots=True)
class Leaf(Operation):
    """An array that the pipeline starts from."""

    role: str

    def evaluate(self, leaves: Mapping[str, TermArray]) -> TermArray:
        return leaves[self.role]

    def notation(self, names: Naming) -> Node:
        return names.leaf(self.role)

    def on(self, axes: Set[str]) -> Operation:
        return self

    def names(self, leaves: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
        return leaves[self.role]


@dataclass(frozen=True, slots=True)
class Written(Operation):
    """Something already written down, in the place of an operand."""

    node: Node

    def notation(self, names: Naming) -> Node:
        return self.node


def kept_numbers(names: Sequence[str], axes: Set[str]) -> list[int]:
    """The numbers of the axes that stay."""
    return [number for number, name in enumerate(names) if name in axes]


def chosen_fields(operation: Operation, fields: Sequence[str], kept: Sequence[int]) -> dict[str, Any]:
    """The given fields, which hold one value an axis, for the axes that stay."""
    return {name: tuple(getattr(operation, name)[number] for number in kept) for name in fields}
