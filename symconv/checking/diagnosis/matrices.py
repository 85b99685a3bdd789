"""Matrices written out: entry by entry, and as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import numpy as np

from symconv.checking.diagnosis.case import Case, Repair, bare, is_entry, names_something, spots
from symconv.checking.diagnosis.kinds import kind_of_index, kind_of_letter, rotation
from symconv.checking.diagnosis.sides import other_name
from symconv.checking.diagnosis.terms import corrected, term_by_term
from symconv.checking.values import Value, scalar
from symconv.notation.tree import Matrix, Node, Partial, Symbol

Cell = tuple[int, int]
MOST_WRONG = 16
"""Wrong entries of a matrix that are explained one by one."""


def entry_by_entry(case: Case) -> Iterator[Repair]:
    """The matrix with its wrong entries put right."""
    matrix = bare(case.worked)
    grid = _grid(matrix, case.truth)
    if grid is None or not isinstance(matrix, Matrix):
        return
    wrong = {at: _cell_case(case, matrix, at, grid[at]) for at in grid if not _is_right(case, matrix, at, grid)}
    if not 0 < len(wrong) <= MOST_WRONG:
        return
    repairs = {at: _cheapest(cell) for at, cell in wrong.items()}
    known = {at: repair for at, repair in repairs.items() if repair is not None}
    if len(known) < len(wrong):
        return
    new = _with_cells(matrix, {at: repair.worked for at, repair in known.items()})
    mistake, message = _told(case, {at: (repair.mistake, repair.message) for at, repair in known.items()}, grid)
    yield Repair(mistake, message, worked=new, cost=sum(repair.cost for repair in known.values()))


def corrected_matrix(case: Case) -> Node | None:
    """The matrix as it should be, in the author's terms as far as they are right."""
    matrix = bare(case.worked)
    grid = _grid(matrix, case.truth)
    if grid is None or not isinstance(matrix, Matrix):
        return None
    wrong = [at for at in grid if not _is_right(case, matrix, at, grid)]
    return _with_cells(matrix, {at: corrected(_cell_case(case, matrix, at, grid[at])) for at in wrong})


def _grid(matrix: Node, truth: Value | None) -> dict[Cell, Value] | None:
    """What each entry should be; None where the sizes do not fit."""
    if not isinstance(matrix, Matrix) or truth is None:
        return None
    shape = (len(matrix.rows), len(matrix.rows[0]))
    entries = truth.entries
    if truth.shape != shape:
        if [n for n in truth.shape if n != 1] != [n for n in shape if n != 1] or entries.size != shape[0] * shape[1]:
            return None
        entries = entries.reshape(shape)
    return {(i, j): scalar(entries[i, j]) for i, j in np.ndindex(*shape)}


def _is_right(case: Case, matrix: Matrix, at: Cell, grid: Mapping[Cell, Value]) -> bool:
    value = case.scalar(matrix.rows[at[0]][at[1]])
    return value is not None and value == grid[at].scalar


def _cell_case(case: Case, matrix: Matrix, at: Cell, value: Value) -> Case:
    return replace(case, named=_named_at(case.named, at, case), worked=matrix.rows[at[0]][at[1]], known=value)


def _named_at(named: Node, at: Cell, case: Case) -> Node:
    """The name of one entry of what is computed."""
    named = bare(named)
    if isinstance(named, Matrix) and len(named.rows) > at[0] and len(named.rows[0]) > at[1]:
        return named.rows[at[0]][at[1]]
    if isinstance(named, Symbol):
        shape = case.evaluator.world.shapes.get(named.role, ())[len(named.index) :]
        index = tuple(place for place, n in zip((at if len(shape) > 1 else (max(at),)), shape, strict=False))
        return Symbol(named.role, (*named.index, *index))
    return named


def _cheapest(cell: Case) -> Repair | None:
    """The entry put right, with the best words for it."""
    best: Repair | None = None
    for detector in (term_by_term, _whole_entry):
        for repair in detector(cell):
            if (best is None or repair.cost < best.cost) and cell.gives(repair.worked):
                best = repair
    return best


def _whole_entry(cell: Case) -> Iterator[Repair]:
    """An entry that holds the value of another one."""
    new = corrected(cell)
    for repair in other_name(cell) if names_something(cell.named) else ():
        yield Repair(repair.mistake, repair.message, worked=new)


def _with_cells(matrix: Matrix, new: Mapping[Cell, Node | None]) -> Matrix:
    return Matrix(
        tuple(tuple(new.get((i, j)) or cell for j, cell in enumerate(cells)) for i, cells in enumerate(matrix.rows))
    )


def _told(case: Case, found: Mapping[Cell, tuple[str, str]], grid: Mapping[Cell, object]) -> tuple[str, str]:
    """The kind of the mistakes, how many entries are wrong, and what is wrong with the first."""
    at, (mistake, message) = next(iter(found.items()))
    height, width = (max(place[axis] for place in grid) + 1 for axis in (0, 1))
    where = f"row {at[0] + 1}, column {at[1] + 1}"
    if 1 in (height, width):
        where = f"entry {max(at) + 1}"
    count = "" if len(found) == 1 else f"{len(found)} entries are wrong; "
    kinds = [kind for kind, _ in found.values() if kind]
    return kinds[0] if kinds else mistake, f"{count}in {where}: {message}"


# As a whole


def as_a_whole(case: Case) -> Iterator[Repair]:
    """A matrix that is transposed, or turned."""
    matrix = bare(case.worked)
    if not isinstance(matrix, Matrix):
        return
    turned = Matrix(tuple(row[::-1] for row in matrix.rows[::-1]))
    flipped = Matrix(tuple(zip(*matrix.rows, strict=True)))
    if flipped != matrix:
        yield Repair("missing-transpose", "the matrix has to be transposed", worked=flipped)
    yield Repair("rotated-twice", "the matrix has to be rotated by 180°", worked=turned)


def layouts(case: Case) -> Iterator[Repair]:
    """A matrix inside the formula that lists an array, with entries in the wrong places."""
    for side in ("worked", "named"):
        node: Node = getattr(case, side)
        for matrix, put in matrices(node):
            for mistake, message, new, cost in _laid_out(case, matrix):
                yield Repair(mistake, message, **{side: put(new)}, cost=cost)  # type: ignore[arg-type]


def matrices(node: Node) -> Iterator[tuple[Matrix, Callable[[Node], Node]]]:
    """The matrices inside a formula, and the formula with something else in the place of each."""
    yield from ((each, put) for each, put in spots(node, (Matrix, Partial)) if isinstance(each, Matrix))


def _laid_out(case: Case, matrix: Matrix) -> Iterator[tuple[str, str, Matrix, int]]:
    cells = [bare(cell) for row in matrix.rows for cell in row]
    entries = [cell for cell in cells if isinstance(cell, Symbol) and is_entry(cell)]
    shape = (len(matrix.rows), len(matrix.rows[0]))
    for role in dict.fromkeys(cell.role for cell in entries):
        if case.evaluator.world.shapes.get(role) != shape or sum(cell.role == role for cell in entries) * 2 < len(
            cells
        ):
            continue
        own = Matrix(tuple(tuple(Symbol(role, (i, j)) for j in range(shape[1])) for i in range(shape[0])))
        turned = Matrix(tuple(row[::-1] for row in own.rows[::-1]))
        flipped = Matrix(tuple(zip(*own.rows, strict=True)))
        for new in (own, turned, *([flipped] if shape[0] == shape[1] else [])):
            yield from _as_layout(case, matrix, new, role, {own: "own", turned: "turned"}.get(new, "flipped"))


def _as_layout(case: Case, matrix: Matrix, new: Matrix, role: str, how: str) -> Iterator[tuple[str, str, Matrix, int]]:
    differing = [
        (i, j, bare(matrix.rows[i][j]), new.rows[i][j])
        for i, row in enumerate(new.rows)
        for j, _ in enumerate(row)
        if bare(matrix.rows[i][j]) != new.rows[i][j]
    ]
    name = case.text(Symbol(role))
    if len(differing) * 2 > len(new.rows) * len(new.rows[0]):
        kind, words = rotation(case, role)
        if how == "flipped":
            kind, words = "missing-transpose", "the matrix of {name} has to be transposed"
        yield kind, words.format(name=name), new, 1
    elif differing:
        i, j, old, right = differing[0]
        kind = "wrong-letter"
        if isinstance(old, Symbol) and isinstance(right, Symbol):
            same = old.role == right.role and is_entry(old)
            places = [int(place) for place in right.index if isinstance(place, int)]
            kind = kind_of_index(old, places) if same else kind_of_letter(old.role, right.role)
        words = f"in row {i + 1}, column {j + 1}: {case.text(old)} should be {case.text(right)}"
        yield kind, words, new, len(differing)


__all__ = ["as_a_whole", "corrected_matrix", "entry_by_entry", "layouts", "matrices"]
