"""Hand-written derivations checked: a text or an equation in, findings out."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import zip_longest
from typing import Any

from symconv.checking.assumptions import Said, Supposed
from symconv.checking.context import Context
from symconv.checking.defined import Sliding
from symconv.checking.diagnosis import Diagnosis, diagnose
from symconv.checking.diagnosis.plain import in_plain_text
from symconv.checking.discovery import ACTIVATIONS, Discovery, ReadEquation, Scope, discover, is_sliding, scopes
from symconv.checking.discovery.shapes import CONVOLUTIONS
from symconv.checking.discovery.vocabulary import FORGOTTEN, OUTSIDE, WOULD
from symconv.checking.engines import Surroundings, assumes_true_convolution, judged, kind_of, open_signs
from symconv.checking.findings import DISPLAYS, WORST, CheckReport, Finding, Verdict
from symconv.checking.fresh import fresh_in_prose
from symconv.checking.general import Hints
from symconv.checking.general.answer import TRUE_CONVOLUTION
from symconv.checking.given import context_of
from symconv.checking.judging import CLAIMS, MEANINGS, PADS, Step
from symconv.checking.maxima import Maxima
from symconv.checking.numeric import Given
from symconv.checking.operators import Frame, family_said
from symconv.checking.signs import signs_in_prose, speaks_of_true_convolution
from symconv.checking.smooth import Definitions
from symconv.checking.sources import Passage, Source, source_from_text
from symconv.checking.written import apart, differentiated, usual
from symconv.errors import InputError, UnreadError
from symconv.notation.reading import read, statements
from symconv.notation.tree import Blank, Listed, Named, Node, Number, Partial, Relation, Sum, Symbol, is_letter, walk
from symconv.writing.reports.notebook import as_html, as_markdown

DISPLAYS.update(html=as_html, markdown=as_markdown)
Names = Mapping[str, str | Sequence[str]]
Watch = Callable[[Sequence[Any]], Iterable[Any]]
MOST_TRIED = 4
"""Ways to understand a stretch of a text that are tried on all of its equations."""
ROLES = ("X", "F", "O", "b", "L", "Y", "M", "G", "dX", "dF", "db")
"""What a name may stand for, besides the arrays that only some layers have and those of a network's layers."""
Known = dict[tuple[int, int], list[Step]]
"""What is known of formulas in contexts, by their identities."""
LOSSES = (r"\mathcal{L}", r"\ell", r"\mathrm{Loss}", "Loss", "loss", r"\mathbf{L}", r"\mathbb{L}", r"\mathit{L}")
"""What else the loss is usually called."""
FORWARD = 1_000
"""How much more a line of the forward pass says about a sign than another."""
_SENTENCE = re.compile(r"[.!?。！？](?=\s)|[。！？]|\n\s*\n|\$\$(?!$)")
NEAR = 400
"""Characters of prose before a formula that may say under which condition it holds."""


def check(
    text: str, *, layer: Any = None, names: Names | None = None, index_base: int | None = None, name: str = ""
) -> CheckReport:
    """What is right and what is wrong in a derivation, equation by equation.

    Args:
        text: Markdown, TeX, a notebook's JSON or plain text.
        layer: the layer that it is about; otherwise it is worked out from the text, which the notes then say.
        names: the letter of a role, or several spellings: `{"X": "x", "F": ["w", "W"], "G": r"\\delta"}`.
        index_base: the number of the first index; found from the text where it is None.

    >>> from symconv.layers.conv import Conv
    >>> report = check("$O_1 = X_1 F_1 + X_2 F_2$ and $O_2 = X_2 F_1$", layer=Conv(input=3, filter=2))
    >>> [finding.verdict for finding in report.findings]
    ['proved', 'refuted']
    """
    return check_source(source_from_text(text, name), layer=layer, names=names, index_base=index_base)


def check_equation(
    latex: str, *, layer: Any = None, names: Names | None = None, index_base: int | None = None, plain: bool = False
) -> Finding:
    """Whether an equation holds for a layer; of a chain the worst verdict, with its steps as `parts`.

    Args:
        names, index_base: as in `check`.
        plain: the text is no LaTeX, such as `dL/dX11 = dO11*F11`.

    >>> from symconv.layers.conv import Conv
    >>> check_equation(r"O_1 = X_1 F_1 + X_2 F_2", layer=Conv(input=3, filter=2)).verdict
    'proved'
    """
    text = latex if plain else latex.replace("$", " ")
    passage = Passage(text, "plain" if plain else "display", ((0, 0),), len(text))
    source = Source("", text, (passage,), prose=" " * len(text))
    findings = check_source(source, layer=layer, names=names, index_base=index_base).findings
    if not findings:
        return Finding("not-a-claim", latex, message="no equation")
    if len(findings) == 1:
        return replace(findings[0], equation=latex)
    worst = worst_of([each.verdict for each in findings])
    first = next(each for each in findings if each.verdict == worst)
    return replace(first, equation=latex, parts=findings)


def check_source(
    source: Source,
    *,
    layer: Any = None,
    names: Names | None = None,
    index_base: int | None = None,
    watch: Watch = iter,
) -> CheckReport:
    """As `check`, for a text whose mathematics has been found. `watch` is given the equations and hands them on."""
    given = Context(layer, _spellings(names, layer), 1 if index_base is None else index_base)
    equations = _apart(list(_continued(equations_of(source))))
    said = given.layer is not None or bool(given.names or source.settings)
    read = [ReadEquation(each.start, each.node) for each in equations if each.node is not None and not said]
    return _joined([_Check(each, given, index_base).report(equations, watch) for each in scopes(source, read)])


def _joined(reports: Sequence[CheckReport]) -> CheckReport:
    """One report for all scopes of a text, in its order."""
    findings = sorted((each for one in reports for each in one.findings), key=lambda one: (one.line, one.column))
    notes = dict.fromkeys(note for one in reports for note in one.notes)
    return replace(reports[0], findings=tuple(findings), notes=tuple(notes)) if len(reports) > 1 else reports[0]


OWN_MISTAKES: tuple[type[Exception], ...] = (Exception,)
"""What may go wrong in one line without the loss of the others; nothing in the tests."""
OURS = "a bug in symconv, please report it with this line"


@dataclass(frozen=True)
class Equation:
    """An equation of a source: its text and place, and its tree or why it could not be read."""

    text: str
    start: int
    stop: int
    node: Node | None
    problem: str = ""
    conditions: tuple[Node, ...] = ()
    plain: bool = False


@dataclass(frozen=True)
class _Check:
    scope: Scope
    given: Context
    index_base: int | None

    @property
    def source(self) -> Source:
        return self.scope.source

    def report(self, equations: Sequence[Equation], watch: Watch) -> CheckReport:
        """What is found out about the equations of the scope, from all that it sees."""
        equations = [each for each in equations if self.scope.sees(each.start)]
        read = [ReadEquation(each.start, each.node) for each in equations if each.node is not None]
        stated = tuple(each.node for each in read)
        contexts = _Contexts(self.source, self.given, self._discovery(read), self.index_base, stated)
        known: Known = {}
        chosen = _chosen(equations, contexts, known, watch)
        findings, definitions, fresh = [], Definitions(), fresh_in_prose(self.source.text)
        shown: tuple[Hints, ...] = ()
        given, turned = Given(), speaks_of_true_convolution(self.source.text)
        maxima, supposed = Maxima(self.source), Supposed()
        for equation in equations if known else watch(equations):
            context = chosen[id(equation)][0]
            given = given.after(equation.node, context)
            numbers = given if given.arrays or context.values else None
            fresh = fresh if equation.node is None else fresh.naming(equation.node, context)
            behind = self._behind(equation.stop)
            conditions = (*equation.conditions, *condition_in_prose(behind))
            around = Surroundings(self._prose(equation.start), behind, definitions, numbers, shown, fresh, conditions)
            steps, context = _steps(equation, chosen[id(equation)], around, known)
            shown += tuple(step.shows for step in steps if step.shows is not None)
            turned = turned or any(each.defines and each.convention == "convolution" for each in shown)
            steps = steps if turned else [_for_correlation(step) for step in steps]
            steps = [_elsewhere(step, equation.node, around) for step in steps]
            if any(step.assumes for step in steps):
                said = maxima.at(equation.start, equation.stop, replace(context, given=numbers), conditions)
                steps, context = _agreed(equation.node, steps, context, supposed, said)
                supposed = supposed.after([each for step in steps for each in step.assumes], said)
            found = self._finding(equation, steps, context, around) if self.scope.has(equation.start) else None
            if found is not None:
                findings.append(found)
            if equation.node is not None:
                definitions = definitions.after(equation.node)
                proved = all(step.verdict == "proved" for step in steps)
                fresh = fresh.after(equation.node, context, proved=proved) if context.own is None else fresh
        return CheckReport(tuple(findings), tuple(contexts.notes), self.source.name)

    def _discovery(self, read: Sequence[ReadEquation]) -> Discovery:
        """What the text is about; of one equation whose layer is given there is nothing to find."""
        if len(self.source.passages) == 1 and (self.given.layer is not None or self.given.names):
            return Discovery()
        if any("command" in setting.values for setting in self.source.settings):
            return Discovery()
        return discover(self.source, read, self.given, index_base=self.index_base)

    def _prose(self, offset: int) -> str:
        return self.source.text[max(offset - NEAR, 0) : offset]

    def _behind(self, offset: int) -> str:
        return self.source.text[offset : offset + NEAR].partition("\n")[0]

    def _finding(
        self, equation: Equation, steps: Sequence[Step], context: Context, around: Surroundings
    ) -> Finding | None:
        line, column = self.source.place(equation.start)
        end_line, end_column = self.source.place(equation.stop)
        place = {"line": line, "column": column, "end_line": end_line, "end_column": end_column}
        if equation.node is None:
            return Finding("unread", equation.text, message=equation.problem, **place)  # type: ignore[arg-type]
        if not isinstance(equation.node, Relation):
            return None
        steps = [_settled(step, context) for step in steps]
        pairs = _claimed(equation.node)
        pairs = pairs if len(pairs) == len(steps) else [()] * len(steps)
        around = replace(around, instead=equation.node)
        told = [_told(step, context, pair, around) for step, pair in zip(steps, pairs, strict=True)]
        told = [_in_plain_text(each, equation) for each in told]
        parts = [replace(each, equation=equation.text, **place) for each in told]  # type: ignore[arg-type]
        worst = worst_of([part.verdict for part in parts])
        first = next((part for part in parts if part.verdict == worst), Finding(worst, equation.text))
        return replace(first, **place, parts=tuple(parts) if len(parts) > 1 else ())  # type: ignore[arg-type]


def _steps(
    equation: Equation, contexts: Sequence[Context], around: Surroundings, known: Known
) -> tuple[list[Step], Context]:
    """What is known of an equation, and in which context; a proof that what was shown before allows stays."""
    if not isinstance(equation.node, Relation):
        return [], contexts[0]
    steps = known.get((id(equation.node), id(contexts[0])), [])
    if steps and all(step.verdict == "proved" for step in steps) and around.allow(steps):
        return steps, contexts[0]
    return _first_known(equation.node, contexts, around)


def _first_known(node: Node, contexts: Sequence[Context], around: Surroundings) -> tuple[list[Step], Context]:
    """What is known in the first context; what no other one proves stays as it is there."""
    steps = _judged(node, contexts[0], around)
    if any(step.verdict == "refuted" for step in steps):
        for context in _spelling_more(node, contexts):
            other = _judged(node, context, around)
            if all(step.verdict in ("proved", "refuted") for step in other):
                return other, context
    if all(step.verdict != "unread" for step in steps):
        return steps, contexts[0]
    for context in contexts[1:]:
        other = _judged(node, context, around)
        if all(step.verdict in ("proved", "not-a-claim") for step in other) and any(
            step.verdict == "proved" for step in other
        ):
            return other, context
    return steps, contexts[0]


def _spelling_more(node: Node, contexts: Sequence[Context]) -> Iterator[Context]:
    """The contexts that have all letters of entries as they are spelled, where the first has not, as W beside w."""
    letters = {each.letter for each in walk(node) if isinstance(each, Named) and each.lower}
    spelled = [{name.partition("_")[0] for names in each.names.values() for name in names} for each in contexts]
    missed = [len(letters - known) for known in spelled]
    yield from (each for each, count in zip(contexts, missed, strict=True) if not count and missed[0])


def _judged(node: Node, context: Context, around: Surroundings | None = None) -> list[Step]:
    try:
        return judged(node, context, around) if around is not None else judged(node, context)
    except OWN_MISTAKES as error:
        return [Step("unread", f"{OURS}: {type(error).__name__}: {error}")]


def _for_correlation(step: Step) -> Step:
    """What holds for a true convolution only, which nothing speaks of, is not proved; a definition says what it is."""
    if not assumes_true_convolution(step):
        return step
    turned = next(note for note in step.notes if note.startswith(TRUE_CONVOLUTION))
    return replace(step, verdict="unread", scope="", notes=(), reason=f"it holds only if {turned}, and nothing says so")


def _agreed(
    node: Node | None, steps: Sequence[Step], context: Context, supposed: Supposed, said: Said
) -> tuple[list[Step], Context]:
    """What holds under assumptions that the text says nothing of, or excludes, is not proved."""
    objections = [supposed.objection(step.assumes, said) for step in steps]
    if ("refuted", "") in objections and node is not None:
        context = Maxima.chosen(said, context)
        return _judged(node, context), context
    return [
        step if found is None else replace(step, verdict=found[0], reason=found[1], notes=(), assumes=())
        for step, found in zip(steps, objections, strict=True)
    ], context


def _elsewhere(step: Step, node: Node | None, around: Surroundings) -> Step:
    """What is said of places outside of an array, or of what another layer would compute, is wrong of neither here."""
    if step.verdict != "refuted" or not isinstance(node, Relation):
        return step
    if node.sides[-1] == Number(0) and OUTSIDE.match(around.behind):
        return Step("not-a-claim", PADS, left=step.left, right=step.right)
    sentence = _SENTENCE.split(around.prose)[-1]
    if WOULD.search(sentence) and not FORGOTTEN.search(sentence):
        return Step("not-a-claim", "it says what would hold for another layer", left=step.left, right=step.right)
    return step


def _settled(step: Step, context: Context) -> Step:
    """What holds only where a sign means something else than what the layer computes is not proved by that alone."""
    unsaid = open_signs(step, context)
    if step.verdict != "proved" or not unsaid:
        return step
    usual, sign = Frame(None, context.layer).families[0], min(unsaid)
    return replace(step, verdict="unread", scope="", notes=(), reason=(
        f"it holds only where {sign} is {MEANINGS[dict(step.signs.chosen)[sign]]}, and nothing says so: "
        f"as {MEANINGS[usual].split(',')[0]} it would be wrong"))  # fmt: skip


def _claimed(node: Relation) -> list[tuple[Node, ...]]:
    """Each two neighbouring sides that are said to be equal."""
    pairs = itertools.pairwise(node.sides)
    return [pair for at, pair in enumerate(pairs, 1) if node.sign_before(at) in CLAIMS]


def _told(step: Step, context: Context, pair: Sequence[Node], around: Surroundings) -> Finding:
    """What is said of one step."""
    if step.verdict == "refuted":
        found = _diagnosed(step, context, pair, around)
        return Finding(
            "refuted", "", message=found.message or step.reason, hint=found.hint, mistake=found.mistake or step.mistake,
            scope=step.scope, counterexample=step.counterexample or _place(step, context),
        )  # fmt: skip
    return Finding(step.verdict, "", message=step.reason or "; ".join(step.notes), scope=step.scope)


def _in_plain_text(found: Finding, equation: Equation) -> Finding:
    """The right line as the text is written."""
    return replace(found, hint=in_plain_text(found.hint, equation.text)) if equation.plain and found.hint else found


def _diagnosed(step: Step, context: Context, pair: Sequence[Node], around: Surroundings) -> Diagnosis:
    try:
        return diagnose(step, context, pair, around)
    except OWN_MISTAKES as error:
        return Diagnosis(step.mistake, f"{step.reason}; why is not known: {OURS}: {type(error).__name__}: {error}")


def _place(step: Step, context: Context) -> Mapping[str, Any] | None:
    """The positions of free letters at which both sides differ, counted as the author counts."""
    if step.pair is None or not step.pair.at:
        return None
    return {letter: position + context.index_base for letter, position in step.pair.at.items()}


def worst_of(verdicts: Sequence[Verdict]) -> Verdict:
    """The verdict of a chain."""
    return next((verdict for verdict in WORST if verdict in verdicts), "not-a-claim")


# Equations


def equations_of(source: Source) -> Iterator[Equation]:
    """The equations of a source in order; mathematics within prose counts only where it holds a relation."""
    for passage in source.passages:
        try:
            found = statements(passage.text, plain=passage.kind == "plain")
        except UnreadError as error:
            if passage.kind != "inline" or "=" in passage.text:
                yield Equation(passage.text, passage.offset(0), passage.stop, None, _where(error, source, passage))
            continue
        for each, following in zip_longest(found, found[1:]):
            stop = _behind(source, passage, each.end)
            text, start = passage.text[each.start : each.end].strip(), passage.offset(each.start)
            behind = (following.node,) if following is not None and _compares_letters(following.node) else ()
            for node in _relations(usual(each.node)):
                conditions = (*each.conditions, *behind)
                yield Equation(text, start, stop, node, conditions=conditions, plain=passage.kind == "plain")


def _behind(source: Source, passage: Passage, end: int) -> int:
    """The place in the source behind a formula; at the end of a passage also where a command of the author's ends."""
    if passage.text[end:].strip(" \n.,;") or not end:
        return passage.offset(end - 1) + 1 if end else passage.stop
    return max(len(source.text[: passage.stop].rstrip(" \r\n.,;")), passage.offset(0))


def _relations(node: Node) -> Iterator[Relation]:
    """A formula, or those between the commas of a list, but not the range of a letter."""
    if isinstance(node, Relation):
        yield node
    for each in node.items if isinstance(node, Listed) else ():
        if isinstance(each, Relation) and not is_letter(each.sides[0]):
            yield each


def _compares_letters(node: Node) -> bool:
    return isinstance(node, Relation) and node.sign in ("=", "≠") and all(map(is_letter, node.sides))


_IF = re.compile(r"[$\s,]*(?:if|when|where|wenn|falls|si|se|если|(for|für|pour|para|per|для))\s+\$([^$\n]{1,60})\$")
"""A condition in the prose right behind a formula; what it is said to be `for` may be a range, too."""


def condition_in_prose(behind: str) -> Iterator[Node]:
    """The condition that the prose behind a formula begins with.

    >>> [each.sign for each in condition_in_prose(r"$ if $i \\ne j$, which is")]
    ['≠']
    """
    found = _IF.match(behind)
    try:
        node = read(found[2]) if found else None
    except UnreadError:
        return
    if isinstance(node, Relation) and (not (found and found[1]) or _compares_letters(node)):
        yield node


def _where(error: UnreadError, source: Source, passage: Passage) -> str:
    line, column = source.place(passage.offset(error.offset))
    return f"cannot be read at {line}:{column}: found {error.found}, expected {error.expected}"


def _continued(equations: Iterable[Equation]) -> Iterator[Equation]:
    """A formula that begins with a relation sign goes on with what the formula before it began with."""
    before: Node | None = None
    for equation in equations:
        node = equation.node
        if isinstance(node, Relation) and isinstance(node.sides[0], Blank) and before is not None:
            node = replace(node, sides=(before, *node.sides[1:]))
            yield replace(equation, node=node)
            continue
        before = node.sides[0] if isinstance(node, Relation) else None
        yield equation


def _apart(equations: Sequence[Equation]) -> Sequence[Equation]:
    """The equations with dZ as one name where it is written close behind another."""
    arrays = differentiated(each.node for each in equations if each.node is not None)
    if not arrays:
        return equations
    return [each if each.node is None else replace(each, node=apart(each.node, arrays)) for each in equations]


# Contexts


@dataclass(frozen=True)
class _Contexts:
    """The contexts that may be meant at each place: what is given, what the text says itself, what was found."""

    source: Source
    given: Context
    discovery: Discovery
    index_base: int | None
    stated: tuple[Node, ...]

    def at(self, offset: int) -> tuple[Context, ...]:
        """The likeliest first; always one."""
        found = [self._before_activation(each) for each in self._at(offset)] or [self.given]
        stated = self._stated(found[0])
        more = {"stated": stated, "text": self.source.text, "sliding": self._sliding}
        found = [replace(_with_letters(each), signs={**self._signs, **each.signs}, **more) for each in found]  # type: ignore[arg-type]
        return tuple(self._with_gradient(each) if each.layer is not None else each for each in found)

    def _before_activation(self, context: Context) -> Context:
        """What the text says an activation function to put out is not what the layer before it puts out."""
        if kind_of(context) not in CONVOLUTIONS or self._activated.isdisjoint(context.names.get("O", ())):
            return context
        outputs = tuple(letter for letter in context.names["O"] if letter not in self._activated)
        return replace(context, names={**context.names, "O": outputs})

    @cached_property
    def _sliding(self) -> Sliding | None:
        """What the convolutions of the text compute, each once by its output, for what stands behind them."""
        found = (self._before_activation(each.context) for each in self.discovery.candidates)
        known = [each for each in found if each.layer is not None and kind_of(each) == "conv" and each.names.get("O")]
        return Sliding.of(tuple({(each.names["O"][0], each.layer): each for each in reversed(known)}.values()))

    @cached_property
    def _activated(self) -> frozenset[str]:
        """The letters that are found to be the output of an activation function."""
        found = [each for each in self.discovery.candidates if each.kind in ACTIVATIONS.values()]
        return frozenset(letter for each in found for letter in each.context.names.get("O", ()))

    @cached_property
    def _signs(self) -> Mapping[str, str]:
        return signs_in_prose(self.source.text)

    def _with_gradient(self, context: Context) -> Context:
        """G for the gradient by the output of a layer that is given, unless the text uses the letter otherwise."""
        taken = {spelling for found in context.names.values() for spelling in found} | {"G"} & set(context.names)
        is_free = "O" in context.names and taken.isdisjoint(("G", "g"))
        return replace(context, names={**context.names, "G": ("G",)}) if is_free and self._leaves_g else context

    @cached_property
    def _leaves_g(self) -> bool:
        """Whether a layer is given, and no formula says what G is or differentiates by it."""
        given = self.given.layer is not None or bool(self.source.settings)
        return given and not any(_defines(node, ("G", "g")) for node in self.stated)

    def _stated(self, first: Context) -> tuple[Node, ...]:
        """The formulas of the text; where a dense layer is spoken of, without what convolutions beside it compute."""
        if first.kind != "dense" or all(each.kind == "dense" for each in self.discovery.candidates):
            return self.stated
        return tuple(node for node in self.stated if not is_sliding(node))

    def _at(self, offset: int) -> Iterator[Context]:
        told = self._told(offset)
        if told is not None:
            yield told
        if told is not None and told.signs:
            return
        for candidate in self.discovery.at(offset):
            context = candidate.context
            if context.layer is None and not context.kind:
                context = replace(context, kind=candidate.kind)
            yield context
            if getattr(context.layer, "bias", None) and not _has_bias(self.stated, context):
                yield replace(context, layer=replace(context.layer, bias=False if context.layer.bias is True else None))
        if told is None and self.given.layer is not None:
            yield self.given

    def _told(self, offset: int) -> Context | None:
        """What the text says itself before an offset; options of the command line come first."""
        context: Context | None = None
        for setting in self.source.settings:
            if setting.offset <= offset:
                context = context_of(setting.values, context or replace(self.given, layer=None), self.source.text)
        if context is None or self.given.layer is not None:
            return None
        found = self.discovery.at(offset)
        if not context.names and found and kind_of(found[0].context) == kind_of(context):
            return replace(found[0].context, layer=context.layer)
        return context

    @property
    def notes(self) -> Iterator[str]:
        if self.given.layer is None and not any("command" in each.values for each in self.source.settings):
            yield from self.discovery.sentences


def _has_bias(stated: Iterable[Node], context: Context) -> bool:
    """Whether a formula of the text adds the bias to an entry of the output."""
    outputs, biases = (context.names.get(role, ()) for role in "Ob")
    for node in stated:
        left, *sides = node.sides if isinstance(node, Relation) else (node,)
        if isinstance(left, Named) and left.lower and left.letter in outputs:
            terms = [term for side in sides if isinstance(side, Sum) for term in side.terms]
            if any(
                isinstance(term, Named) and {term.letter, f"{term.letter}_{term.lower}"} & {*biases} for term in terms
            ):
                return True
    return False


def _with_letters(context: Context) -> Context:
    """The layer's own letters for roles that nothing is known of."""
    symbols = getattr(context.layer, "symbols", {"L": "L"})
    taken = {spelling for found in context.names.values() for spelling in found}
    more = {role: (letter,) for role, letter in symbols.items() if letter not in taken and role not in context.names}
    if "L" in more:
        more["L"] += tuple(letter for letter in LOSSES if letter not in taken)
    return replace(context, names={**more, **context.names})


def _defines(node: Node, letters: Collection[str]) -> bool:
    """Whether a formula says what a letter is, or differentiates by it."""
    found = [each for each in walk(node) if isinstance(each, (Relation, Partial))]
    first = (each.sides[0] if isinstance(each, Relation) else each.under for each in found)
    return any(isinstance(each, Named) and each.letter in letters for each in first)


def _spellings(names: Names | None, layer: Any) -> dict[str, tuple[str, ...]]:
    known = {**dict.fromkeys(ROLES), **getattr(layer, "symbols", {})}
    for role in names or ():
        if role not in known and "." not in role:
            raise InputError(f"names has no role {role!r}: the roles are {', '.join(known)}")
    return {role: (found,) if isinstance(found, str) else tuple(found) for role, found in (names or {}).items()}


def _chosen(equations: Sequence[Equation], contexts: _Contexts, known: Known, watch: Watch) -> dict[int, list[Context]]:
    """For each equation the contexts that may be meant, the one first that its stretch of the text satisfies best."""
    stretches: dict[Any, list[Equation]] = {}
    options: dict[Any, tuple[Context, ...]] = {}
    for equation in equations:
        found = contexts.at(equation.start)
        key = repr([(each.layer, sorted(each.names.items()), each.index_base, each.kind) for each in found])
        options.setdefault(key, found)
        stretches.setdefault(key, []).append(equation)
    chosen: dict[int, list[Context]] = {}
    for key, members in stretches.items():
        ordered = _ordered(
            options[key], [each.node for each in members if isinstance(each.node, Relation)], known, watch
        )
        chosen |= {id(each): ordered for each in members}
    return chosen


def _ordered(contexts: Sequence[Context], nodes: Sequence[Node], known: Known, watch: Watch) -> list[Context]:
    """The context first in which the most equations hold, with the meaning of signs that fits the most of them."""
    if len(nodes) < 2:
        return list(contexts)
    tried = []
    for context in contexts[:MOST_TRIED]:
        known |= {(id(node), id(context)): _judged(node, context) for node in watch(nodes)}
        tried.append((context, [step for node in nodes for step in known[id(node), id(context)]]))
        if all(step.verdict == "proved" for step in tried[-1][1]):
            break
    best, steps = max(tried, key=lambda one: _satisfied(one[1]))
    return [_with_signs(best, steps), *(each for each in contexts if each is not best)]


def _satisfied(steps: Sequence[Step]) -> int:
    verdicts = Counter(step.verdict for step in steps)
    return 2 * verdicts["proved"] - verdicts["unread"]


def _with_signs(context: Context, steps: Sequence[Step]) -> Context:
    """A sign means one thing throughout: what the fewest equations speak against."""
    if context.layer is None:
        return context
    against: Counter[tuple[str, str]] = Counter()
    for step in steps:
        for choice in _excluded(step):
            against[choice] += FORWARD if _is_forward(step) else 1
    usual, other = Frame(None, context.layer).families
    signs = {
        sign: usual if against[sign, usual] <= against[sign, other] else other
        for sign in {sign for sign, _ in against}
        if not family_said(context.signs, sign)
        and (against[sign, usual] <= against[sign, other] or against[sign, usual] >= FORWARD)
    }
    reaches = {sign: said for sign, said in context.signs.items() if sign in signs}
    signs = {sign: f"{family} {reaches.get(sign, '')}".strip() for sign, family in signs.items()}
    return replace(context, signs={**context.signs, **signs}) if signs else context


def _is_forward(step: Step) -> bool:
    """Whether a step says what the layer computes, which is what a sign is introduced by."""
    return any(isinstance(side, Symbol) and side.role == "O" for side in (step.left, step.right)) or all(
        isinstance(each, Symbol) and each.role == "O" for row in getattr(step.left, "rows", ((None,),)) for each in row
    )


def _excluded(step: Step) -> set[tuple[str, str]]:
    """The meanings of signs under which a proved step would not hold."""
    if step.verdict != "proved" or not step.readings:
        return set()
    spoken = {sign for each in step.readings for sign, _ in each.chosen}
    admitted = {choice for each in step.readings for choice in each.chosen}
    every = {(sign, meaning) for sign in spoken for meaning in ("correlate", "convolve")}
    return {choice for choice in every - admitted if all(choice[0] in dict(each.chosen) for each in step.readings)}
