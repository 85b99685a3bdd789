"""What isl decides about pipelines, beside the exact comparison of the same pipelines shape by shape."""

from dataclasses import replace
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from symconv.derivation.gradients import Calculus
from symconv.errors import InputError, NotSupportedError
from symconv.layers.avg_pool import AvgPool
from symconv.layers.base import Claim
from symconv.layers.conv import Conv
from symconv.layers.conv_transpose import ConvTranspose
from symconv.layers.dense import Dense
from symconv.layers.max_pool import MaxPool
from symconv.layers.stated import read_claim
from symconv.operations import Adjoint, Keep, Leaf, Operation, Rename, Repeat, Scale, Total, Transposed, Window
from symconv.proof.exact import prove_claim
from symconv.proof.parametric import Decider, OutOfOperationsError
from symconv.proof.relations import Reader
from symconv.proof.symbolic import AllSizes

FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
GEOMETRY = ("n", "k", "a", "c")


def conv(stride=1, dilation=1, **options):
    return Conv(input=1, filter=1, stride=stride, dilation=dilation, **options)


def claims_of(sizes, *routes):
    return [claim for claim in sizes.claims() if not routes or claim.route in routes]


def proved(sizes, claim):
    decider = Decider(sizes)
    return decider.is_empty(decider.where_different(claim))


# Right pipelines


@pytest.mark.parametrize("convention", ["correlation", "convolution"])
def test_both_gradients_for_every_stride_and_dilation_up_to_eight(convention):
    for stride, dilation in product(range(1, 9), repeat=2):
        sizes = AllSizes(conv(stride, dilation, convention=convention))
        decider = Decider(sizes)
        gradients = [claim for claim in claims_of(sizes, "correlation") if claim.role in ("dF", "dX")]
        assert len(gradients) == 2
        assert all(decider.is_empty(decider.where_different(claim)) for claim in gradients), (stride, dilation)


LAYERS = {
    "conv, one bias a map": conv(2, 3, bias="map"),
    "conv, one bias an entry": conv(3, 2, bias="entry"),
    "true convolution": conv(2, 3, convention="convolution"),
    "conv at stride 1": conv(1, 2),
    "conv-transpose": ConvTranspose(1, 1, stride=2, dilation=3, bias="map"),
    "conv-transpose, output padding at the stride": ConvTranspose(1, 1, stride=1, dilation=3, bias="entry"),
    "max-pool": MaxPool(1, 1, stride=2, dilation=3),
    "max-pool in ceil mode": MaxPool(1, 1, stride=3, dilation=2, ceil_mode=True),
    "max-pool at dilation 1": MaxPool(1, 1, stride=2, ceil_mode=True),
    "avg-pool": AvgPool(1, 1, stride=2),
    "avg-pool in ceil mode": AvgPool(1, 1, stride=3, ceil_mode=True),
}


@pytest.mark.parametrize("layer", LAYERS.values(), ids=LAYERS)
def test_every_closed_form_of_a_layer(layer):
    sizes = AllSizes(layer)
    routes = {(claim.role, claim.route) for claim in layer.claims()}
    assert {(claim.role, claim.route) for claim in sizes.claims()} == routes
    for claim in sizes.claims():
        assert proved(sizes, claim), (claim.role, claim.route)


def test_the_whole_is_decided_as_its_axes_are():
    """The same claims with all axes at once, which the product of the axes stands for."""
    sizes = AllSizes(conv(2, 3, bias="map"))
    decider = Decider(sizes)
    for claim in claims_of(sizes, "correlation", "sum"):
        assert decider.is_empty(decider._where_different(claim))
    wrong = replace(claims_of(sizes, "correlation")[2].parts[0], stride=(2,))
    wrong = Claim("dX", "correlation", (wrong,))
    apart = decider.where_different(wrong)
    assert decider.smallest(apart) == decider.smallest(decider._where_different(wrong))


# Pools, where a window may hang over or be dropped: a geometry that once failed, and random ones

DROPPED = [
    MaxPool(3, 1, stride=3, padding=((0, 1),), ceil_mode=True),
    AvgPool(2, 1, stride=2, padding=((0, 1),), ceil_mode=True),
]


@pytest.mark.parametrize("layer", DROPPED, ids=lambda layer: layer.kind)
def test_a_last_window_dropped_where_it_would_just_fit(layer):
    assert layer.axes[0].remainder == layer.axes[0].stride
    calculus = Calculus(layer)
    assert all(prove_claim(calculus, claim).holds for claim in layer.claims())


@given(
    st.sampled_from([MaxPool, AvgPool]), st.booleans(), st.integers(1, 3), st.tuples(*[st.integers(0, 2)] * 2),
    st.tuples(st.integers(1, 7), st.integers(1, 3)), st.sampled_from([-1, 0, 1]),
)  # fmt: skip
@FEW
def test_a_pool_moved_by_some_entries_is_wrong_where_its_shape_says_so(kind, ceil_mode, stride, padding, size, moved):
    n, k = size
    try:
        pool = kind(n, k, stride=stride, padding=(padding,), ceil_mode=ceil_mode)
    except InputError:
        assume(False)
    sizes = AllSizes(kind(1, 1, stride=stride, ceil_mode=ceil_mode))
    decider = Decider(sizes)
    for route in ("dX", "fold"), ("dX", "indices"):
        built = [_moved(layer, *route, moved) for layer in (pool, sizes.symbolic)]
        if all(built):
            exact, claim = built
            different = decider.where_different(claim)
            found = dict(zip(GEOMETRY, (n, k, *padding), strict=True))
            assert decider.holds_at(different, found) == (not prove_claim(Calculus(pool), exact).holds)


def _moved(layer, role, route, by):
    """The closed form with its result moved by some entries, as long as it was."""
    found = [claim for claim in layer.claims() if (claim.role, claim.route) == (role, route)]
    return replace(found[0], parts=(Window(found[0].parts[0], ("0",), (by,), (-by,)),)) if found else None


# Soundness: any claim, at any geometry, is wrong where and only where the exact comparison finds it wrong

sizes_text = st.recursive(
    st.sampled_from(["n", "k", "a", "c", "o", "r", "s", "d", "1", "2", "k-1", "d*(k-1)"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-"), inner).map(lambda three: f"{three[0]} {three[1]} ({three[2]})"),
        st.tuples(st.sampled_from(["floor", "ceil"]), inner, st.sampled_from(["s", "d", "2", "3"])).map(
            lambda three: f"{three[0]}(({three[1]}) / {three[2]})"
        ),
    ),
    max_leaves=3,
)


@st.composite
def array_text(draw, role, most=2):
    text = role
    for _ in range(draw(st.integers(0, most))):
        made = draw(st.sampled_from(["pad1", "pad2", "spread", "rev", "keep"]))
        first, second = draw(sizes_text), draw(sizes_text)
        text = {
            "pad1": f"pad({text}, {first})",
            "pad2": f"pad({text}, {first}, {second})",
            "spread": f"spread({text}, {draw(st.sampled_from(['s', 'd', '2']))})",
            "rev": f"rev({text})",
            "keep": f"keep({text}, {first})",
        }[made]
    return text


@st.composite
def claim_text(draw):
    role, arrays = draw(st.sampled_from([("O", "XF"), ("dX", "GF"), ("dF", "XG")]))
    left, right = (draw(array_text(array)) for array in draw(st.permutations(arrays)))
    step = draw(st.sampled_from(["", ", s", ", d", ", 2"]))
    body = f"{draw(st.sampled_from(['corr', 'conv']))}({left}, {right}{step})"
    return f"{role} = {draw(st.sampled_from(['{}', 'rev({})', 'keep({}, k)', 'pad({}, a, c)'])).format(body)}"


NEARLY_RIGHT = (
    "dX = corr(pad(spread(G, s), d*(k-1) - a, d*(k-1) - c + r), spread(rev(F), d))",
    "dX = corr(pad(spread(G, s), d*(k-1), d*(k-1) + r), spread(rev(F), d))",
    "dX = corr(pad(pad(spread(G, s), -a, -c), d*(k-1), d*(k-1) + r), spread(rev(F), d))",
    "dX = corr(pad(spread(G, s), d*(k-1) - a, d*(k-1) - c + r), spread(F, d))",
    "dX = corr(pad(pad(G, -n), n), F)",
    "dF = keep(corr(pad(X, a, c), spread(G, s), d), k)",
    "dF = corr(pad(X, a, c), spread(G, s), d)",
    "dF = keep(corr(pad(pad(X, -n), n), spread(G, s), d), k)",
    "O = corr(pad(X, a, c), spread(F, d), s)",
    "O = corr(pad(X, a), spread(F, d), s)",
)
geometries = st.tuples(
    st.integers(1, 6), st.integers(1, 3), st.integers(-3, 3), st.integers(-3, 3), st.integers(1, 3), st.integers(1, 3)
)


@given(
    st.one_of(st.sampled_from(NEARLY_RIGHT), claim_text()), st.sampled_from(["correlation", "convolution"]), geometries
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
def test_isl_and_the_exact_comparison_agree(text, convention, geometry):
    n, k, a, c, s, d = geometry
    try:
        layer = Conv(n, k, stride=s, dilation=d, padding=((a, c),), convention=convention)
    except InputError:
        assume(False)
    stated = read_claim(text)
    sizes = AllSizes(layer)
    decider = Decider(sizes)
    try:
        different = decider.where_different(stated.claim(sizes.symbolic))
    except OutOfOperationsError:
        return
    wrong = not prove_claim(Calculus(layer), stated.claim(layer)).holds
    assert decider.holds_at(different, dict(zip(GEOMETRY, geometry, strict=False))) == wrong


# Pipelines that are wrong in what sets do not show


def gradient(sizes, role="dX"):
    return next(claim for claim in claims_of(sizes, "correlation") if claim.role == role)


def test_a_product_that_counts_twice_is_no_proof():
    sizes = AllSizes(conv(2))
    claim = gradient(sizes)
    lengths = (*sizes.lengths["X"].items(), ("copy", 2))
    twice = replace(claim, parts=(Total(Repeat(claim.parts[0], lengths), ("copy",)),))
    decider = Decider(sizes)
    assert decider.smallest(decider.where_different(twice)) == {"n": 1, "k": 1, "a": 0, "c": 0}
    once = replace(claim, parts=(Total(Repeat(claim.parts[0], (*lengths[:-1], ("copy", 1))), ("copy",)),))
    assert proved(sizes, once)


@pytest.mark.parametrize("by", [Fraction(-1), Fraction(2), Fraction(1, 2)])
def test_another_coefficient_is_no_proof(by):
    sizes = AllSizes(conv(2))
    claim = gradient(sizes)
    assert not proved(sizes, replace(claim, parts=(Scale(claim.parts[0], by),)))
    assert proved(sizes, replace(claim, parts=(Scale(Scale(claim.parts[0], by), 1 / by),)))


def test_a_forgotten_bias_or_another_array_is_no_proof():
    sizes = AllSizes(conv(2, bias="map"))
    forward = next(claim for claim in sizes.claims() if claim.role == "O")
    assert proved(sizes, forward)
    assert not proved(sizes, replace(forward, parts=forward.parts[:1]))
    assert not proved(sizes, replace(forward, parts=forward.parts[1:]))
    renamed = Rename(Leaf("X"), (("in", "out"),))
    other = replace(gradient(sizes, "dF").parts[0].operand, filter=renamed)
    assert not proved(sizes, Claim("dF", "", (replace(gradient(sizes, "dF").parts[0], operand=other),)))


def test_the_first_example_alone_is_no_proof():
    """Wrong on the batch only, so that it is decided with all axes at once."""
    sizes = AllSizes(conv(2, bias="map"))
    bias = next(claim for claim in sizes.claims() if claim.role == "db")
    assert proved(sizes, bias)
    first = replace(
        bias.parts[0], operand=Window(Keep(Leaf("G"), ("batch",), (1,)), ("batch",), (0,), (sizes.maps["batch"] - 1,))
    )
    decider = Decider(sizes)
    assert decider.smallest(decider.where_different(Claim("db", "sum", (first,)))) == {"n": 1, "k": 1, "a": 0, "c": 0}


def test_what_is_not_read_is_refused():
    sizes = AllSizes(conv(2))
    with pytest.raises(NotSupportedError, match=r"^two parts of a claim multiply the same arrays"):
        Decider(sizes)._where_different(replace(gradient(sizes), parts=gradient(sizes).parts * 2))
    exchanged = Rename(gradient(sizes).parts[0], (("in", "out"),))
    with pytest.raises(NotSupportedError, match=r"^the result has the axes"):
        Decider(sizes).where_different(Claim("dX", "", (exchanged,)))
    with pytest.raises(NotSupportedError, match=r"^Transposed is not read as a relation"):
        Reader(sizes.lengths).read(Transposed(Leaf("F")), {})
    with pytest.raises(NotSupportedError, match=r"^Operation is not read as a relation"):
        Reader(sizes.lengths).length(Operation(), "0")
    with pytest.raises(NotSupportedError, match=r"^dense cannot be proved for all sizes: conv, conv-transpose"):
        AllSizes(Dense(2, 2))
    with pytest.raises(NotSupportedError, match=r"^an assumed choice has a shape of its own"):
        AllSizes(MaxPool(4, 2, argmax=[1, 2]))


def test_the_adjoint_of_a_map_of_another_shape_is_no_proof():
    sizes = AllSizes(ConvTranspose(1, 1, stride=2, dilation=3))
    forward = next(claim for claim in sizes.claims() if claim.route == "adjoint")
    inner = forward.parts[0]
    assert not proved(sizes, Claim("O", "adjoint", (Adjoint(inner.operand.operand, inner.of, inner.by),)))


# Limits


@pytest.mark.parametrize("limit", [1, 10, 100, 300])
def test_past_its_limit_isl_decides_nothing(limit):
    sizes = AllSizes(conv(2, 3))
    for claim in claims_of(sizes, "correlation"):
        with pytest.raises(OutOfOperationsError, match=rf"^isl gave up after {limit:,} operations$"):
            Decider(sizes, limit).where_different(claim)


def test_lengths_that_may_be_negative_are_limited():
    sizes = AllSizes(conv())
    array = "G"
    for _ in range(8):
        array = f"pad({array}, a - n, c - k)"
    claim = read_claim(f"dX = corr({array}, F)").claim(sizes.symbolic)
    with pytest.raises(OutOfOperationsError, match="may be negative"):
        Decider(sizes).where_different(claim)


def test_smallest_sizes_come_in_their_order():
    sizes = AllSizes(conv())
    decider = Decider(sizes)
    for condition, expected in (
        ("n >= 3 and k >= 2", (3, 2, 0, 0)),
        ("a >= 1", (1, 1, 1, 0)),
        ("a + c = -2", (3, 1, -2, 0)),
        ("a != 0 or n >= 5", (5, 1, 0, 0)),
        ("a - c = 3", (1, 1, 2, -1)),
        ("a < 0 and c > 0", (1, 1, -1, 1)),
    ):
        assert tuple(decider.smallest(decider.where(f"({condition})")).values()) == expected, condition
    assert decider.smallest(decider.where("false")) is None
