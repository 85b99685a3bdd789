"""The equation of a finding, as text that is read quickly and as LaTeX that can be typeset."""

from __future__ import annotations

import re
from functools import lru_cache

from symconv.errors import UnreadError
from symconv.notation.latex import LatexPrinter
from symconv.notation.reading import statements
from symconv.notation.text import TextPrinter
from symconv.notation.tree import Node, Style

LETTERS_AS_WRITTEN = Style()
_TEX = re.compile(r"[\\{}&]")


@lru_cache(maxsize=10_000)
def as_text(equation: str) -> str:
    r"""An equation on one line of plain text; what cannot be read, as it was written.

    >>> as_text(r"\frac{\partial E}{\partial w_{12}} = \delta_{11} a_{12} + \delta_{12} a_{13}")
    '∂E/∂w_12 = δ_11·a_12 + δ_12·a_13'
    >>> as_text("dL/dF11 =  dO11*X11"), as_text(r"\oops{ = ")
    ('dL/dF11 = dO11*X11', '\\oops{ =')
    """
    if not _TEX.search(equation):
        return one_line(equation)
    nodes = _nodes(equation)
    return one_line(", ".join(map(TextPrinter(LETTERS_AS_WRITTEN), nodes)) if nodes else equation)


def as_latex(equation: str) -> str:
    r"""An equation as LaTeX that any typesetter takes; empty where it is plain text or cannot be read.

    >>> as_latex(r"w_{11} &= \left( a \right) b \\")
    'w_{11} = a \\cdot b'
    >>> as_latex("dL/dF11 = dO11*X11")
    ''
    """
    nodes = _nodes(equation) if _TEX.search(equation) else ()
    return r" \quad ".join(map(LatexPrinter(LETTERS_AS_WRITTEN), nodes))


def one_line(text: str) -> str:
    r"""A text with single spaces and nothing that a terminal could obey.

    >>> one_line("a\n  = \x1b[31mb")
    'a = [31mb'
    """
    return "".join(letter for letter in " ".join(text.split()) if letter.isprintable())


def shortened(text: str, width: int) -> str:
    """A text of at most so many characters.

    >>> shortened("a = b + c + d", 9)
    'a = b + …'
    """
    return text if len(text) <= width else text[: width - 1] + "…"


def _nodes(equation: str) -> tuple[Node, ...]:
    try:
        return tuple(each.node for each in statements(equation))
    except UnreadError:
        return ()
