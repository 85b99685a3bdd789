"""Where the maxima stand is read off from what is written, not from gradients that are none with a number before them."""

import pytest

from symconv.checking.context import Context
from symconv.checking.judging import Judge
from symconv.layers.max_pool import MaxPool
from symconv.notation.reading import read

NAMES = {"X": ("U",), "O": ("V",), "L": ("E",)}


def gradient(name):
    return rf"\frac{{\partial E}}{{\partial {name}}}"


@pytest.mark.parametrize(
    ("line", "verdict"),
    [
        (f"{gradient('U_{12}')} = {gradient('V_{11}')}", "proved"),
        (f"{gradient('U_{11}')} = 0", "proved"),
        (f"{gradient('U_{11}')} = {gradient('U_{22}')}", "proved"),
        (f"{gradient('U_{44}')} = 4 {gradient('U_{22}')}", "refuted"),
        (rf"{gradient('U_{11}')} = \frac{{1}}{{4}} {gradient('U_{22}')}", "refuted"),
        (f"{gradient('U_{44}')} = -{gradient('U_{22}')}", "refuted"),
    ],
)
def test_maxima_are_chosen_by_lines_that_name_them(line, verdict):
    (step,) = Judge(Context(MaxPool(input=(4, 4), window=(2, 2)), NAMES))(read(line))
    assert step.verdict == verdict
