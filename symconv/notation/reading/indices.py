"""Indices as text: what is one index, and which positions they are."""

from __future__ import annotations

import re

from symconv.notation.tree import Index

_ATOM = re.compile(r"(?:\\[A-Za-z]+ ?|[A-Za-z0-9])'*")
_TERM = re.compile(r"(?P<sign>[+-]?)(?P<times>[0-9]*)(?P<letter>(?:(?:\\[A-Za-z]+ ?|[A-Za-z])'*)?)")
SHORT = 2
"""At most so many indices of one sign each stand side by side without commas where nothing else is known."""
_BRACKET = re.compile(r"\([^()]+\)")
_IN_BRACKETS = re.compile(r"(?:\([^()]+\)){2,}")


def split_index(text: str, rank: int | None = None) -> tuple[str, ...]:
    r"""The indices that stand in a script, by the rank of what bears it where that is known.

    Commas always part indices. Without them, signs side by side are one index each if there are as many as the rank,
    and one index otherwise; where the rank is not known, if there are two.

    Several brackets side by side are one index each.

    >>> split_index("11", 2), split_index("11", 1), split_index("1,12"), split_index(r"\nu i"), split_index("112", 2)
    (('1', '1'), ('11',), ('1', '12'), ('\\nu', 'i'), ('112',))
    >>> split_index("(i+m-1)(2)")
    ('i+m-1', '2')
    """
    if not text:
        return ()
    if "," in text:
        return tuple(_parts(text))
    if _IN_BRACKETS.fullmatch(text):
        return tuple(part[1:-1] for part in _BRACKET.findall(text))
    atoms = _ATOM.findall(text)
    whole = "".join(atoms) == text
    if whole and len(atoms) == (SHORT if rank is None else rank):
        return tuple(atom.strip() for atom in atoms)
    return (text,)


def _parts(text: str) -> list[str]:
    """What stands between commas that no bracket encloses."""
    parts, depth = [""], 0
    for sign in text:
        depth += (sign in "({[") - (sign in ")}]")
        if sign == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += sign
    return parts


_FACTOR = re.compile(r"([0-9]{1,4})\(([A-Za-z])([+-])([0-9]{1,4})\)")


def positions(text: str, base: int, rank: int | None = None) -> tuple[int | Index, ...] | None:
    """The positions, counted from 0, of an index printed in a base; None where one is no sum of letters and numbers.

    >>> positions("12", 1), positions("i+u-1,3", 1), positions("W_1", 1)
    ((0, 1), (Index(parts=(('i', 1), ('u', 1)), shift=0), 2), None)
    """
    plain = _FACTOR.sub(lambda found: _multiplied(*found.groups()), text)
    found = [_position(part, base) for part in split_index(plain, rank)]
    return None if None in found else tuple(part for part in found if part is not None)


def _multiplied(times: str, letter: str, sign: str, number: str) -> str:
    """2(i-1) as 2i-2."""
    return f"{times}{letter}{sign}{int(times) * int(number)}"


def _position(text: str, base: int) -> int | Index | None:
    parts: list[tuple[str, int]] = []
    shift, at = 0, 0
    while at < len(text):
        found = _TERM.match(text, at)
        if found is None or found.end() == at or (at and not found["sign"]):
            return None
        if not found["times"] and not found["letter"]:
            return None
        size = int(found["times"] or 1) * (-1 if found["sign"] == "-" else 1)
        if found["letter"]:
            parts.append((found["letter"].strip(), size))
        else:
            shift += size
        at = found.end()
    if not parts:
        return shift - base if text else None
    return Index(tuple(parts), shift - base * (1 - sum(times for _, times in parts)))
