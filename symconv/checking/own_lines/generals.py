"""Lines with general indices: for all sizes at once, as the page's own proofs decide them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from symconv.checking.context import Context
from symconv.checking.judging import Judge, Step
from symconv.checking.own import own_context
from symconv.checking.own_lines.lines import SIGNS, no_equation, pairs, step_of
from symconv.derivation.general import EXAMPLE
from symconv.derivation.general_lines import PRIME, SIZES_MADE, Line, Lines
from symconv.errors import NotSupportedError
from symconv.layers.conv import Conv
from symconv.layers.general import MAPS, SIZES, GeneralConv
from symconv.notation.reading import read_list, resolver, split_index
from symconv.notation.tree import (
    GRADIENTS,
    Applied,
    Delta,
    Differential,
    Divides,
    Inside,
    Iverson,
    Letter,
    Named,
    Negative,
    Node,
    Number,
    Partial,
    Place,
    Position,
    Product,
    Relation,
    Style,
    Sum,
    Symbol,
    gradient_of,
    rebuilt,
    walk,
)

MOST = 3
"""Strides and dilations that are decided as numbers, besides the proof for all of them."""
AT_STRIDE_ONE = ("stride 1", "s = 1")
"""How a page says of the line that follows that it is about stride 1."""


def judge(node: Relation, context: Context, prose: str) -> list[Step]:
    """Each two neighbouring sides of a line of such a document."""
    meaning = _meaning(context.layer, context.style.index_base, tuple(context.style.given.items()))
    return [meaning.judged(left, right, sign, prose) for left, right, sign in pairs(node)]


@lru_cache(maxsize=4)
def _meaning(layer: GeneralConv, index_base: int, names: tuple[tuple[str, str], ...]) -> GeneralLines:
    return GeneralLines(layer, Style(dict(names), index_base, symbols=layer.symbols))


@dataclass(frozen=True)
class GeneralLines:
    """Decides the lines about one layer of letters."""

    layer: GeneralConv
    style: Style

    @cached_property
    def prover(self) -> Any:
        from symconv.proof.general import LineProver

        return LineProver(Lines(self.layer), MOST)

    def judged(self, left: Node, right: Node, sign: str, prose: str) -> Step:
        """What is known of two raw sides."""
        if sign not in SIGNS:
            return no_equation(sign)
        if self._is_letter(left):
            return Step("not-a-claim", "it says what a letter stands for")
        relation = Relation((left, right))
        if self._is_example(relation):
            return self._of_the_example(relation)
        exact = Relation((self._exact(left), self._exact(right)))
        proof = self._proof(exact)
        for given in self._suppositions(prose):
            proof = proof if proof.holds else self._proof(exact, given)
        return step_of(proof, (left, right))

    def _suppositions(self, prose: str) -> Iterator[Mapping[str, int]]:
        """The sizes that the page is about, and those that it just spoke of."""
        if self.layer.numbers:
            yield self.layer.numbers
        if any(said in prose for said in AT_STRIDE_ONE):
            yield {**self.layer.numbers, **self.prover.lines["dX at stride 1"].only}

    def _proof(self, relation: Relation, given: Mapping[str, int] | None = None) -> Any:
        forward = isinstance(relation.sides[0], Symbol) and relation.sides[0].role == "O"
        return self.prover.prove(Line("forward" if forward else "", "", relation), given)

    def _is_letter(self, node: Node) -> bool:
        return isinstance(node, Named) and not node.lower and _text(node) in self._letters

    @cached_property
    def _letters(self) -> frozenset[str]:
        """The letters of indices; with a prime they are others of the same axes."""
        plain = {*self.layer.ranges, *self.layer.positions("S")}
        return frozenset((*plain, *(letter + PRIME for letter in plain)))

    # The example with sizes that the page gives

    def _is_example(self, relation: Relation) -> bool:
        named = [part for part in walk(relation) if isinstance(part, Named) and part.lower]
        return bool(named) and all(part.lower.replace(",", "").isdigit() for part in named)

    def _of_the_example(self, relation: Relation) -> Step:
        example = Conv(
            input=EXAMPLE["n"], filter=EXAMPLE["k"], stride=EXAMPLE["s"], dilation=EXAMPLE["d"],
            padding=((EXAMPLE["a"], EXAMPLE["c"]),), convention=self.layer.convention,
        )  # fmt: skip
        names = {role: letter for role, letter in self.style.given.items() if role not in ("S", "R")}
        context = own_context(example, names, self.style.index_base, batch_mean=False)
        return Judge(context)(relation)[0]

    # The tree that was printed

    def _exact(self, node: Node) -> Node:
        return rebuilt(node, self._changed)

    def _changed(self, node: Node) -> Node | None:
        rule = _RULES.get(type(node))
        return rule(self, node) if rule else None

    @cached_property
    def _names(self) -> Any:
        return resolver(self.style, {})

    def named(self, node: Named) -> Node:
        """An array with its index, Kronecker's delta, the position of a letter, or a size."""
        found = None if node.primes else self._names.role(node)
        if found is not None and not found[2]:
            index = self._index(found[1], self._rank(found[0]))
            if node.letter != r"\delta" or len(index) == self._rank(found[0]):
                return Symbol(found[0], index)
        if node.letter == r"\delta" and node.lower:
            return Delta(*self._index(node.lower, 2))
        return self._letter(node)

    def _rank(self, role: str) -> int:
        """How many indices an array has."""
        array = {"G": "O", "R": "F"}.get(role, gradient_of(role))
        return 0 if array in ("L", "l", "C") else len(self.layer.letters(array))

    def _index(self, lower: str, rank: int) -> tuple[Place, ...]:
        parts = split_index(lower, rank) if lower else ()
        return tuple(self._place(read_list(part)[0]) for part in parts)

    def _letter(self, node: Named) -> Node:
        text = _text(node)
        if text in self._letters:
            return _sum(Position(text), Number(self.style.index_base))
        if text not in self._sizes:
            raise NotSupportedError(f"what {text} stands for is not known")
        return Letter(text)

    @cached_property
    def _sizes(self) -> frozenset[str]:
        """The letters of sizes, also with the number of an axis."""
        plain = {*SIZES, *SIZES_MADE, *MAPS.values()}
        return frozenset((*plain, *(self.layer.size(letter, axis) for letter in plain for axis in range(2))))

    def _place(self, node: Node) -> Place:
        """An index: what is printed, counted from 0."""
        return Place(body=_sum(self._expression(node), Number(-self.style.index_base)))

    def _expression(self, node: Node) -> Node:
        return rebuilt(node, lambda part: _EXPRESSIONS[type(part)](self, part) if type(part) in _EXPRESSIONS else None)

    def applied(self, node: Applied) -> Node:
        if len(node.arguments) != 1:
            raise NotSupportedError(f"{node.head.letter} with several arguments has no meaning here")
        return Product((self._letter(node.head), self._expression(node.arguments[0])))

    def differential(self, node: Differential) -> Node:
        """The dilation times a letter looks like a differential."""
        return Product((self._letter(Named(node.sign)), self._expression(node.body)))

    def partial(self, node: Partial) -> Node:
        over, under = self._exact(node.over), self._exact(node.under)
        if isinstance(over, Symbol) and over.role == "L" and isinstance(under, Symbol) and under.role in GRADIENTS:
            return Symbol(GRADIENTS[under.role], under.index)
        return Partial(over, under)

    def bracket(self, node: Iverson) -> Node:
        return Iverson(tuple(tuple(map(self._condition, row)) for row in node.rows))

    def _condition(self, node: Node) -> Node:
        """That something divides, or lies between two bounds."""
        if not isinstance(node, Relation):
            raise NotSupportedError("a bracket needs conditions")
        signs = tuple(node.sign_before(at) for at in range(1, len(node.sides)))
        sides = [self._expression(side) for side in node.sides]
        if signs == ("∣",):
            return Divides(*sides)
        if len(sides) == 3 and signs[0] == "≤" and signs[1] in ("<", "≤"):
            lower, body, upper = sides
            more = Number(int(signs[1] == "≤"))
            return Inside(Place(body=_sum(body, _negative(lower))), _sum(upper, _negative(lower), more))
        raise NotSupportedError("a bracket needs conditions such as 0 ≤ i < n")


_RULES: Mapping[type[Node], Callable[[GeneralLines, Any], Node]] = {
    Named: GeneralLines.named, Applied: GeneralLines.applied, Differential: GeneralLines.differential,
    Partial: GeneralLines.partial, Iverson: GeneralLines.bracket,
}  # fmt: skip
_EXPRESSIONS: Mapping[type[Node], Callable[[GeneralLines, Any], Node]] = {
    Named: GeneralLines._letter, Applied: GeneralLines.applied, Differential: GeneralLines.differential,
}  # fmt: skip


def _text(node: Named) -> str:
    """A letter as sizes and positions are called."""
    below = f"_{{{node.lower}}}" if node.lower else ""
    return f"{node.letter}{PRIME * node.primes}{below}"


def _negative(node: Node) -> Node:
    return Number(-node.value) if isinstance(node, Number) else Negative(node)


def _sum(*terms: Node) -> Node:
    """The sum with its numbers added up; a single term stands alone."""
    flat = [part for term in terms for part in (term.terms if isinstance(term, Sum) else (term,))]
    numbers = [_number(part) for part in flat]
    constant = sum(number for number in numbers if number is not None)
    rest = [part for part, number in zip(flat, numbers, strict=True) if number is None]
    if constant or not rest:
        rest.append(Number(constant))
    return rest[0] if len(rest) == 1 else Sum(tuple(rest))


def _number(node: Node) -> int | None:
    if isinstance(node, Negative):
        inner = _number(node.term)
        return None if inner is None else -inner
    return int(node.value) if isinstance(node, Number) else None
