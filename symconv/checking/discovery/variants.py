"""The same letters with other sizes: a subject for each shape that a document gives its input."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from symconv.checking.discovery.entries import Entry
from symconv.checking.discovery.facts import Facts
from symconv.checking.discovery.subjects import Subject, plain

Shape = tuple[int, ...]


def variants(subject: Subject, facts: Sequence[Facts]) -> Iterator[Subject]:
    """The subject, or one for each shape; an equation is against a shape when it says another or goes beyond it."""
    said = [dict(_said(subject, fact)) for fact in facts]
    shapes = Counter(found["X"] for found in said if "X" in found)
    if not shapes:
        yield subject
        return
    near = _nearest([found.get("X") for found in said])
    for shape in shapes:
        against = Counter(
            {
                at: 1
                for at, found in enumerate(said)
                if found.get("X", shape) != shape or _is_beyond(subject, facts[at], shape)
            }
        )
        agree = Counter([at for at, found in enumerate(said) if found.get("X") == shape])
        own = Counter({at: count for at, count in subject.agree.items() if near[at] == shape and not against[at]})
        if not own:
            continue
        yield replace(
            subject,
            agree=own + agree,
            against=subject.against + against,
            shape=shape if len(shapes) > 1 else (),
        )


def _nearest(said: Sequence[Shape | None]) -> list[Shape | None]:
    """For each equation the shape that was said last, before anything is said the first."""
    latest = next((shape for shape in said if shape), None)
    found = []
    for shape in said:
        latest = shape or latest
        found.append(latest)
    return found


def _said(subject: Subject, fact: Facts) -> Iterator[tuple[str, Shape]]:
    """The shapes of its arrays that an equation writes out under their names."""
    for written in fact.written:
        role, whole = subject.role_of(written.letter), written.whole
        if role and whole is not None and not whole.index and plain(whole.letter) == plain(written.letter):
            yield role, written.shape
    for whole, shape in fact.shaped:
        if plain(whole.letter) in {plain(letter) for letter in subject.letters.get("X", ())} and not whole.index:
            yield "X", shape
    for one in fact.entries:
        role = subject.role_of(one.letter)
        if role and one.sizes:
            yield role, one.sizes


def _is_beyond(subject: Subject, fact: Facts, shape: Shape) -> bool:
    return any(_exceeds(one, shape) for one in fact.entries if subject.role_of(one.letter) == "X")


def _exceeds(one: Entry, shape: Shape) -> bool:
    return len(one.index) == len(shape) and any(
        part is not None and part > size for part, size in zip(one.positions, shape, strict=True)
    )
