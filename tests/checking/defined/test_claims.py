"""Dense layers, networks of them, activations and losses: what follows from the definitions of a text, and what not."""

from __future__ import annotations

import re

import pytest

from symconv.checking.context import Context
from symconv.checking.defined import judge_defined
from symconv.compose.check import check
from symconv.notation.reading import read

TEXTS: dict[str, tuple[str, str, str]] = {
    "columns": (
        r"A dense layer is $z = Wx + b$.",
        r"<x> = W^T <z>; <W> = <z> x^T; <b> = <z>; \nabla_W L = \nabla_z L\, x^T",
        r"<x> = W <z>; <x> = <z> W; <x> = <z> W^T; <W> = x <z>^T; <W> = x^T <z>; <W> = <z> x; <b> = W^T <z>; "
        r"<W> = <x> z^T; \nabla_b L = x",
    ),
    "bold letters": (
        r"$\mathbf{u} = \mathbf{A}\mathbf{v} + \mathbf{c}$ is affine.",
        r"<\mathbf{v}> = \mathbf{A}^\top <\mathbf{u}>; <\mathbf{A}> = <\mathbf{u}> \mathbf{v}^\top",
        r"<\mathbf{v}> = \mathbf{A} <\mathbf{u}>; <\mathbf{A}> = \mathbf{v} <\mathbf{u}>^\top",
    ),
    "letters for gradients": (
        r"We compute $Z = WX + b$.",
        r"dW = dZ X^T; dX = W^T dZ",
        r"dW = X dZ^T; dX = dZ W^T; dX = W dZ; dW = dZ^T X",
    ),
    "transposed weights": (
        r"Here $z = W^T x + b$ with a column $x$.",
        r"<x> = W <z>; <W> = x <z>^T",
        r"<x> = W^T <z>; <W> = <z> x^T",
    ),
    "rows": (
        r"Each row of $X$ is an example: $Y = XW + b$.",
        r"<X> = <Y> W^T; <W> = X^T <Y>; dX = dY W^T; <b> = \sum_n <Y_n>; <X_{ij}> = \sum_k <Y_{ik}> W_{jk}",
        r"<X> = W^T <Y>; <W> = <Y> X^T; dX = dY W; <b> = <Y>; <X_{ij}> = \sum_k <Y_{ik}> W_{kj}",
    ),
    "a loss of rows": (
        r"With a batch in rows, $U = XW_1 + b_1$, $H = \tanh(U)$, $\hat Y = HW_2 + b_2$ and "
        r"$L = \frac{1}{2N}\sum_n \|\hat y_n - y_n\|^2$.",
        r"<\hat Y> = \frac1N (\hat Y - Y); <W_2> = \frac1N H^T (\hat Y - Y); <W_1> = X^T <U>; "
        r"<U> = <H> \odot (1 - H \odot H)",
        r"<\hat Y> = \hat Y - Y; <\hat Y> = \frac1N (Y - \hat Y); <U> = 5 <H>; <W_1> = 5 X^T <U>",
    ),
    "differentials close to other names": (
        r"$Z = WX + b$ and $A = \tanh(Z)$ give $dZ = dA \odot (1 - A^2)$.",
        r"dW = dZX^T; dX = W^TdZ",
        r"dX = WdZ; dW = XdZ; dW = dAX^T",
    ),
    "a column of ones": (
        r"A batch in rows gives $U = XW + \mathbf{1}c^T$.",
        r"<c> = (<U>)^T \mathbf{1}; <W> = X^T <U>; <X> = <U> W^T",
        r"<W> = <U> X^T; <X> = W^T <U>; <c> = <U> \mathbf{1}",
    ),
    "layers in one formula": (
        r"$q = V\,\tanh(U\,\tanh(Wx))$ with $s = Wx$, $h = \tanh(s)$, $r = Uh$, $g = \tanh(r)$, $q = Vg$ and "
        r"$E = \frac12\|q - t\|^2$.",
        r"\frac{\partial E}{\partial g} = V^T (q - t); \frac{\partial E}{\partial r} = V^T (q - t) \odot (1 - g^2); "
        r"\frac{\partial E}{\partial U} = \frac{\partial E}{\partial r} h^T",
        r"\frac{\partial E}{\partial g} = U^T (q - t); \frac{\partial E}{\partial r} = V^T (q - t); "
        r"\frac{\partial E}{\partial U} = \frac{\partial E}{\partial r} x^T",
    ),
    "the true class": (
        r"With softmax $p_j = \frac{e^{z_j}}{\sum_l e^{z_l}}$ and $k$ the true class the loss is $L = -\log p_k$.",
        r"<z_j> = p_j - \delta_{jk}; <z_k> = p_k - 1; <p_k> = -\frac{1}{p_k}",
        r"<z_j> = p_j - 1; <z_k> = p_k; <z_j> = \delta_{jk} - p_j; <p_k> = \frac{1}{p_k}",
    ),
    "a loss of something else": (
        r"$U = XW_1 + b_1$, $H = \tanh(U)$ and the loss is $L = \frac12\|\hat q - t\|^2$.",
        r"<W_1> = X^T <U>; <U> = <H> \odot (1 - H \odot H)",
        r"<U> = <H>; <U> = 7 <H>; <W_1> = X^T <H>",
    ),
    "rows in two layers": (
        r"Examples are rows, $H = XW_1 + b_1$, $A = \mathrm{ReLU}(H)$ and $S = AW_2 + b_2$.",
        r"<W_2> = A^T <S>; <A> = <S> W_2^T; <W_1> = X^T <H>; <H> = <A> \odot 1[H > 0]; "
        r"<H> = (<S> W_2^T) \odot \mathrm{ReLU}'(H)",
        r"<W_2> = <S> A^T; <A> = W_2^T <S>; <W_1> = X <H>; <W_1> = X^T <S>; <H> = <A>; <A> = <S> W_1^T; <b_1> = <H>",
    ),
    "components": (
        r"A layer of units, $z_i = \sum_j w_{ij} x_j + b_i$.",
        r"<w_{ij}> = <z_i> x_j; <x_j> = \sum_i w_{ij} <z_i>; <b_i> = <z_i>; <z_i|x_j> = w_{ij}; <z_i|w_{ij}> = x_j",
        r"<w_{ij}> = <z_j> x_i; <x_j> = \sum_i w_{ji} <z_i>; <x_j> = w_{ij} <z_i>; <z_i|x_j> = w_{ji}; <w_{ij}> = x_j",
    ),
    "hidden units by components": (
        r"$o_k = \sum_j v_{kj} h_j$, $h_j = \tanh(s_j)$, $s_j = \sum_i w_{ji} x_i$, $L = \frac12\sum_k (o_k - t_k)^2$.",
        r"<o_k> = o_k - t_k; <v_{kj}> = (o_k - t_k) h_j; <s_j> = (1 - h_j^2) \sum_k (o_k - t_k) v_{kj}; "
        r"<w_{ji}> = (1 - h_j^2) x_i \sum_k v_{kj} (o_k - t_k)",
        r"<o_k> = t_k - o_k; <o_k> = 2 (o_k - t_k); <h_j> = \sum_k (o_k - t_k) v_{jk}; "
        r"<s_j> = \sum_k (o_k - t_k) v_{kj}; <w_{ji}> = (1 - h_j) x_i \sum_k v_{kj} (o_k - t_k)",
    ),
    "stars between arrays": (
        r"$Z_1 = W_1X + b_1$, $H = \tanh(Z_1)$, $Z_2 = W_2H + b_2$.",
        r"dW_2 = dZ_2 * H^T; dZ_1 = W_2^TdZ_2 * (1 - H^2); dZ_1 = W_2^T * dZ_2 * (1 - H^2); dH = W_2^T * dZ_2",
        r"dW_2 = dZ_2 * H; dZ_1 = W_2^T * dZ_2; dZ_1 = W_2dZ_2 * (1 - H^2); dH = W_1^T * dZ_2",
    ),
    "a sum that reaches behind a plus": (
        r"$s_i = \sum_j u_j x_{ij} + b$, $p_i = \sigma(s_i)$, the logistic function, and "
        r"$J = -\frac{1}{m} \sum_{i=1}^{m} t_i \log p_i + (1 - t_i) \log(1 - p_i)$.",
        r"<J|b> = \frac1m \sum_{i=1}^{m} p_i - t_i; <J|u_j> = \frac1m \sum_{i=1}^m (p_i - t_i) x_{ij}; "
        r"<J|s_i> = \frac1m (p_i - t_i)",
        r"<J|b> = \frac1m \sum_{i=1}^{m} t_i - p_i; <J|u_j> = \sum_{i=1}^m (p_i - t_i) x_{ij}; <J|s_i> = p_i - t_i",
    ),
    "large letters and a loss that is one number": (
        r"$Z_1 = W_1X + b_1$, $H = \tanh(Z_1)$, $Z_2 = W_2H + b_2$, $P = \mathrm{sigmoid}(Z_2)$ and "
        r"$L = -(T\log P + (1-T)\log(1-P))$.",
        r"<Z_2> = P - T; <P> = -\frac{T}{P} + \frac{1-T}{1-P}; <W_2> = (P - T)H^T; <Z_1> = W_2^T(P-T) \odot (1-H^2)",
        r"<Z_2> = T - P; <P> = \frac{T}{P} + \frac{1-T}{1-P}; <W_2> = H(P - T)^T; <Z_1> = W_2^T(P-T)",
    ),
    "numbers below": (
        r"$z_1 = W_1 x + b_1$, $a_1 = \sigma(z_1)$, $z_2 = W_2 a_1 + b_2$, $\hat y = \mathrm{softmax}(z_2)$ and "
        r"$L = -\sum_k y_k \log \hat y_k$.",
        r"<z_2> = \hat y - y; <W_2> = (\hat y - y) a_1^T; <a_1> = W_2^T (\hat y - y); <W_1> = <z_1> x^T; "
        r"<z_1> = W_2^T (\hat y - y) \odot \sigma'(z_1); <b_1> = <z_1>; <x> = W_1^T <z_1>",
        r"<z_2> = y - \hat y; <W_1> = <z_2> x^T; <W_2> = (\hat y - y) x^T; <a_1> = W_2 (\hat y - y); "
        r"<z_1> = W_2^T (\hat y - y); <z_1> = W_2^T (\hat y - y) \odot \sigma'(z_2); <W_1> = <z_1> a_1^T; "
        r"<a_1> = W_1^T <z_2>; <z_1> = <a_1>",
    ),
    "numbers above": (
        r"$z^{(1)} = W^{(1)} x$, $a^{(1)} = f(z^{(1)})$, $z^{(2)} = W^{(2)} a^{(1)}$, $L = \|z^{(2)} - y\|^2$.",
        r"<z^{(2)}> = 2 (z^{(2)} - y); <W^{(2)}> = 2 (z^{(2)} - y) (a^{(1)})^T; "
        r"<W^{(1)}> = ((W^{(2)})^T <z^{(2)}> \odot f'(z^{(1)})) x^T",
        r"<z^{(2)}> = z^{(2)} - y; <W^{(1)}> = ((W^{(2)})^T <z^{(2)}>) x^T; <W^{(2)}> = 2 (z^{(2)} - y) x^T",
    ),
    "other letters": (
        r"$h = \tanh(Wx + b)$, $o = Vh + c$, $L = \frac12\|o - t\|^2$.",
        r"<o> = o - t; <V> = (o - t) h^T; <h> = V^T (o - t); <b> = V^T (o - t) \odot (1 - h \odot h); "
        r"<W> = (V^T (o - t) \odot (1 - h^2)) x^T",
        r"<o> = 2 (o - t); <V> = h (o - t)^T; <h> = V (o - t); <h> = (o - t) V; <b> = V^T (o - t); "
        r"<W> = x (V^T (o - t) \odot (1 - h^2))",
    ),
    "letters for errors": (
        r"$z_1 = W_1 x + b_1$, $h_1 = g(z_1)$, $z_2 = W_2 h_1 + b_2$, $\delta_2 = <z_2>$, $\delta_1 = <z_1>$.",
        r"\delta_1 = W_2^T \delta_2 \odot g'(z_1); <W_2> = \delta_2 h_1^T; <b_1> = \delta_1",
        r"\delta_1 = W_2^T \delta_2; \delta_1 = W_1^T \delta_2 \odot g'(z_1); <W_1> = \delta_2 x^T",
    ),
    "a product of vectors": (
        r"$s = w \cdot x + b$ and $p = \sigma(s)$, the logistic function; $L = -(y \log p + (1 - y) \log(1 - p))$.",
        r"<s> = p - y; <w> = (p - y) x; <x> = (p - y) w; <p> = -\frac{y}{p} + \frac{1-y}{1-p}; <p> = \frac{p-y}{p(1-p)}",
        r"<s> = y - p; <w> = (p - y) w; <b> = (p - y) x; <s> = (p - y) p (1 - p); <p> = -\frac{y}{p} - \frac{1-y}{1-p}",
    ),
    "numbers": (
        r"A neuron has $z = wx + b$, $a = \sigma(z)$ and $L = \frac12(a - y)^2$; $\sigma$ is the sigmoid.",
        r"<a> = a - y; <w> = (a - y) a (1 - a) x; <b> = (a - y) \sigma'(z); <a|x> = \sigma'(z) w; <a|b> = \sigma'(z)",
        r"<a> = 2 (a - y); <w> = (a - y) x; <x> = (a - y) \sigma'(z) x; <a|b> = \sigma(z); <z|w> = w",
    ),
    "numbers with indices": (
        r"$s = w_0 x_0 + w_1 x_1 + w_2$, $f = \sigma(s)$, $\sigma(t) = \frac{1}{1 + e^{-t}}$.",
        r"<f|w_0> = f (1 - f) x_0; <f|w_0> = \sigma(s) (1 - \sigma(s)) x_0; <\sigma|w_2> = f (1 - f); <s|x_1> = w_1",
        r"<f|w_0> = f (1 - f); <f|w_1> = f (1 - f) x_0; <f|w_2> = f (1 - f) x_0; <s|x_1> = x_1",
    ),
    "units one by one": (
        r"$z_1 = w_{11} x_1 + w_{12} x_2 + b_1$, $z_2 = w_{21} x_1 + w_{22} x_2 + b_2$, $h_1 = \sigma(z_1)$, "
        r"$h_2 = \sigma(z_2)$, $o = v_1 h_1 + v_2 h_2$, $L = \frac12(o - t)^2$.",
        r"<v_1> = (o - t) h_1; <w_{12}> = (o - t) v_1 \sigma'(z_1) x_2; "
        r"<x_1> = (o - t) (v_1 \sigma'(z_1) w_{11} + v_2 \sigma'(z_2) w_{21})",
        r"<v_1> = (t - o) h_1; <z_1> = (o - t) v_1; <w_{21}> = (o - t) v_1 \sigma'(z_1) x_2; "
        r"<x_1> = (o - t) v_1 \sigma'(z_1) w_{11}",
    ),
    "half the sum of squares": (
        r"$L = \frac12 \sum_i (a_i - y_i)^2$.", r"<a_i> = a_i - y_i", r"<a_i> = 2(a_i - y_i); <a_i> = y_i - a_i",
    ),
    "mean of squares": (
        r"$L = \frac1n \sum_{i=1}^n (a_i - y_i)^2$.",
        r"<a_i> = \frac2n(a_i - y_i)",
        r"<a_i> = \frac1n(a_i - y_i); <a_i> = 2(a_i - y_i)",
    ),
    "softmax and cross-entropy": (
        r"$p_i = \frac{e^{z_i}}{\sum_k e^{z_k}}$, $L = -\sum_i y_i \log p_i$ with one-hot $y$.",
        r"<z_i> = p_i - y_i; <p_i|z_j> = p_i (\delta_{ij} - p_j); <z_i> = \sum_j <p_j> <p_j|z_i>; "
        r"<z_i> = -\frac{y_i}{p_i} p_i (1 - p_i) + \sum_{j \neq i} \frac{y_j}{p_j} p_i p_j"
        r" = -y_i + y_i p_i + \sum_{j \neq i} y_j p_i = p_i \sum_j y_j - y_i = p_i - y_i",
        r"<z_i> = y_i - p_i; <z_i> = (p_i - y_i) p_i (1 - p_i); <p_i|z_j> = p_i (\delta_{ij} - p_i); "
        r"<z_i> = <p_i> <p_i|z_i>; <p_i|z_j> = p_i (1 - p_i)",
    ),
    "the logistic function": (
        r"The sigmoid, $a = \sigma(z)$ with a vector $\mathbf{z} = z$.",
        r"<z> = <a> \odot a (1 - a); \sigma'(z) = \sigma(z)(1 - \sigma(z)); \sigma(-z) = 1 - \sigma(z)",
        r"<z> = <a> \odot a (1 + a); \sigma(-z) = -\sigma(z); <z> = <a> \odot a",
    ),
    "logarithm of softmax": (
        r"$q_i = z_i - \log\sum_k e^{z_k}$ and $p_i = e^{q_i}$.",
        r"<q_i|z_j> = \delta_{ij} - p_j",
        r"<q_i|z_j> = \delta_{ij} - p_i",
    ),
    "batch in rows": (
        r"A batch in rows: $Z = XW + b$, $P = \mathrm{softmax}(Z)$, $L = -\frac1N \sum_n \sum_k Y_{nk} \log P_{nk}$.",
        r"<Z> = \frac1N (P - Y); <W> = \frac1N X^T (P - Y); <Z_{nk}> = \frac1N (P_{nk} - Y_{nk})",
        r"<Z> = P - Y; <W> = X^T (P - Y); <W> = \frac1N (P - Y)^T X",
    ),
    "vectors of ones": (
        r"Columns of $X$ are examples, $Z = WX + b\mathbf{1}^\top$ and $A = \sigma(Z)$.",
        r"<b> = <Z> \mathbf{1}; <Z> = <A> \odot \sigma'(Z); <W> = <Z> X^\top",
        r"<b> = <Z>; <b> = \mathbf{1}^\top <Z>; <Z> = <A>",
    ),
    "entries normalised": (
        r"$\mu = \frac1d\sum_{i=1}^d x_i$, $v = \frac1d\sum_{i=1}^d (x_i - \mu)^2$, "
        r"$\hat x_i = \frac{x_i - \mu}{\sqrt{v + \epsilon}}$, $y_i = g_i \hat x_i + b_i$.",
        r"<g_i> = <y_i> \hat x_i; <b_i> = <y_i>; <\hat x_i> = <y_i> g_i",
        r"<g_i> = <y_i> x_i; <\hat x_i> = <y_i>; <x_i> = \frac{1}{\sqrt{v + \epsilon}} <\hat x_i>",
    ),
    "least squares": (
        r"$L = \frac12\|Xw - y\|^2 + \frac{\lambda}{2}\|w\|^2$.",
        r"<w> = X^T(Xw - y) + \lambda w",
        r"<w> = X(Xw - y) + \lambda w; <w> = X^T(Xw - y) + w",
    ),
    "words below": (
        r"In each layer $Z = WA_{prev} + b$ and $A = g(Z)$.",
        r"dA_{prev} = W^TdZ; dW = dZ A_{prev}^T",
        r"dA_{prev} = W \, dZ; dW = A_{prev}dZ^T",
    ),
    "means over examples": (
        r"$Z^{[1]} = W^{[1]} X + b^{[1]}$, $A^{[1]} = g(Z^{[1]})$, $Z^{[2]} = W^{[2]} A^{[1]} + b^{[2]}$ for $m$ examples.",
        r"dW^{[2]} = \frac1m dZ^{[2]} A^{[1]T}; dW^{[1]} = \frac1m dZ^{[1]} X^T; "
        r"dZ^{[1]} = W^{[2]T} dZ^{[2]} \odot g'(Z^{[1]})",
        r"dW^{[2]} = \frac1m A^{[1]} dZ^{[2]T}; dW^{[1]} = \frac1m dZ^{[2]} X^T; dZ^{[1]} = W^{[2]T} dZ^{[2]}",
    ),
}  # fmt: skip
"""Definitions, right claims and wrong ones; <z> is ∂L/∂z, and <a|z> is ∂a/∂z."""


def written(text: str) -> str:
    text = re.sub(r"<([^<>|]+)\|([^<>|]+)>", r"\\frac{\\partial \1}{\\partial \2}", text)
    return re.sub(r"<([^<>|;=$]+)>", r"\\frac{\\partial L}{\\partial \1}", text)


def verdicts(context: str, claims: str) -> list[tuple[str, str]]:
    lines = [f"$${written(each)}$$" for each in claims.split("; ")]
    findings = check("\n\n".join([written(context), *lines])).findings
    return [(each.equation, each.verdict) for each in findings[-len(lines) :]]


@pytest.mark.parametrize("name", TEXTS)
def test_what_follows_from_the_definitions_is_proved(name: str) -> None:
    context, right, _ = TEXTS[name]
    assert [each for each in verdicts(context, right) if each[1] != "proved"] == []


@pytest.mark.parametrize("name", TEXTS)
def test_what_contradicts_the_definitions_is_refuted(name: str) -> None:
    context, _, wrong = TEXTS[name]
    assert [each for each in verdicts(context, wrong) if each[1] != "refuted"] == []


@pytest.mark.parametrize("name", TEXTS)
def test_no_definition_is_refuted(name: str) -> None:
    context, right, _ = TEXTS[name]
    findings = check(written(f"{context} $${right.split('; ')[0]}$$")).findings
    assert [each.equation for each in findings if each.verdict == "refuted"] == []


LOGISTIC, TANH = r"<z_i> = <a_i> a_i (1 - a_i)", r"<z_i> = <a_i> (1 - a_i^2)"


@pytest.mark.parametrize(
    ("context", "found"),
    [
        ("$a = f(z)$.", ["unread", "unread"]),
        (r"$a = \sigma(z)$.", ["proved", "unread"]),
        ("The units are tanh units: $a = f(z)$.", ["unread", "proved"]),
        ("We apply ReLU, $a = f(z)$.", ["unread", "unread"]),
    ],
)
def test_which_activation_function_it_is_is_not_assumed(context: str, found: list[str]) -> None:
    assert [verdict for _, verdict in verdicts(context, f"{LOGISTIC}; {TANH}")] == found


@pytest.mark.parametrize(
    "claim",
    [
        r"<\mu> = <\sigma^2> \cdot \frac{-2\sum_i (x_i-\mu)}{N}",
        r"<x_i> = <\mu>\frac1N + <\sigma^2>\frac{2(x_i-\mu)}{N}",
    ],
)
def test_a_loss_depends_on_what_is_computed_last(claim: str) -> None:
    context = (
        r"$\mu = \frac1N\sum_i x_i$, $\sigma^2=\frac1N\sum_i(x_i-\mu)^2$, "
        r"$\hat x_i = \frac{x_i-\mu}{\sqrt{\sigma^2+\epsilon}}$, $y_i=\gamma\hat x_i+\beta$."
    )
    assert verdicts(context, claim)[0][1] == "refuted"
    full = claim + r" + \sum_i <\hat x_i> \frac{-1}{\sqrt{\sigma^2+\epsilon}}"
    if r"<\mu> =" in claim:
        assert verdicts(context, full)[0][1] == "proved"


def test_a_formula_of_differentials_claims_nothing() -> None:
    findings = check(
        r"$Z = WX + b$. From $dZ = dW\,X$ and $dL = \langle \frac{\partial L}{\partial Z}, dZ\rangle$."
    ).findings
    assert [each.verdict for each in findings] == ["not-a-claim"] * 3


@pytest.mark.parametrize(
    ("context", "claim", "note"),
    [
        (r"$z = Wx + b$, $a = \sigma(z)$.", r"<z> = <a> \odot a \odot (1 - a)", "the logistic function"),
        (r"$z = Wx$, $p = \mathrm{softmax}(z)$, $L = -\sum_i y_i \log p_i$.", "<z> = p - y", "y add up to 1"),
    ],
)
def test_what_a_proof_depends_on_is_said(context: str, claim: str, note: str) -> None:
    finding = check(written(f"{context} $${claim}$$")).findings[-1]
    assert finding.verdict == "proved"
    assert note in finding.message


@pytest.mark.parametrize(
    ("stated", "claim"),
    [
        (["z = Wx + b", r"a = \mathrm{mystery}(z, 3)"], "<z> = <a>"),
        (["y = Q(x)", "z = Wy"], "<x> = W^T <z>"),
        (["z = Wx + b"], "<W> = q x^T"),
    ],
)
def test_what_is_not_understood_proves_and_refutes_nothing(stated: list[str], claim: str) -> None:
    nodes = tuple(read(written(each)) for each in (*stated, claim))
    steps = judge_defined(nodes[-1], Context(stated=nodes))
    assert steps is not None
    assert [step.verdict for step in steps] == ["unread"]


NORMALISED = (
    r"Let $\mu = \frac1n\sum_i u_i$, $\sigma^2 = \frac1n\sum_i (u_i-\mu)^2$, "
    r"$\hat u_i = \frac{u_i-\mu}{\sqrt{\sigma^2+\epsilon}}$ and $v_i = \gamma \hat u_i + \beta$."
)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (r"\frac{\partial \sigma^2}{\partial u_i} = \frac{2(u_i-\mu)}{n}", "proved"),
        (
            r"\frac{\partial L}{\partial u_i} = \frac{\gamma}{n\sqrt{\sigma^2+\epsilon}}\left(n\frac{\partial L}{\partial v_i}"
            r" - \sum_j \frac{\partial L}{\partial v_j} - \hat u_i\sum_j \frac{\partial L}{\partial v_j}\hat u_j\right)",
            "unread",
        ),
    ],
)
def test_a_sum_without_end_may_have_as_many_terms_as_a_letter_says(line, expected):
    assert check(f"{NORMALISED}\n\n$${line}$$").findings[-1].verdict == expected


@pytest.mark.parametrize("made", [r"Q(x)", r"\mathrm{LayerNorm}(x)", r"\mathcal{F}(x)", r"\text{Dropout}(x)"])
def test_nothing_follows_through_what_is_not_understood(made: str) -> None:
    """The gradient by x goes through y, of which nothing is known; that by y does not."""
    text = (
        rf"The layer is $y = {made}$, $z = Wy + b$. $$\frac{{\partial L}}{{\partial x}} = W^T"
        rf" \frac{{\partial L}}{{\partial z}}$$ $$\frac{{\partial L}}{{\partial y}} = W^T \frac{{\partial L}}{{\partial z}}$$"
    )
    through, before = check(text).findings[-2:]
    assert (through.verdict, through.message) == ("unread", "how y is computed is not understood")
    assert before.verdict == "proved"


def test_a_claim_for_one_loss_is_not_refuted_where_the_loss_is_of_something_else() -> None:
    text = r"$Z = XW + b$, $L = \frac12\|q - t\|^2$. $$\frac{\partial L}{\partial Z} = Z - X W$$"
    finding = check(text).findings[-1]
    assert (finding.verdict, finding.message) == (
        "unread", "how the loss that the text defines depends on it is not understood",
    )  # fmt: skip


def test_nothing_is_proved_by_both_sides_being_zero() -> None:
    text = r"$u = vw$, $q = r^2$. $$\frac{\partial q}{\partial v} = 3 \frac{\partial q}{\partial w}$$"
    finding = check(text).findings[-1]
    assert finding.verdict == "unread"
    assert finding.message.startswith("both sides are 0")
