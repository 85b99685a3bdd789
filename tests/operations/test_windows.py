"""Cutting arrays into windows, folding them back, products entry by entry, arrays of numbers, sums with indices."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from symconv.errors import NotSupportedError
from symconv.forms import Variable
from symconv.notation.text import TextPrinter
from symconv.notation.tree import Style
from symconv.operations import (
    AlongAxes,
    Chosen,
    Constant,
    Divide,
    Fold,
    Hadamard,
    Leaf,
    Naming,
    NumberMatrix,
    OverlapSum,
    Scale,
    Spread,
    Unfold,
    WindowMap,
    WindowSum,
    leaf_array,
    tap,
)
from tests.oracles import value
from tests.strategies import examples

V, W = Leaf("V"), Leaf("W")
LINE, PLANE = ("0",), ("0", "1")
TAPS = tuple(map(tap, PLANE))
HALF = Fraction(1, 2)


def numbers(*shape):
    """Numbers that are all different."""
    return np.arange(1, 1 + int(np.prod(shape))).reshape(shape)


def evaluated(operation, **arrays):
    """The value of an operation on arrays with named axes: as terms, and with numbers put in."""
    leaves = {
        role: leaf_array(names, array.shape, Variable(role, array.shape)) for role, (names, array) in arrays.items()
    }
    found = operation.evaluate(leaves)
    assert found.names == operation.names({role: array.names for role, array in leaves.items()})
    return found, value(found.table, {role: array for role, (_, array) in arrays.items()}).reshape(found.shape)


sizes = st.integers(1, 5)
pairs = st.tuples(sizes, sizes)


@examples(60)
@given(shape=pairs, window=pairs, stride=pairs)
def test_unfold_lists_all_windows(shape, window, stride):
    v = numbers(*shape)
    starts = [range(0, n - k + 1, s) for n, k, s in zip(shape, window, stride, strict=True)]
    found, result = evaluated(Unfold(V, PLANE, window, stride), V=(PLANE, v))
    assert found.names == (*PLANE, *TAPS)
    expected = np.array([[v[i : i + window[0], j : j + window[1]] for j in starts[1]] for i in starts[0]])
    assert result.tolist() == expected.reshape(len(starts[0]), len(starts[1]), *window).tolist()


@examples(60)
@given(windows=pairs, size=pairs, stride=pairs)
def test_fold_adds_windows_up_where_they_lie(windows, size, stride):
    v = numbers(*windows, *size)
    expected = np.zeros([s * (o - 1) + k for s, o, k in zip(stride, windows, size, strict=True)], dtype=np.int64)
    for i, j in np.ndindex(*windows):
        expected[stride[0] * i : stride[0] * i + size[0], stride[1] * j : stride[1] * j + size[1]] += v[i, j]
    found, result = evaluated(Fold(V, PLANE, stride), V=((*PLANE, *TAPS), v))
    assert found.names == PLANE
    assert result.tolist() == expected.tolist()


@examples(60)
@given(length=st.integers(3, 9), window=st.integers(1, 3), stride=st.integers(1, 3), seed=st.integers(0, 99))
def test_fold_is_the_adjoint_of_unfold(length, window, stride, seed):
    random = np.random.default_rng(seed)
    windows = (length - window) // stride + 1
    x, y = random.integers(-9, 10, length), random.integers(-9, 10, (windows, window))
    _, unfolded = evaluated(Unfold(V, LINE, (window,), (stride,)), V=(LINE, x))
    _, folded = evaluated(Fold(V, LINE, (stride,)), V=(("0", "tap 0"), y))
    assert (unfolded * y).sum() == (x[: len(folded)] * folded).sum()


@pytest.mark.parametrize(
    ("operation", "arguments", "expected"),
    [
        (Unfold(V, LINE, (3,), (2,)), (9,), WindowMap(2, 4, 9)),
        (Fold(V, LINE, (2,)), (4, 3), WindowMap(2, 4, 9)),
    ],
)
def test_window_maps_tell_the_same_for_numbers_and_symbols(operation, arguments, expected):
    symbols = sympy.symbols(f"n:{len(arguments)}", integer=True)
    general = operation.window_map(0, *symbols)
    put_in = dict(zip(symbols, arguments, strict=True))
    windows, length = (sympy.sympify(part).subs(put_in) for part in (general.windows, general.length))
    assert operation.window_map(0, *arguments) == expected == WindowMap(general.stride, windows, length)


def test_what_no_window_covers_is_an_inserted_zero():
    found, _ = evaluated(Fold(V, LINE, (3,)), V=(("0", "tap 0"), numbers(2, 2)))
    assert [found.kind((at,)) for at in range(5)] == ["empty", "empty", "inserted", "empty", "empty"]
    spread_out = Fold(Spread(V, ("tap 0",), (2,)), LINE, (3,))
    found, _ = evaluated(spread_out, V=(("0", "tap 0"), numbers(2, 2)))
    assert [found.kind((at,)) for at in range(6)] == ["empty", "inserted", "empty", "empty", "inserted", "empty"]


def test_hadamard_repeats_an_array_along_the_axes_that_it_lacks():
    v, w = numbers(2, 3), numbers(2)
    _, result = evaluated(Hadamard(V, W, (), (), ("0", "tap 0")), V=(("0", "tap 0"), v), W=(LINE, w))
    assert result.tolist() == (v * w[:, None]).tolist()


def test_hadamard_keeps_the_reasons_of_zeros():
    product = Hadamard(Spread(V, LINE, (2,)), W, (), (), LINE)
    found, _ = evaluated(product, V=(LINE, numbers(2)), W=(LINE, numbers(3)))
    assert [found.kind((at,)) for at in range(3)] == ["empty", "inserted", "empty"]


# Arrays of numbers

DIVISORS = Constant("D", (("0", (Fraction(2), Fraction(3))), ("1", (Fraction(1), Fraction(4), Fraction(4)))))


def test_a_constant_is_the_outer_product_of_its_vectors():
    found, result = evaluated(DIVISORS)
    assert found.names == PLANE
    assert result.tolist() == [[2, 8, 8], [3, 12, 12]]
    assert DIVISORS.entry((1, 2)) == 12
    assert DIVISORS.uniform is None
    assert evaluated(DIVISORS.inverse())[1].tolist() == [
        [HALF, HALF / 4, HALF / 4],
        [Fraction(1, 3), HALF / 6, HALF / 6],
    ]


def test_division_by_numbers():
    v = 24 * numbers(2, 3)
    _, result = evaluated(Divide(V, DIVISORS), V=(PLANE, v))
    assert result.tolist() == [[12, 6, 9], [32, 10, 12]]
    _, on_axis = evaluated(Divide(V, DIVISORS).on({"0"}), V=(LINE, 6 * numbers(2)))
    assert on_axis.tolist() == [3, 4]


def test_a_choice_is_ones_at_its_positions():
    found, result = evaluated(Chosen("M", (("0", 2), ("tap 0", 3)), (1, 3)))
    assert found.shape == (2, 3)
    assert result.tolist() == [[0, 1, 0], [1, 0, 0]]
    with pytest.raises(NotSupportedError, match="compare all terms"):
        Chosen("M", (("0", 2),), (1,)).on({"0"})


MATRIX = NumberMatrix("P", 2, 3, ((0, 0, HALF), (0, 1, HALF), (1, 2, Fraction(1))))


def test_a_matrix_along_each_axis_and_its_transpose():
    p = np.array([[HALF, HALF, 0], [0, 0, 1]])
    x, y = 4 * numbers(3, 3), 4 * numbers(2, 2)
    both = AlongAxes(V, PLANE, (MATRIX, MATRIX), ("i", "j"), ("p", "q"), transposed=False)
    assert evaluated(both, V=(PLANE, x))[1].tolist() == (p @ x @ p.T).tolist()
    back = replace(both, transposed=True)
    assert evaluated(back, V=(PLANE, y))[1].tolist() == (p.T @ y @ p).tolist()
    assert evaluated(both.on({"1"}), V=(("1",), 2 * numbers(3)))[1].tolist() == [3, 6]


def test_a_matrix_takes_sums_and_coefficients_along():
    along = AlongAxes(Scale(V, Fraction(-3)), LINE, (MATRIX,), ("i",), ("p",), transposed=False)
    assert evaluated(along, V=(LINE, numbers(3)))[1].tolist() == [Fraction(-9, 2), -9]


# Sums with indices


@examples(60)
@given(
    size=st.integers(1, 6), window=st.integers(1, 3), stride=st.integers(1, 3), dilation=st.integers(1, 2),
    before=st.integers(0, 2), windows=st.integers(1, 4),
)  # fmt: skip
def test_window_sums_read_zero_where_there_is_no_entry(size, window, stride, dilation, before, windows):
    x, m = numbers(size), numbers(windows, window)
    after = stride * (windows - 1) + dilation * (window - 1) + 1 - size - before
    operation = WindowSum(
        Leaf("M"), V, LINE, ("0", "tap 0"), (window,), (stride,), (dilation,), (before,), (after,), ("i",), ("u",)
    )
    places = [[stride * i + dilation * f - before for f in range(window)] for i in range(windows)]
    expected = [sum(int(m[i, f] * x[at]) for f, at in enumerate(row) if 0 <= at < size) for i, row in enumerate(places)]
    assert evaluated(operation, V=(LINE, x), M=(("0", "tap 0"), m))[1].tolist() == expected


@examples(60)
@given(size=st.integers(1, 6), window=st.integers(1, 3), stride=st.integers(1, 3), before=st.integers(0, 2),
       windows=st.integers(1, 4))  # fmt: skip
def test_overlap_sums_skip_places_that_a_window_does_not_have(size, window, stride, before, windows):
    g, m = numbers(windows), numbers(windows, window)
    after = size + before - stride * (windows - 1) - window
    operation = OverlapSum(
        Leaf("M"), Leaf("G"), LINE, ("0", "tap 0"), (window,), (stride,), (1,), (before,), (after,), ("p",), ("i",)
    )
    places = [[x + before - stride * i for i in range(windows)] for x in range(size)]
    expected = [sum(int(g[i] * m[i, f]) for i, f in enumerate(row) if 0 <= f < window) for row in places]
    assert evaluated(operation, G=(LINE, g), M=(("0", "tap 0"), m))[1].tolist() == expected


STYLE = Style(symbols={"X": "A", "O": "B", "M": "M", "D": "D", "P": "P", "P1": "P_{1}", "L": "L"})


@pytest.mark.parametrize(
    ("operation", "text"),
    [
        (Fold(Hadamard(Leaf("M"), Leaf("G"), (), (), ()), PLANE, (2, 2)), "fold_2(M ⊙ ∂L/∂B)"),
        (Unfold(Leaf("X"), PLANE, (3, 3), (2, 1)), "unfold_2×1(A)"),
        (Divide(Leaf("G"), DIVISORS), "∂L/∂B ⊘ D"),
        (Constant("D", (("0", (HALF, HALF)), ("1", (HALF,)))), "1/4·1"),
        (Constant("D", (("0", (Fraction(1),) * 2),)), "1"),
        (AlongAxes(Leaf("X"), LINE, (MATRIX,), ("i",), ("p",), transposed=False), "P·A"),
        (AlongAxes(Leaf("G"), PLANE, (MATRIX, MATRIX), ("p", "q"), ("i", "j"), transposed=True), "Pᵀ·∂L/∂B·P"),
    ],
)
def test_how_a_page_writes_them(operation, text):
    assert TextPrinter(STYLE)(operation.notation(Naming())) == text
