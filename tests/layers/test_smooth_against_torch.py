"""Forward maps and closed forms of smooth layers against PyTorch's autograd in float64, to 12 digits."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import symconv as sc
from symconv.meaning.numbers import FRACTIONS
from tests.oracles import needs
from tests.smooth import KINDS, assert_agreement, by_torch, spatial
from tests.strategies import examples, seeds


@pytest.fixture(autouse=True, scope="module")
def torch():
    return needs("torch")


@pytest.mark.parametrize("kind", KINDS)
def test_to_twelve_digits(kind):
    @examples(150)
    @given(layer=KINDS[kind], seed=seeds)
    def agrees(layer, seed):
        assert_agreement(layer, seed, by_torch)

    agrees()


RATIONAL = {
    "relu": spatial(sc.ReLU),
    "leaky-relu": spatial(sc.LeakyReLU, slope=st.sampled_from(["1/4", "1/2"])),
    "mse": st.builds(
        sc.MSE, inputs=st.sampled_from([1, 2, 4]), batch=st.sampled_from([1, 2, 4]), mean=st.booleans(),
        factor=st.sampled_from(["half", "mean", "none"]),
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", RATIONAL)
def test_rational_layers_agree_exactly_on_whole_numbers(kind):
    @examples(100)
    @given(layer=RATIONAL[kind], seed=seeds)
    def agrees(layer, seed):
        numbers = np.random.default_rng(seed)
        shapes = {"X": layer.arrays["X"].shape, **({"Y": layer.arrays["Y"].shape} if "Y" in layer.arrays else {})}
        arrays = {role: numbers.integers(-9, 10, shape) for role, shape in shapes.items()}
        if "Y" not in arrays:
            arrays["G"] = numbers.integers(-9, 10, layer.arrays["O"].shape)
        expected = by_torch(layer, {role: array.astype(float) for role, array in arrays.items()})
        found = {"O": layer.forward(FRACTIONS, **arrays), **layer.backward(FRACTIONS, **arrays)}
        for role, values in expected.items():
            exact = np.vectorize(Fraction, otypes=[object])(values)
            assert np.array_equal(np.asarray(found[role], dtype=object), exact)

    agrees()


def test_relu_at_zero_is_what_pytorch_takes_by_default(torch):
    x = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    torch.relu(x).backward()
    assert sc.ReLU(input=1).backward(X=[0], G=[1])["dX"].tolist() == x.grad.tolist()
