"""Indices, the limits of sums and conditions as polynomials in letters of indices and sizes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import reduce
from itertools import count, pairwise
from operator import add
from typing import Any

from symconv.checking.general import formula as made
from symconv.checking.general.answer import UndecidedError
from symconv.checking.general.letters import SIZES, Letters, Use, alone
from symconv.checking.general.model import LENGTHS, Model
from symconv.checking.general.names import text_of
from symconv.notation.tree import (
    Applied,
    Ceiling,
    Differential,
    Floor,
    Iverson,
    Named,
    Negative,
    Node,
    Number,
    Operation,
    Product,
    Ratio,
    Relation,
    Sum,
    walk,
)
from symconv.proof.polynomial import Polynomial

TIMES = ("×", "*", "·", "⋅", "⊙", r"\cdot", "∘")
"""Signs of products of numbers."""
ZERO, ONE = Polynomial.number(0), Polynomial.number(1)
MOST_LETTERS = 240
MARKS: Mapping[str, str] = {"h": "h", "H": "h", "w": "w", "W": "w", "1": "1", "2": "2"}
"""Letters of sizes that are one axis's, or what stands below these; wherever one stands, it is that axis's size."""
COMPARED: Mapping[str, Callable[[Polynomial, Polynomial], Polynomial]] = {
    "≤": lambda left, right: right - left,
    "<": lambda left, right: right - left - 1,
    "≥": lambda left, right: left - right,
    ">": lambda left, right: left - right - 1,
}
"""What is not negative where a comparison holds."""
Range = tuple[Polynomial, Polynomial]


@dataclass(frozen=True)
class Scope:
    """What index letters are called here, which of them a sum has limits for, and entries of whole arrays."""

    inner: Mapping[Named, str] = field(default_factory=dict)
    limited: frozenset[str] = frozenset()
    whole: Mapping[str, tuple[Polynomial, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Where:
    """The axis of an array that an expression is about, and whether it is the limit of a sum."""

    axis: str = "0"
    array: str = ""
    limit: bool = False


class Expressions:
    """Makes polynomials of expressions, for one way to understand a formula.

    Args:
        tree: the whole equation.
        bases: the first index of each array, and of other axes than spatial ones; "" for those that are not there.
        sizes: what each letter that is no index is, a key of `SIZES` or "number"; None only to find these letters,
            which are then in `uses`.
        placed: the axis of letters of sizes that belong to one alone.
    """

    def __init__(
        self,
        tree: Node,
        letters: Letters,
        model: Model,
        bases: Mapping[str, int],
        sizes: Mapping[Named, str] | None,
        placed: Mapping[str, str],
    ) -> None:
        self.tree, self.letters, self.model, self.bases, self.sizes = tree, letters, model, bases, sizes
        self.placed = placed
        self.uses: list[Use] = []
        self.free: dict[Named, str] = {}
        self.shown: dict[str, str] = {}
        self.axes_of: dict[tuple[str, str], set[str]] = {}
        """The axes on which a letter stands for a size, by the size's letter and its own."""
        self._marked: dict[str, str] = {}
        self._fresh = count()
        self._quotients: list[made.Divided] = []

    def unknown(self, kind: str) -> str:
        """A new name: "u" for free letters, "v" for those that are summed over, "q" for quotients."""
        number = next(self._fresh)
        if number > MOST_LETTERS:
            raise UndecidedError("it has too many letters")
        return f"{kind}{number}"

    def base(self, array: str, axis: str) -> int:
        return self.bases.get(array if axis.isdigit() else axis, self.bases[""])

    def whole_range(self, array: str, axis: str) -> Range:
        """The first index on an axis and the last."""
        base = self.base(array, axis)
        return Polynomial.number(base), self.model.length(array, axis) + base - 1

    def range_of(self, letter: Named, inner: str, use: tuple[str, str, Node]) -> Range:
        """The values of a letter for which an index that has no other lies in its axis."""
        array, axis, index = use
        before = len(self._quotients)
        place = self.expression(index, Where(axis, array), Scope({letter: inner})) - self.base(array, axis)
        del self._quotients[before:]
        _, sign = alone(index, self.letters.letters) or (letter, 1)
        rest = place - sign * Polynomial.letter(inner)
        last = self.model.length(array, axis) - 1
        return (-rest, last - rest) if sign > 0 else (rest - last, rest)

    def equal_sizes(self) -> Iterator[tuple[str, str]]:
        """The sizes of two axes that one letter stands for."""
        for (size, _), axes in self.axes_of.items():
            first, *others = sorted(self.model.name(size, axis) for axis in axes)
            yield from ((first, other) for other in others)

    def with_quotients(self, make: Callable[[], made.Formula]) -> made.Formula:
        """What is made, where the quotients in its expressions are what they are."""
        before = len(self._quotients)
        body = make()
        quotients, self._quotients = self._quotients[before:], self._quotients[:before]
        for quotient in reversed(quotients):
            body = replace(quotient, body=body)
        return body

    # Expressions

    def expression(self, node: Node, where: Where, scope: Scope) -> Polynomial:
        """Raises `UndecidedError` for what is no expression of whole numbers."""
        rule = EXPRESSIONS.get(type(node))
        found = rule and rule(self, node, where, scope)
        if found is None:
            raise UndecidedError(f"an index or limit holds {type(node).__name__.lower()}")
        return found

    def _number(self, node: Number, where: Where, scope: Scope) -> Polynomial | None:
        value = Fraction(node.value)
        return Polynomial.number(int(value)) if value.denominator == 1 else None

    def _named(self, node: Named, where: Where, scope: Scope) -> Polynomial:
        return self._letter(node, Use(node, "bound" if where.limit else "offset", where.axis, where.array), scope)

    def _negative(self, node: Negative, where: Where, scope: Scope) -> Polynomial:
        return -self.expression(node.term, where, scope)

    def _sum(self, node: Sum, where: Where, scope: Scope) -> Polynomial:
        return reduce(add, (self.expression(term, where, scope) for term in node.terms), ZERO)

    def _product(self, node: Product, where: Where, scope: Scope) -> Polynomial:
        return self._times(node.factors, where, scope)

    def _operation(self, node: Operation, where: Where, scope: Scope) -> Polynomial | None:
        return self._times((node.left, node.right), where, scope) if node.sign in TIMES else None

    def _differential(self, node: Differential, where: Where, scope: Scope) -> Polynomial | None:
        """The letter d before another: a dilation."""
        return self._times((Named("d"), node.body), where, scope) if node.sign == "d" and not node.lower else None

    def _applied(self, node: Applied, where: Where, scope: Scope) -> Polynomial | None:
        return self._times((node.head, *node.arguments), where, scope) if len(node.arguments) == 1 else None

    def _ratio(self, node: Ratio, where: Where, scope: Scope) -> Polynomial:
        return self._quotient(node.over, node.under, where, scope, rounded=where.limit)

    def _floor(self, node: Floor, where: Where, scope: Scope) -> Polynomial:
        if isinstance(node.body, Ratio):
            return self._quotient(node.body.over, node.body.under, where, scope, rounded=True)
        return self.expression(node.body, where, scope)

    def _ceiling(self, node: Ceiling, where: Where, scope: Scope) -> Polynomial:
        if isinstance(node.body, Ratio):
            return -self._quotient(Negative(node.body.over), node.body.under, where, scope, rounded=True)
        return self.expression(node.body, where, scope)

    def _times(self, factors: Sequence[Node], where: Where, scope: Scope) -> Polynomial:
        found = ONE
        indexed = [letter for factor in factors for letter in self.index_letters(factor)]
        array = next((use[0] for letter in indexed for use in self.letters.uses(letter, self.tree)), "")
        for factor in factors:
            if indexed and isinstance(factor, Named) and factor not in self.letters.letters:
                found = found * self._letter(factor, Use(factor, "times", where.axis, array), scope)
            else:
                found = found * self.expression(factor, where, scope)
        return found

    def index_letters(self, node: Node) -> list[Named]:
        return [part for part in walk(node) if isinstance(part, Named) and part in self.letters.letters]

    def _quotient(self, over: Node, under: Node, where: Where, scope: Scope, *, rounded: bool) -> Polynomial:
        above = self.expression(over, where, scope)
        if isinstance(under, Named):
            below = self._letter(under, Use(under, "below", where.axis, where.array), scope)
        else:
            below = self.expression(under, where, scope)
        for known in self._quotients:
            if (known.over, known.by, known.rounded) == (above, below, rounded):
                return Polynomial.letter(known.letter)
        letter = self.unknown("q")
        self._quotients.append(made.Divided(letter, above, below, rounded, made.Conditions()))
        return Polynomial.letter(letter)

    # Letters

    def _letter(self, name: Named, use: Use, scope: Scope) -> Polynomial:
        is_size = use.place == "bound" and self._is_channel(name)
        if name in scope.inner and not is_size:
            return Polynomial.letter(scope.inner[name])
        if name in self.letters.letters and not is_size:
            return Polynomial.letter(self._free(name))
        self.uses.append(use)
        return ONE if self.sizes is None else self._size(name, use.axis or "0")

    def _free(self, name: Named) -> str:
        if name not in self.free:
            self.free[name] = self.unknown("u")
            self.shown[self.free[name]] = text_of(name)
        return self.free[name]

    def _is_channel(self, name: Named) -> bool:
        """Whether a letter in a limit, which is a size there, indexes channels elsewhere."""
        axes = self.letters.axes(name, self.tree) if name in self.letters.letters else []
        return bool(axes) and not axes[0].isdigit()

    def _size(self, name: Named, axis: str) -> Polynomial:
        """The size that a letter stands for on an axis."""
        meaning = (self.sizes or {}).get(name, "number")
        if meaning == "number":
            raise UndecidedError(f"what {text_of(name)} stands for is not known")
        size = SIZES[meaning]
        if size in LENGTHS:
            having = [each for each in (size, "group") if each in self.model.maps]
            return Polynomial.letter(LENGTHS[having[0]]) if having else ONE
        place = self.placed.get(text_of(name), axis if axis.isdigit() else "0")
        mark = MARKS.get(name.lower or name.letter)
        if mark and self.model.rank > 1 and text_of(name) not in self.placed:
            place = self._marked.setdefault(mark, place)
        self.axes_of.setdefault((size, text_of(name)), set()).add(place)
        return self.model.size(size, place)

    # Conditions

    def conditions(self, node: Iverson, scope: Scope) -> made.Formula:
        """1 where all conditions of a bracket hold; its rows are axes where there are several."""
        found = [
            self._condition(condition, str(row) if len(node.rows) > 1 else self._axis_of(condition), scope)
            for row, conditions in enumerate(node.rows)
            for condition in conditions
        ]
        return made.Times(tuple(found))

    def _axis_of(self, condition: Node) -> str:
        return next((axis for letter in self.index_letters(condition)
                     for axis in self.letters.axes(letter, self.tree)), "0")  # fmt: skip

    def _condition(self, node: Node, axis: str, scope: Scope) -> made.Formula:
        if not isinstance(node, Relation):
            raise UndecidedError("a bracket holds no condition")
        if node.sign == "∣" and not node.signs:
            self._quotient(node.sides[1], node.sides[0], Where(axis), scope, rounded=False)
            return made.Conditions()
        values = [self.expression(side, Where(axis), scope) for side in node.sides]
        zero, least = [], []
        for at, (left, right) in enumerate(pairwise(values), start=1):
            sign = node.sign_before(at)
            if sign == "=":
                zero.append(left - right)
            elif sign in COMPARED:
                least.append(COMPARED[sign](left, right))
            else:
                raise UndecidedError(f"a bracket compares with {sign}")
        return made.Conditions(tuple(zero), tuple(least))


EXPRESSIONS: Mapping[type, Callable[[Expressions, Any, Where, Scope], Polynomial | None]] = {
    Number: Expressions._number, Named: Expressions._named, Negative: Expressions._negative, Sum: Expressions._sum,
    Product: Expressions._product, Operation: Expressions._operation, Differential: Expressions._differential,
    Applied: Expressions._applied, Ratio: Expressions._ratio, Floor: Expressions._floor,
    Ceiling: Expressions._ceiling,
}  # fmt: skip
