"""A graph of scalars drawn with plain letters, from the output down to the inputs, for any page and any terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from symconv.derivation.backpropagation import Backpropagation
from symconv.layers.graph_nodes import COPY, INPUT, GraphNode, Operand
from symconv.notation.text import TextPrinter
from symconv.notation.tree import Node, Style

WRITTEN: Mapping[str, str] = {
    COPY: "{}",
    "add": "{} + {}",
    "subtract": "{} - {}",
    "multiply": "{} * {}",
    "divide": "{} / {}",
    "power": "{}^{}",
    "negate": "-{}",
}
"""How a node's operation is written; every other one is a function with its arguments in brackets."""
WIDEST = 80
"""Characters of a line."""
AGAIN = "..."
"""What stands below a node that was drawn before."""


def drawn(worked: Backpropagation) -> str:
    """The graph as lines of text; with numbers, the value of every node and, behind a bar, its gradient.

    A graph that is too deep for a page is not drawn, and the text is empty.

    >>> from symconv.layers.graph import Graph
    >>> print(drawn(Backpropagation(Graph("f = (x + y) * z", {"x": -2, "y": 5, "z": -4}))))
    f = q * z      -12 |  1
    +-- q = x + y    3 | -4
    |   +-- x       -2 | -4
    |   +-- y        5 | -4
    +-- z           -4 |  3
    """
    lines: list[tuple[str, str]] = []
    _draw(worked, worked.graph.output, "", "", lines, set())
    if worked.numeric:
        lines = list(zip(_with_numbers(worked, lines), (name for _, name in lines), strict=True))
    texts = [text for text, _ in lines]
    return "\n".join(texts) if max(map(len, texts)) <= WIDEST else ""


def _with_numbers(worked: Backpropagation, lines: Sequence[tuple[str, str]]) -> list[str]:
    values, gradients = ({name: _number(worked, value) for name, value in column.items()}
                         for column in (worked.values, worked.gradients))  # fmt: skip
    wide = max(len(text) for text, _ in lines)
    number, gradient = (max(map(len, column.values())) for column in (values, gradients))
    return [
        f"{text:{wide}}  {values[name]:>{number}} | {gradients.get(name, ''):>{gradient}}".rstrip()
        for text, name in lines
    ]


def _draw(
    worked: Backpropagation, name: str, before: str, below: str, lines: list[tuple[str, str]], known: set[str]
) -> None:
    node = worked.graph.by_name[name]
    lines.append((before + _written(node), name))
    if name in known and node.reads:
        lines[-1] = (before + f"{name} {AGAIN}", name)
        return
    known.add(name)
    for number, source in enumerate(node.sources, start=1):
        last = number == len(node.sources)
        _draw(worked, source, below + ("+-- "), below + ("    " if last else "|   "), lines, known)


def _written(node: GraphNode) -> str:
    if node.operation == INPUT:
        return node.name
    operands = list(map(_operand, node.reads))
    pattern = WRITTEN.get(node.operation) or f"{node.operation}({', '.join('{}' for _ in operands)})"
    return f"{node.name} = {pattern.format(*operands)}"


def _operand(operand: Operand) -> str:
    if isinstance(operand, str):
        return operand
    return f"({operand})" if operand < 0 or operand.denominator > 1 else str(operand)


def _number(worked: Backpropagation, value: object) -> str:
    shown: Node = worked.shown(value)[0]  # type: ignore[arg-type]
    return TextPrinter(Style(symbols={}))(shown).replace("·", "*")
