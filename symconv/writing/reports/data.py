"""What `check` says as data, for programs (`docs/checking.md` describes every field)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from symconv.checking.findings import WORST, CheckReport, Finding

SAME = ("verdict", "equation", "line", "column", "end_line", "end_column", "message", "hint", "mistake", "scope")
"""The fields that are written as they are."""


def as_json(reports: Sequence[CheckReport]) -> str:
    """The object of one report, or a list of the objects of several."""
    objects = [as_object(report) for report in reports]
    return json.dumps(objects[0] if len(objects) == 1 else objects, indent=2, ensure_ascii=False)


def as_object(report: CheckReport) -> dict[str, Any]:
    """A report as plain dictionaries, lists, texts and numbers.

    >>> as_object(CheckReport((Finding("proved", "a = a"),), name="notes.md"))["summary"]
    {'holds': True, 'refuted': 0, 'unread': 0, 'proved': 1, 'not-a-claim': 0}
    """
    return {
        "name": report.name,
        "notes": list(report.notes),
        "summary": {"holds": report.holds, **{verdict: report.counts[verdict] for verdict in WORST}},
        "findings": [_finding(finding) for finding in report.findings],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        **{name: getattr(finding, name) for name in SAME},
        "counterexample": None if finding.counterexample is None else _plain(finding.counterexample),
        "parts": [_finding(part) for part in finding.parts],
    }


def _plain(value: Any) -> Any:
    """A value as JSON has it; a fraction and whatever else there may be as text."""
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, Fraction) and value.denominator == 1:
        return int(value)
    return value if value is None or isinstance(value, str | int | float) else str(value)
