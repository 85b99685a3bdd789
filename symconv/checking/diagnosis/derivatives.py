"""What the chain rule and the derivatives of functions ask for, and people leave out."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from symconv.checking.diagnosis import indices
from symconv.checking.diagnosis.formula import Undone, Written, is_loss, places, text
from symconv.checking.layered.letters import word
from symconv.notation.tree import (
    Applied,
    Big,
    Bounded,
    Differential,
    Iverson,
    Named,
    Negative,
    Node,
    Number,
    Partial,
    Product,
    Ratio,
    Relation,
    Sum,
    rebuilt,
    walk,
)

MOST_PATHS = 2
"""Arrays through which a forgotten part of a gradient flows."""
SQUARE = "2"
RAMPS = frozenset({"max", "relu", "ReLU"})
"""Functions with a derivative that has no name of its own."""


def gradients(written: Written, side: Node) -> Iterator[Undone]:
    """Gradients by what an activation function puts out, where those by what it is given are meant."""
    for letter, (_, argument) in written.outputs.items():
        found = [each for each in walk(side) if _is_gradient_by(each, letter)]
        if found:
            new = rebuilt(side, partial(_before, letter=letter, argument=argument))
            words = f"{text(found[0])} stands where {text(_before(found[0], letter, argument) or side)} is meant"
            yield "missing-derivative", f"{words}: the derivative of the activation function is missing", new


def _is_gradient_by(node: Node, letter: str) -> bool:
    match node:
        case Partial(over, Named() as name) if is_loss(over):
            return name.letter == letter
        case Differential("d", Named() as name, ""):
            return name.letter == letter
    return False


def _before(node: Node, letter: str, argument: Named) -> Node | None:
    """The gradient by what a function is given in place of that by what it puts out."""
    if not _is_gradient_by(node, letter):
        return None
    if isinstance(node, Partial) and isinstance(node.under, Named):
        return replace(node, under=replace(node.under, letter=argument.letter))
    if isinstance(node, Differential) and isinstance(node.body, Named):
        return replace(node, body=replace(node.body, letter=argument.letter))
    return None


def slopes(written: Written, side: Node) -> Iterator[Undone]:
    """The derivative of an activation function in every term that holds what it puts out."""
    for letter, (head, argument) in written.outputs.items():
        ramp = word(head.letter) in RAMPS
        if not ramp and not written.is_function(head):
            continue
        found = _names(side, letter)
        slope = partial(_step if ramp else _slope, head, argument)
        if found:
            words = f"the derivative of the activation function is missing: the factor {text(slope(found[0]))}"
            yield "missing-derivative", words, _sloped(side, letter, slope)


def _slope(head: Named, argument: Named, at: Named) -> Node:
    """σ'(z) with the scripts of an entry."""
    return Applied(replace(head, primes=1), (replace(argument, lower=at.lower, upper=at.upper),))


def _step(head: Named, argument: Named, at: Named) -> Node:
    """The derivative of max(0, z) at an entry."""
    return Iverson(((Relation((replace(argument, lower=at.lower, upper=at.upper), Number(0)), ">"),),))


def _sloped(node: Node, letter: str, slope: Callable[[Named], Node]) -> Node:
    """Every term with the derivative at the place of the output in it."""
    match node:
        case Sum(terms) if not _names(terms[0], letter) or not isinstance(terms[0], Named):
            return Sum(tuple(_sloped(term, letter, slope) for term in terms))
        case Negative(term):
            return Negative(_sloped(term, letter, slope))
        case Big() | Bounded():
            return replace(node, body=_sloped(node.body, letter, slope))
    found = _names(node, letter)
    if not found:
        return node
    factors = node.factors if isinstance(node, Product) else (node,)
    return Product((*factors, slope(found[0])))


def _names(node: Node, letter: str) -> list[Named]:
    return [each for each in walk(node) if isinstance(each, Named) and each.letter == letter]


def paths(written: Written, side: Node) -> Iterator[Undone]:
    """What flows through other arrays of the text that depend on that by which the loss is differentiated."""
    left = written.left
    if not (isinstance(left, Partial) and is_loss(left.over) and isinstance(left.under, Named)):
        return
    through = dict.fromkeys(each for node in written.stated for each in _between(node, left.under))
    taken = {each.under for each in walk(side) if isinstance(each, Partial)}
    open_paths = [each for each in through if each not in taken]
    for count in range(1, MOST_PATHS + 1):
        for chosen in itertools.combinations(open_paths, count):
            terms = [_path(left, name) for name in chosen]
            told = " and ".join(text(name) for name in chosen)
            words = f"what depends on {text(left.under)} through {told} is missing"
            yield "missing-term", words, Sum((*(side.terms if isinstance(side, Sum) else (side,)), *terms))


def _between(node: Node, under: Named) -> Iterator[Named]:
    """What a formula computes of an array."""
    if not isinstance(node, Relation) or not isinstance(name := node.sides[0], Named) or is_loss(name):
        return
    derived = any(isinstance(each, Partial | Differential) for each in walk(node))
    if not derived and name.letter != under.letter and any(_names(each, under.letter) for each in node.sides[1:]):
        yield name


def _path(left: Partial, name: Named) -> Node:
    """∂L/∂v ∂v/∂x, summed over all v where they are many."""
    assert isinstance(left.under, Named)
    term = Product((replace(left, under=name), replace(left, over=name)))
    many = [letter for letter in indices.letters(name) if letter not in indices.letters(left.under)]
    return Big(tuple(many), term) if many else term


def exponents(written: Written, side: Node) -> Iterator[Undone]:
    """The sign of an exponent of e."""
    for each, put in places(side):
        if isinstance(each, Named) and each.letter == "e" and each.upper:
            new = replace(each, upper=each.upper[1:] if each.upper.startswith("-") else f"-{each.upper}")
            yield "wrong-sign", f"{text(each)} should be {text(new)}", put(new)


def powers(written: Written, side: Node) -> Iterator[Undone]:
    """A square missing or too much."""
    for each, put in places(side):
        match each:
            case Applied(head) if not head.primes and written.is_function(head) and head.upper in ("", SQUARE):
                new: Node = replace(each, head=replace(head, upper="" if head.upper else SQUARE))
            case Named(upper=upper) if each in written.names and upper in ("", SQUARE):
                new = replace(each, upper="" if upper else SQUARE)
            case _:
                continue
        yield "missing-factor", f"{text(each)} should be {text(new)}", put(new)


def divisors(written: Written, side: Node) -> Iterator[Undone]:
    """A factor that has to divide."""
    for each, put in places(side):
        for at, factor in enumerate(each.factors) if isinstance(each, Product) else ():
            if isinstance(each, Product) and isinstance(factor, Named):
                rest = (*each.factors[:at], *each.factors[at + 1 :])
                new = Ratio(rest[0] if len(rest) == 1 else Product(rest), factor)
                yield "missing-factor", f"{text(factor)} has to divide: {text(new)}", put(new)


def deltas(written: Written, side: Node) -> Iterator[Undone]:
    """Kronecker's delta of the two indices of a derivative, forgotten."""
    letters = indices.letters(written.left)
    if len(letters) != 2:
        return
    delta = Named(r"\delta", "".join(letters))
    for each, put in places(side):
        if each == Number(1):
            yield "missing-factor", f"1 should be {text(delta)}", put(delta)
    first, second = ([each for each in walk(side) if isinstance(each, Named) and each.lower == one] for one in letters)
    for one, other in zip(first, second, strict=False):
        if one.letter == other.letter:
            words = f"for {letters[0]} = {letters[1]} the term {text(one)} is missing"
            kind = "missing-term" if isinstance(side, Negative) else "wrong-sign"
            words = words if isinstance(side, Negative) else f"the sign is wrong, and {words}"
            yield kind, words, Product((one, Sum((delta, Negative(other)))))
