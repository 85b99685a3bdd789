"""What each command imports: plain documents load neither SymPy nor islpy, help loads no mathematics at all."""

import json
import subprocess
import sys

import pytest

HEAVY = ("sympy", "islpy", "lark", "numpy", "jinja2", "torch")
REPORT = """
import json, sys
from io import StringIO
sys.stdout, out = StringIO(), sys.stdout
{action}
print(json.dumps([name for name in {heavy} if name in sys.modules]), file=out)
"""
RUN = "from symconv.cli.main import run; run({arguments!r})"
LAYER = ["conv", "--input", "3x3", "--filter", "2x2"]


def loaded_by(action: str) -> set[str]:
    program = REPORT.format(action=action, heavy=HEAVY)
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(json.loads(result.stdout))


@pytest.mark.parametrize("action", ["import symconv", RUN.format(arguments=["--help"])])
def test_importing_and_help_load_no_mathematics(action):
    assert loaded_by(action) == set()


def test_an_equation_loads_no_sympy():
    assert loaded_by(RUN.format(arguments=["equation", "dL/dX", *LAYER])) == {"numpy"}


def test_a_check_loads_only_what_reads_formulas(tmp_path):
    text = tmp_path / "page.md"
    text.write_text("$$O_1 = X_1 F_1 + X_2 F_2$$\n", encoding="utf-8")
    assert loaded_by(RUN.format(arguments=["check", str(text), "conv", "--input", "3", "--filter", "2"])) == {"numpy"}


@pytest.mark.parametrize("to", ["markdown", "latex"])
def test_a_document_loads_no_sympy(to):
    assert loaded_by(RUN.format(arguments=["derive", *LAYER, "--to", to])) == {"numpy", "jinja2"}


@pytest.mark.parametrize(
    ("words", "loaded"),
    [
        (LAYER, set()),
        (["conv", "--stride", "2", "--all-sizes"], {"islpy"}),
        (["conv", "--claim", "dX = corr(pad(G, k-1), F)"], {"islpy", "lark"}),
    ],
    ids=["a shape", "all sizes", "a claim"],
)
def test_a_proof_loads_isl_only_for_all_sizes_and_no_sympy(words, loaded):
    assert loaded_by(RUN.format(arguments=["prove", *words])) == {"numpy"} | loaded
