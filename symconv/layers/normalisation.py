"""Batch normalisation (in training) and layer normalisation.

Both bring m numbers to mean 0 and variance 1, then scale and shift them: batch normalisation the entries of each
channel over batch and positions, layer normalisation the features of each example.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from symconv.errors import InputError
from symconv.forms import Shape, Variable
from symconv.layers.channels import AXIS_LETTERS
from symconv.layers.features import Features
from symconv.layers.fitting import agreed, unsized
from symconv.layers.sizes import SizesLike, sizes, whole
from symconv.layers.smooth import LOSS_SYMBOLS, Smooth, Statement, stated
from symconv.layers.words import described
from symconv.meaning.definitions import LOSS, Definition, System
from symconv.meaning.evaluate import Entries
from symconv.notation.build import entry, minus, over, partial, plus, power, sqrt, summed, times
from symconv.notation.tree import Letter, Node, Number, Symbol, equals

MEAN, VARIANCE, NORMALISED = "mean", "var", "H"
EPSILON = Letter(r"\epsilon")
COUNT = Letter("m")
SYMBOLS = {
    "F": r"\gamma", "b": r"\beta", "O": "Y", MEAN: r"\mu", VARIANCE: r"\sigma^{2}", NORMALISED: r"\hat{X}", "X": "X",
    **LOSS_SYMBOLS,
}  # fmt: skip


@dataclass(frozen=True)
class Normalised:
    """The formulas of normalising rows of numbers: `row` is the letter of the row where there is more than one.

    With `per_entry` each place in the row has a scale and shift of its own, else each row has.
    """

    row: tuple[str, ...]
    per_entry: bool

    def at(self, role: str, letter: str = "i") -> Symbol:
        return entry(role, *self.row, letter)

    def of_row(self, role: str) -> Symbol:
        return entry(role, *self.row)

    def parameter(self, role: str, letter: str = "i") -> Symbol:
        return entry(role, letter) if self.per_entry else entry(role, *self.row)

    @property
    def centred(self) -> Node:
        return plus(self.at("X"), minus(self.of_row(MEAN)))

    @property
    def spread(self) -> Node:
        return plus(self.of_row(VARIANCE), EPSILON)

    def definitions(self) -> tuple[Definition, ...]:
        row, index = self.row, (*self.row, "i")
        return (
            Definition(MEAN, row, times(over(1, COUNT), summed("i", self.at("X")))),
            Definition(VARIANCE, row, times(over(1, COUNT), summed("i", power(self.centred, 2)))),
            Definition(NORMALISED, index, over(self.centred, sqrt(self.spread))),
            Definition("O", index, plus(times(self.parameter("F"), self.at(NORMALISED)), self.parameter("b"))),
        )

    # What the lines speak of

    def by(self, role: str) -> Node:
        """∂L/∂ of a row's number."""
        return partial(Symbol(LOSS), self.of_row(role))

    @property
    def signal(self) -> Node:
        """∂L/∂X̂_i."""
        return partial(Symbol(LOSS), self.at(NORMALISED))

    def weighted(self, letter: str = "i") -> tuple[Node, ...]:
        """γ G_i: the gradient at X̂ as the sums speak of it; a scale that all entries share stands before them."""
        gain = (self.parameter("F", letter),) if self.per_entry else ()
        return (*gain, self.at("G", letter))

    @property
    def shared(self) -> tuple[Node, ...]:
        return () if self.per_entry else (self.parameter("F"),)

    def total(self, letter: str = "i") -> Node:
        """Σ G, each times its own scale where there is one."""
        return summed(letter, times(*self.weighted(letter)))

    def correlation(self, letter: str = "i") -> Node:
        """Σ G X̂."""
        return summed(letter, times(*self.weighted(letter), self.at(NORMALISED, letter)))

    def statements(self) -> tuple[Statement, ...]:
        return (*self._parameters(), *self._normalised(), *self._variance(), *self._mean(), *self._input())

    def _parameters(self) -> tuple[Statement, ...]:
        """∂L/∂β and ∂L/∂γ: sums over the entries that each one scales and shifts."""
        letters = self.row if self.per_entry else ("i",)
        o, g, h = (self.at(role) for role in ("O", "G", NORMALISED))
        found = []
        for role, value, result in (("b", Number(1), g), ("F", h, times(g, h))):
            under = self.parameter(role)
            chain = summed(letters, times(g, partial(o, under)))
            found += [
                Statement("same", role, equals(partial(o, under), value)),
                Statement("chain", f"d{role}", equals(Symbol(f"d{role}", under.index), chain, summed(letters, result))),
                Statement("closed", f"d{role}", equals(Symbol(f"d{role}", under.index), summed(letters, result))),
            ]
        return tuple(found)

    def _normalised(self) -> tuple[Statement, ...]:
        o, h, g, gain = self.at("O"), self.at(NORMALISED), self.at("G"), self.parameter("F")
        return (
            Statement("same", NORMALISED, equals(partial(o, h), gain)),
            Statement("chain", NORMALISED, equals(self.signal, times(g, partial(o, h)), times(gain, g))),
        )

    def _variance(self) -> tuple[Statement, ...]:
        """The path through the variance."""
        h = self.at(NORMALISED)
        local = partial(h, self.of_row(VARIANCE))
        half = over(1, 2)
        value = minus(times(half, self.centred, power(self.spread, Fraction(-3, 2))))
        result = minus(times(over(times(*self.shared), times(2, self.spread)), self.correlation()))
        return (
            Statement("same", VARIANCE, equals(local, value, minus(over(h, times(2, self.spread))))),
            Statement("chain", VARIANCE, equals(self.by(VARIANCE), summed("i", times(self.signal, local)), result)),
        )

    def _mean(self) -> tuple[Statement, ...]:
        """The path through the mean; what goes through the variance on the way vanishes."""
        h, mean = self.at(NORMALISED), self.of_row(MEAN)
        local, variance = partial(h, mean), partial(self.of_row(VARIANCE), mean)
        both = plus(summed("i", times(self.signal, local)), times(self.by(VARIANCE), variance))
        deviations = summed("i", self.centred)
        result = minus(times(over(times(*self.shared), sqrt(self.spread)), self.total()))
        balance = equals(deviations, plus(summed("i", self.at("X")), minus(times(COUNT, mean))), Number(0))
        return (
            Statement("balance", MEAN, balance),
            Statement("same", MEAN, equals(local, minus(over(1, sqrt(self.spread))))),
            Statement("through variance", MEAN, equals(variance, minus(times(over(2, COUNT), deviations)), Number(0))),
            Statement("chain", MEAN, equals(self.by(MEAN), both, summed("i", times(self.signal, local)), result)),
        )

    def _input(self) -> tuple[Statement, ...]:
        """The three paths together, and the form that people use."""
        x, h = self.at("X"), self.at(NORMALISED)
        mean, variance = self.of_row(MEAN), self.of_row(VARIANCE)
        left = Symbol("dX", x.index)
        paths = plus(
            times(self.signal, partial(h, x)),
            times(self.by(VARIANCE), partial(variance, x)),
            times(self.by(MEAN), partial(mean, x)),
        )
        scale, root = times(*self.shared), sqrt(self.spread)
        direct = times(over(scale, root), *self.weighted())
        spread = times(over(times(*self.shared, h), times(COUNT, root)), self.correlation("k"))
        centre = times(over(scale, times(COUNT, root)), self.total("k"))
        inside = plus(times(COUNT, *self.weighted()), minus(self.total("k")), minus(times(h, self.correlation("k"))))
        compact = times(over(scale, times(COUNT, root)), inside)
        return (
            Statement("direct", "X", equals(partial(h, x), over(1, sqrt(self.spread)))),
            Statement("variance", "X", equals(partial(variance, x), times(over(2, COUNT), self.centred))),
            Statement("mean", "X", equals(partial(mean, x), over(1, COUNT))),
            Statement("chain", "dX", equals(left, paths, plus(direct, minus(spread), minus(centre)), compact)),
            Statement("closed", "dX", equals(left, compact)),
        )


class Normalisation(Smooth):
    """What both layers share."""

    symbols: ClassVar[Mapping[str, str]] = SYMBOLS

    @property
    def formulas(self) -> Normalised:
        """The formulas, with the row's letter and what a parameter belongs to."""
        raise NotImplementedError

    @property
    def count(self) -> int:
        """m, how many numbers share a mean."""
        raise NotImplementedError

    def statements(self) -> tuple[Statement, ...]:
        return (*stated(self.system), *self.formulas.statements())

    def system_of(self, row: str, rows: int, entry_axis: str) -> System:
        """The definitions for so many rows; `row` and `entry_axis` name the axes."""
        rows_axis = (row,) if rows > 1 else ()
        both = (*rows_axis, entry_axis)
        parameter = (entry_axis,) if self.formulas.per_entry else rows_axis
        axes = {
            "X": both, "F": parameter, "b": parameter, "G": both,
            MEAN: rows_axis, VARIANCE: rows_axis, NORMALISED: both, "O": both,
        }  # fmt: skip
        lengths = {row: rows, entry_axis: self.count}
        constants = {"m": Fraction(self.count)}
        definitions = self.formulas.definitions()
        return System(axes, lengths, definitions, {}, constants, {EPSILON.letter: {"positive": True}})

    def _evaluated(self, numbers: Any, arrays: Mapping[str, Any]) -> Any:
        return super()._evaluated(numbers, {"epsilon": 1e-5, **arrays})


@dataclass(frozen=True)
class BatchNorm(Normalisation):
    """Batch normalisation in training: each channel is normalised over the batch and all positions.

    Args:
        input: sizes of the input, one a spatial axis; None for features without positions.
        channels: at least 1; None in a network, which knows them.
        batch: at least 1. Batch and positions together must be at least 2 numbers.

    Shapes: X, O and G (batch, channels, n...), or (n...) when batch and channels are 1; without positions
    (batch, channels), or (batch,) for one channel. F (γ) and b (β): (channels,), or () for one channel.

    `forward` and `backward` take `epsilon`, 1e-5 by default. Raises `InputError` for sizes that cannot be.

    >>> BatchNorm(channels=1, batch=2).forward(X=[-1, 1], F=2, b=3, epsilon=0).tolist()
    [1.0, 5.0]
    """

    input: SizesLike | None = None
    channels: int | None = None
    batch: int = 1
    kind: ClassVar[str] = "batch-norm"

    def __post_init__(self) -> None:
        if self.input is not None:
            object.__setattr__(self, "input", sizes("input", self.input))
        whole("batch", self.batch)
        if self.channels is not None:
            whole("channels", self.channels)
            if self.count < 2:
                raise InputError(
                    "batch is 1 without positions: one number has no variance; give batch=2 or more, or input sizes"
                )

    @property
    def positions(self) -> Shape:
        return tuple(self.input) if self.input is not None else ()  # type: ignore[arg-type]

    @property
    def maps(self) -> int:
        """How many channels. Raises `InputError` where that is not known."""
        if self.channels is None:
            raise unsized(self.kind, "channels")
        return self.channels

    @property
    def count(self) -> int:
        return self.batch * math.prod(self.positions)

    @property
    def input_shape(self) -> Shape:
        if self.positions:
            return self.positions if self.batch == self.maps == 1 else (self.batch, self.maps, *self.positions)
        return (self.batch,) if self.maps == 1 else (self.batch, self.maps)

    @property
    def output_shape(self) -> Shape:
        return self.input_shape

    @property
    def example_output(self) -> Shape:
        return (self.maps, *self.positions)

    @property
    def arrays(self) -> Mapping[str, Variable]:
        parameter = (self.maps,) if self.maps > 1 else ()
        shapes = {"X": self.input_shape, "F": parameter, "b": parameter, "O": self.input_shape}
        return {role: Variable(role, shape) for role, shape in shapes.items()}

    def fitted(self, shape: Shape, batch: int) -> Any:
        if self.channels is not None:
            agreed(self.kind, "input", self.example_output, shape)
        agreed(self.kind, "batch", None if self.batch == 1 else (self.batch,), (batch,))
        return replace(self, input=shape[1:] or None, channels=shape[0], batch=batch)

    def options(self) -> list[str]:
        """The command-line words that describe this layer, defaults left out.

        >>> BatchNorm(input=(2, 2), channels=3, batch=4).options()
        ['batch-norm', '--input', '2x2', '--channels', '3', '--batch', '4']
        """
        return described(
            self.kind, {"input": self.positions or None}, {"channels": (self.channels, 1), "batch": (self.batch, 1)}
        )

    @property
    def formulas(self) -> Normalised:
        return Normalised((AXIS_LETTERS["in"],) if self.maps > 1 else (), per_entry=False)

    @cached_property
    def system(self) -> System:
        return self.system_of("channel", self.maps, "entry")

    def to_system(self, role: str, array: Entries) -> Entries:
        if role in ("F", "b"):
            return super().to_system(role, array)
        full = array.reshape(self.batch, self.maps, *self.positions)
        return np.moveaxis(full, 1, 0).reshape(self.system.shape(role))

    def from_system(self, role: str, array: Entries) -> Entries:
        if role in ("F", "b"):
            return super().from_system(role, array)
        return np.moveaxis(array.reshape(self.maps, self.batch, *self.positions), 0, 1).reshape(self.shape(role))


@dataclass(frozen=True)
class LayerNorm(Features, Normalisation):
    """Layer normalisation: each example is normalised over its features, and every feature scaled and shifted.

    Args:
        inputs: how many features an example has, at least 2; None in a network, which knows them.
        batch: at least 1.

    Shapes: X, O and G (inputs,), or (batch, inputs) when batch is above 1; F (γ) and b (β) (inputs,).

    `forward` and `backward` take `epsilon`, 1e-5 by default. Raises `InputError` for sizes that cannot be.

    >>> LayerNorm(inputs=2).forward(X=[-1, 1], F=[1, 2], b=[0, 0], epsilon=0).tolist()
    [-1.0, 2.0]
    """

    kind: ClassVar[str] = "layer-norm"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.inputs == 1:
            raise InputError("inputs is 1: one number has no variance; give 2 or more features")

    @property
    def count(self) -> int:
        return self.size

    @property
    def arrays(self) -> Mapping[str, Variable]:
        shapes = {"X": self.input_shape, "F": (self.size,), "b": (self.size,), "O": self.input_shape}
        return {role: Variable(role, shape) for role, shape in shapes.items()}

    @property
    def formulas(self) -> Normalised:
        return Normalised(self.example, per_entry=True)

    @cached_property
    def system(self) -> System:
        return self.system_of("example", self.batch, "feature")
