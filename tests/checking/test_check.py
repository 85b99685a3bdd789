"""A text checked as a whole: which layer is meant, what signs mean, what no claim is, what is said of each line."""

from __future__ import annotations

import sys

import pytest

import symconv as sc
import symconv.compose.check
from symconv.checking.sources import source_from_text
from symconv.compose.check import check, check_equation, check_source
from symconv.errors import InputError

check_module = sys.modules["symconv.compose.check"]
OURS = check_module.OURS
PLAIN = sc.Conv((3, 3), (2, 2))
LETTERS = {"X": "x", "F": "w", "O": "y", "G": r"\delta", "L": "E"}


def verdicts(text: str, **how) -> list[str]:
    return [finding.verdict for finding in check(text, **how).findings]


def judged(latex: str, layer=PLAIN, names=LETTERS, **how):
    return check_equation(latex, layer=layer, names=names, **how)


@pytest.mark.parametrize(
    "latex",
    [
        r"y_{12} = x_{12}w_{11} + x_{13}w_{12} + x_{22}w_{21} + x_{23}w_{22}",
        r"\frac{\partial E}{\partial x_{12}} = \delta_{11} w_{12} + \delta_{12} w_{11}",
        r"\frac{\partial E}{\partial w_{21}} = \sum_{i}\sum_{j} \frac{\partial E}{\partial y_{ij}} \frac{\partial y_{ij}}{\partial w_{21}}",
        r"\frac{\partial E}{\partial w} = x \ast \frac{\partial E}{\partial y}",
        r"\frac{\partial E}{\partial x} = \delta \circledast \mathrm{rot180}(w)",
        r"\frac{\partial E}{\partial x} = \text{full\_conv}(\delta, \mathrm{rot180}(w))",
        r"\frac{\partial y}{\partial x_{11}} = \begin{pmatrix} w_{11} & 0 \\ 0 & 0 \end{pmatrix}",
        r"\frac{\partial E}{\partial w_{ij}} = \left\langle \frac{\partial E}{\partial y}, \frac{\partial y}{\partial w_{ij}} \right\rangle_F",
        r"\frac{\partial E}{\partial w} = \frac{\partial E}{\partial y} \frac{\partial y}{\partial w}",
        r"y_{ij} = \sum_{m=1}^{2} \sum_{n=1}^{2} x_{i+m-1,j+n-1} w_{mn}",
        r"\frac{\partial E}{\partial b} = \sum_{i,j} \delta_{ij}",
        r"\frac{\partial y_{22}}{\partial w_{11}} = x_{22}",
        r"dx_{33} = \delta_{22} w_{22}",
    ],
)
def test_right_lines_of_a_convolution_are_proved(latex: str) -> None:
    found = judged(latex)
    assert (found.verdict, found.message) == ("proved", found.message)


@pytest.mark.parametrize(
    ("latex", "mistake"),
    [
        (r"y_{12} = x_{12}w_{11} + x_{13}w_{12} + x_{22}w_{21} + x_{22}w_{22}", "neighbouring-index"),
        (r"\frac{\partial E}{\partial x_{12}} = \delta_{11} w_{12}", "missing-term"),
        (r"\frac{\partial E}{\partial x_{22}} = \delta_{22} w_{22}", "wrong-entry"),
        (r"\frac{\partial E}{\partial x} = \mathrm{pad}_1(\delta) \star w", "not-rotated"),
        (r"\frac{\partial E}{\partial w} = x \star \mathrm{rot180}(\delta)", "rotated-twice"),
        (r"y_{ij} = \sum_{m=1}^{3} \sum_{n=1}^{3} x_{i+m-1,j+n-1} w_{mn}", "wrong-range"),
        (r"w = x \ast \frac{\partial E}{\partial y}", "wrong-entry"),
        (r"y_{11} = x_{44}w_{11}", "no-such-entry"),
    ],
)
def test_wrong_lines_are_refuted_and_the_mistake_is_named(latex: str, mistake: str) -> None:
    found = judged(latex)
    assert (found.verdict, found.mistake) == ("refuted", mistake)
    assert found.message
    assert not found.hint or judged(found.hint).verdict == "proved"


@pytest.mark.parametrize(
    "latex",
    [
        r"x = \begin{pmatrix} x_{11} & x_{12} & x_{13} \\ x_{21} & x_{22} & x_{23} \\ x_{31} & x_{32} & x_{33} \end{pmatrix}",
        r"w \leftarrow w - \eta \frac{\partial E}{\partial w}",
        r"w = w - \eta \frac{\partial E}{\partial w}",
        r"E = E(y_{11}, y_{12}, y_{21}, y_{22})",
        r"\langle A, B \rangle_F = A_{11} B_{11} + A_{12} B_{12}",
        r"w \in \mathbb{R}^{2 \times 2}",
        r"w_{updated} = w - \eta \frac{\partial E}{\partial w}",
    ],
)
def test_what_defines_or_updates_claims_nothing(latex: str) -> None:
    assert judged(latex).verdict == "not-a-claim"


def test_a_chain_has_the_worst_verdict_and_a_part_for_every_step() -> None:
    found = judged(r"\frac{\partial E}{\partial x_{11}} = \delta_{11} w_{11} = \delta_{11} w_{12}")
    assert found.verdict == "refuted"
    assert [part.verdict for part in found.parts] == ["proved", "refuted"]


def test_stride_and_padding_of_the_layer_count() -> None:
    strided = sc.Conv((5, 5), (3, 3), stride=2)
    assert (
        judged(r"\frac{\partial E}{\partial x_{13}} = \delta_{11} w_{13} + \delta_{12} w_{11}", strided).verdict
        == "proved"
    )
    assert judged(r"\frac{\partial E}{\partial w} = x \ast \delta", strided).verdict == "refuted"
    assert judged(r"\frac{\partial E}{\partial w} = x \ast \mathrm{spread}_2(\delta)", strided).verdict == "proved"
    padded = sc.Conv((3, 3), (3, 3), padding=1)
    assert (
        judged(r"\frac{\partial E}{\partial x} = \mathrm{pad}_1(\delta) \otimes \mathrm{rot180}(w)", padded).verdict
        == "proved"
    )


def test_pools_and_dense_layers() -> None:
    names = {"X": "a", "O": "p"}
    pool = sc.AvgPool((4, 4), (2, 2))
    assert (
        judged(
            r"\frac{\partial L}{\partial a_{12}} = \frac{1}{4} \frac{\partial L}{\partial p_{11}}", pool, names
        ).verdict
        == "proved"
    )
    assert (
        judged(r"\frac{\partial L}{\partial a_{12}} = \frac{\partial L}{\partial p_{11}}", pool, names).mistake
        == "missing-factor"
    )
    largest = sc.MaxPool((4, 4), (2, 2))
    assert judged(r"p_{12} = \max(a_{13}, a_{14}, a_{23}, a_{24})", largest, names).verdict == "proved"
    assert judged(r"p_{12} = \max(a_{13}, a_{14}, a_{23}, a_{33})", largest, names).verdict == "refuted"
    dense = sc.Dense(3, 2)
    names = {"X": "a", "F": "W", "O": "z"}
    assert (
        judged(r"\frac{\partial L}{\partial a} = W^T \frac{\partial L}{\partial z}", dense, names).verdict == "proved"
    )
    assert (
        judged(r"\frac{\partial L}{\partial W} = \frac{\partial L}{\partial z} a^T", dense, names).verdict == "proved"
    )
    assert judged(r"\frac{\partial L}{\partial a} = W \frac{\partial L}{\partial z}", dense, names).verdict == "refuted"


def test_the_maxima_are_read_off_and_must_be_possible() -> None:
    layer, names = sc.MaxPool((2, 4), (2, 2)), {"X": "a", "O": "p"}
    left = r"\frac{\partial L}{\partial a} = "
    row = r"\begin{pmatrix} 0 & %s & %s & 0 \\ 0 & %s & 0 & 0 \end{pmatrix}"
    first, second = (rf"\frac{{\partial L}}{{\partial p_{{1{at}}}}}" for at in (1, 2))
    assert judged(left + row % (first, second, "0"), layer, names).verdict == "proved"
    for wrong in ((first, second, first), (second, first, "0"), (first, "2" + second, "0")):
        assert judged(left + row % wrong, layer, names).verdict == "refuted", wrong


def test_a_sign_means_one_thing_in_a_text() -> None:
    """`*` is cross-correlation in the forward line, so the filter has to be rotated on the way back."""
    text = r"""An input x of 3x3 and a filter w of 2x2.

$$y_{11} = x_{11}w_{11} + x_{12}w_{12} + x_{21}w_{21} + x_{22}w_{22}$$
$$\begin{pmatrix} y_{11} & y_{12} \\ y_{21} & y_{22} \end{pmatrix} =
\begin{pmatrix} x_{11} & x_{12} & x_{13} \\ x_{21} & x_{22} & x_{23} \\ x_{31} & x_{32} & x_{33} \end{pmatrix} *
\begin{pmatrix} w_{11} & w_{12} \\ w_{21} & w_{22} \end{pmatrix}$$
$$\frac{\partial L}{\partial x_{11}} = \frac{\partial L}{\partial y_{11}} w_{11}$$
"""
    back = r"$$\frac{\partial L}{\partial x} = \frac{\partial L}{\partial y} * %s$$"
    assert verdicts(text + back % r"\mathrm{rot180}(w)")[-1] == "proved"
    assert verdicts(text + back % "w")[-1] == "refuted"


def test_what_holds_under_another_convention_only_is_not_proved_by_that() -> None:
    found = judged(r"\frac{\partial E}{\partial x} = \delta * w")
    assert found.verdict == "unread"
    assert "true convolution" in found.message
    true = sc.Conv((3, 3), (2, 2), convention="convolution")
    assert judged(r"\frac{\partial E}{\partial x} = \delta \star w", true).verdict == "proved"
    assert judged(r"\frac{\partial E}{\partial x} = \delta * \mathrm{rot180}(w)", true).verdict == "proved"
    assert judged(r"\frac{\partial E}{\partial x} = \delta * w", true).verdict == "unread"


def test_the_layer_is_worked_out_and_said() -> None:
    report = check("$z_1 = a_1 k_1 + a_2 k_2$ and $z_2 = a_2 k_1 + a_3 k_2$ give $\\frac{\\partial C}{\\partial a_2} = "
                   "\\frac{\\partial C}{\\partial z_1} k_2 + \\frac{\\partial C}{\\partial z_2} k_1$")  # fmt: skip
    assert [finding.verdict for finding in report.findings] == ["proved"] * 3
    assert "convolution" in report.notes[0]
    assert "--input" in report.notes[0]


def test_the_text_may_say_what_the_layer_is_from_there_on() -> None:
    line = r"$$\frac{\partial L}{\partial X_{2}} = \frac{\partial L}{\partial O_{1}} F_2%s$$" + "\n\n"
    text = (
        "<!-- symconv: conv input=3 filter=2 -->\n\n"
        + line % r" + \frac{\partial L}{\partial O_{2}} F_1"
        + "<!-- symconv: stride=2 input=4 -->\n\n"
        + line % ""
    )
    assert verdicts(text) == ["proved", "proved"]
    assert verdicts(text.replace("stride=2", "stride=1"))[1] == "refuted"
    with pytest.raises(InputError, match="no strides"):
        check("<!-- symconv: conv input=3 filter=2 strides=2 -->\n\n$X = O$")


def test_a_line_that_begins_with_a_sign_goes_on_with_the_one_above() -> None:
    text = "$$O_1 = X_1 F_1 + X_2 F_2$$\n\nwhich is\n\n$$= X_2 F_2 + X_1 F_1$$\n\n$$= X_2 F_2$$\n"
    assert verdicts(text, layer=sc.Conv(3, 2)) == ["proved", "proved", "refuted"]


def test_what_cannot_be_read_is_said_with_its_place() -> None:
    report = check("One line.\n\n$$O_1 = X_1 F_1 + \\frac{X_2}{$$\n", layer=sc.Conv(3, 2))
    (finding,) = report.findings
    assert (finding.verdict, finding.line) == ("unread", 3)
    assert "3:" in finding.message
    assert not report.holds


def test_without_a_layer_nothing_is_guessed() -> None:
    assert set(verdicts(r"$$\frac{\partial L}{\partial q} = r * s$$")) <= {"unread", "not-a-claim"}


def test_places_count_lines_and_columns_from_1() -> None:
    report = check("é $O_1 = X_1 F_1 + X_2 F_2$", layer=sc.Conv(3, 2))
    (finding,) = report.findings
    assert (finding.line, finding.column, finding.end_line, finding.end_column) == (1, 4, 1, 27)


def test_plain_text_is_read_too() -> None:
    text = "dL/dX2 = dL/dO1*F2 + dL/dO2*F1\ndL/dF1 = dL/dO1*X1 + dL/dO2*X1\n"
    assert verdicts(text, layer=sc.Conv(3, 2)) == ["proved", "refuted"]


def test_formulas_with_index_letters_are_proved_for_all_sizes_where_they_hold_there() -> None:
    layer, names = sc.Conv(5, 3), {"X": "x", "F": "w", "O": "y"}
    every = check_equation(r"y_i = \sum_u x_{i+u-1} w_u", layer=layer, names=names)
    assert (every.verdict, every.scope) == ("proved", "sizes")
    numbers = check_equation("y_1 = x_1 w_1 + x_2 w_2 + x_3 w_3", layer=layer, names=names)
    assert (numbers.verdict, numbers.scope) == ("proved", "shape")


def test_a_coincidence_of_sizes_proves_nothing() -> None:
    """With a 5x5 input and a 3x3 filter the output is as large as the filter."""
    text = r"\frac{\partial L}{\partial w_{u,v}} = \sum_{i=0}^{%s-1} \sum_{j=0}^{%s-1} \frac{\partial L}{\partial z_{i,j}} x_{i+u,j+v}"
    layer, names = sc.Conv((5, 5), (3, 3)), {"X": "x", "F": "w", "O": "z"}
    wrong = check_equation(text % ("k_h", "k_w") + r", \quad y_{0,0} = y_{0,0}", layer=layer, names=names, index_base=0)
    assert wrong.verdict != "proved" or wrong.scope == "sizes"


def test_equations_are_handed_on_for_progress() -> None:
    seen = []

    def watch(equations):
        for each in equations:
            seen.append(each)
            yield each

    source = source_from_text("\n\n".join(["$O_1 = X_1 F_1 + X_2 F_2$"] * 5))
    assert check_source(source, layer=sc.Conv(3, 2), watch=watch).counts["proved"] == 5
    assert len(seen) in (5, 10), "once for each way to understand the text"


@pytest.mark.parametrize(
    ("engine", "verdict", "message"),
    [("judged", "unread", f"{OURS}: ZeroDivisionError: by nothing"),
     ("diagnose", "refuted", f"; why is not known: {OURS}: ZeroDivisionError: by nothing")],
)  # fmt: skip
def test_a_mistake_of_ours_costs_one_line(monkeypatch: pytest.MonkeyPatch, engine: str, verdict: str, message: str):
    def broken(node, *rest):
        if engine == "diagnose" or "13" in str(node):
            raise ZeroDivisionError("by nothing")
        return works(node, *rest)

    works = getattr(check_module, engine)
    monkeypatch.setattr(check_module, engine, broken)
    text = (
        r"$$y_{11} = x_{11}w_{11} + x_{12}w_{12} + x_{21}w_{21} + x_{22}w_{22}$$ "
        r"$$y_{12} = x_{12}w_{11} + x_{13}w_{11} + x_{22}w_{21} + x_{23}w_{22}$$"
    )
    with pytest.raises(ZeroDivisionError):
        check(text, layer=PLAIN, names=LETTERS)
    monkeypatch.setattr(check_module, "OWN_MISTAKES", (Exception,))
    first, second = check(text, layer=PLAIN, names=LETTERS).findings
    assert (first.verdict, second.verdict) == ("proved", verdict)
    assert second.message.endswith(message)
