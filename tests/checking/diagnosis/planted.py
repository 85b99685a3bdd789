"""Slips of the kinds that people make, planted into right equations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from hypothesis import assume
from hypothesis import strategies as st

from symconv.layers.avg_pool import AvgPool
from symconv.layers.conv import Conv
from symconv.layers.dense import Dense
from symconv.layers.flatten import Flatten
from symconv.layers.max_pool import MaxPool
from tests.checking.handwritten import Entry, Equation, Oracle, Pen, entries_of, oracle, right

Plant = Callable[[st.DrawFn, Oracle, Equation], Equation]
LETTERS = {
    "X": ("x", "X", "a", "I", "U"),
    "F": ("w", "W", "K", "f", r"\theta"),
    "O": ("z", "o", "Y", "Q", "V"),
    "L": ("L", "E", "J", r"\mathcal{L}"),
    "b": ("b", "c"),
    "M": ("m", "M"),
}
GRADIENTS = (None, r"\delta", "g", "D")


@st.composite
def pens(draw: st.DrawFn) -> Pen:
    letters = {role: draw(st.sampled_from(found)) for role, found in LETTERS.items()}
    gradient = draw(st.sampled_from(GRADIENTS))
    return Pen(
        letters if gradient is None else {**letters, "G": gradient},
        draw(st.sampled_from((0, 1))),
        draw(st.sampled_from(("packed", "comma", "brackets"))),
        draw(st.sampled_from((" ", r" \cdot ", " * "))),
    )


@st.composite
def convolutions(draw: st.DrawFn) -> Conv:
    rank = draw(st.sampled_from((1, 2, 2, 2)))
    filter = tuple(draw(st.integers(2, 3)) for _ in range(rank))
    stride, padding = draw(st.integers(1, 2)), draw(st.integers(0, 1))
    dilation = draw(st.sampled_from((1, 1, 2)))
    size = tuple((n - 1) * dilation + 1 + stride * draw(st.integers(1, 2)) + draw(st.integers(0, 1)) for n in filter)
    channels = draw(st.sampled_from(((1, 1), (1, 1), (2, 2))))
    return Conv(
        input=size, filter=filter, stride=stride, padding=padding, dilation=dilation, in_channels=channels[0],
        out_channels=channels[1], convention=draw(st.sampled_from(("correlation", "correlation", "convolution"))),
    )  # fmt: skip


@st.composite
def others(draw: st.DrawFn) -> AvgPool | MaxPool | Dense | Flatten:
    size = tuple(draw(st.integers(3, 5)) for _ in range(2))
    return draw(
        st.sampled_from(
            (
                AvgPool(input=size, window=(2, 2), stride=draw(st.integers(1, 2))),
                MaxPool(input=size, window=(2, 2), stride=draw(st.integers(1, 2))),
                Dense(inputs=size[0], outputs=size[1]),
                Flatten(input=size),
            )
        )
    )


layers = st.one_of(convolutions(), convolutions(), others())


@st.composite
def equations(draw: st.DrawFn, at_least: int = 1) -> tuple[Oracle, Equation]:
    """A right equation with so many products."""
    truth = oracle(draw(layers))
    roles = [role for role in ("O", "dX", "dF", "db") if role in truth.shapes]
    role = draw(st.sampled_from(roles))
    places = [place for place in entries_of(truth, role) if len(truth.value(role, place)) >= at_least]
    assume(places)
    return truth, right(truth, role, draw(st.sampled_from(places)), front=draw(st.sampled_from(("G", "X", "F"))))


# One slip each


def missing_term(draw: st.DrawFn, truth: Oracle, equation: Equation) -> Equation:
    return equation.with_product(_some(draw, equation))


def extra_term(draw: st.DrawFn, truth: Oracle, equation: Equation) -> Equation:
    at = _some(draw, equation)
    more = replace(
        equation.products[at], entries=tuple(_moved(draw, truth, each) for each in equation.products[at].entries)
    )
    return equation.with_product(at, equation.products[at], more)


def other_index(draw: st.DrawFn, truth: Oracle, equation: Equation) -> Equation:
    at = _some(draw, equation)
    product = equation.products[at]
    which = draw(st.integers(0, len(product.entries) - 1))
    moved = _moved(draw, truth, product.entries[which])
    return equation.with_product(
        at, replace(product, entries=(*product.entries[:which], moved, *product.entries[which + 1 :]))
    )


def other_sign(draw: st.DrawFn, truth: Oracle, equation: Equation) -> Equation:
    at = _some(draw, equation)
    return equation.with_product(at, replace(equation.products[at], number=-equation.products[at].number))


def other_number(draw: st.DrawFn, truth: Oracle, equation: Equation) -> Equation:
    at = _some(draw, equation)
    factor = draw(st.sampled_from((Fraction(2), Fraction(1, 2), Fraction(3), Fraction(1, 4))))
    return equation.with_product(at, replace(equation.products[at], number=equation.products[at].number * factor))


def other_left(draw: st.DrawFn, truth: Oracle, equation: Equation) -> Equation:
    return replace(equation, left=_moved(draw, truth, equation.left))


def swapped(draw: st.DrawFn, truth: Oracle, equation: Equation) -> Equation:
    """The indices of one array exchanged in every term."""
    role = draw(st.sampled_from(sorted({role for product in equation.products for role, _ in product.entries})))
    assume(len(truth.shapes[role]) == 2)
    return _everywhere(equation, role, lambda at: at[::-1])


def turned(draw: st.DrawFn, truth: Oracle, equation: Equation) -> Equation:
    """The filter the other way round."""
    assume("F" in truth.shapes and not isinstance(truth.layer, Dense))
    shape, rank = truth.shapes["F"], len(truth.layer.axes)
    return _everywhere(
        equation, "F", lambda at: (*at[:-rank], *(n - 1 - i for i, n in zip(at[-rank:], shape[-rank:], strict=True)))
    )


def other_letter(draw: st.DrawFn, truth: Oracle, equation: Equation) -> Equation:
    """Another array in one term, at the same index."""
    at = _some(draw, equation)
    product = equation.products[at]
    which = draw(st.integers(0, len(product.entries) - 1))
    role, position = product.entries[which]
    letters = [r for r in truth.shapes if r not in (role, "M") and len(truth.shapes[r]) == len(position)]
    assume(role != "M" and letters)
    new = draw(st.sampled_from(letters)), position
    return equation.with_product(
        at, replace(product, entries=(*product.entries[:which], new, *product.entries[which + 1 :]))
    )


def missing_gradient(draw: st.DrawFn, truth: Oracle, equation: Equation) -> Equation:
    """One term without the gradient at the output."""
    at = _some(draw, equation)
    product = equation.products[at]
    rest = tuple(each for each in product.entries if each[0] != "G")
    assume(rest and len(rest) < len(product.entries) and rest[0][0] != "M")
    return equation.with_product(at, replace(product, entries=rest))


def _some(draw: st.DrawFn, equation: Equation) -> int:
    return draw(st.integers(0, len(equation.products) - 1))


def _moved(draw: st.DrawFn, truth: Oracle, named: Entry) -> Entry:
    """An entry next to another one."""
    role, position = named
    shape = truth.shapes[role]
    axis = draw(st.integers(0, len(position) - 1)) if position else 0
    step = draw(st.sampled_from((-1, 1)))
    new = tuple(place + step * (at == axis) for at, place in enumerate(position))
    assume(position and 0 <= new[axis] < shape[axis])
    return role, new


def _everywhere(equation: Equation, role: str, move: Callable[[tuple[int, ...]], tuple[int, ...]]) -> Equation:
    products = (
        replace(product, entries=tuple((r, move(at)) if r == role else (r, at) for r, at in product.entries))
        for product in equation.products
    )
    return replace(equation, products=tuple(products))


INDICES = {"neighbouring-index", "swapped-indices", "wrong-channel"}
WHOLE = {"wrong-entry", "convolution-for-correlation", "not-rotated", "rotated-twice"}
NEGLECTED = {"stride-forgotten", "padding-forgotten", "dilation-forgotten"}
PLANTS: dict[str, tuple[Plant, int, set[str]]] = {
    "missing term": (missing_term, 2, {"missing-term", "wrong-entry", *NEGLECTED}),
    "extra term": (extra_term, 1, {"extra-term", "wrong-coefficient", "missing-factor", "wrong-entry", *NEGLECTED}),
    "other index": (other_index, 1, {*INDICES, *WHOLE, *NEGLECTED, "missing-term", "extra-term"}),
    "other sign": (other_sign, 1, {"wrong-sign"}),
    "other number": (other_number, 1, {"wrong-coefficient", "missing-factor"}),
    "other left side": (other_left, 1, {*INDICES, *WHOLE, *NEGLECTED, "missing-term", "extra-term"}),
    "swapped indices": (swapped, 2, {*INDICES, *WHOLE, *NEGLECTED}),
    "turned filter": (turned, 2, {*INDICES, *WHOLE, *NEGLECTED}),
    "other letter": (other_letter, 1, {"wrong-letter", "not-a-gradient", "wrong-entry"}),
    "missing gradient": (missing_gradient, 1, {"local-gradient", "wrong-entry"}),
}
"""Each slip, how many products the equation needs, and the explanations that are as exact as what was planted."""
