"""Documents that symconv wrote itself: their letters and signs are known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symconv.checking.context import Context
from symconv.notation.tree import Style

SIZES: Mapping[str, str] = {
    "n": "size", "k": "filter", "s": "stride", "d": "dilation", "a": "before", "c": "after", "o": "output",
    "r": "remainder",
}  # fmt: skip
"""What letters for sizes are on an axis."""
SIGNS: Mapping[str, str] = {"⊗": "correlate", "*": "convolve"}


def own_context(layer: Any, names: Mapping[str, str] | None, index_base: int, batch_mean: bool) -> Context:  # noqa: FBT001
    """The context of a derivation of a layer."""
    style = Style(names or {}, index_base, batch_mean and layer.batch > 1, layer.symbols)
    return Context(
        layer,
        {role: (letter,) for role, letter in style.names.items()},
        index_base,
        batch_mean=style.batch_mean,
        sizes=sizes_of(layer),
        signs=SIGNS,
        own=style,
    )


def sizes_of(layer: Any) -> dict[str, int]:
    """The letters for sizes and what they are; with a number below where axes differ."""
    axes = getattr(layer, "axes", ())
    found: dict[str, int] = {}
    for letter, name in SIZES.items():
        each = [getattr(axis, name) for axis in axes if hasattr(axis, name)]
        if each and len(set(each)) == 1:
            found[letter] = each[0]
        found |= {f"{letter}_{{{at}}}": value for at, value in enumerate(each, 1)}
    return found
