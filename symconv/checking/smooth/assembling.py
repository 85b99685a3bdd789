"""Definitions and a formula put together: which axes the letters run over, and in which order things are defined."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from symconv.checking.smooth.meaning import FUNCTIONS
from symconv.checking.smooth.resolving import Range, UnclearError
from symconv.meaning.definitions import Definition, System
from symconv.meaning.evaluate import Defined, free_letters
from symconv.notation.build import entry, plus, summed, times
from symconv.notation.tree import (
    Big,
    Call,
    Delta,
    Index,
    Inner,
    Node,
    Partial,
    Product,
    Symbol,
    Transpose,
    exchanged,
    letter_index,
    rebuilt,
    symbols,
    walk,
)

SPREAD = tuple(f"ι{number}" for number in range(1, 7))
"""The letters of the entry that a formula of whole arrays is read at."""
UPSTREAM = "∂L/∂"
"""What the role of the gradient of an unknown loss by an array begins with."""


@dataclass(frozen=True)
class Parts:
    """What a world is made of.

    Args:
        sides: the sides of the formula.
        definitions: in any order.
        ranges: what sums say of axes, with the role whose definition they stand in, or nothing for the formula.
        functions: functions of one number that are not known by name.
        loss: the key of the loss; where nothing defines it, it is any function of what is computed last.
        values: numbers for letters.
        targets: what a cross-entropy compares with, and `true` letters for the class that is the true one.
        outputs: what an unknown loss is a function of; otherwise what nothing else is computed from.
        sizes: lengths of the axes of arrays, where they are known.
    """

    sides: tuple[Node, ...]
    definitions: tuple[Definition, ...]
    ranges: tuple[tuple[str, Range], ...] = ()
    functions: Mapping[str, Defined] = field(default_factory=dict)
    loss: str = ""
    values: Mapping[str, Fraction] = field(default_factory=dict)
    targets: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    true: tuple[str, ...] = ()
    sizes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class World:
    """A formula with everything that it speaks of.

    Args:
        counts: the letter of the length of an axis.
        sizes: lengths that are known, by axis.
        entrywise: whether whole arrays were read as the entry at letters of their own.
    """

    sides: tuple[Node, ...]
    system: System
    counts: Mapping[str, str]
    sizes: Mapping[str, int]
    values: Mapping[str, Fraction]
    targets: tuple[str, ...]
    true: tuple[str, ...]
    loss: str
    entrywise: bool = True


def assembled(parts: Parts) -> World:
    """The world of a formula. Raises `UnclearError` where its indices do not fit together."""
    trees = (*parts.sides, *(each.body for each in parts.definitions))
    ranks = _ranks(trees, parts)
    parts = _one_rank_each(parts, ranks)
    matrices = any(isinstance(part, Transpose | Call) for side in parts.sides for part in walk(side))
    definitions = tuple(_spread_definition(each, ranks) for each in parts.definitions)
    if not matrices:
        _check_whole(parts.sides, definitions, ranks)
    sides = tuple((_sliced if matrices else _spread)(side, ranks) for side in parts.sides)
    definitions = with_names(definitions)
    definitions = (*definitions, *_unknown_loss(sides, definitions, parts, ranks))
    _check(definitions, sides, ranks)
    definitions = ordered(definitions)
    axes, counts, sizes = _Axes(sides, definitions, ranks, [each.body for each in parts.functions.values()]).found(
        parts
    )
    system = System(axes, {}, definitions, {**FUNCTIONS, **parts.functions})
    defined = {each.role for each in definitions}
    values = {role: value for role, value in parts.values.items() if role in axes and role not in defined}
    targets = tuple(role for role in parts.targets if role in axes)
    return World(sides, system, counts, sizes, values, targets, parts.true, parts.loss, not matrices)


# Ranks


def _ranks(trees: Iterable[Node], parts: Parts) -> dict[str, int]:
    """How many indices each array has."""
    found: dict[str, set[int]] = {each.role: {len(each.letters)} for each in parts.definitions}
    for tree in trees:
        for symbol in symbols(tree):
            found.setdefault(symbol.role, set()).add(len(symbol.index))
    for each in parts.functions.values():
        for symbol in symbols(each.body):
            found.setdefault(symbol.role, set()).add(0)
    ranks = {role: max(counts) for role, counts in found.items()}
    _pass_on(ranks, parts)
    return ranks


def _pass_on(ranks: dict[str, int], parts: Parts) -> None:
    """Whole arrays on both sides of a function of one number have as many axes."""
    for _ in parts.definitions:
        for each in parts.definitions:
            inside = list(symbols(each.body))
            if not each.letters and len(inside) == 1 and not inside[0].index:
                both = max(ranks[each.role], ranks[inside[0].role])
                ranks[each.role] = ranks[inside[0].role] = both


def _one_rank_each(parts: Parts, ranks: Mapping[str, int]) -> Parts:
    """Indices of different lengths, as people mix them in formulas entry by entry, as one index each."""
    trees = (*parts.sides, *(each.body for each in parts.definitions))
    if any(isinstance(part, Big | Transpose | Inner | Call) for tree in trees for part in walk(tree)):
        return parts
    mixed = {
        symbol.role
        for side in parts.sides
        for symbol in symbols(side)
        if symbol.index and len(symbol.index) != ranks[symbol.role]
    }
    if not mixed:
        return parts

    def joined(symbol: Symbol) -> Node:
        if not symbol.index:
            return symbol
        text = "".join(str(part) if isinstance(part, int) else part.parts[0][0] for part in symbol.index)
        return Symbol(symbol.role, (letter_index(f"«{text}»"),))

    for role in ranks:
        ranks[role] = min(ranks[role], 1)  # type: ignore[index]
    definitions = tuple(replace(each, letters=(), body=_bare(each.body)) for each in parts.definitions)
    return replace(parts, sides=tuple(exchanged(side, joined) for side in parts.sides), definitions=definitions)


def _bare(node: Node) -> Node:
    return exchanged(node, lambda symbol: Symbol(symbol.role))


# Whole arrays


def _spread(node: Node, ranks: Mapping[str, int]) -> Node:
    """Whole arrays as the entry at letters of their own; an inner product as a sum."""

    def change(symbol: Symbol) -> Node:
        missing = SPREAD[len(symbol.index) : ranks.get(symbol.role, 0)]
        return replace(symbol, index=(*symbol.index, *map(letter_index, missing)), slice=False)

    return exchanged(_summed_inner(node, ranks), change)


def _sliced(node: Node, ranks: Mapping[str, int]) -> Node:
    """Arrays with fewer indices than axes as the slices that they are."""
    return exchanged(node, lambda symbol: replace(symbol, slice=0 < len(symbol.index) < ranks.get(symbol.role, 0)))


def _summed_inner(node: Node, ranks: Mapping[str, int]) -> Node:

    def change(part: Node) -> Node | None:
        if not isinstance(part, Inner):
            return None
        rank = max((ranks.get(symbol.role, 0) - len(symbol.index) for symbol in symbols(part)), default=0)
        letters = tuple(f"λ{number}" for number in range(rank))
        indexed = exchanged(part, lambda symbol: _ending(symbol, letters, ranks))
        assert isinstance(indexed, Inner)
        return summed(letters, times(indexed.left, indexed.right))

    return rebuilt(node, change)


def _ending(symbol: Symbol, letters: Sequence[str], ranks: Mapping[str, int]) -> Symbol:
    """An array, or a slice of one, at the last of these letters."""
    missing = ranks.get(symbol.role, 0) - len(symbol.index)
    ending = tuple(map(letter_index, letters[-missing:])) if missing > 0 else ()
    return replace(symbol, index=(*symbol.index, *ending), slice=False)


def _spread_definition(each: Definition, ranks: Mapping[str, int]) -> Definition:
    rank = ranks[each.role]
    if each.letters or not rank:
        return replace(each, body=_summed_inner(each.body, ranks))
    return Definition(each.role, SPREAD[:rank], _spread(each.body, ranks))


def _check_whole(sides: Sequence[Node], definitions: Sequence[Definition], ranks: Mapping[str, int]) -> None:
    """Raise for the derivative of a whole array by one that all of its entries depend on, and for matrix products."""
    bodies = {each.role: each.body for each in definitions}
    for side in sides:
        for part in walk(side):
            if isinstance(part, Partial) and isinstance(part.over, Symbol) and isinstance(part.under, Symbol):
                over, under = part.over, part.under
                whole = ranks.get(over.role) and ranks.get(under.role) and not over.index and not under.index
                if whole and any(isinstance(each, Big) for each in _reached(over.role, bodies)):
                    raise UnclearError(
                        f"the derivative of all of {over.role} by all of {under.role}: write it for entries"
                    )


def _check(definitions: Sequence[Definition], sides: Sequence[Node], ranks: Mapping[str, int]) -> None:
    """Raise for entries with too few indices, letters that nothing binds, and products of matrices."""
    for each in definitions:
        if len(each.letters) != ranks.get(each.role, 0):
            raise UnclearError(f"{each.role} with different numbers of indices")
        if set(free_letters(each.body)) - set(each.letters):
            raise UnclearError(f"{each.role} for letters that it does not name")
        for symbol in symbols(each.body):
            if len(symbol.index) != ranks.get(symbol.role, len(symbol.index)):
                raise UnclearError(f"{symbol.role} with different numbers of indices")
    for tree in (*sides, *(each.body for each in definitions)):
        for part in walk(tree):
            _check_part(part, ranks)


def _check_part(part: Node, ranks: Mapping[str, int]) -> None:
    if isinstance(part, Product) and _of_matrices(part, ranks):
        raise UnclearError("a product of matrices")
    if isinstance(part, Transpose) and all(not ranks.get(symbol.role) for symbol in symbols(part)):
        raise UnclearError("a transpose of something that has no entries here")
    if isinstance(part, Symbol) and not part.slice and 0 < len(part.index) < ranks.get(part.role, 0):
        raise UnclearError(f"{part.role} with different numbers of indices")


def _of_matrices(product: Product, ranks: Mapping[str, int]) -> bool:
    """Whether whole arrays without entries, one of them with a large letter, stand side by side."""
    bare = [
        part
        for part in product.factors
        if isinstance(part, Symbol) and not (part.index or ranks.get(part.role) or part.role.startswith(UPSTREAM))
    ]
    return len(bare) > 1 and any(part.role[0].isupper() for part in bare)


def _reached(role: str, bodies: Mapping[str, Node]) -> Iterator[Node]:
    waiting, seen = [role], {role}
    while waiting:
        body = bodies.get(waiting.pop())
        if body is None:
            continue
        yield from walk(body)
        new = {symbol.role for symbol in symbols(body)} - seen
        seen |= new
        waiting += new


# Definitions


def with_names(definitions: Sequence[Definition]) -> tuple[Definition, ...]:
    """Formulas with names put in for what has one: f = (x + y) z with q = x + y is f = q z."""
    named = {
        each.body: Symbol(each.role) for each in definitions if not each.letters and not isinstance(each.body, Symbol)
    }

    def renamed(each: Definition) -> Definition:
        def change(part: Node) -> Node | None:
            found = named.get(part)
            return found if found is not None and found.role != each.role and part is not each.body else None

        return replace(each, body=rebuilt(each.body, change))

    return tuple(renamed(each) for each in definitions)


def _unknown_loss(
    sides: Sequence[Node], definitions: Sequence[Definition], parts: Parts, ranks: Mapping[str, int]
) -> Iterator[Definition]:
    """A loss that nothing defines: to first order any function of what is computed last is Σ ∂L/∂O · O."""
    loss = parts.loss
    used = any(symbol.role == loss for side in sides for symbol in symbols(side))
    if not loss or not used or loss in {each.role for each in definitions}:
        return
    read = {symbol.role for each in definitions for symbol in symbols(each.body)}
    last = parts.outputs or tuple(each.role for each in definitions if each.role not in read)
    if not last:
        raise UnclearError(f"how {loss} depends on anything is not known")
    terms = []
    for role in last:
        letters = tuple(f"o{number}" for number in range(ranks.get(role, 0)))
        terms.append(summed(letters, times(entry(f"{UPSTREAM}{role}", *letters), entry(role, *letters))))
    yield Definition(loss, (), plus(*terms))


def ordered(definitions: Iterable[Definition]) -> tuple[Definition, ...]:
    """The definitions, each behind those that it speaks of. Raises `UnclearError` for a circle."""
    waiting = list(definitions)
    roles = {each.role for each in waiting}
    found: list[Definition] = []
    while waiting:
        done = {each.role for each in found}
        ready = [each for each in waiting if {s.role for s in symbols(each.body)} & roles <= done]
        if not ready:
            raise UnclearError(f"{waiting[0].role} is defined by itself")
        found += ready
        waiting = [each for each in waiting if each not in ready]
    return tuple(found)


# Axes


class _Axes:
    """Axes of arrays joined where one letter indexes both."""

    def __init__(
        self, sides: Sequence[Node], definitions: Sequence[Definition], ranks: Mapping[str, int],
        functions: Sequence[Node],
    ) -> None:  # fmt: skip
        self._parent: dict[object, object] = {}
        trees = (*sides, *(each.body for each in definitions), *functions)
        roles = {symbol.role for tree in trees for symbol in symbols(tree)}
        self._ranks = {role: ranks.get(role, 0) for role in (*roles, *(each.role for each in definitions))}
        for role in [role for role in roles if role.startswith(UPSTREAM)]:
            self._ranks[role] = ranks.get(role.removeprefix(UPSTREAM), 0)
        for each in definitions:
            self._read(each.left, each.role)
            self._read(each.body, each.role)
        for side in sides:
            self._read(side, "")
        self._whole(sides)

    def _read(self, tree: Node, equation: str) -> None:
        for symbol in symbols(tree):
            for axis, place in enumerate(symbol.index):
                for letter in _letters(place):
                    self._join((symbol.role, axis), (equation, letter))
        for part in walk(tree):
            if isinstance(part, Delta):
                pair = [letter for side in (part.left, part.right) for letter in _letters(side)]
                for letter in pair[1:]:
                    self._join((equation, pair[0]), (equation, letter))

    def _whole(self, sides: Sequence[Node]) -> None:
        """Whole arrays in one formula have their axes together."""
        bare = [s for side in sides for s in symbols(side) if not s.index and self._ranks.get(s.role, 0)]
        for one in bare[1:]:
            for axis in range(min(self._ranks[one.role], self._ranks[bare[0].role])):
                self._join((one.role, axis), (bare[0].role, axis))

    def _root(self, item: object) -> object:
        self._parent.setdefault(item, item)
        while self._parent[item] != item:
            item = self._parent[item]
        return item

    def _join(self, one: object, other: object) -> None:
        self._parent[self._root(one)] = self._root(other)

    def found(self, parts: Parts) -> tuple[dict[str, tuple[str, ...]], dict[str, str], dict[str, int]]:
        """The axes of every role, the letters of their lengths by axis, and known lengths."""
        numbers: dict[object, str] = {}
        for role, rank in self._ranks.items():
            for axis in range(rank):
                numbers.setdefault(self._root((role, axis)), f"axis{len(numbers)}")
        axes = {
            role: tuple(numbers[self._root((role, axis))] for axis in range(rank)) for role, rank in self._ranks.items()
        }
        counts: dict[str, str] = {}
        sizes: dict[str, int] = {}
        for equation, range_ in parts.ranges:
            name = numbers.get(self._root((equation, range_.letter)))
            if name is None:
                continue
            said: dict[str, Any] = sizes if isinstance(range_.count, int) else counts
            if said.setdefault(name, range_.count) != range_.count:
                raise UnclearError(f"a sum to {range_.count} over an axis of length {said[name]}")
            if isinstance(range_.count, str):
                axes.setdefault(range_.count, ())
        for role, lengths in parts.sizes.items():
            for name, length in zip(axes.get(role, ()), lengths, strict=False):
                if sizes.setdefault(name, length) != length:
                    raise UnclearError(f"a sum to {sizes[name]} over an axis of length {length}")
        return axes, {axis: letter for axis, letter in counts.items() if not axes[letter]}, sizes


def _letters(part: int | Index) -> tuple[str, ...]:
    return () if isinstance(part, int) else tuple(letter for letter, _ in part.parts)
