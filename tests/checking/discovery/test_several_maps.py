"""Layers of several filters: what a number counts, whose bias is whose, and where channels are counted from."""

import pytest

import symconv as sc
from symconv.checking.discovery.words import Prose
from symconv.checking.sources import source_from_text

INTRO = (
    "The input $I$ is 3×3, two filters $J^1, J^2$ are 2×2, their biases are $b_1, b_2$; the outputs $K^1, K^2$ are 2×2."
)


def found(intro, *lines):
    findings = sc.check("\n\n".join([intro, *(f"$${line}$$" for line in lines)])).findings
    return findings[len(findings) - len(lines) :]


def verdicts(intro, *lines):
    return [one.verdict for one in found(intro, *lines)]


def grad(name):
    return rf"\frac{{\partial E}}{{\partial {name}}}"


@pytest.mark.parametrize(
    "settings", ["stride 1, padding 0, 2 filters", "stride 1, 2 filters", "padding 0, 2 output channels, stride 1"]
)
def test_a_number_in_front_of_a_noun_counts_the_noun(settings):
    right = f"{grad('I_{13}')} = {grad('K^1_{12}')} J^1_{{12}} + {grad('K^2_{12}')} J^2_{{12}}"
    wrong = f"{grad('I_{13}')} = {grad('K^1_{12}')} J^1_{{12}} + {grad('K^2_{12}')} J^2_{{11}}"
    intro = f"Convolve the 3×3 input $I$ with 2×2 filters $J^1, J^2$, {settings}; the output is $K$."
    assert verdicts(intro, right, wrong) == ["proved", "refuted"]


def test_a_stride_in_front_of_a_size_is_the_stride():
    intro = "The input $I$ is 4×4; stride 2, 2×2 kernel $J$, output $K$."
    assert verdicts(intro, f"{grad('I_{34}')} = {grad('K_{22}')} J_{{12}}") == ["proved"]


def test_two_numbers_in_brackets_are_one_per_axis():
    intro = "The input $I$ is 3×4, the kernel $J$ is 2×2, the stride is (1, 2); the output is $K$."
    assert verdicts(intro, f"{grad('I_{24}')} = {grad('K_{12}')} J_{{22}} + {grad('K_{22}')} J_{{12}}") == ["proved"]


@pytest.mark.parametrize(("above", "bias"), [("2", "b_2"), ("2", "b^{2}"), ("(2)", "b^{(2)}")])
def test_each_filter_has_its_bias(above, bias):
    entries = [(at, f"K^{{{above}}}_{{{at}}}", f"J^{{{above}}}_{{{at}}}") for at in (11, 12, 21, 22)]
    forward = f"{entries[0][1]} = " + " + ".join(f"I_{{{at}}} {weight}" for at, _, weight in entries)
    whole = " + ".join(grad(output) for _, output, _ in entries)
    other = bias.replace("2", "1")
    lines = [f"{forward} + {bias}", f"{forward} + {other}", f"{grad(bias)} = {whole}", f"{grad(other)} = {whole}"]
    assert verdicts(INTRO, *lines) == ["proved", "refuted", "proved", "refuted"]


def test_channels_have_a_first_number_of_their_own():
    intro = "The 3×3 input $I$ has 2 channels, the filter $J$ is 2×2, the output $K$ is 2×2. Entries count from 0."
    terms = [f"{grad(f'K_{{{m}{n}}}')} I^{{(2)}}_{{{m + 1}{n}}}" for m in (0, 1) for n in (0, 1)]
    assert verdicts(intro, f"{grad('J^{(2)}_{10}')} = {' + '.join(terms)}") == ["proved"]


def test_taps_and_elements_are_counted_in_front_of_a_hyphen():
    intro = "A 1-D convolution of a 5-element input $I$ with a 3-tap filter $J$, padding 1, output $K$."
    (one,) = found(intro, f"{grad('J_1')} = " + " + ".join(f"{grad(f'K_{n + 1}')} I_{n}" for n in range(1, 5)))
    assert one.verdict == "proved"


def test_a_pool_behind_a_convolution_has_sizes_and_letters_of_its_own():
    intro = (
        "A convolution: the input $I$ is 4×4, the kernel $J$ is 3×3, stride 1, and the output $K$ is 2×2. "
        "Then average pooling with a 2×2 window: $P = \\frac{K_{11} + K_{12} + K_{21} + K_{22}}{4}$."
    )
    right, wrong = (f"{grad('I_{44}')} = {grad('K_{22}')} J_{{{at}}}" for at in (33, 22))
    assert verdicts(intro, right, wrong) == ["proved", "refuted"]


def test_a_letter_that_a_fraction_computes_has_no_number_from_it():
    text = "No padding here. The mean is $P = \\frac{K_{11} + K_{12}}{2}$, the stride is $s = 2$."
    found = Prose(source_from_text(text)).quantities
    assert [(one.name, one.value) for one in found] == [("padding", (0,)), ("stride", (2,))]
