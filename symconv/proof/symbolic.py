"""Layers whose sizes are letters: stride and dilation are given, the rest is unknown.

The functions that build a layer's closed forms build them from letters as well. Channels, groups and batch are further
axes of unknown length. Axes are independent of each other, so one spatial axis stands for any number of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any

from symconv.errors import NotSupportedError
from symconv.layers.avg_pool import AvgPool
from symconv.layers.base import Claim
from symconv.operations import Operation, tap
from symconv.proof.affine import Affine
from symconv.proof.relations import AllOnes, Place, Read

SPATIAL = "0"
GEOMETRY = ("n", "k", "a", "c")
"""The unknown numbers of an axis that a geometry is told by: input size, filter size, padding before and after."""
FACTORS = "GMXFb"
"""The order in which a product names its arrays."""


LETTER = {name: Affine.letter(name) for name in "nkacormq"}


@dataclass(frozen=True)
class SymbolicAxis:
    """One axis of a sliding window with letters for its sizes; what is known of them is in `facts`."""

    stride: int
    dilation: int
    ceil_mode: bool = False
    size: Affine = LETTER["n"]
    filter: Affine = LETTER["k"]
    before: Affine = LETTER["a"]
    after: Affine = LETTER["c"]
    output: Affine = LETTER["o"]
    remainder: Affine = LETTER["r"]

    letters: tuple[str, ...] = (*GEOMETRY, "o", "r")

    @property
    def extent(self) -> Affine:
        return self.dilation * (self.filter - 1) + 1

    @property
    def entries(self) -> Affine:
        """How many entries the windows slide over."""
        return self.size

    @property
    def windows(self) -> Affine:
        return self.output

    @property
    def slack(self) -> Affine:
        return self.entries + self.before + self.after - self.extent

    @property
    def facts(self) -> list[str]:
        """Every window fits and one more would not: n + a + c - d(k-1) - 1 = s(o-1) + r with 0 <= r < s."""
        return [*self._known, f"0 <= {self.remainder}", f"{self.remainder} < {self.stride}"]

    @property
    def _known(self) -> list[str]:
        return [
            f"{self.entries} >= 1", f"{self.filter} >= 1", f"{self.windows} >= 1",
            f"{self.slack} = {self.stride * (self.windows - 1) + self.remainder}",
        ]  # fmt: skip

    def taps(self, i: str, f: str, x: str) -> list[str]:
        """The definition: window i reads entry x through filter entry f."""
        where = self.stride * Affine.letter(i) + self.dilation * Affine.letter(f) - self.before
        bounds = {i: self.windows, f: self.filter, x: self.entries}
        return [f"{x} = {where}", *(f"0 <= {name} < {length}" for name, length in bounds.items())]


@dataclass(frozen=True)
class SymbolicTransposedAxis(SymbolicAxis):
    """The same for a transposed convolution: the input has m entries and the output n, the remainder is the output
    padding q, which only has to stay below the larger of stride and dilation."""

    size: Affine = LETTER["m"]
    output: Affine = LETTER["n"]
    remainder: Affine = LETTER["q"]

    letters: tuple[str, ...] = (*GEOMETRY, "m", "q")

    @property
    def extra(self) -> Affine:
        return self.remainder

    @property
    def entries(self) -> Affine:
        return self.output

    @property
    def windows(self) -> Affine:
        return self.size

    @property
    def facts(self) -> list[str]:
        return [*self._known, f"0 <= {self.remainder}", f"{self.remainder} < {max(self.stride, self.dilation)}"]


@dataclass(frozen=True)
class SymbolicPoolAxis(SymbolicAxis):
    """The same for a pool, whose padding is not negative; h is the margin behind the input
    that the windows reach over then."""

    letters: tuple[str, ...] = (*GEOMETRY, "o", "r", "h")

    @property
    def margin(self) -> Affine:
        return Affine.letter("h") if self.ceil_mode else self.after

    @property
    def step(self) -> int:
        return self.stride

    @property
    def facts(self) -> list[str]:
        """In ceil mode a last window that would start past the input and the padding before it is dropped."""
        known = [*self._known, f"{self.before} >= 0", f"{self.after} >= 0"]
        r, s = self.remainder, self.stride
        if not self.ceil_mode:
            return [*known, f"0 <= {r}", f"{r} < {s}"]
        usual, moved = f"{self.margin} = {self.after}", f"{self.margin} = {self.after - r}"
        here, next_ = s * (self.windows - 1), s * self.windows
        past = self.entries + self.before
        kept = f"({-s} < {r} and {r} <= 0 and {here} < {past} and {moved})"
        dropped = f"{next_} >= {past} and ((0 < {r} and {r} < {s} and {usual}) or ({r} = {s} and {moved}))"
        return [*known, f"({kept} or ({dropped}))"]


class AvgPoolOfLetters(AvgPool):
    """An average pool whose windows have an unknown size.

    What stands at G's place, and at O's, is over each window's own divisor: the numbers of an entry ride beside it,
    whatever they are. The filter is ones.
    """

    divisors: Any = None

    def _filter(self, axes: tuple[str, ...]) -> Any:
        (axis,) = axes
        return AllOnes(((axis, self.axes[0].filter),))  # type: ignore[arg-type]

    def _divided(self, operand: Operation) -> Operation:
        return operand


@dataclass(frozen=True)
class Kind:
    """How a kind of layer becomes one of letters: its axis, the letters of its other axes, and the products in O."""

    axis: type[SymbolicAxis]
    maps: Mapping[str, str]
    products: tuple[tuple[str, ...], ...]
    transposed: bool = False


MAPS = {"batch": "batch", "group": "groups", "out": "outs", "in": "ins"}
POOL_MAPS = {"batch": "batch", "channel": "channels"}
KINDS: Mapping[str, Kind] = {
    "conv": Kind(SymbolicAxis, MAPS, (("X", "F"),)),
    "conv-transpose": Kind(SymbolicTransposedAxis, MAPS, (("X", "F"),), transposed=True),
    "max-pool": Kind(SymbolicPoolAxis, POOL_MAPS, (("M", "X"),)),
    "avg-pool": Kind(SymbolicPoolAxis, POOL_MAPS, (("X",),)),
}


@dataclass(frozen=True)
class AllSizes:
    """A layer with letters for its sizes: its claims, and its definition as relations.

    Stride and dilation are those of the spatial axis `number`. With `only`, all arrays have this axis alone; since
    operations act on each axis by itself, the whole is the product of its axes.

    Raises `NotSupportedError` for other kinds of layers, and for max pooling with an assumed choice.
    """

    layer: Any
    number: int = 0
    only: str | None = None

    def __post_init__(self) -> None:
        if self.layer.kind not in KINDS:
            raise NotSupportedError(
                f"{self.layer.kind} cannot be proved for all sizes: {', '.join(KINDS)} can, others for their shape"
            )
        if getattr(self.layer, "argmax", None) is not None:
            raise NotSupportedError("an assumed choice has a shape of its own: leave argmax out to prove all sizes")

    @property
    def kind(self) -> Kind:
        return KINDS[self.layer.kind]

    @cached_property
    def axis(self) -> SymbolicAxis:
        """The spatial axis, of unknown sizes."""
        axis = self.layer.axes[self.number]
        return self.kind.axis(axis.stride, axis.dilation, getattr(axis, "ceil_mode", False))

    @cached_property
    def maps(self) -> dict[str, Affine]:
        """The unknown lengths of the axes that are not spatial."""
        return {axis: Affine.letter(name) for axis, name in self.kind.maps.items()}

    @cached_property
    def symbolic(self) -> Any:
        """The layer on one axis of letters; the functions that build all closed forms build these."""
        kind = AvgPoolOfLetters if isinstance(self.layer, AvgPool) else type(self.layer)
        given = {each.name: getattr(self.layer, each.name) for each in fields(self.layer)}
        sizes = {"axes": (self.axis,), "_maps": self.maps, "batch": self.maps["batch"]}
        if "channel" in self.maps:
            sizes["channels"] = self.maps["channel"]
        # Not made in the usual way, which checks sizes and works with numbers.
        found = object.__new__(kind)
        found.__dict__.update(given | sizes)
        return found

    def claims(self) -> list[Claim]:
        """The closed forms, built from letters."""
        return list(self.symbolic.claims())

    def factors(self) -> list[AllSizes]:
        """The layer on each axis by itself."""
        return [replace(self, only=axis) for axis in (SPATIAL, *self.kind.maps)]

    def on_axis(self, claim: Claim) -> Claim:
        """The claim on the only axis. Raises `NotSupportedError` where it exchanges this with another."""
        assert self.only is not None
        return replace(claim, parts=tuple(part.on(self._names) for part in claim.parts))

    @property
    def known_axes(self) -> set[str]:
        """What the axes are called in pipelines."""
        return {name for factor in self.factors() for name in factor._names}

    @property
    def _names(self) -> frozenset[str]:
        """What the only axis is called in pipelines."""
        return frozenset({self.only, f"window {self.only}", f"tap {self.only}"})  # type: ignore[arg-type]

    def _kept(self, axes: Mapping[str, Affine]) -> dict[str, Affine]:
        return {axis: length for axis, length in axes.items() if self.only is None or axis in self._names}

    @cached_property
    def lengths(self) -> dict[str, dict[str, Affine]]:
        """The axes of every array, with letters for their lengths."""
        axis = self.axis
        place = {"X": axis.size, "F": axis.filter, "O": axis.output, "G": axis.output}
        if "channel" in self.maps:
            found = {role: {**self.maps, SPATIAL: place[role]} for role in "XOG"}
            found["M"] = {**found["O"], tap(SPATIAL): axis.filter}
            return {role: self._kept(axes) for role, axes in found.items()}
        channels = {**self.layer.channel_axes, "G": self.layer.channel_axes["O"]}
        found = {role: {**{name: self.maps[name] for name in channels[role]}, SPATIAL: place[role]} for role in place}
        bias = {name: self.maps[name] for name in ("group", "out")}
        found["b"] = {**bias, SPATIAL: axis.output} if self.layer.bias == "entry" else bias
        return {role: self._kept(axes) for role, axes in found.items()}

    @property
    def letters(self) -> tuple[str, ...]:
        spatial = self.axis.letters if self.only in (None, SPATIAL) else ()
        return (*spatial, *(name for axis, name in self.kind.maps.items() if self.only in (None, axis)))

    @property
    def facts(self) -> list[str]:
        """What is known of the letters."""
        spatial = self.axis.facts if self.only in (None, SPATIAL) else []
        return [*spatial, *(f"{length} >= 1" for length in self._kept(self.maps).values())]

    def products(self, role: str) -> list[tuple[str, ...]]:
        """The arrays that the products in O, or in the gradient by an array, multiply."""
        parts = (*self.kind.products, *((("b",),) if getattr(self.layer, "bias", None) else ()))
        if role == "O":
            return [ordered(part) for part in parts]
        return [ordered("G" if name == role else name for name in part) for part in parts if role in part]

    def definition(self, role: str, factors: tuple[str, ...]) -> tuple[Place, Read]:
        """An entry of an array, and the products in it by the definition of the layer and the chain rule."""
        maps = {axis: Affine.letter(f"v_{axis}") for axis in self._kept(self.maps)}
        at = {
            array: {axis: maps[axis] if axis in maps else self._place(array, axis) for axis in axes}
            for array, axes in self.lengths.items()
        }
        constraints = [f"0 <= {maps[axis]} < {length}" for axis, length in self._kept(self.maps).items()]
        if self.only not in (None, SPATIAL):
            return at[role], Read(tuple(constraints), (*map(str, maps.values()),), _leaves(at, factors))
        if "b" in (role, *factors):
            output = self._place("O", SPATIAL)
            constraints.append(f"0 <= {output} < {self.axis.output}")
        else:
            constraints += self.axis.taps("i", "f", "x")
        unknowns = (*map(str, maps.values()), "i", "f", "x")
        return at[role], Read(tuple(constraints), unknowns, _leaves(at, factors))

    def _place(self, array: str, axis: str) -> Affine:
        """Where a tap (i, f, x) stands in an array."""
        if array == "F" or axis != SPATIAL:
            turned = getattr(self.layer, "convention", "") == "convolution"
            return self.axis.filter - 1 - Affine.letter("f") if turned else Affine.letter("f")
        reads = (array == "X") != self.kind.transposed
        return Affine.letter("x" if reads else "i")


def _leaves(at: Mapping[str, Place], factors: tuple[str, ...]) -> tuple[tuple[str, Place], ...]:
    return tuple((array, at[array]) for array in factors)


def ordered(factors: Any) -> tuple[str, ...]:
    """The arrays of a product in the order in which it names them."""
    return tuple(sorted(factors, key=FACTORS.index))
