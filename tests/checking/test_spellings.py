"""One right equation in the spellings that people have for it; one wrong number in any of them is found."""

from __future__ import annotations

import pytest

import symconv as sc

LAYER, NAMES = sc.Conv((3, 3), (2, 2)), {"X": "a", "F": "k", "O": "z"}
SLOPE = {
    "plain TeX": r"{\partial L \over \partial a_{21}} = {\partial L \over \partial z_{11}} k_{21} + {\partial L \over \partial z_{21}} k_{11}",
    "upright d": r"\frac{\mathrm dL}{\mathrm da_{21}} = \frac{\mathrm dL}{\mathrm dz_{11}} k_{21} + \frac{\mathrm dL}{\mathrm dz_{21}} k_{11}",
    "∂ with an index": r"\partial_{a_{21}} L = k_{21} \, \partial_{z_{11}} L + k_{11} \, \partial_{z_{21}} L",
    "physics": r"\pdv{L}{a_{21}} = \pdv{L}{z_{11}} k_{21} + \pdv{L}{z_{21}} k_{11}",
    "a script L": r"\frac{\partial \mathscr L}{\partial a_{21}} = \frac{\partial \mathcal{L}}{\partial z_{11}} k_{21} + \frac{\partial ℒ}{\partial z_{21}} k_{11}",
    "letters of formulas": "∂𝐿/∂𝑎₂₁ = ∂𝐿/∂𝑧₁₁ 𝑘₂₁ ＋ ∂𝐿/∂𝑧₂₁ 𝑘₁₁",
}  # fmt: skip
ENTRY = {
    "in a box": r"z_{12} = \fbox{$a_{12} k_{11} + a_{13} k_{12}$} + \colorbox{lime}{$a_{22} k_{21}$} + a_{23} k_{22}",
    "lengths": r"z_{12} = a_{12} k_{11} \kern1pt + a_{13}\mkern2mu k_{12} + \hskip 3pt a_{22} k_{21} + a_{23} k_{22}",
    "numbered": r"z_{12} = a_{12} k_{11} + a_{13} k_{12} + a_{22} k_{21} + a_{23} k_{22} \eqno(4)",
    "for slides": r"z_{12} = a_{12} k_{11} \onslide<2->{+ a_{13} k_{12}} + \alert<3>{a_{22} k_{21}} \pause + a_{23} k_{22}",
    "signs in groups": r"z_{12} = {a_{12} k_{11} +} a_{13} k_{12} \color{red}{+ a_{22} k_{21}} - {(-a_{23})} k_{22}",
    "breqn": r"\begin{dmath} z_{12} = a_{12} k_{11} + a_{13} k_{12} + a_{22} k_{21} + a_{23} k_{22} \end{dmath}",
    "a table of equations": r"\begin{array}{rcl} z_{12} &=& a_{12} k_{11} + a_{13} k_{12} \\ && + a_{22} k_{21} + a_{23} k_{22} \end{array}",
    "IEEEeqnarray": r"\begin{IEEEeqnarray}{rCl} z_{12} &=& a_{12} k_{11} + a_{13} k_{12} \\ && + a_{22} k_{21} + a_{23} k_{22} \end{IEEEeqnarray}",
}  # fmt: skip
SUM = {
    "sum": "z[i,j] = sum_{m,n} a[i+m-1,j+n-1] * k[m,n]",
    "sums": "z[i,j] = sum_m sum_n a[i+m-1, j+n-1] k[m,n]",
}


@pytest.mark.parametrize("spelling", [*SLOPE.values(), *ENTRY.values()], ids=[*SLOPE, *ENTRY])
def test_spelling_is_understood(spelling: str) -> None:
    (found,) = sc.check(f"$${spelling}$$", layer=LAYER, names=NAMES).findings
    assert (found.verdict, found.message) == ("proved", "")
    wrong = spelling.replace("k_{21}", "k_{12}").replace("𝑘₂₁", "𝑘₁₂")
    (found,) = sc.check(f"$${wrong}$$", layer=LAYER, names=NAMES).findings
    assert found.verdict == "refuted"


@pytest.mark.parametrize("spelling", SUM.values(), ids=SUM)
def test_sum_in_plain_text_is_understood(spelling: str) -> None:
    verdicts = [
        sc.check_equation(text, layer=LAYER, names=NAMES, plain=True).verdict
        for text in (spelling, spelling.replace("j+n-1", "j+n-2"))
    ]
    assert verdicts == ["proved", "refuted"]


def test_formula_ends_where_the_command_of_its_author_ends() -> None:
    text = (
        "\\newcommand{\\slope}[1]{\\frac{\\partial L}{\\partial #1}}\n$$ \\slope{a_{11}} = k_{11} \\slope{z_{11}}. $$\n"
    )
    (found,) = sc.check(text, layer=LAYER, names=NAMES).findings
    line = text.splitlines()[found.line - 1]
    assert line[found.column - 1 : found.end_column - 1] == r"\slope{a_{11}} = k_{11} \slope{z_{11}}"


def test_words_between_rows_part_formulas() -> None:
    text = r"\begin{align} z_{11} &= a_{11} \\ \intertext{and then} z_{12} &= a_{12} \end{align}"
    found = sc.check(f"$${text}$$", layer=LAYER, names=NAMES).findings
    assert [each.equation for each in found] == ["z_{11} &= a_{11}", "z_{12} &= a_{12}"]


@pytest.mark.parametrize(
    ("text", "column", "found", "expected"),
    [
        (r"z_{11} = \left. a_{11} \right|_{k}", 31, "_", "a letter or bracket before it"),
        (r"z_{11} = a_{11} \unknown k_{11}", 17, r"\unknown", "a command of mathematics"),
        (r"z_{11} = \begin{tikzpicture} a \end{tikzpicture}", 10, r"\begin{tikzpicture}", "an environment of mathematics"),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_refused_with_its_place(text: str, column: int, found: str, expected: str) -> None:
    answer = sc.check_equation(text, layer=LAYER, names=NAMES)
    assert answer.message == f"cannot be read at 1:{column}: found {found}, expected {expected}"


def test_index_on_a_number_is_not_understood() -> None:
    assert sc.check_equation("z_{1_1} = a_{11}", layer=LAYER, names=NAMES).verdict == "unread"
