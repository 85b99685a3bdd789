"""The steps of a transposed convolution's derivation: its sizes, the copies that it lays down, its name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from symconv.derivation.entries import all_positions, value_matrix
from symconv.derivation.sliding import SlidingSteps
from symconv.derivation.steps import Step
from symconv.layers.conv_transpose import ConvTranspose, TransposedAxis
from symconv.notation.layout import Display
from symconv.notation.tree import Dots, Letter, Negative, Node, Number, Product, Relation, Sum, Symbol, equals, total

SIZE_LETTERS = "nmksdacq"
"""What the size formula of an axis is written with."""
COPIES_SHOWN = 6


@dataclass(frozen=True)
class Story(SlidingSteps):
    """Builds the steps that only a transposed convolution has."""

    windows: ClassVar[str] = "X"

    @property
    def layer(self) -> ConvTranspose:
        layer = self.calculus.layer
        assert isinstance(layer, ConvTranspose)
        return layer

    def steps_of(self, roles: Sequence[str]) -> list[Step]:
        wanted = roles or tuple(role for role in self.arrays if role != "O")
        steps = [own(self.result(wanted)), self.sizes(), self.forward(), own(self.matrix())]
        steps += [self.outputs(), self.need()]
        for role in [role for role in ("F", "X") if role in wanted]:
            steps += [own(self.local(role)), self.frobenius(role), self.chain(role), own(self.closed(role))]
        last = [self.unreached() if "X" in wanted else None, self.bias() if "b" in wanted else None]
        return steps + [own(step) if step.kind == "unreached" else step for step in last if step]

    def words(self) -> dict[str, Any]:
        return super().words() | {"size": {letter: Letter(letter) for letter in SIZE_LETTERS}}

    def features(self) -> dict[str, Any]:
        axes = self.layer.axes
        return {
            "rank": len(axes),
            "plain": self.layer.plain,
            "strided": any(axis.stride > 1 and axis.size > 1 for axis in axes),
            "dilated": any(axis.dilation > 1 and axis.filter > 1 for axis in axes),
            "padded": any(axis.before > 0 or axis.after > 0 for axis in axes),
            "extended": any(axis.before < 0 or axis.after < 0 for axis in axes),
            "extra": any(axis.extra for axis in axes),
            "pointwise": all(axis.filter == 1 for axis in axes),
            "overlaps": any(axis.extent > axis.stride and axis.size > 1 for axis in axes),
            "bare": any(axis.bare() for axis in axes),
        }

    def sizes(self) -> Step:
        """The conventions, the output size as formula, numbers and result, and what the output padding chooses."""
        axes = self.layer.axes
        same = len({replace(axis, name="") for axis in axes}) == 1
        relations = tuple(_size_formula(axis, "" if same else axis.name) for axis in (axes[:1] if same else axes))
        displays = {"formula": Display(relations), "formula_line": Display(relations, "packed", columns=1)}
        facts = {"same": same, "rounding": _rounding(axes)}
        return Step("conv_transpose/sizes", "", "brief", displays, self.features() | facts)

    def forward(self) -> Step:
        """The layer as a sum of copies of the filter, and as a full correlation."""
        displays = {"operator": Display(self.statements("O", "correlation"))}
        if self.layer.plain and len(self.layer.axes) <= 2:
            displays["copies"] = Display((self._copies(),))
        if any((claim.role, claim.route) == ("O", "indices") for claim in self.layer.claims()):
            displays["indices"] = Display(self.statements("O", "indices"))
        return Step("conv_transpose/forward", "O", "brief", displays | self.spelled("O"), self.features())

    def _copies(self) -> Relation:
        """O as the sum over the inputs of each input times its copy of the filter."""
        shape = self.shape("O")
        inputs = all_positions(self.shape("X"), COPIES_SHOWN)
        terms = [Dots("sum") if at is None else self._copy(at, shape) for at in inputs]
        biases = [self._with_matrices(part, ()) for part in self.claim("O", "correlation").parts[1:]]
        return equals(Symbol("O"), total((*terms, *biases)))

    def _copy(self, at: tuple[int, ...], shape: tuple[int, ...]) -> Node:
        return Product((Symbol("X", at), value_matrix(self.calculus.local("X", at), shape, self.limits)))

    def matrix(self) -> Step:
        step = super().matrix()
        adjoint = Display((self.statements("O", "adjoint")[0],))
        return replace(step, role="", displays={"adjoint": adjoint, **step.displays})


def own(step: Step) -> Step:
    """The step with the words that only a transposed convolution has."""
    return replace(step, kind=f"conv_transpose/{step.kind}")


def _rounding(axes: Sequence[TransposedAxis]) -> dict[str, int] | None:
    """For the first axis on which an ordinary convolution rounds: which output sizes lead back to its input size."""
    for axis in axes:
        least = axis.output - axis.extra
        if axis.stride > 1 and least >= 1:
            return {"size": axis.size, "least": least, "most": least + axis.stride - 1, "extra": axis.extra}
    return None


def _size_formula(axis: TransposedAxis, name: str) -> Relation:
    """n = (m-1)s - a - c + d(k-1) + q + 1, the numbers put in, and the result."""
    letters = {letter: Letter(f"{letter}_{{{name}}}" if name else letter) for letter in SIZE_LETTERS}
    sizes = {
        "m": axis.size, "k": axis.filter, "s": axis.stride, "d": axis.dilation, "a": axis.before, "c": axis.after,
        "q": axis.extra,
    }  # fmt: skip
    numbers = {letter: Number(value) for letter, value in sizes.items()}
    return equals(letters["n"], _output(letters), _output(numbers), Number(axis.output))


def _output(of: Mapping[str, Node]) -> Node:
    moved = Product((_less_one(of["m"]), of["s"]))
    reach = Product((of["d"], _less_one(of["k"])))
    return Sum((moved, _minus(of["a"]), _minus(of["c"]), reach, of["q"], Number(1)))


def _less_one(node: Node) -> Node:
    return Sum((node, Negative(Number(1))))


def _minus(node: Node) -> Node:
    return Number(-node.value) if isinstance(node, Number) and node.value < 0 else Negative(node)
