"""Links with several axes of an array on one axis, and with coefficients."""

from fractions import Fraction

import numpy as np

from symconv.forms import Variable
from symconv.layers.links import OnAxis, joined

WINDOWS = {
    "O": np.array([0, 0, 1]),
    "X": np.array([0, 1, 2]),
    "M": {"0": np.array([0, 0, 1]), "tap 0": np.array([0, 1, 0])},
}
CHANNELS = {role: np.arange(2) for role in "OXM"}
LENGTHS = {
    "O": {"channel": 2, "0": 2},
    "M": {"channel": 2, "0": 2, "tap 0": 2},
    "X": {"channel": 2, "0": 3},
}
ARRAYS = [Variable(role, tuple(lengths.values())) for role, lengths in LENGTHS.items()]
LINKS = {"channel": CHANNELS, "0": WINDOWS}
WEIGHTS = {"0": (Fraction(1, 2), Fraction(1, 2), Fraction(1))}


def rows(table):
    return [(tuple(int(column[row]) for column in table.columns), table.coefficient(row)) for row in range(len(table))]


def test_an_array_may_have_two_axes_on_one():
    table = joined(LINKS, ARRAYS, list(LENGTHS.values()), {})
    assert [column.tolist() for column in table.columns] == [
        [0, 0, 1, 2, 2, 3],
        [0, 1, 2, 4, 5, 6],
        [0, 1, 2, 3, 4, 5],
    ]
    assert table.codes is None


def test_rows_carry_their_coefficients():
    table = joined(LINKS, ARRAYS, list(LENGTHS.values()), {}, WEIGHTS)
    assert [table.coefficient(row) for row in range(6)] == [*WEIGHTS["0"], *WEIGHTS["0"]]


def test_coefficients_of_several_axes_multiply():
    both = {"channel": (Fraction(1), Fraction(1, 3)), **WEIGHTS}
    table = joined(LINKS, ARRAYS, list(LENGTHS.values()), {}, both)
    expected = [a * b for a in both["channel"] for b in both["0"]]
    assert [table.coefficient(row) for row in range(6)] == expected


def test_what_is_fixed_is_fixed_on_every_axis_of_the_array():
    whole = rows(joined(LINKS, ARRAYS, list(LENGTHS.values()), {}, WEIGHTS))
    fixed = {"M": {"channel": 1, "0": 0, "tap 0": 1}}
    assert rows(joined(LINKS, ARRAYS, list(LENGTHS.values()), fixed, WEIGHTS)) == [whole[4]]


def test_a_layer_on_one_axis_has_all_axes_of_its_arrays_there():
    lengths = {"O": 2, "X": {"0": 3}, "M": {"0": 2, "tap 0": 2}, "G": 2}
    factor = OnAxis("0", lengths, ((("M", "X"), WINDOWS),), (WEIGHTS["0"],))
    assert factor.axes == {"0", "window 0", "tap 0"}
    assert {role: array.shape for role, array in factor.arrays.items()} == {"O": (2,), "X": (3,), "M": (2, 2)}
    assert {role: array.names for role, array in factor.leaves().items()} == {
        "X": ("0",), "M": ("0", "tap 0"), "G": ("0",)
    }  # fmt: skip
    (table,) = factor.definition().parts
    assert rows(table) == [((0, 0, 0), Fraction(1, 2)), ((0, 1, 1), Fraction(1, 2)), ((1, 2, 2), Fraction(1))]
