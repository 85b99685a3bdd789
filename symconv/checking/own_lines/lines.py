"""What the lines of all families share: the exact tree of a line, its pairs of sides, how a proof becomes a step."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from functools import partial
from itertools import pairwise

import numpy as np

from symconv.checking.judging import CLAIMS, DEFINES, Step
from symconv.notation.tree import Dots, Function, Index, Node, Relation, Sum, Symbol, rebuilt, walk
from symconv.proof.verdict import Proof

ABOUT = "≈"
SIGNS = (*CLAIMS, ABOUT)
MOST_LEFT_OUT = 1_000
"""Entries of an array whose sum is written out."""


def with_functions(line: Node, functions: Collection[str]) -> Relation:
    r"""A line in which the functions that a page defines, such as \\tanh, have the names that it gave them."""

    def named(part: Node) -> Node | None:
        own = f"\\{part.name}" if isinstance(part, Function) else ""
        if own not in functions:
            return None
        assert isinstance(part, Function)
        return replace(part, name=own, arguments=tuple(rebuilt(each, named) for each in part.arguments))

    found = rebuilt(line, named)
    assert isinstance(found, Relation)
    return found


def written_out(line: Node, shape: Callable[[str], tuple[int, ...]]) -> Relation:
    """A line with the terms that dots leave out of its sums, where the entries around the dots say which these are.

    >>> from symconv.notation.tree import Letter
    >>> line = Relation((Letter("s"), Sum((Symbol("X", (0,)), Dots("sum"), Symbol("X", (3,))))))
    >>> [symbol.index for symbol in written_out(line, lambda role: (4,)).sides[1].terms]
    [(0,), (1,), (2,), (3,)]
    """
    found = rebuilt(line, lambda part: _whole_sum(part, shape) if isinstance(part, Sum) else None)
    assert isinstance(found, Relation)
    return found


def _whole_sum(total: Sum, shape: Callable[[str], tuple[int, ...]]) -> Node | None:
    """The sum with the terms between; None where there are no dots, or what they stand for is not plain."""
    at = next((at for at, term in enumerate(total.terms) if isinstance(term, Dots)), 0)
    if not 0 < at < len(total.terms) - 1:
        return None
    first, last = total.terms[at - 1], total.terms[at + 1]
    ends = list(zip(_symbols(first), _symbols(last), strict=False))
    moving = {(one.index, other.index, shape(one.role)) for one, other in ends if one.index != other.index}
    if len(moving) != 1:
        return None
    ((start, stop, lengths),) = moving
    is_plain = len(lengths) == len(start) == len(stop) and all(isinstance(part, int) for part in (*start, *stop))
    if (
        not is_plain
        or math.prod(lengths) > MOST_LEFT_OUT
        or any(one == other and one.index == start for one, other in ends)
    ):
        return None
    between = [place for place in np.ndindex(*lengths) if start < place < stop]
    written = [rebuilt(first, partial(_moved, start=start, place=place)) for place in between]
    return Sum((*total.terms[:at], *written, *total.terms[at + 1 :]))


def _symbols(node: Node) -> list[Symbol]:
    return [part for part in walk(node) if isinstance(part, Symbol)]


def _moved(part: Node, start: tuple[int | Index, ...], place: tuple[int, ...]) -> Node | None:
    return replace(part, index=place) if isinstance(part, Symbol) and part.index == start else None


def pairs(node: Relation) -> Iterator[tuple[Node, Node, str]]:
    """Each two neighbouring sides and the sign between them."""
    for at, (left, right) in enumerate(pairwise(node.sides), 1):
        yield left, right, node.sign_before(at)


def no_equation(sign: str) -> Step:
    return Step("not-a-claim", DEFINES.get(sign, "no equation"))


def step_of(proof: Proof, pair: tuple[Node, Node]) -> Step:
    """What a proof says of two sides."""
    left, right = pair
    if proof.holds:
        return Step("proved", scope=proof.scope, left=left, right=right)
    if proof.undecided:
        return Step("unread", proof.undecided, left=left, right=right)
    return Step("refuted", proof.reason(), proof.scope, left, right)
