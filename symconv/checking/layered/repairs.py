"""What a wrong formula about layers would have to say: small changes after which it holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from typing import Any

from symconv.checking.layered.stages import Stages
from symconv.checking.spelling import free_letters, rebuilt
from symconv.notation.tree import (
    Applied,
    Big,
    Index,
    Named,
    Negative,
    Node,
    Number,
    Operation,
    Product,
    Sum,
    Symbol,
    Transpose,
    walk,
)


@dataclass(frozen=True)
class Repair:
    """Changed sides, the kind of mistake that they mend, and what is said of it."""

    left: Node
    right: Node
    mistake: str
    reason: str


def repairs(left: Node, right: Node, world: Stages, shown: Callable[[str], str]) -> Iterator[Repair]:
    """Changes of one of the sides, likely ones first."""
    for changed, mistake, reason in _of_the_right(left, right, world, shown):
        yield Repair(left, changed, mistake, reason)
    for rule in (_swapped, _layers):
        for changed, mistake, reason in rule(left, world, shown):
            yield Repair(changed, right, mistake, reason)


def _of_the_right(left: Node, right: Node, world: Stages, shown: Callable[[str], str]) -> Found:
    yield from _without_slope(left, right, world, shown)
    for rule in (_slopes, _transposes, _turns, _layers, _gradients, _swapped):
        yield from rule(right, world, shown)
    for changed in _negated(right):
        yield changed, "wrong-sign", "the sign is wrong"
    for changed, name in ((Symbol("1/m"), "1/m"), (Number(Fraction(1, 2)), "1/2"), (Number(2), "2")):
        yield Product((changed, right)), "missing-factor", f"the factor {name} is missing"
    letters = tuple(dict.fromkeys(each for each in free_letters(right) if each not in set(free_letters(left))))
    if letters:
        yield Big(letters, right), "missing-sum", f"the sum over {', '.join(letters)} is missing"
    yield Applied(Named("total"), (right,)), "missing-sum", "a sum is missing"
    yield _without_mean(right), "missing-factor", "the factor 1/m is too much"


Found = Iterator[tuple[Node, str, str]]


def _without_slope(left: Node, right: Node, world: Stages, shown: Callable[[str], str]) -> Found:
    for stage in world.stages:
        if stage.kind == "activation":
            own = (stage.before, f"d:{stage.before}")
            spoken = [each for each in walk(left) if isinstance(each, Symbol) and each.role in own]
            index = spoken[0].index if spoken else ()
            slope = Symbol(f"s:{stage.name}", index, bool(index) and len(index) < len(stage.shape))
            reason = f"the derivative of the activation function at {shown(stage.before)} is missing"
            factor = Product((right, slope)) if index else Operation("⊙", right, slope)
            yield factor, "missing-derivative", reason


def _slopes(node: Node, world: Stages, shown: Callable[[str], str]) -> Found:
    for symbol, put in _symbols(node):
        if f"s:{symbol.role}" in world.shapes:
            reason = "the activation function stands where its derivative is meant"
            yield put(replace(symbol, role=f"s:{symbol.role}")), "missing-derivative", reason


def _transposes(node: Node, world: Stages, shown: Callable[[str], str]) -> Found:
    for body, put in _bodies(node, Transpose):
        if isinstance(body, Symbol):
            yield put(body), "missing-transpose", f"{shown(body.role)} must not be transposed"
    for symbol, put in _symbols(node):
        if not symbol.index:
            yield put(Transpose(symbol)), "missing-transpose", f"{shown(symbol.role)} has to be transposed"


def _turns(node: Node, world: Stages, shown: Callable[[str], str]) -> Found:
    for body, put in _bodies(node, Applied):
        if isinstance(body, Symbol):
            yield put(body), "rotated-twice", f"{shown(body.role)} is rotated where it should not be"
    for symbol, put in _symbols(node):
        if symbol.role.startswith("F[") and not symbol.index:
            turned = Applied(Named("rot180"), (symbol,))
            yield put(turned), "not-rotated", f"the filter {shown(symbol.role)} is not rotated"


def _layers(node: Node, world: Stages, shown: Callable[[str], str]) -> Found:
    for symbol, put in _symbols(node):
        kind, opened, _ = symbol.role.partition("[")
        for role in world.shapes:
            if opened and role != symbol.role and role.startswith(f"{kind}["):
                reason = f"{shown(symbol.role)} stands for {shown(role)}, that of another layer"
                yield put(replace(symbol, role=role)), "wrong-layer", reason


def _gradients(node: Node, world: Stages, shown: Callable[[str], str]) -> Found:
    for symbol, put in _symbols(node):
        for role in (f"d:{symbol.role}", f"d:{symbol.role.replace('a[', 'z[')}"):
            if role in world.shapes:
                reason = f"{shown(symbol.role)} stands where a gradient is meant"
                yield put(replace(symbol, role=role)), "not-a-gradient", reason


def _swapped(node: Node, world: Stages, shown: Callable[[str], str]) -> Found:
    for symbol, put in _symbols(node):
        if len(symbol.index) == 2:
            reason = f"the indices of {shown(symbol.role)} have changed places"
            yield put(replace(symbol, index=symbol.index[::-1])), "swapped-indices", reason


def _negated(node: Node) -> Iterator[Node]:
    for each, put in _places(node):
        if isinstance(each, Sum):
            for at, term in enumerate(each.terms):
                other = term.term if isinstance(term, Negative) else Negative(term)
                yield put(Sum((*each.terms[:at], other, *each.terms[at + 1 :])))
            yield put(Sum(tuple(term.term if isinstance(term, Negative) else Negative(term) for term in each.terms)))
        elif isinstance(each, Negative):
            yield put(each.term)
    yield Negative(node)


def _without_mean(node: Node) -> Node:
    def bare(each: Node) -> Node | None:
        if not isinstance(each, Product) or Symbol("1/m") not in each.factors:
            return None
        left = tuple(factor for factor in each.factors if factor != Symbol("1/m"))
        return left[0] if len(left) == 1 else Product(left)

    return rebuilt(node, bare)


# Putting something else into a place of a tree

Put = Callable[[Node], Node]


def _symbols(node: Node) -> Iterator[tuple[Symbol, Put]]:
    for each, put in _places(node):
        if isinstance(each, Symbol):
            yield each, put


def _bodies(node: Node, kind: type[Node]) -> Iterator[tuple[Node, Put]]:
    for each, put in _places(node):
        if isinstance(each, kind):
            yield (each.body if isinstance(each, Transpose) else each.arguments[0] if _is_turn(each) else each), put  # type: ignore[attr-defined]


def _is_turn(node: Any) -> bool:
    return isinstance(node, Applied) and node.head.letter.startswith(("rot", "flip")) and len(node.arguments) == 1


def _places(node: Node) -> Iterator[tuple[Node, Put]]:
    """Every node, and what the tree is with another one in its place."""
    yield node, lambda other: other
    if isinstance(node, Index | Symbol):
        return
    for part in fields(node):  # type: ignore[arg-type]
        value = getattr(node, part.name)
        if isinstance(value, Node):
            for each, put in _places(value):
                yield each, _within(node, part.name, put)
        elif isinstance(value, tuple):
            for at, item in enumerate(value):
                if isinstance(item, Node):
                    for each, put in _places(item):
                        yield each, _within_tuple(node, part.name, at, put)


def _within(node: Node, name: str, put: Put) -> Put:
    return lambda other: replace(node, **{name: put(other)})  # type: ignore[type-var]


def _within_tuple(node: Node, name: str, at: int, put: Put) -> Put:
    value = getattr(node, name)
    return lambda other: replace(node, **{name: (*value[:at], put(other), *value[at + 1 :])})  # type: ignore[type-var]


__all__ = ["Repair", "repairs"]
