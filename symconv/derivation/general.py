"""The story of a convolution with general indices: sums collapse on Kronecker's delta, and the index says the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from symconv.derivation.elision import Limits
from symconv.derivation.general_lines import AFTER, BEFORE, PRIME, Line, Lines, numbers_known
from symconv.derivation.general_values import Written
from symconv.derivation.steps import Step
from symconv.errors import NotSupportedError
from symconv.layers.channels import AXIS_LETTERS
from symconv.layers.general import MAPS, SIZES, GeneralConv
from symconv.notation.build import over
from symconv.notation.layout import Display
from symconv.notation.tree import (
    Delta,
    Inside,
    Iverson,
    Letter,
    Node,
    Number,
    Place,
    Position,
    Relation,
    Symbol,
    equals,
)

T = TypeVar("T")
EXAMPLE = {"n": 7, "k": 3, "s": 2, "d": 1, "a": 1, "c": 1, "o": 4, "r": 0}
"""A stride that shows what has to be divisible."""
EXPLAINED = (2, 3)
"""The entries of the example's input that are told of: one between two windows' middles, and one in a middle."""


@dataclass(frozen=True)
class Story:
    """Builds the steps about one layer."""

    layer: GeneralConv
    limits: Limits

    @cached_property
    def lines(self) -> Lines:
        return Lines(self.layer)

    def steps_of(self, roles: Sequence[str]) -> list[Step]:
        """The derivation in reading order; with `roles`, only the gradients by these."""
        wanted = [role for role in self.layer.arrays if role != "O" and (not roles or role in roles)]
        steps = [self.result(wanted), self.conventions(), self.forward()]
        steps += [self.filter()] if "F" in wanted else []
        steps += [self.input(), self.divisible(), self.reversed()] if "X" in wanted else []
        steps += [self.bias()] if "b" in wanted else []
        return steps + ([self.numbers(wanted)] if self.layer.numbers else [])

    def words(self) -> dict[str, Any]:
        """What templates see besides the steps."""
        return {
            "endings": ("steps/general/proof.jinja", "steps/general/summary.jinja"),
            "at": lambda role: Letter(", ".join(self.layer.positions(role))),
            "size": {letter: Letter(letter) for letter in (*SIZES, BEFORE, AFTER)},
            "maps": {name: (Letter(AXIS_LETTERS[name]), Letter(length)) for name, length in MAPS.items()},
            "sign": {"delta": self._delta(), "bracket": self._bracket(), "e": Letter("e")},
            "known": [(Letter(letter), Number(value)) for letter, value in self.layer.numbers.items()],
            "ranges": self._ranges,
        }

    def results(self, proofs: Sequence[T]) -> list[T]:
        """The proofs that stand for the result."""
        return [proof for proof in proofs if getattr(proof, "route", "") in ("forward", "dF", "dX", "db")]

    def equation(self, target: str, form: str | None, index_base: int, prove: Callable[[], None]) -> Display:
        raise NotSupportedError("single equations are there for layers with sizes, such as conv --input 5 --filter 3")

    def _delta(self) -> Node:
        return Delta(Place(body=Position("i")), Place(body=Position("j")))

    def _bracket(self) -> Node:
        return Iverson(((Letter(r"\cdot"),),))

    def _ranges(self, role: str) -> list[Node]:
        """How far each letter of an array's index goes."""
        return [self._range(letter) for letter in self.layer.letters(role)]

    def _range(self, letter: str) -> Node:
        return Inside(Place(body=Position(letter)), Letter(self.layer.ranges[letter]))

    @property
    def features(self) -> dict[str, Any]:
        """What the words depend on."""
        return {
            "rank": self.layer.rank,
            "channels": self.layer.channels,
            "convolution": self.layer.convention == "convolution",
            "bias": self.layer.bias,
        }

    def step(self, kind: str, role: str = "", detail: Any = "brief", **shown: Any) -> Step:
        """A step with its displays, given as names of lines or as relations."""
        facts = {**self.features, **shown.pop("facts", {})}
        return Step(f"general/{kind}", role, detail, {name: self._display(what) for name, what in shown.items()}, facts)

    def _display(self, what: Any) -> Display:
        if isinstance(what, Display):
            return what
        names = (what,) if isinstance(what, str) else what
        return Display(tuple(self.lines[name].relation for name in names), "aligned" if len(names) == 1 else "lines")

    # The steps

    def result(self, roles: Sequence[str]) -> Step:
        """The gradients, before they are earned."""
        shown = tuple(ends(self.lines[f"d{role}"]) for role in ("F", "X", "b") if role in roles)
        return self.step("result", closed=Display(shown, boxed=True))

    def conventions(self) -> Step:
        return self.step("conventions", size="size")

    def forward(self) -> Step:
        return self.step("forward", "O", forward="forward")

    def filter(self) -> Step:
        return self.step("filter", "F", local="local F", chain="dF")

    def input(self) -> Step:
        return self.step("input", "X", local="local X", chain="dX", windows="dX by filter")

    def divisible(self) -> Step:
        """The other way to collapse, and what has to be divisible for two entries of a small example."""
        example = {letter: Number(EXAMPLE[letter]) for letter in "nksda"}
        tables = [(p, self._table(p)) for p in EXPLAINED]
        entries = Display(tuple(self._written(p) for p in EXPLAINED))
        return self.step("divisible", "X", "full", entries=entries, facts={"example": example, "tables": tables})

    @property
    def _example(self) -> tuple[Lines, Written]:
        """The example is a plain one on one axis, with the layer's convention."""
        layer = GeneralConv(convention=self.layer.convention)
        return Lines(layer), Written(layer, EXAMPLE)

    def _written(self, p: int) -> Relation:
        """∂L/∂X_p for the example, every product of the sum."""
        lines, written = self._example
        side = lines["dX by filter"].relation.sides[-1]
        return equals(Symbol("dX", (p,)), written.side(side, {"p": p}))

    def _table(self, p: int) -> list[tuple[int, int, int | None]]:
        """For each place u of the filter how far it is to input p, and which window starts there, if one does."""
        lines, written = self._example
        (place,), (step,) = lines.place_to_window(lines.at("X"), lines.at("F")), lines.of("s")
        rows = []
        for u in range(EXAMPLE["k"]):
            letters = {"p": p, "u": u}
            whole = written.number(over(place, step), letters)
            inside = whole.denominator == 1 and 0 <= whole < EXAMPLE["o"]
            rows.append((u, int(written.number(place, letters)), int(whole) if inside else None))
        return rows

    def reversed(self) -> Step:
        """The sign of the filter's index, and the change of variable that makes a correlation of the sum."""
        shown: dict[str, Any] = {"spread": "S", "correlation": "dX as correlation", "length": "length",
                                 "padding": ("padding before", "padding after"), "one": "dX at stride 1"}  # fmt: skip
        if self.layer.convention == "correlation":
            shown["turned"] = "R"
        u, other = self.lines.at("F"), self.lines.at("F", PRIME)
        turned = [
            equals(Place(body=new), Place(body=old)) for new, old in zip(other, self.lines.turned(u), strict=True)
        ]
        return self.step("reversed", "X", facts={"turned": turned}, **shown)

    def bias(self) -> Step:
        return self.step("bias", "b", local="local b", chain="db")

    def numbers(self, roles: Sequence[str]) -> Step:
        """The results with the numbers that the user gave."""
        shown = tuple(line.relation for line in self.specialised(roles))
        return self.step("numbers", numbers=Display(shown, "lines"))

    def specialised(self, roles: Sequence[str]) -> Iterator[Line]:
        """The lines of the result for the sizes that are known."""
        if self.layer.numbers:
            yield from numbers_known(self.lines, roles)


def ends(line: Line) -> Relation:
    """The first and the last side of a line."""
    first, *_, last = line.relation.sides
    return equals(first, last)
