"""A formula as it was read, made into one whose every name has a meaning."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property, reduce
from itertools import count
from operator import add, mul
from typing import Any

from symconv.checking.general import formula as made
from symconv.checking.general.answer import UndecidedError
from symconv.checking.general.layout import Layout
from symconv.checking.general.letters import AXES, SIZES, Letters, Use, alone, summed
from symconv.checking.general.model import LENGTHS, Model
from symconv.checking.general.names import GRADIENTS, Found, Names, text_of
from symconv.errors import InputError
from symconv.notation.reading import read_list
from symconv.notation.tree import (
    Applied,
    Big,
    Bounded,
    Ceiling,
    Decimal,
    Differential,
    Floor,
    Inner,
    Iverson,
    Listed,
    Marked,
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
)
from symconv.proof.polynomial import Polynomial

TIMES = ("×", "*", "·", "⋅", "⊙", r"\cdot", "∘")
"""Signs of products of numbers."""
ZERO, ONE = Polynomial.number(0), Polynomial.number(1)
MOST_LETTERS = 24


@dataclass
class Scope:
    """What index letters are called here, which of them a sum has limits for, and entries of whole arrays."""

    inner: Mapping[Named, str] = field(default_factory=dict)
    limited: frozenset[str] = frozenset()
    whole: Mapping[str, tuple[Polynomial, ...]] = field(default_factory=dict)


class Converter:
    """Makes formulas of trees, for one way to understand them.

    Args:
        sizes: what each letter that is no index is, a key of `SIZES` or "number".
        bases: the first index of each array.
    """

    def __init__(
        self, names: Names, layout: Layout, letters: Letters, model: Model, bases: Mapping[str, int],
        sizes: Mapping[Named, str] | None = None,
    ) -> None:  # fmt: skip
        self.names, self.layout, self.letters, self.model, self.bases = names, layout, letters, model, bases
        self.sizes = sizes
        self.uses: list[Use] = []
        self.free: dict[Named, str] = {}
        self.shown: dict[str, str] = {}
        self.bound: set[Named] = set()
        self.guessed = set()
        self.places_of: dict[str, set[str]] = {}
        self._fresh = count()
        self._pending: list[tuple[str, Polynomial, Polynomial, bool]] = []

    # Equations

    def equation(self, left: Node, right: Node) -> made.Equation:
        """left = right for all values of the letters that are not summed over."""
        scope = Scope(whole=dict(self._whole(left)))
        sides = [self.formula(side, scope) for side in (left, right)]
        both = Sum((left, right))
        frees = [self._range(letter, inner, left, both) for letter, inner in self.free.items()]
        for role, places in scope.whole.items():
            for axis, place in zip(self.model.axes(role), places, strict=True):
                (inner,) = place.letters
                frees.append(made.Free(inner, ZERO, self.model.length(role, axis) - 1, self.shown[inner]))
        return made.Equation(sides[0], sides[1], tuple(frees), tuple(self._equal()))

    def _range(self, letter: Named, inner: str, left: Node, both: Node) -> made.Free:
        """How far a free letter goes: over the axis that it indexes on the left, else anywhere."""
        uses = self.letters.uses(letter, left) or self.letters.uses(letter, both)
        if not uses:
            raise UndecidedError(f"what {text_of(letter)} ranges over is not known")
        low, high = self._limits(letter, inner, uses[0])
        return made.Free(inner, low, high, text_of(letter))

    def _limits(self, letter: Named, inner: str, use: tuple[str, str, Node]) -> tuple[Polynomial, Polynomial]:
        """The values of a letter for which an index of which it is the only letter lies in its axis."""
        array, axis, index = use
        saved = len(self.uses), len(self._pending)
        place = self.expression(index, axis, Scope({letter: inner}), array) - self._base(array, axis)
        del self._pending[saved[1] :]
        (_, sign) = alone(index, self.letters.letters) or (letter, 1)
        rest = place - sign * Polynomial.letter(inner)
        last = self.model.length(array, axis) - 1
        return (-rest, last - rest) if sign > 0 else (rest - last, rest)

    def _whole_range(self, array: str, axis: str) -> tuple[Polynomial, Polynomial]:
        """The first index on an axis and the last."""
        base = self._base(array, axis)
        return Polynomial.number(base), self.model.length(array, axis) + base - 1

    def _equal(self) -> Iterator[tuple[str, str]]:
        """The sizes on two axes that one letter stands for."""
        for letter, axes in self.places_of.items():
            names = sorted({self.model.name(letter[0], axis) for axis in axes if axis.isdigit()})
            yield from ((names[0], name) for name in names[1:])

    def _whole(self, left: Node) -> Iterator[tuple[str, tuple[Polynomial, ...]]]:
        """Letters for the positions in arrays that stand on the left without an index: the line is about each entry."""
        contracted = any(self._is_contraction(_factors(node), Scope()) for node in _all(left))
        for found in self.names.occurrences(left):
            array = found.array
            if array == "O" and contracted:
                continue
            if found.role != "L" and not self.layout.indices(found) and self.model.axes(array):
                places = tuple(Polynomial.letter(self._inner("u")) for _ in self.model.axes(array))
                for place, axis in zip(places, self.model.axes(array), strict=True):
                    self.shown[next(iter(place.letters))] = f"{array}[{axis}]"
                yield array, places

    def _inner(self, kind: str) -> str:
        number = next(self._fresh)
        if number > 10 * MOST_LETTERS:
            raise UndecidedError("it has too many letters")
        return f"{kind}{number}"

    def _base(self, array: str, axis: str) -> int:
        return self.bases.get(array if axis.isdigit() else axis, self.bases[""])

    # Formulas

    def formula(self, node: Node, scope: Scope) -> made.Formula:
        found = self.names.found(node)
        if found is not None:
            return self._with_quotients(lambda: self._activated(found, self.entry(found, scope)))
        rule = RULES.get(type(node))
        if rule is None:
            raise UndecidedError(f"{type(node).__name__.lower()} is not read in formulas with index letters")
        return rule(self, node, scope)

    def _with_quotients(self, make: Callable[[], made.Formula]) -> made.Formula:
        """What is made, with the quotients in its indices put around it."""
        before = len(self._pending)
        body = make()
        pending, self._pending = self._pending[before:], self._pending[:before]
        for letter, over, by, rounded in reversed(pending):
            body = made.Divided(letter, over, by, rounded, body)
        return body

    def _activated(self, found: Found, entry: made.Entry) -> made.Formula:
        """The gradient at Z, of which X is the activation function's value: that at X times the derivative there."""
        if found.role != "dX" or not self.activated or found.layer != self.names.earlier:
            return entry
        return made.Times((entry, replace(entry, role="D")))

    @cached_property
    def activated(self) -> bool:
        """Whether an activation function stands between the layers."""
        return any(found.role == "D" for found in self.names.occurrences(self.tree))

    def entry(self, found: Found, scope: Scope, example: Polynomial | None = None) -> made.Entry:
        if found.role not in (*GRADIENTS, *GRADIENTS.values(), "D"):
            raise UndecidedError(f"{found.role} stands in it, which is no array of a convolution")
        indices = self.layout.indices(found)
        axes = self.model.axes(found.array)
        if set(indices) == {"batch"} and "batch" not in axes:
            example = self.expression(indices["batch"], "batch", scope, "O") - self._base("O", "batch")
            indices = {}
        if not indices and axes:
            if found.array not in scope.whole:
                raise UndecidedError(f"the whole of {found.array} stands in it beside single entries")
            return made.Entry(found.role, scope.whole[found.array], (False,) * len(axes), example)
        if set(indices) - {"batch"} != set(axes) - {"batch"} or ("batch" in axes and "batch" not in indices):
            raise UndecidedError(f"{found.array} has other indices than {', '.join(axes)}")
        places, strict = [], []
        for axis in axes:
            place = self.expression(indices[axis], axis, scope, found.array)
            places.append(place - self._base(found.array, axis))
            only = alone(indices[axis], self.letters.letters)
            strict.append(bool(only and scope.inner.get(only[0], "") in scope.limited))
        return made.Entry(found.role, tuple(places), tuple(strict), example)

    def number(self, node: Number, scope: Scope) -> made.Formula:
        return made.Number(Fraction(node.value))

    def decimal(self, node: Decimal, scope: Scope) -> made.Formula:
        return made.Number(Fraction(node.digits) * Fraction(10) ** node.exponent)

    def named(self, node: Named, scope: Scope) -> made.Formula:
        """A letter that is no array, as a factor."""
        if node in self.letters.letters:
            raise UndecidedError(f"{text_of(node)} is an index and a factor")
        if node.lower and self._index_letters_below(node):
            raise UndecidedError(f"what {text_of(node)} stands for is not known")
        if node.upper.isdigit():
            factor = self.named(replace(node, upper=""), scope)
            return made.Times((factor,) * min(int(node.upper), 9))
        self.uses.append(Use(node, "factor", None))
        return self._factor(node)

    def _index_letters_below(self, node: Named) -> bool:
        """Whether a name has the letters of indices below it, so that it is an array."""
        try:
            below = read_list(node.lower)
        except InputError:
            return True
        return any(letter in self.letters.letters for index in below for letter in _all(index)) or (
            node.lower not in AXES and not node.lower.isalpha()
        )

    def _factor(self, node: Named) -> made.Formula:
        meaning = (self.sizes or {}).get(node, "number")
        if meaning in ("in_channels", "out_channels", "batch"):
            return made.Factor(LENGTHS[SIZES[meaning]])
        if meaning == "number":
            return made.Factor(text_of(node))
        raise UndecidedError(f"{text_of(node)} is a size and a factor")

    def sum(self, node: Sum, scope: Scope) -> made.Formula:
        return made.Plus(tuple(self.formula(term, scope) for term in node.terms))

    def negative(self, node: Negative, scope: Scope) -> made.Formula:
        return made.Times((made.Number(Fraction(-1)), self.formula(node.term, scope)))

    def product(self, node: Product, scope: Scope) -> made.Formula:
        return self._times(node.factors, scope)

    def operation(self, node: Operation, scope: Scope) -> made.Formula:
        if node.sign not in TIMES:
            raise UndecidedError(f"the sign {node.sign} stands between entries")
        return self._times(_factors(node), scope)

    def inner(self, node: Inner, scope: Scope) -> made.Formula:
        """⟨A, B⟩: the sum over all entries of both."""
        return self._contracted((node.left, node.right), scope)

    def _times(self, factors: Sequence[Node], scope: Scope) -> made.Formula:
        if len(factors) > 1 and self._is_contraction(factors, scope):
            return self._contracted(factors, scope)
        return made.Times(tuple(self.formula(factor, scope) for factor in factors))

    def _is_contraction(self, factors: Sequence[Node], scope: Scope) -> bool:
        """Whether the whole gradient at the output meets a derivative of the whole output."""
        over = [factor for factor in factors if isinstance(factor, Partial) and self._is_whole(factor.over, scope)]
        gradient = [factor for factor in factors if self._is_whole_gradient(factor, scope)]
        return len(over) == 1 and len(gradient) == 1

    def _is_whole(self, node: Node, scope: Scope) -> bool:
        found = self.names.found(node)
        whole = found is not None and found.role == "O" and not self.layout.indices(found)
        return whole and "O" not in scope.whole and bool(self.model.axes("O"))

    def _is_whole_gradient(self, node: Node, scope: Scope) -> bool:
        if isinstance(node, Partial):
            return self.names.is_loss(node.over) and self._is_whole(node.under, scope)
        found = self.names.found(node)
        return found is not None and found.role == "G" and not self.layout.indices(found) and "O" not in scope.whole

    def _contracted(self, factors: Sequence[Node], scope: Scope) -> made.Formula:
        axes = self.model.axes("O")
        letters = [self._inner("v") for _ in axes]
        places = tuple(map(Polynomial.letter, letters))
        inside = replace(scope, whole={**scope.whole, "O": places})
        body: made.Formula = made.Times(tuple(self.formula(factor, inside) for factor in factors))
        for letter, axis in zip(letters, axes, strict=True):
            body = made.Total(letter, ZERO, self.model.length("O", axis) - 1, body)
        return body

    def ratio(self, node: Ratio, scope: Scope) -> made.Formula:
        under = self._under(node.under, scope)
        return made.Times((self.formula(node.over, scope), *under))

    def _under(self, node: Node, scope: Scope) -> list[made.Formula]:
        """What stands below a line: numbers and letters."""
        if isinstance(node, Number) and node.value:
            return [made.Number(1 / Fraction(node.value))]
        if isinstance(node, Product):
            return [part for factor in node.factors for part in self._under(factor, scope)]
        if isinstance(node, Named) and self.names.found(node) is None and node not in self.letters.letters:
            found = self.named(node, Scope())
            parts = found.factors if isinstance(found, made.Times) else (found,)
            return [replace(part, power=-1) for part in parts if isinstance(part, made.Factor)]
        found = self.names.found(node)
        if found is None or found.role not in ("X", "F", "G", "b"):
            raise UndecidedError("it divides by something that is no entry")
        return [self._with_quotients(lambda: replace(self.entry(found, scope), inverse=True))]

    def partial(self, node: Partial, scope: Scope) -> made.Formula:
        under = self.names.found(node.under)
        if under is None or under.role not in (*GRADIENTS, "Z"):
            raise UndecidedError("it differentiates by something that is no array of the layer")
        if self.names.is_loss(node.over):
            gradient = replace(under, role="dX" if under.role == "Z" else GRADIENTS[under.role])
            example = self._example(node.over, scope)
            return self._with_quotients(lambda: self._activated(gradient, self.entry(gradient, scope, example)))
        over = self.names.found(node.over)
        if over is None or over.role not in GRADIENTS:
            raise UndecidedError("it differentiates something that is no array of the layer")
        if over.role != "O" and over.role != under.role:
            raise UndecidedError(f"it differentiates {over.role} by {under.role}")
        return self._with_quotients(lambda: made.Local(self.entry(over, scope), self.entry(under, scope)))

    def _example(self, loss: Node, scope: Scope) -> Polynomial | None:
        """The example whose loss is meant."""
        if not isinstance(loss, Named) or not loss.lower or "batch" not in self.model.maps:
            return None
        (index,) = self.names.found(loss).below(None) if self.names.found(loss) else (None,)  # type: ignore[union-attr]
        if index is None or not isinstance(index, Named):
            return None
        return self.expression(index, "batch", scope, "O") - self._base("O", "batch")

    def differential(self, node: Differential, scope: Scope) -> made.Formula:
        raise UndecidedError(f"{node.sign} stands before something that is no array")

    def marked(self, node: Marked, scope: Scope) -> made.Formula:
        return self.formula(node.body, scope)

    # Sums

    def big(self, node: Big, scope: Scope) -> made.Formula:
        return self._summed([(letter, None, None) for letter in summed(node)], node.body, scope)

    def bounded(self, node: Bounded, scope: Scope) -> made.Formula:
        if node.sign != "∑":
            raise UndecidedError("a product ∏ stands in it")
        return self._summed(list(limits(node)), node.body, scope)

    def _summed(
        self, letters: Sequence[tuple[Named, Node | None, Node | None]], body: Node, scope: Scope
    ) -> made.Formula:
        inner = {letter: self._inner("v") for letter, _, _ in letters}
        self.bound |= set(inner)
        self.shown.update({name: text_of(letter) for letter, name in inner.items()})
        limited = {inner[letter] for letter, low, high in letters if low is not None or high is not None}
        within = replace(scope, inner={**scope.inner, **inner}, limited=(scope.limited - set(inner.values())) | limited)
        inside = self.formula(body, within)
        for letter, low, high in reversed(letters):
            inside = self._total(letter, (low, high), inner[letter], inside, body, scope)
        return inside

    def _total(
        self, letter: Named, ends: tuple[Node | None, Node | None], inner: str, inside: made.Formula, body: Node,
        scope: Scope,
    ) -> made.Formula:  # fmt: skip
        uses = self.letters.uses(letter, body) or self.letters.uses(letter, self.tree)
        low, high = self._ends(ends, uses)
        axis = next(iter(self.letters.axes(letter, body)), None)
        array = uses[0][0] if uses else ""
        if (low is None or high is None) and not uses:
            self.guessed.add(letter)
            uses = [(self.guess, axis if axis and axis.isdigit() else "0", letter)]
        whole = self._whole_range(*uses[0][:2]) if uses else (ZERO, ZERO)
        before = len(self._pending)
        least = whole[0] if low is None else self._bound(low, axis, scope, array)
        most = whole[1] if high is None else self._bound(high, axis, scope, array)
        pending, self._pending = self._pending[before:], self._pending[:before]
        found: made.Formula = made.Total(inner, least, most, inside)
        for name, over, by, rounded in reversed(pending):
            found = made.Divided(name, over, by, rounded, found)
        return found

    def _ends(
        self, ends: tuple[Node | None, Node | None], uses: Sequence[tuple[str, str, Node]]
    ) -> tuple[Node | None, Node | None]:
        """The limits that are written, where they are not those of an index that goes through a whole array."""
        if not uses:
            return ends
        low, high = ends
        counted = isinstance(low, Number) and isinstance(high, Number) and self.counts is not None
        if self.whole_sums or (counted and self.counts[uses[0][0]] == high.value - low.value + 1):  # type: ignore
            return None, None
        return ends

    def _bound(self, node: Node, axis: str | None, scope: Scope, array: str) -> Polynomial:
        return self.expression(node, axis, scope, array, limit=True)

    # Expressions of positions and sizes

    def expression(
        self, node: Node, axis: str | None, scope: Scope, array: str = "", *, limit: bool = False
    ) -> Polynomial:
        match node:
            case Number() if Fraction(node.value).denominator == 1:
                return Polynomial.number(int(node.value))
            case Named():
                return self._letter(node, Use(node, "bound" if limit else "offset", axis, array), scope)
            case Negative(term):
                return -self.expression(term, axis, scope, array, limit=limit)
            case Sum(terms):
                return reduce(add, (self.expression(term, axis, scope, array, limit=limit) for term in terms), ZERO)
            case Product(factors):
                return self._product(factors, axis, scope, array, limit=limit)
            case Operation(sign, left, right) if sign in TIMES:
                return self._product((left, right), axis, scope, array, limit=limit)
            case Differential("d", Named() as body, ""):
                return self._product((Named("d"), body), axis, scope, array, limit=limit)
            case Applied(head, (argument,)):
                return self._product((head, argument), axis, scope, array, limit=limit)
            case Ratio(over, under):
                return self._quotient(over, under, axis, scope, array, limit=limit, rounded=limit)
            case Floor(Ratio(over, under)):
                return self._quotient(over, under, axis, scope, array, limit=limit, rounded=True)
            case Ceiling(Ratio(over, under)):
                return -self._quotient(Negative(over), under, axis, scope, array, limit=limit, rounded=True)
            case Floor(body) | Ceiling(body):
                return self.expression(body, axis, scope, array, limit=limit)
        raise UndecidedError(f"an index or limit holds {type(node).__name__.lower()}")

    def _product(
        self, factors: Sequence[Node], axis: str | None, scope: Scope, array: str, *, limit: bool
    ) -> Polynomial:
        found = ONE
        indexed = [factor for factor in factors if self._index_letters(factor)]
        role = self._role_of(indexed[0]) if indexed else array
        for factor in factors:
            if isinstance(factor, Named) and factor not in self.letters.letters and indexed:
                found = found * self._letter(factor, Use(factor, "times", axis, role), scope)
            else:
                found = found * self.expression(factor, axis, scope, array, limit=limit)
        return found

    def _index_letters(self, node: Node) -> list[Named]:
        return [part for part in _all(node) if isinstance(part, Named) and part in self.letters.letters]

    def _role_of(self, node: Node) -> str:
        """The array whose positions the letters in a node are."""
        for letter in self._index_letters(node):
            uses = self.letters.uses(letter, self.tree)
            if uses:
                return uses[0][0]
        return ""

    tree: Node = Number(0)
    """The whole equation."""
    whole_sums = False
    """Whether sums over the positions of an array take in all of them, whatever their limits say."""
    guess = "O"
    """The array over which a letter runs that indexes none by itself."""
    guessed: set[Named]
    counts: Mapping[str, int] | None = None
    """How many entries each array has, where one index goes through all of them."""

    def _quotient(
        self, over: Node, under: Node, axis: str | None, scope: Scope, array: str, *, limit: bool, rounded: bool
    ) -> Polynomial:  # fmt: skip
        above = self.expression(over, axis, scope, array, limit=limit)
        below = (
            self._letter(under, Use(under, "below", axis, array), scope) if isinstance(under, Named)
            else self.expression(under, axis, scope, array, limit=limit)
        )  # fmt: skip
        for name, one, other, how in self._pending:
            if (one, other, how) == (above, below, rounded):
                return Polynomial.letter(name)
        letter = self._inner("q")
        self._pending.append((letter, above, below, rounded))
        return Polynomial.letter(letter)

    def _letter(self, name: Named, use: Use, scope: Scope) -> Polynomial:
        if use.place == "bound" and self._is_channel(name):
            return self._noted(name, use)
        if name in scope.inner:
            return Polynomial.letter(scope.inner[name])
        if name in self.letters.letters:
            if name not in self.free:
                self.free[name] = self._inner("u")
                self.shown[self.free[name]] = text_of(name)
            return Polynomial.letter(self.free[name])
        return self._noted(name, use)

    def _noted(self, name: Named, use: Use) -> Polynomial:
        self.uses.append(use)
        return self._size(name, use.axis)

    def _is_channel(self, name: Named) -> bool:
        """Whether a letter in a limit, which is a size there, indexes channels elsewhere."""
        axes = self.letters.axes(name, self.tree) if name in self.letters.letters else []
        return bool(axes) and not axes[0].isdigit()

    def _size(self, name: Named, axis: str | None) -> Polynomial:
        """The size that a letter stands for on an axis."""
        meaning = (self.sizes or {}).get(name)
        if self.sizes is None:
            return ONE
        if meaning is None or meaning == "number":
            raise UndecidedError(f"what {text_of(name)} stands for is not known")
        letter = SIZES[meaning]
        if letter in LENGTHS:
            actual = letter if letter in self.model.maps else "group"
            if actual not in self.model.maps:
                return ONE
            return Polynomial.letter(LENGTHS[actual])
        place = axis if axis is not None and axis.isdigit() else "0"
        self.places_of.setdefault(letter + text_of(name), set()).add(place)
        return self.model.size(letter, place)

    # Conditions

    def iverson(self, node: Iverson, scope: Scope) -> made.Formula:
        """1 where all conditions hold."""
        return self._with_quotients(
            lambda: made.Times(tuple(
                self._condition(condition, str(row) if len(node.rows) > 1 else self._axis_of(condition), scope)
                for row, conditions in enumerate(node.rows)
                for condition in conditions
            ))
        )  # fmt: skip

    def _axis_of(self, condition: Node) -> str:
        for letter in self._index_letters(condition):
            axes = self.letters.axes(letter, self.tree)
            if axes:
                return axes[0]
        return "0"

    def _condition(self, node: Node, axis: str, scope: Scope) -> made.Formula:
        if not isinstance(node, Relation):
            raise UndecidedError("a bracket holds no condition")
        if node.sign == "∣" and not node.signs:
            self._quotient(node.sides[1], node.sides[0], axis, scope, "", limit=False, rounded=False)
            return made.Conditions()
        values = [self.expression(side, axis, scope) for side in node.sides]
        zero, least = [], []
        for at in range(1, len(values)):
            left, right = values[at - 1], values[at]
            match node.sign_before(at):
                case "=":
                    zero.append(left - right)
                case "≤":
                    least.append(right - left)
                case "<":
                    least.append(right - left - 1)
                case "≥":
                    least.append(left - right)
                case ">":
                    least.append(left - right - 1)
                case sign:
                    raise UndecidedError(f"a bracket compares with {sign}")
        return made.Conditions(tuple(zero), tuple(least))


RULES: Mapping[type, Callable[[Converter, Any, Scope], made.Formula]] = {
    Number: Converter.number, Decimal: Converter.decimal, Named: Converter.named, Sum: Converter.sum,
    Negative: Converter.negative, Product: Converter.product, Operation: Converter.operation, Inner: Converter.inner,
    Ratio: Converter.ratio, Partial: Converter.partial, Differential: Converter.differential, Big: Converter.big,
    Bounded: Converter.bounded, Iverson: Converter.iverson, Marked: Converter.marked,
}  # fmt: skip


def _factors(node: Node) -> list[Node]:
    """What is multiplied, whatever the signs between."""
    factors: list[Node] = []
    waiting: list[Node] = [node]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Operation) and part.sign in TIMES:
            waiting += [part.right, part.left]
        elif isinstance(part, Product):
            waiting += reversed(part.factors)
        elif isinstance(part, Inner):
            waiting += [part.right, part.left]
        else:
            factors.append(part)
    return factors


def _all(node: Node) -> Iterator[Node]:
    from symconv.notation.tree import walk

    return walk(node)


def limits(node: Bounded) -> Iterator[tuple[Named, Node | None, Node | None]]:
    """Every letter of a sum with its limits, where they are written. Raises `UndecidedError`."""
    letters = summed(node)
    lows: list[Node | None] = []
    highs: list[Node | None] = []
    for item in node.below:
        low, high = _from_below(item)
        lows += low
        highs += high
    above = [part for item in node.above for part in (item.items if isinstance(item, Listed) else (item,))]
    if len(above) == len(letters):
        highs = list(above)
    elif len(above) == 1:
        highs = [above[0]] * len(letters)
    elif above:
        raise UndecidedError(f"a sum over {len(letters)} letters has {len(above)} upper limits")
    for at in range(len(letters) - 2, -1, -1):
        # In i, j = 0 both begin at 0; in i, j = (0, 0) the second is the last part.
        lows[at] = lows[at + 1] if lows[at] is None else lows[at]
        highs[at] = highs[at + 1] if highs[at] is None else highs[at]
    given = [part.items if isinstance(part, Listed) else (part,) for part in lows]
    for at, letter in enumerate(letters):
        yield letter, given[at][min(at, len(given[at]) - 1)], highs[at]


def _from_below(item: Node) -> tuple[list[Node | None], list[Node | None]]:
    """The limits that one condition below a sum gives to each of its letters."""
    if not isinstance(item, Relation):
        count_ = len(item.factors) if isinstance(item, Product) else len(item.items) if isinstance(item, Listed) else 1
        return [None] * count_, [None] * count_
    if len(item.sides) == 3:  # noqa: PLR2004
        return _between(item)
    left, right = item.sides
    count_ = len(left.factors) if isinstance(left, Product) else len(left.items) if isinstance(left, Listed) else 1
    if item.sign != "=":
        raise UndecidedError(f"a sum goes over what {item.sign} says")
    values = list(right.items) if isinstance(right, Listed) and count_ > 1 else [right] * count_
    return list(values), [None] * count_


def _between(item: Relation) -> tuple[list[Node | None], list[Node | None]]:
    """0 ≤ i < n."""
    low, _, high = item.sides
    signs = item.sign_before(1), item.sign_before(2)
    if signs[0] not in "<≤" or signs[1] not in "<≤":
        raise UndecidedError("a sum goes over what its conditions say")
    least = Sum((low, Number(1))) if signs[0] == "<" else low
    most = Sum((high, Negative(Number(1)))) if signs[1] == "<" else high
    return [least], [most]


__all__ = ["Converter", "Names", "limits"]
