"""The steps of average pooling: the mean of each window, its divisor, and gradients spread evenly over the windows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product as all_of
from typing import Any

from symconv.derivation.entries import labelled_array, labelled_symbols
from symconv.derivation.pooling import WindowedSteps
from symconv.derivation.statements import core
from symconv.derivation.steps import Step
from symconv.layers.avg_pool import AvgPool
from symconv.notation.layout import Display
from symconv.notation.tree import Infix, Node, Number, Symbol, equals
from symconv.operations import Correlate, Divide, Leaf, Operation, Scale, TermArray, Written


@dataclass(frozen=True)
class Story(WindowedSteps):
    """Builds the steps that only average pooling has."""

    @property
    def layer(self) -> AvgPool:
        layer = self.calculus.layer
        assert isinstance(layer, AvgPool)
        return layer

    def features(self) -> dict[str, Any]:
        number = self.layer.divisors.uniform
        return super().features() | {
            "whole_input": self.layer.whole_input,
            "divisor": self.layer.divisor,
            "agreed": number is not None,
            "number": None if number is None else int(number),
            "share": None if number is None else Number(1 / number),
            "D": Symbol("D"),
        }

    def forward(self) -> Step:
        displays = {
            "operator": Display((self.stated("O"),)),
            "indices": Display((self.stated("O", "indices"),)),
            "entry": Display((self.window_of_entry("O"),)),
            **self._spelled("O"),
        }
        return Step("pooling/average_forward", "O", "brief", displays, self.features())

    def more(self) -> list[Step]:
        """The divisors, where they differ."""
        if self.layer.agreed or len(self.layer.axes) > 2:
            return []
        array = self.layer.divisors.evaluate({})
        displays = {"divisors": Display((labelled_array(array, Symbol("D"), self.limits),))}
        return [Step("pooling/divisors", "", "brief", displays, self.features())]

    def closed(self) -> Step:
        displays = {
            "operator": Display((self.stated("dX"),)),
            "fold": Display((self.stated("dX", "fold"),)),
            "entry": Display((self.window_of_entry("dX"),)),
            **self._spelled("dX"),
        }
        facts = self.features() | {"explained": Symbol("X", self.layer.busiest("X"))}
        return Step("pooling/average_closed", "X", "brief", displays, facts)

    def _spelled(self, role: str) -> dict[str, Display]:
        """The claim with every array as a matrix and the window of the explained entry framed."""
        if len(self.layer.axes) > 2:
            return {}
        array = role.removeprefix("d")
        explained = self.layer.busiest(array)
        left = labelled_symbols(role, self.shape(array), self.limits, self.leading, {explained})
        right = self._with_matrices(self.claim(role, "correlation").parts[0], explained[len(self.leading) :])
        return {"matrices": Display((equals(left, right),))}

    def _with_matrices(self, part: Operation, explained: tuple[int, ...]) -> Node:
        """A pipeline with the operands of its correlation, and the divisors, as matrices."""
        if isinstance(part, Scale):
            inner = Written(self._with_matrices(part.operand, explained))
            return replace(part, operand=inner).notation(self.first)
        if isinstance(part, Divide):
            divisors = labelled_array(part.by.evaluate({}), Symbol("D"), self.limits)
            return Infix("divide", self._with_matrices(part.operand, explained), divisors)
        assert isinstance(part, Correlate)
        signal, filter = (self._first_map(operand) for operand in (part.signal, part.filter))
        steps = [
            range(stride * place, stride * place + length)
            for stride, place, length in zip(part.stride, explained, filter.shape, strict=True)
        ]
        role = "X" if core(part.signal) == Leaf("X") else "G"
        left = labelled_array(signal, part.signal.notation(self.first), self.limits, set(all_of(*steps)), role)
        right = labelled_array(filter, part.filter.notation(self.first), self.limits)
        return Infix("correlate", left, right, part.stride if set(part.stride) - {1} else ())

    def _first_map(self, operation: Operation) -> TermArray:
        """The value of a pipeline for the first channel of the first example."""
        return operation.on(set(self.layer.spatial)).evaluate(self.layer.slices())
