"""A formula as it was read, made into one whose every name has a meaning."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

from symconv.checking.general import formula as made
from symconv.checking.general.answer import UndecidedError
from symconv.checking.general.expressions import TIMES, ZERO, Expressions, Range, Scope, Where
from symconv.checking.general.letters import AXES, SIZES, USUAL_SIZES, Letters, Use, alone
from symconv.checking.general.limits import Limits, limits, summed
from symconv.checking.general.model import LENGTHS, Model
from symconv.checking.general.names import Found, text_of
from symconv.errors import InputError
from symconv.notation.reading import read_list
from symconv.notation.tree import (
    GRADIENTS,
    Big,
    Bounded,
    Decimal,
    Differential,
    Inner,
    Iverson,
    Marked,
    Named,
    Negative,
    Node,
    Number,
    Operation,
    Partial,
    Product,
    Ratio,
    Relation,
    Sum,
    walk,
)
from symconv.proof.polynomial import Polynomial

MOST_POWER = 9
DELTA = r"\delta"
"""Kronecker's, where it is no array and has two indices."""


@dataclass(frozen=True)
class Way:
    """What is fixed in one way to understand a formula.

    Args:
        guess: the array over which a letter runs that indexes none by itself.
        whole_sums: whether sums over positions take in all of them, whatever their limits say.
        counts: how many entries each array has, where one index goes through all of them.
        axes: the axis of letters of sizes that belong to one alone.
    """

    model: Model
    bases: Mapping[str, int]
    sizes: Mapping[Named, str] | None = None
    guess: str = "O"
    whole_sums: bool = False
    counts: Mapping[str, int] | None = None
    axes: Mapping[str, str] = field(default_factory=dict)


class Converter(Expressions):
    """Makes formulas of the sides of an equation."""

    def __init__(self, tree: Relation, letters: Letters, way: Way) -> None:
        super().__init__(tree, letters, way.model, way.bases, way.sizes, way.axes)
        self.names, self.layout, self.way = letters.names, letters.layout, way
        self.bound: set[Named] = set()
        self.guessed: set[Named] = set()

    # Equations

    def equation(self) -> made.Equation:
        """left = right for all values of the letters that are not summed over. Raises `UndecidedError`."""
        left, right = self.tree.sides  # type: ignore[attr-defined]
        scope = Scope(whole=dict(self._wholes(left)))
        sides = self.formula(left, scope), self.formula(right, scope)
        free = [self._free_letter(letter, inner, left) for letter, inner in self.free.items()]
        for array, places in scope.whole.items():
            for axis, place in zip(self.model.axes(array), places, strict=True):
                (inner,) = place.letters
                free.append(made.Free(inner, ZERO, self.model.length(array, axis) - 1, self.shown[inner]))
        return made.Equation(*sides, tuple(free), tuple(self.equal_sizes()), tuple(self._least(*sides)))

    def _least(self, left: made.Formula, right: made.Formula) -> Iterator[Polynomial]:
        """What is not negative where the line says something: an entry on the left is there, and what is derived."""
        quotients: dict[str, made.Divided] = {}
        derived = _single(right, quotients)
        entries = _single(left, quotients)
        if len(derived) == 1 and isinstance(derived[0], made.Local):
            entries += derived
        for entry in (each for part in entries for each in _entries(part)):
            for axis, place in zip(self.model.axes(entry.role), entry.places, strict=True):
                yield from self._inside(place, self.model.length(entry.role, axis), quotients)

    def _inside(
        self, place: Polynomial, length: Polynomial, quotients: Mapping[str, made.Divided]
    ) -> tuple[Polynomial, ...]:
        """What is not negative where a place that free letters determine lies within a length."""
        names = [name for name in place.letters if name in quotients]
        if not names:
            return (place, length - 1 - place) if place.letters & {*self.free.values()} else ()
        found, rest = quotients[names[0]], place - Polynomial.letter(names[0])
        if found.rounded or rest.letters & {*quotients, *self.free.values()}:
            return ()
        return (found.over + found.by * rest, found.by * (length - 1 - rest) - found.over)

    def _free_letter(self, letter: Named, inner: str, left: Node) -> made.Free:
        """How far a free letter goes: over the axis that it indexes on the left, else anywhere."""
        uses = self.letters.uses(letter, left) or self.letters.uses(letter, self.tree)
        if not uses:
            raise UndecidedError(f"what {text_of(letter)} ranges over is not known")
        return made.Free(inner, *self.range_of(letter, inner, uses[0]), text_of(letter))

    def _wholes(self, left: Node) -> Iterator[tuple[str, tuple[Polynomial, ...]]]:
        """Letters for the positions in arrays that stand on the left without an index: the line is about each entry."""
        contracted = any(self._is_contraction(_factors(node), Scope()) for node in walk(left))
        for found in self.names.occurrences(left):
            array, axes = found.array, self.model.axes(found.array) if found.role != "L" else ()
            if axes and not self.layout.indices(found) and not (array == "O" and contracted):
                names = [self.unknown("u") for _ in axes]
                self.shown.update({name: f"{array}[{axis}]" for name, axis in zip(names, axes, strict=True)})
                yield array, tuple(map(Polynomial.letter, names))

    # Formulas

    def formula(self, node: Node, scope: Scope) -> made.Formula:
        found = self.names.found(node)
        if found is not None:
            return self._gradient_or_entry(found, scope)
        rule = FORMULAS.get(type(node))
        if rule is None:
            raise UndecidedError(f"{type(node).__name__.lower()} is not read in formulas with index letters")
        return rule(self, node, scope)

    def _gradient_or_entry(self, found: Found, scope: Scope, example: Polynomial | None = None) -> made.Formula:
        """An entry; the gradient at Z, where X = σ(Z), is that at X times σ'(Z)."""

        def make() -> made.Formula:
            entry = self.entry(found, scope, example)
            if found.role != "dX" or found.layer != self.names.earlier or not self._activated:
                return entry
            return made.Times((entry, replace(entry, role="D")))

        return self.with_quotients(make)

    @cached_property
    def _activated(self) -> bool:
        """Whether an activation function stands between the layers."""
        return any(found.role == "D" for found in self.names.occurrences(self.tree))

    def entry(self, found: Found, scope: Scope, example: Polynomial | None = None) -> made.Entry:
        if found.role not in (*GRADIENTS, *GRADIENTS.values(), "D"):
            raise UndecidedError(f"{found.role} stands in it, which is no array of a convolution")
        indices, axes = dict(self.layout.indices(found)), self.model.axes(found.array)
        if "batch" in indices and "batch" not in axes:
            example = self._example(indices.pop("batch"), scope)
        if not indices and axes:
            if found.array not in scope.whole:
                raise UndecidedError(f"the whole of {found.array} stands in it beside single entries")
            return made.Entry(found.role, scope.whole[found.array], (False,) * len(axes), example)
        if set(indices) != set(axes):
            raise UndecidedError(f"{found.array} has other indices than {', '.join(axes)}")
        places = tuple(
            self.expression(indices[axis], Where(axis, found.array), scope) - self.base(found.array, axis)
            for axis in axes
        )
        return made.Entry(found.role, places, tuple(self._is_limited(indices[axis], scope) for axis in axes), example)

    def _is_limited(self, index: Node, scope: Scope) -> bool:
        """Whether the only letter in an index is one that a sum has limits for."""
        only = alone(index, self.letters.letters)
        return bool(only and scope.inner.get(only[0], "") in scope.limited)

    def _example(self, index: Node, scope: Scope) -> Polynomial:
        return self.expression(index, Where("batch", "O"), scope) - self.base("O", "batch")

    def _number(self, node: Number, scope: Scope) -> made.Formula:  # type: ignore[override]
        return made.Number(Fraction(node.value))

    def _decimal(self, node: Decimal, scope: Scope) -> made.Formula:
        return made.Number(Fraction(node.digits) * Fraction(10) ** node.exponent)

    def _factor(self, node: Named, scope: Scope) -> made.Formula:
        """A letter that is no array: Kronecker's delta, or a number."""
        if node.letter == DELTA and "," in node.lower and len(_listed(node.lower)) == 2:
            left, right = _listed(node.lower)
            return self._kronecker(left, right, scope)
        if node in self.letters.letters:
            raise UndecidedError(f"{text_of(node)} is an index and a factor")
        if node.lower and self._is_indexed(node):
            raise UndecidedError(f"what {text_of(node)} stands for is not known")
        if node.upper.isdigit():
            return made.Times((self._factor(replace(node, upper=""), scope),) * min(int(node.upper), MOST_POWER))
        self.uses.append(Use(node, "factor", None))
        meaning = (self.sizes or {}).get(node, "number")
        if meaning == "number":
            return made.Factor(text_of(node))
        if SIZES[meaning] not in LENGTHS:
            raise UndecidedError(f"{text_of(node)} is a size and a factor")
        return made.Factor(LENGTHS[SIZES[meaning]], known=True)

    def _is_indexed(self, node: Named) -> bool:
        """Whether a name has letters of indices below it, so that it is an array."""
        return any(map(self.index_letters, _listed(node.lower))) or not (node.lower in AXES or node.lower.isalpha())

    def _kronecker(self, left: Node, right: Node, scope: Scope) -> made.Formula:
        """1 where two indices of the same axis agree. Raises `UndecidedError` for letters that index nothing else."""
        letters = [part for index in (left, right) for part in walk(index) if isinstance(part, Named)]
        unknown = [each for each in letters if each.letter not in USUAL_SIZES and each not in self.letters.letters]
        if unknown:
            raise UndecidedError(f"what {text_of(unknown[0])} ranges over is not known")
        axis = next((axis for each in letters for axis in self.letters.axes(each, self.tree)), "0")
        return made.Conditions(
            zero=(self.expression(left, Where(axis), scope) - self.expression(right, Where(axis), scope),)
        )

    def _plus(self, node: Sum, scope: Scope) -> made.Formula:
        return made.Plus(tuple(self.formula(term, scope) for term in node.terms))

    def _minus(self, node: Negative, scope: Scope) -> made.Formula:
        return made.Times((made.Number(Fraction(-1)), self.formula(node.term, scope)))

    def _joined(self, node: Product | Operation, scope: Scope) -> made.Formula:
        """Factors with or without a sign between them."""
        if isinstance(node, Operation) and node.sign not in TIMES:
            raise UndecidedError(f"the sign {node.sign} stands between entries")
        factors = _factors(node)
        if self._is_contraction(factors, scope):
            return self._contracted(factors, scope)
        return made.Times(tuple(self.formula(factor, scope) for factor in factors))

    def _inner(self, node: Inner, scope: Scope) -> made.Formula:
        """⟨A, B⟩: the sum over all entries of both."""
        return self._contracted((node.left, node.right), scope)

    def _is_contraction(self, factors: Sequence[Node], scope: Scope) -> bool:
        """Whether the whole gradient at the output meets a derivative of the whole output."""
        over = [factor for factor in factors if isinstance(factor, Partial) and self._is_whole(factor.over, scope)]
        return len(over) == 1 and sum(self._is_whole_gradient(factor, scope) for factor in factors) == 1

    def _is_whole(self, node: Node, scope: Scope, role: str = "O") -> bool:
        found = self.names.found(node)
        whole = found is not None and found.role == role and not self.layout.indices(found)
        return whole and "O" not in scope.whole and bool(self.model.axes("O"))

    def _is_whole_gradient(self, node: Node, scope: Scope) -> bool:
        if isinstance(node, Partial):
            return self.names.is_loss(node.over) and self._is_whole(node.under, scope)
        return self._is_whole(node, scope, "G")

    def _contracted(self, factors: Sequence[Node], scope: Scope) -> made.Formula:
        """The sum over all outputs of a product in which these stand as a whole."""
        axes = self.model.axes("O")
        letters = [self.unknown("v") for _ in axes]
        inside = replace(scope, whole={**scope.whole, "O": tuple(map(Polynomial.letter, letters))})
        body: made.Formula = made.Times(tuple(self.formula(factor, inside) for factor in factors))
        for letter, axis in zip(letters, axes, strict=True):
            body = made.Total(letter, ZERO, self.model.length("O", axis) - 1, body)
        return body

    def _divided(self, node: Ratio, scope: Scope) -> made.Formula:
        return made.Times((self.formula(node.over, scope), *self._under(node.under, scope)))

    def _under(self, node: Node, scope: Scope) -> list[made.Formula]:
        """What stands below a line: numbers, letters and entries."""
        if isinstance(node, Number) and node.value:
            return [made.Number(1 / Fraction(node.value))]
        if isinstance(node, Product):
            return [part for factor in node.factors for part in self._under(factor, scope)]
        found = self.names.found(node)
        if found is not None and found.role in ("X", "F", "G", "b"):
            return [self.with_quotients(lambda: replace(self.entry(found, scope), inverse=True))]
        if found is not None or not isinstance(node, Named):
            raise UndecidedError("it divides by something that is no number and no entry")
        factor = self._factor(node, scope)
        parts = factor.factors if isinstance(factor, made.Times) else (factor,)
        return [replace(part, power=-1) for part in parts if isinstance(part, made.Factor)]

    def _partial(self, node: Partial, scope: Scope) -> made.Formula:
        under = self.names.found(node.under)
        if under is None or under.role not in (*GRADIENTS, "Z"):
            raise UndecidedError("it differentiates by something that is no array of the layer")
        over = self.names.found(node.over)
        if self.names.is_loss(node.over):
            index = self.layout.indices(over).get("batch") if over else None
            example = None if index is None else self._example(index, scope)
            gradient = replace(under, role={**GRADIENTS, "Z": "dX"}[under.role])
            return self._gradient_or_entry(gradient, scope, example)
        if over is None or over.role not in GRADIENTS or over.role not in ("O", under.role):
            raise UndecidedError("it differentiates something that is not the output")
        return self.with_quotients(lambda: made.Local(self.entry(over, scope), self.entry(under, scope)))

    def _marked_by(self, node: Marked, scope: Scope) -> made.Formula:
        return self.formula(node.body, scope)

    def _no_gradient(self, node: Differential, scope: Scope) -> made.Formula:
        raise UndecidedError(f"{node.sign} stands before something that is no array")

    def _bracket(self, node: Iverson, scope: Scope) -> made.Formula:
        return self.with_quotients(lambda: self.conditions(node, scope))

    # Sums

    def _big(self, node: Big, scope: Scope) -> made.Formula:
        return self._summed([Limits(letter) for letter in summed(node)], node.body, scope)

    def _bounded(self, node: Bounded, scope: Scope) -> made.Formula:
        if node.sign != "∑":
            raise UndecidedError("a product ∏ stands in it")
        if not (node.below or node.above):
            return self._contracted(_factors(node.body), scope)
        return self._summed(limits(node), node.body, scope)

    def _summed(self, letters: Sequence[Limits], body: Node, scope: Scope) -> made.Formula:
        inner = {each.letter: self.unknown("v") for each in letters}
        self.bound |= set(inner)
        self.shown.update({name: text_of(letter) for letter, name in inner.items()})
        limited = {inner[each.letter] for each in letters if each.low is not None or each.high is not None}
        within = replace(scope, inner={**scope.inner, **inner}, limited=scope.limited | limited)
        found = self.formula(body, within)
        for each in reversed(letters):
            found = self._total(each, inner[each.letter], found, body, scope)
        return found

    def _total(self, ends: Limits, inner: str, inside: made.Formula, body: Node, scope: Scope) -> made.Formula:
        uses = self.letters.uses(ends.letter, body) or self.letters.uses(ends.letter, self.tree)
        axis = next(iter(self.letters.axes(ends.letter, body)), "0")
        ends = self._real(ends, uses)
        whole = self._goes_through(ends, uses, axis)
        where = Where(axis, uses[0][0] if uses else "", limit=True)

        def make() -> made.Formula:
            least = whole[0] if ends.low is None else self.expression(ends.low, where, scope)
            most = whole[1] if ends.high is None else self.expression(ends.high, where, scope)
            return made.Total(inner, least, most, inside)

        return self.with_quotients(make)

    def _goes_through(self, ends: Limits, uses: Sequence[tuple[str, str, Node]], axis: str) -> Range:
        """The range of a letter where it has no limits."""
        if uses:
            return self.whole_range(*uses[0][:2])
        if ends.low is None or ends.high is None:
            self.guessed.add(ends.letter)
        return self.whole_range(self.way.guess, axis if axis.isdigit() else "0")

    def _real(self, ends: Limits, uses: Sequence[tuple[str, str, Node]]) -> Limits:
        """The limits that are written, where they are not those of an index that goes through a whole array."""
        if not uses:
            return ends
        counts = self.way.counts or {}
        counted = isinstance(ends.low, Number) and isinstance(ends.high, Number)
        length = Fraction(ends.high.value) - Fraction(ends.low.value) + 1 if counted else None  # type: ignore[union-attr]
        if self.way.whole_sums or (counted and counts.get(uses[0][0]) == length):
            return Limits(ends.letter)
        return ends


FORMULAS: Mapping[type, Callable[[Converter, Any, Scope], made.Formula]] = {
    Number: Converter._number, Decimal: Converter._decimal, Named: Converter._factor, Sum: Converter._plus,
    Negative: Converter._minus, Product: Converter._joined, Operation: Converter._joined, Inner: Converter._inner,
    Ratio: Converter._divided, Partial: Converter._partial, Differential: Converter._no_gradient,
    Big: Converter._big, Bounded: Converter._bounded, Iverson: Converter._bracket, Marked: Converter._marked_by,
}  # fmt: skip


def _single(node: made.Formula, quotients: dict[str, made.Divided]) -> tuple[made.Entry | made.Local, ...]:
    """The entries and derivatives of a product that is summed over nothing; `quotients` takes in what is divided."""
    match node:
        case made.Entry() | made.Local():
            return (node,)
        case made.Times(factors):
            return tuple(entry for factor in factors for entry in _single(factor, quotients))
        case made.Divided(letter):
            quotients[letter] = node
            return _single(node.body, quotients)
    return ()


def _entries(node: made.Entry | made.Local) -> tuple[made.Entry, ...]:
    return (node.over, node.under) if isinstance(node, made.Local) else (node,)


def _listed(text: str) -> tuple[Node, ...]:
    """Indices as they stand below a name."""
    try:
        return read_list(text)
    except InputError as error:
        raise UndecidedError(f"the index {text} cannot be read") from error


def _factors(node: Node) -> list[Node]:
    """What is multiplied, whatever the signs between."""
    factors: list[Node] = []
    waiting: list[Node] = [node]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Product):
            waiting += reversed(part.factors)
        elif isinstance(part, Inner) or (isinstance(part, Operation) and part.sign in TIMES):
            waiting += [part.right, part.left]
        else:
            factors.append(part)
    return factors
