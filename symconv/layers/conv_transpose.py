"""Transposed convolution in one to three dimensions, with output padding, channels, groups, batch and bias.

The forward map is stated by its taps: input i puts its product with filter entry f at output s·i + d·f - a. The closed
forms are pipelines of array operations and know no taps. (Dumoulin and Visin, "A guide to convolution arithmetic for
deep learning", relationships 13 and 14; output padding as PyTorch has it.)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar, Literal

import numpy as np

from symconv.errors import InputError
from symconv.forms import Column
from symconv.layers.base import Claim
from symconv.layers.channels import ChannelAxes
from symconv.layers.sizes import PaddingLike, SizesLike, per_axis
from symconv.layers.sliding import Sliding
from symconv.layers.words import joined_sizes
from symconv.notation.tree import CONVOLUTION
from symconv.operations import (
    Adjoint,
    Correlate,
    IndexSum,
    Leaf,
    MatrixProduct,
    Operation,
    Rename,
    Unroll,
    keep,
    reverse,
    spread,
    window,
)


@dataclass(frozen=True, slots=True)
class TransposedAxis:
    """One axis on which every one of `size` inputs lays down a copy of the filter, a stride after the one before it.

    `before` and `after` cut so many outputs off (negative: add zeros), `extra` (the output padding q) adds some at the
    end, which later taps may reach.

    Raises `InputError` for an output padding that is not below both stride and dilation, and for an output of no entry.

    >>> axis = TransposedAxis(size=2, filter=3, stride=2, extra=1)
    >>> axis.output, axis.extent
    (6, 3)
    """

    size: int
    filter: int
    stride: int = 1
    dilation: int = 1
    before: int = 0
    after: int = 0
    name: str = field(default="", compare=False)
    extra: int = 0

    def __post_init__(self) -> None:
        where = f" on axis {self.name}" if self.name else ""
        most = max(self.stride, self.dilation)
        if not 0 <= self.extra < most:
            raise InputError(
                f"output padding{where} is {self.extra}: expected 0 to {most - 1}, below the larger of stride "
                f"{self.stride} and dilation {self.dilation}"
            )
        if self.output < 1:
            raise InputError(
                f"output size{where} would be {self.output}: expected at least 1; make the padding smaller, or the "
                "input, the filter or the output padding larger"
            )

    @property
    def extent(self) -> int:
        """How many outputs one copy of the dilated filter reaches over, d(k-1)+1."""
        return self.dilation * (self.filter - 1) + 1

    @property
    def output(self) -> int:
        """The output size n = (m-1)s - a - c + d(k-1) + q + 1."""
        return (self.size - 1) * self.stride - self.before - self.after + self.extent + self.extra

    def taps(self) -> tuple[Column, Column, Column]:
        """All (output, filter, input) triples with output s·i + d·f - a, by input and then filter.

        >>> [column.tolist() for column in TransposedAxis(size=2, filter=2, stride=2).taps()]
        [[0, 1, 2, 3], [0, 1, 0, 1], [0, 0, 1, 1]]
        """
        i, f = (column.ravel() for column in np.indices((self.size, self.filter)))
        place = self.stride * i + self.dilation * f - self.before
        real = (place >= 0) & (place < self.output)
        return place[real], f[real], i[real]

    def tap_count(self) -> int:
        """How many taps there are, without listing them.

        >>> TransposedAxis(size=3, filter=3, stride=2, before=1, after=1).tap_count()
        7
        """
        start = self.dilation * np.arange(self.filter, dtype=np.int64) - self.before
        first = np.maximum(-(start // self.stride), 0)
        last = np.minimum((self.output - 1 - start) // self.stride, self.size - 1)
        return int(np.maximum(last - first + 1, 0).sum())

    def unreached(self) -> list[int]:
        """The inputs whose whole copy of the filter is cut off; their gradient is 0.

        >>> TransposedAxis(size=4, filter=1, before=1, after=1).unreached()
        [0, 3]
        """
        return sorted(set(range(self.size)) - set(self.taps()[2].tolist()))

    def bare(self) -> list[int]:
        """The outputs that no copy of the filter reaches; they are 0 before the bias.

        >>> TransposedAxis(size=2, filter=1, stride=2, extra=1).bare()
        [1, 3]
        """
        return sorted(set(range(self.output)) - set(self.taps()[0].tolist()))


@dataclass(frozen=True)
class ConvTranspose(Sliding):
    """A transposed convolution layer, the adjoint of a convolution.

    Args:
        input: sizes of the input, one a spatial axis (1 to 3); without it and `in_channels`, a network finds both.
        filter: sizes of the filter, as many.
        stride, dilation: one number for all axes or one an axis, at least 1.
        padding: what is cut off the output: one number, one an axis, (before, after) an axis, "valid" or "full";
            negative numbers add zeros.
        output_padding: entries added at the end of each axis, below the larger of stride and dilation.
        in_channels, out_channels, groups, batch: at least 1; groups divide both channels.
        bias: None, "map" (one number an output map) or "entry" (one an output entry).

    Shapes: X (batch, in, m...), F (in, out/groups, k...), O and G (batch, out, n...), b (out) or (out, n...), where
    n = (m-1)s - a - c + d(k-1) + q + 1. When batch, in and out channels are all 1, no array has those axes.

    Raises `InputError` for sizes that cannot be.

    >>> layer = ConvTranspose(input=(2, 2), filter=(3, 3), stride=2, padding=1, output_padding=1)
    >>> layer.output_shape
    (4, 4)
    >>> ConvTranspose(input=4, filter=3, in_channels=4, out_channels=2, groups=2).filter_shape
    (4, 1, 3)
    """

    kind: ClassVar[str] = "conv-transpose"
    symbols: ClassVar[Mapping[str, str]] = {**CONVOLUTION, "V": "V"}
    channel_axes: ClassVar[ChannelAxes] = {
        "X": ("batch", "group", "in"),
        "O": ("batch", "group", "out"),
        "F": ("group", "in", "out"),
    }

    input: SizesLike | None = None
    filter: SizesLike = ()
    stride: SizesLike = 1
    padding: PaddingLike = 0
    output_padding: SizesLike = 0
    dilation: SizesLike = 1
    in_channels: int | None = None
    out_channels: int = 1
    groups: int = 1
    batch: int = 1
    bias: Literal["map", "entry"] | None = None

    def __post_init__(self) -> None:
        self._check_maps()
        if self.padding in ("same", "same-fixed"):
            raise InputError(
                f'padding is {self.padding!r}, which a transposed convolution does not have: give numbers, "valid" or '
                '"full"; with padding d(k-1)/2 and output padding s-1 the output is s times as large as the input'
            )
        extra = per_axis("output padding", self.output_padding, len(self._given.filter), least=0)
        object.__setattr__(self, "output_padding", extra)
        self._normalise()

    @cached_property
    def axes(self) -> tuple[TransposedAxis, ...]:
        """The geometry of each spatial axis."""
        return tuple(
            TransposedAxis(*numbers, extra) for numbers, extra in zip(self._geometry(), self._extra, strict=True)
        )

    @property
    def _extra(self) -> tuple[int, ...]:
        return per_axis("output padding", self.output_padding, len(self._given.filter), least=0)

    def _optional(self) -> dict[str, tuple[object, object]]:
        return {**super()._optional(), "output-padding": (joined_sizes(self._extra), "0")}

    # The closed forms

    def claims(self) -> tuple[Claim, ...]:
        """O as a full correlation and as the adjoint of the convolution that ∂L/∂X is, both gradients as correlations;
        sums with indices (O at stride 1 only, where no index need be divisible); the unrolled matrix; the bias
        gradient as a sum."""
        claims = [
            Claim("O", "correlation", (self.forward(), *self._bias_part())),
            Claim("dF", "correlation", (self.filter_gradient(),)),
            Claim("dX", "correlation", (self.input_gradient(),)),
            Claim("O", "adjoint", (Adjoint(self.input_gradient(), "X", "G"), *self._bias_part())),
            Claim("dX", "indices", (self._indexed_input_gradient(),)),
            Claim("dF", "indices", (self._indexed_filter_gradient(),)),
            Claim("O", "matrix", (self._times_transpose(), *self._bias_part())),
            Claim("dX", "matrix", (self._times_matrix(),)),
        ]
        if set(self._each("stride")) == {1}:
            claims.append(Claim("O", "indices", (self._indexed_forward(), *self._bias_part())))
        if self.bias:
            claims.append(Claim("db", "sum", (self._bias_gradient(),)))
        return tuple(claims)

    def padded_gradient(self) -> Operation:
        return window(Leaf("G"), self.spatial, self._each("before"), self._each("after"))

    def spread_filter(self) -> Operation:
        return spread(Leaf("F"), self.spatial, self._each("dilation"))

    def forward(self) -> Operation:
        """The full correlation of the spread input with the reversed filter."""
        before = tuple(axis.extent - 1 - axis.before for axis in self.axes)
        after = tuple(axis.extent - 1 - axis.after + axis.extra for axis in self.axes)
        padded = window(spread(Leaf("X"), self.spatial, self._each("stride")), self.spatial, before, after)
        turned = reverse(Leaf("F"), self.spatial, self._each("filter"))
        filter = spread(turned, self.spatial, self._each("dilation"))
        return Correlate(padded, filter, self.spatial, ("in",), self._names("O"), self._ones)

    def input_gradient(self) -> Operation:
        """The ordinary convolution of the padded G; where output padding leaves it room for more, the first m count."""
        found = Correlate(
            self.padded_gradient(), self.spread_filter(), self.spatial, ("out",), self._names("X"), self._each("stride")
        )
        lengths = tuple(axis.size + axis.extra // axis.stride for axis in self.axes)
        return keep(found, self.spatial, self._each("size"), lengths)

    def filter_gradient(self) -> Operation:
        """The padded G correlated with the spread input, moved by the dilation; the first k entries count."""
        moved = spread(Leaf("X"), self.spatial, self._each("stride"))
        found = Correlate(
            self.padded_gradient(), moved, self.spatial, ("batch",), self._names("F"), self._each("dilation")
        )
        lengths = tuple(axis.filter + axis.extra // axis.dilation for axis in self.axes)
        return keep(found, self.spatial, self._each("filter"), lengths)

    @property
    def _ones(self) -> tuple[int, ...]:
        return (1,) * len(self.axes)

    @property
    def _start(self) -> tuple[int, ...]:
        return tuple(-axis.before for axis in self.axes)

    def _indexed_input_gradient(self) -> Operation:
        """Σ_u G[s·p + d·u - a] F[u]."""
        geometry = (self._each("size"), self._each("stride"), self._each("dilation"), self._start)
        return IndexSum(
            Leaf("G"), Leaf("F"), self.spatial, ("out",), self._names("X"), *geometry, self._at("X"), self._at("F")
        )

    def _indexed_filter_gradient(self) -> Operation:
        """Σ_p G[d·u + s·p - a] X[p]."""
        geometry = (self._each("filter"), self._each("dilation"), self._each("stride"), self._start)
        return IndexSum(
            Leaf("G"), Leaf("X"), self.spatial, ("batch",), self._names("F"), *geometry, self._at("F"), self._at("X")
        )

    def _indexed_forward(self) -> Operation:
        """Σ_u X[i - d·u + a] F[u], at stride 1."""
        backwards = tuple(-axis.dilation for axis in self.axes)
        geometry = (self._each("output"), self._ones, backwards, self._each("before"))
        return IndexSum(
            Leaf("X"), Leaf("F"), self.spatial, ("in",), self._names("O"), *geometry, self._at("O"), self._at("F")
        )

    def unrolled(self) -> Operation:
        """C of the ordinary convolution: row i is the spread filter moved to s·i - a, cropped to the output."""
        geometry = (self._each(what) for what in ("stride", "before", "size", "output"))
        return Unroll(self.spread_filter(), self.spatial, *geometry)

    def _times_transpose(self) -> Operation:
        signal = Rename(Leaf("X"), tuple(zip(self.spatial, self._windows, strict=True)))
        contracted = ("in", *self._windows)
        return MatrixProduct(signal, self.unrolled(), (), contracted, self._names("O"), transposed=True)

    def _times_matrix(self) -> Operation:
        order = (*self.channel_axes["X"], *self._windows)
        product = MatrixProduct(Leaf("G"), self.unrolled(), (), ("out", *self.spatial), order, transposed=False)
        return Rename(product, tuple(zip(self._windows, self.spatial, strict=True)))
