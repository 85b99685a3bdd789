"""PyTorch modules read as networks.

PyTorch itself is not needed here: whoever has a module has imported it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from symconv.errors import InputError, NotSupportedError
from symconv.layers.catalogue import layer_class
from symconv.network.network import Network

Options = Mapping[str, Any]


def from_torch(module: Any, input: int | Sequence[int], batch: int = 1) -> Network:
    """The network that a PyTorch module describes.

    Only kinds, sizes and options are taken over, not the numbers in the weights nor the ε of normalisations.

        net = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(16, 10))
        sc.from_torch(net, input=(1, 6, 6))

    Args:
        module: an `nn.Sequential`, which may hold others, or a single layer. A loss may stand at the end.
        input: the shape of one example, (channels, positions...) or (features,).
        batch: examples in the batch.

    Raises `NotSupportedError` for a module or an option that no layer of symconv has, and `InputError` for what is no
    module and for an input that does not fit.
    """
    _check(module)
    layers = [layer for path, part in _parts(module) for layer in _read(path, part)]
    if not layers:
        raise InputError("the module holds no layer: give an nn.Sequential of layers such as nn.Conv2d")
    return Network(layers, input, batch)


def _check(module: Any) -> None:
    if not any(_qualified(base) == "torch.nn.modules.module.Module" for base in type(module).__mro__):
        raise InputError(f"{_shortened(repr(module))} is no PyTorch module: give an nn.Sequential of layers")


def _qualified(made: type) -> str:
    return f"{made.__module__}.{made.__qualname__}"


def _shortened(text: str) -> str:
    return " ".join(text.split())[:60]


def _parts(module: Any) -> Iterator[tuple[str, Any]]:
    """The modules within nested sequences, each with what messages call it; weights must not come twice."""
    known: dict[int, str] = {}
    for path, part in module.named_modules(remove_duplicate=False):
        if _is_sequence(part):
            continue
        called = f"module {path} ({type(part).__name__})" if path else f"module {type(part).__name__}"
        yield called, part
        for parameter in part.parameters():
            if known.setdefault(id(parameter), called) != called:
                raise NotSupportedError(f"{called} shares weights with {known[id(parameter)]}: give it its own")


def _is_sequence(module: Any) -> bool:
    """Whether a module does nothing but apply what it holds in turn."""
    bases = (base for base in type(module).__mro__ if _qualified(base) == "torch.nn.modules.container.Sequential")
    return any(type(module).forward is base.forward for base in bases)  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Known:
    """How a kind of module is read: the layers that it is, and options with the only value that they may have."""

    layers: Callable[[Any], Sequence[tuple[str, Options]]]
    only: Options = field(default_factory=dict)


def _read(called: str, module: Any) -> list[Any]:
    """The layers that one module is."""
    name, rank = _name_and_rank(type(module))
    if name not in KNOWN:
        raise NotSupportedError(f"{called} is not supported: {ADVICE.get(name, OTHERWISE)}")
    known = KNOWN[name]
    for option, value in known.only.items():
        found = getattr(module, option, value)
        if found != value:
            raise NotSupportedError(f"{called} has {option}={_shortened(repr(found))}: only {option}={value!r} is read")
    try:
        return [layer_class(kind)(**options) for kind, options in known.layers(_Sized(module, rank))]
    except (InputError, NotSupportedError) as error:
        raise type(error)(f"{called}: {error}") from None


def _name_and_rank(made: type) -> tuple[str, int]:
    """The name of one of PyTorch's own modules without its number of spatial axes, and that number.

    A class derived from one of them may do anything, so it goes by a name that is not known.
    """
    if not made.__module__.startswith("torch.nn.modules."):
        return made.__qualname__ + " (not one of PyTorch's own)", 0
    found = re.fullmatch(r"(\w+?)(?:([123])d)?", made.__name__)
    assert found is not None
    return found[1], int(found[2] or 0)


class _Sized:
    """A module whose sizes are given one a spatial axis."""

    def __init__(self, module: Any, rank: int) -> None:
        self._module = module
        self._rank = rank

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)

    def each(self, name: str) -> tuple[Any, ...]:
        value = getattr(self._module, name)
        return tuple(value) if isinstance(value, Sequence) else (value,) * self._rank


# Each kind of module


def _conv(module: _Sized) -> Sequence[tuple[str, Options]]:
    return [("conv", {**_filtered(module), "padding": PADDING.get(module.padding) or module.each("padding")})]


def _conv_transpose(module: _Sized) -> Sequence[tuple[str, Options]]:
    padding = {"padding": module.each("padding"), "output_padding": module.each("output_padding")}
    return [("conv-transpose", {**_filtered(module), **padding})]


PADDING = MappingProxyType({"same": "same-fixed", "valid": "valid"})
"""PyTorch's words; it pads d(k-1) for "same", the odd one at the end."""


def _filtered(module: _Sized) -> Options:
    return {
        "filter": module.each("kernel_size"),
        "stride": module.each("stride"),
        "dilation": module.each("dilation"),
        "in_channels": module.in_channels,
        "out_channels": module.out_channels,
        "groups": module.groups,
        "bias": None if module.bias is None else "map",
    }


def _windowed(module: _Sized) -> Options:
    return {
        "window": module.each("kernel_size"),
        "stride": module.each("stride"),
        "padding": module.each("padding"),
        "ceil_mode": module.ceil_mode,
    }


def _max_pool(module: _Sized) -> Sequence[tuple[str, Options]]:
    return [("max-pool", {**_windowed(module), "dilation": module.each("dilation")})]


def _avg_pool(module: _Sized) -> Sequence[tuple[str, Options]]:
    counts_padding = module.count_include_pad and any(module.each("padding"))
    given = getattr(module, "divisor_override", None)
    return [("avg-pool", {**_windowed(module), "divisor": given or ("window" if counts_padding else "real")})]


def _adaptive_avg_pool(module: _Sized) -> Sequence[tuple[str, Options]]:
    if None in module.each("output_size"):
        raise NotSupportedError(f"output_size is {module.output_size}: give numbers instead of None")
    return [("adaptive-avg-pool", {"output": module.each("output_size")})]


def _linear(module: _Sized) -> Sequence[tuple[str, Options]]:
    sizes = {"inputs": module.in_features, "outputs": module.out_features}
    return [("dense", {**sizes, "bias": module.bias is not None, "convention": "rows"})]


def _softmax(module: _Sized) -> Sequence[tuple[str, Options]]:
    if module.dim not in (1, -1):
        raise NotSupportedError(f"dim is {module.dim}: only dim=1, the features, is read")
    return [("softmax", {})]


def _mse(module: _Sized) -> Sequence[tuple[str, Options]]:
    mean = _is_mean(module)
    return [("mse", {"mean": mean, "factor": "mean" if mean else "none"})]


def _bce(module: _Sized) -> Sequence[tuple[str, Options]]:
    return [("bce", {"mean": _is_mean(module)})]


def _bce_with_logits(module: _Sized) -> Sequence[tuple[str, Options]]:
    return [("bce", {"mean": _is_mean(module), "sigmoid": True})]


def _cross_entropy(module: _Sized) -> Sequence[tuple[str, Options]]:
    return [("cross-entropy", {"mean": _is_mean(module), "softmax": True})]


def _is_mean(module: _Sized) -> bool:
    if module.reduction not in ("mean", "sum"):
        raise NotSupportedError(f"reduction is {module.reduction!r}: only 'mean' and 'sum' are read")
    return bool(module.reduction == "mean")


def _batch_norm(module: _Sized) -> Sequence[tuple[str, Options]]:
    if not module.training and module.track_running_stats:
        raise NotSupportedError("it is in evaluation mode, with stored means: call .train() on the module")
    return [("batch-norm", {})]


def _layer_norm(module: _Sized) -> Sequence[tuple[str, Options]]:
    if len(module.normalized_shape) != 1 or module.bias is None:
        raise NotSupportedError("only one size, that of the features, and with a bias, is read")
    return [("layer-norm", {"inputs": module.normalized_shape[0]})]


def _plain(kind: str) -> Callable[[Any], Sequence[tuple[str, Options]]]:
    """A module without options that a layer has."""
    return lambda module: [(kind, {})]


KNOWN: Mapping[str, Known] = MappingProxyType(
    {
        "Conv": Known(_conv, {"padding_mode": "zeros"}),
        "ConvTranspose": Known(_conv_transpose, {"padding_mode": "zeros"}),
        "MaxPool": Known(_max_pool, {"return_indices": False}),
        "AvgPool": Known(_avg_pool),
        "AdaptiveAvgPool": Known(_adaptive_avg_pool),
        "Linear": Known(_linear),
        "Flatten": Known(_plain("flatten"), {"start_dim": 1, "end_dim": -1}),
        "Identity": Known(lambda module: []),
        "ReLU": Known(_plain("relu")),
        "LeakyReLU": Known(lambda module: [("leaky-relu", {"slope": module.negative_slope})]),
        "Sigmoid": Known(_plain("sigmoid")),
        "Tanh": Known(_plain("tanh")),
        "Softplus": Known(_plain("softplus"), {"beta": 1, "threshold": 20}),
        "SiLU": Known(_plain("silu")),
        "GELU": Known(_plain("gelu"), {"approximate": "none"}),
        "Softmax": Known(_softmax),
        "BatchNorm": Known(_batch_norm, {"affine": True}),
        "LayerNorm": Known(_layer_norm, {"elementwise_affine": True}),
        "MSELoss": Known(_mse),
        "BCELoss": Known(_bce, {"weight": None}),
        "BCEWithLogitsLoss": Known(_bce_with_logits, {"weight": None, "pos_weight": None}),
        "CrossEntropyLoss": Known(_cross_entropy, {"weight": None, "label_smoothing": 0.0}),
    }
)
"""By the name of the module without 1d, 2d or 3d."""
OTHERWISE = f"give PyTorch's own {', '.join(KNOWN)} in an nn.Sequential"
ADVICE: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(
            ("Dropout", "AlphaDropout", "FeatureAlphaDropout"),
            "it draws at random; leave it out, or put nn.Identity() in its place",
        ),
        "AdaptiveMaxPool": "its windows differ in size; give a MaxPool",
    }
)
"""What to do about modules that are not read; OTHERWISE for any other."""
