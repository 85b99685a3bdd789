"""A convolution layer: shapes, refusals, its definition entry by entry, and the words that describe it."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symconv.errors import InputError
from symconv.layers.conv import Conv
from symconv.layers.sizes import parse_padding, parse_sizes
from tests.oracles import options
from tests.strategies import examples, layers


@pytest.mark.parametrize(
    ("layer", "shapes"),
    [
        (Conv((3, 3), (2, 2)), {"X": (3, 3), "F": (2, 2), "O": (2, 2)}),
        (Conv(5, 3, bias="map"), {"X": (5,), "F": (3,), "O": (3,), "b": ()}),
        (Conv((4, 5), (2, 3), bias="entry"), {"X": (4, 5), "F": (2, 3), "O": (3, 3), "b": (3, 3)}),
        (Conv((4, 5, 3), (2, 1, 3), stride=(1, 2, 1)), {"X": (4, 5, 3), "F": (2, 1, 3), "O": (3, 3, 1)}),
        (Conv(4, 2, batch=2), {"X": (2, 1, 4), "F": (1, 1, 2), "O": (2, 1, 3)}),
        (
            Conv((4, 3), (2, 2), in_channels=4, out_channels=6, groups=2, bias="map"),
            {"X": (1, 4, 4, 3), "F": (6, 2, 2, 2), "O": (1, 6, 3, 2), "b": (6,)},
        ),
        (
            Conv(4, 2, out_channels=3, batch=2, bias="entry"),
            {"X": (2, 1, 4), "F": (3, 1, 2), "O": (2, 3, 3), "b": (3, 3)},
        ),
        (Conv((6, 5), (3, 2), stride=2, padding="same"), {"X": (6, 5), "F": (3, 2), "O": (3, 3)}),
        (Conv(3, 2, dilation=2, padding="full"), {"X": (3,), "F": (2,), "O": (5,)}),
    ],
)
def test_shapes(layer, shapes):
    assert {role: variable.shape for role, variable in layer.arrays.items()} == shapes
    assert {variable.role for variable in layer.arrays.values()} == shapes.keys()
    assert (layer.input_shape, layer.filter_shape, layer.output_shape) == (shapes["X"], shapes["F"], shapes["O"])
    assert layer.parameters == tuple(role for role in "Fb" if role in shapes)


@examples(200)
@given(layer=layers())
def test_shapes_are_those_of_the_counted_windows(layer):
    made = options(layer)
    for role, variable in layer.arrays.items():
        assert variable.shape == made.shape(role)[made.leading(role) :]


NEITHER = "choose groups that divide both in and out channels"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"input": (3, 0)}, "input size is 0: expected a whole number of at least 1"),
        ({"input": (3, -1)}, "input size is -1: expected a whole number of at least 1"),
        ({"filter": (0, 2)}, "filter size is 0: expected a whole number of at least 1"),
        ({"filter": 2}, "input has 2 and filter 1 sizes: give both as many, one a spatial axis"),
        ({"filter": (2, 2, 2)}, "input has 2 and filter 3 sizes: give both as many, one a spatial axis"),
        ({"input": (3,) * 4}, "input has 4 sizes: expected 1 to 3, one a spatial axis, such as 3x3"),
        ({"stride": 0}, "stride is 0: expected a whole number of at least 1"),
        ({"stride": (1, -1)}, "stride is -1: expected a whole number of at least 1"),
        ({"dilation": 0}, "dilation is 0: expected a whole number of at least 1"),
        ({"dilation": (-2, 1)}, "dilation is -2: expected a whole number of at least 1"),
        ({"stride": (1, 1, 1)}, "stride has 3 values for 2 axes: give one, or one an axis"),
        ({"dilation": (1, 1, 1)}, "dilation has 3 values for 2 axes: give one, or one an axis"),
        ({"padding": (1, 1, 1)}, "padding has 3 values for 2 axes: give one, or one an axis"),
        ({"in_channels": 0}, "in channels is 0: expected a whole number of at least 1"),
        ({"out_channels": -1}, "out channels is -1: expected a whole number of at least 1"),
        ({"batch": 1.0}, "batch is 1.0: expected a whole number of at least 1"),
        ({"groups": 0}, "groups is 0: expected a whole number of at least 1"),
        (
            {"groups": 2, "in_channels": 3, "out_channels": 2},
            f"groups is 2, which does not divide in channels 3: {NEITHER}",
        ),
        (
            {"groups": 2, "in_channels": 2, "out_channels": 3},
            f"groups is 2, which does not divide out channels 3: {NEITHER}",
        ),
        ({"bias": "some"}, 'bias is \'some\': expected "map", "entry" or None'),
        ({"convention": "other"}, 'convention is \'other\': expected "correlation" or "convolution"'),
        (
            {"filter": (2, 4)},
            "filter on axis 2 reaches over 4 entries, but the padded input has only 3: no window fits; "
            "make the input or the padding larger, or the filter or the dilation smaller",
        ),
        (
            {"padding": -2},
            "filter on axis 1 reaches over 2 entries, but the padded input has only -1: no window fits; "
            "make the input or the padding larger, or the filter or the dilation smaller",
        ),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(given, message):
    with pytest.raises(InputError) as error:
        Conv(**{"input": (3, 3), "filter": (2, 2), **given})
    assert str(error.value) == message


def test_the_single_axis_of_a_line_has_no_number_in_messages():
    with pytest.raises(InputError, match=r"^filter reaches over 4 entries"):
        Conv(3, 4)


@examples(150)
@given(layer=layers(), data=st.data())
def test_the_definition_of_an_entry_is_its_part_of_the_whole(layer, data):
    role = data.draw(st.sampled_from(list(layer.arrays)))
    index = tuple(data.draw(st.integers(0, n - 1)) for n in layer.arrays[role].shape)
    flat = int(np.ravel_multi_index(index, layer.arrays[role].shape)) if index else 0
    whole = {part.roles: part for part in layer.definition().parts}
    for part in layer.definition(only={role: index}).parts:
        assert products(part) == products(whole[part.roles].where(role, flat))
    touched = {part.roles for part in layer.definition(only={role: index}).parts}
    assert touched == {roles for roles in whole if role == "O" or role in roles}


def products(table):
    return Counter(zip(*(column.tolist() for column in table.columns), strict=True))


@pytest.mark.parametrize("index", [(0, 3), (-1, 0), (0,), (0, 0, 0)])
def test_an_entry_that_does_not_exist_has_no_definition(index):
    with pytest.raises(InputError) as error:
        Conv((3, 3), (2, 2)).definition(only={"X": index})
    assert str(error.value) == f"X has no entry {index}: its shape is (3, 3), positions count from 0"


@examples(150)
@given(layer=layers())
def test_the_number_of_terms_is_known_without_listing_them(layer):
    assert layer.term_count() == len(layer.definition().parts[0])


@examples(150)
@given(layer=layers())
def test_the_busiest_entry_takes_part_in_the_most_products(layer):
    table = layer.definition().parts[0]
    for role in ("O", "X", "F"):
        counts = np.bincount(table.column(role), minlength=layer.arrays[role].size).reshape(layer.arrays[role].shape)
        assert counts[layer.busiest(role)] == counts.max()


@examples(150)
@given(layer=layers())
def test_unreached_inputs_are_those_in_no_product(layer):
    reached = np.zeros(layer.arrays["X"].shape, dtype=bool)
    reached.ravel()[layer.definition().parts[0].column("X")] = True
    for index in np.ndindex(reached.shape):
        spatial = index[-len(layer.axes) :]
        gone = any(place in places for place, places in zip(spatial, layer.unreached(), strict=True))
        assert reached[index] == (not gone)


PARSERS = {
    **dict.fromkeys(("input", "filter", "stride", "dilation"), lambda text: parse_sizes("sizes", text)),
    **dict.fromkeys(("in-channels", "out-channels", "groups", "batch"), int),
    "padding": parse_padding,
}


@examples(200)
@given(layer=layers())
def test_a_layer_is_described_by_the_words_of_the_command_line(layer):
    name, *words = layer.options()
    pairs = zip(words[::2], words[1::2], strict=True)
    read = {option[2:]: PARSERS.get(option[2:], str)(value) for option, value in pairs}
    again = Conv(**{option.replace("-", "_"): value for option, value in read.items()})
    assert name == "conv"
    assert again.axes == layer.axes
    assert again.arrays == layer.arrays
    assert (again.groups, again.bias, again.convention) == (layer.groups, layer.bias, layer.convention)


def test_defaults_are_left_out_of_the_description():
    assert Conv((3, 4), (2, 2)).options() == ["conv", "--input", "3x4", "--filter", "2x2"]
