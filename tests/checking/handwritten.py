"""Right equations of layers by nested loops and plain dictionaries, written out as people do.

Nothing here is shared with what is tested: neither forms nor polynomials nor printers.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

from symconv.layers.avg_pool import AvgPool
from symconv.layers.conv import Conv
from symconv.layers.dense import Dense
from symconv.layers.flatten import Flatten
from symconv.layers.max_pool import MaxPool

Position = tuple[int, ...]
Entry = tuple[str, Position]
Terms = dict[tuple[Entry, ...], Fraction]
"""A sum of products: each product as its sorted entries, with its number."""
ARRAYS = {"dX": "X", "dF": "F", "db": "b", "G": "O"}


def added(*sums: Terms) -> Terms:
    found: Terms = {}
    for terms in sums:
        for product, number in terms.items():
            found[product] = found.get(product, Fraction(0)) + number
    return {product: number for product, number in found.items() if number}


def multiplied(one: Terms, other: Terms) -> Terms:
    pairs = itertools.product(one.items(), other.items())
    return added(*({tuple(sorted((*a, *b))): x * y} for (a, x), (b, y) in pairs))


def entry(role: str, *position: int) -> Terms:
    return {((role, position),): Fraction(1)}


@dataclass(frozen=True)
class Oracle:
    """What each entry of a layer's arrays is: `outputs` gives O, everything else follows by differentiation."""

    layer: Any
    shapes: Mapping[str, Position]
    outputs: Mapping[Position, Terms]

    @cached_property
    def _gradients(self) -> dict[Entry, Terms]:
        found: dict[Entry, list[Terms]] = {}
        for at, terms in self.outputs.items():
            for product, number in terms.items():
                for role, position in product:
                    rest = list(product)
                    rest.remove((role, position))
                    whole = {tuple(sorted((("G", at), *rest))): number}
                    found.setdefault((role, position), []).append(whole)
        return {key: added(*terms) for key, terms in found.items()}

    def value(self, role: str, position: Position) -> Terms:
        """An entry in terms of those that are independent."""
        if role == "O":
            return self.outputs[position]
        if role in ARRAYS and role != "G":
            return self._gradients.get((ARRAYS[role], position), {})
        return entry(role, *position)


def convolution(layer: Conv) -> Oracle:
    """Nested loops over channels, outputs and filter entries."""
    axes = layer.axes
    channels = layer.in_channels > 1 or layer.out_channels > 1
    outputs: dict[Position, Terms] = {}
    for o in range(layer.out_channels):
        for at in itertools.product(*(range(axis.output) for axis in axes)):
            products = [
                multiplied(entry("X", *lead(0, c), *reads), entry("F", *lead(o, c), *tap))
                for c in range(layer.in_channels)
                for tap in itertools.product(*(range(axis.filter) for axis in axes))
                if (reads := read_by(axes, at, tap, layer.convention)) is not None
                for lead in [lambda *numbers: numbers if channels else ()]
            ]
            bias = [entry("b", *((o,) if channels else ()))] if layer.bias == "map" else []
            outputs[(0, o, *at) if channels else at] = added(*products, *bias)
    return Oracle(layer, shapes_of(layer), outputs)


def read_by(axes: Sequence[Any], at: Position, tap: Position, convention: str) -> Position | None:
    """The entry of the input that a filter entry meets, or None outside of the input."""
    found = []
    for axis, i, f in zip(axes, at, tap, strict=True):
        place = axis.filter - 1 - f if convention == "convolution" else f
        x = axis.stride * i + axis.dilation * place - axis.before
        if not 0 <= x < axis.size:
            return None
        found.append(x)
    return tuple(found)


def average(layer: AvgPool) -> Oracle:
    outputs: dict[Position, Terms] = {}
    for at in itertools.product(*(range(axis.output) for axis in layer.axes)):
        taps = itertools.product(*(range(axis.filter) for axis in layer.axes))
        reads = [x for tap in taps if (x := read_by(layer.axes, at, tap, "correlation")) is not None]
        outputs[at] = added(*({(("X", x),): Fraction(1, len(reads))} for x in reads))
    return Oracle(layer, shapes_of(layer), outputs)


def maximum(layer: MaxPool) -> Oracle:
    """With a mask for each place of each window."""
    outputs: dict[Position, Terms] = {}
    for at in itertools.product(*(range(axis.output) for axis in layer.axes)):
        taps = itertools.product(*(range(axis.filter) for axis in layer.axes))
        reads = [(tap, x) for tap in taps if (x := read_by(layer.axes, at, tap, "correlation")) is not None]
        outputs[at] = added(*(multiplied(entry("M", *at, *tap), entry("X", *x)) for tap, x in reads))
    return Oracle(layer, shapes_of(layer), outputs)


def dense(layer: Dense) -> Oracle:
    outputs = {
        (i,): added(entry("b", i), *(multiplied(entry("F", i, j), entry("X", j)) for j in range(layer.inputs)))
        for i in range(layer.outputs)
    }
    return Oracle(layer, shapes_of(layer), outputs)


def flatten(layer: Flatten) -> Oracle:
    places = itertools.product(*map(range, layer.arrays["X"].shape))
    return Oracle(layer, shapes_of(layer), {(at,): entry("X", *place) for at, place in enumerate(places)})


def shapes_of(layer: Any) -> dict[str, Position]:
    arrays = {role: tuple(array.shape) for role, array in layer.arrays.items()}
    return {**arrays, **{role: arrays[of] for role, of in ARRAYS.items() if of in arrays}}


ORACLES = {Conv: convolution, AvgPool: average, MaxPool: maximum, Dense: dense, Flatten: flatten}


def oracle(layer: Any) -> Oracle:
    """What a layer computes, entry by entry.

    >>> oracle(Conv(input=3, filter=2)).value("dX", (0,))
    {(('F', (0,)), ('G', (0,))): Fraction(1, 1)}
    """
    return ORACLES[type(layer)](layer)


# Writing


@dataclass(frozen=True)
class Pen:
    """Letters by role, the number of the first index, and how indices are written: packed, with commas or in brackets.

    >>> Pen({"X": "x", "L": "E", "F": "w"}, 1, "comma").name("dF", (0, 1))
    '\\\\frac{\\\\partial E}{\\\\partial w_{1,2}}'
    """

    letters: Mapping[str, str]
    base: int = 1
    style: str = "packed"
    sign: str = " "

    def name(self, role: str, position: Position) -> str:
        if role in ARRAYS and role not in self.letters:
            return rf"\frac{{\partial {self.letters['L']}}}{{\partial {self.name(ARRAYS[role], position)}}}"
        index = [str(place + self.base) for place in position]
        if not index:
            return self.letters[role]
        if self.style == "brackets":
            return f"{self.letters[role]}({', '.join(index)})"
        packed = self.style == "packed" and all(len(place) == 1 for place in index)
        return f"{self.letters[role]}_{{{('' if packed else ',').join(index)}}}"

    @property
    def names(self) -> dict[str, tuple[str, ...]]:
        return {role: (letter,) for role, letter in self.letters.items()}


@dataclass(frozen=True)
class Product:
    """A number times entries, in the order in which they are written."""

    number: Fraction
    entries: tuple[Entry, ...]

    def written(self, pen: Pen, *, first: bool) -> str:
        sign = "-" if self.number < 0 else "" if first else "+"
        size = abs(self.number)
        front = [] if size == 1 and self.entries else [str(size) if size.denominator == 1 else _fraction(size)]
        return f"{sign} {pen.sign.join([*front, *(pen.name(*each) for each in self.entries)])}"


def _fraction(number: Fraction) -> str:
    return rf"\frac{{{number.numerator}}}{{{number.denominator}}}"


@dataclass(frozen=True)
class Equation:
    """An entry and a sum of products."""

    left: Entry
    products: tuple[Product, ...]

    def written(self, pen: Pen) -> str:
        terms = [product.written(pen, first=not at) for at, product in enumerate(self.products)]
        return f"{pen.name(*self.left)} = {' '.join(terms) or '0'}"

    def is_right(self, truth: Oracle) -> bool:
        """Whether both sides are the same sum, everything multiplied out."""
        return truth.value(*self.left) == added(*(_value(truth, product) for product in self.products))

    def exists(self, truth: Oracle) -> bool:
        """Whether every entry that is named exists."""
        named = [self.left, *(each for product in self.products for each in product.entries)]
        return all(
            len(at) == len(truth.shapes[role]) and all(0 <= i < n for i, n in zip(at, truth.shapes[role], strict=True))
            for role, at in named
        )

    def with_product(self, at: int, *products: Product) -> Equation:
        return replace(self, products=(*self.products[:at], *products, *self.products[at + 1 :]))


def _value(truth: Oracle, product: Product) -> Terms:
    found: Terms = {(): product.number}
    for each in product.entries:
        found = multiplied(found, truth.value(*each))
    return found


def right(truth: Oracle, role: str, position: Position, *, front: str = "G") -> Equation:
    """The right equation of an entry, the array `front` first in each product."""
    products = [
        Product(number, tuple(sorted(entries, key=lambda each: (each[0] != front, each))))
        for entries, number in sorted(truth.value(role, position).items())
    ]
    return Equation((role, position), tuple(products))


def entries_of(truth: Oracle, role: str) -> Iterator[Position]:
    return itertools.product(*map(range, truth.shapes[role]))
