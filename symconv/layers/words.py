"""A layer in the words of the command line."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import Any


def times(sizes: Sequence[int]) -> str:
    """Sizes as the command line writes them.

    >>> times((3, 4))
    '3x4'
    """
    return "x".join(map(str, sizes))


def joined_sizes(parts: Sequence[int] | Sequence[str]) -> str:
    """One value where all axes agree, else one an axis.

    >>> joined_sizes((2, 2)), joined_sizes((2, 1))
    ('2', '2x1')
    """
    return str(parts[0]) if len(set(parts)) == 1 else "x".join(map(str, parts))


def padding_words(pairs: Sequence[tuple[int, int]]) -> str:
    """Padding, before and after an axis, as the command line takes it.

    >>> padding_words([(0, 1), (1, 1)])
    '0:1x1'
    """
    return joined_sizes([str(before) if before == after else f"{before}:{after}" for before, after in pairs])


def described(
    kind: str, sizes: Mapping[str, Sequence[int] | None], optional: Mapping[str, tuple[object, object]]
) -> list[str]:
    """The words for a layer: the sizes that it has, and the options (value, default) that differ from their default.

    >>> described("conv", {"input": None, "filter": (2, 2)}, {"batch": (2, 1), "bias": (None, None)})
    ['conv', '--filter', '2x2', '--batch', '2']
    """
    words = [kind]
    for name, size in sizes.items():
        words += [] if size is None else [f"--{name}", times(size)]
    for name, (value, default) in optional.items():
        words += [] if value == default else [f"--{name}", str(value)]
    return words


ANY_SIZE = ("conv", "conv-transpose", "max-pool", "avg-pool")
"""The layers whose formulas can be proved for all sizes; theorems of `proofs/` speak of the same."""
SIZELESS = {"bias": None, "convention": "correlation", "ceil_mode": False}
"""What else such a proof is about, and its default."""
MOST_CERTIFIED = 2_000
"""Layers of more products get no certificate entry by entry."""


def commands_for_all_sizes(layer: Any) -> list[str]:
    """The commands that prove a layer's formulas for all sizes, one for each pair of a stride and a dilation.

    >>> from symconv.layers.conv import Conv
    >>> commands_for_all_sizes(Conv(input=(9, 9), filter=(3, 3), stride=(2, 1), bias="map"))
    ['symconv prove conv --stride 2 --all-sizes --bias map', 'symconv prove conv --all-sizes --bias map']
    """
    if layer.kind not in ANY_SIZE or getattr(layer, "argmax", None) is not None:
        return []
    rest = [f"--{name.replace('_', '-')}" + ("" if found is True else f" {found}")
            for name, default in SIZELESS.items() if (found := getattr(layer, name, default)) != default]  # fmt: skip
    commands = []
    for axis in layer.axes:
        pair = {"stride": axis.stride, "dilation": axis.dilation}
        usual = {"stride": 0 if layer.kind.endswith("pool") else 1, "dilation": 1}
        steps = [f"--{name} {number}" for name, number in pair.items() if number != usual[name]]
        commands.append(" ".join(["symconv prove", layer.kind, *steps, "--all-sizes", *rest]))
    return list(dict.fromkeys(commands))


def command_for_certificate(layer: Any) -> str:
    """The command that writes a file for Coq about a layer; empty where there is none.

    >>> from symconv.layers.conv import Conv
    >>> command_for_certificate(Conv(input=(9, 9), filter=(3, 3)))
    'symconv prove conv --input 9x9 --filter 3x3 --certificate layer.v'
    """
    small = hasattr(layer, "definition") and layer.term_count() <= MOST_CERTIFIED
    if not small and layer.kind not in ANY_SIZE:
        return ""
    return " ".join(["symconv prove", *quoted(layer.options()), "--certificate layer.v"])


def quoted(words: Sequence[str]) -> list[str]:
    """Words as a shell takes them.

    >>> quoted(["--argmax", "1;2"])
    ['--argmax', '"1;2"']
    """
    return [word if shlex.quote(word) == word else f'"{word}"' for word in words]
