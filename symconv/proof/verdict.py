"""What a proof says: the claim, for what it holds, how that was found, and where it fails."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, ParamSpec, TypeVar

from symconv.derivation.entries import term_node
from symconv.forms import Difference, Term
from symconv.notation.latex import LatexPrinter
from symconv.notation.letters import unicode_letter
from symconv.notation.text import TextPrinter
from symconv.notation.tree import Node, Relation, Style, Symbol, total

MAX_ROWS = 12
"""Entries of a counterexample that are shown."""
Scope = Literal["shape", "sizes", "all"]
Method = Literal["all terms", "axis by axis", "expressions", "representatives", "derivatives", "relations"]
WHERE = {"shape": "for this shape", "sizes": "for all sizes", "all": "for all values"}
HOW = {
    "all terms": "all {:,} terms compared",
    "axis by axis": "{:,} terms, by axes",
    "expressions": "entries compared: {:,}",
    "representatives": "by representatives",
    "derivatives": "the same as SymPy's derivative",
    "relations": "decided by isl",
}


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Where two sides of a line differ first: the positions of its letters and within arrays, and both sides there.

    A side is None where it has no short notation.
    """

    at: Mapping[str, int]
    entry: tuple[int, ...]
    left: Node | None
    right: Node | None


@dataclass(frozen=True, slots=True)
class Sides:
    """One thing by the definition and by the claim; None where a side has no such entry."""

    what: Node
    definition: Node | None
    claim: Node | None

    @property
    def differ(self) -> bool:
        return self.definition != self.claim


@dataclass(frozen=True, repr=False)
class Proof:
    """A claim and whether it holds.

    `scope` is "shape" (this shape), "sizes" (every size) or "all" (everything symbolic). `terms` counts the products
    on each side: all that were compared, or, axis by axis, all that the lemma on products of axes covers; `axis` is
    then the one on which the counterexample was found. For a line of expressions `terms` counts the entries at which
    its sides were compared; `undecided` says why it could be neither proved nor refuted. For all sizes, `geometry` is
    the smallest one at which the claim fails: input n, filter k, padding a before and c after; `fixed` are the stride
    and the dilation, `given` the conditions under which it is claimed, `about` says what it is about, and `sides` are
    both derivations there, entry by entry. `seconds` is what deciding took.
    """

    claim: Relation
    role: str
    route: str
    scope: Scope
    method: Method
    holds: bool
    terms: int
    counterexample: Difference | Mismatch | None = None
    axis: str = ""
    undecided: str = ""
    geometry: Mapping[str, int] | None = None
    about: str = ""
    fixed: Mapping[str, int] = field(default_factory=dict)
    given: tuple[Relation, ...] = ()
    sides: tuple[Sides, ...] = ()
    seconds: float = field(default=0.0, compare=False)
    style: Style = field(default_factory=Style, compare=False)

    def __str__(self) -> str:
        if self.verdict == "refuted":
            return f"refuted: {self._claimed()}: {self.reason()}"
        if self.undecided:
            return f"undecided: {self._claimed()}: {self.undecided}"
        return f"proved {WHERE[self.scope]} ({self._how()}): {self._claimed()}"

    def told(self) -> str:
        """The verdict on as many lines as it needs: where a claim fails for some sizes, both derivations there."""
        if self.verdict != "refuted" or self.geometry is None:
            return str(self)
        where = ", ".join(f"{letter} = {number}" for letter, number in {**self.geometry, **self.fixed}.items())
        return "\n".join(
            [f"refuted: {self._claimed()}", f"  the smallest sizes at which it fails: {where}", *self._table()]
        )

    def _table(self) -> Iterator[str]:
        """Both sides, one entry a line; those that differ are marked."""
        if not self.sides:
            return
        printer = TextPrinter(self.style)
        shown = self._shown_sides()
        rows = [
            (printer(each.what), *("none" if side is None else printer(side) for side in (each.definition, each.claim)))
            for each in shown
        ]
        widths = [max(map(len, column)) for column in zip(("", "by definition", "by the claim"), *rows, strict=True)]
        yield f"    {'':{widths[0]}}    {'by definition':{widths[1]}}    by the claim"
        for row, each in zip(rows, shown, strict=True):
            cells = "    ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True))
            yield f"    {cells}    ≠" if each.differ else f"    {cells}".rstrip()
        if len(shown) < len(self.sides):
            yield f"    and {len(self.sides) - len(shown):,} entries more"

    def _shown_sides(self) -> Sequence[Sides]:
        """All entries, or where there are many the first that differ."""
        if len(self.sides) <= MAX_ROWS:
            return self.sides
        return [each for each in self.sides if each.differ][:MAX_ROWS]

    def _claimed(self) -> str:
        """The claim, under which conditions, and what it is about."""
        printer = TextPrinter(self.style)
        given = f" where {', '.join(map(printer, self.given))}" if self.given else ""
        return printer(self.claim) + given + (f" ({self.about})" if self.about else "")

    def _how(self) -> str:
        fixed = ", ".join(f"{letter} = {number}" for letter, number in self.fixed.items())
        return (f"{fixed}; " if fixed else "") + HOW[self.method].format(self.terms)

    @property
    def verdict(self) -> Literal["proved", "refuted", "undecided"]:
        """The answer in one word."""
        return "proved" if self.holds else "undecided" if self.undecided else "refuted"

    def __repr__(self) -> str:
        return f"<{self}>"

    @property
    def short_claim(self) -> Relation:
        """The first equality of the chain that the claim is."""
        return Relation(self.claim.sides[:2], self.claim.sign)

    def reason(self) -> str:
        """Where and how the claim fails, in one line; empty where it holds."""
        found = self.counterexample
        sizes = "" if self.geometry is None else self._sizes(self.geometry)
        if found is None:
            return sizes
        return f"{sizes}: {self._found(found)}" if sizes else self._found(found)

    def _sizes(self, geometry: Mapping[str, int]) -> str:
        return "wrong for " + ", ".join(f"{letter} = {number}" for letter, number in geometry.items())

    def _found(self, found: Difference | Mismatch) -> str:
        if isinstance(found, Mismatch):
            return self._mismatch(found)
        where = f"on axis {self.axis} by itself, " if self.axis else ""
        if found.entry is None:
            return f"{where}the shapes differ: {found.shapes[0]} by definition, {found.shapes[1]} by the closed form"
        entry = TextPrinter(self.style)(Symbol(self.role, found.entry))
        sides = self._terms(found.left), self._terms(found.right)
        return f"{where}{entry} is {sides[0]} by definition, but {sides[1]} by the closed form"

    def _mismatch(self, found: Mismatch) -> str:
        printer = TextPrinter(self.style)
        at = [f"{unicode_letter(letter)} = {i + self.style.index_base}" for letter, i in found.at.items()]
        at += ["entry " + ",".join(str(i + self.style.index_base) for i in found.entry)] if found.entry else []
        left, right = ("…" if side is None else printer(side) for side in (found.left, found.right))
        return f"{'at ' if at else ''}{', '.join(at)}{': ' if at else ''}one side is {left}, another {right}"

    def _terms(self, terms: tuple[Term, ...]) -> str:
        return TextPrinter(self.style)(total(tuple(term_node(term) for term in terms)))

    def _repr_markdown_(self) -> str:
        printer = LatexPrinter(self.style)
        given = f" where {', '.join(f'${printer(each)}$' for each in self.given)}" if self.given else ""
        about = f" ({self.about})" if self.about else ""
        claim = f"$\\displaystyle {printer(self.claim)}${given}{about}"
        if not self.holds:
            return f"**{self.verdict}**: {claim}: {self.reason() or self.undecided}{self._markdown_table()}"
        return f"**proved** {WHERE[self.scope]} ({self._how()}): {claim}"

    def _markdown_table(self) -> str:
        """Both sides at the smallest sizes, as a table."""
        if not self.sides:
            return ""
        printer = LatexPrinter(self.style)
        rows = [
            [printer(each.what), *("" if side is None else printer(side) for side in (each.definition, each.claim))]
            for each in self._shown_sides()
        ]
        lines = (f"| {' | '.join(f'${cell}$' if cell else 'none' for cell in row)} |" for row in rows)
        return "\n\n" + "\n".join(["| | by definition | by the claim |", "| --- | --- | --- |", *lines])


Arguments = ParamSpec("Arguments")
AnyProof = TypeVar("AnyProof", bound=Proof)


def timed(decide: Callable[Arguments, AnyProof]) -> Callable[Arguments, AnyProof]:
    """The same, with the time that deciding took on the proof."""

    @functools.wraps(decide)
    def deciding(*args: Arguments.args, **options: Arguments.kwargs) -> AnyProof:
        started = time.perf_counter()
        proof = decide(*args, **options)
        return replace(proof, seconds=time.perf_counter() - started)

    return deciding
