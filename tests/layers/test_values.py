"""Numbers for arrays: files and nested lists read exactly, what is none refused in one line, and drawing by a seed."""

import decimal
import os
import random
import time
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symconv.errors import InputError, LimitError, SymconvError
from symconv.layers.values import MAX_ENTRIES, bits, chances, halves, one_hot, shares, values_for, whole_numbers
from tests.strategies import examples

SHAPES = {"X": (2, 2), "b": ()}
SECOND = 1.0
SHAPE = "has another shape than 2x2: write nested lists, row by row"
LONG = "holds a number with more than 40 digits: give fewer"
EXPECTED = 'expected whole numbers, decimals or fractions such as "1/2"'


def read(tmp_path, text, shapes=SHAPES):
    """What a file with this text is read as."""
    path = tmp_path / "v.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return values_for(path, shapes, {})


def refusal(source, shapes=SHAPES):
    """The one line that refuses numbers, which takes no time."""
    start = time.process_time()
    with pytest.raises(SymconvError) as error:
        values_for(source, shapes, {})
    assert time.process_time() - start < SECOND
    message = str(error.value)
    assert message.isprintable()
    assert len(message) < 500
    return message


def file_refusal(tmp_path, text, shapes=SHAPES):
    path = tmp_path / "v.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return refusal(path, shapes).replace(str(path), "FILE")


# What is read


def test_whole_numbers_fractions_and_decimals_are_exact(tmp_path):
    found = read(tmp_path, 'X = [[1, "-1/3"], [0.1, 2.5e-3]]\nb = -7')
    assert found["X"].tolist() == [[1, Fraction(-1, 3)], [Fraction(1, 10), Fraction(1, 400)]]
    assert found["b"].shape == ()
    assert found["b"].item() == -7
    assert all(isinstance(value, Fraction) for array in found.values() for value in array.ravel())


def test_a_byte_order_mark_and_comments_are_fine(tmp_path):
    assert read(tmp_path, "\ufeff# numbers\nX = [[1, 2],\n     [3, 4]]  # four\nb = 0\n")["X"][1, 1] == 4


@pytest.mark.parametrize("text", ['"conv1.F" = [1]\nX = [2]', "conv1.F = [1]\nX = [2]", "X = [2]\n[conv1]\nF = [1]"])
def test_roles_of_a_network_may_stand_in_quotes_or_in_tables(tmp_path, text):
    found = read(tmp_path, text, {"X": (1,), "conv1.F": (1,)})
    assert found["conv1.F"].tolist() == [1]


def test_nested_lists_arrays_and_numbers_of_other_libraries():
    sympy = pytest.importorskip("sympy")
    given = {"X": np.array([[1, 2], [3, 4]]), "b": sympy.Rational(1, 3)}
    assert values_for(given, SHAPES, {})["X"].tolist() == [[1, 2], [3, 4]]
    assert values_for(given, SHAPES, {})["b"].item() == Fraction(1, 3)
    mixed = {"X": ((np.int64(1), 0.1), (decimal.Decimal("0.2"), np.float32(0.5))), "b": Fraction(1, 7)}
    found = values_for(mixed, SHAPES, {})
    assert found["X"].tolist() == [[1, Fraction(1, 10)], [Fraction(1, 5), Fraction(1, 2)]]


@examples(200)
@given(
    value=st.one_of(
        st.integers(-(10**39), 10**39),
        st.fractions(max_denominator=10**9),
        st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9, places=9),
        st.floats(-1e12, 1e12).filter(lambda value: value == 0 or abs(value) > 1e-12),
    )
)
def test_every_number_is_taken_as_it_prints(value):
    expected = Fraction(str(value)) if isinstance(value, float) else Fraction(value)
    assert values_for({"b": value}, {"b": ()}, {})["b"].item() == expected
    if isinstance(value, Fraction):
        assert values_for({"b": str(value)}, {"b": ()}, {})["b"].item() == expected


# What is refused


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("X = [[1, 2], [3, 4]]", "values FILE: b is missing: give numbers of shape one number for it"),
        ("b = 1", "values FILE: X is missing: give numbers of shape 2x2 for it"),
        ("X = [[1, 2], [3, 4]]\nb = 1\nF = 2", "values FILE: 'F' is no array here: expected X, b"),
        ("X = [[1, 2, 3], [4, 5, 6]]\nb = 1", f"values FILE: X {SHAPE}"),
        ("X = [[1, 2], 3]\nb = 1", f"values FILE: X {SHAPE}"),
        ("X = [1, 2, 3, 4]\nb = 1", f"values FILE: X {SHAPE}"),
        ("X = []\nb = 1", f"values FILE: X {SHAPE}"),
        ("X = [[[1], 2], [3, 4]]\nb = 1", f"values FILE: X holds a list: {EXPECTED}"),
        ("X = [[nan, 2], [3, 4]]\nb = 1", f"values FILE: X holds Decimal('NaN'): {EXPECTED}"),
        ("X = [[-inf, 2], [3, 4]]\nb = 1", f"values FILE: X holds Decimal('-Infinity'): {EXPECTED}"),
        ("X = [[true, 2], [3, 4]]\nb = 1", f"values FILE: X holds True: {EXPECTED}"),
        ('X = [["1/0", 2], [3, 4]]\nb = 1', f"values FILE: X holds '1/0': {EXPECTED}"),
        ('X = [["2-1", 2], [3, 4]]\nb = 1', f"values FILE: X holds '2-1': {EXPECTED}"),
        ('X = [["__import__", 2], [3, 4]]\nb = 1', f"values FILE: X holds '__import__': {EXPECTED}"),
        ("X = [[1979-05-27, 2], [3, 4]]\nb = 1", f"values FILE: X holds a date: {EXPECTED}"),
        ("X = [[1e99, 2], [3, 4]]\nb = 1", f"values FILE: X {LONG}"),
        ("X = [[1e-99, 2], [3, 4]]\nb = 1", f"values FILE: X {LONG}"),
        ("X = [[1e999999999, 2], [3, 4]]\nb = 1", f"values FILE: X {LONG}"),
        (f"b = 0x{'f' * 100_000}\nX = [[1, 2], [3, 4]]", f"values FILE: b {LONG}"),
        (f"b = 0.{'1' * 500_000}\nX = [[1, 2], [3, 4]]", f"values FILE: b {LONG}"),
    ],
)  # fmt: skip
def test_what_is_no_array_of_numbers_is_refused(tmp_path, text, message):
    assert file_refusal(tmp_path, text) == message


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"\xff\xfe\x00", "it is not written in UTF-8"),
        ("X = [[1, 2", "Unclosed array (at end of document)"),
        ("X = [[01, 2], [3, 4]]", "Unclosed array (at line 1, column 8)"),
        ("X = 1\nX = 2", "Cannot overwrite a value (at end of document)"),
        ("X = " + "[" * 100_000, "it is nested too deeply"),
        ("X = " + "[" * 100_000 + "]" * 100_000, "it is nested too deeply"),
        ("a" + ".a" * 100_000 + " = 1", "it is nested too deeply"),
        ("X = " + "9" * 100_000, "a number has more than 40 digits"),
        ("X = 1e99999999999999999999", "a number has more than 40 digits"),
        (bytes(range(256)), "it is not written in UTF-8"),
        ("\0" * 100, "Invalid statement (at line 1, column 1)"),
    ],
)
def test_what_is_no_toml_is_refused(tmp_path, text, reason):
    assert file_refusal(tmp_path, text) == f"values FILE is no TOML: {reason}; write lines such as X = [[1, 2], [3, 4]]"


MEND = "give a TOML file, or random:SEED such as random:1"


def test_what_is_no_file_is_refused(tmp_path):
    assert refusal(tmp_path) == f"values {tmp_path} cannot be read: it is no file; {MEND}"
    assert refusal("/nowhere/v.toml") == f"values /nowhere/v.toml cannot be read: there is no such file; {MEND}"
    assert refusal("") == f"values . cannot be read: it is no file; {MEND}"
    assert refusal("a\0b") == rf"values 'a\x00b' cannot be read: there is no such file; {MEND}"
    assert refusal("two\nlines").startswith(r"values 'two\nlines' cannot be read")
    assert len(refusal("x" * 5000)) < 500


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes here")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert "it is no file" in refusal(tmp_path / "pipe")
    assert "it is no file" in refusal("/dev/zero")


def test_a_file_without_rights_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "v.toml"
    path.write_text("X = 1")

    def closed(self, *_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(path), "open", closed)
    assert refusal(path) == f"values {path} cannot be read: Permission denied; {MEND}"


def test_a_long_file_is_not_read(tmp_path):
    assert file_refusal(tmp_path, b"#" * 1_000_001) == "values FILE is too long: expected at most 1,000,000 bytes"


@pytest.mark.parametrize("source", ["random:", "random:-1", "random:1.5", "random:x", "random:1234567890", "random:١"])
def test_a_seed_is_a_short_whole_number(source):
    assert refusal(source).endswith("expected random: and a whole number of up to 9 digits, random:1")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"X": "1234", "b": 1}, f"values: X {SHAPE}"),
        ({"X": {"a": 1}, "b": 1}, f"values: X {SHAPE}"),
        ({"X": np.zeros((2, 3)), "b": 1}, f"values: X {SHAPE}"),
        ({"X": [[1, 2], [3, float("nan")]], "b": 1}, f"values: X holds nan: {EXPECTED}"),
        ({"X": [[1, 2], [3, None]], "b": 1}, f"values: X holds a NoneType: {EXPECTED}"),
        ({"X": [[1, 2], [3, 1j]], "b": 1}, f"values: X holds a complex: {EXPECTED}"),
        ({"X": [[1, 2], [3, 4]], "b": 10**5000}, f"values: b {LONG}"),
        ({"X": [[1, 2], [3, 4]], "b": 1, 7: 1}, "values: '7' is no array here: expected X, b"),
        ({"x" * 9999: 1}, f"values: {'x' * 40!r} is no array here: expected X, b"),
    ],
)
def test_lists_that_do_not_fit_are_refused(given, message):
    assert refusal(given) == message


def test_too_many_entries_are_refused_before_anything_is_drawn():
    with pytest.raises(LimitError) as error:
        values_for("random:1", {"X": (MAX_ENTRIES + 1,)}, {})
    assert str(error.value) == (
        "values: X has 100,001 entries, more than 100,000: choose smaller sizes, or leave the values out"
    )
    assert "1,000,000,000,000,000,000,000,000" in refusal("random:1", {"X": (10**8, 10**8, 10**8)})


@examples(300)
@given(text=st.text(max_size=40))
def test_any_text_is_read_or_refused_in_one_line(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("v") / "v.toml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        values_for(path, {"X": ()}, {})
    except InputError as refused:
        message = str(refused)
    else:
        message = ""
    assert message == "" or message.isprintable()


# Drawing

DRAWS = (whole_numbers, halves, bits, chances, one_hot, shares)
sizes = st.lists(st.integers(1, 4), min_size=1, max_size=3).map(tuple)


def test_a_seed_always_gives_the_same_numbers():
    shapes = {"X": (3,), "F": (2, 2)}
    first, again, other = (values_for(source, shapes, {}) for source in ("random:5", "random:5", "random:6"))
    assert all((first[role] == again[role]).all() for role in shapes)
    assert any((first[role] != other[role]).any() for role in shapes)
    assert values_for("random:1", shapes, {})["F"].tolist() == [[-2, 0], [0, 1]]


@examples(200)
@given(draw=st.sampled_from(DRAWS), shape=sizes, seed=st.integers(0, 999))
def test_what_is_drawn_is_what_was_asked_for(draw, shape, seed):
    array = draw(random.Random(seed), shape)
    assert array.shape == shape
    assert all(isinstance(value, Fraction) for value in array.ravel())
    rows = array.reshape(-1, shape[-1])
    allowed = {
        whole_numbers: lambda value: value.denominator == 1 and abs(value) <= 3,
        halves: lambda value: value in (-1, Fraction(-1, 2), 0, Fraction(1, 2), 1),
        bits: lambda value: value in (0, 1),
        chances: lambda value: 0 < value < 1,
        one_hot: lambda value: value in (0, 1),
        shares: lambda value: value > 0,
    }[draw]
    assert all(map(allowed, array.ravel()))
    if draw in (one_hot, shares):
        assert all(row.sum() == 1 for row in rows)
    if draw in (whole_numbers, halves):
        assert array.any()


def test_every_number_that_may_be_drawn_is():
    generator = random.Random(0)
    assert {int(value) for value in whole_numbers(generator, (500,))} == set(range(-3, 4))
    assert {int(value) for value in bits(generator, (1,) * 1 + (50,)).ravel()} == {0, 1}
    classes = {int(np.flatnonzero(one_hot(generator, (3,)))[0]) for _ in range(60)}
    assert classes == {0, 1, 2}


def test_special_arrays_are_drawn_as_they_are_asked_for():
    found = values_for("random:1", {"X": (4,), "Y": (2, 3)}, {"Y": one_hot})
    assert [row.sum() for row in found["Y"]] == [1, 1]
