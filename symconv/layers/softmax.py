"""Softmax over the features of each example."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from symconv.forms import Variable
from symconv.layers.features import Features
from symconv.layers.smooth import LOSS_SYMBOLS, Statement, stated
from symconv.meaning.definitions import Definition, System
from symconv.notation.build import entry, exp, hadamard, minus, over, partial, plus, power, summed, times
from symconv.notation.tree import Call, Delta, Inner, Node, Number, Ones, Symbol, Transpose, equals, letter_index


def softmax_at(role: str, example: tuple[str, ...], letter: str, summed_letter: str = "k") -> Node:
    """e^{X_i} / Σ_k e^{X_k}."""
    return over(exp(entry(role, *example, letter)), summed(summed_letter, exp(entry(role, *example, summed_letter))))


def softmax_lines(output: str, example: tuple[str, ...]) -> tuple[Statement, ...]:
    """The entries of the Jacobian of a softmax whose values are the array `output`: both cases, and as one."""
    s_i, s_j = (entry(output, *example, letter) for letter in "ij")
    x_i, x_j = (entry("X", *example, letter) for letter in "ij")
    whole = summed("k", exp(entry("X", *example, "k")))
    own, other = (times(exp(x_i), factor) for factor in (whole, exp(x_j)))
    delta = Delta(letter_index("i"), letter_index("j"))
    return (
        Statement(
            "same",
            output,
            equals(
                partial(s_i, x_i),
                over(plus(own, minus(times(exp(x_i), exp(x_i)))), power(whole, 2)),
                plus(s_i, minus(power(s_i, 2))),
                times(s_i, plus(1, minus(s_i))),
            ),
        ),
        Statement(
            "other",
            output,
            equals(
                partial(s_i, x_j), over(plus(times(0, whole), minus(other)), power(whole, 2)), minus(times(s_i, s_j))
            ),
            distinct=((*example, "i"), (*example, "j")),
        ),
        Statement("both", output, equals(partial(s_i, x_j), times(s_i, plus(delta, minus(s_j))))),
    )


@dataclass(frozen=True)
class Softmax(Features):
    """O_i = e^{X_i} / Σ_k e^{X_k} over the features of each example.

    Args:
        inputs: how many features an example has, at least 1; None in a network, which knows them.
        batch: how many examples, at least 1.

    Shapes: X, O and G (inputs,), or (batch, inputs) when batch is above 1.

    >>> Softmax(inputs=2).forward(X=[5, 5]).tolist()
    [0.5, 0.5]
    """

    kind: ClassVar[str] = "softmax"
    symbols: ClassVar[Mapping[str, str]] = {"X": "Z", "O": "S", **LOSS_SYMBOLS}

    @property
    def arrays(self) -> Mapping[str, Variable]:
        return {role: Variable(role, self.input_shape) for role in ("X", "O")}

    @cached_property
    def system(self) -> System:
        body = softmax_at("X", self.example, "i")
        return System(
            dict.fromkeys(("X", "G", "O"), self.axes), self.lengths, (Definition("O", (*self.example, "i"), body),)
        )

    def statements(self) -> tuple[Statement, ...]:
        example = self.example
        s_i, g_i = (entry(role, *example, "i") for role in "OG")
        s_j, x_j, g_j = (entry(role, *example, "j") for role in "OXG")
        row = {role: Symbol(role, s_i.index[:-1], slice=bool(example)) for role in ("O", "X", "G", "dX")}
        delta = Delta(letter_index("i"), letter_index("j"))
        jacobian = plus(Call("diag", (row["O"],)), minus(times(row["O"], Transpose(row["O"]))))
        inner = Inner(row["G"], row["O"])
        gradient = Symbol("dX", x_j.index)
        return (
            *stated(self.system),
            Statement("sum", "O", equals(summed("i", s_i), Number(1))),
            *softmax_lines("O", example),
            Statement("jacobian", "O", equals(partial(row["O"], row["X"]), jacobian)),
            Statement(
                "chain",
                "dX",
                equals(
                    gradient,
                    summed("i", times(g_i, partial(s_i, x_j))),
                    summed("i", times(g_i, s_i, plus(delta, minus(s_j)))),
                    plus(times(g_j, s_j), minus(times(s_j, summed("i", times(g_i, s_i))))),
                    times(s_j, plus(g_j, minus(summed("i", times(g_i, s_i))))),
                ),
            ),
            Statement(
                "matrix",
                "dX",
                equals(row["dX"], times(Transpose(partial(row["O"], row["X"])), row["G"]), times(jacobian, row["G"])),
            ),
            Statement(
                "closed", "dX", equals(row["dX"], hadamard(row["O"], plus(row["G"], minus(times(inner, Ones())))))
            ),
        )
