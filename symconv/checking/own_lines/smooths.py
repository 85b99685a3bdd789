"""Lines of smooth layers: both sides as SymPy's expressions of what the layer is given, as in the page's own proofs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from itertools import chain
from typing import Any

from symconv.checking.context import Context
from symconv.checking.judging import Step
from symconv.checking.own_lines.lines import SIGNS, exact, no_equation, pairs, step_of
from symconv.layers.smooth import Statement
from symconv.meaning.evaluate import free_letters
from symconv.notation.latex import LatexPrinter
from symconv.notation.tree import Node, Relation, Style

NOT_EQUAL = (r"\ne ", r"\neq ", "≠")
"""How a text says that two indices are not the same."""


def judge(node: Relation, context: Context, prose: str) -> list[Step]:
    """Each two neighbouring sides of a line of a smooth layer's document."""
    layer = context.layer
    line = exact(node, context.own, ranks(layer))
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
    first: Step | None = None
    for line in _lines(context.layer, Relation((left, right)), apart):
        step = step_of(_proof(context.layer, line), (left, right))
        if step.verdict == "proved":
            return replace(step, notes=_supposed(line, context.own))
        first = first or step
    assert first is not None
    return first


def _lines(layer: Any, relation: Relation, apart: bool) -> Iterator[Statement]:  # noqa: FBT001
    """The line by itself, then under what some line of the layer supposes: of two indices that they are not the same,
    where the text says so."""
    yield Statement("", "", relation)
    letters = {letter for side in relation.sides for letter in free_letters(side)}
    for known in layer.statements():
        if known.given or (known.distinct and apart and letters.issuperset(chain(*known.distinct))):
            yield Statement("", "", relation, known.distinct, known.given)


def _supposed(line: Statement, style: Style) -> tuple[str, ...]:
    return () if line.given is None else (f"holds where {LatexPrinter(style)(line.given)}",)


@lru_cache(maxsize=8)
def _calculus(layer: Any) -> Any:
    from symconv.derivation.smooth import SmoothCalculus

    return SmoothCalculus(layer)


def _proof(layer: Any, line: Statement) -> Any:
    from symconv.proof.expressions import prove_line

    return prove_line(_calculus(layer), line)
