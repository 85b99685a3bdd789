"""Tables of terms: order, like terms, differentiation, contraction, equality."""

from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symconv.errors import InputError
from symconv.forms import Form, Table, Term, Variable, contract, difference, differentiate, index_type
from tests.strategies import examples

OUTPUT, X, F = Variable("O", (2, 2)), Variable("X", (3,)), Variable("F", (2,))
Row = tuple[int, int, int, Fraction]

coefficients = st.sampled_from([Fraction(1), Fraction(-1), Fraction(2), Fraction(1, 3)])
rows = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(0, 1), coefficients), max_size=12)


def table(rows):
    """A table over O of products X·F: (flat O, flat X, flat F, coefficient) a row."""
    values = tuple(sorted({row[3] for row in rows})) or (Fraction(1),)
    codes = np.array([values.index(row[3]) for row in rows], dtype=np.int64) if len(values) > 1 else None
    columns = tuple(np.array([row[at] for row in rows], dtype=np.int64) for at in range(3))
    return Table((OUTPUT,), (X, F), columns, codes, values)


def ones(*products):
    return table([(*product, Fraction(1)) for product in products])


def sums(rows):
    """What the rows add up to, without zeros."""
    found = Counter()
    for *product, coefficient in rows:
        found[product[0], product[1], product[2]] += coefficient
    return {product: Fraction(total) for product, total in found.items() if total}


@examples(300)
@given(rows=rows)
def test_canonical_adds_like_terms_drops_zeros_and_orders(rows):
    ordered = table(rows).canonical
    products = list(zip(*(column.tolist() for column in ordered.columns), strict=True))
    assert products == sorted(products)
    assert {product: ordered.coefficient(row) for row, product in enumerate(products)} == sums(rows)


@examples(200)
@given(rows=rows, other=rows)
def test_tables_are_equal_exactly_where_their_sums_are(rows, other):
    assert (difference(table(rows), table(other)) is None) == (sums(rows) == sums(other))


@examples(200)
@given(rows=rows, order=st.randoms(use_true_random=False))
def test_the_order_of_terms_does_not_matter(rows, order):
    shuffled = list(rows)
    order.shuffle(shuffled)
    assert difference(table(rows), table(shuffled)) is None


@examples(200)
@given(rows=rows, other=rows)
def test_a_difference_names_the_first_entry_whose_sums_differ(rows, other):
    found = difference(table(rows), table(other))
    if found is None:
        return
    ours, theirs = sums(rows), sums(other)
    first = min(product[0] for product in ours.keys() ^ theirs.keys() | _unequal(ours, theirs))
    assert found.entry == divmod(first, 2)
    for side, terms in ((ours, found.left), (theirs, found.right)):
        expected = [(total, (("X", (x,)), ("F", (f,)))) for (o, x, f), total in sorted(side.items()) if o == first]
        assert [(term.coefficient, term.factors) for term in terms] == expected
    assert set(found.only_left).isdisjoint(found.right)
    assert set(found.only_right).isdisjoint(found.left)


def _unequal(ours, theirs):
    return {product for product in ours.keys() & theirs.keys() if ours[product] != theirs[product]}


def test_a_repeated_term_is_not_the_same_as_one():
    found = difference(ones((0, 1, 1), (0, 1, 1)), ones((0, 1, 1)))
    assert found is not None
    assert [term.coefficient for term in (*found.left, *found.right)] == [2, 1]


def test_equality_includes_the_shape():
    flat = ones((0, 0, 0)).with_columns((Variable("O", (4,)),), (X, F), ones((0, 0, 0)).columns)
    found = difference(ones((0, 0, 0)), flat)
    assert found is not None
    assert (found.shapes, found.entry, found.left, found.right) == (((2, 2), (4,)), None, (), ())


def test_tables_without_terms_are_equal():
    assert difference(table([]), ones()) is None
    assert ones().terms() == []
    assert ones().entries() == {}


def test_terms_stand_in_order_with_their_multi_indices():
    found = table([(3, 2, 0, Fraction(1, 2)), (0, 0, 1, Fraction(-1)), (0, 0, 0, Fraction(1))])
    first, second, third = found.terms()
    assert first == Term(Fraction(1), (("X", (0,)), ("F", (0,))))
    assert second == Term(Fraction(-1), (("X", (0,)), ("F", (1,))))
    assert third == Term(Fraction(1, 2), (("X", (2,)), ("F", (0,))))
    assert found.entries() == {0: [first, second], 3: [third]}


def test_at_and_where_keep_the_terms_of_one_entry():
    found = ones((0, 0, 0), (1, 2, 0), (1, 1, 1))
    assert [term.factors for term in found.at(1).terms()] == [(("X", (1,)), ("F", (1,))), (("X", (2,)), ("F", (0,)))]
    assert [term.factors for term in found.where("F", 1).terms()] == [(("X", (1,)), ("F", (1,)))]
    assert len(found.at(2)) == 0


def test_an_array_that_is_not_there_is_a_key_error():
    with pytest.raises(KeyError):
        ones((0, 0, 0)).column("b")


def test_scaling_multiplies_every_coefficient():
    found = table([(0, 0, 0, Fraction(2)), (1, 0, 0, Fraction(1, 3))]).scaled(Fraction(3, 2))
    assert [term.coefficient for term in found.terms()] == [3, Fraction(1, 2)]


def test_arranged_changes_the_order_of_factors_only():
    found = ones((0, 2, 1), (3, 0, 0)).arranged(OUTPUT, ("F",))
    assert found.roles == ("F", "X")
    assert found.terms()[0].factors == (("F", (1,)), ("X", (2,)))


def test_differentiating_moves_the_column_to_the_index():
    local = differentiate(Form((ones((0, 1, 0), (1, 2, 0), (3, 0, 1)),)), "F")
    assert [variable.role for variable in local.index] == ["O", "F"]
    assert local.roles == ("X",)
    assert [term.factors for term in local.at(1, 0).terms()] == [(("X", (2,)),)]
    assert len(local.at(1, 1)) == 0


def test_contracting_sums_the_output_away_with_its_gradient_in_front():
    local = differentiate(Form((ones((0, 1, 0), (1, 2, 0), (3, 0, 1)),)), "F")
    chain = contract(local, "G")
    assert chain.index == (F,)
    assert chain.factors == (Variable("G", (2, 2)), X)
    assert [term.factors for term in chain.at(0).terms()] == [
        (("G", (0, 0)), ("X", (1,))),
        (("G", (0, 1)), ("X", (2,))),
    ]


def test_without_index_drops_an_index_that_all_terms_agree_on():
    local = differentiate(Form((ones((0, 1, 0), (1, 2, 0), (3, 0, 1)),)), "F")
    column = local.where("F", 0).without_index("F")
    assert column.index == (OUTPUT,)
    assert list(column.entries()) == [0, 1]


def test_only_the_part_that_holds_the_array_is_differentiated():
    b = Variable("b", ())
    bias = Table((OUTPUT,), (b,), (np.arange(4), np.zeros(4, dtype=np.int64)))
    form = Form((ones((0, 0, 0)), bias))
    assert len(form) == 5
    local = differentiate(form, "b")
    assert (local.roles, len(local)) == ((), 4)
    assert local.terms() == [Term(Fraction(1), ())] * 4
    with pytest.raises(InputError, match="cannot differentiate by 'M': the layer's output has no such array"):
        differentiate(form, "M")


def test_a_scalar_has_the_empty_index():
    b = Variable("b", ())
    found = Table((OUTPUT,), (b,), (np.array([2]), np.array([0])))
    assert found.terms() == [Term(Fraction(1), (("b", ()),))]


def test_positions_beyond_63_bits_are_still_told_apart():
    big = Variable("X", (2**31, 2**31))
    first, second = (
        Table((OUTPUT,), (big, big), tuple(np.array([at], dtype=np.int64) for at in (0, left, right)))
        for left, right in ((1, 2**62 - 1), (2**62 - 1, 1))
    )
    found = difference(first, second)
    assert found is not None
    assert found.left[0].factors == (("X", (0, 1)), ("X", (2**31 - 1, 2**31 - 1)))
    assert difference(first, first) is None


@pytest.mark.parametrize(("size", "kind"), [(1, np.int32), (2**31 - 1, np.int32), (2**31, np.int64)])
def test_positions_take_the_smallest_type_that_holds_them(size, kind):
    assert index_type(size) is kind
