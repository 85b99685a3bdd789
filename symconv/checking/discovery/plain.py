"""Layers known by their form: dense layers, activations, softmax and losses."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence

from symconv.checking.discovery.entries import Entry, entry, walk
from symconv.checking.discovery.facts import Facts, Operated
from symconv.checking.discovery.subjects import BIASES, FILTERS, Subject
from symconv.checking.usual import LOGARITHMS
from symconv.notation.reading.signs import WORDS
from symconv.notation.tree import Applied, Bounded, Named, Node, Number, Power, Product, Ratio, Relation, Sum

ACTIVATIONS: Mapping[str, str] = {
    "relu": "relu", "sigmoid": "sigmoid", "sigm": "sigmoid", "tanh": "tanh", "softplus": "softplus", "silu": "silu",
    "swish": "silu", "gelu": "gelu", "leakyrelu": "leaky-relu", "lrelu": "leaky-relu", "softmax": "softmax",
    r"\sigma": "activation", r"\phi": "activation", r"\varphi": "activation", "f": "activation", "g": "activation",
}  # fmt: skip
"""Functions of an array, and the layer they are; "activation" may be any."""
Found = tuple[str, Mapping[str, str]]
"""A kind of layer and the letters of its roles."""


def plain_subjects(facts: Sequence[Facts], losses: Collection[str], symbols: Mapping[str, str]) -> list[Subject]:
    """The layers that equations define by their form; the letters of one kind are those that most of them have."""
    votes: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    support: dict[str, Counter[int]] = defaultdict(Counter)
    for number, fact in enumerate(facts):
        for kind, letters in _found(fact, losses, symbols):
            support[kind][number] += 1
            for role, letter in letters.items():
                votes[kind][role][letter] += 1
    _add_outputs(facts, votes, losses)
    subjects = []
    for kind in support:
        roles = votes[kind]
        common = {role: [letter for letter, _ in found.most_common(2)] for role, found in roles.items() if found}
        subjects.append(Subject(kind, _apart(common), agree=support[kind]))
    return subjects


def _add_outputs(facts: Sequence[Facts], votes: Mapping[str, dict[str, Counter[str]]], losses: Collection[str]) -> None:
    """The probabilities of a softmax that are written as functions of its input: S(x_i), p(x_i), S_{x_i}."""
    inputs = votes["softmax"]["X"] if "softmax" in votes else {}
    for fact in facts:
        for node in fact.nodes:
            letter = _function_of(node, inputs)
            if letter and letter not in losses:
                votes["softmax"]["O"][letter] += 1


def _function_of(node: Node, inputs: Collection[str]) -> str:
    """The letter of a function of an entry, its argument in a bracket or below it."""
    if isinstance(node, Applied) and len(node.arguments) == 1 and node.head.letter.lower() not in WORDS:
        inside = entry(node.arguments[0], ())
        return node.head.letter if inside is not None and inside.letter in inputs else ""
    if isinstance(node, Named) and "_" in node.lower and node.lower.partition("_")[0] in inputs:
        return node.letter
    return ""


def _apart(letters: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Each letter in one role alone: that in which it is the more frequent."""
    kept: dict[str, list[str]] = {}
    first = {found[0] for found in letters.values()}
    for role, found in letters.items():
        kept[role] = [found[0], *(letter for letter in found[1:] if letter not in first)]
    return kept


def _found(fact: Facts, losses: Collection[str], symbols: Mapping[str, str]) -> Iterator[Found]:
    for operated in fact.operated:
        yield from _dense(operated, losses, symbols)
    yield from _weighted(fact)
    yield from _activations(fact, losses)
    yield from _softmax(fact)
    yield from _losses(fact, losses)


def _dense(found: Operated, losses: Collection[str], symbols: Mapping[str, str]) -> Iterator[Found]:
    """z = W a + b, and what has a transpose in it."""
    target, left, right = found.target, found.left, found.right
    if found.sign or target is None or target.letter in losses:
        return
    gradients = any(one.gradient or one.letter in symbols for one in (target, left, right))
    if not gradients and not found.transposed and left.letter in FILTERS and _is_array(left, right, target):
        biases = [one.name for one in found.rest if one.letter in BIASES]
        if biases or left.letter.isupper():
            letters = {"F": left.name, "X": right.name, "O": target.name}
            yield "dense", letters | ({"b": biases[0]} if biases else {})
    elif gradients and found.transposed:
        yield "dense", {}


def _is_array(*entries: Entry) -> bool:
    simple = all(len(one.index) <= 1 and all(map(str.isalnum, one.index)) for one in entries)
    return simple and len({one.letter for one in entries}) == len(entries)


def _weighted(fact: Facts) -> Iterator[Found]:
    """z_1 = w_11 x_1 + w_12 x_2: a matrix and vectors, by their indices."""
    for tap in fact.taps:
        vector, matrix = sorted((tap.first, tap.second), key=lambda one: len(one.index))
        ranks = [len(one.index) for one in (tap.target, vector, matrix)]
        if ranks == [1, 1, 2] and not any(one.gradient for one in (tap.target, vector, matrix)):
            yield "dense", {"X": vector.letter, "F": matrix.letter, "O": tap.target.letter}


def _activations(fact: Facts, losses: Collection[str]) -> Iterator[Found]:
    first = fact.node.sides[0] if isinstance(fact.node, Relation) else None
    if isinstance(first, Applied) and len(first.arguments) == 1 and len(first.head.letter) > 1:
        kind, inner = ACTIVATIONS.get(first.head.letter.lower()), entry(first.arguments[0], ())
        if kind and inner is not None:
            yield kind, {"X": inner.letter}
    for target, name, inside in fact.applied:
        kind = ACTIVATIONS.get(name.lower() if len(name) > 1 else name)
        if kind and target is not None and not target.gradient and target.letter not in (*losses, inside.letter):
            yield kind, {"X": inside.letter, "O": target.letter}
        elif kind and kind != "activation":
            yield kind, {"X": inside.letter}


def _softmax(fact: Facts) -> Iterator[Found]:
    """A quotient of exponentials."""
    for node in fact.nodes:
        if isinstance(node, Ratio):
            over, under = _exponentials(node.over), _exponentials(node.under)
            if len(over) == 1 and under and _is_total(node.under):
                yield "softmax", {"X": over[0]} | _target(fact.node)


def _is_total(node: Node) -> bool:
    return any(isinstance(one, Bounded | Sum) or type(one).__name__ == "Big" for one in walk(node)) and not any(
        isinstance(one, Number) and one.value == 1 for one in getattr(node, "terms", ())
    )


def _exponentials(node: Node) -> list[str]:
    found = []
    for one in walk(node):
        if isinstance(one, Named) and one.letter == "e" and one.upper:
            found.append(one.upper.lstrip("-")[:1] if one.upper.lstrip("-")[:1].isalpha() else "")
        elif isinstance(one, Applied) and one.head.letter == "exp":
            inner = entry(one.arguments[0], ())
            found.append(inner.letter if inner else "")
    return [letter for letter in found if letter]


def _target(node: Node) -> dict[str, str]:
    """What a relation defines."""
    first = node.sides[0] if isinstance(node, Relation) else None
    found = entry(first, ()) if first is not None else None
    return {"O": found.letter} if found is not None and not found.gradient else {}


def _losses(fact: Facts, losses: Collection[str]) -> Iterator[Found]:
    """A loss by the logarithms or the square in its definition."""
    first = fact.node.sides[0] if isinstance(fact.node, Relation) else None
    target = entry(first, ()) if first is not None else None
    if target is None or target.spelling not in losses:
        return
    inside = [_inside(node) for node in fact.nodes if isinstance(node, Applied) and node.head.letter in LOGARITHMS]
    found = next((letters for letters in inside if letters), None)
    if found:
        kind = "bce" if _has_complement(fact.nodes) else "cross-entropy"
        targets = [one for node in fact.nodes if isinstance(node, Product) for one in _beside_logarithm(node)]
        yield kind, found | ({"Y": targets[0]} if targets else {})
    elif any(isinstance(one, Power) and one.exponent == Number(2) for one in fact.nodes):
        yield "mse", {}


def _inside(logarithm: Applied) -> dict[str, str]:
    """What stands in a logarithm: an entry, or a function of one, the softmax."""
    argument = logarithm.arguments[0]
    found = entry(argument, ())
    if found is not None:
        return {"X": found.letter}
    if isinstance(argument, Applied) and len(argument.arguments) == 1:
        within = entry(argument.arguments[0], ())
        return {"X": within.letter, "S": argument.head.letter} if within is not None else {}
    return {}


def _beside_logarithm(product: Product) -> Iterator[str]:
    if any(isinstance(factor, Applied) and factor.head.letter in LOGARITHMS for factor in product.factors):
        yield from (one.letter for factor in product.factors if (one := entry(factor, ())) is not None)


def _has_complement(nodes: Sequence[Node]) -> bool:
    """Whether 1 - y stands in it."""
    return any(isinstance(one, Sum) and len(one.terms) == 2 and one.terms[0] == Number(1) for one in nodes)
