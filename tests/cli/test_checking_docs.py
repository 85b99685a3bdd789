"""What `docs/checking.md` says is so."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from symconv.checking.findings import MISTAKES, WORST, CheckReport, Finding
from symconv.checking.sources import source_from_text
from symconv.cli.magic import asked
from symconv.cli.main import run
from symconv.compose.check import check, check_equation
from symconv.writing.reports.data import as_object

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "checking.md").read_text(encoding="utf-8")


def rows(header):
    """The first cells of the table with a header, without their backticks."""
    (body,) = re.findall(rf"^\| {re.escape(header)} \|[^\n]*\n\|[- |]+\|\n((?:\|[^\n]*\n)*)", PAGE, re.MULTILINE)
    return [name for line in body.splitlines() for name in re.findall(r"`([^`]+)`", line.split("|")[1])]


def test_every_verdict_and_every_kind_of_mistake_is_explained():
    assert set(rows("verdict")) == set(WORST)
    assert rows("`mistake`") == list(MISTAKES)
    for kind, text in MISTAKES.items():
        assert f"| `{kind}` | {text} |\n" in PAGE


def test_every_field_of_the_data_is_explained():
    found = as_object(CheckReport((Finding("proved", "a = a"),)))
    assert rows("field") == list(found)
    assert set(rows("field of a finding")) == set(found["findings"][0]) == {field.name for field in fields(Finding)}


def test_the_settings_are_read():
    front, comment = re.findall(r"```markdown\n(.*?)```", PAGE, re.DOTALL)
    (tex,) = re.findall(r"```tex\n(.*?)```", PAGE, re.DOTALL)
    (setting,) = source_from_text(front, kind="markdown").settings
    assert setting.values == {"layer": "conv", "input": "3x3", "filter": "2x2", "names.X": "a", "names.F": "w"}
    assert source_from_text(comment, kind="markdown").settings[0].values == {"stride": "2"}
    assert source_from_text(tex, kind="tex").settings[0].values == {
        "layer": "conv",
        "input": "5x5",
        "filter": "3x3",
        "stride": "2",
        "names.X": "a",
    }


def test_what_is_printed(capsys, monkeypatch):
    monkeypatch.chdir(ROOT)
    run(["check", "examples/homework.md"])
    said = [line for line in capsys.readouterr().out.splitlines() if "refuted" in line]
    (shown,) = re.findall(r"grep refuted` prints:\n\n```text\n(.*?)```", PAGE, re.DOTALL)
    assert shown.splitlines() == said


def test_the_lines_of_python(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (cell,) = re.findall(r"```text\n(%%symconv.*?)```", PAGE, re.DOTALL)
    line, _, text = cell.partition("\n")
    (tmp_path / "notes.md").write_text(text, encoding="utf-8")
    (lines,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    names = {}
    exec(lines, names)
    assert names["finding"].verdict == "refuted"
    assert names["report"].counts["refuted"] == 1
    layer, options = asked(line.removeprefix("%%symconv"))
    assert check(text, layer=layer, **options).findings == names["report"].findings


@pytest.mark.parametrize("plain", [False, True])
def test_one_equation(plain):
    from symconv import Conv

    equation = (
        "dL/dX1 = dL/dO1*F1" if plain else r"\frac{\partial L}{\partial X_1} = \frac{\partial L}{\partial O_1} F_1"
    )
    assert check_equation(equation, layer=Conv(3, 2), plain=plain).verdict == "proved"
