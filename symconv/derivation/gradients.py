"""The two routes to a gradient: the chain rule on forms, and a claimed closed form as a pipeline.

`chain_rule` knows the definition of the layer and nothing of closed forms; `closed_form` runs a pipeline and knows
nothing of the definition. `symconv.proof` compares the two.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from symconv.forms import Form, Table, Variable, contract, differentiate
from symconv.layers.base import Claim, Layer
from symconv.operations import Operation, scale

ONE = Fraction(1)


def chain_rule(
    layer: Layer, role: str, mean: Fraction = ONE, only: Mapping[str, Sequence[int]] | None = None
) -> Table:
    """∂L/∂role = mean · Σ ∂L/∂O · ∂O/∂role, a table over the entries of `role`.

    `mean` is 1/batch where the loss is the mean of one loss per example. `only` restricts the definition as in the
    layer's `definition`.
    """
    return contract(differentiate(layer.definition(only), role), "G").scaled(mean)


def averaged(claim: Claim, mean: Fraction) -> Claim:
    """The claim with the mean's factor written in front, where it is about a gradient."""
    if mean == 1 or not claim.role.startswith("d"):
        return claim
    return Claim(claim.role, claim.route, tuple(scale(part, mean) for part in claim.parts))


def closed_form(layer: Layer, part: Operation, role: str, factors: Sequence[str]) -> Table:
    """The value of one part of a closed form, as a table over the entries of `role`, factors in the given order.

    Where the result has another shape than the array it claims to be, the table keeps the shape it has.
    """
    array = part.evaluate(layer.leaves())
    names, lengths = layer.result_axes(role)
    variable = layer.arrays[role.removeprefix("d")]
    if array.shape != lengths or array.names != names:
        variable = Variable(variable.role, array.shape)
    return array.table.arranged(variable, factors)


def definition_parts(layer: Layer, role: str, mean: Fraction = ONE) -> Form:
    """What the claims about `role` are compared with: O by definition, or a gradient by the chain rule."""
    return layer.definition() if role == "O" else Form((chain_rule(layer, role.removeprefix("d"), mean),))
