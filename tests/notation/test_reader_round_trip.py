"""What the printers write is read back as the tree that was printed."""

from dataclasses import fields, replace
from fractions import Fraction
from functools import cache
from itertools import cycle

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from symconv import (
    GELU,
    MSE,
    AvgPool,
    BatchNorm,
    BinaryCrossEntropy,
    Conv,
    ConvTranspose,
    CrossEntropy,
    Dense,
    Flatten,
    Graph,
    LayerNorm,
    MaxPool,
    Network,
    ReLU,
    Sigmoid,
    Softmax,
    derive,
)
from symconv.notation.latex import TEX_COLOURS, WEB_COLOURS, LatexPrinter
from symconv.notation.reading import canonical, read, statements
from symconv.notation.text import TextPrinter
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
    Dots,
    Floor,
    Function,
    Index,
    Indexed,
    Infix,
    Inner,
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
    Symbol,
    Transpose,
    Words,
    Zero,
    total,
)
from tests.strategies import examples

STYLES = (
    Style(),
    Style(index_base=0),
    Style({"X": "x", "F": "w", "O": "z", "G": r"\gamma", "L": r"\mathcal{L}"}),
    Style({"X": "W_{1}", "F": "K^{l}", "O": r"\mathbf{o}", "dF": r"\Theta"}, batch_mean=True),
)
RANKS = {"X": 2, "F": 4, "O": 2, "b": 1, "C": 2}

# Trees with roles

positions = st.integers(0, 13)
indices = st.one_of(
    positions,
    st.builds(
        Index,
        st.lists(
            st.tuples(st.sampled_from(["i", "j", r"\nu"]), st.sampled_from([-2, -1, 1, 3])),
            min_size=1,
            max_size=2,
            unique_by=lambda part: part[0],
        ).map(tuple),
        st.integers(-3, 3),
    ),
)
short = st.one_of(st.integers(0, 8), st.just(Index((("i", 1),))))
"""The index of a slice along one axis, which two signs would make an entry."""


@st.composite
def symbols(draw):
    """An array, one of its entries, or a slice of it."""
    role = draw(st.sampled_from(["X", "F", "O", "b", "G", "dX", "dF", "L", "d:C"]))
    rank = RANKS.get({"G": "O", "dX": "X", "dF": "F", "d:C": "C"}.get(role, role), 0)
    count = draw(st.integers(0, rank))
    one = 0 < count < rank and count < 2
    return Symbol(role, tuple(draw(short if one else indices) for _ in range(count)), 0 < count < rank)


arrays = symbols().filter(lambda symbol: symbol.role in "XFObLC")
numbers = st.one_of(
    st.builds(Number, st.integers(0, 999)),
    st.builds(Number, st.builds(Fraction, st.integers(0, 9), st.integers(1, 9))),
    st.builds(Decimal, st.integers(0, 99_999), st.integers(-4, -1)),
)
letters = st.builds(Letter, st.sampled_from(["n", "k", r"\alpha", r"\epsilon", "k_{2}", r"\mathit{w9}"]))
atoms = st.one_of(
    symbols(),
    letters,
    numbers,
    st.builds(Zero, st.sampled_from(["empty", "inserted", "padding"])),
    st.builds(Delta, indices, indices),
    st.just(Ones()),
    st.builds(Partial, arrays, arrays, st.booleans()),
)
parameters = st.one_of(
    st.just(()),
    st.tuples(st.integers(0, 12)),
    st.tuples(st.integers(1, 3), st.tuples(st.integers(-2, 0), st.integers(0, 2))),
)


def compound(inner):
    """Everything that is made of other things; what prints alike for two trees is left out."""
    several = st.lists(inner, min_size=2, max_size=3).map(tuple)
    plain = inner.filter(lambda node: not isinstance(node, Big))
    return st.one_of(
        several.map(total),
        st.builds(Negative, inner),
        st.lists(plain, min_size=2, max_size=3).map(tuple).map(Product),
        st.builds(Ratio, inner, inner),
        st.builds(Power, plain, st.one_of(letters, st.integers(2, 9).map(Number), inner)),
        st.builds(Function, st.sampled_from(["exp", "sqrt", "abs", "log", "erf"]), st.tuples(inner)),
        st.builds(
            Function, st.sampled_from([r"\sigma", r"\mathrm{ReLU}", "tanh"]), st.tuples(inner), st.integers(0, 2)
        ),
        st.builds(Function, st.just("max"), several),
        st.builds(Floor, inner),
        st.builds(Ceiling, inner),
        st.builds(Transpose, plain),
        st.builds(Bracketed, inner),
        st.builds(Marked, symbols(), st.sampled_from("XFG"), st.booleans()),
        st.builds(Big, st.sampled_from([("i",), ("i", "j"), (r"\nu", "u")]), inner),
        st.builds(
            Infix,
            st.sampled_from(["correlate", "convolve", "hadamard", "divide"]),
            plain,
            plain,
            parameters.filter(lambda found: all(isinstance(part, int) for part in found)),
        ),
        st.builds(Call, st.sampled_from(["pad", "vec", "rot180", "sum"]), st.tuples(inner), parameters),
        st.builds(Inner, inner, inner),
        st.lists(several.filter(lambda row: len(row) == 2), min_size=1, max_size=3).map(tuple).map(Matrix),
        st.builds(Slice, st.builds(Call, st.just("pad"), st.tuples(inner), parameters), positions),
    )


@st.composite
def nested(draw, depth):
    """Things within things, as deep as that."""
    return draw(compound(nested(depth - 1)) if depth and draw(st.booleans()) else atoms)


terms = nested(3)
signs = st.sampled_from(["=", "←", "≠", "<", ">", "≤", "≥", "≈"])
relations = st.one_of(
    st.builds(lambda sides, sign: Relation(tuple(sides), sign), st.lists(terms, min_size=2, max_size=3), signs),
    st.builds(lambda a, b, c: Relation((a, b, c), signs=("=", "≈")), terms, terms, terms),
)
branches = st.builds(Branch, terms, st.builds(lambda left, right: Relation((left, right), ">"), terms, terms))
displays = st.one_of(
    terms,
    relations,
    st.builds(Cases, st.lists(branches, min_size=1, max_size=3).map(tuple)),
    st.builds(
        Labelled,
        st.just(Matrix(((Symbol("X", (0, 0)), Dots("row")), (Dots("column"), Dots("corner"))))),
        symbols(),
        st.tuples(st.integers(1, 20), st.integers(1, 20)),
    ),
    st.builds(
        lambda a, b, back: Diagram(((a, Arrow("conv1", (b,), back)), (Blank(), Arrow("", (), back)))),
        symbols(),
        symbols(),
        st.booleans(),
    ),
)


@st.composite
def trees(draw):
    return draw(displays)


MATRIX_IN_A_CONDITION = Cases((Branch(Symbol("X"), Relation((Matrix(((Symbol("X"), Symbol("X")),)), Ones()), ">")),))


@given(trees(), st.sampled_from(STYLES), st.sampled_from([None, WEB_COLOURS, TEX_COLOURS]))
@example(MATRIX_IN_A_CONDITION, Style(), None)
@examples(150)
def test_latex_is_read_as_the_tree_that_was_printed(tree, style, colours):
    printed = LatexPrinter(style, colours)(tree)
    assert read(printed, style, ranks=RANKS) == canonical(tree, style)


# Trees as a text has them

names = st.builds(
    Named,
    st.sampled_from(["a", "X", r"\delta", r"\mathcal{L}", r"\hat{x}", "pool", "ReLU"]),
    st.sampled_from(["", "11", "i,j", "i+1,j", r"\nu i", "in"]),
    st.sampled_from(["", "l", "(l)", "2", "l+1"]),
    st.integers(0, 1),
)


def written(inner):
    """What is made of names without knowing what they are."""
    simple = inner.filter(lambda node: not isinstance(node, Big | Bounded | Differential))
    sums = st.lists(inner, min_size=2, max_size=3).map(lambda parts: total(tuple(parts)))
    limits = st.builds(lambda name, start: (Relation((name, start)),), names, names)
    return st.one_of(
        sums,
        st.builds(Applied, names, st.lists(inner, min_size=2, max_size=3).map(tuple)),
        st.builds(Operation, st.sampled_from(["*", "⋆", "⊗", "⊙", "×", "*^", "∘"]), simple, simple),
        st.builds(Differential, st.sampled_from(["∂", "d", "∇"]), names),
        st.builds(Indexed, sums, st.just("ij")),
        st.builds(Bounded, st.sampled_from(["∑", "∏"]), limits, st.sampled_from([(), (Named("n"),)]), simple),
        st.lists(inner, min_size=2, max_size=3).map(tuple).map(Listed),
        st.builds(Labelled, inner, st.just(Words("so called")), st.just(())),
    )


@st.composite
def texts(draw, depth=2):
    return draw(written(texts(depth - 1)) if depth and draw(st.booleans()) else names)


@given(texts())
@examples(200)
def test_what_no_style_resolves_is_read_as_it_was_written(tree):
    assert read(LatexPrinter(Style())(tree)) == tree


# Documents

NAMES = {"X": "x", "F": "w", "O": "z", "G": r"\delta", "L": "E"}
NETWORK = Network(
    [Conv(filter=(2, 2)), ReLU(), MaxPool(window=(2, 2)), Flatten(), Dense(outputs=2), Softmax(), CrossEntropy()],
    input=(1, 5, 5),
)
DERIVATIONS = {
    "convolution": (Conv((3, 3), (2, 2)), {}),
    "letters, from 0": (Conv((4, 3), (2, 2), stride=2, padding=1), {"names": NAMES, "index_base": 0}),
    "batch": (Conv((3, 3), (2, 2), in_channels=2, out_channels=2, bias="map", batch=2), {"batch_mean": True}),
    "1-D, dilated": (Conv(12, 3, dilation=2), {}),
    "3-D": (Conv((3, 3, 2), (2, 2, 2)), {}),
    "true convolution": (Conv((3, 4), (2, 2), convention="convolution"), {}),
    "transposed": (ConvTranspose((2, 2), (3, 3), stride=2, output_padding=1), {}),
    "dense": (Dense(4, 3), {}),
    "flatten": (Flatten((2, 3)), {}),
    "max pooling": (MaxPool((5, 5), (3, 3), stride=2, padding=1), {}),
    "average pooling": (AvgPool((6, 6), (3, 3), stride=2, padding=1, ceil_mode=True), {}),
    "ReLU": (ReLU((2, 2)), {}),
    "sigmoid": (Sigmoid((2, 2)), {}),
    "GELU": (GELU((2,)), {}),
    "softmax": (Softmax(3), {}),
    "mean squared error": (MSE(3), {}),
    "cross-entropy": (CrossEntropy(3), {}),
    "binary cross-entropy": (BinaryCrossEntropy(3), {}),
    "batch normalisation": (BatchNorm(channels=1, batch=4), {}),
    "layer normalisation": (LayerNorm(3), {}),
    "graph": (Graph("f = 1/(1 + exp(-(w0*x0 + w1)))", {"w0": 2, "x0": -1, "w1": -3}), {}),
    "network": (NETWORK, {}),
}


@cache
def derivation_of(name):
    layer, options = DERIVATIONS[name]
    return derive(layer, **options)


def ranks_of(derivation):
    return {role: len(variable.shape) for role, variable in getattr(derivation.layer, "arrays", {}).items()}


@pytest.mark.parametrize("name", DERIVATIONS)
def test_every_display_of_a_document_is_read_as_the_trees_that_it_shows(name):
    derivation = derivation_of(name)
    for step in derivation.steps:
        for display, colours in zip(step.displays.values(), cycle([None, WEB_COLOURS, TEX_COLOURS]), strict=False):
            printed = LatexPrinter(step.style, colours).display(display)
            found = statements(printed, step.style, ranks=ranks_of(derivation))
            shown = [canonical(each, step.style) for each in display.relations]
            assert without_dots(one.node for one in found) == without_dots(shown)


def without_dots(nodes):
    """Dots between formulas say that there are more of them, and are no formula."""
    return [node for node in nodes if not isinstance(node, Dots)]


@pytest.mark.parametrize("name", ["convolution", "letters, from 0", "1-D, dilated", "3-D", "true convolution", "dense"])
def test_every_relation_is_read_from_plain_text(name):
    derivation = derivation_of(name)
    for step in derivation.steps:
        for display in step.displays.values():
            for shown in filter(lambda node: isinstance(node, Relation), display.relations):
                printed = TextPrinter(step.style)(shown)
                found = read(printed, step.style, ranks=ranks_of(derivation), plain=True)
                assert without_sizes(found) == without_sizes(canonical(shown, step.style))


def without_sizes(node):
    """What plain text does not say: sizes under matrices, which way dots go, and why a zero is there."""
    if isinstance(node, Labelled):
        return without_sizes(node.body)
    if isinstance(node, Zero):
        return Number(0)
    if isinstance(node, Dots):
        return Dots("sum")
    return replace(node, **{part.name: _inside(getattr(node, part.name)) for part in fields(node)})


def _inside(value):
    if isinstance(value, tuple):
        return tuple(map(_inside, value))
    return without_sizes(value) if isinstance(value, Node) and not isinstance(value, Index) else value
