"""Parameters of the layer that were not thought of: what was written would be right for another layer."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from symconv.checking.diagnosis.case import NO_VALUE, Case, Repair
from symconv.checking.diagnosis.matrices import corrected_matrix
from symconv.checking.diagnosis.terms import corrected
from symconv.checking.evaluation import UnreadableError
from symconv.checking.values import Value, alike
from symconv.checking.world import FormWorld, Position, World
from symconv.errors import SymconvError
from symconv.meaning.polynomials import Atom, Polynomial, atom, constant, total
from symconv.notation.tree import GRADIENT_OF

MOST_OUTPUTS = 400
"""Outputs of which a gradient by hand is the sum."""


@dataclass(frozen=True)
class Neglect:
    """A parameter of the layer that was taken for another one."""

    mistake: str
    parameter: str
    instead: object
    words: str


NEGLECTED: tuple[Neglect, ...] = (
    Neglect("stride-forgotten", "stride", 1, "the stride is forgotten: this would be right with stride 1"),
    Neglect("padding-forgotten", "padding", 0, "the padding is forgotten: this would be right without padding"),
    Neglect("dilation-forgotten", "dilation", 1, "the dilation is forgotten: this would be right with dilation 1"),
    Neglect("missing-factor", "divisor", "real", "the divisor is wrong: this counts the real entries of a window only"),
    Neglect("missing-factor", "divisor", "window", "the divisor is wrong: this counts all places of a window"),
)


def neglected(case: Case) -> Iterator[Repair]:
    """A parameter without which what was written would be right."""
    layer = case.evaluator.frame.layer
    for each in NEGLECTED:
        if getattr(layer, each.parameter, each.instead) == each.instead or case.written is None:
            continue
        values = (_in_world(case, world) for world in _worlds(case, {each.parameter: each.instead}))
        if any(value is not None and alike(value, case.written) and any(value.entries.reshape(-1)) for value in values):
            yield Repair(each.mistake, each.words, worked=corrected(case) or corrected_matrix(case), certain=True)


def _worlds(case: Case, change: Mapping[str, object]) -> Iterator[World]:
    """What another layer computes, and what it does where it has as many outputs as this one."""
    try:
        layer = replace(case.evaluator.frame.layer, **change)
    except (SymconvError, TypeError, ValueError):
        return
    if layer == case.evaluator.frame.layer:
        return
    world = FormWorld(layer)
    yield world
    yield _Outputs(world, case.evaluator.world.shapes)


@dataclass(frozen=True)
class _Outputs:
    """The outputs of another layer at the positions of this one, and the gradients that follow from them."""

    other: FormWorld
    shapes: Mapping[str, Position]

    def entry(self, role: str, position: Position) -> Polynomial:
        if role == "O":
            return self._output(position)
        if role not in GRADIENT_OF or role == "G":
            return atom(role, *position)
        if math.prod(self.shapes["O"]) > MOST_OUTPUTS:
            raise UnreadableError("too many outputs")
        return total(
            atom("G", *at) * self._output(at).derivative((GRADIENT_OF[role], position))
            for at in itertools.product(*map(range, self.shapes["O"]))
        )

    def _output(self, position: Position) -> Polynomial:
        fits = all(i < n for i, n in zip(position, self.other.shapes["O"], strict=True))
        return self.other.entry("O", position) if fits else constant(0)

    def window(self, position: Position) -> frozenset[Atom]:
        return self.other.window(position)

    def derivative(self, over: Polynomial, role: str, position: Position) -> Polynomial:
        return over.derivative((role, position))


def _in_world(case: Case, world: World) -> Value | None:
    try:
        frame = replace(case.evaluator.frame, world=world)
        return replace(case.evaluator, frame=frame).bound(case.at)(case.named)[0].value
    except (*NO_VALUE, SymconvError):
        return None
