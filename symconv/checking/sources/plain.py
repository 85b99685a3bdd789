"""Formulas in plain text, such as `dL/dF11 = dO11*X11 + dO12*X12`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from symconv.checking.sources import settings
from symconv.checking.sources.contents import Contents
from symconv.checking.sources.excerpt import Excerpt
from symconv.checking.sources.source import Source
from symconv.notation.reading.signs import CONDITION_WORDS, INFIX_WORDS, WORDS

SETTING = re.compile(r"^[ \t]*#(?P<said>[ \t]*symconv:[^\n]*)$", re.MULTILINE)
RELATION = re.compile(r":=|(?<![<>=!~+*/|&-])=(?![=>~])|[≈≔≡←]")
_LABEL = re.compile(r"\s*(?:[-*+•>|]\s+|\(?(?:\d{1,2}|[a-z]|[ivx]{1,4})[.)]\s+|#+\s+)*")
_LINE = re.compile(r"^[^\n]*$", re.MULTILINE)
_LEAD = re.compile(
    r"(?:[^\W\d_][^\W\d_'’-]*[ \t]*[,:]?[ \t]+){1,6}?(?=[^\s]*[\d/_\[(∂δ∇'])|[^=]{1,60}:[ \t]+(?=[^:]*=)"
)
_REMARK = r"(?:[^\W\d_]{2,}[ \t]+[^\W\d_]{3,}|[^\W\d_]{3,}[ \t]+[^\W\d_])"
_TAIL = re.compile(rf"[ \t]*(?:[,;.]?[ \t]*(?:\(|#|//|--|<-)[ \t]*|[,;][ \t]+){_REMARK}.*\Z")
"""A remark behind a formula."""
_LETTERS = r"[^\W\d_₀-₉⁰-⁹¹²³ₐ-ₜᵢ-ᵪ]+"
_WORDS = re.compile(rf"(?<![\w\\])({_LETTERS})[ \t]+({_LETTERS})(?![\w(\[])")
_ALLOWED = re.compile(
    r"[\w\s.,;:+\-−–*/@^=()\[\]{}|<>'’′·×⋅∙•⊙⊗⊛∗⋆∘◦&!~∂∇∑Σ∏√∞≈≔≡≤≥≠←→∈∀∣‖⌊⌋⌈⌉⟨⟩ᵀ⊤…⋯%₀-₉⁰-⁹ⁿⁱₐ-ₜᵢ-ᵪ¹²³⁻⁺₊₋\\]*"
)
_GOES_ON = re.compile(r"\s*(?:=(?!=)|[+*/·×⋅⊙⊗]|[-−](?!-))\s*\S")
_UNFINISHED = re.compile(r"(?:[=+*/·×⋅⊙⊗(,\-−])\s*\Z")
_CODE = re.compile(
    r"^\s*(?:import|from|def|class|return|for|while|if|else|elif|print|const|let|var|void|float|int|#include|>>>|\$)\b"
    r"|[\w)]\.[a-z_]+\(|\bself\.|;\s*$|\{\s*$|:\s*$|==|\+=|-=",
    re.MULTILINE,
)
_SIGN, _NAMED = re.compile(r"\w"), re.compile(r":\s")
_ADDRESS = re.compile(r"://|\w@\w")
KNOWN = CONDITION_WORDS | INFIX_WORDS | WORDS | {"otherwise", "sum", "max", "min", "exp", "log", "full", "valid"}
LONGEST = 2_000
"""Characters of a line that may be a formula."""


def read(text: str, name: str) -> Source:
    """What a plain text holds."""
    excerpt, contents = Excerpt.whole(text), Contents(name, text)
    kept = list(excerpt.text)
    for match in SETTING.finditer(excerpt.text):
        found = excerpt.part(*match.span())
        contents.setting(found, settings.from_comment(match["said"], contents.line(found)))
        kept[match.start() : match.end()] = " " * len(found.text)
    find(Excerpt("".join(kept), excerpt.places, excerpt.stop), contents)
    return contents.source([excerpt])


def find(excerpt: Excerpt, contents: Contents) -> None:
    """Note the formulas of a text, a line or several each."""
    for start, stop in _spans(excerpt.text):
        found = excerpt.part(start, stop)
        contents.mathematics(found, "plain", found)


def is_code(text: str) -> bool:
    """Whether a block looks like a program, not like formulas.

    >>> is_code("x = np.dot(a, b)"), is_code("dL/dF11 = dO11*X11")
    (True, False)
    """
    return bool(_CODE.search(text))


def _spans(text: str) -> Iterator[tuple[int, int]]:
    """Where formulas start and stop."""
    start = stop = -1
    for line in _LINE.finditer(text):
        if start >= 0 and _continues(text[start:stop], line[0]):
            stop = line.start() + _end(line[0], 0)
            continue
        if start >= 0:
            yield start, stop
        found = formula(line[0])
        start, stop = (line.start() + found[0], line.start() + found[1]) if found else (-1, -1)
    if start >= 0:
        yield start, stop


def formula(line: str) -> tuple[int, int] | None:
    """Where the formula of a line starts and stops.

    >>> formula("1. dL/dF11 = dO11*X11"), formula("With stride = 2 the output is small.")
    ((3, 21), None)
    """
    if len(line) > LONGEST or not RELATION.search(line) or _ADDRESS.search(line):
        return None
    label = _LABEL.match(line)
    start = label.end() if label else 0
    stop = _end(line, start)
    if not is_formula(line[start:stop]):
        lead = _LEAD.match(line, start)
        start = lead.end() if lead else start
        if lead is None or not is_formula(line[start:stop]):
            return None
    return start, stop


def is_formula(text: str) -> bool:
    """Whether a text is a relation between things that are no prose."""
    relation = RELATION.search(text)
    if relation is None or not _ALLOWED.fullmatch(text):
        return False
    left, right = text[: relation.start()], text[relation.end() :]
    if not _SIGN.search(left) or (right.strip() and not _SIGN.search(right)):
        return False
    balanced = left.count("(") == left.count(")") and left.count("[") == left.count("]")
    return balanced and not _NAMED.search(left) and not _holds_words(text)


def _holds_words(text: str) -> bool:
    """Whether two words stand side by side that are no names of functions."""
    at = 0
    while match := _WORDS.search(text, at):
        words = match[1].lower(), match[2].lower()
        if not KNOWN & set(words) and max(map(len, words)) > 2:
            return True
        at = match.start(2)
    return False


def _end(line: str, start: int) -> int:
    """Where a formula stops: before a remark in words, and the full stop."""
    tail = _TAIL.search(line, start)
    text = line[: tail.start()] if tail else line
    return len(text.rstrip().rstrip(".;,").rstrip())


def _continues(before: str, line: str) -> bool:
    """Whether a line goes on with the formula before it."""
    if not line.strip() or not _ALLOWED.fullmatch(line) or _holds_words(line):
        return False
    begins = _GOES_ON.match(line)
    relation = RELATION.search(line)
    if begins and (relation is None or not line[: relation.start()].strip()):
        return True
    return bool(_UNFINISHED.search(before)) and (relation is None or bool(begins))
