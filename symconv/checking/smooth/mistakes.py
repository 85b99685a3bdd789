"""What a wrong side may have been meant to say: the side with one slip of the pen undone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from symconv.checking.smooth.functions import ALIASES, GENERAL, OF_NUMBERS
from symconv.checking.smooth.names import LETTER, plain, taken_apart
from symconv.checking.spelling import rebuilt
from symconv.notation.build import over, times
from symconv.notation.tree import Applied, Named, Negative, Node, Sum, walk

MOST = 4
"""Places of one kind of slip that are tried."""
LONG, FEW = 40, 5
SAID = {
    "wrong-sign": "a sign is wrong",
    "missing-factor": "a factor is missing or too much",
    "swapped-indices": "indices have changed places",
    "neighbouring-index": "an index is another one",
    "missing-derivative": "a function stands where its derivative is meant",
}
COUNTS = ("n", "N", "m", "M", "B", "K", "C")


def repairs(side: Node) -> Iterator[tuple[str, Node]]:
    """Other sides that may be meant, each with the kind of mistake that would be undone; few for a long side.

    >>> from symconv.notation.reading import read
    >>> next(repairs(read("y - p")))[0]
    'wrong-sign'
    """
    long = sum(1 for _ in walk(side)) > LONG
    yield from islice(_all(side), FEW if long else None)


def _all(side: Node) -> Iterator[tuple[str, Node]]:
    yield "wrong-sign", side.term if isinstance(side, Negative) else Negative(side)
    yield from (("wrong-sign", each) for each in islice(_signs(side), MOST))
    yield from (("missing-derivative", each) for each in islice(_slopes(side), MOST))
    letters = index_letters(side)
    if len(letters) == 2:
        first, second = letters
        yield "swapped-indices", _with_letters(side, {first: second, second: first})
        yield from (("neighbouring-index", each) for each in islice(_entries(side, first, second), MOST))
    yield from (("missing-factor", each) for each in _factors(side))


def _exchanged(side: Node, old: Node, new: Node) -> Node:
    """The side with a part put in for another, wherever this stands."""
    return rebuilt(side, lambda part: new if part == old else None)


def _signs(side: Node) -> Iterator[Node]:
    """One term of one sum with the other sign."""
    for found in {part: None for part in walk(side) if isinstance(part, Sum)}:
        for at, term in enumerate(found.terms):
            turned = term.term if isinstance(term, Negative) else Negative(term)
            new = replace(found, terms=(*found.terms[:at], turned, *found.terms[at + 1 :]))
            yield _exchanged(side, found, new)


def _slopes(side: Node) -> Iterator[Node]:
    """One function with its derivative in its place."""
    for found in {part: None for part in walk(side) if isinstance(part, Applied)}:
        name = ALIASES.get(found.head.letter, "")
        smooth = plain(found.head.letter) in GENERAL or (name and name not in OF_NUMBERS - {"tanh"})
        if smooth and not found.head.primes:
            new = replace(found, head=replace(found.head, primes=1))
            yield _exchanged(side, found, new)


def index_letters(*sides: Node) -> tuple[str, ...]:
    """The letters of the indices of names, those that sums bind too."""
    names = [taken_apart(part) for side in sides for part in walk(side) if isinstance(part, Named)]
    return tuple(dict.fromkeys(letter for name in names for letter in name.index if LETTER.fullmatch(letter)))


def _with_letters(side: Node, new: dict[str, str]) -> Node:
    def change(part: Node) -> Node | None:
        return _renamed(part, new) if isinstance(part, Named) and part.lower else None

    return rebuilt(side, change)


def _renamed(node: Named, new: dict[str, str]) -> Named:
    return replace(node, lower="".join(new.get(sign, sign) for sign in node.lower))


def _entries(side: Node, first: str, second: str) -> Iterator[Node]:
    """One entry with the other letter."""
    names = [part for part in walk(side) if isinstance(part, Named) and part.lower in (first, second)]
    for number in range(len(names)):
        seen = iter(range(len(names)))

        def change(part: Node, number: int = number, seen: Iterator[int] = seen) -> Node | None:
            if not isinstance(part, Named) or part.lower not in (first, second) or next(seen) != number:
                return None
            return _renamed(part, {first: second, second: first})

        yield rebuilt(side, change)


def _factors(side: Node) -> Iterator[Node]:
    for number in (2, 3):
        yield times(number, side)
        yield times(over(1, number), side)
    for letter in COUNTS[:4]:
        yield times(over(1, Named(letter)), side)
        yield times(Named(letter), side)
