"""What a proof for one shape says, and what it costs."""

import tracemalloc

import pytest
from hypothesis import given

import symconv as sc
from symconv.layers.conv import Conv
from tests.strategies import examples, layers


def routes(layer):
    return [(proof.role, proof.route) for proof in sc.prove(layer)]


ALWAYS = [
    ("O", "correlation"),
    ("dF", "correlation"),
    ("dX", "correlation"),
    ("O", "indices"),
    ("dF", "indices"),
    ("O", "matrix"),
    ("dX", "matrix"),
]


@pytest.mark.parametrize(
    ("layer", "more"),
    [
        (Conv(3, 2), [("dX", "indices")]),
        (Conv(4, 2, stride=2), []),
        (Conv((4, 4), (2, 2), stride=(1, 2)), []),
        (Conv(3, 2, bias="map"), [("dX", "indices"), ("db", "sum")]),
        (Conv(4, 2, stride=2, bias="entry"), [("db", "sum")]),
    ],
)
def test_what_is_proved_of_a_layer(layer, more):
    assert routes(layer) == ALWAYS + more


@examples(150)
@given(layer=layers())
def test_every_closed_form_of_every_layer_is_proved(layer):
    for proof in sc.prove(layer):
        assert proof.holds
        assert (proof.scope, proof.method, proof.counterexample) == ("shape", "all terms", None)
        assert str(proof).startswith("proved for this shape (")


@examples(80)
@given(layer=layers())
def test_proofs_with_the_batch_mean_hold_too(layer):
    assert all(proof.holds for proof in sc.derive(layer, batch_mean=True).proofs)


def test_a_proof_counts_the_terms_that_it_compared():
    terms = {(proof.role, proof.route): proof.terms for proof in sc.prove(Conv((3, 3), (2, 2), bias="map"))}
    assert terms["O", "correlation"] == 16 + 4
    assert terms["dX", "correlation"] == terms["dF", "correlation"] == 16
    assert terms["db", "sum"] == 4


@pytest.mark.parametrize(
    ("layer", "claims"),
    [
        (
            Conv((3, 3), (2, 2)),
            ["O = X ⊗ F", "∂L/∂F = X ⊗ ∂L/∂O", "∂L/∂X = pad_1(∂L/∂O) ⊗ rot180(F) = pad_1(∂L/∂O) * F"],
        ),
        (
            Conv((5, 6), (2, 3), (2, 1), ((1, 0), (0, 0)), (1, 2)),
            [
                "O = pad_1:0×0(X) ⊗_2×1 spread_1×2(F)",
                "∂L/∂F = pad_1:0×0(X) ⊗_1×2 spread_2×1(∂L/∂O)",
                "∂L/∂X = pad_0:1×4(spread_2×1(∂L/∂O)) ⊗ spread_1×2(rot180(F))"
                " = pad_0:1×4(spread_2×1(∂L/∂O)) * spread_1×2(F)",
            ],
        ),
        (
            Conv(6, 3, stride=2, convention="convolution"),
            ["O = X *_2 F", "∂L/∂F = rev(keep_3(X ⊗ spread_2(∂L/∂O)))", "∂L/∂X = pad_2:3(spread_2(∂L/∂O)) ⊗ F"],
        ),
    ],
)
def test_closed_forms_are_stated_as_pipelines(layer, claims):
    for proof, claim in zip(sc.prove(layer), claims, strict=False):
        assert claim in str(proof)


def test_proofs_are_written_in_the_letters_of_the_derivation():
    proofs = sc.derive(Conv((3, 3), (2, 2)), names={"X": "x", "F": "w", "O": "z", "G": r"\delta"}).proofs
    assert str(proofs[1]).endswith(": ∂L/∂w = x ⊗ δ")
    assert str(sc.prove(Conv((3, 3), (2, 2)))[1]).endswith(": ∂L/∂F = X ⊗ ∂L/∂O")


def test_memory_grows_with_the_terms_and_not_with_the_square_of_the_sizes():
    layer = Conv((40, 40), (3, 3))
    sc.prove(Conv((3, 3), (2, 2)))
    tracemalloc.start()
    try:
        sc.prove(layer)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1000 * layer.term_count()


@pytest.mark.parametrize("channels", [1, 1000])
def test_inputs_that_no_window_reads_cost_nothing(channels):
    layer = Conv((10**6,) * 3, (1, 1, 1), stride=10**5, in_channels=channels)
    assert layer.term_count() == 1000 * channels
    assert all(proof.holds for proof in sc.prove(layer))
