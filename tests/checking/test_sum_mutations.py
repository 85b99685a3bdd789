"""One thing of a right formula with sums changed: refuted exactly where numbers say that it is another formula."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pytest

import symconv as sc
from symconv.checking.context import Context
from symconv.checking.engines import judged
from symconv.notation.reading import read

NAMES = {"X": ("x",), "F": ("w",), "O": ("y",), "L": ("L",)}
LETTERS = {"X": "x", "F": "w", "O": "y", "G": r"\frac{\partial L}{\partial y_{PLACE}}"}
DRAWS = 3
"""Sets of random numbers that a changed formula is evaluated at."""


@dataclass(frozen=True)
class Formula:
    """An entry at (i, j), counted from 1, as a sum over m and n of products of two entries.

    A place is `(i, m, shift)` for each axis: how often the free letter counts, the bound one, and a number.
    """

    left: str
    one: tuple[str, tuple[tuple[int, int, int], ...]]
    other: tuple[str, tuple[tuple[int, int, int], ...]]
    ends: tuple[int, int]
    sign: int = 1

    def written(self) -> str:
        lower, upper = f"_{{m=1}}^{{{self.ends[0]}}}", f"_{{n=1}}^{{{self.ends[1]}}}"
        left = {
            "O": "y_{i,j}",
            "dF": r"\frac{\partial L}{\partial w_{i,j}}",
            "dX": r"\frac{\partial L}{\partial x_{i,j}}",
        }
        products = " ".join(_written(*each) for each in (self.one, self.other))
        return rf"{left[self.left]} = {'-' if self.sign < 0 else ''}\sum{lower} \sum{upper} {products}"

    def value(self, arrays: Mapping[str, np.ndarray], i: int, j: int) -> int:
        """By plain loops over numbers; what stands outside of an array is 0."""
        total = 0
        for m, n in itertools.product(range(1, self.ends[0] + 1), range(1, self.ends[1] + 1)):
            found = 1
            for role, places in (self.one, self.other):
                at = tuple(
                    a * free + b * bound + c for (a, b, c), free, bound in zip(places, (i, j), (m, n), strict=True)
                )
                inside = all(1 <= place <= size for place, size in zip(at, arrays[role].shape, strict=True))
                found *= int(arrays[role][tuple(place - 1 for place in at)]) if inside else 0
            total += found
        return self.sign * total

    def leaves(self, layer: sc.Conv) -> bool:
        """Whether it names an entry of X or F that is none."""
        free = {"O": layer.output_shape, "dF": layer.filter, "dX": layer.input}[self.left]
        return any(
            role != "G" and not 1 <= a * letter + b * bound + c <= size
            for role, places in (self.one, self.other)
            for (a, b, c), length, end, size in zip(
                places,
                free,
                self.ends,
                {"X": layer.input, "F": layer.filter, "G": layer.output_shape}[role],
                strict=True,
            )
            for letter, bound in itertools.product(range(1, length + 1), range(1, end + 1))
        )


def _written(role: str, places: tuple[tuple[int, int, int], ...]) -> str:
    index = ",".join(_place(*place, *letters) for place, letters in zip(places, ("im", "jn"), strict=True))
    found = LETTERS[role]
    return found.replace("PLACE", index) if "PLACE" in found else f"{found}_{{{index}}}"


def _place(free: int, bound: int, shift: int, i: str, m: str) -> str:
    parts = [f"{'-' if count < 0 else '+'}{abs(count) if abs(count) > 1 else ''}{letter}"
             for count, letter in ((free, i), (bound, m)) if count]  # fmt: skip
    return ("".join(parts) + (f"{shift:+d}" if shift else "")).removeprefix("+") or "0"


LAYERS = {"stride 1": (sc.Conv((4, 5), (2, 3)), 1), "stride 2": (sc.Conv((5, 7), (3, 3), stride=2), 2)}


def right(layer: sc.Conv, stride: int) -> Iterator[Formula]:
    window = (stride, 1, -stride)
    yield Formula("O", ("X", (window, window)), ("F", ((0, 1, 0), (0, 1, 0))), layer.filter)
    taken = (1, stride, -stride)
    yield Formula("dF", ("G", ((0, 1, 0), (0, 1, 0))), ("X", (taken, taken)), layer.output_shape)
    if stride == 1:
        yield Formula("dX", ("G", ((1, -1, 1), (1, -1, 1))), ("F", ((0, 1, 0), (0, 1, 0))), layer.filter)


def mutations(formula: Formula) -> Iterator[Formula]:
    """Every shift, coefficient and end one further or less, other letters, a sign, axes exchanged."""
    yield replace(formula, sign=-1)
    yield replace(formula, one=(formula.one[0], formula.one[1][::-1]), ends=formula.ends[::-1])
    for axis, step in itertools.product((0, 1), (-1, 1)):
        ends = tuple(end + step * (at == axis) for at, end in enumerate(formula.ends))
        yield replace(formula, ends=ends)
    for name in ("one", "other"):
        role, places = getattr(formula, name)
        for axis, part, step in itertools.product((0, 1), (0, 1, 2), (-1, 1)):
            place = tuple(count + step * (at == part) for at, count in enumerate(places[axis]))
            changed = tuple(place if at == axis else each for at, each in enumerate(places))
            yield replace(formula, **{name: (role, changed)})
        for letter in {"X", "F", "G"} - {role}:
            yield replace(formula, **{name: (letter, places)})


def holds(formula: Formula, layer: sc.Conv, stride: int) -> bool:
    """Whether it is right, by numbers: the layer computed by loops, and its gradients entry by entry."""
    draws = np.random.default_rng(7)
    for _ in range(DRAWS):
        shapes = {"X": layer.input, "F": layer.filter, "G": layer.output_shape}
        arrays = {role: draws.integers(1, 10**6, shape) for role, shape in shapes.items()}
        truth = {
            "O": np.zeros(shapes["G"], object),
            "dF": np.zeros(shapes["F"], object),
            "dX": np.zeros(shapes["X"], object),
        }
        for (i, j), (u, v) in itertools.product(np.ndindex(*shapes["G"]), np.ndindex(*shapes["F"])):
            p, q = stride * i + u, stride * j + v
            x, w, g = (int(arrays[role][at]) for role, at in (("X", (p, q)), ("F", (u, v)), ("G", (i, j))))
            truth["O"][i, j] += x * w
            truth["dF"][u, v] += g * x
            truth["dX"][p, q] += g * w
        stated = truth[formula.left]
        if any(formula.value(arrays, i + 1, j + 1) != stated[i, j] for i, j in np.ndindex(*stated.shape)):
            return False
    return True


@pytest.mark.parametrize("name", LAYERS)
def test_changed_sum_is_refuted_where_numbers_differ(name: str) -> None:
    layer, stride = LAYERS[name]
    context = Context(layer, NAMES)
    count = refuted = 0
    for formula in right(layer, stride):
        assert holds(formula, layer, stride)
        assert verdict(formula, context) == "proved"
        for mutated in mutations(formula):
            found = verdict(mutated, context)
            if not holds(mutated, layer, stride):
                assert found in ("refuted", "unread"), mutated.written()
                refuted += found == "refuted"
            else:
                # What names an entry that no array has may be called wrong; a gradient outside is 0.
                assert found == "proved" or mutated.leaves(layer), mutated.written()
            count += 1
    assert refuted > 0.8 * count
    assert count > 60


def verdict(formula: Formula, context: Context) -> str:
    (step,) = judged(read(formula.written()), context)
    return step.verdict
