"""What stands above and below the letters of a network: the layer, an index, a transpose, an example of the batch."""

from __future__ import annotations

import re
from dataclasses import dataclass

from symconv.notation.reading.signs import TRANSPOSED
from symconv.notation.tree import Named

_SIGNS = r"(?:[+-][0-9]+)?"
_LETTERED = re.compile(rf"(?P<base>l|L|\\ell)(?P<shift>{_SIGNS})")
_BRACKETED = re.compile(rf"[(\[](?:(?P<base>[A-Za-z]|\\ell|n_l|n_\{{l\}})(?P<shift>{_SIGNS})|(?P<number>[0-9]+))[)\]]")
_NUMBERED = re.compile(r"(?P<number>[0-9]+)")
_TRANSPOSED = re.compile("|".join(rf"[,\^]?\{{?{re.escape(sign)}\}}?" for sign in sorted(TRANSPOSED, reverse=True)))
_EXAMPLE = re.compile(r"\((?P<example>[a-z])\)")
LAST = ("L", "n_l", "n_{l}")
"""Letters of the last layer."""


@dataclass(frozen=True, order=True)
class Label:
    """A layer: so many behind the one that a letter names, or its number where there is no letter.

    >>> str(Label("l", 1)), str(Label("", 2)), str(Label("L", 0))
    ('l+1', '2', 'L')
    """

    base: str
    shift: int

    def __str__(self) -> str:
        return f"{self.base}{self.shift:+d}" if self.base and self.shift else self.base or str(self.shift)


@dataclass(frozen=True)
class Scripts:
    """The scripts of a name; `index` is what is left below, as text."""

    label: Label | None = None
    index: str = ""
    transposed: bool = False
    primes: int = 0
    example: str = ""
    bracketed: bool = False
    unknown: str = ""

    @property
    def numbered(self) -> bool:
        return self.label is not None and not self.label.base


def scripts(node: Named) -> Scripts:
    r"""The scripts of a name.

    >>> found = scripts(Named("W", "jk", "l+1"))
    >>> str(found.label), found.index
    ('l+1', 'jk')
    >>> scripts(Named("A", "", "[l-1]T")).transposed, scripts(Named("z", "21")).label
    (True, None)
    """
    found = _above(node.upper.replace(" ", ""))
    if found.label is None and not found.unknown:
        below = _label(_LETTERED.fullmatch(_bare(node.lower)))
        if below is not None:
            return _with(found, label=below, primes=node.primes)
        parted = node.lower.split(",", 1)
        below = _label(_LETTERED.fullmatch(_bare(parted[0]))) if len(parted) == 2 else None
        if below is not None:
            return _with(found, label=below, index=parted[1], primes=node.primes)
    return _with(found, index=node.lower, primes=found.primes + node.primes)


def _above(text: str) -> Scripts:
    if not text:
        return Scripts()
    match = _BRACKETED.match(text) or _LETTERED.match(text) or _NUMBERED.match(text)
    if match is None:
        return Scripts(transposed=True) if _TRANSPOSED.fullmatch(text) else Scripts(unknown=text)
    rest = text[match.end() :]
    example = _EXAMPLE.match(rest)
    rest = rest[example.end() :] if example else rest
    primes = len(rest) - len(rest.lstrip("'"))
    rest = rest.lstrip("'")
    found = Scripts(
        label=_label(match), primes=primes, example=example["example"] if example else "", bracketed=text[0] in "(["
    )
    if not rest:
        return found
    return _with(found, transposed=True) if _TRANSPOSED.fullmatch(rest) else Scripts(unknown=text)


def _label(match: re.Match[str] | None) -> Label | None:
    if match is None:
        return None
    groups = match.groupdict()
    if groups.get("number"):
        return Label("", int(groups["number"]))
    base = "l" if groups["base"] == r"\ell" else "L" if groups["base"] in LAST else groups["base"]
    return Label(base, int(groups["shift"] or 0))


def _bare(text: str) -> str:
    return text.replace(" ", "").replace("{", "").replace("}", "").strip("()[]")


def _with(found: Scripts, **changes: object) -> Scripts:
    from dataclasses import replace

    return replace(found, **changes)  # type: ignore[arg-type]
