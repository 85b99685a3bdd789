"""Mathematics in TeX."""

import pytest

from tests.checking.sources.finding import found, same_signs, sound, texts

DOCUMENT = r"""\documentclass{article}
\usepackage{amsmath} % for $y = x$
\newcommand{\pd}[2]{\frac{\partial #1}{\partial #2}}
\begin{document}
Costs 5\$ and 3\% more: %s
\end{document}
Behind it $w$.
"""
CASES = {
    "inline": (r"so $y = x$ and \(z\)", ("inline", "y = x"), ("inline", "z")),
    "displays": (r"$$y = x$$ \[z = y\]", ("display", "y = x"), ("display", "z = y")),
    "an environment": (r"\begin{equation} y = x \end{equation}", ("display", "y = x")),
    "rows": (r"\begin{align*} y &= x \\[2pt] z &= y \end{align*}", ("display", r"y &= x \\[2pt] z &= y")),
    "old rows": (r"\begin{eqnarray} y &=& x \end{eqnarray}", ("display", "y &=& x")),
    "an argument": (r"\begin{alignat}{2} y &= x \end{alignat}", ("display", "y &= x")),
    "broken lines": (r"\begin{dmath*} y = x \end{dmath*}", ("display", "y = x")),
    "inline environment": (r"\begin{math}y = x\end{math}", ("inline", "y = x")),
    "rows in a display": (
        r"\begin{equation}\begin{aligned} y &= x \end{aligned}\end{equation}",
        ("display", r"\begin{aligned} y &= x \end{aligned}"),
    ),
    "equations with one number": (r"\begin{subequations}\begin{gather} y = x \end{gather}\end{subequations}",
                                  ("display", "y = x")),
    "a table": (r"\begin{tabular}{l} $y$ & so \\ \end{tabular}", ("inline", "y")),
    "a comment": ("$y$ % $x$\n$z$", ("inline", "y"), ("inline", "z")),
    "a comment that closes nothing": ("\\[ y = x \\\\ % \\]\n z = y \\]", ("display", "y = x \\\\     \n z = y")),
    "a percent sign": (r"5\% of $y$", ("inline", "y")),
    "a row before a percent sign": ("$y \\\\% x$\n$ and $z$", ("inline", "y \\\\"), ("inline", "z")),
    "verb": (r"\verb|$y$| \verb*+$y$+ $z$", ("inline", "z")),
    "verbatim": ("\\begin{verbatim}\n$y$ % \n\\end{verbatim} $z$", ("inline", "z")),
    "listings": ("\\begin{lstlisting}\n\\[ y \\]\n\\end{lstlisting} \\lstinline|$y$| $z$", ("inline", "z")),
    "left out": (r"\iffalse $y$ \fi $z$", ("inline", "z")),
    "addresses": (r"\url{a$b$c} $z$", ("inline", "z")),
    "dollars within text": (r"$y = 1 \text{ if $i$ is odd}$", ("inline", r"y = 1 \text{ if $i$ is odd}")),
    "a dollar too many": ("costs $5\n\nthen $y$", ("inline", "y")),
    "another file": (r"\input{other} \include{other} $y$", ("inline", "y")),
    "in pieces": ("$y$ = $x$", ("inline", "y = x")),
    "words": ("$first second third fourth$", ("inline", "first second third fourth")),
    "nothing": ("", ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_finding(name: str) -> None:
    text, *expected = CASES[name]
    assert found(text, "tex") == expected
    assert same_signs(sound(text, "tex"))


@pytest.mark.parametrize("name", CASES)
def test_only_the_body_of_a_document(name: str) -> None:
    text, *expected = CASES[name]
    assert found(DOCUMENT.replace("%s", "\n" + text)) == expected


SHORT = r"""\newcommand{\be}{\begin{equation}} \def\ee{\end{equation}} \newcommand\beq{\[} \newcommand\eeq{\]}
\begin{document} \be y = x \ee \beq z = \best \eeq \end{document}"""


def test_commands_for_displays() -> None:
    source = sound(SHORT, "tex")
    assert [passage.text for passage in source.passages] == ["y = x", r"z = \best"]
    assert same_signs(source)


def test_definitions_hold_from_where_they_stand() -> None:
    text = r"$\L = 1$ \def\L{\mathcal{L}} $\L = 2$ \renewcommand{\L}{C} $\L = 3$ % \def\L{D}" + "\n" + r"$\L = 4$"
    assert texts(text, "tex") == [r"\L = 1", r"\mathcal{L} = 2", "C = 3", "C = 4"]


def test_places_of_what_is_expanded() -> None:
    text = DOCUMENT.replace("%s", r"$\pd{L}{x} = \pd y z$")
    source = sound(text)
    (passage,) = source.passages
    assert passage.text == r"\frac{\partial L}{\partial x} = \frac{\partial y}{\partial z}"
    assert text[passage.offset(0) :].startswith(r"\pd{L}")
    assert text[passage.stop :].startswith("$")
    assert {sign: text[passage.offset(passage.text.index(sign))] for sign in "L=z"} == {"L": "L", "=": "=", "z": "z"}


def test_prose_has_neither_preamble_nor_comments() -> None:
    assert sound(DOCUMENT.replace("%s", "so $y = x$"), "tex").prose.split() == [
        "Costs",
        "5\\$",
        "and",
        "3\\%",
        "more:",
        "so",
    ]
