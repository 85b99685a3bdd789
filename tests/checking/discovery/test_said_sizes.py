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


SAME = (
    "Input $u$ 4×4, filter $v$ 3×3, same padding, stride 1. Output $t$ 4×4.\n\n",
    "Input $u$ 4×4, filter $v$ 3×3, 'same' padding, output $t$.\n\n",
    "Input $u$ 4×4, filter $v$ 3×3, pad = 1, stride = 1. Output $t$ 4×4.\n\n",
    "Input $u$ 4×4, filter $v$ 3×3, the output $t$ has the same size as the input.\n\n",
    "Input $u$ 4×4, filter $v$ 3×3, output $t$ 4×4.\n\n",
    "Input $u$ 4×4, filter $v$ 3×3, zero-padded so that the output $t$ is again 4×4.\n\n",
)


@pytest.mark.parametrize("text", SAME)
def test_an_output_as_large_as_the_input_tells_the_padding(text):
    terms = f"{g('t', 11)} v_{{22}} + {g('t', 12)} v_{{21}} + {g('t', 21)} v_{{12}} + {g('t', 22)} v_{{11}}"
    right, wrong = findings(text, f"$${g('u', 11)} = {terms}$$\n\n$${g('u', 11)} = {g('t', 11)} v_{{11}}$$")
    assert (right.verdict, wrong.verdict, wrong.mistake) == ("proved", "refuted", "padding-forgotten")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Input $u$ 5×5, filter $v$ 2×2. Dilated convolution with rate 2, output $t$ 3×3.\n\n", (12, 13)),
        (
            "The 5×5 input $u$, the 3×3 kernel $v$; the kernel jumps by 2. The output $t$ has shape (2, 2).\n\n",
            (13, 13),
        ),
    ],
)
def test_the_size_of_the_output_counts_against_a_line_that_forgets_a_step(text, line):
    wrong = f"$${g('u', 12)} = {g('t', 11)} v_{{12}} + {g('t', 12)} v_{{11}}$$\n\n"
    second = 13 if line[0] == 12 else 12
    right = f"$${g('u', 13)} = {g('t', 11)} v_{{{line[0]}}} + {g('t', second)} v_{{11}}$$"
    assert [found.verdict for found in findings(text, wrong, right)] == ["refuted", "proved"]


def test_a_letter_of_losses_is_a_matrix_where_another_letter_is_the_loss():
    wrong, right = (
        rf"$$\frac{{\partial L}}{{\partial u}} = {each}\frac{{\partial L}}{{\partial t}}$$" for each in ("C", "C^T")
    )
    found = findings("Let $t = Cu$.\n\n", wrong, "\n\n", right)
    assert [each.verdict for each in found[1:]] == ["refuted", "proved"]
    assert found[1].mistake == "missing-transpose"
