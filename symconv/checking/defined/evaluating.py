"""The values of formulas over what a text defines: matrices, and their derivatives by the chain rule alone.

Names that nothing defines are independent letters. What a function gives for a value is one more letter, of which the
derivative is known; so all that is left is to compare quotients of polynomials, which is exact.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from symconv.checking.defined.pages import (
    FUNCTIONS,
    LOSSES,
    SIGNALS,
    Definition,
    Name,
    Page,
    UnclearError,
    exponent,
    index_of,
    is_loss,
)
from symconv.checking.defined.shaping import Shapes, is_constant
from symconv.checking.defined.values import ONE, ROOT, ZERO, Letters
from symconv.checking.layered.letters import plain, word
from symconv.errors import UnreadError
from symconv.meaning.polynomials import Atom, Polynomial, atom, constant, int_if_whole, total
from symconv.notation.reading import read
from symconv.notation.tree import (
    Applied,
    Big,
    Bounded,
    Bracketed,
    Cases,
    Decimal,
    Differential,
    Function,
    Index,
    Indexed,
    Iverson,
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
    Transpose,
    Words,
    is_letter,
    walk,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

Entries: TypeAlias = "NDArray[Any]"


LOST = "what the loss {} is, is not understood"
OPAQUE = "how {} is computed is not understood"
STARS = "*∗×"
"""Signs that multiply entries or matrices, as sizes allow, where nothing slides."""


class MisfitError(Exception):
    """Arrays whose sizes do not fit together, and the kind of mistake that this is."""

    def __init__(self, text: str, mistake: str = "wrong-shape") -> None:
        super().__init__(text)
        self.mistake = mistake


# The arrays of a text


@dataclass
class World:
    """The arrays of a page at sizes that are all different.

    Args:
        cut: an array whose entries are taken for independent, to differentiate by it.
    """

    page: Page
    shapes: Shapes
    lengths: Mapping[int, int]
    functions: Mapping[str, str]
    letters: Letters = field(default_factory=Letters)
    cut: str = ""
    _values: dict[str, Entries] = field(default_factory=dict)
    _open: set[str] = field(default_factory=set)
    _cuts: dict[str, World] = field(default_factory=dict)
    _gradients: dict[tuple[str, str], Entries] = field(default_factory=dict)

    @property
    def marked(self) -> Mapping[str, int]:
        """A place for the true class, which is like any other."""
        return dict.fromkeys(self.page.marks, 1)

    def size(self, key: str) -> tuple[int, int]:
        rows, columns = self.shapes.of(key)
        return self.lengths[rows], self.lengths[columns]

    def example_axis(self, key: str) -> int | None:
        """The axis of an array that counts examples."""
        examples = {self.shapes.root(side) for side in self.shapes.examples} - {0}
        return next((axis for axis, side in enumerate(self.shapes.of(key)) if side in examples), None)

    def value(self, key: str) -> Entries:
        if key not in self._values:
            one = self.page.definitions.get(key)
            free = one is None or key == self.cut or key in self.shapes.opaque
            self._values[key] = self._leaf(key) if free or one is None else self._defined(one)
        return self._values[key]

    def _leaf(self, key: str) -> Entries:
        return filled(self.size(key), lambda at: atom(key, *at))

    def _defined(self, one: Definition) -> Entries:
        if one.key in self._open:
            raise UnclearError(f"{one.key} is defined by itself")
        self._open.add(one.key)
        try:
            return self._evaluated(one)
        except MisfitError:
            raise UnclearError(_unknown(one.key)) from None
        finally:
            self._open.discard(one.key)

    def _evaluated(self, one: Definition) -> Entries:
        evaluate = Evaluation(self, self.marked, self.page.sliding.base)
        if not one.letters:
            found = evaluate(one.body)
            size = self.size(one.key) if one.key in self.shapes.sides else (1, 1)
            return _fitted(found, size)
        size = self.size(one.key)
        own = list(size) if len(one.letters) > 1 else [max(size)]
        found = np.empty(size, dtype=object)
        for at in np.ndindex(*own):
            place = at if len(at) == 2 else (at[0], 0) if size[1] == 1 else (0, at[0])
            found[place] = only(
                replace(evaluate, bound={**self.marked, **dict(zip(one.letters, at, strict=True))})(one.body)
            )
        return found

    def _with_cut(self, key: str) -> World:
        if key not in self._cuts:
            self._cuts[key] = replace(self, cut=key, _values={}, _cuts={}, _gradients={})
        return self._cuts[key]

    def check_way(self, over: str, under: str) -> None:
        """Raises `UnclearError` where something between two arrays is not understood."""
        between = self.page.reaches(under) - {under}
        unknown = between & self.shapes.opaque
        if unknown and any(over in self.page.reaches(each) for each in unknown):
            raise UnclearError(_unknown(min(unknown, key=lambda key: (key in LOSSES, key))))

    def slopes(self, value: Callable[[World], Sequence[Polynomial]], under: str) -> list[dict[Atom, Polynomial]]:
        """The derivatives of values by the entries of an array."""
        world = self._with_cut(under) if under in self.page.definitions else self
        found = [self.letters.slope(each, under) for each in value(world)]
        if world is self:
            return found
        back = self._back(under)
        return [{at: self.letters.put_in(each, back) for at, each in one.items()} for one in found]

    def _back(self, under: str) -> dict[Atom, Polynomial]:
        entries = self.value(under)
        return {(under, at): only(entries[at]) for at in np.ndindex(*entries.shape)}

    def gradient(self, loss: str, under: str) -> Entries:
        """The derivative of the loss by an array, which has that array's shape."""
        key = loss, under
        if key not in self._gradients:
            self._gradients[key] = self._gradient(loss, under)
        return self._gradients[key]

    def _gradient(self, loss: str, under: str) -> Entries:
        size = self.size(under)
        if loss in self.page.reaches(under) & frozenset(self.page.definitions) and not self._is_lost(under):
            if loss in self.shapes.opaque:
                raise UnclearError(_unknown(loss))
            self.check_way(loss, under)
            (found,) = self.slopes(lambda world: [only(world.value(loss))], under)
        else:
            found = self._of_any_loss(loss, under)
        share = self._share(under)
        return filled(size, lambda at: found.get((under, at), ZERO) * share)

    def _share(self, under: str) -> Polynomial:
        """What a gradient by a parameter is multiplied by, where it is a mean over the examples."""
        if not self.page.averages or under in self.page.definitions:
            return ONE
        return ONE if self.example_axis(under) is not None else self.letters.inverse(atom(self.page.count))

    def _of_any_loss(self, loss: str, under: str) -> dict[Atom, Polynomial]:
        """To first order any loss is Σ ∂L/∂o · o, where o is what is computed last."""
        end = self._end(under)
        self.check_way(end, under)

        def values(world: World) -> list[Polynomial]:
            entries = world.value(end)
            return [total(atom(f"d{loss}/d{end}", *at) * entries[at] for at in np.ndindex(*entries.shape))]

        return self.slopes(values, under)[0]

    def _end(self, under: str) -> str:
        made = self.page.reaches(under)
        if self._is_lost(under):
            return self._last_known(under)
        used = frozenset().union(*(self.page.parents.values()))
        ends = sorted(each for each in made if each not in used or not self.page.reaches(each) - {each})
        if len(ends) != 1:
            raise UnclearError("what is computed last")
        if self.size(ends[0]) == (1, 1) and ends[0][-1].isdigit() and not self.page.has_matrices:
            raise UnclearError("whether anything else is computed besides")
        return ends[0]

    def _is_lost(self, under: str) -> bool:
        """Whether something that is made of an array behind a convolution is not understood."""
        return bool(self.page.sizes and self.page.reaches(under) & self.shapes.opaque)

    def _last_known(self, under: str) -> str:
        """The array that all goes through on its way to what is not understood, whatever becomes of it there."""
        known = self.page.reaches(under) - self.shapes.opaque
        ways = [each for each in known if self._is_passed(under, each, known)]
        if not ways:
            raise UnclearError("what is computed last")
        return max(ways, key=lambda each: len(self.page.reaches(under) - self.page.reaches(each)))

    def _is_passed(self, under: str, gate: str, known: Set[str]) -> bool:
        """Whether all that is made of an array is made by way of another one."""
        before = self.page.reaches_without(under, gate)
        return before <= known and all(gate in self.page.reaches(each) for each in before)


def _unknown(key: str) -> str:
    """What is said where an array or the loss is not understood, which may be a usual loss by its name."""
    return LOST.format(key) if key in LOSSES else OPAQUE.format(key)


def filled(size: tuple[int, int], value: Callable[[tuple[int, int]], Polynomial]) -> Entries:
    found = np.empty(size, dtype=object)
    for at in np.ndindex(*size):
        found[at] = value(at)
    return found


def only(entries: Any) -> Polynomial:
    """The number that an array with one entry is. Raises `UnclearError`."""
    if isinstance(entries, Polynomial):
        return entries
    if entries.size != 1:
        raise UnclearError("an array where a number is expected")
    found: Polynomial = entries.reshape(-1)[0]
    return found


def number(value: Polynomial) -> Entries:
    return filled((1, 1), lambda at: value)


def _fitted(entries: Entries, size: tuple[int, int]) -> Entries:
    if entries.shape == size:
        return entries
    if entries.size == 1:
        return np.broadcast_to(entries, size)
    raise UnclearError("a definition whose sides have different sizes")


# Formulas


@dataclass(frozen=True)
class Evaluation:
    """Gives formulas their values.

    Args:
        bound: the positions of index letters, from 0.
        base: the number of the first index.
        local: how a derivative of an array by another is laid out: "entries" where each depends on its own alone,
            "rows" with what is differentiated as rows, "columns" the other way round.
    """

    world: World
    bound: Mapping[str, int] = field(default_factory=dict)
    base: int = 1
    local: str = "rows"
    loss: str = ""

    def __call__(self, node: Node) -> Entries:
        """Raises `UnclearError`, and `MisfitError` where sizes do not fit."""
        rule = _RULES.get(type(node))
        if rule is None:
            raise UnclearError(f"{type(node).__name__.lower()} is not understood here")
        return rule(self, node)

    # Leaves

    def number(self, node: Number) -> Entries:
        return number(constant(int_if_whole(Fraction(node.value))))

    def decimal(self, node: Decimal) -> Entries:
        return number(constant(int_if_whole(Fraction(node.digits) * Fraction(10) ** node.exponent)))

    def ones(self, node: Ones) -> Entries:
        return number(ONE)

    def named(self, node: Named) -> Entries:
        if node.letter == "e" and node.upper:
            return self._each("exp", self(exponent(node)))
        if self._is_delta(node):
            return self._delta(node)
        name = self.world.page.naming(node)
        if name.key not in self.world.page.keys:
            return self._other(node, name)
        return self._shaped(self.world.value(name.key), name)

    def _other(self, node: Named, name: Name) -> Entries:
        """A letter for a gradient, or for how many there are of something."""
        signal = self._signal(node, name)
        if signal is not None:
            return self._shaped(self._gradient_by(signal), replace(name, key=signal), ZERO)
        if node.letter in self.world.page.counts and not node.has_scripts:
            return number(atom(node.letter))
        if name.key in self.bound:
            raise UnclearError("an index that stands for a number")
        raise UnclearError(f"what {node.letter} stands for is not known")

    def _signal(self, node: Named, name: Name) -> str | None:
        page = self.world.page
        if name.key in page.signals:
            return page.signals[name.key].key
        letter = plain(node.letter)
        if letter not in SIGNALS:
            return None
        if any(key.startswith(letter) for key in page.signals):
            raise UnclearError(f"what {node.letter} stands for is not known")
        found = [own + name.key.removeprefix(letter) for own in "zZ"]
        return next((each for each in found if each in page.keys), None)

    def _shaped(self, entries: Entries, name: Name, outside: Polynomial | None = None) -> Entries:
        """An array or its entry; `outside` is what stands beyond its edges, where a sum of letters leads if known."""
        if name.index:
            padded = name.key in self.world.page.sliding.padded
            entries = self._entry(entries, name, ZERO if padded else outside)
        if name.power != 1:
            entries = _mapped(lambda each: each**name.power, entries)
        return entries.T if name.transposed else entries

    def _entry(self, entries: Entries, name: Name, outside: Polynomial | None = None) -> Entries:
        places = tuple(map(self._position, name.index))
        if len(places) == 1 and 1 not in entries.shape:
            return self._example(entries, name.key, places[0])
        if len(places) == 1:
            places = (places[0], 0) if entries.shape[1] == 1 else (0, places[0])
        if len(places) != 2 or any(not 0 <= at < length for at, length in zip(places, entries.shape, strict=True)):
            if any(map(index_of, name.index)):
                return number(atom(f"beyond {name.key}", *places) if outside is None else outside)
            raise MisfitError(f"{name.key} has no such entry", "no-such-entry")
        return entries[places[0] : places[0] + 1, places[1] : places[1] + 1]

    def _example(self, entries: Entries, key: str, at: int) -> Entries:
        """The row or column of one example. Raises `UnclearError` where there are none."""
        axis = self.world.example_axis(key)
        if axis is None or at >= entries.shape[axis]:
            raise UnclearError(f"one index of {key}, which has two")
        return entries[at : at + 1, :] if axis == 0 else entries[:, at : at + 1]

    def _position(self, letter: str) -> int:
        if letter.isdigit():
            if int(letter) < self.base:
                raise UnclearError("an index before the first")
            return int(letter) - self.base
        index = index_of(letter, self.base) or Index(((letter, 1),))
        unknown = next((each for each, _ in index.parts if each not in self.bound), None)
        if unknown is not None:
            raise UnclearError(f"the index {unknown} runs over nothing that is known")
        return index.shift + sum(times * self.bound[each] for each, times in index.parts)

    def _is_delta(self, node: Named) -> bool:
        index = _index_letters(node)
        if node.letter in self.world.page.signals:
            return False
        return node.letter in (r"\delta", r"\mathbb{1}", "I") and len(index) == 2 and not node.upper and (
            self.world.page.rank(r"\delta") in (None, 2)) and all(each in self.bound for each in index)  # fmt: skip

    def _delta(self, node: Named) -> Entries:
        one, other = _index_letters(node)
        return number(constant(int(self.bound[one] == self.bound[other])))

    # Sums and products

    def negative(self, node: Negative) -> Entries:
        return _mapped(lambda each: -each, self(node.term))

    def sum(self, node: Sum) -> Entries:
        found = self(node.terms[0])
        first = node.terms[0]
        for term in node.terms[1:]:
            found = self._added(found, self(term), first, term)
            first = term if is_constant(first) else first
        return found

    def _added(self, left: Entries, right: Entries, first: Node, last: Node) -> Entries:
        if left.shape != right.shape and isinstance(last, Named) and 1 in right.shape and right.size == left.shape[1]:
            right = right.reshape(1, -1)
        if left.shape != right.shape:
            if not (is_constant(first) or is_constant(last) or self._is_bias(left, right, last)):
                raise MisfitError(f"{told(left)} and {told(right)} cannot be added")
            size = max(left.shape, right.shape)
            left, right = np.broadcast_to(left, size), np.broadcast_to(right, size)
        return _joined(lambda a, b: a + b, left, right)

    def _is_bias(self, left: Entries, right: Entries, node: Node) -> bool:
        """Whether a vector is added to every example."""
        body = node.term if isinstance(node, Negative) else node
        alone = isinstance(body, Named) or any(part == Ones() for part in walk(body))
        fits = all(small in (1, wide) for small, wide in zip(right.shape, left.shape, strict=True))
        return fits and 1 in right.shape and right.size > 1 and alone

    def product(self, node: Product) -> Entries:
        factors = _without_ones(node.factors)
        found = self(factors[0])
        for at, factor in enumerate(factors[1:], 1):
            found = self._next(found, factor, factors[at - 1])
        return found

    def _next(self, found: Entries, factor: Node, before: Node) -> Entries:
        """A vector of ones, as long as it has to be, adds up rows or columns, or repeats a vector."""
        if before == Transpose(Ones()):
            entries = self(factor)
            return filled((1, entries.shape[1]), lambda at: total(entries[:, at[1]]))
        if before == Ones() or factor == Transpose(Ones()):
            return self(factor) if before == Ones() else found
        if factor == Ones() and found.shape[1] > 1:
            return filled((found.shape[0], 1), lambda at: total(found[at[0], :]))
        return self.times(found, self(factor), before, factor)

    def times(self, left: Entries, right: Entries, first: Node, last: Node) -> Entries:
        if left.size == 1 or right.size == 1:
            one, wide = (left, right) if left.size == 1 else (right, left)
            value = only(one)
            return _mapped(lambda each: value * each, wide)
        if left.shape[1] != right.shape[0]:
            if left.shape == right.shape and (_is_slope(first) or _is_slope(last)):
                return _joined(lambda a, b: a * b, left, right)
            if self._is_inner(first, last):
                return number(total(a * b for a, b in zip(left.flat, right.flat, strict=True)))
            raise MisfitError(f"{told(left)} and {told(right)} cannot be multiplied")
        size = left.shape[0], right.shape[1]
        middle = range(left.shape[1])
        return filled(size, lambda at: total(left[at[0], k] * right[k, at[1]] for k in middle))

    def _is_inner(self, first: Node, last: Node) -> bool:
        """Whether the text itself multiplies two vectors so, where it defines a number."""
        if not isinstance(first, Named) or not isinstance(last, Named):
            return False
        pair = self.world.page.naming(first).key, self.world.page.naming(last).key
        return bool({pair, pair[::-1]} & self.world.shapes.inner)

    def operation(self, node: Operation) -> Entries:
        left, right = self(node.left), self(node.right)
        if left.size == 1 or right.size == 1 or node.sign in "·•":
            if node.sign not in "⊙∘·•×*∗":
                raise UnclearError(f"the sign {node.sign} is not understood here")
            return self.times(left, right, node.left, node.right)
        starred = node.sign in STARS and not self.world.page.slides
        if starred and left.shape != right.shape:
            return self.times(left, right, node.left, node.right)
        if starred or node.sign in "⊙∘":
            if left.shape != right.shape:
                raise MisfitError(f"{told(left)} and {told(right)} cannot be multiplied entry by entry")
            return _joined(lambda a, b: a * b, left, right)
        if node.sign in "⊘":
            return self._divided(left, right)
        raise UnclearError(f"the sign {node.sign} is not understood here")

    def ratio(self, node: Ratio) -> Entries:
        return self._divided(self(node.over), self(node.under))

    def _divided(self, over: Entries, under: Entries) -> Entries:
        divided = self.world.letters.divided
        if under.size == 1:
            value = only(under)
            return _mapped(lambda each: divided(each, value), over)
        if over.size == 1:
            value = only(over)
            return _mapped(lambda each: divided(value, each), under)
        if over.shape != under.shape:
            raise MisfitError(f"{told(over)} and {told(under)} cannot be divided entry by entry")
        return _joined(divided, over, under)

    def power(self, node: Power) -> Entries:
        if isinstance(node.exponent, Named | Applied):
            raise UnclearError("a power that is no number")
        count = only(self(node.exponent)).number
        if count is None or Fraction(count).denominator != 1:
            raise UnclearError("a power that is no whole number")
        body = node.base.body if isinstance(node.base, Indexed) else node.base
        if isinstance(body, Applied) and word(body.head.letter) == "norm":
            if count != 2:
                raise UnclearError("a power of a norm")
            return number(total(each * each for each in self(body.arguments[0]).flat))
        return _mapped(lambda each: self._raised(each, int(count)), self(node.base))

    def _raised(self, value: Polynomial, count: int) -> Polynomial:
        return value**count if count >= 0 else self.world.letters.inverse(value**-count)

    def transpose(self, node: Transpose) -> Entries:
        if isinstance(node.body, Applied) and not self._is_function(node.body):
            argument = node.body.arguments[0]
            return self.times(self(node.body.head), self(argument).T, node.body.head, Transpose(argument))
        return self(node.body).T

    def body(self, node: Any) -> Entries:
        return self(node.body)

    # Sums over letters

    def big(self, node: Big) -> Entries:
        return self._summed(node.variables, node.body, lambda at: True)

    def bounded(self, node: Bounded) -> Entries:
        if node.sign != "∑":
            raise UnclearError("a product over an index")
        if not node.below:
            return self._total(self(node.body))
        letters: list[str] = []
        unequal: list[tuple[str, str]] = []
        limits = self._limits(node)
        if limits is not None:
            return self._over(limits, node.body, lambda at: True)
        for item in node.below:
            letters.append(_letter_of(item))
            if isinstance(item, Relation) and item.sign == "≠":
                unequal.append((letters[-1], _letter_of(item.sides[1])))
            elif isinstance(item, Relation) and not _is_first(item, node.above):
                raise UnclearError("what a sum runs over")
        return self._summed(letters, node.body, lambda at: all(at[one] != at.get(other, -1) for one, other in unequal))

    def _summed(self, letters: Sequence[str], body: Node, holds: Callable[[Mapping[str, int]], bool]) -> Entries:
        return self._over({letter: range(self.length(letter, body)) for letter in letters}, body, holds)

    def _limits(self, node: Bounded) -> Mapping[str, range] | None:
        """The positions that a sum runs over from one number to another, where sizes are numbers."""
        found: dict[str, range] = {}
        for item, last in zip(node.below, node.above, strict=False):
            first = item.sides[1] if isinstance(item, Relation) and item.sign == "=" else None
            if isinstance(first, Number) and isinstance(last, Number):
                found[_letter_of(item)] = range(int(first.value) - self.base, int(last.value) + 1 - self.base)
        return found if self.world.page.sizes and len(found) == len(node.below) else None

    def _over(self, ranges: Mapping[str, range], body: Node, holds: Callable[[Mapping[str, int]], bool]) -> Entries:
        parts = []
        for place in itertools.product(*ranges.values()):
            at = {**self.bound, **dict(zip(ranges, place, strict=True))}
            if holds(at):
                parts.append(replace(self, bound=at)(body))
        if not parts or any(part.shape != parts[0].shape for part in parts):
            raise UnclearError("a sum of nothing")
        return filled(parts[0].shape, lambda at: total(part[at] for part in parts))

    def length(self, letter: str, node: Node) -> int:
        found = set(index_lengths(letter, node, self.world))
        if self.world.page.slides and found:
            return min(found)  # an output is summed over where the first tap reads the input at the same place
        if len(found) > 1:
            raise MisfitError(
                f"the index {letter} counts the entries of axes that are not equally long", "swapped-indices"
            )
        if not found:
            raise UnclearError(f"the index {letter} runs over nothing that is known")
        return found.pop()

    def _total(self, entries: Entries) -> Entries:
        """Over the examples where there are some, else over all entries."""
        shapes = self.world.shapes
        lengths = {self.world.lengths[shapes.root(side)] for side in shapes.examples} - {1}
        if entries.shape[0] in lengths:
            return filled((1, entries.shape[1]), lambda at: total(entries[:, at[1]]))
        if entries.shape[1] in lengths:
            return filled((entries.shape[0], 1), lambda at: total(entries[at[0], :]))
        return number(total(entries.flat))

    # Functions

    def root(self, node: Function) -> Entries:
        if node.name != "sqrt" or node.primes or len(node.arguments) != 1:
            raise UnclearError(f"{node.name} is not understood here")
        return self._each(ROOT, self(node.arguments[0]))

    def _is_function(self, node: Applied) -> bool:
        return self.world.page.naming.is_function(node.head)

    def applied(self, node: Applied) -> Entries:
        if is_loss(node):
            return self.named(node.head)
        if isinstance(node.arguments[0], Relation):
            return self.condition(node.arguments[0])
        if not self._is_function(node):
            if len(node.arguments) != 1 or isinstance(node.arguments[0], Named):
                raise UnclearError(f"whether {node.head.letter} is a function or an array")
            return self.times(self(node.head), self(node.arguments[0]), node.head, node.arguments[0])
        name = FUNCTIONS.get(word(node.head.letter)) or self.world.functions.get(plain(node.head.letter))
        if name == "max" and len(node.arguments) == 2 and Number(0) in node.arguments:
            name, node = "relu", replace(node, arguments=tuple(each for each in node.arguments if each != Number(0)))
        if len(node.arguments) != 1 or name == "max" or node.head.lower:
            raise UnclearError(f"{node.head.letter} of several things")
        return self._function(name or plain(node.head.letter), node)

    def _function(self, name: str, node: Applied) -> Entries:
        argument = self(node.arguments[0])
        if node.head.upper.isdigit() and not node.head.primes and name not in _WHOLE:
            return _mapped(lambda each: each ** int(node.head.upper[:2]), self._each(name, argument))
        if node.head.primes or node.head.upper:
            return self._sloped(name, argument, node.head)
        if name in _WHOLE and argument.size == 1 and any(isinstance(part, Named) and part.lower for part in walk(node)):
            raise UnclearError(f"{node.head.letter} of an entry")
        if name in _WHOLE:
            return _WHOLE[name](self, argument)
        return self._each(name, argument)

    def _sloped(self, name: str, argument: Entries, head: Named) -> Entries:
        if head.primes != 1 or head.upper or name in _WHOLE:
            raise UnclearError(f"derivatives of {head.letter}")
        letters = self.world.letters

        def at_value(value: Polynomial) -> Polynomial:
            ((letter,),) = letters.value(name, value).terms
            return letters.outer(letter)

        return _mapped(at_value, argument)

    def _each(self, name: str, argument: Entries) -> Entries:
        return _mapped(lambda each: self.world.letters.value(name, each), argument)

    def _softmax(self, argument: Entries) -> Entries:
        """Along the axis that holds no examples."""
        axis = 1 if argument.shape[0] == 1 or (self.world.shapes.rows and 1 not in argument.shape) else 0
        powers = self._each("exp", argument)
        sums = {at: total(powers.take(at, axis=1 - axis)) for at in range(powers.shape[1 - axis])}
        return filled(powers.shape, lambda at: self.world.letters.divided(powers[at], sums[at[1 - axis]]))

    def _norm(self, argument: Entries) -> Entries:
        raise UnclearError("a norm that is not squared")

    def _flattened(self, argument: Entries) -> Entries:
        return argument.reshape(-1, 1)

    def _diagonal(self, argument: Entries) -> Entries:
        if argument.shape[1] != 1:
            raise UnclearError("a diagonal of a matrix")
        size = argument.shape[0]
        return filled((size, size), lambda at: argument[at[0], 0] if at[0] == at[1] else ZERO)

    # Cases

    def indexed(self, node: Indexed) -> Entries:
        """A one with a condition below it."""
        if node.body not in (Ones(), Number(1)):
            raise UnclearError("an index below a bracket")
        try:
            return self.condition(read(node.lower.replace("\\", "")))
        except UnreadError:
            raise UnclearError(f"the condition {node.lower}") from None

    def iverson(self, node: Iverson) -> Entries:
        if len(node.rows) != 1 or len(node.rows[0]) != 1:
            raise UnclearError("several conditions in one bracket")
        return self.condition(node.rows[0][0])

    def condition(self, node: Node) -> Entries:
        """1 where a relation holds, and 0 elsewhere."""
        if not isinstance(node, Relation) or len(node.sides) != 2:
            raise UnclearError("a condition that is no relation")
        left, right = node.sides
        sign = node.sign_before(1)
        if sign in ("=", "≠") and all(_letter_or_none(side) in self.bound for side in node.sides):
            same = self.bound[_letter_of(left)] == self.bound[_letter_of(right)]
            return number(constant(int(same == (sign == "="))))
        if right == Number(0) and sign in (">", "≥"):
            return self._each("step", self(left))
        if right == Number(0) and sign in ("<", "≤"):
            return _mapped(lambda each: ONE - each, self._each("step", self(left)))
        raise UnclearError("a condition that is not understood here")

    def cases(self, node: Cases) -> Entries:
        rest, found = number(ONE), None
        for at, branch in enumerate(node.branches):
            last = at == len(node.branches) - 1 and isinstance(branch.condition, Words | Named)
            weight = rest if last else self.condition(branch.condition)
            value = self(branch.value)
            rest = _joined(lambda a, b: a - b, *np.broadcast_arrays(rest, weight))
            term = _joined(lambda a, b: a * b, *np.broadcast_arrays(value, weight))
            found = term if found is None else _joined(lambda a, b: a + b, *np.broadcast_arrays(found, term))
        if found is None:
            raise UnclearError("no cases")
        return found

    # Derivatives

    def partial(self, node: Partial) -> Entries:
        if is_loss(node.over) and self._loss(node.over):
            return self._gradient(node.under, self._loss(node.over))
        return self._jacobian(node.over, node.under)

    def _loss(self, node: Node) -> str:
        """The key of a loss; empty for a letter that is an array here."""
        head = node.head if isinstance(node, Applied) else node
        assert isinstance(head, Named)
        key = self.world.page.naming(head).key
        array = key in self.world.page.keys and self.world.size(key) != (1, 1)
        return "" if array else key

    def _gradient(self, under: Node, loss: str) -> Entries:
        if isinstance(under, Transpose):
            return self._gradient(under.body, loss).T
        if not isinstance(under, Named):
            raise UnclearError("a gradient by something that is no array")
        name = self.world.page.naming(under)
        if name.key not in self.world.page.keys or name.power != 1:
            raise UnclearError(f"what {under.letter} stands for is not known")
        return self._shaped(self._gradient_by(name.key, loss), name, ZERO)

    def _gradient_by(self, key: str, loss: str = "") -> Entries:
        return self.world.gradient(loss or self.loss, key)

    def differential(self, node: Differential) -> Entries:
        if node.sign == "∇" and node.lower and is_loss(node.body):
            try:
                under = read(node.lower)
            except UnreadError:
                raise UnclearError(f"∇ with {node.lower} below") from None
            return self._gradient(under, self._loss(node.body))
        if node.sign == "∇" or node.lower or is_loss(node.body):
            raise UnclearError(f"{node.sign} that is no gradient")
        return self._gradient(node.body, self.loss)

    def _jacobian(self, over: Node, under: Node) -> Entries:
        if not isinstance(under, Named):
            raise UnclearError("a derivative by something that is no array")
        over = self._as_value(over)
        name = self.world.page.naming(under)
        if name.key not in self.world.page.keys or name.transposed or name.power != 1:
            raise UnclearError(f"what {under.letter} stands for is not known")
        for part in walk(over):
            if isinstance(part, Partial | Differential):
                raise UnclearError("the derivative of a derivative")
        arrays = [part for part in walk(over) if isinstance(part, Named) and _is_array(part, self.world.page)]
        for each in {self.world.page.naming(part).key for part in arrays}:
            self.world.check_way(each, name.key)
        return self._laid_out(over, name)

    def _as_value(self, node: Node) -> Node:
        """A function that is differentiated without an argument is what the text uses it for."""
        page = self.world.page
        if not isinstance(node, Named) or not page.naming.is_function(node) or page.naming(node).key in page.keys:
            return node
        uses = {
            part
            for each in page.nodes
            for part in walk(each)
            if isinstance(part, Applied)
            and part.head == node
            and all(_is_array(name, page) for name in walk(part.arguments[0]) if isinstance(name, Named))
        }
        if len(uses) != 1:
            raise UnclearError(f"what {node.letter} is a function of")
        return uses.pop()

    def _laid_out(self, over: Node, name: Name) -> Entries:
        entries = self(over)
        flat = self.world.slopes(lambda world: list(replace(self, world=world)(over).flat), name.key)
        size = self.world.size(name.key)
        if name.index:
            at = self._entry(_places(size), name)[0, 0]
            return filled(entries.shape, lambda own: flat[own[0] * entries.shape[1] + own[1]].get((name.key, at), ZERO))
        if entries.size == 1:
            return filled(size, lambda at: flat[0].get((name.key, at), ZERO))
        if entries.shape == size and self.local == "entries":
            return self._own_entries(flat, name.key, size)
        if entries.shape[1] != 1 or size[1] != 1:
            raise UnclearError("the derivative of a matrix")
        found = filled((entries.shape[0], size[0]), lambda at: flat[at[0]].get((name.key, (at[1], 0)), ZERO))
        return found.T if self.local == "columns" else found

    def _own_entries(self, flat: Sequence[Mapping[Atom, Polynomial]], key: str, size: tuple[int, int]) -> Entries:
        """The derivatives of an array whose entries depend each on its own place of another alone."""
        places = list(np.ndindex(*size))
        if any(at != place for place, own in zip(places, flat, strict=True) for _, at in own):
            raise UnclearError("the derivative of a vector as a vector")
        return filled(size, lambda at: flat[at[0] * size[1] + at[1]].get((key, at), ZERO))


_WHOLE: Mapping[str, Callable[[Evaluation, Entries], Entries]] = {
    "softmax": Evaluation._softmax, "norm": Evaluation._norm, "sum": Evaluation._total, "diag": Evaluation._diagonal,
    "flatten": Evaluation._flattened,
}  # fmt: skip
"""Functions of whole arrays."""
_RULES: Mapping[type[Node], Callable[[Evaluation, Any], Entries]] = {
    Number: Evaluation.number, Decimal: Evaluation.decimal, Ones: Evaluation.ones, Named: Evaluation.named,
    Negative: Evaluation.negative, Sum: Evaluation.sum, Product: Evaluation.product, Operation: Evaluation.operation,
    Ratio: Evaluation.ratio, Power: Evaluation.power, Transpose: Evaluation.transpose, Bracketed: Evaluation.body,
    Big: Evaluation.big, Bounded: Evaluation.bounded, Applied: Evaluation.applied, Iverson: Evaluation.iverson,
    Relation: Evaluation.condition, Indexed: Evaluation.indexed, Function: Evaluation.root, Cases: Evaluation.cases,
    Partial: Evaluation.partial,
    Differential: Evaluation.differential,
}  # fmt: skip


def told(entries: Entries) -> str:
    return "×".join(map(str, entries.shape))


def index_lengths(letter: str, node: Node, world: World) -> Iterator[int]:
    """The lengths of the axes that an index letter counts along."""
    for part in walk(node):
        if not isinstance(part, Named) or part.primes:
            continue
        if part.letter == "e" and part.upper:
            yield from index_lengths(letter, exponent(part), world)
            continue
        try:
            name = world.page.naming(part)
        except UnclearError:
            continue
        key = world.page.signals[name.key].key if name.key in world.page.signals else name.key
        if key in world.page.keys and letter in name.index:
            size = world.size(key)
            axis = world.example_axis(key) if 1 not in size else None
            own = size if len(name.index) == 2 else (max(size),) if axis is None else (size[axis],)
            yield from (length for each, length in zip(name.index, own, strict=False) if each == letter)


def _places(size: tuple[int, int]) -> Entries:
    found = np.empty(size, dtype=object)
    for at in np.ndindex(*size):
        found[at] = at
    return found


def _is_array(node: Node, page: Page) -> bool:
    try:
        return isinstance(node, Named) and not node.primes and page.naming(node).key in page.keys
    except UnclearError:
        return False


def _mapped(change: Callable[[Polynomial], Polynomial], entries: Entries) -> Entries:
    return filled(entries.shape, lambda at: change(entries[at]))


def _joined(join: Callable[[Polynomial, Polynomial], Polynomial], left: Entries, right: Entries) -> Entries:
    return filled(left.shape, lambda at: join(left[at], right[at]))


def _is_slope(node: Node) -> bool:
    """A difference from 1, which makes a product of arrays beside it one of their entries: a (1 - a)."""
    return isinstance(node, Sum) and Number(1) in node.terms


def _without_ones(factors: Sequence[Node]) -> Sequence[Node]:
    """A one before a condition says that a bracket is an indicator."""
    if len(factors) > 1 and any(isinstance(each, Iverson | Relation) for each in factors):
        return [each for each in factors if not isinstance(each, Ones)]
    return factors


def _index_letters(node: Named) -> tuple[str, ...]:
    lower = node.lower.replace("{", "").replace("}", "").replace(",", "")
    return tuple(lower) if lower.isalpha() else ()


def _letter_or_none(node: Node) -> str:
    return node.letter + "'" * node.primes if is_letter(node) else ""


def _letter_of(node: Node) -> str:
    found = _letter_or_none(node.sides[0] if isinstance(node, Relation) else node)
    if not found:
        raise UnclearError("what a sum runs over")
    return found


def _is_first(item: Relation, above: Sequence[Node]) -> bool:
    """Whether a sum runs over all entries: from 1 to a letter, or from 0 to one less."""
    first = item.sides[-1]
    if item.sign == "∈":
        return False
    last = above[0] if above else None
    return isinstance(first, Number) and first.value in (0, 1) and (last is None or isinstance(last, Named | Sum))
