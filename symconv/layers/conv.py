"""Convolution in one to three dimensions, with stride, dilation, padding, channels, groups, batch and bias.

The forward map is stated by its taps (`symconv.geometry`); the closed forms are pipelines of array operations
(`symconv.operations`). The two share nothing but the sizes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from symconv.errors import InputError
from symconv.forms import Form, Shape, Table, Variable
from symconv.geometry import Axis
from symconv.layers.base import Claim
from symconv.layers.links import Lengths, Link, OnAxis, joined
from symconv.layers.sizes import PaddingLike, SizesLike, padding_pairs, per_axis, sizes, whole
from symconv.notation.tree import Index, letter_index
from symconv.operations import (
    Correlate,
    IndexSum,
    Leaf,
    MatrixProduct,
    Naming,
    Operation,
    Rename,
    Repeat,
    TermArray,
    Total,
    Unroll,
    keep,
    leaf_array,
    reverse,
    spread,
    window,
)

CHANNEL_AXES = {"X": ("batch", "group", "in"), "O": ("batch", "group", "out"), "F": ("group", "out", "in")}

POSITION_LETTERS = {"O": ("i", "j", "l"), "F": ("u", "v", "w"), "X": ("p", "q", "r")}
"""What a page calls positions in the output, the filter and the input."""
AXIS_LETTERS = {"batch": r"\nu", "out": r"\mu", "in": r"\kappa"}
MAP_LETTERS = {
    "X": (AXIS_LETTERS["batch"], AXIS_LETTERS["in"]),
    "O": (AXIS_LETTERS["batch"], AXIS_LETTERS["out"]),
    "F": (AXIS_LETTERS["out"], AXIS_LETTERS["in"]),
    "G": (r"\rho", r"\lambda"),
    "b": (AXIS_LETTERS["out"],),
}
"""What it calls the example in the batch, the output map and the input channel; G's are for a sum over all of O."""


@dataclass(frozen=True)
class Conv:
    """A convolution layer.

    Args:
        input: sizes of the input, one a spatial axis (1 to 3).
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

    input: SizesLike
    filter: SizesLike
    stride: SizesLike = 1
    padding: PaddingLike = 0
    dilation: SizesLike = 1
    in_channels: int = 1
    out_channels: int = 1
    groups: int = 1
    batch: int = 1
    bias: Literal["map", "entry"] | None = None
    convention: Literal["correlation", "convolution"] = "correlation"

    def __post_init__(self) -> None:
        for what in ("in_channels", "out_channels", "groups", "batch"):
            whole(what.replace("_", " "), getattr(self, what))
        for what in ("in_channels", "out_channels"):
            if getattr(self, what) % self.groups:
                raise InputError(
                    f"groups is {self.groups}, which does not divide {what.replace('_', ' ')} {getattr(self, what)}: "
                    "choose groups that divide both in and out channels"
                )
        if self.bias not in (None, "map", "entry"):
            raise InputError(f'bias is {self.bias!r}: expected "map", "entry" or None')
        if self.convention not in ("correlation", "convolution"):
            raise InputError(f'convention is {self.convention!r}: expected "correlation" or "convolution"')
        self._normalise()

    def _normalise(self) -> None:
        """Sizes in one form, so that equal layers compare equal and can be hashed."""
        axes = self.axes
        for what, name in {"input": "size", "filter": "filter", "stride": "stride", "dilation": "dilation"}.items():
            object.__setattr__(self, what, tuple(getattr(axis, name) for axis in axes))
        object.__setattr__(self, "padding", tuple((axis.before, axis.after) for axis in axes))

    @cached_property
    def axes(self) -> tuple[Axis, ...]:
        """The geometry of each spatial axis."""
        input, filter = sizes("input", self.input), sizes("filter", self.filter)
        if len(input) != len(filter):
            raise InputError(
                f"input has {len(input)} and filter {len(filter)} sizes: give both as many, one a spatial axis"
            )
        stride, dilation = (per_axis(what, getattr(self, what), len(input)) for what in ("stride", "dilation"))
        padding = padding_pairs(self.padding, input, filter, stride, dilation)
        names = [str(number + 1) if len(input) > 1 else "" for number in range(len(input))]
        return tuple(
            Axis(n, k, s, d, before, after, name)
            for n, k, s, d, (before, after), name in zip(input, filter, stride, dilation, padding, names, strict=True)
        )

    @property
    def plain(self) -> bool:
        """Whether batch and channels are all 1, so that no array has axes for them."""
        return self.batch == self.in_channels == self.out_channels == 1

    @property
    def input_shape(self) -> Shape:
        return self._with_maps((self.batch, self.in_channels), tuple(axis.size for axis in self.axes))

    @property
    def filter_shape(self) -> Shape:
        sizes = tuple(axis.filter for axis in self.axes)
        return self._with_maps((self.out_channels, self.in_channels // self.groups), sizes)

    @property
    def output_shape(self) -> Shape:
        return self._with_maps((self.batch, self.out_channels), tuple(axis.output for axis in self.axes))

    @property
    def bias_shape(self) -> Shape:
        positions = tuple(axis.output for axis in self.axes) if self.bias == "entry" else ()
        return self._with_maps((self.out_channels,), positions)

    def _with_maps(self, maps: Shape, positions: Shape) -> Shape:
        return positions if self.plain else (*maps, *positions)

    @property
    def parameters(self) -> tuple[str, ...]:
        return ("F", "b") if self.bias else ("F",)

    @cached_property
    def arrays(self) -> Mapping[str, Variable]:
        shapes = {"X": self.input_shape, "F": self.filter_shape, "O": self.output_shape}
        if self.bias:
            shapes["b"] = self.bias_shape
        return {role: Variable(role, shape) for role, shape in shapes.items()}

    def term_count(self) -> int:
        taps = math.prod(axis.tap_count() for axis in self.axes)
        maps = self.batch * self.out_channels * (self.in_channels // self.groups)
        return taps * maps

    # The definition: O_i = Σ_f X[s·i + d·f - a] F_f + b

    def definition(self, only: Mapping[str, Sequence[int]] | None = None) -> Form:
        """O by its taps. `only` maps X, F, O or b to a multi-index (as in `arrays`) that the terms must touch.

        >>> len(Conv(input=(3, 3), filter=(2, 2)).definition())
        16
        >>> len(Conv(input=(3, 3), filter=(2, 2)).definition(only={"X": (0, 0)}))
        1
        """
        fixed = {role: self._position(role, index) for role, index in (only or {}).items()}
        parts = []
        if "b" not in fixed:
            parts.append(self._table(("X", "F"), self._links(), fixed))
        if self.bias and not {"X", "F"} & set(fixed):
            parts.append(self._table(("b",), self._bias_links(), fixed))
        return Form(tuple(parts))

    def _table(self, factors: tuple[str, ...], links: Mapping[str, Link], fixed: Mapping[str, Lengths]) -> Table:
        roles = ("O", *factors)
        return joined(links, [self.arrays[role] for role in roles], [self.axis_lengths(role) for role in roles], fixed)

    def _links(self) -> dict[str, Link]:
        """For each axis, the positions of O, X and F that belong together."""
        batch, group, out, in_ = (np.arange(n) for n in self._maps.values())
        links: dict[str, Link] = {
            "batch": {"O": batch, "X": batch},
            "group": {"O": group, "X": group, "F": group},
            "out": {"O": out, "F": out},
            "in": {"X": in_, "F": in_},
        }
        for number, axis in enumerate(self.axes):
            i, f, x = axis.taps()
            links[str(number)] = {"O": i, "X": x, "F": axis.filter - 1 - f if self.convention == "convolution" else f}
        return links

    def _bias_links(self) -> dict[str, Link]:
        """For each axis, the positions of O and b that belong together."""
        per_entry = ("O", "b") if self.bias == "entry" else ("O",)
        links = {"batch": ("O",), "group": ("O", "b"), "out": ("O", "b")}
        links |= dict.fromkeys(self.spatial, per_entry)
        lengths = dict(zip(self._names("O"), self._full_shape("O"), strict=True))
        return {name: dict.fromkeys(roles, np.arange(lengths[name])) for name, roles in links.items()}

    # Names and lengths of all axes, the group as an axis of its own

    @property
    def spatial(self) -> tuple[str, ...]:
        return tuple(str(number) for number in range(len(self.axes)))

    @property
    def _maps(self) -> dict[str, int]:
        return {
            "batch": self.batch,
            "group": self.groups,
            "out": self.out_channels // self.groups,
            "in": self.in_channels // self.groups,
        }

    def _names(self, role: str) -> tuple[str, ...]:
        if role == "b":
            return ("group", "out", *(self.spatial if self.bias == "entry" else ()))
        return (*CHANNEL_AXES["O" if role == "G" else role], *self.spatial)

    def axis_lengths(self, role: str) -> dict[str, int]:
        """The axes of X, F, O, G or b by name, the group apart, and their lengths."""
        size = {"X": "size", "F": "filter"}.get(role, "output")
        positions = {name: getattr(axis, size) for name, axis in zip(self.spatial, self.axes, strict=True)}
        return {name: (self._maps | positions)[name] for name in self._names(role)}

    def _full_shape(self, role: str) -> Shape:
        return tuple(self.axis_lengths(role).values())

    def _position(self, role: str, index: Sequence[int]) -> dict[str, int]:
        """The position on each axis of an entry given by the user's multi-index."""
        shape = self.arrays[role].shape
        if len(index) != len(shape) or not all(0 <= i < n for i, n in zip(index, shape, strict=True)):
            raise InputError(f"{role} has no entry {tuple(index)}: its shape is {shape}, positions count from 0")
        flat = int(np.ravel_multi_index(tuple(index), shape)) if shape else 0
        full = self._full_shape(role)
        return dict(zip(self._names(role), map(int, np.unravel_index(flat, full)), strict=True)) if full else {}

    # The closed forms

    def leaves(self) -> Mapping[str, TermArray]:
        """X, F, G (and b) with their named axes, the group apart."""
        variables = dict(self.arrays)
        variables["G"] = Variable("G", self.output_shape)
        del variables["O"]
        return {
            role: leaf_array(self._names(role), self._full_shape(role), variable)
            for role, variable in variables.items()
        }

    def slices(self, at: Mapping[str, int]) -> Mapping[str, TermArray]:
        """The spatial part of X, F and G at the given positions of the other axes."""
        found = {}
        for role in ("X", "F", "G"):
            names, shape = self._names(role), self._full_shape(role)
            maps = len(names) - len(self.axes)
            number = int(np.ravel_multi_index([at[name] for name in names[:maps]], shape[:maps]))
            variable = Variable("G", self.output_shape) if role == "G" else self.arrays[role]
            found[role] = leaf_array(self.spatial, shape[maps:], variable, number * math.prod(shape[maps:]))
        return found

    def shown_shape(self, lengths: Mapping[str, int]) -> Shape:
        """The shape, as the user sees it, of an array with the given axes: a group is part of the channels after it."""
        maps = {name: length for name, length in lengths.items() if name not in self.spatial}
        positions = [length for name, length in lengths.items() if name in self.spatial]
        if self.plain and set(maps.values()) <= {1}:
            return tuple(positions)
        shown, group = [], 1
        for name, length in maps.items():
            if name == "group":
                group = length
            else:
                shown.append(length * (group if name in ("out", "in") else 1))
                group = 1 if name in ("out", "in") else group
        return (*shown, *positions)

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

    def _each(self, name: str) -> tuple[int, ...]:
        return tuple(getattr(axis, name) for axis in self.axes)

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

    def _at(self, role: str) -> tuple[str, ...]:
        return POSITION_LETTERS[role][: len(self.axes)]

    def _bias_part(self) -> tuple[Operation, ...]:
        if not self.bias:
            return ()
        lengths = tuple(zip(self._names("O"), self._full_shape("O"), strict=True))
        return (Repeat(Leaf("b"), lengths),)

    def _bias_gradient(self) -> Operation:
        return Total(Leaf("G"), ("batch", *(self.spatial if self.bias == "map" else ())))

    def unrolled(self) -> Operation:
        """C: row i is the spread filter moved to where window i stands, cropped to the input."""
        filter = spread(self._reversed_if("convolution", Leaf("F")), self.spatial, self._each("dilation"))
        geometry = (self._each(what) for what in ("stride", "before", "output", "size"))
        return Unroll(filter, self.spatial, *geometry)

    @property
    def _windows(self) -> tuple[str, ...]:
        return tuple(f"window {name}" for name in self.spatial)

    def _times_matrix(self) -> Operation:
        order = (*CHANNEL_AXES["O"], *self._windows)
        product = MatrixProduct(Leaf("X"), self.unrolled(), (), ("in", *self.spatial), order, transposed=False)
        return Rename(product, tuple(zip(self._windows, self.spatial, strict=True)))

    def _times_transpose(self) -> Operation:
        gradient = Rename(Leaf("G"), tuple(zip(self.spatial, self._windows, strict=True)))
        contracted = ("out", *self._windows)
        return MatrixProduct(gradient, self.unrolled(), (), contracted, self._names("X"), transposed=True)

    def options(self) -> list[str]:
        """The command-line words that describe this layer, defaults left out.

        >>> Conv(input=(5, 5), filter=(3, 3), stride=(2, 1), padding=((0, 1), (1, 1))).options()
        ['conv', '--input', '5x5', '--filter', '3x3', '--stride', '2x1', '--padding', '0:1x1']
        """
        words = ["conv", "--input", _sizes(self._each("size")), "--filter", _sizes(self._each("filter"))]
        pairs = zip(self._each("before"), self._each("after"), strict=True)
        padding = [str(before) if before == after else f"{before}:{after}" for before, after in pairs]
        optional = {
            "stride": (_joined(self._each("stride")), "1"),
            "padding": (_joined(padding), "0"),
            "dilation": (_joined(self._each("dilation")), "1"),
            "in-channels": (self.in_channels, 1),
            "out-channels": (self.out_channels, 1),
            "groups": (self.groups, 1),
            "batch": (self.batch, 1),
            "bias": (self.bias, None),
            "convention": (self.convention, "correlation"),
        }
        for name, (value, default) in optional.items():
            if value != default:
                words += [f"--{name}", str(value)]
        return words

    def _repr_markdown_(self) -> str:
        shapes = {"input": self.input_shape, "filter": self.filter_shape, "output": self.output_shape}
        rows = "".join(f"| {name} | {_times(shape)} |\n" for name, shape in shapes.items())
        return f"| `{' '.join(self.options())}` | |\n| --- | --- |\n{rows}"

    # What a page calls things, and which entry it explains

    def letters(self, role: str) -> tuple[str, ...]:
        """The letters of an index of X, F, O, G or b, as many as the array has axes."""
        maps = () if self.plain else MAP_LETTERS[role]
        array = "O" if role == "G" else role
        positions = self._at("O" if role in ("b", "G") else role)
        return maps + positions[: len(self.arrays[array].shape) - len(maps)]

    def naming(self, group: int) -> Naming:
        """How a page calls slices and entries of one group; sums over axes of length 1 are not written."""
        letters = dict(zip(self.spatial, POSITION_LETTERS["O"], strict=False))
        if self.plain:
            positions = tuple(letter_index(letter) for letter in letters.values())
            bias = positions if self.bias == "entry" else ()
            whole: dict[str, tuple[int | Index, ...]] = {"G": positions, "b": bias, "db": bias}
            return Naming({}, whole, letters)
        length = self._maps
        free = {name: letter_index(letter) if length[name] > 1 else 0 for name, letter in AXIS_LETTERS.items()}
        shifted = {name: _shifted(free[name], group * length[name] if self.groups > 1 else 0) for name in ("in", "out")}
        slices: dict[str, tuple[int | Index, ...]] = {
            "X": (free["batch"], shifted["in"]),
            "F": (shifted["out"], free["in"]),
            "G": (free["batch"], shifted["out"]),
            "O": (free["batch"], shifted["out"]),
            "b": (shifted["out"],),
        }
        slices |= {"dX": slices["X"], "dF": slices["F"]}
        summed = {name: AXIS_LETTERS[name] for name in AXIS_LETTERS if length[name] > 1}
        every_map = letter_index(AXIS_LETTERS["out"]) if self.out_channels > 1 else 0
        positions = tuple(letter_index(letter) for letter in letters.values())
        bias = positions if self.bias == "entry" else ()
        entries: dict[str, tuple[int | Index, ...]] = {
            "G": (free["batch"], every_map, *positions),
            "b": (shifted["out"], *bias),
            "db": (every_map, *bias),
        }
        return Naming(slices, entries, letters | summed)

    def busiest(self, role: str) -> tuple[int, ...]:
        """The first entry that takes part in the most products."""
        if role == "b":
            return (0,) * len(self.arrays["b"].shape)
        column = {"O": 0, "F": 1, "X": 2}[role]
        at = [int(np.bincount(axis.taps()[column], minlength=1).argmax()) for axis in self.axes]
        if role == "F" and self.convention == "convolution":
            at = [axis.filter - 1 - f for axis, f in zip(self.axes, at, strict=True)]
        return tuple(at) if self.plain else (0, 0, *at)

    # Proof axis by axis

    def factors(self) -> tuple[OnAxis, ...]:
        """The layer on each axis by itself, channels and batch too; their product is this layer."""
        lengths = {role: self.axis_lengths(role) for role in (*self.arrays, "G")}
        links = [(("X", "F"), self._links())]
        biases = [(("b",), self._bias_links())] if self.bias else []
        return tuple(
            OnAxis(
                axis,
                {role: named[axis] for role, named in lengths.items() if axis in named},
                tuple((factors, link.get(axis, {})) for factors, link in (*links, *biases)),
            )
            for axis in ("batch", "group", "out", "in", *self.spatial)
        )

    def unreached(self) -> tuple[tuple[int, ...], ...]:
        """For each spatial axis, the input positions that no window reads; their gradient is 0."""
        return tuple(tuple(axis.unreached()) for axis in self.axes)


def _sizes(sizes: Sequence[int]) -> str:
    return "x".join(map(str, sizes))


def _times(shape: Shape) -> str:
    return "×".join(map(str, shape))


def _joined(parts: Sequence[int] | Sequence[str]) -> str:
    """One value where all axes agree, else one an axis."""
    return str(parts[0]) if len(set(parts)) == 1 else "x".join(map(str, parts))


def _shifted(index: int | Index, by: int) -> int | Index:
    return index + by if isinstance(index, int) else Index(index.parts, index.shift + by)
