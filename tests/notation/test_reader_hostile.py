"""Hostile text: no crash, no long wait, nothing but trees or refusals."""

import random
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symconv.errors import UnreadError
from symconv.notation.latex import LatexPrinter
from symconv.notation.reading import statements
from symconv.notation.text import TextPrinter
from symconv.notation.tree import Style
from tests.notation.test_reader import DISPLAYS, LATEX, PLAIN
from tests.strategies import examples

LONGEST = 20.0
"""Seconds, on a machine that does other things too; alone it is a tenth of that."""
STYLE = Style()
HOSTILE = {
    "a tower of powers": "9^{9^{9^9}}",
    "brackets": "(" * 5000,
    "closed brackets": "(" * 5000 + ")" * 5000,
    "braces": "{" * 9000 + "}" * 9000,
    "digits": "1" * 5000,
    "scripts": "x_{" * 39 + "}" * 39,
    "exponents": "e^{" * 39 + "x" + "}" * 39,
    "exponents of brackets": "(x)^{" * 39 + "x" + "}" * 39,
    "minus signs": "-" * 5000 + "x",
    "primes": "x" + "'" * 5000,
    "powers": "x" + "^2" * 3000,
    "operators": r"a \odot " * 2400 + "a",
    "a long sum": "a+" * 2900 + "a",
    "fractions": r"\frac" * 3000,
    "sums": r"\sum_{i}" * 2400 + "x",
    "differentials": r"\partial " * 2000 + "x",
    "functions": r"\log " * 3900 + "x",
    "columns": r"\begin{bmatrix}" + "&" * 5000 + r"\end{bmatrix}",
    "many statements": ",".join(["a=b"] * 4000),
    "many lines": "\n".join(["a=b"] * 4000),
    "labels": r"\underbrace{" * 39 + "x" + "}_{a}" * 39,
    "zero bytes": "\0" * 100,
    "backslashes": "\\" * 19_999,
    "subscripts": "₁" * 9000,
    "one word": "x" * 19_000,
    "too long": "x" * 30_000,
    "a file": r"\input{/etc/passwd}",
    "a call": "__import__('os').system('true')",
}


def printed(text, style, *, plain):
    """Print all that a text is read as; None, or why it is refused."""
    try:
        for statement in statements(text, style, plain=plain):
            LatexPrinter(STYLE)(statement.node)
            TextPrinter(STYLE)(statement.node)
    except UnreadError as refused:
        return refused
    return None


def attempt(text):
    """Read a text in every way; what comes out can be printed, and what is refused has a place in the text."""
    for plain in (False, True):
        for style in (None, STYLE):
            start = time.process_time()
            refused = printed(text, style, plain=plain)
            assert refused is None or 0 <= refused.offset <= len(text)
            assert "\n" not in str(refused)
            assert time.process_time() - start < LONGEST


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_read_or_refused_quickly(name):
    attempt(HOSTILE[name])


@given(st.one_of(st.text(max_size=80), st.binary(max_size=80).map(lambda data: data.decode("latin-1"))))
@examples(200)
def test_any_text_is_read_or_refused(text):
    attempt(text)


def test_formulas_with_changes_are_read_or_refused():
    chance = random.Random(1)
    sources = [*LATEX, *PLAIN, *DISPLAYS]
    signs = sorted({sign for text in sources for sign in re.findall(r"\\[A-Za-z]+|\\.|\d+|\S", text)})
    for _ in range(1000):
        text = list(chance.choice(sources))
        for _ in range(chance.randint(1, 5)):
            at = chance.randrange(len(text) + 1)
            text[at : at + chance.randint(0, 2)] = [chance.choice(signs)] * chance.randint(0, 2)
        attempt("".join(text))


def test_signs_in_any_order_are_read_or_refused():
    chance = random.Random(2)
    signs = sorted({sign for text in [*LATEX, *PLAIN] for sign in re.findall(r"\\[A-Za-z]+|\\.|\d+|\S", text)})
    for _ in range(1000):
        attempt(" ".join(chance.choice(signs) for _ in range(chance.randint(1, 30))))


def test_short_equations_are_read_fast():
    texts = [text for text in LATEX if len(text) < 80]
    start = time.process_time()
    for text in texts * 4:
        statements(text)
    assert len(texts) * 4 / (time.process_time() - start) > 20
