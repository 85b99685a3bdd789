"""What a line with general indices says: each side as sums of products with conditions between whole numbers.

A product is summed over bound unknowns for which equations and inequalities between polynomials hold. Where sums are
nested, brackets multiplied or defined arrays put in, the conditions come together. Differentiating takes a factor away
and sets its position equal to that of what is differentiated by. An entry that an array does not have may only be named
where a bracket makes the product 0; what has to hold for that is kept apart, in `needs`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from symconv.derivation.general_lines import PRIME, SIZES_MADE, Lines
from symconv.errors import InputError
from symconv.notation.tree import (
    Big,
    Delta,
    Divides,
    Floor,
    Index,
    Inside,
    Iverson,
    Letter,
    Negative,
    Node,
    Number,
    Partial,
    Place,
    Position,
    Product,
    Ratio,
    Relation,
    Sum,
    Symbol,
    gradient_of,
)
from symconv.proof.polynomial import Polynomial

ZERO_OUTSIDE = frozenset("X")
"""The arrays that count as zero at positions that they do not have."""
Positions = tuple[Polynomial, ...]


class UnreadableError(InputError):
    """A line that has no meaning: a letter that nothing says anything about, a node that no such line is made of."""


@dataclass(frozen=True)
class Condition:
    """Equations "= 0" and inequalities "≥ 0" between unknowns, and `bound` unknowns of which there must be some."""

    zero: frozenset[Polynomial] = frozenset()
    least: frozenset[Polynomial] = frozenset()
    bound: tuple[str, ...] = ()

    def __and__(self, other: Condition) -> Condition:
        return Condition(self.zero | other.zero, self.least | other.least, (*self.bound, *other.bound))

    def at(self, values: Mapping[str, Polynomial | int]) -> Condition:
        zero, least = (frozenset(each.at(values) for each in some) for some in (self.zero, self.least))
        return Condition(zero, least, self.bound)


ALWAYS = Condition()


def equal(left: Positions, right: Positions) -> Condition:
    return Condition(zero=frozenset(one - other for one, other in zip(left, right, strict=True)))


def within(place: Polynomial, size: Polynomial) -> Condition:
    """0 ≤ place < size."""
    return Condition(least=frozenset({place, size - 1 - place}))


@dataclass(frozen=True)
class Term:
    """A coefficient times the entries at some positions of arrays, summed where `given` holds.

    `needs` must follow from it, since the entries do not exist otherwise.
    """

    coefficient: int = 1
    factors: tuple[tuple[str, Positions], ...] = ()
    given: Condition = ALWAYS
    needs: Condition = ALWAYS

    @property
    def roles(self) -> tuple[str, ...]:
        return tuple(role for role, _ in self.factors)

    def __mul__(self, other: Term) -> Term:
        factors = tuple(sorted((*self.factors, *other.factors), key=lambda factor: factor[0]))
        return Term(self.coefficient * other.coefficient, factors, self.given & other.given, self.needs & other.needs)

    def at(self, values: Mapping[str, Polynomial | int]) -> Term:
        """With sizes exchanged for numbers."""
        factors = tuple((role, tuple(place.at(values) for place in places)) for role, places in self.factors)
        return Term(self.coefficient, factors, self.given.at(values), self.needs.at(values))

    def derivatives(self, role: str, at: Positions) -> Iterator[Term]:
        """By the entry of an array."""
        for number, (factor, places) in enumerate(self.factors):
            if factor == role:
                rest = (*self.factors[:number], *self.factors[number + 1 :])
                yield replace(self, factors=rest, given=self.given & equal(places, at))


@dataclass(frozen=True)
class Scope:
    """What letters stand for, and the quotients that are known to be whole, by what is divided and by what."""

    letters: Mapping[str, Polynomial] = field(default_factory=dict)
    quotients: Mapping[tuple[Polynomial, Polynomial], Polynomial] = field(default_factory=dict)


@dataclass(frozen=True)
class Meaning:
    """Reads the sides of the lines about one layer."""

    lines: Lines
    fresh: Iterator[int] = field(default_factory=itertools.count, compare=False)

    @cached_property
    def definitions(self) -> Mapping[str, tuple[tuple[str, ...], Node]]:
        """The arrays that lines define, with the letters of their index and the body."""
        named = {"O": "forward", "S": "S", "R": "R"}
        layer = self.lines.layer
        return {role: (layer.letters(role), self.lines[name].relation.sides[1]) for role, name in named.items()}

    def side(self, node: Node, free: Sequence[str]) -> list[Term]:
        """What one side says, `free` being the letters that the whole line speaks of.

        Raises `UnreadableError` for a side without a meaning.
        """
        letters = {letter: Polynomial.letter(named(letter)) for letter in free}
        ranges = self._all(self.range_of(letter, place) for letter, place in letters.items())
        return [replace(term, given=ranges & term.given) for term in self._terms(node, Scope(letters))]

    def _all(self, conditions: Iterable[Condition]) -> Condition:
        found = ALWAYS
        for condition in conditions:
            found = found & condition
        return found

    def range_of(self, letter: str, place: Polynomial) -> Condition:
        """That a letter of an index is a position of its axis; the spread gradient goes on without an end."""
        plain = letter.rstrip(PRIME)
        ranges = self.lines.layer.ranges
        if plain in ranges:
            return within(place, self.size(Letter(ranges[plain])))
        if plain in self.lines.layer.positions("S"):
            return ALWAYS
        raise UnreadableError(f"{letter} stands in a line and indexes nothing")

    # Expressions of positions and sizes

    def size(self, letter: Letter) -> Polynomial:
        plain, axis = self.lines.layer.plain_size(letter.letter)
        if plain in SIZES_MADE:
            return self._expression(on_axis(SIZES_MADE[plain], self.lines, axis), Scope())[0]
        return Polynomial.letter(named(letter.letter))

    def expression(self, node: Node) -> tuple[Polynomial, Condition]:
        """A number made of sizes, and what holds of the unknowns in it."""
        number, given, needs = self._expression(node, Scope())
        return number, given & needs

    def _expression(self, node: Node, scope: Scope) -> tuple[Polynomial, Condition, Condition]:
        """The value, what holds of new unknowns in it, and what must hold for it to be a whole number."""
        match node:
            case Number():
                return Polynomial.number(int(node.value)), ALWAYS, ALWAYS
            case Position(letter):
                return self._letter(letter, scope), ALWAYS, ALWAYS
            case Letter():
                return self.size(node), ALWAYS, ALWAYS
            case Negative(term):
                value, given, needs = self._expression(term, scope)
                return -value, given, needs
            case Sum(parts) | Product(parts):
                return self._combined(node, parts, scope)
            case Ratio(above, below):
                return self._quotient(above, below, scope)
            case Floor(Ratio(above, below)):
                value, given, _ = self._quotient(above, below, Scope(scope.letters))
                return value, given, ALWAYS
        raise UnreadableError(f"an index holds {type(node).__name__}")

    def _combined(self, node: Node, parts: tuple[Node, ...], scope: Scope) -> tuple[Polynomial, Condition, Condition]:
        found = [self._expression(part, scope) for part in parts]
        value = Polynomial.number(int(isinstance(node, Product)))
        for part, _, _ in found:
            value = value * part if isinstance(node, Product) else value + part
        return value, self._all(given for _, given, _ in found), self._all(needs for *_, needs in found)

    def _letter(self, letter: str, scope: Scope) -> Polynomial:
        if letter not in scope.letters:
            raise UnreadableError(f"{letter} stands in a line and is neither free nor summed over")
        return scope.letters[letter]

    def _quotient(self, above: Node, below: Node, scope: Scope) -> tuple[Polynomial, Condition, Condition]:
        """A quotient that a bracket says is whole, or the next whole number below, which must then be the quotient."""
        (over, given, needs), (under, *_) = self._expression(above, scope), self._expression(below, scope)
        if (over, under) in scope.quotients:
            return scope.quotients[over, under], given, needs
        quotient = self._unknown("q")
        rest = over - under * quotient
        floor = Condition(least=frozenset({rest, under - 1 - rest}), bound=tuple(quotient.letters))
        return quotient, given & floor, needs & Condition(zero=frozenset({rest}))

    def _unknown(self, kind: str = "v") -> Polynomial:
        """A new unknown; "q" for a quotient, which what is divided determines."""
        return Polynomial.letter(f"{kind}{next(self.fresh)}")

    # Indices and conditions

    def _place(self, index: int | Index, scope: Scope) -> tuple[Polynomial, Condition, Condition]:
        if isinstance(index, int):
            return Polynomial.number(index), ALWAYS, ALWAYS
        if isinstance(index, Place):
            return self._expression(index.body, scope)
        value = Polynomial.number(index.shift)
        for letter, times in index.parts:
            value = value + times * self._letter(letter, scope)
        return value, ALWAYS, ALWAYS

    def _places(self, symbol: Symbol, scope: Scope) -> tuple[Positions, Condition, Condition]:
        found = [self._place(index, scope) for index in symbol.index]
        given, needs = self._all(given for _, given, _ in found), self._all(needs for *_, needs in found)
        return tuple(value for value, _, _ in found), given, needs

    def _conditions(self, node: Iverson, scope: Scope) -> tuple[Condition, Scope]:
        """What a bracket asks for, and the scope in which its quotients are known to be whole."""
        found = ALWAYS
        for condition in (condition for row in node.rows for condition in row):
            match condition:
                case Divides(divisor, body):
                    (over, *_), (under, *_) = self._expression(body, scope), self._expression(divisor, scope)
                    quotient = self._unknown("q")
                    found &= Condition(frozenset({under * quotient - over}), bound=tuple(quotient.letters))
                    scope = replace(scope, quotients={**scope.quotients, (over, under): quotient})
                case Inside(place, size):
                    found &= self._inside(place, self._expression(size, scope)[0], scope)
                case _:
                    raise UnreadableError(f"a bracket holds {type(condition).__name__}")
        return found, scope

    def _inside(self, place: Place, size: Polynomial, scope: Scope) -> Condition:
        """0 ≤ place < size; a quotient that need not be whole lies there just where the next one below it does."""
        value, given, needs = self._place(place, scope)
        if needs != ALWAYS and not isinstance(place.body, Ratio):
            raise UnreadableError("a bracket compares a sum with a quotient that need not be whole")
        return given & within(value, size)

    # Sums of products

    def _terms(self, node: Node, scope: Scope) -> list[Term]:
        match node:
            case Number(value):
                return [Term(int(value))] if value else []
            case Negative(term):
                return [replace(part, coefficient=-part.coefficient) for part in self._terms(term, scope)]
            case Sum(terms):
                return [part for term in terms for part in self._terms(term, scope)]
            case Product(factors):
                return self._product(factors, scope)
            case Big(letters, body):
                return self._summed(letters, body, scope)
            case Iverson():
                return [Term(given=self._conditions(node, scope)[0])]
            case Delta(left, right):
                (one, given, needs), (other, more, also) = self._place(left, scope), self._place(right, scope)
                return [Term(given=given & more & equal((one,), (other,)), needs=needs & also)]
            case Symbol():
                return self._symbol(node, scope)
            case Partial(Symbol() as above, Symbol() as below):
                return self._partial(above, below, scope)
        raise UnreadableError(f"a side holds {type(node).__name__}")

    def _product(self, factors: tuple[Node, ...], scope: Scope) -> list[Term]:
        """The brackets of a product come first: the other factors count only where these hold."""
        found = [Term()]
        for bracket in (factor for factor in factors if isinstance(factor, Iverson)):
            condition, scope = self._conditions(bracket, scope)
            found = [replace(term, given=term.given & condition) for term in found]
        for factor in (factor for factor in factors if not isinstance(factor, Iverson)):
            parts = self._terms(factor, scope)
            found = [term * part for term in found for part in parts]
        return found

    def _summed(self, letters: Sequence[str], body: Node, scope: Scope) -> list[Term]:
        bound = {letter: self._unknown() for letter in letters}
        ranges = self._all(self.range_of(letter, place) for letter, place in bound.items())
        ranges &= Condition(bound=tuple(name for place in bound.values() for name in place.letters))
        inner = replace(scope, letters={**scope.letters, **bound})
        return [replace(term, given=ranges & term.given) for term in self._terms(body, inner)]

    def _symbol(self, symbol: Symbol, scope: Scope) -> list[Term]:
        places, given, needs = self._places(symbol, scope)
        if symbol.role in self.definitions:
            found = self._defined(symbol.role, places)
        elif gradient_of(symbol.role) != symbol.role and symbol.role != "G":
            found = self._chained(gradient_of(symbol.role), places)
        else:
            exists = self._exists(symbol.role, places)
            zero = symbol.role in ZERO_OUTSIDE
            found = [Term(factors=((symbol.role, places),), given=exists if zero else ALWAYS,
                          needs=ALWAYS if zero else exists)]  # fmt: skip
        return [replace(term, given=given & term.given, needs=needs & term.needs) for term in found]

    def _exists(self, role: str, places: Positions) -> Condition:
        """That an array has an entry at these positions."""
        letters = self.lines.layer.letters({"G": "O", "R": "F"}.get(role, role))
        if len(letters) != len(places):
            raise UnreadableError(f"{role} has {len(letters)} indices and is given {len(places)}")
        return self._all(map(self.range_of, letters, places))

    def _defined(self, role: str, places: Positions) -> list[Term]:
        letters, body = self.definitions[role]
        if len(letters) != len(places):
            raise UnreadableError(f"{role} has {len(letters)} indices and is given {len(places)}")
        found = self._terms(body, Scope(dict(zip(letters, places, strict=True))))
        needs = ALWAYS if role == "S" else self._exists(role, places)
        return [replace(term, needs=term.needs & needs) for term in found]

    def _partial(self, above: Symbol, below: Symbol, scope: Scope) -> list[Term]:
        (over, given, needs), (under, more, also) = self._places(above, scope), self._places(below, scope)
        if above.role == below.role:
            found = [Term(given=equal(over, under), needs=self._real(above.role, over))]
        else:
            found = self._derived(above.role, over, below.role, under)
        return [replace(t, given=given & more & t.given, needs=needs & also & t.needs) for t in found]

    def _real(self, role: str, places: Positions) -> Condition:
        return ALWAYS if role in ZERO_OUTSIDE else self._exists(role, places)

    def _derived(self, above: str, over: Positions, below: str, under: Positions) -> list[Term]:
        """∂above/∂below by the definition of `above`."""
        if above not in self.definitions:
            raise UnreadableError(f"{above} does not depend on {below}")
        found = (part for term in self._defined(above, over) for part in term.derivatives(below, under))
        return [replace(part, needs=part.needs & self._exists(below, under)) for part in found]

    def _chained(self, role: str, places: Positions) -> list[Term]:
        """∂L/∂role by the chain rule: over all outputs, the gradient there times the local derivative."""
        letters = self.lines.layer.letters("O")
        output = tuple(self._unknown() for _ in letters)
        everywhere = self._all(map(self.range_of, letters, output))
        everywhere &= Condition(bound=tuple(name for place in output for name in place.letters))
        gradient = Term(factors=(("G", output),), given=everywhere)
        return [gradient * term for term in self._derived("O", output, role, places)]


def named(letter: str) -> str:
    """The letter as a name of an unknown.

    >>> named("s_{1}"), named(r"\\mu'")
    ('s_1', 'mu_')
    """
    return letter.translate({ord("{"): None, ord("}"): None, ord("\\"): None, ord(PRIME): "_"})


def on_axis(node: Node, lines: Lines, axis: int) -> Node:
    """An expression of sizes with the letters of one axis."""
    match node:
        case Letter(letter):
            return Letter(lines.layer.size(letter, axis))
        case Sum(parts):
            return Sum(tuple(on_axis(part, lines, axis) for part in parts))
        case Product(parts):
            return Product(tuple(on_axis(part, lines, axis) for part in parts))
        case Negative(term):
            return Negative(on_axis(term, lines, axis))
    return node


def free_letters(node: Node, bound: frozenset[str] = frozenset()) -> frozenset[str]:
    """The letters of indices that a side speaks of and does not sum over."""
    match node:
        case Big(letters, body):
            return free_letters(body, bound | set(letters))
        case Position(letter):
            return frozenset({letter}) - bound
        case Place(body=body):
            return free_letters(body, bound)
        case Index(parts):
            return frozenset(letter for letter, _ in parts) - bound
    found: frozenset[str] = frozenset()
    for part in _parts(node):
        found |= free_letters(part, bound)
    return found


def _parts(node: Node) -> Iterator[Node]:
    """The nodes that a node is made of."""
    match node:
        case Symbol(index=index):
            yield from (part for part in index if isinstance(part, Node))
        case Delta(left, right):
            yield from (part for part in (left, right) if isinstance(part, Node))
        case Iverson(rows):
            yield from (condition for row in rows for condition in row)
        case Relation(parts) | Sum(parts) | Product(parts):
            yield from parts
        case Partial(above, below) | Ratio(above, below) | Divides(above, below):
            yield from (above, below)
        case Inside(place, _):
            yield place
        case Negative(body) | Floor(body):
            yield body
