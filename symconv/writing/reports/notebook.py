"""What `check` says in a notebook: mathematics is typeset there, and verdicts have colours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape

from symconv.checking.findings import CheckReport, Finding, Verdict
from symconv.notation.tree import Style
from symconv.writing.composers import MarkdownDollars
from symconv.writing.reports.annotate import SIGNS
from symconv.writing.reports.equations import as_latex, one_line

COLOURS: Mapping[Verdict, str] = {
    "proved": "#1a7f37",
    "refuted": "#cf222e",
    "unread": "#9a6700",
    "not-a-claim": "#6e7781",
}
"""Dark enough for white letters."""
CELL = "text-align:left;vertical-align:top;padding:0.3em 0.8em"
BADGE = "color:white;padding:0.1em 0.5em;border-radius:0.6em;white-space:nowrap;background:"


def as_html(shown: CheckReport | Finding) -> str:
    """A report or one finding as HTML; mathematics stands between dollars, as notebooks typeset it."""
    report = _report(shown)
    notes = "".join(f"<p><em>{escape(one_line(note))}</em></p>" for note in report.notes)
    rows = "".join(map(_row, report.findings))
    summary = f"<p><strong>{escape(report.summary)}</strong></p>" if shown is report else ""
    return f'<div class="symconv-report">{notes}<table>{rows}</table>{summary}</div>'


def as_markdown(shown: CheckReport | Finding) -> str:
    """A report or one finding as Markdown."""
    report = _report(shown)
    composer = MarkdownDollars(Style())
    notes = [f"*{composer.escape(one_line(note))}*\n\n" for note in report.notes]
    items = [f"- {_item(finding, composer)}\n" for finding in report.findings]
    summary = [f"\n**{report.summary}**\n"] if shown is report else []
    return "".join([*notes, *items, *summary])


def _report(shown: CheckReport | Finding) -> CheckReport:
    return shown if isinstance(shown, CheckReport) else CheckReport((shown,))


def _row(finding: Finding) -> str:
    badge = f'<span style="{BADGE}{COLOURS[finding.verdict]}">{SIGNS[finding.verdict]} {finding.verdict}</span>'
    told = "<br>".join([_mathematics(finding.equation), *_said(finding)])
    cells = (f"{finding.line}:{finding.column}", badge, told)
    return "<tr>" + "".join(f'<td style="{CELL}">{cell}</td>' for cell in cells) + "</tr>"


def _said(finding: Finding) -> Iterator[str]:
    if finding.message:
        yield f'<span style="color:{COLOURS[finding.verdict]}">{escape(one_line(finding.message))}</span>'
    if finding.hint:
        yield f"correct: {_mathematics(finding.hint)}"


def _mathematics(equation: str) -> str:
    """An equation typeset, or as it was written where nobody knows how."""
    latex = as_latex(equation)
    return f"$\\displaystyle {escape(latex)}$" if latex else f"<code>{escape(one_line(equation))}</code>"


def _item(finding: Finding, composer: MarkdownDollars) -> str:
    told = [f"{SIGNS[finding.verdict]} **{finding.verdict}** {_delimited(finding.equation, composer)}"]
    told += [composer.escape(one_line(finding.message))] if finding.message else []
    told += [f"correct: {_delimited(finding.hint, composer)}"] if finding.hint else []
    return "; ".join(told)


def _delimited(equation: str, composer: MarkdownDollars) -> str:
    latex = as_latex(equation)
    return composer.delimited(latex) if latex else f"`{one_line(equation)}`"
