"""A line in index letters at one place: letters become numbers, sums over a letter are written out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from symconv.derivation.elision import shortened
from symconv.errors import NotSupportedError
from symconv.forms import Shape
from symconv.meaning.evaluate import places
from symconv.notation.tree import Big, Delta, Dots, Index, Node, Number, Ratio, Symbol, mapped, total, walk

Position = tuple[int, ...]
INNER = 4
"""Terms of a sum deep inside a formula that are written out."""
BESIDE = 6
"""Terms of a sum behind a factor that are written out before dots; such a sum is not broken into lines."""


def left_letters(left: Node) -> tuple[str, ...] | None:
    """The letters of an array's index, each a letter by itself; None for what is no such entry.

    >>> from symconv.notation.build import entry
    >>> left_letters(entry("X", "i", "j")), left_letters(Symbol("X")), left_letters(Symbol("X", (1,)))
    (('i', 'j'), None, None)
    """
    if not isinstance(left, Symbol) or not left.index:
        return None
    found = []
    for part in left.index:
        if not isinstance(part, Index) or len(part.parts) != 1 or part.parts[0][1] != 1 or part.shift:
            return None
        found.append(part.parts[0][0])
    return tuple(found)


@dataclass(frozen=True)
class Instance:
    """What a tree is where its letters have numbers.

    Args:
        letters: the number of each letter, from 0.
        shapes: the shapes of the arrays, which say how far sums go.
        terms: so many terms of a sum are written out before dots.
        inner: so many terms of a sum deep inside a formula are written out.
        summed: what stands for a sum inside a formula that is longer.

    >>> from symconv.notation.build import entry, summed, times
    >>> from symconv.notation.text import TextPrinter
    >>> from symconv.notation.tree import Style
    >>> line = summed("k", times(entry("X", "k"), entry("F", "i", "k")))
    >>> TextPrinter(Style())(Instance({"i": 1}, {"X": (2,), "F": (2, 2)}.get)(line))
    'X_1·F_21 + X_2·F_22'
    """

    letters: Mapping[str, int]
    shapes: Callable[[str], Shape | None]
    terms: int = 16
    inner: int = INNER
    summed: Callable[[Node], Node] = lambda node: node

    @classmethod
    def of(cls, node: Node, letters: Mapping[str, int], shapes: Callable[[str], Shape | None], terms: int) -> Instance:
        """What is right for a formula: where several sums stand in it, none inside is written out."""
        several = sum(isinstance(part, Big) for part in walk(node)) > 1
        return cls(letters, shapes, terms, 0 if several else INNER)

    def __call__(self, node: Node, depth: int = 0) -> Node:
        """The tree; `depth` says how far inside a formula it stands."""
        if isinstance(node, Big):
            return self._sum(node, depth)
        if isinstance(node, Symbol):
            return self._entry(node)
        if isinstance(node, Delta):
            left, right = self._index(node.left), self._index(node.right)
            known = isinstance(left, int) and isinstance(right, int)
            return Number(int(left == right)) if known else Delta(left, right)
        deeper = depth + (2 if isinstance(node, Ratio) else 1)
        return mapped(node, lambda inner: self(inner, deeper))

    def _entry(self, node: Symbol) -> Node:
        """An entry at its place; 0 outside the array."""
        index = tuple(self._index(part) for part in node.index)
        shape = self.shapes(node.role) or ()
        outside = any(isinstance(at, int) and not 0 <= at < length for at, length in zip(index, shape, strict=False))
        return Number(0) if outside else Symbol(node.role, index, node.slice)

    def _index(self, part: int | Index) -> int | Index:
        if isinstance(part, int) or any(letter not in self.letters for letter, _ in part.parts):
            return part
        return sum(times * self.letters[letter] for letter, times in part.parts) + part.shift

    def _sum(self, node: Big, depth: int) -> Node:
        letter, *rest = node.variables
        body = Big(tuple(rest), node.body) if rest else node.body
        length = self._length(letter, node.body)
        if depth > 1 and length > self.inner:
            return self.summed(self._closed(node))
        shown = shortened(range(length), min(self.terms, BESIDE) if depth else self.terms, first=3)
        return total(tuple(Dots("sum") if at is None else self._with(letter, at)(body, depth) for at in shown))

    def _with(self, letter: str, at: int) -> Instance:
        return replace(self, letters={**self.letters, letter: at})

    def _closed(self, node: Big) -> Node:
        """The sum as it stands, with numbers for the letters around it."""
        free = replace(self, letters={k: v for k, v in self.letters.items() if k not in node.variables})
        return Big(node.variables, free(node.body))

    def _length(self, letter: str, body: Node) -> int:
        for role, axis in places(letter, body):
            shape = self.shapes(role)
            if shape is not None:
                return shape[axis]
        raise NotSupportedError(f"the index {letter} stands at no array here")
