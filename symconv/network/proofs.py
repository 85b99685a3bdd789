"""What is proved of each layer of a network, in the letters of the network."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from symconv.derivation.gradients import Calculus
from symconv.derivation.smooth import SmoothCalculus
from symconv.layers.base import CONSTANTS
from symconv.network.naming import abbreviations
from symconv.network.network import Network
from symconv.notation.tree import Function, Node, Relation, Style, Symbol, exchanged
from symconv.proof.exact import prove_claim
from symconv.proof.expressions import prove_line
from symconv.proof.verdict import Proof


def network_proofs(
    network: Network, style: Style, watch: Callable[[Iterable[Any]], Iterable[Any]] = iter
) -> list[Proof]:
    """The first claim about each array of each layer, decided; equal layers are decided once.

    `watch` is given the layers that are proved one by one and hands them on.
    """
    known: dict[Any, list[Proof]] = {}
    found = []
    for number, layer in enumerate(watch(network.layers)):
        if layer not in known:
            known[layer] = layer_proofs(layer)
        found += [_renamed(proof, network.roles_of(number), style) for proof in known[layer]]
    return _once([*found, *fused_proofs(network, style)])


def _once(proofs: Sequence[Proof]) -> list[Proof]:
    """The proofs without repetition: two layers with the same function prove the same of it."""
    seen: dict[Relation, Proof] = {}
    for proof in proofs:
        seen.setdefault(proof.claim, proof)
    return list(seen.values())


def fused_proofs(network: Network, style: Style) -> list[Proof]:
    """What is proved of the loss together with the function before it: the error signal that all else starts from."""
    if network.fused is None:
        return []
    calculus, roles = SmoothCalculus(network.fused), fused_roles(network)
    return [
        replace(_renamed(prove_line(calculus, line), roles, style), route="fused")
        for line in network.fused.statements()
        if line.role == "dX" and line.name in RESULTS
    ]


def fused_roles(network: Network) -> Mapping[str, str]:
    """From the roles of the loss taken together with the function before it to those of the network."""
    last = len(network.layers) - 1
    before = network.input_of(last - 1)
    abbreviated = dict.fromkeys(abbreviations(network.fused), f"{network.names[last - 1]}.O")
    return {**network.roles_of(last), "X": before, "dX": f"d:{before}", **abbreviated}


def layer_proofs(layer: Any) -> list[Proof]:
    """The first claim about each array of a layer, decided."""
    if hasattr(layer, "definition"):
        calculus = Calculus(layer)
        return [prove_claim(calculus, claim) for claim in _firsts(layer.claims())]
    smooth = SmoothCalculus(layer)
    return [prove_line(smooth, line) for line in _headlines(layer)]


RESULTS = ("closed", "result")
"""The lines of a smooth layer that say a gradient; the second supposes more, such as targets that add up to 1."""
FUNCTIONS = frozenset({"function", "helper", "derivative"})
"""The lines of a smooth layer that say what its function is."""


def _headlines(layer: Any) -> list[Any]:
    """What a smooth layer's function is, its definitions, and the last word on each gradient."""
    lines = layer.statements()
    found = [line for line in lines if line.name in FUNCTIONS or line.name == "definition"]
    for role in (f"d{role}" for role in layer.arrays):
        of_role = [line for line in lines if line.role == role and line.name in RESULTS]
        found += of_role[-1:]
    return found


def _firsts(claims: Any) -> list[Any]:
    found: dict[str, Any] = {}
    for claim in claims:
        if claim.role.removeprefix("d") not in CONSTANTS - {"O"}:
            found.setdefault(claim.role, claim)
    return list(found.values())


def _renamed(proof: Proof, roles: Mapping[str, str], style: Style) -> Proof:
    """The proof with its claim in the letters of the network, and its role there."""
    return replace(proof, claim=renamed_line(proof.claim, roles), role=roles.get(proof.role, proof.role), style=style)


def renamed_line(relation: Relation, roles: Mapping[str, str]) -> Relation:
    """A line with other roles."""
    found = exchanged(relation, lambda symbol: replace(symbol, role=roles.get(symbol.role, symbol.role)))
    assert isinstance(found, Relation)
    return found


def written_values(network: Network) -> Mapping[str, Callable[[Symbol], Node]]:
    """How the arrays σ'(Z) of the entrywise layers are written, by role: as the function's derivative at the input."""

    def writer(letter: str, role: str) -> Callable[[Symbol], Node]:
        return lambda symbol: Function(letter, (Symbol(role, symbol.index),), primes=1)

    return {
        network.roles_of(number)["D"]: writer(layer.function.sign, network.input_of(number))
        for number, layer in enumerate(network.layers)
        if hasattr(layer, "backward_table")
    }
