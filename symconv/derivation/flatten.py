"""The steps of a flattening's derivation: a permutation and its inverse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from symconv.derivation.entries import labelled_symbols, symbol_matrix
from symconv.derivation.statements import statement
from symconv.derivation.steps import Step, Steps
from symconv.layers.channels import AXIS_LETTERS, POSITION_LETTERS
from symconv.layers.flatten import Flatten
from symconv.notation.layout import Display
from symconv.notation.tree import Call, Dots, Index, Labelled, Letter, Node, Symbol, equals, letter_index
from symconv.operations import Reshape, Written

MAPS_SHOWN = 3


@dataclass(frozen=True)
class Story(Steps):
    """Builds the steps of a flattening."""

    @property
    def layer(self) -> Flatten:
        layer = self.calculus.layer
        assert isinstance(layer, Flatten)
        return layer

    @property
    def upright(self) -> bool:
        return True

    def steps_of(self, roles: Sequence[str]) -> list[Step]:
        return [self.result(), self.sizes(), self.forward(), self.local_step(), self.chain_step(), self.closed()]

    def words(self) -> dict[str, Any]:
        at = Letter(", ".join(POSITION_LETTERS["X"][: len(self.layer.positions)]))
        maps = {name: Letter(letter) for name, letter in AXIS_LETTERS.items()}
        legend = {"vec": Call("vec", (Letter("A"),)), "unvec": Call("unvec", (Letter("A"),), (2, 3))}
        return {"maps": maps, "at": at, **legend}

    def stated(self, role: str) -> Node:
        return statement(self.claim(role), self.layer.naming(0))

    def result(self) -> Step:
        return Step("flatten/result", "", "brief", {"closed": Display((self.stated("dX"),), boxed=True)})

    def sizes(self) -> Step:
        """The conventions, and where each entry goes as a sum of steps."""
        return Step("flatten/sizes", "", "brief", {"place": Display((self._place(),))})

    def _place(self) -> Node:
        """O at the feature that an entry of X becomes, in letters."""
        example = (AXIS_LETTERS["batch"],) if self.layer.batch > 1 else ()
        letters = dict(zip(self.layer.of_an_example, self.layer.letters("X")[-len(self.layer.steps) :], strict=True))
        feature = Index(tuple((letters[name], step) for name, step in self.layer.steps.items()))
        entry: tuple[int | Index, ...] = tuple(letter_index(letter) for letter in self.layer.letters("X"))
        if not self.layer.plain and self.layer.batch == 1:
            entry = (0, *entry[1:])
        return equals(Symbol("O", (*map(letter_index, example), feature)), Symbol("X", entry))

    def forward(self) -> Step:
        """O = vec(X) with the arrays of the first example written out."""
        displays = self._written("O", (self._vector("O"),), self._array("X"))
        return Step("flatten/forward", "O", "brief", displays)

    def closed(self) -> Step:
        """∂L/∂X = unvec(∂L/∂O) with the arrays of the first example written out."""
        displays = self._written("dX", self._array("dX"), (self._vector("G"),))
        return Step("flatten/closed", "X", "brief", displays)

    def _written(self, role: str, result: Sequence[Node], given: Sequence[Node]) -> dict[str, Display]:
        """A claim, and what it says with arrays written out: as an equation where each side is one matrix."""
        displays = {"operator": Display((self.stated(role),))}
        (part,) = self.claim(role).parts
        if len(result) == len(given) == 1 and isinstance(part, Reshape):
            shown = replace(part, operand=Written(given[0])).notation(self.layer.naming(0))
            return displays | {"arrays": Display((equals(result[0], shown),))}
        return displays | {"arrays": Display((*given, *result), "packed", columns=len(given) + len(result))}

    def local_step(self) -> Step:
        """∂O/∂X for one entry: a single 1."""
        at = self.layer.busiest("X")
        place = int(self.calculus.local("X", at).columns[0][0])
        shape = self.shape("O")
        near = [flat for flat in (place - 1, place, place + 1) if 0 <= flat < self.layer.features]
        outputs = [tuple(int(part) for part in np.unravel_index(flat, shape)) for flat in near]
        displays = {"entries": Display(tuple(self.local_entry(output, "X", at) for output in outputs), "packed")}
        if self.layer.batch == 1 and self.layer.features <= self.limits.matrix:
            displays["matrices"] = Display(tuple(self.local_matrices("X", at)))
        return Step("flatten/local", "X", "full", displays, {"entry": Symbol("X", at)})

    def chain_step(self) -> Step:
        """The chain rule for one entry, and for the others."""
        at = self.layer.busiest("X")
        letters, over = self.layer.letters("X"), self.layer.letters("G")
        rule = self.frobenius("X").displays["rule"]
        first = equals(Symbol("dX", at), self.gradient_value("X", at))
        displays = {
            "rule": rule,
            "first": Display((first,)),
            "others": Display(self.gradient_relations("X", self.gradient_value), "packed"),
        }
        facts = {"entry": Symbol("X", at), "letters": (*letters, *over)}
        return Step("flatten/chain", "X", "full", displays, facts)

    # Arrays

    def _vector(self, role: str) -> Node:
        """The first example of O or G as a column."""
        shape = self.shape("O")
        leading = (0,) * (len(shape) - 1)
        body = symbol_matrix(role, shape, self.limits, leading, upright=True)
        return Labelled(body, Symbol(role, leading, slice=bool(leading)), (self.layer.features, 1))

    def _array(self, role: str) -> tuple[Node, ...]:
        """The first example of X or ∂L/∂X as matrices, one for each channel (and, in 3-D, each depth)."""
        shape = self.shape("X")
        inner = min(2, len(self.layer.positions))
        leading = shape[: len(shape) - inner]
        one = (1, *leading[1:]) if leading and not self.layer.plain else leading
        count = int(np.prod(one, dtype=np.int64))
        found: list[Node] = []
        for number in range(min(count, MAPS_SHOWN)):
            at = tuple(int(place) for place in np.unravel_index(number, one)) if one else ()
            found.append(labelled_symbols(role, shape, self.limits, at))
        return (*found, *([Dots("row")] if count > MAPS_SHOWN else []))
