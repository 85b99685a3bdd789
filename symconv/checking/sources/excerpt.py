"""Text cut out of a source that still knows where each part of it stands there."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from operator import itemgetter

OWN = itemgetter(0)
Places = tuple[tuple[int, int], ...]


def offset_at(places: Places, at: int) -> int:
    """Where something stands in the source, by the pairs (own offset, offset in the source)."""
    own, there = places[max(bisect_right(places, at, key=OWN) - 1, 0)]
    return there + at - own


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A text, and where it stands in its source.

    Args:
        text: what is read.
        places: pairs (offset in `text`, offset in the source), the first of them for the start; between two pairs both
            count alike.
        stop: the offset in the source behind the last character.
    """

    text: str
    places: Places
    stop: int

    @classmethod
    def whole(cls, text: str) -> Excerpt:
        """All of a source; every end of a line is a line feed, so that nothing changes its place.

        >>> Excerpt.whole("a\\r\\nb").text
        'a \\nb'
        """
        return cls(text.replace("\r\n", " \n").replace("\r", "\n"), ((0, 0),), len(text))

    @property
    def start(self) -> int:
        """The offset in the source of the first character."""
        return self.places[0][1]

    def offset(self, at: int) -> int:
        """The offset in the source of an offset in the text."""
        return self.stop if at >= len(self.text) else offset_at(self.places, at)

    def part(self, start: int, stop: int) -> Excerpt:
        """What stands between two offsets of the text.

        >>> Excerpt("ab", ((0, 3), (1, 7)), 8).part(1, 2)
        Excerpt(text='b', places=((0, 7),), stop=8)
        """
        stop = min(stop, len(self.text))
        start = min(start, stop)
        first, last = bisect_right(self.places, start, key=OWN), bisect_left(self.places, stop, key=OWN)
        inside = ((own - start, there) for own, there in self.places[first:last])
        end = self.offset(stop) if stop in (start, len(self.text)) else self.offset(stop - 1) + 1
        return Excerpt(self.text[start:stop], ((0, self.offset(start)), *inside), end)

    def stripped(self) -> Excerpt:
        """Without white space around it."""
        if self.text == self.text.strip():
            return self
        start = len(self.text) - len(self.text.lstrip())
        return self.part(start, max(len(self.text.rstrip()), start))

    def cut(self, spans: Iterable[tuple[int, int]]) -> Excerpt:
        """What stands in these spans, one behind the other.

        >>> Excerpt.whole("> a\\n> b").cut([(2, 4), (6, 7)])
        Excerpt(text='a\\nb', places=((0, 2), (2, 6)), stop=7)
        """
        return joined([self.part(start, stop) for start, stop in spans])

    def edited(self, edits: Iterable[tuple[int, int, str]]) -> Excerpt:
        """With other text in place of some spans, which stands where the span starts."""
        parts, at = [], 0
        for start, stop, text in edits:
            parts += [self.part(at, start), moved(text, self.offset(start), self.offset(stop))]
            at = stop
        return joined([*parts, self.part(at, len(self.text))]) if parts else self

    def replaced(self, pattern: re.Pattern[str], text: Callable[[re.Match[str]], str | None]) -> Excerpt:
        """With what `text` makes of each match; None leaves it as it is."""
        made = ((match.start(), match.end(), text(match)) for match in pattern.finditer(self.text))
        return self.edited((start, stop, new) for start, stop, new in made if new is not None)


def moved(text: str, start: int, stop: int) -> Excerpt:
    """Text that stands in the source as something else: all of it at one place."""
    return Excerpt(text, tuple((at, start) for at in range(len(text))) or ((0, start),), stop)


def joined(parts: Sequence[Excerpt]) -> Excerpt:
    """Excerpts one behind the other."""
    kept = [part for part in parts if part.text] or list(parts[:1])
    places: list[tuple[int, int]] = []
    length = 0
    for part in kept:
        for own, there in part.places:
            if not places or there - places[-1][1] != length + own - places[-1][0]:
                places.append((length + own, there))
        length += len(part.text)
    text = "".join(part.text for part in kept)
    return Excerpt(text, tuple(places) or ((0, 0),), kept[-1].stop if kept else 0)
