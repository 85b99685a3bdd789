"""What a page prints of worked numbers, read and computed by itself: its trees of numbers evaluated in fractions.

Nothing of symconv takes part but the trees. Functions are computed with many digits, all else exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np

from symconv.compose import derive
from symconv.derivation.elision import Limits
from symconv.notation import tree
from symconv.notation.tree import Relation, Symbol

Array = np.ndarray[Any, Any]
DIGITS = 60
LIMITS = Limits.showing(60)
"""So that the pages of small layers leave nothing out."""


class LeftOutError(Exception):
    """A tree that shows only a part of what it means, or stands for more than numbers."""


# Pages


def chains(derivation: Any, values: Any, claims: Any = None) -> tuple[Any, dict[str, Relation]]:
    """The worked numbers, and the equations that a page shows, by "entry ROLE" and "whole ROLE".

    `claims` are the lines to be worked out, instead of those that are proved.
    """
    working = derivation.worked(values, evidence=())
    found = [proof.claim for proof in derivation.proofs] if claims is None else claims
    steps = working.steps(LIMITS, derivation.entries(LIMITS, working.worked.telling), found)
    shown = {name: display.relations for step in steps for name, display in step.displays.items()}
    return working, {
        name: part[0] for name, part in shown.items() if name.startswith(("entry", "whole")) and _is_chain(part)
    }


def _is_chain(relations: Any) -> bool:
    return len(relations) == 1 and isinstance(relations[0], Relation) and len(relations[0].sides) > 2


def lines_of(layer: Any) -> Any:
    """The lines of a smooth layer without a proof, which costs more than these tests can pay."""
    return [line.relation for line in layer.statements()] if hasattr(layer, "statements") else None


def assert_chains(layer: Any, values: Any) -> set[str]:
    """Every equation that is shown holds; what they are about."""
    working, found = chains(derive(layer), values, lines_of(layer))
    for name, chain in found.items():
        assert_chain(name, chain, working.worked.arrays, working.worked.columns, letters_of(layer))
    return set(found)


def letters_of(layer: Any) -> dict[str, Fraction]:
    """What letters by themselves stand for in the formulas of a layer."""
    found = {r"\beta": Fraction(getattr(layer, "batch", 1)), "n": Fraction(getattr(layer, "inputs", None) or 1)}
    if layer.kind in ("batch-norm", "layer-norm"):
        rows = layer.maps if layer.kind == "batch-norm" else layer.batch
        found |= {"m": Fraction(layer.arrays["X"].size, rows), r"\epsilon": Fraction(1, 100_000)}
    return found


def assert_chain(
    name: str, chain: Relation, arrays: Mapping[str, Array], columns: frozenset[str], letters: Mapping[str, Fraction]
) -> None:
    """The left side is the entry or array that it names, and all other sides come to it."""
    left, formula, *numbers = chain.sides
    expected = squeezed(computed(left, arrays, columns))
    scale = max([Fraction(1), *(abs(value) for value in expected.ravel())])
    assert not any(isinstance(part, Symbol) for side in numbers for part in tree.walk(side)), name
    for at, side in enumerate(numbers, start=2):
        try:
            value = squeezed(computed(side, {}, frozenset()))
        except LeftOutError:
            continue
        signs = [chain.sign_before(number) for number in range(2, at + 1)]
        if "≈" in signs:
            assert_close(value, expected, scale * Fraction(1, 10**3), name)
        else:
            assert_close(value, expected, scale * Fraction(1, 10**28), name)
    last = squeezed(computed(numbers[-1], {}, frozenset())) if len(numbers) > 1 else expected
    assert_close(last, expected, scale * Fraction(1, 10**5), f"{name}: the number at the end")
    with suppress(LeftOutError):
        value = squeezed(computed(formula, {**arrays, **letters}, columns))
        assert_close(value, expected, scale * Fraction(1, 10**20), f"{name}: formula")


def assert_close(found: Array, expected: Array, room: Fraction, what: str) -> None:
    assert found.shape == expected.shape, what
    assert all(abs(a - b) <= room for a, b in zip(found.ravel(), expected.ravel(), strict=True)), (
        what,
        found,
        expected,
    )


def squeezed(array: Array) -> Array:
    """Without axes of length 1: a page shows vectors as rows or columns."""
    return array.reshape([length for length in array.shape if length > 1])


def rounded_numbers(node: Any) -> Iterator[tree.Decimal]:
    return (part for part in tree.walk(node) if isinstance(part, tree.Decimal))


# Trees of numbers


def computed(node: Any, arrays: Mapping[str, Array], columns: frozenset[str]) -> Array:
    """What a tree comes to, an array of fractions. Raises `LeftOutError`."""
    found = RULES.get(type(node))
    if found is None:
        raise LeftOutError(type(node).__name__)
    value = found(node, lambda part: computed(part, arrays, columns), arrays, columns)
    return np.asarray(value, dtype=object)


def _scalar(value: Any) -> Array:
    array = np.empty((), dtype=object)
    array[()] = Fraction(value)
    return array


def _symbol(node: Any, inner: Any, arrays: Mapping[str, Array], columns: frozenset[str]) -> Array:
    if node.role not in arrays or not all(isinstance(part, int) for part in node.index):
        raise LeftOutError(node.role)
    array = np.asarray(arrays[node.role][tuple(node.index)], dtype=object)
    array = np.vectorize(Fraction, otypes=[object])(array) if array.size else array
    return array.reshape(-1, 1) if array.ndim == 1 and node.role in columns and not node.index else array


def _matrix(node: Any, inner: Any, *_: Any) -> Array:
    rows = [[inner(cell).item() for cell in row] for row in node.rows]
    return np.array(rows, dtype=object).reshape(len(rows), len(rows[0]))


def _product(node: Any, inner: Any, *_: Any) -> Array:
    total = inner(node.factors[0])
    for factor in node.factors[1:]:
        other = inner(factor)
        contracted = total.ndim == other.ndim == 2 and total.shape[1] == other.shape[0]
        total = np.asarray(total @ other if contracted else total * other, dtype=object)
    return total


def _sum(node: Any, inner: Any, *_: Any) -> Array:
    total = inner(node.terms[0])
    for term in node.terms[1:]:
        total = total + inner(term)
    return np.asarray(total, dtype=object)


def _infix(node: Any, inner: Any, *_: Any) -> Array:
    if node.operator == "hadamard" and isinstance(node.right, tree.Call) and node.right.function == "unfold":
        masks = inner(node.left)
        return masks * _unfolded(inner(node.right.arguments[0]), node.right.parameters, masks)
    left, right = inner(node.left), inner(node.right)
    if node.operator == "hadamard":
        one_each = left.ndim == 2 and left.shape != right.shape and right.size == len(left)
        return left * (right.reshape(-1, 1) if one_each else right)
    if node.operator == "divide":
        return left / right
    return _correlated(
        left, right[(slice(None, None, -1),) * right.ndim] if node.operator == "convolve" else right, node.stride
    )


def _correlated(left: Array, right: Array, stride: tuple[int, ...]) -> Array:
    """Where a row stands for a line, there is nothing to slide along its other axis."""
    if left.ndim != right.ndim:
        raise LeftOutError("ones whose number is not said")
    steps = (1,) * (left.ndim - len(stride)) + tuple(stride)
    sizes = [(n - k) // s + 1 for n, k, s in zip(left.shape, right.shape, steps, strict=True)]
    found = np.empty(sizes, dtype=object)
    for at in np.ndindex(*sizes):
        window = tuple(slice(s * i, s * i + k) for s, i, k in zip(steps, at, right.shape, strict=True))
        found[at] = (left[window] * right).sum()
    return found


def _unfolded(array: Array, stride: tuple[int, ...], masks: Array) -> Array:
    line, (windows, size) = array.ravel(), masks.shape
    return np.array([[line[stride[0] * i + f] for f in range(size)] for i in range(windows)], dtype=object)


def _call(node: Any, inner: Any, *_: Any) -> Array:
    if node.function not in CALLS:
        raise LeftOutError(node.function)
    return np.asarray(CALLS[node.function](inner(node.arguments[0]), node.parameters), dtype=object)


def _pad(array: Array, sides: Any) -> Array:
    """Zeros before and after, or a crop where that is negative."""
    sides = ((0, 0),) * (array.ndim - len(sides)) + tuple(sides)
    shape = [n + a + c for n, (a, c) in zip(array.shape, sides, strict=True)]
    found = np.full(shape, Fraction(0), dtype=object)
    for at in np.ndindex(*array.shape):
        to = tuple(i + a for i, (a, _) in zip(at, sides, strict=True))
        if all(0 <= i < n for i, n in zip(to, shape, strict=True)):
            found[to] = array[at]
    return found


def _spread(array: Array, factors: Any) -> Array:
    factors = (1,) * (array.ndim - len(factors)) + tuple(factors)
    found = np.full([(n - 1) * s + 1 for n, s in zip(array.shape, factors, strict=True)], Fraction(0), dtype=object)
    found[tuple(slice(None, None, s) for s in factors)] = array
    return found


def _keep(array: Array, lengths: Any) -> Array:
    return array[(..., *(slice(length) for length in lengths))]


def _fold(array: Array, stride: Any) -> Array:
    windows, size = array.shape
    found = np.full((windows - 1) * stride[0] + size, Fraction(0), dtype=object)
    for i, f in np.ndindex(windows, size):
        found[stride[0] * i + f] += array[i, f]
    return found


CALLS: Mapping[str, Callable[[Array, Any], Any]] = {
    "pad": _pad,
    "spread": _spread,
    "keep": _keep,
    "fold": _fold,
    "rot180": lambda array, _: array[::-1, ::-1],
    "rev": lambda array, _: array[..., ::-1],
    "vec": lambda array, _: array.reshape(-1, 1),
    "unvec": lambda array, sizes: array.reshape(sizes),
    "sum": lambda array, _: array.sum(axis=-1),
    "diag": lambda array, _: np.where(np.eye(array.size, dtype=bool), array.reshape(-1, 1), Fraction(0)),
}


def _function(node: Any, inner: Any, *_: Any) -> Array:
    name = node.name + "'" * node.primes
    if name not in FUNCTIONS:
        raise LeftOutError(name)
    arguments = [inner(argument) for argument in node.arguments]

    def valued(*numbers: Fraction) -> Fraction:
        with mpmath.workdps(DIGITS):
            return _fraction(FUNCTIONS[name](*(mpmath.mpf(x.numerator) / x.denominator for x in numbers)))

    return np.asarray(np.frompyfunc(valued, len(arguments), 1)(*arguments), dtype=object)


def _fraction(value: Any) -> Fraction:
    return Fraction(mpmath.nstr(value, DIGITS - 10))


def _logistic(z: Any) -> Any:
    return 1 / (1 + mpmath.exp(-z))


def _power(node: Any, inner: Any, *_: Any) -> Array:
    exponent = inner(node.exponent).item()
    return np.asarray(inner(node.base) ** int(exponent), dtype=object)


OF_ONE_NUMBER: Mapping[str, Callable[[Any], Any]] = {
    r"\sigma": _logistic,
    r"\tanh": mpmath.tanh,
    r"\mathrm{softplus}": lambda z: mpmath.log(1 + mpmath.exp(z)),
    r"\mathrm{SiLU}": lambda z: z * _logistic(z),
    r"\mathrm{GELU}": lambda z: z * mpmath.ncdf(z),
}
FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "exp": mpmath.exp,
    "log": mpmath.log,
    "sqrt": mpmath.sqrt,
    "max": max,
    **OF_ONE_NUMBER,
    **{f"{name}'": lambda z, f=function: mpmath.diff(f, z) for name, function in OF_ONE_NUMBER.items()},
    r"\mathrm{ReLU}": lambda z: max(z, mpmath.mpf(0)),
    r"\mathrm{ReLU}'": lambda z: mpmath.mpf(int(z > 0)),
    r"\mathrm{LeakyReLU}": lambda z: max(z, z / 100),
    r"\mathrm{LeakyReLU}'": lambda z: mpmath.mpf(1) if z > 0 else mpmath.mpf(1) / 100,
}

RULES: Mapping[type[Any], Callable[..., Array]] = {
    tree.Number: lambda node, *_: _scalar(node.value),
    tree.Letter: lambda node, inner, arrays, _: _scalar(arrays[node.letter]),
    tree.Decimal: lambda node, *_: _scalar(node.digits * Fraction(10) ** node.exponent),
    tree.Bracketed: lambda node, inner, *_: inner(node.body),
    tree.Marked: lambda node, inner, *_: inner(node.body),
    tree.Symbol: _symbol,
    tree.Matrix: _matrix,
    tree.Sum: _sum,
    tree.Product: _product,
    tree.Negative: lambda node, inner, *_: np.asarray(-inner(node.term), dtype=object),
    tree.Ratio: lambda node, inner, *_: np.asarray(inner(node.over) / inner(node.under), dtype=object),
    tree.Power: _power,
    tree.Function: _function,
    tree.Infix: _infix,
    tree.Call: _call,
    tree.Transpose: lambda node, inner, *_: inner(node.body).T,
    tree.Inner: lambda node, inner, *_: np.asarray((inner(node.left) * inner(node.right)).sum(), dtype=object),
    tree.Ones: lambda node, *_: _scalar(1),
}
