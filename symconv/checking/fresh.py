"""Names of a text's own: what it last said that they are, to be put in for them later."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from symconv.checking.context import Context
from symconv.checking.spelling import MADE, NoEntryError, UnknownNameError, Vocabulary, rebuilt, spelled
from symconv.errors import UnreadError
from symconv.notation.reading import read
from symconv.notation.tree import Applied, Labelled, Letter, Matrix, Named, Node, Relation, walk

MOST_NODES = 3_000
"""Nodes of a definition with those of the names in it."""
DEFINES = ("=", "≡", "≔")
_TURNED = re.compile(
    r"\$(?P<new>\\(?:tilde|hat|bar|widetilde|widehat)\s*\{?\s*(?P<inner>[A-Za-z])\s*\}?|[A-Za-z]'?)\$(?P<words>[^$.]{1,60})"
    r"\$(?P<old>[A-Za-z])\$(?P<after>[^$.]{0,40})"
)
_ROTATION = re.compile(r"rotat|flipp|gedreht|girad|retourn|旋转|翻转|회전|回転", re.IGNORECASE)
_DEFINITION = re.compile(r"\b(?:is|be|denotes?|means|ist|sei|est|es|sea)\b|是|为|表示|は|은|는", re.IGNORECASE)


@dataclass(frozen=True)
class Fresh:
    r"""What names that belong to no array of the layer were said to be.

    A name in a definition means what it did there; a name that is defined anew, or by what is too long, is forgotten.

    >>> from symconv.notation.reading import read
    >>> found = Fresh().after(read(r"T = \begin{bmatrix} w_1 & w_2 \end{bmatrix}"), Context(names={"F": ["w"]}))
    >>> list(found.said)
    ['T']
    """

    said: Mapping[str, Node] = field(default_factory=dict)

    def after(self, node: Node, context: Context) -> Fresh:
        """The definitions behind a formula."""
        said = dict(self.said)
        for name, body in _defined(node, Vocabulary(context, {})):
            said.pop(name, None)
            found = self._put_in(body)
            if found is not None and name not in map(spelled, _names(found)):
                said[name] = found
        return Fresh(said)

    def _put_in(self, node: Node) -> Node | None:
        """What is said with all names in it written out; None where that is too long."""
        long = sum(sum(1 for _ in walk(self.said[key])) for each in _names(node) if (key := spelled(each)) in self.said)
        if long + sum(1 for _ in walk(node)) > MOST_NODES:
            return None
        return rebuilt(node, lambda each: self.said.get(spelled(each)) if isinstance(each, Named) else None)


def fresh_in_prose(text: str) -> Fresh:
    r"""Names that prose says a rotated filter has.

    >>> list(fresh_in_prose(r"Here $\tilde{W}$ is $W$ rotated by 180°.").said)
    ['\\tilde{W}']
    """
    said: dict[str, Node] = {}
    for found in _TURNED.finditer(text):
        words = found["words"] + found["after"]
        if found["new"] != found["old"] and _ROTATION.search(words) and _DEFINITION.search(found["words"]):
            try:
                new, old = read(found["new"]), read(found["old"])
            except UnreadError:
                continue
            if isinstance(new, Named):
                said[spelled(new)] = Applied(Named("rot180"), (old,))
    return Fresh(said)


def _names(node: Node) -> Iterator[Named]:
    return (each for each in walk(node) if isinstance(each, Named))


def _defined(node: Node, vocabulary: Vocabulary) -> Iterator[tuple[str, Node]]:
    """The names that a formula says the meaning of: on the left of a sign, or below a brace."""
    for each in walk(node):
        if isinstance(each, Labelled) and isinstance(each.body, Matrix) and _is_free(each.label, vocabulary):
            yield spelled(each.label), each.body
    if isinstance(node, Relation) and node.sign_before(1) in DEFINES and _is_free(node.sides[0], vocabulary):
        yield spelled(node.sides[0]), node.sides[1]


def _is_free(node: Node, vocabulary: Vocabulary) -> bool:
    """Whether a node is a name that no array of the layer has; those that only layers give themselves are free."""
    if not isinstance(node, Named):
        return False
    if vocabulary.role_of(node) in MADE:
        return True
    try:
        return isinstance(vocabulary.named(node), Letter)
    except (UnknownNameError, NoEntryError):
        return False
