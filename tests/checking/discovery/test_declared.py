"""Layers that the prose declares: one sentence is enough, and what it says is not overruled by the line under test."""

import pytest

import symconv as sc
from symconv.checking.discovery.calls import settings_in
from symconv.checking.discovery.words import Prose
from symconv.checking.sources import source_from_text
from symconv.compose.check import check
from tests.checking.discovery.documents import Page, discovered, first

STRIDED = Page(("u", "v", "s", "L"), (6, 6), (2, 2), 2, 1)
UNSTRIDED = Page(("u", "v", "s", "L"), (6, 6), (2, 2), 1, 1)


def verdict(prose, line):
    return check(f"{prose}\n\n$${line}$$\n").findings[-1].verdict


def grad_of(name):
    return rf"\frac{{\partial L}}{{\partial {name}}}"


LANGUAGES = [
    "A 6x6 input $u$ is convolved with a 2x2 kernel $v$ with stride 2; the output is called $s$.",
    "Faltung der 6×6-Eingabe $u$ mit dem 2×2-Filter $v$, Schrittweite 2, Ausgabe $s$.",
    "Convolution : entrée $u$ de taille 6×6, noyau $v$ de taille 2×2, avec un pas de 2, sortie $s$.",
    "Convolución: la entrada $u$ es de 6×6, el filtro $v$ es de 2×2, el paso es 2 y la salida es $s$.",
    "Convolução: a entrada $u$ é 6×6, o filtro $v$ é 2×2, passo 2, saída $s$.",
    "Convoluzione: ingresso $u$ di dimensione 6×6, filtro $v$ di dimensione 2×2, passo 2, uscita $s$.",
    "卷积：输入 $u$ 的尺寸为 6×6，卷积核 $v$ 为 2×2，步幅为 2，输出记为 $s$。",
    "畳み込み：入力 $u$ は 6×6、カーネル $v$ は 2×2、ストライドは 2、出力は $s$。",
    "합성곱: 입력 $u$는 6×6, 커널 $v$는 2×2, 보폭은 2, 출력은 $s$.",
    "Свёртка: вход $u$ размера 6×6, фильтр $v$ размера 2×2, шаг равен 2, выход $s$.",
    "الالتفاف: المدخل $u$ بحجم 6×6 والمرشح $v$ بحجم 2×2 والخطوة 2 والمخرج $s$.",
    "Evrişim: 6×6 girdi $u$, 2×2 çekirdek $v$, adım 2, çıktı $s$.",
    "Splot: wejście $u$ o rozmiarze 6×6, jądro $v$ o rozmiarze 2×2, krok 2, wyjście $s$.",
]


@pytest.mark.parametrize("prose", LANGUAGES)
def test_one_sentence_declares_a_convolution(prose):
    for line in (STRIDED.forward()[4], STRIDED.weights()[2], STRIDED.inputs()[7]):
        assert verdict(prose, line) == "proved"
    for line in (UNSTRIDED.forward()[4], UNSTRIDED.weights()[2], UNSTRIDED.inputs()[7]):
        assert verdict(prose, line) == "refuted"


@pytest.mark.parametrize(
    "prose",
    [
        r"Let $u \in \mathbb{R}^{6\times 6}$ be the input, $v \in \mathbb{R}^{2\times 2}$ the filter, stride 2, output $s$.",
        "Input $u$ (6*6), kernel $v$ (2*2), $S=2$, $P=0$, output $s$.",
        "A six-by-six input $u$, a two-by-two kernel $v$ with a stride of two, and the output $s$ of the convolution.",
        "卷积层的输入 $u$ 是６×６，卷积核 $v$ 是２×２，步长２，输出 $s$。",
        "The input $u$ has shape (6, 6), the filter $v$ has shape (2, 2) and stride 2; the output is $s$.",
        "Input $u$ is 6x6; `nn.Conv2d(1, 1, kernel_size=2, stride=2)` with the weights $v$ gives the output $s$.",
        "Convolution of $u$ with $v$, output $s$.\n\n| what | value |\n|---|---|\n| input size | 6×6 |\n| kernel size | 2×2 |\n"
        "| stride | 2 |\n",
        "- input $u$: 6x6\n- kernel $v$: 2x2\n- stride: 2\n- output $s$: 3x3\n",
    ],
)  # fmt: skip
def test_sizes_are_said_in_many_ways(prose):
    assert verdict(prose, STRIDED.weights()[1]) == "proved"
    assert verdict(prose, UNSTRIDED.weights()[1]) == "refuted"


def test_padding_dilation_and_roles_stay_as_they_are_said():
    padded = "The input $u$ and the kernel $v$ are both 3x3: input $u$ 3x3, kernel $v$ 3x3, padding 1, output $s$."
    cells = [(a, b) for a in (1, 2, 3) for b in (1, 2, 3)]
    assert verdict(padded, "s_{11} = " + " + ".join(f"u_{{{a}{b}}} v_{{{a}{b}}}" for a, b in cells)) == "refuted"
    assert verdict(padded, "s_{11} = u_{11} v_{22} + u_{12} v_{23} + u_{21} v_{32} + u_{22} v_{33}") == "proved"
    spread = "A 5x5 input $u$, a 2x2 kernel $v$, dilation 2, output $s$."
    assert verdict(spread, "s_{11} = u_{11} v_{11} + u_{13} v_{12} + u_{31} v_{21} + u_{33} v_{22}") == "proved"
    assert verdict(spread, "s_{11} = u_{11} v_{11} + u_{12} v_{12} + u_{21} v_{21} + u_{22} v_{22}") == "refuted"
    unrotated = r"\frac{\partial L}{\partial u_{22}} = " + " + ".join(
        rf"\frac{{\partial L}}{{\partial s_{{{i}{j}}}}} v_{{{i}{j}}}" for i in (1, 2) for j in (1, 2)
    )
    assert verdict("Input $u$ 3x3, kernel $v$ 2x2, output $s$.", unrotated) == "refuted"


def test_three_equations_overrule_the_text_and_the_note_says_so():
    prose = "text:A 6x6 input $u$, a 2x2 kernel $v$, stride 2, output $s$."
    found = first(discovered([prose, *UNSTRIDED.forward()[:4]]))
    assert found.context.layer == sc.Conv(input=(6, 6), filter=(2, 2))
    assert "the text says stride 2, its equations have 1" in found.sentence
    found = first(discovered([prose, *UNSTRIDED.forward()[:3], *STRIDED.forward()[2:4]]))
    assert found.context.layer == sc.Conv(input=(6, 6), filter=(2, 2), stride=2)


POOLS = [
    ("max-pool", "Max pooling with 2×2 windows and stride 2; the input $G$ is 4×4, the output is $H$."),
    ("max-pool", "最大池化：窗口 2×2，步长 2，输入 $G$ 为 4×4，输出 $H$。"),
    ("max-pool", "`nn.MaxPool2d(2)` maps the 4x4 input $G$ to the output $H$."),
    ("max-pool", "Макс-пулинг с окном 2×2 и шагом 2; вход $G$ размера 4×4, выход $H$."),
    ("avg-pool", "Average pooling, 2×2 windows, stride 2; input $G$ (4×4), output $H$."),
    (
        "avg-pool",
        "Average-Pooling mit 2×2-Fenstern und Schrittweite 2; die Eingabe $G$ ist 4×4, die Ausgabe heißt $H$.",
    ),
    ("avg-pool", "Average pooling com janela 2×2 e passo 2; a entrada $G$ é 4×4 e a saída é $H$."),
]


@pytest.mark.parametrize(("kind", "prose"), POOLS)
def test_one_sentence_declares_a_pool(kind, prose):
    entries, beside = "G_{13}, G_{14}, G_{23}, G_{24}", "G_{12}, G_{13}, G_{22}, G_{23}"
    value = r"\max(%s)" if kind == "max-pool" else r"\frac14(%s)"
    shown = [value % (one if kind == "max-pool" else one.replace(",", " +")) for one in (entries, beside)]
    assert verdict(prose, f"H_{{12}} = {shown[0]}") == "proved"
    assert verdict(prose, f"H_{{12}} = {shown[1]}") == "refuted"
    assert verdict(prose, r"\frac{\partial H_{11}}{\partial G_{33}} = 0") == "proved"
    if kind == "avg-pool":
        assert (
            verdict(prose, r"\frac{\partial L}{\partial G_{23}} = \frac14 \frac{\partial L}{\partial H_{12}}")
            == "proved"
        )
        assert verdict(prose, r"\frac{\partial L}{\partial G_{23}} = \frac{\partial L}{\partial H_{12}}") == "refuted"


def test_settings_in_calls():
    found = settings_in("Conv2D(8, (3, 3), strides=2) and nn.AvgPool1d(4, stride=2)")
    assert [(one.name, one.value) for one in found] == [
        ("out_channels", (8,)), ("window", (3, 3)), ("stride", (2, 2)), ("window", (4,)), ("stride", (2,)),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("prose", "roles"),
    [
        ("The kernel $k$ slides over the image $p$ of size $M\\times N$.", {("F", "k"), ("X", "p")}),
        ("$p$ is the input and $q$ denotes the output.", {("X", "p"), ("O", "q")}),
        ("an output of size $H$, the stride of the input", set()),
        ("Convolution of $p$ with $k$.", {("X", "p"), ("F", "k")}),
    ],
)
def test_letters_have_the_roles_that_words_give_them(prose, roles):
    assert {(role, letter) for _, role, letter in Prose(source_from_text(prose)).roles} == roles


@pytest.mark.parametrize(
    "prose",
    [
        "A transposed convolution with stride 2: input $p$ (2×2), kernel $q$ (2×2), output $r$ (4×4).",
        "转置卷积，步长 2，输入 $p$ 为 2×2，卷积核 $q$ 为 2×2，输出 $r$ 为 4×4。",
        "`nn.ConvTranspose2d(1, 1, kernel_size=2, stride=2)` maps the 2x2 input $p$ to $r$ with the kernel $q$.",
    ],
)
def test_one_sentence_declares_a_transposed_convolution(prose):
    by = [rf"\frac{{\partial L}}{{\partial r_{{{place}}}}}" for place in ("13", "14", "23", "24", "12", "22")]
    products = [f"{gradient} q_{{{place}}}" for gradient, place in zip(by[:4], ("11", "12", "21", "22"), strict=True)]
    assert verdict(prose, "r_{34} = p_{22} q_{12}") == "proved"
    assert verdict(prose, "r_{34} = p_{22} q_{21}") == "refuted"
    assert verdict(prose, r"\frac{\partial L}{\partial p_{12}} = " + " + ".join(products)) == "proved"
    unstrided = " + ".join(products).replace("_{13}", "_{12}").replace("_{23}", "_{22}").replace("_{14}", "_{13}")
    assert verdict(prose, r"\frac{\partial L}{\partial p_{12}} = " + unstrided.replace("_{24}", "_{23}")) == "refuted"


CHANNELS = [
    (
        "The input $p$ has two channels of size 3x3, there is 1 filter $q$ of size 2x2, the output is $r$.",
        "%s^{(%s)}_{%s}",
    ),
    ("输入 $p$ 有 2 个通道，大小 3×3，卷积核 $q$ 大小 2×2，输出 $r$ 有 1 个通道。", "%s^{%s}_{%s}"),
    ("An input $p$ with 2 channels of size 3x3 and a kernel $q$ of size 2x2 give the output $r$.", "%s_{%s,%s}"),
]


@pytest.mark.parametrize("base", [0, 1])
@pytest.mark.parametrize(("prose", "entry"), CHANNELS)
def test_channels_that_prose_counts_stand_above_or_before(prose, entry, base):
    comma = entry.endswith(",%s}")
    channels = (base, base + 1) if comma else (1, 2)

    def shown(letter, channel, *place):
        return entry % (letter, channel, ("," if comma else "").join(str(part + base) for part in place))

    cells = [(a, b) for a in (0, 1) for b in (0, 1)]
    terms = [f"{shown('p', c, a, 1 + b)} {shown('q', c, a, b)}" for c in channels for a, b in cells]
    target = f"r_{{{base},{base + 1}}}" if comma else f"r_{{{base}{base + 1}}}"
    assert verdict(prose, f"{target} = {' + '.join(terms)}") == "proved"
    assert verdict(prose, f"{target} = {' + '.join(terms[:-1])}") == "refuted"
    wrong = [terms[0].replace(shown("p", channels[0], 0, 1), shown("p", channels[1], 0, 1)), *terms[1:]]
    assert verdict(prose, f"{target} = {' + '.join(wrong)}") == "refuted"


@pytest.mark.parametrize("entry", ["%s^{(%s)}_{%s%s}", "%s_{%s,%s,%s}"])
def test_depthwise_convolution_has_a_filter_for_each_channel(entry):
    prose = "A depthwise convolution: the input $p$ has two channels of size 3x3, each with its own 2x2 kernel $q$; output $r$."
    cells = [(a, b) for a in (1, 2) for b in (1, 2)]
    terms = [f"{entry % ('p', 2, a, b)} {entry % ('q', 2, a, b)}" for a, b in cells]
    line = f"{entry % ('r', 2, 1, 1)} = " + " + ".join(terms)
    assert verdict(prose, line) == "proved"
    assert verdict(prose, line.replace(entry % ("p", 2, 1, 1), entry % ("p", 1, 1, 1))) == "refuted"


@pytest.mark.parametrize(
    ("words", "base"), [("Indices count from 0.", 0), ("We use zero-based indexing.", 0), ("下标从 1 开始。", 1)]
)
def test_words_say_what_the_first_index_is(words, base):
    assert Prose(source_from_text(words)).index_base == base


def test_masks_that_are_spoken_of_are_not_chosen_to_fit():
    prose = POOLS[0][1]
    by = r"\frac{\partial L}{\partial %s} = \frac{\partial L}{\partial %s} %s"
    assert verdict(prose, by % ("G_{12}", "H_{11}", r"\frac{\partial H_{11}}{\partial G_{12}}")) == "proved"
    assert verdict(prose, by % ("G_{33}", "H_{11}", r"\frac{\partial H_{11}}{\partial G_{33}}")) == "refuted"
    assert verdict(prose, by % ("G_{12}", "H_{11}", r"I(G_{12} = H_{11})")) == "proved"
    assert verdict(prose, by % ("G_{12}", "H_{12}", r"\mathbb{1}[G_{12} = H_{12}]")) == "refuted"
    assert verdict(prose, by % ("G_{ij}", r"H_{\lceil i/2 \rceil, \lceil j/2 \rceil}", "")) == "refuted"


@pytest.mark.parametrize(
    ("stride", "right", "expected"),
    [
        (2, r"\begin{cases} \frac{\partial L}{\partial H_{ij}} & \text{if } G_{ab} = H_{ij} \\ 0 & \text{else}\end{cases}",
         "proved"),
        (1, r"\begin{cases} \frac{\partial L}{\partial H_{ij}} & \text{if } G_{ab} = H_{ij} \\ 0 & \text{else}\end{cases}",
         "refuted"),
        (2, r"\frac{\partial L}{\partial H_{ab}} \mathbb{1}[G_{ab} = H_{ij}]", "refuted"),
        (1, r"\sum_{i,j} \frac{\partial L}{\partial H_{ij}} \mathbb{1}[G_{ab} = H_{ij}]", "proved"),
    ],
)  # fmt: skip
def test_a_condition_names_the_window_that_it_speaks_of(stride, right, expected):
    prose = f"Max pooling of the 4x4 input $G$ with 2x2 windows and stride {stride}; output $H$."
    assert verdict(prose, rf"\frac{{\partial L}}{{\partial G_{{ab}}}} = {right}") == expected


@pytest.mark.parametrize("below", [r"0\le a,b\le 1", r"a,b\in\{0,1\}", r"0 \le a < 2,\, 0 \le b < 2", "a=0,1;b=0,1"])
def test_a_maximum_runs_over_what_stands_below_it(below):
    prose = "Max pooling, indices count from 0: input $g$ of size 4×4, windows of size 2×2, stride 2, output $h$."
    assert verdict(prose, rf"h_{{i,j}} = \max_{{{below}}} g_{{2i+a,2j+b}}") == "proved"
    assert verdict(prose, rf"h_{{i,j}} = \max_{{{below}}} g_{{i+a,j+b}}") == "refuted"
    assert verdict(prose, r"h_{i,j} = \max_{(a,b) \in R} g_{2i+a,2j+b}") == "unread"


def test_one_row_without_the_bias_of_the_others_lacks_it():
    page = Page(("u", "v", "s", "L"), (3, 3), (2, 2), 1, 1, bias=True)
    lines = [*page.forward()[:3], page.forward()[3].removesuffix(" + b")]
    text = "Input $u$ 3x3, kernel $v$ 2x2, bias $b$, output $s$.\n\n" + "\n\n".join(f"$${line}$$" for line in lines)
    finding = check(text).findings[-1]
    assert (finding.verdict, finding.message) == ("refuted", "the term b is missing")


def test_names_of_several_letters_and_entries_of_one_axis_in_plain_text():
    lines = ["out[0, 0] = img[0, 0]*ker[0, 0] + img[0, 1]*ker[0, 1]", "out[0, 1] = img[0, 1]*ker[0, 0] + img[0, 2]*ker[0, 1]",
             "dL/dimg[0, 1] = dL/dout[0, 0]*ker[0, 1] + dL/dout[0, 1]*ker[0, 0]"]  # fmt: skip
    text = "img is 1x3, ker is 1x2 (the kernel), out is 1x2\n\n" + "\n".join(lines) + "\n"
    assert [finding.verdict for finding in check(text).findings] == ["proved"] * 3
    flat = "A 1-D convolution: the input $p$ has length 4, the kernel $q$ has length 2, the output is $r$."
    assert verdict(flat, r"\frac{\partial L}{\partial q_2} = p_2 * \frac{\partial L}{\partial r_1} + p_3 * "
                         r"\frac{\partial L}{\partial r_2} + p_4 * \frac{\partial L}{\partial r_3}") == "proved"  # fmt: skip
    assert verdict(flat, "r_2 = p_2 * q_1 + p_3 * q_1") == "refuted"


BY = r"\frac{\partial L}{\partial %s}"
AVERAGE = "Average pooling with 2×2 windows and stride 2; the input $G$ is 4×4, the output $H$ is 2×2."


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (r"H_{ij} = \frac14 \sum_{a=1}^2 \sum_{b=1}^2 G_{2(i-1)+a,2(j-1)+b}", "proved"),
        (r"H_{ij} = \frac14 \sum_{a=0}^1 \sum_{b=0}^1 G_{2i-1+a,2j-1+b}", "proved"),
        (r"H_{ij} = \frac12 \sum_{a=0}^1 \sum_{b=0}^1 G_{2i-1+a,2j-1+b}", "refuted"),
        (BY % "G_{2i-1+a,2j-1+b}" + r" = \frac14 " + BY % "H_{ij}", "proved"),
        (BY % "G_{2i-1+a,2j-1+b}" + " = " + BY % "H_{ij}", "refuted"),
        (BY % "G" + r" = \frac14 \text{upsample}(" + BY % "H" + ")", "proved"),
        (BY % "G" + r" = \text{upsample}(" + BY % "H" + ")", "refuted"),
        (BY % "G" + r" = \frac14 " + BY % "H" + r" \otimes \begin{pmatrix} 1 & 1 \\ 1 & 1 \end{pmatrix}", "proved"),
        (BY % "G" + r" = \frac14 \text{kron}(" + BY % "H" + r", \mathbf{1}_{2\times 2})", "proved"),
    ],
)
def test_average_pooling_in_its_usual_forms(line, expected):
    assert verdict(AVERAGE, line) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (r"c = \frac16 \sum_{i=1}^2 \sum_{j=1}^3 p_{ij}", "proved"),
        (r"c = \sum_{i=1}^2 \sum_{j=1}^3 p_{ij}", "refuted"),
        (BY % "p_{ij}" + r" = \frac16 " + BY % "c", "proved"),
        (BY % "p_{ij}" + " = " + BY % "c", "refuted"),
    ],
)
def test_global_pooling_has_one_window(line, expected):
    assert verdict("Global average pooling of the $2\\times 3$ map $p$ gives one number $c$.", line) == expected


PLAIN = "The input $u$ is 3x3, the filter $v$ is 2x2, stride 1, the output $s$ is 2x2."
RIGHT = r"\frac{\partial L}{\partial u_{12}} = \frac{\partial L}{\partial s_{11}} v_{12} + \frac{\partial L}{\partial s_{12}} v_{11}"


@pytest.mark.parametrize(
    "aside",
    [
        "There are four filter weights.",
        "Colour pictures have 3 channels, ours has one.",
        "Often one takes 64 filters.",
        "With padding 1 the output would be as large as the input.",
        "A dilation of 2 would leave gaps.",
        "Had we taken padding 1, more terms would appear.",
    ],
)
def test_asides_about_other_layers_change_nothing(aside):
    assert verdict(f"{PLAIN} {aside}", RIGHT) == "proved"


FORWARD = r"s_{ij} = \sum_{p=1}^2 \sum_{q=1}^2 v_{pq} u_{i+p-1,j+q-1}"
BY_FILTER = r"\frac{\partial L}{\partial v_{pq}} = \sum_{i=1}^2 \sum_{j=1}^2 \frac{\partial L}{\partial %s_{ij}} u_{i+p-1,j+q-1}"


@pytest.mark.parametrize(
    "activation", [r"\tanh(s_{ij})", r"\text{ReLU}(s_{ij})", r"\max(0, s_{ij})", r"\sigma(s_{ij})"]
)
def test_what_an_activation_puts_out_is_not_the_output_of_the_convolution(activation):
    text = f"{PLAIN} $${FORWARD}$$ Then $$h_{{ij}} = {activation}$$ and the gradient is"
    assert verdict(text, BY_FILTER % "s") == "proved"
    assert verdict(text, BY_FILTER % "h") != "proved"


@pytest.mark.parametrize(
    "said",
    [
        "The map $a$ is 3×3, the kernel $w$ is 2×2, the net input $z$ is 2×2.",
        "The map $a$ is 3×3, the kernel $w$ is 2×2, the weighted input $z$ is 2×2.",
        "$a$ ist 3×3, der Kern $w$ ist 2×2, die Nettoeingabe $z$ ist 2×2.",
        "激活值 $a$ 是3×3，卷积核 $w$ 是2×2，净输入 $z$ 是2×2。",
        "L'activation $a$ est 3×3, le noyau $w$ 2×2, l'entrée nette $z$ 2×2.",
    ],
)
def test_a_net_input_is_what_the_layer_computes(said):
    forward = r"z_{ij} = \sum_{m=1}^{2}\sum_{n=1}^{2} w_{mn} a_{i+m-1,j+n-1}"
    right, wrong = (f"{grad_of('a_{13}')} = {grad_of('z_{12}')} w_{{{at}}}" for at in (12, 11))
    text = "\n\n".join([said, *(f"$${line}$$" for line in (forward, right, wrong))])
    assert [one.verdict for one in sc.check(text).findings][-3:] == ["proved", "proved", "refuted"]


def test_an_input_that_equations_compute_is_the_output():
    intro = "The input of the activation function is $z$, the kernel is $w$ (2×2); $a$ is 3×3."
    forward = r"z_{11} = w_{11} a_{11} + w_{12} a_{12} + w_{21} a_{21} + w_{22} a_{22}"
    text = f"{intro}\n\n$${forward}$$\n\n$${grad_of('a_{33}')} = {grad_of('z_{22}')} w_{{22}}$$"
    assert [one.verdict for one in sc.check(text).findings][-2:] == ["proved", "proved"]
