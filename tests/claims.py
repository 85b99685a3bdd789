"""Claims about one axis of a convolution computed by others: lists of numbers, loops, nothing of symconv.

`defined` is the definition of the layer and the chain rule; functions with the names of the claim language do what it
says of them. `order` is the order in which a smallest counterexample is the first.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

Array = list[int]


def at(array: Array, place: int) -> int:
    return array[place] if 0 <= place < len(array) else 0


def pad(array: Array, before: Any, after: Any = None) -> Array:
    before, after = int(before), int(before if after is None else after)
    return [at(array, j - before) for j in range(len(array) + before + after)]


def spread(array: Array, factor: Any) -> Array:
    factor = int(factor)
    length = (len(array) - 1) * factor + 1
    return [at(array, j // factor) if j % factor == 0 else 0 for j in range(length)]


def rev(array: Array) -> Array:
    return array[::-1]


def keep(array: Array, length: Any) -> Array:
    return [at(array, j) for j in range(int(length))]


def corr(signal: Array, filter: Array, step: Any = 1) -> Array:
    step = int(step)
    count = (len(signal) - len(filter)) // step + 1
    return [sum(signal[step * i + q] * filter[q] for q in range(len(filter))) for i in range(count)]


def conv(signal: Array, filter: Array, step: Any = 1) -> Array:
    return corr(signal, rev(filter), step)


LANGUAGE: dict[str, Callable[..., Any]] = {
    "pad": pad, "spread": spread, "rev": rev, "rot180": rev, "keep": keep, "corr": corr, "conv": conv,
    "floor": math.floor, "ceil": math.ceil,
}  # fmt: skip


@dataclass(frozen=True)
class Sizes:
    """The sizes of one axis; `o` and `r` count windows one by one."""

    n: int
    k: int
    a: int
    c: int
    s: int
    d: int

    @property
    def o(self) -> int:
        return len(range(0, self.n + self.a + self.c - self.d * (self.k - 1), self.s))

    @property
    def r(self) -> int:
        last = self.s * (self.o - 1) + self.d * (self.k - 1)
        return self.n + self.a + self.c - 1 - last

    @property
    def order(self) -> tuple[int, ...]:
        return abs(self.a) + abs(self.c), self.n, self.k, self.a, self.c

    def letters(self) -> dict[str, int]:
        return {name: getattr(self, name) for name in "nkacsdor"}

    def numbers(self) -> dict[str, Array]:
        """Large numbers for X, F and G, so that different sums of products do not come out equal by chance."""
        source = random.Random(repr(self.order))
        lengths = {"X": self.n, "F": self.k, "G": self.o}
        return {role: [source.randrange(10**9, 10**10) for _ in range(n)] for role, n in lengths.items()}


def defined(sizes: Sizes, role: str, convention: str = "correlation") -> Array:
    """O, dX or dF of one axis, product by product."""
    arrays = sizes.numbers()
    found = {"O": [0] * sizes.o, "dX": [0] * sizes.n, "dF": [0] * sizes.k}
    for i in range(sizes.o):
        for f in range(sizes.k):
            x = sizes.s * i + sizes.d * f - sizes.a
            if 0 <= x < sizes.n:
                u = sizes.k - 1 - f if convention == "convolution" else f
                found["O"][i] += arrays["X"][x] * arrays["F"][u]
                found["dX"][x] += arrays["G"][i] * arrays["F"][u]
                found["dF"][u] += arrays["G"][i] * arrays["X"][x]
    return found[role]


def small_sizes(s: int, d: int, most: int = 2, longest: int = 7, widest: int = 3) -> Iterator[Sizes]:
    """All sizes up to some, in order."""
    sides = [(a, c) for a in range(-most, most + 1) for c in range(-most, most + 1) if abs(a) + abs(c) <= most]
    every = (Sizes(n, k, a, c, s, d) for n in range(1, longest + 1) for k in range(1, widest + 1) for a, c in sides)
    yield from sorted((sizes for sizes in every if sizes.o >= 1), key=lambda sizes: sizes.order)


def holds(sizes: Sizes, text: str, convention: str = "correlation") -> bool:
    """Whether a claim, whose right side Python can read as it stands, gives what the definition gives."""
    role, right = (part.strip() for part in text.partition(" where ")[0].split("=", 1))
    letters = {name: Fraction(number) for name, number in sizes.letters().items()}
    claimed = eval(right, {**LANGUAGE, **letters, **sizes.numbers()})
    return bool(claimed == (sizes.o if role == "o" else defined(sizes, role, convention)))
