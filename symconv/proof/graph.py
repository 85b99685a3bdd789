"""Proof of the gradients of a graph of scalars, with SymPy's derivatives on the other side.

Every local gradient is compared with SymPy's derivative of the node's operation, and every gradient of the output, as
the way back multiplies it out, with SymPy's derivative of the whole formula. An operation with a kink (a maximum, an
absolute value) is one smooth function on either side of it; the comparison is made on every side.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from itertools import product
from typing import Any

import sympy

from symconv.derivation.backpropagation import Backpropagation, evaluated
from symconv.layers.graph_nodes import Operand
from symconv.meaning.certified import Value
from symconv.meaning.deciding import Verdict, decided
from symconv.meaning.numbers import Numbers, first_that_holds
from symconv.meaning.symbolic import SYMBOLIC
from symconv.notation.tree import Node, Partial, Relation, Symbol, equals, rebuilt
from symconv.proof.verdict import Proof

MOST_SIDES = 32
"""Combinations of sides of kinks that a whole formula is compared on."""
MOST_TERMS = 60
"""About how many terms a formula may have when it is multiplied out, to be compared as a whole."""
OF_ROOT = 8
"""What a root or a power with a variable exponent counts for: SymPy takes long over them."""
MOST_NODES = 40
_NO_VALUES = (sympy.zoo, sympy.nan, sympy.oo, -sympy.oo)
FLOAT_DIGITS = 15

Side = Mapping[str, int]
"""On which side of its kink each operation is: 1 where what decides is positive, -1 where it is negative."""


def prove_graph(worked: Backpropagation, *, watch: Callable[[Iterable[Any]], Iterable[Any]] = iter) -> list[Proof]:
    """Every local gradient, and every gradient by a variable where the whole formula is not too large, decided.

    >>> from symconv.layers.graph import Graph
    >>> proofs = prove_graph(Backpropagation(Graph("f = (x + y) * z")))
    >>> len(proofs), all(proof.holds for proof in proofs)
    (7, True)
    """
    claims = _Claims(worked)
    return list(watch(claims.all()))


@dataclass(frozen=True)
class _Claims:
    """The claims of a graph. `numbers` overrides what comparisons do, which otherwise come out by the side."""

    worked: Backpropagation
    numbers: Numbers | None = None

    def all(self) -> Iterator[Proof]:
        for name in reversed(self.worked.backward_order):
            for target in self.worked.readers(name):
                yield self.local(target, name)
        if self.whole:
            for name in self.worked.graph.inputs:
                proof = self.gradient(name)
                if proof is not None:
                    yield proof

    def local(self, target: str, source: str) -> Proof:
        """∂target/∂source as the rule has it, and by SymPy."""
        started = time.perf_counter()
        claim = equals(Partial(Symbol(target), Symbol(source)), self.worked.local(target, source))
        symbols = {name: sympy.Symbol(name) for name in self.worked.graph.by_name}
        answers = []
        for side in self._sides([target]):
            value = self.valued(self.worked.formula(target), target, symbols, side)
            slope = self.valued(claim.sides[1], target, {**symbols, target: value}, side)
            answers.append(_answer(slope, sympy.diff(value, symbols[source])))
        return _proof(claim, "O", "local", answers, started)

    def gradient(self, name: str) -> Proof | None:
        """d output/d name as the way back multiplies it out, and SymPy's derivative of the whole formula.

        None where that cannot be decided, or on no side of the kinks the formula has a value.
        """
        started = time.perf_counter()
        sides = dict.fromkeys((self.worked.formulas[name], self.worked.given(self.worked.formulas[name])))
        claim = equals(self.worked.total(name), *sides)
        answers = []
        for side in self._sides(self.worked.rules):
            values = self.values(side)
            if any(value.has(*_NO_VALUES) for value in values.values()):
                continue
            slope = sympy.diff(values[self.worked.graph.output], sympy.Symbol(name))
            answers += [_answer(self.carried(one, values, side), slope) for one in sides]
            if "undecided" in answers:
                return None
        return _proof(claim, f"d:{name}", "chain", answers, started) if answers else None

    # Values on one side of every kink

    def _sides(self, names: Iterable[str]) -> list[Side]:
        """All combinations of sides of the operations that have a kink; where no variable decides, the one it is on."""
        return sides_of_kinks(self.worked, names)

    def values(self, side: Side) -> dict[str, sympy.Expr]:
        """Every node in terms of the variables."""
        found: dict[str, Any] = {name: sympy.Symbol(name) for name in self.worked.graph.inputs}
        for node in self.worked.graph.operations:
            found[node.name] = self.valued(self.worked.formula(node.name), node.name, found, side)
        return found

    def valued(self, tree: Node, target: str, values: Mapping[str, Any], side: Side) -> Any:
        """The tree of a node's rule, as SymPy."""
        return evaluated(
            tree, self.numbers or _on_side(side.get(target, 1)), values, self.worked.rules[target].functions
        )

    def carried(self, tree: Node, values: Mapping[str, Any], side: Side) -> Any:
        """A formula of the way back as SymPy, derivatives that stand in it put in."""
        known = dict(values)

        def put_in(part: Node) -> Node | None:
            if not isinstance(part, Partial):
                return None
            assert isinstance(part.over, Symbol)
            assert isinstance(part.under, Symbol)
            over, under = part.over.role, part.under.role
            name = f"{'d' if part.total else '∂'}{over}/{under}"
            if part.total:
                known[name] = self.carried(self.worked.formulas[under], values, side)
            else:
                known[name] = self.valued(self.worked.local(over, under), over, values, side)
            return Symbol(name)

        plain = rebuilt(tree, put_in)
        functions = {name: known for rule in self.worked.rules.values() for name, known in rule.functions.items()}
        return evaluated(plain, self.numbers or _on_side(1), known, functions)

    # What is too large

    @cached_property
    def whole(self) -> bool:
        """Whether the formula is small enough to be compared as a whole."""
        weights: dict[Operand, float] = {}
        for node in self.worked.graph.nodes:
            parts = [weights.get(operand, 1) for operand in node.reads]
            weights[node.name] = _weight(node.operation, parts, node.reads)
        sides = math.prod(
            2 for name, rule in self.worked.rules.items() if rule.edge is not None and name in self.worked.graph.varying
        )
        few = len(self.worked.rules) <= MOST_NODES and sides <= MOST_SIDES
        return few and max(weights.values()) * sides <= MOST_TERMS


def sides_of_kinks(worked: Backpropagation, names: Iterable[str] | None = None) -> list[Side]:
    """All combinations of sides of the operations that have a kink; where no variable decides, the one it is on."""
    kinks = [name for name in names or worked.rules if worked.rules[name].edge is not None]
    choices = [(1, -1) if name in worked.graph.varying else (_fixed(worked, name),) for name in kinks]
    return [dict(zip(kinks, signs, strict=True)) for signs in product(*choices)]


def _fixed(worked: Backpropagation, name: str) -> int:
    edge = worked.rules[name].edge
    assert edge is not None
    value = worked.valued(worked.spoken(name, edge), name, worked.values)
    return -1 if worked.reals.sign(value) < 0 else 1


class Expressions:
    """Values and gradients of a graph as SymPy, in terms of its variables; what bends is a Piecewise."""

    def __init__(self, worked: Backpropagation) -> None:
        self._worked = worked
        self._claims = _Claims(worked, _AS_CASES)

    def number(self, value: Value) -> Any:
        """A number, exactly or with 15 digits."""
        if isinstance(value, Fraction):
            return SYMBOLIC.number(value)
        digits, exponent = self._worked.reals.rounded(value, FLOAT_DIGITS)
        return sympy.Float(f"{digits}e{exponent}", FLOAT_DIGITS)

    def value(self, name: str) -> Any:
        return self._values[name]

    def gradient(self, name: str) -> Any:
        """By the chain rule."""
        return self._claims.carried(self._worked.formulas[name], self._values, {})

    def local(self, target: str, source: str) -> Any:
        return self._claims.valued(self._worked.local(target, source), target, self._values, {})

    def derivative(self, name: str) -> Any:
        """By SymPy, of the whole formula."""
        return sympy.diff(self._values[self._worked.graph.output], sympy.Symbol(name))

    @cached_property
    def _values(self) -> Mapping[str, Any]:
        return self._claims.values({})


def _weight(operation: str, parts: list[float], reads: tuple[Operand, ...]) -> float:
    """About how many terms the result of an operation has when it is multiplied out."""
    match operation, parts:
        case "input", _:
            return 1
        case (("multiply" | "divide"), (left, right)):
            return left * right
        case "power", (base, exponent):
            times = Fraction(0) if isinstance(reads[1], str) else reads[1]
            whole = times.denominator == 1 and times != 0
            return base ** min(abs(int(times)), MOST_TERMS) if whole else OF_ROOT * base * exponent
        case (("silu" | "gelu"), (part,)):
            return 3 * part
        case "sigmoid" | "tanh" | "softplus", (part,):
            return 1 + part
    return sum(parts)


def _on_side(sign: int) -> Numbers:
    """SymPy's expressions where comparisons come out as on one side of a kink."""
    greater, less = (lambda left, right: sign > 0), (lambda left, right: sign < 0)
    return replace(
        SYMBOLIC,
        functions={
            **SYMBOLIC.functions,
            "max": lambda left, right: left if sign > 0 else right,
            "min": lambda left, right: left if sign < 0 else right,
            "abs": lambda value: sign * value,
        },
        power=as_power,
        cases=first_that_holds,
        comparisons={">": greater, "≥": greater, "<": less, "≤": less, "=": lambda left, right: False,
                     "≠": lambda left, right: True},
    )  # fmt: skip


def as_power(base: Any, exponent: Any) -> Any:
    """base^exponent; with a variable exponent as e^(exponent log base), whole steps of it as powers of the base."""
    exponent = sympy.sympify(exponent)
    if exponent.is_Rational:
        return sympy.Pow(base, exponent)
    whole, rest = exponent.as_coeff_Add()
    if not whole.is_Integer:
        whole, rest = sympy.Integer(0), exponent
    return sympy.Pow(base, whole) * sympy.exp(rest * SYMBOLIC.function("log")(base))


_AS_CASES = replace(SYMBOLIC, functions={**SYMBOLIC.functions, "min": sympy.Min}, power=as_power)


def _answer(left: Any, right: Any) -> Verdict:
    """Whether two expressions are equal; undecided also where SymPy cannot factor what stands in a logarithm."""
    try:
        return decided(left, right)
    except sympy.PolynomialError:
        return "undecided"


def _proof(claim: Relation, role: str, route: str, answers: list[Verdict], started: float) -> Proof:
    holds = all(answer == "equal" for answer in answers)
    wrong = "different" in answers
    why = "" if holds else "SymPy's derivative is another" if wrong else "the two sides could not be compared"
    seconds = time.perf_counter() - started
    return Proof(claim, role, route, "all", "derivatives", holds, len(answers), undecided=why, seconds=seconds)
