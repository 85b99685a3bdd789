"""LaTeX: articles and fragments compile without a complaint, and prose means itself."""

import re
from functools import cache
from itertools import product

import pytest

from symconv.notation.layout import Display
from symconv.notation.measure import LINE
from symconv.notation.tree import Style, Symbol, equals
from symconv.writing.composers import TALL, Latex, LatexFragment
from tests.tools import latex_problems
from tests.writing.cases import EIGHT, LAYERS, each_detail, each_layer, sampled, written

LONG = int(TALL // LINE)
"""The most rows of plain text that stay together."""
BEGIN = "\\begin{document}"
HOST = "\\documentclass{{article}}\n\\usepackage{{amsmath}}\n\\begin{{document}}\n{}\n\\end{{document}}\n"
"""A document of somebody else, which loads amsmath and nothing more."""


@cache
def hosted(layer, detail):
    """What pdflatex says against a fragment in such a document."""
    return latex_problems(HOST.format(written(layer, "latex-fragment", detail)))


# The documents


THIRD = list(LAYERS)[::3]
"""Each layer is set in full as an article and in brief as a fragment, these the other way round too."""


@pytest.mark.parametrize(("layer", "detail"), [*product(LAYERS, ["full"]), *product(THIRD, ["brief"])])
def test_an_article_compiles_without_a_complaint(layer, detail):
    assert latex_problems(written(layer, "latex", detail)) == []


@pytest.mark.parametrize("rows", EIGHT)
def test_every_small_size_compiles_without_a_complaint(rows):
    articles = []
    for columns in EIGHT:
        detail, derivation = list(sampled((rows, columns)).items())[(rows + columns) % 2]
        articles.append(derivation.render("latex", detail=detail))
    assert latex_problems(bound(articles)) == []


def bound(articles):
    """One article with the contents of several, each from a page of its own on."""
    preamble = articles[0].partition(BEGIN)[0]
    contents = [article.partition(BEGIN)[2].removesuffix("\\end{document}\n") for article in articles]
    return preamble + BEGIN + "\\clearpage\n".join(contents) + "\\end{document}\n"


@pytest.mark.parametrize(("layer", "detail"), [*product(LAYERS, ["brief"]), *product(THIRD, ["full"])])
def test_a_fragment_needs_nothing_but_amsmath(layer, detail):
    assert [problem for problem in hosted(layer, detail) if not problem.startswith("Overfull")] == []


@each_layer
def test_prose_and_tables_of_a_fragment_stay_within_the_line(layer):
    assert [problem for problem in hosted(layer, "brief") if "Overfull" in problem and "in paragraph" in problem] == []


@each_layer
@each_detail
def test_nothing_is_left_unprinted(layer, detail):
    for to in ("latex", "latex-fragment"):
        text = written(layer, to, detail)
        assert re.findall(r"\b(?:None|True|False|Undefined)\b|object at 0x|\{%|%\(|[\u2060\t]", text) == []


@each_layer
@each_detail
def test_lines_and_sections_are_tidy(layer, detail):
    text = written(layer, "latex", detail)
    assert text.endswith("\\end{document}\n")
    assert "\n\n\n" not in text
    assert re.findall(r"[ \t]\n", text) == []
    assert re.findall(r"\\section\*\{.*\}\s*\\(?:section|end\{document)", text) == []


@each_layer
def test_equations_have_the_numbers_that_they_have_in_markdown(layer):
    pages = [written(layer, to, "full") for to in ("markdown", "latex", "latex-fragment")]
    (numbers, *others) = [re.findall(r"\\tag\{(\d+)\}", page) for page in pages]
    assert others == [numbers, numbers]


@each_layer
def test_the_same_input_gives_the_same_bytes(layer):
    known = LAYERS[layer]
    again = type(known)(known.layer, known.style)
    assert again.render("latex", detail="brief") == written(layer, "latex", "brief")


# The composers


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("plain, (with) [brackets]", "plain, (with) [brackets]"),
        ("50% of a_b & #1 for $2", r"50\% of a\_b \& \#1 for \$2"),
        (r"{\delta}", r"\{\textbackslash{}delta\}"),
        ("a^b~c<d>e", r"a\textasciicircum{}b\textasciitilde{}c\textless{}d\textgreater{}e"),
        ("3×3", r"3$\times$3"),
    ],
)
def test_prose_means_itself(text, escaped):
    assert Latex(Style()).escape(text) == escaped


def test_special_characters_compile():
    composer = LatexFragment(Style())
    everything = "".join(map(chr, range(0x20, 0x7F))) + "×°’“”–"
    page = composer.heading(2, composer.escape(everything)) + composer.table([[composer.escape(everything)]])
    assert [problem for problem in latex_problems(HOST.format(page)) if problem.startswith(("!", "Missing"))] == []


def test_a_command_stays_what_it_is_and_within_the_line():
    command = 'symconv derive conv --names "X=x,G=\\delta" ' + " ".join(["--padding 0:1x0:1"] * 6)
    code = Latex(Style()).code(command)
    assert code.startswith("\\begin{verbatim}\n")
    lines = code.splitlines()[1:-2]
    assert max(map(len, lines)) <= 62
    assert " ".join(line.strip().removesuffix(" \\") for line in lines) == command


def display(rows):
    return Display(tuple(equals(Symbol("X", (row,)), Symbol("F")) for row in range(rows)))


def test_only_a_long_display_may_break_across_pages():
    composer = Latex(Style())
    assert composer.display(display(LONG)).startswith("\\begin{equation*}")
    assert composer.display(display(LONG + 1)).startswith("\\begin{align*}")


@pytest.mark.parametrize("composer", [Latex, LatexFragment])
@pytest.mark.parametrize("rows", [1, LONG, LONG + 1])
def test_a_numbered_display_shows_its_number(composer, rows):
    assert r"\tag{7}" in composer(Style()).display(display(rows), 7)


@pytest.mark.parametrize(
    ("composer", "commands"),
    [
        (Latex, (r"\symconvtitle", r"\section*", r"\subsection*")),
        (LatexFragment, (r"\section*", r"\subsection*", r"\subsubsection*")),
    ],
)
def test_headings_have_the_commands_of_their_level(composer, commands):
    for level, command in enumerate(commands, start=1):
        assert composer(Style()).heading(level, "Title") == f"{command}{{Title}}\n\n"


def test_a_table_has_a_rule_under_its_header():
    assert Latex(Style()).table([["a", "b"]], ["A", "B"]).count(r"\midrule") == 1
    assert r"\midrule" not in Latex(Style()).table([["a", "b"]])
