"""Answers in the letters of the text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from symconv.checking.context import Context
from symconv.checking.general.answer import General
from symconv.checking.general.concrete import Atom, Difference, Value
from symconv.checking.general.model import LENGTHS
from symconv.checking.general.names import INDEXED_AS
from symconv.checking.general.readings import Reading
from symconv.notation.tree import GRADIENT_OF

DEFAULT: Mapping[str, str] = {"X": "X", "F": "F", "O": "O", "b": "b", "L": "L"}
SHOWN_TERMS = 6
WORDS: Mapping[str, tuple[str, int | None]] = {
    "n": ("input", None), "k": ("filter", None), "o": ("output", None), "s": ("stride", 1), "d": ("dilation", 1),
    "a": ("padding", 0),
}  # fmt: skip
"""What sizes of a layer are called, and which are not worth saying."""
MAPS: Mapping[str, str] = {"in": "input channels", "out": "output channels", "batch": "examples"}


@dataclass(frozen=True)
class Shown:
    """What is said of a reading."""

    context: Context
    reading: Reading

    @property
    def layout(self) -> dict[str, tuple[str, ...]]:
        return {role: slots.axes for role, slots in self.reading.layout.slots.items()}

    @property
    def scope(self) -> Literal["sizes", "shape"]:
        return "sizes" if self.reading.scope == "sizes" else "shape"

    def proved(self) -> General:
        where = f"at {self.reading.span}" if self.reading.span else ""
        size = "for all sizes" if self.reading.scope == "sizes" else "for the sizes of the layer"
        message = " ".join(part for part in (size, where) if part)
        told = "; ".join(self.reading.told)
        return General(
            "proved", self.scope, f"{message}, if {told}" if told else message,
            readings=self.reading.told, layout=self.layout,
        )  # fmt: skip

    def refuted(self, sizes: Mapping[str, int], wrong: Difference) -> General:
        left, right = self.value(wrong.left), self.value(wrong.right)
        message, mistake = self._reason(sizes, wrong, left, right)
        return General(
            "refuted", self.scope, message, mistake,
            counterexample=self._point(sizes, wrong.letters), left=left, right=right, readings=self.reading.told,
            layout=self.layout,
        )  # fmt: skip

    def _reason(self, sizes: Mapping[str, int], wrong: Difference, left: str, right: str) -> tuple[str, str]:
        if self.reading.divides:
            return "an entry is divided by another, which is no derivative: write it with \\partial", "not-a-gradient"
        if self.reading.summed_again:
            letters = joined(self.reading.summed_again)
            verb = "is" if len(self.reading.summed_again) == 1 else "are"
            return f"{letters} {verb} free on the left but summed over on the right", "free-index-summed"
        at = ", ".join(self._told(sizes, wrong.letters))
        if wrong.missing is not None:
            role = self.name(wrong.missing.role)
            letter = next(
                (shown for name, shown in self.reading.shown.items() if name in wrong.missing.place.letters), ""
            )
            return f"the sum over {letter} runs past the entries of {role} at {at}", "wrong-range"
        if self.reading.not_summed:
            letters = joined(self.reading.not_summed)
            verb = "stands" if len(self.reading.not_summed) == 1 else "stand"
            return f"{letters} {verb} on the right alone and not summed over", "missing-sum"
        return f"at {at} the left side is {left} and the right side {right}", ""

    def _told(self, sizes: Mapping[str, int], letters: Mapping[str, int]) -> Iterator[str]:
        """The sizes in words, and the letters of the text, at which it fails."""
        model = self.reading.model
        for name, (word, usual) in WORDS.items():
            numbers = [sizes[model.name(name, axis)] for axis in range(model.rank)]
            if set(numbers) != {usual}:
                yield f"{word} {'×'.join(map(str, numbers))}"
        yield from (f"{word} {sizes[LENGTHS[axis]]}" for axis, word in MAPS.items() if axis in model.maps)
        yield from (f"{self.reading.shown.get(name, name)} = {value}" for name, value in letters.items())

    def _point(self, sizes: Mapping[str, int], letters: Mapping[str, int]) -> dict[str, int]:
        """The sizes and letters of the text at which it fails."""
        model = self.reading.model
        maps = {LENGTHS[axis] for axis in model.maps}
        found: dict[str, int] = {}
        for axis in range(model.rank):
            found |= {model.name(name, axis): sizes[model.name(name, axis)] for name in "nko"}
            found |= {
                model.name(name, axis): sizes[model.name(name, axis)]
                for name, usual in (("s", None), ("d", 1), ("a", 0))
                if sizes[model.name(name, axis)] != usual
            }
        found |= {name: value for name, value in sizes.items() if name in maps}
        return {**found, **{self.reading.shown.get(name, name): value for name, value in letters.items()}}

    # Values

    def value(self, value: Value) -> str:
        """A sum of products of entries as text."""
        parts = [self._term(atoms, number) for atoms, number in sorted(value.items())]
        shown = parts if len(parts) <= SHOWN_TERMS else [*parts[:SHOWN_TERMS], "..."]
        return " + ".join(shown).replace("+ -", "- ") or "0"

    def _term(self, atoms: tuple[Atom, ...], number: object) -> str:
        ordered = sorted(atoms, key=lambda atom: (atom[0] != "G", atom))
        entries = [self.entry(role, position) for role, position in ordered]
        sign = {"1": "", "-1": "-"}.get(str(number), f"{number} ")
        return sign + (" ".join(entries) if entries else "1" if sign in ("", "-") else "")

    def entry(self, role: str, position: tuple[int, ...]) -> str:
        if role.startswith("1/"):
            return f"1/{self.entry(role[2:], position) if position else role[2:]}"
        if not position:
            return self.name(role) if role in ("b", "G") else role
        axes = self.reading.model.axes(role)
        order = self.reading.layout.slots.get(INDEXED_AS.get(role, role))
        places = dict(zip(axes, position, strict=True))
        ordered = order.axes if order else axes
        index = ",".join(str(places[axis] + self._base(role, axis)) for axis in ordered if axis in places)
        if role == "G" and not self.context.names.get("G"):
            return rf"\frac{{\partial {self.name('L')}}}{{\partial {self.name('O')}_{{{index}}}}}"
        return rf"\sigma'_{{{index}}}" if role == "D" else f"{self.name(role)}_{{{index}}}"

    def _base(self, role: str, axis: str) -> int:
        bases = self.reading.bases
        return bases.get(INDEXED_AS.get(role, role) if axis.isdigit() else axis, bases[""])

    def name(self, role: str) -> str:
        """How the text spells an array."""
        spellings = self.context.names.get(role)
        if spellings:
            return spellings[0]
        if role in GRADIENT_OF:
            return rf"\frac{{\partial {self.name('L')}}}{{\partial {self.name(GRADIENT_OF[role])}}}"
        return DEFAULT.get(role, role)


def joined(words: Sequence[str]) -> str:
    """Words with commas, and "and" before the last.

    >>> joined(["i", "j", "k"])
    'i, j and k'
    """
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last
