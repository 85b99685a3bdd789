"""The development in `proofs/`: it compiles, rests on no axiom, and does not compile with a wrong closed form."""

import re
import tempfile
from pathlib import Path

import pytest

from symconv.proof.coq import THEOREMS, development_folder
from tests.coq import compiled, coqc, library

SOURCES = {name: (development_folder() / name).read_text(encoding="utf-8") for name in THEOREMS}
STATED = re.findall(r"^Theorem (\w+)", SOURCES["Theorems.v"], re.MULTILINE)
PROVED = re.findall(r"^ *(?:Theorem|Lemma) (\w+)", SOURCES["Convolution.v"], re.MULTILINE)


def answer(text):
    with tempfile.TemporaryDirectory() as folder:
        return coqc(Path(folder), "question.v", text, *library(compiled()))


def test_the_theorems_are_there():
    assert {
        "gradient_by_input",
        "gradient_by_filter",
        "forward_is_a_correlation",
        "transposed_gradient_by_input",
        "transposed_gradient_by_filter",
        "pooling_gradient",
        "average_pooling_gradient",
        "windows_fit",
        "remainder_is_below_the_stride",
        "gradient_is_determined",
    } == set(STATED)
    assert {"input_gradient", "filter_gradient", "unreached_input", "bias_adjoint", "closed_X_length"} <= set(PROVED)


def test_no_theorem_rests_on_an_axiom():
    said = answer(
        "From Symconv Require Import Sums Arrays Convolution Theorems.\n"
        + f"Definition lemmas := ({', '.join('@' + name for name in PROVED)}).\n"
        + "".join(f"Print Assumptions {name}.\n" for name in [*STATED, "lemmas"])
    )
    assert said.returncode == 0, said.stderr
    assert said.stdout.splitlines() == ["Closed under the global context"] * (len(STATED) + 1)


@pytest.mark.parametrize("name", THEOREMS)
def test_nothing_is_assumed_in_the_text(name):
    code = re.sub(r"\(\*.*?\*\)", "", SOURCES[name], flags=re.DOTALL)
    assert not re.search(r"\b(Axiom|Axioms|Parameter|Parameters|Conjecture|Admitted|admit|give_up)\b", code)
    section = re.compile(r"^(Variable|Variables|Hypothesis|Context)\b", re.MULTILINE)
    assert not section.search(code), "variables stand inside sections"


WRONG = {
    "the filter is not reversed": ("convolution, convolution => reverse F", "convolution, convolution => F"),
    "the remainder is forgotten": ("- after g + remainder g)\n", "- after g)\n"),
    "one place too early": ("- before g)\n              (fun", "- before g - 1)\n              (fun"),
    "stride and dilation do not change places": (
        "(fun x o w => link x w o) dilation (window before after X) (spread stride G)",
        "(fun x o w => link x w o) stride (window before after X) (spread dilation G)",
    ),
    "the filter is spread by the stride": (
        "X)\n      (spread dilation (reversed_for convolution F))).",
        "X)\n      (spread stride (reversed_for convolution F))).",
    ),
}


@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG)
def test_a_wrong_closed_form_has_no_proof(change):
    right, wrong = change
    source = SOURCES["Convolution.v"]
    assert source.count(right) == 1
    with tempfile.TemporaryDirectory() as folder:
        said = coqc(Path(folder), "Convolution.v", source.replace(right, wrong), *library(compiled()))
    assert said.returncode == 1
    line = int(re.search(r"line (\d+),.*\nError", said.stderr)[1])
    assert line > source[: source.index("(** * Lemmas *)")].count("\n"), "definitions are fine, a proof is not"


def test_the_closed_forms_compute():
    """The definitions are those of the documents: a case worked out by hand, over the integers."""
    said = answer(
        """
        Require Import ZArith List Ring.
        From Symconv Require Import Sums Arrays Convolution.
        Import ListNotations.
        Open Scope Z_scope.
        Definition integers : ring := Ring Z 0 1 Z.add Z.mul Z.sub Z.opp Zth.
        Definition axes := [Axis 6 2 2 2 1 (-1) 2].
        Definition vector n (values : list Z) : array (K := integers) axes unit :=
          Array (K := integers) n (fun _ p => nth (Z.to_nat (hd 0 p)) values 0).
        Definition every (_ _ _ : unit) : integers := 1.
        Definition shown (a : array (K := integers) axes unit) :=
          map (fun p => entry a tt p) (box (lengths a) axes).
        Definition X := vector size [2; 3; 5; 7; 11; 13].
        Definition F := vector filter [10; 1].
        Definition G := vector output [100; 1].
        Eval vm_compute in shown (conv correlation axes [tt] [tt] every X F).
        Eval vm_compute in shown (closed_X correlation axes [tt] [tt] every G F).
        Eval vm_compute in shown (closed_F correlation axes [tt] [tt] every G X).
        Eval vm_compute in shown (closed_X convolution axes [tt] [tt] every G F).
        Eval vm_compute in shown (closed_F convolution axes [tt] [tt] every G X).
        """
    )
    assert said.returncode == 0, said.stderr
    # Window 0 reads nothing and X[1]; window 1 reads X[1] and X[3].
    assert re.findall(r"= (\[.*?\])", said.stdout) == [
        "[3; 37]",
        "[0; 110; 0; 1; 0; 0]",
        "[3; 307]",
        "[0; 1001; 0; 10; 0; 0]",
        "[307; 3]",
    ]
