"""The steps of a dense layer's derivation: matrix products with their factors written out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from symconv.derivation.entries import Position, matrix_of, terms_node
from symconv.derivation.statements import statement
from symconv.derivation.steps import Step, Steps
from symconv.layers.dense import LETTERS, SUMMED_LETTERS, Dense
from symconv.notation.layout import Display
from symconv.notation.tree import (
    Dots,
    Labelled,
    Letter,
    Matrix,
    Node,
    Number,
    Product,
    Symbol,
    Transpose,
    equals,
    total,
)
from symconv.operations import Leaf, MatMul, Operation, Repeat, Scale, Transposed

TURNED = {"row": "column", "column": "row"}


@dataclass(frozen=True)
class Story(Steps):
    """Builds the steps of a dense layer."""

    @property
    def layer(self) -> Dense:
        layer = self.calculus.layer
        assert isinstance(layer, Dense)
        return layer

    @property
    def upright(self) -> bool:
        return self.layer.columns

    def steps_of(self, roles: Sequence[str]) -> list[Step]:
        wanted = roles or tuple(role for role in self.arrays if role != "O")
        steps = [self.result(wanted), self.sizes(), self.forward(), self.outputs(), self.need()]
        for role in [role for role in ("F", "X") if role in wanted]:
            steps += [own(self.local(role)), own(self.frobenius(role)), self.chain(role), self.closed(role)]
        return [*steps, *([self.bias()] if "b" in wanted else [])]

    def words(self) -> dict[str, Any]:
        summed = {name: Letter(letter) for name, letter in SUMMED_LETTERS.items()}
        letters = {name: Letter(letter) for name, letter in LETTERS.items()}
        return {"letters": letters, "summed": summed, "transposed": Letter(r"\top")}

    def stated(self, role: str, route: str | None = None) -> Node:
        """A claim as a relation."""
        return statement(self.claim(role, route), self.layer.naming(0))

    def result(self, roles: Sequence[str]) -> Step:
        """The closed forms of the gradients by the given roles, before they are earned."""
        found = tuple(self.stated(f"d{role}") for role in ("F", "X", "b") if role in roles)
        return Step("dense/result", "", "brief", {"closed": Display(found, boxed=True)})

    def sizes(self) -> Step:
        """The conventions."""
        return Step("dense/sizes", "", "brief", {}, {"count": sum(self.arrays[r].size for r in self.layer.parameters)})

    def forward(self) -> Step:
        """The layer as a matrix product and as a sum with indices."""
        claim = self.claim("O")
        written = total(tuple(self._written(part) for part in claim.parts))
        displays = {
            "operator": Display((self.stated("O"),)),
            "matrices": Display((equals(self._matrix("O"), written),)),
            "indices": Display((self.stated("O", "indices"),)),
        }
        return Step("dense/forward", "O", "brief", displays)

    def closed(self, role: str) -> Step:
        """The recognition: ∂L/∂role as a matrix product, with its factors and its entries written out."""
        array = f"d{role}"
        product = self._written(self.claim(array).parts[0])
        values = self._mean(self._filled(role, lambda index: self._without_mean(role, index)))
        displays = {
            "operator": Display((self.stated(array),)),
            "matrices": Display((equals(self._matrix(array), product, values),)),
            "indices": Display((self.stated(array, "indices"),)),
        }
        return Step("dense/closed", role, "brief", displays)

    def _without_mean(self, role: str, index: Position) -> Node:
        """∂L/∂role at one entry, but for the mean's factor."""
        return terms_node(self.calculus.gradient(role, index).scaled(1 / self.calculus.mean), self.limits)

    def bias(self) -> Step:
        """∂L/∂b: every local gradient is 1, so the gradients of the examples add up."""
        index = self.layer.busiest("b")
        first = equals(Symbol("db", index), self.standing("b", index), self.gradient_value("b", index))
        displays = {
            "local": Display((self.local_entry(self.layer.busiest("O"), "b", index),)),
            "chain": Display((first,)),
            "closed": Display((self.stated("db"),)),
        }
        return Step("dense/bias", "b", "brief", displays)

    # Matrices

    def _written(self, operation: Operation) -> Node:
        """An operation with every array as a matrix."""
        match operation:
            case Leaf(role):
                return self._matrix(role)
            case Repeat(Leaf(role)):
                return self._matrix(role)
            case Transposed(operand):
                return _turned(self._written(operand))
            case MatMul(left, right):
                return Product((self._written(left), self._written(right)))
            case Scale(operand, by):
                return Product((Number(by), self._written(operand)))
        raise TypeError(f"no matrices for {type(operation).__name__}")

    def _matrix(self, role: str) -> Labelled:
        """An array's symbols with its name and its rows and columns."""
        array = role.removeprefix("d")
        body = self._filled(array, lambda index: Symbol(role, index))
        return Labelled(body, Symbol(role), self._rows_and_columns(array))

    def _filled(self, role: str, value: Callable[[Position], Node]) -> Node:
        """The matrix of an array with a value for each index; vectors stand as the convention says."""
        shape = self._rows_and_columns(role)
        return matrix_of(shape, self.limits, lambda place: value(self._index(role, *place)))

    def _rows_and_columns(self, role: str) -> tuple[int, int]:
        lengths = tuple(self.layer.axis_lengths(role).values())
        if len(lengths) == 1:
            return (lengths[0], 1) if self.upright else (1, lengths[0])
        return lengths[0], lengths[1]

    def _index(self, role: str, row: int, column: int) -> Position:
        """The multi-index of the entry in a row and a column."""
        if len(self.layer.shown_shape(self.layer.axis_lengths(role))) == 2:
            return row, column
        return (row if self.upright else column,)


def own(step: Step) -> Step:
    """The step with the words that only a dense layer has."""
    return replace(step, kind=f"dense/{step.kind}")


def _turned(node: Node) -> Node:
    """A labelled matrix transposed."""
    assert isinstance(node, Labelled)
    assert isinstance(node.body, Matrix)
    rows = tuple(tuple(_turned_cell(cell) for cell in row) for row in zip(*node.body.rows, strict=True))
    return Labelled(Matrix(rows), Transpose(node.label), node.sizes[::-1])


def _turned_cell(cell: Node) -> Node:
    return replace(cell, direction=TURNED.get(cell.direction, cell.direction)) if isinstance(cell, Dots) else cell  # type: ignore[arg-type]
