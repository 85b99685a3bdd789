"""Functions of one number by the names that people write."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from symconv.layers.entrywise import GELU, LOGISTIC
from symconv.notation.build import Z, call, exp, log, minus, over, plus, times
from symconv.notation.tree import Node, Number

STEP = "step"
"""1 where its argument is positive, 0 where it is negative."""
SLOPE = Fraction(1, 100)
ALIASES: Mapping[str, str] = {
    **dict.fromkeys([r"\sigma", "sigmoid", "sigm", "logistic", "Sigmoid"], "sigmoid"),
    **dict.fromkeys(["tanh", r"\tanh"], "tanh"),
    **dict.fromkeys(["relu", "ReLU", "Relu", "RELU"], "relu"),
    **dict.fromkeys(["lrelu", "leakyrelu", "LeakyReLU", "LReLU", "leaky_relu", "LeakyRelu"], "leaky-relu"),
    **dict.fromkeys(["softplus", "Softplus", "SoftPlus"], "softplus"),
    **dict.fromkeys(["silu", "swish", "SiLU", "Swish"], "silu"),
    **dict.fromkeys(["gelu", "GELU"], "gelu"),
    **dict.fromkeys(["softmax", "Softmax", "SoftMax"], "softmax"),
    **dict.fromkeys(["logsoftmax", "LogSoftmax"], "log-softmax"),
    r"\Phi": r"\Phi",
    "exp": "exp", "log": "log", "ln": "log", "sqrt": "sqrt", "sin": "sin", "cos": "cos", "erf": "erf",
    "max": "max", "min": "min", "abs": "abs", "sinh": "sinh", "cosh": "cosh",
}  # fmt: skip
"""What the names of functions mean."""
OF_NUMBERS = frozenset({"exp", "log", "sqrt", "sin", "cos", "erf", "tanh"})
"""Functions that the numbers themselves have."""
GENERAL = frozenset({"f", "g", "h", r"\varphi", r"\phi", r"\psi", r"\rho", "act", "activation", "F"})
"""Letters for a function of which nothing is known."""
_SIGMOID = call("sigmoid", Z)
_STEP = call(STEP, Z)
HALF = Number(Fraction(1, 2))


def slopes(slope: Node) -> Node:
    """z where it is positive, slope · z elsewhere."""
    return times(Z, plus(_STEP, times(slope, plus(1, minus(_STEP)))))


BODIES: Mapping[str, Node] = {
    "sigmoid": LOGISTIC,
    "relu": times(Z, _STEP),
    "leaky-relu": slopes(Number(SLOPE)),
    "softplus": log(plus(1, exp(Z))),
    "silu": times(Z, _SIGMOID),
    "gelu": GELU.activation.body,
    "abs": times(Z, plus(times(2, _STEP), minus(1))),
    "sinh": times(HALF, plus(exp(Z), minus(exp(minus(Z))))),
    "cosh": times(HALF, plus(exp(Z), exp(minus(Z)))),
    **GELU.activation.helpers,
}
"""The others, by a tree in z."""
KINDS = frozenset({"relu", "leaky-relu", "sigmoid", "tanh", "softplus", "silu", "gelu"})
"""Those that are layers."""


def larger(left: Node, right: Node) -> Node:
    """max(left, right)."""
    difference = plus(left, minus(right))
    return plus(right, times(difference, call(STEP, difference)))


def indicator(left: Node, sign: str, right: Node) -> Node:
    """1 where an inequality of numbers holds; where both sides are equal, a convention decides and nothing is said."""
    step = call(STEP, plus(left, minus(right)))
    return step if sign in ">≥" else plus(1, minus(step))


__all__ = [
    "ALIASES",
    "BODIES",
    "GENERAL",
    "KINDS",
    "OF_NUMBERS",
    "SLOPE",
    "STEP",
    "indicator",
    "larger",
    "over",
    "slopes",
]
