"""Markdown: readers show every formula, and the page between the formulas is tidy."""

import importlib.util
import re

import pytest

from symconv.notation.tree import Style, Symbol, equals
from symconv.writing.composers import Markdown, MarkdownDollars
from tests.tools import display_math, github_refuses, inline_math, katex_errors, math_blocks, prose, require
from tests.writing.cases import DETAILS, EIGHT, LAYERS, each_detail, each_layer, sampled, written

UNPRINTED = re.compile(r"\b(?:None|True|False|nan|Undefined)\b|object at 0x|\w\(\w+=|\w\.\w+\(")
"""What is left where a value reaches a page as Python shows it."""
TEMPLATE = re.compile(r"\{\{|\}\}|\{%|%\}|%\(")


def lines_outside_fences(page):
    return re.sub(r"^```.*?^```$", "", page, flags=re.DOTALL | re.MULTILINE).splitlines()


def blocks(page):
    """What blank lines divide: headings, paragraphs, tables and fences."""
    return page.strip().split("\n\n")


# The mathematics


def complaints(pages):
    """What KaTeX and GitHub have against any formula of the pages."""
    found = katex_errors([block for page in pages for block in math_blocks(page)])
    for page in pages:
        found += [refused for block in display_math(page) for refused in github_refuses(block)]
        found += [refused for block in inline_math(page) for refused in github_refuses(block, inline=True)]
    return found


@each_layer
def test_katex_and_github_accept_every_formula(layer):
    pages = [written(layer, "markdown", detail) for detail in DETAILS]
    assert all(display_math(page) for page in pages)
    assert complaints(pages) == []


@pytest.mark.parametrize("rows", EIGHT)
def test_katex_and_github_accept_every_formula_of_every_small_size(rows):
    derivations = [sampled((rows, columns)) for columns in EIGHT]
    assert complaints([one.render(detail=detail) for pair in derivations for detail, one in pair.items()]) == []


@each_layer
def test_both_dialects_say_the_same(layer):
    ticked, dollars = written(layer, "markdown", "full"), written(layer, "markdown-dollars", "full")
    assert math_blocks(dollars) == math_blocks(ticked)
    assert prose(dollars) == prose(ticked)


@each_layer
def test_commonmark_leaves_the_mathematics_alone(layer):
    require(importlib.util.find_spec("markdown_it"), "markdown-it-py")
    from markdown_it import MarkdownIt

    page = written(layer, "markdown", "full")
    tokens = MarkdownIt("commonmark").enable("table").parse(page)
    inner = [child for token in tokens for child in token.children or ()]
    assert [token.content.rstrip("\n") for token in tokens if token.info == "math"] == display_math(page)
    assert [child.content for child in inner if child.type == "code_inline"] == inline_math(page)


@each_layer
def test_formulas_within_lines_open_and_close_as_readers_want(layer):
    """GitHub wants no letter or digit beside them, Pandoc no space inside dollars, tables no bar."""
    for to in ("markdown", "markdown-dollars"):
        page = written(layer, to, "full")
        assert [body for body in inline_math(page) if body != body.strip() or "|" in body] == []
        lines = "\n".join(lines_outside_fences(page))
        assert re.findall(r"\w\$`|`\$\w", lines) == []


# The page


@each_layer
@each_detail
def test_lines_have_nothing_at_their_ends(layer, detail):
    page = written(layer, "markdown", detail)
    assert [line for line in lines_outside_fences(page) if line != line.strip()] == []
    assert page.endswith("\n")
    assert not page.endswith("\n\n")
    assert "\n\n\n" not in page
    assert "\t" not in page


@each_layer
@each_detail
def test_blank_lines_divide_headings_from_text(layer, detail):
    page = written(layer, "markdown", detail)
    assert [block for block in blocks(page) if re.search(r"^#", block, re.MULTILINE) and "\n" in block] == []


@each_layer
@each_detail
def test_no_section_is_empty(layer, detail):
    parts = blocks(written(layer, "markdown", detail))
    following = [*parts[1:], "# the end"]
    assert [one for one, two in zip(parts, following, strict=True) if one.startswith("#") and two.startswith("#")] == []


@each_layer
@each_detail
def test_nothing_is_left_unprinted(layer, detail):
    page = written(layer, "markdown", detail)
    assert UNPRINTED.findall("\n".join([prose(page), *math_blocks(page)])) == []
    assert TEMPLATE.findall(prose(page)) == []
    assert re.findall(r"\\[A-Za-z]+|(?<!\\)\$", prose(page)) == []


@each_layer
def test_rows_of_a_table_have_equally_many_cells(layer):
    tables = [block for block in blocks(written(layer, "markdown", "full")) if block.startswith("|")]
    assert tables
    for table in tables:
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}) == 1


@each_layer
def test_references_point_at_numbers_that_are_there(layer):
    page = written(layer, "markdown", "full")
    numbers = re.findall(r"\\tag\{(\d+)\}", page)
    assert numbers == [str(number) for number in range(1, len(numbers) + 1)]
    assert set(re.findall(r"\((\d+)\)", prose(page))) <= set(numbers)


@each_layer
def test_the_same_input_gives_the_same_bytes(layer):
    known = LAYERS[layer]
    again = type(known)(known.layer, known.style)
    assert again.render("markdown") == written(layer, "markdown", "full")


# The composer


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("plain, with 3×3 (and 180°)", "plain, with 3×3 (and 180°)"),
        ("a_b*c", r"a\_b\*c"),
        ("`code` [link] <b> $x$ a|b #1", r"\`code\` \[link\] \<b\> \$x\$ a\|b \#1"),
        ("\\", "\\\\"),
    ],
)
def test_prose_means_itself(text, escaped):
    assert Markdown(Style()).escape(text) == escaped


def test_a_comment_cannot_end_early():
    comment = Markdown(Style()).mark("a --> b -- --names X=x")
    assert comment.count("-->") == 1
    assert comment.endswith("-->\n\n")


@pytest.mark.parametrize(
    ("composer", "inline"), [(Markdown, "$`X = \\mathcal{L}`$"), (MarkdownDollars, "$X = \\mathcal{L}$")]
)
def test_mathematics_within_a_line(composer, inline):
    style = Style({"L": r"\mathcal{L}"})
    assert composer(style).math(equals(Symbol("X"), Symbol("L"))) == inline


def test_a_table_has_a_header_row_even_without_header():
    composer = Markdown(Style())
    assert composer.table([["a", "b"]]) == "|  |  |\n| --- | --- |\n| a | b |\n\n"
    assert composer.table([["a", "b"]], ["A", "B"]) == "| A | B |\n| --- | --- |\n| a | b |\n\n"
