"""What each document says of its proofs: how strong they are, and how they are repeated."""

import re
import shlex
import shutil
from functools import cache

import pytest

import symconv as sc
from symconv.cli.main import run
from symconv.compose.families import FAMILIES
from tests.coq import checked

LAYERS = {
    "adaptive-avg-pool": sc.AdaptiveAvgPool(5, 2),
    "avg-pool": sc.AvgPool(5, 2, stride=2, ceil_mode=True),
    "bce": sc.BinaryCrossEntropy(2),
    "batch-norm": sc.BatchNorm(channels=1, batch=2),
    "conv": sc.Conv((3, 3), (2, 2), stride=(2, 1), padding=1, bias="map", convention="convolution"),
    "conv-general": sc.GeneralConv(stride=2, dilation=1),
    "conv-transpose": sc.ConvTranspose(3, 2, stride=2, dilation=3),
    "cross-entropy": sc.CrossEntropy(2, softmax=True),
    "dense": sc.Dense(3, 2),
    "flatten": sc.Flatten((2, 3)),
    "gelu": sc.GELU(2),
    "graph": sc.Graph("f = x * y + 2"),
    "layer-norm": sc.LayerNorm(2),
    "leaky-relu": sc.LeakyReLU(2),
    "max-pool": sc.MaxPool((4, 4), (2, 2), padding=1),
    "mse": sc.MSE(2),
    "network": sc.Network([sc.Dense(outputs=2), sc.Sigmoid(), sc.MSE()], input=3),
    "relu": sc.ReLU(2),
    "sigmoid": sc.Sigmoid(2),
    "silu": sc.SiLU(2),
    "softmax": sc.Softmax(2),
    "softplus": sc.Softplus(2),
    "tanh": sc.Tanh(2),
}
SECTION = re.compile(r"^## What was (?:proved|checked, and how)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
FIRST = "proved for the shape"
STRENGTH = {
    "conv-general": "For all strides and dilations the indices that are summed over were eliminated by machine",
    "graph": "a proof for this formula, which has no sizes",
}
"""What a document says where it has another strength than that of one shape."""


@cache
def derived(kind):
    return sc.derive(LAYERS[kind])


@cache
def section_of(kind, detail="full"):
    return section(derived(kind), detail=detail)


def section(derivation, **options):
    (found,) = SECTION.findall(derivation.render(**options))
    return found


def commands(text):
    return re.findall(r"```sh\n(symconv .*?)\n```", text, re.DOTALL)


def test_every_family_is_here():
    assert set(LAYERS) == set(FAMILIES)


@pytest.mark.parametrize("kind", LAYERS)
def test_a_document_says_how_strong_its_proofs_are_and_how_to_repeat_them(kind):
    for detail in ("full", "brief"):
        said = section_of(kind, detail)
        assert STRENGTH.get(kind, FIRST) in said
        assert any(word.startswith("symconv derive ") for word in commands(said))


@pytest.mark.parametrize("kind", LAYERS)
def test_every_proof_says_how_long_it_took(kind):
    proofs = sc.prove(LAYERS[kind])
    assert proofs
    assert all(proof.holds and proof.seconds > 0 for proof in proofs)
    assert {proof.scope for proof in proofs} <= {"shape"} if kind not in STRENGTH else {"sizes", "all"}


PROVABLE = ("adaptive-avg-pool", "avg-pool", "conv", "conv-transpose", "dense", "flatten", "max-pool")
WINDOWS = ("avg-pool", "conv", "conv-transpose", "max-pool")


@pytest.mark.parametrize("kind", LAYERS)
def test_the_other_strengths_are_offered_where_they_are_there(kind):
    found = [command for command in commands(section_of(kind)) if command.startswith("symconv prove ")]
    by_isl = [command for command in found if command.endswith("--all-sizes") or " --all-sizes " in command]
    by_coq = [command for command in found if command.endswith("--certificate layer.v")]
    assert bool(by_isl) == (kind in WINDOWS)
    assert len(by_coq) == (kind in (*PROVABLE, "conv-general"))
    assert len(found) == len(by_isl) + len(by_coq)


@pytest.mark.parametrize("kind", PROVABLE)
def test_what_is_offered_answers_yes(kind, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for command in commands(section_of(kind)):
        assert run(shlex.split(command)[1:]) == 0, command
    assert "refuted" not in capsys.readouterr().out
    text = (tmp_path / "layer.v").read_text(encoding="utf-8")
    assert text == derived(kind).certificate()
    if shutil.which("coqc") and kind in WINDOWS:
        assert checked(text).returncode == 0


def test_what_is_too_large_to_be_written_out_is_not_offered():
    assert not any("--certificate" in command for command in commands(section(sc.derive(sc.Dense(100, 100)))))
    chosen = sc.MaxPool(4, 2, argmax=[1, 2])
    (command,) = [command for command in commands(section(sc.derive(chosen))) if "--certificate" in command]
    assert command == 'symconv prove max-pool --input 4 --window 2 --argmax "2;3" --certificate layer.v'


def test_a_mean_over_the_batch_is_not_part_of_what_is_offered():
    text = SECTION.findall(sc.derive(sc.Conv(3, 2, batch=2), batch_mean=True).render())[0]
    assert "The factor of the mean over the batch is left out there." in text
