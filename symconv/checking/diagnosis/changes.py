"""What one term of a sum should have been, and terms written as others are."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from symconv.checking.diagnosis.case import Case, Repair, instead, is_entry, spots
from symconv.checking.diagnosis.hand import listed
from symconv.checking.diagnosis.kinds import kind_in_layer, kind_of_index, kind_of_letter
from symconv.checking.diagnosis.summands import SCALING, Term, quotient
from symconv.checking.masks import MASKS
from symconv.meaning.polynomials import Polynomial, int_if_whole
from symconv.notation.tree import (
    GRADIENTS,
    Decimal,
    Index,
    Negative,
    Node,
    Number,
    Operation,
    Partial,
    Product,
    Ratio,
    Symbol,
    exchanged,
    gradient_of,
    symbols,
)
from symconv.notation.tree import product as product_of

MOST_TRIED = 400
"""Indices that are tried in one term."""
MOST_NAMES, MOST_NEAR = 12, 24
"""Names of a formula whose indices are changed, and indices tried for each."""
WHOLE = 2
"""What it costs to exchange a term for another one that has little to do with it."""
Key = tuple[str, tuple[int | Index, ...]]
"""An array and an index."""


@dataclass(frozen=True)
class Change:
    """What a term should have been: its kind of mistake, what is said of it, and how many slips that is."""

    mistake: str
    words: str
    node: Node
    negative: bool
    cost: int = 1


def changed(case: Case, term: Term, target: Polynomial, samples: Sequence[Node]) -> Change:
    """The smallest change that gives a term the right value."""
    ways = (_other_sign, _other_number, _other_index, _other_letter, _other_array, _other_factor)
    found = (change for way in ways for change in way(case, term, target))
    return next(found, None) or _other_term(case, term, target, samples)


def _other_sign(case: Case, term: Term, target: Polynomial) -> Iterator[Change]:
    if target == -term.value:
        words = f"the sign of {case.text(term.node)} should be {'plus' if term.negative else 'minus'}"
        yield Change("wrong-sign", words, term.node, not term.negative)


def _other_number(case: Case, term: Term, target: Polynomial) -> Iterator[Change]:
    share = ratio(target, term.value)
    if share is None:
        return
    wanted = next(iter(target.terms.values()))
    node = _times(abs(Fraction(wanted)), _without_numbers(term.node))
    if case.scalar(node) in (target, -target):
        mistake, words = factor_told(share, Fraction(wanted), f" in {case.text(term.node)}")
        yield Change(mistake, words, node, wanted < 0)


def factor_told(share: Fraction, wanted: Fraction, where: str = "") -> tuple[str, str]:
    """The kind of a mistake in a number, and what is said of it: the right value is `share` times what was written.

    >>> factor_told(Fraction(1, 4), Fraction(1, 4)), factor_told(Fraction(1, 2), Fraction(1, 4))[1]
    (('missing-factor', 'the factor 1/4 is missing'), 'the factor should be 1/4, not 1/2')
    """
    written = wanted / share
    if abs(written) == 1:
        return "missing-factor", f"the factor {wanted / written} is missing{where}"
    if abs(wanted) == 1:
        return "wrong-coefficient", f"the factor {written / wanted} is too much{where}"
    return "wrong-coefficient", f"the factor should be {wanted}, not {written}{where}"


def ratio(target: Polynomial, value: Polynomial) -> Fraction | None:
    """The number that one polynomial is of another, if it is one."""
    if not value or set(target.terms) != set(value.terms):
        return None
    shares = {Fraction(times) / Fraction(value.terms[product]) for product, times in target.terms.items()}
    return shares.pop() if len(shares) == 1 else None


def _without_numbers(node: Node) -> Node:
    """A term without its numbers."""
    match node:
        case Product(factors):
            return product_of(tuple(_without_numbers(each) for each in factors if not _is_number(each)))
        case Ratio(over, under) if _is_number(under):
            return _without_numbers(over)
        case Operation(sign, left, right) if sign in SCALING:
            return _operation(node, _without_numbers(left), _without_numbers(right))
        case Number() | Decimal():
            return Number(1)
    return node


def _operation(node: Operation, left: Node, right: Node) -> Node:
    """The operation on other operands; one of them alone where the other is 1."""
    if Number(1) in (left, right):
        return right if left == Number(1) else left
    return replace(node, left=left, right=right)


def _is_number(node: Node) -> bool:
    match node:
        case Number() | Decimal():
            return True
        case Ratio(over, under):
            return _is_number(over) and _is_number(under)
        case Negative(term):
            return _is_number(term)
    return False


def _times(number: Fraction, node: Node) -> Node:
    if number == 1:
        return node
    factors = node.factors if isinstance(node, Product) else (node,)
    whole = int_if_whole(number)
    return Product((Number(whole), *(factor for factor in factors if factor != Number(1)))) if whole else Number(0)


def _other_index(case: Case, term: Term, target: Polynomial) -> Iterator[Change]:
    """One index changed; of several ways that which leaves names that belong together the same index."""
    entries = [symbol for symbol in dict.fromkeys(symbols(term.node)) if is_entry(symbol) and symbol.index]
    found = []
    for symbol in entries:
        for index in _indices(case, symbol, target):
            new = Symbol(symbol.role, index)
            nodes = [node for node in instead(term.node, symbol, new) if _agrees(case, node, term, target)]
            found += [(symbol, new, node) for node in nodes]
    for symbol, new, node in sorted(found, key=lambda each: _index_count(each[2])):
        kind = kind_in_layer(case, symbol, new, node)
        yield Change(kind, _told(case, symbol, new), node, term.negative)


def _index_count(node: Node) -> int:
    """How many different indices stand in a term, an array and its gradient counting as one."""
    return len({(gradient_of(each.role), each.index) for each in symbols(node)})


def _told(case: Case, old: Node, new: Node) -> str:
    return f"{case.text(old)} should be {case.text(new)}"


def _agrees(case: Case, node: Node, term: Term, target: Polynomial) -> bool:
    value = case.scalar(node)
    return value is not None and (-value if term.negative else value) == target


def one_index(case: Case) -> Iterator[Repair]:
    """One index changed, in what cannot be taken apart into terms."""
    if case.right is not None and MASKS not in case.evaluator.world.shapes:
        return
    entries = [symbol for symbol in dict.fromkeys(symbols(case.worked)) if is_entry(symbol) and symbol.index]
    for symbol in entries[:MOST_NAMES]:
        for index in itertools.islice(_indices(case, symbol, Polynomial({})), MOST_NEAR):
            new = Symbol(symbol.role, index)
            words = _told(case, symbol, new)
            nodes = instead(case.worked, symbol, new)
            yield from (Repair(kind_of_index(symbol, index), words, worked=node) for node in nodes)


def _indices(case: Case, symbol: Symbol, target: Polynomial) -> Iterator[tuple[int, ...]]:
    """Positions that may have been meant, the likeliest first: those that occur in the right term, then the nearest."""
    shape = case.evaluator.world.shapes[symbol.role]
    at = tuple(int(place) for place in symbol.index if isinstance(place, int))
    family = gradient_of(symbol.role)
    stated = [position for role, position in target.atoms if gradient_of(role) == family and len(position) == len(at)]
    near = itertools.product(*(range(max(0, i - 2), min(n, i + 3)) for i, n in zip(at, shape, strict=False)))
    ordered = sorted(near, key=lambda other: sum(abs(i - j) for i, j in zip(other, at, strict=True)))
    yield from (other for other in dict.fromkeys((*stated, *ordered[:MOST_TRIED])) if other != at)


def _other_letter(case: Case, term: Term, target: Polynomial) -> Iterator[Change]:
    """One name exchanged for another array's, at the same index or at one that the right term has."""
    for symbol in filter(is_entry, dict.fromkeys(symbols(term.node))):
        for role, shape in case.shapes.items():
            if role in (symbol.role, case.computed):
                continue
            same = [symbol.index] if len(shape) == len(symbol.index) else []
            for index in dict.fromkeys((*same, *(position for other, position in target.atoms if other == role))):
                new = Symbol(role, index)
                for node in instead(term.node, symbol, new):
                    if _agrees(case, node, term, target):
                        kind = kind_of_letter(symbol.role, role)
                        yield Change(kind, _told(case, symbol, new), node, term.negative)


def _other_array(case: Case, term: Term, target: Polynomial) -> Iterator[Change]:
    """An entry where a whole array stands, or the derivative of the loss where that of an array stands."""
    for part, put in spots(term.node):
        if isinstance(part, Symbol) and not part.index:
            named = [Symbol(role, at) for role, at in sorted(target.atoms) if role == part.role]
            kind = "wrong-shape"
        elif isinstance(part, Partial) and isinstance(part.under, Symbol):
            named = [Symbol(GRADIENTS[part.under.role], part.under.index)] if part.under.role in GRADIENTS else []
            kind = "local-gradient"
        else:
            continue
        for new in named:
            if _agrees(case, put(new), term, target):
                yield Change(kind, _told(case, part, new), put(new), term.negative)


def _other_factor(case: Case, term: Term, target: Polynomial) -> Iterator[Change]:
    """A factor missing in the term, or too much."""
    lacking = quotient(target, term.value) if len(term.value.terms) == 1 else None
    if lacking is not None and lacking.atoms:
        names = [Symbol(role, position) for role, position in sorted(lacking.atoms)]
        node = _joined(term.node, names)
        if _agrees(case, node, term, target):
            told = listed([case.text(name) for name in names])
            kind = "local-gradient" if all(name.role in ("G", "d:O") for name in names) else "missing-factor"
            yield Change(kind, f"the factor {told} is missing beside {case.text(term.node)}", node, term.negative)
    surplus = quotient(term.value, target)
    if surplus is not None and surplus.atoms:
        names = [Symbol(role, position) for role, position in sorted(surplus.atoms)]
        shorter = _left_out(term.node, names)
        if _agrees(case, shorter, term, target):
            told = listed([case.text(name) for name in names])
            yield Change(
                "extra-factor", f"the factor {told} is too much in {case.text(term.node)}", shorter, term.negative
            )


def _joined(node: Node, names: Sequence[Symbol]) -> Node:
    """A product with more factors, gradients first."""
    factors = node.factors if isinstance(node, Product) else (node,)
    front = tuple(name for name in names if gradient_of(name.role) != name.role)
    return Product((*front, *factors, *(name for name in names if name not in front)))


def _left_out(node: Node, names: Sequence[Symbol]) -> Node:
    """A product without some of its factors."""
    match node:
        case Product(factors):
            return product_of(tuple(factor for factor in factors if factor not in names))
        case Operation(sign, left, right) if sign in SCALING:
            return _operation(node, _left_out(left, names), _left_out(right, names))
    return Number(1) if node in names else node


def _other_term(case: Case, term: Term, target: Polynomial, samples: Sequence[Node]) -> Change:
    node, negative = written_as(case, target, [term.node, *samples])
    words = f"the term {case.text(term.node)} should be {'-' if negative else ''}{case.text(node)}"
    same = {role for role, _ in term.value.atoms} == {role for role, _ in target.atoms}
    return Change("neighbouring-index" if same else "", words, node, negative, WHOLE)


# Writing terms


def written_as(case: Case, target: Polynomial, samples: Sequence[Node]) -> tuple[Node, bool]:
    """A term of this value, written as one of the samples with other indices; and whether it is subtracted."""
    for sample in dict.fromkeys(samples):
        for node in _with_other_indices(case, sample, target):
            value = case.scalar(node)
            if value == target or value == -target:
                return node, value != target
    return _plainly(target)


def _with_other_indices(case: Case, sample: Node, target: Polynomial) -> Iterator[Node]:
    """The sample with the indices of the target, all names of one index changed together."""
    entries = [symbol for symbol in dict.fromkeys(symbols(sample)) if is_entry(symbol) and symbol.index]
    keys = list(dict.fromkeys((gradient_of(symbol.role), symbol.index) for symbol in entries))
    choices = []
    for family, index in keys:
        stated = [at for role, at in sorted(target.atoms) if gradient_of(role) == family and len(at) == len(index)]
        choices.append(list(dict.fromkeys((*stated, index))))
    for picked in itertools.islice(itertools.product(*choices), MOST_TRIED):
        yield _moved(sample, dict(zip(keys, picked, strict=True)))


def _moved(sample: Node, new: Mapping[Key, tuple[int | Index, ...]]) -> Node:
    def moved(symbol: Symbol) -> Symbol:
        index = new.get((gradient_of(symbol.role), symbol.index))
        return symbol if index is None else Symbol(symbol.role, index)

    return exchanged(sample, moved)


def _plainly(target: Polynomial) -> tuple[Node, bool]:
    ((atoms, times),) = target.terms.items()
    names = [Symbol(role, position) for role, position in atoms]
    size = abs(Fraction(times))
    return _times(size, _joined(Number(1), names)) if size != 1 or not names else product_of(_ordered(names)), times < 0


def _ordered(names: Sequence[Symbol]) -> tuple[Symbol, ...]:
    return tuple(sorted(names, key=lambda name: gradient_of(name.role) == name.role))
