"""Short ways to write trees by hand: layers state their definitions and claims with these.

>>> from symconv.notation.text import TextPrinter
>>> from symconv.notation.tree import Style
>>> z = Letter("z")
>>> TextPrinter(Style())(over(1, plus(1, exp(minus(z)))))
'1/(1 + exp(-z))'
"""

from __future__ import annotations

from fractions import Fraction
from typing import TypeAlias

from symconv.notation.tree import (
    Big,
    Branch,
    Cases,
    Function,
    Infix,
    Letter,
    Negative,
    Node,
    Number,
    Partial,
    Power,
    Ratio,
    Relation,
    Symbol,
    letter_index,
    product,
    total,
)

NodeLike: TypeAlias = Node | int | Fraction


def node(value: NodeLike) -> Node:
    return value if isinstance(value, Node) else Number(value) if value >= 0 else Negative(Number(-value))


def entry(role: str, *index: str | int) -> Symbol:
    """An entry, by letters or positions."""
    return Symbol(role, tuple(letter_index(part) if isinstance(part, str) else part for part in index))


def plus(*terms: NodeLike) -> Node:
    return total(tuple(map(node, terms)))


def minus(term: NodeLike) -> Node:
    return Negative(node(term))


def times(*factors: NodeLike) -> Node:
    return product(tuple(map(node, factors)))


def over(above: NodeLike, below: NodeLike) -> Node:
    return Ratio(node(above), node(below))


def power(base: NodeLike, exponent: NodeLike) -> Node:
    return Power(node(base), node(exponent))


def call(name: str, *arguments: NodeLike, primes: int = 0) -> Node:
    return Function(name, tuple(map(node, arguments)), primes)


def exp(exponent: NodeLike) -> Node:
    return call("exp", exponent)


def log(argument: NodeLike) -> Node:
    return call("log", argument)


def sqrt(body: NodeLike) -> Node:
    return call("sqrt", body)


def summed(letters: str | tuple[str, ...], body: Node) -> Node:
    """Σ over the letters; over none the body itself."""
    variables = (letters,) if isinstance(letters, str) else letters
    return Big(variables, body) if variables else body


def partial(over: Node, under: Node) -> Node:
    return Partial(over, under)


def hadamard(left: Node, right: Node) -> Node:
    return Infix("hadamard", left, right)


def cases(*branches: tuple[NodeLike, Relation]) -> Node:
    """The value of the first branch whose condition holds."""
    return Cases(tuple(Branch(node(value), condition) for value, condition in branches))


def positive(value: Node) -> Relation:
    return Relation((value, Number(0)), ">")


def negative(value: Node) -> Relation:
    return Relation((value, Number(0)), "<")


def zero(value: Node) -> Relation:
    return Relation((value, Number(0)))


Z = Letter("z")
"""The variable of a function of one number."""

__all__ = [
    "NodeLike",
    "Z",
    "call",
    "cases",
    "entry",
    "exp",
    "hadamard",
    "log",
    "minus",
    "negative",
    "node",
    "over",
    "partial",
    "plus",
    "positive",
    "power",
    "sqrt",
    "summed",
    "times",
    "zero",
]
