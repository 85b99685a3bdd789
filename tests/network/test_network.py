"""Networks: what each layer is handed, names, roles and letters, and what does not fit."""

import numpy as np
import pytest
from hypothesis import given

import symconv as sc
from symconv.errors import InputError
from symconv.layers.catalogue import CLASSES, layer_class
from symconv.network.backward import Backward
from symconv.network.torch import torch_gradients
from symconv.notation.tree import gradient_of
from tests.network.networks import LOSSES, MINIMAL, SMOOTH, first_network, made, networks, numbers_for
from tests.oracles import needs
from tests.strategies import examples

# Shapes, names, letters


def test_the_shape_of_every_layer_and_how_much_it_learns():
    assert first_network().shapes == (
        ("conv1", (4, 4), 10), ("relu1", (4, 4), 0), ("pool1", (2, 2), 0), ("flatten1", (4,), 0), ("dense1", (1,), 5),
        ("sigmoid1", (1,), 0), ("loss", (), 0),
    )  # fmt: skip


def test_the_arrays_by_role():
    network = first_network()
    shapes = {role: array.shape for role, array in network.arrays.items()}
    assert shapes == {
        "X": (6, 6), "conv1.F": (3, 3), "conv1.b": (), "conv1.O": (4, 4), "relu1.O": (4, 4), "pool1.O": (2, 2),
        "pool1.M": (2, 2, 2, 2), "flatten1.O": (4,), "dense1.F": (1, 4), "dense1.b": (1,), "dense1.O": (1,),
        "sigmoid1.O": (1,), "Y": (1,),
    }  # fmt: skip
    assert network.parameters == ("conv1.F", "conv1.b", "dense1.F", "dense1.b")
    assert all(gradient_of(f"d:{role}") == role for role in shapes)


def test_a_new_stage_begins_with_each_layer_that_has_weights():
    letters = first_network().symbols
    assert [letters[role] for role in ("conv1.F", "conv1.O", "relu1.O", "pool1.M", "pool1.O", "flatten1.O")] == [
        "K^{1}", "Z^{1}", "A^{1}", "M^{1}", "P^{1}", "V^{1}",
    ]  # fmt: skip
    assert [letters[role] for role in ("dense1.F", "dense1.b", "sigmoid1.O", "d:dense1.O", "Y", "L")] == [
        "W^{2}", "b^{2}", "A^{2}", r"\delta^{2}", "Y", "L",
    ]  # fmt: skip


@examples(200)
@given(network=networks(SMOOTH, LOSSES))
def test_names_and_letters_are_told_apart(network):
    assert len(set(network.names)) == len(network.layers)
    letters = [network.symbols[role] for role in network.arrays]
    assert len(set(letters)) == len(letters)
    assert all(array.role == role for role, array in network.arrays.items())


def test_each_kind_is_counted_by_itself():
    layers = [
        sc.Conv(filter=2),
        made("tanh"),
        sc.AvgPool(window=2),
        sc.Conv(filter=1),
        made("tanh"),
        sc.MaxPool(window=2),
    ]
    assert sc.Network(layers, (1, 9)).names == ("conv1", "tanh1", "pool1", "conv2", "tanh2", "pool2")


@examples(150)
@given(network=networks(SMOOTH, LOSSES))
def test_every_layer_is_handed_what_the_one_before_it_hands_on(network):
    shape = network.input
    for number, layer in enumerate(network.layers):
        assert layer.batch == network.batch
        assert layer.arrays["X"].size == network.batch * int(np.prod(shape))
        assert layer.arrays["X"].size == network.arrays[network.input_of(number)].size
        assert layer == layer.fitted(shape, network.batch)
        shape = layer.example_output


def test_sizes_may_be_given_as_well():
    open_ended = sc.Network([sc.Conv(filter=(2, 2)), made("relu"), sc.Flatten(), sc.Dense(outputs=2)], (1, 3, 3))
    given = [sc.Conv((3, 3), (2, 2)), made("relu", input=(2, 2)), sc.Flatten((2, 2)), sc.Dense(4, 2)]
    assert sc.Network(given, (1, 3, 3)) == open_ended
    assert hash(sc.Network(given, (1, 3, 3))) == hash(open_ended)


def test_a_number_is_a_vector_of_features():
    assert sc.Network([sc.Dense(outputs=2)], 3) == sc.Network([sc.Dense(outputs=2)], (3,))


# What does not fit


DISAGREEING = {
    "dense after a map": (
        [sc.Conv(filter=(3, 3)), sc.Dense(outputs=2)], (1, 6, 6),
        r"^conv1 hands on 1x4x4, which dense1 cannot take: .*1x4x4.*Flatten",
    ),
    "other inputs": (
        [sc.Flatten(), sc.Dense(7, 2)], (1, 6, 6),
        r"^flatten1 hands on 36, which dense1 cannot take: .* inputs 7, .* 36",
    ),
    "window too large": (
        [sc.Conv(filter=(3, 3)), sc.MaxPool(window=(5, 5))], (1, 6, 6),
        r"^conv1 hands on 1x4x4, which pool1 cannot take: .* 5 entries, .* only 4",
    ),
    "other channels": (
        [sc.Conv(filter=(3, 3), in_channels=3)], (1, 6, 6),
        r"^the input hands on 1x6x6, which conv1 cannot take: .* in_channels 3, .* 1",
    ),
    "other positions": (
        [sc.Conv(filter=(3, 3)), made("relu", input=(3, 3))], (1, 6, 6),
        r"^conv1 hands on 1x4x4, which relu1 cannot take: .* 1x3x3, .* 1x4x4",
    ),
    "other number of axes": (
        [sc.Conv(filter=(3, 3)), sc.AvgPool(window=3)], (1, 6, 6),
        r"^conv1 hands on 1x4x4, which pool1 cannot take: .*1x4x4",
    ),
    "map where features are wanted": (
        [made("relu"), made("softmax")], (1, 4), r"^relu1 hands on 1x4, which softmax1 cannot take: .*Flatten",
    ),
    "groups": (
        [sc.Conv(filter=1, out_channels=3), sc.Conv(filter=1, groups=2, out_channels=2)], (1, 4),
        r"^conv1 hands on 3x4, which conv2 cannot take: groups is 2, .* 3",
    ),
    "batch of a layer": (
        [made("sigmoid", batch=3)], (4,), r"^the input hands on 4, which sigmoid1 cannot take: .* batch 3, .* 1",
    ),
    "batch of a loss": (
        [sc.Dense(outputs=2), made("mse", batch=3)], (4,),
        r"^dense1 hands on 2, which loss cannot take: .* batch 3, .* 1",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("layers", "input", "message"), DISAGREEING.values(), ids=DISAGREEING)
def test_shapes_that_do_not_fit_name_both_layers_and_both_shapes(layers, input, message):
    with pytest.raises(InputError, match=message) as refused:
        sc.Network(layers, input)
    assert "\n" not in str(refused.value)


WRONG = {
    "no layers": (lambda: sc.Network([], 3), "1 to 200 layers, not 0"),
    "too many layers": (lambda: sc.Network([sc.Flatten()] * 201, 3), "1 to 200 layers, not 201"),
    "one layer without a list": (lambda: sc.Network(sc.Conv(filter=2), (1, 3)), "expected a list of layers"),
    "text": (lambda: sc.Network("conv", (1, 3)), "expected a list of layers"),
    "a class": (lambda: sc.Network([sc.Conv], (1, 3)), "layer 1 is <class .*expected a layer such as"),
    "a number": (lambda: sc.Network([sc.Flatten(), 3], 3), "layer 2 is 3: expected a layer"),
    "a network": (lambda: sc.Network([first_network()], (1, 6, 6)), "layer 1 is Network.*: expected a layer"),
    "loss in between": (lambda: sc.Network([made("mse"), sc.Flatten()], 3), "layer 1 of 2 is a loss: .* at the end"),
    "no input": (lambda: sc.Network([sc.Flatten()], ()), "input has 0 sizes"),
    "long input": (lambda: sc.Network([sc.Flatten()], (1,) * 5), "input has 5 sizes"),
    "input of nothing": (lambda: sc.Network([sc.Flatten()], (1, 0)), "input size is 0"),
    "input as text": (lambda: sc.Network([sc.Flatten()], "1x2"), "input size is '1x2'"),
    "input none": (lambda: sc.Network([sc.Flatten()], None), "input size is None"),
    "batch": (lambda: sc.Network([sc.Flatten()], 3, batch=0), "batch is 0: expected"),
    "batch as truth": (lambda: sc.Network([sc.Flatten()], 3, batch=True), "batch is True: expected"),
    "columns": (
        lambda: sc.Network([sc.Dense(outputs=2), made("relu")], 3, batch=2),
        'dense1 has its examples in columns, .* these 2 in rows: give it the convention "rows"',
    ),
}


@pytest.mark.parametrize(("make", "message"), WRONG.values(), ids=WRONG)
def test_refusals(make, message):
    with pytest.raises(InputError, match=message) as refused:
        make()
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 500


def test_dense_layers_among_themselves_may_have_columns():
    network = sc.Network([sc.Dense(outputs=2), sc.Dense(outputs=4)], 3, batch=5)
    assert [network.arrays[role].shape for role in ("X", "dense1.O", "dense2.O")] == [(3, 5), (2, 5), (4, 5)]
    needs("torch")
    arrays = numbers_for(network, 1)
    found = torch_gradients(network, arrays)
    np.testing.assert_array_equal(found["d:dense1.F"], arrays["dense2.F"].T @ arrays["G"] @ arrays["X"].T)


@pytest.mark.parametrize("kind", CLASSES)
def test_every_kind_of_layer_can_stand_in_a_network(kind):
    features = kind in ("dense", "softmax", "layer-norm", *LOSSES)
    layer = made(kind, **MINIMAL.get(kind, {}))
    network = sc.Network([sc.Flatten(), layer] if features else [layer], (1, 4))
    assert network.layers[-1].kind == kind
    assert type(network.layers[-1]) is layer_class(kind)


# The gradients


def test_multiplied_out_it_goes_through_layer_after_layer():
    network = sc.Network([sc.Conv(filter=2), sc.Conv(filter=2), sc.Flatten(), sc.Dense(outputs=2)], (1, 5))
    tables = list(Backward(network).multiplied("conv1.F", (1,)))
    assert [set(table.roles) for table in tables] == [
        {"d:conv1.O", "X"},
        {"d:conv2.O", "conv2.F", "X"},
        {"d:dense1.O", "dense1.F", "conv2.F", "X"},
    ]
    assert [len(table) for table in tables] == [4, 6, 12]


def test_it_ends_at_a_layer_without_a_table():
    network = sc.Network([sc.Dense(outputs=2), made("softmax"), sc.Dense(outputs=2)], 3)
    assert [set(table.roles) for table in Backward(network).multiplied("dense1.F", (0, 0))] == [{"d:dense1.O", "X"}]
