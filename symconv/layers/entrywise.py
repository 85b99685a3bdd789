"""Layers that apply one function of one number to every entry.

Each is a row of a table: the function and its derivative in the form that people use, as trees in z. That the
derivative is right is proved, with SymPy's derivative of the function on the other side.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from symconv.errors import InputError
from symconv.forms import Shape, Table, Variable, index_type
from symconv.layers.channels import AXIS_LETTERS, POSITION_LETTERS, SUMMED_LETTERS
from symconv.layers.fitting import agreed, unsized
from symconv.layers.sizes import SizesLike, sizes, whole
from symconv.layers.smooth import LOSS_SYMBOLS, Smooth, Statement
from symconv.layers.words import described
from symconv.meaning.definitions import Definition, System
from symconv.meaning.evaluate import Defined
from symconv.notation.build import (
    NodeLike,
    Z,
    call,
    cases,
    entry,
    exp,
    hadamard,
    log,
    minus,
    negative,
    node,
    over,
    partial,
    plus,
    positive,
    power,
    sqrt,
    summed,
    times,
    zero,
)
from symconv.notation.tree import Infix, Letter, Node, Number, Ones, Relation, Symbol, equals

A = Letter("a")
"""The output of a function at z, for derivatives that speak of it."""


@dataclass(frozen=True)
class Activation:
    """A function of one number z.

    Args:
        sign: what it is called in formulas, in LaTeX.
        body: its value.
        derivative: its derivative in the forms that people use, the last one being the shortest.
        helpers: functions that these speak of, by their sign; each one's derivative may be given by its name and '.
        written: other ways to write the value.
        kink: whether there is no derivative at z = 0, where the derivative's last branch is a convention.
        by_output: the derivative in terms of the function's value a, where that is what people use.
    """

    sign: str
    body: Node
    derivative: tuple[Node, ...]
    helpers: Mapping[str, Node] = field(default_factory=dict)
    written: tuple[Node, ...] = ()
    kink: bool = False
    by_output: Node | None = None

    @property
    def functions(self) -> dict[str, Defined]:
        """What its sign, its derivative and its helpers mean."""
        named = {**self.helpers, self.sign: self.body, f"{self.sign}'": self.derivative[-1]}
        return {name: Defined("z", body) for name, body in named.items()}


@dataclass(frozen=True)
class Entrywise(Smooth):
    """A layer O = f(X), entry by entry.

    Args:
        input: sizes of the input, one a spatial axis (1 to 3); None in a network, which knows them.
        channels, batch: at least 1.
        inputs: instead of `input` and `channels`, how many features an example has.

    Shapes: X, O and G (batch, channels, n...), or (n...) when batch and channels are 1; with `inputs` (inputs,), or
    (batch, inputs) when batch is above 1.

    Raises `InputError` for sizes that cannot be.
    """

    input: SizesLike | None = None
    channels: int = 1
    batch: int = 1
    inputs: int | None = None

    kind: ClassVar[str] = ""
    symbols: ClassVar[Mapping[str, str]] = {"X": "Z", "O": "A", **LOSS_SYMBOLS}
    activation: ClassVar[Activation | None] = None

    def __post_init__(self) -> None:
        if self.input is not None:
            object.__setattr__(self, "input", sizes("input", self.input))
        for what in ("channels", "batch"):
            whole(what, getattr(self, what))
        if self.inputs is not None:
            whole("inputs", self.inputs)
            if self.input is not None or self.channels != 1:
                raise InputError(
                    f"inputs is {self.inputs} beside input or channels: give the features with inputs, or input sizes"
                )

    @property
    def function(self) -> Activation:
        """The row of the table."""
        assert self.activation is not None
        return self.activation

    # Sizes

    @property
    def input_shape(self) -> Shape:
        if self.inputs is not None:
            return (self.batch, self.inputs) if self.batch > 1 else (self.inputs,)
        if self.input is None:
            raise unsized(self.kind)
        assert isinstance(self.input, tuple)
        return self.input if self.batch == self.channels == 1 else (self.batch, self.channels, *self.input)

    @property
    def output_shape(self) -> Shape:
        return self.input_shape

    @property
    def arrays(self) -> Mapping[str, Variable]:
        return {role: Variable(role, self.input_shape) for role in ("X", "O")}

    @property
    def example_output(self) -> Shape:
        if self.inputs is not None:
            return (self.inputs,)
        if self.input is None:
            raise unsized(self.kind)
        assert isinstance(self.input, tuple)
        return (self.channels, *self.input)

    def fitted(self, shape: Shape, batch: int) -> Any:
        if self.inputs is not None or self.input is not None:
            agreed(self.kind, "input", self.example_output, shape)
        agreed(self.kind, "batch", None if self.batch == 1 else (self.batch,), (batch,))
        if len(shape) == 1:
            return replace(self, inputs=shape[0], batch=batch)
        return replace(self, input=shape[1:], channels=shape[0], batch=batch)

    def options(self) -> list[str]:
        """The command-line words that describe this layer, defaults left out.

        >>> Sigmoid(input=(2, 2), batch=3).options()
        ['sigmoid', '--input', '2x2', '--batch', '3']
        """
        positions = None if self.input is None else tuple(self.input)  # type: ignore[arg-type]
        features = None if self.inputs is None else (self.inputs,)
        optional = {"channels": (self.channels, 1), "batch": (self.batch, 1), **self.own_options()}
        return described(self.kind, {"input": positions, "inputs": features}, optional)

    def own_options(self) -> Mapping[str, tuple[object, object]]:
        """The options that only this function has: value and default."""
        return {}

    # Meaning

    @property
    def axes(self) -> tuple[str, ...]:
        """The names of the axes."""
        if self.inputs is not None:
            return ("example", "feature") if self.batch > 1 else ("feature",)
        assert isinstance(self.input, tuple)
        spatial = tuple(f"axis {number}" for number in range(1, len(self.input) + 1))
        return spatial if len(self.input_shape) == len(spatial) else ("example", "channel", *spatial)

    def letters(self, role: str) -> tuple[str, ...]:
        """The letters of an entry of X, or of an entry of O that may be another."""
        names = {"X": (AXIS_LETTERS["batch"], AXIS_LETTERS["in"]), "O": SUMMED_LETTERS}[role]
        known = dict(zip(("example", "channel"), names, strict=True))
        positions = iter(POSITION_LETTERS["O" if role == "X" else "X"])
        return tuple(known.get(axis) or next(positions) for axis in self.axes)

    @cached_property
    def system(self) -> System:
        shape, letters = self.input_shape, self.letters("X")
        return System(
            axes=dict.fromkeys(("X", "G", "O"), self.axes),
            lengths=dict(zip(self.axes, shape, strict=True)),
            definitions=(Definition("O", letters, self.at(entry("X", *letters))),),
            functions=self.function.functions,
            open={"z": {}},
        )

    @property
    def assumptions(self) -> tuple[Mapping[str, Mapping[str, bool]], ...]:
        if not self.function.kink:
            return ({},)
        return tuple({role: {sign: True} for role in ("X", "z")} for sign in ("positive", "negative"))

    def at(self, argument: NodeLike, primes: int = 0) -> Node:
        """The function, or its derivative, at an argument."""
        return call(self.function.sign, argument, primes=primes)

    def statements(self) -> tuple[Statement, ...]:
        function = self.function
        here, there = self.letters("X"), self.letters("O")
        x, o, g = (entry(role, *here) for role in ("X", "O", "G"))
        other = entry("O", *there)
        slope = self.at(x, primes=1)
        products = summed(there, times(entry("G", *there), partial(other, x)))
        helpers = tuple(
            Statement("helper", name, equals(call(name, Z), body)) for name, body in function.helpers.items()
        )
        lines = [
            Statement("function", "O", equals(self.at(Z), *function.written, function.body)),
            *helpers,
            Statement("definition", "O", equals(o, self.at(x))),
            Statement("derivative", "O", equals(self.at(Z, primes=1), *function.derivative)),
            Statement("same", "O", equals(partial(o, x), slope)),
            Statement("other", "O", equals(partial(other, x), Number(0)), distinct=(there, here)),
            Statement("chain", "dX", equals(Symbol("dX", x.index), products, times(g, partial(o, x)), times(g, slope))),
            Statement("closed", "dX", equals(Symbol("dX"), hadamard(Symbol("G"), self.at(Symbol("X"), primes=1)))),
        ]
        if function.by_output is not None:
            lines.append(Statement("by output", "dX", self._by_output(function.by_output)))
        return tuple(lines)

    def _by_output(self, derivative: Node) -> Relation:
        """∂L/∂X with the derivative in terms of O, for arrays: products become ⊙, and 1 an array of ones."""
        if isinstance(derivative, Infix):
            return equals(Symbol("dX"), hadamard(hadamard(Symbol("G"), derivative.left), derivative.right))
        return equals(Symbol("dX"), hadamard(Symbol("G"), derivative))

    def backward_table(self) -> Table:
        """∂L/∂X = G ⊙ D as a table over X, D being the array of the values of the derivative at X.

        >>> Sigmoid(input=2).backward_table().roles
        ('G', 'D')
        """
        shape = self.input_shape
        variables = [Variable(role, shape) for role in ("X", "G", "D")]
        positions = np.arange(variables[0].size, dtype=index_type(variables[0].size))
        return Table((variables[0],), tuple(variables[1:]), (positions,) * 3)


O_ARRAY = Symbol("O")
SIGMA = call(r"\sigma", Z)
LOGISTIC = over(1, plus(1, exp(minus(Z))))
NORMAL = r"\Phi"
DENSITY = r"\varphi"


@dataclass(frozen=True)
class ReLU(Entrywise):
    """max(0, X), entry by entry. `at_zero` is the value that its derivative takes at 0, by convention from 0 to 1.

    >>> ReLU(input=3).forward(X=[-1, 0, 2]).tolist()
    [0.0, 0.0, 2.0]
    """

    at_zero: int | Fraction = 0
    kind: ClassVar[str] = "relu"

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "at_zero", _fraction("value at zero", self.at_zero))

    @property
    def function(self) -> Activation:
        return _two_slopes(r"\mathrm{ReLU}", Fraction(0), Fraction(self.at_zero))

    def own_options(self) -> Mapping[str, tuple[object, object]]:
        return {"at-zero": (self.at_zero, 0)}


@dataclass(frozen=True)
class LeakyReLU(Entrywise):
    """X where it is positive, slope · X elsewhere. `at_zero` is the value of its derivative at 0: the slope by default.

    >>> LeakyReLU(input=2, slope=Fraction(1, 4)).forward(X=[-1, 2]).tolist()
    [-0.25, 2.0]
    """

    slope: int | Fraction | float = Fraction(1, 100)
    at_zero: int | Fraction | None = None
    kind: ClassVar[str] = "leaky-relu"

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "slope", _number("slope", self.slope))
        if self.at_zero is not None:
            object.__setattr__(self, "at_zero", _fraction("value at zero", self.at_zero))

    @property
    def function(self) -> Activation:
        slope = Fraction(self.slope)
        at_zero = slope if self.at_zero is None else Fraction(self.at_zero)
        return _two_slopes(r"\mathrm{LeakyReLU}", slope, at_zero)

    def own_options(self) -> Mapping[str, tuple[object, object]]:
        return {"slope": (self.slope, Fraction(1, 100)), "at-zero": (self.at_zero, None)}


@dataclass(frozen=True)
class Sigmoid(Entrywise):
    """1 / (1 + e^-X), entry by entry.

    >>> Sigmoid(input=1).forward(X=[0]).tolist()
    [0.5]
    """

    kind: ClassVar[str] = "sigmoid"
    activation: ClassVar[Activation] = Activation(
        sign=r"\sigma",
        body=LOGISTIC,
        derivative=(times(SIGMA, plus(1, minus(SIGMA))),),
        by_output=hadamard(O_ARRAY, plus(Ones(), minus(O_ARRAY))),
    )


@dataclass(frozen=True)
class Tanh(Entrywise):
    """The hyperbolic tangent, entry by entry.

    >>> Tanh(input=1).forward(X=[0]).tolist()
    [0.0]
    """

    kind: ClassVar[str] = "tanh"
    activation: ClassVar[Activation] = Activation(
        sign=r"\tanh",
        body=over(plus(exp(Z), minus(exp(minus(Z)))), plus(exp(Z), exp(minus(Z)))),
        derivative=(plus(1, minus(power(call(r"\tanh", Z), 2))),),
        by_output=plus(Ones(), minus(hadamard(O_ARRAY, O_ARRAY))),
    )


@dataclass(frozen=True)
class Softplus(Entrywise):
    """log(1 + e^X), entry by entry.

    >>> Softplus(input=1).forward(X=[0]).tolist()
    [0.6931471805599453]
    """

    kind: ClassVar[str] = "softplus"
    activation: ClassVar[Activation] = Activation(
        sign=r"\mathrm{softplus}",
        body=log(plus(1, exp(Z))),
        derivative=(SIGMA,),
        helpers={r"\sigma": LOGISTIC},
    )


@dataclass(frozen=True)
class SiLU(Entrywise):
    """X · σ(X), entry by entry; also called swish.

    >>> SiLU(input=1).forward(X=[0]).tolist()
    [0.0]
    """

    kind: ClassVar[str] = "silu"
    activation: ClassVar[Activation] = Activation(
        sign=r"\mathrm{SiLU}",
        body=times(Z, SIGMA),
        derivative=(
            plus(SIGMA, times(Z, SIGMA, plus(1, minus(SIGMA)))),
            times(SIGMA, plus(1, times(Z, plus(1, minus(SIGMA))))),
        ),
        helpers={r"\sigma": LOGISTIC},
    )


@dataclass(frozen=True)
class GELU(Entrywise):
    """X · Φ(X), entry by entry, with the distribution function Φ of the normal distribution (exact, with erf).

    >>> GELU(input=1).forward(X=[0]).tolist()
    [0.0]
    """

    kind: ClassVar[str] = "gelu"
    activation: ClassVar[Activation] = Activation(
        sign=r"\mathrm{GELU}",
        body=times(Z, call(NORMAL, Z)),
        derivative=(plus(call(NORMAL, Z), times(Z, call(DENSITY, Z))),),
        helpers={
            NORMAL: times(Number(Fraction(1, 2)), plus(1, call("erf", over(Z, sqrt(2))))),
            DENSITY: over(exp(minus(over(power(Z, 2), 2))), sqrt(times(2, Letter(r"\pi")))),
        },
    )


def _two_slopes(sign: str, slope: Fraction, at_zero: Fraction) -> Activation:
    """z for positive z, slope · z for negative z."""
    below = times(slope, Z) if slope else Number(0)
    written = (call("max", 0, Z),) if slope == 0 else ()
    return Activation(
        sign=sign,
        body=cases((Z, positive(Z)), (below, Relation((Z, Number(0)), "≤"))),
        derivative=(cases((1, positive(Z)), (node(slope), negative(Z)), (node(at_zero), zero(Z))),),
        written=written,
        kink=True,
    )


def _number(what: str, value: Any) -> Fraction:
    """A rational number. Raises `InputError` for what is none."""
    try:
        return Fraction(str(value) if isinstance(value, float) else value)
    except (TypeError, ValueError, ZeroDivisionError):
        raise InputError(f"{what} is {value!r}: expected a number such as 1/100 or 0.01") from None


def _fraction(what: str, value: Any) -> Fraction:
    """A number from 0 to 1."""
    number = _number(what, value)
    if not 0 <= number <= 1:
        raise InputError(f"{what} is {value}: expected a number from 0 to 1, such as 0, 1 or 1/2")
    return number


ENTRYWISE = (ReLU, LeakyReLU, Sigmoid, Tanh, Softplus, SiLU, GELU)
