"""Sums without brackets that go on behind a plus: Σ_i a_i + b_i, where nothing else says what i is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from symconv.notation.tree import Big, Bounded, Named, Negative, Node, Product, Relation, Sum, bound_letters, parts_of

_LETTER = re.compile(r"\\[A-Za-z]+|[A-Za-z]")


def with_wide_sums(relation: Relation) -> Relation:
    r"""The relation with sums that reach as far as their letters stand, where the first side does not name these.

    >>> from symconv.notation.reading import read
    >>> wide = read(r"C = \frac{1}{m} \sum_i (a_i - t_i)")
    >>> with_wide_sums(read(r"C = \frac{1}{m} \sum_i a_i - t_i")) == wide == with_wide_sums(wide)
    True
    """
    first, *others = relation.sides
    return replace(relation, sides=(first, *(_wide(side, set(_letters(first))) for side in others)))


def _wide(side: Node, named: set[str]) -> Node:
    if not isinstance(side, Sum):
        return side
    for at, term in enumerate(side.terms[:-1]):
        behind = side.terms[at + 1 :]
        big = _last_factor(term)
        if isinstance(big, Big) or (isinstance(big, Bounded) and big.sign == "∑"):
            own = set(bound_letters(big)) - named
            if own and all(own & set(_letters(each)) for each in behind):
                whole = replace(big, body=_total((big.body, *behind)))
                terms = (*side.terms[:at], _with_last_factor(term, whole))
                return terms[0] if len(terms) == 1 else Sum(terms)
    return side


def _total(terms: Sequence[Node]) -> Sum:
    return Sum(tuple(part for term in terms for part in (term.terms if isinstance(term, Sum) else (term,))))


def _last_factor(term: Node) -> Node:
    body = term.term if isinstance(term, Negative) else term
    return body.factors[-1] if isinstance(body, Product) else body


def _with_last_factor(term: Node, last: Node) -> Node:
    if isinstance(term, Negative):
        return Negative(_with_last_factor(term.term, last))
    return Product((*term.factors[:-1], last)) if isinstance(term, Product) else last


def _letters(node: Node) -> Iterator[str]:
    """The letters below and above names, but those that a sum runs over."""
    if isinstance(node, Named):
        yield from _LETTER.findall(f"{node.lower} {node.upper}")
        return
    own = set(bound_letters(node))
    for part in parts_of(node):
        yield from (letter for letter in _letters(part) if letter not in own)
