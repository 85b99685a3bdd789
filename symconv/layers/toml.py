"""TOML files of users."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from symconv.errors import InputError

_DEEP = re.compile(r"""(?<![\w-])(?:(?:[\w-]+|"[^"\n]*"|'[^'\n]*')[ \t]*\.[ \t]*){20}""")
"""A key with many dots; each one costs as much time as all before it."""


def read_toml(
    path: Path, what: str, most: int, *, instead: str, advice: str, number: Callable[[str], Any] = float
) -> dict[str, Any]:
    """What a TOML file of at most `most` bytes says; `number` reads what has a point or an exponent.

    Raises `InputError` for a file that cannot be read, which names `what` it should hold, what to give `instead`, and
    for one that is no TOML, with some `advice`.
    """
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"{what} {path} cannot be read: {reason}; give {instead}") from None
    if len(data) > most:
        raise InputError(f"{what} {path} has more than {most:,} bytes: expected at most so many")
    try:
        return loads(data.decode("utf-8"), number)
    except (ValueError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else " ".join(str(error).split())
        raise InputError(f"{what} {path} is no TOML: {reason}; {advice}") from None


def loads(text: str, number: Callable[[str], Any] = float) -> dict[str, Any]:
    """What TOML says. Raises `ValueError` for what is none, and `RecursionError` for what is nested too deeply."""
    if _DEEP.search(text):
        raise RecursionError
    return tomllib.loads(text, parse_float=number)
