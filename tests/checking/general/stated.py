"""Formulas with index letters, stated once: as LaTeX in many notations, and as nested loops over whole numbers.

The loops are the oracle. They share nothing with the program: a convolution in numbers, gradients by putting in unit
arrays, sums as loops, entries outside an array zero.
"""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass, field, replace


class Expression:
    """A whole number made of letters: as LaTeX, and as a function of what the letters are."""

    def __init__(self, text, value, letters=(), *, atom=True):
        self.text, self.value, self.letters, self.atom = text, value, tuple(letters), atom

    def _with(self, other, sign, combine):
        other = number(other)
        text = f"{self.text} {sign} {other.text}" if other.atom or sign == "+" else f"{self.text} {sign} ({other.text})"
        return Expression(text, lambda at: combine(self.value(at), other.value(at)), self.letters + other.letters,
                          atom=False)  # fmt: skip

    def __add__(self, other):
        return self._with(other, "+", lambda a, b: a + b)

    def __sub__(self, other):
        return self._with(other, "-", lambda a, b: a - b)

    def __rsub__(self, other):
        return number(other) - self

    def __mul__(self, other):
        other = number(other)
        texts = [part.text if part.atom else f"({part.text})" for part in (self, other)]
        return Expression(" ".join(texts), lambda at: self.value(at) * other.value(at), self.letters + other.letters)


def number(value):
    return value if isinstance(value, Expression) else Expression(str(value), lambda _: value)


def letters(text):
    """A letter each; k_h is one."""
    return [Expression(name, lambda at, name=name: at[name], (name,)) for name in text.split()]


@dataclass(frozen=True)
class Sum:
    """A letter that is summed over: along an axis of an array, with limits as they are written or none."""

    letter: str
    array: str
    axis: int
    low: Expression | None = None
    high: Expression | None = None


@dataclass(frozen=True)
class Formula:
    """left = ± sums of the product of the factors; `left` and factors are pairs (array, indices).

    Args:
        free: (letter, array, axis) for every letter that the formula is stated for.
        sizes: what each size letter is: (size, axis), such as ("o", 0).
        axes: the axes of each array, in the order of its indices.
    """

    name: str
    left: tuple
    sums: tuple
    factors: tuple
    free: tuple
    sizes: dict
    axes: dict
    base: int = 0
    sign: int = 1
    options: dict = field(default_factory=dict)


# Numbers


class World:
    """Random whole numbers for every array of a convolution at some sizes."""

    def __init__(self, axes, geometry, convention="correlation", seed=0, *, biased=True):
        self.axes, self.g, self.convention, self.biased = axes, geometry, convention, biased
        draw = random.Random(seed)
        self.arrays = {
            role: {at: draw.randrange(1, 10**6) for at in self.positions(role)} for role in ("X", "F", "G", "b")
        }

    def length(self, role, axis):
        if axis in ("batch", "in", "out", "group"):
            return self.g[axis]
        return self.g[{"X": "n", "F": "k"}.get(role, "o"), int(axis)]

    def order(self, role):
        return self.axes.get({"G": "O"}.get(role, role), ())

    def positions(self, role):
        if role == "b" and not (self.biased and "b" in self.axes):
            return ()
        return itertools.product(*(range(self.length(role, axis)) for axis in self.order(role)))

    def forward(self, X, F, b):
        """O by its definition."""
        spatial = [axis for axis in self.axes["O"] if axis.isdigit()]
        into = range(self.g["in"]) if "in" in self.axes["X"] or "in" in self.axes["F"] else [0]
        found = {}
        for at in self.positions("O"):
            own = dict(zip(self.axes["O"], at, strict=True))
            total = b.get(tuple(own[axis] for axis in self.order("b")), 0)
            for c in into:
                for taps in itertools.product(*(range(self.g["k", int(axis)]) for axis in spatial)):
                    x, f = {**own, "in": c}, {**own, "in": c}
                    for axis, tap in zip(spatial, taps, strict=True):
                        k, s, d, a = (self.g[name, int(axis)] for name in "ksda")
                        x[axis] = s * own[axis] + d * tap - a
                        f[axis] = k - 1 - tap if self.convention == "convolution" else tap
                    total += X.get(tuple(x[axis] for axis in self.axes["X"]), 0) * F.get(
                        tuple(f[axis] for axis in self.axes["F"]), 0
                    )
            found[at] = total
        return found

    def value(self, role, at, over=None):
        """An entry, or a derivative; 0 outside."""
        if role in ("X", "F", "G"):
            return self.arrays[role].get(at, 0)
        X, F, b, G = (self.arrays[name] for name in ("X", "F", "b", "G"))
        if role == "b":
            return b.get(at, 0)
        if role == "O":
            return self.forward(X, F, b).get(at, 0)
        if role.startswith("O/"):
            return self.moved(role[2:], at[1]).get(at[0], 0)
        moved = self.moved(role[1:], at)
        return sum(G[place] * change for place, change in moved.items())

    def moved(self, role, at):
        """How much O grows with one entry of an array, which it is linear in."""
        if at not in self.arrays[role]:
            return {}
        key = role, at
        if key not in self._moved:
            X, F, one = self.arrays["X"], self.arrays["F"], {at: 1}
            changed = {"X": (one, F, {}), "F": (X, one, {}), "b": (X, {}, one)}[role]
            self._moved[key] = self.forward(*changed)
        return self._moved[key]

    @property
    def _moved(self):
        return self.__dict__.setdefault("_cache", {})


class NoEntryError(Exception):
    pass


def holds(formula, geometry, convention="correlation"):
    """Whether a formula holds for random numbers at some sizes; a limit past an array's end makes it wrong."""
    biased = any("b" in role for role, _ in (formula.left, *formula.factors))
    world = World(formula.axes, geometry, convention, biased=biased)
    sizes = {name: geometry[size] for name, size in formula.sizes.items()}
    ranges = [range(formula.base, formula.base + world.length(array, axis_of(formula, array, axis)))
              for _, array, axis in formula.free]  # fmt: skip
    limited = {each.letter for each in formula.sums if each.high is not None}
    for values in itertools.product(*ranges):
        at = {**sizes, **dict(zip((letter for letter, *_ in formula.free), values, strict=True))}
        try:
            if entry(formula, world, *formula.left, at, ()) != formula.sign * total(
                formula, world, formula.sums, at, limited
            ):
                return False
        except NoEntryError:
            return False
    return True


def axis_of(formula, array, at):
    return formula.axes[{"G": "O"}.get(array, array)][at]


def total(formula, world, sums, at, limited):
    if not sums:
        found = 1
        for role, indices in formula.factors:
            found *= entry(formula, world, role, indices, at, limited)
        return found
    first, *rest = sums
    length = world.length(first.array, axis_of(formula, first.array, first.axis))
    low = formula.base if first.low is None else first.low.value(at)
    high = formula.base + length - 1 if first.high is None else first.high.value(at)
    return sum(total(formula, world, rest, {**at, first.letter: value}, limited) for value in range(low, high + 1))


def entry(formula, world, role, indices, at, limited):
    places = []
    array = role.split("/")[-1].removeprefix("d")
    for number_, index in enumerate(indices):
        place = index.value(at) - formula.base
        places.append(place)
        own = [letter for letter in index.letters if letter not in formula.sizes]
        if len(own) == 1 and own[0] in limited:
            which = "O" if role.startswith("O/") and number_ < len(formula.axes["O"]) else array
            where = number_ - (len(formula.axes["O"]) if role.startswith("O/") and which != "O" else 0)
            if not 0 <= place < world.length(which, axis_of(formula, which, where)):
                raise NoEntryError
    if role.startswith("O/"):
        first = len(formula.axes["O"])
        return world.value(role, (tuple(places[:first]), tuple(places[first:])))
    return world.value(role, tuple(places))


SHAPES = {
    1: [[(1, 1)], [(2, 2)], [(3, 2)], [(5, 2)], [(5, 3)], [(4, 1)]],
    2: [[(1, 1), (1, 1)], [(2, 2), (1, 1)], [(1, 1), (3, 2)], [(3, 2), (4, 3)], [(4, 2), (3, 3)]],
}
"""Sizes of input and filter on each axis."""


def geometries(formula, stride=1):
    """Some sizes, small and unequal, that tell formulas apart."""
    ranks = sum(axis.isdigit() for axis in formula.axes["O"])
    shapes = SHAPES[ranks]
    strides = (1, 2) if stride == "letters" else (stride,)
    for shape, s in itertools.product(shapes, strides):
        for maps in ({"batch": 1, "in": 1, "out": 1, "group": 1}, {"batch": 2, "in": 2, "out": 3, "group": 2}):
            found = dict(maps)
            for axis, (n, k) in enumerate(shape):
                step = s if axis == 0 or s == 1 or "s" in formula.sizes else s + 1
                n = n + (step - 1) * 2
                found |= {("n", axis): n, ("k", axis): k, ("s", axis): step, ("d", axis): 1, ("a", axis): 0,
                          ("o", axis): (n - k) // step + 1}  # fmt: skip
            yield found


# Notations

LETTERS = {
    "plain": {"X": "X", "F": "F", "O": "O", "G": r"\frac{\partial L}{\partial O", "b": "b", "L": "L"},
    "small": {"X": "x", "F": "w", "O": "y", "G": r"\delta", "b": "b", "L": "E"},
    "layers": {"X": "a", "F": r"\theta", "O": "z", "G": r"\frac{\partial C}{\partial z", "b": r"\beta", "L": "C"},
}


@dataclass(frozen=True)
class Notation:
    """How a formula is written: letters, indices comma, packed, bracket, call or above; sums one by one or together."""

    letters: str = "plain"
    index: str = "comma"
    times: str = " "
    together: bool = False

    @property
    def names(self):
        own = LETTERS[self.letters]
        return {role: [letter] for role, letter in own.items() if not letter.startswith(r"\frac")}

    def indexed(self, letter, formula, role, indices):
        axes = formula.axes[role]
        texts = [index.text for index in indices]
        if not texts:
            return letter
        if self.index == "call":
            return f"{letter}({', '.join(texts)})"
        if self.index == "bracket":
            return f"{letter}[{', '.join(texts)}]"
        above = ""
        if self.index == "above":
            maps = [text for axis, text in zip(axes, texts, strict=True) if not axis.isdigit()]
            texts = [text for axis, text in zip(axes, texts, strict=True) if axis.isdigit()]
            above = f"^{{({', '.join(maps)})}}" if maps else ""
        packed = self.index == "packed" and all(len(text) == 1 for text in texts)
        below = f"_{{{('' if packed else ',').join(texts)}}}" if texts else ""
        return letter + below + above

    def entry(self, formula, role, indices):
        own = LETTERS[self.letters]
        if role == "G" and not own["G"].startswith(r"\frac"):
            return self.indexed(own["G"], formula, "O", indices)
        if role == "G" or (role.startswith("d") and len(role) > 1):
            array = "O" if role == "G" else role[1:]
            return rf"\frac{{\partial {own['L']}}}{{\partial {self.indexed(own[array], formula, array, indices)}}}"
        if role.startswith("O/"):
            first = len(formula.axes["O"])
            over = self.indexed(own["O"], formula, "O", indices[:first])
            under = self.indexed(own[role[2:]], formula, role[2:], indices[first:])
            return rf"\frac{{\partial {over}}}{{\partial {under}}}"
        return self.indexed(own[role], formula, role, indices)

    def written(self, formula):
        left = self.entry(formula, *formula.left)
        product = self.times.join(self.entry(formula, *factor) for factor in formula.factors)
        sign = "-" if formula.sign < 0 else ""
        return f"{left} = {sign}{self.sums(formula)} {product}"

    def sums(self, formula):
        plain = [each.letter for each in formula.sums if each.low is None]
        if self.together and len(plain) == len(formula.sums) and plain:
            return rf"\sum_{{{', '.join(plain)}}}"
        return "".join(self.sum(each) for each in formula.sums)

    def sum(self, each):
        if each.low is None:
            return rf"\sum_{{{each.letter}}}"
        return rf"\sum_{{{each.letter}={each.low.text}}}^{{{each.high.text}}}"


__all__ = ["Formula", "Notation", "Sum", "geometries", "holds", "letters", "number", "replace"]
