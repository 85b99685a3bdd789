"""Breaking displayed relations into lines: at the relation, and in long sums before a plus."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from symconv.notation.measure import PLUS, RELATION, height, width
from symconv.notation.tree import Node, Number, Product, Relation, Style, Sum

LINE_WIDTH = 38.0
"""em; about five products of two gradients, which suits A4 in 10 pt and a page on a screen."""

PACKED_WIDTH = 42.0
"""em; short relations side by side may fill the whole line."""
GAP = 2.0


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an aligned display: left of the relation, the relation, and what follows it.

    `continues` marks a line that begins with the plus of the sum above it. A sum behind a factor opens its bracket
    after `factor` and closes it on the line that `closes`.
    """

    left: Node | None
    sign: str
    terms: tuple[Node, ...]
    continues: bool = False
    factor: Node | None = None
    closes: bool = False


def lines(relation: Relation, style: Style, limit: float = LINE_WIDTH) -> list[Line]:
    """A chain as lines: on one line where it fits, else one line a side, long sums broken before a plus.

    >>> from symconv.notation.tree import Symbol, equals
    >>> x, f = (Symbol(role, (0, 0)) for role in "XF")
    >>> [(line.sign, len(line.terms), line.continues) for line in lines(equals(x, Sum((f,) * 5)), Style(), limit=12.0)]
    [('=', 3, False), ('', 2, True)]
    """
    first, *rest = relation.sides
    left: Node | None = first
    if len(rest) == 1 and width(relation, style) <= limit:
        return [Line(first, relation.sign_before(1), rest[0].terms if isinstance(rest[0], Sum) else (rest[0],))]
    room = limit - RELATION - width(first, style)
    found = []
    if room < limit / 2 and width(rest[0], style) > room:
        found.append(Line(first, "", ()))
        room = limit - 2 * RELATION
        left = None
    for at, side in enumerate(rest, start=1):
        factor, terms = _terms(side)
        chunks = _fill(terms, style, room - (0.0 if factor is None else width(factor, style) + 1.0))
        for number, chunk in enumerate(chunks):
            continues, last = number > 0, number == len(chunks) - 1
            opened = None if continues else factor
            sign = "" if continues else relation.sign_before(at)
            closes = factor is not None and last
            found.append(Line(None if continues else left, sign, chunk, continues, opened, closes))
        left = None
    return found


def _terms(side: Node) -> tuple[Node | None, tuple[Node, ...]]:
    """The terms of a side, and the number in front of their bracket where there is one."""
    match side:
        case Sum(terms):
            return None, terms
        case Product((Number() as factor, Sum(terms))):
            return factor, terms
    return None, (side,)


def _fill(terms: tuple[Node, ...], style: Style, room: float) -> list[tuple[Node, ...]]:
    """The terms in as few lines as fit, about equally many to a line."""
    widths = [width(term, style) + PLUS for term in terms]
    for count in range(max(1, math.ceil(sum(widths) / max(room, 1.0))), len(terms) + 1):
        each = math.ceil(len(terms) / count)
        starts = range(0, len(terms), each)
        if (each > 1 or count == 1) and all(sum(widths[start : start + each]) <= room for start in starts):
            return [terms[start : start + each] for start in starts]
    return _greedy(terms, widths, room)


def _greedy(terms: tuple[Node, ...], widths: list[float], room: float) -> list[tuple[Node, ...]]:
    """As many terms to a line as fit, for terms of very different widths."""
    chunks: list[list[Node]] = [[]]
    used = 0.0
    for term, size in zip(terms, widths, strict=True):
        if chunks[-1] and used + size > room:
            chunks.append([])
            used = 0.0
        chunks[-1].append(term)
        used += size
    return [tuple(chunk) for chunk in chunks]


@dataclass(frozen=True, slots=True)
class Display:
    """What stands between two paragraphs: relations under each other (aligned) or side by side (packed).

    Under each other, a chain takes one line a side; as "lines" it stays on one line where it fits.
    `columns` says how many stand side by side where they fit; without it, as many as fit, in rows of about
    equal length.
    """

    relations: tuple[Node, ...]
    flow: Literal["aligned", "packed", "lines"] = "aligned"
    boxed: bool = False
    columns: int = 0


def on_one_line(display: Display, relation: Node, style: Style) -> bool:
    """Whether a chain of a display is not broken at its relation signs."""
    return display.flow == "lines" and width(relation, style) <= LINE_WIDTH


def packed(display: Display, style: Style, limit: float = PACKED_WIDTH) -> list[Sequence[Node]]:
    """The rows of relations that stand side by side.

    >>> from symconv.notation.tree import Symbol, equals
    >>> one = equals(Symbol("X"), Symbol("F"))
    >>> [len(row) for row in packed(Display((one,) * 10, "packed"), Style(), limit=25.0)]
    [5, 5]
    """
    nodes = display.relations
    fit = max(1, int(limit / (max((width(node, style) for node in nodes), default=1.0) + GAP)))
    if display.columns > 0:
        columns = max(number for number in range(1, fit + 1) if display.columns % number == 0)
    else:
        columns = math.ceil(len(nodes) / math.ceil(len(nodes) / fit)) if nodes else 1
    return [nodes[start : start + columns] for start in range(0, len(nodes), columns)]


def line_sizes(display: Display, style: Style) -> list[tuple[float, float]]:
    """The width and height in em of every line of a display."""
    if display.flow == "packed":
        rows = packed(display, style)
        return [
            (sum(width(node, style) + GAP for node in row), max(height(node, style) for node in row)) for row in rows
        ]
    found = []
    for relation in display.relations:
        if not isinstance(relation, Relation) or on_one_line(display, relation, style):
            found.append((width(relation, style), height(relation, style)))
            continue
        left = width(relation.sides[0], style) + RELATION
        for line in lines(relation, style):
            parts = (*line.terms, *([line.left] if line.left else []))
            terms = sum(width(term, style) + PLUS for term in line.terms)
            found.append((left + terms, max(height(part, style) for part in parts)))
    return found
