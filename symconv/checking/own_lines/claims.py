"""Claims of layers that are too large to be written out, proved as the proofs on their pages are: axis by axis.

A side of a line is known where it is, as a tree, what a claim of the layer or the chain rule says that an array is; the
claim is then proved.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from symconv.checking.context import Context
from symconv.checking.evaluation import Evaluator
from symconv.checking.judging import Step, compared
from symconv.checking.operators import Frame
from symconv.checking.own_lines.lines import pairs
from symconv.checking.spelling import Vocabulary
from symconv.checking.world import FormWorld, Loose
from symconv.derivation.elision import shortened
from symconv.derivation.gradients import Calculus, averaged
from symconv.derivation.statements import chain_rule_statement, mask_statement, shown_groups, statement
from symconv.layers.base import Claim
from symconv.notation.reading import canonical, resolved
from symconv.notation.tree import (
    Big,
    Dots,
    Index,
    Labelled,
    Matrix,
    Node,
    Relation,
    Style,
    Symbol,
    rebuilt,
    total,
    walk,
)
from symconv.proof.exact import prove_claim

MOST_TERMS = 5_000
"""Products in a layer whose lines are judged entry by entry."""


def judge(node: Relation, context: Context, prose: str) -> list[Step] | None:
    """Each two neighbouring sides of a line that states claims; None for any other line, and for small layers."""
    own = _claims(context.layer, context.style.batch_mean, context.style.index_base, tuple(context.style.given.items()))
    if not own.large or set(node.signs) > {"="}:
        return None
    labelled = [part for part in walk(node) if isinstance(part, Labelled) and isinstance(part.body, Matrix)]
    return own.steps(node) if all(_shows(each, context) for each in labelled) else None


def _shows(matrix: Labelled, context: Context) -> bool:
    """Whether a matrix shows the entries of what stands below it, whatever the arrays hold."""
    world = Loose(FormWorld(context.layer))
    vocabulary = Vocabulary(context, world.shapes)
    evaluator = Evaluator(Frame(world, context.layer, context.signs, slices=True), vocabulary, {})
    body, label = (vocabulary.resolved(part) for part in (matrix.body, matrix.label))
    return compared(body, label, evaluator).verdict == "proved"


@lru_cache(maxsize=4)
def _claims(layer: Any, mean: bool, index_base: int, names: tuple[tuple[str, str], ...]) -> LayerClaims:  # noqa: FBT001
    calculus = Calculus(layer, Fraction(1, layer.batch) if mean else Fraction(1))
    return LayerClaims(calculus, Style(dict(names), index_base, mean, layer.symbols))


@dataclass(frozen=True)
class LayerClaims:
    """What is claimed of one layer, as its page writes it."""

    calculus: Calculus
    style: Style

    @property
    def large(self) -> bool:
        """Whether working out every entry, as is done for anybody's lines, would take long."""
        return self.calculus.layer.term_count() > MOST_TERMS

    def steps(self, node: Relation) -> list[Step] | None:
        """A step for each two neighbouring sides that are known and proved; None where any is not."""
        ranks = {role: len(array.shape) for role, array in self.calculus.layer.arrays.items()}
        line = rebuilt(resolved(node, self.style, ranks), _label)
        assert isinstance(line, Relation)
        if not all(self._hold(left, right) for left, right, _ in pairs(line)):
            return None
        return [Step("proved", scope="shape", left=left, right=right) for left, right, _ in pairs(line)]

    def _hold(self, left: Node, right: Node) -> bool:
        """Whether both sides are known to be the same array, by claims that are proved."""
        known = next((sides for sides in self._known if left in sides and right in sides), None)
        return known is not None and all(
            prove_claim(self.calculus, claim).holds for side in (left, right) for claim in known[side]
        )

    @cached_property
    def _known(self) -> list[dict[Node, tuple[Claim, ...]]]:
        """For each array, or entry of one, all that it is said to be, and the claims that say so."""
        found: dict[Node, dict[Node, tuple[Claim, ...]]] = {}
        for claims, relation in self._relations():
            left, *rest = (canonical(side, self.style) for side in relation.sides)
            sides = found.setdefault(left, {left: ()})
            for side in rest:
                sides.setdefault(side, claims)
        return list(found.values())

    def _relations(self) -> Iterator[tuple[tuple[Claim, ...], Relation]]:
        """How masks and gradients are defined, and every claim, for each group of channels."""
        layer = self.calculus.layer
        if getattr(layer, "sums_to_one", False):
            yield (), mask_statement(layer)
        for role in ("X", *layer.parameters):
            yield (), chain_rule_statement(self.calculus, role)
        for claim in layer.claims():
            for group in (each for each in shown_groups(layer) if each is not None):
                stated = statement(averaged(claim, self.calculus.mean), layer.naming(group))
                yield (claim,), stated
                yield (claim,), self._of_first_maps(stated)

    def _of_first_maps(self, stated: Relation) -> Relation:
        """A claim about whole maps as one about the first of them, its sums written out with dots."""
        naming = self.calculus.layer.naming(0)
        lengths = {**self.calculus.layer.axis_lengths("O"), **self.calculus.layer.axis_lengths("X")}
        counts = {letter: lengths.get(axis, 1) for axis, letter in naming.letters.items()}

        def written(part: Node) -> Node | None:
            if isinstance(part, Big) and set(part.variables) <= set(counts):
                places = shortened(list(np.ndindex(*(counts[letter] for letter in part.variables))), 2, first=1)
                terms = (at and _put(part.body, dict(zip(part.variables, at, strict=True))) for at in places)
                return rebuilt(total(tuple(term or Dots("sum") for term in terms)), written)
            return None

        found = _put(rebuilt(stated, written), dict.fromkeys(counts, 0))
        assert isinstance(found, Relation)
        return found


def _put(node: Node, at: Mapping[str, int]) -> Node:
    """With positions in place of letters that stand alone in an index."""

    def named(part: Node) -> Node | None:
        if not isinstance(part, Symbol) or not part.index:
            return None
        return replace(part, index=tuple(_position(each, at) for each in part.index))

    return rebuilt(node, named)


def _position(place: int | Index, at: Mapping[str, int]) -> int | Index:
    if isinstance(place, Index) and len(place.parts) == 1 and place.shift == 0:
        ((letter, times),) = place.parts
        return at[letter] if letter in at and times == 1 else place
    return place


def _label(part: Node) -> Node | None:
    """What stands below a matrix, in its place."""
    return part.label if isinstance(part, Labelled) and isinstance(part.body, Matrix) else None
