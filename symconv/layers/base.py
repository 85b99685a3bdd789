"""What the other rooms may ask of any layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, runtime_checkable

from symconv.forms import Form, Shape, Variable
from symconv.layers.links import OnAxis
from symconv.operations import Naming, Operation, TermArray

CONSTANTS = frozenset("OMY")
"""The roles that the loss is not differentiated by: outputs, masks and targets."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A closed form that a layer claims for `role`: dX, dF, db or O (whose parts stand one after the other).

    `route` tells apart several closed forms of the same thing, such as "correlation" and "matrix"; the first that a
    layer claims for a role is the one that boxes and summaries show.
    """

    role: str
    route: str
    parts: tuple[Operation, ...]


@runtime_checkable
class AnyLayer(Protocol):
    """What every layer has.

    `kind` is its name on the command line, `symbols` the letter of each role that a page of it uses.
    """

    kind: ClassVar[str]
    symbols: ClassVar[Mapping[str, str]]

    @property
    def arrays(self) -> Mapping[str, Variable]:
        """The shape of every array by role, as the user sees it: X, O, and F, b, M or Y where there are any."""

    @property
    def parameters(self) -> tuple[str, ...]:
        """The roles of what is learnt."""

    def options(self) -> list[str]:
        """The command-line words that describe the layer, defaults left out."""

    def fitted(self, shape: Shape, batch: int) -> Any:
        """The layer with the sizes that it was not given, for examples of this shape: (channels, positions...) or
        (features,). Raises `InputError` where it was given others."""

    @property
    def example_output(self) -> Shape:
        """The shape of one example's output: (channels, positions...) or (features,)."""


class Layer(AnyLayer, Protocol):
    """A layer whose output is a sum of multilinear forms of its input, parameters and masks."""

    def definition(self, only: Mapping[str, Sequence[int]] | None = None) -> Form:
        """O by the definition of the layer; with `only`, the terms that touch given entries of an array."""

    def term_count(self) -> int:
        """How many terms O has, without listing them."""

    def largest_sum(self) -> int:
        """How many entries the largest map and the longest sum have, which a document takes its entries from."""

    def claims(self) -> tuple[Claim, ...]:
        """The closed forms."""

    def leaves(self) -> Mapping[str, TermArray]:
        """The arrays that pipelines start from, with the axes that the operations name."""

    def axis_lengths(self, role: str) -> Mapping[str, int]:
        """The axes of X, F, O, G or b by name, as pipelines see them, and their lengths."""

    def shown_shape(self, lengths: Mapping[str, int]) -> Shape:
        """The shape, as the user sees it, of an array with the given axes."""

    def naming(self, group: int) -> Naming:
        """How a page calls slices and entries of one group of channels."""

    def letters(self, role: str) -> tuple[str, ...]:
        """The letters that a page uses for the indices of X, O, F or b, and for a sum over all of O (as G)."""

    def busiest(self, role: str) -> tuple[int, ...]:
        """The first entry of X, O, F or b that takes part in the most products: the one worth explaining."""

    def factors(self) -> Sequence[OnAxis]:
        """The layer on each axis by itself; their product is the layer. For proofs axis by axis."""


def options_as_printed(layer: AnyLayer, index_base: int) -> list[str]:
    """The command-line words that describe a layer; positions among them count from `index_base`, as on its page."""
    counted = getattr(layer, "options_counted_from", None)
    found: list[str] = layer.options() if counted is None else counted(index_base)
    return found
