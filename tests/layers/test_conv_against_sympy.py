"""The SymPy arrays of a derivation against SymPy's own differentiation of Σ G·O."""

import numpy as np
import pytest
import sympy

import symconv as sc
from symconv.layers.conv import Conv
from tests.oracles import brute_force

LAYERS = {
    "3x3 by 2x2": Conv((3, 3), (2, 2)),
    "3x4 by 2x3": Conv((3, 4), (2, 3)),
    "strided, padded, dilated": Conv((4, 5), (2, 2), (2, 1), ((1, 0), (0, 1)), (1, 2)),
    "true convolution with a remainder": Conv((4, 3), (2, 3), stride=3, convention="convolution", bias="entry"),
    "one axis": Conv(6, 2, stride=2, dilation=2, padding=((1, 0),), bias="map"),
    "three axes": Conv((2, 3, 2), (2, 1, 2)),
    "groups and batch": Conv((3, 2), (2, 1), in_channels=2, out_channels=4, groups=2, batch=2, bias="map"),
    "cropped": Conv((4, 4), (2, 1), padding=((-1, 0), (0, -2)), bias="entry"),
    "windows on padding": Conv(2, 1, padding=2),
}
pytestmark = pytest.mark.parametrize("layer", LAYERS.values(), ids=LAYERS)


def entries(array):
    """A SymPy matrix, array or scalar as a NumPy array of expressions."""
    return np.array(array.tolist() if hasattr(array, "tolist") else array, dtype=object)


def symbols(derivation):
    return {role: entries(getattr(derivation, role)) for role in ("X", "F", "G", *derivation.layer.parameters)}


def equal(found, expected):
    """Two arrays of expressions, shape and every entry multiplied out."""
    found, expected = entries(found), np.array(expected, dtype=object)
    assert found.shape == expected.shape
    return all(sympy.expand(a - b) == 0 for a, b in zip(found.ravel(), expected.ravel(), strict=True))


def differentiated(expressions, by):
    return np.array([sympy.diff(e, by) for e in expressions.ravel()], dtype=object).reshape(expressions.shape)


def test_the_output_is_the_definition(layer):
    d = sc.derive(layer)
    assert equal(d.O, brute_force(layer, symbols(d))["O"])


def test_gradients_and_closed_forms_are_the_derivatives_of_the_loss(layer):
    d = sc.derive(layer)
    loss = sympy.expand((entries(d.O) * entries(d.G)).sum())
    for role in ("X", *layer.parameters):
        variables = symbols(d)[role]
        expected = np.array([sympy.diff(loss, v) for v in variables.ravel()], dtype=object).reshape(variables.shape)
        assert equal(d.gradient(role), expected)
        for claim in layer.claims():
            if claim.role == f"d{role}":
                assert equal(d.closed_form(role, claim.route), expected)


def test_local_gradients_are_the_derivatives_of_the_output(layer):
    d = sc.derive(layer)
    outputs = entries(d.O)
    for role in ("X", *layer.parameters):
        for at, variable in np.ndenumerate(symbols(d)[role]):
            assert equal(d.local(role, *(i + 1 for i in at)), differentiated(outputs, variable))


def test_single_entries_are_those_of_the_whole_gradient(layer):
    d = sc.derive(layer)
    for role in ("X", *layer.parameters):
        if d.layer.arrays[role].shape:
            for at, expected in np.ndenumerate(entries(d.gradient(role))):
                assert sympy.expand(d.gradient(role, *(i + 1 for i in at)) - expected) == 0


def test_the_jacobian_is_sympys(layer):
    d = sc.derive(layer)
    outputs = sympy.Matrix(entries(d.O).ravel().tolist())
    for role in ("X", *layer.parameters):
        found = d.jacobian(role)
        assert isinstance(found, sympy.ImmutableSparseMatrix)
        assert found == outputs.jacobian(symbols(d)[role].ravel().tolist())
