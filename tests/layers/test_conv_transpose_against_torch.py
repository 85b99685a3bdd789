"""Forward map, chain rule and every closed form against PyTorch's transposed convolution in float64, exactly."""

import pytest
from hypothesis import given

from tests.agreement import assert_agrees, random_arrays
from tests.oracles import needs
from tests.strategies import examples, seeds
from tests.transposed import by_torch, transposed


@pytest.fixture(autouse=True, scope="module")
def torch():
    return needs("torch")


@examples(150)
@given(layer=transposed(axes=1, even=True), seed=seeds)
def test_one_axis_as_it_pads(layer, seed):
    check(layer, seed, direct=True)


@examples(150)
@given(layer=transposed(axes=2, even=True), seed=seeds)
def test_two_axes_as_it_pads(layer, seed):
    check(layer, seed, direct=True)


@examples(100)
@given(layer=transposed(axes=3, even=True), seed=seeds)
def test_three_axes_as_it_pads(layer, seed):
    check(layer, seed, direct=True)


@examples(150)
@given(layer=transposed(), seed=seeds)
def test_padded_unevenly_and_cropped(layer, seed):
    check(layer, seed, direct=False)


def check(layer, seed, *, direct):
    arrays = random_arrays(layer, seed)
    assert_agrees(layer, arrays, by_torch(layer, arrays, direct=direct))
