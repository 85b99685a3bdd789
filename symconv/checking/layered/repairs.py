"""What a wrong formula about layers would have to say: small changes after which it holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from symconv.checking.layered.stages import Stages
from symconv.notation.tree import (
    Applied,
    Index,
    Named,
    Negative,
    Node,
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
    yield Negative(right), "wrong-sign", "the sign is wrong"
    for changed in _negated(right):
        yield changed, "wrong-sign", "a sign is wrong"
    yield Product((Symbol("1/m"), right)), "missing-factor", "the factor 1/m is missing"
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
    for symbol, put in _symbols(node):
        if not symbol.index:
            yield put(Transpose(symbol)), "missing-transpose", f"{shown(symbol.role)} has to be transposed"
    for body, put in _bodies(node, Transpose):
        if isinstance(body, Symbol):
            yield put(body), "missing-transpose", f"{shown(body.role)} must not be transposed"


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
            yield put(Negative(each))


def _without_mean(node: Node) -> Node:
    return _mapped(node, lambda each: Product(()) if each == Symbol("1/m") else None)


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


def _mapped(node: Node, change: Callable[[Node], Node | None]) -> Node:
    from symconv.checking.spelling import rebuilt

    return rebuilt(node, change)


__all__ = ["Mapping", "Repair", "repairs"]
