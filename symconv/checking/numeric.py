"""Numbers that a text gives to arrays, and formulas in which they are put in.

An array is given numbers where it stands beside a matrix of them, X = [1 2; 3 4]. From there on
a formula one of whose sides is made of numbers alone is decided with them. Decimals behind ≈ are rounded: each may be
any number that rounds to the digits shown.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from symconv.checking.context import Context
from symconv.checking.spelling import NoEntryError, UnknownNameError, Vocabulary
from symconv.checking.values import Value, alignments
from symconv.checking.world import FormWorld, Position
from symconv.derivation import numbers as layer_numbers
from symconv.derivation.numbers import LayerNumbers, Reckoning, light
from symconv.errors import NotSupportedError, SymconvError
from symconv.meaning.certified import Real
from symconv.meaning.polynomials import Atom, Polynomial, atom, constant
from symconv.notation.reading import resolved
from symconv.notation.tree import (
    Bracketed,
    Decimal,
    Dots,
    Labelled,
    Marked,
    Matrix,
    Negative,
    Node,
    Number,
    Power,
    Product,
    Ratio,
    Relation,
    Sum,
    Symbol,
    product,
    rebuilt,
    walk,
)

ROUNDED = "≈"
"""The role of what is not known of a rounded number: something between -1 and 1, times half a unit."""
DIGITS = 40
"""Significant digits of numbers that are no fractions."""
MOST_PRODUCTS = 1_000_000
GIVES = "it gives numbers to an array"
SHOWN = 6
"""Significant digits of a rounded number on a page of symconv's own, which leaves zeros at the end out."""


# Numbers in formulas


def number_of(node: Node) -> Fraction | None:
    """The number that a formula without names is; None for anything else.

    >>> number_of(Negative(Ratio(Number(1), Number(2))))
    Fraction(-1, 2)
    """
    match node:
        case Number(value):
            return Fraction(value)
        case Decimal():
            return exact_value(node)
        case Negative(term):
            inner = number_of(term)
            return None if inner is None else -inner
        case Bracketed(body) | Marked(body):
            return number_of(body)
        case Product():
            whole = with_powers(node)
            return None if isinstance(whole, Product) else number_of(whole)
        case Ratio(over, under):
            above, below = number_of(over), number_of(under)
            return above / below if above is not None and below else None
    return None


def with_powers(node: Node) -> Node:
    """A formula with decimals and the powers of ten behind them as single numbers.

    >>> with_powers(Product((Decimal(25, -1), Power(Number(10), Negative(Number(8))))))
    Decimal(digits=25, exponent=-9)
    """

    def joined(part: Node) -> Node | None:
        if not isinstance(part, Product):
            return None
        factors: list[Node] = []
        for factor in map(with_powers, part.factors):
            exponent = _exponent(factor)
            before = factors[-1] if factors else None
            if exponent is not None and isinstance(before, Decimal | Number):
                factors[-1] = _times_power(before, exponent)
            else:
                factors.append(factor)
        return product(tuple(factors))

    return rebuilt(node, joined)


def _exponent(node: Node) -> int | None:
    """The exponent of a power of ten."""
    if not isinstance(node, Power) or node.base != Number(10):
        return None
    exponent = number_of(node.exponent)
    return int(exponent) if exponent is not None and exponent.denominator == 1 else None


def _times_power(number: Decimal | Number, exponent: int) -> Node:
    if isinstance(number, Decimal):
        return Decimal(number.digits, number.exponent + exponent)
    if Fraction(number.value).denominator == 1:
        return Decimal(int(number.value), exponent)
    return Number(Fraction(number.value) * Fraction(10) ** exponent)


def as_rounded(side: Node) -> Node:
    """A side that is one number, or a matrix of them, behind ≈: whole numbers are rounded too, 0 is not."""
    match side:
        case Number(value) if value and Fraction(value).denominator == 1:
            return Decimal(int(value), 0)
        case Negative(term):
            return Negative(as_rounded(term))
        case Matrix(rows):
            return Matrix(tuple(tuple(map(as_rounded, row)) for row in rows))
    return side


def exact_value(decimal: Decimal) -> Fraction:
    return Fraction(decimal.digits) * Fraction(10) ** decimal.exponent


def half_unit(decimal: Decimal, shown: int = SHOWN) -> Fraction:
    """How far a number that was rounded to this decimal may be from it, at least so many digits being shown.

    >>> half_unit(Decimal(25, -2)), half_unit(Decimal(25, -2), 0)
    (Fraction(1, 2000000), Fraction(1, 200))
    """
    last = len(str(abs(decimal.digits))) + decimal.exponent - shown
    return Fraction(10) ** (min(decimal.exponent, last) if shown else decimal.exponent) / 2


def is_numeric(node: Node) -> bool:
    """Whether a resolved side is made of numbers alone."""
    return not any(isinstance(part, Symbol) for part in walk(node))


# What a text gives


@dataclass(frozen=True)
class Given:
    """The arrays that a text has given numbers to, by role; an entry that was left out is None."""

    arrays: Mapping[str, Any] = field(default_factory=dict)
    _worked: dict[Any, Mapping[str, Any]] = field(default_factory=dict, compare=False, repr=False)

    def after(self, node: Node | None, context: Context) -> Given:
        """With what a formula gives."""
        found = None if node is None else given_by(node, context)
        if found is None:
            return self
        role, index, entries, shape = found
        known = self.arrays.get(role)
        array = np.full(shape, None, dtype=object) if known is None or known.shape != shape else known.copy()
        try:
            part: Any = array[(*index, ...)]  # type: ignore[arg-type]
            part[...] = _laid(entries, part.shape)
        except (IndexError, ValueError, SymconvError):
            return self
        return Given({**self.arrays, role: array})

    def gives(self, node: Node, context: Context) -> bool:
        """Whether a formula gives numbers to an array."""
        return given_by(node, context) is not None

    def worked(self, context: Context) -> Mapping[str, Any]:
        """All arrays that follow, by role."""
        key = context.layer if context.own is None else (context.layer, context.values, context.batch_mean)
        try:
            if key not in self._worked:
                self._worked[key] = _worked(self.arrays, context)
        except TypeError:
            return _worked(self.arrays, context)
        return self._worked[key]


@dataclass(frozen=True)
class Known:
    """Arrays whose numbers are all known."""

    arrays: Mapping[str, Any]

    def gives(self, node: Node, context: Context) -> bool:
        return False

    def worked(self, context: Context) -> Mapping[str, Any]:
        return self.arrays


def given_by(node: Node, context: Context) -> tuple[str, Position, Value, Position] | None:
    """The array, and the index of its slice, that a formula gives numbers to, these, and the shape of the array."""
    name, entries = _definition(node)
    if entries is None or context.layer is None:
        return None
    try:
        shapes = needed(context)
        symbol = _resolved(name, context, shapes)
    except (SymconvError, UnknownNameError, NoEntryError):
        return None
    if not isinstance(symbol, Symbol) or symbol.role not in shapes:
        return None
    shape = shapes[symbol.role]
    index = tuple(part for part in symbol.index if isinstance(part, int) and part >= 0)
    whole = len(index) < len(shape) or math.prod(shape) == 1
    return (symbol.role, index, entries, shape) if whole and index == symbol.index else None


def _definition(node: Node) -> tuple[Node, Value | None]:
    """A name and the numbers beside it; None where these are none."""
    if not isinstance(node, Relation) or len(node.sides) != 2 or node.sign_before(1) not in ("=", "≈", "≔"):
        return node, None
    left, right = node.sides
    return left, _entries(right.body if isinstance(right, Labelled) else right)


def _resolved(name: Node, context: Context, shapes: Mapping[str, Position]) -> Node:
    if context.own is not None:
        return resolved(name, context.style, {role: len(shape) for role, shape in shapes.items()})
    return Vocabulary(context, shapes).resolved(name)


def gaps_of(matrix: Matrix) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The rows and the columns of a matrix that are all dots; a single row is none."""
    rows = tuple(at for at, row in enumerate(matrix.rows) if all(isinstance(cell, Dots) for cell in row))
    columns = [at for at, column in enumerate(zip(*matrix.rows, strict=True)) if all(map(_is_dots, column))]
    return (rows if len(matrix.rows) > 1 else ()), (tuple(columns) if len(matrix.rows[0]) > 1 else ())


def _is_dots(node: Node) -> bool:
    return isinstance(node, Dots)


def _entries(node: Node) -> Value | None:
    """The numbers of a matrix, or one by itself; None for what holds anything else."""
    if not isinstance(node, Matrix):
        number = number_of(node)
        return None if number is None else Value(np.array([[number]], dtype=object))
    rows, columns = gaps_of(node)
    found = np.full((len(node.rows), len(node.rows[0])), None, dtype=object)
    for at in np.ndindex(*found.shape):
        if at[0] not in rows and at[1] not in columns:
            found[at] = number_of(node.rows[at[0]][at[1]])
            if found[at] is None:
                return None
    return Value(found, gaps=(rows, columns) if rows or columns else ())


def _laid(found: Value, shape: Position) -> Any:
    """A matrix in the shape of its array, a row or a column as a vector; None where dots leave entries out.

    Raises `ValueError` where it does not fit in exactly one way.
    """
    if found.gaps:
        ways = [one.entries for one, _ in alignments(found, Value(np.full(shape, None, dtype=object)))]
        (entries,) = ways
    else:
        entries = found.entries
    if entries.shape == shape or (len(shape) < 2 and 1 in entries.shape):
        return entries.reshape(shape)
    raise ValueError


def needed(context: Context) -> Mapping[str, Position]:
    """The shapes of the arrays that are given numbers, by role."""
    layer = context.layer
    if layer.kind == "network":
        from symconv.network import numbers as network_numbers

        shapes = dict(network_numbers.needed(layer))
        signal = shapes.pop("G", None)
        return shapes if signal is None else {**shapes, f"d:{layer.names[-1]}.O": signal}
    if layer.kind in ("graph", "conv-general"):
        return {}
    shapes = layer_numbers.needed(layer)
    return {role: layer.system.shape(role) for role in shapes} if hasattr(layer, "system") else shapes


def _worked(given: Mapping[str, Any], context: Context) -> Mapping[str, Any]:
    layer, shapes = context.layer, needed(context)
    drawn = _drawn(context, shapes)
    known = {role: _together(drawn.get(role), array) for role, array in given.items() if role in shapes}
    known = {**drawn, **known}
    complete = {role for role, array in known.items() if not any(entry is None for entry in array.ravel())}
    if complete < set(shapes) or sum(map(math.prod, shapes.values())) > MOST_PRODUCTS or _is_large(layer):
        return _with_masks(layer, known)
    if layer.kind == "network":
        return _of_network(layer, known)
    if hasattr(layer, "system"):
        known = {role: layer.from_system(role, array) for role, array in known.items()}
    own, reckoning = LayerNumbers(layer, Fraction(1, layer.batch if context.batch_mean else 1)), Reckoning()
    found = light(known)
    found |= reckoning.run(lambda numbers: own.forward(found, numbers), found)
    found |= reckoning.run(lambda numbers: own.backward(found, numbers), found)
    return found


def _with_masks(layer: Any, known: Mapping[str, Any]) -> Mapping[str, Any]:
    """With the masks of a pool whose input is known."""
    values = known.get("X")
    if layer.kind != "max-pool" or "M" in known or values is None or any(entry is None for entry in values.flat):
        return known
    return {**known, "M": layer.masks(values)}


def _together(drawn: Any, given: Any) -> Any:
    """What a page shows of an array, and what it drew of the rest."""
    if drawn is None or drawn.shape != given.shape:
        return given
    return np.where(np.equal(given, None), drawn, given)  # type: ignore[call-overload]


def _of_network(network: Any, known: Mapping[str, Any]) -> Mapping[str, Any]:
    from symconv.network.numbers import NetworkNumbers

    given = {"G" if role.startswith("d:") else role: array for role, array in known.items()}
    return NetworkNumbers(network).computed(given, Reckoning())


def _is_large(layer: Any) -> bool:
    layers = getattr(layer, "layers", (layer,))
    return bool(sum(each.term_count() for each in layers if hasattr(each, "term_count")) > MOST_PRODUCTS)


def _drawn(context: Context, shapes: Mapping[str, Position]) -> Mapping[str, Any]:
    """The numbers that the page says it drew."""
    from symconv.layers.values import values_for

    if not context.values.startswith("random:"):
        return {}
    layer = context.layer
    if layer.kind != "network":
        drawn = values_for(context.values, layer_numbers.needed(layer), layer_numbers.draws(layer))
        return {role: layer.to_system(role, drawn[role]) for role in drawn} if hasattr(layer, "system") else drawn
    from symconv.network import numbers as network_numbers

    found = values_for(context.values, network_numbers.needed(layer), network_numbers.draws(layer))
    return {f"d:{layer.names[-1]}.O" if role == "G" else role: array for role, array in found.items()}


# A world of numbers


class NumberWorld:
    """The arrays of a world with numbers put in."""

    def __init__(self, world: FormWorld, arrays: Mapping[str, Any]) -> None:
        self._world = world
        self._arrays = arrays
        self.shapes = world.shapes

    def entry(self, role: str, position: Position) -> Polynomial:
        known = self._known((role, position))
        if known is not None:
            return known
        found = self._world.entry(role, position).replaced(self._known)
        missing = sorted(each[0] for each in found.atoms if each[0] != ROUNDED)
        if missing:
            raise NotSupportedError(f"no numbers are given for {missing[0]}")
        return found

    def derivative(self, over: Polynomial, role: str, position: Position) -> Polynomial:
        raise NotSupportedError("a derivative of numbers")

    def window(self, position: Position) -> frozenset[Atom]:
        return self._world.window(position)

    def _known(self, entry: Atom) -> Polynomial | None:
        role, position = entry
        array = self._arrays.get(role)
        if array is None or array.shape != self.shapes.get(role) or array[position] is None:
            return None
        return as_number(array[position])


_COUNTER = itertools.count()


def rounded(middle: Fraction, away: Fraction) -> Polynomial:
    """A number of which no more is known than how far it may be from another."""
    return constant(middle) + atom(ROUNDED, next(_COUNTER)) * away


def as_number(value: Any) -> Polynomial:
    """A number; what is no fraction to very many digits."""
    if not isinstance(value, Real):
        return constant(Fraction(value))
    digits, exponent = value.of.rounded(value, DIGITS)
    unit = Fraction(10) ** exponent
    return rounded(digits * unit, unit)


def agree(left: Polynomial, right: Polynomial) -> bool:
    """Whether two numbers can be equal, given how far what is rounded in them may be off."""
    difference = (left - right).terms
    if any(role != ROUNDED for product in difference for role, _ in product):
        return False
    away = sum(abs(Fraction(value)) for product, value in difference.items() if product)
    return abs(Fraction(difference.get((), 0))) <= away


def leaves_out(node: Node) -> bool:
    """Whether dots stand for some terms of a sum."""
    return any(isinstance(part, Sum) and any(isinstance(term, Dots) for term in part.terms) for part in walk(node))
