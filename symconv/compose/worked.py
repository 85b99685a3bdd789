"""Worked numbers for a layer or a network: numbers taken or drawn, everything computed, and evidence beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from symconv.derivation import numbers as layer_numbers
from symconv.derivation.elision import Limits
from symconv.derivation.evidence import (
    DIGITS,
    MOST,
    WITNESSES,
    Evidence,
    Loss,
    Witness,
    compared_in_floats,
    finite_differences,
    in_floats,
)
from symconv.derivation.gradients import ONE
from symconv.derivation.numbers import Arrays, LayerNumbers, Line, Reckoning, Worked, light
from symconv.derivation.steps import Step
from symconv.derivation.worked import WorkedSteps
from symconv.errors import LimitError, UnprovedError
from symconv.layers.base import CONSTANTS
from symconv.layers.values import values_for
from symconv.network import numbers as network_numbers
from symconv.network.network import Network
from symconv.notation.tree import Relation

Source: TypeAlias = str | Path | Mapping[str, Any]
MOST_PRODUCTS = 5_000_000
"""More products than this are not worked out."""
MOVED_PRODUCTS = 4_000_000
"""About so many products the finite differences of all arrays together may take."""
COST_OF_ROUNDING = 40
"""How much longer a product takes where numbers are no fractions."""
MOST_ASKED = 40
"""Of so many entries that PyTorch has another number for, finite differences decide."""


@dataclass(frozen=True)
class Working:
    """Everything in numbers, and the order in which it is shown: arrays given, found forward, and found back.

    `arrays` holds each by its role, as fractions where they are exact and as decimals of 30 digits elsewhere: O, and
    dX, dF, ... of a layer; "conv1.O" and "d:conv1.F" of a network. `evidence` says what finite differences and, where
    it is installed, PyTorch say of the gradients.

    >>> from symconv import Conv, derive
    >>> working = derive(Conv(input=3, filter=2)).worked({"X": [1, 2, 4], "F": ["1/2", -1], "G": [1, 0]})
    >>> [str(entry) for entry in working.arrays["O"]], [str(entry) for entry in working.arrays["dX"]]
    (['-3/2', '-3'], ['1/2', '-1', '0'])
    >>> all(found.agrees for found in working.evidence)
    True
    """

    worked: Worked = field(repr=False)
    given: Sequence[str]
    forward: Sequence[str]
    backward: Sequence[str]
    differentiated: Differentiated = field(repr=False)
    reading: Reading = field(repr=False)
    witnesses: Sequence[Witness] = WITNESSES

    @property
    def arrays(self) -> Arrays:
        return self.differentiated.worked.arrays

    @cached_property
    def evidence(self) -> list[Evidence]:
        """Raises `UnprovedError` where it speaks against a gradient."""
        return self.differentiated.evidence(self.witnesses)

    def steps(
        self, limits: Limits, entries: Mapping[str, Relation], claims: Sequence[Relation], roles: Sequence[str] = ()
    ) -> list[Step]:
        """The steps of a document; with `roles`, only the gradients by these.

        `entries` are equations about one entry of an array each, `claims` all lines that were proved.
        """
        lines = [line for line in map(self.reading, claims) if line is not None]
        shown = {role: relation for role, relation in entries.items() if self.reading(relation) is not None}
        make = WorkedSteps(self.worked, limits, shown, lines)
        named = [f"{self.differentiated.prefix}{role}" for role in roles]
        return [
            make.given(self.given),
            make.found(self.forward, "forward"),
            make.found([role for role in self.backward if not roles or role in named], "backward"),
            make.evidence(self.evidence),
        ]


Reading: TypeAlias = Callable[[Relation], Line | None]
"""From a proved line to what its letters stand for; None where it does not hold for the numbers at hand."""


@dataclass(frozen=True)
class Differentiated:
    """The gradients of a loss at given numbers, and what can be asked about them.

    `moved` are the given arrays that the loss is differentiated by, `constant` those that it is not; the gradient by an
    array stands in `worked` under `prefix` and its role. `exact` is whether no number had to be rounded, `products` how
    many products a forward pass takes. `network` is what PyTorch is asked about, `named` the roles there, `names` the
    layers as its refusals call them, `mean` what stands before the gradients.
    """

    worked: Worked
    moved: Sequence[str]
    constant: Sequence[str]
    prefix: str
    loss: Loss
    exact: bool
    products: int
    network: Network
    named: Mapping[str, str]
    names: Sequence[str]
    mean: Fraction = ONE

    def evidence(self, witnesses: Sequence[Witness]) -> list[Evidence]:
        found = []
        if "differences" in witnesses:
            found.append(agreed(self._moving()))
        if "torch" in witnesses and find_spec("torch"):
            found.append(self._by_torch())
        return found

    @cached_property
    def _gradients(self) -> Arrays:
        return {role: self.worked[f"{self.prefix}{role}"] for role in self.moved}

    def _moving(self, **places: Any) -> Evidence:
        given = light({role: self.worked[role] for role in (*self.moved, *self.constant)})
        cost = 2 * max(self.products, 1) * (1 if self.exact else COST_OF_ROUNDING)
        most = MOVED_PRODUCTS // (cost * max(len(self.moved), 1))
        return finite_differences(
            self.loss, given, self._gradients, exact=self.exact, most=min(max(most, 1), MOST), **places
        )

    def _by_torch(self) -> Evidence:
        """PyTorch's gradients; where it has others, finite differences decide whether it lost digits."""
        from symconv.network.torch import comparable, torch_gradients

        reason = comparable(self.network, self.names)
        if reason:
            return Evidence("torch", reason=reason)
        given = {self.named[role]: in_floats(self.worked[role]) for role in (*self.moved, *self.constant)}
        given |= {"G": given["G"] * float(self.mean)} if "G" in given else {}
        computed = torch_gradients(self.network, given) or {}
        gradients = self._gradients
        found = {role: computed[f"d:{self.named[role]}"].reshape(gradients[role].shape) for role in gradients}
        evidence = compared_in_floats(found, gradients)
        agreed(self._moving(places=evidence.differing[:MOST_ASKED]))
        return evidence


def agreed(evidence: Evidence) -> Evidence:
    """The evidence. Raises `UnprovedError` where it speaks against the gradients."""
    if not evidence.agrees:
        role, index = evidence.differing[0]
        raise UnprovedError(
            f"nothing was written: finite differences and the gradient by {role} differ at {index}; this is a bug"
        )
    return evidence


# One layer


def layer_working(layer: Any, source: Source, mean: Fraction = ONE) -> Working:
    """A single layer in numbers; `mean` stands before its gradients.

    Raises `InputError` for numbers that do not fit.
    """
    products = _affordable(_products(layer))
    given = values_for(source, layer_numbers.needed(layer), layer_numbers.draws(layer))
    own, reckoning = LayerNumbers(layer, mean), Reckoning()
    found = light(given)
    found |= reckoning.run(lambda numbers: own.forward(found, numbers), found)
    found |= reckoning.run(lambda numbers: own.backward(found, numbers), found)
    worked = Worked({role: reckoning.settled(array) for role, array in found.items()}, layer_numbers.columns(layer))
    forward = [role for role in found if role not in given and not role.startswith("d") and role not in _doubled(layer)]
    backward = [f"d{role}" for role in layer.arrays if f"d{role}" in found]
    moved, constant = _sorted(given)
    network = _alone(layer)
    differentiated = Differentiated(
        worked, moved, constant, "d", lambda arrays: _layer_loss(own, arrays), reckoning.rational, products,
        network, {**network.roles_of(0), "G": "G"}, ("this layer",), mean,
    )  # fmt: skip
    return Working(
        layer_numbers.as_formulas_speak(layer, worked), list(given), forward, backward, differentiated,
        lambda relation: layer_numbers.reading(layer, relation, worked.arrays),
    )  # fmt: skip


def _doubled(layer: Any) -> tuple[str, ...]:
    """What stands under a second role: the output of a loss is L."""
    return ("O",) if layer_numbers.is_loss(layer) else ()


def _alone(layer: Any) -> Network:
    """The layer as a network of its own."""
    features = getattr(layer, "inputs", None)
    if features is not None:
        return Network([layer], (features,), layer.batch)
    sizes = () if layer.input is None else layer.input
    channels = getattr(layer, "in_channels", None) or getattr(layer, "channels", None) or 1
    return Network([layer], (channels, *(sizes if isinstance(sizes, Sequence) else (sizes,))), layer.batch)


def _layer_loss(own: LayerNumbers, arrays: Arrays) -> Fraction:
    """The loss, or mean · ⟨G, O⟩ where the layer is none: what the gradients are derivatives of."""
    reckoning = Reckoning()
    output = reckoning.run(lambda numbers: own.forward(arrays, numbers), arrays)["O"]
    if layer_numbers.is_loss(own.layer):
        return reckoning.fraction(output.item(), DIGITS)
    return reckoning.fraction((output.ravel() * arrays["G"].ravel()).sum() * own.mean, DIGITS)


# Networks


def network_working(network: Network, source: Source) -> Working:
    """A network in numbers. Raises `InputError` for numbers that do not fit it."""
    products = _affordable(sum(map(_products, network.layers)))
    given = values_for(source, network_numbers.needed(network), network_numbers.draws(network))
    numbers = network_numbers.NetworkNumbers(network)
    worked, exact = numbers.worked(given)
    shown = [f"d:{network.names[-1]}.O" if role == "G" else role for role in given]
    forward: list[str] = []
    backward: list[str] = []
    for number in range(len(network.names)):
        roles = network.roles_of(number)
        forward += numbers.shown_forward(number, worked.arrays)
        own = [roles[f"d{role}"] for role in network.layers[number].parameters]
        backward = [*own, *([roles["dX"]] if number else []), *backward]
    moved, constant = _sorted(given)
    differentiated = Differentiated(
        worked,
        moved,
        constant,
        "d:",
        numbers.loss,
        exact,
        products,
        network,
        {role: role for role in given},
        network.names,
    )
    return Working(
        worked, shown, forward, backward, differentiated, lambda relation: numbers.reading(relation, worked.arrays)
    )


def _sorted(given: Arrays) -> tuple[list[str], list[str]]:
    """The roles that the loss is differentiated by, and the others."""
    constant = [role for role in given if role in CONSTANTS or role == "G"]
    return [role for role in given if role not in constant], constant


def _products(layer: Any) -> int:
    """About how many products the output of a layer takes."""
    counted: Callable[[], int] | None = getattr(layer, "term_count", None)
    sizes = [int(np.prod(array.shape, dtype=object)) for array in layer.arrays.values()]
    return counted() if counted is not None else 10 * max(sizes)


def _affordable(products: int) -> int:
    if products > MOST_PRODUCTS:
        raise LimitError(
            f"working this out in numbers takes {products:,} products, more than {MOST_PRODUCTS:,}: "
            "choose smaller sizes, or leave the values out"
        )
    return products
