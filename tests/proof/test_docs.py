"""What `docs/proofs.md` says is so."""

import re
import shlex
from pathlib import Path

import pytest

from symconv.cli.main import run
from symconv.layers.conv import Conv
from symconv.layers.stated import FACTORS, FUNCTIONS, MAX_BRACKETS, MAX_LENGTH, SIZES
from symconv.layers.words import MOST_CERTIFIED
from symconv.proof.certificate import ALL_ROUTES, certificate
from symconv.proof.parametric import MAX_OPERATIONS
from symconv.proof.sizes import prove_stated

PAGE = (Path(__file__).parents[2] / "docs" / "proofs.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"```sh\n(symconv prove [^\n]*)\n```(?:\n\n```text\n(.*?)```)?", PAGE, re.DOTALL)


@pytest.mark.parametrize(("command", "printed"), COMMANDS, ids=[command for command, _ in COMMANDS])
def test_a_command_prints_what_stands_below_it(capsys, command, printed):
    code = run(shlex.split(command)[1:])
    out = capsys.readouterr().out
    assert code == ("refuted" in out)
    assert not printed or out == printed


def test_the_lines_of_python(capsys):
    claims, written = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    exec(claims, {})
    assert capsys.readouterr().out.startswith("refuted: o = ⌈(n + a + c - k)/2⌉ + 1\n")
    exec(written, names := {})
    assert names["text"] == certificate(Conv((5, 5), (3, 3), stride=2))


def test_how_large_certificates_are():
    assert f"up to {MOST_CERTIFIED:,} products every entry" in PAGE
    assert f"up to {ALL_ROUTES} products in all forms" in PAGE
    large = certificate(Conv((224, 224), (7, 7), stride=2, padding=3, in_channels=3, out_channels=64))
    assert f"a file of {len(large.encode()) / 1000:.0f} kB" in PAGE


def test_the_right_closed_forms():
    (block,) = re.findall(r"for every stride, dilation and padding:\n\n```text\n(.*?)\n```", PAGE, re.DOTALL)
    claims = block.splitlines()
    assert [claim.partition(" ")[0] for claim in claims] == ["O", "dF", "dX", "o"]
    for stride, dilation in ((1, 1), (2, 3), (3, 2)):
        layer = Conv(input=1, filter=1, stride=stride, dilation=dilation)
        assert all(prove_stated(layer, claim)[0].holds for claim in claims)


def test_the_whole_language_is_described():
    for word in (*FACTORS, *SIZES):
        assert f"`{word}`" in PAGE
    for function in FUNCTIONS.values():
        for usage in function.usage.split(" or "):
            assert f"`{usage}`" in PAGE
    assert f"{MAX_LENGTH} characters and {MAX_BRACKETS} brackets" in PAGE
    assert f"({MAX_OPERATIONS:,} without it)" in PAGE
