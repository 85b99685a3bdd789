"""Proof of lines with general indices, each side compared with the one before it.

Two ways, which share only the reading of the sides:

- for strides and dilations that are numbers both sides are Presburger sets, and isl decides whether they are equal for
  all sizes and paddings;
- for all strides and dilations the summed unknowns are eliminated: each is what an equation says it is, so it can be
  put in everywhere. Sides that leave the same equations and inequalities are equal whatever the letters stand for.
  This way proves and never refutes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import product

from symconv.derivation.general_lines import Line, Lines
from symconv.layers.general import GeneralConv
from symconv.notation.tree import Node, Relation, Style, Symbol, walk
from symconv.proof.general_elimination import canonical, taps
from symconv.proof.general_meaning import Meaning, Term, UnreadableError, free_letters, named
from symconv.proof.general_sets import Numbers, Presburger, counted
from symconv.proof.parametric import MAX_OPERATIONS, OutOfOperationsError
from symconv.proof.polynomial import Polynomial
from symconv.proof.verdict import Proof, timed

MOST = 8
"""Strides and dilations from 1 to this are decided where they are letters."""
STEP = 5
"""Odd, so that walking on by it through a square of pairs meets each of them once."""


@dataclass(frozen=True, repr=False)
class LineProof(Proof):
    """A line with general indices, decided for some strides and dilations, and where `everywhere` proved for all.

    `equalities` counts the pairs of neighbouring sides that were compared. `point` is where a wrong line fails: the
    sizes, and the positions of the letters, counted from 0.
    """

    strides: str = ""
    dilations: str = ""
    everywhere: bool = False
    equalities: int = 1
    point: Mapping[str, int] = field(default_factory=dict)

    def _how(self) -> str:
        decided = f"decided by isl for strides {self.strides}, dilations {self.dilations}"
        return f"indices eliminated; {decided}" if self.everywhere else decided

    @property
    def short_claim(self) -> Relation:
        """The first side and the last."""
        return Relation((self.claim.sides[0], self.claim.sides[-1]), self.claim.sign)

    def reason(self) -> str:
        """Where the line fails; empty where it holds."""
        found = ", ".join(f"{letter} = {number}" for letter, number in self.point.items())
        return f"wrong for {found}" if found else ""


def steps(layer: GeneralConv, known: Numbers, most: int) -> list[Numbers]:
    """The known sizes with strides and dilations to decide for: those known, and for letters all from 1 to `most`.

    With two axes every pair of a stride and a dilation comes up on each of them, beside another on the other.

    >>> steps(GeneralConv(), {"d": 1, "n": 5}, 2)
    [{'s': 1, 'd': 1, 'n': 5}, {'s': 2, 'd': 1, 'n': 5}]
    """
    every = sorted(product(range(1, most + 1), repeat=2), key=lambda pair: (sum(pair), pair))
    found: dict[tuple[int, ...], Numbers] = {}
    for number, first in enumerate(every):
        rows = [first, every[(number * STEP + 1) % len(every)]][: layer.rank]
        chosen = {
            layer.size(letter, at): row[which] for at, row in enumerate(rows) for which, letter in enumerate("sd")
        }
        found.setdefault(tuple({**chosen, **known}.values()), {**chosen, **known})
    return list(found.values())


def speaks_of_sizes(relation: Relation) -> bool:
    """Whether a line is about sizes alone, those of one axis."""
    return not any(isinstance(node, Symbol) for node in walk(relation))


# Comparing


@dataclass(frozen=True)
class LineProver:
    """Decides the lines about one layer; `most` bounds the strides and dilations that are decided where they are
    letters, `limit` isl's operations for one line."""

    lines: Lines
    most: int = MOST
    limit: int = MAX_OPERATIONS

    @property
    def layer(self) -> GeneralConv:
        return self.lines.layer

    @cached_property
    def meaning(self) -> Meaning:
        return Meaning(self.lines)

    @timed
    def prove(self, line: Line, given: Numbers | None = None) -> LineProof:
        """Whether every side of a line equals the one before it; with `given`, for these sizes only."""
        if self.layer.rank > 1 and speaks_of_sizes(line.relation):
            return LineProver(Lines(GeneralConv()), self.most, self.limit).prove(line)
        known = {**line.only, **(given or {})}
        proof = LineProof(
            line.relation, line.role, line.name, "sizes", "relations", True, 0,  # noqa: FBT003
            style=Style(symbols=self.layer.symbols), equalities=line.equalities,
            strides=self._decided("s", known), dilations=self._decided("d", known),
        )  # fmt: skip
        try:
            sides = self.sides(line.relation)[int(line.defines) :]
            point = self.where_wrong(line, sides, known)
            by_taps = [taps(self.layer)] if line.name.startswith("forward") else []
            everywhere = point is None and self.everywhere([*by_taps, *sides], known)
            return replace(proof, holds=point is None, everywhere=everywhere, point=point or {},
                           scope="all" if everywhere else "sizes")  # fmt: skip
        except (UnreadableError, OutOfOperationsError) as error:
            return replace(proof, holds=False, undecided=str(error))

    def _decided(self, letter: str, known: Numbers) -> str:
        """For which numbers a stride or a dilation is decided."""
        values = [known.get(self.layer.size(letter, axis)) for axis in range(self.layer.rank)]
        texts = [f"1–{self.most}" if value is None else str(value) for value in values]
        return texts[0] if len(set(texts)) == 1 else "×".join(texts)

    def sides(self, relation: Relation) -> list[list[Term]]:
        """What each side says. Raises `UnreadableError`."""
        free = sorted(free_letters(relation.sides[0]))
        if speaks_of_sizes(relation):
            return [[self._number(side)] for side in relation.sides]
        return [self.meaning.side(side, free) for side in relation.sides]

    def _number(self, side: Node) -> Term:
        """A number made of sizes as the position of an entry, so that two are equal where the entries are."""
        value, given = self.meaning.expression(side)
        return Term(factors=(("", (value,)),), given=given)

    # For all strides and dilations

    def everywhere(self, sides: Sequence[Sequence[Term]], known: Numbers) -> bool:
        """Whether the sides leave the same conditions when what is summed over is eliminated."""
        reduced = [[canonical(self._with_sizes(term, known)) for term in side] for side in sides]
        if any(term is None for side in reduced for term in side):
            return False
        first, *rest = (sorted(map(str, side)) for side in reduced)
        return all(side == first for side in rest)

    def _with_sizes(self, term: Term, known: Numbers) -> Term:
        """The numbers put in, and the remainder as what it is defined to be."""
        values: dict[str, Polynomial | int] = {named(letter): number for letter, number in known.items()}
        for axis in range(self.layer.rank):
            n, k, s, d, a, c, o = (
                Polynomial.letter(named(self.layer.size(letter, axis))).at(values) for letter in "nksdaco"
            )
            values.setdefault(named(self.layer.size("r", axis)), n + a + c - d * (k - 1) - 1 - s * (o - 1))
        return term.at(values)

    # For strides and dilations that are numbers

    def where_wrong(self, line: Line, sides: Sequence[Sequence[Term]], known: Numbers) -> dict[str, int] | None:
        """Sizes and letters at which a line is wrong; None where there are none.

        Raises `OutOfOperationsError` where isl gives up.
        """
        free = [named(letter) for letter in sorted(free_letters(line.relation.sides[0]))]
        with counted(self.limit):
            compare = Presburger(self.layer, free, self.limit)
            products = [[compare.product(term) for term in side] for side in sides]
            for numbers in steps(self.layer, known, self.most):
                values = {named(letter): number for letter, number in numbers.items()}
                found = compare.where_wrong(products, values, itself=line.name.startswith("forward"))
                if found:
                    return found
        return None


def prove_lines(lines: Lines, *, most: int = MOST, given: Numbers | None = None) -> Iterator[LineProof]:
    """Every line about a layer.

    >>> proofs = list(prove_lines(Lines(GeneralConv(bias="map")), most=2))
    >>> all(proof.holds and proof.everywhere for proof in proofs if proof.route != "size")
    True
    """
    prover = LineProver(lines, most)
    for line in lines.by_name.values():
        yield prover.prove(line, given)
