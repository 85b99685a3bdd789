"""Smooth layers computed by others: loops over the definition in numbers of many digits, and PyTorch with autograd.

Nothing of symconv takes part in these but the options that a layer was made with.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import mpmath
import numpy as np
from hypothesis import strategies as st

import symconv as sc
from tests.oracles import needs

Array = np.ndarray[Any, Any]
EPSILON = 1e-5
DIGITS = 60
STEP = mpmath.mpf(10) ** -20
LOSSES = ("mse", "bce", "cross-entropy")

# Layers of every kind, small

sizes = st.integers(1, 3)
halves = st.sampled_from([0, 1, "1/2"])


def spatial(made: Callable[..., Any], **more: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """A layer on 1 to 3 axes with channels and a batch, or on features."""
    shapes = st.lists(sizes, min_size=1, max_size=2).map(tuple)
    axes = st.builds(made, input=shapes, channels=st.integers(1, 2), batch=st.integers(1, 2), **more)
    return axes | st.builds(made, inputs=sizes, batch=sizes, **more)


def batch_norms() -> st.SearchStrategy[Any]:
    """With and without positions, at least two numbers a channel."""
    plain = st.builds(sc.BatchNorm, channels=sizes, batch=st.integers(2, 4))
    return plain | st.builds(
        sc.BatchNorm, input=st.integers(2, 3) | st.tuples(sizes, st.integers(2, 3)), channels=sizes, batch=sizes
    )


KINDS: Mapping[str, st.SearchStrategy[Any]] = {
    "relu": spatial(sc.ReLU),
    "leaky-relu": spatial(sc.LeakyReLU, slope=st.sampled_from(["1/100", "1/4", "0.2"])),
    "sigmoid": spatial(sc.Sigmoid),
    "tanh": spatial(sc.Tanh),
    "softplus": spatial(sc.Softplus),
    "silu": spatial(sc.SiLU),
    "gelu": spatial(sc.GELU),
    "softmax": st.builds(sc.Softmax, inputs=st.integers(1, 5), batch=sizes),
    "mse": st.builds(
        sc.MSE, inputs=sizes, batch=sizes, mean=st.booleans(), factor=st.sampled_from(["half", "mean", "none"])
    ),
    "bce": st.builds(sc.BinaryCrossEntropy, inputs=sizes, batch=sizes, mean=st.booleans(), sigmoid=st.booleans()),
    "cross-entropy": st.builds(
        sc.CrossEntropy, inputs=sizes, batch=sizes, mean=st.booleans(), softmax=st.booleans(),
        targets=st.sampled_from(["one-hot", "soft"]),
    ),
    "batch-norm": batch_norms(),
    "layer-norm": st.builds(sc.LayerNorm, inputs=st.integers(2, 5), batch=sizes),
}  # fmt: skip


def random_arrays(layer: Any, seed: int) -> dict[str, Array]:
    """X, the parameters, and the targets or the gradient at the output; probabilities where the layer wants them."""
    numbers = np.random.default_rng(seed)
    arrays = {role: numbers.uniform(-3, 3, array.shape) for role, array in layer.arrays.items() if role != "O"}
    if "Y" not in arrays:
        return arrays | {"G": numbers.uniform(-3, 3, layer.arrays["O"].shape)}
    if layer.kind != "mse":
        arrays["Y"] = numbers.uniform(0, 1, arrays["Y"].shape)
        if not (getattr(layer, "sigmoid", False) or getattr(layer, "softmax", False)):
            arrays["X"] = numbers.uniform(0.05, 0.95, arrays["X"].shape)
    return arrays


def close(found: Any, expected: Any, scale: float) -> None:
    """Equal to 12 digits of the largest number in play."""
    np.testing.assert_allclose(np.asarray(found, dtype=float), expected, rtol=1e-12, atol=1e-12 * max(scale, 1.0))


# PyTorch


def by_torch(layer: Any, arrays: Mapping[str, Array]) -> dict[str, Array]:
    """O and the gradients by PyTorch in float64."""
    torch = needs("torch")
    torch.set_num_threads(1)
    leaves = {role: torch.tensor(array, dtype=torch.float64) for role, array in arrays.items()}
    moved = [role for role in arrays if role not in ("Y", "G")]
    for role in moved:
        leaves[role].requires_grad_(True)
    out = _torch_forward(torch, layer, leaves)
    found = torch.autograd.grad(out, [leaves[role] for role in moved], leaves.get("G"))
    return {"O": out.detach().numpy()} | {
        f"d{role}": gradient.numpy() for role, gradient in zip(moved, found, strict=True)
    }


def _torch_forward(torch: Any, layer: Any, leaves: Mapping[str, Any]) -> Any:
    functional, x = torch.nn.functional, leaves["X"]
    if layer.kind in _TORCH:
        return _TORCH[layer.kind](functional, x)
    return {
        "leaky-relu": lambda: functional.leaky_relu(x, float(layer.slope)),
        "softmax": lambda: torch.softmax(x, -1),
        "mse": lambda: _torch_mse(functional, layer, x, leaves["Y"]),
        "bce": lambda: _torch_bce(functional, layer, x, leaves["Y"]),
        "cross-entropy": lambda: _torch_cross_entropy(torch, layer, x, leaves["Y"]),
        "batch-norm": lambda: _torch_batch_norm(functional, layer, leaves),
        "layer-norm": lambda: functional.layer_norm(x, (layer.inputs,), leaves["F"], leaves["b"], EPSILON),
    }[layer.kind]()


_TORCH: Mapping[str, Callable[[Any, Any], Any]] = {
    "relu": lambda functional, x: functional.relu(x),
    "sigmoid": lambda functional, x: functional.sigmoid(x),
    "tanh": lambda functional, x: functional.tanh(x),
    "softplus": lambda functional, x: functional.softplus(x, threshold=1000),
    "silu": lambda functional, x: functional.silu(x),
    "gelu": lambda functional, x: functional.gelu(x),
}


def _torch_mse(functional: Any, layer: Any, x: Any, y: Any) -> Any:
    factor = {"half": 0.5, "mean": 1 / layer.inputs, "none": 1.0}[layer.factor]
    return factor * functional.mse_loss(x, y, reduction="sum") / (layer.batch if layer.mean else 1)


def _torch_bce(functional: Any, layer: Any, x: Any, y: Any) -> Any:
    loss = functional.binary_cross_entropy_with_logits if layer.sigmoid else functional.binary_cross_entropy
    return loss(x, y, reduction="mean" if layer.mean else "sum")


def _torch_cross_entropy(torch: Any, layer: Any, x: Any, y: Any) -> Any:
    rows, targets = x.reshape(layer.batch, layer.inputs), y.reshape(layer.batch, layer.inputs)
    if layer.softmax:
        reduction = "mean" if layer.mean else "sum"
        return torch.nn.functional.cross_entropy(rows, targets, reduction=reduction)
    return -(targets * torch.log(rows)).sum() / (layer.batch if layer.mean else 1)


def _torch_batch_norm(functional: Any, layer: Any, leaves: Mapping[str, Any]) -> Any:
    positions = layer.positions
    x = leaves["X"].reshape(layer.batch, layer.channels, *positions)
    weight, bias = (leaves[role].reshape(layer.channels) for role in ("F", "b"))
    out = functional.batch_norm(x, None, None, weight, bias, training=True, eps=EPSILON)
    return out.reshape(leaves["X"].shape)


# Loops in numbers of many digits, and differences


def by_loops(layer: Any, arrays: Mapping[str, Array]) -> dict[str, Array]:
    """O by loops over the definition, and the gradients of Σ G·O (or of the loss) by differences with a tiny step."""
    with mpmath.workdps(DIGITS):
        exact = {role: np.vectorize(mpmath.mpf, otypes=[object])(array) for role, array in arrays.items()}
        found = {"O": _loops(layer, exact)}
        for role in exact:
            if role not in ("Y", "G"):
                found[f"d{role}"] = _differences(layer, exact, role)
        return {role: np.asarray(array, dtype=float) for role, array in found.items()}


def _differences(layer: Any, arrays: Mapping[str, Array], role: str) -> Array:
    gradient = np.empty(arrays[role].shape, dtype=object)
    for at in np.ndindex(gradient.shape):
        values = []
        for step in (STEP, -STEP):
            moved = arrays[role].copy()
            moved[at] += step
            out = _loops(layer, {**arrays, role: moved})
            values.append(out.item() if "Y" in arrays else (out * arrays["G"]).sum())
        gradient[at] = (values[0] - values[1]) / (2 * STEP)
    return gradient


def _loops(layer: Any, arrays: Mapping[str, Array]) -> Array:
    x = arrays["X"]
    if layer.kind in _ONE_NUMBER:
        return np.vectorize(lambda z: _ONE_NUMBER[layer.kind](layer, z), otypes=[object])(x)
    if layer.kind in LOSSES:
        rows, targets = (arrays[role].reshape(layer.batch, layer.inputs) for role in "XY")
        return np.array(_loss(layer, rows, targets), dtype=object)
    if layer.kind == "softmax":
        return np.array([_softmax(row) for row in x.reshape(layer.batch, -1)], dtype=object).reshape(x.shape)
    return _normalised(layer, x, arrays["F"], arrays["b"])


def _logistic(z: Any) -> Any:
    return 1 / (1 + mpmath.exp(-z))


_ONE_NUMBER: Mapping[str, Callable[[Any, Any], Any]] = {
    "relu": lambda _, z: z if z > 0 else mpmath.mpf(0),
    "leaky-relu": lambda layer, z: z if z > 0 else z * layer.slope.numerator / layer.slope.denominator,
    "sigmoid": lambda _, z: _logistic(z),
    "tanh": lambda _, z: mpmath.sinh(z) / mpmath.cosh(z),
    "softplus": lambda _, z: mpmath.log1p(mpmath.exp(z)),
    "silu": lambda _, z: z * _logistic(z),
    "gelu": lambda _, z: z * mpmath.ncdf(z),
}


def _softmax(row: Any) -> list[Any]:
    powers = [mpmath.exp(z) for z in row]
    return [power / sum(powers) for power in powers]


def _loss(layer: Any, rows: Array, targets: Array) -> Any:
    total = mpmath.mpf(0)
    for row, target in zip(rows, targets, strict=True):
        seen = _softmax(row) if getattr(layer, "softmax", False) else row
        seen = [_logistic(z) for z in row] if getattr(layer, "sigmoid", False) else seen
        total += sum(_TERMS[layer.kind](a, y) for a, y in zip(seen, target, strict=True))
    if layer.kind == "mse":
        total *= {"half": mpmath.mpf(1) / 2, "mean": mpmath.mpf(1) / layer.inputs, "none": 1}[layer.factor]
    over = layer.batch * (layer.inputs if layer.kind == "bce" else 1)
    return total / over if layer.mean else total


_TERMS: Mapping[str, Callable[[Any, Any], Any]] = {
    "mse": lambda a, y: (a - y) ** 2,
    "bce": lambda a, y: -y * mpmath.log(a) - (1 - y) * mpmath.log(1 - a),
    "cross-entropy": lambda a, y: -y * mpmath.log(a),
}


def _normalised(layer: Any, x: Array, scale: Array, shift: Array) -> Array:
    """Entries that share a mean are those of a channel, or of an example."""
    by_channel = layer.kind == "batch-norm"
    positions = layer.positions if by_channel else (layer.inputs,)
    full = x.reshape(layer.batch, layer.channels if by_channel else 1, *positions)
    scale, shift = scale.ravel(), shift.ravel()
    out = np.empty(full.shape, dtype=object)
    for at in np.ndindex(full.shape):
        fixed = at[1] if by_channel else at[0]
        alike = [full[other] for other in np.ndindex(full.shape) if other[1 if by_channel else 0] == fixed]
        mean = sum(alike) / len(alike)
        variance = sum((value - mean) ** 2 for value in alike) / len(alike)
        parameter = at[1] if by_channel else at[2]
        normalised = (full[at] - mean) / mpmath.sqrt(variance + mpmath.mpf(EPSILON))
        out[at] = scale[parameter] * normalised + shift[parameter]
    return out.reshape(x.shape)


def assert_agreement(layer: Any, seed: int, oracle: Callable[[Any, Mapping[str, Array]], dict[str, Array]]) -> None:
    """The forward map and every closed form give the oracle's numbers."""
    arrays = random_arrays(layer, seed)
    expected = oracle(layer, arrays)
    found = {"O": layer.forward(**arrays), **layer.backward(**arrays)}
    assert set(found) == set(expected)
    scale = max(float(np.abs(array).max()) for array in (*arrays.values(), *expected.values()))
    for role, numbers in expected.items():
        assert np.shape(found[role]) == np.shape(numbers) == layer.shape(role.removeprefix("d"))
        close(found[role], numbers, scale)


ALL = {
    "relu": sc.ReLU(input=(2, 2)),
    "relu, 1/2 at 0": sc.ReLU(input=2, at_zero="1/2"),
    "leaky relu": sc.LeakyReLU(input=2, slope="1/4", at_zero=1),
    "sigmoid": sc.Sigmoid(input=(2, 2)),
    "sigmoid of one number": sc.Sigmoid(inputs=1),
    "tanh, channels": sc.Tanh(input=2, channels=2, batch=2),
    "softplus, 3-D": sc.Softplus(input=(2, 1, 2)),
    "silu, features": sc.SiLU(inputs=2, batch=3),
    "gelu": sc.GELU(input=(1, 3)),
    "gelu, large": sc.GELU(input=(56, 56), channels=64, batch=8),
    "softmax": sc.Softmax(inputs=3),
    "softmax of one number": sc.Softmax(inputs=1),
    "softmax, batch": sc.Softmax(inputs=2, batch=3),
    "softmax, large": sc.Softmax(inputs=1000, batch=64),
    "mse": sc.MSE(inputs=3),
    "mse, mean": sc.MSE(inputs=2, batch=3, factor="mean"),
    "mse, plain": sc.MSE(inputs=2, batch=2, factor="none", mean=False),
    "mse, large": sc.MSE(inputs=100, batch=64),
    "bce": sc.BinaryCrossEntropy(inputs=1),
    "bce, batch": sc.BinaryCrossEntropy(inputs=2, batch=2),
    "bce, fused": sc.BinaryCrossEntropy(inputs=1, sigmoid=True),
    "bce, fused, batch": sc.BinaryCrossEntropy(inputs=2, batch=2, sigmoid=True),
    "bce, fused, sum": sc.BinaryCrossEntropy(inputs=2, batch=2, sigmoid=True, mean=False),
    "cross-entropy": sc.CrossEntropy(inputs=3),
    "cross-entropy, batch": sc.CrossEntropy(inputs=2, batch=2, targets="soft"),
    "cross-entropy, fused": sc.CrossEntropy(inputs=3, softmax=True),
    "cross-entropy, fused, batch": sc.CrossEntropy(inputs=2, batch=2, softmax=True),
    "cross-entropy, fused, soft": sc.CrossEntropy(inputs=2, softmax=True, targets="soft"),
    "cross-entropy, fused, large": sc.CrossEntropy(inputs=1000, batch=64, softmax=True),
    "batch norm": sc.BatchNorm(channels=1, batch=4),
    "batch norm, channels": sc.BatchNorm(input=2, channels=2, batch=1),
    "batch norm, large": sc.BatchNorm(input=(56, 56), channels=64, batch=64),
    "layer norm": sc.LayerNorm(inputs=3),
    "layer norm, batch": sc.LayerNorm(inputs=2, batch=2),
    "layer norm, large": sc.LayerNorm(inputs=768, batch=32),
}
"""Layers of every kind."""
