"""Flattening: shapes, refusals, its definition, both closed forms, and wrong ones that are refuted."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import symconv as sc
from symconv.errors import InputError, NotSupportedError
from symconv.layers.flatten import Flatten
from symconv.layers.sizes import parse_sizes
from symconv.operations import FEATURES, Leaf, Reshape, Reverse, Transposed
from tests.agreement import assert_agrees, by_autograd, random_arrays, verdict
from tests.oracles import needs
from tests.strategies import examples, seeds

SIZE = st.integers(1, 4)
LAYERS = st.builds(Flatten, st.lists(SIZE, min_size=1, max_size=3).map(tuple), SIZE, st.integers(1, 3))


@pytest.mark.parametrize(
    ("layer", "shapes"),
    [
        (Flatten((2, 3)), {"X": (2, 3), "O": (6,)}),
        (Flatten(5), {"X": (5,), "O": (5,)}),
        (Flatten((2, 3), channels=4), {"X": (1, 4, 2, 3), "O": (24,)}),
        (Flatten((2, 3), batch=5), {"X": (5, 1, 2, 3), "O": (5, 6)}),
        (Flatten((2, 1, 3), channels=2, batch=2), {"X": (2, 2, 2, 1, 3), "O": (2, 12)}),
    ],
)
def test_shapes(layer, shapes):
    assert {role: variable.shape for role, variable in layer.arrays.items()} == shapes
    assert layer.example_output == shapes["O"][-1:]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"input": ()}, "input has 0 sizes: expected 1 to 3, one a spatial axis, such as 3x3"),
        ({"input": (2, 0)}, "input size is 0: expected a whole number of at least 1"),
        ({"channels": 0}, "channels is 0: expected a whole number of at least 1"),
        ({"batch": -1}, "batch is -1: expected a whole number of at least 1"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(given, message):
    with pytest.raises(InputError) as error:
        Flatten(**{"input": (2, 3), **given})
    assert str(error.value) == message


def by_loops(layer, arrays):
    """O and dX, entry by entry, counting up."""
    X, G = arrays["X"], arrays["G"].reshape(layer.batch, -1)
    flat, dX = np.zeros_like(G), np.zeros_like(X)
    counted = [0] * layer.batch
    for at in np.ndindex(X.shape):
        example = 0 if layer.plain else at[0]
        flat[example, counted[example]] = X[at]
        dX[at] = G[example, counted[example]]
        counted[example] += 1
    return {"O": flat.reshape(arrays["G"].shape), "dX": dX}


@examples(200)
@given(layer=LAYERS, seed=seeds)
def test_against_loops(layer, seed):
    arrays = random_arrays(layer, seed)
    assert_agrees(layer, arrays, by_loops(layer, arrays))


@examples(200)
@given(layer=LAYERS, seed=seeds)
def test_against_torch(layer, seed):
    torch, arrays = needs("torch"), random_arrays(layer, seed)

    def forward(leaves):
        flat = torch.flatten(leaves["X"], start_dim=0 if layer.plain else 1)
        return flat.reshape(arrays["G"].shape)

    assert_agrees(layer, arrays, by_autograd(torch, forward, arrays))


def test_column_by_column_is_refuted():
    layer = Flatten((2, 3))
    example = Reshape(Leaf("X"), ("batch", "0"), (("0", 2),))
    by_columns = Reshape(Transposed(example), ("1", "0"), (("batch", 1), (FEATURES, 6)))
    assert not verdict(layer, "O", by_columns).holds
    proof = verdict(layer, "dX", Reshape(Leaf("G"), (FEATURES,), (("0", 3), ("1", 2))))
    assert proof.reason() == "the shapes differ: (2, 3) by definition, (3, 2) by the closed form"


def test_the_other_way_round_is_refuted():
    layer = Flatten((2, 2), channels=2, batch=2)
    (claim,) = (claim for claim in layer.claims() if claim.role == "O")
    proof = verdict(layer, "O", Reverse(claim.parts[0], (FEATURES,)))
    assert proof.reason() == "O_11 is X_1,1,1,1 by definition, but X_1,2,2,2 by the closed form"


def test_two_examples_in_one_vector_are_refuted():
    layer = Flatten((2, 3), batch=2)
    everything = Reshape(Leaf("X"), ("batch", "channel", "0", "1"), ((FEATURES, 12),))
    assert not verdict(layer, "O", everything).holds


@pytest.fixture
def by_axes(monkeypatch):
    monkeypatch.setattr("symconv.derivation.gradients.WHOLE_TERMS", -1)


@pytest.mark.usefixtures("by_axes")
@examples(100)
@given(layer=LAYERS)
def test_the_batch_is_an_axis_of_its_own(layer):
    proofs = sc.prove(layer)
    assert {proof.method for proof in proofs} == {"axis by axis"}
    assert all(proof.holds for proof in proofs)


@pytest.mark.usefixtures("by_axes")
def test_axes_that_are_joined_are_not_taken_one_by_one():
    layer = Flatten((2, 3), batch=2)
    joined = Reshape(Leaf("X"), ("batch", "channel", "0", "1"), ((FEATURES, 12),))
    with pytest.raises(NotSupportedError):
        verdict(layer, "O", joined)


@examples(100)
@given(layer=LAYERS)
def test_a_layer_is_described_by_the_words_of_the_command_line(layer):
    name, *words = layer.options()
    read = {word[2:]: value for word, value in zip(words[::2], words[1::2], strict=True)}
    numbers = {word: int(value) for word, value in read.items() if word != "input"}
    assert name == "flatten"
    assert Flatten(input=parse_sizes("input", read["input"]), **numbers) == layer


@examples(100)
@given(layer=LAYERS, data=st.data())
def test_the_definition_of_an_entry_is_one_product(layer, data):
    role = data.draw(st.sampled_from("XO"))
    index = tuple(data.draw(st.integers(0, n - 1)) for n in layer.arrays[role].shape)
    assert len(layer.definition(only={role: index})) == 1
    with pytest.raises(InputError, match=rf"^{role} has no entry"):
        layer.definition(only={role: (*index, 0)})


def test_without_an_input_it_is_fitted():
    assert Flatten().fitted((2, 3, 4), batch=5) == Flatten((3, 4), channels=2, batch=5)
    assert Flatten().fitted((7,), batch=1) == Flatten(7)
    assert Flatten().options() == ["flatten"]
    with pytest.raises(InputError, match=r"^flatten has no input size: give input=, or put the layer in a Network$"):
        _ = Flatten().arrays
    with pytest.raises(InputError, match=r"^flatten was made for channels 3, but the layer before it hands on 2"):
        Flatten(channels=3).fitted((2, 3, 4), batch=1)
