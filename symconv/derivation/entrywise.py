"""The steps of an entrywise layer's derivation: the derivative of one function, and why nothing else is needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from symconv.derivation.entries import labelled_symbols, matrix_of
from symconv.derivation.smooth_steps import Position, SmoothSteps
from symconv.derivation.steps import Step
from symconv.layers.entrywise import Entrywise
from symconv.notation.build import hadamard, partial
from symconv.notation.layout import Display
from symconv.notation.tree import Cases, Labelled, Letter, Node, Relation, Symbol, Zero, equals


@dataclass(frozen=True)
class Story(SmoothSteps):
    """Builds the steps of an entrywise layer.

    >>> from symconv.derivation.elision import Limits
    >>> from symconv.derivation.smooth import SmoothCalculus
    >>> from symconv.layers.entrywise import Sigmoid
    >>> story = Story(SmoothCalculus(Sigmoid(input=(2, 2))), Limits.showing(8))
    >>> [step.kind.split("/")[1] for step in story.steps_of(())]
    ['result', 'function', 'derivative', 'local', 'chain', 'closed']
    """

    @property
    def layer(self) -> Entrywise:
        layer = self.calculus.layer
        assert isinstance(layer, Entrywise)
        return layer

    def steps_of(self, roles: Sequence[str]) -> list[Step]:
        return [self.result(), self.function(), self.derivative(), self.local(), self.chain(), self.closed()]

    def result(self) -> Step:
        closed = self.show(("closed", "dX"), ("by output", "dX"), boxed=True)
        return self.step("entrywise/result", "", "brief", closed=closed, facts=self._facts())

    def _facts(self) -> dict[str, object]:
        function = self.layer.function
        last = function.derivative[-1]
        zero = last.branches[-1].value if isinstance(last, Cases) and function.kink else None
        return {
            "sign": Letter(function.sign),
            "kink": function.kink,
            "at_zero": zero,
            "by_output": function.by_output is not None,
            "letters": Letter(", ".join(self.layer.letters("X"))),
            "product": hadamard(Letter("A"), Letter("B")),
        }

    def function(self) -> Step:
        """The function of one number, and that the layer applies it to every entry."""
        helpers = Display(tuple(line.relation for line in self.lines if line.name == "helper"))
        return self.step(
            "entrywise/function", "O", "brief", function=self.show(("function", "O")), helpers=helpers,
            definition=self.show(("definition", "O")), facts=self._facts(),
        )  # fmt: skip

    def derivative(self) -> Step:
        return self.step(
            "entrywise/derivative", "O", "brief", derivative=self.show(("derivative", "O")), facts=self._facts()
        )

    def local(self) -> Step:
        """Both cases, and for one small array the derivatives by its first entry."""
        displays = {"same": self.show(("same", "O")), "other": self.show(("other", "O"))}
        if self.small():
            displays["matrix"] = Display((self._first(),))
        facts = {"entry": Symbol("X", (0,) * len(self.shape("X"))), "alone": self.layer.arrays["X"].size == 1}
        return self.step("entrywise/local", "X", facts=facts, **displays)

    def _first(self) -> Relation:
        """∂O/∂X for the first entry of X: one number, zeros elsewhere."""
        shape = self.shape("X")
        first = (0,) * len(shape)

        def cell(position: Position) -> Node:
            return self.layer.at(Symbol("X", first), 1) if position == first else Zero()

        return equals(partial(Symbol("O"), Symbol("X", first)), matrix_of(shape, self.limits, cell))

    def chain(self) -> Step:
        """The sum over all outputs, of which one product is left; and that for every entry."""
        chain = self.relation("chain", "dX")
        short = Relation((chain.sides[0], chain.sides[-1]))
        listed = self.entries("dX", lambda index: self.instance(short, index))
        displays = {"chain": Display((chain,))}
        if self.layer.arrays["X"].size > 1:
            displays["entries"] = Display(listed.relations, "packed")
        return self.step("entrywise/chain", "X", **displays)

    def entries(self, role: str, relation: object) -> Display:
        return super().entries("X", relation)  # type: ignore[arg-type]

    def closed(self) -> Step:
        displays = {"closed": self.show(("closed", "dX")), "by_output": self.show(("by output", "dX"))}
        if self.small() and self.layer.arrays["X"].size > 1:
            displays["matrices"] = Display((self._matrices(),))
        return self.step("entrywise/closed", "X", "brief", facts=self._facts(), **displays)

    def _matrices(self) -> Relation:
        """∂L/∂X = G ⊙ f'(X), written out."""
        shape = self.shape("X")
        slopes = matrix_of(shape, self.limits, lambda position: self.layer.at(Symbol("X", position), 1))
        name = self.layer.at(Symbol("X"), 1)
        left, signal = (labelled_symbols(role, shape, self.limits) for role in ("dX", "G"))
        return equals(left, hadamard(signal, Labelled(slopes, name, shape)))
