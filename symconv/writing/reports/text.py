"""What `check` says in a terminal: a table with colours there, lines that tools can search elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, TextIO

from symconv.checking.findings import CheckReport, Finding, Verdict
from symconv.writing.reports.equations import as_text, one_line, shortened

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

COLOURS: Mapping[Verdict, str] = {"proved": "green", "refuted": "bold red", "unread": "yellow", "not-a-claim": "dim"}
BAD: tuple[Verdict, ...] = ("refuted", "unread")
"""The verdicts of which more is said than one line."""
LINE = 100
"""Characters of an equation that takes one line."""
PARAGRAPH = 600
"""Characters of an equation that takes several."""


def lines(report: CheckReport) -> Iterator[str]:
    """The report as lines `file:line:column: verdict: message`; what else is said of one is indented below it.

    >>> finding = Finding("refuted", "a = b", 3, 5, message="a term is missing", hint="a = b + c")
    >>> print(*lines(CheckReport((finding,), name="notes.md")), sep=chr(10))
    notes.md:3:5: refuted: a term is missing
        written: a = b
        correct: a = b + c
    notes.md: 1 refuted
    """
    name = one_line(report.name)
    for note in report.notes:
        yield f"{name}: {one_line(note)}"
    for finding in report.findings:
        place = f"{name}:{finding.line}:{finding.column}: {finding.verdict}"
        yield f"{place}: {_headline(finding)}"
        for word, text in details(finding).items():
            yield f"    {word}: {text}"
    yield f"{name}: {report.summary}"


def _headline(finding: Finding) -> str:
    """What is wrong and of which kind it is, or the equation and what there is to say of it."""
    message, equation = one_line(finding.message), shortened(as_text(finding.equation), LINE)
    if finding.verdict not in BAD:
        return f"{equation} ({message})" if message else equation
    kind = f" [{finding.mistake}]" if finding.mistake else ""
    return (message or equation) + kind


def details(finding: Finding) -> dict[str, str]:
    """What is said of a finding besides its message, each under a word."""
    said = {}
    if finding.message and finding.verdict in BAD:
        said["written"] = shortened(as_text(finding.equation), PARAGRAPH)
    wrong = [number for number, part in enumerate(finding.parts, start=1) if part.verdict == finding.verdict]
    if finding.verdict in BAD and wrong:
        said["step"] = f"{wrong[0]} of {len(finding.parts)}"
    if finding.counterexample:
        said["fails at"] = one_line(", ".join(f"{name} = {value}" for name, value in finding.counterexample.items()))
    if finding.hint:
        said["correct"] = one_line(finding.hint)
    return said


def table(report: CheckReport) -> RenderableType:
    """The report for a terminal: notes, a row for each equation, how many there are of each verdict."""
    from rich.console import Group
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    rows = Table.grid(padding=(0, 2, 0, 0))
    for column in ({"justify": "right", "no_wrap": True}, {"no_wrap": True}, {"ratio": 1}):
        rows.add_column(**column)
    for finding in report.findings:
        place = Text(f"{finding.line}:{finding.column}", "dim")
        rows.add_row(place, Text(finding.verdict, COLOURS[finding.verdict]), _told(finding))
    notes = (Padding(Text(one_line(note), "italic"), (0, 0, 0, 2)) for note in report.notes)
    told = [*notes, "", Padding(rows, (0, 0, 0, 2)), ""] if report.findings else [*notes]
    return Group(Text(one_line(report.name), "bold"), *told, _summary(report))


def _told(finding: Finding) -> RenderableType:
    """What stands in the last column: one line, or for what is wrong as many as it takes."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    equation = as_text(finding.equation)
    if finding.verdict == "not-a-claim":
        return Text(_headline(finding), "dim", no_wrap=True, overflow="ellipsis")
    if finding.verdict == "proved":
        told = Text(equation, no_wrap=True, overflow="ellipsis")
        return Group(told, Text(one_line(finding.message), "italic")) if finding.message else told
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_row(Text(shortened(equation, PARAGRAPH)))
    if finding.message:
        grid.add_row(Text(one_line(finding.message), COLOURS[finding.verdict]))
    for word, text in details(finding).items():
        if word != "written":
            grid.add_row(Text.assemble((f"{word}: ", "bold"), text))
    return grid


def _summary(report: CheckReport) -> RenderableType:
    from rich.text import Text

    return Text(report.summary, "bold green" if report.holds else "bold")


def show(report: CheckReport, file: TextIO | None = None) -> None:
    """Print the report, as a table where `file` (standard output) is a terminal."""
    out = file or sys.stdout
    if not out.isatty():
        out.writelines(f"{line}\n" for line in lines(report))
        return
    console(out).print(table(report))


def console(file: TextIO) -> Console:
    """A console that takes every text as it is."""
    from rich.console import Console

    return Console(file=file, markup=False, highlight=False, emoji=False, soft_wrap=False)
