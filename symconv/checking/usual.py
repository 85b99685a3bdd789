"""What letters usually stand for where a text does not say."""

from __future__ import annotations

import re

from symconv.notation.reading.signs import FUNCTION_LETTERS

LOSSES = (
    "L", r"\mathcal{L}", r"\ell", "E", "J", "C", r"\mathcal{J}", r"\mathcal{E}", r"\mathcal{C}", "loss", "Loss", "cost",
    "Cost",
)  # fmt: skip
"""The most usual first."""
NAMED_LOSSES = ("MSE", "BCE", "CE")
INDEX_LETTERS = "ijklmn"
COUNTS = frozenset("nNmMBKC")
"""Letters that count examples or classes."""
ACTIVATIONS = FUNCTION_LETTERS - {"h"}
"""Letters of functions that nobody writes for an array."""
LOGARITHMS = ("log", "ln")
INDICATORS = frozenset(
    {"i", "mathbbi", "mathbfi", "mathrmi", "1", "mathbf1", "mathbb1", "mathrm1", "ind", "chi", "indicator"}
)


def is_indicator(name: str) -> bool:
    r"""Whether a name stands for the function of a condition that is 1 where it holds.

    >>> is_indicator(r"\mathbb{1}"), is_indicator("I"), is_indicator("f")
    (True, True, False)
    """
    return re.sub(r"[^a-z0-9]", "", name.lower()) in INDICATORS
