"""Derivations of layers whose output is an expression: entrywise functions, softmax, losses, normalisation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import sympy

from symconv.compose.derivation import MAX_TERMS, Derivation, Watch, story_class
from symconv.derivation.elision import Limits
from symconv.derivation.smooth import SmoothCalculus
from symconv.errors import InputError, LimitError, NotSupportedError
from symconv.notation.latex import LatexPrinter
from symconv.notation.tree import Symbol
from symconv.proof.expressions import FULL, prove_smooth
from symconv.proof.verdict import Proof

if TYPE_CHECKING:
    from symconv.compose.worked import Source, Working

SYMPY_ENTRIES = 2_000
"""Arrays with more entries are not turned into SymPy at once."""
EXHAUSTIVE = 60
"""So many entries are compared one by one where the user asks for it; expressions grow with their number."""


@dataclass(frozen=True)
class SmoothDerivation(Derivation):
    """The derivation of a smooth layer.

    >>> from symconv import Softmax, derive
    >>> derive(Softmax(inputs=2)).closed_form("X").shape
    (2,)
    """

    def __post_init__(self) -> None:
        if self.style.batch_mean:
            raise NotSupportedError(
                f"batch mean is not there for {self.layer.kind}: put 1/batch into the gradient at its output, or "
                "take a loss, which has a mean of its own"
            )

    @cached_property
    def calculus(self) -> SmoothCalculus:
        return SmoothCalculus(self.layer, self._name)

    def proved(self, *, exhaustive: bool = False, max_terms: int = MAX_TERMS, watch: Watch = iter) -> list[Proof]:
        size = self.layer.arrays["X"].size
        if exhaustive and size > max(EXHAUSTIVE, FULL):
            raise LimitError(
                f"comparing every entry of {size:,} is too much, at most {EXHAUSTIVE}: leave --exhaustive out, "
                "representatives stand for all entries"
            )
        found = prove_smooth(self.calculus, exhaustive=exhaustive, watch=watch)
        return [replace(proof, style=self.style) for proof in found]

    def story(self, limits: Limits) -> Any:
        return story_class(self.layer)(self.calculus, limits)

    def working(self, source: Source) -> Working:
        from symconv.compose.worked import layer_working

        return layer_working(self.layer, source)

    def check_sizes(self, show: int, max_pages: int) -> None:
        """Nothing but that the layer has sizes: its documents do not grow with them."""
        _ = self.layer.arrays

    # SymPy

    @property
    def X(self) -> Any:  # noqa: N802
        """The input's symbols."""
        return self._symbols("X")

    @property
    def F(self) -> Any:  # noqa: N802
        """The scale's symbols; a layer without one raises `InputError`."""
        return self._symbols("F")

    @property
    def b(self) -> Any:
        """The shift's symbols; a layer without one raises `InputError`."""
        return self._symbols("b")

    @property
    def Y(self) -> Any:  # noqa: N802
        """The targets' symbols; a layer without them raises `InputError`."""
        return self._symbols("Y")

    @property
    def G(self) -> Any:  # noqa: N802
        """The symbols of ∂L/∂O; a loss has none and raises `InputError`."""
        if "G" not in self.layer.system.axes:
            raise InputError(f"{self.layer.kind} is a loss, which no gradient is handed to: it has X and Y")
        self._affordable(self.layer.arrays["O"].size)
        return self.calculus.symbols("G")

    @cached_property
    def O(self) -> Any:  # noqa: N802, E743
        """The output in terms of the other arrays, by the definition of the layer."""
        self._affordable(self.layer.arrays["X"].size)
        return self.calculus.output()

    def local(self, role: str, *index: int) -> Any:
        """∂O/∂role at one index, an array of O's shape.

        >>> from symconv import Tanh, derive
        >>> derive(Tanh(input=2)).local("X", 1)[1]
        0
        """
        role = self.role(role)
        self._affordable(self.layer.arrays["X"].size)
        return self.calculus.local(role, self.position(role, index))

    def gradient(self, role: str, *index: int) -> Any:
        """∂L/∂role by the chain rule: the whole array, or one entry."""
        role = self.role(role)
        self._affordable(self.layer.arrays["X"].size)
        return self.calculus.gradient(role, self.position(role, index) if index else None)

    def closed_form(self, role: str, route: str | None = None) -> Any:
        """The same by the closed form that the layer claims.

        `route` is "closed" (the default), "by output" for functions whose derivative is known from their value, or
        "result" where targets are supposed to add up to 1.
        """
        role = self.role(role)
        known = [line.name for line in self.layer.statements() if line.role == f"d{role}" and line.name != "chain"]
        if route is not None and route not in known:
            raise InputError(f"route is {route!r}: for {role} there are {', '.join(known)}")
        self._affordable(self.layer.arrays["X"].size)
        return self.calculus.closed(role, route or "closed")

    def jacobian(self, role: str) -> sympy.ImmutableSparseMatrix:
        """∂vec(O)/∂vec(role), both row by row, as a sparse matrix."""
        role = self.role(role)
        self._affordable(self.layer.arrays["O"].size * self.layer.arrays[role].size)
        return self.calculus.jacobian(role)

    def _symbols(self, role: str) -> Any:
        if role not in self.layer.arrays:
            known = ", ".join(name for name in self.layer.arrays if name != "O")
            raise InputError(f"role is {role!r}: this layer has {known}")
        self._affordable(self.layer.arrays[role].size)
        return self.calculus.symbols(role)

    def _affordable(self, entries: int) -> None:
        if entries > SYMPY_ENTRIES:
            raise LimitError(
                f"this has {entries:,} entries, more than {SYMPY_ENTRIES:,} as SymPy: take a smaller layer, whose "
                "formulas are the same, or write the document"
            )

    def _name(self, role: str, index: tuple[int, ...]) -> str:
        return LatexPrinter(self.style)(Symbol(role, index))
