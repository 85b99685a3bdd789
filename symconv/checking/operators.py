"""What the signs and named operations between arrays may mean, and the values that they have then."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np

from symconv.checking.values import (
    ShapeError,
    Value,
    contracted,
    correlated,
    filled,
    folded,
    fully_correlated,
    inner,
    kept,
    kronecker,
    matrix_product,
    padded,
    repeated,
    reversed_,
    scalar,
    spread,
    together,
    unfolded,
)
from symconv.checking.world import World, array
from symconv.errors import LimitError, NotSupportedError
from symconv.meaning.polynomials import Polynomial, as_polynomial, total
from symconv.notation.tree import Index, Place, Symbol

CORRELATE, CONVOLVE = "correlate", "convolve"
FULL, VALID, SAME, AS_LAYER = "full", "valid", "same", "layer"
SETTLED: Mapping[str, str] = dict.fromkeys(("⋆", "★", "star", "corr", "xcorr", "correlate"), CORRELATE)
"""Signs and words that everybody uses alike."""


def family_said(signs: Mapping[str, str], sign: str) -> str:
    """Whether a sign is correlation or convolution where a text or everybody says it; else empty."""
    said = signs.get(sign, "").split()
    return next((word for word in said if word in (CORRELATE, CONVOLVE)), SETTLED.get(sign, ""))


@dataclass(frozen=True)
class Signs:
    """What each sign that has several meanings is taken for."""

    chosen: frozenset[tuple[str, str]] = frozenset()

    @staticmethod
    def together(each: Iterable[Signs]) -> Signs | None:
        """All of them, or None where they contradict each other."""
        chosen = frozenset(itertools.chain.from_iterable(one.chosen for one in each))
        return Signs(chosen) if len(dict(chosen)) == len(chosen) else None


@dataclass(frozen=True, eq=False)
class Reading:
    """A value, what signs were taken for, and assumptions in words."""

    value: Value
    signs: Signs = Signs()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Frame:
    """What operations need to know: the world, the layer, and what the author's signs mean where that is settled."""

    world: World | Any
    layer: Any = None
    signs: Mapping[str, str] = field(default_factory=dict)
    slices: bool = False
    """Whether one index of a matrix always means a row of it, and never counts all of its entries."""
    rounded: bool = False
    """Whether decimals are rounded."""
    numbers: bool = False
    """Whether all arrays are numbers."""

    def is_flat(self, symbol: Symbol, shape: tuple[int, ...]) -> bool:
        """Whether one index letter counts all entries of a matrix: X_i in place of X_ij."""
        if self.slices or symbol.role.startswith("ex:"):  # of a batch, whose first axis counts the examples
            return False
        place = symbol.index[0] if len(symbol.index) == 1 else None
        is_letter = isinstance(place, Index) and len(place.parts) == 1 and not isinstance(place, Place)
        return is_letter and 2 <= len(shape) <= 3

    def with_maps(self, value: Value) -> bool:
        """Whether a whole array with examples and maps is meant, as on a page of symconv's own."""
        return self.slices and value.entries.ndim == self.rank + 2

    @property
    def rows(self) -> bool:
        """Whether vectors are rows, as on the pages of a layer of that convention."""
        return self.slices and getattr(self.layer, "convention", "") == "rows"

    @property
    def rank(self) -> int:
        """How many spatial axes the layer has."""
        return len(getattr(self.layer, "axes", ())) or 2

    def counted(self, role: str) -> tuple[int, ...]:
        """The shape by which letters count: channels of an array with groups within one group."""
        shape = self.world.shapes[role]
        groups = getattr(self.layer, "groups", 1)
        axis = {"X": 1, "dX": 1, "O": 1, "G": 1, "F": 0, "dF": 0}.get(role)
        if groups == 1 or axis is None or len(shape) <= self.rank:
            return shape
        return (*shape[:axis], shape[axis] // groups, *shape[axis + 1 :])

    @property
    def is_pool(self) -> bool:
        """Whether the layer pools windows, so that nothing slides over anything."""
        return getattr(self.layer, "kind", "") in ("max-pool", "avg-pool")

    def with_bias_spread(self, left: Value, right: Value) -> tuple[Value, Value]:
        """A bias that is added to an output goes with all positions, or all examples, of its map or feature."""
        if left.entries.ndim < 2 and right.entries.ndim >= 2 and left.roles == {"b"}:
            return self._spread_bias(left, right), right
        if right.entries.ndim == 2 and 1 in right.shape and right.roles == {"b"} and left.entries.ndim == 2:
            return left, Value(np.broadcast_to(right.entries, left.shape)) if _fits(right, left) else right
        if right.entries.ndim == 1 and left.entries.ndim >= 2 and right.roles == {"b"}:
            return left, self._spread_bias(right, left)
        return left, right

    def _spread_bias(self, bias: Value, output: Value) -> Value:
        axis = 1 if output.entries.ndim > 2 or getattr(self.layer, "convention", "") == "rows" else 0
        if bias.entries.ndim != 1 or bias.shape[0] != output.shape[axis]:
            return bias
        at = tuple(slice(None) if number == axis else None for number in range(output.entries.ndim))
        return Value(np.broadcast_to(bias.entries[at], output.shape), output.axes)

    @property
    def families(self) -> tuple[str, str]:
        """Correlation and convolution, the one that the layer computes first."""
        own = getattr(self.layer, "convention", "correlation")
        return (CONVOLVE, CORRELATE) if own == "convolution" else (CORRELATE, CONVOLVE)

    def families_of(self, sign: str) -> tuple[str, ...]:
        known = family_said(self.signs, sign)
        return (known,) if known else self.families

    def reach_of(self, sign: str) -> str:
        """How far a sign slides where the text says it: "full", "valid" or "same"."""
        return next((word for word in self.signs.get(sign, "").split() if word in (FULL, VALID, SAME)), "")


def _fits(small: Value, wide: Value) -> bool:
    return all(a in (1, b) for a, b in zip(small.shape, wide.shape, strict=True))


Function = Callable[[str, Sequence[Value], Frame], list[Reading]]


def combined(
    left: Sequence[Reading], right: Sequence[Reading], join: Callable[[Value, Value], list[Reading]]
) -> list[Reading]:
    """All pairs of readings that agree on their signs. Raises `ShapeError` where none fits."""
    found: list[Reading] = []
    reason: ShapeError | None = None
    for one, other in itertools.product(left, right):
        signs = Signs.together((one.signs, other.signs))
        if signs is None:
            continue
        try:
            joined = join(one.value, other.value)
        except ShapeError as error:
            reason = error
            continue
        for each in joined:
            both = Signs.together((signs, each.signs))
            if both is not None:
                found.append(Reading(each.value, both, (*one.notes, *other.notes, *each.notes)))
    if not found:
        raise reason or ShapeError("signs that contradict each other")
    return found


def product_of(left: Value, right: Value, frame: Frame) -> list[Reading]:
    """Things side by side, or with a dot between: numbers, a chain rule, a product of matrices."""
    if left.entries.ndim == 0 or right.entries.ndim == 0:
        return [Reading(together(lambda a, b: a * b, left, right))]
    if left.gaps or right.gaps:
        raise NotSupportedError("a product of matrices with dots")
    left, right = (as_row(value) if frame.rows else value for value in (left, right))
    chained = contracted(left, right)
    if chained is not None:
        return [Reading(chained)]
    readings = []
    if left.axes == right.axes and all(left.axes):
        readings.append(Reading(inner(left, right)))
    found = matrix_product(left, right)
    if found is not None:
        readings.append(Reading(found))
    if left.entries.size == 1 or right.entries.size == 1:
        readings.append(Reading(together(lambda a, b: a * b, _as_scalar(left), _as_scalar(right))))
    if not readings:
        readings = _of_flat_arrays(left, right, frame)
    return readings


ROW_BY_ROW = "holds where the entries of an array stand in a column, row by row"


def _of_flat_arrays(left: Value, right: Value, frame: Frame) -> list[Reading]:
    """A matrix times all entries of an array in a column, which gives all entries of one. Raises `ShapeError`."""
    fits = left.entries.ndim == 2 and right.entries.ndim > 1 and left.shape[1] == right.entries.size
    unrolled = set(left.axes) <= {"", "C0", "C1"}
    found = matrix_product(left, Value(right.entries.reshape(-1))) if fits and unrolled else None
    if found is None:
        raise ShapeError(f"{_sizes(left)} and {_sizes(right)} cannot be multiplied")
    return [replace(each, notes=(ROW_BY_ROW,)) for each in _shaped("", (found,), frame)]


def as_row(value: Value) -> Value:
    """A vector as a row."""
    return Value(value.entries.reshape(1, -1), ("", *value.axes)) if value.entries.ndim == 1 else value


def _as_scalar(value: Value) -> Value:
    found = value.scalar
    return value if found is None else scalar(found)


def _sizes(value: Value) -> str:
    return "×".join(map(str, value.shape))


# Signs

HADAMARD = frozenset("⊙∘⊡")
DIVIDED = frozenset("⊘")
MATRIX = frozenset("•·")


def _sliding_at_all(sign: str, lower: str, left: Value, right: Value, frame: Frame) -> list[Reading]:
    try:
        return sliding(sign, lower, left, right, frame)
    except ShapeError:
        return []


def operation(sign: str, lower: str, left: Value, right: Value, frame: Frame) -> list[Reading]:
    """The meanings of a sign between two values. Raises `ShapeError` where it has none."""
    if sign in DIVIDED:
        return [Reading(together(lambda a, b: a / b, left, right))]
    if left.entries.ndim == 0 or right.entries.ndim == 0:
        return [Reading(together(lambda a, b: a * b, left, right))]
    if sign in HADAMARD:
        return [Reading(together(lambda a, b: a * b, left, right))]
    if sign == ":":
        return [Reading(inner(left, right))]
    if sign in MATRIX:
        return product_of(left, right, frame)
    if sign == "⊗" and frame.is_pool:
        return [*_sliding_at_all(sign, lower, left, right, frame), Reading(kronecker(left, right))]
    if sign in TIMES:
        return _either(lambda: product_of(left, right, frame), lambda: sliding(sign, lower, left, right, frame))
    if sign in SLIDING:
        return sliding(sign, lower, left, right, frame)
    raise ShapeError(f"the sign {sign} is not known")


REACHES: Mapping[str, str] = {"full": FULL, "f": FULL, "valid": VALID, "v": VALID, "same": SAME, "s": SAME}
"""Below a sign, how far one array slides over the other."""
TIMES = frozenset("×")
SLIDING = frozenset({"*", "∗", "⊗", "⋆", "★", "⊛", "conv", "corr", "xcorr", "convolve", "correlate", "star"})


def _either(*ways: Callable[[], list[Reading]]) -> list[Reading]:
    """What all of the ways give that fit."""
    found: list[Reading] = []
    reason = ShapeError("no meaning fits")
    for way in ways:
        try:
            found += way()
        except ShapeError as error:
            reason = error
    if not found:
        raise reason
    return found


def sliding(sign: str, lower: str, left: Value, right: Value, frame: Frame, reach: str = "") -> list[Reading]:
    """Correlation and convolution: over what lies inside, full, padded as the layer is, or what the layer computes.

    Without anything that says how far one array slides over the other, it stays inside; what else it may mean is noted.
    """
    chained = contracted(left, right)
    if chained is not None:
        return [Reading(chained)]
    if frame.with_maps(left) and frame.with_maps(right):
        return [Reading(_map_by_map(left, right, sign, lower, frame))]
    said = reach or REACHES.get(lower, "")
    known = said or frame.reach_of(sign)
    found: list[Reading] = []
    reason: ShapeError | None = None
    for family in frame.families_of(sign):
        signs = Signs(frozenset({(sign, family)}))
        for one in (known,) if known else (VALID, FULL, AS_LAYER):
            try:
                value, swapped = _slid(one, left, right, family, lower, frame)
            except ShapeError as error:
                reason = error
                continue
            notes = () if known or one == VALID else (NOTES[one].format(sign),)
            found.append(Reading(value, signs, (*notes, *((SWAPPED,) if swapped and family == CORRELATE else ()))))
        if said not in (FULL, SAME) and _has_own_steps(lower, frame):
            found += [Reading(value, signs) for value in _as_the_layer(left, right, family, frame)]
    if left.shape == right.shape and not said and sign in ("*", "∗"):
        found.append(Reading(together(lambda a, b: a * b, left, right), notes=(ENTRYWISE.format(sign),)))
    if not found:
        raise reason or ShapeError(f"{_sizes(left)} and {_sizes(right)} do not fit")
    return found


NOTES: Mapping[str, str] = {
    VALID: "holds where {} is valid: one array slides within the other",
    FULL: "holds where {} is full: one array slides as long as it touches the other",
    AS_LAYER: "holds where {} pads as the layer does",
}
"""What a proof depends on where nothing says how far one array slides over the other."""
SWAPPED = "holds where the second array stays and the first one slides over it"
ENTRYWISE = "holds where {} multiplies entry by entry"


def _map_by_map(left: Value, right: Value, sign: str, lower: str, frame: Frame) -> Value:
    """Examples of maps with a filter for each map of the result and each map of its group, which are added up."""
    depth = right.shape[1]
    if left.shape[1] % depth:
        raise ShapeError(f"{left.shape[1]} maps for filters of {depth}")
    size = right.shape[0] // (left.shape[1] // depth)
    steps = _steps(lower, frame.rank)
    reversing = frame.families_of(sign)[0] == CONVOLVE

    def slid(example: int, map: int, at: int) -> Any:
        signal = Value(left.entries[example, map // size * depth + at])
        filter = Value(right.entries[map, at])
        return correlated(signal, reversed_(filter) if reversing else filter, steps).entries

    places = itertools.product(range(left.shape[0]), range(right.shape[0]))
    maps = [sum(slid(*place, at) for at in range(depth)) for place in places]
    return Value(np.array(maps, dtype=object).reshape(left.shape[0], right.shape[0], *maps[0].shape))


def _slid(reach: str, left: Value, right: Value, family: str, lower: str, frame: Frame) -> tuple[Value, bool]:
    """One array slid over the other, and whether it is the first that slides. Raises `ShapeError`.

    The filter slides over anything else, and otherwise the smaller array over the larger one, or the second one.
    """
    swapped = _has_filter(left) and not _has_filter(right) if reach != VALID else _is_smaller(left, right)
    signal, filter = (right, left) if swapped else (left, right)
    filter = reversed_(filter) if family == CONVOLVE else filter
    if reach == FULL:
        return fully_correlated(signal, filter), swapped
    if reach == VALID:
        return correlated(signal, filter, _steps(lower, signal.entries.ndim)), swapped
    return correlated(padded(signal, _around(reach, signal, filter, frame)), filter), swapped


def _around(reach: str, signal: Value, filter: Value, frame: Frame) -> list[tuple[int, int]]:
    """The zeros around an array that keep its size, or that the layer puts around its input. Raises `ShapeError`."""
    if reach == SAME and signal.entries.ndim == filter.entries.ndim:
        return [((length - 1) // 2, length // 2) for length in filter.shape]
    axes = getattr(frame.layer, "axes", ()) if reach == AS_LAYER else ()
    if len(axes) != signal.entries.ndim or any(axis.stride != 1 for axis in axes):
        raise ShapeError(f"{_sizes(filter)} cannot slide over {_sizes(signal)}")
    if not any(axis.before or axis.after for axis in axes):
        raise ShapeError("the layer has no padding")
    return [(axis.before, axis.after) for axis in axes]


def _is_smaller(left: Value, right: Value) -> bool:
    return left.entries.ndim == right.entries.ndim and all(
        a <= b for a, b in zip(left.shape, right.shape, strict=True)
    ) and left.shape != right.shape  # fmt: skip


def _has_filter(value: Value) -> bool:
    """Whether a value is made of a filter, in a network of one of its layers."""
    return any(role == "F" or role.startswith("F[") for role in value.roles)


def _has_own_steps(lower: str, frame: Frame) -> bool:
    """Whether what stands below a sign names no other steps than those of the layer."""
    axes = getattr(frame.layer, "axes", ())
    return _steps(lower, len(axes)) in (None, tuple(axis.stride for axis in axes))


def _as_the_layer(left: Value, right: Value, family: str, frame: Frame) -> list[Value]:
    """X and F joined by a sign that means what the layer computes, stride and padding included."""
    world = frame.world
    if getattr(frame.layer, "kind", "") != "conv" or family != frame.families[0]:
        return []
    for one, other in ((left, right), (right, left)):
        if _is_array(one, world, "X") and _is_array(other, world, "F"):
            output = array(world, "O")
            without = np.frompyfunc(lambda entry: _without_bias(entry), 1, 1)(output)
            axes = tuple(f"O{at}" for at in range(output.ndim))
            return [Value(np.asarray(without, dtype=object).reshape(output.shape), axes)]
    return []


def _without_bias(entry: Any) -> Any:
    return Polynomial(
        {product: value for product, value in entry.terms.items() if all(role != "b" for role, _ in product)}
    )


def _is_array(value: Value, world: World, role: str) -> bool:
    shape = world.shapes[role]
    if value.shape != shape:
        return False
    return all(value.entries[at] == world.entry(role, at) for at in np.ndindex(*shape))


def _steps(lower: str, rank: int) -> tuple[int, ...] | None:
    numbers = tuple(int(digits) for digits in re.findall(r"[0-9]+", lower))
    if not numbers or min(numbers) < 1:
        return None
    return numbers if len(numbers) == rank else numbers[:1] * rank


# Named operations


def _convolution(sign: str, reach: str = "") -> Function:
    def function(lower: str, arguments: Sequence[Value], frame: Frame) -> list[Reading]:
        if len(arguments) < 2:
            raise ShapeError(f"{sign} needs two arrays")
        return sliding(sign, lower, arguments[0], arguments[1], frame, reach)

    return function


def _reverse(lower: str, arguments: Sequence[Value], frame: Frame) -> list[Reading]:
    value = arguments[0]
    spatial = min(frame.rank, value.entries.ndim)
    return [Reading(reversed_(value, spatial))]


def _pad(lower: str, arguments: Sequence[Value], frame: Frame) -> list[Reading]:
    value = arguments[0]
    maps = value.entries.ndim - frame.rank if frame.with_maps(value) else 0
    amounts = _amounts(lower, arguments[1:], value.entries.ndim - maps)
    if amounts is not None:
        return [Reading(padded(value, [(0, 0)] * maps + amounts))]
    sizes = {size - 1 for size in (frame.world.shapes.get("F") or (2,))}
    if len(sizes) != 1:
        raise ShapeError("pad without the number of zeros")
    wide = sizes.pop()
    return [Reading(padded(value, [(wide, wide)] * value.entries.ndim))]


def _amounts(lower: str, more: Sequence[Value], rank: int) -> list[tuple[int, int]] | None:
    """Zeros before and after on each axis: `1`, `1x0`, `0:1x0:1`, or a number as an argument."""
    if more and more[0].scalar is not None and more[0].scalar.number is not None:
        return [(int(more[0].scalar.number),) * 2] * rank
    text = lower.replace("\\times", "x").replace("×", "x").replace(" ", "")
    if not re.fullmatch(r"-?[0-9]+(:-?[0-9]+)?(x-?[0-9]+(:-?[0-9]+)?)*", text):
        return None
    each = [tuple(int(number) for number in axis.split(":")) for axis in text.split("x")]
    pairs = [(axis[0], axis[-1]) for axis in each]
    return pairs * rank if len(pairs) == 1 else pairs if len(pairs) == rank else None


def _spread(lower: str, arguments: Sequence[Value], frame: Frame) -> list[Reading]:
    value = arguments[0]
    rank = value.entries.ndim
    steps = _steps(lower, rank)
    if steps is None and frame.is_pool:
        return [Reading(repeated(value, frame.layer.window))]
    if steps is None and len(arguments) > 1 and arguments[1].scalar is not None and arguments[1].scalar.number:
        steps = (int(arguments[1].scalar.number),) * rank
    if steps is None:
        steps = tuple(axis.stride for axis in getattr(frame.layer, "axes", ())) or None
    if steps is None or len(steps) != rank:
        raise ShapeError("spread without a stride")
    return [Reading(spread(value, steps))]


def _vec(lower: str, arguments: Sequence[Value], frame: Frame) -> list[Reading]:
    return [Reading(Value(arguments[0].entries.reshape(-1), ("",)))]


def _trace(lower: str, arguments: Sequence[Value], frame: Frame) -> list[Reading]:
    value = arguments[0]
    if len(arguments) != 1 or value.entries.ndim != 2 or len(set(value.shape)) != 1:
        raise ShapeError(f"a trace of {_sizes(value) or 'a number'}, which is no square matrix")
    return [Reading(scalar(total(value.entries.diagonal())))]


def _keep(lower: str, arguments: Sequence[Value], frame: Frame) -> list[Reading]:
    lengths = _steps(lower, arguments[0].entries.ndim)
    if lengths is None:
        raise ShapeError("keep without the number of entries")
    return [Reading(kept(arguments[0], lengths))]


def _repeat(lower: str, arguments: Sequence[Value], frame: Frame) -> list[Reading]:
    """The bias at every place of the output, on a page of symconv's own of one example's."""
    shape = frame.world.shapes["O"]
    shape = (1, *shape[1:]) if frame.slices and len(shape) > frame.rank else shape
    output = Value(np.broadcast_to(np.array(None, dtype=object), shape), ("",) * len(shape))
    bias = arguments[0]
    if bias.entries.ndim == 0:
        return [Reading(Value(np.broadcast_to(bias.entries, shape)))]
    return [Reading(frame._spread_bias(bias, output))]


def _unvec(lower: str, arguments: Sequence[Value], frame: Frame) -> list[Reading]:
    shape = tuple(int(digits) for digits in re.findall(r"[0-9]+", lower))
    if len(shape) == 1:  # the same size along every axis
        shape = next((shape * rank for rank in (1, 2, 3, 4) if shape[0] ** rank == arguments[0].entries.size), shape)
    if int(np.prod(shape, dtype=int)) != arguments[0].entries.size:
        raise ShapeError(f"{arguments[0].entries.size} entries do not fill {'×'.join(map(str, shape))}")
    whole = tuple(frame.world.shapes.get("X", ()))
    one_example = whole[:1] == (1,) and whole[1:] == shape
    return [Reading(Value(arguments[0].entries.reshape(whole if one_example else shape)))]


def _windows(change: Callable[[Value, Sequence[int], Sequence[int]], Value]) -> Function:
    def function(lower: str, arguments: Sequence[Value], frame: Frame) -> list[Reading]:
        window = tuple(axis.filter for axis in getattr(frame.layer, "axes", ()))
        steps = _steps(lower, len(window)) or (1,) * len(window)
        if not window or arguments[0].entries.ndim < len(window):
            raise ShapeError("windows of an array that has none")
        return [Reading(change(arguments[0], window, steps))]

    return function


def _shaped(lower: str, arguments: Sequence[Value], frame: Frame) -> list[Reading]:
    """Entries in a row laid out as an array of the layer, or as they are."""
    value = arguments[0]
    if re.search("[0-9]", lower):
        return _unvec(lower, arguments, frame)
    shapes = dict.fromkeys(frame.world.shapes.values())
    others = [shape for shape in shapes if shape != value.shape and math.prod(shape) == value.entries.size]
    if not others and value.entries.ndim == 1:
        raise NotSupportedError("which shape the entries are given is not known")
    return [Reading(value), *(Reading(Value(value.entries.reshape(shape))) for shape in others)]


def _windows_as_matrix(lower: str, arguments: Sequence[Value], frame: Frame) -> list[Reading]:
    """The windows of an array, each as a row, or each as a column."""
    value, axes = arguments[0], getattr(frame.layer, "axes", ())
    if not axes or value.entries.ndim != len(axes) or any(axis.dilation != 1 for axis in axes):
        raise NotSupportedError("im2col of anything but the input of a layer without channels is not understood here")
    around = padded(value, [(axis.before, axis.after) for axis in axes])
    found = unfolded(around, [axis.filter for axis in axes], [axis.stride for axis in axes]).entries
    rows = found.reshape(int(np.prod(found.shape[: len(axes)], dtype=int)), -1)
    if rows.shape[0] == rows.shape[1]:
        raise NotSupportedError("whether windows are rows or columns of im2col cannot be told where there are as many")
    return [Reading(Value(each, ("", ""))) for each in (rows, rows.T)]


def _transposed_convolution(lower: str, arguments: Sequence[Value], frame: Frame) -> list[Reading]:
    """What the layer's gradient by its input makes of two arrays, in place of the output's gradient and the filter."""
    world = frame.world
    if len(arguments) != 2 or not _has_own_steps(lower, frame) or not {"G", "F", "dX"} <= set(world.shapes):
        raise NotSupportedError("a transposed convolution is understood of the gradient of a layer's output only")
    if getattr(frame.layer, "kind", "") != "conv":
        raise NotSupportedError("a transposed convolution is understood where the layer is a convolution only")
    for one, other in (arguments, arguments[::-1]):
        if one.shape == world.shapes["G"] and other.shape == world.shapes["F"]:
            arrays = {"G": one.entries, "F": other.entries}
            shape = world.shapes["dX"]
            return [Reading(Value(filled(shape, partial(_put_at, world, arrays))))]
    raise ShapeError(f"{_sizes(arguments[0])} and {_sizes(arguments[1])} do not fit a transposed convolution")


def _put_at(world: World, arrays: Mapping[str, Any], at: tuple[int, ...]) -> Polynomial:
    return _put_in(world.entry("dX", at), arrays)


def _put_in(form: Polynomial, arrays: Mapping[str, Any]) -> Polynomial:
    """A polynomial with entries of other arrays in place of those that its atoms name."""
    return form.replaced(lambda each: as_polynomial(arrays[each[0]][each[1]]))


def _within_windows(lower: str, arguments: Sequence[Value], frame: Frame) -> list[Reading]:
    """The sum of all entries, or over each window of an array of windows."""
    value = arguments[0]
    rank = len(getattr(frame.layer, "axes", ()))
    whole = scalar(total(value.entries.reshape(-1)))
    if not rank or value.entries.ndim != 2 * rank:
        return [Reading(whole)]
    each = filled(value.shape[:rank], lambda at: total(value.entries[at].reshape(-1)))
    return [Reading(Value(each)), Reading(whole)]


def _maximum(lower: str, arguments: Sequence[Value], frame: Frame) -> list[Reading]:
    """The maximum of the entries of a window, which is what the masks choose there."""
    if "M" not in frame.world.shapes:
        raise ShapeError("a maximum has a value in max pooling only")
    wanted = frozenset(atom for value in arguments for each in value.entries.reshape(-1) for atom in each.atoms)
    for at in np.ndindex(*frame.world.shapes["O"]):
        if frame.world.window(at) == wanted:
            return [Reading(scalar(frame.world.entry("O", at)))]
    raise ShapeError("no window holds just these entries")


def _mean(lower: str, arguments: Sequence[Value], frame: Frame) -> list[Reading]:
    entries = [each for value in arguments for each in value.entries.reshape(-1)]
    return [Reading(scalar(total(entries) / len(entries)))]


def _pooled(lower: str, arguments: Sequence[Value], frame: Frame) -> list[Reading]:
    return (_maximum if "M" in frame.world.shapes else _mean)(lower, arguments, frame)


def _kronecker(lower: str, arguments: Sequence[Value], frame: Frame) -> list[Reading]:
    """Each entry of the first array times all of the second."""
    if len(arguments) != 2:
        raise ShapeError("a Kronecker product of other than two arrays")
    return [Reading(kronecker(*arguments))]


FUNCTIONS: Mapping[str, Function] = {
    **dict.fromkeys(("max", "maxpool", "maxpooling"), _maximum),
    **dict.fromkeys(("mean", "avg", "average", "avgpool", "averagepooling"), _mean),
    **dict.fromkeys(("pool", "pooling"), _pooled),
    **dict.fromkeys(
        ("rot180", "rot", "rotate", "rotate180", "rotated", "flip", "flipped", "reverse", "rev", "flip180"), _reverse
    ),
    **dict.fromkeys(("pad", "zeropad", "padding", "padded"), _pad),
    **dict.fromkeys(("spread", "dilate", "dilated", "upsample", "insertzeros"), _spread),
    **dict.fromkeys(("unpool", "unpooling", "upsampling"), _spread),
    **dict.fromkeys(("kron", "kronecker"), _kronecker),
    "sum": _within_windows,
    "keep": _keep,
    "repeat": _repeat,
    **dict.fromkeys(("unvec", "reshape", "unflatten"), _shaped),
    "im2col": _windows_as_matrix,
    **dict.fromkeys(
        (
            *(
                "conv2dtranspose",
                "conv1dtranspose",
                "convtranspose",
                "convtranspose2d",
                "convtranspose1d",
                "convtransposed",
                "transposedconv",
            ),
            *("transposeconv", "transposedconvolution", "transposeconvolution", "deconv", "deconvolution"),
        ),
        _transposed_convolution,
    ),
    "unfold": _windows(unfolded),
    "fold": _windows(folded),
    **dict.fromkeys(("vec", "flatten", "flat"), _vec),
    **dict.fromkeys(("tr", "trace"), _trace),
}
"""Operations by name, in small letters without signs between words."""
_SLIDING = re.compile(
    r"(?P<before>full|valid|same)?(?:[123]d)?(?:x|cross)?(?P<family>conv|corr)(?:olve|olution|elate|elation)?(?:[123]d)?"
    r"(?P<behind>full|valid|same)?"
)


def function_named(name: str) -> Function | None:
    """An operation by its name in small letters without signs between words; full, valid and same are part of it.

    >>> function_named("fullconvolution2d") is None, function_named("winding") is None
    (False, True)
    """
    found = _SLIDING.fullmatch(name)
    if found is None:
        return _convolution("conv", FULL) if name == FULL else FUNCTIONS.get(name)
    return _convolution(found["family"], found["before"] or found["behind"] or "")


__all__ = [
    "FUNCTIONS", "Frame", "LimitError", "Reading", "Signs", "combined", "function_named", "operation", "product_of",
    "sliding",
]  # fmt: skip
