"""The steps of a derivation that every layer made of multilinear forms has, in the order in which a reader wants them.

A step is data: displays and facts by name. The words around them are the templates' (`templates/steps/KIND.jinja`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeVar, cast

import numpy as np

from symconv.derivation.elision import Limits, shortened
from symconv.derivation.entries import (
    all_positions,
    slices,
    symbol_matrix,
    terms_node,
    value_matrix,
)
from symconv.derivation.equations import Form, equation, parse_target
from symconv.derivation.gradients import Calculus, averaged
from symconv.derivation.statements import chain_rule_statement, statement, with_mean
from symconv.forms import Shape, Table, distinct
from symconv.layers.base import Claim
from symconv.notation.latex import WEB_COLOURS, LatexPrinter
from symconv.notation.layout import Display
from symconv.notation.tree import (
    Dots,
    Inner,
    Letter,
    Negative,
    Node,
    Partial,
    Product,
    Relation,
    Style,
    Sum,
    Symbol,
    equals,
    total,
)

Position = tuple[int, ...]
Value = Callable[[str, Position], Node]
"""From an array and one of its positions to the right side of an equation about it."""


class AboutRole(Protocol):
    """What is about an array or a gradient."""

    @property
    def role(self) -> str: ...


T = TypeVar("T", bound=AboutRole)


def first_of_each(found: Sequence[T]) -> list[T]:
    """The first about each role, in order."""
    firsts: dict[str, T] = {}
    for each in found:
        firsts.setdefault(each.role, each)
    return list(firsts.values())


@dataclass(frozen=True, repr=False)
class Step:
    """One step: what kind it is, the array it is about, and what there is to show and to say.

    `detail` is "brief" where a short document keeps the step.
    """

    kind: str
    role: str = ""
    detail: Literal["brief", "full"] = "full"
    displays: Mapping[str, Display] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    style: Style = field(default_factory=Style, compare=False)

    def __repr__(self) -> str:
        return f"<Step {' '.join(filter(None, (self.kind, self.role)))}: {', '.join(self.displays)}>"

    def _repr_latex_(self) -> str:
        printer = LatexPrinter(self.style, WEB_COLOURS)
        shown = [display for display in self.displays.values() if display.relations]
        bodies = r" \\[1ex] ".join(printer.display(display) for display in shown)
        return rf"$\displaystyle \begin{{gathered}} {bodies} \end{{gathered}}$" if shown else ""


@dataclass(frozen=True)
class Steps:
    """Builds the steps of one layer from its calculus; each family of layers adds its own and puts them in order."""

    calculus: Calculus
    limits: Limits

    def steps_of(self, roles: Sequence[str]) -> list[Step]:
        """The derivation in reading order; with `roles`, only the gradients by these."""
        raise NotImplementedError

    def words(self) -> dict[str, Any]:
        """What the templates of this family see besides the steps."""
        return {}

    def results(self, proofs: Sequence[T]) -> list[T]:
        """The proofs that stand for the result: the first about each array."""
        return first_of_each(proofs)

    def equation(self, target: str, form: str | None, index_base: int, prove: Callable[[], None]) -> Display:
        """One equation by its name in roles; `prove` is called before a closed form is handed out."""
        found = parse_target(target, self, index_base)
        if form == "closed":
            prove()
        return equation(self, found, cast("Form | None", form))

    def claim(self, role: str, route: str | None = None) -> Claim:
        """The claim about `role` by that route, the first without one, with the mean's factor where there is one."""
        claims = self.calculus.layer.claims()
        found = next(claim for claim in claims if claim.role == role and route in (None, claim.route))
        return averaged(found, self.calculus.mean)

    def closed_equation(self, role: str) -> tuple[Node, ...]:
        """The closed form of `role` as relations."""
        return (statement(self.claim(role), self.calculus.layer.naming(0)),)

    @property
    def upright(self) -> bool:
        """Whether a vector is written as a column."""
        return False

    @property
    def arrays(self) -> Mapping[str, Any]:
        return self.calculus.layer.arrays

    def shape(self, role: str) -> Shape:
        return tuple(self.arrays[role].shape)

    def outputs(self) -> Step:
        """Every entry of O written out."""
        relations = self._listed("O", lambda index: equals(Symbol("O", index), self.output_value(index)))
        return Step("outputs", "O", "full", {"entries": Display(relations)}, self._count("O"))

    def output_value(self, index: Position) -> Node:
        return total(tuple(terms_node(part, self.limits) for part in self.calculus.output(index).parts))

    def need(self) -> Step:
        """Why the gradients are needed: one to learn, one to go further back."""
        updates = tuple(
            Relation(
                (Symbol(role), Sum((Symbol(role), Negative(Product((Letter(r"\alpha"), Symbol(f"d{role}"))))))), "←"
            )
            for role in self.calculus.layer.parameters
        )
        return Step("need", displays={"update": Display(updates, "packed")}, facts={"rate": Letter(r"\alpha")})

    def local(self, role: str) -> Step:
        """Every ∂O_kl/∂role_ij, one by one and as matrices."""
        outputs, inputs = (
            (all_positions(self.shape(name), math.prod(self.shape(name))) for name in ("O", role))
            if (math.prod(self.shape("O")) * math.prod(self.shape(role)) <= 2 * self.limits.entries)
            else ((), ())
        )
        single = [self.local_entry(o, role, i) for i in inputs for o in outputs if o is not None and i is not None]
        matrices = [
            node for index in self._shown(role, self._matrices_shown) for node in self.local_matrices(role, index)
        ]
        displays = {"matrices": Display(tuple(matrices), "packed")}
        if single:
            displays["entries"] = Display(tuple(single), "packed", columns=math.prod(self.shape("O")))
        return Step("local", role, "full", displays, {"rank": len(self.shape("O"))})

    @property
    def _matrices_shown(self) -> int:
        """How many local matrices are shown: fewer where they are large."""
        return self.limits.entries if math.prod(self.shape("O")[-2:]) <= 16 else self.limits.entries // 4

    def local_entry(self, output: Position, role: str, index: Position) -> Node:
        table = self.calculus.local(role, index)
        value = terms_node(table.where("O", _flat(output, self.shape("O"))), self.limits)
        return equals(Partial(Symbol("O", output), Symbol(role, index)), value)

    def local_matrices(self, role: str, index: Position | None, most: int = 2) -> list[Node]:
        """∂O/∂role[index] as matrices, those slices of O that are not zero throughout."""
        if index is None:
            return [Dots("row")]
        table = self.calculus.local(role, index)
        shape = self.shape("O")
        touched = distinct(table.columns[0] // math.prod(shape[-2:]))
        leading = [_position(at, shape[:-2]) for at in touched] or [next(slices(shape))]
        shown = shortened(leading, most, first=1)
        return [Dots("row") if at is None else self._local_matrix(table, role, index, at) for at in shown]

    def _local_matrix(self, table: Table, role: str, index: Position, leading: Position) -> Node:
        left = Partial(Symbol("O", leading, slice=bool(leading)), Symbol(role, index))
        return equals(left, value_matrix(table, self.shape("O"), self.limits, leading, upright=self.upright))

    def frobenius(self, role: str) -> Step:
        """The rule ∂L/∂role_ij = ⟨∂L/∂O, ∂O/∂role_ij⟩_F, and it at work for one entry."""
        rule = chain_rule_statement(self.calculus, role)
        return Step("frobenius", role, "full", {"rule": Display((rule,)), **self._worked(role)})

    def _worked(self, role: str) -> dict[str, Display]:
        """The inner product of the two matrices for the explained entry, where O is one small matrix."""
        shape = self.shape("O")
        if not 1 <= len(shape) <= 2 or max(shape) > self.limits.matrix // 2 + 1:
            return {}
        index = self.calculus.layer.busiest(role)
        matrices = (
            symbol_matrix("G", shape, self.limits, upright=self.upright),
            value_matrix(self.calculus.local(role, index), shape, self.limits, upright=self.upright),
        )
        relation = equals(Symbol(f"d{role}", index), self._mean(Inner(*matrices)))
        return {"worked": Display((relation,))}

    def chain(self, role: str) -> Step:
        """The chain rule for every entry: with ∂O_kl/∂role_ij standing, then with the values put in."""
        explained = self.calculus.layer.busiest(role)
        first = equals(
            Symbol(f"d{role}", explained), self.standing(role, explained), self.gradient_value(role, explained)
        )
        displays = {
            "first": Display((first,)),
            "standing": Display(self._others(role, explained, self.standing)),
            "values": Display(self._others(role, explained, self.gradient_value)),
        }
        facts = {"explained": Symbol(role, explained), "all_outputs": self._all_outputs(role)}
        return Step("chain", role, "full", {name: d for name, d in displays.items() if d.relations}, facts)

    def _all_outputs(self, role: str) -> bool:
        """Whether the chain rule is written over all of O, not only over the entries that read the one in question."""
        shape = self.shape("O")
        most = self.limits.matrix // 2 if role == "X" else self.limits.matrix + 1
        return len(shape) <= 2 and math.prod(shape) <= most

    def standing(self, role: str, index: Position) -> Node:
        """Σ ∂L/∂O_kl ∂O_kl/∂role_ij with nothing put in."""
        shape = self.shape("O")
        if self._all_outputs(role):
            outputs: Sequence[int] = range(math.prod(shape))
        else:
            outputs = distinct(self.calculus.local(role, index).columns[0])
        shown = shortened(outputs, self.limits.terms, first=3)
        return self._mean(total(tuple(self._standing_product(role, index, flat) for flat in shown)))

    def _standing_product(self, role: str, index: Position, output: int | None) -> Node:
        if output is None:
            return Dots("sum")
        at = _position(output, self.shape("O"))
        return Product((Symbol("G", at), Partial(Symbol("O", at), Symbol(role, index))))

    def gradient_value(self, role: str, index: Position) -> Node:
        """∂L/∂role_ij by the chain rule, as a sum of products."""
        return terms_node(self.calculus.gradient(role, index), self.limits)

    def gradient_relations(self, role: str, value: Value, index: Position | None = None) -> tuple[Node, ...]:
        """∂L/∂role_ij = value for every shown entry, or for the one at `index`."""
        if index is not None or not self.shape(role):
            at = index or ()
            return (equals(Symbol(f"d{role}", at), value(role, at)),)
        return self._listed(role, lambda i: equals(Symbol(f"d{role}", i), value(role, i)))

    def _others(self, role: str, explained: Position, value: Value) -> tuple[Node, ...]:
        nodes = self._listed(role, lambda i: equals(Symbol(f"d{role}", i), value(role, i)), without=explained)
        return () if set(nodes) <= {Dots("column")} else nodes

    def patches(self, role: str) -> Step:
        """∂L/∂role (its first slice) as a sum of patches: for every output entry its gradient times ∂O_kl/∂role."""
        shape, outputs = self.shape(role), self.shape("O")
        leading = self.calculus.layer.busiest(role)[:-2]
        touched = self.calculus.outputs_reading(role, leading)
        shown = shortened(touched, max(6, len(touched) if len(touched) <= self.limits.matrix + 1 else 0))
        terms: list[Node] = []
        for flat in shown:
            if flat is None:
                terms.append(Dots("sum"))
                continue
            output = _position(flat, outputs)
            patch = self.calculus.patch(role, output)
            terms.append(Product((Symbol("G", output), value_matrix(patch, shape, self.limits, leading))))
        left = Symbol(f"d{role}", leading, slice=bool(leading))
        display = Display((equals(left, self._mean(total(tuple(terms)))),))
        return Step("patches", role, "full", {"sum": display})

    def _mean(self, node: Node) -> Node:
        return with_mean(node, self.calculus.mean)

    def _count(self, role: str) -> dict[str, Any]:
        count = math.prod(self.shape(role))
        return {"count": count, "elided": count > self.limits.entries}

    def _shown(self, role: str, limit: int) -> list[Position | None]:
        return all_positions(self.shape(role), limit)

    def _listed(
        self, role: str, relation: Callable[[Position], Node], without: Position | None = None
    ) -> tuple[Node, ...]:
        """One relation for every shown entry of an array."""
        return tuple(
            Dots("column") if index is None else relation(index)
            for index in self._shown(role, self.limits.entries)
            if index is None or index != without
        )


def _flat(index: Position, shape: Shape) -> int:
    return int(np.ravel_multi_index(index, shape)) if shape else 0


def _position(flat: int, shape: Shape) -> Position:
    return tuple(int(i) for i in np.unravel_index(flat, shape)) if shape else ()
