"""The layers by kind, loaded when they are asked for."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from symconv.errors import InputError

CLASSES: Mapping[str, tuple[str, str]] = {
    "adaptive-avg-pool": ("avg_pool", "AdaptiveAvgPool"),
    "avg-pool": ("avg_pool", "AvgPool"),
    "batch-norm": ("normalisation", "BatchNorm"),
    "bce": ("losses", "BinaryCrossEntropy"),
    "conv": ("conv", "Conv"),
    "conv-transpose": ("conv_transpose", "ConvTranspose"),
    "cross-entropy": ("losses", "CrossEntropy"),
    "dense": ("dense", "Dense"),
    "flatten": ("flatten", "Flatten"),
    "gelu": ("entrywise", "GELU"),
    "layer-norm": ("normalisation", "LayerNorm"),
    "leaky-relu": ("entrywise", "LeakyReLU"),
    "max-pool": ("max_pool", "MaxPool"),
    "mse": ("losses", "MSE"),
    "relu": ("entrywise", "ReLU"),
    "sigmoid": ("entrywise", "Sigmoid"),
    "silu": ("entrywise", "SiLU"),
    "softmax": ("softmax", "Softmax"),
    "softplus": ("entrywise", "Softplus"),
    "tanh": ("entrywise", "Tanh"),
}
"""By the layer's `kind`: its module in this room and its class."""


def layer_class(kind: str) -> Any:
    """The class of a kind of layer. Raises `InputError` for a kind that does not exist.

    >>> layer_class("conv").__name__
    'Conv'
    """
    if kind not in CLASSES:
        raise InputError(f"layer type is {kind!r}: expected one of {', '.join(CLASSES)}")
    module, name = CLASSES[kind]
    return getattr(import_module(f"symconv.layers.{module}"), name)
