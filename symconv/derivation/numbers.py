"""Numbers put into a derivation: every array of a layer computed, and trees with numbers in the place of symbols.

Layers made of multilinear forms are computed by the tables that the proof compared; smooth ones by their trees. Numbers
are exact fractions as far as the layer is rational. Beyond that they are enclosed as narrowly as need be
(`symconv.meaning.certified`): every digit that is kept or printed is right, and no maximum is chosen by rounding.
"""

from __future__ import annotations

import decimal
import math
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from symconv.derivation.gradients import ONE, Calculus
from symconv.errors import InputError, LimitError, NotSupportedError
from symconv.forms import Form, Shape, evaluated
from symconv.layers.base import CONSTANTS
from symconv.layers.values import Draw, bits, chances, one_hot, shares
from symconv.meaning.certified import UndefinedError
from symconv.meaning.evaluate import Meaning, free_letters
from symconv.meaning.numbers import FRACTIONS, Numbers
from symconv.notation.tree import (
    Bracketed,
    Decimal,
    Function,
    Index,
    Letter,
    Matrix,
    Node,
    Number,
    Partial,
    Power,
    Ratio,
    Relation,
    Sum,
    Symbol,
    Transpose,
    mapped,
    rebuilt,
    walk,
)

if TYPE_CHECKING:
    from symconv.meaning.certified import Reals

Array: TypeAlias = NDArray[Any]
Arrays: TypeAlias = Mapping[str, Array]
Constants: TypeAlias = Mapping[str, Fraction]
NO_CONSTANTS: Constants = MappingProxyType({})
KEPT = 30
"""Significant digits that are kept of a number that is no fraction."""
SHOWN = 6
"""Significant digits of a decimal on a page."""
MOST_NINES = 9
"""So many nines that a number begins with are not counted among its significant digits."""
LONGEST = 10**8
"""Fractions whose numerator or denominator is as large are shown as decimals."""

EPSILON = {"batch-norm": Fraction(1, 100_000), "layer-norm": Fraction(1, 100_000)}
"""What ε is where numbers are put in."""
DRAWS: Mapping[tuple[str, str], Draw] = {
    ("bce", "Y"): bits,
    ("cross-entropy", "Y"): one_hot,
}
"""Arrays that do not hold just any whole numbers, by the layer's kind and the role."""
PREDICTED: Mapping[str, Draw] = {"bce": chances, "cross-entropy": shares}
"""How predictions are drawn for a loss that is not fused with the function before it."""
LOSSES = frozenset({"bce", "cross-entropy", "mse"})


def needed(layer: Any) -> dict[str, Shape]:
    """The arrays that numbers are needed for: all that are given, and G where there is an output to hand back from."""
    shapes = {role: array.shape for role, array in layer.arrays.items() if role not in ("O", "M")}
    return shapes if is_loss(layer) else shapes | {"G": layer.arrays["O"].shape}


def is_loss(layer: Any) -> bool:
    return layer.kind in LOSSES


def draws(layer: Any) -> dict[str, Draw]:
    """How the arrays that are special for this layer are drawn."""
    found = {role: DRAWS[layer.kind, role] for role in layer.arrays if (layer.kind, role) in DRAWS}
    if layer.kind in PREDICTED and not fused(layer):
        found["X"] = PREDICTED[layer.kind]
    return found


def fused(layer: Any) -> bool:
    """Whether a loss takes what comes before the sigmoid or softmax."""
    return bool(getattr(layer, "sigmoid", False) or getattr(layer, "softmax", False))


def columns(layer: Any) -> frozenset[str]:
    """The roles of a layer's vectors that stand as columns."""
    if getattr(layer, "convention", "") == "rows":
        return frozenset()
    if layer.kind == "flatten":
        return frozenset({"O", "G"})
    if hasattr(layer, "inputs") and layer.inputs is not None:
        return frozenset({"X", "O", "G", "Y", "F", "b", "dX", "dF", "db", "A", "S", "l", "H"})
    return frozenset()


@dataclass(frozen=True)
class Line:
    """A proved line, and the numbers that letters by themselves stand for in it."""

    relation: Relation
    constants: Constants = field(default_factory=dict)


# Computing


class Reckoning:
    """One calculation: in fractions as far as these go, beyond that in numbers that are enclosed narrowly."""

    @cached_property
    def reals(self) -> Reals:
        from symconv.meaning.certified import Reals

        return Reals()

    @property
    def rational(self) -> bool:
        """Whether fractions have done so far."""
        return "reals" not in vars(self)

    def run(self, compute: Callable[[Numbers], dict[str, Array]], given: Arrays) -> dict[str, Array]:
        """What `compute` finds for what is given, in fractions where these do.

        Raises `InputError` where something has no value, `LimitError` where a number is too large.
        """
        try:
            if all(map(is_exact, given.values())):
                with suppress(NotSupportedError):
                    return compute(FRACTIONS)
            return compute(self.reals.numbers)
        except LimitError as error:
            raise LimitError(f"{error}: choose other values") from None
        except UndefinedError as error:
            reason = str(error)
        except ZeroDivisionError:
            reason = "a number is divided by 0"
        raise InputError(f"values lead to what has no value: {reason}; choose other values")

    def settled(self, array: Array) -> Array:
        """The array with fractions, and decimals of `KEPT` digits where there are none."""
        return _mapped(self._settled, array)

    def _settled(self, value: Any) -> Fraction | decimal.Decimal:
        if isinstance(value, int | Fraction):
            return Fraction(value)
        digits, exponent = self._rounded(value, KEPT)
        return decimal.Decimal(digits).scaleb(exponent, _CONTEXT)

    def fraction(self, value: Any, count: int) -> Fraction:
        """A number itself, or to so many digits."""
        if isinstance(value, int | Fraction):
            return Fraction(value)
        digits, exponent = self._rounded(value, count)
        return digits * Fraction(10) ** exponent

    def _rounded(self, value: Any, count: int) -> tuple[int, int]:
        """Digits and a power of ten; 0 for what is 0 to hundreds of digits, though nobody can tell whether it is."""
        try:
            return self.reals.rounded(value, count)
        except LimitError:
            return 0, 0


_CONTEXT = decimal.Context(prec=KEPT, Emin=decimal.MIN_EMIN, Emax=decimal.MAX_EMAX)


def _mapped(function: Callable[[Any], Any], array: Array) -> Array:
    found = np.empty(array.shape, dtype=object)
    for index in np.ndindex(*array.shape):
        found[index] = function(array[index])
    return found


def light(arrays: Arrays) -> dict[str, Array]:
    """The arrays with whole numbers as `int`, which computes several times faster than `Fraction`."""
    return {role: _mapped(_light, array) for role, array in arrays.items()}


def _light(value: Any) -> Any:
    return value.numerator if isinstance(value, Fraction) and value.denominator == 1 else value


@dataclass(frozen=True)
class LayerNumbers:
    """A layer computed in numbers, forward and back. `mean` stands before the gradients, as in `Calculus`."""

    layer: Any
    mean: Fraction = ONE

    @cached_property
    def calculus(self) -> Calculus:
        return Calculus(self.layer, self.mean)

    @property
    def _of_forms(self) -> bool:
        return hasattr(self.layer, "definition")

    def forward(self, arrays: Arrays, numbers: Numbers) -> dict[str, Array]:
        """The masks of a maximum, what the formulas of a smooth layer abbreviate, and O, for X and the parameters."""
        if not self._of_forms:
            return self._smooth_forward(arrays, numbers)
        if self.layer.kind != "max-pool":
            return {"O": evaluated(self.calculus.definition, arrays)}
        masks = np.asarray(self.layer.masks(arrays["X"]), dtype=object)
        if "M" not in self.layer.arrays:
            return {"O": evaluated(self.calculus.definition, arrays)}
        one = self._one_each(arrays["X"]) if self.layer.ties == "all" else masks
        return {"M": masks, "O": evaluated(self.calculus.definition, {**arrays, "M": one})}

    def _one_each(self, values: Array) -> Array:
        """Masks that take each maximum from one place: with all places that it stands in, it would be added up."""
        return np.asarray(replace(self.layer, ties="first").masks(values), dtype=object)

    def _smooth_forward(self, arrays: Arrays, numbers: Numbers) -> dict[str, Array]:
        """The loss stands under L too; what is abbreviated lies along the axes of formulas."""
        layer = self.layer
        found = layer.defined(numbers, **self._given(arrays))
        output = layer.from_system("O", found["L" if is_loss(layer) else "O"])
        return {**{role: np.asarray(found[role], dtype=object) for role in layer.system.defined}, "O": output}

    def backward(self, arrays: Arrays, numbers: Numbers) -> dict[str, Array]:
        """dX, dF and db for all arrays of the layer and G."""
        if not self._of_forms:
            found = self.layer.backward(numbers, **self._given(arrays))
            return {role: np.asarray(array, dtype=object) for role, array in found.items()}
        roles = [role for role in self.layer.arrays if role not in CONSTANTS]
        return {f"d{role}": evaluated(Form((self.calculus.chain_rule(role),)), arrays) for role in roles}

    def _given(self, arrays: Arrays) -> dict[str, Any]:
        known = {*self.layer.arrays, "G"} - {"O"}
        found: dict[str, Any] = {role: array for role, array in arrays.items() if role in known}
        return found | ({"epsilon": EPSILON[self.layer.kind]} if self.layer.kind in EPSILON else {})


# What lines mean with these numbers


def reading(layer: Any, relation: Relation, arrays: Arrays, said: Relation | None = None) -> Line | None:
    """A line of the layer with the numbers that its letters stand for; None where it does not hold for `arrays`.

    A line may suppose something of the targets; and a sum over masks is the maximum only where each mask adds up to 1.
    `said` is the same line as a network says it.
    """
    if not hasattr(layer, "system"):
        added_up = layer.kind == "max-pool" and not layer.sums_to_one
        return None if added_up and _about(relation) == "O" else Line(relation)
    supposed = {line.relation: line.given for line in layer.statements()}.get(relation)
    if supposed is not None and not holds(supposed, arrays):
        return None
    epsilon = {r"\epsilon": EPSILON[layer.kind]} if layer.kind in EPSILON else {}
    return Line(said or relation, {**layer.system.constants, **epsilon})


def _about(relation: Relation) -> str:
    left = relation.sides[0]
    return left.role if isinstance(left, Symbol) else ""


def holds(supposed: Relation, arrays: Arrays) -> bool:
    """Whether the sides of a supposition about given arrays are equal at all positions of its letters."""
    left, right = supposed.sides
    letters = free_letters(left)
    if not set(free_letters(right)) <= set(letters):
        return False
    meaning = Meaning(FRACTIONS, arrays)
    return bool(np.all(meaning.over(letters, left) == meaning(right).entries))


def in_place(layer: Any) -> bool:
    """Whether the formulas of a smooth layer speak of its arrays as the user sees them."""
    return all(_unmoved(layer, role) for role in layer.arrays if role in layer.system.axes)


def _unmoved(layer: Any, role: str) -> bool:
    seen = np.arange(math.prod(layer.shape(role))).reshape(layer.shape(role))
    return np.array_equal(layer.to_system(role, seen), seen)


def as_formulas_speak(layer: Any, worked: Worked) -> Worked:
    """The arrays along the axes that the layer's formulas speak of, where these are others than the user's."""
    if not hasattr(layer, "system") or in_place(layer):
        return worked
    own = {role: array for role, array in worked.arrays.items() if role.removeprefix("d") in {*layer.arrays, "G"}}
    laid = {role: layer.to_system(role.removeprefix("d"), array) for role, array in own.items()}
    return Worked({**worked.arrays, **laid}, worked.columns, rearranged=True)


# What is shown


def is_exact(array: Array) -> bool:
    """Whether an array holds whole numbers and fractions throughout."""
    return all(isinstance(value, int | Fraction) for value in array.ravel())


def shown_whole(value: Any) -> bool:
    """Whether what a page shows of a number is all of it."""
    return isinstance(value, int | Fraction) and max(abs(value.numerator), value.denominator) < LONGEST


@dataclass(frozen=True)
class Worked:
    """Every array of a layer or a network by role, in numbers: fractions, or decimals with `KEPT` digits.

    `columns` are the roles of vectors that stand as columns; others are rows. `rearranged` says that arrays lie as the
    formulas speak of them and not as they were given.
    """

    arrays: Arrays
    columns: frozenset[str] = frozenset()
    rearranged: bool = False

    def __getitem__(self, role: str) -> Array:
        return self.arrays[role]

    @property
    def exact(self) -> bool:
        """Whether all of them are fractions."""
        return all(map(is_exact, self.arrays.values()))

    def telling(self, role: str, index: tuple[int, ...]) -> tuple[int, ...]:
        """The entry of an array, or the first one that is not 0 where that one is."""
        array = self.arrays.get(role)
        if array is None or array[index] != 0:
            return index
        return next((at for at in np.ndindex(*array.shape) if array[at] != 0), index)

    def laid(self, role: str, at: tuple[int, ...] = ()) -> Array:
        """An array or its slice, a vector that stands as a column with an axis for its one column."""
        inside = np.asarray(self.arrays[role][at] if at else self.arrays[role], dtype=object)
        return inside.reshape(-1, 1) if inside.ndim == 1 and role in self.columns and not at else inside

    def shape(self, role: str) -> Shape | None:
        """The shape of an array, None where it is not known."""
        return self.arrays[role].shape if role in self.arrays else None

    def part(self, symbol: Symbol) -> Array:
        """The numbers of an array, a slice or an entry."""
        return self.laid(symbol.role, tuple(part for part in symbol.index if isinstance(part, int)))

    def put_in(self, node: Node, constants: Constants = NO_CONSTANTS) -> Node | None:
        """The tree with numbers for its symbols, and for letters that are `constants`.

        None where it speaks of derivatives, or of an array or a letter that has no numbers.
        """

        def number(part: Node) -> Node | None:
            if isinstance(part, Symbol):
                return self._number(part)
            return (
                _number_for(constants[part.letter]) if isinstance(part, Letter) and part.letter in constants else None
            )

        found = rebuilt(node, number)
        lacks = any(isinstance(part, Symbol | Letter | Partial | Index) for part in walk(found))
        return None if lacks else _tidied(found)

    def _number(self, symbol: Symbol) -> Node | None:
        if symbol.role not in self.arrays or any(isinstance(part, Index) for part in symbol.index):
            return None
        part = self.part(symbol)
        return number_array(part.reshape(()) if self.single(symbol.role, part) else part)

    def single(self, role: str, part: Array) -> bool:
        """Whether a part of an array is shown as a number: one entry, or a column of one."""
        return part.ndim == 0 or (part.size == 1 and role in self.columns and self.arrays[role].ndim == 1)

    def total(self, node: Node, constants: Constants = NO_CONSTANTS) -> Node:
        """The number that a tree without free letters comes to."""
        reckoning = Reckoning()
        given = {role: _mapped(Fraction, array) for role, array in self.arrays.items()}

        def compute(numbers: Numbers) -> dict[str, Array]:
            return {"": np.asarray(Meaning(numbers, given, constants=constants)(node).entries, dtype=object)}

        return _number_for(reckoning.settled(reckoning.run(compute, given)[""]).item())


def _number_for(value: Any) -> Node:
    """A number in the place of a letter: a negative one in brackets."""
    node = number_node(value)
    return Bracketed(node) if value < 0 else node


def _tidied(node: Node) -> Node:
    """A tree without brackets that even the eye does not ask for, from the inside out."""
    return _without_brackets(mapped(node, _tidied))


def _without_brackets(node: Node) -> Node:
    """Functions, fractions, exponents and the first term of a sum need none; a number is its own transpose."""
    match node:
        case Function(_, arguments):
            return replace(node, arguments=tuple(map(bare, arguments)))
        case Ratio(over, under):
            return Ratio(bare(over), bare(under))
        case Power(base, exponent):
            return Power(base, bare(exponent))
        case Sum((first, *rest)):
            return Sum((bare(first), *rest))
        case Transpose(body) if isinstance(bare(body), Number | Decimal):
            return body
    return node


def bare(node: Node) -> Node:
    """What stands in brackets."""
    return node.body if isinstance(node, Bracketed) else node


def number_array(array: Any) -> Node | None:
    """A number, a row or a matrix of numbers; None for what has more axes."""
    entries = np.asarray(array, dtype=object)
    if entries.ndim > 2:
        return None
    if entries.ndim == 0:
        return _number_for(entries.item())
    rows = entries.reshape(1, -1) if entries.ndim == 1 else entries
    return Matrix(tuple(tuple(number_node(value) for value in row) for row in rows))


def number_node(value: Fraction | int | decimal.Decimal) -> Node:
    """A number as a page shows it: short fractions whole, others with `SHOWN` significant digits.

    >>> number_node(Fraction(1, 2)), number_node(decimal.Decimal("0.000012345678"))
    (Number(value=Fraction(1, 2)), Decimal(digits=123457, exponent=-10))
    """
    if shown_whole(value):
        return Number(Fraction(value))
    over, under = (value.numerator, value.denominator) if isinstance(value, int | Fraction) else (value, 1)
    whole = _KEEPING.divide(decimal.Decimal(over), decimal.Decimal(under))
    rounding = decimal.Context(prec=SHOWN + _nines(whole), Emin=decimal.MIN_EMIN, Emax=decimal.MAX_EMAX)
    sign, digits, exponent = rounding.normalize(whole).as_tuple()
    number, power = int("".join(map(str, digits))), int(exponent)
    if 0 < power <= SHOWN - len(digits):
        number, power = number * 10**power, 0
    return Decimal(-number if sign else number, power)


_KEEPING = decimal.Context(prec=2 * KEPT, Emin=decimal.MIN_EMIN, Emax=decimal.MAX_EMAX)


def _nines(value: decimal.Decimal) -> int:
    """The nines that a number just below 1 begins with, unless there are too many: 1 minus it is worth showing too."""
    distance = _KEEPING.subtract(decimal.Decimal(1), _KEEPING.abs(value))
    nines = -distance.adjusted() - 1 if 0 < distance < 1 else 0
    return nines if nines <= MOST_NINES else 0
