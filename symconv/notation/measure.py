"""How wide and how tall notation comes out, roughly, in em: enough to decide where a line breaks."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from symconv.notation.letters import unicode_letter
from symconv.notation.tree import (
    Arrow,
    Big,
    Blank,
    Bracketed,
    Branch,
    Call,
    Cases,
    Ceiling,
    Decimal,
    Delta,
    Diagram,
    Divides,
    Dots,
    Floor,
    Function,
    Index,
    Infix,
    Inner,
    Inside,
    Iverson,
    Labelled,
    Letter,
    Marked,
    Matrix,
    Negative,
    Node,
    Number,
    Ones,
    Parameter,
    Partial,
    Power,
    Product,
    Ratio,
    Relation,
    Slice,
    Style,
    Sum,
    Symbol,
    Transpose,
    Zero,
    parameter_text,
)

PLUS = 1.2
RELATION = 1.35
COLUMN_GAP = 1.0
LINE = 1.6
FRACTION = 2.9


def width(node: Node, style: Style) -> float:
    """The width of a node in em, printed on one line."""
    match node:
        case Number(value):
            return 0.5 * len(str(value))
        case Decimal():
            text, power = node.parts()
            return 0.5 * len(text) + (0.0 if power is None else 2.5)
        case Letter(letter):
            return 0.6 * len(unicode_letter(letter))
        case Symbol(role):
            return _symbol_width(node, role, style)
        case Partial(over, under) | Ratio(over, under):
            return 0.8 + max(width(over, style), width(under, style))
        case Sum(terms):
            return sum(width(term, style) for term in terms) + PLUS * (len(terms) - 1)
        case Product(factors):
            return sum(width(factor, style) + 0.17 for factor in factors)
        case (
            Negative(body)
            | Floor(body)
            | Ceiling(body)
            | Transpose(body)
            | Marked(body)
            | Slice(body)
            | Bracketed(body)
        ):
            return 0.8 + width(body, style)
        case Big(variables, body):
            return max(1.5, 0.5 * len(variables)) + width(body, style)
        case Infix(_, left, right, stride):
            return 2.0 + _subscript(stride, style) + width(left, style) + width(right, style)
        case Inner(left, right):
            return 2.0 + width(left, style) + width(right, style)
        case Call(function, arguments, parameters):
            inside = sum(width(argument, style) for argument in arguments)
            return 0.5 * len(function) + 1.5 + _subscript(parameters, style) + inside
        case Matrix(rows):
            columns = [max(width(cell, style) for cell in column) for column in zip(*rows, strict=True)]
            return sum(columns) + COLUMN_GAP * len(columns)
        case Labelled(body, label, sizes):
            return max(width(body, style), width(label, style) + 0.5 + len(sizes))
        case Relation(sides):
            return sum(width(side, style) for side in sides) + RELATION * (len(sides) - 1)
        case Power(base, exponent):
            return 0.3 + width(base, style) + 0.7 * width(exponent, style)
        case Function(name, arguments):
            inside = sum(width(argument, style) for argument in arguments)
            return 0.5 + 0.7 * inside if name == "exp" else 0.5 * len(unicode_letter(name)) + 1.0 + inside
        case Cases(branches):
            return 1.0 + max(width(branch, style) for branch in branches)
        case Branch(value, condition):
            return 1.0 + width(value, style) + width(condition, style)
        case Arrow(name, below):
            return max(1.6, 0.4 * len(name) + 0.8, 0.7 * sum(width(node, style) for node in below) + 0.8)
        case Diagram(rows):
            columns = [max(width(cell, style) for cell in column) for column in zip(*rows, strict=True)]
            return sum(columns) + COLUMN_GAP * len(columns)
        case Blank():
            return 0.0
        case Zero() | Dots() | Ones():
            return 0.8
        case Delta(left, right):
            return 0.4 + 0.4 * len(style.indices(Symbol("", (left, right))))
        case Index():
            return 0.6 * len(style.indices(Symbol("", (node,))))
        case Divides(divisor, body):
            return 1.0 + width(divisor, style) + 0.6 * len(style.expression(body))
        case Inside(place, size):
            return 3.0 + width(size, style) + 0.6 * len(style.indices(Symbol("", (place,))))
        case Iverson(conditions):
            return 0.8 + max(sum(width(condition, style) + 0.8 for condition in row) for row in conditions)
    raise TypeError(f"no width for {type(node).__name__}")


def _subscript(parameters: Sequence[Parameter | tuple[Parameter, Parameter]], style: Style) -> float:
    if not parameters:
        return 0.0
    return 0.4 * len(parameter_text(parameters, " x ", lambda node: "n" * round(2 * width(node, style))))


def height(node: Node, style: Style) -> float:
    """The height of a node in em, printed on one line, with the gap below it."""
    match node:
        case Matrix(rows):
            return sum(FRACTION if any(is_tall(cell, style) for cell in row) else LINE for row in rows) + 0.5
        case Diagram(rows):
            return (FRACTION + 0.5) * len(rows)
        case Labelled(body):
            return height(body, style) + LINE
        case Sum(parts) | Product(parts) | Relation(parts) | Call(_, parts):
            return max((height(part, style) for part in parts), default=LINE)
        case (
            Marked(body)
            | Negative(body)
            | Big(_, body)
            | Transpose(body)
            | Floor(body)
            | Ceiling(body)
            | Bracketed(body)
        ):
            return height(body, style)
        case Infix(_, left, right) | Inner(left, right) | Branch(left, right) | Power(left, right):
            return max(height(left, style), height(right, style))
        case Cases(branches):
            return sum(height(branch, style) for branch in branches)
        case Iverson(rows):
            return LINE * len(rows)
    return FRACTION if is_tall(node, style) else LINE


def _symbol_width(symbol: Symbol, role: str, style: Style) -> float:
    letter = style.letter(role)
    if letter is None:
        return width(style.as_partial(symbol), style)
    index = 0.4 * len(style.indices(symbol))
    return 0.8 * len(unicode_letter(letter)) + index


def is_tall(node: Node, style: Style) -> bool:
    """Whether a node holds a fraction, so that rows of a matrix need air between them."""
    match node:
        case Partial() | Ratio():
            return True
        case Symbol(role):
            return style.letter(role) is None
        case Sum(parts) | Product(parts) | Relation(parts) | Call(_, parts):
            return any(is_tall(part, style) for part in parts)
        case Number(value):
            return Fraction(value).denominator != 1
        case (
            Marked(body)
            | Negative(body)
            | Labelled(body)
            | Big(_, body)
            | Transpose(body)
            | Floor(body)
            | Ceiling(body)
        ):
            return is_tall(body, style)
        case Bracketed(body):
            return is_tall(body, style)
        case Infix(_, left, right) | Inner(left, right) | Branch(left, right):
            return is_tall(left, style) or is_tall(right, style)
        case Power(base):
            return is_tall(base, style)
        case Function(name, arguments):
            return name != "exp" and any(is_tall(argument, style) for argument in arguments)
        case Cases():
            return True
        case Matrix(rows):
            return any(is_tall(cell, style) for row in rows for cell in row)
    return False
