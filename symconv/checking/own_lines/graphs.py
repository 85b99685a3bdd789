"""Lines about a graph of scalars: formulas by SymPy's derivatives, numbers by what the nodes come to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Any

from symconv.checking.context import Context
from symconv.checking.judging import Step
from symconv.checking.numeric import exact_value
from symconv.checking.own_lines.lines import ABOUT, SIGNS, no_equation, pairs, with_functions
from symconv.checking.own_lines.rounding import Leaves, agree
from symconv.derivation.backpropagation import Backpropagation, evaluated
from symconv.errors import NotSupportedError
from symconv.layers.graph import Graph
from symconv.meaning.deciding import Verdict, decided
from symconv.meaning.evaluate import Defined
from symconv.meaning.numbers import Numbers, first_that_holds
from symconv.meaning.symbolic import SYMBOLIC
from symconv.notation.reading import resolved
from symconv.notation.tree import Decimal, Node, Number, Partial, Relation, Symbol, rebuilt, walk

MOST_SIDES = 32
"""Combinations of sides of kinks that a formula is compared on."""


def judge(node: Relation, context: Context, prose: str) -> list[Step]:
    """Each two neighbouring sides of a line of a graph's document."""
    graph = context.layer
    meaning = _meaning(graph.text, tuple(graph.at.items()))
    line = with_functions(resolved(node, context.style, {}), meaning.functions)
    found, rounded = [], False
    for left, right, sign in pairs(line):
        before, rounded = rounded, rounded or sign == ABOUT
        if sign not in SIGNS:
            found.append(no_equation(sign))
            continue
        step = meaning.compared((left, before), (right, rounded))
        found.append(replace(step, left=left, right=right))
    return found


@lru_cache(maxsize=8)
def _meaning(text: str, at: tuple[tuple[str, Any], ...]) -> GraphMeaning:
    return GraphMeaning(Backpropagation(Graph(text, dict(at))))


Side = tuple[Node, bool]
"""A side, and whether its decimals are rounded."""


@dataclass(frozen=True)
class GraphMeaning:
    """What formulas about a graph mean: for all values of its variables, and at the given ones."""

    worked: Backpropagation

    @cached_property
    def functions(self) -> Mapping[str, Defined]:
        return {name: known for rule in self.worked.rules.values() for name, known in rule.functions.items()}

    def compared(self, left: Side, right: Side) -> Step:
        """Whether two sides are equal: for all values, or where one of them is a number at the given ones."""
        numbers = not (_speaks(left[0]) and _speaks(right[0]))
        if not (left[1] or right[1]):
            answer = self._for_all(left[0], right[0])
            if answer == "equal":
                return Step("proved", scope="all")
            if not numbers:
                return _SYMBOLIC[answer]
        if not self.worked.numeric:
            return Step("refuted", "the sides are not equal for all values", "all")
        return self._at_the_values(left, right)

    # For all values

    def _for_all(self, left: Node, right: Node) -> Verdict:
        answers: list[Verdict] = []
        left, right = (rebuilt(side, _as_fraction) for side in (left, right))
        for side in self._sides():
            world = _Side(self.worked, self.functions, side)
            answers.append(_decided(world.value(left), world.value(right)))
        return next((answer for answer in ("different", "undecided") if answer in answers), "equal")

    def _sides(self) -> list[Mapping[str, int]]:
        from symconv.proof.graph import sides_of_kinks

        sides = sides_of_kinks(self.worked)
        if len(sides) > MOST_SIDES:
            raise NotSupportedError(f"the graph bends in {len(sides)} ways, more than {MOST_SIDES}")
        return sides

    # At the given values

    def _at_the_values(self, left: Side, right: Side) -> Step:
        reals = self.worked.reals
        values = [self._number(*side) for side in (left, right)]
        same = agree(reals, *values, rounded=left[1] or right[1])
        if same is None:
            return Step("unread", "its numbers are too close to each other to be told apart")
        return Step("proved", scope="shape") if same else Step("refuted", "these numbers are not equal", "shape")

    def _number(self, tree: Node, rounded: bool) -> Any:  # noqa: FBT001
        worked, leaves = self.worked, Leaves(self.worked.reals)
        known: dict[str, Any] = {}

        def put_in(part: Node) -> Node | None:
            if not isinstance(part, Partial):
                return None
            over, under = _ends(part)
            name = f"{part.total} {over} {under}"
            known[name] = worked.gradients[under] if part.total else worked.locals[over, under]
            return Symbol(name)

        plain = leaves.put_in(rebuilt(tree, put_in), rounded=rounded)
        return evaluated(plain, worked.reals.numbers, {**worked.values, **known, **leaves.values}, self.functions)


_SYMBOLIC: Mapping[Verdict, Step] = {
    "different": Step("refuted", "the sides are not equal for all values", "all"),
    "undecided": Step("unread", "the two sides could not be compared"),
}


def _speaks(tree: Node) -> bool:
    """Whether a side speaks of nodes, and is not made of numbers alone."""
    return any(isinstance(part, Symbol | Partial) for part in walk(tree))


def _as_fraction(part: Node) -> Node | None:
    return Number(exact_value(part)) if isinstance(part, Decimal) else None


def _ends(part: Partial) -> tuple[str, str]:
    """The nodes above and below. Raises `NotSupportedError`."""
    if not isinstance(part.over, Symbol) or not isinstance(part.under, Symbol):
        raise NotSupportedError("a derivative needs a node above and below")
    return part.over.role, part.under.role


def _decided(left: Any, right: Any) -> Verdict:
    import sympy

    try:
        return decided(left, right)
    except sympy.PolynomialError:
        return "undecided"


@dataclass
class _Side:
    """The nodes as SymPy's expressions of the variables, on one side of every kink.

    What bends is decided by `edges`: expressions whose sign is known.
    """

    worked: Backpropagation
    functions: Mapping[str, Defined]
    side: Mapping[str, int]
    edges: list[tuple[Any, int]] = field(default_factory=list)

    @cached_property
    def values(self) -> Mapping[str, Any]:
        return self.nodes({})

    def nodes(self, held: Mapping[str, Any]) -> dict[str, Any]:
        """Every node in terms of the variables and of those that are held as they are."""
        import sympy

        found: dict[str, Any] = {name: sympy.Symbol(name) for name in self.worked.graph.inputs} | dict(held)
        for node in self.worked.graph.operations:
            if node.name not in found:
                found[node.name] = self._node(node.name, found)
        return found

    def _node(self, name: str, known: Mapping[str, Any]) -> Any:
        rule = self.worked.rules[name]
        if rule.edge is not None:
            edge = evaluated(self.worked.spoken(name, rule.edge), SYMBOLIC, known, {})
            self.edges.append((edge, self.side[name]))
        return self._evaluated(self.worked.formula(name), known)

    def value(self, tree: Node) -> Any:
        """A formula in terms of the variables."""
        known = dict(self.values)

        def put_in(part: Node) -> Node | None:
            if not isinstance(part, Partial):
                return None
            over, under = _ends(part)
            name = f"{part.total} {over} {under}"
            known[name] = self._total(over, under) if part.total else self._local(over, under)
            return Symbol(name)

        return self._evaluated(rebuilt(tree, put_in), known)

    def _total(self, over: str, under: str) -> Any:
        """The derivative of a node by another through everything in between."""
        import sympy

        held = sympy.Dummy()
        if under not in self.values or over not in self.values:
            raise NotSupportedError(f"the graph has no derivative of {over} by {under}")
        slope = sympy.diff(self.nodes({under: held})[over], held)
        return slope.subs(held, self.values[under])

    def _local(self, over: str, under: str) -> Any:
        """The derivative of a node by one that it reads, everything else that it reads held."""
        import sympy

        if over not in self.worked.rules or under not in self.worked.graph.by_name[over].sources:
            raise NotSupportedError(f"{over} does not read {under}")
        held = {name: sympy.Dummy() for name in self.worked.graph.by_name[over].sources}
        slope = sympy.diff(self._node(over, held), held[under])
        return slope.subs({symbol: self.values[name] for name, symbol in held.items()})

    def _evaluated(self, tree: Node, known: Mapping[str, Any]) -> Any:
        return evaluated(tree, self._numbers, known, self.functions)

    @cached_property
    def _numbers(self) -> Numbers:
        from symconv.proof.graph import as_power

        return replace(
            SYMBOLIC,
            functions={
                **SYMBOLIC.functions,
                "max": lambda left, right: left if self._sign(left - right) > 0 else right,
                "min": lambda left, right: left if self._sign(left - right) < 0 else right,
                "abs": lambda value: self._sign(value) * value,
            },
            power=as_power,
            cases=first_that_holds,
            comparisons={
                ">": lambda left, right: self._sign(left - right) > 0,
                "≥": lambda left, right: self._sign(left - right) > 0,
                "<": lambda left, right: self._sign(left - right) < 0,
                "≤": lambda left, right: self._sign(left - right) < 0,
                "=": lambda left, right: False,
                "≠": lambda left, right: True,
            },
        )

    def _sign(self, difference: Any) -> int:
        """Which side of a kink an expression is on."""
        import sympy

        for edge, sign in self.edges:
            if sympy.expand(difference - edge) == 0:
                return sign
            if sympy.expand(difference + edge) == 0:
                return -sign
        if sympy.sympify(difference).is_number:
            return int(sympy.sign(difference))
        raise NotSupportedError("which branch is meant is not known")
