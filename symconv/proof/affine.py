"""Whole numbers that are not known yet: sums of letters with whole coefficients, and floors of them.

Closed forms are built from sizes by adding, subtracting and multiplying with known numbers, so the very same functions
build them from these.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from symconv.notation.tree import Ceiling, Floor, Function, Letter, Negative, Node, Number, Product, Ratio, total

USUAL_ORDER = "nmokacrq"


@dataclass(frozen=True)
class Quotient:
    """over / by, rounded down."""

    over: Affine
    by: int

    def __str__(self) -> str:
        return f"floor(({self.over})/{self.by})"

    def node(self) -> Node:
        return Floor(Ratio(self.over.node(), Number(self.by)))

    @property
    def negative(self) -> bool:
        """Whether most of what is divided has a minus."""
        return sum((times > 0) - (times < 0) for _, times in self.over.coefficients) < 0

    def ceiling(self) -> Node:
        """Minus the quotient, which is minus the number divided, rounded up."""
        return Ceiling(Ratio((-self.over).node(), Number(self.by)))

    def at(self, values: Mapping[str, int]) -> int:
        return self.over.at(values) // self.by


@dataclass(frozen=True)
class Positive:
    """The number itself, or 0 where it is negative."""

    of: Affine

    def __str__(self) -> str:
        return f"max(0, {self.of})"

    def node(self) -> Node:
        return Function("max", (Number(0), self.of.node()))

    def at(self, values: Mapping[str, int]) -> int:
        return max(0, self.of.at(values))


Atom: TypeAlias = str | Quotient | Positive


@dataclass(frozen=True)
class Affine:
    """constant + Σ coefficient · atom, where an atom is a letter, a floor or a positive part.

    `str` is what isl reads, `node()` what a page shows.

    >>> n = Affine.letter("n")
    >>> str(2 * n - 1), str((n + 3) // 2)
    ('2n - 1', 'floor((n + 3)/2)')
    >>> ((n + 3) // 2).at({"n": 4})
    3
    """

    coefficients: tuple[tuple[Atom, int], ...] = ()
    constant: int = 0

    @classmethod
    def letter(cls, name: Atom) -> Affine:
        return cls(((name, 1),))

    @classmethod
    def of(cls, value: Affine | int) -> Affine:
        return value if isinstance(value, Affine) else cls((), int(value))

    def __add__(self, other: Affine | int) -> Affine:
        more = Affine.of(other)
        found = dict(self.coefficients)
        for atom, times in more.coefficients:
            found[atom] = found.get(atom, 0) + times
        kept = sorted(((atom, times) for atom, times in found.items() if times), key=lambda pair: str(pair[0]))
        return Affine(tuple(kept), self.constant + more.constant)

    __radd__ = __add__

    def __neg__(self) -> Affine:
        return self * -1

    def __sub__(self, other: Affine | int) -> Affine:
        return self + -Affine.of(other)

    def __rsub__(self, other: int) -> Affine:
        return -self + other

    def __mul__(self, by: Affine | int) -> Affine:
        """Raises `ValueError` for a product of two unknown numbers, which is not affine."""
        factor = Affine.of(by)
        if self.coefficients and factor.coefficients:
            raise ValueError("a product of two unknown numbers is not affine")
        sum_, number = (self, factor.constant) if not factor.coefficients else (factor, self.constant)
        if number == 0:
            return Affine()
        return Affine(tuple((atom, times * number) for atom, times in sum_.coefficients), sum_.constant * number)

    __rmul__ = __mul__

    def __floordiv__(self, by: int) -> Affine:
        if by == 1:
            return self
        if not self.coefficients:
            return Affine((), self.constant // by)
        return Affine.letter(Quotient(self, by))

    def positive(self) -> Affine:
        """The number itself, or 0 where it is negative."""
        return Affine.letter(Positive(self)) if self.coefficients else Affine((), max(0, self.constant))

    def __bool__(self) -> bool:
        """False only for the number 0, so that what is left out for zeros stays for unknowns."""
        return bool(self.coefficients or self.constant)

    def _ordered(self) -> list[tuple[Atom, int]]:
        """Terms with a plus before those with a minus, letters in the order in which people write them."""
        return sorted(self.coefficients, key=lambda pair: (pair[1] < 0, *_rank(pair[0])))

    def __str__(self) -> str:
        parts = [f"{'-' if times < 0 else '+'} {_times(abs(times), atom)}{atom}" for atom, times in self._ordered()]
        if self.constant or not parts:
            parts.append(f"{'-' if self.constant < 0 else '+'} {abs(self.constant)}")
        text = " ".join(parts)
        return text[2:] if text.startswith("+ ") else "-" + text[2:]

    def node(self) -> Node:
        """The number as notation."""
        terms = [_term(times, atom) for atom, times in self._ordered()]
        if self.constant or not terms:
            terms.append(_signed(self.constant, Number(abs(self.constant))))
        return total(tuple(terms))

    def at(self, values: Mapping[str, int]) -> int:
        """The number for known letters."""
        return self.constant + sum(
            times * (values[atom] if isinstance(atom, str) else atom.at(values)) for atom, times in self.coefficients
        )


def _times(number: int, atom: Atom) -> str:
    """The number before an atom; before anything but a letter with a sign, which isl wants."""
    return "" if number == 1 else f"{number}" if isinstance(atom, str) else f"{number}*"


def _rank(atom: Atom) -> tuple[int, str]:
    return (USUAL_ORDER.find(atom) if isinstance(atom, str) else len(USUAL_ORDER)), str(atom)


def _term(times: int, atom: Atom) -> Node:
    """A number of times an atom; -⌊-x/y⌋ is ⌈x/y⌉."""
    if times < 0 and isinstance(atom, Quotient) and atom.negative:
        times, node = -times, atom.ceiling()
    else:
        node = Letter(atom) if isinstance(atom, str) else atom.node()
    return _signed(times, node if abs(times) == 1 else Product((Number(abs(times)), node)))


def _signed(sign: int, node: Node) -> Node:
    return Negative(node) if sign < 0 else node
