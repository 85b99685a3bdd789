"""The definition of a layer as links: for each axis, the positions of its arrays that belong together.

The terms of the layer are all tuples of one row from each axis' link; `joined` makes them a table, and `OnAxis` is the
layer on one axis by itself. Rows may carry coefficients; that of a tuple is the product of its rows'.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from symconv.forms import Column, Form, Shape, Table, Variable, index_type
from symconv.operations import TermArray, leaf_array

if TYPE_CHECKING:
    from numpy.typing import NDArray

Link: TypeAlias = "Mapping[str, Column | Mapping[str, Column]]"
"""For each array that has the axis, a column of positions; row by row they belong together.

An array with several axes there, such as a mask with an output position and a place in the window, has one column for
each, by name.
"""
Lengths: TypeAlias = Mapping[str, int]
"""The axes of an array by name, in order, and their lengths."""
Weights: TypeAlias = Sequence[Fraction]
"""The coefficient of each row of a link; empty where all are 1."""


def joined(
    links: Mapping[str, Link],
    arrays: Sequence[Variable],
    lengths: Sequence[Lengths],
    fixed: Mapping[str, Lengths],
    weights: Mapping[str, Weights] | None = None,
) -> Table:
    """All tuples of rows, one from each axis' link: a table over the first array with the others as factors.

    `fixed` maps an array to the position on each axis that the terms must touch; `weights` gives the coefficients of
    the rows of some axes.
    """
    rows = {name: np.flatnonzero(_touching(link, name, fixed)) for name, link in links.items()}
    columns = tuple(_flat(array.role, axes, links, rows) for array, axes in zip(arrays, lengths, strict=True))
    carried = {name: found for name, found in (weights or {}).items() if len(found)}
    return Table(tuple(arrays[:1]), tuple(arrays[1:]), columns, *_coefficients(carried, rows))


def _rows(link: Link) -> int:
    """How many rows a link has; one where no array has the axis."""
    first = next(iter(link.values()), None)
    if isinstance(first, Mapping):
        first = next(iter(first.values()))
    return 1 if first is None else len(first)


def _named(link: Link, role: str, axis: str) -> Mapping[str, Column]:
    """The columns of an array in a link by the names of its axes there."""
    column = link.get(role, {})
    return column if isinstance(column, Mapping) else {axis: column}


def _touching(link: Link, axis: str, fixed: Mapping[str, Lengths]) -> NDArray[np.bool_]:
    """The rows of a link at which every fixed array stands at its fixed position."""
    inside = np.ones(_rows(link), dtype=bool)
    for role, position in fixed.items():
        for name, column in _named(link, role, axis).items():
            inside &= column == position[name]
    return inside


def _flat(role: str, lengths: Lengths, links: Mapping[str, Link], rows: Mapping[str, Column]) -> Column:
    """The flat positions of one array over all tuples of the given rows; axes that it lacks repeat it."""
    shape = tuple(lengths.values())
    steps = {name: math.prod(shape[at + 1 :]) for at, name in enumerate(lengths)}
    flat: Column = np.zeros((), dtype=index_type(math.prod(shape)))
    for axis, link in links.items():
        moved = np.zeros(len(rows[axis]), dtype=flat.dtype)
        for name, column in _named(link, role, axis).items():
            moved += (column[rows[axis]] * steps[name]).astype(flat.dtype)
        flat = np.add.outer(flat, moved)
    return flat.ravel()


def _coefficients(
    weights: Mapping[str, Weights], rows: Mapping[str, Column]
) -> tuple[Column | None, tuple[Fraction, ...]]:
    """The codes and values of a table, each coefficient the product of those of its rows."""
    codes: Column = np.zeros((), dtype=np.int64)
    values: tuple[Fraction, ...] = (Fraction(1),)
    for name, chosen in rows.items():
        own = weights.get(name, ())
        known = tuple(dict.fromkeys(own)) or (Fraction(1),)
        number = {value: at for at, value in enumerate(known)}
        theirs = np.array([number[value] for value in own], dtype=np.int64)[chosen] if own else np.zeros_like(chosen)
        codes = np.add.outer(codes * len(known), theirs)
        values = tuple(ours * their for ours in values for their in known)
    return (codes.ravel() if len(values) > 1 else None), values


@dataclass(frozen=True)
class OnAxis:
    """A layer on one of its axes by itself.

    `lengths` gives the length of the axis in each array, G among them, that has it, or where an array has several axes
    there, their lengths by name. `parts` are the factors of each part of the definition and its link on this axis,
    which is empty where none of its arrays has it; `weights` are the coefficients of each part's rows.
    """

    axis: str
    lengths: Mapping[str, int | Lengths]
    parts: tuple[tuple[tuple[str, ...], Link], ...]
    weights: tuple[Weights, ...] = ()

    @property
    def axes(self) -> frozenset[str]:
        """The names that the axis has in pipelines."""
        return frozenset({self.axis, f"window {self.axis}", f"tap {self.axis}"})

    @property
    def arrays(self) -> Mapping[str, Variable]:
        """The shape of every array on this axis, () where the array does not have it."""
        roles = {"O", *(role for factors, _ in self.parts for role in factors)}
        return {role: Variable(role, tuple(self._lengths(role).values())) for role in roles}

    def definition(self) -> Form:
        """O by the links of this axis, one table for each part of the layer's definition."""
        weights = self.weights or ((),) * len(self.parts)
        return Form(tuple(self._table(*part, own) for part, own in zip(self.parts, weights, strict=True)))

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

    def _lengths(self, role: str) -> Lengths:
        found = self.lengths.get(role, {})
        return found if isinstance(found, Mapping) else {self.axis: found}

    def _table(self, factors: tuple[str, ...], link: Link, weights: Weights) -> Table:
        arrays = [self.arrays[role] for role in ("O", *factors)]
        lengths = [self._lengths(variable.role) for variable in arrays]
        return joined({self.axis: link}, arrays, lengths, {}, {self.axis: weights})
