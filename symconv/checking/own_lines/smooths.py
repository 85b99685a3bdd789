"""Lines of smooth layers: both sides as SymPy's expressions of what the layer is given, as in the page's own proofs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from itertools import chain
from typing import Any

import numpy as np

from symconv.checking.context import Context
from symconv.checking.judging import Step
from symconv.checking.numeric import GIVES, is_numeric
from symconv.checking.own_lines.lines import SIGNS, no_equation, pairs, step_of, with_functions, written_out
from symconv.checking.own_lines.singled import lengths, proved
from symconv.checking.own_lines.smooth_numbers import InNumbers
from symconv.layers.smooth import Statement
from symconv.meaning.definitions import LOSS
from symconv.meaning.evaluate import free_letters
from symconv.notation.latex import LatexPrinter
from symconv.notation.reading import resolved
from symconv.notation.tree import GRADIENT_OF, Node, Relation, Style, Symbol, gradient_of, walk

NOT_EQUAL = (r"\ne ", r"\neq ", "≠")
"""How a text says that two indices are not the same."""


def judge(node: Relation, context: Context, prose: str) -> list[Step]:
    """Each two neighbouring sides of a line of a smooth layer's document."""
    layer, given = context.layer, context.given
    if given is not None and given.gives(node, context):
        return [Step("not-a-claim", GIVES)]
    numbers = None if given is None else as_formulas_speak(layer, given.worked(context))
    return judged(layer, resolved(node, context.style, ranks(layer)), context.style, prose, numbers)


_EXACT = np.frompyfunc(lambda value: Fraction(value) if isinstance(value, int) else value, 1, 1)


def as_formulas_speak(layer: Any, arrays: Mapping[str, Any]) -> Mapping[str, Any]:
    """The arrays along the axes of formulas."""
    exact = {role: np.asarray(_EXACT(np.asarray(array, dtype=object)), dtype=object) for role, array in arrays.items()}
    found = {role: exact[role] for role in exact if role in layer.system.defined and role not in layer.arrays}
    for role, array in exact.items():
        plain = role.removeprefix("d")
        if role not in found and plain in {*layer.arrays, "G"} and array.size == math.prod(layer.shape(plain)):
            found[role] = layer.to_system(plain, array) if plain in layer.system.axes else array
    return {**{f"d:{gradient_of(role)}": found[role] for role in found if gradient_of(role) != role}, **found}


def judged(layer: Any, line: Node, style: Style, prose: str, numbers: Mapping[str, Any] | None = None) -> list[Step]:
    """The same of a line that speaks of roles, with the numbers of arrays where these are known."""
    line = written_out(with_functions(line, layer.system.functions), lambda role: lengths(layer, role))
    if any(line == known.given for known in layer.statements()):
        return [Step("not-a-claim", "it says what is supposed")]
    unknown = {part.role for part in walk(line) if isinstance(part, Symbol)} - _roles(layer)
    if unknown:
        return [Step("unread", f"there is no {min(unknown)} in this layer") for _ in pairs(line)]
    apart = any(sign in prose for sign in NOT_EQUAL)
    if numbers is not None and any(map(is_numeric, line.sides)):
        return list(InNumbers(layer, numbers).steps(line, lambda pair, sign: _judged(layer, *pair, sign, style, apart)))
    return [_judged(layer, left, right, sign, style, apart) for left, right, sign in pairs(line)]


def ranks(layer: Any) -> dict[str, int]:
    """How many indices the arrays of formulas have."""
    return {role: len(axes) for role, axes in layer.system.axes.items()}


def _roles(layer: Any) -> set[str]:
    """The arrays that a line may speak of, and their gradients."""
    axes = layer.system.axes
    return {*axes, LOSS, *(role for role in GRADIENT_OF if GRADIENT_OF[role] in axes), *(f"d:{role}" for role in axes)}


def _judged(layer: Any, left: Node, right: Node, sign: str, style: Style, apart: bool) -> Step:  # noqa: FBT001
    if sign not in SIGNS:
        return no_equation(sign)
    found: list[Step] = []
    for line in _lines(layer, Relation((left, right)), apart):
        step = step_of(proved(layer, line), (left, right))
        if step.verdict == "proved":
            return replace(step, notes=_told(line, style))
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
