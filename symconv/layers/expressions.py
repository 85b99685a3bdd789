"""Formulas of scalars as text: read by a grammar into trees, never evaluated.

Whatever cannot be read raises `InputError` with its column (and its line, where there are several).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, partialmethod
from importlib import resources
from typing import TYPE_CHECKING, Any, TypeAlias

from symconv.errors import InputError

if TYPE_CHECKING:
    from lark import Lark, Token
    from lark.exceptions import UnexpectedInput

MAX_LENGTH = 2_000
MAX_DIGITS = 20
MAX_EXPONENT = 99
MAX_BRACKETS = 30
MAX_HEIGHT = 100
"""Operations inside each other; a sum of so many terms is as deep."""
MAX_NAME = 16
SHOWN = 20
TYPOGRAPHY = str.maketrans({"−": "-", "–": "-", "·": "*", "⋅": "*", "×": "*", "÷": "/", "\N{NO-BREAK SPACE}": " "})
"""Signs as they come out of a document that somebody copied, one for one, so that columns stay."""
FUNCTIONS: Mapping[str, tuple[int, int]] = {
    "exp": (1, 1), "log": (1, 1), "sqrt": (1, 1), "sin": (1, 1), "cos": (1, 1), "abs": (1, 1),
    "max": (2, 30), "min": (2, 30),
    "relu": (1, 1), "leaky_relu": (1, 2), "sigmoid": (1, 1), "tanh": (1, 1), "softplus": (1, 1), "silu": (1, 1),
    "gelu": (1, 1),
}  # fmt: skip
"""How few and how many arguments each function takes. Capitals do not matter: ReLU is relu."""
ALIASES = {"ln": "log"}
UNSIGNED = r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"


@dataclass(frozen=True, slots=True)
class Name:
    """A variable, or the name of an earlier statement; `place` says where it stands in the text."""

    name: str
    place: str
    height: int = 0


@dataclass(frozen=True, slots=True)
class Constant:
    """A number, exactly as it was written; `decimal` where it has a decimal point or an exponent."""

    value: Fraction
    decimal: bool
    height: int = 0


@dataclass(frozen=True, slots=True)
class Operation:
    """An operator (add, subtract, multiply, divide, power, negate) or a function at work."""

    name: str
    operands: tuple[Expression, ...]
    height: int


Expression: TypeAlias = Name | Constant | Operation


@dataclass(frozen=True, slots=True)
class Statement:
    """`name = body`, or a body alone."""

    name: str | None
    body: Expression
    place: str


def parse(text: object) -> list[Statement]:
    """The statements of a text, in order.

    Raises `InputError` where it cannot be read, names a function that does not exist, or is too long or too deep.

    >>> [statement] = parse("f = -x^2")
    >>> statement.name, statement.body.name, statement.body.operands[0].name
    ('f', 'negate', 'power')
    """
    if not isinstance(text, str):
        raise InputError(f"graph is {text!r}: expected a formula as text, such as 'f = (x + y) * z'")
    if len(text) > MAX_LENGTH:
        raise InputError(f"graph has {len(text):,} characters: expected at most {MAX_LENGTH:,}")
    if not text.strip(" \t\r\n;"):
        raise InputError("graph is empty: expected a formula, such as 'f = (x + y) * z'")
    import lark

    plain = text.translate(TYPOGRAPHY).rstrip()
    _check_brackets(plain)
    try:
        statements: list[Statement] = _reader().parse(plain)  # type: ignore[assignment]
    except lark.exceptions.UnexpectedInput as error:
        raise InputError(_complaint(error, plain)) from None
    return statements


def spaced(text: str) -> str:
    """The same formula with room between all its signs, for lines to be broken there.

    >>> spaced("f=(x+y)**2")
    'f = ( x + y ) ** 2'
    """
    return " ".join(_reader().lex(text))


def number(text: str) -> Fraction | None:
    """The number that a text such as -2, 1/3, 0.25 or 1e-3 stands for, exactly; None for any other text.

    >>> number("-1/3"), number("2.50"), number("x")
    (Fraction(-1, 3), Fraction(5, 2), None)
    """
    found = re.fullmatch(rf"\s*([+-]?)([0-9]+/[0-9]+|{UNSIGNED})\s*", text.translate(TYPOGRAPHY))
    if found is None:
        return None
    check_digits(found[2], f"the number {text.strip()[:SHOWN]}")
    over, slash, under = found[2].partition("/")
    if slash and int(under) == 0:
        raise InputError(f"the number {text.strip()} divides by 0: give another denominator")
    value = Fraction(int(over), int(under)) if slash else Fraction(over)
    return -value if found[1] == "-" else value


def check_digits(text: str, what: str) -> None:
    """Raise `InputError` for a number of too many digits, before anything is computed of it."""
    mantissa, _, exponent = text.lower().partition("e")
    if sum(letter.isdigit() for letter in mantissa) > MAX_DIGITS:
        raise InputError(f"{what} has more than {MAX_DIGITS} digits: write fewer")
    if exponent and (len(exponent) > len("-99") or abs(int(exponent)) > MAX_EXPONENT):
        raise InputError(f"{what} has the exponent {exponent[:SHOWN]}: expected at most {MAX_EXPONENT}")


@cache
def _reader() -> Lark:
    """The parser; trees are built while it reads, so that no depth of nesting exhausts the stack."""
    import lark

    grammar = resources.files("symconv.layers").joinpath("expression.lark").read_text(encoding="utf-8")
    return lark.Lark(grammar, parser="lalr", maybe_placeholders=True, transformer=_Builder())


class _Builder:
    """What each rule of the grammar makes of its parts."""

    def start(self, statements: list[Statement]) -> list[Statement]:
        return statements

    def statement(self, parts: list[Any]) -> Statement:
        name, body = parts
        if name is None:
            return Statement(None, body, "")
        _check_name(name)
        return Statement(str(name), body, _place(name))

    def number(self, parts: list[Token]) -> Constant:
        (token,) = parts
        check_digits(token, f"{_place(token)}: the number {shortened(token)}")
        return Constant(Fraction(str(token)), decimal=not token.isdigit())

    def variable(self, parts: list[Token]) -> Name:
        _check_name(parts[0])
        return Name(str(parts[0]), _place(parts[0]))

    def call(self, parts: list[Any]) -> Operation:
        token, *operands = parts
        name = ALIASES.get(token.lower(), token.lower())
        if name not in FUNCTIONS:
            raise InputError(
                f"{_place(token)}: there is no function {shortened(token)}: the functions are {', '.join(FUNCTIONS)}; "
                f"for a product write {shortened(token)} * (…)"
            )
        fewest, most = FUNCTIONS[name]
        if not fewest <= len(operands) <= most:
            wanted = "1 argument" if most == 1 else f"{fewest} to {most} arguments"
            raise InputError(f"{_place(token)}: {name} takes {wanted}, and here it has {len(operands)}")
        return self._operation(name, operands)

    def bracket(self, parts: list[Expression]) -> Expression:
        return parts[0]

    unchanged = bracket

    def _operation(self, name: str, operands: list[Expression]) -> Operation:
        height = 1 + max(operand.height for operand in operands)
        if height > MAX_HEIGHT:
            raise InputError(f"graph has more than {MAX_HEIGHT} operations inside each other: name parts of it")
        return Operation(name, tuple(operands), height)

    add = partialmethod(_operation, "add")
    subtract = partialmethod(_operation, "subtract")
    multiply = partialmethod(_operation, "multiply")
    divide = partialmethod(_operation, "divide")
    power = partialmethod(_operation, "power")
    negate = partialmethod(_operation, "negate")


def _place(token: Token) -> str:
    return f"column {token.column}" if token.line == 1 else f"line {token.line}, column {token.column}"


def _check_name(token: Token) -> None:
    if token.lower() in FUNCTIONS or token.lower() in ALIASES:
        raise InputError(f"{_place(token)}: {token} is a function: write {token}(…), or choose another name")
    if len(token) > MAX_NAME:
        raise InputError(f"{_place(token)}: the name {shortened(token)} has more than {MAX_NAME} characters")


def _check_brackets(text: str) -> None:
    depth = 0
    for column, letter in enumerate(text, start=1):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if depth > MAX_BRACKETS:
            raise InputError(f"graph has more than {MAX_BRACKETS} brackets inside each other, at character {column}")


def _complaint(error: UnexpectedInput, text: str) -> str:
    """What is wrong where the reader stopped, and what may stand there."""
    at: int = error.pos_in_stream  # type: ignore[assignment]
    operand = "NUMBER" in (getattr(error, "expected", None) or getattr(error, "allowed", None) or ())
    wanted = "a number, a name or a bracket" if operand else "an operator such as + or *"
    if not operand and text[:at].count("(") > text[:at].count(")"):
        wanted += ", or a closing bracket"
    if getattr(getattr(error, "token", None), "type", "") == "$END":
        return f"graph ends too early, after {shortened(text[-SHOWN:])}: expected {wanted}"
    place = f"column {error.column}" if error.line == 1 else f"line {error.line}, column {error.column}"
    if not operand and (text[at].isalnum() or text[at] in "_(."):
        return f"{place}: {_missing_sign(text, at)}"
    return f"{place}: {text[at]!r} cannot stand here: expected {wanted}"


def _missing_sign(text: str, at: int) -> str:
    """What to write where two operands stand side by side."""
    word = re.search(r"[A-Za-z_]*$", text[:at].rstrip())
    if word and word[0].lower() in {*FUNCTIONS, *ALIASES}:
        return f"a function needs its brackets: write {word[0]}(…)"
    return f"a product needs its sign: write * before {shortened(text[at : at + SHOWN])}"


def shortened(text: str) -> str:
    """The text in quotation marks, cut where it is long."""
    return repr(str(text) if len(text) <= SHOWN else f"{text[:SHOWN]}…")
