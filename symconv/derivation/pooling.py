"""The steps that all pools share: sizes, local gradients, the rule, what no window reads; each kind adds its own."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from symconv.derivation.axes import each, padding_text, remainder_formula, signed, size_formula, touching
from symconv.derivation.entries import coloured
from symconv.derivation.statements import statement
from symconv.derivation.steps import Position, Step, Steps
from symconv.geometry import Axis
from symconv.layers.channels import POSITION_LETTERS
from symconv.layers.pools import MAP_LETTERS, MAPS, Pool, WindowedPool
from symconv.notation.layout import Display
from symconv.notation.tree import (
    Call,
    Dots,
    Infix,
    Letter,
    Negative,
    Node,
    Number,
    Ones,
    Product,
    Relation,
    Sum,
    Symbol,
    Transpose,
    equals,
    letter_index,
    walk,
)
from symconv.operations import Naming

U, V = Letter("U"), Letter("V")
LEGEND: dict[str, Node] = {
    "correlate": Infix("correlate", U, V),
    "strided": Infix("correlate", U, V, (2,)),
    "hadamard": Infix("hadamard", U, V),
    "divide": Infix("divide", U, V),
    "ones": Ones(),
    "unfold": Call("unfold", (U,), (2,)),
    "fold": Call("fold", (U,), (2,)),
    "sum": Call("sum", (U,)),
    "spread": Call("spread", (U,), (2,)),
    "pad": Call("pad", (U,), (1,)),
    "transpose": Transpose(U),
}
"""What the table of notation shows for each operation, in its order."""


@dataclass(frozen=True)
class PoolSteps(Steps):
    """Builds the steps of a pool in reading order."""

    @property
    def layer(self) -> Pool:
        layer = self.calculus.layer
        assert isinstance(layer, Pool)
        return layer

    def steps_of(self, roles: Sequence[str]) -> list[Step]:
        steps = [self.result(), self.sizes(), self.forward(), *self.more(), self.outputs(), self.need()]
        steps += [
            replace(self.local("X"), kind="pooling/local", facts=self.features()),
            replace(self.frobenius("X"), kind="pooling/rule", facts=self.features()),
            self.chain("X"),
        ]
        if self.calculus.whole:
            steps.append(replace(self.patches("X"), kind="pooling/patches", facts=self.features()))
        last = self.unreached()
        return [*steps, self.closed(), *([last] if last else [])]

    # What each kind of pool says by itself

    def forward(self) -> Step:
        """What the pool computes."""
        raise NotImplementedError

    def more(self) -> list[Step]:
        """What has to be known before the outputs are written out."""
        return []

    def closed(self) -> Step:
        """∂L/∂X as a pipeline of array operations, with the arrays written out."""
        raise NotImplementedError

    def boxed(self) -> tuple[Node, ...]:
        """What stands in the box at the head."""
        return (self.stated("dX"),)

    # What all share

    def features(self) -> dict[str, Any]:
        """What the words depend on."""
        layer = self.layer
        return {
            "kind": layer.kind,
            "rank": len(layer.axes),
            "plain": layer.plain,
            "mean": self.calculus.mean,
            "whole_input": all(axis.output == 1 for axis in layer.axes),
            "overlaps": any(axis.tap_count() > axis.size - len(axis.unreached()) for axis in layer.axes),
            "A": self.naming.leaf("X"),
            "B": self.naming.leaf("O"),
        }

    @property
    def naming(self) -> Naming:
        return self.layer.naming()

    @property
    def leading(self) -> Position:
        """The first channel of the first example, where arrays have these axes."""
        return () if self.layer.plain else (0,) * len(MAPS)

    @property
    def first(self) -> Naming:
        """The names of arrays in the first channel of the first example."""
        return Naming(dict.fromkeys(("X", "O", "M", "G", "dX"), self.leading))

    def stated(self, role: str, route: str | None = None) -> Relation:
        """A claim as a relation."""
        return statement(self.claim(role, route), self.naming)

    def result(self) -> Step:
        """The closed form before it is earned, and the notation of this page."""
        boxed = self.boxed()
        used = {name for stated in (*boxed, self.stated("O")) for node in walk(stated) for name in _names(node)}
        legend = [(name, node) for name, node in LEGEND.items() if name in used]
        facts = self.features() | self._letters() | {"legend": legend}
        return Step("pooling/result", "", "brief", {"closed": Display(boxed, boxed=True)}, facts)

    def sizes(self) -> Step:
        """The conventions, and the output size as formula, numbers and result."""
        return Step("pooling/sizes", "", "brief", {}, self.features() | self._letters())

    def _letters(self) -> dict[str, Any]:
        count = len(self.layer.axes)
        at = {role: Letter(", ".join(letters[:count])) for role, letters in POSITION_LETTERS.items()}
        return {"at": at, "maps": [Letter(letter) for letter in MAP_LETTERS]}

    def need(self) -> Step:
        """Why the gradient is needed, though a pool has nothing to learn."""
        return Step("pooling/need", facts=self.features())

    def window_of_entry(self, role: str) -> Relation:
        """The explained entry of O or ∂L/∂X with its value."""
        array = role.removeprefix("d")
        explained = self.layer.busiest(array)
        value = self.output_value(explained) if role == "O" else self.gradient_value(array, explained)
        return equals(Symbol(role, explained), coloured(value, "X" if role == "O" else "G"))

    def unreached(self) -> Step | None:
        """The inputs that take part in no output, if there are any."""
        per_axis = self.layer.unreached()
        if not any(per_axis):
            return None
        sizes = [axis.size for axis in self.layer.axes]
        places = touching(sizes, [set(gone) for gone in per_axis])
        found = [(*self.leading, *place) for place in islice(places, self.limits.matrix + 1)]
        nodes: list[Node] = [
            equals(Symbol("dX", index), self.gradient_value("X", index)) for index in found[: self.limits.matrix]
        ]
        if len(found) > self.limits.matrix:
            nodes.append(Dots("row"))
        reached = math.prod(n - len(gone) for n, gone in zip(sizes, per_axis, strict=True))
        facts = {"count": math.prod(sizes) - reached, "total": math.prod(sizes), **self.features()}
        return Step("unreached", "X", "brief", {"zeros": Display(tuple(nodes), "packed")}, facts)


@dataclass(frozen=True)
class WindowedSteps(PoolSteps):
    """Builds the steps of a pool whose windows have one size."""

    @property
    def layer(self) -> WindowedPool:
        layer = self.calculus.layer
        assert isinstance(layer, WindowedPool)
        return layer

    def features(self) -> dict[str, Any]:
        axes = self.layer.axes
        return super().features() | {
            "window": self.layer.each("filter"),
            "stride": each(axes, "stride"),
            "dilation": each(axes, "dilation"),
            "padding": padding_text(axes),
            "padded": any(axis.before or axis.after for axis in axes),
            "dilated": any(axis.dilation > 1 for axis in axes),
            "ceil_mode": self.layer.ceil_mode,
            "beyond": any(axis.remainder < 0 for axis in axes),
            "remainder": any(axis.remainder > 0 for axis in axes),
        }

    def sizes(self) -> Step:
        axes = self.layer.axes
        same = len({replace(axis, name="") for axis in axes}) == 1
        shown = axes[:1] if same else axes
        names = ["" if same else axis.name for axis in shown]
        pairs = list(zip(shown, names, strict=True))
        dilation = self.layer.has_dilation
        relations = tuple(size_formula(*pair, dilation=dilation) for pair in pairs)
        displays = {"formula": Display(relations), "formula_line": Display(relations, "packed", columns=1)}
        if any(axis.remainder for axis in shown):
            left = [remainder_formula(*pair, dilation=dilation) for pair in pairs if pair[0].remainder]
            displays["remainder"] = Display(tuple(left))
        if any(axis.dropped for axis in shown):
            dropped = [node for pair in pairs if pair[0].dropped for node in _dropped(*pair)]
            displays["dropped"] = Display(tuple(dropped), "packed", columns=2)
        facts = self.features() | self._letters() | {"same": same}
        return Step("pooling/sizes", "", "brief", displays, facts)


def _dropped(axis: Axis, name: str) -> tuple[Relation, Relation]:
    """s(o-1) >= n + a, in numbers, and the number of windows that are left."""
    start = Product((Number(axis.stride), Sum((Number(axis.counted), Negative(Number(1))))))
    late = Relation((start, Sum((signed(axis.size), signed(axis.before)))), "≥")
    left = Sum((Number(axis.counted), Negative(Number(1))))
    return late, equals(Letter(f"o_{{{name}}}" if name else "o"), left, Number(axis.output))


def _names(node: Node) -> Iterator[str]:
    """What the table of notation calls the operation that a node is."""
    match node:
        case Call(function):
            yield function
        case Infix(operator, _, _, stride):
            yield operator
            if stride:
                yield "strided"
        case Ones():
            yield "ones"
        case Transpose():
            yield "transpose"


def place(letters: Sequence[str]) -> tuple[Any, ...]:
    """Letters as an index."""
    return tuple(map(letter_index, letters))
