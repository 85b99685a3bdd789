"""Formulas that follow from what their text defines: dense layers, networks of them, activations and losses."""

from symconv.checking.defined.judging import (
    AS_MANY,
    BOTH_ZERO,
    OWN_LOSS,
    is_lost,
    is_opaque,
    judge_behind,
    judge_defined,
)
from symconv.checking.defined.sliding import Sliding

__all__ = ["AS_MANY", "BOTH_ZERO", "OWN_LOSS", "Sliding", "is_lost", "is_opaque", "judge_behind", "judge_defined"]
