"""What a text has defined so far: arrays, functions of one number, letters for gradients, values."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

from symconv.checking.smooth.functions import ALIASES
from symconv.checking.smooth.names import LETTER, plain, taken_apart
from symconv.checking.usual import INDEX_LETTERS, LOSSES, NAMED_LOSSES
from symconv.notation.reading import split_index
from symconv.notation.tree import (
    Applied,
    Blank,
    Bracketed,
    Cases,
    Decimal,
    Differential,
    Dots,
    Indexed,
    Listed,
    Matrix,
    Named,
    Negative,
    Node,
    Number,
    Operation,
    Partial,
    Product,
    Ratio,
    Relation,
    Sum,
    Words,
    walk,
)

DEFINING = ("=", "≔", "≡")
LOSS_KEYS = frozenset({*LOSSES, *NAMED_LOSSES, "H", "l", r"\mathrm{L}"})
"""Letters that a loss has where it is defined."""


@dataclass(frozen=True)
class Written:
    """A definition as it was written: the letters of the entry that it defines, the array that this is a function of
    where it is written like S(x_i), and the formula."""

    letters: tuple[str, ...]
    body: Node
    of: str = ""


@dataclass(frozen=True)
class Definitions:
    """What a text has defined, in its order. `after` takes in the next formula.

    Args:
        arrays: by the key of a letter.
        functions: functions of one number; `letters` holds the variable.
        gradients: letters for the gradient of the loss by an array.
        values: numbers that the text puts in for letters.

    >>> from symconv.notation.reading import read
    >>> found = Definitions().after(read("q = x + y")).after(read("x = -2")).after(read("f(t) = t^2"))
    >>> list(found.arrays), found.values, list(found.functions)
    (['q'], {'x': Fraction(-2, 1)}, ['f'])
    """

    arrays: Mapping[str, Written] = field(default_factory=dict)
    functions: Mapping[str, Written] = field(default_factory=dict)
    gradients: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Fraction] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.arrays or self.functions or self.gradients or self.values)

    def after(self, node: Node) -> Definitions:
        """The record with what a formula defines taken in; what is defined anew replaces what was."""
        found = self
        for value in _values(node):
            found = replace(found, values={**found.values, **value})
        if isinstance(node, Relation) and len(node.sides) > 1 and node.sign_before(1) in DEFINING:
            found = found._defined(node.sides[0], node.sides[1])
        return found

    def _defined(self, left: Node, right: Node) -> Definitions:
        gradient = _gradient(left, right)
        if gradient:
            return replace(self, gradients={**self.gradients, **gradient})
        if any(isinstance(part, Partial | Differential | Matrix | Listed | Blank) for part in walk(right)):
            return self
        if value_of(right) is not None or isinstance(right, Words | Dots):
            return self
        function = _function(left, right)
        if function:
            return replace(self, functions={**self.functions, **function})
        array = _array(left, right)
        return replace(self, arrays={**self.arrays, **array}) if array else self


def _gradient(left: Node, right: Node) -> dict[str, str]:
    r"""δ_i = ∂L/∂z_i, where a letter is introduced for a gradient."""
    if not isinstance(left, Named) or not isinstance(right, Partial) or left.primes:
        return {}
    over, under = right.over, right.under
    if not isinstance(over, Named) or not isinstance(under, Named) or plain(over.letter) not in LOSS_KEYS:
        return {}
    own, by = taken_apart(left), taken_apart(under)
    return {own.key: by.key} if own.index == by.index and own.key != by.key else {}


def _function(left: Node, right: Node) -> dict[str, Written]:
    """f(x) = ..., with nothing but x on the right."""
    if not isinstance(left, Applied) or len(left.arguments) != 1 or not isinstance(left.arguments[0], Named):
        return {}
    head, argument = left.head, taken_apart(left.arguments[0])
    if head.primes or head.lower or argument.power or plain(head.letter) in LOSS_KEYS or _calls(right, head):
        return {}
    if any(_bound_sum(part) for part in walk(right)) or ALIASES.get(plain(head.letter)) in ("softmax", "exp", "log"):
        return {}
    others = {(name.key, name.index) for name in map(taken_apart, names_of(right))} - {(argument.key, argument.index)}
    if any(not _is_constant(key) for key, _ in others):
        return {}
    return {plain(head.letter): Written((argument.key, *argument.index), right)}


def _is_constant(key: str) -> bool:
    """Letters that a function of one number may have besides its variable: a slope."""
    return key in (r"\alpha", "a", "k", r"\beta", "c", r"\lambda", r"\gamma", "e", r"\pi")


def _bound_sum(node: Node) -> bool:
    return type(node).__name__ in ("Big", "Bounded")


def _calls(node: Node, head: Named) -> bool:
    return any(isinstance(part, Named) and plain(part.letter) == plain(head.letter) for part in walk(node))


def names_of(node: Node) -> Iterator[Named]:
    """The names in a formula that are no heads of functions, those in exponents too."""
    heads = {part.head for part in walk(node) if isinstance(part, Applied)}
    for part in walk(node):
        if isinstance(part, Named) and part not in heads:
            if part.letter == "e" and part.upper:
                yield from _exponent_names(part.upper)
            else:
                yield part


def _exponent_names(text: str) -> Iterator[Named]:
    from symconv.errors import InputError
    from symconv.notation.reading import read

    try:
        yield from names_of(read(text))
    except InputError:
        return


def _array(left: Node, right: Node) -> dict[str, Written]:
    """p_i = ..., S(x_i) = ..., softmax(x)_i = ..., L(y, p) = ..."""
    if isinstance(left, Indexed) and isinstance(left.body, Applied):
        return _array_of(left.body, right, split_index(left.lower))
    if isinstance(left, Applied):
        return _array_of(left, right, ())
    if not isinstance(left, Named) or left.primes:
        return {}
    own = taken_apart(left)
    if isinstance(right, Named) and own.key in INDEX_LETTERS and not left.upper:
        return {}
    return _checked(f"{own.key}^2" if own.power == "2" else own.key, own.index, right, "", own.power)


def _array_of(left: Applied, right: Node, behind: tuple[str, ...]) -> dict[str, Written]:
    """An array that is written as a function: of an entry, of a whole array, of its index, or of several things."""
    names = [taken_apart(part) for part in left.arguments if isinstance(part, Named)]
    own = taken_apart(left.head)
    if left.head.primes or not names or len(names) < len(left.arguments):
        return {}
    if len(names) > 1:
        letters = tuple(name.key for name in names)
        return _checked(own.key, letters if _index_places(right, {*letters}) else own.index, right, "", own.power)
    index = behind or own.index or names[0].index
    return _checked(own.key, index, right, names[0].key if index else "", own.power)


def _index_places(node: Node, letters: set[str]) -> bool:
    """Whether letters stand in a formula, and nowhere but as indices in brackets, as in f(Z(i, j))."""
    inside = [
        part for call in walk(node) if isinstance(call, Applied) and len(call.arguments) > 1 for part in call.arguments
    ]
    uses = [part for part in walk(node) if isinstance(part, Named) and part.letter in letters]
    return bool(uses) and len(uses) == sum(isinstance(part, Named) and part.letter in letters for part in inside)


def _checked(key: str, letters: tuple[str, ...], body: Node, of: str, power: str) -> dict[str, Written]:
    """A definition whose indices are letters, all different."""
    if power not in ("", "2") or not all(map(LETTER.fullmatch, letters)) or len(set(letters)) != len(letters):
        return {}
    if any(isinstance(part, Cases) for part in walk(body)) and not letters and of == "" and key in LOSS_KEYS:
        return {}
    return {key: Written(letters, body, of)}


def _values(node: Node) -> Iterator[dict[str, Fraction]]:
    """x = -2, wherever it stands."""
    for part in _outside_of_conditions(node):
        if isinstance(part, Relation) and len(part.sides) >= 2:
            pairs = zip(part.sides, part.sides[1:], strict=False)
            for at, (left, right) in enumerate(pairs, start=1):
                number = value_of(right)
                if isinstance(left, Named) and number is not None and part.sign_before(at) == "=" and _plain(left):
                    yield {taken_apart(left).key: number}


def _outside_of_conditions(node: Node) -> Iterator[Node]:
    """The relations of a formula that are no range of a sum and no condition of a case."""
    yield node
    inside = node.sides if isinstance(node, Relation) else node.items if isinstance(node, Listed) else ()
    for part in (*inside, *((node.over, node.under) if isinstance(node, Ratio) else ())):
        yield from _outside_of_conditions(part)


def _plain(node: Named) -> bool:
    return not (node.upper or node.primes or taken_apart(node).index)


def value_of(node: Node) -> Fraction | None:
    """The number that a formula without letters is; None for others.

    >>> from symconv.notation.reading import read
    >>> value_of(read(r"-4 * 1 + \\frac{1}{2}")), value_of(read("x"))
    (Fraction(-7, 2), None)
    """
    match node:
        case Number(value):
            return Fraction(value)
        case Decimal(digits, exponent):
            return Fraction(digits) * Fraction(10) ** exponent
        case Negative(term):
            inside = value_of(term)
            return None if inside is None else -inside
        case Bracketed(body):
            return value_of(body)
        case Sum(terms):
            return _folded(operator.add, terms)
        case Product(factors):
            return _folded(operator.mul, factors)
        case Operation("*" | "⊙" | "×", left, right):
            return _folded(operator.mul, (left, right))
        case Ratio(over, under):
            return _folded(_quotient, (over, under))
    return None


def _folded(join: Callable[[Fraction, Fraction], Fraction | None], parts: Iterable[Node]) -> Fraction | None:
    total: Fraction | None = None
    for at, part in enumerate(parts):
        value = value_of(part)
        total = value if at == 0 else None if total is None or value is None else join(total, value)
        if total is None:
            return None
    return total


def _quotient(over: Fraction, under: Fraction) -> Fraction | None:
    return over / under if under else None
