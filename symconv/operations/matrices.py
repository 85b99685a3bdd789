"""Operations of linear algebra: the matrix product and its transpose, a new shape row by row, the adjoint of a map."""

from __future__ import annotations

import math
from collections.abc import Mapping, Set
from dataclasses import dataclass, replace

import numpy as np

from symconv.errors import InputError, NotSupportedError
from symconv.forms import Variable
from symconv.notation.tree import Call, Inner, Node, Partial, Product, Symbol, Transpose
from symconv.operations.arrays import ArrayAxis, TermArray, placed, unravel
from symconv.operations.pipeline import Naming, Operation
from symconv.operations.products import Join

FEATURES = "features"
"""The only axis of an array that was written as a vector."""


@dataclass(frozen=True, slots=True)
class Transposed(Operation):
    """The matrix with its two axes exchanged."""

    operand: Operation

    def evaluate(self, leaves: Mapping[str, TermArray]) -> TermArray:
        array = self.operand.evaluate(leaves)
        position = unravel(array.table.columns[0], array.shape)
        return placed(array.axes[::-1], position[::-1], array.table)

    def names(self, leaves: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
        return self.operand.names(leaves)[::-1]

    def on(self, axes: Set[str]) -> Operation:
        return replace(self, operand=self.operand.on(axes))

    def notation(self, names: Naming) -> Node:
        return Transpose(self.operand.notation(names))


@dataclass(frozen=True, slots=True)
class MatMul(Operation):
    """The matrix product: the last axis of `left` and the first of `right` are both called `inner` and are summed.

    Anything else, such as a forgotten transpose, raises `InputError`.
    """

    left: Operation
    right: Operation
    inner: str

    def evaluate(self, leaves: Mapping[str, TermArray]) -> TermArray:
        names = {role: array.names for role, array in leaves.items()}
        order, left = self.names(names), self.left.names(names)
        return Join(self.left, self.right, (), (self.inner,) if self.inner in left else (), order).evaluate(leaves)

    def names(self, leaves: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
        left, right = self.left.names(leaves), self.right.names(leaves)
        if self.inner in (*left, *right) and not left[-1:] == right[:1] == (self.inner,):
            raise InputError(
                f"a matrix product sums over {self.inner}, but its factors have the axes {_axes(left)} and "
                f"{_axes(right)}: transpose, so that it is the last of the left one and the first of the right one"
            )
        outer = (*(name for name in left if name != self.inner), *(name for name in right if name != self.inner))
        if len(set(outer)) < len(outer):
            raise InputError(f"the matrix product has the axis {outer[0]} twice: its factors do not belong together")
        return outer

    def on(self, axes: Set[str]) -> Operation:
        return replace(self, left=self.left.on(axes), right=self.right.on(axes))

    def notation(self, names: Naming) -> Node:
        return Product((self.left.notation(names), self.right.notation(names)))


@dataclass(frozen=True, slots=True)
class Reshape(Operation):
    """The entries along the axes `of`, row by row, in the axes `into` (names and lengths), which stand in their place.

    Raises `InputError` where the axes do not follow each other or the numbers of entries differ.
    """

    operand: Operation
    of: tuple[str, ...]
    into: tuple[tuple[str, int], ...]

    def evaluate(self, leaves: Mapping[str, TermArray]) -> TermArray:
        array = self.operand.evaluate(leaves)
        start = self._start(array.names)
        end = start + len(self.of)
        given, made = array.shape[start:end], tuple(length for _, length in self.into)
        if math.prod(given) != math.prod(made):
            raise InputError(f"{math.prod(given)} entries do not fit into an array of shape {made}")
        position = unravel(array.table.columns[0], array.shape)
        row = np.zeros(len(array.table), dtype=np.int64)
        for length, place in zip(given, position[start:end], strict=True):
            row = row * length + place
        axes = tuple(ArrayAxis(name, np.zeros(length, dtype=np.int8)) for name, length in self.into)
        moved = (*position[:start], *unravel(row, made), *position[end:])
        return placed((*array.axes[:start], *axes, *array.axes[end:]), moved, array.table)

    def _start(self, names: tuple[str, ...]) -> int:
        """Where the axes that are reshaped begin."""
        start = names.index(self.of[0]) if self.of[0] in names else len(names)
        if names[start : start + len(self.of)] != self.of:
            raise InputError(f"an array with the axes {_axes(names)} has no axes {_axes(self.of)} side by side")
        return start

    def names(self, leaves: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
        names = self.operand.names(leaves)
        start = self._start(names)
        return (*names[:start], *(name for name, _ in self.into), *names[start + len(self.of) :])

    def on(self, axes: Set[str]) -> Operation:
        operand, joined = self.operand.on(axes), {*self.of, *(name for name, _ in self.into)}
        if not joined & axes:
            return operand
        if not joined <= axes:
            raise NotSupportedError(f"axes {_axes(self.of)} are joined: compare them together instead of one by one")
        return replace(self, operand=operand)

    def notation(self, names: Naming) -> Node:
        array = self.operand.notation(names)
        if self.into[0][0] == FEATURES:
            return Call("vec", (array,))
        return Call("unvec", (array,), tuple(length for _, length in self.into))


@dataclass(frozen=True, slots=True)
class Adjoint(Operation):
    """The adjoint of a map that is linear in the array `by`, applied to the array `of`: ∂⟨of, operand⟩/∂by.

    A page calls the array `by` V there, because it stands for any array of its shape.
    Raises `InputError` where `of` and the value of the map differ in shape.
    """

    operand: Operation
    of: str
    by: str

    def evaluate(self, leaves: Mapping[str, TermArray]) -> TermArray:
        value, given, by = self.operand.evaluate(leaves), leaves[self.of], leaves[self.by]
        if (value.names, value.shape) != (given.names, given.shape):
            raise InputError(f"the map yields an array of shape {value.shape}, but {self.of} has {given.shape}")
        (argument,) = by.table.factors
        (weight,) = given.table.factors
        place, *columns = value.table.columns
        at = value.table.factors.index(argument)
        result, columns[at] = columns[at], place
        factors = tuple(weight if factor == argument else factor for factor in value.table.factors)
        table = value.table.with_columns((Variable("result", by.shape),), factors, (result, *columns))
        return TermArray(by.axes, table)

    def names(self, leaves: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
        return leaves[self.by]

    def on(self, axes: Set[str]) -> Operation:
        return replace(self, operand=self.operand.on(axes))

    def notation(self, names: Naming) -> Node:
        bound = _Bound(names.slices, names.entries, names.letters, self.by)
        return Partial(Inner(names.leaf(self.of), self.operand.notation(bound)), bound.leaf(self.by))


@dataclass(frozen=True, slots=True)
class _Bound(Naming):
    """A naming in which one array stands for any of its shape and is called V."""

    bound: str = ""

    def leaf(self, role: str) -> Symbol:
        return Symbol("V") if role == self.bound else Naming.leaf(self, role)


def _axes(names: tuple[str, ...]) -> str:
    return f"({', '.join(names)})"
