"""Which layer a formula may be about where nobody says it: by its form, and by the words before it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from symconv.checking.smooth.functions import ALIASES
from symconv.checking.smooth.kinds import Found, found_in
from symconv.checking.smooth.names import taken_apart
from symconv.notation.tree import (
    Applied,
    Big,
    Bounded,
    Named,
    Negative,
    Node,
    Number,
    Partial,
    Product,
    Sum,
    walk,
)

WORDS: Mapping[str, re.Pattern[str]] = {
    "softmax-cross-entropy": re.compile(
        r"cross[- ]?entropy|交叉熵|크로스|교차|перекр[её]стн|الإنتروبيا", re.IGNORECASE
    ),
    "softmax": re.compile(r"soft-?max|소프트맥스", re.IGNORECASE),
    "bce": re.compile(r"binary cross|log[- ]?loss|logistic|二元交叉|이진 ?교차", re.IGNORECASE),
    "mse": re.compile(r"mean[- ]squared|\bMSE\b|squared error|quadratic|均方|평균 ?제곱", re.IGNORECASE),
    "batch-norm": re.compile(r"batch[- ]?norm|批归一|批量归一|배치 ?정규화", re.IGNORECASE),
    "layer-norm": re.compile(r"layer[- ]?norm|层归一|레이어 ?정규화", re.IGNORECASE),
    "leaky-relu": re.compile(r"leaky[- ]?relu", re.IGNORECASE),
    "relu": re.compile(r"\brelu\b", re.IGNORECASE),
    "sigmoid": re.compile(r"sigmoid|logistic function|시그모이드", re.IGNORECASE),
    "tanh": re.compile(r"\btanh\b|hyperbolic tangent", re.IGNORECASE),
}
"""What the prose before a formula says that it is about."""


def guessed(found: Found, sides: Sequence[Node], given: str) -> Iterator[tuple[str, bool]]:
    """Kinds that a formula may be about, from its form and from the words before it, and whether that is sure."""
    said = [kind for kind, words in WORDS.items() if words.search(given)]
    form = list(_by_form(found, sides))
    for kind in dict.fromkeys([*(kind for kind in form if kind in said), *form, *said]):
        yield kind, (kind in said and kind in form) or (kind == "softmax" and _must_be_softmax(found, sides))


def _must_be_softmax(found: Found, sides: Sequence[Node]) -> bool:
    """Whether a derivative of one entry by another is said to be made of products of entries of the same array."""
    first = sides[0]
    if not isinstance(first, Partial) or not isinstance(first.over, Named | Applied):
        return False
    over = first.over.head if isinstance(first.over, Applied) else first.over
    key = taken_apart(over).key
    right = found_in(sides[1:], {})
    several = any(isinstance(part, Product | Applied) for part in walk(sides[1]))
    return key != found.loss and set(right.keys) == {key} and several and found.keys.get(key, 0) == 1


def _by_form(found: Found, sides: Sequence[Node]) -> Iterator[str]:
    parts = [part for side in sides for part in walk(side)]
    logs = [part for part in parts if isinstance(part, Applied) and ALIASES.get(part.head.letter) == "log"]
    opposite = any(isinstance(each, Sum) and each.terms[0] == Number(1) for part in logs for each in part.arguments)
    norm = any(
        key.startswith((r"\hat{x}", r"\hat{X}", r"\mu", r"\gamma")) or (key.endswith("^2") and r"\sigma" in key)
        for key in found.keys
    )
    if norm:
        yield "batch-norm"
        yield "layer-norm"
    elif opposite:
        yield "bce"
    else:
        yield from _softmax_by_form(found, sides, parts)


def _softmax_by_form(found: Found, sides: Sequence[Node], parts: Sequence[Node]) -> Iterator[str]:
    """A softmax where its formula, its name or Kronecker's δ stands; a loss where a difference is its gradient."""
    summed = any(isinstance(part, Bounded | Big) for part in parts)
    delta = any(
        isinstance(part, Named) and part.letter == r"\delta" and len(taken_apart(part).index) == 2 for part in parts
    )
    named_softmax = any(isinstance(part, Applied) and ALIASES.get(part.head.letter) == "softmax" for part in parts)
    logs = any(isinstance(part, Applied) and ALIASES.get(part.head.letter) == "log" for part in parts)
    locals_ = any(isinstance(part, Partial) and not _is_gradient(part, found) for part in parts)
    if (found.exponents and summed) or named_softmax or (delta and locals_) or _must_be_softmax(found, sides):
        yield "softmax"
    gradient = isinstance(sides[0], Partial) and _is_gradient(sides[0], found)
    if gradient and (logs or (found.exponents and summed) or (_is_error(sides[1]) and not locals_)):
        yield "softmax-cross-entropy"
        yield "bce"
        yield "mse"


def _is_gradient(node: Partial, found: Found) -> bool:
    return isinstance(node.over, Named) and taken_apart(node.over).key == found.loss


def _is_error(node: Node) -> bool:
    """A difference of two entries or arrays, with numbers and sizes before it."""
    if isinstance(node, Product):
        return any(map(_is_error, node.factors))
    if isinstance(node, Sum) and len(node.terms) == 2:
        parts = [term.term if isinstance(term, Negative) else term for term in node.terms]
        return all(isinstance(part, Named | Applied) for part in parts) and isinstance(node.terms[1], Negative)
    return False
