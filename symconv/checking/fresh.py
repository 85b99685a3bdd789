"""Names of a text's own: what it last said that they are, to be put in for them later."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeGuard

from symconv.checking.context import Context
from symconv.checking.spelling import MADE, ROTATED, NoEntryError, UnknownNameError, Vocabulary
from symconv.errors import UnreadError
from symconv.notation.reading import read
from symconv.notation.tree import (
    Applied,
    Labelled,
    Letter,
    Matrix,
    Named,
    Node,
    Number,
    Product,
    Relation,
    rebuilt,
    walk,
)

MOST_NODES = 3_000
"""Nodes of a definition with those of the names in it."""
DEFINES = ("=", "≡", "≔")
_ACCENTED = re.compile(
    r"(?P<before>[^.$\n]{0,40})\$(?P<new>\\(?:tilde|hat|bar|widetilde|widehat)\s*\{?\s*(?P<inner>[A-Za-z])\s*\}?)\$"
    r"(?P<after>[^.\n]{0,80})"
)
_PADDED = re.compile(
    r"\$(?P<new>(?P<old>\\?[A-Za-z]+)\^\{?(?:\\(?:text|mathrm)\{)?pad(?:ded)?\}*)\$(?P<words>[^.]{1,80}?)"
    r"\b(?P<count>one|two|three|[1-9])\b"
)
_COUNTS: Mapping[str, int] = {"one": 1, "two": 2, "three": 3}
_TURNED = re.compile(
    r"\$(?P<new>\\(?:tilde|hat|bar|widetilde|widehat)\s*\{?\s*(?P<inner>[A-Za-z])\s*\}?|[A-Za-z]'?)\$(?P<words>[^$.]{1,60})"
    r"\$(?P<old>[A-Za-z])\$(?P<after>[^$.]{0,40})"
)
_DEFINITION = re.compile(
    r"\b(?:is|be|denoted?s?|write|call|means|ist|sei|est|es|sea)\b|是|为|表示|は|은|는", re.IGNORECASE
)


@dataclass(frozen=True)
class Fresh:
    r"""What names that belong to no array of the layer were said to be.

    A name in a definition means what it did there; a name that is defined anew, or by what is too long, is forgotten.

    >>> from symconv.notation.reading import read
    >>> found = Fresh().after(read(r"T = \begin{bmatrix} w_1 & w_2 \end{bmatrix}"), Context(names={"F": ["w"]}))
    >>> list(found.said)
    [Named(letter='T', lower='', upper='', primes=0)]
    """

    said: Mapping[Named, Node] = field(default_factory=dict)

    def after(self, node: Node, context: Context, *, proved: bool = False) -> Fresh:
        """The definitions behind a formula; what is proved of a name is not what it is from then on."""
        said, vocabulary = dict(self.said), Vocabulary(context, {})
        for name, body in _defined(node, vocabulary):
            if proved and name in said:
                continue
            said.pop(name, None)
            arrays = any(each in self.said or vocabulary.role_of(each) is not None for each in _names(body))
            found = self._put_in(body) if arrays else None
            if found is not None and name not in _names(found):
                said[name] = found
        return Fresh(said)

    def naming(self, node: Node, context: Context) -> Fresh:
        """With the matrix that turns the entries of the input into those of the output, where a formula names it so."""
        vocabulary = Vocabulary(context, {})
        unrolled = [_read(letter) for letter in context.names.get("C", ())]
        match node:
            case Relation((left, Product((Named() as name, right)))) if unrolled and unrolled[0] is not None:
                roles = [_role_of_all(side, vocabulary) for side in (left, right)]
                if (
                    roles == ["O", "X"]
                    and name.letter.isupper()
                    and name not in self.said
                    and _is_free(name, vocabulary)
                ):
                    return Fresh({**self.said, name: unrolled[0]})
        return self

    def _put_in(self, node: Node) -> Node | None:
        """What is said with all names in it written out; None where that is too long."""
        inside = sum(_size(self.said[each]) for each in _names(node) if each in self.said)
        if inside + _size(node) > MOST_NODES:
            return None
        return rebuilt(node, lambda each: self.said.get(each) if isinstance(each, Named) else None)


def fresh_in_prose(text: str) -> Fresh:
    r"""Names that prose says a rotated filter has.

    >>> [name.letter for name in fresh_in_prose(r"Here $\tilde{W}$ is $W$ rotated by 180°.").said]
    ['\\tilde{W}']
    """
    said = _turned(text) if ROTATED.search(text) else {}
    for found in _PADDED.finditer(text):
        new, old = _read(found["new"]), _read(found["old"])
        if isinstance(new, Named) and old is not None and _DEFINITION.search(found["words"]):
            count = Number(_COUNTS.get(found["count"]) or int(found["count"]))
            said[new] = Applied(Named("pad"), (old, count))
    return Fresh(said)


def _turned(text: str) -> dict[Named, Node]:
    """Names of a filter that is said to be rotated."""
    said: dict[Named, Node] = {}
    for found in _TURNED.finditer(text):
        words = found["words"] + found["after"]
        if found["new"] != found["old"] and ROTATED.search(words) and _DEFINITION.search(found["words"]):
            new, old = _read(found["new"]), _read(found["old"])
            if isinstance(new, Named) and old is not None:
                said[new] = Applied(Named("rot180"), (old,))
    for found in _ACCENTED.finditer(text):
        if ROTATED.search(found["after"]) and _DEFINITION.search(found["before"] + found["after"]):
            new, old = _read(found["new"]), _read(found["inner"])
            if isinstance(new, Named) and old is not None:
                said.setdefault(new, Applied(Named("rot180"), (old,)))
    return said


def _read(text: str) -> Node | None:
    try:
        return read(text)
    except UnreadError:
        return None


def _role_of_all(node: Node, vocabulary: Vocabulary) -> str | None:
    """The array that a node is as a whole, or all entries of which it is."""
    if isinstance(node, Applied) and node.head.letter in ("vec", "flatten") and len(node.arguments) == 1:
        node = node.arguments[0]
    return vocabulary.role_of(node) if isinstance(node, Named) and not node.lower else None


def _size(node: Node) -> int:
    return sum(1 for _ in walk(node))


def _names(node: Node) -> Iterator[Named]:
    return (each for each in walk(node) if isinstance(each, Named))


def _defined(node: Node, vocabulary: Vocabulary) -> Iterator[tuple[Named, Node]]:
    """The names that a formula says the meaning of: on the left of a sign, or below a brace."""
    for each in walk(node):
        if isinstance(each, Labelled) and isinstance(each.body, Matrix) and _is_free(each.label, vocabulary):
            yield each.label, each.body
    if isinstance(node, Relation) and node.sign_before(1) in DEFINES and _is_free(node.sides[0], vocabulary):
        yield node.sides[0], node.sides[1]


def _is_free(node: Node, vocabulary: Vocabulary) -> TypeGuard[Named]:
    """Whether a node is a name that no array of the layer has; those that only layers give themselves are free."""
    if not isinstance(node, Named):
        return False
    if vocabulary.role_of(node) in MADE:
        return True
    try:
        return isinstance(vocabulary.named(node), Letter)
    except (UnknownNameError, NoEntryError):
        return False
