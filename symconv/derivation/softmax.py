"""The steps of softmax's derivation: both cases of its Jacobian, why that is a matrix, and what is left of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from symconv.derivation.elision import positions
from symconv.derivation.smooth_steps import SmoothSteps, at_positions
from symconv.derivation.steps import Step
from symconv.layers.softmax import Softmax
from symconv.notation.build import hadamard, minus, partial, plus, times
from symconv.notation.layout import Display
from symconv.notation.tree import Call, Dots, Inner, Letter, Matrix, Negative, Node, Relation, Symbol, equals


@dataclass(frozen=True)
class Story(SmoothSteps):
    """Builds the steps of a softmax."""

    @property
    def layer(self) -> Softmax:
        layer = self.calculus.layer
        assert isinstance(layer, Softmax)
        return layer

    def steps_of(self, roles: Sequence[str]) -> list[Step]:
        return [self.result(), self.definition(), self.cases(), self.jacobian(), self.chain(), self.closed()]

    def result(self) -> Step:
        a, b = Letter("A"), Letter("B")
        facts = {
            "product": hadamard(a, b), "inner": Inner(a, b), "diag": Call("diag", (a,)), "example": self._example(),
        }  # fmt: skip
        return self.step(
            "softmax/result",
            "",
            "brief",
            closed=self.show(("closed", "dX"), ("jacobian", "O"), boxed=True),
            facts=facts,
        )

    def _example(self) -> Letter | None:
        return Letter(self.layer.example[0]) if self.layer.example else None

    def definition(self) -> Step:
        """The definition, that the values add up to 1, and every output written out."""
        relation = self.relation("definition", "O")
        outputs = self.entries("O", lambda index: self.instance(relation, index))
        return self.step(
            "softmax/definition", "O", "brief", definition=self.show(("definition", "O")), sum=self.show(("sum", "O")),
            entries=outputs if self.layer.size > 1 else Display(()), facts={"example": self._example()},
        )  # fmt: skip

    def cases(self) -> Step:
        """i = j and i ≠ j by the quotient rule, and both as one."""
        return self.step(
            "softmax/cases", "X", same=self.show(("same", "O")), other=self.show(("other", "O")),
            both=self.show(("both", "O")), facts={"alone": self.layer.size == 1},
        )  # fmt: skip

    def jacobian(self) -> Step:
        """The matrix, and written out for the first example."""
        facts = {"S": Symbol("O"), "example": self._example()}
        matrix = Display((self._written(),))
        return self.step(
            "softmax/jacobian", "X", "brief", operator=self.show(("jacobian", "O")), matrix=matrix, facts=facts
        )

    def _written(self) -> Relation:
        """∂S/∂X with every entry, by the two cases."""
        leading = (0,) * len(self.layer.example)
        shown = positions(self.layer.size, self.limits.matrix)
        rows = tuple(tuple(self._cell(leading, i, j) for j in shown) for i in shown)
        whole = [Symbol(role, leading, slice=bool(leading)) for role in ("O", "X")]
        return equals(partial(*whole), Matrix(rows))

    def _cell(self, leading: tuple[int, ...], i: int | None, j: int | None) -> Node:
        if i is None or j is None:
            return Dots("corner" if i is j else "column" if i is None else "row")
        line = self.relation("same" if i == j else "other", "O")
        places = dict(zip((*self.layer.example, "i", "j"), (*leading, i, j), strict=True))
        return at_positions(line.sides[-1], places)

    def chain(self) -> Step:
        """The chain rule in letters, and for the first entry with its products standing."""
        chain = self.relation("chain", "dX")
        listed = Relation((chain.sides[0], chain.sides[-1]))
        entries = self.entries("X", lambda index: self.instance(listed, index))
        first = Display((self._first(),)) if 1 < self.layer.size <= self.limits.matrix else Display(())
        return self.step("softmax/chain", "X", chain=self.show(("chain", "dX")), first=first, entries=entries)

    def _first(self) -> Relation:
        """∂L/∂X for the first entry, the sum over the outputs written out."""
        leading = (0,) * len(self.layer.example)
        x = Symbol("X", (*leading, 0))
        outputs = [(*leading, i) for i in range(self.layer.size)]
        standing = plus(*(times(Symbol("G", at), partial(Symbol("O", at), x)) for at in outputs))
        values = [(Symbol("G", at), self._cell(leading, at[-1], 0)) for at in outputs]
        terms = [_term(signal, value) for signal, value in values]
        return equals(Symbol("dX", x.index), standing, plus(*terms))

    def closed(self) -> Step:
        return self.step(
            "softmax/closed", "X", "brief", matrix=self.show(("matrix", "dX")), closed=self.show(("closed", "dX")),
            facts={"example": self._example()},
        )  # fmt: skip


def _term(signal: Node, value: Node) -> Node:
    """signal · value with a minus sign in front."""
    return minus(times(signal, value.term)) if isinstance(value, Negative) else times(signal, value)
