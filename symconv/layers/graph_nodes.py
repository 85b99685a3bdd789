"""The nodes of a computation graph: statements taken apart, so that each node does one thing.

Numbers on their own are computed at once; every other operation becomes a node. Nodes that have no name in the text are
named here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from symconv.errors import InputError, LimitError
from symconv.layers.expressions import Constant, Expression, Name, Operation, Statement
from symconv.notation.letters import GREEK

MAX_NODES = 100
MAX_POWER = 100
"""The largest exponent (and denominator of one) that a power of a variable may have."""
MAX_BITS = 4_000
"""How long an exact number may get while the graph is built."""
FREE_LETTERS = ("q", "u", "v", "s", "t", "h", "p", "r", "a", "c", "k", "m", "n")
"""Letters for nodes without a name, in order of liking."""
OUTPUT_LETTERS = ("f", "L", "F", "g", "y", "J", "E")
"""Letters for an output without a name."""
INPUT = "input"
COPY = "copy"
SLOPE = Fraction(1, 100)
"""What leaky_relu takes where no slope is given."""

Operand: TypeAlias = str | Fraction
"""What a node reads: another node by its name, or a number."""


@dataclass(frozen=True, slots=True)
class GraphNode:
    """One value: an input, or an operation on others.

    `named` says whether the name is the user's.
    """

    name: str
    operation: str
    reads: tuple[Operand, ...] = ()
    named: bool = True

    @property
    def sources(self) -> tuple[str, ...]:
        """The nodes that it reads, each once, in the order of its operands."""
        return tuple(dict.fromkeys(operand for operand in self.reads if isinstance(operand, str)))


Ref: TypeAlias = int | Fraction
"""A node by its number, or a number."""


@dataclass(frozen=True, slots=True)
class Built:
    """The inputs, then the operations in the order of the text; numbers given in the text; whether any is a decimal."""

    nodes: tuple[GraphNode, ...]
    assigned: Mapping[str, Fraction]
    decimal: bool


@dataclass(frozen=True, slots=True)
class _Made:
    """A node whose name may still be open."""

    name: str | None
    operation: str
    reads: tuple[Ref, ...] = ()


def built(statements: Sequence[Statement]) -> Built:
    """The nodes of a text. Raises `InputError` for names that are used wrongly, and a graph that is too large."""
    count = sum(_count(statement.body) for statement in statements)
    if count > MAX_NODES:
        raise LimitError(f"graph has {count} operations, more than {MAX_NODES}: take a part of it")
    maker = _Maker()
    for statement in statements[:-1]:
        maker.take(statement)
    output = maker.finish(statements[-1])
    maker.check_used(output)
    return Built(_named(maker.made), maker.assigned, maker.decimal)


def _count(expression: Expression) -> int:
    return 1 + sum(map(_count, expression.operands)) if isinstance(expression, Operation) else 0


class _Maker:
    """Takes statements apart, one after the other."""

    def __init__(self) -> None:
        self.made: list[_Made] = []
        self.known: dict[str, int] = {}
        self.assigned: dict[str, Fraction] = {}
        self.decimal = False

    def take(self, statement: Statement) -> None:
        """A line that is not the last: a named value, or a number for a variable."""
        name = statement.name
        if name is None:
            raise InputError("only the last line of a graph can do without a name: write name = formula before it")
        self._check_new(name, statement.place)
        body = self._lowered(statement.body)
        if isinstance(body, Fraction):
            self.assigned[name] = body
        else:
            self._name(body, name)

    def finish(self, statement: Statement) -> int:
        """The last line, which is the output."""
        if statement.name is not None:
            self._check_new(statement.name, statement.place)
        body = self._lowered(statement.body)
        if isinstance(body, Fraction):
            raise InputError(f"the last line of the graph is the number {body}: end with a formula of variables")
        return self._name(body, statement.name)

    def check_used(self, output: int) -> None:
        """Raise where something is computed that the output does not need, or no variable is left."""
        reached = {output}
        for at in range(output, -1, -1):
            if at in reached:
                reached.update(ref for ref in self.made[at].reads if isinstance(ref, int))
        idle = [made.name for at, made in enumerate(self.made) if at not in reached]
        idle += [name for name in self.assigned if name not in self.known]
        if idle:
            raise InputError(
                f"{idle[-1]} is never used: the last line is the output, and nothing that it needs reads it"
            )
        if not any(made.operation == INPUT for made in self.made):
            raise InputError("the graph has no variable: there is nothing to differentiate by")

    def _check_new(self, name: str, place: str) -> None:
        if name in self.assigned or (name in self.known and self.made[self.known[name]].operation != INPUT):
            raise InputError(f"{place}: {name} is defined twice: give each value a name of its own")
        if name in self.known:
            raise InputError(f"{place}: {name} is defined after a line that reads it: put its definition first")

    def _name(self, at: int, name: str | None) -> int:
        """Give a node its name; a value that has one already is copied."""
        if self.made[at].name is not None:
            at = self._add(COPY, (at,))
        if name is not None:
            self.made[at] = _Made(name, self.made[at].operation, self.made[at].reads)
            self.known[name] = at
        return at

    def _add(self, operation: str, reads: tuple[Ref, ...], name: str | None = None) -> int:
        self.made.append(_Made(name, operation, reads))
        return len(self.made) - 1

    def _lowered(self, expression: Expression) -> Ref:
        match expression:
            case Constant(value, decimal):
                self.decimal |= decimal
                return value
            case Name(name, place):
                return self._read(name, place)
            case Operation(name, operands):
                return self._operation(name, tuple(map(self._lowered, operands)))

    def _read(self, name: str, place: str) -> int:
        if name in KEPT:
            raise InputError(f"{place}: {name} is kept for {KEPT[name]}, or choose another name")
        if name not in self.known:
            self.known[name] = self._add(INPUT, (), name)
        return self.known[name]

    def _operation(self, name: str, reads: tuple[Ref, ...]) -> Ref:
        if name in ("max", "min") and len(reads) > 2:
            return self._operation(name, (self._operation(name, reads[:-1]), reads[-1]))
        if name == "leaky_relu":
            reads = (reads[0], reads[1] if len(reads) > 1 else SLOPE)
            if not isinstance(reads[1], Fraction):
                raise InputError("leaky_relu has a variable as its slope: write a number, such as leaky_relu(x, 0.1)")
        numbers = [ref for ref in reads if isinstance(ref, Fraction)]
        if len(numbers) == len(reads) and name in EXACT:
            found = EXACT[name](*numbers)
            if found is not None:
                return found
        if name == "power":
            _check_power(*reads)
        if name == "divide" and isinstance(reads[1], Fraction) and reads[1] == 0:
            raise InputError("the graph divides by 0: write another denominator")
        return self._add(name, reads)


KEPT = {
    "e": "Euler's number: write exp(x) for e^x",
    "pi": "the ratio π: write a number in its place",
}
"""Names that a page prints with another meaning, and what to do."""


def _quotient(over: Fraction, under: Fraction) -> Fraction:
    if under == 0:
        raise InputError(f"the graph divides {over} by 0: write another denominator")
    return over / under


def _power(base: Fraction, exponent: Fraction) -> Fraction | None:
    """A power of two numbers where it is rational; None where it is left to be computed as a node."""
    if base == 0 and exponent < 0:
        raise InputError(f"the graph has the power {base}^{exponent}: 0 has no negative powers")
    if exponent.denominator != 1:
        return None
    size = max(abs(base.numerator), base.denominator).bit_length() * abs(exponent)
    if abs(base) not in (0, 1) and size > MAX_BITS:
        raise LimitError(f"the graph has the power {base}^{exponent}, whose digits would fill pages: write it smaller")
    return base**exponent.numerator if abs(base) not in (0, 1) else base ** (2 - exponent.numerator % 2)


EXACT: Mapping[str, Callable[..., Fraction | None]] = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": _quotient,
    "negate": lambda a: -a,
    "power": _power,
    "abs": abs,
    "max": max,
    "min": min,
    "relu": lambda a: max(a, Fraction(0)),
    "leaky_relu": lambda a, slope: a if a > 0 else slope * a,
}
"""What is computed at once where all operands are numbers."""


def _check_power(base: Ref, exponent: Ref) -> None:
    """Raise for a power that has no derivative on the real numbers, or one that is too high to be written."""
    if isinstance(exponent, Fraction):
        if max(abs(exponent.numerator), exponent.denominator) > MAX_POWER:
            raise InputError(f"the graph has the exponent {exponent}: expected at most {MAX_POWER}")
    elif isinstance(base, Fraction) and base <= 0:
        raise InputError(f"the graph has the base {base} below a variable exponent: expected a positive base")


def _named(made: Sequence[_Made]) -> tuple[GraphNode, ...]:
    """The nodes with names for all, inputs first."""
    taken = {letter_of(node.name) for node in made if node.name is not None}
    names = [node.name for node in made]
    if names[-1] is None:
        names[-1] = _free(OUTPUT_LETTERS, taken)
    unnamed = [at for at, name in enumerate(names) if name is None]
    letter = _free(FREE_LETTERS, taken | {letter_of(names[-1] or "")})
    for count, at in enumerate(unnamed, start=1):
        names[at] = f"{letter}{count}" if len(unnamed) > 1 else letter
    found = [
        GraphNode(
            str(name), node.operation, tuple(str(names[ref]) if isinstance(ref, int) else ref for ref in node.reads),
            named=node.name is not None,
        )
        for name, node in zip(names, made, strict=True)
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda node: node.operation != INPUT))


def _free(letters: Sequence[str], taken: set[str]) -> str:
    """The first letter that no name begins with."""
    begun = {letter.partition("_")[0] for letter in taken}
    return next((letter for letter in letters if letter not in begun), "node")


_NUMBERED = re.compile(r"([A-Za-z]+?)_?([0-9]*)")


def letter_of(name: str) -> str:
    r"""A name of the text as a letter of LaTeX.

    >>> [letter_of(name) for name in ("x", "w0", "alpha", "loss", "x_max", "h_1_2")]
    ['x', 'w_{0}', '\\alpha', '\\mathit{loss}', 'x_{\\mathit{max}}', 'h_{1,2}']
    """
    numbered = _NUMBERED.fullmatch(name)
    base, _, index = (numbered[1], "", numbered[2]) if numbered else name.partition("_")
    below = ",".join(_word(part) for part in index.split("_") if part)
    return _word(base) + (f"_{{{below}}}" if below else "")


def _word(text: str) -> str:
    if text in GREEK:
        return f"\\{text}"
    return text if len(text) == 1 or text.isdigit() else rf"\mathit{{{text}}}"
