"""Deciding an equation with index letters and sums for all sizes.

Each way to understand it is worked out at some sizes by nested loops, and where that finds nothing wrong, decided for
all sizes at once by isl, which knows both sides as sets. Where isl finds it wrong, the loops have to find that too. An
equation is proved if it holds in one way, which the answer tells, and refuted if it fails in all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import prod
from typing import Any

from symconv.checking.context import Context
from symconv.checking.general.answer import LETTER, General, Hints, UndecidedError
from symconv.checking.general.concrete import Difference, NothingSaidError, difference
from symconv.checking.general.layout import is_sum
from symconv.checking.general.letters import SIZES, is_letter
from symconv.checking.general.model import LENGTHS
from symconv.checking.general.names import Names
from symconv.checking.general.readings import Reading, Readings
from symconv.checking.general.shown import Shown, joined
from symconv.checking.general.terms import Terms
from symconv.errors import InputError, NotSupportedError
from symconv.notation.tree import Big, Bounded, Named, Node, Number, Relation, walk

TRIED = ((4, 2), (4, 3))
"""Input and filter sizes at which what is proved is worked out as well."""
MOST_PRODUCTS = 20_000
TOO_LARGE = "its sides differ, but only at sizes at which the layer is too large to work out where"
PADDINGS = (1, 2)
"""Paddings that an equation is tried with where nothing is known of the layer."""
OTHER_CONVENTION: Mapping[str, tuple[Any, str]] = {
    "correlation": ("convolution", "a true convolution"), "convolution": ("correlation", "a cross-correlation"),
}  # fmt: skip
MAPS_TRIED: Mapping[str, int] = {"N": 2, "M": 3, "K": 2, "J": 2}

MOST_SUMMED = 6
"""Letters that sums of one side may run over: those of a filter, a map, channels and examples."""


def decide(relation: Node, context: Context, hints: Hints | None = None, *, quick: bool = False) -> General:
    r"""Whether an equation with index letters holds for all sizes.

    Args:
        relation: an equation of two sides as `symconv.notation.reading.read` reads it.
        context: `names` says which letters are arrays; `layer` gives convention, stride, dilation and padding, and the
            sizes for formulas that speak of these in numbers. Without a layer, both conventions are tried, no padding
            and stride 1 are assumed where nothing in the formula speaks of them.
        hints: what else is known.
        quick: whether nothing but a proof is asked for.

    >>> from symconv.notation.reading import read
    >>> names = {"X": ["x"], "F": ["w"], "O": ["z"], "L": ["L"], "G": [r"\delta"]}
    >>> context = Context(names=names, index_base=0)
    >>> decide(read(r"\frac{\partial L}{\partial x_{p,q}} = \sum_i \sum_j \delta_{ij} w_{p-i,q-j}"), context).verdict
    'proved'
    >>> wrong = read(r"\frac{\partial L}{\partial x_p} = \sum_i \delta_i w_{i-p}")
    >>> answer = decide(wrong, context, Hints(convention="correlation"))
    >>> answer.verdict, answer.counterexample
    ('refuted', {'n': 2, 'k': 2, 'o': 1, 's': 1, 'p': 1})
    """
    if not isinstance(relation, Relation) or len(relation.sides) != 2 or relation.signs or relation.sign != "=":
        return General("undecided", message="it is not an equation of two sides")
    if any(sum(map(_summed, walk(side))) > MOST_SUMMED for side in relation.sides):
        return General("undecided", message=f"it sums over more than {MOST_SUMMED} letters")
    return _Deciding(context, hints or Hints(), relation, quick).answer()


def _summed(node: Node) -> int:
    """Over how many letters a sum runs."""
    if isinstance(node, Big):
        return len(node.variables)
    return len(node.below) if isinstance(node, Bounded) else 0


def decide_chain(
    sides: Sequence[Node], context: Context, hints: Hints | None = None, *, quick: bool = False
) -> list[General]:
    """What is decided about each two neighbouring sides of a chain.

    Where two neighbours alone do not tell what their letters range over, both are compared with the first side.
    """
    hints = hints or Hints()
    if len(sides) > 2:
        hints = replace(hints, indices=hints.indices | set(_indices(sides, context)))
    found = [decide(Relation(pair), context, hints, quick=quick) for pair in pairwise(sides)]
    if all(each.verdict != "undecided" for each in found[1:]):
        return found
    first = [General("proved"), *(decide(Relation((sides[0], side)), context, hints) for side in sides[1:])]
    for at, answer in enumerate(found[1:], start=1):
        if answer.verdict == "undecided" and first[at].verdict == "proved":
            found[at] = first[at + 1]
    return found


def _indices(sides: Sequence[Node], context: Context) -> Iterator[Named]:
    """The letters that stand alone as an index of some array in a chain."""
    names = Names(context.names)
    for found in (each for side in sides for each in names.occurrences(side) if each.role != "L"):
        count = found.counts[0]
        yield from (index for index in found.below(count) or () if isinstance(index, Named) and is_letter(index))


@dataclass
class _Deciding:
    context: Context
    hints: Hints
    relation: Relation
    quick: bool = False

    def answer(self) -> General:
        try:
            found = self._answer(Readings(self.context, self.hints, self.relation))
        except (UndecidedError, InputError, NotSupportedError) as error:
            return General("undecided", message=str(error))
        return self._diagnosed(found) if found.verdict == "refuted" and not self.quick else found

    def _answer(self, readings: Readings) -> General:
        """Raises `UndecidedError` where the equation has no meaning in any way."""
        wrong: _Wrong | None = None
        unclear: General | None = None
        for reading in readings:
            found = self._outcome(reading)
            if isinstance(found, _Wrong):
                wrong = wrong or found
            elif found.verdict == "proved":
                return found
            else:
                unclear = unclear or found
        if unclear is not None:
            return unclear
        if wrong is None:
            raise readings.refused[0] if readings.refused else UndecidedError("it cannot be understood")
        return General("refuted") if self.quick else self._refuted(wrong)

    def _outcome(self, reading: Reading) -> General | _Wrong:
        """Proved, undecided, or where it is wrong."""
        from symconv.proof.general_meaning import UnreadableError
        from symconv.proof.parametric import OutOfOperationsError

        shown = Shown(self.context, reading)
        try:
            wrong = _tried(reading)
            if wrong is not None:
                return wrong
            point = _where_different(reading)
            if point is None:
                return replace(shown.proved(), shows=_shows(reading, shown.layout))
            if _products(reading, point) > MOST_PRODUCTS:
                return General("undecided", message=TOO_LARGE, layout=shown.layout)
            found = difference(reading.equation, reading.model, point)
        except NothingSaidError:
            return General("undecided", message="both sides are 0 everywhere", layout=shown.layout)
        except (UnreadableError, OutOfOperationsError) as error:
            return General("undecided", message=str(error), layout=shown.layout)
        if found is None:
            # Sets do not know that N · 1/N is 1, nor how often a sum adds the same.
            return General("undecided", message="it depends on products of sizes", layout=shown.layout)
        return _Wrong(reading, point, found)

    def _refuted(self, wrong: _Wrong) -> General:
        """The answer with the smallest sizes at which it fails, where isl finds them."""
        from symconv.proof.general_meaning import UnreadableError
        from symconv.proof.parametric import OutOfOperationsError

        reading = wrong.reading
        shown = Shown(self.context, reading)
        if reading.unknown:
            letters = joined(reading.unknown)
            return General("undecided", message=f"what {letters} stands for is not known", layout=shown.layout)
        try:
            point = _where_different(reading)
            found = point and difference(reading.equation, reading.model, point)
        except (UnreadableError, OutOfOperationsError, NotSupportedError, NothingSaidError):
            point = found = None
        return shown.refuted(point, found) if point and found else shown.refuted(wrong.sizes, wrong.difference)

    def _diagnosed(self, found: General) -> General:
        """With what would make it right."""
        limited = any(isinstance(node, Bounded) for node in walk(self.relation))
        if not found.mistake and limited and self._would_hold(whole_sums=True):
            message = "a sum runs over the wrong range: it has to take in every entry once"
            return replace(found, mistake="wrong-range", message=f"{message}; {found.message}")
        if self.hints.worded and self._would_hold(padding=0):
            return General("undecided", message="it holds only if the input stands for the padded one")
        if not found.mistake and "a" in self.hints.steps and self._would_hold(padding=0):
            return replace(found, mistake="padding-forgotten", message=f"the padding is forgotten; {found.message}")
        if not found.mistake and self.hints.steps and self._would_hold(replace(self.hints, steps={})):
            message = "the stride, dilation or padding of the layer is forgotten"
            return replace(found, mistake="stride-forgotten", message=f"{message}; {found.message}")
        other = OTHER_CONVENTION.get(self.hints.convention or "") if self.context.layer is None else None
        if not found.mistake and other and self._would_hold(replace(self.hints, convention=other[0], full=None)):
            message = f"it would be right for {other[1]}, which the output is not; {found.message}"
            return replace(found, mistake="convolution-for-correlation", message=message)
        if self._is_padded() and self._would_hold(unpadded=True):
            return General("undecided", message="it holds only if the input stands for the padded one")
        for padding in PADDINGS if self._leaves_padding_open() else ():
            padded = self._answered(padding=padding)
            if padded.verdict == "proved" and padded.shows.defines:
                told = f"the padding is {padding}"
                return replace(padded, message=f"{padded.message}, if {told}", readings=(*padded.readings, told))
            if padded.verdict == "proved":
                return General("undecided", message=f"it holds only if the padding is {padding}")
        return found

    def _leaves_padding_open(self) -> bool:
        return self.context.layer is None and "a" not in self.hints.steps and self._adds_numbers()

    def _adds_numbers(self) -> bool:
        """Whether a number is added within the index of an input."""
        names = Names(self.context.names)
        found = [index for each in names.occurrences(self.relation) for index in each.below(None) or ()]
        return any(isinstance(part, Number) and is_sum(index) for index in found for part in walk(index))

    def _is_padded(self) -> bool:
        layer = self.context.layer
        return layer is not None and any(axis.before or axis.after for axis in layer.axes)

    def _would_hold(self, hints: Hints | None = None, **changed: Any) -> bool:
        """Whether the equation would be proved if something else were assumed."""
        return self._answered(hints, **changed).verdict == "proved"

    def _answered(self, hints: Hints | None = None, **changed: Any) -> General:
        readings = Readings(self.context, hints or self.hints, self.relation, **changed)
        try:
            return self._answer(readings)
        except UndecidedError as error:
            return General("undecided", message=str(error))


@dataclass(frozen=True)
class _Wrong:
    """Sizes at which a formula understood in one way fails."""

    reading: Reading
    sizes: dict[str, int]
    difference: Difference


def _where_different(reading: Reading) -> dict[str, int] | None:
    """The sizes and letters of a point at which the sides differ, by isl; None where there is none."""
    from symconv.checking.general.sets import Sizes

    sides = Terms(reading.model).sides(reading.equation)
    sets = Sizes(reading.model, [each.letter for each in reading.equation.free], reading.equation.equal)
    for numbers in reading.steps:
        found = sets.where_different(sides, numbers)
        if found is not None:
            return found
    return None


def _tried(reading: Reading) -> _Wrong | None:
    """Both sides worked out at some sizes, where they are not too many.

    Raises `NothingSaidError` where both are 0 at all of them.
    """
    silent = 0
    tried = [sizes for numbers in _ends(reading.steps) if (sizes := _some_sizes(reading, numbers)) is not None]
    for sizes in tried:
        try:
            found = difference(reading.equation, reading.model, sizes)
        except NothingSaidError:
            silent += 1
            continue
        if found is not None:
            return _Wrong(reading, sizes, found)
    if tried and silent == len(tried):
        raise NothingSaidError
    return None


def _ends(steps: Sequence[Mapping[str, int]]) -> Sequence[Mapping[str, int]]:
    return (steps[0], steps[-1]) if len(steps) > 1 else steps


def _shows(reading: Reading, layout: Mapping[str, tuple[str, ...]]) -> Hints:
    """What else of the same text has to agree with, where this holds in one way alone."""
    own = reading.model
    convention = None if any(map(_holds, _other_layers(reading))) else own.convention
    full = own.padding == "full" if convention == "convolution" else None
    mean = own.mean if reading.mean_told else None
    return Hints(
        layout=layout, convention=convention, full=full, base=reading.base_told, batch_mean=mean,
        defines=reading.defines, **_shown_sizes(reading),
    )  # fmt: skip


def _shown_sizes(reading: Reading) -> dict[str, Any]:
    """What a formula shows of letters of sizes, and of the strides, dilations and paddings in it."""
    if reading.scope == "shape":
        return {}
    model, meanings = reading.model, {letter: meaning for letter, (meaning, _) in reading.lengths.items()}
    steps = {kind: {str(numbers[model.name(kind, at)]) for numbers in reading.steps for at in range(model.rank)}
             for kind in "sd"}  # fmt: skip
    steps["a"] = {str(number) for pair in model.pads for number in pair} if model.padding == "numbers" else set()
    steps |= {SIZES[meaning]: {LETTER} for meaning in meanings.values() if SIZES[meaning] in steps}
    fixed = {kind: next(iter(found)) for kind, found in steps.items() if len(found) == 1}
    axes = {letter: axis for letter, (_, axis) in reading.lengths.items() if axis}
    return {"sizes": meanings, "axes": axes, "steps": fixed}


def _other_layers(reading: Reading) -> Iterator[Reading]:
    """The formula as one about other convolutions."""
    own = reading.model
    for convention, padding in (("correlation", "numbers"), ("convolution", "numbers"), ("convolution", "full")):
        if (convention, padding == "full") != (own.convention, own.padding == "full"):
            yield replace(reading, model=replace(own, convention=convention, padding=padding))  # type: ignore[arg-type]


def _holds(reading: Reading) -> bool:
    """Whether nothing wrong is found at some sizes."""
    try:
        return _tried(reading) is None
    except NothingSaidError:
        return True


def _some_sizes(reading: Reading, numbers: Mapping[str, int]) -> dict[str, int] | None:
    model = reading.model
    sizes = {**MAPS_TRIED, **numbers}
    for at, (n, k) in enumerate(TRIED[: model.rank]):
        s, d = (numbers[model.name(letter, at)] for letter in "sd")
        k = numbers.get(model.name("k", at), k)
        reach = d * (k - 1)
        before, after = (
            (k - 1, k - 1) if model.padding == "full" else (1, 1) if model.padding == "letter"
            else model.pads[at] if model.pads else (0, 0)
        )  # fmt: skip
        length = numbers.get(model.name("n", at), n + reach - k + 1 - before - after)
        length = max(length, 1 + reach - before - after, 1)
        output = (length + before + after - reach - 1) // s + 1
        sizes |= {model.name(name, at): value for name, value in zip("nkaco", (length, k, before, after, output),
                                                                    strict=True)}  # fmt: skip
    for one, other in reading.equation.equal:
        if sizes.get(one) != sizes.get(other):
            return _squared(reading, sizes)
    return sizes if _products(reading, sizes) <= MOST_PRODUCTS else None


def _products(reading: Reading, sizes: Mapping[str, int]) -> int:
    """A bound on the products that the layer adds up at some sizes."""
    model = reading.model
    used = [sizes[LENGTHS[axis]] for axis in model.maps]
    return prod((*used, *(sizes[model.name(name, axis)] for axis in model.spatial for name in "nk")))


def _squared(reading: Reading, sizes: dict[str, int]) -> dict[str, int] | None:
    """The same on both axes."""
    model = reading.model
    if any(sizes[model.name(name, 0)] != sizes[model.name(name, at)] for name in "sd" for at in range(model.rank)):
        return None
    return {
        **sizes,
        **{model.name(name, at): sizes[model.name(name, 0)] for name in "nkaco" for at in range(model.rank)},
    }
