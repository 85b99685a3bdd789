"""A letter that has another number of indices in another section is another array there."""

import pytest

import symconv as sc

DENSE = r"""
{opening}
A fully connected layer computes $y_i = \sum_j w_{{ij}}x_j + b_i$.

$$\frac{{\partial L}}{{\partial w_{{ij}}}} = \frac{{\partial L}}{{\partial y_i}}x_j$$
$$\frac{{\partial L}}{{\partial x_j}} = \sum_i w_{{ij}}\frac{{\partial L}}{{\partial y_i}}$$
$$\frac{{\partial L}}{{\partial x_j}} = \sum_i w_{{ji}}\frac{{\partial L}}{{\partial y_i}}$$
"""
SLIDING = r"""
{opening} $y_{{ij}} = \sum_a\sum_b w_{{ab}}x_{{i+a,j+b}}$ be a convolution with stride 1, counted from 0.

$$\frac{{\partial L}}{{\partial w_{{ab}}}} = \sum_i\sum_j\frac{{\partial L}}{{\partial y_{{ij}}}}x_{{i+a,j+b}}$$
$$\frac{{\partial L}}{{\partial x_{{pq}}}} = \sum_a\sum_b\frac{{\partial L}}{{\partial y_{{p+a,q+b}}}}w_{{ab}}$$
"""


def verdicts(text):
    return [one.verdict for one in sc.check(text).findings]


@pytest.mark.parametrize(
    ("dense", "sliding"),
    [
        ("## Fully connected", "## Sliding\n\nLet"),
        ("Exercise 1.", "Exercise 2. Let"),
        ("Aufgabe 1", "Seien nun die Gewichte klein und"),
        ("**Задача 1.**", "Пусть теперь"),
        ("Dense.", "现在设"),
    ],
)
def test_each_section_has_its_own_arrays(dense, sliding):
    text = DENSE.format(opening=dense) + SLIDING.format(opening=sliding)
    assert verdicts(text) == ["not-a-claim", "proved", "proved", "refuted", "proved", "proved", "refuted"]


def test_findings_keep_their_places():
    text = DENSE.format(opening="## One") + SLIDING.format(opening="## Two\n\nLet") + DENSE.format(opening="## Three")
    found = sc.check(text).findings
    assert [each.line for each in found] == sorted(each.line for each in found)
    lines = text.split("\n")
    assert all(each.equation.strip("$ ") in lines[each.line - 1] for each in found)


def test_sections_of_one_network_are_read_together():
    text = r"""
## Forward
$$z_i = \sum_j w_{ij}x_j$$
$$a_i = \tanh(z_i)$$
## Backward
$$\frac{\partial L}{\partial w_{ij}} = \frac{\partial L}{\partial a_i}(1 - a_i^2)x_j$$
$$\frac{\partial L}{\partial w_{ij}} = \frac{\partial L}{\partial a_i}(1 - a_i)x_j$$
"""
    assert verdicts(text)[-2:] == ["proved", "refuted"]


def test_layers_of_one_letter_are_no_other_arrays():
    text = r"""
## Dense layers
$$z^l = w^l a^{l-1} + b^l$$
$$a^l_j = \sigma(z^l_j)$$
## Convolutional layers
$$z^l_{ij} = \sum_m\sum_n w^l_{mn}a^{l-1}_{i+m,j+n} + b^l$$
$$\frac{\partial C}{\partial b^l} = \sum_i\sum_j\delta^l_{ij}$$
where $\delta^l = \partial C/\partial z^l$.
"""
    assert verdicts(text)[-2] == "proved"


@pytest.mark.parametrize("place", [r"x\in\mathbb{R}^3", "x > 0", r"0 \le i < 3"])
def test_where_something_lies_is_no_claim(place):
    found = sc.check(f"Here ${place}$ and $y = x^2$.").findings
    assert (found[0].verdict, found[0].message) == ("not-a-claim", "no equation")
