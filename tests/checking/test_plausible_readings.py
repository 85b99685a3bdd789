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


@pytest.mark.parametrize("said", ["where $y$ is one-hot", "with $y_1+y_2+y_3=1$", "where $\\sum_k y_k = 1$"])
def test_targets_that_are_written_out_may_add_up_to_1(said):
    text = rf"""$$p_k = \frac{{e^{{s_k}}}}{{e^{{s_1}}+e^{{s_2}}+e^{{s_3}}}}$$
$$L = -y_1\log p_1-y_2\log p_2-y_3\log p_3$$ {said}
$$\frac{{\partial L}}{{\partial s_3}} = p_3-y_3$$
$$\frac{{\partial L}}{{\partial s_1}} = p_1-y_2$$
"""
    assert verdicts(text) == ["proved", "refuted"]


@pytest.mark.parametrize("base", [0, 1])
def test_a_sum_over_the_inputs_says_how_many_there_are(base):
    text = rf"""A dense layer: $s_k = \sum_{{j={base}}}^{{{base + 3}}} W_{{kj}} f_j + b_k$.
$$\frac{{\partial L}}{{\partial f_{base + 2}}} =
\frac{{\partial L}}{{\partial s_{base}}}W_{{{base}{base + 2}}}+\frac{{\partial L}}{{\partial s_{base + 1}}}W_{{{base + 1}{base + 2}}}$$
$$\frac{{\partial L}}{{\partial W_{{{base + 1}{base + 2}}}}} = \frac{{\partial L}}{{\partial s_{base + 1}}}f_{base + 2}$$
"""
    assert verdicts(text) == ["proved"] * 3


@pytest.mark.parametrize(
    "words",
    [
        "The map $a$ is 4×4, the kernel $w$ is 3×3, stride 1, the net input $z$ is 2×2. Indices start at 0.",
        "The weighted input $z$ (2×2) comes from the map $a$ (4×4) and the kernel $w$ (3×3). Indices start at 0.",
        "激活值为 $a$（4×4），卷积核 $w$（3×3），净输入为 $z$（2×2），步长 1，下标从 0 开始。",
        "Die Aktivierung $a$ ist 4×4, der Kern $w$ ist 3×3, die Nettoeingabe $z$ ist 2×2. Indizes ab 0.",
    ],
)
def test_a_net_input_is_what_a_layer_computes(words):
    text = (
        words
        + r"""
$$z_{i,j}=\sum_{m=0}^{2}\sum_{n=0}^{2}w_{m,n}a_{i+m,j+n}$$
$$\frac{\partial C}{\partial a_{3,3}} = \frac{\partial C}{\partial z_{1,1}}w_{2,2}$$
$$\frac{\partial C}{\partial a_{3,3}} = \frac{\partial C}{\partial z_{1,1}}w_{0,0}$$
"""
    )
    assert verdicts(text) == ["proved", "proved", "refuted"]


def test_a_size_belongs_to_the_letter_beside_it():
    text = r"""第一层卷积：输入 $x$（5×5），卷积核 $w$（2×2），输出 $h$（4×4）。
第二层卷积：输入 $h$（4×4），卷积核 $v$（3×3），输出 $y$（2×2）。步长都是1，无填充。
$$\frac{\partial L}{\partial v_{11}} = \frac{\partial L}{\partial y_{11}}h_{11}+\frac{\partial L}{\partial y_{12}}h_{12}
+\frac{\partial L}{\partial y_{21}}h_{21}+\frac{\partial L}{\partial y_{22}}h_{22}$$
$$\frac{\partial L}{\partial h_{44}} = \frac{\partial L}{\partial y_{22}}v_{33}$$
$$\frac{\partial L}{\partial h_{44}} = \frac{\partial L}{\partial y_{22}}v_{22}$$
"""
    assert verdicts(text) == ["proved", "proved", "refuted"]


CONV = r"""Convolution of a $4\times4$ input $A$ with a $3\times3$ kernel $K$, stride 1, output $B$ $2\times2$.
$$\frac{\partial L}{\partial A_{11}} = \frac{\partial L}{\partial B_{11}}K_{11}$$
"""
PADDED = r"""
$$\frac{\partial L}{\partial A_{11}} = \frac{\partial L}{\partial B_{11}}K_{22}+\frac{\partial L}{\partial B_{12}}K_{21}
+\frac{\partial L}{\partial B_{21}}K_{12}+\frac{\partial L}{\partial B_{22}}K_{11}$$"""


@pytest.mark.parametrize(
    "words",
    [
        "If the padding were 1, we would have",
        "Mit Padding 1 hätten wir",
        "Avec un remplissage de 1 on aurait",
        "При дополнении 1 мы получили бы",
    ],
)
def test_what_would_hold_for_another_layer_is_no_claim_about_this_one(words):
    assert [one.verdict for one in sc.check(CONV + words + PADDED).findings] == ["proved", "not-a-claim"]


@pytest.mark.parametrize("words", ["Then", "If we forgot the padding we would get", "Without any doubt one would get"])
def test_a_wrong_line_is_wrong_without_such_words(words):
    assert verdicts(CONV + words + PADDED) == ["proved", "refuted"]


@pytest.mark.parametrize(
    ("words", "verdict"),
    [
        ("unless $0 \\le i \\le 2$", "not-a-claim"),
        ("outside of the output", "not-a-claim"),
        ("за пределами выхода", "not-a-claim"),
        (", außerhalb", "not-a-claim"),
        ("always", "refuted"),
    ],
)
def test_what_is_0_outside_of_an_array(words, verdict):
    text = rf"""A convolution with input $x_0,\dots,x_4$, filter $w_0,w_1,w_2$, stride 1 and output $y_0,y_1,y_2$:
$$y_i = \sum_{{k=0}}^{{2}}w_kx_{{i+k}}$$
Here $\partial L/\partial y_i = 0$ {words}."""
    assert sc.check(text).findings[1].verdict == verdict


def test_a_product_of_arrays_is_defined_by_a_trace():
    text = r"$\langle A,B\rangle = \operatorname{tr}(A^\top B)$ for $Y = XW$; $\frac{\partial L}{\partial W} = X^T\frac{\partial L}{\partial Y}$"
    assert [one.verdict for one in sc.check(text).findings] == ["not-a-claim", "not-a-claim", "proved"]


def test_what_is_defined_anew_with_more_is_no_claim():
    text = r"""Let $Y = XW$, so $\frac{\partial L}{\partial W} = X^T\frac{\partial L}{\partial Y}$.
With a bias, $Y = XW + \mathbf{1}b^T$, we get $\frac{\partial L}{\partial b} = \left(\frac{\partial L}{\partial Y}\right)^T\mathbf{1}$."""
    assert [one.verdict for one in sc.check(text).findings] == ["not-a-claim", "proved", "not-a-claim", "proved"]


def test_the_window_of_a_pool_behind_is_no_filter_and_a_formula_no_padding():
    text = r"""One convolution ($4\times4$ input $x$, $3\times3$ kernel $w$, stride one, no padding) to $z$,
then $2\times2$ average pooling, $P = \frac{z_{11}+z_{12}+z_{21}+z_{22}}{4}$.
## Backward
$$\frac{\partial L}{\partial x_{44}} = \frac{\partial L}{\partial z_{22}}w_{33}$$
$$\frac{\partial L}{\partial x_{11}} = \frac{\partial L}{\partial z_{11}}w_{11}$$
$$\frac{\partial L}{\partial x_{11}} = \frac{\partial L}{\partial z_{11}}w_{33}$$
"""
    assert verdicts(text)[-3:] == ["proved", "proved", "refuted"]
