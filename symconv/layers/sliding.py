"""What a convolution and a transposed convolution share: taps on spatial axes, channels, groups, batch and bias."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import ClassVar, Literal, NamedTuple, Protocol, TypeAlias, TypeVar

import numpy as np

from symconv.errors import InputError
from symconv.forms import Column, Shape, Variable
from symconv.layers.affine import Affine
from symconv.layers.base import Claim
from symconv.layers.channels import POSITION_LETTERS, ChannelAxes, map_letters, naming_of_group, plain_naming
from symconv.layers.fitting import agreed, channels_and_positions, unsized
from symconv.layers.links import Link
from symconv.layers.sizes import PaddingLike, SizesLike, padding_pairs, per_axis, sizes, whole
from symconv.layers.words import described, joined_sizes, padding_words
from symconv.notation.tree import letter_index
from symconv.operations import Leaf, Naming, Operation, Repeat, TermArray, Total, leaf_array

L = TypeVar("L", bound="Sliding")
Padding: TypeAlias = str | tuple[tuple[int, int], ...]


class Given(NamedTuple):
    """The sizes of a layer in one form, one value an axis; a padding that is a word needs the input to become one."""

    input: Shape | None
    filter: Shape
    stride: Shape
    padding: Padding
    dilation: Shape


class Taps(Protocol):
    """The geometry of one spatial axis: `size` positions of X, `filter` of F, `output` of O."""

    @property
    def size(self) -> int: ...
    @property
    def filter(self) -> int: ...
    @property
    def stride(self) -> int: ...
    @property
    def dilation(self) -> int: ...
    @property
    def before(self) -> int: ...
    @property
    def after(self) -> int: ...
    @property
    def output(self) -> int: ...

    def taps(self) -> tuple[Column, Column, Column]:
        """The (output, filter, input) triples that belong together, as columns."""

    def tap_count(self) -> int:
        """How many there are."""

    def unreached(self) -> list[int]:
        """The inputs that are in none of them."""


class Sliding(Affine):
    """A layer that joins X, F and O by the taps of a window on each spatial axis.

    A subclass is a frozen dataclass with the fields below. It says what its axes are and which closed forms it claims;
    `channel_axes` gives the order in which X, F and O have their channels.
    """

    kind: ClassVar[str]
    channel_axes: ClassVar[ChannelAxes]

    input: SizesLike | None
    filter: SizesLike
    stride: SizesLike
    padding: PaddingLike
    dilation: SizesLike
    in_channels: int | None
    out_channels: int
    groups: int
    batch: int
    bias: Literal["map", "entry"] | None

    # Checks, and sizes in one form

    def _check_maps(self) -> None:
        if self.input is not None and self.in_channels is None:
            object.__setattr__(self, "in_channels", 1)
        for what in ("in_channels", "out_channels", "groups", "batch"):
            if getattr(self, what) is not None:
                whole(what.replace("_", " "), getattr(self, what))
        for what in ("in_channels", "out_channels"):
            if (getattr(self, what) or 0) % self.groups:
                raise InputError(
                    f"groups is {self.groups}, which does not divide {what.replace('_', ' ')} {getattr(self, what)}: "
                    "choose groups that divide both in and out channels"
                )
        if self.bias not in (None, "map", "entry"):
            raise InputError(f'bias is {self.bias!r}: expected "map", "entry" or None')

    def _normalise(self) -> None:
        """Sizes in one form, so that equal layers compare equal and can be hashed."""
        for what, value in self._given._asdict().items():
            object.__setattr__(self, what, value)
        if self.input is not None:
            _ = self.axes

    @cached_property
    def _given(self) -> Given:
        input = None if self.input is None else sizes("input", self.input)
        filter = sizes("filter", self.filter)
        if input is not None and len(input) != len(filter):
            raise InputError(
                f"input has {len(input)} and filter {len(filter)} sizes: give both as many, one a spatial axis"
            )
        stride, dilation = (per_axis(what, getattr(self, what), len(filter)) for what in ("stride", "dilation"))
        padding: Padding = padding_pairs(self.padding, input or filter, filter, stride, dilation)
        if input is None and isinstance(self.padding, str):
            padding = self.padding
        return Given(input, filter, stride, padding, dilation)

    def _geometry(self) -> list[tuple[int, int, int, int, int, int, str]]:
        """Of each spatial axis the sizes of input and filter, stride, dilation, padding before and after, and name.

        Raises `InputError` for a layer that has no input size.
        """
        input, filter, stride, padding, dilation = self._given
        if input is None or isinstance(padding, str):
            raise unsized(self.kind)
        names = [str(number + 1) if len(input) > 1 else "" for number in range(len(input))]
        rows = zip(input, filter, stride, dilation, padding, names, strict=True)
        return [(n, k, s, d, before, after, name) for n, k, s, d, (before, after), name in rows]

    @property
    def axes(self) -> tuple[Taps, ...]:
        """The geometry of each spatial axis."""
        raise NotImplementedError

    def claims(self) -> tuple[Claim, ...]:
        """The closed forms."""
        raise NotImplementedError

    def unrolled(self) -> Operation:
        """The matrix C whose rows are the filter where each window lies."""
        raise NotImplementedError

    def fitted(self: L, shape: Shape, batch: int) -> L:
        """The layer for examples of this shape, channels first. Raises `InputError` where it was made for others.

        >>> from symconv.layers.conv import Conv
        >>> Conv(filter=(3, 3), padding="same").fitted((2, 6, 5), batch=1).output_shape
        (1, 1, 6, 5)
        """
        channels, positions = channels_and_positions(self.kind, shape, len(self._given.filter))
        agreed(self.kind, "input", self._given.input, positions)
        agreed(self.kind, "in_channels", None if self.in_channels is None else (self.in_channels,), (channels,))
        agreed(self.kind, "batch", None if self.batch == 1 else (self.batch,), (batch,))
        return replace(self, input=positions, in_channels=channels, batch=batch)  # type: ignore[type-var]

    # Shapes

    @property
    def plain(self) -> bool:
        """Whether batch and channels are all 1, so that no array has axes for them."""
        return self.batch == self.in_channels == self.out_channels == 1

    @property
    def input_shape(self) -> Shape:
        return self._shape("X")

    @property
    def filter_shape(self) -> Shape:
        return self._shape("F")

    @property
    def output_shape(self) -> Shape:
        return self._shape("O")

    @property
    def bias_shape(self) -> Shape:
        return self._shape("b")

    @property
    def example_output(self) -> Shape:
        """Channels and positions of one example's output."""
        return (self.out_channels, *self._each("output"))

    def _shape(self, role: str) -> Shape:
        return self.shown_shape(self.axis_lengths(role))

    def term_count(self) -> int:
        return math.prod(axis.tap_count() for axis in self.axes) * math.prod(self._maps.values())

    def largest_sum(self) -> int:
        sizes = (math.prod(self._each(what)) for what in ("size", "filter"))
        return max(self.arrays["O"].size // self.out_channels, *sizes)

    # The definition by taps

    def _links(self) -> dict[str, Link]:
        """For each axis, the positions of O, X and F that belong together."""
        batch, group, out, in_ = (np.arange(n) for n in self._maps.values())
        links: dict[str, Link] = {
            "batch": {"O": batch, "X": batch},
            "group": {"O": group, "X": group, "F": group},
            "out": {"O": out, "F": out},
            "in": {"X": in_, "F": in_},
        }
        for name, axis in zip(self.spatial, self.axes, strict=True):
            i, f, x = axis.taps()
            links[name] = {"O": i, "X": x, "F": self._turned(axis, f)}
        return links

    def _turned(self, axis: Taps, entry: Column) -> Column:
        """The filter entries that stand where the taps of the axis say; another order in a subclass."""
        return entry

    def _bias_links(self) -> dict[str, Link]:
        """For each axis, the positions of O and b that belong together."""
        per_entry = ("O", "b") if self.bias == "entry" else ("O",)
        links = {"batch": ("O",), "group": ("O", "b"), "out": ("O", "b")}
        links |= dict.fromkeys(self.spatial, per_entry)
        lengths = self.axis_lengths("O")
        return {name: dict.fromkeys(roles, np.arange(lengths[name])) for name, roles in links.items()}

    # Names and lengths of all axes, the group as an axis of its own

    @property
    def spatial(self) -> tuple[str, ...]:
        return tuple(str(number) for number in range(len(self.axes)))

    @cached_property
    def _maps(self) -> dict[str, int]:
        if self.in_channels is None:
            raise unsized(self.kind)
        return {
            "batch": self.batch,
            "group": self.groups,
            "out": self.out_channels // self.groups,
            "in": self.in_channels // self.groups,
        }

    def _names(self, role: str) -> tuple[str, ...]:
        if role == "b":
            return ("group", "out", *(self.spatial if self.bias == "entry" else ()))
        return (*self.channel_axes["O" if role == "G" else role], *self.spatial)

    def axis_lengths(self, role: str) -> dict[str, int]:
        """The axes of X, F, O, G or b by name, the group apart, and their lengths."""
        positions = zip(self.spatial, self._each({"X": "size", "F": "filter"}.get(role, "output")), strict=True)
        lengths = self._maps | dict(positions)
        return {name: lengths[name] for name in self._names(role)}

    def _each(self, what: str) -> tuple[int, ...]:
        return tuple(getattr(axis, what) for axis in self.axes)

    # What closed forms start from, and the bias in them

    def slices(self, at: Mapping[str, int]) -> Mapping[str, TermArray]:
        """The spatial part of X, F and G at the given positions of the other axes."""
        found = {}
        for role in ("X", "F", "G"):
            lengths = self.axis_lengths(role)
            names, shape = tuple(lengths), tuple(lengths.values())
            maps = len(names) - len(self.axes)
            number = int(np.ravel_multi_index([at[name] for name in names[:maps]], shape[:maps]))
            variable = Variable("G", self.output_shape) if role == "G" else self.arrays[role]
            found[role] = leaf_array(self.spatial, shape[maps:], variable, number * math.prod(shape[maps:]))
        return found

    def slice_index(self, role: str, at: Mapping[str, int]) -> tuple[int, ...]:
        """The leading index of that slice of X, F or G in the first group; empty where no array has such axes."""
        if self.plain:
            return ()
        return tuple(at[name] for name in self.channel_axes["O" if role == "G" else role] if name != "group")

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

    def _bias_part(self) -> tuple[Operation, ...]:
        return (Repeat(Leaf("b"), tuple(self.axis_lengths("O").items())),) if self.bias else ()

    def _bias_gradient(self) -> Operation:
        return Total(Leaf("G"), ("batch", *(self.spatial if self.bias == "map" else ())))

    @property
    def _windows(self) -> tuple[str, ...]:
        return tuple(f"window {name}" for name in self.spatial)

    # What a page calls things, and which entry it explains

    def options(self) -> list[str]:
        """The command-line words that describe this layer, defaults left out.

        >>> from symconv.layers.conv import Conv
        >>> Conv(input=(5, 5), filter=(3, 3), stride=(2, 1), padding=((0, 1), (1, 1))).options()
        ['conv', '--input', '5x5', '--filter', '3x3', '--stride', '2x1', '--padding', '0:1x1']
        """
        sizes = {"input": self._given.input, "filter": self._given.filter}
        return described(self.kind, sizes, self._optional())

    def _optional(self) -> dict[str, tuple[object, object]]:
        """Every option with its value and its default."""
        _, _, stride, padding, dilation = self._given
        return {
            "stride": (joined_sizes(stride), "1"),
            "padding": (padding if isinstance(padding, str) else padding_words(padding), "0"),
            "dilation": (joined_sizes(dilation), "1"),
            "in-channels": (self.in_channels or 1, 1),
            "out-channels": (self.out_channels, 1),
            "groups": (self.groups, 1),
            "batch": (self.batch, 1),
            "bias": (self.bias, None),
        }

    def _repr_markdown_(self) -> str:
        shapes = {} if self.input is None else {"input": "X", "filter": "F", "output": "O"}
        rows = "".join(f"| {name} | {'×'.join(map(str, self._shape(role)))} |\n" for name, role in shapes.items())
        return f"| `{' '.join(self.options())}` | |\n| --- | --- |\n{rows}"

    def _at(self, role: str) -> tuple[str, ...]:
        return POSITION_LETTERS[role][: len(self.axes)]

    def letters(self, role: str) -> tuple[str, ...]:
        """The letters of an index of X, F, O, G or b, as many as the array has axes."""
        maps = () if self.plain else map_letters(self.channel_axes, role)
        array = "O" if role == "G" else role
        positions = self._at("O" if role in ("b", "G") else role)
        return maps + positions[: len(self.arrays[array].shape) - len(maps)]

    def naming(self, group: int) -> Naming:
        """How a page calls slices and entries of one group; sums over axes of length 1 are not written."""
        letters = dict(zip(self.spatial, POSITION_LETTERS["O"], strict=False))
        bias = tuple(map(letter_index, letters.values())) if self.bias == "entry" else ()
        if self.plain:
            return plain_naming(letters, bias)
        return naming_of_group(self.channel_axes, self._maps, letters, group, bias)

    def busiest(self, role: str) -> tuple[int, ...]:
        """The first entry that takes part in the most products."""
        if role == "b":
            return (0,) * len(self.arrays["b"].shape)
        column = {"O": 0, "F": 1, "X": 2}[role]
        at = [np.bincount(axis.taps()[column], minlength=1).argmax(0, keepdims=True) for axis in self.axes]
        if role == "F":
            at = [self._turned(axis, entry) for axis, entry in zip(self.axes, at, strict=True)]
        return (*(() if self.plain else (0, 0)), *(int(place[0]) for place in at))

    def unreached(self) -> tuple[tuple[int, ...], ...]:
        """For each spatial axis, the input positions that take part in nothing; their gradient is 0."""
        return tuple(tuple(axis.unreached()) for axis in self.axes)
