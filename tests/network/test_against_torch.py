"""The chain rule through whole networks against PyTorch's autograd."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symconv.forms import Form, evaluated
from symconv.network.backward import Backward
from symconv.network.torch import torch_gradients
from tests.network.networks import LOSSES, RATIONAL, SMOOTH, close, networks, numbers_for
from tests.oracles import needs
from tests.strategies import examples, seeds


@pytest.fixture(autouse=True, scope="module")
def torch():
    found = needs("torch")
    found.set_num_threads(1)
    return found


SLOPES = {
    "relu": "ReLU", "leaky-relu": "LeakyReLU", "sigmoid": "Sigmoid", "tanh": "Tanh", "softplus": "Softplus",
    "silu": "SiLU", "gelu": "GELU",
}  # fmt: skip


def slopes(layer, values):
    """σ'(Z) by autograd."""
    torch = needs("torch")
    slope = float(layer.slope) if layer.kind == "leaky-relu" else None
    # PyTorch's softplus is a straight line beyond a threshold, where double precision cannot tell.
    options = {"leaky-relu": {"negative_slope": slope}, "softplus": {"threshold": 500}}.get(layer.kind, {})
    z = torch.tensor(values, requires_grad=True)
    getattr(torch.nn, SLOPES[layer.kind])(**options)(z).sum().backward()
    return z.grad.numpy()


def all_arrays(network, given, found):
    """What was given and found, with the masks and the slopes that tables multiply."""
    arrays = {role: np.asarray(array, dtype=float) for role, array in {**given, **found}.items()}
    for number, layer in enumerate(network.layers):
        roles = network.roles_of(number)
        values = arrays[network.input_of(number)].reshape(layer.arrays["X"].shape)
        if layer.kind == "max-pool":
            arrays[roles["M"]] = layer.masks(values)
        if layer.kind in SLOPES:
            arrays[roles["D"]] = slopes(layer, values)
    return arrays


def is_exact(layer):
    """Whether float64 makes no error on small whole numbers: all divisors are powers of two."""
    if layer.kind not in RATIONAL and layer.kind not in ("dense", "flatten"):
        return False
    if layer.kind not in ("avg-pool", "adaptive-avg-pool"):
        return True
    values = {value for table in layer.definition().parts for value in table.values}
    return all(value.denominator & (value.denominator - 1) == 0 for value in values)


def assert_agreement(network, seed, data):
    """Every gradient through its own layer in all entries, and one entry of each multiplied out, layer after layer."""
    given = numbers_for(network, seed)
    arrays = all_arrays(network, given, torch_gradients(network, given))
    exact = all(map(is_exact, network.layers))
    backward = Backward(network)

    def compare(table, role, at=...):
        found, sizes = (evaluated(Form((table,)), some) for some in (arrays, {r: np.abs(a) for r, a in arrays.items()}))
        expected = arrays[f"d:{role}"]
        shape = expected.shape
        largest = 0 if exact else sizes.reshape(shape)[at]
        close(found.reshape(shape)[at], expected[at], f"d:{role}", largest)

    for role in ("X", *network.parameters, *(f"{name}.O" for name in network.names[:-1])):
        if backward.has_table(role):
            index = data.draw(st.sampled_from(list(np.ndindex(network.arrays[role].shape))), f"entry of {role}")
            for table in backward.multiplied(role, index):
                compare(table, role, index)
    for number in range(len(network.layers)):
        if backward.through(number) is not None:
            compare(backward.through(number), network.input_of(number))
    for role in network.parameters:
        if backward.has_table(role):
            compare(backward.by_parameter(role), role)


@examples(200)
@given(network=networks(RATIONAL), seed=seeds, data=st.data())
def test_rational_networks(network, seed, data):
    assert_agreement(network, seed, data)


@examples(100)
@given(network=networks(SMOOTH, LOSSES), seed=seeds, data=st.data())
def test_networks_with_curved_layers_and_losses(network, seed, data):
    assert_agreement(network, seed, data)
