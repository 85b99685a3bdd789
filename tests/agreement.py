"""Any layer of multilinear forms against numbers that somebody else computed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from symconv.derivation.gradients import Calculus
from symconv.layers.base import Claim
from symconv.proof.exact import prove_claim
from symconv.proof.verdict import Proof
from tests.oracles import Array, assert_equal, claim_value, form_value


def random_arrays(layer: Any, seed: int = 0) -> dict[str, Array]:
    """Small whole numbers for every array but O, and for G in O's shape."""
    numbers = np.random.default_rng(seed)
    shapes = {"G" if role == "O" else role: variable.shape for role, variable in layer.arrays.items()}
    return {role: numbers.integers(-9, 10, shape) for role, shape in shapes.items()}


def assert_agrees(layer: Any, arrays: Mapping[str, Array], expected: Mapping[str, Array]) -> None:
    """The forward map, the chain rule and every closed form give exactly the expected numbers."""
    calculus = Calculus(layer)
    assert set(expected) == {claim.role for claim in layer.claims()}
    for role, numbers in expected.items():
        assert_equal(form_value(calculus.compared(role), arrays), numbers, f"{role} by its definition")
    for claim in layer.claims():
        assert_equal(claim_value(layer, claim, arrays), expected[claim.role], f"{claim.role} by {claim.route}")


def verdict(layer: Any, role: str, *parts: Any) -> Proof:
    """What the proof says of a closed form."""
    return prove_claim(Calculus(layer), Claim(role, "tried", parts))


def by_autograd(torch: Any, forward: Any, arrays: Mapping[str, Array]) -> dict[str, Array]:
    """O, and the gradients by all arrays but G, of a forward map of tensors by role, in float64."""
    torch.set_num_threads(1)
    leaves = {
        role: torch.tensor(array, dtype=torch.float64, requires_grad=True)
        for role, array in arrays.items()
        if role != "G"
    }
    out = forward(leaves)
    gradient = torch.tensor(arrays["G"], dtype=torch.float64)
    found = torch.autograd.grad(out, list(leaves.values()), gradient, materialize_grads=True)
    gradients = {f"d{role}": value.numpy() for role, value in zip(leaves, found, strict=True)}
    return {"O": out.detach().numpy(), **gradients}
