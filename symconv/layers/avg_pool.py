"""Average pooling in one to three dimensions: padding, ceil mode, three divisors; global and adaptive pooling."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from symconv.errors import InputError
from symconv.forms import Column
from symconv.geometry import AdaptiveAxis, Axis
from symconv.layers.base import Claim
from symconv.layers.fitting import unsized
from symconv.layers.links import Weights
from symconv.layers.pools import Pool, WindowedPool, fractions
from symconv.layers.sizes import PaddingLike, SizesLike, sizes, whole
from symconv.layers.words import described
from symconv.operations import (
    AlongAxes,
    Constant,
    Correlate,
    Divide,
    Fold,
    Hadamard,
    Leaf,
    NumberMatrix,
    Operation,
    WindowSum,
    spread,
    window,
)

DIVISORS = ("real", "window")
ONE = Fraction(1)


@dataclass(frozen=True)
class AvgPool(WindowedPool):
    """An average pooling layer.

    Args:
        input: sizes of the input, one a spatial axis (1 to 3); None in a network, which tells.
        window: sizes of the window, as many, or "all" for one window as large as the input (global average pooling).
        stride: one number for all axes or one an axis; None for the window's size.
        padding: one number, one an axis, (before, after) an axis, or "valid", "same", "same-fixed", "full".
        ceil_mode: whether a last window may reach beyond the padded input.
        divisor: what the sum over a window is divided by: the number of its "real" entries; "window", the entries that
            it has of the padded input, min(start + k, n + c) - start along each axis (as PyTorch counts them); or a
            whole number.
        channels, batch: every channel of every example is pooled by itself; channels None are those of the network, 1
            where there is none.

    Shapes: X (batch, channels, n...), O and G (batch, channels, o...), the divisors D (o...); without batch and
    channels where both are 1.

    Raises `InputError` for sizes that cannot be, and for a window without any entry of the input where that would be
    the divisor.

    >>> pool = AvgPool(input=(5, 5), window=(3, 3), stride=2, padding=1)
    >>> pool.divisors.entry((0, 1)), pool.output_shape
    (Fraction(6, 1), (3, 3))
    >>> AvgPool(input=(4, 6), window="all").output_shape
    (1, 1)
    """

    kind: ClassVar[str] = "avg-pool"
    symbols: ClassVar[Mapping[str, str]] = {"X": "A", "O": "B", "D": "D", "L": "L", "l": r"\ell"}

    input: SizesLike | None = None
    window: SizesLike | str | None = None
    stride: SizesLike | None = None
    padding: PaddingLike = 0
    ceil_mode: bool = False
    divisor: str | int = "real"
    channels: int | None = None
    batch: int = 1

    def __post_init__(self) -> None:
        self._normalise()
        if self.divisor not in DIVISORS:
            if isinstance(self.divisor, str):
                raise InputError(f'divisor is {self.divisor!r}: expected "real", "window" or a whole number')
            object.__setattr__(self, "divisor", whole("divisor", self.divisor))
        if self.input is not None and self.divisor == "real":
            self.refuse_padding_alone("there is nothing to divide by")

    @property
    def whole_input(self) -> bool:
        """Whether there is one window, as large as the input: global pooling."""
        return all(axis.filter == axis.size and axis.padded == axis.size for axis in self.axes)

    # The definition counts the entries of each window one by one

    def _weights(self) -> Mapping[str, Weights]:
        if isinstance(self.divisor, int):
            return {self.spatial[0]: (Fraction(1, self.divisor),) * self.axes[0].tap_count()}
        found = {}
        for name, axis in zip(self.spatial, self.axes, strict=True):
            i = axis.taps()[0]
            counts = np.bincount(i, minlength=axis.output) if self.divisor == "real" else axis.padded_counts()
            found[name] = tuple(Fraction(1, int(count)) for count in counts[i])
        return found

    # The closed forms sum ones over the windows

    @cached_property
    def divisors(self) -> Constant:
        """What the sum over each window is divided by: an outer product of one vector on each spatial axis."""
        if isinstance(self.divisor, int):
            first, *others = self.each("output")
            numbers = [(Fraction(self.divisor),) * first, *((ONE,) * n for n in others)]
        else:
            numbers = [fractions(self._window_sums(axis)) for axis in self.axes]
        return Constant("D", tuple(zip(self.spatial, numbers, strict=True)))

    def _window_sums(self, axis: Axis) -> Column:
        """The sum over each window of 1 for an entry that counts and 0 for one that does not."""
        padding = int(self.divisor == "window")
        behind = axis.extent + axis.stride
        parts = ((axis.before, padding), (axis.size, 1), (axis.after, padding), (behind, 0))
        sums = np.concatenate([[0], np.cumsum(np.concatenate([np.full(n, value) for n, value in parts]))])
        start = axis.stride * np.arange(axis.output)
        found: Column = sums[start + axis.extent] - sums[start]
        return found

    def claims(self) -> tuple[Claim, ...]:
        """O and ∂L/∂X as correlations with ones; ∂L/∂X as an even spread over the windows, added up where they lie; O
        as a sum with letters as indices."""
        return (
            Claim("O", "correlation", (self.forward(),)),
            Claim("dX", "correlation", (self.input_gradient(),)),
            Claim("dX", "fold", (self.even_spread(),)),
            Claim("O", "indices", (self._indexed_forward(),)),
        )

    def _filter(self, axes: tuple[str, ...]) -> Constant:
        """Ones, one for each place of a window; where all divisors agree, one over the divisor instead."""
        vectors = []
        for axis, name, (_, numbers) in zip(self.axes, axes, self.divisors.vectors, strict=True):
            vectors.append((name, ((1 / numbers[0]) if self.agreed else ONE,) * axis.filter))
        return Constant("D", tuple(vectors))

    @property
    def agreed(self) -> bool:
        """Whether every window is divided by the same number."""
        return self.divisors.uniform is not None

    def _divided(self, operand: Operation) -> Operation:
        """Each entry over its own divisor, where these differ."""
        return operand if self.agreed else Divide(operand, self.divisors)

    def forward(self) -> Operation:
        """The padded input correlated with ones, over the divisors."""
        padded = window(Leaf("X"), self.spatial, *self.margins)
        order = tuple(self.axis_lengths("O"))
        steps = tuple(axis.stride if axis.slack else 1 for axis in self.axes)
        return self._divided(Correlate(padded, self._filter(self.spatial), self.spatial, (), order, steps))

    def input_gradient(self) -> Operation:
        """G over the divisors, spread by the stride, fully correlated with ones."""
        steps = tuple(axis.step for axis in self.axes)
        gradient = spread(self._divided(Leaf("G")), self.spatial, steps)
        before = tuple(axis.extent - 1 - axis.before for axis in self.axes)
        after = tuple(axis.extent - 1 - axis.after + axis.remainder for axis in self.axes)
        padded = window(gradient, self.spatial, before, after)
        order = tuple(self.axis_lengths("X"))
        return Correlate(padded, self._filter(self.spatial), self.spatial, (), order, (1,) * len(self.axes))

    def even_spread(self) -> Operation:
        """G over the divisors, the same at every place of its window, added up where the windows lie."""
        shares = Hadamard(self._divided(Leaf("G")), self._filter(self.taps), (), (), self.windows_order)
        return window(Fold(shares, self.spatial, self.each("stride")), self.spatial, *self.crop)

    def _indexed_forward(self) -> Operation:
        """Σ_f X[s·i + f - a] over D[i]."""
        before, after = self.margins
        return WindowSum(
            None, Leaf("X"), self.spatial, self.windows_order, self.each("filter"), self.each("stride"),
            self.each("dilation"), before, after, self._at("O"), self._at("F"), self.divisors,
        )  # fmt: skip

    def options(self) -> list[str]:
        """The command-line words that describe the pool, defaults left out.

        >>> AvgPool(input=(5, 5), window=(3, 3), stride=2, divisor="window").options()
        ['avg-pool', '--input', '5x5', '--window', '3x3', '--stride', '2', '--divisor', 'window']
        """
        sizes: dict[str, Any] = {"input": self.given.input, "window": self.given.window}
        whole_input = {} if self.given.window is not None else {"window": ("all", None)}
        optional = {
            **whole_input, **self.words_of_windows(), "divisor": (self.divisor, "real"), **self.words_of_maps(),
        }  # fmt: skip
        return [*described(self.kind, sizes, optional), *(["--ceil-mode"] if self.ceil_mode else [])]


@dataclass(frozen=True)
class AdaptiveAvgPool(Pool):
    """An average pooling layer that yields an output of a given size.

    Args:
        input: sizes of the input, one a spatial axis (1 to 3); None in a network, which tells.
        output: sizes of the output, as many. Window i of an axis reaches from floor(i·n/o) up to, and without,
            ceil((i+1)·n/o), counted from 0, as PyTorch has it; neighbours may share an entry.
        channels, batch: as in `AvgPool`.

    Shapes: X (batch, channels, n...), O and G (batch, channels, o...), without batch and channels where both are 1; a
    matrix P (o, n) for each axis.

    Raises `InputError` for sizes that cannot be.

    >>> AdaptiveAvgPool(input=(5, 7), output=(2, 3)).output_shape
    (2, 3)
    """

    kind: ClassVar[str] = "adaptive-avg-pool"
    symbols: ClassVar[Mapping[str, str]] = {
        "X": "A", "O": "B", "P": "P", "P1": "P_{1}", "P2": "P_{2}", "P3": "P_{3}", "L": "L", "l": r"\ell"
    }  # fmt: skip

    input: SizesLike | None = None
    output: SizesLike | None = None
    channels: int | None = None
    batch: int = 1

    def __post_init__(self) -> None:
        self._check_maps()
        if self.output is None:
            raise InputError("adaptive-avg-pool has no output size: give output=, one size a spatial axis")
        object.__setattr__(self, "output", sizes("output", self.output))
        if self.input is not None:
            object.__setattr__(self, "input", sizes("input", self.input))
            _ = self.axes

    @property
    def rank(self) -> int:
        return len(self._outputs)

    @property
    def _outputs(self) -> tuple[int, ...]:
        assert isinstance(self.output, tuple)
        return self.output

    @cached_property
    def axes(self) -> tuple[AdaptiveAxis, ...]:
        """The geometry of each spatial axis. Raises `InputError` for a pool that has no input size."""
        if self.input is None:
            raise unsized(self.kind)
        input = sizes("input", self.input)
        if len(input) != len(self._outputs):
            raise InputError(
                f"input has {len(input)} and output {len(self._outputs)} sizes: give both as many, one a spatial axis"
            )
        return tuple(AdaptiveAxis(n, o) for n, o in zip(input, self._outputs, strict=True))

    def _weights(self) -> Mapping[str, Weights]:
        """One over the size of each tap's window."""
        found = {}
        for name, axis in zip(self.spatial, self.axes, strict=True):
            counts = axis.stops() - axis.starts()
            found[name] = tuple(Fraction(1, int(count)) for count in counts[axis.taps()[0]])
        return found

    def matrices(self) -> tuple[NumberMatrix, ...]:
        """For each axis the matrix P that averages along it.

        Scale the input to the length of the output, so that x covers [x·o, (x+1)·o) and window i [i·n, (i+1)·n): row i
        has its numbers where these meet, all of them one over their count.
        """
        several = len(self.axes) > 1
        return tuple(
            averaging_matrix(f"P{number}" if several else "P", axis.size, axis.output)
            for number, axis in enumerate(self.axes, start=1)
        )

    def claims(self) -> tuple[Claim, ...]:
        """O and ∂L/∂X as products with the matrices P and their transposes."""
        i, p = self._at("O"), self._at("X")
        forward = AlongAxes(Leaf("X"), self.spatial, self.matrices(), i, p, transposed=False)
        backward = AlongAxes(Leaf("G"), self.spatial, self.matrices(), p, i, transposed=True)
        return Claim("O", "matrices", (forward,)), Claim("dX", "matrices", (backward,))

    @property
    def overlapping(self) -> bool:
        """Whether any input stands in two windows."""
        return any(axis.tap_count() > axis.size for axis in self.axes)

    @property
    def whole_input(self) -> bool:
        """Whether there is one window, as large as the input: global pooling."""
        return math.prod(self._outputs) == 1

    def options(self) -> list[str]:
        """The command-line words that describe the pool, defaults left out.

        >>> AdaptiveAvgPool(input=(5, 7), output=(2, 3)).options()
        ['adaptive-avg-pool', '--input', '5x7', '--output-size', '2x3']
        """
        input = None if self.input is None else sizes("input", self.input)
        return described(self.kind, {"input": input, "output-size": self._outputs}, self.words_of_maps())


def averaging_matrix(name: str, size: int, output: int) -> NumberMatrix:
    """The matrix whose rows average the inputs of `output` windows over `size` inputs.

    >>> [str(value) for _, _, value in averaging_matrix("P", 3, 2).entries]
    ['1/2', '1/2', '1/2', '1/2']
    """
    meeting = [(i, x) for x in range(size) for i in range(x * output // size, ((x + 1) * output - 1) // size + 1)]
    counts = Counter(i for i, _ in meeting)
    return NumberMatrix(name, output, size, tuple((i, x, Fraction(1, counts[i])) for i, x in sorted(meeting)))
