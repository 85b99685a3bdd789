"""The one tree among those that print alike, which is the one that reading gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from symconv.notation.tree import (
    GRADIENTS,
    Bracketed,
    Call,
    Decimal,
    Diagram,
    Dots,
    Function,
    Index,
    Infix,
    Marked,
    Matrix,
    Negative,
    Node,
    Number,
    Partial,
    Power,
    Product,
    Ratio,
    Relation,
    Style,
    Sum,
    Symbol,
    Zero,
    gradient_of,
    mapped,
)


def number_of(text: str) -> Node:
    """The number of a text of digits, with its point.

    >>> number_of("12"), number_of("0.50")
    (Number(value=12), Decimal(digits=50, exponent=-2))
    """
    whole, point, rest = text.partition(".")
    return Decimal(int((whole or "0") + rest), -len(rest)) if point else Number(int(text))


def quotient(over: Node, under: Node) -> Node:
    """A quotient, which is a number where it is one of whole numbers in lowest terms."""
    if isinstance(over, Number) and isinstance(under, Number) and under.value not in (0, 1):
        fraction = Fraction(over.value) / Fraction(under.value)
        if fraction.numerator == over.value and fraction.denominator == under.value:
            return Number(fraction)
    return Ratio(over, under)


def canonical(node: Node, style: Style) -> Node:
    r"""The tree that reading what a printer wrote of this one gives.

    Brackets and marks for the eye go, zeros lose their reason (but not those that print underlined), sums and products
    are flat, a number keeps its sign outside, and ∂L/∂X is the gradient's role where that has no letter of its own.

    >>> from symconv.notation.tree import Letter
    >>> canonical(Product((Number(-2), Bracketed(Letter("a")))), Style())
    Negative(term=Product(factors=(Number(value=2), Letter(letter='a'))))
    """
    return _Canonical(style)(node)


class _Canonical:
    def __init__(self, style: Style) -> None:
        self._style = style

    def __call__(self, node: Node) -> Node:
        if isinstance(node, Index):
            return node
        if (
            isinstance(node, Product)
            and isinstance(node.factors[0], Number | Decimal)
            and _is_negative(node.factors[0])
        ):
            return Negative(self(Product((_size(node.factors[0]), *node.factors[1:]))))
        inner = mapped(node, self)
        rule = RULES.get(type(node))
        return rule(self._style, inner) if rule else inner


def _is_negative(node: Number | Decimal) -> bool:
    return (node.value if isinstance(node, Number) else node.digits) < 0


def _size(node: Number | Decimal) -> Node:
    return Number(-node.value) if isinstance(node, Number) else Decimal(-node.digits, node.exponent)


def _body(style: Style, node: Any) -> Node:
    return node.body  # type: ignore[no-any-return]


def _number(style: Style, node: Number) -> Node:
    value = Fraction(node.value)
    if value < 0:
        return Negative(_number(style, Number(-value)))
    return Number(value.numerator) if value.denominator == 1 else Number(value)


def _decimal(style: Style, node: Decimal) -> Node:
    text, tens = node.parts()
    size = number_of(text.removeprefix("-"))
    if tens is not None:
        exponent: Node = Number(tens) if tens >= 0 else Negative(Number(-tens))
        size = Product((size, Power(Number(10), exponent)))
    return Negative(size) if text.startswith("-") else size


def _sum(style: Style, node: Sum) -> Node:
    flat = tuple(part for term in node.terms for part in (term.terms if isinstance(term, Sum) else (term,)))
    return flat[0] if len(flat) == 1 else Sum(flat)


def _product(style: Style, node: Product) -> Node:
    parts = tuple(
        part for factor in node.factors for part in (factor.factors if isinstance(factor, Product) else (factor,))
    )
    if len(parts) == 1:
        return parts[0]
    return Product(parts)


def _zero(style: Style, node: Zero) -> Node:
    return node if node.kind == "inserted" else Number(0)


def _partial(style: Style, node: Partial) -> Node:
    return gradient(node, style) or node


def _ratio(style: Style, node: Ratio) -> Node:
    return quotient(node.over, node.under)


def _dots(style: Style, node: Dots) -> Node:
    return Dots("sum") if node.direction == "row" else node


def _matrix(style: Style, node: Matrix | Diagram) -> Node:
    return type(node)(tuple(tuple(Dots("row") if cell == Dots("sum") else cell for cell in row) for row in node.rows))


def _call(style: Style, node: Call) -> Node:
    return replace(node, parameters=_shared(node.parameters))


def _infix(style: Style, node: Infix) -> Node:
    return replace(node, stride=_shared(node.stride))


def _shared(parameters: tuple[Any, ...]) -> tuple[Any, ...]:
    """Parameters as they print: one where all axes agree, a number where before and after do."""
    each = tuple(part[0] if isinstance(part, tuple) and part[0] == part[1] else part for part in parameters)
    return each[:1] if len(set(each)) == 1 else each


def _relation(style: Style, node: Relation) -> Node:
    signs = tuple(node.sign_before(at) for at in range(1, len(node.sides)))
    if len(set(signs)) == 1:
        return Relation(node.sides, signs[0])  # type: ignore[arg-type]
    return Relation(node.sides, signs=signs)


def _function(style: Style, node: Function) -> Node:
    return Function(
        node.name.removeprefix("\\") if node.name in (r"\tanh",) else node.name, node.arguments, node.primes
    )


def gradient(node: Partial, style: Style) -> Symbol | None:
    """∂L/∂X as the gradient's role, where this is what the style prints for it."""
    over, under = node.over, node.under
    if node.total or not isinstance(over, Symbol) or not isinstance(under, Symbol) or over.index:
        return None
    symbol = Symbol(_gradient_role(under.role, style), under.index, under.slice)
    return symbol if style.letter(symbol.role) is None and style.as_partial(symbol) == node else None


def _gradient_role(role: str, style: Style) -> str:
    return GRADIENTS.get(role, f"d:{role}") if "O" in style.symbols else f"d:{role}"


def _symbol(style: Style, node: Symbol) -> Node:
    array = gradient_of(node.role)
    if array == node.role or style.letter(node.role) is not None:
        return node
    return Symbol(_gradient_role(array, style), node.index, node.slice)


RULES: Mapping[type[Node], Callable[[Style, Any], Node]] = {
    Symbol: _symbol, Bracketed: _body, Marked: _body, Number: _number, Decimal: _decimal, Sum: _sum, Product: _product,
    Zero: _zero, Partial: _partial, Ratio: _ratio, Matrix: _matrix, Diagram: _matrix, Dots: _dots, Call: _call,
    Infix: _infix, Relation: _relation, Function: _function,
}  # fmt: skip
