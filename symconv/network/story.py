"""The steps of a network's derivation: the graph, the forward pass, and the way back from the loss."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from symconv.derivation.elision import Limits
from symconv.derivation.entries import all_positions, terms_node
from symconv.derivation.steps import Step, first_of_each
from symconv.errors import InputError
from symconv.forms import Table
from symconv.network.backward import MAX_PRODUCTS, Backward
from symconv.network.network import Network
from symconv.network.proofs import FUNCTIONS, written_values
from symconv.notation.layout import Display
from symconv.notation.tree import (
    Arrow,
    Blank,
    Diagram,
    Dots,
    Infix,
    Letter,
    Node,
    Relation,
    Sum,
    Symbol,
    equals,
    exchanged,
    gradient_of,
    walk,
)
from symconv.proof.verdict import Proof

Position = tuple[int, ...]
SHORT = 4
"""Products shown of the lines between the first and the last, where a gradient is multiplied out."""
LAYERS_A_ROW = 4
"""How many layers stand side by side in the graph."""


@dataclass(frozen=True)
class Story:
    """Builds the steps of a network from its proved claims."""

    network: Network
    proofs: Sequence[Proof]
    limits: Limits

    @cached_property
    def backward(self) -> Backward:
        return Backward(self.network)

    @cached_property
    def _written(self) -> Mapping[str, Callable[[Symbol], Node]]:
        return written_values(self.network)

    @cached_property
    def _claims(self) -> Mapping[str, Relation]:
        """The first claim about each array by role; gradients of what is handed on by "d" and the array."""
        found: dict[str, Relation] = {}
        for proof in self.proofs:
            if proof.route not in FUNCTIONS:
                found.setdefault(proof.role, proof.claim)
        return found

    @property
    def _functions(self) -> tuple[Relation, ...]:
        """What the functions of the entrywise layers are, each once."""
        return tuple(dict.fromkeys(proof.claim for proof in self.proofs if proof.route in FUNCTIONS))

    @property
    def _fused(self) -> tuple[Relation, ...]:
        """The error signal that all else starts from, where the loss and the function before it are taken together."""
        return tuple(proof.claim for proof in self.proofs if proof.route == "fused")

    def results(self, proofs: Sequence[Proof]) -> list[Proof]:
        """The proofs that the summary repeats: the first about each array, the fused one before others."""
        fused = {proof.role for proof in proofs if proof.route == "fused"}
        said = [proof for proof in proofs if proof.route not in FUNCTIONS]
        kept = [proof for proof in said if proof.role not in fused or proof.route == "fused"]
        return first_of_each(kept[::-1])[::-1]

    def words(self) -> dict[str, Any]:
        return {"description": self.network.to_toml(), "count": Letter("m")}

    def steps_of(self, roles: Sequence[str]) -> list[Step]:
        wanted = roles or self.network.parameters
        steps = [self.overview(wanted), self.shapes(), self.forward()]
        steps += [self.layer(number, wanted) for number in reversed(range(len(self.network.layers)))]
        steps.append(self.multiplied(wanted))
        return steps

    # The whole

    def overview(self, wanted: Sequence[str]) -> Step:
        """The computation graph with the gradients under it, and the gradients of the parameters."""
        found = [self._claims[f"d:{role}"] for role in wanted if f"d:{role}" in self._claims]
        relations = (*self._fused[-1:], *found)
        displays = {"graph": Display(self._graph()), "closed": Display(relations, boxed=True)}
        return Step("network/overview", "", "brief", displays, {"loss": self.network.loss is not None})

    def _graph(self) -> tuple[Node, ...]:
        """Rows of arrays joined by layers, each array with the gradient by it underneath."""
        count = len(self.network.layers)
        return tuple(
            self._graph_row(start, min(start + LAYERS_A_ROW, count)) for start in range(0, count, LAYERS_A_ROW)
        )

    def _graph_row(self, start: int, stop: int) -> Diagram:
        above: list[Node] = [Symbol(self.network.input_of(start))]
        below: list[Node] = [self._signal(self.network.input_of(start))]
        for number in range(start, stop):
            name, layer = self.network.names[number], self.network.layers[number]
            roles = self.network.roles_of(number)
            above += [Arrow(name, tuple(Symbol(roles[role]) for role in layer.parameters)), self._result(number)]
            last = name == "loss"
            below += [Arrow(back=True), Blank() if last else self._signal(roles["O"])]
        return Diagram((tuple(above), tuple(below)))

    def _result(self, number: int) -> Node:
        name = self.network.names[number]
        return Symbol("L" if name == "loss" else f"{name}.O")

    def _signal(self, role: str) -> Node:
        return Symbol(f"d:{role}")

    def shapes(self) -> Step:
        """The table of layers, shapes and parameters."""
        rows = tuple(
            {"name": name, "kind": layer.kind, "letter": self._result(number), "shape": shape, "count": count}
            for number, (layer, (name, shape, count)) in enumerate(
                zip(self.network.layers, self.network.shapes, strict=True)
            )
        )
        facts = {"rows": rows, "total": sum(row["count"] for row in rows)}
        return Step("network/shapes", "", "brief", {}, facts)

    def forward(self) -> Step:
        """What each layer computes."""
        roles = [self.network.roles_of(number)["O"] for number in range(len(self.network.layers))]
        roles += ["l", "L"]
        displays = {"all": Display(tuple(self._claims[role] for role in roles if role in self._claims))}
        if self._functions:
            displays["functions"] = Display(self._functions)
        return Step("network/forward", "", "brief", displays)

    # One layer on the way back

    def layer(self, number: int, wanted: Sequence[str]) -> Step:
        """The gradient at the input of a layer and by its parameters, from the gradient at its output."""
        name, layer = self.network.names[number], self.network.layers[number]
        roles = self.network.roles_of(number)
        displays = {}
        if self.network.fused is not None and number == len(self.network.layers) - 2:
            displays["fused"] = Display(self._fused[:1])
            if len(self._fused) > 1:
                displays["fused_result"] = Display(self._fused[1:])
        signal = f"d:{self.network.input_of(number)}"
        if signal in self._claims and (number or "X" in wanted):
            displays["signal"] = Display((self._recursion(self._claims[signal], roles["G"]),))
            displays["signal_entries"] = listed(self._entries(self.network.input_of(number)))
        for own in layer.parameters:
            role = roles[own]
            if role in wanted and f"d:{role}" in self._claims:
                displays[f"by_{own}"] = Display((self._claims[f"d:{role}"],))
                displays[f"entries_{own}"] = listed(self._entries(role))
        facts = {
            "name": name, "kind": layer.kind, "layer": layer,
            "parameters": [own for own in layer.parameters if f"by_{own}" in displays],
            "input": Symbol(self.network.input_of(number)), "output": self._result(number),
            "roles": {own: Symbol(role) for own, role in roles.items()}, "signal": Symbol(signal),
            "shapes": {role: self.network.arrays[roles[role]].shape for role in layer.parameters},
            "input_shape": self.network.arrays[self.network.input_of(number)].shape,
        }  # fmt: skip
        return Step("network/layer", name, "brief", {key: d for key, d in displays.items() if d.relations}, facts)

    def _recursion(self, claim: Relation, handed: str) -> Relation:
        """What is handed back, once more with what was handed to the layer in the place of its symbol.

        So δ^l = ∂L/∂A^l ⊙ σ'(Z^l) goes on as a formula in δ^{l+1}.
        """
        known = self._claims.get(handed)
        last, symbol = claim.sides[-1], Symbol(handed)
        product = isinstance(last, Infix) and last.operator == "hadamard"
        if known is None or known.sides[0] != symbol or not product or symbol not in set(walk(last)):
            return claim
        put_in = exchanged(last, lambda found: known.sides[1] if found == symbol else found)
        return equals(*claim.sides, put_in)

    def _entries(self, role: str) -> tuple[Node, ...]:
        """The gradient by every shown entry of an array, through one layer."""
        if not self.backward.has_table(role) or self.backward.is_signal(role):
            return ()
        shape = self.network.arrays[role].shape
        nodes: list[Node] = []
        for index in all_positions(shape, self.limits.entries):
            table = None if index is None else self.backward.multiplied(role, index)[0]
            nodes.append(Dots("column") if index is None or table is None
                         else equals(Symbol(f"d:{role}", index), self._value(table)))  # fmt: skip
        return tuple(nodes)

    def _value(self, table: Table, limits: Limits | None = None) -> Node:
        """A sum of products, the values σ'(Z) written as what they are."""
        return exchanged(terms_node(table, limits or self.limits), self._as_written)

    def _as_written(self, symbol: Symbol) -> Node:
        written = self._written.get(symbol.role)
        return symbol if written is None else written(symbol)

    # Multiplied out

    def multiplied(self, wanted: Sequence[str]) -> Step:
        """For each parameter one entry, put through layer after layer."""
        roles = [role for role in wanted if self.backward.has_table(role)]
        chains = {role: self.backward.multiplied(role, self._explained(role)) for role in roles}
        relations = tuple(self._chain(role, self._explained(role), tables) for role, tables in chains.items())
        stops = any(not self._reaches_a_signal(tables[-1]) for tables in chains.values())
        facts = {"stops": stops, "most": MAX_PRODUCTS}
        return Step("network/multiplied", "", "full", {"all": Display(relations)}, facts)

    def _reaches_a_signal(self, table: Table) -> bool:
        """Whether the gradients that stand in a table are the signals that multiplying out ends in."""
        handed = [gradient_of(role) for role in table.roles if role.startswith("d:")]
        return all(self.backward.is_signal(role) for role in handed)

    def examples(self, at: Callable[[str, Position], Position]) -> dict[str, Relation]:
        """For every gradient that is a table one entry through its own layer, by the gradient's role.

        `at` may choose another entry than the one that is proposed.
        """
        handed = [self.network.input_of(number) for number in range(1, len(self.network.layers))]
        found = {}
        for role in (*self.network.parameters, *handed):
            if self.backward.has_table(role) and not self.backward.is_signal(role):
                index = at(f"d:{role}", self._explained(role))
                value = self._value(self.backward.multiplied(role, index)[0])
                found[f"d:{role}"] = equals(Symbol(f"d:{role}", index), value)
        return found

    def _explained(self, role: str) -> Position:
        """The entry that is multiplied out: the one that takes part in most, as the layer that uses the array says."""
        number, own = self.backward.owner(role)
        if own == "O":
            number, own = number + 1, "X"
        layer = self.network.layers[number]
        array, shape = layer.arrays[own], self.network.arrays[role].shape
        found = layer.busiest(own) if hasattr(layer, "busiest") else (0,) * len(array.shape)
        flat = int(np.ravel_multi_index(found, array.shape)) if array.shape else 0
        return tuple(int(i) for i in np.unravel_index(flat, shape)) if shape else ()

    def _chain(self, role: str, index: Position, tables: Sequence[Table]) -> Relation:
        first, *others = tables
        short = replace(self.limits, terms=SHORT)
        between = [self._value(table, short) for table in others[:-1]]
        last = [self._value(table) for table in others[-1:]]
        return equals(Symbol(f"d:{role}", index), self._value(first), *between, *last)

    # Single equations

    def equation(self, target: str, form: str | None, index_base: int, prove: Callable[[], None]) -> Display:
        """One equation by name: a layer's output (conv1.O) or a gradient (dL/dconv1.F, dL/dconv1.F_12).

        A gradient has the forms "sum" (through its own layer), "chain" (multiplied out) and "closed".
        """
        name, _, text = target.removeprefix("dL/d").partition("_")
        role = f"d:{name}" if target.startswith("dL/d") else name
        if role not in self._claims and role.removeprefix("d:") not in self.network.arrays:
            known = ", ".join(f"dL/d{known}" for known in self.network.arrays if known != "Y")
            raise InputError(f"equation {target!r} is not known: write one of {known}")
        if form == "closed" or role == name:
            prove()
            if text or role not in self._claims:
                raise InputError(
                    f"{target} has no closed form: ask for dL/d{name} of a whole array, or leave --form out"
                )
            return Display((self._claims[role],))
        if not self.backward.has_table(name):
            raise InputError(f"{target} is not written entry by entry: ask for the form closed")
        if not text:
            return Display(self._entries(name))
        index = self._index(name, text, index_base)
        if form == "chain":
            return Display((self._chain(name, index, self.backward.multiplied(name, index)),))
        return Display((equals(Symbol(f"d:{name}", index), self._value(self.backward.multiplied(name, index)[0])),))

    def _index(self, role: str, text: str, base: int) -> Position:
        shape = self.network.arrays[role].shape
        plain = text.strip("{}")
        parts = plain.split(",") if "," in plain or len(shape) == 1 else list(plain)
        fits = len(parts) == len(shape) and all(part.isascii() and part.isdigit() for part in parts)
        index = tuple(int(part) - base for part in parts) if fits else ()
        if not fits or not all(0 <= i < n for i, n in zip(index, shape, strict=True)):
            raise InputError(f"{role} has no entry {text}: its shape is {shape}, indices count from {base}")
        return index


def listed(relations: tuple[Node, ...]) -> Display:
    """Equations of one product each side by side, longer ones under each other."""
    short = not any(isinstance(part, Sum) for relation in relations for part in walk(relation))
    if not short:
        return Display(relations)
    return Display(tuple(Dots("row") if node == Dots("column") else node for node in relations), "packed")
