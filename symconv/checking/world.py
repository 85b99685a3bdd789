"""The arrays of a layer as polynomials in independent entries, and their derivatives by the chain rule.

What the layer computes comes from its definition; nothing here knows a closed form.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import numpy as np

from symconv.derivation.gradients import ONE, Calculus
from symconv.errors import LimitError
from symconv.forms import Form, Table, Term
from symconv.meaning.polynomials import Atom, Polynomial, atom, constant, int_if_whole, total
from symconv.notation.tree import GRADIENT_OF

if TYPE_CHECKING:
    from numpy.typing import NDArray

Entries: TypeAlias = "NDArray[Any]"
Position: TypeAlias = tuple[int, ...]
MOST_ENTRIES = 20_000
"""Arrays with more entries have values only entry by entry."""


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
        at = (tuple(map(int, np.unravel_index(flat, self.shapes[role]))) for role, flat in (("O", row), ("X", column)))
        output, input = at
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


class Apart:
    """A world whose output is independent, as where what is made of it is differentiated by it."""

    def __init__(self, world: World) -> None:
        self._world, self.shapes = world, world.shapes

    def entry(self, role: str, position: Position) -> Polynomial:
        return atom(role, *position) if role == "O" else self._world.entry(role, position)

    def derivative(self, over: Polynomial, role: str, position: Position) -> Polynomial:
        return over.derivative((role, position))

    def window(self, position: Position) -> frozenset[Atom]:
        return self._world.window(position)


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
    return total(_of_term(term) for term in terms)


def _of_term(term: Term) -> Polynomial:
    return Polynomial({tuple(sorted((role, tuple(at)) for role, at in term.factors)): int_if_whole(term.coefficient)})


__all__ = ["Entries", "FormWorld", "Polynomial", "Position", "Table", "World", "array", "constant", "of_table", "part"]
