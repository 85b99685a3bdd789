"""A letter that is usual for losses is a matrix where it multiplies a vector and nothing is differentiated of it."""

import pytest

import symconv as sc


@pytest.mark.parametrize("letter", ["C", "J", "M"])
def test_a_transpose_that_is_forgotten_for_any_letter(letter):
    text = rf"""Let $u = {letter}v$.

$$\frac{{\partial L}}{{\partial v}} = {letter}\frac{{\partial L}}{{\partial u}}$$

$$\frac{{\partial L}}{{\partial v}} = {letter}^T\frac{{\partial L}}{{\partial u}}$$
"""
    found = sc.check(text).findings[-2:]
    assert [(one.verdict, one.mistake) for one in found] == [("refuted", "missing-transpose"), ("proved", "")]


def test_a_cost_that_is_differentiated_stays_a_number():
    text = r"""With $u = Wv$ the cost is $C$.

$$\frac{\partial C}{\partial v} = W^T\frac{\partial C}{\partial u}$$
"""
    assert sc.check(text).findings[-1].verdict == "proved"
