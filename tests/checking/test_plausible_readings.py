"""What is right by a reading that the page leaves open is not refuted by another one; nor is it where a definition is
not understood."""

import pytest

import symconv as sc

SOFTMAX = "$$Z_2 = W_2 F + b_2$$\n$$A_2 = \\text{softmax}(Z_2)$$\n"


def verdicts(text):
    return [one.verdict for one in sc.check(text).findings if one.verdict != "not-a-claim"]


@pytest.mark.parametrize("words", ["padding 0, 2 filters $N^1, N^2$", "$N^1, N^2$, padding 0, 2 kernels"])
def test_a_number_belongs_to_the_noun_behind_it(words):
    text = rf"""A convolution of the $4\times4$ input $M$ with $3\times3$ filters, stride 1, {words}, output $P^1, P^2$.
$$\frac{{\partial L}}{{\partial M_{{11}}}} =
\frac{{\partial L}}{{\partial P^{{1}}_{{11}}}}N^{{1}}_{{11}} + \frac{{\partial L}}{{\partial P^{{2}}_{{11}}}}N^{{2}}_{{11}}$$
$$\frac{{\partial L}}{{\partial M_{{11}}}} =
\frac{{\partial L}}{{\partial P^{{1}}_{{11}}}}N^{{1}}_{{11}} + \frac{{\partial L}}{{\partial P^{{2}}_{{11}}}}N^{{1}}_{{11}}$$
"""
    assert verdicts(text) == ["proved", "refuted"]


def test_strides_of_two_axes_stand_in_brackets():
    text = r"""Input $X$ $4\times4$, filter $F$ $2\times2$, stride (2, 1), output $O$ $2\times3$.
$$O_{22} = X_{32}F_{11}+X_{33}F_{12}+X_{42}F_{21}+X_{43}F_{22}$$"""
    assert verdicts(text) == ["proved"]


def test_a_factor_of_0_is_a_zero_of_the_padding():
    text = r"""A 1-D convolution of $u=(u_1,\dots,u_5)$ with $h=(h_1,h_2,h_3)$, stride 2, padding 1, output $v=(v_1,v_2,v_3)$.
$$v_1 = h_1\cdot 0 + h_2u_1 + h_3u_2$$
$$v_2 = h_1u_2 + h_2u_3 + h_3u_4$$
$$v_2 = h_1\cdot 0 + h_2u_3 + h_3u_4$$
"""
    assert verdicts(text) == ["proved", "proved", "refuted"]


@pytest.mark.parametrize("comma", [r"\text{ , }", r"\mbox{,}", r"\text{ and }", r"\quad\text{;}\quad"])
def test_punctuation_that_is_set_as_text_parts_formulas(comma):
    text = rf"""$X$ is the 3×3 input, $F$ the 2×2 filter, $O$ the 2×2 output.
$$\frac{{\partial O_{{12}}}}{{\partial X_{{12}}}} = F_{{11}} {comma} \frac{{\partial O_{{12}}}}{{\partial X_{{13}}}} = F_{{12}}$$"""
    assert verdicts(text) == ["proved", "proved"]


def test_what_has_one_index_is_a_vector_whatever_its_letter():
    text = r"""$$A = \text{softmax}(Z)$$ $$L = -\sum_i y_i\log A_i$$
$$\frac{\partial L}{\partial Z} = A - y$$
$$\frac{\partial L}{\partial Z_i} = A_i - y_i$$
$$\frac{\partial L}{\partial Z_i} = A_i + y_i$$
"""
    assert verdicts(text) == ["proved", "proved", "refuted"]


@pytest.mark.parametrize(
    "loss", [r"-\sum_i y_i\log(A_2)_i", r"-\sum y\log(A_2)", r"CE(y, A_2)", r"-\sum_i y_i\log a_i"]
)
def test_a_loss_that_is_not_understood_refutes_nothing(loss):
    text = SOFTMAX + rf"$L = {loss}$. $$\frac{{\partial L}}{{\partial Z_2}} = A_2 - y$$"
    assert verdicts(text) == ["unread"]


def test_a_loss_that_is_understood_does():
    text = (
        SOFTMAX
        + r"$L = -y^T\log A_2$. $$\frac{\partial L}{\partial Z_2} = A_2 - y$$ $$\frac{\partial L}{\partial Z_2} = A_2$$"
    )
    assert verdicts(text) == ["proved", "refuted"]
