"""One composer per format: how headings, paragraphs, tables and mathematics look there.

Templates call these by name and are the same for every format. A composer escapes prose itself and gets mathematics
as trees, so nothing that a user types reaches a page unescaped.
"""

from __future__ import annotations

import math
import re
import textwrap
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar

from symconv.notation.latex import TEX_COLOURS, WEB_COLOURS, LatexPrinter
from symconv.notation.layout import Display, line_sizes
from symconv.notation.measure import is_tall
from symconv.notation.tree import Node, Style

TALL = 18.0
"""em; a taller display may break across pages."""
WIDE = 47.0
"""em; a line of an article."""
COMMAND_WIDTH = 60
TABLE_ROWS = 20
"""So many rows, with a fraction each, fit on a page beside the text around them."""


class Composer(ABC):
    """What a template may ask for; every method returns text of the format."""

    page: ClassVar[str]
    colours: ClassVar[Mapping[str, str] | None]

    def __init__(self, style: Style) -> None:
        self.printer = LatexPrinter(style, self.colours)

    @abstractmethod
    def escape(self, text: str) -> str:
        """Prose that means itself."""

    @abstractmethod
    def delimited(self, mathematics: str) -> str:
        """Printed mathematics as part of a line of prose."""

    def math(self, node: Node) -> str:
        """Mathematics within a line."""
        return self.delimited(self.printer(node))

    def large(self, node: Node) -> str:
        """Mathematics within a line or a table at the size of a display, so that fractions can be read."""
        return self.delimited(rf"\displaystyle {self.printer(node)}")

    @abstractmethod
    def display(self, display: Display, number: int | None = None) -> str:
        """Mathematics on lines of its own, with its number where it has one."""

    @abstractmethod
    def heading(self, level: int, text: str) -> str: ...

    @abstractmethod
    def table(self, rows: Sequence[Sequence[str]], header: Sequence[str] = ()) -> str: ...

    @abstractmethod
    def code(self, text: str, language: str = "sh") -> str:
        """A command to type, or a text of another language, line by line."""

    def finish(self, text: str) -> str:
        """The whole text, tidied: no space at line ends, one blank line between blocks, one newline at the end."""
        text = re.sub(r"[ \t]+\n", "\n", text)
        return re.sub(r"\n{3,}", "\n\n", text).strip("\n") + "\n"

    @abstractmethod
    def mark(self, text: str) -> str:
        """A comment that readers do not see."""


class Markdown(Composer):
    """Markdown as GitHub reads it: fenced blocks and backticked dollars keep TeX from its inline rules."""

    page = "page.md.jinja"
    colours = WEB_COLOURS

    def escape(self, text: str) -> str:
        return re.sub(r"([\\`*_\[\]<>$|#])", r"\\\1", text)

    def delimited(self, mathematics: str) -> str:
        return f"$`{mathematics}`$"

    def display(self, display: Display, number: int | None = None) -> str:
        return f"```math\n{self._body(display, number)}\n```\n\n"

    def _body(self, display: Display, number: int | None) -> str:
        tag = rf" \tag{{{number}}}" if number is not None else ""
        return self.printer.display(display) + tag

    def heading(self, level: int, text: str) -> str:
        return f"{'#' * level} {text}\n\n"

    def table(self, rows: Sequence[Sequence[str]], header: Sequence[str] = ()) -> str:
        width = len(rows[0])
        lines = [header or [""] * width, ["---"] * width, *rows]
        return "".join(f"| {' | '.join(line)} |\n" for line in lines) + "\n"

    def code(self, text: str, language: str = "sh") -> str:
        return f"```{language}\n{text.rstrip()}\n```\n\n"

    def mark(self, text: str) -> str:
        return f"<!-- {text.replace('-->', '')} -->\n\n"


class MarkdownDollars(Markdown):
    """Markdown for readers that want dollars: Jupyter, Pandoc, Obsidian and others."""

    def delimited(self, mathematics: str) -> str:
        return f"${mathematics}$"

    def display(self, display: Display, number: int | None = None) -> str:
        return f"$$\n{self._body(display, number)}\n$$\n\n"


class Latex(Composer):
    """An article; displays that are too wide are shrunk to the line, long lists break across pages."""

    page = "article.tex.jinja"
    colours: ClassVar[Mapping[str, str] | None] = TEX_COLOURS
    _SPECIAL: ClassVar[Mapping[str, str]] = {
        "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
        "×": r"$\times$", "≈": r"$\approx$", "^": r"\textasciicircum{}",
        "~": r"\textasciitilde{}", "<": r"\textless{}", ">": r"\textgreater{}",
    }  # fmt: skip

    def escape(self, text: str) -> str:
        return "".join(self._SPECIAL.get(letter, letter) for letter in text)

    def delimited(self, mathematics: str) -> str:
        return f"${mathematics}$"

    def display(self, display: Display, number: int | None = None) -> str:
        tag = rf" \tag{{{number}}}" if number is not None else ""
        if not display.boxed and self._may_break(display):
            body = self.printer.joined(self.printer.rows(display))
            return f"\\begin{{align*}}\n{body}{tag}\n\\end{{align*}}\n\n"
        body = self._fitted(self.printer.display(display))
        return f"\\begin{{equation*}}\n{body}{tag}\n\\end{{equation*}}\n\n"

    def _may_break(self, display: Display) -> bool:
        """Whether a display is tall, and its lines narrow enough to need no shrinking."""
        sizes = line_sizes(display, self.printer.style)
        return sum(height for _, height in sizes) > TALL and all(width <= WIDE for width, _ in sizes)

    def _fitted(self, body: str) -> str:
        return rf"\symconvfit{{{body}}}"

    def large(self, node: Node) -> str:
        strut = r" \rule[-11pt]{0pt}{28pt}" if is_tall(node, self.printer.style) else ""
        return super().large(node) + strut

    def finish(self, text: str) -> str:
        """A display belongs to the paragraph before it, so no blank line stands between the two."""
        return re.sub(r"\n\n(\\begin\{(?:equation|align)\*\})", r"\n\1", super().finish(text))

    def heading(self, level: int, text: str) -> str:
        command = {1: r"\symconvtitle", 2: r"\section*", 3: r"\subsection*"}[level]
        return f"{command}{{{text}}}\n\n"

    def table(self, rows: Sequence[Sequence[str]], header: Sequence[str] = ()) -> str:
        """A long table is several, because none breaks across pages."""
        count = math.ceil(len(rows) / TABLE_ROWS)
        each = math.ceil(len(rows) / count)
        return "".join(self._whole_table(rows[at : at + each], header) for at in range(0, len(rows), each))

    def _whole_table(self, rows: Sequence[Sequence[str]], header: Sequence[str]) -> str:
        columns = "l" * (len(rows[0]) - 1) + "X"
        body = "".join(f"{' & '.join(line)} \\\\[2pt]\n" for line in rows)
        head = f"{' & '.join(header)} \\\\\n\\midrule\n" if header else ""
        return f"\\begin{{symconvtable}}{{{columns}}}\n{head}{body}\\end{{symconvtable}}\n\n"

    def code(self, text: str, language: str = "sh") -> str:
        if language != "sh":
            return f"\\begin{{verbatim}}\n{text.rstrip()}\n\\end{{verbatim}}\n\n"
        lines = textwrap.wrap(
            text, COMMAND_WIDTH, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False
        )
        broken = " \\\n".join(lines)
        return f"\\begin{{verbatim}}\n{broken}\n\\end{{verbatim}}\n\n"

    def mark(self, text: str) -> str:
        return f"% {text}\n"


class LatexFragment(Latex):
    """The same to paste into a document that loads amsmath: no preamble, no colours, nothing shrunk."""

    page = "fragment.tex.jinja"
    colours = None
    _COLUMNS: ClassVar[Mapping[int, str]] = {
        2: r"p{0.22\linewidth}p{0.66\linewidth}",
        3: r"llp{0.5\linewidth}",
    }

    def heading(self, level: int, text: str) -> str:
        command = {1: r"\section*", 2: r"\subsection*", 3: r"\subsubsection*"}[level]
        return f"{command}{{{text}}}\n\n"

    def _fitted(self, body: str) -> str:
        return body

    def _whole_table(self, rows: Sequence[Sequence[str]], header: Sequence[str]) -> str:
        columns = self._COLUMNS.get(len(rows[0]), "l" * len(rows[0]))
        lines = [*([header] if header else []), *rows]
        body = "".join(f"{' & '.join(line)} \\\\\n" for line in lines)
        return f"\\begin{{center}}\n\\begin{{tabular}}{{{columns}}}\n{body}\\end{{tabular}}\n\\end{{center}}\n\n"


COMPOSERS: Mapping[str, type[Composer]] = {
    "markdown": Markdown,
    "markdown-dollars": MarkdownDollars,
    "latex": Latex,
    "latex-fragment": LatexFragment,
}
SUFFIXES: Mapping[str, str] = {".md": "markdown", ".markdown": "markdown", ".tex": "latex"}
