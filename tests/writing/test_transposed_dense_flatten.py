"""The write-ups of transposed convolutions, dense layers and flattening, in every format."""

from functools import cache

import pytest

from symconv import ConvTranspose, Dense, Flatten, derive
from tests.tools import display_math, github_refuses, inline_math, katex_errors, latex_problems, math_blocks

LETTERS = {"X": "x", "F": "w", "O": "z", "G": r"\delta", "L": r"\mathcal{L}"}

LAYERS = {
    "output padding": derive(ConvTranspose((2, 2), (3, 3), 2, output_padding=1)),
    "output padding above the stride": derive(ConvTranspose(3, 2, dilation=3, output_padding=2)),
    "one entry": derive(ConvTranspose(1, 1)),
    "whole copies cut off": derive(ConvTranspose((4, 4), (1, 1), padding=1)),
    "padding and letters": derive(
        ConvTranspose((3, 2), (3, 3), stride=2, padding=((1, 0), (-1, 2)), bias="entry"), names=LETTERS, index_base=0
    ),
    "3-D": derive(ConvTranspose((2, 2, 2), (2, 2, 2), 2)),
    "channels, mean": derive(
        ConvTranspose((2, 2), (2, 2), 2, in_channels=4, out_channels=2, groups=2, batch=2, bias="map"), batch_mean=True
    ),
    "DCGAN": derive(ConvTranspose((8, 8), (4, 4), 2, 1, in_channels=512, out_channels=256, batch=64)),
    "dense": derive(Dense(4, 3)),
    "dense, rows and batch": derive(Dense(3, 2, batch=2, convention="rows"), batch_mean=True),
    "dense, one of each, letters": derive(Dense(1, 1, bias=False), names={"X": "x", "F": "w", "G": r"\delta"}),
    "dense, wide": derive(Dense(12, 11, batch=10), index_base=0),
    "dense, large": derive(Dense(25088, 4096, convention="rows")),
    "flatten": derive(Flatten((2, 3))),
    "flatten, channels and batch": derive(Flatten((2, 2), channels=3, batch=2), index_base=0),
    "flatten, 1-D": derive(Flatten(5)),
    "flatten, 3-D": derive(Flatten((2, 3, 2), channels=2)),
    "flatten, large": derive(Flatten((7, 7), channels=512, batch=64), batch_mean=True),
}
each_layer = pytest.mark.parametrize("layer", LAYERS)
each_detail = pytest.mark.parametrize("detail", ["brief", "full"])


@cache
def written(layer, to, detail):
    return LAYERS[layer].render(to, detail=detail)


def test_katex_takes_all_mathematics():
    pages = [written(layer, "markdown", detail) for layer in LAYERS for detail in ("brief", "full")]
    assert katex_errors(sorted({block for page in pages for block in math_blocks(page)})) == []


@each_layer
@each_detail
def test_github_takes_all_mathematics(layer, detail):
    page = written(layer, "markdown", detail)
    assert [error for block in display_math(page) for error in github_refuses(block)] == []
    assert [error for block in inline_math(page) for error in github_refuses(block, inline=True)] == []


@each_layer
def test_latex_compiles_and_nothing_is_too_wide(layer):
    assert latex_problems(written(layer, "latex", "full")) == []


@pytest.mark.parametrize("layer", ["output padding", "dense, rows and batch", "flatten, channels and batch"])
def test_a_brief_document_compiles(layer):
    assert latex_problems(written(layer, "latex", "brief")) == []


@each_layer
def test_every_closed_form_of_a_page_was_proved(layer):
    proofs = LAYERS[layer].proofs
    assert proofs
    assert all(proof.holds for proof in proofs)


def test_the_transposed_convolution_says_what_its_name_means():
    page = written("output padding", "markdown", "full")
    assert "Why the layer is called transposed" in page
    assert "The input gradient is an ordinary convolution" in page
    assert "inputs of 5 to 6 entries all have 2 windows here" in page
    assert r"\frac{\partial \left\langle X,\, V \otimes_{2} F \right\rangle_{F}}{\partial V}" in page


def test_where_the_output_padding_reaches_the_stride_only_the_first_places_count():
    page = written("output padding above the stride", "markdown", "full")
    assert "The output padding reaches the stride" in page
    assert r"\mathrm{keep}_{3}\left( \frac{\partial L}{\partial O} \otimes" in page


@pytest.mark.parametrize(("layer", "roles"), [("output padding", "F"), ("dense", "X"), ("dense", "b")])
def test_a_single_gradient(layer, roles):
    page = LAYERS[layer].render("markdown", wrt=roles)
    others = {"F": "The input gradient", "X": "The weight gradient", "b": "The weight gradient"}
    assert others[roles] not in page


@pytest.mark.parametrize(
    ("layer", "target", "form", "expected"),
    [
        ("dense", "dL/dF", "closed", r"\frac{\partial L}{\partial W} = \frac{\partial L}{\partial Z} A^{\top}"),
        ("dense", "O_2", None, r"Z_{2} = W_{21} A_{1} + W_{22} A_{2} + W_{23} A_{3} + W_{24} A_{4} + b_{2}"),
        ("dense", "dL/dX_1", "chain", None),
        ("dense", "dO/dF_11", None, r"\frac{\partial Z}{\partial W_{11}} = \begin{bmatrix} A_{1} \\ "),
        ("dense", "dL/db", "closed", r"\frac{\partial L}{\partial b_{i}} = \frac{\partial L}{\partial Z_{i}}"),
        (
            "flatten", "dL/dX", "closed",
            r"\frac{\partial L}{\partial X} = \mathrm{unvec}_{2 \times 3}\left( \frac{\partial L}{\partial O} \right)",
        ),
        ("flatten", "dL/dX_21", None, r"\frac{\partial L}{\partial X_{21}} = \frac{\partial L}{\partial O_{4}}"),
        ("output padding", "dL/dX", "closed", r"\partial X} &= \frac{\partial L}{\partial O} \otimes_{2} F"),
        ("output padding", "O_66", None, r"O_{66} = 0"),
    ],
)  # fmt: skip
def test_single_equations(layer, target, form, expected):
    found = LAYERS[layer].latex(target, form=form)
    assert katex_errors([found]) == []
    if expected is not None:
        assert found.startswith(expected) or expected in found
