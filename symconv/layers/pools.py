"""What all pools share: every channel of every example by itself, windows on the spatial axes, nothing to learn."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cached_property
from typing import ClassVar, NamedTuple, Protocol, TypeVar

import numpy as np

from symconv.errors import InputError
from symconv.forms import Column, Form, Shape, Variable
from symconv.geometry import Axis
from symconv.layers.channels import AXIS_LETTERS, POSITION_LETTERS, SUMMED_LETTERS
from symconv.layers.fitting import agreed, channels_and_positions, unsized
from symconv.layers.links import Lengths, Link, OnAxis, Weights, joined
from symconv.layers.sizes import PaddingLike, SizesLike, padding_pairs, per_axis, sizes, whole
from symconv.layers.words import joined_sizes, padding_words
from symconv.notation.tree import Index, letter_index
from symconv.operations import Naming, TermArray, leaf_array, tap

MAPS = ("batch", "channel")
"""The axes before the positions."""
MAP_LETTERS = (AXIS_LETTERS["batch"], AXIS_LETTERS["in"])

P = TypeVar("P", bound="Pool")


class PoolAxis(Protocol):
    """The geometry of one spatial axis."""

    @property
    def size(self) -> int: ...
    @property
    def output(self) -> int: ...

    def taps(self) -> tuple[Column, Column, Column]:
        """The (window, place in it, input) triples that belong together, as columns."""

    def tap_count(self) -> int:
        """How many there are."""

    def unreached(self) -> list[int]:
        """The inputs that no window reads."""


class Pool:
    """Base of the pools: frozen dataclasses with the fields `input`, `channels` and `batch`.

    Shapes: X (batch, channels, n...), O and G (batch, channels, o...); positions only where batch and channels are 1.
    """

    kind: ClassVar[str]
    factors_of_a_term: ClassVar[tuple[str, ...]] = ("X",)
    """The arrays that one product of the output multiplies."""
    parameters: ClassVar[tuple[str, ...]] = ()

    input: SizesLike | None
    channels: int | None
    batch: int

    @property
    def axes(self) -> tuple[PoolAxis, ...]:
        """The geometry of each spatial axis. Raises `InputError` for a pool that has no input size."""
        raise NotImplementedError

    @property
    def rank(self) -> int | None:
        """How many spatial axes there are, None where the input is to tell."""
        raise NotImplementedError

    def _check_maps(self) -> None:
        if self.input is not None and self.channels is None:
            object.__setattr__(self, "channels", 1)
        for what in ("channels", "batch"):
            if getattr(self, what) is not None:
                whole(what, getattr(self, what))

    def fitted(self: P, shape: Shape, batch: int) -> P:
        """The pool for examples of this shape, channels first. Raises `InputError` where it was made for others.

        >>> from symconv.layers.max_pool import MaxPool
        >>> MaxPool(window=(2, 2)).fitted((3, 6, 5), batch=1).output_shape
        (1, 3, 3, 2)
        """
        rank = len(shape) - 1 if self.rank is None else self.rank
        channels, positions = channels_and_positions(self.kind, shape, rank, "window")
        given = None if self.input is None else sizes("input", self.input)
        agreed(self.kind, "input", given, positions)
        agreed(self.kind, "channels", None if self.channels is None else (self.channels,), (channels,))
        agreed(self.kind, "batch", None if self.batch == 1 else (self.batch,), (batch,))
        return replace(self, input=positions, channels=channels, batch=batch)  # type: ignore[type-var]

    # Shapes and axes by name

    @property
    def maps(self) -> tuple[int, int]:
        """The examples, and the channels of each."""
        return self.batch, self.channels or 1

    @property
    def plain(self) -> bool:
        """Whether batch and channels are 1, so that no array has axes for them."""
        return self.maps == (1, 1)

    @property
    def spatial(self) -> tuple[str, ...]:
        return tuple(str(number) for number in range(len(self.axes)))

    @property
    def input_shape(self) -> Shape:
        return self.shown_shape(self.axis_lengths("X"))

    @property
    def output_shape(self) -> Shape:
        return self.shown_shape(self.axis_lengths("O"))

    @property
    def example_output(self) -> Shape:
        """Channels and positions of one example's output."""
        return (self.maps[1], *(axis.output for axis in self.axes))

    def axis_lengths(self, role: str) -> dict[str, int]:
        """The axes of X, O or G by name, and their lengths."""
        positions = [axis.size if role == "X" else axis.output for axis in self.axes]
        return dict(zip((*MAPS, *self.spatial), (*self.maps, *positions), strict=True))

    @property
    def roles(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(("X", "O", *self.factors_of_a_term)))

    @cached_property
    def arrays(self) -> Mapping[str, Variable]:
        return {role: Variable(role, self.shown_shape(self.axis_lengths(role))) for role in self.roles}

    def shown_shape(self, lengths: Mapping[str, int]) -> Shape:
        """The shape, as the user sees it, of an array with the given axes."""
        hidden = MAPS if self.plain and all(lengths.get(name, 1) == 1 for name in MAPS) else ()
        return tuple(length for name, length in lengths.items() if name not in hidden)

    def term_count(self) -> int:
        return math.prod(axis.tap_count() for axis in self.axes) * math.prod(self.maps)

    def largest_sum(self) -> int:
        return max(self.arrays["O"].size // self.maps[1], math.prod(axis.size for axis in self.axes))

    # The definition by taps

    def definition(self, only: Mapping[str, Sequence[int]] | None = None) -> Form:
        """O by its taps; with `only`, the terms that touch the given entries (multi-indices as in `arrays`)."""
        fixed = {role: self._position(role, index) for role, index in (only or {}).items()}
        roles = ("O", *self.factors_of_a_term)
        arrays, lengths = [self.arrays[role] for role in roles], [self.axis_lengths(role) for role in roles]
        return Form((joined(self._links(), arrays, lengths, fixed, self._weights()),))

    def _links(self) -> dict[str, Link]:
        """For each axis, the positions of the arrays that belong together."""
        links: dict[str, Link] = {
            name: dict.fromkeys(("O", *self.factors_of_a_term), np.arange(length))
            for name, length in zip(MAPS, self.maps, strict=True)
        }
        for name, axis in zip(self.spatial, self.axes, strict=True):
            i, f, x = axis.taps()
            links[name] = {"O": i, "X": x}
            if "M" in self.factors_of_a_term:
                links[name] = {"O": i, "X": x, "M": {name: i, tap(name): f}}
        return links

    def _weights(self) -> Mapping[str, Weights]:
        """The coefficient of each row of a link."""
        return {}

    def factors(self) -> tuple[OnAxis, ...]:
        """The pool on each axis by itself, channels and batch too; their product is the pool."""
        links, weights = self._links(), self._weights()
        return tuple(
            OnAxis(
                name,
                {role: self._on(name, role) for role in (*self.roles, "G")},
                ((self.factors_of_a_term, links[name]),),
                (weights.get(name, ()),),
            )
            for name in (*MAPS, *self.spatial)
        )

    def _on(self, axis: str, role: str) -> Lengths:
        """The lengths of the axes that an array has on one axis."""
        return {name: n for name, n in self.axis_lengths(role).items() if name in (axis, tap(axis))}

    def _position(self, role: str, index: Sequence[int]) -> dict[str, int]:
        """The position on each axis of an entry given by the user's multi-index."""
        shape = self.arrays[role].shape
        if len(index) != len(shape) or not all(0 <= i < n for i, n in zip(index, shape, strict=True)):
            raise InputError(f"{role} has no entry {tuple(index)}: its shape is {shape}, positions count from 0")
        lengths = self.axis_lengths(role)
        return dict(zip(lengths, (0,) * (len(lengths) - len(index)) + tuple(index), strict=True))

    def leaves(self) -> Mapping[str, TermArray]:
        """X and G (and M) with their named axes."""
        found = {}
        for role in (*(role for role in self.roles if role != "O"), "G"):
            lengths = self.axis_lengths(role)
            variable = Variable(role, self.shown_shape(lengths))
            found[role] = leaf_array(tuple(lengths), tuple(lengths.values()), variable)
        return found

    def slices(self) -> Mapping[str, TermArray]:
        """The same for the first channel of the first example, with spatial axes only."""
        found = {}
        for role, array in self.leaves().items():
            shape, names = array.shape[len(MAPS) :], array.names[len(MAPS) :]
            found[role] = leaf_array(names, shape, array.table.factors[0])
        return found

    # What a page calls things, and which entry it explains

    def letters(self, role: str) -> tuple[str, ...]:
        """The letters of an index of X, O or M, or for a sum over all of O (as G)."""
        maps = () if self.plain else SUMMED_LETTERS if role == "G" else MAP_LETTERS
        return (*maps, *(letter for array in LETTERED[role] for letter in self._at(array)))

    def _at(self, role: str) -> tuple[str, ...]:
        return POSITION_LETTERS[role][: len(self.axes)]

    def naming(self, group: int = 0) -> Naming:
        """How a page calls slices and entries of a channel; an axis of length 1 stands at its position."""
        letters = dict(zip(self.spatial, self._at("O"), strict=True))
        positions = tuple(map(letter_index, letters.values()))
        if self.plain:
            return Naming({}, {"G": positions}, letters)
        free: tuple[int | Index, ...] = tuple(
            letter_index(letter) if length > 1 else 0 for letter, length in zip(MAP_LETTERS, self.maps, strict=True)
        )
        return Naming(dict.fromkeys(("X", "O", "M", "G", "dX"), free), {"G": (*free, *positions)}, letters)

    def busiest(self, role: str) -> tuple[int, ...]:
        """The first entry that takes part in the most products."""
        at = self._busiest("O") + self._first_places() if role == "M" else self._busiest(role)
        return at if self.plain else (0,) * len(MAPS) + at

    def _busiest(self, role: str) -> tuple[int, ...]:
        column = {"O": 0, "X": 2}[role]
        return tuple(int(np.bincount(axis.taps()[column], minlength=1).argmax()) for axis in self.axes)

    def _first_places(self) -> tuple[int, ...]:
        """On each axis the first place of the busiest window that lies on the input."""
        pairs = zip(self.axes, self._busiest("O"), strict=True)
        return tuple(int(axis.taps()[1][axis.taps()[0] == at][0]) for axis, at in pairs)

    def unreached(self) -> tuple[tuple[int, ...], ...]:
        """For each spatial axis, the input positions that no window reads; their gradient is 0."""
        return tuple(tuple(axis.unreached()) for axis in self.axes)

    def words_of_maps(self) -> dict[str, tuple[object, object]]:
        """What the command line says of channels and batch."""
        return {"channels": (self.channels or 1, 1), "batch": (self.batch, 1)}


LETTERED = {"X": ("X",), "O": ("O",), "G": ("O",), "M": ("O", "F")}
"""Whose positions the index of an array counts; places in a window have the letters that a filter's have."""


class Given(NamedTuple):
    """The sizes of a pool in one form; None where they are still to be found."""

    input: Shape | None
    window: Shape | None
    stride: Shape | None
    padding: tuple[tuple[int, int], ...] | str
    dilation: Shape | None


class WindowedPool(Pool):
    """A pool whose windows have one size: frozen dataclasses that have these fields too.

    `window` "all" is the whole input, for global pooling; `stride` None is the window's size.
    """

    window: SizesLike | str | None
    stride: SizesLike | None
    padding: PaddingLike
    ceil_mode: bool

    has_dilation: ClassVar[bool] = False

    @property
    def dilations(self) -> SizesLike:
        """The distance of neighbours in a window."""
        return 1

    @property
    def rank(self) -> int | None:
        return None if self.given.window is None else len(self.given.window)

    def _normalise(self) -> None:
        """Sizes in one form, so that equal pools compare equal and can be hashed."""
        self._check_maps()
        if not isinstance(self.ceil_mode, bool):
            raise InputError(f"ceil mode is {self.ceil_mode!r}: expected True or False")
        if self.given.window is not None:
            for what in ("window", "stride", "padding"):
                object.__setattr__(self, what, getattr(self.given, what))
            object.__setattr__(self, "input", self.given.input)

    @cached_property
    def given(self) -> Given:
        """The sizes as they were given, in one form."""
        input = None if self.input is None else sizes("input", self.input)
        window = self._window(input)
        if window is None:
            return Given(None, None, None, (), None)
        if input is not None and len(input) != len(window):
            raise InputError(
                f"input has {len(input)} and window {len(window)} sizes: give both as many, one a spatial axis"
            )
        stride = window if self.stride is None else per_axis("stride", self.stride, len(window))
        dilation = per_axis("dilation", self.dilations, len(window))
        padding = padding_pairs(self.padding, input or window, window, stride, dilation)
        least = min(side for pair in padding for side in pair)
        if least < 0:
            raise InputError(f"padding is {least}: a pool does not crop its input, expected at least 0")
        word = self.padding if input is None and isinstance(self.padding, str) else None
        return Given(input, window, stride, word or padding, dilation)

    def _window(self, input: Shape | None) -> Shape | None:
        """The window's size, None where it is that of an input to be found."""
        if self.window == "all":
            if not (self.stride is None and self.padding in (0, (0,)) and self.dilations in (1, (1,))):
                raise InputError('window "all" is the whole input, once: leave stride, padding and dilation out')
            return input
        if self.window is None or isinstance(self.window, str):
            raise InputError(
                f'window is {self.window!r}: expected sizes such as (2, 2), or "all" for a window as large as the input'
            )
        return sizes("window", self.window)

    @cached_property
    def axes(self) -> tuple[Axis, ...]:
        """The geometry of each spatial axis. Raises `InputError` for a pool that has no input size."""
        input, window, stride, padding, dilation = self.given
        if input is None or window is None or stride is None or dilation is None or isinstance(padding, str):
            raise unsized(self.kind)
        names = [str(number + 1) if len(input) > 1 else "" for number in range(len(input))]
        rows = zip(input, window, stride, dilation, padding, names, strict=True)
        return tuple(
            Axis(n, k, s, d, before, after, name, self.ceil_mode, "window")
            for n, k, s, d, (before, after), name in rows
        )

    def refuse_padding_alone(self, why: str) -> None:
        """Raise `InputError` for a window without any entry of the input."""
        for axis in self.axes:
            empty = np.flatnonzero(axis.real_counts() == 0)
            if len(empty):
                raise InputError(
                    f"window {empty[0]}{axis.where} (counted from 0) reads padding alone, so {why}: make the padding "
                    "or the stride smaller, or the window larger"
                )

    def each(self, name: str) -> tuple[int, ...]:
        """A number of every spatial axis."""
        return tuple(getattr(axis, name) for axis in self.axes)

    @property
    def taps(self) -> tuple[str, ...]:
        return tuple(map(tap, self.spatial))

    @property
    def windows_order(self) -> tuple[str, ...]:
        """The axes of an array cut into windows."""
        return (*MAPS, *self.spatial, *self.taps)

    @property
    def margins(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The padding before and after; in ceil mode it leaves room for the last window and no further one."""
        return self.each("before"), self.each("margin")

    @property
    def crop(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """What takes the place of all windows back to the input: minus the padding, and the remainder at the end."""
        after = tuple(axis.remainder - axis.after for axis in self.axes)
        return tuple(-axis.before for axis in self.axes), after

    @property
    def overlapping(self) -> bool:
        """Whether any input stands in two windows."""
        return any(np.bincount(axis.taps()[2], minlength=1).max() > 1 for axis in self.axes)

    def words_of_windows(self) -> dict[str, tuple[object, object]]:
        """What the command line says of stride, padding and ceil mode, and what it may leave unsaid."""
        window, stride, padding = self.given.window, self.given.stride, self.given.padding
        usual = None if window is None else joined_sizes(window)
        words = padding if isinstance(padding, str) else padding_words(padding) if padding else "0"
        return {"stride": (usual if stride is None else joined_sizes(stride), usual), "padding": (words, "0")}

    def words_of_dilation(self) -> dict[str, tuple[object, object]]:
        return {"dilation": (joined_sizes(self.given.dilation or (1,)), "1")}


def fractions(numbers: Column) -> tuple[Fraction, ...]:
    """Whole numbers as fractions."""
    return tuple(Fraction(int(number)) for number in numbers)
