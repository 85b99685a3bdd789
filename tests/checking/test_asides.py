"""What stands behind a formula: for which letters it holds, what they are, and other formulas."""

from __future__ import annotations

import pytest

import symconv as sc
from symconv.notation.reading import statements

LAYER, NAMES = sc.Conv((3, 3), (2, 2)), {"X": "x", "F": "w", "O": "y"}
ENTRY = r"y_{22} = x_{22} w_{11} + x_{23} w_{12} + x_{32} w_{21} + x_{33} w_{22}"
GENERAL = r"y_{ij} = \sum_{m=1}^{2} \sum_{n=1}^{2} x_{i+m-1,j+n-1} w_{mn}"
SOFTMAX = "Softmax: $p_i = e^{a_i} / \\sum_k e^{a_k}$.\n\n"
SLOPE = r"\frac{\partial p_i}{\partial a_j} = "


@pytest.mark.parametrize(
    "aside",
    [
        r"\quad \text{where } w \text{ is the filter}", r"\text{, where } x \text{ and } w \text{ are known}",
        r"\quad \text{for } i, j \in \{1, 2\}", r"\text{ for all } i, j", r"\quad \forall i, j", r"\qquad i, j = 1, 2",
        r"\text{ für alle } i, j", r"\quad \text{其中} w \text{是卷积核}", r", \quad 1 \le i \le 2", r"\text{ with } i = 1, \dots, 2",
        r"\text{ (the forward pass)}", r", \ldots",
    ],
)  # fmt: skip
@pytest.mark.parametrize("formula", [ENTRY, GENERAL])
def test_aside_is_no_factor(formula: str, aside: str) -> None:
    found = sc.check(f"$${formula}{aside}$$", layer=LAYER, names=NAMES).findings
    assert [each.verdict for each in found if each.verdict != "not-a-claim"] == ["proved"]
    wrong = sc.check(f"$${formula.replace('x_{22}', 'x_{23}')}{aside}$$", layer=LAYER, names=NAMES).findings
    assert wrong[0].verdict == ("refuted" if formula == ENTRY else "proved")


@pytest.mark.parametrize(
    "joined",
    [
        r"\text{ and }", r"\quad\text{and}\quad ", r", \text{ so } ", r"\text{ und }", r"\text{, where } ", r" \; \text{与} \;",
    ],
)  # fmt: skip
def test_formulas_that_words_join_are_checked_both(joined: str) -> None:
    wrong = "y_{11} = x_{11} w_{11}"
    found = sc.check(f"$${ENTRY}{joined}{wrong}$$", layer=LAYER, names=NAMES).findings
    assert [each.verdict for each in found] == ["proved", "refuted"]
    assert found[1].equation == wrong


@pytest.mark.parametrize(
    ("right", "aside", "verdict"),
    [
        (r"p_i (1 - p_i)", r"\quad \text{if } i = j", "proved"),
        (r"p_i (1 - p_i)", r", \quad i = j", "proved"),
        (r"p_i (1 - p_i)", r" & \text{when } i = j", "proved"),
        (r"-p_i p_j", r"\text{ for } i \neq j", "proved"),
        (r"-p_i p_j", r"\quad \text{falls } i \ne j", "proved"),
        (r"-p_i p_j", r"\text{ if } i = j", "refuted"),
        (r"p_i (1 - p_j)", r"\text{ if } i \neq j", "refuted"),
        (r"p_i (1 - p_j)", r"\text{ if it rains}", "unread"),
        (r"p_i (1 - p_i)", "", "refuted"),
    ],
)
def test_condition_behind_a_formula_is_heeded(right: str, aside: str, verdict: str) -> None:
    assert sc.check(f"{SOFTMAX}$${SLOPE}{right}{aside}$$").findings[1].verdict == verdict


def test_otherwise_is_where_the_condition_before_fails() -> None:
    text = rf"{SOFTMAX}$$\begin{{aligned}}{SLOPE}p_i (1 - p_i) &\text{{ if }} i = j \\ {SLOPE}-p_i p_j &\text{{ otherwise}}\end{{aligned}}$$"
    assert [each.message for each in sc.check(text).findings[1:]] == ["for i = j", "for i ≠ j"]


def test_condition_in_the_prose_behind_a_formula_is_heeded() -> None:
    found = sc.check(f"{SOFTMAX}So ${SLOPE}p_i (1 - p_i)$ if $i = j$, and ${SLOPE}-p_i p_j$ if $i \\ne j$.").findings
    assert [each.verdict for each in found if each.line == 3 and "frac" in each.equation] == ["proved", "proved"]


def test_what_is_wrong_in_general_is_not_refuted_under_a_condition_that_is_not_understood() -> None:
    (found,) = sc.check("$$y_{i1} = x_{11} w_{11} \\text{ if } i > 7$$", layer=LAYER, names=NAMES).findings
    assert (found.verdict, found.message) == ("unread", "it is said to hold under a condition that is not understood")


@pytest.mark.parametrize(
    ("text", "formulas", "conditions"),
    [
        (r"a_i = b_i \quad \text{if } i = j", 1, 1),
        (r"a_i = b_i \text{ for } i = 1, \dots, n", 1, 0),
        (r"a_i = b_i \text{ for } i \ge 2", 1, 1),
        (r"a_i = b_i \text{ where } c = d + e", 2, 0),
        (r"a_i = b_i \text{ where } c_i = d_1 + e, f = 2", 3, 0),
        (r"a_i = b_i \quad \text{and} \quad c = d", 2, 0),
        (r"a_i = b_i \text{ if it rains} \\ c_i = d_i", 2, 1),
    ],
)
def test_conditions_of_a_display(text: str, formulas: int, conditions: int) -> None:
    found = statements(text)
    assert (len(found), len(found[0].conditions)) == (formulas, conditions)
