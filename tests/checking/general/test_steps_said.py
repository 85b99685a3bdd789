"""Strides and paddings that words or the definition of the output tell hold for all lines with general sizes."""

import pytest

import symconv as sc


def filtered(index):
    return (
        rf"$$\frac{{\partial J}}{{\partial v_q}} = \sum_i \frac{{\partial J}}{{\partial t_i}} u_{{{index}}}$$" + "\n\n"
    )


def passed(index):
    return (
        rf"$$\frac{{\partial J}}{{\partial u_j}} = \sum_q \frac{{\partial J}}{{\partial t_{{{index}}}}} v_q$$" + "\n\n"
    )


def verdicts(*parts):
    return [(found.verdict, found.message) for found in sc.check("".join(parts)).findings]


PADDED = (
    "A convolution with padding 1 and stride 1, indices start at 0: $t_i = \\sum_q v_q u_{i+q-1}$.\n\n",
    "$$t_i = \\sum_q v_q u_{i+q-1}$$ Indices start at 0; the input is padded with one zero on every side.\n\n",
    "Eine Faltung mit Auffüllung 1, Indizes ab 0: $t_i = \\sum_q v_q u_{i+q-1}$.\n\n",
    "Une convolution, un zéro de chaque côté, indices à partir de 0: $t_i = \\sum_q v_q u_{i+q-1}$.\n\n",
    "$$t_i = \\sum_{q=0}^{k-1} v_q u_{i+q-1}$$\n\n",
)


@pytest.mark.parametrize("text", PADDED)
def test_a_padding_holds_throughout(text):
    found = verdicts(text, filtered("i+q-1"), passed("j-q+1"), filtered("i+q"), passed("j-q"))
    assert [verdict for verdict, _ in found] == ["proved"] * 3 + ["refuted"] * 2
    assert "u_(i+q) should be u_(i+q-1)" in found[3][1]


def test_a_padded_input_is_not_padded_again():
    text = "The padded input $u$ (padding 1) is convolved, indices from 0: $t_i = \\sum_q v_q u_{i+q}$.\n\n"
    assert [verdict for verdict, _ in verdicts(text, filtered("i+q"))] == ["proved", "proved"]


def test_words_alone_leave_open_whether_the_input_is_the_padded_one():
    text = "A convolution with input $u$, filter $v$, output $t$ and padding 1, indices from 0.\n\n"
    right, open_ = verdicts(text, filtered("i+q-1"), filtered("i+q"))
    assert right[0] == "proved"
    assert open_ == ("unread", "it holds only if the input stands for the padded one")


def test_a_stride_in_words_is_heeded():
    text = "A convolution with stride 2, indices from 0: input $u$, filter $v$, output $t$.\n\n"
    found = verdicts(text, filtered("2i+q"), filtered("i+q"))
    assert [verdict for verdict, _ in found] == ["proved", "refuted"]


def test_a_gradient_does_not_tell_the_stride():
    text = "A convolution with input $u$, filter $v$ and output $t$, indices from 0.\n\n"
    (found,) = verdicts(text, filtered("2i+q"))
    assert found == ("unread", "it holds only where the stride is 2, which the text does not say")
    found = verdicts(text, "$$t_i = \\sum_q v_q u_{2i+q}$$\n\n", filtered("2i+q"), filtered("i+q"))
    assert [verdict for verdict, _ in found] == ["proved", "proved", "refuted"]
