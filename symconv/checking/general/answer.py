"""What is decided about a formula with general sizes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class Hints:
    """What a text says elsewhere, which beats every guess.

    Args:
        rank: how many spatial axes the arrays have.
        sizes: what letters of sizes are, as LaTeX without spaces: input, filter, output, in_channels, out_channels,
            batch, stride, dilation or padding, such as {"H": "input", "f_h": "filter"}.
        layout: the order of an array's indices by role X, F, O, b, as `General.layout` gives it.
        convention: "correlation" or "convolution".
        base_known: whether the index base of the context is certain; otherwise the other one is tried too.
        batch_mean: whether the loss is the mean over the examples of a batch; None where that is not known.
    """

    rank: int | None = None
    sizes: Mapping[str, str] = field(default_factory=dict)
    layout: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    convention: Literal["correlation", "convolution"] | None = None
    base_known: bool = True
    batch_mean: bool | None = None


@dataclass(frozen=True)
class General:
    """The verdict on a formula.

    Args:
        verdict: proved, refuted or undecided.
        scope: "sizes" where it is decided for all sizes, "shape" for those of the layer alone.
        message: one sentence: for what it is proved, what is wrong, or why it is undecided.
        mistake: the kind of a mistake where it is known, a key of `symconv.checking.findings.MISTAKES`.
        counterexample: the sizes and the letters of indices, as in the text, at which a wrong formula fails.
        left, right: what both sides are there.
        readings: how the formula was understood, one phrase each.
        layout: the order of each array's indices: "0", "1", ... for spatial axes, "in", "out", "batch", "group".
    """

    verdict: Literal["proved", "refuted", "undecided"]
    scope: Literal["", "sizes", "shape"] = ""
    message: str = ""
    mistake: str = ""
    counterexample: Mapping[str, int] | None = None
    left: str = ""
    right: str = ""
    readings: tuple[str, ...] = ()
    layout: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class UndecidedError(Exception):
    """A formula that is not one of those that can be decided; the message is the reason."""
