"""Where the maxima of a pool stand is one thing throughout a text: what it says, or else what its lines suppose."""

import pytest

import symconv as sc

POOL = "Max pooling of the 4×4 input $u$ with 2×2 windows and stride 2; the output is $v$, indices start at 1.\n\n"


def line(left, right):
    over = "0" if right == "0" else rf"\frac{{\partial E}}{{\partial {right}}}"
    return rf"$$\frac{{\partial E}}{{\partial {left}}} = {over}$$" + "\n\n"


def findings(*parts):
    return sc.check(POOL + "".join(parts)).findings


def whole(*places):
    rows = [["0"] * 4 for _ in range(4)]
    for at, (row, column) in enumerate(places):
        rows[row - 1][column - 1] = rf"\frac{{\partial E}}{{\partial v_{{{at // 2 + 1}{at % 2 + 1}}}}}"
    inner = r" \\ ".join(" & ".join(row) for row in rows)
    return r"$$\frac{\partial E}{\partial u} = \begin{pmatrix}" + inner + r"\end{pmatrix}$$" + "\n\n"


def test_an_entry_is_not_supposed_to_be_the_largest():
    for right, said in (("v_{11}", "u_12 is the largest"), ("0", "u_12 is not the largest")):
        (found,) = findings(line("u_{12}", right))
        assert found.verdict == "unread"
        assert said in found.message and "which the text does not say" in found.message


SAID = (
    "Suppose that the largest entry of the first window is $u_{12}$.",
    "Let $u_{12}$ be the maximum of its window.",
    "The maxima are $u_{12}$, $u_{13}$, $u_{41}$ and $u_{33}$.",
    "If $v_{11} = u_{12}$, we get",
    r"Here $u_{12} > u_{11}$, $u_{12} > u_{21}$ and $u_{22} < u_{12}$.",
    r"Assume $u_{12} = \max(u_{11}, u_{12}, u_{21}, u_{22})$.",
    "Angenommen, das größte Element des ersten Fensters ist $u_{12}$.",
    "Supposons que le maximum de la première fenêtre est $u_{12}$.",
    "Sea $u_{12}$ el mayor elemento de la primera ventana.",
    "Пусть максимум первого окна равен $u_{12}$.",
    "假设第一个窗口的最大值是 $u_{12}$。",
)


@pytest.mark.parametrize("said", SAID)
def test_what_the_text_says_decides(said):
    found = findings(
        said, "\n\n", line("u_{12}", "v_{11}"), line("u_{22}", "0"), line("u_{21}", "v_{11}"), line("u_{12}", "0")
    )
    verdicts = [each.verdict for each in found if r"\frac" in each.equation]
    assert verdicts == ["proved", "proved", "refuted", "refuted"]
    wrong = next(each for each in found if each.verdict == "refuted")
    assert wrong.hint.endswith("= 0") and wrong.mistake == "extra-term"


def test_another_case_is_another_condition():
    text = (
        "If $u_{12}$ is the largest entry of its window,\n",
        line("u_{12}", "v_{11}"),
        "and otherwise\n",
        line("u_{12}", "0"),
    )
    assert [each.verdict for each in findings(*text)] == ["proved", "proved"]
    text = (
        "If $u_{11} < u_{12}$, then\n",
        line("u_{11}", "0"),
        "If $u_{11} > u_{12}$, then\n",
        line("u_{12}", "0"),
        line("u_{11}", "0"),
    )
    assert [each.verdict for each in findings(*text)][-1] == "unread"


def test_a_condition_behind_a_line_is_its_own():
    text = r"We have $\frac{\partial E}{\partial u_{12}} = 0$ if $u_{11} > u_{12}$. "
    assert findings(text)[0].verdict == "proved"


def test_a_whole_array_says_where_the_maxima_stand():
    first, other = ((1, 2), (2, 3), (4, 1), (3, 3)), ((1, 2), (2, 3), (4, 1), (3, 4))
    found = findings(whole(*first), line("u_{12}", "v_{11}"), line("u_{12}", "0"), whole(*other))
    assert [each.verdict for each in found] == ["proved", "proved", "unread", "unread"]
    assert "the maxima stand at the places" in found[0].message
    assert all("which a line before it excludes" in each.message for each in found[2:])


def test_numbers_say_where_the_maxima_stand():
    numbers = r"$$u = \begin{pmatrix} 1 & 5 & 2 & 0\\ 3 & 4 & 7 & 1\\ 0 & 2 & 1 & 9 \\ 6 & 1 & 3 & 2\end{pmatrix}$$"
    values = (
        r"$$v = \begin{pmatrix} 5 & 7 \\ 6 & 9 \end{pmatrix}$$ $$v = \begin{pmatrix} 5 & 7 \\ 6 & 3 \end{pmatrix}$$"
    )
    found = findings(numbers, values, line("u_{12}", "v_{11}"), line("u_{11}", "v_{11}"), line("u_{23}", "0"))
    assert [each.verdict for each in found[1:]] == ["proved", "refuted", "proved", "refuted", "refuted"]
