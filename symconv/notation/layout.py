"""Breaking displayed relations into lines: at the relation, and in long sums before a plus."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from symconv.notation.measure import PLUS, RELATION, width
from symconv.notation.tree import Node, Relation, Style, Sum

LINE_WIDTH = 31.0
"""em; about four products of two gradients, which suits A4 in 11 pt and a page on a screen."""

GAP = 2.0


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an aligned display: left of the relation, the relation, and what follows it.

    `continues` marks a line that begins with the plus of the sum above it; `ends` one whose sum goes on below.
    """

    left: Node | None
    sign: str
    terms: tuple[Node, ...]
    continues: bool = False


def lines(relation: Relation, style: Style, limit: float = LINE_WIDTH) -> list[Line]:
    """A chain as lines: on one line where it fits, else one line a side, long sums broken before a plus.

    >>> from symconv.notation.tree import Symbol, equals
    >>> x, f = (Symbol(role, (0, 0)) for role in "XF")
    >>> [(line.sign, len(line.terms), line.continues) for line in lines(equals(x, Sum((f,) * 5)), Style(), limit=10.0)]
    [('=', 3, False), ('', 2, True)]
    """
    left, *rest = relation.sides
    if len(rest) == 1 and width(relation, style) <= limit:
        return [Line(left, relation.sign, _terms(rest[0]))]
    room = limit - RELATION - width(left, style)
    found = []
    if room < limit / 2 and width(rest[0], style) > room:
        found.append(Line(left, "", ()))
        room = limit - 2 * RELATION
        left = None
    for side in rest:
        for number, chunk in enumerate(_fill(_terms(side), style, room)):
            first = number == 0
            found.append(Line(left if first else None, relation.sign if first else "", chunk, continues=not first))
        left = None
    return found


def _terms(side: Node) -> tuple[Node, ...]:
    return side.terms if isinstance(side, Sum) else (side,)


def _fill(terms: tuple[Node, ...], style: Style, room: float) -> list[tuple[Node, ...]]:
    """The terms in as few lines as fit, the lines about equally full."""
    widths = [width(term, style) + PLUS for term in terms]
    count = max(1, -(-sum(widths) // max(room, 1.0)).__int__())
    share = max(sum(widths) / count + max(widths) / 2, max(widths))
    chunks: list[list[Node]] = [[]]
    used = 0.0
    for term, size in zip(terms, widths, strict=True):
        if chunks[-1] and (used + size > room or used + size > share):
            chunks.append([])
            used = 0.0
        chunks[-1].append(term)
        used += size
    return [tuple(chunk) for chunk in chunks]


def packed(nodes: Iterable[Node], style: Style, limit: float = LINE_WIDTH) -> list[Sequence[Node]]:
    """Short relations side by side, as many to a line as fit."""
    rows: list[list[Node]] = []
    used = 0.0
    for node in nodes:
        size = width(node, style) + GAP
        if not rows or used + size > limit:
            rows.append([])
            used = 0.0
        rows[-1].append(node)
        used += size
    return list(rows)


@dataclass(frozen=True, slots=True)
class Display:
    """What stands between two paragraphs: relations under each other (aligned) or side by side (packed).

    `number` is the equation's number where the text refers to it.
    """

    relations: tuple[Node, ...]
    flow: Literal["aligned", "packed"] = "aligned"
    boxed: bool = False
    number: int | None = None
