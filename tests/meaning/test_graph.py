"""Derivatives on a graph of definitions: what is held, and what is not."""

import pytest
import sympy

from symconv.errors import NotSupportedError
from symconv.meaning.deciding import decided
from symconv.meaning.definitions import Definition, System
from symconv.meaning.evaluate import Defined
from symconv.meaning.graph import Graph
from symconv.meaning.spaces import Space
from symconv.notation.build import Z, call, entry, exp, partial, plus, power, summed, times
from symconv.notation.tree import Number, Symbol

X0, X1, G0, G1 = sympy.symbols("X_0 X_1 G_0 G_1")
SYSTEM = System(
    {"X": ("entry",), "G": ("entry",), "mean": (), "O": ("entry",)},
    {"entry": 2},
    (
        Definition("mean", (), summed("k", power(entry("X", "k"), 2))),
        Definition("O", ("i",), times(entry("X", "i"), Symbol("mean"))),
    ),
)


def value(tree, **at):
    return Graph(SYSTEM, Space(SYSTEM.lengths)).meaning().at(at, tree)


def test_a_derivative_holds_what_else_stands_in_the_definition():
    assert value(partial(entry("O", "i"), entry("X", "i")), i=0)[()] == X0**2 + X1**2
    assert value(partial(entry("O", "i"), Symbol("mean")), i=1)[()] == X1
    assert value(partial(Symbol("mean"), entry("X", "i")), i=1)[()] == 2 * X1


def test_the_loss_is_differentiated_through_everything():
    by_mean = value(partial(Symbol("L"), Symbol("mean")))[()]
    assert decided(by_mean, G0 * X0 + G1 * X1) == "equal"
    by_x = value(partial(Symbol("L"), entry("X", "i")), i=0)[()]
    assert decided(by_x, sympy.diff((G0 * X0 + G1 * X1) * (X0**2 + X1**2), X0)) == "equal"
    assert decided(value(entry("dX", "i"), i=0)[()], by_x) == "equal"


def test_total_derivatives_of_an_output():
    graph = Graph(SYSTEM, Space(SYSTEM.lengths))
    assert decided(graph.total("O", (0,), "X", (1,)), 2 * X0 * X1) == "equal"


def test_whole_arrays_differentiated_by_whole_arrays_are_a_matrix():
    found = value(partial(Symbol("O"), Symbol("X")))
    assert found.shape == (2, 2)
    assert found[0, 1] == 0
    assert found[1, 1] == X0**2 + X1**2


def test_primes_are_sympys_derivatives():
    functions = {"f": Defined("z", exp(power(Z, 2))), "f'": Defined("z", Number(7))}
    system = System({"X": ("entry",)}, {"entry": 1}, (), functions)
    found = Graph(system, Space(system.lengths)).meaning().at({"i": 0}, call("f", entry("X", "i"), primes=1))
    assert found[()] == 2 * X0 * sympy.exp(X0**2)


@pytest.mark.parametrize("tree", [partial(Number(1), Symbol("X")), partial(plus(Symbol("O"), 1), Symbol("X"))])
def test_derivatives_are_of_arrays_and_entries(tree):
    with pytest.raises(NotSupportedError, match="needs an array or an entry above and below"):
        value(tree)
