"""A formula as its author wrote it, names not resolved, and what the text around it calls things."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from functools import cached_property

from symconv.checking.diagnosis import indices
from symconv.checking.layered.letters import word
from symconv.checking.operators import FUNCTIONS
from symconv.checking.smooth.functions import ALIASES, GENERAL
from symconv.checking.usual import ACTIVATIONS, LOSSES
from symconv.notation.latex import LatexPrinter
from symconv.notation.text import TextPrinter
from symconv.notation.tree import (
    Applied,
    Bounded,
    Bracketed,
    Differential,
    Letter,
    Named,
    Node,
    Number,
    Partial,
    Relation,
    Style,
    Sum,
    Transpose,
    bound_letters,
    rebuilt,
    walk,
)

NOT_COMPUTED = frozenset({"head", "below", "above"})
"""Parts of nodes that nothing is put in for: the names of functions, and the limits of sums."""
_STYLE = Style()
Put = Callable[[Node], Node]


@dataclass(frozen=True)
class Slip:
    """A formula with one slip undone: the kind of the mistake, what is said of it, and both sides as they should be."""

    mistake: str
    words: str
    left: Node
    right: Node


Undone = tuple[str, str, Node]
"""The kind of a mistake, what is said of it, and one side without it."""


def latex(node: Node) -> str:
    r"""A formula to be pasted, names side by side.

    >>> from symconv.notation.tree import Product
    >>> latex(Product((Transpose(Named("W", "", "l+1")), Named(r"\delta", "", "l+1"))))
    '\\left( W^{l+1} \\right)^{\\top} \\delta^{l+1}'
    """
    printer = LatexPrinter(_STYLE)

    def leaf(part: Node) -> Node | None:
        if isinstance(part, Transpose) and isinstance(part.body, Named) and part.body.upper:
            return Transpose(Bracketed(Letter(printer(part.body))))
        if isinstance(part, Differential) and part.sign == "d" and not part.lower:
            return Letter(f"d{printer(part.body)}")
        return Letter(printer(part)) if isinstance(part, Named) else None

    return printer(rebuilt(node, leaf))


def text(node: Node) -> str:
    """A formula on one line, for messages."""
    return TextPrinter(_STYLE)(node)


@dataclass(frozen=True)
class Written:
    """Two sides, and the formulas of the same text."""

    left: Node
    right: Node
    stated: tuple[Node, ...]

    @cached_property
    def names(self) -> tuple[Named, ...]:
        """The names of the text that are no functions, those of the two sides first."""
        nodes = (self.left, self.right, *self.stated)
        heads = {part.head.letter for node in nodes for part in walk(node)
                 if isinstance(part, Applied) and not is_product(part)}  # fmt: skip
        parts = dict.fromkeys(part for node in nodes for part in walk(node) if isinstance(part, Named))
        return tuple(part for part in parts if not part.primes and part.letter not in heads | {"e", r"\partial"})

    @cached_property
    def functions(self) -> dict[Named, Named]:
        """What is activated, such as z, with the function: what stands alone in the brackets of one."""
        parts = (part for node in (*self.stated, self.left, self.right) for part in walk(node))
        return {
            part.arguments[0]: part.head
            for part in parts
            if isinstance(part, Applied) and len(part.arguments) == 1 and self.is_function(part.head)
            if isinstance(part.arguments[0], Named)
        }  # fmt: skip

    @cached_property
    def outputs(self) -> dict[str, tuple[Named, Named]]:
        """The letters of what activation functions put out, each with the function and what it is given."""
        pairs = (node.sides[:2] for node in self.stated if isinstance(node, Relation))
        found = ((left.letter, _activation(right)) for left, right in pairs if isinstance(left, Named))
        return {letter: each for letter, each in found if each is not None and each[1].letter != letter}

    @cached_property
    def activated(self) -> tuple[Applied, ...]:
        """Activation functions of what is no single name."""
        parts = (part for node in self.stated for part in walk(node))
        calls = (part for part in parts if isinstance(part, Applied) and self.is_function(part.head))
        return tuple(dict.fromkeys(each for each in calls if not isinstance(each.arguments[0], Named)))

    def is_function(self, head: Named) -> bool:
        """Whether a letter is an activation function: by its name, or because it is never an array."""
        if head.primes or word(head.letter) in FUNCTIONS or head.lower:
            return head.primes > 0
        known = ALIASES.get(head.letter, head.letter)
        return known in GENERAL or known in SLOPED or head.letter in ACTIVATIONS

    @cached_property
    def loss(self) -> Partial | Differential | None:
        """How a gradient of the loss is written here."""
        parts = [part for node in (self.left, self.right, *self.stated) for part in walk(node)]
        totals = [part for part in parts if isinstance(part, Differential) and part.sign == "d" and not part.lower]
        partials = [part for part in parts if isinstance(part, Partial) and is_loss(part.over)]
        return next(iter(partials), None) or next(iter(totals), None)

    def gradient(self, node: Node) -> Node | None:
        return None if self.loss is None else (
            replace(self.loss, under=node) if isinstance(self.loss, Partial) else replace(self.loss, body=node)
        )  # fmt: skip

    @cached_property
    def sums(self) -> tuple[tuple[str, tuple[Node, Node]], ...]:
        """The letters that sums with limits of the text run over, with the limits."""
        parts = (part for node in (self.left, self.right, *self.stated) for part in walk(node))
        found = ((bound_letters(part), limits_of(part)) for part in parts if isinstance(part, Bounded))
        return tuple(dict.fromkeys((letters[0], limits) for letters, limits in found if limits is not None))

    @cached_property
    def limits(self) -> tuple[tuple[Node, Node], ...]:
        """From where to where sums run in the text."""
        return tuple(dict.fromkeys(limits for _, limits in self.sums))

    @cached_property
    def steps(self) -> frozenset[str]:
        """What a stride, a dilation or a padding may be called: small numbers, and the letters of the text."""
        nodes = (self.left, self.right, *self.stated)
        own = {part.letter for node in nodes for part in walk(node) if isinstance(part, Named)}
        return frozenset({"2", "3"} | own | {letter for node in nodes for letter in indices.letters(node)})

    @cached_property
    def counting(self) -> frozenset[str]:
        """Letters that count entries, or say how many there are, and are no arrays."""
        nodes = (self.left, self.right, *self.stated)
        ends = (part for limits in self.limits for end in limits for part in walk(end))
        found = {letter for node in nodes for letter in indices.letters(node)}
        found |= {part.letter for part in ends if isinstance(part, Named)} | {letter for letter, _ in self.sums}
        return frozenset(found - {each.letter for each in self.names if each.lower or each.upper})


SLOPED = frozenset({"sigmoid", "tanh", "relu", "softplus", "leaky-relu", "gelu", "silu", "elu"})
GRADIENTS = frozenset({r"\delta", r"\Delta", r"\varepsilon", r"\epsilon"})
"""Letters that people write for gradients."""
BIASES = ("b", "B")
"""Letters that nobody writes for another array, though their gradient is often the same."""


def _activation(node: Node) -> tuple[Named, Named] | None:
    """A function of one name, and this: σ(z), max(0, z)."""
    if not isinstance(node, Applied) or node.head.primes or is_product(node):
        return None
    names = [each for each in node.arguments if not isinstance(each, Number)]
    known = word(node.head.letter) == "max" or len(node.arguments) == 1
    return (node.head, names[0]) if known and len(names) == 1 and isinstance(names[0], Named) else None


def is_loss(node: Node) -> bool:
    return isinstance(node, Named) and node.letter in (*LOSSES, "c") and not node.lower


def limits_of(node: Bounded) -> tuple[Node, Node] | None:
    if node.sign != "∑" or not len(node.below) == len(node.above) == len(bound_letters(node)) == 1:
        return None
    below = node.below[0]
    return (below.sides[1], node.above[0]) if isinstance(below, Relation) and len(below.sides) == 2 else None


def is_product(node: Applied) -> bool:
    """Whether a name before a bracket multiplies it: a function has a name of its own, and mostly no scripts."""
    head = node.head
    known = head.letter in ALIASES or head.letter in ACTIVATIONS or word(head.letter) in FUNCTIONS
    if len(node.arguments) != 1 or head.primes or known:
        return False
    return head.has_scripts or isinstance(node.arguments[0], Sum)


def places(node: Node) -> Iterator[tuple[Node, Put]]:
    """Every node that a side computes with, and the side with another one in its place."""
    yield node, lambda other: other
    for part in fields(node):  # type: ignore[arg-type]
        value = getattr(node, part.name)
        if part.name in NOT_COMPUTED:
            continue
        for at, item in enumerate(value if isinstance(value, tuple) else (value,)):
            for each, put in places(item) if isinstance(item, Node) else ():
                yield each, _within(node, part.name, at if isinstance(value, tuple) else None, put)


def _within(node: Node, name: str, at: int | None, put: Put) -> Put:
    def whole(other: Node) -> Node:
        value = getattr(node, name)
        new = put(other) if at is None else (*value[:at], put(other), *value[at + 1 :])
        return replace(node, **{name: new})  # type: ignore[type-var]

    return whole


def on_the_right(rule: Callable[[Written, Node], Iterator[Undone]]) -> Callable[[Written], Iterator[Slip]]:
    def both(written: Written) -> Iterator[Slip]:
        for mistake, words, right in rule(written, written.right):
            yield Slip(mistake, words, written.left, right)

    return both
