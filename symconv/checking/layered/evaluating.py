"""The values of formulas about layers in sequence: what is read in a way of its own, beside what all formulas share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from symconv.checking.evaluation import Evaluator, UnreadableError
from symconv.checking.layered.letters import word
from symconv.checking.layered.resolving import TRANSPOSED_CONVOLUTIONS, UNPOOLING
from symconv.checking.layered.stages import DENSE, Stage, Stages
from symconv.checking.operators import FUNCTIONS, Frame, Reading, combined, operation, product_of
from symconv.checking.values import (
    ShapeError,
    Value,
    comparable,
    filled,
    fully_correlated,
    padded,
    reversed_,
    squeezed,
    together,
    told,
)
from symconv.checking.world import Position
from symconv.meaning.polynomials import Polynomial, constant, total
from symconv.notation.tree import Applied, Big, Bounded, Node, Number, Ones, Operation, Partial, Product, Symbol

MOST_DERIVATIVES = 60_000
MOST_REMEMBERED = 2_000
REMEMBERED = (Applied, Big, Bounded, Operation, Partial)
"""What takes some work."""
SIDE_BY_SIDE = "holds where vectors side by side are multiplied entry by entry"


@dataclass(frozen=True)
class SequenceEvaluator(Evaluator):
    """Gives formulas about stages their values."""

    @property
    def stages(self) -> Stages:
        assert isinstance(self.world, Stages)
        return self.world

    def __call__(self, node: Node) -> list[Reading]:
        return self._remembered(node) if isinstance(node, REMEMBERED) else self._worked_out(node)

    def _remembered(self, node: Node) -> list[Reading]:
        """What was worked out in this world before: the formulas that are tried in place of a wrong one share most."""
        signs, letters = frozenset(self.frame.signs.items()), frozenset(self.letters.items())
        key = (node, letters, self.frame.families, signs, self.vocabulary.base)
        known = self.stages.values
        if key not in known:
            if len(known) >= MOST_REMEMBERED:
                known.clear()
            known[key] = self._worked_out(node)
        return list(known[key])

    def _worked_out(self, node: Node) -> list[Reading]:
        rule = _RULES.get(type(node))
        return rule(self, node) if rule else super().__call__(node)

    # Derivatives

    def derivative(self, node: Partial) -> list[Reading]:
        """A derivative of an array by another; of an activated one also as the array of its nonzero entries."""
        over, under = node.over, node.under
        if not (isinstance(over, Symbol) and over.role in self.stages.by_name and isinstance(under, Symbol)):
            return self.partial(node)
        if under.role not in self.world.shapes:
            raise UnreadableError("a derivative by something that is no array")
        found = [Reading(self._jacobian(over, under))]
        stage = self.stages.by_name[over.role]
        if stage.kind == "activation" and under.role == stage.before and not (over.index or under.index):
            return [*self(Symbol(f"s:{over.role}")), *found]
        return found

    def _jacobian(self, over: Symbol, under: Symbol) -> Value:
        above, below = self._indices(over), self._indices(under)
        ours, theirs = self.world.shapes[over.role], self.world.shapes[under.role]
        outer, inner = ours[len(above) :], theirs[len(below) :]
        if int(np.prod((*outer, *inner), dtype=int)) > MOST_DERIVATIVES:
            raise UnreadableError("a derivative that is too large to write out")

        def at_place(at: Position) -> Polynomial:
            chain = self.stages.chain(over.role, (*above, *at[: len(outer)]), under.role)
            return chain.get((*below, *at[len(outer) :]), constant(0))

        axes = [f"{over.role}{at}" for at in range(len(above), len(ours))]
        axes += [f"{under.role}{at}" for at in range(len(below), len(theirs))]
        found = filled((*outer, *inner), at_place)
        if outer and not inner:
            return Value(found[..., None], (*axes, "∂"))
        return Value(found, tuple(axes))

    def _indices(self, symbol: Symbol) -> Position:
        index = tuple(self.position(place) for place in symbol.index)
        shape = self.world.shapes[symbol.role]
        if any(not 0 <= at < length for at, length in zip(index, shape, strict=False)):
            raise ShapeError(f"an index of {symbol.role} is outside of it")
        return index

    # Products

    def times(self, node: Product) -> list[Reading]:
        return self._folded(node.factors, self._side_by_side)

    def _side_by_side(self, left: Value, right: Value) -> list[Reading]:
        try:
            return product_of(left, right, self.frame)
        except ShapeError:
            if not comparable(left, right):
                raise
        return [Reading(together(lambda a, b: a * b, left, right), notes=(SIDE_BY_SIDE,))]

    def between(self, node: Operation) -> list[Reading]:
        """A sign between two; ⊙ before a sliding sign may also take the whole of what follows."""
        if isinstance(node.right, Ones | Number) and isinstance(node.right, Ones):
            return self(node.left)
        try:
            return combined(self(node.left), self(node.right), lambda a, b: self._joined(node, a, b))
        except ShapeError:
            inner = node.left
            if not isinstance(inner, Operation) or inner.sign not in "⊙∘":
                raise
        behind = Operation(node.sign, inner.right, node.right, node.lower)
        return self.between(Operation(inner.sign, inner.left, behind, inner.lower))

    def _joined(self, node: Operation, left: Value, right: Value) -> list[Reading]:
        if node.sign == "*^":
            return [Reading(self._scattered(left, right))]
        if node.sign == "·":
            return self._side_by_side(left, right)
        return operation(node.sign, node.lower, left, right, self.frame)

    def _scattered(self, left: Value, right: Value) -> Value:
        """The transposed convolution: what goes forward, backward."""
        filter, signal = (right, left) if _has_filter(right) else (left, right)
        reverse = self.frame.families[0] == "convolve"
        return fully_correlated(signal, filter if reverse else reversed_(filter))

    # Functions

    def function(self, node: Applied) -> list[Reading]:
        name = word(node.head.letter)
        rule = _FUNCTIONS.get(name)
        if rule is None and (name not in FUNCTIONS or node.head.primes):
            raise UnreadableError(f"{node.head.letter} is no operation that is known")
        if rule is None:
            return self.applied(node)
        found: list[Reading] = []
        reason: ShapeError | None = None
        for reading in self(node.arguments[-1]):
            try:
                found += rule(self, node, reading)
            except ShapeError as error:
                reason = error
        if reason and not found:
            raise reason
        return found

    def _activation(self, node: Applied, argument: Reading) -> list[Reading]:
        value = argument.value.map(lambda entry: self.stages.activated(entry, node.head.primes))
        return [Reading(value, argument.signs, argument.notes)]

    def _diagonal(self, node: Applied, argument: Reading) -> list[Reading]:
        value = squeezed(argument.value)
        if value.entries.ndim != 1:
            raise ShapeError(f"diag of {told(argument.value)}")
        size = value.shape[0]
        entries = filled((size, size), lambda at: value.entries[at[0]] if at[0] == at[1] else constant(0))
        return [Reading(Value(entries, ("", "")), argument.signs, argument.notes)]

    def _upsampled(self, node: Applied, argument: Reading) -> list[Reading]:
        """Back through the pooling that gives arrays of this shape."""
        pools = [stage for stage in self.stages.stages if stage.kind == "pool" and stage.shape == argument.value.shape]
        if not pools:
            raise ShapeError(f"no pooling gives {told(argument.value)}")
        return [Reading(self._unpooled(pools[-1], argument.value), argument.signs, argument.notes)]

    def _unpooled(self, stage: Stage, value: Value) -> Value:
        shape = self.world.shapes[stage.before]
        return Value(
            filled(
                shape,
                lambda at: total(
                    self.world.entry(f"P:{stage.name}", (*own, *at)) * value.entries[own]
                    for own in np.ndindex(*stage.shape)
                ),
            )
        )

    def _total(self, node: Applied, argument: Reading) -> list[Reading]:
        """Over the examples where there are some, else over all entries."""
        value = argument.value
        if value.entries.ndim == 2 and any("[" in label for label in value.axes) and self._is_dense:
            rows = self.stages.examples_first
            entries = value.entries.sum(axis=0 if rows else 1)
            return [Reading(Value(np.asarray(entries, dtype=object)), argument.signs, argument.notes)]
        return [Reading(Value(np.asarray(total(value.entries.reshape(-1)), dtype=object)), argument.signs)]

    @property
    def _is_dense(self) -> bool:
        return any(stage.kind in DENSE for stage in self.stages.stages)

    def _padded(self, node: Applied, argument: Reading) -> list[Reading]:
        """With as many zeros around as the filter behind is long, less one, where no number is given."""
        label = next((axis.rstrip("0123456789") for axis in argument.value.axes if axis), "")
        stage = self.stages.by_name.get(label)
        if node.head.lower or len(node.arguments) > 1 or stage is None or stage.kind != "convolution":
            return self.applied(node)
        if len(stage.weight_shape) != argument.value.entries.ndim:
            raise ShapeError("zeros around an array that is no image")
        amounts = [(length - 1, length - 1) for length in stage.weight_shape]
        return [Reading(padded(argument.value, amounts), argument.signs, argument.notes)]

    def _deconvolved(self, node: Applied, argument: Reading) -> list[Reading]:
        if len(node.arguments) < 2:
            raise ShapeError(f"{node.head.letter} needs two arrays")
        return combined(self(node.arguments[0]), self(node.arguments[1]), lambda a, b: [Reading(self._scattered(a, b))])


def _has_filter(value: Value) -> bool:
    return any(role.startswith("F") for role in value.roles)


Rule = Callable[[SequenceEvaluator, Any, Reading], list[Reading]]
_FUNCTIONS: Mapping[str, Rule] = {
    "activation": SequenceEvaluator._activation, "diag": SequenceEvaluator._diagonal,
    "total": SequenceEvaluator._total, "sum": SequenceEvaluator._total,
    **dict.fromkeys(UNPOOLING, SequenceEvaluator._upsampled),
    **dict.fromkeys(("pad", "zeropad", "padding", "padded"), SequenceEvaluator._padded),
    **dict.fromkeys(TRANSPOSED_CONVOLUTIONS, SequenceEvaluator._deconvolved),
}  # fmt: skip
_RULES: Mapping[type[Node], Callable[[SequenceEvaluator, Any], list[Reading]]] = {
    Partial: SequenceEvaluator.derivative, Product: SequenceEvaluator.times, Operation: SequenceEvaluator.between,
    Applied: SequenceEvaluator.function,
}  # fmt: skip

__all__ = ["Frame", "Sequence", "SequenceEvaluator"]
