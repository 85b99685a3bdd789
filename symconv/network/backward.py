"""The gradients of a network: each layer's chain rule, and these put into one another.

Every layer but softmax, the normalisations and the losses hands its gradient on as a table: multilinear in the gradient
at its output, its weights, its input, its masks and the values σ'(Z). Tables are put into tables, which multiplies the
gradients out; at a layer without a table it stops, at the error signal there.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from symconv.derivation.gradients import Calculus
from symconv.forms import Table, Variable, renamed, substituted
from symconv.network.network import Network

MAX_PRODUCTS = 100_000
"""A gradient is multiplied out through one layer more as long as it has no more terms than this."""

Position = tuple[int, ...]


@dataclass(frozen=True)
class Backward:
    """Differentiation of a network, layer by layer, over its arrays by role.

    >>> from symconv.layers.conv import Conv
    >>> backward = Backward(Network([Conv(filter=(2, 2)), Conv(filter=(2, 2))], input=(1, 3, 3)))
    >>> [len(table) for table in backward.multiplied("conv1.F", (0, 0))]
    [4, 4]
    """

    network: Network

    @cached_property
    def _calculi(self) -> dict[int, Calculus]:
        return {
            number: Calculus(layer) for number, layer in enumerate(self.network.layers) if hasattr(layer, "definition")
        }

    def through(self, number: int) -> Table | None:
        """∂L/∂(input of a layer) by its chain rule, a table over that input; None where a layer has none."""
        layer = self.network.layers[number]
        if self.network.fused is not None and number == len(self.network.layers) - 2:
            return None
        if number in self._calculi:
            return self._named(number, self._calculi[number].chain_rule("X"))
        if hasattr(layer, "backward_table"):
            return self._named(number, layer.backward_table())
        return None

    def by_parameter(self, role: str) -> Table:
        """∂L/∂parameter in terms of the gradient at the output of its own layer."""
        number, own = self.owner(role)
        return self._named(number, self._calculi[number].chain_rule(own))

    def owner(self, role: str) -> tuple[int, str]:
        """The number of the layer that an array belongs to, and its role there."""
        name, _, own = role.partition(".")
        return self.network.names.index(name), own

    def has_table(self, role: str) -> bool:
        """Whether the gradient by a role is a table: by any array but the parameters of normalisations."""
        if role == "X" or role.endswith(".O"):
            return True
        return self.owner(role)[0] in self._calculi

    def is_signal(self, role: str) -> bool:
        """Whether nothing is put in for the gradient by an array: multiplied out, gradients end in it."""
        if role != "X" and not role.endswith(".O"):
            return False
        number = 0 if role == "X" else self.owner(role)[0] + 1
        return number == len(self.network.layers) or self.through(number) is None

    def multiplied(self, role: str, index: Position) -> list[Table]:
        """The gradient by one entry, put through one layer more with each table.

        The first is by the layer's own chain rule. It ends where the gradient has reached a layer without a table, or
        would have more than `MAX_PRODUCTS` terms. Flattening only renames, and is told together with the layer after.
        """
        start, table = self._started(role)
        flat = int(np.ravel_multi_index(index, self.network.arrays[role].shape)) if index else 0
        found = [table.where(role, flat).canonical]
        renames = False
        for number in range(start, len(self.network.layers)):
            step = self.through(number)
            signal = f"d:{self.network.input_of(number)}"
            if (
                step is None
                or signal not in found[-1].roles
                or self._would_have(found[-1], signal, step) > MAX_PRODUCTS
            ):
                break
            further = substituted(found[-1], signal, step).canonical
            found = [*(found[:-1] if renames else found), further]
            renames = self.network.layers[number].kind == "flatten"
        return found

    def _started(self, role: str) -> tuple[int, Table]:
        """The gradient by an array through its own layer, and the number of the layer to go through next."""
        if role == "X" or role.endswith(".O"):
            number = 0 if role == "X" else self.owner(role)[0] + 1
            step = None if number == len(self.network.layers) else self.through(number)
            return (number, self._signal(role)) if step is None else (number + 1, step)
        return self.owner(role)[0] + 1, self.by_parameter(role)

    def _signal(self, role: str) -> Table:
        """The gradient by an array as symbols of its own."""
        array = self.network.arrays[role]
        run = np.arange(array.size)
        return Table((array,), (Variable(f"d:{role}", array.shape),), (run, run))

    def _would_have(self, table: Table, signal: str, step: Table) -> int:
        counts = np.bincount(step.columns[0], minlength=step.index[0].size)
        return int(counts[table.column(signal)].sum())

    def _named(self, number: int, table: Table) -> Table:
        """A layer's table over the arrays of the network."""
        roles = self.network.roles_of(number)
        own = {variable.role for variable in (*table.index, *table.factors)}
        return renamed(table, {role: self._variable(roles[role], table, role) for role in own})

    def _variable(self, role: str, table: Table, own: str) -> Variable:
        array = self.network.arrays.get(role.removeprefix("d:") if role not in self.network.arrays else role)
        if array is not None:
            return Variable(role, array.shape)
        shape = next(v.shape for v in (*table.index, *table.factors) if v.role == own)
        return Variable(role, shape)
