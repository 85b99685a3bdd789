"""The other side: what was computed may be right, and what it is said to be wrong."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np

from symconv.checking.diagnosis.case import Case, Repair, bare, is_entry
from symconv.checking.diagnosis.kinds import kind_of_side
from symconv.checking.values import alike
from symconv.notation.tree import GRADIENTS, Matrix, Node, Partial, Symbol, exchanged, gradient_of

MOST_ENTRIES = 1_500
"""Entries of an array that are compared with what was computed."""


def other_name(case: Case) -> Iterator[Repair]:
    """The value of another entry, of another array, or of another derivative."""
    named = bare(case.named)
    if isinstance(named, Symbol):
        yield from _of_symbol(case, named)
    elif isinstance(named, Partial):
        yield from _of_partial(case, named)
    elif isinstance(named, Matrix):
        yield from _of_matrix(case, named)


def _of_symbol(case: Case, named: Symbol) -> Iterator[Repair]:
    for other in _others(case, named):
        if other != case.worked and _is_value(case, other):
            words = f"this is the value of {case.text(other)}, not of {case.text(named)}"
            yield Repair(kind_of_side(case, named, other), words, named=other)


def _others(case: Case, named: Symbol) -> Iterator[Symbol]:
    """Other entries of the array, the nearest first, then those of other arrays, or other arrays."""
    shapes = case.shapes
    if not named.index:
        yield from (Symbol(role) for role in shapes if role != named.role)
    elif is_entry(named):
        for role in (named.role, *(role for role in shapes if role != named.role)):
            if len(shapes[role]) == len(named.index):
                yield from _entries(role, shapes[role], named)


def _entries(role: str, shape: tuple[int, ...], named: Symbol) -> Iterator[Symbol]:
    at = [int(place) for place in named.index if isinstance(place, int)]
    if int(np.prod(shape, dtype=int)) > MOST_ENTRIES:
        near = itertools.product(*(range(max(0, i - 2), min(n, i + 3)) for i, n in zip(at, shape, strict=True)))
    else:
        near = itertools.product(*map(range, shape))
    ordered = sorted(near, key=lambda other: sum(abs(i - j) for i, j in zip(other, at, strict=True)))
    yield from (Symbol(role, other) for other in ordered if Symbol(role, other) != named)


def _is_value(case: Case, other: Node) -> bool:
    value = case.value(other)
    return value is not None and case.written is not None and alike(value, case.written)


def _of_partial(case: Case, named: Partial) -> Iterator[Repair]:
    """A derivative by another entry, of another entry, or of the loss."""
    under, over = bare(named.under), bare(named.over)
    if not isinstance(under, Symbol):
        return
    if under.role in GRADIENTS and GRADIENTS[under.role] in case.shapes:
        of_loss = Symbol(GRADIENTS[under.role], under.index, under.slice)
        words = f"{case.text(named)} should be {case.text(of_loss)}"
        yield Repair("local-gradient", words, named=of_loss)
    for inner in _others(case, under):
        yield from _instead(case, named, Partial(named.over, inner, named.total))
    if isinstance(over, Symbol):
        for inner in _others(case, over):
            yield from _instead(case, named, Partial(inner, named.under, named.total))


def _instead(case: Case, named: Node, other: Node) -> Iterator[Repair]:
    if _is_value(case, other):
        yield Repair("wrong-entry", f"this is the value of {case.text(other)}, not of {case.text(named)}", named=other)


def _of_matrix(case: Case, named: Matrix) -> Iterator[Repair]:
    """A matrix of the entries of another array."""
    cells = [bare(cell) for row in named.rows for cell in row]
    roles = {cell.role for cell in cells if isinstance(cell, Symbol)}
    if len(roles) != 1 or not all(isinstance(cell, Symbol) for cell in cells):
        return
    (role,) = roles
    for other, shape in case.shapes.items():
        if other == role or len(shape) != len(case.shapes[role]):
            continue
        new = exchanged(named, lambda symbol, other=other: Symbol(other, symbol.index, symbol.slice))  # type: ignore[misc]
        mistake = "not-a-gradient" if gradient_of(other) == role else "wrong-letter"
        words = f"these should be the entries of {case.text(Symbol(other))}, not of {case.text(Symbol(role))}"
        yield Repair(mistake, words, named=new)
