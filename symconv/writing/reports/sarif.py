"""What `check` says as SARIF 2.1.0, which GitHub shows on the lines of a pull request.

SARIF is a standard of OASIS (https://docs.oasis-open.org/sarif/sarif/v2.1.0/). Only what is refuted or unread is a
result; each kind of mistake is a rule of its own.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

import symconv
from symconv.checking.findings import MISTAKES, CheckReport, Finding, Verdict
from symconv.writing.reports.equations import as_text, one_line, shortened

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS: Mapping[Verdict, Literal["error", "warning"]] = {"refuted": "error", "unread": "warning"}
"""The verdicts that are results."""
RULES: Mapping[str, tuple[Verdict, str]] = {
    **{kind: ("refuted", text) for kind, text in MISTAKES.items()},
    "refuted": ("refuted", "The equation does not hold"),
    "unread": ("unread", "The equation could not be read or decided"),
}
"""The verdict of each rule, and what it says."""
FINGERPRINT = "symconvEquation/v1"
SHOWN = 300
"""Characters of an equation in a message."""


def as_sarif(reports: Sequence[CheckReport], folder: Path | None = None) -> str:
    """All reports as one run; files in `folder` (the current one) are named relative to it."""
    place = (folder or Path.cwd()).resolve()
    run = {
        "tool": {"driver": _driver()},
        "columnKind": "unicodeCodePoints",
        "results": [result for report in reports for result in _results(report, place)],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False)


def _driver() -> dict[str, Any]:
    return {
        "name": "symconv",
        "semanticVersion": symconv.__version__,
        "rules": [
            {
                "id": kind,
                "name": "".join(word.capitalize() for word in kind.split("-")),
                "shortDescription": {"text": text},
                "fullDescription": {"text": f"{text}."},
                "help": {"text": f"{text}. The message says where, and the right line where it is known."},
                "defaultConfiguration": {"level": LEVELS[verdict]},
            }
            for kind, (verdict, text) in RULES.items()
        ],
    }


def _results(report: CheckReport, folder: Path) -> Iterator[dict[str, Any]]:
    where = {"uri": uri(report.name, folder)}
    seen: Counter[str] = Counter()
    for finding in report.findings:
        if finding.verdict not in LEVELS:
            continue
        equation = as_text(finding.equation)
        seen[equation] += 1
        yield {
            "ruleId": _rule(finding),
            "ruleIndex": list(RULES).index(_rule(finding)),
            "level": LEVELS[finding.verdict],
            "message": {"text": _message(finding, equation)},
            "locations": [{"physicalLocation": {"artifactLocation": where, "region": _region(finding)}}],
            "partialFingerprints": {FINGERPRINT: _fingerprint(equation, seen[equation])},
            **({"properties": {"correct": finding.hint}} if finding.hint else {}),
        }


def _rule(finding: Finding) -> str:
    return finding.mistake if finding.verdict == "refuted" and finding.mistake in MISTAKES else finding.verdict


def _message(finding: Finding, equation: str) -> str:
    what = one_line(finding.message) or RULES[_rule(finding)][1]
    told = [f"{what.rstrip('.')}.", f"Written: {shortened(equation, SHOWN)}"]
    return "\n".join([*told, *([f"Correct: {as_text(finding.hint)}"] if finding.hint else [])])


def _region(finding: Finding) -> dict[str, int]:
    region = {"startLine": finding.line, "startColumn": finding.column}
    if (finding.end_line, finding.end_column) > (finding.line, finding.column):
        region |= {"endLine": finding.end_line, "endColumn": finding.end_column}
    return region


def _fingerprint(equation: str, number: int) -> str:
    """The same wherever the equation moves to; `number` tells equal ones of a file apart."""
    return hashlib.sha256(f"{equation}\n{number}".encode()).hexdigest()[:32]


def uri(name: str, folder: Path) -> str:
    """The address of a file as SARIF has it.

    >>> uri("notes/week 1.md", Path("/course")), uri("/elsewhere/a.md", Path("/course"))
    ('notes/week%201.md', 'file:///elsewhere/a.md')
    """
    path = Path(folder, name)
    try:
        return quote(path.relative_to(folder).as_posix())
    except ValueError:
        return path.as_uri()
