"""Losses: mean squared error, binary cross-entropy and cross-entropy, with and without the activation before them.

The output is the loss L itself; X is what was predicted, Y what it should have been. Gradients are by X.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, ClassVar, Literal

from symconv.errors import InputError
from symconv.forms import Shape, Variable
from symconv.layers.entrywise import LOGISTIC
from symconv.layers.features import Features
from symconv.layers.smooth import Statement, stated
from symconv.layers.softmax import softmax_at, softmax_lines
from symconv.meaning.definitions import LOSS, Definition, System
from symconv.meaning.evaluate import Defined
from symconv.notation.build import Z, call, entry, log, minus, over, partial, plus, power, summed, times
from symconv.notation.tree import Delta, Letter, Node, Number, Product, Relation, Symbol, equals, letter_index

N, BETA = Letter("n"), Letter(r"\beta")
TERM = "l"
"""The role of what one output, or one example, contributes to the loss."""
LETTERS = {"Y": "Y", "L": "L", TERM: r"\ell"}


@dataclass(frozen=True)
class Loss(Features):
    """A loss L of predictions X and targets Y, both (inputs,), or (batch, inputs) when batch is above 1.

    With `mean` the loss is the mean over the batch, without it the sum.
    """

    mean: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        for what in ("mean", "sigmoid", "softmax"):
            value = getattr(self, what, False)
            if not isinstance(value, bool):
                raise InputError(f"{what} is {value!r}: expected True or False")

    @property
    @abstractmethod
    def symbols(self) -> Mapping[str, str]:  # type: ignore[override]
        """The letters of the arrays."""

    @property
    def arrays(self) -> Mapping[str, Variable]:
        return {**{role: Variable(role, self.input_shape) for role in ("X", "Y")}, "O": Variable("O", ())}

    @property
    def output_shape(self) -> Shape:
        return ()

    @property
    def example_output(self) -> Shape:
        return ()

    def flags(self) -> list[str]:
        return [] if self.mean else ["--no-mean"]

    def from_system(self, role: str, array: Any) -> Any:
        return super().from_system("O" if role == LOSS else role, array)

    @property
    def averaged(self) -> bool:
        """Whether 1/β stands in front."""
        return self.mean and self.batch > 1

    def system_of(self, definitions: tuple[Definition, ...], **functions: Defined) -> System:
        roles = {"X": self.axes, "Y": self.axes, **self.between(), LOSS: ()}
        named = {f"\\{name}": defined for name, defined in functions.items()}
        constants = {"n": Fraction(self.size), r"\beta": Fraction(self.batch)}
        return System(roles, self.lengths, definitions, named, constants, {"z": {}})

    def between(self) -> Mapping[str, tuple[str, ...]]:
        """The axes of the arrays between X and the loss."""
        return {TERM: self.axes}

    def scaled(self, node: Node, *factors: Node) -> Node:
        """The node with the factors and, for a mean, one over what it is taken over in front."""
        mean = (over(1, times(*self.counts)),) if self.counts else ()
        return _product(*mean, *factors, node)

    @property
    def counts(self) -> tuple[Node, ...]:
        """How many the mean is taken over, as letters."""
        return (BETA,) if self.averaged else ()


def _product(*factors: Node) -> Node:
    """The product, products among the factors taken apart, so that each fraction stands by itself."""
    return times(
        *(part for factor in factors for part in (factor.factors if isinstance(factor, Product) else (factor,)))
    )


@dataclass(frozen=True)
class MSE(Loss):
    """The squared error, Σ (X_i - Y_i)² with a factor in front.

    Args:
        inputs: how many outputs are compared, at least 1; None in a network, which knows them.
        batch: how many examples, at least 1.
        mean: whether the loss is the mean over the batch (or the sum).
        factor: "half" (1/2), "mean" (1/n, n the outputs of an example) or "none".

    >>> MSE(inputs=2).forward(X=[1, 3], Y=[0, 1]).item()
    2.5
    """

    factor: Literal["half", "mean", "none"] = "half"
    kind: ClassVar[str] = "mse"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.factor not in ("half", "mean", "none"):
            raise InputError(f'factor is {self.factor!r}: expected "half", "mean" or "none"')

    @property
    def symbols(self) -> Mapping[str, str]:  # type: ignore[override]
        return {"X": "A", **LETTERS}

    def own_options(self) -> dict[str, tuple[object, object]]:
        return {"factor": (self.factor, "half")}

    @property
    def _front(self) -> tuple[Node, ...]:
        return {"half": (over(1, 2),), "mean": (over(1, N),), "none": ()}[self.factor]

    @cached_property
    def system(self) -> System:
        index = (*self.example, "i")
        error = plus(entry("X", *index), minus(entry("Y", *index)))
        total = summed(index, entry(TERM, *index))
        return self.system_of(
            (Definition(TERM, index, power(error, 2)), Definition(LOSS, (), self.scaled(total, *self._front)))
        )

    def statements(self) -> tuple[Statement, ...]:
        index, other = (*self.example, "i"), (*self.example, "j")
        x, y, term = (entry(role, *index) for role in ("X", "Y", TERM))
        error = plus(x, minus(y))
        slope = partial(term, x)
        arrays = plus(Symbol("X"), minus(Symbol("Y")))
        return (
            *stated(self.system),
            Statement("same", TERM, equals(slope, times(2, error))),
            Statement("other", TERM, equals(partial(entry(TERM, *other), x), Number(0)), distinct=(other, index)),
            Statement(
                "chain",
                "dX",
                equals(
                    entry("dX", *index),
                    self.scaled(summed(_primed(other), times(partial(entry(TERM, *_primed(other)), x))), *self._front),
                    self.scaled(slope, *self._front),
                    self.scaled(self._error(error), *self._left),
                ),
            ),
            Statement("closed", "dX", equals(Symbol("dX"), self.scaled(self._error(arrays), *self._left))),
        )

    @property
    def _left(self) -> tuple[Node, ...]:
        """What is left of the factor beside the 2 of the square."""
        return {"half": (), "mean": (over(2, N),), "none": (Number(2),)}[self.factor]

    def _error(self, error: Node) -> Node:
        return error


def _primed(index: tuple[str, ...]) -> tuple[str, ...]:
    """The same index with letters of its own for a sum."""
    return tuple({r"\nu": r"\rho"}.get(letter, letter) for letter in index)


@dataclass(frozen=True)
class BinaryCrossEntropy(Loss):
    """-(Y log X + (1 - Y) log(1 - X)) for each output; `mean` averages over outputs and batch.

    Args:
        inputs: how many outputs, at least 1; None in a network, which knows them.
        batch: how many examples, at least 1.
        mean: whether the loss is the mean over all outputs of all examples (or their sum).
        sigmoid: whether X is what goes into a sigmoid, whose value is compared with Y; else X is compared itself.

    >>> BinaryCrossEntropy(inputs=1, sigmoid=True).forward(X=[0], Y=[1]).item()
    0.6931471805599453
    """

    sigmoid: bool = False
    kind: ClassVar[str] = "bce"

    @property
    def symbols(self) -> Mapping[str, str]:  # type: ignore[override]
        return {"X": "Z", "A": "A", **LETTERS} if self.sigmoid else {"X": "A", **LETTERS}

    def flags(self) -> list[str]:
        return [*super().flags(), *(["--sigmoid"] if self.sigmoid else [])]

    def between(self) -> Mapping[str, tuple[str, ...]]:
        return {**({"A": self.axes} if self.sigmoid else {}), TERM: self.axes}

    @property
    def predicted(self) -> str:
        """The role of what is compared with Y."""
        return "A" if self.sigmoid else "X"

    @property
    def counts(self) -> tuple[Node, ...]:
        return (*((N,) if self.mean and self.size > 1 else ()), *super().counts)

    @cached_property
    def system(self) -> System:
        index = (*self.example, "i")
        a, y = entry(self.predicted, *index), entry("Y", *index)
        term = minus(plus(times(y, log(a)), times(plus(1, minus(y)), log(plus(1, minus(a))))))
        activation = (Definition("A", index, call(r"\sigma", entry("X", *index))),) if self.sigmoid else ()
        loss = Definition(LOSS, (), self.scaled(summed(index, entry(TERM, *index))))
        return self.system_of((*activation, Definition(TERM, index, term), loss), sigma=Defined("z", LOGISTIC))

    def statements(self) -> tuple[Statement, ...]:
        index, other = (*self.example, "i"), _primed((*self.example, "j"))
        a, x, y, term = (entry(role, *index) for role in (self.predicted, "X", "Y", TERM))
        variance = times(a, plus(1, minus(a)))
        error = plus(a, minus(y))
        found = partial(term, a)
        lines = [
            *self._sigmoid_lines(),
            *stated(self.system),
            Statement(
                "same",
                TERM,
                equals(
                    found, plus(minus(over(y, a)), over(plus(1, minus(y)), plus(1, minus(a)))), over(error, variance)
                ),
            ),
        ]
        shortest: Node = over(error, variance)
        if self.sigmoid:
            lines += [
                Statement("slope", "A", equals(partial(a, x), variance)),
                Statement(
                    "fused",
                    TERM,
                    equals(
                        partial(term, x), times(found, partial(a, x)), times(over(error, variance), variance), error
                    ),
                ),
            ]
            shortest = error
        elsewhere = partial(entry(TERM, *other), x)
        standing = self.scaled(summed(other, elsewhere))
        chain = (entry("dX", *index), standing, self.scaled(partial(term, x)), self.scaled(shortest))
        arrays = plus(Symbol(self.predicted), minus(Symbol("Y")))
        closed = (
            equals(Symbol("dX"), self.scaled(arrays))
            if self.sigmoid
            else equals(entry("dX", *index), self.scaled(shortest))
        )
        return (
            *lines,
            Statement("other", TERM, equals(elsewhere, Number(0)), distinct=(other, index)),
            Statement("chain", "dX", equals(*chain)),
            Statement("closed", "dX", closed),
        )

    def _sigmoid_lines(self) -> tuple[Statement, ...]:
        if not self.sigmoid:
            return ()
        sigma = call(r"\sigma", Z)
        derivative = equals(call(r"\sigma", Z, primes=1), times(sigma, plus(1, minus(sigma))))
        return (
            Statement("function", "A", equals(sigma, LOGISTIC)),
            Statement("derivative", "A", derivative),
        )


@dataclass(frozen=True)
class CrossEntropy(Loss):
    """-Σ_i Y_i log X_i for each example.

    Args:
        inputs: how many classes, at least 1; None in a network, which knows them.
        batch: how many examples, at least 1.
        mean: whether the loss is the mean over the batch (or the sum).
        softmax: whether X is what goes into a softmax, whose values are compared with Y; else X is compared itself.
        targets: "one-hot" (one class of each example is true) or "soft" (any weights; the sums stay in the result).

    >>> CrossEntropy(inputs=2, softmax=True).forward(X=[0, 0], Y=[1, 0]).item()
    0.6931471805599453
    """

    softmax: bool = False
    targets: Literal["one-hot", "soft"] = "one-hot"
    kind: ClassVar[str] = "cross-entropy"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.targets not in ("one-hot", "soft"):
            raise InputError(f'targets is {self.targets!r}: expected "one-hot" or "soft"')

    @property
    def symbols(self) -> Mapping[str, str]:  # type: ignore[override]
        return {"X": "Z", "S": "S", **LETTERS} if self.softmax else {"X": "A", **LETTERS}

    def own_options(self) -> dict[str, tuple[object, object]]:
        return {"targets": (self.targets, "one-hot")}

    def flags(self) -> list[str]:
        return [*super().flags(), *(["--softmax"] if self.softmax else [])]

    def between(self) -> Mapping[str, tuple[str, ...]]:
        softmax = {"S": self.axes} if self.softmax else {}
        return {**softmax, **({TERM: ("example",)} if self.example else {})}

    @property
    def predicted(self) -> str:
        """The role of what is compared with Y."""
        return "S" if self.softmax else "X"

    @property
    def term(self) -> Symbol:
        """The loss of one example."""
        return entry(TERM, *self.example) if self.example else Symbol(LOSS)

    @cached_property
    def system(self) -> System:
        example, index = self.example, (*self.example, "i")
        own = minus(summed("i", times(entry("Y", *index), log(entry(self.predicted, *index)))))
        softmax = (Definition("S", index, softmax_at("X", example, "i")),) if self.softmax else ()
        if not example:
            return self.system_of((*softmax, Definition(LOSS, (), own)))
        loss = Definition(LOSS, (), self.scaled(summed(example, self.term)))
        return self.system_of((*softmax, Definition(TERM, example, own), loss))

    def statements(self) -> tuple[Statement, ...]:
        i = (*self.example, "i")
        p, y = entry(self.predicted, *i), entry("Y", *i)
        slope = Statement("same", TERM, equals(partial(self.term, p), minus(over(y, p))))
        rest = self._fused() if self.softmax else self._plain()
        return (*stated(self.system), *self._one_hot_loss(), slope, *rest)

    def _one_hot_loss(self) -> tuple[Statement, ...]:
        """With one true class c, one term of the sum survives."""
        if self.targets == "soft":
            return ()
        lost = equals(self.term, minus(log(entry(self.predicted, *self.example, "c"))))
        return (Statement("one-hot", TERM, lost, given=self._true_class),)

    @property
    def _true_class(self) -> Relation:
        return equals(entry("Y", *self.example, "i"), Delta(letter_index("i"), letter_index("c")))

    def _plain(self) -> tuple[Statement, ...]:
        i = (*self.example, "i")
        x, y = entry("X", *i), entry("Y", *i)
        standing = (self.scaled(partial(self.term, x)),) if self.example else ()
        chain = equals(entry("dX", *i), *standing, self.scaled(minus(over(y, x))))
        return (
            *((Statement("chain", "dX", chain),) if self.example else ()),
            Statement("closed", "dX", equals(entry("dX", *i), self.scaled(minus(over(y, x))))),
        )

    def _fused(self) -> tuple[Statement, ...]:
        """From the softmax and the logarithm step by step to S - Y."""
        i, j = ((*self.example, letter) for letter in "ij")
        s_i, y_i, s_j, y_j, x_j = (entry(role, *at) for role, at in zip("SYSYX", (i, i, j, j, j), strict=True))
        spread = plus(Delta(letter_index("i"), letter_index("j")), minus(s_j))
        total = summed("i", y_i)
        whole = plus(times(s_j, total), minus(y_j))
        short = plus(s_j, minus(y_j))
        one = equals(total, Number(1))
        lines = [
            *softmax_lines("S", self.example),
            Statement(
                "fused",
                TERM,
                equals(
                    partial(self.term, x_j),
                    summed("i", times(partial(self.term, s_i), partial(s_i, x_j))),
                    minus(summed("i", times(over(y_i, s_i), s_i, spread))),
                    minus(summed("i", times(y_i, spread))),
                    whole,
                ),
            ),
            Statement("sum one", TERM, equals(partial(self.term, x_j), whole, short), given=one),
        ]
        if self.targets == "one-hot":
            x_c, s_c = (entry(role, *self.example, "c") for role in "XS")
            true = equals(partial(self.term, x_c), plus(s_c, minus(1)))
            lines.append(Statement("true class", TERM, true, given=self._true_class))
            others = equals(partial(self.term, x_j), s_j)
            lines.append(
                Statement("other class", TERM, others, ((*self.example, "j"), (*self.example, "c")), self._true_class)
            )
        if self.example:
            chain = equals(entry("dX", *j), self.scaled(partial(self.term, x_j)), self.scaled(whole))
            lines.append(Statement("chain", "dX", chain))
        return (*lines, *self._fused_results(short, whole, one))

    def _fused_results(self, short: Node, whole: Node, one: Relation) -> tuple[Statement, ...]:
        """∂L/∂X for any targets, and for targets that add up to 1."""
        j = (*self.example, "j")
        arrays = self.scaled(plus(Symbol("S"), minus(Symbol("Y"))))
        return (
            Statement("closed", "dX", equals(entry("dX", *j), self.scaled(whole))),
            Statement("result", "dX", equals(Symbol("dX"), arrays), given=one),
        )
