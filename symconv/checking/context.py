"""What the letters of a text stand for, and the layer that it speaks of."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from symconv.notation.tree import Node, Style


@dataclass(frozen=True)
class Context:
    """A layer and the spellings of its roles.

    Args:
        layer: a layer or network of `symconv.layers`; None where the text gives no sizes.
        names: spellings in LaTeX by role: X, F, O, b, L, M, Y; G for the symbol of ∂L/∂O, dX, dF and db for those of
            the other gradients. A spelling may have scripts, such as `w_1` or `A^{l-1}`.
        index_base: the number of the first index.
        channel_base: that of the first channel above a letter, where it is another one.
        channels_last: whether channels stand behind positions, as in x_{i,j,c} and w_{m,n,c,k}.
        zeros: letters and indices along one axis that the text says to be 0 outside of an array, such as x_{-1}.
        kind: the layer's kind where its sizes are not known, such as "conv" or "dense".
        batch_mean: whether the loss L is the mean of one loss, spelled as the role l, for each example.
        sizes: numbers that letters for sizes stand for, such as {"n": 3}.
        lengths: what letters for sizes stand for, and the spatial axis where it is one: {"H": ("input", "0")}.
        steps: strides "s", dilations "d" and paddings "a" that words give a number, where the layer is not known.
        signs: what the author's operation signs mean where that is known, such as {"*": "convolve"}.
        stated: all formulas of the text as they were read: what layers compute, and whether an activation function
            stands behind them, is found there.
        text: the text itself, whose words say what its formulas leave open.
        values: where the numbers of such a document come from, as its command says it.
        given: the arrays that the text has given numbers to so far.
        sliding: what the convolutions of the text compute, for what stands behind them.
        own: the style of a document that symconv wrote itself, which such a document is read in.
    """

    layer: Any = None
    names: Mapping[str, Sequence[str]] = field(default_factory=dict)
    index_base: int = 1
    channel_base: int | None = None
    channels_last: bool = False
    zeros: frozenset[tuple[str, str]] = frozenset()
    kind: str = ""
    batch_mean: bool = False
    sizes: Mapping[str, int] = field(default_factory=dict)
    lengths: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    steps: Mapping[str, str] = field(default_factory=dict)
    signs: Mapping[str, str] = field(default_factory=dict)
    stated: Sequence[Node] = ()
    text: str = field(default="", repr=False)
    own: Style | None = None
    values: str = ""
    given: Any = None
    sliding: Any = None

    @cached_property
    def known(self) -> dict[Hashable, dict[Any, Any]]:
        """What names were found to stand for, by what that depends on besides; the same ones stand all over a text."""
        return {}

    @property
    def style(self) -> Style:
        """The style of a document that symconv wrote itself. Only where it is one."""
        assert self.own is not None
        return self.own
