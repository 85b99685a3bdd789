"""Both printers, node by node: LaTeX in the subset that readers share, and one line of text."""

from dataclasses import dataclass
from fractions import Fraction

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from symconv.notation import tree
from symconv.notation.latex import LatexPrinter
from symconv.notation.layout import Display
from symconv.notation.text import TextPrinter
from symconv.notation.tree import (
    Big,
    Bracketed,
    Branch,
    Call,
    Cases,
    Ceiling,
    Decimal,
    Delta,
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
    Partial,
    Place,
    Position,
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
    equals,
    letter_index,
    walk,
)
from tests.strategies import examples
from tests.tools import github_refuses, katex_errors

X, F, G, C = (Symbol(role) for role in "XFGC")
OUTPUT = Symbol("O")
A, B = Letter("A"), Letter("B")
ONE, TWO = Number(1), Number(2)
ENTRY = Symbol("X", (0, 1))
SUM = Sum((A, B))
DISTANCE = Sum((Position("p"), Negative(Product((Letter("s"), Position("i"))))))
PLACE = Place(body=DISTANCE)
COLOURS = {"X": "#0072B2", "zero": "#808080"}

CASES = [
    (Number(0), "0", "0"),
    (Power(ENTRY, Number(2)), "X_{12}^{2}", "X_12^2"),
    (Power(Sum((A, B)), Negative(Number(Fraction(3, 2)))), r"\left( A + B \right)^{-3/2}", "(A + B)^(-3/2)"),
    (Power(Function("exp", (A,)), Number(2)), r"\left( e^{A} \right)^{2}", "exp(A)^2"),
    (Function("exp", (Negative(ENTRY),)), "e^{-X_{12}}", "exp(-X_12)"),
    (Function("sqrt", (Sum((A, B)),)), r"\sqrt{A + B}", "sqrt(A + B)"),
    (Function("log", (ENTRY,)), r"\log X_{12}", "log(X_12)"),
    (Function("log", (Sum((A, B)),)), r"\log\left( A + B \right)", "log(A + B)"),
    (Function("max", (Number(0), A)), r"\max\left( 0,\, A \right)", "max(0, A)"),
    (Function(r"\sigma", (ENTRY,), 1), r"\sigma'\left( X_{12} \right)", "σ'(X_12)"),
    (Function(r"\mathrm{ReLU}", (A,)), r"\mathrm{ReLU}\left( A \right)", "ReLU(A)"),
    (
        Cases((Branch(A, Relation((A, Number(0)), ">")), Branch(Number(0), Relation((A, Number(0)), "≤")))),
        r"\begin{cases} A & A > 0 \\ 0 & A \le 0 \end{cases}",
        "{A if A > 0; 0 if A ≤ 0}",
    ),
    (Delta(0, 1), r"\delta_{12}", "δ_12"),
    (PLACE, r"p-s(i-1)", "p-s(i-1)"),
    (Place(body=Ratio(DISTANCE, Letter("d"))), r"(p-s(i-1)-1)/d+1", "(p-s(i-1)-1)/d+1"),
    (Place(body=Sum((Letter("k"), Negative(ONE), Negative(Position("u"))))), "k+1-u", "k+1-u"),
    (Symbol("F", (PLACE, 0)), r"F_{p-s(i-1),1}", "F_(p-s(i-1),1)"),
    (Delta(Place(body=Position("p")), PLACE), r"\delta_{p,p-s(i-1)}", "δ_p,p-s(i-1)"),
    (Divides(TWO, DISTANCE), r"2 \mid p-s(i-1)-1", "2 | p-s(i-1)-1"),
    (Inside(PLACE, Letter("k")), r"1 \le p-s(i-1) \le k", "1 ≤ p-s(i-1) ≤ k"),
    (Iverson(((Divides(TWO, Position("i")), Inside(PLACE, A)),)),
     r"\left[ 2 \mid i-1,\; 1 \le p-s(i-1) \le A \right]", "[2 | i-1, 1 ≤ p-s(i-1) ≤ A]"),
    (Iverson(((Inside(PLACE, A),), (Inside(PLACE, B),))),
     r"\left[ \begin{array}{l} 1 \le p-s(i-1) \le A \\ 1 \le p-s(i-1) \le B \end{array} \right]",
     "[1 ≤ p-s(i-1) ≤ A, 1 ≤ p-s(i-1) ≤ B]"),
    (Product((Delta(0, 1), Delta(1, 0))), r"\delta_{12} \delta_{21}", "δ_12·δ_21"),
    (Product((A, Ones())), r"A \mathbf{1}", "A·1"),
    (
        Infix("hadamard", Infix("hadamard", A, B), Sum((A, B))),
        r"A \odot B \odot \left( A + B \right)",
        "A ⊙ B ⊙ (A + B)",
    ),
    (Number(-3), "-3", "-3"),
    (Number(Fraction(1, 12)), r"\frac{1}{12}", "1/12"),
    (Number(Fraction(-2, 3)), r"-\frac{2}{3}", "-2/3"),
    (Number(Fraction(4, 2)), "2", "2"),
    (A, "A", "A"),
    (Letter(r"\alpha"), r"\alpha", "α"),
    (Letter("n_{1}"), "n_{1}", "n_1"),
    (X, "X", "X"),
    (ENTRY, "X_{12}", "X_12"),
    (Symbol("X", (0, 10)), "X_{1,11}", "X_1,11"),
    (Symbol("F", (1, 0), slice=True), "F_{2,1}", "F_2,1"),
    (G, r"\frac{\partial L}{\partial O}", "∂L/∂O"),
    (Symbol("dX", (0, 0)), r"\frac{\partial L}{\partial X_{11}}", "∂L/∂X_11"),
    (Symbol("db", ()), r"\frac{\partial L}{\partial b}", "∂L/∂b"),
    (Symbol("l"), r"\ell", "ℓ"),
    (Partial(OUTPUT, F), r"\frac{\partial O}{\partial F}", "∂O/∂F"),
    (SUM, "A + B", "A + B"),
    (Sum((A, Negative(B))), "A - B", "A - B"),
    (Sum((Negative(A), B)), "-A + B", "-A + B"),
    (Sum((A, Negative(SUM))), r"A - \left( A + B \right)", "A - (A + B)"),
    (Negative(A), "-A", "-A"),
    (Negative(SUM), r"-\left( A + B \right)", "-(A + B)"),
    (Product((TWO, A)), "2 A", "2·A"),
    (Product((A, SUM)), r"A \left( A + B \right)", "A·(A + B)"),
    (Product((A, Negative(B))), r"A \left( -B \right)", "A·(-B)"),
    (Product((TWO, TWO)), r"2 \cdot 2", "2·2"),
    (Product((TWO, SUM)), r"2 \cdot \left( A + B \right)", "2·(A + B)"),
    (Product((C, Call("vec", (X,)))), r"C \, \mathrm{vec}\left( X \right)", "C·vec(X)"),
    (Product((Number(Fraction(1, 2)), Infix("correlate", X, F))),
     r"\frac{1}{2} \left( X \otimes F \right)", "1/2·(X ⊗ F)"),
    (Ratio(A, B), r"\frac{A}{B}", "A/B"),
    (Ratio(SUM, TWO), r"\frac{A + B}{2}", "(A + B)/2"),
    (Ceiling(Ratio(A, B)), r"\left\lceil \frac{A}{B} \right\rceil", "⌈A/B⌉"),
    (Infix("hadamard", A, Infix("divide", B, A)), r"A \odot \left( B \oslash A \right)", "A ⊙ (B ⊘ A)"),
    (Floor(Ratio(A, B)), r"\left\lfloor \frac{A}{B} \right\rfloor", "⌊A/B⌋"),
    (Big(("i", "j"), A), r"\sum_{ij} A", "Σ_i,j A"),
    (Big((r"\nu", "i"), A), r"\sum_{\nu,i} A", "Σ_ν,i A"),
    (Big(("i",), SUM), r"\sum_{i} \left( A + B \right)", "Σ_i (A + B)"),
    (Transpose(C), r"C^{\top}", "Cᵀ"),
    (Transpose(SUM), r"\left( A + B \right)^{\top}", "(A + B)ᵀ"),
    (Infix("correlate", X, F), r"X \otimes F", "X ⊗ F"),
    (Infix("correlate", X, F, (2, 2)), r"X \otimes_{2} F", "X ⊗_2 F"),
    (Infix("correlate", X, F, (2, 3)), r"X \otimes_{2 \times 3} F", "X ⊗_2×3 F"),
    (Infix("convolve", X, F), r"X \ast F", "X * F"),
    (Infix("correlate", SUM, Infix("convolve", A, B)), r"\left( A + B \right) \otimes \left( A \ast B \right)",
     "(A + B) ⊗ (A * B)"),
    (Call("rot180", (F,)), r"\mathrm{rot180}\left( F \right)", "rot180(F)"),
    (Call("pad", (X,), (1, 1)), r"\mathrm{pad}_{1}\left( X \right)", "pad_1(X)"),
    (Call("pad", (X,), ((0, 1), (2, 2))), r"\mathrm{pad}_{0:1 \times 2}\left( X \right)", "pad_0:1×2(X)"),
    (Call("f", (A, B)), r"\mathrm{f}\left( A,\, B \right)", "f(A, B)"),
    (Slice(Call("pad", (G,), (1,)), 1),
     r"{\mathrm{pad}_{1}\left( \frac{\partial L}{\partial O} \right)}_{2}",
     "pad_1(∂L/∂O)_2"),
    (Inner(G, Partial(OUTPUT, ENTRY)),
     r"\left\langle \frac{\partial L}{\partial O},\, \frac{\partial O}{\partial X_{12}} \right\rangle_{F}",
     "⟨∂L/∂O, ∂O/∂X_12⟩_F"),
    (Zero(), r"{\color{#808080}{0}}", "0"),
    (Zero("padding"), r"{\color{#808080}{0}}", "0"),
    (Zero("inserted"), r"{\color{#808080}{\underline{0}}}", "0"),
    (Dots("row"), r"\cdots", "…"),
    (Dots("column"), r"\vdots", "…"),
    (Dots("corner"), r"\ddots", "…"),
    (Dots("sum"), r"\cdots", "…"),
    (Matrix(((A, B), (ONE, TWO))), r"\begin{bmatrix} A & B \\ 1 & 2 \end{bmatrix}", "[A, B; 1, 2]"),
    (Matrix(((G,), (A,))),
     r"\begin{bmatrix} \dfrac{\partial L}{\partial O} \\[12pt] A \end{bmatrix}", "[∂L/∂O; A]"),
    (Labelled(Matrix(((A, B),)), X, (1, 2)),
     r"\underbrace{\begin{bmatrix} A & B \end{bmatrix}}_{X\;(1 \times 2)}", "[A, B]"),
    (Marked(ENTRY, "X"), r"{\color{#0072B2}{X_{12}}}", "X_12"),
    (Marked(ENTRY, "X", framed=True), r"\boxed{{\color{#0072B2}{X_{12}}}}", "X_12"),
    (Marked(A, "a role without a colour"), "A", "A"),
    (equals(A, B, TWO), "A = B = 2", "A = B = 2"),
    (Relation((F, A), "←"), r"F \leftarrow A", "F ← A"),
    (Relation((A, B, TWO), signs=("=", "≈")), r"A = B \approx 2", "A = B ≈ 2"),
    (Partial(A, B, total=True), r"\frac{dA}{dB}", "dA/dB"),
    (Decimal(367879, -6), "0.367879", "0.367879"),
    (Decimal(-123457, 7), r"-1.23457 \cdot 10^{12}", "-1.23457·10^12"),
    (Product((Bracketed(Decimal(-15, -1)), TWO)), r"\left( -1.5 \right) \cdot 2", "(-1.5)·2"),
    (
        tree.Diagram(((A, tree.Arrow("conv1", (B,)), ENTRY), (ONE, tree.Arrow(back=True), tree.Blank()))),
        r"\begin{matrix} A & \xrightarrow[B]{\mathrm{conv1}} & X_{12} \\[6pt] 1 & \longleftarrow &  \end{matrix}",
        "A —conv1→ X_12; 1 ←—",
    ),
    (tree.Applied(tree.Named("f"), (A,)), r"f\left( A \right)", "f(A)"),
    (tree.Bounded("∑", (tree.Named("i"),), (TWO,), tree.Named("x", "i")), r"\sum_{i}^{2} x_{i}", "∑_(i)^(2) x_i"),
    (tree.Differential("d", A), r"\mathrm{d} A", "dA"),
    (tree.Indexed(Matrix(((A,),)), "1"), r"\left( \begin{bmatrix} A \end{bmatrix} \right)_{1}", "([A])_1"),
    (tree.Listed((A, ONE)), r"\left( A,\, 1 \right)", "(A, 1)"),
    (tree.Operation("⊙", A, B), r"A \odot B", "A ⊙ B"),
    (tree.Words("for all"), r"\text{for all}", "for all"),
]  # fmt: skip


@pytest.mark.parametrize(("node", "latex"), [(node, latex) for node, latex, _ in CASES])
def test_latex(node, latex):
    assert LatexPrinter(Style(), COLOURS)(node) == latex


@pytest.mark.parametrize(("node", "text"), [(node, text) for node, _, text in CASES])
def test_text(node, text):
    assert TextPrinter(Style())(node) == text


def test_the_table_has_every_kind_of_node():
    kinds = {kind for kind in vars(tree).values() if isinstance(kind, type) and issubclass(kind, Node)}
    shown = {type(part) for node, _, _ in CASES for part in walk(node)}
    assert shown == kinds - {Node, Index}


def test_readers_accept_every_kind_of_node():
    printed = [latex for _, latex, _ in CASES]
    assert katex_errors(printed) == []
    assert [refused for block in printed for refused in github_refuses(block, inline=True)] == []


@pytest.mark.parametrize("printer", [LatexPrinter(Style()), TextPrinter(Style())])
def test_an_unknown_node_is_named(printer):
    @dataclass(frozen=True)
    class Unknown(Node):
        pass

    with pytest.raises(TypeError, match=r"no (LaTeX|text) for Unknown"):
        printer(Unknown())


def test_without_colours_nothing_is_coloured():
    plain = LatexPrinter(Style())
    assert plain(Marked(ENTRY, "X", framed=True)) == r"\boxed{X_{12}}"
    assert plain(Zero("inserted")) == r"\underline{0}"


# Letters of the user's own

LETTERS = Style({"X": "W_{1}", "F": "K^{l}", "G": r"\delta", "L": r"\mathcal{L}", "C": "T^{l}"})


@pytest.mark.parametrize(
    ("node", "latex", "text"),
    [
        (X, "W_{1}", "W_1"),
        (ENTRY, "W_{1,12}", "W_1,12"),
        (Symbol("F", (0, 1)), "K^{l}_{12}", "K^l_12"),
        (Symbol("G", (0, 1)), r"\delta_{12}", "δ_12"),
        (Symbol("dX"), r"\frac{\partial \mathcal{L}}{\partial W_{1}}", "∂L/∂W_1"),
    ],
)
def test_letters_with_marks_of_their_own(node, latex, text):
    assert LatexPrinter(LETTERS)(node) == latex
    assert TextPrinter(LETTERS)(node) == text


def test_a_letter_with_a_superscript_can_be_transposed():
    assert katex_errors([LatexPrinter(LETTERS)(Transpose(C))]) == []


def test_with_a_mean_over_the_batch_a_gradient_at_the_output_is_that_of_one_example():
    style = Style(batch_mean=True)
    assert LatexPrinter(style)(Symbol("G", (0, 1))) == r"\frac{\partial \ell}{\partial O_{12}}"
    assert LatexPrinter(style)(Symbol("dX", (0, 1))) == r"\frac{\partial L}{\partial X_{12}}"


# Displays


ALIGNED = "\\begin{{aligned}}\n{}\n\\end{{aligned}}"


@pytest.mark.parametrize(
    ("display", "latex"),
    [
        (Display((equals(A, B),)), "A = B"),
        (Display((equals(A, B), Dots("column"))), ALIGNED.format("A &= B \\\\\n&\\vdots")),
        (Display((equals(A, B, TWO),)), ALIGNED.format("A &= B \\\\\n&= 2")),
        (Display((equals(A, B),), boxed=True), r"\boxed{\;A = B\;}"),
        (Display((equals(A, B),) * 2, "packed"), r"A = B \qquad A = B"),
        (Display((equals(A, B),) * 4, "packed", columns=2),
         ALIGNED.format("A &= B &\\qquad A &= B \\\\\nA &= B &\\qquad A &= B")),
        (Display((equals(A, B), Relation((A, B), "←")), "packed"), r"A = B \qquad A \leftarrow B"),
    ],
)  # fmt: skip
def test_a_display_is_one_line_or_aligned(display, latex):
    printed = LatexPrinter(Style()).display(display)
    assert printed == latex
    assert katex_errors([printed]) == []


# Anything

letters = st.sampled_from([A, B, Letter(r"\alpha"), X, F, G, C, OUTPUT, Symbol("dX")])
small = st.integers(0, 12)
symbols = st.builds(Symbol, st.sampled_from([*"XFOGbC", "dX", "dF", "db"]), st.tuples(small, small), st.booleans())
indices = st.builds(Index, st.tuples(st.tuples(st.sampled_from("ijuv"), st.integers(-3, 3))), st.integers(-3, 3))
numbers = st.builds(Number, st.fractions(-3, 3, max_denominator=4))
zeros = st.builds(Zero, st.sampled_from(["empty", "inserted", "padding"]))
dots = st.builds(Dots, st.sampled_from(["row", "column", "corner", "sum"]))
leaves = letters | symbols | numbers | zeros | dots | st.builds(Symbol, st.just("X"), st.tuples(indices, indices))


def branches(nodes):
    pairs = st.tuples(nodes, nodes)
    strides = st.sampled_from([(), (2,), (2, 3)])
    return st.one_of(
        st.builds(Sum, pairs),
        st.builds(Negative, nodes),
        st.builds(Product, pairs),
        st.builds(Ratio, nodes, nodes),
        st.builds(Ceiling, nodes),
        st.builds(Floor, nodes),
        st.builds(Partial, symbols, symbols),
        st.builds(Big, st.sampled_from([("i",), ("i", "j"), (r"\nu", "i")]), nodes),
        st.builds(Transpose, nodes),
        st.builds(Infix, st.sampled_from(["correlate", "convolve"]), nodes, nodes, strides),
        st.builds(Call, st.sampled_from(["pad", "vec"]), pairs, st.sampled_from([(), (1, 1), ((0, 1), (2, 2))])),
        st.builds(Inner, nodes, nodes),
        st.builds(Matrix, st.tuples(pairs, pairs)),
        st.builds(Labelled, nodes, symbols, st.just((2, 3))),
        st.builds(Marked, nodes, st.sampled_from(["X", "G"]), st.booleans()),
    )


trees = st.recursive(leaves, branches, max_leaves=8)
styles = st.sampled_from([Style(), Style(index_base=0), LETTERS])


@given(st.lists(trees, min_size=40, max_size=40), styles)
@settings(examples(6), phases=[Phase.generate])
def test_readers_accept_any_tree(nodes, style):
    printed = [LatexPrinter(style, COLOURS)(node) for node in nodes]
    assert katex_errors(printed) == []
    assert [refused for block in printed for refused in github_refuses(block, inline=True)] == []


@given(trees, styles)
@examples(100)
def test_text_is_one_line_without_latex(node, style):
    text = TextPrinter(style)(node)
    assert text
    assert not set(text) & set("\n\\{}$")


def test_a_general_index_is_read_in_the_base_of_the_style():
    node = Symbol("X", (Index((("i", 2), ("u", 1))), letter_index("j")))
    assert LatexPrinter(Style())(node) == "X_{2i+u-2,j}"
    assert LatexPrinter(Style(index_base=0))(node) == "X_{2i+u,j}"
