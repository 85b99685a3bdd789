"""The value of a resolved formula in a world: arrays of polynomials, one for each way to read its signs."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from symconv.checking.conditions import held, is_otherwise
from symconv.checking.numeric import SHOWN, exact_value, gaps_of, half_unit, rounded
from symconv.checking.operators import (
    FUNCTIONS,
    ROW_BY_ROW,
    Frame,
    Reading,
    Signs,
    as_row,
    combined,
    function_named,
    operation,
    product_of,
)
from symconv.checking.ranges import ranges_below
from symconv.checking.spelling import Vocabulary, free_letters
from symconv.checking.usual import is_indicator
from symconv.checking.values import (
    ShapeError,
    Value,
    comparable,
    differences,
    filled,
    inner,
    laid_like,
    reversed_,
    scalar,
    squeezed,
    together,
    transposed,
)
from symconv.checking.world import MOST_ENTRIES, Apart, FormWorld, World, part
from symconv.errors import InputError, NotSupportedError
from symconv.meaning.polynomials import Polynomial, atom, constant, int_if_whole
from symconv.notation.reading import read
from symconv.notation.tree import (
    Applied,
    Big,
    Bounded,
    Bracketed,
    Call,
    Cases,
    Ceiling,
    Decimal,
    Delta,
    Dots,
    Floor,
    Index,
    Indexed,
    Inner,
    Iverson,
    Labelled,
    Letter,
    Listed,
    Marked,
    Matrix,
    Named,
    Negative,
    Node,
    Number,
    Ones,
    Operation,
    Partial,
    Place,
    Power,
    Product,
    Ratio,
    Relation,
    Slice,
    Sum,
    Symbol,
    Transpose,
    Words,
    Zero,
    gradient_of,
    is_letter,
    parts_of,
    rebuilt,
    walk,
)

MOST_READINGS = 24
"""Ways to read one side that are kept."""
MOST_POSITIONS = 4_000
"""Summands of one sum, and positions of free letters."""
AS_WRITTEN = "dots stand for terms that are not checked"
ROTATED = re.compile(r"rotat|flip|gedreht|旋转|翻转|회전", re.IGNORECASE)


_OF_SIZES = re.compile(r"[0-9]{1,3}(?:(?:\\times|×|x)[0-9]{1,3})+")


class RangeError(ShapeError):
    """A sum that leaves the array it sums over."""

    mistake = "wrong-range"


class UnreadableError(Exception):
    """A formula whose meaning is not known; the text says why."""


@dataclass(frozen=True)
class Evaluator:
    """Gives formulas their values.

    Args:
        frame: the world, and what is known of the layer and of the author's signs.
        vocabulary: for indices that are formulas themselves.
        letters: index letters bound to positions, which count from 0.
    """

    frame: Frame
    vocabulary: Vocabulary
    letters: Mapping[str, int]

    @property
    def world(self) -> World:
        world: World = self.frame.world
        return world

    def bound(self, letters: Mapping[str, int]) -> Evaluator:
        return replace(self, letters={**self.letters, **letters})

    def __call__(self, node: Node) -> list[Reading]:
        """The values of a formula. Raises `UnreadableError`, and `ShapeError` where no reading has a value."""
        rule = _RULES.get(type(node))
        if rule is None:
            raise UnreadableError(f"{type(node).__name__.lower()} is not understood here")
        return rule(self, node)

    # Leaves

    def number(self, node: Number) -> list[Reading]:
        return [Reading(scalar(constant(int_if_whole(Fraction(node.value)))))]

    def decimal(self, node: Decimal) -> list[Reading]:
        value = exact_value(node)
        if not self.frame.rounded:
            return [Reading(scalar(constant(int_if_whole(value))))]
        shown = SHOWN if self.vocabulary.context.own is not None else 0
        return [Reading(scalar(rounded(value, half_unit(node, shown))))]

    def zero(self, node: Node) -> list[Reading]:
        return [Reading(scalar(constant(int(isinstance(node, Ones)))))]

    def letter(self, node: Letter) -> list[Reading]:
        if node.letter in self.letters:
            return [Reading(scalar(constant(self.letters[node.letter] + self.vocabulary.base)))]
        if node.letter in self.vocabulary.context.sizes:
            return [Reading(scalar(constant(self.vocabulary.context.sizes[node.letter])))]
        raise UnreadableError(f"what {node.letter} stands for is not known")

    def words(self, node: Words) -> list[Reading]:
        raise UnreadableError(f"the words {node.text!r} have no value")

    def symbol(self, node: Symbol) -> list[Reading]:
        if node.role == "L":
            raise UnreadableError("the value of the loss is not known, only its derivatives are")
        if node.role not in self.world.shapes:
            raise UnreadableError(f"there is no {node.role} in this layer")
        shape = self.world.shapes[node.role]
        index = tuple(self.position(place) for place in node.index)
        rank = len(index)
        if self.frame.is_flat(node, shape):
            if not 0 <= index[0] < math.prod(shape):
                return [Reading(scalar(0))]
            index, rank = tuple(int(at) for at in np.unravel_index(index[0], shape)), len(shape)
        if rank < len(shape) and rank and not node.slice and rank != len(shape):
            node = replace(node, slice=True)
        if any(not 0 <= at < length for at, length in zip(index, shape, strict=False)):
            return [Reading(scalar(0))] if rank == len(shape) else [Reading(Value(filled(shape[rank:], _zero)))]
        if rank == len(shape):
            return [Reading(scalar(self.world.entry(node.role, index)))]
        axes = tuple(f"{node.role.removeprefix('d:')}{at}" for at in range(rank, len(shape)))
        return [Reading(Value(part(self.world, node.role, index), _as_array_axes(node.role, axes)))]

    def is_inside(self, node: Node) -> bool:
        """Whether all entries exist that stand in a formula outside of sums."""
        if isinstance(node, Big | Bounded):
            return True
        if isinstance(node, Symbol) and node.role in self.world.shapes:
            shape = self.world.shapes[node.role]
            if self.frame.is_flat(node, shape):
                return 0 <= self.position(node.index[0]) < math.prod(shape)
            return all(0 <= self.position(place) < length for place, length in zip(node.index, shape, strict=False))
        return all(self.is_inside(part) for part in parts_of(node))

    def position(self, place: int | Index) -> int:
        """The position, from 0, of an index; outside of the array it may be anything."""
        if isinstance(place, int):
            return place
        if isinstance(place, Place):
            return self.whole(place.body) - self.vocabulary.base
        return place.shift + sum(times * self._letter_position(letter) for letter, times in place.parts if times)

    def _letter_position(self, letter: str) -> int:
        if letter not in self.letters:
            raise UnreadableError(f"the index {letter} runs over nothing that is known")
        return self.letters[letter]

    def whole(self, node: Node) -> int:
        """The whole number that an expression of index letters is, letters counted as the author counts."""
        counted = self._counted(node)
        if counted is not None:
            return counted
        value = self(self.vocabulary.resolved(_as_letters(node)))[0].value.scalar
        number = None if value is None else value.number
        if number is None or Fraction(number).denominator != 1:
            raise UnreadableError("an index that is no whole number")
        return int(number)

    def _counted(self, node: Node) -> int | None:
        """A sum of products of numbers and of letters that have a position, which most indices are; None for others."""
        match node:
            case Sum(parts) | Product(parts):
                found = [each for each in map(self._counted, parts) if each is not None]
                whole = sum(found) if isinstance(node, Sum) else math.prod(found)
                return whole if len(found) == len(parts) else None
            case Negative(inner):
                opposite = self._counted(inner)
                return None if opposite is None else -opposite
            case Number(int(value)):
                return value
        letter = _as_letter(node)
        if isinstance(letter, Letter) and letter.letter in self.letters:
            return self.letters[letter.letter] + self.vocabulary.base
        return None

    # Derivatives

    def partial(self, node: Partial) -> list[Reading]:
        under = node.under
        if isinstance(under, Applied) and _plain(under.head.letter) in ("vec", "flatten") and len(under.arguments) == 1:
            return self._by_column(node, under.arguments[0])
        if not isinstance(under, Symbol) or under.role not in self.world.shapes:
            raise UnreadableError("a derivative by something that is no array")
        if isinstance(node.over, Letter):
            raise UnreadableError(f"what {node.over.letter} is computed from is not known")
        shape = self.world.shapes[under.role]
        if self.frame.is_flat(under, shape):
            flat = self.position(under.index[0])
            if not 0 <= flat < math.prod(shape):
                return [Reading(scalar(0))]
            under = replace(under, index=tuple(int(at) for at in np.unravel_index(flat, shape)))
        index = tuple(self.position(place) for place in under.index)
        axes = tuple(f"{under.role}{at}" for at in range(len(index), len(shape)))
        there = replace(self, frame=replace(self.frame, world=self._world_of(node.over, under.role, index)))
        found = [
            replace(each, value=self._derivative(each.value, under.role, index, axes)) for each in there(node.over)
        ]
        return found if index or len(shape) < 2 else [*found, *_by_rows(found, len(shape))]

    def _world_of(self, over: Node, role: str, index: tuple[int, ...]) -> World:
        """The world in which what is differentiated by an array, or an entry of one, has a value."""
        world = self.world
        if role == "O":
            return Apart(world)
        of_output = isinstance(over, Symbol) and over.role == "O"
        return world.near(role, index) if of_output and isinstance(world, FormWorld) else world

    def _by_column(self, node: Partial, under: Node) -> list[Reading]:
        """The derivatives by all entries of an array, row by row: one column of a matrix each."""
        found = []
        for each in self(replace(node, under=under)):
            shape = self.world.shapes[under.role] if isinstance(under, Symbol) and not under.index else ()
            if each.value.entries.ndim != 1 + len(shape):
                raise UnreadableError("a derivative by a column that is not of a column")
            entries = each.value.entries.reshape(each.value.shape[0], -1)
            found.append(replace(each, value=Value(entries, ("", ""))))
        return found

    def _derivative(self, over: Value, role: str, index: tuple[int, ...], axes: tuple[str, ...]) -> Value:
        """The derivatives of all entries by all entries of an array whose first indices are given."""
        shape = self.world.shapes[role]
        count = over.entries.ndim
        whole = (*over.shape, *shape[len(index) :])
        if math.prod(whole) > MOST_ENTRIES:
            raise UnreadableError(f"a derivative with {math.prod(whole):,} entries is too large to write out")

        def at_place(at: tuple[int, ...]) -> Polynomial:
            position = (*index, *at[count:])
            inside = all(0 <= i < n for i, n in zip(position, shape, strict=True))
            return self.world.derivative(over.entries[at[:count]], role, position) if inside else constant(0)

        return Value(filled(whole, at_place), (*(over.axes or ("",) * count), *axes))

    # Sums and products

    def sum(self, node: Sum) -> list[Reading]:
        terms = [term for term in node.terms if not isinstance(term, Dots)]
        found = self._folded(terms, self._added)
        if len(terms) == len(node.terms):
            return found
        return [
            replace(each, value=replace(each.value, partial=True), notes=(*each.notes, AS_WRITTEN)) for each in found
        ]

    def _added(self, left: Value, right: Value) -> list[Reading]:
        left, right = self.frame.with_bias_spread(left, right)
        if self.frame.numbers and self.frame.rows:
            left, right = as_row(left), as_row(right)
        if self.frame.numbers and self.frame.slices and left.entries.ndim == right.entries.ndim == 2:
            left, right = (Value(each) for each in np.broadcast_arrays(left.entries, right.entries))
        return [Reading(together(lambda a, b: a + b, left, right))]

    def negative(self, node: Negative) -> list[Reading]:
        return [replace(each, value=each.value.map(lambda x: -x)) for each in self(node.term)]

    def product(self, node: Product) -> list[Reading]:
        factors = [_as_indicator(factor) for factor in node.factors if not isinstance(factor, Words)]
        words = " ".join(factor.text for factor in node.factors if isinstance(factor, Words))
        if not factors:
            raise UnreadableError(f"the words {words!r} have no value")
        turned = bool(ROTATED.search(words))
        if turned and len(factors) > 1:
            factors = [factor for factor in factors if not _is_half_turn(factor)]
        found = self._folded(factors, lambda a, b: product_of(a, b, self.frame))
        return [replace(each, value=reversed_(each.value)) for each in found] if turned else found

    def _folded(self, nodes: Sequence[Node], join: Callable[[Value, Value], list[Reading]]) -> list[Reading]:
        found = self(nodes[0])
        for node in nodes[1:]:
            found = combined(found, self(node), join)[:MOST_READINGS]
        return found

    def operation(self, node: Operation) -> list[Reading]:
        node = replace(node, right=self._window_of_ones(node)) if node.sign not in ("⊙", "×") else node
        left, right = self(node.left), self(node.right)
        return combined(left, right, lambda a, b: operation(node.sign, node.lower, a, b, self.frame))[:MOST_READINGS]

    def _window_of_ones(self, node: Operation) -> Node:
        """Ones that slide have the size of the layer's window."""
        window = tuple(axis.filter for axis in getattr(self.frame.layer, "axes", ()))
        if not window or not any(isinstance(each, Ones) for each in walk(node.right)):
            return node.right
        ones = Call("window of ones", (), window)
        return rebuilt(node.right, lambda each: ones if isinstance(each, Ones) else None)

    def call(self, node: Call) -> list[Reading]:
        shape = tuple(size for size in node.parameters if isinstance(size, int))
        return [Reading(Value(filled(shape, lambda at: constant(1)), ("",) * len(shape)))]

    def rounded(self, node: Floor | Ceiling) -> list[Reading]:
        value = _alone(self(node.body), "a number").scalar
        number = None if value is None else value.number
        if number is None:
            raise UnreadableError("a rounded thing that is no number")
        whole = math.floor(number) if isinstance(node, Floor) else math.ceil(number)
        return [Reading(scalar(whole))]

    def labelled(self, node: Labelled) -> list[Reading]:
        """A matrix with dots and the array that it shows, which it has to agree with."""
        shown, named = self(node.body), self(node.label)
        if len(shown) != 1 or len(named) != 1 or not shown[0].value.gaps:
            return shown
        whole = laid_like(named[0].value, shown[0].value)
        if not comparable(shown[0].value, whole) or next(iter(differences(shown[0].value, whole)), None):
            raise ShapeError("a matrix with dots that does not show the array below it")
        return [Reading(whole)]

    def ratio(self, node: Ratio) -> list[Reading]:
        return combined(self(node.over), self(node.under), lambda a, b: [Reading(together(_divided, a, b))])

    def power(self, node: Power) -> list[Reading]:
        exponent = _alone(self(node.exponent), "a power").scalar
        if exponent is None:
            raise UnreadableError("a power with an array above")
        return [replace(each, value=each.value.map(lambda x: x**exponent)) for each in self(node.base)]

    def inner(self, node: Inner) -> list[Reading]:
        return combined(self(node.left), self(node.right), lambda a, b: [Reading(inner(a, b))])

    def big(self, node: Big) -> list[Reading]:
        ranges = [range(self._length(letter, node.body)) for letter in node.variables]
        return self._summed(node.variables, ranges, node.body)

    def bounded(self, node: Bounded) -> list[Reading]:
        if node.sign != "∑":
            raise UnreadableError("a product over an index is not understood here")
        if not (node.below or node.above):
            return self._summed_up(node.body)
        letters, ranges = self._ranges(node)
        return self._summed(letters, ranges, node.body)

    def _summed_up(self, body: Node) -> list[Reading]:
        """A sum that does not say over what: over all letters in it, or all entries of an array."""
        letters = [letter for letter in dict.fromkeys(free_letters(body)) if letter not in self.letters]
        if letters:
            return self.big(Big(tuple(letters), body))
        if all(each.value.entries.ndim == 0 for each in self(body)):
            raise UnreadableError("what a sum goes over is not said")
        return list(_limited(self._called(FUNCTIONS["sum"], "", [self(body)])))

    def _summed(self, letters: Sequence[str], ranges: Sequence[range], body: Node) -> list[Reading]:
        size = int(np.prod([len(each) for each in ranges], dtype=int))
        if size > MOST_POSITIONS:
            raise UnreadableError(f"a sum of {size:,} terms is too long to write out")
        found: list[Reading] = []
        for at in itertools.product(*ranges):
            summand = self.bound(dict(zip(letters, at, strict=True)))(body)
            found = combined(found, summand, self._added)[:MOST_READINGS] if found else summand
        return found or [Reading(scalar(0))]

    def _ranges(self, node: Bounded) -> tuple[list[str], list[range]]:
        """The letters of a sum and the positions that they take."""
        letters, lowest = _lower_bounds(node.below)
        above: tuple[Node, ...] = tuple(_flat_list(node.above))
        ranges = []
        for at, letter in enumerate(letters):
            least = lowest[at]
            start = 0 if least is None else self.whole(least) - self.vocabulary.base
            length = self._length(letter, node.body)
            if above:
                bound = above[at] if len(above) == len(letters) else above[0]
                stop = self._upper(bound, start, length)
            else:
                stop = length - 1
            self._check_range(letter, start, stop, node.body)
            ranges.append(range(start, stop + 1))
        return letters, ranges

    def _check_range(self, letter: str, start: int, stop: int, body: Node) -> None:
        """A sum over the index of an array stays within it; only what letters are added to may leave its array."""
        if start < 0 and not (self.frame.is_pool and any(True for _ in window_starts(letter, body, self.frame))):
            raise UnreadableError(f"the sum over {letter} begins before the first entry")
        for length, symbol in indexed_alone(letter, body, self.frame):
            if stop >= length:
                raise RangeError(f"the sum over {letter} runs past the entries of {self.vocabulary.letter_of(symbol)}")

    def _upper(self, bound: Node, start: int, length: int) -> int:
        """The last position; a letter that is nothing else is the size, where the sum begins with the first entry."""
        try:
            return self.whole(bound) - self.vocabulary.base
        except UnreadableError:
            if start == 0 and isinstance(bound, Named | Letter) and self.vocabulary.base == 1:
                return length - 1
            raise

    def _length(self, letter: str, body: Node) -> int:
        """How many positions a letter has: the length of an axis that it indexes alone."""
        found = list(lengths(letter, body, self.frame))
        if not found:
            raise UnreadableError(f"the index {letter} runs over nothing that is known")
        return found[0]

    # Matrices

    def matrix(self, node: Matrix) -> list[Reading]:
        if any(isinstance(cell, Dots) for row in node.rows for cell in row):
            return [Reading(self._dotted(node))]
        cells = [[_alone(self(cell), "an entry that can be read in several ways") for cell in row] for row in node.rows]
        if all(cell.entries.size == 1 for row in cells for cell in row):
            entries = filled((len(cells), len(cells[0])), lambda at: _only(cells[at[0]][at[1]]))
            if self.frame.numbers and self.frame.rank == 1 and len(cells) == 1:
                return [Reading(Value(entries[0], ("",)))]
            return [Reading(Value(entries, ("", "")))]
        try:
            joined = np.block([[cell.entries for cell in row] for row in cells])
        except ValueError:
            raise UnreadableError("a matrix whose blocks do not fit together") from None
        return [Reading(Value(joined, ("",) * joined.ndim))]

    def _dotted(self, node: Matrix) -> Value:
        """A matrix with rows or columns of dots."""
        rows, columns = gaps_of(node)
        if len(node.rows) == 1 and not columns:
            raise UnreadableError("a matrix with dots in some of its rows")
        entries = np.full((len(node.rows), len(node.rows[0])), None, dtype=object)
        for at in np.ndindex(*entries.shape):
            if at[0] not in rows and at[1] not in columns:
                cell = _alone(self(node.rows[at[0]][at[1]]), "an entry that can be read in several ways").scalar
                if cell is None:
                    raise UnreadableError("a matrix with dots and blocks")
                entries[at] = cell
        return Value(entries, ("", ""), (rows, columns))

    def transpose(self, node: Transpose) -> list[Reading]:
        found = self(node.body)
        if self.frame.rows:
            found = [replace(each, value=as_row(each.value)) for each in found]
        return [replace(each, value=transposed(each.value)) for each in found]

    def slice(self, node: Slice) -> list[Reading]:
        return [replace(each, value=_part_of(each.value, node.position)) for each in self(node.body)]

    def indexed(self, node: Indexed) -> list[Reading]:
        r"""A number with sizes below it is an array of that number: \mathbf{1}_{2\times 2}."""
        ones = isinstance(node.body, Ones)
        found, sizes = self(Number(Fraction(1)) if ones else node.body), re.findall("[0-9]+", node.lower)
        if not _OF_SIZES.fullmatch(node.lower.replace(" ", "")) or any(each.value.scalar is None for each in found):
            raise UnreadableError("an index of something that is no array")
        shape = tuple(map(int, sizes))
        return [replace(each, value=Value(np.full(shape, each.value.scalar, dtype=object))) for each in found]

    def delta(self, node: Delta) -> list[Reading]:
        return [Reading(scalar(int(self.position(node.left) == self.position(node.right))))]

    def cases(self, node: Cases) -> list[Reading]:
        """Values that hold where maxima are chosen."""
        rest, found = constant(1), [Reading(scalar(0))]
        for at, branch in enumerate(node.branches):
            last = at == len(node.branches) - 1
            values = self(branch.value)
            weight = rest if last and is_otherwise(branch.condition) else held(branch.condition, self, values[0].value)
            rest = rest - weight
            found = combined(found, [_times(each, weight) for each in values], self._added)[:MOST_READINGS]
        if len({atom[1][: len(self.world.shapes["O"])] for atom in rest.atoms}) > 1:
            raise UnreadableError("cases whose conditions speak of several windows")
        return found

    def iverson(self, node: Iverson) -> list[Reading]:
        if len(node.rows) != 1 or len(node.rows[0]) != 1:
            raise UnreadableError("several conditions in one bracket")
        return [Reading(scalar(held(node.rows[0][0], self)))]

    def body(self, node: Any) -> list[Reading]:
        return self(node.body)

    # Functions by name

    def applied(self, node: Applied) -> list[Reading]:
        name = _plain(node.head.letter)
        function = function_named(name)
        if function is None and is_indicator(name) and node.arguments and isinstance(node.arguments[0], Relation):
            return self.iverson(Iverson((node.arguments,)))
        if function is None:
            if len(node.arguments) == 1 and not node.head.primes and len(name) == 1:
                raise UnreadableError(f"what {node.head.letter} stands for is not known")
            raise UnreadableError(f"{node.head.letter} is no operation that is known")
        keywords = self._keywords(node)
        function = function_named(f"{keywords.get('mode', '')}{name}") or function
        if name == "max" and node.head.lower:
            arguments = self._over(node)
        else:
            arguments = [self(each) for each in node.arguments if _keyword(each) is None]
        if not arguments:
            raise UnreadableError(f"{node.head.letter} of nothing")
        if "padding" in keywords:
            pad = FUNCTIONS["pad"]
            arguments[0] = list(_limited(self._called(pad, keywords["padding"], arguments[:1])))
            function = function_named(f"valid{name}") or function
        return list(_limited(self._called(function, keywords.get("stride", node.head.lower), arguments)))

    def _over(self, node: Applied) -> list[list[Reading]]:
        """The arguments of a maximum at all values that the letters below it take."""
        letters = ranges_below(node.head.lower, lambda text: self.whole(read(text)))
        if letters is None or math.prod(map(len, letters.values())) > MOST_POSITIONS:
            raise UnreadableError(f"what the maximum below {node.head.lower} runs over is not known")
        places = itertools.product(*letters.values())
        bound = (dict(zip(letters, (at - self.vocabulary.base for at in place), strict=True)) for place in places)
        return [self.bound(at)(each) for at in bound for each in node.arguments]

    def _keywords(self, node: Applied) -> dict[str, str]:
        """What stands in a call besides arrays: conv(x, w, stride=2, "full")."""
        found = {}
        for key, value in filter(None, map(_keyword, (Named(node.head.lower), *node.arguments))):
            if key not in KEYWORDS:
                raise UnreadableError(f"what {key} means in {node.head.letter} is not known")
            found[KEYWORDS[key]] = value if isinstance(value, str) else str(self.whole(value))
        if len(found) > ("mode" in found) and not _plain(node.head.letter).startswith(("conv", "corr", "xcorr")):
            raise UnreadableError(f"what {next(iter(found))} means in {node.head.letter} is not known")
        return found

    def _called(self, function: Any, lower: str, arguments: Sequence[list[Reading]]) -> Iterator[Reading]:
        for chosen in itertools.product(*arguments):
            signs = Signs.together(each.signs for each in chosen)
            if signs is not None:
                for reading in function(lower, [each.value for each in chosen], self.frame):
                    both = Signs.together((signs, reading.signs))
                    if both is not None:
                        yield replace(reading, signs=both)


_RULES: Mapping[type[Node], Callable[[Evaluator, Any], list[Reading]]] = {
    Number: Evaluator.number, Decimal: Evaluator.decimal, Zero: Evaluator.zero, Ones: Evaluator.zero,
    Letter: Evaluator.letter, Words: Evaluator.words, Symbol: Evaluator.symbol, Partial: Evaluator.partial,
    Sum: Evaluator.sum, Negative: Evaluator.negative, Product: Evaluator.product, Operation: Evaluator.operation,
    Ratio: Evaluator.ratio, Power: Evaluator.power, Inner: Evaluator.inner, Big: Evaluator.big,
    Bounded: Evaluator.bounded, Matrix: Evaluator.matrix, Transpose: Evaluator.transpose, Slice: Evaluator.slice,
    Floor: Evaluator.rounded, Ceiling: Evaluator.rounded, Labelled: Evaluator.labelled, Call: Evaluator.call,
    Delta: Evaluator.delta, Indexed: Evaluator.indexed, Cases: Evaluator.cases, Iverson: Evaluator.iverson,
    Marked: Evaluator.body, Bracketed: Evaluator.body, Applied: Evaluator.applied,
}  # fmt: skip


def lengths(letter: str, body: Node, frame: Frame) -> Iterator[int]:
    """The lengths of the axes that a letter indexes alone; last, of the window that it moves within."""
    yield from (length for length, _ in indexed_alone(letter, body, frame))
    windows = []
    for each, at, place in _indices(body, frame):
        if place.parts != ((letter, 1),) and letter in dict(place.parts):
            windows.append(at - (len(frame.counted(each.role)) - frame.rank))
    yield from (frame.layer.axes[at].filter for at in windows if 0 <= at < len(getattr(frame.layer, "axes", ())))


def window_starts(letter: str, body: Node, frame: Frame) -> Iterator[int]:
    """The positions at which a letter that is added to a multiple of another begins, so that windows begin at 0."""
    for _, _, place in _indices(body, frame):
        if len(place.parts) == 2 and dict(place.parts).get(letter) == 1:
            yield -place.shift


def indexed_alone(letter: str, body: Node, frame: Frame) -> Iterator[tuple[int, Symbol]]:
    """The axes that a letter indexes alone, or the channels of a later group: how long they are, and the array."""
    for each, at, place in _indices(body, frame):
        shape = frame.counted(each.role)
        grouped = shape[at : at + 1] != frame.world.shapes[each.role][at : at + 1]
        if place.parts == ((letter, 1),) and (grouped or not place.shift):
            yield (math.prod(shape) if frame.is_flat(each, shape) else shape[at]), each


def _indices(body: Node, frame: Frame) -> Iterator[tuple[Symbol, int, Index]]:
    """The arrays of a formula with the number of an axis and the index that stands there."""
    for each in walk(body):
        if isinstance(each, Symbol) and each.role in frame.world.shapes:
            for at, place in enumerate(each.index):
                if isinstance(place, Index) and not isinstance(place, Place):
                    yield each, at, place


def _limited(readings: Iterable[Reading]) -> Iterator[Reading]:
    return itertools.islice(readings, MOST_READINGS)


def _by_rows(readings: Sequence[Reading], columns: int) -> Iterator[Reading]:
    """Derivatives of an array by another as one matrix, where the entries of both stand in a column."""
    for each in readings:
        shape = each.value.shape
        if len(shape) > columns + 1:
            rows = math.prod(shape[:-columns])
            yield replace(
                each, value=Value(each.value.entries.reshape(rows, -1), ("", "")), notes=(*each.notes, ROW_BY_ROW)
            )


def _lower_bounds(below: Sequence[Node]) -> tuple[list[str], list[Node | None]]:
    r"""The letters below a Σ and where they start: i = 0; i, j; (i, j) = (1, 1), of which the last start is for all."""
    letters: list[str] = []
    starts: list[Node | None] = []
    for item in _flat_list(below):
        if isinstance(item, Relation) and item.sign == "=" and len(item.sides) == 2:
            names = [_letter_name(each) for each in _flat_list((item.sides[0],))]
            values = list(_flat_list((item.sides[1],)))
            letters += names
            starts = [*starts, *([None] * (len(letters) - len(starts) - len(names)))]
            if len(values) > len(names):
                starts = list(values[-len(letters) :])
            else:
                starts += values if len(values) == len(names) else values * len(names)
        else:
            letters.append(_letter_name(item))
    return letters, [*starts, *([None] * (len(letters) - len(starts)))]


def _letter_name(node: Node) -> str:
    if is_letter(node):
        return node.letter + "'" * node.primes
    if isinstance(node, Letter):
        return node.letter
    raise UnreadableError("a sum over something that is no index letter")


def _flat_list(nodes: Iterable[Node]) -> Iterator[Node]:
    for node in nodes:
        if isinstance(node, Listed):
            yield from _flat_list(node.items)
        elif isinstance(node, Product) and all(isinstance(each, Named) for each in node.factors):
            yield from node.factors
        else:
            yield node


def _as_letters(node: Node) -> Node:
    """Index letters as letters, whatever array has the same letter."""
    return rebuilt(node, _as_letter)


def _as_letter(node: Node) -> Node | None:
    if isinstance(node, Applied):
        return replace(node, arguments=tuple(map(_as_letters, node.arguments)))
    return Letter(node.letter + "'" * node.primes) if is_letter(node) else None


KEYWORDS: Mapping[str, str] = {
    "mode": "mode", "padding": "padding", "pad": "padding", "p": "padding", "stride": "stride", "s": "stride",
}  # fmt: skip
"""Names of arguments that are no arrays."""


def _keyword(node: Node) -> tuple[str, str | Node] | None:
    """The name and value of an argument that is no array; a mode may stand there by itself."""
    if isinstance(node, Relation) and len(node.sides) == 2:
        value = _mode(node.sides[1])
        return ("mode", value) if value else (_plain(_text_of(node.sides[0])), node.sides[1])
    value = _mode(node)
    said = _SAID.fullmatch(node.text) if isinstance(node, Words) else None
    if said:
        key, value = _plain(said["key"]), said["value"]
        return (key, Number(int(value)) if value.isdigit() else _plain(value))
    if isinstance(node, Words) and not value:
        return node.text, ""
    return ("mode", value) if value else None


_SAID = re.compile(r"\s*(?P<key>[a-z]+)\s*=\s*['\"‘’“”`]*(?P<value>[a-z]+|[0-9]{1,3})['\"‘’“”`]*\s*", re.IGNORECASE)
"""An argument in words: mode='full'."""


def _mode(node: Node) -> str:
    name = _plain(_text_of(node))
    return name if name in ("full", "valid", "same") else ""


def _text_of(node: Node) -> str:
    if isinstance(node, Words):
        return node.text
    return node.letter.removeprefix(r"\mathrm") if isinstance(node, Named | Letter) else ""


def _part_of(value: Value, position: int) -> Value:
    if not value.entries.ndim or not 0 <= position < len(value.entries):
        raise UnreadableError("an index on something that has no such entry")
    return Value(value.entries[position])


def _as_indicator(node: Node) -> Node:
    return Iverson(((node,),)) if isinstance(node, Relation) else node


def _times(reading: Reading, weight: Polynomial) -> Reading:
    return replace(reading, value=reading.value.map(lambda each: each * weight))


def _is_half_turn(node: Node) -> bool:
    return (isinstance(node, Number) and node.value == 180) or (isinstance(node, Power) and node.base == Number(180))


def _alone(readings: Sequence[Reading], otherwise: str) -> Value:
    if len(readings) != 1:
        raise UnreadableError(otherwise)
    return readings[0].value


def _only(value: Value) -> Polynomial:
    found = value.scalar
    assert found is not None
    return found


def _divided(left: Polynomial, right: Polynomial) -> Polynomial:
    return left / right


def _zero(at: tuple[int, ...]) -> Polynomial:
    return constant(0)


def _as_array_axes(role: str, axes: tuple[str, ...]) -> tuple[str, ...]:
    """A gradient has the axes of the array that the loss is differentiated by."""
    own = role.removeprefix("d:")
    return tuple(gradient_of(role) + label[len(own) :] for label in axes)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.removeprefix("\\").lower())


__all__ = ["Evaluator", "InputError", "NotSupportedError", "UnreadableError", "atom", "lengths", "squeezed"]
