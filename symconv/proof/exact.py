"""Proof for one shape: both routes evaluated, shape and every coefficient compared.

Up to a million terms everything is compared. Larger layers are products of small ones, one for the channels
and one for each spatial axis, and each of these is compared in full.

Lemma (tested in `tests/proof/test_lemma.py`): the terms of the layer are the tuples of terms of its factors, and every
operation of the pipelines acts on each axis by itself, so equal factors give equal products.
"""

from __future__ import annotations

from symconv.derivation.gradients import WHOLE_TERMS, Calculus, averaged, closed_form
from symconv.derivation.statements import statement
from symconv.forms import Difference, Form, difference
from symconv.layers.base import Claim, Layer
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
    if exhaustive or layer.term_count() <= WHOLE_TERMS:
        return _compare(calculus, claim)
    verdicts = [_compare(Calculus(factor), _same_claim(factor, claim)) for factor in layer.factors()]
    wrong = next((verdict for verdict in verdicts if not verdict.holds), None)
    terms = layer.arrays["O"].size if claim.role == "db" else layer.term_count()
    return _proof(calculus, claim, "axis by axis", terms, wrong.counterexample if wrong else None)


def _compare(calculus: Calculus, claim: Claim) -> Proof:
    definition = calculus.compared(claim.role)
    found = _first_difference(calculus.layer, averaged(claim, calculus.mean), definition)
    return _proof(calculus, claim, "all terms", len(definition), found)


def _proof(calculus: Calculus, claim: Claim, method: Method, terms: int, found: Difference | None) -> Proof:
    stated = statement(averaged(claim, calculus.mean), calculus.layer.namings()[0])
    return Proof(stated, claim.role, claim.route, "shape", method, found is None, terms, found)


def _first_difference(layer: Layer, claim: Claim, definition: Form) -> Difference | None:
    for part, table in zip(claim.parts, definition.parts, strict=True):
        found = difference(table, closed_form(layer, part, claim.role, table.roles))
        if found:
            return found
    return None


def _same_claim(factor: Layer, claim: Claim) -> Claim:
    return next(other for other in factor.claims() if (other.role, other.route) == (claim.role, claim.route))
