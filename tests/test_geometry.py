"""One axis of a sliding window."""

from dataclasses import astuple

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from symconv.errors import InputError
from symconv.geometry import AdaptiveAxis, Axis, named_padding
from tests.strategies import axis_sizes, examples

small = st.integers(1, 12)


@pytest.mark.parametrize(
    ("axis", "output", "remainder", "extent"),
    [
        (Axis(3, 2), 2, 0, 2),
        (Axis(1, 1), 1, 0, 1),
        (Axis(6, 3, stride=2), 2, 1, 3),
        (Axis(7, 3, stride=2), 3, 0, 3),
        (Axis(7, 3, dilation=3), 1, 0, 7),
        (Axis(9, 3, stride=3, dilation=2), 2, 1, 5),
        (Axis(5, 3, before=1, after=2), 6, 0, 3),
        (Axis(5, 2, before=-2), 2, 0, 2),
        (Axis(1, 1, stride=3, before=2), 1, 2, 1),
        (Axis(1, 1, stride=3, before=-2, after=4), 1, 2, 1),
        (Axis(2, 1, stride=9), 1, 1, 1),
    ],
)
def test_output_remainder_and_extent(axis, output, remainder, extent):
    assert (axis.output, axis.remainder, axis.extent) == (output, remainder, extent)


@examples(300)
@given(sizes=axis_sizes())
def test_windows_are_the_starts_that_leave_room_for_the_filter(sizes):
    axis, padded = Axis(*sizes), sizes.size + sizes.before + sizes.after
    starts = [start for start in range(0, padded, sizes.stride) if start + axis.extent <= padded]
    assert axis.output == len(starts)
    assert axis.remainder == padded - (starts[-1] + axis.extent)
    assert 0 <= axis.remainder < sizes.stride


@examples(300)
@given(sizes=axis_sizes())
def test_taps_are_all_triples_that_the_definition_joins(sizes):
    axis = Axis(*sizes)
    triples = [
        (i, f, x)
        for i in range(axis.output)
        for f in range(sizes.filter)
        for x in range(sizes.size)
        if x == sizes.stride * i + sizes.dilation * f - sizes.before
    ]
    assert list(zip(*(column.tolist() for column in axis.taps()), strict=True)) == triples
    assert axis.unreached() == sorted(set(range(sizes.size)) - {x for _, _, x in triples})


def test_windows_on_padding_alone_have_no_taps():
    axis = Axis(1, 1, before=1, after=-1)
    assert axis.output == 1
    assert [column.tolist() for column in axis.taps()] == [[], [], []]
    assert axis.unreached() == [0]


@pytest.mark.parametrize("value", [0, -1])
@pytest.mark.parametrize(
    ("option", "called"),
    [("size", "input size"), ("filter", "filter size"), ("stride", "stride"), ("dilation", "dilation")],
)
def test_what_is_below_one_is_refused(option, called, value):
    with pytest.raises(InputError) as error:
        Axis(**{"size": 3, "filter": 2, option: value})
    assert str(error.value) == f"{called} is {value}: expected a whole number of at least 1"


def test_a_window_that_does_not_fit_is_refused_with_both_lengths():
    with pytest.raises(InputError) as error:
        Axis(4, 3, dilation=2, before=-1, after=1, name="2")
    assert str(error.value) == (
        "filter on axis 2 reaches over 5 entries, but the padded input has only 4: no window fits; "
        "make the input or the padding larger, or the filter or the dilation smaller"
    )


def test_the_name_of_an_axis_takes_no_part_in_comparison():
    assert Axis(3, 2, name="1") == Axis(3, 2, name="2")


@examples(300)
@given(size=small, filter=small, stride=small, dilation=small)
def test_same_gives_a_window_for_every_stride_begun(size, filter, stride, dilation):
    before, after = named_padding("same", size, filter, stride, dilation)
    assert Axis(size, filter, stride, dilation, before, after).output == -(-size // stride)
    assert after - before in (0, 1)


@examples(300)
@given(sizes=st.tuples(small, small, small, small))
def test_same_takes_no_more_padding_than_it_needs(sizes):
    size, filter, stride, dilation = sizes
    total = sum(named_padding("same", *sizes))
    assume(total and size + total > dilation * (filter - 1) + 1)
    assert Axis(size, filter, stride, dilation, 0, total - 1).output < -(-size // stride)


@examples(300)
@given(size=small, filter=small, dilation=small)
def test_the_two_dialects_of_same_agree_at_stride_one(size, filter, dilation):
    assert named_padding("same", size, filter, 1, dilation) == named_padding("same-fixed", size, filter, 1, dilation)


@pytest.mark.parametrize(
    ("word", "size", "filter", "stride", "dilation", "padding"),
    [
        ("valid", 6, 3, 2, 2, (0, 0)),
        ("full", 6, 3, 2, 2, (4, 4)),
        ("same", 6, 3, 2, 1, (0, 1)),
        ("same", 6, 2, 3, 1, (0, 0)),
        ("same-fixed", 6, 3, 2, 1, (1, 1)),
        ("same-fixed", 6, 2, 1, 3, (1, 2)),
    ],
)
def test_named_padding(word, size, filter, stride, dilation, padding):
    assert named_padding(word, size, filter, stride, dilation) == padding


def test_an_axis_cannot_be_changed():
    with pytest.raises(AttributeError):
        Axis(3, 2).size = 4
    assert astuple(Axis(3, 2))[:4] == (3, 2, 1, 1)


@pytest.mark.parametrize(
    ("axis", "output", "remainder", "dropped"),
    [
        (Axis(6, 3, stride=2, ceil_mode=True), 3, -1, 0),
        (Axis(5, 3, stride=2, ceil_mode=True), 2, 0, 0),
        (Axis(2, 3, stride=2, ceil_mode=True), 1, -1, 0),
        (Axis(4, 2, stride=3, before=1, after=1, ceil_mode=True), 2, 1, 1),
        (Axis(6, 3, stride=2, before=1, after=1, ceil_mode=True), 4, -1, 0),
    ],
)
def test_ceil_mode_takes_a_last_window_unless_it_starts_past_the_input(axis, output, remainder, dropped):
    assert (axis.output, axis.remainder, axis.dropped) == (output, remainder, dropped)


def test_a_window_that_is_too_large_even_for_ceil_mode_is_refused():
    with pytest.raises(InputError, match=r"^window on axis 1 reaches over 3 entries"):
        Axis(1, 3, stride=1, name="1", ceil_mode=True, sliding="window")


@examples(300)
@given(sizes=axis_sizes(), ceil_mode=st.booleans())
def test_real_entries_of_each_window_are_its_taps(sizes, ceil_mode):
    assume(not ceil_mode or sizes.before >= 0)
    axis = Axis(*sizes, ceil_mode=ceil_mode)
    counts = [0] * axis.output
    for i in axis.taps()[0].tolist():
        counts[i] += 1
    assert axis.real_counts().tolist() == counts
    assert axis.tap_count() == sum(counts)


@examples(100)
@given(size=small, output=small)
def test_adaptive_windows_cover_the_input_in_order(size, output):
    axis = AdaptiveAxis(size, output)
    i, f, x = (column.tolist() for column in axis.taps())
    windows = [range(k * size // output, -(-(k + 1) * size // output)) for k in range(output)]
    assert list(zip(i, f, x, strict=True)) == [(k, at, p) for k, w in enumerate(windows) for at, p in enumerate(w)]
    assert axis.tap_count() == len(i)
    assert axis.filter == max(map(len, windows))
    assert sorted(set(x)) == list(range(size))
    assert axis.unreached() == []
