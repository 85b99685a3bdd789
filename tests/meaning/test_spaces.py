"""The lemma behind representatives: with the sums put back, they say what all entries say."""

import numpy as np
import pytest
import sympy

from symconv.errors import NotSupportedError
from symconv.layers.losses import CrossEntropy
from symconv.layers.normalisation import BatchNorm, LayerNorm
from symconv.layers.softmax import Softmax
from symconv.meaning.deciding import decided
from symconv.meaning.definitions import Definition, System
from symconv.meaning.graph import Graph
from symconv.meaning.spaces import EXPLICIT, Representatives, Space
from symconv.notation.build import entry, exp, over, partial, plus, power, summed, times
from symconv.notation.tree import Symbol


def unlumped(space, expression, whole):
    """The expression with every sum over the other entries written out on the symbols of the whole space."""
    expression = sympy.sympify(expression)
    found = {}
    for lump in [part for part in expression.free_symbols if part in space._summands]:
        summand, axis = space._summands[lump]
        terms = [_at(space, unlumped(space, summand, whole), axis, k) for k in range(EXPLICIT, space.lengths[axis])]
        found[lump] = sympy.Add(*terms)
    return expression.xreplace(found)


def _at(space, summand, axis, position):
    """A summand at an entry of an axis."""
    found = {}
    for symbol in summand.free_symbols:
        if axis in space.rests.get(symbol, ()):
            role, index = symbol.name.split("_")
            places = [int(part) for part in index.split(",")]
            places[_axes(space)[role].index(axis)] = position
            found[symbol] = sympy.Symbol(f"{role}_{','.join(map(str, places))}")
    return summand.xreplace(found)


def _axes(space):
    return space.axes_for_test


def both(layer):
    system = layer.system
    lumped, whole = Representatives(system.lengths), Space(system.lengths)
    lumped.axes_for_test = system.axes
    return lumped, Graph(system, lumped), Graph(system, whole)


@pytest.mark.parametrize(
    "layer",
    [
        Softmax(inputs=4),
        Softmax(inputs=3, batch=3),
        CrossEntropy(inputs=4, softmax=True),
        BatchNorm(channels=1, batch=4),
        LayerNorm(inputs=3),
    ],
    ids=repr,
)
def test_gradients_by_representatives_are_those_of_all_entries(layer):
    space, lumped, whole = both(layer)
    for role in layer.arrays:
        if role in ("O", "Y"):
            continue
        for place in np.ndindex(*(min(EXPLICIT, n) for n in layer.system.shape(role))):
            found = unlumped(space, lumped.gradient(role, place), whole)
            assert decided(found, whole.gradient(role, place)) == "equal", (role, place)


def system(*definitions, **axes):
    return System({"X": ("entry",), "G": (), "O": (), **axes}, {"entry": 5}, definitions)


POWERS = system(Definition("O", (), over(summed("k", power(entry("X", "k"), 3)), summed("k", exp(entry("X", "k"))))))


def test_a_derivative_by_the_generic_entry_goes_through_the_sums_that_it_is_part_of():
    space = Representatives(POWERS.lengths)
    space.axes_for_test = POWERS.axes
    whole = Graph(POWERS, Space(POWERS.lengths))
    generic = Graph(POWERS, space).gradient("X", (EXPLICIT,))
    assert decided(unlumped(space, generic, whole), whole.gradient("X", (EXPLICIT,))) == "equal"


def test_a_constant_counts_the_other_entries():
    found = Graph(system(Definition("O", (), summed("k", plus(entry("X", "k"), 1)))), Representatives({"entry": 5}))
    assert found.values["O"][()].subs({"X_0": 0, "X_1": 0, "R1": 0}) == 5


def test_an_entry_that_is_singled_out_is_refused():
    one = system(Definition("O", (), times(Symbol("X", (0,)), summed("k", entry("X", "k")))))
    with pytest.raises(NotSupportedError, match="singles out an entry"):
        _ = Graph(one, Representatives(one.lengths)).values


def test_two_generic_entries_of_one_axis_are_refused():
    square = System(
        {"X": ("entry",), "G": ("entry",), "O": ("entry",)}, {"entry": 5},
        (Definition("O", ("i",), times(entry("X", "i"), summed("k", entry("X", "k")))),),
    )  # fmt: skip
    graph = Graph(square, Representatives(square.lengths))
    body = summed(("i", "j"), partial(entry("O", "i"), entry("X", "j")))
    with pytest.raises(NotSupportedError, match="two generic entries"):
        graph.meaning()(body)
