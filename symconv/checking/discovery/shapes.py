"""The layer of a subject: sizes from indices, matrices, prose and each other."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import prod
from typing import Any

from symconv.checking.discovery.entries import Entry, walk
from symconv.checking.discovery.facts import Facts, Written, numbers_set
from symconv.checking.discovery.result import number_shown
from symconv.checking.discovery.sizes import Said, Sizes, Solved, Stated, padding_before, solve
from symconv.checking.discovery.standing import ENOUGH, overrules, standing
from symconv.checking.discovery.subjects import Subject, plain
from symconv.checking.discovery.taps import Fit
from symconv.checking.discovery.words import WORD, Prose
from symconv.checking.signs import speaks_of_true_convolution
from symconv.errors import SymconvError
from symconv.layers.catalogue import layer_class
from symconv.notation.tree import Bounded, Dots, Named, Number

Shape = tuple[int, ...]
ROLES = ("X", "F", "O")
CONVOLUTIONS = ("conv", "conv-transpose")
"""Kinds whose window is a filter."""
CALLED: Mapping[str, str] = {"X": "input", "F": "filter", "O": "output"}
"""What the sizes of arrays are called in formulas."""
STEPS = {"stride": "s", "dilation": "d", "padding": "a"}
LETTERS = {"s": "stride", "S": "stride", "p": "padding", "P": "padding", "d": "dilation"}
"""Letters that these numbers usually have."""
REMARK = "remark"
"""Among what is known of a layer: where the equations of a text overrule what it says."""
WORDS: Mapping[str, str] = {
    "n": "input size", "k": "filter size", "stride": "stride", "before": "padding", "dilation": "dilation",
    "o": "output size",
}  # fmt: skip
SUMMED: Mapping[str, str] = {"F": "O", "O": "F"}
"""The array each of whose entries, or gradients, is a sum over all entries of another."""
NEEDED: Mapping[str, tuple[str, ...]] = {
    "conv": ("input", "filter"), "conv-transpose": ("input", "filter"),
    "max-pool": ("input", "window"), "avg-pool": ("input", "window"),
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

    @property
    def channels_last(self) -> bool:
        """Whether channels stand behind positions."""
        return self.subject.axes.stop is not None

    def letters(self, role: str) -> set[str]:
        """The letters of an array, without case and font; a gradient's symbol has the shape of its array."""
        spelled = [*self.names.get(role, ()), *(self.names.get("G", ()) if role == "O" else ())]
        return {plain(one.partition("_")[0].partition("^")[0]) for one in spelled}

    @cached_property
    def shapes(self) -> Mapping[str, tuple[Shape, ...]]:
        """The shapes that equations give X, F and O, the most frequent first."""
        return {role: self._frequent(self._named(role) + self._written(role)) for role in ROLES}

    @cached_property
    def named(self) -> Mapping[str, tuple[Shape, ...]]:
        """The same, where a name stands with the sizes."""
        return {role: self._frequent(self._named(role)) for role in ROLES}

    def _frequent(self, votes: Counter[Shape]) -> tuple[Shape, ...]:
        return tuple(shape for shape, _ in votes.most_common() if shape)

    def _named(self, role: str) -> Counter[Shape]:
        if role == "X" and self.subject.shape:
            return Counter([self.subject.shape])
        letters = self.letters(role)
        enclosed = [zero - self.base for zero in self.zeros if zero > self.base] if role == "X" else []
        spelled = {*self.names.get(role, ()), *(self.names.get("G", ()) if role == "O" else ())}
        votes: Counter[Shape] = Counter([(min(enclosed),)] if enclosed else [])
        for fact in self.facts.values():
            votes.update(one.shape for one in fact.written if one.whole is not None and self._is_first(one, letters))
            votes.update(shape for whole, shape in fact.shaped if Entry(whole.letter, whole.index).spelling in spelled)
            votes.update(one.sizes for one in fact.entries if one.sizes and plain(one.letter) in letters)
        return votes

    @cached_property
    def zeros(self) -> list[int]:
        """The indices in front of the input and behind it at which it is said to be 0."""
        letters = self.letters("X")
        zeros = (one for fact in self.facts.values() for one in fact.zeros if plain(one.letter) in letters)
        return sorted({int(one.index[0]) for one in zeros})

    def _written(self, role: str) -> Counter[Shape]:
        if role == "X" and self.subject.shape:
            return Counter()
        letters = self.letters(role)
        return Counter(
            one.shape for fact in self.facts.values() for one in fact.written if self._is_first(one, letters)
        )

    def _is_first(self, one: Written, letters: set[str]) -> bool:
        """Whether a matrix of entries of these letters begins with the first entry."""
        return plain(one.letter) in letters and all(part == self.base for part in one.first)

    @property
    def computes(self) -> bool:
        """Whether an equation says what an entry of the output is."""
        outputs = self.subject.letters.get("O", ())
        return any(not one.gradient and one.letter in outputs for fact in self.facts.values() for one in fact.entries)

    @property
    def tells_steps(self) -> bool:
        """Whether equations tell strides and paddings: gradients entry by entry may have forgotten them."""
        lettered = (not tap.target.is_numeric for fact in self.facts.values() for tap in fact.taps)
        return self.computes or any(lettered)

    @cached_property
    def forward(self) -> Mapping[int, Facts]:
        """The equations that say what entries of the output are made of."""
        outputs = self.subject.letters.get("O", ())
        return {
            at: fact for at, fact in self.facts.items()
            if any(not tap.target.gradient and tap.target.letter in outputs for tap in fact.taps)
        }  # fmt: skip

    @cached_property
    def fits(self) -> tuple[Fit, ...]:
        """How indices move along each axis; a turned filter counts only where it is spoken of or computed with."""
        fits, agree, against = self.subject.fits, self.subject.agree, self.subject.against
        shown = sum(agree[at] for at in self.forward) > sum(against[at] for at in self.forward)
        turned = any(one.d < 0 for one in fits) and not (shown or speaks_of_true_convolution(self.prose.text))
        return () if turned else fits

    def told(self, role: str) -> list[Shape]:
        """The shapes that prose gives an array or the window, those beside its own name and in the stretch first."""
        roles = ("F", "window") if role == "F" and self.subject.kind in CONVOLUTIONS else (role,)
        sizes = (*(self.prose.listed if len(self.subject.fits) == 1 else ()), *self.prose.sizes)
        found = [size for size in sizes if size.offset < self.stop and self._owner(size.owners) in roles]
        found.sort(
            key=lambda one: (
                roles.index(self._owner(one.owners) or role),
                not self._owner(one.owners[:1]),
                max(self.start - one.offset, 0),
                one.offset,
            )
        )
        return list(dict.fromkeys(size.shape for size in found))

    @cached_property
    def lengths(self) -> dict[str, tuple[str, str]]:
        """The letters in the prose of sizes of X, F and O, with the axis if they are of one alone, and of strides."""
        found = {letter: (name, "") for letter, name in self.prose.lettered_quantities.items()}
        for size in self.prose.lettered:
            role = self._owner(size.owners)
            for at, letter in enumerate(size.letters) if role in ROLES else ():
                own = str(at) if len(set(size.letters)) > 1 else ""
                found.setdefault(letter, (CALLED[role or "X"], own))
        return found

    @cached_property
    def steps(self) -> dict[str, str]:
        """Strides, dilations and paddings as `Context.steps` has them, where the prose says one number of each."""
        found = {step: self._agreed(name) for name, step in STEPS.items()}
        # A stride of 0 is the first of a sum's letters, such as s = 0.
        return {step: str(number) for step, number in found.items() if number or (number == 0 and step == "a")}

    def _agreed(self, name: str) -> int | None:
        """The one number that the prose gives a quantity in the stretch, or before it."""
        said = [one for one in self.prose.quantities if one.name == name and not self.prose.is_of_another(one)]
        near = [one for one in said if self.start <= one.offset < self.stop]
        numbers = {part for one in near or said if one.offset < self.stop for part in one.value}
        padded = name == "padding" and self.prose.pads_the_input
        return numbers.pop() if len(numbers) == 1 and not padded else None

    def _owner(self, owners: Sequence[str]) -> str | None:
        """The role of the likeliest letter or word that has one."""
        letters = {spelling: role for role, found in self.names.items() for spelling in found}
        roles = (who.removeprefix(WORD) if who.startswith(WORD) else letters.get(who) for who in owners)
        return next((role for role in roles if role), None)

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
        if self.zeros and self.zeros[0] < self.base:
            values.setdefault("padding", self.base - self.zeros[0])
        return Said(values.get("stride") or None, values.get("padding"), values.get("dilation") or None)

    def number(self, name: str) -> int | None:
        """What the prose says of a number that all axes share: the first in the stretch, or the last before it."""
        found = [one for one in self.prose.quantities if one.name == name and one.offset < self.stop]
        inside = [one for one in found if one.offset >= self.start]
        return (inside[0] if inside else found[-1]).value[0] if found else None

    def least(self, role: str, *, rank: int | None = None) -> Shape:
        """The sizes that indices need at least, in equations that agree with the geometry where there is one."""
        letters = {*self.subject.letters.get(role, ()), *(self.subject.symbols.get("G", ()) if role == "O" else ())}
        axes = len(self.subject.fits) or rank or 0
        agreeing = [fact for at, fact in self.facts.items() if not (self.fits and self.subject.against[at])]
        indices = {one.positions for fact in agreeing for one in fact.entries if one.letter in letters}
        places = [index[self.subject.axes] for index in indices if len(index) >= axes]
        numbers = [[part for part in place if part is not None] for place in places]
        best = [max(axis) for axis in zip(*(place for place in numbers if len(place) == axes), strict=True)]
        return tuple(part + 1 - self.base for part in best)

    def is_complete(self, role: str) -> bool:
        """Whether most equations that sum over an array have a term for each entry that occurs anywhere."""
        count = prod(self.least(role))
        totals = [len(fact.taps) for fact in self.facts.values() if self._sums(fact, SUMMED.get(role, ""))]
        return len(totals) > 1 and count > 1 and 2 * totals.count(count) > len(totals)

    def _sums(self, fact: Facts, role: str) -> bool:
        """Whether an equation writes out one entry of an output, or of the gradient by the filter."""
        target = fact.taps[0].target if fact.taps else None
        return (
            target is not None
            and target.is_numeric
            and target.gradient == (role == "F")
            and target.letter in self.subject.letters.get(role, ())
            and not any(isinstance(node, Dots) for node in fact.nodes)
        )


def layer_of(view: View) -> tuple[Any, dict[str, Any], str]:
    """The layer, None where its sizes are not known, what is known of it, and where equations overrule the text."""
    rule = _RULES.get(view.subject.kind) if view.subject.letters and not view.subject.lettered else None
    known = rule(view) if rule else {}
    remark = known.pop(REMARK, "")
    return _made(view.subject.kind, known), known, remark


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
    told, usual, shown = ([_find(axis, view) for axis in range(axes)] for _find in (_told, _axis, _shown))
    said = _plainer(_whole(told), _whole([_told(axis, view, plainly=True) for axis in range(axes)]), view)
    solved, remark = _weighed(said, [_whole(shown), _whole(usual)], view)
    known = _known(solved, view) if axes and len(solved) == axes else {}
    known |= _channels(view) | ({REMARK: remark} if remark else {})
    if "filter" not in known and view.least("F"):
        known["filter"] = view.least("F")
    return known | ({"bias": "map"} if view.names.get("b") else {})


def _whole(solved: Sequence[Solved | None]) -> Sequence[Solved]:
    """The axes where all are known."""
    found = [one for one in solved if one is not None]
    return found if len(found) == len(solved) else ()


def _weighed(told: Sequence[Solved], others: Sequence[Sequence[Solved]], view: View) -> tuple[Sequence[Solved], str]:
    """What the text says, unless a clear majority of its equations says something else; then also where they differ."""
    if not told:
        return others[-1], ""
    roles = {spelling: role for role, spelled in view.names.items() for spelling in spelled}
    facts = view.forward or (view.facts if not view.steps else {})
    kept = standing(facts, roles, told, view.base)
    for other in filter(None, others):
        if overrules(standing(facts, roles, other, view.base), kept, 1 if view.forward and not view.steps else ENOUGH):
            return other, _difference(told, other)
    return told, ""


def _plainer(told: Sequence[Solved], plainly: Sequence[Solved], view: View) -> Sequence[Solved]:
    """What is said without what equations add to it, such as a turned filter, where more of them are right so."""
    if not (told and plainly) or told == plainly:
        return told
    roles = {spelling: role for role, spelled in view.names.items() for spelling in spelled}
    right, plainer = (standing(view.facts, roles, one, view.base) for one in (told, plainly))
    return plainly if len(plainer) > len(right) else told


def _difference(said: Sequence[Solved], other: Sequence[Solved]) -> str:
    """Where the equations of a text overrule what it says."""
    for name, word in WORDS.items():
        one, shown = (tuple(getattr(axis, name) for axis in axes) for axes in (said, other))
        if one != shown:
            return f"the text says {word} {number_shown(one)}, its equations have {number_shown(shown)}"
    return ""


def _told(axis: int, view: View, *, plainly: bool = False) -> Solved | None:
    """The sizes that the text says in words or under names, whatever indices need; equations say the rest."""
    n, k, o = (Stated((*_along(axis, view, view.named[role]), *_along(axis, view, view.told(role)))) for role in ROLES)
    if not k.sizes or not (n.sizes or o.sizes):
        return None
    o = n if view.prose.keeps_the_size and not o.sizes and view.said(axis).stride in (None, 1) else o
    said, found = view.said(axis), view.fits[axis] if view.fits and not plainly else None
    usual = replace(said, stride=said.stride or 1, padding=said.padding or 0)
    said = said if o.sizes or view.tells_steps else usual
    attempts = ((found, said), (None, usual), *([(None, view.said(axis))] if n.sizes and o.sizes else []))
    tried = (one for fit, attempt in attempts for one in solve((n, k, o), fit, attempt, view.base))
    fitting = [one for one in tried if view.said(axis).padding is not None or one.before == one.after < one.k]

    def doubts(one: Solved) -> tuple[bool, bool, int]:
        return bool(o.sizes) and one.o not in o.sizes, bool(n.sizes) and one.n not in n.sizes, one.before

    return min(fitting, key=doubts, default=None)


def _shown(axis: int, view: View) -> Solved | None:
    """What the equations show by themselves, with the sizes of the text where they fit."""
    found = view.fits[axis] if view.fits else None
    tiers = ([_stated(axis, role, view, told=told) for role in ROLES] for told in (True, False))
    return next((one for n, k, o in tiers for one in solve((n, k, o), found, Said(), view.base)), None)


def _axes(view: View) -> int:
    shapes = [shape for role in ROLES for shape in (*view.shapes[role], *view.told(role))]
    return min(len(shapes[0]), 2) if shapes else 0


def _axis(axis: int, view: View) -> Solved | None:
    """The sizes of an axis; what prose says of stride and padding counts where it agrees with the equations."""
    found = view.fits[axis] if view.fits else None
    said = view.said(axis)
    attempts = (said, Said(said.stride, None, said.dilation), Said(None, said.padding, said.dilation), Said())
    tiers = [
        [one for attempt in attempts for one in solve(sizes, found, attempt, view.base)] for sizes in _sizes(axis, view)
    ]
    even = ([one for one in tier if one.before == one.after] + tier for tier in tiers)
    return next(_plain(axis, view), None) or next((one for tier in even for one in tier), None)


def _plain(axis: int, view: View) -> Iterator[Solved]:
    """Stride 1 without padding, where three sizes that have names fit to it and no indices say otherwise."""
    sizes = [_along(axis, view, view.named[role]) for role in ROLES]
    if not view.subject.fits and all(sizes):
        n, k, o = (found[0] for found in sizes)
        if n - k + 1 == o:
            yield Solved(n, k, o)


def _sizes(axis: int, view: View) -> Iterator[Sizes]:
    """Sizes that have a name, whatever a slip says; then all that is stated, with what the indices need."""
    named = [Stated(tuple(_along(axis, view, view.named[role]))) for role in ROLES]
    if named[0].sizes and named[1].sizes:
        yield named[0], named[1], named[2]
    yield _stated(axis, "X", view), _stated(axis, "F", view), _stated(axis, "O", view)


def _along(axis: int, view: View, shapes: Sequence[Shape]) -> list[int]:
    """The sizes on a spatial axis."""
    axes = len(view.subject.fits) or _axes(view)
    fitting = [shape for shape in shapes if len(shape) >= axes]
    return [(shape[:axes] if view.channels_last else spatial(shape, axes))[axis] for shape in fitting]


def spatial(shape: Shape, axes: int) -> Shape:
    """The spatial sizes of a shape with channels and examples, which stand before them, or as in 32x32x3 behind.

    >>> spatial((3, 32, 32), 2), spatial((32, 32, 3), 2), spatial((8, 3, 5, 4), 2), spatial((5, 4), 2)
    ((32, 32), (32, 32), (5, 4), (5, 4))
    """
    behind = len(shape) == axes + 1 and len(set(shape[:axes])) == 1 != len(set(shape[-axes:]))
    return shape[:axes] if behind and axes > 1 else shape[-axes:]


def _stated(axis: int, role: str, view: View, *, told: bool = True) -> Stated:
    lowest = view.least(role)
    at_least = lowest[axis] if len(lowest) > axis else 0
    sizes = _along(axis, view, view.named[role])
    if at_least and view.is_complete(role):
        sizes.append(at_least)
    sizes += _along(axis, view, view.told(role)) if told else []
    sizes += _along(axis, view, view.shapes[role])
    if role == "F" and at_least:
        sizes.append(at_least)
    return Stated(tuple(dict.fromkeys(sizes)), at_least)


def _known(solved: Sequence[Solved], view: View) -> dict[str, Any]:
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
    """Channels and examples: as the prose says, from numbers above the entries, or from indices beside the others."""
    found: dict[str, int] = {}
    pairs = [pair for one in _entries(view, "F") if len(pair := _above(one, bare=True)) == 2]
    said = {
        "out_channels": _shows_channels(view, "O")
        and (
            view.number("out_channels")
            or view.number("filters")
            or _channels_told(view, "O")
            or _channels_told(view, "F", 1)
        ),
        "in_channels": _shows_channels(view, "X")
        and (view.number("in_channels") or _channels_told(view, "X") or _channels_told(view, "F")),
    }
    bare = bool(pairs) or any(said.values()) or _numbers_maps(view)
    for place, (role, option) in enumerate((("O", "out_channels"), ("X", "in_channels"))):
        above = [numbers[0] for one in _entries(view, role) if len(numbers := _above(one, bare=bare)) == 1]
        base = 1 - min([*above, *(pair[place] for pair in pairs), 1])
        counted = [number + base for number in (*above, *(pair[place] for pair in pairs))]
        found[option] = said[option] or max([*counted, *_beside(view, role, 1)], default=1)
    found["batch"] = max(_beside(view, "X", 2), default=1)
    alone = any(len(_above(one, bare=False)) == 1 for one in _entries(view, "F")) and not pairs
    if view.number("depthwise") or (alone and found["in_channels"] == found["out_channels"] > 1):
        found["out_channels"] = found["groups"] = found["in_channels"] = max(
            found["in_channels"], found["out_channels"]
        )
        return {option: number for option, number in found.items() if number > 1}
    shown = _beside(view, "F", 1) if view.number("grouped") or not said["in_channels"] else []
    per_group = max(shown, default=found["in_channels"])
    found["groups"] = found["in_channels"] // per_group if found["in_channels"] % per_group == 0 else 1
    return {option: number for option, number in found.items() if number > 1}


def _channels_told(view: View, role: str, place: int = 0) -> int:
    """A size that is told of an array beside the spatial ones, the input channels' first; 0 where none is."""
    axes, more = len(view.subject.fits), 1 if role != "F" else 2
    entries = _entries(view, role)
    showing = [one for one in entries if one.upper or len(one.index) > axes]
    fitting = [one for one in view.told(role) if len(one) == axes + more]
    if not axes or not entries or 2 * len(showing) < len(entries):
        return 0
    return next((_beside_positions(one, axes, view)[place] for one in fitting), 0)


def _beside_positions(shape: Shape, axes: int, view: View) -> Shape:
    """The sizes of a shape that are not spatial, input channels first."""
    if view.channels_last or spatial(shape, axes) == shape[:axes] != shape[-axes:]:
        return shape[axes:]
    return shape[:-axes][::-1]


def _shows_channels(view: View, role: str) -> bool:
    """Whether entries have room for a channel: one of each other image that prose counts has none."""
    axes = len(view.subject.fits)
    return (
        not axes or any(one.upper or len(one.index) != axes for one in _entries(view, role)) or not _entries(view, role)
    )


def channel_base(view: View) -> int | None:
    """The number of the first channel, 1 where none is 0 above the letters; None where no channels stand there."""
    numbers = [number for role in ROLES for one in _entries(view, role) for number in _above(one, bare=True)]
    return min(1, *numbers) if numbers else None


def _entries(view: View, role: str) -> list[Entry]:
    letters = view.subject.letters.get(role, ())
    return [one for fact in view.facts.values() for one in fact.entries if one.letter in letters and one.index]


def _numbers_maps(view: View) -> bool:
    """Whether what stands above the outputs numbers the maps that are computed of one input: no power of one does."""
    inputs, outputs = (view.subject.letters.get(role, ()) for role in ("X", "O"))
    lines = [fact.entries for fact in view.facts.values() if any(one.letter in inputs for one in fact.entries)]
    above = {one.upper for line in lines for one in line if one.letter in outputs and not one.gradient}
    return len(above) > 1 and all(map(str.isdigit, above)) and not any(one.upper for one in _entries(view, "X"))


def _above(one: Entry, *, bare: bool) -> tuple[int, ...]:
    """The numbers of channels above an entry, in brackets, or also without; of a filter those of output and input."""
    inner = one.upper.strip("()[]")
    counted = one.is_numeric and (bare or one.upper != inner) and re.fullmatch("[0-9]{1,4}(?:,[0-9]{1,4})*", inner)
    return tuple(map(int, inner.split(","))) if counted else ()


def _beside(view: View, role: str, place: int) -> list[int]:
    """The numbers, from 1, of the index that stands so many places before the spatial ones (or right behind them)."""
    axes = len(view.subject.fits)
    entries = [one for one in _entries(view, role) if one.is_numeric or axes > 1]
    beside = [one.positions for one in entries if len(one.index) - axes >= place and axes]
    if view.channels_last:
        found = [index[-1] for index in beside] if place == 1 else []
    else:
        found = [index[-axes - place] for index in beside]
    return [number + 1 - view.base for number in found if number is not None]


def _conv_transpose(view: View) -> dict[str, Any]:
    """The same with input and output exchanged: an output is where an input and a filter entry lead to."""
    known: dict[str, Any] = {"input": (), "filter": (), "stride": (), "padding": (), "dilation": ()}
    extra: tuple[int, ...] = ()
    for axis in range(len(view.subject.fits) or (_axes(view) if view.subject.declared else 0)):
        n, k, o = (_stated(axis, role, view) for role in ROLES)
        sizes = n.sizes or ((n.least,) if n.least else ())
        if not sizes or not k.sizes:
            return {}
        said = o.sizes[0] if o.sizes and view.subject.declared else max(o.least, *o.sizes[:1], 0)
        stride, dilation, before = _transposed_steps(axis, sizes[0], k.sizes[0], said, view)
        if before < 0:
            return {}
        reached = stride * (sizes[0] - 1) + dilation * (k.sizes[0] - 1) + 1 - before
        after = min(before, max(reached - said, 0)) if said else before
        extra += (max(said - reached + after, 0),)
        new = (sizes[0], k.sizes[0], stride, (before, after), dilation)
        known = {name: (*known[name], part) for name, part in zip(known, new, strict=True)}
    return known | ({"output_padding": extra} if any(extra) else {}) | ({"bias": "map"} if "b" in view.names else {})


def _transposed_steps(axis: int, n: int, k: int, o: int, view: View) -> tuple[int, int, int]:
    """Stride, dilation and padding before: what is said, then what indices show, then what the sizes ask for."""
    said, found = view.said(axis), view.subject.fits[axis] if view.subject.fits else None
    stride, dilation = said.stride or (found.s if found else 0), said.dilation or (found.d if found else 1)
    if not stride:
        fitting = (s for s in range(1, 5) if s * (n - 1) + dilation * (k - 1) + 1 - 2 * (said.padding or 0) == o)
        stride = next(fitting, 1)
    if said.padding is not None or found is None:
        return stride, dilation, said.padding or 0
    agree = (found.stride or 1) == stride and found.d == dilation
    return stride, dilation, padding_before(found, 1, stride, dilation, view.base) if agree else 0


# Pools


def _pool(view: View) -> dict[str, Any]:
    inputs = [*view.shapes["X"], *view.told("X"), *[shape for shape in [view.least("X", rank=2)] if shape]]
    outputs = [*view.shapes["O"], *view.told("O")]
    windows = [view.subject.known["window"]] if "window" in view.subject.known else []
    windows += [*view.told("window"), *view.told("F")]
    if view.number("global") and (not windows or inputs[:1] in ([], windows[:1])):
        inputs = inputs or windows
        windows = inputs[:1]
    fits, said = view.subject.fits, view.said(0).stride
    moved = bool(fits) and all(fit.stride for fit in fits)
    strides = [tuple(fit.s for fit in fits)] if moved else []
    strides += [(said,) * len(inputs[0])] if said and inputs and not moved else []
    paddings = [max(padding_before(fit, 1, fit.s, 1, view.base), 0) for fit in fits] if moved else [0]
    known = next(_pools(inputs, windows, strides, outputs, paddings[0]), {"window": windows[0]} if windows else {})
    return known | ({"padding": paddings[0]} if paddings[0] and known else {})


def _pools(
    inputs: Sequence[Shape], windows: Sequence[Shape], strides: Sequence[Shape], outputs: Sequence[Shape], padding: int
) -> Iterator[dict[str, Any]]:
    """Windows and strides that give the output that is said."""
    for shape in inputs:
        quotients = [tuple(n // max(o, 1) for n, o in zip(shape, out, strict=False)) for out in outputs]
        for window in (*windows, *quotients):
            for stride in (*strides, window):
                output = _output(shape, window, stride, padding)
                if output and (not outputs or output in outputs):
                    yield {"input": shape, "window": window, "stride": stride}


def _output(shape: Shape, window: Shape, stride: Shape, padding: int) -> Shape:
    """The shape of a pool's output, () where there is none; a window of one entry is no pool."""
    if len({len(shape), len(window), len(stride)}) != 1 or min(*stride, *window) < 1 or max(window) == 1:
        return ()
    output = tuple((n + 2 * padding - k) // s + 1 for n, k, s in zip(shape, window, stride, strict=True))
    return output if min(output) > 0 else ()


# Dense layers, entrywise functions, losses


def _dense(view: View) -> dict[str, Any]:
    told = view.told("F") if _weights_stand_first(view) else []
    said = [*view.named["F"], *told, *view.shapes["F"]]
    shown, computed = view.least("F", rank=2), view.least("O", rank=1) if view.computes else ()
    shown = (min(shown[0], *computed), shown[1]) if len(shown) == 2 and computed else shown
    outputs, inputs = next((shape for shape in (*said, shown) if len(shape) == 2), (0, 0))
    counted = view.number("outputs") or outputs, view.number("inputs") or _summed(view) or inputs
    if outputs and _mostly_within(counted, view):
        outputs, inputs = counted
    return {"inputs": inputs, "outputs": outputs, "bias": "b" in view.names} if outputs else {}


def _mostly_within(shape: Sequence[int], view: View) -> bool:
    """Whether no more equations name weights beyond a shape than weights within: words may be about another layer."""
    entries = [one.positions for one in _entries(view, "F") if len(one.positions) == len(shape)]
    beyond = [
        any(at is not None and at - view.base >= length for at, length in zip(one, shape, strict=True))
        for one in entries
    ]
    return 2 * sum(beyond) <= len(beyond)


def _weights_stand_first(view: View) -> bool:
    """Whether the layer computes W x, where the matrix has a row for each output."""
    letters, operations = view.letters("F"), (one for fact in view.facts.values() for one in fact.operated)
    return any(plain(one.left.letter) in letters for one in operations)


def _summed(view: View) -> int | None:
    """How many inputs a sum over them has that computes an output and ends at a number."""
    taps = ((fact, tap) for fact in view.facts.values() for tap in fact.taps if not tap.target.gradient)
    for fact, tap in taps:
        ends = dict(_ends(fact))
        for one in (tap.first, tap.second):
            if one.letter in view.subject.letters.get("X", ()) and len(one.index) == 1 and one.index[0] in ends:
                return ends[one.index[0]] + 1 - view.base
    return None


def _ends(fact: Facts) -> Iterator[tuple[str, int]]:
    """The letters of sums, and the numbers that they end at."""
    for node in fact.nodes:
        if isinstance(node, Bounded) and len(node.above) == 1 and isinstance(node.above[0], Number):
            letters = (each.letter for part in node.below for each in walk(part) if isinstance(each, Named))
            yield from ((letter, int(node.above[0].value)) for letter in letters)


def _features(view: View) -> dict[str, Any]:
    letters = {letter for found in view.subject.letters.values() for letter in found}
    entries = [one for fact in view.facts.values() for one in fact.entries if one.letter in letters]
    numbers = {part for one in entries if len(one.index) == 1 for part in one.positions if part is not None}
    return {"inputs": max(numbers) + 1 - view.base} if len(numbers) > 1 else {}


def _entrywise(view: View) -> dict[str, Any]:
    shapes = [*view.shapes["X"], *view.shapes["O"]]
    return {"input": shapes[0]} if shapes else {}


_RULES: Mapping[str, Callable[[View], dict[str, Any]]] = {
    "conv": _conv, "conv-transpose": _conv_transpose, "max-pool": _pool, "avg-pool": _pool, "dense": _dense,
    "softmax": _features,
    "cross-entropy": _features, "bce": _features, "mse": _features,
    **dict.fromkeys(["relu", "sigmoid", "tanh", "softplus", "silu", "gelu", "leaky-relu"], _entrywise),
}  # fmt: skip
