"""Proof for one shape: both routes evaluated, shape and every coefficient compared.

Up to a million terms everything is compared. A larger layer is taken axis by axis (batch, groups, channels, and each
spatial axis), and on each axis everything is compared.

Lemma (tested in `tests/proof/test_lemma.py`): the terms of a layer are the tuples of its terms on the axes, and so are
those of a pipeline, because every operation acts on each axis by itself; so equal factors give equal products.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from symconv.derivation.gradients import ONE, Calculus, averaged, chain_rule, closed_form
from symconv.derivation.statements import statement
from symconv.forms import Difference, Form, difference
from symconv.layers.base import Claim, Layer, LayerOnAxis
from symconv.proof.verdict import Method, Proof


def prove_claim(calculus: Calculus, claim: Claim, *, exhaustive: bool = False) -> Proof:
    """Whether `claim` equals the chain rule (or for O the definition) for this layer's shape.

    >>> from symconv.layers.conv import Conv
    >>> layer = Conv(input=(3, 3), filter=(2, 2))
    >>> verdicts = [prove_claim(Calculus(layer), claim) for claim in layer.claims()]
    >>> print(verdicts[1])
    proved for this shape (all 16 terms compared): ∂L/∂F = X ⊗ ∂L/∂O
    """
    layer = calculus.layer
    stated = averaged(claim, calculus.mean)
    if exhaustive or calculus.whole:
        definition = calculus.compared(claim.role)
        found = _first_difference(layer, stated, definition)
        return _proof(calculus, stated, "all terms", len(definition), found)
    terms = layer.arrays["O"].size if claim.role == "db" else layer.term_count()
    for factor in layer.factors():
        found = _compare_on_axis(factor, stated, calculus.mean)
        if found:
            return _proof(calculus, stated, "axis by axis", terms, found, factor.axis)
    return _proof(calculus, stated, "axis by axis", terms, None)


def _proof(
    calculus: Calculus, claim: Claim, method: Method, terms: int, found: Difference | None, axis: str = ""
) -> Proof:
    stated = statement(claim, calculus.layer.namings()[0])
    return Proof(stated, claim.role, claim.route, "shape", method, found is None, terms, found, axis)


def _compare_on_axis(factor: LayerOnAxis, claim: Claim, mean: Fraction) -> Difference | None:
    """The same comparison on one axis; the mean's factor goes with the batch."""
    definition = factor.definition()
    if claim.role != "O":
        definition = Form((chain_rule(definition, claim.role[1:], mean if factor.axis == "batch" else ONE),))
    parts = tuple(part.on(factor.axes) for part in claim.parts)
    return _first_difference(factor, replace(claim, parts=parts), definition)


def _first_difference(layer: Layer | LayerOnAxis, claim: Claim, definition: Form) -> Difference | None:
    for part, table in zip(claim.parts, definition.parts, strict=True):
        found = difference(table, closed_form(layer, part, claim.role, table.roles))
        if found:
            return found
    return None
