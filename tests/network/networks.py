"""Small networks of every kind of layer, and numbers for them."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
from hypothesis import strategies as st

from symconv.layers.catalogue import layer_class
from symconv.network import Network

ROUGH = ("relu", "leaky-relu")
CURVED = ("sigmoid", "tanh", "softplus", "silu", "gelu")
SLIDING = ("conv", "conv-transpose")
POOLS = ("max-pool", "avg-pool", "adaptive-avg-pool")
RATIONAL = (*SLIDING, *POOLS, *ROUGH)
SMOOTH = (*RATIONAL, *CURVED, "batch-norm")
LOSSES = ("mse", "bce", "cross-entropy")
MINIMAL = {
    "conv": {"filter": 2}, "conv-transpose": {"filter": 2}, "max-pool": {"window": 2}, "avg-pool": {"window": 2},
    "adaptive-avg-pool": {"output": 2}, "dense": {"outputs": 2, "convention": "rows"},
}  # fmt: skip
"""What a layer cannot do without, on one axis."""


def made(kind, **options):
    return layer_class(kind)(**options)


def first_network():
    """A convolution with bias, ReLU, max pooling, dense, sigmoid and binary cross-entropy on a 6x6 image."""
    return Network(
        [
            made("conv", filter=(3, 3), bias="map"), made("relu"), made("max-pool", window=(2, 2)), made("flatten"),
            made("dense", outputs=1), made("sigmoid"), made("bce"),
        ],
        input=(1, 6, 6),
    )  # fmt: skip


def _number(low, high):
    return st.integers(low, high)


@st.composite
def networks(draw, kinds=RATIONAL, losses=(), largest=5):
    """Networks of 1 to `largest` layers of the kinds, often with a flattening and dense layers, perhaps with a loss."""
    shape = draw(_example())
    batch = draw(_number(1, 2))
    input, layers = shape, []
    for _ in range(draw(_number(1, largest - 2))):
        layer = _layer(draw, draw(st.sampled_from(_possible(kinds, shape, batch))), shape)
        layers.append(layer)
        shape = layer.fitted(shape, batch).example_output
    tail = draw(st.booleans()) or bool(losses)
    if tail:
        layers += [made("flatten")] if len(shape) > 1 else []
        layers.append(_dense(draw, batch))
        features = tuple(kind for kind in kinds if kind in (*ROUGH, *CURVED)) + _smooth_features(kinds, layers[-1])
        if features and draw(st.booleans()):
            layers.append(_layer(draw, draw(st.sampled_from(features)), (layers[-1].outputs,)))
    if losses:
        layers += _loss(draw, draw(st.sampled_from(losses)))
    return Network(layers, input, batch)


def _example():
    sizes = {1: (1, 7), 2: (1, 5), 3: (1, 3)}
    spatial = st.sampled_from((1, 2, 2, 3)).flatmap(
        lambda rank: st.tuples(_number(1, 2), *(_number(*sizes[rank]) for _ in range(rank)))
    )
    return st.one_of(spatial, spatial, spatial, st.tuples(_number(1, 4)))


def _possible(kinds, shape, batch):
    """The kinds that take examples of this shape."""
    features = len(shape) == 1
    numbers = batch * math.prod(shape[1:])
    refused = {*SLIDING, *POOLS} if features else set()
    if numbers < 2:
        refused |= {"batch-norm"}
    return [kind for kind in kinds if kind not in refused]


def _smooth_features(kinds, dense):
    if kinds == RATIONAL:
        return ()
    return ("softmax", "layer-norm") if dense.outputs > 1 else ("softmax",)


def _layer(draw, kind, shape):
    return MAKERS[kind](draw, shape) if kind in MAKERS else made(kind)


def _filter_sizes(draw, shape):
    return tuple(draw(_number(1, min(3, size))) for size in shape[1:])


def _maps(draw, channels):
    groups = channels if draw(st.booleans()) else 1
    return {
        "out_channels": groups * draw(_number(1, 2 if groups == 1 else 1)), "groups": groups,
        "bias": draw(st.sampled_from((None, "map", "entry"))),
    }  # fmt: skip


def _conv(draw, shape):
    filter = _filter_sizes(draw, shape)
    padding = tuple((draw(_number(-1 if size > 3 else 0, 2)), draw(_number(0, 2))) for size in shape[1:])
    room = [n + a + c for n, (a, c) in zip(shape[1:], padding, strict=True)]
    filter = tuple(min(k, n) for k, n in zip(filter, room, strict=True))
    dilation = tuple(draw(_number(1, 2)) if 2 * (k - 1) + 1 <= n else 1 for k, n in zip(filter, room, strict=True))
    stride = tuple(draw(_number(1, 2)) for _ in filter)
    convention = draw(st.sampled_from(("correlation", "convolution")))
    return made(
        "conv",
        filter=filter,
        stride=stride,
        padding=padding,
        dilation=dilation,
        convention=convention,
        **_maps(draw, shape[0]),
    )


def _conv_transpose(draw, shape):
    filter = _filter_sizes(draw, shape)
    stride = tuple(draw(_number(1, 2)) for _ in filter)
    dilation = tuple(draw(_number(1, 2)) for _ in filter)
    extra = tuple(draw(_number(0, max(s, d) - 1)) for s, d in zip(stride, dilation, strict=True))
    reach = [(n - 1) * s + d * (k - 1) for n, s, d, k in zip(shape[1:], stride, dilation, filter, strict=True)]
    before = [draw(_number(-1, min(1, most))) for most in reach]
    after = [draw(_number(-1, min(1, most - max(a, 0)))) for most, a in zip(reach, before, strict=True)]
    padding = tuple(zip(before, after, strict=True))
    return made(
        "conv-transpose",
        filter=filter,
        stride=stride,
        padding=padding,
        dilation=dilation,
        output_padding=extra,
        **_maps(draw, shape[0]),
    )


def _windows(draw, shape):
    if draw(_number(0, 4)) == 0:
        return {"window": "all"}
    window = _filter_sizes(draw, shape)
    padding = tuple((draw(_number(0, k // 2)), draw(_number(0, k // 2))) for k in window)
    stride = tuple(draw(_number(1, k)) for k in window)
    return {"window": window, "padding": padding, "stride": stride, "ceil_mode": draw(st.booleans())}


def _max_pool(draw, shape):
    return made("max-pool", **_windows(draw, shape))


def _avg_pool(draw, shape):
    return made("avg-pool", **_windows(draw, shape), divisor=draw(st.sampled_from(("real", "window", 2, 3))))


def _adaptive_avg_pool(draw, shape):
    return made("adaptive-avg-pool", output=tuple(draw(_number(1, 3)) for _ in shape[1:]))


def _leaky_relu(draw, shape):
    return made("leaky-relu", slope=draw(st.sampled_from((Fraction(1, 4), Fraction(1, 2)))))


def _dense(draw, batch):
    rows = batch > 1 or draw(st.booleans())
    convention = "rows" if rows else "columns"
    return made("dense", outputs=draw(_number(1, 3)), bias=draw(st.booleans()), convention=convention)


def _loss(draw, kind):
    mean = draw(st.booleans())
    if kind == "mse":
        return [made(kind, mean=mean, factor=draw(st.sampled_from(("half", "mean", "none"))))]
    before, fused = {"bce": ("sigmoid", "sigmoid"), "cross-entropy": ("softmax", "softmax")}[kind]
    together = draw(st.booleans())
    loss = made(kind, **{"mean": mean, fused: together})
    return [loss] if together else [made(before), loss]


MAKERS = {
    "conv": _conv, "conv-transpose": _conv_transpose, "max-pool": _max_pool, "avg-pool": _avg_pool,
    "adaptive-avg-pool": _adaptive_avg_pool, "leaky-relu": _leaky_relu,
}  # fmt: skip


def numbers_for(network, seed):
    """Small whole numbers for X, the parameters, and Y or G; targets are one-hot or bits where the loss asks for it."""
    generator = np.random.default_rng(seed)
    shapes = {role: network.arrays[role].shape for role in ("X", *network.parameters)}
    found = {role: generator.integers(-2, 3, shape) for role, shape in shapes.items()}
    if network.loss is None:
        shape = network.layers[-1].arrays["O"].shape
        return found | {"G": generator.integers(-2, 3, shape)}
    shape = network.arrays["Y"].shape
    return found | {"Y": _targets(network.loss.kind, shape, generator)}


def _targets(kind, shape, generator):
    if kind == "mse":
        return generator.integers(-2, 3, shape)
    if kind == "bce":
        return generator.integers(0, 2, shape)
    classes = shape[-1]
    return np.eye(classes, dtype=int)[generator.integers(0, classes, shape[:-1])].reshape(shape)


def close(found, expected, what, largest=1.0):
    """The same numbers, to 1e-12 of `largest`, the size of what was added up; where that is 0, all of them equal."""
    if np.any(largest):
        room = 1e-12 * np.maximum(largest, np.abs(expected))
        assert np.all(np.abs(found - expected) <= room), f"{what}: {found} is not {expected}"
    else:
        np.testing.assert_array_equal(found, expected, what)
