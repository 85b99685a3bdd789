"""The index letters of raw formulas."""

from __future__ import annotations

from collections.abc import Iterator

from symconv.checking.defined.pages import Page, UnclearError, exponent, letters_of
from symconv.notation.tree import Big, Bounded, Named, Node, Relation, parts_of


def free_letters(node: Node, page: Page) -> Iterator[str]:
    """The index letters that no sum runs over, as often as they stand there."""
    if isinstance(node, Big):
        yield from (letter for letter in free_letters(node.body, page) if letter not in node.variables)
    elif isinstance(node, Bounded):
        bound = {_letter(item) for item in node.below}
        yield from (letter for letter in free_letters(node.body, page) if letter not in bound)
    elif isinstance(node, Named):
        yield from _of_name(node, page)
    else:
        for part in parts_of(node):
            yield from free_letters(part, page)


def _letter(node: Node) -> str:
    first = node.sides[0] if isinstance(node, Relation) else node
    return first.letter + "'" * first.primes if isinstance(first, Named) else ""


def _of_name(node: Named, page: Page) -> Iterator[str]:
    if node.letter == "e" and node.upper:
        yield from free_letters(exponent(node), page)
        return
    if node.primes:
        return
    try:
        name = page.naming(node)
    except UnclearError:
        return
    if name.key in page.keys or name.key in page.signals:
        yield from (letter for index in name.index for letter in letters_of(index))
