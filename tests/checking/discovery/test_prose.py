"""What words and layouts of texts tell of the layer: whose a size is, where another layer begins, how entries look."""

import pytest

import symconv as sc
from symconv.compose.check import check
from symconv.layers.catalogue import layer_class
from tests.checking.discovery.documents import Page, discovered, first

PAGE = Page(("p", "q", "r", "L"), (5, 4), (2, 2), 1, 1, comma=True)


def verdicts(text, **options):
    return [finding.verdict for finding in check(text, **options).findings]


@pytest.mark.parametrize(
    "prose",
    [
        r"With $p \in \mathbb{R}^{5\times 4}$, $q \in \mathbb{R}^{2\times 2}$ the output $r$ has size $4 \times 3$.",
        r"Take $p \in \mathbb{R}^{5\times 4}$ and $q \in \mathbb{R}^{2\times 2}$.",
        "We have $p$ of size 5x4 and $q$ of size 2x2.",
        r"A imagem $p$ de dimensão $5 \times 4$ e o filtro $q$ de dimensão $2\times 2$.",
        "Sei $p$ von der Größe 5×4 und $q$ von der Größe 2×2.",
        "Soit $p$ de taille 5×4 et $q$ de taille 2×2.",
        "$p$的大小为5×4，$q$的大小为2×2。",
        "$p$의 크기는 5×4이고 $q$의 크기는 2×2이다.",
        "There is a 5x4 image $p$, and a 2x2 kernel $q$ goes over it.",
    ],
)
def test_a_size_belongs_to_what_stands_in_front_of_it(prose):
    found = first(discovered([f"text:{prose}", *PAGE.forward()[:2]]))
    assert (found.context.layer.input, found.context.layer.filter) == ((5, 4), (2, 2))


def test_a_size_that_entries_contradict_counts_less_than_they_do():
    found = first(discovered(["text:The input is 6x6. The filter is 4x4.", *PAGE.forward()]))
    assert found.context.layer.filter == (2, 2)


def test_letters_that_are_set_to_numbers_are_no_arrays():
    lines = ["text:A 5x4 input, a 2x2 filter.", "H = Q = 2", *PAGE.forward()]
    context = first(discovered(lines)).context
    assert "Q" not in context.names["F"]
    assert context.sizes["Q"] == 2


TOP = r"The layers compute $z^l = W^l * a^{l-1} + b^l$ and $a^l = \tanh(z^l)$; $\delta^l = \frac{\partial J}{\partial z^l}$."


@pytest.mark.parametrize(
    "heading",
    ["## FC layer", "## Dense", "全连接层：", "全連結層:", "## 완전연결층", "**Vollständig verbundene Schicht**"],
)
def test_a_heading_makes_the_layer_a_dense_one(heading):
    text = "\n\n".join(
        [
            f"# Convolution\n\n{TOP}",
            r"$$\frac{\partial J}{\partial W^l} = a^{l-1} * \delta^l$$",
            heading,
            r"$$\frac{\partial J}{\partial W^l} = \delta^l (a^{l-1})^T$$",
            r"$$\frac{\partial J}{\partial b^l} = \delta^l$$",
            r"$$\frac{\partial J}{\partial W^l} = \delta^l a^{l-1}$$",
        ]
    )
    assert verdicts(text)[-3:] == ["proved", "proved", "refuted"]


def test_without_such_a_heading_the_bias_of_a_convolution_is_a_sum():
    text = TOP + "\n\n" + r"$$\frac{\partial J}{\partial b^l} = \delta^l$$"
    assert verdicts(text)[-1] == "refuted"


def test_channels_above_entries_are_counted():
    terms = [f"k^{{2,{c}}}_{{{a}{b}}} u^{{{c}}}_{{{a}{b}}}" for c in (1, 2, 3) for a in (1, 2) for b in (1, 2)]
    other = [
        f"k^{{1,{c}}}_{{{a}{b}}} u^{{{c}}}_{{{a}{b + 1}}}" for c in (1, 2, 3) for a in (1, 2) for b in (1, 2)
    ]  # fmt: skip
    lines = ["text:Each input map is 3x3, each kernel 2x2.", f"v^2_{{11}} = {' + '.join(terms)} + b^2",
             f"v^1_{{12}} = {' + '.join(other)} + b^1"]  # fmt: skip
    layer = first(discovered(lines)).context.layer
    assert (layer.in_channels, layer.out_channels) == (3, 2)
    assert (layer.input, layer.filter) == ((3, 3), (2, 2))
    text = lines[0].removeprefix("text:") + "".join(f"\n\n$${line}$$" for line in lines[1:])
    assert verdicts(text) == ["proved", "proved"]
    assert verdicts(text.replace("u^{3}_{11}", "u^{2}_{11}"))[0] == "refuted"


def test_numbers_above_the_maps_of_one_image_need_no_word():
    entries = [(a, b) for a in (1, 2) for b in (1, 2)]
    lines = [f"v^{o}_{{11}} = " + " + ".join(f"u_{{{a}{b}}} k^{o}_{{{a}{b}}}" for a, b in entries) for o in (1, 2)]
    slope = " + ".join(rf"\frac{{\partial E}}{{\partial v^2_{{{a}{b}}}}} u_{{{a}{b}}}" for a, b in entries)
    lines += [rf"\frac{{\partial E}}{{\partial k^2_{{11}}}} = {slope}"]
    text = "The image $u$ is 3x3; both kernels are 2x2." + "".join(f"\n\n$${line}$$" for line in lines)
    assert verdicts(text) == ["proved"] * 3
    assert verdicts(text.replace("u_{12} k^2_{12}", "u_{12} k^1_{12}"))[1] == "refuted"


def test_a_multiple_of_an_index_is_no_channel():
    text = "A vector $u$ of length 6, a filter $v$ of length 2, stride 2; indices from zero. The output is " + (
        r"$$r_t = v_0 u_{2t} + v_1 u_{2t+1} + c, \quad t = 0, 1, 2.$$ $$r_1 = v_0 u_2 + v_1 u_3 + c$$ "
        r"$$\frac{\partial E}{\partial v_0} = \sum_{t=0}^{2} \frac{\partial E}{\partial r_t} u_{2t}$$"
    )
    assert verdicts(text) == ["proved"] * 3
    assert verdicts(text.replace("u_3", "u_2"))[1] != "proved"


def test_squares_are_no_channels():
    lines = [*PAGE.matrix("p", (5, 4), "P").splitlines(), *PAGE.forward(), r"\rho = p_{1,1}^2 + q_{1,2}^2"]
    assert first(discovered(lines)).context.layer == sc.Conv(input=(5, 4), filter=(2, 2))


LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


@pytest.mark.parametrize("between", ["", " ", "·", "*"])
def test_plain_text_with_small_figures_is_read(between):
    page = Page(("u", "v", "s", "L"), (3, 3), (2, 2), 1, 1)
    lines = [
        "".join(f"{one}{index}".translate(LOWERED) if index.isdigit() else one for one, index in _parts(line))
        for line in (page.forward() if not between else [one.replace(" v", f"{between}v") for one in page.forward()])
    ]
    lines = [line.replace(" v", "v") if not between else line for line in lines]
    text = "a 3x3 input and a 2x2 filter\n\n" + "\n".join(lines) + "\n"
    assert verdicts(text) == ["proved"] * 4
    assert verdicts(text.replace("v₂₂", "v₁₂", 1))[0] == "refuted"


def _parts(line):
    """Pieces of a line as pairs: a text, and the index behind it or nothing."""
    for piece in line.split("}"):
        text, _, index = piece.partition("_{")
        yield text, index


def test_plain_text_with_brackets_for_each_index_is_read():
    def entry(letter, *index):
        return letter + "".join(f"[{one}]" for one in index)

    pairs = [(i, j) for i in (0, 1) for j in (0, 1)]
    forward = [
        f"{entry('Q', i, j)} = " + " + ".join(f"{entry('P', i + a, j + b)}*{entry('K', a, b)}" for a, b in pairs)
        for i, j in pairs
    ]
    backward = [
        f"∂L/∂{entry('K', a, b)} = "
        + " + ".join(f"∂L/∂{entry('Q', i, j)}*{entry('P', i + a, j + b)}" for i, j in pairs)
        for a, b in pairs
    ]
    text = "P is 3x3 and K is 2x2\n\n" + "\n".join([*forward, *backward]) + "\n"
    assert verdicts(text) == ["proved"] * 8
    assert "refuted" in verdicts(text.replace("P[0][1]*K[0][1]", "P[1][0]*K[0][1]"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("dL/dX22 = G11*F22 + G12*F21 + G21*F12 + G22*F11", ["proved"]),
        ("dL/dX22 = G11*F22 + G12*F21", ["refuted"]),
        ("G11 = 3*X11\ndL/dX22 = O11*F22", ["not-a-claim", "refuted"]),
    ],
)
def test_roles_are_letters_where_the_layer_is_given(text, expected):
    assert verdicts(text, layer=sc.Conv(input=(3, 3), filter=(2, 2))) == expected


def test_numbered_biases_of_vectors_are_entries():
    lines = ["s_1 = v_{11} u_1 + v_{12} u_2 + b_1", "s_2 = v_{21} u_1 + v_{22} u_2 + b_2"]
    names = first(discovered(lines)).context.names
    assert (names["X"], names["F"], names["O"], names["b"]) == (("u",), ("v",), ("s",), ("b",))
    text = "\n\n".join(f"$${line}$$" for line in lines)
    assert verdicts(text) == ["proved", "proved"]
    assert verdicts(text.replace("+ b_2", "+ b_1")) == ["proved", "refuted"]


def test_average_pooling_by_a_formula():
    lines = [
        r"t_{i,j} = \frac14 \sum_{a=0}^{1} \sum_{b=0}^{1} h_{2i+a,2j+b}",
        r"\frac{\partial L}{\partial h_{2i+a,2j+b}} = \frac14 \frac{\partial L}{\partial t_{i,j}}",
    ]
    found = first(discovered(["text:Average pooling of a 6x4 input.", *lines]))
    assert found.context.layer == layer_class("avg-pool")(input=(6, 4), window=(2, 2), stride=(2, 2))
    text = "Average pooling of a 6x4 input." + "".join(f"\n\n$${line}$$" for line in lines)
    assert verdicts(text) == ["proved", "proved"]
    assert verdicts(text.replace(r"= \frac14 \frac", r"= \frac12 \frac"))[1] == "refuted"


def test_a_sum_over_s_from_0_tells_no_stride():
    forward = r"$Y_{i} = \sum_{s=0}^{S-1} X_{i+s} W_{s}$"
    wrong = r"$\frac{\partial L}{\partial W_{s}} = \sum_{i=0}^{P-1} \frac{\partial L}{\partial Y_{i}} X_{i-s}$"
    assert verdicts(f"{forward}, where $Y$ has length $P$. Then {wrong}.")[-1] == "refuted"
