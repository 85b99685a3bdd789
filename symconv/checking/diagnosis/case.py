"""A refuted equation, the repairs that are tried on it, and whether one makes it right."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property

from symconv.checking.diagnosis.hand import Hand
from symconv.checking.evaluation import Evaluator, UnreadableError
from symconv.checking.judging import compared
from symconv.checking.masks import MASKS
from symconv.checking.spelling import NoEntryError, UnknownNameError
from symconv.checking.values import ShapeError, Value, alike
from symconv.errors import LimitError, NotSupportedError
from symconv.meaning.polynomials import Polynomial
from symconv.notation.tree import (
    GRADIENTS,
    Bracketed,
    Listed,
    Marked,
    Matrix,
    Node,
    Partial,
    Symbol,
    exchanged,
    gradient_of,
    symbols,
    walk,
)

NO_VALUE = (
    UnreadableError, UnknownNameError, NoEntryError, NotSupportedError, LimitError, ShapeError, ZeroDivisionError
)  # fmt: skip
"""What evaluating a repaired formula may raise: then it is no repair."""


ONE_FORMULA, TOO_LARGE = 20, 15_000
"""What it costs to compute a value, beside its terms, and one that is refused for its size."""


@dataclass(frozen=True)
class Repair:
    """An equation that is right, what was wrong with the one that was written, and how many slips that takes.

    Args:
        named: the side that says what is computed; None where it stays as it was.
        worked: the side that computes it; None where it stays.
        cost: how many single slips this explains; the explanation with the fewest is the best one.
        certain: whether the explanation is proved already, whatever becomes of the right line.
    """

    mistake: str
    message: str
    named: Node | None = None
    worked: Node | None = None
    cost: int = 1
    certain: bool = False


@dataclass
class Effort:
    """How much work may still be spent on one equation, in terms of values that were computed."""

    left: int = 40_000

    def spend(self, terms: int) -> None:
        self.left -= terms


@dataclass(frozen=True)
class Case:
    """A refuted equation.

    Args:
        named: the side that says what is computed: an entry, an array, a derivative.
        worked: the side that computes it, in which mistakes are looked for first.
        flipped: whether `named` stands on the right.
        evaluator: gives formulas their values.
        at: positions of free letters at which the sides differ.
        known: what the worked side should be, where that is not the value of `named`.
        effort: how much may still be tried.
    """

    named: Node
    worked: Node
    flipped: bool
    evaluator: Evaluator
    hand: Hand
    at: Mapping[str, int]
    known: Value | None = None
    effort: Effort = field(default_factory=Effort, compare=False)

    @cached_property
    def truth(self) -> Value | None:
        """What the worked side should be, at the positions of the free letters."""
        return self.value(self.named) if self.known is None else self.known

    @cached_property
    def written(self) -> Value | None:
        """What the worked side is."""
        return self.value(self.worked)

    @property
    def right(self) -> Polynomial | None:
        """What the worked side should be where it is a number."""
        return None if self.truth is None or self.truth.entries.ndim else self.truth.scalar

    def value(self, node: Node) -> Value | None:
        return next(iter(self.values(node)), None)

    def values(self, node: Node) -> list[Value]:
        """What a formula may mean, the likeliest first; nothing where it has no value."""
        try:
            found = [reading.value for reading in self.evaluator.bound(self.at)(node)]
        except NO_VALUE as error:
            self.effort.spend(TOO_LARGE if isinstance(error, LimitError) else ONE_FORMULA)
            return []
        entries = (each for value in found for each in value.entries.flat if each is not None)
        self.effort.spend(ONE_FORMULA + sum(len(each.terms) or 1 for each in entries))
        return found

    def scalar(self, node: Node) -> Polynomial | None:
        value = self.value(node)
        if value is None or value.entries.ndim > 1 or value.entries.size != 1:
            return None
        found: Polynomial = value.entries.item()
        return found

    def holds(self, repair: Repair) -> bool:
        """Whether the repaired equation is right, for all positions of its free letters."""
        left, right = self.sides(repair)
        if left == right or not self._may_hold(repair):
            return False
        try:
            return compared(left, right, self.evaluator).verdict == "proved"
        except NO_VALUE:
            return False

    def _may_hold(self, repair: Repair) -> bool:
        """Whether the sides are equal where they were not; quick. Masks may still be chosen so that they are."""
        if repair.named is not None or repair.worked is None or MASKS in self.evaluator.world.shapes:
            return True
        return any(alike(value, truth) for value in self.values(repair.worked) for truth in self._truths)

    @cached_property
    def _truths(self) -> list[Value]:
        return self.values(self.named)

    def gives(self, node: Node | None) -> bool:
        """Whether a formula has the value that the worked side should have, at the positions of the free letters."""
        value = None if node is None else self.value(node)
        return value is not None and self.truth is not None and alike(value, self.truth)

    def sides(self, repair: Repair) -> tuple[Node, Node]:
        """The repaired left and right side."""
        named = self.named if repair.named is None else repair.named
        worked = self.worked if repair.worked is None else repair.worked
        return (worked, named) if self.flipped else (named, worked)

    def text(self, node: Node) -> str:
        return self.hand.text(node)

    @cached_property
    def computed(self) -> str:
        """The array of which a side says what it is."""
        named = self.named
        while isinstance(named, Partial):
            named = bare(named.over)
        return next((symbol.role for symbol in symbols(named)), "")

    @cached_property
    def shapes(self) -> Mapping[str, tuple[int, ...]]:
        """The arrays that an author may have meant: those of the layer, their gradients, and what was written."""
        arrays = getattr(self.evaluator.frame.layer, "arrays", self.evaluator.world.shapes)
        written = {symbol.role for side in (self.named, self.worked) for symbol in symbols(side)}
        shapes = self.evaluator.world.shapes
        return {
            role: shapes[role] for role in shapes if role != "L" and (gradient_of(role) in arrays or role in written)
        }

    @cached_property
    def roles(self) -> tuple[str, ...]:
        """The arrays that stand in the worked side."""
        return tuple(dict.fromkeys(symbol.role for symbol in symbols(self.worked)))


def spots(node: Node, closed: tuple[type[Node], ...] = ()) -> Iterator[tuple[Node, Callable[[Node], Node]]]:
    """Every node of a formula, and the formula with something else in its place; `closed` ones are not entered.

    >>> from symconv.notation.tree import Letter, Negative
    >>> [put(Letter("b")) for _, put in spots(Negative(Letter("a")))]
    [Letter(letter='b'), Negative(term=Letter(letter='b'))]
    """
    yield node, lambda new: new
    if isinstance(node, (Symbol, *closed)):
        return
    for part in fields(node):  # type: ignore[arg-type]
        value = getattr(node, part.name)
        if isinstance(value, Node):
            for inner, put in spots(value, closed):
                yield inner, _inside(node, part.name, put)
        elif isinstance(value, tuple):
            for at, each in enumerate(value):
                for inner, put in spots(each, closed) if isinstance(each, Node) else ():
                    yield inner, _inside(node, part.name, put, value, at)


def _inside(
    node: Node, name: str, put: Callable[[Node], Node], value: tuple[object, ...] = (), at: int = 0
) -> Callable[[Node], Node]:
    def whole(new: Node) -> Node:
        changed = (*value[:at], put(new), *value[at + 1 :]) if value else put(new)
        return replace(node, **{name: changed})  # type: ignore[type-var]

    return whole


def instead(node: Node, old: Symbol, new: Symbol) -> Iterator[Node]:
    """The formula with one name exchanged for another one: wherever it stands, then in one place alone."""
    yield exchanged(node, lambda each: new if each == old else each)
    single = [put(new) for each, put in spots(node) if each == old]
    yield from single if len(single) > 1 else ()


def bare(node: Node) -> Node:
    """What a bracket or a mark encloses."""
    while True:
        if isinstance(node, Bracketed | Marked):
            node = node.body
        elif isinstance(node, Listed) and len(node.items) == 1:
            node = node.items[0]
        else:
            return node


def names_something(node: Node) -> bool:
    """Whether a side says what is computed: an array, an entry, a derivative, or a matrix of these."""
    node = bare(node)
    if isinstance(node, Matrix):
        return all(names_something(cell) for row in node.rows for cell in row)
    return isinstance(node, Symbol | Partial)


def is_entry(node: Node) -> bool:
    """Whether a node is one entry with its position given by numbers."""
    return isinstance(node, Symbol) and not node.slice and all(isinstance(place, int) for place in node.index)


def _differentiates_gradients(node: Node | None) -> bool:
    """Whether a formula has the derivative of a gradient, which nobody means."""
    partials = (each for each in (walk(node) if node is not None else ()) if isinstance(each, Partial))
    return any(isinstance(each.over, Symbol) and each.over.role in GRADIENTS.values() for each in partials)


def chosen(case: Case, repairs: Iterable[Repair], worst: int) -> Repair | None:
    """The first of the cheapest repairs that are right and cost less than `worst`."""
    best: Repair | None = None
    for repair in repairs:
        limit = worst if best is None else best.cost
        if _differentiates_gradients(repair.worked):
            continue
        if repair.cost < limit and (repair.certain or case.holds(repair)):
            best = repair
        if (best is not None and best.cost <= 1) or case.effort.left < 0:
            break
    return best


__all__ = ["NO_VALUE", "Case", "Repair", "bare", "chosen", "is_entry", "names_something", "spots"]
