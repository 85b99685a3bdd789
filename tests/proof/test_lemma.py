"""Why a large layer is proved axis by axis: its terms are the tuples of its terms on the axes.

The axes are the batch, the groups, the channels of a group, and each spatial axis. A tuple takes one term on each axis;
its multi-indices are theirs put together, in the order of the axes.
"""

from collections import Counter
from dataclasses import replace
from fractions import Fraction
from itertools import product
from math import prod

import numpy as np
import pytest
from hypothesis import assume, given

import symconv as sc
from symconv.derivation.gradients import Calculus, chain_rule, closed_form
from symconv.errors import NotSupportedError
from symconv.layers.base import Claim
from symconv.layers.conv import Conv
from symconv.operations import Keep, Leaf, Rename, Repeat, Reverse, Scale, Total
from symconv.proof.exact import prove_claim
from tests.oracles import closed_tables
from tests.strategies import BIASES, examples, layers

ROLES = ("O", "dX", "dF", "db")


def on_axis(factor, role):
    """The definition on one axis, or the chain rule by it."""
    definition = factor.definition()
    return definition.parts if role == "O" else (chain_rule(definition, role[1:]),)


def closed_on_axis(factor, claim):
    """The parts of a closed form on one axis."""
    return [
        closed_form(factor, part.on(factor.axes), claim.role, compared.roles)
        for part, compared in zip(claim.parts, on_axis(factor, claim.role), strict=True)
    ]


def rows(table, shapes=None):
    """Every term: the multi-indices of the arrays that it joins, the result's first, and its coefficient."""
    places = [
        multi_indices(column, shapes[variable.role] if shapes else variable.shape)
        for variable, column in zip(table.index + table.factors, table.columns, strict=True)
    ]
    return [(indices, table.coefficient(row)) for row, indices in enumerate(zip(*places, strict=True))]


def multi_indices(column, shape):
    if not shape:
        return [()] * len(column)
    return list(zip(*(place.tolist() for place in np.unravel_index(column, shape)), strict=True))


def tuples(tables):
    """The rows that one row on each axis makes."""
    for combined in product(*map(rows, tables)):
        indices = (sum(each, ()) for each in zip(*(indices for indices, _ in combined), strict=True))
        yield tuple(indices), prod(coefficient for _, coefficient in combined)


def assert_product(layer, whole, factors):
    """Part by part, the tables of the axes make the tables of the layer."""
    shapes = {role: tuple(layer.axis_lengths(role).values()) for role in "XFOGb"}
    for table, *tables in zip(whole, *factors, strict=True):
        assert Counter(rows(table, shapes)) == Counter(tuples(tables))


def roles(layer):
    return ROLES if layer.bias else ROLES[:-1]


@examples(80)
@given(layer=layers())
def test_the_terms_of_the_definition_and_its_gradients_are_tuples(layer):
    for role in roles(layer):
        factors = [on_axis(factor, role) for factor in layer.factors()]
        assert_product(layer, Calculus(layer).compared(role).parts, factors)


@examples(80)
@given(layer=layers())
def test_the_terms_of_every_closed_form_are_tuples(layer):
    for claim in layer.claims():
        factors = [closed_on_axis(factor, claim) for factor in layer.factors()]
        assert_product(layer, closed_tables(layer, claim), factors)


@examples(80)
@given(layer=layers())
def test_shapes_are_put_together_from_those_on_the_axes(layer):
    for role in layer.arrays:
        whole = layer.axis_lengths(role)
        each = {name: factor.arrays[role].shape for factor in layer.factors() for name in factor.axes & set(whole)}
        assert each == {name: (length,) for name, length in whole.items()}


@pytest.fixture
def by_axes(monkeypatch):
    """No layer is small enough to be proved in full unless it is asked for."""
    monkeypatch.setattr("symconv.derivation.gradients.WHOLE_TERMS", -1)


def both_ways(layer):
    return sc.prove(layer, exhaustive=True), sc.prove(layer)


@pytest.mark.usefixtures("by_axes")
@examples(80)
@given(layer=layers())
def test_both_ways_prove_the_same_claims(layer):
    whole, axes = both_ways(layer)
    assert {proof.method for proof in whole} == {"all terms"}
    assert {proof.method for proof in axes} == {"axis by axis"}
    assert all(proof.holds for proof in whole)
    assert [(p.claim, p.role, p.route, p.holds) for p in axes] == [(p.claim, p.role, p.route, p.holds) for p in whole]


@pytest.mark.usefixtures("by_axes")
@examples(40)
@given(layer=layers())
def test_the_batch_mean_is_proved_axis_by_axis_too(layer):
    assert all(proof.holds for proof in sc.derive(layer, batch_mean=True).proofs)


@pytest.mark.usefixtures("by_axes")
@pytest.mark.parametrize("bias", BIASES)
def test_both_ways_count_the_same_terms(bias):
    whole, axes = both_ways(Conv((3, 4), (2, 2), in_channels=2, batch=2, bias=bias))
    assert [proof.terms for proof in axes] == [proof.terms for proof in whole]


def verdicts(layer, role, form):
    """On one closed form, by all terms and axis by axis."""
    claim = Claim(role, "correlation", (form,))
    return [prove_claim(Calculus(layer), claim, exhaustive=exhaustive) for exhaustive in (True, False)]


MISTAKES = {
    "filter not rotated": lambda layer: ("dX", replace(layer.input_gradient(), filter=Leaf("F"))),
    "filter gradient rotated": lambda layer: ("dF", Reverse(layer.filter_gradient(), layer.spatial)),
    "input gradient of another size": lambda layer: ("dX", Keep(layer.input_gradient(), layer.spatial[:1], (2,))),
    "halved": lambda layer: ("dX", Scale(layer.input_gradient(), Fraction(1, 2))),
    "right": lambda layer: ("dX", layer.input_gradient()),
}
mistakes = pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES)


@mistakes
@pytest.mark.usefixtures("by_axes")
@examples(50)
@given(layer=layers(convention="correlation"))
def test_both_ways_refute_the_same_claims(mistake, layer):
    assume(layer.term_count())
    whole, axes = verdicts(layer, *mistake(layer))
    assert (whole.method, axes.method) == ("all terms", "axis by axis")
    assert whole.holds == axes.holds


@mistakes
@pytest.mark.usefixtures("by_axes")
@examples(50)
@given(layer=layers(convention="correlation"))
def test_what_is_refuted_on_an_axis_is_wrong_there(mistake, layer):
    assume(layer.term_count())
    role, form = mistake(layer)
    _, proof = verdicts(layer, role, form)
    if proof.holds:
        return
    (factor,) = (factor for factor in layer.factors() if factor.axis == proof.axis)
    (truth,), (claimed,) = on_axis(factor, role), closed_on_axis(factor, Claim(role, "correlation", (form,)))
    assert (truth.index, Counter(rows(truth))) != (claimed.index, Counter(rows(claimed)))


@pytest.mark.usefixtures("by_axes")
def test_a_layer_without_products_is_not_refuted_axis_by_axis():
    layer = Conv((3, 1), (2, 1), padding=((0, 0), (1, -1)))
    unrotated = Claim("dX", "correlation", (replace(layer.input_gradient(), filter=Leaf("F")),))
    assert prove_claim(Calculus(layer), unrotated, exhaustive=True).holds
    with pytest.raises(NotSupportedError, match=r"cannot be decided axis by axis|decides nothing"):
        prove_claim(Calculus(layer), unrotated)


@pytest.mark.usefixtures("by_axes")
@pytest.mark.parametrize(
    ("sizes", "axis"), [(((5, 3), (1, 2)), "1"), (((3, 5), (2, 1)), "0"), (((4, 3, 5), (1, 1, 2)), "2")]
)
def test_one_refuted_axis_refutes_the_whole(sizes, axis):
    layer = Conv(*sizes)
    whole, axes = verdicts(layer, *MISTAKES["filter not rotated"](layer))
    assert not whole.holds
    assert not axes.holds
    assert (whole.axis, axes.axis) == ("", axis)
    reason = "∂L/∂X_1 is ∂L/∂O_1·F_1 by definition, but ∂L/∂O_1·F_2 by the closed form"
    assert str(axes).endswith(f"on axis {axis} by itself, {reason}")


SQUARE = Conv((5, 5), (3, 3))
MAPS = Conv(5, 3, in_channels=2, out_channels=2)
EXCHANGED = {
    "result": (SQUARE, "dX", replace(SQUARE.input_gradient(), order=("batch", "group", "in", "1", "0"))),
    "operand": (SQUARE, "O", replace(SQUARE.forward(), filter=Rename(Leaf("F"), (("0", "1"), ("1", "0"))))),
    "channels": (MAPS, "dF", replace(MAPS.filter_gradient(), order=("group", "in", "out", "0"))),
}


@pytest.mark.usefixtures("by_axes")
@pytest.mark.parametrize(("layer", "role", "form"), EXCHANGED.values(), ids=EXCHANGED)
def test_exchanged_axes_are_refuted_and_never_taken_axis_by_axis(layer, role, form):
    claim = Claim(role, "correlation", (form,))
    assert not prove_claim(Calculus(layer), claim, exhaustive=True).holds
    with pytest.raises(NotSupportedError, match=r"exchanged.*compare all terms instead of going axis by axis"):
        prove_claim(Calculus(layer), claim)


@pytest.mark.usefixtures("by_axes")
def test_an_axis_that_the_layer_does_not_have_is_not_lost_on_its_axes():
    copies = (*MAPS.axis_lengths("X").items(), ("copy", 2))
    claim = Claim("dX", "correlation", (Total(Repeat(MAPS.input_gradient(), copies), ("copy",)),))
    assert not prove_claim(Calculus(MAPS), claim, exhaustive=True).holds
    with pytest.raises(NotSupportedError, match=r"^the formula goes through the axis copy, which the layer"):
        prove_claim(Calculus(MAPS), claim)


def test_the_way_follows_from_the_number_of_terms():
    small, large = Conv((30, 30), (3, 3)), Conv((1001, 1000), (1, 1))
    assert (small.term_count(), large.term_count()) == (7056, 1_001_000)
    assert {proof.method for proof in sc.prove(small)} == {"all terms"}
    assert {proof.method for proof in sc.prove(large)} == {"axis by axis"}


def test_a_layer_with_more_terms_than_any_memory_is_proved():
    layer = Conv((4096, 4096, 64), (7, 7, 3), 2, 3, in_channels=512, out_channels=512, groups=2, batch=64, bias="map")
    proofs = sc.prove(layer)
    assert all(proof.holds for proof in proofs)
    assert proofs[1].terms == layer.term_count() > 10**16
