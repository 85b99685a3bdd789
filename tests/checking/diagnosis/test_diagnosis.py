"""Mistakes that people make, in several hands: named in one sentence, with the right line."""

from __future__ import annotations

from typing import Any

import pytest

from symconv.checking.context import Context
from symconv.checking.diagnosis import MISTAKES, Diagnosis, diagnose
from symconv.checking.judging import Judge
from symconv.layers.avg_pool import AvgPool
from symconv.layers.conv import Conv
from symconv.layers.dense import Dense
from symconv.layers.flatten import Flatten
from symconv.layers.max_pool import MaxPool
from symconv.notation.reading import read

PLAIN = Conv(input=(3, 3), filter=(2, 2))
STRIDE = Conv(input=(5, 5), filter=(3, 3), stride=2)
PADDED = Conv(input=(3, 3), filter=(3, 3), padding=1)
DILATED = Conv(input=(5, 5), filter=(2, 2), dilation=2)
TURNED = Conv(input=(3, 3), filter=(2, 2), convention="convolution")
BIASED = Conv(input=(3, 3), filter=(2, 2), bias="map")
CHANNELS = Conv(input=(3, 3), filter=(2, 2), in_channels=2, out_channels=2)
DENSE = Dense(inputs=3, outputs=2)
AVERAGE = AvgPool(input=(4, 4), window=(2, 2))
MAXIMUM = MaxPool(input=(4, 4), window=(2, 2))
FLAT = Flatten(input=(2, 2))

SMALL = {"X": "u", "F": "k", "O": "v", "L": "E", "b": "c", "G": r"\gamma"}
LARGE = {"X": "U", "F": "K", "O": "V", "L": r"\mathcal{J}", "b": "c"}
UNITS = {"X": "h", "F": "W", "O": "s", "L": "J", "b": "c", "G": r"\epsilon"}
POOL = {"X": "P", "O": "Q", "M": "N", "L": "J"}


def diagnosed(
    layer: Any, names: dict[str, str], latex: str, base: int = 1, **options: Any
) -> tuple[Diagnosis, Context]:
    """What is said of an equation that is wrong."""
    context = Context(layer, {role: (letter,) for role, letter in names.items()}, base, **options)
    (step,) = Judge(context)(read(latex))
    assert step.verdict == "refuted", step
    return diagnose(step, context), context


def is_proved(latex: str, context: Context) -> bool:
    return [step.verdict for step in Judge(context)(read(latex))] == ["proved"]


def gradient(loss: str, entry: str) -> str:
    return rf"\frac{{\partial {loss}}}{{\partial {entry}}}"


TERMS: dict[str, tuple[Any, dict[str, str], str, str, str, str]] = {
    "a term is missing": (
        PLAIN, SMALL, gradient("E", "u_{12}") + r" = \gamma_{11} k_{12}", "missing-term",
        "the term γ_12·k_11 is missing", gradient("E", "u_{12}") + r" = \gamma_{11} k_{12} + \gamma_{12} k_{11}",
    ),
    "terms are missing in the middle": (
        PLAIN, SMALL, r"v_{2,2} = u_{2,2} k_{1,1} + u_{3,3} k_{2,2}", "missing-term",
        "the terms u_2,3·k_1,2 and u_3,2·k_2,1 are missing",
        "v_{2,2} = u_{2,2} k_{1,1} + u_{2,3} k_{1,2} + u_{3,2} k_{2,1} + u_{3,3} k_{2,2}",
    ),
    "a bias has four summands": (
        BIASED, SMALL, gradient("E", "c") + r" = \gamma_{11} + \gamma_{12} + \gamma_{22}", "missing-term",
        "the term γ_21 is missing", gradient("E", "c") + r" = \gamma_{11} + \gamma_{12} + \gamma_{21} + \gamma_{22}",
    ),
    "a term is too much": (
        PLAIN, SMALL, gradient("E", "u_{11}") + r" = k_{11} \gamma_{11} + k_{12} \gamma_{12}", "extra-term",
        "the term k_12·γ_12 is too much", gradient("E", "u_{11}") + r" = k_{11} \gamma_{11}",
    ),
    "a neighbour": (
        PLAIN, SMALL, r"v_{11} = u_{11} k_{11} + u_{12} k_{12} + u_{31} k_{21} + u_{22} k_{22}", "neighbouring-index",
        "u_31 should be u_21", "v_{11} = u_{11} k_{11} + u_{12} k_{12} + u_{21} k_{21} + u_{22} k_{22}",
    ),
    "a neighbour in the chain rule": (
        Conv(input=4, filter=3), SMALL,
        gradient("E", "k_{2}") + " = " + gradient("E", "v_{1}") + gradient("v_{1}", "k_{2}") + " + "
        + gradient("E", "v_{2}") + gradient("v_{2}", "k_{3}"), "neighbouring-index", "k_3 should be k_2", "",
    ),
    "a neighbour among channels": (
        CHANNELS, LARGE,
        gradient(r"\mathcal{J}", "K_{2,1,1,1}") + " = " + " + ".join(
            gradient(r"\mathcal{J}", f"V_{{1,2,{i},{j}}}") + f" U_{{1,{2 if (i, j) == (1, 2) else 1},{i},{j}}}"
            for i in (1, 2) for j in (1, 2)
        ), "wrong-channel", "U_1,2,1,2 should be U_1,1,1,2", "",
    ),
    "brackets": (
        BIASED, LARGE, "V(1,2) = U(1,2) K(1,1) + U(1,3) K(1,2) + U(2,1) K(2,1) + U(2,3) K(2,2) + c",
        "neighbouring-index", "U(2, 1) should be U(2, 2)", "",
    ),
    "places exchanged in one term": (
        DENSE, UNITS, gradient("J", "h_1") + r" = W_{11} \epsilon_1 + W_{12} \epsilon_2", "swapped-indices",
        "W_12 should be W_21", gradient("J", "h_{1}") + r" = W_{11} \epsilon_{1} + W_{21} \epsilon_{2}",
    ),
    "places exchanged in all terms": (
        PLAIN, SMALL, r"v_{21} = u_{21} k_{11} + u_{22} k_{21} + u_{31} k_{12} + u_{32} k_{22}", "swapped-indices",
        "the indices of k have changed places: k_21 should be k_12, and so on",
        "v_{21} = u_{21} k_{11} + u_{22} k_{12} + u_{31} k_{21} + u_{32} k_{22}",
    ),
    "flattened by columns": (FLAT, SMALL, "v_2 = u_{21}", "swapped-indices", "u_21 should be u_12", "v_{2} = u_{12}"),
    "the filter as it stands": (
        PLAIN, SMALL, gradient("E", "u_{22}") + " = " + r"\gamma_{11} k_{11} + \gamma_{12} k_{12} + \gamma_{21} k_{21}"
        r" + \gamma_{22} k_{22}", "not-rotated", "k has to be rotated by 180°: k_11 should be k_22, and so on", "",
    ),
    "true convolution computed": (
        PLAIN, SMALL, r"v_{11} = u_{11} k_{22} + u_{12} k_{21} + u_{21} k_{12} + u_{22} k_{11}",
        "convolution-for-correlation",
        "this is true convolution, but the layer computes a cross-correlation: k_22 should be k_11, and so on", "",
    ),
    "true convolution wanted": (
        TURNED, SMALL, r"v_{11} = u_{11} k_{11} + u_{12} k_{12} + u_{21} k_{21} + u_{22} k_{22}",
        "convolution-for-correlation",
        "this is cross-correlation, but the layer computes a true convolution: k_11 should be k_22, and so on", "",
    ),
    "the filter turned for a layer that turns it": (
        TURNED, SMALL, gradient("E", "u_{22}") + " = " + r"\gamma_{11} k_{22} + \gamma_{12} k_{21} + \gamma_{21} k_{12}"
        r" + \gamma_{22} k_{11}", "rotated-twice", "k must not be rotated by 180°: k_22 should be k_11, and so on", "",
    ),
    "the stride": (
        STRIDE, LARGE, gradient(r"\mathcal{J}", "K_{11}") + " = " + " + ".join(
            gradient(r"\mathcal{J}", f"V_{{{i}{j}}}") + f" U_{{{i}{j}}}" for i in (1, 2) for j in (1, 2)
        ), "stride-forgotten", "the stride is forgotten: this would be right with stride 1", "",
    ),
    "the dilation": (
        DILATED, SMALL, "v_{12} = u_{12} k_{11} + u_{13} k_{12} + u_{22} k_{21} + u_{23} k_{22}", "dilation-forgotten",
        "the dilation is forgotten: this would be right with dilation 1",
        "v_{12} = u_{12} k_{11} + u_{14} k_{12} + u_{32} k_{21} + u_{34} k_{22}",
    ),
    "the padding": (
        Conv(input=(2, 2), filter=(2, 2), padding=1), SMALL,
        "v_{11} = u_{11} k_{11} + u_{12} k_{12} + u_{21} k_{21} + u_{22} k_{22}", "padding-forgotten",
        "the padding is forgotten: this would be right without padding", "v_{11} = u_{11} k_{22}",
    ),
    "the line above left standing": (
        PLAIN, SMALL, gradient("E", "k_{12}") + r" = \gamma_{11} u_{21} + \gamma_{12} u_{22} + \gamma_{21} u_{31}"
        r" + \gamma_{22} u_{32}", "wrong-entry", "this is the value of ∂E/∂k_21, not of ∂E/∂k_12", "",
    ),
    "one window for another": (
        PLAIN, LARGE, gradient(r"\mathcal{J}", "U_{22}") + " = " + gradient(r"\mathcal{J}", "V_{22}") + " * K_{22}",
        "wrong-entry", "this is the value of ∂J/∂U_33, not of ∂J/∂U_22",
        gradient(r"\mathcal{J}", "U_{33}") + " = " + gradient(r"\mathcal{J}", "V_{22}") + r" \ast K_{22}",
    ),
    "a sign": (
        DENSE, UNITS, r"s_2 = W_{21} h_1 - W_{22} h_2 + W_{23} h_3 + c_2", "wrong-sign",
        "the sign of W_22·h_2 should be plus", "s_{2} = W_{21} h_{1} + W_{22} h_{2} + W_{23} h_{3} + c_{2}",
    ),
    "all signs": (
        PLAIN, SMALL, gradient("E", "u_{12}") + r" = -(\gamma_{11} k_{12} + \gamma_{12} k_{11})", "wrong-sign",
        "the sign is wrong", gradient("E", "u_{12}") + r" = \gamma_{11} k_{12} + \gamma_{12} k_{11}",
    ),
    "a plus": (
        PLAIN, SMALL, r"v_{11} = u_{11} k_{11} + u_{12} k_{12} u_{21} k_{21} + u_{22} k_{22}", "missing-plus",
        "a plus is missing between u_12·k_12 and u_21·k_21",
        "v_{11} = u_{11} k_{11} + u_{12} k_{12} + u_{21} k_{21} + u_{22} k_{22}",
    ),
    "the number of places": (
        AVERAGE, POOL, gradient("J", "P_{34}") + " = " + gradient("J", "Q_{22}"), "missing-factor",
        "the factor 1/4 is missing in ∂J/∂Q_22",
        gradient("J", "P_{34}") + r" = \frac{1}{4} " + gradient("J", "Q_{22}"),
    ),
    "the number of places in front of a sum": (
        AVERAGE, POOL, "Q_{11} = P_{11} + P_{12} + P_{21} + P_{22}", "missing-factor", "the factor 1/4 is missing",
        r"Q_{11} = \frac{1}{4} \left( P_{11} + P_{12} + P_{21} + P_{22} \right)",
    ),
    "another number of places": (
        AVERAGE, POOL, r"Q_{12} = \frac{P_{13} + P_{14} + P_{23} + P_{24}}{2}", "wrong-coefficient",
        "the factor should be 1/4, not 1/2", r"Q_{12} = \frac{P_{13} + P_{14} + P_{23} + P_{24}}{4}",
    ),
    "an index inside a bracket": (
        AVERAGE, POOL, r"Q_{12} = \frac{1}{4}(P_{13} + P_{14} + P_{23} + P_{34})", "neighbouring-index",
        "P_34 should be P_24", "",
    ),
    "a doubled term": (
        PLAIN, SMALL, r"v_{11} = u_{11} k_{11} + u_{12} k_{12} + 2 u_{21} k_{21} + u_{22} k_{22}", "wrong-coefficient",
        "the factor 2 is too much in 2·u_21·k_21", "",
    ),
    "the output for its gradient": (
        PLAIN, SMALL, gradient("E", "u_{12}") + " = v_{11} k_{12} + v_{12} k_{11}", "not-a-gradient",
        "v should be γ", gradient("E", "u_{12}") + r" = \gamma_{11} k_{12} + \gamma_{12} k_{11}",
    ),
    "only local gradients": (
        DENSE, UNITS, gradient("J", "h_3") + r" = W_{13} + W_{23}", "local-gradient",
        "the factor ε_1 is missing beside W_13; the factor ε_2 is missing beside W_23",
        gradient("J", "h_{3}") + r" = \epsilon_{1} W_{13} + \epsilon_{2} W_{23}",
    ),
    "weights for inputs": (
        DENSE, UNITS, gradient("J", "W_{12}") + r" = \epsilon_1 W_{12}", "wrong-letter", "W_12 should be h_2", "",
    ),
    "an array where an entry is meant": (
        PLAIN, SMALL, "v_{12} = u_{12} k_{11} + u k_{12} + u_{22} k_{21} + u_{23} k_{22}", "wrong-shape",
        "a number on the left and 3×3 on the right: u should be u_13",
        "v_{12} = u_{12} k_{11} + u_{13} k_{12} + u_{22} k_{21} + u_{23} k_{22}",
    ),
    "an array for the loss": (
        PLAIN, LARGE, gradient(r"\mathcal{J}", "U_{12}") + " = " + gradient(r"\mathcal{J}", "V_{11}") + " K_{12} + "
        + gradient("U", "V_{12}") + " K_{11}", "local-gradient",
        "a number on the left and 3×3 on the right: ∂U/∂V_12 should be ∂J/∂V_12", "",
    ),
    "masks of another place": (
        MAXIMUM, POOL, gradient("J", "P_{1,2}") + " = N_{1,1,2,1} " + gradient("J", "Q_{1,1}"),
        "swapped-indices", "", "",
    ),
    "masks with the neighbour's gradient": (
        MAXIMUM, POOL, gradient("J", "P_{13}") + " = N_{1211} " + gradient("J", "Q_{11}"), "neighbouring-index",
        "∂J/∂Q_11 should be ∂J/∂Q_12", gradient("J", "P_{13}") + " = N_{1211} " + gradient("J", "Q_{12}"),
    ),
    "beyond the last entry": (
        PLAIN, SMALL, r"v_{12} = u_{12} k_{11} + u_{13} k_{12} + u_{22} k_{21} + u_{24} k_{22}", "no-such-entry",
        "u has no entry 2,4: the last one is 3,3; u_24 should be u_23",
        "v_{12} = u_{12} k_{11} + u_{13} k_{12} + u_{22} k_{21} + u_{23} k_{22}",
    ),
    "beyond the last entry on the left": (
        PLAIN, SMALL, gradient("E", "u_{14}") + r" = \gamma_{12} k_{12}", "no-such-entry",
        "u has no entry 1,4: the last one is 3,3; this is the value of ∂E/∂u_13, not of ∂E/∂u_14",
        gradient("E", "u_{13}") + r" = \gamma_{12} k_{12}",
    ),
    "the value on the left": (
        PLAIN, SMALL, r"\gamma_{11} k_{12} = " + gradient("E", "u_{12}"), "missing-term",
        "the term γ_12·k_11 is missing", r"\gamma_{11} k_{12} + \gamma_{12} k_{11} = " + gradient("E", "u_{12}"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TERMS)
def test_entry(name: str) -> None:
    layer, names, latex, mistake, message, hint = TERMS[name]
    found, context = diagnosed(layer, names, latex)
    assert found.mistake == mistake in MISTAKES
    assert found.message == message or (not message and found.message)
    assert found.hint == hint or not hint
    assert is_proved(found.hint, context)


MATRIX = r"\begin{bmatrix} %s \end{bmatrix}"
FULL = [
    r"\gamma_{11} k_{11}", r"\gamma_{11} k_{12} + \gamma_{12} k_{11}", r"\gamma_{12} k_{12}",
    r"\gamma_{11} k_{21} + \gamma_{21} k_{11}",
    r"\gamma_{11} k_{22} + \gamma_{12} k_{21} + \gamma_{21} k_{12} + \gamma_{22} k_{11}",
    r"\gamma_{12} k_{22} + \gamma_{22} k_{12}",
    r"\gamma_{21} k_{21}", r"\gamma_{21} k_{22} + \gamma_{22} k_{21}", r"\gamma_{22} k_{22}",
]  # fmt: skip
"""The gradient by the input of the smallest convolution, row by row."""


def matrix(cells: list[str], width: int = 3) -> str:
    rows = [" & ".join(cells[at : at + width]) for at in range(0, len(cells), width)]
    return MATRIX % r" \\ ".join(rows)


def test_wrong_entry_of_a_matrix() -> None:
    cells = [*FULL[:5], r"\gamma_{12} k_{22}", *FULL[6:]]
    found, context = diagnosed(PLAIN, SMALL, gradient("E", "u") + " = " + matrix(cells))
    assert (found.mistake, found.message) == ("missing-term", "in row 2, column 3: the term γ_22·k_12 is missing")
    assert found.hint == gradient("E", "u") + " = " + matrix(FULL)
    assert is_proved(found.hint, context)


def test_several_wrong_entries_of_a_matrix() -> None:
    cells = [FULL[0], r"\gamma_{11} k_{12} + \gamma_{12} k_{21}", *FULL[2:6], FULL[6], FULL[6], FULL[8]]
    found, context = diagnosed(PLAIN, SMALL, gradient("E", "u") + " = " + matrix(cells))
    assert found.mistake == "neighbouring-index"
    assert found.message == "2 entries are wrong; in row 1, column 2: k_21 should be k_11"
    assert is_proved(found.hint, context)


def test_matrix_with_the_filter_as_it_stands() -> None:
    turned = {"k_{11}": "k_{22}", "k_{22}": "k_{11}", "k_{12}": "k_{21}", "k_{21}": "k_{12}"}
    cells = [" + ".join(term.replace(term[-6:], turned[term[-6:]]) for term in cell.split(" + ")) for cell in FULL]
    found, context = diagnosed(PLAIN, SMALL, gradient("E", "u") + " = " + matrix(cells))
    assert found.mistake == "not-rotated"
    assert is_proved(found.hint, context)


def test_transposed_matrix() -> None:
    cells = [rf"\epsilon_{i} h_{j}" for j in (1, 2, 3) for i in (1, 2)]
    found, context = diagnosed(DENSE, UNITS, gradient("J", "W") + " = " + matrix(cells, 2))
    assert found.mistake == "missing-transpose"
    assert is_proved(found.hint, context)
    assert found.message == "2×3 on the left and 3×2 on the right: the matrix has to be transposed"


OPERATORS: dict[str, tuple[Any, dict[str, str], str, dict[str, str], str, str]] = {
    "the filter not rotated": (
        PLAIN, SMALL, gradient("E", "u") + r" = \text{conv}(\gamma, k)", {"conv": "correlate"}, "not-rotated",
        gradient("E", "u") + r" = \mathrm{conv}\left( \gamma,\, \mathrm{rot180}\left( k \right) \right)",
    ),
    "rotated for the filter's gradient": (
        PLAIN, SMALL, gradient("E", "k") + r" = u * \text{flip}(\gamma)", {"*": "correlate"}, "rotated-twice",
        gradient("E", "k") + r" = u \ast \gamma",
    ),
    "no zeros between": (
        STRIDE, LARGE, gradient(r"\mathcal{J}", "K") + r" = U \otimes " + gradient(r"\mathcal{J}", "V"), {},
        "stride-forgotten", "",
    ),
    "no zeros around": (
        PADDED, LARGE, gradient(r"\mathcal{J}", "K") + r" = U \otimes_{valid} " + gradient(r"\mathcal{J}", "V"), {},
        "padding-forgotten", "",
    ),
    "the wrong array": (
        PLAIN, SMALL, gradient("E", "k") + r" = k * \gamma", {}, "wrong-letter",
        gradient("E", "k") + r" = u \ast \gamma",
    ),
    "the filter for its gradient": (
        PLAIN, SMALL, r"\begin{bmatrix} k_{11} & k_{12} \\ k_{21} & k_{22} \end{bmatrix} = u * \gamma", {},
        "not-a-gradient", "",
    ),
    "the output for the loss": (
        PLAIN, SMALL, gradient("v", "k") + r" = u * \gamma", {}, "local-gradient",
        gradient("E", "k") + r" = u \ast \gamma",
    ),
    "the input for the output": (PLAIN, SMALL, "u = u * k", {}, "wrong-entry", r"v = u \ast k"),
    "no transpose": (
        DENSE, UNITS, gradient("J", "h") + r" = W \epsilon", {}, "missing-transpose",
        gradient("J", "h") + r" = W^{\top} \epsilon",
    ),
    "the product the other way round": (
        DENSE, UNITS, gradient("J", "W") + r" = h \epsilon^T", {}, "missing-transpose",
        gradient("J", "W") + r" = \epsilon h^{\top}",
    ),
    "no sum": (BIASED, SMALL, gradient("E", "c") + r" = \gamma", {}, "missing-sum", ""),
    "a matrix of the wrong entries": (
        PLAIN, SMALL, "v = " + matrix([f"u_{{{at}}}" for at in (11, 12, 13, 12, 22, 23, 31, 32, 33)])
        + " * k", {}, "swapped-indices", "v = " + matrix([f"u_{{{i}{j}}}" for i in "123" for j in "123"]) + r" \ast k",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", OPERATORS)
def test_operators(name: str) -> None:
    layer, names, latex, signs, mistake, hint = OPERATORS[name]
    found, context = diagnosed(layer, names, latex, signs=signs)
    assert found.mistake == mistake in MISTAKES
    assert found.message
    assert found.hint == hint or not hint
    assert is_proved(found.hint, context)


SUMS: dict[str, tuple[Any, str, int, str, str]] = {
    "no sum": (PLAIN, gradient("E", "k_{mn}") + r" = \gamma_{ij} u_{i+m-1,j+n-1}", 1, "missing-sum", ""),
    "one further": (
        PLAIN, gradient("E", "k_{mn}") + r" = \sum_{i,j} \gamma_{ij} u_{i+m,j+n}", 1, "neighbouring-index",
        gradient("E", "k_{mn}") + r" = \sum_{ij} \gamma_{ij} u_{i+m-1,j+n-1}",
    ),
    "too short": (
        PLAIN, gradient("E", "k_{mn}") + r" = \sum_{i=0}^{1}\sum_{j=0}^{0} \gamma_{ij} u_{i+m,j+n}", 0, "wrong-range",
        gradient("E", "k_{mn}") + r" = \sum_{i = 0}^{1} \sum_{j = 0}^{1} \gamma_{ij} u_{i+m,j+n}",
    ),
    "over the filter": (
        Conv(input=(5, 5), filter=(2, 2)),
        gradient("E", "k_{mn}") + r" = \sum_{i=1}^{2}\sum_{j=1}^{2} \gamma_{ij} u_{i+m-1,j+n-1}", 1, "wrong-range", "",
    ),
    "the stride": (STRIDE, r"v_{ij} = \sum_{m,n} u_{i+m,j+n} k_{mn}", 0, "stride-forgotten",
        r"v_{ij} = \sum_{mn} u_{2i+m,2j+n} k_{mn}"),
    "the padding": (PADDED, r"v_{ij} = \sum_{m,n} u_{i+m,j+n} k_{mn}", 0, "padding-forgotten",
        r"v_{ij} = \sum_{mn} u_{i+m-1,j+n-1} k_{mn}"),
    "the dilation": (DILATED, r"v_{ij} = \sum_{m,n} u_{i+m,j+n} k_{mn}", 0, "dilation-forgotten",
        r"v_{ij} = \sum_{mn} u_{i+2m,j+2n} k_{mn}"),
    "minus for plus": (PLAIN, r"v_{ij} = \sum_{m,n} k_{mn} u_{i-m,j-n}", 0, "wrong-sign", ""),
    "a sum over what is named": (
        PLAIN, gradient("v_{ij}", "k_{mn}") + r" = \sum_{i,j} u_{i+m,j+n}", 0, "free-index-summed",
        gradient("v_{ij}", "k_{mn}") + r" = u_{i+m,j+n}",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SUMS)
def test_sums(name: str) -> None:
    layer, latex, base, mistake, hint = SUMS[name]
    found, context = diagnosed(layer, SMALL, latex, base)
    assert found.mistake == mistake in MISTAKES
    assert found.message
    assert found.hint == hint or not hint
    assert is_proved(found.hint, context)


def test_nothing_explains_it() -> None:
    """Then the right value is given, which is proved too."""
    found, context = diagnosed(PLAIN, SMALL, r"v_{11} = u_{33} u_{33} - 5 k_{12} k_{12} k_{12} + \frac{1}{7}")
    assert is_proved(found.hint, context)


def test_shapes_that_nothing_mends() -> None:
    found, _ = diagnosed(PLAIN, SMALL, gradient("E", "u") + " = 3 v - k")
    assert found.mistake == "wrong-shape"
    assert "3×3" in found.message
    assert "2×2" in found.message
    assert found.hint == ""


def test_own_letters_without_an_example_in_the_line() -> None:
    """The gradient at the output is written as the names say where the line holds none."""
    found, _ = diagnosed(PLAIN, SMALL | {"G": r"\omega"}, gradient("E", "u_{1,1}") + " = k_{1,1}")
    assert found.hint == gradient("E", "u_{1,1}") + r" = \omega_{1,1} k_{1,1}"


def test_entry_of_the_padding_is_told_as_it_was_written() -> None:
    layer = AvgPool(input=(3, 3), window=(2, 2), padding=1)
    line = r"Q_{22} = \frac{1}{4} P_{22} + \frac{1}{4} P_{23} + \frac{1}{4} P_{32} + \frac{1}{4} P_{34}"
    found, context = diagnosed(layer, POOL, line)
    assert "P_34 should be P_33" in found.message, found
    assert is_proved(found.hint, context)
