"""Sums of products without anything summed over, for comparing lines whose strides and dilations are letters."""

from __future__ import annotations

from functools import reduce
from operator import and_

from symconv.layers.general import MAPS, GeneralConv
from symconv.proof.general_meaning import Condition, Term, named, within
from symconv.proof.polynomial import Polynomial


def taps(layer: GeneralConv) -> list[Term]:
    """The layer by its taps: output i reads input s·i + d·f - a through the filter's entry that lies at place f."""
    axes = range(layer.rank)
    n, k, s, d, a, o = ([Polynomial.letter(named(layer.size(size, at))) for at in axes] for size in "nksdao")
    i = [Polynomial.letter(named(letter)) for letter in layer.positions("O")]
    f = [Polynomial.letter(f"v_{at}") for at in axes]
    x = [s[at] * i[at] + d[at] * f[at] - a[at] for at in axes]
    laid = [k[at] - 1 - f[at] if layer.convention == "convolution" else f[at] for at in axes]
    example, out, into = ([Polynomial.letter(name)] if layer.channels else [] for name in ("nu", "mu", "v_in"))
    lengths = map(Polynomial.letter, MAPS.values())
    maps = [within(place, length) for place, length in zip((*example, *out, *into), lengths, strict=False)]
    outputs = reduce(and_, (*maps[:2], *map(within, i, o)))
    given = reduce(and_, (*maps, outputs, *map(within, f, k), *map(within, x, n)))
    given &= Condition(bound=tuple(str(place) for place in (*into, *f)))
    found = [Term(1, (("F", (*out, *into, *laid)), ("X", (*example, *into, *x))), given)]
    if layer.bias:
        found.append(Term(1, (("b", (*out, *(i if layer.bias == "entry" else ()))),), outputs))
    return found


def canonical(term: Term) -> tuple[object, ...] | None:
    """A term with nothing summed over, in the one way to write it; None where an unknown cannot be eliminated or where
    what must hold does not stand among what is given.

    Every equation in which a letter stands alone says what that letter is, and is used for it once.
    """
    names: list[str] = []
    places: list[Polynomial] = []
    for role, row in term.factors:
        names += [f"t_{role}_{at}" for at in range(len(row))]
        places += row
    zero = {*term.given.zero, *(place - Polynomial.letter(name) for name, place in zip(names, places, strict=True))}
    least, needs = set(term.given.least), term.needs
    everything = sorted({letter for each in (*zero, *least) for letter in each.letters})
    kept: set[Polynomial] = set()
    for letter in (*term.given.bound, *sorted(everything, key=lambda name: (not name.startswith("t_"), name))):
        equation = min((each for each in zero if each.solved(letter) is not None), key=str, default=None)
        value = None if equation is None else equation.solved(letter)
        if equation is None or value is None:
            continue
        zero.discard(equation)
        zero, least, kept = ({each.at({letter: value}) for each in some} for some in (zero, least, kept))
        needs = needs.at({letter: value})
        if letter not in term.given.bound:
            kept.add(equation)
    left = {each for each in (*zero, *kept) if each.terms}
    if any(set(term.given.bound) & each.letters for each in (*left, *least)):
        return None
    bounds = {each for each in least if each.constant is None}
    if any(each.constant is not None and each.constant < 0 for each in least) or not _follow(needs, left, bounds):
        return None
    shown = tuple(tuple(sorted(map(str, some))) for some in ({each.as_equation() for each in left}, bounds))
    return term.coefficient, term.roles, *shown


def _follow(needs: Condition, zero: set[Polynomial], least: set[Polynomial]) -> bool:
    """Whether what is needed stands among what is given."""
    equations = {each.as_equation() for each in zero}
    whole = all(not each.terms or each.as_equation() in equations for each in needs.zero)
    return whole and all(each in least or (each.constant or -1) >= 0 for each in needs.least)
