"""Formulas with Σ: a sum that is missing, too much, or over the wrong range, and wrong indices under it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from symconv.checking.diagnosis.case import Case, Repair, spots
from symconv.checking.evaluation import lengths
from symconv.checking.spelling import free_letters
from symconv.notation.tree import (
    Big,
    Bounded,
    Index,
    Letter,
    Named,
    Node,
    Number,
    Partial,
    Place,
    Relation,
    Symbol,
    exchanged,
    gradient_of,
    symbols,
    walk,
)

MOST_SUMS = 6
"""Sums of one formula whose range is changed."""


def sums(case: Case) -> Iterator[Repair]:
    """A Σ put in, taken away, or given the range of the array that its letter runs over."""
    if not _has_letters(case):
        return
    yield from _missing(case)
    yield from _too_much(case)
    yield from _other_range(case)
    yield from _other_places(case)


def _has_letters(case: Case) -> bool:
    return any(True for _ in free_letters(case.worked)) or any(True for _ in free_letters(case.named))


def _missing(case: Case) -> Iterator[Repair]:
    """A sum over letters that stand on one side only."""
    bound = _bound(case.worked)
    known = set(free_letters(case.named))
    letters = tuple(dict.fromkeys(letter for letter in free_letters(case.worked) if letter not in known | bound))
    if letters:
        told = f"the sum over {', '.join(letters)} is missing"
        yield Repair("missing-sum", told, worked=Big(letters, case.worked))


def _bound(node: Node) -> set[str]:
    """The letters that sums run over."""
    found: set[str] = set()
    for part in walk(node):
        if isinstance(part, Big):
            found |= set(part.variables)
        elif isinstance(part, Bounded):
            found |= {letter for letter, _ in _limits(part)}
    return found


def _limits(node: Bounded) -> list[tuple[str, Node | None]]:
    """The letters below a Σ with where they start."""
    found: list[tuple[str, Node | None]] = []
    for item in node.below:
        if isinstance(item, Relation) and len(item.sides) == 2:
            found.append((_letter(item.sides[0]), item.sides[1]))
        else:
            found.append((_letter(item), None))
    return found


def _letter(node: Node) -> str:
    if isinstance(node, Named):
        return node.letter + "'" * node.primes
    return node.letter if isinstance(node, Letter) else ""


def _too_much(case: Case) -> Iterator[Repair]:
    """A sum over letters that say which entry the other side is."""
    named = set(free_letters(case.named))
    for sign, put in _big(case.worked):
        letters = sign.variables if isinstance(sign, Big) else tuple(letter for letter, _ in _limits(sign))
        kept = tuple(letter for letter in letters if letter not in named)
        if len(kept) < len(letters):
            told = ", ".join(letter for letter in letters if letter in named)
            new = sign.body if not kept else Big(kept, sign.body)
            yield Repair(
                "free-index-summed", f"{told} stands on the other side and cannot be summed over", worked=put(new)
            )
    if named & _bound(case.worked):
        yield Repair("free-index-summed", "", worked=_without(case.worked, named))


def _without(node: Node, named: set[str]) -> Node:
    """A formula without any sum over these letters."""
    for sign, put in _big(node):
        letters = sign.variables if isinstance(sign, Big) else tuple(letter for letter, _ in _limits(sign))
        kept = tuple(letter for letter in letters if letter not in named)
        if len(kept) < len(letters):
            return _without(put(Big(kept, sign.body) if kept else sign.body), named)
    return node


def _big(node: Node) -> Iterator[tuple[Big | Bounded, Callable[[Node], Node]]]:
    """The sums inside a formula, and the formula with something else in the place of each."""
    for each, put in spots(node, (Partial,)):
        if isinstance(each, Big) or (isinstance(each, Bounded) and each.sign == "∑"):
            yield each, put


def _other_range(case: Case) -> Iterator[Repair]:
    """Sums over the whole range of the axis that their letters run over."""
    for sign, put in _big(case.worked):
        if not isinstance(sign, Bounded):
            continue
        found = [list(dict.fromkeys(lengths(letter, sign.body, case.evaluator.frame))) for letter, _ in _limits(sign)]
        for sizes in itertools.product(*found):
            yield _over(case, sign, put, sizes)
    whole = _all_over(case, case.worked)
    if whole is not None:
        yield Repair("wrong-range", "the sums have to run over all entries of the array", worked=whole, cost=2)


def _over(case: Case, sign: Bounded, put: Callable[[Node], Node], sizes: Sequence[int]) -> Repair:
    base = case.evaluator.vocabulary.base
    new, told = sign.body, []
    for (letter, _), size in reversed(list(zip(_limits(sign), sizes, strict=True))):
        name, last = Letter(letter), Number(size - 1 + base)
        new = Bounded("∑", (Relation((name, Number(base))),), (last,), new)
        told.append(f"{letter} has to run from {base} to {last.value}")
    return Repair("wrong-range", " and ".join(reversed(told)), worked=put(new))


def _all_over(case: Case, node: Node) -> Node | None:
    """The formula with all its sums over whole axes."""
    changed = None
    for _ in range(MOST_SUMS):
        for sign, put in _big(node):
            sizes = (
                [next(lengths(letter, sign.body, case.evaluator.frame), 0) for letter, _ in _limits(sign)]
                if isinstance(sign, Bounded)
                else []
            )
            repair = _over(case, sign, put, sizes) if isinstance(sign, Bounded) and all(sizes) else None
            if repair is not None and repair.worked not in (None, node):
                node = changed = repair.worked
                break
    return changed


# Indices under a sum


def _other_places(case: Case) -> Iterator[Repair]:
    """The index that reads the input at other steps, from the other side, or further along."""
    axes = getattr(case.evaluator.frame.layer, "axes", ())
    for role in case.roles:
        mixed = [each for each in symbols(case.worked) if each.role == role and any(map(_is_mixed, each.index))]
        if mixed:
            yield from _reindexed(case, mixed, axes)


def _is_mixed(place: int | Index) -> bool:
    return isinstance(place, Index) and not isinstance(place, Place) and len(place.parts) == 2


def _reindexed(case: Case, mixed: Sequence[Symbol], axes: Sequence[Any]) -> Iterator[Repair]:
    for first, second, shift in itertools.product(TIMES, TIMES, SHIFTS):
        changes = {each: _with_steps(each, axes, first, second, shift) for each in mixed}
        if all(old == new for old, new in changes.items()):
            continue
        old, new = next((old, new) for old, new in changes.items() if old != new)
        words = f"{case.text(old)} should be {case.text(new)}"
        worked = exchanged(case.worked, lambda symbol: changes.get(symbol, symbol))  # noqa: B023
        yield Repair(_kind_of_steps(old, new, axes), words, worked=worked)


TIMES: tuple[Callable[[Any, int], int], ...] = (
    lambda axis, old: old,
    lambda axis, old: axis.stride,
    lambda axis, old: axis.dilation,
    lambda axis, old: -old,
    lambda axis, old: 1,
)
SHIFTS: tuple[Callable[[Any, int], int], ...] = (
    lambda axis, old: old,
    lambda axis, old: 0,
    lambda axis, old: -axis.before,
    lambda axis, old: axis.filter - 1,
    lambda axis, old: old - 1,
    lambda axis, old: old + 1,
)


def _with_steps(
    symbol: Symbol,
    axes: Sequence[Any],
    first: Callable[[Any, int], int],
    second: Callable[[Any, int], int],
    shift: Callable[[Any, int], int],
) -> Symbol:
    keep = len(symbol.index) - len(axes)
    index = list(symbol.index)
    for at, axis in enumerate(axes, start=keep):
        place = index[at] if at >= 0 else 0
        if isinstance(place, Index) and _is_mixed(place):
            (one, ours), (other, theirs) = place.parts
            index[at] = Index(((one, first(axis, ours)), (other, second(axis, theirs))), shift(axis, place.shift))
    return replace(symbol, index=tuple(index))


def _kind_of_steps(old: Symbol, new: Symbol, axes: Sequence[Any]) -> str:
    pairs = [
        (one, other)
        for one, other in zip(old.index, new.index, strict=True)
        if isinstance(one, Index) and isinstance(other, Index) and one != other
    ]
    one, other = pairs[0]
    if one.parts == other.parts:
        return "padding-forgotten" if one.shift > other.shift and one.shift == 0 else "neighbouring-index"
    times = [(a, b) for (_, a), (_, b) in zip(one.parts, other.parts, strict=True) if a != b]
    if any(a * b < 0 for a, b in times):
        return "wrong-sign" if gradient_of(old.role) == old.role else "not-rotated"
    strides = {axis.stride for axis in axes}
    return "stride-forgotten" if any(b in strides - {1} for _, b in times) else "dilation-forgotten"
