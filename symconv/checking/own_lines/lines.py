"""What the lines of all families share: the exact tree of a line, its pairs of sides, how a proof becomes a step."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from itertools import pairwise

from symconv.checking.judging import CLAIMS, DEFINES, Step
from symconv.checking.spelling import rebuilt
from symconv.notation.tree import Function, Node, Relation
from symconv.proof.verdict import Proof

ABOUT = "≈"
SIGNS = (*CLAIMS, ABOUT)


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
