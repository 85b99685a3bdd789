"""Smooth layers: against loops in numbers of many digits, sizes, options, and what cannot be."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given

import symconv as sc
from symconv.errors import InputError, NotSupportedError
from symconv.forms import evaluated
from symconv.forms.table import Form
from symconv.layers.entrywise import ENTRYWISE
from symconv.meaning.numbers import FRACTIONS, decimals
from tests.smooth import ALL, KINDS, LOSSES, assert_agreement, by_loops
from tests.strategies import examples, seeds


@pytest.mark.parametrize("kind", KINDS)
def test_forward_and_backward_against_loops_and_differences(kind):
    @examples(30)
    @given(layer=KINDS[kind], seed=seeds)
    def agrees(layer, seed):
        assert_agreement(layer, seed, by_loops)

    agrees()


@pytest.mark.parametrize("layer", ENTRYWISE)
def test_a_table_of_the_backward_pass_multiplies_with_the_derivative(layer):
    made = layer(input=(2, 1), batch=2)
    numbers = {role: np.arange(1, 5).reshape(2, 1, 2, 1) * factor for role, factor in (("G", 1), ("D", 10))}
    table = made.backward_table()
    assert evaluated(Form((table,)), numbers).ravel().tolist() == [10, 40, 90, 160]
    assert table.index[0].shape == (2, 1, 2, 1)


@pytest.mark.parametrize("at_zero", [0, 1, "1/2", Fraction(1, 3)])
def test_the_derivative_of_relu_at_zero_is_the_stated_one(at_zero):
    layer = sc.ReLU(input=3, at_zero=at_zero)
    assert layer.backward(FRACTIONS, X=[-1, 0, 1], G=[1, 1, 1])["dX"].tolist() == [0, Fraction(str(at_zero)), 1]


def test_the_derivative_of_leaky_relu_at_zero_is_the_slope_where_nothing_else_is_said():
    found = sc.LeakyReLU(input=1, slope="1/4").backward(FRACTIONS, X=[0], G=[1])
    assert found["dX"].tolist() == [Fraction(1, 4)]


def test_large_numbers_do_not_overflow():
    assert sc.Softplus(input=2).forward(X=[800, -800]).tolist() == [800.0, pytest.approx(0)]
    assert sc.Tanh(input=2).forward(X=[800, -800]).tolist() == [1, -1]
    assert sc.Softmax(inputs=2).forward(X=[1000, 0]).tolist() == [1, 0]


def test_numbers_of_the_kind_that_is_asked_for():
    exact = sc.MSE(inputs=2).forward(FRACTIONS, X=[1, 2], Y=["0", Fraction(1, 3)][1:] * 2)
    assert exact.item() == (Fraction(2, 3) ** 2 + Fraction(5, 3) ** 2) / 2
    assert str(sc.Sigmoid(input=1).forward(decimals(40), X=[1])[0])[:20] == "0.731058578630004879"
    with pytest.raises(NotSupportedError, match="exp has no value in fractions"):
        sc.Sigmoid(input=1).forward(FRACTIONS, X=[1])


def test_the_epsilon_of_a_normalisation_can_be_given():
    layer = sc.BatchNorm(channels=1, batch=2)
    assert layer.forward(X=[-1, 1], F=1, b=0, epsilon=3).tolist() == [-0.5, 0.5]


@pytest.mark.parametrize("layer", ALL.values(), ids=ALL)
def test_a_layer_made_again_from_its_options_is_equal(layer):
    from click.testing import CliRunner

    from symconv.cli import layers

    made = []
    commands = layers.commands((), lambda layer, **_: made.append(layer))
    kind, *words = layer.options()
    result = CliRunner().invoke(commands[kind](), words, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    assert made == [layer]


@pytest.mark.parametrize("layer", ALL.values(), ids=ALL)
def test_a_fitted_layer_has_the_sizes_of_its_examples(layer):
    shape = (layer.inputs,) if layer.kind in LOSSES else layer.example_output
    blank = type(layer)(**({"channels": None} if layer.kind == "batch-norm" else {}))
    fitted = blank.fitted(shape, layer.batch)
    assert fitted.arrays["X"].shape == layer.arrays["X"].shape
    with pytest.raises(InputError, match=r"no .* size"):
        _ = blank.arrays
    with pytest.raises(InputError, match="the layer before it hands on"):
        layer.fitted((*shape[:-1], shape[-1] + 1), layer.batch)


WRONG = [
    (lambda: sc.ReLU(input=(2, 0)), "input size is 0: expected a whole number of at least 1"),
    (lambda: sc.ReLU(input=2, at_zero=2), "value at zero is 2: expected a number from 0 to 1"),
    (lambda: sc.ReLU(input=2, at_zero="a"), "value at zero is 'a': expected a number"),
    (lambda: sc.LeakyReLU(input=2, slope="1/0"), "slope is '1/0': expected a number"),
    (lambda: sc.Tanh(input=2, inputs=3), "give the features with inputs, or input sizes"),
    (lambda: sc.Sigmoid(input=2, batch=0), "batch is 0"),
    (lambda: sc.Softmax(inputs=0), "inputs is 0"),
    (lambda: sc.MSE(inputs=2, factor="third"), "factor is 'third': expected \"half\""),
    (lambda: sc.CrossEntropy(inputs=2, targets="hard"), "targets is 'hard': expected \"one-hot\""),
    (lambda: sc.BatchNorm(channels=2), "one number has no variance; give batch=2 or more"),
    (lambda: sc.LayerNorm(inputs=1), "inputs is 1: one number has no variance"),
    (lambda: sc.derive(sc.Softmax()), "softmax has no input size: give inputs="),
    (lambda: sc.derive(sc.GELU()), "gelu has no input size: give input="),
    (lambda: sc.Softmax(inputs=2).fitted((2, 3, 3), 1), "softmax needs examples of features"),
]


@pytest.mark.parametrize(("make", "message"), WRONG, ids=[message for _, message in WRONG])
def test_what_cannot_be_is_said_in_one_line(make, message):
    with pytest.raises(InputError) as raised:
        make().render()
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)
