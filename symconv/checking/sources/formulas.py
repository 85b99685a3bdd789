r"""Formulas between their delimiters, in Markdown and in TeX: `$..$`, `\[..\]`, environments and the like."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from symconv.notation.reading.signs import ENVIRONMENTS

DELIMITERS: Mapping[str, tuple[str, Literal["display", "inline"]]] = {
    "$`": ("`$", "inline"), "{math}`": ("`", "inline"), "$$": ("$$", "display"), "$": ("$", "inline"),
    "\\\\[": ("\\\\]", "display"), "\\\\(": ("\\\\)", "inline"), "\\[": ("\\]", "display"), "\\(": ("\\)", "inline"),
}  # fmt: skip
"""What opens a formula, what closes it, and how it stands. The longer ones come first."""
MARKDOWN, TEX = (re.compile("|".join(map(re.escape, openings))) for openings in (DELIMITERS, ("$$", "$", "\\[", "\\(")))
TRANSPARENT = frozenset({"subequations", "tabular", "subarray"})
"""Environments of rows or entries that are text with formulas in it, or nothing by themselves."""
ROWS = frozenset({name for name, kind in ENVIRONMENTS.items() if kind == "rows"} - TRANSPARENT) | {
    "dmath", "dmath*", "dgroup", "dgroup*", "darray", "darray*", "IEEEeqnarray", "IEEEeqnarray*", "xalignat",
    "xalignat*", "empheq",
}  # fmt: skip
"""Environments that are a display."""
WHOLE = frozenset(ENVIRONMENTS) - ROWS - TRANSPARENT
"""Environments that are part of a formula, and in Markdown may be all of one."""
FAR = 200
"""So many characters behind a dollar within braces, which may belong to the text there, another one is looked for."""
PATIENCE = 100
"""So often in a text; then its braces are not worth looking at."""
_WITH_ARGUMENT = re.compile(r"\\begin\s*\{(?:x?alignat|alignedat|IEEEeqnarray|darray|empheq)\*?\}")
_GROUP = re.compile(r"[ \t]*\{[^{}\n]{0,40}\}")
_OPTIONS = re.compile(r"[ \t]*\[[^\[\]\n]{0,40}\]")
_BEGIN = re.compile(r"\\begin\s*\{([A-Za-z]{1,20}\*?)\}")
_BLANK_LINE = re.compile(r"\n[ \t>]*\n")
_GROUPS_OF_TEXT = re.compile(
    r"\\(?:text[a-z]*|mbox|hbox|operatorname\*?|mathrm|label|tag|intertext|color)\s*\{[^{}]*\}"
)
_WORDS = re.compile(r"(?<![\\\w])[^\W\d_]{2,}(?:[,;:.]?\s+[^\W\d_]{2,})+(?![\w(])")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u3001\u3002\uff0c]{2,}")
_PARAGRAPH = re.compile(r"(?m)^[ \t>]*(?:#{1,6} |```|~~~)")
_SIGN = re.compile(r"[=\\_^+*<>|{}'∂∇Σ]|^\s*[^\W\d_]\s*$")
_AMOUNT = re.compile(r"\d[\d.,]*\s+\D{2}")
_CURRENCY = re.compile(r"[A-Z]\$\s?\d")
_CLOSING_TAG = re.compile(r"</[A-Za-z]+>")


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula in a text: where its delimiters start and end, and where what is between them does."""

    begin: int
    start: int
    stop: int
    end: int
    kind: Literal["display", "inline"]


class Formulas:
    """Finds the formulas of a text.

    With `tex`, a percent sign hides the rest of its line, and `\\\\[` is the end of a row.
    """

    def __init__(self, text: str, *, tex: bool = False) -> None:
        self.text, self.tex = text, tex
        self._last: dict[str, int] = {}
        self._refused = -1
        self._patience = PATIENCE

    def at(self, place: int) -> Formula | None:
        """The formula that begins at a place."""
        if place == self._refused:
            return None
        opening = (TEX if self.tex else MARKDOWN).match(self.text, place)
        if opening and not self.tex and _CURRENCY.match(self.text, max(place - 1, 0)):
            return None
        if opening:
            return self._between(place, opening[0])
        match = _BEGIN.match(self.text, place)
        return self._environment(match) if match else None

    def _between(self, place: int, opening: str) -> Formula | None:
        closing, kind = DELIMITERS[opening]
        start = place + len(opening)
        stop = self._close(start, closing, kind)
        if stop is None or not self._is_formula(opening, start, stop):
            self._refused = start - 1 if opening == "$$" else -1
            return None
        return Formula(place, start, stop, stop + len(closing), kind)

    def _environment(self, begin: re.Match[str]) -> Formula | None:
        name = begin[1]
        if name not in ROWS and (self.tex or name not in WHOLE):
            return None
        closing = rf"\end{{{name}}}"
        start = begin.end()
        stop = self._close(start, closing, "display")
        if stop is None or not self._is_formula("$$", start, stop):
            return None
        end = stop + len(closing)
        kind: Literal["display", "inline"] = "inline" if name == "math" else "display"
        if name in WHOLE:
            return Formula(begin.start(), begin.start(), end, end, kind)
        return Formula(begin.start(), self._behind_arguments(begin), stop, end, kind)

    def _behind_arguments(self, begin: re.Match[str]) -> int:
        """Where the rows of an environment start."""
        at = begin.end()
        for pattern in (_OPTIONS, _GROUP) if _WITH_ARGUMENT.match(begin[0]) else ():
            match = pattern.match(self.text, at)
            at = match.end() if match else at
        return at

    def _close(self, start: int, closing: str, kind: str) -> int | None:
        """Where what closes a formula stands; outside of braces, if there is such a place."""
        if closing not in self._last:
            self._last[closing] = self.text.rfind(closing)
        if self._last[closing] < start:
            return None
        depth, first = 0, None
        for token in _tokens(closing, inline=kind == "inline", comments=self.tex).finditer(self.text, start):
            if token.lastgroup == "closing":
                first = token.start() if first is None else first
                if depth <= 0 or closing != "$" or not self._patience:
                    return token.start()
            elif token.lastgroup == "blank" or (first is not None and token.start() > first + FAR):
                break
            else:
                depth += (token[0] == "{") - (token[0] == "}")
        self._patience -= first is not None
        return first

    def _is_formula(self, opening: str, start: int, stop: int) -> bool:
        """Whether this may be mathematics, and not a price, a footnote or a paragraph between two formulas."""
        content = self.text[start:stop]
        if not content.strip() or (_CLOSING_TAG.search(content) and not self.tex):
            return False
        if "`" in opening:
            return True
        if opening == "$":
            return self._is_inline(content, stop)
        if opening in ("\\[", "\\(", "\\\\[", "\\\\(") and not (self.tex or _SIGN.search(content)):
            return False
        return not (_BLANK_LINE.search(content) and is_prose(content))

    def _is_inline(self, content: str, stop: int) -> bool:
        if self.tex:
            return True
        if _SIGN.search(content):
            return not (self.text[stop + 1 : stop + 2].isdigit() or is_prose(content))
        spaces = content[0].isspace() + content[-1].isspace()
        amount = spaces == 1 or (spaces and content.strip().isalpha()) or _AMOUNT.match(content)
        return not (amount or is_prose(content, most=1))


def is_prose(text: str, most: int = 3) -> bool:
    """Whether more words than `most` stand side by side outside of what TeX calls text, or marks of paragraphs.

    >>> is_prose("and then the price"), is_prose(r"a = b \\text{ for all words}")
    (True, False)
    """
    bare = _GROUPS_OF_TEXT.sub(" ", text)
    words = [match[0].split() for match in _WORDS.finditer(bare)]
    if any(len(found) > most and max(map(len, found)) > 2 for found in words) or _PARAGRAPH.search(bare):
        return True
    return any(len(found[0]) > 2 * most for found in _CJK.finditer(bare))


@cache
def _tokens(closing: str, *, inline: bool, comments: bool) -> re.Pattern[str]:
    """What closes a formula, and what has to be looked at on the way there."""
    parts = [f"(?P<closing>{re.escape(closing)})", r"\\.", "[{}]"]
    if comments:
        parts.insert(0, r"%[^\n]*")
    if inline:
        parts.append(r"(?P<blank>\n[ \t]*\n)")
    return re.compile("|".join(parts), re.DOTALL)
