"""Convolution layers of every kind, small enough for nested loops, every one of them valid."""

from __future__ import annotations

from typing import Any, NamedTuple

from hypothesis import settings
from hypothesis import strategies as st

from symconv.layers.conv import Conv

LARGEST = {1: (4, 4, 4), 2: (3, 3, 3), 3: (2, 3, 2)}
"""By the number of spatial axes: the most filter entries, the largest stride and dilation, the most windows."""
BIASES = (None, "map", "entry")
CONVENTIONS = ("correlation", "convolution")

seeds = st.integers(0, 2**32 - 1)


class AxisSizes(NamedTuple):
    size: int
    filter: int
    stride: int
    dilation: int
    before: int
    after: int


def examples(count: int) -> settings:
    """So many examples, however long each takes; where CI is set, hypothesis draws the same ones every time."""
    return settings(max_examples=count, deadline=None)


@st.composite
def axis_sizes(draw: st.DrawFn, filters: int = 4, steps: int = 4, windows: int = 4) -> AxisSizes:
    """One axis with any stride, dilation, remainder and padding, also padding that crops more than there is."""
    filter, stride, dilation = draw(_up_to(filters)), draw(_up_to(steps)), draw(_up_to(steps))
    extent = dilation * (filter - 1) + 1
    padded = extent + stride * (draw(_up_to(windows)) - 1) + draw(st.integers(0, stride - 1))
    before, wished = draw(st.integers(-2, min(3, padded - 1))), draw(st.integers(-2, 3))
    size = max(1, padded - before - wished)
    return AxisSizes(size, filter, stride, dilation, before, padded - before - size)


@st.composite
def layers(draw: st.DrawFn, axes: int | None = None, largest: int = 2, **given: Any) -> Conv:
    """A layer of `axes` spatial axes (1 to 3 where None), with up to `largest` groups, examples and maps a group.

    Options in `given` are taken as they are.
    """
    count = axes or draw(_up_to(3))
    sizes = AxisSizes(*zip(*(draw(axis_sizes(*LARGEST[count])) for _ in range(count)), strict=True))
    options = {
        **draw(maps(largest)),
        "bias": draw(st.sampled_from(BIASES)),
        "convention": draw(st.sampled_from(CONVENTIONS)),
        **given,
    }
    padding = tuple(zip(sizes.before, sizes.after, strict=True))
    return Conv(sizes.size, sizes.filter, sizes.stride, padding, sizes.dilation, **options)


@st.composite
def maps(draw: st.DrawFn, largest: int = 2) -> dict[str, int]:
    """Channels, groups and batch; often all 1, where arrays have no axes for them."""
    if draw(st.booleans()):
        return {}
    groups = draw(_up_to(largest))
    channels = {name: groups * draw(_up_to(largest)) for name in ("in_channels", "out_channels")}
    return {**channels, "groups": groups, "batch": draw(_up_to(largest))}


def _up_to(largest: int) -> st.SearchStrategy[int]:
    return st.integers(1, largest)
