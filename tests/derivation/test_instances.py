"""Lines in index letters at one place: letters become numbers, sums are written out, shortened or left standing."""

import pytest

from symconv.derivation.instances import Instance, left_letters
from symconv.errors import NotSupportedError
from symconv.notation.build import entry, exp, minus, over, plus, summed, times
from symconv.notation.text import TextPrinter
from symconv.notation.tree import Delta, Index, Letter, Number, Style, Symbol, letter_index

SHAPES = {"X": (3,), "F": (9,), "O": (2, 3)}


def at(node, terms=16, **letters):
    return TextPrinter(Style(index_base=0))(Instance.of(node, letters, SHAPES.get, terms)(node))


@pytest.mark.parametrize(
    ("node", "shown"),
    [
        (entry("X", "i"), "X_1"),
        (entry("O", "j", "i"), "O_j1"),
        (summed("k", entry("X", "k")), "X_0 + X_1 + X_2"),
        (summed(("j", "k"), entry("O", "j", "k")), "O_00 + O_01 + O_02 + O_10 + O_11 + O_12"),
        (summed("k", times(entry("X", "k"), entry("O", 0, "i"))), "X_0·O_01 + X_1·O_01 + X_2·O_01"),
        (times(2, summed("k", entry("X", "k"))), "2·(X_0 + X_1 + X_2)"),
        (times(2, summed("k", entry("F", "k"))), "2·(F_0 + F_1 + F_2 + … + F_8)"),
        (over(1, summed("k", entry("F", "k"))), "1/(Σ_k F_k)"),
        (over(exp(entry("X", "i")), summed("k", exp(entry("X", "k")))), "exp(X_1)/(exp(X_0) + exp(X_1) + exp(X_2))"),
        (plus(entry("X", "i"), minus(Letter("m"))), "X_1 - m"),
    ],
)
def test_a_line_at_a_place(node, shown):
    assert at(node, i=1) == shown


def test_where_several_sums_stand_none_inside_is_written_out():
    one = over(1, plus(1, summed("k", entry("X", "k"))))
    assert at(one) == "1/(1 + X_0 + X_1 + X_2)"
    assert at(times(one, summed("k", entry("X", "k")))) == "1/(1 + Σ_k X_k)·(X_0 + X_1 + X_2)"


def test_a_long_sum_by_itself_is_shortened_to_the_limit():
    assert at(summed("k", entry("F", "k")), terms=5) == "F_0 + F_1 + F_2 + … + F_8"
    assert at(summed("k", entry("F", "k"))).count("+") == 8


def test_what_stands_for_a_sum_inside():
    node = over(1, summed("k", entry("F", "k")))
    assert Instance({}, SHAPES.get, summed=lambda _: Number(7))(node) == over(1, 7)


def test_a_letter_that_a_sum_binds_is_its_own():
    assert at(summed("i", entry("X", "i")), i=1) == "X_0 + X_1 + X_2"
    assert at(over(1, summed("i", entry("F", "i"))), i=1) == "1/(Σ_i F_i)"


def test_deltas_are_decided():
    same = Delta(letter_index("i"), letter_index("j"))
    assert at(same, i=1, j=1) == "1"
    assert at(same, i=1, j=2) == "0"
    assert Instance({"i": 1}, SHAPES.get)(same) == Delta(1, letter_index("j"))


def test_outside_of_an_array_is_0():
    moved = Symbol("X", (Index((("i", 2),), -1),))
    assert [at(moved, i=i) for i in (0, 1, 2)] == ["0", "X_1", "0"]


def test_a_sum_over_nothing_that_is_known_is_refused():
    with pytest.raises(NotSupportedError, match="the index k stands at no array here"):
        at(summed("k", entry("Q", "k")))


def test_the_letters_of_a_left_side():
    assert left_letters(entry("X", "i", "j")) == ("i", "j")
    assert left_letters(Symbol("O", (letter_index("n"),), slice=True)) == ("n",)
    assert left_letters(entry("X", "i", 0)) is None
    assert left_letters(Symbol("X", (Index((("i", 2),)),))) is None
    assert left_letters(Number(1)) is None
