"""From equations and prose to candidate contexts."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from symconv.checking.context import Context
from symconv.checking.discovery.apart import apart
from symconv.checking.discovery.declared import SLIDING, Declared, declared
from symconv.checking.discovery.entries import walk
from symconv.checking.discovery.facts import Facts, facts_of, loss_letters, numbers_set
from symconv.checking.discovery.naming import counted_biases, index_base, names_of
from symconv.checking.discovery.operators import operator_subject
from symconv.checking.discovery.plain import plain_subjects
from symconv.checking.discovery.pooling import pool_base, pool_subjects
from symconv.checking.discovery.result import (
    Candidate,
    Discovery,
    ReadEquation,
    Stretch,
    number_shown,
    sizes_shown,
)
from symconv.checking.discovery.shapes import CONVOLUTIONS, View, channel_base, layer_of
from symconv.checking.discovery.sizes import base_of
from symconv.checking.discovery.sliding import (
    add_symbols,
    declared_subject,
    is_pointwise,
    lettered_subjects,
    sliding_subjects,
    symbols_in,
)
from symconv.checking.discovery.stretches import assigned
from symconv.checking.discovery.subjects import Subject, plain
from symconv.checking.discovery.variants import variants
from symconv.checking.discovery.words import Prose
from symconv.checking.sources.source import Source

KINDS: Mapping[str, str] = {
    "conv": "a convolution", "max-pool": "max pooling", "avg-pool": "average pooling", "dense": "a dense layer",
    "softmax": "softmax", "cross-entropy": "cross-entropy", "bce": "binary cross-entropy", "mse": "a squared error",
    "conv-transpose": "a transposed convolution", "activation": "an activation", "relu": "ReLU", "sigmoid": "sigmoid",
    "tanh": "tanh",
}  # fmt: skip
"""What a kind of layer is called in a sentence."""
ARRAYS: Mapping[str, tuple[str, str]] = {"X": ("input", "input"), "F": ("filter", "filter"), "O": ("output", "output")}
"""By role: the option with its size, and what it is called."""
ARRAYS_OF: Mapping[str, Mapping[str, tuple[str, str]]] = {"dense": {"X": ("inputs", "inputs"), "F": ("", "weights")}}
STATED: Mapping[str, str] = {
    "window": "window", "stride": "stride", "padding": "padding", "dilation": "dilation",
    "in_channels": "input channels", "out_channels": "output channels", "convention": "as true",
}  # fmt: skip
OTHERWISE = "say otherwise with --input"
UNSTATED = "not every size is stated: give the layer to have it checked"


@dataclass(frozen=True, slots=True)
class Part:
    """A run of equations on one subject: its number, and where in the document."""

    number: int
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Reading:
    """A document as far as it is understood: its equations, the subjects, and which equation speaks of which."""

    facts: Sequence[Facts]
    subjects: Sequence[Subject]
    numbers: Sequence[int]
    prose: Prose
    losses: Sequence[str]
    given: Context
    base: int | None

    def about(self, subject: Subject) -> list[int]:
        """The equations on a subject, or those that have facts of it where it is nowhere the first."""
        mine = [at for at, number in enumerate(self.numbers) if self.subjects[number] is subject]
        return mine or [at for at in range(len(self.facts)) if subject.agree[at]]


def discover(
    source: Source, read: Sequence[ReadEquation], given: Context | None = None, *, index_base: int | None = None
) -> Discovery:
    """Which layers a document speaks of, and what its letters mean there.

    What is given is kept: the layer, the names role by role, the signs, and the index base (1 in `given` is what
    `Context` has by itself, so it counts only with `index_base`). Where nothing is certain, there is no candidate.
    """
    ordered = sorted(read, key=lambda one: one.offset)
    given = given or Context()
    nodes = [walk(equation.node) for equation in ordered]
    losses = tuple(given.names.get("L", ())) or loss_letters(nodes)
    facts = [facts_of(equation, inside, losses) for equation, inside in zip(ordered, nodes, strict=True)]
    prose = Prose(source)
    facts = apart(facts, prose.biases)
    stretches: list[Stretch] = []
    for section, until in _sections(facts, prose, len(source.text) + 1):
        subjects = _subjects(section, losses, prose, given, facts)
        numbers = assigned(section, subjects, prose, losses)
        reading = Reading(section, subjects, numbers, prose, losses, given, 0 if given.index_base == 0 else index_base)
        parts = _parts(section, numbers, prose, stretches[-1].stop if stretches else 0, until)
        stretches += [Stretch(part.start, part.stop, tuple(_candidates(reading, part))) for part in parts]
    return Discovery(tuple(stretches))


def _sections(facts: Sequence[Facts], prose: Prose, length: int) -> Iterator[tuple[Sequence[Facts], int]]:
    """The equations up to where the prose says the layer anew, and where that is: behind the equation before."""
    places = [fact.offset for fact in facts]
    starts = [0]
    for offset, telling in prose.restated:
        at = bisect_left(places, offset)
        headed = at > 0 and any(places[at - 1] < start <= offset for start, _ in prose.headings)
        if starts[-1] < at < len(facts) and (telling or headed):
            starts.append(at)
    for start, stop in zip(starts, [*starts[1:], len(facts)], strict=True):
        yield facts[start:stop], places[stop - 1] + 1 if stop < len(facts) else length


def _subjects(
    facts: Sequence[Facts], losses: Collection[str], prose: Prose, given: Context, document: Sequence[Facts]
) -> list[Subject]:
    """The layers that equations speak of and those that only headings name; those of its kind if a layer is given."""
    symbols = symbols_in(document)
    said = declared(prose, document, losses) if given.layer is None else []
    said = [one for one in said if not is_pointwise(one, document)]
    roles = _roles(said) | {plain(spelling): role for role in ("X", "F", "O") for spelling in given.names.get(role, ())}
    found = [*sliding_subjects(facts, symbols, roles), *pool_subjects(facts)]
    found = [*(declared_subject(one, facts, symbols) for one in said), *_undeclared(found, said, facts)]
    found = [variant for subject in found for variant in variants(subject, facts)]
    found += plain_subjects(facts, losses, symbols)
    if not any(subject.kind in CONVOLUTIONS for subject in found):
        found += lettered_subjects(facts)
    kinds = set(prose.kinds(0, len(prose.text)))
    slides = not ("dense" in kinds and kinds.isdisjoint(CONVOLUTIONS))
    known = any(subject.kind in CONVOLUTIONS for subject in found)
    written = operator_subject(facts, losses) if slides and not known else None
    found += [written] if written is not None else []
    for subject in found:
        add_symbols(subject, symbols)
    if given.layer is not None:
        kind = getattr(given.layer, "kind", "")
        return [subject for subject in found if subject.kind == kind] or [Subject(kind, {})]
    headed = [kind for start, text in prose.headings for kind in prose.kinds(start, start + len(text))]
    more = set(headed) & set(KINDS) - {subject.kind for subject in found}
    found += [Subject(kind, {}) for kind in dict.fromkeys(headed) if kind in more]
    _lend(found)
    return found


def _roles(said: Sequence[Declared]) -> dict[str, str]:
    """The roles of letters that have the same one in all layers that are declared."""
    pairs = {(plain(letter), role) for one in said for role, letter in one.letters.items()}
    times = Counter(letter for letter, _ in pairs)
    return {letter: role for letter, role in pairs if times[letter] == 1}


def _undeclared(found: Sequence[Subject], said: Sequence[Declared], facts: Sequence[Facts]) -> Iterator[Subject]:
    """Those that speak of something else than the layers that are declared with the same letters."""
    for subject in found:
        letters = {plain(letter) for found in subject.letters.values() for letter in found}
        same = [one for one in said if letters and letters <= set(map(plain, one.letters.values()))]
        for number in [*subject.agree, *subject.against]:
            if any(one.covers(facts[number].offset) for one in same):
                del subject.agree[number], subject.against[number]
        if +subject.agree or not same:
            yield subject


def _lend(subjects: Sequence[Subject]) -> None:
    """The layers of a network are written with the same letters: a dense one without any has those of a convolution."""
    lender = next((subject for subject in subjects if subject.kind in CONVOLUTIONS and subject.letters), None)
    for subject in subjects:
        if subject.kind == "dense" and not subject.letters:
            subject.lender = lender


def _parts(facts: Sequence[Facts], numbers: Sequence[int], prose: Prose, start: int, stop: int) -> Iterator[Part]:
    """Runs of equations with the same subject; one starts with its first equation, at a heading if one is between."""
    changes = [at for at in range(1, len(numbers)) if numbers[at] != numbers[at - 1]]
    starts = [start, *(_border(facts[at - 1].offset, facts[at].offset, prose) for at in changes)]
    for at, one, end in zip([0, *changes], starts, [*starts[1:], stop], strict=True):
        if numbers:
            yield Part(numbers[at], one, end)


def _border(before: int, after: int, prose: Prose) -> int:
    return next((start for start, _ in prose.headings if before < start <= after), after)


def _candidates(reading: Reading, part: Part) -> Iterator[Candidate]:
    """The subject of a part, then those with the same letters, those of single equations, and its neighbours."""
    first = reading.subjects[part.number]
    here = [at for at, fact in enumerate(reading.facts) if part.start <= fact.offset < part.stop]
    letters = {plain(letter) for at in here for letter in reading.facts[at].letters}
    beside = {reading.numbers[at] for at in (here[0] - 1, here[-1] + 1) if 0 <= at < len(reading.numbers)}
    certain = any(first.agree[at] for at in here)
    weights: dict[int, int] = {}
    for number, one in enumerate(reading.subjects):
        near = number in beside and (not certain or bool(one.all_letters & letters))
        alike = bool(one.letters) and one.letters == first.letters
        weight = sum(one.agree[at] for at in here)
        if one is not first and (weight or near or alike) and not _is_settled(first, one):
            weights[number] = weight
    yield _candidate(reading, first, part)
    for number in sorted(weights, key=lambda number: -weights[number]):
        yield _candidate(reading, reading.subjects[number], part)


def _is_settled(first: Subject, other: Subject) -> bool:
    """Whether what the text declares of letters leaves no room for another layer of the same letters."""
    letters = {plain(letter) for found in other.letters.values() for letter in found}
    return first.declared is not None and other.kind in SLIDING and bool(letters) and letters <= first.all_letters


def _candidate(reading: Reading, subject: Subject, part: Part) -> Candidate:
    given = reading.given
    about = {at: reading.facts[at] for at in reading.about(subject)}
    facts = list(about.values())
    names = _kept(names_of(subject.lender or subject, facts, reading.losses), given)
    base = _base(reading, subject, facts)
    view = View(subject, names, base, about, reading.prose, part.start, part.stop)
    layer, known, remark = layer_of(view)
    if given.layer is not None:
        layer, known = given.layer, {}
    names = counted_biases(names) if getattr(layer, "out_channels", 1) > 1 else names
    sizes = dict(given.sizes) | _numbers(facts, names)
    context = replace(
        given, layer=layer, names=names, index_base=base, kind=subject.kind, sizes=sizes,
        lengths=view.lengths, steps=view.steps if layer is None else {}, channel_base=channel_base(view),
        channels_last=view.channels_last,
        zeros=frozenset((one.letter, one.index[0]) for fact in reading.facts for one in fact.zeros),
    )  # fmt: skip
    return Candidate(
        context, subject.kind, evidence_of(subject, facts), sentence(subject.kind, names, layer, known, remark), known
    )


def _base(reading: Reading, subject: Subject, facts: Sequence[Facts]) -> int:
    """The index base: what is given, what these equations show, what general indices need, what the document shows."""
    if reading.base is not None:
        return reading.base
    document = {plain(letter) for fact in reading.facts for letter in fact.letters}
    shown = (
        reading.prose.index_base,
        _shown_base(subject, facts),
        _pool_base(subject, facts),
        index_base(facts, subject.all_letters),
        base_of(subject.fits),
        index_base(reading.facts, document),
    )
    return next((base for base in shown if base is not None), 1)


def _shown_base(subject: Subject, facts: Sequence[Facts]) -> int | None:
    """The index base that numbers show; x_{00} may lie in a padding, where filter and output begin with 1."""
    inner = {plain(letter) for role in "FO" for letter in subject.letters.get(role, ())}
    shown = index_base(facts, subject.all_letters, sums=False)
    return index_base(facts, inner, sums=False) or shown if subject.kind == "conv" else shown


def _pool_base(subject: Subject, facts: Sequence[Facts]) -> int | None:
    """The index base that general indices of a pool need."""
    pairs = {(plain(x), plain(o)) for x in subject.letters.get("X", ()) for o in subject.letters.get("O", ())}
    return pool_base(pairs, facts) if subject.kind in ("max-pool", "avg-pool") else None


def evidence_of(subject: Subject, facts: Sequence[Facts]) -> tuple[str, ...]:
    """What a reading follows from."""
    agree, against = len(+subject.agree), len(+subject.against)
    found = [f"{agree} equations agree with it" + (f", {against} do not" if against else "")] if agree else []
    letters = {letter for role in subject.letters.values() for letter in role}
    written = {one.letter for fact in facts for one in fact.written} & letters
    found += [f"entries of {', '.join(sorted(written))} are written out"] if written else []
    return tuple(found)


def _numbers(facts: Sequence[Facts], names: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Letters that equations set to a number, without those of arrays."""
    taken = {spelling for found in names.values() for spelling in found}
    return {letter: number for fact in facts for letter, number in numbers_set(fact.node) if letter not in taken}


def _kept(names: Mapping[str, tuple[str, ...]], given: Context) -> dict[str, tuple[str, ...]]:
    """The names that are given, and those found for other roles, without the spellings that are given."""
    taken = {spelling for found in given.names.values() for spelling in found}
    found = {role: tuple(one for one in spelled if one not in taken) for role, spelled in names.items()}
    return {role: spelled for role, spelled in found.items() if spelled} | {
        role: tuple(spelled) for role, spelled in given.names.items()
    }


def sentence(
    kind: str, names: Mapping[str, Sequence[str]], layer: Any, known: Mapping[str, Any], remark: str = ""
) -> str:
    """How a stretch was read, for the report.

    >>> sentence("conv", {"X": ("x", "X"), "F": ("w",)}, None, {"filter": (2, 2)})
    'read as a convolution, input x, 2x2 filter w; not every size is stated: give the layer to have it checked'
    """
    parts = [KINDS.get(kind, kind or "a network")]
    for role, (option, noun) in {**ARRAYS, **ARRAYS_OF.get(kind, {})}.items():
        size = sizes_shown(known.get(option))
        if size or names.get(role):
            parts.append(" ".join(word for word in (size, noun, names.get(role, ("",))[0]) if word))
    parts += [f"{word} {shown}" for option, word in STATED.items() if (shown := number_shown(known.get(option)))]
    parts[-1] += f"; {remark}" if remark else ""
    return f"read as {', '.join(parts)}; {OTHERWISE if layer is not None else UNSTATED}"
