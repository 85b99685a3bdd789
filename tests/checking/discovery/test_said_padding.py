"""What words and sizes say of padding, stride and dilation holds, whatever the lines of gradients have forgotten."""

import pytest

import symconv as sc

RIGHT = (
    r"\frac{\partial E}{\partial a_{11}} = \frac{\partial E}{\partial z_{11}}k_{22} + \frac{\partial E}{\partial z_{12}}"
    r"k_{21} + \frac{\partial E}{\partial z_{21}}k_{12} + \frac{\partial E}{\partial z_{22}}k_{11}"
)
FORGOTTEN = r"\frac{\partial E}{\partial a_{11}} = \frac{\partial E}{\partial z_{11}}k_{11}"


def judged(text, *lines):
    found = sc.check("\n".join([text, "", *(f"$${line}$$" for line in lines)])).findings[-len(lines) :]
    return [(one.verdict, one.mistake) for one in found]


@pytest.mark.parametrize(
    "words",
    [
        "'same' padding", "the “same” padding mode, padding='same'", "padding SAME", "pad = 1", "one ring of zeros around it",
        "zero-padded so that the output $z$ is again 5×5", "the output has the same size as the input",
        "einem Rand aus Nullen", "la sortie a la même taille que l'entrée", "la salida tiene el mismo tamaño que la entrada",
        "输出与输入大小相同", "出力は入力と同じサイズ", "출력은 입력과 같은 크기", "output $z$ 5×5",
    ],
)  # fmt: skip
def test_words_and_sizes_that_say_the_padding(words):
    text = f"Input $a$ 5×5, filter $k$ 3×3, {words}; the output is $z$."
    assert judged(text, RIGHT, FORGOTTEN) == [("proved", ""), ("refuted", "padding-forgotten")]


@pytest.mark.parametrize(
    ("words", "shape"),
    [
        ("the filter jumps by 2", "2×2"), ("the filter moves two pixels at a time", "2×2"), ("nothing more", "2×2"),
        ("stride 2", "2×2"), ("dilated with a rate of 2", "1×1"),
    ],
)  # fmt: skip
def test_words_and_sizes_that_say_the_step(words, shape):
    text = f"Input $a$ 5×5, filter $k$ 3×3, {words}. Output $z$ {shape}."
    line = r"\frac{\partial E}{\partial a_{12}} = \frac{\partial E}{\partial z_{11}}k_{12} + \frac{\partial E}{\partial z_{12}}k_{11}"
    assert judged(text, line)[0][0] == "refuted"


def test_a_new_padding_makes_another_output_than_the_one_before():
    text = "\n\n".join(
        ["The input $a$ is 5×5, the filter $k$ 3×3, stride 1, no padding, the output $z$ is 3×3.", f"$${FORGOTTEN}$$"]
    )
    assert judged(f"{text}\n\nNow let the padding be 1.", RIGHT) == [("proved", "")]


FORWARD = [
    r"z_{12} = a_{13}k_{11} + a_{14}k_{12} + a_{23}k_{21} + a_{24}k_{22}",
    r"z_{21} = a_{31}k_{11} + a_{32}k_{12} + a_{41}k_{21} + a_{42}k_{22}",
]
UNMOVED = [
    r"\frac{\partial E}{\partial a_{12}} = \frac{\partial E}{\partial z_{11}}k_{12} + \frac{\partial E}{\partial z_{12}}k_{11}",
    r"\frac{\partial E}{\partial a_{21}} = \frac{\partial E}{\partial z_{11}}k_{21} + \frac{\partial E}{\partial z_{21}}k_{11}",
    r"\frac{\partial E}{\partial a_{13}} = \frac{\partial E}{\partial z_{12}}k_{12} + \frac{\partial E}{\partial z_{13}}k_{11}",
    r"\frac{\partial E}{\partial a_{44}} = \frac{\partial E}{\partial z_{33}}k_{22}",
]


@pytest.mark.parametrize("forward", [[], FORWARD])
def test_a_stride_forgotten_in_all_gradients_is_no_stride_of_the_layer(forward):
    text = "Input $a$ 4×4, filter $k$ 2×2, stride 2, padding 0, output $z$ 2×2."
    found = [verdict for verdict, _ in judged(text, *forward, *UNMOVED)]
    assert found == ["proved"] * len(forward) + ["refuted"] * len(UNMOVED)


def test_a_rotation_forgotten_in_all_gradients_makes_no_true_convolution():
    def line(row, column):
        near = [(i, j) for i in (1, 2, 3) for j in (1, 2, 3) if abs(i - row) < 2 and abs(j - column) < 2]
        terms = (rf"\frac{{\partial E}}{{\partial z_{{{i}{j}}}}} k_{{{i - row + 2}{j - column + 2}}}" for i, j in near)
        return rf"\frac{{\partial E}}{{\partial a_{{{row}{column}}}}} = " + " + ".join(terms)

    forward = r"z_{11} = a_{11}k_{22} + a_{12}k_{23} + a_{21}k_{32} + a_{22}k_{33}"
    text = "The input $a$ is 3×3, the filter $k$ is 3×3, stride 1, padding 1, the output $z$ is 3×3."
    lines = [line(*place) for place in ((1, 1), (2, 2), (1, 2), (3, 2))]
    assert [verdict for verdict, _ in judged(text, forward, *lines)] == ["proved"] + ["refuted"] * 4
