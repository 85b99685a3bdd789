"""What the letters of a formula are: indices of axes, or sizes, strides and paddings."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from symconv.checking.general.answer import Hints
from symconv.checking.general.layout import Layout
from symconv.checking.general.limits import summed
from symconv.checking.general.names import Names, text_of
from symconv.notation.tree import Big, Bounded, Iverson, Named, Negative, Node, Sum, parts_of

WORDS = frozenset({"in", "out", "i", "o", "x", "y", "h", "w", "c", "k"})
"""What may stand below the letter of an index."""
_LETTER = re.compile(r"[A-Za-z]|\\[A-Za-z]+")
SIZES: Mapping[str, str] = {
    "input": "n", "filter": "k", "output": "o", "stride": "s", "dilation": "d", "padding": "a",
    "in_channels": "in", "out_channels": "out", "batch": "batch",
}  # fmt: skip
"""What a letter may be, and the letter of the size on a spatial axis, or the axis that it is the length of."""
LENGTHS_ONLY = ("output", "filter", "input")
CHANNELS: Mapping[str, str] = {"in": "in_channels", "out": "out_channels", "batch": "batch", "group": "in_channels"}
BY_LETTER: Mapping[str, str] = {
    "f": "filter", "k": "filter", "F": "filter", "K": "filter", "s": "stride", "S": "stride", "stride": "stride",
    "d": "dilation", "D": "dilation", "dilation": "dilation", "p": "padding", "P": "padding", "pad": "padding",
    "padding": "padding", "a": "padding", "o": "output", "O": "output",
}  # fmt: skip
"""What a letter is where it stands beside positions, unless something says otherwise."""
BY_SUBSCRIPT: Mapping[str, str] = {"out": "output", "o": "output", "in": "input", "f": "filter", "k": "filter"}
MULTIPLIED = ("stride", "dilation")
USUAL_SIZES = frozenset("kfnhwsdpacomrKFNHWSDPCOMRTBL")
"""Letters that may be sizes where they stand beside an index."""
BATCH = frozenset({"N", "n", "m", "M", "B", r"\beta"})
"""What the number of examples is called where it stands before a sum or below a line."""
AXES = frozenset("hwHWxyXYrc12")
"""What stands below a letter to say which axis it is about."""


@dataclass(frozen=True)
class Use:
    """A letter that is no index, on an axis: "bound" in the limit of a sum, "offset" or "times" within an index,
    "below" a line, "factor" before a product.

    `array` is the array whose position is meant: that of the summed letter, or of what is multiplied.
    """

    letter: Named
    place: str
    axis: str | None
    array: str = ""


def index_letters(names: Names, layout: Layout, tree: Node, sizes: Collection[str] = ()) -> frozenset[Named]:
    """The letters that are summed over, index some axis by themselves, or stand in an index and are no (usual) size."""
    found = {letter for node in _walk(tree) if isinstance(node, Big | Bounded) for letter in summed(node)}
    for each in names.occurrences(tree):
        indices = [*layout.indices(each).values(), *each.above]
        found |= {index for index in indices if isinstance(index, Named)}
        inside = {part for index in indices for part in _walk(index) if isinstance(part, Named)}
        usual = {letter for letter in inside if letter.letter in USUAL_SIZES or text_of(letter) in sizes}
        found |= {letter for letter in inside - usual if not letter.lower}
    return frozenset(letter for letter in found if is_letter(letter))


def is_letter(name: Named) -> bool:
    """Whether a name may be an index: one letter, with little below it."""
    return (
        bool(_LETTER.fullmatch(name.letter))
        and not name.upper
        and (not name.lower or name.lower in WORDS or name.lower.isdigit())
    )


def _walk(node: Node) -> Iterator[Node]:
    yield node
    for part in parts_of(node):
        yield from _walk(part)


def alone(index: Node, letters: frozenset[Named]) -> tuple[Named, int] | None:
    """The only index letter in an index, with its sign; None where there are more, or a multiple of it."""
    if isinstance(index, Named):
        return (index, 1) if index in letters else None
    if isinstance(index, Negative):
        inner = alone(index.term, letters)
        return inner and (inner[0], -inner[1])
    if isinstance(index, Sum):
        having = [term for term in index.terms if any(part in letters for part in _walk(term))]
        return alone(having[0], letters) if len(having) == 1 else None
    return None


@dataclass(frozen=True)
class Letters:
    """The index letters of a formula, and where they stand."""

    names: Names
    layout: Layout
    letters: frozenset[Named]

    def uses(self, letter: Named, tree: Node) -> list[tuple[str, str, Node]]:
        """The arrays and axes of which a letter is the only index, and the index, those of plain letters first."""
        found = [
            (array, axis, index)
            for array, axis, index in self._indices(tree, letter)
            if (only := alone(index, self.letters)) and only[0] == letter
        ]
        return sorted(found, key=lambda use: not isinstance(use[2], Named))

    def axes(self, letter: Named, tree: Node) -> list[str]:
        """The axes that a letter stands on, at all."""
        both = [*self.uses(letter, tree), *self._indices(tree, letter)]
        found = [axis for _, axis, index in both if letter in _walk(index)]
        return list(dict.fromkeys(found))

    def _indices(self, tree: Node, letter: Named) -> Iterator[tuple[str, str, Node]]:
        """All indices within a tree where the letter is not summed over again."""
        found = self.names.found(tree)
        if found is not None:
            yield from ((found.array, axis, index) for axis, index in self.layout.indices(found).items())
        elif isinstance(tree, Big | Bounded):
            if letter not in summed(tree):
                yield from self._indices(tree.body, letter)
        elif not isinstance(tree, Iverson):
            for part in parts_of(tree):
                yield from self._indices(part, letter)


def candidates(letter: Named, uses: Sequence[Use], names: Names, hints: Hints) -> list[str]:
    """What a letter that is no index may be, the likeliest first."""
    given = hints.sizes.get(text_of(letter)) or hints.sizes.get(letter.letter)
    if given:
        return [given]
    maps = list(dict.fromkeys(use.axis for use in uses if use.axis in CHANNELS))
    if maps:
        return list(dict.fromkeys(CHANNELS[axis] for axis in maps if axis))
    if any(use.place in ("times", "below") and use.axis for use in uses):
        return _multiplied(letter, uses)
    spatial = [use for use in uses if use.axis]
    if not spatial:
        return ["batch"] if letter.letter in BATCH else ["number"]
    named = _by_name(letter, names, bound=any(use.place == "bound" for use in spatial))
    if named:
        return [named]
    indexed = [_role_size(use.array) for use in spatial if use.array]
    return list(dict.fromkeys([*indexed, *LENGTHS_ONLY]))


def _role_size(array: str) -> str:
    return {"O": "output", "F": "filter", "X": "input"}.get(array, "output")


def _multiplied(letter: Named, uses: Sequence[Use]) -> list[str]:
    """A stride or a dilation: the one multiplies positions of the output, the other those of the filter."""
    known = BY_LETTER.get(letter.letter)
    if known in MULTIPLIED:
        return [known]
    arrays = {use.array for use in uses if use.place == "times"}
    return ["dilation", "stride"] if arrays == {"F"} else ["stride", "dilation"]


def _by_name(letter: Named, names: Names, *, bound: bool) -> str:
    """What the letter itself or what stands below it says; empty where it says nothing."""
    for part in (letter.lower.strip("{}"), letter.lower.partition(",")[0]):
        if part in BY_SUBSCRIPT:
            return BY_SUBSCRIPT[part]
        found = names.found(Named(part)) if part and part not in AXES else None
        if found and found.array in "XFO" and found.role != "L":
            return _role_size(found.array)
    known = BY_LETTER.get(letter.letter, "")
    if known and not (bound and known in (*MULTIPLIED, "padding")):
        return known
    found = names.found(Named(letter.letter)) if letter.letter not in AXES else None
    if found and found.array in "XFO" and found.role != "L":
        return _role_size(found.array)
    return ""
