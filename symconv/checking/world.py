"""The arrays of a layer as polynomials in independent entries, and their derivatives by the chain rule.

What the layer computes comes from its definition; nothing here knows a closed form.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import numpy as np

from symconv.derivation.gradients import ONE, Calculus
from symconv.errors import LimitError
from symconv.forms import Form, Table, Term, distinct
from symconv.meaning.polynomials import Atom, Polynomial, atom, constant, int_if_whole, spend, total
from symconv.notation.tree import GRADIENT_OF

if TYPE_CHECKING:
    from numpy.typing import NDArray

Entries: TypeAlias = "NDArray[Any]"
Position: TypeAlias = tuple[int, ...]
MOST_ENTRIES = 60_000
"""Arrays with more entries have values only entry by entry."""
MADE = 10
"""As how many products of terms one term counts that is made from a layer's definition."""


class World(Protocol):
    """Arrays by role; positions count from 0."""

    @property
    def shapes(self) -> Mapping[str, Position]:
        """The shape of every array and gradient."""

    def entry(self, role: str, position: Position) -> Polynomial:
        """One entry of an array."""

    def derivative(self, over: Polynomial, role: str, position: Position) -> Polynomial:
        """The derivative of a value by one entry of an array."""

    def window(self, position: Position) -> frozenset[Atom]:
        """The entries of X that an entry of O is made of."""


class FormWorld:
    """A layer whose output is a sum of products of its arrays.

    The entries of X, F, b, of the masks M and of G = ∂L/∂O are independent; O, the other gradients, the unrolled matrix
    C and the divisors D are made of them. With a `mean` of 1/batch, G is the gradient of one example's loss.

    >>> from symconv.layers.conv import Conv
    >>> world = FormWorld(Conv(input=3, filter=2))
    >>> world.entry("dX", (0,)) == atom("G", 0) * atom("F", 0)
    True
    """

    def __init__(self, layer: Any, mean: Fraction = ONE) -> None:
        self.layer = layer
        self.calculus = Calculus(layer, mean)
        self._entries: dict[tuple[str, Position], Polynomial] = {}
        self._near: dict[tuple[str, Position], World] = {}

    @cached_property
    def shapes(self) -> Mapping[str, Position]:
        arrays = {role: array.shape for role, array in self.layer.arrays.items()}
        of_gradients = {role: arrays[of] for role, of in GRADIENT_OF.items() if of in arrays}
        return {**arrays, **of_gradients, **self._made(arrays), "L": ()}

    def _made(self, arrays: Mapping[str, Position]) -> dict[str, Position]:
        """The shapes of what only some layers have: the unrolled matrix, divisors, averaging matrices, chosen masks."""
        symbols, found = self.layer.symbols, dict[str, Position]()
        size = {role: math.prod(arrays[role]) for role in "XO"}
        if "C" in symbols:
            batch = self.layer.batch
            size = {role: count // batch for role, count in size.items()}
            found["C"] = (size["X"], size["O"]) if self._is_transposed else (size["O"], size["X"])
        found |= {role: arrays["O"] for role in ("D", "V") if role in symbols}
        if "P1" in symbols:
            pairs = list(zip(arrays["O"], arrays["X"], strict=True))[-self._spatial :]
            found |= {f"P{at}" if len(pairs) > 1 else "P": pair for at, pair in enumerate(pairs, 1)}
        if "M" in symbols and "M" not in arrays:
            found["M"] = self._masked.arrays["M"].shape
        return found

    @property
    def _spatial(self) -> int:
        """How many axes are neither examples nor channels."""
        return len(self.layer.axes)

    @property
    def _is_transposed(self) -> bool:
        return bool(self.layer.kind == "conv-transpose")

    @cached_property
    def _masked(self) -> Any:
        """The pooling layer without a choice of maxima."""
        return replace(self.layer, argmax=None)

    @cached_property
    def _chosen(self) -> Mapping[Position, int]:
        """The mask at each place, where the maxima are chosen."""
        found = {}
        for at in np.ndindex(*self.shapes["O"]):
            kept = self.entry("O", at).atoms
            for product in _sum(Calculus(self._masked).output(at)).terms:
                (mask,) = (each for each in product if each[0] == "M")
                found[mask[1]] = int(any(each in kept for each in product))
        return found

    def entry(self, role: str, position: Position) -> Polynomial:
        key = role, position
        if key not in self._entries:
            self._entries[key] = self._found(role, position)
        return self._entries[key]

    def _found(self, role: str, position: Position) -> Polynomial:
        if role == "O":
            return _sum(self.calculus.output(position))
        if role in GRADIENT_OF and role != "G":
            return _of_terms(self.calculus.gradient(GRADIENT_OF[role], position).terms())
        made = _MADE.get(role)
        if made is not None and role not in self.layer.arrays:
            return made(self, position)
        return atom(role, *position)

    def _unrolled(self, position: Position) -> Polynomial:
        row, column = position[::-1] if self._is_transposed else position
        output, input = _unravelled(row, self.shapes["O"]), _unravelled(column, self.shapes["X"])
        return self.derivative(self.entry("O", output), "X", input)

    def _divisor(self, position: Position) -> Polynomial:
        return constant(int_if_whole(1 / Fraction(next(iter(self.entry("O", position).terms.values())))))

    def _mask(self, position: Position) -> Polynomial:
        return constant(self._chosen.get(position, 0))

    def averaging(self, axis: int, position: Position) -> Polynomial:
        """The entry of the matrix that averages along one axis: the others' weights add up to 1."""
        count = len(self.shapes["O"])
        axis += count - self._spatial
        output = tuple(position[0] if at == axis else 0 for at in range(count))
        terms = self.entry("O", output).terms.items()
        return constant(
            int_if_whole(sum((Fraction(value) for ((_, at),), value in terms if at[axis] == position[1]), Fraction()))
        )

    def window(self, position: Position) -> frozenset[Atom]:
        """The entries of X that one entry of O is made of; of a pooling layer, before any of them is chosen."""
        chosen = "M" in self.shapes and "M" not in self.layer.arrays
        entry = _sum(Calculus(self._masked).output(position)) if chosen else self.entry("O", position)
        return frozenset(each for each in entry.atoms if each[0] == "X")

    def derivative(self, over: Polynomial, role: str, position: Position) -> Polynomial:
        return over.derivative((role, position))

    def near(self, role: str, position: Position) -> World:
        """For derivatives of O by one entry of X, F or b: the outputs have only the terms that it stands in."""
        key = role, position
        if key not in self._near:
            self._near[key] = Near(self, self._terms_with(*key)) if self._is_entry(*key) else self
        return self._near[key]

    def _is_entry(self, role: str, position: Position) -> bool:
        """Whether it is one entry of what the output is computed from."""
        shape = self.layer.arrays[role].shape if role in self.layer.arrays and role != "M" else ()
        return 0 < len(position) == len(shape) and all(0 <= at < n for at, n in zip(position, shape, strict=True))

    def _terms_with(self, role: str, position: Position) -> dict[Position, Polynomial]:
        """The terms of each output in which an entry stands."""
        local = self.calculus.local(role, position)
        found = {_unravelled(flat, self.shapes["O"]): local.where("O", flat) for flat in distinct(local.column("O"))}
        return {output: of_table(terms) * atom(role, *position) for output, terms in found.items()}


@dataclass(frozen=True)
class Another:
    """A world whose output is another one."""

    world: World

    @property
    def shapes(self) -> Mapping[str, Position]:
        return self.world.shapes

    def entry(self, role: str, position: Position) -> Polynomial:
        return self._output(position) if role == "O" else self.world.entry(role, position)

    def _output(self, position: Position) -> Polynomial:
        raise NotImplementedError

    def derivative(self, over: Polynomial, role: str, position: Position) -> Polynomial:
        return over.derivative((role, position))

    def window(self, position: Position) -> frozenset[Atom]:
        return self.world.window(position)


class Apart(Another):
    """A world whose output is independent, as where what is made of it is differentiated by it."""

    def _output(self, position: Position) -> Polynomial:
        return atom("O", *position)


class Loose(Another):
    """A world in which every array is independent: what holds there holds whatever the arrays are."""

    def entry(self, role: str, position: Position) -> Polynomial:
        return atom(role, *position)


@dataclass(frozen=True)
class Near(Another):
    """A world with some terms of some outputs; all else of the output is 0."""

    outputs: Mapping[Position, Polynomial]

    def _output(self, position: Position) -> Polynomial:
        return self.outputs.get(position, constant(0))


def _unravelled(flat: int, shape: Position) -> Position:
    return tuple(map(int, np.unravel_index(flat, shape)))


_MADE: Mapping[str, Callable[[FormWorld, Position], Polynomial]] = {
    "C": FormWorld._unrolled,
    "D": FormWorld._divisor,
    "M": FormWorld._mask,
    "P": lambda world, at: world.averaging(0, at),
    "P1": lambda world, at: world.averaging(0, at),
    "P2": lambda world, at: world.averaging(1, at),
    "P3": lambda world, at: world.averaging(2, at),
}


def array(world: World, role: str) -> Entries:
    """All entries of an array. Raises `LimitError` where there are too many."""
    return part(world, role, ())


def part(world: World, role: str, leading: Position) -> Entries:
    """The entries of an array whose first indices are given."""
    shape = world.shapes[role][len(leading) :]
    if math.prod(shape) > MOST_ENTRIES:
        raise LimitError(f"{role} has {math.prod(shape):,} entries: only single ones are checked")
    spend(math.prod(shape))
    found = np.empty(shape, dtype=object)
    for position in np.ndindex(*shape):
        found[position] = world.entry(role, (*leading, *position))
    return found


def _sum(form: Form) -> Polynomial:
    return total(_of_terms(table.terms()) for table in form.parts)


def of_table(table: Table) -> Polynomial:
    """The sum of a table's terms."""
    return _of_terms(table.terms())


def _of_terms(terms: Iterable[Term]) -> Polynomial:
    found = [_of_term(term) for term in terms]
    spend(MADE * len(found))
    return total(found)


def _of_term(term: Term) -> Polynomial:
    return Polynomial({tuple(sorted((role, tuple(at)) for role, at in term.factors)): int_if_whole(term.coefficient)})


__all__ = ["Entries", "FormWorld", "Polynomial", "Position", "Table", "World", "array", "constant", "of_table", "part"]
