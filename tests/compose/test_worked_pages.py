"""Pages with numbers, of every layer: for KaTeX, for GitHub and for LaTeX."""

import pytest

import symconv as sc
from tests.compose.test_worked import NETWORKS, SHOWN
from tests.tools import display_math, github_refuses, inline_math, katex_errors, latex_problems, math_blocks

LAYERS = {name: layer for name, (layer, _) in {**SHOWN, **NETWORKS}.items()}
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
FAMILIES = (
    "conv, channels",
    "max-pool",
    "dense",
    "softmax",
    "cross-entropy, fused",
    "batch-norm, positions",
    "sigmoid",
)


@pytest.fixture(scope="module")
def pages():
    found = {name: sc.derive(layer).render(values="random:1", evidence=["differences"], detail="brief")
             for name, layer in LAYERS.items()}  # fmt: skip
    return found | {
        name: sc.derive(layer).render(values=values, evidence=["differences"], detail="brief")
        for name, (layer, values) in WIDE.items()
    }


def test_katex_reads_every_page(pages):
    for name, page in pages.items():
        assert katex_errors(math_blocks(page)) == [], name


def test_github_refuses_nothing(pages):
    for name, page in pages.items():
        assert [refused for block in display_math(page) for refused in github_refuses(block)] == [], name
        assert [refused for block in inline_math(page) for refused in github_refuses(block, inline=True)] == [], name


@pytest.mark.parametrize("name", [*FAMILIES, *WIDE])
def test_latex_sets_every_page_within_its_margins(name):
    layer, values = WIDE[name] if name in WIDE else ({**LAYERS}[name], "random:1")
    page = sc.derive(layer).render("latex", values=values, evidence=["differences"], detail="brief")
    assert latex_problems(page) == []
