"""The arrays in a formula as it was read: which names they are, and what stands below and above these."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from symconv.checking.usual import LOSSES
from symconv.errors import InputError, UnreadError
from symconv.notation.reading import read, read_list, split_index
from symconv.notation.tree import (
    GRADIENT_OF,
    GRADIENTS,
    Applied,
    Big,
    Bounded,
    Differential,
    Iverson,
    Named,
    Node,
    Number,
    Product,
    Sum,
    parts_of,
)

INDEXED_AS: Mapping[str, str] = {**GRADIENT_OF, "D": "X", "Z": "X"}
"""The array whose index another has: D = σ'(Z) and Z stand where X = σ(Z) stands."""
AXES = frozenset("hwHW")
"""What stands below the letter of a size to say which axis it is about."""
_LAYER = re.compile(r"[(\[]?(?:[lL]|\\ell)(?P<shift>[+-][0-9])?[)\]]?")
"""What stands above a letter to say which layer it belongs to."""
_BRACKETS = "()[]"


@dataclass(frozen=True)
class Found:
    """A name that is an array: its role, what stands below and above, in the bracket behind it, and its layer."""

    role: str
    lower: str = ""
    upper: str = ""
    arguments: tuple[Node, ...] = ()
    layer: str = ""

    @property
    def array(self) -> str:
        """The array whose index this has."""
        return INDEXED_AS.get(self.role, self.role)

    @property
    def above(self) -> tuple[Node, ...]:
        """The indices above it."""
        return _listed(self.upper.strip(_BRACKETS))

    def below(self, count: int | None) -> tuple[Node, ...] | None:
        """The indices below it, so many of them; None where there are others. Without a number, as they are written."""
        if self.arguments or not self.lower:
            found: tuple[Node, ...] = self.arguments
        elif count is not None and count > 1 and "," not in self.lower:
            found = _packed(self.lower, count)
        else:
            found = _listed(self.lower)
        return found if count is None or len(found) == count else None

    @property
    def counts(self) -> list[int]:
        """How many indices may stand below it."""
        given = len(self.below(None) or ())
        if self.arguments or given != 1:
            return [given]
        packed = [count for count in (4, 3, 2) if len(_packed(self.lower, count)) == count]
        return [*packed, 1]


@lru_cache(maxsize=1024)
def _listed(text: str) -> tuple[Node, ...]:
    """Things with commas between them. Raises `InputError`."""
    return read_list(text) if text else ()


@lru_cache(maxsize=1024)
def _packed(text: str, count: int) -> tuple[Node, ...]:
    """Indices side by side: ij, or (i+a)(j+b)."""
    parts = split_index(text, count)
    if len(parts) == count and all(parts):
        try:
            return tuple(_listed(part)[0] for part in parts)
        except InputError:
            return ()
    (whole,) = _listed(text) or (Number(0),)
    if isinstance(whole, Product) and len(whole.factors) == count and all(isinstance(f, Sum) for f in whole.factors):
        return whole.factors
    return ()


@dataclass(frozen=True)
class Names:
    """The spellings of arrays.

    >>> names = Names({"X": ["x"], "O": ["z"], "L": ["L"]})
    >>> names.found(read("x_{i+1}"))
    Found(role='X', lower='i+1', upper='', arguments=(), layer='')

    Where the letter of ∂L/∂O stands for two neighbouring layers, that of the `earlier` one is for ∂L/∂Z, where X is an
    activation function's value at Z.
    """

    spelled: Mapping[str, Sequence[str]]
    earlier: str = ""

    @cached_property
    def _exact(self) -> list[tuple[Named | Differential, str]]:
        """Every spelling and its role, those with scripts first."""
        found = [(node, role) for role, texts in self.spelled.items() for node in map(_name, texts) if node is not None]
        return sorted(found, key=lambda pair: -len(_plain(pair[0]).lower + _plain(pair[0]).upper))

    @cached_property
    def _known(self) -> dict[Node, Found | None]:
        return {}

    def found(self, node: Node) -> Found | None:
        """The array that a name, a call or a differential is."""
        if not isinstance(node, Named | Applied | Differential):
            return None
        if node not in self._known:
            self._known[node] = self._found(node)
        return self._known[node]

    def _found(self, node: Named | Applied | Differential) -> Found | None:
        if isinstance(node, Applied) and node.head.primes and len(node.arguments) == 1:
            return self._activation(node.arguments[0])
        if isinstance(node, Applied):
            head = self.found(node.head)
            value = self.found(node.arguments[0]) if head is None and len(node.arguments) == 1 else None
            if value is not None and value.role == "Z":
                return replace(value, role="X")
            indexed = head is not None and not head.lower and head.role != "L"
            return replace(head, arguments=node.arguments) if indexed and head is not None else None
        if isinstance(node, Differential):
            return self._matching(node) or self._gradient(node)
        return None if node.primes else self._matching(node)

    def _matching(self, node: Named | Differential) -> Found | None:
        own = _plain(node)
        for spelled, role in self._exact:
            plain = _plain(spelled)
            if (type(spelled), plain.letter) != (type(node), own.letter) or _sign(spelled) != _sign(node):
                continue
            if plain.upper in ("", own.upper) or _is_layer(plain.upper):
                lower = _without(plain.lower, own.lower)
                if lower is not None:
                    upper = "" if own.upper == plain.upper or _is_layer(own.upper) else own.upper
                    return self._of_layer(Found(role, lower, upper, layer=layer_of(own.upper)))
        return self._other_case(node) if isinstance(node, Named) else None

    def _of_layer(self, found: Found) -> Found:
        before = {"G": "dX", "O": "Z"}.get(found.role)
        return replace(found, role=before) if before and self.earlier and found.layer == self.earlier else found

    def _activation(self, argument: Node) -> Found | None:
        """What stands in the bracket of σ', as the derivative of the function whose value X is."""
        if not isinstance(argument, Named) or argument.primes:
            return None
        found = self._matching(argument)
        if found is None:
            return Found("D", argument.lower, "" if _is_layer(argument.upper) else argument.upper, layer=self.earlier)
        plain = found.role == "Z" or (found.role == "O" and not found.layer)
        return replace(found, role="D", layer=self.earlier) if plain else None

    def _other_case(self, node: Named) -> Found | None:
        """X for x where X is nothing else; sizes have no index, so a letter needs one."""
        swapped = node.letter.swapcase()
        if (
            len(node.letter) != 1
            or node.lower in ("", *AXES, "in", "out")
            or any(_plain(each).letter == node.letter for each, _ in self._exact)
        ):
            return None
        roles = {role for each, role in self._exact if each == Named(swapped)} - {"L"}
        if len(roles) != 1 or any(role == "b" for role in roles):
            return None
        return Found(roles.pop(), node.lower, "" if _is_layer(node.upper) else node.upper)

    def _gradient(self, node: Differential) -> Found | None:
        """dX_{11} or ∂Z by itself: the gradient by the array."""
        inner = self.found(node.body)
        if inner is None or inner.role not in GRADIENTS or node.lower:
            return None
        return replace(inner, role=GRADIENTS[inner.role])

    def is_loss(self, node: Node) -> bool:
        if not isinstance(node, Named):
            return False
        found = self._matching(node)
        return found.role == "L" if found else node.letter in (*LOSSES, "c")

    def occurrences(self, node: Node) -> Iterator[Found]:
        """Every array in a tree, from left to right; what stands at the sign of a sum left out."""
        found = self.found(node)
        if found is not None:
            yield found
        elif isinstance(node, Big | Bounded):
            yield from self.occurrences(node.body)
        elif not isinstance(node, Iverson):
            # In the conditions of a bracket stand positions and sizes.
            for part in parts_of(node):
                yield from self.occurrences(part)


def text_of(name: Named) -> str:
    r"""A letter with what stands below it and its primes.

    >>> text_of(Named("k", "in")), text_of(Named("i", primes=1))
    ('k_{in}', "i'")
    """
    lower = f"_{{{name.lower}}}" if len(name.lower) > 1 else f"_{name.lower}" if name.lower else ""
    upper = f"^{{{name.upper}}}" if name.upper else ""
    return name.letter + lower + upper + "'" * name.primes


@lru_cache(maxsize=1_000)
def _name(text: str) -> Named | Differential | None:
    try:
        node = read(text)
    except (InputError, UnreadError):
        return None
    plain = isinstance(node, Named) or (isinstance(node, Differential) and isinstance(node.body, Named))
    return node if plain else None  # type: ignore[return-value]


def _plain(node: Named | Differential) -> Named:
    inner = node.body if isinstance(node, Differential) else node
    return inner if isinstance(inner, Named) else Named("")


def _sign(node: Node) -> str:
    return node.sign if isinstance(node, Differential) else ""


def _is_layer(upper: str) -> bool:
    return not upper or _LAYER.fullmatch(upper.replace(" ", "")) is not None


def layer_of(upper: str) -> str:
    """How far a layer is behind l, such as "+1"; empty where nothing stands above, "0" for l itself."""
    found = _LAYER.fullmatch(upper.replace(" ", "")) if upper else None
    return (found["shift"] or "0") if found else ""


def earlier_layer(names: Names, tree: Node) -> str:
    """The earlier of two neighbouring layers that the letter of ∂L/∂O stands for; empty where there is one alone."""
    layers = {found.layer for found in names.occurrences(tree) if found.role in ("G", "O") and found.layer}
    first, *rest = sorted(layers, key=int) or [""]
    return first if len(rest) == 1 and int(rest[0]) == int(first) + 1 else ""


def _without(own: str, lower: str) -> str | None:
    """What is left of an index behind that of the name itself; None where it is another name."""
    if not own or lower == own:
        return lower if not own else ""
    return lower[len(own) + 1 :] if lower.startswith(own + ",") else None
