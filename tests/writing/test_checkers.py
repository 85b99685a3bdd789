"""The checkers of written mathematics: each of them finds what it is there to find."""

import pytest

from tests.tools import (
    display_math,
    github_refuses,
    inline_math,
    katex_errors,
    latex_problems,
    math_blocks,
    prose,
    require,
)

PAGE = r"""<!-- Generated: $`no`$ -->

# Title

Let $`X`$ be \$5, and $`F_{12}`$ too.

```math
a &= b \\
c &= d
```

```sh
echo $`no`$
```

```math
e
```
"""


def test_mathematics_is_found_in_fences_and_backticks():
    assert display_math(PAGE) == ["a &= b \\\\\nc &= d", "e"]
    assert inline_math(PAGE) == ["X", "F_{12}"]
    assert math_blocks(PAGE) == display_math(PAGE) + inline_math(PAGE)


def test_mathematics_is_found_between_dollars():
    page = "Let $X$ be \\$5, and $F_{12}$ too.\n\n$$\na \\\\\nb\n$$\n"
    assert display_math(page) == ["a \\\\\nb"]
    assert inline_math(page) == ["X", "F_{12}"]


def test_prose_is_what_is_neither_mathematics_nor_code():
    assert prose(PAGE).split() == ["#", "Title", "Let", "be", "\\$5,", "and", "too."]


@pytest.mark.parametrize("block", [r"\frac{a}", r"\unknown", "é", "a & b", r"\begin{bmatrix} a", "\u2060x", "a $ b"])
def test_katex_reports_a_bad_block(block):
    (error,) = katex_errors(["x", block, "y"])
    assert error.endswith(f" in {block}")


def test_katex_accepts_good_blocks():
    assert katex_errors([r"\frac{a}{b} \tag{1}", r"\begin{aligned} a &= b \\ &= c \end{aligned}"]) == []


@pytest.mark.parametrize(
    "block",
    [
        r"\operatorname{rot} F",
        r"\mbox{for all}",
        r"\phantom{x}",
        r"\vphantom{x}",
        r"\bm{x}",
        r"\hspace*{1em}",
        r"\raisebox{1pt}{x}",
        r"\begin{align} a \intertext{and} b \end{align}",
        r"\cellcolor{red} x",
        r"\bbox{x}",
        r"\begin{multline} a \end{multline}",
        r"a \label{one}",
        r"\eqref{one}",
        r"a \\ b",
        r"\begin{aligned} a \end{aligned} \\ b",
    ],
)
def test_the_lint_reports_what_github_refuses(block):
    assert len(github_refuses(block)) == 1


def test_the_lint_reports_a_number_within_a_line():
    assert github_refuses(r"a \tag{1}") == []
    assert github_refuses(r"a \tag{1}", inline=True) == [r"\tag within a line"]


@pytest.mark.parametrize(
    "block", [r"\mathrm{rot180}", r"\hspace{1em}", r"\begin{bmatrix} a \\ b \end{bmatrix}", r"\boxed{a}", r"\beta"]
)
def test_the_lint_lets_the_rest_pass(block):
    assert github_refuses(block, inline=True) == []


def document(body, preamble=""):
    return f"\\documentclass{{article}}\n{preamble}\\begin{{document}}\n{body}\n\\end{{document}}\n"


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (r"\undefined", "! Undefined control sequence."),
        (r"$\frac{a}{b}", "! Missing $ inserted."),
        (r"\noindent\rule{2\textwidth}{1pt}", "Overfull \\hbox"),
        ("∂", "! LaTeX Error: Unicode character ∂"),
        (r"{\font\symbols=cmsy10 \symbols \char'377}", "Missing character: "),
        (r"\ref{nothing}", "LaTeX Warning: Reference"),
        (r"{\ttfamily\textbackslash}", "LaTeX Font Warning: "),
    ],
)
def test_pdflatex_reports_a_bad_document(body, problem):
    assert any(line.startswith(problem) for line in latex_problems(document(body)))


def test_pdflatex_reports_a_document_without_a_page():
    assert latex_problems(document("")) == ["! no PDF"]


def test_pdflatex_accepts_a_good_document_and_two_points_too_many():
    wide = r"\noindent\rule{\dimexpr\textwidth+1.9pt}{1pt}"
    assert latex_problems(document(f"Hello. $a^2$\n\n{wide}")) == []


@pytest.mark.parametrize(("all_tools", "outcome"), [("", pytest.skip.Exception), ("1", pytest.fail.Exception)])
def test_a_missing_tool_skips_the_test_or_fails_it_where_all_are_asked_for(monkeypatch, all_tools, outcome):
    monkeypatch.setenv("SYMCONV_REQUIRE_TOOLS", all_tools)
    with pytest.raises(outcome, match="a tool is not installed"):
        require(None, "a tool")
