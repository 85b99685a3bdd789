"""The steps of a loss's derivation: its definition, each factor of the chain rule, and what they multiply to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from symconv.derivation.smooth_steps import SmoothSteps
from symconv.derivation.steps import Step
from symconv.layers.losses import BETA, MSE, TERM, BinaryCrossEntropy, CrossEntropy, Loss, N
from symconv.notation.layout import Display
from symconv.notation.tree import Letter, Symbol


@dataclass(frozen=True)
class Story(SmoothSteps):
    """Builds the steps of a loss."""

    @property
    def layer(self) -> Loss:
        layer = self.calculus.layer
        assert isinstance(layer, Loss)
        return layer

    def steps_of(self, roles: Sequence[str]) -> list[Step]:
        middle = {MSE: self._squares, BinaryCrossEntropy: self._binary, CrossEntropy: self._classes}[type(self.layer)]
        return [self.result(), self.definition(), *middle(), self.closed()]

    @property
    def fused(self) -> bool:
        """Whether the activation before the loss is part of it."""
        return bool(getattr(self.layer, "sigmoid", False) or getattr(self.layer, "softmax", False))

    def _facts(self) -> dict[str, Any]:
        layer = self.layer
        index = Letter(", ".join((*layer.example, "i")))
        return {
            "n": N, "beta": BETA, "fused": self.fused, "averaged": layer.averaged, "single": layer.size == 1,
            "term": Symbol(TERM), "index": index, "one_hot": getattr(layer, "targets", "") == "one-hot",
            "predicted": Symbol(getattr(layer, "predicted", "X")), "factor": getattr(layer, "factor", ""),
            "over_outputs": isinstance(layer, BinaryCrossEntropy) and layer.mean and layer.size > 1,
            "letters": Letter("c"),
        }  # fmt: skip

    def result(self) -> Step:
        lines = (("closed", "dX"), ("result", "dX")) if self.has("result", "dX") else (("closed", "dX"),)
        return self.step("losses/result", "", "brief", closed=self.show(*lines, boxed=True), facts=self._facts())

    def definition(self) -> Step:
        """The activation, where it is part of the loss, what each output or example contributes, and the loss."""
        activation = self.show(("function", "A"), ("derivative", "A"))
        return self.step(
            "losses/definition", "O", "brief", activation=activation, definitions=self.definitions(),
            one_hot=self.show(("one-hot", TERM)), facts=self._facts(),
        )  # fmt: skip

    def _squares(self) -> list[Step]:
        return [self._local(), self._chain()]

    def _binary(self) -> list[Step]:
        fused = [self._product()] if self.fused else []
        return [self._local(), *fused, self._chain()]

    def _classes(self) -> list[Step]:
        if not self.fused:
            return [self._local(), *([self._chain()] if self.has("chain", "dX") else [])]
        return [self._local(), self._softmax(), self._product(), *([self._chain()] if self.has("chain", "dX") else [])]

    def _local(self) -> Step:
        """The loss by what is compared with the targets."""
        other = self.show(("other", TERM)) if self.layer.arrays["X"].size > 1 else Display(())
        return self.step("losses/local", "X", same=self.show(("same", TERM)), other=other, facts=self._facts())

    def _softmax(self) -> Step:
        return self.step(
            "losses/softmax", "X", same=self.show(("same", "S")), other=self.show(("other", "S")),
            both=self.show(("both", "S")), facts=self._facts(),
        )  # fmt: skip

    def _product(self) -> Step:
        """The derivative of the loss times that of the activation."""
        return self.step(
            "losses/fused", "X", slope=self.show(("slope", "A")), fused=self.show(("fused", TERM)),
            sum_one=self.show(("sum one", TERM)),
            classes=self.show(("true class", TERM), ("other class", TERM)), facts=self._facts(),
        )  # fmt: skip

    def _chain(self) -> Step:
        return self.step("losses/chain", "X", chain=self.show(("chain", "dX")), facts=self._facts())

    def closed(self) -> Step:
        return self.step(
            "losses/closed", "X", "brief", closed=self.show(("closed", "dX")), result=self.show(("result", "dX")),
            facts=self._facts(),
        )  # fmt: skip
