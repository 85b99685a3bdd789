"""Proof for one shape: both routes evaluated, shape and every coefficient compared.

Up to a million terms everything is compared. A larger layer is taken axis by axis (batch, groups, channels, and each
spatial axis), and on each axis everything is compared.

Lemma (tested in `tests/proof/test_lemma.py`): the terms of a layer are the tuples of its terms on the axes, and so are
those of a pipeline, because every operation acts on each axis by itself; so equal factors give equal products.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import zip_longest

from symconv.derivation.gradients import ONE, Calculus, averaged, chain_rule, closed_form
from symconv.derivation.statements import statement
from symconv.errors import NotSupportedError
from symconv.forms import Difference, Form, Table, difference
from symconv.layers.base import Claim, Layer
from symconv.layers.links import OnAxis
from symconv.notation.tree import Style
from symconv.operations import axes_on_the_way
from symconv.proof.verdict import Method, Proof, timed


def prove_claim(calculus: Calculus, claim: Claim, *, exhaustive: bool = False) -> Proof:
    """Whether `claim` equals the chain rule (or for O the definition) for this layer's shape.

    >>> from symconv.layers.conv import Conv
    >>> layer = Conv(input=(3, 3), filter=(2, 2))
    >>> verdicts = [prove_claim(Calculus(layer), claim) for claim in layer.claims()]
    >>> print(verdicts[1])
    proved for this shape (all 16 terms compared): ∂L/∂F = X ⊗ ∂L/∂O
    """
    return _compared(calculus, claim, exhaustive=exhaustive)


@timed
def _compared(calculus: Calculus, claim: Claim, *, exhaustive: bool) -> Proof:
    layer = calculus.layer
    stated = averaged(claim, calculus.mean)
    if exhaustive or calculus.whole:
        definition = calculus.compared(claim.role)
        found = _first_difference(layer, stated, definition)
        return _proof(calculus, stated, "all terms", len(definition), found)
    factors = layer.factors()
    _check_axes(layer, stated, factors)
    definitions = [_definition_on(factor, claim.role, calculus.mean) for factor in factors]
    terms = sum(math.prod(map(len, parts)) for parts in zip(*(form.parts for form in definitions), strict=True))
    for factor, definition in zip(factors, definitions, strict=True):
        parts = tuple(part.on(factor.axes) for part in stated.parts)
        found = _first_difference(factor, replace(stated, parts=parts), definition)
        if found:
            if not terms:
                raise NotSupportedError("without any products an axis by itself decides nothing: compare all terms")
            return _proof(calculus, stated, "axis by axis", terms, found, factor.axis)
    return _proof(calculus, stated, "axis by axis", terms, None)


def _proof(
    calculus: Calculus, claim: Claim, method: Method, terms: int, found: Difference | None, axis: str = ""
) -> Proof:
    stated = statement(claim, calculus.layer.naming(0))
    style = Style(symbols=calculus.layer.symbols)
    return Proof(stated, claim.role, claim.route, "shape", method, found is None, terms, found, axis, style=style)


def _check_axes(layer: Layer, claim: Claim, factors: Sequence[OnAxis]) -> None:
    """Raise where the result's axes stand in another order, and where there is an axis that the layer does not have:
    the layer's axes by themselves do not show either."""
    leaves = {role: tuple(layer.axis_lengths(role)) for role in (*layer.arrays, "G")}
    expected = tuple(layer.axis_lengths(claim.role.removeprefix("d")))
    known = {name for factor in factors for name in factor.axes}
    for part in claim.parts:
        unknown = axes_on_the_way(part, leaves) - known
        if unknown:
            raise NotSupportedError(
                f"the formula goes through the axis {min(unknown)}, which the layer does not have: compare all terms "
                "instead of going axis by axis"
            )
        if part.names(leaves) != expected:
            raise NotSupportedError(
                f"the axes of the result are exchanged: {', '.join(part.names(leaves))} instead of "
                f"{', '.join(expected)}: compare all terms instead of going axis by axis"
            )


def _definition_on(factor: OnAxis, role: str, mean: Fraction) -> Form:
    """What a claim is compared with on one axis; the mean's factor goes with the batch."""
    definition = factor.definition()
    if role == "O":
        return definition
    return Form((chain_rule(definition, role[1:], mean if factor.axis == "batch" else ONE),))


def _first_difference(layer: Layer | OnAxis, claim: Claim, definition: Form) -> Difference | None:
    """The first entry at which a claim and the definition differ, part by part."""
    closed = [closed_form(layer, part, claim.role) for part in claim.parts]
    for left, right in _pairs(definition.parts, closed):
        found = difference(left, right.arranged(right.index[0], left.roles))
        if found:
            return found
    return None


def _pairs(definition: Sequence[Table], closed: Sequence[Table]) -> list[tuple[Table, Table]]:
    """Parts that multiply the same arrays together; what is left over beside what else is left over, or nothing."""
    ours, theirs = ({frozenset(table.roles): table for table in tables} for tables in (definition, closed))
    if len(theirs) < len(closed):
        raise NotSupportedError("two parts of a claim multiply the same arrays: write them as one operation")
    both = [key for key in ours if key in theirs]
    left, right = ([tables[key] for key in tables if key not in both] for tables in (ours, theirs))
    paired = [(ours[key], theirs[key]) for key in both]
    return [*paired, *(_beside(*pair) for pair in zip_longest(left, right))]


def _beside(left: Table | None, right: Table | None) -> tuple[Table, Table]:
    """The two tables, an empty one where there is none."""
    if left is None or right is None:
        known = left if right is None else right
        assert known is not None
        return (known.take([]), known) if left is None else (known, known.take([]))
    return left, right
