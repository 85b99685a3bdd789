"""What the prose says: layers by name, sizes, strides and paddings, in the languages of the tables."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from symconv.checking.discovery.vocabulary import ARTICLES, LAYERS, LINKS, NUMBERS, QUANTITIES, ROLES, UNPADDED
from symconv.checking.sources.source import Source

_TIMES = r"\s*(?:\\times|×|✕|x|X|х|\*|\bby\b)\s*"
_MORE = rf"(?:{_TIMES}([0-9]{{1,4}}))?"
_SIZE = re.compile(rf"(?<![\d.A-Za-z_-])([0-9]{{1,4}}){_TIMES}([0-9]{{1,4}}){_MORE}{_MORE}(?!\.?\d)")
_NAME = r"(?![ijxX](?![A-Za-z]))[A-Za-z](?:_\s*\\?[A-Za-z0-9]{1,3})?"
_LETTERED = re.compile(
    rf"(?<![A-Za-z\\_^])(?P<one>{_NAME})\s*(?:\\times(?![A-Za-z])|×|✕|\*)\s*(?P<two>{_NAME})(?![A-Za-z_]|\s*(?:\\times|×|[-+−]))"
    rf"|(?<![A-Za-z])(?:length|Länge|longueur|longitud|长度|長さ|길이)\s+(?:of\s+)?(?P<only>{_NAME})(?![A-Za-z_])"
)
"""Sizes in letters: H × W."""
_BORDER = re.compile(r"[.;。；!?！？](?=\s|$|[^\x00-\x7f])|\n|[。；！？]")
_COMMA = re.compile(r"[,，、|]")
_LETTER = re.compile(r"(?<![A-Za-z0-9À-ɏ\\_^{])(\\mathbf\{[A-Za-z]\}|[A-Za-z])(?![A-Za-z0-9À-ɏ'’])")
_HEADING = re.compile(r"^[ \t]*(?:#{1,6}[ \t]|\\(?:sub)*(?:section|paragraph|chapter)\*?\{|\*\*)[^\n]*", re.MULTILINE)
_TITLE = re.compile(r"(?<=\n\n)[^\W\d_][^\n$\\]{2,70}[^\s.,:;!。，：；](?=\n[ \t]*\n)")
_LEAD = re.compile(r"^[^\W\d_][^\n$\\.,;。，；]{1,30}[:：](?=[ \t]*\n)", re.MULTILINE)
_MARKUP = re.compile(r"\\mathbb *\{?[A-Za-z]\}?|\\(?:left|right|displaystyle|,|;|!|:|quad|mathbf|mathrm|text)\b|[${}]")
_ARTICLE = re.compile(rf"(?<!\S)(?:{ARTICLES})(?=\s)")
WORD = ":"
"""In front of a role that a word says; a letter of the document may look like a role."""
REACH = 45
"""So many characters around a size, the word that says what has it is looked for."""
COMMA = 12
"""A comma counts like so many characters."""


_LAYER = {kind: re.compile(pattern) for kind, pattern in LAYERS.items()}
_ROLE = {role: re.compile(rf"(?<![A-Za-z])(?:{pattern})", re.IGNORECASE) for role, pattern in ROLES.items()}
_NUMBER = "|".join(NUMBERS)
_QUANTITY = {
    name: re.compile(
        rf"(?<![A-Za-z])(?:{pattern})(?P<between>[^0-9\n.。;；,，]{{0,14}}?)(?P<first>[0-9]{{1,2}}|(?<![A-Za-z])(?:{_NUMBER})(?![A-Za-z]))"
        rf"(?:\s*(?:\\times|×|x|,)\s*(?P<second>[0-9]{{1,2}}))?(?![0-9]*\s*[x×])",
        re.IGNORECASE,
    )
    for name, pattern in QUANTITIES.items()
}
_BOUND = re.compile(r"[<>≥≤]|than|大于|超过|이상|größer|больше|mayor|supérieur", re.IGNORECASE)
"""What makes a number a bound."""
_UNPADDED = re.compile(UNPADDED, re.IGNORECASE)
_LINKED = re.compile(rf"(?:\s*(?:{LINKS}))+\s*", re.IGNORECASE)
BESIDE = ("的", "の", "-", "sized")
"""What may stand between a size and what it directly belongs to."""


@dataclass(frozen=True, slots=True)
class Size:
    """A size in the prose, and what may have it: letters, and roles behind `WORD`, the likeliest first."""

    offset: int
    shape: tuple[int, ...]
    owners: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lettered:
    """A size in letters, as LaTeX without spaces, and what may have it."""

    letters: tuple[str, ...]
    owners: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Quantity:
    """A stride, padding or dilation in the prose."""

    offset: int
    name: str
    value: tuple[int, ...]


class Prose:
    """The text of a document without displays and code; inline mathematics stays."""

    def __init__(self, source: Source) -> None:
        text = _readable(source)
        if "$" in text:
            text = _ARTICLE.sub("~", text)
        self.text = _MARKUP.sub(_blank, text)

    @cached_property
    def headings(self) -> tuple[tuple[int, str], ...]:
        """Offsets and texts of headings; a short line by itself, or with a colon, is one where it names a layer."""
        found = [(match.start(), match[0]) for match in _HEADING.finditer(self.text)]
        lines = [(match.start(), match[0]) for title in (_TITLE, _LEAD) for match in title.finditer(self.text)]
        found += [line for line in lines if any(pattern.search(line[1].lower()) for pattern in _LAYER.values())]
        return tuple(sorted(found))

    @cached_property
    def layers(self) -> tuple[tuple[int, str], ...]:
        """Where which layer is named, in order; "pool" only where no kind of pooling is said."""
        found = [(*match.span(), kind) for kind, pattern in _LAYER.items() for match in pattern.finditer(self.lowered)]
        kept: list[tuple[int, str]] = []
        end = 0
        for start, stop, kind in sorted(found, key=lambda one: one[0]):
            if start >= end:
                kept.append((start, kind))
                end = stop
        return tuple(kept)

    @cached_property
    def lowered(self) -> str:
        """The text in small letters, as long as before."""
        small = self.text.lower()
        return small if len(small) == len(self.text) else "".join(one.lower()[:1] for one in self.text)

    def kinds(self, start: int, stop: int) -> tuple[str, ...]:
        """The kinds of layers that are named between two offsets."""
        found = self.layers[bisect_left(self._places, start) : bisect_left(self._places, stop)]
        return tuple(kind for _, kind in found)

    @cached_property
    def _places(self) -> list[int]:
        return [place for place, _ in self.layers]

    @cached_property
    def sizes(self) -> tuple[Size, ...]:
        return tuple(
            Size(found.start(), tuple(int(part) for part in found.groups() if part), self._owners(found))
            for found in _SIZE.finditer(self.text)
        )

    @cached_property
    def lettered(self) -> tuple[Lettered, ...]:
        return tuple(
            Lettered(tuple(_spelled(part) for part in found.groups() if part), self._owners(found))
            for found in _LETTERED.finditer(self.text)
            if not self.text[: found.start()].rstrip().endswith((r"\times", "×", "*"))
        )

    @cached_property
    def quantities(self) -> tuple[Quantity, ...]:
        found = [
            Quantity(match.start(), name, tuple(_number(part) for part in match.group("first", "second") if part))
            for name, pattern in _QUANTITY.items()
            for match in pattern.finditer(self.text)
            if not _BOUND.search(match["between"])
        ]
        found += [Quantity(match.start(), "padding", (0,)) for match in _UNPADDED.finditer(self.text)]
        return tuple(sorted(found, key=lambda one: one.offset))

    def _owners(self, size: re.Match[str]) -> tuple[str, ...]:
        before, after = self._clause(size)
        found = [(*_closeness(before[stop:], front=True), who) for who, _, stop in _named(before)]
        found += [(*_closeness(after[:start], front=False), who) for who, start, _ in _named(after)]
        return tuple(who for _, _, who in sorted(found))

    def _clause(self, size: re.Match[str]) -> tuple[str, str]:
        before = self.text[max(size.start() - REACH, 0) : size.start()]
        after = self.text[size.end() : size.end() + REACH]
        return _BORDER.split(before)[-1], _BORDER.split(after)[0]


def _named(clause: str) -> Iterator[tuple[str, int, int]]:
    for role, pattern in _ROLE.items():
        for found in pattern.finditer(clause):
            yield WORD + role, found.start(), found.end()
    for found in _LETTER.finditer(clause):
        yield found[1], found.start(), found.end()


def _closeness(between: str, *, front: bool) -> tuple[int, int]:
    """A rank and a distance: what stands next to a size, then what words such as "of size" join to it, then others."""
    rest = between.strip()
    distance = len(rest) + COMMA * len(_COMMA.findall(rest))
    if not rest or (not front and rest in BESIDE):
        return (0 if front else 1), distance
    return (2 if front and _LINKED.fullmatch(rest) else 3), distance


def _spelled(name: str) -> str:
    """The letter of a size as LaTeX without spaces, one sign below it without braces."""
    letter, _, below = name.replace(" ", "").partition("_")
    return letter if not below else f"{letter}_{below}" if len(below) == 1 else f"{letter}_{{{below}}}"


def _blank(found: re.Match[str]) -> str:
    return " " * len(found[0])


def _number(text: str) -> int:
    return NUMBERS.get(text.lower(), -1) if not text.isdigit() else int(text)


def _readable(source: Source) -> str:
    """The prose with its inline mathematics put back."""
    if not source.prose:
        return source.text
    pieces, at = [], 0
    for passage in source.passages:
        if passage.kind == "inline" and passage.places and passage.places[0][1] >= at:
            start = passage.places[0][1]
            pieces += [source.prose[at:start], source.text[start : passage.stop]]
            at = passage.stop
    return "".join([*pieces, source.prose[at:]])
