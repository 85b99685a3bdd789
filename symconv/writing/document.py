"""What a template is given: the steps to tell, the proofs behind them, and what stands at the head and the foot."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import symconv
from symconv.derivation.elision import Limits
from symconv.derivation.steps import Step
from symconv.layers.base import Layer
from symconv.layers.words import command_for_certificate, commands_for_all_sizes
from symconv.notation.layout import line_sizes
from symconv.notation.tree import Call, Infix, Letter, Style, gradient_of
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


LISTED = frozenset("OFX")
"""The arrays whose entries a document lists one by one."""


@dataclass(frozen=True)
class Document:
    """A derivation ready to be told.

    `roles` are those whose gradients are told; all where empty. `words` are what templates of this family of layers see
    besides what every template sees; `results` are the proofs whose claims the summary repeats.
    """

    layer: Any
    style: Style
    steps: Sequence[Step]
    proofs: Sequence[Proof]
    detail: str
    roles: tuple[str, ...]
    command: str
    words: Mapping[str, Any] = field(default_factory=dict)
    results: Sequence[Proof] = ()

    def context(self) -> dict[str, Any]:
        """The names that a template sees."""
        proofs = [proof for proof in self.proofs if self._concerns(proof)]
        return {
            "document": self,
            "layer": self.layer,
            "style": self.style,
            "steps": [step for step in self.steps if self._told(step)],
            "proofs": proofs,
            "results": [proof for proof in self.results if self._concerns(proof)],
            "array_of": gradient_of,
            "op": LEGEND,
            "size": SIZE_LETTERS,
            "all_sizes": commands_for_all_sizes(self.layer),
            "certificate": command_for_certificate(self.layer),
            **self.words,
            "generated": f"{MARK} {symconv.__version__}: {self.command}",
        }

    def wants(self, role: str) -> bool:
        """Whether the gradient by `role` is told."""
        return not self.roles or role in self.roles

    def _concerns(self, proof: Proof) -> bool:
        """Whether a proof is about something that is told; the matrix belongs to the input's gradient."""
        about = "X" if proof.route == "matrix" else gradient_of(proof.role)
        return about == "O" or about.endswith(".O") or self.wants(about)

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
    sizes = [array.size for role, array in layer.arrays.items() if role in LISTED]
    return sum(min(size, limits.entries) for size in sizes) * 2 // PAGE
