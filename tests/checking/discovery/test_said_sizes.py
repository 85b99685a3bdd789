"""What words say of sizes and steps is not replaced by what one line of gradients would need."""

import pytest

import symconv as sc


def g(array, index):
    return rf"\frac{{\partial C}}{{\partial {array}_{{{index}}}}}"


def findings(*parts):
    return sc.check("".join(parts)).findings


LINE = "A convolution: the input $u$ has 5 entries, the filter $v$ has 3 taps, the output is $t$.\n\n"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (f"{g('u', 3)} = {g('t', 1)} v_3 + {g('t', 2)} v_1", "the term ∂C/∂t_3·v_1 is missing"),
        (f"{g('u', 1)} = {g('t', 1)} v_2 + {g('t', 2)} v_1", "this is the value of ∂C/∂u_2"),
    ],
)
def test_gradients_alone_tell_neither_stride_nor_padding(line, message):
    right, wrong = findings(LINE, f"$${g('u', 1)} = {g('t', 1)} v_1$$\n\n$${line}$$")
    assert right.verdict == "proved"
    assert wrong.verdict == "refuted" and message in wrong.message


def test_the_size_of_the_output_tells_the_stride():
    text = LINE.replace("the output is $t$", "the output $t$ has 2 entries")
    lines = f"$${g('u', 1)} = {g('t', 1)} v_1$$\n\n$${g('u', 3)} = {g('t', 1)} v_3 + {g('t', 2)} v_1$$"
    assert [found.verdict for found in findings(text, lines)] == ["proved", "proved"]


DENSE = (
    "A fully connected layer $t = Vu + c$ with two inputs and three outputs.\n\n",
    "Eine dichte Schicht $t = Vu + c$ mit 2 Eingängen und 3 Ausgängen.\n\n",
    "A dense layer $t = Vu + c$ with 2 input neurons and 3 output neurons.\n\n",
    r"A dense layer $t = Vu + c$ with $V \in \mathbb{R}^{3 \times 2}$." + "\n\n",
)


@pytest.mark.parametrize("text", DENSE)
def test_entries_beyond_the_sizes_in_words_do_not_exist(text):
    *_, right, wrong = findings(text, f"$${g('V', 31)} = {g('t', 3)} u_1$$\n\n$${g('V', 13)} = {g('t', 1)} u_3$$")
    assert right.verdict == "proved"
    assert (wrong.verdict, wrong.mistake) == ("refuted", "no-such-entry")


def test_a_slip_makes_no_output():
    forward = "$$t_1 = v_{11} u_1 + v_{12} u_2 + v_{13} u_3$$\n\n$$t_2 = v_{21} u_1 + v_{22} u_2 + v_{32} u_3$$\n\n"
    found = findings("A dense layer.\n\n", forward, f"$${g('u', 1)} = {g('t', 1)} v_{{11}} + {g('t', 2)} v_{{21}}$$")
    assert [each.verdict for each in found] == ["proved", "refuted", "proved"]
