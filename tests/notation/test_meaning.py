"""Printed arithmetic, read again by the usual rules of precedence, means what the tree means."""

import re
from fractions import Fraction
from math import prod

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from symconv.notation.latex import LatexPrinter
from symconv.notation.text import TextPrinter
from symconv.notation.tree import Letter, Negative, Node, Number, Product, Ratio, Style, Sum, Transpose
from tests.strategies import examples

VALUES = {"A": Fraction(3), "B": Fraction(7), "D": Fraction(-11, 5)}
"""Powers stand in for transposes: both bind to what is right before them."""


def meaning(node: Node) -> Fraction:
    match node:
        case Number(value):
            return Fraction(value)
        case Letter(letter):
            return VALUES[letter]
        case Sum(terms):
            return sum(map(meaning, terms), Fraction(0))
        case Negative(term):
            return -meaning(term)
        case Product(factors):
            return prod(map(meaning, factors))
        case Ratio(over, under):
            return meaning(over) / meaning(under)
        case Transpose(body):
            return meaning(body) ** 3
    raise TypeError(node)


def read_text(text: str) -> Fraction:
    return calculated(text.replace("·", "*").replace("ᵀ", "**3").replace(" ", ""))


def read_latex(latex: str) -> Fraction:
    """Fractions become quotients in parentheses, and what only a space divides is multiplied: A -2 is a difference."""
    plain = latex.replace(r"^{\top}", "**3").replace(r"\frac{", "((").replace("}{", ")/(").replace("}", "))")
    plain = re.sub(r"\\left\( | \\right\)|\\left\(|\\right\)", lambda bracket: "()"["right" in bracket[0]], plain)
    plain = re.sub(r" ?([+-]) ?", r"\1", plain.replace(r" \cdot ", "*"))
    return calculated(plain.replace(" ", "*"))


def calculated(expression: str) -> Fraction:
    assert not re.search(r"[^-+*/()\dABD]", expression)
    return eval(re.sub(r"(?<!\*\*)\b\d+", r"Fraction(\g<0>)", expression), {"Fraction": Fraction, **VALUES})


letters = st.sampled_from([Letter(letter) for letter in VALUES])
numbers = st.builds(Number, st.fractions(-3, 3, max_denominator=4))


def branches(nodes: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    several = st.lists(nodes, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        st.builds(Sum, several),
        st.builds(Product, several),
        st.builds(Negative, nodes),
        st.builds(Ratio, nodes, nodes),
        st.builds(Transpose, nodes),
    )


PRINTERS = {"latex": (LatexPrinter, read_latex), "text": (TextPrinter, read_text)}


@pytest.mark.parametrize(("printer", "read"), PRINTERS.values(), ids=PRINTERS)
@given(st.recursive(letters | numbers, branches, max_leaves=6))
@examples(300)
def test_print_then_read_is_the_same(printer, read, node):
    try:
        expected = meaning(node)
    except ZeroDivisionError:
        assume(False)
    assert read(printer(Style())(node)) == expected
