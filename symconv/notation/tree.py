"""Mathematical notation as a tree: what the derivation says and the printers print.

Arrays are named by role (`X`, `F`, `O`, `G`, `b`, `dX`, `dF`, `db`, `L`, ...); a `Style` gives the letters and the
index base, so that one tree prints in anybody's notation. Integer indices are positions that count from 0.
Nodes are immutable and compare by value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from fractions import Fraction
from types import MappingProxyType
from typing import ClassVar, Literal

from symconv.notation.letters import checked_names

GRADIENT_OF = MappingProxyType({"G": "O", "dX": "X", "dF": "F", "db": "b"})
"""The roles that stand for a gradient of the loss, and what the loss is differentiated by."""


class Node:
    """Base of all notation."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Number(Node):
    value: Fraction | int


@dataclass(frozen=True, slots=True)
class Index(Node):
    """An index made of letters, each times a whole number, and a shift; letters and result count from 0 here.

    Printing moves it to the style's index base: `Index((("i", 2), ("u", 1)))` is 2i + u, and 2i + u - 2 in base 1.
    """

    parts: tuple[tuple[str, int], ...]
    shift: int = 0


@dataclass(frozen=True, slots=True)
class Symbol(Node):
    """An array or scalar named by its role, one of its entries, or (with fewer indices than its rank) a slice."""

    role: str
    index: tuple[int | Index, ...] = ()
    slice: bool = False


@dataclass(frozen=True, slots=True)
class Letter(Node):
    """A letter of the text that is no array: a size, a learning rate."""

    letter: str


@dataclass(frozen=True, slots=True)
class Partial(Node):
    """∂over/∂under: one thing, never a quotient."""

    over: Node
    under: Node


@dataclass(frozen=True, slots=True)
class Sum(Node):
    terms: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Negative(Node):
    term: Node


@dataclass(frozen=True, slots=True)
class Product(Node):
    factors: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Ratio(Node):
    over: Node
    under: Node


@dataclass(frozen=True, slots=True)
class Floor(Node):
    body: Node


@dataclass(frozen=True, slots=True)
class Big(Node):
    """A sum over index letters, Σ_{variables} body, each over the whole range of its axis."""

    variables: tuple[str, ...]
    body: Node


@dataclass(frozen=True, slots=True)
class Transpose(Node):
    body: Node


@dataclass(frozen=True, slots=True)
class Infix(Node):
    """Two operands and an operator of the table `OPERATORS`; `stride` is 1 on every axis where it is empty."""

    operator: Literal["correlate", "convolve"]
    left: Node
    right: Node
    stride: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Call(Node):
    """A named operation on arrays, such as pad or rot180, with its parameters as a subscript."""

    function: str
    arguments: tuple[Node, ...]
    parameters: tuple[int | tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Slice(Node):
    """The slice of an array that has no letter of its own, at a position of its first axis."""

    body: Node
    position: int


@dataclass(frozen=True, slots=True)
class Inner(Node):
    """The Frobenius inner product ⟨left, right⟩_F."""

    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Zero(Node):
    """A zero that has a reason: no entry ("empty"), padding, or a gap inserted by a spread."""

    kind: Literal["empty", "inserted", "padding"] = "empty"


@dataclass(frozen=True, slots=True)
class Dots(Node):
    """What is left out, in a row, a column, the corner of both, or a sum."""

    direction: Literal["row", "column", "corner", "sum"]


@dataclass(frozen=True, slots=True)
class Matrix(Node):
    rows: tuple[tuple[Node, ...], ...]


@dataclass(frozen=True, slots=True)
class Labelled(Node):
    """A matrix with its name and sizes underneath."""

    body: Node
    label: Node
    sizes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Marked(Node):
    """What the text talks about now: in the colour of the array `role`; framed inside matrices."""

    body: Node
    role: str
    framed: bool = False


@dataclass(frozen=True, slots=True)
class Relation(Node):
    """A chain of sides with one relation sign between neighbours."""

    sides: tuple[Node, ...]
    sign: Literal["=", "←"] = "="


@dataclass(frozen=True, slots=True)
class Style:
    """Letters for roles, and the number that the first index prints as.

    `given` keeps the names as the user gave them. With `batch_mean` the loss L is the mean of one loss ℓ per example,
    and G holds the gradients of these.

    Raises `InputError` for a role that does not exist, a letter that is none, and a letter used twice.

    >>> Style({"X": "x"}).letter("X"), Style().letter("F")
    ('x', 'F')
    """

    names: Mapping[str, str] = field(default_factory=dict)
    index_base: int = 1
    batch_mean: bool = False
    given: Mapping[str, str] = field(init=False, repr=False, compare=False)

    DEFAULTS: ClassVar[Mapping[str, str]] = MappingProxyType(
        {"X": "X", "F": "F", "O": "O", "b": "b", "L": "L", "l": r"\ell", "C": "C"}
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "given", dict(self.names))
        object.__setattr__(self, "names", checked_names(self.names, self.DEFAULTS, GRADIENT_OF, self.index_base))

    def letter(self, role: str) -> str | None:
        """The letter of a role, or None where a gradient has no letter of its own and prints as ∂L/∂(its array)."""
        return self.names.get(role)

    def as_partial(self, symbol: Symbol) -> Partial:
        """A gradient without a letter of its own as ∂L/∂(its array), or ∂ℓ/∂O where L is the mean over the batch."""
        loss = Symbol("l") if symbol.role == "G" and self.batch_mean else Symbol("L")
        return Partial(loss, Symbol(GRADIENT_OF[symbol.role], symbol.index, symbol.slice))

    def indices(self, symbol: Symbol) -> str:
        """The printed index: packed for at most two single characters, with commas otherwise and for a slice.

        >>> Style().indices(Symbol("X", (0, 1))), Style(index_base=0).indices(Symbol("X", (0, 10)))
        ('12', '0,10')
        >>> Style().indices(Symbol("X", (Index((("i", 2), ("u", -1)), 3), 0)))
        '2i-u+3,1'
        """
        parts = [self._position(part) for part in symbol.index]
        packed = len(parts) <= 2 and all(len(part) == 1 for part in parts) and not symbol.slice
        return ("" if packed else ",").join(parts)

    def _position(self, part: int | Index) -> str:
        if isinstance(part, int):
            return str(part + self.index_base)
        shift = part.shift + self.index_base * (1 - sum(times for _, times in part.parts))
        text = "".join(f"{_times(times)}{letter}" for letter, times in part.parts if times)
        return (text + (f"{shift:+d}" if shift else "")).removeprefix("+") or "0"


def _times(number: int) -> str:
    return {1: "+", -1: "-"}.get(number, f"{number:+d}")


def letter_index(letter: str) -> Index:
    """The index that is just a letter."""
    return Index(((letter, 1),))


def equals(*sides: Node) -> Relation:
    """The chain side = side = ..."""
    return Relation(sides)


def total(terms: tuple[Node, ...]) -> Node:
    """The sum of the terms, sums among them taken apart; a single one stands alone and none print as 0."""
    if not terms:
        return Number(0)
    flat = tuple(part for term in terms for part in (term.terms if isinstance(term, Sum) else (term,)))
    return flat[0] if len(flat) == 1 else Sum(flat)


def product(factors: tuple[Node, ...]) -> Node:
    """The product of the factors; a single one stands alone and none print as 1."""
    if not factors:
        return Number(1)
    return factors[0] if len(factors) == 1 else Product(factors)


def parameter_text(parameters: tuple[int | tuple[int, int], ...], times: str) -> str:
    """One number where all axes agree, else one an axis; before:after where the two differ.

    >>> parameter_text((2, 2), "x"), parameter_text(((0, 1), (1, 1)), "x")
    ('2', '0:1x1')
    """
    texts = [
        str(part) if isinstance(part, int) else str(part[0]) if part[0] == part[1] else f"{part[0]}:{part[1]}"
        for part in parameters
    ]
    return texts[0] if len(set(texts)) == 1 else times.join(texts)


def walk(node: Node) -> Iterator[Node]:
    """The node and everything inside it.

    >>> [type(part).__name__ for part in walk(equals(Number(1), Sum((Number(2),))))]
    ['Relation', 'Number', 'Sum', 'Number']
    """
    yield node
    for part in fields(node):  # type: ignore[arg-type]
        value = getattr(node, part.name)
        for inner in value if isinstance(value, tuple) else (value,):
            if isinstance(inner, Node):
                yield from walk(inner)


def without_marks(node: Node) -> Node:
    """The node with nothing coloured or framed.

    >>> without_marks(Sum((Marked(Symbol("X"), "X"), Number(1))))
    Sum(terms=(Symbol(role='X', index=(), slice=False), Number(value=1)))
    """
    if isinstance(node, Marked):
        return without_marks(node.body)
    changed = {part.name: _unmarked(getattr(node, part.name)) for part in fields(node)}  # type: ignore[arg-type]
    return replace(node, **changed)  # type: ignore[type-var]


def _unmarked(value: object) -> object:
    if isinstance(value, tuple):
        return tuple(_unmarked(part) for part in value)
    return without_marks(value) if isinstance(value, Node) else value
