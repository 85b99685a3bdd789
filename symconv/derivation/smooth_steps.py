"""What the stories of all smooth layers share: lines of the calculus as displays, also for one entry."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from symconv.derivation.elision import Limits, shortened
from symconv.derivation.entries import all_positions
from symconv.derivation.smooth import SmoothCalculus
from symconv.derivation.steps import Step
from symconv.errors import InputError
from symconv.forms import Shape
from symconv.layers.smooth import Statement
from symconv.meaning.evaluate import free_letters
from symconv.notation.layout import Display
from symconv.notation.tree import (
    Dots,
    Index,
    Letter,
    Node,
    Relation,
    Symbol,
    exchanged,
    walk,
)

Position = tuple[int, ...]
_INDEX = r"(?:_\{?([0-9]+(?:,[0-9]+)*)\}?)?"
_OUTPUT = re.compile(rf"[OL]{_INDEX}")
_LOCAL = re.compile(rf"dO{_INDEX}/d([A-Za-z]){_INDEX}")
_GRADIENT = re.compile(rf"dL/d([A-Za-z]){_INDEX}")
KNOWN = "O, O_12, dO_12/dX_11, dO_12/dX_12, dL/dX or dL/dX_22"


def at_positions(node: Node, positions: Mapping[str, int]) -> Node:
    """The node with letters of indices exchanged for positions.

    >>> from symconv.notation.build import entry
    >>> at_positions(entry("X", "i", "j"), {"i": 2})
    Symbol(role='X', index=(2, Index(parts=(('j', 1),), shift=0)), slice=False)
    """
    return exchanged(node, lambda symbol: replace(symbol, index=tuple(_placed(p, positions) for p in symbol.index)))


def _placed(part: int | Index, positions: Mapping[str, int]) -> int | Index:
    if isinstance(part, int):
        return part
    shift = part.shift + sum(times * positions.get(letter, 0) for letter, times in part.parts)
    left = tuple((letter, times) for letter, times in part.parts if letter not in positions)
    return Index(left, shift) if left else shift


@dataclass(frozen=True)
class SmoothSteps:
    """Builds the steps of one smooth layer from its calculus; each family puts its own in order."""

    calculus: SmoothCalculus
    limits: Limits

    @property
    def layer(self) -> Any:
        return self.calculus.layer

    @abstractmethod
    def steps_of(self, roles: Sequence[str]) -> list[Step]:
        """The derivation in reading order; with `roles`, only the gradients by these."""

    def words(self) -> dict[str, Any]:
        """What the templates of smooth layers see besides the steps."""
        return {
            "endings": ("steps/smooth/proof.jinja", "steps/smooth/summary.jinja"),
            "given": {(line.role, line.name): line.given for line in self.lines if line.given},
            "conditions": {(line.role, line.name): _conditions(line) for line in self.lines if _conditions(line)},
            "apart": {(line.role, line.name): _apart(line) for line in self.lines if line.distinct},
            "kinked": len(self.layer.assumptions) > 1,
            "ends": lambda relation: Relation((relation.sides[0], relation.sides[-1])),
        }

    def results(self, proofs: Sequence[Any]) -> list[Any]:
        """The proofs that stand for the result: the last word on each gradient."""
        final = [proof for proof in proofs if proof.route in ("definition", "closed", "result", "by output")]
        return [proof for proof in final if proof.role in {"O", "L", *(f"d{role}" for role in self.layer.arrays)}]

    @cached_property
    def lines(self) -> tuple[Statement, ...]:
        return self.calculus.statements()

    # Lines as displays

    def relation(self, name: str, role: str) -> Relation:
        return next(line.relation for line in self.lines if (line.name, line.role) == (name, role))

    def has(self, name: str, role: str) -> bool:
        return any((line.name, line.role) == (name, role) for line in self.lines)

    def show(self, *lines: tuple[str, str], boxed: bool = False) -> Display:
        """The lines of these names and roles under each other, those that the layer has."""
        return Display(tuple(self.relation(*line) for line in lines if self.has(*line)), boxed=boxed)

    def definitions(self) -> Display:
        """All definitions under each other."""
        return Display(tuple(line.relation for line in self.lines if line.name == "definition"))

    def step(self, kind: str, role: str = "", detail: Any = "full", *, facts: Any = None, **displays: Display) -> Step:
        """A step with the displays that have something to show."""
        shown = {name: display for name, display in displays.items() if display.relations}
        return Step(kind, role, detail, shown, facts or {})

    def shape(self, role: str) -> Shape:
        """The shape of an array along the axes of formulas."""
        return self.layer.system.shape(role)  # type: ignore[no-any-return]

    def entries(self, role: str, relation: Callable[[Position], Node]) -> Display:
        """One relation for each entry of an array that is shown."""
        return Display(
            tuple(
                Dots("column") if index is None else relation(index)
                for index in all_positions(self.shape(role), self.limits.entries)
            )
        )

    def instance(self, relation: Relation, index: Position) -> Relation:
        """A relation at one entry of the array on its left side."""
        letters = free_letters(relation.sides[0])
        found = at_positions(relation, dict(zip(letters, index, strict=True)))
        assert isinstance(found, Relation)
        return found

    def small(self, role: str = "X") -> bool:
        """Whether an array is shown as one matrix."""
        shape = self.shape(role)
        return 1 <= len(shape) <= 2 and max(shape) <= self.limits.matrix

    def shown(self, count: int, limit: int = 3) -> list[int | None]:
        return shortened(range(count), limit, first=2)

    # One equation by its name

    def equation(self, target: str, form: str | None, index_base: int, prove: Callable[[], None]) -> Display:
        """One equation by its name in roles; `prove` is called before anything is handed out."""
        prove()
        if match := _OUTPUT.fullmatch(target):
            return self._output_equation(self._position("O", match[1], index_base))
        if match := _LOCAL.fullmatch(target):
            at = self._position("O", match[1], index_base), self._position(match[2], match[3], index_base)
            return self._local_equation(target, match[2], *at)
        if match := _GRADIENT.fullmatch(target):
            return self._gradient_equation(match[1], self._position(match[1], match[2], index_base), form)
        raise InputError(f"equation {target!r} is not known: write {KNOWN}")

    def _position(self, role: str, text: str | None, base: int) -> Position | None:
        """A position along the axes of formulas for an index as printed."""
        if role not in self.layer.arrays:
            known = ", ".join(name for name in self.layer.arrays if name not in ("O", "Y"))
            raise InputError(f"role {role!r} is not one of this layer's: it has {known}")
        if text is None:
            return None
        shape = self.layer.arrays[role].shape
        parts = tuple(map(int, text.split(","))) if "," in text or len(shape) == 1 else tuple(map(int, text))
        index = tuple(part - base for part in parts)
        if len(index) != len(shape) or not all(0 <= i < n for i, n in zip(index, shape, strict=True)):
            raise InputError(f"{role} has no entry {text}: its shape is {shape}, indices count from {base}")
        return self.calculus.place(role, index)

    def _output_equation(self, at: Position | None) -> Display:
        output = "L" if self.has("definition", "L") else "O"
        if at is None or output == "L":
            return self.definitions()
        return Display((self.instance(self.relation("definition", "O"), at),))

    def _local_equation(self, target: str, role: str, output: Position | None, entry: Position | None) -> Display:
        if output is None and entry is None and self.has("jacobian", "O"):
            return self.show(("jacobian", "O"))
        if output is None or entry is None or role != "X" or not self.has("other", "O"):
            raise InputError(f"equation {target!r} is not known here: write {KNOWN}")
        line = self.relation("same" if output == entry else "other", "O")
        over, under = (tuple(part) for part in _indices(line))
        positions = dict(zip((*over, *under), (*output, *entry), strict=True))
        found = at_positions(line, positions)
        return Display((found,))

    def _gradient_equation(self, role: str, at: Position | None, form: str | None) -> Display:
        closed = self.relation("closed", f"d{role}")
        if form == "closed" or not self.has("chain", f"d{role}"):
            relation = closed
        else:
            chain = self.relation("chain", f"d{role}")
            relation = chain if form == "chain" else Relation((chain.sides[0], chain.sides[-1]))
        if at is None:
            return Display((relation,))
        if len(free_letters(relation.sides[0])) != len(at):
            raise InputError(f"a closed form is of the whole array: ask for dL/d{role}, or for the form chain or sum")
        return Display((self.instance(relation, at),))


def _conditions(line: Statement) -> tuple[Relation, ...]:
    """What a line supposes, and which indices in it are not the same."""
    return (*((line.given,) if line.given else ()), *((_apart(line),) if line.distinct else ()))


def _apart(line: Statement) -> Relation:
    """That two indices are not the same, their common letters left out: i ≠ j, (p, q) ≠ (i, j)."""
    pairs = [pair for pair in zip(*line.distinct, strict=True) if pair[0] != pair[1]]
    sides = [", ".join(letters) for letters in zip(*pairs, strict=True)]
    return Relation(tuple(Letter(f"({side})" if len(pairs) > 1 else side) for side in sides), "≠")


def _indices(line: Relation) -> list[list[str]]:
    """The letters of both entries of a local derivative."""
    symbols = [part for part in walk(line.sides[0]) if isinstance(part, Symbol)]
    return [
        [letter for part in symbol.index if isinstance(part, Index) for letter, _ in part.parts] for symbol in symbols
    ]
