"""One slip made in all terms alike: indices exchanged, reversed or shifted, another letter, a factor."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction

from symconv.checking.diagnosis.case import Case, Repair, bare
from symconv.checking.diagnosis.changes import factor_told, ratio
from symconv.checking.diagnosis.kinds import kind_of_letter, rotation
from symconv.checking.values import Value
from symconv.meaning.polynomials import int_if_whole
from symconv.notation.tree import (
    Bracketed,
    Index,
    Negative,
    Node,
    Number,
    Place,
    Product,
    Ratio,
    Sum,
    Symbol,
    exchanged,
    gradient_of,
    product,
    symbols,
)

Spot = tuple[int | Index, ...]
Move = Callable[[Spot, tuple[int, ...], int], Spot | None]
"""The index that should stand instead of one, given the array's shape and how many axes are spatial."""


# Indices


def _transposed(at: Spot, shape: tuple[int, ...], spatial: int) -> Spot | None:
    return (*at[:-2], at[-1], at[-2]) if len(at) >= 2 else None


def _channels(at: Spot, shape: tuple[int, ...], spatial: int) -> Spot | None:
    return (at[1], at[0], *at[2:]) if len(at) == spatial + 2 else None


def _reversed(at: Spot, shape: tuple[int, ...], spatial: int) -> Spot | None:
    keep = max(0, len(at) - spatial)
    found = [_mirrored(place, n) for place, n in zip(at[keep:], shape[keep:], strict=True)]
    return None if None in found else (*at[:keep], *(each for each in found if each is not None))


def _mirrored(place: int | Index, length: int) -> int | Index | None:
    if isinstance(place, int):
        return length - 1 - place
    if isinstance(place, Place):
        return None
    return Index(tuple((letter, -times) for letter, times in place.parts), length - 1 - place.shift)


def _shifted(by: tuple[int, ...]) -> Move:
    def move(at: Spot, shape: tuple[int, ...], spatial: int) -> Spot | None:
        if len(at) < len(by) or any(isinstance(place, Place) for place in at):
            return None
        keep = len(at) - len(by)
        return (*at[:keep], *(_plus(place, step) for place, step in zip(at[keep:], by, strict=True)))

    return move


def _plus(place: int | Index, step: int) -> int | Index:
    return place + step if isinstance(place, int) else replace(place, shift=place.shift + step)


SWAPPED: tuple[tuple[str, Move], ...] = (
    ("the indices of {name} have changed places", _transposed),
    ("the channels of {name} have changed places", _channels),
)


def indices(case: Case) -> Iterator[Repair]:
    """The indices of one array changed in the same way wherever it stands."""
    spatial = case.evaluator.frame.rank
    for role in sorted(case.roles, key=lambda role: (role != "F", gradient_of(role) != role)):
        rank = min(spatial, len(case.evaluator.world.shapes.get(role, ())))
        for words, move in SWAPPED:
            yield from _moved(case, role, move, "swapped-indices", words)
        kind, words = rotation(case, role)
        yield from _moved(case, role, _reversed, kind, words)
        for by in _steps(rank):
            yield from _moved(case, role, _shifted(by), "neighbouring-index", "the indices of {name} are shifted")


def _steps(rank: int) -> Iterator[tuple[int, ...]]:
    if rank:
        steps = (by for by in itertools.product((-1, 0, 1), repeat=rank) if any(by))
        yield from sorted(steps, key=lambda by: sum(map(abs, by)))


def _moved(case: Case, role: str, move: Move, kind: str, words: str) -> Iterator[Repair]:
    shape = case.evaluator.world.shapes.get(role, ())
    changes: dict[Symbol, Symbol] = {}
    for symbol in symbols(case.worked):
        if symbol.role == role and symbol.index and len(symbol.index) == len(shape):
            index = move(symbol.index, shape, case.evaluator.frame.rank)
            if index is None or not _inside(index, shape):
                return
            if index != symbol.index:
                changes[symbol] = Symbol(role, index, symbol.slice)
    if changes:
        old, new = next(iter(changes.items()))
        told = f"{words.format(name=case.text(Symbol(role)))}: {case.text(old)} should be {case.text(new)}"
        told += ", and so on" if len(changes) > 1 else ""
        yield Repair(kind, told, worked=exchanged(case.worked, lambda symbol: changes.get(symbol, symbol)))


def _inside(index: Spot, shape: tuple[int, ...]) -> bool:
    return all(not isinstance(place, int) or 0 <= place < n for place, n in zip(index, shape, strict=True))


# Letters


def letters(case: Case) -> Iterator[Repair]:
    """One array exchanged for another of the same rank wherever it stands."""
    shapes = case.shapes
    for role, other in itertools.permutations(shapes, 2):
        if role in case.roles and len(shapes[role]) == len(shapes[other]) and other != case.computed:
            new = exchanged(case.worked, lambda each: _renamed(each, role, other))  # noqa: B023
            told = f"{case.text(Symbol(role))} should be {case.text(Symbol(other))}"
            yield Repair(kind_of_letter(role, other), told, worked=new)


def _renamed(symbol: Symbol, role: str, other: str) -> Symbol:
    return replace(symbol, role=other) if symbol.role == role else symbol


# Factors


def factors(case: Case) -> Iterator[Repair]:
    """A number in front of the whole side."""
    share = _share(case.truth, case.written)
    if share is None or share == 1:
        return
    if share == -1:
        yield Repair("wrong-sign", "the sign is wrong", worked=_negative(case.worked))
        return
    number, body = _number_in_front(case.worked)
    wanted = number * share
    mistake, words = factor_told(share, wanted)
    yield Repair(mistake, words, worked=_scaled(bare(case.worked), body, wanted))


def _share(truth: Value | None, written: Value | None) -> Fraction | None:
    """The number that the truth is of what was written."""
    if truth is None or written is None or truth.shape != written.shape:
        return None
    pairs = [(truth.entries[at], written.entries[at]) for at in _places(truth.shape)]
    shares = {ratio(one, other) for one, other in pairs if one or other}
    return shares.pop() if len(shares) == 1 else None


def _places(shape: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    return itertools.product(*map(range, shape))


def _negative(node: Node) -> Node:
    node = bare(node)
    if isinstance(node, Negative):
        return node.term
    if isinstance(node, Sum):
        return Sum(tuple(_negative(term) for term in node.terms))
    return Negative(node)


def _scaled(written: Node, body: Node, number: Fraction) -> Node:
    """A formula times a number, with a line of division where there was one."""
    if isinstance(written, Ratio) and number.numerator == 1 and number != 1:
        return Ratio(body, Number(number.denominator))
    front = () if number == 1 else (Number(int_if_whole(number)),)
    return product((*front, *_factors_of(body)))


def _number_in_front(node: Node) -> tuple[Fraction, Node]:
    node = bare(node)
    if isinstance(node, Ratio) and isinstance(node.under, Number) and node.under.value:
        return 1 / Fraction(node.under.value), node.over
    if isinstance(node, Product) and isinstance(node.factors[0], Number) and len(node.factors) > 1:
        return Fraction(node.factors[0].value), product(node.factors[1:])
    return Fraction(1), node


def _factors_of(node: Node) -> tuple[Node, ...]:
    if isinstance(node, Product):
        return node.factors
    return (Bracketed(node),) if isinstance(node, Sum) else (node,)


__all__ = ["factors", "indices", "letters"]
