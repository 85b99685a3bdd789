"""What the other rooms may ask of any layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from symconv.forms import Form, Shape, Variable
from symconv.layers.links import OnAxis
from symconv.operations import Naming, Operation, TermArray


@dataclass(frozen=True, slots=True)
class Claim:
    """A closed form that a layer claims for `role`: dX, dF, db or O (whose parts stand one after the other).

    `route` tells apart several closed forms of the same thing, such as "convolution" and "matrix".
    """

    role: str
    route: str
    parts: tuple[Operation, ...]


class Layer(Protocol):
    """A layer whose output is a sum of multilinear forms of its input and parameters."""

    @property
    def arrays(self) -> Mapping[str, Variable]:
        """The shape of every array by role, as the user sees it: X, O, and F and b where there are any."""

    @property
    def parameters(self) -> tuple[str, ...]:
        """The roles of what is learnt."""

    def definition(self, only: Mapping[str, Sequence[int]] | None = None) -> Form:
        """O by the definition of the layer; with `only`, the terms that touch given entries of an array."""

    def term_count(self) -> int:
        """How many terms O has, without listing them."""

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
