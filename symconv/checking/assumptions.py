"""What proofs suppose beyond their formulas: one text may not suppose what it excludes elsewhere."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field

from symconv.checking.findings import Verdict

Question = tuple[Hashable, ...]
Answers = Mapping[Question, frozenset[Hashable]]


@dataclass(frozen=True)
class Assumption:
    """What a proof supposes: the answers to a question with which it holds, and with no others.

    Args:
        question: what is asked, such as where the maximum of a window stands.
        answers: those with which the formula holds.
        told: the same in words, behind "it holds only where".
        settles: whether a formula may answer the question where the text does not, for all formulas behind it.
    """

    question: Question
    answers: frozenset[Hashable]
    told: str
    settles: bool = True


@dataclass(frozen=True)
class Said:
    """What a text answers at a place; where it is only `doubtful`, nothing is refuted by it."""

    answers: Answers = field(default_factory=dict)
    doubtful: bool = False


@dataclass(frozen=True)
class Supposed:
    """What the formulas of a text have supposed so far.

    >>> known = Supposed().after([Assumption(("maximum", 0), frozenset({1}), "x_2 is the largest")], Said())
    >>> known.objection([Assumption(("maximum", 0), frozenset({0}), "x_1 is the largest")], Said())
    ('unread', 'it holds only where x_1 is the largest, which a line before it excludes')
    """

    answers: Answers = field(default_factory=dict)

    def after(self, assumptions: Sequence[Assumption], said: Said) -> Supposed:
        """With what a proved formula settles that the text says nothing of."""
        known = dict(self.answers)
        for each in assumptions:
            if each.settles and each.question not in said.answers:
                known[each.question] = known.get(each.question, each.answers) & each.answers
        return Supposed(known)

    def objection(self, assumptions: Sequence[Assumption], said: Said) -> tuple[Verdict, str] | None:
        """The verdict on a formula that holds under assumptions only, and why; None where they may be made.

        Why it is refuted is found by judging it under what the text says.
        """
        for each in assumptions:
            told = f"it holds only where {each.told}, "
            answers, before = (known.get(each.question) for known in (said.answers, self.answers))
            if answers is not None and answers.isdisjoint(each.answers):
                return ("unread", told + "which the text excludes") if said.doubtful else ("refuted", "")
            if answers is not None and answers <= each.answers:
                continue
            if before is not None and before.isdisjoint(each.answers):
                return "unread", told + "which a line before it excludes"
            if not each.settles and (before is None or not before <= each.answers):
                return "unread", told + "which the text does not say"
        return None
