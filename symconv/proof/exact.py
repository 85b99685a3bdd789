"""Proof for one shape: both routes evaluated, shape and every coefficient compared.

Up to `EXHAUSTIVE_TERMS` terms everything is compared. Larger layers are products of small ones, one for the channels
and one for each spatial axis, and each of these is compared in full.

Lemma (tested in `tests/proof/test_lemma.py`): the terms of the layer are the tuples of terms of its factors, and every
operation of the pipelines acts on each axis by itself, so equal factors give equal products.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from symconv.derivation.gradients import ONE, averaged, closed_form, definition_parts
from symconv.forms import Difference, Form, difference
from symconv.layers.base import Claim, Layer

EXHAUSTIVE_TERMS = 1_000_000
Method = Literal["all terms", "axis by axis"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a claim holds for this shape, how that was found, and over how many terms.

    `terms` counts the products on each side: all that were compared, or with "axis by axis" all that the lemma covers.
    """

    claim: Claim
    holds: bool
    method: Method
    terms: int
    difference: Difference | None = None


def prove_claim(layer: Layer, claim: Claim, mean: Fraction = ONE, *, exhaustive: bool = False) -> Verdict:
    """Whether `claim` equals the chain rule (or for O the definition) for this layer's shape.

    >>> from symconv.layers.conv import Conv
    >>> layer = Conv(input=(3, 3), filter=(2, 2))
    >>> [(v.claim.role, v.holds, v.terms) for v in (prove_claim(layer, claim) for claim in layer.claims())][:3]
    [('O', True, 16), ('dF', True, 16), ('dX', True, 16)]
    """
    if exhaustive or layer.term_count() <= EXHAUSTIVE_TERMS:
        return _compare(layer, claim, mean)
    verdicts = [_compare(factor, _same_claim(factor, claim), ONE) for factor in layer.factors()]
    wrong = next((verdict for verdict in verdicts if not verdict.holds), None)
    terms = layer.term_count() if "b" not in claim.role else layer.arrays["O"].size
    return Verdict(claim, wrong is None, "axis by axis", terms, wrong.difference if wrong else None)


def _compare(layer: Layer, claim: Claim, mean: Fraction) -> Verdict:
    definition = definition_parts(layer, claim.role, mean)
    found = _first_difference(layer, averaged(claim, mean), definition)
    return Verdict(claim, found is None, "all terms", len(definition), found)


def _first_difference(layer: Layer, claim: Claim, definition: Form) -> Difference | None:
    for part, table in zip(claim.parts, definition.parts, strict=True):
        found = difference(table, closed_form(layer, part, claim.role, table.roles))
        if found:
            return found
    return None


def _same_claim(factor: Layer, claim: Claim) -> Claim:
    return next(other for other in factor.claims() if (other.role, other.route) == (claim.role, claim.route))
