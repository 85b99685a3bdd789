"""Differentiation of a layer by its definition, in full and entry by entry."""

from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symconv.derivation.gradients import Calculus, averaged, closed_form
from symconv.errors import InputError
from symconv.layers.base import Claim
from symconv.layers.conv import Conv
from symconv.operations import Keep, Leaf, Scale
from tests.oracles import assert_equal, brute_force, random_arrays, value
from tests.strategies import examples, layers

SMALL = Conv((3, 3), (2, 2))


def factors(table):
    return [term.factors for term in table.terms()]


def products(table):
    """The terms of a table whatever their order."""
    rows = zip(*(column.tolist() for column in table.columns), strict=True)
    return Counter((row, table.coefficient(at)) for at, row in enumerate(rows))


class Entrywise(Calculus):
    """A calculus that holds no form in full."""

    whole = False


def test_a_gradient_entry_lists_the_outputs_that_read_it():
    assert factors(Calculus(SMALL).gradient("X", (0, 1))) == [
        (("G", (0, 0)), ("F", (0, 1))),
        (("G", (0, 1)), ("F", (0, 0))),
    ]


def test_a_local_gradient_is_a_table_over_the_output():
    local = Calculus(SMALL).local("F", (1, 0))
    assert [variable.role for variable in local.index] == ["O"]
    assert factors(local) == [(("X", (i, j)),) for i in (1, 2) for j in (0, 1)]
    assert local.columns[0].tolist() == [0, 1, 2, 3]


def test_a_patch_is_a_table_over_the_input():
    patch = Calculus(SMALL).patch("X", (1, 0))
    assert [variable.role for variable in patch.index] == ["X"]
    assert patch.columns[0].tolist() == [3, 4, 6, 7]
    assert factors(patch) == [(("F", (u, v)),) for u in (0, 1) for v in (0, 1)]


def test_local_gradients_of_a_bias_are_ones():
    calculus = Calculus(Conv(3, 2, out_channels=2, bias="map"))
    assert factors(calculus.local("b", (1,))) == [(), ()]
    assert calculus.local("b", (1,)).columns[0].tolist() == [2, 3]


def test_the_mean_stands_in_front_of_gradients_and_of_nothing_else():
    layer = Conv(3, 2, batch=3, bias="map")
    calculus = Calculus(layer, Fraction(1, 3))
    for role in ("X", "F", "b"):
        assert {calculus.chain_rule(role).coefficient(row) for row in range(2)} == {Fraction(1, 3)}
    assert calculus.chain_rule("F").values == (Fraction(1, 3),)
    assert calculus.local("F", (0, 0, 0)).values == (Fraction(1),)
    assert calculus.compared("O") is calculus.definition


@examples(60)
@given(layer=layers(bias="map"))
def test_the_mean_divides_the_gradients_by_the_batch(layer):
    arrays = random_arrays(layer)
    calculus = Calculus(layer, Fraction(1, layer.batch))
    for role, numbers in brute_force(layer, arrays).items():
        if role != "O":
            (table,) = calculus.compared(role).parts
            assert_equal(value(table, arrays) * layer.batch, numbers, role)


@examples(100)
@given(layer=layers(), data=st.data())
def test_entry_by_entry_is_the_same_as_in_full(layer, data):
    mean = Fraction(1, layer.batch)
    full, single = Calculus(layer, mean), Entrywise(layer, mean)
    for role in ("X", *layer.parameters):
        index = data.draw(indices(layer.arrays[role].shape))
        output = data.draw(indices(layer.output_shape))
        for part in ("gradient", "local"):
            assert products(getattr(full, part)(role, index)) == products(getattr(single, part)(role, index))
        assert products(full.patch(role, output)) == products(single.patch(role, output))
        assert [products(part) for part in full.output(output).parts] == [
            products(part) for part in single.output(output).parts
        ]


def indices(shape):
    return st.tuples(*(st.integers(0, n - 1) for n in shape))


@examples(60)
@given(layer=layers(), data=st.data())
def test_outputs_reading_a_slice_are_those_with_a_term_in_it(layer, data):
    calculus = Calculus(layer)
    for role in ("X", "F"):
        shape = layer.arrays[role].shape
        leading = data.draw(indices(shape[: data.draw(st.integers(0, len(shape)))]))
        inside = {index for index in np.ndindex(shape) if index[: len(leading)] == leading}
        expected = {int(at) for index in inside for at in calculus.local(role, index).columns[0]}
        assert calculus.outputs_reading(role, leading) == sorted(expected)


def test_a_layer_without_a_bias_has_no_gradient_by_it():
    with pytest.raises(InputError, match="cannot differentiate by 'b': the layer's output has no such array"):
        Calculus(SMALL).chain_rule("b")


def test_large_layers_are_not_held_in_full():
    assert Calculus(Conv((1000, 1000), (1, 1))).whole
    assert not Calculus(Conv((1001, 1000), (1, 1))).whole


def test_an_entry_of_a_huge_layer_costs_only_its_own_terms():
    calculus = Calculus(Conv((100_000, 100_000), (3, 3), padding=1))
    assert factors(calculus.gradient("X", (99_999, 0))) == [
        (("G", (99_998, 0)), ("F", (2, 1))),
        (("G", (99_998, 1)), ("F", (2, 0))),
        (("G", (99_999, 0)), ("F", (1, 1))),
        (("G", (99_999, 1)), ("F", (1, 0))),
    ]


def test_averaging_writes_the_factor_in_front_of_gradients_only():
    gradient, output = Claim("dF", "correlation", (Leaf("X"),)), Claim("O", "correlation", (Leaf("X"),))
    half = Fraction(1, 2)
    assert averaged(gradient, half) == Claim("dF", "correlation", (Scale(Leaf("X"), half),))
    assert averaged(gradient, Fraction(1)) is gradient
    assert averaged(output, half) is output


def test_a_closed_form_takes_the_order_of_factors_that_it_is_given():
    table = closed_form(SMALL, SMALL.filter_gradient(), "dF", ("G", "X"))
    assert (table.roles, table.index) == (("G", "X"), (SMALL.arrays["F"],))


def test_a_closed_form_of_another_shape_keeps_its_shape():
    cut = Keep(SMALL.input_gradient(), SMALL.spatial, (3, 2))
    assert closed_form(SMALL, cut, "dX", ("G", "F")).index[0].shape == (3, 2)
