"""`symconv derive graph`: what it prints, and how it answers what cannot be."""

import json
import subprocess
import sys

import pytest

from symconv.cli.main import run

GRAPH = ["derive", "graph", "f = (x + y) * z", "--at", "x=-2,y=5,z=-4"]


def answer(capsys, *arguments):
    code = run(list(arguments))
    output = capsys.readouterr()
    return code, output.out, output.err


def test_the_values_and_gradients_are_shown(capsys):
    code, out, _ = answer(capsys, *GRAPH)
    assert code == 0
    assert r"\boxed{\;f = -12 \qquad \frac{df}{dx} = -4 \qquad \frac{df}{dy} = -4 \qquad \frac{df}{dz} = 3\;}" in out
    assert 'symconv derive graph "f = (x + y) * z" --at x=-2,y=5,z=-4' in out


def test_values_may_come_in_several_options(capsys):
    _, together, _ = answer(capsys, *GRAPH)
    code, apart, _ = answer(capsys, *GRAPH[:3], "--at", "x=-2", "--at", "y=5,z=-4")
    assert (code, apart) == (0, together)


def test_the_command_on_the_page_repeats_the_page(capsys):
    _, page, _ = answer(capsys, *GRAPH)
    (line,) = [line for line in page.splitlines() if line.startswith("symconv derive")]
    echoed = subprocess.run(["sh", "-c", f"printf '%s\\n' {line}"], capture_output=True, text=True, check=True)
    assert echoed.stdout.splitlines()[1:] == GRAPH


def test_without_values_the_page_has_formulas(capsys):
    code, out, _ = answer(capsys, "derive", "graph", "q = x * y; f = q + x^2")
    assert code == 0
    assert r"\frac{df}{dx} &= 2 x + y" in out


def test_one_equation(capsys):
    code, out, _ = answer(capsys, "equation", "df/dx", "graph", "f = x^2 * y", "--to", "text", "--at", "x=3,y=1/2")
    assert (code, out.strip()) == (0, "df/dx = df/dq·∂q/∂x = 1/2·6 = 3")


WRONG = [
    (["graph"], "Missing argument 'TEXT'"),
    (["graph", "f = 2x"], "column 6: a product needs its sign"),
    (["graph", "f = sine(x)"], "there is no function 'sine'"),
    (["graph", "f = (x"], "graph ends too early"),
    (["graph", "f = log(x)", "--at", "x=-1"], "f = log(x) has no value at x = -1"),
    (["graph", "f = 1 / x", "--at", "x=0"], "f = 1/x has no value at x = 0: it divides by 0"),
    (["graph", "f = x^-1", "--at", "x=0"], "0 has no negative powers"),
    (["graph", "f = x * y", "--at", "x=1"], "y has no value"),
    (["graph", "f = x", "--at", "x=1,x=2"], "at gives x twice"),
    (["graph", "f = x", "--at", "y=2"], "at has 'y', which the graph does not read"),
    (["graph", "f = x", "--at", "x"], "at has 'x': expected name=number"),
    (["graph", "f = x", "--at", "x=__import__('os')"], "expected a number"),
    (["graph", "f = x", "--at", "x=1", "--values", "random:1"], "a graph takes its numbers with --at"),
    (["graph", "f = x", "--wrt", "y"], "role is 'y'"),
    (["graph", "f = x * y", "--names", "x=y"], "'y' stands for both"),
    (["graph", "f = exp(exp(x))", "--at", "x=99"], "too large"),
]


@pytest.mark.parametrize(("arguments", "message"), WRONG, ids=[message for _, message in WRONG])
def test_a_wrong_question_gets_one_line_and_exit_code_2(capsys, arguments, message):
    code, out, err = answer(capsys, "derive", *arguments)
    assert (code, out) == (2, "")
    assert err.startswith("symconv: ")
    assert err.count("\n") == 1
    assert message in err


def test_the_grammar_is_loaded_only_where_a_formula_is_read():
    program = (
        "import sys, json, symconv as sc; a = 'lark' in sys.modules; "
        "sc.Graph('f = x'); print(json.dumps([a, 'lark' in sys.modules, 'sympy' in sys.modules]))"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert json.loads(result.stdout) == [False, True, False]
