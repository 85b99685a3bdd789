"""Sums of letters against plain numbers."""

import islpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symconv.notation.text import TextPrinter
from symconv.notation.tree import Ceiling, Floor, Function, Letter, Negative, Number, Product, Ratio, Style, Sum
from symconv.proof.affine import Affine

LETTERS = "nkac"
steps = st.integers(1, 5)
numbers = st.integers(-9, 9)
values = st.fixed_dictionaries({letter: st.integers(-20, 20) for letter in LETTERS})


def pairs(leaf):
    """An expression of letters, and the function that computes it from numbers."""
    return st.recursive(
        leaf,
        lambda inner: st.one_of(
            st.tuples(inner, inner).map(lambda two: (two[0][0] + two[1][0], lambda v: two[0][1](v) + two[1][1](v))),
            st.tuples(inner, inner).map(lambda two: (two[0][0] - two[1][0], lambda v: two[0][1](v) - two[1][1](v))),
            st.tuples(inner, numbers).map(lambda two: (two[1] * two[0][0], lambda v: two[1] * two[0][1](v))),
            st.tuples(inner, st.integers(1, 5)).map(
                lambda two: (two[0][0] // two[1], lambda v: two[0][1](v) // two[1])
            ),
            inner.map(lambda one: (one[0].positive(), lambda v: max(0, one[1](v)))),
        ),
        max_leaves=5,
    )


expressions = pairs(
    st.one_of(
        st.sampled_from(LETTERS).map(lambda name: (Affine.letter(name), lambda v: v[name])),
        numbers.map(lambda number: (Affine.of(number), lambda _: number)),
    )
)


@given(expressions, values)
def test_an_expression_is_what_it_was_computed_from(expression, at):
    made, computed = expression
    assert made.at(at) == computed(at)


@given(expressions, values)
def test_isl_reads_it_the_same(expression, at):
    made, computed = expression
    known = " and ".join(f"{letter} = {number}" for letter, number in at.items())
    text = f"[{', '.join(LETTERS)}] -> {{ : {known} and {made} = {computed(at)} }}"
    assert not islpy.Set.read_from_str(islpy.Context(), text).is_empty()


@given(expressions, values)
def test_a_page_shows_the_same(expression, at):
    made, computed = expression
    assert number(made.node(), at) == computed(at)


def number(node, at):
    """What the notation of a size comes to."""
    match node:
        case Number(value):
            return value
        case Letter(letter):
            return at[letter]
        case Sum(terms):
            return sum(number(term, at) for term in terms)
        case Negative(term):
            return -number(term, at)
        case Product((Number(times), factor)):
            return times * number(factor, at)
        case Floor(Ratio(over, Number(by))):
            return number(over, at) // by
        case Ceiling(Ratio(over, Number(by))):
            return -(-number(over, at) // by)
        case Function("max", arguments):
            return max(number(argument, at) for argument in arguments)
    raise AssertionError(node)


@pytest.mark.parametrize(
    ("made", "text", "shown"),
    [
        (Affine.letter("a") + Affine.letter("n") - 3 * Affine.letter("k") + 2, "a + n - 3k + 2", "n + a - 3·k + 2"),
        (-(-Affine.letter("n") // 2), "-floor((-n)/2)", "⌈n/2⌉"),
        (Affine.letter("k") + Affine.letter("r") // 3, "floor((r)/3) + k", "k + ⌊r/3⌋"),
        (2 * (Affine.letter("n") // 2), "2*floor((n)/2)", "2·⌊n/2⌋"),
        (Affine.of(0), "0", "0"),
        (Affine.of(-4), "-4", "-4"),
        ((Affine.letter("n") - 3).positive(), "max(0, n - 3)", "max(0, n - 3)"),
    ],
)
def test_how_it_is_written(made, text, shown):
    assert TextPrinter(Style())(made.node()) == shown
    same = islpy.Set.read_from_str(islpy.Context(), f"[n, k, a, r] -> {{ : {made} = {text} }}")
    assert same.is_equal(islpy.Set.universe(same.get_space()))


def test_two_unknowns_cannot_be_multiplied():
    with pytest.raises(ValueError, match="not affine"):
        Affine.letter("n") * Affine.letter("k")
    assert Affine.letter("n") * Affine.of(3) == 3 * Affine.letter("n")
    assert not Affine.letter("n") - Affine.letter("n")
