"""For which strides and dilations a formula is decided."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import product
from typing import Any

from symconv.checking.general.answer import LETTER
from symconv.checking.general.model import Model
from symconv.checking.general.names import Found
from symconv.notation.tree import Number, Product, Ratio, walk

LETTERED: Mapping[str, tuple[int, ...]] = {"s": (1, 2, 3), "d": (1, 2)}
"""The numbers for which strides and dilations are decided that are letters."""
CALLED: Mapping[str, str] = {"s": "stride", "d": "dilation"}
MOST_STEP = 9
Numbers = Mapping[str, int]


@dataclass(frozen=True)
class Steps:
    """Strides and dilations, one choice of all after the other; what was assumed, and what to say of them."""

    numbers: tuple[Numbers, ...]
    told: tuple[str, ...]
    span: str


def steps(
    model: Model,
    layer: Any,
    axes_of: Mapping[tuple[str, str], Set[str]],
    found: Sequence[Found],
    known: Mapping[str, str],
) -> Iterator[Steps]:
    """What to decide for: some numbers where there are letters, else the layer's, else those in the indices or 1.

    `axes_of` are the axes on which each letter stands for a size; `known` is what the definition of the output has.
    """
    shared = {kind: [axes for (size, _), axes in axes_of.items() if size == kind] for kind in CALLED}
    for kind in (kind for kind in CALLED if layer is None and known.get(kind) == LETTER and not shared[kind]):
        shared[kind] = [set(model.spatial)]
    for given, told in _given(model.rank, layer, found, known):
        choices = [_choices(kind, given[kind], shared[kind], model) for kind in CALLED]
        numbers = tuple({**one, **other} for one, other in product(*choices))
        yield Steps(numbers, told, _span(given, shared))


def _given(
    rank: int, layer: Any, found: Sequence[Found], known: Mapping[str, str]
) -> Iterator[tuple[dict[str, tuple[int, ...]], tuple[str, ...]]]:
    """Stride and dilation of each axis where they are no letters."""
    ones = (1,) * rank
    if layer is not None:
        axes = layer.axes[:rank]
        yield {"s": tuple(axis.stride for axis in axes), "d": tuple(axis.dilation for axis in axes)}, ()
        return
    numbers = {kind: (int(known[kind]),) * rank for kind in CALLED if known.get(kind, "").isdigit()}
    if numbers:
        yield {**dict.fromkeys(CALLED, ones), **numbers}, ()
        return
    for number in sorted(_multiples(found)):
        yield {"s": (number,) * rank, "d": ones}, (f"the stride is {number}",)
        yield {"s": ones, "d": (number,) * rank}, (f"the dilation is {number}",)
    yield {"s": ones, "d": ones}, ()


def _multiples(found: Sequence[Found]) -> set[int]:
    """The numbers that positions are multiplied or divided by."""
    parts = [part for each in found for index in each.below(None) or () for part in walk(index)]
    factors = [factor for part in parts if isinstance(part, Product) for factor in part.factors]
    factors += [part.under for part in parts if isinstance(part, Ratio)]
    return {int(each.value) for each in factors if isinstance(each, Number) and 1 < each.value <= MOST_STEP}


def _choices(kind: str, given: Sequence[int], shared: Sequence[Set[str]], model: Model) -> list[dict[str, int]]:
    """Numbers for each axis: several where a letter stands there, the same on all axes that share it."""
    lettered = {axis for axes in shared for axis in axes}
    options = [LETTERED[kind] if axis in lettered else (given[int(axis)],) for axis in model.spatial]
    return [
        {model.name(kind, axis): number for axis, number in zip(model.spatial, numbers, strict=True)}
        for numbers in product(*options)
        if all(len({numbers[int(axis)] for axis in axes}) == 1 for axes in shared)
    ]


def _span(given: Mapping[str, Sequence[int]], shared: Mapping[str, Sequence[Set[str]]]) -> str:
    told = []
    for kind, called in CALLED.items():
        if shared[kind]:
            told.append(f"{called}s {LETTERED[kind][0]} to {LETTERED[kind][-1]}")
        elif kind == "s" or set(given[kind]) != {1}:
            told.append(f"{called} {'x'.join(map(str, dict.fromkeys(given[kind])))}")
    return ", ".join(told)
