"""Lines of smooth layers: the right ones are proved, wrong ones refuted, and what a page shows is among the right."""

from dataclasses import replace
from functools import cache

import pytest

import symconv as sc
from symconv.derivation.elision import Limits
from symconv.derivation.smooth import SmoothCalculus
from symconv.layers.entrywise import Activation, Sigmoid
from symconv.layers.normalisation import COUNT
from symconv.layers.smooth import Statement
from symconv.notation.build import Z, call, entry, hadamard, log, minus, over, partial, plus, power, sqrt, summed, times
from symconv.notation.latex import LatexPrinter
from symconv.notation.tree import Dots, Inner, Ones, Relation, Style, Sum, Symbol, equals, walk
from symconv.proof.expressions import _Comparison, prove_line, prove_smooth
from tests.smooth import ALL

each_layer = pytest.mark.parametrize("layer", ALL.values(), ids=ALL)


@cache
def calculus(layer):
    return SmoothCalculus(layer)


@cache
def proofs(layer):
    return prove_smooth(calculus(layer))


def verdict(layer, relation, **more):
    return prove_line(calculus(layer), Statement("tried", "dX", relation, **more))


@each_layer
def test_every_line_of_every_layer_is_proved(layer):
    for proof in proofs(layer):
        assert proof.verdict == "proved", str(proof)
        assert proof.scope == "shape"


@pytest.mark.parametrize("name", [name for name in ALL if "large" in name])
def test_large_layers_are_proved_by_representatives_and_say_so(name):
    found = proofs(ALL[name])
    assert {proof.method for proof in found} == {"representatives"}
    assert str(found[-1]).startswith("proved for this shape (by representatives): ∂L/∂")


def test_small_layers_are_compared_at_every_entry():
    found = {(proof.route, proof.role): proof for proof in proofs(sc.Softmax(inputs=3))}
    assert {proof.method for proof in found.values()} == {"expressions"}
    assert (found["same", "O"].terms, found["other", "O"].terms, found["jacobian", "O"].terms) == (3, 6, 9)


@pytest.mark.parametrize("layer", [sc.Softmax(inputs=4), sc.LayerNorm(inputs=3, batch=2)], ids=repr)
def test_both_ways_prove_the_same(layer):
    by_representatives = calculus(layer).graphs(whole=False)
    assert by_representatives[0].space.lumped
    for line in layer.statements():
        assert _Comparison(by_representatives[0], line).compared()
        assert prove_line(calculus(layer), line, exhaustive=True).verdict == "proved"


# What pages show


def relations(layer):
    from symconv.compose.derivation import story_class

    story = story_class(layer)(calculus(layer), Limits.showing(8))
    for step in story.steps_of(()):
        for display in step.displays.values():
            yield from (relation for relation in display.relations if isinstance(relation, Relation))


@pytest.mark.parametrize("name", [name for name in ALL if "large" not in name])
def test_every_equation_of_a_document_is_proved(name):
    layer = ALL[name]
    lines = {line.relation: line for line in calculus(layer).statements()}
    for relation in relations(layer):
        if relation.sign == "←" or any(isinstance(part, Dots) for part in walk(relation)):
            continue
        line = lines.get(relation) or Statement("shown", "", relation)
        proof = prove_line(calculus(layer), line, exhaustive=True)
        assert proof.verdict == "proved", LatexPrinter(Style(symbols=layer.symbols))(relation)


# Wrong claims


X, OUT, G = (Symbol(role) for role in "XOG")
x_i, x_j, o_i, o_j, g_i, g_j, y_i = (entry(role, letter) for role, letter in zip("XXOOGGY", "ijijiji", strict=True))
a_i = entry("A", "i")
sigma = call(r"\sigma", X)
WRONG = {
    "sigmoid without its second factor": (sc.Sigmoid(input=2), equals(Symbol("dX"), hadamard(G, sigma))),
    "sigmoid with a wrong sign": (
        sc.Sigmoid(input=2), equals(Symbol("dX"), hadamard(hadamard(G, OUT), plus(OUT, minus(Ones())))),
    ),
    "tanh without the square": (sc.Tanh(input=2), equals(Symbol("dX"), hadamard(G, plus(Ones(), minus(OUT))))),
    "relu that lets everything through": (sc.ReLU(input=2), equals(Symbol("dX"), G)),
    "relu by the output": (sc.ReLU(input=2), equals(Symbol("dX"), hadamard(G, OUT))),
    "gelu without its density": (sc.GELU(input=2), equals(Symbol("dX"), hadamard(G, call(r"\Phi", X)))),
    "softmax as if it were entrywise": (
        sc.Softmax(inputs=3), equals(entry("dX", "j"), times(g_j, o_j, plus(1, minus(o_j)))),
    ),
    "softmax without the column times the row": (sc.Softmax(inputs=3), equals(Symbol("dX"), hadamard(OUT, G))),
    "softmax with a wrong sign": (
        sc.Softmax(inputs=3), equals(Symbol("dX"), hadamard(OUT, plus(G, times(Inner(G, OUT), Ones())))),
    ),
    "softmax, other case with a wrong sign": (sc.Softmax(inputs=3), equals(partial(o_i, x_j), times(o_i, o_j))),
    "squared error without 2": (
        sc.MSE(inputs=2, factor="none"), equals(entry("dX", "i"), plus(x_i, minus(y_i))),
    ),
    "squared error without 1/n": (
        sc.MSE(inputs=2, factor="mean"), equals(entry("dX", "i"), times(2, plus(x_i, minus(y_i)))),
    ),
    "cross-entropy from the wrong side": (
        sc.CrossEntropy(inputs=2, softmax=True), equals(entry("dX", "i"), plus(y_i, minus(entry("S", "i")))),
    ),
    "cross-entropy for targets that need not add up to 1": (
        sc.CrossEntropy(inputs=2, softmax=True), equals(entry("dX", "i"), plus(entry("S", "i"), minus(y_i))),
    ),
    "binary cross-entropy, the derivative of the sigmoid forgotten": (
        sc.BinaryCrossEntropy(inputs=1, sigmoid=True),
        equals(entry("dX", "i"), over(plus(a_i, minus(y_i)), times(a_i, plus(1, minus(a_i))))),
    ),
}  # fmt: skip


def normalised(layer, *left_out):
    """The closed form of batch normalisation, or what it is without the way through the mean or the variance."""
    formulas = layer.formulas
    h, m = formulas.at("H"), COUNT
    inside = [times(m, g_i)]
    if "mean" not in left_out:
        inside.append(minus(formulas.total("k")))
    if "variance" not in left_out:
        inside.append(minus(times(h, formulas.correlation("k"))))
    front = over(Symbol("F"), times(m, sqrt(formulas.spread)))
    return equals(entry("dX", "i"), times(front, plus(*inside)))


NORM = sc.BatchNorm(channels=1, batch=4)
WRONG |= {
    "batch norm without the way through the mean": (NORM, normalised(NORM, "mean")),
    "batch norm without the way through the variance": (NORM, normalised(NORM, "variance")),
    "batch norm with neither": (NORM, normalised(NORM, "mean", "variance")),
}


@pytest.mark.parametrize(("layer", "relation"), WRONG.values(), ids=WRONG)
def test_a_wrong_claim_is_refuted(layer, relation):
    proof = verdict(layer, relation)
    assert proof.verdict == "refuted"
    assert not proof.holds
    assert proof.counterexample is not None
    assert str(proof).startswith("refuted: ∂")
    assert "one side is" in proof.reason()


@pytest.mark.parametrize(("layer", "relation"), WRONG.values(), ids=WRONG)
def test_a_wrong_claim_is_refuted_by_representatives_too(layer, relation):
    name = "batch" if layer.kind == "batch-norm" else "inputs"
    made = {"input": None, "inputs": 30} if hasattr(layer, "channels") and name == "inputs" else {name: 30}
    large = replace(layer, **made)
    proof = verdict(large, relation)
    assert proof.method == "representatives"
    assert proof.verdict == "refuted"


def test_the_right_closed_form_of_batch_norm_is_proved():
    assert verdict(NORM, normalised(NORM)).holds


def test_a_counterexample_names_the_place_and_both_sides():
    layer = sc.Softmax(inputs=2)
    proof = replace(verdict(layer, equals(partial(o_i, x_j), times(o_i, o_j))), style=Style(symbols=layer.symbols))
    assert proof.counterexample.at == {"i": 0, "j": 0}
    assert str(proof).startswith("refuted: ∂S_i/∂Z_j = S_i·S_j: at i = 1, j = 1: one side is ")
    assert "exp(Z_1)" in proof.reason()


def test_a_line_holds_only_for_the_indices_that_it_is_about():
    layer = sc.Softmax(inputs=3)
    relation = equals(partial(o_i, x_j), minus(times(o_i, o_j)))
    assert verdict(layer, relation).verdict == "refuted"
    assert verdict(layer, relation, distinct=(("i",), ("j",))).verdict == "proved"


def test_a_line_may_suppose_something():
    layer = sc.CrossEntropy(inputs=3, softmax=True, targets="soft")
    relation = equals(entry("dX", "i"), plus(entry("S", "i"), minus(y_i)))
    one = equals(summed("k", entry("Y", "k")), plus(1))
    two = equals(summed("k", entry("Y", "k")), plus(2))
    assert verdict(layer, relation, given=one).verdict == "proved"
    assert verdict(layer, relation, given=two).verdict == "refuted"
    large = replace(layer, inputs=100)
    assert verdict(large, relation, given=one).verdict == "proved"
    assert verdict(large, relation, given=two).verdict == "refuted"


def test_three_letters_of_one_axis_are_not_decided_by_representatives():
    relation = equals(times(partial(o_i, x_j), entry("O", "k")), minus(times(o_i, o_j, entry("O", "k"))))
    proof = verdict(sc.Softmax(inputs=30), relation)
    assert proof.verdict == "undecided"
    assert "three letters of one axis" in str(proof)


def test_what_cannot_be_decided_is_said():
    odd = equals(sqrt(power(Z, 2)), Z)
    proof = verdict(sc.Sigmoid(input=1), odd)
    assert proof.verdict == "undecided"
    assert not proof.holds
    assert proof.counterexample is None
    assert str(proof).startswith("undecided: sqrt(z^2) = z: ")
    correlated = equals(Symbol("dX"), Sum((G, call("abs", X))))
    assert verdict(sc.Sigmoid(input=1), correlated).verdict in ("refuted", "undecided")


def test_a_wrong_function_in_the_table_is_refuted():
    class Slip(Sigmoid):
        activation = replace(Sigmoid.activation, derivative=(call(r"\sigma", Z),))

    found = {proof.route: proof.verdict for proof in prove_smooth(SmoothCalculus(Slip(input=1)))}
    assert found["derivative"] == "refuted"
    assert found["definition"] == "proved"


def test_a_new_function_takes_one_row():
    class Softsign(Sigmoid):
        kind = "softsign"
        activation = Activation(
            sign="f", body=log(plus(1, power(Z, 2))), derivative=(over(times(2, Z), plus(1, power(Z, 2))),)
        )

    assert all(proof.holds for proof in prove_smooth(SmoothCalculus(Softsign(input=2))))
