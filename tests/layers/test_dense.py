"""A dense layer: shapes, refusals, its definition, every closed form, and wrong ones that are refuted or impossible."""

from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import symconv as sc
from symconv.derivation.gradients import Calculus
from symconv.errors import InputError
from symconv.layers.dense import Dense
from symconv.operations import Keep, Leaf, MatMul, Total, Transposed
from symconv.proof.exact import prove_claim
from tests.agreement import assert_agrees, by_autograd, random_arrays, verdict
from tests.oracles import needs
from tests.strategies import examples, seeds

SIZE = st.integers(1, 5)
LAYERS = st.builds(Dense, SIZE, SIZE, st.integers(1, 4), st.booleans(), st.sampled_from(("columns", "rows")))


@pytest.mark.parametrize(
    ("layer", "shapes"),
    [
        (Dense(4, 3), {"X": (4,), "F": (3, 4), "O": (3,), "b": (3,)}),
        (Dense(4, 3, bias=False, convention="rows"), {"X": (4,), "F": (3, 4), "O": (3,)}),
        (Dense(4, 3, batch=2), {"X": (4, 2), "F": (3, 4), "O": (3, 2), "b": (3,)}),
        (Dense(4, 3, batch=2, convention="rows"), {"X": (2, 4), "F": (3, 4), "O": (2, 3), "b": (3,)}),
    ],
)
def test_shapes(layer, shapes):
    assert {role: variable.shape for role, variable in layer.arrays.items()} == shapes
    assert layer.example_output == (3,)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"inputs": 0}, "inputs is 0: expected a whole number of at least 1"),
        ({"outputs": 0}, "outputs is 0: expected a whole number of at least 1"),
        ({"batch": 1.5}, "batch is 1.5: expected a whole number of at least 1"),
        ({"bias": "map"}, "bias is 'map': expected True or False"),
        ({"convention": "torch"}, 'convention is \'torch\': expected "columns" or "rows"'),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(given, message):
    with pytest.raises(InputError) as error:
        Dense(**{"inputs": 4, "outputs": 3, **given})
    assert str(error.value) == message


# Against loops and PyTorch


def by_loops(layer, arrays):
    """O, dX, dF and db, product by product."""
    columns = layer.convention == "columns"
    X, F, G = (np.atleast_2d(arrays[role]) for role in "XFG")
    if columns and layer.batch == 1:
        X, G = X.T, G.T
    out_, dX, dF = (np.zeros_like(array) for array in (G, X, F))
    for example in range(layer.batch):
        for out in range(layer.outputs):
            o = (out, example) if columns else (example, out)
            for in_ in range(layer.inputs):
                x = (in_, example) if columns else (example, in_)
                out_[o] += F[out, in_] * X[x]
                dX[x] += G[o] * F[out, in_]
                dF[out, in_] += G[o] * X[x]
    found = {"O": out_.reshape(arrays["G"].shape), "dX": dX.reshape(arrays["X"].shape), "dF": dF}
    if layer.bias:
        b, db = arrays["b"], np.zeros_like(arrays["b"])
        for out in range(layer.outputs):
            found["O"][out if columns else (..., out)] += b[out]
            db[out] = (np.atleast_2d(arrays["G"]).T if layer.batch == 1 or not columns else arrays["G"])[out].sum()
        found["db"] = db
    return found


@examples(200)
@given(layer=LAYERS, seed=seeds)
def test_against_loops(layer, seed):
    arrays = random_arrays(layer, seed)
    assert_agrees(layer, arrays, by_loops(layer, arrays))


@examples(250)
@given(layer=LAYERS, seed=seeds)
def test_against_torch(layer, seed):
    torch, arrays = needs("torch"), random_arrays(layer, seed)
    turned = layer.convention == "columns" and layer.batch > 1

    def forward(leaves):
        X = leaves["X"].T if turned else leaves["X"]
        out = torch.nn.functional.linear(X, leaves["F"], leaves.get("b"))
        return out.T if turned else out

    assert_agrees(layer, arrays, by_autograd(torch, forward, arrays))


def test_the_columns_of_one_convention_are_the_rows_of_the_other():
    columns, rows = (Dense(3, 2, batch=4, convention=convention) for convention in ("columns", "rows"))
    arrays = random_arrays(columns)
    turned = arrays | {role: arrays[role].T for role in "XG"}
    ours, theirs = by_loops(columns, arrays), by_loops(rows, turned)
    assert np.array_equal(ours["O"], theirs["O"].T)
    assert np.array_equal(ours["dF"], theirs["dF"])


# Wrong closed forms


def test_a_forgotten_transpose_is_impossible():
    square = Dense(3, 3, batch=3)
    for role, form in {
        "dF": MatMul(Leaf("G"), Leaf("X"), "batch"),
        "dX": MatMul(Leaf("F"), Leaf("G"), "out"),
    }.items():
        with pytest.raises(
            InputError, match=r"^a matrix product sums over \w+, but its factors have the axes .*transpose"
        ):
            verdict(square, role, form)


@pytest.mark.parametrize("layer", [Dense(3, 2, batch=2), Dense(3, 3, batch=3), Dense(3, 2)], ids=repr)
def test_a_transposed_result_is_refuted(layer):
    assert not verdict(layer, "dF", Transposed(layer.weight_gradient())).holds


def test_the_product_over_the_wrong_axis_is_refuted():
    layer = Dense(3, 3, batch=3, bias=False)
    assert not verdict(layer, "O", MatMul(Transposed(Leaf("F")), Leaf("G"), "out")).holds
    with pytest.raises(InputError, match="axis in twice"):
        verdict(layer, "O", MatMul(Leaf("X"), Transposed(Leaf("X")), "batch"))


@pytest.mark.parametrize("convention", ["columns", "rows"])
def test_a_bias_gradient_not_summed_over_the_batch_is_refuted(convention):
    layer = Dense(4, 3, batch=2, convention=convention)
    shapes = (3,), (3, 2) if convention == "columns" else (2, 3)
    proof = verdict(layer, "db", Leaf("G"))
    assert proof.reason() == f"the shapes differ: {shapes[0]} by definition, {shapes[1]} by the closed form"
    assert not verdict(layer, "db", Total(Leaf("G"), ("out",))).holds
    assert not verdict(layer, "db", Total(Keep(Leaf("G"), ("batch",), (1,)), ("batch",))).holds


def test_a_forgotten_bias_is_refuted():
    layer = Dense(4, 3)
    assert not verdict(layer, "O", layer.forward()).holds


def test_a_mean_that_is_forgotten_is_refuted():
    layer = Dense(4, 3, batch=2)
    calculus = Calculus(layer, Fraction(1, 2))
    assert all(prove_claim(calculus, claim).holds for claim in layer.claims())
    plain = {claim.role: str(prove_claim(Calculus(layer), claim).claim) for claim in layer.claims()}
    meant = {claim.role: str(prove_claim(calculus, claim).claim) for claim in layer.claims()}
    assert plain["O"] == meant["O"]
    assert plain["dF"] != meant["dF"]


# Entries, words, size


@examples(100)
@given(layer=LAYERS, data=st.data())
def test_the_definition_of_an_entry_is_its_part_of_the_whole(layer, data):
    role = data.draw(st.sampled_from(list(layer.arrays)))
    index = tuple(data.draw(st.integers(0, n - 1)) for n in layer.arrays[role].shape)
    flat = int(np.ravel_multi_index(index, layer.arrays[role].shape))
    whole = {part.roles: part for part in layer.definition().parts}
    for part in layer.definition(only={role: index}).parts:
        assert products(part) == products(whole[part.roles].where(role, flat))
    assert layer.term_count() == len(layer.definition().parts[0])


def products(table):
    return Counter(zip(*(column.tolist() for column in table.columns), strict=True))


@examples(100)
@given(layer=LAYERS)
def test_a_layer_is_described_by_the_words_of_the_command_line(layer):
    name, *words = layer.options()
    flags = {"bias": False} if "--no-bias" in words else {}
    words = [word for word in words if word != "--no-bias"]
    pairs = zip(words[::2], words[1::2], strict=True)
    read = {word[2:]: value if word == "--convention" else int(value) for word, value in pairs}
    assert name == "dense"
    assert Dense(**read, **flags) == layer


@pytest.mark.parametrize("batch", [1, 64])
@pytest.mark.parametrize("convention", ["columns", "rows"])
def test_a_layer_of_a_hundred_million_weights_is_proved_and_written(batch, convention):
    layer = Dense(25088, 4096, batch=batch, convention=convention)
    derivation = sc.derive(layer, batch_mean=True)
    assert {proof.method for proof in derivation.proofs} == {"axis by axis"}
    assert all(proof.holds for proof in derivation.proofs)
    assert derivation.proofs[1].terms == 25088 * 4096 * batch
    assert "25088" in derivation.render("latex")


def test_wrong_forms_of_a_large_layer_are_refuted_axis_by_axis():
    layer = Dense(2000, 1000)
    assert not verdict(layer, "db", Total(Keep(Leaf("G"), ("out",), (999,)), ("batch",))).holds
    with pytest.raises(InputError, match="transpose"):
        verdict(layer, "dX", MatMul(Leaf("F"), Leaf("G"), "out"))


def test_without_inputs_it_is_fitted():
    layer = Dense(outputs=3)
    assert layer.fitted((4,), batch=2) == Dense(4, 3, batch=2)
    assert layer.options() == ["dense", "--outputs", "3"]
    said = r"^dense has no number of inputs: give inputs=, or put the layer in a Network$"
    with pytest.raises(InputError, match=said):
        _ = layer.arrays
    with pytest.raises(InputError, match=r"^dense was made for inputs 5, but the layer before it hands on 4"):
        Dense(5, 3).fitted((4,), batch=1)
    with pytest.raises(InputError, match=r"^dense takes vectors, .* of shape 2x3x3: put a Flatten between them$"):
        layer.fitted((2, 3, 3), batch=1)
