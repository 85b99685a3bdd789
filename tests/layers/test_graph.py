"""Formulas of scalars as text: what is read, what is refused, and the graph that comes out."""

import re
import time
from contextlib import suppress
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symconv.errors import InputError, SymconvError
from symconv.layers.expressions import FUNCTIONS, MAX_LENGTH, parse
from symconv.layers.graph import Edge, Graph, values_from
from symconv.layers.graph_nodes import INPUT
from tests.graphs import RATIONAL, SMOOTH, computed, formulas, text, used
from tests.strategies import examples

# What the text means


def as_python(expression, values):
    """A parsed formula in Python's numbers."""
    match type(expression).__name__:
        case "Name":
            return values[expression.name]
        case "Constant":
            return expression.value
    inside = [as_python(operand, values) for operand in expression.operands]
    return OPERATIONS[expression.name](*inside)


OPERATIONS = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / b,
    "power": lambda a, b: a ** int(b),
    "negate": lambda a: -a,
}

tokens = st.lists(st.sampled_from(["x", "y", "2", "3", "+", "-", "*", "/", "**", "(", ")", "-x"]), max_size=9).map(
    "".join
)


@examples(500)
@given(tokens.filter(lambda written: "//" not in written))
def test_operators_bind_as_in_python(written):
    """Python reads the same text with the same rules; what it cannot read is refused here too."""
    values = {"x": Fraction(5), "y": Fraction(-7, 3), "xx": None, "yx": None, "xy": None}
    try:
        code = compile(written, "", "eval")
    except (SyntaxError, ValueError):
        code = None
    wrong = code is None or any(len(name) > 1 for name in code.co_names) or written.startswith("+ ")
    try:
        [statement] = parse(written)
    except InputError:
        assert wrong or "(" in written
        return
    if wrong:
        return
    try:
        expected = eval(re.sub(r"([0-9]+)", r"F(\1)", written), {"F": Fraction}, values)
        if not isinstance(expected, Fraction):
            return
    except (ZeroDivisionError, OverflowError, TypeError):
        return
    assert as_python(statement.body, values) == expected


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("-x^2", -9),
        ("2^-x", Fraction(1, 8)),
        ("x^2^3", 3**8),
        ("x**2", 9),
        ("2 - x - 1", -2),
        ("12 / x / 2", 2),
        ("x·2 − 1", 5),
        ("+x", 3),
        ("1.50 * x", Fraction(9, 2)),
        ("2e-1 * x", Fraction(3, 5)),
        (".5*x", Fraction(3, 2)),
        ("((x))", 3),
    ],
)
def test_reading(written, value):
    [statement] = parse(written)
    assert as_python(statement.body, {"x": Fraction(3)}) == value


WRONG = [
    ("", "graph is empty"),
    (" ;\n", "graph is empty"),
    ("2x", "column 2: a product needs its sign: write * before 'x'"),
    ("x y", "column 3: a product needs its sign"),
    ("(x)(y)", "column 4: a product needs its sign"),
    ("x(y + 1)", "column 1: there is no function 'x': the functions are exp, log"),
    ("sin x", "column 5: a function needs its brackets: write sin(…)"),
    ("exp = x", "column 1: exp is a function"),
    ("f = max(x)", "column 5: max takes 2 to 30 arguments, and here it has 1"),
    ("relu(x, y)", "column 1: relu takes 1 argument, and here it has 2"),
    ("f = (x + y", "graph ends too early"),
    ("f = x)", "column 6: ')' cannot stand here"),
    ("f = x = y", "column 7: '=' cannot stand here"),
    ("f = x $ y", "column 7: '$' cannot stand here"),
    ("a = x;\nb = a +* 2", "line 2, column 8: '*' cannot stand here"),
    ("x + y; f = 2 * x", "only the last line of a graph can do without a name"),
    ("q = x; q = y; f = q", "q is defined twice"),
    ("f = q; q = x", "q is defined after a line that reads it"),
    ("q = x; f = y", "q is never used"),
    ("x = 1; f = y", "x is never used"),
    ("f = 3", "the last line of the graph is the number 3"),
    ("f = exp(1)", "the graph has no variable"),
    ("f = x * pi", "pi is kept for the ratio π"),
    ("f = x * e", "e is kept for Euler's number"),
    ("f = x / (2 - 2)", "the graph divides by 0"),
    ("f = x + 1 / 0", "the graph divides 1 by 0"),
    ("f = x * 0^-1", "0 has no negative powers"),
    ("f = x^1000", "exponent 1000: expected at most 100"),
    ("f = (-2)^x", "base -2 below a variable exponent"),
    ("f = leaky_relu(x, y)", "leaky_relu has a variable as its slope"),
    ("f = x0 + x_0", "x0 and x_0 would look the same"),
    ("f = " + "(" * 31 + "x" + ")" * 31, "more than 30 brackets"),
    ("f = " + "+".join("x" * 120), "inside each other"),
    ("; ".join(f"a{n} = x+x+x+x+x+x+x+x+x+x+x" for n in range(11)) + "; f = x", "operations, more than 100"),
    ("f = x * 9^9^9", "whose digits would fill pages"),
    ("f = x + 1" + "0" * 30, "more than 20 digits"),
    ("f = x + 1e999999999", "has the exponent 999999999"),
    ("x" * 17, "more than 16 characters"),
    ("x" * (MAX_LENGTH + 1), "2,001 characters: expected at most 2,000"),
    (None, "expected a formula as text"),
]


@pytest.mark.parametrize(("written", "message"), WRONG, ids=[message for _, message in WRONG])
def test_what_cannot_be_read_is_refused_in_one_line(written, message):
    with pytest.raises(SymconvError) as caught:
        Graph(written)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


# Anything at all

letters = st.sampled_from("xyzq0123456789.eE+-*/^()=,; \n\tfmaxrelu_#∂é\x00\\${}٣²")


@examples(400)
@given(st.text() | st.text(letters, max_size=60) | st.binary(max_size=60).map(lambda data: data.decode("latin-1")))
def test_no_text_crashes_the_reader(written):
    _read_quickly(written)


words = st.sampled_from(
    [*FUNCTIONS, "x", "y1", "2", "0.5", "1e3", "+", "-", "*", "/", "^", "**", "(", ")", ",", "=", ";"]
)


@examples(400)
@given(st.lists(words, max_size=60).map(" ".join))
def test_no_row_of_words_crashes_the_reader(written):
    _read_quickly(written)


@examples(200)
@given(
    formulas((*RATIONAL, *SMOOTH, "divide"), depth=5),
    st.integers(0, 300),
    st.sampled_from(["", "(", ")", "*", "=", "x"]),
)
def test_a_formula_with_one_mistake_does_not_crash_the_reader(formula, at, mistake):
    written = text(formula)
    _read_quickly(written[:at] + mistake + written[at + 1 :])


def _read_quickly(written):
    start = time.process_time()
    with suppress(SymconvError):
        Graph(written)
    assert time.process_time() - start < 10


@pytest.mark.parametrize(
    "written",
    [
        "f = " + "-" * 1900 + "x",
        "f = " + "x^" * 900 + "x",
        "f = " + "(" * 990 + "x" + ")" * 990,
        "f = " + "exp(" * 480 + "x" + ")" * 480,
        "f = 9999999999^99^99 * x",
        "f = " + "*".join(["99999999999999999999^90"] * 60) + "*x",
        ";" * 1999,
        "f = x" + "\n" * 1990,
    ],
    ids=range(8),
)
def test_large_texts_are_answered_at_once(written):
    _read_quickly(written)


# The graph


def test_the_nodes_and_edges_of_a_graph():
    graph = Graph("f = (x + y) * z")
    assert [(node.name, node.operation, node.reads) for node in graph.nodes] == [
        ("x", INPUT, ()),
        ("y", INPUT, ()),
        ("z", INPUT, ()),
        ("q", "add", ("x", "y")),
        ("f", "multiply", ("q", "z")),
    ]
    assert graph.edges == (Edge("x", "q", 0), Edge("y", "q", 1), Edge("q", "f", 0), Edge("z", "f", 1))


def test_nodes_get_letters_that_the_text_does_not_use():
    names = {node.name for node in Graph("q * u + f1 * x").operations}
    assert names == {"v1", "v2", "L"}


def test_numbers_are_computed_at_once_and_exactly():
    (node,) = Graph("f = x^(1/2 + 2*3 - 2^-1)").operations
    assert node.reads == ("x", Fraction(6))


def test_a_maximum_of_three_is_taken_two_at_a_time():
    first, second = Graph("f = max(x, y, z)").operations
    assert (first.reads, second.reads) == (("x", "y"), (first.name, "z"))


def test_a_value_with_two_names_is_copied():
    assert [node.operation for node in Graph("q = x; f = q").operations] == ["copy", "copy"]


@examples(200)
@given(formulas(RATIONAL))
def test_every_operation_of_the_text_is_a_node(formula):
    if not used(formula):
        return
    graph = Graph(f"out = {text(formula)}")
    assert set(graph.inputs) <= set(used(formula))
    assert graph.output == "out"
    known = set()
    for node in graph.nodes:
        assert set(node.sources) <= known
        known.add(node.name)


# Values


@pytest.mark.parametrize(
    ("value", "exact"),
    [
        (-2, Fraction(-2)),
        ("1/3", Fraction(1, 3)),
        ("-0.10", Fraction(-1, 10)),
        (0.1, Fraction(1, 10)),
        (Fraction(2, 7), Fraction(2, 7)),
        (Decimal("2.50"), Fraction(5, 2)),
        ("1e-3", Fraction(1, 1000)),
        ("−4", Fraction(-4)),
    ],
)
def test_values_are_taken_exactly(value, exact):
    assert Graph("f = x", {"x": value}).values == {"x": exact}


def test_values_of_sympy_and_numpy_are_numbers_too():
    numpy, sympy = pytest.importorskip("numpy"), pytest.importorskip("sympy")
    values = {"x": numpy.int64(2), "y": sympy.Rational(1, 3), "z": numpy.float64(0.5)}
    assert list(Graph("f = x + y + z", values).values.values()) == [2, Fraction(1, 3), Fraction(1, 2)]


def test_a_line_of_the_text_can_give_a_value():
    assert Graph("x = 3; y = -1/2\nf = x * y").values == {"x": 3, "y": Fraction(-1, 2)}


WRONG_VALUES = [
    ({"x": "two"}, "x is 'two': expected a number"),
    ({"x": True}, "x is 'True': expected a number"),
    ({"x": float("nan")}, "x is 'nan'"),
    ({"x": float("inf")}, "x is 'inf'"),
    ({"x": None}, "x is 'None'"),
    ({"x": 1j}, "x is '1j'"),
    ({"x": "1/0"}, "divides by 0"),
    ({"x": 1}, "y has no value: give one for each of x, y, or for none"),
    ({"x": 1, "y": 1, "w": 1}, "at has 'w', which the graph does not read: it has x, y"),
    ({"x": 1, "y": 1, "f": 1}, "at has f, which the graph computes: give values for x, y"),
    ({"x": 10**200, "y": 1}, "more than 20 digits"),
    ("x=1", "expected numbers by variable"),
    (3, "expected numbers by variable"),
]


@pytest.mark.parametrize(("values", "message"), WRONG_VALUES, ids=[message for _, message in WRONG_VALUES])
def test_wrong_values_are_refused_in_one_line(values, message):
    with pytest.raises(InputError) as caught:
        Graph("f = x * y", values)
    assert message in str(caught.value)


@pytest.mark.parametrize("written", ["x", "x=", "=2", "x=1,x=2", "x=1,,y=2"])
def test_wrong_lists_of_values(written):
    with pytest.raises(InputError, match="at "):
        values_from([written])


def test_the_words_of_the_command_line_describe_the_same_graph():
    graph = Graph("q = x·y;\n f = q − 1/2", {"x": 0.1, "y": "1/3"})
    _, written, _, values = graph.options()
    again = Graph.read(written, [values])
    assert (again.nodes, again.values) == (graph.nodes, graph.values)


def test_the_formulas_of_the_tests_mean_what_they_say():
    """The oracle's own arithmetic on one formula, by hand."""
    formula = ("add", ("square", ("x",)), ("multiply", ("y",), ("number", 3)))
    assert text(formula) == "(x^2) + (y * 3)"
    assert computed(formula, {"x": 2, "y": 5}, {"add": lambda a, b: a + b, "square": lambda a: a * a,
                                                "multiply": lambda a, b: a * b}) == 19  # fmt: skip
