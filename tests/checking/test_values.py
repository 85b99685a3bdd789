"""What signs between arrays mean, compared with loops over plain numbers."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symconv.checking.values import (
    ShapeError,
    Value,
    comparable,
    contracted,
    correlated,
    differences,
    filled,
    folded,
    fully_correlated,
    kept,
    matrix_product,
    padded,
    reversed_,
    scalar,
    spread,
    together,
    unfolded,
)
from symconv.meaning.polynomials import atom, constant

SIZES = st.integers(1, 5)


def numbers(shape: tuple[int, ...], start: int = 1) -> Value:
    counted = itertools.count(start)
    return Value(filled(shape, lambda at: constant(next(counted) ** 2 % 17)))


def plain(value: Value) -> list:
    found = np.empty(value.shape, dtype=int)
    for at in np.ndindex(*value.shape):
        found[at] = value.entries[at].number
    return found.tolist()


def correlation(signal: list[int], filter: list[int], step: int) -> list[int]:
    places = range(0, len(signal) - len(filter) + 1, step)
    return [sum(signal[at + u] * filter[u] for u in range(len(filter))) for at in places]


@given(n=SIZES, k=SIZES, step=st.integers(1, 3))
def test_correlation_slides_over_what_lies_inside(n: int, k: int, step: int) -> None:
    signal, filter = numbers((n,)), numbers((k,), 5)
    if k > n:
        with pytest.raises(ShapeError, match="larger"):
            correlated(signal, filter, (step,))
    else:
        assert plain(correlated(signal, filter, (step,))) == correlation(plain(signal), plain(filter), step)


@given(n=SIZES, k=SIZES)
def test_full_correlation_touches_every_entry(n: int, k: int) -> None:
    signal, filter = numbers((n,)), numbers((k,), 7)
    around = [0] * (k - 1)
    assert plain(fully_correlated(signal, filter)) == correlation([*around, *plain(signal), *around], plain(filter), 1)


def test_correlation_in_two_dimensions_with_unequal_sizes() -> None:
    signal, filter = numbers((4, 5)), numbers((3, 2), 3)
    a, b = np.array(plain(signal)), np.array(plain(filter))
    assert plain(correlated(signal, filter)) == [
        [int((a[i : i + 3, j : j + 2] * b).sum()) for j in range(4)] for i in range(2)
    ]


def test_what_slides_has_as_many_axes() -> None:
    for operation in (correlated, fully_correlated):
        with pytest.raises(ShapeError, match="cannot slide"):
            operation(numbers((4, 4)), numbers((2,)))


def test_rearrangements() -> None:
    value = numbers((2, 3))
    assert plain(reversed_(value)) == np.array(plain(value))[::-1, ::-1].tolist()
    assert plain(reversed_(value, 1)) == np.array(plain(value))[:, ::-1].tolist()
    assert plain(padded(value, [(1, 0), (0, 2)])) == np.pad(plain(value), [(1, 0), (0, 2)]).tolist()
    assert plain(padded(value, [(-1, 0), (0, -1)])) == np.array(plain(value))[1:, :-1].tolist()
    assert plain(kept(value, (1, 2))) == np.array(plain(value))[:1, :2].tolist()
    assert plain(spread(numbers((3,)), (2,))) == [1, 0, 4, 0, 9]
    with pytest.raises(ShapeError, match="no entries"):
        padded(value, [(-2, 0), (0, 0)])


def test_windows_are_taken_and_laid_down_again() -> None:
    value = numbers((5,))
    windows = unfolded(value, (3,), (2,))
    assert plain(windows) == [plain(value)[:3], plain(value)[2:]]
    once = plain(value)
    assert plain(folded(windows, (3,), (2,))) == [once[0], once[1], 2 * once[2], once[3], once[4]]
    assert plain(folded(numbers((2,)), (2,), (1,))) == [1, 5, 4]


def test_products_of_matrices_and_chain_rules() -> None:
    a, b = numbers((2, 3)), numbers((3, 4), 2)
    found = matrix_product(a, b)
    assert found is not None
    assert plain(found) == (np.array(plain(a)) @ np.array(plain(b))).tolist()
    assert matrix_product(b, b) is None
    gradient = Value(numbers((2,)).entries, ("O0",))
    jacobian = Value(numbers((2, 3), 4).entries, ("O0", "X0"))
    for left, right in ((gradient, jacobian), (jacobian, gradient)):
        chained = contracted(left, right)
        assert chained is not None
        assert chained.axes == ("X0",)
        assert plain(chained) == (np.array(plain(gradient)) @ np.array(plain(jacobian))).tolist()
    assert contracted(gradient, gradient) is None, "no derivative of an array by another"


def test_entry_by_entry_needs_one_shape() -> None:
    with pytest.raises(ShapeError, match="2×3 and 3×2"):
        together(lambda x, y: x + y, numbers((2, 3)), numbers((3, 2)))
    row, column = numbers((1, 3)), numbers((3, 1))
    assert plain(together(lambda x, y: x + y, row, column)) == [2, 8, 18], "vectors of one length"


def test_dots_leave_out_any_number_of_rows_and_columns() -> None:
    whole = Value(filled((5, 6), lambda at: atom("X", *at)))
    entries = np.full((3, 4), None, dtype=object)
    for row, from_row in ((0, 0), (2, 4)):
        for column, from_column in ((0, 0), (1, 1), (3, 5)):
            entries[row, column] = whole.entries[from_row, from_column]
    dotted = Value(entries, ("", ""), ((1,), (2,)))
    assert comparable(dotted, whole)
    assert list(differences(dotted, whole)) == []
    entries[2, 3] = atom("X", 3, 5)
    assert [at for at, _, _ in differences(dotted, whole)] == [(4, 5)]


def test_sums_with_dots_are_compared_as_far_as_they_are_written() -> None:
    whole = scalar(atom("X", 0) + atom("X", 1) + atom("X", 2))
    some = Value(scalar(atom("X", 0) + atom("X", 2)).entries, partial=True)
    assert list(differences(some, whole)) == []
    wrong = Value(scalar(atom("X", 0) + atom("X", 3)).entries, partial=True)
    assert len(list(differences(whole, wrong))) == 1
