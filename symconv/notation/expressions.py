"""SymPy expressions as notation, in the shape that SymPy gives them: nothing is simplified on the way."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import sympy

from symconv.notation.tree import (
    Branch,
    Cases,
    Function,
    Letter,
    Negative,
    Node,
    Number,
    Power,
    Ratio,
    Relation,
    product,
    total,
)

FUNCTIONS: Mapping[type[sympy.Expr], str] = {
    sympy.exp: "exp", sympy.log: "log", sympy.erf: "erf", sympy.tanh: "tanh", sympy.Abs: "abs", sympy.Max: "max",
}  # fmt: skip
SIGNS = {
    sympy.StrictGreaterThan: ">", sympy.StrictLessThan: "<", sympy.GreaterThan: "≥", sympy.LessThan: "≤",
    sympy.Equality: "=", sympy.Unequality: "≠",
}  # fmt: skip


def tree_of(expression: sympy.Expr, symbols: Mapping[sympy.Symbol, Node]) -> Node:
    """The tree of an expression; a symbol that `symbols` does not know is a letter of that name.

    Raises `ValueError` for what has no notation.

    >>> from symconv.notation.text import TextPrinter
    >>> from symconv.notation.tree import Style
    >>> z = sympy.Symbol("z")
    >>> TextPrinter(Style())(tree_of(sympy.diff(1 / (1 + sympy.exp(-z)), z), {}))
    'exp(-z)/((1 + exp(-z))^2)'
    """
    return _Reader(symbols).node(expression)


class _Reader:
    def __init__(self, symbols: Mapping[sympy.Symbol, Node]) -> None:
        self._symbols = symbols

    def node(self, expression: sympy.Expr) -> Node:
        if expression.is_Rational:
            return _number(Fraction(int(expression.p), int(expression.q)))
        if expression.is_Symbol:
            return self._symbols.get(expression) or Letter(expression.name)
        if expression.is_Add:
            return total(tuple(self.node(term) for term in self._ordered(expression)))
        if expression.is_Mul:
            return self._product(expression)
        if expression.is_Pow:
            return self._power(expression)
        if expression is sympy.pi:
            return Letter(r"\pi")
        return self._special(expression)

    def _ordered(self, expression: sympy.Expr) -> list[sympy.Expr]:
        """The terms of a sum, numbers first, what is subtracted last."""
        terms = expression.as_ordered_terms()
        return sorted(terms, key=lambda term: (term.could_extract_minus_sign(), not term.is_number))

    def _special(self, expression: sympy.Expr) -> Node:
        if type(expression) in FUNCTIONS:
            return Function(FUNCTIONS[type(expression)], tuple(map(self.node, expression.args)))
        if isinstance(expression, sympy.Piecewise):
            pairs = [pair for pair in expression.args if pair[1] is not sympy.true]
            return Cases(tuple(Branch(self.node(value), self._relation(condition)) for value, condition in pairs))
        raise ValueError(f"{expression} has no notation")

    def _relation(self, condition: sympy.Basic) -> Relation:
        return Relation(tuple(map(self.node, condition.args)), SIGNS[type(condition)])  # type: ignore[arg-type]

    def _power(self, expression: sympy.Pow) -> Node:
        base, exponent = expression.args
        if exponent.is_Rational and exponent < 0:
            return Ratio(Number(1), self.node(1 / expression))
        if exponent == sympy.Rational(1, 2):
            return Function("sqrt", (self.node(base),))
        return Power(self.node(base), self.node(exponent))

    def _product(self, expression: sympy.Mul) -> Node:
        """Numbers and negative powers below the line, the sign in front."""
        coefficient, rest = expression.as_coeff_Mul()
        above = [self.node(factor) for factor in rest.as_ordered_factors() if not _is_below(factor)]
        below = [self.node(1 / factor) for factor in rest.as_ordered_factors() if _is_below(factor)]
        size = abs(coefficient)
        if size.p != 1:
            above.insert(0, Number(int(size.p)))
        if size.q != 1:
            below.insert(0, Number(int(size.q)))
        node = Ratio(product(tuple(above)), product(tuple(below))) if below else product(tuple(above))
        return Negative(node) if coefficient < 0 else node


def _is_below(factor: sympy.Expr) -> bool:
    return bool(factor.is_Pow and not isinstance(factor, sympy.exp) and factor.exp.is_Rational and factor.exp < 0)


def _number(value: Fraction) -> Node:
    return Number(value) if value >= 0 else Negative(Number(-value))
