"""Wrong claims: each is refuted where nested loops refute it first, or is right at a stride and dilation by luck."""

import pytest

from symconv.layers.conv import Conv
from symconv.proof.sizes import prove_stated
from tests.claims import Sizes, holds, small_sizes

RIGHT = {
    "dX": "dX = corr(pad(spread(G, s), d*(k-1) - a, d*(k-1) - c + r), spread(rev(F), d))",
    "dF": "dF = keep(corr(pad(X, a, c), spread(G, s), d), k)",
    "O": "O = corr(pad(X, a, c), spread(F, d), s)",
    "o": "o = floor((n + a + c - d*(k-1) - 1) / s) + 1",
}
MUTATED = {
    # ∂L/∂X
    "filter not rotated": "dX = corr(pad(spread(G, s), d*(k-1) - a, d*(k-1) - c + r), spread(F, d))",
    "filter rotated twice": "dX = conv(pad(spread(G, s), d*(k-1) - a, d*(k-1) - c + r), spread(rev(F), d))",
    "stride ignored": "dX = corr(pad(G, d*(k-1) - a, d*(k-1) - c + r), spread(rev(F), d))",
    "dilation ignored": "dX = corr(pad(spread(G, s), d*(k-1) - a, d*(k-1) - c + r), rev(F))",
    "stride and dilation swapped": "dX = corr(pad(spread(G, d), d*(k-1) - a, d*(k-1) - c + r), spread(rev(F), s))",
    "remainder forgotten": "dX = corr(pad(spread(G, s), d*(k-1) - a, d*(k-1) - c), spread(rev(F), d))",
    "remainder on the other side": "dX = corr(pad(spread(G, s), d*(k-1) - a + r, d*(k-1) - c), spread(rev(F), d))",
    "remainder with a minus": "dX = corr(pad(spread(G, s), d*(k-1) - a, d*(k-1) - c - r), spread(rev(F), d))",
    "padding the same on both sides": "dX = corr(pad(spread(G, s), d*(k-1) - a), spread(rev(F), d))",
    "paddings swapped": "dX = corr(pad(spread(G, s), d*(k-1) - c, d*(k-1) - a + r), spread(rev(F), d))",
    "padding ignored": "dX = corr(pad(spread(G, s), d*(k-1), d*(k-1) + r), spread(rev(F), d))",
    "padding with a plus": "dX = corr(pad(spread(G, s), d*(k-1) + a, d*(k-1) + c + r), spread(rev(F), d))",
    "padding by k": "dX = corr(pad(spread(G, s), d*k - a, d*k - c + r), spread(rev(F), d))",
    "padding by k - 1": "dX = corr(pad(spread(G, s), k-1 - a, k-1 - c + r), spread(rev(F), d))",
    "half the padding": "dX = corr(pad(spread(G, s), floor(d*(k-1) / 2)), spread(rev(F), d))",
    "moved by the stride": "dX = corr(pad(spread(G, s), d*(k-1) - a, d*(k-1) - c + r), spread(rev(F), d), s)",
    "only the first k kept": "dX = keep(corr(pad(spread(G, s), d*(k-1) - a, d*(k-1) - c + r), spread(rev(F), d)), k)",
    "cropped before it is padded": "dX = corr(pad(pad(spread(G, s), -a, -c), d*(k-1), d*(k-1) + r), spread(rev(F), d))",
    # ∂L/∂F
    "keep forgotten": "dF = corr(pad(X, a, c), spread(G, s), d)",
    "result rotated": "dF = rev(keep(corr(pad(X, a, c), spread(G, s), d), k))",
    "stride and dilation not exchanged": "dF = keep(corr(pad(X, a, c), spread(G, d), s), k)",
    "stride of the filter gradient ignored": "dF = keep(corr(pad(X, a, c), G, d), k)",
    "dilation of the filter gradient ignored": "dF = keep(corr(pad(X, a, c), spread(G, s)), k)",
    "input not padded": "dF = keep(corr(X, spread(G, s), d), k)",
    "paddings of the input swapped": "dF = keep(corr(pad(X, c, a), spread(G, s), d), k)",
    "gradient reversed": "dF = keep(conv(pad(X, a, c), spread(G, s), d), k)",
    "one too many kept": "dF = keep(corr(pad(X, a, c), spread(G, s), d), k + 1)",
    "the last k kept": "dF = pad(corr(pad(X, a, c), spread(G, s), d), -floor(r / d), 0)",
    "correlated the other way round": "dF = keep(corr(spread(G, s), pad(X, a, c), d), k)",
    # O and its size
    "convolved instead of correlated": "O = conv(pad(X, a, c), spread(F, d), s)",
    "stride and dilation of the output swapped": "O = corr(pad(X, a, c), spread(F, s), d)",
    "padded by a on both sides": "O = corr(pad(X, a), spread(F, d), s)",
    "ceiling for floor": "o = ceil((n + a + c - d*(k-1) - 1) / s) + 1",
    "one window forgotten": "o = floor((n + a + c - d*(k-1) - 1) / s)",
    "one entry forgotten": "o = floor((n + a + c - d*(k-1)) / s) + 1",
    "dilation of the size ignored": "o = floor((n + a + c - k) / s) + 1",
    "twice the padding before": "o = floor((n + 2*a - d*(k-1) - 1) / s) + 1",
    "divided by the dilation": "o = floor((n + a + c - s*(k-1) - 1) / d) + 1",
}
PAIRS = ((1, 1), (2, 1), (1, 2), (2, 3))
"""Strides and dilations at which these are tried."""


def layer(stride, dilation, **options):
    return Conv(input=1, filter=1, stride=stride, dilation=dilation, **options)


@pytest.mark.parametrize("text", MUTATED.values(), ids=MUTATED)
def test_a_mutated_claim_is_refuted_at_its_smallest_sizes_or_right_by_luck(text):
    verdicts = [_verdict_confirmed_by_loops(text, s, d) for s, d in PAIRS]
    assert "refuted" in verdicts


def _verdict_confirmed_by_loops(text, s, d):
    (proof,) = prove_stated(layer(s, d), text)
    assert proof.verdict in ("proved", "refuted")
    tried = [sizes for sizes in small_sizes(s, d) if not holds(sizes, text)]
    if proof.holds:
        assert tried == []
        return proof.verdict
    found = Sizes(**proof.geometry, s=s, d=d)
    assert found.o >= 1
    assert not holds(found, text)
    assert all(found.order <= sizes.order for sizes in tried)
    assert any(side.differ for side in proof.sides)
    return proof.verdict


@pytest.mark.parametrize(("s", "d"), PAIRS)
@pytest.mark.parametrize("text", RIGHT.values(), ids=RIGHT)
def test_the_right_claims_are_proved(text, s, d):
    assert _verdict_confirmed_by_loops(text, s, d) == "proved"


def test_most_mistakes_make_no_difference_somewhere():
    """At stride and dilation 1 nothing is spread: tests of wrong claims must not stay there."""
    right = [name for name, text in MUTATED.items() if prove_stated(layer(1, 1), text)[0].holds]
    assert {"stride ignored", "dilation ignored", "remainder forgotten", "keep forgotten", "ceiling for floor"} <= set(
        right
    )


@pytest.mark.parametrize(
    ("text", "s", "d", "geometry"),
    [
        ("dX = corr(pad(G, k-1), F)", 1, 1, (2, 2, 0, 0)),
        (MUTATED["filter not rotated"], 1, 1, (2, 2, 0, 0)),
        (MUTATED["remainder forgotten"], 2, 1, (2, 1, 0, 0)),
        (MUTATED["keep forgotten"], 2, 1, (2, 1, 0, 0)),
        (MUTATED["padding ignored"], 1, 1, (1, 1, 0, 1)),
        (MUTATED["ceiling for floor"], 3, 1, (2, 1, 0, 0)),
        (MUTATED["stride and dilation not exchanged"], 2, 1, (2, 2, 0, 0)),
    ],
)
def test_where_some_fail_first(text, s, d, geometry):
    (proof,) = prove_stated(layer(s, d), text)
    assert tuple(proof.geometry.values()) == geometry
