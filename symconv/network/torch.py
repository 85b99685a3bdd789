"""A network computed by PyTorch in float64 with the gradients of its autograd: evidence beside the proofs.

Each kind of layer is one function of the examples, (batch, channels, positions...) or (batch, features), and of the
layer's own arrays. PyTorch pads, slides, adds up and differentiates; only sizes and options are taken from the layer.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from symconv.errors import InputError, NotSupportedError
from symconv.layers.base import CONSTANTS
from symconv.network.network import Network

Tensor: TypeAlias = Any
Own: TypeAlias = Mapping[str, Tensor]
Pairs: TypeAlias = Sequence[tuple[int, int]]
Computed: TypeAlias = Callable[[Any, Any, Tensor, Own], Tensor]

EPSILON = 1e-5
"""The ε of normalisations, PyTorch's default."""
MISSING = "PyTorch is not installed: pip install 'symconv[torch]'"


def comparable(network: Network, names: Sequence[str] = ()) -> str:
    """Why PyTorch cannot be compared with this network; "" where it can. `names` are other names for its layers.

    >>> from symconv.layers.max_pool import MaxPool
    >>> comparable(Network([MaxPool(window=2, ties="all")], input=(1, 4)))
    "pool1 has the tie rule 'all', PyTorch takes the first"
    """
    return _differing(network, names) or ("" if find_spec("torch") else MISSING)


def _differing(network: Network, names: Sequence[str] = ()) -> str:
    named = zip(names or network.names, network.layers, strict=True)
    reasons = (_differs(name, layer) for name, layer in named)
    return next((reason for reason in reasons if reason), "")


def _differs(name: str, layer: Any) -> str:
    """The convention of a layer that PyTorch does not have."""
    if layer.kind == "max-pool" and layer.ties != "first":
        return f"{name} has the tie rule {layer.ties!r}, PyTorch takes the first"
    if layer.kind == "max-pool" and layer.argmax is not None:
        return f"{name} has an assumed choice, PyTorch takes the largest"
    if layer.kind == "relu" and layer.at_zero != 0:
        return f"{name} has the derivative {layer.at_zero} at 0, PyTorch has 0"
    if layer.kind == "leaky-relu" and layer.at_zero not in (None, layer.slope):
        return f"{name} has the derivative {layer.at_zero} at 0, PyTorch has the slope {layer.slope}"
    return ""


def torch_gradients(network: Network, arrays: Mapping[str, Any]) -> dict[str, NDArray[np.float64]] | None:
    """Every output, the loss and every gradient by PyTorch, for numbers in the arrays of a network.

    Args:
        network: the network; of one layer, if that is what is asked about.
        arrays: numbers by role, shaped as in `network.arrays`: "X", every parameter such as "conv1.F", "Y" where there
            is a loss, and "G", the gradient at the last output, where there is none. Others are left alone.

    Returns by role the outputs ("conv1.O"), the loss ("L"), and the gradients by the input, the parameters and the
    outputs ("d:X", "d:conv1.F", "d:conv1.O"), each in the shape of its array; None where PyTorch has another convention
    (`comparable` says which).

    Raises `NotSupportedError` where PyTorch is not installed, and `InputError` for an array that lacks or has another
    shape.
    """
    if _differing(network):
        return None
    torch = imported()
    given = _tensors(torch, network, arrays)
    outputs, result = _computed(torch, network, given)
    by = {role: tensor for role, tensor in {**given, **outputs}.items() if tensor.requires_grad}
    found = torch.autograd.grad(result, list(by.values()), materialize_grads=True)
    gradients = {f"d:{role}": gradient for role, gradient in zip(by, found, strict=True)}
    if network.fused is not None:
        gradients |= _before_the_loss(torch, network, given, outputs)
    values = outputs if network.loss is None else {**outputs, "L": result}
    return {role: tensor.detach().numpy() for role, tensor in {**values, **gradients}.items()}


def imported() -> Any:
    """The package torch. Raises `NotSupportedError` where it is not installed."""
    try:
        return import_module("torch")
    except ImportError:
        raise NotSupportedError(MISSING) from None


def _tensors(torch: Any, network: Network, arrays: Mapping[str, Any]) -> dict[str, Tensor]:
    """X, the parameters, Y and G as tensors."""
    wanted = {role: network.arrays[role].shape for role in ("X", *network.parameters)}
    if network.loss is None:
        wanted["G"] = network.arrays[f"{network.names[-1]}.O"].shape
    else:
        wanted["Y"] = network.arrays["Y"].shape
    found = {}
    for role, shape in wanted.items():
        if role not in arrays:
            raise InputError(f"{role} has no numbers: give an array of shape {shape}")
        numbers = np.asarray(arrays[role], dtype=object).astype(np.float64)
        if numbers.shape != shape:
            raise InputError(f"{role} has the shape {numbers.shape}: expected {shape}")
        found[role] = torch.tensor(numbers, requires_grad=role not in (*CONSTANTS, "G"))
    return found


def _computed(torch: Any, network: Network, given: Mapping[str, Tensor]) -> tuple[dict[str, Tensor], Tensor]:
    """The output of every layer in its own shape, and what is differentiated: the loss, or ⟨G, output⟩.

    A sigmoid or softmax before the loss is taken together with it, as PyTorch's own losses do: apart, a large argument
    leaves a logarithm of 0.
    """
    found = {}
    handed = [_as_examples(network.layers[0], given["X"], (network.batch, *network.input))]  # type: ignore[misc]
    for number, layer in enumerate(network.layers):
        if layer is network.loss:
            continue
        computed = KINDS[layer.kind](torch, layer, handed[-1], _own(network, number, given))
        role = network.roles_of(number)["O"]
        found[role] = _as_seen(layer, computed)
        handed.append(_as_examples(layer, found[role], computed.shape))
    if network.loss is None:
        return found, (found[f"{network.names[-1]}.O"] * given["G"]).sum()
    loss, reads = (network.loss, handed[-1]) if network.fused is None else (network.fused, handed[-2])
    return found, KINDS[loss.kind](torch, loss, reads, {"Y": given["Y"]})


def _own(network: Network, number: int, given: Mapping[str, Tensor]) -> Own:
    """The parameters of a layer by its own roles."""
    roles = network.roles_of(number)
    return {role: given[roles[role]] for role in network.layers[number].parameters}


def _before_the_loss(
    torch: Any, network: Network, given: Mapping[str, Tensor], outputs: Mapping[str, Tensor]
) -> dict[str, Tensor]:
    """The gradient between a loss and the function that it was taken together with."""
    role = network.input_of(len(network.layers) - 1)
    output = outputs[role].detach().requires_grad_()
    examples = output.reshape(network.batch, -1)
    loss = KINDS[network.loss.kind](torch, network.loss, examples, {"Y": given["Y"]})  # type: ignore[union-attr]
    return {f"d:{role}": torch.autograd.grad(loss, output)[0]}


def _as_examples(layer: Any, array: Tensor, shape: Sequence[int]) -> Tensor:
    """The input or output of a layer with the examples first."""
    return array.T if _in_columns(layer) else array.reshape(*shape)


def _as_seen(layer: Any, examples: Tensor) -> Tensor:
    """The output of a layer in its own shape."""
    return examples.T if _in_columns(layer) else examples.reshape(layer.arrays["O"].shape)


def _in_columns(layer: Any) -> bool:
    """Whether the examples are the columns of a matrix."""
    return layer.batch > 1 and getattr(layer, "convention", "") == "columns"


# Each kind of layer


def _conv(torch: Any, layer: Any, x: Tensor, own: Own) -> Tensor:
    weights = own["F"].reshape(layer.out_channels, layer.in_channels // layer.groups, *layer.filter)
    if layer.convention == "convolution":
        weights = weights.flip(tuple(range(2, weights.dim())))
    padded = _padded(torch, x, layer.padding)
    convolved = _of_rank(torch, "conv{}d", layer)(padded, weights, None, layer.stride, 0, layer.dilation, layer.groups)
    return _with_bias(convolved, layer, own)


def _conv_transpose(torch: Any, layer: Any, x: Tensor, own: Own) -> Tensor:
    weights = own["F"].reshape(layer.in_channels, layer.out_channels // layer.groups, *layer.filter)
    whole = _of_rank(torch, "conv_transpose{}d", layer)(
        x, weights, None, layer.stride, 0, 0, layer.groups, layer.dilation
    )
    sides = zip(layer.padding, layer.output_padding, strict=True)
    return _with_bias(_padded(torch, whole, [(-before, more - after) for (before, after), more in sides]), layer, own)


def _with_bias(maps: Tensor, layer: Any, own: Own) -> Tensor:
    if "b" not in own:
        return maps
    ones = () if layer.bias == "entry" else (1,) * len(layer.axes)
    return maps + own["b"].reshape(layer.out_channels, *(ones or maps.shape[2:]))


def _padded(torch: Any, x: Tensor, pairs: Pairs, value: float = 0) -> Tensor:
    """Padding first and cropping afterwards, so that more may be cropped than there is."""
    sides = [side for pair in reversed(pairs) for side in pair]
    pad = torch.nn.functional.pad
    return pad(pad(x, [max(side, 0) for side in sides], value=value), [min(side, 0) for side in sides])


def _beyond(layer: Any) -> Pairs:
    """What the last window of a pool in ceil mode reaches over beyond the padding."""
    return [(0, max(-axis.remainder, 0)) for axis in layer.axes]


def _max_pool(torch: Any, layer: Any, x: Tensor, own: Own) -> Tensor:
    padded = _padded(torch, _padded(torch, x, layer.padding, -math.inf), _beyond(layer), -math.inf)
    return _of_rank(torch, "max_pool{}d", layer)(padded, layer.window, layer.stride, 0, layer.dilation)


def _avg_pool(torch: Any, layer: Any, x: Tensor, own: Own) -> Tensor:
    """The sum over each window, over the sum of ones that count in it."""

    def sums(array: Tensor, padding: int) -> Tensor:
        padded = _padded(torch, _padded(torch, array, layer.padding, padding), _beyond(layer))
        return _window_sums(torch, layer, padded)

    if isinstance(layer.divisor, int):
        return sums(x, 0) / layer.divisor
    return sums(x, 0) / sums(torch.ones_like(x), int(layer.divisor == "window"))


def _window_sums(torch: Any, layer: Any, padded: Tensor) -> Tensor:
    """Average pooling with the divisor 1, which on one axis PyTorch has in two dimensions only."""
    functional = torch.nn.functional
    if padded.dim() > 3:
        pool = functional.avg_pool2d if padded.dim() == 4 else functional.avg_pool3d
        return pool(padded, layer.window, layer.stride, divisor_override=1)
    window, stride = (1, *layer.window), (1, *layer.stride)
    return functional.avg_pool2d(padded.unsqueeze(2), window, stride, divisor_override=1).squeeze(2)


def _adaptive_avg_pool(torch: Any, layer: Any, x: Tensor, own: Own) -> Tensor:
    return _of_rank(torch, "adaptive_avg_pool{}d", layer)(x, layer.output)


def _of_rank(torch: Any, name: str, layer: Any) -> Any:
    """PyTorch's function for as many spatial axes as the layer has."""
    return getattr(torch.nn.functional, name.format(len(layer.axes)))


def _flatten(torch: Any, layer: Any, x: Tensor, own: Own) -> Tensor:
    return x.flatten(1)


def _dense(torch: Any, layer: Any, x: Tensor, own: Own) -> Tensor:
    return torch.nn.functional.linear(x, own["F"], own.get("b"))


def _batch_norm(torch: Any, layer: Any, x: Tensor, own: Own) -> Tensor:
    scale, shift = (own[role].reshape(layer.maps) for role in "Fb")
    return torch.nn.functional.batch_norm(x, None, None, scale, shift, training=True, eps=EPSILON)


def _layer_norm(torch: Any, layer: Any, x: Tensor, own: Own) -> Tensor:
    return torch.nn.functional.layer_norm(x, x.shape[1:], own["F"], own["b"], EPSILON)


def _mse(torch: Any, layer: Any, x: Tensor, own: Own) -> Tensor:
    squares = torch.nn.functional.mse_loss(x, own["Y"].reshape(x.shape), reduction="sum")
    return squares * {"half": 1 / 2, "mean": 1 / layer.size, "none": 1}[layer.factor] / _shared(layer)


def _bce(torch: Any, layer: Any, x: Tensor, own: Own) -> Tensor:
    y = own["Y"].reshape(x.shape)
    if layer.sigmoid:
        loss = torch.nn.functional.binary_cross_entropy_with_logits(x, y, reduction="sum")
    else:
        # PyTorch's own loss is cut off where a logarithm is large.
        loss = -(y * x.log() + (1 - y) * torch.log1p(-x)).sum()
    return loss / (_shared(layer) * (layer.size if layer.mean else 1))


def _cross_entropy(torch: Any, layer: Any, x: Tensor, own: Own) -> Tensor:
    y = own["Y"].reshape(x.shape)
    if layer.softmax:
        return torch.nn.functional.cross_entropy(x, y, reduction="sum") / _shared(layer)
    return -(y * x.log()).sum() / _shared(layer)


def _shared(layer: Any) -> int:
    """How many examples a loss is the mean over."""
    return layer.batch if layer.mean else 1


def _entrywise(function: Callable[[Any, Any], Callable[[Tensor], Tensor]]) -> Computed:
    return lambda torch, layer, x, own: function(torch, layer)(x)


KINDS: Mapping[str, Computed] = MappingProxyType(
    {
        "conv": _conv,
        "conv-transpose": _conv_transpose,
        "max-pool": _max_pool,
        "avg-pool": _avg_pool,
        "adaptive-avg-pool": _adaptive_avg_pool,
        "flatten": _flatten,
        "dense": _dense,
        "relu": _entrywise(lambda torch, layer: torch.relu),
        "leaky-relu": _entrywise(
            lambda torch, layer: lambda x: torch.nn.functional.leaky_relu(x, float(layer.slope))
        ),
        "sigmoid": _entrywise(lambda torch, layer: torch.sigmoid),
        "tanh": _entrywise(lambda torch, layer: torch.tanh),
        # PyTorch's own softplus is a straight line from 20 on.
        "softplus": _entrywise(lambda torch, layer: lambda x: torch.logaddexp(x, torch.zeros_like(x))),
        "silu": _entrywise(lambda torch, layer: torch.nn.functional.silu),
        "gelu": _entrywise(lambda torch, layer: torch.nn.functional.gelu),
        "softmax": lambda torch, layer, x, own: torch.softmax(x, 1),
        "batch-norm": _batch_norm,
        "layer-norm": _layer_norm,
        "mse": _mse,
        "bce": _bce,
        "cross-entropy": _cross_entropy,
    }
)  # fmt: skip
"""By the layer's kind, what it makes of the examples."""
