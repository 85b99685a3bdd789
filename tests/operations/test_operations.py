"""What each array operation does to numbers, to shapes and to the reasons of zeros."""

from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from symconv.errors import InputError
from symconv.forms import Variable
from symconv.operations import (
    AxisMap,
    Correlate,
    IndexSum,
    Keep,
    Leaf,
    MatrixProduct,
    Rename,
    Repeat,
    Reverse,
    Scale,
    Spread,
    Total,
    Unroll,
    Window,
    keep,
    leaf_array,
    reverse,
    scale,
    spread,
    window,
)
from tests.oracles import value
from tests.strategies import examples

V, W = Leaf("V"), Leaf("W")
LINE, PLANE = ("0",), ("0", "1")


def numbers(*shape):
    """Numbers that are all different."""
    return np.arange(1, 1 + int(np.prod(shape))).reshape(shape)


def evaluated(operation, **arrays):
    """The value of an operation on arrays with named axes: as terms, and with numbers put in."""
    found = operation.evaluate(leaves(arrays))
    return found, value(found.table, {role: array for role, (_, array) in arrays.items()}).reshape(found.shape)


def leaves(arrays):
    return {
        role: leaf_array(names, array.shape, Variable(role, array.shape)) for role, (names, array) in arrays.items()
    }


def of_line(operation, length):
    found, result = evaluated(operation, V=(LINE, numbers(length)))
    assert found.names == LINE
    return result.tolist()


@pytest.mark.parametrize(
    ("operation", "length", "result"),
    [
        (V, 3, [1, 2, 3]),
        (Window(V, LINE, (2,), (1,)), 2, [0, 0, 1, 2, 0]),
        (Window(V, LINE, (-1,), (-1,)), 4, [2, 3]),
        (Window(V, LINE, (-1,), (2,)), 3, [2, 3, 0, 0]),
        (Window(V, LINE, (-2,), (3,)), 1, [0, 0]),
        (Window(V, LINE, (3,), (-2,)), 1, [0, 0]),
        (Window(V, LINE, (-1,), (-1,)), 2, []),
        (Spread(V, LINE, (3,)), 3, [1, 0, 0, 2, 0, 0, 3]),
        (Spread(V, LINE, (4,)), 1, [1]),
        (Reverse(V, LINE), 3, [3, 2, 1]),
        (Keep(V, LINE, (2,)), 3, [1, 2]),
        (Keep(V, LINE, (3,)), 2, [1, 2, 0]),
        (Scale(V, Fraction(-2)), 3, [-2, -4, -6]),
        (Reverse(Spread(V, LINE, (2,)), LINE), 2, [2, 0, 1]),
        (Window(Spread(V, LINE, (2,)), LINE, (1,), (-1,)), 2, [0, 1, 0]),
    ],
)
def test_operations_on_a_line(operation, length, result):
    assert of_line(operation, length) == result


def test_each_axis_moves_by_itself():
    found, result = evaluated(
        Window(Spread(Reverse(V, PLANE), PLANE, (1, 2)), PLANE, (1, 0), (0, -1)), V=(PLANE, numbers(2, 2))
    )
    assert found.shape == (3, 2)
    assert result.tolist() == [[0, 0], [4, 0], [2, 0]]


def test_axes_that_are_not_named_stay_as_they_are():
    _, result = evaluated(Reverse(V, ("1",)), V=(("batch", "1"), numbers(2, 2)))
    assert result.tolist() == [[2, 1], [4, 3]]


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        (Window(V, LINE, (2,), (-1,)), AxisMap(1, 2, 6)),
        (Spread(V, LINE, (3,)), AxisMap(3, 0, 13)),
        (Reverse(V, LINE), AxisMap(-1, 4, 5)),
        (Keep(V, LINE, (2,)), AxisMap(1, 0, 2)),
    ],
)
def test_axis_maps_tell_the_same_for_numbers_and_symbols(operation, expected):
    n = sympy.Symbol("n")
    general = operation.axis_map(0, n)
    offset, length = (sympy.sympify(part).subs(n, 5) for part in (general.offset, general.length))
    assert operation.axis_map(0, 5) == expected == AxisMap(general.scale, offset, length)


@examples(200)
@given(
    length=st.integers(1, 6),
    steps=st.lists(
        st.one_of(
            st.tuples(st.just(Window), st.integers(-3, 3), st.integers(-3, 3)),
            st.tuples(st.just(Spread), st.integers(1, 3)),
            st.tuples(st.just(Reverse)),
            st.tuples(st.just(Keep), st.integers(1, 6)),
        ),
        max_size=4,
    ),
)
def test_pipelines_move_entries_as_their_axis_maps_say(length, steps):
    operation = V
    moved, size = {x: x for x in range(length)}, length
    for kind, *parameters in steps:
        operation = kind(operation, LINE, *((parameter,) for parameter in parameters))
        found = operation.axis_map(0, size)
        moved = {x: found.scale * j + found.offset for x, j in moved.items()}
        moved, size = {x: j for x, j in moved.items() if 0 <= j < found.length}, found.length
        if size < 1:
            return
    expected = [0] * size
    for x, j in moved.items():
        expected[j] = x + 1
    assert of_line(operation, length) == expected


def test_zeros_remember_why_they_are_there():
    found, _ = evaluated(Window(Spread(V, LINE, (2,)), LINE, (1,), (1,)), V=(LINE, numbers(2)))
    assert [found.kind((j,)) for j in range(5)] == ["padding", "empty", "inserted", "empty", "padding"]


def test_the_reason_of_a_zero_outlives_later_operations():
    found, _ = evaluated(Keep(Reverse(Window(V, LINE, (2,), (0,)), LINE), LINE, (2,)), V=(LINE, numbers(1)))
    assert [found.kind((j,)) for j in range(2)] == ["empty", "padding"]


def test_total_sums_the_named_axes_away():
    found, result = evaluated(Total(V, ("batch", "0")), V=(("batch", "out", "0"), numbers(2, 3, 2)))
    assert found.names == ("out",)
    assert result.tolist() == numbers(2, 3, 2).sum(axis=(0, 2)).tolist()


def test_total_over_all_axes_is_one_number():
    found, result = evaluated(Total(V, LINE), V=(LINE, numbers(4)))
    assert (found.shape, int(result)) == ((), 10)


def test_repeat_lays_an_array_along_new_axes():
    lengths = (("batch", 2), ("out", 3), ("0", 2))
    found, result = evaluated(Repeat(V, lengths), V=(("out",), numbers(3)))
    assert found.names == ("batch", "out", "0")
    assert result.tolist() == np.broadcast_to(numbers(3)[:, None], (2, 3, 2)).tolist()


def test_repeat_exchanges_axes_that_come_in_another_order():
    _, result = evaluated(Repeat(V, (("1", 3), ("0", 2))), V=(PLANE, numbers(2, 3)))
    assert result.tolist() == numbers(2, 3).T.tolist()


def test_rename_changes_names_only():
    found, result = evaluated(Rename(V, (("0", "window 0"),)), V=(PLANE, numbers(2, 3)))
    assert found.names == ("window 0", "1")
    assert result.tolist() == numbers(2, 3).tolist()


def test_unroll_makes_the_toeplitz_matrix():
    found, result = evaluated(Unroll(V, LINE, (2,), (1,), (3,), (5,)), V=(LINE, numbers(3)))
    assert found.names == ("window 0", "0")
    assert result.tolist() == [[2, 3, 0, 0, 0], [0, 1, 2, 3, 0], [0, 0, 0, 1, 2]]


sizes = st.integers(1, 5)


@examples(150)
@given(signal=st.tuples(sizes, sizes), filter=st.tuples(sizes, sizes), stride=st.tuples(sizes, sizes))
def test_correlate_slides_the_filter_as_long_as_it_lies_in_the_signal(signal, filter, stride):
    v, w = numbers(*signal), numbers(*filter)
    starts = [range(0, n - k + 1, s) for n, k, s in zip(signal, filter, stride, strict=True)]
    expected = [[int((v[i : i + filter[0], j : j + filter[1]] * w).sum()) for j in starts[1]] for i in starts[0]]
    found, result = evaluated(Correlate(V, W, PLANE, (), PLANE, stride), V=(PLANE, v), W=(PLANE, w))
    assert found.shape == (len(starts[0]), len(starts[1]))
    assert result.tolist() == expected


def test_correlate_contracts_shares_and_exchanges_axes():
    v, w = numbers(2, 3, 4), numbers(5, 3, 2)
    operation = Correlate(V, W, LINE, ("in",), ("out", "batch", "0"), (1,))
    _, result = evaluated(operation, V=(("batch", "in", "0"), v), W=(("out", "in", "0"), w))
    expected = [[sum(np.correlate(v[n, i], w[o, i]) for i in range(3)) for n in range(2)] for o in range(5)]
    assert result.tolist() == np.array(expected).tolist()


def test_a_shared_axis_keeps_groups_apart():
    v, w = numbers(2, 3), numbers(2, 2)
    operation = Correlate(V, W, LINE, (), ("group", "0"), (1,))
    _, result = evaluated(operation, V=(("group", "0"), v), W=(("group", "0"), w))
    assert result.tolist() == [np.correlate(v[g], w[g]).tolist() for g in range(2)]


def test_axes_of_one_name_and_two_lengths_are_refused():
    operation = Correlate(V, W, LINE, ("in",), LINE, (1,))
    with pytest.raises(InputError) as error:
        evaluated(operation, V=(("in", "0"), numbers(2, 3)), W=(("in", "0"), numbers(3, 2)))
    assert str(error.value) == "axis in has 2 entries in one operand and 3 in the other"


def test_products_of_sums_have_every_product_of_terms():
    operation = Correlate(Total(V, ("in",)), Total(W, ("in",)), LINE, (), LINE, (1,))
    v, w = numbers(2, 3), numbers(3, 2)
    found, result = evaluated(operation, V=(("in", "0"), v), W=(("in", "0"), w))
    assert len(found.table) == 2 * 2 * 2 * 3
    assert result.tolist() == np.correlate(v.sum(axis=0), w.sum(axis=0)).tolist()


def test_coefficients_multiply():
    operation = Correlate(Scale(V, Fraction(1, 2)), Scale(W, Fraction(-2, 3)), LINE, (), LINE, (1,))
    _, result = evaluated(operation, V=(LINE, numbers(3)), W=(LINE, numbers(2)))
    assert result.tolist() == [Fraction(-5, 3), Fraction(-8, 3)]


@examples(150)
@given(
    signal=sizes, filter=sizes, length=sizes, by_result=st.integers(-3, 3), by_summed=st.integers(-3, 3),
    shift=st.integers(-4, 4),
)  # fmt: skip
def test_a_sum_with_indices_reads_zero_where_there_is_no_entry(signal, filter, length, by_result, by_summed, shift):
    v, w = numbers(signal), numbers(filter)
    operation = IndexSum(V, W, LINE, (), LINE, (length,), (by_result,), (by_summed,), (shift,), ("i",), ("u",))
    found, result = evaluated(operation, V=(LINE, v), W=(LINE, w))
    places = [[by_result * p + by_summed * q + shift for q in range(filter)] for p in range(length)]
    expected = [sum(int(v[x] * w[q]) for q, x in enumerate(row) if 0 <= x < signal) for row in places]
    assert (found.shape, result.tolist()) == ((length,), expected)


def test_a_matrix_product_and_its_transpose():
    a, x, y = numbers(2, 3), numbers(3), numbers(2)
    straight = MatrixProduct(V, W, (), ("column",), ("row",), transposed=False)
    transposed = MatrixProduct(V, W, (), ("row",), ("column",), transposed=True)
    matrix = (("row", "column"), a)
    assert evaluated(straight, V=(("column",), x), W=matrix)[1].tolist() == (a @ x).tolist()
    assert evaluated(transposed, V=(("row",), y), W=matrix)[1].tolist() == (a.T @ y).tolist()


@pytest.mark.parametrize(
    ("made", "bare"),
    [
        (window(V, PLANE, (0, 0), (0, 0)), True),
        (window(V, PLANE, (0, 0), (0, 1)), False),
        (spread(V, PLANE, (1, 1)), True),
        (spread(V, PLANE, (1, 2)), False),
        (keep(V, PLANE, (2, 2), (2, 2)), True),
        (keep(V, PLANE, (2, 2), (2, 3)), False),
        (reverse(V, PLANE, (1, 1)), True),
        (reverse(V, PLANE, (1, 2)), False),
        (scale(V, Fraction(1)), True),
        (scale(V, Fraction(1, 2)), False),
    ],
)
def test_operations_that_change_nothing_are_left_out(made, bare):
    assert (made is V) == bare
