"""Two pools on one page: one behind another, and one kind in place of another."""

import pytest

import symconv as sc

MAX = r"""Max-pooling of the $4\times4$ map $A$ with windows of $2\times2$ and stride 2, output $P$.
$$P_{11} = \max(A_{11},A_{12},A_{21},A_{22})$$
"""
MEAN = r"""
$$P_{11} = \frac{A_{11}+A_{12}+A_{21}+A_{22}}{4}$$
$$\frac{\partial L}{\partial A_{22}} = \frac14\frac{\partial L}{\partial P_{11}}$$
$$\frac{\partial L}{\partial A_{33}} = \frac{\partial L}{\partial P_{22}}$$
"""


def verdicts(text):
    return [one.verdict for one in sc.check(text).findings]


@pytest.mark.parametrize(
    "words",
    ["With the average instead,", "## Promedio\n\nAhora", "Mit dem Mittelwert:", "改用平均值：", "Для среднего:"],
)
def test_the_other_kind_takes_the_place_of_the_first(words):
    assert verdicts(MAX + words + MEAN) == ["proved", "proved", "proved", "refuted"]


def test_nothing_takes_the_place_of_a_pool_without_words():
    assert verdicts(MAX + "Then" + MEAN)[1:3] == ["refuted", "refuted"]


@pytest.mark.parametrize("sum_", [r"\frac{y_{11}+y_{12}+y_{21}+y_{22}}{4}", r"\frac14\sum_{i=1}^2\sum_{j=1}^2 y_{ij}"])
def test_a_global_pool_behind_another_one(sum_):
    text = rf"""Average pooling takes the $4\times4$ map $x$ with $2\times2$ windows and stride 2 to $y$:
$$y_{{12}} = \frac14(x_{{13}}+x_{{14}}+x_{{23}}+x_{{24}})$$
Global average pooling follows: $g = {sum_}$.
$$\frac{{\partial L}}{{\partial y_{{21}}}} = \frac14\frac{{\partial L}}{{\partial g}}$$
$$\frac{{\partial g}}{{\partial y_{{21}}}} = \frac14$$
$$\frac{{\partial L}}{{\partial x_{{14}}}} = \frac14\frac{{\partial L}}{{\partial y_{{12}}}}$$
$$\frac{{\partial L}}{{\partial x_{{14}}}} = \frac1{{16}}\frac{{\partial L}}{{\partial y_{{12}}}}$$
"""
    assert verdicts(text) == ["proved", "not-a-claim", "proved", "proved", "proved", "refuted"]


def test_the_output_by_itself():
    layer = sc.Conv(3, 2)
    right = [r"\frac{\partial O_1}{\partial O_1} = 1", r"\frac{\partial (2O_1 + O_2)}{\partial O_1} = 2"]
    assert [sc.check_equation(each, layer=layer).verdict for each in right] == ["proved"] * 2
    wrong = sc.check_equation(r"\frac{\partial O_1}{\partial O_2} = 1", layer=layer)
    assert (wrong.verdict, wrong.message) == ("refuted", "the term 1 is too much")


def test_what_nothing_is_known_of_has_no_derivative():
    found = sc.check_equation(r"\frac{\partial s}{\partial X_2} = 0", layer=sc.Conv(3, 2))
    assert (found.verdict, found.message) == ("unread", "what s is computed from is not known")
