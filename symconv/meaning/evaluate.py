"""A tree evaluated on arrays of numbers.

An entry by letters, such as X_{ij}, takes the positions that its letters are bound to; a position outside the array
counts as zero. Σ over a letter runs over the whole axis that the letter indexes. Arrays without an index are vectors
(one axis, a column in products) and matrices: products contract them, ⊙ works entry by entry.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import reduce
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from symconv.errors import NotSupportedError
from symconv.meaning.numbers import Numbers
from symconv.notation.tree import (
    Big,
    Call,
    Cases,
    Delta,
    Function,
    Index,
    Infix,
    Inner,
    Labelled,
    Letter,
    Marked,
    Matrix,
    Negative,
    Node,
    Number,
    Ones,
    Partial,
    Power,
    Product,
    Ratio,
    Relation,
    Sum,
    Symbol,
    Transpose,
    Zero,
    walk,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

Entries: TypeAlias = "NDArray[Any]"
UNIT = ""
"""The name of an axis of length 1 that makes a row of a vector."""


@dataclass(frozen=True)
class Defined:
    """A function of one number given by a tree: `variable` is the letter that the body speaks of."""

    variable: str
    body: Node


@dataclass(frozen=True)
class Value:
    """An array of numbers: its last axes, named, are its own; those before run over the positions of letters."""

    entries: Entries
    axes: tuple[str, ...] = ()

    @property
    def rank(self) -> int:
        return len(self.axes)

    def lifted(self, rank: int) -> Entries:
        """The entries with room for as many own axes."""
        return self.entries[(..., *(None,) * (rank - self.rank))] if rank > self.rank else self.entries


@dataclass(frozen=True)
class Meaning:
    """What trees mean once arrays, letters and functions have values.

    Args:
        numbers: what kind the entries of the arrays are.
        arrays: by role; object arrays.
        letters: letters of indices, bound to positions: whole numbers, or arrays of them that broadcast.
        constants: letters that stand for a number.
        functions: functions beyond those of `numbers`, by name; a derivative's name ends in '.
        axes: names of the axes of each array, where they matter.

    >>> from symconv.meaning.numbers import FRACTIONS
    >>> from symconv.notation.build import entry, summed, times
    >>> X = np.array([[Fraction(1), Fraction(2)], [Fraction(3), Fraction(4)]], dtype=object)
    >>> meaning = Meaning(FRACTIONS, {"X": X})
    >>> [str(n) for n in meaning.over(("i",), summed("j", times(entry("X", "i", "j"), entry("X", "i", "j"))))]
    ['5', '25']
    """

    numbers: Numbers
    arrays: Mapping[str, Entries]
    letters: Mapping[str, Any] = field(default_factory=dict)
    constants: Mapping[str, Any] = field(default_factory=dict)
    functions: Mapping[str, Defined] = field(default_factory=dict)
    axes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    # What callers ask

    def over(self, letters: Sequence[str], node: Node) -> Entries:
        """The value for all positions of the free letters, one axis for each; own axes of the value come last."""
        ranges = [np.arange(self.length_of(letter, node)) for letter in letters]
        return self.at(dict(zip(letters, np.ix_(*ranges), strict=True)), node) if letters else self(node).entries

    def at(self, positions: Mapping[str, Any], node: Node) -> Entries:
        """The value with letters bound to positions, broadcast over all of them."""
        return self.value_at(positions, node).entries

    def value_at(self, positions: Mapping[str, Any], node: Node) -> Value:
        """The same with the names of the value's own axes."""
        value = replace(self, letters={**self.letters, **positions})(node)
        shape = np.broadcast_shapes(*(np.shape(bound) for bound in positions.values()))
        own = value.entries.shape[value.entries.ndim - value.rank :]
        return Value(np.broadcast_to(value.entries, (*shape, *own)), value.axes)

    def length_of(self, letter: str, node: Node) -> int:
        """How many positions a letter has: the length of the axis that it indexes."""
        role, axis = self._place(letter, node)
        return int(self.shape(role)[axis])

    def shape(self, role: str) -> tuple[int, ...]:
        return tuple(self._array(role).shape)

    # The nodes

    def __call__(self, node: Node) -> Value:
        found = _RULES.get(type(node))
        if found is None:
            raise NotSupportedError(f"{type(node).__name__.lower()} has no value on arrays of numbers here")
        return found(self, node)

    def _number(self, node: Number) -> Value:
        return _scalar(self.numbers.number(Fraction(node.value)))

    def _constant(self, node: Letter) -> Value:
        known = {**self.numbers.constants, **self.constants}
        if node.letter not in known:
            raise NotSupportedError(f"{node.letter} has no value: give it one")
        return Value(_as_array(known[node.letter]))

    def _symbol(self, node: Symbol) -> Value:
        array = self._array(node.role)
        positions = [self._position(part) for part in node.index]
        axes = self.axis_names(node.role)[len(positions) :]
        if not positions:
            return Value(array, axes)
        inside: Any = True
        for position, length in zip(positions, array.shape, strict=False):
            inside = inside & (position >= 0) & (position < length)
        limits = [np.clip(position, 0, length - 1) for position, length in zip(positions, array.shape, strict=False)]
        entries = _as_array(array[tuple(np.broadcast_arrays(*limits))])
        if not np.all(inside):
            lifted = np.asarray(inside)[(..., *(None,) * len(axes))]
            entries = np.where(lifted, entries, self.numbers.number(Fraction(0)))
        return Value(entries, axes)

    def _array(self, role: str) -> Entries:
        if role not in self.arrays:
            raise NotSupportedError(f"{role} has no value: give the array")
        return self.arrays[role]

    def axis_names(self, role: str) -> tuple[str, ...]:
        """The names of an array's axes; without other names each has one of its own."""
        return self.axes.get(role) or tuple(f"{role}{number}" for number in range(len(self.shape(role))))

    def _position(self, part: int | Index) -> Any:
        if isinstance(part, int):
            return np.asarray(part)
        return sum((times * np.asarray(self._bound(letter)) for letter, times in part.parts), np.asarray(part.shift))

    def _bound(self, letter: str) -> Any:
        if letter not in self.letters:
            raise NotSupportedError(f"the index {letter} is bound to nothing: say what it runs over")
        return self.letters[letter]

    def _place(self, letter: str, node: Node) -> tuple[str, int]:
        """An array and the axis of it that a letter indexes."""
        for role, axis in places(letter, node):
            return role, axis
        raise NotSupportedError(f"the index {letter} stands at no array: its range is not known")

    def _delta(self, node: Delta) -> Value:
        same = np.asarray(self._position(node.left) == self._position(node.right))
        one, zero = (self.numbers.number(Fraction(value)) for value in (1, 0))
        return Value(np.where(same, _as_array(one), _as_array(zero)))

    def _one(self, node: Node) -> Value:
        return _scalar(self.numbers.number(Fraction(isinstance(node, Ones))))

    def _partial(self, node: Partial) -> Value:
        raise NotSupportedError("a derivative has no value on numbers alone")

    def _sum(self, node: Sum) -> Value:
        return reduce(_added, map(self, node.terms))

    def _negative(self, node: Negative) -> Value:
        value = self(node.term)
        return Value(_as_array(-value.entries), value.axes)

    def _product(self, node: Product) -> Value:
        return reduce(self._multiplied, map(self, node.factors))

    def _multiplied(self, left: Value, right: Value) -> Value:
        if not left.rank or not right.rank:
            return together(lambda a, b: a * b, left, right)
        rows, columns = _as_matrix(left), _as_matrix(right)
        products = rows.entries[..., :, :, None] * columns.entries[..., None, :, :]
        entries = self.total(np.moveaxis(products, -2, 0), rows.axes[1])
        return _without_units(Value(entries, (rows.axes[0], columns.axes[1])))

    def _ratio(self, node: Ratio) -> Value:
        return together(lambda a, b: a / b, self(node.over), self(node.under))

    def _power(self, node: Power) -> Value:
        return self._each(self.numbers.power, self(node.base), self(node.exponent))

    def _function(self, node: Function) -> Value:
        name = node.name + "'" * node.primes
        arguments = [self(argument) for argument in node.arguments]
        if name in self.functions:
            defined = self.functions[name]
            (argument,) = arguments
            value = replace(self, constants={**self.constants, defined.variable: argument.entries})(defined.body)
            return Value(np.broadcast_to(value.entries, argument.entries.shape), argument.axes)
        return self._each(self.numbers.function(name), *arguments)

    def _cases(self, node: Cases) -> Value:
        values = [self(branch.value) for branch in node.branches]
        conditions = [self._condition(branch.condition) for branch in node.branches]

        def chosen(*both: Any) -> Any:
            return self.numbers.cases(both[: len(values)], both[len(values) :])

        return self._each(chosen, *values, *conditions)

    def _condition(self, node: Node) -> Value:
        if not isinstance(node, Relation) or len(node.sides) != 2:
            raise NotSupportedError("a case needs one comparison as its condition")
        left, right = map(self, node.sides)
        return self._each(self.numbers.comparisons[node.sign], left, right)

    def _each(self, function: Callable[..., Any], *values: Value) -> Value:
        return together(np.frompyfunc(function, len(values), 1), *values)

    def _big(self, node: Big) -> Value:
        letter, *rest = node.variables
        body = Big(tuple(rest), node.body) if rest else node.body
        role, axis = self._place(letter, node.body)
        count, name = self.shape(role)[axis], self.axis_names(role)[axis]
        depth = max((np.ndim(bound) for bound in self.letters.values()), default=0)
        positions = np.arange(count).reshape(count, *(1,) * depth)
        value = replace(self, letters={**self.letters, letter: positions})(body)
        missing = depth + 1 + value.rank - value.entries.ndim
        entries = value.entries[(*(None,) * missing, ...)]
        return Value(self.total(np.broadcast_to(entries, (count, *entries.shape[1:])), name), value.axes)

    def total(self, entries: Entries, name: str) -> Entries:
        """The sum over the first axis, which is called `name`."""
        zero = self.numbers.number(Fraction(0))
        return _as_array(reduce(lambda a, b: a + b, entries) if len(entries) else np.full(entries.shape[1:], zero))

    def _inner(self, node: Inner) -> Value:
        value = together(lambda a, b: a * b, self(node.left), self(node.right))
        entries = value.entries
        for name in value.axes:
            entries = self.total(np.moveaxis(entries, entries.ndim - value.rank, 0), name)
            value = replace(value, axes=value.axes[1:])
        return Value(entries)

    def _transpose(self, node: Transpose) -> Value:
        value = self(node.body)
        if value.rank == 1:
            return Value(value.entries[..., None, :], (UNIT, *value.axes))
        if value.rank != 2:
            return value
        return _without_units(Value(np.swapaxes(value.entries, -1, -2), value.axes[::-1]))

    def _infix(self, node: Infix) -> Value:
        if node.operator not in _ENTRYWISE:
            raise NotSupportedError(f"{node.operator} has no value on arrays of numbers here")
        return together(_ENTRYWISE[node.operator], self(node.left), self(node.right))

    def _call(self, node: Call) -> Value:
        if node.function != "diag":
            raise NotSupportedError(f"{node.function} has no value on arrays of numbers here")
        value = self(node.arguments[0])
        size = value.entries.shape[-1]
        where = np.eye(size, dtype=bool)
        entries = np.where(where, value.entries[..., None], _as_array(self.numbers.number(Fraction(0))))
        return Value(entries, (*value.axes, *value.axes))

    def _matrix(self, node: Matrix) -> Value:
        cells = [[self(cell).entries for cell in row] for row in node.rows]
        entries = np.stack([np.stack(np.broadcast_arrays(*row), -1) for row in cells], -2)
        return Value(entries, ("row", "column"))

    def _body(self, node: Labelled | Marked) -> Value:
        return self(node.body)


_ENTRYWISE: Mapping[str, Callable[[Any, Any], Any]] = {
    "hadamard": lambda a, b: a * b,
    "divide": lambda a, b: a / b,
}
_RULES: Mapping[type[Node], Callable[[Meaning, Any], Value]] = {
    Number: Meaning._number,
    Letter: Meaning._constant,
    Symbol: lambda meaning, node: meaning._symbol(node),
    Partial: lambda meaning, node: meaning._partial(node),
    Function: lambda meaning, node: meaning._function(node),
    Delta: lambda meaning, node: meaning._delta(node),
    Ones: Meaning._one,
    Zero: Meaning._one,
    Sum: Meaning._sum,
    Negative: Meaning._negative,
    Product: Meaning._product,
    Ratio: Meaning._ratio,
    Power: Meaning._power,
    Cases: Meaning._cases,
    Big: Meaning._big,
    Inner: Meaning._inner,
    Transpose: Meaning._transpose,
    Infix: Meaning._infix,
    Call: Meaning._call,
    Matrix: Meaning._matrix,
    Labelled: Meaning._body,
    Marked: Meaning._body,
}


def together(function: Callable[..., Any], *values: Value) -> Value:
    """A function of several values, entry by entry; a number goes with every entry of an array."""
    rank = max(value.rank for value in values)
    axes = next(value.axes for value in values if value.rank == rank)
    if any(value.rank not in (0, rank) for value in values):
        raise NotSupportedError("a vector and a matrix cannot be combined entry by entry")
    return Value(_as_array(function(*(value.lifted(rank) for value in values))), axes)


def _added(left: Value, right: Value) -> Value:
    return together(lambda a, b: a + b, left, right)


def _as_matrix(value: Value) -> Value:
    """A vector as a column."""
    return Value(value.entries[..., None], (*value.axes, UNIT)) if value.rank == 1 else value


def _without_units(value: Value) -> Value:
    """A column as a vector, a matrix of one entry as a number."""
    rows, columns = value.axes
    if columns != UNIT:
        return value
    return Value(value.entries[..., 0, 0]) if rows == UNIT else Value(value.entries[..., 0], (rows,))


def _as_array(value: Any) -> Entries:
    return np.asarray(value, dtype=object)


def _scalar(value: Any) -> Value:
    return Value(_as_array(value))


def places(letter: str, node: Node) -> Iterator[tuple[str, int]]:
    """Every array and axis that a letter by itself indexes."""
    for part in walk(node):
        if isinstance(part, Symbol):
            for axis, index in enumerate(part.index):
                if isinstance(index, Index) and index.parts == ((letter, 1),) and not index.shift:
                    yield part.role, axis


def free_letters(node: Node) -> tuple[str, ...]:
    """The letters of indices that no sum binds, in order of appearance.

    >>> from symconv.notation.build import entry, summed, times
    >>> free_letters(summed("k", times(entry("X", "k"), entry("O", "i", "k"))))
    ('i',)
    """
    return tuple(dict.fromkeys(_free(node, frozenset())))


def _free(node: Node, bound: frozenset[str]) -> Iterator[str]:
    if isinstance(node, Big):
        bound |= set(node.variables)
    for part in _indices(node):
        yield from (letter for letter, _ in part.parts if letter not in bound)
    for inner in _children(node):
        yield from _free(inner, bound)


def _indices(node: Node) -> Iterable[Index]:
    given = node.index if isinstance(node, Symbol) else (node.left, node.right) if isinstance(node, Delta) else ()
    return (part for part in given if isinstance(part, Index))


def _children(node: Node) -> Iterator[Node]:
    if isinstance(node, Symbol | Delta):
        return
    for name in getattr(node, "__dataclass_fields__", {}):
        value = getattr(node, name)
        for inner in value if isinstance(value, tuple) else (value,):
            if isinstance(inner, Node):
                yield inner
            elif isinstance(inner, tuple):
                yield from (cell for cell in inner if isinstance(cell, Node))
