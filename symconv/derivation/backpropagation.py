"""The chain rule on a graph of scalars: forward values, local gradients and backward values, as trees and as numbers.

Numbers are the values of the very trees that a page shows, exact or certified (`symconv.meaning.certified`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, reduce
from typing import Any

import numpy as np

from symconv.derivation.scalar_rules import OUT, SLOTS, Rule, rule_of
from symconv.errors import InputError, LimitError, SymconvError
from symconv.layers.graph import Graph
from symconv.layers.graph_nodes import GraphNode, Operand
from symconv.meaning.certified import Reals, UndefinedError, Value
from symconv.meaning.evaluate import Defined, Meaning
from symconv.meaning.numbers import Numbers
from symconv.notation.build import node
from symconv.notation.measure import width
from symconv.notation.text import TextPrinter
from symconv.notation.tree import (
    Bracketed,
    Cases,
    Decimal,
    Negative,
    Node,
    Number,
    Partial,
    Product,
    Ratio,
    Style,
    Sum,
    Symbol,
    product,
    rebuilt,
    total,
    walk,
)

DIGITS = 6
"""Significant digits of a number that is rounded."""
LONGEST_EXACT = 8
"""Digits of an exact number that a page shows; longer ones are rounded."""
CARRIED = 20.0
"""em; a gradient that is multiplied on. A wider one stands as the derivative that it is."""
WRITTEN_OUT = 32.0
"""em; a gradient in the terms of the formula. A wider one speaks of the nodes that the page named."""


@dataclass(frozen=True)
class Backpropagation:
    """A graph with its trees, and with numbers where they are given.

    >>> worked = Backpropagation(Graph("f = (x + y) * z", {"x": -2, "y": 5, "z": -4}))
    >>> {name: str(value) for name, value in worked.gradients.items()}
    {'f': '1', 'q': '-4', 'x': '-4', 'y': '-4', 'z': '3'}

    Raises `InputError` where a value or a gradient does not exist.
    """

    graph: Graph

    @property
    def numeric(self) -> bool:
        return bool(self.graph.values)

    @cached_property
    def style(self) -> Style:
        """The letters of the graph's nodes."""
        return Style(symbols=self.graph.symbols)

    # Trees

    @cached_property
    def rules(self) -> Mapping[str, Rule]:
        """The rule of every node that computes something."""
        return {node.name: rule_of(node) for node in self.graph.operations}

    def spoken(self, target: str, tree: Node) -> Node:
        """A tree of a rule with the names of a node and of what it reads."""
        reads = [_operand(operand) for operand in self.graph.by_name[target].reads]
        names: dict[Node, Node] = {OUT: Symbol(target), **dict(zip(SLOTS, reads, strict=False))}
        return rebuilt(tree, names.get)

    def formula(self, name: str) -> Node:
        """What a node computes, of what it reads."""
        return self.spoken(name, self.rules[name].value)

    def local(self, target: str, source: str) -> Node:
        """∂target/∂source; where the source is read more than once, the sum over all places."""
        reads = self.graph.by_name[target].reads
        slopes = zip(reads, self.rules[target].slopes, strict=False)
        return total(tuple(self.spoken(target, slope) for operand, slope in slopes if operand == source))

    def readers(self, name: str) -> tuple[str, ...]:
        """The nodes that read this one, in the order in which the way back meets them."""
        targets = [edge.target for edge in self.graph.edges if edge.source == name]
        return tuple(reversed(tuple(dict.fromkeys(targets))))

    @cached_property
    def backward_order(self) -> tuple[str, ...]:
        """The nodes that depend on a variable: from the output back, the inputs last."""
        computed = [node.name for node in reversed(self.graph.operations) if node.name in self.graph.varying]
        return (*computed, *self.graph.inputs)

    def total(self, name: str) -> Partial:
        """The gradient of the output by a node, all ways from one to the other."""
        return Partial(Symbol(self.graph.output), Symbol(name), total=True)

    @cached_property
    def formulas(self) -> Mapping[str, Node]:
        """The gradient by every node as a formula, multiplied out along the way back."""
        found: dict[str, Node] = {self.graph.output: Number(1)}
        for name in self.backward_order[1:]:
            found[name] = simplified(self.way_back(name, found))
        return found

    def spelled(self, tree: Node) -> Node:
        """A tree in which nodes that the page named are written out."""
        return _exchanged(tree, self._written_out(kinks=True))

    def given(self, tree: Node) -> Node:
        """The same for a gradient, as one fraction where it is a product; a tree that would be too long stays.

        A node with a kink keeps its name, since its local gradient speaks of it.
        """
        found = simplified(_exchanged(tree, self._written_out(kinks=False)))
        return found if width(found, self.style) <= WRITTEN_OUT else tree

    def _written_out(self, *, kinks: bool) -> Mapping[str, Node]:
        """What every node is called: its name, or its formula where the name is not the user's."""
        found: dict[str, Node] = {name: Symbol(name) for name in self.graph.inputs}
        for each in self.graph.operations:
            bends = self.rules[each.name].edge is not None and not kinks
            kept = self.own_name(each) or bends
            found[each.name] = Symbol(each.name) if kept else _exchanged(self.formula(each.name), found)
        return found

    def own_name(self, each: GraphNode) -> bool:
        """Whether a page speaks of a node by its name from the start."""
        return each.named or each.name == self.graph.output

    def way_back(self, name: str, gradients: Mapping[str, Node]) -> Node:
        """Σ gradient · local gradient over all nodes that read this one."""
        products = [
            product((self._carried(target, gradients), self.slope(target, name))) for target in self.readers(name)
        ]
        return total(tuple(products))

    def _carried(self, name: str, gradients: Mapping[str, Node]) -> Node:
        tree = gradients[name]
        return self.total(name) if width(tree, self.style) > CARRIED else tree

    def slope(self, target: str, source: str) -> Node:
        """The local gradient, or its symbol where it is a choice between cases."""
        tree = self.local(target, source)
        chosen = any(isinstance(part, Cases) for part in walk(tree))
        return Partial(Symbol(target), Symbol(source)) if chosen else tree

    # Numbers

    @cached_property
    def reals(self) -> Reals:
        return Reals()

    @cached_property
    def values(self) -> Mapping[str, Value]:
        """The value of every node; without numbers for the inputs, of those that need none."""
        return self.forward(self.graph.values)

    def forward(self, inputs: Mapping[str, Fraction]) -> dict[str, Value]:
        """The values of the nodes at a place."""
        found: dict[str, Value] = dict(inputs)
        for each in self.graph.operations:
            if all(source in found for source in each.sources):
                found[each.name] = self._computed(each, found)
        return found

    def _computed(self, each: GraphNode, found: Mapping[str, Value]) -> Value:
        try:
            return self.valued(self.formula(each.name), each.name, found)
        except (UndefinedError, ZeroDivisionError, LimitError) as error:
            raise self._undefined(each, f"{each.name} = {self._text(self.formula(each.name))}", error, found) from None

    @cached_property
    def locals(self) -> Mapping[tuple[str, str], Value]:
        """The value of every local gradient, by the node that reads and the node that is read."""
        found = {}
        for name in self.backward_order:
            for target in self.readers(name):
                found[target, name] = self._slope_valued(target, name)
        return found

    def _slope_valued(self, target: str, source: str) -> Value:
        tree = self.local(target, source)
        try:
            return self.valued(tree, target, self.values)
        except (UndefinedError, ZeroDivisionError, LimitError) as error:
            each = self.graph.by_name[target]
            what = f"the local gradient of {target} = {self._text(self.formula(target))} by {source}"
            raise self._undefined(each, what, error, self.values) from None

    @cached_property
    def gradients(self) -> Mapping[str, Value]:
        """The gradient of the output by every node that depends on a variable."""
        found: dict[str, Value] = {self.graph.output: Fraction(1)}
        for name in self.backward_order[1:]:
            ways = [found[target] * self.locals[target, name] for target in self.readers(name)]
            found[name] = reduce(lambda left, right: left + right, ways)
        return found

    @cached_property
    def edges_met(self) -> tuple[str, ...]:
        """The nodes at whose operands there is no derivative, so that a convention decides."""
        rules = {
            name: rule for name, rule in self.rules.items() if rule.edge is not None and name in self.graph.varying
        }
        return tuple(
            name
            for name, rule in rules.items()
            if self.reals.sign(self.valued(self.spoken(name, rule.edge), name, self.values)) == 0  # type: ignore[arg-type]
        )

    def valued(self, tree: Node, target: str, values: Mapping[str, Value]) -> Value:
        """The value of a tree of a node."""
        found: Value = evaluated(tree, self.reals.numbers, values, self.rules[target].functions)
        return found

    def _text(self, tree: Node) -> str:
        return TextPrinter(self.style)(tree)

    def _undefined(self, each: GraphNode, what: str, error: Exception, values: Mapping[str, Value]) -> SymconvError:
        reason = "it divides by 0" if isinstance(error, ZeroDivisionError) else str(error)
        places = " and ".join(f"{name} = {self._text(self.shown(values[name])[0])}" for name in each.sources)
        kind = LimitError if isinstance(error, LimitError) else InputError
        return kind(f"{what} has no value{' at ' if places else ''}{places}: {reason}; choose other values")

    # What is shown of a number

    def shown(self, value: Value) -> tuple[Node, bool]:
        """A number as a page shows it, and whether that is all of it."""
        if isinstance(value, Fraction):
            exact = exactly_shown(value, decimal=self.graph.decimal)
            if exact is not None:
                return exact, True
        digits, exponent = self.reals.rounded(value, DIGITS)
        decimal = Decimal(abs(digits), exponent)
        return (Negative(decimal) if digits < 0 else decimal), False

    def put_in(self, tree: Node, gradients: bool = False) -> tuple[Node, bool]:  # noqa: FBT001, FBT002
        """The tree with numbers for its symbols, and whether these are exact.

        A negative number behind a plus stands in brackets.
        """
        exact = True

        def number(part: Node) -> Node | None:
            nonlocal exact
            if isinstance(part, Symbol):
                shown, whole = self.shown(self.values[part.role])
                exact = exact and whole
                return shown
            if isinstance(part, Sum):
                first, *rest = (rebuilt(term, number) for term in part.terms)
                behind = (
                    Bracketed(new) if isinstance(new, Negative) and not isinstance(old, Negative) else new
                    for old, new in zip(part.terms[1:], rest, strict=True)
                )
                return Sum((first, *behind))
            return None

        return rebuilt(tree, number), exact


def evaluated(tree: Node, numbers: Numbers, values: Mapping[str, Any], functions: Mapping[str, Defined]) -> Any:
    """The value of a tree in some kind of numbers, with the value of each symbol given."""
    arrays: dict[str, Any] = {}
    for name, value in values.items():
        arrays[name] = np.empty((), dtype=object)
        arrays[name][()] = value
    return Meaning(numbers, arrays, functions=functions)(tree).entries[()]


def _exchanged(tree: Node, read: Mapping[str, Node]) -> Node:
    """The tree with other names for nodes; a derivative stays as it is."""

    def change(part: Node) -> Node | None:
        return part if isinstance(part, Partial) else read[part.role] if isinstance(part, Symbol) else None

    return rebuilt(tree, change)


def _operand(operand: Operand) -> Node:
    return Symbol(operand) if isinstance(operand, str) else node(operand)


def exactly_shown(value: Fraction, *, decimal: bool) -> Node | None:
    """A fraction as a page shows it, as a decimal where that is wanted and ends; None where it is too long.

    >>> exactly_shown(Fraction(-1, 4), decimal=False), exactly_shown(Fraction(-1, 4), decimal=True)
    (Negative(term=Number(value=Fraction(1, 4))), Negative(term=Decimal(digits=25, exponent=-2)))
    """
    size = abs(value)
    exponent = _places(size.denominator) if decimal and size.denominator > 1 else 0
    if exponent:
        digits = int(size * 10**exponent)
        shown: Node = Decimal(digits, -exponent)
        long = len(str(digits)) > LONGEST_EXACT or exponent > LONGEST_EXACT
    else:
        shown = Number(size)
        long = max(size.numerator, size.denominator) >= 10**LONGEST_EXACT
    return None if long else Negative(shown) if value < 0 else shown


def _places(denominator: int) -> int:
    """How many places behind the point a decimal with this denominator has; 0 where it does not end."""
    for places in range(1, LONGEST_EXACT + 2):
        if 10**places % denominator == 0:
            return places
    return 0


def simplified(tree: Node) -> Node:
    """Products as one fraction, with ones left out, signs and numbers in front, and a zero where one factor is 0.

    >>> from symconv.notation.build import minus, over, times
    >>> x, y = Symbol("x"), Symbol("y")
    >>> simplified(times(minus(1), x, 1)) == minus(x), simplified(times(over(1, y), x)) == over(x, y)
    (True, True)
    """
    if isinstance(tree, Sum):
        return total(tuple(term for term in map(simplified, tree.terms) if term != Number(0)))
    if not isinstance(tree, Product):
        return tree
    number = Fraction(1)
    above: list[Node] = []
    below: list[Node] = []
    for factor, inverse in _factors(tree):
        if isinstance(factor, Number):
            number *= Fraction(factor.value) ** (-1 if inverse else 1)
        else:
            (below if inverse else above).append(factor)
    if number == 0:
        return Number(0)
    plain = _fraction(abs(number), above, below)
    return Negative(plain) if number < 0 else plain


def _fraction(number: Fraction, above: list[Node], below: list[Node]) -> Node:
    """number · above / below; the number's own denominator goes below where something else stands there."""
    in_front, under = (Fraction(number.numerator), number.denominator) if below else (number, 1)
    numerator = product((*([] if in_front == 1 and above else [Number(in_front)]), *above))
    return Ratio(numerator, product((*([] if under == 1 else [Number(under)]), *below))) if below else numerator


def _factors(tree: Node, *, inverse: bool = False) -> list[tuple[Node, bool]]:
    """The factors of a product, and whether each stands below; products, quotients and signs are taken apart."""
    match tree:
        case Product(factors):
            return [part for factor in factors for part in _factors(factor, inverse=inverse)]
        case Negative(term):
            return [(Number(-1), inverse), *_factors(term, inverse=inverse)]
        case Ratio(above, below):
            return [*_factors(above, inverse=inverse), *_factors(below, inverse=not inverse)]
        case Sum():
            return [(simplified(tree), inverse)]
    return [(tree, inverse)]
