"""Claims as notation: what a closed form says, in the words of its pipeline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from symconv.derivation.elision import shortened
from symconv.derivation.gradients import Calculus
from symconv.layers.base import Claim
from symconv.notation.tree import (
    Big,
    Call,
    Index,
    Infix,
    Inner,
    Node,
    Number,
    Partial,
    Product,
    Relation,
    Sum,
    Symbol,
    equals,
    letter_index,
    total,
)
from symconv.operations import AlongAxes, AxisOperation, IndexSum, LetterSum, Naming, Operation, Scale


def statement(claim: Claim, naming: Naming) -> Relation:
    """A claim as one relation between the array, or its slice or entry, and the pipeline.

    A correlation with a reversed filter is also a true convolution with the filter itself, and is written both ways.
    """
    if claim.route == "adjoint":
        naming = Naming()
    if claim.route == "indices":
        naming = replace(naming, slices=_entries_in(claim, naming))
    if claim.route == "matrix":
        example = (letter_index(naming.letters["batch"]),) if "batch" in naming.letters else ()
        product, *biases = (part.notation(Naming(dict.fromkeys("XG", example))) for part in claim.parts)
        repeated = (Call("vec", (Call("repeat", (bias,)),)) for bias in biases)
        vector = Call("vec", (Symbol(claim.role, example, slice=bool(example)),))
        return equals(vector, total((product, *repeated)))
    right = total(tuple(part.notation(naming) for part in claim.parts))
    if claim.route == "sum":
        return equals(naming.entry(claim.role), right)
    left = naming.leaf(claim.role)
    inner = core(claim.parts[0])
    if isinstance(inner, IndexSum | LetterSum) or (isinstance(inner, AlongAxes) and inner.with_indices):
        letters = tuple(letter_index(letter) for letter in inner.result_letters)
        return equals(Symbol(left.role, (*left.index, *letters)), right)
    convolved = _as_convolution(right)
    if convolved == right:
        return equals(left, right)
    return equals(left, convolved, right) if claim.role == "O" else equals(left, right, convolved)


def _entries_in(claim: Claim, naming: Naming) -> Mapping[str, tuple[int | Index, ...]]:
    """What stands for the arrays in a sum with indices: slices that positions are put behind, or whole entries."""
    inner = core(claim.parts[0])
    if isinstance(inner, IndexSum) and not inner.spatial:
        return naming.entries
    return {**naming.slices, "b": naming.entries.get("b", ())}


def chain_rule_statement(calculus: Calculus, role: str) -> Relation:
    """∂L/∂role at any entry by the chain rule, as a Frobenius inner product and as a sum over all entries of O."""
    letters = calculus.layer.letters
    entry = Symbol(role, tuple(map(letter_index, letters(role))))
    output = Symbol("O", tuple(map(letter_index, letters("G"))))
    inner = Inner(Symbol("G"), Partial(Symbol("O"), entry))
    summed = Big(letters("G"), Product((Symbol("G", output.index), Partial(output, entry))))
    sides = (with_mean(side, calculus.mean) for side in (inner, summed))
    return equals(Symbol(f"d{role}", entry.index), *sides)


def mask_statement(layer: Any) -> Relation:
    """The entries of a mask of a max pool add up to 1: each window hands its gradient on once."""
    letters = layer.letters("M")
    taps = letters[-len(layer.axes) :]
    return equals(Big(taps, Symbol("M", tuple(map(letter_index, letters)))), Number(1))


def shown_groups(layer: Any) -> list[int | None]:
    """The groups of channels that a page writes a claim for, None for dots."""
    return shortened(range(getattr(layer, "groups", 1)), 3, first=1)


def with_mean(node: Node, mean: Fraction) -> Node:
    """With the factor of the mean over the examples in front."""
    return node if mean == 1 else Product((Number(mean), node))


def core(operation: Operation) -> Operation:
    """The operation inside what only rearranges or scales its result."""
    while isinstance(operation, Scale | AxisOperation):
        operation = operation.operand
    return operation


def _as_convolution(node: Node) -> Node:
    """A ⊗ rot180(B) as the true convolution A * B, anywhere in a sum or behind a factor."""
    match node:
        case Infix("correlate", left, right, stride):
            plain = _unreversed(right)
            return node if plain is None else Infix("convolve", left, plain, stride)
        case Sum(terms):
            return Sum(tuple(_as_convolution(term) for term in terms))
        case Product(factors):
            return Product(tuple(_as_convolution(factor) for factor in factors))
        case Big(variables, body):
            return Big(variables, _as_convolution(body))
    return node


def _unreversed(node: Node) -> Node | None:
    match node:
        case Call("rot180" | "rev", (inner,)):
            return inner
        case Call("spread", (inner,), factors):
            plain = _unreversed(inner)
            return None if plain is None else Call("spread", (plain,), factors)
    return None
