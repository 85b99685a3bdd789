"""How a document spells what a subject speaks of: entries, whole arrays, bias, loss and gradients."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence

from symconv.checking.discovery.entries import Entry, walk
from symconv.checking.discovery.facts import Facts, Operated, numbers_set
from symconv.checking.discovery.subjects import BIASES, Subject, plain
from symconv.notation.tree import GRADIENTS, Bounded, Differential, Number, Ratio, Relation

MARKS = {"∂": r"\partial ", "∇": r"\nabla ", "d": "d"}


def names_of(subject: Subject, facts: Sequence[Facts], losses: Collection[str]) -> dict[str, tuple[str, ...]]:
    """All spellings by role, that of the entries first."""
    names = {role: list(letters) for role, letters in subject.letters.items()}
    for role, spelling in _wholes(subject, facts):
        _add(names, role, spelling)
    _complete(names, facts, line=_has_one_axis(subject))
    for role, spelling in _variants(names, facts):
        _add(names, role, spelling)
    if subject.kind in ("conv", "dense", "conv-transpose") and "b" not in names:
        bias = _bias(names, facts, subject.kind)
        if bias:
            names["b"] = [bias]
    if losses:
        names["L"] = [loss for loss in losses if not _is_taken(loss, names)][:2]
    for role, found in subject.symbols.items():
        names[role] = list(found)
    for role, spelling in _differentials(names, facts):
        _add(names, role, spelling)
    return {role: tuple(dict.fromkeys(found)) for role, found in names.items() if found}


def _has_one_axis(subject: Subject) -> bool:
    """Whether a letter with one index is an entry: then no such name is that of an array."""
    told = subject.declared.axes if subject.declared is not None else None
    return bool(subject.letters) and (len(subject.fits) or told or 0) == 1


def _is_taken(spelling: str, names: Mapping[str, Sequence[str]]) -> bool:
    return any(spelling in found for found in names.values())


def _add(names: dict[str, list[str]], role: str, spelling: str) -> None:
    if not _is_taken(spelling, names):
        names.setdefault(role, []).append(spelling)


def _wholes(subject: Subject, facts: Sequence[Facts]) -> Iterator[tuple[str, str]]:
    """Arrays that are said to be a matrix of entries."""
    votes: dict[str, Counter[str]] = {}
    for fact in facts:
        for written in fact.written:
            role = subject.role_of(written.letter)
            whole = written.whole
            if role and whole and whole.gradient == written.gradient and _is_whole(whole, written.letter):
                alike = plain(whole.letter) == plain(written.letter)
                votes.setdefault(_bare(whole), Counter())[role] += 3 if alike else 1
    for spelling, roles in votes.items():
        yield roles.most_common(1)[0][0], spelling


def _is_whole(whole: Entry, letter: str) -> bool:
    """Whether a name may be that of an array; a bias that is written below a matrix is another."""
    numbered = not whole.index or (len(whole.index) == 1 and whole.is_numeric)
    return numbered and not whole.sizes and (whole.letter not in BIASES or plain(whole.letter) == plain(letter))


def _bare(whole: Entry) -> str:
    """The spelling without the number of a layer above it."""
    return Entry(whole.letter, whole.index).spelling


def _complete(names: dict[str, list[str]], facts: Sequence[Facts], *, line: bool) -> None:
    """Roles of arrays from operations in which the others are known: Z_1 = conv(X, w_1) + b_1.

    Along one `line`, letters with a number are entries, and a sign between them is a product: y_1 = x_1 * w_1.
    """
    for fact in facts:
        for found in fact.operated:
            numbered = line and all(one is None or one.is_numeric for one in (found.target, found.left, found.right))
            if found.sign and found.target is not None and not found.target.gradient and not numbered:
                _from_operation(names, found)


def _from_operation(names: dict[str, list[str]], found: Operated) -> None:
    assert found.target is not None
    spelled = {"O": _bare(found.target), "left": _bare(found.left), "right": _bare(found.right)}
    known = {place: _role(spelling, names) for place, spelling in spelled.items()}
    if found.left.gradient or found.right.gradient or known["O"] not in (None, "O"):
        return
    pair = {known["left"], known["right"]} - {None}
    if not pair or not pair <= {"X", "F"} or known["left"] == known["right"]:
        return
    _add(names, "O", spelled["O"])
    for place, other in (("left", "right"), ("right", "left")):
        if known[place] is None:
            _add(names, "F" if known[other] == "X" else "X", spelled[place])
    rest = [one for one in found.rest if one.letter in BIASES and not _is_taken(_bare(one), names)]
    if rest:
        names.setdefault("b", []).append(_bare(rest[0]))


def _role(spelling: str, names: Mapping[str, Sequence[str]]) -> str | None:
    """The role of a spelling, or of one that differs by case or font alone."""
    for role, found in names.items():
        if spelling in found:
            return role
    base = plain(spelling.partition("_")[0])
    alike = [role for role, found in names.items() if base in {plain(one.partition("_")[0]) for one in found}]
    return alike[0] if len(alike) == 1 and alike[0] in ("X", "F", "O") else None


def _variants(names: Mapping[str, Sequence[str]], facts: Sequence[Facts]) -> Iterator[tuple[str, str]]:
    """Whole arrays as capitals or in another font than their entries, without an index that tells them from others."""
    letters = {plain(one): role for role in ("X", "F", "O") for one in names.get(role, ()) if "_" not in one}
    lower = {one.partition("_")[0] for found in names.values() for one in found}
    numbered = {one.partition("_")[2] for role in ("X", "F", "O") for one in names.get(role, ()) if "_" in one}
    for fact in facts:
        for found in fact.entries if not any(True for _ in numbers_set(fact.node)) else ():
            role = letters.get(plain(found.letter))
            lowered = found.letter.islower() and found.letter not in lower
            other = found.letter not in lower
            counted = other and len(found.index) == 1 and found.index[0] in numbered
            if role and not lowered and not found.sizes and (counted or not found.index):
                yield role, _bare(found)


def _bias(names: Mapping[str, Sequence[str]], facts: Sequence[Facts], kind: str) -> str | None:
    """What is added to an output beside the products; where z_1 has b_1, of a dense layer, an entry of b."""
    votes: Counter[str] = Counter()
    outputs = {plain(one.partition("_")[0]) for one in names.get("O", ())}
    for fact in facts:
        for share in fact.shares:
            if plain(share.target.letter) in outputs and not (share.target.gradient or share.part.gradient):
                entry = kind == "dense" and share.part.index == share.target.index
                votes[_bare(share.part) if share.part.is_numeric and not entry else share.part.letter] += 1
        for found in fact.operated:
            known = {_role(one.letter, names) for one in (found.left, found.right)}
            output = found.target is not None and plain(found.target.letter) in outputs
            if output or (found.sign and known == {"X", "F"}):
                votes.update(_bare(one) for one in found.rest if one.letter in BIASES)
        votes.update(one.letter for one in fact.entries if one.gradient and not one.index and one.letter in BIASES)
    kept = [letter for letter, _ in votes.most_common() if not _is_taken(letter, names)]
    usual = [letter for letter in kept if letter.partition("_")[0] in BIASES]
    return next(iter([*usual, *kept]), None)


def counted_biases(names: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """The names where a layer has several maps: b_1 is the bias of one, unless arrays have this number too.

    >>> counted_biases({"F": ("w",), "b": ("b_1",)})["b"], counted_biases({"F": ("w_1",), "b": ("b_1",)})["b"]
    (('b',), ('b_1',))
    """
    numbers = {one.partition("_")[2] for role in ("X", "F", "O") for one in names.get(role, ())}
    bare = (one.partition("_")[0] if one.partition("_")[2] not in numbers else one for one in names.get("b", ()))
    return {**names, **({"b": tuple(bare)} if "b" in names else {})}


def _differentials(names: Mapping[str, Sequence[str]], facts: Sequence[Facts]) -> Iterator[tuple[str, str]]:
    r"""Gradients written with a sign alone: \nabla a, dO, ∂Z."""
    for fact in facts:
        inside = {id(part) for node in fact.nodes if isinstance(node, Ratio) for part in walk(node)}
        for node in fact.nodes if isinstance(fact.node, Relation) else ():
            if isinstance(node, Differential) and not node.lower and id(node) not in inside:
                letter = getattr(node.body, "letter", "")
                role = next((role for role, found in names.items() if letter in found and role in GRADIENTS), None)
                if role:
                    yield GRADIENTS[role], MARKS[node.sign] + letter


def index_base(facts: Sequence[Facts], letters: Collection[str], *, sums: bool = True) -> int | None:
    """0 where indices of 0 occur, 1 where other numbers do, else the least bound of `sums`; None without any of these.

    A document that counts from 0 has a zero among every few indices, so a single slip does not count.
    """
    entries = [one for fact in facts for one in fact.entries if plain(one.letter) in letters]
    rank = max((len(one.index) for one in entries), default=0)
    several = [one for one in entries if len(one.index) > 1 or rank == 1]
    positions = [part for one in several for part in one.positions if part is not None]
    if positions:
        return 0 if sum(part == 0 for part in positions) * SLIPS > len(positions) else 1
    return min((bound for fact in facts if sums for bound in _bounds(fact) if bound in (0, 1)), default=None)


def _bounds(fact: Facts) -> Iterator[int]:
    """The numbers that indices of sums start from."""
    for node in fact.nodes:
        for one in node.below if isinstance(node, Bounded) else ():
            start = one.sides[-1] if isinstance(one, Relation) else None
            if isinstance(start, Number):
                yield int(start.value)


SLIPS = 20
"""At most one index in so many is taken for a slip."""
