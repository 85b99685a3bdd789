"""Which derivation and which story belong to a layer. Loaded when they are asked for, so that each document imports
only its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from symconv.errors import InputError

if TYPE_CHECKING:
    from symconv.compose.derivation import Derivation


@dataclass(frozen=True, slots=True)
class Family:
    """How layers of one kind are derived: a class of this package and a module of `symconv.derivation`."""

    engine: str
    told_by: str = ""

    @property
    def derivation(self) -> type[Derivation]:
        module, name = ENGINES[self.engine]
        found: type[Derivation] = getattr(import_module(f"symconv.compose.{module}"), name)
        return found

    @property
    def story(self) -> Any:
        return import_module(f"symconv.derivation.{self.told_by}").Story


ENGINES = {
    "forms": ("forms", "FormDerivation"),
    "general": ("general", "GeneralDerivation"),
    "graph": ("graph", "GraphDerivation"),
    "network": ("network", "NetworkDerivation"),
    "smooth": ("smooth", "SmoothDerivation"),
}

FAMILIES: Mapping[str, Family] = {
    "adaptive-avg-pool": Family("forms", "adaptive_pooling"),
    "avg-pool": Family("forms", "average_pooling"),
    "conv": Family("forms", "convolution"),
    "conv-general": Family("general", "general"),
    "conv-transpose": Family("forms", "conv_transpose"),
    "dense": Family("forms", "dense"),
    "flatten": Family("forms", "flatten"),
    "max-pool": Family("forms", "max_pooling"),
    "gelu": Family("smooth", "entrywise"),
    "leaky-relu": Family("smooth", "entrywise"),
    "relu": Family("smooth", "entrywise"),
    "sigmoid": Family("smooth", "entrywise"),
    "silu": Family("smooth", "entrywise"),
    "softplus": Family("smooth", "entrywise"),
    "tanh": Family("smooth", "entrywise"),
    "softmax": Family("smooth", "softmax"),
    "bce": Family("smooth", "losses"),
    "cross-entropy": Family("smooth", "losses"),
    "mse": Family("smooth", "losses"),
    "batch-norm": Family("smooth", "normalisation"),
    "layer-norm": Family("smooth", "normalisation"),
    "graph": Family("graph"),
    "network": Family("network"),
}
"""By the layer's `kind`."""


def family_of(layer: object) -> Family:
    """The family of a layer. Raises `InputError` for what is none."""
    kind = getattr(type(layer), "kind", "")
    if kind not in FAMILIES:
        raise InputError(f"layer is {layer!r}: expected a layer such as symconv.Conv(input=(3, 3), filter=(2, 2))")
    return FAMILIES[kind]
