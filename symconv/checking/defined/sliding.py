"""What the convolutions of a text compute, as formulas in its own letters, for what stands behind them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from symconv.checking.context import Context
from symconv.checking.layered.letters import plain
from symconv.notation.reading import read
from symconv.notation.tree import Relation

MOST_AXES = 2
"""Arrays are matrices here."""
POSITIONS, TAPS = ("i", "j"), ("m", "n")


@dataclass(frozen=True)
class Sliding:
    """The forward passes of the layers of one channel whose sizes are known.

    Args:
        formulas: O_{i,j} = Σ F_{m,n} X_{…} + b, one for each layer.
        sizes: rows and columns of their arrays, by letter.
        padded: letters of arrays outside of which there are zeros.
        base: the number of the first index.
    """

    formulas: tuple[Relation, ...] = ()
    sizes: tuple[tuple[str, tuple[int, int]], ...] = ()
    padded: frozenset[str] = frozenset()
    base: int = 1

    @classmethod
    def of(cls, contexts: Sequence[Context]) -> Sliding | None:
        """What the contexts of a text's convolutions say; None where one letter is the output of several.

        >>> from symconv.layers.conv import Conv
        >>> found = Sliding.of([Context(Conv(input=5, filter=2), {"X": ["x"], "F": ["w"], "O": ["z"]})])
        >>> found.sizes
        (('x', (5, 1)), ('w', (2, 1)), ('z', (4, 1)))
        """
        known = [(context, letters) for context in contexts if (letters := _letters(context))]
        outputs = [letters["O"] for _, letters in known]
        if not known or len(set(outputs)) < len(outputs) or len({context.index_base for context, _ in known}) > 1:
            return None
        sizes = {
            plain(letters[role]): _size(context.layer.arrays[role].shape, len(context.layer.axes))
            for context, letters in known for role in "XFO"
        }  # fmt: skip
        return cls(
            tuple(_forward(context.layer, letters, context.index_base) for context, letters in known),
            tuple(sizes.items()),
            frozenset(plain(letters["X"]) for context, letters in known if _pads(context.layer)),
            known[0][0].index_base,
        )


def _letters(context: Context) -> dict[str, str]:
    """The letters of a layer by role; none where it has channels, groups, examples or scripts."""
    layer = context.layer
    if layer is None or layer.kind not in ("conv", "conv1d", "conv2d") or len(layer.axes) > MOST_AXES:
        return {}
    if (layer.in_channels, layer.out_channels, layer.batch, layer.bias == "entry") != (1, 1, 1, False):
        return {}
    roles = "XFOb" if layer.bias == "map" else "XFO"
    found = {role: context.names[role][0] for role in roles if context.names.get(role)}
    plain_ = all("_" not in letter and "^" not in letter for letter in found.values())
    return found if len(found) == len(roles) and len(set(found.values())) == len(found) and plain_ else {}


def _size(shape: Sequence[int], axes: int) -> tuple[int, int]:
    rows, columns = (*shape[-axes:], 1)[:2]
    return rows, columns


def _pads(layer: Any) -> bool:
    return any(side for sides in layer.padding for side in sides)


def _forward(layer: Any, letters: dict[str, str], base: int) -> Relation:
    """The forward pass in LaTeX, read."""
    axes = range(len(layer.axes))
    taps = ",".join(_tap(layer, axis, base) for axis in axes)
    sources = ",".join(_source(layer, axis, base) for axis in axes)
    sums = "".join(rf"\sum_{{{TAPS[at]}={base}}}^{{{layer.filter[at] - 1 + base}}} " for at in axes)
    bias = f"{letters['b']} + " if "b" in letters else ""
    positions = ",".join(POSITIONS[at] for at in axes)
    found = read(
        f"{letters['O']}_{{{positions}}} = {bias}{sums} {letters['F']}_{{{taps}}} {letters['X']}_{{{sources}}}"
    )
    assert isinstance(found, Relation)
    return found


def _tap(layer: Any, axis: int, base: int) -> str:
    """The filter's index, from behind for a true convolution."""
    if layer.convention == "convolution":
        return f"{layer.filter[axis] - 1 + 2 * base}-{TAPS[axis]}"
    return TAPS[axis]


def _source(layer: Any, axis: int, base: int) -> str:
    """The input's index, s·i + d·m - a, moved to the base of the text."""
    stride, dilation, before = layer.stride[axis], layer.dilation[axis], layer.padding[axis][0]
    shift = base - (stride + dilation) * base - before
    return "+".join(_terms(stride, POSITIONS[axis], dilation, TAPS[axis])) + (f"{shift:+d}" if shift else "")


def _terms(*pairs: Any) -> Iterator[str]:
    for number, letter in zip(pairs[::2], pairs[1::2], strict=True):
        yield letter if number == 1 else f"{number}{letter}"


NOTHING = Sliding()
"""What a text without convolutions computes by them."""
