"""Writes the gallery: the committed documents in this folder. `--check` only says whether they are up to date.

python outputs/make.py
python outputs/make.py --check
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import symconv as sc
from symconv.compose.almost_right import almost_right

HERE = Path(__file__).parent
SUFFIXES = (".md", ".tex")


@dataclass(frozen=True)
class Example:
    """One document of the gallery, written in every format."""

    name: str
    layer: Any
    style: dict[str, Any] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)


EXAMPLES = (
    Example("conv-3x3-2x2", sc.Conv((3, 3), (2, 2))),
    Example("conv-3x3-2x2-brief", sc.Conv((3, 3), (2, 2)), options={"detail": "brief"}),
    Example("conv-5x5-3x3-stride-2-padding-1", sc.Conv((5, 5), (3, 3), stride=2, padding=1)),
    Example("conv-1d-dilated", sc.Conv((7,), (3,), dilation=2)),
    Example("conv-stride-2-remainder", sc.Conv((6, 6), (3, 3), stride=2)),
    Example("conv-channels-bias", sc.Conv((3, 3), (2, 2), in_channels=2, out_channels=2, bias="map")),
    Example("conv-groups", sc.Conv((4, 4), (3, 3), in_channels=4, out_channels=4, groups=2)),
    Example("conv-depthwise-batch-mean", sc.Conv((3, 3), (2, 2), in_channels=2, out_channels=2, groups=2, batch=2),
            style={"batch_mean": True}, options={"detail": "brief"}),
    Example("conv-unreached-inputs", sc.Conv((5, 6), (1, 2), stride=(2, 3), bias="entry")),
    Example("conv-3d", sc.Conv((3, 3, 2), (2, 2, 2))),
    Example("true-convolution", sc.Conv((3, 4), (2, 2), convention="convolution")),
    Example("conv-letters-from-zero", sc.Conv((3, 3), (2, 2)),
            style={"names": {"X": "x", "F": "w", "O": "z", "G": r"\delta", "L": "E"}, "index_base": 0}),
    Example("general-conv", sc.GeneralConv(bias="map"), style={"index_base": 0}),
    Example("general-conv-2d-stride-2", sc.GeneralConv(axes=2, stride=2, padding=1), style={"index_base": 0}),
    Example("conv-transpose-stride-2", sc.ConvTranspose((2, 2), (3, 3), stride=2, output_padding=1)),
    Example("conv-transpose-dilated", sc.ConvTranspose((3,), (2,), dilation=3, output_padding=2)),
    Example("dense-4-3", sc.Dense(4, 3)),
    Example("dense-rows-batch-mean", sc.Dense(3, 2, batch=2, convention="rows"), style={"batch_mean": True}),
    Example("flatten-2x3", sc.Flatten((2, 3))),
    Example("max-pool-5x5-3x3-stride-2-padding-1", sc.MaxPool((5, 5), (3, 3), stride=2, padding=1)),
    Example("max-pool-4x4-2x2-argmax", sc.MaxPool((4, 4), (2, 2), argmax=[(0, 1), (1, 2), (2, 0), (3, 3)])),
    Example("avg-pool-padding-ceil-mode", sc.AvgPool((6, 6), (3, 3), stride=2, padding=1, ceil_mode=True)),
    Example("avg-pool-global-brief", sc.AvgPool((4, 4), "all", channels=2), options={"detail": "brief"}),
    Example("adaptive-avg-pool-5x7-2x3", sc.AdaptiveAvgPool((5, 7), (2, 3))),
    Example("relu-2x2", sc.ReLU((2, 2))),
    Example("sigmoid-2x2", sc.Sigmoid((2, 2))),
    Example("softmax-3", sc.Softmax(3)),
    Example("cross-entropy-softmax-3", sc.CrossEntropy(3, softmax=True)),
    Example("batch-norm-batch-4", sc.BatchNorm(channels=1, batch=4)),
    Example("graph-product-of-a-sum", sc.Graph("f = (x + y) * z", {"x": -2, "y": 5, "z": -4})),
    Example("graph-sigmoid-neuron", sc.Graph("f = 1/(1 + exp(-(w0*x0 + w1*x1 + w2)))",
            {"w0": 2, "x0": -1, "w1": -3, "x1": -2, "w2": -3})),
    Example("graph-log-loss", sc.Graph("s = w*x + b; a = sigmoid(s); loss = -(y*log(a) + (1 - y)*log(1 - a))")),
    Example("network-binary", sc.Network([
        sc.Conv(filter=(3, 3), bias="map"), sc.ReLU(), sc.MaxPool(window=(2, 2)), sc.Flatten(), sc.Dense(outputs=1),
        sc.Sigmoid(), sc.BinaryCrossEntropy(),
    ], input=(1, 6, 6))),
    Example("network-binary-in-numbers", sc.Network([
        sc.Conv(filter=(3, 3), bias="map"), sc.ReLU(), sc.MaxPool(window=(2, 2)), sc.Flatten(), sc.Dense(outputs=1),
        sc.Sigmoid(), sc.BinaryCrossEntropy(),
    ], input=(1, 6, 6)), options={"detail": "brief", "values": "random:3", "evidence": ("differences",)}),
    Example("network-two-convolutions", sc.Network([
        sc.Conv(filter=(3, 3), out_channels=2, bias="map"), sc.ReLU(), sc.Conv(filter=(3, 3), out_channels=2),
        sc.Tanh(), sc.AvgPool(window=(2, 2)), sc.Flatten(), sc.Dense(outputs=3), sc.Softmax(), sc.CrossEntropy(),
    ], input=(1, 8, 8))),
    Example("conv-3x3-2x2-in-numbers", sc.Conv((3, 3), (2, 2)),
            options={"detail": "brief", "values": "random:1", "evidence": ("differences",)}),
    Example("resnet50-conv1", sc.Conv((224, 224), (7, 7), stride=2, padding=3, in_channels=3, out_channels=64)),
)  # fmt: skip


def documents() -> Iterator[tuple[Path, str]]:
    """Every file of the gallery and what belongs in it."""
    for number, example in enumerate(EXAMPLES, start=1):
        if sys.stderr.isatty():
            print(f"\r{number} of {len(EXAMPLES)}: {example.name}\033[K", end="", file=sys.stderr, flush=True)
        derivation = sc.derive(example.layer, **example.style)
        for suffix, to in zip(SUFFIXES, ("markdown", "latex"), strict=True):
            yield HERE / f"{example.name}{suffix}", derivation.render(to, **example.options)
    for suffix, to in zip(SUFFIXES, ("markdown", "latex"), strict=True):
        yield HERE / f"almost-right{suffix}", almost_right(to)
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr)


def main(arguments: list[str]) -> int:
    if arguments not in ([], ["--check"]):
        print("usage: python outputs/make.py [--check]", file=sys.stderr)
        return 2
    wanted = dict(documents())
    present = {path for suffix in SUFFIXES for path in HERE.glob(f"*{suffix}") if path.name != "README.md"}
    stale = sorted(path.name for path in present - set(wanted))
    changed = [path for path, text in wanted.items() if not path.exists() or path.read_bytes() != text.encode("utf-8")]
    if arguments:
        for name in [*(path.name for path in changed), *stale]:
            print(f"outputs/{name} is not what `make gallery` writes", file=sys.stderr)
        return 1 if changed or stale else 0
    for path in changed:
        path.write_text(wanted[path], encoding="utf-8", newline="\n")
    for name in stale:
        (HERE / name).unlink()
    print(f"{len(changed)} of {len(wanted)} documents written, {len(stale)} removed")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
