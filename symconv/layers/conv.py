"""Convolution in one to three dimensions, with stride, dilation, padding, channels, groups, batch and bias.

The forward map is stated by its taps (`symconv.geometry`); the closed forms are pipelines of array operations
(`symconv.operations`). The two share nothing but the sizes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Literal

from symconv.errors import InputError
from symconv.forms import Column
from symconv.geometry import Axis
from symconv.layers.base import Claim
from symconv.layers.channels import ChannelAxes
from symconv.layers.sizes import PaddingLike, SizesLike
from symconv.layers.sliding import Sliding, Taps
from symconv.notation.tree import CONVOLUTION
from symconv.operations import (
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


@dataclass(frozen=True)
class Conv(Sliding):
    """A convolution layer.

    Args:
        input: sizes of the input, one a spatial axis (1 to 3); without it and `in_channels`, a network finds both.
        filter: sizes of the filter, as many.
        stride, dilation: one number for all axes or one an axis, at least 1.
        padding: one number, one an axis, (before, after) an axis, or "valid", "same", "same-fixed", "full"; negative
            numbers crop.
        in_channels, out_channels, groups, batch: at least 1; groups divide both channels.
        bias: None, "map" (one number an output map) or "entry" (one an output entry).
        convention: "correlation" (what networks call convolution) or "convolution" (the filter is reversed).

    Shapes: X (batch, in, n...), F (out, in/groups, k...), O and G (batch, out, o...), b (out) or (out, o...). When
    batch, in and out channels are all 1, no array has those axes.

    Raises `InputError` for sizes that cannot be.

    >>> layer = Conv(input=(5, 5), filter=(3, 3), stride=2, padding=1)
    >>> layer.output_shape
    (3, 3)
    >>> Conv(input=8, filter=3, in_channels=2, out_channels=4, groups=2).filter_shape
    (4, 1, 3)
    """

    kind: ClassVar[str] = "conv"
    symbols: ClassVar[Mapping[str, str]] = CONVOLUTION
    channel_axes: ClassVar[ChannelAxes] = {
        "X": ("batch", "group", "in"),
        "O": ("batch", "group", "out"),
        "F": ("group", "out", "in"),
    }

    input: SizesLike | None = None
    filter: SizesLike = ()
    stride: SizesLike = 1
    padding: PaddingLike = 0
    dilation: SizesLike = 1
    in_channels: int | None = None
    out_channels: int = 1
    groups: int = 1
    batch: int = 1
    bias: Literal["map", "entry"] | None = None
    convention: Literal["correlation", "convolution"] = "correlation"

    def __post_init__(self) -> None:
        self._check_maps()
        if self.convention not in ("correlation", "convolution"):
            raise InputError(f'convention is {self.convention!r}: expected "correlation" or "convolution"')
        self._normalise()

    @cached_property
    def axes(self) -> tuple[Axis, ...]:
        """The geometry of each spatial axis."""
        return tuple(Axis(*numbers) for numbers in self._geometry())

    def _turned(self, axis: Taps, entry: Column) -> Column:
        return axis.filter - 1 - entry if self.convention == "convolution" else entry

    def _optional(self) -> dict[str, tuple[object, object]]:
        return {**super()._optional(), "convention": (self.convention, "correlation")}

    # The closed forms

    def claims(self) -> tuple[Claim, ...]:
        """O and both gradients as correlations, as sums with indices (∂L/∂X at stride 1 only, where no index need be
        divisible), and through the unrolled matrix; the bias gradient as a sum."""
        claims = [
            Claim("O", "correlation", (self.forward(), *self._bias_part())),
            Claim("dF", "correlation", (self.filter_gradient(),)),
            Claim("dX", "correlation", (self.input_gradient(),)),
            Claim("O", "indices", (self._indexed_forward(), *self._bias_part())),
            Claim("dF", "indices", (self._indexed_filter_gradient(),)),
            Claim("O", "matrix", (self._times_matrix(), *self._bias_part())),
            Claim("dX", "matrix", (self._times_transpose(),)),
        ]
        if set(self._each("stride")) == {1}:
            claims.append(Claim("dX", "indices", (self._indexed_input_gradient(),)))
        if self.bias:
            claims.append(Claim("db", "sum", (self._bias_gradient(),)))
        return tuple(claims)

    def padded_input(self) -> Operation:
        return window(Leaf("X"), self.spatial, self._each("before"), self._each("after"))

    def _reversed_if(self, convention: str, operand: Operation) -> Operation:
        return reverse(operand, self.spatial, self._each("filter")) if self.convention == convention else operand

    def forward(self) -> Operation:
        """The padded input correlated with the (for a true convolution reversed) filter, dilated by a spread."""
        filter = spread(self._reversed_if("convolution", Leaf("F")), self.spatial, self._each("dilation"))
        order = self._names("O")
        return Correlate(self.padded_input(), filter, self.spatial, ("in",), order, self._each("stride"))

    def filter_gradient(self) -> Operation:
        """The padded input correlated with G: stride and dilation have changed places; the first k entries count."""
        gradient = spread(Leaf("G"), self.spatial, self._each("stride"))
        found = Correlate(
            self.padded_input(), gradient, self.spatial, ("batch",), self._names("F"), self._each("dilation")
        )
        lengths = tuple(axis.filter + axis.remainder // axis.dilation for axis in self.axes)
        kept = keep(found, self.spatial, self._each("filter"), lengths)
        return self._reversed_if("convolution", kept)

    def input_gradient(self) -> Operation:
        """The full correlation of the spread G with the reversed filter (for a true convolution not reversed)."""
        gradient = spread(Leaf("G"), self.spatial, self._each("stride"))
        before = tuple(axis.extent - 1 - axis.before for axis in self.axes)
        after = tuple(axis.extent - 1 - axis.after + axis.remainder for axis in self.axes)
        padded = window(gradient, self.spatial, before, after)
        filter = spread(self._reversed_if("correlation", Leaf("F")), self.spatial, self._each("dilation"))
        ones = (1,) * len(self.axes)
        return Correlate(padded, filter, self.spatial, ("out",), self._names("X"), ones)

    def _indexed_forward(self) -> Operation:
        """Σ_u X[s·i + d·u - a] F[u]; for a true convolution u counts from the filter's other end."""
        forwards, shift = self._filter_direction()
        geometry = (self._each("output"), self._each("stride"), forwards, shift)
        return IndexSum(
            Leaf("X"), Leaf("F"), self.spatial, ("in",), self._names("O"), *geometry, self._at("O"), self._at("F")
        )

    def _indexed_filter_gradient(self) -> Operation:
        """Σ_i X[d·u + s·i - a] G[i]."""
        forwards, shift = self._filter_direction()
        geometry = (self._each("filter"), forwards, self._each("stride"), shift)
        return IndexSum(
            Leaf("X"), Leaf("G"), self.spatial, ("batch",), self._names("F"), *geometry, self._at("F"), self._at("O")
        )

    def _indexed_input_gradient(self) -> Operation:
        """Σ_u G[x - d·u + a] F[u], at stride 1."""
        forwards, shift = self._filter_direction()
        backwards, away = tuple(-d for d in forwards), tuple(-n for n in shift)
        geometry = (self._each("size"), (1,) * len(self.axes), backwards, away)
        return IndexSum(
            Leaf("G"), Leaf("F"), self.spatial, ("out",), self._names("X"), *geometry, self._at("X"), self._at("F")
        )

    def _filter_direction(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """How far the input position moves with the filter index, and where it starts: d and -a, or -d and d(k-1)-a."""
        if self.convention == "correlation":
            return self._each("dilation"), tuple(-axis.before for axis in self.axes)
        return tuple(-axis.dilation for axis in self.axes), tuple(axis.extent - 1 - axis.before for axis in self.axes)

    def unrolled(self) -> Operation:
        """C: row i is the spread filter moved to where window i stands, cropped to the input."""
        filter = spread(self._reversed_if("convolution", Leaf("F")), self.spatial, self._each("dilation"))
        geometry = (self._each(what) for what in ("stride", "before", "output", "size"))
        return Unroll(filter, self.spatial, *geometry)

    def _times_matrix(self) -> Operation:
        order = (*self.channel_axes["O"], *self._windows)
        product = MatrixProduct(Leaf("X"), self.unrolled(), (), ("in", *self.spatial), order, transposed=False)
        return Rename(product, tuple(zip(self._windows, self.spatial, strict=True)))

    def _times_transpose(self) -> Operation:
        gradient = Rename(Leaf("G"), tuple(zip(self.spatial, self._windows, strict=True)))
        contracted = ("out", *self._windows)
        return MatrixProduct(gradient, self.unrolled(), (), contracted, self._names("X"), transposed=True)
