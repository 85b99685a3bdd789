"""Other ways to write what the field has one notation for: gradients without quotients, operations without brackets."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import replace
from typing import Any

from symconv.checking.usual import LOSSES
from symconv.checking.wide_sums import with_wide_sums
from symconv.errors import InputError, UnreadError
from symconv.notation.reading import read
from symconv.notation.tree import (
    Applied,
    Differential,
    Named,
    Node,
    Partial,
    Product,
    Ratio,
    Relation,
    Transpose,
    rebuilt,
    walk,
)

_OPERATION = re.compile(r"rot(?:ated?)?_?(?:180)?|flip(?:ped)?")
"""Operations that stand before an array as a word."""
_ENTRY = re.compile(r"[A-Za-z]_(?:[A-Za-z0-9]|\{[A-Za-z0-9,]{1,9}\})")
"""An entry below the letter of a loss, which is differentiated by it."""
_WORD = re.compile(r"[A-Za-z]{4,}")
D = Named("d")
VARIATION = Named(r"\delta")
"""What some write for ∂."""


def usual(node: Node) -> Node:
    r"""A formula as it was read, in the usual notation.

    >>> wanted = read(r"\frac{\partial L}{\partial w}")
    >>> usual(read(r"\nabla_w L")) == usual(read(r"\frac{\delta L}{\delta w}")) == wanted
    True
    """
    return rebuilt(with_wide_sums(node) if isinstance(node, Relation) else node, _changed)


def differentiated(nodes: Iterable[Node]) -> frozenset[Node]:
    """The arrays of a text that d stands before; none where d is an array itself.

    >>> found = differentiated([read("dZ = 2dA")])
    >>> sorted(each.letter for each in found), apart(read("dX = WdZ"), found) == read("dX = W dZ")
    (['A', 'Z'], True)
    """
    parts = [part for node in nodes for part in walk(node)]
    if any(isinstance(part, Named) and part.letter == D.letter and part.has_scripts for part in parts):
        return frozenset()
    return frozenset(part.body for part in parts if isinstance(part, Differential) and part.sign == D.letter)


def apart(node: Node, arrays: Set[Node]) -> Node:
    """A formula in which d belongs to the array behind it, where it is written close to what stands before."""
    return rebuilt(node, lambda part: _apart(part, arrays) if isinstance(part, Product) else None)


def _apart(node: Product, arrays: Set[Node]) -> Node | None:
    factors: list[Node] = []
    for factor in node.factors:
        body = factor.body if isinstance(factor, Transpose) else factor
        glued = bool(factors) and factors[-1] == D and body in arrays
        factors[-1 if glued else len(factors) :] = [Differential("d", factor) if glued else factor]
    if tuple(factors) == node.factors:
        return None
    return Product(tuple(factors)) if len(factors) > 1 else factors[0]


def _changed(node: Node) -> Node | None:
    rule = _RULES.get(type(node))
    return rule(node) if rule else None


def _nabla(node: Differential) -> Node | None:
    under = _read(node.lower) if node.sign == "∇" and node.lower and _is_loss(node.body) else None
    return under and Partial(node.body, under)


def _index(node: Named) -> Node | None:
    r"""L_{w_{11}}, where the index of a loss is an entry."""
    under = _read(node.lower) if _is_loss(node) and _ENTRY.fullmatch(node.lower) else None
    return under and Partial(replace(node, lower=""), under)


def _quotient(node: Ratio) -> Node | None:
    over, under = _varied(node.over), _varied(node.under)
    return Partial(over, under) if over is not None and under is not None else None


def _varied(node: Node) -> Node | None:
    if isinstance(node, Product) and len(node.factors) == 2 and node.factors[0] == VARIATION:
        return node.factors[1]
    return None


def _product(node: Product) -> Node | None:
    """rot180 W; words beside an array, such as a filter's."""
    *rest, head, last = node.factors
    if isinstance(head, Named) and _OPERATION.fullmatch(head.letter):
        found: Node = Applied(head, (usual(last),))
        return Product((*map(usual, rest), found)) if rest else found
    return None


def _call(node: Applied) -> Node | None:
    """Words before an array in a call say what it is: Convolution(Input X, …)."""
    arguments = tuple(map(_without_words, node.arguments))
    return replace(node, arguments=tuple(map(usual, arguments))) if arguments != node.arguments else None


def _without_words(node: Node) -> Node:
    if not isinstance(node, Product) or not isinstance(node.factors[0], Named):
        return node
    kept = tuple(each for each in node.factors if not _is_word(each))
    return kept[0] if len(kept) == 1 else node


def _is_word(node: Node) -> bool:
    plain = isinstance(node, Named) and not (node.has_scripts or node.primes)
    return plain and bool(_WORD.fullmatch(node.letter)) and not _OPERATION.fullmatch(node.letter)  # type: ignore[attr-defined]


def _is_loss(node: Node) -> bool:
    return isinstance(node, Named) and node.letter in (*LOSSES, "c") and not (node.upper or node.primes)


def _read(text: str) -> Node | None:
    try:
        return read(text)
    except (InputError, UnreadError):
        return None


_RULES: Mapping[type[Node], Callable[[Any], Node | None]] = {
    Differential: _nabla, Named: _index, Ratio: _quotient, Product: _product, Applied: _call,
}  # fmt: skip
