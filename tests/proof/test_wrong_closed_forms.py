"""Closed forms with the mistakes that people make are refuted, at sizes where the mistake tells."""

import math
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from symconv.derivation.gradients import Calculus
from symconv.forms import Difference
from symconv.layers.base import Claim
from symconv.layers.conv import Conv
from symconv.operations import Correlate, Keep, Leaf, Repeat, Reverse, Scale, Spread, Total, Window
from symconv.proof.exact import prove_claim
from tests.oracles import brute_force, random_arrays, value


def verdict(layer, role, *form):
    return prove_claim(Calculus(layer), Claim(role, "sum" if role == "db" else "correlation", form))


def refuted(layer, role, *wrong):
    """The verdict on a wrong closed form, once nested loops confirm its counterexample."""
    proof = verdict(layer, role, *wrong)
    assert not proof.holds
    assert (proof.scope, proof.method, proof.role) == ("shape", "all terms", role)
    arrays = random_arrays(layer)
    truth = brute_force(layer, arrays)[role]
    claimed = [value(part.evaluate(layer.leaves()).table, arrays) for part in wrong]
    confirm(proof.counterexample, truth, sum(claimed), arrays)
    return proof


def confirm(found, truth, claimed, arrays):
    """The shapes are those of the arrays; or at the entry both sides have the numbers that the terms give."""
    assert found.shapes[0] == truth.shape
    assert math.prod(found.shapes[1]) == claimed.size
    if found.entry is None:
        assert found.shapes[0] != found.shapes[1]
        return
    right, wrong = total(found.left, arrays), total(found.right, arrays)
    assert truth[found.entry] == right
    assert claimed.reshape(found.shapes[1])[found.entry] == wrong
    assert right != wrong


def total(terms, arrays):
    return sum(term.coefficient * math.prod(int(arrays[role][index]) for role, index in term.factors) for term in terms)


def written(terms):
    """Terms as text, positions from 0: G00·F12."""
    return ["·".join(role + "".join(map(str, index)) for role, index in term.factors) for term in terms]


def assert_entry(proof, entry, only_left, only_right, reason):
    found = proof.counterexample
    assert (found.entry, written(found.only_left), written(found.only_right)) == (entry, only_left, only_right)
    assert str(proof).startswith("refuted: ")
    assert str(proof).endswith(reason)


def assert_shapes(proof, definition, claimed):
    assert proof.counterexample == Difference((definition, claimed))
    assert str(proof).startswith("refuted: ")
    assert str(proof).endswith(f": the shapes differ: {definition} by definition, {claimed} by the closed form")


def swapped(padded):
    """A window with before and after exchanged."""
    return replace(padded, before=padded.after, after=padded.before)


def test_the_filter_not_rotated_in_the_input_gradient():
    layer = Conv((3, 4), (2, 3))
    proof = refuted(layer, "dX", replace(layer.input_gradient(), filter=Leaf("F")))
    assert_entry(
        proof, (0, 0), ["G00·F00"], ["G00·F12"],
        "∂L/∂X = pad_1×2(∂L/∂O) ⊗ F: ∂L/∂X_11 is ∂L/∂O_11·F_11 by definition, but ∂L/∂O_11·F_23 by the closed form",
    )  # fmt: skip


def test_the_filter_rotated_in_the_input_gradient_of_a_true_convolution():
    layer = Conv((3, 4), (2, 3), convention="convolution")
    proof = refuted(layer, "dX", replace(layer.input_gradient(), filter=Reverse(Leaf("F"), layer.spatial)))
    assert_entry(
        proof, (0, 0), ["G00·F12"], ["G00·F00"],
        ": ∂L/∂X_11 is ∂L/∂O_11·F_23 by definition, but ∂L/∂O_11·F_11 by the closed form",
    )  # fmt: skip


def test_the_filter_rotated_along_one_axis_only():
    layer = Conv((3, 3), (2, 2))
    proof = refuted(layer, "dX", replace(layer.input_gradient(), filter=Reverse(Leaf("F"), ("0",))))
    assert_entry(
        proof, (0, 0), ["G00·F00"], ["G00·F01"],
        ": ∂L/∂X_11 is ∂L/∂O_11·F_11 by definition, but ∂L/∂O_11·F_12 by the closed form",
    )  # fmt: skip


def test_stride_and_dilation_not_exchanged_in_the_filter_gradient():
    layer = Conv(7, 3, stride=2)
    wrong = Correlate(Leaf("X"), Leaf("G"), layer.spatial, ("batch",), layer.filter_gradient().order, (2,))
    proof = refuted(layer, "dF", wrong)
    assert_entry(
        proof, (0,), ["G1·X2", "G2·X4"], ["G1·X1", "G2·X2"],
        "∂L/∂F = X ⊗_2 ∂L/∂O: ∂L/∂F_1 is ∂L/∂O_1·X_1 + ∂L/∂O_2·X_3 + ∂L/∂O_3·X_5 by definition, "
        "but ∂L/∂O_1·X_1 + ∂L/∂O_2·X_2 + ∂L/∂O_3·X_3 by the closed form",
    )  # fmt: skip


def test_stride_and_dilation_exchanged_in_the_input_gradient():
    layer = Conv(8, 2, stride=2, dilation=3)
    right = layer.input_gradient()
    gradient = Window(Spread(Leaf("G"), layer.spatial, (3,)), layer.spatial, (2,), (2,))
    filter = Spread(Reverse(Leaf("F"), layer.spatial), layer.spatial, (2,))
    proof = refuted(layer, "dX", replace(right, signal=gradient, filter=filter))
    assert_shapes(proof, (8,), (9,))


def test_the_gradient_not_spread_in_the_input_gradient():
    layer = Conv(5, 3, stride=2)
    wrong = replace(layer.input_gradient(), signal=Window(Leaf("G"), layer.spatial, (2,), (2,)))
    assert_shapes(refuted(layer, "dX", wrong), (5,), (4,))


def test_the_remainder_forgotten_in_the_input_gradient():
    layer = Conv((6, 5), (3, 2), stride=(2, 3))
    right = layer.input_gradient()
    wrong = replace(right, signal=replace(right.signal, after=right.signal.before))
    proof = refuted(layer, "dX", wrong)
    assert [axis.remainder for axis in layer.axes] == [1, 0]
    assert_shapes(proof, (6, 5), (5, 5))


def test_keep_forgotten_in_the_filter_gradient():
    layer = Conv((6, 7), (3, 2), stride=(2, 4), dilation=(1, 1))
    right = layer.filter_gradient()
    assert isinstance(right, Keep)
    proof = refuted(layer, "dF", right.operand)
    assert [axis.remainder for axis in layer.axes] == [1, 1]
    assert_shapes(proof, (3, 2), (4, 3))


def test_padding_on_the_wrong_sides_of_the_input_gradient():
    layer = Conv(4, 2, padding=((0, 1),))
    right = layer.input_gradient()
    proof = refuted(layer, "dX", replace(right, signal=swapped(right.signal)))
    assert_entry(
        proof, (0,), ["G0·F0"], ["G0·F1", "G1·F0"],
        ": ∂L/∂X_1 is ∂L/∂O_1·F_1 by definition, but ∂L/∂O_1·F_2 + ∂L/∂O_2·F_1 by the closed form",
    )  # fmt: skip


def test_padding_on_the_wrong_sides_of_the_filter_gradient():
    layer = Conv(3, 2, padding=((0, 1),))
    right = layer.filter_gradient()
    proof = refuted(layer, "dF", replace(right, signal=swapped(right.signal)))
    assert_entry(
        proof, (0,), ["G0·X0", "G1·X1", "G2·X2"], ["G1·X0", "G2·X1"],
        "∂L/∂F = pad_1:0(X) ⊗ ∂L/∂O: ∂L/∂F_1 is ∂L/∂O_1·X_1 + ∂L/∂O_2·X_2 + ∂L/∂O_3·X_3 by definition, "
        "but ∂L/∂O_2·X_1 + ∂L/∂O_3·X_2 by the closed form",
    )  # fmt: skip


def test_padding_forgotten_in_the_filter_gradient():
    layer = Conv(4, 3, padding=1)
    proof = refuted(layer, "dF", replace(layer.filter_gradient(), signal=Leaf("X")))
    assert_shapes(proof, (3,), (1,))


def test_padding_forgotten_in_the_window_of_the_input_gradient():
    layer = Conv((3, 3), (2, 2), padding=((1, 1), (0, 0)))
    right = layer.input_gradient()
    proof = refuted(layer, "dX", replace(right, signal=Window(Leaf("G"), layer.spatial, (1, 1), (1, 1))))
    assert_shapes(proof, (3, 3), (5, 3))


def test_groups_summed_in_the_input_gradient():
    layer = Conv(3, 2, in_channels=4, out_channels=2, groups=2)
    wrong = replace(layer.input_gradient(), contracted=("group", "out"), order=("batch", "in", "0"))
    assert_shapes(refuted(layer, "dX", wrong), (1, 4, 3), (1, 2, 3))


def test_groups_summed_in_the_filter_gradient():
    layer = Conv(3, 2, in_channels=2, out_channels=4, groups=2)
    wrong = replace(layer.filter_gradient(), contracted=("group", "batch"), order=("out", "in", "0"))
    assert_shapes(refuted(layer, "dF", wrong), (4, 1, 2), (2, 1, 2))


def test_the_filter_gradient_rotated():
    layer = Conv(4, 2)
    proof = refuted(layer, "dF", Reverse(layer.filter_gradient(), layer.spatial))
    assert_entry(
        proof, (0,), ["G0·X0", "G1·X1", "G2·X2"], ["G0·X1", "G1·X2", "G2·X3"],
        "∂L/∂F = rev(X ⊗ ∂L/∂O): ∂L/∂F_1 is ∂L/∂O_1·X_1 + ∂L/∂O_2·X_2 + ∂L/∂O_3·X_3 by definition, "
        "but ∂L/∂O_1·X_2 + ∂L/∂O_2·X_3 + ∂L/∂O_3·X_4 by the closed form",
    )  # fmt: skip


def test_the_filter_gradient_of_a_true_convolution_not_rotated():
    layer = Conv(3, 2, convention="convolution")
    right = layer.filter_gradient()
    assert isinstance(right, Reverse)
    proof = refuted(layer, "dF", right.operand)
    assert_entry(
        proof, (0,), ["G0·X1", "G1·X2"], ["G0·X0", "G1·X1"],
        "∂L/∂F = X ⊗ ∂L/∂O: ∂L/∂F_1 is ∂L/∂O_1·X_2 + ∂L/∂O_2·X_3 by definition, "
        "but ∂L/∂O_1·X_1 + ∂L/∂O_2·X_2 by the closed form",
    )  # fmt: skip


def test_the_gradient_rotated_in_the_filter_gradient():
    layer = Conv(4, 2)
    right = layer.filter_gradient()
    proof = refuted(layer, "dF", replace(right, filter=Reverse(Leaf("G"), layer.spatial)))
    assert_entry(
        proof, (0,), ["G0·X0", "G2·X2"], ["G0·X2", "G2·X0"],
        "but ∂L/∂O_1·X_3 + ∂L/∂O_2·X_2 + ∂L/∂O_3·X_1 by the closed form",
    )  # fmt: skip


def test_the_filter_gradient_from_the_first_example_alone():
    layer = Conv(2, 1, batch=2)
    right = layer.filter_gradient()
    proof = refuted(layer, "dF", replace(right, signal=Keep(Leaf("X"), ("batch",), (1,)), filter=first_example()))
    assert_entry(
        proof, (0, 0, 0), ["G100·X100", "G101·X101"], [],
        "but ∂L/∂O_1,1,1·X_1,1,1 + ∂L/∂O_1,1,2·X_1,1,2 by the closed form",
    )  # fmt: skip


def first_example():
    return Keep(Leaf("G"), ("batch",), (1,))


def test_the_bias_gradient_not_summed_over_the_batch():
    layer = Conv(2, 1, out_channels=3, batch=2, bias="map")
    assert_shapes(refuted(layer, "db", Total(Leaf("G"), ("0",))), (3,), (2, 3))


def test_the_bias_gradient_from_the_first_example_alone():
    layer = Conv(2, 1, out_channels=3, batch=2, bias="map")
    proof = refuted(layer, "db", Total(first_example(), ("batch", "0")))
    assert_entry(
        proof, (0,), ["G100", "G101"], [],
        ": ∂L/∂b_1 is ∂L/∂O_1,1,1 + ∂L/∂O_1,1,2 + ∂L/∂O_2,1,1 + ∂L/∂O_2,1,2 by definition, "
        "but ∂L/∂O_1,1,1 + ∂L/∂O_1,1,2 by the closed form",
    )  # fmt: skip


def test_the_gradient_of_a_bias_for_each_entry_summed_over_positions():
    layer = Conv(3, 2, out_channels=3, bias="entry")
    assert_shapes(refuted(layer, "db", Total(Leaf("G"), ("batch", "0"))), (3, 2), (3,))


@pytest.mark.parametrize("by", [Fraction(-1), Fraction(1, 2)])
def test_a_wrong_factor_in_front(by):
    layer = Conv(2, 2)
    proof = refuted(layer, "dF", Scale(layer.filter_gradient(), by))
    assert [term.coefficient for term in proof.counterexample.only_right] == [by]
    assert proof.counterexample.entry == (0,)


def test_the_shape_of_a_wrong_closed_form_counts_batch_and_channels():
    layer = Conv(6, 3, stride=2, in_channels=2, out_channels=4, groups=2, batch=3)
    right = layer.input_gradient()
    wrong = replace(right, signal=replace(right.signal, after=right.signal.before))
    assert_shapes(refuted(layer, "dX", wrong), (3, 2, 6), (3, 2, 5))
    assert_shapes(refuted(layer, "dF", layer.filter_gradient().operand), (4, 1, 3), (4, 1, 4))


@pytest.mark.parametrize("maps", [{}, {"in_channels": 2}], ids=["plain", "with channels"])
def test_a_result_with_an_example_too_many_is_refuted(maps):
    layer = Conv(3, 2, **maps)
    assert not verdict(layer, "dX", Window(layer.input_gradient(), ("batch",), (0,), (1,))).holds


def test_a_result_with_a_group_too_many_is_refuted():
    layer = Conv(3, 2, in_channels=2, out_channels=2)
    assert not verdict(layer, "dF", Window(layer.filter_gradient(), ("group",), (0,), (1,))).holds


def test_a_result_that_is_right_in_its_first_example_only_is_refuted():
    layer = Conv(2, 1, out_channels=2, batch=2, bias="map")
    summed = Total(Leaf("G"), ("batch", "0"))
    assert not verdict(layer, "db", Repeat(summed, (("batch", 2), ("group", 1), ("out", 2)))).holds


def test_another_array_in_a_closed_form_is_not_called_another_shape():
    layer = Conv(3, 2)
    proof = verdict(layer, "dF", replace(layer.filter_gradient(), filter=Leaf("F")))
    assert not proof.holds
    assert "the shapes differ" not in str(proof)


def test_a_forward_map_that_forgets_the_bias_is_refuted():
    layer = Conv(3, 2, bias="map")
    assert not verdict(layer, "O", layer.forward()).holds


MISTAKES = {
    "filter not rotated": lambda layer: ("dX", replace(layer.input_gradient(), filter=Leaf("F"))),
    "filter gradient rotated": lambda layer: ("dF", Reverse(layer.filter_gradient(), layer.spatial)),
}


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_that_makes_no_difference_at_a_size_is_no_mistake_there(mistake):
    layer = Conv((3, 2), (1, 1))
    role, form = mistake(layer)
    assert verdict(layer, role, form).holds
    arrays = random_arrays(layer)
    assert np.array_equal(
        value(form.evaluate(layer.leaves()).table, arrays).ravel(), brute_force(layer, arrays)[role].ravel()
    )
