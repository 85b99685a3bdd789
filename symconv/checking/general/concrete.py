"""Both sides of a formula at known sizes, worked out by nested loops over the entries of the arrays."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from itertools import product
from typing import Any, TypeAlias

from symconv.checking.general.formula import (
    Conditions,
    Divided,
    Entry,
    Equation,
    Factor,
    Formula,
    Local,
    Number,
    Plus,
    Times,
    Total,
)
from symconv.checking.general.model import LENGTHS, Model
from symconv.errors import LimitError
from symconv.notation.tree import GRADIENT_OF
from symconv.proof.polynomial import Polynomial

Position: TypeAlias = tuple[int, ...]
Atom: TypeAlias = tuple[str, Position]
Value: TypeAlias = dict[tuple[Atom, ...], Fraction | int]
"""A polynomial in entries of arrays: the coefficient of every product of them."""
At: TypeAlias = dict[str, int]
Evaluator: TypeAlias = Callable[[At], Value]
ONE: tuple[Atom, ...] = ()

MOST_TERMS = 10_000
"""Terms of one sum that are worked out at some sizes."""


class NoEntryError(Exception):
    """A sum runs past the entries of an array."""

    def __init__(self, role: str, place: Polynomial) -> None:
        super().__init__(role)
        self.role, self.place = role, place


class NothingSaidError(Exception):
    """Both sides are 0 everywhere."""


@dataclass(frozen=True)
class Difference:
    """Where both sides differ: the letters, and what the sides are; or the entry that one of them has not."""

    letters: At
    left: Value
    right: Value
    missing: NoEntryError | None = None


def difference(equation: Equation, model: Model, sizes: Mapping[str, int]) -> Difference | None:
    """The first values of the free letters for which both sides differ at these sizes.

    Raises `NothingSaidError` where both sides are 0 for all of them.
    """
    free = {each.letter for each in equation.free}
    here = _concrete(model, frozenset((name, value) for name, value in sizes.items() if name not in free))
    left, right = here.evaluator(equation.left), here.evaluator(equation.right)
    said = False
    for letters in here.ranges(equation):
        try:
            found, claimed = left(letters), right(letters)
        except NoEntryError as error:
            return Difference(dict(letters), {}, {}, error)
        if found != claimed:
            return Difference(dict(letters), found, claimed)
        said = said or bool(found)
    if not said:
        raise NothingSaidError
    return None


@lru_cache(maxsize=128)
def _concrete(model: Model, sizes: frozenset[tuple[str, int]]) -> Concrete:
    """Formulas of one text are tried at the same sizes, whose entries need be worked out only once."""
    return Concrete(model, dict(sizes))


class Concrete:
    """A layer at known sizes."""

    def __init__(self, model: Model, sizes: Mapping[str, int]) -> None:
        self.model, self.sizes = model, dict(sizes)

    def _at(self, number: Polynomial) -> Callable[[At], int]:
        """A number as a function of the letters that are not sizes."""
        constant, rest = 0, []
        for monomial, value in number.at(self.sizes).terms:
            if not monomial:
                constant = value
            elif len(monomial) == 1:
                rest.append((monomial[0], value))
            else:
                return lambda letters: int(number.at({**self.sizes, **letters}).constant or 0)
        if not rest:
            return lambda _: constant
        if len(rest) == 1:
            ((name, times),) = rest
            return lambda letters: constant + times * letters[name]
        return lambda letters: constant + sum(times * letters[name] for name, times in rest)

    def ranges(self, equation: Equation) -> Iterator[At]:
        """All values of the free letters."""
        bounds = [(self._at(each.low)({}), self._at(each.high)({})) for each in equation.free]
        least = [self._at(each) for each in equation.least]
        for values in product(*(range(low, high + 1) for low, high in bounds)):
            letters = {each.letter: value for each, value in zip(equation.free, values, strict=True)}
            if all(each(letters) >= 0 for each in least):
                yield letters

    # The layer

    def lengths(self, role: str) -> Position:
        return tuple(self._at(self.model.length(role, axis))({}) for axis in self.model.axes(role))

    @cached_property
    def _taps(self) -> dict[str, dict[Any, Value]]:
        """O and every derivative, found in one walk over all outputs, maps and places in the filter."""
        tables: dict[str, dict[Any, Value]] = {
            name: defaultdict(lambda: defaultdict(int)) for name in ("O", "X", "F", "b", "dX", "dF", "db", "dL")
        }
        for output, products in self._outputs():
            for left, right in products:
                _add(tables["O"][output], *sorted((left, *right)))
                for (role, at), others in ((left, right), *((each, [left]) for each in right)):
                    _add(tables[role][output, at], *others)
                    _add(tables[f"d{role}"][at], *sorted([*others, ("G", output)]))
                    _add(tables["dL"][role, at, self._example(output)], *sorted([*others, ("G", output)]))
        return tables

    def _example(self, output: Position) -> int:
        return output[0] if "batch" in self.model.maps else 0

    def _outputs(self) -> Iterator[tuple[Position, list[tuple[Atom, list[Atom]]]]]:
        """Every output and the products in it."""
        model = self.model
        channels = range(self.sizes[LENGTHS["in"]] if "in" in model.maps else 1)
        inputs, taps = self.lengths("X"), list(product(*map(range, self._filter)))
        for output in product(*map(range, self.lengths("O"))):
            at = dict(zip(model.axes("O"), output, strict=True))
            found: list[tuple[Atom, list[Atom]]] = []
            if model.bias:
                found.append((("b", tuple(at[axis] for axis in model.axes("b"))), []))
            for into, places in product(channels, taps):
                read = {**at, "in": into, **dict(zip(model.spatial, self._read(at, places), strict=True))}
                laid = {**at, "in": into, **dict(zip(model.spatial, self._laid(places), strict=True))}
                position = tuple(read[axis] for axis in model.axes("X"))
                if all(0 <= place < length for place, length in zip(position, inputs, strict=True)):
                    found.append((("F", tuple(laid[axis] for axis in model.axes("F"))), [("X", position)]))
            yield output, found

    @cached_property
    def _filter(self) -> list[int]:
        return [self.sizes[self.model.name("k", axis)] for axis in self.model.spatial]

    def _read(self, at: Mapping[str, int], places: Position) -> list[int]:
        axes = zip(self.model.spatial, places, self._windows, strict=True)
        return [s * at[axis] + d * f - a for axis, f, (s, d, a) in axes]

    @cached_property
    def _windows(self) -> list[list[int]]:
        """Stride, dilation and padding of each axis."""
        return [[self.sizes[self.model.name(letter, axis)] for letter in "sda"] for axis in self.model.spatial]

    def _laid(self, places: Position) -> list[int]:
        turned = self.model.convention == "convolution"
        return [k - 1 - f if turned else f for k, f in zip(self._filter, places, strict=True)]

    # Formulas

    def evaluator(self, node: Formula) -> Evaluator:
        return EVALUATORS[type(node)](self, node)

    def number(self, node: Number) -> Evaluator:
        value: Value = {ONE: node.value} if node.value else {}
        return lambda _: value

    def factor(self, node: Factor) -> Evaluator:
        if node.known:
            return lambda _: {ONE: Fraction(self.sizes[node.letter]) ** node.power}
        name = f"1/{node.letter}" if node.power < 0 else node.letter
        return lambda _: {((name, ()),): Fraction(1)}

    def conditions(self, node: Conditions) -> Evaluator:
        zero, least = [self._at(each) for each in node.zero], [self._at(each) for each in node.least]

        def value(letters: At) -> Value:
            holds = all(each(letters) == 0 for each in zero) and all(each(letters) >= 0 for each in least)
            return {ONE: Fraction(1)} if holds else {}

        return value

    def plus(self, node: Plus) -> Evaluator:
        parts = [self.evaluator(part) for part in node.terms]
        return lambda letters: _sum(part(letters) for part in parts)

    def times(self, node: Times) -> Evaluator:
        parts = [self.evaluator(part) for part in node.factors]

        def value(letters: At) -> Value:
            found: Value = {ONE: Fraction(1)}
            for part in parts:
                found = _product(found, part(letters))
                if not found:
                    return {}
            return found

        return value

    def total(self, node: Total) -> Evaluator:
        low, high, body = self._at(node.low), self._at(node.high), self.evaluator(node.body)
        return lambda letters: _sum(
            body({**letters, node.letter: at}) for at in _some(range(low(letters), high(letters) + 1))
        )

    def divided(self, node: Divided) -> Evaluator:
        over, by, body = self._at(node.over), self._at(node.by), self.evaluator(node.body)

        def value(letters: At) -> Value:
            quotient, rest = divmod(over(letters), by(letters))
            return body({**letters, node.letter: quotient}) if node.rounded or not rest else {}

        return value

    def _place(self, entry: Entry) -> Callable[[At], Position | None]:
        """Where an entry stands; None where it does not exist and counts as zero."""
        places = [self._at(place) for place in entry.places]
        checks = list(zip(self.lengths(entry.role), entry.strict, entry.places, strict=True))

        def found(letters: At) -> Position | None:
            position = tuple(place(letters) for place in places)
            inside = True
            for place, (length, strict, expression) in zip(position, checks, strict=True):
                if not 0 <= place < length:
                    if strict:
                        raise NoEntryError(entry.role, expression)
                    inside = False
            return position if inside else None

        return found

    def entry(self, node: Entry) -> Evaluator:
        place, role = self._place(node), node.role
        if role == "O" or (role in GRADIENT_OF and role != "G"):
            return self._derived(node, place)

        name = f"1/{role}" if node.inverse else role

        def value(letters: At) -> Value:
            position = place(letters)
            return {} if position is None else {((name, position),): Fraction(1)}

        return value

    def _derived(self, node: Entry, place: Callable[[At], Position | None]) -> Evaluator:
        role, mean = node.role, Fraction(1)
        example = None if node.example is None else self._at(node.example)
        if self.model.mean and example is None and role != "O" and "batch" in self.model.maps:
            mean = Fraction(1, self.sizes[LENGTHS["batch"]])

        def value(letters: At) -> Value:
            position = place(letters)
            if example is not None and not 0 <= example(letters) < self.sizes[LENGTHS["batch"]]:
                raise NoEntryError("O", node.example or Polynomial())
            if example is not None:
                return _plain(self._taps["dL"].get((GRADIENT_OF[role], position, example(letters))))
            found = _plain(self._taps[role].get(position))
            return found if mean == 1 else {key: number * mean for key, number in found.items()}

        return value

    def local(self, node: Local) -> Evaluator:
        over, under, role = self._place(node.over), self._place(node.under), node.under.role
        same = node.over.role == role

        def value(letters: At) -> Value:
            above, below = over(letters), under(letters)
            if same:
                return {ONE: Fraction(1)} if above == below is not None else {}
            return _plain(self._taps[role].get((above, below)))

        return value


EVALUATORS: Mapping[type, Callable[[Concrete, Any], Evaluator]] = {
    Number: Concrete.number, Factor: Concrete.factor, Conditions: Concrete.conditions, Plus: Concrete.plus,
    Times: Concrete.times, Total: Concrete.total, Divided: Concrete.divided, Entry: Concrete.entry,
    Local: Concrete.local,
}  # fmt: skip


def _add(value: Value, *atoms: Atom) -> None:
    value[atoms] += 1


def _some(found: range) -> range:
    if len(found) > MOST_TERMS:
        raise LimitError(f"a sum of {len(found)} terms; sums have at most {MOST_TERMS} here")
    return found


def _plain(value: Value | None) -> Value:
    return {} if value is None else value


def _sum(values: Iterator[Value]) -> Value:
    found: Value = {}
    for value in values:
        for key, number in value.items():
            new = found.get(key, 0) + number
            if new:
                found[key] = new
            else:
                del found[key]
    return found


def _cancelled(atoms: list[Atom]) -> tuple[Atom, ...]:
    """Without the entries that are divided by themselves."""
    for role, place in [atom for atom in atoms if atom[0].startswith("1/")]:
        if (role[2:], place) in atoms:
            atoms.remove((role[2:], place))
            atoms.remove((role, place))
    return tuple(atoms)


def _product(left: Value, right: Value) -> Value:
    found: Value = {}
    for key, number in left.items():
        for other, by in right.items():
            both = _cancelled(sorted((*key, *other)))
            found[both] = found.get(both, 0) + number * by
    return {key: number for key, number in found.items() if number}
