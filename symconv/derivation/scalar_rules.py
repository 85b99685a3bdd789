"""What each operation on scalars computes, and its local gradients in the form that people use: all as trees.

A rule speaks of the operands `a` and `b` and of its own result `o`. The same trees are evaluated in numbers, compared
with SymPy's derivatives, and printed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from symconv.layers.entrywise import GELU, Activation, Entrywise, LeakyReLU, ReLU, Sigmoid, SiLU, Softplus, Tanh
from symconv.layers.graph_nodes import GraphNode
from symconv.meaning.evaluate import Defined
from symconv.notation.build import (
    Z,
    call,
    cases,
    exp,
    log,
    minus,
    negative,
    over,
    plus,
    positive,
    power,
    sqrt,
    times,
    zero,
)
from symconv.notation.tree import Node, Number, Relation, Symbol, rebuilt

A, B, OUT = Symbol("a"), Symbol("b"), Symbol("o")
SLOTS = (A, B)


@dataclass(frozen=True)
class Rule:
    """An operation: its value, and its derivative by each operand.

    `functions` are those that value or derivatives speak of, beyond the ones that numbers have. Where `edge` is 0 there
    is no derivative, and what stands there is a convention.
    """

    value: Node
    slopes: tuple[Node, ...]
    functions: Mapping[str, Defined] = field(default_factory=dict)
    edge: Node | None = None


def rule_of(operation: GraphNode) -> Rule:
    """The rule of a node's operation.

    >>> from symconv.notation.text import TextPrinter
    >>> from symconv.notation.tree import Style
    >>> text = TextPrinter(Style(symbols={"a": "a", "b": "b", "o": "o"}))
    >>> [text(slope) for slope in rule_of(GraphNode("f", "divide", ("x", "y"))).slopes]
    ['1/b', '-a/(b^2)']
    """
    if operation.operation == "power":
        return _power(*operation.reads)
    if operation.operation in ACTIVATIONS:
        layer = ACTIVATIONS[operation.operation]
        return _activation((LeakyReLU(slope=operation.reads[1]) if layer is LeakyReLU else layer()).function)  # type: ignore[arg-type]
    return RULES[operation.operation]


def _order(sign: str) -> tuple[Relation, Relation]:
    """Whether the first operand is chosen (at a tie too), or the second."""
    strict = {"≥": "<", "≤": ">"}[sign]
    return Relation((A, B), sign), Relation((A, B), strict)  # type: ignore[arg-type]


def _choice(name: str, sign: str) -> Rule:
    """The larger or the smaller of two operands; where they are equal the first one counts."""
    first, second = _order(sign)
    return Rule(
        call(name, A, B), (cases((1, first), (0, second)), cases((0, first), (1, second))), edge=plus(A, minus(B))
    )


RULES: Mapping[str, Rule] = {
    "copy": Rule(A, (Number(1),)),
    "add": Rule(plus(A, B), (Number(1), Number(1))),
    "subtract": Rule(plus(A, minus(B)), (Number(1), minus(1))),
    "multiply": Rule(times(A, B), (B, A)),
    "divide": Rule(over(A, B), (over(1, B), minus(over(A, power(B, 2))))),
    "negate": Rule(minus(A), (minus(1),)),
    "exp": Rule(exp(A), (OUT,)),
    "log": Rule(log(A), (over(1, A),)),
    "sqrt": Rule(sqrt(A), (over(1, times(2, OUT)),)),
    "sin": Rule(call("sin", A), (call("cos", A),)),
    "cos": Rule(call("cos", A), (minus(call("sin", A)),)),
    "abs": Rule(call("abs", A), (cases((1, positive(A)), (minus(1), negative(A)), (0, zero(A))),), edge=A),
    "max": _choice("max", "≥"),
    "min": _choice("min", "≤"),
}

ACTIVATIONS: Mapping[str, type[Entrywise]] = {
    "relu": ReLU,
    "leaky_relu": LeakyReLU,
    "sigmoid": Sigmoid,
    "tanh": Tanh,
    "softplus": Softplus,
    "silu": SiLU,
    "gelu": GELU,
}
"""Functions of one number that layers apply entry by entry: the rows of their table."""


def _activation(function: Activation) -> Rule:
    """The same row for a scalar: z is the operand, and the function's own value is the result."""
    value = call(function.sign, Z)

    def spoken(part: Node) -> Node | None:
        return OUT if part == value else A if part == Z else None

    slope = rebuilt(function.derivative[-1], spoken)
    functions = {name: known for name, known in function.functions.items() if not name.endswith("'")}
    return Rule(call(function.sign, A), (slope,), functions, A if function.kink else None)


def _power(base: str | Fraction, exponent: str | Fraction) -> Rule:
    if isinstance(exponent, Fraction):
        return Rule(power(A, B), (_slope_of_power(exponent), Number(0)))
    return Rule(power(A, B), (times(B, power(A, plus(B, minus(1)))), times(OUT, log(A))))


def _slope_of_power(exponent: Fraction) -> Node:
    """The derivative of a^n for a number n: n a^(n-1)."""
    if exponent in (0, 1):
        return Number(exponent)
    if exponent == 2:
        return times(2, A)
    slope = times(*([] if abs(exponent) == 1 else [abs(exponent)]), power(A, Number(exponent - 1)))
    return minus(slope) if exponent < 0 else slope
