"""What is decided about a formula with general sizes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from symconv.notation.tree import Named

TRUE_CONVOLUTION = "the layer is a true convolution"
"""What an answer begins with that supposes so."""
LETTER = "letter"
"""What a stride, dilation or padding is that is written as a letter."""


@dataclass(frozen=True)
class Hints:
    """What a text says elsewhere, which beats every guess.

    Args:
        rank: how many spatial axes the arrays have.
        sizes: what letters of sizes are, as LaTeX without spaces: input, filter, output, in_channels, out_channels,
            batch, stride, dilation or padding, such as {"H": "input", "f_h": "filter"}.
        layout: the order of an array's indices by role X, F, O, b, as `General.layout` gives it.
        convention: "correlation" or "convolution".
        full: whether the output of a true convolution reaches as far as the filter does.
        base: the first index of positions, whatever sums of the formula begin with.
        base_known: whether the index base of the context is certain; otherwise the other one is tried too.
        batch_mean: whether the loss is the mean over the examples of a batch; None where that is not known.
        indices: letters that are indices, whatever they could be elsewhere.
        defines: whether it is the definition of the output that shows this.
        axes: the spatial axis of letters of sizes that stand for one alone: {"k_1": "0"}.
        worded: whether a padding among `steps` is one that only words tell.
        steps: strides "s", dilations "d" and paddings "a" in the definition of the output: a number, or `LETTER`.
    """

    rank: int | None = None
    sizes: Mapping[str, str] = field(default_factory=dict)
    layout: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    convention: Literal["correlation", "convolution"] | None = None
    full: bool | None = None
    base: int | None = None
    base_known: bool = True
    batch_mean: bool | None = None
    indices: frozenset[Named] = frozenset()
    defines: bool = False
    axes: Mapping[str, str] = field(default_factory=dict)
    worded: bool = False
    steps: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def common(cls, shown: Sequence[Hints]) -> Hints:
        """What several formulas of a text show and none shows otherwise.

        The convention is what definitions of the output show, or without any a correlation that all others show; sums
        over the examples do not keep a text from turning to means.

        >>> found = Hints.common([Hints(convention="correlation", defines=True), Hints(base=0), Hints(base=1)])
        >>> found.convention, found.base
        ('correlation', None)
        """
        defining = [each for each in shown if each.defines]
        settled = {name: _only(getattr(each, name) for each in shown) for name in ("base", "batch_mean")}
        settled |= {name: _only(getattr(each, name) for each in defining) for name in ("convention", "full")}
        settled["batch_mean"] = settled["batch_mean"] or None
        if not any(each.convention for each in defining) and _only(each.convention for each in shown) == "correlation":
            settled["convention"] = "correlation"
        settled |= {name: _common([getattr(each, name) for each in defining]) for name in ("sizes", "axes", "steps")}
        return cls(layout=_common([each.layout for each in shown]), **settled)

    def allows(self, other: Hints) -> bool:
        """Whether nothing is known that another formula shows otherwise."""
        mine, others = ([getattr(each, name) for name in SHOWN] for each in (self, other))
        alike = all(one is None or two is None or one == two for one, two in zip(mine, others, strict=True))
        for name in ("sizes", "axes", "steps"):
            known, shown = getattr(self, name), getattr(other, name)
            alike = alike and all(known.get(key, value) == value for key, value in shown.items())
        return alike and all(may_follow(role, self.layout.get(role), order) for role, order in other.layout.items())


SHOWN = ("convention", "full", "base", "batch_mean")
"""What one formula shows for all others, besides the order of indices."""


def _common(shown: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What is said of each key and nowhere said otherwise."""
    found = {key: _only(each.get(key) for each in shown) for key in sorted({key for each in shown for key in each})}
    return {key: value for key, value in found.items() if value is not None}


def _only(values: Iterable[Any]) -> Any:
    """The one value that is known; None where there are several."""
    known = list(dict.fromkeys(value for value in values if value is not None))
    return known[0] if len(known) == 1 else None


def may_follow(role: str, known: Sequence[str] | None, order: Sequence[str]) -> bool:
    """Whether an array's indices may stand in an order where another is known: not if there are as many of both kinds.

    >>> may_follow("F", ("out", "in", "0"), ("in", "out", "0")), may_follow("F", ("out", "0"), ("0", "1"))
    (False, True)
    """
    if known is None or len(known) != len(order) or tuple(known) == tuple(order):
        return True
    examples = ("batch" in known) != ("batch" in order)
    return role != "b" and not examples and sum(map(str.isdigit, known)) != sum(map(str.isdigit, order))


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
        shows: what a proved formula shows for others of its text: it holds in no other way.
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
    shows: Hints = Hints()


class UndecidedError(Exception):
    """A formula that is not one of those that can be decided; the message is the reason."""
