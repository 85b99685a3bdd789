"""The derivation of a graph of scalars."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from symconv.compose.derivation import MAX_TERMS, Derivation, Watch
from symconv.derivation.backpropagation import Backpropagation
from symconv.derivation.elision import Limits
from symconv.derivation.graph import Story
from symconv.errors import InputError, NotSupportedError, UnprovedError
from symconv.proof.verdict import Proof

if TYPE_CHECKING:
    from symconv.compose.worked import Source, Working
    from symconv.meaning.certified import Value


@dataclass(frozen=True)
class GraphDerivation(Derivation):
    """The derivation of a graph of scalars; roles are the names of its variables.

    >>> from symconv import Graph, derive
    >>> d = derive(Graph("f = (x + y) * z", at={"x": -2, "y": 5, "z": -4}))
    >>> d.value(), [d.gradient(name) for name in "xyz"], d.closed_form("x")
    (-12, [-4, -4, 3], z)
    """

    @cached_property
    def backpropagated(self) -> Backpropagation:
        worked = Backpropagation(self.layer)
        _ = worked.gradients if worked.numeric else worked.values
        return worked

    def proved(self, *, exhaustive: bool = False, max_terms: int = MAX_TERMS, watch: Watch = iter) -> list[Proof]:
        from symconv.proof.graph import prove_graph

        return [replace(proof, style=self.style) for proof in prove_graph(self.backpropagated, watch=watch)]

    def story(self, limits: Limits) -> Any:
        story = Story(self.backpropagated, limits)
        wrong = story.disagreeing() if self.backpropagated.numeric else ""
        if wrong:
            raise UnprovedError(f"nothing was written: {wrong}")
        return story

    def working(self, source: Source) -> Working:
        raise NotSupportedError("a graph takes its numbers with --at x=1,y=2 (or at={...}), not from --values")

    def check_sizes(self, show: int, max_pages: int) -> None:
        """Nothing: a graph is small."""

    # SymPy

    def value(self, name: str = "") -> Any:
        """The value of the output, or of another node: a SymPy number, or its formula where no values are given.

        A number that is not rational is a float of 15 digits, all of them right.
        """
        name = self._node(name or self.layer.output, self.layer.by_name)
        worked = self.backpropagated
        return self._number(worked.values[name]) if worked.numeric else self._expressions.value(name)

    def gradient(self, role: str, *index: int) -> Any:
        """The gradient of the output by a variable or another node: a number as above, or a formula of the variables.

        A graph has no arrays, so there is no index to give.
        """
        name = self._node(role, self.backpropagated.backward_order, index)
        worked = self.backpropagated
        return self._number(worked.gradients[name]) if worked.numeric else self._expressions.gradient(name)

    def local(self, target: str, source: str) -> Any:
        """The local gradient of a node by one that it reads: a number as above, or a formula of the variables.

        >>> from symconv import Graph, derive
        >>> derive(Graph("q = x + y; f = q * z")).local("f", "q")
        z
        """
        node = self.layer.by_name[self._node(target, [node.name for node in self.layer.operations])]
        source = self._node(source, [name for name in node.sources if name in self.layer.varying])
        if self.backpropagated.numeric:
            return self._number(self.backpropagated.locals[target, source])
        return self._expressions.local(target, source)

    def closed_form(self, role: str) -> Any:
        """SymPy's derivative of the whole formula by a variable, which the proof compares with."""
        return self._expressions.derivative(self._node(role, self.layer.inputs))

    @cached_property
    def _expressions(self) -> Any:
        from symconv.proof.graph import Expressions

        return Expressions(self.backpropagated)

    def _node(self, name: str, known: Iterable[str], index: tuple[int, ...] = ()) -> str:
        if index or name not in known:
            raise InputError(f"{name!r} is no node to ask this of: there are {', '.join(known)}")
        return name

    def _number(self, value: Value) -> Any:
        return self._expressions.number(value)
