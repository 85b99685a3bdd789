"""Lines of smooth layers: both sides as SymPy's expressions of what the layer is given, as in the page's own proofs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from typing import Any

from symconv.checking.context import Context
from symconv.checking.judging import Step
from symconv.checking.own_lines.lines import SIGNS, exact, no_equation, pairs, step_of
from symconv.checking.own_lines.singled import proved
from symconv.layers.smooth import Statement
from symconv.meaning.evaluate import free_letters
from symconv.notation.latex import LatexPrinter
from symconv.notation.tree import Node, Relation, Style

NOT_EQUAL = (r"\ne ", r"\neq ", "≠")
"""How a text says that two indices are not the same."""


def judge(node: Relation, context: Context, prose: str) -> list[Step]:
    """Each two neighbouring sides of a line of a smooth layer's document."""
    layer = context.layer
    line = exact(node, context.own, ranks(layer), layer.system.functions)
    if any(line == known.given for known in layer.statements()):
        return [Step("not-a-claim", "it says what is supposed")]
    apart = any(sign in prose for sign in NOT_EQUAL)
    return [_judged(context, left, right, sign, apart) for left, right, sign in pairs(line)]


def ranks(layer: Any) -> dict[str, int]:
    """How many indices the arrays of formulas have."""
    return {role: len(axes) for role, axes in layer.system.axes.items()}


def _judged(context: Context, left: Node, right: Node, sign: str, apart: bool) -> Step:  # noqa: FBT001
    if sign not in SIGNS:
        return no_equation(sign)
    found: list[Step] = []
    for line in _lines(context.layer, Relation((left, right)), apart):
        step = step_of(proved(context.layer, line), (left, right))
        if step.verdict == "proved":
            return replace(step, notes=_told(line, context.own))
        found.append(step)
    return found[0]


def _lines(layer: Any, relation: Relation, apart: bool) -> Iterator[Statement]:  # noqa: FBT001
    """The line by itself, then under what some line of the layer supposes: of two indices that they are not the same,
    only where the text says so."""
    yield Statement("", "", relation)
    for known in layer.statements():
        sides = (*relation.sides, *(known.given.sides if known.given else ()))
        letters = {letter for side in sides for letter in free_letters(side)}
        apart_here = bool(known.distinct) and apart and letters.issuperset(chain(*known.distinct))
        if apart_here or (known.given and not known.distinct):
            yield Statement("", "", relation, known.distinct, known.given)


def _told(line: Statement, style: Style) -> tuple[str, ...]:
    return () if line.given is None else (f"holds where {LatexPrinter(style)(line.given)}",)
