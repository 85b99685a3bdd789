"""The steps of max pooling: the largest entry, masks, the masked gradients folded back, or an assumed choice."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from symconv.derivation.elision import shortened
from symconv.derivation.entries import array_matrix, labelled_array, labelled_symbols, value_matrix
from symconv.derivation.pooling import WindowedSteps, place
from symconv.derivation.statements import mask_statement
from symconv.derivation.steps import Position, Step
from symconv.forms import distinct
from symconv.layers.masks import place_in_window
from symconv.layers.max_pool import MaxPool
from symconv.layers.pools import MAPS
from symconv.notation.layout import Display
from symconv.notation.tree import (
    Call,
    Dots,
    Function,
    Infix,
    Node,
    Product,
    Relation,
    Symbol,
    equals,
)
from symconv.operations import AxisOperation, Fold, Hadamard, Naming, Operation, Scale, TermArray, Total, Written

BLOCKS = 4
"""So many windows that read one input are shown side by side."""
WIDE = 24
"""So many products an array may have in a row to be shown as a matrix."""


@dataclass(frozen=True)
class Story(WindowedSteps):
    """Builds the steps that only max pooling has."""

    @property
    def layer(self) -> MaxPool:
        layer = self.calculus.layer
        assert isinstance(layer, MaxPool)
        return layer

    def features(self) -> dict[str, Any]:
        letters = self.layer.letters("M")
        return super().features() | {
            "chosen": self.layer.choice is not None,
            "ties": self.layer.ties,
            "sums_to_one": self.layer.sums_to_one,
            "mask": Symbol("M", place(letters)),
            "output": Symbol("O", place(self.layer.letters("O"))),
            "input": Symbol("X", place(self.layer.letters("X"))),
        }

    def boxed(self) -> tuple[Node, ...]:
        """For an assumed choice also the matrix: gradients in the chosen places and zeros elsewhere."""
        stated = self.stated("dX")
        if self.layer.choice is None or len(self.layer.axes) > 2:
            return (stated,)
        routed = value_matrix(self.calculus.chain_rule("X"), self.shape("X"), self.limits, self.leading)
        if self.layer.plain:
            return (equals(*stated.sides, routed),)
        return stated, equals(Symbol("dX", self.leading, slice=True), routed)

    # The forward map

    def forward(self) -> Step:
        explained = self.layer.busiest("O")
        displays = {
            "maximum": Display((self._maximum(explained),)),
            "operator": Display((self.stated("O"),)),
        }
        if self.layer.choice is None:
            displays["indices"] = Display((self.stated("O", "indices"),))
            displays["window"] = Display((self._masked_window(explained),))
        elif len(self.layer.axes) < 3:
            displays["values"] = Display((self._chosen_values(),))
        if self.layer.sums_to_one and self.layer.choice is None:
            displays["sum"] = Display((mask_statement(self.layer),))
        facts = self.features() | {"explained": Symbol("O", explained)}
        return Step("pooling/max_forward", "O", "brief", displays, facts)

    def _maximum(self, output: Position) -> Relation:
        """The explained output as the largest entry of its window."""
        entries = [Symbol("X", index) for index in self._window(output)]
        shown = shortened(entries, self.limits.terms, first=3)
        largest = Function("max", tuple(Dots("row") if entry is None else entry for entry in shown))
        return equals(Symbol("O", output), largest)

    def _window(self, output: Position) -> list[Position]:
        """The input entries that one output is taken from."""
        axes, maps = self.layer.axes, len(self.leading)
        starts = [axis.stride * i - axis.before for axis, i in zip(axes, output[maps:], strict=True)]
        places = [
            [x for x in range(start, start + axis.extent, axis.dilation) if 0 <= x < axis.size]
            for axis, start in zip(axes, starts, strict=True)
        ]
        counts = tuple(map(len, places))
        return [(*output[:maps], *(at[p] for at, p in zip(places, index, strict=True))) for index in np.ndindex(counts)]

    def _masked_window(self, output: Position) -> Relation:
        """The explained output as the sum of mask times window, as matrices, and written out."""
        value = self.window_of_entry("O").sides[1]
        (total,) = self.claim("O").parts
        assert isinstance(total, Total)
        assert isinstance(total.operand, Hadamard)
        if len(self.layer.axes) > 2:
            return equals(Symbol("O", output), value)
        mask, window = (self._at(operand, output) for operand in (total.operand.signal, total.operand.filter))
        name = Symbol("M", output, slice=True)
        product = Infix("hadamard", labelled_array(mask, name, self.limits), array_matrix(window, self.limits))
        return equals(Symbol("O", output), Call("sum", (product,)), value)

    def _chosen_values(self) -> Relation:
        """The output with the chosen entries put in."""
        name = Symbol("O", self.leading, slice=bool(self.leading))
        (table,) = self.calculus.definition.parts
        return equals(name, value_matrix(table, self.shape("O"), self.limits, self.leading))

    def _at(self, operation: Operation, output: Position) -> TermArray:
        """The window of one output in an array cut into windows, in the first channel of the first example."""
        array = self._first_map(operation)
        for at in output[len(self.leading) :]:
            array = array.first_slice(at)
        return array

    def _first_map(self, operation: Operation) -> TermArray:
        """The value of a pipeline for the first channel of the first example."""
        if self.layer.choice is None:
            return operation.on({*self.layer.spatial, *self.layer.taps}).evaluate(self.layer.slices())
        array = operation.evaluate(self.layer.leaves())
        for _ in MAPS:
            array = array.first_slice(0)
        return array

    def more(self) -> list[Step]:
        """The masks of an assumed choice."""
        if self.layer.choice is None or len(self.layer.axes) > 2:
            return []
        outputs = list(np.ndindex(self.shape("O")))
        shown = shortened([output for output in outputs if output[: len(self.leading)] == self.leading], 16, first=4)
        nodes = [Dots("row") if at is None else equals(Symbol("M", at, slice=True), self._mask(at)) for at in shown]
        return [Step("pooling/masks", "", "brief", {"masks": Display(tuple(nodes), "packed")}, self.features())]

    def _mask(self, output: Position) -> Node:
        return array_matrix(self._at(self.layer.chosen_masks(), output), self.limits)

    # The closed form

    def closed(self) -> Step:
        """Each gradient times its mask, folded back; the windows that read the explained entry side by side."""
        explained = self.layer.busiest("X")
        displays = {
            "operator": Display((self.stated("dX"),)),
            "entry": Display((self.window_of_entry("dX"),)),
        }
        if len(self.layer.axes) < 3:
            displays["blocks"] = Display(self._blocks(explained), "packed")
            if self._fits():
                displays["matrices"] = Display((self._folded(explained),))
        if any((claim.role, claim.route) == ("dX", "indices") for claim in self.layer.claims()):
            displays["indices"] = Display((self.stated("dX", "indices"),))
        facts = self.features() | {"explained": Symbol("X", explained), "readers": len(self._readers(explained))}
        return Step("pooling/max_closed", "X", "brief", displays, facts)

    def _fold(self) -> Fold:
        found = self.layer.folded_gradient()
        assert isinstance(found, Fold)
        return found

    def _blocks(self, explained: Position) -> tuple[Node, ...]:
        """The masked gradients of the windows in which an input entry stands, that entry framed."""
        outputs = [tuple(map(int, np.unravel_index(at, self.shape("O")))) for at in self._readers(explained)]
        maps = len(self.leading)
        nodes: list[Node] = []
        for output in shortened(outputs, BLOCKS, first=2):
            if output is None:
                nodes.append(Dots("row"))
                continue
            found = place_in_window(self.layer.axes, output[maps:], explained[maps:])
            assert found is not None
            cell = tuple(d * f for d, f in zip(self.layer.each("dilation"), found, strict=True))
            array = self._at(self._fold().operand, output)
            ordered = replace(array, table=array.table.arranged(array.table.index[0], ("G", "M")))
            name = Product((Symbol("G", output), Symbol("M", output, slice=True)))
            nodes.append(labelled_array(ordered, name, self.limits, {cell}, "G"))
        return tuple(nodes)

    def _readers(self, explained: Position) -> list[int]:
        """The outputs that an input entry takes part in."""
        return distinct(self.calculus.local("X", explained).columns[0])

    def _fits(self) -> bool:
        """Whether the folded gradients are narrow enough for a matrix."""
        array = self._first_map(self._fold())
        if not len(array.table):
            return True
        columns = min(array.shape[-1], self.limits.matrix)
        most = int(np.bincount(array.table.columns[0]).max())
        return columns * most * len(array.table.factors) <= WIDE

    def _folded(self, explained: Position) -> Relation:
        """∂L/∂X as the folded gradients written out, and what is cut off at the border."""
        before, _ = self.layer.crop
        cell = tuple(x - a for x, a in zip(explained[len(self.leading) :], before, strict=True))
        array = self._first_map(self._fold())
        array = replace(array, table=array.table.arranged(array.table.index[0], ("G", "M")))
        folded = labelled_array(array, self._fold().notation(self.first), self.limits, {cell}, "G")
        left = labelled_symbols("dX", self.shape("X"), self.limits, self.leading, {explained})
        return equals(left, _cropped(self.claim("dX").parts[0], folded))


def _cropped(operation: Operation, folded: Node) -> Node:
    """A pipeline with what is folded already written down."""
    if isinstance(operation, Scale):
        return Scale(Written(_cropped(operation.operand, folded)), operation.by).notation(Naming())
    if isinstance(operation, AxisOperation):
        return replace(operation, operand=Written(folded)).notation(Naming())
    return folded
