"""Which index of an array is which axis: spatial axes in their order, channels, the example of a batch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import product

from symconv.checking.general.answer import Hints, UndecidedError, may_follow
from symconv.checking.general.names import Found
from symconv.notation.tree import Named, Node, Number, parts_of

MAPS: Mapping[str, Sequence[tuple[str, ...]]] = {
    "X": ((), ("in",), ("batch",), ("group",), ("batch", "in"), ("batch", "group")),
    "O": ((), ("out",), ("batch",), ("group",), ("batch", "out"), ("batch", "group")),
    "F": ((), ("out",), ("in",), ("group",), ("out", "in"), ("in", "out")),
    "b": ((), ("out",), ("group",)),
}
"""The axes of each array that are not spatial, the usual order first."""
BEHIND: Mapping[str, Sequence[tuple[str, ...]]] = {**MAPS, "F": (*MAPS["F"][:4], ("in", "out"), ("out", "in"))}
"""The same where they stand behind the spatial axes."""
SHARED = {"in": "XF", "out": "FO", "batch": "XO", "group": "XFO"}
"""The arrays that have an axis together."""
MOST_MAPS = 2
MOST_AXES = 2
MOST_LAYOUTS = 4
IN_MAP = 3
"""How much worse it is that a sum of letters indexes a channel than that a letter stands for two axes."""


@dataclass(frozen=True)
class Slots:
    """The axes that the indices above and below an array are."""

    above: tuple[str, ...]
    below: tuple[str, ...]

    @property
    def axes(self) -> tuple[str, ...]:
        return (*self.above, *self.below)

    @property
    def order(self) -> str:
        """Whether channels stand before positions or behind; empty where one of them does not stand below."""
        told = "".join("p" if axis.isdigit() else "c" for axis in self.below if axis != "batch")
        return told[0] if len(set(told)) == 2 else ""


@dataclass(frozen=True)
class Layout:
    """The axes of the arrays that stand in a formula, and how many of them are spatial."""

    rank: int
    slots: Mapping[str, Slots]

    def indices(self, found: Found) -> dict[str, Node]:
        """What indexes each axis of an array; empty for an array as a whole."""
        if found.role == "L":
            return dict(zip(("batch",), found.below(None) or (), strict=False))
        slots = self.slots.get(found.array)
        if slots is None or is_whole(found):
            return {}
        below = found.below(len(slots.below)) or ()
        return dict(zip(slots.axes, (*found.above, *below), strict=True))


def is_whole(found: Found) -> bool:
    """Whether an array stands without any index."""
    return not (found.above or found.below(None))


def layouts(found: Sequence[Found], hints: Hints, rank: int | None) -> list[Layout]:
    """How the arrays of a formula may be laid out, the likeliest first.

    Raises `UndecidedError` where nothing fits.
    """
    arrays: dict[str, list[Found]] = {}
    wholes = {each.array for each in found if is_whole(each)}
    for each in found:
        if each.array in MAPS and not is_whole(each):
            arrays.setdefault(each.array, []).append(each)
    scored = sorted(
        (
            (conflicts, at_rank, number, Layout(rank_, choice))
            for at_rank, rank_ in enumerate(_ranks(arrays, rank or hints.rank))
            for number, (conflicts, choice) in enumerate(_choices(arrays, rank_, hints, wholes))
        ),
        key=lambda each: each[:3],
    )
    if not scored:
        raise UndecidedError(f"it is not clear which indices of {_told(arrays)} are positions and which are channels")
    return [layout for conflicts, _, _, layout in scored if conflicts == scored[0][0]][:MOST_LAYOUTS]


def _told(arrays: Mapping[str, Sequence[Found]]) -> str:
    return " and ".join(sorted(arrays)) or "no array"


def _ranks(arrays: Mapping[str, Sequence[Found]], known: int | None) -> list[int]:
    """Numbers of spatial axes, the likeliest first; a single index may stand for all of them."""
    least = min((min(min(each.counts) for each in some) for role, some in arrays.items() if role != "b"), default=0)
    flat = [1] if least == 1 else []
    if known is not None:
        return [*([known] if known <= MOST_AXES else []), *(flat if known > 1 else [])]
    sums = [sum(map(is_sum, each.below(each.counts[0]) or ())) for some in arrays.values() for each in some]
    likely = min(max(sums, default=0), MOST_AXES)
    return list(dict.fromkeys([*([likely] if likely else []), 2, 1]))


def is_sum(index: Node) -> bool:
    return not isinstance(index, Named | Number)


def _choices(
    arrays: Mapping[str, Sequence[Found]], rank: int, hints: Hints, wholes: Set[str]
) -> Iterator[tuple[int, dict[str, Slots]]]:
    """Slots for every array that go together, and how badly the letters fit them."""
    options = [
        [
            (slots, *_used(slots, role, some))
            for slots in dict.fromkeys(
                [*_options(role, some, rank, hints.layout.get(role)), *(_examples(some) if role in wholes else [])]
            )
        ]
        for role, some in arrays.items()
    ]
    for chosen in product(*options):
        choice = {role: slots for role, (slots, *_) in zip(arrays, chosen, strict=True)}
        if all(_agree(choice, axis) for axis in SHARED) and _in_one_order(choice):
            pairs = {pair for _, uses, _ in chosen for pair in uses}
            yield sum(wrong for *_, wrong in chosen) + len(pairs) - len({letter for letter, _ in pairs}), choice


def _used(slots: Slots, role: str, some: Sequence[Found]) -> tuple[set[tuple[Named, str]], int]:
    """The axes that each letter stands for in an array, and how bad it is where a sum indexes a channel."""
    layout = Layout(0, {role: slots})
    indices = [pair for each in some for pair in layout.indices(each).items()]
    wrong = IN_MAP * sum(is_sum(index) and not axis.isdigit() for axis, index in indices)
    return {(letter, axis) for axis, index in indices for letter in letters(index)}, wrong


def _options(role: str, some: Sequence[Found], rank: int, given: tuple[str, ...] | None) -> Iterator[Slots]:
    """The slots that an array may have by the numbers of its indices."""
    above = {len(each.above) for each in some}
    counts = set.intersection(*(set(each.counts) for each in some))
    if len(above) != 1:
        return
    over = above.pop()
    spatial = tuple(map(str, range(rank)))
    for count, bare in product(sorted(counts, reverse=True), (True, False) if role == "b" else (False,)):
        left = count if bare else count - rank
        for front in range(left, -1, -1) if 0 <= left <= MOST_MAPS - over else ():
            for maps in (MAPS if front or not left else BEHIND)[role]:
                if len(maps) == over + left:
                    own = maps[over:]
                    below = own if bare else (*own[:front], *spatial, *own[front:])
                    if "batch" in below[1:]:
                        continue
                    if may_follow(role, given, (*maps[:over], *below)):
                        yield Slots(maps[:over], below)


def _examples(some: Sequence[Found]) -> list[Slots]:
    """The slots of the gradient that one example of a batch gives, where the whole gradient stands beside it."""
    alone = all(each.role in ("dF", "db") and 1 in each.counts for each in some)
    return [Slots((), ("batch",))] if alone else []


def _agree(choice: Mapping[str, Slots], axis: str) -> bool:
    """Whether the arrays that have an axis together all have it; a bias may go without."""
    having = {axis in choice[role].axes for role in SHARED[axis] if role in choice}
    biased = "b" in choice and axis in choice["b"].axes
    return len(having | {True} if biased else having) < 2


def _in_one_order(choice: Mapping[str, Slots]) -> bool:
    """Whether channels stand before positions in all arrays, or behind them in all."""
    return len({slots.order for role, slots in choice.items() if role != "b"} - {""}) < 2


def letters(index: Node) -> Iterator[Named]:
    """The letters in an index."""
    if isinstance(index, Named):
        yield index
    else:
        for part in parts_of(index):
            yield from letters(part)
