"""A layer in the words of the command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


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
