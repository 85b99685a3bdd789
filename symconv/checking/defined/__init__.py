"""Formulas that follow from what their text defines: dense layers, networks of them, activations and losses."""

from symconv.checking.defined.judging import judge_defined

__all__ = ["judge_defined"]
