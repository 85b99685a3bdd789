"""Sizes, per-axis options and padding from Python values and from text."""

import pytest

from symconv.errors import InputError
from symconv.layers.sizes import padding_pairs, parse_padding, parse_sizes, per_axis, sizes, whole


def refusal(call, *arguments):
    with pytest.raises(InputError) as error:
        call(*arguments)
    return str(error.value)


@pytest.mark.parametrize(("value", "expected"), [(5, (5,)), ((3, 4), (3, 4)), ([3, 4, 5], (3, 4, 5)), ((1,), (1,))])
def test_sizes(value, expected):
    assert sizes("input", value) == expected


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ((3, 0), "input size is 0: expected a whole number of at least 1"),
        ((3, -2), "input size is -2: expected a whole number of at least 1"),
        ((3, 2.0), "input size is 2.0: expected a whole number of at least 1"),
        ((3, True), "input size is True: expected a whole number of at least 1"),
        ((3, "3"), "input size is '3': expected a whole number of at least 1"),
        ((3, 1_000_001), "input size is 1000001: expected at most 1000000"),
        ((), "input has 0 sizes: expected 1 to 3, one a spatial axis, such as 3x3"),
        ((3, 3, 3, 3), "input has 4 sizes: expected 1 to 3, one a spatial axis, such as 3x3"),
    ],
)
def test_what_cannot_be_a_size_is_refused(value, message):
    assert refusal(sizes, "input", value) == message


@pytest.mark.parametrize(("value", "expected"), [(2, (2, 2)), ((2, 1), (2, 1)), ((3,), (3, 3)), ([1, 2], (1, 2))])
def test_one_number_stands_for_every_axis(value, expected):
    assert per_axis("stride", value, 2) == expected


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (0, "stride is 0: expected a whole number of at least 1"),
        (-3, "stride is -3: expected a whole number of at least 1"),
        ((1, 0), "stride is 0: expected a whole number of at least 1"),
        ((1, 1, 1), "stride has 3 values for 2 axes: give one, or one an axis"),
        ((), "stride has 0 values for 2 axes: give one, or one an axis"),
    ],
)
def test_what_cannot_be_a_stride_is_refused(value, message):
    assert refusal(per_axis, "stride", value, 2) == message


@pytest.mark.parametrize("value", ["2", "2x1", 1.5, None])
def test_a_stride_that_is_no_number_is_told_to_be_at_least_one(value):
    assert refusal(per_axis, "stride", value, 2) == f"stride is {value!r}: expected a whole number of at least 1"


def pairs(value):
    return padding_pairs(value, (6, 5), (3, 2), (2, 1), (1, 3))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1, ((1, 1), (1, 1))),
        (-1, ((-1, -1), (-1, -1))),
        ((1, 0), ((1, 1), (0, 0))),
        (((0, 1), (2, -1)), ((0, 1), (2, -1))),
        (((0, 1),), ((0, 1), (0, 1))),
        ((1, (0, 2)), ((1, 1), (0, 2))),
        ("valid", ((0, 0), (0, 0))),
        ("full", ((2, 2), (3, 3))),
        ("same", ((0, 1), (1, 2))),
        ("same-fixed", ((1, 1), (1, 2))),
    ],
)
def test_padding_before_and_after_every_axis(value, expected):
    assert pairs(value) == expected


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("some", "padding is 'some': expected numbers or one of valid, same, same-fixed, full"),
        ((1, 2, 3), "padding has 3 values for 2 axes: give one, or one an axis"),
        (((1, 2, 3), 0), "padding of one axis is (1, 2, 3): expected one number or (before, after)"),
    ],
)
def test_what_cannot_be_padding_is_refused(value, message):
    assert refusal(pairs, value) == message


@pytest.mark.parametrize(("text", "expected"), [("5", (5,)), ("3x4", (3, 4)), ("-1x2", (-1, 2)), ("3x3x3", (3, 3, 3))])
def test_sizes_from_text(text, expected):
    assert parse_sizes("input", text) == expected


@pytest.mark.parametrize("text", ["", "x", "3x", "x3", "3X3", "3,3", "3.0", " 3", "3\n", "٣", "3xx3", "12345678", "+3"])
def test_text_that_is_no_size_is_refused(text):
    message = f"input is {text!r}: expected whole numbers of up to 7 digits joined by x, such as 3x3 or 5"
    assert refusal(parse_sizes, "input", text) == message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1", (1,)),
        ("1x0", (1, 0)),
        ("-1x2", (-1, 2)),
        ("0:1", ((0, 1),)),
        ("0:1x-2:3", ((0, 1), (-2, 3))),
        ("1x0:1", (1, (0, 1))),
        ("same", "same"),
        ("same-fixed", "same-fixed"),
    ],
)
def test_padding_from_text(text, expected):
    assert parse_padding(text) == expected


@pytest.mark.parametrize("text", ["", "a", ":", "1:", "1:2:3", "1x", "1 x 1", "Same", "1:2x", "123456789"])
def test_text_that_is_no_padding_is_refused(text):
    assert refusal(parse_padding, text) == (
        f"padding is {text!r}: expected 1, 1x0, 0:1x0:1 (before:after an axis) or one of valid, same, same-fixed, full"
    )


def test_whole_numbers_may_start_elsewhere():
    assert whole("offset", -2, least=-2) == -2
    assert refusal(whole, "offset", -3, -2) == "offset is -3: expected a whole number of at least -2"
