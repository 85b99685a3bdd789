"""What pages call the axes of a sliding layer's arrays: positions, examples and channels."""

from __future__ import annotations

from collections.abc import Mapping

from symconv.notation.tree import Index, letter_index
from symconv.operations import Naming

POSITION_LETTERS = {"O": ("i", "j", "l"), "F": ("u", "v", "w"), "X": ("p", "q", "r")}
"""What a page calls positions in the output, the filter and the input."""
AXIS_LETTERS = {"batch": r"\nu", "out": r"\mu", "in": r"\kappa"}
"""What it calls the example in the batch, the output map and the input channel."""
SUMMED_LETTERS = (r"\rho", r"\lambda")
"""What it calls the example and the output map in a sum over all of O."""

ChannelAxes = Mapping[str, tuple[str, ...]]
"""The axes before the positions, the group as an axis of its own: of X, F and O."""
Position = tuple[int | Index, ...]


def map_letters(axes: ChannelAxes, role: str) -> tuple[str, ...]:
    """The letters of an array's examples and channels.

    >>> map_letters({"F": ("group", "out", "in")}, "F")
    ('\\\\mu', '\\\\kappa')
    """
    if role == "G":
        return SUMMED_LETTERS
    names = ("out",) if role == "b" else axes[role]
    return tuple(AXIS_LETTERS[name] for name in names if name != "group")


def plain_naming(letters: Mapping[str, str], bias: Position) -> Naming:
    """The naming of arrays that have positions only."""
    positions = tuple(letter_index(letter) for letter in letters.values())
    return Naming({}, {"G": positions, "b": bias, "db": bias}, letters)


def naming_of_group(
    axes: ChannelAxes, lengths: Mapping[str, int], letters: Mapping[str, str], group: int, bias: Position
) -> Naming:
    """The naming of the slices and entries of one group of channels; an axis of length 1 stands at its position.

    `lengths` are those of batch, group, out and in, the last two within a group, `letters` those of positions.
    """
    several = lengths["group"] > 1
    free: dict[str, int | Index] = {
        name: letter_index(letter) if lengths[name] > 1 else 0 for name, letter in AXIS_LETTERS.items()
    }
    shifted = {name: _shifted(free[name], group * lengths[name] if several else 0) for name in ("in", "out")}
    _, first, second = axes["F"]
    slices: dict[str, Position] = {
        "X": (free["batch"], shifted["in"]),
        "F": (shifted[first], free[second]),
        "G": (free["batch"], shifted["out"]),
        "O": (free["batch"], shifted["out"]),
        "b": (shifted["out"],),
    }
    slices |= {"dX": slices["X"], "dF": slices["F"]}
    every_map = letter_index(AXIS_LETTERS["out"]) if lengths["out"] * lengths["group"] > 1 else 0
    positions = tuple(letter_index(letter) for letter in letters.values())
    entries: dict[str, Position] = {
        "G": (free["batch"], every_map, *positions),
        "b": (shifted["out"], *bias),
        "db": (every_map, *bias),
    }
    summed = {name: letter for name, letter in AXIS_LETTERS.items() if lengths[name] > 1}
    return Naming(slices, entries, {**letters, **summed})


def _shifted(index: int | Index, by: int) -> int | Index:
    return index + by if isinstance(index, int) else Index(index.parts, index.shift + by)
