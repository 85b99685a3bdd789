"""Documents that `derive` writes, checked line by line: all of it is proved or no claim, and a changed line is refuted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import symconv as sc
from symconv.checking.findings import CheckReport

GALLERY = Path(__file__).parents[2] / "outputs"
LETTERS = {"names": {"X": "x", "F": "w", "O": "z", "G": r"\delta", "L": "E"}, "index_base": 0}
FROM_ZERO = {"index_base": 0}
MEAN = {"batch_mean": True}
BRIEF, LATEX, FRAGMENT = {"detail": "brief"}, {"to": "latex"}, {"to": "latex-fragment"}
NUMBERS = {"values": "random:4", "evidence": ("differences",)}
BRIEF_NUMBERS = {**BRIEF, **NUMBERS}

Options = Mapping[str, Any]
CLASSIFIER = [sc.Dense(outputs=3), sc.Sigmoid(), sc.Dense(outputs=2), sc.Softmax(), sc.CrossEntropy()]
CONVOLUTIONS = [
    sc.Conv(filter=(2,), stride=2, bias="map"),
    sc.LeakyReLU(),
    sc.Conv(filter=(2,)),
    sc.Flatten(),
    sc.MSE(),
]

DOCUMENTS: Mapping[str, tuple[Any, Options, Options]] = {
    "conv": (sc.Conv((3, 3), (2, 2)), {}, {}),
    "conv-letters": (sc.Conv((4,), (2,), stride=2), LETTERS, LATEX),
    "conv-stride-padding-dilation": (sc.Conv((5,), (2,), stride=2, padding=((1, 0),), dilation=2), {}, FRAGMENT),
    "conv-true": (sc.Conv((3, 3), (2, 2), convention="convolution"), FROM_ZERO, BRIEF),
    "conv-same": (sc.Conv((3, 3), (2, 2), padding="same"), {}, {**LATEX, **BRIEF}),
    "conv-channels-bias": (sc.Conv((3,), (2,), in_channels=2, out_channels=2, bias="map"), {}, {}),
    "conv-batch-mean": (sc.Conv((3,), (2,), batch=2, bias="entry"), MEAN, {}),
    "conv-groups": (sc.Conv((3,), (2,), in_channels=4, out_channels=4, groups=2), {}, {}),
    "conv-groups-true": (sc.Conv((3,), (2,), in_channels=4, out_channels=2, groups=2, convention="convolution"),
                         FROM_ZERO, LATEX),
    "conv-depthwise": (sc.Conv((3,), (2,), in_channels=2, out_channels=2, groups=2), {}, BRIEF),
    "conv-3d": (sc.Conv((2, 2, 2), (2, 1, 2)), {}, BRIEF),
    "conv-one-gradient": (sc.Conv((3, 3), (2, 2)), {}, {"wrt": "F"}),
    "conv-few-shown": (sc.Conv((7, 7), (2, 2)), {}, {"show": 4, **BRIEF}),
    "conv-numbers": (sc.Conv((3, 3), (2, 2), bias="map"), {}, NUMBERS),
    "conv-given-numbers": (sc.Conv((3,), (2,)), {}, {**BRIEF, "values": {"X": [1, 2, 3], "F": ["1/2", -1], "G": [1, 0]}}),
    "conv-many-numbers": (sc.Conv((12,), (2,)), {}, BRIEF_NUMBERS),
    "conv-channels-numbers": (sc.Conv((3,), (2,), in_channels=2, out_channels=6, batch=2), MEAN, BRIEF_NUMBERS),
    "conv-transpose": (sc.ConvTranspose((2, 2), (2, 2), stride=2, output_padding=1), {}, LATEX),
    "conv-transpose-groups": (sc.ConvTranspose((2,), (2,), in_channels=4, out_channels=4, groups=2), {}, BRIEF_NUMBERS),
    "general": (sc.GeneralConv(), FROM_ZERO, {}),
    "general-2d": (sc.GeneralConv(axes=2, stride=2, padding=1, bias="map"), {}, LATEX),
    "general-true": (sc.GeneralConv(convention="convolution", in_channels=2, out_channels=3), {}, {}),
    "general-sizes": (sc.GeneralConv(input=(8,), filter=(3,)), {}, BRIEF),
    "max-pool": (sc.MaxPool((4, 4), (2, 2)), {}, {}),
    "max-pool-overlaps": (sc.MaxPool((5,), (3,), stride=1, ties="split"), FROM_ZERO, LATEX),
    "max-pool-argmax": (sc.MaxPool((4,), (2,), argmax=[(0,), (3,)]), {}, {}),
    "max-pool-numbers": (sc.MaxPool((4, 4), (2, 2), channels=2), {}, BRIEF_NUMBERS),
    "avg-pool": (sc.AvgPool((4,), (3,), stride=1, padding=1, divisor="window"), {}, {}),
    "avg-pool-global": (sc.AvgPool((2, 2), "all", channels=2), FROM_ZERO, LATEX),
    "avg-pool-numbers": (sc.AvgPool((5,), (2,), ceil_mode=True), {}, NUMBERS),
    "adaptive-avg-pool": (sc.AdaptiveAvgPool((5, 4), (2, 3)), {}, {}),
    "adaptive-avg-pool-numbers": (sc.AdaptiveAvgPool((5,), (2,), batch=2), MEAN, BRIEF_NUMBERS),
    "dense": (sc.Dense(3, 2), {}, {}),
    "dense-rows": (sc.Dense(2, 2, batch=2, convention="rows"), MEAN, LATEX),
    "dense-numbers": (sc.Dense(2, 3, bias=False), {}, NUMBERS),
    "flatten": (sc.Flatten((2, 2), channels=2), FROM_ZERO, NUMBERS),
    "relu": (sc.ReLU((2, 2)), {}, {}),
    "leaky-relu-numbers": (sc.LeakyReLU(inputs=3, slope=0.2), {}, NUMBERS),
    "sigmoid": (sc.Sigmoid(inputs=2, batch=2), FROM_ZERO, LATEX),
    "tanh-numbers": (sc.Tanh((2,)), {}, BRIEF_NUMBERS),
    "softplus": (sc.Softplus(inputs=2), {}, BRIEF),
    "silu": (sc.SiLU((2,)), {}, BRIEF),
    "gelu-numbers": (sc.GELU(inputs=2), {}, BRIEF_NUMBERS),
    "softmax": (sc.Softmax(3), {}, {}),
    "softmax-numbers": (sc.Softmax(12), FROM_ZERO, BRIEF_NUMBERS),
    "mse": (sc.MSE(2, batch=2), {}, {}),
    "mse-many-numbers": (sc.MSE(10), {}, BRIEF_NUMBERS),
    "mse-numbers": (sc.MSE(3, factor="mean"), {}, NUMBERS),
    "bce-sigmoid": (sc.BinaryCrossEntropy(2, sigmoid=True), {}, {}),
    "bce-numbers": (sc.BinaryCrossEntropy(2, batch=2, mean=False), {}, BRIEF_NUMBERS),
    "cross-entropy-softmax": (sc.CrossEntropy(3, softmax=True, targets="soft"), {}, LATEX),
    "cross-entropy-numbers": (sc.CrossEntropy(2, softmax=True, batch=2), {}, BRIEF_NUMBERS),
    "batch-norm": (sc.BatchNorm(channels=1, batch=3), {}, BRIEF),
    "batch-norm-numbers": (sc.BatchNorm(channels=2, batch=2), {}, BRIEF_NUMBERS),
    "layer-norm": (sc.LayerNorm(3), {}, {}),
    "graph": (sc.Graph("f = (x + y) * z", {"x": -2, "y": 5, "z": -4}), {}, {}),
    "graph-letters": (sc.Graph("s = w*x + b; f = sigmoid(s)^2"), {}, LATEX),
    "graph-kinks": (sc.Graph("f = max(x*y, z) + abs(x)", {"x": 1, "y": 2, "z": 3}), {}, {}),
    "network-dense": (sc.Network(CLASSIFIER, input=(2,)), {}, {}),
    "network-dense-numbers": (sc.Network(CLASSIFIER, input=(2,)), FROM_ZERO, {**LATEX, **BRIEF_NUMBERS}),
    "network-convolutions": (sc.Network(CONVOLUTIONS, input=(1, 7)), {}, LATEX),
    "network-convolutions-numbers": (sc.Network(CONVOLUTIONS, input=(1, 7)), {}, NUMBERS),
}  # fmt: skip
"""Layers with the conventions and the form that their documents are written in."""

CHANGES = (
    (
        "conv",
        r"\mathrm{pad}_{1}\left( \frac{\partial L}{\partial O} \right) \otimes \mathrm{rot180}\left( F \right)",
        r"\mathrm{pad}_{1}\left( \frac{\partial L}{\partial O} \right) \otimes F",
    ),
    ("conv", r"O_{12} &= X_{12} F_{11}", r"O_{12} &= 2 X_{12} F_{11}"),
    ("conv", r"O_{ij} = \sum_{uv} X_{i+u-1,j+v-1} F_{uv}", r"O_{ij} = \sum_{uv} X_{i+u-1,j+v-1} F_{vu}"),
    ("conv-letters", "x_{2i+u}", "x_{i+u}"),
    ("conv-groups", r"X_{1,\kappa+2}", r"X_{1,\kappa}"),
    ("conv-numbers", r"&= \begin{bmatrix} 11 & 11", r"&= \begin{bmatrix} 11 & 12"),
    ("conv-numbers", r"\otimes \begin{bmatrix} -2 & 3 \\ 2 & 2", r"\otimes \begin{bmatrix} -2 & 3 \\ 2 & 1"),
    ("general", "&= X_{si+du-a}", "&= X_{si+du+a}"),
    ("general", r"c' &= d \left( k - 1 \right) - c + r", r"c' &= d \left( k - 1 \right) - c - r"),
    ("general-2d", r"\sum_{uv} X_{s_{1}(i-1)", r"\sum_{uv} X_{s_{1}(i+1)"),
    ("max-pool", "A_{2i+u-2,2j+v-2}", "A_{2i+u-1,2j+v-2}"),
    ("avg-pool-numbers", r"B_{2} &= \frac{1}{2}", r"B_{2} &= \frac{1}{3}"),
    ("dense", r"\frac{\partial L}{\partial Z} A^{\top}", r"A^{\top} \frac{\partial L}{\partial Z}"),
    ("dense", r"Z_{2} &= W_{21} A_{1}", r"Z_{2} &= W_{12} A_{1}"),
    ("relu", r"\max\left( 0,\, z \right)", r"\max\left( 1,\, z \right)"),
    ("softmax", r"&= -S_{i} S_{j}", r"&= S_{i} S_{j}"),
    ("softmax", r"&= S_{i} \left( 1 - S_{i} \right)", r"&= S_{i} \left( 1 + S_{i} \right)"),
    ("graph", r"\frac{df}{dz} = 3", r"\frac{df}{dz} = 4"),
    ("graph", r"q &= x + y", r"q &= x - y"),
    ("mse-many-numbers", r"+ \cdots", r"\ell_{2} + \cdots"),
    ("gelu-numbers", "0.0238913", "0.0238923"),
    ("cross-entropy-numbers", r"\approx 0.313262", r"\approx 0.313272"),
    (
        "network-dense",
        r"\frac{\partial L}{\partial W^{2}} &= \delta^{2}",
        r"\frac{\partial L}{\partial W^{2}} &= 2 \delta^{2}",
    ),
    ("network-dense", r"\left( 1 - \sigma\left( z \right) \right)", r"\left( 2 - \sigma\left( z \right) \right)"),
    ("network-dense-numbers", r"\approx 1.67739", r"\approx 1.67729"),
    ("network-convolutions", r"1 & z > 0", r"2 & z > 0"),
)
"""A document, a piece of one of its lines, and what stands in its place then."""


def written(name: str) -> str:
    layer, style, options = DOCUMENTS[name]
    return sc.derive(layer, **style).render(**options)


def assert_accepted(report: CheckReport) -> None:
    verdicts = Counter(finding.verdict for finding in report.findings)
    wrong = [(each.line, each.verdict, each.message, each.equation) for each in report.findings
             if each.verdict not in ("proved", "not-a-claim")]  # fmt: skip
    assert not wrong
    assert verdicts["proved"] > verdicts["not-a-claim"]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_line_of_a_document_is_proved_or_no_claim(name: str) -> None:
    assert_accepted(sc.check(written(name)))


@pytest.mark.parametrize(("name", "before", "after"), CHANGES)
def test_a_changed_line_of_a_document_is_refuted_and_no_other(name: str, before: str, after: str) -> None:
    text = written(name)
    line = text.count("\n", 0, text.index(before)) + 1
    findings = sc.check(text.replace(before, after, 1)).findings
    wrong = [finding for finding in findings if finding.verdict not in ("proved", "not-a-claim")]
    assert [finding.verdict for finding in wrong] == ["refuted"]
    assert wrong[0].line <= line <= wrong[0].end_line


def test_changed_numbers_of_an_array_contradict_what_follows_from_them() -> None:
    text = written("conv-numbers")
    changed = text.replace(r"F = \begin{bmatrix} -2 & 0", r"F = \begin{bmatrix} -2 & 1", 1)
    assert changed != text
    refuted = [finding.line for finding in sc.check(changed).findings if finding.verdict == "refuted"]
    assert len(refuted) > 1
    assert min(refuted) > text.count("\n", 0, text.index(r"F = \begin{bmatrix} -2 & 0"))


OTHERS = ("README.md", "almost-right.md")
"""No derivation, and rules that are wrong on purpose."""
COMMITTED = sorted(path.name for path in GALLERY.glob("*.md") if path.name not in OTHERS)


@pytest.mark.parametrize("name", COMMITTED)
def test_the_gallery_is_accepted(name: str) -> None:
    assert_accepted(sc.check((GALLERY / name).read_text(encoding="utf-8")))


LARGE: Mapping[str, tuple[Any, Options, Options]] = {
    "conv": (sc.Conv((14, 12), (3, 3), padding=1, in_channels=4, out_channels=4), {}, LATEX),
    "conv-groups": (sc.Conv((13, 14), (3, 2), stride=2, padding=1, in_channels=8, out_channels=8, groups=4, batch=3),
                    MEAN, BRIEF),
    "conv-transpose": (sc.ConvTranspose((7, 6), (4, 4), stride=2, padding=1, in_channels=4, out_channels=4),
                       LETTERS, {}),
    "max-pool": (sc.MaxPool((22, 20), (3, 3), stride=2, padding=1, channels=8), FROM_ZERO, {}),
    "avg-pool": (sc.AvgPool((7, 7), "all", channels=512), {}, BRIEF),
}  # fmt: skip
"""Layers that have too many entries to work all of them out."""
WRONG = (
    ("conv", r"\mathrm{pad}_{1}\left( X_{1,\kappa} \right)", r"\mathrm{pad}_{2}\left( X_{1,\kappa} \right)"),
    ("conv", r"\mathrm{rot180}\left( F_{\mu,\kappa} \right)", r"F_{\mu,\kappa}"),
    ("conv", r"X_{1,\kappa,i+u-2,j+v-2}", r"X_{1,\kappa,i+u-1,j+v-2}"),
    ("conv", r"C^{\top} \, \mathrm{vec}", r"C \, \mathrm{vec}"),
    ("conv", r"\boxed{{\color{symconvX}{X_{1,4,1,2}}}}", r"\boxed{{\color{symconvX}{X_{1,4,1,3}}}}"),
    ("conv-transpose", r"\mathrm{spread}_{2}", r"\mathrm{spread}_{3}"),
    ("max-pool", r"\sum_{uv} M_{\nu,\kappa,i,j,u,v} = 1", r"\sum_{uv} M_{\nu,\kappa,i,j,u,v} = 2"),
    ("max-pool", r"\mathrm{fold}_{2}", r"\mathrm{fold}_{1}"),
)
"""A document about a large layer, a piece of one of its lines, and what would be wrong in its place."""


def large(name: str) -> str:
    layer, style, options = LARGE[name]
    return sc.derive(layer, **style).render(**options)


@pytest.mark.parametrize("name", LARGE)
def test_a_large_layer_is_accepted(name: str) -> None:
    assert_accepted(sc.check(large(name)))


@pytest.mark.parametrize(("name", "before", "after"), WRONG)
def test_a_wrong_line_about_a_large_layer_is_not_accepted(name: str, before: str, after: str) -> None:
    text = large(name)
    line = text.count("\n", 0, text.index(before)) + 1
    found = [each for each in sc.check(text.replace(before, after, 1)).findings if each.line <= line <= each.end_line]
    assert {each.verdict for each in found} <= {"refuted", "unread"}
    assert found
