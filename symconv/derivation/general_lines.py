"""The lines of a derivation with general indices: chains of equal sides, made of sums, Kronecker's delta, Iverson's
bracket and indices that are expressions.

Arrays besides those of the layer: S is the gradient at the output, spread by the stride (S_e stands where window e/s
begins), R the filter reversed. An index outside of X or S counts as zero, because X is padded and S is 0 between and
beside its gradients; the other arrays have no such entry, and a line that reads one says nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any

from symconv.layers.channels import AXIS_LETTERS
from symconv.layers.general import SIZES, GeneralConv
from symconv.notation.build import minus, over, plus, times
from symconv.notation.tree import (
    Big,
    Delta,
    Divides,
    Floor,
    Index,
    Inside,
    Iverson,
    Letter,
    Negative,
    Node,
    Number,
    Partial,
    Place,
    Position,
    Product,
    Ratio,
    Relation,
    Sum,
    Symbol,
    equals,
    letter_index,
    mapped,
    product,
)

PRIME = "'"
"""Marks a letter that is summed over where the plain one is taken."""
BEFORE, AFTER = "a'", "c'"
"""The padding of the spread gradient."""
REACH = times(Letter("d"), plus(Letter("k"), minus(1)))
"""d·(k - 1)."""
SIZES_MADE: Mapping[str, Node] = MappingProxyType({
    BEFORE: plus(REACH, minus(Letter("a"))),
    AFTER: plus(REACH, minus(Letter("c")), Letter("r")),
})  # fmt: skip
"""Sizes that are made of others, on one axis."""
Places = tuple[Node, ...]
"""Expressions of positions, one an axis."""


@dataclass(frozen=True)
class Line:
    """One line of the derivation: a chain of equal sides.

    `role` says which gradient it belongs to, `only` for which sizes it is stated, all where empty. A line that
    `defines` an array or a size says with its first equality what that is.
    """

    name: str
    role: str
    relation: Relation
    only: Mapping[str, int] = field(default_factory=dict)
    defines: bool = False

    @property
    def equalities(self) -> int:
        """How many signs of equality say something that can be wrong."""
        return len(self.relation.sides) - 1 - self.defines


@dataclass(frozen=True)
class Lines:
    """Builds the lines about one layer.

    >>> from symconv.notation.text import TextPrinter
    >>> from symconv.notation.tree import Style
    >>> TextPrinter(Style(index_base=0))(Lines(GeneralConv())["dX"].relation.sides[-1])
    'Σ_i ∂L/∂O_i·[d | p+a-si, 0 ≤ (p+a-si)/d < k]·F_((p+a-si)/d)'
    """

    layer: GeneralConv

    def __getitem__(self, name: str) -> Line:
        return self.by_name[name]

    @cached_property
    def by_name(self) -> Mapping[str, Line]:
        """Every line, in reading order."""
        found = [self.output_size(), self.forward(), self.local_filter(), self.filter_gradient(), self.local_input(),
                 self.input_gradient(), self.by_filter(), self.spread(), self.reversed(), self.correlation(),
                 self.padding(), self.padding_after(), self.length(), self.stride_one()]  # fmt: skip
        if self.layer.bias:
            found += [self.local_bias(), self.bias_gradient()]
        return {line.name: line for line in found}

    # Indices

    def of(self, size: str) -> tuple[Letter, ...]:
        """A size on every axis."""
        return tuple(Letter(self.layer.size(size, axis)) for axis in range(self.layer.rank))

    def at(self, role: str, mark: str = "") -> Places:
        """The positions in an array, as letters."""
        return tuple(Position(letter + mark) for letter in self.layer.positions(role))

    def read(self, i: Places, u: Places) -> Places:
        """s·i + d·u - a: the input that window i reads at place u of the filter as it lies there."""
        return self._each(lambda s, i, d, u, a: plus(times(s, i), times(d, u), minus(a)),
                          self.of("s"), i, self.of("d"), u, self.of("a"))  # fmt: skip

    def window_to_place(self, p: Places, i: Places) -> Places:
        """p + a - s·i: how far behind the start of window i an input stands."""
        return self._each(lambda p, a, s, i: plus(p, a, minus(times(s, i))), p, self.of("a"), self.of("s"), i)

    def place_to_window(self, p: Places, u: Places) -> Places:
        """p + a - d·u: where the window would start that reads input p at place u."""
        return self._each(lambda p, a, d, u: plus(p, a, minus(times(d, u))), p, self.of("a"), self.of("d"), u)

    def turned(self, u: Places) -> Places:
        """k - 1 - u."""
        return self._each(lambda k, u: plus(k, minus(1), minus(u)), self.of("k"), u)

    def laid(self, u: Places) -> Places:
        """The place in the window at which filter entry u lies, or the entry that lies at place u."""
        return self.turned(u) if self.layer.convention == "convolution" else u

    def _each(self, make: Callable[..., Node], *parts: Sequence[Node]) -> Places:
        return tuple(make(*axis) for axis in zip(*parts, strict=True))

    # Entries, sums, conditions

    def maps(self, role: str, mark: str = "") -> tuple[Index, ...]:
        """The letters of an array's examples and channels, those with a mark that are summed over."""
        return tuple(letter_index(letter + mark) for letter in self.layer.maps(role))

    def entry(self, role: str, places: Places, maps: tuple[Index, ...] | None = None) -> Symbol:
        maps = self.maps("O" if role == "G" else role.removeprefix("d")) if maps is None else maps
        return Symbol(role, (*maps, *(Place(body=place) for place in places)))

    def map_of(self, name: str) -> str:
        """The letter of a map by name, such as "in", or "in'" for the one that is summed over."""
        plain = name.rstrip(PRIME)
        return AXIS_LETTERS[plain] + name.removeprefix(plain)

    def marked(self, *names: str) -> tuple[Index, ...]:
        """The letters of some maps as indices, none where there are no channels."""
        return tuple(letter_index(self.map_of(name)) for name in names) if self.layer.channels else ()

    def summed(self, maps: Sequence[str], places: Places, body: Node) -> Node:
        """Σ over maps by name ("in", or "out'" with a mark) and positions."""
        letters = map(self.map_of, maps if self.layer.channels else ())
        return Big((*letters, *(place.letter for place in places if isinstance(place, Position))), body)

    def same(self, left: Places, right: Places, maps: Sequence[str] = ()) -> tuple[Node, ...]:
        """δ for every axis, and for maps δ between the plain letter and the marked one."""
        channels = tuple(Delta(*self.marked(name, name + PRIME)) for name in (maps if self.layer.channels else ()))
        pairs = zip(left, right, strict=True)
        return (*channels, *(Delta(Place(body=first), Place(body=second)) for first, second in pairs))

    def whole(self, distance: Places, step: str, size: str) -> tuple[Node, Places]:
        """[step | distance, 0 ≤ distance/step < size] and the quotients."""
        quotients = self._each(over, distance, self.of(step))
        rows = tuple(
            (Divides(number, body), Inside(Place(body=quotient), length))
            for number, body, quotient, length in zip(self.of(step), distance, quotients, self.of(size), strict=True)
        )
        return Iverson(rows), quotients

    # The lines

    def output_size(self) -> Line:
        """o = floor((n + a + c - d(k-1) - 1)/s) + 1; with two axes, one relation for both."""

        def formula(o: Node, n: Node, a: Node, c: Node, d: Node, k: Node, s: Node) -> Relation:  # fmt: skip
            slack = plus(n, a, c, minus(times(d, plus(k, minus(1)))), minus(1))
            return equals(o, plus(Floor(over(slack, s)), 1))

        return Line("size", "", formula(*(Letter(letter) for letter in "onacdks")))

    def forward(self) -> Line:
        """The layer itself."""
        i, u = self.at("O"), self.at("F")
        seen = Product((self.entry("X", self.read(i, u)), self.entry("F", self.laid(u))))
        bias = (self.bias(i),) if self.layer.bias else ()
        return Line("forward", "O", equals(self.entry("O", i), plus(self.summed(("in",), u, seen), *bias)))

    def bias(self, i: Places, role: str = "b") -> Symbol:
        return self.entry(role, i if self.layer.bias == "entry" else (), self.maps("b"))

    def output(self, role: str = "O", marked: str = "") -> Symbol:
        """O_i, or the gradient there, the letter of one kind of map marked."""
        maps = [letter + PRIME * (letter == AXIS_LETTERS.get(marked)) for letter in self.layer.maps("O")]
        return self.entry(role, self.at("O"), tuple(map(letter_index, maps)))

    def local_filter(self) -> Line:
        """∂O_i/∂F_u: one product of the sum survives."""
        i, u, other = self.at("O"), self.at("F"), self.at("F", PRIME)
        marked = self.marked("out'", "in'")
        seen = self.entry("X", self.read(i, other), self.marked("batch", "in'"))
        one = self.entry("F", u)
        standing = Partial(self.entry("F", self.laid(other), marked), one)
        kept = self.same((), (), ("out",))
        return Line("local F", "F", equals(
            Partial(self.output(marked="out"), one),
            self.summed(("in'",), other, Product((seen, standing))),
            self.summed(("in'",), other, Product((seen, *self.same(u, self.laid(other), ("out", "in"))))),
            product((*kept, self.entry("X", self.read(i, self.laid(u))))),
        ))  # fmt: skip

    def filter_gradient(self) -> Line:
        """∂L/∂F_u: the chain rule, and its local derivatives put in."""
        i, u = self.at("O"), self.at("F")
        local = Partial(self.output(marked="out"), self.entry("F", u))
        seen = self.entry("X", self.read(i, self.laid(u)))
        return Line("dF", "F", equals(
            self.entry("dF", u),
            self.summed(("batch", "out'"), i, Product((self.output("G", marked="out"), local))),
            self.summed(("batch",), i, Product((self.output("G"), seen))),
        ))  # fmt: skip

    def local_input(self) -> Line:
        """∂O_i/∂X_p: δ asks for the place u at which window i reads p, if there is one."""
        i, u, p = self.at("O"), self.at("F"), self.at("X")
        filter = self.entry("F", self.laid(u), self.marked("out", "in'"))
        one = self.entry("X", p)
        marked = self.marked("batch'", "in'")
        standing = Partial(self.entry("X", self.read(i, u), marked), one)
        bracket, quotients = self.whole(self.window_to_place(p, i), "d", "k")
        kept = self.same((), (), ("batch",))
        return Line("local X", "X", equals(
            Partial(self.output(marked="batch"), one),
            self.summed(("in'",), u, Product((filter, standing))),
            self.summed(("in'",), u, Product((filter, *self.same(p, self.read(i, u), ("batch", "in"))))),
            Product((*kept, bracket, self.entry("F", self.laid(quotients)))),
        ))  # fmt: skip

    def input_gradient(self) -> Line:
        """∂L/∂X_p: the chain rule, and its local derivatives put in."""
        i, p = self.at("O"), self.at("X")
        local = Partial(self.output(marked="batch"), self.entry("X", p))
        bracket, quotients = self.whole(self.window_to_place(p, i), "d", "k")
        return Line("dX", "X", equals(
            self.entry("dX", p),
            self.summed(("batch'", "out"), i, Product((self.output("G", marked="batch"), local))),
            self.summed(("out",), i, Product((self.output("G"), bracket, self.entry("F", self.laid(quotients))))),
        ))  # fmt: skip

    def by_filter(self) -> Line:
        """∂L/∂X_p with the other sum collapsed: δ asks for the window i that reads p at place u."""
        i, u, p = self.at("O"), self.at("F"), self.at("X")
        bracket, quotients = self.whole(self.place_to_window(p, u), "s", "o")
        filter = self.entry("F", self.laid(u))
        both = Product((self.output("G"), filter, *self.same(p, self.read(i, u))))
        collapsed = Product((bracket, self.entry("G", quotients), filter))
        return Line("dX by filter", "X", equals(
            self.entry("dX", p),
            self.summed(("out",), (*i, *u), both),
            self.summed(("out",), u, collapsed),
        ))  # fmt: skip

    def stride_one(self) -> Line:
        """The same at stride 1, where nothing has to be divisible."""
        first, *_, last = self.by_filter().relation.sides
        only = {self.layer.size("s", axis): 1 for axis in range(self.layer.rank)}
        return Line("dX at stride 1", "X", with_numbers(equals(first, last), only), only)

    def spread(self) -> Line:
        """S, the gradient spread by the stride."""
        e, i = self.at("S"), self.at("O")
        bracket, quotients = self.whole(e, "s", "o")
        starts = self._each(times, self.of("s"), i)
        return Line("S", "X", equals(
            self.entry("S", e),
            self.summed((), i, Product((self.output("G"), *self.same(e, starts)))),
            Product((bracket, self.entry("G", quotients))),
        ), defines=True)  # fmt: skip

    def reversed(self) -> Line:
        """R, the filter reversed."""
        u = self.at("F")
        return Line("R", "X", equals(self.entry("R", u), self.entry("F", self.turned(u))), defines=True)

    def correlation(self) -> Line:
        """∂L/∂X_p as a correlation with S: the filter is counted from its other end."""
        u, other, p = self.at("F"), self.at("F", PRIME), self.at("X")
        start = self.place_to_window(p, u)
        moved = self._each(lambda p, d, u, before: plus(p, times(d, u), minus(before)),
                           p, self.of("d"), other, self.of(BEFORE))  # fmt: skip
        laid = self.entry("F", self.laid(self.turned(other)))
        sides = [
            self.entry("dX", p),
            self.summed(("out",), u, Product((self.entry("S", start), self.entry("F", self.laid(u))))),
        ]
        if self.layer.convention == "correlation":
            sides.append(self.summed(("out",), other, Product((self.entry("S", moved), laid))))
            laid = self.entry("R", other)
        else:
            laid = self.entry("F", other)
        sides.append(self.summed(("out",), other, Product((self.entry("S", moved), laid))))
        return Line("dX as correlation", "X", equals(*sides))

    def padding(self) -> Line:
        """What is added before the spread gradient, so that it is read as the input is."""
        return Line("padding before", "X", equals(Letter(BEFORE), SIZES_MADE[BEFORE]), defines=True)

    def padding_after(self) -> Line:
        return Line("padding after", "X", equals(Letter(AFTER), SIZES_MADE[AFTER]), defines=True)

    def length(self) -> Line:
        """n: the padded spread gradient has room for as many places of the filter as the input has entries."""
        n, s, o, before, after = (Letter(letter) for letter in ("n", "s", "o", BEFORE, AFTER))
        spread = plus(times(s, plus(o, minus(1))), 1)
        return Line("length", "X", equals(n, plus(spread, before, after, minus(REACH))))

    def local_bias(self) -> Line:
        """∂O/∂b is 1 where the bias is added, and for one bias an entry 0 elsewhere."""
        i = self.at("O")
        marked = self.at("O", PRIME) if self.layer.bias == "entry" else ()
        maps = self.maps("b", PRIME)
        kept = (*self.same((), (), ("out",)), *self.same(i[: len(marked)], marked))
        return Line("local b", "b", equals(Partial(self.output(), self.entry("b", marked, maps)), product(kept)))

    def bias_gradient(self) -> Line:
        """∂L/∂b: the gradients add up, or each is handed on."""
        i = self.at("O")
        free = self.at("O", PRIME) if self.layer.bias == "entry" else ()
        one = self.entry("b", free, self.maps("b", PRIME))
        gathered = self.entry("G", free or i, self.marked("batch", "out'"))
        body = self.summed(("batch",), () if free else i, gathered) if self.layer.channels or not free else gathered
        return Line("db", "b", equals(
            replace(one, role="db"),
            self.summed(("batch", "out"), i, Product((self.output("G"), Partial(self.output(), one)))),
            body,
        ))  # fmt: skip


# Numbers put in


def with_numbers(node: Node, numbers: Mapping[str, int]) -> Any:
    """A tree with sizes exchanged for numbers, and what these decide left out: products with 1, division by 1.

    >>> from symconv.notation.text import TextPrinter
    >>> from symconv.notation.tree import Style
    >>> TextPrinter(Style(index_base=0))(with_numbers(Lines(GeneralConv())["dX"].relation.sides[-1], {"d": 1, "a": 0}))
    'Σ_i ∂L/∂O_i·[0 ≤ p-si < k]·F_(p-si)'
    """
    if isinstance(node, Letter) and node.letter in numbers:
        number = numbers[node.letter]
        return Number(number) if number >= 0 else Negative(Number(-number))
    return _simpler(mapped(node, lambda inner: with_numbers(inner, numbers)))


def _simpler(node: Node) -> Node:
    """A node whose parts are as short as they can be."""
    match node:
        case Ratio(above, Number(1)):
            return above
        case Negative(Number(0)):
            return Number(0)
        case Negative(Negative(inner)):
            return inner
        case Product(factors):
            return _product(factors)
        case Sum(terms):
            return _sum(terms)
        case Iverson(rows):
            kept = tuple(tuple(c for c in row if not _trivial(c)) for row in rows)
            return Iverson(tuple(row for row in kept if row))
    return node


def _trivial(condition: Node) -> bool:
    return isinstance(condition, Divides) and condition.divisor == Number(1)


def _product(factors: tuple[Node, ...]) -> Node:
    """A product with its numbers multiplied and in front."""
    flat = [part for factor in factors for part in (factor.factors if isinstance(factor, Product) else (factor,))]
    numbers = [_value(part) for part in flat]
    value = 1
    for number in numbers:
        value *= 1 if number is None else number
    rest = tuple(part for part, number in zip(flat, numbers, strict=True) if number is None)
    if value == 0 or not rest:
        return _number(value)
    found = rest[0] if len(rest) == 1 else Product(rest)
    if abs(value) != 1:
        found = Product((Number(abs(value)), *rest))
    return Negative(found) if value < 0 else found


def _sum(terms: tuple[Node, ...]) -> Node:
    """A sum with its numbers added, behind the rest."""
    flat = [part for term in terms for part in _terms(term)]
    constant = sum(_value(part) or 0 for part in flat)
    rest = [part for part in flat if _value(part) is None]
    rest += [_number(constant)] if constant or not rest else []
    return rest[0] if len(rest) == 1 else Sum(tuple(rest))


def _terms(node: Node) -> tuple[Node, ...]:
    match node:
        case Sum(terms):
            return terms
        case Negative(Sum(terms)):
            return tuple(_simpler(Negative(term)) for term in terms)
    return (node,)


def _value(node: Node) -> int | None:
    """The number that a node is, if it is one."""
    match node:
        case Number(value):
            return int(value)
        case Negative(Number(value)):
            return -int(value)
    return None


def _number(value: int) -> Node:
    return Negative(Number(-value)) if value < 0 else Number(value)


def numbers_known(lines: Lines, roles: Sequence[str]) -> Iterator[Line]:
    """The results by these roles with the layer's numbers put in: its output, both sums for the input, the rest."""
    numbers = sizes_known(lines.layer)
    names = [("forward", "O"), ("dF", "F"), ("dX", "X"), ("dX by filter", "X"), ("dX as correlation", "X")]
    for name, role in names:
        if role == "O" or role in roles:
            first, *_, last = lines[name].relation.sides
            yield Line(f"{name} with numbers", role, with_numbers(equals(first, last), numbers), lines.layer.numbers)


def sizes_known(layer: GeneralConv) -> dict[str, int]:
    """The layer's numbers, and the sizes that are made of known ones."""
    found = dict(layer.numbers)
    for axis in range(layer.rank):
        known = {letter: found[size] for letter in SIZES if (size := layer.size(letter, axis)) in found}
        for letter, made in SIZES_MADE.items():
            value = _value(with_numbers(made, known))
            if value is not None:
                found[layer.size(letter, axis)] = value
    return found
