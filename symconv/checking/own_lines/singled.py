"""Lines of smooth layers that single out entries, also where an array has too many to write all of them out.

The definitions of such a layer treat all entries of an axis alike. So what holds of entry 7 and entry 9 of an axis is
what holds of any two that are not the same, and a matrix says as many lines as it shows entries.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from symconv.layers.smooth import Statement
from symconv.notation.tree import (
    Dots,
    Infix,
    Labelled,
    Marked,
    Matrix,
    Node,
    Number,
    Partial,
    Product,
    Relation,
    Symbol,
    Zero,
    gradient_of,
    letter_index,
    rebuilt,
    walk,
)
from symconv.proof.verdict import Proof

WHOLE = 60
"""So many entries of X are all written out where nothing else decides."""
Position = tuple[int, ...]


def proved(layer: Any, line: Statement) -> Proof:
    """The line decided: as it stands, entry by entry where it shows matrices, and by any entries for those it names."""
    proof = _proof(layer, line)
    if not proof.undecided:
        return proof
    cells = list(_cells(layer, line.relation))
    if cells:
        return _together([proved(layer, replace(line, relation=cell)) for cell in cells], line)
    general = _with_letters(layer, line)
    if general is not None:
        found = _proof(layer, general)
        if found.holds or (not found.undecided and len(next(iter(general.distinct), ())) < 2):
            return replace(found, claim=line.relation)
    size = math.prod(layer.shape("X"))
    return _proof(layer, line, exhaustive=True) if size <= WHOLE else proof


@lru_cache(maxsize=8)
def _calculus(layer: Any) -> Any:
    from symconv.derivation.smooth import SmoothCalculus

    return SmoothCalculus(layer)


@lru_cache(maxsize=256)
def _proof(layer: Any, line: Statement, *, exhaustive: bool = False) -> Proof:
    from symconv.proof.expressions import prove_line

    return prove_line(_calculus(layer), line, exhaustive=exhaustive)


def _together(proofs: list[Proof], line: Statement) -> Proof:
    """One proof for all: the first that does not hold."""
    first = next((proof for proof in proofs if not proof.holds), proofs[0])
    return replace(first, claim=line.relation)


# Any entries in the place of those that are named


def _with_letters(layer: Any, line: Statement) -> Statement | None:
    """The line with a letter for each number in an index; None where it names more than two entries of an axis."""
    named: dict[str, dict[int, str]] = {}
    for symbol in (part for part in walk(line.relation) if isinstance(part, Symbol)):
        for axis, place in zip(_axes(layer, symbol.role), symbol.index, strict=False):
            if isinstance(place, int):
                letters = named.setdefault(axis, {})
                letters.setdefault(place, f"{axis} {len(letters)}")
    if line.distinct or any(len(letters) > 2 for letters in named.values()):
        return None
    relation = rebuilt(line.relation, lambda part: _lettered(layer, part, named))
    assert isinstance(relation, Relation)
    pairs = [tuple(letters.values()) for letters in named.values() if len(letters) == 2]
    return replace(line, relation=relation, distinct=tuple(zip(*pairs, strict=True)))


def _axes(layer: Any, role: str) -> tuple[str, ...]:
    axes: Mapping[str, tuple[str, ...]] = layer.system.axes
    return axes.get(role) or axes.get(gradient_of(role), ())


def _lettered(layer: Any, part: Node, named: Mapping[str, Mapping[int, str]]) -> Node | None:
    if not isinstance(part, Symbol):
        return None
    axes = _axes(layer, part.role)
    index = tuple(
        letter_index(named[axis][place]) if isinstance(place, int) else place
        for axis, place in zip(axes, part.index, strict=False)
    )
    return replace(part, index=index)


# Matrices, entry by entry


def _cells(layer: Any, relation: Relation) -> Iterator[Relation]:
    """An equation for each entry that a matrix shows; nothing where a side is neither a matrix nor an array."""
    matrix = next((part for side in relation.sides for part in walk(side) if isinstance(part, Matrix)), None)
    shape = next(filter(None, (_shape(layer, side) for side in relation.sides)), None)
    if matrix is None or shape is None or not 1 <= len(shape) <= 2:
        return
    for shown, place in _places(matrix, shape):
        sides = [_cell(layer, side, shown, place) for side in relation.sides]
        if any(side is None for side in sides):
            return
        yield Relation(tuple(side for side in sides if side is not None))


def _shape(layer: Any, side: Node) -> Position | None:
    """The shape of a side that is an array."""
    match side:
        case Symbol(role, index):
            return lengths(layer, role)[len(index) :]
        case Partial(Symbol(above, over), Symbol(below, under)):
            return (*lengths(layer, above)[len(over) :], *lengths(layer, below)[len(under) :])
        case Labelled(sizes=sizes):
            return sizes
    return None


def lengths(layer: Any, role: str) -> Position:
    """The shape of an array as formulas speak of it."""
    return tuple(layer.system.lengths[axis] for axis in _axes(layer, role))


def _places(matrix: Matrix, shape: Position) -> Iterator[tuple[Position, Position]]:
    """Where each entry stands in the matrix, and where in the array: behind dots it is counted from the end."""
    counts = len(matrix.rows), len(matrix.rows[0])
    sizes = shape if len(shape) == 2 else (*shape, 1) if counts[1] == 1 else (1, *shape)
    dots = [
        next((at for at in range(counts[0]) if isinstance(matrix.rows[at][0], Dots)), counts[0]),
        next((at for at in range(counts[1]) if isinstance(matrix.rows[0][at], Dots)), counts[1]),
    ]
    for shown in np.ndindex(*counts):
        if not isinstance(matrix.rows[shown[0]][shown[1]], Dots):
            place = [
                at if at < gap else length - count + at
                for at, gap, length, count in zip(shown, dots, sizes, counts, strict=True)
            ]
            yield shown, tuple(place if len(shape) == 2 else place[:1] if counts[1] == 1 else place[1:])


def _cell(layer: Any, side: Node, shown: Position, place: Position) -> Node | None:
    """What a side says of one entry."""
    match side:
        case Labelled(body) | Marked(body):
            return _cell(layer, body, shown, place)
        case Matrix(rows):
            inside = shown[0] < len(rows) and shown[1] < len(rows[0])
            return _plain(rows[shown[0]][shown[1]]) if inside else None
        case Infix("hadamard", left, right):
            one, other = (_cell(layer, part, shown, place) for part in (left, right))
            return None if one is None or other is None else Product((one, other))
        case Symbol(index=index):
            return replace(side, index=(*index, *place), slice=False)
        case Partial(Symbol() as above, Symbol() as below):
            return _entry_of_jacobian(layer, above, below, place)
    return None


def _entry_of_jacobian(layer: Any, above: Symbol, below: Symbol, place: Position) -> Node:
    count = len(lengths(layer, above.role)) - len(above.index)
    over, under = (*above.index, *place[:count]), (*below.index, *place[count:])
    return Partial(replace(above, index=over, slice=False), replace(below, index=under, slice=False))


def _plain(cell: Node) -> Node:
    return Number(0) if isinstance(cell, Zero) else cell
