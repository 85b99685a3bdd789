"""The steps of a convolution's derivation: sizes, and what its words depend on; the others are those of `sliding`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from symconv.derivation.axes import remainder_formula, size_formula
from symconv.derivation.sliding import SlidingSteps
from symconv.derivation.steps import Step
from symconv.layers.conv import Conv
from symconv.notation.layout import Display


@dataclass(frozen=True)
class Story(SlidingSteps):
    """Builds the steps that only a convolution has."""

    @property
    def layer(self) -> Conv:
        layer = self.calculus.layer
        assert isinstance(layer, Conv)
        return layer

    def steps_of(self, roles: Sequence[str]) -> list[Step]:
        wanted = roles or tuple(role for role in self.arrays if role != "O")
        steps = [self.result(wanted), self.sizes(), self.forward(), self.outputs(), self.need()]
        for role in [role for role in ("F", "X") if role in wanted]:
            steps += [self.local(role), self.frobenius(role), self.chain(role)]
            if self.calculus.whole:
                steps.append(self.patches(role))
            steps.append(self.closed(role))
        last = [*((self.unreached(),) if "X" in wanted else ()), *((self.bias(),) if "b" in wanted else ())]
        last += [self.matrix()] if "X" in wanted else []
        return steps + [step for step in last if step]

    def features(self) -> dict[str, Any]:
        """What the words depend on."""
        axes = self.layer.axes
        return {
            "rank": len(axes),
            "plain": self.layer.plain,
            "strided": any(axis.stride > 1 and axis.output > 1 for axis in axes),
            "dilated": any(axis.dilation > 1 for axis in axes),
            "padded": any(axis.before > 0 or axis.after > 0 for axis in axes),
            "cropped_input": any(axis.before < 0 or axis.after < 0 for axis in axes),
            "remainder": any(axis.remainder for axis in axes),
            "overlaps": any(np.bincount(axis.taps()[2], minlength=1).max() > 1 for axis in axes),
            "pointwise": all(axis.filter == 1 for axis in axes),
            "convolution": self.layer.convention == "convolution",
        }

    def sizes(self) -> Step:
        """The conventions, and the output size as formula, numbers and result."""
        axes = self.layer.axes
        same = len({replace(axis, name="") for axis in axes}) == 1
        shown = axes[:1] if same else axes
        relations = [size_formula(axis, "" if same else axis.name) for axis in shown]
        left = [remainder_formula(axis, "" if same else axis.name) for axis in shown if axis.remainder]
        displays = {
            "formula": Display(tuple(relations)),
            "formula_line": Display(tuple(relations), "packed", columns=1),
        }
        if left:
            displays["remainder"] = Display(tuple(left))
        return Step("sizes", "", "brief", displays, self.features() | {"same": same})
