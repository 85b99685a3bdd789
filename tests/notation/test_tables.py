"""The tables of the parser are those of the grammar, and what they refuse is told with what is expected."""

from importlib import resources

import pytest

from symconv.notation.reading.parser import TABLES, UnexpectedTokenError, parser
from symconv.notation.reading.scanner import Token
from symconv.notation.reading.tables import tables
from symconv.notation.tree import Blank, Named, Number, Relation, Sum


def tokens(*kinds: tuple[str, object]) -> list[Token]:
    return [Token(kind, value, at, at + 1) for at, (kind, value) in enumerate(kinds)]


def test_the_tables_are_those_of_the_grammar() -> None:
    written = resources.files("symconv.notation.reading").joinpath(TABLES).read_text(encoding="utf-8")
    assert written == tables(), "make them anew: python -m symconv.notation.reading.tables"


def test_a_sum_is_flat_and_a_side_that_is_left_out_is_blank() -> None:
    one, two = ("NUMBER", "1"), ("NAME", Named("x"))
    plus, equals = ("PLUS", "+"), ("RELATION", "=")
    found = parser()(tokens(equals, two, plus, one, plus, two))
    assert found == Relation((Blank(), Sum((Named("x"), Number(1), Named("x")))))


@pytest.mark.parametrize(
    ("kinds", "at", "expected"),
    [
        ((), 0, "NAME"),
        ((("NUMBER", "1"), ("_RPAR", ")")), 1, "$END"),
        ((("_LPAR", "("), ("NUMBER", "1")), 0, "_RPAR"),
    ],
    ids=["nothing", "a bracket that nothing opened", "a bracket that nothing closes"],
)
def test_what_is_no_formula_is_refused_with_what_may_stand_there(kinds, at, expected) -> None:
    with pytest.raises(UnexpectedTokenError) as refused:
        parser()(tokens(*kinds))
    assert refused.value.token.start_pos == at
    assert expected in refused.value.expected
