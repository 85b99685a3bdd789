"""What looks like an entry of an array and is none: a bias w_0 beside weights w_1, w_2; the zeros of a padding."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace

from symconv.checking.discovery.entries import Entry, entry
from symconv.checking.discovery.facts import Facts
from symconv.notation.tree import Number, Relation


def apart(facts: Sequence[Facts], biases: Collection[str] = ()) -> list[Facts]:
    r"""The equations with biases as arrays of their own, and with the zeros of paddings under `zeros` alone.

    `biases` has the letters whose entry 0 the prose calls a bias.
    """
    padded = _padded(facts)
    added = _biases(facts, biases)
    return [_without(fact, padded, added) if padded or added else fact for fact in facts]


def _biases(facts: Sequence[Facts], said: Collection[str]) -> set[Entry]:
    """Entries 0 that are added to outputs and multiplied nowhere, while others of their letter are multiplied."""
    factors = {one for fact in facts for tap in fact.taps for one in (tap.target, tap.first, tap.second)}
    factors = {replace(one, gradient=False) for one in factors}
    added = {
        share.part
        for fact in facts
        for share in fact.shares
        if share.number == 1 and not (share.part.gradient or share.target.gradient) and share.target in _made(fact)
    }
    added |= {Entry(letter, ("0",)) for letter in said}
    letters = {one.letter for one in factors}
    return {one for one in added if one.index == ("0",) and one.letter in letters and one not in factors}


def _made(fact: Facts) -> set[Entry]:
    """What an equation says to be a sum with products."""
    return {tap.target for tap in fact.taps}


def _padded(facts: Sequence[Facts]) -> set[Entry]:
    """Entries outside of an array that are said to be 0: x_{-1} = x_6 = 0."""
    zeros: dict[str, set[int]] = defaultdict(set)
    others: dict[str, set[int]] = defaultdict(set)
    valued: set[str] = set()
    for fact in facts:
        entries, value = _set(fact)
        if value:
            valued |= {one.letter for one in entries}
        for one in fact.entries if value is None else entries:
            place = _place(one)
            if place is not None:
                (others if value is None else zeros)[one.letter].add(place)
    return {
        Entry(letter, (str(place),))
        for letter, places in zeros.items()
        if letter not in valued and _are_around(places, others[letter])
        for place in places
    }


def _set(fact: Facts) -> tuple[list[Entry], int | None]:
    """The entries along one axis that an equation sets to a number, 1 for any but 0; None where it sets none."""
    sides = fact.node.sides if isinstance(fact.node, Relation) else ()
    last = sides[-1] if sides else None
    entries = [one for side in sides[:-1] if (one := entry(side, ())) and not one.gradient and _place(one) is not None]
    if not isinstance(last, Number) or len(entries) != len(sides) - 1:
        return [], None
    return entries, int(bool(last.value))


def _place(one: Entry) -> int | None:
    text = one.index[0] if len(one.index) == 1 else ""
    return int(text) if text.removeprefix("-").isdigit() and text.isascii() else None


def _are_around(zeros: Collection[int], others: Collection[int]) -> bool:
    """Whether zeros lie in front of the first entry or enclose all others."""
    enclosing = len(zeros) > 1 and min(zeros) <= 0 and all(min(zeros) <= one <= max(zeros) for one in others)
    return enclosing or (len(zeros) == 1 and min(zeros) < 0)


def _without(fact: Facts, padded: Collection[Entry], biases: Collection[Entry]) -> Facts:
    def named(one: Entry) -> Entry:
        bare = replace(one, gradient=False)
        return Entry(bare.spelling, gradient=one.gradient) if bare in biases else one

    return replace(
        fact,
        entries=[named(one) for one in fact.entries if one not in padded],
        zeros=[one for one in fact.entries if one in padded],
        taps=[tap for tap in fact.taps if not {tap.first, tap.second} & set(padded)],
        shares=[replace(share, target=named(share.target), part=named(share.part)) for share in fact.shares],
    )
