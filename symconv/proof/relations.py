"""Pipelines of array operations read as relations, for arrays whose axes have unknown lengths.

A pipeline becomes conditions between the position of an entry in its result and the positions in its arrays of what is
multiplied there: `axis_map`, `sources` and `window_map` of the very operations, with letters in place of sizes.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias

from symconv.errors import NotSupportedError
from symconv.operations import (
    Adjoint,
    AxisOperation,
    Correlate,
    Fold,
    IndexSum,
    Join,
    Leaf,
    LetterSum,
    Operation,
    Rename,
    Repeat,
    Scale,
    Total,
    Unfold,
    Unroll,
    axes_on_the_way,
    tap,
)
from symconv.proof.affine import Affine

ONE = Fraction(1)
Place: TypeAlias = Mapping[str, Affine]
"""A position, one number an axis."""


@dataclass(frozen=True, slots=True)
class AllOnes(Operation):
    """An array of ones whose axes have the given lengths, known or not."""

    lengths: tuple[tuple[str, Affine], ...]

    def names(self, leaves: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
        return tuple(axis for axis, _ in self.lengths)

    def on(self, axes: Set[str]) -> Operation:
        return AllOnes(tuple((axis, length) for axis, length in self.lengths if axis in axes))

    def notation(self, names: Any) -> Any:
        from symconv.notation.tree import Ones

        return Ones()


@dataclass(frozen=True)
class Read:
    """What an operation says of one entry of its result: a sum of products.

    There is one product for every choice of the `unknowns` that fulfils the `constraints`. `leaves` are the arrays
    that it multiplies and where it reads them, `coefficient` is the number in front of it.
    """

    constraints: tuple[str, ...]
    unknowns: tuple[str, ...] = ()
    leaves: tuple[tuple[str, Place], ...] = ()
    coefficient: Fraction = ONE

    @property
    def factors(self) -> list[str]:
        return [role for role, _ in self.leaves]

    def places(self, role: str, at: Place, factors: Sequence[str]) -> dict[str, Place]:
        """Where the entry of an array stands, and then its factors in the given order, each of which occurs once."""
        return {role: at, **{factor: dict(self.leaves)[factor] for factor in factors}}

    def with_(self, constraints: list[str], unknowns: tuple[str, ...] = ()) -> Read:
        """The same with more conditions and unknowns in front."""
        return Read((*constraints, *self.constraints), (*unknowns, *self.unknowns), self.leaves, self.coefficient)


def times(ours: Read, theirs: Read) -> Read:
    """Every product of the one times every product of the other."""
    return Read(
        (*ours.constraints, *theirs.constraints), (*ours.unknowns, *theirs.unknowns),
        (*ours.leaves, *theirs.leaves), ours.coefficient * theirs.coefficient,
    )  # fmt: skip


class Reader:
    """Reads pipelines for arrays whose axes have the given lengths.

    `negative` says whether a number may be negative at all; a length that is not is written as it stands. `agreed`
    collects the pairs of lengths that have to be equal for the pipeline to have a value.
    """

    def __init__(
        self, lengths: Mapping[str, Mapping[str, Affine]], negative: Callable[[Affine], bool] = lambda _: True
    ) -> None:
        self.lengths = lengths
        self.agreed: list[tuple[Affine, Affine]] = []
        self._negative = negative
        self._axes = {role: tuple(axes) for role, axes in lengths.items()}
        self._fresh = (f"e{number}" for number in itertools.count())

    def names(self, operation: Operation) -> tuple[str, ...]:
        """The axes of the result in order."""
        return operation.names(self._axes)

    def every_axis(self, operation: Operation) -> set[str]:
        """The axes of the result and of everything on the way to it."""
        return axes_on_the_way(operation, self._axes)

    def length(self, operation: Operation, axis: str) -> Affine:
        """How long an axis of the result is; never negative."""
        found = self._length(operation, axis)
        return found.positive() if self._negative(found) else found

    def _length(self, operation: Operation, axis: str) -> Affine:
        return Affine.of(_entry_for(operation)[0](self, operation, axis))

    def _leaf_length(self, operation: Leaf, axis: str) -> Affine:
        return self.lengths[operation.role][axis]

    def _ones_length(self, operation: AllOnes, axis: str) -> Affine:
        return dict(operation.lengths)[axis]

    def _moved_length(self, operation: AxisOperation, axis: str) -> Affine:
        inner = self.length(operation.operand, axis)
        if axis not in operation.axes:
            return inner
        return Affine.of(operation.axis_map(operation.axes.index(axis), inner).length)

    def _joined_length(self, operation: Join, axis: str) -> Affine:
        if axis not in operation.spatial:
            return self.length(self._having(operation, axis)[0], axis)
        number = operation.spatial.index(axis)
        if isinstance(operation, Correlate):
            return self._room(operation, axis) // operation.stride[number] + 1
        if isinstance(operation, IndexSum):
            return Affine.of(operation.lengths[number])
        raise unread(operation)

    def _renamed_length(self, operation: Rename, axis: str) -> Affine:
        return self.length(operation.operand, _old(operation).get(axis, axis))

    def _same_length(self, operation: Scale | Total, axis: str) -> Affine:
        return self.length(operation.operand, axis)

    def _repeated_length(self, operation: Repeat, axis: str) -> Affine:
        return Affine.of(dict(operation.lengths)[axis])

    def _adjoint_length(self, operation: Adjoint, axis: str) -> Affine:
        return self.lengths[operation.by][axis]

    def _summed_length(self, operation: LetterSum, axis: str) -> Affine:
        return self.length(operation.pipeline, axis)

    def _having(self, operation: Join, axis: str) -> list[Operation]:
        """The operands that have an axis. Raises `NotSupportedError` where none has."""
        found = [operand for operand in (operation.signal, operation.filter) if axis in self.names(operand)]
        if not found:
            raise NotSupportedError(f"a product has the axis {axis}, which none of its arrays has")
        return found

    def _room(self, operation: Join, axis: str) -> Affine:
        """How far the filter can move."""
        return self.length(operation.signal, axis) - self.length(operation.filter, axis)

    def _unfolded_length(self, operation: Unfold, axis: str) -> Affine:
        taps = dict(zip(map(tap, operation.axes), operation.sizes, strict=True))
        if axis in taps:
            return Affine.of(taps[axis])
        inner = self.length(operation.operand, axis)
        if axis not in operation.axes:
            return inner
        return Affine.of(operation.window_map(operation.axes.index(axis), inner).windows)

    def _folded_length(self, operation: Fold, axis: str) -> Affine:
        windows = self.length(operation.operand, axis)
        if axis not in operation.axes:
            return windows
        size = self.length(operation.operand, tap(axis))
        return Affine.of(operation.window_map(operation.axes.index(axis), windows, size).length)

    def _unrolled_length(self, operation: Unroll, axis: str) -> Affine:
        known = dict(zip(operation.axes, operation.length, strict=True))
        known |= {window(name): count for name, count in zip(operation.axes, operation.count, strict=True)}
        return Affine.of(known[axis]) if axis in known else self.length(operation.operand, axis)

    def read(self, operation: Operation, at: Place) -> Read:
        """The relation for the entry at a position."""
        found: Read = _entry_for(operation)[1](self, operation, at)
        return found

    def _leaf(self, operation: Leaf, at: Place) -> Read:
        return Read(tuple(_inside(at, self.lengths[operation.role])), (), ((operation.role, dict(at)),))

    def _ones(self, operation: AllOnes, at: Place) -> Read:
        return Read(tuple(_inside(at, dict(operation.lengths))))

    def _renamed(self, operation: Rename, at: Place) -> Read:
        return self.read(operation.operand, {_old(operation).get(axis, axis): place for axis, place in at.items()})

    def _scaled(self, operation: Scale, at: Place) -> Read:
        return times(Read((), coefficient=operation.by), self.read(operation.operand, at))

    def _repeated(self, operation: Repeat, at: Place) -> Read:
        own = {axis: at[axis] for axis in self.names(operation.operand)}
        return self.read(operation.operand, own).with_(_inside(at, self._lengths(operation)))

    def _totalled(self, operation: Total, at: Place) -> Read:
        unknown = self._unknown(operation.axes)
        everywhere = {**at, **unknown}
        inner = {axis: everywhere[axis] for axis in self.names(operation.operand)}
        return self.read(operation.operand, inner).with_([], tuple(map(str, unknown.values())))

    def _summed(self, operation: LetterSum, at: Place) -> Read:
        return self.read(operation.pipeline, at)

    def _lengths(self, operation: Operation) -> dict[str, Affine]:
        return {axis: self.length(operation, axis) for axis in self.names(operation)}

    def _unknown(self, axes: tuple[str, ...]) -> dict[str, Affine]:
        return {axis: Affine.letter(next(self._fresh)) for axis in axes}

    def _moved(self, operation: AxisOperation, at: Place) -> Read:
        """Position j of the operand is at scale·j + offset, if that lies within the length."""
        constraints: list[str] = []
        unknown = self._unknown(operation.axes)
        for number, axis in enumerate(operation.axes):
            mapped = operation.axis_map(number, self.length(operation.operand, axis))
            constraints.append(f"{at[axis]} = {mapped.scale * unknown[axis] + mapped.offset}")
            constraints += _between(at[axis], Affine.of(mapped.length))
        return self.read(operation.operand, {**at, **unknown}).with_(constraints, tuple(map(str, unknown.values())))

    def _adjoint(self, operation: Adjoint, at: Place) -> Read:
        """The same products, found from the position in `by` that they read instead of the one that they stand at."""
        operand, of, by = operation.operand, operation.of, operation.by
        unknown = self._unknown(tuple(self.lengths[of]))
        inner = self.read(operand, unknown)
        for axis, length in self.lengths[of].items():
            self._agree(self.length(operand, axis), length)
        (there,) = (place for role, place in inner.leaves if role == by)
        equal = [f"{place} = {at[axis]}" for axis, place in there.items()]
        leaves = (*(leaf for leaf in inner.leaves if leaf[0] != by), (of, unknown))
        unknowns = (*map(str, unknown.values()), *inner.unknowns)
        return Read((*inner.constraints, *equal), unknowns, leaves, inner.coefficient)

    def _joined(self, operation: Join, at: Place) -> Read:
        """A product: contracted axes and places in the filter are unknown, the rest is shared or free."""
        constraints: list[str] = []
        unknown = self._unknown((*operation.contracted, *operation.spatial))
        everywhere = {**at, **unknown}
        signal, filter = (
            {axis: everywhere[axis] for axis in self.names(operand)} for operand in (operation.signal, operation.filter)
        )
        for number, axis in enumerate(operation.spatial):
            signal[axis] = Affine.of(operation.sources(number, at[axis], everywhere[axis]))  # type: ignore[arg-type]
            constraints += self._fits(operation, axis, at[axis])
        for axis in dict.fromkeys((*signal, *filter)):
            having = self._having(operation, axis)
            if len(having) == 2 and axis not in operation.spatial:
                self._agree(*(self.length(operand, axis) for operand in having))
        both = times(self.read(operation.signal, signal), self.read(operation.filter, filter))
        return both.with_(constraints, tuple(map(str, unknown.values())))

    def _agree(self, left: Affine, right: Affine) -> None:
        if left != right:
            self.agreed.append((left, right))

    def _fits(self, operation: Join, axis: str, place: Affine) -> list[str]:
        """That the filter laid at a place lies in the signal, or for a sum with indices that there is such an entry."""
        if isinstance(operation, Correlate):
            number = operation.spatial.index(axis)
            return [f"0 <= {place}", f"{operation.stride[number] * place} <= {self._room(operation, axis)}"]
        return _between(place, self.length(operation, axis))

    def _unfolded(self, operation: Unfold, at: Place) -> Read:
        """Place f of window i is position stride·i + f of the operand."""
        constraints: list[str] = []
        inner = {axis: at[axis] for axis in self.names(operation.operand)}
        for number, axis in enumerate(operation.axes):
            inner[axis] = operation.stride[number] * at[axis] + at[tap(axis)]
            constraints += _between(at[axis], self.length(operation, axis))
            constraints += _between(at[tap(axis)], self.length(operation, tap(axis)))
        return self.read(operation.operand, inner).with_(constraints)

    def _unrolled(self, operation: Unroll, at: Place) -> Read:
        """The operand laid down for window i, stride·i - before further on."""
        inner = {axis: at[axis] for axis in self.names(operation.operand)}
        for number, axis in enumerate(operation.axes):
            inner[axis] = at[axis] - operation.stride[number] * at[window(axis)] + operation.before[number]
        axes = (*operation.axes, *map(window, operation.axes))
        inside = [text for axis in axes for text in _between(at[axis], self.length(operation, axis))]
        return self.read(operation.operand, inner).with_(inside)

    def _folded(self, operation: Fold, at: Place) -> Read:
        """Every window's place f stands at stride·i + f of the result."""
        constraints: list[str] = []
        unknown = self._unknown(tuple(name for axis in operation.axes for name in (axis, tap(axis))))
        for number, axis in enumerate(operation.axes):
            constraints.append(f"{at[axis]} = {operation.stride[number] * unknown[axis] + unknown[tap(axis)]}")
        inner = {**at, **unknown}
        found = self.read(operation.operand, {axis: inner[axis] for axis in self.names(operation.operand)})
        return found.with_(constraints, tuple(map(str, unknown.values())))


READINGS: Mapping[type[Operation], tuple[Callable[..., Affine], Callable[..., Read]]] = {
    Leaf: (Reader._leaf_length, Reader._leaf),
    AllOnes: (Reader._ones_length, Reader._ones),
    AxisOperation: (Reader._moved_length, Reader._moved),
    Join: (Reader._joined_length, Reader._joined),
    Unfold: (Reader._unfolded_length, Reader._unfolded),
    Fold: (Reader._folded_length, Reader._folded),
    Unroll: (Reader._unrolled_length, Reader._unrolled),
    Rename: (Reader._renamed_length, Reader._renamed),
    Scale: (Reader._same_length, Reader._scaled),
    Total: (Reader._same_length, Reader._totalled),
    Repeat: (Reader._repeated_length, Reader._repeated),
    Adjoint: (Reader._adjoint_length, Reader._adjoint),
    LetterSum: (Reader._summed_length, Reader._summed),
}
"""How long the result of an operation is on an axis, and what it says of an entry; for its subclasses too."""


def _entry_for(operation: Operation) -> tuple[Callable[..., Affine], Callable[..., Read]]:
    for kind in type(operation).__mro__:
        if kind in READINGS:
            return READINGS[kind]
    raise unread(operation)


def _old(operation: Rename) -> dict[str, str]:
    """What each renamed axis was called."""
    return {new: name for name, new in operation.renamed}


def window(axis: str) -> str:
    """What the axis of windows along a spatial axis is called in the unrolled matrix."""
    return f"window {axis}"


def unread(operation: Operation) -> NotSupportedError:
    return NotSupportedError(f"{type(operation).__name__} is not read as a relation for all sizes")


def _between(place: Affine, length: Affine) -> list[str]:
    return [f"0 <= {place}", f"{place} < {length}"]


def _inside(at: Place, lengths: Mapping[str, Affine]) -> list[str]:
    return [text for axis, place in at.items() for text in _between(place, lengths[axis])]
