"""The steps of adaptive average pooling: windows from the sizes, and one matrix of averages for each axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from symconv.derivation.elision import positions
from symconv.derivation.entries import array_matrix, labelled_array, labelled_symbols
from symconv.derivation.pooling import PoolSteps
from symconv.derivation.steps import Step
from symconv.forms import Variable
from symconv.layers.avg_pool import AdaptiveAvgPool
from symconv.notation.layout import Display
from symconv.notation.tree import (
    Ceiling,
    Floor,
    Labelled,
    Letter,
    Node,
    Number,
    Product,
    Ratio,
    Sum,
    Symbol,
    Transpose,
    equals,
)
from symconv.operations import AlongAxes, NumberMatrix, Operation, Scale, Written, as_matrix, leaf_array


@dataclass(frozen=True)
class Story(PoolSteps):
    """Builds the steps that only adaptive average pooling has."""

    @property
    def layer(self) -> AdaptiveAvgPool:
        layer = self.calculus.layer
        assert isinstance(layer, AdaptiveAvgPool)
        return layer

    def features(self) -> dict[str, Any]:
        return super().features() | {"names": [Symbol(matrix.name) for matrix in self.layer.matrices()]}

    def sizes(self) -> Step:
        """The conventions, and on each axis from where to where the windows reach."""
        i, n, o = (Letter(letter) for letter in "ino")
        bounds = {
            "number": i,
            "first": Floor(Ratio(Product((i, n)), o)),
            "behind": Ceiling(Ratio(Product((Sum((i, Number(1))), n)), o)),
        }
        facts = (
            self.features() | self._letters() | bounds | {"windows": [self._windows(at) for at in range(self._rank)]}
        )
        return Step("pooling/sizes", "", "brief", {}, facts)

    @property
    def _rank(self) -> int:
        return len(self.layer.axes)

    def _windows(self, number: int) -> Sequence[tuple[int, int, int] | None]:
        """For an axis the windows that are shown: number, first and last input, counted from 0; None for dots."""
        axis = self.layer.axes[number]
        starts, stops = axis.starts().tolist(), axis.stops().tolist()
        shown = positions(axis.output, self.limits.matrix)
        return [None if at is None else (at, starts[at], stops[at] - 1) for at in shown]

    def forward(self) -> Step:
        displays = {
            "operator": Display((self.stated("O"),)),
            "averages": Display(tuple(self._named(matrix) for matrix in self.layer.matrices()), "packed"),
            "entry": Display((self.window_of_entry("O"),)),
            **self._spelled("O"),
        }
        return Step("pooling/adaptive_forward", "O", "brief", displays, self.features())

    def _named(self, matrix: NumberMatrix) -> Node:
        return equals(Symbol(matrix.name), array_matrix(matrix.array(), self.limits))

    def closed(self) -> Step:
        displays = {
            "operator": Display((self.stated("dX"),)),
            "entry": Display((self.window_of_entry("dX"),)),
            **self._spelled("dX"),
        }
        facts = self.features() | {"explained": Symbol("X", self.layer.busiest("X"))}
        return Step("pooling/adaptive_closed", "X", "brief", displays, facts)

    def _spelled(self, role: str) -> dict[str, Display]:
        """The claim with every array as a matrix."""
        if self._rank > 2:
            return {}
        left = self._symbols(role, role.removeprefix("d"))
        return {"matrices": Display((equals(left, self._with_matrices(self.claim(role).parts[0])),))}

    def _with_matrices(self, part: Operation) -> Node:
        if isinstance(part, Scale):
            return replace(part, operand=Written(self._with_matrices(part.operand))).notation(self.first)
        assert isinstance(part, AlongAxes)
        first, *second = part.matrices
        operand = self._symbols("G", "O") if part.transposed else self._symbols("X", "X")
        left = self._labelled(first, transposed=part.transposed)
        return Product((left, operand, *(self._labelled(each, transposed=not part.transposed) for each in second)))

    def _labelled(self, matrix: NumberMatrix, *, transposed: bool) -> Node:
        shown = matrix.transpose() if transposed else matrix
        name = Transpose(Symbol(matrix.name)) if transposed else Symbol(matrix.name)
        return labelled_array(shown.array(), name, self.limits)

    def _symbols(self, role: str, shaped: str) -> Node:
        """The symbols of an array in the first channel of the first example; on one axis a column."""
        shape = self.shape(shaped)
        if self._rank == 2:
            return labelled_symbols(role, shape, self.limits, self.leading)
        array = leaf_array(("0",), shape[-1:], Variable(role, shape))
        column = as_matrix(array.table, (shape[-1], 1), array.table.columns[0], np.zeros(shape[-1], dtype=np.int64))
        name = Symbol(role, self.leading, slice=bool(self.leading))
        return Labelled(array_matrix(column, self.limits), name, (shape[-1], 1))
