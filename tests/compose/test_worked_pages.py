"""Pages with numbers, of every layer: for KaTeX, for GitHub and for LaTeX."""

import pytest

import symconv as sc
from tests.compose.test_worked import NETWORKS, SHOWN
from tests.tools import display_math, github_refuses, inline_math, katex_errors, latex_problems, math_blocks

PAGES = (
    "conv, channels", "conv, 1-D", "conv-transpose", "max-pool", "avg-pool", "adaptive", "dense", "flatten", "relu",
    "sigmoid", "softmax", "mse", "bce, fused", "cross-entropy", "batch-norm, positions", "layer-norm, batch",
)  # fmt: skip
LAYERS = {name: SHOWN[name][0] for name in PAGES} | {"network": NETWORKS["sigmoid"][0]}
WIDE = {
    "eight columns of decimals": (sc.Sigmoid((2, 8)), "random:1"),
    "long fractions": (
        sc.Conv((2, 8), (1, 1)),
        {"X": [["9999999/9999998"] * 8] * 2, "F": [["7654321/87654321"]], "G": [["-9999999/9999998"] * 8] * 2},
    ),
    "elided": (sc.Conv((12, 12), (3, 3)), "random:1"),
    "two-digit indices": (sc.Dense(12, 11), "random:1"),
    "long sums": (sc.BatchNorm((3, 3), channels=2, batch=2), "random:1"),
    "tiny and huge": (sc.Sigmoid((2, 8)), {"X": [["123/7", -60, 50, "1/12345", 20, -20, 0, 1]] * 2,
                                           "G": [[10**9, -(10**9), "1/1234567", 7, 8, 9, 1, 2]] * 2}),
}  # fmt: skip
SET = ("conv, channels", "max-pool", "dense", "softmax", "bce, fused", "batch-norm, positions", "network")
VALUES = {**{name: (layer, "random:1") for name, layer in LAYERS.items()}, **WIDE}
ASKED = {"evidence": ["differences"], "detail": "brief"}


@pytest.fixture(scope="module")
def derivations():
    """Proved once for both formats."""
    return {name: sc.derive(layer) for name, (layer, _) in VALUES.items()}


@pytest.fixture(scope="module")
def pages(derivations):
    return {name: derivations[name].render(values=values, **ASKED) for name, (_, values) in VALUES.items()}


def test_katex_reads_every_page(pages):
    assert katex_errors([block for page in pages.values() for block in math_blocks(page)]) == []


def test_github_refuses_nothing(pages):
    for name, page in pages.items():
        assert [refused for block in display_math(page) for refused in github_refuses(block)] == [], name
        assert [refused for block in inline_math(page) for refused in github_refuses(block, inline=True)] == [], name


@pytest.mark.parametrize("name", [*SET, *WIDE])
def test_latex_sets_every_page_within_its_margins(derivations, name):
    assert latex_problems(derivations[name].render("latex", values=VALUES[name][1], **ASKED)) == []
