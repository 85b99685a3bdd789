"""Slips planted into right lines of many notations: each is refuted, named, and mended by a line that is proved."""

import re
import sys

import pytest

import symconv.checking.diagnosis.diagnose  # noqa: F401  the module, which the function of its name hides
from symconv.checking.diagnosis import indices
from symconv.checking.diagnosis.slips import slips
from symconv.checking.findings import MISTAKES
from symconv.compose.check import check, check_equation
from symconv.layers.conv import Conv
from symconv.notation.reading import read

SLIDING = r"$v_{i,j} = \sum_{m=0}^{k-1}\sum_{n=0}^{k-1} u_{i+m,j+n} f_{m,n}$ with the input $u$ of size $H \times W$."
MAPS = (
    r"$Y_{k,i,j} = \sum_{c=0}^{C-1}\sum_{r=0}^{R-1}\sum_{s=0}^{S-1} X_{c,i+r,j+s} W_{k,c,r,s}$ "
    r"with $k = 0,\dots,K-1$ and the output $Y$ of size $K\times P\times Q$."
)
DEEP = r"A network has the layers $u^{[l]} = V^{[l]} a^{[l-1]} + c^{[l]}$ and $a^{[l]} = g(u^{[l]})$."
SOFTMAX = (
    r"The softmax $q_i = \frac{e^{s_i}}{\sum_k e^{s_k}}$ and the cross-entropy loss $L = -\sum_i y_i \log q_i$, "
    r"where $y$ is one-hot."
)
LOGISTIC = r"The sigmoid $\sigma(x) = \frac{1}{1+e^{-x}}$."
PIXELS = (
    r"Each pixel of an $H\times W$ image is mapped alone, by a $1\times1$ convolution with the matrix $w$ of size "
    r"$K\times C$: $y_{k,i,j} = \sum_{c=1}^{C} w_{k,c} x_{c,i,j} + b_k$"
)
MEAN = r"The loss is $L = \frac{1}{N}\sum_{i=1}^{N} (\hat y_i - y_i)^2$."


def gradient(name: str) -> str:
    return rf"\frac{{\partial L}}{{\partial {name}}}"


U, F = gradient("u_{i,j}"), gradient("f_{m,n}")
OVER_OUTPUT = r"\sum_{i=0}^{H-k}\sum_{j=0}^{W-k}"
OVER_FILTER = r"\sum_{m=0}^{k-1}\sum_{n=0}^{k-1}"
PLANTED = [
    (SLIDING, "wrong-sign", f"{F} = {OVER_OUTPUT} {gradient('v_{i,j}')} u_{{i-m,j-n}}"),
    (SLIDING, "swapped-indices", f"{F} = {OVER_OUTPUT} {gradient('v_{i,j}')} u_{{i+n,j+m}}"),
    (SLIDING, "missing-sum", rf"{F} = \sum_{{i=0}}^{{H-k}} {gradient('v_{i,j}')} u_{{i+m,j+n}}"),
    (SLIDING, "not-rotated", f"{U} = {OVER_FILTER} {gradient('v_{i+m,j+n}')} f_{{m,n}}"),
    (SLIDING, "swapped-indices", f"{U} = {OVER_FILTER} {gradient('v_{i-m,j-n}')} f_{{n,m}}"),
    (SLIDING, "wrong-range", rf"{U} = \sum_{{m=1}}^{{k}}\sum_{{n=1}}^{{k}} {gradient('v_{i-m,j-n}')} f_{{m,n}}"),
    (MAPS, "swapped-indices", gradient("X_{c,p,q}") + r" = \sum_{k=0}^{K-1}\sum_{r=0}^{R-1}\sum_{s=0}^{S-1} "
     + gradient("Y_{k,p-r,q-s}") + " W_{c,k,r,s}"),
    (MAPS, "free-index-summed", gradient("W_{k,c,r,s}") + r" = \sum_{c=0}^{C-1}\sum_{p=0}^{P-1}\sum_{q=0}^{Q-1} "
     + gradient("Y_{k,p,q}") + " X_{c,p+r,q+s}"),
    (DEEP, "missing-transpose", r"dV^{[l]} = du^{[l]} a^{[l-1]}"),
    (DEEP, "wrong-order", r"dV^{[l]} = a^{[l-1]T} du^{[l]}"),
    (DEEP, "wrong-layer", r"dV^{[l]} = du^{[l]} a^{[l]T}"),
    (DEEP, "missing-derivative", r"du^{[l]} = V^{[l+1]T} du^{[l+1]}"),
    (SOFTMAX, "wrong-sign", gradient("s_i") + " = y_i - q_i"),
    (SOFTMAX, "extra-factor", gradient("s_i") + " = (q_i - y_i) q_i (1 - q_i)"),
    (SOFTMAX, "wrong-sign", r"\frac{\partial q_i}{\partial s_j} = q_i (\delta_{ij} + q_j)"),
    (SOFTMAX, "missing-factor", r"\frac{\partial q_i}{\partial s_j} = \delta_{ij} - q_j"),
    (LOGISTIC, "wrong-sign", r"\sigma'(x) = \sigma(x) (1 + \sigma(x))"),
    (LOGISTIC, "missing-factor", r"\sigma'(x) = 1 - \sigma(x)"),
    (MEAN, "missing-factor", gradient(r"\hat y_i") + r" = 2 (\hat y_i - y_i)"),
    (MEAN, "wrong-sign", gradient(r"\hat y_i") + r" = \frac{2}{N} (y_i - \hat y_i)"),
]  # fmt: skip
NORM = (
    r"A mean $m = \frac{1}{n}\sum_{k=1}^{n} x_k$, a variance $v = \frac{1}{n}\sum_{k=1}^{n} (x_k - m)^2$, and from them "
    r"$h_k = \frac{x_k - m}{\sqrt{v + \epsilon}}$ and the output $y_k = \gamma h_k + \beta$ of batch normalisation."
)
SMALL_NET = (
    r"An image $x$ (3×3) and a filter $w$ (2×2), stride 1: "
    r"$$z_{ij} = c + \sum_{m=1}^{2}\sum_{n=1}^{2} w_{mn} x_{i+m-1,j+n-1}$$ "
    r"$$y_{ij} = \sigma(z_{ij})$$ $$C = \frac{1}{2}\sum_{i,j} (y_{ij} - t_{ij})^2$$"
)
RECTIFIED = SMALL_NET.replace(r"\sigma(z_{ij})", r"\max(0, z_{ij})").replace("C =", "L =")
CASES = [
    (NORM, "missing-term", "through m and v", gradient("x_k") + r" = \frac{1}{\sqrt{v + \epsilon}} " + gradient("h_k")),
    (NORM, "missing-term", "through v", gradient("x_k") + r" = \frac{1}{\sqrt{v + \epsilon}} " + gradient("h_k")
     + r" + \frac{1}{n}" + gradient("m")),
    (SMALL_NET, "missing-derivative", "σ'(z_ij)", r"\frac{\partial C}{\partial w_{mn}} = "
     r"\sum_{i=1}^{2}\sum_{j=1}^{2} (y_{ij} - t_{ij}) x_{i+m-1,j+n-1}"),
    (SMALL_NET, "missing-derivative", "σ'(z_ij)", r"\frac{\partial C}{\partial c} = \sum_{i,j} (y_{ij} - t_{ij})"),
    (RECTIFIED, "missing-derivative", "∂L/∂z_11 is meant", gradient("w_{11}") + " = " + " + ".join(
        gradient(f"y_{{{at}}}") + f" x_{{{at}}}" for at in (11, 12, 21, 22))),
    (SOFTMAX, "missing-factor", "1 should be δ_ij", r"\frac{\partial q_i}{\partial s_j} = q_i (1 - q_j)"),
    (SOFTMAX, "wrong-sign", "for i = j the term q_i is missing", r"\frac{\partial q_i}{\partial s_j} = q_i q_j"),
    (SOFTMAX, "missing-factor", "q_i has to divide", gradient("q_i") + " = -y_i q_i"),
    (LOGISTIC, "wrong-sign", "e^x should be e^(-x)", r"\frac{d}{dx} \ln(1 + e^x) = \frac{1}{1 + e^x}"),
    (LOGISTIC, "missing-factor", "the factor e^(-x) is missing", r"\sigma'(x) = \frac{1}{(1 + e^{-x})^2}"),
    (SLIDING, "rotated-twice", "should be f_m,n",
     f"{U} = {OVER_FILTER} {gradient('v_{i-m,j-n}')} f_{{k-1-m,k-1-n}}"),
    ("$p = ab$, $q = p + c$, $L = q^2$.", "wrong-letter", "a should be b", gradient("a") + " = 2 q a"),
    (LOGISTIC, "missing-factor", "tanh(x) should be tanh^2(x)", r"\frac{d}{dx} \tanh(x) = 1 - \tanh(x)"),
]  # fmt: skip
INTERNAL = re.compile(r"\b(?:d:)?[aFzb]\[|n_1|k_1|\d+(?:×\d+)? (?:and|on the left)")


@pytest.mark.parametrize(("page", "mistake", "line"), PLANTED)
def test_slip_is_named_and_mended_in_the_authors_letters(page: str, mistake: str, line: str) -> None:
    found = check(f"{page}\n\n$${line}$$\n").findings[-1]
    assert (found.verdict, found.mistake) == ("refuted", mistake), found
    assert mistake in MISTAKES
    assert not INTERNAL.search(found.message), found.message
    mended = check(f"{page}\n\n$${found.hint}$$\n").findings[-1]
    assert mended.verdict == "proved", found.hint


@pytest.mark.parametrize(("page", "mistake", "told", "line"), CASES)
def test_forgotten_derivative_is_named_and_its_right_line_is_proved(
    page: str, mistake: str, told: str, line: str
) -> None:
    found = check(f"{page}\n\n$${line}$$\n").findings[-1]
    assert (found.verdict, found.mistake) == ("refuted", mistake), found
    assert told in found.message
    mended = check(f"{page}\n\n$${found.hint}$$\n").findings[-1]
    assert mended.verdict == "proved", found.hint


def test_right_line_is_not_told_where_its_sign_would_mean_what_nothing_says() -> None:
    page = (
        r"Convolutional layers: $a^{l}_{ij} = \sigma(z^{l}_{ij})$ and $\delta^{l}_{ij} = \frac{\partial C}{\partial z^{l}_{ij}}$, "
        r"$$z^{l}_{ij} = \sum_{m}\sum_{n} w^{l}_{mn} a^{l-1}_{i+m,j+n} + b^{l}$$ $$\delta^{l} = \delta^{l+1} * w^{l+1}$$"
    )
    found = check(page).findings[-1]
    assert (found.verdict, found.mistake, found.hint) == ("refuted", "missing-derivative", "")


@pytest.mark.parametrize(
    ("line", "verdict"),
    [
        (r"\frac{\partial q_i}{\partial s_j} = -q_i q_j", "proved"),
        (r"\frac{\partial q_i}{\partial s_j} = q_i q_j", "refuted"),
    ],
)
def test_condition_may_follow_the_word_for(line: str, verdict: str) -> None:
    findings = check(f"{SOFTMAX}\n\nIt is ${line}$ for $i \\neq j$, of course.\n").findings
    found = next(each for each in findings if each.equation == line)
    assert found.verdict == verdict
    assert found.mistake == ("" if verdict == "proved" else "wrong-sign")


def test_formula_that_nothing_mends_has_no_sizes_that_nobody_wrote() -> None:
    line = r"dV^{[l]} = u^{[l+1]} c^{[l]T} V^{[l]T} du^{[l]}"
    found = check(f"{DEEP}\n\n$${line}$$\n").findings[-1]
    assert (found.verdict, found.hint) == ("refuted", "")
    assert not INTERNAL.search(found.message), found.message


def test_limit_of_a_sum_may_be_moved_to_zero() -> None:
    page = r"$$y_i = \sum_{k=-1}^{1} w_k x_{i+k}$$ $$%s = \sum_{i=1}^{n} %s x_{i+k}$$ $$%s = \sum_{k=-1}^{1} w_k %s$$"
    report = check(page % tuple(map(gradient, ("w_k", "y_i", "x_j", "y_{j+k}"))))
    assert len(report.findings) == 3
    assert indices.shifted(read("-1"), read("n"), 1, 1) == (read("0"), read("n + 1"))


def test_counterexample_is_told_in_words() -> None:
    line = rf"{F} = {OVER_OUTPUT} {gradient('v_{i,j}')} u_{{i+m,i+j}} u_{{0,0}}"
    message = check(f"{SLIDING}\n\n$${line}$$\n").findings[-1].message
    assert "n_1" not in message


def test_missing_sum_runs_as_the_sums_of_the_text() -> None:
    right = rf"$${gradient('w_{k,c}')} = \sum_{{i=1}}^{{H}}\sum_{{j=1}}^{{W}} {gradient('y_{k,i,j}')} x_{{c,i,j}}$$"
    wrong = f"{gradient('w_{k,c}')} = {gradient('y_{k,i,j}')} x_{{c,i,j}}"
    found = check(f"{PIXELS}\n\n{right}\n\n$${wrong}$$\n").findings[-1]
    assert found.mistake == "missing-sum"
    assert r"\sum_{i = 1}^{H} \sum_{j = 1}^{W}" in found.hint


def test_gradients_of_the_text_are_tried_first_those_with_the_same_number_before() -> None:
    left, right = read(gradient("K")), read(rf"X * {gradient('A_1')}")
    stated = [read(f"{gradient('W')} = {gradient('z_2')} f"), read(f"{gradient('Z_1')} = u")]
    tried = [slip.words for slip in slips(left, right, stated)]
    assert tried[:2] == ["∂L/∂A_1 should be ∂L/∂Z_1", "∂L/∂A_1 should be ∂L/∂W"]


def test_what_nobody_means_is_not_tried() -> None:
    """Counting letters for arrays, products of gradients, gradients by gradients, the loss as a factor."""
    left, right = read(gradient("w_{k,c}")), read(f"{gradient('y_{k,i,j}')} x_{{c,i,j}}")
    tried = [slip.right for slip in slips(left, right, [read(r"y_{k,i,j} = \sum_{c=1}^{C} w_{k,c} x_{c,i,j}")])]
    silly = [
        f"{gradient('y_{k,i,j}')} i_{{c,i,j}}", f"{gradient('y_{k,i,j}')} C",
        f"{gradient('y_{k,i,j}')} {gradient('x_{c,i,j}')}", f"{gradient('y_{k,i,j}')} x_{{c,i,j}} L",
    ]  # fmt: skip
    assert not [each for each in silly if read(each) in tried]
    assert not any("partial \\frac" in str(each) for each in tried)


def test_search_for_a_slip_ends_where_its_work_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    module = sys.modules["symconv.checking.diagnosis.diagnose"]
    page = f"{DEEP}\n\n$$dV^{{[l]}} = du^{{[l]}} a^{{[l]T}}$$\n"
    monkeypatch.setattr(module, "MOST_WORK", 3 * module.ONE_SLIP)  # type: ignore[attr-defined]
    found = check(page).findings[-1]
    assert (found.verdict, found.hint) == ("refuted", "")


CHANNELS = (
    r"The input has 2 channels $u^{(1)}$ and $u^{(2)}$, the output is $$q_{11} = "
    + " + ".join(rf"v^{{({c})}}_{{{at}}} u^{{({c})}}_{{{at}}}" for c in "12" for at in ("11", "12", "21", "22"))
    + r"$$ with $\delta_{ij} = \frac{\partial L}{\partial q_{ij}}$."
)


def channels(last: str, others: str) -> str:
    entries = zip(("11", "12", "21", "22"), ("21", "22", "31", "32"), (others, others, others, last), strict=True)
    right = " + ".join(rf"\delta_{{{place}}} u^{{({c})}}_{{{at}}}" for place, at, c in entries)
    return f"{gradient('v^{(2)}_{21}')} = {right}"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (channels("1", "2"), "u_32^(1) should be u_32^(2)"),
        (channels("1", "1"), "this is the value of ∂L/∂v_21^(1), not of ∂L/∂v_21^(2)"),
    ],
)
def test_channels_stay_above_the_letters(line: str, message: str) -> None:
    found = check(f"{CHANNELS}\n\n$${line}$$\n").findings[-1]
    assert (found.mistake, found.message) == ("wrong-channel", message)
    assert "u_{32}^{(" in found.hint


@pytest.mark.parametrize(("left", "given"), [("du_{p,q}", "dv"), (gradient("u_{p,q}"), r"\delta")])
def test_filter_that_is_not_rotated_is_named_for_gradients_of_any_spelling(left: str, given: str) -> None:
    said = rf"Let $\delta_{{i,j}} = {gradient('v_{i,j}')}$."
    line = f"{left} = {OVER_FILTER} {given}_{{p+m,q+n}} f_{{m,n}}"
    found = check(f"{SLIDING} {said}\n\n$${line}$$\n").findings[-1]
    assert (found.mistake, "p-m,q-n" in found.hint) == ("not-rotated", True)


def test_gradient_of_the_opposite_filter_entry_is_no_other_entry_in_a_true_convolution() -> None:
    layer, names = Conv(input=(3, 3), filter=(2, 2), convention="convolution"), {"G": r"\delta"}
    right = " + ".join(rf"\delta_{{{at}}} X_{{{at}}}" for at in ("11", "12", "21", "22"))
    line = f"{gradient('F_{11}')} = {right}"
    assert check_equation(line, layer=layer, names=names).mistake == "not-rotated"
