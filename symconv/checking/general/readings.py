"""The ways to understand a formula: what its size letters are, where indices begin, which convolution is meant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice, product
from math import prod
from typing import Any

from symconv.checking.context import Context
from symconv.checking.general.answer import LETTER, TRUE_CONVOLUTION, Hints, UndecidedError
from symconv.checking.general.converting import Converter, Way
from symconv.checking.general.formula import Divided, Entry, Equation, Factor, Formula, Plus, Times, Total
from symconv.checking.general.layout import Layout, is_sum, layouts
from symconv.checking.general.letters import SIZES, Letters, Use, candidates, index_letters
from symconv.checking.general.limits import limits
from symconv.checking.general.model import LENGTHS, Model
from symconv.checking.general.names import Names, earlier_layer, text_of
from symconv.checking.general.steps import Numbers, steps
from symconv.notation.tree import Bounded, Named, Node, Number, Product, Ratio, Relation, walk

MOST_READINGS = 24
MOST_MEANINGS = 12
ARRAYS: Mapping[str, str] = {"O": "the output", "F": "the filter", "X": "the input"}
GUESSED = ("input", "filter", "output")
ONLY_CONVOLUTIONS = "formulas with general sizes are decided for convolutions, not for {}"


@dataclass(frozen=True)
class Reading:
    """One way to understand a formula.

    Args:
        steps: the strides and dilations to decide it for, with other sizes where these are numbers.
        shown: how the letters of the equation are written.
        bases: the first index of each array.
        told: what has been assumed, one phrase each.
        scope: "sizes", or "shape" where it is about the sizes of the layer.
        span: for which strides and dilations.
        summed_again, not_summed: free letters on the left that are summed over on the right, and those that stand on
            the right alone.
        unknown: factors of which nothing is known.
        divides: whether an entry is divided by another.
        defines: whether it says what an entry of the output is.
        base_told: the first index of positions, where the formula holds for no other.
        mean_told: whether it holds for the mean over the examples or for their sum, not for both.
        lengths: what letters of sizes on positions are, and the axis where they belong to one alone.
    """

    layout: Layout
    model: Model
    equation: Equation
    steps: tuple[Numbers, ...]
    shown: Mapping[str, str]
    bases: Mapping[str, int]
    told: tuple[str, ...]
    scope: str
    span: str
    summed_again: tuple[str, ...]
    not_summed: tuple[str, ...]
    unknown: tuple[str, ...]
    divides: bool
    defines: bool
    base_told: int | None
    mean_told: bool
    lengths: Mapping[str, tuple[str, str]]


@dataclass
class Readings:
    """All ways to understand an equation that are worth a try, the likeliest first.

    Args:
        whole_sums: whether sums take in all positions, whatever their limits say.
        unpadded: whether the layer's padding is left out, as if X were the padded input.
        padding: the padding where there is no layer, otherwise what is known of it, or none.
        refused: why other ways have no meaning, filled on the way.
    """

    context: Context
    hints: Hints
    tree: Relation
    whole_sums: bool = False
    unpadded: bool = False
    padding: int | None = None
    refused: list[UndecidedError] = field(default_factory=list)

    def __post_init__(self) -> None:
        known = self.hints.steps.get("a", "0")
        self.pads = (int(known) if known.isdigit() else 0) if self.padding is None else self.padding
        names = Names(self.context.names)
        self.names = replace(names, earlier=earlier_layer(names, self.tree))
        self.found = list(self.names.occurrences(self.tree))
        layer = self.layer
        kind = getattr(layer, "kind", "") if layer is not None else self.context.kind or "conv"
        if kind != "conv":
            raise UndecidedError(ONLY_CONVOLUTIONS.format(kind))
        if layer is not None and layer.groups > 1 and not layer.groups == layer.in_channels == layer.out_channels:
            raise UndecidedError("formulas with general sizes are not decided for groups of several channels")
        if not any(each.role != "L" for each in self.found):
            raise UndecidedError("no array of the layer stands in it")

    @property
    def layer(self) -> Any:
        return self.context.layer

    def __iter__(self) -> Iterator[Reading]:
        return islice(self._all(), MOST_READINGS)

    def _all(self) -> Iterator[Reading]:
        rank = self.layer and len(self.layer.axes)
        for layout in layouts(self.found, self.hints, rank):
            indices = index_letters(self.names, layout, self.tree, self.hints.sizes) | self.hints.indices
            letters = Letters(self.names, layout, indices)
            for (model, said), (bases, about) in product(self._models(layout), self._bases(letters)):
                counts = self._counts() if self.layer is not None and layout.rank < len(self.layer.axes) else None
                axes = self.hints.axes if layout.rank > 1 else {}
                way = Way(model, bases, whole_sums=self.whole_sums, counts=counts, axes=axes)
                try:
                    yield from self._understood(letters, way, (*said, *about))
                except UndecidedError as error:
                    self.refused.append(error)

    def _counts(self) -> dict[str, int]:
        """How many positions each array has."""
        lengths = {"X": "size", "F": "filter", "O": "output"}
        return {role: prod(getattr(axis, what) for axis in self.layer.axes) for role, what in lengths.items()}

    def _understood(self, letters: Letters, way: Way, told: tuple[str, ...]) -> Iterator[Reading]:
        """With every meaning of the letters that are no indices."""
        survey = Converter(self.tree, letters, way)
        survey.equation()
        for (sizes, said), array in product(self._meanings(survey.uses), "OFX" if survey.guessed else "O"):
            guessed = (f"{text_of(each)} runs over {ARRAYS[array]}" for each in survey.guessed)
            padded = "padding" in sizes.values() or (self.layer is None and self.hints.steps.get("a") == LETTER)
            model = replace(way.model, padding="letter") if padded else way.model
            own = replace(way, model=model, sizes=sizes, guess=array)
            try:
                yield from self._made(letters, own, (*told, *said, *guessed))
            except UndecidedError as error:
                self.refused.append(error)

    def _made(self, letters: Letters, way: Way, told: tuple[str, ...]) -> Iterator[Reading]:
        converter = Converter(self.tree, letters, way)
        equation = converter.equation()
        fixed = self._fixed(letters.layout, way)
        means, base = self._means(equation), self._base_told(letters, way.bases)
        free, on_left = set(converter.free), self._letters_on_the_left(letters)
        for mean in means:
            said = ("the loss is the mean over the examples",) if mean else ()
            for each in steps(way.model, self.layer, converter.axes_of, self.found, self.hints.steps):
                yield Reading(
                    letters.layout, replace(way.model, mean=mean), equation,
                    tuple({**numbers, **fixed} for numbers in each.numbers), converter.shown, way.bases,
                    told=(*told, *said, *each.told), scope="shape" if fixed else "sizes", span=each.span,
                    summed_again=_texts(converter.bound & free & on_left), not_summed=_texts(free - on_left),
                    unknown=tuple(sorted(_unknown(equation))), divides=_divides(equation),
                    defines=isinstance(equation.left, Entry) and equation.left.role == "O", base_told=base,
                    mean_told=_shared(equation, way.model), lengths=_lengths(converter),
                )  # fmt: skip

    def _letters_on_the_left(self, letters: Letters) -> set[Node]:
        found = self.names.occurrences(self.tree.sides[0])
        return {part for each in found for index in letters.layout.indices(each).values() for part in walk(index)}

    # Which convolution

    def _models(self, layout: Layout) -> Iterator[tuple[Model, tuple[str, ...]]]:
        """The layers that may be meant."""
        maps = {axis for slots in layout.slots.values() for axis in slots.axes if not axis.isdigit()}
        maps |= {axis for each in self.found if each.role == "L" for axis in layout.indices(each)}
        pads = ((self.pads, self.pads),) * layout.rank
        plain = Model(layout.rank, frozenset(maps), bias=self._bias(layout), pads=pads)  # type: ignore[arg-type]
        if self.layer is not None:
            pads = tuple((axis.before, axis.after) for axis in self.layer.axes)[: layout.rank]
            yield replace(plain, convention=self.layer.convention, pads=() if self.unpadded else pads), ()
            return
        known = self.hints.convention
        if known != "convolution":
            yield plain, ()
        if known != "correlation" and not self.hints.full:
            turned = replace(plain, convention="convolution")
            yield turned, () if known else (f"{TRUE_CONVOLUTION}, with the filter reversed",)
        if known != "correlation" and self.hints.full is not False:
            turned = replace(plain, convention="convolution")
            layer = "the output" if known else f"{TRUE_CONVOLUTION} whose output"
            told = () if self.hints.full else (f"{layer} reaches as far as the filter does",)
            yield replace(turned, padding="full"), told

    def _bias(self, layout: Layout) -> str:
        if "b" in layout.slots:
            return "entry" if any(axis.isdigit() for axis in layout.slots["b"].axes) else "map"
        own = "" if self.layer is None else self.layer.bias or ""
        return own or ("map" if any(found.array == "b" for found in self.found) else "")

    def _means(self, equation: Equation) -> list[bool]:
        known = self.context.batch_mean or self.hints.batch_mean
        if known is not None and (known or self.hints.batch_mean is not None):
            return [known]
        return [True, False] if Factor(LENGTHS["batch"], -1, known=True) in _parts(equation) else [False]

    # Where indices begin

    def _bases(self, letters: Letters) -> list[tuple[dict[str, int], tuple[str, ...]]]:
        """The first index of every array, by what the text says and by where sums begin."""
        known = self.context.index_base
        evidence = self._evidence(letters)
        values = {value for some in evidence.values() for value in some}
        if self.hints.base is not None:
            return self._bases_from(self.hints.base, evidence)
        choices: list[dict[str, int]] = [] if values and known not in values else [{"": known}]
        choices += [{"": value} for value in sorted(values - {known})]
        if values - {known}:
            choices.append({"": known, **{key: next(iter(some)) for key, some in evidence.items() if len(some) == 1}})
        if not (values or self.hints.base_known):
            choices.append({"": 1 - known})
        return [(choice, self._told_of(choice)) for choice in choices]

    def _bases_from(self, base: int, evidence: Mapping[str, set[int]]) -> list[tuple[dict[str, int], tuple[str, ...]]]:
        """The first index of positions is known; channels and examples may count in another way."""
        other = {axis: next(iter(some)) for axis, some in evidence.items() if axis in LENGTHS and len(some) == 1}
        choices = [{"": base, **other}, {"": base}] if other else [{"": base}]
        return [(choice, self._told_of(choice)) for choice in choices]

    def _base_told(self, letters: Letters, bases: Mapping[str, int]) -> int | None:
        """The first index of all positions, where a sum begins with it or positions are added."""
        spatial = {value for axis, value in bases.items() if axis not in LENGTHS}
        indices = [index for each in self.found for axis, index in letters.layout.indices(each).items()
                   if axis.isdigit()]  # fmt: skip
        added = any(len({part for part in walk(index) if part in letters.letters}) > 1 for index in indices)
        begun = any(some for axis, some in self._evidence(letters).items() if axis not in LENGTHS)
        return bases[""] if len(spatial) == 1 and (added or begun) else None

    def _told_of(self, bases: Mapping[str, int]) -> tuple[str, ...]:
        known = self.context.index_base
        if bases[""] != known:
            return (f"indices count from {bases['']}",)
        return tuple(f"indices of {key} count from {value}" for key, value in bases.items() if value != known)

    def _evidence(self, letters: Letters) -> dict[str, set[int]]:
        """Where sums over the indices of each array, or over channels, begin."""
        found: dict[str, set[int]] = {}
        for node in walk(self.tree):
            for each in limits(node) if isinstance(node, Bounded) and node.below else ():
                uses = [use for use in letters.uses(each.letter, node.body) if isinstance(use[2], Named)]  # type: ignore[attr-defined]
                if isinstance(each.low, Number) and each.low.value in (0, 1) and uses:
                    array, axis, _ = uses[0]
                    found.setdefault(array if axis.isdigit() else axis, set()).add(int(each.low.value))
        return found

    # What letters of sizes are

    def _meanings(self, uses: Sequence[Use]) -> Iterator[tuple[dict[Named, str], tuple[str, ...]]]:
        """Every choice of meanings, the likeliest first, and what has to be said of it."""
        by_letter: dict[Named, list[Use]] = {}
        for use in uses:
            by_letter.setdefault(use.letter, []).append(use)
        options = {
            letter: self._of_the_right_size(letter, candidates(letter, some, self.names, self.hints))
            for letter, some in by_letter.items()
        }
        ranks = sorted(product(*(range(len(option)) for option in options.values())), key=lambda at: (sum(at), at))
        for rank in ranks[:MOST_MEANINGS]:
            meaning = {letter: option[at] for (letter, option), at in zip(options.items(), rank, strict=True)}
            guesses = [letter for letter, option in options.items() if len(option) > 1 and meaning[letter] in GUESSED]
            yield meaning, tuple(f"{text_of(each)} is the size of the {meaning[each]}" for each in guesses)

    def _of_the_right_size(self, letter: Named, meanings: list[str]) -> list[str]:
        """The meanings of a letter that fit the number that the text says it is."""
        number = self.context.sizes.get(text_of(letter))
        if number is None or self.layer is None:
            return meanings
        lengths = {"input": "size", "filter": "filter", "output": "output"}
        fitting = [
            meaning for meaning in meanings
            if meaning not in lengths or any(getattr(axis, lengths[meaning]) == number for axis in self.layer.axes)
        ]  # fmt: skip
        return fitting or meanings

    # Formulas about one shape

    def _fixed(self, layout: Layout, way: Way) -> dict[str, int]:
        """The sizes of the layer where the formula speaks of these in numbers."""
        if not self._has_numbers(layout):
            return {}
        if self.layer is None:
            raise UndecidedError("it names positions by numbers, and the sizes of the layer are not known")
        if layout.rank < len(self.layer.axes) or set(GUESSED) & set((way.sizes or {}).values()):
            return {}
        found: dict[str, int] = {}
        for at, axis in enumerate(self.layer.axes):
            found |= {way.model.name("n", at): axis.size, way.model.name("k", at): axis.filter}
        channels = {"in": self.layer.in_channels, "out": self.layer.out_channels, "batch": self.layer.batch}
        known = {axis: count for axis, count in channels.items() if count > 1 or self.context.own is not None}
        return found | {LENGTHS[axis]: count for axis, count in known.items() if axis in way.model.maps}

    def _has_numbers(self, layout: Layout) -> bool:
        """Whether positions or limits of sums are numbers, so that the formula is about these sizes."""
        positions = [index for each in self.found for axis, index in layout.indices(each).items() if axis.isdigit()]
        if any(isinstance(index, Number) or _shift(index) > 1 + self.pads for index in positions):
            return True
        sums = [node for node in walk(self.tree) if isinstance(node, Bounded) and node.below]
        return any(isinstance(each.high, Number) for node in sums for each in limits(node))


def _lengths(converter: Converter) -> dict[str, tuple[str, str]]:
    """What the letters of sizes on positions are, and the axis of those that stand on one."""
    called = {letter: meaning for meaning, letter in SIZES.items()}
    several = converter.model.rank > 1
    return {
        letter: (called[size], next(iter(axes)) if several and len(axes) == 1 else "")
        for (size, letter), axes in converter.axes_of.items()
    }


def _texts(letters: set[Any]) -> tuple[str, ...]:
    return tuple(sorted(map(text_of, letters)))


def _shift(index: Node) -> int:
    """The largest number that is added within an index."""
    if not is_sum(index):
        return 0
    times = {id(part) for node in walk(index) if isinstance(node, Product | Ratio) for part in walk(node)}
    added = [part for part in walk(index) if isinstance(part, Number) and id(part) not in times]
    return max((abs(int(part.value)) for part in added), default=0)


def _parts(equation: Equation) -> list[Formula]:
    """All parts of both sides."""
    found: list[Formula] = []
    waiting: list[Formula] = [equation.left, equation.right]
    while waiting:
        part = waiting.pop()
        found.append(part)
        inner = part.factors if isinstance(part, Times) else part.terms if isinstance(part, Plus) else ()
        waiting += [*inner, *([part.body] if isinstance(part, Total | Divided) else [])]
    return found


def _shared(equation: Equation, model: Model) -> bool:
    """Whether it speaks of the gradient by a parameter, which all examples share."""
    entries = [part for part in _parts(equation) if isinstance(part, Entry)]
    return "batch" in model.maps and any(each.role in ("dF", "db") and each.example is None for each in entries)


def _unknown(equation: Equation) -> set[str]:
    return {part.letter for part in _parts(equation) if isinstance(part, Factor) and not part.known}


def _divides(equation: Equation) -> bool:
    return any(isinstance(part, Entry) and part.inverse for part in _parts(equation))
