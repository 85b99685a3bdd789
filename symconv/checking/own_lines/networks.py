"""Lines about a network: each is about one of its layers, or about a gradient that is multiplied out through several.

A line in the letters of the network is put into those of a layer that has all of its arrays, and decided there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from symconv.checking.context import Context
from symconv.checking.judging import OTHERS, Judge, Step
from symconv.checking.numeric import GIVES, Known, is_numeric
from symconv.checking.own import own_context
from symconv.checking.own_lines import smooths
from symconv.checking.own_lines.chains import Chains
from symconv.checking.own_lines.lines import SIGNS, no_equation, pairs
from symconv.network.backward import Backward
from symconv.network.network import Network
from symconv.network.proofs import fused_roles
from symconv.notation.reading import resolved, resolver
from symconv.notation.tree import Infix, Named, Node, Partial, Relation, Style, Symbol, gradient_of, rebuilt, walk


def judge(node: Relation, context: Context, prose: str) -> list[Step]:
    """Each two neighbouring sides of a line of a network's document."""
    style = context.style
    meaning = _meaning(context.layer, style.index_base, tuple(style.given.items()))
    first = node.sides[0]
    given = context.given
    if given is not None and any(is_numeric(resolved(side, style, {})) for side in node.sides):
        if given.gives(node, context):
            return [Step("not-a-claim", GIVES)]
        return meaning.in_numbers(node, given.worked(context), prose)
    return [meaning.judged(Relation((left, right), signs=(sign,)), first, prose) for left, right, sign in pairs(node)]


def _rank(step: Step) -> int:
    """The place of what a layer knows: what says nothing of it comes last."""
    order = ("proved", "not-a-claim", "refuted", "unread")
    return len(order) if step.reason == OTHERS else order.index(step.verdict)


@lru_cache(maxsize=4)
def _meaning(network: Network, index_base: int, names: tuple[tuple[str, str], ...]) -> NetworkMeaning:
    return NetworkMeaning(network, Style(dict(names), index_base, symbols=network.symbols))


@dataclass(frozen=True)
class Own:
    """A layer by itself: from the roles of the network to its own."""

    layer: Any
    roles: Mapping[str, str]

    def has(self, roles: set[str]) -> bool:
        return roles <= {*self.roles, "L", "l"}


@dataclass(frozen=True)
class NetworkMeaning:
    """Decides lines about one network."""

    network: Network
    style: Style

    @cached_property
    def layers(self) -> list[Own]:
        """The layers, and the loss taken together with the function before it."""
        found = [
            Own(layer, _inverse(layer, self.network.roles_of(number)))
            for number, layer in enumerate(self.network.layers)
        ]
        fused = self.network.fused
        if fused is not None:
            found.append(Own(fused, _inverse(fused, fused_roles(self.network))))
        return found

    @cached_property
    def chains(self) -> Chains:
        return Chains(Backward(self.network))

    def judged(self, relation: Relation, first: Node, prose: str) -> Step:
        """What is known of two raw sides; `first` is the first side of their line."""
        left, right = relation.sides
        if relation.sign not in SIGNS:
            return no_equation(relation.sign)
        found = self._in_its_layer(relation, prose)
        if found is None or found.verdict in ("unread", "refuted"):
            through = self._through_layers(relation, first, prose)
            found = through if through and (through.verdict == "proved" or not found) else found
        return replace(found or Step("unread", "no layer of the network has all of these"), written=(left, right))

    def _in_its_layer(self, relation: Relation, prose: str) -> Step | None:
        plain = resolved(relation, self.style, {})
        roles = {part.role for part in walk(plain) if isinstance(part, Symbol)}
        steps = [self._of_layer(relation, own, prose) for own in self.layers if own.has(roles)]
        return min(steps, key=_rank, default=None)

    def _of_layer(self, relation: Relation, own: Own, prose: str) -> Step:
        if hasattr(own.layer, "definition"):
            context = own_context(own.layer, None, self.style.index_base, batch_mean=False)
            return Judge(context)(self._translated(relation, own))[0]
        return self._of_smooth_layer(relation, own, prose)

    def _translated(self, relation: Relation, own: Own) -> Relation:
        """A raw line in the letters of a layer, error signals as the derivatives of the loss that they are."""
        letters, names = own.layer.symbols, resolver(self.style, {})

        def change(part: Node) -> Node | None:
            found = names.role(part) if isinstance(part, Named) and not part.primes else None
            if found is None or found[0] not in own.roles:
                return None
            role, lower, upper = own.roles[found[0]], *found[1:]
            array = gradient_of(role)
            named = Named(letters[array], lower, upper)
            return named if array == role else Partial(Named(letters["L"]), named)

        found = rebuilt(relation, change)
        assert isinstance(found, Relation)
        return found

    def _of_smooth_layer(self, relation: Relation, own: Own, prose: str) -> Step:
        return smooths.judged(own.layer, self._renamed(relation, own), self.style, prose)[0]

    def _renamed(self, relation: Relation, own: Own) -> Node:
        """A raw line as the tree that was printed, in the roles of a smooth layer."""
        ranks = {role: smooths.ranks(own.layer).get(gradient_of(known)) for role, known in own.roles.items()}
        known = {gradient_of(role): rank for role, rank in ranks.items() if rank is not None}
        line = resolved(relation, self.style, known)
        return rebuilt(line, lambda part: _renamed(part, own.roles) if isinstance(part, Symbol) else None)

    # In numbers

    def in_numbers(self, line: Relation, arrays: Mapping[str, Any], prose: str) -> list[Step]:
        """What is known of a line some of whose sides are numbers: by the layer that proves the most of it."""
        plain = resolved(line, self.style, {})
        roles = {part.role for part in walk(plain) if isinstance(part, Symbol)}
        found = [self._in_numbers_of_layer(line, own, arrays, prose) for own in self.layers if own.has(roles)]
        if not found:
            return [Step("unread", "no layer of the network has all of these") for _ in line.sides[1:]]
        return max(found, key=lambda steps: sum(step.verdict == "proved" for step in steps))

    def _in_numbers_of_layer(self, line: Relation, own: Own, arrays: Mapping[str, Any], prose: str) -> list[Step]:
        numbers = {
            role: self._in_its_shape(own.layer, role, arrays[name])
            for name, role in own.roles.items()
            if name in arrays
        }
        numbers |= {role: arrays[role] for role in ("L", "l") if role in arrays}
        if not hasattr(own.layer, "definition"):
            relation = self._renamed(line, own)
            spoken = smooths.as_formulas_speak(own.layer, numbers)
            return smooths.judged(own.layer, relation, self.style, prose, spoken)
        context = own_context(own.layer, None, self.style.index_base, batch_mean=False)
        return Judge(replace(context, given=Known(numbers)))(self._translated(line, own))

    def _in_its_shape(self, layer: Any, role: str, array: Any) -> Any:
        known = layer.arrays.get(gradient_of(role))
        return array if known is None else np.asarray(array, dtype=object).reshape(known.shape)

    # Through several layers

    def _through_layers(self, relation: Relation, first: Node, prose: str) -> Step | None:
        ranks = {role: len(array.shape) for role, array in self.network.arrays.items()}
        left, right, anchor = (resolved(side, self.style, ranks) for side in (*relation.sides, first))
        if isinstance(left, Infix) and isinstance(right, Infix) and _same_behind(left, right):
            raw = Relation(tuple(side.left for side in relation.sides))  # type: ignore[attr-defined]
            return self._in_its_layer(raw, prose)
        return self.chains.judged(anchor, left, right)


def _same_behind(left: Infix, right: Infix) -> bool:
    """Whether two sides are the same up to the first factor."""
    return left.operator == right.operator == "hadamard" and left.right == right.right


def _inverse(layer: Any, roles: Mapping[str, str]) -> dict[str, str]:
    """From the roles of the network to those that the layer has."""
    found: dict[str, str] = {}
    for own, role in roles.items():
        if own != "Y" or "Y" in layer.arrays:
            found.setdefault(role, own)
    return found


def _renamed(symbol: Symbol, roles: Mapping[str, str]) -> Symbol:
    return replace(symbol, role=roles.get(symbol.role, symbol.role))
