"""Lines with general indices: right ones proved, every changed one refuted or the same after all."""

from dataclasses import fields, replace
from itertools import product

import pytest

import symconv as sc
from symconv.derivation.general_lines import Lines
from symconv.layers.general import GeneralConv
from symconv.notation.tree import (
    Big,
    Delta,
    Divides,
    Inside,
    Iverson,
    Letter,
    Negative,
    Node,
    Number,
    Place,
    Position,
    Product,
    Relation,
    Sum,
    equals,
)
from symconv.proof.general import LineProver, prove_lines, steps
from symconv.proof.general_meaning import UnreadableError, free_letters
from symconv.proof.polynomial import Polynomial
from tests.general import Loops, NoEntryError, value

LAYERS = {
    "plain": GeneralConv(bias="map"),
    "true convolution": GeneralConv(convention="convolution"),
    "bias of each entry": GeneralConv(bias="entry"),
    "channels": GeneralConv(batch=2, bias="map"),
    "two axes": GeneralConv(axes=2, bias="entry"),
    "everything": GeneralConv(axes=2, batch=2, bias="map", convention="convolution"),
}
GEOMETRIES = [
    (n, k, s, d, a, c)
    for k, s, d, a, c in product((1, 2, 3), (1, 2, 3), (1, 2, 3), (-1, 0, 1, 2), (0, 1))
    for n in (1, 2, 4, 5)
    if n + a + c >= d * (k - 1) + 1
]


@pytest.mark.parametrize("name", LAYERS)
def test_every_line_is_proved_for_all_sizes(name):
    for proof in prove_lines(Lines(LAYERS[name]), most=3):
        assert proof.holds, proof
        assert proof.verdict == "proved"
        assert proof.everywhere or proof.route == "size", proof


def test_strides_and_dilations_from_1_to_8_are_decided():
    prover = LineProver(Lines(GeneralConv()))
    assert len(steps(prover.layer, {}, 8)) == 64
    proof = prover.prove(prover.lines["dX"])
    assert (proof.holds, proof.strides, proof.dilations) == (True, "1–8", "1–8")
    assert "strides 1–8, dilations 1–8" in str(proof)


def test_on_two_axes_each_meets_every_pair():
    chosen = steps(GeneralConv(axes=2), {}, 8)
    for axis in "12":
        assert len({(each[f"s_{{{axis}}}"], each[f"d_{{{axis}}}"]) for each in chosen}) == 64


# Changed lines


def changed(node):
    """The node with one thing in it wrong, in every way that this knows."""
    yield from own_changes(node)
    for part in fields(node):
        held = getattr(node, part.name)
        if isinstance(held, Node):
            for other in changed(held):
                yield replace(node, **{part.name: other})
        elif isinstance(held, tuple):
            yield from (replace(node, **{part.name: other}) for other in changed_tuple(held))


def changed_tuple(held):
    for at, each in enumerate(held):
        inner = changed(each) if isinstance(each, Node) else changed_tuple(each) if isinstance(each, tuple) else ()
        for other in inner:
            yield (*held[:at], other, *held[at + 1 :])


def own_changes(node):
    match node:
        case Negative(term):
            yield term
        case Letter(letter) if letter in EXCHANGED:
            yield Letter(EXCHANGED[letter])
        case Position(letter) if letter in EXCHANGED:
            yield Position(EXCHANGED[letter])
        case Sum(terms) if len(terms) > 1:
            yield from (Sum((*terms[:at], *terms[at + 1 :])) for at in range(len(terms)))
            yield Sum((*terms[:-1], Negative(terms[-1])))
        case Place(body=body):
            yield Place(body=Sum((body, Number(1))))
        case Product(factors):
            yield from (
                Product((*factors[:at], *factors[at + 1 :]))
                for at, factor in enumerate(factors)
                if isinstance(factor, Delta | Iverson)
            )
        case Iverson(rows):
            for number, row in enumerate(rows):
                shorter = ((*row[:at], *row[at + 1 :]) for at in range(len(row)))
                yield from (Iverson((*rows[:number], left, *rows[number + 1 :])) for left in shorter)
        case Inside(place, size):
            yield Inside(place, Sum((size, Number(1))))
            yield Inside(Place(body=Sum((place.body, Number(1)))), size)


EXCHANGED = {"s": "d", "d": "s", "n": "k", "k": "n", "o": "n", "a": "c", "c": "a", "u": "i", "i": "u", "r": "a"}
LINES = {
    "forward": 8, "local F": 8, "dF": 7, "local X": 20, "dX": 20, "dX by filter": 20, "S": 10, "dX as correlation": 15,
    "length": 8, "db": 1, "size": 8,
}  # fmt: skip
"""Each line, and at least how many ways to change it are refuted."""


def disagreement(relation, defines):
    """A geometry and positions at which two sides differ by loops, or one names an entry that does not exist."""
    first = relation.sides[int(defines)]
    letters = sorted(free_letters(relation.sides[0]))
    for geometry in GEOMETRIES:
        loops = Loops(GeneralConv(bias="map"), [geometry])
        for places in product(*map(loops.range_of, letters)):
            at = dict(zip(letters, places, strict=True))
            if any(is_wrong(side, first, at, loops) for side in relation.sides[1 + int(defines) :]):
                return geometry
    return None


def is_wrong(side, first, at, loops):
    try:
        return value(side, at, loops) != value(first, at, loops)
    except NoEntryError:
        return True


@pytest.mark.parametrize("name", LINES)
def test_every_changed_line_is_refuted_or_the_same_after_all(name):
    """Loops confirm the counterexample of each, and find none where a change is proved to change nothing."""
    lines = Lines(GeneralConv(bias="map"))
    line = lines[name]
    prover = LineProver(lines, most=3)
    refuted = 0
    start = 1 + line.defines
    for sides in changed_tuple(line.relation.sides[start:]):
        relation = Relation((*line.relation.sides[:start], *sides))
        proof = prover.prove(replace(line, relation=relation))
        if proof.holds:
            assert disagreement(relation, line.defines) is None, proof
        elif proof.verdict == "refuted":
            refuted += 1
            assert not proof.everywhere
            assert not never_claimed_everywhere(prover, relation, line)
            assert confirmed(relation, line.defines, proof.point), proof
        else:
            assert "neither free nor summed over" in proof.undecided or "do not depend on" in proof.undecided
    assert refuted >= LINES[name]


def never_claimed_everywhere(prover, relation, line):
    """Whether elimination calls a line right that isl refutes."""
    return prover.everywhere(prover.sides(relation)[int(line.defines) :], line.only)


def confirmed(relation, defines, point):
    """Whether loops see two sides differ at the sizes and letters of a counterexample."""
    geometry = tuple(point[letter] for letter in "nksdac")
    loops = Loops(GeneralConv(bias="map"), [geometry], seed=1)
    at = {letter: point[letter] for letter in free_letters(relation.sides[0])}
    first = relation.sides[int(defines)]
    sides = relation.sides[1 + int(defines) :]
    again = Loops(GeneralConv(bias="map"), [geometry], seed=2)
    return any(is_wrong(side, first, at, each) for side in sides for each in (loops, again))


def line_with(name, change):
    """A line whose last side is changed by a function."""
    lines = Lines(GeneralConv())
    line = lines[name]
    first, *_, last = line.relation.sides
    return LineProver(lines, most=3), replace(line, relation=equals(first, change(last)))


def without(side, kind):
    """A side whose brackets have lost the conditions of one kind."""
    if isinstance(side, Big):
        return replace(side, body=without(side.body, kind))
    rows = lambda bracket: tuple(tuple(c for c in row if not isinstance(c, kind)) for row in bracket.rows)  # noqa: E731
    return Product(tuple(Iverson(rows(f)) if isinstance(f, Iverson) else f for f in side.factors))


@pytest.mark.parametrize("name", ["local X", "dX", "dX by filter", "S"])
@pytest.mark.parametrize("kind", [Divides, Inside])
def test_a_bracket_without_its_divisibility_or_its_bounds_is_refuted(name, kind):
    """What SymPy's summation over KroneckerDelta leaves out: then an entry is named that does not exist."""
    prover, line = line_with(name, lambda side: without(side, kind))
    proof = prover.prove(line)
    assert proof.verdict == "refuted"
    step = "s" if name in ("dX by filter", "S") else "d"
    assert kind is Inside or proof.point[step] > 1


def test_the_counterexample_is_small():
    prover, line = line_with("dX at stride 1", lambda side: without(side, Inside))
    point = prover.prove(line).point
    assert (point["n"], point["k"], point["s"], point["d"]) == (2, 2, 1, 1)


def test_a_line_that_cannot_be_read_is_no_proof():
    lines = Lines(GeneralConv())
    line = lines["forward"]
    nowhere = replace(line, relation=equals(line.relation.sides[0], lines["dX"].relation.sides[-1]))
    proof = LineProver(lines, most=1).prove(nowhere)
    assert (proof.holds, proof.verdict) == (False, "undecided")
    assert "neither free nor summed over" in proof.undecided


def test_a_sum_over_what_no_product_depends_on_is_not_decided():
    lines = Lines(GeneralConv())
    line = lines["dF"]
    twice = Big(("p",), line.relation.sides[-1])
    proof = LineProver(lines, most=1).prove(replace(line, relation=equals(line.relation.sides[0], twice)))
    assert (proof.verdict, proof.everywhere) == ("undecided", False)


def test_isl_past_its_limit_is_undecided():
    lines = Lines(GeneralConv())
    proof = LineProver(lines, most=1, limit=3).prove(lines["dX"])
    assert (proof.holds, proof.verdict) == (False, "undecided")
    assert "isl gave up" in proof.undecided


def test_with_numbers_only_these_are_decided():
    derivation = sc.derive(GeneralConv(stride=2, dilation=3))
    proofs = {proof.route: proof for proof in derivation.proofs}
    assert (proofs["dX with numbers"].strides, proofs["dX with numbers"].dilations) == ("2", "3")
    assert all(proof.holds for proof in proofs.values())


# Polynomials


def test_polynomials_are_what_their_letters_make_them():
    x, y = Polynomial.letter("x"), Polynomial.letter("y")
    square = (x + y) * (x - y) + 3
    assert square == x * x - y * y + 3
    assert square.at({"x": 4, "y": 2}).constant == 15
    assert square.at({"x": y + 1}) == 2 * y + 4
    assert (2 * x - y).solved("y") == 2 * x
    assert (2 * x - y).solved("x") is None
    assert (x * y - y).solved("y") is None
    assert (2 * x - 4).as_equation() == (2 - x).as_equation()


def test_a_letter_that_indexes_nothing_is_unreadable():
    with pytest.raises(UnreadableError, match="indexes nothing"):
        LineProver(Lines(GeneralConv())).meaning.side(Number(1), ["z"])
