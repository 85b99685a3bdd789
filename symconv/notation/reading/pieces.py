"""A text cut into the pieces of TeX: commands, numbers, runs of letters, signs; with the places where they stand.

Limits come first: nothing longer or deeper than what a person writes is looked at.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from symconv.errors import UnreadError
from symconv.notation.reading.signs import ACCENTS, COMBINING, FONTS, LOWERED, RAISED, UNICODE

MAX_LENGTH = 20_000
MAX_PIECES = 12_000
SPACES = ("space", "newline")
"""Kinds of pieces that print nothing."""
MAX_NESTING = 40
MAX_DIGITS = 20

ARGUMENT_TAKERS = frozenset(
    {"_", "^", r"\frac", r"\dfrac", r"\tfrac", r"\sqrt", *(f"\\{name}" for name in (*FONTS, *ACCENTS))}
)
_PATTERN = re.compile(
    r"""(?P<space>(?:[ \t\r\f\v~]|(?<!\\)%[^\n]*)+)
    |(?P<newline>\n)
    |(?P<row>\\\\(?:\[[^\]\n]{0,12}\])?)
    |(?P<command>\\(?:[A-Za-z]+\*?|.))
    |(?P<dots>\.{2,})
    |(?P<number>[0-9]+(?:\.[0-9]+)?|\.[0-9]+)
    |(?P<accented>[A-Za-z][\u0302\u0303\u0304])
    |(?P<letters>[A-Za-z]+?(?=[A-Za-z][\u0302\u0303\u0304])|[A-Za-z]+)
    |(?P<lowered>[₀-₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ]+)
    |(?P<raised>[⁰¹²³⁴-⁾ⁿⁱˡ]+)
    |(?P<sign>:=|=:|<=|>=|==|!=|->|<-|=>|\*\*|\|\||[!-/:-@\[\]^_`{|}])
    |(?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a text, as TeX would have it, and where it starts and ends in the text."""

    kind: str
    text: str
    start: int
    end: int


def pieces(text: str) -> list[Piece]:
    """The pieces of a text. Raises `UnreadError` for one that is too long, and for numbers of too many digits.

    >>> [piece.text for piece in pieces("∂L/∂x₁₂ = 2")]
    ['\\\\partial', 'L', '/', '\\\\partial', 'x', '_', '{', '12', '}', ' ', '=', ' ', '2']
    """
    if len(text) > MAX_LENGTH:
        raise UnreadError(MAX_LENGTH, f"{len(text):,} characters", f"at most {MAX_LENGTH:,}")
    found: list[Piece] = []
    for match in _PATTERN.finditer(text):
        kind, start, end = str(match.lastgroup), match.start(), match.end()
        if kind in ("other", "lowered", "raised", "accented"):
            found += _translated(kind, match[0], start, end)
            continue
        if kind == "number" and end - start > MAX_DIGITS:
            raise UnreadError(start, f"a number of {end - start} digits", f"at most {MAX_DIGITS}")
        found.append(Piece(kind, match[0], start, end))
    if len(found) > MAX_PIECES:
        raise UnreadError(found[MAX_PIECES].start, f"{len(found):,} signs", f"at most {MAX_PIECES:,}")
    return found


def _translated(kind: str, text: str, start: int, end: int) -> list[Piece]:
    """Signs outside of ASCII as the pieces of LaTeX that mean the same."""
    if kind == "other":
        replacement = UNICODE.get(text) or _usual(text)
        if replacement is None:
            return [Piece("prose" if text.isalpha() else "sign", text, start, end)]
    elif kind == "accented":
        replacement = rf"\{COMBINING[text[1]]}{{{text[0]}}}"
    else:
        table, mark = (LOWERED, "_") if kind == "lowered" else (RAISED, "^")
        replacement = f"{mark}{{{''.join(table.get(sign, sign) for sign in text)}}}"
    return [Piece(str(match.lastgroup), match[0], start, end) for match in _PATTERN.finditer(replacement)]


def _usual(sign: str) -> str | None:
    """The letter, digit or sign that one of another width or alphabet for formulas stands for.

    >>> _usual("𝑥"), _usual("＋"), _usual("é")
    ('x', '+', None)
    """
    if not ("\uff01" <= sign <= "\uff5e" or "\U0001d400" <= sign <= "\U0001d7ff"):
        return None
    usual = unicodedata.normalize("NFKC", sign)
    return UNICODE.get(usual, usual)


def fractions(found: list[Piece]) -> list[Piece]:
    r"""The pieces with a group that \over parts as the fraction that it is.

    >>> [piece.text for piece in fractions(pieces(r"{a \over b}"))]
    ['\\frac', '{', 'a', ' ', '}', '{', ' ', 'b', '}']
    """
    opened: list[int] = []
    over: dict[int, int] = {}
    for number, piece in enumerate(found):
        if piece.text == "{":
            opened.append(number)
        elif piece.text == "}" and opened:
            opened.pop()
        elif piece.text == r"\over" and opened:
            over.setdefault(opened[-1], number)
    parting = set(over.values())
    parted: list[Piece] = []
    for number, piece in enumerate(found):
        if number in over:
            parted.append(Piece("command", r"\frac", piece.start, piece.start))
        signs = ("}", "{") if number in parting else (piece.text,)
        parted += [Piece("sign", sign, piece.start, piece.end) if number in parting else piece for sign in signs]
    return parted


def single(found: list[Piece]) -> list[Piece]:
    r"""The pieces as TeX takes them for arguments: x_12 has the subscript 1, and \frac12 is one half.

    >>> [piece.text for piece in single(pieces(r"x_12 \frac12"))]
    ['x', '_', '1', '2', ' ', '\\frac', '1', '2']
    """
    parted: list[Piece] = []
    before = ""
    for piece in found:
        if before in ("_", "^") and piece.kind in ("number", "letters"):
            parted.append(Piece(piece.kind, piece.text[0], piece.start, piece.start + 1))
            if len(piece.text) > 1:
                parted.append(Piece(piece.kind, piece.text[1:], piece.start + 1, piece.end))
        elif before in ARGUMENT_TAKERS and piece.kind in ("number", "letters"):
            places = enumerate(piece.text, start=piece.start)
            parted += [Piece(piece.kind, sign, place, place + 1) for place, sign in places]
        else:
            parted.append(piece)
        before = before if piece.kind == "space" else piece.text
    return parted


def partners(found: list[Piece]) -> dict[int, int]:
    r"""For every brace that opens a group, and every \begin, by number, the piece that closes it.

    Raises `UnreadError` for what opens or closes nothing, and for groups that are nested too deep.
    """
    opened: list[int] = []
    pairs: dict[int, int] = {}
    for number, piece in enumerate(found):
        if piece.text in ("{", r"\begin"):
            opened.append(number)
            if len(opened) > MAX_NESTING:
                raise UnreadError(piece.start, f"{MAX_NESTING + 1} groups inside each other", f"at most {MAX_NESTING}")
        elif piece.text in ("}", r"\end"):
            opener = {"}": "{", r"\end": r"\begin"}[piece.text]
            if not opened or found[opened[-1]].text != opener:
                raise UnreadError(piece.start, f"{piece.text} without {opener}", "what opens it")
            pairs[opened.pop()] = number
    if opened:
        piece = found[opened[-1]]
        raise UnreadError(piece.start, f"{piece.text} that nothing closes", "what closes it")
    return pairs
