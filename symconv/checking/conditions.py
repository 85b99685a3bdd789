"""Conditions under which values hold in max pooling: an entry is the maximum of its window, or it is not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from symconv.checking.operators import Frame
from symconv.checking.values import Value
from symconv.errors import InputError, NotSupportedError, UnreadError
from symconv.meaning.polynomials import Atom, Polynomial, constant
from symconv.notation.reading import read
from symconv.notation.tree import Applied, Cases, Iverson, Listed, Node, Relation, Symbol, Words, walk

if TYPE_CHECKING:
    from symconv.checking.evaluation import Evaluator

HOLDS, FAILS = ("=", ">", "≥"), ("≠", "<")
MAXIMUM = re.compile(
    r"\bmax(?!\w*[- ]?pool)|größ(?:te|er)|groesste|最大(?!池|值池|プ)|最댓|최대(?! ?풀)|최댓값|\bmáx|maior|mayor|"
    r"larg(?:est|er)|great(?:est|er)|bigg(?:est|er)|plus grand|наибольш|максим(?!\w*[- ]?пул)|grootste|największ|"
    r"maks[iy]m|più grande|massim|en büyük|lớn nhất|بزرگ|ماکزیمم|أكبر|اكبر",
    re.IGNORECASE,
)
"""Words for the largest entry, not for the pool."""
_NOT = re.compile(r"\b(?:not|no|nicht|pas)\b|n't|不|否则|其他|아니", re.IGNORECASE)
_FORMULA = re.compile(r"\$([^$]+)\$")


def is_otherwise(condition: Node) -> bool:
    """Whether the condition of a last case is that no other one holds, in words or as an inequality."""
    if isinstance(condition, Relation):
        return condition.sign in FAILS
    words = " ".join(each.text for each in walk(condition) if isinstance(each, Words))
    return not MAXIMUM.search(words) or bool(_NOT.search(words))


def held(condition: Node, evaluator: Evaluator, value: Value | None = None) -> Polynomial:
    """The mask that is 1 where an entry is the maximum of its window.

    The window is that of the entry of O or of all entries that the condition speaks of, else the only one with the
    entry, or the only one of them that the `value` of the case speaks of. Raises `NotSupportedError`.
    """
    frame = evaluator.frame
    if "M" not in frame.world.shapes:
        raise NotSupportedError("cases with conditions are not understood here")
    if isinstance(condition, Relation) and (condition.sign not in (*HOLDS, *FAILS) or len(condition.sides) != 2):
        raise NotSupportedError("a condition that does not say which entry is the maximum")
    spoken = list(_spoken(condition, evaluator))
    entries = [each for each in spoken if each[0] == "X"]
    if not entries or not _tells(condition, entries):
        raise NotSupportedError("a condition that does not say which entry is the maximum")
    window = _window(entries, [each for each in spoken if each[0] == "O"], frame, value)
    mask: Polynomial = frame.world.derivative(frame.world.entry("O", window), *entries[0])
    negative = isinstance(condition, Relation) and condition.sign in FAILS
    return constant(1) - mask if negative else mask


def is_elsewhere(node: Node, evaluator: Evaluator) -> bool:
    """Whether a condition compares an entry with the maximum of a window that it does not stand in."""
    conditions = [branch.condition for each in walk(node) if isinstance(each, Cases) for branch in each.branches]
    conditions += [each for part in walk(node) if isinstance(part, Iverson) for row in part.rows for each in row]
    for condition in conditions:
        spoken = list(_spoken(condition, evaluator))
        outputs = [at for role, at in spoken if role == "O"]
        inside = [each for each in spoken if each[0] == "X"]
        if outputs and inside and not all(each in evaluator.frame.world.window(outputs[0]) for each in inside):
            return True
    return False


def _tells(condition: Node, entries: list[Atom]) -> bool:
    """Whether a condition compares an entry with the maximum, or with all others, or says in words what it is."""
    for each in walk(condition):
        if isinstance(each, Words) and MAXIMUM.search(each.text) and not _NOT.search(each.text):
            return True
        if isinstance(each, Symbol) and each.role == "O":
            return True
        if isinstance(each, Applied) and each.head.letter.startswith("max"):
            return True
    inside = condition.items[0] if isinstance(condition, Listed) else condition
    return isinstance(inside, Relation) and inside.sign in (">", "≥") and len(set(entries)) > 1


def _spoken(condition: Node, evaluator: Evaluator) -> Iterator[Atom]:
    """The entries of X and O in a condition, in their order, formulas within words included."""
    for each in walk(condition):
        if isinstance(each, Words):
            for found in _FORMULA.findall(each.text):
                yield from _spoken(_read(found, evaluator), evaluator)
        if isinstance(each, Symbol) and each.role in ("X", "O"):
            shape = evaluator.world.shapes[each.role]
            index = tuple(evaluator.position(place) for place in each.index)
            yield from ((each.role, (*index, *rest)) for rest in np.ndindex(*shape[len(index) :]))


def _read(text: str, evaluator: Evaluator) -> Node:
    try:
        return evaluator.vocabulary.resolved(read(text))
    except (UnreadError, InputError):
        raise NotSupportedError(f"the condition {text!r} cannot be read") from None


def _window(entries: list[Atom], outputs: list[Atom], frame: Frame, value: Value | None) -> tuple[int, ...]:
    """The place of the window that entries are compared in."""
    places = {place: frame.world.window(place) for place in np.ndindex(*frame.world.shapes["O"])}
    spoken = set(entries)
    if outputs:
        found = [outputs[0][1]] if outputs[0][1] in places else []
    elif len(spoken) > 1:
        found = [place for place, inside in places.items() if inside == spoken]
    else:
        found = [place for place, inside in places.items() if entries[0] in inside]
        named = {at for each in (value.entries.flat if value else ()) for role, at in each.atoms if role == "G"}
        found = [place for place in found if place in named] if len(found) > 1 else found
    if len(found) != 1:
        raise NotSupportedError("a condition that does not say which window it speaks of")
    return found[0]
