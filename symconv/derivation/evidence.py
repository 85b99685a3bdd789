"""Finite differences beside the gradients: evidence for numbers that were put in, never called a proof."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from symconv.errors import InputError

Array: TypeAlias = NDArray[Any]
Arrays: TypeAlias = Mapping[str, Array]
Loss: TypeAlias = Callable[[Arrays], Fraction]
"""From the given arrays to what the gradients are derivatives of, exactly or to `DIGITS` digits."""
Place: TypeAlias = tuple[str, tuple[int, ...]]
"""An entry of an array: the array's role and the multi-index, from 0."""

Witness: TypeAlias = Literal["differences", "torch"]
WITNESSES: tuple[Witness, ...] = ("differences", "torch")
"""What can be asked about gradients: finite differences, and PyTorch where it is installed."""
Slopes: TypeAlias = tuple[Fraction, Fraction]
DIGITS = 50
"""Of the losses that are compared; a step takes twelve of them."""
STEP = Fraction(1, 10**12)
AGREEMENT = Fraction(1, 10**9)
"""How much a difference may differ from a gradient that is no fraction, relative to it."""
CLOSER = Fraction(1, 1000)
"""How much shorter the step is that tells a kink, whose sides keep their slopes, from a curve, whose slopes meet."""
LEAST = Fraction(1, 10**15)
"""What is not told apart from 0: a smooth function's difference is off by about the square of the step."""
MOST = 8
"""So many entries of each array are moved; each costs two forward passes."""


def check_witnesses(witnesses: Sequence[str]) -> None:
    """Raises `InputError` for what cannot be asked."""
    if isinstance(witnesses, str) or any(witness not in WITNESSES for witness in witnesses):
        raise InputError(f"evidence is {witnesses!r}: expected some of {', '.join(WITNESSES)}, in a list")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What comparing gradients with numbers from elsewhere found.

    `source` is "differences" or "torch". `compared` entries were compared, `differing` are those of them that do not
    agree; `kinks` were left out because the loss has no derivative there. `reason` says why nothing was compared.
    """

    source: Witness
    compared: int = 0
    kinks: int = 0
    differing: tuple[Place, ...] = ()
    exact: bool = False
    reason: str = ""

    @property
    def agrees(self) -> bool:
        return not self.differing

    @property
    def agreeing(self) -> int:
        """How many entries agreed."""
        return self.compared - len(self.differing)


def finite_differences(
    loss: Loss,
    arrays: Arrays,
    gradients: Arrays,
    *,
    exact: bool,
    most: int = MOST,
    places: Iterable[Place] | None = None,
) -> Evidence:
    """Central differences of the loss beside its gradients, for the first and last entries of each array.

    `gradients` holds the gradient by each array that is moved: fractions or decimals. Where the slopes on both sides
    differ by more than the step explains, there is a kink, and the entry counts as such. With `exact` the loss is
    piecewise of degree 2 at most in every entry, so that the difference has to be the gradient. `places` are other
    entries to be moved.

    >>> square = lambda arrays: arrays["X"][0] ** 2
    >>> X = np.array([Fraction(3)], dtype=object)
    >>> finite_differences(square, {"X": X}, {"X": 2 * X}, exact=True).agrees
    True
    >>> finite_differences(square, {"X": X}, {"X": 3 * X}, exact=True).differing
    (('X', (0,)),)
    """
    differing, compared, kinks = [], 0, 0
    middle = loss(arrays)
    for place in _chosen(gradients, most) if places is None else places:
        slopes = _settled(partial(_sides, loss, arrays, place, middle), exact=exact)
        if slopes is None:
            kinks += 1
            continue
        compared += 1
        if not _agree(slopes, Fraction(gradients[place[0]][place[1]]), exact=exact):
            differing.append(place)
    return Evidence("differences", compared, kinks, tuple(differing), exact)


def _sides(loss: Loss, arrays: Arrays, place: Place, middle: Fraction, step: Fraction) -> Slopes:
    """The slopes of the loss on the right and the left of one entry; `middle` is the loss there."""
    up, down = (loss(_moved(arrays, *place, by)) for by in (step, -step))
    return (up - middle) / step, (middle - down) / step


def _settled(sides: Callable[[Fraction], Slopes], *, exact: bool) -> Slopes | None:
    """The slopes at a step where they agree as far as they should; None at a kink, where no step is short enough."""
    usual = sides(STEP)
    if _apart(usual) <= (0 if exact else AGREEMENT * max(map(abs, usual))):
        return usual
    closer = sides(STEP * CLOSER)
    return None if _apart(closer) > _apart(usual) / 2 else closer


def _apart(slopes: Slopes) -> Fraction:
    return abs(slopes[0] - slopes[1])


def _agree(slopes: Slopes, gradient: Fraction, *, exact: bool) -> bool:
    difference = sum(slopes, Fraction(0)) / 2
    if exact:
        return difference == gradient
    return abs(difference - gradient) <= AGREEMENT * max(abs(difference), abs(gradient)) + LEAST


def _chosen(gradients: Arrays, most: int) -> list[Place]:
    return [(role, index) for role, gradient in gradients.items() for index in _first_and_last(gradient.shape, most)]


def _first_and_last(shape: tuple[int, ...], most: int) -> Sequence[tuple[int, ...]]:
    count = math.prod(shape)
    flat = range(count) if count <= most else [*range(most - 1), count - 1]
    return [tuple(int(i) for i in np.unravel_index(at, shape)) if shape else () for at in flat]


def _moved(arrays: Arrays, role: str, index: tuple[int, ...], by: Fraction) -> dict[str, Array]:
    moved = arrays[role].copy()
    moved[index] = moved[index] + by
    return {**arrays, role: moved}


FLOAT_AGREEMENT = 1e-10
"""How much a number of PyTorch may differ from a gradient, relative to the largest entry of the gradient."""
FLOAT_NOISE = 1e-14
"""The same relative to the largest entry of all gradients."""


def compared_in_floats(found: Arrays, gradients: Arrays) -> Evidence:
    """All entries of the gradients beside those that PyTorch computed, in floats."""
    expected = {role: in_floats(gradient) for role, gradient in gradients.items()}
    largest = {role: float(np.abs(array).max(initial=0)) for role, array in expected.items()}
    noise = FLOAT_NOISE * max(largest.values(), default=0.0)
    differing: list[Place] = []
    for role, array in expected.items():
        room = FLOAT_AGREEMENT * largest[role] + noise
        apart = ~(np.abs(found[role] - array) <= room)
        differing += [(role, tuple(int(i) for i in index)) for index in np.argwhere(apart)]
    return Evidence("torch", sum(array.size for array in expected.values()), 0, tuple(differing))


def in_floats(array: Array) -> NDArray[np.float64]:
    """The nearest floats; infinity for numbers beyond them."""
    return np.array([_float(value) for value in array.ravel()], dtype=float).reshape(array.shape)


def _float(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
