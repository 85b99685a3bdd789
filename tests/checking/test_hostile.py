"""Texts that mean harm, or nothing: no crash, no long run, nothing evaluated, no file read."""

from __future__ import annotations

import builtins
import random
import time
from collections.abc import Iterator

import pytest

import symconv as sc
from symconv.checking.findings import Finding
from symconv.checking.sources import source_from_text
from symconv.compose.check import check, check_equation, check_source
from symconv.errors import InputError

LAYER = sc.Conv((3, 3), (2, 2))
NAMES = {"X": "x", "F": "w", "O": "y", "G": r"\delta", "L": "L"}
VERDICTS = {"proved", "refuted", "not-a-claim", "unread"}
SLOWEST = 10.0
"""Seconds of processor time after which a text is said to run away; `bench` measures what is usual."""
SEED = 20_240_607
LATEX = (
    r"\frac{\partial L}{\partial x_{11}}", r"\delta_{11}", "w_{12}", "x_{22}", "y_{11}", "=", "=", "+", "-", r"\cdot", "*", r"\otimes",
    r"\sum_{i=1}^{2}", r"\sum_{ij}", r"\prod_i", "x_{i+m,j+n}", "w_{mn}", r"\delta_{ij}", r"\frac{1}{4}", "0", "7", r"\begin{pmatrix}",
    r"\end{pmatrix}", "&", r"\\", "(", ")", "{", "}", r"\left(", r"\right)", "^{T}", "^{l+1}", "_{11}", r"\mathrm{rot180}(w)", "pad(", ",",
    r"\sigma'(z^l)", r"e^{x_i}", r"\log", r"\begin{cases}", r"\end{cases}", r"\text{if }", r"\partial", r"\nabla", "dX", "b", "L", "N",
    r"\lfloor", r"\rfloor", "|", r"\langle", r"\rangle", r"\quad", "...", r"\cdots", r"\hat{y}", "'", "W^{[l]}", r"\odot", "%", "#", "$",
)  # fmt: skip
PLAIN = (
    "dL/dX11",
    "dO11",
    "*",
    "+",
    "=",
    "F12",
    "(",
    ")",
    "-",
    "3",
    "/",
    "sum",
    "x_22",
    "∂L/∂x₁₁",
    "δ₁₁",
    "w11",
    "^",
    "\n",
    "  ",
    ",",
    "·",
)
DANGEROUS = (
    "__import__('os').system('false')", r"\input{/etc/passwd}", r"\include{x}", r"\write18{false}", r"\def\a{\a\a}\a",
    r"x_{__import__('os')}", "exec('1')", "9^{9^{9^{9}}}", "x_{11}^{99999999}", "(" * 3_000, "{" * 20_000, r"\frac{" * 500, "1" * 5_000,
    r"\begin{pmatrix}" + "&".join(["1"] * 3_000) + r"\end{pmatrix}", r"\sum_{i=1}^{999999999999} x_{i}", "x_{11} = " * 3_000, "x" * 50_000,
    r"\sum_{a,b,c,d,e,f,g} x_{ab} x_{cd} w_{ef} = 0", "y_{11} = " + "(x_{11}+x_{12}+x_{13}+w_{11})" * 40, "\x00\x01\x02", "\u202e = \u202d",
)  # fmt: skip


def grammar(draws: random.Random) -> tuple[str, bool]:
    plain = draws.random() < 0.3
    words = draws.choices(PLAIN if plain else LATEX, k=draws.randint(1, 14))
    return ("" if plain else " ").join(words), plain


def damaged(draws: random.Random, right: list[str]) -> tuple[str, bool]:
    """A right equation with pieces of it gone, doubled or exchanged."""
    text = draws.choice(right)
    for _ in range(draws.randint(1, 4)):
        at = draws.randrange(len(text))
        piece = draws.choice(("", text[at] * 2, draws.choice(LATEX), chr(draws.randrange(32, 0x2FF))))
        text = text[:at] + piece + text[at + 1 :]
    return text, False


def noise(draws: random.Random) -> tuple[str, bool]:
    text = bytes(draws.randrange(256) for _ in range(draws.randint(1, 60))).decode("utf-8", "replace")
    return text, draws.random() < 0.3


RIGHT = [
    r"\frac{\partial L}{\partial x_{12}} = \delta_{11} w_{12} + \delta_{12} w_{11}",
    r"y_{ij} = \sum_{m=1}^{2} \sum_{n=1}^{2} x_{i+m-1,j+n-1} w_{mn}",
    r"\frac{\partial L}{\partial w} = x \otimes \frac{\partial L}{\partial y}",
    r"\frac{\partial y}{\partial x_{11}} = \begin{pmatrix} w_{11} & 0 \\ 0 & 0 \end{pmatrix}",
    r"\frac{\partial L}{\partial w_{ij}} = \left\langle \delta, \frac{\partial y}{\partial w_{ij}} \right\rangle_F",
    r"\delta^l = (W^{l+1})^T \delta^{l+1} \odot \sigma'(z^l)",
    r"\frac{\partial S_i}{\partial x_j} = S_i (\delta_{ij} - S_j)",
]


def texts(count: int) -> Iterator[tuple[str, bool]]:
    draws = random.Random(SEED + count)
    for number in range(count):
        made = number % 5
        yield damaged(draws, RIGHT) if made in (0, 1) else noise(draws) if made == 2 else grammar(draws)


@pytest.fixture
def locked(monkeypatch):
    """Nothing may be opened or evaluated, once all modules are there."""
    import sympy.parsing.sympy_parser

    import symconv.proof.parametric  # noqa: F401

    for text in RIGHT:
        check_equation(text, layer=LAYER, names=NAMES)
    check("$x_{11} = 1$", layer=LAYER)

    def refuse(*_, **__):
        raise AssertionError("a text made the program open a file or evaluate something")

    monkeypatch.setattr(builtins, "open", refuse)
    monkeypatch.setattr(builtins, "eval", refuse)
    monkeypatch.setattr(sympy.parsing.sympy_parser, "parse_expr", refuse)


@pytest.mark.parametrize(
    "text",
    [
        r"y_{11} = \sum_{u=\max(0,1)}^{2} x_{1u} w_{11}",
        "y_{11} = I() x_{11}",
        "y_{1_1} = x_{11}",
        r"y_i = \sum_{i,j} \prod_{k=0}^{2} 1 \times 2 \times 0",
    ],
)
def test_what_once_fell_through_is_refused(text: str) -> None:
    for name in ("", "A 3x3 input x is correlated with a 2x2 filter w to give y. "):
        (found,) = check(f"{name}$${text}$$", layer=None if name else LAYER, names=NAMES).findings
        assert found.verdict != "proved"
        assert found.message


def timed(text: str, plain: bool) -> Finding:
    """What is said of a text, which does not run away."""
    began = time.process_time()
    found = check_equation(text, layer=LAYER, names=NAMES, plain=plain)
    assert time.process_time() - began < SLOWEST, text[:200]
    return found


@pytest.mark.parametrize("part", range(8))
def test_any_formula_has_a_verdict(part: int, locked) -> None:
    for text, plain in texts(1_000 + part):
        assert timed(text, plain).verdict in VERDICTS, text


def test_any_text_has_a_report(locked) -> None:
    draws = random.Random(SEED)
    formulas = [text for text, _ in texts(2_000)]
    for at in range(0, 2_000, 4):
        text = "\n\n".join(f"{draws.choice(('$', '$$', '', '> $'))}{one}$$" for one in formulas[at : at + 4])
        try:
            assert {finding.verdict for finding in check(text).findings} <= VERDICTS
        except InputError:
            continue


@pytest.mark.parametrize("text", DANGEROUS, ids=lambda text: text[:20].replace("\x00", "0"))
def test_what_means_harm_is_not_understood(text: str, locked) -> None:
    for plain in (False, True):
        assert timed(text, plain).verdict in VERDICTS
        assert timed(f"y_{{11}} = {text}", plain).verdict != "proved"


def test_a_thousand_equations_are_checked() -> None:
    lines = [r"$$\frac{\partial L}{\partial x_{12}} = \delta_{11} w_{12} + \delta_{12} w_{11}$$"] * 1_000
    report = check_source(source_from_text("\n\n".join(lines)), layer=LAYER, names=NAMES)
    assert report.counts["proved"] == 1_000


@pytest.mark.parametrize("sign", [r"\blacksquare", r"\square", r"\;", r"\therefore", ""])
def test_signs_that_say_nothing_are_no_equations(sign: str) -> None:
    report = check_source(source_from_text(f"Done. ${sign}$ Here $x = 1$."))
    assert [finding.equation for finding in report.findings] == ["x = 1"]
