"""`%%symconv` in a notebook."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from symconv.cli.magic import asked
from symconv.layers.conv import Conv
from tests.tools import require

ROOT = Path(__file__).parents[2]
CELL = r"""%%symconv conv --input 3x3 --filter 2x2
$\frac{\partial L}{\partial X_{11}} = \frac{\partial L}{\partial O_{11}} F_{11}$ and
$\frac{\partial L}{\partial X_{12}} = \frac{\partial L}{\partial O_{11}} F_{12}$
"""


def test_the_line_says_the_layer_and_the_letters():
    layer, options = asked(r"--names 'X=x,G=\delta|d' --index-base 0 conv --input 3x3 --filter 2x2 --stride 1")
    assert layer == Conv((3, 3), (2, 2))
    assert options == {"names": {"X": ("x",), "G": (r"\delta", "d")}, "index_base": 0}
    assert asked("") == (None, {"names": {}, "index_base": None})


@pytest.fixture(scope="module")
def outputs():
    """What the cells of a notebook show that runs in a kernel."""
    require(find_spec("nbclient"), "nbclient, of the extra symconv[notebook]")
    import nbclient
    import nbformat

    cells = [
        "%load_ext symconv",
        CELL,
        "%%symconv --index-base 1 conv --input 3 --filter 2\ndL/dX1 = dL/dO1*F1\ndL/dX2 = dL/dO1*F1 + dL/dO2*F2",
        "import symconv as sc\nsc.check_equation('O_1 = X_1 F_1 + X_2 F_2', layer=sc.Conv(input=3, filter=2))",
        "%%symconv conv --input 3x3\n$a = b$",
        "%%symconv 'conv\n$a = b$",
        "%%symconv conv --input 3x3 --filter 4x4\n$a = b$",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(ROOT))
        nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3", allow_errors=True).execute()
    return [cell.outputs for cell in notebook.cells]


def test_a_cell_shows_a_report(outputs):
    assert outputs[0] == []
    (shown,) = outputs[1]
    page, text = shown["data"]["text/html"], shown["data"]["text/markdown"]
    assert "✓ proved" in page
    assert "✗ refuted" in page
    assert r"\frac{\partial L}{\partial X_{12}}" in page
    assert "**1 refuted, 1 proved**" in text


def test_plain_text_may_stand_in_a_cell(outputs):
    (shown,) = outputs[2]
    assert "1 refuted, 1 proved" in shown["data"]["text/html"]


def test_one_equation_shows_itself(outputs):
    (shown,) = outputs[3]
    assert "✓ proved" in shown["data"]["text/html"]


@pytest.mark.parametrize(
    ("number", "message"),
    [(4, "UsageError: Missing option '--filter'"), (5, "UsageError: the line of %%symconv"), (6, "UsageError: ")],
)
def test_a_wrong_line_is_answered_in_one_line(outputs, number, message):
    (shown,) = outputs[number]
    assert shown["output_type"] == "stream"
    assert shown["text"].startswith(message)
    assert shown["text"].count("\n") == 1
