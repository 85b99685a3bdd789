"""The author's own commands, expanded within limits."""

import time

import pytest

from symconv.checking.sources import macros
from symconv.checking.sources.excerpt import Excerpt
from symconv.checking.sources.macros import Macros

CASES = {
    "no argument": (r"\newcommand{\R}{\mathbb{R}}", r"x \in \R", r"x \in \mathbb{R}"),
    "without braces": (r"\newcommand\R{\mathbb{R}}", r"\R", r"\mathbb{R}"),
    "arguments": (r"\newcommand{\pd}[2]{\frac{d #1}{d #2}}", r"\pd{L}x", r"\frac{d L}{d x}"),
    "an argument that may be missing": (r"\newcommand{\s}[1][n]{\sum_{#1}}", r"\s x \s[m] y", r"\sum_{n} x \sum_{m} y"),
    "def": (r"\def\pd#1#2{\partial_{#2} #1}", r"\pd{L}{x}", r"\partial_{x} L"),
    "operators": (r"\DeclareMathOperator*{\conv}{conv}", r"\conv(x, y)", r"\operatorname{conv}(x, y)"),
    "signatures": (r"\NewDocumentCommand{\pd}{m m}{#1/#2}", r"\pd{a}{b}", "a/b"),
    "redefined": (r"\renewcommand{\vec}[1]{\mathbf{#1}}", r"\vec{x} = \vec y", r"\mathbf{x} = \mathbf{y}"),
    "the old meaning kept": (r"\let\old\vec \renewcommand{\vec}[1]{\old{#1}'}", r"\vec{x}", r"\vec{x}'"),
    "let of a macro": (r"\def\a{b}\let\c=\a", r"\c", "b"),
    "in one another": (r"\def\a#1{\b{#1}}\def\b#1{[#1]}", r"\a{\b{x}}", "[[x]]"),
    "arguments behind a body": (r"\def\a{\b}\def\b#1{[#1]}", r"\a{x} y", "[x] y"),
    "letters that would join": (r"\def\a#1{\alpha#1}\def\p{\partial}", r"\a x {\p}L", r"\alpha x {\partial}L"),
    "longer names": (r"\def\a{b}", r"\ab \a", r"\ab b"),
    "a row's end": (r"\def\a{b}", r"\\a", r"\\a"),
    "definitions within": ("", r"\def\a{b} \a = 1", "b = 1"),
    "too few arguments": (r"\def\a#1#2{#1}", r"\a{x}", r"\a{x}"),
    "a program": (r"\newcommand{\fit}[1]{\sbox{0}{$#1$}\ifdim\wd0>1pt \usebox{0}\fi}", r"\fit{a = b}", "a = b"),
    "parameters with a text between": (r"\def\a#1-#2{#1}", r"\a x-y", r"\a x-y"),
}  # fmt: skip


def expanded(definitions: str, formula: str) -> str:
    known = Macros()
    known.learn(definitions + formula)
    return known.expanded(Excerpt.whole(formula)).stripped().text


@pytest.mark.parametrize("name", CASES)
def test_expansion(name: str) -> None:
    definitions, formula, expected = CASES[name]
    assert expanded(definitions, formula) == expected


def chain(*bodies: str) -> str:
    return "".join(rf"\def\{chr(97 + at)}{{{body}}}" for at, body in enumerate(bodies))


TOO_MUCH = {
    "twice as many each time": chain(*(rf"\{chr(98 + at)}\{chr(98 + at)}" for at in range(24)), "x" * 10),
    "nothing, many times": chain(*(rf"\{chr(98 + at)}\{chr(98 + at)}" for at in range(24)), ""),
    "itself": r"\def\a{\a}",
    "itself twice": r"\def\a{\a\a}",
    "each other": r"\def\a{\b}\def\b{\a}",
    "a long body": r"\def\a{" + "x" * 1_500 + r"\b\b\b\b\b\b\b\b\b\b\b\b\b\b}" + r"\def\b{" + "x" * 1_900 + "}",
}


@pytest.mark.parametrize("name", TOO_MUCH)
def test_beyond_the_limits_a_formula_stays_as_it_is(name: str) -> None:
    assert expanded(TOO_MUCH[name], r"\a = 1") == r"\a = 1"


def test_all_formulas_of_a_text_share_a_limit() -> None:
    known = Macros()
    known.learn(TOO_MUCH["twice as many each time"])
    start = time.process_time()
    for _ in range(3_000):
        known.expanded(Excerpt.whole(r"\a = 1"))
    assert time.process_time() - start < 20
    assert known.work <= 0


def test_an_argument_that_itself_grows() -> None:
    assert len(expanded(r"\def\a#1{\a{#1#1}}", r"\a{x}")) < macros.MAX_LENGTH
