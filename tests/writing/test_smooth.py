"""Documents of smooth layers: every reader accepts them, and they say what is special about each."""

import re
import time
from functools import cache

import pytest

import symconv as sc
from tests.smooth import ALL
from tests.tools import display_math, github_refuses, katex_errors, latex_problems, math_blocks, prose

each_layer = pytest.mark.parametrize("name", ALL)
each_detail = pytest.mark.parametrize("detail", ["brief", "full"])


@cache
def derivation(name):
    return sc.derive(ALL[name])


@cache
def written(name, to="markdown", detail="full"):
    return derivation(name).render(to, detail=detail)


@each_detail
def test_readers_accept_all_mathematics(detail):
    blocks = [block for name in ALL for block in math_blocks(written(name, detail=detail))]
    assert katex_errors(blocks) == []
    shown = [block for name in ALL for block in display_math(written(name, detail=detail))]
    assert [refused for block in shown for refused in github_refuses(block)] == []


@pytest.mark.parametrize(
    "name",
    ["relu, 1/2 at 0", "gelu", "softmax, large", "mse, mean", "bce, fused, batch", "cross-entropy, fused, batch",
     "batch norm, channels", "layer norm, large"],
)  # fmt: skip
@each_detail
def test_an_article_compiles_without_a_complaint(name, detail):
    assert latex_problems(written(name, "latex", detail)) == []


@each_layer
@each_detail
def test_nothing_is_left_unprinted(name, detail):
    for to in ("markdown", "latex", "latex-fragment"):
        text = written(name, to, detail)
        assert re.findall(r"\b(?:None|True|False|Undefined)\b|object at 0x|\{%|%\(|[\u2060\t]", text) == []


@each_layer
def test_a_document_says_how_it_was_proved_and_how_to_repeat_it(name):
    text = prose(written(name))
    assert ("too many entries to compare one by one" in text) == ("large" in name)
    assert f"symconv derive {' '.join(ALL[name].options())}" in written(name)


SAID = {
    "relu, 1/2 at 0": ["there is no derivative; the layer takes", "The value of the derivative at 0 is a convention"],
    "sigmoid": ["the backward pass needs no exponentials of its own", "one product is left"],
    "softmax": ["An output by its own input, and by another", "No derivative is 0"],
    "cross-entropy, fused": ["So far the targets were any numbers", "With one true class"],
    "bce, fused": ["so the product of the two is a difference"],
    "mse, mean": ["the mean over the outputs of an example"],
    "batch norm": ["the distances from the mean add up to 0", "Three ways from an input to the loss"],
    "layer norm, batch": ["All examples share it, so the chain rule adds over the examples"],
}


@pytest.mark.parametrize(("name", "said"), SAID.items(), ids=SAID)
def test_what_surprises_is_explained(name, said):
    text = prose(written(name))
    assert [sentence for sentence in said if sentence not in text] == []


def test_letters_and_indices_are_the_users():
    text = sc.derive(sc.Softmax(inputs=2), names={"X": "x", "O": "p"}, index_base=0).render()
    assert r"\frac{\partial p_{0}}{\partial x_{1}}" in text or r"-p_{0} p_{1}" in text
    assert "S_" not in text


@pytest.mark.parametrize(
    "layer", [sc.Softmax(inputs=1000), sc.BatchNorm(input=(56, 56), channels=64, batch=64)], ids=repr
)
def test_a_large_layer_takes_seconds_and_no_more_pages(layer):
    begin = time.process_time()
    text = sc.derive(layer).render()
    assert time.process_time() - begin < 30
    assert len(text) < 20_000
