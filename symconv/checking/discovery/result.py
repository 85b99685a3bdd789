"""What discovery hands on: candidate contexts for the stretches of a document."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from symconv.checking.context import Context
from symconv.notation.tree import Node


@dataclass(frozen=True, slots=True)
class ReadEquation:
    """An equation of a document that could be read: its offset in the source, and its raw tree."""

    offset: int
    node: Node


@dataclass(frozen=True)
class Candidate:
    """One way to understand a stretch of a document.

    Args:
        context: layer, spellings and index base; its layer is None where the document does not give every size.
        kind: the kind of layer, a key of the catalogue such as "conv" or "max-pool".
        evidence: what it follows from, a phrase each.
        sentence: how the stretch was read, for the report.
        known: what is known of the layer in the words of its class, such as {"stride": (2, 2)}.
    """

    context: Context
    kind: str
    evidence: tuple[str, ...] = ()
    sentence: str = ""
    known: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Stretch:
    """The part [start, stop) of a document that speaks of one layer, and its candidates, the likeliest first."""

    start: int
    stop: int
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True)
class Discovery:
    """The stretches of a document in order; together they cover it. Where nothing is certain there are none."""

    stretches: tuple[Stretch, ...] = ()

    def at(self, offset: int) -> tuple[Candidate, ...]:
        """The candidates for what stands at an offset of the source, the likeliest first.

        >>> Discovery((Stretch(0, 5, (Candidate(Context(), "conv"),)),)).at(7)
        ()
        """
        place = bisect_right([stretch.start for stretch in self.stretches], offset) - 1
        if place < 0 or offset >= self.stretches[place].stop:
            return ()
        return self.stretches[place].candidates

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        """All candidates, each once, in the order of the document."""
        found: list[Candidate] = []
        for stretch in self.stretches:
            found += [one for one in stretch.candidates if one not in found]
        return tuple(found)

    @property
    def sentences(self) -> tuple[str, ...]:
        """How each stretch was read, each sentence once."""
        return tuple(dict.fromkeys(one.candidates[0].sentence for one in self.stretches if one.candidates))


def sizes_shown(value: Any) -> str:
    """Sizes as they are given on the command line; "" for what is not known.

    >>> sizes_shown((3, 3)), sizes_shown(((1, 0), (1, 0))), sizes_shown(None)
    ('3x3', '1:0x1:0', '')
    """
    if isinstance(value, tuple):
        return "x".join(":".join(map(str, part)) if isinstance(part, tuple) else str(part) for part in value)
    return "" if value is None else str(value)


def number_shown(value: Any) -> str:
    """The same, as one number where all axes and sides agree.

    >>> number_shown((2, 2)), number_shown(((1, 1), (1, 1))), number_shown((1, 2))
    ('2', '1', '1x2')
    """
    while isinstance(value, tuple) and len(set(value)) == 1:
        value = value[0]
    return sizes_shown(value)
