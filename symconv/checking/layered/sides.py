"""Rows and columns: where an author transposes vectors, it matters which of the two each of them is.

Values of vectors have one axis, and fit as a row or a column, since many authors leave that open. One who writes δᵀ
means it: then all must fit with arrays as columns, and gradients as columns or as rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import reduce
from typing import Literal

from symconv.notation.tree import (
    Applied,
    Bracketed,
    Negative,
    Node,
    Operation,
    Product,
    Sum,
    Symbol,
    Transpose,
    walk,
)

Kind = Literal["", "number", "row", "column", "matrix"]
"""What a side is; empty where that is not known."""
_TURNED: Mapping[Kind, Kind] = {"row": "column", "column": "row"}
_PRODUCTS: Mapping[tuple[Kind, Kind], Kind] = {
    ("matrix", "column"): "column", ("row", "matrix"): "row", ("column", "row"): "matrix",
    ("row", "column"): "number",
}  # fmt: skip
_MULTIPLIES = frozenset("·•×")
_ENTRYWISE = frozenset("⊙∘⊡⊘*")


class MisfitError(Exception):
    """A row stands where a column has to."""


def misfits(sides: tuple[Node, Node], shapes: Mapping[str, tuple[int, ...]]) -> bool:
    """Whether sides that transpose vectors fit neither with gradients as columns nor with gradients as rows.

    >>> dz, da = Symbol("d:z"), Symbol("d:a")
    >>> misfits((dz, Transpose(da)), {"d:z": (3,), "d:a": (3,)}), misfits((dz, da), {"d:z": (3,), "d:a": (3,)})
    (True, False)
    """
    ways = [_Sides(shapes, rows=rows) for rows in (False, True)]
    turned = (each.body for side in sides for each in walk(side) if isinstance(each, Transpose))
    return any(map(ways[0].is_vector, turned)) and not any(way.fit(sides) for way in ways)


class _Sides:
    def __init__(self, shapes: Mapping[str, tuple[int, ...]], *, rows: bool) -> None:
        self.shapes = shapes
        self.rows = rows

    def fit(self, sides: tuple[Node, Node]) -> bool:
        try:
            self._alike(map(self.kind, sides))
        except MisfitError:
            return False
        return True

    def is_vector(self, node: Node) -> bool:
        try:
            return self.kind(node) in _TURNED
        except MisfitError:
            return True

    def kind(self, node: Node) -> Kind:
        match node:
            case Symbol():
                return self._symbol(node)
            case Transpose(body):
                inner = self.kind(body)
                return _TURNED.get(inner, inner)
            case Negative(body) | Bracketed(body) | Applied(_, (body,)):
                return self.kind(body)
            case Sum(terms):
                return self._alike(map(self.kind, terms))
            case Product(factors):
                return reduce(_times, map(self.kind, factors))
            case Operation(sign, left, right) if sign in _MULTIPLIES:
                return _times(self.kind(left), self.kind(right))
            case Operation(sign, left, right) if sign in _ENTRYWISE:
                return self._alike((self.kind(left), self.kind(right)))
        return ""

    def _symbol(self, symbol: Symbol) -> Kind:
        shape = self.shapes.get(symbol.role, ())[len(symbol.index) :]
        if not shape or symbol.index:
            return "" if shape else "number"
        if len(shape) == 1:
            return "row" if self.rows and symbol.role.startswith("d:") else "column"
        return "row" if shape[0] == 1 else "column" if shape[1] == 1 else "matrix"

    def _alike(self, kinds: Iterable[Kind]) -> Kind:
        found = {kind for kind in kinds if kind != "number"}
        if {"row", "column"} <= found:
            raise MisfitError
        return found.pop() if len(found) == 1 else ""


def _times(left: Kind, right: Kind) -> Kind:
    """The kind of a product; two columns side by side are often meant entry by entry."""
    if "number" in (left, right):
        return right if left == "number" else left
    if (left, right) in (("column", "matrix"), ("matrix", "row")):
        raise MisfitError
    return left if left == right else _PRODUCTS.get((left, right), "")
