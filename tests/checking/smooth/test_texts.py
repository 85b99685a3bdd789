"""What surrounds a formula: definitions, values, conditions, layers; and what is no claim or not understood."""

from __future__ import annotations

import random
import re
from typing import Any

import pytest

from symconv.checking.context import Context
from symconv.checking.diagnosis import diagnose
from symconv.checking.smooth import Definitions, judge_smooth
from symconv.checking.smooth.judging import stated
from symconv.errors import UnreadError
from symconv.layers.conv import Conv
from symconv.layers.entrywise import GELU, LeakyReLU, ReLU, Sigmoid, SiLU, Softplus, Tanh
from symconv.layers.losses import MSE, BinaryCrossEntropy, CrossEntropy
from symconv.layers.normalisation import BatchNorm, LayerNorm
from symconv.layers.softmax import Softmax
from symconv.notation.latex import LatexPrinter
from symconv.notation.reading import read, statements
from symconv.notation.tree import Relation, Style
from tests.checking.smooth.statements import cases


def defined(*texts: str) -> Definitions:
    found = Definitions()
    for text in texts:
        found = found.after(read(text))
    return found


def verdicts(latex: str, *texts: str, given: str = "", **context: Any) -> list[str] | None:
    node = read(latex)
    assert isinstance(node, Relation)
    steps = judge_smooth(node, Context(**context), given=given, definitions=defined(*texts))
    return None if steps is None else [step.verdict for step in steps]


GRAPH = ("q = x + y", "f = q z", "x = -2", "y = 5", "z = -4")


@pytest.mark.parametrize(
    ("latex", "expected"),
    [
        (r"\frac{\partial f}{\partial q} = z = -4", ["proved", "proved"]),
        (r"\frac{\partial f}{\partial x} = \frac{\partial f}{\partial q} * \frac{\partial q}{\partial x} = -4 * 1 = -4",
         ["proved", "proved", "proved"]),
        (r"\frac{\partial f}{\partial z} = q = 7", ["proved", "refuted"]),
        (r"\frac{\partial f}{\partial y} = y", ["refuted"]),
        (r"f = -12", ["proved"]),
        (r"f = 12", ["refuted"]),
    ],
)  # fmt: skip
def test_values_are_put_in_only_beside_numbers(latex: str, expected: list[str]) -> None:
    assert verdicts(latex, *GRAPH) == expected


def test_true_at_the_values_alone_is_not_enough() -> None:
    assert verdicts(r"\frac{\partial f}{\partial x} = 2 x", *GRAPH) == ["refuted"]


def test_sums_are_named_before_they_are_differentiated_by() -> None:
    texts = ("f(x, y, z) = (x + y) z", "q = x + y")
    assert verdicts(r"\frac{\partial f}{\partial q} = z", *texts) == ["proved"]
    assert verdicts(r"\frac{\partial f}{\partial q} = q", *texts) == ["refuted"]


@pytest.mark.parametrize("text", ["q = x + y", "f(x, y) = x y", "x = -2", r"k \neq i", "k = i",
                                  r"\frac{\partial h}{\partial s} = \frac{\partial h}{\partial f} \frac{\partial f}{\partial s}"])  # fmt: skip
def test_names_conditions_and_the_chain_rule_itself_claim_nothing(text: str) -> None:
    assert verdicts(text) == ["not-a-claim"]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("softmax", r"S_i = \frac{e^{z_i}}{\sum_j e^{z_j}}"),
        ("softmax", r"\text{softmax}(z)_i = \frac{e^{z_i}}{\sum_j e^{z_j}}"),
        ("cross-entropy", r"L = -\sum_i y_i \log p_i"),
        ("relu", r"\text{relu}(x) = \max(0, x)"),
        ("sigmoid", r"a = \sigma(z)"),
        ("bce", r"L = -\frac{1}{m} \sum_{i=1}^m [y_i \log(a_i) + (1 - y_i) \log(1 - a_i)]"),
    ],
)
def test_definitions_of_a_layer_claim_nothing(kind: str, text: str) -> None:
    assert verdicts(text, kind=kind) == ["not-a-claim"]


@pytest.mark.parametrize(
    ("prose", "expected"),
    [
        (r"For $i \neq j$ we find", "i ≠ j"),
        (r"1) $k = i$. 2) and now $k \ne i$:", "k ≠ i"),
        (r"derivatives with $`(p, q) \ne (i, j)`$ are 0:", "(p, q) ≠ (i, j)"),
        ("If i == j,", "i = j"),
        (r"where $x_i = y_j$", ""),
        ("nothing of this kind", ""),
    ],
)
def test_condition_is_found_in_prose(prose: str, expected: str) -> None:
    assert "".join(map(str, stated(prose))) == expected


def test_condition_counts_only_where_it_is_needed() -> None:
    latex = r"\frac{\partial p_i}{\partial a_j} = -p_i p_j"
    assert verdicts(latex, kind="softmax") == ["refuted"]
    assert verdicts(latex, kind="softmax", given=r"case $i = j$:") == ["refuted"]
    assert verdicts(latex, kind="softmax", given=r"case $i \ne j$:") == ["proved"]
    assert verdicts(latex + r" \quad (i \neq j)") == ["proved"]


def test_true_class_has_to_be_said() -> None:
    latex = r"\frac{\partial L}{\partial z_k} = p_k - 1"
    assert verdicts(latex, kind="cross-entropy") == ["refuted"]
    assert verdicts(latex, kind="cross-entropy", given="where $k$ is the true class") == ["proved"]
    assert verdicts(latex, r"L = -\log p_k", kind="cross-entropy") == ["proved"]


def test_a_condition_that_no_position_meets_proves_nothing() -> None:
    latex = r"\frac{\partial p_i}{\partial a_i} = -p_i p_i"
    assert verdicts(latex, kind="softmax", given=r"for $i \neq i$") == ["refuted"]


def test_own_loss_of_a_text_decides_about_factors() -> None:
    latex = r"\frac{\partial C}{\partial a_i} = a_i - y_i"
    assert verdicts(latex, r"C = \frac{1}{2} \sum_i (a_i - y_i)^2") == ["proved"]
    assert verdicts(latex, r"C = \sum_i (a_i - y_i)^2") == ["refuted"]
    assert verdicts(latex, r"C = \sum_i (a_i - y_i)^2", kind="mse") == ["refuted"]


def test_sum_over_another_range_is_not_taken_for_the_whole() -> None:
    text = r"L = \frac{1}{m} \sum_{i=1}^m (a_i - y_i)^2"
    assert verdicts(r"\sum_{i=1}^m a_i = \sum_{i=1}^n a_i", text) in (None, ["unread"])


@pytest.mark.parametrize(
    ("latex", "mistake"),
    [
        (r"\frac{\partial L}{\partial z} = y - \hat{y}", "wrong-sign"),
        (r"\frac{\partial L}{\partial p_i} = \frac{y_i}{p_i}", "wrong-sign"),
        (r"\frac{\partial p_i}{\partial z_j} = p_i (\delta_{ij} - p_i)", "neighbouring-index"),
        (r"\frac{\partial L}{\partial z_i} = 2 (p_i - y_i)", "wrong-coefficient"),
    ],
)
def test_mistake_is_named_and_mended(latex: str, mistake: str) -> None:
    node = read(latex)
    assert isinstance(node, Relation)
    context = Context(kind="cross-entropy")
    (step,) = judge_smooth(node, context) or []
    found = diagnose(step, context, node.sides)
    assert (step.verdict, found.mistake) == ("refuted", mistake)
    assert verdicts(found.hint, kind="cross-entropy") == ["proved"]


def test_derivative_in_the_place_of_a_function_is_named() -> None:
    node = read(r"\frac{\partial L}{\partial Z} = \frac{\partial L}{\partial A} \odot f(Z)")
    assert isinstance(node, Relation)
    (step,) = judge_smooth(node, Context()) or []
    assert diagnose(step, Context(), node.sides).mistake == "missing-derivative"


@pytest.mark.parametrize(
    "latex",
    [
        r"O_{11} = X_{11} F_{11} + X_{12} F_{12}",
        r"\frac{\partial L}{\partial F_{11}} = \frac{\partial L}{\partial O_{11}} \frac{\partial O_{11}}{\partial F_{11}}",
        r"O_{ij} = \sum_{m,n} X_{i+m,j+n} F_{mn}",
        r"\frac{\partial L}{\partial W} = \delta x^T",
    ],
)
def test_other_layers_are_left_to_others(latex: str) -> None:
    assert verdicts(latex, layer=Conv(input=(3, 3), filter=(2, 2))) is None
    assert verdicts(latex, kind="conv") is None


SMALL = (
    Softmax(inputs=3), Softmax(inputs=3, batch=2), MSE(inputs=3, factor="mean"), MSE(inputs=2, batch=2, factor="none"),
    BinaryCrossEntropy(inputs=3, batch=2, sigmoid=True), CrossEntropy(inputs=3),
    CrossEntropy(inputs=3, softmax=True), CrossEntropy(inputs=3, softmax=True, batch=2, targets="soft"),
    ReLU(input=(2, 2)), LeakyReLU(input=3), Sigmoid(inputs=3, batch=2), Tanh(input=3), Softplus(input=3), SiLU(input=3),
    GELU(input=3), BatchNorm(channels=1, batch=4), LayerNorm(inputs=3),
)  # fmt: skip


@pytest.mark.parametrize("layer", SMALL, ids=str)
def test_every_line_that_a_page_shows_is_accepted(layer: Any) -> None:
    printer = LatexPrinter(Style(symbols=layer.symbols))
    context = Context(layer, {role: (letter,) for role, letter in layer.symbols.items()})
    for line in layer.statements():
        apart = r"({}) \ne ({})".format(*(", ".join(index) for index in line.distinct)) if line.distinct else ""
        given = apart + (" With one true class $c$," if line.given else "")
        for found in statements(printer(line.relation)):
            assert isinstance(found.node, Relation)
            steps = judge_smooth(found.node, context, given=given) or []
            assert steps
            assert {step.verdict for step in steps} <= {"proved", "not-a-claim"}, printer(line.relation)


TOKEN = re.compile(r"\\[A-Za-z]+|\\.|.")
KINDS = ("", "softmax", "cross-entropy", "bce", "mse", "relu", "sigmoid", "batch-norm", "layer-norm", "conv")


def test_spoilt_formulas_never_crash() -> None:
    draw = random.Random(5)
    texts = [case.latex for case in cases()]
    tokens = [token for text in texts for token in TOKEN.findall(text)]
    read_ones = 0
    for _ in range(250):
        parts = TOKEN.findall(draw.choice(texts))
        for _ in range(draw.choice((1, 1, 2))):
            parts[draw.randrange(len(parts))] = draw.choice(tokens)
        try:
            found = statements("".join(parts))
        except UnreadError:
            continue
        for each in found:
            if isinstance(each.node, Relation):
                definitions = defined(*draw.choice(list(cases())).group.text).after(each.node)
                judge_smooth(each.node, Context(kind=draw.choice(KINDS)), definitions=definitions)
                read_ones += 1
    assert read_ones > 20
