"""Parts of a text that are read apart: sections in which a letter is an array with another number of indices."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace

from symconv.checking.discovery.entries import Entry, entry, walk
from symconv.checking.discovery.result import ReadEquation
from symconv.checking.discovery.vocabulary import OPENINGS
from symconv.checking.discovery.words import Prose
from symconv.checking.sources.source import Source
from symconv.notation.tree import Differential, Node, Number, Partial, Relation

Span = tuple[int, int]
EQUAL = ("=", "≔", "≡")
_OPENING = re.compile(rf"^[ \t]*(?:{OPENINGS})", re.MULTILINE | re.IGNORECASE)
_SIGN = re.compile(r"[^\r\n]")


@dataclass(frozen=True, eq=False)
class Section:
    """What stands behind a heading: how many indices the letters have, and which are computed of other arrays."""

    span: Span
    ranks: Mapping[str, Set[int]]
    computed: Set[str]

    @classmethod
    def of(cls, span: Span, nodes: Sequence[Node]) -> Section:
        """What formulas show of their letters; x_{10} has one index where x_1 has, and a_i^l is one of a^l."""
        every = (entry(part, ()) for node in nodes for part in walk(node))
        entries = [each for each in every if each is not None and not each.upper]
        lone = {each.letter for each in entries if len(each.index) == 1}
        ranks: dict[str, set[int]] = defaultdict(set)
        for each in entries:
            packed = all(index.isdigit() for index in each.index) and each.letter in lone
            ranks[each.letter] |= {1 if packed else len(each.index)} - {0}
        return cls(span, ranks, {found.letter for node in nodes if (found := _computed(node)) is not None})

    def conflicts(self, other: Section) -> bool:
        """Whether what one of two sections computes has other numbers of indices in the other one."""
        pairs = [(self.ranks.get(letter), other.ranks.get(letter)) for letter in self.computed | other.computed]
        return any(one and another and one.isdisjoint(another) for one, another in pairs)


@dataclass(frozen=True)
class Scope:
    """The sections at `spans` as they are read: in `source`, where what is hidden from them is blanked out."""

    source: Source
    spans: Sequence[Span]
    hidden: Sequence[Span] = ()

    def has(self, offset: int) -> bool:
        return any(start <= offset < stop for start, stop in self.spans)

    def sees(self, offset: int) -> bool:
        return not any(start <= offset < stop for start, stop in self.hidden)


def scopes(source: Source, read: Sequence[ReadEquation]) -> Iterator[Scope]:
    """The scopes of a text: a section is read with all others that do not use its letters otherwise."""
    sections = list(_sections(source, read)) if len(read) > 1 else []
    views: dict[tuple[Span, ...], list[Span]] = {}
    for one in sections:
        views.setdefault(tuple(each.span for each in sections if one.conflicts(each)), []).append(one.span)
    if len(views) < 2:
        yield Scope(source, [(0, len(source.text) + 1)])
        return
    for hidden, spans in views.items():
        yield Scope(_without(source, hidden), spans, hidden)


def _sections(source: Source, read: Sequence[ReadEquation]) -> Iterator[Section]:
    """What stands between headings; what stands behind one without any formula belongs to the next."""
    prose = Prose(source)
    openings = (found.start() for found in _OPENING.finditer(prose.text))
    starts = sorted({0, *(start for start, _ in prose.headings), *openings})
    nodes: dict[int, list[Node]] = {}
    for each in read:
        nodes.setdefault(bisect_right(starts, each.offset) - 1, []).append(each.node)
    stops = [starts[number + 1] for number in nodes if number + 1 < len(starts)]
    stops = [*stops[: len(nodes) - 1], len(source.text) + 1]
    for start, stop, inside in zip([0, *stops], stops, nodes.values(), strict=False):
        yield Section.of((start, stop), inside)


def _computed(node: Node) -> Entry | None:
    """The entry of which a formula says how it is computed of others."""
    if not isinstance(node, Relation) or node.sign_before(1) not in EQUAL or isinstance(node.sides[1], Number):
        return None
    inside = walk(node.sides[1])
    found = entry(node.sides[0], ())
    if found is None or not found.index or any(isinstance(each, Partial | Differential) for each in inside):
        return None
    others = [each for part in inside if (each := entry(part, ())) is not None]
    return found if any(each.index and each.letter != found.letter for each in others) else None


def _without(source: Source, hidden: Sequence[Span]) -> Source:
    """A text with stretches of it blanked out, so that all places stay."""
    text, prose = source.text, source.prose
    for start, stop in hidden:
        text = text[:start] + _SIGN.sub(" ", text[start:stop]) + text[stop:]
        prose = prose[:start] + _SIGN.sub(" ", prose[start:stop]) + prose[stop:]
    return replace(source, text=text, prose=prose)
