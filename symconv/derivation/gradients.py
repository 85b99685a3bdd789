"""The two routes to a gradient: the chain rule on forms, and a claimed closed form as a pipeline.

`Calculus` knows the definition of the layer and nothing of closed forms; `closed_form` runs a pipeline and knows
nothing of the definition. `symconv.proof` compares the two, and the steps print the very tables that it compared.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np

from symconv.forms import Form, Table, Variable, contract, differentiate, distinct
from symconv.layers.base import Claim, Layer
from symconv.layers.links import OnAxis
from symconv.operations import Operation, scale

WHOLE_TERMS = 1_000_000
"""Up to so many terms a layer's forms are held in full; beyond, only those of the entries that are asked for."""

ONE = Fraction(1)
Position = Sequence[int]


@dataclass(frozen=True)
class Calculus:
    """Differentiation of a layer by its definition.

    `mean` is 1/batch where the loss is the mean of one loss per example, else 1. Multi-indices count from 0.

    >>> from symconv.layers.conv import Conv
    >>> calculus = Calculus(Conv(input=(3, 3), filter=(2, 2)))
    >>> [term.factors for term in calculus.gradient("X", (0, 1)).terms()]
    [(('G', (0, 0)), ('F', (0, 1))), (('G', (0, 1)), ('F', (0, 0)))]
    """

    layer: Layer
    mean: Fraction = ONE

    @cached_property
    def whole(self) -> bool:
        """Whether the layer's forms, and the arrays they are made of, are held in full."""
        sizes = (array.size for array in self.layer.arrays.values())
        return max(self.layer.term_count(), *sizes) <= WHOLE_TERMS

    @cached_property
    def definition(self) -> Form:
        """O by the definition of the layer, in full."""
        return self.layer.definition()

    @cached_property
    def _chains(self) -> dict[str, Table]:
        return {}

    def chain_rule(self, role: str) -> Table:
        """∂L/∂role = mean · Σ ∂L/∂O · ∂O/∂role, in full: a table over the entries of `role`."""
        if role not in self._chains:
            self._chains[role] = chain_rule(self.definition, role, self.mean)
        return self._chains[role]

    def output(self, index: Position) -> Form:
        """One entry of O, one table for each part of the definition that has terms there."""
        return Form(tuple(part for part in self._touching("O", index).parts if len(part)))

    def gradient(self, role: str, index: Position) -> Table:
        """∂L/∂role at one entry, by the chain rule."""
        if self.whole:
            return self.chain_rule(role).where(role, self._flat(role, index))
        return chain_rule(self._touching(role, index), role, self.mean)

    def local(self, role: str, index: Position) -> Table:
        """∂O/∂role[index]: a table over the entries of O."""
        return differentiate(self._touching(role, index), role).without_index(role)

    def patch(self, role: str, output: Position) -> Table:
        """∂O[output]/∂role: a table over the entries of `role`."""
        return differentiate(self._touching("O", output), role).without_index("O")

    def outputs_reading(self, role: str, leading: Position) -> list[int]:
        """The flat positions in O that read any entry of the slice of `role` at the given leading indices."""
        local = differentiate(self.definition, role)
        shape = self.layer.arrays[role].shape
        inner = math.prod(shape[len(leading) :])
        slice_number = int(np.ravel_multi_index(tuple(leading), shape[: len(leading)])) if leading else 0
        inside = local.column(role) // inner == slice_number
        return distinct(local.column("O")[inside])

    def _touching(self, role: str, index: Position) -> Form:
        if not self.whole:
            return self.layer.definition(only={role: index})
        flat = self._flat(role, index)
        known = [part for part in self.definition.parts if role == "O" or role in part.roles]
        return Form(tuple(part.where(role, flat) for part in known))

    def _flat(self, role: str, index: Position) -> int:
        shape = self.layer.arrays[role].shape
        return int(np.ravel_multi_index(tuple(index), shape)) if shape else 0

    def compared(self, role: str) -> Form:
        """What the claims about `role` (O, dX, dF or db) are compared with."""
        return self.definition if role == "O" else Form((self.chain_rule(role.removeprefix("d")),))


def chain_rule(definition: Form, role: str, mean: Fraction = ONE) -> Table:
    """mean · Σ ∂L/∂O · ∂O/∂role for an output given as a form: a table over the entries of `role`."""
    return contract(differentiate(definition, role), "G").scaled(mean)


def averaged(claim: Claim, mean: Fraction) -> Claim:
    """The claim with the mean's factor written in front, where it is about a gradient."""
    if mean == 1 or not claim.role.startswith("d"):
        return claim
    return Claim(claim.role, claim.route, tuple(scale(part, mean) for part in claim.parts))


def closed_form(layer: Layer | OnAxis, part: Operation, role: str, factors: Sequence[str] = ()) -> Table:
    """The value of one part of a closed form, as a table over the entries of `role`, factors in the given order
    as far as it goes.

    Where the result has another shape than the array it claims to be, the table keeps the shape it has.
    """
    array = part.evaluate(layer.leaves())
    shape = layer.shown_shape({axis.name: len(axis) for axis in array.axes})
    return array.table.arranged(Variable(role.removeprefix("d"), shape), factors)
