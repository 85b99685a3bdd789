"""Formulas about layers in sequence: the error signal from layer to layer, and what the layers compute.

`scripts` and `letters` say which array of which layer a name is; `plans` what a text may mean by its layers; `stages`
holds the arrays, each made of the one before, and differentiates by the chain rule; `judging` decides for all sizes,
`engine` for all readings that the text leaves open; `repairs` finds what is wrong.
"""

from symconv.checking.layered.engine import judge_layered

__all__ = ["judge_layered"]
