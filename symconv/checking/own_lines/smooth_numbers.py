"""Lines of smooth layers with numbers put in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from symconv.checking.judging import ABOUT, LEFT_OUT, Step
from symconv.checking.numeric import gaps_of, is_numeric, leaves_out
from symconv.checking.own_lines.lines import SIGNS, no_equation, pairs
from symconv.checking.own_lines.rounding import Leaves, agree
from symconv.checking.values import Value, alignments
from symconv.derivation.numbers import EPSILON
from symconv.errors import LimitError, NotSupportedError
from symconv.meaning.certified import Real, Reals, UndefinedError
from symconv.meaning.evaluate import Meaning, free_letters
from symconv.notation.tree import Dots, Matrix, Node, Relation, Symbol, rebuilt

Sides = tuple[Node, Node]


@dataclass(frozen=True)
class InNumbers:
    """A smooth layer at the numbers of its arrays, which lie as formulas speak of them."""

    layer: Any
    arrays: Mapping[str, Any]

    def steps(self, line: Relation, otherwise: Callable[[Sides, str], Step]) -> Iterator[Step]:
        """What is known of each two neighbouring sides; those without numbers are decided `otherwise`."""
        whole, before = line.sides[0], False
        for left, right, sign in pairs(line):
            about = before or sign == ABOUT
            if sign not in SIGNS:
                yield no_equation(sign)
            elif not is_numeric(right):
                yield otherwise((left, right), sign)
            elif leaves_out(right):
                yield Step("not-a-claim", LEFT_OUT, left=left, right=right)
            else:
                step = self._compared((whole, before and is_numeric(whole)), (right, about))
                known = otherwise((left, right), sign) if step.verdict == "unread" else step
                yield known if known.verdict == "proved" else step
            whole = whole if leaves_out(right) else right
            before = about

    def _compared(self, left: tuple[Node, bool], right: tuple[Node, bool]) -> Step:
        try:
            values = [self._value(*side) for side in (left, right)]
            same = self._same(*values, rounded=left[1] or right[1])
        except (NotSupportedError, LimitError, UndefinedError, ZeroDivisionError) as error:
            return Step("unread", str(error) or "a division by zero")
        if same is None:
            return Step("unread", "its numbers are too close to each other to be told apart")
        if same:
            return Step("proved", scope="shape", notes=("with the numbers put in",))
        return Step("refuted", "with the numbers put in it is something else", "shape")

    # Values

    @cached_property
    def _reals(self) -> Reals:
        """Those that the arrays are made of."""
        entries = (value for array in self.arrays.values() for value in np.asarray(array, dtype=object).ravel())
        return next((value.of for value in entries if isinstance(value, Real)), Reals())

    def _value(self, side: Node, rounded: bool) -> Value:  # noqa: FBT001
        """All numbers that a side comes to."""
        leaves, numbers = Leaves(self._reals), self._reals.numbers
        plain = leaves.put_in(side, rounded=rounded)
        system = self.layer.system
        arrays = {**self.arrays, **{name: _single(value) for name, value in leaves.values.items()}}
        constants = {name: numbers.of(value) for name, value in system.constants.items()}
        if self.layer.kind in EPSILON:
            constants[r"\epsilon"] = numbers.of(EPSILON[self.layer.kind])
        axes = {role: axes for role, axes in system.axes.items() if role in self.arrays}
        meaning = Meaning(numbers, arrays, {}, constants, system.functions, axes)
        if isinstance(plain, Matrix):
            return _cells(plain, meaning)
        vectors: dict[str, Any] = {}

        def as_vector(part: Node) -> Node | None:
            if not isinstance(part, Matrix) or min(len(part.rows), len(part.rows[0])) > 1:
                return None
            name = f"vector {len(vectors)}"
            vectors[name] = _cells(part, meaning).entries.reshape(-1)
            return Symbol(name)

        plain = rebuilt(plain, as_vector)
        meaning = replace(meaning, arrays={**arrays, **vectors})
        letters = tuple(dict.fromkeys(free_letters(plain)))
        return Value(np.asarray(meaning.over(letters, plain), dtype=object))

    def _same(self, left: Value, right: Value, *, rounded: bool) -> bool | None:
        """Whether all entries are equal, in some way to lay out what dots leave; None where that is not known."""
        answers = {self._equal(one, other, rounded=rounded) for one, other in _laid_alike(left, right)}
        return True if True in answers else None if None in answers else False

    def _equal(self, left: Value, right: Value, *, rounded: bool) -> bool | None:
        pairs = zip(left.entries.ravel(), right.entries.ravel(), strict=True)
        found = {agree(self._reals, a, b, rounded=rounded) for a, b in pairs if a is not None and b is not None}
        return False if False in found else None if None in found else True


def _single(value: Any) -> Any:
    found = np.empty((), dtype=object)
    found[()] = value
    return found


def _cells(matrix: Matrix, meaning: Meaning) -> Value:
    found = np.full((len(matrix.rows), len(matrix.rows[0])), None, dtype=object)
    for at in np.ndindex(*found.shape):
        cell = matrix.rows[at[0]][at[1]]
        if not isinstance(cell, Dots):
            found[at] = meaning(cell).entries[()]
    rows, columns = gaps_of(matrix)
    return Value(found, gaps=(rows, columns) if rows or columns else ())


def _laid_alike(left: Value, right: Value) -> Iterator[tuple[Value, Value]]:
    """Both in the same shape, as vectors where they are rows, columns or vectors; nothing where that cannot be."""
    if left.gaps or right.gaps:
        yield from alignments(left, right)
        return
    if left.shape != right.shape and max(len(left.shape), len(right.shape)) <= 2:
        left, right = (_as_vector(each) for each in (left, right))
    if left.shape == right.shape:
        yield left, right


def _as_vector(value: Value) -> Value:
    """A number, a row or a column as a vector."""
    return Value(value.entries.reshape(-1)) if len(value.shape) < 2 or 1 in value.shape else value
