"""The letters of a sum and how far each of them goes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from symconv.checking.general.answer import UndecidedError
from symconv.notation.tree import Big, Bounded, Listed, Named, Negative, Node, Number, Product, Relation, Sum


@dataclass(frozen=True)
class Limits:
    """A letter, the least value that it takes and the greatest, where these are written."""

    letter: Named
    low: Node | None = None
    high: Node | None = None


def summed(node: Big | Bounded) -> list[Named]:
    """The letters of a sum."""
    if isinstance(node, Big):
        return [Named(letter.rstrip("'"), primes=letter.count("'")) for letter in node.variables]
    return [letter for item in node.below for letter in _letters(item)]


def _letters(item: Node) -> list[Named]:
    """The letters of one condition below a sum: i in i = 0, in (i, j) = (0, 0) and in 0 ≤ i < n."""
    if isinstance(item, Relation):
        return _letters(item.sides[1] if len(item.sides) > 2 else item.sides[0])
    if isinstance(item, Product | Listed):
        return [letter for part in _parts(item) for letter in _letters(part)]
    return [item] if isinstance(item, Named) else []


def _parts(item: Node) -> tuple[Node, ...]:
    """Things side by side or with commas between them."""
    return item.factors if isinstance(item, Product) else item.items if isinstance(item, Listed) else (item,)


def limits(node: Bounded) -> list[Limits]:
    r"""Every letter of a sum with its limits. Raises `UndecidedError` for conditions of another kind.

    >>> from symconv.notation.reading import read
    >>> [each.letter.letter for each in limits(read(r"\sum_{i,j=(1,1)}^{(2,3)} a"))]
    ['i', 'j']
    """
    letters = summed(node)
    found = [pair for item in node.below for pair in _from_below(item)]
    if not letters or len(found) != len(letters):
        raise UndecidedError("what a sum goes over is not understood")
    lows = _shared([low for low, _ in found])
    highs = _from_above(node, len(letters)) or _shared([high for _, high in found])
    return [Limits(*each) for each in zip(letters, lows, highs, strict=True)]


def _shared(ends: list[Node | None]) -> list[Node | None]:
    """In i, j = 0 both letters begin at 0; in i, j = (0, 1) the second begins at 1."""
    for at in range(len(ends) - 2, -1, -1):
        ends[at] = ends[at + 1] if ends[at] is None else ends[at]
    each = [end.items if isinstance(end, Listed) else (end,) for end in ends]
    return [own[min(at, len(own) - 1)] for at, own in enumerate(each)]


def _from_above(node: Bounded, count: int) -> list[Node | None]:
    """The upper limits above a sum, one for all letters or one each."""
    found: list[Node | None] = [part for item in node.above for part in _listed(item)]
    if found and len(found) not in (1, count):
        raise UndecidedError(f"a sum over {count} letters has {len(found)} upper limits")
    return found * count if len(found) == 1 else found


def _listed(item: Node) -> tuple[Node, ...]:
    return item.items if isinstance(item, Listed) else (item,)


def _from_below(item: Node) -> Iterator[tuple[Node | None, Node | None]]:
    """The limits that one condition below a sum gives to each of its letters."""
    if not isinstance(item, Relation):
        yield from [(None, None)] * len(_parts(item))
    elif len(item.sides) > 2:
        yield _between(item)
    else:
        left, right = item.sides
        count = len(_parts(left))
        if item.sign != "=" or item.signs:
            raise UndecidedError(f"a sum goes over what {item.sign} says")
        values = _listed(right) if count > 1 else (right,)
        yield from ((values[min(at, len(values) - 1)], None) for at in range(count))


def _between(item: Relation) -> tuple[Node, Node]:
    """0 ≤ i < n."""
    first, second = item.sign_before(1), item.sign_before(2)
    if len(item.sides) != 3 or {first, second} - {"<", "≤"}:
        raise UndecidedError("a sum goes over what its conditions say")
    low, _, high = item.sides
    return (
        Sum((low, Number(1))) if first == "<" else low,
        Sum((high, Negative(Number(1)))) if second == "<" else high,
    )
