"""Pools from windows, equal parts and matrices of gradients."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from math import isqrt

from symconv.checking.discovery.entries import Entry
from symconv.checking.discovery.facts import Facts, Share
from symconv.checking.discovery.subjects import Subject, plain
from symconv.checking.discovery.taps import Fit, Sample, fit_axis, linear
from symconv.notation.tree import Bounded, Named, Number, Relation

KINDS = ("max-pool", "avg-pool")
Pair = tuple[str, str]
"""The letters of input and output."""


def pool_subjects(facts: Sequence[Facts]) -> list[Subject]:
    """The pools that equations speak of: each pair of letters once as the kind it is, or once as each kind."""
    votes: dict[Pair, dict[str, Counter[int]]] = defaultdict(lambda: defaultdict(Counter))
    for number, fact in enumerate(facts):
        for pair, kind in _signs(fact):
            votes[pair][kind][number] += 1
    return [_subject(pair, kind, found, facts) for pair, found in votes.items() for kind in _kinds(found)]


def _kinds(found: Mapping[str, Counter[int]]) -> list[str]:
    said = [kind for kind in KINDS if found.get(kind)]
    return said if said and not found.get("pool") else list(KINDS)


def _signs(fact: Facts) -> Iterator[tuple[Pair, str]]:
    for pooled in fact.pooled:
        if pooled.window[0].letter != pooled.target.letter:
            yield (pooled.window[0].letter, pooled.target.letter), pooled.kind
    yield from _parts(fact.shares)
    for one in fact.spread:
        if one.gradient and one.target.gradient:
            kind = "avg-pool" if 0 < one.number < 1 else "max-pool" if one.zeros else "pool"
            yield (one.target.letter, one.letter), kind


def _parts(shares: Sequence[Share]) -> Iterator[tuple[Pair, str]]:
    """Entries that are equal parts of others: 1/4 (a_11 + ...), ∂L/∂a_11 = 1/4 ∂L/∂b_11, or 1/4 ∑∑ a_{2i+m,2j+n}."""
    for share in shares:
        if 0 < share.number < 1 and share.part.gradient == share.target.gradient:
            source, output = _pair(share)
            meets = share.part.is_numeric or _moved(source, output)
            if source.letter != output.letter and len(source.index) == len(output.index) > 1 and meets:
                yield (source.letter, output.letter), "avg-pool"


def _pair(share: Share) -> tuple[Entry, Entry]:
    """The entries of input and output."""
    return (share.target, share.part) if share.target.gradient else (share.part, share.target)


def _moved(source: Entry, output: Entry) -> tuple[Fit, ...]:
    """The stride of each axis where the letters of indices show it, as in x_{2i+m,2j+n} beside y_{i,j}."""
    found = [_stride(*axis) for axis in zip(source.index, output.index, strict=False)]
    return tuple(one for one in found if one is not None) if found and None not in found else ()


def _stride(source: str, output: str) -> Fit | None:
    parts, known = linear(source), linear(output)
    if parts is None or known is None or len(parts[0]) != 2 or list(known[0].values()) != [1] or known[1]:
        return None
    (letter,) = known[0]
    stride = parts[0].get(letter, 0)
    return Fit(stride, 1, parts[1]) if stride > 0 and sum(parts[0].values()) == stride + 1 else None


def pool_base(pairs: Collection[Pair], facts: Sequence[Facts]) -> int | None:
    """The index base with which windows begin at the first entry, from indices such as 2i-1+m; None where any may."""
    for fact in facts:
        starts = dict(_starts(fact))
        for share in fact.shares:
            source, output = _pair(share)
            if (plain(source.letter), plain(output.letter)) in pairs:
                bases = {_axis_base(*axis, starts) for axis in zip(source.index, output.index, strict=False)}
                if len(bases) == 1 and None not in bases:
                    return bases.pop()
    return None


def _axis_base(source: str, output: str, starts: Mapping[str, int]) -> int | None:
    """The base b for which s·b + c + m = b, where m is the least value of the letter that runs over the window."""
    moved, parts = _stride(source, output), linear(source)
    if moved is None or parts is None or moved.s == 1:
        return None
    letter = next((one for one in parts[0] if one != output), "")
    least = [starts[letter]] if letter in starts else [0, 1]
    fitting = ((b, m) for b, m in ((0, 0), (1, 0), (1, 1), (0, 1)) if m in least)
    return next((b for b, m in fitting if b * (moved.s - 1) == -(moved.shift + m)), None)


def _starts(fact: Facts) -> Iterator[tuple[str, int]]:
    """The letters of sums, and the numbers that they start from."""
    for node in fact.nodes:
        for one in node.below if isinstance(node, Bounded) else ():
            if isinstance(one, Relation) and isinstance(one.sides[-1], Number):
                names = (each for each in one.sides[:-1] if isinstance(each, Named))
                yield from ((each.letter, int(one.sides[-1].value)) for each in names)


def _subject(pair: Pair, kind: str, found: Mapping[str, Counter[int]], facts: Sequence[Facts]) -> Subject:
    subject = Subject(kind, {"X": [pair[0]], "O": [pair[1]]})
    for said, equations in found.items():
        (subject.agree if said in (kind, "pool") else subject.against).update(equations)
    window = _window(pair, facts)
    if window:
        subject.known["window"] = window
        subject.fits = _fits(pair, facts)
    return subject


def _windows(pair: Pair, facts: Sequence[Facts]) -> Iterator[tuple[Entry, list[Entry]]]:
    """Entries of the output and the entries of the input that they are made of."""
    for fact in facts:
        for pooled in fact.pooled:
            if (pooled.window[0].letter, pooled.target.letter) == pair:
                yield pooled.target, [one for one in pooled.window if one.is_numeric]
        parts: dict[Entry, list[Entry]] = defaultdict(list)
        for share in fact.shares:
            if (share.part.letter, share.target.letter) == pair and not share.target.gradient:
                parts[share.target].append(share.part)
        yield from ((target, window) for target, window in parts.items() if len(window) > 1)


def _window(pair: Pair, facts: Sequence[Facts]) -> tuple[int, ...]:
    """The sizes that most windows have; from 1/4 where no window is written out."""
    shapes: Counter[tuple[int, ...]] = Counter()
    for _, window in _windows(pair, facts):
        axes = _axes(window)
        shapes.update([tuple(max(axis) - min(axis) + 1 for axis in axes)] if axes else [])
    if not shapes:
        shapes.update(_from_numbers(pair, facts))
    return shapes.most_common(1)[0][0] if shapes else ()


def _from_numbers(pair: Pair, facts: Sequence[Facts]) -> Iterator[tuple[int, ...]]:
    numbers = [s.number for f in facts for s in f.shares if tuple(one.letter for one in _pair(s)) == pair]
    numbers += [s.number for f in facts for s in f.spread if (s.target.letter, s.letter) == pair]
    for number in numbers:
        count = round(1 / number) if 0 < number < 1 else 0
        if count and isqrt(count) ** 2 == count:
            yield isqrt(count), isqrt(count)


def _axes(window: Sequence[Entry]) -> list[list[int]]:
    positions = [one.positions for one in window]
    if not positions or len({len(part) for part in positions}) != 1 or any(None in part for part in positions):
        return []
    return [[part or 0 for part in axis] for axis in zip(*positions, strict=True)]


def _fits(pair: Pair, facts: Sequence[Facts]) -> tuple[Fit, ...]:
    """The stride of each axis: where the windows that no padding clips start."""
    starts: list[tuple[tuple[int | None, ...], tuple[int, ...]]] = []
    window = _window(pair, facts)
    for target, entries in _windows(pair, facts):
        axes = _axes(entries)
        whole = tuple(max(axis) - min(axis) + 1 for axis in axes) == window
        if whole and target.is_numeric and len(axes) == len(target.index):
            starts.append((target.positions, tuple(min(axis) for axis in axes)))
    if not starts:
        shares = [_pair(share) for fact in facts for share in fact.shares]
        moved = [_moved(*one) for one in shares if (one[0].letter, one[1].letter) == pair]
        return next(filter(None, moved), ())
    fits = []
    for axis in range(len(starts[0][1])):
        samples: Counter[Sample] = Counter((where[axis] or 0, 0, first[axis]) for where, first in starts)
        fits.append(fit_axis(samples)[0])
    return tuple(fits)
