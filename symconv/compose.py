"""The one place that knows all rooms: from a layer to its derivation, its proofs and its write-up."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, SupportsIndex, TypeAlias

from symconv.derivation.convolution import ConvolutionSteps, convolution_steps
from symconv.derivation.elision import Limits
from symconv.derivation.equations import equation, parse_target
from symconv.derivation.gradients import Calculus, averaged, closed_form
from symconv.derivation.steps import Step
from symconv.errors import InputError, LimitError, NotSupportedError, UnprovedError
from symconv.forms import Form, Variable, differentiate
from symconv.layers.base import Claim
from symconv.layers.conv import Conv
from symconv.notation.latex import LatexPrinter
from symconv.notation.layout import Display
from symconv.notation.tree import Style, Symbol
from symconv.proof.exact import prove_claim
from symconv.proof.verdict import Proof
from symconv.writing.composers import COMPOSERS, SUFFIXES
from symconv.writing.document import Document, estimated_pages, least_pages
from symconv.writing.environment import render
from symconv.writing.files import write_whole

if TYPE_CHECKING:
    import sympy

Detail = Literal["brief", "full"]
SYMPY_TERMS = 200_000
"""More terms than this are not turned into SymPy at once; each costs about a kilobyte there."""
MAX_PAGES = 40
MAX_TERMS = 30_000_000
"""More terms than this are compared one by one only where the user allows it."""
BYTES_A_TERM = 100
NAMES_AN_OPTION = 5
MAX_SUM = 5_000_000
"""A document shows sums of up to so many products, the middle left out."""
Watch: TypeAlias = Callable[[Iterable[Claim]], Iterable[Claim]]


def derive(
    layer: Conv, *, names: Mapping[str, str] | None = None, index_base: int = 1, batch_mean: bool = False
) -> Derivation:
    """The derivation of a layer.

    Args:
        names: the letter of a role, such as `{"X": "x", "G": r"\\delta"}`.
        index_base: the number of the first index, 1 or 0.
        batch_mean: the loss is the mean of one loss per example, so 1/batch stands in front of the gradients.

    Raises `InputError` for letters that are none or are used twice.

    >>> d = derive(Conv(input=(3, 3), filter=(2, 2)))
    >>> d.gradient("X", 1, 2)
    F_{11}*\\frac{\\partial L}{\\partial O_{12}} + F_{12}*\\frac{\\partial L}{\\partial O_{11}}
    """
    _known(layer)
    return Derivation(layer, Style({} if names is None else names, index_base, batch_mean and layer.batch > 1))


def prove(
    layer: Conv, *, scope: str = "shape", exhaustive: bool = False, max_terms: int = MAX_TERMS, watch: Watch = iter
) -> list[Proof]:
    """Every closed form of the layer, compared with the chain rule.

    Beyond a million terms the comparison is made axis by axis; `exhaustive` compares all terms, up to
    `max_terms` of them. `watch` is given the claims to be proved and hands them on, such as a progress bar does.

    Raises `NotSupportedError` for another scope than "shape" and `LimitError` for more terms than `max_terms`.

    >>> all(proof.holds for proof in prove(Conv(input=(5, 4), filter=(3, 2), stride=2)))
    True
    """
    _known(layer)
    if scope != "shape":
        raise NotSupportedError(f'scope is {scope!r}: only "shape" can be proved so far')
    return _proofs(Calculus(layer), Style(), exhaustive=exhaustive, max_terms=max_terms, watch=watch)


def _known(layer: object) -> None:
    if not isinstance(layer, Conv):
        raise InputError(f"layer is {layer!r}: expected a layer such as symconv.Conv(input=(3, 3), filter=(2, 2))")


def _proofs(
    calculus: Calculus, style: Style, *, exhaustive: bool = False, max_terms: int = MAX_TERMS, watch: Watch = iter
) -> list[Proof]:
    _check_axes(calculus.layer)
    terms = calculus.layer.term_count()
    if exhaustive and terms > max_terms:
        raise LimitError(
            f"comparing all {terms:,} terms needs about {terms * BYTES_A_TERM / 1e9:.1f} GB, more than {max_terms:,} "
            "terms: prove axis by axis (leave --exhaustive out), or allow more with --max-terms"
        )
    return [
        replace(prove_claim(calculus, claim, exhaustive=exhaustive), style=style)
        for claim in watch(calculus.layer.claims())
    ]


@dataclass(frozen=True)
class Derivation:
    """What can be said of a layer's gradients: SymPy on demand, typed steps, proofs, documents.

    Indices in calls are as printed: they count from `style.index_base`.
    """

    layer: Conv
    style: Style = field(default_factory=Style)

    @cached_property
    def calculus(self) -> Calculus:
        mean = Fraction(1, self.layer.batch) if self.style.batch_mean else Fraction(1)
        return Calculus(self.layer, mean)

    # SymPy

    @property
    def X(self) -> Any:  # noqa: N802
        """The input's symbols."""
        return self._symbols("X")

    @property
    def F(self) -> Any:  # noqa: N802
        """The filter's symbols."""
        return self._symbols("F")

    @property
    def G(self) -> Any:  # noqa: N802
        """The symbols of ∂L/∂O."""
        return self._symbols("G")

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

        >>> derive(Conv(input=3, filter=2)).local("F", 2)
        [X_{2}, X_{3}]
        """
        role = self._role(role)
        self._affordable(self.layer.arrays["O"].size)
        return self._array(Form((self.calculus.local(role, self._position(role, index)),)), "O")

    def gradient(self, role: str, *index: int) -> Any:
        """∂L/∂role by the chain rule: the whole array, or one entry."""
        role = self._role(role)
        if index:
            found = self.calculus.gradient(role, self._position(role, index))
            self._affordable(len(found))
            return self._sum(found.terms())
        return self._array(self._whole(f"d{role}"), role)

    def closed_form(self, role: str, route: str | None = None) -> Any:
        """The same by a pipeline of array operations, built independently.

        `route` is "correlation", "indices" or "matrix" ("sum" for the bias); without it, the first that the layer has.
        """
        role = self._role(role)
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
        return sparse_matrix(differentiate(self.calculus.definition, self._role(role)), self._name)

    def _symbols(self, role: str) -> Any:
        from symconv.forms.expressions import as_array, symbol_expressions

        shape = self.layer.arrays["O" if role == "G" else self._role(role)].shape
        self._affordable(Variable(role, shape).size)
        return as_array(symbol_expressions(role, shape, self._name), shape, matrix=self._plain_2d)

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
        return len(self.layer.arrays["X"].shape) == 2

    def _affordable(self, terms: int) -> None:
        if terms > SYMPY_TERMS:
            raise LimitError(
                f"this has {terms:,} terms, about {terms / 1e6:,.1f} GB as SymPy, more than {SYMPY_TERMS:,}: "
                'ask for less, such as the entry gradient("X", 1, 1), or write the document, which needs no SymPy'
            )

    def _name(self, role: str, index: tuple[int, ...]) -> str:
        return LatexPrinter(self.style)(Symbol(role, index))

    def _role(self, role: str) -> str:
        if role not in self.layer.arrays or role == "O":
            known = ", ".join(name for name in self.layer.arrays if name != "O")
            raise InputError(f"role is {role!r}: this layer has {known}")
        return role

    def _position(self, role: str, index: Sequence[int]) -> tuple[int, ...]:
        shape = self.layer.arrays[role].shape
        base = self.style.index_base
        fits = len(index) == len(shape) and all(_is_whole(i) for i in index)
        if not fits or not all(base <= i < n + base for i, n in zip(index, shape, strict=True)):
            raise InputError(f"{role} has no entry {tuple(index)}: its shape is {shape}, indices count from {base}")
        return tuple(int(i) - base for i in index)

    # Proofs and steps

    @cached_property
    def proofs(self) -> list[Proof]:
        """Every closed form compared with the chain rule, for this shape."""
        return _proofs(self.calculus, self.style)

    @cached_property
    def steps(self) -> list[Step]:
        """The derivation in reading order, as a document of the usual size shows it."""
        return self.steps_showing(8)

    def steps_showing(self, size: int, roles: Sequence[str] = ()) -> list[Step]:
        """The steps with matrices of up to `size` rows and columns before dots; with `roles`, only these gradients."""
        return [
            replace(step, style=self.style) for step in convolution_steps(self.calculus, Limits.showing(size), roles)
        ]

    def equation(self, target: str, *, form: str | None = None, show: int = 8) -> Display:
        """One equation by its name in roles: O, O_12, dO/dX, dO/dF_11, dO_12/dF_11, dL/dF, dL/dX_22 or dL/db.

        `form` is "chain" (local derivatives standing), "sum" (values put in, the default) or "closed" (proved first).

        >>> print(derive(Conv(input=3, filter=2)).latex("O_2"))
        O_{2} = X_{2} F_{1} + X_{3} F_{2}
        """
        if form is not None:
            _check_choice("form", form, ("chain", "sum", "closed"))
        self._check_sizes(show, MAX_PAGES)
        steps = ConvolutionSteps(self.calculus, Limits.showing(show))
        found = parse_target(target, steps, self.style.index_base)
        if form == "closed":
            self._refuse_unproved(self.proofs)
        return equation(steps, found, form)  # type: ignore[arg-type]

    def latex(self, target: str, *, form: str | None = None, show: int = 8) -> str:
        """The same as LaTeX, ready to paste between display delimiters."""
        return LatexPrinter(self.style).display(self.equation(target, form=form, show=show))

    # Documents

    def render(
        self,
        to: str = "markdown",
        *,
        detail: Detail = "full",
        language: str = "en",
        wrt: str | Sequence[str] = (),
        show: int = 8,
        max_pages: int = MAX_PAGES,
        template: str | Path | None = None,
        exhaustive: bool = False,
        max_terms: int = MAX_TERMS,
        watch: Watch = iter,
    ) -> str:
        """The write-up as text.

        Args:
            to: "markdown", "markdown-dollars", "latex" or "latex-fragment".
            detail: "full", or "brief" for definitions, results and closed forms.
            wrt: the roles whose gradients are derived; all where empty.
            show: rows and columns of a matrix before dots; lists and sums follow.
            max_pages: more pages than this are refused with an estimate.
            template: a template of your own, rendered in a sandbox.
            exhaustive: compare all terms of a large layer instead of axis by axis, up to `max_terms`.
            watch: is given the claims that are proved one by one and hands them on, such as a progress bar does.

        Raises `UnprovedError` where a claim does not hold, `LimitError` for too many pages, `InputError` for options
        that are none.
        """
        _check_choice("format", to, COMPOSERS)
        _check_choice("detail", detail, ("brief", "full"))
        roles = tuple(self._role(role) for role in ((wrt,) if isinstance(wrt, str) else wrt))
        self._check_sizes(show, max_pages)
        proofs = (
            _proofs(self.calculus, self.style, exhaustive=True, max_terms=max_terms, watch=watch)
            if exhaustive
            else self.proofs
        )
        self._refuse_unproved(proofs)
        document = Document(
            layer=self.layer,
            style=self.style,
            steps=self.steps_showing(show, roles) if show != 8 or roles else self.steps,
            proofs=proofs,
            detail=detail,
            roles=roles,
            command=self._command(detail, roles, show, max_pages, exhaustive=exhaustive),
        )
        context = document.context()
        pages = estimated_pages(context["steps"], self.style)
        if pages > max_pages:
            raise _too_long(pages, max_pages)
        composer = COMPOSERS[to](self.style)
        return render(composer, language, context, Path(template) if template else None)

    def write(self, path: str | Path, *, to: str | None = None, force: bool = False, **options: Any) -> Path:
        """Write the document to a file, whole or not at all; the suffix gives the format unless `to` says it.

        Raises `InputError` for a path that cannot be written or a file that symconv did not write (unless `force`);
        otherwise as `render`.
        """
        target = Path(path)
        write_whole(target, self.render(to or format_of(target), **options), force=force)
        return target

    def _refuse_unproved(self, proofs: Sequence[Proof]) -> None:
        refuted = [proof for proof in proofs if not proof.holds]
        if refuted:
            raise UnprovedError(f"nothing was written: {refuted[0]}")

    def _check_sizes(self, show: int, max_pages: int) -> None:
        _check_axes(self.layer)
        sums = self.layer.arrays["O"].size // self.layer.out_channels
        largest = max(sums, *(math.prod(getattr(axis, n) for axis in self.layer.axes) for n in ("size", "filter")))
        if largest > MAX_SUM:
            raise LimitError(
                f"one map or one sum of this layer has {largest:,} entries, more than a document can take from "
                f"({MAX_SUM:,}): choose a smaller input or batch; the formulas do not change with it"
            )
        pages = least_pages(self.layer, Limits.showing(_checked_show(show)))
        if pages > max_pages:
            raise _too_long(pages, max_pages)

    def _command(self, detail: Detail, roles: Sequence[str], show: int, max_pages: int, *, exhaustive: bool) -> str:
        words = ["symconv", "derive", *self.layer.options()]
        for role in roles:
            words += ["--wrt", role]
        letters = [f"{role}={letter}" for role, letter in self.style.given.items()]
        for start in range(0, len(letters), NAMES_AN_OPTION):
            words += ["--names", f'"{",".join(letters[start : start + NAMES_AN_OPTION])}"']
        for option, value, default in (
            ("--index-base", self.style.index_base, 1),
            ("--detail", detail, "full"),
            ("--show", show, 8),
            ("--max-pages", max_pages, MAX_PAGES),
        ):
            if value != default:
                words += [option, str(value)]
        flags = {"--batch-mean": self.style.batch_mean, "--exhaustive": exhaustive}
        return " ".join([*words, *(flag for flag, wanted in flags.items() if wanted)])

    def _repr_markdown_(self) -> str:
        return self.render("markdown-dollars", detail="brief")


def format_of(path: Path) -> str:
    """The format that a file's suffix asks for.

    >>> format_of(Path("conv.tex"))
    'latex'
    """
    try:
        return SUFFIXES[path.suffix.lower()]
    except KeyError:
        known = ", ".join(SUFFIXES)
        raise InputError(
            f"output {path} has no suffix that says its format: use {known}, or say it with --to"
        ) from None


def _is_whole(value: object) -> bool:
    return isinstance(value, SupportsIndex) and not isinstance(value, bool)


def _too_long(pages: int, max_pages: int) -> LimitError:
    return LimitError(
        f"the document would have about {pages:,} pages, more than {max_pages}: show less with --show, choose --detail "
        "brief, or allow more with --max-pages"
    )


def _check_axes(layer: Any) -> None:
    """Raise where one axis alone has more taps than can be listed."""
    most = max(axis.output * axis.filter for axis in layer.axes)
    if most > MAX_TERMS:
        raise LimitError(f"one axis has {most:,} taps, more than {MAX_TERMS:,}: choose a smaller input or filter")


def _checked_show(show: int) -> int:
    if not 3 <= show <= 1000:
        raise InputError(f"show is {show}: expected 3 to 1000 rows and columns")
    return show


def _check_choice(what: str, value: str, known: Any) -> None:
    if value not in known:
        raise InputError(f"{what} is {value!r}: expected one of {', '.join(known)}")
