"""How indices are printed: packed where that can be read in one way only, otherwise with commas."""

import pytest

from symconv.notation.tree import Index, Style, Symbol, letter_index

ROW, COLUMN = letter_index("i"), letter_index("j")


def index(*parts, base=1, slice=False):
    return Style(index_base=base).indices(Symbol("X", parts, slice))


@pytest.mark.parametrize(
    ("position", "from_1", "from_0"),
    [
        ((), "", ""),
        ((0,), "1", "0"),
        ((8,), "9", "8"),
        ((9,), "10", "9"),
        ((0, 1), "12", "01"),
        ((8, 8), "99", "88"),
        ((9, 0), "10,1", "90"),
        ((0, 9), "1,10", "09"),
        ((10, 0), "11,1", "10,0"),
        ((0, 10), "1,11", "0,10"),
        ((223, 223), "224,224", "223,223"),
        ((0, 0, 0), "1,1,1", "0,0,0"),
        ((1, 0, 2, 2), "2,1,3,3", "1,0,2,2"),
    ],
)
def test_one_digit_each_and_at_most_two_are_packed(position, from_1, from_0):
    assert index(*position) == from_1
    assert index(*position, base=0) == from_0


def test_letters_are_packed_like_digits():
    assert index(ROW, COLUMN) == "ij"
    assert index(letter_index(r"\nu"), ROW) == r"\nu,i"
    assert index(ROW, COLUMN, letter_index("l")) == "i,j,l"


def test_a_slice_is_told_apart_from_an_entry_by_its_commas():
    assert index(0, 1) == "12"
    assert index(0, 1, slice=True) == "1,2"
    assert index(0, slice=True) == "1"


@pytest.mark.parametrize(
    ("general", "from_1", "from_0"),
    [
        (Index((("i", 1), ("u", 1))), "i+u-1", "i+u"),
        (Index((("i", 1), ("u", 1)), 1), "i+u", "i+u+1"),
        (Index((("i", 2), ("u", 1))), "2i+u-2", "2i+u"),
        (Index((("i", 2), ("u", -1)), 3), "2i-u+3", "2i-u+3"),
        (Index((("i", -1), ("u", 1))), "-i+u+1", "-i+u"),
        (Index((("i", -2),), 1), "-2i+4", "-2i+1"),
        (Index((("i", 1),), 4), "i+4", "i+4"),
        (Index((("i", 0), ("u", 1))), "u", "u"),
        (Index((("i", 0),), -1), "0", "-1"),
        (Index((), 2), "3", "2"),
    ],
)
def test_a_general_index_is_moved_to_the_base(general, from_1, from_0):
    assert index(general) == from_1
    assert index(general, base=0) == from_0


def test_a_general_index_agrees_with_the_entries_that_it_stands_for():
    """With numbers for the letters, counted in the base, the printed index is the printed number."""
    general = Index((("i", 3), ("u", -2)), 5)
    for base in (0, 1):
        for i in range(4):
            for u in range(3):
                printed = index(general, base=base).replace("3i", f"3*{i + base}").replace("2u", f"2*{u + base}")
                assert str(eval(printed)) == index(3 * i - 2 * u + 5, base=base)
