"""Which subject each equation speaks of: the cheapest way through a document, where a change has its price."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Sequence

from symconv.checking.discovery.facts import Facts
from symconv.checking.discovery.subjects import Subject, plain
from symconv.checking.discovery.words import Prose

SWITCH = 1.0
"""The price of another subject than that of the equation before; less where a heading stands between."""
SWITCH_AT_HEADING = 0.4
AGREES, DISAGREES, STRANGE, HEADING, MENTION = 2.0, 2.0, 1.5, 0.75, 0.3
"""What it weighs that facts agree, that they do not, that letters are strange, and what headings and prose say."""
DECLARED = 3.0
"""What it weighs that the text declares a layer with these letters."""
ALIKE = {"pool": ("max-pool", "avg-pool"), "activation": ("relu", "sigmoid", "tanh")}


def assigned(facts: Sequence[Facts], subjects: Sequence[Subject], prose: Prose, losses: Collection[str]) -> list[int]:
    """The number of the subject of each equation."""
    if not subjects or not facts:
        return []
    costs = _costs(facts, subjects, prose, losses)
    headings = [start for start, _ in prose.headings]
    best, ways = costs[0], []
    for number in range(1, len(facts)):
        between = bisect_right(headings, facts[number].offset) > bisect_right(headings, facts[number - 1].offset)
        price = SWITCH_AT_HEADING if between else SWITCH
        cheapest = min(range(len(best)), key=best.__getitem__)
        ways.append([one if best[one] <= best[cheapest] + price else cheapest for one in range(len(best))])
        best = [min(best[one], best[cheapest] + price) + costs[number][one] for one in range(len(best))]
    way = [min(range(len(best)), key=best.__getitem__)]
    for step in reversed(ways):
        way.append(step[way[-1]])
    return _settled(way[::-1], subjects)


def _settled(way: list[int], subjects: Sequence[Subject]) -> list[int]:
    """Without runs in which letters alone speak for the subject and facts against it: they stay with the run before."""
    settled: list[int] = []
    start = 0
    while start < len(way):
        stop = next((at for at in range(start, len(way)) if way[at] != way[start]), len(way))
        one = subjects[way[start]]
        agree = any(one.agree[at] for at in range(start, stop))
        certain = agree or not start or not any(one.against[at] for at in range(start, stop))
        settled += [way[start] if certain else settled[-1]] * (stop - start)
        start = stop
    return settled


def _costs(
    facts: Sequence[Facts], subjects: Sequence[Subject], prose: Prose, losses: Collection[str]
) -> list[list[float]]:
    known = [subject.all_letters for subject in subjects]
    headed = [(start, kinds) for start, text in prose.headings if (kinds := prose.kinds(start, start + len(text)))]
    starts = [start for start, _ in headed]
    ignored = {plain(loss) for loss in losses}
    rows = []
    for number, fact in enumerate(facts):
        place = bisect_right(starts, fact.offset) - 1
        heading = headed[place][1] if place >= 0 else ()
        before = facts[number - 1].offset if number else 0
        mentioned = prose.kinds(before, fact.offset)[-1:]
        letters = {plain(letter) for letter in fact.letters} - ignored
        rows.append(
            [
                _of_facts(number, one)
                - _of_declaration(fact, letters, one)
                + _of_letters(letters, known[place])
                + _of_words(one.kind, heading, HEADING)
                + _of_words(one.kind, mentioned, MENTION)
                for place, one in enumerate(subjects)
            ]
        )
    return rows


def _of_facts(number: int, subject: Subject) -> float:
    agree, against = subject.agree[number], subject.against[number]
    total = agree + against
    return (DISAGREES * against - AGREES * agree) / total if total else 0.0


def _of_declaration(fact: Facts, letters: Collection[str], subject: Subject) -> float:
    """What it weighs that the text declares the layer that letters belong to."""
    if subject.declared is None:
        return 0.0
    if not subject.declared.covers(fact.offset):
        return -DISAGREES
    return DECLARED * float(sum(letter in subject.all_letters for letter in letters) / max(len(letters), 1)) ** 2


def _of_letters(letters: Collection[str], known: Collection[str]) -> float:
    if not letters:
        return 0.0
    return STRANGE * sum(letter not in known for letter in letters) / len(letters)


def _of_words(kind: str, said: Sequence[str], weight: float) -> float:
    if not said:
        return 0.0
    names = {name for one in said for name in (one, *ALIKE.get(one, ()))}
    return -weight if kind in names else weight
