"""Both sides of a formula compared for all sizes at once."""

from __future__ import annotations

from collections.abc import Sequence

from symconv.checking.general.model import Model
from symconv.layers.general import GeneralConv
from symconv.proof.general_meaning import Term
from symconv.proof.general_sets import Numbers, Presburger, counted

MOST_OPERATIONS = 1_000_000
"""isl gives up beyond so many of its own operations."""


class Sizes(Presburger):
    """The sides as sets over the sizes of one model."""

    def __init__(self, model: Model, free: Sequence[str], equal: Sequence[tuple[str, str]]) -> None:
        super().__init__(GeneralConv(axes=model.rank, batch=2), free, MOST_OPERATIONS)
        self.model, self.equal = model, equal
        if "group" in model.maps:
            self.parameters = (*self.parameters, "J")

    def facts(self, numbers: Numbers) -> list[str]:
        sizes = [f"{one} = {other}" for one, other in self.equal if one in self.sizes]
        return [*super().facts(numbers), *self.model.facts(), *sizes]

    def where_different(self, sides: Sequence[Sequence[Term]], numbers: Numbers) -> dict[str, int] | None:
        """Sizes and letters at which the sides differ or name an entry that is not there; None where there are none.

        Raises `OutOfOperationsError` where isl gives up, `UnreadableError` for sums that cannot be compared.
        """
        with counted(MOST_OPERATIONS):
            products = [[self.product(term) for term in side] for side in sides]
            return self.where_wrong(products, numbers, itself=False)
