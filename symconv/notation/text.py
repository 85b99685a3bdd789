"""Plain text of the tree: one line, for terminals, messages and comparison by eye."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from symconv.notation.letters import unicode_letter
from symconv.notation.tree import (
    Applied,
    Arrow,
    Big,
    Blank,
    Bounded,
    Bracketed,
    Branch,
    Call,
    Cases,
    Ceiling,
    Decimal,
    Delta,
    Diagram,
    Differential,
    Divides,
    Dots,
    Floor,
    Function,
    Index,
    Indexed,
    Infix,
    Inner,
    Inside,
    Iverson,
    Labelled,
    Letter,
    Listed,
    Marked,
    Matrix,
    Named,
    Negative,
    Node,
    Number,
    Ones,
    Operation,
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
    Words,
    Zero,
    chains,
    parameter_text,
)

OPERATORS = {"correlate": "⊗", "convolve": "*", "hadamard": "⊙", "divide": "⊘"}
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
            case Decimal():
                text, power = node.parts()
                return text if power is None else f"{text}·10^{power}"
            case Bracketed(body):
                return f"({self(body)})"
            case Letter(letter):
                return unicode_letter(letter)
            case Symbol(role):
                return self._symbol(node, role)
            case Partial(over, under):
                sign = "d" if node.total else "∂"
                return f"{sign}{self(over)}/{sign}{self(under)}"
            case Ratio(over, under):
                return f"{self._part(over)}/{self._part(under)}"
            case Sum(terms):
                return " + ".join(self(term) for term in terms).replace("+ -", "- ")
            case Negative(term):
                return f"-{self._factor(term)}"
            case Product(factors):
                return "·".join(self._factor(factor) for factor in factors)
            case Power(base, exponent):
                return f"{self._part(base)}^{self._part(exponent)}"
            case Function(name, arguments, primes):
                inside = ", ".join(map(self, arguments))
                return f"{unicode_letter(name)}{chr(39) * primes}({inside})"
            case Cases(branches):
                return "{" + "; ".join(map(self, branches)) + "}"
            case Branch(value, condition):
                return f"{self(value)} if {self(condition)}"
            case Delta(left, right):
                return f"δ_{unicode_letter(self.style.indices(Symbol('', (left, right))))}"
            case Index():
                return unicode_letter(self.style.indices(Symbol("", (node,))))
            case Divides(divisor, body):
                return f"{self(divisor)} | {unicode_letter(self.style.expression(body))}"
            case Inside(place, size):
                start, sign = self.style.index_base, "≤" if self.style.index_base else "<"
                index = unicode_letter(self.style.indices(Symbol("", (place,))))
                return f"{start} ≤ {index} {sign} {self(size)}"
            case Iverson(rows):
                return f"[{', '.join(self(condition) for row in rows for condition in row)}]"
            case Ones():
                return "1"
            case Ceiling(body):
                return f"⌈{self(body)}⌉"
            case Floor(body):
                return f"⌊{self(body)}⌋"
            case Big(variables, body):
                return f"Σ_{','.join(map(unicode_letter, variables))} {self._factor(body)}"
            case Transpose(body):
                return f"({self(body)})ᵀ" if isinstance(body, Transpose) else f"{self._part(body)}ᵀ"
            case Infix(operator, left, right, stride):
                sign = OPERATORS[operator] + (f"_{parameter_text(stride, '×')}" if stride else "")
                first = self(left) if chains(node) else self._factor(left)
                return f"{first} {sign} {self._factor(right)}"
            case Call(function, arguments, parameters):
                inside = ", ".join(self(argument) for argument in arguments)
                subscript = f"_{_bracketed(parameter_text(parameters, '×', self))}" if parameters else ""
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
            case Arrow(name, _, back):
                return f"←{name}—" if back else f"—{name}→"
            case Diagram(rows):
                return "; ".join(" ".join(filter(None, map(self, row))) for row in rows)
            case Blank():
                return ""
            case Named(letter, lower, upper, primes):
                return f"{unicode_letter(letter)}{chr(39) * primes}{_script('_', lower)}{_script('^', upper)}"
            case Applied(head, arguments):
                return f"{self(head)}({', '.join(map(self, arguments))})"
            case Operation(sign, left, right, lower):
                return f"{self._part(left)} {sign}{_script('_', lower)} {self._part(right)}"
            case Differential(sign, body, lower):
                return f"{sign}{_script('_', lower)}{' ' if lower else ''}{self._part(body)}"
            case Indexed(body, lower):
                return f"({self(body)}){_script('_', lower)}"
            case Bounded(sign, below, above, body):
                limits = f"_({', '.join(map(self, below))})" if below else ""
                limits += f"^({', '.join(map(self, above))})" if above else ""
                return f"{sign}{limits} {self._factor(body)}"
            case Words(text):
                return text
            case Listed(items):
                return f"({', '.join(map(self, items))})"
            case Labelled(body) | Marked(body):
                return self(body)
            case Relation(sides):
                rest = (f" {node.sign_before(at)} {self(side)}" for at, side in enumerate(sides[1:], start=1))
                return self(sides[0]) + "".join(rest)
        raise TypeError(f"no text for {type(node).__name__}")

    def _symbol(self, symbol: Symbol, role: str) -> str:
        letter = self.style.letter(role)
        if letter is None:
            return self(self.style.as_partial(symbol))
        index = unicode_letter(self.style.indices(symbol))
        index = f"({index})" if set("+-/") & set(index) else index
        plain = unicode_letter(letter)
        return plain + (("," if "_" in plain else "_") + index if index else "")

    def _part(self, node: Node) -> str:
        """A part of a quotient, or what bears an exponent: anything with an operator in brackets."""
        fraction = isinstance(node, Number) and Fraction(node.value).denominator != 1
        fraction |= isinstance(node, Symbol) and self.style.letter(node.role) is None
        compound = isinstance(node, Product | Ratio | Power | Big)
        return f"({self(node)})" if fraction or compound else self._factor(node)

    def _factor(self, node: Node) -> str:
        return f"({self(node)})" if isinstance(node, Sum | Negative | Infix | Operation) else self(node)


def _bracketed(subscript: str) -> str:
    """A subscript in brackets where it is more than one word."""
    return f"({subscript})" if " " in subscript else subscript


_BRACKETED = re.compile(r"[(\[][^()\[\]]*[)\]][T']?")


def _script(mark: str, script: str) -> str:
    """A script as plain text, in brackets where it is more than letters, digits and commas and has none of its own."""
    text = unicode_letter(script).replace(" ", "")
    if not text:
        return ""
    bare = all(sign.isalnum() or sign == "," for sign in text) or _BRACKETED.fullmatch(text)
    return mark + (text if bare else f"({text})")
