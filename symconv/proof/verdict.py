"""What a proof says: the claim, for what it holds, how that was found, and where it fails."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from symconv.derivation.entries import term_node
from symconv.forms import Difference, Term
from symconv.notation.latex import LatexPrinter
from symconv.notation.text import TextPrinter
from symconv.notation.tree import Relation, Style, Symbol, total

Scope = Literal["shape", "sizes", "all"]
Method = Literal["all terms", "axis by axis"]


@dataclass(frozen=True, repr=False)
class Proof:
    """A claim and whether it holds.

    `scope` is "shape" (this shape), "sizes" (every size) or "all" (everything symbolic). `terms` counts the products
    on each side: all that were compared, or, axis by axis, all that the lemma on products of axes covers; `axis` is
    then the one on which the counterexample was found.
    """

    claim: Relation
    role: str
    route: str
    scope: Scope
    method: Method
    holds: bool
    terms: int
    counterexample: Difference | None = None
    axis: str = ""
    style: Style = field(default_factory=Style, compare=False)

    def __str__(self) -> str:
        claim = TextPrinter(self.style)(self.claim)
        if self.counterexample is not None:
            return f"refuted: {claim}: {self.reason()}"
        return f"proved for this shape ({self._how()}): {claim}"

    def _how(self) -> str:
        return f"all {self.terms:,} terms compared" if self.method == "all terms" else f"{self.terms:,} terms, by axes"

    def __repr__(self) -> str:
        return f"<{self}>"

    @property
    def short_claim(self) -> Relation:
        """The first equality of the chain that the claim is."""
        return Relation(self.claim.sides[:2], self.claim.sign)

    def reason(self) -> str:
        """Where and how the claim fails, in one line; empty where it holds."""
        found = self.counterexample
        if found is None:
            return ""
        where = f"on axis {self.axis} by itself, " if self.axis else ""
        if found.entry is None:
            return f"{where}the shapes differ: {found.shapes[0]} by definition, {found.shapes[1]} by the closed form"
        entry = TextPrinter(self.style)(Symbol(self.role, found.entry))
        sides = self._terms(found.left), self._terms(found.right)
        return f"{where}{entry} is {sides[0]} by definition, but {sides[1]} by the closed form"

    def _terms(self, terms: tuple[Term, ...]) -> str:
        return TextPrinter(self.style)(total(tuple(term_node(term) for term in terms)))

    def _repr_markdown_(self) -> str:
        claim = f"$\\displaystyle {LatexPrinter(self.style)(self.claim)}$"
        if not self.holds:
            return f"**refuted**: {claim}: {self.reason()}"
        return f"**proved** for this shape ({self._how()}): {claim}"
