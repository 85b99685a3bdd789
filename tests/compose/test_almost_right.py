"""The page of five rules: every verdict on it is a proof's, and it can be read."""

import pytest

from symconv.compose.almost_right import RULES, almost_right, decided
from tests.claims import Sizes, holds, small_sizes
from tests.tools import display_math, github_refuses, inline_math, katex_errors, latex_problems, math_blocks


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_holds_where_the_page_says_so_and_the_right_one_too(rule):
    shown = decided(rule)
    *right, wrong = shown["verdicts"]
    assert right
    assert all(verdict["holds"] for verdict in right)
    assert not wrong["holds"]
    assert shown["right_holds"]
    assert shown["sides"]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_loops_find_the_same_first_sizes(rule):
    """Under conditions that keep all the paddings of some sizes out, the first that fail are still those."""
    s, d = rule.fails
    first = {relation.sides[0].letter: relation.sides[1].value for relation in decided(rule)["first"]}
    bare = [sizes for sizes in small_sizes(s, d) if sizes.a == sizes.c == 0]
    assert next(sizes for sizes in bare if not holds(sizes, rule.claim)) == Sizes(**first, s=s, d=d)
    assert all(holds(sizes, rule.right) for sizes in bare)


def test_the_page_is_read_by_katex_and_github():
    page = almost_right("markdown")
    assert katex_errors(math_blocks(page)) == []
    assert [found for block in display_math(page) for found in github_refuses(block)] == []
    assert [found for block in inline_math(page) for found in github_refuses(block, inline=True)] == []
    for rule in RULES:
        assert rule.claim in page


def test_the_page_is_set_by_latex():
    assert latex_problems(almost_right("latex")) == []
