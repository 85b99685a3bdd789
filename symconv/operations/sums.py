"""Sums over windows that a page shows with letters as indices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from symconv.notation.tree import Big, Index, Node, Number, Product, Ratio, Symbol, letter_index
from symconv.operations.arrays import TermArray
from symconv.operations.constants import Constant, Divide
from symconv.operations.pipeline import Naming, Operation
from symconv.operations.rearrange import Total, spread, window
from symconv.operations.windows import Fold, Hadamard, Unfold, tap


@dataclass(frozen=True, slots=True)
class LetterSum(Operation):
    """Base of what a page shows as a sum with indices: the same as `pipeline`, which is made of the same numbers.

    `order` are the axes of the windows of an array; `result_letters` and `summed_letters` what the page calls positions
    in the result and those that the sum runs over.
    """

    mask: Operation | None
    operand: Operation
    axes: tuple[str, ...]
    order: tuple[str, ...]
    sizes: tuple[int, ...]
    stride: tuple[int, ...]
    dilation: tuple[int, ...]
    before: tuple[int, ...]
    after: tuple[int, ...]
    result_letters: tuple[str, ...]
    summed_letters: tuple[str, ...]
    divisors: Constant | None = None

    @property
    def pipeline(self) -> Operation:
        """The sum as operations on whole arrays."""
        raise NotImplementedError

    @property
    def taps(self) -> tuple[str, ...]:
        return tuple(map(tap, self.axes))

    def evaluate(self, leaves: Mapping[str, TermArray]) -> TermArray:
        return self.pipeline.evaluate(leaves)

    def on(self, axes: Set[str]) -> Operation:
        return self.pipeline.on(axes)

    def names(self, leaves: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
        return self.pipeline.names(leaves)


@dataclass(frozen=True, slots=True)
class WindowSum(LetterSum):
    """result[i] = Σ_f mask[i, f] · operand[stride·i + dilation·f - before]; without a mask, over the divisors.

    Entries of the operand that do not exist count as zero; `after` makes room for the last window.
    """

    @property
    def pipeline(self) -> Operation:
        extents = tuple(d * (k - 1) + 1 for d, k in zip(self.dilation, self.sizes, strict=True))
        padded = window(self.operand, self.axes, self.before, self.after)
        windows: Operation = Unfold(padded, self.axes, extents, self.stride)
        if self.mask is not None:
            windows = Hadamard(spread(self.mask, self.taps, self.dilation), windows, (), (), self.order)
        summed = Total(windows, self.taps)
        return summed if self.divisors is None else Divide(summed, self.divisors)

    def notation(self, names: Naming) -> Node:
        pairs = zip(self.result_letters, self.stride, self.summed_letters, self.dilation, self.before, strict=True)
        moved = tuple(Index(((i, s), (f, d)), -before) for i, s, f, d, before in pairs)
        read: Node = _entry(self.operand.notation(names), moved)
        result, places = (tuple(map(letter_index, each)) for each in (self.result_letters, self.summed_letters))
        if self.mask is not None:
            read = Product((_entry(self.mask.notation(names), (*result, *places)), read))
        return self._divided(Big(self.summed_letters, read), result)

    def _divided(self, sum_: Node, result: Sequence[Index]) -> Node:
        """One over the divisor in front of the sum."""
        if self.divisors is None or self.divisors.uniform == 1:
            return sum_
        number = self.divisors.uniform
        over = Ratio(Number(1), Symbol(self.divisors.name, tuple(result))) if number is None else Number(1 / number)
        return Product((over, sum_))


@dataclass(frozen=True, slots=True)
class OverlapSum(LetterSum):
    """result[x] = Σ_i operand[i] · mask[i, x + before - stride·i], at dilation 1.

    Places that a window does not have count as zero. `after` makes the result as long as the input.
    """

    @property
    def pipeline(self) -> Operation:
        assert self.mask is not None
        folded = Fold(Hadamard(self.mask, self.operand, (), (), self.order), self.axes, self.stride)
        return window(folded, self.axes, tuple(-before for before in self.before), self.after)

    def notation(self, names: Naming) -> Node:
        assert self.mask is not None
        windows = tuple(map(letter_index, self.summed_letters))
        pairs = zip(self.result_letters, self.summed_letters, self.stride, self.before, strict=True)
        places = tuple(Index(((x, 1), (i, -s)), before) for x, i, s, before in pairs)
        mask = _entry(self.mask.notation(names), (*windows, *places))
        return Big(self.summed_letters, Product((_entry(self.operand.notation(names), windows), mask)))


def _entry(array: Node, index: Sequence[int | Index]) -> Symbol:
    """The entry of a whole array or of a slice."""
    assert isinstance(array, Symbol)
    return Symbol(array.role, (*array.index, *index))
