"""Lines with general indices as numbers: trees evaluated by loops, and a convolution by loops to compare them with.

Nothing of symconv takes part but the trees themselves and the letters of a layer.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np

from symconv.layers.general import GeneralConv
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
    Sum,
    Symbol,
)

MAPS = {r"\nu": 0, r"\mu": 1, r"\kappa": 2}
AXES = {"i": ("o", 0), "j": ("o", 1), "u": ("k", 0), "v": ("k", 1), "p": ("n", 0), "q": ("n", 1)}
Numbers = Mapping[str, Any]


class NoEntryError(Exception):
    """A line names an entry that an array does not have."""


class Loops:
    """A convolution of whole numbers: one geometry (n, k, s, d, a, c) an axis, arrays filled at random."""

    def __init__(self, layer: GeneralConv, axes: list[tuple[int, ...]], seed: int = 0) -> None:
        self.layer, self.axes = layer, axes
        self.windows = [len(range(0, n + a + c - d * (k - 1), s)) for n, k, s, d, a, c in axes]
        self.maps = (2, 3, 2) if layer.channels else ()
        numbers = np.random.default_rng(seed)
        shapes = {"X": (0, 2), "F": (1, 2), "G": (0, 1), "b": (1,)}
        sizes = {"X": [each[0] for each in axes], "F": [each[1] for each in axes], "G": self.windows,
                 "b": self.windows if layer.bias == "entry" else []}  # fmt: skip
        maps = {role: tuple(self.maps[at] for at in own if self.maps) for role, own in shapes.items()}
        self.shapes = {role: (*maps[role], *sizes[role]) for role in shapes}
        self.arrays = {role: numbers.integers(-9, 10, shape) for role, shape in self.shapes.items()}

    def forward(self, X: Any, F: Any, b: Any) -> Any:
        """O, window by window."""
        out = np.zeros(self.shapes["G"], dtype=object)
        filters = list(product(*(range(each[1]) for each in self.axes)))
        for at in np.ndindex(out.shape):
            maps, window = at[: len(self.maps) and 2], at[len(self.maps) and 2 :]
            total = 0
            for into, place in product(range(self.maps[2]) if self.maps else [None], filters):
                each = zip(self.axes, window, place, strict=True)
                x = tuple(s * i + d * f - a for (_, _, s, d, a, _), i, f in each)
                if all(0 <= position < geometry[0] for position, geometry in zip(x, self.axes, strict=True)):
                    turned = self.layer.convention == "convolution"
                    f = tuple(g[1] - 1 - u if turned else u for g, u in zip(self.axes, place, strict=True))
                    seen = X[(*((maps[0], into) if self.maps else ()), *x)]
                    total += seen * F[(*((maps[1], into) if self.maps else ()), *f)]
            if self.layer.bias:
                total += b[(*maps[1:], *(window if self.layer.bias == "entry" else ()))]
            out[at] = total
        return out

    def by_one(self, role: str, at: tuple[int, ...]) -> Any:
        """∂O by one entry: what the output changes by when that is raised by 1."""
        arrays = {name: self.arrays[name] for name in "XFb"}
        raised = {**arrays, role: arrays[role].copy()}
        raised[role][at] += 1
        return self.forward(**raised) - self.forward(**arrays)

    def gradient(self, role: str, at: tuple[int, ...]) -> int:
        return int((self.by_one(role, at) * self.arrays["G"]).sum())

    def size(self, letter: str) -> int:
        """The number that a letter of a size stands for."""
        plain, _, axis = letter.partition("_")
        at = int(axis.strip("{}")) - 1 if axis else 0
        n, k, s, d, a, c = self.axes[at]
        o = self.windows[at]
        r = n + a + c - d * (k - 1) - 1 - s * (o - 1)
        return {"n": n, "k": k, "s": s, "d": d, "a": a, "c": c, "o": o, "r": r,
                "a'": d * (k - 1) - a, "c'": d * (k - 1) - c + r}[plain]  # fmt: skip

    def range_of(self, letter: str) -> range:
        """The positions of a letter's axis; the spread gradient is looked at beyond both of its ends."""
        plain = letter.rstrip("'")
        if plain in MAPS:
            return range(self.maps[MAPS[plain]])
        if plain in ("e", "f"):
            axis = "ef".index(plain)
            return range(-2, self.axes[axis][2] * self.windows[axis] + 2)
        size, axis = AXES[plain]
        return range({"n": self.axes[axis][0], "k": self.axes[axis][1], "o": self.windows[axis]}[size])

    def entry(self, role: str, at: tuple[int, ...]) -> Any:
        """An entry; X and S are zero where they have none, other arrays have none."""
        if role == "S":
            maps = len(at) - len(self.axes)
            steps = [geometry[2] for geometry in self.axes]
            whole = all(e % s == 0 for e, s in zip(at[maps:], steps, strict=True))
            places = tuple(e // s for e, s in zip(at[maps:], steps, strict=True))
            there = all(0 <= i < o for i, o in zip(places, self.windows, strict=True))
            return self.arrays["G"][(*at[:maps], *places)] if whole and there else 0
        if role == "R":
            maps = len(at) - len(self.axes)
            turned = (g[1] - 1 - u for g, u in zip(self.axes, at[maps:], strict=True))
            return self.entry("F", (*at[:maps], *turned))
        if role == "O":
            return self.forward(**{name: self.arrays[name] for name in "XFb"})[at]
        if role in ("dX", "dF", "db"):
            return self.gradient(role[1:], at)
        if all(0 <= place < length for place, length in zip(at, self.shapes[role], strict=True)):
            return self.arrays[role][at]
        if role == "X":
            return 0
        raise NoEntryError(f"{role}{at}")


def value(node: Node, letters: Numbers, loops: Loops) -> Any:
    """A side as a number. Raises `NoEntryError` where it names an entry that does not exist."""
    match node:
        case Product(factors):
            return _product(factors, letters, loops)
        case Big(names, body):
            places = product(*map(loops.range_of, names))
            return sum(value(body, {**letters, **dict(zip(names, at, strict=True))}, loops) for at in places)
        case Delta(left, right):
            return int(_place(left, letters, loops) == _place(right, letters, loops))
        case Iverson(rows):
            return int(all(_true(condition, letters, loops) for row in rows for condition in row))
        case Partial(above, below):
            return _partial(above, below, letters, loops)
        case Symbol(role):
            return loops.entry(role, tuple(_whole(index, letters, loops) for index in node.index))
    return _number(node, letters, loops)


def _number(node: Node, letters: Numbers, loops: Loops) -> Any:
    """What is made of sizes and positions."""
    match node:
        case Number(number):
            return Fraction(number)
        case Letter(letter):
            return Fraction(loops.size(letter))
        case Position(letter):
            return Fraction(letters[letter])
        case Negative(term):
            return -value(term, letters, loops)
        case Sum(terms):
            return sum(value(term, letters, loops) for term in terms)
        case Ratio(over, under):
            return value(over, letters, loops) / value(under, letters, loops)
        case Floor(body):
            return Fraction(value(body, letters, loops) // 1)
    raise TypeError(type(node).__name__)


def _product(factors: tuple[Node, ...], letters: Numbers, loops: Loops) -> Any:
    """Brackets first: where one is 0, the other factors need not exist."""
    for bracket in (factor for factor in factors if isinstance(factor, Iverson)):
        if not value(bracket, letters, loops):
            return 0
    found: Any = 1
    for factor in (factor for factor in factors if not isinstance(factor, Iverson)):
        found = found * value(factor, letters, loops)
    return found


def _partial(above: Node, below: Node, letters: Numbers, loops: Loops) -> Any:
    assert isinstance(above, Symbol)
    assert isinstance(below, Symbol)
    over, under = (tuple(_whole(i, letters, loops) for i in each.index) for each in (above, below))
    if above.role == below.role:
        return int(over == under)
    for role, at in ((above.role, over), (below.role, under)):
        shape = loops.shapes["G" if role == "O" else role]
        if not all(0 <= place < length for place, length in zip(at, shape, strict=True)):
            raise NoEntryError(f"{role}{at}")
    return loops.by_one(below.role, under)[over]


def _place(index: int | Index, letters: Numbers, loops: Loops) -> Fraction:
    if isinstance(index, Place):
        return Fraction(value(index.body, letters, loops))
    if isinstance(index, Index):
        return Fraction(index.shift + sum(times * letters[name] for name, times in index.parts))
    return Fraction(index)


def _whole(index: int | Index, letters: Numbers, loops: Loops) -> int:
    place = _place(index, letters, loops)
    if place.denominator != 1:
        raise NoEntryError(str(place))
    return int(place)


def _true(condition: Node, letters: Numbers, loops: Loops) -> bool:
    match condition:
        case Divides(divisor, body):
            return bool(value(body, letters, loops) % value(divisor, letters, loops) == 0)
        case Inside(place, size):
            return bool(0 <= _place(place, letters, loops) < value(size, letters, loops))
    raise TypeError(type(condition).__name__)
