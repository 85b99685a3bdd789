"""What steps say of the axes of a sliding window: sizes as formulas, options as words, inputs that no window reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from itertools import product as all_of
from typing import Any

from symconv.geometry import Axis
from symconv.notation.tree import (
    Ceiling,
    Floor,
    Letter,
    Negative,
    Node,
    Number,
    Product,
    Ratio,
    Relation,
    Sum,
    equals,
)

Position = tuple[int, ...]


def each(axes: Sequence[Any], what: str) -> str:
    """A number for all axes, or one an axis.

    >>> each([Axis(5, 3, 2), Axis(5, 3, 1)], "stride")
    '2×1'
    """
    values = [str(getattr(axis, what)) for axis in axes]
    return values[0] if len(set(values)) == 1 else "×".join(values)


def padding_text(axes: Sequence[Any]) -> str:
    """One number where it is the same on every side, else before:after on each axis.

    >>> padding_text([Axis(5, 3, before=1, after=1)]), padding_text([Axis(5, 3, after=1)])
    ('1', '0:1')
    """
    values = [f"{axis.before}:{axis.after}" for axis in axes]
    sides = {side for axis in axes for side in (axis.before, axis.after)}
    if len(sides) == 1:
        return str(sides.pop())
    return values[0] if len(set(values)) == 1 else "×".join(values)


def size_formula(axis: Axis, name: str, *, dilation: bool = True) -> Relation:
    """o = floor((n + a + c - d(k-1) - 1)/s) + 1 (in ceil mode the ceiling), the numbers put in, and the result.

    Without `dilation` the layer has no such option, and n + a + c - k stands above the fraction line. A window that
    ceil mode drops is still counted.
    """
    letters = {letter: Letter(f"{letter}_{{{name}}}" if name else letter) for letter in "onacdks"}
    rounded = Ceiling if axis.ceil_mode else Floor
    left, right = (
        Sum((rounded(Ratio(Sum(_slack(of, dilation)), of["s"])), Number(1))) for of in (letters, _numbers(axis))
    )
    return equals(letters["o"], left, right, Number(axis.counted))


def remainder_formula(axis: Axis, name: str, *, dilation: bool = True) -> Relation:
    """r = n + a + c - d(k-1) - 1 - s(o-1), the numbers put in, and the result."""
    letters = {letter: Letter(f"{letter}_{{{name}}}" if name else letter) for letter in "ronacdks"}
    numbers = _numbers(axis) | {"o": Number(axis.output)}
    left, right = (
        Sum((*_slack(of, dilation), Negative(Product((of["s"], Sum((of["o"], Negative(Number(1)))))))))
        for of in (letters, numbers)
    )
    return equals(letters["r"], left, right, signed(axis.remainder))


def signed(number: int) -> Node:
    """A whole number, its sign apart.

    >>> signed(-2)
    Negative(term=Number(value=2))
    """
    return Negative(Number(-number)) if number < 0 else Number(number)


def _slack(of: Mapping[str, Node], dilation: bool) -> tuple[Node, ...]:  # noqa: FBT001
    reach = Product((of["d"], Sum((of["k"], Negative(Number(1))))))
    end = (Negative(reach), Negative(Number(1))) if dilation else (Negative(of["k"]),)
    return (*(of[letter] for letter in "nac"), *end)


def _numbers(axis: Axis) -> dict[str, Node]:
    sizes = {"n": axis.size, "a": axis.before, "c": axis.after, "d": axis.dilation, "k": axis.filter, "s": axis.stride}
    return {letter: signed(value) for letter, value in sizes.items()}


def touching(sizes: Sequence[int], chosen: Sequence[Set[int]]) -> Iterator[Position]:
    """The positions, row by row, that are chosen on at least one axis.

    >>> list(touching([2, 2], [set(), {1}]))
    [(0, 1), (1, 1)]
    """
    if not sizes:
        return
    first, *rest = sizes
    for place in range(first) if any(chosen[1:]) else sorted(chosen[0]):
        inner = all_of(*map(range, rest)) if place in chosen[0] else touching(rest, chosen[1:])
        yield from ((place, *position) for position in inner)
