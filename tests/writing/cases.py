"""Layers of every kind, and what is written about them."""

from __future__ import annotations

from functools import cache

import pytest

from symconv import Conv, Graph, derive
from symconv.compose import Derivation

LETTERS = {"X": "x", "F": "w", "O": "z", "G": r"\delta", "L": r"\mathcal{L}"}
ALL_LETTERS = {
    "X": r"\mathcal{X}",
    "F": "W_{1}",
    "O": "Z^{l}",
    "b": r"\beta",
    "dX": r"\gamma",
    "dF": r"\mathbf{g}",
    "db": "e",
}

NEURON = "f = 1/(1 + exp(-(w0*x0 + w1*x1 + w2)))"

MANY = "f = " + " + ".join(f"sigmoid(x{n})^2" for n in range(30))

LAYERS = {
    "one entry": derive(Conv((1, 1), (1, 1))),
    "3x3 with 2x2": derive(Conv((3, 3), (2, 2))),
    "8x8": derive(Conv((8, 8), (3, 3))),
    "8x8 padded": derive(Conv((8, 8), (3, 3), padding=1)),
    "12x11": derive(Conv((12, 11), (3, 3))),
    "a filter of 11x10": derive(Conv((12, 11), (11, 10))),
    "a single output": derive(Conv((4, 5), (4, 5))),
    "one column": derive(Conv((6, 1), (3, 1))),
    "1x1 filter": derive(Conv((4, 4), (1, 1))),
    "1-D": derive(Conv(7, 3)),
    "1-D, long": derive(Conv(40, 5)),
    "1-D, all options": derive(Conv(9, 3, stride=2, padding=((2, 1),), dilation=2, bias="entry")),
    "1-D, channels": derive(Conv(6, 3, in_channels=2, out_channels=3, bias="map")),
    "3-D": derive(Conv((3, 3, 3), (2, 2, 2))),
    "3-D, uneven": derive(Conv((4, 5, 6), (3, 2, 3), stride=(1, 2, 1), padding=(1, 0, 1))),
    "3-D, channels": derive(Conv((3, 4, 3), (2, 3, 1), in_channels=2, out_channels=2, batch=2, bias="entry")),
    "stride": derive(Conv((5, 5), (3, 3), stride=2)),
    "stride, one an axis": derive(Conv((5, 7), (2, 3), stride=(3, 2))),
    "stride above the filter": derive(Conv((7, 6), (2, 1), stride=3)),
    "stride 4 with 1x1": derive(Conv((9, 9), (1, 1), stride=4)),
    "remainder": derive(Conv((8, 7), (3, 3), stride=(3, 2))),
    "remainder beyond the dilation": derive(Conv((8, 8), (2, 2), stride=5)),
    "dilation": derive(Conv((7, 7), (3, 2), dilation=(2, 3))),
    "stride and dilation": derive(Conv((9, 8), (2, 3), stride=(2, 3), padding=((1, 2), (0, 1)), dilation=(3, 2))),
    "uneven padding": derive(Conv((4, 4), (2, 2), padding=((0, 1), (2, 0)))),
    "negative padding": derive(Conv((6, 6), (2, 2), padding=((-1, 0), (0, -2)))),
    "padding on one side and cropping on the other": derive(Conv((5, 5), (2, 3), padding=((2, -1), (-1, 2)))),
    "padding above the filter": derive(Conv((3, 3), (2, 2), padding=4)),
    "padding and stride with 1x1": derive(Conv((2, 2), (1, 1), stride=2, padding=3)),
    "same": derive(Conv((5, 5), (4, 4), padding="same")),
    "same with stride": derive(Conv((6, 5), (3, 3), stride=2, padding="same")),
    "same-fixed with stride": derive(Conv((6, 5), (3, 4), stride=2, padding="same-fixed")),
    "full": derive(Conv((4, 3), (3, 2), padding="full")),
    "channels": derive(Conv((4, 4), (3, 3), in_channels=3, out_channels=2)),
    "many channels": derive(Conv((6, 6), (3, 3), in_channels=16, out_channels=12)),
    "1x1 filter, channels": derive(Conv((3, 3), (1, 1), in_channels=8, out_channels=4)),
    "groups": derive(Conv((4, 4), (2, 2), in_channels=4, out_channels=6, groups=2)),
    "depthwise": derive(Conv((5, 5), (3, 3), padding=1, in_channels=3, out_channels=3, groups=3)),
    "batch": derive(Conv((3, 3), (2, 2), batch=12)),
    "mean over the batch": derive(Conv((3, 3), (2, 2), batch=3), batch_mean=True),
    "mean, bias and letters": derive(
        Conv((3, 3), (2, 2), in_channels=2, batch=2, bias="map"), batch_mean=True, names=LETTERS
    ),
    "bias of the map": derive(Conv((3, 3), (2, 2), bias="map")),
    "bias of each entry": derive(Conv((3, 3), (2, 2), bias="entry")),
    "true convolution": derive(Conv((4, 4), (2, 3), convention="convolution")),
    "true convolution, all options": derive(
        Conv(
            (7, 7), (3, 3), stride=2, padding=1, dilation=2, in_channels=2, bias="map", convention="convolution"
        )
    ),
    "letters": derive(Conv((3, 3), (2, 2)), names=LETTERS),
    "a letter for everything": derive(Conv((3, 3), (2, 2), bias="map"), names=ALL_LETTERS),
    "from index 0": derive(Conv((12, 11), (2, 2)), index_base=0),
    "224x224": derive(Conv((224, 224), (7, 7), stride=2, padding=3, in_channels=3, out_channels=64)),
    "224x224, mean and bias": derive(
        Conv((224, 224), (3, 3), padding=1, in_channels=64, out_channels=64, batch=4, bias="map"), batch_mean=True
    ),
    "112x112, depthwise": derive(Conv((112, 112), (3, 3), padding=1, in_channels=32, out_channels=32, groups=32)),
    "16000, dilated": derive(Conv(16000, 2, dilation=512, in_channels=32, out_channels=32)),
    "16x112x112": derive(Conv((16, 112, 112), (3, 3, 3), padding=1, in_channels=3, out_channels=64)),
    "graph": derive(Graph("f = (x + y) * z", {"x": -2, "y": 5, "z": -4})),
    "graph, symbolic": derive(Graph("s = w_0 * x + alpha; loss = gelu(s) * max(s, 1/2) - abs(x)^3 / (2 * s)")),
    "graph, rounded": derive(Graph(NEURON, {"w0": 2, "x0": -1, "w1": -3, "x1": -2, "w2": "-1/3"})),
    "graph, decimals and a tie": derive(Graph("q = x*y; f = max(x, y)*q - relu(q - 1/2)^2/x", {"x": 1.5, "y": 1.5})),
    "graph of many nodes": derive(Graph(MANY, dict.fromkeys((f"x{n}" for n in range(30)), "0.3"))),
    "graph, large and small": derive(Graph("f = exp(x) * y + softplus(-x)", {"x": 40, "y": "-1e-7"})),
}  # fmt: skip

DETAILS = ("brief", "full")
EIGHT = range(1, 9)

each_layer = pytest.mark.parametrize("layer", LAYERS)
each_detail = pytest.mark.parametrize("detail", DETAILS)


@cache
def written(layer: str, to: str, detail: str) -> str:
    """The write-up of a layer of the table."""
    return LAYERS[layer].render(to, detail=detail)


def sampled(size: tuple[int, int]) -> dict[str, Derivation]:
    """By detail, an input of this size with a filter that fits it; over all sizes, all kinds of filters turn up."""
    rows, columns = size
    filters = {
        "full": (1 + 3 * columns % rows, 1 + 5 * rows % columns),
        "brief": ((rows + 1) // 2, columns - columns // 3),
    }
    return {detail: derive(Conv(size, filter)) for detail, filter in filters.items()}
