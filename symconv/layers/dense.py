"""A dense (fully connected) layer, with its arrays as columns or as rows.

The forward map is stated by index, Z_iν = Σ_j W_ij A_jν + b_i; the closed forms are matrix products.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np

from symconv.errors import InputError
from symconv.forms import Shape
from symconv.layers.affine import Affine
from symconv.layers.base import Claim
from symconv.layers.fitting import agreed, unsized
from symconv.layers.links import Link
from symconv.layers.sizes import whole
from symconv.layers.words import described, times
from symconv.notation.tree import Index, letter_index
from symconv.operations import IndexSum, Leaf, MatMul, Naming, Operation, Repeat, Total, Transposed

AXES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "columns": {"X": ("in", "batch"), "O": ("out", "batch")},
    "rows": {"X": ("batch", "in"), "O": ("batch", "out")},
}
"""The axes of input and output in each convention."""
LETTERS = {"out": "i", "in": "j", "batch": r"\nu"}
SUMMED_LETTERS = {"out": "k", "batch": r"\rho"}
"""What a page calls an output, an input and an example; in a sum over all of O, an output and an example."""


@dataclass(frozen=True)
class Dense(Affine):
    """A dense layer: every output is a weighted sum of all inputs.

    Args:
        inputs: how many inputs; without it, a network finds it.
        outputs: how many outputs.
        batch: how many examples.
        bias: whether there is one number more for each output.
        convention: "columns" (Z = W A + b, an example is a column) or "rows" (Z = A Wᵀ + b, as PyTorch has it).

    Shapes: F (outputs, inputs), b (outputs); columns X (inputs, batch), O and G (outputs, batch); rows the two axes of
    these exchanged. When batch is 1, X is (inputs,), O and G are (outputs,).

    Raises `InputError` for sizes that cannot be.

    >>> Dense(inputs=4, outputs=3, batch=2).output_shape
    (3, 2)
    >>> Dense(inputs=4, outputs=3, batch=2, convention="rows").output_shape
    (2, 3)
    """

    kind: ClassVar[str] = "dense"
    symbols: ClassVar[Mapping[str, str]] = {"X": "A", "F": "W", "O": "Z", "b": "b", "L": "L", "l": r"\ell"}

    inputs: int | None = None
    outputs: int = 0
    batch: int = 1
    bias: bool = True
    convention: Literal["columns", "rows"] = "columns"

    def __post_init__(self) -> None:
        if self.inputs is not None:
            whole("inputs", self.inputs)
        for what in ("outputs", "batch"):
            whole(what, getattr(self, what))
        if not isinstance(self.bias, bool):
            raise InputError(f"bias is {self.bias!r}: expected True or False")
        if self.convention not in AXES:
            raise InputError(f'convention is {self.convention!r}: expected "columns" or "rows"')

    def fitted(self, shape: Shape, batch: int) -> Dense:
        """The layer for examples of so many features. Raises `InputError` where it was made for others.

        >>> Dense(outputs=3).fitted((4,), batch=2).input_shape
        (4, 2)
        """
        if len(shape) != 1:
            raise InputError(
                f"dense takes vectors, but the layer before it hands on examples of shape {times(shape)}: put a "
                "Flatten between them"
            )
        agreed(self.kind, "inputs", None if self.inputs is None else (self.inputs,), shape)
        agreed(self.kind, "batch", None if self.batch == 1 else (self.batch,), (batch,))
        return replace(self, inputs=shape[0], batch=batch)

    @property
    def example_output(self) -> Shape:
        """The number of outputs."""
        return (self.outputs,)

    @property
    def input_shape(self) -> Shape:
        return self.arrays["X"].shape

    @property
    def filter_shape(self) -> Shape:
        return self.arrays["F"].shape

    @property
    def output_shape(self) -> Shape:
        return self.arrays["O"].shape

    def options(self) -> list[str]:
        """The command-line words that describe this layer, defaults left out.

        >>> Dense(4, 3, bias=False, convention="rows").options()
        ['dense', '--inputs', '4', '--outputs', '3', '--convention', 'rows', '--no-bias']
        """
        sizes = {"inputs": None if self.inputs is None else (self.inputs,), "outputs": (self.outputs,)}
        optional = {"batch": (self.batch, 1), "convention": (self.convention, "columns")}
        return described(self.kind, sizes, optional) + ([] if self.bias else ["--no-bias"])

    def _repr_markdown_(self) -> str:
        return f"`{' '.join(self.options())}`"

    def term_count(self) -> int:
        return self._inputs * self.outputs * self.batch

    def largest_sum(self) -> int:
        return max(self._inputs, self.outputs) * self.batch

    @property
    def _inputs(self) -> int:
        if self.inputs is None:
            raise unsized(self.kind, "inputs", "number of inputs")
        return self.inputs

    # The definition: Z_iν = Σ_j W_ij A_jν + b_i

    def axis_lengths(self, role: str) -> dict[str, int]:
        """The axes of X, F, O, G or b by name, the batch among them even where it is 1, and their lengths."""
        lengths = {"in": self._inputs, "out": self.outputs, "batch": self.batch}
        return {name: lengths[name] for name in self._axes(role)}

    def _axes(self, role: str) -> tuple[str, ...]:
        arrays = {**AXES[self.convention], "F": ("out", "in"), "b": ("out",)}
        return arrays["O" if role == "G" else role]

    def shown_shape(self, lengths: Mapping[str, int]) -> Shape:
        """The shape, as the user sees it, of an array with the given axes: a batch of one is left out."""
        alone = self.batch == 1 and lengths.get("batch") == 1
        return tuple(length for name, length in lengths.items() if name != "batch" or not alone)

    @property
    def product(self) -> tuple[str, str]:
        return ("F", "X") if self.columns else ("X", "F")

    def _links(self) -> dict[str, Link]:
        batch, out, in_ = (np.arange(n) for n in (self.batch, self.outputs, self._inputs))
        return {"batch": {"O": batch, "X": batch}, "out": {"O": out, "F": out}, "in": {"X": in_, "F": in_}}

    def _bias_links(self) -> dict[str, Link]:
        batch, out = np.arange(self.batch), np.arange(self.outputs)
        return {"batch": {"O": batch}, "out": {"O": out, "b": out}}

    # The closed forms

    def claims(self) -> tuple[Claim, ...]:
        """O and both gradients as matrix products and as sums with indices; the bias gradient as a sum."""
        claims = [
            Claim("O", "product", (self.forward(), *self._bias_part())),
            Claim("dF", "product", (self.weight_gradient(),)),
            Claim("dX", "product", (self.input_gradient(),)),
            Claim("O", "indices", (self._summed(*self.product, "in", "O"), *self._bias_part())),
            Claim("dF", "indices", (self._summed("G", "X", "batch", "F"),)),
            Claim("dX", "indices", (self._summed("G", "F", "out", "X"),)),
        ]
        if self.bias:
            claims.append(Claim("db", "sum", (Total(Leaf("G"), ("batch",)),)))
        return tuple(claims)

    @property
    def columns(self) -> bool:
        """Whether an example is a column."""
        return self.convention == "columns"

    def forward(self) -> Operation:
        """W A, or A Wᵀ."""
        if self.columns:
            return MatMul(Leaf("F"), Leaf("X"), "in")
        return MatMul(Leaf("X"), Transposed(Leaf("F")), "in")

    def weight_gradient(self) -> Operation:
        """δ Aᵀ, or δᵀ A: the sum over the examples."""
        if self.columns:
            return MatMul(Leaf("G"), Transposed(Leaf("X")), "batch")
        return MatMul(Transposed(Leaf("G")), Leaf("X"), "batch")

    def input_gradient(self) -> Operation:
        """Wᵀ δ, or δ W: the sum over the outputs."""
        if self.columns:
            return MatMul(Transposed(Leaf("F")), Leaf("G"), "out")
        return MatMul(Leaf("G"), Leaf("F"), "out")

    def _bias_part(self) -> tuple[Operation, ...]:
        return (Repeat(Leaf("b"), tuple(self.axis_lengths("O").items())),) if self.bias else ()

    def _summed(self, left: str, right: str, over: str, result: str) -> Operation:
        none: tuple[int, ...] = ()
        return IndexSum(Leaf(left), Leaf(right), (), (over,), self._axes(result), none, none, none, none, (), ())

    # What a page calls things, and which entry it explains

    def letters(self, role: str) -> tuple[str, ...]:
        """The letters of an index of X, F, O, G or b, as many as the array has axes."""
        letters = SUMMED_LETTERS if role == "G" else LETTERS
        return tuple(letters[name] for name in self._axes(role) if name != "batch" or self.batch > 1)

    def naming(self, group: int) -> Naming:
        """Arrays are named whole; their entries by letters, where only the batch may be left out."""
        several = self.batch > 1
        letters = {name: letter for name, letter in LETTERS.items() if name != "batch" or several}
        entries: dict[str, tuple[int | Index, ...]] = {
            role: tuple(letter_index(letters[name]) for name in self._axes(role) if name in letters)
            for role in ("X", "F", "O", "G", "b")
        }
        entries |= {f"d{role}": entries[role] for role in ("X", "F", "b")}
        return Naming({}, entries, letters)

    def busiest(self, role: str) -> tuple[int, ...]:
        """The first entry: all take part in as many products."""
        return (0,) * len(self.arrays[role].shape)
