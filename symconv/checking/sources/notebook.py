"""Mathematics in notebooks: their cells of Markdown, each place in them mapped to the file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from symconv.checking.annotations import blanked
from symconv.checking.sources import markdown
from symconv.checking.sources.contents import Contents
from symconv.checking.sources.excerpt import Excerpt, joined
from symconv.checking.sources.source import Cell, Source
from symconv.errors import InputError

_TOKEN = re.compile(r'"(?P<string>(?:[^"\\]|\\.)*)"|[\[\]{},:]|[^\s\[\]{},:"]+', re.DOTALL)
_ESCAPE = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.")
_LINE_END = re.compile(r"\r\n?")


def read(text: str, name: str) -> Source:
    """What the cells of a notebook hold. Raises `InputError` for what is none."""
    _check(text)
    contents = Contents(name, text)
    whole = Excerpt(text, ((0, 0),), len(text))
    cells = []
    for number, cell in _cells(text).items():
        if cell.kind == "markdown" and cell.parts:
            excerpt = joined([_decoded(whole.part(*span)) for span in cell.parts])
            clean = blanked(_LINE_END.sub(_line_feed, excerpt.text))
            cells.append(Cell(number, clean, excerpt.places, excerpt.stop))
    excerpts = [Excerpt(cell.text, cell.places, cell.stop) for cell in cells]
    markdown.read_parts(excerpts, contents)
    return contents.source(excerpts, cells)


def _line_feed(match: re.Match[str]) -> str:
    return " " * (len(match[0]) - 1) + "\n"


def _check(text: str) -> None:
    try:
        found = json.loads(text)
    except RecursionError:
        raise InputError("notebook is nested too deep: expected the JSON that Jupyter writes") from None
    except ValueError as error:
        raise InputError(f"notebook is no JSON: {' '.join(str(error).split())}; save it again in Jupyter") from None
    cells = found.get("cells", found.get("worksheets")) if isinstance(found, dict) else None
    if not isinstance(cells, list):
        raise InputError("notebook has no list of cells: expected the JSON that Jupyter writes")


@dataclass
class _Cell:
    """A cell: its kind, and the spans of the strings that are its text, without their quotes."""

    kind: str = ""
    parts: list[tuple[int, int]] = field(default_factory=list)


def _cells(text: str) -> dict[int, _Cell]:
    """The cells by number, from 1."""
    cells: dict[int, _Cell] = {}
    for path, start, stop in _strings(text):
        match path[path.index("cells") :] if "cells" in path else ():
            case ["cells", int(number), "cell_type"]:
                cells.setdefault(number + 1, _Cell()).kind = text[start:stop]
            case ["cells", int(number), "source", *_]:
                cells.setdefault(number + 1, _Cell()).parts.append((start, stop))
    return cells


def _strings(text: str) -> Iterator[tuple[tuple[str | int, ...], int, int]]:
    """Every string of JSON that is no key: the keys and numbers that lead to it, and its span without the quotes."""
    path: list[str | int] = []
    key = False
    for token in _TOKEN.finditer(text):
        sign = token[0]
        if sign in "{[":
            path.append("" if sign == "{" else 0)
        elif sign in "]}":
            path.pop()
        elif sign == "," and isinstance(path[-1], int):
            path[-1] += 1
        elif key and token["string"] is not None:
            path[-1] = token["string"]
        elif token["string"] is not None:
            yield tuple(path), *token.span("string")
        key = sign in "{," and bool(path) and isinstance(path[-1], str)


def _decoded(excerpt: Excerpt) -> Excerpt:
    """A string of JSON as the text that it stands for."""
    return excerpt.replaced(_ESCAPE, _character)


def _character(match: re.Match[str]) -> str:
    sign: str = json.loads(f'"{match[0]}"')
    return "\ufffd" if 0xD800 <= ord(sign[0]) < 0xE000 else sign
