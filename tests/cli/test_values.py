"""`--values` on the command line: pages with numbers, one line for what cannot be, and how to repeat a page."""

import subprocess
import sys

import pytest

from symconv.cli.main import run
from tests.tools import require

CONV = ("derive", "conv", "--input", "3x3", "--filter", "2x2")
NUMBERS = "X = [[1, 2, 3], [4, 5, 6], [7, 8, '1/2']]\nF = [[1, 0.5], [0, 1]]\nG = [[1, 2], [3, 4]]\n"


def called(capsys, *arguments):
    code = run(list(arguments))
    return code, *capsys.readouterr()


@pytest.fixture
def numbers(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "numbers.toml").write_text(NUMBERS)
    return "numbers.toml"


def test_numbers_of_a_file(capsys, numbers):
    code, page, _ = called(capsys, *CONV, "--values", numbers, "--evidence", "differences")
    assert code == 0
    assert r"O_{11} &= X_{11} F_{11} + X_{12} F_{12} + X_{21} F_{21} + X_{22} F_{22} \\" in page
    assert r"&= 1 \cdot 1 + 2 \cdot \frac{1}{2} + 4 \cdot 0 + 5 \cdot 1 \\" in page
    assert "&= 7\n" in page


def test_the_command_that_a_page_gives_repeats_it(capsys, numbers):
    arguments = (*CONV, "--values", numbers, "--evidence", "differences", "--wrt", "F", "--detail", "brief")
    _, page, _ = called(capsys, *arguments)
    (command,) = [line for line in page.splitlines() if line.startswith("symconv derive conv")]
    assert called(capsys, *command.split()[1:])[1] == page


def test_evidence_stands_in_the_command_where_it_is_not_the_usual(capsys):
    for asked, word in (("differences,torch", ""), ("none", " --evidence none"), ("torch", " --evidence torch")):
        page = called(capsys, *CONV, "--values", "random:1", "--evidence", asked)[1]
        assert f"symconv derive conv --input 3x3 --filter 2x2 --values random:1{word}\n" in page
    assert "--evidence" not in called(capsys, *CONV)[1]


def test_a_name_that_does_not_fit_into_a_command_is_not_repeated(capsys, tmp_path):
    for name in ("two words.toml", "a--> b.toml", "ü.toml", "$(rm).toml"):
        path = tmp_path / name
        path.write_text(NUMBERS)
        code, page, _ = called(capsys, *CONV, "--values", str(path), "--evidence", "none")
        assert code == 0
        assert name not in page
        assert "--values values.toml" in page


LAYERS = (
    "adaptive-avg-pool --input 4 --output-size 2", "avg-pool --input 4x4 --window 2x2", "batch-norm --batch 3",
    "bce --inputs 2", "conv-transpose --input 2x2 --filter 2x2", "cross-entropy --inputs 3",
    "dense --inputs 2 --outputs 2", "flatten --input 2x2", "gelu --input 2x2", "layer-norm --inputs 3",
    "leaky-relu --input 3", "max-pool --input 4x4 --window 2x2", "mse --inputs 2", "relu --input 2x2",
    "sigmoid --input 2x2", "silu --input 2", "softmax --inputs 3", "softplus --input 2", "tanh --input 2",
)  # fmt: skip


@pytest.mark.parametrize("name", LAYERS)
def test_every_layer_has_numbers(capsys, name):
    code, page, _ = called(capsys, "derive", *name.split(), "--values", "random:1", "--evidence", "differences")
    assert code == 0
    assert "## The same in numbers" in page
    assert "### Backward" in page
    assert "Such agreement is evidence, not a proof." in page


def test_a_network(capsys, tmp_path):
    path = tmp_path / "n.toml"
    path.write_text('input = [1, 3, 3]\n[[layer]]\ntype = "conv"\nfilter = [2, 2]\n[[layer]]\ntype = "relu"\n')
    code, page, _ = called(capsys, "derive", "network", str(path), "--values", "random:1", "--evidence", "differences")
    assert code == 0
    assert r"\delta^{1} &= \frac{\partial L}{\partial A^{1}} \odot \mathrm{ReLU}'\left( Z^{1} \right) \\" in page
    (tmp_path / "v.toml").write_text("X = [[1,2,3],[4,5,6],[7,8,9]]\nconv1.F = [[1,0],[0,1]]\nG = [[1,2],[3,4]]\n")
    code, page, _ = called(capsys, "derive", "network", str(path), "--values", str(tmp_path / "v.toml"))
    assert code == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (NUMBERS.replace("G", "H"), ": 'H' is no array here: expected X, F, G"),
        (NUMBERS.replace("3, 4]", "3]"), ": G has another shape than 2x2: write nested lists, row by row"),
        ("X = [", " is no TOML: Invalid value (at end of document); write lines such as X = [[1, 2], [3, 4]]"),
    ],
)
def test_what_is_wrong_takes_one_line(capsys, numbers, tmp_path, text, message):
    (tmp_path / numbers).write_text(text)
    assert called(capsys, *CONV, "--values", numbers) == (2, "", f"symconv: values numbers.toml{message}\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((*CONV, "--values", "."), "values . cannot be read: it is no file; "),
        ((*CONV, "--values", "random:x"), "values is 'random:x': expected random: and a whole number of up to 9"),
        ((*CONV, "--values", "random:1", "--evidence", "jax"), "evidence is ['jax']: expected some of differences"),
        (("derive", "max-pool", "--input", "4", "--window", "2", "--argmax", "1;4", "--values", "random:1"),
         "argmax does not choose the maxima of these values"),
        (("derive", "conv", "--input", "400x400", "--filter", "3x3", "--values", "random:1"),
         "values: X has 160,000 entries, more than 100,000"),
        (("derive", "graph", "f = x * y", "--values", "random:1"), "a graph takes its numbers with --at"),
    ],
)  # fmt: skip
def test_what_cannot_be_takes_one_line(capsys, arguments, message):
    code, page, error = called(capsys, *arguments)
    assert (code, page) == (2, "")
    assert error.startswith(f"symconv: {message}")
    assert error.count("\n") == 1


def test_nothing_is_written_where_numbers_do_not_fit(capsys, numbers, tmp_path):
    (tmp_path / numbers).write_text("X = 1")
    assert called(capsys, *CONV, "--values", numbers, "-o", "page.md")[0] == 2
    assert not (tmp_path / "page.md").exists()


LOADED = """
import sys
from symconv.cli.main import run
run({arguments!r})
print(*[name for name in ("sympy", "mpmath", "torch") if name in sys.modules], file=sys.stderr)
"""


def loaded(*arguments):
    found = subprocess.run(
        [sys.executable, "-c", LOADED.format(arguments=list(arguments))], capture_output=True, text=True, check=True
    )
    return found.stderr.split()


def test_numbers_of_a_convolution_load_nothing_heavy():
    assert loaded(*CONV, "--values", "random:1", "--evidence", "differences") == []


def test_pytorch_is_loaded_where_it_is_asked():
    from importlib.util import find_spec

    require(find_spec("torch"), "torch")
    assert "torch" in loaded(*CONV, "--values", "random:1")
    assert "torch" not in loaded(*CONV)
