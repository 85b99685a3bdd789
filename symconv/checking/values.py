"""Arrays of polynomials whose axes know which array they come from, and what signs between them may mean."""

from __future__ import annotations

import itertools
import math
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from symconv.checking.world import Entries
from symconv.errors import LimitError, NotSupportedError
from symconv.meaning.polynomials import Polynomial, as_polynomial, constant, total

ZERO = constant(0)
MOST_ALIGNMENTS = 2_000
"""Ways to lay out the rows and columns that a matrix with dots in several places shows."""
MOST_PRODUCTS = 150_000
"""Products of terms in one product of arrays."""


class ShapeError(Exception):
    """Arrays that cannot be put together; the text says why."""


@dataclass(frozen=True, eq=False)
class Value:
    """Polynomials, and for each axis its array and number, such as "O0"; "" for an axis of a matrix written out."""

    entries: Any
    axes: tuple[str, ...] = ()
    gaps: tuple[tuple[int, ...], ...] = ()
    """Of a matrix with dots: on each axis the places of dots, where None stands for any number of entries."""
    partial: bool = False
    """Whether dots stand for further terms."""

    def __post_init__(self) -> None:
        """One entry of an array of objects is no array by itself."""
        if isinstance(self.entries, Polynomial):
            object.__setattr__(self, "entries", scalar(self.entries).entries)

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.entries.shape)

    @property
    def scalar(self) -> Polynomial | None:
        """The one entry of an array that has no more."""
        return as_polynomial(self.entries.reshape(-1)[0]) if self.entries.size == 1 else None

    @property
    def roles(self) -> frozenset[str]:
        """The arrays whose entries it is made of."""
        return frozenset(role for each in self.entries.reshape(-1) if each is not None for role, _ in each.atoms)

    def map(self, change: Callable[[Polynomial], Polynomial]) -> Value:
        return Value(_each(lambda one, _: change(one), self.entries, self.entries), self.axes, self.gaps, self.partial)


def filled(shape: Sequence[int], of: Callable[[tuple[int, ...]], Polynomial]) -> Entries:
    """An array of the shape, entry by entry."""
    found = np.empty(tuple(shape), dtype=object)
    for at in np.ndindex(*shape):
        found[at] = of(at)
    return found


def scalar(value: Polynomial | int | Any) -> Value:
    found = np.empty((), dtype=object)
    found[()] = as_polynomial(value)
    return Value(found)


# Entry by entry


def together(function: Callable[[Any, Any], Any], left: Value, right: Value) -> Value:
    """Entry by entry; a number goes with every entry. Raises `ShapeError`."""
    gaps, partial = left.gaps or right.gaps, left.partial or right.partial
    if left.entries.ndim == 0 or right.entries.ndim == 0:
        wide = left if left.entries.ndim else right
        return Value(_each(function, *np.broadcast_arrays(left.entries, right.entries)), wide.axes, gaps, partial)
    if left.gaps != right.gaps:
        raise NotSupportedError("matrices with dots in different places")
    if left.shape != right.shape:
        fitted = _as_vectors(left, right) or _spread_out(left, right)
        if fitted is None:
            raise ShapeError(f"{told(left)} and {told(right)} do not have the same shape")
        left, right = fitted
    axes = left.axes if any(left.axes) else right.axes
    return Value(_each(function, left.entries, right.entries), axes, gaps, partial)


def _spread_out(left: Value, right: Value) -> tuple[Value, Value] | None:
    """Masks have an axis more for every axis of a window: what belongs to a window goes with all of its entries."""
    short, long = sorted((left, right), key=lambda value: value.entries.ndim)
    if short.entries.ndim == long.entries.ndim or long.shape[: short.entries.ndim] != short.shape:
        return None
    wide = np.broadcast_to(short.entries[(..., *(None,) * (long.entries.ndim - short.entries.ndim))], long.shape)
    fitted = Value(wide, long.axes)
    return (fitted, long) if short is left else (long, fitted)


def _each(function: Callable[[Any, Any], Any], left: Entries, right: Entries) -> Entries:
    """What dots leave out stays left out."""
    found = np.empty(left.shape, dtype=object)
    for at in np.ndindex(*left.shape):
        found[at] = None if left[at] is None or right[at] is None else function(left[at], right[at])
    return found


def _as_vectors(left: Value, right: Value) -> tuple[Value, Value] | None:
    """Both as vectors where they are rows, columns or vectors of one length."""
    sizes = [[length for length in value.shape if length != 1] for value in (left, right)]
    if sizes[0] == sizes[1] and len(sizes[0]) <= 1:
        return squeezed(left), squeezed(right)
    return None


def squeezed(value: Value) -> Value:
    """Without axes of length 1."""
    kept = [at for at, length in enumerate(value.shape) if length != 1]
    entries = value.entries.reshape([value.shape[at] for at in kept])
    return Value(entries, tuple(value.axes[at] for at in kept) if value.axes else (), partial=value.partial)


def told(value: Value) -> str:
    """The shape in words: 3×3, or a number.

    >>> told(scalar(1))
    'a number'
    """
    return "×".join(map(str, value.shape)) if value.entries.ndim else "a number"


# Products


def contracted(left: Value, right: Value) -> Value | None:
    """The sum over the axes that both have in common, where one of them is a derivative of an array by another."""
    common = [label for label in left.axes if label and label in right.axes]
    if not common or not (_is_jacobian(left) or _is_jacobian(right)) or _repeats(left) or _repeats(right):
        return None
    order = [*(label for label in left.axes if label not in common)]
    rest = [*(label for label in right.axes if label not in common)]
    ours = _arranged(left, [*order, *common], len(order))
    theirs = _arranged(right, [*common, *rest], len(common))
    shape = (*(left.shape[left.axes.index(x)] for x in order), *(right.shape[right.axes.index(x)] for x in rest))
    return Value(_matrix_product(ours, theirs).reshape(shape), (*order, *rest))


def _repeats(value: Value) -> bool:
    """Whether an array is differentiated by itself, so that its axes cannot be told apart."""
    labels = [label for label in value.axes if label]
    return len(set(labels)) < len(labels)


def _is_jacobian(value: Value) -> bool:
    return len({label.rstrip("0123456789") for label in value.axes if label}) > 1


def _arranged(value: Value, order: Sequence[str], rows: int) -> Entries:
    moved = np.transpose(value.entries, [value.axes.index(label) for label in order])
    height = int(np.prod(moved.shape[:rows], dtype=int))
    return moved.reshape(height, -1)


def _matrix_product(left: Entries, right: Entries) -> Entries:
    return filled(
        (left.shape[0], right.shape[1]),
        lambda at: total(left[at[0], k] * right[k, at[1]] for k in range(left.shape[1])),
    )


def matrix_product(left: Value, right: Value) -> Value | None:
    """The product of matrices, with vectors as columns; None where the sizes do not fit."""
    ours = left.entries if left.entries.ndim == 2 else left.entries.reshape(-1, 1)
    theirs = right.entries if right.entries.ndim == 2 else right.entries.reshape(-1, 1)
    if left.entries.ndim > 2 or right.entries.ndim > 2 or ours.shape[1] != theirs.shape[0]:
        return None
    found = _matrix_product(ours, theirs)
    axes = (_axis(left, 0), _axis(right, 1))
    return Value(found[:, 0], axes[:1]) if right.entries.ndim == 1 else Value(found, axes)


def _axis(value: Value, at: int) -> str:
    return value.axes[at] if at < len(value.axes) else ""


def inner(left: Value, right: Value) -> Value:
    """Σ of the products of entries at the same place."""
    return scalar(total(together(lambda a, b: a * b, left, right).entries.reshape(-1)))


def transposed(value: Value) -> Value:
    if value.entries.ndim == 1:
        return Value(value.entries[None, :], ("", *value.axes))
    return Value(value.entries.T, value.axes[::-1]) if value.entries.ndim == 2 else value


# Sliding windows


def reversed_(value: Value, spatial: int | None = None) -> Value:
    """Reversed along its last axes."""
    keep = value.entries.ndim - (value.entries.ndim if spatial is None else spatial)
    return Value(
        value.entries[(*[slice(None)] * keep, *[slice(None, None, -1)] * (value.entries.ndim - keep))], value.axes
    )


def padded(value: Value, amounts: Sequence[tuple[int, int]]) -> Value:
    """Zeros around; a negative number cuts entries off."""
    shape = tuple(length + a + c for length, (a, c) in zip(value.shape, amounts, strict=True))
    if any(length < 1 for length in shape):
        raise ShapeError(f"{told(value)} has no entries left")

    found = np.full(shape, ZERO, dtype=object)
    inside: list[Any] = [slice(max(0, a), n - max(0, c)) for n, (a, c) in zip(shape, amounts, strict=True)]
    left: list[Any] = [slice(max(0, -a), n - max(0, -c)) for n, (a, c) in zip(value.shape, amounts, strict=True)]
    found[(*inside, ...)] = value.entries[(*left, ...)]
    return Value(found)


def kronecker(left: Value, right: Value) -> Value:
    """Each entry of an array in the place of which stands the other one times that entry."""
    if left.entries.ndim != right.entries.ndim:
        raise ShapeError("a Kronecker product of arrays with different numbers of axes")
    return Value(np.kron(left.entries, right.entries))


def repeated(value: Value, factors: Sequence[int]) -> Value:
    """Each entry as many times along each axis."""
    entries = value.entries
    if entries.ndim != len(factors):
        raise ShapeError(f"upsampling of an array with {entries.ndim} axes")
    for axis, times in enumerate(factors):
        entries = entries.repeat(times, axis=axis)
    return Value(entries)


def spread(value: Value, factors: Sequence[int]) -> Value:
    """factor - 1 zeros between neighbours."""
    shape = tuple((length - 1) * factor + 1 for length, factor in zip(value.shape, factors, strict=True))

    found = np.full(shape, ZERO, dtype=object)
    found[_every(factors)] = value.entries
    return Value(found)


def correlated(signal: Value, filter: Value, stride: Sequence[int] | None = None) -> Value:
    """The filter slides over the signal as far as it lies within it."""
    rank = signal.entries.ndim
    if rank != filter.entries.ndim or rank == 0:
        raise ShapeError(f"{told(filter)} cannot slide over {told(signal)}")
    steps = stride or (1,) * rank
    shape = tuple((n - k) // s + 1 for n, k, s in zip(signal.shape, filter.shape, steps, strict=True))
    if any(n < k for n, k in zip(signal.shape, filter.shape, strict=True)):
        raise ShapeError(f"{told(filter)} is larger than {told(signal)}, which it slides over")
    _check_products(math.prod(shape), signal, filter)
    taps = [(tap, entry) for tap in np.ndindex(*filter.shape) if (entry := filter.entries[tap]).terms]

    def at_place(at: tuple[int, ...]) -> Polynomial:
        starts = tuple(i * s for i, s in zip(at, steps, strict=True))
        under = ((signal.entries[tuple(i + u for i, u in zip(starts, tap, strict=True))], entry) for tap, entry in taps)
        return total(one * entry for one, entry in under if one.terms)

    return Value(filled(shape, at_place))


def _check_products(count: int, signal: Value, filter: Value) -> None:
    """Raise `LimitError` where a sliding product has too many terms: convolutions of convolutions grow without end."""
    if any(each is None for value in (signal, filter) for each in value.entries.flat):
        raise NotSupportedError("a product of matrices with dots")
    ours, theirs = (sum(len(each.terms) for each in value.entries.flat) for value in (signal, filter))
    longest = max((len(each.terms) for each in signal.entries.flat), default=0)
    if min(ours * theirs, count * longest * theirs) > MOST_PRODUCTS:
        raise LimitError(f"a product of arrays has more than {MOST_PRODUCTS:,} terms: write smaller formulas")


def fully_correlated(signal: Value, filter: Value) -> Value:
    """The filter slides as long as it touches the signal."""
    if signal.entries.ndim != filter.entries.ndim:
        raise ShapeError(f"{told(filter)} cannot slide over {told(signal)}")
    return correlated(padded(signal, [(length - 1, length - 1) for length in filter.shape]), filter)


def kept(value: Value, lengths: Sequence[int]) -> Value:
    """The first entries along each axis."""
    return Value(value.entries[tuple(slice(length) for length in lengths)])


def unfolded(value: Value, window: Sequence[int], steps: Sequence[int]) -> Value:
    """The windows of an array: axes of their places, then axes within a window."""
    windows = np.lib.stride_tricks.sliding_window_view(value.entries, tuple(window))
    return Value(windows[_every(steps)])


def _every(steps: Sequence[int]) -> tuple[Any, ...]:
    """The index of every so many entries along each axis."""
    return (*(slice(None, None, step) for step in steps), ...)


def folded(value: Value, window: Sequence[int], steps: Sequence[int]) -> Value:
    """Windows laid down where they were taken from, overlapping entries added; without axes of its own a window is
    the same throughout."""
    rank = len(window)
    shape = tuple((n - 1) * s + k for n, k, s in zip(value.shape, window, steps, strict=False))
    parts: dict[tuple[int, ...], list[Polynomial]] = {}
    for place in np.ndindex(*value.shape[:rank]):
        for tap in np.ndindex(*window):
            at = tuple(i * s + u for i, s, u in zip(place, steps, tap, strict=True))
            parts.setdefault(at, []).append(value.entries[(*place, *tap) if value.entries.ndim > rank else place])
    return Value(filled(shape, lambda at: total(parts.get(at, []))))


# Comparison


def comparable(left: Value, right: Value) -> bool:
    """Whether both have the same shape, up to vectors as rows or columns and what dots leave out."""
    if left.gaps or right.gaps:
        return next(alignments(left, right), None) is not None
    if _as_number(left) is not _as_number(right):
        return True
    return left.shape == right.shape or _as_vectors(left, right) is not None


Same = Callable[[Polynomial, Polynomial], bool]
Difference = tuple[tuple[int, ...], Polynomial, Polynomial]


def alike(left: Value, right: Value) -> bool:
    """Whether two arrays have the same entries, a vector being the same as a row or a column."""
    return comparable(left, right) and next(iter(differences(left, right)), None) is None


def differences(left: Value, right: Value, same: Same = operator.eq) -> Iterator[Difference]:
    """The places at which two comparable arrays differ, with what stands there; what dots leave out is not compared."""
    if left.gaps or right.gaps:
        left, right = _best_aligned(left, right, same)
    if left.shape != right.shape:
        fitted = _spread_number(left, right) or _as_vectors(left, right)
        assert fitted is not None
        left, right = fitted
    yield from _unequal(left, right, same)


def _best_aligned(left: Value, right: Value, same: Same) -> tuple[Value, Value]:
    """The first way to lay out what is shown in which nothing differs, or the first of all."""
    first: tuple[Value, Value] | None = None
    for pair in alignments(left, right):
        if next(_unequal(*pair, same), None) is None:
            return pair
        first = first or pair
    assert first is not None
    return first


def _unequal(left: Value, right: Value, same: Same) -> Iterator[Difference]:
    for at in np.ndindex(*left.shape):
        one, other = left.entries[at], right.entries[at]
        if one is not None and other is not None and not _agree(one, other, left.partial, right.partial, same):
            yield at, one, other


def _as_number(value: Value) -> bool:
    """Whether it is a number alone, without any entry of an array."""
    return value.entries.ndim == 0 and value.entries[()].number is not None


def _spread_number(left: Value, right: Value) -> tuple[Value, Value] | None:
    """A number that is said to be an array is what each of its entries is: ∂O/∂b = 1."""
    if _as_number(left) is _as_number(right):
        return None
    number, array = (left, right) if _as_number(left) else (right, left)
    wide = Value(filled(array.shape, lambda at: number.entries[()]), array.axes)
    return (wide, right) if number is left else (left, wide)


def _agree(left: Polynomial, right: Polynomial, partly: bool, other_partly: bool, same: Same) -> bool:  # noqa: FBT001
    """Whether two sums are equal; where dots leave terms out, whether the others are among those of the whole."""
    if partly == other_partly:
        return same(left, right)
    some, all_ = (left, right) if partly else (right, left)
    return all(all_.terms.get(product) == value for product, value in some.terms.items())


def laid_like(whole: Value, shown: Value) -> Value:
    """A vector as the row or column that it is shown as."""
    if whole.entries.ndim != 1 or shown.entries.ndim != 2 or 1 not in shown.shape:
        return whole
    return Value(whole.entries.reshape((-1, 1) if shown.shape[1] == 1 else (1, -1)))


def alignments(left: Value, right: Value) -> Iterator[tuple[Value, Value]]:
    """Two matrices of the same size, entries that dots leave out being None, for each way to lay the shown ones out."""
    left, right = laid_like(left, right), laid_like(right, left)
    if left.entries.ndim != right.entries.ndim:
        return
    if left.gaps and right.gaps:
        if left.shape == right.shape and left.gaps == right.gaps:
            yield left, right
        return
    dotted, whole = (left, right) if left.gaps else (right, left)
    options = [
        list(itertools.islice(_places(*axis), MOST_ALIGNMENTS))
        for axis in zip(dotted.shape, dotted.gaps, whole.shape, strict=True)
    ]
    if math.prod(map(len, options)) >= MOST_ALIGNMENTS and not dotted.partial:
        options = _with_entries_in_place(options, dotted, whole)
    if math.prod(map(len, options)) >= MOST_ALIGNMENTS:
        raise NotSupportedError("a matrix with dots in several places, which may be laid out in too many ways")
    for places in itertools.product(*options):
        found = np.full(whole.shape, None, dtype=object)
        for at in np.ndindex(*dotted.shape):
            target = tuple(each[i] for each, i in zip(places, at, strict=True))
            if None not in target:
                found[target] = dotted.entries[at]
        laid = Value(found, partial=dotted.partial)
        yield (laid, whole) if dotted is left else (whole, laid)


def _with_entries_in_place(
    options: list[list[list[int | None]]], dotted: Value, whole: Value
) -> list[list[list[int | None]]]:
    """The ways to lay out a matrix in which every entry that stands at one place of the whole is put there."""
    places: dict[Polynomial, list[tuple[int, ...]]] = {}
    for place, entry in np.ndenumerate(whole.entries):
        places.setdefault(entry, []).append(place)
    for at, entry in np.ndenumerate(dotted.entries):
        if len(places.get(entry, ())) == 1:
            (place,) = places[entry]
            options = [[way for way in ways if way[at[axis]] == place[axis]] for axis, ways in enumerate(options)]
    return options


def _places(shown: int, gaps: Sequence[int], length: int) -> Iterator[list[int | None]]:
    """Where the shown rows may be among all of them: between two gaps anywhere, in their order."""
    if not gaps:
        if shown == length:
            yield list(range(length))
        return
    sizes = [stop - start - 1 for start, stop in itertools.pairwise((-1, *gaps, shown))]
    first, *between, last = sizes
    if sum(sizes) > length:
        return
    room = length - last
    for starts in itertools.combinations(range(first, room + len(between) - sum(between)), len(between)):
        found: list[int | None] = list(range(first))
        for number, (start, size) in enumerate(zip(starts, between, strict=True)):
            at = start + sum(between[:number]) - number
            found += [None, *range(at, at + size)]
        yield [*found, None, *range(length - last, length)]


__all__ = [
    "Mapping", "ShapeError", "Value", "alignments", "alike", "comparable", "contracted", "correlated", "differences",
    "filled", "folded", "fully_correlated", "inner", "kept", "matrix_product", "padded", "reversed_", "scalar",
    "spread", "squeezed", "together", "told", "transposed", "unfolded",
]  # fmt: skip
