"""Numbers of a page as what they stand for: what is rounded is any number that rounds to the digits shown."""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import Any

from symconv.checking.numeric import as_rounded, exact_value, half_unit, with_powers
from symconv.errors import LimitError
from symconv.meaning.certified import Real, Reals, Value
from symconv.notation.tree import Decimal, Node, Symbol, rebuilt


class Leaves:
    """The decimals of formulas, each a number of its own."""

    def __init__(self, reals: Reals) -> None:
        self.reals = reals
        self.values: dict[str, Value] = {}
        self._numbers = itertools.count()

    def put_in(self, tree: Node, *, rounded: bool) -> Node:
        """The tree with a name for each decimal, whose value is in `values`."""
        plain = as_rounded(with_powers(tree)) if rounded else with_powers(tree)
        return rebuilt(plain, lambda part: self._named(part, rounded=rounded) if isinstance(part, Decimal) else None)

    def _named(self, decimal: Decimal, *, rounded: bool) -> Symbol:
        name = f"decimal {next(self._numbers)}"
        middle = exact_value(decimal)
        away = half_unit(decimal)
        self.values[name] = self.reals.between(middle - away, middle + away) if rounded else middle
        return Symbol(name)


def agree(reals: Reals, left: Value, right: Value, *, rounded: bool) -> bool | None:
    """Whether two numbers are equal, or where one is rounded can be; None where that cannot be told."""
    try:
        if not rounded:
            return reals.sign(left - right) == 0
        return _meet(_ends(reals, left), _ends(reals, right))
    except LimitError:
        return None


def _meet(one: tuple[Fraction, Fraction], other: tuple[Fraction, Fraction]) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]


def _ends(reals: Reals, value: Any) -> tuple[Fraction, Fraction]:
    return reals.ends(value) if isinstance(value, Real) else (value, value)
