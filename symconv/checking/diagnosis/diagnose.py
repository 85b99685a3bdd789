"""The diagnosis of a refuted equation.

Each detector undoes one kind of slip, and the equation that it gives is judged again: only an explanation after which
both sides are equal, exactly, is told. Of several the one with the fewest slips wins, then the first of `DETECTORS`.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from symconv.checking.context import Context
from symconv.checking.diagnosis import changes, everywhere, matrices, neglect, operators, sides, slips, sums, terms
from symconv.checking.diagnosis.case import Case, Repair, bare, chosen, names_something
from symconv.checking.diagnosis.formula import Slip, latex
from symconv.checking.diagnosis.hand import Anywhere, Hand
from symconv.checking.diagnosis.numbers import in_numbers
from symconv.checking.engines import Surroundings, judged, open_signs
from symconv.checking.evaluation import Evaluator
from symconv.checking.fresh import Fresh
from symconv.checking.judging import IN_NUMBERS, Judge, Step
from symconv.checking.numeric import is_numeric
from symconv.checking.spelling import NoEntryError, UnknownNameError
from symconv.checking.values import told
from symconv.errors import LimitError, SymconvError
from symconv.meaning.polynomials import effort, spend
from symconv.notation.reading import read
from symconv.notation.tree import Blank, Node, Number, Relation, symbols, walk

UNEQUAL = "the sides are not equal"
MOST_COST = 1_000
MOST_SLIPS = 400
"""Slips that are undone in one formula."""
MOST_WORK, ONE_SLIP = 600_000, 1_000
"""Products of terms that the search for a slip may take, and as how many undoing one counts."""
SHAPES = re.compile(r"\d.* (?:cannot be multiplied|do not have the same shape|on the right)$")
"""What is said of arrays at sizes that nobody wrote."""
MISFIT = "its arrays do not fit together: a transpose, the order of the factors or an array is wrong"
CONVENTIONS = re.compile(
    r"layers compute|weights of a layer|no activation function|convolution|correlation|indices count|^if "
)
"""What notes on conventions that the text does not state speak of."""
STEPS = frozenset({"stride-forgotten", "dilation-forgotten"})
"""Kinds that one change of an index explains."""
TWO = 2
Detector = Callable[[Case], Iterator[Repair]]
DETECTORS: tuple[Detector, ...] = (
    terms.term_by_term,
    terms.missing_plus,
    everywhere.factors,
    sums.sums,
    neglect.neglected,
    sides.other_name,
    everywhere.indices,
    everywhere.letters,
    matrices.as_a_whole,
    matrices.layouts,
    matrices.entry_by_entry,
    operators.one_operation,
    operators.two_operations,
    changes.one_index,
)
"""From the most particular slip to the most general."""


NOTHING = Fresh()
ALONE = Surroundings()


@dataclass(frozen=True)
class Diagnosis:
    """What is wrong with an equation.

    Args:
        mistake: its kind, a key of `MISTAKES`; empty where it is none of them.
        message: one sentence, in the author's letters and indices.
        hint: the right equation in LaTeX in the author's letters, which is proved; empty where none is known.
    """

    mistake: str
    message: str
    hint: str = ""


def diagnose(step: Step, context: Context, pair: Sequence[Node] = (), around: Surroundings = ALONE) -> Diagnosis:
    r"""What is wrong with a refuted step, and the right line where it is known.

    Args:
        pair: the two sides as the author wrote them.
        around: what stands around the formula.

    >>> from symconv.checking.judging import Judge
    >>> from symconv.layers.conv import Conv
    >>> context = Context(Conv(input=3, filter=2), {"X": ["x"], "F": ["w"], "O": ["z"], "L": ["L"], "G": [r"\delta"]})
    >>> (step,) = Judge(context)(read(r"\frac{\partial L}{\partial w_1} = \delta_1 x_1 + \delta_2 x_3"))
    >>> found = diagnose(step, context)
    >>> found.mistake, found.message
    ('neighbouring-index', 'x_3 should be x_2')
    >>> found.hint
    '\\frac{\\partial L}{\\partial w_{1}} = \\delta_{1} x_{1} + \\delta_{2} x_{2}'
    """
    found = _in_numbers(step, pair) or _computed(step, context)
    if step.evaluator is None and not found.hint:
        found = _of_the_layer(pair, context) or found
    if (found.mistake and found.hint) or len(pair) != TWO or context.own is not None:
        return found
    mended = _rewritten(found, pair, context, replace(around, quick=True))
    if mended is None and step.scope == "sizes" and SHAPES.search(found.message):
        return replace(found, mistake=found.mistake or "wrong-shape", message=MISFIT)
    return mended or found


def _rewritten(found: Diagnosis, pair: Sequence[Node], context: Context, around: Surroundings) -> Diagnosis | None:
    """The first slip undone in the author's own formula after which it is proved, under no convention if possible."""
    best: Diagnosis | None = None
    tried = itertools.islice(slips.slips(pair[0], pair[1], context.stated), MOST_SLIPS)
    likeliest = sorted(tried, key=lambda slip: slip.mistake != found.mistake)
    for slip, step in _proved(likeliest, context, around):
        kind = found.mistake if {slip.mistake, found.mistake} <= STEPS else slip.mistake
        unsaid = open_signs(step, context)
        line = "" if unsaid else f"{latex(slip.left)} = {latex(slip.right)}"
        mended = Diagnosis(kind, slip.words, line)
        if not unsaid and not any(map(CONVENTIONS.search, step.notes)):
            return mended
        if best is None or (mended.hint and not best.hint):
            best = mended
    return best


def _proved(tried: Sequence[Slip], context: Context, around: Surroundings) -> Iterator[tuple[Slip, Step]]:
    """The slips after whose undoing the formula is proved, with that proof, as far as the work for it allows."""
    with suppress(LimitError), effort(MOST_WORK):
        for slip in tried:
            spend(ONE_SLIP)
            steps = judged(Relation((slip.left, slip.right)), context, around)
            if len(steps) == 1 and steps[0].verdict == "proved" and around.allow(steps):
                yield slip, steps[0]


def _in_numbers(step: Step, pair: Sequence[Node]) -> Diagnosis | None:
    """What the numbers tell that a text gives."""
    if step.reason != IN_NUMBERS or step.pair is None or len(pair) != TWO or not is_numeric(step.right):
        return None
    found = in_numbers(step.pair, *pair)
    return None if found is None else Diagnosis(*found)


def _of_the_layer(pair: Sequence[Node], context: Context) -> Diagnosis | None:
    """What the entries of the layer tell of a formula that was decided by what the text defines behind it."""
    if context.layer is None or len(pair) != TWO:
        return None
    steps = Judge(context)(Relation(tuple(pair)))
    if len(steps) != 1 or steps[0].verdict != "refuted":
        return None
    found = _computed(steps[0], context)
    return found if found.mistake and found.hint else None


def _computed(step: Step, context: Context) -> Diagnosis:
    """What the entries of the arrays tell."""
    if step.mistake == "no-such-entry":
        return _without_entry(step, context)
    case = None if step.mistake else _case(_with_padding(step, context))
    if case is None:
        return Diagnosis(step.mistake, step.reason or UNEQUAL, step.hint)
    repair = explained(case)
    if repair is None:
        return _unexplained(step, case, context)
    message = repair.message
    if _are_of_different_shapes(step):
        message = f"{step.reason}: {message}" if message else step.reason
    return Diagnosis(repair.mistake, message, _hint(case, repair, context))


def _with_padding(step: Step, context: Context) -> Step:
    """With the entries of the padding that a formula names as entries, which are zeros elsewhere."""
    evaluator = step.evaluator
    if evaluator is None or len(step.written) != TWO or not any(each == Number(0) for each in walk(step.right)):
        return step
    anywhere = Anywhere(context, evaluator.vocabulary.shapes)
    try:
        left, right = map(anywhere.resolved, step.written)
    except SymconvError:
        return step
    return replace(step, left=left, right=right, evaluator=replace(evaluator, vocabulary=anywhere))


def explained(case: Case, detectors: Sequence[Detector] = DETECTORS) -> Repair | None:
    """The repair with the fewest slips."""
    best: Repair | None = None
    for detector in detectors:
        found = chosen(case, detector(case), MOST_COST if best is None else best.cost)
        best = found or best
        if (best is not None and best.cost <= 1) or case.effort.left < 0:
            return best
    return best


def _case(step: Step) -> Case | None:
    evaluator = step.evaluator
    if evaluator is None or isinstance(step.left, Blank):
        return None
    at: Mapping[str, int] = step.pair.at if step.pair is not None else {}
    flipped = names_something(step.right) and not names_something(step.left)
    named, worked = (step.right, step.left) if flipped else (step.left, step.right)
    hand = Hand(evaluator.vocabulary, step.written)
    if not all(hand.knows(symbol.role) for side in (named, worked) for symbol in symbols(side)):
        return None
    return Case(bare(named), bare(worked), flipped, evaluator, hand, at)


def _without_entry(step: Step, context: Context) -> Diagnosis:
    """An index that is outside of its array, and what it should have been."""
    evaluator = step.evaluator
    if evaluator is None or len(step.written) != TWO:
        return Diagnosis(step.mistake, step.reason)
    anywhere = Anywhere(context, evaluator.vocabulary.shapes)
    try:
        left, right = map(anywhere.resolved, step.written)
    except (UnknownNameError, SymconvError):
        return Diagnosis(step.mistake, step.reason)
    case = _case(replace(step, left=left, right=right, evaluator=replace(evaluator, vocabulary=anywhere)))
    if case is None:
        return Diagnosis(step.mistake, step.reason)
    named = step.written[case.flipped]
    repair = explained(case, DETECTORS if _exists(named, evaluator) else (sides.other_name,))
    hint = "" if repair is None else _hint(case, repair, context)
    return Diagnosis(step.mistake, f"{step.reason}; {repair.message}" if hint and repair else step.reason, hint)


def _exists(node: Node, evaluator: Evaluator) -> bool:
    """Whether all entries that are named in a side exist."""
    try:
        evaluator.vocabulary.resolved(node)
    except NoEntryError:
        return False
    return True


def _are_of_different_shapes(step: Step) -> bool:
    return bool(step.reason)


def _unexplained(step: Step, case: Case, context: Context) -> Diagnosis:
    """Nothing explains the difference: where the sides differ, and the right line where that can be written."""
    new = terms.corrected(case)
    if new is not None and new != case.named:
        repair = Repair("", "", worked=new)
        return Diagnosis("", step.reason or f"the right value is {case.text(new)}", _hint(case, repair, context))
    if step.pair is None or step.reason:
        return Diagnosis(step.mistake or "wrong-shape", step.reason)
    return Diagnosis("", _difference(step))


def _difference(step: Step) -> str:
    assert step.pair is not None
    if not step.pair.entry:
        return UNEQUAL
    base = step.evaluator.vocabulary.base if isinstance(step.evaluator, Evaluator) else 0
    place = ",".join(str(i + base) for i in step.pair.entry)
    return f"the sides, {told(step.pair.left)}, differ at {place}"


def _hint(case: Case, repair: Repair, context: Context) -> str:
    """The right line, if it is proved as it will be read."""
    left, right = case.sides(repair)
    if repair.named is None and repair.worked is None:
        return ""
    line = f"{case.hand.latex(left)} = {case.hand.latex(right)}"
    return line if is_proved(line, context, Fresh(case.evaluator.vocabulary.fresh)) else ""


def is_proved(line: str, context: Context, fresh: Fresh = NOTHING) -> bool:
    """Whether a line of LaTeX, read and judged, is proved, where names were defined before."""
    try:
        steps = judged(read(line), context, Surroundings(fresh=fresh))
    except SymconvError:
        return False
    return bool(steps) and all(step.verdict == "proved" for step in steps)


__all__ = ["DETECTORS", "Diagnosis", "Node", "diagnose", "explained", "is_proved"]
