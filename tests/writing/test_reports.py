"""What `check` says: lines for tools, a table for people, data, SARIF, notebooks."""

import io
import json
import re
from fractions import Fraction
from html.parser import HTMLParser

import pytest

from symconv.checking.findings import MISTAKES, WORST, CheckReport, Finding
from symconv.writing.reports import notebook
from symconv.writing.reports.data import as_json
from symconv.writing.reports.equations import as_latex, as_text, one_line
from symconv.writing.reports.sarif import FINGERPRINT, as_sarif
from symconv.writing.reports.text import console, lines, show, table
from tests.tools import katex_errors, sarif_schema

MISSING = Finding(
    "refuted",
    r"\frac{\partial E}{\partial a_{22}} &= \delta_{11} w_{22} \\",
    40,
    3,
    message="a term is missing: δ_22·w_11",
    hint=r"\frac{\partial E}{\partial a_{22}} = \delta_{11} w_{22} + \delta_{22} w_{11}",
    mistake="missing-term",
    scope="shape",
    counterexample={"i": 2, "at": (1, 2), "value": Fraction(1, 3)},
    end_line=40,
    end_column=61,
)
REPORT = CheckReport(
    (
        Finding("not-a-claim", r"\delta_{ij} = \frac{\partial E}{\partial z_{ij}}", 9, 3, end_line=9, end_column=50),
        Finding("proved", r"z_{11} = a_{11} w_{11} + a_{12} w_{12}", 12, 1, scope="shape", end_line=12, end_column=39),
        MISSING,
        Finding("unread", r"\oops{ = [a] <b>", 51, 12, message=r"found '\oops', expected a letter"),
        Finding("proved", "z = a * w", 60, 1, message="holds where * is cross-correlation", scope="sizes"),
    ),
    ("read as a convolution: 3x4 input a, 2x2 filter w",),
    "notes/week 1.md",
)


# Lines


def test_a_line_has_place_verdict_and_message():
    said = list(lines(REPORT))
    assert said[0] == "notes/week 1.md: read as a convolution: 3x4 input a, 2x2 filter w"
    assert said[1] == "notes/week 1.md:9:3: not-a-claim: δ_ij = ∂E/∂z_ij"
    assert said[2] == "notes/week 1.md:12:1: proved: z_11 = a_11·w_11 + a_12·w_12"
    assert said[3:7] == [
        "notes/week 1.md:40:3: refuted: a term is missing: δ_22·w_11 [missing-term]",
        "    written: ∂E/∂a_22 = δ_11·w_22",
        "    fails at: i = 2, at = (1, 2), value = 1/3",
        f"    correct: {MISSING.hint}",
    ]
    assert said[-2] == "notes/week 1.md:60:1: proved: z = a * w (holds where * is cross-correlation)"
    assert said[-1] == "notes/week 1.md: 1 refuted, 1 unread, 2 proved, 1 not a claim"


def test_each_finding_is_one_line_that_can_be_searched():
    places = [
        line
        for line in lines(REPORT)
        if re.match(r"notes/week 1\.md:\d+:\d+: (proved|refuted|unread|not-a-claim): ", line)
    ]
    assert len(places) == len(REPORT.findings)


def test_nothing_that_a_terminal_obeys_is_printed():
    hostile = Finding("unread", "\x1b[31ma =\r\n b\x07", message="found \x1b]0;title\x07", hint="\u202eb")
    for line in lines(CheckReport((hostile,), ("\x1b[2J",), "a\x1b.md")):
        assert line.isprintable()
    assert "\x1b" not in rendered(CheckReport((hostile,), ("\x1b[2J",), "a\x1b.md"), 80)


def test_a_text_without_equations_says_so():
    assert list(lines(CheckReport((), name="a.md"))) == ["a.md: no equations"]
    assert rendered(CheckReport((), name="a.md"), 80) == "a.md\nno equations\n"


def test_a_huge_equation_is_shortened():
    long = r"a_{1} = " + " + ".join(["b_{1}"] * 1000)
    for verdict in ("proved", "refuted", "unread"):
        report = CheckReport((Finding(verdict, long, message="" if verdict == "proved" else "why"),), name="a.md")
        assert max(map(len, lines(report))) < 700


# The table


def rendered(report, width, **options):
    file = io.StringIO()
    out = console(file)
    out.width = width
    out.print(table(report), **options)
    return file.getvalue()


@pytest.mark.parametrize("width", [50, 80, 120])
def test_the_table_fits_and_says_everything(width):
    said = rendered(REPORT, width)
    assert max(map(len, said.splitlines())) <= width
    words = " ".join(said.split())
    assert "read as a convolution: 3x4 input a, 2x2 filter w" in words
    assert "40:3 refuted ∂E/∂a_22 = δ_11·w_22 a term is missing: δ_22·w_11" in words
    assert "correct: \\frac{\\partial E}{\\partial a_{22}}" in words
    assert words.endswith("1 refuted, 1 unread, 2 proved, 1 not a claim")


def test_a_proved_line_takes_one_line():
    said = rendered(REPORT, 60).splitlines()
    (at,) = [at for at, line in enumerate(said) if line.split()[:1] == ["12:1"]]
    assert said[at + 1].split()[0] == "40:3"


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_colours_only_in_a_terminal_that_wants_them(monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    shown = []
    for file in (Terminal(), io.StringIO()):
        show(REPORT, file)
        shown.append(file.getvalue())
    assert "\x1b[1;31mrefuted" in shown[0]
    assert shown[1] == "".join(f"{line}\n" for line in lines(REPORT))
    monkeypatch.setenv("NO_COLOR", "1")
    file = Terminal()
    show(REPORT, file)
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]", file.getvalue())


# Data

FIELDS = {
    "verdict", "equation", "line", "column", "end_line", "end_column", "message", "hint", "mistake", "scope",
    "counterexample", "parts",
}  # fmt: skip


def test_the_object_of_a_report():
    found = json.loads(as_json([REPORT]))
    assert set(found) == {"name", "notes", "summary", "findings"}
    assert found["name"] == "notes/week 1.md"
    assert found["notes"] == list(REPORT.notes)
    assert found["summary"] == {"holds": False, "refuted": 1, "unread": 1, "proved": 2, "not-a-claim": 1}
    assert all(set(each) == FIELDS for each in found["findings"])
    assert [each["verdict"] for each in found["findings"]] == [each.verdict for each in REPORT.findings]
    missing = found["findings"][2]
    assert missing["counterexample"] == {"i": 2, "at": [1, 2], "value": "1/3"}
    assert (missing["equation"], missing["hint"]) == (MISSING.equation, MISSING.hint)
    assert (missing["line"], missing["column"], missing["end_line"], missing["end_column"]) == (40, 3, 40, 61)


def test_the_steps_of_a_chain_are_findings_too():
    chain = Finding("refuted", "a = b = c", parts=(Finding("proved", "a = b"), Finding("refuted", "b = c")))
    (found,) = json.loads(as_json([CheckReport((chain,))]))["findings"]
    assert [part["verdict"] for part in found["parts"]] == ["proved", "refuted"]
    assert all(set(part) == FIELDS for part in found["parts"])


def test_several_reports_are_a_list():
    assert [each["name"] for each in json.loads(as_json([REPORT, CheckReport((), name="b.md")]))] == [
        "notes/week 1.md",
        "b.md",
    ]


# SARIF


def sarif(*reports, folder=None):
    return json.loads(as_sarif(reports, folder))


def test_sarif_is_what_the_standard_says():
    jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed")
    jsonschema.validate(sarif(REPORT, CheckReport((), name="b.md")), sarif_schema())


def test_only_what_is_wrong_is_a_result():
    (run,) = sarif(REPORT)["runs"]
    refuted, unread = run["results"]
    assert (refuted["ruleId"], refuted["level"]) == ("missing-term", "error")
    assert (unread["ruleId"], unread["level"]) == ("unread", "warning")
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
    (place,) = refuted["locations"]
    assert place["physicalLocation"] == {
        "artifactLocation": {"uri": "notes/week%201.md"},
        "region": {"startLine": 40, "startColumn": 3, "endLine": 40, "endColumn": 61},
    }
    assert run["columnKind"] == "unicodeCodePoints"
    assert "a term is missing: δ_22·w_11." in refuted["message"]["text"]
    assert "Correct: ∂E/∂a_22 = δ_11·w_22 + δ_22·w_11" in refuted["message"]["text"]
    assert refuted["properties"] == {"correct": MISSING.hint}


def test_every_mistake_is_a_rule_with_what_github_needs():
    (run,) = sarif(REPORT)["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert {rule["id"] for rule in rules} == {*MISTAKES, "refuted", "unread"}
    for rule in rules:
        assert rule["defaultConfiguration"]["level"] in ("error", "warning")
        for field in ("shortDescription", "fullDescription", "help"):
            assert rule[field]["text"]


def test_a_mistake_without_a_rule_is_still_a_result():
    (run,) = sarif(CheckReport((Finding("refuted", "a = b", mistake="of-a-new-kind"),), name="a.md"))["runs"]
    assert run["results"][0]["ruleId"] == "refuted"
    assert "endLine" not in run["results"][0]["locations"][0]["physicalLocation"]["region"]


def fingerprints(*findings):
    (run,) = sarif(CheckReport(findings, name="a.md"))["runs"]
    return [result["partialFingerprints"][FINGERPRINT] for result in run["results"]]


def test_a_fingerprint_follows_an_equation_that_moves():
    first, second = Finding("refuted", "a = b", 1, 1), Finding("refuted", "c = d", 2, 1)
    assert fingerprints(second, Finding("refuted", "a  =  b", 8, 3)) == fingerprints(first, second)[::-1]
    assert len(set(fingerprints(first, first, second))) == 3


def test_files_elsewhere_have_a_whole_address(tmp_path):
    inside, outside = CheckReport((MISSING,), name=str(tmp_path / "a.md")), CheckReport((MISSING,), name="/b.md")
    (run,) = sarif(inside, outside, folder=tmp_path)["runs"]
    found = [each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for each in run["results"]]
    assert found == ["a.md", "file:///b.md"]


# Notebooks


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.seen = [], set()

    def handle_starttag(self, tag, attributes):
        self.seen.add(tag)
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_html_is_closed_and_escaped():
    tags = Tags()
    tags.feed(notebook.as_html(REPORT))
    assert tags.open == []
    assert tags.seen == {"div", "p", "em", "strong", "table", "tr", "td", "span", "code", "br"}


def test_the_mathematics_of_both_is_typeset():
    shown = notebook.as_html(REPORT) + notebook.as_markdown(REPORT)
    formulas = re.findall(r"\$([^$]+)\$", shown)
    assert len(formulas) == 8
    assert katex_errors([formula.replace("&lt;", "<") for formula in formulas]) == []


def test_reports_and_findings_show_themselves():
    import symconv

    assert callable(symconv.check)
    for shown in (REPORT, MISSING):
        assert "✗ refuted" in shown._repr_html_()
        assert "✗ **refuted**" in shown._repr_markdown_()
    assert "1 refuted, 1 unread" in REPORT._repr_html_()
    assert "1 refuted" not in MISSING._repr_html_()


# Equations


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (r"\begin{bmatrix} a & b \\ c & d \end{bmatrix} = w", "[a, b; c, d] = w"),
        (r"a &= b \\", "a = b"),
        (r"a = b, \quad c = d_{1}", "a = b, c = d_1"),
        ("dL/dF11 = dO11*X11", "dL/dF11 = dO11*X11"),
        ("∂L/∂F₁₁ = x", "∂L/∂F₁₁ = x"),
        (r"\left( = {", r"\left( = {"),
    ],
)
def test_an_equation_is_shown_as_text(written, text):
    assert as_text(written) == text


@pytest.mark.parametrize("written", ["", " ", "\\", "{" * 5000, "a" * 100_000, r"\frac" * 3000, "=" * 500, "\x00"])
def test_whatever_was_written_can_be_shown(written):
    assert as_text(written) == one_line(written) or as_text(written)
    assert isinstance(as_latex(written), str)


def test_every_verdict_has_a_place_in_the_summary():
    report = CheckReport(tuple(Finding(verdict, "a") for verdict in WORST))
    assert report.summary == "1 refuted, 1 unread, 1 proved, 1 not a claim"
