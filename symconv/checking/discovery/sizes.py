"""Sizes of one axis that fit together: n, k and o with stride, dilation and padding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from symconv.checking.discovery.taps import Fit
from symconv.geometry import window_count


@dataclass(frozen=True, slots=True)
class Stated:
    """What is said of the size of an array on an axis: sizes, the surest first, and the least that occurs."""

    sizes: tuple[int, ...] = ()
    least: int = 0


Sizes = tuple[Stated, Stated, Stated]
"""What is said of input, filter and output."""


@dataclass(frozen=True, slots=True)
class Solved:
    """An axis: sizes, stride, dilation, padding before and after."""

    n: int
    k: int
    o: int
    stride: int = 1
    dilation: int = 1
    before: int = 0
    after: int = 0
    reversed: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """What prose says of an axis; None where it says nothing."""

    stride: int | None = None
    padding: int | None = None
    dilation: int | None = None


def count(n: int, k: int, stride: int, dilation: int, padding: int) -> int:
    """The number of windows; 0 or less where none fits."""
    slack = n + padding - dilation * (k - 1) - 1
    return int(window_count(slack, stride, ceil_mode=False)) if slack >= 0 else 0


def solve(stated: Sizes, found: Fit | None, said: Said, base: int) -> Iterator[Solved]:
    """The axes that agree with everything, the likeliest first.

    >>> one = next(solve((Stated((5,)), Stated((3,)), Stated((2,))), None, Said(), base=1))
    >>> one.n, one.k, one.o, one.stride
    (5, 3, 2, 2)
    """
    n, k, o = stated
    seen = set()
    for sizes in _choices(n, k, o):
        for one in _with(sizes, found, said, base):
            if one not in seen and _reaches(one, n, k, o):
                seen.add(one)
                yield one


def _reaches(one: Solved, n: Stated, k: Stated, o: Stated) -> bool:
    return one.n >= n.least and one.k >= k.least and one.o >= o.least


def _choices(n: Stated, k: Stated, o: Stated) -> Iterator[tuple[int | None, int, int | None]]:
    """Sizes to try; None where it follows from the others."""
    filters = k.sizes or ((k.least,) if k.least else ())
    inputs: Sequence[int | None] = (*n.sizes, None)
    outputs: Sequence[int | None] = (*o.sizes, None)
    for size, out, filt in product(inputs, outputs, filters):
        if size is not None or out is not None:
            yield size, filt, out
    for filt in filters:
        if n.least:
            yield n.least, filt, None
        if o.least:
            yield None, filt, o.least


def _with(sizes: tuple[int | None, int, int | None], found: Fit | None, said: Said, base: int) -> Iterator[Solved]:
    n, k, o = sizes
    for stride, dilation, before in _steps(k, found, said, base):
        for after in _afters(before, n, k, o, stride, dilation, said):
            one = _complete(n, k, o, stride, dilation, before, after)
            if one is not None:
                yield Solved(*one, stride, dilation, before, after, found is not None and found.d < 0)


def _steps(k: int, found: Fit | None, said: Said, base: int) -> Iterator[tuple[int, int, int]]:
    """Stride, dilation and padding before."""
    if found is None:
        strides = [said.stride] if said.stride else [1, 2, 3, 4]
        paddings = [said.padding] if said.padding is not None else [0, 1, 2, 3]
        yield from ((s, said.dilation or 1, a) for a in paddings for s in strides if a < k)
        return
    strides = [step for step in (said.stride, found.stride) if step]
    # What the text says of its layer is not overruled by equations, which may have forgotten it.
    for s in dict.fromkeys(strides or [1, 2, 3, 4]):
        for d in [said.dilation or (abs(found.d) if found.dilation else 1)]:
            shown = padding_before(found, k, s, d, base) if (found.stride or 1) == s else 0
            a = shown if said.padding is None else said.padding
            if a >= 0:
                yield s, d, a


def padding_before(found: Fit, k: int, stride: int, dilation: int, base: int) -> int:
    """a of x = s·i + d·f - a, or of x = s·i + d·(k-1-f) - a where the filter is turned, counted from 0.

    >>> padding_before(Fit(1, 1, -1), 2, 1, 1, base=1), padding_before(Fit(1, -1, 1), 2, 1, 1, base=1)
    (0, 1)
    """
    output = base if found.output is None else found.output
    shift = (
        found.shift + (0 if found.stride else output * (1 - stride)) + (0 if found.dilation else base * (1 - dilation))
    )
    if found.d < 0:
        return base * (1 - stride + dilation) + dilation * (k - 1) - shift
    return base * (1 - stride - dilation) - shift


def base_of(fits: Sequence[Fit]) -> int | None:
    """The index base with which the padding is least, where only letters stand as indices.

    >>> base_of([Fit(1, 1, 0)]), base_of([Fit(1, 1, -1)]), base_of([])
    (0, 1, None)
    """
    paddings = {
        base: [padding_before(one, 1, one.s, one.d, base) for one in fits if one.stride and one.dilation]
        for base in (1, 0)
    }
    possible = [base for base, found in paddings.items() if found and min(found) >= 0]
    return min(possible, key=lambda base: sum(paddings[base]), default=None)


def _afters(before: int, n: int | None, k: int, o: int | None, stride: int, dilation: int, said: Said) -> Iterator[int]:
    """Padding behind the input: as much as in front of it, none, or what the sizes ask for."""
    yield before
    if said.padding is not None:
        return
    if n is not None and o is not None:
        needed = stride * (o - 1) + dilation * (k - 1) + 1 - n - before
        if 0 < needed != before:
            yield needed
    if before:
        yield 0


def _complete(
    n: int | None, k: int, o: int | None, stride: int, dilation: int, before: int, after: int
) -> tuple[int, int, int] | None:
    """The sizes, where they agree."""
    if n is None:
        assert o is not None
        n = stride * (o - 1) + dilation * (k - 1) + 1 - before - after
    outputs = count(n, k, stride, dilation, before + after) if n > 0 else 0
    if outputs < 1 or (o is not None and o != outputs):
        return None
    return n, k, outputs
