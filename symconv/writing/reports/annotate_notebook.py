"""Verdicts written into the cells of a notebook, as they are written into Markdown."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from symconv.checking.annotations import removed
from symconv.checking.findings import CheckReport, Finding
from symconv.checking.sources import source_from_text
from symconv.checking.sources.source import LINE_END, Source
from symconv.errors import NotSupportedError
from symconv.writing.reports.annotate import TOLD, with_verdicts


def without_verdicts(text: str) -> str:
    """The notebook without former verdicts. Raises `NotSupportedError` for one older than version 4."""
    return _rewritten(text, lambda _, cell: removed(cell))


def annotated(text: str, report: CheckReport) -> str:
    """The notebook with the verdicts of its report, whose places are those in the file."""
    source = source_from_text(text, kind="notebook")
    starts = [0, *(end.end() for end in LINE_END.finditer(text))]
    found: dict[int, list[Finding]] = {}
    for finding in report.findings:
        number, moved = _within(source, starts, finding)
        found.setdefault(number, []).append(moved)

    def change(number: int, cell: str) -> str:
        told = CheckReport(tuple(found.get(number, ())))
        return with_verdicts(LINE_END.sub("\n", cell), "markdown", told) if told.findings else cell

    return _rewritten(text, change)


def _within(source: Source, starts: list[int], finding: Finding) -> tuple[int, Finding]:
    """The number of a finding's cell, and the finding with its place in the cell."""
    start = starts[finding.line - 1] + finding.column - 1
    stop = starts[finding.end_line - 1] + finding.end_column - 1
    cell = source.cell(start)
    assert cell is not None
    (line, column), (end_line, end_column) = cell.place(start), cell.place(min(stop, cell.stop))
    return cell.number, replace(finding, line=line, column=column, end_line=end_line, end_column=end_column)


def _rewritten(text: str, change: Callable[[int, str], str]) -> str:
    """The notebook, marked, with the text of each cell of Markdown changed; `change` is given the cell's number too."""
    notebook: dict[str, Any] = json.loads(text)
    if "cells" not in notebook:
        raise NotSupportedError("the notebook is older than version 4: save it again in Jupyter to annotate it")
    for number, cell in enumerate(notebook["cells"], start=1):
        if cell.get("cell_type") == "markdown":
            changed = change(number, "".join(cell["source"])).removesuffix("\n")
            cell["source"] = changed.splitlines(keepends=True)
    metadata = {"symconv": TOLD} | notebook.pop("metadata", {})
    return json.dumps({"metadata": metadata, **notebook}, indent=1, ensure_ascii=False) + "\n"
