"""Who decides a formula: layers in sequence, one layer at its sizes, all sizes, or smooth functions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from symconv.checking.assumptions import Assumption
from symconv.checking.context import Context
from symconv.checking.defined import AS_MANY, BOTH_ZERO, OWN_LOSS, is_lost, is_opaque, judge_behind, judge_defined
from symconv.checking.discovery.vocabulary import QUANTITIES
from symconv.checking.fresh import Fresh
from symconv.checking.general import Hints, decide_chain, decide_operators, is_operator_form
from symconv.checking.general.answer import LETTER, TRUE_CONVOLUTION, General
from symconv.checking.general.names import Names
from symconv.checking.judging import CLAIMS, OTHERS, Judge, Step, names_only
from symconv.checking.layered import judge_layered
from symconv.checking.layered.scripts import scripts
from symconv.checking.operators import Frame, family_said
from symconv.checking.own_lines import judge_own
from symconv.checking.smooth import Definitions, judge_smooth
from symconv.checking.smooth.alone import is_about_a_function, judge_function
from symconv.checking.spelling import Vocabulary
from symconv.errors import SymconvError
from symconv.meaning.polynomials import effort, spend
from symconv.notation.tree import (
    GRADIENTS,
    Applied,
    Big,
    Bounded,
    Cases,
    Function,
    Inner,
    Named,
    Negative,
    Node,
    Number,
    Operation,
    Partial,
    Product,
    Relation,
    Sum,
    Transpose,
    parts_of,
    walk,
)

SMOOTH = frozenset({
    "activation", "softmax", "mse", "bce", "cross-entropy", "batch-norm", "layer-norm", "relu", "leaky-relu", "sigmoid",
    "tanh", "softplus", "silu", "gelu",
})  # fmt: skip
"""Kinds of layers that are decided as expressions."""
SLIDING = frozenset({"conv", "conv2d", "conv1d", "", "conv-transpose", "max-pool", "avg-pool"})
"""Kinds of layers that formulas for all sizes speak of."""


MOST_PRODUCTS, EXPRESSIONS = 2_000_000, 5_000
"""Products of terms that one engine may take for a formula, and as how many comparing expressions counts."""


@dataclass(frozen=True)
class Surroundings:
    """What stands around a formula: the prose before it, what follows on its line, and what was defined before.

    `shown` is what each formula for all sizes that was proved before shows of the layer; `quick` asks for nothing but
    proofs; `instead` is the formula of the text in whose place this one is judged.
    """

    prose: str = ""
    behind: str = ""
    definitions: Definitions = field(default_factory=Definitions)
    given: Any = None
    shown: tuple[Hints, ...] = ()
    fresh: Fresh = field(default_factory=Fresh)
    conditions: tuple[Node, ...] = ()
    """Where the formula is said to hold, words where that is no formula."""
    quick: bool = False
    instead: Node | None = None

    def allow(self, steps: Sequence[Step]) -> bool:
        """Whether proofs of a formula by itself agree with what was shown before."""
        known = Hints.common(self.shown)
        assumed = known.convention is not None and any(map(assumes_true_convolution, steps))
        return not assumed and all(step.shows is None or known.allows(step.shows) for step in steps)


def assumes_true_convolution(step: Step) -> bool:
    """Whether a formula that defines nothing is proved for a true convolution only, which nothing shows."""
    defines = step.shows is not None and step.shows.defines
    return step.verdict == "proved" and not defines and any(note.startswith(TRUE_CONVOLUTION) for note in step.notes)


def open_signs(step: Step, context: Context) -> set[str]:
    """Signs that have to mean something else than what the layer computes, which nothing says."""
    usual = Frame(None, context.layer).families[0]
    return {sign for sign, meaning in step.signs.chosen if meaning != usual and not family_said(context.signs, sign)}


CERTAIN = ("proved", "refuted")
ORDERS = frozenset("<>≤≥≠∈∉⊂⊆")
"""Signs that say where something lies, and not what it is equal to."""
SOME_LOSS = "it holds for a usual loss; whether it does for the one that the text defines is not known"
MATRICES = "whether its letters are numbers or matrices is not said"
Engine = Callable[[Relation, Context, Surroundings], list[Step] | None]


def judged(node: Node, context: Context, around: Surroundings = Surroundings()) -> list[Step]:
    """What is known of each two neighbouring sides of a raw formula, by the first engine that knows it.

    >>> from symconv.notation.reading import read
    >>> from symconv.layers.conv import Conv
    >>> context = Context(Conv(input=3, filter=2), {"X": ["X"], "F": ["F"], "O": ["O"], "L": ["L"]})
    >>> [(step.verdict, step.scope) for step in judged(read("O_i = \\\\sum_u X_{i+u-1} F_u"), context)]
    [('proved', 'sizes')]
    """
    if not isinstance(node, Relation) or set(_signs(node)) <= ORDERS:
        return [Step("not-a-claim", "no equation")]
    if isinstance(node.sides[0], Inner) and names_only(node):
        return [Step("not-a-claim", names_only(node))]
    context = context if around.given is None else replace(context, given=around.given)
    best: list[Step] = (_asked(_own, node, context, around) or []) if context.own is not None else []
    if best:
        return best
    if is_about_a_function(node):
        return _asked(_of_function, node, context, around) or []
    for engine in _engines(node, context, around):
        found = _asked(engine, node, context, around)
        best = _better(best, [_within(step, around.conditions) for step in found or []])
        if best and not any(_is_open(step, context) for step in best):
            break
    return best or [Step("unread", "which layer this speaks of is not known: say it with --input or in the text")]


def _is_open(step: Step, context: Context) -> bool:
    """Whether another engine may know more; what a text defines itself is not supposed to be something else."""
    if step.reason in (OWN_LOSS, BOTH_ZERO) or (is_opaque(step.reason) and kind_of(context) not in SLIDING):
        return False
    return step.verdict == "unread" or step.reason == OTHERS


def _asked(engine: Engine, node: Relation, context: Context, around: Surroundings) -> list[Step] | None:
    """What an engine knows; what it refuses is not understood."""
    try:
        with effort(MOST_PRODUCTS):
            return engine(node, context, around)
    except SymconvError as error:
        return [Step("unread", str(error))]


def _within(step: Step, conditions: tuple[Node, ...]) -> Step:
    """What is wrong in general may hold where it is said to hold, unless the engine has looked there."""
    if step.verdict != "refuted" or not conditions or step.heeds:
        return step
    return Step("unread", "it is said to hold under a condition that is not understood")


def kind_of(context: Context) -> str:
    """The kind of layer that a context speaks of."""
    return getattr(context.layer, "kind", "") or context.kind


def _engines(node: Relation, context: Context, around: Surroundings) -> Iterator[Engine]:
    if context.sliding:
        yield _behind
    if kind_of(context) in SMOOTH or not speaks_of_the_layer(node, context):
        yield _defined
    if kind_of(context) in SMOOTH and names_two_layers(node):
        yield _layered
    if kind_of(context) in SMOOTH:
        yield _smooth
    plain = context.layer is not None and not names_layers(node) and not has_size_letters(node, context)
    if plain and kind_of(context) not in SMOOTH:
        yield _one_layer
    yield _layered
    if has_size_letters(node, context):
        yield _general
    else:
        if context.layer is not None and not plain and not has_several_layers(node, context):
            yield _one_layer
        if context.layer is None:
            yield _general
    if kind_of(context) not in SMOOTH and (has_functions(node) or around.definitions):
        yield _smooth


def _better(best: list[Step], found: list[Step]) -> list[Step]:
    """What is known of each step, by whichever engine knows it first."""
    if not best or len(best) != len(found):
        return (
            found
            if not best or best[0].reason == OTHERS or (found and not any(step.verdict == "unread" for step in found))
            else best
        )
    return [new if _settles(old, new) else old for old, new in zip(best, found, strict=True)]


def _settles(old: Step, new: Step) -> bool:
    """Whether a later engine knows more; what holds for one number of entries is not refuted with another, and no loss
    that the text defines by one that it does not."""
    if old.reason == AS_MANY or is_lost(old.reason):
        return new.verdict == "proved"
    return old.reason == OTHERS or (old.verdict == "unread" and new.verdict != "unread")


# The engines


def _own(node: Relation, context: Context, around: Surroundings) -> list[Step] | None:
    return judge_own(node, context, around.prose + around.behind)


def _defined(node: Relation, context: Context, around: Surroundings) -> list[Step] | None:
    return judge_defined(node, context, instead=around.instead)


def _behind(node: Relation, context: Context, around: Surroundings) -> list[Step] | None:
    return judge_behind(node, context, instead=around.instead)


def _layered(node: Relation, context: Context, around: Surroundings) -> list[Step] | None:
    return judge_layered(node, context)


def _smooth(node: Relation, context: Context, around: Surroundings) -> list[Step] | None:
    spend(EXPRESSIONS)
    found = judge_smooth(
        node, context, given=around.prose, definitions=around.definitions, behind=around.conditions, quick=around.quick
    )
    if found and _multiplies_letters(node) and any(_speaks_of_matrices(each) for each in context.stated):
        return [replace(step, verdict="unread", reason=MATRICES) if step.verdict in CERTAIN else step for step in found]
    if found and any(_defines_loss(each, context) for each in context.stated):
        unsure = {"verdict": "unread", "reason": SOME_LOSS, "notes": (), "scope": ""}
        return [replace(step, **unsure) if _supposes_loss(step) else step for step in found]  # type: ignore[arg-type]
    return found


def _of_function(node: Relation, context: Context, around: Surroundings) -> list[Step]:
    spend(EXPRESSIONS)
    return judge_function(
        node, context, given=around.prose, definitions=around.definitions, behind=around.conditions, quick=around.quick
    )


def _supposes_loss(step: Step) -> bool:
    """Whether a step is proved for one of several usual losses only."""
    return step.verdict == "proved" and any(note.startswith("where the loss is") for note in step.notes)


def _defines_loss(node: Node, context: Context) -> bool:
    """Whether a formula says what the loss is."""
    if not isinstance(node, Relation) or not isinstance(node.sides[0], Named):
        return False
    return Vocabulary(context, {}).role_of(node.sides[0]) == "L" and not isinstance(node.sides[1], Applied)


def _multiplies_letters(node: Node) -> bool:
    """Whether letters without an index stand side by side, which may be numbers or matrices."""
    return any(
        sum(_is_letter(part) for part in parts_of(each)) + _has_bracket(each) > 1
        for each in walk(node)
        if isinstance(each, Product | Applied)
    )


def _has_bracket(node: Node) -> bool:
    """Whether something in brackets stands beside the letters of a product."""
    return isinstance(node, Applied) or any(isinstance(part, Sum) for part in parts_of(node))


def _is_letter(node: Node) -> bool:
    return isinstance(node, Named) and not node.primes and (not node.lower or node.letter.isupper())


def _speaks_of_matrices(node: Node) -> bool:
    """Whether a formula holds what there is for matrices only."""
    return any(
        isinstance(each, Transpose)
        or (isinstance(each, Operation) and each.sign == "⊙")
        or (isinstance(each, Applied) and each.head.letter == "norm")
        for each in walk(node)
    )


def _one_layer(node: Relation, context: Context, around: Surroundings) -> list[Step] | None:
    """At the sizes of the layer; where that proves a formula with index letters, for all sizes if possible."""
    steps = Judge(context, around.fresh.said)(node)
    if context.own is not None or kind_of(context) not in SLIDING or not has_index_letters(node, context):
        return steps
    if all(step.verdict == "unread" for step in steps):
        return _general(node, context, around)
    pairs = [pair for pair, sign in zip(pairwise(node.sides), _signs(node), strict=True) if sign in CLAIMS]
    if len(pairs) != len(steps):
        return steps
    return [_widened(step, pair, context, around) for step, pair in zip(steps, pairs, strict=True)]


def _widened(step: Step, pair: tuple[Node, Node], context: Context, around: Surroundings) -> Step:
    if step.verdict not in ("proved", "unread") or not has_index_letters(Relation(pair), context):
        return step
    (answer,) = _decided(pair, context, around)
    if answer.verdict == "undecided" or (step.verdict == "proved" and answer.verdict != "proved"):
        return step
    return _of_general(answer, pair) if step.verdict == "unread" else replace(
        step, scope=answer.scope or step.scope, shows=answer.shows
    )  # fmt: skip


def _general(node: Relation, context: Context, around: Surroundings) -> list[Step] | None:
    if kind_of(context) not in SLIDING:
        return None
    known = Judge(context)(node) if context.layer is not None else []
    if known and all(step.verdict == "not-a-claim" for step in known):
        return known
    if all(sign in CLAIMS for sign in _signs(node)):
        decided = _decided(node.sides, context, around)
        return [_of_general(*each) for each in zip(decided, pairwise(node.sides), strict=True)]
    return [
        _of_general(_decided(pair, context, around)[0], pair)
        for pair, sign in zip(pairwise(node.sides), _signs(node), strict=True)
        if sign in CLAIMS
    ]


def _decided(sides: Sequence[Node], context: Context, around: Surroundings) -> list[General]:
    """What is decided for all sizes about each two neighbouring sides, by entries or else as whole arrays."""
    hints = _hints(sides, context, around)
    found = decide_chain(sides, context, hints, quick=around.quick)
    relations = map(Relation, pairwise(sides))
    return [_as_arrays(each, relation, context, hints) for each, relation in zip(found, relations, strict=True)]


def _as_arrays(answer: General, relation: Relation, context: Context, hints: Hints) -> General:
    """What is decided of whole arrays where entries do not tell; at a layer's sizes only what is proved."""
    if answer.verdict != "undecided" or not is_operator_form(relation):
        return answer
    found = decide_operators(relation, context, hints)
    return found if context.layer is None or found.verdict == "proved" else answer


def _hints(sides: Sequence[Node], context: Context, around: Surroundings) -> Hints:
    """What is settled: the layer's convention, and what earlier formulas show.

    A new definition of the output says anew what is computed, and from where it counts; a mean over the examples is
    about the parameters, which all examples share.
    """
    settled = getattr(context.layer, "convention", None)
    known = Hints.common(around.shown)
    if settled in ("correlation", "convolution"):
        known = replace(known, convention=settled, full=None)
    elif _array(sides[0], context) == "O":
        known = replace(known, convention=None, full=None, base=None, steps={})
    known = _said_here(_with_lengths(known, context), around.prose)
    return known if _array(sides[0], context) in ("dF", "db") else replace(known, batch_mean=None)


_SET = re.compile(r"([A-Za-z])\s*=\s*([0-9]{1,2})(?![0-9.])")
_UNIT_STRIDE = re.compile(
    rf"\bunit[- ]stride|(?:{QUANTITIES['stride']})\W{{0,3}}(?:of|von|de|为|是|を|が)?\W{{0,2}}"
    r"(?:1|one|eins|un|uno|um|один|一)(?![A-Za-zа-я0-9]|\.\d)", re.IGNORECASE,
)  # fmt: skip
_STEPS: Mapping[str, str] = {"stride": "s", "dilation": "d", "padding": "a"}


def _said_here(known: Hints, prose: str) -> Hints:
    """With the strides, dilations and paddings of a special case that the paragraph before a formula speaks of."""
    paragraph = _leading(prose)
    found = [(_STEPS.get(known.sizes.get(letter, ""), ""), number) for letter, number in _SET.findall(paragraph)]
    steps = {step: number for step, number in found if step}
    if known.steps.get("s") == LETTER and _UNIT_STRIDE.search(paragraph):
        steps.setdefault("s", "1")
    return replace(known, steps={**known.steps, **steps}) if steps else known


def _leading(prose: str) -> str:
    """The words that lead to a formula: those behind the display before, and before it where they go on with it."""
    words = re.split(r"\n\s*\n", prose.rstrip().removesuffix("$$").rstrip())[-1].split("$$")[::-2]
    last = next((at for at, each in enumerate(words) if not each.lstrip()[:1].islower()), len(words) - 1)
    return " ".join(words[: last + 1])


def _with_lengths(known: Hints, context: Context) -> Hints:
    """With what prose says of letters of sizes."""
    meanings = {letter: meaning for letter, (meaning, _) in context.lengths.items()}
    axes = {letter: axis for letter, (_, axis) in context.lengths.items() if axis}
    lettered = {_STEPS[meaning]: LETTER for meaning in meanings.values() if meaning in _STEPS}
    steps = {**context.steps, **lettered}
    full = False if known.full is None and known.convention is None and _is_valid(context) else known.full
    return replace(
        known, sizes={**known.sizes, **meanings}, axes={**known.axes, **axes}, full=full,
        steps={**steps, **known.steps},
        worded=steps.get("a", "0").strip("0").isdigit() and "a" not in known.steps,
    )  # fmt: skip


def _is_valid(context: Context) -> bool:
    """Whether a formula says that the output is as long as the input less the filter and one."""
    called = {letter: meaning for letter, (meaning, _) in context.lengths.items()}
    for each in (each for node in context.stated if isinstance(node, Relation) for each in node.sides):
        match each:
            case Sum((Named(n), Negative(Named(k)), Number(1))) if (called.get(n), called.get(k)) == (
                "input",
                "filter",
            ):
                return True
    return False


def _array(side: Node, context: Context) -> str:
    """The role of an array or gradient that a side is; empty where it is anything else."""
    names = Names(context.names)
    found = names.found(side.under if isinstance(side, Partial) else side)
    if found is None or (isinstance(side, Partial) and not names.is_loss(side.over)):
        return ""
    return GRADIENTS.get(found.role, "") if isinstance(side, Partial) else found.role


def _of_general(answer: General, pair: tuple[Node, Node]) -> Step:
    if answer.verdict == "undecided":
        return Step("unread", answer.message, left=pair[0], right=pair[1])
    notes = answer.readings if answer.verdict == "proved" else ()
    assumes = tuple(_assumed(note, settles=answer.shows.defines) for note in notes if _ASSUMED.match(note))
    return Step(
        answer.verdict, answer.message, answer.scope or "sizes", pair[0], pair[1], notes=notes, mistake=answer.mistake,
        assumes=assumes,
        counterexample=answer.counterexample, written=pair, shows=answer.shows if answer.verdict == "proved" else None,
    )  # fmt: skip


_ASSUMED = re.compile(r"the (stride|dilation|padding) is (\d+)")
"""What only a definition of the output may settle."""


def _assumed(note: str, *, settles: bool) -> Assumption:
    """The stride, dilation or padding that a formula was read with, which nothing tells."""
    found = _ASSUMED.fullmatch(note)
    assert found is not None
    return Assumption((found[1],), frozenset({found[2]}), note, settles)


def _signs(node: Relation) -> Sequence[str]:
    return [node.sign_before(at) for at in range(1, len(node.sides))]


# What a formula is like


def speaks_of_the_layer(node: Node, context: Context) -> bool:
    """Whether an array of a formula is one of the layer that is known."""
    if context.layer is None:
        return False
    vocabulary = Vocabulary(context, {})
    return any(
        isinstance(each, Named) and vocabulary.role_of(each) not in (None, "L", "Y") for each in walk(node)
    )  # fmt: skip


def has_size_letters(node: Node, context: Context) -> bool:
    """Whether a sum ends at a letter, which is a size: the formula is about all sizes then."""
    vocabulary = Vocabulary(context, {})
    return any(
        isinstance(each, Named)
        and vocabulary.role_of(each) in (None, "b", "F", "X", "O")
        and str(each.letter) not in context.sizes
        for part in walk(node)
        if isinstance(part, Bounded)
        for above in part.above
        for each in walk(above)
    )


def has_index_letters(node: Node, context: Context) -> bool:
    """Whether an array of the formula has letters in its index."""
    vocabulary = Vocabulary(context, {})
    return any(isinstance(each, Big | Bounded) for each in walk(node)) or any(
        vocabulary.role_of(each) is not None and any(sign.isalpha() for sign in each.lower)
        for each in walk(node)
        if isinstance(each, Named)
    ) or any(vocabulary.role_of(each.head) is not None for each in walk(node) if isinstance(each, Applied))  # fmt: skip


def has_functions(node: Node) -> bool:
    """Whether a formula speaks of anything that a sum of products does not: functions, powers of e, cases, scalars."""
    return any(
        isinstance(each, Function | Cases)
        or (isinstance(each, Named) and (each.primes > 0 or (each.letter == "e" and each.upper != "")))
        or (isinstance(each, Applied) and (len(each.head.letter) > 2 or each.head.letter == "S"))
        for each in walk(node)
    )


def names_layers(node: Node) -> bool:
    """Whether anything stands above a name, which may say which layer it belongs to."""
    return any(isinstance(each, Named) and each.upper != "" for each in walk(node))


def names_two_layers(node: Node) -> bool:
    """Whether a letter stands for a layer, and another layer is counted from it: δ^l and δ^{l+1}."""
    labels = {scripts(each).label for each in walk(node) if isinstance(each, Named) and each.upper}
    return len({label for label in labels if label is not None and label.base}) > 1


def has_several_layers(node: Node, context: Context) -> bool:
    """Whether one letter stands in a formula with different layers above it, such as δ^l and δ^{l+1}."""
    arrays = getattr(context.layer, "arrays", {})
    vocabulary = Vocabulary(context, {role: array.shape for role, array in arrays.items()})
    found: dict[str, set[str]] = {}
    for each in walk(node):
        if isinstance(each, Named) and each.upper and not each.upper.isdigit():
            role = vocabulary.role_of(each)
            if role is not None and not vocabulary.names_channels(role, each.upper):
                found.setdefault(role, set()).add(each.upper)
    return any(len(labels) > 1 for labels in found.values())


__all__ = ["Any", "Mapping", "Surroundings", "judged", "kind_of"]
