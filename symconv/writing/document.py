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
from symconv.layers.conv import AXIS_LETTERS, MAP_LETTERS, POSITION_LETTERS
from symconv.notation.layout import line_sizes
from symconv.notation.tree import Call, Infix, Letter, Style
from symconv.proof.verdict import Proof
from symconv.writing.files import MARK

PAGE = 70
"""em; the height of the text on a page."""
PROSE = 3.0
"""em; what the words before a display take."""
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
            "proofs": [proof for proof in self.proofs if self._concerns(proof)],
            "op": LEGEND,
            "size": SIZE_LETTERS,
            "naming": self.layer.naming(0),
            "at": self._at,
            "maps": {name: Letter(letter) for name, letter in AXIS_LETTERS.items()},
            "all_of": [Letter(letter) for letter in MAP_LETTERS["G"]],
            "each": self._each,
            "padding": self._padding,
            "generated": f"{MARK} {symconv.__version__}: {self.command}",
        }

    def wants(self, role: str) -> bool:
        """Whether the gradient by `role` is told."""
        return not self.roles or role in self.roles

    def _concerns(self, proof: Proof) -> bool:
        """Whether a proof is about something that is told; the matrix belongs to the input's gradient."""
        about = "X" if proof.route == "matrix" else proof.role.removeprefix("d")
        return about == "O" or self.wants(about)

    def _at(self, role: str) -> Letter:
        """The letters of positions in an array, as one piece of mathematics."""
        return Letter(", ".join(POSITION_LETTERS[role][: len(self.layer.axes)]))

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
        return self.detail == "full" or step.detail == "brief"


def estimated_pages(steps: Sequence[Step], style: Style) -> int:
    """About how many A4 pages the displays of the steps and the words around them take.

    >>> from symconv.notation.layout import Display
    >>> from symconv.notation.tree import Symbol
    >>> estimated_pages([Step("outputs", displays={"entries": Display((Symbol("X"),) * 200)})], Style())
    6
    """
    shown = [display for step in steps for display in step.displays.values() if display.relations]
    lines = sum(height + 0.4 for display in shown for _, height in line_sizes(display, style))
    return math.ceil((lines + PROSE * (len(shown) + 2)) / PAGE)


def least_pages(layer: Layer, limits: Limits) -> int:
    """At least how many pages the lists of entries alone take, from counting them."""
    sizes = [math.prod(layer.arrays[role].shape) for role in ("O", "F", "X")]
    return sum(min(size, limits.entries) for size in sizes) * 2 // PAGE
