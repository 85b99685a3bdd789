"""The story of a graph of scalars: forward values, local gradients, and the chain rule from the output back."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeVar

from symconv.derivation.backpropagation import DIGITS, Backpropagation
from symconv.derivation.drawing import drawn
from symconv.derivation.elision import Limits, shortened
from symconv.derivation.steps import Step
from symconv.errors import InputError
from symconv.layers.graph import Graph
from symconv.meaning.certified import UndefinedError, Value
from symconv.notation.latex import LatexPrinter
from symconv.notation.layout import Display
from symconv.notation.measure import height, width
from symconv.notation.tree import (
    Cases,
    Letter,
    Node,
    Number,
    Partial,
    Product,
    Relation,
    Symbol,
    product,
    total,
    walk,
)

STEP = Fraction(1, 10**12)
"""How far a variable is moved to either side for a finite difference."""
TALLEST = 40.0
"""em; a box, which stays on one page."""
WIDEST = 20.0
"""em; a formula in a table."""
NARROW = 12.0
FLAT = 3.0
"""em; equations that stand side by side."""
AGREEMENT = Fraction(1, 10**9)
"""How much a difference may differ from the gradient, relative to it or to 1."""
MOST_LISTED = 6
"""Nodes that are listed within a line."""
ROWS = 14
"""Rows of a table, which stays on one page; longer ones are taken apart."""
SIGNS = {"all": Letter("d"), "one": Letter(r"\partial"), "about": Letter(r"\approx")}
"""Signs that the words of a page speak of."""
_GRADIENT = re.compile(r"d([A-Za-z][A-Za-z0-9_]*)/d([A-Za-z][A-Za-z0-9_]*)")
T = TypeVar("T")
Side = tuple[Node, bool]
"""A side of an equation, and whether it is exact."""


@dataclass(frozen=True)
class Difference:
    """A gradient and the central difference that is compared with it; `agrees` where they are equal to nine digits."""

    name: str
    gradient: Node
    difference: Node
    agrees: bool


@dataclass(frozen=True)
class Story:
    """Tells the derivation of one graph."""

    worked: Backpropagation
    limits: Limits

    @property
    def graph(self) -> Graph:
        return self.worked.graph

    def steps_of(self, roles: Sequence[str]) -> list[Step]:
        """The derivation in reading order; with `roles`, only the way back to these variables."""
        names = self._needed(roles)
        steps = [self.result(roles), self.nodes(), self.forward(), self.local(names), self.backward(names)]
        if self.worked.numeric:
            steps.append(self.evidence(roles))
        return steps

    def words(self) -> dict[str, Any]:
        """What the templates of a graph see: whether there are numbers, and the rows of the table at the end."""
        return {
            "numeric": self.worked.numeric,
            "digits": DIGITS,
            "rows_of_a_table": ROWS,
            "sign": SIGNS,
            "rounded": self._rounded(),
            "endings": ("steps/graph/proof.jinja", "steps/graph/summary.jinja"),
            "rows_of_nodes": [self._row(node.name) for node in self.graph.nodes],
        }

    def results(self, proofs: Sequence[T]) -> list[T]:
        """The proofs that stand for the result: nothing is left out."""
        return list(proofs)

    def _needed(self, roles: Sequence[str]) -> list[str]:
        """The nodes on the way back, from the output to the variables asked for."""
        wanted = set(roles or self.graph.inputs)
        for node in self.graph.operations:
            if wanted.intersection(node.sources):
                wanted.add(node.name)
        return [name for name in self.worked.backward_order if name in wanted]

    # Steps

    def result(self, roles: Sequence[str]) -> Step:
        """The formula and, in a box, what comes out."""
        names = [name for name in self.graph.inputs if not roles or name in roles]
        if self.worked.numeric:
            found = [self._chain(Symbol(self.graph.output), self._number(self.graph.output))]
            found += [self._chain(self.worked.total(name), self._gradient(name)) for name in names]
        else:
            found = [
                self._chain(self.worked.total(name), (self.worked.given(self.worked.formulas[name]), True))
                for name in names
            ]
        flow: Any = "packed" if self.worked.numeric else "lines"
        displays = {
            "formula": Display(self._statements()),
            "result": Display(
                tuple(found), flow, boxed=sum(height(one, self.worked.style) for one in found) <= TALLEST
            ),
        }
        if self.worked.numeric:
            given = tuple(self._chain(Symbol(name), self._number(name)) for name in self.graph.inputs)
            displays["given"] = Display(given, "packed")
        inner = {node.name for node in self.graph.operations if not node.named} - {self.graph.output}
        spoken = {part.role for one in found for part in walk(one) if isinstance(part, Symbol)} & inner
        facts = {
            "output": Symbol(self.graph.output),
            "inner": self._listed([node.name for node in self.graph.nodes if node.name in spoken]),
        }
        return Step("graph/result", "", "brief", displays, facts)

    def _statements(self) -> tuple[Relation, ...]:
        """The formulas as they were given."""
        kept = [node.name for node in self.graph.operations if self.worked.own_name(node)]
        return tuple(Relation((Symbol(name), self.worked.spelled(self.worked.formula(name)))) for name in kept)

    def nodes(self) -> Step:
        """The graph drawn, and what its operations are."""
        facts = {
            "drawing": drawn(self.worked),
            "operations": {node.operation for node in self.graph.operations},
            "unnamed": [Symbol(node.name) for node in self.graph.operations if not node.named][:3],
        }
        return Step("graph/nodes", "", "brief", {}, facts)

    def forward(self) -> Step:
        """Every node: its formula, the numbers put in, its value."""
        relations = tuple(self._forward(node.name) for node in self.graph.operations)
        return Step("graph/forward", "", "full", {"values": Display(relations, "lines")}, {})

    def _forward(self, name: str) -> Relation:
        formula = self.worked.formula(name)
        sides: list[Side] = [(formula, True)]
        if name in self.worked.values:
            sides += [self.worked.put_in(formula), self._number(name)]
        return self._chain(Symbol(name), *sides)

    def local(self, names: Sequence[str]) -> Step:
        """Every local gradient: the formula, the numbers put in, the value."""
        edges = [(target, name) for target in names for name in self.graph.by_name[target].sources if name in names]
        relations = tuple(self._local(target, name) for target, name in edges)
        narrow = [
            one
            for one in relations
            if width(one, self.worked.style) <= NARROW and height(one, self.worked.style) <= FLAT
        ]
        displays = {
            "slopes": Display(tuple(narrow), "packed"),
            "long": Display(tuple(one for one in relations if one not in narrow), "lines"),
        }
        operations = {self.graph.by_name[target].operation for target, _ in edges}
        facts = {"operations": operations, "met": self._listed(self._edges_met())}
        return Step("graph/local", "", "full", {name: d for name, d in displays.items() if d.relations}, facts)

    def _listed(self, names: Sequence[str]) -> Node | None:
        """Several nodes within a line, or None for none."""
        shown = shortened([self.graph.symbols[name] for name in names], MOST_LISTED, first=3)
        return Letter(r",\, ".join(letter or r"\dots" for letter in shown)) if names else None

    def _edges_met(self) -> tuple[str, ...]:
        return self.worked.edges_met if self.worked.numeric else ()

    def _local(self, target: str, source: str) -> Relation:
        tree = self.worked.local(target, source)
        sides: list[Side] = [(tree, True)]
        if self.worked.numeric:
            chosen = any(isinstance(part, Cases) for part in walk(tree))
            sides += [] if chosen else [self.worked.put_in(tree)]
            sides.append(self.worked.shown(self.worked.locals[target, source]))
        return self._chain(Partial(Symbol(target), Symbol(source)), *sides)

    def _slope(self, target: str, source: str) -> Relation:
        """A local gradient in one equation: its value, or its formula where there are no numbers."""
        left = Partial(Symbol(target), Symbol(source))
        if self.worked.numeric:
            return self._chain(left, self.worked.shown(self.worked.locals[target, source]))
        return self._chain(left, (self.worked.local(target, source), True))

    def backward(self, names: Sequence[str]) -> Step:
        """The chain rule at every node, from the output to the inputs."""
        relations = tuple(self._backward(name) for name in names if name != self.graph.output)
        start = self._chain(self.worked.total(self.graph.output), (Number(1), True))
        branching = [name for name in names if len(self.worked.readers(name)) > 1]
        facts = {
            "output": Symbol(self.graph.output),
            "branches": [(Symbol(name), self._listed(self.worked.readers(name))) for name in branching],
            "others": self._listed(branching[1:]),
            "example": self._example(names),
        }
        displays = {"start": Display((start,)), "gradients": Display(relations, "lines")}
        return Step("graph/backward", "", "full", displays, facts)

    def _example(self, names: Sequence[str]) -> tuple[Node, Node, Node]:
        """A node, one that reads it, and the gradient by that one: what the chain rule is explained with."""
        deep = [name for name in names if name != self.graph.output]
        name = next((name for name in deep if self.graph.output not in self.worked.readers(name)), deep[0])
        reader = self.worked.readers(name)[0]
        return Symbol(name), Symbol(reader), self.worked.total(reader)

    def _backward(self, name: str) -> Relation:
        standing = [
            Product((self.worked.total(target), Partial(Symbol(target), Symbol(name))))
            for target in self.worked.readers(name)
        ]
        sides: list[Side] = [(total(tuple(standing)), True)]
        if self.worked.numeric:
            sides += [self._ways(name), self._gradient(name)]
        else:
            raw = self.worked.way_back(name, self.worked.formulas)
            plain = any(isinstance(part, Product) and Number(1) in part.factors for part in walk(raw))
            sides += [*([] if plain else [(raw, True)]), (self.worked.formulas[name], True)]
        return self._chain(self.worked.total(name), *sides)

    def _ways(self, name: str) -> Side:
        """The products of the chain rule in numbers."""
        exact, terms = True, []
        for target in self.worked.readers(name):
            pair = [self._gradient(target), self.worked.shown(self.worked.locals[target, name])]
            exact = exact and all(whole for _, whole in pair)
            terms.append(product(tuple(node for node, _ in pair)))
        return total(tuple(terms)), exact

    # Evidence

    def evidence(self, roles: Sequence[str]) -> Step:
        """Central differences beside the gradients."""
        met = self.worked.edges_met
        found = [] if met else [self._difference(name) for name in self.graph.inputs if not roles or name in roles]
        facts = {
            "differences": [one for one in found if one],
            "met": self._listed(met),
            "step": Number(STEP),
        }
        return Step("graph/evidence", "", "brief", {}, facts)

    def disagreeing(self) -> str:
        """What central differences say against a gradient; empty where they agree, or do not exist."""
        facts = self.evidence(()).facts
        return next(
            (
                f"d{self.graph.output}/d{one.name} does not agree with the difference of values on either side"
                for one in facts["differences"]
                if not one.agrees
            ),
            "",
        )

    def _difference(self, name: str) -> Difference | None:
        """(f(x + h) - f(x - h)) / 2h; None where the formula has no value so close by."""
        place = self.graph.values
        try:
            above, below = (
                self.worked.forward({**place, name: place[name] + step})[self.graph.output] for step in (STEP, -STEP)
            )
        except (InputError, UndefinedError):
            return None
        difference: Value = (above - below) / (2 * STEP)
        gradient = self.worked.gradients[name]
        size = max(Fraction(1), gradient, -gradient)
        agrees = -AGREEMENT * size <= difference - gradient <= AGREEMENT * size
        return Difference(name, self._gradient(name)[0], self.worked.shown(difference)[0], bool(agrees))

    # Equations

    def _chain(self, left: Node, *sides: Side) -> Relation:
        """left = side = ..., with ≈ before what is rounded; a side that repeats the one before it is left out."""
        printer = LatexPrinter(self.worked.style)
        shown: list[Side] = [(left, True)]
        for side in sides:
            if printer(side[0]) != printer(shown[-1][0]):
                shown.append(side)
        signs = tuple("=" if exact else "≈" for _, exact in shown[1:])
        return Relation(tuple(node for node, _ in shown), signs=signs if "≈" in signs else ())

    def _number(self, name: str) -> Side:
        return self.worked.shown(self.worked.values[name])

    def _gradient(self, name: str) -> Side:
        return self.worked.shown(self.worked.gradients[name])

    def equation(self, target: str, form: str | None, _index_base: int, prove: Callable[[], None]) -> Display:
        """One equation by its name: a node, d node / d what it reads, or d output / d node.

        `form` is "chain" for the chain rule at a node; else the gradient is multiplied out ("closed": proved first).
        """
        if form == "closed":
            prove()
        if target in self.graph.by_name and self.graph.by_name[target].reads:
            return Display((self._forward(target),))
        found = _GRADIENT.fullmatch(target)
        over, under = found.groups() if found else ("", "")
        if over == self.graph.output and under in self.graph.varying and under != over:
            if form == "chain" or self.worked.numeric:
                return Display((self._backward(under),))
            return Display((self._chain(self.worked.total(under), (self.worked.formulas[under], True)),))
        if over in self.graph.by_name and under in self.graph.by_name[over].sources and under in self.graph.varying:
            return Display((self._local(over, under),))
        output = self.graph.output
        raise InputError(
            f"equation {target!r} is not one of this graph: ask for {output}, d{output}/d{self.graph.inputs[0]}, "
            "another node, or the derivative of a node by one that it reads"
        )

    # The end

    def _rounded(self) -> bool:
        """Whether a number on the page is rounded."""
        if not self.worked.numeric:
            return False
        values = (*self.worked.values.values(), *self.worked.locals.values(), *self.worked.gradients.values())
        return any(not self.worked.shown(value)[1] for value in values)

    def _row(self, name: str) -> dict[str, Any]:
        """A node in the table at the end."""
        gradient = name in self.graph.varying
        symbolic = self.worked.formulas.get(name) if gradient else None
        number = (self._gradient(name)[0] if gradient else None) if self.worked.numeric else symbolic
        return {
            "node": Symbol(name),
            "formula": self.worked.formula(name) if self.graph.by_name[name].reads else None,
            "value": self._number(name)[0] if name in self.worked.values else None,
            "gradient": number,
            "wide": number is not None and width(number, self.worked.style) > WIDEST,
            "slopes": [
                self._slope(name, source) for source in self.graph.by_name[name].sources if source in self.graph.varying
            ],
        }
