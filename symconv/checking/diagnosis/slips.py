"""Slips undone in a formula as its author wrote it, names not resolved: the same ones for whoever decides it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import partial

from symconv.checking.diagnosis import derivatives, indices
from symconv.checking.diagnosis.formula import (
    BIASES,
    GRADIENTS,
    Put,
    Slip,
    Undone,
    Written,
    is_loss,
    is_product,
    limits_of,
    on_the_right,
    places,
    text,
)
from symconv.checking.layered.letters import word
from symconv.checking.layered.scripts import scripts
from symconv.checking.operators import FUNCTIONS, SLIDING
from symconv.checking.usual import COUNTS, LOSSES
from symconv.notation.build import times
from symconv.notation.tree import (
    Applied,
    Bounded,
    Differential,
    Named,
    Negative,
    Node,
    Number,
    Operation,
    Partial,
    Power,
    Product,
    Ratio,
    Relation,
    Sum,
    Transpose,
    bound_letters,
    parts_of,
    rebuilt,
    walk,
)

MOST_LETTERS_SWAPPED = 3
"""Letters of indices of which two are exchanged."""
MOST_LETTERS = 12
"""Other names of the text that are tried for one of a formula."""
_TRANSPOSING = re.compile(r"[,^ ]*\{?(?:T|\\top|\\intercal|\\mathsf\{T\}|\\mathrm\{T\}|\\prime)\}?$")
Moves = Mapping[tuple[Node, Node], tuple[Node, Node]]
"""Where sums should begin and end, by where they do."""


def slips(left: Node, right: Node, stated: Iterable[Node]) -> Iterator[Slip]:
    """Both sides with one slip undone, in the order in which people make them.

    >>> from symconv.notation.reading import read
    >>> next(slips(read("u"), read("p - y"), ())).mistake
    'wrong-sign'
    """
    stated = tuple(stated)
    right = plain(right, _arrays(stated))
    written = Written(left, right, stated)
    seen = {(left, right)}
    most = max(1, _gradients(right))
    for rule in RULES:
        for slip in rule(written):
            both = slip.left, slip.right
            if both not in seen and _may_be_meant(slip, most):
                seen.add(both)
                yield slip


def _may_be_meant(slip: Slip, most: int) -> bool:
    """Whether nothing is explained by itself, differentiated twice, or made of more gradients than `most`."""
    parts = [*walk(slip.left), *walk(slip.right)]
    nested = any(isinstance(inner, Partial) for each in parts if isinstance(each, Partial)
                 for part in (each.over, each.under) for inner in walk(part))  # fmt: skip
    itself = any(part == slip.left for part in walk(slip.right))
    constant = any(isinstance(each, Partial) and each.over == each.under for each in parts)
    itself |= any(_is_whole(part, slip.left) for part in walk(slip.right))
    return not (nested or itself or constant) and _gradients(slip.right) <= most


def _is_whole(node: Node, entry: Node) -> bool:
    """Whether a gradient is that by the whole array of which the other one is by an entry."""
    if not (isinstance(node, Partial) and isinstance(entry, Partial) and is_loss(node.over)):
        return False
    return isinstance(entry.under, Named) and node.under == replace(entry.under, lower="")


def _gradients(node: Node) -> int:
    """How many gradients of the loss are multiplied with each other at most."""
    if isinstance(node, Partial):
        return int(is_loss(node.over))
    found = [_gradients(part) for part in parts_of(node)]
    multiplied = isinstance(node, Product) or (isinstance(node, Operation) and node.sign not in "+-")
    return sum(found) if multiplied else max(found, default=0)


def plain(node: Node, arrays: frozenset[str] = frozenset()) -> Node:
    """W(a - y) as a product of W and the bracket, where no function is called; `arrays` are no functions."""

    def change(part: Node) -> Node | None:
        if isinstance(part, Transpose) and isinstance(part.body, Applied) and multiplies(part.body):
            return Product((part.body.head, Transpose(plain(part.body.arguments[0], arrays))))
        if isinstance(part, Applied) and multiplies(part):
            return Product((part.head, plain(part.arguments[0], arrays)))
        if isinstance(part, Product) and any(isinstance(each, Applied) for each in part.factors):
            flat = [plain(each, arrays) for each in part.factors]
            return Product(tuple(x for each in flat for x in (each.factors if isinstance(each, Product) else (each,))))
        return None

    def multiplies(part: Applied) -> bool:
        return is_product(part) or (part.head.letter in arrays and isinstance(part.arguments[0], Sum))

    return rebuilt(node, change)


def _arrays(stated: Iterable[Node]) -> frozenset[str]:
    """Letters that formulas of the text compute without an argument, and are no functions."""
    heads = (node.sides[0] for node in stated if isinstance(node, Relation))
    return frozenset(each.letter for each in heads if isinstance(each, Named) and not each.primes)


# Signs


def _negated(node: Node) -> Node:
    return node.term if isinstance(node, Negative) else Negative(node)


def signs(written: Written, side: Node) -> Iterator[Undone]:
    sums = [(each, put) for each, put in places(side) if isinstance(each, Sum)]
    for each, put in sums:
        if len(each.terms) == 2:
            turned = (each.terms[1], each.terms[0]) if isinstance(each.terms[1], Negative) else each.terms
            new = Sum((turned[0].term, Negative(turned[1]))) if isinstance(turned[0], Negative) else None
            if new is not None:
                yield "wrong-sign", f"the sign is wrong: {text(each)} should be {text(new)}", put(new)
        for at, term in enumerate(each.terms):
            told = term.term if isinstance(term, Negative) else term
            words = f"the sign of {text(told)} should be {'plus' if isinstance(term, Negative) else 'minus'}"
            yield "wrong-sign", words, put(Sum((*each.terms[:at], _negated(term), *each.terms[at + 1 :])))
    whole = Sum(tuple(map(_negated, side.terms))) if isinstance(side, Sum) else _negated(side)
    yield "wrong-sign", "the sign is wrong", whole


# Derivatives of activation functions


def slopes(written: Written, side: Node) -> Iterator[Undone]:
    for each, put in places(side):
        if isinstance(each, Applied) and not each.head.primes and written.is_function(each.head):
            new = replace(each, head=replace(each.head, primes=1))
            words = f"{text(each)} stands where the derivative {text(new)} is meant"
            yield "missing-derivative", words, put(new)
    for slope in _slopes(written):
        words = f"the derivative of the activation function is missing: the factor {text(slope)}"
        if getattr(slope.arguments[0], "lower", "") in _letters(written.left):
            yield "missing-derivative", words, Product((side, slope))
        yield "missing-derivative", words, Operation("⊙", side, slope)


def _letters(node: Node) -> set[str]:
    return {each.lower for each in walk(node) if isinstance(each, Named) and each.lower.isalpha()}


def _slopes(written: Written) -> Iterator[Applied]:
    """Derivatives at what is activated, with the scripts of the names that the left side speaks of."""
    yield from (replace(each, head=replace(each.head, primes=1)) for each in written.activated)
    spoken = [each for each in walk(written.left) if isinstance(each, Named) and not is_loss(each)]
    for argument, head in written.functions.items():
        own = [replace(argument, lower=each.lower, upper=each.upper) for each in spoken]
        for each in dict.fromkeys((argument, *own)):
            yield Applied(Named(head.letter, head.lower, "", 1), (each,))


# Matrices


def matrices(written: Written, side: Node) -> Iterator[Undone]:
    """Two neighbouring factors transposed, or in the other order; one change before two."""
    pairs = [found for each, put in places(side) if isinstance(each, Product) for found in _neighbours(each, put)]
    for most in (1, 2, 3):
        for first, second, put in pairs:
            for one, other, order in itertools.product((False, True), repeat=3):
                if one + other + order == most:
                    yield _turned(first, second, put, (one, other, order))


def _neighbours(node: Product, put: Put) -> Iterator[tuple[Node, Node, Callable[[tuple[Node, ...]], Node]]]:
    for at, (first, second) in enumerate(itertools.pairwise(node.factors)):
        if _is_array(first) and _is_array(second):
            yield (
                first,
                second,
                lambda new, at=at: put(  # type: ignore[misc]
                    Product((*node.factors[:at], *new, *node.factors[at + 2 :]))
                ),
            )


def _is_array(node: Node) -> bool:
    return not isinstance(node, Number | Ratio) and not any(
        isinstance(each, Named) and any(sign in indices.FREE for sign in each.lower) for each in walk(node)
    )


def _turned(
    first: Node, second: Node, put: Callable[[tuple[Node, ...]], Node], turn: tuple[bool, bool, bool]
) -> Undone:
    one, other, order = turn
    new = _transposed(first) if one else first, _transposed(second) if other else second
    new = new[::-1] if order else new
    if order and one == other:
        return "wrong-order", f"the factors have changed places: it should be {text(Product(new))}", put(new)
    told = [each for each, changed in ((first, one), (second, other)) if changed]
    if order:
        words = f"it should be {text(Product(new))}"
    else:
        words = " and ".join(
            f"{text(_bare(each))} {'must not be' if _is_transposed(each) else 'has to be'} transposed" for each in told
        )
    return "missing-transpose", words, put(new)


def _is_transposed(node: Node) -> bool:
    return isinstance(node, Transpose) or (isinstance(node, Named) and scripts(node).transposed)


def _bare(node: Node) -> Node:
    if isinstance(node, Transpose):
        return node.body
    return _transposed(node) if _is_transposed(node) else node


def _transposed(node: Node) -> Node:
    """What is transposed, or was; a label above stays where it is."""
    if isinstance(node, Transpose):
        return node.body
    if isinstance(node, Named) and scripts(node).transposed:
        return replace(node, upper=_TRANSPOSING.sub("", node.upper))
    if isinstance(node, Named) and node.upper.endswith("]"):
        return replace(node, upper=f"{node.upper}T")
    return Transpose(node)


def single_transposes(written: Written, side: Node) -> Iterator[Undone]:
    """One array transposed, or no longer, wherever it stands."""
    for each, put in places(side):
        if isinstance(each, Transpose) or (isinstance(each, Named) and scripts(each).transposed):
            yield "missing-transpose", f"{text(_bare(each))} must not be transposed", put(_transposed(each))


def products(written: Written, side: Node) -> Iterator[Undone]:
    """A matrix product where the entries are multiplied one by one, and the other way round."""
    for each, put in places(side):
        if isinstance(each, Product) and len(each.factors) == 2:
            new: Node = Operation("⊙", *each.factors)
            yield "wrong-product", f"{text(each)} should be the product entry by entry {text(new)}", put(new)
        elif isinstance(each, Operation) and each.sign in "⊙∘":
            new = Product((each.left, each.right))
            yield "wrong-product", f"{text(each)} should be the matrix product {text(new)}", put(new)


# Rotations


def rotations(written: Written, side: Node) -> Iterator[Undone]:
    for each, put in places(side):
        if isinstance(each, Applied) and FUNCTIONS.get(word(each.head.letter)) is FUNCTIONS["rot180"]:
            yield "rotated-twice", f"{text(each.arguments[0])} must not be rotated by 180°", put(each.arguments[0])
        elif isinstance(each, Operation) and each.sign in SLIDING:
            for name, inner in (("right", each.right), ("left", each.left)):
                if isinstance(inner, Named | Partial | Differential):
                    new = replace(each, **{name: Applied(Named("rot180"), (inner,))})  # type: ignore[arg-type]
                    yield "not-rotated", f"{text(inner)} has to be rotated by 180°", put(new)


# Names


def gradients(written: Written, side: Node) -> Iterator[Undone]:
    """An array where its gradient is meant, and a local gradient where that of the loss is."""
    for each, put in places(side):
        new: Node | None = None
        kind = "not-a-gradient"
        if isinstance(each, Named):
            new = written.gradient(each)
        elif isinstance(each, Partial) and not is_loss(each.over):
            new, kind = written.gradient(each.over), "local-gradient"
        if new is not None:
            yield kind, f"{text(each)} should be {text(new)}", put(new)


def other_gradients(written: Written, side: Node) -> Iterator[Undone]:
    """A gradient of the text in the place of another one, that of an array with the same scripts first."""
    known = dict.fromkeys(name for node in (side, *written.stated) for _, name in _gradients_by(node))
    for old, own in dict.fromkeys(_gradients_by(side)):
        for name in sorted(known, key=lambda name, own=own: (name.lower, name.upper) != (own.lower, own.upper)):  # type: ignore[misc]
            if name != own and name.letter not in BIASES:
                new = replace(old, under=name)
                yield "wrong-letter", f"{text(old)} should be {text(new)}", _exchanged(side, old, new)


def _gradients_by(node: Node) -> Iterator[tuple[Partial, Named]]:
    """The gradients of the loss by whole arrays, and these; numbers may stand below them."""
    for each in walk(node):
        match each:
            case Partial(under=Named() as name) if is_loss(each.over) and not any(map(str.isalpha, name.lower)):
                yield each, name


def names(written: Written) -> Iterator[Slip]:
    """One name exchanged for another one of the text, on the right or, where that was computed, on the left."""
    for on_left, side in ((False, written.right), (True, written.left)):
        known = set(written.names)
        own = [each for each in dict.fromkeys(walk(side)) if each in known and not (is_loss(each) or _counts(each))]
        for old in own:
            for mistake, new in itertools.islice(_others(written, old), MOST_LETTERS):
                changed = _exchanged(side, old, new)
                words = f"{text(old)} should be {text(new)}"
                if on_left:
                    words = f"this is the value of {text(changed)}, not of {text(side)}"
                    mistake = "wrong-layer" if mistake == "wrong-layer" else "wrong-entry"
                both = (changed, written.right) if on_left else (written.left, changed)
                yield Slip(mistake, words, *both)


def _counts(node: Node) -> bool:
    """Whether a letter says how many there are of something, such as N."""
    return isinstance(node, Named) and node.letter in COUNTS and not node.has_scripts


def turned(written: Written) -> Iterator[Slip]:
    """The gradient by one array made of that by another, where the other way round is meant."""
    if not isinstance(written.left, Partial):
        return
    first = written.left.under
    for other in [each.under for each in walk(written.right) if isinstance(each, Partial) and is_loss(each.over)]:
        left, right = _exchanged(written.left, first, other), _exchanged(written.right, other, first)
        yield Slip("wrong-letter", f"{text(first)} and {text(other)} have changed places", left, right)


def _exchanged(side: Node, old: Node, new: Node) -> Node:
    return rebuilt(side, lambda part: new if part == old else None)


def _others(written: Written, old: Named) -> Iterator[tuple[str, Named]]:
    """Other names: of another layer first, then with another letter and the same scripts, then any other."""
    if scripts(old).label is not None:
        yield from (("wrong-layer", replace(old, **each)) for each in indices.other_layers(old))  # type: ignore[arg-type]
    same = [each for each in written.names if each.letter == old.letter and each != old]
    layers = any(each.letter.isupper() and each.letter[-1] in "WwΘ" for each in written.names)
    for each in same:
        if each.upper == old.upper and each.lower.isdigit() and old.lower.isdigit():
            yield "wrong-layer" if layers else "neighbouring-index", each
    passed = {old.letter, *BIASES, *LOSSES, "c", *written.counting}
    letters = dict.fromkeys(each.letter for each in written.names if each.letter not in passed)
    others = [replace(old, letter=letter) for letter in letters]
    for each in sorted(others, key=lambda each: each not in written.names):
        kind = "not-a-gradient" if each.letter in GRADIENTS and old.letter not in GRADIENTS else "wrong-letter"
        yield kind, each
    if not any(old in walk(each) for each in walk(written.right) if isinstance(each, Partial)):
        biases = dict.fromkeys(each.letter for each in written.names if each.letter in BIASES)
        yield from (("wrong-letter", replace(old, letter=letter)) for letter in biases if letter != old.letter)
    yield from (("wrong-letter", each) for each in written.names
                if each.letter not in passed and not (each.lower + each.upper) and (old.lower + old.upper))  # fmt: skip


# Indices and sums


def places_of_indices(written: Written, side: Node) -> Iterator[Undone]:
    """The indices of one name shifted, exchanged, with another sign, or with the stride."""
    under = {part for each in walk(side) for part in _differentiated(each)}
    for old in dict.fromkeys(each for each in walk(side) if isinstance(each, Named) and each.lower):
        for mistake, lower in indices.changed(old.lower, written.steps):
            new = replace(old, lower=lower)
            if mistake == "wrong-sign" and old in under:
                mistake = "not-rotated"
            yield mistake, f"{text(old)} should be {text(new)}", _exchanged(side, old, new)


def _differentiated(node: Node) -> tuple[Node, ...]:
    """By what the loss is differentiated in a gradient, or the letter of one."""
    match node:
        case Partial(under=body) | Differential(body=body):
            return (body,)
        case Named(letter) if letter in (*GRADIENTS, "G"):
            return (node,)
        case _:
            return ()


def letters(written: Written, side: Node) -> Iterator[Undone]:
    """Two letters of indices exchanged everywhere, or one for the other in a single name."""
    found = list(dict.fromkeys((*indices.letters(side), *indices.letters(written.left))))
    own = dict.fromkeys(each for each in walk(side) if isinstance(each, Named) and each.lower)
    for first, second in itertools.combinations(found[:MOST_LETTERS_SWAPPED], 2):
        new = {each: replace(each, lower=indices.exchanged(each.lower, first, second)) for each in own}
        yield "swapped-indices", f"{first} and {second} have changed places", rebuilt(side, partial(_renamed, new=new))
        for each, put in places(side):
            if isinstance(each, Named) and each.lower in (first, second):
                yield "neighbouring-index", f"{text(each)} should be {text(new[each])}", put(new[each])


def _renamed(part: Node, new: Mapping[Named, Named]) -> Node | None:
    return new.get(part) if isinstance(part, Named) else None


def sums(written: Written, side: Node) -> Iterator[Undone]:
    bound = {letter for each in walk(side) for letter in bound_letters(each)}
    named = {*indices.letters(written.left), *indices.above(written.left)}
    summed = [each for each in (*indices.letters(side), *indices.above(side)) if each not in named | bound]
    again = ", ".join(sorted(named & bound))
    if again:
        words = f"{again} stands on the left side and cannot be summed over"
        without = _not_summed(side, named)
        yield from (("free-index-summed", words, new) for new in _sums(written, summed, without))
    elif summed:
        words = f"the sum over {', '.join(summed)} is missing"
        yield from (("missing-sum", words, new) for new in _sums(written, summed, side))
    elif not bound and not indices.letters(side):
        yield "missing-sum", f"the sum over all entries of {text(side)} is missing", Bounded("∑", (), (), side)


def chains(written: Written, side: Node) -> Iterator[Undone]:
    """A chain rule through one entry where all entries depend on what it is differentiated by."""
    slopes = [each for each in walk(side) if isinstance(each, Partial)]
    named = {each.under for each in slopes} & {each.over for each in slopes}
    for old in (each for each in named if isinstance(each, Named) and len(each.lower) == 1):
        letter = next(each for each in "kjmn" if each not in (*indices.letters(side), *indices.letters(written.left)))
        words = f"the sum over all entries of {old.letter} is missing"
        yield "missing-sum", words, _summed([letter], _exchanged(side, old, replace(old, lower=letter)))


def _sums(written: Written, letters: Sequence[str], body: Node) -> Iterator[Node]:
    """Summed over some letters as the text does, and over whatever there is."""
    limits = dict(reversed(written.sums))
    if letters and all(letter in limits for letter in letters):
        whole = body
        for letter in reversed(letters):
            low, high = limits[letter]
            whole = Bounded("∑", (Relation((_name(letter), low)),), (high,), whole)
        yield whole
    yield _summed(letters, body)


def _summed(letters: Sequence[str], body: Node) -> Node:
    return Bounded("∑", tuple(map(_name, letters)), (), body) if letters else body


def _not_summed(side: Node, named: Collection[str]) -> Node:
    """A side without its sums over some letters."""

    def change(part: Node) -> Node | None:
        return (
            _not_summed(part.body, named) if isinstance(part, Bounded) and {*bound_letters(part)} & {*named} else None
        )

    return rebuilt(side, change)


def _name(letter: str) -> Named:
    bare = letter.rstrip("'")
    return Named(bare, primes=len(letter) - len(bare))


def ranges(written: Written, side: Node) -> Iterator[Undone]:
    """Sums that begin or end one earlier or later, or that run over all entries."""
    limited = [each for each in walk(side) if isinstance(each, Bounded) and limits_of(each)]
    for by in SHIFTS if limited else ():
        move = {limits: indices.shifted(*limits, *by) for limits in written.limits}
        yield "wrong-range", _range_told(limited[0], move), rebuilt(side, partial(_relimited, move=move))
    if limited:
        told = [each for found in limited for each in bound_letters(found)]
        words = f"the sum over {' and '.join(told)} has to take in every entry once"
        yield "wrong-range", words, rebuilt(side, _unlimited)


SHIFTS = ((0, -1), (0, 1), (1, 1), (-1, -1), (1, 0), (-1, 0))
"""By how much sums begin and end too early or too late."""


def _unlimited(part: Node) -> Node | None:
    if not isinstance(part, Bounded) or not limits_of(part):
        return None
    return Bounded("∑", tuple(map(_name, bound_letters(part))), (), rebuilt(part.body, _unlimited))


def _relimited(part: Node, move: Moves) -> Node | None:
    limits = limits_of(part) if isinstance(part, Bounded) else None
    if limits is None or not isinstance(part, Bounded):
        return None
    low, high = move.get(limits, limits)
    below = Relation((_name(bound_letters(part)[0]), low))
    return Bounded("∑", (below,), (high,), rebuilt(part.body, partial(_relimited, move=move)))


def _range_told(node: Bounded, move: Moves) -> str:
    limits = limits_of(node)
    assert limits is not None
    low, high = move[limits]
    return f"the sum over {bound_letters(node)[0]} has to run from {text(low)} to {text(high)}"


# Factors


def factors(written: Written, side: Node) -> Iterator[Undone]:
    yield from _without_factors(side)
    times_factor = partial(Operation, "⊙", side) if _is_entrywise(side) else lambda factor: Product((side, factor))
    for number in (Fraction(1, 2), 2, Fraction(1, 4), 4):
        told = text(Number(number))
        yield "missing-factor", f"the factor {told} is missing", times(number, side)
    for letter in filter(_counts, written.names):
        yield "missing-factor", f"the factor 1/{letter.letter} is missing", Product((Ratio(Number(1), letter), side))
        two = Ratio(Number(2), letter)
        yield "missing-factor", f"the factor 2/{letter.letter} is missing", Product((two, side))
    for each, put in places(side):
        if isinstance(each, Power) and each.exponent == Number(2):
            yield "missing-factor", f"{text(each)} should be {text(each.base)}", put(each.base)
        elif isinstance(each, Ratio) and not isinstance(each.over, Number):
            new = Ratio(each.under, each.over)
            yield "missing-factor", f"{text(each)} should be {text(new)}", put(new)
    for factor in itertools.islice(_likely(written), MOST_LETTERS):
        yield "missing-factor", f"the factor {text(factor)} is missing", times_factor(factor)


def _is_entrywise(side: Node) -> bool:
    return isinstance(side, Operation) and side.sign in "⊙∘"


def _without_factors(side: Node) -> Iterator[Undone]:
    for count in (1, 2):
        for each, put in places(side):
            if isinstance(each, Product) and len(each.factors) > count:
                for left in itertools.combinations(each.factors, len(each.factors) - count):
                    gone = [factor for factor in each.factors if factor not in left]
                    told = text(gone[0] if len(gone) == 1 else Product(tuple(gone))) if gone else ""
                    new = left[0] if len(left) == 1 else Product(left)
                    kind = "wrong-coefficient" if all(isinstance(each, Number) for each in gone) else "extra-factor"
                    yield kind, f"the factor {told} is too much", put(new)


def _likely(written: Written) -> Iterator[Node]:
    """What is multiplied in the text: functions of one argument, 1 minus something, names with the same letters."""
    nodes = (written.right, written.left, *written.stated)
    parts = list(dict.fromkeys(part for node in nodes for part in walk(node)))
    yield from (part for part in parts if _is_call(part, written) or _is_rest(part) or _is_power_of_e(part))
    own_names = dict.fromkeys(part for part in walk(written.right) if isinstance(part, Named) and part in written.names)
    yield from (Sum((Number(1), Negative(name))) for name in own_names)
    own = {each.lower for each in walk(written.left) if isinstance(each, Named)}
    passed = {*LOSSES, *written.counting}
    yield from (each for each in written.names if each.lower in own and not each.upper and each.letter not in passed)


def _is_call(node: Node, written: Written) -> bool:
    return isinstance(node, Applied) and len(node.arguments) == 1 and written.is_function(node.head)


def _is_power_of_e(node: Node) -> bool:
    return isinstance(node, Named) and node.letter == "e" and bool(node.upper)


def _is_rest(node: Node) -> bool:
    """1 - a, as in the derivatives of many functions."""
    return isinstance(node, Sum) and len(node.terms) == 2 and node.terms[0] == Number(1)


RULES: tuple[Callable[[Written], Iterator[Slip]], ...] = (
    *map(on_the_right, (
        derivatives.gradients, other_gradients, signs, derivatives.exponents, slopes, derivatives.slopes,
        derivatives.paths, matrices, single_transposes, rotations, gradients, letters, places_of_indices, sums, chains,
        ranges,
    )),
    names, turned, *map(on_the_right, (
        factors, derivatives.powers, derivatives.divisors, derivatives.deltas, products,
    )),
)  # fmt: skip
"""From the slips that people make most to those that explain too much."""
