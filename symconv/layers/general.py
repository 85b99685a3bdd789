"""A convolution whose sizes are letters: what is known of it are the numbers that the user gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import ClassVar, Literal

from symconv.errors import InputError, NotSupportedError
from symconv.geometry import Axis
from symconv.layers.channels import AXIS_LETTERS, POSITION_LETTERS
from symconv.layers.sizes import PaddingLike, SizesLike, padding_pairs, per_axis, sizes, whole
from symconv.layers.words import described, joined_sizes, padding_words
from symconv.notation.tree import CONVOLUTION

MOST_AXES = 2
SIZES = "nksdacor"
"""Input size, filter size, stride, dilation, padding before and after, output size, remainder."""
MAPS = MappingProxyType({"batch": "N", "out": "M", "in": "K"})
"""How many examples, output channels and input channels there are."""
MAPS_OF = MappingProxyType({"X": ("batch", "in"), "F": ("out", "in"), "R": ("out", "in"), "b": ("out",)})
"""The maps that an array has an index for; the output and its gradients have one for the example and the channel."""
SPREAD_LETTERS = ("e", "f")
"""Positions in the spread gradient."""


@dataclass(frozen=True)
class GeneralConv:
    """A convolution for a derivation with general indices: everything that is not given stays a letter.

    Args:
        axes: the number of spatial axes, 1 or 2; without it as many as the sizes given, or 1.
        input, filter, stride, dilation: numbers of `Conv`, or None.
        padding: numbers, also (before, after) an axis, "valid", or None.
        in_channels, out_channels, batch: above 1, channels and examples have indices of their own.
        bias, convention: as those of `Conv`.

    Raises `InputError` for sizes that cannot be, `NotSupportedError` for more axes.

    >>> GeneralConv(stride=2).numbers
    {'s': 2}
    >>> GeneralConv(input=(5, 6), filter=(3, 3), stride=2, dilation=1, padding=0).numbers["o_{2}"]
    2
    """

    kind: ClassVar[str] = "conv-general"
    symbols: ClassVar[Mapping[str, str]] = MappingProxyType({**CONVOLUTION, "S": "S", "R": "R"})
    parameters: ClassVar[tuple[str, ...]] = ("F",)

    axes: int | None = None
    input: SizesLike | None = None
    filter: SizesLike | None = None
    stride: SizesLike | None = None
    dilation: SizesLike | None = None
    padding: PaddingLike | None = None
    in_channels: int = 1
    out_channels: int = 1
    batch: int = 1
    bias: Literal["map", "entry"] | None = None
    convention: Literal["correlation", "convolution"] = "correlation"

    def __post_init__(self) -> None:
        for what in ("in_channels", "out_channels", "batch"):
            whole(what.replace("_", " "), getattr(self, what))
        if self.bias not in (None, "map", "entry"):
            raise InputError(f'bias is {self.bias!r}: expected "map", "entry" or None')
        if self.convention not in ("correlation", "convolution"):
            raise InputError(f'convention is {self.convention!r}: expected "correlation" or "convolution"')
        object.__setattr__(self, "axes", self._rank())
        _ = self.numbers

    def _rank(self) -> int:
        """The number of axes, which all sizes with several numbers agree on."""
        given = {what: getattr(self, what) for what in ("input", "filter")}
        ranks = {len(sizes(what, value)) for what, value in given.items() if value is not None}
        options = (self.stride, self.dilation, self.padding)
        ranks |= {len(value) for value in options if isinstance(value, tuple | list) and len(value) > 1}
        ranks |= {self.axes} if self.axes is not None else set()
        if len(ranks) > 1:
            raise InputError(f"axes are {' and '.join(map(str, sorted(ranks)))}: give as many sizes for each option")
        rank = ranks.pop() if ranks else 1
        if not 1 <= rank <= MOST_AXES:
            raise NotSupportedError(f"axes are {rank}: general indices are there for 1 or 2; the others are alike")
        return rank

    @property
    def rank(self) -> int:
        assert self.axes is not None
        return self.axes

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The sizes that are known, by letter; the output size and the remainder where they follow."""
        given: dict[str, tuple[int, ...]] = {}
        for letter, what in (("n", "input"), ("k", "filter"), ("s", "stride"), ("d", "dilation")):
            value = getattr(self, what)
            if value is not None:
                given[letter] = per_axis(what, value, self.rank)
        if self.padding is not None:
            given["a"], given["c"] = zip(*self._padding(), strict=True)
        if all(letter in given for letter in "nksdac"):
            rows = zip(*(given[letter] for letter in "nksdac"), strict=True)
            found = [Axis(n, k, s, d, a, c) for n, k, s, d, a, c in rows]
            given["o"], given["r"] = (tuple(getattr(axis, what) for axis in found) for what in ("output", "remainder"))
        return {self.size(letter, at): number for letter, row in given.items() for at, number in enumerate(row)}

    def _padding(self) -> tuple[tuple[int, int], ...]:
        if isinstance(self.padding, str) and self.padding != "valid":
            raise InputError(
                f"padding is {self.padding!r}: with general indices give numbers, or leave it out to keep its letters"
            )
        ones = (1,) * self.rank
        return padding_pairs(self.padding or 0, ones, ones, ones, ones)

    def size(self, letter: str, axis: int) -> str:
        """The letter of a size on an axis, such as s, or s_{1} where there are two axes.

        >>> GeneralConv(axes=2).size("s", 0)
        's_{1}'
        """
        return letter if self.rank == 1 else f"{letter}_{{{axis + 1}}}"

    def plain_size(self, letter: str) -> tuple[str, int]:
        """The letter without its axis, and the axis.

        >>> GeneralConv(axes=2).plain_size("s_{2}"), GeneralConv().plain_size("s")
        (('s', 1), ('s', 0))
        """
        plain, mark, axis = letter.partition("_")
        return plain, int(axis.strip("{}")) - 1 if mark else 0

    @property
    def channels(self) -> bool:
        """Whether examples and channels have indices."""
        return max(self.batch, self.in_channels, self.out_channels) > 1

    def positions(self, role: str) -> tuple[str, ...]:
        """The letters of the positions in an array."""
        if role == "S":
            return SPREAD_LETTERS[: self.rank]
        return POSITION_LETTERS["O" if role == "b" else "F" if role == "R" else role][: self.rank]

    def maps(self, role: str) -> tuple[str, ...]:
        """The letters of examples and channels of an array."""
        return tuple(AXIS_LETTERS[name] for name in MAPS_OF.get(role, ("batch", "out"))) if self.channels else ()

    def letters(self, role: str) -> tuple[str, ...]:
        """All letters of an array's index.

        >>> GeneralConv(batch=2).letters("X")
        ('\\\\nu', '\\\\kappa', 'p')
        """
        return (*self.maps(role), *(() if role == "b" and self.bias != "entry" else self.positions(role)))

    @property
    def arrays(self) -> Mapping[str, tuple[str, ...]]:
        """The arrays, by role, with the letters of their indices."""
        return {role: self.letters(role) for role in ("X", "F", *(("b",) if self.bias else ()), "O")}

    @cached_property
    def ranges(self) -> Mapping[str, str]:
        """How far each letter of an index goes, as the letter of a size."""
        found = {AXIS_LETTERS[name]: MAPS[name] for name in MAPS}
        for role, size in (("O", "o"), ("F", "k"), ("X", "n")):
            found |= {letter: self.size(size, at) for at, letter in enumerate(self.positions(role))}
        return found

    def options(self) -> list[str]:
        """The command-line words that describe this layer, what is not given left out.

        >>> GeneralConv(axes=2, stride=2, bias="map").options()
        ['conv', '--general', '2', '--stride', '2', '--bias', 'map']
        """
        spelled = {what: per_axis(what, getattr(self, what), self.rank) for what in given(self, "input", "filter")}
        joined = {what: per_axis(what, getattr(self, what), self.rank) for what in given(self, "stride", "dilation")}
        optional = {
            **{what: (joined_sizes(numbers), None) for what, numbers in joined.items()},
            "padding": (None if self.padding is None else padding_words(self._padding()), None),
            "in-channels": (self.in_channels, 1),
            "out-channels": (self.out_channels, 1),
            "batch": (self.batch, 1),
            "bias": (self.bias, None),
            "convention": (self.convention, "correlation"),
        }
        first, *rest = described("conv", spelled, optional)
        axes = [str(self.rank)] if self.rank > 1 and not spelled else []
        return [first, "--general", *axes, *rest]


def given(layer: GeneralConv, *options: str) -> list[str]:
    """The options that are given."""
    return [what for what in options if getattr(layer, what) is not None]
