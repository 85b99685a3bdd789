"""SymPy expressions as notation mean what they meant."""

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from symconv.meaning.deciding import decided
from symconv.meaning.evaluate import Meaning
from symconv.meaning.symbolic import SYMBOLIC
from symconv.notation.expressions import tree_of
from symconv.notation.latex import LatexPrinter
from symconv.notation.tree import Letter, Style, Symbol
from tests.strategies import examples

x, y = sympy.symbols("x y")
leaves = st.sampled_from([x, y, sympy.Integer(-3), sympy.Rational(-2, 3), sympy.pi])


def grown(inner):
    return st.one_of(
        st.builds(sympy.Add, inner, inner),
        st.builds(sympy.Mul, inner, inner),
        st.builds(lambda a: (1 + a**2) ** -2, inner),
        st.builds(lambda a: sympy.exp(-a), inner),
        st.builds(lambda a: sympy.sqrt(1 + a**2), inner),
        st.builds(lambda a: sympy.erf(a), inner),
        st.builds(lambda a: sympy.tanh(a), inner),
    )


@examples(200)
@given(st.recursive(leaves, grown, max_leaves=5))
def test_a_tree_evaluated_again_is_the_expression(expression):
    found = Meaning(SYMBOLIC, {}, constants={"x": x, "y": y})(tree_of(expression, {}))
    assert decided(found.entries.item(), expression) == "equal"


@pytest.mark.parametrize(
    ("expression", "latex"),
    [
        (-x, "-x"),
        (1 - x, "1 - x"),
        (sympy.Rational(-1, 2) * x, r"-\frac{x}{2}"),
        (x / sympy.sqrt(y), r"\frac{x}{\sqrt{y}}"),
        (sympy.exp(-x) / (1 + sympy.exp(-x)) ** 2, r"\frac{e^{-x}}{\left( 1 + e^{-x} \right)^{2}}"),
        (sympy.Piecewise((1, x > 0), (y, x < 0)), r"\begin{cases} 1 & x > 0 \\ y & x < 0 \end{cases}"),
    ],
)
def test_what_it_looks_like(expression, latex):
    assert LatexPrinter(Style())(tree_of(expression, {})) == latex


def test_symbols_may_stand_for_entries():
    assert tree_of(x, {x: Symbol("X", (0,))}) == Symbol("X", (0,))
    assert tree_of(x, {}) == Letter("x")


def test_what_has_no_notation_says_so():
    with pytest.raises(ValueError, match="has no notation"):
        tree_of(sympy.gamma(x), {})
