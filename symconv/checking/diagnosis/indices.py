"""Indices as their author wrote them, changed as people get them wrong: text below letters, and layers above them."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterator, Sequence

from symconv.checking.layered.scripts import scripts
from symconv.notation.reading import split_index
from symconv.notation.tree import Named, Negative, Node, Number, Sum, walk

FREE = frozenset("abcdefghijklmnopqrstuvwxyz")
"""Signs that make an index one of many positions."""
STRIDES, PADDINGS = ("s", "S", "2", "3", "d", "D"), ("p", "P", "2")
"""What strides and dilations, and paddings, are called."""
_TERM = re.compile(r"([+-]?)([^+-]+)")
_LETTER = re.compile(r"(?:\\[a-z]+|[a-zA-Z])'*")
_LABEL = re.compile(r"(?P<open>[(\[]?)(?P<base>\\ell|[A-Za-z])?(?P<shift>[+-]?[0-9]+)?(?P<close>[)\]]?)(?P<rest>.*)")
_ABOVE = re.compile(r"\(?([a-km-su-z](?:,[a-km-su-z])*)\)?")
"""Letters of channels; l is a layer, t a time."""
Term = tuple[str, str]
Place = tuple[Term, ...]
"""A sum of terms, each with its sign."""


def parsed(lower: str) -> tuple[Place, ...]:
    """The positions of an index.

    >>> parsed("i+m-1,j")
    ((('', 'i'), ('+', 'm'), ('-', '1')), (('', 'j'),))
    """
    return tuple(tuple(_TERM.findall(part.replace(" ", ""))) for part in split_index(lower))


def written(places: Sequence[Place], comma: str = ",") -> str:
    return comma.join("".join(sign + body for sign, body in place).removeprefix("+") for place in places)


def changed(lower: str, steps: Collection[str] = ()) -> Iterator[tuple[str, str]]:
    """Other indices that may be meant, and the kind of mistake each of them mends; `steps` are strides and paddings.

    >>> next(changed("i+m,j+n")), ("swapped-indices", "ji") in list(changed("ij"))
    (('wrong-sign', 'i-m,j-n'), True)
    """
    found = parsed(lower)
    comma = "," if "," in lower or any(len(place) > 1 for place in found) else ""
    for mistake, places in _changed(found, steps):
        yield mistake, written(places, comma)


def _changed(found: tuple[Place, ...], steps: Collection[str]) -> Iterator[tuple[str, tuple[Place, ...]]]:
    if any(len(place) > 1 for place in found):
        yield "wrong-sign", tuple(map(_flipped, found))
        yield from (("neighbouring-index", tuple(_shifted(place, by) for place in found)) for by in (1, -1))
        yield "swapped-indices", _inner_swapped(found)
        for at, place in enumerate(found):
            for kind, new in (("wrong-sign", _flipped(place)), ("neighbouring-index", _shifted(place, 1)),
                              ("neighbouring-index", _shifted(place, -1))):  # fmt: skip
                yield kind, (*found[:at], new, *found[at + 1 :])
        for by, at in itertools.product((each for each in STRIDES if each in steps), (0, 1)):
            yield "stride-forgotten", tuple(_strided(place, at, by) for place in found)
        for by in (each for each in PADDINGS if each in steps):
            yield "padding-forgotten", tuple((*place, ("-", by)) if len(place) > 1 else place for place in found)
    turned = tuple(map(_turned, found))
    if turned != found:
        yield "rotated-twice", turned
    for i, j in itertools.combinations(range(len(found)), 2):
        swapped = list(found)
        swapped[i], swapped[j] = found[j], found[i]
        yield "swapped-indices", tuple(swapped)
    for at, place in enumerate(found):
        for number in _near(place):
            yield "neighbouring-index", (*found[:at], (("", number),), *found[at + 1 :])


def _near(place: Place) -> Iterator[str]:
    """The numbers beside the only one of a place."""
    if len(place) == 1 and place[0][1].isdigit():
        number = int(place[0][1])
        yield from (str(each) for each in (number - 1, number + 1) if each >= 0)


def _flipped(place: Place) -> Place:
    """i + m - 1 as i - m + 1."""
    return (*place[:1], *((("-" if sign == "+" else "+"), body) for sign, body in place[1:]))


def _turned(place: Place) -> Place:
    """k - 1 - m as m."""
    match place:
        case (("", size), ("-", "1"), ("-", letter)) | (("", size), ("-", letter), ("-", "1")) if size.isalpha():
            return (("", letter),)
    return place


def _shifted(place: Place, by: int) -> Place:
    if len(place) < 2:
        return place
    number = sum(int(sign + body) for sign, body in place if body.isdigit()) + by
    rest = tuple(term for term in place if not term[1].isdigit())
    return (*rest, ("+" if number > 0 else "-", str(abs(number)))) if number else rest


def _inner_swapped(found: tuple[Place, ...]) -> tuple[Place, ...]:
    """i+n, j+m as i+m, j+n."""
    mixed = [at for at, place in enumerate(found) if len(place) > 1]
    new = list(found)
    for one, other in zip(mixed[::2], mixed[1::2], strict=False):
        new[one] = (*found[one][:1], found[other][1], *found[one][2:])
        new[other] = (*found[other][:1], found[one][1], *found[other][2:])
    return tuple(new)


def _strided(place: Place, at: int, by: str) -> Place:
    """i + m as si + m, or as i + sm."""
    if len(place) < 2 or not _LETTER.fullmatch(place[at][1]):
        return place
    return (*place[:at], (place[at][0], by + place[at][1]), *place[at + 1 :])


def exchanged(lower: str, first: str, second: str) -> str:
    """An index with two letters exchanged.

    >>> exchanged("i+m,j", "i", "j")
    'j+m,i'
    """
    new = {first: second, second: first}
    return _LETTER.sub(lambda found: new.get(found[0], found[0]), lower)


def other_layers(node: Named) -> Iterator[dict[str, str]]:
    """The scripts of a name in the layers around its own, the nearest first.

    >>> [each["upper"] for each in other_layers(Named("a", "", "[l-1]"))][:2]
    ['[l]', '[l-2]']
    """
    label = scripts(node).label
    where = "upper" if label is not None and scripts(Named(node.letter, "", node.upper)).label == label else "lower"
    match = _LABEL.fullmatch(getattr(node, where))
    if match is None or label is None:
        return
    for by in (1, -1):
        number = int(match["shift"] or 0) + by
        shift = f"{number:+d}" if number and match["base"] else str(number) if not match["base"] else ""
        yield {where: f"{match['open']}{match['base'] or ''}{shift}{match['close']}{match['rest']}"}


def letters(node: Node) -> list[str]:
    """The letters of the indices of names."""
    found = (
        letter
        for each in walk(node)
        if isinstance(each, Named) and each.lower and not each.lower.startswith("\\text")
        for letter in _LETTER.findall(each.lower)
    )
    return list(dict.fromkeys(found))


def above(node: Node) -> list[str]:
    """The letters of channels above names.

    >>> above(Named("w", "mn", "k,c")), above(Named("w", "", "l")), above(Named("w", "i", "(c)"))
    (['k', 'c'], [], ['c'])
    """
    found = (_ABOVE.fullmatch(each.upper) for each in walk(node) if isinstance(each, Named) and each.lower)
    return list(dict.fromkeys(letter for each in found if each for letter in each[1].split(",")))


def shifted(low: Node, high: Node, below: int, above: int) -> tuple[Node, Node]:
    """The limits of a sum, so much further."""
    return _plus(low, below), _plus(high, above)


def _plus(node: Node, by: int) -> Node:
    if not by:
        return node
    if isinstance(node, Number):
        return Number(node.value + by)
    terms = node.terms if isinstance(node, Sum) else (node,)
    number = by
    rest = []
    for term in terms:
        body = term.term if isinstance(term, Negative) else term
        if isinstance(body, Number):
            number += int(-body.value if isinstance(term, Negative) else body.value)
        else:
            rest.append(term)
    last = (Number(number),) if number > 0 else (Negative(Number(-number)),) if number else ()
    found = (*rest, *last) or (Number(0),)
    return Sum(found) if len(found) > 1 else found[0]


__all__ = ["FREE", "above", "changed", "exchanged", "letters", "other_layers", "parsed", "shifted", "written"]
