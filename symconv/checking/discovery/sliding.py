"""Convolutions and pools from the indices of entries that meet."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from symconv.checking.discovery.declared import Declared
from symconv.checking.discovery.entries import Entry
from symconv.checking.discovery.facts import Facts, Tap
from symconv.checking.discovery.subjects import FILTERS, SYMBOLS, Subject, plain
from symconv.checking.discovery.taps import Fit, Sample, agrees, fit, is_telling, samples_of

ROLES = "XFO"
AXES = 3
ENOUGH = 0.6
"""At least this share of the products has to agree with one geometry."""
SAMPLED = 4
"""At least one product in so many has to have indices of the right number."""
BLOCK = 3
"""At least so many equations make another example."""
CLEAR = 0.9
"""A second geometry with the same letters needs this share."""
LAST, FIRST, BATCHED = "last", "first", "batched"
LAYOUTS = (LAST, FIRST, BATCHED)
"""Where the spatial indices stand: behind those of channels, before them, behind those of example and channel."""


@dataclass(frozen=True, slots=True)
class Meeting:
    """An output and the two entries whose product is part of it, in one equation; from any of the three equations."""

    equation: int
    output: Entry
    one: Entry
    other: Entry
    forward: bool


def symbols_in(facts: Sequence[Facts]) -> dict[str, str]:
    r"""Letters that stand for a gradient, and the letter of what it is by: \delta of z where \delta = ∂L/∂z."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    under = {one.letter for fact in facts for one in fact.entries if one.gradient}
    for fact in facts:
        for symbol, gradient in fact.defined:
            if symbol.letter not in under and symbol.letter != gradient.letter:
                found[symbol.letter][gradient.letter] += 1
    known = {symbol: letters.most_common(1)[0][0] for symbol, letters in found.items()}
    return known | _inferred(facts, known, under)


def _inferred(facts: Sequence[Facts], known: Mapping[str, str], under: set[str]) -> dict[str, str]:
    """Symbols that no equation defines: the factor beside a known array in a gradient without ∂ on its right."""
    outputs, arrays = _forward(facts)
    votes: dict[str, Counter[str]] = defaultdict(Counter)
    for fact in facts:
        for tap in fact.taps:
            if tap.target.gradient and not (tap.first.gradient or tap.second.gradient):
                symbol = _symbol(tap, arrays | under)
                if symbol and symbol not in known:
                    other = tap.second.letter if symbol == tap.first.letter else tap.first.letter
                    votes[symbol][outputs.get(frozenset({tap.target.letter, other}), symbol)] += 1
    return {symbol: letters.most_common(1)[0][0] for symbol, letters in votes.items()}


def _forward(facts: Sequence[Facts]) -> tuple[dict[frozenset[str], str], set[str]]:
    """The output of each pair of arrays whose entries are multiplied, and all arrays in such products."""
    outputs: dict[frozenset[str], str] = {}
    arrays: set[str] = set()
    for fact in facts:
        for tap in fact.taps:
            if not any(one.gradient for one in (tap.target, tap.first, tap.second)):
                outputs.setdefault(frozenset({tap.first.letter, tap.second.letter}), tap.target.letter)
                arrays |= {tap.first.letter, tap.second.letter, tap.target.letter}
    return outputs, arrays


def _symbol(tap: Tap, arrays: set[str]) -> str | None:
    factors = [tap.first.letter, tap.second.letter]
    strange = [letter for letter in factors if letter not in arrays]
    if len(strange) == 1:
        return strange[0]
    usual = [letter for letter in strange if letter in SYMBOLS]
    return usual[0] if len(usual) == 1 else None


def normal(found: Entry, symbols: Mapping[str, str]) -> Entry:
    """A gradient's own symbol as the gradient of what it belongs to."""
    if found.letter not in symbols or found.gradient:
        return found
    return Entry(symbols[found.letter], found.index, found.upper, gradient=True)


def meetings(facts: Sequence[Facts], symbols: Mapping[str, str]) -> Iterator[Meeting]:
    """All products, sorted into output and factors."""
    for number, fact in enumerate(facts):
        for tap in fact.taps:
            found = _meeting(number, *(normal(one, symbols) for one in (tap.target, tap.first, tap.second)))
            if found:
                yield found


def _meeting(number: int, target: Entry, first: Entry, second: Entry) -> Meeting | None:
    gradients = [one for one in (first, second) if one.gradient]
    if target.gradient and len(gradients) == 1:
        other = second if gradients[0] is first else first
        return Meeting(number, gradients[0], target, other, forward=False)
    if not target.gradient and not gradients:
        return Meeting(number, target, first, second, forward=True)
    return None


def sliding_subjects(
    facts: Sequence[Facts], symbols: Mapping[str, str], given: Mapping[str, str] | None = None
) -> list[Subject]:
    """The convolutions whose entries are multiplied in the equations, the best supported first.

    `given` has the roles of letters (as `plain` has them) that are known already.
    """
    groups: dict[tuple[str, frozenset[str]], list[Meeting]] = defaultdict(list)
    for found in meetings(facts, symbols):
        key = plain(found.output.letter), frozenset({plain(found.one.letter), plain(found.other.letter)})
        groups[key].append(found)
    subjects = [subject for members in _merged(groups) for subject in _geometries(members, given or {})]
    for subject in subjects:
        _add_operations(subject, facts)
    return sorted(subjects, key=lambda one: -one.agree.total())


def declared_subject(one: Declared, facts: Sequence[Facts], symbols: Mapping[str, str]) -> Subject:
    """A layer that the prose declares, with the geometry that the products of its entries show."""
    letters = {role: _spelled(letter, one, facts) for role, letter in one.letters.items()}
    subject = Subject(one.kind, letters)
    if "F" in letters:
        roles = {plain(letter): role for role, letter in one.letters.items()}
        factors = {letter for letter, role in roles.items() if role != "O"}
        members = [each for each in meetings(facts, symbols) if one.covers(facts[each.equation].offset)]
        members = [each for each in members if {plain(each.one.letter), plain(each.other.letter)} == factors]
        found = _best(members, roles, kind=one.kind, axes=one.axes)
        if found is not None:
            subject = _subject(members, *found, one.kind, one.axes)
            subject.letters = letters
    subject.declared = one
    subject.agree.update(at for at, fact in enumerate(facts) if not subject.against[at] and _is_of_declared(fact, one))
    return subject


def is_pointwise(one: Declared, facts: Sequence[Facts]) -> bool:
    """Whether its filter slides nowhere: w_{k,c} x_{c,i,j}, where each index is one of the input's or the output's."""
    letters = {role: plain(letter) for role, letter in one.letters.items()}
    if one.kind != "conv" or len(letters) < len(ROLES):
        return False
    taps = [tap for fact in facts if one.covers(fact.offset) for tap in fact.taps if not tap.target.gradient]
    forward = [
        (tap, weights, source)
        for tap in taps
        for weights, source in ((tap.first, tap.second), (tap.second, tap.first))
        if (plain(weights.letter), plain(source.letter), plain(tap.target.letter)) == tuple(map(letters.get, "FXO"))
    ]
    return bool(forward) and all(
        len(source.index) > 1 and not weights.is_numeric and set(weights.index) <= {*source.index, *tap.target.index}
        for tap, weights, source in forward
    )


def _is_of_declared(fact: Facts, one: Declared) -> bool:
    """Whether an equation speaks of the arrays that are declared, and of no others."""
    letters = {plain(found.letter) for found in fact.entries if found.index}
    return one.covers(fact.offset) and bool(letters) and letters <= set(map(plain, one.letters.values()))


def _spelled(letter: str, one: Declared, facts: Sequence[Facts]) -> list[str]:
    """The letters of entries that differ from a letter by case or font alone, and the letter."""
    near = [entry for fact in facts if one.covers(fact.offset) for entry in fact.entries if entry.index]
    return list(dict.fromkeys([*(each.letter for each in near if plain(each.letter) == plain(letter)), letter]))


def _merged(groups: Mapping[tuple[str, frozenset[str]], list[Meeting]]) -> list[list[Meeting]]:
    """Groups with the same two factors belong together, unless both have an output of their own by definition."""
    merged: dict[frozenset[str], list[list[Meeting]]] = defaultdict(list)
    ordered = sorted(groups.items(), key=lambda item: -sum(1 + one.forward for one in item[1]))
    for (_, factors), members in ordered:
        if len(factors) != 2:
            continue
        independent = any(one.forward for one in members)
        places = merged[factors]
        home = next((place for place in places if not independent or not any(one.forward for one in place)), None)
        if home is None:
            places.append(list(members))
        else:
            home.extend(members)
    return [members for places in merged.values() for members in places]


def _geometries(members: Sequence[Meeting], given: Mapping[str, str]) -> Iterator[Subject]:
    """The geometry that most products agree with, and a second one where clearly different products have their own."""
    first = _best(members, given)
    if first is None:
        return
    found = _subject(members, *first, "conv")
    yield from _as_transposed(members, found, given)
    left = [one for one in members if not found.agree[one.equation]]
    if _is_block([one.equation for one in left], [one.equation for one in members]):
        second = _best(left, {**given, first[0]: "X"}, CLEAR)
        if second is not None and second[1] != found.fits:
            yield _subject(members, *second, "conv")


def _as_transposed(members: Sequence[Meeting], found: Subject, given: Mapping[str, str]) -> Iterator[Subject]:
    """A convolution with a turned filter may be a transposed one; with a stride or a dilation it can only be that."""
    if any(one.d > 0 for one in found.fits):
        yield found
        return
    if all(one.s == 1 and one.d == -1 for one in found.fits):
        yield found
    other = _best(members, given, kind="conv-transpose")
    if other is not None:
        yield _subject(members, *other, "conv-transpose")


def _is_block(some: Sequence[int], every: Sequence[int]) -> bool:
    """Whether some equations are several and stand together, as another example does and slips do not."""
    order = sorted(set(every))
    places = [order.index(one) for one in sorted(set(some))]
    return len(places) >= BLOCK and places[-1] - places[0] < 2 * len(places)


def _best(
    members: Sequence[Meeting],
    given: Mapping[str, str],
    enough: float = ENOUGH,
    kind: str = "conv",
    axes: int | None = None,
) -> tuple[str, tuple[Fit, ...], str] | None:
    """The letter of the input, the fits and the place of the spatial indices with which most products agree."""
    letters = sorted({plain(letter) for one in members for letter in (one.one.letter, one.other.letter)})
    letters = [letter for letter in letters if given.get(letter) == "X"] or [
        letter for letter in letters if given.get(letter, "X") == "X"
    ]
    found = []
    for layout in LAYOUTS:
        for letter in letters:
            samples = _alike([sample for one in members for sample in _samples(one, letter, layout, kind, axes)])
            if len(set(samples)) < 2 or SAMPLED * len(samples) < len(members):
                continue
            fits, share = fit(samples)
            certain = is_telling(samples) or all(one.s == one.d == 1 for one in fits)
            if share >= enough and certain and any(one.stride or one.dilation for one in fits):
                merit = _merit(fits, share, letter, samples, kind)
                found.append((merit, -LAYOUTS.index(layout), (letter, fits, layout)))
    return max(found, key=lambda one: one[:2])[2] if found else None


def _alike(samples: list[tuple[Sample, ...]]) -> list[tuple[Sample, ...]]:
    """Those with as many axes as most have."""
    axes = Counter(map(len, samples)).most_common(1)
    return [sample for sample in samples if len(sample) == axes[0][0]]


def _merit(
    fits: Sequence[Fit], share: float, letter: str, samples: Sequence[tuple[Sample, ...]], kind: str
) -> tuple[float, bool, int, bool, int, int, bool]:
    """How good a choice of the input is.

    First the share of products that agree, and that the filter is not turned; then how much moves, how plain the
    numbers are, how much larger the input is than the filter, and whether its letter is one of a filter. A transposed
    convolution is the same with input and filter, stride and dilation exchanged, so there the letter comes first.
    """
    certain = sum(one.stride is not None for one in fits) + sum(one.dilation is not None for one in fits)
    plainness = -sum(one.s + 2 * abs(one.d) for one in fits)
    filters, inputs = ({tuple(axis[at] for axis in sample) for sample in samples} for at in (1, 2))
    is_input = letter not in FILTERS
    first = kind != "conv" and is_input
    straight = all(one.d > 0 for one in fits)
    return round(share, 2), straight, certain, first, plainness, len(inputs) - len(filters), is_input


CHANNELS: Mapping[tuple[int, int], int] = {(0, 0): 0, (1, 1): 0, (0, 1): 1}
"""By how many indices more than the output input and filter have: how many of the output's are channels."""


def _axes(output: Entry, source: Entry, weights: Entry, layout: str) -> int:
    """How many of the indices are spatial; the others are channels and examples."""
    rank = len(output.index)
    more = len(source.index) - rank, len(weights.index) - rank
    if layout == BATCHED:
        return rank - 2 if more == (0, 0) else 0
    if layout == LAST and more == (0, 0) and rank > 1 and _share_a_letter(output, source, weights):
        return rank - 1
    return rank - CHANNELS.get(more, rank)


def _share_a_letter(*entries: Entry) -> bool:
    """Whether the first index of all is the same letter, as that of a channel with a filter of its own is."""
    firsts = {one.index[0] for one in entries}
    return len(firsts) == 1 and _INDEX.fullmatch(firsts.pop()) is not None


def _samples(
    one: Meeting, input_letter: str, layout: str, kind: str, told: int | None = None
) -> list[tuple[Sample, ...]]:
    """The indices on each spatial axis: of output, filter and input, and the other way round where it is transposed."""
    source, weights = (one.one, one.other) if plain(one.one.letter) == input_letter else (one.other, one.one)
    axes = _axes(one.output, source, weights, layout) if told is None else told
    again = layout == FIRST and axes == len(weights.index)
    least = min(len(found.index) for found in (one.output, one.one, one.other))
    if not 1 <= axes <= min(AXES, least) or plain(source.letter) != input_letter or again:
        return []
    place = slice(0, axes) if layout == FIRST else slice(-axes, None)
    arrays = (one.output, weights, source) if kind == "conv" else (source, weights, one.output)
    each = [samples_of(*indices) for indices in zip(*(found.index[place] for found in arrays), strict=True)]
    return list(zip(*each, strict=False)) if all(each) else []


def _subject(
    members: Sequence[Meeting], letter: str, fits: tuple[Fit, ...], layout: str, kind: str, axes: int | None = None
) -> Subject:
    factors = Counter(name for one in members for name in (one.one.letter, one.other.letter))
    outputs = Counter[str]()
    for one in members:
        outputs[one.output.letter] += 1 + one.forward
    subject = Subject(
        kind,
        {
            "X": [name for name, _ in factors.most_common() if plain(name) == letter],
            "F": [name for name, _ in factors.most_common() if plain(name) != letter],
            "O": [name for name, _ in outputs.most_common()],
        },
        fits=fits,
        axes=slice(0, len(fits)) if layout == FIRST else slice(-len(fits), None),
    )
    for one in members:
        for sample in _samples(one, letter, layout, kind, axes):
            if len(sample) == len(fits):
                (subject.agree if agrees(fits, sample) else subject.against)[one.equation] += 1
    return subject


def _add_operations(subject: Subject, facts: Sequence[Facts]) -> None:
    """Operations between its arrays agree with it too."""
    letters = {plain(letter) for role in ("X", "F", "O") for letter in subject.letters[role]}
    for number, fact in enumerate(facts):
        for found in fact.operated:
            arrays = {plain(one.letter) for one in (found.target, found.left, found.right) if one is not None}
            if found.sign and len(arrays & letters) > 1 and not subject.against[number]:
                subject.agree[number] += 1


def lettered_subjects(facts: Sequence[Facts]) -> Iterator[Subject]:
    """The convolution that definitions with letters for strides and paddings speak of: y_i = Σ x_{s·i+m} w_m."""
    for fact in facts:
        for tap in fact.taps:
            roles = _lettered_roles(tap)
            if roles is not None:
                letters = {role: [found.letter] for role, found in roles.items()}
                agree = Counter({at: 1 for at, other in enumerate(facts) if _is_about(other, letters)})
                yield Subject("conv", letters, agree=agree, lettered=True)
                return


def _lettered_roles(tap: Tap) -> dict[str, Entry] | None:
    """The roles of three entries, where each index of the input has letters of those of output and filter."""
    if any(one.gradient or not one.index for one in (tap.target, tap.first, tap.second)):
        return None
    for source, weights in ((tap.first, tap.second), (tap.second, tap.first)):
        axes = zip(*(reversed(each.index) for each in (source, tap.target, weights)), strict=False)
        meets = [{_index_letter(out), _index_letter(into)} <= set(_INDEX.findall(index)) for index, out, into in axes]
        if any(meets[:2]) and len({tap.target.letter, source.letter, weights.letter}) > 2:
            return {"X": source, "F": weights, "O": tap.target}
    return None


_INDEX = re.compile(r"\\[A-Za-z]+'?|[A-Za-z]'?")
"""The letters of an index."""


def _index_letter(index: str) -> str:
    return index if _INDEX.fullmatch(index) else "no letter"


def _is_about(fact: Facts, letters: Mapping[str, Sequence[str]]) -> bool:
    spelled = {letter for found in letters.values() for letter in found}
    return len({one.letter for one in fact.entries} & spelled) > 1


def add_symbols(subject: Subject, symbols: Mapping[str, str]) -> None:
    """The letters of gradients that belong to its arrays; a symbol of an output without a letter is no letter of it."""
    gradients = {"O": "G", "X": "dX", "F": "dF"}
    for symbol, letter in symbols.items():
        role = subject.role_of(letter)
        if role in gradients:
            subject.symbols.setdefault(gradients[role], []).append(symbol)
    if "O" in subject.letters:
        subject.letters["O"] = [letter for letter in subject.letters["O"] if letter not in symbols]
