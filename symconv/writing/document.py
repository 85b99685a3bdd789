"""What a template is given: the steps to tell, the proofs behind them, and what stands at the head and the foot."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import symconv
from symconv.derivation.elision import Limits
from symconv.derivation.steps import Step
from symconv.layers.base import Layer
from symconv.notation.tree import Call, Infix, Letter, Style
from symconv.proof.verdict import Proof
from symconv.writing.files import MARK

LINES_A_PAGE = 32
SIZE_LETTERS = {letter: Letter(letter) for letter in "nksdacor"}
A, B = Letter("A"), Letter("B")
LEGEND = {
    "correlate": Infix("correlate", A, B),
    "strided": Infix("correlate", A, B, (2,)),
    "convolve": Infix("convolve", A, B),
    "rot180": Call("rot180", (A,)),
    "rev": Call("rev", (A,)),
    "pad": Call("pad", (A,), (1,)),
    "spread": Call("spread", (A,), (2,)),
    "keep": Call("keep", (A,), (3,)),
}
"""What the table of notation shows for each operation."""


@dataclass(frozen=True)
class Document:
    """A derivation ready to be told. `roles` are those whose gradients are told; all where empty."""

    layer: Any
    style: Style
    steps: Sequence[Step]
    proofs: Sequence[Proof]
    detail: str
    roles: tuple[str, ...]
    command: str

    def context(self) -> dict[str, Any]:
        """The names that a template sees."""
        return {
            "document": self,
            "layer": self.layer,
            "style": self.style,
            "steps": [step for step in self.steps if self._told(step)],
            "proofs": self.proofs,
            "op": LEGEND,
            "size": SIZE_LETTERS,
            "naming": self.layer.namings()[0],
            "each": self._each,
            "padding": self._padding,
            "generated": f"{MARK} {symconv.__version__}: {self.command}",
        }

    def wants(self, role: str) -> bool:
        """Whether the gradient by `role` is told."""
        return not self.roles or role in self.roles

    def _each(self, what: str) -> str:
        """A number for all axes, or one an axis."""
        values = [str(getattr(axis, what)) for axis in self.layer.axes]
        return values[0] if len(set(values)) == 1 else "×".join(values)

    def _padding(self) -> str:
        """One number where it is the same on every side, else before:after on each axis."""
        values = [f"{axis.before}:{axis.after}" for axis in self.layer.axes]
        sides = {side for axis in self.layer.axes for side in (axis.before, axis.after)}
        if len(sides) == 1:
            return str(sides.pop())
        return values[0] if len(set(values)) == 1 else "×".join(values)

    def _told(self, step: Step) -> bool:
        about = {"unreached": "X", "matrix": "X"}.get(step.kind, step.role)
        wanted = about in ("", "O") or self.wants(about)
        return wanted and (self.detail == "full" or step.detail == "brief")


def estimated_pages(layer: Layer, limits: Limits, detail: str) -> int:
    """About how many A4 pages a document has, from how many lines its lists and matrices take.

    >>> from symconv.layers.conv import Conv
    >>> estimated_pages(Conv(input=(3, 3), filter=(2, 2)), Limits.showing(8), "full")
    4
    """
    terms = layer.term_count()
    lines = 60.0
    for role in ("O", "F", "X"):
        shape = layer.arrays[role].shape
        size = math.prod(shape)
        shown = min(size, limits.entries)
        each = math.ceil(min(terms / size, limits.terms) / 5)
        rows = min(shape[-2] if len(shape) > 1 else 1, limits.matrix)
        lines += rows
        if detail == "full":
            lines += shown * each if role == "O" else shown * (2 * each + rows / 2)
    return math.ceil(lines / LINES_A_PAGE)
