"""What the letters of a formula are: arrays with their indices, functions, sums over whole axes, cases.

Arrays keep the author's letter as their role. An index is a letter or a number of the author's; whether letters run
over the same axis is found out later (`worlds`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from symconv.checking.smooth import functions as known
from symconv.checking.smooth.names import LETTER, Name, Names, plain, taken_apart
from symconv.checking.usual import INDEX_LETTERS, is_indicator
from symconv.errors import InputError
from symconv.notation.build import call, entry, exp, log, minus, over, plus, summed, times
from symconv.notation.reading import read, read_list, split_index
from symconv.notation.tree import (
    Applied,
    Big,
    Bounded,
    Bracketed,
    Branch,
    Call,
    Cases,
    Decimal,
    Delta,
    Differential,
    Dots,
    Function,
    Index,
    Indexed,
    Infix,
    Inner,
    Iverson,
    Labelled,
    Letter,
    Listed,
    Marked,
    Named,
    Negative,
    Node,
    Number,
    Ones,
    Operation,
    Partial,
    Power,
    Product,
    Ratio,
    Relation,
    Sum,
    Symbol,
    Transpose,
    Words,
    exchanged,
    is_letter,
    letter_index,
    rebuilt,
    walk,
)

FRESH = "κ"
"""The letter of a sum that the text does not write."""
_SHIFTED = re.compile(r"[+\-*/(]|\\cdot")
EQUAL, UNEQUAL = "=", "≠"
OTHERWISE = re.compile(
    r"other|else|sonst|sinon|autre|иначе|否则|其他|其它|그 외|나머지|altrimenti|resto|caso contr", re.IGNORECASE
)
ENTRYWISE_SIGNS = frozenset("*×⋅·•⋆")


class UnclearError(Exception):
    """A formula, or a part of one, that is not understood; the text says what."""


@dataclass(frozen=True)
class Range:
    """What a sum says of an axis: the letter that runs over it, and how many positions it has."""

    letter: str
    count: str | int


@dataclass
class Resolver:
    """Resolves the formulas of one equation; `ranges` collects what their sums say of axes."""

    names: Names
    ranges: list[Range] = field(default_factory=list)
    implicit: Node | None = None
    """What functions without an argument are at."""

    def __call__(self, node: Node) -> Node:
        rule = _RULES.get(type(node))
        if rule is None:
            raise UnclearError(f"{type(node).__name__.lower()} is not understood here")
        return rule(self, node)

    # Names

    def key(self, node: Named) -> str:
        """The key of a name, with what is squared by name, such as a variance, as one letter."""
        name = taken_apart(node)
        squared = f"{name.key}^2"
        return squared if name.power == "2" and squared in self.names.arrays else name.key

    def named(self, node: Named) -> Node:
        name = taken_apart(node)
        if node.letter == "e" and node.upper and not node.lower and "e" not in self.names.arrays:
            return exp(self._script(node.upper))
        if node.letter == r"\pi" and not node.lower and r"\pi" not in self.names.arrays:
            return self._powered(Letter(r"\pi"), name.power)
        key = self.key(node)
        if _SHIFTED.search(node.lower):
            raise UnclearError(f"the index {node.lower}")
        if key in self.names.gradients:
            return Partial(Symbol(self.names.loss), Symbol(self.names.gradients[key], self._index(name.index)))
        if self._is_delta(node, name):
            return Delta(*self._index(name.index))
        if key not in self.names.arrays:
            bare = self._bare_function(node)
            if bare is not None:
                return bare
            squared = f"{key}^2"
            if squared in self.names.arrays:
                return self._powered(call("sqrt", Symbol(squared, self._index(name.index))), name.power)
        return self._powered(Symbol(key, self._index(name.index)), "" if key.endswith("^2") else name.power)

    def _script(self, text: str) -> Node:
        try:
            (body,) = read_list(text)
        except (InputError, ValueError):
            raise UnclearError(f"the exponent {text}") from None
        return self(body)

    def _is_delta(self, node: Named, name: Name) -> bool:
        return plain(node.letter) == r"\delta" and len(name.index) == 2 and r"\delta" not in self.names.arrays

    def _input_index(self, output: str, node: Node) -> tuple[int | Index, ...]:
        """The index of an entry of the array that an output is a function of."""
        if not isinstance(node, Named) or self.key(node) != self.names.inputs.get(output):
            return ()
        return self._index(taken_apart(node).index)

    def _index(self, texts: Sequence[str]) -> tuple[int | Index, ...]:
        return tuple(int(text) - self.names.base if text.isdigit() else letter_index(text) for text in texts)

    def _powered(self, node: Node, power: str) -> Node:
        return Power(node, Number(int(power))) if power else node

    # Functions

    def function_of(self, head: Named, *, applied: bool = True) -> str | None:
        """The function that a letter is, if it is one."""
        letter = plain(head.letter)
        found = self.names.functions.get(letter)
        if found is None and letter in self.names.arrays and not head.primes:
            return None
        found = found or known.ALIASES.get(letter)
        general = letter in known.GENERAL and (head.primes > 0 or applied) and letter not in self.names.arrays
        return found or (f"any:{letter}" if general else None)

    def _bare_function(self, node: Named) -> Node | None:
        """A function without its argument, such as σ' = σ(1 - σ)."""
        name = self.function_of(node, applied=False)
        if name is None or name in ("softmax", "log-softmax", "exp", "log", "sqrt", "max", "min"):
            return None
        if node.lower or self.implicit is None:
            return None
        found = Function(name, (self.implicit,), node.primes)
        return self._powered(found, taken_apart(node).power)

    def applied(self, node: Applied) -> Node:
        head, arguments = node.head, node.arguments
        entries = self._entry_by_brackets(node)
        if entries is not None:
            return entries
        if is_indicator(head.letter) and len(arguments) == 1 and isinstance(arguments[0], Relation):
            return self.indicator(arguments[0])
        if head.letter == "norm":
            inside = self(arguments[0])
            return call("sqrt", Inner(inside, inside))
        if head.letter == "diag":
            return Call("diag", (self(arguments[0]),))
        name = self.function_of(head)
        if name is not None and not self._multiplies_itself(head, arguments):
            return self._at_work(name, node)
        if len(arguments) != 1:
            key = self.key(head)
            if key in self.names.arrays or key == self.names.loss:
                return self.named(head)
            raise UnclearError(f"what {head.letter} of {len(arguments)} things is")
        return times(*self._factors((head, arguments[0])))

    def _multiplies_itself(self, head: Named, arguments: Sequence[Node]) -> bool:
        """Whether σ(1 - σ) is a product."""
        return len(arguments) == 1 and any(
            isinstance(part, Named) and plain(part.letter) == plain(head.letter)
            for part in walk(arguments[0])
            if part not in [each.head for each in walk(arguments[0]) if isinstance(each, Applied)]
        )

    def _entry_by_brackets(self, node: Applied) -> Node | None:
        """S(x_i), S_i(x), Z(i, j, k): an entry of an array."""
        head = node.head
        key = self.key(head)
        own = taken_apart(head)
        only = node.arguments[0] if len(node.arguments) == 1 else None
        if isinstance(only, Named) and self.key(only) == self.names.inputs.get(key):
            return self._powered(Symbol(key, self._input_index(key, only) or self._index(own.index)), own.power)
        letters = [part for part in node.arguments if isinstance(part, Named) and LETTER.fullmatch(part.letter)]
        indexed = len(letters) == len(node.arguments) and not any(
            part.has_scripts or part.letter in self.names.arrays for part in letters
        )
        known_array = key in self.names.arrays
        several = len(letters) > 1 and self.function_of(head) is None
        if (
            indexed
            and letters
            and (known_array or several)
            and (len(letters) > 1 or letters[0].letter in INDEX_LETTERS)
        ):
            return Symbol(key, self._index([*own.index, *(part.letter for part in letters)]))
        return None

    def _at_work(self, name: str, node: Applied) -> Node:
        head = node.head
        if not node.arguments:
            raise UnclearError(f"{head.letter} of nothing")
        if name in ("softmax", "log-softmax"):
            return self._softmax(name, node.arguments[0], taken_apart(head).index)
        power = taken_apart(head).power
        arguments = [self(part) for part in node.arguments]
        if name in ("max", "min"):
            return self._powered(self._extreme(name, arguments), power)
        if len(arguments) != 1:
            raise UnclearError(f"{head.letter} of {len(arguments)} things")
        if head.lower and name in ("log", "exp"):
            raise UnclearError(f"{head.letter} to a base")
        return self._powered(Function(name, (arguments[0],), head.primes), power)

    def _extreme(self, name: str, arguments: Sequence[Node]) -> Node:
        if len(arguments) != 2:
            raise UnclearError(f"{name} of {len(arguments)} things")
        if name == "max":
            return known.larger(*sorted(arguments, key=lambda part: not isinstance(part, Number), reverse=True))
        return minus(known.larger(*(minus(part) for part in arguments)))

    def _softmax(self, name: str, argument: Node, index: Sequence[str]) -> Node:
        inside = self(argument)
        if not isinstance(inside, Symbol) or len(inside.index) > 1:
            raise UnclearError("the softmax of something that is no vector")
        at = self._index(index) or inside.index
        if len(at) > 1:
            raise UnclearError("the softmax at two indices")
        own = Symbol(inside.role, at)
        whole = summed(FRESH, exp(entry(inside.role, FRESH)))
        return over(exp(own), whole) if name == "softmax" else plus(own, minus(log(whole)))

    # Derivatives

    def partial(self, node: Partial) -> Node:
        under = self(node.under)
        if not isinstance(under, Symbol):
            raise UnclearError("a derivative by something that has no letter")
        before = self.implicit
        self.implicit = under
        try:
            top = self(node.over)
        finally:
            self.implicit = before
        return Partial(top, under)

    def differential(self, node: Differential) -> Node:
        """dZ by itself is the gradient of the loss, as is ∇_z L."""
        if not self.names.loss:
            raise UnclearError("of which loss a differential is the gradient")
        if node.lower:
            inside: Node = self._script(node.lower)
        else:
            inside = self(node.body)
        if not isinstance(inside, Symbol):
            raise UnclearError("the gradient by something that has no letter")
        return Partial(Symbol(self.names.loss), inside)

    # Sums and products

    def sum(self, node: Sum) -> Node:
        written = self._dotted(node.terms, lambda body: body)
        return written if written is not None else Sum(tuple(self(term) for term in node.terms))

    def _dotted(self, terms: Sequence[Node], join: Callable[[Node], Node]) -> Node | None:
        """A sum with dots, whose first and last terms differ in an index: a sum over all of it."""
        if not any(isinstance(term, Dots) for term in terms):
            return None
        parts = [term for term in terms if not isinstance(term, Dots)]
        if len(terms) - len(parts) > 1 or not isinstance(terms[-2], Dots):
            raise UnclearError("dots")
        first, last = self(parts[0]), self._last_term(parts[-1])
        body = _with_index(first, 0, letter_index(FRESH))
        stop = last[1]
        if body is None or _with_index(body, letter_index(FRESH), letter_index(stop)) != last[0]:
            raise UnclearError("what the dots stand for")
        self.ranges.append(Range(FRESH, stop))
        return join(summed(FRESH, body))

    def _last_term(self, node: Node) -> tuple[Node, str]:
        """The last term of a sum with dots, and the letter that its index is."""
        found = self(node)
        letters = {part.parts[0][0] for each in walk(found) if isinstance(each, Symbol) for part in each.index
                   if isinstance(part, Index) and part.parts}  # fmt: skip
        sizes = letters & {"n", "m", "k", "c", "d"}
        uppers = [re.search(r"_\{?([A-Z])\}?$", each.role) for each in walk(found) if isinstance(each, Symbol)]
        named = {match[1] for match in uppers if match}
        if named:
            (size,) = named if len(named) == 1 else ("",)
            lowered = _exchanged_roles(found, size)
            return lowered, size
        if len(sizes) != 1:
            raise UnclearError("what the dots stand for")
        return found, sizes.pop()

    def product(self, node: Product) -> Node:
        return times(*self._factors(node.factors))

    def _factors(self, factors: Sequence[Node]) -> list[Node]:
        """Factors; 1 before a condition is its indicator."""
        found: list[Node] = []
        rest = list(factors)
        while rest:
            first = rest.pop(0)
            condition = rest[0] if rest else None
            if isinstance(first, Ones) and isinstance(condition, Relation):
                rest.pop(0)
                found.append(self.indicator(condition))
            elif isinstance(first, Named) and rest and self._is_function_before(first):
                found.append(self._at_work(self.function_of(first) or "", Applied(first, (rest.pop(0),))))
            elif not isinstance(first, Words) or first.text.strip(" .,;"):
                found.append(self(first))
        return found

    def _is_function_before(self, node: Named) -> bool:
        """Whether a name in a product is a function before its argument, such as log p."""
        return plain(node.letter) in ("log", "ln", "exp", "tanh") and not node.has_scripts

    def operation(self, node: Operation) -> Node:
        left, right = self(node.left), self(node.right)
        if node.sign in "⊙∘":
            return Infix("hadamard", left, right)
        if node.sign in ENTRYWISE_SIGNS:
            return times(left, right)
        if node.sign == "⊘":
            return over(left, right)
        raise UnclearError(f"the sign {node.sign} here")

    def ratio(self, node: Ratio) -> Node:
        return over(self(node.over), self(node.under))

    def power(self, node: Power) -> Node:
        if isinstance(node.exponent, Named | Words | Listed):
            raise UnclearError("a power with a letter above")
        base = node.base
        if isinstance(base, Applied) and base.head.letter == "norm" and node.exponent == Number(2):
            inside = self(base.arguments[0])
            return Inner(inside, inside)
        if isinstance(base, Indexed) and isinstance(base.body, Applied) and base.body.head.letter == "norm":
            return self.power(Power(base.body, node.exponent))
        if isinstance(base, Applied) and isinstance(self.applied(base), Product):
            *before, last = self._factors((base.head, base.arguments[0]))
            return times(*before, Power(last, self(node.exponent)))
        return Power(self(base), self(node.exponent))

    def big(self, node: Big) -> Node:
        return Big(node.variables, self(node.body))

    def bounded(self, node: Bounded) -> Node:
        if node.sign != "∑" or len(node.below) != 1:
            raise UnclearError("a sum that does not say what it runs over")
        below = node.below[0]
        letter, sign, start = _lower_bound(below)
        body = self(node.body)
        if sign == UNEQUAL:
            return summed(letter, times(plus(1, minus(Delta(letter_index(letter), *self._index([start])))), body))
        if sign == "∈":
            return summed(letter, body)
        self._note_range(letter, start, node.above)
        return summed(letter, body)

    def _note_range(self, letter: str, start: str, above: Sequence[Node]) -> None:
        if len(above) != 1 or start not in ("0", "1"):
            raise UnclearError("a sum over a part of its range")
        top = above[0]
        if start == "0":
            top = _plus_one(top)
        if isinstance(top, Number):
            self.ranges.append(Range(letter, int(top.value)))
        elif isinstance(top, Named) and not top.upper:
            self.ranges.append(Range(letter, taken_apart(top).key if not top.lower else f"{top.letter}_{top.lower}"))
        else:
            raise UnclearError("a sum over a part of its range")

    # Cases and conditions

    def cases(self, node: Cases) -> Node:
        """The value of the first branch that holds, as a sum of values times indicators."""
        rest: list[Node] = []
        terms: list[Node] = []
        for branch in node.branches:
            holds = self._holds(branch.condition)
            terms.append(times(*rest, *(() if holds is None else (holds,)), self(branch.value)))
            if holds is None:
                return plus(*terms)
            rest.append(plus(1, minus(holds)))
        if not _complementary(node.branches):
            raise UnclearError("cases that leave something out")
        return plus(*terms)

    def _holds(self, condition: Node) -> Node | None:
        """The indicator of a condition; None for one that always holds."""
        if isinstance(condition, Words) and OTHERWISE.search(condition.text):
            return None
        if isinstance(condition, Product):
            relations = [part for part in condition.factors if isinstance(part, Relation)]
            if len(relations) == 1:
                condition = relations[0]
        if isinstance(condition, Relation):
            return self.indicator(condition)
        raise UnclearError("the condition of a case")

    def indicator(self, node: Relation) -> Node:
        """1 where a relation holds, else 0."""
        if len(node.sides) != 2:
            raise UnclearError("a condition with several signs")
        left, right = (_without_words(side) for side in node.sides)
        sign = node.sign_before(1)
        letters = index_pair(left, right, self.names.arrays)
        if letters and sign in (EQUAL, UNEQUAL):
            same = Delta(*self._index(letters))
            return same if sign == EQUAL else plus(1, minus(same))
        if sign in ("<", ">", "≤", "≥"):
            return known.indicator(self(left), sign, self(right))
        if sign == EQUAL:
            self(left), self(right)
            return Number(0)
        if sign == UNEQUAL:
            return Number(1)
        raise UnclearError(f"a condition with {sign}")

    def iverson(self, node: Iverson) -> Node:
        return times(*(self.indicator(part) for row in node.rows for part in row if isinstance(part, Relation)))

    def indexed(self, node: Indexed) -> Node:
        r"""1_{i=j}, softmax(x)_i, (p - y)_i."""
        body = node.body
        if isinstance(body, Ones | Number) and any(sign in node.lower for sign in ("=", "ne", ">", "<", "≠")):
            inside = read(node.lower)
            if isinstance(inside, Relation):
                return self.indicator(inside)
        if isinstance(body, Applied):
            name = self.function_of(body.head)
            if name in ("softmax", "log-softmax"):
                return self._softmax(name, body.arguments[0], split_index(node.lower))
            only = body.arguments[0] if len(body.arguments) == 1 else None
            key = self.key(body.head)
            if isinstance(only, Named) and self.names.inputs.get(key) == self.key(only):
                return Symbol(key, self._index(split_index(node.lower)))
        return at_index(self(body), self._index(split_index(node.lower)), self.names.loss)

    # Leaves

    def decimal(self, node: Decimal) -> Node:
        value = Fraction(node.digits) * Fraction(10) ** node.exponent
        return Number(value) if value >= 0 else minus(Number(-value))

    def words(self, node: Words) -> Node:
        raise UnclearError(f"the words {node.text!r}")


_RULES: Mapping[type[Node], Callable[[Resolver, Any], Node]] = {
    Named: Resolver.named, Applied: Resolver.applied, Partial: Resolver.partial, Differential: Resolver.differential,
    Sum: Resolver.sum, Product: Resolver.product, Operation: Resolver.operation, Ratio: Resolver.ratio,
    Power: Resolver.power, Big: Resolver.big, Bounded: Resolver.bounded, Cases: Resolver.cases,
    Iverson: Resolver.iverson, Indexed: Resolver.indexed, Decimal: Resolver.decimal, Words: Resolver.words,
    Number: lambda _, node: node, Ones: lambda _, node: Number(1),
    Negative: lambda resolver, node: minus(resolver(node.term)),
    Transpose: lambda resolver, node: Transpose(resolver(node.body)),
    Inner: lambda resolver, node: Inner(resolver(node.left), resolver(node.right)),
    Function: lambda resolver, node: Function(node.name, tuple(map(resolver, node.arguments)), node.primes),
    Bracketed: lambda resolver, node: resolver(node.body), Marked: lambda resolver, node: resolver(node.body),
    Labelled: lambda resolver, node: resolver(node.body),
}  # fmt: skip


def index_pair(left: Node, right: Node, arrays: Iterable[str] = ()) -> tuple[str, str] | None:
    """The two index letters that a condition compares."""
    found = []
    for side in (left, right):
        if isinstance(side, Number) and isinstance(side.value, int):
            found.append(str(side.value))
        elif is_letter(side) and LETTER.fullmatch(side.letter):
            found.append(side.letter)
    letters = [text for text in found if not text.isdigit()]
    if len(found) != 2 or not letters or any(text in arrays for text in letters):
        return None
    return (found[0], found[1]) if len(letters) == 2 else None


def with_derivatives(node: Node) -> Node:
    r"""A raw formula in which d/dx before something is the derivative of all that is multiplied behind it.

    >>> with_derivatives(read(r"\frac{d}{dx} f")) == Partial(Named("f"), Named("x"))
    True
    """

    def change(part: Node) -> Node | None:
        if not isinstance(part, Product):
            return None
        for at, factor in enumerate(part.factors[:-1]):
            by = _operator(factor)
            if by is not None:
                rest = part.factors[at + 1 :]
                inside = with_derivatives(rest[0] if len(rest) == 1 else Product(rest))
                return times(*map(with_derivatives, part.factors[:at]), Partial(inside, by))
        return None

    return rebuilt(node, change)


def _operator(node: Node) -> Node | None:
    """What d/dx or ∂/∂x by itself differentiates by."""
    if isinstance(node, Ratio) and isinstance(node.under, Differential) and isinstance(node.over, Named):
        return node.under.body if plain(node.over.letter) in ("d", r"\partial") else None
    return None


def _lower_bound(node: Node) -> tuple[str, str, str]:
    """The letter of a sum, the sign behind it, and what it is compared with."""
    if isinstance(node, Relation) and len(node.sides) == 2:
        left, right = node.sides
        if isinstance(left, Named) and LETTER.fullmatch(left.letter):
            value = str(right.value) if isinstance(right, Number) else getattr(right, "letter", "")
            return left.letter, node.sign_before(1), value
    raise UnclearError("a sum that does not say what it runs over")


def _plus_one(node: Node) -> Node:
    """The count of positions from 0 to here."""
    if isinstance(node, Sum) and len(node.terms) == 2 and node.terms[1] == Negative(Number(1)):
        return node.terms[0]
    if isinstance(node, Number):
        return Number(int(node.value) + 1)
    raise UnclearError("a sum over a part of its range")


def _without_words(node: Node) -> Node:
    if isinstance(node, Product):
        parts = tuple(part for part in node.factors if not isinstance(part, Words))
        return parts[0] if len(parts) == 1 else replace(node, factors=parts)
    return node


def _complementary(branches: Sequence[Branch]) -> bool:
    """Whether the conditions of cases leave out nothing but a boundary."""
    signs = []
    for branch in branches:
        relations = [part for part in walk(branch.condition) if isinstance(part, Relation)]
        if len(relations) != 1 or len(relations[0].sides) != 2:
            return False
        signs.append((relations[0].sign_before(1), relations[0].sides[1]))
    kinds = {sign for sign, _ in signs}
    if kinds & {"<", "≤"} and kinds & {">", "≥"}:
        return len({right for sign, right in signs if sign in "<>≤≥"}) == 1
    return {EQUAL, UNEQUAL} <= kinds


def _exchanged_roles(node: Node, size: str) -> Node:
    """Entries such as z_N, read as a letter of their own, as entries at the index N."""

    def change(symbol: Symbol) -> Node:
        ending = f"_{size}"
        return (
            Symbol(symbol.role.removesuffix(ending), letter_index_of(size)) if symbol.role.endswith(ending) else symbol
        )

    return exchanged(node, change)


def letter_index_of(letter: str) -> tuple[Index]:
    return (letter_index(letter),)


def _with_index(node: Node, old: int | Index, new: Index) -> Node | None:
    """A tree with one index exchanged for another; None where it does not occur."""
    hits = 0

    def change(symbol: Symbol) -> Node:
        nonlocal hits
        hits += sum(part == old for part in symbol.index)
        return replace(symbol, index=tuple(new if part == old else part for part in symbol.index))

    found = exchanged(node, change)
    return found if hits else None


def at_index(node: Node, index: tuple[int | Index, ...], loss: str = "") -> Node:
    """A formula of whole arrays at an entry; the loss has none."""
    return exchanged(
        node, lambda symbol: symbol if symbol.index or symbol.role == loss else replace(symbol, index=index)
    )
