"""`symconv check`: what it prints, writes and answers."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from symconv.cli.check import command, layer_in, spellings
from symconv.cli.layers import LAYERS
from symconv.cli.main import run
from symconv.errors import InputError

ROOT = Path(__file__).parents[2]
LAYER = ["conv", "--input", "3x3", "--filter", "2x2"]
RIGHT = r"$\frac{\partial L}{\partial X_{11}} = \frac{\partial L}{\partial O_{11}} F_{11}$"
WRONG = r"$\frac{\partial L}{\partial X_{12}} = \frac{\partial L}{\partial O_{11}} F_{12}$"
UNREAD = r"$\frac{\partial L}{ = X_{11}$"


@pytest.fixture
def notes(tmp_path, monkeypatch):
    """A folder with some notes, which is the current one."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "right.md").write_text(f"# Notes\n\nSo {RIGHT}.\n", encoding="utf-8")
    (tmp_path / "wrong.md").write_text(f"So {RIGHT}, and\nthen {WRONG}.\n", encoding="utf-8")
    (tmp_path / "unread.md").write_text(f"So {UNREAD}.\n", encoding="utf-8")
    (tmp_path / "conv").write_text(f"So {RIGHT}.\n", encoding="utf-8")
    return tmp_path


def answer(capsys, *arguments):
    code = run(["check", *arguments])
    output = capsys.readouterr()
    return code, output.out, output.err


# Verdicts and exit codes


def test_what_is_right(capsys, notes):
    code, out, err = answer(capsys, "right.md", *LAYER)
    assert (code, err) == (0, "")
    assert "right.md:3:5: proved: ∂L/∂X_11 = ∂L/∂O_11·F_11\n" in out
    assert out.endswith("right.md: 1 proved\n")


def test_what_is_wrong(capsys, notes):
    code, out, err = answer(capsys, "wrong.md", *LAYER)
    assert (code, err) == (1, "")
    assert "wrong.md:1:5: proved: " in out
    assert "wrong.md:2:7: refuted: " in out
    assert "    written: ∂L/∂X_12 = ∂L/∂O_11·F_12\n" in out
    assert out.endswith("wrong.md: 1 refuted, 1 proved\n")


def test_what_is_not_read(capsys, notes):
    code, out, _ = answer(capsys, "unread.md", *LAYER)
    assert code == 1
    assert "unread.md:1:5: unread: " in out


def test_several_files(capsys, notes):
    code, out, _ = answer(capsys, "right.md", "wrong.md", *LAYER)
    assert code == 1
    assert "right.md: 1 proved\n\nwrong.md:" in out
    code, out, _ = answer(capsys, "right.md", "right.md", "--format", "json", *LAYER)
    assert code == 0
    assert [each["summary"]["proved"] for each in json.loads(out)] == [1, 1]


def test_standard_input(capsys, monkeypatch):
    for text, code in (("dL/dX11 = dL/dO11*F11\n", 0), ("dL/dX11 = dL/dO11*F12\n", 1)):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
        assert answer(capsys, "-", *LAYER)[0] == code


def test_an_empty_text_holds(capsys, tmp_path):
    (tmp_path / "empty.md").write_bytes(b"")
    code, out, err = answer(capsys, str(tmp_path / "empty.md"))
    assert (code, err) == (0, "")
    assert out.endswith("empty.md: no equations\n")


def test_letters_and_index_base(capsys, tmp_path):
    path = tmp_path / "a.md"
    path.write_text(r"""
$$ \frac{\partial E}{\partial a_{00}} = \delta_{00} k_{00} $$
$$ z_{00} = a_{00} w_{00} + a_{01} w_{01} + a_{10} w_{10} + a_{11} w_{11} $$
""", encoding="utf-8")  # fmt: skip
    names = r"X=a,F=w|k,O=z,L=E,G=\delta"
    code, out, _ = answer(capsys, str(path), "--names", names, "--index-base", "0", *LAYER)
    assert code == 0, out
    code, out, _ = answer(capsys, str(path), "--names", names, "--index-base", "1", *LAYER)
    assert code == 1


# Formats


def test_data(capsys, notes):
    code, out, _ = answer(capsys, "wrong.md", "--format", "json", *LAYER)
    found = json.loads(out)
    assert code == 1
    assert found["name"] == "wrong.md"
    assert [(each["verdict"], each["line"], each["column"]) for each in found["findings"]] == [
        ("proved", 1, 5),
        ("refuted", 2, 7),
    ]
    text = (notes / "wrong.md").read_text(encoding="utf-8").splitlines()
    for each in found["findings"]:
        assert text[each["line"] - 1][each["column"] - 1 : each["end_column"] - 1] == each["equation"]


def test_sarif(capsys, notes):
    code, out, _ = answer(capsys, "right.md", "wrong.md", "unread.md", "--format", "sarif", *LAYER)
    (found,) = json.loads(out)["runs"]
    assert code == 1
    places = [each["locations"][0]["physicalLocation"] for each in found["results"]]
    assert [place["artifactLocation"]["uri"] for place in places] == ["wrong.md", "unread.md"]
    assert [place["region"]["startLine"] for place in places] == [2, 1]


# The layer, named last


@pytest.mark.parametrize(
    "words",
    [
        ["right.md", "--format", "json", *LAYER],
        ["right.md", *LAYER, "--format", "json"],
        ["--format", "json", "right.md", *LAYER],
        ["--format=json", "right.md", *LAYER],
        ["--format", "json", *LAYER, "right.md"],
        [*LAYER, "--format", "json", "--", "right.md"],
    ],
)
def test_options_stand_before_or_behind_the_layer(capsys, notes, words):
    code, out, err = answer(capsys, *words)
    assert (code, err) == (0, "")
    assert json.loads(out)["summary"]["proved"] == 1


def test_a_file_may_be_called_as_a_layer(capsys, notes):
    assert answer(capsys, "./conv", *LAYER)[0] == 0
    assert answer(capsys, *LAYER, "--", "conv")[0] == 0


def test_a_layer_that_is_a_file(capsys, notes):
    (notes / "net.toml").write_text(
        'input = [1, 3, 3]\n\n[[layer]]\ntype = "conv"\nfilter = [2, 2]\n', encoding="utf-8"
    )
    assert layer_in(["a.md", "network", "net.toml"], command) == (["a.md"], "network", ["net.toml"])
    code, _, err = answer(capsys, "right.md", "network", "missing.toml")
    assert code == 2
    assert "missing.toml" in err


def test_the_value_of_an_option_is_no_layer():
    assert layer_in(["a.md", "--annotate", "conv", "dense"], command) == (["a.md", "--annotate", "conv"], "dense", [])
    assert layer_in(["--force", "conv"], command) == (["--force"], "conv", [])
    assert layer_in(["--", "conv"], command) == (["--", "conv"], None, [])


def test_spellings():
    assert spellings([r"X=x|X,F=w", r"G=\delta"]) == {"X": ("x", "X"), "F": ("w",), "G": (r"\delta",)}
    with pytest.raises(InputError, match="expected ROLE=LETTER"):
        spellings(["x"])


@pytest.mark.parametrize("kind", LAYERS)
def test_every_layer_shows_its_options(capsys, kind):
    code, out, err = answer(capsys, kind, "--help")
    assert (code, err) == (0, "")
    assert f"Usage: symconv check {kind} [OPTIONS]" in out
    assert f"symconv check notes.md {kind}" in out
    for option in ("--format", "--annotate", "--names", "--index-base"):
        assert option in out


def test_help_shows_examples_and_layers(capsys):
    code, out, _ = answer(capsys, "--help")
    assert code == 0
    assert "\n  symconv check notes.md conv --input 3x3 --filter 2x2 --stride 1\n" in out
    assert all(f"  {kind} " in out for kind in LAYERS)


# Wrong questions


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("", "Missing argument 'FILE...'"),
        ("missing.md", "missing.md cannot be read: No such file or directory"),
        (". conv --input 3x3 --filter 2x2", ". is a directory"),
        ("right.md missing.md", "missing.md cannot be read"),
        ("binary.md", "binary.md is binary"),
        ("latin.md", "latin.md is not in UTF-8"),
        ("right.md conv", "Missing option '--input'"),
        ("right.md conv --input 3x3 --filter 4x4", "filter"),
        ("right.md conv --input 3x3 --filter 2x2 --strid 2", "No such option"),
        ("right.md --format yaml", "'yaml' is not one of"),
        ("right.md --index-base 2", "2 is not in the range 0<=x<=1"),
        ("right.md --names x", "names has 'x': expected ROLE=LETTER"),
        ("right.md --names Q=x conv --input 3x3 --filter 2x2", "Q"),
        ("right.md wrong.md --annotate out.md", "annotate is asked for 2 files"),
    ],
)
def test_a_wrong_question_is_answered_in_one_line(capsys, notes, words, message):
    (notes / "binary.md").write_bytes(b"\x00\x01\x02")
    (notes / "latin.md").write_bytes("é".encode("latin-1"))
    code, out, err = answer(capsys, *words.split())
    assert (code, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1
    assert not (notes / "out.md").exists()


# In the margin


def test_verdicts_in_the_margin(capsys, notes):
    code, out, _ = answer(capsys, "wrong.md", "--annotate", "out.md", *LAYER)
    assert code == 1
    assert "wrong.md:2:7: refuted" in out
    written = (notes / "out.md").read_text(encoding="utf-8")
    assert written.startswith("<!-- Generated by symconv ")
    assert "\n<sub>✓ proved</sub>\n\n**✗ refuted, equation 2 of 2:** " in written


SUFFIXES = {
    ".md": f"So {RIGHT}.\n\n- and {WRONG}\n- or {UNREAD}\n",
    ".tex": f"\\documentclass{{article}}\n\\begin{{document}}\nSo {RIGHT}\nand {WRONG}.\n\\end{{document}}\n",
    ".txt": "dL/dX11 = dL/dO11*F11\ndL/dX12 = dL/dO11*F12\n",
    ".ipynb": json.dumps(
        {
            "cells": [
                {"cell_type": "markdown", "id": "a", "metadata": {},
                 "source": [f"So {RIGHT},\n", f"and {WRONG}.\n", "∂"]},
                {"cell_type": "code", "id": "b", "metadata": {}, "source": "1", "outputs": [], "execution_count": None},
                {"cell_type": "markdown", "id": "c", "metadata": {}, "source": f"Then {RIGHT}"},
            ],
            "metadata": {},
            "nbformat": 4,
            "nbformat_minor": 5,
        }
    ),
}  # fmt: skip


def verdicts(capsys, path):
    _, out, _ = answer(capsys, str(path), "--format", "json", *LAYER)
    return [(each["verdict"], each["equation"], each["hint"]) for each in json.loads(out)["findings"]]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_an_annotated_file_has_the_same_verdicts_and_is_annotated_the_same(capsys, tmp_path, suffix):
    path, once = tmp_path / f"a{suffix}", tmp_path / f"once{suffix}"
    path.write_text(SUFFIXES[suffix], encoding="utf-8")
    before = verdicts(capsys, path)
    assert {verdict for verdict, _, _ in before} >= {"proved", "refuted"}
    answer(capsys, str(path), "--annotate", str(once), *LAYER)
    text = once.read_text(encoding="utf-8")
    assert "refuted" in text
    assert verdicts(capsys, once) == before
    code, _, err = answer(capsys, str(once), "--annotate", str(once), *LAYER)
    assert (code, err) == (1, "")
    assert once.read_text(encoding="utf-8") == text


def test_an_annotated_notebook_is_one(capsys, tmp_path):
    nbformat = pytest.importorskip("nbformat", reason="nbformat is not installed")
    path = tmp_path / "a.ipynb"
    path.write_text(SUFFIXES[".ipynb"], encoding="utf-8")
    answer(capsys, str(path), "--annotate", str(path), "--force", *LAYER)
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert "**✗ refuted, equation 2 of 2:**" in notebook.cells[0].source
    assert notebook.cells[1].source == "1"
    assert notebook.cells[2].source.endswith("<sub>✓ proved</sub>\n<!-- /symconv check -->")


def test_the_authors_own_file_is_replaced_only_with_force(capsys, notes):
    text = (notes / "wrong.md").read_text(encoding="utf-8")
    code, out, err = answer(capsys, "wrong.md", "--annotate", "wrong.md", *LAYER)
    assert (code, out) == (2, "")
    assert "was not written by symconv" in err
    assert (notes / "wrong.md").read_text(encoding="utf-8") == text
    assert answer(capsys, "wrong.md", "--annotate", "wrong.md", "--force", *LAYER)[0] == 1
    assert "✗ refuted" in (notes / "wrong.md").read_text(encoding="utf-8")


# As a program


def started(*arguments, **options):
    command = [sys.executable, "-m", "symconv", "check", *arguments]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)


def test_a_closed_pipe_is_silent(notes):
    with started("right.md", *LAYER) as program:
        program.stdout.close()
        assert program.stderr.read() == b""


def test_it_can_be_interrupted(capsys, monkeypatch, notes):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("symconv.compose.check.check_source", interrupted)
    code, out, err = answer(capsys, "right.md", "--annotate", "out.md", *LAYER)
    assert (code, out, err.lstrip()) == (130, "", "symconv: interrupted; nothing was written\n")
    assert not (notes / "out.md").exists()
