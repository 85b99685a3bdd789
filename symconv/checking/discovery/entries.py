"""Entries of arrays in raw trees: a letter, what stands above it, an index, and whether a gradient by it is meant."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from symconv.notation.reading import split_index
from symconv.notation.reading.signs import FUNCTION_LETTERS, WORDS
from symconv.notation.tree import (
    Applied,
    Big,
    Bounded,
    Decimal,
    Differential,
    Indexed,
    Labelled,
    Named,
    Negative,
    Node,
    Number,
    Operation,
    Partial,
    Product,
    Ratio,
    Sum,
    Words,
    parts_of,
)

_DIGITS = re.compile(r"[0-9]{3,}")
_SIZES = re.compile(r"([0-9]+)(?:(?:\\times ?|×|x|\*)([0-9]+))(?:(?:\\times ?|×|x|\*)([0-9]+))?")
TIMES = frozenset("×*·⊙∘•")
"""Signs that between two numbers mean their product."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of an array, or with no index the array.

    Args:
        letter: the letter in LaTeX.
        index: the indices as text, in the author's index base.
        upper: what stands above the letter, as text.
        gradient: whether it is the gradient of the loss by the entry.
        sizes: sizes written in place of an index, such as those of X_{3×3}.
    """

    letter: str
    index: tuple[str, ...] = ()
    upper: str = ""
    gradient: bool = False
    sizes: tuple[int, ...] = ()

    @property
    def positions(self) -> tuple[int | None, ...]:
        """The indices that are numbers, None for others."""
        return _positions(self.index)

    @property
    def is_numeric(self) -> bool:
        return bool(self.index) and None not in _positions(self.index)

    @property
    def name(self) -> str:
        """The letter, with a number below it where it has one: what tells arrays apart."""
        return self.letter + _script("_", self.index[0]) if len(self.index) == 1 and self.is_numeric else self.letter

    @property
    def spelling(self) -> str:
        r"""How the array is written: letter and scripts.

        >>> Entry("w", ("1",)).spelling, Entry("A", (), "l-1").spelling
        ('w_1', 'A^{l-1}')
        """
        return self.letter + _script("_", ",".join(self.index)) + _script("^", self.upper)


@lru_cache(maxsize=100_000)
def _positions(index: tuple[str, ...]) -> tuple[int | None, ...]:
    return tuple(int(part) if part.isascii() and part.isdigit() else None for part in index)


def _script(mark: str, text: str) -> str:
    if not text:
        return ""
    return f"{mark}{text}" if len(text) == 1 else f"{mark}{{{text}}}"


@lru_cache(maxsize=100_000)
def indices(lower: str) -> tuple[str, ...]:
    """The indices in a script; three digits and more without a comma are one index each.

    >>> indices("11"), indices("1,12"), indices("112"), indices("1")
    (('1', '1'), ('1', '12'), ('1', '1', '2'), ('1',))
    """
    found = split_index(lower.replace(" ", ""))
    return tuple(found[0]) if len(found) == 1 and _DIGITS.fullmatch(found[0]) else found


@lru_cache(maxsize=100_000)
def sizes_in(text: str) -> tuple[int, ...]:
    r"""Sizes in a script.

    >>> sizes_in(r"3\times 4"), sizes_in("3,4")
    ((3, 4), ())
    """
    found = _SIZES.fullmatch(text.strip("()").replace(" ", ""))
    return tuple(int(part) for part in found.groups() if part) if found else ()


def entry(node: Node, losses: Collection[str]) -> Entry | None:
    r"""The entry or array that a node is, None where it is neither.

    >>> from symconv.notation.reading import read
    >>> entry(read(r"\frac{\partial L}{\partial y_{12}}"), {"L"})
    Entry(letter='y', index=('1', '2'), upper='', gradient=True, sizes=())
    """
    rule = _RULES.get(type(node))
    return rule(node, losses) if rule else None


def _named(node: Named, losses: Collection[str]) -> Entry | None:
    if node.primes or (node.letter.lower() in WORDS):
        return None
    return _spelled(node.letter, node.lower, node.upper)


@lru_cache(maxsize=100_000)
def _spelled(letter: str, lower: str, upper: str) -> Entry:
    found = sizes_in(lower)
    return Entry(letter, () if found else indices(lower), upper.replace(" ", ""), sizes=found)


def _applied(node: Applied, losses: Collection[str]) -> Entry | None:
    """Z(0, 0, k)."""
    head = node.head
    index = tuple(_argument(part) for part in node.arguments)
    plain = not head.primes and not head.lower and head.letter.lower() not in WORDS and "" not in index
    unclear = head.letter in FUNCTION_LETTERS or len(index) < 2
    if not plain or (unclear and not all(part.isdigit() for part in index)):
        return None
    return Entry(head.letter, index, head.upper)


def _argument(node: Node) -> str:
    """An index that stands in a bracket, as text; "" for what is none."""
    if isinstance(node, Number):
        return str(node.value)
    if isinstance(node, Named):
        return node.letter + node.lower + "'" * node.primes
    if isinstance(node, Negative):
        inner = _argument(node.term)
        return f"-{inner}" if inner else ""
    if isinstance(node, Sum | Product):
        parts = [_argument(part) for part in (node.terms if isinstance(node, Sum) else node.factors)]
        joined = ("+" if isinstance(node, Sum) else "").join(parts)
        return joined.replace("+-", "-") if all(parts) else ""
    return ""


def _indexed(node: Indexed, losses: Collection[str]) -> Entry | None:
    body = entry(node.body, losses)
    if body is None or body.index:
        return None
    return Entry(body.letter, indices(node.lower), body.upper, body.gradient)


def _partial(node: Partial, losses: Collection[str]) -> Entry | None:
    over, under = entry(node.over, ()), entry(node.under, ())
    return _as_gradient(under) if over and under and over.spelling in losses else None


def _differential(node: Differential, losses: Collection[str]) -> Entry | None:
    body = entry(node.body, ())
    if body is not None and body.spelling in losses:
        return Entry(node.lower, gradient=True) if node.lower else None
    return _as_gradient(body)


def _product(node: Product, losses: Collection[str]) -> Entry | None:
    """An array with words in front of it."""
    rest = [factor for factor in node.factors if not isinstance(factor, Words)]
    return entry(rest[0], losses) if len(rest) == 1 else None


def _labelled(node: Labelled, losses: Collection[str]) -> Entry | None:
    return entry(node.body, losses)


def _as_gradient(found: Entry | None) -> Entry | None:
    return found and Entry(found.letter, found.index, found.upper, gradient=True, sizes=found.sizes)


_RULES: Mapping[type[Node], Any] = {
    Named: _named, Applied: _applied, Indexed: _indexed, Partial: _partial, Differential: _differential,
    Labelled: _labelled, Product: _product,
}  # fmt: skip


def walk(node: Node) -> list[Node]:
    """A node and all nodes inside it."""
    found = [node]
    for one in found:
        if not isinstance(one, Named | Number):
            found.extend(parts_of(one))
    return found


def bare(node: Node) -> Node:
    """Without a label underneath."""
    return bare(node.body) if isinstance(node, Labelled) else node


def terms(node: Node, coefficient: float = 1) -> Iterator[tuple[float, tuple[Node, ...]]]:
    """The summands of a sum, those of ∑ without their sign: the number in front, and the other factors.

    >>> from symconv.notation.reading import read
    >>> [(number, len(factors)) for number, factors in terms(read(r"\\frac14 (a b - 2 c)"))]
    [(0.25, 2), (-0.5, 1)]
    """
    if isinstance(node, Sum):
        for part in node.terms:
            yield from terms(part, coefficient)
    elif isinstance(node, Negative):
        yield from terms(node.term, -coefficient)
    elif isinstance(node, Big | Bounded) and getattr(node, "sign", "∑") == "∑":
        yield from terms(node.body, coefficient)
    else:
        number, rest = _factors(node)
        if len(rest) == 1 and rest[0] is not node and isinstance(rest[0], Sum | Big | Bounded):
            yield from terms(rest[0], coefficient * number)
        else:
            yield coefficient * number, rest


def _factors(node: Node) -> tuple[float, tuple[Node, ...]]:
    if isinstance(node, Number | Decimal):
        return _value(node), ()
    if isinstance(node, Ratio) and isinstance(node.under, Number) and node.under.value:
        number, rest = _factors(node.over)
        return number / float(node.under.value), rest
    if isinstance(node, Product) or (isinstance(node, Operation) and node.sign in TIMES):
        parts = [_factors(part) for part in (node.factors if isinstance(node, Product) else (node.left, node.right))]
        number = 1.0
        for found, _ in parts:
            number *= found
        return number, tuple(factor for _, found in parts for factor in found)
    return 1, (node,)


def _value(node: Number | Decimal) -> float:
    if isinstance(node, Number):
        return float(node.value)
    return node.digits * 10.0**node.exponent if abs(node.exponent) < 300 else 0.0
