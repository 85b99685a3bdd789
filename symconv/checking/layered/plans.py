"""What a text may mean by its layers: the kinds, and the conventions that authors differ in."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from symconv.checking.layered.stages import ROWS, Shape, Stage, Stages, in_sequence
from symconv.geometry import Axis

FIRST_SIZE = 3
"""The least size of an axis of a dense layer."""
FILTERS = ((2, 3, 2), (3, 2, 2))
IMAGE = (3, 4, 3)
"""Sizes of convolutions, of which as many axes are taken as there are: filters, and the last output."""


@dataclass(frozen=True)
class Plan:
    """One reading of the layers.

    Args:
        kind: any, dense, convolution, pool (the last layer), or convolution and pool within every layer.
        weights: how a dense layer is written, a key of `DENSE`.
        shift: by how much the label of a layer's weights is behind that of its output.
        batch: whether arrays hold several examples.
        mean: whether gradients by parameters are means over these.
        active: whether an activation function stands behind each layer.
        bias: whether layers have a bias, and whether convolutions have one for each entry.
        loss, slope: see `Stages`.
        reverse: whether the layers compute true convolutions.
        ranks: how many indices arrays, weights and biases have where the kind does not say.
    """

    kind: str = "any"
    weights: str = "W a"
    shift: int = 0
    batch: bool = False
    mean: bool = False
    active: bool = True
    bias: str = "map"
    loss: str = ""
    slope: str = ""
    reverse: bool = False
    ranks: tuple[int, int, int] = (2, 2, 1)

    @property
    def rows(self) -> bool:
        return self.kind.startswith("dense") and self.weights in ROWS

    @property
    def notes(self) -> tuple[str, ...]:
        """The conventions that are not those of most texts."""
        return tuple(text for text in self._notes() if text)

    def _notes(self) -> Iterator[str]:
        if self.kind.startswith("dense") and self.weights != "W a":
            yield f"holds where layers compute {WRITTEN[self.weights]}"
        if self.shift:
            yield "holds where the weights of a layer have the label of its input"
        if not self.active:
            yield "holds where no activation function stands behind the layer, as behind pooling"
        if self.loss:
            yield f"holds for {LOSS_NAMES[self.loss]} as the loss"
        if self.slope:
            yield f"holds where the activation function is {self.slope}"


WRITTEN: Mapping[str, str] = {"W a": "W a + b", "W^T a": "Wᵀ a + b", "a W": "a W + b", "a W^T": "a Wᵀ + b"}
LOSS_NAMES: Mapping[str, str] = {
    "half squares": "half the sum of squares", "squares": "the sum of squares",
    "cross entropy": "the cross-entropy behind a sigmoid or softmax",
}  # fmt: skip


@dataclass(frozen=True)
class Sizes:
    """Sizes to try.

    Args:
        least: the least length of an axis that is not one of an image.
        longer: the number of what is one longer than it has to be: the image, or the filter of a layer.
        own: whether the last convolution has the sizes of the layer that is known.
    """

    least: int = FIRST_SIZE
    longer: int = -1
    own: bool = False


@dataclass(frozen=True)
class Known:
    """A convolution whose sizes are known: the last layer, or with `alike` every layer is one."""

    layer: Any = None
    alike: bool = False


def labelled(
    plan: Plan,
    numbers: Sequence[int],
    names: Mapping[int, str],
    sizes: Sizes,
    known: Known = Known(),
    *,
    whole: bool = True,
) -> Stages:
    """The arrays of the layers with these numbers, from the input of the first to the weighted sums of the last.

    With `whole`, what stands behind these sums too.
    """
    found = list(_stages(plan, numbers, names, _Measures(plan, sizes, known, len(numbers))))
    last = f"z[{names[numbers[-1]]}]"
    count = len(found) if whole else next(at for at, stage in enumerate(found) if stage.name == last) + 1
    return in_sequence(tuple(found[:count]), mean=plan.mean, loss=plan.loss, slope=plan.slope)


def _stages(plan: Plan, numbers: Sequence[int], names: Mapping[int, str], measures: _Measures) -> Iterator[Stage]:
    before = Stage(f"a[{names[numbers[0] - 1]}]", "input", shape=measures.input())
    yield before
    for number in numbers:
        label, own = names[number], names[number - plan.shift]
        pooled = plan.kind == "pool" and number == numbers[-1]
        kind = "any" if plan.kind == "pool" and not pooled else plan.kind
        before = measures.stage(kind, f"z[{label}]", before, (f"F[{own}]", f"b[{own}]"))
        yield before
        for stage in () if pooled or not plan.active else _behind(plan, label, before, measures):
            yield stage
            before = stage


def _behind(plan: Plan, label: str, before: Stage, measures: _Measures) -> Iterator[Stage]:
    """What stands behind the weighted sums of a layer."""
    within = plan.kind.endswith(", pool")
    activated = Stage(f"h[{label}]" if within else f"a[{label}]", "activation", before.name, before.shape)
    yield activated
    if within:
        yield measures.stage("pool", f"a[{label}]", activated, ("", ""))


class _Measures:
    """Gives arrays their shapes: no two axes are equally long by chance."""

    def __init__(self, plan: Plan, sizes: Sizes, known: Known, layers: int) -> None:
        self.plan, self.sizes, self.layers = plan, sizes, layers
        self.last: Sequence[Axis] = tuple(getattr(known.layer, "axes", ())) or (Axis(1, 1), Axis(1, 1))
        self.alike = known.alike
        self.numbers = itertools.count()

    def axes(self, number: int) -> Sequence[Axis]:
        """The geometry of a layer, counted from 0, with any sizes: that of the known one, or nothing but its rank."""
        if self.alike or number == self.layers - 1:
            return self.last
        return tuple(Axis(1, 1) for _ in self.last)

    def input(self) -> Shape:
        if self.plan.kind.startswith("dense"):
            return self._vector(self._size())
        if self.plan.kind.startswith("convolution"):
            return self._image()
        return self._any(self.plan.ranks[0])

    def stage(self, kind: str, name: str, before: Stage, parameters: tuple[str, str]) -> Stage:
        """An array made of the one before; `parameters` are the names of its weights and its bias."""
        make = _MAKERS.get(kind, _Measures._unknown)
        return make(self, name, before, *parameters)

    def _size(self) -> int:
        at = next(self.numbers)
        return self.sizes.least + 1 + at + (self.sizes.longer == at)

    def _vector(self, length: int) -> Shape:
        examples = self.sizes.least if self.plan.batch else 1
        if self.plan.rows:
            return (examples, length)
        return (length, examples) if self.plan.batch else (length,)

    def _any(self, rank: int) -> Shape:
        return tuple(self._size() for _ in range(rank))

    def _unknown(self, name: str, before: Stage, weight: str, bias: str) -> Stage:
        shape = self._any(self.plan.ranks[0])
        return Stage(
            name, "any", before.name, shape, weight, self._any(self.plan.ranks[1]), bias, self._any(self.plan.ranks[2])
        )

    def _dense(self, name: str, before: Stage, weight: str, bias: str) -> Stage:
        ours, theirs = self._size(), before.shape[-1 if self.plan.rows else 0]
        shape = self._vector(ours)
        matrix = (ours, theirs) if self.plan.weights in ("W a", "a W^T") else (theirs, ours)
        own = (bias, (ours,) if self.plan.batch else shape) if self.plan.bias else ("", ())
        return Stage(name, self.plan.weights, before.name, shape, weight, matrix, *own)

    def _filter(self, number: int) -> Shape:
        if self.sizes.own and (self.alike or number == self.layers - 1):
            return tuple(axis.filter for axis in self.last)
        longer = self.sizes.longer == number + 1
        return tuple(length + longer for length in FILTERS[(number + 1) % 2][: len(self.last)])

    def _image(self) -> Shape:
        next(self.numbers)
        if self.sizes.own:
            lengths = [axis.size for axis in self.last]
            for number in range(self.layers - 1):
                geometry = zip(lengths, self.axes(number), self._filter(number), strict=True)
                lengths = [_before(length, axis, filter) for length, axis, filter in geometry]
            return tuple(lengths)
        pooled = self.plan.kind.endswith(", pool")
        found = [length + (self.sizes.longer == 0) for length in IMAGE[: len(self.last)]]
        for number in range(self.layers):
            filters = FILTERS[(number + 1) % 2]
            for at, axis in enumerate(self.axes(number)):
                found[at] += axis.dilation * (filters[at] - 1) + pooled * (1 + at)
        return tuple(found)

    def _convolution(self, name: str, before: Stage, weight: str, bias: str) -> Stage:
        number = next(self.numbers) - 1
        filter = self._filter(number)
        sizes = zip(self.axes(number), before.shape, filter, strict=True)
        axes = tuple(replace(axis, size=n, filter=k) for axis, n, k in sizes)
        shape = tuple(axis.output for axis in axes)
        own = (bias, shape if self.plan.bias == "entry" else ()) if self.plan.bias else ("", ())
        return Stage(name, "convolution", before.name, shape, weight, filter, *own, self.plan.reverse, axes)

    def _pool(self, name: str, before: Stage, weight: str, bias: str) -> Stage:
        return Stage(
            name, "pool", before.name, tuple(max(2, length - 1 - at) for at, length in enumerate(before.shape))
        )


def _before(length: int, axis: Axis, filter: int) -> int:
    """The length of an axis from which a layer leads to another length."""
    return axis.stride * (length - 1) + axis.dilation * (filter - 1) + 1 - axis.before - axis.after


_MAKERS: Mapping[str, Callable[[_Measures, str, Stage, str, str], Stage]] = {
    **dict.fromkeys(("dense", "dense, pool"), _Measures._dense), "pool": _Measures._pool,
    **dict.fromkeys(("convolution", "convolution, pool"), _Measures._convolution),
}  # fmt: skip
