"""Derivations of layers whose output is a sum of multilinear forms: convolution, pooling, dense, flatten."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any

from symconv.compose.derivation import MAX_TERMS, Chosen, Derivation, Watch, story_class, too_long
from symconv.derivation.elision import Limits
from symconv.derivation.gradients import Calculus, averaged, closed_form
from symconv.errors import InputError, LimitError
from symconv.forms import Form, Variable, differentiate
from symconv.layers.base import CONSTANTS
from symconv.notation.latex import LatexPrinter
from symconv.notation.tree import Relation, Symbol, equals
from symconv.proof.exact import prove_claim
from symconv.proof.verdict import Proof
from symconv.writing.document import least_pages

if TYPE_CHECKING:
    import sympy

    from symconv.compose.worked import Source, Working

SYMPY_TERMS = 200_000
"""More terms than this are not turned into SymPy at once; each costs about a kilobyte there."""
BYTES_A_TERM = 100
MAX_SUM = 5_000_000
"""A document shows sums of up to so many products, the middle left out."""


@dataclass(frozen=True)
class FormDerivation(Derivation):
    """The derivation of a layer made of multilinear forms.

    >>> from symconv import MaxPool, derive
    >>> derive(MaxPool(input=4, window=2)).gradient("X", 3)
    M_{21}*\\frac{\\partial L}{\\partial B_{2}}
    """

    @cached_property
    def calculus(self) -> Calculus:
        mean = Fraction(1, self.layer.batch) if self.style.batch_mean else Fraction(1)
        return Calculus(self.layer, mean)

    def proved(self, *, exhaustive: bool = False, max_terms: int = MAX_TERMS, watch: Watch = iter) -> list[Proof]:
        _check_axes(self.layer)
        terms = self.layer.term_count()
        if exhaustive and terms > max_terms:
            raise LimitError(
                f"comparing all {terms:,} terms needs about {terms * BYTES_A_TERM / 1e9:.1f} GB, more than "
                f"{max_terms:,} terms: prove axis by axis (leave --exhaustive out), or allow more with --max-terms"
            )
        return [
            replace(prove_claim(self.calculus, claim, exhaustive=exhaustive), style=self.style)
            for claim in watch(self.layer.claims())
        ]

    def certificate(self) -> str:
        from symconv.proof.certificate import certificate

        return certificate(self.layer, self.calculus.mean)

    def story(self, limits: Limits) -> Any:
        return story_class(self.layer)(self.calculus, limits)

    def working(self, source: Source) -> Working:
        from symconv.compose.worked import layer_working

        return layer_working(self.layer, source, self.calculus.mean)

    def entries(self, limits: Limits, at: Chosen = lambda role, index: index) -> Mapping[str, Relation]:
        story = self.story(limits)
        found = {}
        for role in self.layer.arrays:
            if role not in CONSTANTS or role == "O":
                name = "O" if role == "O" else f"d{role}"
                index = at(name, self.layer.busiest(role))
                value = story.output_value(index) if role == "O" else story.gradient_value(role, index)
                found[name] = equals(Symbol(name, index), value)
        return found

    def check_sizes(self, show: int, max_pages: int) -> None:
        _check_axes(self.layer)
        largest = self.layer.largest_sum()
        if largest > MAX_SUM:
            raise LimitError(
                f"one map or one sum of this layer has {largest:,} entries, more than a document can take from "
                f"({MAX_SUM:,}): choose a smaller input or batch; the formulas do not change with it"
            )
        pages = least_pages(self.layer, Limits.showing(show))
        if pages > max_pages:
            raise too_long(pages, max_pages)

    # SymPy

    @property
    def X(self) -> Any:  # noqa: N802
        """The input's symbols."""
        return self._symbols("X")

    @property
    def F(self) -> Any:  # noqa: N802
        """The weights' symbols; a layer without them raises `InputError`."""
        return self._symbols("F")

    @property
    def G(self) -> Any:  # noqa: N802
        """The symbols of ∂L/∂O."""
        return self._symbols("G")

    @property
    def M(self) -> Any:  # noqa: N802
        """The masks' symbols; a layer without them raises `InputError`."""
        return self._symbols("M")

    @property
    def b(self) -> Any:
        """The bias' symbols; a layer without one raises `InputError`."""
        return self._symbols("b")

    @cached_property
    def O(self) -> Any:  # noqa: N802, E743
        """The output in terms of X, F and b, by the definition of the layer."""
        return self._array(self._whole("O"), "O")

    def local(self, role: str, *index: int) -> Any:
        """∂O/∂role at one index, an array of O's shape.

        >>> from symconv import Conv, derive
        >>> derive(Conv(input=3, filter=2)).local("F", 2)
        [X_{2}, X_{3}]
        """
        role = self.role(role)
        self._affordable(self.layer.arrays["O"].size)
        return self._array(Form((self.calculus.local(role, self.position(role, index)),)), "O")

    def gradient(self, role: str, *index: int) -> Any:
        """∂L/∂role by the chain rule: the whole array, or one entry."""
        role = self.role(role)
        if index:
            found = self.calculus.gradient(role, self.position(role, index))
            self._affordable(len(found))
            return self._sum(found.terms())
        return self._array(self._whole(f"d{role}"), role)

    def closed_form(self, role: str, route: str | None = None) -> Any:
        """The same by a pipeline of array operations, built independently.

        `route` is "correlation", "indices" or "matrix" ("sum" for the bias); without it, the first that the layer has.
        """
        role = self.role(role)
        claims = [claim for claim in self.layer.claims() if claim.role == f"d{role}" and route in (None, claim.route)]
        if not claims:
            known = ", ".join(claim.route for claim in self.layer.claims() if claim.role == f"d{role}")
            raise InputError(f"route is {route!r}: for {role} there are {known}")
        self._affordable(self.layer.term_count())
        claim = averaged(claims[0], self.calculus.mean)
        factors = self.calculus.chain_rule(role).roles
        return self._array(
            Form(tuple(closed_form(self.layer, part, claim.role, factors) for part in claim.parts)), role
        )

    def jacobian(self, role: str) -> sympy.ImmutableSparseMatrix:
        """∂vec(O)/∂vec(role), both row by row, as a sparse matrix."""
        from symconv.forms.expressions import sparse_matrix

        self._affordable(self.layer.term_count())
        return sparse_matrix(differentiate(self.calculus.definition, self.role(role)), self._name)

    def _symbols(self, role: str) -> Any:
        from symconv.forms.expressions import as_array, symbol_expressions

        shape = self.layer.arrays["O" if role == "G" else self._known(role)].shape
        self._affordable(Variable(role, shape).size)
        return as_array(symbol_expressions(role, shape, self._name), shape, matrix=self._plain_2d)

    def _known(self, role: str) -> str:
        if role not in self.layer.arrays:
            known = ", ".join(name for name in self.layer.arrays if name != "O")
            raise InputError(f"role is {role!r}: this layer has {known}")
        return role

    def _array(self, form: Form, role: str) -> Any:
        from symconv.forms.expressions import as_array, entry_expressions

        shape = self.layer.arrays[role].shape
        return as_array(entry_expressions(form, self._name), shape, matrix=self._plain_2d)

    def _sum(self, terms: Sequence[Any]) -> Any:
        from symconv.forms.expressions import sum_expression

        return sum_expression(terms, self._name)

    def _whole(self, role: str) -> Form:
        self._affordable(self.layer.term_count())
        return self.calculus.compared(role)

    @property
    def _plain_2d(self) -> bool:
        """Whether arrays are matrices and vectors throughout."""
        return max(len(array.shape) for role, array in self.layer.arrays.items() if role != "M") == 2

    def _affordable(self, terms: int) -> None:
        if terms > SYMPY_TERMS:
            raise LimitError(
                f"this has {terms:,} terms, about {terms / 1e6:,.1f} GB as SymPy, more than {SYMPY_TERMS:,}: "
                'ask for less, such as the entry gradient("X", 1, 1), or write the document, which needs no SymPy'
            )

    def _name(self, role: str, index: tuple[int, ...]) -> str:
        return LatexPrinter(self.style)(Symbol(role, index))


def _check_axes(layer: Any) -> None:
    """Raise where one axis alone has more taps than can be listed."""
    most = max((axis.output * axis.filter for axis in getattr(layer, "axes", ())), default=0)
    if most > MAX_TERMS:
        raise LimitError(f"one axis has {most:,} taps, more than {MAX_TERMS:,}: choose a smaller input or filter")
