"""Documents built of pieces: exactly the formulas that were put into them are found, where they were put."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symconv.checking.sources import Source
from tests.checking.sources.finding import same_signs, sound
from tests.strategies import examples

FORMULAS = (
    "y = x",
    "y_{11} = x_{11} w_{11} + x_{12} w_{12}",
    r"\frac{\partial L}{\partial x_{1}} = \sum_{i} \delta_i",
    r"a \left[ b \right] = \{c\}",
    r"y = 1 \text{ where $i$ is odd}",
    "∂L/∂w = δ * x'",
    "f(x, y) < 5",
)
MARKDOWN = (
    "So ${}$ holds.",
    "${}$ and $ {} $, (${}$)",
    "Then $$ {} $$ follows.",
    "$$\n{}\n$$",
    "text\n$$\n{}\n+ 1\n$$ and ${}$",
    "\\[ {} \\] and \\({}\\)",
    "\\\\[ {} \\\\] and \\\\({}\\\\)",
    "$`{}`$ or {{math}}`{}`",
    "```math\n{}\n```",
    "> a quotation\n> $$\n> {}\n> $$\n> and ${}$",
    "- an item ${}$\n- another\n  $$\n  {}\n  $$",
    "1. so\n\n   $$ {} $$\n2. ${}$",
    "# About ${}$",
    "\\begin{{align}}\n{}\n\\end{{align}}",
    "| a | b |\n|---|---|\n| ${}$ | `$n$` |",
    "<div>\n${}$\n</div>",
    "**${}$** and *${}$*",
)
NO_MARKDOWN = (
    "Nothing here.",
    "It costs $5, or 6$.",
    "`$n = 1$` and ``$$n$$``",
    "```\n$n = 1$\n\n$$\nn\n$$\n```",
    "~~~python\nn = '$'\n~~~",
    "<!-- $n = 1$ -->",
    "<pre>\n$n = 1$\n</pre>",
    "escaped \\$n = 1\\$",
    '[a link](there.html "title") and <b>bold</b>',
    "---",
    "> a quotation",
    "\\newcommand{\\n}{m}",
)
TEX = (
    "So ${}$ holds.",
    "${}$ and \\( {} \\), (${}$)",
    "$$ {} $$ \\[ {} \\]",
    "\\begin{{equation}} {} \\end{{equation}}",
    "\\begin{{align*}}\n{}\n\\end{{align*}}",
    "\\begin{{itemize}}\\item ${}$\\end{{itemize}}",
    "5\\% of ${}$ % and not $n$",
)
NO_TEX = (
    "Nothing here.",
    "% $n = 1$",
    "\\verb|$n$| \\verb+$+",
    "\\begin{verbatim}\n$n = 1$ %\n\\end{verbatim}",
    "\\begin{lstlisting}\n\\[ n \\]\n\\end{lstlisting}",
    "costs 5\\$ or 6\\$",
    "\\newcommand{\\n}[1]{m}",
    "\\input{other}",
)
Piece = tuple[str, tuple[str, ...]]


def pieces(with_formulas: tuple[str, ...], without: tuple[str, ...]) -> st.SearchStrategy[list[Piece]]:
    filled = st.sampled_from(with_formulas).flatmap(
        lambda form: st.tuples(st.just(form), st.tuples(*[st.sampled_from(FORMULAS)] * form.count("{}")))
    )
    return st.lists(filled | st.sampled_from(without).map(lambda text: (text, ())), max_size=8)


def built(document: list[Piece], end: str = "\n") -> tuple[str, list[tuple[int, str]]]:
    """The text, and where the formulas are in it."""
    text, expected = "", []
    for form, formulas in document:
        parts = form.split("{}") if formulas else [form]
        for part, formula in zip(parts, (*formulas, None), strict=True):
            text += part.replace("{{", "{").replace("}}", "}") if formulas else part
            if formula is not None:
                expected.append((len(text), formula))
                text += formula
        text += "\n\n"
    expected = [(at + text.count("\n", 0, at) * (len(end) - 1), formula) for at, formula in expected]
    return text.replace("\n", end), expected


def placed(source: Source) -> list[tuple[int, str]]:
    return [(passage.offset(0), re.sub(r"\s*\+ 1$", "", passage.text)) for passage in source.passages]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@given(document=pieces(MARKDOWN, NO_MARKDOWN))
@examples(300)
def test_markdown(end: str, document: list[Piece]) -> None:
    text, expected = built(document, end)
    source = sound(text, "markdown")
    assert placed(source) == expected
    assert same_signs(source)


@given(document=pieces(TEX, NO_TEX))
@examples(300)
def test_tex(document: list[Piece]) -> None:
    text, expected = built(document)
    source = sound(text, "tex")
    assert placed(source) == expected
    assert same_signs(source)


@given(documents=st.lists(pieces(MARKDOWN, NO_MARKDOWN), max_size=3), ascii_only=st.booleans(), lines=st.booleans())
@examples(150)
def test_notebooks(documents: list[list[Piece]], ascii_only: bool, lines: bool) -> None:
    cells = [built(document) for document in documents]
    sources = [text.splitlines(keepends=True) if lines else text for text, _ in cells]
    notebook = {"cells": [{"cell_type": "markdown", "source": source} for source in sources], "nbformat": 4}
    source = sound(json.dumps(notebook, ensure_ascii=ascii_only), "notebook")
    found = []
    for passage, (_, formula) in zip(source.passages, placed(source), strict=True):
        cell = source.cell(passage.offset(0))
        assert cell is not None
        found.append((cell.number, cell.place(passage.offset(0)), formula))
    assert found == [
        (number, (text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)), formula)
        for number, (text, expected) in enumerate(cells, start=1)
        for at, formula in expected
    ]
