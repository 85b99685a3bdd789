"""The layer of a subject: sizes from indices, matrices, prose and each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from symconv.checking.discovery.entries import Entry
from symconv.checking.discovery.facts import Facts, numbers_set
from symconv.checking.discovery.sizes import Said, Solved, Stated, solve
from symconv.checking.discovery.subjects import Subject, plain
from symconv.checking.discovery.words import Prose
from symconv.errors import SymconvError
from symconv.layers.catalogue import layer_class

Shape = tuple[int, ...]
NAMED, WRITTEN = 3, 2
"""What it weighs that sizes stand with a name, and that a matrix of entries is written out."""
LETTERS = {"s": "stride", "S": "stride", "p": "padding", "P": "padding", "d": "dilation"}
"""Letters that these numbers usually have."""
NEEDED: Mapping[str, tuple[str, ...]] = {
    "conv": ("input", "filter"), "max-pool": ("input", "window"), "avg-pool": ("input", "window"),
    "dense": ("inputs", "outputs"), "softmax": ("inputs",), "cross-entropy": ("inputs",), "mse": ("inputs",),
    "bce": ("inputs",), "relu": ("input",), "sigmoid": ("input",), "tanh": ("input",), "softplus": ("input",),
    "silu": ("input",), "gelu": ("input",), "leaky-relu": ("input",),
}  # fmt: skip
"""What has to be known before a layer is made."""


@dataclass(frozen=True)
class View:
    """What there is to find the sizes of a subject from.

    Args:
        names: its spellings by role.
        base: the index base.
        facts: the equations about it, by number.
        start, stop: the stretch of the document.
    """

    subject: Subject
    names: Mapping[str, Sequence[str]]
    base: int
    facts: Mapping[int, Facts]
    prose: Prose
    start: int
    stop: int

    def letters(self, role: str) -> set[str]:
        """The letters of an array, without case and font; a gradient's symbol has the shape of its array."""
        spelled = [*self.names.get(role, ()), *(self.names.get("G", ()) if role == "O" else ())]
        return {plain(one.partition("_")[0].partition("^")[0]) for one in spelled}

    @cached_property
    def shapes(self) -> Mapping[str, tuple[Shape, ...]]:
        """The shapes that equations give X, F and O, the most frequent first."""
        return {role: tuple(self._shapes(role)) for role in ("X", "F", "O")}

    def _shapes(self, role: str) -> list[Shape]:
        if role == "X" and self.subject.shape:
            return [self.subject.shape]
        letters = self.letters(role)
        spelled = {*self.names.get(role, ()), *(self.names.get("G", ()) if role == "O" else ())}
        votes: Counter[Shape] = Counter()
        for fact in self.facts.values():
            for written in fact.written:
                if plain(written.letter) in letters and all(part == self.base for part in written.first):
                    votes[written.shape] += NAMED if written.whole is not None else WRITTEN
            for whole, shape in fact.shaped:
                votes[shape] += WRITTEN * (Entry(whole.letter, whole.index).spelling in spelled)
            for one in fact.entries:
                votes[one.sizes] += NAMED * (plain(one.letter) in letters)
        return [shape for shape, weight in votes.most_common() if shape and weight]

    def told(self, role: str) -> list[Shape]:
        """The shapes that prose gives an array or the window, those in the stretch before others."""
        found = [size for size in self.prose.sizes if size.offset < self.stop and self._owner(size.owners) == role]
        found.sort(key=lambda one: (max(self.start - one.offset, 0), one.offset))
        return list(dict.fromkeys(size.shape for size in found))

    def _owner(self, owners: Sequence[tuple[int, str]]) -> str | None:
        """The role of the nearest letter or word that has one; a letter that is used otherwise is no word."""
        for _, who in owners:
            role = next((role for role, found in self.names.items() if who in found), None)
            if role or who in ("X", "F", "O", "window"):
                return role or who
        return None

    def said(self, axis: int) -> Said:
        """Stride, padding and dilation in the prose: the first in the stretch, or the last before it."""
        values: dict[str, int] = {}
        for one in reversed(self.prose.quantities):
            before = one.offset < self.start
            if one.offset < self.stop and (not before or one.name not in values):
                values[one.name] = one.value[min(axis, len(one.value) - 1)]
        for fact in self.facts.values():
            for letter, number in numbers_set(fact.node):
                values.setdefault(LETTERS.get(letter, ""), number)
        return Said(values.get("stride") or None, values.get("padding"), values.get("dilation") or None)

    def least(self, role: str, *, rank: int | None = None) -> Shape:
        """The sizes that indices need at least, in equations that agree with the geometry where there is one."""
        letters = {*self.subject.letters.get(role, ()), *(self.subject.symbols.get("G", ()) if role == "O" else ())}
        axes = len(self.subject.fits) or rank or 0
        best: list[int] = []
        for number, fact in self.facts.items():
            if self.subject.fits and self.subject.against[number]:
                continue
            for one in fact.entries:
                places = [part for part in one.positions[self.subject.axes] if part is not None]
                if one.letter in letters and len(places) == axes <= len(one.index):
                    best = [max(pair) for pair in zip(best or places, places, strict=True)]
        return tuple(part + 1 - self.base for part in best)


def layer_of(view: View) -> tuple[Any, dict[str, Any]]:
    """The layer, None where its sizes are not known, and what is known of it."""
    rule = _RULES.get(view.subject.kind) if view.subject.letters else None
    known = rule(view) if rule else {}
    return _made(view.subject.kind, known), known


def _made(kind: str, known: Mapping[str, Any]) -> Any:
    needed = NEEDED.get(kind)
    if needed is None or not all(name in known for name in needed):
        return None
    try:
        layer = layer_class(kind)(**known)
        layer.output_shape  # noqa: B018 (sizes that cannot be are refused here)
    except SymconvError:
        return None
    return layer


# Convolutions


def _conv(view: View) -> dict[str, Any]:
    axes = len(view.subject.fits) or _axes(view)
    solved = [one for axis in range(axes) if (one := _axis(axis, view)) is not None]
    known = _known(solved) if axes and len(solved) == axes else {}
    known |= _channels(view)
    if "filter" not in known and view.least("F"):
        known["filter"] = view.least("F")
    return known | ({"bias": "map"} if view.names.get("b") else {})


def _axes(view: View) -> int:
    shapes = [shape for role in ("X", "F", "O") for shape in (*view.shapes[role], *view.told(role))]
    return min(len(shapes[0]), 2) if shapes else 0


def _axis(axis: int, view: View) -> Solved | None:
    """The sizes of an axis; what prose says of stride and padding counts where it agrees with the equations."""
    n, k, o = (_stated(axis, role, view) for role in ("X", "F", "O"))
    found = view.subject.fits[axis] if view.subject.fits else None
    said = view.said(axis)
    attempts = (said, Said(said.stride, None, said.dilation), Said(None, said.padding, said.dilation), Said())
    return next((one for attempt in attempts for one in solve(n, k, o, found, attempt, view.base)), None)


def _stated(axis: int, role: str, view: View) -> Stated:
    lowest = view.least(role)
    at_least = lowest[axis] if len(lowest) > axis else 0
    sizes = [shape[axis] for shape in (*view.shapes[role], *view.told(role)) if len(shape) > axis]
    if role == "F" and at_least:
        sizes.append(at_least)
    return Stated(tuple(dict.fromkeys(sizes)), at_least)


def _known(solved: Sequence[Solved]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "input": tuple(one.n for one in solved),
        "filter": tuple(one.k for one in solved),
        "stride": tuple(one.stride for one in solved),
    }
    if any(one.before or one.after for one in solved):
        found["padding"] = tuple((one.before, one.after) for one in solved)
    if any(one.dilation > 1 for one in solved):
        found["dilation"] = tuple(one.dilation for one in solved)
    if any(one.reversed for one in solved):
        found["convention"] = "convolution"
    return found


def _channels(view: View) -> dict[str, int]:
    """Channels from numbers above the entries, or from indices beside the spatial ones."""
    found: dict[str, int] = {}
    for role, option in (("X", "in_channels"), ("O", "out_channels")):
        letters = view.subject.letters.get(role, ())
        entries = [one for fact in view.facts.values() for one in fact.entries if one.letter in letters]
        numbers = [number for one in entries if (number := _channel(one, view)) is not None]
        if numbers and max(numbers) > 1:
            found[option] = max(numbers)
    return found


def _channel(one: Entry, view: View) -> int | None:
    """The number of a channel, counted from 1."""
    inner = one.upper.strip("()[]")
    if inner.isdigit() and one.upper != inner and one.is_numeric:
        return int(inner)
    beside = len(one.index) - len(view.subject.fits)
    if beside != 1 or not view.subject.fits:
        return None
    at = 0 if view.subject.axes.stop is None else -1
    number = one.positions[at]
    return None if number is None else number + 1 - view.base


# Pools


def _pool(view: View) -> dict[str, Any]:
    inputs = [*view.shapes["X"], *view.told("X")]
    outputs = [*view.shapes["O"], *view.told("O")]
    windows = [view.subject.known["window"]] if "window" in view.subject.known else []
    windows += [*view.told("window"), *view.told("F")]
    fits, said = view.subject.fits, view.said(0).stride
    strides = [tuple(fit.s for fit in fits)] if fits and all(fit.stride for fit in fits) else []
    strides += [(said,) * len(inputs[0])] if said and inputs else []
    return next(_pools(inputs, windows, strides, outputs), {"window": windows[0]} if windows else {})


def _pools(
    inputs: Sequence[Shape], windows: Sequence[Shape], strides: Sequence[Shape], outputs: Sequence[Shape]
) -> Iterator[dict[str, Any]]:
    """Windows and strides that give the output that is said."""
    for shape in inputs:
        quotients = [tuple(n // max(o, 1) for n, o in zip(shape, out, strict=False)) for out in outputs]
        for window in (*windows, *quotients):
            for stride in (*strides, window):
                output = _output(shape, window, stride)
                if output and (not outputs or output in outputs):
                    yield {"input": shape, "window": window, "stride": stride}


def _output(shape: Shape, window: Shape, stride: Shape) -> Shape:
    """The shape of a pool's output, () where there is none."""
    if len({len(shape), len(window), len(stride)}) != 1 or min(*stride, *window) < 1:
        return ()
    output = tuple((n - k) // s + 1 for n, k, s in zip(shape, window, stride, strict=True))
    return output if min(output) > 0 else ()


# Dense layers, entrywise functions, losses


def _dense(view: View) -> dict[str, Any]:
    weights = [*view.shapes["F"], view.least("F", rank=2)]
    found = next((shape for shape in weights if len(shape) == 2), None)
    return {"inputs": found[1], "outputs": found[0], "bias": "b" in view.names} if found else {}


def _features(view: View) -> dict[str, Any]:
    letters = {letter for found in view.subject.letters.values() for letter in found}
    entries = [one for fact in view.facts.values() for one in fact.entries if one.letter in letters]
    numbers = {part for one in entries if len(one.index) == 1 for part in one.positions if part is not None}
    return {"inputs": max(numbers) + 1 - view.base} if len(numbers) > 1 else {}


def _entrywise(view: View) -> dict[str, Any]:
    shapes = [*view.shapes["X"], *view.shapes["O"]]
    return {"input": shapes[0]} if shapes else {}


_RULES: Mapping[str, Callable[[View], dict[str, Any]]] = {
    "conv": _conv, "max-pool": _pool, "avg-pool": _pool, "dense": _dense, "softmax": _features,
    "cross-entropy": _features, "bce": _features, "mse": _features,
    **dict.fromkeys(["relu", "sigmoid", "tanh", "softplus", "silu", "gelu", "leaky-relu"], _entrywise),
}  # fmt: skip
