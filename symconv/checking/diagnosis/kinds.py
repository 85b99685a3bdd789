"""What a slip is called, for what the layer computes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from symconv.checking.diagnosis.case import Case, is_entry
from symconv.notation.tree import Node, Sum, Symbol, gradient_of, symbols


def kind_of_index(old: Symbol, index: Sequence[int], spatial: int = 0) -> str:
    """What it looks like when one index stands for another; the last `spatial` places are those of an image."""
    places = [place for place in old.index if isinstance(place, int)]
    if 0 < spatial < len(places) == len(index) and list(index)[-spatial:] == places[-spatial:]:
        return "wrong-channel"
    return "swapped-indices" if places != list(index) and sorted(places) == sorted(index) else "neighbouring-index"


def kind_of_letter(old: str, new: str) -> str:
    return "not-a-gradient" if gradient_of(new) == old else "wrong-letter"


def rotation(case: Case, role: str) -> tuple[str, str]:
    """The kind of mistake where an array has to be turned to make an equation right, and words for it."""
    layer = case.evaluator.frame.layer
    turned = getattr(layer, "convention", "correlation") == "convolution" or "transpose" in getattr(layer, "kind", "")
    computed = case.computed
    if computed == "O" and "transpose" not in getattr(layer, "kind", ""):
        wanted, other = (
            ("true convolution", "cross-correlation") if turned else ("cross-correlation", "true convolution")
        )
        return "convolution-for-correlation", f"this is {other}, but the layer computes a {wanted}"
    if (computed == "dX" and gradient_of(role) == "F" and not turned) or (computed == "dF" and turned):
        return "not-rotated", "{name} has to be rotated by 180°"
    return "rotated-twice", "{name} must not be rotated by 180°"


def kind_in_layer(case: Case, old: Symbol, new: Symbol, right: Node) -> str:
    """What it looks like when one index stands for another in a term, for what the layer computes."""
    places = [place for place in new.index if isinstance(place, int)]
    axes = getattr(case.evaluator.frame.layer, "axes", ())
    plain = kind_of_index(old, places, len(axes))
    if plain != "neighbouring-index":
        return plain
    if gradient_of(old.role) == "X" and old.role == "X" and axes:
        outputs, taps = _spatial(case, right, "O"), _spatial(case, right, "F")
        for kind, by in (("stride-forgotten", "stride"), ("dilation-forgotten", "dilation")):
            if _neglects(old, places, axes, by, outputs if by == "stride" else taps):
                return kind
    if old.role == "F" and axes and case.computed == "dX" and _is_reversed(case, old, places):
        return rotation(case, "F")[0]
    return plain


def kind_of_side(case: Case, named: Symbol, other: Symbol) -> str:
    """What it looks like when the value of another entry is given: a filter not rotated, another channel."""
    axes = len(getattr(case.evaluator.frame.layer, "axes", ()))
    places = [place for place in other.index if isinstance(place, int)]
    if named.role != other.role or not axes or len(places) != len(named.index):
        return "wrong-entry"
    if named.role == "dF" and _is_reversed(case, named, places) and rotation(case, "F")[0] == "not-rotated":
        return "not-rotated"
    return "wrong-channel" if kind_of_index(named, places, axes) == "wrong-channel" else "wrong-entry"


def _spatial(case: Case, right: Node, array: str) -> tuple[int, ...]:
    """Where a term, or what is computed, is in the output or in the filter."""
    rank = len(case.evaluator.frame.layer.axes)
    found = (each for side in (right, case.named) for each in symbols(side)
             if gradient_of(each.role) == array and is_entry(each) and len(each.index) >= rank)  # fmt: skip
    return next((tuple(place for place in each.index[-rank:] if isinstance(place, int)) for each in found), ())


def _neglects(old: Symbol, places: Sequence[int], axes: Sequence[Any], by: str, position: Sequence[int]) -> bool:
    """Whether the wrong index would be right if the layer's stride or dilation were 1."""
    written = [place for place in old.index if isinstance(place, int)][-len(axes) :]
    both = list(zip(written, places[-len(axes) :], axes, position, strict=False))
    if not both or all(one == other for one, other, _, _ in both):
        return False
    return all(one == other - (getattr(axis, by) - 1) * at for one, other, axis, at in both)


def _is_reversed(case: Case, old: Symbol, places: Sequence[int]) -> bool:
    """Whether an index stands at the opposite place of a filter, away from it in all its axes."""
    shape = case.evaluator.world.shapes[old.role]
    rank = min(len(case.evaluator.frame.layer.axes), len(shape))
    spots = list(zip(old.index[-rank:], places[-rank:], shape[-rank:], strict=True))
    if rank < 2 and isinstance(case.worked, Sum):
        return False
    return all(one == n - 1 - other and one != other for one, other, n in spots)
