"""The derivation of a whole network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from symconv.compose.derivation import MAX_TERMS, Chosen, Derivation, Watch
from symconv.derivation.elision import Limits
from symconv.errors import InputError, NotSupportedError
from symconv.network.backward import Backward
from symconv.network.proofs import network_proofs
from symconv.network.story import Story
from symconv.notation.latex import LatexPrinter
from symconv.notation.tree import Relation, Symbol
from symconv.proof.verdict import Proof

if TYPE_CHECKING:
    from symconv.compose.worked import Source, Working


@dataclass(frozen=True)
class NetworkDerivation(Derivation):
    """The derivation of a network; roles are "X", "conv1.F", "conv1.b", "conv1.O" and so on.

    >>> from symconv import Conv, Network, derive
    >>> d = derive(Network([Conv(filter=(2, 2)), Conv(filter=(2, 2))], input=(1, 3, 3)))
    >>> print(d.gradient("conv2.F", 1, 1))
    Z^{1}_{11}*\\delta^{2}_{11}
    """

    constants: ClassVar[frozenset[str]] = frozenset("MY")

    def __post_init__(self) -> None:
        if self.style.batch_mean:
            raise NotSupportedError(
                "batch mean is not there for a network: its loss averages over the batch; without a loss, put 1/batch "
                "into the gradient at the output"
            )

    @cached_property
    def backward(self) -> Backward:
        return Backward(self.layer)

    def proved(self, *, exhaustive: bool = False, max_terms: int = MAX_TERMS, watch: Watch = iter) -> list[Proof]:
        return network_proofs(self.layer, self.style, watch)

    def story(self, limits: Limits) -> Any:
        return Story(self.layer, self.proofs, limits)

    def working(self, source: Source) -> Working:
        from symconv.compose.worked import network_working

        return network_working(self.layer, source)

    def entries(self, limits: Limits, at: Chosen = lambda role, index: index) -> Mapping[str, Relation]:
        return Story(self.layer, self.proofs, limits).examples(at)

    def check_sizes(self, show: int, max_pages: int) -> None:
        """Nothing: what a document of a network shows is bounded by its layers."""

    def gradient(self, role: str, *index: int) -> Any:
        """∂L/∂role at one entry, multiplied out through the network, as SymPy.

        Raises `InputError` for a role whose gradient is not a sum of products.
        """
        from symconv.forms.expressions import sum_expression

        role = self.role(role)
        if not self.backward.has_table(role):
            raise InputError(f"{role} has no gradient as a sum of products: see the closed form in the document")
        table = self.backward.multiplied(role, self.position(role, index))[-1]
        return sum_expression(table.terms(), self._name)

    def _name(self, role: str, index: tuple[int, ...]) -> str:
        return LatexPrinter(self.style)(Symbol(role, index))
