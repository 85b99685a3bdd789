"""One composer per format: how headings, paragraphs, tables and mathematics look there.

Templates call these by name and are the same for every format. A composer escapes prose itself and gets mathematics
as trees, so nothing that a user types reaches a page unescaped.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar

from symconv.notation.latex import TEX_COLOURS, WEB_COLOURS, LatexPrinter
from symconv.notation.layout import Display
from symconv.notation.tree import Node, Style

LONG = 8
"""A display of more rows may break across pages."""


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
    def math(self, node: Node) -> str:
        """Mathematics within a line."""

    @abstractmethod
    def display(self, display: Display, number: int | None = None) -> str:
        """Mathematics on lines of its own, with its number where it has one."""

    @abstractmethod
    def heading(self, level: int, text: str) -> str: ...

    @abstractmethod
    def table(self, rows: Sequence[Sequence[str]], header: Sequence[str] = ()) -> str: ...

    @abstractmethod
    def code(self, text: str) -> str:
        """A command to type."""

    @abstractmethod
    def mark(self, text: str) -> str:
        """A comment that readers do not see."""


class Markdown(Composer):
    """Markdown as GitHub reads it: fenced blocks and backticked dollars keep TeX from its inline rules."""

    page = "page.md.jinja"
    colours = WEB_COLOURS

    def escape(self, text: str) -> str:
        return re.sub(r"([\\`*_\[\]<>$|#])", r"\\\1", text)

    def math(self, node: Node) -> str:
        return f"$`{self.printer(node)}`$"

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

    def code(self, text: str) -> str:
        return f"```sh\n{text}\n```\n\n"

    def mark(self, text: str) -> str:
        return f"<!-- {text.replace('--', '- -')} -->\n\n"


class MarkdownDollars(Markdown):
    """Markdown for readers that want dollars: Jupyter, Pandoc, Obsidian and others."""

    def math(self, node: Node) -> str:
        return f"${self.printer(node)}$"

    def display(self, display: Display, number: int | None = None) -> str:
        return f"$$\n{self._body(display, number)}\n$$\n\n"


class Latex(Composer):
    """An article; displays that are too wide are shrunk to the line, long lists break across pages."""

    page = "article.tex.jinja"
    colours = TEX_COLOURS
    _SPECIAL: ClassVar[Mapping[str, str]] = {
        "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
        "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "<": r"\textless{}", ">": r"\textgreater{}",
    }  # fmt: skip

    def escape(self, text: str) -> str:
        return "".join(self._SPECIAL.get(letter, letter) for letter in text)

    def math(self, node: Node) -> str:
        return f"${self.printer(node)}$"

    def display(self, display: Display, number: int | None = None) -> str:
        tag = rf" \tag{{{number}}}" if number is not None else ""
        rows = self.printer.rows(display)
        if len(rows) > LONG and not display.boxed:
            return self._long(display, rows) + "\n"
        body = self._fitted(self.printer.display(display))
        return f"\\begin{{equation*}}\n{body}{tag}\n\\end{{equation*}}\n\n"

    def _long(self, display: Display, rows: Sequence[str]) -> str:
        name = "gather*" if display.flow == "packed" else "align*"
        return f"\\begin{{{name}}}\n{self.printer.joined(rows)}\n\\end{{{name}}}\n"

    def _fitted(self, body: str) -> str:
        return rf"\symconvfit{{{body}}}"

    def heading(self, level: int, text: str) -> str:
        command = {1: r"\title", 2: r"\section*", 3: r"\subsection*"}[level]
        return f"{command}{{{text}}}\n\n"

    def table(self, rows: Sequence[Sequence[str]], header: Sequence[str] = ()) -> str:
        columns = "l" * (len(rows[0]) - 1) + "X"
        body = "".join(f"{' & '.join(line)} \\\\\n" for line in rows)
        head = f"{' & '.join(header)} \\\\\n\\midrule\n" if header else ""
        return f"\\begin{{symconvtable}}{{{columns}}}\n{head}{body}\\end{{symconvtable}}\n\n"

    def code(self, text: str) -> str:
        return f"\\begin{{quote}}\n\\ttfamily {self.escape(text)}\n\\end{{quote}}\n\n"

    def mark(self, text: str) -> str:
        return f"% {text}\n"


class LatexFragment(Latex):
    """The same to paste into a document that loads amsmath: no preamble, no colours, nothing shrunk."""

    page = "fragment.tex.jinja"
    colours = None

    def _fitted(self, body: str) -> str:
        return body

    def table(self, rows: Sequence[Sequence[str]], header: Sequence[str] = ()) -> str:
        columns = "l" * len(rows[0])
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
