"""Which layers a formula speaks of, and by which signs it says what they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from fractions import Fraction
from functools import cached_property

from symconv.checking.layered.letters import BIAS, INPUT, LOSS, TARGET, Letters, word
from symconv.checking.layered.resolving import NUMBERS_OF_EXAMPLES, TRANSPOSED_CONVOLUTIONS, TURNED, UNPOOLING
from symconv.checking.layered.scripts import Label, Scripts
from symconv.checking.operators import SLIDING
from symconv.checking.usual import LOGARITHMS
from symconv.errors import UnreadError
from symconv.notation.reading import read
from symconv.notation.tree import (
    Applied,
    Big,
    Bounded,
    Differential,
    Listed,
    Named,
    Node,
    Number,
    Operation,
    Partial,
    Power,
    Product,
    Ratio,
    Relation,
    Sum,
    Transpose,
    walk,
)

POOLS = frozenset({"max-pool", "avg-pool", "max_pool", "avg_pool", "pool", "flatten"})
"""Kinds of layers that have no activation function."""
_PRODUCTS = """
    conv conv2d conv1d convolution convolve corr xcorr correlate crosscorrelation crosscorr correlation fullconv
    fullconvolution fullcorr fullcorrelation
"""
_AROUND = "rot180 rot rotate rotate180 flip flip180 pad zeropad"
PRODUCTS = frozenset(_PRODUCTS.split()) | TRANSPOSED_CONVOLUTIONS
"""Words for one array sliding over another."""
SLIDING_WORDS = PRODUCTS | frozenset(_AROUND.split())


@dataclass(frozen=True)
class Mention:
    """A name that is an array of the network."""

    node: Named
    array: str
    scripts: Scripts

    @property
    def kind(self) -> str:
        return self.array.rpartition(":")[2]


@dataclass(frozen=True)
class Speech:
    """What stands in some formulas."""

    nodes: tuple[Node, ...]
    letters: Letters

    @cached_property
    def each(self) -> tuple[Speech, ...]:
        """What stands in each of the formulas."""
        return tuple(Speech((node,), self.letters) for node in self.nodes)

    @cached_property
    def mentions(self) -> tuple[Mention, ...]:
        return tuple(mention for node in self.nodes for mention in self._mentions(node))

    def _mentions(self, node: Node) -> Iterator[Mention]:
        for name in _names(node, self.letters):
            array = self.letters.array(name)
            if array is not None and array != LOSS:
                yield Mention(name, array, self.letters.scripts(name))

    @cached_property
    def labelled(self) -> tuple[Mention, ...]:
        return tuple(each for each in self.mentions if each.scripts.label is not None and each.kind != TARGET)

    @property
    def labels(self) -> tuple[Label, ...]:
        return tuple(dict.fromkeys(each.scripts.label for each in self.labelled if each.scripts.label is not None))

    @property
    def about_layers(self) -> bool:
        """Whether arrays are told apart by their layers, and all of them are."""
        if not self.labelled or any(each.scripts.index and _is_number(each.scripts.index) for each in self.mentions):
            return False
        missing = [each for each in self.mentions if each.scripts.label is None and each.array not in (TARGET, INPUT)]
        if any(each.node not in self._told_by_others for each in missing):
            return False
        return self.certainly or self._numbered

    @property
    def certainly(self) -> bool:
        """Whether what stands above names can be nothing but layers: l, L, or something in square brackets."""
        square = any("[" in each.node.upper for each in self.labelled)
        return square or any(label.base in ("l", "L") for label in self.labels)

    @property
    def tells_layers(self) -> bool:
        """Whether arrays of different labels stand with an activation function or a transpose, as channels do not."""
        return len(self.labels) > 1 and (self.activates or self.multiplies)

    @property
    def leads_on(self) -> bool:
        """Whether a formula makes an array of one label of the one with the label before."""
        if not self.is_forward():
            return False
        numbers = {each.array: each.scripts.label.shift for each in self.labelled if each.scripts.label is not None}
        return {"z", INPUT} <= set(numbers) and numbers["z"] - numbers[INPUT] == 1

    @property
    def about_one_layer(self) -> bool:
        """Whether a formula joins several arrays of one layer, none of them by numbered entries."""
        if any(_is_number(each.scripts.index) for each in self.mentions if each.scripts.index):
            return False
        return len({each.array for each in self.mentions}) > 1 and not any(
            each.scripts.unknown for each in self.mentions
        )

    @cached_property
    def _told_by_others(self) -> frozenset[Named]:
        """Names whose layer need not be said: the a of ∇_a C, what is unpooled, letters used as functions."""
        found = {Named(each.lower) for each in self._all if isinstance(each, Differential) and each.lower}
        for each in self._all:
            if isinstance(each, Applied) and word(each.head.letter) in UNPOOLING:
                found |= {argument for argument in each.arguments if isinstance(argument, Named)}
            elif isinstance(each, Applied) and (self.letters.array(each.head) or "").startswith("d:"):
                found.add(each.head)
        return frozenset(found)

    @cached_property
    def _all(self) -> tuple[Node, ...]:
        return tuple(each for node in self.nodes for each in walk(node))

    @property
    def _numbered(self) -> bool:
        """Whether numbers or other letters above may be layers: they differ."""
        bare = any(not each.scripts.bracketed and not each.node.lower for each in self.labelled)
        return len(self.labels) > 1 and (not bare or len(self.labelled) > 2)

    # What is said of the layers

    @cached_property
    def slides(self) -> bool:
        return any(self._slides(each) for each in self._all)

    def _slides(self, node: Node) -> bool:
        if isinstance(node, Operation):
            return slides(node) and not self._is_entrywise(node)
        if isinstance(node, Applied):
            return word(node.head.letter) in SLIDING_WORDS
        if isinstance(node, Named):
            return node.lower.lower() in TURNED and bool(node.lower)
        return isinstance(node, Power) and isinstance(node.exponent, Named) and word(node.exponent.letter) in TURNED

    def _is_entrywise(self, node: Operation) -> bool:
        """A star before the derivative of an activation function multiplies entry by entry."""
        right = node.right
        if isinstance(right, Product) and right.factors:
            right = right.factors[0]
        head = right.head if isinstance(right, Applied) else right.body.head if _is_derivative(right) else None  # type: ignore[attr-defined]
        return isinstance(head, Named) and self.letters.function(head) is not None

    @cached_property
    def multiplies(self) -> bool:
        """Whether a matrix is transposed, as only dense layers ask for."""
        return any(isinstance(each, Transpose) for each in self._all) or any(
            each.scripts.transposed for each in self.mentions
        )

    @cached_property
    def unpools(self) -> bool:
        return any(isinstance(each, Applied) and word(each.head.letter) in UNPOOLING for each in self._all)

    @cached_property
    def averages(self) -> bool:
        """Whether a gradient by parameters has 1/m in front."""
        if len(self.nodes) > 1 and all(isinstance(node, Relation) for node in self.nodes):
            return any(Speech((node,), self.letters).averages for node in self.nodes)
        return any(each.kind in ("F", "b") for each in self.mentions) and any(
            isinstance(each, Ratio) and isinstance(each.under, Named) and each.under.letter in NUMBERS_OF_EXAMPLES
            for each in self._all
        )

    @cached_property
    def examples(self) -> bool:
        """Whether single examples are spoken of, or gradients are added up for a bias."""
        return any(each.scripts.example for each in self.mentions) or (self.biased and self._adds)

    @property
    def _adds(self) -> bool:
        return any(
            (isinstance(each, Bounded) and not each.below)
            or (isinstance(each, Applied) and word(each.head.letter) == "sum")
            or (self.letters.single and isinstance(each, Big | Bounded))
            for each in self._all
        )

    @property
    def capital(self) -> bool:
        """Whether all arrays have capital letters, as where examples stand side by side."""
        found = [each.node.letter for each in self.mentions if each.kind in ("a", "z")]
        return bool(found) and all(letter.isupper() for letter in found)

    def reaches_the_end(self, label: Label) -> bool:
        """Whether what stands behind the weighted sums of a layer is spoken of."""
        if any(each.scripts.label is None or each.kind == TARGET for each in self.mentions):
            return True
        own = [each for each in self.mentions if each.scripts.label == label]
        return any(each.kind == INPUT for each in own) or any(
            isinstance(each, Applied)
            and self.letters.function(each.head) is not None
            and any(mention in own for mention in Speech(each.arguments, self.letters).mentions)
            for each in self._all
        )

    @property
    def has_local_derivatives(self) -> bool:
        return any(isinstance(each, Partial) and not self.letters.is_loss(each.over) for each in self._all)

    @cached_property
    def ends_at_a_letter(self) -> bool:
        """Whether a sum runs from 0 to a letter, which may be the last index or a size."""
        return any(
            isinstance(each, Bounded)
            and any(isinstance(item, Relation) and item.sides[-1] == Number(0) for item in each.below)
            and any(isinstance(item, Named) for item in each.above)
            for each in self._all
        )

    @property
    def computes_indices(self) -> bool:
        """Whether an index is a sum or a difference."""
        return any("+" in each.scripts.index or "-" in each.scripts.index for each in self.mentions)

    @property
    def has_numbers(self) -> bool:
        """Whether a number stands as an index."""
        return any(_is_number(each.scripts.index) for each in self.mentions)

    @cached_property
    def losses(self) -> tuple[str, ...]:
        """The losses that are written down."""
        found = (
            _loss(each) for each in self.nodes if isinstance(each, Relation) and self.letters.is_loss(each.sides[0])
        )
        return tuple(dict.fromkeys(each for each in found if each))

    @cached_property
    def activates(self) -> bool:
        """Whether an activation function stands there."""
        return any(isinstance(each, Applied) and self.letters.function(each.head) is not None for each in self._all)

    @property
    def differentiates(self) -> bool:
        """Whether the derivative of an activation function stands there."""
        return any(
            (isinstance(each, Applied) and (self.letters.function(each.head) or 0) > 0) or _is_derivative(each)
            for each in self._all
        )

    def mentions_kind(self, kind: str) -> bool:
        return any(each.kind == kind for each in self.mentions)

    @property
    def biases_by_entry(self) -> bool:
        """Whether a bias has as many indices as an image."""
        return any(
            each.kind == BIAS and each.scripts.index and _count(each.scripts.index) > 1 for each in self.mentions
        )

    @property
    def biased(self) -> bool:
        return self.mentions_kind(BIAS)

    @property
    def axes(self) -> int | None:
        """How many indices arrays have, where they have any."""
        return next((_count(each.scripts.index) for each in self.labelled if _has_rank(each)), None)

    def ranks(self) -> tuple[int, int, int]:
        """How many indices arrays, weights and biases have, where they have any."""
        found = [1, 1, 1]
        for each in self.mentions:
            if each.scripts.index:
                at = 1 if each.kind == "F" else 2 if each.kind == BIAS else 0
                found[at] = _count(each.scripts.index)
        return found[0], found[1], found[2]

    @property
    def is_chain(self) -> bool:
        """Whether there are gradients and derivatives alone, and products of them."""
        known = (Partial, Differential, Product, Sum, Big, Bounded, Named, Number, Relation, Transpose, Listed)
        return all(isinstance(each, known) or _multiplies(each) for each in self._all)

    def busiest(self, shift: int) -> int:
        """How many arrays at most have an axis of the same layer, or of the examples.

        With a shift, weights have the label of their input.
        """
        count: Counter[str] = Counter()
        for each in self.labelled:
            assert each.scripts.label is not None
            number = each.scripts.label.shift
            around = (number + shift - 1, number + shift) if each.kind in ("F", "b") else (number,)
            count.update([f"{each.scripts.label.base}{at}" for at in around])
            count["examples"] += each.kind not in ("F", "b")
        return max(count.values(), default=1) + len(self.mentions) - len(self.labelled)

    def is_forward(self) -> bool:
        """Whether the formula says what a layer computes."""
        (node,) = self.nodes
        if not isinstance(node, Relation) or len(node.sides) != 2:
            return False
        if any(isinstance(each, Partial | Differential) for each in walk(node)):
            return False
        left = Speech((node.sides[0],), self.letters).mentions
        right = Speech((node.sides[1],), self.letters).mentions
        return len(left) == 1 and left[0].array in ("z", "a") and any(each.array == "F" for each in right)


def _names(node: Node, letters: Letters) -> Iterator[Named]:
    """The names in a formula, those below ∇ too, but not what a loss depends on nor the letters of a sum."""
    if isinstance(node, Named):
        yield node
    if isinstance(node, Differential) and node.lower:
        try:
            yield from _names(read(node.lower), letters)
        except UnreadError:
            return
    inside: Iterable[Node] = parts(node)
    if isinstance(node, Bounded):
        inside = (node.body,)
    elif isinstance(node, Applied) and letters.array(node.head) == LOSS:
        inside = ()
    for part in inside:
        yield from _names(part, letters)


def _loss(node: Relation) -> str:
    """The loss that a formula defines, or an empty text."""
    right = node.sides[-1]
    if any(isinstance(each, Applied) and word(each.head.letter) in LOGARITHMS for each in walk(right)):
        return "cross entropy"
    if not any(isinstance(each, Power) and each.exponent == Number(2) for each in walk(right)):
        return ""
    return "half squares" if any(each == Number(Fraction(1, 2)) for each in walk(right)) else "squares"


def _is_derivative(node: Node) -> bool:
    return isinstance(node, Differential) and isinstance(node.body, Applied)


def _has_rank(mention: Mention) -> bool:
    return mention.kind in ("a", "z") and bool(mention.scripts.index)


def _is_number(index: str) -> bool:
    return any(sign.isdigit() for sign in index) and not any(sign.isalpha() for sign in index)


def _count(index: str) -> int:
    from symconv.notation.reading import split_index

    return len(split_index(index))


def slides(node: Node) -> bool:
    """Whether one array slides over another here."""
    if isinstance(node, Operation):
        return node.sign == "*^" or node.sign in SLIDING
    return isinstance(node, Applied) and word(node.head.letter) in PRODUCTS


def parts(node: Node) -> Iterator[Node]:
    """The nodes right below one."""
    for part in fields(node):  # type: ignore[arg-type]
        value = getattr(node, part.name)
        yield from (each for each in (value if isinstance(value, tuple) else (value,)) if isinstance(each, Node))


def _multiplies(node: Node) -> bool:
    return isinstance(node, Operation) and node.sign in "⊙∘·×•*"
