"""The bias of a map is a number beside entries, and stands at every entry beside whole arrays."""

import pytest

import symconv as sc

FORWARD = r"$$z^l_{ij} = \sum_m\sum_n w^l_{mn}a^{l-1}_{i+m,j+n} + b^l$$"
PAGE = "In a convolutional layer\n" + FORWARD + "\n"


@pytest.mark.parametrize("before", ["", "In a dense layer\n$$z^l = w^l a^{l-1} + b^l$$\n"])
def test_the_forward_line_of_a_convolution_between_dense_layers(before):
    found = [one for one in sc.check(before + PAGE).findings if "sum" in one.equation]
    assert [one.verdict for one in found] == ["proved"]


@pytest.mark.parametrize(
    ("line", "verdict"),
    [
        (r"\frac{\partial C}{\partial b^l} = \sum_i\sum_j\delta^l_{ij}", "proved"),
        (r"\frac{\partial C}{\partial b^l} = \delta^l_{ij}", "refuted"),
        (r"z^l_{ij} = \sum_m\sum_n w^l_{mn}a^{l-1}_{i+n,j+m} + b^l", "refuted"),
        (r"z^l_{ij} = \sum_m\sum_n w^l_{mn}a^{l-1}_{i+m,j+n} + 2b^l", "refuted"),
    ],
)
def test_lines_beside_it(line, verdict):
    assert sc.check(f"{PAGE}$${line}$$").findings[-1].verdict == verdict


def test_letters_that_differ_in_case_are_of_their_own_layers():
    text = r"""Dense: $y_1 = W_{11}h_1+W_{12}h_2$, $y_2 = W_{21}h_1+W_{22}h_2$.
Filter: $h_1 = w_1x_1+w_2x_2$, $h_2=w_1x_2+w_2x_3$.
$$\frac{\partial L}{\partial W_{21}} = \frac{\partial L}{\partial y_2}h_1$$
$$\frac{\partial L}{\partial W_{21}} = \frac{\partial L}{\partial y_1}h_2$$
$$\frac{\partial L}{\partial x_2} = \frac{\partial L}{\partial h_1}w_2+\frac{\partial L}{\partial h_2}w_1$$
"""
    found = sc.check(text).findings[-3:]
    assert [one.verdict for one in found] == ["proved", "refuted", "proved"]
    assert "no entry" not in found[1].message
