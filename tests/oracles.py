"""The same layers computed by others: nested loops over the definition, and PyTorch with its autograd.

    O_i = Σ_f X[s·i + d·f - a] F_f + b

Nothing of symconv takes part in these two: they read the options that a layer was made with, given one an axis or one
for all (no words such as "same"), and count windows, channels and groups by themselves. `value` and its relatives put
numbers into symconv's tables, to be compared with the oracles.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from symconv.derivation.gradients import Calculus, closed_form
from symconv.forms import Form, Table
from symconv.layers.base import Claim
from symconv.layers.conv import Conv
from tests.tools import require

Array = NDArray[Any]
Arrays = Mapping[str, Array]
Position = tuple[int, ...]


# What a layer was made with


class Options(NamedTuple):
    """The options of a layer with one value for every axis."""

    size: Position
    filter: Position
    stride: Position
    dilation: Position
    before: Position
    after: Position
    inputs: int
    outputs: int
    groups: int
    batch: int
    bias: str | None
    reversed: bool

    @property
    def windows(self) -> Position:
        """How many windows start early enough to fit, an axis."""
        each = zip(self.size, self.filter, self.stride, self.dilation, self.before, self.after, strict=True)
        return tuple(len(range(0, n + a + c - d * (k - 1), s)) for n, k, s, d, a, c in each)

    @property
    def plain(self) -> bool:
        return self.batch == self.inputs == self.outputs == 1

    def shape(self, role: str) -> Position:
        """The shape of an array with all of its axes."""
        return {
            "X": (self.batch, self.inputs, *self.size),
            "F": (self.outputs, self.inputs // self.groups, *self.filter),
            "O": (self.batch, self.outputs, *self.windows),
            "b": (self.outputs, *(self.windows if self.bias == "entry" else ())),
        }[role]

    def leading(self, role: str) -> int:
        """How many of these axes the user does not see."""
        return (1 if role == "b" else 2) if self.plain else 0

    def full(self, arrays: Arrays, role: str) -> Array:
        """An array of the user's with all of its axes."""
        return arrays[role].reshape(self.shape(_SHAPED_LIKE[role]))

    def seen(self, array: Array, role: str) -> Array:
        """An array with all of its axes as the user sees it."""
        assert array.shape == self.shape(role)
        return array.reshape(self.shape(role)[self.leading(role) :])


def options(layer: Conv) -> Options:
    def each(value: Any) -> tuple[Any, ...]:
        return tuple(value) if isinstance(value, Sequence) else (value,)

    size, filter = each(layer.input), each(layer.filter)
    stride, dilation, padding = (
        each(value) * len(size) if len(each(value)) == 1 else each(value)
        for value in (layer.stride, layer.dilation, layer.padding)
    )
    sides = [side if isinstance(side, Sequence) else (side, side) for side in padding]
    before, after = zip(*sides, strict=True)
    return Options(
        size, filter, stride, dilation, before, after,
        layer.in_channels, layer.out_channels, layer.groups, layer.batch, layer.bias, layer.convention == "convolution",
    )  # fmt: skip


_SHAPED_LIKE = {"X": "X", "F": "F", "G": "O", "b": "b"}


def random_arrays(layer: Conv, seed: int = 0) -> dict[str, Array]:
    """Small whole numbers for X, F, G and b, in the shapes that the user sees."""
    made, numbers = options(layer), np.random.default_rng(seed)
    like = {role: other for role, other in _SHAPED_LIKE.items() if role != "b" or made.bias}
    return {role: numbers.integers(-9, 10, made.shape(other)[made.leading(other) :]) for role, other in like.items()}


# Nested loops


def brute_force(layer: Conv, arrays: Arrays) -> dict[str, Array]:
    """O, dX, dF and db, product by product; entries may be numbers or symbols."""
    made = options(layer)
    X, F, G = (made.full(arrays, role) for role in "XFG")
    found = {role: np.zeros_like(made.full(arrays, given)) for role, given in (("O", "G"), ("dX", "X"), ("dF", "F"))}
    for o, f, x in _products(made):
        found["O"][o] += X[x] * F[f]
        found["dX"][x] += G[o] * F[f]
        found["dF"][f] += G[o] * X[x]
    if made.bias:
        b = made.full(arrays, "b")
        found["db"] = np.zeros_like(b)
        for o in np.ndindex(G.shape):
            at = o[1 : 1 + b.ndim]
            found["O"][o] += b[at]
            found["db"][at] += G[o]
    return {role: made.seen(array, role.removeprefix("d")) for role, array in found.items()}


def _products(made: Options) -> Iterator[tuple[Position, Position, Position]]:
    """The positions in O, F and X of every product."""
    ins, outs = made.inputs // made.groups, made.outputs // made.groups
    channels = product(range(made.batch), range(made.groups), range(outs), range(ins))
    taps = list(_taps(made))
    for example, group, out, in_ in channels:
        for window, weight, place in taps:
            to, from_ = group * outs + out, group * ins + in_
            yield (example, to, *window), (to, in_, *weight), (example, from_, *place)


def _taps(made: Options) -> Iterator[tuple[Position, Position, Position]]:
    """The positions in O, F and X that belong together on the spatial axes."""
    for window, weight in product(np.ndindex(made.windows), np.ndindex(made.filter)):
        each = zip(made.stride, window, made.dilation, weight, made.before, strict=True)
        place = tuple(s * i + d * f - a for s, i, d, f, a in each)
        if all(0 <= x < n for x, n in zip(place, made.size, strict=True)):
            turned = tuple(k - 1 - f for k, f in zip(made.filter, weight, strict=True))
            yield window, turned if made.reversed else weight, place


def raised_by_one(layer: Conv, arrays: Arrays, role: str) -> Array:
    """∂L/∂role for L = Σ G·O by raising one entry after the other by 1; exact, as O is linear in each array."""

    def loss(**changed: Array) -> Any:
        return (brute_force(layer, {**arrays, **changed})["O"] * arrays["G"]).sum()

    gradient = np.zeros_like(arrays[role])
    for at in np.ndindex(gradient.shape):
        raised = arrays[role].copy()
        raised[at] += 1
        gradient[at] = loss(**{role: raised}) - loss()
    return gradient


# PyTorch


def by_torch(layer: Conv, arrays: Arrays) -> dict[str, Array]:
    """O, dX, dF and db by PyTorch's convolution and autograd in float64, exact for small whole numbers."""
    torch, made = needs("torch"), options(layer)
    torch.set_num_threads(1)
    given = [role for role in "XFb" if role in arrays]
    leaves = {role: torch.tensor(made.full(arrays, role), dtype=torch.float64, requires_grad=True) for role in given}
    padded = _padded(torch, leaves["X"], made)
    weight = leaves["F"].flip(*range(2, 2 + len(made.size))) if made.reversed else leaves["F"]
    convolve = getattr(torch.nn.functional, f"conv{len(made.size)}d")
    out = convolve(padded, weight, None, made.stride, 0, made.dilation, made.groups)
    if made.bias:
        shape = made.shape("b") if made.bias == "entry" else (made.outputs, *(1 for _ in made.size))
        out = out + leaves["b"].reshape(shape)
    gradient = torch.tensor(made.full(arrays, "G"), dtype=torch.float64)
    found = torch.autograd.grad(out, list(leaves.values()), gradient, materialize_grads=True)
    values = {"O": out.detach(), **{f"d{role}": value for role, value in zip(given, found, strict=True)}}
    return {role: made.seen(value.numpy(), role.removeprefix("d")) for role, value in values.items()}


def _padded(torch: Any, tensor: Any, made: Options) -> Any:
    """Padding first and cropping afterwards, so that more may be cropped than there is."""
    sides = [side for pair in zip(reversed(made.before), reversed(made.after), strict=True) for side in pair]
    pad = torch.nn.functional.pad
    return pad(pad(tensor, [max(side, 0) for side in sides]), [min(side, 0) for side in sides])


def needs(module: str) -> Any:
    """The module; without it the test is skipped, or fails where every tool is required."""
    try:
        return importlib.import_module(module)
    except ImportError:
        require(False, module)


# Numbers in symconv's tables


def value(table: Table, arrays: Arrays) -> Array:
    """The array that a table over one index variable stands for."""
    (index,) = table.index
    terms = np.ones(len(table), dtype=np.int64)
    for variable, column in zip(table.factors, table.columns[1:], strict=True):
        assert arrays[variable.role].shape == variable.shape
        terms = terms * arrays[variable.role].ravel()[column]
    if table.codes is not None or table.values != (1,):
        terms = terms * np.array([table.coefficient(row) for row in range(len(table))], dtype=object)
    entries = np.zeros(index.size, dtype=terms.dtype)
    np.add.at(entries, table.columns[0], terms)
    return entries.reshape(index.shape)


def form_value(form: Form, arrays: Arrays) -> Array:
    return sum(value(part, arrays) for part in form.parts)


def closed_tables(layer: Conv, claim: Claim) -> list[Table]:
    """The parts of a closed form as tables, factors in the order that the chain rule has."""
    compared = Calculus(layer).compared(claim.role).parts
    return [
        closed_form(layer, part, claim.role, other.roles) for part, other in zip(claim.parts, compared, strict=True)
    ]


def claim_value(layer: Conv, claim: Claim, arrays: Arrays) -> Array:
    return sum(value(table, arrays) for table in closed_tables(layer, claim))


def assert_agreement(layer: Conv, seed: int, oracle: Callable[[Conv, Arrays], dict[str, Array]]) -> None:
    """The forward map, the chain rule and every closed form give exactly the oracle's numbers."""
    arrays = random_arrays(layer, seed)
    expected, calculus = oracle(layer, arrays), Calculus(layer)
    for role, numbers in expected.items():
        assert_equal(form_value(calculus.compared(role), arrays), numbers, f"{role} by its definition")
    for claim in layer.claims():
        assert_equal(claim_value(layer, claim, arrays), expected[claim.role], f"{claim.role} by {claim.route}")


def assert_equal(found: Array, expected: Array, what: str = "") -> None:
    """Shape and every entry."""
    assert found.shape == expected.shape, what
    np.testing.assert_array_equal(found, expected, what)
