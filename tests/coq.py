"""Running Coq on files of `proofs/` and on certificates."""

from __future__ import annotations

import functools
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from symconv.proof.coq import THEOREMS, development, development_folder
from tests.tools import require

TIMEOUT = 300


def coqc(folder: Path, name: str, text: str, *options: str) -> subprocess.CompletedProcess[str]:
    """What `coqc` says of a file with the given text, in a folder of its own."""
    require(shutil.which("coqc"), "coqc")
    (folder / name).write_text(text, encoding="utf-8")
    return subprocess.run(
        ["coqc", "-q", *options, name], cwd=folder, capture_output=True, text=True, check=False, timeout=TIMEOUT
    )


def library(folder: Path) -> tuple[str, ...]:
    """The options with which Coq finds a compiled development."""
    return ("-Q", str(folder), "Symconv")


@functools.cache
def compiled() -> Path:
    """A folder with the development compiled, once a run."""
    require(shutil.which("coqc"), "coqc")
    keeper = tempfile.TemporaryDirectory()
    folder = Path(keeper.name)
    for name in THEOREMS:
        answer = coqc(folder, name, (development_folder() / name).read_text(encoding="utf-8"), *library(folder))
        assert answer.returncode == 0, answer.stderr
        assert not answer.stderr + answer.stdout, "the development compiles without a word"
    _keepers.append(keeper)
    return folder


_keepers: list[tempfile.TemporaryDirectory[str]] = []


def checked(text: str) -> subprocess.CompletedProcess[str]:
    """What Coq says of a certificate whose copy of the development is replaced by the compiled one, to save time."""
    text = text.replace(development(THEOREMS), _imported(THEOREMS))
    with tempfile.TemporaryDirectory() as folder:
        return coqc(Path(folder), "certificate.v", text, *library(compiled()))


def _imported(names: tuple[str, ...]) -> str:
    head = development(names).partition("\n")[0]
    files = " ".join(name.removesuffix(".v") for name in names)
    return f"{head}\nFrom Symconv Require Import {files}.\nImport ListNotations.\nOpen Scope Z_scope.\n"


def lemma(text: str, name: str) -> str:
    """One lemma of a certificate, from its name to its proof."""
    found = re.search(rf"Lemma {name} :.*?Qed\.", text, re.DOTALL)
    assert found, name
    return found[0]
