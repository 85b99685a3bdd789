"""What is wrong with numbers: which of them, and what it should be."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from symconv.checking.diagnosis.formula import latex, text
from symconv.checking.judging import Pair
from symconv.checking.values import Value
from symconv.notation.build import node as number_of
from symconv.notation.tree import Matrix, Node

MOST_DIGITS = 12
"""Digits of a number that is told."""
Found = tuple[str, str, str]
"""The kind of a mistake, what is said of it, and the right line in LaTeX."""


def in_numbers(pair: Pair, left: Node, right: Node) -> Found | None:
    """What is wrong with a side made of numbers; None where the numbers that it should be are not known exactly.

    Args:
        pair: what both sides come to.
        left, right: the sides as they are written, numbers on the right.
    """
    wanted, written = _numbers(pair.left), _numbers(pair.right)
    if wanted is None or written is None:
        return None
    if not isinstance(right, Matrix):
        return _one(wanted, left, right) if wanted.size == 1 else None
    shape = (len(right.rows), len(right.rows[0]))
    if wanted.size != shape[0] * shape[1] or written.size != wanted.size:
        return None
    return _matrix(wanted.reshape(shape), written.reshape(shape), left, right)


def _numbers(value: Value) -> np.ndarray | None:
    """Exact numbers; None where there are others."""
    entries = np.atleast_1d(value.entries)
    if any(each.atoms for each in entries.flat):
        return None
    found = np.array([Fraction(each.number) for each in entries.flat], dtype=object).reshape(entries.shape)
    return None if any(len(str(each)) > MOST_DIGITS for each in found.flat) else found


def _one(wanted: np.ndarray, left: Node, right: Node) -> Found:
    new = number_of(wanted.flat[0])
    return "wrong-coefficient", f"{text(right)} should be {text(new)}", _line(left, new)


def _matrix(wanted: np.ndarray, written: np.ndarray, left: Node, right: Matrix) -> Found:
    wrong = [at for at in np.ndindex(*wanted.shape) if wanted[at] != written[at]]
    new = Matrix(tuple(
        tuple(number_of(wanted[i, j]) if (i, j) in wrong else cell for j, cell in enumerate(row))
        for i, row in enumerate(right.rows)
    ))  # fmt: skip
    for kind, words, other in (
        ("missing-transpose", "the matrix has to be transposed", wanted.T),
        ("not-rotated", "the matrix has to be rotated by 180°", wanted[::-1, ::-1]),
    ):
        if len(wrong) > 1 and np.array_equal(other, written):
            return kind, words, _line(left, new)
    (i, j), told = wrong[0], "" if len(wrong) == 1 else f"{len(wrong)} entries are wrong; "
    words = f"{told}in row {i + 1}, column {j + 1}: {text(right.rows[i][j])} should be {text(new.rows[i][j])}"
    return "wrong-coefficient", words, _line(left, new)


def _line(left: Node, right: Node) -> str:
    return f"{latex(left)} = {latex(right)}"


__all__ = ["in_numbers"]
