"""Verdicts written into the margin of the text itself; what stood there from an earlier time is replaced.

In Markdown they stand below the paragraph or display, between two comments that readers do not see. In TeX and in plain
text they are comments on lines of their own, above the line on which the equation starts: TeX passes over such a line
wherever it stands, within a display too.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import symconv
from symconv.checking.annotations import BEGIN, END, NAME, removed
from symconv.checking.findings import CheckReport, Finding, Verdict
from symconv.checking.sources.files import TextKind
from symconv.checking.sources.source import LINE_END
from symconv.writing.composers import Markdown, MarkdownDollars
from symconv.writing.files import MARK, STARTS
from symconv.writing.reports.equations import LETTERS_AS_WRITTEN, as_latex, one_line
from symconv.writing.reports.text import BAD

if TYPE_CHECKING:
    from markdown_it.token import Token

COMMENTS: Mapping[str, str] = {"tex": "%", "plain": "//"}
"""What a comment begins with, by the kind of text."""
TOLD = f"{MARK} {symconv.__version__}, which wrote the verdicts into it"
"""The mark of an annotated text."""
SIGNS: Mapping[Verdict, str] = {"proved": "✓", "refuted": "✗", "unread": "?", "not-a-claim": "–"}
LEAVES = ("inline", "table_open", "fence", "html_block", "code_block")
"""What markdown-it calls the blocks that hold text themselves; a table comes before the rows in it."""
_PLACE = re.compile(r" at \d+:\d+\b")
_CONTAINERS = re.compile(r"(?:[ \t]*(?:>|[-*+](?=[ \t])|\d{1,9}[.)](?=[ \t])))*[ \t]*")


def without_verdicts(text: str, kind: TextKind) -> str:
    """The text without the verdicts of an earlier time."""
    if kind == "notebook":
        from symconv.writing.reports import annotate_notebook

        return annotate_notebook.without_verdicts(text)
    return removed(text)


def annotated(text: str, kind: TextKind, report: CheckReport) -> str:
    r"""The text with the verdicts of its report, and a mark at its beginning.

    The text is `without_verdicts`, and the report is about it.

    >>> report = CheckReport((Finding("proved", "a = b", 2, 1),))
    >>> print(annotated("\\[\na = b\n\\]\n", "tex", report).partition("\n")[2], end="")
    \[
    % symconv check: proved
    a = b
    \]
    """
    if kind == "notebook":
        from symconv.writing.reports import annotate_notebook

        return annotate_notebook.annotated(text, report)
    if "\r" in text:
        newline = "\r\n" if "\r\n" in text else "\n"
        return annotated(LINE_END.sub("\n", text), kind, report).replace("\n", newline)
    return _marked(with_verdicts(text, kind, report), kind)


def with_verdicts(text: str, kind: TextKind, report: CheckReport) -> str:
    """The text with the verdicts of its report; lines end with a line feed."""
    lines = [*text.removesuffix("\n").split("\n"), ""]
    added = _below(lines, report) if kind == "markdown" else _above(lines, COMMENTS[kind], report)
    return "\n".join(part for at, line in enumerate(lines) for part in (*added.get(at, ()), line))


# Comments above the line


def _above(lines: Sequence[str], sign: str, report: CheckReport) -> dict[int, list[str]]:
    """By line, counted from 0, what stands before it."""
    added: dict[int, list[str]] = {}
    for finding in report.findings:
        at = finding.line - 1
        indent = re.match(r"[ \t]*", lines[at])
        assert indent is not None
        added.setdefault(at, []).append(f"{indent[0]}{sign} {NAME}: {_comment(finding)}")
    return added


def _comment(finding: Finding) -> str:
    correct = f"; correct: {one_line(finding.hint)}" if finding.hint else ""
    message = f": {_message(finding)}" if finding.message else ""
    return f"{finding.verdict}{message}{correct}"


def _message(finding: Finding) -> str:
    """What is said, without the place: it stands beside the equation, and lines move when verdicts are put in."""
    return _PLACE.sub("", one_line(finding.message))


# Below a paragraph or display of Markdown


def _below(lines: Sequence[str], report: CheckReport) -> dict[int, list[str]]:
    """By line, counted from 0, what stands before it."""
    blocks = _blocks("\n".join(lines))
    composer = _composer(lines)
    added = {}
    for (start, stop), findings in _by_block(report, blocks, lines).items():
        prefix = _prefix(lines[start])
        told = [*([""] if _is_empty(lines[stop]) else []), BEGIN, *_told(findings, composer), END]
        added[stop] = [f"{prefix}{line}".rstrip() for line in told]
    return added


def _by_block(
    report: CheckReport, blocks: Sequence[tuple[int, int]], lines: Sequence[str]
) -> dict[tuple[int, int], list[Finding]]:
    """The findings by the block that each ends in: its first line, and the first one behind it."""
    found: dict[int, list[Finding]] = {}
    starts: dict[int, int] = {}
    for finding in report.findings:
        last = finding.end_line - 1
        start, stop = next((block for block in blocks if block[0] <= last < block[1]), (last, last + 1))
        while stop > last + 1 and _is_empty(lines[stop - 1]):
            stop -= 1
        starts.setdefault(stop, start)
        found.setdefault(stop, []).append(finding)
    return {(starts[stop], stop): findings for stop, findings in found.items()}


def _blocks(text: str) -> list[tuple[int, int]]:
    """The lines of everything that holds text itself: paragraphs, displays, tables, HTML."""
    from symconv.checking.sources.formulas import Formulas
    from symconv.checking.sources.markdown_rules import parser

    tokens: list[Token] = []
    parser().block.parse(text, parser(), {"formulas": Formulas(text)}, tokens)
    return [(token.map[0], token.map[1]) for token in tokens if token.type in LEAVES and token.map]


def _is_empty(line: str) -> bool:
    return not line.strip(" \t>\r")


def _prefix(line: str) -> str:
    """What a line below `line` begins with to belong to the same quotation and item.

    >>> _prefix("> 1. so $a = b$"), _prefix("  text")
    ('>    ', '  ')
    """
    found = _CONTAINERS.match(line)
    assert found is not None
    return re.sub(r"[^\s>]", " ", found[0])


def _composer(lines: Sequence[str]) -> Markdown:
    """Mathematics is delimited as the text does it itself."""
    ticked = any("$`" in line or "```math" in line for line in lines)
    return (Markdown if ticked else MarkdownDollars)(LETTERS_AS_WRITTEN)


def _told(findings: Sequence[Finding], composer: Markdown) -> Iterator[str]:
    """One line for all that is well, then a paragraph for each finding that is not."""
    counts = Counter(finding.verdict for finding in findings)
    well = [verdict for verdict in SIGNS if counts[verdict] and verdict not in BAD]
    if well:
        yield f"<sub>{', '.join(_counted(verdict, counts[verdict]) for verdict in well)}</sub>"
    wrong = [(at, finding) for at, finding in enumerate(findings, start=1) if finding.verdict in BAD]
    for number, (at, finding) in enumerate(wrong):
        which = f", equation {at} of {len(findings)}" if len(findings) > 1 else ""
        yield from [""] if well or number else []
        yield f"**{SIGNS[finding.verdict]} {finding.verdict}{which}:** {_sentence(finding, composer)}"


def _counted(verdict: Verdict, number: int) -> str:
    words = verdict.replace("-", " ")
    return f"{SIGNS[verdict]} {words if number == 1 else f'{number} {words}'}"


def _sentence(finding: Finding, composer: Markdown) -> str:
    message = composer.escape(_message(finding)) or "the equation does not hold"
    return f"{message}; correct: {_typeset(finding.hint, composer)}" if finding.hint else message


def _typeset(equation: str, composer: Markdown) -> str:
    return composer.delimited(one_line(equation)) if as_latex(equation) else f"`{one_line(equation)}`"


# The generator mark


def _marked(text: str, kind: TextKind) -> str:
    """The text with a mark at its beginning, within the front matter where it has that."""
    if text.encode("utf-8", "replace").startswith(STARTS):
        return text
    if kind != "markdown":
        return f"{COMMENTS[kind]} {TOLD}\n{text}"
    opened = re.match(r"---[ \t]*\n", text)
    return f"---\n# {TOLD}\n{text[opened.end() :]}" if opened else f"<!-- {TOLD} -->\n\n{text}"
