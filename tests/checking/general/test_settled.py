r"""What one formula of a text shows for those after it, and at which positions a formula says something."""

import re

import pytest

from symconv.checking.context import Context
from symconv.checking.general import Hints, decide, decide_chain, decide_operators
from symconv.compose.check import check
from symconv.notation.reading import read

NAMES = {"X": ["x"], "F": ["w"], "O": ["y"], "b": ["b"], "L": ["L"]}
DX, DY, DW, DB = (rf"\frac{{\partial L}}{{\partial {name}_{{%s}}}}" for name in "xywb")
FORWARD = r"y_{i,j} = \sum_{m}\sum_{n} x_{i+m,j+n} w_{m,n}"
TURNED = r"y_{i,j} = \sum_{m}\sum_{n} x_{i-m,j-n} w_{m,n}"
ROTATED = DX % "i,j" + r" = \sum_{m}\sum_{n} " + DY % "i-m,j-n" + " w_{m,n}"
NOT_ROTATED = DX % "i,j" + r" = \sum_{m}\sum_{n} " + DY % "i+m,j+n" + " w_{m,n}"
MAPS = r"y_{k,i} = \sum_{c}\sum_{u} x_{c,i+u} w_{k,c,u}"


def verdicts(*formulas):
    text = "A convolution.\n\n" + "\n\n".join(f"$${each}$$" for each in formulas)
    return [each.verdict for each in check(text, names=NAMES, index_base=0).findings]


def decided(text, base=0, **hints):
    return decide(read(text), Context(names=NAMES, index_base=base), Hints(**hints))


@pytest.mark.parametrize(
    ("forward", "right", "wrong"), [(FORWARD, ROTATED, NOT_ROTATED), (TURNED, NOT_ROTATED, ROTATED)]
)
def test_the_definition_of_the_output_settles_which_convolution_is_meant(forward, right, wrong):
    assert verdicts(forward, right, wrong) == ["proved", "proved", "refuted"]


def test_a_gradient_of_the_other_convolution_is_called_that():
    assert decided(NOT_ROTATED, convention="correlation").mistake == "convolution-for-correlation"


def test_where_both_convolutions_are_defined_a_gradient_may_be_of_either():
    assert verdicts(TURNED, FORWARD, ROTATED, NOT_ROTATED) == ["proved"] * 4


def test_what_no_formula_shows_is_told():
    assert "true convolution" in decided(NOT_ROTATED).message
    assert "true convolution" not in decided(NOT_ROTATED, convention="convolution", full=True).message


def test_the_order_of_channels_is_settled():
    right = DX % "c,p" + r" = \sum_{k}\sum_{u} " + DY % "k,p-u" + " w_{k,c,u}"
    assert verdicts(MAPS, right, right.replace("w_{k,c,u}", "w_{c,k,u}")) == ["proved", "proved", "refuted"]


def test_the_order_of_channels_does_not_bind_formulas_with_other_axes():
    gradient = DW % "u,v" + r" = \sum_{i,j} " + DY % "i,j" + " x_{i+u,j+v}"
    assert verdicts(MAPS, FORWARD, gradient) == ["proved"] * 3


def test_the_first_index_of_positions_is_settled_and_not_that_of_channels():
    bias = DB % "k" + r" = \sum_{i=%s} " + DY % "k,i"
    examples = DW % "u" + r" = \sum_{n=1}^{N}\sum_{i} " + DY % "n,i" + " x_{n,i+u}"
    found = verdicts(MAPS + " + b_k", bias % "0}^{H-1", bias % "1}^{H", r"y_i = \sum_u x_{i+u} w_u", examples)
    assert found == ["proved", "proved", "refuted", "proved", "proved"]


def test_the_mean_over_the_examples_is_settled():
    sums = r"\sum_{n}\sum_{i} " + DY % "n,i"
    right = DW % "u" + rf" = \frac{{1}}{{N}} {sums} x_{{n,i+u}}"
    forward = r"y_{n,i} = \sum_u x_{n,i+u} w_u"
    assert verdicts(forward, right, right.replace(r"\frac{1}{N}", "")) == ["proved", "proved", "refuted"]
    inputs = DX % "n,p" + r" = \sum_u " + DY % "n,p-u" + " w_u"
    assert verdicts(forward, right, inputs) == ["proved"] * 3


def test_common_knowledge_is_what_no_formula_contradicts():
    one = Hints(convention="correlation", base=0, layout={"F": ("out", "in", "0")}, defines=True)
    other = Hints(convention="convolution", base=1, layout={"F": ("in", "out", "0")})
    common = Hints.common([one, other])
    assert (common.convention, common.base, dict(common.layout)) == ("correlation", None, {})
    assert not Hints.common([one]).allows(other)
    assert Hints().allows(other)


# Positions


@pytest.mark.parametrize(
    "text",
    [
        r"\frac{\partial y_{i-m}}{\partial x_i} = w_m",
        r"w_m = \frac{\partial y_{i-m}}{\partial x_i}",
        r"\frac{\partial y_{i'-m,j'-n}}{\partial x_{i',j'}} = w_{m,n}",
        r"\frac{\partial y_{(p-u)/s}}{\partial x_p} = w_u \left[ s \mid p-u \right]",
    ],
)
def test_positions_that_the_left_side_does_not_have_are_left_out(text):
    assert decided(text, convention="correlation").verdict == "proved"


@pytest.mark.parametrize(
    "text",
    [r"\frac{\partial y_{i-m,j-n}}{\partial x_{i,j}} = w_{n,m}", r"\frac{\partial y_{i+m}}{\partial x_i} = w_m"],
)
def test_other_entries_there_are_refuted(text):
    assert decided(text, convention="correlation").verdict in ("refuted", "undecided")
    assert decided(text.replace("w_{n,m}", "2 w_{m,n}"), convention="correlation").verdict != "proved"


def test_what_is_0_everywhere_proves_nothing():
    answer = decided(r"\frac{\partial y_{i-m,j-n}}{\partial x_{i,j}} = w_{i-m,j-n}", convention="correlation")
    assert answer.verdict == "undecided"


def test_a_counterexample_is_one():
    answer = decided(r"\frac{\partial y_{i-m,j-n}}{\partial x_{i,j}} = w_{n,m}", convention="correlation")
    at = answer.counterexample
    left, right = ([int(number) for number in re.findall(r"\d+", side)] for side in (answer.left, answer.right))
    assert (left, right) == ([at["m"], at["n"]], [at["n"], at["m"]])
    assert 0 <= at["i"] - at["m"] < at["o_1"]
    assert 0 <= at["j"] - at["n"] < at["o_2"]


# Chains and arrays


def test_a_letter_that_indexes_alone_in_a_chain_is_an_index_throughout():
    sides = read(DW % "m" + r" = \sum_i " + DY % "i" + r" x_{i+m} = \sum_i x_i " + DY % "i-m").sides
    found = decide_chain(sides, Context(names=NAMES, index_base=0), Hints(convention="correlation"))
    assert [each.verdict for each in found] == ["proved", "proved"]
    assert not any(each.readings for each in found)


def test_arrays_are_decided_where_no_layer_is_known():
    whole = r"\frac{\partial L}{\partial w} = x \star \frac{\partial L}{\partial y}"
    assert verdicts(r"y_i = \sum_u x_{i+u} w_u", whole, whole.replace(r"x \star", r"y \star")) != ["proved"] * 3
    assert verdicts(r"y_i = \sum_u x_{i+u} w_u", whole) == ["proved", "proved"]


MAPPED = r"\frac{\partial L}{\partial w(%s)} = x(c) \star \frac{\partial L}{\partial y(k)}"


@pytest.mark.parametrize(
    ("index", "order", "verdict"),
    [
        ("i, j, c, k", ("0", "1", "in", "out"), "proved"),
        ("i, j, c, k", None, "proved"),
        ("i, j, k, c", ("0", "1", "in", "out"), "undecided"),
        ("i, i, c, k", None, "undecided"),
        ("i, j, c, c", None, "undecided"),
    ],
)
def test_one_map_of_each_array_is_an_array(index, order, verdict):
    hints = Hints(convention="correlation", layout={"F": order} if order else {})
    context = Context(names=NAMES, index_base=0, signs={r"⋆": "correlate"})
    assert decide_operators(read(MAPPED % index), context, hints).verdict == verdict
