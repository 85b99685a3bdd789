"""Formulas about softmax, losses, activations, normalisation and scalar graphs: resolved and decided.

`definitions` collects what a text defines; `names` and `resolving` say what the letters of a formula are; `worlds` puts
the definitions together that a formula speaks of, the text's own before those of a layer (`kinds`, `guessing`,
`assembling`); `meaning` evaluates formulas for arrays of any size; `deciding` compares two of them; `judging` says what
is known of every step of a chain, and `mistakes` what a wrong one looks like.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from symconv.checking.smooth.definitions import Definitions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from symconv.checking.context import Context
    from symconv.checking.judging import Step
    from symconv.notation.tree import Node, Relation


def judge_smooth(
    relation: Relation,
    context: Context,
    *,
    given: str = "",
    definitions: Definitions | None = None,
    behind: Sequence[Node] = (),
    quick: bool = False,
) -> list[Step] | None:
    """As `symconv.checking.smooth.judging.judge_smooth`, which is loaded, with SymPy, where it is asked for."""
    from symconv.checking.smooth.judging import judge_smooth as judged

    return judged(relation, context, given=given, definitions=definitions, behind=behind, quick=quick)


__all__ = ["Definitions", "judge_smooth"]
