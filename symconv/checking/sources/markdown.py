"""Mathematics in Markdown.

markdown-it-py says what is code, a quotation or a list, and which signs of a line belong to them. Its rules are told
here that a display goes on until it is closed, so that a line of it that begins with a plus is no list.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from markdown_it.token import Token

from symconv.checking.sources import plain, settings
from symconv.checking.sources.contents import Contents
from symconv.checking.sources.excerpt import Excerpt
from symconv.checking.sources.formulas import Formula, Formulas
from symconv.checking.sources.markdown_rules import parser
from symconv.checking.sources.source import Source

LANGUAGES = frozenset({"math", "{math}", "katex"})
"""Fenced blocks that are displays."""
PLAIN = frozenset({"", "text", "txt", "plain", "plaintext", "none"})
"""Fenced blocks in which people write formulas as plain text."""
HIDDEN = re.compile(r"<(?P<closes>/?)(?P<name>pre|code|script|style|textarea)\b", re.IGNORECASE)
"""Elements whose content is code."""
COMMENT = re.compile(r"<!--(?P<said>.*?)(?:-->|\Z)", re.DOTALL)
_DIRECTIVE = re.compile(r"\A(?:[ \t]*(?::[\w-]+:[^\n]*|---[ \t]*)?\n)+")
_ESCAPED = re.compile(r"\\\\|\\[_*]|&(?:lt|gt|amp|nbsp);")
_ESCAPES = {"\\_": "_", "\\*": "*", "&lt;": "<", "&gt;": ">", "&amp;": "&", "&nbsp;": " "}
_DOUBLY_ESCAPED = re.compile(r"\\\\\\\\|\\\\(?=[{},;:!|])|\\[_*]")
_SINGLE_ROW_END = re.compile(r"(?<!\\)\\\\(?=\s|[A-Za-z&]|\Z)(?!\\)")


def read(text: str, name: str) -> Source:
    """What a text in Markdown holds."""
    excerpt, contents = Excerpt.whole(text), Contents(name, text)
    read_parts([excerpt], contents)
    return contents.source([excerpt])


def read_parts(parts: Sequence[Excerpt], contents: Contents) -> None:
    """Note what texts in Markdown hold; formulas in plain text only where no other mathematics is."""
    readings = [_Reading(_without_front_matter(part, contents), contents) for part in parts]
    for reading in readings:
        reading.run()
    if not contents.found:
        for reading in readings:
            reading.plain()


def _without_front_matter(excerpt: Excerpt, contents: Contents) -> Excerpt:
    """The text with its front matter blank, so that nothing changes its place."""
    match = settings.FRONT_MATTER.match(excerpt.text)
    if match is None:
        return excerpt
    inside = excerpt.part(*match.span("inside"))
    said = settings.from_front_matter(inside.text, contents.line(inside))
    if said is not None:
        contents.setting(inside.part(said[0], said[1]), said[2])
    start, stop = match.start("fence"), match.end()
    contents.leave_out(excerpt.part(start, stop))
    text = excerpt.text[:start] + re.sub(r"[^\n]", " ", excerpt.text[start:stop]) + excerpt.text[stop:]
    return Excerpt(text, excerpt.places, excerpt.stop)


class _Reading:
    """One text being read."""

    def __init__(self, excerpt: Excerpt, contents: Contents) -> None:
        self.excerpt, self.contents = excerpt, contents
        self.lines: list[Excerpt] = []
        """What may hold formulas in plain text."""

    def run(self) -> None:
        tokens: list[Token] = []
        parser().block.parse(self.excerpt.text, parser(), {"formulas": Formulas(self.excerpt.text)}, tokens)
        for token in tokens:
            if "lines" in token.meta:
                self._block(token, token.meta["lines"])

    def _block(self, token: Token, lines: list[tuple[int, int]]) -> None:
        if token.type == "fence":
            self._fence(token, lines)
        elif token.type == "code_block":
            self._code(self._joined(lines))
        elif token.type == "tr_open":
            row = self._joined(lines)
            self._inline(row.replaced(re.compile(r"\\\|"), lambda _: "|"))
        elif token.type in ("inline", "html_block"):
            self._inline(self._joined(lines))

    def _joined(self, lines: list[tuple[int, int]]) -> Excerpt:
        """These lines without what quotations and lists put in front of them."""
        last = len(lines) - 1
        return self.excerpt.cut((start, stop + (number < last)) for number, (start, stop) in enumerate(lines))

    def _fence(self, token: Token, lines: list[tuple[int, int]]) -> None:
        inner = self._joined(lines[1 : 1 + len(token.content.removesuffix("\n").split("\n"))])
        language = token.info.split()[0].lower() if token.info.strip() else ""
        if language in LANGUAGES:
            options = _DIRECTIVE.match(inner.text) if language == "{math}" else None
            body = inner.part(options.end(), len(inner.text)) if options else inner
            self.contents.macros.learn(body.text)
            self.contents.mathematics(unescaped(body), "display", self._joined(lines))
        else:
            self.contents.leave_out(self._joined(lines))
            if language in PLAIN and not plain.is_code(inner.text):
                self.lines.append(inner)

    def _code(self, inner: Excerpt) -> None:
        self.contents.leave_out(inner)
        if not plain.is_code(inner.text):
            self.lines.append(inner)

    def _inline(self, excerpt: Excerpt) -> None:
        """Note the formulas of a paragraph, a row of a table, or a block of HTML."""
        tokens: list[Token] = []
        parser().inline.parse(excerpt.text, parser(), {"formulas": Formulas(excerpt.text)}, tokens)
        self.contents.macros.learn(excerpt.text)
        first = len(self.contents.found)
        hidden: tuple[str, int] | None = None
        for token in tokens:
            start, stop = token.meta.get("place", (0, 0))
            if token.type == "html_inline":
                hidden = self._html(excerpt, (start, stop), hidden)
            elif token.type == "code_inline":
                self.contents.leave_out(excerpt.part(start, stop))
            elif token.type == "mathematics" and not hidden:
                self._formula(excerpt, token.meta["formula"])
        if len(self.contents.found) == first:
            self.lines.append(excerpt)

    def _html(self, excerpt: Excerpt, span: tuple[int, int], hidden: tuple[str, int] | None) -> tuple[str, int] | None:
        """The element whose code goes on behind a tag or comment, and where it starts."""
        found = excerpt.part(*span)
        self.contents.leave_out(found)
        comment, tag = COMMENT.match(found.text), HIDDEN.match(found.text)
        if comment:
            self._comment(found, comment["said"])
        if tag is None or (hidden and tag["name"].lower() != hidden[0]):
            return hidden
        if hidden and tag["closes"]:
            self.contents.leave_out(excerpt.part(hidden[1], span[1]))
        return None if tag["closes"] else hidden or (tag["name"].lower(), span[0])

    def _comment(self, excerpt: Excerpt, said: str) -> None:
        line = self.contents.line(excerpt)
        first = not self.contents.text[: excerpt.start].strip()
        values = settings.from_comment(said, line) or (settings.from_mark(said, line) if first else None)
        self.contents.setting(excerpt, values)

    def _formula(self, excerpt: Excerpt, formula: Formula) -> None:
        content = excerpt.part(formula.start, formula.stop)
        doubly = excerpt.text.startswith(("\\\\[", "\\\\("), formula.begin)
        clean = doubly_unescaped(content) if doubly else unescaped(content)
        self.contents.mathematics(clean, formula.kind, excerpt.part(formula.begin, formula.end))

    def plain(self) -> None:
        """Note the formulas in plain text."""
        for excerpt in self.lines:
            plain.find(excerpt, self.contents)


def unescaped(excerpt: Excerpt) -> Excerpt:
    """A formula without what some authors escape for Markdown and HTML: `x\\_{1}`, `a &lt; b`."""
    return excerpt.replaced(_ESCAPED, lambda match: _ESCAPES.get(match[0]))


def doubly_unescaped(excerpt: Excerpt) -> Excerpt:
    r"""A formula between `\\[` and `\\]`, whose author may have doubled every backslash that Markdown takes away."""
    if _SINGLE_ROW_END.search(excerpt.text.replace("\\\\\\\\", "")):
        return unescaped(excerpt)
    return unescaped(excerpt.replaced(_DOUBLY_ESCAPED, lambda match: match[0][len(match[0]) // 2 :]))
