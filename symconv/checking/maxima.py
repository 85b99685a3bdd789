"""What a text says of where the maxima of max pooling stand: in numbers, in comparisons, in words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np

from symconv.checking.assumptions import Question, Said
from symconv.checking.conditions import MAXIMUM
from symconv.checking.context import Context
from symconv.checking.masks import MASKS, question
from symconv.checking.sources import Passage, Source
from symconv.checking.spelling import NoEntryError, UnknownNameError, Vocabulary
from symconv.checking.world import FormWorld
from symconv.errors import SymconvError, UnreadError
from symconv.meaning.polynomials import Atom
from symconv.notation.reading import statements
from symconv.notation.tree import Applied, Listed, Node, Relation, Symbol

_SUPPOSES = re.compile(
    r"\b(?:if|when|where|whenever|suppose|assume|assuming|let|say|given|case|consider|provided|since|because|wenn|falls|"
    r"sei|seien|angenommen|da|supposons|supposant|soit|lorsque|quand|cuando|suponga\w*|supon\w*|sea|caso|seja|se|si|"
    r"если|пусть|предполож\w*|stel|als|jeśli|jeżeli|niech|eğer|nếu|giả sử|sia|supponiamo)\b"
    r"|若|如果|假设|假如|设|当|もし|とき|場合|만약|이면|라면|가정|اگر|إذا|لو|فرض",
    re.IGNORECASE,
)
_OTHERWISE = re.compile(
    r"\b(?:otherwise|else|sonst|andernfalls|ansonsten|sinon|autrement|"
    r"de lo contrario|en otro caso|si no|caso contrário|"
    r"senão|иначе|в противном случае|anders|altrimenti|altrove|inaczej|w przeciwnym|aksi halde|ngược lại)\b"
    r"|否则|否則|其他情况|さもなければ|それ以外|그렇지 않으면|وإلا|در غیر این صورت",
    re.IGNORECASE,
)
_ORDINALS: Sequence[re.Pattern[str]] = tuple(
    re.compile(words, re.IGNORECASE)
    for words in (
        r"\b(?:first|1st|erste\w*|premi[eè]re?|primer[ao]?|primeir[ao]|перв\w*|eerste|pierwsz\w*|prim[ao])\b|第一|첫",
        r"\b(?:second|2nd|zweite\w*|deuxième|second[aoe]|segund[ao]|втор\w*|tweede|drug\w*)\b|第二|두 ?번째",
        r"\b(?:third|3rd|dritte\w*|troisième|tercer[ao]?|terceir[ao]|трет\w*|derde|trzeci\w*|terz[ao])\b|第三|세 ?번째",
        r"\b(?:fourth|4th|vierte\w*|quatrième|cuart[ao]|quart[ao]|четв[её]рт\w*|vierde|czwart\w*)\b|第四|네 ?번째",
    )
)
_BEHIND = re.compile(rf"[\s$,)\\\]]*(?:{_SUPPOSES.pattern})[^.$]{{0,20}}\$?\s*", re.IGNORECASE)
_BORDER = re.compile(r"[.!?;](?=\s|$)|[。！？；]|\n[ \t]*\n|\n#")
_LARGER = {">": (0, 1), "≥": (0, 1), "<": (1, 0), "≤": (1, 0)}
"""The sides of a comparison, the larger one first."""
Windows = dict[Question, frozenset[Any]]
"""The entries of X that may be the maximum of a window, by question."""


@dataclass(frozen=True)
class Maxima:
    """What a text says of the maxima of its pools."""

    source: Source

    def at(self, start: int, stop: int, context: Context, behind: Sequence[Node] = ()) -> Said:
        """What is said where a formula stands; `behind` are the conditions that were read with it."""
        if MASKS not in getattr(context.layer, "symbols", ()):
            return Said()
        pool = Pool(context)
        found = pool.in_numbers() or _together(pool.compared(each) for each in behind)
        return Said(found) if found else self._in_prose(start, stop, pool)

    @staticmethod
    def chosen(said: Said, context: Context) -> Context:
        """A context in which the maxima stand where the text says, and elsewhere anywhere."""
        places: list[Any] = [min(said.answers.get(each, inside)) for each, inside in Pool(context).windows.items()]  # type: ignore[type-var]
        return replace(context, layer=replace(context.layer, argmax=[at for _, at in places], ties="first"))

    def _in_prose(self, start: int, stop: int, pool: Pool) -> Said:
        """What the last sentence about each window says: another one is about another case."""
        known, last, doubtful = Windows(), Windows(), False
        for begin, end in self._sentences:
            if begin >= start:
                break
            words = self.source.prose[begin:end]
            passages = [each for each in self._inline(begin, end) if self._reaches(each, start, stop)]
            found = _together(pool.said(each, words) for each in passages)
            if found:
                known |= found
                last, doubtful, begin = found, False, passages[-1].stop
            elif passages and MAXIMUM.search(words) and _SUPPOSES.search(words):
                doubtful = True
            if last and _OTHERWISE.search(self.source.prose, begin, min(end, start)):
                known |= {key: pool.windows[key] - answers for key, answers in last.items()}
                last, doubtful = {}, True
        return Said(known, doubtful)

    @cached_property
    def _sentences(self) -> Sequence[tuple[int, int]]:
        borders = (found.end() for found in _BORDER.finditer(self.source.prose))
        return list(pairwise((0, *borders, len(self.source.prose))))

    def _inline(self, begin: int, end: int) -> Iterator[Passage]:
        return (each for each in self.source.passages if each.kind == "inline" and begin <= each.offset(0) < end)

    def _reaches(self, passage: Passage, start: int, stop: int) -> bool:
        """Whether a formula stands in front of another, is the condition itself, or begins that behind it."""
        offset = passage.offset(0)
        return offset <= start or (offset >= stop and bool(_BEHIND.fullmatch(self.source.text, stop, offset)))


@dataclass(frozen=True)
class Pool:
    """Max pooling whose letters and sizes are known."""

    context: Context

    @cached_property
    def world(self) -> FormWorld:
        return FormWorld(self.context.layer)

    @cached_property
    def windows(self) -> Mapping[Question, frozenset[Atom]]:
        shape = self.world.shapes["O"]
        return {question(self.vocabulary.told(("O", at))): self.world.window(at) for at in np.ndindex(*shape)}

    @cached_property
    def vocabulary(self) -> Vocabulary:
        return Vocabulary(self.context, self.world.shapes)

    def in_numbers(self) -> Windows:
        """The places of the largest numbers, where the text gives all of them."""
        given = self.context.given
        values = given.worked(self.context).get("X") if given is not None else None
        if values is None or values.shape != self.world.shapes["X"] or any(each is None for each in values.flat):
            return {}
        return {window: _largest(entries, values) for window, entries in self.windows.items()}

    def said(self, passage: Passage, words: str) -> Windows:
        """What a formula in a sentence says: a comparison, or the name of an entry that the words call the largest."""
        try:
            nodes = [each.node for each in statements(passage.text)]
        except UnreadError:
            return {}
        compared = _together(self.compared(each) for each in nodes if _SUPPOSES.search(words) or not _equates(each))
        if compared or not MAXIMUM.search(words):
            return compared
        return self._called([entry for node in nodes for entry in self._listed(node)], words)

    def _called(self, entries: Iterable[Atom], words: str) -> Windows:
        numbers = [number for number, pattern in enumerate(_ORDINALS) if pattern.search(words)]
        found = Windows()
        for number, (window, inside) in enumerate(self.windows.items()):
            chosen = inside.intersection(entries)
            if chosen and (not numbers or number in numbers):
                found[window] = chosen if len(chosen) == 1 else frozenset()
        return found

    def compared(self, node: Node) -> Windows:
        """What sides say that are compared with each other; nothing where they are no entries of X and O."""
        if not isinstance(node, Relation):
            return {}
        signs = [node.sign_before(at) for at in range(1, len(node.sides))]
        pairs = zip(pairwise(node.sides), signs, strict=True)
        return _together(found for pair, sign in pairs for found in self._of_pair(pair, sign))

    def _of_pair(self, pair: tuple[Node, Node], sign: str) -> Iterator[Windows]:
        if sign == "=":
            yield from (self._equal(*each) for each in (pair, pair[::-1]))
        elif sign in _LARGER:
            larger, smaller = (self._listed(pair[at]) for at in _LARGER[sign])
            yield from (self._without(each, other) for each in larger for other in smaller)

    def _equal(self, one: Node, other: Node) -> Windows:
        """An entry of X is one of O, or the largest of several."""
        entries = self._listed(one)
        if len(entries) != 1 or entries[0][0] != "X":
            return {}
        if isinstance(other, Applied) and other.head.letter.startswith("max"):
            several = frozenset(entry for each in other.arguments for entry in self._listed(each))
            return {window: frozenset(entries) for window, inside in self.windows.items() if inside == several}
        outputs = [question(self.vocabulary.told(each)) for each in self._listed(other) if each[0] == "O"]
        return {window: frozenset(entries) for window in outputs if entries[0] in self.windows.get(window, ())}

    def _without(self, larger: Atom, smaller: Atom) -> Windows:
        """The windows of two entries, of which one is not the largest."""
        both = {larger, smaller}
        return {window: inside - {smaller} for window, inside in self.windows.items() if both <= inside}

    def _listed(self, node: Node) -> list[Atom]:
        """The entries of X and O that a side names."""
        sides = node.items if isinstance(node, Listed) else (node,)
        return [found for each in sides if (found := self._entry(each)) is not None]

    def _entry(self, node: Node) -> Atom | None:
        try:
            symbol = self.vocabulary.resolved(node)
        except (SymconvError, UnknownNameError, NoEntryError):
            return None
        if not isinstance(symbol, Symbol) or symbol.role not in ("X", "O"):
            return None
        index = tuple(place for place in symbol.index if isinstance(place, int))
        return (symbol.role, index) if len(index) == len(self.world.shapes[symbol.role]) else None


def _equates(node: Node) -> bool:
    return isinstance(node, Relation) and node.sign == "="


def _largest(entries: frozenset[Atom], values: Any) -> frozenset[Atom]:
    largest = max(values[at] for _, at in entries)
    return frozenset(each for each in entries if values[each[1]] == largest)


def _together(found: Iterable[Windows]) -> Windows:
    """What holds where all of it holds; nothing of a window where that cannot be."""
    known = Windows()
    for each in found:
        known |= {key: known.get(key, answers) & answers for key, answers in each.items()}
    return {key: answers for key, answers in known.items() if answers}
