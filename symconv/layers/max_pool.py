"""Max pooling in one to three dimensions: overlapping windows, padding, dilation, ceil mode, and ties by a stated rule.

Which entry of a window is the largest is not known to a formula, so the output is written with masks: M_{i,f} is 1 at
the place f of window i that the maximum is taken from and 0 elsewhere. With an assumed choice the masks are numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from symconv.errors import InputError, NotSupportedError
from symconv.forms import Column, Form, Table
from symconv.layers.base import Claim
from symconv.layers.links import OnAxis
from symconv.layers.masks import (
    TIES,
    Choice,
    Positions,
    Ties,
    argmax_words,
    as_choice,
    broken_ties,
    place_in_window,
    reached_maximum,
)
from symconv.layers.pools import MAPS, WindowedPool
from symconv.layers.sizes import PaddingLike, SizesLike
from symconv.layers.words import described
from symconv.operations import (
    Chosen,
    Fold,
    Hadamard,
    Leaf,
    Operation,
    OverlapSum,
    Total,
    Unfold,
    WindowSum,
    spread,
    window,
)


@dataclass(frozen=True)
class MaxPool(WindowedPool):
    """A max pooling layer.

    Args:
        input: sizes of the input, one a spatial axis (1 to 3); None in a network, which tells.
        window: sizes of the window, as many, or "all" for one window as large as the input.
        stride: one number for all axes or one an axis; None for the window's size.
        padding: one number, one an axis, (before, after) an axis, or "valid", "same", "same-fixed", "full". Padding is
            never chosen.
        dilation: the distance of neighbours in a window.
        ceil_mode: whether a last window may reach beyond the padded input.
        channels, batch: every channel of every example is pooled by itself; channels None are those of the network, 1
            where there is none.
        ties: who takes the gradient where the maximum stands in several places of a window: the "first" of them row by
            row (as PyTorch does), "all" in full, or all of them with an even "split".
        argmax: an assumed choice: for every output entry, row by row, the position in X (from 0) that it is taken from.

    Shapes: X (batch, channels, n...), O and G (batch, channels, o...), M (batch, channels, o..., k...); without batch
    and channels where both are 1.

    Raises `InputError` for sizes that cannot be, for a window without any entry of the input, and for a choice outside
    its window.

    >>> MaxPool(input=(5, 5), window=(3, 3), stride=2, padding=1).arrays["M"].shape
    (3, 3, 3, 3)
    """

    kind: ClassVar[str] = "max-pool"
    symbols: ClassVar[Mapping[str, str]] = {"X": "A", "O": "B", "M": "M", "L": "L", "l": r"\ell"}
    has_dilation: ClassVar[bool] = True

    input: SizesLike | None = None
    window: SizesLike | str | None = None
    stride: SizesLike | None = None
    padding: PaddingLike = 0
    dilation: SizesLike = 1
    ceil_mode: bool = False
    channels: int | None = None
    batch: int = 1
    ties: Ties = "first"
    argmax: Positions | None = None

    def __post_init__(self) -> None:
        self._normalise()
        if self.given.dilation is not None:
            object.__setattr__(self, "dilation", self.given.dilation)
        if self.ties not in TIES:
            raise InputError(f'ties is {self.ties!r}: expected "first", "all" or "split"')
        if self.input is not None:
            self.refuse_padding_alone("it has no maximum")
        if self.argmax is not None:
            object.__setattr__(self, "argmax", self.choice)
            self._check_choice()

    @property
    def dilations(self) -> SizesLike:
        return self.dilation

    @property
    def factors_of_a_term(self) -> tuple[str, ...]:  # type: ignore[override]
        return ("X",) if self.argmax is not None else ("M", "X")

    @property
    def sums_to_one(self) -> bool:
        """Whether the entries of every mask add up to 1 whatever the input is."""
        return self.ties != "all" or self.argmax is not None

    def axis_lengths(self, role: str) -> dict[str, int]:
        """The axes of X, M, O or G by name, and their lengths; those of M are windows and places in them."""
        places = dict(zip(self.taps, self.each("filter"), strict=True)) if role == "M" else {}
        return super().axis_lengths("O" if role == "M" else role) | places

    # An assumed choice

    @cached_property
    def choice(self) -> Choice | None:
        """The assumed choice as full multi-indices, one for every output entry."""
        return None if self.argmax is None else as_choice(self.argmax)

    def _check_choice(self) -> None:
        assert self.choice is not None
        if self.input is None:
            raise InputError("argmax chooses among the entries of an input of known size: give input=")
        if self.ties != "first":
            raise InputError(f"argmax chooses one entry an output, so ties {self.ties!r} says nothing: leave it out")
        outputs = self.arrays["O"].size
        if len(self.choice) != outputs:
            raise InputError(
                f"argmax has {len(self.choice)} positions for {outputs} output entries: give one for each, row by row"
            )
        _ = self._chosen_places

    @cached_property
    def _chosen_places(self) -> list[tuple[int, ...]]:
        """The entries of M that are 1, as multi-indices. Raises `InputError` for a choice outside its window."""
        maps = 0 if self.plain else len(MAPS)
        found = []
        for output, at in zip(np.ndindex(*self.output_shape), self.choice or (), strict=True):
            same = len(at) == len(output) and at[:maps] == output[:maps]
            place = place_in_window(self.axes, output[maps:], at[maps:]) if same else None
            if place is None:
                raise InputError(
                    f"argmax takes output {output} from {at}, which its window does not read: choose one of its inputs "
                    "(positions count from 0)"
                )
            found.append((*output, *place))
        return found

    def chosen_masks(self) -> Chosen:
        """The masks of an assumed choice as numbers."""
        positions = _flat(self._chosen_places, self.shown_shape(self.axis_lengths("M")))
        return Chosen("M", tuple(self.axis_lengths("M").items()), tuple(positions.tolist()))

    # The definition and the closed forms

    def definition(self, only: Mapping[str, Sequence[int]] | None = None) -> Form:
        """O by its taps, Σ M X, or of an assumed choice the chosen entries; `only` as in every pool.

        >>> len(MaxPool(input=(4, 4), window=(2, 2)).definition())
        16
        >>> len(MaxPool(input=4, window=2, argmax=[1, 2]).definition())
        2
        """
        if self.argmax is None:
            return super().definition(only)
        outputs, inputs = self.arrays["O"], self.arrays["X"]
        table = Table((outputs,), (inputs,), (np.arange(outputs.size), _flat(self.choice or (), inputs.shape)))
        for role, index in (only or {}).items():
            self._position(role, index)
            table = table.where(role, int(np.ravel_multi_index(tuple(index), self.arrays[role].shape)))
        return Form((table,))

    def term_count(self) -> int:
        return super().term_count() if self.argmax is None else self.arrays["O"].size

    def factors(self) -> tuple[OnAxis, ...]:
        if self.argmax is not None:
            raise NotSupportedError(
                "an assumed choice is not made on each axis by itself: compare all terms (exhaustive), not axis by axis"
            )
        return super().factors()

    def busiest(self, role: str) -> tuple[int, ...]:
        """The first entry that takes part in the most products; of a choice, that is chosen most often."""
        if self.argmax is None or role != "X":
            return super().busiest(role)
        most = int(np.bincount(_flat(self.choice or (), self.input_shape)).argmax())
        return tuple(int(i) for i in np.unravel_index(most, self.input_shape))

    def claims(self) -> tuple[Claim, ...]:
        """O from the windows of the input, ∂L/∂X by folding the masked gradients (max-unpooling), and with letters as
        indices both as sums (∂L/∂X at dilation 1 only, where no index need be divisible)."""
        claims = [Claim("O", "windows", (self.forward(),)), Claim("dX", "fold", (self.input_gradient(),))]
        if self.argmax is None:
            claims.append(Claim("O", "indices", (self._indexed_forward(),)))
            if set(self.each("dilation")) == {1}:
                claims.append(Claim("dX", "indices", (self._indexed_gradient(),)))
        return tuple(claims)

    def spread_masks(self) -> Operation:
        """Each mask with its entries as far apart as the entries of a dilated window."""
        masks: Operation = Leaf("M") if self.argmax is None else self.chosen_masks()
        return spread(masks, self.taps, self.each("dilation"))

    def forward(self) -> Operation:
        """The windows of the padded input times their masks, each window added up."""
        padded = window(Leaf("X"), self.spatial, *self.margins)
        windows = Unfold(padded, self.spatial, self.each("extent"), self.each("stride"))
        return Total(Hadamard(self.spread_masks(), windows, (), (), self.windows_order), self.taps)

    def folded_gradient(self) -> Operation:
        """Each gradient times its mask, added up where the windows lie, padding included."""
        masked = Hadamard(self.spread_masks(), Leaf("G"), (), (), self.windows_order)
        return Fold(masked, self.spatial, self.each("stride"))

    def input_gradient(self) -> Operation:
        """The folded gradients without the padding."""
        return window(self.folded_gradient(), self.spatial, *self.crop)

    def _indexed_forward(self) -> Operation:
        """Σ_f M[i, f] X[s·i + d·f - a]."""
        before, after = self.margins
        return WindowSum(
            Leaf("M"), Leaf("X"), self.spatial, self.windows_order, self.each("filter"), self.each("stride"),
            self.each("dilation"), before, after, self._at("O"), self._at("F"),
        )  # fmt: skip

    def _indexed_gradient(self) -> Operation:
        """Σ_i G[i] M[i, x + a - s·i]."""
        before, after = self.crop
        return OverlapSum(
            Leaf("M"), Leaf("G"), self.spatial, self.windows_order, self.each("filter"), self.each("stride"),
            self.each("dilation"), tuple(-side for side in before), after, self._at("X"), self._at("O"),
        )  # fmt: skip

    # Masks of real values

    def masks(self, values: NDArray[Any]) -> NDArray[Any]:
        """The masks for numbers in X's shape: int, float or `Fraction` entries; M's shape, whole numbers or fractions.

        Ties are broken by the pool's rule; an assumed choice must be one of the maxima.

        >>> MaxPool(input=4, window=2).masks(np.array([3, 1, 2, 2])).tolist()
        [[1, 0], [1, 0]]
        >>> MaxPool(input=4, window=2, ties="split").masks(np.array([3, 1, 2, 2])).tolist()
        [[Fraction(1, 1), Fraction(0, 1)], [Fraction(1, 2), Fraction(1, 2)]]
        """
        if values.shape != self.input_shape:
            raise InputError(f"values have the shape {values.shape}: expected that of the input, {self.input_shape}")
        reached = reached_maximum(self.axes, values.reshape(*self.maps, *self.each("size")))
        shape = self.shown_shape(self.axis_lengths("M"))
        if self.choice is None:
            return broken_ties(reached, self.ties).reshape(shape)
        positions = list(self.chosen_masks().positions)
        if not reached.ravel()[positions].all():
            raise InputError("argmax does not choose the maxima of these values: leave out the choice or the values")
        masks = np.zeros(shape, dtype=np.int64)
        masks.ravel()[positions] = 1
        return masks

    # In words

    def options(self) -> list[str]:
        """The command-line words that describe the pool, defaults left out; a choice counts from 1.

        >>> MaxPool(input=4, window=2, argmax=[1, 2]).options()
        ['max-pool', '--input', '4', '--window', '2', '--argmax', '2;3']
        """
        return self.options_counted_from(1)

    def options_counted_from(self, index_base: int) -> list[str]:
        """The same with a choice that counts from `index_base`."""
        sizes: dict[str, Any] = {"input": self.given.input, "window": self.given.window}
        whole = {} if self.given.window is not None else {"window": ("all", None)}
        positions = None if self.choice is None else argmax_words(self.choice, index_base)
        optional = {
            **whole, **self.words_of_windows(), **self.words_of_dilation(), **self.words_of_maps(),
            "ties": (self.ties, "first"), "argmax": (positions, None),
        }  # fmt: skip
        return [*described(self.kind, sizes, optional), *(["--ceil-mode"] if self.ceil_mode else [])]


def _flat(positions: Sequence[Sequence[int]], shape: Sequence[int]) -> Column:
    """Multi-indices as flat positions."""
    columns = tuple(np.array(column, dtype=np.int64) for column in zip(*positions, strict=True))
    flat: Column = np.ravel_multi_index(columns, tuple(shape))
    return flat
