"""Arrays of a layer and their derivatives, compared with loops."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import symconv as sc
from symconv.checking.world import FormWorld, array, part
from symconv.errors import LimitError
from symconv.meaning.polynomials import Polynomial, constant


def products(entry: Polynomial) -> Counter:
    return Counter({tuple(sorted(product)): value for product, value in entry.terms.items()})


@given(
    n=st.integers(1, 7), k=st.integers(1, 4), stride=st.integers(1, 3), dilation=st.integers(1, 2),
    before=st.integers(0, 2), after=st.integers(0, 2),
)  # fmt: skip
def test_a_convolution_by_its_taps(n: int, k: int, stride: int, dilation: int, before: int, after: int) -> None:
    outputs = (n + before + after - dilation * (k - 1) - 1) // stride + 1
    if outputs < 1:
        return
    world = FormWorld(sc.Conv(n, k, stride=stride, dilation=dilation, padding=((before, after),)))
    taps = [(i, u, stride * i + dilation * u - before) for i in range(outputs) for u in range(k)]
    taps = [tap for tap in taps if 0 <= tap[2] < n]
    for i in range(outputs):
        assert products(world.entry("O", (i,))) == Counter((("F", (u,)), ("X", (x,))) for o, u, x in taps if o == i)
    for at in range(n):
        assert products(world.entry("dX", (at,))) == Counter((("F", (u,)), ("G", (i,))) for i, u, x in taps if x == at)
    for at in range(k):
        assert products(world.entry("dF", (at,))) == Counter((("G", (i,)), ("X", (x,))) for i, u, x in taps if u == at)


def test_local_derivatives_and_the_unrolled_matrix() -> None:
    world = FormWorld(sc.Conv((3, 3), (2, 2)))
    output = world.entry("O", (1, 0))
    assert world.derivative(output, "F", (0, 1)) == world.entry("X", (1, 1))
    assert world.shapes["C"] == (4, 9)
    assert world.entry("C", (2, 4)) == world.entry("F", (0, 1))
    assert world.entry("C", (2, 0)) == constant(0)
    turned = FormWorld(sc.ConvTranspose(2, 3))
    assert turned.shapes["C"] == (2, 4)
    assert turned.entry("C", (1, 2)) == turned.entry("F", (1,))


def test_divisors_averages_and_chosen_masks() -> None:
    pool = FormWorld(sc.AvgPool(4, 3, stride=2, padding=1, divisor="real"))
    assert [pool.entry("D", (i,)).number for i in range(2)] == [2, 3]
    adaptive = FormWorld(sc.AdaptiveAvgPool((2, 5), (1, 2)))
    assert [[adaptive.entry("P2", (i, x)).number for x in range(5)] for i in range(2)] == [
        [pytest.approx(1 / 3)] * 3 + [0, 0],
        [0, 0] + [pytest.approx(1 / 3)] * 3,
    ]
    chosen = FormWorld(sc.MaxPool(4, 2, argmax=[(1,), (2,)]))
    assert [[chosen.entry("M", (i, u)).number for u in range(2)] for i in range(2)] == [[0, 1], [1, 0]]
    assert chosen.window((1,)) == {("X", (2,)), ("X", (3,))}


def test_only_single_entries_of_large_arrays_have_values() -> None:
    world = FormWorld(sc.Conv((224, 224), (7, 7), stride=2, padding=3, in_channels=3, out_channels=64))
    assert len(world.entry("O", (0, 5, 50, 50)).terms) == 147
    with pytest.raises(LimitError, match="only single ones"):
        array(world, "O")
    assert part(world, "X", (0, 0, 3)).shape == (224,)


def test_entries_are_worked_out_once() -> None:
    world = FormWorld(sc.Dense(3, 2))
    assert world.entry("O", (1,)) is world.entry("O", (1,))
    assert np.all(array(world, "X") == array(world, "X"))
