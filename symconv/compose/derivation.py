"""What every derivation offers, whatever stands behind it: steps, proofs, single equations and documents."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, SupportsIndex, TypeAlias

from symconv.compose.families import family_of
from symconv.derivation.elision import Limits
from symconv.derivation.evidence import WITNESSES, Witness, check_witnesses
from symconv.derivation.steps import Step
from symconv.errors import InputError, LimitError, UnprovedError
from symconv.layers.base import CONSTANTS, options_as_printed
from symconv.layers.words import quoted
from symconv.notation.latex import LatexPrinter
from symconv.notation.layout import Display
from symconv.notation.tree import Relation, Style
from symconv.proof.verdict import Proof
from symconv.writing.composers import COMPOSERS, SUFFIXES
from symconv.writing.document import Document, estimated_pages
from symconv.writing.files import write_whole

if TYPE_CHECKING:
    from symconv.compose.worked import Source, Working

Detail = Literal["brief", "full"]
MAX_PAGES = 40
MAX_TERMS = 30_000_000
"""More terms than this are compared one by one only where the user allows it."""
NAMES_AN_OPTION = 5
USUAL_SIZE = 8
"""Rows and columns of a matrix before dots."""
USUAL_EVIDENCE = ",".join(WITNESSES)
Watch: TypeAlias = Callable[[Iterable[Any]], Iterable[Any]]
Chosen: TypeAlias = Callable[[str, tuple[int, ...]], tuple[int, ...]]


@dataclass(frozen=True)
class Derivation(ABC):
    """What can be said of a layer's gradients: SymPy on demand, typed steps, proofs, documents.

    Indices in calls are as printed: they count from `style.index_base`.
    """

    layer: Any
    style: Style = field(default_factory=Style)

    constants: ClassVar[frozenset[str]] = CONSTANTS
    """The arrays that the loss is not differentiated by."""

    # What each kind of derivation does by itself

    @abstractmethod
    def proved(self, *, exhaustive: bool = False, max_terms: int = MAX_TERMS, watch: Watch = iter) -> list[Proof]:
        """Every claim about the layer, decided."""

    @abstractmethod
    def story(self, limits: Limits) -> Any:
        """What tells the derivation: `steps_of(roles)`, `equation(...)` and `context()`."""

    @abstractmethod
    def working(self, source: Source) -> Working:
        """Everything in numbers."""

    def entries(self, limits: Limits, at: Chosen = lambda role, index: index) -> Mapping[str, Relation]:
        """An equation about one entry of each array that has one worth working out in numbers, by role.

        `at` may choose another entry of an array than the one that is proposed.
        """
        return {}

    @abstractmethod
    def check_sizes(self, show: int, max_pages: int) -> None:
        """Raise `LimitError` where a document would be too large to be made at all."""

    # Proofs and steps

    def certificate(self) -> str:
        """The text of a file that the proof assistant Coq accepts only if the closed forms are right.

        Raises `NotSupportedError` for what is no layer whose output is a sum of products, `LimitError` for one that no
        theorem speaks of and that is too large to be written out, and `UnprovedError` where a closed form is wrong.
        """
        from symconv.proof.certificate import certificate

        return certificate(self.layer)

    @cached_property
    def proofs(self) -> list[Proof]:
        """Every closed form compared with the chain rule, for this shape."""
        return self.proved()

    @cached_property
    def steps(self) -> list[Step]:
        """The derivation in reading order, as a document of the usual size shows it."""
        return self.steps_showing(USUAL_SIZE)

    def steps_showing(self, size: int, roles: Sequence[str] = ()) -> list[Step]:
        """The steps with matrices of up to `size` rows and columns before dots; with `roles`, only these gradients."""
        return [replace(step, style=self.style) for step in self.story(Limits.showing(size)).steps_of(roles)]

    def equation(self, target: str, *, form: str | None = None, show: int = USUAL_SIZE) -> Display:
        """One equation by its name in roles: O, O_12, dO/dX, dO/dF_11, dO_12/dF_11, dL/dF, dL/dX_22 or dL/db.

        `form` is "chain" (local derivatives standing), "sum" (values put in, the default) or "closed" (proved first).

        >>> from symconv import Conv, derive
        >>> print(derive(Conv(input=3, filter=2)).latex("O_2"))
        O_{2} = X_{2} F_{1} + X_{3} F_{2}
        """
        if form is not None:
            check_choice("form", form, ("chain", "sum", "closed"))
        self.check_sizes(checked_show(show), MAX_PAGES)
        story = self.story(Limits.showing(show))
        found: Display = story.equation(target, form, self.style.index_base, lambda: refuse_unproved(self.proofs))
        return found

    def latex(self, target: str, *, form: str | None = None, show: int = USUAL_SIZE) -> str:
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
        show: int = USUAL_SIZE,
        max_pages: int = MAX_PAGES,
        template: str | Path | None = None,
        exhaustive: bool = False,
        max_terms: int = MAX_TERMS,
        watch: Watch = iter,
        values: Source | None = None,
        evidence: Sequence[Witness] = WITNESSES,
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
            values: numbers to work everything out with: a TOML file, nested lists by role, or "random:SEED".
            evidence: what is asked about these numbers: "differences", and "torch" where PyTorch is installed.

        Raises `UnprovedError` where a claim does not hold, `LimitError` for too many pages, `InputError` for options
        that are none.
        """
        from symconv.writing.environment import render  # loads Jinja, which proofs and checks do without

        check_choice("format", to, COMPOSERS)
        check_choice("detail", detail, ("brief", "full"))
        roles = tuple(self.role(role) for role in ((wrt,) if isinstance(wrt, str) else wrt))
        self.check_sizes(checked_show(show), max_pages)
        proofs = self.proved(exhaustive=True, max_terms=max_terms, watch=watch) if exhaustive else self.proofs
        refuse_unproved(proofs)
        limits = Limits.showing(show)
        story = self.story(limits)
        numbers = () if values is None else self.worked_steps(values, limits, roles, evidence)
        steps = [*story.steps_of(roles), *numbers]
        document = Document(
            layer=self.layer,
            style=self.style,
            steps=[replace(step, style=self.style) for step in steps],
            proofs=proofs,
            detail=detail,
            roles=roles,
            command=self._command(detail, roles, show, max_pages, values, evidence, exhaustive=exhaustive),
            words=story.words(),
            results=story.results(proofs),
        )
        context = document.context()
        pages = estimated_pages(context["steps"], self.style)
        if pages > max_pages:
            raise too_long(pages, max_pages)
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

    def role(self, role: str) -> str:
        """The role, once it is known to be one that the loss is differentiated by. Raises `InputError`."""
        known = [name for name in self.layer.arrays if name.rpartition(".")[2] not in self.constants]
        if role not in known:
            raise InputError(f"role is {role!r}: this layer has {', '.join(known)}")
        return role

    def position(self, role: str, index: Sequence[int]) -> tuple[int, ...]:
        """The multi-index that counts from 0 for one as printed. Raises `InputError` where there is no such entry."""
        shape = self.layer.arrays[role].shape
        base = self.style.index_base
        fits = len(index) == len(shape) and all(_is_whole(i) for i in index)
        if not fits or not all(base <= i < n + base for i, n in zip(index, shape, strict=True)):
            raise InputError(f"{role} has no entry {tuple(index)}: its shape is {shape}, indices count from {base}")
        return tuple(int(i) - base for i in index)

    def worked(self, values: Source, *, evidence: Sequence[Witness] = WITNESSES) -> Working:
        """Every array and gradient in numbers: `.arrays` by role, and `.evidence` beside the gradients.

        Args:
            values: a TOML file, nested lists by role, or "random:SEED".
            evidence: what is asked about the gradients: "differences", and "torch" where PyTorch is installed.

        Raises `InputError` for numbers that do not fit, `LimitError` for a layer with too many.

        >>> from symconv import MaxPool, derive
        >>> working = derive(MaxPool(input=4, window=2)).worked({"X": [3, 1, 2, 2], "G": [1, "1/2"]})
        >>> [str(entry) for entry in working.arrays["dX"]]
        ['1', '0', '1/2', '0']
        """
        check_witnesses(evidence)
        return replace(self.working(values), witnesses=tuple(evidence))

    def worked_steps(
        self, values: Source, limits: Limits, roles: Sequence[str] = (), evidence: Sequence[Witness] = WITNESSES
    ) -> list[Step]:
        """The steps that show the derivation in numbers, with what is evidence for them.

        Raises `InputError` for numbers that do not fit, `UnprovedError` where the evidence speaks against a gradient.
        """
        working = self.worked(values, evidence=evidence)
        entries = self.entries(limits, working.worked.telling)
        return working.steps(limits, entries, [proof.claim for proof in self.proofs], roles)

    def _command(
        self, detail: Detail, roles: Sequence[str], show: int, max_pages: int, values: object, evidence: Sequence[str],
        *, exhaustive: bool,
    ) -> str:  # fmt: skip
        options = options_as_printed(self.layer, self.style.index_base)
        words = ["symconv", "derive", *quoted(options)]
        for role in roles:
            words += ["--wrt", role]
        letters = [f"{role}={letter}" for role, letter in self.style.given.items()]
        for start in range(0, len(letters), NAMES_AN_OPTION):
            words += ["--names", f'"{",".join(letters[start : start + NAMES_AN_OPTION])}"']
        for option, value, default in (
            ("--index-base", self.style.index_base, 1),
            ("--detail", detail, "full"),
            ("--show", show, USUAL_SIZE),
            ("--max-pages", max_pages, MAX_PAGES),
            ("--values", _as_word(values), ""),
            ("--evidence", ",".join(evidence or ["none"]) if values is not None else USUAL_EVIDENCE, USUAL_EVIDENCE),
        ):
            if value != default:
                words += [option, str(value)]
        flags = {"--batch-mean": self.style.batch_mean, "--exhaustive": exhaustive}
        return " ".join([*words, *(flag for flag, wanted in flags.items() if wanted)])

    def _repr_markdown_(self) -> str:
        return self.render("markdown-dollars", detail="brief")


def _as_word(values: object) -> str:
    """Where numbers come from, as a word of the command; a name that does not fit into one is not repeated."""
    if values is None:
        return ""
    word = "" if isinstance(values, Mapping) else str(values)
    return word if _WORD.fullmatch(word) else "values.toml"


_WORD = re.compile(r"[A-Za-z0-9_./:]+(-[A-Za-z0-9_./:]+)*", re.ASCII)


def story_class(layer: Any) -> Any:
    """The class that tells the derivation of a layer."""
    return family_of(layer).story


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


def refuse_unproved(proofs: Sequence[Proof]) -> None:
    """Raise `UnprovedError` where a claim does not hold."""
    refuted = [proof for proof in proofs if not proof.holds]
    if refuted:
        raise UnprovedError(f"nothing was written: {refuted[0]}")


def too_long(pages: int, max_pages: int) -> LimitError:
    return LimitError(
        f"the document would have about {pages:,} pages, more than {max_pages}: show less with --show, choose --detail "
        "brief, or allow more with --max-pages"
    )


def checked_show(show: int) -> int:
    if not 3 <= show <= 1000:
        raise InputError(f"show is {show}: expected 3 to 1000 rows and columns")
    return show


def check_choice(what: str, value: str, known: Iterable[str] | Mapping[str, Any]) -> None:
    if value not in known:
        raise InputError(f"{what} is {value!r}: expected one of {', '.join(known)}")


def _is_whole(value: object) -> bool:
    return isinstance(value, SupportsIndex) and not isinstance(value, bool)
