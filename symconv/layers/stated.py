"""Claims that a user states about a convolution, as text: read into the array operations that closed forms are made of.

    dX = corr(pad(spread(G, s), d*(k-1) - a, d*(k-1) - c + r), spread(rev(F), d))
    dX = corr(pad(G, k-1), rev(F)) where s = 1, a = 0, c = 0
    o = floor((n + a + c - k) / s) + 1

On the left stands O, dX, dF or the number of outputs o; X, F and G (the gradient at the output) are the arrays. Sizes
are letters: input n, filter k, stride s, dilation d, padding a before and c after, output o, remainder r. Text is
parsed, never evaluated. `docs/proofs.md` describes the language.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias, cast

from symconv.errors import InputError
from symconv.layers.base import Claim
from symconv.operations import Correlate, Keep, Leaf, Operation, Reverse, Spread, Window

if TYPE_CHECKING:
    from lark import Lark, Token, Tree

MAX_LENGTH = 400
MAX_BRACKETS = 30
MAX_NUMBER = 1_000_000
"""Larger sizes, on the way too, are refused."""
SIZES = {"n": "size", "k": "filter", "s": "stride", "d": "dilation", "a": "before", "c": "after", "o": "output",
         "r": "remainder"}  # fmt: skip
"""What each letter is on an axis."""
FACTORS: Mapping[str, frozenset[str]] = {"O": frozenset("XF"), "dX": frozenset("GF"), "dF": frozenset("XG")}
"""The two arrays that every product is made of, by what a claim is about."""
CONTRACTED = {"O": ("in",), "dX": ("out",), "dF": ("batch",)}
"""The axis that these two have in common and that is summed over."""
OUTPUT_SIZE = "o"
EXAMPLE = "write it such as dX = corr(pad(G, k-1), rev(F)) where s = 1"
Parsed: TypeAlias = "Tree[Token]"
Sign: TypeAlias = Literal["=", "<", ">", "≤", "≥"]
SIGNS: Mapping[str, Sign] = {"=": "=", "<": "<", ">": ">", "<=": "≤", ">=": "≥"}


class Condition(NamedTuple):
    """left sign right, sizes of one axis that may be known or not; `sign` as it was typed."""

    left: Any
    sign: str
    right: Any

    @property
    def shown_sign(self) -> Sign:
        return SIGNS[self.sign]


@dataclass(frozen=True)
class StatedClaim:
    """A claim as it was written; what it says of a layer is said on axes with known or unknown sizes.

    >>> from symconv.layers.conv import Conv
    >>> stated = read_claim("dX = corr(pad(G, k-1), F) where a = 0")
    >>> layer = Conv(input=3, filter=2)
    >>> stated.claim(layer).role, stated.conditions(layer.axes[0])
    ('dX', [Condition(left=0, sign='=', right=0)])
    """

    text: str
    role: str
    tree: Parsed
    where: tuple[Parsed, ...]

    @property
    def about_size(self) -> bool:
        """Whether the claim is about the number of outputs."""
        return self.role == OUTPUT_SIZE

    def claim(self, layer: Any) -> Claim:
        """What is claimed, as array operations on the layer's axes. Raises `InputError` where it says nothing."""
        return Claim(self.role, "stated", (_Builder(layer, self.role).product_of_two(self.tree),))

    def size(self, axis: Any) -> Any:
        """What is claimed to be the number of outputs on an axis."""
        return _size(self.tree, axis)

    def conditions(self, axis: Any) -> list[Condition]:
        """The conditions on an axis under which the claim is made."""
        parts = (cast("list[Any]", condition.children) for condition in self.where)
        return [Condition(_size(left, axis), str(sign), _size(right, axis)) for left, sign, right in parts]


def read_claim(text: str) -> StatedClaim:
    """The claim of a text.

    Raises `InputError` for text that cannot be read, which names the column, and for a claim about something else.
    """
    from lark.exceptions import UnexpectedInput

    if len(text) > MAX_LENGTH or text.count("(") > MAX_BRACKETS:
        raise InputError(
            f"claim has {len(text)} characters and {text.count('(')} brackets: expected at most {MAX_LENGTH} and "
            f"{MAX_BRACKETS}"
        )
    try:
        left, right, *where = _grammar().parse(text).children
    except UnexpectedInput as error:
        raise InputError(_unread(text, error)) from None
    role, tree = str(left), cast("Parsed", right)
    if role not in (*FACTORS, OUTPUT_SIZE):
        raise InputError(f"claim is about {role}: expected {', '.join(FACTORS)} or {OUTPUT_SIZE} on the left")
    if (role == OUTPUT_SIZE) == (tree.data in ("leaf", "call")):
        what = "a size, such as floor((n - k) / s) + 1" if role == OUTPUT_SIZE else "an array, such as corr(X, F)"
        raise InputError(f"claim says that {role} is something else than {what}")
    return StatedClaim(text, role, tree, tuple(cast("Parsed", each) for each in where))


def _unread(text: str, error: Any) -> str:
    """What to say of a text that cannot be read: where, and how to mend it."""
    column = error.column
    at_end = not 1 <= column <= len(text) or getattr(getattr(error, "token", None), "type", "") == "$END"
    where = "at its end" if at_end else f"at column {column}"
    if not at_end and text[column - 1] == "/":
        return f"claim cannot be read {where}: write floor(A / B) or ceil(A / B) for a quotient"
    shown = text if len(text) <= 60 else text[:57] + "..."
    return f"claim {shown!r} cannot be read {where}: {EXAMPLE}"


@cache
def _grammar() -> Lark:
    from lark import Lark

    text = resources.files("symconv.layers").joinpath("claim.lark").read_text(encoding="utf-8")
    return Lark(text, parser="lalr", propagate_positions=True, maybe_placeholders=False)


# Sizes


def _size(tree: Parsed, axis: Any) -> Any:
    """A size on an axis: a number, or one that is unknown."""
    found = _found_size(tree, axis)
    if isinstance(found, int) and abs(found) > MAX_NUMBER:
        raise InputError(f"claim holds a size of {found:.2e}: expected at most {MAX_NUMBER:,}")
    return found


def _found_size(tree: Parsed, axis: Any) -> Any:
    match tree.data, tree.children:
        case "number", [digits]:
            return int(str(digits))
        case "letter", [letter]:
            if str(letter) not in SIZES:
                raise InputError(f"claim names a size {letter}: expected one of {', '.join(SIZES)}")
            return getattr(axis, SIZES[str(letter)])
        case "negate", [inner]:
            return -_size(cast("Parsed", inner), axis)
        case "add" | "subtract" | "multiply" | "floor" | "ceil", [left, right]:
            return _computed(str(tree.data), _size(cast("Parsed", left), axis), _size(cast("Parsed", right), axis))
    raise InputError("claim holds an array where a size is expected: sizes are numbers and the letters n k s d a c o r")


def _computed(operation: str, left: Any, right: Any) -> Any:
    match operation:
        case "add":
            return left + right
        case "subtract":
            return left - right
        case "multiply":
            try:
                return left * right
            except ValueError:
                raise InputError("claim multiplies two unknown sizes: multiply by s, d or a whole number") from None
    by = _known(right, "divides")
    return left // by if operation == "floor" else -(-left // by)


def _known(size: Any, does: str) -> int:
    """A size that has to be a number, from 1 on."""
    if not isinstance(size, int) or size < 1:
        raise InputError(f"claim {does} by {size}: expected s, d or a whole number of at least 1")
    return size


# Arrays


@dataclass(frozen=True)
class _Builder:
    """Builds operations for the axes of one layer."""

    layer: Any
    role: str

    def product_of_two(self, tree: Parsed) -> Operation:
        """The array, once it is known to be made of one product of the right two arrays."""
        named, products = sorted(_leaves(tree)), [call for call in _calls(tree) if call in ("corr", "conv")]
        expected = FACTORS[self.role]
        if len(products) != 1 or len(named) != 2 or set(named) != expected:
            arrays = " and ".join(sorted(expected))
            raise InputError(
                f"claim makes {self.role} of {' and '.join(named) or 'no array'} with {len(products)} products: "
                f"expected one corr(A, B) or conv(A, B) of {arrays}"
            )
        return self.array(tree)

    def array(self, tree: Parsed) -> Operation:
        if tree.data == "leaf":
            return Leaf(str(tree.children[0]))
        name, *rest = tree.children
        function = FUNCTIONS[str(name)]
        arguments = [cast("Parsed", part) for part in rest]
        arrays, numbers = arguments[: function.arrays], arguments[function.arrays :]
        kinds = [part.data in ("leaf", "call") for part in arguments]
        fits = kinds == [True] * function.arrays + [False] * len(numbers)
        if not (fits and function.least <= len(numbers) <= function.most):
            raise InputError(f"claim calls {name} with something else than {function.usage}")
        return function.build(self, [self.array(part) for part in arrays], [self.sizes(part) for part in numbers])

    @property
    def spatial(self) -> tuple[str, ...]:
        return tuple(str(number) for number in range(len(self.layer.axes)))

    def sizes(self, tree: Parsed) -> tuple[Any, ...]:
        """A number for each axis."""
        return tuple(_size(tree, axis) for axis in self.layer.axes)

    def pad(self, arrays: Sequence[Operation], numbers: Sequence[Any]) -> Operation:
        before, after = numbers if len(numbers) == 2 else (*numbers, *numbers)
        return Window(arrays[0], self.spatial, before, after)

    def spread(self, arrays: Sequence[Operation], numbers: Sequence[Any]) -> Operation:
        return Spread(arrays[0], self.spatial, tuple(_known(factor, "spreads") for factor in numbers[0]))

    def reverse(self, arrays: Sequence[Operation], _: Sequence[Any]) -> Operation:
        return Reverse(arrays[0], self.spatial)

    def keep(self, arrays: Sequence[Operation], numbers: Sequence[Any]) -> Operation:
        return Keep(arrays[0], self.spatial, numbers[0])

    def correlate(self, arrays: Sequence[Operation], numbers: Sequence[Any]) -> Operation:
        stride = numbers[0] if numbers else (1,) * len(self.spatial)
        stride = tuple(_known(step, "moves") for step in stride)
        signal, filter = arrays
        order = tuple(self.layer.axis_lengths(self.role.removeprefix("d")))
        return Correlate(signal, filter, self.spatial, CONTRACTED[self.role], order, stride)

    def convolve(self, arrays: Sequence[Operation], numbers: Sequence[Any]) -> Operation:
        signal, filter = arrays
        return self.correlate([signal, Reverse(filter, self.spatial)], numbers)


def _leaves(tree: Parsed) -> Iterator[str]:
    """The arrays that a tree names."""
    return (str(leaf.children[0]) for leaf in tree.find_data("leaf"))


def _calls(tree: Parsed) -> Iterator[str]:
    """The functions that a tree calls. Raises `InputError` for one that does not exist."""
    for call in tree.find_data("call"):
        name = str(call.children[0])
        if name not in FUNCTIONS:
            raise InputError(f"claim calls {name}: expected one of {', '.join(FUNCTIONS)}")
        yield name


class Function(NamedTuple):
    """How many arrays and sizes it takes, what it builds, and how it is used."""

    arrays: int
    least: int
    most: int
    build: Callable[[_Builder, Sequence[Operation], Sequence[Any]], Operation]
    usage: str


FUNCTIONS: Mapping[str, Function] = {
    "pad": Function(1, 1, 2, _Builder.pad, "pad(A, both) or pad(A, before, after)"),
    "spread": Function(1, 1, 1, _Builder.spread, "spread(A, factor)"),
    "rev": Function(1, 0, 0, _Builder.reverse, "rev(A)"),
    "rot180": Function(1, 0, 0, _Builder.reverse, "rot180(A)"),
    "keep": Function(1, 1, 1, _Builder.keep, "keep(A, length)"),
    "corr": Function(2, 0, 1, _Builder.correlate, "corr(A, B) or corr(A, B, step)"),
    "conv": Function(2, 0, 1, _Builder.convolve, "conv(A, B) or conv(A, B, step)"),
}
