"""Arrays in sequence, each made of the one before: their entries, and derivatives by the chain rule alone.

What a stage computes comes from its definition. Inputs, weights, biases, the values of activation functions and of
their derivatives are independent; so is the gradient of the loss at the last array, unless the loss is given.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from symconv.checking.evaluation import UnreadableError
from symconv.checking.world import Position
from symconv.geometry import Axis
from symconv.meaning.polynomials import Atom, Polynomial, atom, constant, total

Shape = tuple[int, ...]
Get = Callable[[Position], Polynomial]
DENSE: Mapping[str, tuple[bool, bool]] = {
    "W a": (False, False), "W^T a": (False, True), "a W": (True, False), "a W^T": (True, True),
}  # fmt: skip
"""The ways to write a dense layer: whether examples are rows, and whether the matrix is transposed."""


@dataclass(frozen=True)
class Stage:
    """An array and how it is made of the one before.

    Args:
        name: the array's name.
        kind: input, activation, any, pool, flatten, convolution or one of `DENSE`.
        before: the name of the array that it is made of.
        shape: its shape.
        weight, bias: the names of its parameters, and their shapes.
        reverse: whether a convolution reverses its filter.
        axes: strides, dilations and padding of a convolution.
    """

    name: str
    kind: str
    before: str = ""
    shape: Shape = ()
    weight: str = ""
    weight_shape: Shape = ()
    bias: str = ""
    bias_shape: Shape = ()
    reverse: bool = False
    axes: tuple[Axis, ...] = ()


@dataclass(frozen=True, eq=False)
class Stages:
    """The world of arrays in sequence.

    Roles are the names of arrays and parameters; `d:` before a name is the gradient of the loss by it, `s:` before that
    of an activated array the derivative of its activation function, `P:` before that of a pooled one which entries
    it is made of, `wide:` before a bias the bias at every entry, `ex:` before an array has the example as first index.

    Args:
        stages: in the order in which they are computed, the input first.
        mean: a letter m where gradients by parameters are means over m examples.
        loss: a key of `LOSSES`, or empty where the gradient at the last array is unknown.
        slope: the derivative of activation functions in their values, a key of `SLOPES`, or empty for any function.
    """

    stages: tuple[Stage, ...]
    mean: bool = False
    loss: str = ""
    slope: str = ""
    _entries: dict[tuple[str, Position], Polynomial] = field(default_factory=dict)
    _outputs: dict[tuple[str, Position], Polynomial] = field(default_factory=dict)
    _chains: dict[tuple[str, Position, str], dict[Position, Polynomial]] = field(default_factory=dict)
    values: dict[Hashable, list[Any]] = field(default_factory=dict)
    """What formulas were worked out to be."""

    @cached_property
    def by_name(self) -> dict[str, Stage]:
        return {stage.name: stage for stage in self.stages}

    @cached_property
    def after(self) -> dict[str, Stage]:
        """The stage that an array goes into."""
        return {stage.before: stage for stage in self.stages if stage.before}

    @cached_property
    def owner(self) -> dict[str, Stage]:
        """The stage that a parameter belongs to."""
        return {name: stage for stage in self.stages for name in (stage.weight, stage.bias) if name}

    @cached_property
    def shapes(self) -> Mapping[str, Shape]:
        arrays = {stage.name: stage.shape for stage in self.stages}
        arrays |= {stage.weight: stage.weight_shape for stage in self.stages if stage.weight}
        arrays |= {stage.bias: stage.bias_shape for stage in self.stages if stage.bias}
        found = {**arrays, **{f"d:{name}": shape for name, shape in arrays.items()}, "L": (), "1/m": (), "m": ()}
        for stage in self.stages:
            found |= self._more(stage)
        last = self.stages[-1]
        return {**found, "y": last.shape, "last": last.shape}

    def _more(self, stage: Stage) -> dict[str, Shape]:
        if stage.kind == "activation":
            return {f"s:{stage.name}": stage.shape}
        if stage.kind == "pool":
            return {f"P:{stage.name}": (*stage.shape, *self.by_name[stage.before].shape)}
        wide = {f"wide:{stage.bias}": stage.shape} if stage.bias else {}
        swapped = stage.shape[::-1] if len(stage.shape) == 2 and not self.examples_first else stage.shape
        return {**wide, f"ex:{stage.name}": swapped, f"ex:d:{stage.name}": swapped}

    @cached_property
    def examples_first(self) -> bool:
        return any(stage.kind in ROWS for stage in self.stages)

    # Entries

    def entry(self, role: str, position: Position) -> Polynomial:
        key = role, position
        if key not in self._entries:
            self._entries[key] = self._found(role, position)
        return self._entries[key]

    def _found(self, role: str, position: Position) -> Polynomial:
        prefix, _, name = role.partition(":")
        if prefix == "d" and name:
            return self._gradient(name, position)
        if prefix == "ex" and name:
            return self.entry(name, position[::-1] if len(position) == 2 and not self.examples_first else position)
        if prefix == "wide" and name:
            return self._bias_at(self.owner[name], position)
        if prefix == "s" and name and self.slope:
            return SLOPES[self.slope](atom(name, *position))
        if role in ("last", "m"):
            return self._special(role, position)
        stage = self.by_name.get(role)
        if stage is None or stage.kind in ("input", "activation", "any", "pool"):
            return atom(role, *position)
        return self._output(stage, position, lambda at: self.entry(stage.before, at))

    def _special(self, role: str, position: Position) -> Polynomial:
        if role == "m":
            raise UnreadableError("the number of examples stands where no mean is taken")
        return self.entry(self.stages[-1].name, position)

    def _output(self, stage: Stage, position: Position, get: Get) -> Polynomial:
        return KINDS[stage.kind](self, stage, position, get)

    def _bias_at(self, stage: Stage, position: Position) -> Polynomial:
        if not stage.bias:
            return constant(0)
        if stage.kind == "convolution" and not stage.bias_shape:
            return atom(stage.bias)
        if stage.bias_shape == stage.shape:
            return atom(stage.bias, *position)
        return atom(stage.bias, position[-1] if stage.kind in ROWS else position[0])

    def window(self, position: Position) -> frozenset[Atom]:
        """No single array of the sequence is the input."""
        return frozenset()

    # Derivatives

    def _formal(self, stage: Stage, position: Position) -> Polynomial:
        """One entry of an array in those of the array before, as letters of their own."""
        key = stage.name, position
        if key not in self._outputs:
            self._outputs[key] = self._output(stage, position, lambda at: atom(stage.before, *at))
        return self._outputs[key]

    def _local(self, stage: Stage, position: Position, role: str) -> Iterator[tuple[Position, Polynomial]]:
        """The derivatives of an entry by those entries of the array before, or of a parameter, that it depends on."""
        if stage.kind == "activation":
            if role == stage.before:
                yield position, self.entry(f"s:{stage.name}", position)
        elif stage.kind in UNKNOWN:
            name = f"P:{stage.name}" if stage.kind == "pool" else f"J:{role}"
            yield from ((at, atom(name, *position, *at)) for at in np.ndindex(*self.shapes[role]))
        else:
            formal = self._formal(stage, position)
            atoms = {each for each in formal.atoms if each[0] == role}
            for each in atoms:
                yield each[1], self._lifted(formal.derivative(each), stage)

    def _lifted(self, value: Polynomial, stage: Stage) -> Polynomial:
        """With the entries of the array before put in for their letters."""
        if not any(role == stage.before for role, _ in value.atoms):
            return value
        return value.replaced(lambda each: self.entry(*each) if each[0] == stage.before else None)

    def chain(self, name: str, position: Position, role: str) -> dict[Position, Polynomial]:
        """The derivatives of an entry of an array by the entries of one before it, or of a parameter."""
        key = name, position, role
        if key not in self._chains:
            self._chains[key] = self._chained(name, position, role)
        return self._chains[key]

    def _chained(self, name: str, position: Position, role: str) -> dict[Position, Polynomial]:
        if name == role:
            return {position: constant(1)}
        stage = self.by_name.get(name)
        if stage is None or stage.kind == "input":
            return {}
        found: dict[Position, list[Polynomial]] = {}
        if role in (stage.weight, stage.bias):
            for at, value in self._local(stage, position, role):
                found.setdefault(at, []).append(value)
        elif self._reaches(stage.before, role):
            for at, value in self._local(stage, position, stage.before):
                for end, rest in self.chain(stage.before, at, role).items():
                    found.setdefault(end, []).append(value * rest)
        return {at: total(parts) for at, parts in found.items()}

    def _reaches(self, name: str, role: str) -> bool:
        """Whether an array is made of another, or of a parameter."""
        stage: Stage | None = self.by_name.get(name)
        while stage is not None:
            if role in (stage.name, stage.weight, stage.bias):
                return True
            stage = self.by_name.get(stage.before)
        return False

    def derivative(self, over: Polynomial, role: str, position: Position) -> Polynomial:
        """The derivative of a value by an entry: its own occurrences, and the arrays that are made of that one."""
        if any(each[0].startswith(("s:", "d:", "J:", "P:")) or each[0] == "1/m" for each in over.atoms):
            raise UnreadableError("the derivative of a derivative is not understood here")
        found = [over.derivative((role, position))]
        for each in over.atoms:
            if each[0] != role and each[0] in self.by_name:
                value = self.chain(*each, role).get(position)
                if value is not None:
                    found.append(over.derivative(each) * value)
        return total(found)

    def _gradient(self, name: str, position: Position) -> Polynomial:
        """The derivative of the loss by an entry, through the array that comes next."""
        stage = self.owner.get(name)
        if stage is None:
            if name not in self.after:
                return self._at_the_end(name, position)
            stage = self.after[name]
        if self.loss == "cross entropy" and stage is self.stages[-1] and stage.kind == "activation":
            return atom(stage.name, *position) - atom("y", *position)
        value = total(
            self.entry(f"d:{stage.name}", at) * value for at, value in self._depending(stage, name).get(position, ())
        )
        return value * atom("1/m") if self.mean and name in self.owner else value

    def _depending(self, stage: Stage, name: str) -> dict[Position, list[tuple[Position, Polynomial]]]:
        key = stage.name, name
        if key not in self._dependents:
            found: dict[Position, list[tuple[Position, Polynomial]]] = {}
            for at in np.ndindex(*stage.shape):
                for own, value in self._local(stage, at, name):
                    found.setdefault(own, []).append((at, value))
            self._dependents[key] = found
        return self._dependents[key]

    @cached_property
    def _dependents(self) -> dict[tuple[str, str], dict[Position, list[tuple[Position, Polynomial]]]]:
        return {}

    def _at_the_end(self, name: str, position: Position) -> Polynomial:
        if self.loss == "cross entropy":
            raise UnreadableError("the gradient of a cross-entropy by what goes into it is not understood here")
        if self.loss:
            return (self.entry(name, position) - atom("y", *position)) * LOSSES[self.loss]
        return atom(f"d:{name}", *position)

    # Activation functions

    @cached_property
    def _values(self) -> dict[Polynomial, Atom]:
        """The entry of an activated array that the function gives for a value before it."""
        return {
            self.entry(stage.before, at): (stage.name, at)
            for stage in self.stages
            if stage.kind == "activation"
            for at in np.ndindex(*stage.shape)
        }

    def activated(self, value: Polynomial, primes: int) -> Polynomial:
        """The activation function, or its derivative, of a value: another symbol for every other value."""
        if primes > 1:
            raise UnreadableError("second derivatives of activation functions are not understood here")
        if value not in self._values:
            self._values[value] = ("other", (len(self._values),))
        name, at = self._values[value]
        return self.entry(f"s:{name}" if primes else name, at)


@lru_cache(maxsize=64)
def in_sequence(stages: tuple[Stage, ...], *, mean: bool = False, loss: str = "", slope: str = "") -> Stages:
    """The world of these stages: formulas of a text mostly speak of one, in which much is worked out once."""
    return Stages(stages, mean, loss, slope)


LOSSES: Mapping[str, int] = {"half squares": 1, "squares": 2, "cross entropy": 1}
"""Losses by name: Σ(a - y)²/2, Σ(a - y)², and the cross-entropy behind a sigmoid or softmax."""
SLOPES: Mapping[str, Callable[[Polynomial], Polynomial]] = {
    "the logistic function": lambda value: value - value * value,
    "tanh": lambda value: 1 - value * value,
}
"""The derivative of an activation function in its value."""
UNKNOWN = ("any", "pool")
"""Kinds of stages of which nothing is known but what they are made of."""
ROWS = frozenset(kind for kind, (rows, _) in DENSE.items() if rows)


def _dense(world: Stages, stage: Stage, position: Position, get: Get) -> Polynomial:
    rows, transposed = DENSE[stage.kind]
    if rows:
        example, own = position[:1], position[-1]
    else:
        own, example = position[0], position[1:]
    count = stage.weight_shape[1 if transposed == rows else 0]

    def weight(other: int) -> Polynomial:
        return atom(stage.weight, *((own, other) if transposed == rows else (other, own)))

    def before(other: int) -> Polynomial:
        return get((*example, other) if rows else (other, *example))

    return total(weight(k) * before(k) for k in range(count)) + world._bias_at(stage, position)


def _convolution(world: Stages, stage: Stage, position: Position, get: Get) -> Polynomial:
    limits = world.shapes[stage.before]
    found = []
    for tap in np.ndindex(*stage.weight_shape):
        at = tuple(
            axis.stride * i + axis.dilation * u - axis.before
            for i, u, axis in zip(position, tap, stage.axes, strict=True)
        )
        if all(0 <= x < n for x, n in zip(at, limits, strict=True)):
            own = tuple(k - 1 - u for k, u in zip(stage.weight_shape, tap, strict=True)) if stage.reverse else tap
            found.append(atom(stage.weight, *own) * get(at))
    return total(found) + world._bias_at(stage, position)


def _flatten(world: Stages, stage: Stage, position: Position, get: Get) -> Polynomial:
    before = world.shapes[stage.before]
    flat = int(np.ravel_multi_index(position, stage.shape))
    return get(tuple(int(at) for at in np.unravel_index(flat, before)))


KINDS: Mapping[str, Callable[[Stages, Stage, Position, Get], Polynomial]] = {
    **dict.fromkeys(DENSE, _dense), "convolution": _convolution, "flatten": _flatten,
}  # fmt: skip

__all__ = ["DENSE", "LOSSES", "ROWS", "SLOPES", "Stage", "Stages", "in_sequence"]
