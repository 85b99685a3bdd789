"""A special case that the words before a formula speak of, on a page about every stride."""

import pytest

import symconv as sc

FORWARD = r"""A convolution with stride $s$, counted from 0, is $y_i = \sum_k w_kx_{si+k}$.

"""
PLAIN = r"$$\frac{\partial L}{\partial x_j} = \sum_k w_k\frac{\partial L}{\partial y_{j-k}}$$"
FILTER = r"$$\frac{\partial L}{\partial w_k} = \sum_i\frac{\partial L}{\partial y_i}x_{i+k}$$"


@pytest.mark.parametrize(
    "words",
    [
        "With stride one,",
        "For unit stride",
        "Bei Schrittweite 1",
        "Avec un pas de 1,",
        "当步长为 1 时，",
        "При шаге 1",
        "For stride one,\n",
    ],
)
def test_words_before_a_formula_say_its_stride(words):
    found = sc.check(f"{FORWARD}{words}\n{PLAIN}\n\nIn general\n{PLAIN}").findings[1:]
    assert [(one.verdict, one.mistake) for one in found] == [("proved", ""), ("refuted", "stride-forgotten")]


def test_a_sentence_goes_on_behind_a_display():
    text = f"{FORWARD}With stride one,\n{PLAIN}\nand for the filter\n{FILTER}\nIn general\n{FILTER}"
    assert [one.verdict for one in sc.check(text).findings[1:]] == ["proved", "proved", "refuted"]


def test_wrong_lines_of_a_special_case_are_refuted():
    text = f"{FORWARD}With stride one,\n{PLAIN.replace('j-k', 'j+k')}"
    assert sc.check(text).findings[1].mistake == "convolution-for-correlation"


def test_a_letter_for_a_size_is_no_array():
    text = "Input $n$, filter $k$: $n=5$, $k=3$ and $o = 3$."
    assert "refuted" not in [one.verdict for one in sc.check(text).findings]
