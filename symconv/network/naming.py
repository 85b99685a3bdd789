"""What the layers of a network and their arrays are called.

A layer with weights begins a new stage, and the number of the stage stands above the letters of its arrays: K^1, b^1,
Z^1, then A^1 for the activation, P^1 for the pool. The error signal of a stage is δ^l = ∂L/∂Z^l.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

SHORT = {
    "conv-transpose": "convt", "max-pool": "pool", "avg-pool": "pool", "adaptive-avg-pool": "pool",
    "batch-norm": "norm", "layer-norm": "norm", "leaky-relu": "relu", "cross-entropy": "loss", "bce": "loss",
    "mse": "loss",
}  # fmt: skip
"""Names of layers where they differ from their kind."""
WEIGHTED = {"conv": "K", "conv-transpose": "K", "dense": "W"}
"""The kinds that begin a stage, and the letter of their weights."""
OUTPUTS = {
    **dict.fromkeys(WEIGHTED, "Z"),
    **dict.fromkeys(("max-pool", "avg-pool", "adaptive-avg-pool"), "P"),
    **dict.fromkeys(("batch-norm", "layer-norm"), "N"),
    "flatten": "V",
    "softmax": "S",
}
ACTIVATION = "A"
"""The letter of any other output."""
OTHERS = {"b": "b", "M": "M", "var": "v", "mean": r"\mu", "H": r"\hat{X}"}
NORMALISED = {"F": r"\gamma", "b": r"\beta"}
COMMON = frozenset({"X", "F", "b", "O", "M", "Y", "L", "l", "C", "V"})
"""Roles that are arrays of the layer, or the same in all layers; others are abbreviations of its own."""


def layer_names(layers: Sequence[Any]) -> tuple[str, ...]:
    """conv1, relu1, pool1, ...: each kind is counted by itself; the loss has no number.

    >>> from symconv.layers.conv import Conv
    >>> layer_names([Conv(filter=3), Conv(filter=2)])
    ('conv1', 'conv2')
    """
    counts: dict[str, int] = {}
    names = []
    for layer in layers:
        short = SHORT.get(layer.kind, layer.kind)
        counts[short] = counts.get(short, 0) + 1
        names.append(short if short == "loss" else f"{short}{counts[short]}")
    return tuple(names)


def letters(layers: Sequence[Any], names: Sequence[str]) -> dict[str, str]:
    """The letter of every array by its role in the network, such as "conv1.F", and of every error signal."""
    found = {"X": "X", "L": "L", "l": r"\ell"}
    taken: set[str] = set(found.values())
    for name, role, letter, stage in _wanted(layers, names):
        numbered = next(text for text in _numbered(letter, stage) if text not in taken)
        taken.add(numbered)
        found[f"d:{name}.O" if role == "dO" else f"{name}.{role}"] = numbered
    return found


def _wanted(layers: Sequence[Any], names: Sequence[str]) -> Iterator[tuple[str, str, str, int]]:
    stage = 0
    for name, layer in zip(names, layers, strict=True):
        stage += layer.kind in WEIGHTED
        for role in layer.arrays:
            if role not in ("X", "O", "Y"):
                yield name, role, _letter(layer.kind, role), stage
        for role in abbreviations(layer):
            yield name, role, OTHERS.get(role, layer.symbols[role]), stage
        if name == "loss":
            continue
        yield name, "O", OUTPUTS.get(layer.kind, ACTIVATION), stage
        if layer.kind in WEIGHTED:
            yield name, "dO", r"\delta", stage


def _letter(kind: str, role: str) -> str:
    if kind in ("batch-norm", "layer-norm"):
        return NORMALISED.get(role, role)
    return WEIGHTED[kind] if role == "F" else OTHERS.get(role, role)


def _numbered(letter: str, stage: int) -> Iterator[str]:
    """The letter with its stage above it, then with b, c, ... beside the stage, for a second array of that letter."""
    yield f"{letter}^{{{stage}}}"
    for more in "bcdefghijkmnpqrstuvwxyz":
        yield f"{letter}^{{{stage}{more}}}"


def abbreviations(layer: Any) -> list[str]:
    """The roles of what a layer's formulas abbreviate, such as a mean."""
    return [role for role in layer.symbols if role not in COMMON]


def renaming(layer: Any, name: str, input: str) -> Mapping[str, str]:
    """From a layer's own roles to those of the network, for a layer of this name that reads the array `input`."""
    own = {role: f"{name}.{role}" for role in ("F", "b", "O", "M", "D", *abbreviations(layer))}
    gradients = {"G": f"d:{name}.O", "dX": f"d:{input}", "dF": f"d:{name}.F", "db": f"d:{name}.b"}
    return {"X": input, "Y": "Y", **own, **gradients}
