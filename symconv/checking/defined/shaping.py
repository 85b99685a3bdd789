"""How many rows and columns the arrays of a text have: what is written of them, read as products of matrices.

Lengths are classes that are joined where formulas ask for it; vectors are columns unless they stand before a matrix.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from symconv.checking.defined.free import free_letters
from symconv.checking.defined.pages import (
    COUNTS,
    FACTORS,
    FLATTENED,
    LOSSES,
    Definition,
    Page,
    UnclearError,
    counts,
    exponent,
    index_of,
    is_capital,
    letters_of,
    weights_behind,
)
from symconv.checking.layered.letters import plain, word
from symconv.checking.usual import LOGARITHMS
from symconv.notation.tree import (
    Applied,
    Big,
    Bounded,
    Decimal,
    Function,
    Indexed,
    Named,
    Negative,
    Node,
    Number,
    Ones,
    Operation,
    Power,
    Product,
    Ratio,
    Sum,
    Transpose,
    walk,
)

ALONE = 0
"""The length 1."""
Sides = tuple[int, int]


@dataclass(frozen=True)
class Reading:
    """What a text leaves open: whether letters are numbers, and whether arrays with large letters hold one example."""

    numbers: bool = False
    single: bool = False


@dataclass
class Shapes:
    """The lengths of arrays by key, as classes; `inner` are pairs of vectors whose product is a number.

    Args:
        fixed: the lengths that are known, by class.
    """

    page: Page
    reading: Reading
    sides: dict[str, Sides] = field(default_factory=dict)
    vectors: set[str] = field(default_factory=set)
    inner: set[tuple[str, str]] = field(default_factory=set)
    rows: bool = False
    examples: list[int] = field(default_factory=list)
    opaque: set[str] = field(default_factory=set)
    fixed: dict[int, int] = field(default_factory=dict)
    _parent: dict[int, int] = field(default_factory=lambda: {ALONE: ALONE})

    # Classes of lengths

    def fresh(self, length: int | None = None) -> int:
        new = len(self._parent)
        self._parent[new] = new
        if length is not None:
            self.fixed[new] = length
        return new

    def root(self, side: int) -> int:
        while self._parent[side] != side:
            side = self._parent[side]
        return side

    def join(self, one: int, other: int) -> None:
        """Raises `UnclearError` where one is known to be longer than the other."""
        one, other = sorted((self.root(one), self.root(other)))
        lengths = {length for length in map(self.length, (one, other)) if length is not None}
        if len(lengths) > 1:
            raise UnclearError("a definition whose sides have different sizes")
        self._parent[other] = one
        if lengths and one != ALONE:
            (self.fixed[one],) = lengths

    def length(self, side: int) -> int | None:
        """How long a class is known to be."""
        return 1 if self.root(side) == ALONE and self.fixed else self.fixed.get(self.root(side))

    def of(self, key: str) -> Sides:
        rows, columns = self.sides[key]
        return self.root(rows), self.root(columns)

    def same(self, one: Sides, other: Sides) -> Sides:
        self.join(one[0], other[0])
        self.join(one[1], other[1])
        return self.rooted(one)

    def rooted(self, sides: Sides) -> Sides:
        return self.root(sides[0]), self.root(sides[1])

    def is_number(self, sides: Sides) -> bool:
        return self.rooted(sides) == (ALONE, ALONE)

    # Names

    def name(self, key: str) -> Sides:
        if key not in self.sides:
            self.sides[key] = self._new(key)
        return self.of(key)

    def _new(self, key: str) -> Sides:
        if key in self.page.sizes:
            rows, columns = self.page.sizes[key]
            return self.fresh(rows), ALONE if columns == 1 else self.fresh(columns)
        letter = key.split("_")[0].split("^")[0]
        rank = self.page.rank(key)
        if rank is not None and (rank > 1 or self.reading.numbers):
            return self.fresh(), self.fresh() if rank > 1 else ALONE
        if self.reading.numbers or letter in self.page.losses or letter in FACTORS:
            return ALONE, ALONE
        large = (len(letter) == 1 and letter.isupper()) or letter.startswith((r"\Theta", r"\hat{Y"))
        if not large or (rank == 1 and self._is_one_example):
            self.vectors.add(key)
        return self.fresh(), self.fresh()

    @property
    def _is_one_example(self) -> bool:
        """Whether nothing speaks of several examples: then what has one index is a vector, whatever its letter."""
        return not (self.page.says_batch or self.page.naming.rows or self.page.counts)

    # Definitions

    def take(self, definition: Definition) -> None:
        """Joins what a definition says is equally long. Raises `UnclearError`."""
        letters: dict[str, int] = {}
        if not {*free_letters(definition.body, self.page)} <= {*definition.letters, *self.page.marks}:
            raise UnclearError(f"{definition.key} for an index that it does not name")
        found = Formula(self, letters)(definition.body)
        own = self.name(definition.key)
        if definition.letters:
            self._entries(definition, own, letters)
        elif definition.key in self.vectors and self.root(own[1]) != ALONE:
            self.same(own, found)
        else:
            self.same(own, found)

    def _entries(self, definition: Definition, own: Sides, letters: dict[str, int]) -> None:
        for letter, side in zip(definition.letters, own, strict=False):
            self.join(letters.setdefault(letter, self.fresh()), side)
            if self.fixed and self.length(side) is None:
                self.fixed[self.root(side)] = self._count(definition.body, letter)

    def _count(self, body: Node, letter: str) -> int:
        """How many numbers a letter may be while all entries that are named with it are there."""
        found = [
            (length - 1 - index.shift) // index.parts[0][1] + 1
            for name in map(self.page.naming, (part for part in walk(body) if isinstance(part, Named)))
            for at, text in enumerate(name.index)
            if (index := index_of(text, self.page.sliding.base)) is not None and index.parts[0][0] == letter
            and len(index.parts) == 1 and (length := self.length(self.of(name.key)[at])) is not None
        ]  # fmt: skip
        if not found:
            raise UnclearError(f"what {letter} runs over")
        return min(found)

    def settle(self) -> None:
        """Vectors of which nothing else is said are columns."""
        for key in self.vectors:
            rows, columns = self.of(key)
            if ALONE not in (rows, columns) and columns not in {*map(self.root, self.examples), *self.fixed}:
                self.join(columns, ALONE)

    def lengths(self, least: int) -> dict[int, int]:
        """A length for each class, all different."""
        roots = sorted({self.root(side) for sides in self.sides.values() for side in sides} - {ALONE})
        found = {root: least + number for number, root in enumerate(roots)}
        return {ALONE: 1, **found, **{root: self.fixed[root] for root in roots if root in self.fixed}}


@dataclass(frozen=True)
class Formula:
    """Joins the lengths that one formula speaks of; `letters` are its index letters."""

    shapes: Shapes
    letters: dict[str, int]

    def __call__(self, node: Node) -> Sides:
        rule = _RULES.get(type(node))
        if rule is None:
            raise UnclearError(f"{type(node).__name__.lower()} in a definition")
        return rule(self, node)

    def number(self, node: Node) -> Sides:
        return ALONE, ALONE

    def named(self, node: Named) -> Sides:
        if node.letter == "e" and node.upper:
            return self(exponent(node))
        name = self.shapes.page.naming(node)
        if name.key not in self.shapes.page.keys:
            raise UnclearError(f"what {node.letter} stands for is not known") if node.letter not in COUNTS else _Count
        sides = self.shapes.name(name.key)
        if name.index:
            self._indexed(name.index, sides)
            is_row = len(name.index) == 1 and name.key in self.shapes.page.naming.rows.values()
            return ALONE, sides[1] if is_row else ALONE
        return sides[::-1] if name.transposed else sides

    def _indexed(self, index: Sequence[str], sides: Sides) -> None:
        own = [side for side in sides if side != ALONE] if len(index) == 1 else list(sides)
        if len(index) == 1 and len(own) > 1:
            own = own[:1]
        for letter, side in zip(index, own, strict=False):
            if letters_of(letter) == (letter,):
                self.shapes.join(self.letters.setdefault(letter, self.shapes.fresh()), side)

    def negative(self, node: Negative) -> Sides:
        return self(node.term)

    def sum(self, node: Sum) -> Sides:
        """A vector that is added to a product of matrices goes with every example."""
        terms = [_without_ones(term.term if isinstance(term, Negative) else term) for term in node.terms]
        plain_ = [term for term in terms if not is_constant(term)]
        if not plain_:
            return ALONE, ALONE
        found = self(plain_[0])
        for term in plain_[1:]:
            if self._is_vector(term) and isinstance(plain_[0], Product):
                self._bias(term, found, plain_[0])
            else:
                found = self.shapes.same(found, self(term))
        return found

    def _is_vector(self, node: Node) -> bool:
        body = node.body if isinstance(node, Transpose) else node
        if not isinstance(body, Named) or self.shapes.reading.numbers:
            return False
        name = self.shapes.page.naming(body)
        self.shapes.name(name.key)
        return name.key in self.shapes.vectors and not name.index

    def _bias(self, term: Node, found: Sides, product: Product) -> None:
        along = ALONE, found[1]
        sides = along if self._has_rows(product, found) else (found[0], ALONE)
        own = self(term)
        turned = ALONE in own and own[0] != own[1] and self.shapes.root(own[sides.index(ALONE)]) != ALONE
        self.shapes.same(own[::-1] if turned else own, sides)

    def _has_rows(self, product: Product, found: Sides) -> bool:
        """Whether examples are rows: the weights stand behind."""
        first, last = product.factors[0], product.factors[-1]
        if ALONE in self.shapes.rooted(found):
            return self.shapes.root(found[1]) != ALONE
        behind = weights_behind(first, last)
        if behind and not self.shapes.is_number(found):
            self.shapes.rows = True
        return behind

    def product(self, node: Product) -> Sides:
        if any(isinstance(factor, Ones) for factor in node.factors):
            raise UnclearError("a product with ones")
        found: Sides | None = None
        for at, factor in enumerate(node.factors):
            own = self(factor)
            found = own if found is None else self._times(found, own, node.factors[at - 1], factor)
        assert found is not None
        return found

    def _times(self, left: Sides, right: Sides, first: Node, last: Node) -> Sides:
        shapes = self.shapes
        if shapes.is_number(left) or shapes.is_number(right):
            return right if shapes.is_number(left) else left
        one, other = self._vector(first), self._vector(last)
        if one and other:
            shapes.inner.add((one, other))
            for key in (one, other):
                shapes.join(shapes.sides[key][1], ALONE)
            shapes.join(shapes.sides[one][0], shapes.sides[other][0])
            return ALONE, ALONE
        if all(_is_column(each, self.shapes.page.losses) for each in (first, last)) or (
            _is_logarithm(last) and not isinstance(first, Transpose)
        ):
            return shapes.same(left, right)
        shapes.join(left[1], right[0])
        if other:
            shapes.join(right[1], ALONE)
        elif one:
            shapes.join(left[0], ALONE)
        elif not shapes.is_number((left[0], right[1])):
            self._examples(left, right, first, last)
        return shapes.root(left[0]), shapes.root(right[1])

    def _vector(self, node: Node) -> str:
        """The key of a vector that stands by itself."""
        if not isinstance(node, Named):
            return ""
        name = self.shapes.page.naming(node)
        return name.key if name.key in self.shapes.vectors and not name.index and not name.transposed else ""

    def _examples(self, left: Sides, right: Sides, first: Node, last: Node) -> None:
        """Which axis of a product of matrices holds the examples."""
        rows = weights_behind(first, last)
        side = left[0] if rows else right[1]
        self.shapes.examples.append(side)
        self.shapes.rows = self.shapes.rows or rows
        if self.shapes.reading.single:
            self.shapes.join(side, ALONE)

    def operation(self, node: Operation) -> Sides:
        left, right = self(node.left), self(node.right)
        if node.sign in "⊙∘":
            return self.shapes.same(left, right)
        if self.shapes.is_number(left) or self.shapes.is_number(right):
            return right if self.shapes.is_number(left) else left
        if node.sign in "·•":
            return self._times(left, right, node.left, node.right)
        raise UnclearError(f"the sign {node.sign} in a definition")

    def ratio(self, node: Ratio) -> Sides:
        if is_constant(node.under) or counts(node.under):
            return self(node.over) if not is_constant(node.over) else (ALONE, ALONE)
        over, under = self(node.over), self(node.under)
        if self.shapes.is_number(under) or is_constant(node.over):
            return under if is_constant(node.over) else over
        return self.shapes.same(over, under)

    def power(self, node: Power) -> Sides:
        return self(node.base)

    def transpose(self, node: Transpose) -> Sides:
        """A vector that is transposed is a column."""
        if self._vector(node.body):
            rows, columns = self(node.body)
            if ALONE not in (rows, columns):
                self.shapes.join(columns, ALONE)
        rows, columns = self(node.body)
        return columns, rows

    def big(self, node: Big | Bounded) -> Sides:
        found = self(node.body)
        if not self.shapes.is_number(found) and isinstance(node, Big):
            raise UnclearError("a sum over the index of whole arrays")
        return ALONE, ALONE

    def applied(self, node: Applied) -> Sides:
        page = self.shapes.page
        if not page.naming.is_function(node.head):
            if len(node.arguments) != 1 or isinstance(node.arguments[0], Named):
                raise UnclearError(f"whether {node.head.letter} is a function or an array")
            return self.product(Product((node.head, node.arguments[0])))
        arguments = [each for each in node.arguments if each != Number(0)]
        if len(arguments) != 1:
            raise UnclearError(f"{node.head.letter} of several things")
        found = self(arguments[0])
        if word(node.head.letter) in FLATTENED:
            return self._flattened(found)
        return (ALONE, ALONE) if word(node.head.letter) in ("norm", "sum") else found

    def _flattened(self, sides: Sides) -> Sides:
        lengths = [self.shapes.length(side) for side in sides]
        if None in lengths:
            raise UnclearError("how long a flattened array is")
        return self.shapes.fresh(math.prod(filter(None, lengths))), ALONE

    def function(self, node: Function) -> Sides:
        return self(node.arguments[0])

    def indexed(self, node: Indexed) -> Sides:
        return self(node.body)


_Count = UnclearError("a number of something")
_RULES: Mapping[type[Node], Callable[[Formula, Any], Sides]] = {
    Number: Formula.number, Decimal: Formula.number, Ones: Formula.number, Named: Formula.named,
    Negative: Formula.negative, Sum: Formula.sum, Product: Formula.product, Operation: Formula.operation,
    Ratio: Formula.ratio, Power: Formula.power, Transpose: Formula.transpose, Big: Formula.big, Bounded: Formula.big,
    Applied: Formula.applied, Indexed: Formula.indexed, Function: Formula.function,
}  # fmt: skip


def _without_ones(node: Node) -> Node:
    """A vector alone where it is multiplied by ones, once for each example."""
    factors = node.factors if isinstance(node, Product) else ()
    if len(factors) == 2 and factors[1] == Transpose(Ones()):
        return factors[0]
    if len(factors) == 2 and factors[0] == Ones():
        return factors[1]
    return node


def is_constant(node: Node) -> bool:
    """Whether a formula is made of numbers alone."""
    return not any(isinstance(part, Named) for part in walk(node))


def _is_logarithm(node: Node) -> bool:
    return isinstance(node, Applied) and plain(node.head.letter) in LOGARITHMS


def _is_column(node: Node, losses: Collection[str]) -> bool:
    """Whether neither a matrix nor anything transposed stands in a formula."""
    names = (part for part in walk(node) if isinstance(part, Transpose | Named))
    return not any(isinstance(part, Transpose) or is_capital(part, losses) for part in names)


def shaped(page: Page, reading: Reading) -> Shapes:
    """The shapes of all arrays of a page. What is not understood stays apart, as `opaque`."""
    shapes = Shapes(page, reading, opaque=set(page.rejected))
    for one in _ordered(page):
        try:
            shapes.take(one)
        except UnclearError:
            shapes.opaque.add(one.key)
            shapes.name(one.key)
    for key in page.keys:
        shapes.name(key)
    shapes.settle()
    return shapes


def _ordered(page: Page) -> Iterator[Definition]:
    """Products of matrices first, which say most; losses last. Where sizes are known, one after the other."""

    def rank(one: Definition) -> tuple[bool, bool]:
        if page.sizes:
            return False, False
        return one.key.split("_")[0] in LOSSES, not any(isinstance(part, Product) for part in walk(one.body))

    yield from sorted(page.definitions.values(), key=rank)
