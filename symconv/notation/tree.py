"""Mathematical notation as a tree: what the derivation says and the printers print.

Arrays are named by role (`X`, `F`, `O`, `G`, `b`, `dX`, `dF`, `db`, `L`, ...); a `Style` gives the letters and the
index base, so that one tree prints in anybody's notation. Integer indices are positions that count from 0.
Nodes are immutable and compare by value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from fractions import Fraction
from operator import is_
from types import MappingProxyType
from typing import Literal, TypeAlias, TypeGuard, TypeVar

from symconv.notation.letters import checked_names

GRADIENT_OF = MappingProxyType({"G": "O", "dX": "X", "dF": "F", "db": "b"})
"""The roles that stand for a gradient of the loss, and what the loss is differentiated by."""
GRADIENTS = MappingProxyType({array: role for role, array in GRADIENT_OF.items()})
"""The role of the gradient of the loss by an array."""


def gradient_of(role: str) -> str:
    """The array by which the loss is differentiated in a gradient's role; any other role is its own.

    In a network, the gradient by the array "conv1.F" has the role "d:conv1.F".

    >>> gradient_of("G"), gradient_of("dX"), gradient_of("d:conv1.F"), gradient_of("X")
    ('O', 'X', 'conv1.F', 'X')
    """
    return GRADIENT_OF.get(role, role.removeprefix("d:"))


CONVOLUTION: Mapping[str, str] = MappingProxyType(
    {"X": "X", "F": "F", "O": "O", "b": "b", "L": "L", "l": r"\ell", "C": "C"}
)
"""The letters of a convolution's arrays, of the loss, of one example's loss, and of the unrolled matrix."""

LEAST_LEADING = -5
"""Smaller decimals print with a power of ten: the place of the first digit behind the point, counted from -1."""


class Node:
    """Base of all notation."""

    __slots__ = ()


AnyNode = TypeVar("AnyNode", bound=Node)
Parameter: TypeAlias = int | Node


@dataclass(frozen=True, slots=True)
class Number(Node):
    value: Fraction | int


@dataclass(frozen=True, slots=True)
class Decimal(Node):
    """The number digits · 10^exponent, every digit printed; what is rounded stands behind ≈."""

    digits: int
    exponent: int

    def parts(self) -> tuple[str, int | None]:
        """What is printed: a number with its point, and the power of ten behind it where there is one.

        >>> Decimal(367879, -6).parts(), Decimal(-150, -2).parts(), Decimal(123457, 7).parts()
        (('0.367879', None), ('-1.50', None), ('1.23457', 12))
        """
        sign, digits = "-" if self.digits < 0 else "", str(abs(self.digits))
        leading = len(digits) - 1 + self.exponent
        if self.exponent > 0 or leading < LEAST_LEADING:
            return sign + digits[0] + ("." + digits[1:] if digits[1:] else ""), leading
        if self.exponent == 0:
            return sign + digits, None
        padded = digits.zfill(1 - self.exponent)
        return f"{sign}{padded[: self.exponent]}.{padded[self.exponent :]}", None


@dataclass(frozen=True, slots=True)
class Bracketed(Node):
    """In brackets that nothing asks for but the eye: a negative number put in for a letter."""

    body: Node


@dataclass(frozen=True, slots=True)
class Index(Node):
    """An index made of letters, each times a whole number, and a shift; letters and result count from 0 here.

    Printing moves it to the style's index base: `Index((("i", 2), ("u", 1)))` is 2i + u, and 2i + u - 2 in base 1.
    """

    parts: tuple[tuple[str, int], ...]
    shift: int = 0


@dataclass(frozen=True, slots=True)
class Position(Node):
    """The position that an index letter stands for, counted from 0: i, and i - 1 in base 1; part of a `Place`."""

    letter: str


@dataclass(frozen=True, slots=True)
class Place(Index):
    """An index that is any whole expression of positions and sizes, such as s·i + d·u - a or a quotient.

    The body is made of `Position`, `Letter`, `Number`, `Sum`, `Negative`, `Product` and `Ratio`.
    """

    parts: tuple[tuple[str, int], ...] = ()
    shift: int = 0
    body: Node = Number(0)


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
    """∂over/∂under: one thing, never a quotient. With `total` d over/d under, all ways from one to the other."""

    over: Node
    under: Node
    total: bool = False


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
class Power(Node):
    base: Node
    exponent: Node


@dataclass(frozen=True, slots=True)
class Function(Node):
    """A function of numbers at work on its arguments, entry by entry on arrays; `primes` counts derivatives.

    The name is one of `FUNCTIONS` in the printers, such as exp, sqrt, log or max, or the function's letter in LaTeX.
    """

    name: str
    arguments: tuple[Node, ...]
    primes: int = 0


@dataclass(frozen=True, slots=True)
class Branch(Node):
    """A value, and the relation under which it holds."""

    value: Node
    condition: Node


@dataclass(frozen=True, slots=True)
class Cases(Node):
    """The value of the first branch whose condition holds."""

    branches: tuple[Branch, ...]


@dataclass(frozen=True, slots=True)
class Delta(Node):
    """Kronecker's delta: 1 where both indices agree, else 0."""

    left: int | Index
    right: int | Index


@dataclass(frozen=True, slots=True)
class Divides(Node):
    """The condition that a number divides an expression of positions and sizes."""

    divisor: Node
    body: Node


@dataclass(frozen=True, slots=True)
class Inside(Node):
    """The condition that an index is one of an axis of this size."""

    place: Place
    size: Node


@dataclass(frozen=True, slots=True)
class Iverson(Node):
    """Iverson's bracket: 1 where all conditions hold, one row of them for each axis, and 0 elsewhere.

    Where it is 0, the product that it stands in is 0, whether or not the other factors exist.
    """

    rows: tuple[tuple[Node, ...], ...]


@dataclass(frozen=True, slots=True)
class Ones(Node):
    """The vector of ones, as long as what it is added to."""


@dataclass(frozen=True, slots=True)
class Floor(Node):
    body: Node


@dataclass(frozen=True, slots=True)
class Ceiling(Node):
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

    operator: Literal["correlate", "convolve", "hadamard", "divide"]
    left: Node
    right: Node
    stride: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Call(Node):
    """A named operation on arrays, such as pad or rot180, with its parameters as a subscript: numbers or notation."""

    function: str
    arguments: tuple[Node, ...]
    parameters: tuple[Parameter | tuple[Parameter, Parameter], ...] = ()


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
class Arrow(Node):
    """An arrow of a diagram, with the name of a layer above it and its parameters below; `back` points to the left."""

    name: str = ""
    below: tuple[Node, ...] = ()
    back: bool = False


@dataclass(frozen=True, slots=True)
class Diagram(Node):
    """Nodes and arrows in rows and columns, nothing around them; every row has as many cells."""

    rows: tuple[tuple[Node, ...], ...]


@dataclass(frozen=True, slots=True)
class Blank(Node):
    """An empty cell of a diagram."""


@dataclass(frozen=True, slots=True)
class Relation(Node):
    """A chain of sides with one relation sign between neighbours.

    Where the signs differ, `signs` holds one for each side but the first.
    """

    sides: tuple[Node, ...]
    sign: Literal["=", "←", "≠", "<", ">", "≤", "≥", "≈", "→", "≔", "≡", "∝", "∈", "∼", "⇒", "⇔", "∣"] = "="
    signs: tuple[str, ...] = ()

    def sign_before(self, side: int) -> str:
        """The sign between a side, counted from 0, and the one before it.

        >>> Relation((Letter("x"), Letter("y"), Letter("z")), signs=("=", "≈")).sign_before(2)
        '≈'
        """
        return self.signs[side - 1] if self.signs else self.sign


@dataclass(frozen=True, slots=True)
class Named(Node):
    r"""A letter or a word of a text, before it is known what it stands for.

    A letter is as LaTeX has it (`X`, `\delta`, `\mathcal{L}`, `\hat{x}`), a word its letters alone (`softmax`). What
    stands below and above is kept as text in LaTeX without spaces: whether `11` is one index or two, and `l` a layer or
    an exponent, only what the text is about can tell.
    """

    letter: str
    lower: str = ""
    upper: str = ""
    primes: int = 0

    @property
    def has_scripts(self) -> bool:
        """Whether anything but primes stands below or above."""
        return bool(self.lower or self.upper)


@dataclass(frozen=True, slots=True)
class Applied(Node):
    """A name with a bracket behind it: a function at work, an entry such as Z(i, j), or with one argument a product."""

    head: Named
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Operation(Node):
    """Two operands and the sign between them as it was written, which each text uses as it likes; `lower` is below it.

    The signs are those of `OPERATION_SIGNS` in the LaTeX printer: ⊗, *, ⋆, ⊙, ×, ...
    """

    sign: str
    left: Node
    right: Node
    lower: str = ""


@dataclass(frozen=True, slots=True)
class Differential(Node):
    """dX, ∂Z or ∇_W L outside of a quotient: in a page's own convention often the gradient of the loss."""

    sign: Literal["∂", "d", "∇"]
    body: Node
    lower: str = ""


@dataclass(frozen=True, slots=True)
class Indexed(Node):
    """Something that is no letter, with an index below it, as text."""

    body: Node
    lower: str


@dataclass(frozen=True, slots=True)
class Bounded(Node):
    """A sum (∑) or product (∏) with what stands below and above its sign: letters, i = 0, (i, j) ∈ S; n."""

    sign: Literal["∑", "∏"]
    below: tuple[Node, ...]
    above: tuple[Node, ...]
    body: Node


@dataclass(frozen=True, slots=True)
class Words(Node):
    """Prose within a formula."""

    text: str


@dataclass(frozen=True, slots=True)
class Listed(Node):
    """Things with commas between them, in brackets or not."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Style:
    """Letters for roles, and the number that the first index prints as.

    `symbols` are the letters of the roles that a layer has; `names` the user's own for some of them, and afterwards all
    of them together; `given` keeps the names as the user gave them. With `batch_mean` the loss L is the mean of one
    loss ℓ per example, and G holds the gradients of these.

    Raises `InputError` for a role that does not exist, a letter that is none, and a letter used twice.

    >>> Style({"X": "x"}).letter("X"), Style().letter("F")
    ('x', 'F')
    """

    names: Mapping[str, str] = field(default_factory=dict)
    index_base: int = 1
    batch_mean: bool = False
    symbols: Mapping[str, str] = field(default_factory=lambda: CONVOLUTION, repr=False)
    given: Mapping[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "given", dict(self.names))
        gradients = GRADIENT_OF if "O" in self.symbols else {f"d:{role}": role for role in self.symbols}
        object.__setattr__(self, "names", checked_names(self.names, self.symbols, gradients, self.index_base))

    def letter(self, role: str) -> str | None:
        """The letter of a role, or None where a gradient has no letter of its own and prints as ∂L/∂(its array).

        Raises `KeyError` for a role that is neither.
        """
        return self.names.get(role) if gradient_of(role) != role else self.names[role]

    def as_partial(self, symbol: Symbol) -> Partial:
        """A gradient without a letter of its own as ∂L/∂(its array), or ∂ℓ/∂O where L is the mean over the batch."""
        loss = Symbol("l") if symbol.role == "G" and self.batch_mean else Symbol("L")
        return Partial(loss, Symbol(gradient_of(symbol.role), symbol.index, symbol.slice))

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

    def expression(self, body: Node, shift: int = 0) -> str:
        """The text of an expression of positions: letters of indices print in the index base.

        >>> body = Sum((Product((Letter("s"), Position("i"))), Position("u"), Negative(Letter("a"))))
        >>> Style(index_base=0).expression(body), Style().expression(body)
        ('si+u-a', 's(i-1)+u-a-1')
        """
        texts, constant = _summands(body, self.index_base)
        at = texts.index("") if "" in texts else len(texts)
        texts.insert(at, f"{constant + shift:+d}" if constant + shift else "")
        return "".join(texts).removeprefix("+") or "0"

    def _position(self, part: int | Index) -> str:
        if isinstance(part, int):
            return str(part + self.index_base)
        if isinstance(part, Place):
            return self.expression(part.body, self.index_base)
        shift = part.shift + self.index_base * (1 - sum(times for _, times in part.parts))
        text = "".join(f"{_times(times)}{letter}" for letter, times in part.parts if times)
        return (text + (f"{shift:+d}" if shift else "")).removeprefix("+") or "0"


def _summands(node: Node, base: int) -> tuple[list[str], int]:
    """The terms of an expression of positions, each with its sign, empty where a number stood, and the constant."""
    match node:
        case Number(value):
            return [""], int(value)
        case Position(letter):
            return [f"+{letter}"], -base
        case Product((Number(value), Position(letter))):
            return [f"{_times(int(value))}{letter}"], -base * int(value)
        case Negative(term):
            texts, constant = _summands(term, base)
            return [text and ("-" if text[0] == "+" else "+") + text[1:] for text in texts], -constant
        case Sum(terms):
            parts = [_summands(term, base) for term in terms]
            return [text for texts, _ in parts for text in texts], sum(constant for _, constant in parts)
    return [f"+{_factor_text(node, base)}"], 0


def _factor_text(node: Node, base: int) -> str:
    """A factor of an expression of positions, in brackets where it is a sum."""
    match node:
        case Letter(letter):
            return letter
        case Product(factors):
            return "".join(_factor_text(factor, base) for factor in factors)
        case Ratio(over, under):
            return f"{_factor_text(over, base)}/{_factor_text(under, base)}"
    text = Style(index_base=base).expression(node)
    return f"({text})" if set("+-") & set(text) else text


def _times(number: int) -> str:
    return {1: "+", -1: "-"}.get(number, f"{number:+d}")


def chains(node: Infix) -> bool:
    """Whether the left operand of an operator needs no bracket: A ⊙ B ⊙ C."""
    return node.operator == "hadamard" and isinstance(node.left, Infix) and node.left.operator == "hadamard"


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


def parameter_text(
    parameters: Sequence[Parameter | tuple[Parameter, Parameter]], times: str, shown: Callable[[Node], str] = str
) -> str:
    """One number where all axes agree, else one an axis; before:after where the two differ. `shown` prints notation.

    >>> parameter_text((2, 2), "x"), parameter_text(((0, 1), (1, 1)), "x")
    ('2', '0:1x1')
    """
    pairs = (part if isinstance(part, tuple) else (part,) for part in parameters)
    texts = [
        ":".join(shown(each) if isinstance(each, Node) else str(each) for each in dict.fromkeys(pair)) for pair in pairs
    ]
    return texts[0] if len(set(texts)) == 1 else times.join(texts)


def walk(node: Node) -> Iterator[Node]:
    """The node and everything inside it.

    >>> [type(part).__name__ for part in walk(equals(Number(1), Sum((Number(2),))))]
    ['Relation', 'Number', 'Sum', 'Number']
    """
    found, waiting = [], [node]
    while waiting:
        each = waiting.pop()
        found.append(each)
        inside = parts_of(each)
        if inside:
            inside.reverse()
            waiting += inside
    return iter(found)


def bound_letters(node: Node) -> list[str]:
    """The letters that a sum or product runs over; none of another node.

    >>> bound_letters(Big(("i", "j"), Number(1)))
    ['i', 'j']
    """
    if isinstance(node, Big):
        return list(node.variables)
    if not isinstance(node, Bounded):
        return []
    heads = (item.sides[0] if isinstance(item, Relation) else item for item in node.below)
    return [each.letter + "'" * getattr(each, "primes", 0) for each in heads if isinstance(each, Named | Letter)]


def parts_of(node: Node) -> list[Node]:
    """The nodes directly inside a node: its fields, and what stands in tuples and in tuples of those, such as rows."""
    found: list[Node] = []
    for name in _BRANCHES[type(node)]:
        value = getattr(node, name)
        if type(value) is tuple:
            found += _nodes_in(value)
        elif isinstance(value, Node):
            found.append(value)
    return found


def _nodes_in(values: tuple[object, ...]) -> list[Node]:
    found: list[Node] = []
    for inner in values:
        if isinstance(inner, Node):
            found.append(inner)
        elif type(inner) is tuple:
            found += _nodes_in(inner)
    return found


class _Branches(dict[type[Node], tuple[str, ...]]):
    """The fields of each kind of node that may hold nodes."""

    def __missing__(self, kind: type[Node]) -> tuple[str, ...]:
        self[kind] = tuple(part.name for part in fields(kind) if part.type not in LEAVES)  # type: ignore[arg-type]
        return self[kind]


_BRANCHES = _Branches()
LEAVES = ("str", "int", "bool", "tuple[str, ...]", "tuple[int, ...]", "tuple[tuple[str, int], ...]", "Fraction | int")
"""Types of fields that hold no nodes."""


def mapped(node: AnyNode, change: Callable[[Node], Node]) -> AnyNode:
    """The node with what `change` gives for each node directly inside it.

    >>> mapped(Sum((Symbol("X"), Number(1))), lambda inner: Negative(inner))
    Sum(terms=(Negative(term=Symbol(role='X', index=(), slice=False)), Negative(term=Number(value=1))))
    """
    changed = {}
    for name in _BRANCHES[type(node)]:
        before = getattr(node, name)
        after = _mapped(before, change)
        if after is not before:
            changed[name] = after
    return replace(node, **changed) if changed else node  # type: ignore[type-var]


def _mapped(value: object, change: Callable[[Node], Node]) -> object:
    if isinstance(value, Node):
        return change(value)
    if not isinstance(value, tuple):
        return value
    after = tuple([_mapped(part, change) for part in value])
    return value if all(map(is_, after, value)) else after


def is_letter(node: Node) -> TypeGuard[Named]:
    """Whether a node is a name with nothing but primes at it."""
    return isinstance(node, Named) and not node.has_scripts


def symbols(node: Node) -> Iterator[Symbol]:
    """Every array or entry that a tree names."""
    return (part for part in walk(node) if isinstance(part, Symbol))


def without_marks(node: Node) -> Node:
    """The node with nothing coloured or framed.

    >>> without_marks(Sum((Marked(Symbol("X"), "X"), Number(1))))
    Sum(terms=(Symbol(role='X', index=(), slice=False), Number(value=1)))
    """
    return without_marks(node.body) if isinstance(node, Marked) else mapped(node, without_marks)


def rebuilt(node: Node, change: Callable[[Node], Node | None]) -> Node:
    """The tree with nodes exchanged for what `change` gives, and the others gone through; None leaves a node.

    What is put in is not looked at again, and indices are not entered.

    >>> rebuilt(Sum((Symbol("X"), Number(1))), lambda part: Number(2) if part == Number(1) else None)
    Sum(terms=(Symbol(role='X', index=(), slice=False), Number(value=2)))
    """
    found = change(node)
    if found is not None or isinstance(node, Index):
        return node if found is None else found
    return mapped(node, lambda inner: rebuilt(inner, change))


def exchanged(node: Node, exchange: Callable[[Symbol], Node]) -> Node:
    """The node with every symbol exchanged for what `exchange` gives for it.

    >>> exchanged(Sum((Symbol("X"), Number(1))), lambda symbol: Symbol("Y", symbol.index))
    Sum(terms=(Symbol(role='Y', index=(), slice=False), Number(value=1)))
    """
    return exchange(node) if isinstance(node, Symbol) else mapped(node, lambda inner: exchanged(inner, exchange))
