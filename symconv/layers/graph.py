"""Computation graphs of scalars: a formula taken apart into nodes, each of which does one thing.

The text is read by `symconv.layers.expressions` and taken apart by `symconv.layers.graph_nodes`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from numbers import Rational
from typing import ClassVar, TypeAlias

from symconv.errors import InputError
from symconv.forms import Variable
from symconv.layers.expressions import MAX_DIGITS, MAX_EXPONENT, TYPOGRAPHY, number, parse, shortened, spaced
from symconv.layers.graph_nodes import INPUT, Built, GraphNode, built, letter_of

VALUES_AN_OPTION = 5
LONGEST_WORD = 40
"""Characters of a command that a page keeps on one line."""
Given: TypeAlias = Rational | Decimal | float | str
"""How users write numbers: those with a point count as decimals, exactly."""


@dataclass(frozen=True, slots=True)
class Edge:
    """That `target` reads `source` as its operand number `slot`, counted from 0."""

    source: str
    target: str
    slot: int


@dataclass(frozen=True)
class Graph:
    """A scalar computed from scalars.

    Args:
        text: formulas between semicolons or line ends, such as "q = x + y; f = q * z"; the last one is the output. They
            take + - * / ^ (also **), brackets, numbers and the functions of `symconv.layers.expressions.FUNCTIONS`. A
            line such as "x = -2" gives a value.
        at: a number for each variable: whole ones, fractions ("1/3") and decimals ("0.1"), all taken exactly. Without
            any, the derivation is symbolic.

    Raises `InputError` for a text that cannot be read, and for values that are missing, unknown or no numbers.

    >>> graph = Graph("f = (x + y) * z", at={"x": -2, "y": 5, "z": -4})
    >>> [node.name for node in graph.nodes], graph.inputs, graph.output
    (['x', 'y', 'z', 'q', 'f'], ('x', 'y', 'z'), 'f')
    >>> graph.edges[0]
    Edge(source='x', target='q', slot=0)
    """

    text: str
    at: Mapping[str, Given] = field(default_factory=dict)

    kind: ClassVar[str] = "graph"
    batch: ClassVar[int] = 1

    def __post_init__(self) -> None:
        given: object = self.at
        if not isinstance(given, Mapping):
            raise InputError(f"at is {shortened(repr(given))}: expected numbers by variable, such as {{'x': -2}}")
        _check_letters(self.symbols)
        _ = self.values

    @classmethod
    def read(cls, text: str, at: Sequence[str] = ()) -> Graph:
        """The graph as a command line describes it, with values such as "x=-2,y=1/3"."""
        return cls(text, dict(values_from(at)))

    # The graph

    @cached_property
    def _built(self) -> Built:
        return built(parse(self.text))

    @property
    def nodes(self) -> tuple[GraphNode, ...]:
        """The inputs, then the operations in an order in which they can be computed; the output comes last."""
        return self._built.nodes

    @cached_property
    def by_name(self) -> Mapping[str, GraphNode]:
        return {node.name: node for node in self.nodes}

    @property
    def inputs(self) -> tuple[str, ...]:
        """The variables, in the order in which they are first read."""
        return tuple(node.name for node in self.nodes if node.operation == INPUT)

    @property
    def operations(self) -> tuple[GraphNode, ...]:
        """The nodes that compute something."""
        return tuple(node for node in self.nodes if node.operation != INPUT)

    @property
    def output(self) -> str:
        return self.nodes[-1].name

    @cached_property
    def edges(self) -> tuple[Edge, ...]:
        """Who reads whom; for figures, and for the way back."""
        return tuple(
            Edge(operand, node.name, slot)
            for node in self.nodes
            for slot, operand in enumerate(node.reads)
            if isinstance(operand, str)
        )

    @cached_property
    def varying(self) -> frozenset[str]:
        """The nodes that depend on a variable."""
        found: set[str] = set()
        for node in self.nodes:
            if node.operation == INPUT or found.intersection(node.sources):
                found.add(node.name)
        return frozenset(found)

    # Values

    @cached_property
    def values(self) -> Mapping[str, Fraction]:
        """The number given for every variable; empty where the derivation is symbolic."""
        given = {**self._built.assigned, **{name: _exactly(name, value) for name, value in self.at.items()}}
        for name in self.at:
            self._check_variable(name)
        missing = [name for name in self.inputs if name not in given]
        if given and missing:
            raise InputError(f"{missing[0]} has no value: give one for each of {', '.join(self.inputs)}, or for none")
        return {name: given[name] for name in self.inputs} if given else {}

    def _check_variable(self, name: str) -> None:
        if name in self._built.assigned:
            raise InputError(f"{name} has a value in the text and another in at: give one of them")
        if name not in self.by_name:
            raise InputError(
                f"at has {shortened(name)}, which the graph does not read: it has {', '.join(self.inputs)}"
            )
        if name not in self.inputs:
            raise InputError(f"at has {name}, which the graph computes: give values for {', '.join(self.inputs)}")

    @cached_property
    def decimal(self) -> bool:
        """Whether a number was written as a decimal, so that exact results print as decimals too."""
        written = (str(value) for value in self.at.values() if not isinstance(value, Rational))
        return self._built.decimal or any(set(".eE") & set(text) for text in written)

    # What every layer has

    @property
    def symbols(self) -> Mapping[str, str]:
        """The letter of every node, in LaTeX."""
        return {node.name: letter_of(node.name) for node in self.nodes}

    @property
    def arrays(self) -> Mapping[str, Variable]:
        """The variables, as arrays without axes."""
        return {name: Variable(name, ()) for name in self.inputs}

    @property
    def parameters(self) -> tuple[str, ...]:
        return ()

    def options(self) -> list[str]:
        """The command-line words that describe the graph.

        >>> Graph("f = x * y", {"x": 2, "y": "1/3"}).options()
        ['graph', 'f = x * y', '--at', 'x=2,y=1/3']
        """
        lines = re.split(r"[;\r\n]+", self.text.translate(TYPOGRAPHY))
        text = "; ".join(line.strip() for line in lines if line.strip())
        words = ["graph", spaced(text) if max(map(len, text.split())) > LONGEST_WORD else text]
        values = [f"{name}={value}" for name, value in self.at.items()]
        for start in range(0, len(values), VALUES_AN_OPTION):
            words += ["--at", ",".join(values[start : start + VALUES_AN_OPTION])]
        return words


def _check_letters(symbols: Mapping[str, str]) -> None:
    shown: dict[str, str] = {}
    for name, letter in symbols.items():
        other = shown.setdefault(letter, name)
        if other != name:
            raise InputError(f"{other} and {name} would look the same on the page: rename one of them")


def values_from(texts: Sequence[str]) -> dict[str, str]:
    """Numbers by variable, as they were written, from texts such as `x=-2,y=1/3`.

    >>> values_from(["x=-2, y=1/3"])
    {'x': '-2', 'y': '1/3'}
    """
    found: dict[str, str] = {}
    for part in ",".join(texts).split(",") if texts else ():
        name, equals, value = (piece.strip() for piece in part.partition("="))
        if not (name and equals and value):
            raise InputError(f"at has {shortened(part)}: expected name=number, such as x=-2,y=1/3")
        if name in found:
            raise InputError(f"at gives {name} twice, {shortened(found[name])} and {shortened(value)}: give it once")
        found[name] = value
    return found


def _exactly(name: str, value: object) -> Fraction:
    """The number that a user gave for a variable. Raises `InputError` for what is none."""
    if isinstance(value, bool):
        exact: Fraction | None = None
    elif isinstance(value, Rational):
        exact = Fraction(int(value.numerator), int(value.denominator))
    else:
        exact = number(str(value)) if isinstance(value, str | float | Decimal) else None
    if exact is None:
        raise InputError(f"{name} is {shortened(str(value))}: expected a number, such as 2, -1/3 or 0.25")
    if max(abs(exact.numerator), exact.denominator) >= 10 ** (MAX_DIGITS + MAX_EXPONENT):
        raise InputError(f"{name} has more than {MAX_DIGITS} digits: write fewer")
    return exact
