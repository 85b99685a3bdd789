"""One axis of a sliding window: sizes, remainder and taps.

The letters are those of the field: input size n, filter size k, stride s, dilation d, padding a before and c after,
output size o, remainder r. A *tap* (i, f, x) says that output i reads input x through filter entry f:

    x = s·i + d·f - a   and   0 <= x < n

(Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", relationships 5, 6 and 13 to 15, with
padding counted on each side apart). Positions count from 0. Several axes are the product of their taps.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from symconv.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

PADDING_WORDS = ("valid", "same", "same-fixed", "full")


@dataclass(frozen=True, slots=True)
class Axis:
    """A window of `filter` entries sliding along `size` inputs; negative padding crops.

    In ceil mode a last window may reach beyond the padded input, unless it would start at or past n + a (as PyTorch's
    `pooling_output_shape` has it); the remainder is then negative. `sliding` is what messages call the window.

    Raises `InputError` for a size, filter, stride or dilation below 1, and where no window fits.

    >>> axis = Axis(size=5, filter=3, stride=2, before=1, after=1)
    >>> axis.output, axis.remainder, axis.extent
    (3, 0, 3)
    >>> Axis(size=6, filter=3, stride=2).remainder
    1
    >>> axis = Axis(size=6, filter=3, stride=2, ceil_mode=True)
    >>> axis.output, axis.remainder
    (3, -1)
    """

    size: int
    filter: int
    stride: int = 1
    dilation: int = 1
    before: int = 0
    after: int = 0
    name: str = field(default="", compare=False)
    ceil_mode: bool = False
    sliding: str = field(default="filter", compare=False)

    def __post_init__(self) -> None:
        for what, called in _OPTION.items():
            value = getattr(self, what)
            if value < 1:
                what_it_is = called.format(sliding=self.sliding)
                raise InputError(f"{what_it_is}{self.where} is {value}: expected a whole number of at least 1")
        if self.output < 1:
            raise InputError(
                f"{self.sliding}{self.where} reaches over {self.extent} entries, but the padded input has only "
                f"{self.padded}: no window fits; make the input or the padding larger, or the {self.sliding} or the "
                "dilation smaller"
            )

    @property
    def where(self) -> str:
        return f" on axis {self.name}" if self.name else ""

    @property
    def extent(self) -> int:
        """How many inputs the dilated filter reaches over, d(k-1)+1."""
        return self.dilation * (self.filter - 1) + 1

    @property
    def padded(self) -> int:
        """The input's size with its padding, n+a+c."""
        return self.size + self.before + self.after

    @property
    def slack(self) -> int:
        """How far the window can move, n+a+c-d(k-1)-1."""
        return self.padded - self.extent

    @property
    def output(self) -> int:
        """The number of windows, o = floor(slack/s)+1, or in ceil mode o = ceil(slack/s)+1 without a dropped one."""
        return self.counted - self.dropped

    @property
    def counted(self) -> int:
        """The number of windows by the formula, before ceil mode drops one."""
        count: int = window_count(self.slack, self.stride, ceil_mode=self.ceil_mode)
        return count

    @property
    def dropped(self) -> int:
        """1 where ceil mode drops the last window, which would start past the input and the padding before it."""
        return int(self.ceil_mode and self.stride * (self.counted - 1) >= self.size + self.before)

    @property
    def remainder(self) -> int:
        """The entries at the end that no window reaches, r = slack-s(o-1); in ceil mode it may be negative."""
        return self.slack - self.stride * (self.output - 1)

    @property
    def margin(self) -> int:
        """The padding after the input that makes room for all windows and no further one.

        It is c, except in ceil mode where the last window reaches beyond it, or where one behind it was dropped.

        >>> Axis(size=6, filter=3, stride=2, ceil_mode=True).margin
        1
        >>> Axis(size=3, filter=1, stride=3, after=1, ceil_mode=True).margin
        -2
        """
        return self.after if 0 <= self.remainder < self.stride else self.after - self.remainder

    @property
    def step(self) -> int:
        """How far neighbouring windows are apart: the stride, or 1 where there is only one."""
        return self.stride if self.output > 1 else 1

    def taps(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """All (output, filter, input) triples as three columns, by output and then filter.

        >>> [column.tolist() for column in Axis(size=3, filter=2).taps()]
        [[0, 0, 1, 1], [0, 1, 0, 1], [0, 1, 1, 2]]
        """
        i, f = (column.ravel() for column in np.indices((self.output, self.filter)))
        x = self.stride * i + self.dilation * f - self.before
        real = (x >= 0) & (x < self.size)
        return i[real], f[real], x[real]

    def tap_count(self) -> int:
        """How many taps there are, without listing them.

        >>> Axis(size=3, filter=2).tap_count()
        4
        """
        start = self.before - self.dilation * np.arange(self.filter, dtype=np.int64)
        first = np.maximum(-(-start // self.stride), 0)
        last = np.minimum((self.size - 1 + start) // self.stride, self.output - 1)
        return int(np.maximum(last - first + 1, 0).sum())

    def real_counts(self) -> NDArray[np.int64]:
        """How many entries of the input each window reads; the rest of it lies on padding.

        >>> Axis(size=5, filter=3, stride=2, before=1, after=1).real_counts().tolist()
        [2, 3, 2]
        """
        start = self.stride * np.arange(self.output, dtype=np.int64) - self.before
        first = np.maximum(-(start // self.dilation), 0)
        last = np.minimum((self.size - 1 - start) // self.dilation, self.filter - 1)
        counts: NDArray[np.int64] = np.maximum(last - first + 1, 0)
        return counts

    def padded_counts(self) -> NDArray[np.int64]:
        """How many entries of the padded input each window reads, min(start + k, n + c) - start, at dilation 1.

        >>> Axis(size=6, filter=3, stride=2, before=1, ceil_mode=True).padded_counts().tolist()
        [3, 3, 3]
        >>> Axis(size=6, filter=3, stride=2, ceil_mode=True).padded_counts().tolist()
        [3, 3, 2]
        """
        start = self.stride * np.arange(self.output, dtype=np.int64) - self.before
        counts: NDArray[np.int64] = np.minimum(start + self.filter, self.size + self.after) - start
        return counts

    def unreached(self) -> list[int]:
        """The inputs that no window reads; their gradient is 0.

        >>> Axis(size=7, filter=1, stride=3).unreached()
        [1, 2, 4, 5]
        """
        reached = set(self.taps()[2].tolist())
        return [x for x in range(self.size) if x not in reached]


def window_count(slack: Any, stride: int, *, ceil_mode: bool = False) -> Any:
    """How many windows start at 0, s, 2s, ... up to the slack, in ceil mode up to the first at or past it.

    The slack may be any number that can be divided and rounded down.

    >>> window_count(3, 2), window_count(3, 2, ceil_mode=True)
    (2, 3)
    """
    return (-(-slack // stride) if ceil_mode else slack // stride) + 1


_OPTION = {"size": "input size", "filter": "{sliding} size", "stride": "stride", "dilation": "dilation"}


@dataclass(frozen=True, slots=True)
class AdaptiveAxis:
    """An axis of `size` inputs cut into `output` windows of about equal size, which may share an entry.

    Window i reaches from floor(i·n/o) up to, and without, ceil((i+1)·n/o), as PyTorch's adaptive pooling has it.

    >>> axis = AdaptiveAxis(size=5, output=3)
    >>> axis.starts().tolist(), axis.stops().tolist()
    ([0, 1, 3], [2, 4, 5])
    """

    size: int
    output: int

    @property
    def filter(self) -> int:
        """The most inputs that a window reads."""
        return int((self.stops() - self.starts()).max())

    def starts(self) -> NDArray[np.int64]:
        """The first input of each window."""
        starts: NDArray[np.int64] = np.arange(self.output, dtype=np.int64) * self.size // self.output
        return starts

    def stops(self) -> NDArray[np.int64]:
        """The input behind the last one of each window."""
        stops: NDArray[np.int64] = -(-np.arange(1, self.output + 1, dtype=np.int64) * self.size // self.output)
        return stops

    def taps(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """All (window, place in it, input) triples as three columns."""
        starts, counts = self.starts(), self.stops() - self.starts()
        i = np.repeat(np.arange(self.output), counts)
        f = np.arange(len(i)) - np.repeat(np.cumsum(counts) - counts, counts)
        return i, f, starts[i] + f

    def tap_count(self) -> int:
        """How many taps there are, without listing them."""
        return int((self.stops() - self.starts()).sum())

    def unreached(self) -> list[int]:
        """Every input is read."""
        return []


def named_padding(word: str, size: int, filter: int, stride: int, dilation: int) -> tuple[int, int]:
    """Padding (before, after) for `valid`, `full` and the two dialects of `same`.

    `same` takes as little as gives ceil(n/s) windows; `same-fixed` takes d(k-1) whatever the stride. Both put the odd
    one at the end, and at stride 1 they agree.

    >>> named_padding("same", 6, 3, 2, 1), named_padding("same-fixed", 6, 3, 2, 1)
    ((0, 1), (1, 1))
    """
    reach = dilation * (filter - 1)
    windows = -(-size // stride)
    total = {
        "valid": 0,
        "same": max((windows - 1) * stride + reach + 1 - size, 0),
        "same-fixed": reach,
        "full": 2 * reach,
    }[word]
    return total // 2, total - total // 2
