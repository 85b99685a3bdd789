"""Formulas about layers with their names resolved: letters with labels become the arrays of the sequence."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from symconv.checking.layered.letters import INPUT, LOSS, OUTPUT, PREDICTED, TARGET, Letters, word
from symconv.checking.layered.scripts import Scripts
from symconv.checking.layered.stages import Stages
from symconv.checking.spelling import UnknownNameError, position_of
from symconv.errors import UnreadError
from symconv.notation.reading import read, split_index
from symconv.notation.reading.resolve import on_bracket
from symconv.notation.tree import (
    Applied,
    Big,
    Bounded,
    Differential,
    Index,
    Letter,
    Listed,
    Named,
    Negative,
    Node,
    Number,
    Partial,
    Place,
    Power,
    Product,
    Ratio,
    Relation,
    Sum,
    Symbol,
    Transpose,
    is_letter,
    mapped,
    walk,
)

_TURNED = "rot180 rot flip flipped rotated f r reversed rev 180"
TURNED = frozenset(_TURNED.split())
"""What stands at a filter that is rotated."""
_UNPOOLING = "upsample unpool maxunpool unpooling upsampling maxunpooling avgunpool poolbackward"
UNPOOLING = frozenset(_UNPOOLING.split())
_TRANSPOSED = "convtranspose convtranspose2d transposedconv transposeconv deconv deconvolution convt tconv"
TRANSPOSED_CONVOLUTIONS = frozenset(_TRANSPOSED.split())
MODES = {"full": "fullconv", "valid": "validconv"}
NUMBERS_OF_EXAMPLES = frozenset({"m", "M", "N", "n", r"\beta", "B"})


class ClashError(Exception):
    """A letter that stands for two things; the text says which."""


@dataclass(frozen=True)
class Resolver:
    """Resolves the names of a formula in a world of stages.

    Args:
        base: the number of the first index.
        last: the label of the last layer that is spoken of.
        alias: what else labels may be called, such as L for the l that it is taken for.
    """

    letters: Letters
    world: Stages
    base: int
    last: str
    alias: Mapping[str, str]

    def __call__(self, node: Node) -> Node:
        """The resolved formula. Raises `UnknownNameError`, and `ClashError` for a letter that is misused."""
        rule = _RULES.get(type(node))
        if rule is not None:
            return rule(self, node)
        return node if isinstance(node, Index) else mapped(node, self)

    # Names

    def named(self, node: Named) -> Node:
        array = self.letters.array(node)
        found = self.letters.scripts(node)
        if array is None:
            return Letter(node.letter)
        if array in (LOSS, TARGET):
            return Symbol("L") if array == LOSS else self._symbol("y", found, node.letter)
        if node.primes or found.unknown:
            raise UnknownNameError(_shown(node))
        return self._symbol(self._role(node, array, found), found, node.letter)

    def _role(self, node: Named, array: str, found: Scripts) -> str:
        prefix, _, own = array.rpartition(":")
        before = f"{prefix}:" if prefix else ""
        label = str(found.label) if found.label is not None else self._unlabelled(node, own)
        label = self.alias.get(label, label)
        if own == INPUT and f"a[{label}]" not in self.world.shapes:
            own = OUTPUT
        role = f"{before}{own}[{label}]"
        if role not in self.world.shapes:
            raise UnknownNameError(_shown(node))
        return role

    def _unlabelled(self, node: Named, own: str) -> str:
        if node.letter in PREDICTED:
            return self.last
        if own == INPUT and "a[0]" in self.world.shapes:
            return "0"
        raise UnknownNameError(f"the layer of {_shown(node)}")

    def _symbol(self, role: str, found: Scripts, letter: str) -> Node:
        turned = found.index.lower() in TURNED and found.index
        if f"ex:{role}" in self.world.shapes and self._is_of_an_example(role, found):
            role = f"ex:{role}"
        index = () if turned else self._index(role, found, letter)
        symbol: Node = Symbol(role, index, slice=0 < len(index) < len(self.world.shapes[role]))
        symbol = _turned(symbol) if turned else symbol
        return Transpose(symbol) if found.transposed else symbol

    def _is_of_an_example(self, role: str, found: Scripts) -> bool:
        """Whether an example is named, or the one index of an array of rows is that of an example."""
        shape = self.world.shapes[role]
        alone = len(shape) == 2 and shape[0] > 1 and len(split_index(found.index, 2)) == 1
        return bool(found.example) or (alone and self.world.examples_first)

    def _index(self, role: str, found: Scripts, letter: str) -> tuple[int | Index, ...]:
        shape = self.world.shapes[role]
        parts: tuple[int | Index, ...] = ()
        if found.example and len(shape) == 2:
            parts = (position_of(found.example, self.base),)
        if not found.index:
            return parts
        rank = len(shape) - len(parts) - (shape[:1] == (1,))
        own = tuple(position_of(part, self.base) for part in split_index(found.index, max(rank, 1)))
        if shape[:1] == (1,) and len(own) < len(shape):
            own = (0, *own)
        if len(parts) + len(own) > len(shape):
            raise UnknownNameError(f"the entry {found.index} of {letter}")
        return (*parts, *own)

    # Derivatives

    def gradient(self, node: Node) -> Node:
        """The gradient of the loss by something."""
        found = self(node)
        body = found.body if isinstance(found, Transpose) else found
        if isinstance(body, Symbol) and f"d:{body.role}" in self.world.shapes:
            return replace(body, role=f"d:{body.role}")
        raise UnknownNameError("a gradient by something that is no array")

    def partial(self, node: Partial) -> Node:
        over = self(node.over)
        if self.letters.is_loss(node.over) or over == Symbol("L"):
            return self.gradient(node.under)
        return Partial(over, self(node.under))

    def differential(self, node: Differential) -> Node:
        if node.lower and self.letters.is_loss(node.body):
            return self._by_script(node.lower)
        if isinstance(node.body, Applied) and self.letters.function(node.body.head) is not None:
            head = node.body.head
            return self(replace(node.body, head=replace(head, primes=head.primes + 1)))
        if node.lower:
            raise UnknownNameError(f"{node.sign} with {node.lower} below")
        found = self(node.body)
        own = found.body if isinstance(found, Transpose) else found
        role = f"d:{own.role}" if isinstance(own, Symbol) else ""
        role = role.replace("d:ex:", "ex:d:")
        if not isinstance(own, Symbol) or role not in self.world.shapes:
            raise UnknownNameError(f"{node.sign} before something that is no array")
        gradient = replace(own, role=role)
        return Transpose(gradient) if isinstance(found, Transpose) else gradient

    def _by_script(self, text: str) -> Node:
        r"""∇_{a} C, in which the layer may be missing, and ∇_{W^{(l)}} C."""
        try:
            under = read(text)
        except UnreadError:
            raise UnknownNameError(f"∇ with {text} below") from None
        if isinstance(under, Named) and self.letters.scripts(under).label is None:
            under = replace(under, upper=f"({self.last})" if not self.last.isdigit() else f"[{self.last}]")
        return self.gradient(under)

    # Functions and products with brackets

    def applied(self, node: Applied) -> Node:
        head = node.head
        primes = self.letters.function(head)
        array = self.letters.array(head)
        labelled = array is not None and self.letters.scripts(head).label is not None
        if primes is not None and not (labelled and array == INPUT and not primes):
            return self._activated(primes, node)
        if array is not None and array not in (LOSS, TARGET):
            return self._times_bracket(node, array)
        arguments = tuple(each for each in node.arguments if not _is_mode(each))
        if word(head.letter) in UNPOOLING:
            arguments = tuple(each for each in arguments if self._is_gradient(each))[-1:] or arguments[:1]
        return Applied(self._function(node), tuple(map(self, arguments)))

    def _is_gradient(self, node: Node) -> bool:
        return any(
            isinstance(each, Differential | Partial)
            or (isinstance(each, Named) and (self.letters.array(each) or "").startswith("d:"))
            for each in walk(node)
        )

    def _function(self, node: Applied) -> Named:
        name = word(node.head.letter)
        modes = [word(each.letter) for each in node.arguments if isinstance(each, Named) and _is_mode(each)]
        if modes and name.startswith("conv"):
            return replace(node.head, letter=MODES.get(modes[0], node.head.letter))
        return node.head

    def _activated(self, primes: int, node: Applied) -> Node:
        """The activation function of an array before it is the array behind it."""
        if len(node.arguments) != 1:
            raise UnknownNameError(_shown(node.head))
        own = self.letters.scripts(node.head).label
        body = self(node.arguments[0])
        if isinstance(body, Symbol) and body.role in self.world.after:
            after = self.world.after[body.role]
            if after.kind == "activation" and own is not None and body.role != f"z[{self.alias.get(str(own), own)}]":
                raise ClashError(f"{_shown(node.head)} is the activation function of another layer")
            if after.kind == "activation":
                return replace(body, role=f"s:{after.name}" if primes else after.name)
        return Applied(Named("activation", primes=primes), (body,))

    def _times_bracket(self, node: Applied, array: str) -> Node:
        head = node.head
        if head.primes or (array.startswith("d:") and self.letters.scripts(head).label is None):
            raise ClashError(f"{head.letter} is the gradient of the loss here, and no function")
        if len(node.arguments) == 1:
            return Product((self(head), self(node.arguments[0])))
        found = self(head)
        if not isinstance(found, Symbol) or found.index or len(node.arguments) > len(self.world.shapes[found.role]):
            raise UnknownNameError(_shown(head))
        return replace(found, index=tuple(self._place(each) for each in node.arguments))

    def _place(self, node: Node) -> int | Index:
        if isinstance(node, Number) and isinstance(node.value, int):
            return node.value - self.base
        if is_letter(node):
            return Index(((node.letter + "'" * node.primes, 1),))
        return Place(body=node)

    def transpose(self, node: Transpose) -> Node:
        return on_bracket(node.body, self(node.body), Transpose)

    def power(self, node: Power) -> Node:
        exponent = node.exponent
        if isinstance(exponent, Named) and word(exponent.letter) in TURNED:
            return _turned(self(node.base))
        raised = self(exponent)
        return on_bracket(node.base, self(node.base), lambda base: Power(base, raised))

    # Sums and quotients

    def sum(self, node: Sum) -> Node:
        """A bias in a sum of arrays stands at every entry; one that is a number is one beside entries."""
        terms = tuple(map(self, node.terms))
        of_entries = any(isinstance(each, Symbol) and each.index for term in terms for each in walk(term))
        return Sum(tuple(self._wide(term, of_entries=of_entries) for term in terms))

    def _wide(self, node: Node, *, of_entries: bool) -> Node:
        if not isinstance(node, Symbol) or node.index or f"wide:{node.role}" not in self.world.shapes:
            return node
        narrow = of_entries and not self.world.shapes[node.role]
        return node if narrow else replace(node, role=f"wide:{node.role}")

    def ratio(self, node: Ratio) -> Node:
        under = node.under
        if isinstance(under, Named) and under.letter in NUMBERS_OF_EXAMPLES and not under.has_scripts:
            mean = Symbol("1/m")
            over = self(node.over)
            return mean if over == Number(1) else Product((mean, over))
        return Ratio(self(node.over), self(node.under))

    def big(self, node: Big) -> Node:
        return Big(node.variables, self(node.body))

    def bounded(self, node: Bounded) -> Node:
        """A sum over the whole range of its letters is one without limits."""
        if node.sign == "∑" and not node.below and not node.above:
            return Applied(Named("total"), (self(node.body),))
        letters = _whole_range(node)
        if letters is None and all(isinstance(each, Number) for each in node.above):
            return replace(node, body=self(node.body))
        if node.sign != "∑" or letters is None:
            raise UnknownNameError("what a sum runs over")
        return Big(letters, self(node.body))


_RULES: Mapping[type[Node], Callable[[Resolver, Any], Node]] = {
    Named: Resolver.named, Partial: Resolver.partial, Differential: Resolver.differential, Applied: Resolver.applied,
    Transpose: Resolver.transpose, Power: Resolver.power, Sum: Resolver.sum, Ratio: Resolver.ratio, Big: Resolver.big,
    Bounded: Resolver.bounded,
}  # fmt: skip


def _whole_range(node: Bounded) -> tuple[str, ...] | None:
    r"""The letters of a sum that runs from 1 to a size, or from 0 to one less; None where it does not."""
    letters: list[str] = []
    for item in _flat(node.below):
        first = item.sides[1] if isinstance(item, Relation) and len(item.sides) == 2 and item.sign == "=" else None
        names = list(_flat((item.sides[0] if isinstance(item, Relation) else item,)))
        if (isinstance(item, Relation) and first is None) or not all(is_letter(each) for each in names):
            return None
        if not _fits(first, list(_flat(node.above))):
            return None
        letters += [each.letter + "'" * each.primes for each in names]  # type: ignore[attr-defined]
    return tuple(letters) or None


def _fits(first: Node | None, above: list[Node]) -> bool:
    """Whether the limits of a sum are those of an axis."""
    if first is None or not above:
        return first is None or isinstance(first, Number)
    if first == Number(1):
        return all(isinstance(each, Named) for each in above)
    if first == Number(0) and all(isinstance(each, Named) for each in above):
        return True
    one_less = all(isinstance(each, Sum) and each.terms[1:] == (Negative(Number(1)),) for each in above)
    return first == Number(0) and one_less


def _flat(nodes: tuple[Node, ...]) -> Iterator[Node]:
    for node in nodes:
        if isinstance(node, Listed):
            yield from _flat(node.items)
        else:
            yield node


def _is_mode(node: Node) -> bool:
    return isinstance(node, Named) and word(node.letter) in {*MODES, "same", "idxs", "indices", "shape", "mode"}


def _turned(node: Node) -> Node:
    return Applied(Named("rot180"), (node,))


def _shown(node: Named) -> str:
    lower = f"_{node.lower}" if node.lower else ""
    upper = f"^{node.upper}" if node.upper else ""
    return f"{node.letter}{lower}{upper}"
