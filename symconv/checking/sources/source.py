"""A text and the mathematics in it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from symconv.checking.sources.excerpt import Places, offset_at

Kind = Literal["display", "inline", "plain"]
LINE_END = re.compile(r"\r\n?|\n")


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of mathematics, without its delimiters.

    Args:
        text: as it is read: what a quotation or a list puts in front of a line is left out, macros are expanded.
        kind: a display (which may hold several equations), inline mathematics, or a line of plain text such as
            `dL/dX11 = dO11*F11`.
        places: pairs (offset in `text`, offset in the source) in growing order; between two pairs both count alike.
        stop: the offset in the source behind the last character.
    """

    text: str
    kind: Kind
    places: Places
    stop: int

    def offset(self, at: int) -> int:
        """The offset in the source of an offset in the text.

        >>> Passage("a = b", "inline", ((0, 10), (3, 20)), 22).offset(4)
        21
        """
        return self.stop if at >= len(self.text) else offset_at(self.places, at)


@dataclass(frozen=True, slots=True)
class Setting:
    """What the text itself says of the layer from an offset on: front matter or a comment, such as `stride=2`.

    All values are text, as a person would type them after an option (`{"layer": "conv", "input": "3x3"}`), or lists of
    such; a mark of symconv's own has the words of the command that wrote the text: `{"command": ["derive", ...]}`.
    """

    offset: int
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a notebook: its number from 1, its text, and where that stands in the file."""

    number: int
    text: str
    places: Places
    stop: int

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column within the cell, from 1, of an offset in the file."""
        own, there = self.places[max(bisect_right(self.places, offset, key=lambda pair: pair[1]) - 1, 0)]
        return _place(self.text, _line_starts(self.text), min(own + offset - there, len(self.text)))


@dataclass(frozen=True)
class Source:
    """A text, its mathematics in order, its settings, and the text with mathematics and code blanked out (as long).

    `cells` are those cells of a notebook that hold text.
    """

    name: str
    text: str
    passages: tuple[Passage, ...]
    settings: tuple[Setting, ...] = ()
    prose: str = ""
    cells: tuple[Cell, ...] = ()

    @cached_property
    def _starts(self) -> list[int]:
        return _line_starts(self.text)

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column, from 1, columns in code points.

        >>> Source("", "ab\\r\\ncd", ()).place(5)
        (2, 2)
        """
        return _place(self.text, self._starts, offset)

    def cell(self, offset: int) -> Cell | None:
        """The cell of a notebook in which an offset stands."""
        number = bisect_right(self.cells, offset, key=lambda cell: cell.places[0][1]) - 1
        return self.cells[number] if number >= 0 and offset <= self.cells[number].stop else None


def _line_starts(text: str) -> list[int]:
    return [0, *(end.end() for end in LINE_END.finditer(text))]


def _place(text: str, starts: list[int], offset: int) -> tuple[int, int]:
    line = bisect_right(starts, min(offset, len(text)))
    return line, min(offset, len(text)) - starts[line - 1] + 1
