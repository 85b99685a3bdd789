"""Gradients averaged over the examples of a batch: whether the sum has as many terms as it is divided by."""

from __future__ import annotations

from dataclasses import replace

from symconv.checking.judging import Step
from symconv.checking.layered.letters import Letters
from symconv.checking.layered.scripts import scripts
from symconv.notation.tree import (
    Bounded,
    Differential,
    Named,
    Negative,
    Node,
    Number,
    Partial,
    Product,
    Ratio,
    Relation,
    Sum,
)


def judged_mean(left: Node, right: Node, letters: Letters) -> Step | None:
    r"""What is known of dW = \frac{1}{m} \sum_{i=1}^{m} dW_i; None for an equation of another form.

    >>> from symconv.notation.reading import read
    >>> formula = read(r"dW = \frac{1}{m} \sum_{i=0}^{m} dW_i")
    >>> judged_mean(*formula.sides, Letters({})).reason
    'the sum has one term too many for a division by m'
    """
    count, body = _mean(right)
    if count is None or not _is_gradient(left, letters):
        return None
    if body == left:
        return Step("refuted", "the sum over the examples is missing", "sizes", left, right, mistake="missing-sum")
    if not isinstance(body, Bounded) or len(body.below) != 1 or len(body.above) != 1:
        return None
    first = body.below[0]
    if (
        not isinstance(first, Relation)
        or not isinstance(first.sides[0], Named)
        or not _is_example(body.body, left, first.sides[0].letter)
    ):
        return None
    excess = _terms(first.sides[-1], body.above[0], count)
    if excess is None:
        return None
    if excess == 0:
        return Step("proved", "", "sizes", left, right)
    told = "one term too many" if excess > 0 else "one term too few"
    return Step(
        "refuted", f"the sum has {told} for a division by {count.letter}", "sizes", left, right, mistake="wrong-range"
    )


def _mean(node: Node) -> tuple[Named | None, Node]:
    """What is divided by a letter, and that letter."""
    if isinstance(node, Product) and len(node.factors) == 2 and isinstance(node.factors[0], Ratio):
        ratio, body = node.factors
        if isinstance(ratio, Ratio) and ratio.over == Number(1) and isinstance(ratio.under, Named):
            return ratio.under, body
    if isinstance(node, Ratio) and isinstance(node.under, Named):
        return node.under, node.over
    return None, node


def _is_gradient(node: Node, letters: Letters) -> bool:
    if isinstance(node, Named):
        return (letters.array(node) or "").startswith("d:")
    return isinstance(node, Differential | Partial)


def _is_example(body: Node, whole: Node, letter: str) -> bool:
    """Whether a gradient is that of one example where the other one is that of all."""
    if isinstance(body, Differential) and isinstance(whole, Differential):
        return body.sign == whole.sign and _is_example(body.body, whole.body, letter)
    if isinstance(body, Partial) and isinstance(whole, Partial):
        return body.under == whole.under and _is_example(body.over, whole.over, letter)
    if not isinstance(body, Named) or not isinstance(whole, Named):
        return False
    lower, upper = replace(body, lower=""), replace(body, upper="")
    return (body.lower == letter and lower == whole) or (
        scripts(body).label is not None and body.upper == f"({letter})" and upper == whole
    )


def _terms(first: Node, last: Node, count: Named) -> int | None:
    """How many terms a sum has beyond a number; None where that is not known."""
    less = last.terms[1:] if isinstance(last, Sum) else ()
    whole = last.terms[0] if isinstance(last, Sum) else last
    if whole != count or not isinstance(first, Number) or first.value not in (0, 1):
        return None
    if less not in ((), (Negative(Number(1)),)):
        return None
    return 1 - int(first.value) - len(less)
