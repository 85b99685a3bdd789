"""Where displayed relations break into lines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symconv.notation.latex import LatexPrinter
from symconv.notation.layout import LINE_WIDTH, PACKED_WIDTH, Display, lines, packed
from symconv.notation.measure import PLUS, RELATION, width
from symconv.notation.tree import Big, Dots, Letter, Matrix, Negative, Product, Style, Sum, Symbol, equals
from tests.strategies import examples

STYLE = Style()
A, B = Letter("A"), Letter("B")
LEFT = Symbol("dF", (0, 0))


def products(count):
    """A gradient written out: ∂L/∂O_11 X_11 + ∂L/∂O_12 X_12 + ..."""
    return tuple(Product((Symbol("G", (0, i)), Symbol("X", (0, i)))) for i in range(count))


def shape(relation, limit=LINE_WIDTH):
    """Each line as: what stands left, the relation sign, how many terms."""
    return [(line.left, line.sign, len(line.terms)) for line in lines(relation, STYLE, limit)]


def printed_width(line):
    left = width(line.left, STYLE) if line.left else 0.0
    sign = RELATION if line.sign else PLUS
    return left + sign + sum(width(term, STYLE) for term in line.terms) + PLUS * (len(line.terms) - 1)


def test_a_short_relation_is_one_line():
    assert shape(equals(A, Sum((A, B)))) == [(A, "=", 2)]


def test_a_chain_has_one_line_a_side():
    assert shape(equals(A, B, Sum((A, B)), B)) == [(A, "=", 1), (None, "=", 2), (None, "=", 1)]


def test_a_long_sum_breaks_before_a_plus():
    relation = equals(LEFT, Sum(products(9)))
    (first, second) = lines(relation, STYLE)
    assert first.terms + second.terms == products(9)
    assert second.continues
    one, two = LatexPrinter(STYLE).display(Display((relation,))).splitlines()[1:-1]
    assert one.startswith(r"\frac{\partial L}{\partial F_{11}} &= \frac")
    assert one.endswith(r"X_{15} \\")
    assert two.startswith(r"&\quad {} + \frac")


def test_a_long_sum_breaks_before_a_minus_too():
    terms = tuple(Negative(term) for term in products(12))
    printed = LatexPrinter(STYLE).display(Display((equals(LEFT, Sum(terms)),)))
    assert [line.startswith(r"&\quad {} -\frac") for line in printed.splitlines()[2:-1]] == [True, True]
    assert "+" not in printed


def test_lines_of_a_sum_are_about_equally_long():
    for count, counts in [(9, [5, 4]), (10, [5, 5]), (12, [4, 4, 4]), (16, [4, 4, 4, 4])]:
        assert [terms for _, _, terms in shape(equals(LEFT, Sum(products(count))))] == counts


def test_one_wide_term_does_not_put_every_other_term_on_a_line_of_its_own():
    wide = Matrix((tuple(Symbol("X", (i, i)) for i in range(20)),))
    found = lines(equals(LEFT, Sum((wide, *products(8)))), STYLE)
    assert len(found) <= 4


def test_a_wide_left_side_stands_on_a_line_of_its_own():
    left = Matrix((tuple(Symbol("X", (i, i)) for i in range(12)),))
    found = shape(equals(left, Sum(products(9))))
    assert found[0] == (left, "", 0)
    assert [(left, sign) for left, sign, _ in found[1:]] == [(None, "="), (None, "")]


terms = st.one_of(
    st.builds(Symbol, st.sampled_from(["X", "G"]), st.tuples(st.integers(0, 11), st.integers(0, 11))),
    st.integers(1, 4).map(lambda count: Product(products(count))),
    st.integers(1, 6).map(lambda columns: Matrix(((A,) * columns,))),
    st.just(Dots("sum")),
    st.just(Big(("i", "j"), Symbol("G"))),
)


@given(st.lists(terms, min_size=2, max_size=30).map(tuple), st.floats(8, 60))
@examples(200)
def test_no_line_is_wider_than_the_limit_where_it_can_break(terms, limit):
    for line in lines(equals(A, Sum(terms)), STYLE, limit):
        assert printed_width(line) <= limit or len(line.terms) <= 1


@given(st.lists(terms, min_size=1, max_size=30).map(tuple), st.floats(8, 60))
@examples(200)
def test_breaking_loses_no_term(terms, limit):
    found = lines(equals(A, Sum(terms) if len(terms) > 1 else terms[0]), STYLE, limit)
    assert tuple(term for line in found for term in line.terms) == terms


# Side by side


@pytest.mark.parametrize(
    ("count", "columns", "limit", "rows"),
    [
        (4, 0, 100.0, [4]),
        (10, 0, 25.0, [5, 5]),
        (10, 0, 20.0, [4, 4, 2]),
        (3, 0, 1.0, [1, 1, 1]),
        (8, 4, 20.0, [4, 4]),
        (8, 4, 18.0, [2, 2, 2, 2]),
        (9, 3, 14.0, [1] * 9),
        (0, 0, 10.0, []),
    ],
)
def test_as_many_stand_side_by_side_as_fit_in_rows_of_a_length(count, columns, limit, rows):
    display = Display((equals(Symbol("X"), Symbol("F")),) * count, "packed", columns=columns)
    assert [len(row) for row in packed(display, STYLE, limit)] == rows


@given(st.lists(terms, min_size=1, max_size=20).map(tuple))
@examples(100)
def test_no_row_is_wider_than_the_limit_where_it_can_break(terms):
    for row in packed(Display(terms, "packed"), STYLE):
        assert sum(width(node, STYLE) for node in row) <= PACKED_WIDTH or len(row) == 1
