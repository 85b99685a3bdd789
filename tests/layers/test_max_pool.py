"""Max pooling: masks, ties, gradients and closed forms against nested loops and PyTorch; what is refused."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symconv.derivation.gradients import Calculus
from symconv.errors import InputError, NotSupportedError
from symconv.layers.base import Claim
from symconv.layers.masks import parse_argmax
from symconv.layers.max_pool import MaxPool
from symconv.operations import Fold, Hadamard, Leaf, Spread, Window
from symconv.proof.exact import prove_claim
from tests.oracles import assert_equal, claim_value, form_value, needs
from tests.pools import by_loops, by_torch, numbers, seeds, windowed
from tests.strategies import examples


def assert_agreement(pool, arrays, expected):
    """With masks of the values, the forward map, the chain rule and every closed form give the oracle's numbers."""
    arrays = arrays | {"M": pool.masks(arrays["X"])}
    calculus = Calculus(pool)
    for role in ("O", "dX"):
        assert_equal(form_value(calculus.compared(role), arrays), expected[role], f"{role} by its definition")
    for claim in pool.claims():
        assert_equal(claim_value(pool, claim, arrays), expected[claim.role], f"{claim.role} by {claim.route}")


NAMED = {
    "overlap": MaxPool((5, 5), (3, 3), 2, 1),
    "no overlap": MaxPool((4, 6), (2, 3)),
    "stride above the window": MaxPool((7, 6), (2, 1), 3),
    "ceil mode": MaxPool((6, 6), (3, 3), 2, ceil_mode=True),
    "ceil mode with padding": MaxPool((6, 5), (3, 2), 2, 1, ceil_mode=True),
    "ceil mode that drops the last window": MaxPool((4, 3), (2, 2), 3, 1, ceil_mode=True),
    "remainder": MaxPool((8, 7), (3, 2), (3, 4)),
    "dilation": MaxPool((7, 9), (3, 2), 2, 1, (2, 3)),
    "dilation and ceil mode": MaxPool(9, 3, 4, 1, 2, ceil_mode=True),
    "uneven padding": MaxPool((4, 5), (3, 3), 1, ((0, 1), (1, 0))),
    "same": MaxPool((5, 6), (3, 3), 2, "same"),
    "global": MaxPool((3, 4), "all"),
    "three axes with channels": MaxPool((4, 3, 5), (2, 2, 3), (2, 1, 2), (1, 0, 1), channels=2, batch=2),
}
named = pytest.mark.parametrize("pool", NAMED.values(), ids=NAMED)


@named
@pytest.mark.parametrize("ties", ["first", "all", "split"])
def test_named_pools(pool, ties):
    pool = replace(pool, ties=ties)
    arrays = numbers(pool, 1)
    expected = by_loops(pool, arrays)
    masks = pool.masks(arrays["X"])
    sums = masks.reshape(*pool.output_shape, -1).sum(axis=-1)
    if ties == "all":
        assert (sums >= 1).all()
        assert not pool.sums_to_one
    else:
        assert (sums == 1).all()
        assert pool.sums_to_one
    assert_agreement(pool, arrays, expected)


@named
def test_named_pools_are_pytorchs(pool):
    if any(before != after for before, after in pool.padding):
        return
    arrays = numbers(pool, 2)
    loops, torch = by_loops(pool, arrays), by_torch(pool, arrays)
    for role, found in loops.items():
        assert_equal(torch[role], found.astype(float), role)


@pytest.mark.parametrize(("rank", "count"), [(1, 300), (2, 200), (3, 60)])
def test_any_pool_with_ties_is_pytorchs(rank, count):
    needs("torch")

    @examples(count)
    @given(pool=windowed(MaxPool, rank), seed=seeds, ties=st.booleans())
    def check(pool, seed, ties):
        arrays = numbers(pool, seed, ties=ties)
        assert_agreement(pool, arrays, by_torch(pool, arrays))

    check()


@examples(60)
@given(pool=st.integers(1, 2).flatmap(lambda rank: windowed(MaxPool, rank, symmetric=False, ties="split")), seed=seeds)
def test_any_pool_with_split_ties(pool, seed):
    arrays = numbers(pool, seed)
    assert_agreement(pool, arrays, by_loops(pool, arrays))


@examples(40)
@given(pool=st.integers(1, 3).flatmap(lambda rank: windowed(MaxPool, rank, symmetric=False)))
def test_every_closed_form_is_proved_in_full_and_axis_by_axis(pool):
    class ByAxes(Calculus):
        whole = False

    for claim in pool.claims():
        assert prove_claim(Calculus(pool), claim).holds
        proof = prove_claim(ByAxes(pool), claim)
        assert (proof.holds, proof.method) == (True, "axis by axis")


def test_masks_by_each_rule():
    values = np.array([[1, 2, 5, 5], [2, 0, 5, 1]])
    first = MaxPool((2, 4), (2, 2)).masks(values)
    assert first.tolist() == [[[[0, 1], [0, 0]], [[1, 0], [0, 0]]]]
    every = MaxPool((2, 4), (2, 2), ties="all").masks(values)
    assert every.tolist() == [[[[0, 1], [1, 0]], [[1, 1], [1, 0]]]]
    split = MaxPool((2, 4), (2, 2), ties="split").masks(values)
    assert split[0, 1].tolist() == [[Fraction(1, 3), Fraction(1, 3)], [Fraction(1, 3), 0]]


def test_masks_of_fractions_and_floats():
    pool = MaxPool(3, 2, 1)
    assert pool.masks(np.array([Fraction(1, 3), Fraction(1, 2), Fraction(1, 4)])).tolist() == [[0, 1], [1, 0]]
    assert pool.masks(np.array([0.5, -1.0, -2.0])).tolist() == [[1, 0], [1, 0]]


def test_padding_is_never_chosen():
    pool = MaxPool(2, 2, 1, 1)
    assert pool.masks(np.array([-3, -1])).tolist() == [[0, 1], [0, 1], [1, 0]]


def test_values_that_have_no_maximum_are_refused():
    with pytest.raises(InputError, match="no number"):
        MaxPool(2, 2).masks(np.array([1.0, np.nan]))
    with pytest.raises(InputError, match=r"values have the shape \(3,\): expected that of the input, \(2,\)"):
        MaxPool(2, 2).masks(np.array([1, 2, 3]))


# An assumed choice

CHOICES = {
    "no overlap": MaxPool((4, 4), (2, 2), argmax=[(0, 1), (1, 2), (2, 0), (3, 3)]),
    "one entry chosen by all": MaxPool((3, 3), (2, 2), 1, argmax=[(1, 1)] * 4),
    "padding and stride": MaxPool(5, 3, 2, 1, argmax=[0, 1, 4]),
    "channels": MaxPool(2, 2, channels=2, batch=2, argmax=[(0, 0, 1), (0, 1, 0), (1, 0, 0), (1, 1, 1)]),
    "dilation": MaxPool(5, 2, 1, dilation=2, argmax=[2, 1, 2]),
}
choices = pytest.mark.parametrize("pool", CHOICES.values(), ids=CHOICES)


@choices
def test_an_assumed_choice_routes_each_gradient_to_its_entry(pool):
    arrays = numbers(pool, 3)
    dX = np.zeros(pool.input_shape, dtype=np.int64)
    for output, at in zip(np.ndindex(*pool.output_shape), pool.argmax, strict=True):
        dX[at] += arrays["G"][output]
    out = np.array([arrays["X"][at] for at in pool.argmax]).reshape(pool.output_shape)
    calculus = Calculus(pool)
    assert_equal(form_value(calculus.compared("dX"), arrays), dX)
    assert_equal(form_value(calculus.compared("O"), arrays), out)
    for claim in pool.claims():
        assert prove_claim(calculus, claim).holds
        assert_equal(claim_value(pool, claim, arrays), {"O": out, "dX": dX}[claim.role])


@choices
def test_the_masks_of_values_agree_with_the_choice_that_they_make(pool):
    values = np.zeros(pool.input_shape, dtype=np.int64)
    for at in pool.argmax:
        values[at] = 7
    masks = pool.masks(values)
    assert masks.shape == (*pool.output_shape, *pool.window)
    assert masks.sum() == len(pool.argmax)


def test_values_that_contradict_the_choice_are_refused():
    with pytest.raises(InputError, match="argmax does not choose the maxima of these values"):
        MaxPool(2, 2, argmax=[0]).masks(np.array([1, 2]))


def test_a_choice_has_no_masks_to_be_known():
    pool = CHOICES["no overlap"]
    assert set(pool.arrays) == {"X", "O"}
    assert pool.term_count() == 4
    assert pool.busiest("X") == (0, 1)
    with pytest.raises(NotSupportedError, match="compare all terms"):
        pool.factors()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([0], "argmax has 1 positions for 2 output entries: give one for each, row by row"),
        ([0, 1], "argmax takes output (1,) from (1,), which its window does not read: choose one of its inputs "
                 "(positions count from 0)"),
        ([(0, 0), (2, 0)], "argmax takes output (0,) from (0, 0), which its window does not read: choose one of its "
                           "inputs (positions count from 0)"),
        ([-1, 2], "argmax takes output (0,) from (-1,), which its window does not read: choose one of its inputs "
                  "(positions count from 0)"),
        ("12", "argmax is '12': expected one position in the input for each output entry"),
        ([None, 1], "argmax holds what is no position: expected whole numbers such as (0, 1)"),
    ],
)  # fmt: skip
def test_a_choice_that_cannot_be_is_refused(given, message):
    with pytest.raises(InputError) as error:
        MaxPool(4, 2, argmax=given)
    assert str(error.value) == message


def test_a_padding_place_cannot_be_chosen():
    with pytest.raises(InputError, match="does not read"):
        MaxPool(3, 2, 2, 1, argmax=[-1, 1])


def test_a_choice_needs_a_size_and_leaves_no_ties():
    with pytest.raises(InputError, match="argmax chooses among the entries of an input of known size"):
        MaxPool(window=2, argmax=[0])
    with pytest.raises(InputError, match="argmax chooses one entry an output, so ties 'all' says nothing"):
        MaxPool(2, 2, ties="all", argmax=[0])


# Sizes, networks, words


def test_shapes():
    pool = MaxPool((5, 6), (3, 2), (2, 3), channels=2, batch=3)
    assert {role: array.shape for role, array in pool.arrays.items()} == {
        "X": (3, 2, 5, 6), "O": (3, 2, 2, 2), "M": (3, 2, 2, 2, 3, 2)
    }  # fmt: skip
    assert pool.example_output == (2, 2, 2)
    assert pool.parameters == ()


WINDOWS = 'expected sizes such as (2, 2), or "all" for a window as large as the input'
ONCE = 'window "all" is the whole input, once: leave stride, padding and dilation out'


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"window": (2, 0)}, "window size is 0: expected a whole number of at least 1"),
        ({"window": 2}, "input has 2 and window 1 sizes: give both as many, one a spatial axis"),
        ({"window": None}, f"window is None: {WINDOWS}"),
        ({"window": "any"}, f"window is 'any': {WINDOWS}"),
        ({"window": "all", "stride": 2}, ONCE),
        ({"padding": -1}, "padding is -1: a pool does not crop its input, expected at least 0"),
        ({"padding": 2}, "window 0 on axis 1 (counted from 0) reads padding alone, so it has no maximum: make the "
                         "padding or the stride smaller, or the window larger"),
        ({"window": (5, 2)}, "window on axis 1 reaches over 5 entries, but the padded input has only 4: no window "
                             "fits; make the input or the padding larger, or the window or the dilation smaller"),
        ({"ties": "last"}, 'ties is \'last\': expected "first", "all" or "split"'),
        ({"ceil_mode": 1}, "ceil mode is 1: expected True or False"),
        ({"channels": 0}, "channels is 0: expected a whole number of at least 1"),
        ({"batch": 1.5}, "batch is 1.5: expected a whole number of at least 1"),
        ({"stride": (1, 1, 1)}, "stride has 3 values for 2 axes: give one, or one an axis"),
        ({"dilation": 0}, "dilation is 0: expected a whole number of at least 1"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_in_one_line(given, message):
    with pytest.raises(InputError) as error:
        MaxPool(**{"input": (4, 4), "window": (2, 2), **given})
    assert str(error.value) == message


def test_a_window_between_padding_on_both_sides_is_refused():
    with pytest.raises(InputError, match=r"window 0 .* reads padding alone"):
        MaxPool(1, 2, 1, 1, 2)


def test_a_pool_without_a_size_waits_for_one():
    pool = MaxPool(window=(3, 2), stride=2, padding="same")
    with pytest.raises(InputError) as error:
        _ = pool.output_shape
    assert str(error.value) == "max-pool has no input size: give input=, or put the layer in a Network"
    fitted = pool.fitted((4, 5, 6), batch=2)
    assert fitted == MaxPool((5, 6), (3, 2), 2, "same", channels=4, batch=2)
    assert fitted.fitted((4, 5, 6), batch=2) == fitted
    with pytest.raises(InputError, match="max-pool was made for input 5x6, but the layer before it hands on 5x7"):
        fitted.fitted((4, 5, 7), batch=2)
    with pytest.raises(InputError) as error:
        pool.fitted((12,), batch=1)
    assert "max-pool needs examples of channels and 2 sizes" in str(error.value)
    assert "filter" not in str(error.value)


def test_a_global_pool_waits_for_its_window_too():
    assert MaxPool(window="all").fitted((3, 4, 5), batch=1) == MaxPool((4, 5), (4, 5), channels=3)


@examples(60)
@given(pool=st.integers(1, 3).flatmap(lambda rank: windowed(MaxPool, rank, symmetric=False)))
def test_counted_terms_and_busiest_entries(pool):
    table = pool.definition().parts[0]
    assert pool.term_count() == len(table)
    for role in ("X", "O"):
        counts = np.bincount(table.column(role), minlength=pool.arrays[role].size).reshape(pool.arrays[role].shape)
        assert counts[pool.busiest(role)] == counts.max()
    assert np.ravel_multi_index(pool.busiest("M"), pool.arrays["M"].shape) in table.column("M")
    index = pool.busiest("X")
    part = pool.definition(only={"X": index}).parts[0]
    assert len(part) == len(table.where("X", int(np.ravel_multi_index(index, pool.arrays["X"].shape))))


def test_the_words_of_the_command_line():
    assert MaxPool((4, 6), (2, 3)).options() == ["max-pool", "--input", "4x6", "--window", "2x3"]
    pool = MaxPool((8, 8), (3, 3), 2, ((0, 1), (1, 1)), (2, 1), True, channels=2, batch=3, ties="split")
    assert pool.options() == [
        "max-pool", "--input", "8x8", "--window", "3x3", "--stride", "2", "--padding", "0:1x1", "--dilation", "2x1",
        "--channels", "2", "--batch", "3", "--ties", "split", "--ceil-mode",
    ]  # fmt: skip
    chosen = CHOICES["no overlap"]
    assert chosen.options()[-2:] == ["--argmax", "1,2;2,3;3,1;4,4"]
    assert parse_argmax(chosen.options()[-1]) == chosen.argmax
    assert chosen.options_counted_from(0)[-1] == "0,1;1,2;2,0;3,3"
    assert MaxPool(window="all").options() == ["max-pool", "--window", "all"]


@pytest.mark.parametrize("text", ["", "1,2;", "1;2,a", "1,,2", "-1"])
def test_a_choice_that_is_no_text_of_positions_is_refused(text):
    with pytest.raises(InputError, match="expected positions joined by semicolons"):
        parse_argmax(text)


# Wrong closed forms are refuted


def refuted(pool, wrong):
    proof = prove_claim(Calculus(pool), Claim("dX", "fold", (wrong,)))
    assert not proof.holds
    return proof


def test_windows_laid_down_by_one_instead_of_the_stride():
    pool = MaxPool((5, 5), (3, 3), 2)
    wrong = replace(pool.folded_gradient(), stride=(1, 1))
    assert refuted(pool, Window(wrong, pool.spatial, (0, 0), (1, 1))).counterexample.entry == (0, 1)


def test_the_padding_not_cropped():
    pool = MaxPool((5, 5), (3, 3), 2, 1)
    assert refuted(pool, pool.folded_gradient()).counterexample.shapes == ((5, 5), (7, 7))


def test_the_gradient_spread_over_the_window_without_its_mask():
    pool = MaxPool(4, 2)
    ones = Hadamard(Leaf("G"), Leaf("G"), (), (), ("batch", "channel", "0"))
    assert not prove_claim(Calculus(pool), Claim("dX", "fold", (Spread(ones, ("0",), (3,)),))).holds


def test_the_remainder_forgotten():
    pool = MaxPool((6, 5), (3, 2), 2, ceil_mode=True)
    folded = pool.folded_gradient()
    assert isinstance(folded, Fold)
    assert refuted(pool, folded).counterexample.shapes == ((6, 5), (7, 6))


def test_the_masks_of_a_dilated_window_not_spread():
    pool = MaxPool(5, 2, 1, dilation=2)
    masked = Hadamard(Leaf("M"), Leaf("G"), (), (), pool.windows_order)
    wrong = Window(Fold(masked, pool.spatial, (1,)), pool.spatial, (0,), (1,))
    assert refuted(pool, wrong).counterexample.entry == (1,)
