"""Whether formulas about layers in sequence hold, for which readings of the layers, and for which sizes.

A formula of matrix products, transposes, sums over whole axes and products entry by entry is, in the entries of its
arrays, a sum of products with one index letter for each axis that it speaks of.

Lemma: two such sums are equal for all sizes as soon as they are for sizes of at least the number of letters that one
product has for an axis. For take the products that are left when equal ones cancel, and of these one with most letters:
where its letters are all different positions, no other one gives the same product of entries.

Lemma: along an axis, a formula with at most one sliding product in each product of factors, and with reversals and
padding by lengths of filters, joins positions by one equation ± i ± p ± q = c, with bounds that are all of them affine
in the sizes. Two affine functions of the sizes that agree at one point, and where each size is longer by one, are the
same. So a formula that holds for these sizes holds for all.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Any, TypeAlias

from symconv.checking.context import Context
from symconv.checking.judging import Step, compared, no_claim
from symconv.checking.layered.evaluating import SequenceEvaluator
from symconv.checking.layered.letters import INPUT, Letters, Text
from symconv.checking.layered.plans import Known, Plan, Sizes, labelled
from symconv.checking.layered.resolving import ClashError, Resolver
from symconv.checking.layered.scripts import Label
from symconv.checking.layered.sides import misfits
from symconv.checking.layered.speech import Speech, parts, slides
from symconv.checking.layered.stages import LOSSES, Stages
from symconv.checking.operators import Frame
from symconv.checking.spelling import UnknownNameError, Vocabulary
from symconv.notation.tree import Bounded, Cases, Index, Node, Number, Partial, Relation, Sum, Symbol, Transpose, walk

MOST_LAYERS = 4
MOST_POOLED = 2
"""Layers from the first to the last that is spoken of, and with pooling behind them."""
MOST_LETTERS_OF_ONE = 1
"""Letters that one array is a sum over in its own definition, for any axis."""
ROW_AND_COLUMN = "a row stands where a column has to: a transpose is missing or too much"
LAID_OUT = "holds where derivatives of vectors are laid out by what they are differentiated by"


@dataclass(frozen=True)
class Case:
    """Two sides, and what is known of them."""

    sides: tuple[Node, Node]
    speech: Speech
    context: Context
    whole: Speech
    alias: Mapping[str, str]
    signs: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def base(self) -> str:
        return next((label.base for label in self.whole.labels if label.base not in self.alias), "")

    @property
    def base_known(self) -> bool:
        """Whether it matters from where indices count, and the text tells."""
        said = said_in(self.context, self.speech.letters)
        return not self.speech.computes_indices or said.has_numbers

    def _numbers(self, plan: Plan) -> tuple[int, int]:
        """The first and the last layer whose weighted sums are needed."""
        first, last = [], []
        for each in self.whole.labelled:
            assert each.scripts.label is not None
            number = each.scripts.label.shift + (plan.shift if each.kind in ("F", "b") else 0)
            first.append(number + (each.kind == INPUT))
            last.append(number)
        return min(first), max(last)

    def world(self, plan: Plan, sizes: Sizes) -> tuple[Stages, str]:
        """The arrays, and the label of the last layer."""
        first, last = self._numbers(plan)
        numbers = range(first, max(first, last) + 1)
        names = {number: str(Label(self.base, number)) for number in range(first - 2, numbers[-1] + 1)}
        weights = {each.scripts.label for each in self.whole.labelled if each.kind == "F"}
        ends = any(self.whole.reaches_the_end(label) for label in self.whole.labels if label.shift == numbers[-1])
        known = Known(self._convolution, alike=len(weights) > 1)
        return labelled(plan, list(numbers), names, sizes, known, whole=ends), names[numbers[-1]]

    def least(self, shift: int = 0) -> int:
        """As many letters as any axis may have on one side, and no fewer than two."""
        return max(MOST_LETTERS_OF_ONE + each.busiest(shift) for each in self.speech.each)

    def decided(self, plan: Plan) -> Step:
        """What one reading says for all sizes."""
        if plan.kind.startswith("convolution") and self._convolution is not None:
            own = self.judged(plan, Sizes(own=True))
            step = self._for_all_sizes(plan) if own.verdict == "proved" else own
            return step if step.verdict == "proved" else replace(own, scope="shape" if own.verdict != "unread" else "")
        return self._for_all_sizes(plan)

    def _for_all_sizes(self, plan: Plan) -> Step:
        if any(isinstance(each, Bounded) and _is_numbered(each) for side in self.sides for each in walk(side)):
            return Step("unread", "its sums end at numbers, and the sizes of the layers are not known")
        if not plan.kind.startswith("convolution"):
            return self.judged(plan, Sizes(self.least(plan.shift)))
        if any(axis.stride != 1 for axis in getattr(self._convolution, "axes", ())):
            return Step("unread", "whether it holds for all sizes with a stride is not known")
        first = self.judged(plan, Sizes())
        if first.verdict != "proved":
            return first
        if not all(_slidings(side) <= 1 for side in self.sides):
            return Step("unread", "whether it holds for all sizes is not known")
        count = 1 + sum(stage.kind == "convolution" for stage in self.world(plan, Sizes())[0].stages)
        steps = [self.judged(plan, Sizes(longer=axis)) for axis in range(count)]
        return next((step for step in steps if step.verdict != "proved"), first)

    @property
    def _convolution(self) -> Any:
        """The convolution whose sizes are known."""
        layer = self.context.layer
        return layer if getattr(layer, "kind", "") == "conv" else None

    def judged(self, plan: Plan, sizes: Sizes) -> Step:
        """What one reading says at some sizes."""
        first, end = self._numbers(plan)
        if end - first >= (MOST_LAYERS if "pool" not in plan.kind else MOST_POOLED):
            return Step("unread", "it speaks of layers that are too far apart")
        world, last = self.world(plan, sizes)
        resolver = Resolver(self.speech.letters, world, self.context.index_base, last, self.alias)
        try:
            left, right = (resolver(side) for side in self.sides)
        except UnknownNameError as error:
            return Step("unread", str(error))
        except ClashError as error:
            return Step("refuted", str(error), "sizes")
        reason = no_claim(left, right)
        if reason:
            return Step("not-a-claim", reason, left=left, right=right)
        return judged(left, right, self.evaluator(plan, world), plan)

    def evaluator(self, plan: Plan, world: Stages) -> SequenceEvaluator:
        slides = [stage.axes for stage in world.stages if stage.kind == "convolution"]
        family = Family("convolution" if plan.reverse else "correlation", slides[-1] if slides else ())
        vocabulary = Vocabulary(Context(index_base=self.context.index_base), world.shapes)
        return SequenceEvaluator(Frame(world, family, {**self.context.signs, **self.signs}), vocabulary, {})


@dataclass(frozen=True)
class Family:
    """What operators ask of a layer."""

    convention: str
    axes: tuple[Any, ...]


def judged(left: Node, right: Node, evaluator: SequenceEvaluator, plan: Plan) -> Step:
    """Whether two resolved sides are equal in one world."""
    reason = _mixed_letter(left, right, evaluator.stages) if plan.kind == "dense" else ""
    if reason:
        return Step("refuted", reason, "sizes", left, right, evaluator=evaluator)
    if _is_number(right) and isinstance(left, Symbol) and left.role.startswith("d:"):
        reason = "a derivative alone is no gradient: the gradient by what follows is missing as a factor"
        return Step("refuted", reason, "sizes", left, right, mistake="missing-factor", evaluator=evaluator)
    step = compared(left, right, evaluator)
    if step.verdict == "proved" and plan.kind.startswith("dense") and misfits((left, right), evaluator.stages.shapes):
        return Step("refuted", ROW_AND_COLUMN, "sizes", left, right, mistake="missing-transpose", evaluator=evaluator)
    if step.verdict == "refuted" and any(isinstance(side, Partial) for side in (left, right)):
        turned = compared(_turned(left), _turned(right), evaluator)
        step = replace(turned, notes=(*turned.notes, LAID_OUT)) if turned.verdict == "proved" else step
    scope = "sizes" if step.verdict in ("proved", "refuted") else ""
    return replace(step, scope=scope, left=left, right=right, evaluator=evaluator)  # type: ignore[arg-type]


def _turned(node: Node) -> Node:
    """A derivative laid out the other way."""
    return Transpose(node) if isinstance(node, Partial) else node


def _is_number(node: Node) -> bool:
    """Whether something is 1 in some cases and 0 in others."""
    return isinstance(node, Cases) and all(isinstance(each.value, Number) for each in node.branches)


def _mixed_letter(left: Node, right: Node, world: Stages) -> str:
    """A letter that counts entries of axes that are not equally long."""
    found: dict[str, set[int]] = {}
    for each in itertools.chain(walk(left), walk(right)):
        for place, length in zip(each.index, world.shapes[each.role], strict=False) if isinstance(each, Symbol) else ():
            if isinstance(place, Index):
                for letter, _ in place.parts:
                    found.setdefault(letter, set()).add(length)
    mixed = [letter for letter, counted in found.items() if len(counted) > 1]
    return f"the index {mixed[0]} counts the entries of axes that are not equally long" if mixed else ""


def _slidings(node: Node) -> int:
    """The most sliding products that are put into one another or multiplied."""
    inside = [_slidings(part) for part in parts(node)]
    if isinstance(node, Sum | Relation):
        return max(inside, default=0)
    return sum(inside) + slides(node)


def _is_numbered(node: Bounded) -> bool:
    """Whether a sum ends at a number."""
    return any(isinstance(each, Number) for each in node.above)


# Readings


def plans(case: Case) -> Iterator[Plan]:
    """The readings of the layers that a formula allows, usual ones first."""
    speech, whole = case.speech, case.whole
    kinds = ["any"] if speech.is_chain else []
    kinds += ["pool", "convolution, pool", "dense, pool"] if whole.unpools else _kinds(whole, case.context)
    for kind in kinds:
        yield from _of_kind(kind, case)


def _kinds(speech: Speech, context: Context) -> list[str]:
    if speech.slides or (speech.axes or 0) > 1:
        return ["convolution"]
    if speech.multiplies or speech.axes == 1:
        return ["dense"]
    return ["convolution", "dense"] if context.kind.startswith("conv") else ["dense", "convolution"]


def _of_kind(kind: str, case: Case) -> Iterator[Plan]:
    speech, whole = case.speech, case.whole
    first = Plan(kind, bias="map" if whole.biased or not whole.mentions_kind("F") else "", ranks=whole.ranks())
    losses: tuple[str, ...] = ("",)
    if speech.mentions_kind("y"):
        losses = said_in(case.context, speech.letters).losses or tuple(LOSSES)
    for loss, plan in itertools.product(losses, _CONVENTIONS.get(kind, lambda plan, case: iter((plan,)))(first, case)):
        yield replace(plan, loss=loss)


def _dense(plan: Plan, case: Case) -> Iterator[Plan]:
    batch, mean = _batches(case)
    for weights, shift in itertools.product(("W a", "a W", "a W^T", "W^T a"), (0, 1)):
        yield replace(plan, weights=weights, shift=shift, batch=batch, mean=mean)


def _convolutions(plan: Plan, case: Case) -> Iterator[Plan]:
    family = getattr(case.context.layer, "convention", "")
    if getattr(case.context.layer, "bias", "") == "entry" or case.whole.biases_by_entry:
        plan = replace(plan, bias="entry")
    for reverse, shift in itertools.product((False, True), (0, 1)):
        if reverse == (family == "convolution") or not family:
            yield replace(plan, reverse=reverse, shift=shift)


_CONVENTIONS: Mapping[str, Any] = {
    "dense": _dense, "dense, pool": _dense, "convolution": _convolutions, "convolution, pool": _convolutions,
}  # fmt: skip


def _batches(case: Case) -> tuple[bool, bool]:
    """Whether arrays hold examples side by side, and gradients by parameters are means over these."""
    speech = case.speech
    said = said_in(case.context, speech.letters)
    mean = speech.averages or (speech.capital and said.averages and not speech.has_local_derivatives)
    return mean or speech.examples, mean


def is_usual(plan: Plan) -> bool:
    """Whether a text need not say that it means this."""
    return plan.weights != "W^T a" and not plan.shift and plan.active and not (plan.reverse or plan.slope)


Facet: TypeAlias = tuple[str, str, int, bool]


def facet(plan: Plan) -> Facet:
    """What a text's formulas for the layers say of a reading."""
    return plan.kind.partition(",")[0], plan.weights, plan.shift, plan.reverse


@lru_cache(maxsize=64)
def _speech_of(text: Text, single: bool) -> Speech:  # noqa: FBT001
    return Speech(text.stated, Letters(dict(text.names), single))


def said_in(context: Context, letters: Letters) -> Speech:
    """What the formulas of a text speak of."""
    return _speech_of(Text(context), letters.single)
