import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import symconv as sc
from symconv.checking.context import Context
from tests.checking.discovery.documents import Page, discovered, first, pages

PAGE = Page(("x", "w", "y", "L"), (4, 5), (2, 3), 1, 1)


def broken(line: str, chance: int) -> str:
    """The equation with another number in one index of its right side."""
    places = [found.start(1) for found in re.finditer(r"(\d)\}", line) if found.start() > line.index("=")]
    at = places[chance % len(places)]
    return line[:at] + str((int(line[at]) + 1) % 10) + line[at + 1 :]


def check(page: Page, candidate) -> None:
    x, w, y, loss = page.letters
    assert candidate.kind == "conv"
    layer = candidate.context.layer
    assert (layer.input, layer.filter) == (page.shape, page.window)
    assert layer.stride == (page.stride,) * len(page.shape)
    assert layer.output_shape == page.outputs
    assert candidate.context.index_base == page.base
    names = candidate.context.names
    assert (names["X"][0], names["F"][0], names["O"][0]) == (x, w, y)
    assert ("b" in names) == page.bias == (layer.bias is not None)
    if page.gradient == "delta":
        assert names["G"][0] == r"\delta"
    if page.gradient in ("partial", "total"):
        assert names["L"] == (loss,)


@settings(max_examples=60, deadline=None)
@given(pages())
def test_layer_and_letters_are_found_from_entries_alone(page):
    check(page, first(discovered(page.equations())))


@settings(max_examples=60, deadline=None)
@given(pages(axes=(2,)), st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99)), min_size=1, max_size=3))
def test_wrong_equations_do_not_matter_where_sizes_are_written_out(page, mistakes):
    x, w, y, _ = page.letters
    lines = page.equations()
    for number, (line, place) in enumerate(mistakes[: max(len(lines) // 6, 1)]):
        # Several wrong lines one after the other look like another layer.
        at = (
            (line // 3 * 3 + number) % len(lines)
            if number == 0
            else (mistakes[0][0] // 3 * 3 + 4 * number) % len(lines)
        )
        lines[at] = broken(lines[at], place)
    stated = [page.matrix(x, page.shape, x), page.matrix(w, page.window, w), page.matrix(y, page.outputs, y)]
    check(page, first(discovered([*stated, *lines])))


@settings(max_examples=60, deadline=None)
@given(pages(axes=(2,)))
def test_few_equations_and_sizes_in_prose_are_enough(page):
    n, k = "x".join(map(str, page.shape)), "×".join(map(str, page.window))
    prose = f"text:Take a {n} input and a {k} kernel with a stride of {page.stride}."
    found = first(discovered([prose, *page.forward()[:2], *page.weights()[:1], *page.inputs()[:1]]))
    layer = found.context.layer
    assert (layer.input, layer.filter, layer.stride) == (page.shape, page.window, (page.stride,) * 2)


def test_stride_that_stands_nowhere_follows_from_indices():
    page = Page(("x", "w", "o", "L"), (5, 5), (3, 3), 2, 1)
    found = first(discovered(page.forward()))
    assert found.context.layer == sc.Conv(input=(5, 5), filter=(3, 3), stride=2)
    assert found.sentence == (
        "read as a convolution, 5x5 input x, 3x3 filter w, output o, stride 2; say otherwise with --input"
    )


def test_padding_follows_from_indices():
    lines = [
        "o_1 = x_1 w_2 + x_2 w_3",
        "o_2 = x_1 w_1 + x_2 w_2 + x_3 w_3",
        "o_3 = x_2 w_1 + x_3 w_2 + x_4 w_3",
        "o_4 = x_3 w_1 + x_4 w_2",
    ]
    layer = first(discovered(lines)).context.layer
    assert layer == sc.Conv(input=(4,), filter=(3,), padding=1)


def test_dilation_follows_from_indices():
    lines = ["o_1 = x_1 w_1 + x_3 w_2", "o_2 = x_2 w_1 + x_4 w_2", "o_3 = x_3 w_1 + x_5 w_2"]
    assert first(discovered(lines)).context.layer == sc.Conv(input=(5,), filter=(2,), dilation=2)


def test_true_convolution_is_told_from_correlation():
    lines = [
        r"y_{11} = x_{11} w_{22} + x_{12} w_{21} + x_{21} w_{12} + x_{22} w_{11}",
        r"y_{12} = x_{12} w_{22} + x_{13} w_{21} + x_{22} w_{12} + x_{23} w_{11}",
        r"y_{21} = x_{21} w_{22} + x_{22} w_{21} + x_{31} w_{12} + x_{32} w_{11}",
        r"y_{22} = x_{22} w_{22} + x_{23} w_{21} + x_{32} w_{12} + x_{33} w_{11}",
    ]
    layer = first(discovered(lines)).context.layer
    assert layer == sc.Conv(input=(3, 3), filter=(2, 2), convention="convolution")


def test_letters_may_be_misleading():
    lines = [
        r"H_{11} = W_{11} X_{11} + W_{12} X_{12}",
        r"H_{12} = W_{12} X_{11} + W_{13} X_{12}",
        r"H_{13} = W_{13} X_{11} + W_{14} X_{12}",
    ]
    found = first(discovered(lines))
    assert (found.context.names["X"], found.context.names["F"]) == (("W",), ("X",))
    assert found.context.layer == sc.Conv(input=(1, 4), filter=(1, 2))


def test_whole_arrays_have_their_own_spellings():
    page = Page(("u", "v", "t", "L"), (3, 3), (2, 2), 1, 1)
    lines = [
        page.matrix("u", (3, 3), "U"), page.matrix("v", (2, 2), "v_1"), r"T = U \ast v_1 + b_1", *page.forward(),
    ]  # fmt: skip
    names = first(discovered(lines)).context.names
    assert names["X"] == ("u", "U")
    assert names["F"] == ("v", "v_1")
    assert names["O"] == ("t", "T")
    assert names["b"] == ("b_1",)


def test_symbols_of_gradients_are_understood_from_their_definition():
    page = Page(("x", "w", "z", "L"), (3, 3), (2, 2), 1, 1)
    lines = [
        r"g_{ij} = \frac{\partial L}{\partial z_{ij}}",
        *page.forward(),
        r"\nabla x_{11} = g_{11} w_{11}",
        r"\nabla x_{12} = g_{11} w_{12} + g_{12} w_{11}",
    ]
    names = first(discovered(lines)).context.names
    assert names["G"] == ("g",)
    assert names["dX"] == (r"\nabla x",)


def test_backward_equations_alone_tell_the_layer_without_a_letter_for_the_output():
    page = Page(("x", "w", "z", "L"), (4, 4), (2, 2), 2, 1, gradient="delta")
    context = first(discovered([*page.weights(), *page.inputs()])).context
    assert context.layer == sc.Conv(input=(4, 4), filter=(2, 2), stride=2)
    assert context.names["G"] == (r"\delta",)
    assert "O" not in context.names


@pytest.mark.parametrize(
    ("formula", "stride"),
    [
        (r"y_{ij} = \sum_{m=0}^{2} \sum_{n=0}^{2} x_{i+m,j+n} w_{mn}", 1),
        (r"y_{ij} = \sum_{m=0}^{2} \sum_{n=0}^{2} x_{2i+m,2j+n} w_{mn}", 2),
        (r"\frac{\partial L}{\partial w_{mn}} = \sum_i \sum_j \frac{\partial L}{\partial y_{ij}} x_{3i+m,3j+n}", 3),
    ],
)
def test_general_formulas_tell_letters_and_stride(formula, stride):
    found = first(discovered(["text:A 9x9 input and a 3x3 kernel, rows and columns counted from 0.", formula]))
    assert {role: found.context.names[role] for role in "XFO"} == {"X": ("x",), "F": ("w",), "O": ("y",)}
    assert found.known["stride"] == (stride, stride)


@pytest.mark.parametrize(
    "prose",
    [
        "We slide a 2x2 filter over a 5x5 input with stride 3.",
        "The input $X$ is $5 \\times 5$, the kernel $W$ is $2 \\times 2$, and the stride is three.",
        "输入大小为5×5, 卷积核大小为2×2, 步长为3。",
        "5×5 입력과 2×2 필터, stride는 3이다.",
        "5×5の入力と2×2のカーネル、ストライドは3とする。",
        "Die Eingabe hat die Größe 5×5, der Filter 2×2, die Schrittweite ist 3.",
        "Una entrada de 5×5 con un filtro de 2×2 y un paso de 3.",
        "Une entrée 5×5, un noyau 2×2, avec un pas de 3.",
        "Вход 5×5, ядро 2×2, шаг равен 3.",
        "المدخل 5×5 و فلتر 2×2 حيث stride=3",
    ],
)
def test_sizes_in_prose_are_read_in_many_languages(prose):
    found = first(discovered([f"text:{prose}", r"Y = X \otimes W", r"\frac{\partial L}{\partial W} = X \otimes G"]))
    assert found.context.layer == sc.Conv(input=(5, 5), filter=(2, 2), stride=3)


def test_a_bound_is_no_number():
    page = Page(("x", "w", "y", "L"), (3, 3), (2, 2), 1, 1)
    lines = ["text:What happens for stride > 2 is told later.", page.matrix("x", (3, 3), "X"),
             page.matrix("w", (2, 2), "W"), page.forward()[0]]  # fmt: skip
    assert first(discovered(lines)).context.layer == sc.Conv(input=(3, 3), filter=(2, 2))


def test_two_examples_with_the_same_letters_are_two_stretches():
    one, other = Page(("x", "w", "y", "L"), (3, 3), (2, 2), 1, 1), Page(("x", "w", "y", "L"), (5, 5), (3, 3), 2, 1)
    found = discovered(["text:# One", *one.equations(), "text:# Two", *other.equations()])
    assert [stretch.candidates[0].context.layer for stretch in found.stretches] == [
        sc.Conv(input=(3, 3), filter=(2, 2)), sc.Conv(input=(5, 5), filter=(3, 3), stride=2),
    ]  # fmt: skip


def test_two_examples_that_differ_by_what_is_written_out_are_two_stretches():
    one, other = Page(("x", "w", "y", "L"), (3, 3), (2, 2), 1, 1), Page(("x", "w", "y", "L"), (4, 4), (2, 2), 1, 1)
    lines = ["text:# One", one.matrix("x", (3, 3), "X"), *one.equations(),
             "text:# Two", other.matrix("x", (4, 4), "X"), *other.equations()]  # fmt: skip
    found = discovered(lines)
    assert [stretch.candidates[0].context.layer.input for stretch in found.stretches] == [(3, 3), (4, 4)]
    assert found.at(len(lines[1])) == found.stretches[0].candidates


def test_what_is_given_is_kept():
    given = Context(
        layer=sc.Conv(input=(9, 9), filter=(2, 3)), names={"X": ("w",), "L": ("Q",)}, signs={"*": "convolve"}
    )
    context = first(discovered(PAGE.equations(), given=given)).context
    assert (context.layer, context.names["X"], context.names["L"]) == (given.layer, ("w",), ("Q",))
    assert context.signs == {"*": "convolve"}


def test_given_names_decide_where_both_readings_are_possible():
    lines = ["o_1 = p_1 q_1 + p_2 q_2"]
    for name in "pq":
        found = first(discovered(lines, given=Context(names={"X": (name,)})))
        assert found.context.names["X"] == (name,)


def test_a_given_index_base_is_kept():
    page = Page(("x", "w", "y", "L"), (4, 4), (2, 2), 1, 1)
    assert first(discovered(page.forward(), index_base=0)).context.index_base == 0
    assert first(discovered(page.forward(), given=Context(index_base=0))).context.index_base == 0


@pytest.mark.parametrize("lines", [[], ["a = b"], ["f = (x + y) z", "q = x + y"], [r"\alpha^2 + \beta^2 = 1"]])
def test_nothing_is_said_where_nothing_is_certain(lines):
    assert discovered(lines).candidates == ()


def test_a_transposed_convolution_is_known_by_its_stride():
    lines = [
        "y_1 = x_1 w_1", "y_2 = x_1 w_2", "y_3 = x_1 w_3 + x_2 w_1", "y_4 = x_2 w_2", "y_5 = x_2 w_3 + x_3 w_1",
        "y_6 = x_3 w_2", "y_7 = x_3 w_3",
    ]  # fmt: skip
    assert first(discovered(lines)).context.layer == sc.ConvTranspose(input=(3,), filter=(3,), stride=2)


def test_indices_of_examples_and_channels_stand_before_the_spatial_ones():
    def entry(letter, *index):
        return f"{letter}_{{{','.join(map(str, index))}}}"

    lines = [
        f"{entry('Y', 1, m, i, j)} = "
        + " + ".join(
            f"{entry('X', 1, c, i + u, j + v)} {entry('K', m, c, u + 1, v + 1)}"
            for c in (1, 2, 3) for u in (0, 1) for v in (0, 1)
        )
        for m in (1, 2) for i in (1, 2) for j in (1, 2, 3)
    ]  # fmt: skip
    layer = first(discovered(lines)).context.layer
    assert layer == sc.Conv(input=(3, 4), filter=(2, 2), in_channels=3, out_channels=2)


def test_channels_may_stand_above():
    page = Page(("x", "w", "y", "L"), (3, 3), (2, 2), 1, 1)
    once = [line.replace("x_", "x^{(1)}_") for line in page.forward()]
    lines = [re.sub("([yw])_", rf"\1^{{({number})}}_", line) for number in (1, 2) for line in once]
    layer = first(discovered(lines)).context.layer
    assert (layer.in_channels, layer.out_channels, layer.input) == (1, 2, (3, 3))


def test_products_one_by_one_are_no_convolution():
    assert discovered(["q_0 = w_0 x_0", "q_1 = w_1 x_1", "q_2 = w_2 x_2"]).candidates == ()
