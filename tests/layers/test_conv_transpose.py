"""A transposed convolution: shapes, refusals, its definition, every closed form, and wrong ones that are refuted."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import symconv as sc
from symconv.derivation.gradients import Calculus
from symconv.errors import InputError
from symconv.layers.conv import Conv
from symconv.layers.conv_transpose import ConvTranspose
from symconv.layers.sizes import parse_padding, parse_sizes
from symconv.operations import Adjoint, Keep, Leaf, Reverse
from tests.agreement import assert_agrees, random_arrays, verdict
from tests.oracles import assert_equal, value
from tests.strategies import examples, seeds
from tests.transposed import brute_force, transposed


@pytest.mark.parametrize(
    ("layer", "shapes"),
    [
        (ConvTranspose((2, 2), (3, 3), 2, output_padding=1), {"X": (2, 2), "F": (3, 3), "O": (6, 6)}),
        (ConvTranspose(3, 2, stride=3, padding=1), {"X": (3,), "F": (2,), "O": (6,)}),
        (ConvTranspose(2, 2, dilation=3, output_padding=2), {"X": (2,), "F": (2,), "O": (7,)}),
        (ConvTranspose(2, 2, padding=((0, -2),), bias="map"), {"X": (2,), "F": (2,), "O": (5,), "b": ()}),
        (ConvTranspose(4, 3, padding="full"), {"X": (4,), "F": (3,), "O": (2,)}),
        (ConvTranspose((2, 3), (2, 2), 2, padding="valid"), {"X": (2, 3), "F": (2, 2), "O": (4, 6)}),
        (
            ConvTranspose((2, 3), (2, 2), in_channels=4, out_channels=6, groups=2, batch=2, bias="entry"),
            {"X": (2, 4, 2, 3), "F": (4, 3, 2, 2), "O": (2, 6, 3, 4), "b": (6, 3, 4)},
        ),
    ],
)
def test_shapes(layer, shapes):
    assert {role: variable.shape for role, variable in layer.arrays.items()} == shapes
    assert layer.example_output == (layer.out_channels, *shapes["O"][-len(layer.axes) :])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"stride": 2, "output_padding": 2},
            "output padding is 2: expected 0 to 1, below the larger of stride 2 and dilation 1",
        ),
        (
            {"input": (3, 3), "filter": (2, 2), "dilation": (1, 3), "output_padding": (0, 3)},
            "output padding on axis 2 is 3: expected 0 to 2, below the larger of stride 1 and dilation 3",
        ),
        ({"output_padding": -1}, "output padding is -1: expected a whole number of at least 0"),
        ({"output_padding": (0, 0)}, "output padding has 2 values for 1 axes: give one, or one an axis"),
        (
            {"padding": 2},
            "output size would be 0: expected at least 1; make the padding smaller, or the input, the filter or the "
            "output padding larger",
        ),
        (
            {"padding": "same"},
            'padding is \'same\', which a transposed convolution does not have: give numbers, "valid" or "full"; with '
            "padding d(k-1)/2 and output padding s-1 the output is s times as large as the input",
        ),
        ({"filter": ()}, "filter has 0 sizes: expected 1 to 3, one a spatial axis, such as 3x3"),
        (
            {"groups": 2, "out_channels": 2},
            "groups is 2, which does not divide in channels 1: choose groups that divide both in and out channels",
        ),
        ({"bias": True}, 'bias is True: expected "map", "entry" or None'),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(given, message):
    with pytest.raises(InputError) as error:
        ConvTranspose(**{"input": 3, "filter": 2, **given})
    assert str(error.value) == message


def test_same_padding_by_the_advice_of_its_refusal():
    assert ConvTranspose(4, 3, stride=3, padding=1, output_padding=2).output_shape == (12,)


# Against nested loops


@examples(200)
@given(layer=transposed(), seed=seeds)
def test_against_nested_loops(layer, seed):
    arrays = random_arrays(layer, seed)
    assert_agrees(layer, arrays, brute_force(layer, arrays))


NAMED = {
    "output padding below the stride": ConvTranspose((2, 3), (3, 2), stride=2, output_padding=1),
    "output padding at the stride": ConvTranspose(3, 2, stride=2, dilation=3, output_padding=2),
    "output padding above the stride": ConvTranspose((3, 2), (2, 2), dilation=(3, 4), output_padding=(2, 3)),
    "remainder above the dilation": ConvTranspose(3, 2, stride=4, output_padding=3),
    "output padding that padding cuts off": ConvTranspose(3, 2, stride=2, padding=((0, 2),), output_padding=1),
    "groups": ConvTranspose(3, 2, stride=2, in_channels=4, out_channels=6, groups=2, bias="map"),
    "depthwise": ConvTranspose((2, 3), (2, 2), in_channels=3, out_channels=3, groups=3, batch=2),
    "one entry": ConvTranspose((1, 1), (1, 1)),
    "one entry among many": ConvTranspose(1, 1, padding=((-3, -2),)),
    "stride above the filter": ConvTranspose(3, 1, stride=3, output_padding=2),
    "whole copies cut off": ConvTranspose(4, 1, padding=1),
    "everything cut off": ConvTranspose(2, 1, padding=((2, -2),)),
}


@pytest.mark.parametrize("layer", NAMED.values(), ids=NAMED)
def test_named_layers(layer):
    arrays = random_arrays(layer)
    assert_agrees(layer, arrays, brute_force(layer, arrays))
    assert all(proof.holds for proof in sc.prove(layer))


# The adjoint of the ordinary convolution


@examples(80)
@given(layer=transposed(below=True), seed=seeds)
def test_it_is_what_backpropagation_through_the_ordinary_convolution_computes(layer, seed):
    layer = replace(layer, bias=None, batch=1)
    ordinary = Conv(
        tuple(axis.output for axis in layer.axes), layer.filter, layer.stride, layer.padding, layer.dilation,
        in_channels=layer.out_channels, out_channels=layer.in_channels, groups=layer.groups,
    )  # fmt: skip
    assert ordinary.output_shape == layer.input_shape
    arrays = random_arrays(layer, seed)
    backwards = value(Calculus(ordinary).chain_rule("X"), {"G": arrays["X"], "F": arrays["F"]})
    assert_equal(value(Calculus(layer).definition.parts[0], arrays), backwards)


def test_the_adjoint_of_another_convolution_is_refuted():
    layer = ConvTranspose(3, 2, stride=2, output_padding=1)
    right = layer.input_gradient()
    assert verdict(layer, "O", Adjoint(right, "X", "G")).holds
    assert not verdict(layer, "O", Adjoint(replace(right, filter=Reverse(Leaf("F"), ("0",))), "X", "G")).holds


# Wrong closed forms


def refuted(layer, role, operation):
    proof = verdict(layer, role, operation)
    assert not proof.holds
    return proof.reason()


def test_the_filter_not_rotated_in_the_forward_pass():
    layer = ConvTranspose(2, 2)
    wrong = replace(layer.forward(), filter=Leaf("F"))
    reason = refuted(layer, "O", wrong)
    assert reason == "O_1 is X_1·F_1 by definition, but X_1·F_2 by the closed form"


def test_the_filter_rotated_in_the_input_gradient():
    layer = ConvTranspose((2, 2), (2, 2), stride=2)
    refuted(layer, "dX", replace(layer.input_gradient(), filter=Reverse(Leaf("F"), layer.spatial)))


def test_the_keep_forgotten_where_the_output_padding_reaches_the_stride():
    layer = ConvTranspose(3, 2, dilation=3, output_padding=2)
    kept = layer.input_gradient()
    assert isinstance(kept, Keep)
    assert refuted(layer, "dX", kept.operand) == "the shapes differ: (3,) by definition, (5,) by the closed form"


def test_the_keep_forgotten_where_the_output_padding_reaches_the_dilation():
    layer = ConvTranspose(3, 2, stride=2, output_padding=1)
    kept = layer.filter_gradient()
    assert isinstance(kept, Keep)
    assert refuted(layer, "dF", kept.operand) == "the shapes differ: (2,) by definition, (3,) by the closed form"


def test_the_stride_forgotten_in_the_input_gradient():
    layer = ConvTranspose(3, 2, stride=2)
    refuted(layer, "dX", replace(layer.input_gradient(), stride=(1,)))


def test_the_input_not_spread_in_the_weight_gradient():
    layer = ConvTranspose(3, 2, stride=2)
    refuted(layer, "dF", replace(layer.filter_gradient(), filter=Leaf("X")))


def test_padding_forgotten_in_the_input_gradient():
    layer = ConvTranspose(4, 3, padding=1)
    refuted(layer, "dX", replace(layer.input_gradient(), signal=Leaf("G")))


def test_channels_exchanged_in_the_weight_gradient():
    layer = ConvTranspose(3, 2, in_channels=2, out_channels=2)
    refuted(layer, "dF", replace(layer.filter_gradient(), order=("group", "out", "in", "0")))


# Entries, counts, words


@examples(100)
@given(layer=transposed(), data=st.data())
def test_the_definition_of_an_entry_is_its_part_of_the_whole(layer, data):
    role = data.draw(st.sampled_from(list(layer.arrays)))
    index = tuple(data.draw(st.integers(0, n - 1)) for n in layer.arrays[role].shape)
    flat = int(np.ravel_multi_index(index, layer.arrays[role].shape)) if index else 0
    whole = {part.roles: part for part in layer.definition().parts}
    for part in layer.definition(only={role: index}).parts:
        assert products(part) == products(whole[part.roles].where(role, flat))


def products(table):
    return Counter(zip(*(column.tolist() for column in table.columns), strict=True))


@examples(100)
@given(layer=transposed())
def test_counts(layer):
    table = layer.definition().parts[0]
    assert layer.term_count() == len(table)
    for role in ("O", "X", "F"):
        counts = np.bincount(table.column(role), minlength=layer.arrays[role].size).reshape(layer.arrays[role].shape)
        assert counts[layer.busiest(role)] == counts.max()
    for axis, gone in zip(layer.axes, layer.unreached(), strict=True):
        assert set(gone) == set(range(axis.size)) - set(axis.taps()[2].tolist())
        assert set(axis.bare()) == set(range(axis.output)) - set(axis.taps()[0].tolist())


PARSERS = {
    **dict.fromkeys(("input", "filter", "stride", "dilation", "output-padding"), lambda text: parse_sizes("", text)),
    **dict.fromkeys(("in-channels", "out-channels", "groups", "batch"), int),
    "padding": parse_padding,
}


@examples(100)
@given(layer=transposed())
def test_a_layer_is_described_by_the_words_of_the_command_line(layer):
    name, *words = layer.options()
    read = {
        option[2:]: PARSERS.get(option[2:], str)(text) for option, text in zip(words[::2], words[1::2], strict=True)
    }
    assert name == "conv-transpose"
    assert ConvTranspose(**{option.replace("-", "_"): text for option, text in read.items()}) == layer


@pytest.mark.usefixtures("by_axes")
@examples(30)
@given(layer=transposed())
def test_large_layers_are_proved_axis_by_axis(layer):
    proofs = sc.prove(layer)
    assert {proof.method for proof in proofs} == {"axis by axis"}
    assert all(proof.holds for proof in proofs)


@pytest.fixture
def by_axes(monkeypatch):
    monkeypatch.setattr("symconv.derivation.gradients.WHOLE_TERMS", -1)


def test_a_layer_with_more_terms_than_any_memory_is_proved():
    layer = ConvTranspose((1024, 1024), (4, 4), 2, 1, in_channels=512, out_channels=256, batch=64, bias="map")
    assert all(proof.holds for proof in sc.prove(layer))


# In a network


@pytest.mark.parametrize("made", [Conv, ConvTranspose])
def test_without_an_input_it_is_fitted(made):
    layer = made(filter=(2, 2), out_channels=3, stride=2)
    assert layer.fitted((5, 4, 6), batch=2) == made((4, 6), (2, 2), 2, in_channels=5, out_channels=3, batch=2)
    assert layer.options()[:3] == [layer.kind, "--filter", "2x2"]
    with pytest.raises(
        InputError, match=rf"^{layer.kind} has no input size: give input=, or put the layer in a Network"
    ):
        _ = layer.arrays


@pytest.mark.parametrize(
    ("given", "shape", "message"),
    [
        ({"input": (3, 3)}, (1, 4, 4), "was made for input 3x3, but the layer before it hands on 4x4: leave the input"),
        ({"in_channels": 2}, (3, 4, 4), "was made for in_channels 2, but the layer before it hands on 3: leave the"),
        ({"batch": 2}, (1, 4, 4), "was made for batch 2, but the layer before it hands on 5: leave the batch out"),
        ({}, (16,), "needs examples of channels and 2 sizes, but the layer before it hands on examples of shape 16:"),
    ],
)
@pytest.mark.parametrize("made", [Conv, ConvTranspose])
def test_an_input_that_does_not_fit_is_refused(made, given, shape, message):
    with pytest.raises(InputError) as error:
        made(filter=(2, 2), **given).fitted(shape, batch=5 if "batch" in given else 1)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_padding_by_a_word_waits_for_the_input():
    assert Conv(filter=(3, 3), padding="same").fitted((1, 5, 4), 1) == Conv((5, 4), (3, 3), padding="same")
    with pytest.raises(InputError, match=r"^padding is 'wide'"):
        Conv(filter=(3, 3), padding="wide")
