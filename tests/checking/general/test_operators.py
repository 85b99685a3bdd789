"""Operator forms with general sizes: which of them hold, by an oracle that computes with numbers."""

import numpy as np
import pytest

from symconv.checking.context import Context
from symconv.checking.general import Hints, decide_operators, is_operator_form
from symconv.layers.conv import Conv
from symconv.notation.reading import read

NAMES = {"X": ["X"], "F": ["F"], "O": ["O"], "L": ["L"], "b": ["b"]}
LAYERS = {"X": ["a"], "F": ["W"], "O": ["z"], "L": ["C"], "G": [r"\delta"], "b": ["b"]}
DX, DF, DO = (rf"\frac{{\partial L}}{{\partial {name}}}" for name in "XFO")


def judged(text, signs, names=NAMES, layer=None, convention="correlation"):
    context = Context(layer=layer, names=names, signs=signs)
    return decide_operators(read(text), context, Hints(convention=None if layer else convention))


def slide(signal, filter, *, full, turned):
    """Correlation of whole numbers, or convolution where `turned`."""
    filter = filter[::-1] if turned else filter
    wide = len(filter) - 1
    signal = np.pad(signal, wide) if full else signal
    return np.array([signal[i : i + len(filter)] @ filter for i in range(len(signal) - wide)])


def arrays(n, k):
    draw = np.random.default_rng(5)
    X, F = draw.integers(1, 99, n), draw.integers(1, 99, k)
    G = draw.integers(1, 99, n - k + 1)
    windows = np.array([[X[i + f] for f in range(k)] for i in range(n - k + 1)])
    dX = np.array([sum(G[i] * F[p - i] for i in range(len(G)) if 0 <= p - i < k) for p in range(n)])
    return {"X": X, "F": F, "G": G, "O": windows @ F, "dX": dX, "dF": windows.T @ G}


WRITTEN = {"X": "X", "F": "F", "G": DO, "dX": DX, "dF": DF, "O": "O"}


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("reversed_", [False, True])
@pytest.mark.parametrize(("left", "signal", "filter"), [("dX", "G", "F"), ("dF", "X", "G"), ("O", "X", "F")])
def test_a_form_is_proved_where_numbers_agree_and_refuted_where_they_do_not(left, signal, filter, turned, reversed_):
    known = arrays(5, 2)
    second = known[filter][::-1] if reversed_ else known[filter]
    holds = np.array_equal(slide(known[signal], second, full=left == "dX", turned=turned), known[left])
    operand = rf"\text{{rot180}}({WRITTEN[filter]})" if reversed_ else WRITTEN[filter]
    answer = judged(f"{WRITTEN[left]} = {WRITTEN[signal]} * {operand}", {"*": "convolve" if turned else "correlate"})
    assert answer.verdict == ("proved" if holds else "refuted")


@pytest.mark.parametrize(
    "text",
    [
        rf"{DX} = \text{{Full Convolution}}(\text{{rot180}}(F), {DO})",
        rf"{DX} = \text{{conv}}(\text{{pad}}({DO}, k - 1), \text{{rot180}}(F))",
        rf"{DF} = \text{{conv}}(X, {DO})",
        r"O = X * F + b",
    ],
)
def test_named_operations(text):
    signs = {"*": "correlate", "conv": "correlate", "Full Convolution": "correlate"}
    assert judged(text, signs).verdict == "proved"


@pytest.mark.parametrize(
    ("text", "sign", "verdict"),
    [
        (r"\delta^{l} = \delta^{l+1} * \text{rot180}(W^{l+1}) \odot \sigma'(z^l)", "correlate", "proved"),
        (r"\delta^{l} = \delta^{l+1} * \text{rot180}(W^{l+1}) \odot \sigma'(z^l)", "convolve", "refuted"),
        (r"\delta^{l} = (\delta^{l+1} * W^{l+1}) \odot \sigma'(z^l)", "convolve", "proved"),
        (r"\frac{\partial C}{\partial W^l} = a^{l-1} * \delta^l", "correlate", "proved"),
        (r"\frac{\partial C}{\partial W^l} = a^{l-1} * \delta^l", "convolve", "refuted"),
    ],
)
def test_the_error_signal_between_layers(text, sign, verdict):
    assert judged(text, {"*": sign}, LAYERS).verdict == verdict


def test_a_sign_that_is_not_known_is_tried_and_told():
    answer = judged(f"{DX} = {DO} * F", {})
    assert (answer.verdict, answer.readings) == ("proved", ("* is true convolution",))


def test_the_stride_of_the_layer_counts():
    layer = Conv(input=(5, 5), filter=(3, 3), stride=2)
    spread = rf"\text{{pad}}(\text{{spread}}({DO}), k-1) * \text{{rot180}}(F)"
    answer = judged(f"{DX} = {spread}", {"*": "correlate"}, layer=layer)
    assert (answer.verdict, answer.readings) == ("proved", ("the windows reach the end of the input",))
    assert judged(rf"{DX} = {DO} * \text{{rot180}}(F)", {"*": "correlate"}, layer=layer).verdict == "refuted"


@pytest.mark.parametrize("text", ["a = b", f"{DX} = F^T {DO}", f"{DX} = X * F", "O = 1"])
def test_what_is_no_such_form_is_undecided(text):
    assert judged(text, {"*": "correlate"}).verdict == "undecided"


def test_operator_forms_are_told_from_others():
    assert is_operator_form(read(f"{DX} = {DO} * F"))
    assert not is_operator_form(read(r"y_i = \sum_u x_{i+u} w_u"))
