"""Sizes of layers whose examples are vectors of features."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

from symconv.errors import InputError
from symconv.forms import Shape
from symconv.layers.fitting import agreed, unsized
from symconv.layers.sizes import whole
from symconv.layers.smooth import EXAMPLE, Smooth
from symconv.layers.words import described, times


@dataclass(frozen=True)
class Features(Smooth):
    """A layer whose examples are vectors: X has the shape (inputs,), or (batch, inputs) when batch is above 1."""

    inputs: int | None = None
    batch: int = 1

    kind: ClassVar[str] = ""

    def __post_init__(self) -> None:
        whole("batch", self.batch)
        if self.inputs is not None:
            whole("inputs", self.inputs)

    @property
    def size(self) -> int:
        """How many features an example has. Raises `InputError` where that is not known."""
        if self.inputs is None:
            raise unsized(self.kind, "inputs")
        return self.inputs

    @property
    def input_shape(self) -> Shape:
        return (self.batch, self.size) if self.batch > 1 else (self.size,)

    @property
    def output_shape(self) -> Shape:
        return self.input_shape

    @property
    def example_output(self) -> Shape:
        return (self.size,)

    def fitted(self, shape: Shape, batch: int) -> Any:
        if len(shape) != 1:
            raise InputError(
                f"{self.kind} needs examples of features, but the layer before it hands on examples of shape "
                f"{times(shape)}: put a Flatten before it"
            )
        agreed(self.kind, "inputs", None if self.inputs is None else (self.inputs,), shape)
        agreed(self.kind, "batch", None if self.batch == 1 else (self.batch,), (batch,))
        return replace(self, inputs=shape[0], batch=batch)

    def options(self) -> list[str]:
        """The command-line words that describe this layer, defaults left out."""
        features = None if self.inputs is None else (self.inputs,)
        optional = {"batch": (self.batch, 1), **self.own_options()}
        return [*described(self.kind, {"inputs": features}, optional), *self.flags()]

    def own_options(self) -> dict[str, tuple[object, object]]:
        """The options that only this layer has: value and default."""
        return {}

    def flags(self) -> list[str]:
        """The switches that are on."""
        return []

    # Formulas

    @property
    def axes(self) -> tuple[str, ...]:
        """The names of the axes of X."""
        return ("example", "feature") if self.batch > 1 else ("feature",)

    @property
    def lengths(self) -> dict[str, int]:
        return {"example": self.batch, "feature": self.size}

    @property
    def example(self) -> tuple[str, ...]:
        """The letter of the example, where there is more than one."""
        return (EXAMPLE,) if self.batch > 1 else ()
