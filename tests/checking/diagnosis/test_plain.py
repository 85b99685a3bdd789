"""Right lines of plain texts are written as the text is, and are proved when they are pasted."""

from __future__ import annotations

import pytest

from symconv.checking.diagnosis.plain import in_plain_text
from symconv.compose.check import check

ROW = "A 1-D convolution, stride 1, no padding: input {x} with 4 entries, filter {w} with 2 taps, output {y}.\n\n"
LINES = [
    ("dL/dw2 = g1*x2 + g2*x3 + g3*x3", "dL/dw2 = g1*x2 + g2*x3 + g3*x4", "g is dL/dy.\ny1 = w1*x1 + w2*x2\n"),
    ("dL/dw2 = dy1 * x2 + dy3 * x4", "dL/dw2 = dy1 * x2 + dy2 * x3 + dy3 * x4", "y1 = w1 * x1 + w2 * x2\n"),
    ("∂L/∂x₂ = δ₁w₁ + δ₂w₂", "∂L/∂x₂ = δ₁w₂ + δ₂w₁", "δᵢ means ∂L/∂yᵢ.\ny₁ = w₁x₁ + w₂x₂\ny₂ = w₁x₂ + w₂x₃\ny₃ = w₁x₃ + w₂x₄\n"),
    ("∂L/∂x₄ = ∂L/∂y₃ · w₁", "∂L/∂x₄ = ∂L/∂y₃ · w₂", "y₁ = w₁ · x₁ + w₂ · x₂\n"),
    ("dL/dw[0] = dy[0]*x[0] + dy[1]*x[2] + dy[2]*x[2]", "dL/dw[0] = dy[0]*x[0] + dy[1]*x[1] + dy[2]*x[2]",
     "y[0] = w[0]*x[0] + w[1]*x[1]\n"),
    ("dL/dx_4 = dL/dy_3 w_2 + dL/dy_2 w_1", "dL/dx_4 = dL/dy_3 w_2", "y_1 = w_1 x_1 + w_2 x_2\n"),
    ("y2 = w1*x2 + w2*x2 + b", "y2 = w1*x2 + w2*x3 + b", "y1 = w1*x1 + w2*x2 + b\n"),
    ("y2 = w1*x2 + w2*x3", "y2 = w1*x2 + w2*x3 + b", "y1 = w1*x1 + w2*x2 + b\ny3 = w1*x3 + w2*x4 + b\n"),
]  # fmt: skip
IMAGE = "A convolution, input x 3x3, filter w 2x2, output y 2x2, stride 1.\n\n"
ENTRIES = [
    ("y[0][1] = x[0][1]*w[0][0] + x[0][2]*w[0][1] + x[1][1]*w[1][0] + x[2][1]*w[1][1]",
     "y[0][1] = x[0][1]*w[0][0] + x[0][2]*w[0][1] + x[1][1]*w[1][0] + x[1][2]*w[1][1]"),
    ("dL/dx[0, 2] = dL/dy[0, 1] * w[1, 0]", "dL/dx[0, 2] = dL/dy[0, 1] * w[0, 1]"),
    ("∂L/∂x[2,0] = ∂L/∂y[1,0]*w[0,1]", "∂L/∂x[2,0] = ∂L/∂y[1,0]*w[1,0]"),
]  # fmt: skip
PAGES = [(ROW.format(x="x", w="w", y="y") + before, *lines) for *lines, before in LINES]
PAGES += [(IMAGE, *lines) for lines in ENTRIES]


@pytest.mark.parametrize(("page", "wrong", "right"), PAGES)
def test_right_line_is_written_as_the_text_and_proved_in_its_place(page: str, wrong: str, right: str) -> None:
    found = check(page + wrong + "\n", name="notes.txt").findings[-1]
    assert (found.verdict, found.hint) == ("refuted", right), found
    assert check(page + found.hint + "\n", name="notes.txt").findings[-1].verdict == "proved"


def test_line_that_plain_text_cannot_say_stays_in_latex() -> None:
    hint = r"f(x) = \begin{cases} 1 & x > 0 \\ 0 & x < 0 \end{cases}"
    assert in_plain_text(hint, "y1 = a") == hint
