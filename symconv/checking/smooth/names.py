"""Names as people write them: a letter with words, indices, a layer and a power around it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from symconv.notation.reading import split_index
from symconv.notation.tree import Named

LETTER = re.compile(r"[a-z]'*|\\(?:alpha|beta|nu|mu|rho|iota|kappa|lambda|tau|ell)'*")
_BOLD = re.compile(r"\\(?:mathbf|vec|boldsymbol|bm|mathsf|mathrm|mathit)\{(.+)\}")
_BRACKETED = re.compile(r"[(\[]([a-z])[)\]]")
_NESTED = re.compile(r"[A-Za-z\\]+_([a-z0-9,]+)")
"""What stands below S in S_{x_i}, where S is a function of x: the index is x's."""
LONGEST_INDEX = 3
"""Letters side by side are indices up to here, and a word beyond."""


@dataclass(frozen=True)
class Names:
    """What is known of letters before a formula is read.

    Args:
        arrays: keys of what is defined or given.
        functions: functions that the text defines, or that a letter stands for here.
        inputs: for an array that is a function of another, such as S(x_i), that other.
        gradients: letters for the gradient of the loss by an array.
        loss: the loss's key.
        base: the number of the first index.
    """

    arrays: frozenset[str] = frozenset()
    functions: Mapping[str, str] = field(default_factory=dict)
    inputs: Mapping[str, str] = field(default_factory=dict)
    gradients: Mapping[str, str] = field(default_factory=dict)
    loss: str = ""
    base: int = 1


@dataclass(frozen=True)
class Name:
    """A name taken apart: its key, its indices, and the power above it."""

    key: str
    index: tuple[str, ...] = ()
    power: str = ""


def plain(letter: str) -> str:
    """A letter without the bold face and the arrow that say that it is a vector."""
    found = _BOLD.fullmatch(letter)
    return found[1] if found else letter


def taken_apart(node: Named) -> Name:
    r"""The parts of a name.

    >>> taken_apart(Named("y", "ij")), taken_apart(Named("y", "true", "(i)"))
    (Name(key='y', index=('i', 'j'), power=''), Name(key='y_true', index=('i',), power=''))
    >>> taken_apart(Named(r"\mu", "B", "2")), taken_apart(Named("S", "x_i"))
    (Name(key='\\mu_B', index=(), power='2'), Name(key='S', index=('i',), power=''))
    """
    key, index = _below(node)
    upper = node.upper.replace("{", "").replace("}", "")
    example = _BRACKETED.fullmatch(upper)
    power = ""
    if upper.isdigit():
        power = upper
    elif example and example[1] != "l":
        index = (example[1], *index)
    elif LETTER.fullmatch(upper) and upper not in ("l", r"\ell"):
        index = (upper, *index)
    elif upper:
        key += f"^{upper}"
    return Name(key + "'" * node.primes, index, power)


def _below(node: Named) -> tuple[str, tuple[str, ...]]:
    """A letter with the words below it, and the indices there."""
    key, lower = plain(node.letter), node.lower.replace("{", "").replace("}", "")
    nested = _NESTED.fullmatch(lower)
    if nested:
        return key, split_index(nested[1])
    parts = tuple(part.replace("{", "").replace("}", "") for part in split_index(node.lower))
    if all(map(_is_index, parts)):
        return key, parts
    if len(parts) == 1 and _side_by_side(lower):
        return key, tuple(lower)
    return f"{key}_{lower}", ()


def _is_index(text: str) -> bool:
    return text.isdigit() or bool(LETTER.fullmatch(text))


def _side_by_side(text: str) -> bool:
    return len(text) <= LONGEST_INDEX and all(sign.isalnum() and (sign.isdigit() or sign.islower()) for sign in text)
