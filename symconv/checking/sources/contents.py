"""What is found in a source while it is read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from symconv.checking.sources.excerpt import Excerpt, joined, moved
from symconv.checking.sources.macros import Macros
from symconv.checking.sources.source import Cell, Kind, Passage, Setting, Source
from symconv.notation.reading.signs import OPERATIONS, RELATIONS

_SIGNS = r"\times \cdot \pm \div + - / \dots \ldots \cdots \vdots \partial \nabla \sum \left \right ( ) [ ] . ,"
SIGNS = frozenset(_SIGNS.split()) | set(OPERATIONS) | set(RELATIONS)
LONGEST_SIGN = 40
_PIECE = re.compile(r"\\[A-Za-z]+|\S")
_GAP = re.compile(r"[ \t]*\n?[ \t]*(?:([=+*×·∗⊗⊙⊛⋆≈])[ \t]*\n?[ \t]*)?")
_SIGN = r"=|\+|\*|\\(?:approx|equiv|cdot|times|ast|star|otimes|odot|circledast)(?![A-Za-z])"
_BEGINS, _ENDS = re.compile(_SIGN), re.compile(rf"(?:{_SIGN}|-)\Z")


@dataclass(frozen=True, slots=True)
class _Found:
    """A formula, with and without its delimiters."""

    excerpt: Excerpt
    kind: Kind
    within: Excerpt

    def between(self, other: _Found, text: str) -> list[Excerpt] | None:
        """What stands between this piece and another one of the same formula; None where it is another formula."""
        gap = _GAP.fullmatch(text, self.within.stop, other.within.start)
        if gap is None or self.kind != "inline" or other.kind != "inline" or self._is_item(gap, other):
            return None
        space = moved(" ", gap.start(), gap.start())
        if gap[1]:
            return [space, moved(gap[1], *gap.span(1)), moved(" ", gap.end(1), gap.end(1))]
        return [space] if _ENDS.search(self.excerpt.text) or _BEGINS.match(other.excerpt.text) else None

    def _is_item(self, gap: re.Match[str], other: _Found) -> bool:
        """Whether the sign between two equations begins a line, as the mark of a list's item does."""
        marked = gap[1] is not None and gap[1] in "+*" and "\n" in gap.string[gap.start() : gap.start(1)]
        return marked and "=" in self.excerpt.text and "=" in other.excerpt.text


@dataclass
class Contents:
    """Mathematics and settings, the spans of the source that are not prose, and the author's macros so far."""

    name: str
    text: str
    found: list[_Found] = field(default_factory=list)
    settings: list[Setting] = field(default_factory=list)
    other: list[tuple[int, int]] = field(default_factory=list)
    macros: Macros = field(default_factory=Macros)

    def __post_init__(self) -> None:
        self._places = Source(self.name, self.text, ())

    def line(self, excerpt: Excerpt) -> int:
        """The line on which an excerpt starts, from 1."""
        return self._places.place(excerpt.start)[0]

    def mathematics(self, excerpt: Excerpt, kind: Kind, within: Excerpt) -> None:
        """Note a formula; `within` is the same with its delimiters. A lone sign stays with the prose: 3$\\times$3."""
        found = self.macros.expanded(excerpt.stripped()).stripped()
        if not is_sign(found.text):
            self.leave_out(within)
        if found.text:
            self.found.append(_Found(found, kind, within))

    def setting(self, excerpt: Excerpt, values: Mapping[str, Any] | None) -> None:
        """Note what a comment or front matter says, if it says something."""
        self.leave_out(excerpt)
        if values:
            self.settings.append(Setting(excerpt.start, values))

    def leave_out(self, excerpt: Excerpt) -> None:
        """Note that something is not prose."""
        self.other.append((excerpt.start, excerpt.stop))

    def source(self, read: Sequence[Excerpt], cells: Sequence[Cell] = ()) -> Source:
        """All of it, in the order of the text; prose is what stands in the excerpts that were read."""
        passages = [passage for passage in self._whole() if not is_sign(passage.text)]
        settings = sorted(self.settings, key=lambda setting: setting.offset)
        return Source(self.name, self.text, tuple(passages), tuple(settings), self._prose(read), tuple(cells))

    def _whole(self) -> Iterator[Passage]:
        """The formulas in order; one that its author cut into inline pieces is one again."""
        pieces: list[Excerpt] = []
        before: _Found | None = None
        for found in sorted(self.found, key=lambda found: found.within.start):
            gap = before.between(found, self.text) if before else None
            if before and gap is None:
                yield _passage(pieces, before.kind)
                pieces = []
            pieces += gap or []
            pieces.append(found.excerpt)
            before = found
        if before:
            yield _passage(pieces, before.kind)

    def _prose(self, read: Sequence[Excerpt]) -> str:
        kept = blank(self.text)
        for excerpt in read:
            ends = [*(own for own, _ in excerpt.places[1:]), len(excerpt.text)]
            for (own, there), end in zip(excerpt.places, ends, strict=True):
                kept[there : there + end - own] = excerpt.text[own:end]
        for start, stop in self.other:
            kept[start:stop] = blank(self.text[start:stop])
        return "".join(kept)


def _passage(pieces: Sequence[Excerpt], kind: Kind) -> Passage:
    whole = joined(pieces)
    return Passage(whole.text, kind, whole.places, whole.stop)


def is_sign(text: str) -> bool:
    r"""Whether a formula is no more than a sign that somebody writes of.

    >>> is_sign(r"\times"), is_sign(r"\left[\cdot\right]"), is_sign("x")
    (True, True, False)
    """
    return len(text) < LONGEST_SIGN and all(piece in SIGNS for piece in _PIECE.findall(text))


def blank(text: str) -> list[str]:
    """Spaces as many as the text has characters; the ends of lines stay."""
    return [sign if sign in "\r\n" else " " for sign in text]
