"""Transposed convolutions of every kind, and the same computed by others: nested loops, and PyTorch.

    O[s·i + d·f - a] += X_i F_f

The oracles read the options that a layer was made with and find sizes, channels and groups by themselves.
"""

from __future__ import annotations

from itertools import product
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st

from symconv.layers.conv_transpose import ConvTranspose
from tests.agreement import by_autograd
from tests.oracles import Array, Arrays, needs
from tests.strategies import BIASES, maps

LARGEST = {1: (4, 4, 4), 2: (3, 3, 3), 3: (2, 2, 2)}
"""By the number of spatial axes: the most inputs, filter entries, and the largest stride and dilation."""


class Sizes(NamedTuple):
    input: int
    filter: int
    stride: int
    dilation: int
    extra: int
    before: int
    after: int


@st.composite
def sizes(draw: st.DrawFn, inputs: int, filters: int, steps: int, *, even: bool, below: bool) -> Sizes:
    """One axis with any output padding that is allowed.

    `even`: as much padding before as after, as PyTorch has it; `below`: only output padding below the stride.
    """
    up_to = lambda largest: st.integers(1, largest)  # noqa: E731
    m, k, s, d = draw(up_to(inputs)), draw(up_to(filters)), draw(up_to(steps)), draw(up_to(steps))
    q = draw(st.integers(0, (s if below else max(s, d)) - 1))
    room = (m - 1) * s + d * (k - 1) + q
    if even:
        a = c = draw(st.integers(0, min(3, room // 2)))
    else:
        a = draw(st.integers(-2, min(3, room)))
        c = draw(st.integers(-2, min(3, room - a)))
    return Sizes(m, k, s, d, q, a, c)


@st.composite
def transposed(draw: st.DrawFn, axes: int | None = None, *, even: bool = False, below: bool = False) -> ConvTranspose:
    count = axes or draw(st.integers(1, 3))
    each = Sizes(*zip(*(draw(sizes(*LARGEST[count], even=even, below=below)) for _ in range(count)), strict=True))
    padding = tuple(zip(each.before, each.after, strict=True))
    options = {**draw(maps()), "bias": draw(st.sampled_from(BIASES))}
    return ConvTranspose(each.input, each.filter, each.stride, padding, each.extra, each.dilation, **options)


def full(layer: ConvTranspose, array: Array, role: str) -> Array:
    """An array with the axes for examples and channels that a plain layer leaves out."""
    missing = (1 if role == "b" else 2) if layer.plain else 0
    return array.reshape((1,) * missing + array.shape)


def brute_force(layer: ConvTranspose, arrays: Arrays) -> dict[str, Array]:
    """O, dX, dF and db, product by product."""
    X, F, G = (full(layer, arrays[role], role) for role in "XFG")
    found = {"O": np.zeros_like(G), "dX": np.zeros_like(X), "dF": np.zeros_like(F)}
    ins, outs = layer.in_channels // layer.groups, layer.out_channels // layer.groups
    taps = list(_taps(layer, X.shape[2:], F.shape[2:], G.shape[2:]))
    for example, group, in_, out in product(range(layer.batch), range(layer.groups), range(ins), range(outs)):
        for i, f, place in taps:
            o = (example, group * outs + out, *place)
            x, w = (example, group * ins + in_, *i), (group * ins + in_, out, *f)
            found["O"][o] += X[x] * F[w]
            found["dX"][x] += G[o] * F[w]
            found["dF"][w] += G[o] * X[x]
    if layer.bias:
        b = full(layer, arrays["b"], "b")
        found["db"] = np.zeros_like(b)
        for o in np.ndindex(G.shape):
            found["O"][o] += b[o[1 : 1 + b.ndim]]
            found["db"][o[1 : 1 + b.ndim]] += G[o]
    like = {"O": "G", "dX": "X", "dF": "F", "db": "b"}
    return {role: array.reshape(arrays[like[role]].shape) for role, array in found.items()}


def _taps(layer: ConvTranspose, inputs: Any, filters: Any, outputs: Any) -> Any:
    for i, f in product(np.ndindex(inputs), np.ndindex(filters)):
        each = zip(layer.stride, i, layer.dilation, f, layer.padding, strict=True)
        place = tuple(s * x + d * w - a for s, x, d, w, (a, _) in each)
        if all(0 <= p < n for p, n in zip(place, outputs, strict=True)):
            yield i, f, place


def by_torch(layer: ConvTranspose, arrays: Arrays, *, direct: bool) -> dict[str, Array]:
    """By PyTorch's transposed convolution: with its own padding, or without any and cut afterwards."""
    torch = needs("torch")
    rank = len(layer.stride)
    convolve = getattr(torch.nn.functional, f"conv_transpose{rank}d")

    def forward(leaves: Any) -> Any:
        X, F = (_with_maps(leaves[role], layer) for role in "XF")
        if direct:
            padding = tuple(a for a, _ in layer.padding)
            out = convolve(X, F, None, layer.stride, padding, layer.output_padding, layer.groups, layer.dilation)
        else:
            out = _cut(torch, convolve(X, F, None, layer.stride, 0, 0, layer.groups, layer.dilation), layer)
        if layer.bias:
            b = leaves["b"]
            out = out + (b.reshape((-1, *(1,) * rank)) if layer.bias == "map" else b.reshape(out.shape[1:]))
        return out.reshape(arrays["G"].shape)

    return by_autograd(torch, forward, arrays)


def _with_maps(tensor: Any, layer: ConvTranspose) -> Any:
    return tensor.reshape((1, 1, *tensor.shape)) if layer.plain else tensor


def _cut(torch: Any, out: Any, layer: ConvTranspose) -> Any:
    """What output padding adds at the end and padding cuts off; zeros first, so that more may be cut than there is."""
    pairs = [(-a, q - c) for (a, c), q in zip(layer.padding, layer.output_padding, strict=True)]
    sides = [side for pair in reversed(pairs) for side in pair]
    pad = torch.nn.functional.pad
    return pad(pad(out, [max(side, 0) for side in sides]), [min(side, 0) for side in sides])
