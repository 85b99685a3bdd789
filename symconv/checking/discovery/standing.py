"""Which equations of entries are right for a geometry: what a text says of its layer is weighed against them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from symconv.checking.discovery.entries import Entry
from symconv.checking.discovery.facts import Facts
from symconv.checking.discovery.sizes import Solved

GRADIENTS: Mapping[str, str] = {"X": "dX", "F": "dF", "O": "G"}
PARTS: Mapping[str, tuple[str, str]] = {"O": ("X", "F"), "dF": ("G", "X"), "dX": ("G", "F")}
"""What each array is a sum of products of."""
Places = dict[str, tuple[int, ...]]
MOST_PRODUCTS = 20_000
"""Products of a layer that are listed."""
ENOUGH = 3
"""At least so many independent equations may overrule what the text says."""


def standing(facts: Mapping[int, Facts], roles: Mapping[str, str], axes: Sequence[Solved], base: int) -> set[int]:
    """The numbers of those equations of entries that are right; `roles` has what letters stand for."""
    table = _Sums(axes)
    return {number for number, fact in facts.items() if _holds(fact, roles, table, base)}


def overrules(one: set[int], said: set[int], enough: int = ENOUGH) -> bool:
    """Whether equations that are right for one geometry alone outweigh those that are right for what is said alone."""
    return len(one - said) >= enough and len(one - said) > 2 * len(said - one)


class _Sums:
    """The products that entries are sums of: positions from 0."""

    def __init__(self, axes: Sequence[Solved]) -> None:
        self.sums: dict[tuple[str, tuple[int, ...]], Counter[frozenset[tuple[str, tuple[int, ...]]]]] = defaultdict(
            Counter
        )
        count = 1
        for one in axes:
            count *= one.o * one.k
        for tap in product(*map(_taps, axes)) if count <= MOST_PRODUCTS else ():
            at = {role: tuple(part[place] for part in tap) for place, role in enumerate("OFX")}
            places: Places = {"O": at["O"], "G": at["O"], "F": at["F"], "dF": at["F"], "X": at["X"], "dX": at["X"]}
            for target, parts in PARTS.items():
                self.sums[target, places[target]][frozenset((role, places[role]) for role in parts)] += 1


def _taps(one: Solved) -> Iterator[tuple[int, int, int]]:
    for i, f in product(range(one.o), range(one.k)):
        x = one.stride * i + one.dilation * f - one.before
        if 0 <= x < one.n:
            yield i, one.k - 1 - f if one.reversed else f, x


def _holds(fact: Facts, roles: Mapping[str, str], table: _Sums, base: int) -> bool:
    """Whether each entry in front of a sum of products is that sum."""
    written: dict[tuple[str, tuple[int, ...]], Counter[frozenset[tuple[str, tuple[int, ...]]]]] = defaultdict(Counter)
    for tap in fact.taps:
        target, *parts = (_placed(one, roles, base) for one in (tap.target, tap.first, tap.second))
        if target is None or None in parts:
            return False
        written[target][frozenset(part for part in parts if part is not None)] += 1
    return bool(written) and all(table.sums.get(target) == found for target, found in written.items())


def _placed(one: Entry, roles: Mapping[str, str], base: int) -> tuple[str, tuple[int, ...]] | None:
    role = roles.get(one.letter)
    if role is None or not one.is_numeric:
        return None
    return GRADIENTS.get(role, role) if one.gradient else role, tuple((part or 0) - base for part in one.positions)
