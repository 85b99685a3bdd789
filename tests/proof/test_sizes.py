"""Facts about sizes, claims of users with conditions, and what the proofs of these say."""

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

import symconv as sc
from symconv.errors import InputError, NotSupportedError
from symconv.geometry import Axis, named_padding
from symconv.operations import Keep, Leaf
from symconv.proof.parametric import Decider
from symconv.proof.sizes import facts_of, prove_fact, prove_sizes, prove_stated
from symconv.proof.symbolic import AllSizes


def conv(stride=1, dilation=1, **options):
    return sc.Conv(input=1, filter=1, stride=stride, dilation=dilation, **options)


def decided(layer):
    """What decides about the spatial axis, and the facts about it by name."""
    sizes = AllSizes(layer)
    decider = Decider(sizes).spatial
    return decider, {fact.name: fact for fact in facts_of(decider, sizes.claims())}


# Closed forms and facts, and that each can fail


@pytest.mark.parametrize(("stride", "dilation"), [(1, 1), (2, 1), (1, 2), (3, 2), (2, 3), (4, 4)])
def test_every_statement_about_a_convolution(stride, dilation):
    proofs = prove_sizes(conv(stride, dilation, bias="map"))
    assert all(proof.holds for proof in proofs)
    routes = [proof.route for proof in proofs]
    facts = ["output size", "same", "same-fixed", "kept", "unreached"]
    assert [route for route in routes if route in facts] == facts
    assert routes[-1] == "correlation"
    assert proofs[-1].about == "true convolution: correlation with the reversed filter"
    assert {proof.scope for proof in proofs} == {"sizes"}
    assert {proof.method for proof in proofs} == {"relations"}
    assert all(proof.seconds > 0 for proof in proofs)


@pytest.mark.parametrize(
    "layer",
    [
        sc.ConvTranspose(1, 1, stride=2, dilation=3, bias="map"),
        sc.MaxPool(1, 1, stride=2, dilation=2),
        sc.MaxPool(1, 1, stride=2, ceil_mode=True),
        sc.AvgPool(1, 1, stride=3),
        sc.AvgPool(1, 1, stride=3, ceil_mode=True),
        conv(2, 3, convention="convolution"),
    ],
    ids=lambda layer: " ".join(layer.options()),
)
def test_every_statement_about_other_layers(layer):
    proofs = prove_sizes(layer)
    assert all(proof.holds for proof in proofs)
    assert "unreached" in [proof.route for proof in proofs]


WRONG = {
    "O": ("forward", lambda found, layer: replace(found, stride=(1,))),
    "dF": ("filter_gradient", lambda found, layer: getattr(found, "operand", found)),
    "dX": ("input_gradient", lambda found, layer: replace(found, filter=Leaf("F"))),
}


@pytest.mark.parametrize("role", WRONG)
def test_a_wrong_closed_form_of_a_layer_is_refuted_with_both_sides(monkeypatch, role):
    name, mistake = WRONG[role]
    right = getattr(sc.Conv, name)
    monkeypatch.setattr(sc.Conv, name, lambda layer: mistake(right(layer), layer))
    wrong = [proof for proof in prove_sizes(conv(3, 2)) if (proof.role, proof.route) == (role, "correlation")]
    assert all(proof.verdict == "refuted" and proof.sides for proof in wrong[:1])
    assert [proof.verdict for proof in prove_sizes(conv(3, 2))].count("refuted") >= len(wrong) > 0


MISTAKES = {
    "one window more": (
        "output size",
        3,
        2,
        "o = floor((n + a + c - 2k + 1)/3) + 1",
        "o = floor((n + a + c - 2k + 1)/3) + 2",
    ),
    "rounded up": ("output size", 3, 2, "floor((n + a + c - 2k + 1)/3)", "floor((n + a + c - 2k + 3)/3)"),
    "dilation forgotten": ("output size", 3, 2, "- 2k + 1)/3)", "- k)/3)"),
    "the last window need not fit": ("output size", 3, 2, "0 <= i < o and", "0 <= i < o - 1 and"),
    "one more might fit": ("output size", 3, 2, "3o + 2k", "3o + 2k + 1"),
    "same, rounded down": ("same", 3, 2, "o = floor((n + 2)/3)", "o = floor(n/3)"),
    "same, both halves rounded down": ("same", 2, 3, "c = t - a", "c = a"),
    "same-fixed, both halves rounded down": ("same-fixed", 2, 3, "c = 3k - a - 3", "c = a"),
    "same-fixed, dilation forgotten": ("same-fixed", 2, 3, "c = 3k - a - 3", "c = k - a - 1"),
    "kept, by the stride": ("kept", 3, 2, "floor((r)/2)", "floor((r)/3)"),
    "kept, nothing more": ("kept", 3, 2, "floor((r)/2)", "0"),
    "unreached, dilation forgotten": ("unreached", 3, 2, "x = 2f + 3i - a", "x = f + 3i - a"),
    "unreached, stride forgotten": ("unreached", 3, 2, "x = 2f + 3i - a", "x = 2f + i - a"),
    "unreached, padding forgotten": ("unreached", 3, 2, "x = 2f + 3i - a", "x = 2f + 3i"),
    "unreached, the last window forgotten": ("unreached", 3, 2, "0 <= i < o", "0 <= i < o - 1"),
}


@pytest.mark.parametrize(("name", "s", "d", "written", "mistaken"), MISTAKES.values(), ids=MISTAKES)
def test_every_fact_can_fail(name, s, d, written, mistaken):
    decider, facts = decided(conv(s, d))
    fact = facts[name]
    assert prove_fact(decider, fact).holds
    changed = replace(fact, **{side: getattr(fact, side).replace(written, mistaken) for side in ("left", "right")})
    assert changed != fact
    proof = prove_fact(decider, changed)
    assert proof.verdict == "refuted"
    assert set(proof.geometry) == set("nkac")


def test_the_inputs_without_gradient_are_those_of_the_closed_form():
    """A closed form that reaches other inputs gives another answer."""
    sizes = AllSizes(conv(3, 1))
    decider = Decider(sizes).spatial
    claims = sizes.claims()
    at = next(number for number, claim in enumerate(claims) if claim.role == "dX")
    right = claims[at].parts[0]
    for wrong in (replace(right, signal=Leaf("G")), Keep(right, ("0",), (1,))):
        claims[at] = replace(claims[at], parts=(wrong,))
        fact = next(fact for fact in facts_of(decider, claims) if fact.name == "unreached")
        assert prove_fact(decider, fact).verdict == "refuted"


@given(st.integers(1, 9), st.integers(1, 4), st.integers(1, 4), st.integers(1, 3))
def test_same_padding_of_real_layers_is_what_the_fact_says(n, k, s, d):
    decider, facts = decided(conv(s, d))
    for word in ("same", "same-fixed"):
        before, after = named_padding(word, n, k, s, d)
        axis = Axis(n, k, s, d, before, after)
        assert axis.output == -(-n // s)
        known = {"n": n, "k": k, "a": before, "c": after}
        fact = facts[word]
        assert decider.holds_at(decider.where_not_equal(fact.left, "false", bare=True), known)
        other = {**known, "c": after + 1}
        assert not decider.holds_at(decider.where_not_equal(fact.left, "false", bare=True), other)


# Claims of users


def test_a_claim_is_decided_for_each_pair_of_stride_and_dilation():
    layer = sc.Conv(input=(9, 9, 9), filter=(1, 1, 1), stride=(1, 2, 1))
    proofs = sc.prove(layer, scope="sizes", claim="dX = corr(pad(G, k-1), rev(F)) where a = 0, c = 0")
    assert [(proof.fixed, proof.verdict) for proof in proofs] == [
        ({"s": 1, "d": 1}, "proved"), ({"s": 2, "d": 1}, "refuted")
    ]  # fmt: skip
    assert len(sc.prove(layer, scope="sizes")) == 2 * len(sc.prove(conv(), scope="sizes")) - 1


CONDITIONS = [
    ("dX = corr(pad(G, k-1), rev(F)) where a = 0, c = 0", 1, 1),
    ("dX = corr(pad(G, k-1), F) where a = 0 and c = 0, k = 1", 1, 1),
    ("dX = corr(pad(G, floor((k-1) / 2)), rev(F)) where a = floor((k-1) / 2), c = a, k = 2*floor(k / 2) + 1", 1, 1),
    ("dF = corr(pad(X, a, c), spread(G, s), d) where r < d", 3, 2),
    ("dX = corr(pad(spread(G, s), d*(k-1) - a), spread(rev(F), d)) where c = a + r", 3, 2),
    ("o = n where a + c = d*(k-1)", 1, 3),
    ("o = ceil(n / s) where a + c = d*(k-1)", 4, 3),
    ("o = ceil((n + a + c - d*(k-1) - 1) / s) + 1 where r = 0", 4, 3),
    ("o = floor((n - k) / s) + 1 where a = 0, c <= 0, c >= 0", 4, 1),
    ("O = conv(pad(X, a, c), spread(rev(F), d), s) where s = 2", 2, 2),
]


@pytest.mark.parametrize(("claim", "stride", "dilation"), CONDITIONS)
def test_what_is_right_under_conditions(claim, stride, dilation):
    (proof,) = prove_stated(conv(stride, dilation), claim)
    assert proof.verdict == "proved"
    without = claim.partition(" where ")[0]
    if "where s" not in claim:
        assert prove_stated(conv(stride, dilation), without)[0].verdict == "refuted"


def test_conditions_are_part_of_what_is_said():
    (proof,) = prove_stated(conv(2), "dF = corr(pad(X, a, c), spread(G, s)) where r < 1, s = 2, n >= k")
    assert str(proof).endswith(" where r < 1, n ≥ k")
    (proof,) = prove_stated(conv(2), "dX = corr(G, F) where n >= 3, a = 1")
    assert proof.geometry["n"] >= 3
    assert proof.geometry["a"] == 1


@pytest.mark.parametrize("where", ["k < 1", "a = 0, a = 1", "s = 1", "n < k, a = 0, c = 0", "r = 2"])
def test_conditions_that_nothing_fulfils_are_no_proof(where):
    with pytest.raises(InputError, match=r"^no sizes with stride 2 and dilation 1 fulfil the conditions behind where"):
        prove_stated(conv(2), f"dX = corr(G, F) where {where}")


def test_a_bias_plays_no_part_in_a_claim():
    layer = conv(2, bias="map")
    assert prove_stated(layer, "O = corr(pad(X, a, c), F, s)")[0].holds


def test_large_sizes_are_refuted_without_working_them_out():
    (proof,) = prove_stated(conv(), "dX = corr(pad(G, k-1), F) where n >= 900, k >= 400")
    assert proof.verdict == "refuted"
    assert proof.geometry["n"] >= 900
    assert proof.sides == ()
    assert "by definition" not in proof.told()
    (proof,) = prove_stated(conv(), "dX = corr(pad(pad(G, 999*999), 999*999), F)")
    assert (proof.verdict, proof.sides) == ("refuted", ())


def test_both_sides_are_shown_at_the_smallest_sizes():
    (proof,) = prove_stated(conv(), "dX = corr(pad(G, k-1), F)")
    assert proof.told().splitlines() == [
        "refuted: ∂L/∂X = pad_(k - 1)(∂L/∂O) ⊗ F",
        "  the smallest sizes at which it fails: n = 2, k = 2, a = 0, c = 0, s = 1, d = 1",
        "               by definition    by the claim",
        "    ∂L/∂X_1    ∂L/∂O_1·F_1      ∂L/∂O_1·F_2     ≠",
        "    ∂L/∂X_2    ∂L/∂O_1·F_2      ∂L/∂O_1·F_1     ≠",
    ]
    assert str(proof) == (
        "refuted: ∂L/∂X = pad_(k - 1)(∂L/∂O) ⊗ F: wrong for n = 2, k = 2, a = 0, c = 0: "
        "∂L/∂X_1 is ∂L/∂O_1·F_1 by definition, but ∂L/∂O_1·F_2 by the closed form"
    )
    markdown = proof._repr_markdown_().splitlines()
    assert markdown[2:4] == ["| | by definition | by the claim |", "| --- | --- | --- |"]
    assert len(markdown) == 6


def test_an_entry_that_one_side_does_not_have():
    (proof,) = prove_stated(conv(2), "dF = corr(pad(X, a, c), spread(G, s), d)")
    assert "    ∂L/∂F_2    none             ∂L/∂O_1·X_2     ≠" in proof.told()
    assert "| none |" in proof._repr_markdown_()


def test_of_many_entries_the_first_that_differ_are_shown():
    (proof,) = prove_stated(conv(), "dX = corr(pad(G, k-1), F) where n >= 30, a = 0, c = 0")
    lines = proof.told().splitlines()
    assert len(proof.sides) == 30
    assert all(line.endswith("≠") for line in lines[3:15])
    assert lines[15:] == ["    and 18 entries more"]
    assert len(proof._repr_markdown_().splitlines()) == 2 + 2 + 12


def test_sizes_stand_in_latex_as_in_text():
    proof = next(proof for proof in prove_sizes(conv(2, 3)) if proof.role == "dX")
    assert r"\mathrm{pad}_{3 k - a - 3:3 k + r - c - 3}\left( \mathrm{spread}_{2}" in proof._repr_markdown_()


def test_a_number_of_outputs_is_compared_as_a_number():
    (proof,) = prove_stated(conv(2), "o = ceil((n + a + c - k) / s) + 1")
    assert proof.told().splitlines()[-1] == "    o    1                2               ≠"
    assert proof.claim == sc.prove(conv(2), scope="sizes", claim="o = ceil((n + a + c - k) / s) + 1")[0].claim


def test_undecided_is_not_proved():
    for proof in (*prove_sizes(conv(2, 3), limit=10), *prove_stated(conv(2), "dX = corr(G, F)", limit=10)):
        assert (proof.holds, proof.verdict) == (False, "undecided")
        assert str(proof).startswith("undecided: ")
        assert str(proof).endswith("isl gave up after 10 operations")
        assert proof.told() == str(proof)
        assert "**undecided**" in proof._repr_markdown_()


@pytest.mark.parametrize("limit", [10, 50, 100, 200, 400, 1000, 3000])
def test_a_wrong_claim_is_never_proved_at_any_limit(limit):
    for s, d in product((1, 2), repeat=2):
        assert prove_stated(conv(s, d), "dX = corr(pad(G, k-1), F)", limit=limit)[0].verdict in ("undecided", "refuted")


def test_layers_that_cannot_be_proved_for_all_sizes():
    with pytest.raises(NotSupportedError, match=r"^dense cannot be proved for all sizes"):
        sc.prove(sc.Dense(2, 2), scope="sizes")
    with pytest.raises(NotSupportedError, match=r"^claims of your own are about conv, not max-pool"):
        sc.prove(sc.MaxPool(2, 2), scope="sizes", claim="dX = G")
    with pytest.raises(NotSupportedError, match=r"^scope is 'all': expected \"shape\" or \"sizes\"$"):
        sc.prove(conv(), scope="all")
    with pytest.raises(InputError, match=r'^a claim of your own is decided for all sizes: add scope="sizes"$'):
        sc.prove(conv(), claim="dX = G")
