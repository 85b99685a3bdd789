"""Pools of every kind for hypothesis, and the same computed by others: nested loops, and PyTorch with its autograd.

The oracles read the options that a pool was made with and find windows, maxima and divisors by themselves.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
from hypothesis import strategies as st

from symconv.layers.avg_pool import AdaptiveAvgPool, AvgPool
from symconv.layers.max_pool import MaxPool
from symconv.layers.pools import Pool, WindowedPool
from tests.oracles import Array, Position, needs

LARGEST = {1: (4, 4, 3), 2: (3, 3, 2), 3: (2, 2, 2)}
"""By the number of spatial axes: the largest window, stride and dilation."""
EXACT = 60480
"""A multiple of every divisor of the pools below, so that means are exact in float64."""

seeds = st.integers(0, 2**32 - 1)


@st.composite
def windowed(draw: st.DrawFn, kind: type[Any], rank: int, *, symmetric: bool = True, **given: Any) -> Any:
    """A max or average pool; with symmetric padding, PyTorch has it too."""
    largest, steps, apart = LARGEST[rank]
    window = tuple(draw(st.integers(1, largest)) for _ in range(rank))
    stride = tuple(draw(st.integers(1, steps)) for _ in range(rank))
    dilation = tuple(draw(st.integers(1, apart)) if kind is MaxPool else 1 for _ in range(rank))
    ceil_mode = draw(st.booleans())
    before = [draw(st.integers(0, k // 2)) for k in window]
    after = before if symmetric else [draw(st.integers(0, k // 2)) for k in window]
    size = []
    for k, s, d, a, c in zip(window, stride, dilation, before, after, strict=True):
        least = max(1, d * (k - 1) + 1 - a - c - (s - 1 if ceil_mode else 0), d * (a > 0))
        size.append(draw(st.integers(least, least + 4)))
    if kind is MaxPool:
        given["dilation"] = dilation
    maps = draw(st.sampled_from([{}, {"channels": 2}, {"batch": 2}, {"channels": 2, "batch": 2}]))
    padding = tuple(zip(before, after, strict=True))
    options = {"stride": stride, "padding": padding, "ceil_mode": ceil_mode, **maps, **given}
    return kind(tuple(size), window, **options)


@st.composite
def adaptive(draw: st.DrawFn, rank: int) -> AdaptiveAvgPool:
    """Any sizes, also an output larger than the input."""
    largest = {1: 9, 2: 6, 3: 4}[rank]
    input, output = (tuple(draw(st.integers(1, largest)) for _ in range(rank)) for _ in range(2))
    maps = draw(st.sampled_from([{}, {"channels": 2}, {"channels": 2, "batch": 2}]))
    return AdaptiveAvgPool(input, output, **maps)


def numbers(pool: Pool, seed: int, *, ties: bool = True) -> dict[str, Array]:
    """Whole numbers for X and G; small ones, so that maxima tie, or all different."""
    random = np.random.default_rng(seed)
    shape = pool.input_shape
    X = random.integers(0, 3, shape) if ties else random.permutation(int(np.prod(shape))).reshape(shape)
    return {"X": X, "G": random.integers(-9, 10, pool.output_shape)}


# Nested loops


def windows(pool: WindowedPool) -> Iterator[tuple[Position, list[tuple[Position, Position | None]]]]:
    """For every output position, the places of its window with the input positions that they read, None for padding."""
    dilation = pool.dilation if isinstance(pool, MaxPool) else (1,) * len(pool.window)
    for i in np.ndindex(*outputs(pool)):
        found: list[tuple[Position, Position | None]] = []
        for f in np.ndindex(*pool.window):
            x = tuple(
                s * a + d * b - before
                for s, a, d, b, (before, _) in zip(pool.stride, i, dilation, f, pool.padding, strict=True)
            )
            real = all(0 <= at < n for at, n in zip(x, pool.input, strict=True))
            found.append((f, x if real else None))
        yield i, found


def outputs(pool: WindowedPool) -> Position:
    """How many windows there are on each axis, counted one by one."""
    dilation = pool.dilation if isinstance(pool, MaxPool) else (1,) * len(pool.window)
    counts = []
    for n, k, s, d, (a, c) in zip(pool.input, pool.window, pool.stride, dilation, pool.padding, strict=True):
        extent, end = d * (k - 1) + 1, n + a + c
        starts = [0] if pool.ceil_mode else []
        while not pool.ceil_mode and (len(starts) * s + extent <= end):
            starts.append(len(starts) * s)
        while pool.ceil_mode and starts[-1] + extent < end:
            starts.append(starts[-1] + s)
        if pool.ceil_mode and starts[-1] >= n + a:
            starts.pop()
        counts.append(len(starts))
    return tuple(counts)


def by_loops(pool: WindowedPool, arrays: dict[str, Array]) -> dict[str, Array]:
    """O and dX, window by window; numbers become fractions where they are divided."""
    rank = len(pool.window)
    maps = (pool.batch, pool.channels)
    X = arrays["X"].reshape(*maps, *pool.input)
    G = arrays["G"].reshape(*maps, *outputs(pool))
    found = {"O": np.zeros(G.shape, dtype=object), "dX": np.zeros(X.shape, dtype=object)}
    for (i, places), m in product(list(windows(pool)), np.ndindex(*maps)):
        for x, share in shares(pool, i, places, X[m]).items():
            found["O"][(*m, *i)] += share * int(X[(*m, *x)])
            found["dX"][(*m, *x)] += share * int(G[(*m, *i)])
    shown = 2 if maps == (1, 1) else 0
    return {role: array.reshape(array.shape[shown:]) for role, array in found.items() if rank}


def shares(pool: WindowedPool, i: Position, places: list[tuple[Position, Position | None]], X: Array) -> Any:
    """How much of each input entry goes into an output."""
    real = [x for _, x in places if x is not None]
    if isinstance(pool, AvgPool):
        return dict.fromkeys(real, Fraction(1, divisor(pool, i, len(real))))
    largest = max(X[x] for x in real)
    reached = [x for x in real if X[x] == largest]
    if pool.ties == "first":
        return {reached[0]: 1}
    return dict.fromkeys(reached, Fraction(1, len(reached)) if pool.ties == "split" else 1)


def divisor(pool: AvgPool, i: Position, real: int) -> int:
    if pool.divisor == "real":
        return real
    if pool.divisor != "window":
        return pool.divisor
    counted = 1
    for at, n, k, s, (a, c) in zip(i, pool.input, pool.window, pool.stride, pool.padding, strict=True):
        counted *= sum(1 for f in range(k) if at * s + f < n + a + c)
    return counted


# PyTorch


def by_torch(pool: Pool, arrays: dict[str, Array]) -> dict[str, Array]:
    """O and dX by PyTorch's pools and autograd in float64."""
    torch = needs("torch")
    torch.set_num_threads(1)
    maps = (pool.batch, pool.channels)
    X = torch.tensor(arrays["X"].reshape(*maps, *pool.input), dtype=torch.float64, requires_grad=True)
    out = called(torch.nn.functional, pool)(X)
    shape = arrays["G"].shape if maps != (1, 1) else (1, 1, *arrays["G"].shape)
    (dX,) = torch.autograd.grad(out, [X], torch.tensor(arrays["G"].reshape(shape), dtype=torch.float64))
    assert tuple(out.shape) == shape
    return {"O": out.detach().numpy().reshape(arrays["G"].shape), "dX": dX.numpy().reshape(arrays["X"].shape)}


def called(F: Any, pool: Pool) -> Any:
    """PyTorch's function with the options of the pool."""
    rank = len(pool.input)
    if isinstance(pool, AdaptiveAvgPool):
        return lambda X: getattr(F, f"adaptive_avg_pool{rank}d")(X, pool.output)
    padding = tuple(before for before, after in pool.padding)
    assert all(before == after for before, after in pool.padding)
    if isinstance(pool, MaxPool):
        options = {"padding": padding, "dilation": pool.dilation, "ceil_mode": pool.ceil_mode}
        return lambda X: getattr(F, f"max_pool{rank}d")(X, pool.window, pool.stride, **options)
    options = {"ceil_mode": pool.ceil_mode, "count_include_pad": pool.divisor != "real"}
    if isinstance(pool.divisor, int):
        options["divisor_override"] = pool.divisor
    if rank == 1:
        # The pool on a line knows no divisor of one's own; on a plane of one row it is the same.
        plane = {"padding": (0, *padding), **options}
        return lambda X: F.avg_pool2d(X.unsqueeze(2), (1, *pool.window), (1, *pool.stride), **plane).squeeze(2)
    return lambda X: getattr(F, f"avg_pool{rank}d")(X, pool.window, pool.stride, padding=padding, **options)
