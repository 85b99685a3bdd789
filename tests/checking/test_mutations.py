"""One index, sign, number or letter of a right equation changed: refuted exactly where that changes the meaning."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from symconv.checking.context import Context
from symconv.checking.diagnosis import MISTAKES, diagnose
from symconv.checking.judging import Judge
from symconv.layers.avg_pool import AvgPool
from symconv.layers.conv import Conv
from symconv.layers.dense import Dense
from symconv.layers.flatten import Flatten
from symconv.layers.max_pool import MaxPool
from symconv.notation.reading import read
from tests.checking.handwritten import ARRAYS, Entry, Equation, Oracle, Pen, Product, entries_of, oracle, right

LAYERS: dict[str, Any] = {
    "conv": Conv(input=(3, 3), filter=(2, 2)),
    "unequal sizes": Conv(input=(3, 4), filter=(2, 3)),
    "stride": Conv(input=(5, 5), filter=(2, 3), stride=2),
    "remainder": Conv(input=(4, 4), filter=(3, 2), stride=2),
    "padding": Conv(input=(3, 3), filter=(3, 3), padding=1),
    "dilation": Conv(input=(5, 4), filter=(2, 2), dilation=2),
    "everything": Conv(input=(4, 5), filter=(2, 2), stride=2, padding=1, dilation=2),
    "bias": Conv(input=(3, 3), filter=(2, 2), bias="map"),
    "true convolution": Conv(input=(4, 3), filter=(2, 2), convention="convolution"),
    "channels": Conv(input=(3, 3), filter=(2, 2), in_channels=2, out_channels=3),
    "one axis": Conv(input=7, filter=3, stride=2),
    "three axes": Conv(input=(2, 3, 2), filter=(2, 2, 1)),
    "average pool": AvgPool(input=(4, 4), window=(2, 2)),
    "overlapping average pool": AvgPool(input=(4, 5), window=(2, 3), stride=1),
    "padded average pool": AvgPool(input=(3, 3), window=(2, 2), padding=1),
    "max pool": MaxPool(input=(4, 4), window=(2, 2)),
    "overlapping max pool": MaxPool(input=(3, 3), window=(2, 2), stride=1),
    "dense": Dense(inputs=3, outputs=2),
    "flatten": Flatten(input=(2, 3)),
}
PENS = (
    Pen({"X": "x", "F": "w", "O": "z", "L": "L", "b": "b", "M": "m"}),
    Pen({"X": "A", "F": "K", "O": "Y", "L": "E", "b": "c", "M": "M", "G": r"\delta"}, 0),
    Pen({"X": "I", "F": "f", "O": "o", "L": r"\mathcal{L}", "b": "b", "M": "m", "G": "g"}, 1, "comma", r" \cdot "),
    Pen({"X": "X", "F": "W", "O": "Z", "L": "J", "b": "b", "M": "M"}, 0, "brackets"),
    Pen({"X": "U", "F": r"\theta", "O": "V", "L": "C", "b": "b", "M": "M", "G": "D"}, 1, "comma", " * "),
)
EQUATIONS = 6
"""Right equations for each layer and pen."""
MUTATIONS = 5
"""Changes to each."""
DIAGNOSED = 5
"""Changed equations for each layer that are diagnosed."""


@pytest.mark.parametrize("pen", PENS, ids=lambda pen: f"{pen.style}, base {pen.base}")
@pytest.mark.parametrize("name", LAYERS)
def test_change_is_refuted_where_it_changes_the_meaning(name: str, pen: Pen) -> None:
    layer, chance = LAYERS[name], random.Random(f"{name} {pen}")
    truth = oracle(layer)
    judge = Judge(Context(layer, pen.names, pen.base))
    for equation in _right_equations(truth, chance):
        assert _verdict(judge, equation, pen) == "proved", equation.written(pen)
        for mutated in chance.sample(found := list(_mutated(truth, equation, chance)), min(MUTATIONS, len(found))):
            right = mutated.exists(truth) and mutated.is_right(truth)
            expected = ("proved", "not-a-claim") if right else ("refuted",)
            assert _verdict(judge, mutated, pen) in expected, mutated.written(pen)


@pytest.mark.parametrize("name", LAYERS)
def test_diagnosis_of_a_change_is_proved(name: str) -> None:
    """What is said of a changed equation names its kind, and the line that is given instead is right."""
    layer, pen, chance = LAYERS[name], PENS[len(name) % len(PENS)], random.Random(name)
    truth, context = oracle(layer), Context(layer, pen.names, pen.base)
    for equation in itertools.islice(_right_equations(truth, chance), DIAGNOSED):
        mutated = chance.choice(list(_mutated(truth, equation, chance)))
        (step,) = Judge(context)(read(mutated.written(pen)))
        if step.verdict == "refuted":
            found = diagnose(step, context)
            assert found.mistake in MISTAKES, mutated.written(pen)
            assert found.message, mutated.written(pen)
            assert found.hint, mutated.written(pen)
            assert [each.verdict for each in Judge(context)(read(found.hint))] == ["proved"], found.hint


def _verdict(judge: Judge, equation: Equation, pen: Pen) -> str:
    (step,) = judge(read(equation.written(pen)))
    return step.verdict


def _right_equations(truth: Oracle, chance: random.Random) -> Iterator[Equation]:
    """Some for each array, each with the products in another order."""
    roles = [role for role in ("O", "dX", "dF", "db") if role in truth.shapes]
    for role in roles:
        places = list(entries_of(truth, role))
        for position in chance.sample(places, min(EQUATIONS // len(roles) + 1, len(places))):
            found = right(truth, role, position, front=chance.choice(["G", "X", "F"]))
            yield replace(found, products=tuple(chance.sample(found.products, len(found.products))))


# Every change of one thing


def _mutated(truth: Oracle, equation: Equation, chance: random.Random) -> Iterator[Equation]:
    for change in (_other_index, _other_letter):
        for left in change(truth, equation.left):
            yield replace(equation, left=left)
    for at, product in enumerate(equation.products):
        yield from (equation.with_product(at, each) for each in _other_products(truth, product))
        yield equation.with_product(at, product, product)
    if len(equation.products) > 1:
        yield equation.with_product(chance.randrange(len(equation.products)))
        one, other = chance.sample(range(len(equation.products)), 2)
        yield equation.with_product(one, equation.products[other])
        products = list(equation.products)
        products[one], products[other] = products[other], products[one]
        yield replace(equation, products=tuple(products))


def _other_products(truth: Oracle, product: Product) -> Iterator[Product]:
    yield replace(product, number=-product.number)
    yield replace(product, number=product.number * 2)
    yield replace(product, number=product.number / 3)
    for at, each in enumerate(product.entries):
        for change in (_other_index, _other_letter):
            for other in change(truth, each):
                yield replace(product, entries=(*product.entries[:at], other, *product.entries[at + 1 :]))
        if len(product.entries) > 1 and each[0] != "M":
            yield replace(product, entries=(*product.entries[:at], *product.entries[at + 1 :]))
    yield replace(product, entries=product.entries[::-1])


def _other_index(truth: Oracle, named: Entry) -> Iterator[Entry]:
    """A place one further or two, also outside of the array, and places exchanged."""
    role, position = named
    for at, place in enumerate(position):
        for step in (-1, 1, 2):
            if place + step >= 0:
                yield role, (*position[:at], place + step, *position[at + 1 :])
    if len(position) > 1:
        yield role, position[::-1]


def _other_letter(truth: Oracle, named: Entry) -> Iterator[Entry]:
    """Another array with as many indices, or the gradient for the array; masks stay, without them maxima are chosen."""
    role, position = named
    if role == "M":
        return
    for other in truth.shapes:
        if other not in (role, "M") and len(truth.shapes[other]) == len(position):
            yield other, position


def test_oracle_is_no_stranger_to_the_layers() -> None:
    """A product rule on paper: the gradient by the input of the smallest convolution."""
    truth = oracle(Conv(input=3, filter=2))
    assert truth.value("dX", (1,)) == {
        (("F", (0,)), ("G", (1,))): Fraction(1),
        (("F", (1,)), ("G", (0,))): Fraction(1),
    }
    assert set(ARRAYS) >= {"dX", "dF", "G"}
