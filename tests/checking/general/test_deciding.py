"""Formulas with index letters against nested loops: the right ones in many notations, and what changes make of them."""

import random
from dataclasses import replace

import pytest

from symconv.checking.context import Context
from symconv.checking.general import Hints, decide
from symconv.layers.conv import Conv
from symconv.notation.reading import read
from tests.checking.general.formulas import TRUE
from tests.checking.general.stated import Expression, Notation, geometries, holds

NOTATIONS = [
    Notation(), Notation("small", "packed"), Notation("layers", "call", r" \cdot "),
    Notation("plain", "bracket", " * "), Notation("small", "above", r" \times ", together=True),
]  # fmt: skip
SIZES = {"n": "input", "k": "filter", "o": "output", "s": "stride", "in": "in_channels", "out": "out_channels"}


def hints_of(formula):
    sizes = {name: SIZES[size if isinstance(size, str) else size[0]] for name, size in formula.sizes.items()}
    return Hints(sizes=sizes, rank=len([axis for axis in formula.axes["O"] if axis.isdigit()]))


def layer_of(formula):
    """A layer of the formula's stride; its sizes play no part."""
    rank = len([axis for axis in formula.axes["O"] if axis.isdigit()])
    stride = formula.options.get("stride", 1)
    strides = 1 if stride == "letters" else (stride, stride + 1)[:rank] if stride != 1 and not formula.sizes else stride
    channels = 3 if "group" in formula.axes["O"] else 1
    return Conv(input=(9,) * rank, filter=(2,) * rank, stride=strides, in_channels=channels, out_channels=channels,
                groups=channels)  # fmt: skip


def decided(formula, notation, **more):
    context = Context(layer=layer_of(formula), names=notation.names, index_base=formula.base)
    return decide(read(notation.written(formula)), context, replace(hints_of(formula), **more))


def truth(formula):
    stride = formula.options.get("stride", 1)
    return all(holds(formula, geometry) for geometry in geometries(formula, stride))


@pytest.mark.parametrize("formula", TRUE, ids=lambda formula: formula.name)
def test_the_formulas_are_right(formula):
    assert truth(formula)


@pytest.mark.parametrize("notation", NOTATIONS, ids=lambda notation: f"{notation.letters}-{notation.index}")
@pytest.mark.parametrize("formula", TRUE, ids=lambda formula: formula.name)
def test_a_right_formula_is_proved_in_every_notation(formula, notation):
    answer = decided(formula, notation)
    assert answer.verdict == "proved", (notation.written(formula), answer)
    assert answer.scope == "sizes"


# Changes


def changed(formula, draw):
    """The formula with one change that somebody might make by mistake."""
    return draw.choice([shifted, other_letter, other_order, other_sign, other_limit, other_array])(formula, draw)


def with_factor(formula, at, factor):
    factors = list(formula.factors)
    factors[at] = factor
    return replace(formula, factors=tuple(factors))


def some_index(formula, draw):
    at = draw.randrange(len(formula.factors))
    role, indices = formula.factors[at]
    return at, role, list(indices), draw.randrange(len(indices)) if indices else None


def shifted(formula, draw):
    at, role, indices, which = some_index(formula, draw)
    if which is None:
        return formula
    indices[which] = indices[which] + 1 if draw.random() < 0.5 else indices[which] - 1
    return with_factor(formula, at, (role, indices))


def other_letter(formula, draw):
    at, role, indices, which = some_index(formula, draw)
    names = [each.letter for each in formula.sums] + [letter for letter, *_ in formula.free]
    if which is None or not names:
        return formula
    name = draw.choice(names)
    indices[which] = Expression(name, lambda at_: at_[name], (name,))
    return with_factor(formula, at, (role, indices))


def other_order(formula, draw):
    at, role, indices, which = some_index(formula, draw)
    if which is None or len(indices) < 2:
        return formula
    one, other = draw.sample(range(len(indices)), 2)
    indices[one], indices[other] = indices[other], indices[one]
    return with_factor(formula, at, (role, indices))


def other_sign(formula, draw):
    at, role, indices, which = some_index(formula, draw)
    if which is None or draw.random() < 0.2:
        return replace(formula, sign=-1)
    indices[which] = 0 - indices[which]
    return with_factor(formula, at, (role, indices))


def other_limit(formula, draw):
    limited = [at for at, each in enumerate(formula.sums) if each.high is not None]
    if not limited:
        return shifted(formula, draw)
    at = draw.choice(limited)
    sums = list(formula.sums)
    high = sums[at].high + 1 if draw.random() < 0.5 else sums[at].high - 1
    sums[at] = replace(sums[at], high=high)
    return replace(formula, sums=tuple(sums))


def other_array(formula, draw):
    at = draw.randrange(len(formula.factors))
    role, indices = formula.factors[at]
    same = [other for other in ("X", "F", "G") if len(formula.axes["O" if other == "G" else other]) == len(indices)]
    return with_factor(formula, at, (draw.choice(same), indices)) if same and "/" not in role else formula


@pytest.mark.parametrize("formula", TRUE, ids=lambda formula: formula.name)
def test_a_changed_formula_is_judged_as_the_loops_judge_it(formula):
    draw = random.Random(formula.name)
    for number in range(10):
        other = changed(formula, draw)
        notation = NOTATIONS[0] if number % 2 else NOTATIONS[2]
        answer = decided(other, notation, layout={role: axes for role, axes in formula.axes.items() if axes})
        expected = "proved" if truth(other) else "refuted"
        assert answer.verdict == expected, (notation.written(other), answer)
