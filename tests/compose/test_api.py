"""What a derivation gives in SymPy: shapes, types, names of symbols, comparisons."""

from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given

import symconv as sc
from tests.strategies import examples, layers

Matrix, NDArray, Sparse = sympy.ImmutableDenseMatrix, sympy.ImmutableDenseNDimArray, sympy.ImmutableSparseMatrix
PLAIN = sc.Conv((3, 3), (2, 2))
MAPS = sc.Conv((12, 3), (3, 3), in_channels=2, out_channels=2, groups=2, batch=2, bias="map")


def names(expression):
    return {symbol.name for symbol in expression.free_symbols}


# Shapes and types


@pytest.mark.parametrize(
    ("layer", "kind", "shapes"),
    [
        (sc.Conv((3, 4), (2, 3)), Matrix, {"X": (3, 4), "F": (2, 3), "O": (2, 2), "G": (2, 2)}),
        (sc.Conv((3, 3), (2, 2), bias="entry"), Matrix, {"b": (2, 2)}),
        (sc.Conv(5, 2), NDArray, {"X": (5,), "F": (2,), "O": (4,), "G": (4,)}),
        (sc.Conv(5, 2, bias="entry"), NDArray, {"b": (4,)}),
        (sc.Conv((2, 3, 4), (2, 2, 2)), NDArray, {"X": (2, 3, 4), "F": (2, 2, 2), "O": (1, 2, 3), "G": (1, 2, 3)}),
        (MAPS, NDArray, {"X": (2, 2, 12, 3), "F": (2, 1, 3, 3), "O": (2, 2, 10, 1), "G": (2, 2, 10, 1), "b": (2,)}),
        (sc.Conv((3, 3), (2, 2), batch=2), NDArray, {"X": (2, 1, 3, 3), "F": (1, 1, 2, 2), "O": (2, 1, 2, 2)}),
    ],
)
def test_arrays_are_matrices_in_plain_two_dimensions_and_arrays_of_their_rank_otherwise(layer, kind, shapes):
    d = sc.derive(layer)
    for role, shape in shapes.items():
        found = getattr(d, role)
        assert type(found) is kind
        assert tuple(found.shape) == shape
    assert tuple(d.O.shape) == layer.output_shape


@examples(40)
@given(layer=layers())
def test_gradients_have_the_shape_and_type_of_their_array(layer):
    d = sc.derive(layer)
    for role in ("X", *layer.parameters):
        array, gradient = getattr(d, role), d.gradient(role)
        shape = layer.arrays[role].shape
        closed = [d.closed_form(role, claim.route) for claim in layer.claims() if claim.role == f"d{role}"]
        for found in (gradient, *closed):
            assert getattr(found, "shape", ()) == shape
            assert not shape or type(found) is type(array)
        rows, columns = int(np.prod(layer.output_shape)), int(np.prod(shape))
        assert (type(d.jacobian(role)), d.jacobian(role).shape) == (Sparse, (rows, columns))
        first = d.local(role, *(1 for _ in shape))
        assert (type(first), tuple(first.shape)) == (type(d.O), layer.output_shape)


def test_the_bias_of_a_plain_layer_is_one_symbol():
    d = sc.derive(sc.Conv((3, 3), (2, 2), bias="map"))
    assert d.b == sympy.Symbol("b")
    assert d.gradient("b") == d.closed_form("b") == sum(d.G)
    assert d.local("b") == sympy.ones(2, 2)
    assert d.jacobian("b") == sympy.ones(4, 1)


# Names


@pytest.mark.parametrize(
    ("entry", "name"),
    [
        (lambda d: d.X[0, 1], "X_{12}"),
        (lambda d: d.F[1, 0], "F_{21}"),
        (lambda d: d.G[0, 1], r"\frac{\partial L}{\partial O_{12}}"),
    ],
)
def test_symbols_of_a_plain_layer(entry, name):
    assert entry(sc.derive(PLAIN)) == sympy.Symbol(name)


@pytest.mark.parametrize(
    ("layer", "entry", "name"),
    [
        (sc.Conv((2, 12), (1, 1)), lambda d: d.X[0, 11], "X_{1,12}"),
        (sc.Conv((2, 12), (1, 1)), lambda d: d.X[0, 8], "X_{19}"),
        (sc.Conv((12, 2), (1, 1)), lambda d: d.G[9, 0], r"\frac{\partial L}{\partial O_{10,1}}"),
        (sc.Conv(12, 1), lambda d: d.X[11], "X_{12}"),
        (sc.Conv((2, 2, 2), (1, 1, 1)), lambda d: d.X[0, 1, 1], "X_{1,2,2}"),
        (MAPS, lambda d: d.F[1, 0, 2, 2], "F_{2,1,3,3}"),
        (MAPS, lambda d: d.X[1, 0, 11, 2], "X_{2,1,12,3}"),
        (MAPS, lambda d: d.b[1], "b_{2}"),
        (MAPS, lambda d: d.G[0, 1, 9, 0], r"\frac{\partial L}{\partial O_{1,2,10,1}}"),
    ],
)
def test_long_indices_and_many_indices_have_commas(layer, entry, name):
    assert entry(sc.derive(layer)) == sympy.Symbol(name)


def test_symbols_have_no_assumptions():
    symbol = sc.derive(PLAIN).X[0, 0]
    assert symbol.is_commutative
    assert symbol.is_real is None
    assert symbol.is_positive is None


def test_every_entry_is_its_own_symbol():
    d = sc.derive(MAPS)
    for role in "XFGb":
        assert len(set(sympy.flatten(getattr(d, role).tolist()))) == int(np.prod(getattr(d, role).shape))


def test_indices_may_count_from_zero():
    d = sc.derive(PLAIN, index_base=0)
    assert d.X[0, 1] == sympy.Symbol("X_{01}")
    assert d.G[1, 1] == sympy.Symbol(r"\frac{\partial L}{\partial O_{11}}")
    assert d.local("F", 0, 0) == sc.derive(PLAIN).local("F", 1, 1).xreplace(shifted())
    assert d.gradient("X", 0, 1) == d.gradient("X")[0, 1]


def shifted():
    """The symbols that count from 1 to those that count from 0."""
    old, new = sc.derive(PLAIN), sc.derive(PLAIN, index_base=0)
    return {a: b for role in "XFG" for a, b in zip(getattr(old, role), getattr(new, role), strict=True)}


def test_a_base_changes_names_and_nothing_else():
    old, new = sc.derive(PLAIN), sc.derive(PLAIN, index_base=0)
    for role in "XF":
        assert new.gradient(role) == old.gradient(role).xreplace(shifted())


def test_letters_may_be_chosen_for_every_role():
    d = sc.derive(
        sc.Conv((3, 3), (2, 2), bias="map"),
        names={"X": "x", "F": "w", "O": "z", "b": r"\beta", "G": r"\delta", "L": r"\mathcal{L}"},
    )
    assert (d.X[0, 1], d.F[1, 0], d.b) == sympy.symbols(r"x_{12} w_{21} \beta")
    assert d.G[0, 1] == sympy.Symbol(r"\delta_{12}")
    assert {name.partition("_")[0] for name in names(d.gradient("F", 1, 1))} == {"x", r"\delta"}


def test_letters_of_the_output_and_the_loss_stand_in_its_gradient():
    d = sc.derive(PLAIN, names={"O": "Z", "L": r"\mathcal{L}"})
    assert d.G[0, 0] == sympy.Symbol(r"\frac{\partial \mathcal{L}}{\partial Z_{11}}")


def test_the_batch_mean_divides_by_the_number_of_examples():
    layer = sc.Conv((3, 3), (2, 2), batch=3, bias="map")
    one, mean = sc.derive(layer), sc.derive(layer, batch_mean=True)
    assert mean.G[0, 0, 0, 0] == sympy.Symbol(r"\frac{\partial \ell}{\partial O_{1,1,1,1}}")
    same = dict(zip(sympy.flatten(one.G.tolist()), sympy.flatten(mean.G.tolist()), strict=True))
    for role in "XFb":
        expected = [sympy.expand(e.xreplace(same) / 3) for e in sympy.flatten(one.gradient(role).tolist())]
        for found in (mean.gradient(role), mean.closed_form(role)):
            assert [sympy.expand(e) for e in sympy.flatten(found.tolist())] == expected
    assert one.O == mean.O
    assert one.local("F", 1, 1, 1, 1) == mean.local("F", 1, 1, 1, 1)
    assert mean.calculus.mean == Fraction(1, 3)


# Values


def test_arrays_compare_with_sympys_own():
    d = sc.derive(PLAIN)
    F = sympy.Matrix(2, 2, lambda i, j: sympy.Symbol(f"F_{{{i + 1}{j + 1}}}"))
    X = sympy.Matrix(3, 3, lambda i, j: sympy.Symbol(f"X_{{{i + 1}{j + 1}}}"))
    G = sympy.Matrix(2, 2, lambda i, j: sympy.Symbol(rf"\frac{{\partial L}}{{\partial O_{{{i + 1}{j + 1}}}}}"))
    assert d.F == F
    assert d.X == X
    assert d.G == G
    assert d.F != F.T
    O = sympy.Matrix(2, 2, lambda i, j: sum(X[i + u, j + v] * F[u, v] for u in (0, 1) for v in (0, 1)))  # noqa: E741
    assert d.O == O
    assert d.local("F", 1, 2) == X[:2, 1:]
    assert d.local("X", 2, 2) == sympy.Matrix([[F[1, 1], F[1, 0]], [F[0, 1], F[0, 0]]])
    assert d.gradient("F", 2, 1) == sum(G[i, j] * X[i + 1, j] for i in (0, 1) for j in (0, 1))


def test_arrays_of_other_ranks_compare_with_sympys_own():
    line = sympy.Array(sympy.symbols("F_{1} F_{2}"))
    assert line == sc.derive(sc.Conv(3, 2)).F


def test_the_same_question_has_the_same_answer():
    assert sc.derive(PLAIN) == sc.derive(sc.Conv((3, 3), (2, 2)))
    assert sc.derive(PLAIN).O == sc.derive(PLAIN).O


def test_an_input_that_no_window_reads_has_gradient_zero():
    d = sc.derive(sc.Conv((3, 3), (1, 1), stride=2))
    assert d.gradient("X")[1, 1] == d.gradient("X", 2, 2) == d.closed_form("X")[1, 1] == 0
    assert d.local("X", 2, 2) == sympy.zeros(2, 2)


def test_padding_leaves_its_products_out():
    d = sc.derive(sc.Conv(1, 1, padding=1, bias="map"))
    X, F, b = sympy.symbols("X_{1} F_{1} b")
    output = sympy.Array([b, X * F + b, b])
    assert output == d.O


@pytest.mark.parametrize(
    ("stride", "route"), [(1, None), (1, "correlation"), (1, "indices"), (1, "matrix"), (2, None), (2, "matrix")]
)
def test_closed_forms_by_every_route_are_the_chain_rules(stride, route):
    d = sc.derive(sc.Conv((5, 4), (2, 3), stride, padding=1))
    assert d.closed_form("X", route) == d.gradient("X")


def test_output_shape_is_plain_where_batch_and_channels_are_one():
    assert sc.Conv((3, 3), (2, 2)).output_shape == (2, 2)
    assert sc.Conv(3, 2).output_shape == (2,)
    assert sc.Conv((3, 3), (2, 2), out_channels=2).output_shape == (1, 2, 2, 2)


# Proofs and steps


def test_proofs_are_those_of_the_layer_in_the_letters_of_the_derivation():
    d = sc.derive(PLAIN, names={"X": "x"})
    assert [(p.role, p.route, p.claim) for p in d.proofs] == [(p.role, p.route, p.claim) for p in sc.prove(PLAIN)]
    assert all(isinstance(proof, sc.Proof) and proof.holds and proof.scope == "shape" for proof in d.proofs)
    assert "x ⊗ " in str(d.proofs[1])


def test_steps_are_told_in_order():
    steps = sc.derive(sc.Conv((3, 3), (2, 2), bias="map")).steps
    assert all(isinstance(step, sc.Step) for step in steps)
    gradients = ["local", "frobenius", "chain", "patches", "closed"]
    assert [step.kind for step in steps] == [
        "result", "sizes", "forward", "outputs", "need", *gradients, *gradients, "bias", "matrix",
    ]  # fmt: skip
    assert [step.role for step in steps if step.kind == "closed"] == ["F", "X"]


def test_the_public_names_are_there():
    for name in sc.__all__:
        assert getattr(sc, name) is not None
    assert {"Conv", "derive", "prove", "Derivation", "Proof", "Step", "SymconvError"} <= set(sc.__all__)
