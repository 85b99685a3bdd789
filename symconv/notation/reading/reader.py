"""Reading: text in, trees out; what cannot be read is refused with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from symconv.errors import UnreadError
from symconv.notation.reading.parser import UnexpectedTokenError, parser
from symconv.notation.reading.pieces import Piece, fractions, pieces, single
from symconv.notation.reading.resolve import Resolver
from symconv.notation.reading.rows import conditions, rows
from symconv.notation.reading.scanner import Scanner, Token
from symconv.notation.tree import Listed, Node, Relation, Style, Words, parts_of

MAX_HEIGHT = 80
"""Nodes inside each other, so that walking a tree never exhausts the stack."""
MAX_SCRIPTS = 20
"""Formulas within scripts of formulas."""
MAX_SCRIPT_HEIGHT = 15
"""Nodes inside each other in the script of a name, which is read when the name is resolved."""
SHOWN = 20
COMPARED = ("=", "≠", "<", ">", "≤", "≥")
"""What a condition compares two sides by; between more sides it is the range of a letter."""
NAMES: Mapping[str, str] = {
    "_RPAR": ")", "_CLOSE": ")", "_RSQUARE": "]", "_RCURLY": "}", "_RBRACE": "}", "_RANGLE": "⟩", "_ENDM": r"\end",
    "_ENDC": r"\end", "_RFLOOR": "⌋", "_RCEIL": "⌉", "_RBAR": "|", "_RNORM": "‖",
}  # fmt: skip
"""How tokens are called in messages."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One formula of a display, where it starts and ends in the text, and the conditions that stand behind it.

    A condition that is no formula is `Words`.
    """

    node: Node
    start: int
    end: int
    conditions: tuple[Node, ...] = ()


def read(text: str, style: Style | None = None, *, ranks: Mapping[str, int] | None = None, plain: bool = False) -> Node:
    r"""The tree of one formula, in LaTeX without its delimiters, or with `plain` in plain text.

    Without a style, letters stay what they are; with one, they are the arrays of their roles, and what a printer wrote
    in that style is read as the tree that it printed (in the form of `canonical`). `ranks` says how many indices the
    array of a role has; without it, two signs side by side are two indices. A formula that begins with a relation sign
    has `Blank` on its left.

    Raises `UnreadError` with the place for what cannot be read, and for text that is too long or too deep.

    >>> read("X_{12} + 1")
    Sum(terms=(Named(letter='X', lower='12', upper='', primes=0), Number(value=1)))
    >>> read(r"\frac{\partial L}{\partial O_{12}}", Style()) == read("∂L/∂O_12", Style(), plain=True)
    True
    """
    found = statements(text, style, ranks=ranks, plain=plain)
    if len(found) != 1:
        place = found[1].start if found else 0
        raise UnreadError(place, f"{len(found)} formulas" if found else "nothing", "one formula")
    return found[0].node


def read_list(text: str, *, plain: bool = False) -> tuple[Node, ...]:
    """The trees of things with commas between them, such as an index: no letter is resolved.

    >>> [type(node).__name__ for node in read_list("s i + u, j'")]
    ['Sum', 'Named']
    """
    node = _Reading(text, plain=plain).whole()
    return node.items if isinstance(node, Listed) else (node,)


def statements(
    text: str, style: Style | None = None, *, ranks: Mapping[str, int] | None = None, plain: bool = False
) -> tuple[Statement, ...]:
    r"""The formulas of a display, in order: rows, columns, and what stands side by side.

    A row that begins with a relation or a plus goes on with the one above. Two formulas on a line are told apart at a
    comma, a wide space or the end of a line only where both hold a relation.

    >>> display = r"\begin{aligned} a &= b \\ &= c \\ d &= e \quad f = g \end{aligned}"
    >>> [display[found.start : found.end] for found in statements(display)]
    ['a &= b \\\\ &= c', 'd &= e', 'f = g']
    """
    reading = _Reading(text, plain=plain)
    resolver = Resolver(style, ranks or {}, reading.exponent, plain=plain) if style is not None else None
    found = []
    for row in rows(reading.pieces, plain=plain):
        node = reading.tree(row.formula)
        start, end = row.formula[0].start, row.formula[-1].end
        found.append(Statement(resolver(node) if resolver else node, start, end, tuple(reading.conditions(row.aside))))
    return tuple(found)


def resolved(node: Node, style: Style, ranks: Mapping[str, int]) -> Node:
    """A tree that was read without a style, as `read` gives it with one."""
    return resolver(style, ranks)(node)


def resolver(style: Style, ranks: Mapping[str, int]) -> Resolver:
    """What resolves the names of a style."""
    return Resolver(style, ranks, _Reading("", plain=False).exponent, plain=False)


_OVERLAY = re.compile(r"(?<=[a-z*])<[0-9,.+|-]{1,20}>(?=\s*\{)")
"""On which slides of a talk something stands."""
_SEPARATOR = re.compile(r"\\(?:text|mbox|textrm)\{\s*([,;.])[\s,;.]*\}")
"""Punctuation that is set as text."""


_TRANSPOSED = re.compile(r"(?<=[\w\])])\.T(?!\w)")
_PRODUCT = re.compile(r"(?<=[\s)])@(?=[\s(])")


def _blank(found: re.Match[str]) -> str:
    return " " * len(found[0])


def _separated(text: str) -> str:
    """LaTeX without what slides say of a formula, and with punctuation that stands for itself, all at its place."""
    return _SEPARATOR.sub(lambda found: found[1].ljust(len(found[0])), _OVERLAY.sub(_blank, text))


def _as_written(text: str) -> str:
    """Plain text with what programs write for products and transposes in signs of mathematics, all at its place."""
    return _PRODUCT.sub(" ", _TRANSPOSED.sub(" ᵀ", text))


class _Reading:
    """One text being read."""

    def __init__(self, text: str, *, plain: bool, depth: int = 0) -> None:
        if depth > MAX_SCRIPTS:
            raise UnreadError(0, f"{depth} scripts inside each other", f"at most {MAX_SCRIPTS}")
        if not isinstance(text, str):
            raise UnreadError(0, repr(type(text)), "text")
        self.text, self.plain, self.depth = text, plain, depth
        self.pieces = pieces(_as_written(text)) if plain else single(fractions(pieces(_separated(text))))

    def whole(self) -> Node:
        return self.tree(self.pieces)

    def tree(self, part: Sequence[Piece]) -> Node:
        end = part[-1].end if part else len(self.text)
        return _parsed(Scanner(self.text, part, plain=self.plain, inner=self.inner, label=self.label).scan(), end)

    def conditions(self, aside: list[Piece]) -> Iterator[Node]:
        """What restricts the formula before: not the range of a letter, nor what a letter is."""
        for part in conditions(aside):
            try:
                node = self.tree(part)
            except UnreadError:
                node = Words(self.text[part[0].start : part[-1].end])
            if not isinstance(node, Relation) or (len(node.sides) == 2 and node.sign in COMPARED):
                yield node

    def inner(self, start: int, end: int) -> tuple[Node, ...]:
        """What stands between two places of the text, as things with commas between them."""
        try:
            return self._list(self.text[start:end])
        except UnreadError as error:
            raise UnreadError(start + error.offset, error.found, error.expected) from None

    def _list(self, text: str) -> tuple[Node, ...]:
        node = _Reading(text, plain=self.plain, depth=self.depth + 1).whole()
        return node.items if isinstance(node, Listed) else (node,)

    def label(self, text: str) -> Node | None:
        """A label that is a formula."""
        try:
            return _Reading(text, plain=self.plain, depth=self.depth + 1).whole()
        except UnreadError:
            return None

    def exponent(self, text: str) -> Node:
        """The tree of a script, which is LaTeX whatever it was written in."""
        node = _Reading(text, plain=False, depth=self.depth + 1).whole()
        _check_height(node, 0, MAX_SCRIPT_HEIGHT)
        return node


def _parsed(tokens: Sequence[Token], end: int) -> Node:
    if not tokens:
        raise UnreadError(end, "nothing", "a formula")
    try:
        node: Node = parser()(tokens)
    except UnexpectedTokenError as error:
        raise _refusal(error, end) from None
    _check_height(node, tokens[0].start_pos)
    return node


def _refusal(error: UnexpectedTokenError, end: int) -> UnreadError:
    """What the parser says, in words."""
    token = error.token
    if "NAME" in error.expected:
        wanted = "a number, letter or bracket"
    else:
        closing = sorted({NAMES[name] for name in error.expected & set(NAMES)})
        wanted = " or ".join(["an operator", *closing])
    if token.type == "$END":
        return UnreadError(end, "the end", wanted)
    value = token.value
    shown = getattr(value, "letter", value)
    return UnreadError(token.start_pos, repr(shown)[:SHOWN] if isinstance(shown, str) else token.type, wanted)


def _check_height(node: Node, start: int, limit: int = MAX_HEIGHT) -> None:
    """Raise `UnreadError` for a tree so high that walking it could exhaust the stack; done without recursion."""
    level: list[Node] = [node]
    for _ in range(limit):
        level = [child for parent in level for child in parts_of(parent)]
        if not level:
            return
    raise UnreadError(start, f"more than {limit} operations inside each other", "fewer")
