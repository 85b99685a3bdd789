"""Notations that people use, and the trees that they are; what is refused, with its place."""

from fractions import Fraction

import pytest

from symconv.errors import InputError, UnreadError
from symconv.notation.reading import positions, read, read_list, split_index, statements
from symconv.notation.tree import (
    Applied,
    Big,
    Blank,
    Bounded,
    Branch,
    Cases,
    Ceiling,
    Decimal,
    Differential,
    Dots,
    Floor,
    Function,
    Index,
    Indexed,
    Inner,
    Iverson,
    Labelled,
    Listed,
    Matrix,
    Named,
    Negative,
    Number,
    Operation,
    Partial,
    Power,
    Product,
    Ratio,
    Relation,
    Style,
    Sum,
    Symbol,
    Transpose,
    Words,
)


def n(letter, lower="", upper="", primes=0):
    return Named(letter, lower, upper, primes)


A, B, C, D, X, Y = (n(letter) for letter in "abcdXY")
ONE, TWO, HALF = Number(1), Number(2), Number(Fraction(1, 2))
LOSS = Partial(n("L"), n("X", "11"))

NAMES = {
    "X_{12}": n("X", "12"),
    "X_{1,2}": n("X", "1,2"),
    r"X_{1,\,2}": n("X", "1,2"),
    "X_{1 2}": n("X", "12"),
    "X_i": n("X", "i"),
    "X_12": Product((n("X", "1"), TWO)),
    "x_{i+1,j+1}": n("x", "i+1,j+1"),
    r"x_{i + m,\, j + n}": n("x", "i+m,j+n"),
    r"x_{\nu i}": n("x", r"\nu i"),
    "{w}_{11}": n("w", "11"),
    r"{\color{red} w}_{11}": n("w", "11"),
    "X^{(l)}_{ij}": n("X", "ij", "(l)"),
    "X_{ij}^{(2, 1)}": n("X", "ij", "(2,1)"),
    "W^{l+1}_{11}": n("W", "11", "l+1"),
    "f'": n("f", primes=1),
    "f''": n("f", primes=2),
    "f^{'}": n("f", primes=1),
    r"f^\prime": n("f", primes=1),
    r"i'": n("i", primes=1),
    r"\hat{X}_i": n(r"\hat{X}", "i"),
    r"\mathcal{L}": n(r"\mathcal{L}"),
    r"\mathbf x": n(r"\mathbf{x}"),
    r"\boldsymbol{\delta}": n(r"\mathbf{\delta}"),
    r"\textit{O}_{11}": n("O", "11"),
    r"W_{\text{out}}": n("W", "out"),
    r"A_{patch_{ij}}": n("A", "patch_{ij}"),
    "O[1,2]": n("O", "1,2"),
    "x[i+1]": n("x", "i+1"),
    "W^T": Transpose(n("W")),
    r"W^{\top}": Transpose(n("W")),
    r"W^\intercal": Transpose(n("W")),
    "(W^{l+1})^T": Transpose(n("W", "", "l+1")),
    "X11": n("X", "11"),
    "x₁₂": n("x", "12"),
    "x²": n("x", "", "2"),
    "Wᵀ": Transpose(n("W")),
    "δ_{11}": n(r"\delta", "11"),
    r"\text{ReLU}": n("ReLU"),
}
ARITHMETIC = {
    "a + b - c": Sum((A, B, Negative(C))),
    "-a b + c": Sum((Negative(Product((A, B))), C)),
    "a - (b - c)": Sum((A, Negative(Sum((B, Negative(C)))))),
    "a (b + c) d": Product((Applied(A, (Sum((B, C)),)), D)),
    "2(a + b)": Product((TWO, Sum((A, B)))),
    r"a \cdot b c": Product((A, B, C)),
    "a * b": Operation("*", A, B),
    "a * b * c": Operation("*", Operation("*", A, B), C),
    r"a \times b": Operation("×", A, B),
    "2 × a": Operation("×", TWO, A),
    r"a b \odot c": Operation("⊙", Product((A, B)), C),
    r"a \odot b \cdot c": Operation("⊙", A, Product((B, C))),
    r"a \otimes_{2} b + c": Sum((Operation("⊗", A, B, "2"), C)),
    r"a \;\hat{*}\; b": Operation("*^", A, B),
    r"x \; conv \; k": Operation("conv", n("x"), n("k")),
    r"\frac{a}{b}": Ratio(A, B),
    r"\dfrac12": HALF,
    "a/b": Ratio(A, B),
    "a/(b c)": Ratio(A, Product((B, C))),
    "1/2 + a": Sum((HALF, A)),
    "0.25 a": Product((Decimal(25, -2), A)),
    "(a + b)^2": Power(Sum((A, B)), TWO),
    "(a + b)^{-1}": Power(Sum((A, B)), Negative(ONE)),
    r"\sqrt{a + b}": Function("sqrt", (Sum((A, B)),)),
    r"\lfloor a / 2 \rfloor": Floor(Ratio(A, TWO)),
    r"\left\lceil a \right\rceil": Ceiling(A),
    "|a - b|": Function("abs", (Sum((A, Negative(B))),)),
    r"\frac{1}{2} ||a - b||^2": Product((HALF, Power(Applied(n("norm"), (Sum((A, Negative(B))),)), TWO))),
    r"a + \cdots + b": Sum((A, Dots("sum"), B)),
    "a + ... + b": Sum((A, Dots("sum"), B)),
    r"\boxed{a} + \color{red}{b}": Sum((A, B)),
    r"\bigl[ a + b \bigr] c": Product((Sum((A, B)), C)),
}
CALLS = {
    r"\sigma(z)": Applied(n(r"\sigma"), (n("z"),)),
    r"\sigma'\left( z \right)": Applied(n(r"\sigma", primes=1), (n("z"),)),
    "Z(i, j, k)": Applied(n("Z"), (n("i"), n("j"), n("k"))),
    r"\text{conv}(X, \delta)": Applied(n("conv"), (X, n(r"\delta"))),
    "rot180(W^{l})": Applied(n("rot180"), (n("W", "", "l"),)),
    r"\mathrm{pad}_{1}\left( X \right)": Applied(n("pad", "1"), (X,)),
    r"\operatorname{vec}(X)": Applied(n("vec"), (X,)),
    r"\text{Full Convolution}(X, Y)": Applied(n("Full Convolution"), (X, Y)),
    r"\max(0, a)": Applied(n("max"), (Number(0), A)),
    r"\max\{0, a\}": Applied(n("max"), (Number(0), A)),
    r"\log a + b": Sum((Applied(n("log"), (A,)), B)),
    r"\log(a) b": Product((Applied(n("log"), (A,)), B)),
    r"e^{-x}": n("e", "", "-x"),
    r"W^T (a - b)": Product((Transpose(n("W")), Sum((A, Negative(B))))),
    r"\langle A, B \rangle_F": Inner(n("A"), n("B")),
    r"\left\langle X,\, Y \right\rangle_{F}": Inner(X, Y),
    "pool\\left( a \\right)": Applied(n("pool"), (A,)),
}
GRADIENTS = {
    r"\frac{\partial L}{\partial X_{11}}": LOSS,
    r"\frac{\partial{L}}{\partial{X_{11}}}": LOSS,
    r"\frac{\partial L}{\color{red}{\partial X_{11}}}": LOSS,
    r"\partial L / \partial X_{11}": LOSS,
    "∂L/∂X_{11}": LOSS,
    r"\frac{dL}{dX_{11}}": Partial(n("L"), n("X", "11"), total=True),
    r"\frac{\mathrm{d} L}{\mathrm{d} X_{11}}": Partial(n("L"), n("X", "11"), total=True),
    r"\frac{\partial}{\partial x} e^{x}": Partial(n("e", "", "x"), n("x")),
    r"\frac{\partial a}{b}": Ratio(Differential("∂", A), B),
    "dX_{11}": Differential("d", n("X", "11")),
    "d(k - 1)": Applied(D, (Sum((n("k"), Negative(ONE))),)),
    r"\nabla a_{11}": Differential("∇", n("a", "11")),
    r"\nabla_W L": Differential("∇", n("L"), "W"),
    "∂Z^l": Differential("∂", n("Z", "", "l")),
    r"(\frac{∂L}{∂A})(\frac{∂A}{∂Z})": Product((Partial(n("L"), n("A")), Partial(n("A"), n("Z")))),
}
SUMS = {
    r"\sum_{i} a_i b": Big(("i",), Product((n("a", "i"), B))),
    r"\sum_{ij} a": Big(("i", "j"), A),
    r"\sum_{i, j'} a + b": Sum((Big(("i", "j'"), A), B)),
    r"\sum_i a_i \odot b": Big(("i",), Operation("⊙", n("a", "i"), B)),
    r"\sum_{m=0}^{k-1} a": Bounded("∑", (Relation((n("m"), Number(0))),), (Sum((n("k"), Negative(ONE))),), A),
    r"\sum^{3}_{i = 1} a": Bounded("∑", (Relation((n("i"), ONE)),), (Number(3),), A),
    r"\sum_n^N a": Bounded("∑", (n("n"),), (n("N"),), A),
    r"\sum_{i \ne k} a": Bounded("∑", (Relation((n("i"), n("k")), "≠"),), (), A),
    r"\sum_{(i, j) \in S} a": Bounded("∑", (Relation((Listed((n("i"), n("j"))), n("S")), "∈"),), (), A),
    r"\sum_{\substack{i = 0 \\ j < k}} a": Bounded(
        "∑", (Relation((n("i"), Number(0))), Relation((n("j"), n("k")), "<")), (), A
    ),
    r"\sum^{(2,2)}_{i,j=(1,1)} a": Bounded("∑", (n("i"), Relation((n("j"), Listed((ONE, ONE))))), (TWO, TWO), A),
    r"\sum{a}": Bounded("∑", (), (), A),
    r"\prod_{i} a": Bounded("∏", (n("i"),), (), A),
    "Σ_{i} a": Big(("i",), A),
}
SQUARE = Matrix(((A, B), (C, D)))
ROWS = {
    r"\begin{bmatrix} a & b \\ c & d \\ \end{bmatrix}": SQUARE,
    r"\begin{pmatrix} a & b \\[6pt] c & d \end{pmatrix}": SQUARE,
    r"\left( \begin{array}{cc} a & b \\ \rule{0mm}{5mm} c & d \end{array} \right)": SQUARE,
    r"\left[ \begin{smallmatrix} a & b \\ c & d \end{smallmatrix} \right]^T": Transpose(SQUARE),
    "[[a, b], [c, d]]": SQUARE,
    "[a, b]": Matrix(((A, B),)),
    r"\begin{bmatrix} \begin{matrix} a + \\ b \end{matrix} & c \end{bmatrix}": Matrix(((Sum((A, B)), C),)),
    r"\begin{bmatrix} a & \cdots \\ \vdots & \ddots \end{bmatrix}": Matrix(
        ((A, Dots("row")), (Dots("column"), Dots("corner")))
    ),
    r"\underbrace{\begin{bmatrix} a & b \end{bmatrix}}_{X\;(1 \times 2)}": Labelled(Matrix(((A, B),)), X, (1, 2)),
    r"\underbrace{a}_{\text{so called}}": Labelled(A, Words("so called"), ()),
    r"\begin{cases} a & \text{if } b > 0 \\ 0 & \text{otherwise} \end{cases}": Cases(
        (Branch(A, Relation((B, Number(0)), ">")), Branch(Number(0), Words("otherwise")))
    ),
    r"\begin{cases} a, b > 0 \\ 0, b \le 0 \end{cases}": Cases(
        (Branch(A, Relation((B, Number(0)), ">")), Branch(Number(0), Relation((B, Number(0)), "≤")))
    ),
    r"\left\{ \begin{array}{ll} a & b > 0 \\ 0 & b \le 0 \end{array} \right.": Cases(
        (Branch(A, Relation((B, Number(0)), ">")), Branch(Number(0), Relation((B, Number(0)), "≤")))
    ),
    r"\left[ 1 \le a \le 2 \right]": Iverson(((Relation((ONE, A, TWO), "≤"),),)),
    r"(a + b)_{ij}": Indexed(Sum((A, B)), "ij"),
}
CHAINS = {
    "a = b = c": Relation((A, B, C)),
    r"a := b \approx c": Relation((A, B, C), signs=("≔", "≈")),
    r"a \leftarrow b": Relation((A, B), "←"),
    "= b": Relation((Blank(), B)),
    r"\therefore a = b,": Relation((A, B)),
}
LATEX = NAMES | ARITHMETIC | CALLS | GRADIENTS | SUMS | ROWS | CHAINS


@pytest.mark.parametrize("text", LATEX)
def test_a_formula_is_read(text):
    assert read(text) == LATEX[text]


PLAIN = {
    "dA @ W2.T": Product((Differential("d", n("A")), Transpose(n("W", "2")))),
    "dL/dF11": Partial(n("L"), n("F", "11"), total=True),
    "dO11*X11 + dO12*X12": Sum(
        tuple(Operation("*", Differential("d", n("O", i)), n("X", i)) for i in ("11", "12"))
    ),
    "∂L/∂x₁₁ = ∂L/∂y₁₁·w₁₁": Relation(
        (Partial(n("L"), n("x", "11")), Product((Partial(n("L"), n("y", "11")), n("w", "11"))))
    ),
    "X_1,11·W_(i+u-1,j)": Product((n("X", "1,11"), n("W", "i+u-1,j"))),
    "O[1,1] = max(0, X[1,1])": Relation((n("O", "1,1"), Applied(n("max"), (Number(0), n("X", "1,1"))))),
    "delta11 * w_12": Operation("*", n(r"\delta", "11"), n("w", "12")),
    "(a + b)**2": Power(Sum((A, B)), TWO),
    "Σ_i,j a·b": Big(("i", "j"), Product((A, B))),
    "conv(X, rot180(W))": Applied(n("conv"), (X, Applied(n("rot180"), (n("W"),)))),
    "[a, b; c, d]": SQUARE,
    "dloss/dw": Partial(n("loss"), n("w"), total=True),
}  # fmt: skip


@pytest.mark.parametrize("text", PLAIN)
def test_a_line_of_plain_text_is_read(text):
    assert read(text, plain=True) == PLAIN[text]


REFUSED = {
    "": 0, "a +": 3, "a + * b": 4, "(a": 2, "a)": 1, "(a]": 2, r"\frac{a}": 8, r"\foo": 0, "a _": 3, r"\partial^2 a": 8,
    "a/b c": 1,
    r"\begin{foo} a \end{foo}": 0, r"\begin{bmatrix} a & b \\ c \end{bmatrix}": 0, "x^{2}^{3}": 5, "a # b": 2,
    "a = b, c = d": 7, "123456789012345678901": 0, "[ ]": 0, r"\sqrt[n]{a}": 0, "'": 0, "^2": 0,
    r"\begin{bmatrix} \end{bmatrix}": 0, "{a": 0, "a}": 1, r"\frac{\partial}{d x} a": 16,
}  # fmt: skip


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_not_understood_is_refused_with_its_place(text):
    with pytest.raises(UnreadError) as refused:
        read(text)
    assert refused.value.offset == REFUSED[text]
    assert isinstance(refused.value, InputError)
    assert "\n" not in str(refused.value)
    assert f"at character {REFUSED[text] + 1}: found " in str(refused.value)


DISPLAYS = {
    r"\begin{aligned} a &= b \\ &= c \\ c &= d \end{aligned}": ["a = b = c", "c = d"],
    r"\begin{align*} a &= b \\ &\quad {} + c \end{align*}": ["a = b + c"],
    r"\begin{align} a &= b & c &= d \\ b &= a \end{align}": ["a = b", "c = d", "b = a"],
    r"\left\{ \begin{array}{l} a = b \\ c = d \end{array} \right.": ["a = b", "c = d"],
    r"\left\{ \begin{array}{l} a_{1} = b_{1} \\ c_{1} = d_{1} \end{array} \right.": ["a_1 = b_1", "c_1 = d_1"],
    r"\begin{array}{l@{\qquad}l} a = b & c = d \\ b = e & \end{array}": ["a = b", "c = d", "b = e"],
    r"\begin{matrix} a = b, & c = d \\ d = e \end{matrix}": ["a = b", "c = d", "d = e"],
    r"\begin{array}{rcl} a & = & b \\ c & = & d \end{array}": ["a = b", "c = d"],
    r"\begin{cases} a = b \\ c = d \end{cases}": ["a = b", "c = d"],
    r"\begin{cases} a_{1} = b \\ \frac{c}{e} = d \end{cases}": ["a_{1} = b", r"\frac{c}{e} = d"],
    r"\boxed{\; \begin{gathered} a = b \\ c = d \end{gathered} \;}": ["a = b", "c = d"],
    "a = b\nc = d": ["a = b", "c = d"],
    "a =\nb +\nc": ["a = b + c"],
    "a = b\n+ c": ["a = b + c"],
    r"a = b \quad c = d": ["a = b", "c = d"],
    r"a = b, \; c = d": ["a = b", "c = d"],
    "a = (b, c)": ["a = (b, c)"],
    "f(a, b) = c, a": ["f(a, b) = c, a"],
    r"\begin{aligned} a &= b \\ \cdots & \\ c &= d \end{aligned}": ["a = b", r"\cdots", "c = d"],
    r"a = b \\ b = c": ["a = b", "b = c"],
    r"a = \begin{bmatrix} b \\ c \end{bmatrix}": [r"a = \begin{bmatrix} b \\ c \end{bmatrix}"],
}


@pytest.mark.parametrize("display", DISPLAYS)
def test_a_display_is_cut_into_its_formulas(display):
    found = statements(display)
    assert [statement.node for statement in found] == [read(text) for text in DISPLAYS[display]]
    assert all(0 <= one.start < one.end <= len(display) for one in found)


# Names resolved


def test_a_style_turns_letters_into_arrays_and_positions():
    style = Style({"X": "x", "F": "w", "O": "z", "G": r"\delta"}, index_base=0)
    tree = read(r"\delta_{01} \otimes w_{i+1, j} + \frac{\partial L}{\partial x}", style)
    gradient, filter_entry = tree.terms[0].left, tree.terms[0].right
    assert gradient == Symbol("G", (0, 1))
    assert filter_entry == Symbol("F", (Index((("i", 1),), 1), Index((("j", 1),))))
    assert tree.terms[1] == Symbol("dX")


def test_the_rank_says_whether_two_signs_are_two_indices():
    assert read("X_{12}", Style()) == Symbol("X", (0, 1))
    assert read("X_{12}", Style(), ranks={"X": 1}) == Symbol("X", (11,))
    assert read("X_{1}", Style(), ranks={"X": 2}) == Symbol("X", (0,), slice=True)
    assert read("X_{112}", Style(), ranks={"X": 3}) == Symbol("X", (0, 0, 1))


def test_an_index_that_is_no_position_leaves_the_name_as_it_is():
    assert read("X_{patch_{ij}}", Style()) == n("X", "patch_{ij}")


def test_a_letter_before_a_bracket_is_an_array_or_a_function_by_the_style():
    assert read("X(a + b)", Style()) == Product((Symbol("X"), read("a + b", Style())))
    assert read("X(i, 2)", Style()) == Symbol("X", (Index((("i", 1),)), 1))
    assert read(r"\sigma(X)", Style()) == Function(r"\sigma", (Symbol("X"),))
    assert read("n(k - 1)", Style()) == Product((read("n", Style()), read("k - 1", Style())))


def test_indices_are_split_by_rank_and_moved_to_the_base():
    assert split_index("ij", 2) == ("i", "j")
    assert split_index("i'j'", 2) == ("i'", "j'")
    assert split_index("112", 2) == ("112",)
    assert split_index("f(i,j),2") == ("f(i,j)", "2")
    assert positions("2i-u+3,1", 1) == (Index((("i", 2), ("u", -1)), 3), 0)
    assert positions("i*j", 0, 1) is None


def test_a_list_of_indices_is_read_as_expressions():
    assert read_list(r"i \times s_h + i', j") == (Sum((Operation("×", n("i"), n("s", "h")), n("i", primes=1))), n("j"))
