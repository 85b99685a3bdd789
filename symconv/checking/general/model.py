"""A convolution with letters for its sizes, as the definition has it: what each entry of O is, and its derivatives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import count
from typing import Literal

from symconv.checking.general.answer import UndecidedError
from symconv.notation.tree import GRADIENT_OF
from symconv.proof.general_meaning import ALWAYS, Condition, Positions, Term, within
from symconv.proof.polynomial import Polynomial

LENGTHS: Mapping[str, str] = {"batch": "N", "out": "M", "in": "K", "group": "J"}
"""The letters of the sizes that are not spatial."""
MAPS_OF: Mapping[str, tuple[str, ...]] = {
    "X": ("batch", "group", "in"), "F": ("group", "out", "in"), "O": ("batch", "group", "out"), "b": ("group", "out"),
    "D": ("batch", "group", "in"),
}  # fmt: skip
SPATIAL: Mapping[str, str] = {"X": "n", "F": "k", "O": "o", "D": "n"}
"""The letter of each array's sizes on spatial axes."""
Padding = Literal["numbers", "letter", "full"]


@dataclass(frozen=True)
class Model:
    """A convolution of unknown sizes.

    Args:
        rank: the number of spatial axes.
        maps: the other axes that arrays have.
        convention: "correlation" or "convolution".
        bias: "", "map" or "entry".
        padding: given by `pads`, or a letter that is the same before and after, or all that the filter reaches.
        pads: before and after, one pair an axis.
        mean: whether the loss is the mean over the examples.
    """

    rank: int
    maps: frozenset[str] = frozenset()
    convention: Literal["correlation", "convolution"] = "correlation"
    bias: Literal["", "map", "entry"] = ""
    padding: Padding = "numbers"
    pads: tuple[tuple[int, int], ...] = ()
    mean: bool = False
    fresh: Iterator[int] = field(default_factory=count, compare=False, repr=False)

    @cached_property
    def spatial(self) -> tuple[str, ...]:
        return tuple(map(str, range(self.rank)))

    def axes(self, role: str) -> tuple[str, ...]:
        """The axes of an array or of the gradient by it, in the order in which places are given."""
        array = GRADIENT_OF.get(role, role)
        spatial = () if array == "b" and self.bias != "entry" else self.spatial
        return (*(axis for axis in MAPS_OF[array] if axis in self.maps), *spatial)

    def name(self, letter: str, axis: str | int) -> str:
        """The name of a size on a spatial axis."""
        return letter if self.rank == 1 else f"{letter}_{int(axis) + 1}"

    def size(self, letter: str, axis: str | int) -> Polynomial:
        return Polynomial.letter(self.name(letter, axis))

    def length(self, role: str, axis: str) -> Polynomial:
        """How long an axis of an array is."""
        if axis in LENGTHS:
            return Polynomial.letter(LENGTHS[axis])
        return self.size(SPATIAL.get(GRADIENT_OF.get(role, role), "o"), axis)

    def facts(self) -> list[str]:
        """What is known of the letters besides the geometry of an axis, as isl reads it."""
        found = [f"{LENGTHS['group']} >= 1"] if "group" in self.maps else []
        for axis in range(self.rank):
            a, c, k = (self.name(letter, axis) for letter in "ack")
            if self.padding == "letter":
                found += [f"{a} >= 0", f"{a} = {c}"]
            elif self.padding == "full":
                found += [f"{a} = {k} - 1", f"{a} = {c}"]
            else:
                before, after = self.pads[axis] if self.pads else (0, 0)
                found += [f"{a} = {before}", f"{c} = {after}"]
        return found

    # What the layer computes

    def within(self, role: str, places: Positions) -> Condition:
        """That an array has an entry at these places."""
        found = ALWAYS
        for axis, place in zip(self.axes(role), places, strict=True):
            found &= within(place, self.length(role, axis))
        return found

    def _unknown(self) -> Polynomial:
        return Polynomial.letter(f"v{next(self.fresh)}_")

    def definition(self, places: Positions) -> list[Term]:
        """The entry of O at these places, as sums of products."""
        at = dict(zip(self.axes("O"), places, strict=True))
        own = {axis: at[axis] if axis in at else self._unknown() for axis in (*self.maps, *self.spatial)}
        filter = {**own, **{axis: self._unknown() for axis in self.spatial}}
        input, bound = dict(own), [] if "in" not in self.maps else [own["in"]]
        for axis in self.spatial:
            f = filter[axis]
            s, d, k, a = (self.size(letter, axis) for letter in "sdka")
            input[axis] = s * own[axis] + d * f - a
            bound.append(f)
            filter[axis] = k - 1 - f if self.convention == "convolution" else f
        read = tuple(input[axis] for axis in self.axes("X"))
        laid = tuple(filter[axis] for axis in self.axes("F"))
        given = self.within("X", read) & self.within("F", laid)
        names = tuple(name for place in bound for name in place.letters)
        found = [Term(1, (("F", laid), ("X", read)), given & Condition(bound=names))]
        if self.bias:
            found.append(Term(1, (("b", tuple(own[axis] for axis in self.axes("b"))),)))
        return found

    def derivative(self, places: Positions, role: str, at: Positions) -> list[Term]:
        """∂O/∂(an entry of another array)."""
        found = [part for term in self.definition(places) for part in term.derivatives(role, at)]
        return [replace(part, given=part.given & self.within(role, at)) for part in found]

    def gradient(self, role: str, at: Positions, example: Polynomial | None = None) -> list[Term]:
        """∂L/∂(an entry), by the chain rule over all outputs; of one example's loss over all that belong to it."""
        own = {axis: self._unknown() for axis in self.axes("O")}
        bound = tuple(name for place in own.values() for name in place.letters)
        if example is not None:
            if "batch" not in own:
                raise UndecidedError("a loss has an index, and no array has examples")
            bound = tuple(name for name in bound if name not in own["batch"].letters)
            own["batch"] = example
        places = tuple(own.values())
        everywhere = Condition(bound=bound)
        for axis, place in own.items():
            if axis != "batch" or example is None:
                everywhere &= within(place, self.length("O", axis))
        factors = [("G", places)]
        if self.mean and example is None and "batch" in own:
            factors.insert(0, (f"1/{LENGTHS['batch']}", ()))
        outer = Term(factors=tuple(factors), given=everywhere)
        return [outer * term for term in self.derivative(places, role, at)]
