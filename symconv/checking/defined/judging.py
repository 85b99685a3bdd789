"""Whether a formula follows from what its text defines: proved, refuted, or not understood.

Two sides are compared entry by entry at one choice of sizes, all of them different. That says the same for all sizes: a
side is a sum of products with an index letter for each axis that it speaks of, and where each axis has at least as many
entries as a product has letters for it, products that are different as formulas have a place where they are different.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np

from symconv.checking.context import Context
from symconv.checking.defined.evaluating import (
    LOST,
    OPAQUE,
    Entries,
    Evaluation,
    MisfitError,
    World,
    index_lengths,
    told,
)
from symconv.checking.defined.pages import (
    LOSSES,
    UNKNOWN_FUNCTIONS,
    Definition,
    Page,
    UnclearError,
    anything_behind,
    defined,
    is_loss,
    keys_of,
    page_at,
)
from symconv.checking.defined.shaping import Reading, shaped
from symconv.checking.defined.values import Letters
from symconv.checking.discovery.vocabulary import LAYERS
from symconv.checking.judging import CLAIMS, Step
from symconv.checking.layered.letters import Text, plain
from symconv.errors import LimitError, NotSupportedError
from symconv.meaning.polynomials import Atom, Polynomial, constant, effort, total
from symconv.notation.tree import (
    Applied,
    Big,
    Bounded,
    Differential,
    Named,
    Node,
    Number,
    Partial,
    Relation,
    Sum,
    Words,
    walk,
)

LEAST = 3
"""The least length of an axis: products have two letters for an axis, and a third where a softmax is differentiated."""
MOST_PRODUCTS = 400_000
AS_MANY = "whether it holds for as many entries as there may be"
MOST_PLACES = 400
TARGETS = frozenset({"y", "t", "Y", "T", "d"})
OWN_LOSS = "how the loss that the text defines depends on it is not understood"
BOTH_ZERO = "both sides are 0, as what is differentiated does not depend on it by what the text defines"
DEFINES = "it says what a name stands for"
ADDS_UP = "where the entries of {} add up to 1"
ACTIVATIONS = {"sigmoid": ("logistic", "the logistic function"), "tanh": ("tanh", "tanh"), "relu": ("relu", "ReLU")}
"""Functions by the words for them, and how they are told."""
SIGMA = r"\sigma"
WHICH = "whether the activation function is {}"
_FORMULA = re.compile(r"\$[^$]*\$|\\\[.*?\\\]|\\begin\{.*?\\end\{", re.DOTALL)
ROWS = "rows"
SUM = Named("sum")
_NUMBERED = re.compile(r"[A-Za-z]_[0-9]+")


def judge_defined(relation: Relation, context: Context, instead: Node | None = None) -> list[Step] | None:
    """What is known of each two neighbouring sides of a raw formula; None where the text does not say enough.

    Args:
        instead: the formula of the text in whose place it stands; itself where it is None.
    """
    page = page_at(Text(context), instead or relation, context.text)
    found = _steps(page, context.index_base, relation) if page is not None else ()
    return list(found) or None


def judge_behind(relation: Relation, context: Context, instead: Node | None = None) -> list[Step] | None:
    """The same where a formula speaks of what is made of a convolution's output; None where it does not."""
    sliding = context.sliding
    if sliding is None or not anything_behind(text := Text(context), context.text, sliding):
        return None
    page = page_at(text, instead or relation, context.text, sliding)
    if page is None or not any(
        page.behind & keys_of(part, page.naming) for part in walk(relation) if isinstance(part, Named)
    ):
        return None
    return list(_steps(page, sliding.base, relation)) or None


def is_opaque(reason: str) -> bool:
    """Whether a formula is unread since what the text defines in between, or uses, is not understood."""
    before, behind = OPAQUE.split("{}")
    return (reason.startswith(before) and reason.endswith(behind)) or reason.startswith(WHICH.partition("{")[0])


def is_lost(reason: str) -> bool:
    """Whether a formula is unread since the loss that the text defines is not understood."""
    before, behind = LOST.split("{}")
    return reason.startswith(before) and reason.endswith(behind)


@lru_cache(maxsize=256)
def _steps(page: Page, base: int, relation: Relation) -> tuple[Step, ...]:
    return tuple(_Judge(page, base).steps(relation) or ())


@dataclass(frozen=True)
class _Judge:
    page: Page
    base: int

    def steps(self, relation: Relation) -> list[Step] | None:
        own = defined(relation, self.page.naming)
        if own is not None and self.page.stated.get(own.key) == own:
            return self._of_definition(own.key, relation)
        if self.page.has_differentials and isinstance(relation.sides[0], Differential):
            return [Step("not-a-claim", "it speaks of differentials")]
        if _adds_up(relation):
            return [Step("not-a-claim", "it says what targets add up to")]
        found = []
        for at, (left, right) in enumerate(itertools.pairwise(relation.sides), 1):
            if relation.sign_before(at) in CLAIMS:
                found.append(self._step(left, right))
        return found or None

    def _of_definition(self, key: str, relation: Relation) -> list[Step] | None:
        """The first equation of a chain defines; what follows is to be shown."""
        if any(key in world.shapes.opaque for world in self._worlds()):
            return None
        first = Step("not-a-claim", DEFINES, left=relation.sides[0], right=relation.sides[1])
        rest = [self._step(left, right) for left, right in itertools.pairwise(relation.sides[1:])]
        return [first, *rest]

    def _step(self, left: Node, right: Node) -> Step:
        try:
            with effort(MOST_PRODUCTS):
                step = self._judged(left, right)
            return replace(step, left=left, right=right, written=(left, right))
        except UnclearError as error:
            return Step("unread", str(error), left=left, right=right)
        except (LimitError, NotSupportedError, ZeroDivisionError) as error:
            return Step("unread", str(error) or "a division by zero", left=left, right=right)

    def _judged(self, left: Node, right: Node) -> Step:
        if isinstance(right, Words):
            raise UnclearError("words")
        if self.page.gives_values and not all(map(_speaks_of_something, (left, right))):
            raise UnclearError("a number that the text puts in for letters")
        if not any(map(self._speaks, (left, right))):
            raise UnclearError("which of the definitions it speaks of")
        for head in (self._heads(left) | self._heads(right)) - self._known_functions:
            raise UnclearError(f"which function {head} is")
        first: Step | None = None
        for world in self._worlds():
            for local in self._layouts(left, right):
                step = self._in(world, local, left, right)
                if step.verdict == "proved":
                    return step
                first = first or step
        assert first is not None
        return self._for_some_function(left, right) or first

    def _for_some_function(self, left: Node, right: Node) -> Step | None:
        """What holds for the activation function that words name, or where σ is what it mostly is."""
        heads = self._heads_of_definitions - set(self.page.functions)
        if not heads or any(isinstance(part, Named) and part.primes for side in (left, right) for part in walk(side)):
            return None
        words = _FORMULA.sub(" ", self.page.prose.lower())
        meant = {kind for kind in ACTIVATIONS if re.search(LAYERS[kind], words)}
        meant = meant or ({"sigmoid"} if heads == {SIGMA} else set())
        for kind, (function, told_) in ACTIVATIONS.items():
            step = self._for_function(heads, function, left, right)
            if step is not None and kind in meant:
                return replace(step, notes=(*step.notes, f"holds where the activation function is {told_}"))
            if step is not None:
                raise UnclearError(WHICH.format(told_))
        return None

    def _heads(self, node: Node) -> frozenset[str]:
        """The letters of functions in a formula that have no name that everybody knows."""
        calls = (part for part in walk(node) if isinstance(part, Applied) and self.page.naming.is_function(part.head))
        return UNKNOWN_FUNCTIONS & {plain(part.head.letter) for part in calls}

    @cached_property
    def _heads_of_definitions(self) -> frozenset[str]:
        return frozenset[str]().union(*(self._heads(each.body) for each in self.page.definitions.values()))

    @cached_property
    def _known_functions(self) -> frozenset[str]:
        return self._heads_of_definitions.union(self.page.functions)

    def _for_function(self, heads: Set[str], function: str, left: Node, right: Node) -> Step | None:
        """The proof of what holds where functions that the text does not name are a usual one."""
        for world in self._worlds():
            functions = {**world.functions, **dict.fromkeys(heads, function)}
            other = replace(world, functions=functions, _values={}, _cuts={}, _gradients={})
            with suppress(UnclearError):
                step = self._in(other, ROWS, left, right)
                if step.verdict == "proved":
                    return step
        return None

    def _speaks(self, side: Node) -> bool:
        naming = self.page.naming
        return any(
            isinstance(part, Named) and not part.primes and naming(part).key in self.page.keys
            for part in walk(side) if not (isinstance(part, Named) and _is_power_of_e(part))
        )  # fmt: skip

    def _worlds(self) -> Sequence[World]:
        return _worlds(self.page)

    def _layouts(self, left: Node, right: Node) -> Sequence[str]:
        """The ways to lay out derivatives of arrays by arrays, where there are any."""
        has_one = any(
            isinstance(part, Partial) and not is_loss(part.over) for side in (left, right) for part in walk(side)
        )
        return ("rows", "entries", "columns") if has_one else ("rows",)

    def _in(self, world: World, local: str, left: Node, right: Node) -> Step:
        evaluation = Evaluation(world, {}, self.base, local, self._loss())
        try:
            return self._compared(evaluation, left, right)
        except MisfitError as error:
            if self._is_open(world, left, right):
                raise UnclearError("how long its arrays are") from None
            if any(map(self._is_unreached, (*walk(left), *walk(right)))):
                raise UnclearError(OWN_LOSS) from None
            if any(isinstance(part, Applied) and part.head == SUM for side in (left, right) for part in walk(side)):
                raise UnclearError("along which axis it sums") from None
            return Step("refuted", str(error), "sizes", mistake=error.mistake)

    def _is_open(self, world: World, *sides: Node) -> bool:
        """Whether an array stands there of which the text says something that is not understood."""
        unknown = world.shapes.opaque.union(*(self.page.parents.get(key, ()) for key in world.shapes.opaque))
        return any(
            self.page.naming(part).key in unknown
            for side in sides
            for part in walk(side)
            if isinstance(part, Named) and not part.primes and not _is_power_of_e(part)
        )

    def _is_unreached(self, node: Node) -> bool:
        """Whether the loss that the text defines is differentiated by what it does not depend on by that definition."""
        if isinstance(node, Partial) and isinstance(node.over, Named):
            loss, under = self.page.naming(node.over).key, node.under
        elif isinstance(node, Differential):
            loss, under = self._loss(), node.body
        else:
            return False
        if not isinstance(under, Named):
            return False
        key = self.page.naming(under).key
        return loss in self.page.definitions and loss not in self.page.reaches(key)

    def _loss(self) -> str:
        """The loss that gradients without a quotient speak of."""
        known = [key for key in self.page.definitions if key in LOSSES]
        if len(known) > 1:
            return ""
        return known[0] if known else next(iter(sorted(self._spoken_losses())), "L")

    def _spoken_losses(self) -> set[str]:
        partials = (part for node in self.page.nodes for part in walk(node) if isinstance(part, Partial))
        return {
            self.page.naming(part.over).key for part in partials if isinstance(part.over, Named) and is_loss(part.over)
        }

    def _compared(self, evaluation: Evaluation, left: Node, right: Node) -> Step:
        marked = evaluation.world.marked
        letters = [
            each for each in dict.fromkeys(_free(left, evaluation) + _free(right, evaluation)) if each not in marked
        ]
        both = Relation((left, right))
        ranges = [range(evaluation.length(letter, both)) for letter in letters]
        if np.prod([len(each) for each in ranges], dtype=int) > MOST_PLACES:
            raise UnclearError("a formula with that many indices")
        pairs: list[tuple[Entries, Entries]] = []
        places: list[bool] = []
        for place in itertools.product(*ranges):
            at = replace(evaluation, bound={**marked, **dict(zip(letters, place, strict=True))})
            pairs.append((at(left), at(right)))
            places.append(len(set(place)) < len(place))
        if any(one.shape != other.shape for one, other in pairs) and _speaks_of_something(right):
            one, other = pairs[0]
            return Step(
                "refuted", f"{told(one)} on the left and {told(other)} on the right", "sizes", mistake="wrong-shape"
            )
        if any(one.shape != other.shape for one, other in pairs):
            raise UnclearError("an array on the left and a number on the right")
        if not any(_is_nothing(side) for side in (left, right)) and not any(
            each for pair in pairs for side in pair for each in side.flat
        ):
            raise UnclearError(BOTH_ZERO)
        rests = [[a - b for a, b in zip(one.flat, other.flat, strict=True)] for one, other in pairs]
        is_zero = evaluation.world.letters.is_zero
        _check_cases(places, [all(map(is_zero, rest)) for rest in rests])
        return self._decided([each for rest in rests for each in rest if not is_zero(each)], evaluation)

    def _decided(self, rest: Sequence[Polynomial], evaluation: Evaluation) -> Step:
        scope = (
            "sizes" if self.page.has_matrices or any(each.letters for each in self.page.definitions.values()) else "all"
        )
        if not rest:
            return Step("proved", scope=scope)  # type: ignore[arg-type]
        for target, values in _targets(evaluation.world, self.base):
            letters = evaluation.world.letters
            if all(letters.is_zero(letters.put_in(each, values)) for each in rest):
                return Step("proved", scope=scope, notes=(ADDS_UP.format(target),))  # type: ignore[arg-type]
        known = dict(_counted(evaluation.world))
        letters = evaluation.world.letters
        if known and all(letters.is_zero(letters.put_in(each, known)) for each in rest):
            raise UnclearError(AS_MANY)
        if not all(map(letters.are_independent, rest)):
            raise UnclearError("functions whose values are joined by more than their derivatives")
        if not all(self._speaks_of_any_loss(each, letters) for each in rest):
            raise UnclearError(OWN_LOSS)
        return Step("refuted", "the sides are not equal", scope)  # type: ignore[arg-type]

    def _speaks_of_any_loss(self, value: Polynomial, letters: Letters) -> bool:
        """Whether what remains has a gradient in each term, where how the loss depends on them is not known."""
        of_losses = tuple(f"d{key}/d" for key in self.page.definitions)
        gradients = {each: constant(0) for each in value.atoms if each[0].startswith(of_losses)}
        return not gradients or letters.is_zero(letters.put_in(value, gradients))


def _check_cases(agreeing: Sequence[bool], equal: Sequence[bool]) -> None:
    """Raise where a formula holds just where two indices agree, or just where they differ: a condition says that."""
    if (
        any(agreeing)
        and not all(equal)
        and (list(agreeing) == list(equal) or all(a != e for a, e in zip(agreeing, equal, strict=True)))
    ):
        raise UnclearError("it holds for some of its indices only")


def _speaks_of_something(node: Node) -> bool:
    """Whether a formula is more than a number, which may stand for an array of such numbers."""
    return any(isinstance(part, Named) for part in walk(node))


def _is_nothing(node: Node) -> bool:
    """Whether a side is written as 0."""
    return not _speaks_of_something(node) and Number(0) in walk(node)


def _is_power_of_e(node: Named) -> bool:
    return node.letter == "e" and node.upper != ""


@lru_cache(maxsize=32)
def _worlds(page: Page) -> tuple[World, ...]:
    return tuple(_made(page))


def _made(page: Page) -> Iterator[World]:
    readings = [Reading(numbers=True)]
    if page.has_matrices:
        readings = [Reading()] if page.says_batch or page.averages else [Reading(), Reading(single=True)]
    seen: set[object] = set()
    for reading in readings:
        shapes = shaped(page, reading)
        key = tuple(sorted((name, shapes.of(name)) for name in shapes.sides))
        if key not in seen:
            seen.add(key)
            yield World(page, shapes, shapes.lengths(LEAST), page.functions)


def _free(node: Node, evaluation: Evaluation) -> list[str]:
    """The index letters of a formula that no sum runs over, in order."""
    from symconv.checking.defined.free import free_letters

    return list(free_letters(node, evaluation.world.page))


def _counted(world: World) -> Iterator[tuple[Atom, Polynomial]]:
    """Letters for how many entries there are: those that sums of the text end with, or any where a sum has no end."""
    for part in (part for node in world.page.nodes for part in walk(node) if isinstance(part, Bounded | Big)):
        for index, letters in _ends(part, world.page):
            found = set(index_lengths(index, part.body, world))
            if len(found) == 1:
                yield from (((letter, ()), constant(*found)) for letter in letters)


def _ends(part: Bounded | Big, page: Page) -> Iterator[tuple[str, Set[str]]]:
    """The letters that a sum runs over, and those that it may end with."""
    if isinstance(part, Big):
        yield from ((index, page.counts) for index in part.variables)
        return
    for item, last in zip(part.below, part.above, strict=False):
        first = item.sides[0] if isinstance(item, Relation) else item
        if isinstance(first, Named) and isinstance(last, Named):
            yield first.letter, {last.letter}


def _targets(world: World, base: int) -> Iterator[tuple[str, Mapping[Atom, Polynomial]]]:
    """What nothing defines and may be one-hot: with the last entry put in for 1 less the others.

    Where definitions name entries by numbers alone, there are no others.
    """
    free = sorted(world.page.keys - set(world.page.definitions))
    for letter in sorted(TARGETS):
        lone = [world.value(key)[0, 0] for key in free if _NUMBERED.fullmatch(key) and key.startswith(f"{letter}_")]
        if len(lone) > 1:
            yield letter, {next(iter(lone[-1].atoms)): constant(1) - total(lone[:-1])}
    for key in free:
        if key.split("_")[0].split("^")[0] not in TARGETS or world.size(key) == (1, 1):
            continue
        entries = world.value(key)
        rows, columns = entries.shape
        along = 1 if rows == 1 or (world.shapes.rows and columns > 1) else 0
        lines = entries if along else entries.T
        values: dict[Atom, Polynomial] = {}
        listed = [at - base for at in world.page.listed(key)]
        for whole in lines:
            line = [whole[at] for at in listed if 0 <= at < len(whole)] or list(whole)
            (last,) = line[-1].atoms
            values[last] = constant(1) - total(line[:-1])
        yield key, values


def _adds_up(relation: Relation) -> bool:
    """Whether a formula says that targets add up to 1."""
    if len(relation.sides) != 2 or relation.sides[1] != Number(1):
        return False
    left = relation.sides[0]
    terms = left.terms if isinstance(left, Sum) else (left.body,) if isinstance(left, Big | Bounded) else ()
    letters = {plain(each.letter) if isinstance(each, Named) and each.lower else "" for each in terms}
    return len(letters) == 1 and letters <= TARGETS


__all__ = ["Applied", "Definition", "Differential", "is_opaque", "judge_behind", "judge_defined"]
