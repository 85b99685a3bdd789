"""Numbers that are wrong are named one by one, and the right line has them all."""

from __future__ import annotations

import pytest

from symconv.compose.check import check

PAGE = r"""
A convolution without flipping, stride 1, of the input and the filter

$$x = \begin{bmatrix} 2 & 0 & 1\\ 1 & 3 & 0\\ 0 & 1 & 2\end{bmatrix}, \qquad w = \begin{bmatrix} 1 & 0\\ -1 & 2\end{bmatrix}$$

$$y = x \star w$$

$$\frac{\partial L}{\partial y} = \begin{bmatrix} 1 & 2\\ 0 & -1\end{bmatrix}$$

$$%s$$
"""
BY_FILTER = r"\frac{\partial L}{\partial w}"
LINES = [
    (BY_FILTER + r" = \begin{bmatrix} -1 & 2 \\ 6 & 3 \end{bmatrix}", "in row 2, column 2: 3 should be 1",
     r"\begin{bmatrix} -1 & 2 \\ 6 & 1 \end{bmatrix}"),
    (BY_FILTER + r" = \begin{bmatrix} -1 & 0 \\ 6 & 3 \end{bmatrix}", "2 entries are wrong; in row 1, column 2: 0",
     r"\begin{bmatrix} -1 & 2 \\ 6 & 1 \end{bmatrix}"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "told", "right"), LINES)
def test_wrong_number_is_named_and_its_right_line_is_proved(line: str, told: str, right: str) -> None:
    found = check(PAGE % line).findings[-1]
    assert (found.verdict, found.mistake) == ("refuted", "wrong-coefficient"), found
    assert told in found.message
    assert right in found.hint
    assert check(PAGE % found.hint).findings[-1].verdict in ("proved", "not-a-claim")


def test_number_at_the_end_of_a_chain() -> None:
    found = check(PAGE % r"\frac{\partial L}{\partial w_{21}} = 1 \cdot 1 + 2 \cdot 3 - 1 \cdot 1 = 5").findings[-1]
    assert (found.verdict, found.message) == ("refuted", "5 should be 6")
    assert found.hint.endswith("= 6")


@pytest.mark.parametrize(
    ("matrix", "mistake"),
    [(r"-1 & 6 \\ 2 & 1", "missing-transpose"), (r"1 & 6 \\ 2 & -1", "not-rotated")],
)
def test_matrix_of_numbers_that_is_turned_as_a_whole(matrix: str, mistake: str) -> None:
    found = check(PAGE % rf"{BY_FILTER} = \begin{{bmatrix}} {matrix} \end{{bmatrix}}").findings[-1]
    assert (found.verdict, found.mistake) == ("refuted", mistake)
    assert r"\begin{bmatrix} -1 & 2 \\ 6 & 1 \end{bmatrix}" in found.hint
