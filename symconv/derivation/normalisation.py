"""The steps of a normalisation's derivation: the parameters, then the three ways from an input to the loss."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from symconv.derivation.smooth_steps import SmoothSteps
from symconv.derivation.steps import Step
from symconv.layers.normalisation import COUNT, EPSILON, MEAN, NORMALISED, VARIANCE, BatchNorm
from symconv.notation.layout import Display
from symconv.notation.tree import Letter, Negative, Product, Relation, Sum, Symbol


@dataclass(frozen=True)
class Story(SmoothSteps):
    """Builds the steps of batch or layer normalisation."""

    def steps_of(self, roles: Sequence[str]) -> list[Step]:
        wanted = roles or ("F", "b", "X")
        parameters = [self.parameter(role) for role in ("b", "F") if role in wanted]
        paths = [self.normalised(), self.variance(), self.mean(), self.paths(), self.closed()] if "X" in wanted else []
        return [self.result(wanted), self.definition(), self.need(), *parameters, *paths]

    def _facts(self) -> dict[str, Any]:
        formulas = self.layer.formulas
        return {
            "m": COUNT, "count": self.layer.count, "epsilon": EPSILON, "batch_norm": isinstance(self.layer, BatchNorm),
            "mean": Symbol(MEAN), "variance": Symbol(VARIANCE), "normalised": Symbol(NORMALISED),
            "row": Letter(formulas.row[0]) if formulas.row else None, "per_entry": formulas.per_entry,
            "positions": getattr(self.layer, "positions", ()), "entry": Letter("i"),
        }  # fmt: skip

    def result(self, roles: Sequence[str]) -> Step:
        lines = tuple(("closed", f"d{role}") for role in ("b", "F", "X") if role in roles)
        return self.step("normalisation/result", "", "brief", closed=self.show(*lines, boxed=True), facts=self._facts())

    def definition(self) -> Step:
        return self.step("normalisation/definition", "O", "brief", definitions=self.definitions(), facts=self._facts())

    def need(self) -> Step:
        """Why the gradients of γ and β are needed."""
        updates = tuple(
            Relation(
                (Symbol(role), Sum((Symbol(role), Negative(Product((Letter(r"\alpha"), Symbol(f"d{role}"))))))), "←"
            )
            for role in ("F", "b")
        )
        return Step(
            "normalisation/need", "", "full", {"update": Display(updates, "packed")}, {"rate": Letter(r"\alpha")}
        )

    def parameter(self, role: str) -> Step:
        return self.step(
            "normalisation/parameter", role, "full", local=self.show(("same", role)),
            chain=self.show(("chain", f"d{role}")), facts=self._facts(),
        )  # fmt: skip

    def normalised(self) -> Step:
        return self.step(
            "normalisation/normalised", "X", local=self.show(("same", NORMALISED)),
            chain=self.show(("chain", NORMALISED)), facts=self._facts(),
        )  # fmt: skip

    def variance(self) -> Step:
        return self.step(
            "normalisation/variance", "X", local=self.show(("same", VARIANCE)), chain=self.show(("chain", VARIANCE)),
            facts=self._facts(),
        )  # fmt: skip

    def mean(self) -> Step:
        """The way through the mean, and that what goes on through the variance vanishes."""
        return self.step(
            "normalisation/mean", "X", balance=self.show(("balance", MEAN)), local=self.show(("same", MEAN)),
            vanishing=self.show(("through variance", MEAN)), chain=self.show(("chain", MEAN)), facts=self._facts(),
        )  # fmt: skip

    def paths(self) -> Step:
        """The three local derivatives of an input, and the sum of the three ways."""
        return self.step(
            "normalisation/paths", "X", local=self.show(("direct", "X"), ("variance", "X"), ("mean", "X")),
            chain=self.show(("chain", "dX")), facts=self._facts(),
        )  # fmt: skip

    def closed(self) -> Step:
        return self.step("normalisation/closed", "X", "brief", closed=self.show(("closed", "dX")), facts=self._facts())
