"""What all layers share that multiply their input with weights, add up, and may add a bias."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np

from symconv.errors import InputError
from symconv.forms import Form, Shape, Table, Variable
from symconv.layers.links import Lengths, Link, OnAxis, joined
from symconv.operations import TermArray, leaf_array


class Affine:
    """A layer O = Σ X F + b, its products given by links on every axis.

    A subclass says which axes its arrays have, how long they are, and what belongs together on each; `bias` is true
    where b is there.
    """

    bias: object

    @property
    def product(self) -> tuple[str, str]:
        """Input and weights in the order in which a product names them."""
        return ("X", "F")

    def axis_lengths(self, role: str) -> dict[str, int]:
        """The axes of X, F, O, G or b by name, as pipelines see them, and their lengths."""
        raise NotImplementedError

    def shown_shape(self, lengths: Mapping[str, int]) -> Shape:
        """The shape, as the user sees it, of an array with the given axes."""
        raise NotImplementedError

    def _links(self) -> dict[str, Link]:
        """For each axis, the positions of O, X and F that belong together."""
        raise NotImplementedError

    def _bias_links(self) -> dict[str, Link]:
        """For each axis, the positions of O and b that belong together."""
        raise NotImplementedError

    @property
    def parameters(self) -> tuple[str, ...]:
        return ("F", "b") if self.bias else ("F",)

    @cached_property
    def arrays(self) -> Mapping[str, Variable]:
        roles = ("X", "F", "O", "b") if self.bias else ("X", "F", "O")
        return {role: Variable(role, self.shown_shape(self.axis_lengths(role))) for role in roles}

    def definition(self, only: Mapping[str, Sequence[int]] | None = None) -> Form:
        """O by its definition. `only` maps X, F, O or b to a multi-index (as in `arrays`) that the terms must touch.

        >>> from symconv.layers.conv import Conv
        >>> len(Conv(input=(3, 3), filter=(2, 2)).definition())
        16
        >>> len(Conv(input=(3, 3), filter=(2, 2)).definition(only={"X": (0, 0)}))
        1
        """
        fixed = {role: self._position(role, index) for role, index in (only or {}).items()}
        parts = []
        if "b" not in fixed:
            parts.append(self._table(self.product, self._links(), fixed))
        if self.bias and not {"X", "F"} & set(fixed):
            parts.append(self._table(("b",), self._bias_links(), fixed))
        return Form(tuple(parts))

    def _table(self, factors: tuple[str, ...], links: Mapping[str, Link], fixed: Mapping[str, Lengths]) -> Table:
        roles = ("O", *factors)
        return joined(links, [self.arrays[role] for role in roles], [self.axis_lengths(role) for role in roles], fixed)

    def _position(self, role: str, index: Sequence[int]) -> dict[str, int]:
        """The position on each axis of an entry given by the user's multi-index."""
        shape = self.arrays[role].shape
        if len(index) != len(shape) or not all(0 <= i < n for i, n in zip(index, shape, strict=True)):
            raise InputError(f"{role} has no entry {tuple(index)}: its shape is {shape}, positions count from 0")
        flat = int(np.ravel_multi_index(tuple(index), shape)) if shape else 0
        lengths = self.axis_lengths(role)
        places = np.unravel_index(flat, tuple(lengths.values())) if lengths else ()
        return dict(zip(lengths, map(int, places), strict=True))

    def leaves(self) -> Mapping[str, TermArray]:
        """X, F, G (and b) with their named axes."""
        variables = dict(self.arrays)
        variables["G"] = Variable("G", self.arrays["O"].shape)
        del variables["O"]
        lengths = {role: self.axis_lengths(role) for role in variables}
        return {
            role: leaf_array(tuple(lengths[role]), tuple(lengths[role].values()), variable)
            for role, variable in variables.items()
        }

    # Proof axis by axis

    def factors(self) -> tuple[OnAxis, ...]:
        """The layer on each axis by itself, channels and batch too; their product is this layer."""
        lengths = {role: self.axis_lengths(role) for role in (*self.arrays, "G")}
        axes = self._links()
        links = [(self.product, axes)]
        biases = [(("b",), self._bias_links())] if self.bias else []
        return tuple(
            OnAxis(
                axis,
                {role: named[axis] for role, named in lengths.items() if axis in named},
                tuple((factors, link.get(axis, {})) for factors, link in (*links, *biases)),
            )
            for axis in axes
        )
