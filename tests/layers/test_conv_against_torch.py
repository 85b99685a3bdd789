"""Forward map, chain rule and every closed form against PyTorch in float64, exactly."""

import pytest
from hypothesis import given

from tests.oracles import assert_agreement, by_torch, needs
from tests.strategies import examples, layers, seeds


@pytest.fixture(autouse=True, scope="module")
def torch():
    return needs("torch")


@examples(300)
@given(layer=layers(axes=1, largest=3), seed=seeds)
def test_one_axis(layer, seed):
    assert_agreement(layer, seed, by_torch)


@examples(300)
@given(layer=layers(axes=2), seed=seeds)
def test_two_axes(layer, seed):
    assert_agreement(layer, seed, by_torch)


@examples(200)
@given(layer=layers(axes=3), seed=seeds)
def test_three_axes(layer, seed):
    assert_agreement(layer, seed, by_torch)
