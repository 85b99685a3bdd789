r"""The author's own commands: `\newcommand`, `\def` and their like, expanded within limits."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from symconv.checking.sources.excerpt import Excerpt, joined, moved

MAX_EXPANSIONS = 1_000
MAX_DEPTH = 20
MAX_LENGTH = 20_000
"""Limits of one formula; beyond them it stays as it was written, and the reader says what it does not know."""
MAX_WORK = 20_000_000
"""Characters that all expansions of a text may make, each expansion being as much work as some."""
EACH = 1_000
MAX_BODY = 2_000
MAX_UNCLOSED = 50
"""Definitions without an end; in a text with more of them no others are looked for."""
_DEFINITION = re.compile(
    r"""\\(?:
        (?P<new>(?:re|provide)?newcommand|providecommand|DeclareRobustCommand)\*?\s*(?P<command>COMMAND)\s*
            (?:\[(?P<count>\d)\]\s*(?:\[(?P<default>[^\[\]]{0,200})\]\s*)?)?
      | [gex]?def\s*(?P<defined>\\[A-Za-z@]+)(?P<parameters>(?:\#\d)*)\s*
      | DeclareMathOperator\*?\s*(?P<operator>COMMAND)\s*
      | (?:New|Renew|Provide|Declare)DocumentCommand\s*(?P<document>COMMAND)\s*\{(?P<signature>[m\s]{0,20})\}\s*
    )(?=\{)""".replace("COMMAND", r"\{\s*\\(?:[A-Za-z@]+|[^A-Za-z\s])\s*\}|\\(?:[A-Za-z@]+|[^A-Za-z\s])"),
    re.VERBOSE,
)
_LET = re.compile(r"\\let\s*(?P<name>\\[A-Za-z@]+)\s*=?\s*(?P<body>\\[A-Za-z@]+)(?![A-Za-z@])")
_COMMAND = re.compile(r"\\(?:[A-Za-z@]+|.)", re.DOTALL)
_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)
_PARAMETER = re.compile(r"#([1-9])")
_ENDS_WORD = re.compile(r"\\[A-Za-z]+\Z")
_ARGUMENT = re.compile(r"\\(?:[A-Za-z]+|.)|[^{}]", re.DOTALL)
_OPTIONAL = re.compile(r"\s*\[([^\[\]]*)\]")
_SPACE = re.compile(r"\s*")
_PROGRAM = re.compile(
    r"\\(?:if[a-z]*|else|fi|sbox|usebox|[hv]box|setbox|wd|ht|advance|csname|expandafter|catcode|input|include|write"
    r"|open|read|resizebox|begingroup|futurelet|loop|makebox|raisebox)(?![A-Za-z])"
)
"""What makes a definition a program for typesetting; what such a command is given is read instead."""


@dataclass(frozen=True, slots=True)
class Macro:
    """A command of the author's: how many arguments it takes, its body, the first argument where that may be missing.

    What a `final` one stands for is not looked at again.
    """

    count: int
    body: str
    default: str | None = None
    final: bool = False


_OF_PACKAGES = (
    (2, r"\frac{\partial #1}{\partial #2}", r"\pdv \diffp \pd \pderiv"),
    (2, r"\frac{d #1}{d #2}", r"\dv \odv \od \diff \deriv"),
    (1, r"\mathbf{#1}", r"\vb \va \vect \mat"),
    (1, r"\left(#1\right)", r"\qty \pqty \paren"),
    (0, r"\mathbb{R}", r"\R \reals"),
    (0, r"\mathrm{d}", r"\dd \diffd"),
    (0, "T", r"\T \tran"),
)
PACKAGES: Mapping[str, Macro] = {
    name: Macro(count, body) for count, body, names in _OF_PACKAGES for name in names.split()
}
"""Commands of usual packages, which texts use without defining them."""


@dataclass
class Macros:
    """The commands that a text has defined so far."""

    known: dict[str, Macro] = field(default_factory=lambda: dict(PACKAGES))
    work: int = MAX_WORK

    def learn(self, text: str) -> None:
        """Note the definitions of a text."""
        for _, _, name, macro in definitions(text):
            self.known[name] = self.known.get(macro.body, macro) if macro.final else macro

    def expanded(self, excerpt: Excerpt) -> Excerpt:
        r"""A formula without the author's commands and without definitions; as it is where that goes beyond the limits.

        >>> macros = Macros()
        >>> macros.learn(r"\newcommand{\pd}[2]{\frac{\partial #1}{\partial #2}}")
        >>> macros.expanded(Excerpt.whole(r"\pd{L}{x} = 0")).text
        '\\frac{\\partial L}{\\partial x} = 0'
        """
        if not self.known:
            return excerpt
        bare = excerpt.edited((start, stop, "") for start, stop, _, _ in definitions(excerpt.text))
        used = any(match[0] in self.known for match in _COMMAND.finditer(bare.text))
        if not used or self.work <= 0 or len(bare.text) > MAX_LENGTH:
            return bare
        expansion = _Expansion(self.known)
        done = expansion.run(bare)
        self.work -= expansion.length + EACH * expansion.count
        return bare if done is None else done


def definitions(text: str) -> Iterator[tuple[int, int, str, Macro]]:
    """Where the definitions of a text start and stop, the commands, and what they stand for."""
    found = sorted((*_DEFINITION.finditer(text), *_LET.finditer(text)), key=lambda match: match.start())
    behind = unclosed = 0
    for match in found:
        if match.start() < behind or unclosed > MAX_UNCLOSED:
            continue
        if match.re is _LET:
            behind = match.end()
            yield match.start(), behind, match["name"], Macro(0, match["body"], final=True)
            continue
        stop = _group(text, match.end(), MAX_BODY)
        unclosed += stop is None
        if stop is not None:
            behind = stop
            yield match.start(), stop, *_defined(match, text[match.end() + 1 : stop - 1])


def _defined(match: re.Match[str], body: str) -> tuple[str, Macro]:
    name = (match["command"] or match["defined"] or match["operator"] or match["document"]).strip("{} \t\n")
    if match["operator"]:
        return name, Macro(0, rf"\operatorname{{{body}}}")
    signature = match["signature"] or ""
    count = int(match["count"] or 0) + (match["parameters"] or "").count("#") + signature.count("m")
    return name, Macro(count, "#1" if count == 1 and _PROGRAM.search(body) else body, match["default"])


def _group(text: str, at: int, longest: int = MAX_LENGTH) -> int | None:
    """The place behind the group that opens here."""
    depth = 0
    for token in _BRACE.finditer(text, at, at + longest):
        depth += (token[0] == "{") - (token[0] == "}")
        if depth == 0:
            return token.end()
    return None


class _Expansion:
    """One formula being expanded; `length` counts the characters that this made."""

    def __init__(self, known: Mapping[str, Macro]) -> None:
        self.known = known
        self.length = self.count = 0
        self.done: list[Excerpt] = []

    def run(self, excerpt: Excerpt) -> Excerpt | None:
        """The formula without commands of the author's; None beyond the limits."""
        left = [(excerpt, 0, 0)]
        while left:
            piece, at, depth = left.pop()
            call = next((call for call in _COMMAND.finditer(piece.text, at) if call[0] in self.known), None)
            self._emit(piece.part(at, call.start() if call else len(piece.text)))
            if call is None:
                continue
            if left and not self._has_arguments(piece, call):
                more, start, level = left.pop()
                rest = [piece.part(call.start(), len(piece.text)), more.part(start, len(more.text))]
                left.append((joined(rest), 0, max(depth, level)))
                self.count += 1
            else:
                left += self._called(piece, call, depth)
            if self.length > MAX_LENGTH or self.count > MAX_EXPANSIONS or depth > MAX_DEPTH:
                return None
        return joined(self.done)

    def _called(self, piece: Excerpt, call: re.Match[str], depth: int) -> list[tuple[Excerpt, int, int]]:
        """What is left to do behind a call, the last of it first."""
        macro = self.known[call[0]]
        taken = _arguments(piece, call.end(), macro)
        if taken is None:
            self._emit(piece.part(call.start(), call.end()))
            return [(piece, call.end(), depth)]
        arguments, behind = taken
        self.count += 1
        body = _filled(macro.body, arguments, piece.offset(call.start()), piece.offset(behind))
        self.length += len(body.text)
        if macro.final:
            self._emit(body)
            return [(piece, behind, depth)]
        return [(piece, behind, depth), (body, 0, depth + 1)]

    def _has_arguments(self, piece: Excerpt, call: re.Match[str]) -> bool:
        return _arguments(piece, call.end(), self.known[call[0]]) is not None

    def _emit(self, part: Excerpt) -> None:
        if part.text:
            self.done += _apart(self.done[-1] if self.done else None, part)


def _apart(before: Excerpt | None, part: Excerpt) -> list[Excerpt]:
    r"""The part, with a space in front where `\alpha` and `x` would become one command."""
    if before is not None and part.text[:1].isalpha() and _ENDS_WORD.search(before.text):
        return [moved(" ", part.start, part.start), part]
    return [part]


def _filled(body: str, arguments: Sequence[Excerpt], start: int, stop: int) -> Excerpt:
    """The body of a macro with its arguments, which stand where they were written."""
    parts: list[Excerpt] = []
    for number, piece in enumerate(_PARAMETER.split(body)):
        if number % 2 == 0:
            part = moved(piece, start, stop)
        elif int(piece) <= len(arguments):
            part = arguments[int(piece) - 1]
        else:
            continue
        if part.text:
            parts += _apart(parts[-1] if parts else None, part)
    return joined(parts)


def _arguments(piece: Excerpt, at: int, macro: Macro) -> tuple[list[Excerpt], int] | None:
    """The arguments behind a command, and the place behind them; None where there are too few."""
    found: list[Excerpt] = []
    if macro.default is not None and macro.count:
        given = _OPTIONAL.match(piece.text, at)
        found.append(piece.part(*given.span(1)) if given else moved(macro.default, piece.offset(at), piece.offset(at)))
        at = given.end() if given else at
    while len(found) < macro.count:
        space = _SPACE.match(piece.text, at)
        at = space.end() if space else at
        single, stop = (
            _ARGUMENT.match(piece.text, at),
            _group(piece.text, at) if piece.text[at : at + 1] == "{" else None,
        )
        if stop is not None:
            found.append(piece.part(at + 1, stop - 1))
        elif single is not None:
            stop = single.end()
            found.append(piece.part(at, stop))
        else:
            return None
        at = stop
    return found, at
