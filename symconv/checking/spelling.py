"""What the names of a text stand for: letters with their scripts become arrays, entries and gradients."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cache, cached_property
from typing import Any

from symconv.checking.channels import behind, in_front
from symconv.checking.context import Context
from symconv.errors import InputError, UnreadError
from symconv.geometry import Axis
from symconv.notation.letters import unicode_letter
from symconv.notation.reading import positions, read, read_list, split_index
from symconv.notation.tree import (
    GRADIENT_OF,
    GRADIENTS,
    Applied,
    Big,
    Differential,
    Dots,
    Index,
    Indexed,
    Iverson,
    Labelled,
    Letter,
    Matrix,
    Named,
    Node,
    Number,
    Ones,
    Operation,
    Partial,
    Place,
    Power,
    Product,
    Relation,
    Slice,
    Symbol,
    Transpose,
    mapped,
    rebuilt,
    walk,
)

SLIDING = frozenset({"X", "F", "O"})
"""Roles of arrays that have channels and positions."""
MADE = frozenset({"C"})
"""Roles whose letter a layer gives itself, and a text may use for something else."""
REARRANGING = frozenset({"vec", "flatten", "rot180", "flip", "rot"})
"""Operations that only move entries."""
ROTATED = re.compile(r"rotat|flip|gedreht|girad|retourn|旋转|翻转|회전|回転", re.IGNORECASE)
_TURNED = re.compile(r"(?:rot|rotated|rotate|flip|flipped|rev|reversed)_?(?:180)?(?:\^?\\circ|°)?|180(?:\^?\\circ|°)")
"""Below or above a letter, what says that it is rotated."""
_LAYER = re.compile(r"[\(\[]?(?:[lL]|\\ell|[0-9])(?:[+-][0-9])?[\)\]]?")
"""What stands above a letter to say which layer it belongs to."""
_CHANNELS = re.compile(r"[\(\[]?([0-9]+(?:,[0-9]+)*)[\)\]]?")
_WORD = re.compile(r"[A-Za-z]{4,}|new|old|cols?|rows?|pad|mat|vec|flat")
"""Below a letter, what makes it another name: F_{updated}."""
_SIZES = re.compile(r"[0-9]+(?:(?:\\times|×|x)[0-9]+)+")
"""Sizes below the name of a matrix."""


class UnknownNameError(Exception):
    """A name that stands for nothing that is known."""

    def __init__(self, name: str) -> None:
        super().__init__(f"what {name} stands for is not known")
        self.name = name


class NoEntryError(Exception):
    """An index that the array does not have."""

    def __init__(self, name: str, index: str, shape: tuple[int, ...], base: int) -> None:
        last = ",".join(str(length - 1 + base) for length in shape)
        super().__init__(f"{unicode_letter(name)} has no entry {index}: the last one is {last}")


@dataclass(frozen=True)
class Vocabulary:
    r"""The names of a context, and what each stands for given the shapes of the arrays.

    >>> vocabulary = Vocabulary(Context(names={"X": ["x"], "G": [r"\delta"]}), {"X": (3, 3), "G": (2, 2)})
    >>> vocabulary.resolved(read(r"x_{12} \delta_{11}"))
    Product(factors=(Symbol(role='X', index=(0, 1), slice=False), Symbol(role='G', index=(0, 0), slice=False)))
    """

    context: Context
    shapes: Mapping[str, tuple[int, ...]]
    fresh: Mapping[Named, Node] = field(default_factory=dict)
    """What other names were defined as, as it was written."""
    padded: bool = True
    """Whether entries beyond the input are the zeros of its padding; no loss is differentiated by these."""

    @cached_property
    def _spelled(self) -> dict[Node, str]:
        """The role of each spelling, read as notation."""
        found: dict[Node, str] = self.context.known.setdefault("spelled", {})
        if not found:
            for role, spellings in self.context.names.items():
                for spelling in spellings:
                    found.setdefault(_read_name(spelling), role)
        return found

    @cached_property
    def _letters(self) -> dict[str, str]:
        """The role of each letter that is spelled without scripts, and of its other case where that is free."""
        known = self.context.known
        if "letters" not in known:
            known["letters"] = self._bare_letters()
        return known["letters"]

    def _bare_letters(self) -> dict[str, str]:
        found = {node.letter: role for node, role in self._spelled.items() if _is_bare(node)}  # type: ignore[attr-defined]
        other = {
            letter.swapcase(): role
            for letter, role in found.items()
            if len(letter) == 1 and role not in ("L", "b") and letter.swapcase() not in self.context.sizes
        }
        scripted = {node.letter: role for node, role in self._spelled.items() if isinstance(node, Named)}
        return {**scripted, **other, **found}

    @property
    def base(self) -> int:
        return self.context.index_base

    # Trees

    def resolved(self, node: Node) -> Node:
        """The tree with names resolved. Raises `UnknownNameError` and `NoEntryError`."""
        rule = _RULES.get(type(node))
        if rule is not None:
            return rule(self, node)
        return node if isinstance(node, Index) else mapped(node, self.resolved)

    # Names

    def role_of(self, node: Named) -> str | None:
        """The role that a name has, whatever its index."""
        return self._exact(node) or self._letters.get(node.letter)

    def _exact(self, node: Node) -> str | None:
        return self._spelled.get(node)

    def named(self, node: Named) -> Node:
        """A name as a symbol with its index, or a letter that stands for itself."""
        if node not in self._known:
            self._known[node] = self._meaning(node)
        return self._known[node]

    @cached_property
    def _known(self) -> dict[Named, Node]:
        """What names were found to stand for here before."""
        here = type(self), frozenset(self.shapes.items()), frozenset(self.fresh.items()), self.padded
        return self.context.known.setdefault(here, {})

    def _meaning(self, node: Named) -> Node:
        turned = _turned(node)
        if turned is not None:
            return Applied(Named("rot180"), (self.named(turned),))
        role = self._exact(node)
        if node in self.fresh and (role in MADE or node.upper):
            return self._other(node)
        if role is not None:
            return Symbol(role)
        role = self._letters.get(node.letter)
        if role is None or node.primes:
            return self._other(node)
        if node.letter not in self._spelled_letters and not self._fits_entry(role, node):
            return self._other(node)
        return self._symbol(role, node)

    @cached_property
    def _spelled_letters(self) -> frozenset[str]:
        return frozenset(node.letter for node in self._spelled if isinstance(node, Named))

    def _fits_entry(self, role: str, node: Named) -> bool:
        """Whether a letter in the other case than the spelled one is meant: an entry in full, or a whole matrix."""
        shape = self.shapes.get(role, ())
        if not node.lower:
            return node.letter.isupper()
        return len(split_index(node.lower, len(shape))) == len(shape)

    def _other(self, node: Named) -> Node:
        said = self.fresh.get(node)
        return Letter(_text(node)) if said is None else replace(self, fresh={}).resolved(said)

    def _symbol(self, role: str, node: Named) -> Node:
        shape = self.shapes.get(role, ())
        lower = node.lower
        if _SIZES.fullmatch(lower.replace("{", "").replace("}", "").replace(" ", "")):
            lower = ""
        if _WORD.fullmatch(lower):
            return self._other(node)
        if ":" in lower:
            return self._part(role, lower)
        leading, power = self._upper(role, node.upper, bool(lower) or not shape)
        index = self._index(node, lower, len(shape), leading)
        index = index if leading else self._in_order(role, index)
        if self._is_padding(role, index) or self._is_said_zero(node, index, shape):
            return Number(0)
        symbol = Symbol(role, self._fitted(node, index, shape), slice=False)
        symbol = replace(symbol, slice=len(symbol.index) < len(shape) and bool(symbol.index))
        return Power(symbol, power) if power is not None else symbol

    def _in_order(self, role: str, index: tuple[int | Index, ...]) -> tuple[int | Index, ...]:
        """An index with channels in front of positions."""
        last = self.context.channels_last and GRADIENT_OF.get(role, role) in SLIDING
        return in_front(role, index, self.spatial) if last else index

    def written(self, symbol: Symbol) -> tuple[int | Index, ...]:
        """The index of an entry in the order of the text."""
        if not self.context.channels_last or GRADIENT_OF.get(symbol.role, symbol.role) not in SLIDING:
            return symbol.index
        return behind(symbol.role, symbol.index, self.shapes.get(symbol.role, ()), self.spatial)

    def _is_said_zero(self, node: Named, index: tuple[int | Index, ...], shape: tuple[int, ...]) -> bool:
        """Whether an index lies outside of an array, where the text says that there is 0."""
        said = len(index) == len(shape) == 1 and (node.letter, node.lower) in self.context.zeros
        return said and isinstance(index[0], int) and not 0 <= index[0] < shape[-1]

    def _is_padding(self, role: str, index: tuple[int | Index, ...]) -> bool:
        """Whether an index lies beyond the input, where the layer has the zeros of its padding."""
        read = self.padded and role == "X" and self.context.own is None
        axes = getattr(self.context.layer, "axes", ()) if read else ()
        axes = tuple(one for one in axes if isinstance(one, Axis))
        places = list(zip(index[len(index) - len(axes) :], axes, strict=False)) if len(index) >= len(axes) else []
        padded = [isinstance(at, int) and -one.before <= at < one.size + one.after for at, one in places]
        beyond = [isinstance(at, int) and not 0 <= at < one.size for at, one in places]
        return bool(padded) and all(padded) and any(beyond)

    def _part(self, role: str, lower: str) -> Node:
        """Rows and columns of a matrix from one number to another, both counted: x_{1:2,2:3}."""
        shape = self.shapes.get(role, ())
        ranges = [
            self._range(part, length) for part, length in zip(split_index(lower, len(shape)), shape, strict=False)
        ]
        if len(shape) != 2 or len(ranges) != 2 or None in ranges:
            raise UnknownNameError(f"{role} with {lower} below")
        rows, columns = (each for each in ranges if each is not None)
        return Matrix(tuple(tuple(Symbol(role, (row, column)) for column in columns) for row in rows))

    def _range(self, text: str, length: int) -> range | None:
        """The positions of a slice; None where it leaves the array, or where from 0 its end may be left out."""
        first, colon, last = text.partition(":")
        if not (first + last).isdigit() and first + last:
            return None
        if not colon:
            start = stop = int(first) - self.base
        elif self.base == 0 and last:
            return None
        else:
            start, stop = int(first or self.base) - self.base, int(last or length - 1 + self.base) - self.base
        return range(start, stop + 1) if 0 <= start <= stop < length else None

    def _upper(self, role: str, upper: str, entry: bool) -> tuple[tuple[int, ...], Node | None]:  # noqa: FBT001
        """What stands above a name: channels, a power of an entry, or the layer, which says nothing here."""
        channels = _CHANNELS.fullmatch(upper)
        if channels and self.names_channels(role, upper):
            base = self.context.channel_base if self.context.channel_base is not None else self.base
            return tuple(int(part) - base for part in channels[1].split(",")), None
        if upper.isdigit() and entry:
            return (), read(upper)
        if not upper or _LAYER.fullmatch(upper.replace(" ", "")):
            return (), None
        raise UnknownNameError(f"{role} with {upper} above")

    def _index(self, node: Named, lower: str, rank: int, leading: tuple[int, ...]) -> tuple[int | Index, ...]:
        if not lower:
            return leading
        counts = (rank - len(leading), rank - len(leading) - self._single(rank, node), self.spatial)
        splits = [split_index(lower, count or None) for count in counts]
        fitting = [parts for parts, count in zip(splits, counts, strict=True) if len(parts) == count]
        return (*leading, *(position_of(part, self.base) for part in (fitting or splits)[0 if fitting else -1]))

    def _single(self, rank: int, node: Named) -> int:
        """How many axes of an array are no positions and have length 1, so that authors leave them out."""
        shape = self.shapes.get(self.role_of(node) or "", ())
        return sum(length == 1 for length in shape[: rank - self.spatial]) if len(shape) == rank else 0

    @property
    def spatial(self) -> int:
        """How many spatial axes the layer has; 0 where it has none."""
        return len(getattr(self.context.layer, "axes", ()))

    def names_channels(self, role: str, upper: str) -> bool:
        """Whether what stands above an array are numbers of its channels."""
        shape, source = self.shapes.get(role, ()), GRADIENT_OF.get(role, role)
        if source == "b" and len(shape) == 1 and self.spatial:
            bracketed = self.context.channel_base is not None and _CHANNELS.fullmatch(upper)
            return shape[0] > 1 and (upper.isdigit() or bool(bracketed))
        return len(shape) > max(self.spatial, 2) and self._has_channels(source) and bool(_CHANNELS.fullmatch(upper))

    def _has_channels(self, role: str) -> bool:
        """Whether an axis of an array that is no position is longer than 1."""
        shape = self.shapes.get(role, ())
        return any(length > 1 for length in shape[: len(shape) - self.spatial])

    def letter_of(self, symbol: Symbol) -> str:
        """How the text spells an array."""
        found = self.context.names.get(symbol.role) or self.context.names.get(GRADIENT_OF.get(symbol.role, ""), ())
        return found[0] if found else symbol.role

    def told(self, entry: tuple[str, tuple[int, ...]]) -> str:
        """An entry as messages name it: x_12."""
        symbol = Symbol(*entry)
        index = [str(place + self.base) for place in self.written(symbol) if isinstance(place, int)]
        return f"{self.letter_of(symbol)}_{('' if max(map(len, index), default=1) == 1 else ',').join(index)}"

    def _fitted(
        self, node: Named | Applied, index: tuple[int | Index, ...], shape: tuple[int, ...]
    ) -> tuple[int | Index, ...]:
        """The index with the axes of length 1 that authors leave out: the example, channels."""
        missing = 0 if self.context.own is not None else len(shape) - len(index)
        single = [at for at, length in enumerate(shape[: len(shape) - self.spatial]) if length == 1]
        if index and 0 < missing <= len(single):
            given = iter(index)
            left_out = single[:missing]
            index = tuple(0 if at in left_out else next(given) for at in range(len(shape)))
        if len(index) > len(shape):
            name = (node.head if isinstance(node, Applied) else node).letter
            raise UnknownNameError(f"{name} with {len(index)} indices, where the layer's has {len(shape)},")
        if any(isinstance(part, int) and not 0 <= part < length for part, length in zip(index, shape, strict=False)):
            head = node.head if isinstance(node, Applied) else node
            told = ",".join(str(part + self.base) if isinstance(part, int) else "…" for part in index)
            raise NoEntryError(head.letter, told, shape, self.base)
        return index

    # Other nodes that hold names

    def applied(self, node: Applied) -> Node:
        """An entry such as Z(i, j), a product with a bracket, or a function at work."""
        head = node.head
        role = self.role_of(head)
        if role is None and _text(head) in self.context.sizes and len(node.arguments) == 1:
            return Product((self._other(head), self.resolved(node.arguments[0])))
        if role is None or head.primes:
            found = Applied(head, tuple(self.resolved(argument) for argument in node.arguments))
            return found if self.context.own is not None else _summed(found)
        shape = self.shapes.get(role, ())
        if len(node.arguments) > 1 or (len(shape) == 1 and not head.lower):
            index = self._in_order(role, tuple(self._argument(argument) for argument in node.arguments))
            if self._is_padding(role, index):
                return Number(0)
            return Symbol(role, self._fitted(node, index, shape))
        return Product((self.named(head), self.resolved(node.arguments[0])))

    def _argument(self, node: Node) -> int | Index:
        found = positions(_text(node), self.base, 1)
        return found[0] if found and len(found) == 1 else Place(body=node)

    def gradient(self, role: str, index: tuple[int | Index, ...], sliced: bool) -> Node:  # noqa: FBT001
        """∂L/∂(an array) as the gradient's role."""
        return Symbol(GRADIENTS.get(role, f"d:{role}"), index, sliced)

    def differential(self, node: Differential) -> Node:
        """dX_{11}, ∂Z or ∇a by themselves: the gradient of the loss, unless the page spells another role so."""
        for lower in dict.fromkeys((node.lower, "")):
            found = self._differential_spelled(replace(node, lower=lower))
            if found is not None:
                return found
        body = self.resolved(node.body)
        if isinstance(body, Symbol):
            return self.gradient(body.role, body.index, body.slice)
        raise UnknownNameError(f"{node.sign} before something that is no array")

    def _differential_spelled(self, node: Differential) -> Node | None:
        body = node.body
        if not isinstance(body, Named):
            return None
        exact = self._exact(node)
        if exact is not None:
            return Symbol(exact)
        for spelled, role in self._spelled.items():
            if (
                isinstance(spelled, Differential)
                and isinstance(spelled.body, Named)
                and spelled.sign == node.sign
                and spelled.body.letter == body.letter
            ):
                return self._symbol(role, body)
        return None

    def partial(self, node: Partial) -> Node:
        """A derivative; of the loss by an array it is the gradient's role."""
        over, under = self.resolved(node.over), self._unpadded.resolved(node.under)
        if over not in (Symbol("L"), Symbol("l")) or not _is_rearranged(under):
            return Partial(over, under)
        return rebuilt(under, lambda each: self._gradient_of(each, over))

    @cached_property
    def _unpadded(self) -> Vocabulary:
        return replace(self, padded=False)

    def _gradient_of(self, node: Node, loss: Node) -> Node | None:
        if not isinstance(node, Symbol):
            return None
        whole = self.gradient(node.role, node.index, node.slice)
        return self._of_one_example(whole, loss.role) if self.context.batch_mean else whole  # type: ignore[attr-defined]

    def _of_one_example(self, gradient: Node, loss: str) -> Node:
        """With a mean over the batch, G is the gradient of one example's loss, and the others are those of the mean."""
        role = gradient.role if isinstance(gradient, Symbol) else ""
        if (role == "G") == (loss == "l"):
            return gradient
        mean = Number(Fraction(1, self.batch))
        return Product((mean, gradient)) if loss == "L" else Product((Number(self.batch), gradient))

    @property
    def batch(self) -> int:
        """How many examples the layer is given."""
        return int(getattr(self.context.layer, "batch", 1))

    def labelled(self, node: Labelled) -> Node:
        """What a brace below says of a matrix is a name for it, or a comment."""
        body = self.resolved(node.body)
        try:
            label = self.resolved(node.label)
        except (UnknownNameError, NoEntryError):
            return body
        return Labelled(body, label, ()) if any(isinstance(each, Dots) for each in walk(body)) else body

    def indexed(self, node: Indexed) -> Node:
        if isinstance(node.body, Ones):
            return self._indicator(node)
        body = self.resolved(node.body)
        if isinstance(body, Symbol) and not body.index:
            return self._symbol(body.role, Named(_LETTER_OF_ROLE, node.lower))
        if node.lower.isdigit():
            return Slice(body, int(node.lower) - self.base)
        return self._entry_of(body, node.lower) or Indexed(body, node.lower)

    def _entry_of(self, body: Node, lower: str) -> Node | None:
        """An entry of what is made entry by entry: (A ⊙ B)_ij is A_ij B_ij; None where it is made in another way."""
        match body:
            case Symbol(role, ()):
                return self._symbol(role, Named(_LETTER_OF_ROLE, lower))
            case Partial(Symbol(role, ()), under):
                return Partial(self._symbol(role, Named(_LETTER_OF_ROLE, lower)), under)
            case Operation("⊙", left, right):
                parts = [self._entry_of(each, lower) for each in (left, right)]
                return None if None in parts else Product(tuple(part for part in parts if part is not None))
        return None

    def _indicator(self, node: Indexed) -> Node:
        """1 with a condition below it."""
        try:
            conditions = read_list(node.lower)
        except (InputError, UnreadError):
            raise UnknownNameError(f"1 with {node.lower} below") from None
        if not all(isinstance(each, Relation) for each in conditions):
            return node
        return Iverson((tuple(self.resolved(each) for each in conditions),))


def position_of(text: str, base: int) -> int | Index:
    """The position that an index of a name says, read where it is no letter or number. Raises `UnknownNameError`."""
    found = positions(text, base, 1)
    if found and len(found) == 1:
        return found[0]
    try:
        (body,) = read_list(text)
    except (InputError, ValueError):
        raise UnknownNameError(f"the index {text}") from None
    return Place(body=body)


def _turned(node: Named) -> Named | None:
    """The name without rot180 below or above it, None where it has none."""
    if _TURNED.fullmatch(node.upper):
        return replace(node, upper="")
    return replace(node, lower="") if _TURNED.fullmatch(node.lower) else None


def _is_rearranged(node: Node) -> bool:
    """Whether a node holds entries of arrays in another order, so that its gradient holds theirs."""
    if isinstance(node, Matrix):
        return all(isinstance(cell, Symbol) for row in node.rows for cell in row)
    if isinstance(node, Transpose):
        return _is_rearranged(node.body)
    if isinstance(node, Applied):
        return node.head.letter in REARRANGING and len(node.arguments) == 1 and _is_rearranged(node.arguments[0])
    return isinstance(node, Symbol)


_LETTER_OF_ROLE = "it"
_RULES: dict[type[Node], Callable[[Vocabulary, Any], Node]] = {
    Named: Vocabulary.named, Applied: Vocabulary.applied, Partial: Vocabulary.partial,
    Differential: Vocabulary.differential, Labelled: Vocabulary.labelled, Indexed: Vocabulary.indexed,
}  # fmt: skip


def _is_bare(node: Node) -> bool:
    return isinstance(node, Named) and not (node.has_scripts or node.primes)


def _summed(node: Applied) -> Node:
    """sum(X_ij) as Σ_ij X_ij."""
    letters = tuple(dict.fromkeys(letter for argument in node.arguments for letter in free_letters(argument)))
    if node.head.letter.lower() == "sum" and len(node.arguments) == 1 and letters:
        return Big(letters, node.arguments[0])
    return node


@cache
def _read_name(spelling: str) -> Node:
    """A spelling as a tree. Raises `InputError` for what is no name."""
    try:
        node = read(spelling)
    except UnreadError as error:
        raise InputError(f"name {spelling!r} cannot be read: {error}") from None
    return Named(spelling) if isinstance(node, Product) and spelling.isascii() and spelling.isalnum() else node


def _text(node: Node) -> str:
    from symconv.notation.latex import LatexPrinter
    from symconv.notation.tree import Style

    return LatexPrinter(Style())(node).replace(" ", "")


def free_letters(node: Node) -> Iterator[str]:
    """The letters in the indices of a resolved tree, each as often as it stands there."""
    for part in walk(node):
        if isinstance(part, Symbol):
            for place in part.index:
                if isinstance(place, Place):
                    yield from (each.letter for each in walk(place.body) if isinstance(each, Named))
                elif isinstance(place, Index):
                    yield from (letter for letter, times in place.parts if times)


__all__ = ["GRADIENTS", "Letter", "Matrix", "NoEntryError", "UnknownNameError", "Vocabulary", "free_letters"]
