"""How wide notation is taken to be, compared with what LaTeX sets."""

import re
from dataclasses import dataclass
from fractions import Fraction

import pytest

from symconv.notation.latex import LatexPrinter
from symconv.notation.measure import is_tall, width
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
    Style,
    Sum,
    Symbol,
    Transpose,
    Zero,
    equals,
)
from tests.tools import latex_log

STYLE = Style()
A, X, F, G = Letter("A"), Symbol("X"), Symbol("F"), Symbol("G")
ENTRIES = tuple(Symbol("X", (i, i)) for i in range(8))
GRADIENTS = tuple(Symbol("G", (i, i)) for i in range(8))
PRODUCTS = tuple(Product(pair) for pair in zip(GRADIENTS, ENTRIES, strict=True))

NODES = [
    Number(224),
    Letter("n"),
    ENTRIES[0],
    Symbol("F", (0, 10)),
    Symbol("F", (11, 0, 2, 2)),
    G,
    GRADIENTS[0],
    Partial(Symbol("O", (0, 0)), Symbol("F", (1, 1))),
    Sum(ENTRIES),
    Sum(PRODUCTS),
    Negative(Sum(ENTRIES)),
    Product((G, X)),
    PRODUCTS[0],
    Ratio(Sum((A, A)), A),
    Floor(Ratio(Sum((A, A, A, A)), A)),
    Big(("i", "j"), PRODUCTS[0]),
    Transpose(X),
    Infix("correlate", X, F),
    Infix("correlate", X, F, (2, 3)),
    Call("rot180", (F,)),
    Call("pad", (G,), ((1, 2), (0, 1))),
    Inner(G, Partial(Symbol("O"), ENTRIES[0])),
    Zero(),
    Dots("row"),
    Dots("sum"),
    Matrix((ENTRIES, ENTRIES)),
    Matrix((GRADIENTS,)),
    Matrix((tuple(map(Zero, ["padding"] * 8)),)),
    Labelled(Matrix((ENTRIES[:1],)), Call("pad", (Call("spread", (G,), (2,)),), ((1, 2), (0, 1))), (5, 5)),
    Marked(ENTRIES[0], "X"),
    Matrix((tuple(Marked(entry, "X", framed=True) for entry in ENTRIES),)),
    equals(Symbol("dF", (0, 0)), Sum(PRODUCTS[:4])),
]


@pytest.fixture(scope="module")
def set_widths():
    """What LaTeX sets each node to, in em."""
    boxes = "\n".join(
        rf"\settowidth{{\dimen0}}{{$\displaystyle {printed}$}}\typeout{{width: \the\dimen0}}"
        for printed in map(LatexPrinter(STYLE), NODES)
    )
    source = rf"\documentclass{{article}}\usepackage{{amsmath}}\begin{{document}}{boxes} x\end{{document}}"
    points = re.findall(r"^width: ([\d.]+)pt$", "\n".join(latex_log(source)), re.MULTILINE)
    return [float(number) / 10 for number in points]


@pytest.mark.parametrize("number", range(len(NODES)), ids=[type(node).__name__ for node in NODES])
def test_estimates_are_near_what_latex_sets(number, set_widths):
    estimate, real = width(NODES[number], STYLE), set_widths[number]
    assert real - 1.0 <= estimate * 1.25
    assert estimate * 0.75 <= real + 1.0


def test_a_letter_without_its_commands_is_what_counts():
    assert width(X, Style({"X": r"\mathcal{X}"})) == width(X, STYLE)
    assert width(G, Style({"G": r"\delta"})) < width(G, STYLE)


def test_an_unknown_node_is_named():
    @dataclass(frozen=True)
    class Unknown(Node):
        pass

    with pytest.raises(TypeError, match="no width for Unknown"):
        width(Unknown(), STYLE)


@pytest.mark.parametrize(
    "node",
    [
        G,
        Number(Fraction(1, 2)),
        Ratio(A, A),
        Partial(X, F),
        Sum((A, G)),
        Product((A, G)),
        Negative(G),
        Marked(G, "G"),
        Infix("correlate", X, G),
        Call("pad", (G,)),
        Big(("i",), G),
        Matrix(((A, G),)),
        Labelled(Matrix(((G,),)), G, (1, 1)),
        equals(A, G),
        Transpose(G),
        Inner(G, X),
        Floor(Ratio(A, A)),
    ],
    ids=lambda node: type(node).__name__,
)
def test_what_holds_a_fraction_is_tall(node):
    assert is_tall(node, STYLE)


@pytest.mark.parametrize("node", [A, X, Zero(), Sum((X, F)), Matrix(((X,),)), Infix("correlate", X, F), equals(X, F)])
def test_what_holds_none_is_not(node):
    assert not is_tall(node, STYLE)


def test_a_gradient_with_a_letter_of_its_own_is_not_tall():
    assert not is_tall(G, Style({"G": r"\delta"}))
