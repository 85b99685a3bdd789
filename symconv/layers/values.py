"""Numbers for the arrays of a layer or a network: from a TOML file, or drawn by a seed.

    X = [[1, 2], [3, -1]]
    F = [["1/2", 0], [0, 0.25]]
    G = [[1]]

Whole numbers, fractions in quotes and decimals are all taken exactly. Roles are those of the layer; those of a network
are written conv1.F, or F in a table [conv1].
"""

from __future__ import annotations

import decimal
import math
import random
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from numbers import Rational
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from symconv.errors import InputError, LimitError
from symconv.forms import Shape

MAX_BYTES = 1_000_000
MAX_ENTRIES = 100_000
"""Entries of one array; numbers for more would fill no page that is read."""
MAX_DIGITS = 40
"""Digits of a whole number, and of either part of a fraction."""
MAX_PARTS = 50
"""Dots in a key of a file."""
LARGEST = 3
"""Drawn numbers are whole ones from -3 to 3."""
_FRACTION = re.compile(rf"-?[0-9]{{1,{MAX_DIGITS}}}(/[0-9]{{1,{MAX_DIGITS}}})?", re.ASCII)
_SEED = re.compile(r"random:([0-9]{1,9})", re.ASCII)
_WRITE = "write lines such as X = [[1, 2], [3, 4]]"
_EXPECTED = 'expected whole numbers, decimals or fractions such as "1/2"'

Array: TypeAlias = NDArray[Any]
Draw: TypeAlias = Callable[[random.Random, Shape], Array]


def values_for(
    source: str | Path | Mapping[str, Any], shapes: Mapping[str, Shape], draws: Mapping[str, Draw]
) -> dict[str, Array]:
    """An exact array for every role in `shapes`, out of a file, a mapping of nested lists, or "random:SEED".

    `draws` says how an array is drawn that is not to hold just any whole numbers, such as targets.

    Raises `InputError` for a role that is missing or unknown, a shape that differs, and what is no number, and
    `LimitError` for arrays with too many entries.

    >>> values_for({"X": [1, "1/2"]}, {"X": (2,)}, {})["X"].tolist()
    [Fraction(1, 1), Fraction(1, 2)]
    """
    for role, shape in shapes.items():
        if math.prod(shape) > MAX_ENTRIES:
            raise LimitError(
                f"values: {role} has {math.prod(shape):,} entries, more than {MAX_ENTRIES:,}: choose smaller sizes, or "
                "leave the values out"
            )
    if isinstance(source, Mapping):
        return _checked(source, shapes, "values")
    if str(source).startswith("random:"):
        generator = random.Random(_seed(str(source)))  # noqa: S311
        return {role: draws.get(role, whole_numbers)(generator, shape) for role, shape in shapes.items()}
    return _checked(_read(Path(source)), shapes, _named(Path(source)))


def _seed(source: str) -> int:
    drawn = _SEED.fullmatch(source)
    if drawn is None:
        raise InputError(f"values is {source[:40]!r}: expected random: and a whole number of up to 9 digits, random:1")
    return int(drawn[1])


def whole_numbers(generator: random.Random, shape: Shape) -> Array:
    """Whole numbers from -3 to 3, not all of them 0."""
    return _not_all_zero(shape, lambda: Fraction(int(generator.random() * (2 * LARGEST + 1)) - LARGEST))


def halves(generator: random.Random, shape: Shape) -> Array:
    """-1, -1/2, 0, 1/2 and 1, not all of them 0."""
    return _not_all_zero(shape, lambda: Fraction(int(generator.random() * 5) - 2, 2))


def bits(generator: random.Random, shape: Shape) -> Array:
    """Zeros and ones: targets of a binary cross-entropy."""
    return _filled(shape, lambda: Fraction(int(generator.random() * 2)))


def chances(generator: random.Random, shape: Shape) -> Array:
    """Numbers between 0 and 1, tenths."""
    return _filled(shape, lambda: Fraction(1 + int(generator.random() * 9), 10))


def one_hot(generator: random.Random, shape: Shape) -> Array:
    """Zeros with a single one along the last axis: targets of a cross-entropy."""
    rows = _filled(shape, lambda: Fraction(0)).reshape(-1, shape[-1])
    for row in rows:
        row[int(generator.random() * shape[-1])] = Fraction(1)
    return rows.reshape(shape)


def shares(generator: random.Random, shape: Shape) -> Array:
    """Positive numbers that add up to 1 along the last axis: probabilities."""
    rows = _filled(shape, lambda: Fraction(1 + int(generator.random() * 5))).reshape(-1, shape[-1])
    return np.array([row / sum(row) for row in rows], dtype=object).reshape(shape)


def _not_all_zero(shape: Shape, draw: Callable[[], Fraction]) -> Array:
    array = _filled(shape, draw)
    return array if array.any() else _not_all_zero(shape, draw)


def _filled(shape: Shape, draw: Callable[[], Fraction]) -> Array:
    array = np.empty(shape, dtype=object)
    for index in np.ndindex(*shape):
        array[index] = draw()
    return array


def _named(path: Path) -> str:
    """The file as a message names it, in one line."""
    text = str(path)
    return f"values {text if text.isprintable() and len(text) <= 200 else repr(text)[:200]}"


def _read(path: Path) -> Mapping[str, Any]:
    where = _named(path)
    try:
        if not path.is_file():
            reason = "it is no file" if path.exists() else "there is no such file"
            raise OSError(0, reason)
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(
            f"{where} cannot be read: {reason}; give a TOML file, or random:SEED such as random:1"
        ) from None
    if len(data) > MAX_BYTES:
        raise InputError(f"{where} is too long: expected at most {MAX_BYTES:,} bytes")
    try:
        return dict(_flat(_parsed(data.decode("utf-8-sig"))))
    except UnicodeDecodeError:
        reason = "it is not written in UTF-8"
    except RecursionError:
        reason = "it is nested too deeply"
    except ValueError as error:
        reason = " ".join(str(error).split())[:120] if isinstance(error, tomllib.TOMLDecodeError) else _TOO_LONG
    raise InputError(f"{where} is no TOML: {reason}; {_WRITE}")


_TOO_LONG = f"a number has more than {MAX_DIGITS} digits"


def _parsed(text: str) -> dict[str, Any]:
    """What TOML says. Raises `RecursionError` for keys of so many parts that reading them would take minutes."""
    if max(part.count(".") for part in _PARTS.split(text)) > MAX_PARTS:
        raise RecursionError
    return tomllib.loads(text, parse_float=_decimal)


_PARTS = re.compile(r"[,=\n\[\]{}]")
"""What ends a key or a number."""


def _flat(table: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """The arrays of a file by role; conv1.F is a table in TOML."""
    for key, value in table.items():
        if isinstance(value, dict) and value:
            yield from _flat(value, f"{before}{key}.")
        else:
            yield f"{before}{key}", value


def _decimal(text: str) -> decimal.Decimal:
    """A decimal of TOML, exactly. Raises `ValueError` for an exponent that not even decimals have."""
    try:
        return decimal.Decimal(text)
    except decimal.InvalidOperation:
        raise ValueError(text) from None


def _checked(given: Mapping[str, Any], shapes: Mapping[str, Shape], where: str) -> dict[str, Array]:
    unknown = [role for role in given if role not in shapes]
    if unknown:
        raise InputError(f"{where}: {str(unknown[0])[:40]!r} is no array here: expected {', '.join(shapes)}")
    missing = [role for role in shapes if role not in given]
    if missing:
        role = missing[0]
        raise InputError(f"{where}: {role} is missing: give numbers of shape {_text(shapes[role])} for it")
    return {role: _array(given[role], shape, f"{where}: {role}") for role, shape in shapes.items()}


def _array(value: Any, shape: Shape, where: str) -> Array:
    nested = value.tolist() if hasattr(value, "tolist") else value
    found: list[Fraction] = []
    _collect(nested, shape, found, where, shape)
    return np.array([*found, None], dtype=object)[:-1].reshape(shape)


def _collect(value: Any, shape: Shape, found: list[Fraction], where: str, whole: Shape) -> None:
    if not shape:
        found.append(_number(value, where))
        return
    if not isinstance(value, Sequence) or isinstance(value, str | bytes) or len(value) != shape[0]:
        raise InputError(f"{where} has another shape than {_text(whole)}: write nested lists, row by row")
    for part in value:
        _collect(part, shape[1:], found, where, whole)


def _number(value: Any, where: str) -> Fraction:
    number = _exactly(value)
    if number is None:
        raise InputError(f"{where} holds {_shown(value)}: {_EXPECTED}")
    if max(abs(number.numerator), number.denominator) >= 10**MAX_DIGITS:
        raise InputError(f"{where} holds a number with more than {MAX_DIGITS} digits: give fewer")
    return number


def _exactly(value: Any) -> Fraction | None:
    """The number that is given, None for what is none; a float is the decimal that it prints as."""
    value = value.item() if isinstance(value, np.generic) else value
    if isinstance(value, bool):
        return None
    if isinstance(value, Rational):
        return Fraction(int(value.numerator), int(value.denominator))
    if isinstance(value, str) and _FRACTION.fullmatch(value):
        over, _, under = value.partition("/")
        return Fraction(int(over), int(under or 1)) if int(under or 1) else None
    return _ended(decimal.Decimal(str(value))) if isinstance(value, float | decimal.Decimal) else None


def _ended(value: decimal.Decimal) -> Fraction | None:
    """A decimal as a fraction, None for what is infinite or no number; too long ones are not written out."""
    if not value.is_finite():
        return None
    longest = max(len(value.as_tuple().digits), abs(value.adjusted()))
    return Fraction(value) if value == 0 or longest <= 2 * MAX_DIGITS else Fraction(10**MAX_DIGITS)


def _shown(value: Any) -> str:
    """What was given, shortened; a name for what may be endless."""
    return repr(value)[:40] if isinstance(value, str | float | bool | decimal.Decimal) else f"a {type(value).__name__}"


def _text(shape: Shape) -> str:
    return "x".join(map(str, shape)) or "one number"
