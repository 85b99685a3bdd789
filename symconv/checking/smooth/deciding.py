"""Whether two sides of a formula are equal in a world, at all positions of their letters.

Proved for arrays of any size where two entries of an axis and one for all others decide it (the lemma is in
`symconv.meaning.spaces`; lengths are symbols, so that it says the same for every length). What is not proved so is
looked at with few entries, where numbers refute it.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np
import sympy

from symconv.checking.findings import Scope
from symconv.checking.smooth.assembling import World
from symconv.checking.smooth.meaning import AnySize, SizedGraph, SmoothMeaning, Step
from symconv.errors import LimitError, NotSupportedError, SymconvError
from symconv.meaning.deciding import is_zero
from symconv.meaning.evaluate import Value, free_letters, places
from symconv.meaning.spaces import EXPLICIT, Space
from symconv.notation.tree import Delta, Index, Node, Symbol, walk

FEW = (3, 4, 2, 5)
"""Lengths of axes that a formula is looked at with, axis by axis."""
DIGITS = 30
PLACES = 12
FIRST = 2
SCALES = (97, 101, 3001)
"""Numbers between 0 and 1 are tried, some of them small, so that roots and logarithms are real somewhere."""
MOST_STEPS = 8
"""Different arguments of steps that all signs are tried of."""

UNEVALUATED = (NotSupportedError, LimitError, ValueError, TypeError, IndexError)
"""What formulas raise that have no value, such as sums of arrays that do not fit."""
Outcome = Literal["equal", "different", "undecided"]


@dataclass(frozen=True)
class Condition:
    """Which positions a formula speaks of: those where two indices agree, or differ.

    >>> str(Condition(("i",), ("j",), same=False)), Condition(("i", "j"), ("p", "q"), same=True).holds({"i": 1, "p": 2})
    ('i ≠ j', True)
    """

    left: tuple[str, ...]
    right: tuple[str, ...]
    same: bool

    def __str__(self) -> str:
        sides = (", ".join(index) if len(index) == 1 else f"({', '.join(index)})" for index in (self.left, self.right))
        return f" {'=' if self.same else '≠'} ".join(sides)

    def holds(self, at: Mapping[str, int]) -> bool:
        if not {*self.left, *self.right} <= set(at):
            return True
        return ([at[letter] for letter in self.left] == [at[letter] for letter in self.right]) is self.same


@dataclass(frozen=True)
class Supposition:
    """What is supposed of the targets: that they add up to 1, or that the one at a letter is 1 and the others 0."""

    target: str = ""
    true: str = ""


@dataclass(frozen=True)
class Difference:
    """Two values that are not equal, and the positions of letters, counted from 0, where that is."""

    left: Any
    right: Any
    at: Mapping[str, int]


@dataclass(frozen=True)
class Result:
    outcome: Outcome
    scope: Scope = ""
    reason: str = ""
    difference: Difference | None = None


@dataclass(frozen=True)
class Comparison:
    """Two sides of the formula of a world, under a reading of derivatives, conditions and a supposition."""

    world: World
    left: Node
    right: Node
    direct: bool = False
    conditions: tuple[Condition, ...] = ()
    supposition: Supposition = Supposition()
    values: Mapping[str, Any] = field(default_factory=dict)
    graphs: dict[str, SizedGraph] = field(default_factory=dict, repr=False, compare=False)
    outcomes: dict[str, Result] = field(default_factory=dict, init=False, repr=False, compare=False)

    def result(self) -> Result:
        """A proof, or what few entries say."""
        found = self.proof()
        return found if found.outcome == "equal" else self.looked_at()

    def proof(self) -> Result:
        """Whether it is proved for arrays of any size; with lengths that are known, also for these alone."""
        if "any" not in self.outcomes:
            self.outcomes["any"] = self._proof()
        return self.outcomes["any"]

    def _proof(self) -> Result:
        try:
            found = self._compared(self._any_size)
        except (*UNEVALUATED, ZeroDivisionError, _AxesDifferError) as error:
            return Result("undecided", reason=_why(error))
        if found == "equal":
            return Result("equal", "sizes" if self._axes else "all")
        return Result("undecided", reason="the two sides could not be decided to be equal")

    def looked_at(self) -> Result:
        """Whether numbers refute it with few entries. Where all lengths are known, equality is proved for these."""
        if "few" not in self.outcomes:
            self.outcomes["few"] = self._looked_at()
        return self.outcomes["few"]

    def _looked_at(self) -> Result:
        try:
            difference = self._compared(self._few)
        except UNEVALUATED as error:
            return Result("undecided", reason=_why(error))
        except ZeroDivisionError:
            return Result("undecided", reason="a division by zero")
        except _AxesDifferError:
            return Result("different", "shape", "an array on one side and one with other axes on the other")
        if isinstance(difference, Difference):
            return Result("different", "shape" if self._axes else "all", difference=difference)
        if difference == "equal" and set(self.world.sizes) >= set(self._axes):
            return Result("equal", "shape")
        return Result("undecided", reason=self.proof().reason)

    # Spaces

    @cached_property
    def _axes(self) -> tuple[str, ...]:
        used = {axis for axes in self.world.system.axes.values() for axis in axes}
        return tuple(sorted(used))

    @property
    def _any_size(self) -> SizedGraph:
        if "any" not in self.graphs:
            lengths = {axis: sympy.Symbol(self.world.counts.get(axis, f"#{axis}")) for axis in self._axes}
            self.graphs["any"] = SizedGraph(self.world.system, AnySize(lengths), self.world.counts)
        return self.graphs["any"]

    @property
    def _few(self) -> SizedGraph:
        if "few" not in self.graphs:
            letters = list(dict.fromkeys(self.world.counts.get(axis, axis) for axis in self._axes))
            lengths = {}
            for axis in self._axes:
                at = letters.index(self.world.counts.get(axis, axis))
                lengths[axis] = self.world.sizes.get(axis, max(FEW[at % len(FEW)], self._named(axis)))
            self.graphs["few"] = SizedGraph(self.world.system, Space(lengths), self.world.counts)
        return self.graphs["few"]

    def _named(self, axis: str) -> int:
        """How many entries of an axis are named by number. Raises `NotSupportedError` for one that does not exist."""
        found = [0]
        for tree in (self.left, self.right, *(each.body for each in self.world.system.definitions)):
            for part in walk(tree):
                if isinstance(part, Symbol):
                    axes = self.world.system.axes[part.role]
                    found += [
                        at + 1 for at, own in zip(part.index, axes, strict=False) if own == axis and isinstance(at, int)
                    ]
        if min(found) < 0 or max(found) > self.world.sizes.get(axis, max(found)):
            raise NotSupportedError("an entry that the array does not have")
        return max(found)

    # Positions

    def _letters(self) -> tuple[str, ...]:
        free = (letter for side in (self.left, self.right) for letter in free_letters(side))
        return tuple(dict.fromkeys((*free, *((self.supposition.true,) if self.supposition.true else ()))))

    def _axis(self, letter: str) -> str:
        if letter == self.supposition.true:
            return self._axis_of_class(letter)
        for side in (self.left, self.right):
            for role, axis in places(letter, side):
                return self.world.system.axes[role][axis]
        for side in (self.left, self.right):
            for part in walk(side):
                pair = _pair(part) if isinstance(part, Delta) else ()
                if letter in pair:
                    (other,) = set(pair) - {letter} or {""}
                    if other and any(list(places(other, each)) for each in (self.left, self.right)):
                        return self._axis(other)
        raise NotSupportedError(f"the index {letter} stands at no array")

    def _axis_of_class(self, letter: str) -> str:
        """The axis of the classes, which a letter for the true one runs over."""
        axis = self.world.system.axes[self.supposition.target][-1]
        for side in (self.left, self.right):
            if any(self.world.system.axes[role][at] != axis for role, at in places(letter, side)):
                raise NotSupportedError(f"the index {letter} does not run over the classes")
        return axis

    def _compared(self, graph: SizedGraph) -> Difference | Outcome:
        """Whether both sides are equal at all positions, of which there must be one; or where they differ."""
        letters = self._letters()
        axes = {letter: self._axis(letter) for letter in letters}
        for axis in graph.space.lumped:
            if sum(own == axis for own in axes.values()) > EXPLICIT:
                raise NotSupportedError("a formula in three letters of one axis is not decided for all sizes")
        positions = [self._positions(graph, letter, axes) for letter in letters]
        bound = dict(zip(letters, np.ix_(*positions), strict=True)) if letters else {}
        meaning = graph.meaning()
        assert isinstance(meaning, SmoothMeaning)
        meaning = SmoothMeaning(**{**meaning.__dict__, "direct": self.direct})
        values = [meaning.value_at(bound, side) for side in (self.left, self.right)]
        return self._first_difference(graph, letters, positions, values)

    def _positions(self, graph: SizedGraph, letter: str, axes: Mapping[str, str]) -> Any:
        """The positions of a letter. What names no entry by its number does not change when entries change places, so
        the first letter of an axis stays at the first entry, the second goes on to the next one, and so on."""
        axis = axes[letter]
        length = graph.space.positions(axis)
        if self._named(axis):
            return np.arange(length)
        before = [other for other in axes if axes[other] == axis].index(letter)
        return np.arange(min(before + 1, length))

    def _first_difference(
        self, graph: SizedGraph, letters: Sequence[str], positions: Sequence[Any], values: Sequence[Value]
    ) -> Difference | Outcome:
        shape = tuple(len(each) for each in positions)
        own = _together([value.entries.shape[len(letters) :] for value in values])
        sides = [self._laid_out(graph, value, len(letters), (*shape, *own)) for value in values]
        verdicts: set[Outcome] = set()
        for place in np.ndindex(*sides[0].shape):
            at = {letter: int(where[i]) for letter, where, i in zip(letters, positions, place, strict=False)}
            if not all(condition.holds(at) for condition in self.conditions):
                continue
            supposed = {**self._supposed(graph, at), **self._valued(graph)}
            left, right = (graph.space.replaced(side[place], supposed) for side in sides)
            verdict = _decided(graph, left, right)
            if verdict == "different":
                return Difference(left, right, at)
            verdicts.add(verdict)
            if verdict == "undecided" and graph.space.lumped:
                break
        return "equal" if verdicts == {"equal"} else "undecided"

    def _laid_out(self, graph: SizedGraph, value: Value, depth: int, shape: tuple[int, ...]) -> Any:
        entries = value.entries
        if value.rank < len(shape) - depth:
            entries = entries[(..., *(None,) * (len(shape) - depth - value.rank))]
        found = np.broadcast_to(entries, shape)
        explicit = tuple(
            slice(None) if at < depth or not graph.space.lumped else slice(EXPLICIT) for at in range(len(shape))
        )
        return found[(*explicit, ...)]

    # Suppositions

    def _supposed(self, graph: SizedGraph, at: Mapping[str, int]) -> Mapping[Any, Any]:
        target = self.supposition.target
        if not target:
            return {}
        symbols = graph.standing[target]
        if not self.supposition.true:
            return dict(self._adding_up(graph, symbols))
        if symbols.ndim != 1 or self.supposition.true not in at:
            raise NotSupportedError("which class is the true one")
        where = at[self.supposition.true]
        return {symbol: sympy.Integer(number == where) for number, symbol in enumerate(symbols)}

    def _valued(self, graph: SizedGraph) -> Mapping[Any, Any]:
        """The numbers of letters that stand for one."""
        numbers = {role: value for role, value in self.values.items() if not graph.system.axes[role]}
        return {
            graph.standing[role][()]: sympy.Rational(value.numerator, value.denominator)
            for role, value in numbers.items()
        }

    def _adding_up(self, graph: SizedGraph, symbols: Any) -> Iterator[tuple[Any, Any]]:
        """The targets of each example add up to 1: solved for one of the symbols in the sum."""
        axes = graph.system.axes[self.supposition.target]
        if symbols.ndim == 0:
            raise NotSupportedError("targets that add up")
        for place in itertools.product(*(range(length) for length in symbols.shape[:-1])):
            total = sympy.sympify(np.asarray(graph.space.total(symbols[place], axes[-1]), dtype=object)[()])
            symbol = max(total.free_symbols, key=lambda each: (each not in set(symbols.ravel()), str(each)))
            yield symbol, sympy.expand(symbol - (total - 1) / sympy.diff(total, symbol))


def _why(error: Exception) -> str:
    """Why something has no value, in words."""
    return str(error) if isinstance(error, SymconvError) else "its parts do not fit together"


class _AxesDifferError(Exception):
    """An array on one side, and one with other axes on the other."""


def _together(shapes: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    longest = max(shapes, key=len)
    if any(shape and shape != longest for shape in shapes):
        raise _AxesDifferError
    return longest


def _pair(node: Delta) -> tuple[str, ...]:
    return tuple(part.parts[0][0] for part in (node.left, node.right) if isinstance(part, Index) and part.parts)


def same(left: Any, right: Any, *, refute: bool = True) -> Outcome:
    """Whether two expressions are equal on both sides of every step in them; numbers are looked at first, which say at
    once that most that are different are so."""
    difference = sympy.sympify(left) - sympy.sympify(right)
    if difference == 0:
        return "equal"
    if differs(difference, FIRST):
        return "different" if refute else "undecided"
    steps = sorted(difference.atoms(Step), key=str)
    if len(steps) <= MOST_STEPS and all(
        is_zero(difference.xreplace(dict(zip(steps, signs, strict=True))))
        for signs in itertools.product((sympy.S.One, sympy.S.Zero), repeat=len(steps))
    ):
        return "equal"
    return "different" if refute and differs(difference, PLACES * 2 ** min(len(steps), 2)) else "undecided"


def _decided(graph: SizedGraph, left: Any, right: Any) -> Outcome:
    if not isinstance(graph.space, AnySize):
        return same(left, right)
    found = same(left, right, refute=False)
    return _same_summands(graph.space, left, right) if found == "undecided" else found


def _same_summands(space: AnySize, left: Any, right: Any) -> Outcome:
    """Whether what is summed over other entries is equal, summand by summand, and the rest is too."""
    parts = space.without_sums(sympy.sympify(left) - sympy.sympify(right))
    if parts is None or any(same(part, 0, refute=False) != "equal" for part in parts):
        return "undecided"
    return "equal"


def differs(difference: sympy.Expr, places: int = PLACES) -> bool:
    """Whether an expression is clearly not 0 at one of a few places, real throughout."""
    difference = _with_examples(difference)
    steps = difference.atoms(Step)
    signed = {symbol for step in steps for symbol in step.free_symbols}
    draw = random.Random(7)  # noqa: S311
    for _ in range(places):
        values = {
            symbol: sympy.Rational(draw.randint(1, 96), draw.choice(SCALES))
            * (draw.choice((1, -1)) if symbol in signed else 1)
            for symbol in sorted(difference.free_symbols, key=str)
        }
        value = difference.xreplace(values).evalf(DIGITS)
        if value.is_number and value.is_finite and value.is_real and abs(value) > sympy.Float(10) ** (-DIGITS // 2):
            return True
    return False


def _with_examples(expression: sympy.Expr) -> sympy.Expr:
    """Functions of which nothing is known as one of them: a formula about all of them has to hold for it."""
    unknown = [part for part in expression.atoms(sympy.Function) if getattr(part, "general", False)]
    if not unknown:
        return expression
    variable = sympy.Symbol("t")
    names = sorted({type(part).__name__.rsplit("_", 1)[0] for part in unknown})

    def example(part: Any) -> Any:
        number = names.index(type(part).__name__.rsplit("_", 1)[0])
        chosen = variable**3 / 7 + sympy.exp(variable / (2 + number)) + variable
        return sympy.diff(chosen, variable, type(part).order).subs(variable, part.args[0])

    return expression.replace(lambda part: getattr(part, "general", False), lambda part: example(part))
