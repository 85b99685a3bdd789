"""Formulas that follow from what their text defines: dense layers, networks of them, activations and losses."""

from symconv.checking.defined.judging import AS_MANY, judge_defined

__all__ = ["AS_MANY", "judge_defined"]
