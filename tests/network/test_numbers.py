"""Whole networks in numbers: forward and back, beside PyTorch."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, reject

from symconv.derivation.evidence import in_floats
from symconv.errors import LimitError
from symconv.network.numbers import NetworkNumbers, needed
from symconv.network.torch import torch_gradients
from tests.network.networks import LOSSES, RATIONAL, SMOOTH, close, networks, numbers_for
from tests.oracles import needs
from tests.strategies import examples, seeds


@pytest.fixture(autouse=True, scope="module")
def torch():
    found = needs("torch")
    found.set_num_threads(1)
    return found


def assert_agreement(network, seed):
    """All arrays in numbers by the network's own way, beside PyTorch."""
    given = numbers_for(network, seed)
    assert {role: array.shape for role, array in given.items()} == needed(network)
    found = torch_gradients(network, given)
    fractions = {role: np.vectorize(Fraction, otypes=[object])(array) for role, array in given.items()}
    try:
        worked, _ = NetworkNumbers(network).worked(fractions)
    except LimitError:  # a sum of irrational numbers that may be 0
        reject()
    if network.fused is not None:
        # Floats know little of a probability that is close to 1, and PyTorch's gradient by it is as rough.
        rough = network.input_of(len(network.layers) - 1)
        found = {role: array for role, array in found.items() if role != f"d:{rough}"}
    largest = max(np.abs(array).max(initial=1) for array in found.values())
    for role, expected in found.items():
        close(in_floats(np.asarray(worked[role], dtype=object)), expected, role, largest)


@examples(150)
@given(network=networks(RATIONAL), seed=seeds)
def test_rational_networks(network, seed):
    assert_agreement(network, seed)


@examples(100)
@given(network=networks(SMOOTH, LOSSES), seed=seeds)
def test_networks_with_curved_layers_and_losses(network, seed):
    assert_agreement(network, seed)
