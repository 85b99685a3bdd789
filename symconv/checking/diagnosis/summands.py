"""Sums taken apart: their terms with values, and the place of a sum inside a formula."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from symconv.checking.diagnosis.case import Case, bare
from symconv.meaning.polynomials import Polynomial, constant, int_if_whole, total
from symconv.notation.tree import Negative, Node, Number, Operation, Product, Ratio, Sum
from symconv.notation.tree import total as sum_of

SCALING = frozenset({"*", "∗", "×", "·", "•"})
"""Signs that between numbers can only mean their product."""


@dataclass(frozen=True)
class Term:
    """A term of a sum, without its sign, and its value with it."""

    node: Node
    negative: bool
    value: Polynomial


@dataclass(frozen=True)
class Place:
    """A sum inside a formula, what its value should be, and the formula with another sum there."""

    terms: tuple[Term, ...]
    right: Polynomial
    put: Callable[[Node], Node]

    @property
    def written(self) -> Polynomial:
        return total(term.value for term in self.terms)


def as_sum(terms: Sequence[tuple[Node, bool]]) -> Node:
    """The sum of terms with their signs."""
    return sum_of(tuple(Negative(node) if negative else node for node, negative in terms))


def places(case: Case, node: Node, right: Polynomial) -> Iterator[Place]:
    """The sums in a formula of which one alone would make it right, from the outside in."""
    terms = terms_of(case, node)
    if terms is None:
        return
    yield Place(terms, right, lambda inner: inner)
    for at, term in enumerate(terms):
        rest = right - total(other.value for other in terms if other is not term)
        for factor, inner, put in _opened(case, term.node):
            wanted = quotient(-rest if term.negative else rest, factor)
            if wanted is not None:
                for place in places(case, inner, wanted):
                    yield _within(terms, at, put, place)


def _within(terms: Sequence[Term], at: int, put: Callable[[Node], Node], place: Place) -> Place:
    def whole(inner: Node) -> Node:
        changed = put(place.put(inner))
        return as_sum([(changed if i == at else term.node, term.negative) for i, term in enumerate(terms)])

    return Place(place.terms, place.right, whole)


def terms_of(case: Case, node: Node) -> tuple[Term, ...] | None:
    """The terms of a sum, or the one term of what is no sum; None where too many are no numbers.

    One that is no number counts as zero, so that it is never right.
    """
    found, numbers = [], 0
    for part, negative in _summands(node):
        value = case.scalar(part)
        numbers += value is not None
        value = value or constant(0)
        found.append(Term(part, negative, -value if negative else value))
    return tuple(found) if numbers >= len(found) - 1 else None


def _summands(node: Node, *, negative: bool = False) -> Iterator[tuple[Node, bool]]:
    node = bare(node)
    if isinstance(node, Sum):
        for term in node.terms:
            yield from _summands(term, negative=negative)
    elif isinstance(node, Negative):
        yield from _summands(node.term, negative=not negative)
    else:
        yield node, negative


def _opened(case: Case, node: Node) -> Iterator[tuple[Polynomial, Node, Callable[[Node], Node]]]:
    """A sum as a factor: the value of the other factors, the sum, and the product with another sum."""
    match node:
        case Product(factors):
            at = [i for i, factor in enumerate(factors) if isinstance(bare(factor), Sum)]
            if len(at) == 1:
                i = at[0]
                others = case.scalar(Product((Number(1), *factors[:i], *factors[i + 1 :])))
                if others is not None:
                    yield others, factors[i], lambda inner: Product((*factors[:i], inner, *factors[i + 1 :]))
        case Operation(sign, left, right) if sign in SCALING and isinstance(bare(right), Sum):
            yield from _scaled(case, left, right, lambda inner: Operation(sign, left, inner, node.lower))
        case Operation(sign, left, right) if sign in SCALING and isinstance(bare(left), Sum):
            yield from _scaled(case, right, left, lambda inner: Operation(sign, inner, right, node.lower))
        case Ratio(over, under) if isinstance(bare(over), Sum):
            number = case.scalar(under)
            if number is not None and number.number:
                yield constant(1 / Fraction(number.number)), over, lambda inner: Ratio(inner, under)


def _scaled(
    case: Case, other: Node, inner: Node, put: Callable[[Node], Node]
) -> Iterator[tuple[Polynomial, Node, Callable[[Node], Node]]]:
    value = case.scalar(other)
    if value is not None:
        yield value, inner, put


def quotient(value: Polynomial, divisor: Polynomial) -> Polynomial | None:
    """A polynomial divided by one term, where that leaves no remainder.

    >>> from symconv.meaning.polynomials import atom
    >>> quotient(atom("X", 0) * atom("F", 0) * 3, atom("F", 0) * 3) == atom("X", 0)
    True
    """
    if len(divisor.terms) != 1:
        return None
    ((atoms, coefficient),) = divisor.terms.items()
    found = {}
    for product, times in value.terms.items():
        rest = list(product)
        for each in atoms:
            if each not in rest:
                return None
            rest.remove(each)
        share = Fraction(times) / Fraction(coefficient)
        found[tuple(rest)] = int_if_whole(share)
    return Polynomial(found)
