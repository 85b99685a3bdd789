"""Formulas about softmax, losses, activations, normalisation and scalar graphs: resolved and decided.

`definitions` collects what a text defines; `resolving` says what the letters of a formula are; `worlds` puts the
definitions together that a formula speaks of, the text's own before those of a layer; `meaning` evaluates formulas for
arrays of any size; `deciding` compares two of them; `judging` says what is known of every step of a chain.
"""

from symconv.checking.smooth.definitions import Definitions
from symconv.checking.smooth.judging import judge_smooth

__all__ = ["Definitions", "judge_smooth"]
