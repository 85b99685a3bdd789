"""Claims as text: what is read, and what is refused in one line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symconv.derivation.gradients import Calculus
from symconv.errors import InputError
from symconv.layers.conv import Conv
from symconv.layers.stated import FUNCTIONS, MAX_BRACKETS, MAX_LENGTH, SIZES, read_claim
from symconv.operations import Correlate, Leaf, Reverse, Spread, Window
from symconv.proof.affine import Affine
from symconv.proof.exact import prove_claim
from symconv.proof.symbolic import AllSizes

LAYER = Conv(input=(9, 8), filter=(3, 2), stride=(2, 3), dilation=(1, 2), padding=((1, 0), (0, 2)))


def built(text, layer=LAYER):
    """The one operation of a claim about an array."""
    (part,) = read_claim(text).claim(layer).parts
    return part


def test_a_claim_becomes_the_operations_that_closed_forms_are_made_of():
    axes = ("0", "1")
    found = built("dX = corr(pad(spread(G, s), d*(k-1) - a, d*(k-1) - c + r), spread(rev(F), d))")
    assert found == Correlate(
        Window(Spread(Leaf("G"), axes, (2, 3)), axes, (1, 2), (3, 1)),
        Spread(Reverse(Leaf("F"), axes), axes, (1, 2)),
        axes, ("out",), ("batch", "group", "in", *axes), (1, 1),
    )  # fmt: skip
    assert found == LAYER.input_gradient()
    assert built("dF = keep(corr(pad(X, a, c), spread(G, s), d), k)") == LAYER.filter_gradient()


@pytest.mark.parametrize(
    "text",
    [
        "dX = corr(pad(spread(G, s), d*(k-1) - a, d*(k-1) - c + r), spread(rev(F), d))",
        "dX = conv(pad(spread(G, s), d*(k-1) - a, d*(k-1) - c + r), spread(F, d))",
        "dX=rot180(conv(pad(spread(rot180(F),d),0),pad(spread(G,s),0)))",
        "  dF = keep( corr(pad(X, a, c), spread(G, s), d), k )\t",
        "O = corr(pad(X, a, c), spread(F, d), s)",
        "O = corr(pad(X, -(-a), c + 1 - 1), spread(spread(F, d), 1), 2*s - s)",
    ],
)
def test_what_is_read_is_proved_or_refuted_like_any_closed_form(text):
    proof = prove_claim(Calculus(LAYER), read_claim(text).claim(LAYER))
    assert proof.route == "stated"
    assert proof.holds == ("rot180" not in text)


def test_sizes_are_known_or_letters():
    symbolic = AllSizes(Conv(1, 1, stride=2, dilation=3)).symbolic
    assert built("dX = corr(pad(G, d*(k-1) - a, floor((n - 1) / s)), F)", symbolic).signal.before == (
        3 * Affine.letter("k") - 3 - Affine.letter("a"),
    )
    values = {"n": 9, "k": 3, "a": 1, "c": 0}
    for text, number in (
        ("n", 9), ("s*k - d", 3), ("2*n - 3*k", 9), ("floor(n / s)", 4), ("ceil(n / s)", 5), ("-a", -1),
        ("floor((n + a + c - d*(k-1) - 1) / s) + 1", 2), ("ceil(-k / d)", -1), ("-(a - c)*2", -2), ("3 - 2 - 1", 0),
    ):  # fmt: skip
        claim = read_claim(f"o = {text}")
        assert claim.about_size
        assert Affine.of(claim.size(symbolic.axes[0])).at(values) == number
    axis = LAYER.axes[0]
    assert (
        read_claim("o = n + k + s + d + a + c + o + r").size(axis)
        == 9 + 3 + 2 + 1 + 1 + 0 + axis.output + axis.remainder
    )


def test_conditions():
    axis = LAYER.axes[0]
    conditions = read_claim("O = corr(X, F) where a = 0 and c <= 1, n - 2 >= k, r < s, d > 0").conditions(axis)
    assert [(each.left, each.sign, each.right, each.shown_sign) for each in conditions] == [
        (1, "=", 0, "="), (0, "<=", 1, "≤"), (7, ">=", 3, "≥"), (axis.remainder, "<", 2, "<"), (1, ">", 0, ">")
    ]  # fmt: skip


REFUSED = {
    "": "cannot be read at its end",
    "dX": "cannot be read at its end",
    "dX =": "cannot be read at its end",
    "dX = corr(G, F": "cannot be read at its end",
    "dX = corr(G, F) where": "cannot be read at its end",
    "dX = corr(G; F)": "cannot be read at column 12",
    "dX = corr(G, F) or so": "cannot be read at column 17",
    "dX = corr(G, F)\nO = X": "cannot be read at column 16",
    "∂X = corr(G, F)": "cannot be read at column 1",
    "dX == corr(G, F)": "cannot be read at column 5",
    "dX = corr(pad(G, k/2), F)": "cannot be read at column 19: write floor(A / B) or ceil(A / B) for a quotient",
    "dX = corr(pad(G, 1234), F)": "cannot be read at column 18",
    "dX = corr(pad(G, 0x1F), F)": "cannot be read at column 19",
    "dX = corr(pad(G, 2k), F)": "cannot be read at column 19",
    "dX = corr(pad(G, k-1.5), F)": "cannot be read at column 21",
    "dX = __import__(G)": "cannot be read at column 6",
    "dY = corr(G, F)": "claim is about dY: expected O, dX, dF or o on the left",
    "db = G": "claim is about db",
    "dX = G": "claim makes dX of G with 0 products: expected one corr(A, B) or conv(A, B) of F and G",
    "dX = corr(G, G)": "claim makes dX of G and G",
    "dX = corr(X, F)": "claim makes dX of F and X",
    "dX = corr(corr(G, F), F)": "with 2 products",
    "dF = corr(X, Q)": "claim makes dF of Q and X",
    "dX = n": "claim says that dX is something else than an array",
    "o = corr(X, F)": "claim says that o is something else than a size",
    "dX = turn(corr(G, F))": "claim calls turn: expected one of pad, spread, rev, rot180, keep, corr, conv",
    "dX = corr(G, rev(F, 2))": "claim calls rev with something else than rev(A)",
    "dX = corr(pad(G), F)": "claim calls pad with something else than pad(A, both) or pad(A, before, after)",
    "dX = corr(pad(1, G), F)": "claim calls pad with something else",
    "dX = corr(pad(G, 1, 2, 3), F)": "claim calls pad with something else",
    "dX = corr(pad(G, F), 1)": "claim calls corr with something else than corr(A, B) or corr(A, B, step)",
    "dX = corr(spread(G, k), F)": "claim spreads by k: expected s, d or a whole number of at least 1",
    "dX = corr(spread(G, s - 2), F)": "claim spreads by 0",
    "dX = corr(G, F, n)": "claim moves by n",
    "dX = corr(pad(G, n*k), F)": "claim multiplies two unknown sizes: multiply by s, d or a whole number",
    "dX = corr(pad(G, floor(n / k)), F)": "claim divides by k",
    "dX = corr(pad(G, b), F)": "claim names a size b: expected one of n, k, s, d, a, c, o, r",
    "dX = corr(pad(G, 999*999*999), F)": "claim holds a size of 9.97e+08: expected at most 1,000,000",
    f"dX = {'rev(' * 40}corr(G, F){')' * 40}": f"expected at most {MAX_LENGTH} and {MAX_BRACKETS}",
    f"dX = corr(G, F) {' ' * 500}": f"claim has 516 characters and 1 brackets: expected at most {MAX_LENGTH}",
}


@pytest.mark.parametrize(("text", "message"), REFUSED.items())
def test_what_cannot_be_read_or_says_nothing_is_refused_in_one_line(text, message):
    with pytest.raises(InputError) as refused:
        meant(text)
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


def meant(text):
    """What a claim says of a convolution of any size."""
    symbolic = AllSizes(Conv(1, 1, stride=2)).symbolic
    claim = read_claim(text)
    return claim.conditions(symbolic.axes[0]), (
        claim.size(symbolic.axes[0]) if claim.about_size else claim.claim(symbolic)
    )


WORDS = [*FUNCTIONS, *SIZES, "G", "F", "X", "O", "dX", "dF", "where", "and", "floor", "ceil", "0", "7", "12",
         "(", ")", ",", "=", "<=", "<", "+", "-", "*", "/", " ", "o"]  # fmt: skip


@given(
    st.one_of(
        st.text(max_size=60),
        st.lists(st.sampled_from(WORDS), max_size=25).map(" ".join),
        st.lists(st.sampled_from(WORDS), max_size=12).map(lambda words: "dX = " + " ".join(words)),
    )
)
def test_any_text_is_read_or_refused(text):
    message = ""
    try:
        meant(text)
    except InputError as error:
        message = str(error).replace(repr(text), "")
    assert "\n" not in message


@pytest.mark.parametrize("deep", ["-", "1+", "1*", "--1+"])
def test_long_chains_of_signs_are_no_trouble(deep):
    text = f"o = {deep * ((MAX_LENGTH - 5) // len(deep))}1"
    assert len(text) <= MAX_LENGTH
    assert isinstance(read_claim(text).size(LAYER.axes[0]), int)
