"""The steps that a convolution and a transposed convolution share: statements, pipelines with their arrays as matrices,
the bias, the unrolled matrix."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from itertools import product as all_of
from typing import Any, ClassVar

import numpy as np

from symconv.derivation.axes import each, padding_text, touching
from symconv.derivation.elision import shortened
from symconv.derivation.entries import coloured, labelled_array, labelled_symbols
from symconv.derivation.statements import core, shown_groups, statement
from symconv.derivation.steps import Step, Steps
from symconv.layers.base import Claim
from symconv.layers.channels import AXIS_LETTERS, POSITION_LETTERS, SUMMED_LETTERS
from symconv.layers.sliding import Sliding
from symconv.notation.layout import Display
from symconv.notation.tree import (
    Call,
    Dots,
    Infix,
    Letter,
    Node,
    Relation,
    Slice,
    Symbol,
    equals,
    total,
    walk,
    without_marks,
)
from symconv.operations import (
    EMPTY,
    AxisOperation,
    Correlate,
    Keep,
    Leaf,
    Naming,
    Operation,
    Repeat,
    Reverse,
    Scale,
    TermArray,
    Window,
    Written,
    as_matrix,
)

Position = tuple[int, ...]


@dataclass(frozen=True)
class SlidingSteps(Steps):
    """Builds the steps of a layer with a window; each kind of layer says what its words depend on."""

    windows: ClassVar[str] = "O"
    """The array whose positions are the rows of the unrolled matrix; its columns are those of the other."""

    @property
    def layer(self) -> Sliding:
        layer = self.calculus.layer
        assert isinstance(layer, Sliding)
        return layer

    def features(self) -> dict[str, Any]:
        """What the words depend on."""
        raise NotImplementedError

    def words(self) -> dict[str, Any]:
        return {
            "naming": self.layer.naming(0),
            "at": self._at,
            "maps": {name: Letter(letter) for name, letter in AXIS_LETTERS.items()},
            "all_of": [Letter(letter) for letter in SUMMED_LETTERS],
            "each": partial(each, self.layer.axes),
            "padding": partial(padding_text, self.layer.axes),
        }

    def _at(self, role: str) -> Letter:
        """The letters of positions in an array, as one piece of mathematics."""
        return Letter(", ".join(POSITION_LETTERS[role][: len(self.layer.axes)]))

    def closed_equation(self, role: str) -> tuple[Node, ...]:
        """The closed form with, for one small map, its arrays as matrices."""
        if role == "db":
            return self.statements("db", "sum")[:1]
        stated = self.statements(role, "correlation")
        if not self.layer.plain or len(self.layer.axes) > 2:
            return stated
        relation = self.spelled(role)["matrices"].relations[0]
        assert isinstance(relation, Relation)
        assert isinstance(stated[0], Relation)
        return (without_marks(equals(*stated[0].sides, *relation.sides[1:])),)

    def statements(self, role: str, route: str) -> tuple[Node, ...]:
        """The claim for each group of channels, with dots beyond three."""
        shown, claim = shown_groups(self.layer), self.claim(role, route)
        return tuple(Dots("column") if at is None else statement(claim, self.layer.naming(at)) for at in shown)

    def result(self, roles: Sequence[str]) -> Step:
        """The closed forms of the gradients by the given roles, before they are earned."""
        found = [self.statements(f"d{role}", "correlation")[0] for role in ("F", "X") if role in roles]
        if "b" in roles:
            found.append(self.statements("db", "sum")[0])
        forward = self.statements("O", "correlation")[0]
        used = {name for stated in (forward, *found) for node in walk(stated) for name in _operation_names(node)}
        return Step(
            "result", "", "brief", {"closed": Display(tuple(found), boxed=True)}, self.features() | {"used": used}
        )

    def forward(self) -> Step:
        displays = {
            "operator": Display(self.statements("O", "correlation")),
            "indices": Display(self.statements("O", "indices")),
        }
        return Step("forward", "O", "brief", displays | self.spelled("O"), self.features())

    def closed(self, role: str) -> Step:
        """The recognition: ∂L/∂role as a pipeline of array operations, with the arrays written out."""
        claim = self.claim(f"d{role}", "correlation")
        displays = {"operator": Display(self.statements(f"d{role}", "correlation"))}
        if any((other.role, other.route) == (f"d{role}", "indices") for other in self.layer.claims()):
            displays["indices"] = Display(self.statements(f"d{role}", "indices"))
        return Step("closed", role, "brief", displays | self.spelled(f"d{role}"), self.features() | _operations(claim))

    def spelled(self, role: str) -> dict[str, Display]:
        """The claim with every array as a matrix, and the explained entry with its window."""
        array = role.removeprefix("d")
        explained = self.layer.busiest(array)
        signal = _leaf_role(self.claim(role, "correlation").parts[0])
        value = self.output_value(explained) if role == "O" else self.gradient_value(array, explained)
        window = equals(Symbol(role, explained), coloured(value, signal))
        displays = {"window": Display((window,))}
        if len(self.layer.axes) > 2:
            displays["arrays"] = Display(self._depth_slices(role), "packed")
            return displays
        leading = () if self.layer.plain else (0, 0)
        shape = self.shape(array)
        left = labelled_symbols(role, shape, self.limits, leading, {explained})
        parts = [self._with_matrices(part, explained) for part in self.claim(role, "correlation").parts]
        displays["matrices"] = Display((equals(left, total(tuple(parts))),))
        return displays

    def _depth_slices(self, role: str) -> tuple[Node, ...]:
        """The matrices that the operands of a 3-D correlation are made of, for the first maps."""
        part = core(self.claim(role, "correlation").parts[0])
        assert isinstance(part, Correlate)
        leaves = self.layer.slices({"batch": 0, "group": 0, "out": 0, "in": 0})
        naming = Naming({} if self.layer.plain else dict.fromkeys("XFG", (0, 0)))
        nodes: list[Node] = []
        for operand in (part.signal, part.filter):
            array, name = operand.evaluate(leaves), operand.notation(naming)
            for depth in shortened(range(array.shape[0]), 4, first=2):
                if depth is None:
                    nodes.append(Dots("row"))
                    continue
                nodes.append(labelled_array(array.first_slice(depth), _slice(name, depth), self.limits))
        return tuple(nodes)

    def _with_matrices(self, part: Operation, explained: Position) -> Node:
        """A part of a pipeline with the operands of its correlation as matrices, for the first slice."""
        if isinstance(part, Repeat):
            shape = self.shape("b")
            maps = 0 if self.layer.plain else 1
            return (
                labelled_symbols("b", shape, self.limits, (0,) * maps)
                if len(shape) > maps
                else Symbol("b", (0,) * maps)
            )
        if isinstance(part, Scale | AxisOperation):
            position = _before(part, explained)
            return replace(part, operand=Written(self._with_matrices(part.operand, position))).notation(Naming())
        assert isinstance(part, Correlate)
        lengths = self.layer.axis_lengths("O") | self.layer.axis_lengths("X")
        summed = [[(name, at) for at in range(lengths[name])] for name in part.contracted]
        terms = [
            None if chosen is None else self._product(part, dict(chosen), explained)
            for chosen in shortened(list(all_of(*summed)), 2, first=1)
        ]
        return total(tuple(Dots("sum") if term is None else term for term in terms))

    def _product(self, part: Correlate, chosen: dict[str, int], explained: Position) -> Node:
        """signal ⊗ filter as labelled matrices, the other channels at 0 and the window of the entry framed."""
        at = {"batch": 0, "group": 0, "out": 0, "in": 0} | chosen
        role = _leaf_role(part)
        leaves = self.layer.slices(at)
        naming = Naming({array: self.layer.slice_index(array, at) for array in "XFG"})
        signal, filter = part.signal.evaluate(leaves), part.filter.evaluate(leaves)
        spatial = explained[len(explained) - len(self.layer.axes) :]
        steps = [
            [stride * place + int(q) for q in np.flatnonzero(axis.kinds == EMPTY)]
            for stride, place, axis in zip(part.stride, spatial, filter.axes, strict=True)
        ]
        window = set(all_of(*steps))
        left = labelled_array(signal, part.signal.notation(naming), self.limits, window, role)
        right = labelled_array(filter, part.filter.notation(naming), self.limits)
        return Infix("correlate", left, right, part.stride if set(part.stride) - {1} else ())

    # What no window reads, the bias, the matrix

    def unreached(self) -> Step | None:
        """The inputs that take part in no output, if there are any."""
        per_axis = self.layer.unreached()
        if not any(per_axis):
            return None
        maps = () if self.layer.plain else (0, 0)
        places = touching([axis.size for axis in self.layer.axes], [set(gone) for gone in per_axis])
        found = [(*maps, *place) for place in islice(places, self.limits.matrix + 1)]
        nodes: list[Node] = [
            equals(Symbol("dX", index), self.gradient_value("X", index)) for index in found[: self.limits.matrix]
        ]
        if len(found) > self.limits.matrix:
            nodes.append(Dots("row"))
        sizes = [axis.size for axis in self.layer.axes]
        reached = math.prod(n - len(gone) for n, gone in zip(sizes, per_axis, strict=True))
        facts = {"count": math.prod(sizes) - reached, "total": math.prod(sizes), **self.features()}
        return Step("unreached", "X", "brief", {"zeros": Display(tuple(nodes), "packed")}, facts)

    def bias(self) -> Step | None:
        """∂L/∂b: every local gradient is 1, so the gradients add up."""
        if not self.layer.bias:
            return None
        index = self.layer.busiest("b")
        output = int(self.calculus.local("b", index).columns[0].min())
        at = tuple(int(i) for i in np.unravel_index(output, self.shape("O")))
        first = equals(Symbol("db", index), self.standing("b", index), self.gradient_value("b", index))
        displays = {
            "local": Display((self.local_entry(at, "b", index),)),
            "chain": Display((first,)),
            "closed": Display(self.statements("db", "sum")[:1]),
        }
        return Step("bias", "b", "brief", displays, self.features())

    def matrix(self) -> Step:
        """The layer as a matrix product, and ∂L/∂X through the transpose."""
        rows, columns = (self.arrays[role].size // self.layer.batch for role in self._sides)
        displays = {
            "forward": Display(self.statements("O", "matrix")[:1]),
            "backward": Display(self.statements("dX", "matrix")[:1]),
        }
        if self.calculus.whole:
            array = self._unrolled(rows, columns)
            displays["matrix"] = Display((labelled_array(array, Symbol("C"), self.limits.wide()),))
        return Step("matrix", "X", "full", displays, self.features() | {"sizes": (rows, columns)})

    @property
    def _sides(self) -> tuple[str, str]:
        """The arrays whose entries are the rows and the columns of the unrolled matrix."""
        return ("O", "X") if self.windows == "O" else ("X", "O")

    def _unrolled(self, rows: int, columns: int) -> TermArray:
        """C as one matrix: rows run over an example's windows, columns over what they slide on, both row by row."""
        array = self.layer.unrolled().evaluate(self.layer.leaves())
        position = dict(zip(array.names, np.unravel_index(array.table.columns[0], array.shape), strict=True))
        lengths = dict(zip(array.names, array.shape, strict=True))
        places = {"O": self.layer.spatial, "X": self.layer.spatial}
        places[self.windows] = tuple(f"window {name}" for name in self.layer.spatial)
        rows_by, columns_by = ((*self.layer.channel_axes[role][1:], *places[role]) for role in self._sides)
        flat = [
            np.ravel_multi_index([position[name] for name in names], [lengths[name] for name in names])
            for names in (rows_by, columns_by)
        ]
        return as_matrix(array.table, (rows, columns), flat[0], flat[1])


def _slice(name: Node, position: int) -> Node:
    if isinstance(name, Symbol):
        return Symbol(name.role, (*name.index, position), slice=True)
    return Slice(name, position)


def _operation_names(node: Node) -> tuple[str, ...]:
    match node:
        case Call(function):
            return (function,)
        case Infix(operator, _, _, stride):
            return (operator, "stride") if stride else (operator,)
    return ()


def _operations(claim: Claim) -> dict[str, Any]:
    """Which operations a pipeline uses, for the words about it."""
    found: dict[str, Any] = {"keeps": False, "crops": False, "full": False, "reverses": False, "reverses_result": False}
    operation = claim.parts[0]
    while isinstance(operation, Scale | AxisOperation):
        found["keeps"] |= isinstance(operation, Keep)
        found["reverses_result"] |= isinstance(operation, Reverse)
        operation = operation.operand
    assert isinstance(operation, Correlate)
    if isinstance(operation.signal, Window):
        margins = (*operation.signal.before, *operation.signal.after)
        found["crops"], found["full"] = min(margins) < 0, min(margins) > 0
    found["reverses"] = _has_reverse(operation.filter)
    return found


def _has_reverse(operation: Operation) -> bool:
    return isinstance(operation, Reverse) or (isinstance(operation, AxisOperation) and _has_reverse(operation.operand))


def _leaf_role(operation: Operation) -> str:
    """The array that the signal of a pipeline's correlation is made of."""
    inner = core(operation)
    if isinstance(inner, Correlate):
        inner = core(inner.signal)
    assert isinstance(inner, Leaf)
    return inner.role


def _before(operation: Scale | AxisOperation, position: Position) -> Position:
    """Where the entry at `position` of the result stood before the operation."""
    if not isinstance(operation, Reverse):
        return position
    core = operation.operand
    lengths = core.lengths if isinstance(core, Keep) else None
    return position if lengths is None else tuple(n - 1 - p for n, p in zip(lengths, position, strict=True))
