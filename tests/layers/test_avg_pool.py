"""Average pooling with every divisor, and adaptive: definition and closed forms against nested loops and PyTorch."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from symconv.derivation.gradients import Calculus
from symconv.errors import InputError
from symconv.layers.avg_pool import AdaptiveAvgPool, AvgPool
from symconv.layers.base import Claim
from symconv.operations import AlongAxes, Constant, Correlate, Divide, Leaf
from symconv.proof.exact import prove_claim
from tests.oracles import assert_equal, claim_value, form_value, needs
from tests.pools import EXACT, adaptive, by_loops, by_torch, numbers, seeds, windowed
from tests.strategies import examples


def exact_numbers(pool, seed):
    """Whole numbers that every divisor divides."""
    arrays = numbers(pool, seed)
    factor = EXACT if isinstance(pool, AvgPool) else EXACT**2
    return {role: array * factor for role, array in arrays.items()}


def assert_agreement(pool, arrays, expected):
    """The forward map, the chain rule and every closed form give the oracle's numbers."""
    calculus = Calculus(pool)
    for role in ("O", "dX"):
        assert_equal(form_value(calculus.compared(role), arrays), expected[role], f"{role} by its definition")
    for claim in pool.claims():
        assert_equal(claim_value(pool, claim, arrays), expected[claim.role], f"{claim.role} by {claim.route}")


NAMED = {
    "overlap": AvgPool((5, 5), (3, 3), 2),
    "no overlap": AvgPool((4, 6), (2, 3)),
    "divisor with padding": AvgPool((5, 4), (3, 2), 2, 1),
    "divisor of the window with padding": AvgPool((5, 4), (3, 2), 2, 1, divisor="window"),
    "ceil mode with padding": AvgPool((6, 6), (3, 3), 2, 1, ceil_mode=True),
    "ceil mode with padding, divisor of the window": AvgPool((6, 5), (3, 3), 2, 1, ceil_mode=True, divisor="window"),
    "ceil mode that drops the last window": AvgPool((4, 3), (2, 2), 3, 1, ceil_mode=True),
    "a divisor that is given": AvgPool((5, 4), (3, 2), 1, divisor=7),
    "remainder": AvgPool((8, 7), (3, 2), (3, 4)),
    "stride above the window": AvgPool((7, 6), (2, 1), 3),
    "uneven padding": AvgPool((4, 5), (3, 3), 1, ((0, 1), (1, 0)), divisor="window"),
    "global": AvgPool((3, 4), "all", channels=2),
    "three axes with channels": AvgPool((4, 3, 5), (2, 2, 3), (2, 1, 2), (1, 0, 1), channels=2, batch=2),
}
named = pytest.mark.parametrize("pool", NAMED.values(), ids=NAMED)


@named
def test_named_pools(pool):
    arrays = numbers(pool, 1)
    assert_agreement(pool, arrays, by_loops(pool, arrays))


@named
def test_named_pools_are_pytorchs(pool):
    if any(before != after for before, after in pool.padding):
        return
    arrays = exact_numbers(pool, 2)
    assert_agreement(pool, arrays, by_torch(pool, arrays))


divisors = st.sampled_from(["real", "window", 1, 3, 7])


@pytest.mark.parametrize(("rank", "count"), [(1, 150), (2, 100), (3, 40)])
def test_any_pool_is_pytorchs(rank, count):
    needs("torch")

    @examples(count)
    @given(pool=divisors.flatmap(lambda divisor: windowed(AvgPool, rank, divisor=divisor)), seed=seeds)
    def check(pool, seed):
        # PyTorch's pool in three dimensions takes no window that is larger than the input.
        assume(rank < 3 or all(n >= k for n, k in zip(pool.input, pool.window, strict=True)))
        arrays = exact_numbers(pool, seed)
        assert_agreement(pool, arrays, by_torch(pool, arrays))

    check()


@pytest.mark.parametrize(("rank", "count"), [(1, 250), (2, 200), (3, 60)])
def test_any_adaptive_pool_is_pytorchs(rank, count):
    needs("torch")

    @examples(count)
    @given(pool=adaptive(rank), seed=seeds)
    def check(pool, seed):
        arrays = exact_numbers(pool, seed)
        assert_agreement(pool, arrays, by_torch(pool, arrays))

    check()


@examples(60)
@given(pool=divisors.flatmap(lambda divisor: windowed(AvgPool, 2, symmetric=False, divisor=divisor)), seed=seeds)
def test_any_pool_is_that_of_nested_loops(pool, seed):
    arrays = numbers(pool, seed)
    assert_agreement(pool, arrays, by_loops(pool, arrays))


@examples(40)
@given(pool=st.integers(1, 3).flatmap(lambda rank: windowed(AvgPool, rank, symmetric=False) | adaptive(rank)))
def test_every_closed_form_is_proved_in_full_and_axis_by_axis(pool):
    class ByAxes(Calculus):
        whole = False

    for claim in pool.claims():
        assert prove_claim(Calculus(pool), claim).holds
        proof = prove_claim(ByAxes(pool, Fraction(1, pool.batch)), claim)
        assert (proof.holds, proof.method) == (True, "axis by axis")


@examples(60)
@given(pool=st.integers(1, 3).flatmap(lambda rank: windowed(AvgPool, rank, symmetric=False) | adaptive(rank)))
def test_counted_terms_and_busiest_entries(pool):
    table = pool.definition().parts[0]
    assert pool.term_count() == len(table)
    for role in ("X", "O"):
        counts = np.bincount(table.column(role), minlength=pool.arrays[role].size).reshape(pool.arrays[role].shape)
        assert counts[pool.busiest(role)] == counts.max()
    index = pool.busiest("O")
    part = pool.definition(only={"O": index}).parts[0]
    whole = table.where("O", int(np.ravel_multi_index(index, pool.arrays["O"].shape)))
    assert [(term.coefficient, term.factors) for term in part.terms()] == [
        (term.coefficient, term.factors) for term in whole.terms()
    ]


# Divisors


@pytest.mark.parametrize(
    ("divisor", "expected"),
    [
        ("real", [[4, 6, 2], [6, 9, 3], [2, 3, 1]]),
        ("window", [[9, 9, 6], [9, 9, 6], [6, 6, 4]]),
        (5, [[5] * 3] * 3),
    ],
)
def test_the_divisors_of_each_window(divisor, expected):
    pool = AvgPool((4, 4), (3, 3), 2, 1, ceil_mode=True, divisor=divisor)
    found = [[pool.divisors.entry((i, j)) for j in range(3)] for i in range(3)]
    assert found == expected


def test_a_constant_filter_is_claimed_only_where_all_divisors_agree():
    agreed = AvgPool((5, 5), (3, 3), 2, 1, divisor="window")
    assert agreed.agreed
    assert isinstance(agreed.input_gradient().filter, Constant)
    assert agreed.input_gradient().filter.uniform == Fraction(1, 9)
    differing = AvgPool((5, 5), (3, 3), 2, 1)
    assert not differing.agreed
    assert differing.input_gradient().filter.uniform == 1


def refuted(pool, wrong):
    proof = prove_claim(Calculus(pool), Claim("dX", "correlation", (wrong,)))
    assert not proof.holds
    return proof


def test_a_constant_filter_where_divisors_differ_is_refuted():
    pool = AvgPool((5, 5), (3, 3), 2, 1)
    like = replace(pool, divisor="window")
    found = refuted(pool, like.input_gradient()).counterexample
    assert found.entry == (0, 0)
    assert [term.coefficient for term in found.left] == [Fraction(1, 4)]
    assert [term.coefficient for term in found.right] == [Fraction(1, 9)]


def test_the_division_after_the_correlation_is_refuted():
    pool = AvgPool(4, 2, 1, 1)
    right = pool.input_gradient()
    ones = replace(right, signal=replace(right.signal, operand=Leaf("G"))) if right.signal != Leaf("G") else right
    numbers = Constant("D", (("0", (Fraction(2),) * 4),))
    assert isinstance(right, Correlate)
    refuted(pool, Divide(ones, numbers))


def test_gradients_that_are_not_spread_are_refuted():
    pool = AvgPool(7, 3, 2)
    refuted(pool, replace(pool.input_gradient(), signal=Leaf("G")))


# Adaptive pooling


@pytest.mark.parametrize(
    ("size", "output", "windows"),
    [
        (5, 2, [(0, 3), (2, 5)]),
        (7, 3, [(0, 3), (2, 5), (4, 7)]),
        (6, 3, [(0, 2), (2, 4), (4, 6)]),
        (2, 3, [(0, 1), (0, 2), (1, 2)]),
        (4, 1, [(0, 4)]),
    ],
)
def test_adaptive_windows_and_their_matrix(size, output, windows):
    pool = AdaptiveAvgPool(size, output)
    (axis,), (matrix,) = pool.axes, pool.matrices()
    assert list(zip(axis.starts().tolist(), axis.stops().tolist(), strict=True)) == windows
    rows = np.zeros((output, size), dtype=object)
    for row, column, value in matrix.entries:
        rows[row, column] = value
    expected = np.zeros((output, size), dtype=object)
    for row, (start, stop) in enumerate(windows):
        expected[row, start:stop] = Fraction(1, stop - start)
    assert rows.tolist() == expected.tolist()


def test_adaptive_pooling_to_one_entry_is_global_pooling():
    arrays = numbers(AdaptiveAvgPool((3, 4), (1, 1)), 4)
    (adaptive_claim, *_), (whole_claim, *_) = AdaptiveAvgPool((3, 4), (1, 1)).claims(), AvgPool((3, 4), "all").claims()
    adaptive_value = claim_value(AdaptiveAvgPool((3, 4), (1, 1)), adaptive_claim, arrays)
    assert_equal(adaptive_value, claim_value(AvgPool((3, 4), "all"), whole_claim, arrays))


def test_matrices_that_are_exchanged_are_refuted():
    pool = AdaptiveAvgPool((5, 6), (3, 3))
    (product,) = pool.claims()[1].parts
    assert isinstance(product, AlongAxes)
    wrong = refuted(pool, replace(product, matrices=product.matrices[::-1]))
    assert wrong.counterexample.shapes == ((5, 6), (6, 5))


def test_a_matrix_with_other_windows_is_refuted():
    pool = AdaptiveAvgPool(5, 2)
    (product,) = pool.claims()[1].parts
    (matrix,) = product.matrices
    half = tuple(entry for entry in matrix.entries if entry[:2] != (0, 2))
    wrong = replace(product, matrices=(replace(matrix, entries=half),))
    assert refuted(pool, wrong).counterexample.entry == (2,)


# Sizes, networks, words


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"divisor": "all"}, 'divisor is \'all\': expected "real", "window" or a whole number'),
        ({"divisor": 0}, "divisor is 0: expected a whole number of at least 1"),
        ({"divisor": 1.5}, "divisor is 1.5: expected a whole number of at least 1"),
        ({"padding": 2}, "window 0 on axis 1 (counted from 0) reads padding alone, so there is nothing to divide by: "
                         "make the padding or the stride smaller, or the window larger"),
        ({"window": (2, 5)}, "window on axis 2 reaches over 5 entries, but the padded input has only 4: no window "
                             "fits; make the input or the padding larger, or the window or the dilation smaller"),
        ({"window": "all", "padding": 1}, 'window "all" is the whole input, once: leave stride, padding and dilation '
                                          "out"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_in_one_line(given, message):
    with pytest.raises(InputError) as error:
        AvgPool(**{"input": (4, 4), "window": (2, 2), **given})
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"output": None}, "adaptive-avg-pool has no output size: give output=, one size a spatial axis"),
        ({"output": 2}, "input has 2 and output 1 sizes: give both as many, one a spatial axis"),
        ({"output": (2, 0)}, "output size is 0: expected a whole number of at least 1"),
    ],
)
def test_what_an_adaptive_pool_cannot_be_is_refused_in_one_line(given, message):
    with pytest.raises(InputError) as error:
        AdaptiveAvgPool(**{"input": (4, 4), "output": (2, 2), **given})
    assert str(error.value) == message


def test_pools_without_a_size_wait_for_one():
    assert AvgPool(window="all").fitted((3, 4, 5), batch=2) == AvgPool((4, 5), (4, 5), channels=3, batch=2)
    assert AdaptiveAvgPool(output=(2, 3)).fitted((1, 4, 5), batch=1) == AdaptiveAvgPool((4, 5), (2, 3))
    with pytest.raises(InputError, match="adaptive-avg-pool has no input size"):
        _ = AdaptiveAvgPool(output=2).output_shape
    with pytest.raises(InputError, match="avg-pool was made for channels 2, but the layer before it hands on 3"):
        AvgPool(4, 2, channels=2).fitted((3, 4), batch=1)


def test_the_words_of_the_command_line():
    pool = AvgPool((8, 8), (3, 3), 2, 1, True, 4, channels=2, batch=3)
    assert pool.options() == [
        "avg-pool", "--input", "8x8", "--window", "3x3", "--stride", "2", "--padding", "1", "--divisor", "4",
        "--channels", "2", "--batch", "3", "--ceil-mode",
    ]  # fmt: skip
    assert AvgPool(4, "all").options() == ["avg-pool", "--input", "4", "--window", "4"]
    assert AdaptiveAvgPool((5, 7), (2, 3), channels=2).options() == [
        "adaptive-avg-pool", "--input", "5x7", "--output-size", "2x3", "--channels", "2"
    ]  # fmt: skip
