"""Forward map, chain rule and every closed form against nested loops over the definition."""

import pytest
from hypothesis import given

from symconv.layers.conv import Conv
from tests.oracles import assert_agreement, assert_equal, brute_force, by_torch, raised_by_one, random_arrays
from tests.strategies import examples, layers, seeds

NAMED = {
    "everything at once": Conv(
        (7, 6), (3, 2), (2, 3), ((1, 0), (-1, 2)), (1, 2), 4, 2, 2, 2, bias="entry", convention="convolution"
    ),
    "three axes, all different": Conv((4, 3, 5), (2, 1, 3), (1, 2, 1), ((1, 0), (0, 0), (0, 1)), bias="map"),
    "more entries found than kept": Conv(9, 2, stride=4, dilation=1, padding=((0, 1),)),
    "a crop longer than the input": Conv(1, 1, stride=3, padding=((-2, 4),)),
    "windows on padding alone": Conv(1, 1, padding=((1, -1),), batch=2, bias="map"),
    "one output": Conv((3, 2), (3, 2), bias="entry"),
    "inputs that no window reaches": Conv((7, 5), (1, 1), stride=3),
    "one map a group": Conv(5, 2, in_channels=3, out_channels=3, groups=3),
    "batch alone": Conv((2, 3), (2, 2), batch=3, convention="convolution"),
}
named = pytest.mark.parametrize("layer", NAMED.values(), ids=NAMED)


@named
def test_named_layers(layer):
    assert_agreement(layer, 0, brute_force)


@examples(200)
@given(layer=layers(), seed=seeds)
def test_any_layer(layer, seed):
    assert_agreement(layer, seed, brute_force)


@named
def test_nested_loops_and_torch_agree(layer):
    arrays = random_arrays(layer)
    loops, torch = brute_force(layer, arrays), by_torch(layer, arrays)
    assert loops.keys() == torch.keys()
    for role, numbers in loops.items():
        assert_equal(torch[role], numbers, role)


@named
def test_gradients_are_what_raising_an_entry_by_one_adds_to_the_loss(layer):
    arrays = random_arrays(layer)
    loops = brute_force(layer, arrays)
    for role in arrays.keys() - {"G"}:
        assert_equal(raised_by_one(layer, arrays, role), loops[f"d{role}"], role)
