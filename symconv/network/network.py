"""A network: layers in sequence, each fitted to what the layer before it hands on."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from symconv.errors import InputError
from symconv.forms import Shape, Variable
from symconv.layers.sizes import whole
from symconv.network.naming import layer_names, letters, renaming

LOSSES = frozenset({"bce", "cross-entropy", "mse"})
FUSED = {("sigmoid", "bce"): "sigmoid", ("softmax", "cross-entropy"): "softmax"}
"""The functions that a loss may be taken together with, and the loss' field that says so."""
MAX_LAYERS = 200


@dataclass(frozen=True)
class Network:
    """Layers in sequence, from the input to the loss.

    Args:
        layers: the layers; sizes that follow from the layer before may be left out. A loss may stand at the end.
        input: the shape of one example, (channels, positions...) or (features,).
        batch: examples in the batch.

    Arrays have the roles "X" (the input), "conv1.F", "conv1.b" and "conv1.O" (of the layer with that name), and "Y".

    Raises `InputError` where a layer cannot take what the layer before it hands on, naming both and the shapes.

    >>> from symconv.layers.conv import Conv
    >>> network = Network([Conv(filter=(3, 3), bias="map"), Conv(filter=2, input=None)], input=(1, 6, 6))
    Traceback (most recent call last):
    ...
    symconv.errors.InputError: conv1 hands on 1x4x4, which conv2 cannot take: conv needs examples of ...
    """

    kind: ClassVar[str] = "network"

    layers: Sequence[Any]
    input: int | Sequence[int]
    batch: int = 1

    def __post_init__(self) -> None:
        object.__setattr__(self, "input", _example(self.input))
        whole("batch", self.batch)
        given = _listed(self.layers)
        _check(given)
        _check_examples(given, self.batch)
        object.__setattr__(self, "layers", fitted(given, self.input, self.batch))  # type: ignore[arg-type]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """conv1, relu1, ...: the name of each layer."""
        return layer_names(self.layers)

    @cached_property
    def symbols(self) -> Mapping[str, str]:
        """The letter of every array by its role, such as "conv1.F"."""
        return letters(self.layers, self.names) | ({"Y": "Y"} if self.loss is not None else {})

    @property
    def loss(self) -> Any | None:
        """The loss at the end, if there is one."""
        return self.layers[-1] if self.layers[-1].kind in LOSSES else None

    @cached_property
    def fused(self) -> Any | None:
        """The loss together with the sigmoid or softmax before it, as one layer, where these two stand at the end."""
        kinds = tuple(layer.kind for layer in self.layers[-2:])
        if kinds not in FUSED or getattr(self.layers[-1], FUSED[kinds]):
            return None
        return replace(self.layers[-1], **{FUSED[kinds]: True})

    def input_of(self, number: int) -> str:
        """The role of what layer `number` (from 0) reads."""
        return "X" if number == 0 else f"{self.names[number - 1]}.O"

    def roles_of(self, number: int) -> Mapping[str, str]:
        """From the own roles of layer `number` to the roles in the network."""
        return renaming(self.layers[number], self.names[number], self.input_of(number))

    @cached_property
    def arrays(self) -> Mapping[str, Variable]:
        """The shape of every array by its role: X, then of each layer its parameters, masks and output, then Y."""
        found = {"X": Variable("X", self.layers[0].arrays["X"].shape)}
        for number, (name, layer) in enumerate(zip(self.names, self.layers, strict=True)):
            roles = self.roles_of(number)
            for role, variable in layer.arrays.items():
                if role != "X" and not (name == "loss" and role == "O"):
                    found[roles[role]] = Variable(roles[role], variable.shape)
        return found

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """The roles of what is learnt, such as "conv1.F"."""
        return tuple(
            self.roles_of(number)[role] for number, layer in enumerate(self.layers) for role in layer.parameters
        )

    @cached_property
    def shapes(self) -> tuple[tuple[str, Shape, int], ...]:
        """For each layer its name, the shape of its output, and how many numbers it learns.

        >>> from symconv.layers.conv import Conv
        >>> Network([Conv(filter=(3, 3), bias="map")], input=(1, 6, 6)).shapes
        (('conv1', (4, 4), 10),)
        """
        return tuple(
            (
                name,
                layer.arrays["O"].shape if name != "loss" else (),
                sum(math.prod(layer.arrays[role].shape) for role in layer.parameters),
            )
            for name, layer in zip(self.names, self.layers, strict=True)
        )

    def options(self) -> list[str]:
        """The command-line words, for the description that `to_toml` writes."""
        return ["network", "network.toml"]

    def to_toml(self) -> str:
        """The network as a TOML file that `Network.read` takes."""
        from symconv.network.description import to_toml

        return to_toml(self)

    @classmethod
    def read(cls, file: str | Path) -> Network:
        """The network that a TOML file describes (`docs/networks.md` says how). Raises `InputError`."""
        from symconv.network.description import read

        return read(Path(file))

    def _repr_markdown_(self) -> str:
        rows = "".join(f"| {name} | {'×'.join(map(str, shape))} | {count} |\n" for name, shape, count in self.shapes)
        return f"| layer | output | parameters |\n| --- | --- | --- |\n{rows}"


def _listed(given: object) -> tuple[Any, ...]:
    """The layers. Raises `InputError` for what is no list of anything."""
    if not isinstance(given, Sequence) or isinstance(given, str):
        raise InputError(f"layers is {repr(given)[:60]}: expected a list of layers")
    return tuple(given)


def _example(given: object) -> Shape:
    """The shape of one example."""
    shape = tuple(given) if isinstance(given, Sequence) and not isinstance(given, str) else (given,)
    if not 1 <= len(shape) <= 4:
        raise InputError(f"input has {len(shape)} sizes: expected the shape of one example, such as (1, 6, 6) or (4,)")
    return tuple(whole("input size", size) for size in shape)


def _check(layers: Sequence[Any]) -> None:
    from symconv.layers.catalogue import CLASSES

    if not 1 <= len(layers) <= MAX_LAYERS:
        raise InputError(f"a network has 1 to {MAX_LAYERS} layers, not {len(layers)}")
    for number, layer in enumerate(layers, start=1):
        kind = getattr(type(layer), "kind", "")
        if kind not in CLASSES:
            shown = " ".join(repr(layer).split())[:60]
            raise InputError(f"layer {number} is {shown}: expected a layer such as symconv.Conv(filter=(3, 3))")
        if kind in LOSSES and number != len(layers):
            raise InputError(f"layer {number} of {len(layers)} is a loss: a loss stands at the end, nowhere else")


def _check_examples(layers: Sequence[Any], batch: int) -> None:
    """Examples stand in rows; only dense layers among themselves may have them in columns."""
    in_columns = [getattr(layer, "convention", "") == "columns" for layer in layers]
    if batch > 1 and any(in_columns) and not all(in_columns):
        name = layer_names(layers)[in_columns.index(True)]
        raise InputError(
            f"{name} has its examples in columns, the layers around it have these {batch} in rows: give it the "
            'convention "rows"'
        )


def fitted(layers: Sequence[Any], shape: Shape, batch: int) -> tuple[Any, ...]:
    """The layers with all their sizes, for examples of the given shape.

    Raises `InputError` that names the layer which cannot take what it is handed, and the one before.
    """
    names = layer_names(layers)
    before = "the input"
    found = []
    for name, layer in zip(names, layers, strict=True):
        try:
            found.append(layer.fitted(shape, batch))
        except InputError as error:
            handed = "x".join(map(str, shape))
            raise InputError(f"{before} hands on {handed}, which {name} cannot take: {error}") from None
        shape, before = found[-1].example_output, name
    return tuple(found)
