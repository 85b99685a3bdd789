"""`symconv prove`: answers, exit codes, ranges of strides and dilations."""

import os
import subprocess
import sys

import pytest

from symconv.cli.main import run
from symconv.layers.conv import Conv
from symconv.proof.certificate import certificate


def answer(capsys, *arguments):
    code = run(["prove", *arguments])
    output = capsys.readouterr()
    return code, output.out, output.err


def test_a_shape(capsys):
    code, out, err = answer(capsys, "conv", "--input", "3x3", "--filter", "2x2")
    assert (code, err) == (0, "")
    assert out.startswith("proved for this shape (all 16 terms compared): O = X ⊗ F\n")


def test_all_sizes(capsys):
    code, out, err = answer(capsys, "conv", "--stride", "2", "--dilation", "3", "--all-sizes")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert all(line.startswith("proved for all sizes (s = 2, d = 3; decided by isl): ") for line in lines)
    told = "\n".join(lines)
    assert "∂L/∂F = keep_k(pad_a:c(X) ⊗_3 spread_2(∂L/∂O))" in told
    assert "∂L/∂X = pad_(3·k - a - 3:3·k + r - c - 3)(spread_2(∂L/∂O)) ⊗ spread_3(rev(F))" in told


@pytest.mark.parametrize(
    "layer",
    [
        ["conv-transpose", "--stride", "3", "--bias", "map"],
        ["conv", "--convention", "convolution", "--bias", "entry"],
        ["max-pool", "--stride", "2", "--dilation", "2", "--ceil-mode"],
        ["avg-pool", "--stride", "2", "--divisor", "window"],
    ],
)
def test_all_sizes_of_other_layers(capsys, layer):
    code, out, _ = answer(capsys, *layer, "--all-sizes")
    assert code == 0
    assert "refuted" not in out


def test_a_table_of_strides_and_dilations(capsys):
    code, out, _ = answer(capsys, "conv", "--stride", "1..2", "--dilation", "2..3", "--all-sizes")
    assert code == 0
    assert [line.partition(": ")[0] for line in out.splitlines()] == [
        f"stride {stride}, dilation {dilation}" for stride in (1, 2) for dilation in (2, 3)
    ]
    assert all(line.endswith(" statements proved for all sizes") for line in out.splitlines())


def test_a_claim_of_the_users(capsys):
    code, out, _ = answer(capsys, "conv", "--claim", "dX = corr(pad(G, k-1), rev(F)) where a = 0, c = 0")
    assert code == 0
    assert out.rstrip().endswith("where a = 0, c = 0")
    code, out, err = answer(capsys, "conv", "--claim", "dX = corr(pad(G, k-1), F)")
    assert (code, err) == (1, "")
    assert "the smallest sizes at which it fails: n = 2, k = 2, a = 0, c = 0, s = 1, d = 1" in out
    code, out, _ = answer(capsys, "conv", "--claim", "o = n where a + c = k - 1", "--stride", "1..2")
    assert code == 1
    assert out.splitlines()[0] == "stride 1, dilation 1: the claim proved for all sizes"
    assert out.splitlines()[1].startswith("stride 2, dilation 1: refuted: o = n")


def test_undecided_is_no_proof(capsys):
    code, out, _ = answer(capsys, "conv", "--all-sizes", "--limit", "10")
    assert code == 1
    assert "proved" not in out
    assert "undecided: O = pad_a:c(X) ⊗ F: isl gave up after 10 operations\n" in out


def test_a_certificate(capsys, tmp_path):
    path = tmp_path / "conv_3x3.v"
    words = ["conv", "--input", "3x3", "--filter", "2x2", "--certificate", str(path)]
    assert answer(capsys, *words)[0] == 0
    assert path.read_text(encoding="utf-8") == certificate(Conv((3, 3), (2, 2)))
    assert answer(capsys, *words)[0] == 0
    path.write_text("Theorem mine : True.", encoding="utf-8")
    code, _, err = answer(capsys, *words)
    assert (code, "--force" in err) == (2, True)
    assert path.read_text(encoding="utf-8") == "Theorem mine : True."


@pytest.mark.parametrize(
    ("name", "better"),
    [("conv-3x3.v", "conv_3x3.v"), ("3x3.v", "layer_3x3.v"), ("conv.txt", "conv.v"), ("conv", "conv.v")],
)
def test_a_certificate_has_a_name_that_coq_takes(capsys, tmp_path, monkeypatch, name, better):
    monkeypatch.chdir(tmp_path)
    code, out, err = answer(capsys, "conv", "--input", "3", "--filter", "2", "--certificate", name)
    message = f"symconv: certificate is {name}: Coq takes a name of letters, digits and _, such as {better}\n"
    assert (code, out, err) == (2, "", message)
    assert not list(tmp_path.iterdir())


WRONG = {
    "conv --stride 2": "--input is missing: give it, or --all-sizes",
    "conv --input 5": "--filter is missing",
    "max-pool --input 5": "--window is missing",
    "max-pool --all-sizes": "stride is missing: a pool moves by its window",
    "conv --stride 0 --all-sizes": "stride is '0': expected a number from 1 to 1,000,000",
    "conv --stride 2x1 --all-sizes": "stride is '2x1'",
    "conv --stride 3..2 --all-sizes": "stride is '3..2'",
    "conv --stride 1.. --all-sizes": "stride is '1..'",
    "conv --stride ..2 --all-sizes": "stride is '..2'",
    "conv --stride ² --all-sizes": "stride is '²'",
    "conv --stride 1..99999999999 --all-sizes": "stride is '1..99999999999'",
    "conv --stride 1..100000 --dilation 1..100000 --all-sizes": "make 10,000,000,000 pairs: expected at most 1,000",
    "conv --all-sizes --exhaustive": "--exhaustive and --certificate prove a shape",
    "conv --all-sizes --limit 0": "0 is not in the range x>=1",
    "conv --claim nonsense": "cannot be read at column 1",
    "max-pool --stride 2 --claim nonsense": "No such option",
    "dense --inputs 3 --outputs 2 --all-sizes": "No such option",
}


@pytest.mark.parametrize(("words", "message"), WRONG.items())
def test_wrong_questions_are_answered_in_one_line(capsys, words, message):
    code, out, err = answer(capsys, *words.split())
    assert (code, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1


def test_every_layer_has_help(capsys):
    code, out, _ = answer(capsys, "conv", "--help")
    assert code == 0
    for option in ("--all-sizes", "--claim", "--limit", "--exhaustive", "--certificate"):
        assert option in out
    code, out, _ = answer(capsys, "dense", "--help")
    assert code == 0
    assert "--all-sizes" not in out


def test_without_isl_only_shapes_are_proved(tmp_path):
    """As on Windows: one line says what is missing and what can be done."""
    (tmp_path / "islpy.py").write_text("raise ModuleNotFoundError(name='islpy')", encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}

    def called(*words):
        command = [sys.executable, "-m", "symconv", "prove", "conv", *words]
        return subprocess.run(command, capture_output=True, encoding="utf-8", env=environment, check=False)

    answer = called("--all-sizes")
    assert (answer.returncode, answer.stdout) == (2, "")
    assert answer.stderr.startswith("symconv: proofs for all sizes need the package islpy, which is not installed here")
    assert called("--input", "3", "--filter", "2").returncode == 0
