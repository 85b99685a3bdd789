"""The definition of a layer as links: for each axis, the positions of its arrays that belong together.

The terms of the layer are all tuples of one row from each axis' link; `joined` makes them a table, and `OnAxis` is the
layer on one axis by itself.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from symconv.forms import Column, Form, Shape, Table, Variable, index_type
from symconv.operations import TermArray, leaf_array

Link: TypeAlias = Mapping[str, Column]
"""For each array that has the axis, a column of positions; row by row they belong together."""
Lengths: TypeAlias = Mapping[str, int]
"""The axes of an array by name, in order, and their lengths."""


def joined(
    links: Mapping[str, Link], arrays: Sequence[Variable], lengths: Sequence[Lengths], fixed: Mapping[str, Lengths]
) -> Table:
    """All tuples of rows, one from each axis' link: a table over the first array with the others as factors.

    `fixed` maps an array to the position on each axis that the terms must touch.
    """
    kept = {name: _touching(link, name, fixed) for name, link in links.items()}
    columns = tuple(_flat(array.role, axes, kept) for array, axes in zip(arrays, lengths, strict=True))
    return Table(tuple(arrays[:1]), tuple(arrays[1:]), columns)


def _touching(link: Link, name: str, fixed: Mapping[str, Lengths]) -> Link:
    """The rows of a link at which every fixed array stands at its fixed position."""
    rows = np.ones(len(next(iter(link.values()))), dtype=bool)
    for role, position in fixed.items():
        if role in link:
            rows &= link[role] == position[name]
    return {role: column[rows] for role, column in link.items()}


def _flat(role: str, lengths: Lengths, links: Mapping[str, Link]) -> Column:
    """The flat positions of one array over all tuples; axes that it lacks repeat it."""
    shape = tuple(lengths.values())
    steps = {name: math.prod(shape[at + 1 :]) for at, name in enumerate(lengths)}
    flat: Column = np.zeros((), dtype=index_type(math.prod(shape)))
    for name, link in links.items():
        rows = len(next(iter(link.values())))
        moved = link[role] * steps[name] if role in link else np.zeros(rows, dtype=flat.dtype)
        flat = np.add.outer(flat, moved.astype(flat.dtype))
    return flat.ravel()


@dataclass(frozen=True)
class OnAxis:
    """A layer on one of its axes by itself.

    `lengths` gives the length of the axis in each array, G among them, that has it. `parts` are the factors of each
    part of the definition and its link on this axis, which is empty where none of its arrays has it.
    """

    axis: str
    lengths: Mapping[str, int]
    parts: tuple[tuple[tuple[str, ...], Link], ...]

    @property
    def axes(self) -> frozenset[str]:
        """The names that the axis has in pipelines."""
        return frozenset({self.axis, f"window {self.axis}"})

    @property
    def arrays(self) -> Mapping[str, Variable]:
        """The shape of every array on this axis, () where the array does not have it."""
        roles = {"O", *(role for factors, _ in self.parts for role in factors)}
        return {role: Variable(role, tuple(self._lengths(role).values())) for role in roles}

    def definition(self) -> Form:
        """O by the links of this axis, one table for each part of the layer's definition."""
        return Form(tuple(self._table(factors, link) for factors, link in self.parts))

    def leaves(self) -> Mapping[str, TermArray]:
        """The arrays that pipelines start from, on this axis."""
        roles = (set(self.arrays) | {"G"}) - {"O"}
        shapes = {role: self._lengths(role) for role in roles}
        return {
            role: leaf_array(tuple(shape), tuple(shape.values()), Variable(role, tuple(shape.values())))
            for role, shape in shapes.items()
        }

    def shown_shape(self, lengths: Lengths) -> Shape:
        """The shape of an array with the given axes."""
        return tuple(lengths.values())

    def _lengths(self, role: str) -> dict[str, int]:
        return {self.axis: self.lengths[role]} if role in self.lengths else {}

    def _table(self, factors: tuple[str, ...], link: Link) -> Table:
        once: Column = np.zeros(1, dtype=np.int64)
        absent = np.zeros_like(next(iter(link.values()), once))
        columns = tuple(link.get(role, absent) for role in ("O", *factors))
        return Table((self.arrays["O"],), tuple(self.arrays[role] for role in factors), columns)
