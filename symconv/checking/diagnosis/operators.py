"""Forms with operators: an operation that is missing, too much, or applied to the wrong array."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace

from symconv.checking.diagnosis.case import Case, Repair, bare, spots
from symconv.checking.diagnosis.kinds import kind_of_letter, rotation
from symconv.checking.operators import FUNCTIONS, REACHES, SLIDING, TIMES
from symconv.notation.tree import (
    Applied,
    Matrix,
    Named,
    Node,
    Number,
    Operation,
    Partial,
    Product,
    Symbol,
    Transpose,
    walk,
)

MOST_TRIED = 600
"""Pairs of slips that are tried together."""
REVERSE = FUNCTIONS["rot180"]
PAD = FUNCTIONS["pad"]
SPREAD = FUNCTIONS["spread"]


@dataclass(frozen=True)
class Rewriting:
    """One slip undone: its kind, what is said of it, and the formula without it."""

    mistake: str
    words: str
    node: Node


def one_operation(case: Case) -> Iterator[Repair]:
    """One operation more, less or elsewhere."""
    for each in _rewritten(case, case.worked):
        yield Repair(each.mistake, each.words, worked=each.node)
    yield from _totals(case)


def two_operations(case: Case) -> Iterator[Repair]:
    """Two operations more, less or elsewhere."""
    pairs = (
        (first, second)
        for first in _rewritten(case, case.worked)
        for second in _rewritten(case, first.node)
        if (first.mistake, second.mistake) in PAIRS
    )
    for first, second in itertools.islice(pairs, MOST_TRIED):
        yield Repair(first.mistake, f"{first.words}, and {second.words}", worked=second.node, cost=2)


PAIRS = frozenset(
    itertools.permutations(
        (
            "not-rotated",
            "rotated-twice",
            "stride-forgotten",
            "padding-forgotten",
            "missing-transpose",
            "dilation-forgotten",
        ),
        2,
    )
)
"""Kinds of slips that are made together."""


def _totals(case: Case) -> Iterator[Repair]:
    """A sum over all entries of an array."""
    if case.right is not None and not _is_number_form(case.worked):
        name = _own_name(case, "sum")
        yield Repair(
            "missing-sum",
            f"{case.text(case.worked)} has to be summed over all entries",
            worked=Applied(name, (case.worked,)),
        )


def _is_number_form(node: Node) -> bool:
    return isinstance(bare(node), Symbol) and bool(bare(node).index)  # type: ignore[attr-defined]


# One node of a formula


def _rewritten(case: Case, node: Node) -> Iterator[Rewriting]:
    for inner, put in spots(node, (Matrix, Partial)):
        yield from (replace(each, node=put(each.node)) for each in _options(case, inner))


def _options(case: Case, node: Node) -> Iterator[Rewriting]:
    match node:
        case Applied(head, arguments):
            yield from _without_function(case, node, head, arguments)
        case Transpose(body):
            yield Rewriting("missing-transpose", f"{case.text(body)} must not be transposed", body)
        case Product((left, right)):
            yield from _other_product(case, left, right)
        case Operation():
            yield from _other_operation(case, node)
    if _is_array(case, node):
        yield from _with_function(case, node)


def _other_product(case: Case, left: Node, right: Node) -> Iterator[Rewriting]:
    if isinstance(left, Symbol) and not _is_array(case, left):
        return
    yield Rewriting("wrong-order", "the factors of the product have changed places", Product((right, left)))
    turned = Product((_transposed(right), _transposed(left)))
    yield Rewriting("missing-transpose", "the whole product has to be transposed", turned)


def _transposed(node: Node) -> Node:
    return node.body if isinstance(node, Transpose) else Transpose(node)


def _is_array(case: Case, node: Node) -> bool:
    """Whether a node is an array, not an operation on arrays."""
    if isinstance(node, Symbol):
        return len(node.index) < len(case.evaluator.world.shapes.get(node.role, ()))
    value = case.value(node) if isinstance(node, Matrix | Partial) else None
    return value is not None and value.entries.ndim > 0


def _without_function(case: Case, node: Applied, head: Named, arguments: tuple[Node, ...]) -> Iterator[Rewriting]:
    function = FUNCTIONS.get(_plain(head.letter))
    if function is REVERSE and arguments:
        kind = _rotation(case, arguments[0])[0].replace("not-rotated", "rotated-twice")
        yield Rewriting(kind, f"{case.text(arguments[0])} must not be rotated by 180°", arguments[0])
    elif function is PAD and arguments:
        told = case.text(arguments[0])
        for text in _paddings(case):
            if text != head.lower:
                words = f"{told} needs other padding: {text.replace(' ', '')}".replace(r"\times", "×")
                yield Rewriting("padding-forgotten", words, _padded(node, head, text))
        yield Rewriting("padding-forgotten", f"no zeros belong around {told}", arguments[0])
    elif function is SPREAD and arguments:
        yield Rewriting(
            "stride-forgotten", f"no zeros belong between the entries of {case.text(arguments[0])}", arguments[0]
        )


def _padded(node: Applied, head: Named, text: str) -> Applied:
    """The call with other padding, where the author has it: pad(X, 1) or pad_1(X)."""
    if len(node.arguments) == 2 and text.isdigit():
        return Applied(head, (node.arguments[0], Number(int(text))))
    return Applied(replace(head, lower=text), node.arguments[:1])


def _with_function(case: Case, node: Node) -> Iterator[Rewriting]:
    told = case.text(node) if isinstance(node, Symbol | Partial) else "the matrix"
    kind, words = _rotation(case, node)
    yield Rewriting(
        kind,
        f"{told} has to be rotated by 180°" if "{name}" in words else words,
        Applied(_own_name(case, "rot180"), (node,)),
    )
    yield Rewriting("missing-transpose", f"{told} has to be transposed", Transpose(node))
    pad, spread = _own_name(case, "pad"), _own_name(case, "spread")
    for text in _paddings(case):
        words = f"the padding is forgotten: {told} needs zeros around it"
        yield Rewriting("padding-forgotten", words, Applied(replace(pad, lower=text), (node,)))
    for kind, text in _gaps(case):
        words = f"the {kind.partition('-')[0]} is forgotten: {told} needs zeros between its entries"
        yield Rewriting(kind, words, Applied(replace(spread, lower=text), (node,)))
        for around in _paddings(case):
            inner = Applied(replace(spread, lower=text), (node,))
            also = f"the {kind.partition('-')[0]} is forgotten: {told} needs zeros between its entries and around them"
            yield Rewriting(kind, also, Applied(replace(pad, lower=around), (inner,)))
    if isinstance(node, Symbol):
        yield from _other_letter(case, node)


def _rotation(case: Case, node: Node) -> tuple[str, str]:
    inside = next((each.role for each in walk(node) if isinstance(each, Symbol)), "")
    return rotation(case, inside)


def _other_letter(case: Case, node: Symbol) -> Iterator[Rewriting]:
    shapes = case.shapes
    for role, shape in shapes.items():
        if role not in (node.role, case.computed) and shape[: len(node.index)] == shapes[node.role][: len(node.index)]:
            new = replace(node, role=role)
            words = f"{case.text(node)} should be {case.text(new)}"
            yield Rewriting(kind_of_letter(node.role, role), words, new)


def _other_operation(case: Case, node: Operation) -> Iterator[Rewriting]:
    if node.sign not in SLIDING | TIMES or node.lower in REACHES:
        return
    for kind, text in (*_gaps(case), ("stride-forgotten", "")):
        if text != node.lower:
            words = f"{node.sign} has to go in steps of {text or 1}"
            yield Rewriting(kind, words, replace(node, lower=text))


def _own_name(case: Case, function: str) -> Named:
    """The author's name of an operation, or the usual one."""
    for side in case.hand.written:
        for each in walk(side):
            if isinstance(each, Applied) and FUNCTIONS.get(_plain(each.head.letter)) is FUNCTIONS[function]:
                return replace(each.head, lower="")
    return Named(function)


def _gaps(case: Case) -> list[tuple[str, str]]:
    """The strides and dilations of the layer as subscripts, where they are not 1."""
    axes = getattr(case.evaluator.frame.layer, "axes", ())
    found = [
        ("stride-forgotten", [axis.stride for axis in axes]),
        ("dilation-forgotten", [axis.dilation for axis in axes]),
    ]
    return [(kind, _subscript([str(each) for each in numbers])) for kind, numbers in found if set(numbers) - {1}]


def _paddings(case: Case) -> list[str]:
    """The padding of the layer, and that of a full correlation, as subscripts."""
    axes = getattr(case.evaluator.frame.layer, "axes", ())
    forward = [(axis.before, axis.after) for axis in axes]
    reach = [(axis.filter - 1) * axis.dilation for axis in axes]
    full = [(r, r) for r in reach]
    rest = [getattr(axis, "remainder", 0) for axis in axes]
    backward = [(r - axis.before, r - axis.after + left) for axis, r, left in zip(axes, reach, rest, strict=True)]
    kinds = (forward, full, backward, [(0, left) for left in rest])
    return list(dict.fromkeys(_subscript([_amount(pair) for pair in each]) for each in kinds if any(map(any, each))))


def _amount(pair: tuple[int, int]) -> str:
    return str(pair[0]) if pair[0] == pair[1] else f"{pair[0]}:{pair[1]}"


def _subscript(texts: list[str]) -> str:
    return texts[0] if len(set(texts)) == 1 else r"\times ".join(texts)


def _plain(name: str) -> str:
    return "".join(sign for sign in name.lower() if sign.isalnum())
