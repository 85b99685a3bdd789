"""Numbers that a text gives to arrays, and equations in which they are put in."""

from __future__ import annotations

import pytest

import symconv as sc
from symconv.checking.numeric import Given
from symconv.checking.own import own_context
from symconv.notation.reading import read

LAYER = sc.Conv((3, 3), (2, 2))
GIVEN = r"""
$$X = \begin{bmatrix} 1 & 2 & 3 \\ 4 & 5 & 6 \\ 7 & 8 & 9 \end{bmatrix}$$
$$F = \begin{bmatrix} 1 & 0 \\ 2 & -1 \end{bmatrix}, \qquad \frac{\partial L}{\partial O} = \begin{bmatrix} 1 & 0 \\ 0 & 3 \end{bmatrix}$$
"""


@pytest.mark.parametrize(
    ("equation", "verdict"),
    [
        (r"O_{11} = 1 \cdot 1 + 2 \cdot 0 + 4 \cdot 2 + 5 \cdot (-1) = 4", "proved"),
        (r"O_{11} = 1 \cdot 1 + 2 \cdot 0 + 4 \cdot 2 + 5 \cdot (-1) = 5", "refuted"),
        (r"O = \begin{bmatrix} 4 & 6 \\ 10 & 12 \end{bmatrix}", "proved"),
        (r"O = \begin{bmatrix} 4 & 6 \\ 10 & 13 \end{bmatrix}", "refuted"),
        (r"\frac{\partial L}{\partial F} = \begin{bmatrix} 16 & 20 \\ 28 & 32 \end{bmatrix}", "proved"),
        (r"\frac{\partial L}{\partial F} = \begin{bmatrix} 16 & 20 \\ 28 & 23 \end{bmatrix}", "refuted"),
        (r"\frac{O_{11}}{7} \approx 0.571", "proved"),
        (r"\frac{O_{11}}{7} \approx 0.572", "refuted"),
        (r"\frac{O_{11}}{7} = 0.571", "refuted"),
        (r"O_{11} = X_{11} F_{11} + X_{12} F_{12} + X_{21} F_{21} + X_{22} F_{22}", "proved"),
    ],
)
def test_equations_are_decided_with_the_numbers_that_were_given(equation: str, verdict: str) -> None:
    findings = sc.check(f"{GIVEN}\n$${equation}$$\n", layer=LAYER).findings
    assert [finding.verdict for finding in findings] == ["not-a-claim"] * 3 + [verdict]


def test_an_array_without_numbers_leaves_numbers_unread() -> None:
    text = r"$$X = \begin{bmatrix} 1 & 2 & 3 \end{bmatrix}$$ and $$O_1 = 5$$"
    findings = sc.check(text, layer=sc.Conv(3, 2)).findings
    assert [finding.verdict for finding in findings] == ["not-a-claim", "unread"]
    assert "no numbers are given for F" in findings[1].message


def test_numbers_behind_dots_are_not_known() -> None:
    context = own_context(sc.Conv(5, 2), None, 1, batch_mean=False)
    given = Given().after(read(r"X = \begin{bmatrix} 1 & 2 & \cdots & 5 \end{bmatrix}"), context)
    assert list(given.arrays["X"]) == [1, 2, None, None, 5]
    twice = read(r"X = \begin{bmatrix} 1 & \cdots & 3 & \cdots & 5 \end{bmatrix}")
    assert not Given().after(twice, context).arrays
