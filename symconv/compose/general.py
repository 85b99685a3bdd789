"""Derivations with general indices: sizes, strides, dilations and paddings are letters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from symconv.compose.derivation import MAX_TERMS, Derivation, Watch
from symconv.derivation.elision import Limits
from symconv.derivation.general import Story
from symconv.derivation.general_lines import PRIME, Line, Lines
from symconv.errors import InputError, NotSupportedError
from symconv.layers.general import MAPS, SIZES
from symconv.proof.verdict import Proof

if TYPE_CHECKING:
    from symconv.compose.worked import Source, Working


@dataclass(frozen=True)
class GeneralDerivation(Derivation):
    """The derivation of a convolution with general indices.

    Raises `InputError` for a letter that the page has another use for, `NotSupportedError` for a mean over the batch.

    >>> from symconv import GeneralConv, derive
    >>> derive(GeneralConv(), index_base=0).proofs[2].everywhere
    True
    """

    def __post_init__(self) -> None:
        if self.style.batch_mean:
            raise NotSupportedError(
                "batch mean is not there with general indices: put 1/batch into the gradient at the output"
            )
        taken = {*SIZES, *MAPS.values(), *(letter.rstrip(PRIME) for letter in self.layer.ranges)}
        taken |= set(self.layer.positions("S"))
        for role, letter in self.style.names.items():
            if letter in taken and role in ("X", "F", "O", "b", "G", "S", "R", "L"):
                raise InputError(f"{letter!r} for {role} is a letter of a size or a position here: choose another")

    @cached_property
    def lines(self) -> list[Line]:
        """Every line that can be wrong, in reading order."""
        roles = [role for role in self.layer.arrays if role != "O"]
        lines = [*Lines(self.layer).by_name.values(), *self.story(Limits.showing(8)).specialised(roles)]
        return [line for line in lines if line.equalities]

    def proved(self, *, exhaustive: bool = False, max_terms: int = MAX_TERMS, watch: Watch = iter) -> list[Proof]:
        return list(self._proved(watch))

    def _proved(self, watch: Watch) -> Iterator[Proof]:
        from symconv.proof.general import MOST, LineProver

        prover = LineProver(Lines(self.layer), MOST)
        for line in watch(self.lines):
            yield replace(prover.prove(line), style=self.style)

    def story(self, limits: Limits) -> Any:
        return Story(self.layer, limits)

    def working(self, source: Source) -> Working:
        raise NotSupportedError(
            "numbers are worked out for layers with sizes: give --input and --filter without --general"
        )

    def check_sizes(self, show: int, max_pages: int) -> None:
        """Nothing: a page with letters does not grow."""
