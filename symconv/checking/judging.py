"""Whether the sides of a formula are equal: proved, refuted, no claim, or not understood."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np

from symconv.checking.assumptions import Assumption
from symconv.checking.conditions import is_elsewhere
from symconv.checking.context import Context
from symconv.checking.evaluation import Evaluator, UnreadableError, indexed_alone, lengths, window_starts
from symconv.checking.findings import Scope, Verdict
from symconv.checking.general.answer import Hints
from symconv.checking.masks import MASKS, Chosen, chosen_masks
from symconv.checking.numeric import GIVES, NumberWorld, agree, as_rounded, is_numeric, leaves_out, with_powers
from symconv.checking.operators import Frame, Reading, Signs
from symconv.checking.spelling import MADE, NoEntryError, UnknownNameError, Vocabulary, free_letters
from symconv.checking.values import ShapeError, Value, alike, comparable, differences, told
from symconv.checking.world import FormWorld, World
from symconv.errors import LimitError, NotSupportedError
from symconv.meaning.polynomials import effort
from symconv.notation.tree import (
    Applied,
    Big,
    Blank,
    Bounded,
    Cases,
    Inner,
    Iverson,
    Letter,
    Listed,
    Matrix,
    Named,
    Node,
    Number,
    Partial,
    Relation,
    Symbol,
    Words,
    parts_of,
    walk,
)

MOST_PLACES = 5_000
"""Positions of free letters that are tried."""
MOST_PRODUCTS = 400_000
"""Products of terms that two sides may take together, about a second."""
CLAIMS = ("=", "≡")
ABOUT = "≈"
LEFT_OUT = "its dots stand for numbers that are not shown"
PADS = "it says what stands around an array"
OTHERS = "none of its names belongs to the layer"
NAMES = "it says what a name stands for"
ARRAYS = frozenset("XFO")
"""Roles of arrays, of which none is a number."""
IN_NUMBERS = "with the numbers put in it is something else"
NOTHING, NO_SIGNS = Blank(), Signs()
DEFINES = {"←": "an update", "≔": "a definition"}


@dataclass(frozen=True)
class Pair:
    """Two values that are not equal, and where: positions of free letters and an entry, which count from 0."""

    left: Value
    right: Value
    at: Mapping[str, int]
    entry: tuple[int, ...] = ()


@dataclass(frozen=True)
class Step:
    """What is known of two neighbouring sides.

    `left` and `right` are resolved trees, `written` the sides of the whole formula as the author wrote them; `pair`
    holds unequal values; `notes` are conventions that it depends on, `assumes` what the rest of the text may exclude;
    `shows` is what a formula for all sizes shows for others of its text;
    `heeds` says that the conditions behind the formula have been heeded;
    `mistake` is its kind, and `hint` the right line, where the engine knows them, else the diagnosis finds them.
    """

    verdict: Verdict
    reason: str = ""
    scope: Scope = ""
    left: Node = NOTHING
    right: Node = NOTHING
    pair: Pair | None = None
    notes: tuple[str, ...] = ()
    assumes: tuple[Assumption, ...] = ()
    signs: Signs = NO_SIGNS
    readings: frozenset[Signs] = frozenset()
    heeds: bool = False
    mistake: str = ""
    hint: str = ""
    counterexample: Mapping[str, int] | None = None
    shows: Hints | None = field(default=None, repr=False)
    evaluator: Evaluator | None = field(default=None, repr=False)
    written: tuple[Node, ...] = field(default=(), repr=False)


@lru_cache(maxsize=8)
def _form_world(layer: Any, mean: Fraction) -> FormWorld:
    """Equations of a text mostly speak of one layer, whose entries need be worked out only once."""
    return FormWorld(layer, mean)


@dataclass(frozen=True)
class Judge:
    """Judges formulas in one context.

    >>> from symconv.layers.conv import Conv
    >>> from symconv.notation.reading import read
    >>> context = Context(Conv(input=3, filter=2), {"X": ["x"], "F": ["w"], "L": ["L"], "G": [r"\\delta"]})
    >>> [step.verdict for step in Judge(context)(read(r"\\frac{\\partial L}{\\partial x_1} = \\delta_1 w_1"))]
    ['proved']
    """

    context: Context
    fresh: Mapping[Named, Node] = field(default_factory=dict)
    """What names of the text's own were defined as."""

    def __call__(self, node: Node) -> list[Step]:
        """What is known of each two neighbouring sides of a raw formula."""
        if not isinstance(node, Relation):
            return [Step("not-a-claim", "no equation")]
        signs = [node.sign_before(at) for at in range(1, len(node.sides))]
        if not any(sign in (CLAIMS if self.context.given is None else (*CLAIMS, ABOUT)) for sign in signs):
            return [Step("not-a-claim", DEFINES.get(signs[0], "no equation"))]
        reason = names_only(node)
        if reason:
            return [Step("not-a-claim", reason)]
        world = self._world(node)
        if world is None:
            return [Step("unread", "which layer this speaks of is not known: say it with --input or in the text")]
        vocabulary = Vocabulary(self.context, world.shapes, self.fresh)
        frame = Frame(world, self.context.layer, self.context.signs, self.context.own is not None)
        evaluator = Evaluator(frame, vocabulary, {})
        try:
            sides = [vocabulary.resolved(side) for side in node.sides]
            sides = sides if self.context.given is None else list(map(with_powers, sides))
        except UnknownNameError as error:
            return [Step("unread", str(error))]
        except NoEntryError as error:
            found = Step("refuted", str(error), "shape", mistake="no-such-entry", evaluator=evaluator)
            return [replace(found, written=node.sides)]
        if all(side == Number(0) for side in sides):
            return [Step("not-a-claim", PADS)]
        if not any(isinstance(each, Symbol) for side in sides for each in walk(side)) and not self._sizes_only(sides):
            return [Step("not-a-claim", OTHERS)]
        steps = [replace(step, written=node.sides) for step in self._steps(sides, signs, evaluator)]
        return [self._defined_anew(step, node.sides[0]) if at == 0 else step for at, step in enumerate(steps)]

    def _defined_anew(self, step: Step, name: Node) -> Step:
        """A name of the text's own that becomes something else is no mistake."""
        entry = step.pair is not None and bool(step.pair.entry)
        made = isinstance(step.left, Symbol) and step.left.role in MADE
        other = made and isinstance(step.right, Matrix) and not entry
        redefined = step.verdict == "refuted" and (name in self.fresh or other)
        return Step("not-a-claim", NAMES, left=step.left, right=step.right, written=step.written) if redefined else step

    def _sizes_only(self, sides: Sequence[Node]) -> bool:
        """Whether all letters are known sizes."""
        letters = {each.letter for side in sides for each in walk(side) if isinstance(each, Letter)}
        return bool(letters) and letters <= set(self.context.sizes)

    def _world(self, node: Node) -> World | None:
        layer = self.context.layer
        if layer is None or not hasattr(layer, "definition"):
            return None
        if getattr(layer, "bias", "") in (None, False) and self._speaks_of(node, "b"):
            layer = replace(layer, bias="map" if layer.bias is None else True)
        batch = getattr(layer, "batch", 1) if self.context.batch_mean else 1
        return _form_world(layer, Fraction(1, batch))

    def _speaks_of(self, node: Node, role: str) -> bool:
        vocabulary = Vocabulary(self.context, {})
        return any(isinstance(each, Named) and vocabulary.role_of(each) == role for each in walk(node))

    def _steps(self, sides: Sequence[Node], signs: Sequence[str], evaluator: Evaluator) -> Iterator[Step]:
        left, about, whole = sides[0], False, sides[0]
        for right, sign in zip(sides[1:], signs, strict=True):
            if sign not in (*CLAIMS, ABOUT):
                left, about, whole = right, False, right
                continue
            if self.context.given is not None and is_numeric(right) and leaves_out(right):
                yield Step("not-a-claim", LEFT_OUT, left=left, right=right)
                continue
            numbers = self._in_numbers(whole if is_numeric(right) else left, right, sign, about, evaluator)
            if numbers is not None:
                yield replace(numbers, left=left, right=right, evaluator=evaluator)
            elif sign in CLAIMS:
                yield self._step(left, right, evaluator)
            left, about = right, about or sign == ABOUT
            whole = whole if leaves_out(right) else right

    def _step(self, left: Node, right: Node, evaluator: Evaluator) -> Step:
        reason = no_claim(left, right, self.context.sizes)
        if reason:
            return Step("not-a-claim", reason, left=left, right=right)
        return replace(compared(left, right, evaluator), left=left, right=right, evaluator=evaluator)

    def _in_numbers(self, left: Node, right: Node, sign: str, about: bool, evaluator: Evaluator) -> Step | None:  # noqa: FBT001
        """What is known of two sides once the numbers that the text gives are put in; None where that says nothing."""
        given = self.context.given
        if given is None or sign not in (*CLAIMS, ABOUT) or not (is_numeric(left) or is_numeric(right)):
            return None
        if given.gives(Relation((left, right)), self.context):
            return Step("not-a-claim", GIVES)
        if sign in CLAIMS and not about and compared(left, right, evaluator).verdict == "proved":
            return None
        world = NumberWorld(evaluator.world, given.worked(self.context))  # type: ignore[arg-type]
        frames = [
            replace(evaluator.frame, world=world, numbers=True, rounded=each)
            for each in (about, about or sign == ABOUT)
        ]
        return compared_in_numbers(left, right, [replace(evaluator, frame=frame) for frame in frames])


def compared_in_numbers(left: Node, right: Node, evaluators: Sequence[Evaluator]) -> Step:
    """Whether two sides come to the same numbers."""
    try:
        with effort(MOST_PRODUCTS):
            sides = [
                as_rounded(side) if each.frame.rounded else side
                for each, side in zip(evaluators, (left, right), strict=True)
            ]
            pairs = list(_agreeing(*(each(side) for each, side in zip(evaluators, sides, strict=True))))
    except (UnreadableError, NotSupportedError, LimitError) as error:
        return Step("unread", str(error))
    except ShapeError as error:
        return Step("refuted", str(error), "shape")
    if any(comparable(one, other) and next(differences(one, other, agree), None) is None for _, one, other, _ in pairs):
        return Step("proved", scope="shape", notes=("with the numbers put in",))
    fitting = next((Pair(one, other, {}) for _, one, other, _ in pairs if comparable(one, other)), None)
    return Step("refuted", IN_NUMBERS, "shape", pair=fitting)


def compared(left: Node, right: Node, evaluator: Evaluator) -> Step:
    """Whether two sides are equal for all positions of their free letters."""
    try:
        with effort(MOST_PRODUCTS):
            return _compared(left, right, evaluator)
    except (UnreadableError, NotSupportedError, LimitError) as error:
        return Step("unread", str(error))
    except ShapeError as error:
        return Step("refuted", str(error), "shape", mistake=getattr(error, "mistake", ""))
    except ZeroDivisionError:
        return Step("refuted", "a division by zero", "shape")


def _compared(left: Node, right: Node, evaluator: Evaluator) -> Step:
    ours, theirs = _free(left), _free(right)
    if bool(ours) != bool(theirs):
        laid = _laid_out(left, right, ours, theirs, evaluator)
        if laid is not None:
            return laid
    letters = tuple(dict.fromkeys((*ours, *theirs)))
    places = _places(letters, (left, right), evaluator)
    open_readings: set[Signs] | None = None
    notes: dict[str | Chosen, None] = {}
    for at in places:
        bound = evaluator.bound(at)
        if not bound.is_inside(left) or (set(theirs) - set(ours) and is_elsewhere(right, bound)):
            continue
        step, equal = _at_one_place(
            bound(left), bound(right), at, evaluator, masks_open=not letters and not _speaks_of_masks(left, right)
        )
        notes |= dict.fromkeys(note for why in equal.values() for note in why)
        open_readings = set(equal) if open_readings is None else _both(open_readings, equal)
        if not open_readings:
            return step
    if open_readings is None:
        raise UnreadableError("its letters have no positions")
    return _proved(open_readings, tuple(notes), evaluator)


Equal = Mapping[Signs, tuple[str | Chosen, ...]]


def _speaks_of_masks(*sides: Node) -> bool:
    """Whether masks stand beside other arrays: then where the maxima are is left open, and may not be chosen to fit."""
    roles = {each.role for side in sides for each in walk(side) if isinstance(each, Symbol)}
    if any(isinstance(each, Cases | Iverson | Relation) for side in sides for each in walk(side)):
        return True
    if any(_is_local(each) for side in sides for each in walk(side) if each not in sides):
        return True
    return MASKS in roles and roles != {MASKS}


def _is_local(node: Node) -> bool:
    """Whether an entry of one array is differentiated by one of another."""
    return isinstance(node, Partial) and isinstance(node.over, Symbol) and bool(node.over.index)


def _at_one_place(
    left: Sequence[Reading],
    right: Sequence[Reading],
    at: Mapping[str, int],
    evaluator: Evaluator,
    *,
    masks_open: bool,
) -> tuple[Step, Equal]:
    """The readings under which both sides are equal, and what to say where there is none."""
    pairs = list(_agreeing(left, right))
    equal: dict[Signs, tuple[str | Chosen, ...]] = {}
    for signs, one, other, why in pairs:
        if signs not in equal and alike(one, other):
            equal[signs] = why
    if not equal:
        told = evaluator.vocabulary.told
        masked = [
            (signs, chosen_masks(one, other, evaluator.frame, told, choose=masks_open))
            for signs, one, other, _ in pairs
            if comparable(one, other)
        ]
        equal = {signs: (chosen,) for signs, chosen in masked if chosen is not None}
    return (Step("proved") if equal else _refuted(pairs, at)), equal


def _proved(readings: set[Signs], why: Collection[str | Chosen], evaluator: Evaluator) -> Step:
    best = min(readings, key=lambda signs: sum(not _is_family(choice, evaluator) for choice in signs.chosen))
    notes = [each.note if isinstance(each, Chosen) else each for each in why]
    notes = [*dict.fromkeys(notes), *_conventions(best, evaluator)]
    assumes = tuple(one for each in why if isinstance(each, Chosen) for one in each.places)
    return Step("proved", scope="shape", notes=tuple(notes), assumes=assumes, signs=best, readings=frozenset(readings))


def _places(letters: Sequence[str], sides: Sequence[Node], evaluator: Evaluator) -> Iterator[dict[str, int]]:
    """All positions of some letters. Raises `UnreadableError` where there are too many, or nobody knows them."""
    starts = [(letter, _start(letter, sides, evaluator.frame)) for letter in letters]
    ranges = [range(at, at + _length(letter, sides, evaluator.frame)) for letter, at in starts]
    if int(np.prod([len(each) for each in ranges], dtype=int)) > MOST_PLACES:
        raise UnreadableError("its letters have too many positions to try all of them")
    return (dict(zip(letters, place, strict=True)) for place in itertools.product(*ranges))


def _laid_out(left: Node, right: Node, ours: Sequence[str], theirs: Sequence[str], evaluator: Evaluator) -> Step | None:
    """An entry with letters on one side stands for the whole array where the other side is one: X = (X_ij)."""
    lettered, whole, letters = (left, right, ours) if ours else (right, left, theirs)
    readings = evaluator(whole)
    if any(each.value.entries.ndim == 0 for each in readings):
        return None
    values = [evaluator.bound(at)(lettered) for at in _places(letters, (lettered,), evaluator)]
    if any(len(each) != 1 or each[0].value.entries.ndim for each in values):
        return None
    shape = readings[0].value.shape
    if math.prod(shape) != len(values):
        return None
    laid = [Reading(Value(np.array([each[0].value.entries[()] for each in values], dtype=object).reshape(shape)))]
    masks_open = not _speaks_of_masks(left, right)
    sides = (laid, readings) if ours else (readings, laid)
    step, equal = _at_one_place(*sides, {}, evaluator, masks_open=masks_open)
    return _proved(set(equal), (), evaluator) if equal else step


def _agreeing(
    left: Sequence[Reading], right: Sequence[Reading]
) -> Iterator[tuple[Signs, Value, Value, tuple[str, ...]]]:
    for one, other in itertools.product(left, right):
        signs = Signs.together((one.signs, other.signs))
        if signs is not None:
            yield signs, one.value, other.value, (*one.notes, *other.notes)


def _both(known: set[Signs], equal: Mapping[Signs, Any]) -> set[Signs]:
    found = (Signs.together(each) for each in itertools.product(known, equal))
    return {each for each in found if each is not None}


def _refuted(pairs: Sequence[tuple[Signs, Value, Value, tuple[str, ...]]], at: Mapping[str, int]) -> Step:
    if not pairs:
        return Step("refuted", "its signs would have to mean different things on both sides", "shape")
    fitting = [pair for pair in pairs if comparable(pair[1], pair[2])]
    signs, left, right, _ = min(fitting or pairs, key=lambda pair: _distance(pair[1], pair[2]))
    if not fitting:
        reason = f"{told(left)} on the left and {told(right)} on the right"
        return Step("refuted", reason, "shape", pair=Pair(left, right, at), signs=signs)
    entry = next(differences(left, right))[0]
    return Step("refuted", "", "shape", pair=Pair(left, right, at, entry), signs=signs)


def _distance(left: Value, right: Value) -> int:
    return sum(1 for _ in differences(left, right)) if comparable(left, right) else 10**9


def _is_family(choice: tuple[str, str], evaluator: Evaluator) -> bool:
    return choice[1] == evaluator.frame.families_of(choice[0])[0]


MEANINGS = {"correlate": "cross-correlation", "convolve": "true convolution, which reverses the filter"}


def _conventions(signs: Signs, evaluator: Evaluator) -> tuple[str, ...]:
    """What a proof depends on where a sign means something else than what the layer computes."""
    return tuple(
        f"holds where {sign} is {MEANINGS[meaning]}"
        for sign, meaning in sorted(signs.chosen)
        if not _is_family((sign, meaning), evaluator)
    )


def _free(*sides: Node) -> tuple[str, ...]:
    """The letters that no sum binds, in their order."""
    found: dict[str, None] = {}
    for side in sides:
        found |= dict.fromkeys(_free_in(side, frozenset()))
    return tuple(found)


def _free_in(node: Node, bound: frozenset[str]) -> Iterator[str]:
    if isinstance(node, Big):
        yield from _free_in(node.body, bound | set(node.variables))
    elif isinstance(node, Bounded):
        yield from _free_in(
            node.body,
            bound | {each.letter for part in node.below for each in walk(part) if isinstance(each, Letter | Named)},
        )
    elif isinstance(node, Applied) and node.head.letter == "max":
        below = bound | set(re.findall("[A-Za-z]", node.head.lower))
        for each in node.arguments:
            yield from _free_in(each, below)
    elif isinstance(node, Symbol):
        yield from (letter for letter in free_letters(node) if letter not in bound)
    else:
        for each in parts_of(node):
            yield from _free_in(each, bound)


def _start(letter: str, sides: Sequence[Node], frame: Frame) -> int:
    """The first position of a letter: one that moves within the windows of a pool begins where they begin."""
    if frame.is_pool and not any(True for side in sides for _ in indexed_alone(letter, side, frame)):
        return next((at for side in sides for at in window_starts(letter, side, frame)), 0)
    return 0


def _length(letter: str, sides: Sequence[Node], frame: Frame) -> int:
    for side in sides:
        for found in lengths(letter, side, frame):
            return found
    raise UnreadableError(f"the index {letter} runs over nothing that is known")


# What is no claim


def names_only(node: Relation) -> str:
    """Why a raw equation claims nothing: it only says what something depends on."""
    left, right = node.sides[0], node.sides[-1]
    if isinstance(left, Inner) and all(isinstance(each, Named) and not each.lower for each in (left.left, left.right)):
        return "it says what the product of two arrays is"
    if isinstance(left, Named) and isinstance(right, Applied) and right.head.letter == left.letter:
        return "it says what something depends on"
    return ""


def no_claim(left: Node, right: Node, sizes: Collection[str] = ()) -> str:
    """Why an equation claims nothing, or an empty text."""
    if isinstance(left, Blank) or isinstance(right, Words):
        return "nothing to compare"
    if isinstance(left, Letter) and left.letter not in sizes:
        return NAMES
    if isinstance(left, Symbol) and left.role == "L" and not left.index:
        return "it says what the loss is"
    if isinstance(left, Symbol) and left.role in ARRAYS and not left.index and isinstance(right, Number):
        return NAMES
    if isinstance(left, Symbol) and isinstance(right, Matrix) and _lists_entries(left, right):
        return "it lays out the entries of an array"
    if _is_update(left, right):
        return "it is an update"
    if isinstance(right, Listed) or (
        not any(isinstance(each, Symbol | Partial) for each in walk(right)) and _unknown(right) - set(sizes)
    ):
        return "it says nothing about the arrays of the layer"
    return ""


def _lists_entries(left: Symbol, right: Matrix) -> bool:
    """Whether a matrix names the entries of the array itself, in their places."""
    return all(
        isinstance(cell, Symbol) and cell.role == left.role and cell.index == (*left.index, *place)
        for row, cells in enumerate(right.rows)
        for column, cell in enumerate(cells)
        for place in (((row, column) if len(right.rows) > 1 and len(cells) > 1 else (max(row, column),)),)
    )


def _is_update(left: Node, right: Node) -> bool:
    """W = W - η ∂L/∂W."""
    return (
        isinstance(left, Symbol)
        and not isinstance(right, Symbol)
        and bool(_unknown(right))
        and any(each == left for each in walk(right))
    )


def _unknown(node: Node) -> set[str]:
    return {each.letter for each in walk(node) if isinstance(each, Letter)}
