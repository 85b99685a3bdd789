"""A network in numbers: forward, then back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from symconv.derivation import numbers as layer_numbers
from symconv.derivation.evidence import DIGITS
from symconv.derivation.numbers import LayerNumbers, Line, Reckoning, Worked, in_place, light
from symconv.forms import Shape
from symconv.layers.values import Draw, halves
from symconv.network.network import Network
from symconv.notation.tree import Relation, Symbol, gradient_of

Array: TypeAlias = NDArray[Any]
Arrays: TypeAlias = Mapping[str, Array]


def needed(network: Network) -> dict[str, Shape]:
    """The arrays that numbers are needed for: the input, the parameters, and the targets or the gradient at the end."""
    shapes = {role: network.arrays[role].shape for role in ("X", *network.parameters)}
    last = network.layers[-1].arrays
    return shapes | ({"G": last["O"].shape} if network.loss is None else {"Y": last["Y"].shape})


def draws(network: Network) -> dict[str, Draw]:
    """How parameters and targets are drawn: small parameters keep a sigmoid from saturating."""
    special = layer_numbers.draws(network.layers[-1])
    alone = {"X"} if len(network.layers) == 1 else set()
    kept = {role: draw for role, draw in special.items() if role in {"Y"} | alone}
    return dict.fromkeys(network.parameters, halves) | kept


@dataclass(frozen=True)
class NetworkNumbers:
    """The arrays of a network computed in numbers, and its loss."""

    network: Network

    @cached_property
    def _layers(self) -> tuple[LayerNumbers, ...]:
        return tuple(map(LayerNumbers, self.network.layers))

    def worked(self, given: Arrays) -> tuple[Worked, bool]:
        """Every array of the network by role, and every gradient by "d:" and the role; whether all is rational."""
        reckoning = Reckoning()
        settled = {role: reckoning.settled(array) for role, array in self.computed(given, reckoning).items()}
        return Worked(settled, standing(self.network)), reckoning.rational

    def computed(self, given: Arrays, reckoning: Reckoning) -> dict[str, Array]:
        """The same as numbers that are exact, or enclosed as narrowly as somebody asks."""
        network = self.network
        arrays = self.forward(light(given), reckoning)
        if network.loss is None:
            arrays[f"d:{network.names[-1]}.O"] = arrays["G"]
        for number in reversed(range(len(network.layers))):
            arrays |= self._back(number, arrays, reckoning)
        return arrays

    def loss(self, given: Arrays) -> Fraction:
        """The loss, or ⟨G, output⟩ where the network has none: what the gradients are derivatives of."""
        reckoning = Reckoning()
        arrays = self.forward(given, reckoning)
        if self.network.loss is not None:
            return reckoning.fraction(arrays["L"].item(), DIGITS)
        output = arrays[f"{self.network.names[-1]}.O"]
        return reckoning.fraction((output.ravel() * given["G"].ravel()).sum(), DIGITS)

    def forward(self, given: Arrays, reckoning: Reckoning) -> dict[str, Array]:
        """Every array on the way from the input to the end; the loss as "L"."""
        network, arrays = self.network, dict(given)
        for number, layer in enumerate(self._layers):
            roles = network.roles_of(number)
            own = self._own(number, arrays)
            found = reckoning.run(lambda numbers, layer=layer, own=own: layer.forward(own, numbers), own)  # type: ignore[misc]
            for role, array in found.items():
                name = "L" if network.names[number] == "loss" and role == "O" else roles.get(role, role)
                shape = network.arrays[name].shape if name in network.arrays else array.shape
                arrays[name] = array.reshape(shape)
        return arrays

    # What is shown

    def shown_forward(self, number: int, arrays: Arrays) -> list[str]:
        """The roles of what a layer computes, in order: masks, what its formulas abbreviate, its output or the loss."""
        layer, roles = self.network.layers[number], self.network.roles_of(number)
        last = "L" if self.network.names[number] == "loss" else roles["O"]
        between = [roles.get(role, role) for role in self._abbreviated(layer)]
        return [role for role in (roles["M"], *between) if role in arrays and role != last] + [last]

    def _abbreviated(self, layer: Any) -> list[str]:
        """What lies along the axes of formulas is left out where these are not the axes that the user sees."""
        if not hasattr(layer, "system"):
            return []
        axes = layer.system.axes
        return [role for role in layer.system.defined if role != "O" and (in_place(layer) or axes[role] != axes["X"])]

    def reading(self, relation: Relation, arrays: Arrays) -> Line | None:
        """A line about the network with the numbers that its letters stand for; None where it does not hold."""
        if relation in self._spoken:
            number, layer, own = self._spoken[relation]
            return layer_numbers.reading(layer, own, self._own(number, arrays), relation) if in_place(layer) else None
        left = relation.sides[0]
        return None if isinstance(left, Symbol) and left.role in self._added_up else Line(relation)

    @cached_property
    def _spoken(self) -> Mapping[Relation, tuple[int, Any, Relation]]:
        """Every line of a smooth layer as the network says it: the layer's number, the layer, and its own line."""
        from symconv.network.proofs import fused_roles, renamed_line

        network = self.network
        last = len(network.layers) - 1
        told = [(number, layer, network.roles_of(number)) for number, layer in enumerate(network.layers)]
        if network.fused is not None:
            told.append((last, network.fused, fused_roles(network)))
        return {
            renamed_line(line.relation, roles): (number, layer, line.relation)
            for number, layer, roles in told
            if hasattr(layer, "system")
            for line in layer.statements()
        }

    @cached_property
    def _added_up(self) -> frozenset[str]:
        """The outputs of pools whose masks add up to more than 1."""
        pools = [number for number, layer in enumerate(self.network.layers) if layer.kind == "max-pool"]
        return frozenset(
            self.network.roles_of(number)["O"] for number in pools if not self.network.layers[number].sums_to_one
        )

    def _own(self, number: int, arrays: Arrays) -> dict[str, Array]:
        """The arrays of one layer by its own roles, in its own shapes."""
        roles, layer = self.network.roles_of(number), self.network.layers[number]
        own = {
            role: arrays[roles[role]].reshape(variable.shape)
            for role, variable in layer.arrays.items()
            if roles[role] in arrays
        }
        signal = arrays.get(roles["G"])
        return own if signal is None else own | {"G": signal.reshape(layer.arrays["O"].shape)}

    def _back(self, number: int, arrays: Arrays, reckoning: Reckoning) -> dict[str, Array]:
        roles = self.network.roles_of(number)
        own = self._own(number, arrays)
        found = reckoning.run(lambda numbers: self._layers[number].backward(own, numbers), own)
        return {
            roles[role]: np.asarray(array, dtype=object).reshape(self.network.arrays[gradient_of(roles[role])].shape)
            for role, array in found.items()
            if role != "dY"
        }


def standing(network: Network) -> frozenset[str]:
    """The roles of vectors that stand as columns."""
    return frozenset(
        roles.get(role, role)
        for number, layer in enumerate(network.layers)
        for roles in (network.roles_of(number),)
        for role in layer_numbers.columns(layer)
    )
