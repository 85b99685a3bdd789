import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import symconv as sc
from symconv.checking.discovery import Discovery, ReadEquation, discover
from symconv.checking.sources.source import Passage, Source
from symconv.notation.reading import statements
from tests.checking.discovery.documents import Page, discovered, first, source_of


def kinds(found: Discovery) -> list[str]:
    return [stretch.candidates[0].kind for stretch in found.stretches]


def pooled(kind: str, size: int, window: int, stride: int, letters: tuple[str, str] = ("p", "q")) -> list[str]:
    """What a pool on squares computes, entry by entry, indices from 1."""
    before, after = letters
    outputs = range((size - window) // stride + 1)
    lines = []
    for i in outputs:
        for j in outputs:
            entries = [
                f"{before}_{{{stride * i + a + 1}{stride * j + b + 1}}}" for a in range(window) for b in range(window)
            ]
            value = (
                rf"\max({', '.join(entries)})"
                if kind == "max-pool"
                else rf"\frac{{1}}{{{window**2}}} ({' + '.join(entries)})"
            )
            lines.append(f"{after}_{{{i + 1}{j + 1}}} = {value}")
    return lines


@pytest.mark.parametrize("kind", ["max-pool", "avg-pool"])
@pytest.mark.parametrize(("size", "window", "stride"), [(4, 2, 2), (5, 3, 2), (4, 2, 1), (6, 3, 3)])
def test_pools_are_found_from_their_windows(kind, size, window, stride):
    whole = " & ".join(f"p_{{1{j + 1}}}" for j in range(size))
    rows = r" \\ ".join(whole.replace("p_{1", f"p_{{{i + 1}") for i in range(size))
    lines = [rf"P = \begin{{pmatrix}} {rows} \end{{pmatrix}}", *pooled(kind, size, window, stride)]
    found = first(discovered(lines))
    layer = found.context.layer
    assert found.kind == kind
    assert (layer.input, layer.window, layer.stride) == ((size, size), (window, window), (stride, stride))
    assert (found.context.names["X"], found.context.names["O"]) == (("p", "P"), ("q",))


def test_a_pool_of_either_kind_is_read_as_both():
    lines = [
        r"A = \begin{bmatrix} a_{11} & a_{12} \\ a_{21} & a_{22} \end{bmatrix}",
        r"c_1 = pool(a_{11}, a_{12}, a_{21}, a_{22})",
    ]
    assert {one.kind for one in discovered(lines).candidates} == {"max-pool", "avg-pool"}


def test_headings_tell_max_from_average_pooling():
    one, all_of_it = r"\frac{\partial L}{\partial b_{11}}", r"\frac{\partial L}{\partial A}"
    equal = rf"{all_of_it} = \frac{{1}}{{4}} \begin{{pmatrix}} {one} & {one} \\ {one} & {one} \end{{pmatrix}}"
    routed = rf"{all_of_it} = \begin{{pmatrix}} 0 & {one} \\ 0 & 0 \end{{pmatrix}}"
    lines = ["text:# Average pooling", equal, "text:# Max pooling", routed]
    assert kinds(discovered(lines)) == ["avg-pool", "max-pool"]


def test_a_dense_layer_by_its_entries():
    lines = [
        "h_1 = w_{11} u_1 + w_{12} u_2 + w_{13} u_3 + b_1",
        "h_2 = w_{21} u_1 + w_{22} u_2 + w_{23} u_3 + b_2",
    ]
    found = first(discovered(lines))
    assert found.context.layer == sc.Dense(inputs=3, outputs=2)
    assert {role: found.context.names[role][0] for role in "XFO"} == {"X": "u", "F": "w", "O": "h"}


def test_a_dense_layer_by_its_matrices_has_letters_and_no_sizes():
    lines = [
        r"z^l = W^l a^{l-1} + b^l", r"\delta^l = \frac{\partial C}{\partial z^l}",
        r"\frac{\partial C}{\partial W^l} = \delta^l (a^{l-1})^T", r"\delta^l = (W^{l+1})^T \delta^{l+1} \odot f'(z^l)",
    ]  # fmt: skip
    found = first(discovered(lines))
    assert (found.kind, found.context.kind, found.context.layer) == ("dense", "dense", None)
    names = found.context.names
    assert (names["X"], names["F"], names["O"], names["b"]) == (("a",), ("W",), ("z",), ("b",))
    assert (names["G"], names["L"]) == ((r"\delta",), ("C",))
    assert found.sentence == (
        "read as a dense layer, inputs a, weights W, output z; not every size is stated: "
        "give the layer to have it checked"
    )


def test_softmax_by_its_quotient():
    found = first(discovered([r"s_i = \frac{e^{v_i}}{e^{v_1} + e^{v_2} + e^{v_3}}"]))
    assert found.kind == "softmax"
    assert (found.context.names["X"], found.context.names["O"]) == (("v",), ("s",))


def test_a_logistic_function_is_no_softmax():
    assert discovered([r"s = \frac{1}{1 + e^{-v}}"]).candidates == ()


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (r"L = -\sum_i t_i \log p_i", "cross-entropy"),
        (r"L = -(t \log p + (1 - t) \log(1 - p))", "bce"),
        (r"L = \frac{1}{2} \sum_i (p_i - t_i)^2", "mse"),
    ],
)
def test_losses_by_their_definitions(line, kind):
    found = discovered([line, r"\frac{\partial L}{\partial p_1} = 0"])
    assert found.stretches[0].candidates[0].kind == kind
    assert found.stretches[0].candidates[0].context.names["L"] == ("L",)


@pytest.mark.parametrize("name", ["relu", "sigmoid", "tanh"])
def test_activations_by_name(name):
    found = first(discovered([rf"A = \operatorname{{{name}}}(Z)"]))
    assert (found.kind, found.context.names["X"], found.context.names["O"]) == (name, ("Z",), ("A",))


def test_a_course_with_several_layers_has_a_stretch_for_each():
    conv, other = (
        Page(("x", "w", "y", "L"), (4, 4), (2, 2), 2, 1),
        ["h = W v + b", r"\frac{\partial L}{\partial v} = W^T g"],
    )
    lines = [
        "text:# Convolution", *conv.equations(),
        "text:# Max pooling", *pooled("max-pool", 4, 2, 2),
        "text:# Average pooling", *pooled("avg-pool", 4, 2, 2, ("r", "t")),
        "text:# Fully connected layer", *other,
    ]  # fmt: skip
    found = discovered(lines)
    assert kinds(found) == ["conv", "max-pool", "avg-pool", "dense"]
    assert found.stretches[0].start == 0
    assert [one.stop for one in found.stretches[:-1]] == [one.start for one in found.stretches[1:]]
    text = source_of(lines)[0].text
    assert [text[one.start : one.start + 6] for one in found.stretches[1:]] == ["# Max ", "# Aver", "# Full"]
    assert found.at(text.index("# Max")) == found.stretches[1].candidates
    assert found.sentences[0].startswith("read as a convolution, 4x4 input x, 2x2 filter w, output y, stride 2")


MIXTURE = [
    "a = b", r"X_{11} = ", "f(x)", r"\frac{\partial L}{\partial x_{99,99}} = x_{0,0}", "x_{1}x_{1} = x_{1}", "2 = 3",
    r"\begin{pmatrix} 1 & \\ 2 \end{pmatrix}", "y_{1} = x_{1} w_{2} + x_{11} w_{1,1}", r"y = \max()", "text:# conv",
    r"A = \begin{bmatrix} a_{11} & a_{12} \\ a_{21}", r"\sum_{i} x_{i+i} w_{i}", "L = L + 1", "text:# Max pooling 0x0",
    r"\frac{\partial y_{11}}{\partial y_{11}} = y_{11}", "text:stride 0 padding 99 999x999 input 0x0 filter",
    "x^{(1)}_{11} = y^{(2)}_{11} z^{(3)}_{11}", "y_{11} = x_{11} w_{11} + x_{12} w_{12}", "h_1 = w_{11} u_1 + w_{12}",
    "y_{12} = x_{12} w_{11} + x_{13} w_{12}", "b_{11} = 0.5 (a_{11} + a_{12})", r"s = \frac{e^{v}}{\sum e^{v}}",
]  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(MIXTURE), max_size=12))
def test_any_mixture_is_taken_without_complaint(lines):
    found = discovered(lines)
    assert all(one.candidates for one in found.stretches)
    assert all(one.sentence.startswith("read as ") for one in found.candidates)


def test_the_same_text_gives_the_same_answer():
    lines = [*Page(("x", "w", "y", "L"), (4, 4), (3, 3), 1, 1).equations(), *pooled("avg-pool", 4, 2, 2)]
    assert discovered(lines) == discovered(lines)


def test_prose_that_is_blanked_out_keeps_inline_mathematics():
    text = "An input of $4 \\times 4$, a 2x2 kernel; `stride 3` is code. $$Y = X * K$$"
    blank = text.replace("$4 \\times 4$", " " * 12).replace("`stride 3`", " " * 10).replace("$$Y = X * K$$", " " * 13)
    assert len(blank) == len(text)
    at = text.index("4 \\times")
    passages = (Passage("4 \\times 4", "inline", ((0, at),), at + 10),)
    read = [ReadEquation(text.index("Y = X"), statements("Y = X * K")[0].node)]
    found = discover(Source("page.md", text, passages, (), blank), read)
    assert found.candidates[0].context.layer == sc.Conv(input=(4, 4), filter=(2, 2))


def test_long_documents_take_little_time():
    page, lines = Page(("x", "w", "y", "L"), (3, 3), (2, 2), 1, 1), []
    while len(lines) < 1000:
        lines += page.equations()
    source, read = source_of(lines[:1000])
    discover(source, read[:17])
    start = time.process_time()
    assert discover(source, read).candidates[0].context.layer == sc.Conv(input=(3, 3), filter=(2, 2))
    assert time.process_time() - start < 20
