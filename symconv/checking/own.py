"""Documents that symconv wrote itself: their letters and signs are known."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from symconv.checking.context import Context
from symconv.errors import InputError
from symconv.layers.toml import loads
from symconv.notation.tree import Style

SIZES: Mapping[str, str] = {
    "n": "size", "k": "filter", "s": "stride", "d": "dilation", "a": "before", "c": "after", "o": "output",
    "r": "remainder",
}  # fmt: skip
"""What letters for sizes are on an axis."""
TRANSPOSED: Mapping[str, str] = {
    "m": "size", "k": "filter", "s": "stride", "d": "dilation", "a": "before", "c": "after", "n": "output",
    "q": "extra",
}  # fmt: skip
"""The same of a transposed convolution."""
_DESCRIPTION = re.compile(r"^input = .*\n(?:(?:[a-z_]+ = .*|\[\[layer\]\])?\n)*", re.MULTILINE)
"""A network as TOML, as `Network.to_toml` writes it."""
SIGNS: Mapping[str, str] = {"⊗": "correlate", "*": "convolve"}


def own_context(
    layer: Any,
    names: Mapping[str, str] | None,
    index_base: int,
    batch_mean: bool,  # noqa: FBT001
    values: str = "",
) -> Context:
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
        values=values,
    )


def network_in(text: str) -> Any:
    """The network that a document describes in its own text, where it says how to repeat it; None where it does not.

    Raises `InputError` for a description of no network.
    """
    from symconv.network.description import described_network

    found = _DESCRIPTION.search(text)
    if found is None:
        return None
    try:
        return described_network(loads(found[0]), "in the text")
    except (ValueError, RecursionError):
        raise InputError("network in the text is no TOML: expected what symconv wrote there") from None


def sizes_of(layer: Any) -> dict[str, int]:
    """The letters for sizes and what they are; with a number below where axes differ."""
    axes = getattr(layer, "axes", ())
    axes = axes if isinstance(axes, tuple) else ()
    found: dict[str, int] = {}
    letters = TRANSPOSED if any(hasattr(axis, "extra") for axis in axes) else SIZES
    for letter, name in letters.items():
        each = [getattr(axis, name) for axis in axes if hasattr(axis, name)]
        if each and len(set(each)) == 1:
            found[letter] = each[0]
        found |= {f"{letter}_{{{at}}}": value for at, value in enumerate(each, 1)}
    return found
