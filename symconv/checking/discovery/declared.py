"""Layers that prose declares: of which kind one is, and which letters are its input, filter and output."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from symconv.checking.discovery.entries import Entry
from symconv.checking.discovery.facts import Facts, Tap
from symconv.checking.discovery.subjects import plain
from symconv.checking.discovery.vocabulary import POOLED
from symconv.checking.discovery.words import Prose
from symconv.notation.tree import Named, Relation

SLIDING = ("conv-transpose", "conv", "max-pool", "avg-pool")
"""The kinds of layers with windows; a transposed convolution is called a convolution too."""
NEEDED: Mapping[str, tuple[str, ...]] = {"conv": ("X", "F"), "conv-transpose": ("X", "F")}
"""The roles that must have letters of their own; otherwise that of the input."""
_PARAGRAPH = re.compile(r"\n[ \t]*\n")
_SENTENCE = re.compile(r"[.;。；](?=\s)|[。；]")


@dataclass(frozen=True)
class Declared:
    """A layer in words: its kind, the letters of its roles, and the part [start, stop) of the text that is about it.

    `axes` is how many spatial axes it is said to have.
    """

    kind: str
    letters: Mapping[str, str]
    start: int
    stop: int
    axes: int | None = None

    def covers(self, offset: int) -> bool:
        return self.start <= offset < self.stop


def declared(prose: Prose, facts: Sequence[Facts], losses: Collection[str]) -> list[Declared]:
    """The layers whose kind and letters the prose says; letters that it does not say are taken from the equations."""
    length = len(prose.text)
    starts = [0, *(start for start, _ in prose.headings if start)]
    found = _merged([one for start, stop in _pieces(starts, length) for one in _within(prose, start, stop)])
    limits = [_end(one, found[at + 1 :], prose, length) for at, one in enumerate(found)]
    bounded = (Declared(one.kind, one.letters, one.start, stop) for one, stop in zip(found, limits, strict=True))
    known = (replace(one, axes=prose.axes(one.start, one.stop)) for one in bounded)
    turned = (part for one in known for part in _turned(one, facts, prose))
    complete = (_completed(one, facts, losses) for one in turned)
    return [one for one in complete if all(role in one.letters for role in NEEDED.get(one.kind, ("X",)))]


def _merged(found: Sequence[Declared]) -> list[Declared]:
    """Each layer once where it is first declared: what agrees with it later on is said of the same one."""
    kept: list[Declared] = []
    for one in found:
        last = kept[-1] if kept else None
        if (
            last is None
            or last.kind != one.kind
            or any(last.letters.get(role, letter) != letter for role, letter in one.letters.items())
        ):
            kept.append(one)
        else:
            kept[-1] = replace(last, letters={**last.letters, **one.letters})
    return kept


def _pieces(starts: Sequence[int], length: int) -> Iterator[tuple[int, int]]:
    yield from zip(starts, [*starts[1:], length + 1], strict=True)


def _within(prose: Prose, start: int, stop: int) -> Iterator[Declared]:
    """What a section declares: one layer, or one in each of its paragraphs or sentences that are about one kind."""
    kinds = _kinds(prose, start, stop)
    if len(kinds) == 1:
        letters = _letters(prose, start, stop)
        if letters:
            yield Declared(kinds[0], letters, start, stop)
        return
    for pattern in (_PARAGRAPH, _SENTENCE):
        borders = [start, *(match.end() for match in pattern.finditer(prose.text, start, stop))]
        found = list(_by_pieces(prose, borders, stop))
        if found:
            yield from found
            return


def _by_pieces(prose: Prose, borders: Sequence[int], stop: int) -> Iterator[Declared]:
    """The pieces with letters; one that names no kind goes on with that of the piece before."""
    last: list[str] = []
    for piece in zip(borders, [*borders[1:], stop], strict=True):
        last = _kinds(prose, *piece) or last
        letters = _letters(prose, *piece)
        if len(last) == 1 and letters:
            yield Declared(last[0], letters, *piece)


def _kinds(prose: Prose, start: int, stop: int) -> list[str]:
    """The kinds with windows that are named; a filter with a letter makes a convolution where none is."""
    named = set(prose.kinds(start, stop))
    kinds = [kind for kind in SLIDING if kind in named]
    if "conv-transpose" in kinds and "conv" in kinds:
        kinds.remove("conv")
    if not kinds and not named and {"X", "F"} <= _letters(prose, start, stop).keys():
        return ["conv"]
    return kinds


def _letters(prose: Prose, start: int, stop: int) -> dict[str, str]:
    """The letter of each role that has one alone, where the letter has no other role."""
    votes: dict[str, Counter[str]] = defaultdict(Counter)
    for offset, role, letter in prose.roles:
        if start <= offset < stop:
            votes[role][letter] += 1
    found = {role: letters.most_common(1)[0][0] for role, letters in votes.items() if len(letters) == 1}
    taken = Counter(map(plain, found.values()))
    return {role: letter for role, letter in found.items() if taken[plain(letter)] == 1}


def _end(one: Declared, later: Sequence[Declared], prose: Prose, length: int) -> int:
    """Where the text goes on to another layer: the next that is declared, or a heading that names another kind."""
    ends = [other.start for other in later[:1]]
    for start, text in prose.headings:
        named = prose.kinds(start, start + len(text))
        if start > one.start and named and one.kind not in named:
            ends.append(start)
    return min([end for end in ends if end > one.start], default=length + 1)


def _turned(one: Declared, facts: Sequence[Facts], prose: Prose) -> Iterator[Declared]:
    """A pool, and behind it the other kind of the same arrays, where words and a formula of the forward pass say so."""
    for before, fact in pairwise(each for each in facts if one.covers(each.offset)):
        kind = _pooled(fact)
        if kind and kind != one.kind in POOLED:
            said = re.search(POOLED[kind], prose.text[before.offset : fact.offset], re.IGNORECASE)
            if said:
                place = before.offset + said.start()
                yield replace(one, stop=place)
                yield replace(one, kind=kind, start=place)
                return
    yield one


def _pooled(fact: Facts) -> str:
    """The kind of pool that a formula of the forward pass has the form of."""
    if fact.pooled:
        return fact.pooled[0].kind
    return "avg-pool" if any(0 < each.number < 1 and not each.target.gradient for each in fact.shares) else ""


def _alone(fact: Facts) -> Iterator[Entry]:
    """What an equation says a number to be, or differentiates by, without an index."""
    left = isinstance(fact.node, Relation) and isinstance(fact.node.sides[0], Named)
    yield from (one for at, one in enumerate(fact.entries) if not one.index and (one.gradient or (left and not at)))


def _completed(one: Declared, facts: Sequence[Facts], losses: Collection[str]) -> Declared:
    """With letters of its equations only, and the only other one for the only role that has none."""
    near = [found for fact in facts if one.covers(fact.offset) for found in fact.entries]
    used = {plain(found.letter) for found in near}
    kept = {role: letter for role, letter in one.letters.items() if plain(letter) in used}
    missing = [role for role in (("X", "F", "O") if one.kind in NEEDED else ("X", "O")) if role not in kept]
    known = {*map(plain, kept.values()), *map(plain, losses)}
    others = {found.letter for found in near if found.index and not found.letter.startswith("\\")}
    if one.kind not in NEEDED and "O" in missing:
        others |= {found.letter for fact in facts if one.covers(fact.offset) for found in _alone(fact)}
    others = {letter for letter in others if plain(letter) not in known}
    if len(missing) == len(others) == 1:
        kept[missing[0]] = others.pop()
    return replace(one, letters=_forward(kept, (tap for fact in facts if one.covers(fact.offset) for tap in fact.taps)))


def _forward(letters: Mapping[str, str], taps: Iterable[Tap]) -> Mapping[str, str]:
    """With the output in its place where equations say what words call the input to be made of the other two."""
    made = letters.get("X"), frozenset((letters.get("F"), letters.get("O")))
    turned = (
        (tap.target.letter, frozenset((tap.first.letter, tap.second.letter))) == made
        for tap in taps
        if not tap.target.gradient
    )
    return {**letters, "X": letters["O"], "O": letters["X"]} if any(turned) else letters
