"""Sums term by term: what is missing, what is too much, and what one term should have been."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from symconv.checking.diagnosis.case import Case, Repair
from symconv.checking.diagnosis.changes import Change, changed, written_as
from symconv.checking.diagnosis.hand import listed
from symconv.checking.diagnosis.kinds import rotation
from symconv.checking.diagnosis.summands import Place, Term, as_sum, places
from symconv.meaning.polynomials import Monomial, Polynomial
from symconv.notation.tree import Node, Product, gradient_of
from symconv.notation.tree import product as product_of

MOST_FACTORS = 8
"""Factors of a product that may be a sum of products."""
MOST_PAIRED = 12
"""Wrong terms that are compared with missing ones."""
INDICES = frozenset({"neighbouring-index", "swapped-indices", "not-rotated", "stride-forgotten"})
SHOWN = 3
"""Terms named in a message."""


def term_by_term(case: Case) -> Iterator[Repair]:
    """The equation with terms added, left out and changed."""
    if case.right is None:
        return
    for place in places(case, case.worked, case.right):
        yield from _repaired(case, place)


def _repaired(case: Case, place: Place) -> Iterator[Repair]:
    kept, wrong, missing = _sorted(place)
    if len(wrong) > MOST_PAIRED:
        return
    pairs, extra, lacking = _paired(case, place, kept, wrong, missing)
    changes = [change for _, change in pairs]
    new = _assembled(case, place, kept, pairs, lacking)
    cost = sum(change.cost for change in changes) + len(extra) + len(lacking)
    if cost:
        mistake, message = _told(case, changes, extra, [new.text_of[m] for m in lacking])
        if len(changes) > 1 and case.computed == "dX" and _permutes_filter(pairs, missing):
            mistake = rotation(case, "F")[0]
        yield Repair(mistake, message, worked=place.put(new.node), cost=cost)


def _permutes_filter(pairs: Sequence[tuple[Term, Change]], missing: Mapping[Monomial, Fraction | int]) -> bool:
    """Whether the same entries of the filter stand in the wrong terms as in the right ones, at other places."""
    written = [each for term, _ in pairs for product in term.value.terms for each in product if each[0] == "F"]
    wanted = [each for product in missing for each in product if each[0] == "F"]
    return all(change.mistake in INDICES for _, change in pairs) and sorted(written) == sorted(wanted)


def missing_plus(case: Case) -> Iterator[Repair]:
    """A product that should be a sum of products."""
    if case.right is None:
        return
    for place in places(case, case.worked, case.right):
        _, wrong, missing = _sorted(place)
        found = {id(term): groups for term in wrong if (groups := _split(case, term, missing))}
        if found:
            parts = [(node, term.negative) for term in place.terms for node in found.get(id(term), (term.node,))]
            gaps = [gap for each in found.values() for gap in itertools.pairwise(each)]
            between = [f"between {case.text(one)} and {case.text(other)}" for one, other in gaps]
            words = f"a plus is missing {'; '.join(between[:SHOWN])}"
            yield Repair("missing-plus", words, worked=place.put(as_sum(parts)), cost=len(between))


def _split(case: Case, term: Term, missing: Mapping[Monomial, Fraction | int]) -> tuple[Node, ...]:
    """The factors of a product in groups, each of them a missing term; nothing where there is no such way."""
    factors = term.node.factors if isinstance(term.node, Product) else ()
    if not 1 < len(factors) <= MOST_FACTORS:
        return ()
    for cuts in itertools.product((False, True), repeat=len(factors) - 1):
        ends = [at + 1 for at, cut in enumerate(cuts) if cut]
        groups = [product_of(factors[a:b]) for a, b in itertools.pairwise((0, *ends, len(factors)))]
        values = [case.scalar(group) for group in groups]
        if len(groups) > 1 and all(value is not None and _is_among(value, missing) for value in values):
            return tuple(groups)
    return ()


def _is_among(value: Polynomial, terms: Mapping[Monomial, Fraction | int]) -> bool:
    return bool(value) and all(terms.get(product) == times for product, times in value.terms.items())


def corrected(case: Case) -> Node | None:
    """The worked side as it should be, in the author's terms as far as they are right."""
    if case.right is None:
        return None
    place = next(places(case, case.worked, case.right), None)
    if place is None:
        return None
    kept, wrong, missing = _sorted(place)
    samples = [term.node for term in (*kept, *place.terms)]
    pairs = [
        (term, Change("", "", *written_as(case, Polynomial({product: times}), samples)))
        for term, (product, times) in zip(wrong, missing.items(), strict=False)
    ]
    return _assembled(case, place, kept, pairs, list(missing)[len(wrong) :]).node


def _sorted(place: Place) -> tuple[list[Term], list[Term], dict[Monomial, Fraction | int]]:
    """The terms that are right, those that are not, and what is still missing."""
    missing = dict(place.right.terms)
    kept, wrong = [], []
    for term in place.terms:
        if _is_among(term.value, missing):
            kept.append(term)
            for product in term.value.terms:
                del missing[product]
        else:
            wrong.append(term)
    return kept, wrong, missing


# Which wrong term stands for which missing one


def _paired(
    case: Case, place: Place, kept: Sequence[Term], wrong: Sequence[Term], missing: Mapping[Monomial, Fraction | int]
) -> tuple[list[tuple[Term, Change]], list[Term], list[Monomial]]:
    """The cheapest pairs of wrong terms and missing ones, the wrong terms left over, and the missing ones left over."""
    samples = [term.node for term in (*kept, *place.terms)]
    ranked = sorted(
        itertools.product(range(len(wrong)), missing),
        key=lambda pair: (_distance(wrong[pair[0]].value, pair[1], missing[pair[1]]), pair[0]),
    )
    found: dict[int, Change] = {}
    used: dict[Monomial, int] = {}
    for which, product in ranked:
        if which in found or product in used:
            continue
        target = Polynomial({product: missing[product]})
        found[which] = changed(case, wrong[which], target, samples)
        used[product] = which
    pairs = [(wrong[which], found[which]) for which in sorted(found)]
    extra = [term for which, term in enumerate(wrong) if which not in found]
    return pairs, extra, [product for product in missing if product not in used]


def _distance(value: Polynomial, product: Monomial, times: Fraction | int) -> int:
    """In how many factors a term differs from another one, then in how many places of their indices."""
    if len(value.terms) != 1:
        return 50
    ((ours, coefficient),) = value.terms.items()
    ours_left, theirs_left = _without_common(ours, product)
    far = abs(len(ours_left) - len(theirs_left)) * 10
    roles = {role for role, _ in ours_left} ^ {role for role, _ in theirs_left}
    places = sum(
        min(sum(abs(i - j) for i, j in zip(at, to, strict=False)) for role, to in theirs_left)
        for _, at in ours_left
        if theirs_left
    )
    return 100 * max(len(ours_left), len(theirs_left)) + 20 * len(roles) + far + 2 * places + (coefficient != times)


def _without_common(ours: Monomial, theirs: Monomial) -> tuple[Monomial, Monomial]:
    left, right = list(ours), list(theirs)
    for each in ours:
        if each in right:
            left.remove(each)
            right.remove(each)
    return tuple(left), tuple(right)


# Putting the sum together


@dataclass(frozen=True)
class _Assembled:
    node: Node
    text_of: Mapping[Monomial, str]


def _assembled(
    case: Case,
    place: Place,
    kept: Sequence[Term],
    pairs: Sequence[tuple[Term, Change]],
    lacking: Sequence[Monomial],
) -> _Assembled:
    """The right sum: the author's terms in the author's order, missing ones where they belong."""
    changes = {id(term): change for term, change in pairs}
    items: list[tuple[Monomial | None, Node, bool]] = []
    for term in place.terms:
        if id(term) in changes:
            change = changes[id(term)]
            items.append((_only_product(case, change.node), change.node, change.negative))
        elif any(term is each for each in kept):
            items.append((_only_product(case, term.node), term.node, term.negative))
    texts = {}
    samples = [node for _, node, _ in items] or [term.node for term in place.terms]
    for product in lacking:
        node, negative = written_as(case, Polynomial({product: place.right.terms[product]}), samples)
        texts[product] = ("-" if negative else "") + case.text(node)
        items.insert(_where(product, [each for each, _, _ in items]), (product, node, negative))
    return _Assembled(as_sum([(node, negative) for _, node, negative in items]), texts)


def _only_product(case: Case, node: Node) -> Monomial | None:
    value = case.scalar(node)
    return next(iter(value.terms)) if value is not None and len(value.terms) == 1 else None


def _where(product: Monomial, others: Sequence[Monomial | None]) -> int:
    """Where a term belongs among others that are in order of the positions in one of their arrays."""
    for role in sorted({role for role, _ in product}, key=lambda role: gradient_of(role) == role):
        keys = [_position(each, role) for each in others]
        if None in keys or len(keys) < 2:
            continue
        known = [key for key in keys if key is not None]
        own = _position(product, role)
        assert own is not None
        if known == sorted(known) and len(set(known)) == len(known):
            return sum(key < own for key in known)
        if known == sorted(known, reverse=True) and len(set(known)) == len(known):
            return sum(key > own for key in known)
    role = min((role for role, _ in product), key=lambda role: (gradient_of(role) == role, role), default="")
    own = _position(product, role)
    if not own:
        return len(others)
    return sum(1 for each in others if (_position(each, role) or ()) < own)


def _position(product: Monomial | None, role: str) -> tuple[int, ...] | None:
    return next((at for each, at in product or () if each == role), None)


# Words


def _told(case: Case, changes: Sequence[Change], extra: Sequence[Term], lacking: Sequence[str]) -> tuple[str, str]:
    """The kind of the mistake, and one sentence about it."""
    parts = [change.words for change in changes[:SHOWN]]
    if len(changes) > SHOWN:
        parts[SHOWN - 1 :] = [f"and {len(changes) - SHOWN + 1} more terms are wrong"]
    if lacking:
        parts.append(_terms_told(lacking, "missing"))
    if extra:
        parts.append(_terms_told([case.text(term.node) for term in extra], "too much"))
    kinds = [*(change.mistake for change in changes), *["missing-term"] * len(lacking), *["extra-term"] * len(extra)]
    most = Counter(filter(None, kinds)).most_common(1)
    return most[0][0] if most else "", "; ".join(parts)


def _terms_told(texts: Sequence[str], what: str) -> str:
    if len(texts) == 1:
        return f"the term {texts[0]} is {what}"
    if len(texts) <= SHOWN:
        return f"the terms {listed(texts)} are {what}"
    return f"{len(texts)} terms are {what}, such as {listed(texts[:2])}"
