"""Stride, dilation and shift from the indices that meet in products: x = s·i + d·f + c on each axis, by majority."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from symconv.notation.reading import positions
from symconv.notation.tree import Index

STRIDES = range(1, 9)
DILATIONS = (1, 2, 3, 4, -1, -2, -3, -4)
"""Negative where the filter is turned: true convolution."""

Sample = tuple[int, int, int]
"""The indices of output, filter and input on one axis."""


@dataclass(frozen=True, slots=True)
class Fit:
    """x = stride·i + dilation·f + shift, in the author's numbers.

    `stride` and `dilation` are None where only one output or only one filter entry occurs; 1 was taken for it then.
    `output` is the only output, where there is no more.
    """

    stride: int | None
    dilation: int | None
    shift: int
    output: int | None = None

    @property
    def s(self) -> int:
        return self.stride or 1

    @property
    def d(self) -> int:
        return self.dilation or 1

    def holds(self, sample: Sample) -> bool:
        i, f, x = sample
        return x == self.s * i + self.d * f + self.shift


@lru_cache(maxsize=100_000)
def samples_of(output: str, weight: str, source: str) -> tuple[Sample, ...]:
    """Samples that three indices stand for: one for numbers, several for letters such as i, u and 2i+u-1.

    >>> samples_of("1", "2", "2"), samples_of("i", "u", "2i+u-1")
    (((1, 2, 2),), ((0, 0, -1), (1, 0, 1), (0, 1, 0), (1, 1, 2)))
    """
    texts = (output, weight, source)
    if all(text.isascii() and text.isdigit() for text in texts):
        return ((int(output), int(weight), int(source)),)
    parsed = [linear(text) for text in texts]
    if any(one is None for one in parsed):
        return ()
    return tuple(_solved([one for one in parsed if one is not None]))


def linear(text: str) -> tuple[dict[str, int], int] | None:
    """The letters of an index with their numbers, and what is added."""
    found = positions(text, 0, 1)
    if found is None or len(found) != 1:
        return None
    one = found[0]
    return (dict(one.parts), one.shift) if isinstance(one, Index) else ({}, one)


def _solved(parsed: Sequence[tuple[dict[str, int], int]]) -> Iterator[Sample]:
    """Values of three indices where two are letters of their own and the third is made of both."""
    single = [at for at, (parts, shift) in enumerate(parsed) if list(parts.values()) == [1] and shift == 0]
    made = [at for at, (parts, _) in enumerate(parsed) if len(parts) == 2]
    if len(single) != 2 or len(made) != 1 or {next(iter(parsed[at][0])) for at in single} != set(parsed[made[0]][0]):
        return
    parts, shift = parsed[made[0]]
    for one, other in ((0, 0), (1, 0), (0, 1), (1, 1)):
        values = [0, 0, 0]
        values[single[0]], values[single[1]] = one, other
        values[made[0]] = shift + sum(parts[next(iter(parsed[at][0]))] * values[at] for at in single)
        yield values[0], values[1], values[2]


def fit_axis(samples: Mapping[Sample, int]) -> tuple[Fit, int]:
    """The fit of one axis that most samples agree with, and how many do; the smallest numbers where several do.

    >>> fit_axis(Counter({(1, 1, 1): 1, (1, 2, 2): 1, (2, 1, 3): 1, (2, 2, 9): 1}))
    (Fit(stride=2, dilation=1, shift=-2, output=None), 3)
    """
    strides = STRIDES if len({i for i, _, _ in samples}) > 1 else (1,)
    dilations = DILATIONS if len({f for _, f, _ in samples}) > 1 else (1,)
    outputs = {i for i, _, _ in samples}
    only = next(iter(outputs)) if len(outputs) == 1 else None
    best, most = Fit(None, None, 0, only), 0
    for s in strides:
        for d in dilations:
            shifts: Counter[int] = Counter()
            for (i, f, x), times in samples.items():
                shifts[x - s * i - d * f] += times
            shift, count = shifts.most_common(1)[0]
            if count > most:
                best, most = Fit(s if len(strides) > 1 else None, d if len(dilations) > 1 else None, shift, only), count
    return best, most


def fit(samples: Iterable[tuple[Sample, ...]]) -> tuple[tuple[Fit, ...], float]:
    """The fits of all axes, and the share of the samples that agrees with all of them."""
    counted = Counter(samples)
    if not counted:
        return (), 0.0
    axes = len(next(iter(counted)))
    fits = []
    for axis in range(axes):
        alone: Counter[Sample] = Counter()
        for sample, times in counted.items():
            alone[sample[axis]] += times
        fits.append(fit_axis(alone)[0])
    agreeing = sum(times for sample, times in counted.items() if agrees(fits, sample))
    return tuple(fits), agreeing / counted.total()


def is_telling(samples: Iterable[tuple[Sample, ...]]) -> bool:
    """Whether stride and dilation can be told apart on each axis: outputs and filter entries do not change in step.

    >>> is_telling([((1, 1, 1),), ((2, 2, 2),), ((3, 3, 3),)]), is_telling([((1, 1, 1),), ((1, 2, 2),), ((2, 1, 2),)])
    (False, True)
    """
    return all(_spans({(i, f) for i, f, _ in axis}) for axis in zip(*set(samples), strict=True))


def _spans(pairs: Collection[tuple[int, int]]) -> bool:
    """Whether places lie in one column, in one row, or not all on one line."""
    if min(len({i for i, _ in pairs}), len({f for _, f in pairs})) == 1:
        return True
    (a, b), (c, e) = sorted(pairs)[0], sorted(pairs)[-1]
    return any((c - a) * (f - b) != (e - b) * (i - a) for i, f in pairs)


def agrees(fits: Iterable[Fit], sample: tuple[Sample, ...]) -> bool:
    return all(one.holds(part) for one, part in zip(fits, sample, strict=True))
