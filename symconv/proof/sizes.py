"""What holds for every size: the closed forms of sliding windows, and the facts about sizes that documents rely on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import partial
from typing import Any, cast

import numpy as np

from symconv.derivation.entries import term_node
from symconv.derivation.gradients import Calculus, closed_form
from symconv.derivation.statements import statement
from symconv.errors import InputError, NotSupportedError
from symconv.forms import Difference, Table
from symconv.geometry import window_count
from symconv.layers.base import Claim
from symconv.layers.stated import StatedClaim, read_claim
from symconv.notation.tree import (
    Ceiling,
    Index,
    Letter,
    Negative,
    Node,
    Number,
    Place,
    Position,
    Product,
    Ratio,
    Relation,
    Style,
    Symbol,
    equals,
    letter_index,
    total,
)
from symconv.operations import AxisOperation, Correlate, Keep, Operation
from symconv.proof.affine import Affine
from symconv.proof.exact import prove_claim
from symconv.proof.parametric import MAX_OPERATIONS, Decider, OutOfOperationsError, SizeSet
from symconv.proof.relations import Reader
from symconv.proof.symbolic import SPATIAL, AllSizes
from symconv.proof.verdict import Proof, Sides, timed

ABOUT = {"avg-pool": "before B, and after ∂L/∂B, is divided by each window's own divisor"}
"""What has to be said of every closed form of a kind of layer."""
MAX_TERMS = 20_000
"""Where the smallest geometry has more products than this, both sides are not worked out."""


def prove_sizes(layer: Any, limit: int = MAX_OPERATIONS) -> list[Proof]:
    """The closed forms of a layer of sliding windows, and what is said of its sizes, for every size.

    Stride and dilation are the layer's; with several spatial axes, each pair of them is proved once. `limit` is how
    many of its operations isl may take for each claim.

    Raises `NotSupportedError` for layers without such windows.

    >>> from symconv.layers.conv import Conv
    >>> proofs = prove_sizes(Conv(input=9, filter=3, stride=2))
    >>> all(proof.holds for proof in proofs)
    True
    """
    return [proof for sizes in each_axis(layer) for proof in _prove_axis(sizes, limit)]


def prove_stated(layer: Any, claim: str | StatedClaim, limit: int = MAX_OPERATIONS) -> list[Proof]:
    """Whether a claim that a user wrote holds for every size, for each pair of stride and dilation of the layer.

    A bias plays no part in it. Raises `InputError` for a claim that cannot be read and for conditions that no sizes
    fulfil, `NotSupportedError` for other layers than convolutions.
    """
    if layer.kind != "conv":
        raise NotSupportedError(f"claims of your own are about conv, not {layer.kind}")
    stated = read_claim(claim) if isinstance(claim, str) else claim
    return [_prove_stated(sizes, stated, limit) for sizes in each_axis(replace(layer, bias=None))]


def each_axis(layer: Any) -> list[AllSizes]:
    """The layer of unknown sizes, once for each pair of stride and dilation."""
    AllSizes(layer)
    first: dict[tuple[int, int], int] = {}
    for number, axis in enumerate(layer.axes):
        first.setdefault((axis.stride, axis.dilation), number)
    return [AllSizes(layer, number) for number in first.values()]


def _prove_axis(sizes: AllSizes, limit: int) -> Iterator[Proof]:
    decider = Decider(sizes, limit)
    claims = sizes.claims()
    for claim in claims:
        concrete = partial(_same, claim) if sizes.layer.kind == "conv" else None
        yield prove_for_sizes(decider, claim, ABOUT.get(sizes.layer.kind, ""), concrete)
    for fact in facts_of(decider.spatial, claims):
        yield prove_fact(decider.spatial, fact)
    if sizes.layer.kind == "conv":
        yield _other_convention(sizes, limit)


def _same(claim: Claim, layer: Any) -> Claim:
    """The claim by that route which a layer makes of itself."""
    claims: Sequence[Claim] = layer.claims()
    return next(own for own in claims if (own.role, own.route) == (claim.role, claim.route))


def prove_for_sizes(decider: Decider, claim: Claim, about: str = "", concrete: Concrete | None = None) -> Proof:
    """Whether a closed form built from letters is right for every size.

    `concrete` builds the same claim for a layer with known sizes, to show where a wrong one fails first.
    """
    stated = as_shown(statement(claim, decider.sizes.layer.naming(0)))
    proof = _open(decider, stated, claim.role, claim.route, about)
    return _decided(proof, decider, lambda: decider.where_different(claim), concrete)


def _open(decider: Decider, claim: Relation, role: str, route: str, about: str = "") -> Proof:
    """A proof that is to be decided."""
    sizes = decider.sizes
    fixed = {"s": sizes.axis.stride, "d": sizes.axis.dilation}
    style = Style(symbols=sizes.layer.symbols)
    return Proof(claim, role, route, "sizes", "relations", holds=False, terms=0, about=about, fixed=fixed, style=style)


@timed
def _decided(
    proof: Proof, decider: Decider, different: Callable[[], SizeSet], concrete: Concrete | None = None
) -> Proof:
    """The proof with its verdict: it holds where no sizes make a difference."""
    try:
        found = decider.smallest(different())
    except OutOfOperationsError as error:
        return replace(proof, undecided=str(error))
    proof = replace(proof, holds=found is None, geometry=found)
    if found is None or concrete is None:
        return proof
    return _worked_out(proof, decider.sizes, found, concrete)


# Claims of users


def _prove_stated(sizes: AllSizes, stated: StatedClaim, limit: int) -> Proof:
    conditions = stated.conditions(sizes.axis)
    decider = Decider(sizes, limit, [f"{left} {sign} {right}" for left, sign, right in conditions])
    if stated.about_size:
        size = Affine.of(stated.size(sizes.axis))
        proof = _open(decider, equals(Letter("o"), size.node()), "size", "stated")
        claim = None
    else:
        claim = stated.claim(sizes.symbolic)
        proof = _open(decider, as_shown(statement(claim, sizes.layer.naming(0))), claim.role, "stated")
    given = tuple(
        Relation((Affine.of(each.left).node(), Affine.of(each.right).node()), each.shown_sign)
        for each in conditions
        if any(isinstance(side, Affine) for side in (each.left, each.right))
    )

    def different() -> SizeSet:
        if decider.is_empty(decider.where()):
            raise InputError(
                f"no sizes with stride {sizes.axis.stride} and dilation {sizes.axis.dilation} fulfil the conditions "
                "behind where: leave some out"
            )
        return decider.where(f"(o < {size} or o > {size})") if claim is None else decider.where_different(claim)

    return _decided(replace(proof, given=given), decider, different, stated)


Concrete = StatedClaim | Callable[[Any], Claim]
"""What a claim says of a layer with known sizes."""


def _worked_out(proof: Proof, sizes: AllSizes, geometry: Mapping[str, int], concrete: Concrete) -> Proof:
    """The proof with both sides at its smallest geometry."""
    layer = layer_of_size(sizes, geometry)
    if isinstance(concrete, StatedClaim):
        if concrete.about_size:
            (axis,) = layer.axes
            claimed = Number(Affine.of(concrete.size(axis)).at({}))
            return replace(proof, sides=(Sides(Letter("o"), Number(axis.output), claimed),))
        concrete = concrete.claim
    if layer.term_count() > MAX_TERMS or not _fits(concrete(layer), layer):
        return proof
    claim = concrete(layer)
    found = prove_claim(Calculus(layer), claim, exhaustive=True).counterexample
    if found is None:
        raise AssertionError(f"isl refutes {proof.claim} at {geometry}, where both sides are equal")
    assert isinstance(found, Difference)
    return replace(proof, counterexample=found, sides=tuple(_sides(layer, claim)))


def _fits(claim: Claim, layer: Any) -> bool:
    """Whether no array on the way of a claim about one axis is too long to be worked out."""
    lengths = {role: {axis: Affine.of(n) for axis, n in layer.axis_lengths(role).items()} for role in "XFOG"}
    reader = Reader(lengths)
    waiting = list(claim.parts)
    while waiting:
        operation = waiting.pop()
        axes = [axis for axis in reader.names(operation) if axis == SPATIAL]
        if any(reader.length(operation, axis).constant > MAX_TERMS for axis in axes):
            return False
        parts = (getattr(operation, part.name) for part in fields(operation))  # type: ignore[arg-type]
        waiting += [part for part in parts if isinstance(part, Operation)]
    return True


def _sides(layer: Any, claim: Claim) -> Iterator[Sides]:
    """Every entry by the definition and by a claim; None where an array has no such entry."""
    definition = Calculus(layer).compared(claim.role).parts
    order = [role for part in definition for role in part.roles]
    tables = definition, [closed_form(layer, part, claim.role, order) for part in claim.parts]
    shapes = [parts[0].index[0].shape for parts in tables]
    for index in np.ndindex(*(max(pair) for pair in zip(*shapes, strict=True))):
        left, right = (_entry(parts, shape, index) for parts, shape in zip(tables, shapes, strict=True))
        yield Sides(Symbol(claim.role, index), left, right)


def _entry(parts: Sequence[Table], shape: tuple[int, ...], index: tuple[int, ...]) -> Node | None:
    if any(i >= n for i, n in zip(index, shape, strict=True)):
        return None
    flat = int(np.ravel_multi_index(index, shape))
    return total(tuple(term_node(term) for part in parts for term in part.canonical.at(flat).terms()))


def layer_of_size(sizes: AllSizes, geometry: Mapping[str, int]) -> Any:
    """The convolution on one axis with these sizes, with the stride and the dilation that were given."""
    n, k, a, c = (geometry[name] for name in "nkac")
    axis = sizes.axis
    return replace(
        sizes.layer, input=(n,), filter=(k,), stride=(axis.stride,), dilation=(axis.dilation,), padding=((a, c),)
    )


# Facts about sizes


@dataclass(frozen=True)
class Fact:
    """A statement about sizes: what a page shows, and two conditions that have to be the same.

    They are conditions on the letters and on a position `at`, if there is one, under what is known of the letters or
    for a bare fact under nothing.
    """

    name: str
    claim: Relation
    about: str
    left: str
    right: str
    at: str = ""
    bare: bool = False


def facts_of(decider: Decider, claims: Sequence[Claim]) -> Iterator[Fact]:
    """The number of windows, paddings called same, sums that yield more than is kept, inputs that nothing reaches."""
    yield from _window_facts(decider.sizes)
    yield from _kept(decider, claims)
    yield from _unreached(decider, claims)


def prove_fact(decider: Decider, fact: Fact) -> Proof:
    """Whether a fact holds for every size."""
    proof = _open(decider, fact.claim, "size", fact.name, fact.about)
    different = partial(decider.where_not_equal, fact.left, fact.right, fact.at, bare=fact.bare)
    return _decided(proof, decider, different)


def _window_facts(sizes: AllSizes) -> list[Fact]:
    axis = sizes.axis
    if sizes.kind.transposed or axis.ceil_mode:
        return []
    s, o, n = axis.stride, Letter("o"), Affine.letter("n")
    formula = window_count(axis.slack, s)
    least = "n >= 1 and k >= 1 and o >= 1"
    reaches = axis.extent - axis.before - axis.after
    fit = f"not (exists (i : 0 <= i < o and {s}i + {reaches} > n)) and {s}o + {reaches} > n"
    found = [
        Fact("output size", equals(o, formula.node()), "every window fits and one more would not",
             f"{least} and o = {formula}", f"{least} and {fit}", bare=True)
    ]  # fmt: skip
    if sizes.layer.kind != "conv":
        return found
    reach = axis.extent - 1
    strides = -(-n // s)
    short = (strides - 1) * s + axis.extent - n
    rounded = equals(o, Ceiling(Ratio(Letter("n"), Number(s))) if s > 1 else Letter("n"))
    minimal = f"(exists (t : t = max(0, {short}) and a = floor(t/2) and c = t - a))"
    fixed = f"a = floor(({reach})/2) and c = {reach - axis.before}"
    for name, padding in (("same", minimal), ("same-fixed", fixed)):
        both = f"n >= 1 and k >= 1 and {padding}"
        found.append(Fact(name, rounded, f'padding "{name}"', f"{both} and o = {formula}",
                          f"{both} and o = floor((n + {s - 1})/{s})", bare=True))  # fmt: skip
    return found


def _kept(decider: Decider, claims: Sequence[Claim]) -> Iterator[Fact]:
    """How many entries a correlation yields of which the first are kept."""
    sizes = decider.sizes
    for claim in claims:
        part = sizes.on_axis(claim).parts[0]
        while isinstance(part, AxisOperation) and not isinstance(part, Keep):
            part = part.operand
        if isinstance(part, Keep) and isinstance(part.operand, Correlate):
            length = decider.reader().length(part.operand, SPATIAL)
            formula = part.lengths[0] + sizes.axis.remainder // part.operand.stride[0]
            about = f"entries of the correlation for ∂L/∂{claim.role[1:]}, the first {part.lengths[0]} are kept"
            claimed = equals(length.node(), Affine.of(formula).node())
            yield Fact("kept", claimed, about, f"p = {length}", f"p = {formula}", at="p")


def _unreached(decider: Decider, claims: Sequence[Claim]) -> Iterator[Fact]:
    """The inputs whose gradient is 0 whatever else there is: those that no window reads."""
    sizes = decider.sizes
    claim = next(claim for claim in claims if claim.role == "dX")
    place = Affine.letter("p")
    read = decider.reader().read(sizes.on_axis(claim).parts[0], {SPATIAL: place})
    _, taps = sizes.definition("X", sizes.products("X")[0])
    taken = f"exists (i, f, x : {' and '.join(taps.constraints)} and {sizes.definition('X', ())[0][SPATIAL]} = p)"
    products = f"exists ({', '.join(read.unknowns)} : {' and '.join(read.constraints)})"
    inside = f"0 <= p < {sizes.axis.size}"
    claimed = equals(Symbol("dX", (letter_index("p"),)), Number(0))
    about = "whatever the other arrays hold, exactly at the inputs that no window reads"
    yield Fact("unreached", claimed, about, f"{inside} and not ({products})", f"{inside} and not ({taken})", at="p")


def _other_convention(sizes: AllSizes, limit: int) -> Proof:
    """The other of correlation and convolution is the same with the filter reversed."""
    name = "convolution" if sizes.layer.convention == "correlation" else "correlation"
    other = replace(sizes, layer=replace(sizes.layer, convention=name, bias=None))
    claim = next(claim for claim in other.claims() if claim.role == "O")
    about = "true convolution: correlation with the reversed filter" if name == "convolution" else "cross-correlation"
    return prove_for_sizes(Decider(other, limit), claim, about)


# Statements with letters in them


def as_shown(node: Relation) -> Relation:
    """A statement whose sizes are letters, with notation in place of what stands for them in operations."""
    return cast("Relation", _shown(node))


def _shown(value: Any) -> Any:
    if isinstance(value, Affine):
        return value.node()
    if isinstance(value, tuple):
        return tuple(map(_shown, value))
    if isinstance(value, Index):
        shift: Any = value.shift
        if isinstance(shift, Affine):
            positions = (_position(letter, times) for letter, times in value.parts if times)
            return Place(body=total((*positions, shift.node())))
    if isinstance(value, Node):
        return replace(value, **{part.name: _shown(getattr(value, part.name)) for part in fields(value)})  # type: ignore[type-var, arg-type]
    return value


def _position(letter: str, times: int) -> Node:
    node: Node = Position(letter)
    node = node if abs(times) == 1 else Product((Number(abs(times)), node))
    return node if times > 0 else Negative(node)
