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

HERE = Path(__file__).parent
SUFFIXES = (".md", ".tex")


@dataclass(frozen=True)
class Example:
    """One document of the gallery, written in every format."""

    name: str
    layer: sc.Conv
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
