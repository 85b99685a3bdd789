"""The chain rule on graphs of scalars, against PyTorch, fractions, SymPy and differences of values."""

from dataclasses import replace
from fractions import Fraction

import mpmath
import pytest
import sympy
from hypothesis import assume, given
from hypothesis import strategies as st

from symconv import Graph, derive
from symconv.derivation.backpropagation import Backpropagation
from symconv.derivation.graph import Story
from symconv.errors import InputError, LimitError, SymconvError, UnprovedError
from symconv.meaning.certified import Reals
from symconv.notation.build import minus, times
from symconv.notation.text import TextPrinter
from symconv.notation.tree import Number, Style, Symbol
from symconv.proof import graph as graph_proof
from tests import graphs
from tests.graphs import RATIONAL, SMOOTH, VARIABLES, close, formulas, numbers, text, used
from tests.oracles import needs
from tests.strategies import examples

LARGEST_EXACT = 2**53
places = st.tuples(*[numbers] * 3).map(lambda values: dict(zip(VARIABLES, values, strict=True)))
broken_places = st.tuples(*[st.fractions(-3, 3, max_denominator=8)] * 3).map(
    lambda values: dict(zip(VARIABLES, values, strict=True))
)


def worked_at(formula, values):
    names = used(formula)
    assume(names)
    try:
        return Backpropagation(Graph(f"out = {text(formula)}", {name: values[name] for name in names}))
    except InputError as error:
        assume("no variable" not in str(error))
        raise


def printed(tree, worked):
    return TextPrinter(Style(symbols=worked.graph.symbols))(tree)


# The example that everybody knows


def test_the_product_of_a_sum():
    worked = Backpropagation(Graph("f = (x + y) * z", {"x": -2, "y": 5, "z": -4}))
    assert worked.values == {"x": -2, "y": 5, "z": -4, "q": 3, "f": -12}
    assert worked.gradients == {"f": 1, "q": -4, "x": -4, "y": -4, "z": 3}
    assert worked.locals == {("f", "q"): -4, ("f", "z"): 3, ("q", "x"): 1, ("q", "y"): 1}


def test_the_derivation_that_users_hold():
    d = derive(Graph("f = (x + y) * z", at={"x": -2, "y": 5, "z": -4}))
    assert d.value() == -12
    assert [d.gradient(name) for name in "xyz"] == [-4, -4, 3]
    assert d.local("f", "q") == -4
    assert all(proof.holds for proof in d.proofs)
    x, y, z = sympy.symbols("x y z")
    symbolic = derive(Graph("f = (x + y) * z"))
    assert [symbolic.gradient(name) for name in "xyz"] == [z, z, x + y]
    assert [symbolic.closed_form(name) for name in "xyz"] == [z, z, x + y]
    assert symbolic.value("q") == x + y


def test_a_sigmoid_neuron_in_decimals():
    at = {"w0": 2, "x0": -1, "w1": -3, "x1": -2, "w2": -3}
    worked = Backpropagation(Graph("f = 1/(1+exp(-(w0*x0+w1*x1+w2)))", at))
    shown = {name: printed(worked.shown(value)[0], worked) for name, value in worked.gradients.items()}
    assert printed(worked.shown(worked.values["f"])[0], worked) == "0.731059"
    assert [shown[name] for name in at] == ["-0.196612", "0.393224", "-0.393224", "-0.589836", "0.196612"]


# Against PyTorch


@examples(300)
@given(formulas(RATIONAL), places)
def test_whole_numbers_against_autograd_exactly(formula, values):
    worked = worked_at(formula, values)
    everything = (*worked.values.values(), *worked.gradients.values(), *worked.locals.values())
    assume(all(abs(value) < LARGEST_EXACT for value in everything))
    value, gradients = graphs.by_torch(formula, values, needs("torch"))
    assert worked.values["out"] == value
    assert {name: worked.gradients[name] for name in worked.graph.inputs} == {
        name: gradients[name] for name in worked.graph.inputs
    }


@examples(150)
@given(formulas((*SMOOTH, *SMOOTH, "add", "subtract", "multiply", "divide", "square", "negate")), broken_places)
def test_other_functions_against_autograd_to_twelve_digits(formula, values):
    try:
        worked = worked_at(formula, values)
        gradients = worked.gradients
        numbers = {name: _float(worked, value) for name, value in worked.values.items()}
        slopes = [_float(worked, value) for value in worked.locals.values()]
    except SymconvError:
        assume(False)
    scale = 1.0
    for number in (*numbers.values(), *slopes):
        scale *= max(1.0, abs(number))
    assume(scale < 1e6 and all(abs(slope) > 1e-6 or slope == 0 for slope in slopes))
    value, expected = graphs.by_torch(formula, values, needs("torch"))
    assert close(numbers["out"], value, scale)
    for name in worked.graph.inputs:
        assert close(_float(worked, gradients[name]), expected[name], scale)


def _float(worked, value):
    digits, exponent = worked.reals.rounded(value, 17)
    return float(f"{digits}e{exponent}")


# Against SymPy and differences


@examples(80)
@given(formulas((*SMOOTH, "add", "multiply", "divide", "subtract"), depth=3), broken_places)
def test_gradients_against_sympy_to_thirty_digits(formula, values):
    try:
        worked = worked_at(formula, values)
        gradients = worked.gradients
    except SymconvError:
        assume(False)
    at = {sympy.Symbol(name): sympy.Rational(value.numerator, value.denominator) for name, value in values.items()}
    expression = graphs.sympy_expression(formula, sympy)
    for name in worked.graph.inputs:
        expected = sympy.diff(expression, sympy.Symbol(name)).subs(at).evalf(40)
        digits, exponent = worked.reals.rounded(gradients[name], 30)
        found = sympy.Float(f"{digits}e{exponent}", 40)
        assert abs(found - expected) <= abs(expected) * sympy.Float("1e-28") + sympy.Float("1e-60")


@examples(80)
@given(formulas((*RATIONAL, "divide", "exp", "sigmoid", "gelu"), depth=3), broken_places)
def test_gradients_against_differences_of_values(formula, values):
    try:
        worked = worked_at(formula, values)
        gradients, met = worked.gradients, worked.edges_met
    except SymconvError:
        assume(False)
    assume(not met)
    context = mpmath.MPContext()
    context.dps = 80
    place = {name: context.mpf(value.numerator) / value.denominator for name, value in values.items()}
    step = context.mpf(10) ** -25
    for name in worked.graph.inputs:
        above, below = (
            graphs.by_mpmath(formula, place | {name: place[name] + move}, context) for move in (step, -step)
        )
        found = (above - below) / (2 * step)
        digits, exponent = worked.reals.rounded(gradients[name], 20)
        assert abs(found - context.mpf(f"{digits}e{exponent}")) <= context.mpf("1e-15") * (1 + abs(found))


# Rules of the field


@pytest.mark.parametrize(
    ("written", "values", "expected"),
    [
        ("f = max(x, y)", {"x": 2, "y": 2}, {"x": 1, "y": 0}),
        ("f = min(x, y)", {"x": 2, "y": 2}, {"x": 1, "y": 0}),
        ("f = max(y, x)", {"x": 2, "y": 2}, {"x": 0, "y": 1}),
        ("f = max(x, y, z)", {"x": 1, "y": 1, "z": 1}, {"x": 1, "y": 0, "z": 0}),
        ("f = max(exp(x), exp(y))", {"x": 0.5, "y": "1/2"}, {"y": 0}),
        ("f = relu(x)", {"x": 0}, {"x": 0}),
        ("f = leaky_relu(x)", {"x": 0}, {"x": Fraction(1, 100)}),
        ("f = leaky_relu(x, 0.2)", {"x": -3}, {"x": Fraction(1, 5)}),
        ("f = abs(x)", {"x": 0}, {"x": 0}),
        ("f = abs(x)", {"x": -2}, {"x": -1}),
        ("f = x * x", {"x": 3}, {"x": 6}),
        ("f = x / x", {"x": 3}, {"x": 0}),
        ("f = max(x, x)", {"x": 3}, {"x": 1}),
        ("q = x * y; f = q * x", {"x": 3, "y": 2}, {"x": 12, "y": 9}),
        ("f = x^0", {"x": 0}, {"x": 0}),
        ("f = x^1", {"x": 0}, {"x": 1}),
        ("f = x^-2", {"x": 2}, {"x": Fraction(-1, 4)}),
        ("f = x^(1/3)", {"x": 8}, {"x": Fraction(1, 12)}),
        ("f = sqrt(x)", {"x": "1/4"}, {"x": 1}),
        ("f = x^y", {"x": 1, "y": 3}, {"x": 3, "y": 0}),
        ("f = x", {"x": 5}, {"x": 1}),
        ("f = x * exp(-x)", {"x": 1}, {"x": 0}),
        ("f = sigmoid(x) + tanh(x)", {"x": 0}, {"x": Fraction(5, 4)}),
        ("f = log(x)", {"x": "1/3"}, {"x": 3}),
    ],
)
def test_gradients_that_are_exact(written, values, expected):
    worked = Backpropagation(Graph(written, values))
    assert {name: worked.gradients[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("written", "values", "message"),
    [
        ("f = log(x)", {"x": -1}, "f = log(x) has no value at x = -1: a logarithm asks for a positive number"),
        ("f = 1 / (x - y)", {"x": 2, "y": 2}, "f = 1/q has no value at q = 0: it divides by 0"),
        ("f = x^-1", {"x": 0}, "f = x^(-1) has no value at x = 0: 0 has no negative powers"),
        ("f = x^(1/2)", {"x": -4}, "a negative number has no power with an exponent that is not whole"),
        ("f = sqrt(x)", {"x": -4}, "f = sqrt(x) has no value at x = -4"),
        ("f = sqrt(x)", {"x": 0}, "the local gradient of f = sqrt(x) by x has no value at x = 0"),
        ("f = x^y", {"x": -2, "y": 3}, "the local gradient of f = x^y by y has no value at x = -2 and y = 3"),
        ("f = 1 / (exp(x) - exp(y))", {"x": 1, "y": 1}, "f = 1/q_3 has no value at q3 = 0"),
        ("f = x * log(-1)", {"x": 1}, "q = log(-1) has no value: a logarithm asks for a positive number"),
    ],
)
def test_values_outside_the_domain_name_the_node_and_the_value(written, values, message):
    with pytest.raises(InputError) as caught:
        derive(Graph(written, values)).render()
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("written", ["f = exp(exp(x))", "f = sin(exp(x))", "f = x^exp(x)"])
def test_numbers_beyond_all_bounds_are_refused(written):
    with pytest.raises(LimitError):
        derive(Graph(written, {"x": 5000})).render()


# What is proved


@examples(60)
@given(formulas((*RATIONAL, *SMOOTH, "divide"), depth=3))
def test_every_gradient_is_proved_or_left_unclaimed(formula):
    assume(used(formula))
    try:
        worked = Backpropagation(Graph(f"out = {text(formula)}"))
    except SymconvError:
        assume(False)
    try:
        proofs = graph_proof.prove_graph(worked)
    except SymconvError:
        assume(False)
    assert all(proof.holds for proof in proofs)
    assert sum(proof.route == "local" for proof in proofs) == sum(map(len, map(worked.readers, worked.graph.varying)))


class WrongSign(Backpropagation):
    """Forgets the sign of every local gradient."""

    def local(self, target, source):
        return minus(super().local(target, source))


class NoBranches(Backpropagation):
    """Follows one way back only where a node is read several times."""

    def readers(self, name):
        return super().readers(name)[:1]


class NotHandedOn(Backpropagation):
    """Forgets what comes back, and takes the local gradient alone."""

    def way_back(self, name, gradients):
        return self.slope(self.readers(name)[0], name)


class SwappedFactors(Backpropagation):
    """Gives every operand the gradient of the other one."""

    def local(self, target, source):
        others = [name for name in self.graph.by_name[target].sources if name != source]
        return super().local(target, others[0] if others else source)


@pytest.mark.parametrize("mistake", [WrongSign, NoBranches, NotHandedOn, SwappedFactors])
def test_a_wrong_chain_rule_is_refuted(mistake):
    worked = mistake(Graph("q = x * y; f = q * x + y^2"))
    assert not all(proof.holds for proof in graph_proof.prove_graph(worked))


@pytest.mark.parametrize("mistake", [NoBranches, NotHandedOn])
def test_differences_of_values_find_a_wrong_chain_rule(mistake):
    right = Graph("q = x * y; f = q * x + y^2", {"x": 2, "y": 3})
    assert Story(Backpropagation(right), None).disagreeing() == ""

    class Numbers(mistake):
        @property
        def gradients(self):
            found = Backpropagation(right).gradients
            return found | {"x": found["x"] + 1}

    assert "df/dx does not agree" in Story(Numbers(right), None).disagreeing()


def test_a_document_with_a_wrong_gradient_is_not_written(monkeypatch):
    rule = replace(graph_proof.Backpropagation(Graph("f = x * y")).rules["f"], slopes=(Symbol("a"), Symbol("b")))
    monkeypatch.setattr("symconv.derivation.backpropagation.rule_of", lambda _node: rule)
    with pytest.raises(UnprovedError, match="nothing was written"):
        derive(Graph("f = x * y")).render()


def test_a_formula_that_is_too_large_is_proved_node_by_node():
    d = derive(Graph("f = " + " * ".join(f"(x{n} + y{n})" for n in range(20))))
    assert {proof.route for proof in d.proofs} == {"local"}
    assert "too large to be compared" in d.render()


# What is written


def test_the_sides_of_a_chain():
    worked = Backpropagation(Graph("f = x - 2 * y", {"x": 3, "y": "-1/3"}))
    forward = Story(worked, None).forward().displays["values"].relations
    assert [printed(relation, worked) for relation in forward] == [
        "q = 2·y = 2·(-1/3) = -2/3",
        "f = x - q = 3 - (-2/3) = 11/3",
    ]


def test_rounded_numbers_stand_behind_their_sign():
    worked = Backpropagation(Graph("q = exp(x); f = q + 1", {"x": -1}))
    forward = Story(worked, None).forward().displays["values"].relations
    assert [printed(relation, worked) for relation in forward] == [
        "q = exp(x) = exp(-1) ≈ 0.367879",
        "f = q + 1 ≈ 0.367879 + 1 ≈ 1.36788",
    ]


def test_gradients_of_branches_are_added():
    worked = Backpropagation(Graph("q = x * y; f = q * x", {"x": 3, "y": 2}))
    backward = Story(worked, None).backward(worked.backward_order).displays["gradients"].relations
    assert "df/dx = df/df·∂f/∂x + df/dq·∂q/∂x = 1·6 + 3·2 = 12" in [printed(one, worked) for one in backward]


@pytest.mark.parametrize(("value", "shown"), [("0.1", "0.1"), ("1/10", "1/10"), ("2.50", "2.5"), ("-7", "-7")])
def test_numbers_print_as_they_were_written(value, shown):
    worked = Backpropagation(Graph("f = x", {"x": value}))
    assert printed(worked.shown(worked.values["f"])[0], worked) == shown


def test_a_number_of_many_digits_is_rounded_and_says_so():
    worked = Backpropagation(Graph("f = x^9", {"x": "1234/567"}))
    node, exact = worked.shown(worked.values["f"])
    assert (printed(node, worked), exact) == ("1094.89", False) or not exact


@pytest.mark.parametrize(
    ("target", "form", "expected"),
    [
        ("f", None, "f = q·z"),
        ("dq/dx", None, "∂q/∂x = 1"),
        ("df/dx", None, "df/dx = z"),
        ("df/dx", "chain", "df/dx = df/dq·∂q/∂x = z"),
        ("df/dz", "closed", "df/dz = q"),
    ],
)
def test_single_equations(target, form, expected):
    d = derive(Graph("f = (x + y) * z"))
    assert [printed(one, d.backpropagated) for one in d.equation(target, form=form).relations] == [expected]


@pytest.mark.parametrize("target", ["g", "df/dw", "dx/df", "x", "df/df", "dL/dX"])
def test_equations_that_do_not_exist(target):
    with pytest.raises(InputError, match="is not one of this graph"):
        derive(Graph("f = (x + y) * z")).equation(target)


def test_only_the_variables_asked_for_are_told():
    page = derive(Graph("a = x * 2; b = y * 3; f = a * b", {"x": 1, "y": 2})).render(wrt="x")
    assert r"\frac{df}{dx}" in page
    assert r"\frac{df}{dy}" not in page


def test_numbers_of_a_page_are_computed_by_nobody_else():
    """The tree of a node, read as numbers, is the value that the page shows."""
    worked = Backpropagation(Graph("f = x * y", {"x": 2, "y": 3}))
    assert worked.valued(times(Symbol("x"), Symbol("y")), "f", worked.values) == worked.values["f"]
    assert worked.formula("f") == times(Symbol("x"), Symbol("y"))


# Certified numbers


@examples(80)
@given(st.fractions(-5, 5, max_denominator=50))
def test_rounded_digits_are_right(value):
    reals = Reals()
    with mpmath.workdps(60):
        x = mpmath.mpf(value.numerator) / value.denominator
        for name in ("exp", "sin", "cos", "erf"):
            digits, exponent = reals.rounded(getattr(reals, name)(value), 12)
            exact = getattr(mpmath, name)(x)
            assert abs(digits * mpmath.mpf(10) ** exponent - exact) <= mpmath.mpf(10) ** exponent / 2


def test_what_is_exactly_zero_is_found_to_be():
    reals = Reals()
    one, two = Fraction(1), Fraction(2)
    assert reals.exp(one) * reals.exp(-one) - 1 == 0
    assert reals.log(Fraction(6)) - reals.log(two) - reals.log(Fraction(3)) == 0
    assert reals.sqrt(two) * reals.sqrt(two) == two
    assert reals.exp(Fraction(1, 10**30)) > one


def test_simplified_products():
    from symconv.derivation.backpropagation import simplified

    x = Symbol("x")
    assert simplified(times(Number(0), x)) == Number(0)
    assert simplified(times(minus(2), minus(x))) == times(2, x)
    assert simplified(times(Number(Fraction(1, 2)), x, Number(2))) == x
