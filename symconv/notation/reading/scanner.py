"""Pieces of a text made into the tokens of the grammar.

TeX's arguments, scripts, fonts and environments are taken apart here, brackets are matched, and every name is told
apart as a letter, a word, the head of a call, or a function that stands before its argument.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from symconv.errors import UnreadError
from symconv.notation.letters import GREEK
from symconv.notation.reading.pieces import MAX_NESTING, SPACES, Piece, partners
from symconv.notation.reading.signs import (
    ACCENTS,
    CONDITION_WORDS,
    DELIMITERS,
    DOTS,
    ENVIRONMENTS,
    FONTS,
    IGNORED,
    INFIX_WORDS,
    LETTERS,
    MOVES,
    NAMED_FUNCTIONS,
    OPERATIONS,
    RELATIONS,
    TOKENS,
    TRANSPOSED,
    WITHOUT_BRACKETS,
    WORDS,
    WRAPPERS,
)
from symconv.notation.tree import Named, Node, Words

MAX_TOKENS = 6_000
_OPERAND_ENDS = """
    NAME NUMBER _RPAR _RSQUARE _RCURLY _RANGLE _RFLOOR _RCEIL _RBAR _RNORM _CLOSE _RBRACE SUB SUP PRIMES DOTS TEXT ONES
    ZERO _ENDM _ENDC LABEL
"""
OPERAND_ENDS = frozenset(_OPERAND_ENDS.split())
"""The tokens that may stand last in an operand."""
LONG_WORD = 5
"""So many letters side by side are a word."""
NO_OPERAND = frozenset(
    {"+", "-", "/", ",", ";", "&", "}", ".", r"\right", r"\end", r"\cdot", r"\times", r"\quad", r"\qquad"}
)
_PLAIN_SCRIPT = re.compile(
    r"\((?P<inside>[^()]*)\)|(?:[^\W_]|')+(?:[:×](?:[^\W_])+)*"
    r"(?:,(?:[0-9]+|[0-9]*[a-zα-ω])(?:[:×][0-9]+)*(?![\w(\[]))*"
)
"""A subscript of plain text: a bracket, or letters and digits with commas between short ones."""
_SIZES = re.compile(
    r"(?P<name>.*?)\s*(?:\\[;,:!]|\\quad)?\s*\((?P<sizes>[0-9]{1,9}(?:\s*(?:\\times|×)\s*[0-9]{1,9})*)\)", re.DOTALL
)
_INDEX = re.compile(r"[\w\s,+\-−*:·/'\\×]+")
"""What stands between square brackets where they are an index."""
_FONT_OF_WORD = re.compile(r"(?:(?<=,)|^)\\(?:text[a-z]*|mathrm|mbox|operatorname)\{([A-Za-z0-9 -]*)\}(?=,|$)")
_FONT_LETTER = re.compile(r"[A-Za-z]|\\[A-Za-z]+")
_SNAKE = re.compile(r"([A-Za-z]+(?:_[A-Za-z]+)+)\(")
"""A function's name as programs have it."""
_MODULE = re.compile(r"^(?:np|numpy|torch|tf|scipy|signal)\.(?=[a-z])")
_DEGREES = re.compile(r"(?<=rot)180\s*(?:°|\^?\\circ|\^\{\\circ\})|(?<=rot )180\s*(?:°|\^?\\circ|\^\{\\circ\})")
"""What names of operations hold besides letters and digits: np.sum, rot180°."""
_LENGTH = re.compile(r"\s*=?\s*-?[0-9.]+\s*(?:mu|pt|em|ex|cm|mm|in|px|bp|pc|sp)(?![A-Za-z])")
"""A length that stands without braces."""
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[-_ ][A-Za-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Token:
    """A token of the grammar; `value` is a text, or the name that it is."""

    type: str
    value: Any
    start_pos: int
    end_pos: int


class Scanner:
    """Makes tokens of pieces, from the first to the last.

    With `plain`, runs of letters are names (dX11, loss), and a subscript needs no braces. `inner` reads what stands
    between two places of the text, `label` a text that may be no formula.
    """

    def __init__(
        self,
        text: str,
        found: Sequence[Piece],
        *,
        plain: bool,
        inner: Callable[[int, int], tuple[Node, ...]],
        label: Callable[[str], Node | None],
    ) -> None:
        self.text, self.pieces, self.plain, self.inner, self.label = text, list(found), plain, inner, label
        self.partner = partners(self.pieces)
        self.at = 0
        self.tokens: list[Token] = []
        self.opened: list[tuple[str, str]] = []

    def scan(self) -> list[Token]:
        """The tokens. Raises `UnreadError` for signs that are not known and brackets that do not match."""
        self._until(len(self.pieces))
        if self.opened:
            last = self.pieces[-1].end if self.pieces else 0
            raise UnreadError(last, "the end", f"the bracket that closes {self.opened[-1][0]}")
        if len(self.tokens) > MAX_TOKENS:
            raise UnreadError(
                self.tokens[MAX_TOKENS].start_pos, f"{len(self.tokens):,} signs", f"at most {MAX_TOKENS:,}"
            )
        return self.tokens

    def _until(self, stop: int) -> None:
        while self.at < stop:
            piece = self.pieces[self.at]
            self.at += 1
            HANDLERS[piece.kind](self, piece)

    def _emit(self, kind: str, value: Any, piece: Piece) -> None:
        self.tokens.append(Token(kind, value, piece.start, piece.end))

    # What stands next

    def _next(self, at: int | None = None) -> int:
        """The number of the next piece that is no space."""
        number = self.at if at is None else at
        while number < len(self.pieces) and self.pieces[number].kind in SPACES:
            number += 1
        return number

    def _bracket(self, kinds: str) -> int | None:
        """The number of the piece behind what says nothing, where it opens a bracket of one of the kinds."""
        number = self._next()
        while number < len(self.pieces):
            piece = self.pieces[number]
            if piece.kind == "command" and IGNORED.get(piece.text[1:]) == 0 and piece.text not in (r"\quad", r"\qquad"):
                number = self._next(number + 1)
                continue
            opens = DELIMITERS.get(piece.text, ("", ""))[0]
            return number if opens and opens in kinds else None
        return None

    def _argument(self) -> tuple[int, int]:
        """The pieces of the argument that stands next, without its braces; reading goes on behind it."""
        number = self._next()
        if number >= len(self.pieces):
            raise UnreadError(self.pieces[-1].end, "the end", "an argument")
        if self.pieces[number].text == "{":
            self.at = self.partner[number] + 1
            return number + 1, self.partner[number]
        piece = self.pieces[number]
        if piece.text in ("}", "&", r"\end") or piece.kind == "row":
            raise UnreadError(piece.start, piece.text, "an argument")
        self._first_only(number)
        self.at = number + 1
        return number, number + 1

    def _first_only(self, number: int) -> None:
        """An argument without braces is one sign."""
        piece = self.pieces[number]
        if piece.kind in ("number", "letters") and len(piece.text) > 1 and not self.plain:
            raise UnreadError(piece.start, repr(piece.text), "braces around an argument")

    def _source(self, start: int, stop: int) -> str:
        return self.text[self.pieces[start].start : self.pieces[stop - 1].end] if stop > start else ""

    def _content(self, start: int, stop: int) -> str:
        """The text of an argument, a single sign as LaTeX has it."""
        single = stop == start + 1
        return self.pieces[start].text if single else self._source(start, stop).strip()

    def _optional(self) -> str:
        """The text of an optional argument in square brackets."""
        number = self._next()
        if number >= len(self.pieces) or self.pieces[number].text != "[":
            return ""
        for end in range(number + 1, min(number + 60, len(self.pieces))):
            if self.pieces[end].text == "]":
                self.at = end + 1
                return self._source(number + 1, end)
        raise UnreadError(self.pieces[number].start, "[", "a closing ]")

    def _group(self, start: int, stop: int, piece: Piece) -> None:
        """Everything between two pieces as a group of its own."""
        end, self.at = self.at, start
        self.opened.append(("{…}", "group"))
        if len(self.opened) > MAX_NESTING:
            raise UnreadError(piece.start, f"{MAX_NESTING + 1} groups inside each other", f"at most {MAX_NESTING}")
        self._emit("_LBRACE", "{", piece)
        pieces, self.pieces = self.pieces, self.pieces[:stop]
        self._until(stop)
        self.pieces = pieces
        if self.opened[-1] != ("{…}", "group"):
            raise UnreadError(piece.start, f"{self.opened[-1][0]} that nothing closes in its group", "what closes it")
        self.opened.pop()
        self._emit("_RBRACE", "}", self.pieces[stop - 1] if stop > start else piece)
        self.at = end

    # Scripts

    def _scripts(self, *, brackets: bool = False) -> tuple[str, str, int]:
        """The text below and above what stands before, and how many primes it has."""
        lower = upper = ""
        primes = 0
        bracketed = brackets
        while True:
            number = self._next()
            mark = self.pieces[number].text if number < len(self.pieces) else ""
            adjacent = number == self.at
            if mark == "'":
                self.at = number + 1
                primes += 1
            elif self.plain and mark in ("^", "**") and upper:
                return lower, upper, primes
            elif mark in ("_", "^", "**"):
                self.at = number + 1
                script, strokes = self._script(mark)
                primes += strokes
                if mark == "_":
                    lower, bracketed = self._joined(lower, script, self.pieces[number]), False
                else:
                    upper = self._joined(upper, script, self.pieces[number])
            elif mark == "[" and bracketed and adjacent and self._is_index(number):
                lower = ",".join(filter(None, (lower, self._in_brackets(number))))
            else:
                return lower, upper, primes

    def _joined(self, before: str, script: str, piece: Piece) -> str:
        if before and script and not self.plain:
            raise UnreadError(piece.start, f"a second {piece.text}", "one script below and one above")
        return f"{before},{script}" if before and script else before or script

    def _script(self, mark: str) -> tuple[str, int]:
        """A script as text in LaTeX, and the primes that stand in it."""
        if self.plain and mark == "_":
            number = self._next()
            start = self.pieces[number].start if number < len(self.pieces) else len(self.text)
            braced = number < len(self.pieces) and self.pieces[number].text == "{"
            found = None if braced else _PLAIN_SCRIPT.match(self.text, start)
            if found:
                return self._plain_script(found)
        first, stop = self._plain_power() if self.plain else self._argument()
        text = script_text(self.pieces[first:stop])
        strokes = len(text) - len(text.lstrip("'"))
        return text[strokes:], strokes

    def _plain_script(self, found: re.Match[str]) -> tuple[str, int]:
        start = self._next()
        stop = start
        while stop < len(self.pieces) and self.pieces[stop].start < found.end():
            stop += 1
        if found.end() < self.pieces[stop - 1].end:
            raise UnreadError(found.end(), repr(self.pieces[stop - 1].text), "an index")
        self.at = stop
        bracket = found["inside"] is not None
        return script_text(self.pieces[start + bracket : stop - bracket]), 0

    def _plain_power(self) -> tuple[int, int]:
        """An exponent of plain text: a number, a letter, or what stands in brackets."""
        number = self._next()
        if number < len(self.pieces) and self.pieces[number].text == "-":
            number += 1
        if number < len(self.pieces) and self.pieces[number].text == "(":
            depth = 0
            for end in range(number, len(self.pieces)):
                depth += {"(": 1, ")": -1}.get(self.pieces[end].text, 0)
                if depth == 0:
                    self.at = end + 1
                    return number + 1, end
        if number < len(self.pieces) and self.pieces[number].kind in ("number", "letters"):
            start, self.at = self._next(), number + 1
            return start, number + 1
        return self._argument()

    def _is_index(self, number: int) -> bool:
        for end in range(number + 1, min(number + 40, len(self.pieces))):
            if self.pieces[end].text == "]":
                inside = self._source(number + 1, end)
                return bool(inside.strip()) and _INDEX.fullmatch(inside) is not None
        return False

    def _in_brackets(self, number: int) -> str:
        end = next(at for at in range(number, len(self.pieces)) if self.pieces[at].text == "]")
        self.at = end + 1
        return script_text(self.pieces[number + 1 : end])

    def _marks(self) -> None:
        """The scripts of what is no name, as tokens of their own."""
        while True:
            number = self._next()
            mark = self.pieces[number].text if number < len(self.pieces) else ""
            if mark not in ("_", "^", "**", "'"):
                return
            piece = self.pieces[number]
            self.at = number + 1
            if mark == "'":
                self._emit("PRIMES", "'", piece)
                continue
            before = self.at
            if mark == "_" and self.plain:
                self._emit("SUB", self._script(mark)[0], piece)
                continue
            first, stop = self._plain_power() if self.plain else self._argument()
            self.at = max(self.at, before)
            if mark == "_":
                self._emit("SUB", script_text(self.pieces[first:stop]), piece)
            else:
                span = self._spanned(first, stop, piece)
                self._emit("SUP", (script_text(self.pieces[first:stop]), self._reader(span)), span)

    def _reader(self, span: Piece) -> Callable[[], tuple[Node, ...]]:
        return lambda: self.inner(span.start, span.end)

    def _spanned(self, first: int, stop: int, piece: Piece) -> Piece:
        if stop <= first:
            raise UnreadError(piece.start, "an empty script", "an exponent")
        return Piece("span", "", self.pieces[first].start, self.pieces[stop - 1].end)

    # Names

    def _name(self, letter: str, piece: Piece, *, word: bool = False, digits: str = "") -> None:
        """A letter or word with its scripts: a name, the head of a call, a function, or an operator."""
        lower, upper, primes = self._scripts(brackets=not word)
        named = Named(letter, digits + ("," if digits and lower else "") + lower, upper, primes)
        short = letter.lower()
        bracket = self._bracket("([{" if word else "(")
        if bracket is not None and upper not in TRANSPOSED:
            self._emit("HEAD", named, piece)
            self._call(bracket)
        elif word and short in INFIX_WORDS and self.tokens and self.tokens[-1].type in OPERAND_ENDS:
            self._emit("OPERATION", (letter, lower), piece)
        elif word and short in WITHOUT_BRACKETS and self._operand_follows():
            self._emit("FUNCTION", named, piece)
        else:
            self._emit("NAME", named, piece)
            self._marks()

    def _operand_follows(self) -> bool:
        number = self._next()
        while number < len(self.pieces) and self.pieces[number].text in (r"\left", r"\,", r"\;", r"\!"):
            number = self._next(number + 1)
        while number < len(self.pieces) - 1 and self.pieces[number].text.removeprefix("\\") in ACCENTS:
            number = self._next(number + 1)
            number = self._next(number + 1) if self.pieces[number].text == "{" else number
        piece = self.pieces[number] if number < len(self.pieces) else None
        if piece is None or piece.kind in ("row", "dots", "prose") or piece.text in RELATIONS:
            return False
        closes = DELIMITERS.get(piece.text, ("", ""))[1]
        return not closes and piece.text not in OPERATIONS and piece.text not in NO_OPERAND

    def _call(self, number: int) -> None:
        piece = self.pieces[number]
        self.at = number + 1
        self.opened.append((DELIMITERS[piece.text][0], "call"))
        self._check_depth(piece)
        self._emit("_OPEN", piece.text, piece)

    def _check_depth(self, piece: Piece) -> None:
        if len(self.opened) > MAX_NESTING:
            raise UnreadError(piece.start, f"{MAX_NESTING + 1} brackets inside each other", f"at most {MAX_NESTING}")

    def _letters(self, piece: Piece) -> None:
        """A run of letters: a word, d before a letter, or letters one by one."""
        digits = self._adjacent_digits(piece)
        if self.plain:
            self._identifier(piece, digits)
            return
        run = piece.text
        snake = _SNAKE.match(self.text, piece.start)
        if snake and snake[1].replace("_", "").lower() in WORDS:
            while self.at < len(self.pieces) and self.pieces[self.at].start < snake.end(1):
                self.at += 1
            self._name(snake[1], piece, word=True)
            return
        if self._is_word(run, digits):
            whole = digits and f"{run}{digits}".lower() in WORDS
            if whole:
                self.at += 1
            self._name(f"{run}{digits}" if whole else run, piece, word=True)
            return
        if run[0] == "d" and (len(run) == 2 or (len(run) == 1 and self._letter_follows())):
            self._emit("DIFFERENTIAL", ("d", ""), piece)
            run = run[1:]
        for number, letter in enumerate(run):
            if number < len(run) - 1:
                self._emit("NAME", Named(letter), piece)
                continue
            if digits:
                self.at += 1
            self._name(letter, Piece("letters", letter, piece.end - 1, piece.end), digits=digits)

    def _adjacent_digits(self, piece: Piece) -> str:
        following = self.pieces[self.at] if self.at < len(self.pieces) else piece
        return following.text if following.kind == "number" and following.text.isdigit() else ""

    def _letter_follows(self) -> bool:
        following = self.pieces[self.at].text if self.at < len(self.pieces) else ""
        return following in LETTERS or following.removeprefix("\\") in FONTS or following.removeprefix("\\") in ACCENTS

    def _is_word(self, run: str, digits: str) -> bool:
        short = run.lower()
        if len(run) < 2 or (run[0] == "d" and len(run) == 2):
            return False
        known = short in WORDS or f"{short}{digits}" in WORDS or short in WITHOUT_BRACKETS
        return known or len(run) >= LONG_WORD or (len(run) > 2 and self._bracket("(") is not None)

    def _identifier(self, piece: Piece, digits: str) -> None:
        """A run of letters of plain text."""
        run, short = piece.text, piece.text.lower()
        if short == "sum" and self.at < len(self.pieces) and self.pieces[self.at].text == "_":
            self._big(Piece("command", r"\sum", piece.start, piece.end))
            return
        quotient = re.fullmatch(r"d([A-Za-z])_?d([A-Za-z])", run)
        if f"{short}{digits}" in WORDS and digits:
            self.at += 1
            self._name(f"{run}{digits}", piece, word=True)
            return
        if quotient:
            self._emit("DIFFERENTIAL", ("d", ""), piece)
            self._emit("NAME", Named(quotient[1]), piece)
            self._emit("_OVER", "/", piece)
        differential = quotient or (run[0] == "d" and len(run) > 1 and self._is_differential(piece, run))
        if differential or (run == "d" and self._letter_follows()) or run == "partial":
            self._emit("DIFFERENTIAL", ("∂" if run == "partial" else "d", ""), piece)
            run = quotient[2] if quotient else run[1:] if run != "partial" else ""
        if not run:
            return
        if digits:
            self.at += 1
        letter = f"\\{run}" if run in GREEK else run
        word = len(letter) > 1 and letter == run
        self._name(letter, piece, word=word and (run.lower() in WORDS or self._bracket("(") is not None), digits=digits)

    def _is_differential(self, piece: Piece, run: str) -> bool:
        """Whether d and what follows are two things: dX, ddelta, and in a quotient dloss/dw."""
        if len(run) == 2 or run[1:].lower() in GREEK or (self.tokens and self.tokens[-1].type == "_OVER"):
            return True
        following = [other.text for other in self.pieces[self.at : self.at + 6] if other.kind not in SPACES]
        slash = following.index("/") if "/" in following[:-1] else None
        return slash is not None and following[0] in ("/", "_") and following[slash + 1].startswith("d")

    # Signs

    def _number(self, piece: Piece) -> None:
        self._emit("NUMBER", piece.text, piece)
        self._marks()

    def _sign(self, piece: Piece) -> None:
        text = piece.text
        if text in RELATIONS:
            self._emit("RELATION", RELATIONS[text], piece)
        elif text in DELIMITERS:
            self._delimiter(piece)
        elif text in SIGNS:
            SIGNS[text](self, piece)
        else:
            raise UnreadError(piece.start, repr(text), "a sign of mathematics")

    def _delimiter(self, piece: Piece) -> None:
        opens, closes = DELIMITERS[piece.text]
        if opens:
            self.opened.append((opens, opens))
            self._check_depth(piece)
            self._emit(TOKENS[opens][0], piece.text, piece)
            return
        if not self.opened or self.opened[-1][0] != closes:
            meant = self.opened[-1][0] if self.opened else ""
            expected = f"what closes {meant}" if meant else "what opens it"
            raise UnreadError(piece.start, piece.text, expected)
        self._emit(TOKENS[self.opened.pop()[1]][1], piece.text, piece)
        self._marks()

    def _bar(self, piece: Piece) -> None:
        """A bar opens or closes by what stands before it."""
        kind = "‖" if piece.text in ("||", r"\|") else "|"
        after = bool(self.tokens) and self.tokens[-1].type in OPERAND_ENDS
        if kind == "‖" and after and not (self.opened and self.opened[-1][0] == kind):
            after = False
        if after and self.opened and self.opened[-1][0] == kind:
            self.opened.pop()
            self._emit(TOKENS[kind][1], piece.text, piece)
            self._marks()
        elif after:
            self._emit("RELATION", "∣", piece)
        else:
            self.opened.append((kind, kind))
            self._check_depth(piece)
            self._emit(TOKENS[kind][0], piece.text, piece)

    def _open_brace(self, piece: Piece) -> None:
        start, stop = self.at, self.partner[self.at - 1]
        if all(inner.kind in SPACES for inner in self.pieces[start:stop]):
            self.at = stop + 1
            return
        if self._is_part_of_a_sum(start, stop):
            self._until(stop)
            self.at = stop + 1
            return
        self.at = stop + 1
        if not self._is_silent(start, stop):
            self._group(start, stop, piece)
            self._marks()

    def _is_part_of_a_sum(self, start: int, stop: int) -> bool:
        """Whether a group, whose braces nobody sees, begins or ends with the sign between it and what is beside it."""
        inside = [piece.text for piece in self.pieces[start:stop] if piece.kind not in SPACES]
        begins = inside[0] in ("+", "-") and bool(self.tokens) and self.tokens[-1].type in OPERAND_ENDS
        return begins or inside[-1] in ("+", "-", "=")

    def _is_silent(self, start: int, stop: int) -> bool:
        """Whether a group is a length such as {8mm} that belongs to a command that was left out."""
        return re.fullmatch(r"\s*[0-9.]+\s*(?:mm|cm|pt|em|ex|in)\s*", self._source(start, stop)) is not None

    def _apostrophe(self, piece: Piece) -> None:
        """A word in quotation marks, as programs have arguments."""
        word, end = [*self.pieces[self.at : self.at + 2], piece, piece][:2]
        if word.kind == "letters" and end.text == "'" and end is not piece:
            self.at += 2
            self._text(word.text, piece)
            return
        raise UnreadError(piece.start, "a prime", "a name before it")

    def _colon(self, piece: Piece) -> None:
        """A colon between two operands: ⟨A, B⟩ as A : B."""
        if self.plain or not self.tokens or self.tokens[-1].type not in OPERAND_ENDS:
            raise UnreadError(piece.start, "':'", "a sign of mathematics")
        self._emit("OPERATION", (":", ""), piece)

    def _script_of_nothing(self, piece: Piece) -> None:
        raise UnreadError(piece.start, piece.text, "a letter or bracket before it")

    def _slash(self, piece: Piece) -> None:
        number = self._next()
        following = self.pieces[number] if number < len(self.pieces) else piece
        over = following.text == r"\partial" or (following.text == "partial" and self.plain)
        over = over or (following.kind == "letters" and self._starts_differential(number))
        self._emit("_OVER" if over and self._after_differential() else "SLASH", "/", piece)

    def _starts_differential(self, number: int) -> bool:
        piece = self.pieces[number]
        run, following = piece.text, self.pieces[number + 1 : number + 2]
        letter = len(run) == 2 or run[1:].lower() in GREEK or (self.plain and len(run) > 1)
        return run[0] == "d" and (letter or (run == "d" and bool(following) and following[0].text in LETTERS))

    def _after_differential(self) -> bool:
        """Whether ∂ and one operand stand before."""
        depth = 0
        for token in reversed(self.tokens[-200:]):
            if token.type == "DIFFERENTIAL" and depth == 0:
                return True
            depth += (token.type in CLOSERS) - (token.type in OPENERS)
            if depth < 0 or (depth == 0 and token.type not in OPERAND_PARTS):
                return False
        return False

    def _ampersand(self, piece: Piece) -> None:
        if self.opened and self.opened[-1][1] in ("matrix", "cases"):
            self._emit("AMPERSAND", "&", piece)

    def _row(self, piece: Piece) -> None:
        if not (self.opened and self.opened[-1][1] in ("matrix", "cases")):
            return
        number = self._next()
        continues = number < len(self.pieces) and self.pieces[number].text == "+"
        incomplete = self.tokens[-1].type in ("PLUS", "MINUS", "OPERATION", "RELATION", "CDOT", "TIMES")
        if not (continues or incomplete):
            self._emit("_ROW", r"\\", piece)

    def _semicolon(self, piece: Piece) -> None:
        if self.plain and self.opened and self.opened[-1][0] == "[":
            self._emit("_ROW", ";", piece)
        else:
            self._emit("_COMMA", ";", piece)

    def _dots(self, piece: Piece) -> None:
        self._emit("DOTS", "sum", piece)

    def _full_stop(self, piece: Piece) -> None:
        if self._next() < len(self.pieces):
            raise UnreadError(piece.start, "'.'", "a number or letter before it")

    def _prose(self, piece: Piece) -> None:
        """Letters of other scripts side by side are prose."""
        start = self.at - 1
        while self.at < len(self.pieces) and self.pieces[self.at].kind in ("prose", "space"):
            self.at += 1
        self._text(self._source(start, self.at), piece)

    # Commands

    def _command(self, piece: Piece) -> None:
        handler = COMMANDS.get(piece.text)
        if handler is None:
            raise UnreadError(piece.start, piece.text, "a command of mathematics")
        handler(self, piece)

    def _letter_command(self, piece: Piece) -> None:
        self._name(piece.text, piece)

    def _function_command(self, piece: Piece) -> None:
        self._name(piece.text[1:], piece, word=True)

    def _relation(self, piece: Piece) -> None:
        self._emit("RELATION", RELATIONS[piece.text], piece)

    def _operation(self, piece: Piece) -> None:
        lower, upper, _ = self._scripts()
        self._emit("OPERATION", (OPERATIONS[piece.text], lower or upper), piece)

    def _move(self, piece: Piece) -> None:
        self._emit("TEXT", MOVES[piece.text], piece)

    def _dots_command(self, piece: Piece) -> None:
        self._emit("DOTS", DOTS[piece.text], piece)

    def _long_arrow(self, piece: Piece) -> None:
        if self._in_own_cell():
            self._emit("ARROW", ("", (), piece.text == r"\longleftarrow"), piece)
        else:
            self._relation(piece)

    def _in_own_cell(self) -> bool:
        return bool(self.tokens) and self.tokens[-1].type in ("BEGIN", "AMPERSAND", "_ROW")

    def _ignored(self, piece: Piece) -> None:
        arguments = IGNORED[piece.text[1:]]
        length = _LENGTH.match(self.text, piece.end) if arguments else None
        if length is not None:
            while self.at < len(self.pieces) and self.pieces[self.at].start < length.end():
                self.at += 1
            return
        if arguments:
            self._optional()
        for _ in range(arguments):
            self._argument()

    def _font(self, piece: Piece) -> None:
        name = piece.text[1:]
        font = FONTS[name]
        start, stop = self._argument()
        source = self._content(start, stop)
        letter = _FONT_LETTER.fullmatch(source)
        if source == "d" and name in ("mathrm", "text", "textrm", "operatorname"):
            self._emit("DIFFERENTIAL", ("d", ""), piece)
        elif source in ("1", "0") and font in ("mathbf", "mathbb"):
            self._emit("ONES" if source == "1" else "NUMBER", source, piece)
            self._marks()
        elif letter and (len(source) == 1 or source in LETTERS):
            self._name(rf"\{font}{{{source}}}" if font else source, piece)
        elif name.startswith("operatorname") or _WORD.fullmatch(source) or not font:
            self._words(source, name, piece)
        else:
            self._group(start, stop, piece)
            self._marks()

    def _words(self, source: str, font: str, piece: Piece) -> None:
        """The text of a text command: a function with its bracket, a name, or prose."""
        source = _DEGREES.sub("180", _MODULE.sub("", source.replace(r"\_", "_").replace(r"\ ", " ")))
        if source.endswith("(") and _WORD.fullmatch(source[:-1]):
            self._emit("HEAD", Named(source[:-1]), piece)
            self.opened.append(("(", "call"))
            self._emit("_OPEN", "(", piece)
            return
        word = _WORD.fullmatch(source)
        short = source.lower()
        named = word and (font in ("mathrm", "mathit", "mathsf", "mathbf") or font.startswith("operatorname"))
        known = word and (short in WORDS or short in WITHOUT_BRACKETS)
        scripted = self._next() < len(self.pieces) and self.pieces[self._next()].text in ("_", "^")
        if word and (named or known or scripted or self._bracket("([{") is not None):
            self._name(source, piece, word=True)
        else:
            self._text(source, piece)

    def _text(self, text: str, piece: Piece) -> None:
        words = text.split()
        if self.opened and self.opened[-1][1] == "cases" and words and words[0].lower() in CONDITION_WORDS:
            words = words[1:]
        if words and any(sign.isalnum() for sign in "".join(words)):
            self._emit("TEXT", " ".join(words), piece)

    def _accent(self, piece: Piece) -> None:
        accent = ACCENTS[piece.text[1:]]
        start, stop = self._argument()
        source = self._content(start, stop)
        if source in OPERATIONS:
            lower, _, _ = self._scripts()
            self._emit("OPERATION", (OPERATIONS[source] + ACCENT_MARKS.get(accent, ""), lower), piece)
        elif source == "0":
            self._emit("ZERO", "0", piece)
            self._marks()
        elif re.fullmatch(r"[A-Za-z]|\\[A-Za-z]+|\\math[a-z]+\{[A-Za-z]\}", source):
            self._name(rf"\{accent}{{{source}}}", piece)
        else:
            self._group(start, stop, piece)
            self._marks()

    def _dollar(self, piece: Piece) -> None:
        """Marks of mathematics within a box."""
        if not self.opened:
            raise UnreadError(piece.start, "'$'", "a sign of mathematics")

    def _partial(self, piece: Piece) -> None:
        number = self._next()
        if number < len(self.pieces) and self.pieces[number].text == "^":
            raise UnreadError(
                self.pieces[number].start, r"a second derivative", r"\partial before what is differentiated"
            )
        lower, _, _ = self._scripts()
        if piece.text == r"\nabla":
            self._emit("DIFFERENTIAL", ("∇", lower), piece)
        else:
            self._emit("DIFFERENTIAL", ("∂", lower, self.label(lower) if lower else None), piece)

    def _fraction(self, piece: Piece) -> None:
        self._emit("FRACTION", piece.text, piece)
        for _ in range(2):
            start, stop = self._argument()
            end = self.at
            self._group(start, stop, piece)
            self.at = end
        self._marks()

    def _root(self, piece: Piece) -> None:
        degree = self._optional()
        self._emit("ROOT", degree.strip(), piece)
        start, stop = self._plain_power() if self.plain else self._argument()
        self._group(start, stop, piece)
        self._marks()

    def _big(self, piece: Piece) -> None:
        spans: dict[str, tuple[Node, ...]] = {}
        while True:
            number = self._next()
            mark = self.pieces[number].text if number < len(self.pieces) else ""
            if mark in (r"\limits", r"\nolimits"):
                self.at = number + 1
                continue
            if mark not in ("_", "^") or mark in spans:
                break
            self.at = number + 1
            start, stop = self._limit(mark)
            spans[mark] = self._limits(start, stop)
        self._emit("BIG", ("∑" if piece.text == r"\sum" else "∏", spans.get("_", ()), spans.get("^", ())), piece)

    def _limits(self, start: int, stop: int) -> tuple[Node, ...]:
        r"""What stands below or above a sum; the rows of a \substack are as good as commas."""
        if stop > start and self.pieces[start].text == r"\substack":
            start, stop = start + 2, stop - 1
        rows = [at for at in range(start, stop) if self.pieces[at].kind == "row"]
        found: list[Node] = []
        for first, last in zip([start, *(at + 1 for at in rows)], [*rows, stop], strict=True):
            if last > first:
                found += self.inner(self.pieces[first].start, self.pieces[last - 1].end)
        return tuple(found)

    def _limit(self, mark: str) -> tuple[int, int]:
        start = self._next()
        if self.plain and mark == "_" and start < len(self.pieces) and self.pieces[start].text != "{":
            found = _PLAIN_SCRIPT.match(self.text, self.pieces[start].start)
            if found:
                bracket = found["inside"] is not None
                self._plain_script(found)
                return start + bracket, self.at - bracket
        return self._plain_power() if self.plain else self._argument()

    def _brace(self, piece: Piece) -> None:
        """A brace below or above something, with its label."""
        start, stop = self._argument()
        self._emit("BRACE", piece.text, piece)
        self._group(start, stop, piece)
        number = self._next()
        if number < len(self.pieces) and self.pieces[number].text in ("_", "^"):
            self.at = number + 1
            first, last = self._argument()
            self._emit("LABEL", self._labelled(self._source(first, last).strip()), piece)
        else:
            self._emit("LABEL", (None, ()), piece)

    def _labelled(self, text: str) -> tuple[Node | None, tuple[int, ...]]:
        """A label, and the sizes that stand behind it in brackets."""
        found = _SIZES.fullmatch(text)
        if found is None:
            return self.label(text) or Words(text), ()
        name = found["name"]
        return self.label(name) or Words(name), tuple(int(size) for size in re.findall("[0-9]+", found["sizes"]))

    def _stacked(self, piece: Piece) -> None:
        r"""\overset and its kin: what is small is left out, but below a sign between operands."""
        small, end = self._argument()
        opens = self._next()
        if opens + 1 < len(self.pieces) and self.pieces[opens].text == "{" and self.partner[opens] == opens + 2:
            sign = self.pieces[opens + 1].text
            if sign in OPERATIONS:
                self.at = opens + 3
                self._emit("OPERATION", (OPERATIONS[sign], script_text(self.pieces[small:end])), piece)
            elif sign in RELATIONS:
                self.at = opens + 3
                self._emit("RELATION", RELATIONS[sign], piece)

    def _arrow(self, piece: Piece) -> None:
        inside = self._next() + 1
        below = self._optional()
        offset = self.pieces[inside].start if below else 0
        start, stop = self._argument()
        name = re.sub(r"\\mathrm\{(.*)\}", r"\1", self._source(start, stop))
        if self._in_own_cell():
            items = self.inner(offset, offset + len(below)) if below else ()
            self._emit("ARROW", (name, items, piece.text == r"\xleftarrow"), piece)
        else:
            self._emit("RELATION", "←" if piece.text == r"\xleftarrow" else "→", piece)

    def _norm(self, piece: Piece) -> None:
        self._bar(piece)

    def _begin(self, piece: Piece) -> None:
        opener = self.at - 1
        start, stop = self._argument()
        name = self._source(start, stop).strip()
        kind = ENVIRONMENTS.get(name)
        if kind is None:
            raise UnreadError(piece.start, rf"\begin{{{name[:20]}}}", "an environment of mathematics")
        if name.endswith(("array", "array*")) or name in ("tabular", "alignedat", "alignat", "alignat*", "empheq"):
            self._optional()
            self._argument()
        elif name.endswith("*"):
            self._optional()
        end = self.partner[opener]
        self.opened.append((f"\\begin{{{name}}}", kind))
        self._check_depth(piece)
        if kind != "rows":
            self._emit("BEGIN" if kind == "matrix" else "_BEGINC", name, piece)
        self._until(end)
        if self.opened[-1] != (f"\\begin{{{name}}}", kind):
            raise UnreadError(self.pieces[end].start, r"\end", f"what closes {self.opened[-1][0]}")
        self.opened.pop()
        self.at = end + 1
        self._argument()
        if kind != "rows":
            self._emit("_ENDM" if kind == "matrix" else "_ENDC", name, self.pieces[end])
            self._marks()

    def _quantifier(self, piece: Piece) -> None:
        self._emit("TEXT", {r"\forall": "∀", r"\exists": "∃"}[piece.text], piece)

    def _plus(self, piece: Piece) -> None:
        self._emit("PLUS", "+", piece)

    def _minus(self, piece: Piece) -> None:
        self._emit("MINUS", "-", piece)

    def _comma(self, piece: Piece) -> None:
        self._emit("_COMMA", ",", piece)

    def _star(self, piece: Piece) -> None:
        self._operation(piece)

    def _times(self, piece: Piece) -> None:
        self._emit("TIMES", "×", piece)

    def _cdot(self, piece: Piece) -> None:
        self._emit("CDOT", "·", piece)

    def _nothing(self, piece: Piece) -> None:
        """Spaces say nothing."""

    def _question(self, piece: Piece) -> None:
        self._emit("TEXT", "?", piece)

    def _degree(self, piece: Piece) -> None:
        self._emit("TEXT", "°", piece)

    def _left(self, piece: Piece) -> None:
        r"""\left and \right say nothing, but a point stands for no bracket."""
        number = self._next()
        if number < len(self.pieces) and self.pieces[number].text == ".":
            self.at = number + 1

    def _right(self, piece: Piece) -> None:
        number = self._next()
        if number < len(self.pieces) and self.pieces[number].text == "." and self.opened:
            self.at = number + 1
            kind = self.opened.pop()[1]
            if kind not in TOKENS:
                raise UnreadError(piece.start, r"\right.", "a bracket that it closes")
            self._emit(TOKENS[kind][1], ".", piece)
            self._marks()

    def _over(self, piece: Piece) -> None:
        raise UnreadError(piece.start, piece.text, r"\frac")


OPENERS = frozenset({*(opens for opens, _ in TOKENS.values()), "BEGIN", "_BEGINC"})
CLOSERS = frozenset({*(closes for _, closes in TOKENS.values()), "_ENDM", "_ENDC"})
OPERAND_PARTS = frozenset({"NAME", "HEAD", "NUMBER", "SUB", "SUP", "PRIMES", "FRACTION", "ROOT"}) | OPENERS | CLOSERS
ACCENT_MARKS = {"hat": "^", "tilde": "~", "bar": "¯"}
Handler = Callable[[Scanner, Piece], None]
HANDLERS: dict[str, Handler] = {
    "space": Scanner._nothing, "newline": Scanner._nothing, "row": Scanner._row, "command": Scanner._command,
    "dots": Scanner._dots, "number": Scanner._number, "letters": Scanner._letters, "sign": Scanner._sign,
    "prose": Scanner._prose,
}  # fmt: skip
"""What is done with each kind of piece."""
SIGNS: dict[str, Handler] = {
    "+": Scanner._plus, "-": Scanner._minus, "*": Scanner._star, "/": Scanner._slash, "|": Scanner._bar,
    "||": Scanner._bar, ",": Scanner._comma, ";": Scanner._semicolon, "&": Scanner._ampersand, "{": Scanner._open_brace,
    "'": Scanner._apostrophe, "_": Scanner._script_of_nothing, "^": Scanner._script_of_nothing,
    ".": Scanner._full_stop, "$": Scanner._dollar, "?": Scanner._question, "°": Scanner._degree, ":": Scanner._colon,
}  # fmt: skip
_OWN: dict[str, Handler] = {
    "partial": Scanner._partial, "nabla": Scanner._partial, "cdot": Scanner._cdot, "times": Scanner._times,
    "frac": Scanner._fraction, "dfrac": Scanner._fraction, "tfrac": Scanner._fraction, "cfrac": Scanner._fraction,
    "sqrt": Scanner._root, "sum": Scanner._big, "prod": Scanner._big, "underbrace": Scanner._brace,
    "overbrace": Scanner._brace,
    "overset": Scanner._stacked, "underset": Scanner._stacked, "stackrel": Scanner._stacked,
    "xrightarrow": Scanner._arrow, "xleftarrow": Scanner._arrow, "begin": Scanner._begin, "|": Scanner._norm,
    "forall": Scanner._quantifier, "exists": Scanner._quantifier,
    "div": Scanner._slash, "over": Scanner._over, "degree": Scanner._degree, "left": Scanner._left,
    "right": Scanner._right,
    "longrightarrow": Scanner._long_arrow, "longleftarrow": Scanner._long_arrow,
}  # fmt: skip
COMMANDS: dict[str, Handler] = {
    **dict.fromkeys((f"\\{name}" for name in WRAPPERS), Scanner._nothing),
    **dict.fromkeys((f"\\{name}" for name in IGNORED), Scanner._ignored),
    **dict.fromkeys((f"\\{name}" for name in ACCENTS), Scanner._accent),
    **dict.fromkeys((f"\\{name}" for name in FONTS), Scanner._font),
    **dict.fromkeys((f"\\{name}" for name in NAMED_FUNCTIONS), Scanner._function_command),
    **dict.fromkeys(DOTS, Scanner._dots_command),
    **dict.fromkeys(MOVES, Scanner._move),
    **dict.fromkeys(OPERATIONS, Scanner._operation),
    **dict.fromkeys(RELATIONS, Scanner._relation),
    **dict.fromkeys(DELIMITERS, Scanner._delimiter),
    **dict.fromkeys(LETTERS, Scanner._letter_command),
    **{f"\\{name}": handler for name, handler in _OWN.items()},
}
"""What is done with each command."""


def script_text(found: Sequence[Piece]) -> str:
    r"""A script as text in LaTeX: no spaces, no commands that say nothing, and words without their font.

    >>> from symconv.notation.reading.pieces import pieces
    >>> script_text(pieces(r"1,\, \text{out}")), script_text(pieces(r"\nu i")), script_text(pieces(r"^\prime"))
    ('1,out', '\\nu i', "^'")
    """
    parts: list[str] = []
    for piece in _said(found):
        name = piece.text[1:] if piece.kind == "command" else ""
        text = "'" if name == "prime" else r"\dots" if piece.kind == "dots" else piece.text
        if parts and re.match(r"[A-Za-z]", text) and re.search(r"\\[A-Za-z]+$", parts[-1]):
            parts.append(" ")
        parts.append(text)
    joined = _FONT_OF_WORD.sub(r"\1", "".join(parts))
    while "{" in joined:
        bare = re.sub(r"(?<![_^}A-Za-z])\{([^{}]*)\}", r"\1", re.sub(r"\^\{?('+)\}?", r"\1", joined))
        if bare == joined:
            break
        joined = bare
    return joined


def _said(found: Sequence[Piece]) -> Iterator[Piece]:
    """The pieces of a script but spaces and commands that say nothing with their arguments."""
    silent = depth = 0
    for piece in found:
        if silent or depth:
            depth += (piece.text == "{") - (piece.text == "}")
            silent -= depth == 0 and piece.kind not in SPACES
            continue
        name = piece.text[1:] if piece.kind == "command" else ""
        silent = IGNORED.get(name, 0) if name else 0
        if piece.kind not in SPACES and not (name and (name in IGNORED or name in WRAPPERS)):
            yield piece
