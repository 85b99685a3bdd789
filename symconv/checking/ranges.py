"""What letters below an operator run over where it is said by conditions: 0 ≤ m, n ≤ 1 or a ∈ {0, 1}."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

_LETTERS = r"(?P<letters>[A-Za-z](?:,[A-Za-z])*)"
_BOUNDED = re.compile(rf"(?P<least>[^,≤<]+)(?P<first>[≤<]){_LETTERS}(?P<last>[≤<])(?P<most>[^,≤<;]+)")
_LISTED = re.compile(rf"{_LETTERS}(?:∈|=)\\?{{?\\?(?P<values>[0-9](?:,[0-9])+|[0-9],(?:…|\.\.\.),[0-9]+)\\?}}?")
_SIGNS = {r"\leqslant": "≤", r"\leq": "≤", r"\le": "≤", r"\lt": "<", r"\in": "∈", r"\ldots": "…", r"\dots": "…"}


def ranges_below(text: str, number: Callable[[str], int]) -> dict[str, range] | None:
    r"""The numbers that letters take; None where a text says it in another way. `number` gives a bound its value.

    >>> ranges_below(r"0\le m,n\le1", int), ranges_below(r"a,b\in\0,1\\", int), ranges_below("m,n", int)
    ({'m': range(0, 2), 'n': range(0, 2)}, {'a': range(0, 2), 'b': range(0, 2)}, None)
    """
    plain = re.sub(r"\\(?:leqslant|leq|le|lt|in|ldots|dots)(?![A-Za-z])", lambda sign: _SIGNS[sign[0]], text)
    plain = re.sub(r"\s|\\[,;! ]|\\quad", "", plain)
    found: dict[str, range] = {}
    rest = _BOUNDED.sub(lambda match: _taken(found, _bounded(match, number)), plain)
    rest = _LISTED.sub(lambda match: _taken(found, _listed(match)), rest)
    return found if found and not rest.strip(",;\\") else None


def _taken(found: dict[str, range], more: Iterator[tuple[str, range]]) -> str:
    found.update(more)
    return ""


def _bounded(match: re.Match[str], number: Callable[[str], int]) -> Iterator[tuple[str, range]]:
    start = number(match["least"]) + (match["first"] == "<")
    stop = number(match["most"]) + (match["last"] == "≤")
    yield from ((letter, range(start, stop)) for letter in match["letters"].split(","))


def _listed(match: re.Match[str]) -> Iterator[tuple[str, range]]:
    values = [int(value) for value in re.findall("[0-9]+", match["values"])]
    if "…" in match["values"] or "..." in match["values"] or values == list(range(values[0], values[-1] + 1)):
        yield from ((letter, range(values[0], values[-1] + 1)) for letter in match["letters"].split(","))
