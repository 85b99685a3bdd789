"""The ways to understand a formula: what its size letters are, where indices begin, which convolution is meant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import islice, product
from typing import Any

from symconv.checking.context import Context
from symconv.checking.general.answer import Hints, UndecidedError
from symconv.checking.general.converting import Converter, limits
from symconv.checking.general.formula import Divided, Entry, Equation, Factor, Formula, Plus, Times, Total
from symconv.checking.general.layout import Layout, is_sum, layouts
from symconv.checking.general.letters import Letters, Use, candidates, index_letters
from symconv.checking.general.model import LENGTHS, Model
from symconv.checking.general.names import Names, earlier_layer, text_of
from symconv.notation.tree import Bounded, Named, Node, Number, Product, Ratio, Relation, walk

MOST_READINGS = 40
MOST_MEANINGS = 12
STRIDES, DILATIONS = (1, 2, 3), (1, 2)
"""Strides and dilations that are letters are decided for these."""
ARRAYS: Mapping[str, str] = {"O": "the output", "F": "the filter", "X": "the input"}
Numbers = Mapping[str, int]


@dataclass(frozen=True)
class Reading:
    """One way to understand a formula.

    Args:
        steps: the strides and dilations to decide it for, with other sizes where these are numbers.
        told: what has been assumed, one phrase each.
    """

    layout: Layout
    model: Model
    equation: Equation
    steps: tuple[Numbers, ...]
    shown: Mapping[str, str]
    bases: Mapping[str, int]
    told: tuple[str, ...] = ()
    scope: str = "sizes"
    span: str = ""
    summed_again: tuple[str, ...] = ()
    not_summed: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    divides: bool = False


@dataclass
class Readings:
    """All ways to understand left = right that are worth a try, the likeliest first."""

    context: Context
    hints: Hints
    left: Node
    right: Node
    whole_sums: bool = False
    refused: list[UndecidedError] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.tree = Relation((self.left, self.right))
        self.names = Names(self.context.names)
        self.names = replace(self.names, earlier=earlier_layer(self.names, self.tree))
        layer = self.context.layer
        if layer is None and self.context.kind not in ("", "conv"):
            raise UndecidedError(f"formulas with general sizes are decided for convolutions, not for {self.context.kind}")
        if layer is not None and getattr(layer, "kind", "") != "conv":
            raise UndecidedError(f"formulas with general sizes are decided for convolutions, not for {layer.kind}")
        if layer is not None and layer.groups > 1 and not layer.groups == layer.in_channels == layer.out_channels:
            raise UndecidedError("formulas with general sizes are not decided for groups of several channels")

    @property
    def layer(self) -> Any:
        return self.context.layer

    def __iter__(self) -> Iterator[Reading]:
        return islice(self._all(), MOST_READINGS)

    def _all(self) -> Iterator[Reading]:
        rank = self.layer and len(self.layer.axes)
        found = list(self.names.occurrences(self.tree))
        if not any(each.role != "L" for each in found):
            raise UndecidedError("no array of the layer stands in it")
        for layout in layouts(found, self.hints, rank):
            letters = Letters(self.names, layout, index_letters(self.names, layout, self.tree))
            for model, said in self._models(layout):
                yield from self._understood(layout, letters, model, said)

    def _understood(self, layout: Layout, letters: Letters, model: Model, said: Sequence[str]) -> Iterator[Reading]:
        for bases, about in self._bases(letters):
            try:
                survey = self._converter(layout, letters, model, bases, None)
                survey.equation(self.left, self.right)
                for (sizes, guessed), array in product(self._meanings(survey.uses), "OFX" if survey.guessed else "O"):
                    told = tuple(f"{text_of(each)} runs over {ARRAYS[array]}" for each in survey.guessed)
                    yield from self._made(layout, letters, model, bases, sizes, (*said, *about, *guessed, *told), array)
            except UndecidedError as error:
                self.refused.append(error)

    def _converter(
        self, layout: Layout, letters: Letters, model: Model, bases: Mapping[str, int], sizes: Mapping[Named, str] | None
    ) -> Converter:
        found = Converter(self.names, layout, letters, model, bases, sizes)
        found.tree, found.whole_sums = self.tree, self.whole_sums
        if self.layer is not None and layout.rank < len(self.layer.axes):
            found.counts = {role: _count(self.layer, role) for role in "XFO"}
        return found

    def _made(
        self, layout: Layout, letters: Letters, model: Model, bases: Mapping[str, int], sizes: Mapping[Named, str],
        told: tuple[str, ...], guess: str,
    ) -> Iterator[Reading]:  # fmt: skip
        try:
            converter = self._converter(layout, letters, model, bases, sizes)
            converter.guess = guess
            equation = converter.equation(self.left, self.right)
        except UndecidedError as error:
            self.refused.append(error)
            return
        used = set(sizes.values())
        model = replace(model, padding="letter") if "padding" in used else model
        fixed = self._fixed(layout, sizes)
        on_left = {text_of(letter) for letter in converter.free if letter in set(walk(self.left)) | _in_indices(
            letters, self.left)}  # fmt: skip
        free = {text_of(letter) for letter in converter.free}
        for mean in self._means(equation):
            say = (*told, "the loss is the mean over the examples") if mean else told
            for steps, step_told, span in self._steps(layout, model, converter, fixed):
                yield Reading(
                    layout, replace(model, mean=mean), equation, steps, converter.shown, bases, (*say, *step_told),
                    scope="shape" if fixed else "sizes", span=span,
                    summed_again=tuple(sorted({text_of(each) for each in converter.bound} & on_left)),
                    not_summed=tuple(sorted(free - on_left)), unknown=tuple(sorted(_unknown(equation))),
                    divides=any(isinstance(part, Entry) and part.inverse for part in _formulas(equation)),
                )  # fmt: skip

    # Which convolution

    def _models(self, layout: Layout) -> Iterator[tuple[Model, tuple[str, ...]]]:
        """The layers that may be meant."""
        axes = {axis for slots in layout.slots.values() for axis in slots.axes}
        maps = frozenset(axis for axis in axes if not axis.isdigit())
        if any(found.role == "L" and found.lower for found in self.names.occurrences(self.tree)):
            maps |= {"batch"}
        bias = self._bias(layout)
        plain = Model(layout.rank, maps, bias=bias)  # type: ignore[arg-type]
        if self.layer is not None:
            pads = tuple((axis.before, axis.after) for axis in self.layer.axes)[: layout.rank]
            yield replace(plain, convention=self.layer.convention, pads=pads), ()
            return
        known = self.hints.convention
        if known != "convolution":
            yield plain, ()
        if known != "correlation":
            turned = replace(plain, convention="convolution")
            yield turned, () if known else ("the layer is a true convolution, with the filter reversed",)
            yield (
                replace(turned, padding="full"),
                ("the layer is a true convolution whose output reaches as far as the filter does",),
            )

    def _bias(self, layout: Layout) -> str:
        if "b" in layout.slots:
            return "entry" if any(axis.isdigit() for axis in layout.slots["b"].axes) else "map"
        if any(found.array == "b" for found in self.names.occurrences(self.tree)):
            return "entry" if self.layer is not None and self.layer.bias == "entry" else "map"
        return "" if self.layer is None else self.layer.bias or ""

    def _means(self, equation: Equation) -> list[bool]:
        if self.hints.batch_mean is not None or self.context.batch_mean:
            return [self.context.batch_mean if self.hints.batch_mean is None else self.hints.batch_mean]
        return [True, False] if _divides_by_batch(equation) else [False]

    # Where indices begin

    def _bases(self, letters: Letters) -> list[tuple[dict[str, int], tuple[str, ...]]]:
        """The first index of every array, by what the text says and by where sums begin."""
        known = self.context.index_base
        evidence = self._evidence(letters)
        values = {value for some in evidence.values() for value in some}
        mixed = {key: next(iter(some)) for key, some in evidence.items() if len(some) == 1}
        choices: list[dict[str, int]] = [{"": value} for value in sorted(values - {known})] if values else []
        if values and values != {known}:
            choices.append({"": known, **mixed})
        if not values or known in values:
            choices.insert(0, {"": known})
        if not self.hints.base_known and not values:
            choices.append({"": 1 - known})
        return [(choice, self._base_told(choice)) for choice in choices]

    def _base_told(self, choice: Mapping[str, int]) -> tuple[str, ...]:
        known = self.context.index_base
        if choice[""] != known:
            return (f"indices count from {choice['']}",)
        return tuple(f"indices of {key} count from {value}" for key, value in choice.items() if value != known)

    def _evidence(self, letters: Letters) -> dict[str, set[int]]:
        """Where sums over the indices of each array, or over channels, begin."""
        found: dict[str, set[int]] = {}
        for node in _nodes(self.tree):
            if not isinstance(node, Bounded):
                continue
            for letter, low, _ in limits(node):
                uses = [use for use in letters.uses(letter, node.body) if isinstance(use[2], Named)]
                if isinstance(low, Number) and low.value in (0, 1) and uses:
                    array, axis, _ = uses[0]
                    found.setdefault(array if axis.isdigit() else axis, set()).add(int(low.value))
        return found

    # What letters of sizes are

    def _meanings(self, uses: Sequence[Use]) -> Iterator[tuple[dict[Named, str], tuple[str, ...]]]:
        """Every choice of meanings, the likeliest first, and what has to be said of it."""
        by_letter: dict[Named, list[Use]] = {}
        for use in uses:
            by_letter.setdefault(use.letter, []).append(use)
        options = [candidates(letter, some, self.names, self.hints) for letter, some in by_letter.items()]
        chosen = sorted(product(*(range(len(option)) for option in options)), key=lambda each: (sum(each), each))
        for which in chosen[:MOST_MEANINGS]:
            meaning = {letter: option[at] for letter, option, at in zip(by_letter, options, which, strict=True)}
            told = tuple(
                f"{text_of(letter)} is the size of the {meaning[letter]}"
                for letter, option in zip(by_letter, options, strict=True)
                if len(option) > 1 and meaning[letter] in ("input", "filter", "output")
            )
            yield meaning, told

    # For which numbers

    def _fixed(self, layout: Layout, sizes: Mapping[Named, str]) -> dict[str, int]:
        """The sizes of the layer where the formula speaks of these in numbers."""
        if not self._has_numbers(layout):
            return {}
        if self.layer is None:
            raise UndecidedError("it names positions by numbers, and the sizes of the layer are not known")
        lengths = [each for each in sizes.values() if each in ("input", "filter", "output")]
        if layout.rank < len(self.layer.axes) or lengths:
            return {}
        model = Model(layout.rank)
        found = {}
        for at, axis in enumerate(self.layer.axes):
            found |= {model.name("n", at): axis.size, model.name("k", at): axis.filter}
        return found

    def _has_numbers(self, layout: Layout) -> bool:
        """Whether positions or limits of sums are numbers, so that the formula is about these sizes."""
        for found in self.names.occurrences(self.tree):
            for axis, index in layout.indices(found).items():
                if axis.isdigit() and (isinstance(index, Number) or _shift(index) > 1):
                    return True
        return any(
            isinstance(high, Number)
            for node in _nodes(self.tree)
            if isinstance(node, Bounded)
            for _, _, high in limits(node)
        )

    def _steps(
        self, layout: Layout, model: Model, converter: Converter, fixed: Mapping[str, int]
    ) -> Iterator[tuple[tuple[Numbers, ...], tuple[str, ...], str]]:
        """Strides and dilations to decide for: all of some where they are letters, else the layer's, else 1."""
        lettered = {
            kind: [axes for key, axes in converter.places_of.items() if key.startswith(kind)] for kind in ("s", "d")
        }
        layers = self._layer_steps(layout.rank)
        for stride, dilation, told in layers:
            given = {"s": stride, "d": dilation}
            spread = {"s": STRIDES, "d": DILATIONS}
            choices = [
                _spread(kind, given[kind], lettered[kind], spread[kind], model) for kind in ("s", "d")
            ]
            steps = tuple({**one, **other, **fixed} for one in choices[0] for other in choices[1])
            yield steps, told, _span(given, lettered)

    def _layer_steps(self, rank: int) -> list[tuple[tuple[int, ...], tuple[int, ...], tuple[str, ...]]]:
        ones = (1,) * rank
        if self.layer is not None:
            axes = self.layer.axes[:rank]
            return [(tuple(axis.stride for axis in axes), tuple(axis.dilation for axis in axes), ())]
        found: list[tuple[tuple[int, ...], tuple[int, ...], tuple[str, ...]]] = []
        for number in sorted(self._multiples()):
            found.append(((number,) * rank, ones, (f"the stride is {number}",)))
            found.append((ones, (number,) * rank, (f"the dilation is {number}",)))
        return [*found, (ones, ones, ())]

    def _multiples(self) -> set[int]:
        """The numbers that positions are multiplied or divided by."""
        found: set[int] = set()
        for each in self.names.occurrences(self.tree):
            for index in each.below(None) or ():
                for part in walk(index):
                    parts_ = part.factors if isinstance(part, Product) else (part.under,) if isinstance(part, Ratio) else ()
                    found |= {int(p.value) for p in parts_ if isinstance(p, Number) and 1 < p.value < 9}  # noqa: PLR2004
        return found


def _spread(
    kind: str, given: Sequence[int], lettered: Sequence[set[str]], values: Sequence[int], model: Model
) -> list[dict[str, int]]:
    """Numbers for each axis: several where a letter stands there, the same on all axes that share one."""
    axes = [model.name(kind, at) for at in range(model.rank)]
    shared = [{model.name(kind, axis) for axis in some} for some in lettered]
    found = []
    for numbers in product(*(values if any(axis in some for some in shared) else (given[at],)
                             for at, axis in enumerate(axes))):  # fmt: skip
        chosen = dict(zip(axes, numbers, strict=True))
        if all(len({chosen[axis] for axis in some}) == 1 for some in shared):
            found.append(chosen)
    return found


def _span(given: Mapping[str, Sequence[int]], lettered: Mapping[str, Sequence[set[str]]]) -> str:
    """For which strides and dilations it is decided."""
    told = []
    for kind, name, values in (("s", "stride", STRIDES), ("d", "dilation", DILATIONS)):
        if lettered[kind]:
            told.append(f"{name}s {values[0]} to {values[-1]}")
        elif set(given[kind]) != {1} or kind == "s":
            told.append(f"{name} {'x'.join(map(str, dict.fromkeys(given[kind])))}")
    return ", ".join(told)


def _shift(index: Node) -> int:
    """The largest number that is added within an index."""
    if not is_sum(index):
        return 0
    numbers = [part for part in walk(index) if isinstance(part, Number)]
    times = {part for node in walk(index) if isinstance(node, Product | Ratio) for part in walk(node)}
    return max((abs(int(part.value)) for part in numbers if part not in times), default=0)


def _nodes(tree: Node) -> Iterator[Node]:
    return walk(tree)


def _in_indices(letters: Letters, tree: Node) -> set[Node]:
    """The letters within the indices of a tree."""
    return {
        part
        for found in letters.names.occurrences(tree)
        for index in (*letters.layout.indices(found).values(), *found.above)
        for part in walk(index)
    }


def _formulas(equation: Equation) -> Iterator[Formula]:
    """All parts of both sides."""
    waiting: list[Formula] = [equation.left, equation.right]
    while waiting:
        part = waiting.pop()
        yield part
        inner = part.factors if isinstance(part, Times) else part.terms if isinstance(part, Plus) else ()
        waiting += [*inner, *([part.body] if isinstance(part, Total | Divided) else [])]


def _unknown(equation: Equation) -> set[str]:
    """The factors of which nothing is known."""
    factors = (part for part in _formulas(equation) if isinstance(part, Factor))
    return {factor.letter for factor in factors} - set(LENGTHS.values())


def _divides_by_batch(equation: Equation) -> bool:
    return any(part == Factor(LENGTHS["batch"], -1) for part in _formulas(equation))


def _count(layer: Any, role: str) -> int:
    """How many positions an array has on its spatial axes."""
    what = {"X": "size", "F": "filter", "O": "output"}[role]
    return int(Fraction(_product([getattr(axis, what) for axis in layer.axes])))


def _product(numbers: Sequence[int]) -> int:
    found = 1
    for number in numbers:
        found *= number
    return found
