"""Plain text of the tree: one line, for terminals, messages and comparison by eye."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from symconv.notation.letters import unicode_letter
from symconv.notation.tree import (
    Big,
    Call,
    Dots,
    Floor,
    Infix,
    Inner,
    Labelled,
    Letter,
    Marked,
    Matrix,
    Negative,
    Node,
    Number,
    Partial,
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

OPERATORS = {"correlate": "⊗", "convolve": "*"}
DOTS = {"row": "…", "column": "…", "corner": "…", "sum": "…"}


@dataclass(frozen=True, slots=True)
class TextPrinter:
    """Prints nodes as one line of text.

    >>> TextPrinter(Style())(Product((Symbol("G", (0, 1)), Symbol("X", (0, 10)))))
    '∂L/∂O_12·X_1,11'
    """

    style: Style

    def __call__(self, node: Node) -> str:
        match node:
            case Number(value):
                return str(value)
            case Letter(letter):
                return unicode_letter(letter)
            case Symbol(role):
                return self._symbol(node, role)
            case Partial(over, under):
                return f"∂{self(over)}/∂{self(under)}"
            case Ratio(over, under):
                return f"{self._part(over)}/{self._part(under)}"
            case Sum(terms):
                return " + ".join(self(term) for term in terms).replace("+ -", "- ")
            case Negative(term):
                return f"-{self._factor(term)}"
            case Product(factors):
                return "·".join(self._factor(factor) for factor in factors)
            case Floor(body):
                return f"⌊{self(body)}⌋"
            case Big(variables, body):
                return f"Σ_{','.join(map(unicode_letter, variables))} {self._factor(body)}"
            case Transpose(body):
                return f"({self(body)})ᵀ" if isinstance(body, Transpose) else f"{self._part(body)}ᵀ"
            case Infix(operator, left, right, stride):
                sign = OPERATORS[operator] + (f"_{parameter_text(stride, '×')}" if stride else "")
                return f"{self._factor(left)} {sign} {self._factor(right)}"
            case Call(function, arguments, parameters):
                inside = ", ".join(self(argument) for argument in arguments)
                subscript = f"_{parameter_text(parameters, '×')}" if parameters else ""
                return f"{function}{subscript}({inside})"
            case Slice(body, position):
                return f"{self(body)}_{position + self.style.index_base}"
            case Inner(left, right):
                return f"⟨{self(left)}, {self(right)}⟩_F"
            case Zero():
                return "0"
            case Dots(direction):
                return DOTS[direction]
            case Matrix(rows):
                return "[" + "; ".join(", ".join(self(cell) for cell in row) for row in rows) + "]"
            case Labelled(body) | Marked(body):
                return self(body)
            case Relation(sides, sign):
                return f" {sign} ".join(self(side) for side in sides)
        raise TypeError(f"no text for {type(node).__name__}")

    def _symbol(self, symbol: Symbol, role: str) -> str:
        letter = self.style.letter(role)
        if letter is None:
            return self(self.style.as_partial(symbol))
        index = unicode_letter(self.style.indices(symbol))
        index = f"({index})" if set("+-") & set(index) else index
        plain = unicode_letter(letter)
        return plain + (("," if "_" in plain else "_") + index if index else "")

    def _part(self, node: Node) -> str:
        """A part of a quotient, or what bears an exponent: anything with an operator in brackets."""
        fraction = isinstance(node, Number) and Fraction(node.value).denominator != 1
        return f"({self(node)})" if fraction or isinstance(node, Product | Ratio) else self._factor(node)

    def _factor(self, node: Node) -> str:
        return f"({self(node)})" if isinstance(node, Sum | Negative | Infix) else self(node)
