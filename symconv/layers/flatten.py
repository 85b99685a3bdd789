"""Flattening: an example's channels and positions written as one vector, row by row."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar

import numpy as np

from symconv.errors import InputError
from symconv.forms import Column, Form, Shape, Table, Variable, index_type
from symconv.layers.base import Claim
from symconv.layers.channels import AXIS_LETTERS, POSITION_LETTERS, SUMMED_LETTERS
from symconv.layers.fitting import agreed, unsized
from symconv.layers.links import OnAxis
from symconv.layers.sizes import SizesLike, sizes, whole
from symconv.layers.words import described
from symconv.notation.tree import Index, letter_index
from symconv.operations import FEATURES, Leaf, Naming, Reshape, TermArray, leaf_array


@dataclass(frozen=True)
class Flatten:
    """A layer that writes each example as a vector: channel after channel, and in each position after position.

    Args:
        input: sizes of the input, one a spatial axis (1 to 3); without it and `channels`, a network finds both.
        channels, batch: at least 1.

    Shapes: X (batch, channels, n...), O and G (batch, channels·n...). When batch is 1, O is (channels·n...,); when
    batch and channels are 1, X is (n...).

    Raises `InputError` for sizes that cannot be.

    >>> Flatten(input=(2, 3)).output_shape
    (6,)
    >>> Flatten(input=(2, 3), channels=4, batch=5).output_shape
    (5, 24)
    """

    kind: ClassVar[str] = "flatten"
    symbols: ClassVar[Mapping[str, str]] = {"X": "X", "O": "O", "L": "L", "l": r"\ell"}
    parameters: ClassVar[tuple[str, ...]] = ()

    input: SizesLike | None = None
    channels: int | None = None
    batch: int = 1

    def __post_init__(self) -> None:
        if self.input is not None:
            object.__setattr__(self, "input", sizes("input", self.input))
            object.__setattr__(self, "channels", 1 if self.channels is None else self.channels)
        for what in ("channels", "batch"):
            if getattr(self, what) is not None:
                whole(what, getattr(self, what))

    @cached_property
    def positions(self) -> Shape:
        """The sizes of the spatial axes. Raises `InputError` for a layer that has no input size."""
        if self.input is None:
            raise unsized(self.kind)
        return sizes("input", self.input)

    def fitted(self, shape: Shape, batch: int) -> Flatten:
        """The layer for examples of this shape, channels first; one that is a vector stays as it is.

        >>> Flatten().fitted((4, 2, 3), batch=1).output_shape
        (24,)
        """
        channels, positions = (1, shape) if len(shape) == 1 else (shape[0], shape[1:])
        agreed(self.kind, "input", None if self.input is None else self.positions, positions)
        agreed(self.kind, "channels", None if self.channels is None else (self.channels,), (channels,))
        agreed(self.kind, "batch", None if self.batch == 1 else (self.batch,), (batch,))
        return replace(self, input=positions, channels=channels, batch=batch)

    # Shapes and axes by name

    @property
    def plain(self) -> bool:
        """Whether batch and channels are 1, so that no array has axes for them."""
        return self.batch == self.channels == 1

    @property
    def features(self) -> int:
        """How many entries an example has."""
        return (self.channels or 1) * math.prod(self.positions)

    @property
    def example_output(self) -> Shape:
        return (self.features,)

    @property
    def input_shape(self) -> Shape:
        return self.shown_shape(self.axis_lengths("X"))

    @property
    def output_shape(self) -> Shape:
        return self.shown_shape(self.axis_lengths("O"))

    @property
    def of_an_example(self) -> Mapping[str, int]:
        """The axes of one example by name, and their lengths."""
        maps = {} if self.plain else {"channel": self.channels or 1}
        return maps | {str(number): size for number, size in enumerate(self.positions)}

    def axis_lengths(self, role: str) -> dict[str, int]:
        """The axes of X, O or G by name, and their lengths."""
        example = self.of_an_example if role == "X" else {FEATURES: self.features}
        return {"batch": self.batch, **example}

    def shown_shape(self, lengths: Mapping[str, int]) -> Shape:
        """The shape, as the user sees it, of an array with the given axes: O has no batch of one, nor has a plain X."""
        alone = lengths.get("batch") == self.batch == 1 and (self.plain or FEATURES in lengths)
        return tuple(length for name, length in lengths.items() if name != "batch" or not alone)

    @cached_property
    def arrays(self) -> Mapping[str, Variable]:
        return {role: Variable(role, self.shown_shape(self.axis_lengths(role))) for role in ("X", "O")}

    def term_count(self) -> int:
        return self.batch * self.features

    def largest_sum(self) -> int:
        return self.features

    def options(self) -> list[str]:
        """The command-line words that describe this layer, defaults left out.

        >>> Flatten(input=(2, 3), channels=4).options()
        ['flatten', '--input', '2x3', '--channels', '4']
        """
        given = {"input": None if self.input is None else self.positions}
        return described(self.kind, given, {"channels": (self.channels or 1, 1), "batch": (self.batch, 1)})

    def _repr_markdown_(self) -> str:
        return f"`{' '.join(self.options())}`"

    # The definition: O_p = X_c,y,x with p = (c·h + y)·w + x

    def definition(self, only: Mapping[str, Sequence[int]] | None = None) -> Form:
        """O by its indices. `only` maps X or O to a multi-index (as in `arrays`) that the terms must touch.

        >>> Flatten(input=(2, 2)).definition().parts[0].columns[0].tolist()
        [0, 1, 2, 3]
        """
        feature = self.feature_of_entries()
        rows = np.add.outer(np.arange(self.batch) * self.features, feature).ravel()
        table = _permutation(self.arrays, rows)
        for role, index in (only or {}).items():
            table = table.where(role, self._flat(role, index))
        return Form((table,))

    def feature_of_entries(self) -> Column:
        """Which feature each entry of an example becomes, row by row.

        >>> Flatten(input=(2, 3)).feature_of_entries().tolist()
        [0, 1, 2, 3, 4, 5]
        """
        places = np.indices(tuple(self.of_an_example.values()), dtype=np.int64)
        found: Column = sum(place * step for place, step in zip(places, self.steps.values(), strict=True))
        return found.ravel()

    @property
    def steps(self) -> Mapping[str, int]:
        """By how many features one step along each axis of an example moves."""
        lengths = tuple(self.of_an_example.values())
        return {name: math.prod(lengths[at + 1 :]) for at, name in enumerate(self.of_an_example)}

    def _flat(self, role: str, index: Sequence[int]) -> int:
        shape = self.arrays[role].shape
        if len(index) != len(shape) or not all(0 <= i < n for i, n in zip(index, shape, strict=True)):
            raise InputError(f"{role} has no entry {tuple(index)}: its shape is {shape}, positions count from 0")
        return int(np.ravel_multi_index(tuple(index), shape))

    # The closed forms

    def claims(self) -> tuple[Claim, ...]:
        """O = vec(X) and ∂L/∂X = unvec(G), for each example."""
        example = self.of_an_example
        return (
            Claim("O", "vector", (Reshape(Leaf("X"), tuple(example), ((FEATURES, self.features),)),)),
            Claim("dX", "vector", (Reshape(Leaf("G"), (FEATURES,), tuple(example.items())),)),
        )

    def leaves(self) -> Mapping[str, TermArray]:
        """X and G with their named axes."""
        variables = {"X": self.arrays["X"], "G": Variable("G", self.output_shape)}
        lengths = {role: self.axis_lengths(role) for role in variables}
        return {
            role: leaf_array(tuple(lengths[role]), tuple(lengths[role].values()), variable)
            for role, variable in variables.items()
        }

    # What a page calls things, and which entry it explains

    def letters(self, role: str) -> tuple[str, ...]:
        """The letters of an index of X, O or G, as many as the array has axes."""
        if role == "X":
            maps = () if self.plain else (AXIS_LETTERS["batch"], AXIS_LETTERS["in"])
            return maps + POSITION_LETTERS["X"][: len(self.positions)]
        batch, feature = (SUMMED_LETTERS[0], "k") if role == "G" else (AXIS_LETTERS["batch"], "i")
        return (batch, feature) if self.batch > 1 else (feature,)

    def naming(self, group: int) -> Naming:
        """How a page calls examples; arrays without a batch are named whole."""
        example: tuple[int | Index, ...] = (letter_index(AXIS_LETTERS["batch"]),) if self.batch > 1 else ()
        return Naming(dict.fromkeys(("X", "O", "G", "dX"), example), {}, {})

    def busiest(self, role: str) -> tuple[int, ...]:
        """An entry in the middle of the first example, where the order of rows shows."""
        shape = self.arrays[role].shape
        maps = (0,) * (len(shape) - (1 if role == "O" else len(self.of_an_example)))
        return (*maps, *(n // 2 for n in shape[len(maps) :]))

    # Proof axis by axis

    def factors(self) -> tuple[OnAxis, ...]:
        """The batch by itself, and one example in full: its axes are joined, so they belong together."""
        run = np.arange(self.batch)
        batch = OnAxis("batch", dict.fromkeys(("X", "O", "G"), self.batch), ((("X",), {"O": run, "X": run}),))
        return batch, OnExample("example", {}, (), layer=self)


@dataclass(frozen=True)
class OnExample(OnAxis):
    """A flattening without its batch."""

    layer: Flatten = Flatten()

    @property
    def axes(self) -> frozenset[str]:
        return frozenset({FEATURES, *self.layer.of_an_example})

    @property
    def arrays(self) -> Mapping[str, Variable]:
        lengths = {"X": tuple(self.layer.of_an_example.values()), "O": (self.layer.features,)}
        return {role: Variable(role, shape) for role, shape in lengths.items()}

    def definition(self) -> Form:
        return Form((_permutation(self.arrays, self.layer.feature_of_entries()),))

    def leaves(self) -> Mapping[str, TermArray]:
        names = {"X": tuple(self.layer.of_an_example), "G": (FEATURES,)}
        shapes = {"X": self.arrays["X"].shape, "G": self.arrays["O"].shape}
        return {role: leaf_array(names[role], shapes[role], Variable(role, shapes[role])) for role in names}


def _permutation(arrays: Mapping[str, Variable], features: Column) -> Table:
    """O as the entries of X in turn, each at its flat position in O."""
    kind = index_type(arrays["X"].size)
    columns = (features.astype(kind), np.arange(arrays["X"].size, dtype=kind))
    return Table((arrays["O"],), (arrays["X"],), columns)
