"""Layers that have names of their own instead of labels: Z_1 = conv(X, W_1) + b_1, A_1 = relu(Z_1), and so on."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from symconv.checking.context import Context
from symconv.checking.judging import CLAIMS, Step, no_claim
from symconv.checking.layered.evaluating import SequenceEvaluator
from symconv.checking.layered.judging import Family, judged
from symconv.checking.layered.letters import LOSS, TARGET, WEIGHT, Letters, Text, plain, word
from symconv.checking.layered.plans import FILTERS, Plan
from symconv.checking.layered.resolving import ClashError, Resolver
from symconv.checking.layered.speech import Speech
from symconv.checking.layered.stages import LOSSES, Shape, Stage, Stages, in_sequence
from symconv.checking.operators import SLIDING, Frame
from symconv.checking.spelling import UnknownNameError, Vocabulary
from symconv.errors import NotSupportedError
from symconv.geometry import Axis
from symconv.notation.reading import positions, split_index
from symconv.notation.tree import (
    Applied,
    Letter,
    Named,
    Node,
    Operation,
    Product,
    Relation,
    Sum,
    Symbol,
    Transpose,
    walk,
)

_POOLINGS = "pool maxpool avgpool meanpool maxpooling avgpooling averagepooling pooling averagepool"
POOLINGS = frozenset(_POOLINGS.split())
WITH_IMAGES = ("convolution", "pool", "flatten")
FLATTENINGS = frozenset({"flatten", "vec", "flat"})
_CONVOLUTIONS = "conv conv2d convolution convolve corr correlate xcorr crosscorrelation"
CONVOLUTIONS = frozenset(_CONVOLUTIONS.split())
SMALLEST = (2, 3)
"""Sizes of the last array that is left of an image."""
VECTORS = (4, 5)
ANY_IMAGES = ((3, 4), (4, 3), (3, 5))
ANY_VECTORS = (4, 3, 5)
"""Sizes of arrays of which nothing is known."""


@dataclass(frozen=True)
class Definition:
    """What a name was defined as; names are letters with what stands below them."""

    name: str
    kind: str
    before: str
    weight: str = ""
    bias: str = ""


@dataclass(frozen=True)
class Definitions:
    """Definitions in the order in which they are computed."""

    parts: tuple[Definition, ...]

    def stages(self, longer: int, loss: str) -> Stages:
        """The arrays, with the image (0) or the filter of a layer (from 1) longer than it has to be."""
        found = [Stage(self.parts[0].before, "input", shape=self._image(longer))]
        for number, part in enumerate(self.parts):
            found.append(_stage(part, found[-1], number, longer == number + 1))
        return in_sequence(tuple(found), loss=loss)

    def _image(self, longer: int) -> Shape:
        if not any(part.kind in WITH_IMAGES for part in self.parts):
            return VECTORS[:1]
        lost = [_lost(part, number, longer == number + 1) for number, part in enumerate(self.parts)]
        return tuple(length + sum(each[axis] for each in lost) + (longer == 0) for axis, length in enumerate(SMALLEST))

    @property
    def any(self) -> Stages:
        """The same arrays, made of each other in any way."""
        known = self.stages(-1, "").stages
        found = [replace(known[0], shape=_any_shape(known[0].shape, 0))]
        for number, stage in enumerate(known[1:], 1):
            if stage.kind == "activation":
                found.append(replace(stage, shape=found[-1].shape))
            else:
                found.append(replace(stage, kind="any", shape=_any_shape(stage.shape, number)))
        return in_sequence(tuple(found))


def _any_shape(shape: Shape, number: int) -> Shape:
    return ANY_IMAGES[number % 3] if len(shape) == 2 else (ANY_VECTORS[number % 3],)


def _lost(part: Definition, number: int, longer: bool) -> Shape:  # noqa: FBT001
    """By how much an image gets smaller."""
    if part.kind == "pool":
        return (1, 1)
    return tuple(length - 1 for length in _filter(number, longer)) if part.kind == "convolution" else (0, 0)


def _filter(number: int, longer: bool) -> Shape:  # noqa: FBT001
    return tuple(length + longer for length in FILTERS[number % 2][:2])


def _stage(part: Definition, before: Stage, number: int, longer: bool) -> Stage:  # noqa: FBT001
    if part.kind == "activation":
        return Stage(part.name, part.kind, before.name, before.shape)
    if part.kind == "flatten":
        return Stage(part.name, part.kind, before.name, (math.prod(before.shape),))
    if part.kind in ("pool", "convolution"):
        if len(before.shape) != 2:
            raise NotSupportedError(f"{part.name} slides over {before.name}, which is no image: check the definitions")
        shape = tuple(n - less for n, less in zip(before.shape, _lost(part, number, longer), strict=True))
        if part.kind == "pool":
            return Stage(part.name, part.kind, before.name, shape)
        filter = _filter(number, longer)
        axes = tuple(Axis(n, k) for n, k in zip(before.shape, filter, strict=True))
        return Stage(part.name, part.kind, before.name, shape, part.weight, filter, part.bias, (), axes=axes)
    ours, theirs = VECTORS[number % 2] - 1, before.shape[-1]
    matrix = (ours, theirs) if part.kind in ("W a", "a W^T") else (theirs, ours)
    kind = {"a W": "W^T a", "a W^T": "W a"}.get(part.kind, part.kind) if len(before.shape) == 1 else "any"
    return Stage(part.name, kind, before.name, (ours,), part.weight, matrix, part.bias, (ours,))


# What was defined


@lru_cache(maxsize=64)
def definitions(text: Text) -> Definitions | None:
    """The longest sequence of layers that a text defines by names; None where it defines fewer than two."""
    known = Letters(dict(text.names))
    found: dict[str, Definition] = {}
    for node in text.stated:
        one = defined(node, known)
        if one is not None:
            found.setdefault(one.name, one)
    chains = [_chain(part, found) for part in found.values()]
    best = max(chains, key=len, default=())
    return Definitions(best) if len(best) > 1 else None


def _chain(last: Definition, found: Mapping[str, Definition]) -> tuple[Definition, ...]:
    chain = [last]
    while chain[0].before in found and found[chain[0].before] not in chain:
        chain.insert(0, found[chain[0].before])
    return tuple(chain)


def defined(node: Node, letters: Letters) -> Definition | None:
    """The definition that a formula is.

    >>> from symconv.notation.reading import read
    >>> defined(read("A_1 = relu(Z_1)"), Letters({}))
    Definition(name='a_1', kind='activation', before='z_1', weight='', bias='')
    """
    if not isinstance(node, Relation) or len(node.sides) != 2 or node.sign not in ("=", "≔"):
        return None
    left, right = node.sides
    if not isinstance(left, Named) or left.upper or left.primes or letters.array(left) == LOSS:
        return None
    if isinstance(right, Applied) and word(right.head.letter) not in CONVOLUTIONS:
        return _function(key(left), right, letters)
    return _linear(key(left), right, letters)


def _function(name: str, node: Applied, letters: Letters) -> Definition | None:
    argument = node.arguments[0] if node.arguments else None
    if not isinstance(argument, Named) or argument.upper:
        return None
    kind = "activation" if letters.function(node.head) == 0 else ""
    kind = "pool" if word(node.head.letter) in POOLINGS else kind
    kind = "flatten" if word(node.head.letter) in FLATTENINGS else kind
    return Definition(name, kind, key(argument)) if kind else None


def _linear(name: str, node: Node, letters: Letters) -> Definition | None:
    terms = node.terms if isinstance(node, Sum) else (node,)
    bias = terms[1] if len(terms) == 2 else None
    if len(terms) > 2 or not (bias is None or isinstance(bias, Named)):
        return None
    kind, pair = _joined(terms[0])
    own = list(map(_body, pair))
    if len(own) != 2 or any(each is None or each.upper for each in own):
        return None
    at = next((number for number in (1, 0) if letters.array(own[number]) == WEIGHT), None)  # type: ignore[arg-type]
    if at is None:
        return None
    if kind == "dense":
        turned = isinstance(pair[at], Transpose)
        kind = ("W^T a" if turned else "W a") if at == 0 else ("a W^T" if turned else "a W")
    weight, before = key(own[at]), key(own[1 - at])  # type: ignore[arg-type]
    return Definition(name, kind, before, weight, key(bias) if bias is not None else "")


def _joined(node: Node) -> tuple[str, Sequence[Node]]:
    if isinstance(node, Applied) and word(node.head.letter) in CONVOLUTIONS:
        return "convolution", node.arguments[:2]
    if isinstance(node, Operation) and node.sign in SLIDING:
        return "convolution", (node.left, node.right)
    if isinstance(node, Product):
        return "dense", node.factors
    return "", ()


def _body(node: Node) -> Named | None:
    body = node.body if isinstance(node, Transpose) else node
    return body if isinstance(body, Named) else None


def key(node: Named) -> str:
    """A name as it is looked up: Z_1 and z_1 are the same array."""
    letter = plain(node.letter)
    lower = node.lower.replace("{", "").replace("}", "")
    letter = letter.lower() if len(letter) == 1 else letter
    return f"{letter}_{lower}" if lower else letter


# Formulas with such names


@dataclass(frozen=True)
class NamedResolver(Resolver):
    """Resolves names that were defined, and entries of these arrays."""

    def __call__(self, node: Node) -> Node:
        return self.named(node) if isinstance(node, Named) else super().__call__(node)

    def named(self, node: Named) -> Node:
        if not node.upper and not node.primes and key(node) in self.world.shapes:
            return Symbol(key(node))
        if self.letters.array(node) in (LOSS, TARGET) and not node.lower:
            return Symbol("L" if self.letters.array(node) == LOSS else "y")
        found = None if node.upper or node.primes else self._entry(node)
        return found or Letter(key(node))

    def _entry(self, node: Named) -> Symbol | None:
        """An entry of the one array that has this letter and as many axes as there are indices."""
        letter = key(Named(node.letter))
        fitting = []
        for role, shape in self.world.shapes.items():
            index = (
                positions(node.lower, self.base, len(shape)) if len(split_index(node.lower, len(shape))) > 1 else None
            )
            if role.partition("_")[0] == letter and ":" not in role and index and len(index) == len(shape) > 1:
                fitting.append(Symbol(role, index))
        return fitting[0] if len(fitting) == 1 else None

    def _activated(self, primes: int, node: Applied) -> Node:
        body = self(node.arguments[0])
        after = self.world.after.get(body.role) if isinstance(body, Symbol) else None
        if after is not None and after.kind == "activation" and isinstance(body, Symbol):
            return replace(body, role=f"s:{after.name}" if primes else after.name)
        return Applied(Named("activation", primes=primes), (body,))


def judge_named(relation: Relation, context: Context) -> list[Step] | None:
    """What is known of each two neighbouring sides of a raw formula about layers that the text has defined by names."""
    found = definitions(Text(context))
    letters = Letters(context.names)
    if found is None or not _speaks_of(relation, found, letters):
        return None
    if defined(relation, letters) in found.parts:
        return [Step("not-a-claim", "it says what a name stands for", left=relation.sides[0], right=relation.sides[1])]
    pairs = zip(itertools.pairwise(relation.sides), itertools.count(1), strict=False)
    return [_judged(pair, found, letters, context) for pair, at in pairs if relation.sign_before(at) in CLAIMS]


def _speaks_of(relation: Relation, found: Definitions, letters: Letters) -> bool:
    """Whether several arrays that were defined stand there, of which no single layer of the context knows all."""
    keys = {each for part in found.parts for each in (part.name, part.before, part.weight, part.bias) if each}
    first = {each.partition("_")[0] for each in keys}
    names = {each for each in walk(relation) if isinstance(each, Named) and not each.upper}
    spoken = {each for each in names if key(each) in keys}
    entries = {each for each in names - spoken if len(each.lower) > 1 and key(Named(each.letter)) in first}
    many = len({key(each) for each in spoken}) + len({each.letter for each in entries})
    return many > 1 and any(letters.exact(each) is None for each in spoken)


def _judged(pair: tuple[Node, Node], found: Definitions, letters: Letters, context: Context) -> Step:
    step = _in(found.any, pair, letters, context)
    if step.verdict in ("proved", "not-a-claim"):
        return step
    if not any(isinstance(each, Named) and _is_target(each, letters) for side in pair for each in walk(side)):
        return _for_a_loss("", pair, found, letters, context)
    losses = Speech(tuple(context.stated), letters).losses or tuple(LOSSES)
    steps = [(loss, _for_a_loss(loss, pair, found, letters, context)) for loss in losses]
    for loss, step in steps:
        if step.verdict == "proved":
            return replace(step, notes=(*step.notes, *Plan(loss=loss).notes))
    return steps[0][1]


def _is_target(node: Named, letters: Letters) -> bool:
    return letters.array(node) == TARGET or node in (Named("y"), Named("Y"))


def _for_a_loss(loss: str, pair: tuple[Node, Node], found: Definitions, letters: Letters, context: Context) -> Step:
    slides = any(part.kind == "convolution" for part in found.parts)
    tried = range(-1, len(found.parts) + 1 if slides else 0)
    steps = (_in(found.stages(longer, loss), pair, letters, context) for longer in tried)
    first = next(steps)
    return first if first.verdict != "proved" else next((step for step in steps if step.verdict != "proved"), first)


def _in(world: Stages, pair: tuple[Node, Node], letters: Letters, context: Context) -> Step:
    resolver = NamedResolver(letters, world, context.index_base, "", {})
    try:
        left, right = (resolver(side) for side in pair)
    except UnknownNameError as error:
        return Step("unread", str(error))
    except ClashError as error:
        return Step("refuted", str(error), "sizes")
    reason = no_claim(left, right)
    if reason:
        return Step("not-a-claim", reason, left=left, right=right)
    vocabulary = Vocabulary(Context(index_base=context.index_base), world.shapes)
    family: Any = Family("correlation", ())
    return judged(left, right, SequenceEvaluator(Frame(world, family, context.signs), vocabulary, {}), Plan("named"))


__all__ = ["judge_named"]
