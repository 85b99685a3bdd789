"""How an author writes: trees whose names are resolved, back in the author's letters and indices."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from symconv.checking.spelling import NoEntryError, UnknownNameError, Vocabulary
from symconv.errors import SymconvError
from symconv.notation.latex import LatexPrinter
from symconv.notation.reading import read, split_index
from symconv.notation.text import TextPrinter
from symconv.notation.tree import (
    Applied,
    Differential,
    Index,
    Indexed,
    Letter,
    Named,
    Node,
    Number,
    Operation,
    Partial,
    Place,
    Relation,
    Style,
    Symbol,
    gradient_of,
    rebuilt,
    walk,
)

_ONE_SIGN = re.compile(r"(?:\\[A-Za-z]+|[A-Za-z0-9])'*")
_CHANNELS = re.compile(r"([\(\[]?)([0-9]+(?:,[0-9]+)*)([\)\]]?)")
_PLAIN = Style()


@dataclass(frozen=True)
class Anywhere(Vocabulary):
    """A vocabulary in which an index may lie outside of its array, where every entry is zero."""

    def _is_padding(self, role: str, index: tuple[int | Index, ...]) -> bool:
        return False

    def _fitted(
        self, node: Named | Applied, index: tuple[int | Index, ...], shape: tuple[int, ...]
    ) -> tuple[int | Index, ...]:
        try:
            return super()._fitted(node, index, shape)
        except NoEntryError:
            return (*(0,) * (len(shape) - len(index)), *index)


@dataclass(frozen=True)
class Hand:
    r"""Writes as the author of some formulas does.

    Args:
        vocabulary: what the author's names stand for.
        written: trees of the author's, names not resolved.

    >>> from symconv.checking.context import Context
    >>> vocabulary = Vocabulary(Context(names={"X": ["x"], "G": [r"\delta"]}), {"X": (3, 3), "G": (2, 2)})
    >>> hand = Hand(vocabulary, (read(r"x_{1,2}"),))
    >>> hand.latex(Symbol("X", (2, 0))), hand.latex(Symbol("G", (0, 1)))
    ('x_{3,1}', '\\delta_{1,2}')
    """

    vocabulary: Vocabulary
    written: tuple[Node, ...]

    def latex(self, node: Node) -> str:
        printer = LatexPrinter(_PLAIN)
        letters = rebuilt(self(node), lambda part: Letter(printer(part)) if isinstance(part, Named) else None)
        return printer(_without_brackets(letters, printer))

    def text(self, node: Node) -> str:
        """A formula on one line, for messages."""
        printer = TextPrinter(_PLAIN)
        return printer(_without_brackets(self(node), printer))

    def __call__(self, node: Node) -> Node:
        """The tree with names as the author would write them."""
        return rebuilt(node, self._written)

    def _written(self, part: Node) -> Node | None:
        return self._symbol(part) if isinstance(part, Symbol) else self._own.get(part)

    @cached_property
    def _own(self) -> dict[Node, Node]:
        """What names of the author's own stand for, in the formulas that have them."""
        written = {part for side in self.written for part in walk(side)}
        own = [name for name in self.vocabulary.fresh if name in written]
        return {node: name for name in own if not isinstance(node := self._resolved(name), Symbol | None)}

    def knows(self, role: str) -> bool:
        """Whether the author has a letter for an array, or for that by which the loss is differentiated."""
        names = self.vocabulary.context.names
        return role in names or gradient_of(role) in names

    # What the author wrote

    @cached_property
    def _exact(self) -> dict[Symbol, Node]:
        found: dict[Symbol, Node] = {}
        for raw in self._names():
            symbol = self._resolved(raw)
            if isinstance(symbol, Symbol):
                found.setdefault(symbol, raw)
        return found

    @cached_property
    def _samples(self) -> dict[str, tuple[Symbol, Node]]:
        """An entry of each role that the author wrote out."""
        found: dict[str, tuple[Symbol, Node]] = {}
        for symbol, raw in self._exact.items():
            if symbol.index:
                found.setdefault(symbol.role, (symbol, raw))
        return found

    def _names(self) -> Iterator[Node]:
        kinds = (Named, Applied, Partial, Differential, Indexed)
        yield from (part for side in self.written for part in walk(side) if isinstance(part, kinds))

    def _resolved(self, raw: Node) -> Node | None:
        try:
            return self.vocabulary.resolved(raw)
        except (UnknownNameError, NoEntryError, SymconvError):
            return None

    # Writing

    def _symbol(self, symbol: Symbol) -> Node:
        if symbol in self._exact:
            return self._exact[symbol]
        candidates = list(self._candidates(symbol))
        fitting = (raw for raw in candidates if self._resolved(raw) == symbol)
        return next(fitting, candidates[0] if candidates else Letter(symbol.role))

    def _candidates(self, symbol: Symbol) -> Iterator[Node]:
        sample = self._samples.get(symbol.role, (symbol, None))[1]
        index = self.vocabulary.written(symbol)
        if sample is not None and symbol.index:
            yield from self._indexed(sample, index)
        if isinstance(sample, Partial):
            yield from self._quotients(symbol)
        for spelling in self.vocabulary.context.names.get(symbol.role, ()):
            yield from self._spelled(spelling, index)
        yield from self._quotients(symbol)

    def _quotients(self, symbol: Symbol) -> Iterator[Node]:
        array = gradient_of(symbol.role)
        if array != symbol.role and "L" in self.vocabulary.context.names:
            loss, total = self._loss
            yield Partial(loss, self._symbol(Symbol(array, symbol.index, symbol.slice)), total)

    @cached_property
    def _loss(self) -> tuple[Node, bool]:
        """The loss as the author writes it, and whether derivatives have a d."""
        for raw in self._names():
            if isinstance(raw, Partial) and self._resolved(raw.over) == Symbol("L"):
                return raw.over, raw.total
        return read(self.vocabulary.context.names["L"][0]), False

    def _spelled(self, spelling: str, index: tuple[int | Index, ...]) -> Iterator[Node]:
        name = read(spelling)
        if not index:
            yield name
            return
        if isinstance(name, Named) and name.lower:
            name = replace(name, lower="")
        if self._in_brackets and isinstance(name, Named):
            yield from self._indexed(Applied(name, ()), index)
        yield from self._indexed(name, index)

    @cached_property
    def _in_brackets(self) -> bool:
        return any(isinstance(raw, Applied) for _, raw in self._samples.values())

    def _indexed(self, raw: Node, index: tuple[int | Index, ...]) -> Iterator[Node]:
        """A name with another index, in all ways in which the author may have meant it; the likeliest first."""
        match raw:
            case Partial(_, under):
                yield from (replace(raw, under=inner) for inner in self._indexed(under, index))
            case Differential(_, body, lower) if lower and isinstance(body, Named):
                yield from (replace(raw, lower=text) for text in self._lower(index, lower))
            case Differential(_, body):
                yield from (replace(raw, body=inner) for inner in self._indexed(body, index))
            case Applied(head, _):
                parts = _without_leading(index, len(raw.arguments))
                yield from (Applied(head, tuple(map(self._argument, part))) for part in parts)
            case Named(_, lower, upper):
                yield from self._with_channels(raw, upper, index)
                yield from (replace(raw, lower=text) for text in self._lower(index, lower))
            case Indexed(_, lower):
                yield from (replace(raw, lower=text) for text in self._lower(index, lower))

    def _with_channels(self, raw: Named, upper: str, index: tuple[int | Index, ...]) -> Iterator[Node]:
        """A name with channels above it."""
        above = _CHANNELS.fullmatch(upper)
        if not above:
            return
        count = above[2].count(",") + 1
        below = len(split_index(raw.lower, len(_ONE_SIGN.findall(raw.lower)) or None))
        parts = [*_with_so_many(index, count, below), *_without_leading(index, len(index))]
        for part in sorted(parts, key=lambda part: abs(len(part) - count - below)):
            if len(part) > count:
                channels = ",".join(map(self._place, part[:count]))
                upper = f"{above[1]}{channels}{above[3]}"
                yield from (replace(raw, upper=upper, lower=text) for text in self._lower(part[count:]))

    def _lower(self, index: tuple[int | Index, ...], sample: str = "") -> Iterator[str]:
        """The text of an index, with as many places as a sample has where that is known."""
        count = len(split_index(sample, len(_ONE_SIGN.findall(sample)) or None))
        for part in _without_leading(index, count or len(index)):
            places = [self._place(place) for place in part]
            packed = all(_ONE_SIGN.fullmatch(place) for place in places)
            if packed and not self._with_commas:
                yield "".join(places)
            yield ",".join(places)

    @cached_property
    def _with_commas(self) -> bool:
        """Whether the author puts commas between indices that could do without."""
        lowers = [raw.lower for _, raw in self._samples.values() for raw in walk(raw) if isinstance(raw, Named)]
        return any("," in lower and all(map(_ONE_SIGN.fullmatch, split_index(lower))) for lower in lowers)

    def _place(self, place: int | Index) -> str:
        if isinstance(place, Place):
            return LatexPrinter(_PLAIN)(place.body).replace(" ", "")
        return Style(index_base=self.vocabulary.base).indices(Symbol("", (place,)))

    def _argument(self, place: int | Index) -> Node:
        if isinstance(place, Place):
            return place.body
        text = self._place(place)
        return Number(int(text)) if text.isdigit() else read(text)


def _without_brackets(node: Node, printer: Callable[[Node], str]) -> Node:
    """A * B * C without brackets around its left part, which printers put around every operation in another one."""

    def flat(part: Node) -> Node | None:
        if not (isinstance(part, Operation) and isinstance(part.left, Operation) and part.left.sign == part.sign):
            return None
        left = printer(_without_brackets(part.left, printer))
        return replace(part, left=Letter(left), right=_without_brackets(part.right, printer))

    return rebuilt(node, flat)


def _without_leading(index: tuple[int | Index, ...], count: int) -> list[tuple[int | Index, ...]]:
    """An index, and what is left of it without zeros at its beginning, which authors leave out for axes of length 1.

    First comes what has `count` places.

    >>> _without_leading((0, 0, 1), 2)
    [(0, 1), (0, 0, 1), (1,)]
    """
    found = [index, *(index[at:] for at in range(1, len(index)) if not any(index[:at]))]
    return sorted(found, key=lambda part: len(part) != count)


def _with_so_many(index: tuple[int | Index, ...], count: int, below: int) -> Iterator[tuple[int | Index, ...]]:
    """An index with `count` channels and `below` other places: authors leave out the number of an only channel.

    >>> list(_with_so_many((1, 0, 0, 1), 1, 2))
    [(1, 0, 1)]
    """
    channels, rest = index[: len(index) - below], index[len(index) - below :]
    for kept in itertools.combinations(range(len(channels)), count):
        if not any(place for at, place in enumerate(channels) if at not in kept):
            yield (*(channels[at] for at in kept), *rest)


def line(left: Node, right: Node) -> Relation:
    return Relation((left, right))


def listed(texts: Sequence[str]) -> str:
    """Things in words.

    >>> listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])
    ('a', 'a and b', 'a, b and c')
    """
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"
