"""The verdict on a formula about layers in sequence, by all readings that the text leaves open."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from symconv.checking.assumptions import Assumption
from symconv.checking.context import Context
from symconv.checking.judging import CLAIMS, Step
from symconv.checking.layered.judging import Case, Facet, facet, is_usual, plans
from symconv.checking.layered.letters import LOSS, Letters, Text, plain
from symconv.checking.layered.means import judged_mean
from symconv.checking.layered.named import judge_named
from symconv.checking.layered.plans import WRITTEN, Plan, Sizes
from symconv.checking.layered.scripts import Label
from symconv.checking.layered.speech import POOLS, Speech
from symconv.checking.layered.stages import SLOPES
from symconv.meaning.polynomials import effort
from symconv.notation.tree import Applied, Blank, Listed, Named, Negative, Node, Relation, Sum, Words, walk

EVIDENCE_PRODUCTS = 20_000
"""Products of terms that one way to compute a layer may take when a formula is asked about it."""
MOST_STATED = 30
"""Formulas of a text that are asked for what its layers compute."""
GENERAL = ("any", "pool")
"""Readings that say nothing of how weights and inputs are joined."""
DENSE_KINDS = frozenset({"dense", "linear", "affine", "fully_connected", "fc"})
ACTIVATIONS = frozenset({
    "activation", "softmax", "relu", "leaky-relu", "sigmoid", "tanh", "softplus", "silu", "gelu",
})  # fmt: skip
ACTIVATED = {"X": "O", "O": "X", "dX": "G", "G": "dX"}
"""The roles of an activation's arrays in the layer that it belongs to."""
KIND_NOTES = {"dense": "holds where layers are dense", "convolution": "holds where layers are convolutions"}
SOFTENED = ("it holds only ", ", which the text does not say")


def judge_layered(relation: Relation, context: Context) -> list[Step] | None:
    r"""What is known of each two neighbouring sides of a raw formula about layers; None for one that is not.

    >>> from symconv.notation.reading import read
    >>> context = Context(names={"X": ("a",), "O": ("z",), "F": ("W",), "G": (r"\delta",), "L": ("C",)})
    >>> formula = read(r"\delta^l = (W^{l+1})^T \delta^{l+1} \odot \sigma'(z^l)")
    >>> [(step.verdict, step.scope) for step in judge_layered(formula, context)]
    [('proved', 'sizes')]
    """
    context = _of_layers(context)
    mean = _of_a_mean(relation, context)
    if mean is not None:
        return [mean]
    for single in (False, True):
        whole = Speech((relation,), Letters(context.names, single))
        if _is_dense(whole, context) if single else _is_about_layers(whole, context):
            return list(_steps(relation, whole, context))
    return judge_named(relation, context)


def _of_layers(context: Context) -> Context:
    """What an activation function is given is what its layer computes, and what it returns is passed on."""
    if (getattr(context.layer, "kind", "") or context.kind) not in ACTIVATIONS:
        return context
    names = {ACTIVATED.get(role, role): spellings for role, spellings in context.names.items()}
    return replace(context, names=names)


def _of_a_mean(relation: Relation, context: Context) -> Step | None:
    if len(relation.sides) != 2 or relation.sign not in CLAIMS:
        return None
    return judged_mean(*relation.sides, Letters(context.names))


def _is_about_layers(whole: Speech, context: Context) -> bool:
    """Whether what stands above names are layers; numbers may be channels where nothing else is said."""
    if not whole.about_layers:
        return False
    if whole.certainly or whole.tells_layers:
        return True
    return any(Speech((node,), whole.letters).leads_on for node in context.stated)


def _is_dense(whole: Speech, context: Context) -> bool:
    """Whether a formula that has no layers' names speaks of a dense layer whose sizes nobody knows."""
    said = context.kind in DENSE_KINDS or (not context.kind and whole.multiplies)
    return whole.about_one_layer and said and context.layer is None and not whole.slides


def _steps(relation: Relation, whole: Speech, context: Context) -> Iterator[Step]:
    evidence = _evidence(context, single=whole.letters.single)
    for at, (left, right) in enumerate(itertools.pairwise(relation.sides)):
        if relation.sign_before(at + 1) not in CLAIMS:
            continue
        reason = _no_claim(left, right, whole.letters)
        if reason:
            yield Step("not-a-claim", reason, left=left, right=right)
            continue
        step = _judged((left, right), whole, context, evidence)
        yield replace(step, left=left, right=right, pair=None, evaluator=None, written=(left, right))


def _judged(sides: tuple[Node, Node], whole: Speech, context: Context, evidence: Evidence) -> Step:
    speech = Speech(sides, whole.letters)
    bases = {label.base for label in whole.labels}
    case = Case(sides, speech, context, whole, {})
    if len(bases) == 1:
        step = _in_a_base(case, evidence)
        if step.verdict == "proved" and speech.ends_at_a_letter:
            return Step("unread", "whether its sum ends with the last entry is not known")
        return step
    if bases != {"l", "L"}:
        return Step("unread", "its layers are counted in several ways")
    alias = {str(label): str(Label("l", label.shift)) for label in whole.labels if label.base == "L"}
    step = Trial(replace(case, alias=alias), evidence).verdict
    if step.verdict == "proved" and len({label.base for label in speech.labels}) > 1:
        return Step("unread", "it speaks of layer l and of the last layer L: it holds where they are the same")
    return step


def _in_a_base(case: Case, evidence: Evidence) -> Step:
    """With indices counted from the number that the context says, or from the other where the text tells none."""
    step = Trial(case, evidence).verdict
    if step.verdict != "refuted" or case.base_known:
        return step
    base = 1 - case.context.index_base
    other = Trial(replace(case, context=replace(case.context, index_base=base)), evidence).verdict
    if other.verdict != "proved":
        return step
    return replace(other, notes=(*other.notes, f"holds where indices count from {base}"))


def _no_claim(left: Node, right: Node, letters: Letters) -> str:
    """Why a raw equation claims nothing, or an empty text."""
    if isinstance(left, Blank) or isinstance(right, Words | Listed):
        return "nothing to compare"
    if isinstance(left, Named) and letters.array(left) == LOSS:
        return "it says what the loss is"
    if isinstance(left, Named) and letters.array(left) is None:
        return "it says what a name stands for"
    if isinstance(right, Sum) and left in right.terms and _has_unknown(right, letters):
        return "it is an update"
    if isinstance(right, Applied) and letters.function(right.head) == 0 and isinstance(right.arguments[0], Named):
        same = isinstance(left, Named) and Speech((left,), letters).labels == Speech((right,), letters).labels
        other = isinstance(left, Named) and plain(left.letter) != plain(right.arguments[0].letter)
        return "it says what the activation function is" if same and other else ""
    return ""


def _has_unknown(node: Node, letters: Letters) -> bool:
    """Whether a letter is neither an array nor a function, such as a learning rate."""
    heads = {each.head for each in walk(node) if isinstance(each, Applied)}
    return any(isinstance(each, Named) and each not in heads and letters.array(each) is None for each in walk(node))


# What the text says of its layers


@dataclass(frozen=True)
class Evidence:
    """The formulas of a text that tell what a layer computes, as the readings under which each of them holds.

    They are those that say so; where there is none, the gradients of dense layers vote.
    """

    readings: Mapping[tuple[Node, Node], Mapping[Facet, Mapping[str, str]]]
    says: bool
    activates: bool
    unpools: bool

    @cached_property
    def votes(self) -> Counter[Facet]:
        return Counter(one for each in self.readings.values() for one in each)

    def keeps(self, plan: Plan) -> bool | None:
        """Whether the text computes its layers so; None where it does not say."""
        own = facet(plan)
        rivals = [count for one, count in self.votes.items() if one[0] == own[0]]
        return self.votes.get(own, 0) == max(rivals) if rivals else None

    def signs(self, plan: Plan) -> Mapping[str, str]:
        """What sliding signs mean where layers are computed so."""
        return next((each[facet(plan)] for each in self.readings.values() if facet(plan) in each), {})

    def assumption(self, sides: tuple[Node, Node]) -> tuple[Assumption, ...]:
        """How layers are computed for a gradient to be right, where no formula says how they are."""
        facets = frozenset(self.readings.get(sides, ())) if not self.says else frozenset()
        written = " or ".join(dict.fromkeys(WRITTEN[weights] for _, weights, _, _ in sorted(facets)))
        return (Assumption(("layers",), facets, f"layers compute {written}"),) if facets else ()


def _evidence(context: Context, *, single: bool) -> Evidence:
    return _evidence_of(Text(context), single)


@lru_cache(maxsize=64)
def _evidence_of(text: Text, single: bool) -> Evidence:  # noqa: FBT001
    letters = Letters(dict(text.names), single)
    context = Context(names=dict(text.names), index_base=text.base)
    found = _held(_forwards(text.stated, letters), letters, context)
    others = {} if found else _held(_gradients(text.stated, letters), letters, context)
    dense = {pair: {one: signs for one, signs in each.items() if one[0] == "dense"} for pair, each in others.items()}
    speech = Speech(text.stated, letters)
    return Evidence(found or dense, bool(found), speech.activates or (bool(found) and not single), speech.unpools)


def _held(
    pairs: Sequence[tuple[Node, Node]], letters: Letters, context: Context
) -> dict[tuple[Node, Node], Mapping[Facet, Mapping[str, str]]]:
    """The readings under which formulas hold; none of those that hold under no reading."""
    found = {pair: _readings(pair, letters, context) for pair in pairs[:MOST_STATED]}
    return {pair: readings for pair, readings in found.items() if readings}


def _gradients(stated: Sequence[Node], letters: Letters) -> list[tuple[Node, Node]]:
    """What gradients are said to be, in formulas that speak of weights."""
    relations = [node for node in stated if isinstance(node, Relation)]
    pairs = (pair for node in relations if Speech((node,), letters).mentions_kind("F") for pair in _claimed(node))
    return list(dict.fromkeys(pairs))


def _claimed(node: Relation) -> Iterator[tuple[Node, Node]]:
    """Each two neighbouring sides that are said to be equal."""
    return (pair for at, pair in enumerate(itertools.pairwise(node.sides), 1) if node.sign_before(at) in CLAIMS)


def _forwards(stated: Sequence[Node], letters: Letters) -> list[tuple[Node, Node]]:
    """What says what a layer computes, sides of chains too."""
    pairs = [pair for node in stated if isinstance(node, Relation) for pair in _pairs(node)]
    return [pair for pair in dict.fromkeys(pairs) if Speech((Relation(pair),), letters).is_forward()]


def _pairs(node: Relation) -> Iterator[tuple[Node, Node]]:
    first = node.sides[0]
    yield from ((first, side) for at, side in enumerate(node.sides[1:], 1) if node.sign_before(at) in ("=", "≔", "≡"))


def _readings(pair: tuple[Node, Node], letters: Letters, context: Context) -> dict[Facet, Mapping[str, str]]:
    whole = Speech((Relation(pair),), letters)
    about = whole.about_one_layer if letters.single else whole.about_layers
    if not about or len({label.base for label in whole.labels}) > 1:
        return {}
    case = Case(pair, Speech(pair, letters), context, whole, {})
    found: dict[Facet, Mapping[str, str]] = {}
    for plan in plans(case):
        if plan.kind != "any":
            with effort(EVIDENCE_PRODUCTS):
                step = case.judged(plan, Sizes(case.least(plan.shift)))
            if step.verdict == "proved":
                found[facet(plan)] = dict(step.signs.chosen)
    return found


# One equation


@dataclass(frozen=True)
class Trial:
    """All readings of two sides."""

    case: Case
    evidence: Evidence

    @cached_property
    def plans(self) -> tuple[Plan, ...]:
        found = [plan for plan in plans(self.case) if plan.kind == "any" or self._allows(plan)]
        stated = [plan for plan in found if plan.kind in GENERAL or self.evidence.keeps(plan)]
        return tuple(stated if any(plan.kind not in GENERAL for plan in stated) else found)

    def _allows(self, plan: Plan) -> bool:
        """Whether the text leaves a reading open; true convolutions have to be spoken of."""
        kept = self.evidence.keeps(plan)
        said = getattr(self.case.context.layer, "convention", "") == "convolution"
        return kept is not False and (kept is True or said or not plan.reverse)

    def _decided(self, plan: Plan) -> Step:
        signs = self.evidence.signs(plan)
        step = replace(self.case, signs=signs).decided(plan)
        if step.verdict != "proved":
            return step
        said = plan.kind == "any" or (self.evidence.says and self.evidence.keeps(plan))
        notes = _others(plan) if said else plan.notes
        assumes = self.evidence.assumption(self.case.sides) if plan.kind == "dense" else ()
        return replace(step, notes=tuple(dict.fromkeys((*step.notes, *notes, *self._kind(plan)))), assumes=assumes)

    def _kind(self, plan: Plan) -> Iterator[str]:
        """That the layers are of one kind, where nothing tells that they are not of another."""
        open_kinds = {each.kind for each in self.plans} >= set(KIND_NOTES)
        weighted = self.case.speech.mentions_kind("F") or self.case.speech.biased
        if weighted and open_kinds and plan.kind in KIND_NOTES and not self.case.context.kind.startswith(plan.kind[:4]):
            yield KIND_NOTES[plan.kind]

    @property
    def verdict(self) -> Step:
        steps: list[tuple[Plan, Step]] = []
        unusual: Step | None = None
        for plan in self.plans:
            step = self._decided(plan)
            if step.verdict == "not-a-claim":
                return step
            if step.verdict != "proved":
                steps += [(plan, step)] if plan.kind != "any" else []
            elif is_usual(plan) or self.evidence.keeps(plan):
                return step
            else:
                unusual = unusual or step
        return self._softened(steps) or (_doubtful(unusual) if unusual else self._failed(steps))

    def _softened(self, steps: Sequence[tuple[Plan, Step]]) -> Step | None:
        """What holds for some activation functions, or where there is none."""
        usual = [plan for plan, _ in steps if is_usual(plan)]
        for plan in usual:
            for slope in SLOPES if self._may_hold_slopes else ():
                step = self._decided(replace(plan, slope=slope))
                if step.verdict == "proved":
                    return step
        for plan in usual if self._is_pooled or not self._activates else ():
            step = self._decided(replace(plan, active=False))
            if step.verdict == "proved":
                return step if self._is_pooled else _doubtful(step)
        return None

    @property
    def _may_hold_slopes(self) -> bool:
        """Whether the derivative of a function may stand there as what it is in its values, which takes a minus."""
        subtracts = any(isinstance(each, Negative) for side in self.case.sides for each in walk(side))
        return subtracts and not self.case.speech.differentiates

    @property
    def _activates(self) -> bool:
        """Whether the text puts an activation function behind its layers."""
        return self.evidence.activates or self.case.whole.activates

    @property
    def _is_pooled(self) -> bool:
        """Whether pools stand there too, beside which a layer often has no activation function."""
        context = self.case.context
        pooled = {context.kind, getattr(context.layer, "kind", "")} & POOLS or self.case.whole.unpools
        return bool(pooled) or self._is_dense_beside_pooling

    @property
    def _is_dense_beside_pooling(self) -> bool:
        """Whether the layer that comes next may flatten what was pooled."""
        return self.evidence.unpools and not self.case.whole.slides

    def _failed(self, steps: Sequence[tuple[Plan, Step]]) -> Step:
        first = steps[0][0].loss if steps else ""
        refuted = {plan.kind for plan, step in steps if step.verdict == "refuted"}
        for plan, step in steps:
            if step.verdict == "unread" and plan.loss == first and refuted <= {plan.kind}:
                return step
        usual = [each for each in steps if is_usual(each[0])] or list(steps)
        if not usual:
            return Step("unread", "no reading of its layers is known")
        return usual[0][1]


def _others(plan: Plan) -> tuple[str, ...]:
    """The notes that hold whatever the text says of how layers are computed."""
    return replace(plan, weights="W a", shift=0).notes


def _doubtful(step: Step) -> Step:
    told = "; ".join(note.removeprefix("holds ") for note in step.notes)
    return Step("unread", told.join(SOFTENED), left=step.left, right=step.right)
