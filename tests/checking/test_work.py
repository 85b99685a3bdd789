"""How much is done for a text: counted, not timed."""

from __future__ import annotations

import sys
from typing import Any

import pytest

import symconv as sc

CALLS_AN_EQUATION = 6_500
"""Python calls for an equation of four products, all together; a usual machine does some millions a second."""
FEW, MANY = 20, 60
STATED = "The 4x4 input x is correlated with the 2x2 filter w, which gives y, and the loss is L.\n\n"
LAYER = sc.Conv((4, 4), (2, 2))
NAMES = {"X": "x", "F": "w", "O": "y"}
WRITTEN = {"LaTeX": "$${}$$", "plain": "{}"}


def document(count: int, style: str) -> str:
    """A page of right equations, each an entry of the output."""
    lines = []
    for number in range(count):
        i, j = number % 3, number // 3 % 3
        terms = " + ".join(f"x_{{{i + u + 1}{j + v + 1}}} w_{{{u + 1}{v + 1}}}" for u in (0, 1) for v in (0, 1))
        line = f"y_{{{i + 1}{j + 1}}} = {terms}"
        lines.append(WRITTEN[style].format(line if style == "LaTeX" else line.replace("} w", "}*w").translate(BARE)))
    return STATED + "\n\n".join(lines)


BARE = str.maketrans("", "", "{}")


def calls(text: str, given: dict[str, Any]) -> int:
    """How many Python functions checking a text calls."""
    count = 0

    def counted(frame: Any, event: str, argument: Any) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(counted)
    try:
        sc.check(text, **given)
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("style", WRITTEN)
@pytest.mark.parametrize("given", [{"layer": LAYER, "names": NAMES}, {}], ids=["layer given", "layer found"])
def test_work_grows_with_the_equations_and_no_faster(style: str, given: dict[str, Any]) -> None:
    report = sc.check(document(MANY, style), **given)
    assert report.counts["proved"] == MANY == len(report.findings)
    few, many = (calls(document(count, style), given) for count in (FEW, MANY))
    assert many < 1.02 * few * MANY / FEW
    assert many / MANY < CALLS_AN_EQUATION


CALLS_A_WRONG_LINE = 150_000
LAYERED = r"""A fully connected network.

$$z^{l+1} = W^{l+1} a^l + b^{l+1}$$

$$a^l = \sigma(z^l)$$

"""


@pytest.mark.parametrize(
    ("wrong", "mistake"),
    [
        (r"\frac{\partial L}{\partial W^l} = \delta^{l+1} (a^{l-1})^T", "wrong-layer"),
        (r"\delta^l = (W^{l+1})^T \delta^{l+1}", "missing-derivative"),
        (r"\delta^l = W^{l+1} \delta^{l+1} \odot \sigma'(z^l)", "missing-transpose"),
    ],
)
def test_what_is_wrong_with_a_line_about_layers_is_found_without_beginning_anew_for_each_guess(
    wrong: str, mistake: str
) -> None:
    text = f"{LAYERED}$${wrong}$$"
    found = sc.check(text).findings[-1]
    assert (found.verdict, found.mistake) == ("refuted", mistake)
    assert calls(text, {}) < CALLS_A_WRONG_LINE
