"""Convolutions written as an operation between arrays, with no products of entries: O = X ⊗ F + b."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

from symconv.checking.discovery.entries import walk
from symconv.checking.discovery.facts import CONVOLUTION_SIGNS, Facts, Operated
from symconv.checking.discovery.subjects import FILTERS, Subject
from symconv.notation.tree import Node, Operation

Letters = tuple[str, str, str]


def operator_subject(facts: Sequence[Facts], losses: Collection[str]) -> Subject | None:
    """The convolution that most operations between three different arrays are."""
    votes: Counter[Letters] = Counter()
    agree: dict[Letters, Counter[int]] = {}
    shapes = written_shapes(facts)
    for number, fact in enumerate(facts):
        for found in fact.operated:
            letters = _letters(found, shapes, losses)
            if letters:
                votes[letters] += 1
                agree.setdefault(letters, Counter())[number] += 1
    if not votes:
        return None
    letters = votes.most_common(1)[0][0]
    return Subject("conv", {"X": [letters[0]], "F": [letters[1]], "O": [letters[2]]}, agree=agree[letters])


def is_sliding(node: Node) -> bool:
    r"""Whether an array slides over another somewhere in a formula.

    >>> from symconv.notation.reading import read
    >>> is_sliding(read("z = a * w + b")), is_sliding(read("z = w a + b"))
    (True, False)
    """
    return any(isinstance(each, Operation) and each.sign in CONVOLUTION_SIGNS for each in walk(node))


def written_shapes(facts: Sequence[Facts]) -> dict[str, tuple[int, ...]]:
    """The largest matrix of entries written out for each letter."""
    found: dict[str, tuple[int, ...]] = {}
    for fact in facts:
        for written in fact.written:
            found[written.letter] = max(found.get(written.letter, ()), written.shape)
    return found


def _letters(found: Operated, shapes: dict[str, tuple[int, ...]], losses: Collection[str]) -> Letters | None:
    target, left, right = found.target, found.left, found.right
    if not found.sign or target is None or any(one.gradient for one in (target, left, right)):
        return None
    letters = [left.letter, right.letter, target.letter]
    if len(set(letters)) < 3 or target.letter in losses:
        return None
    if found.sign == "*" and not all(letter in shapes or letter.isupper() or found.rest for letter in letters):
        return None
    if shapes.get(letters[0], ()) < shapes.get(letters[1], ()) or _is_filter(left.letter, right.letter):
        letters[0], letters[1] = letters[1], letters[0]
    return letters[0], letters[1], letters[2]


def _is_filter(left: str, right: str) -> bool:
    return left in FILTERS and right not in FILTERS
