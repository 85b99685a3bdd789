"""Which array of a layer a letter is, and which words are functions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import TypeAlias

from symconv.checking.context import Context
from symconv.checking.layered.scripts import Label, Scripts, scripts
from symconv.checking.usual import LOSSES
from symconv.errors import UnreadError
from symconv.notation.reading import read
from symconv.notation.reading.signs import FUNCTION_LETTERS
from symconv.notation.tree import Applied, Differential, Named, Node

INPUT, OUTPUT, WEIGHT, BIAS, LOSS, TARGET = "a", "z", "F", "b", "L", "y"
"""a is what a layer passes on and what the next one takes; z is what stands before the activation function."""
OF_ROLE: Mapping[str, str] = {
    "X": INPUT, "O": OUTPUT, "F": WEIGHT, "b": BIAS, "L": LOSS, "Y": TARGET, "G": "d:z", "dX": "d:a", "dF": "d:F",
    "db": "d:b",
}  # fmt: skip
"""The arrays of a network that are the roles of one of its layers."""
USUAL: Mapping[str, str] = {
    **dict.fromkeys(("a", "A", "h", "H", "x", "X", r"\hat{y}", r"\hat{Y}"), INPUT),
    **dict.fromkeys(("z", "Z", "u", "s"), OUTPUT),
    **dict.fromkeys(("w", "W", "k", "K", r"\mathcal{K}", r"\theta", r"\Theta"), WEIGHT),
    **dict.fromkeys(("b", "B"), BIAS),
    **dict.fromkeys((r"\delta", r"\Delta"), "d:z"),
    **dict.fromkeys(LOSSES, LOSS),
    **dict.fromkeys(("y", "Y"), TARGET),
}
"""The letters of the field, for what a text does not say."""
PREDICTED = frozenset({r"\hat{y}", r"\hat{Y}"})
"""Letters of the last layer's output, which have no label."""
ACTIVATION_LETTERS = FUNCTION_LETTERS | {r"\Sigma"}
_FUNCTIONS = """
    relu lrelu leakyrelu sigmoid sigm tanh actfunc act activation activationfunction elu gelu silu swish
    softplus logistic
"""
ACTIVATION_WORDS = frozenset(_FUNCTIONS.split())
_FONT = re.compile(r"\\(?:mathbf|mathrm|mathit|mathsf|vec|underline|mathbb|boldsymbol|bm)\{(.+)\}")
_DOTTED = re.compile(r"\\dot\{(.+)\}")


def plain(letter: str) -> str:
    r"""A letter without the alphabet that it is set in.

    >>> plain(r"\mathbf{\delta}"), plain(r"\mathcal{L}")
    ('\\delta', '\\mathcal{L}')
    """
    found = _FONT.fullmatch(letter)
    return found[1] if found else letter


def word(letter: str) -> str:
    return re.sub(r"[^a-z0-9]", "", letter.lower())


Spellings: TypeAlias = tuple[tuple[str, tuple[str, ...]], ...]


class Text:
    """What a context says of a whole text, to be looked up: formulas are the same where they are the same object."""

    __slots__ = ("base", "names", "stated")

    def __init__(self, context: Context) -> None:
        self.stated = tuple(context.stated)
        self.names: Spellings = tuple((role, tuple(found)) for role, found in context.names.items())
        self.base = context.index_base

    def __hash__(self) -> int:
        return hash((id(self.stated), self.names, self.base))

    def __eq__(self, other: object) -> bool:
        same = isinstance(other, Text) and self.stated is other.stated
        return same and (self.names, self.base) == (other.names, other.base)  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Letters:
    """The arrays that letters stand for, those that a text names first.

    >>> letters = Letters({"X": ("h",), "O": ("a",), "G": (r"\\delta",)})
    >>> letters.array(Named("a")), letters.array(Named("W")), letters.array(Named("q"))
    ('z', 'F', None)

    Args:
        names: spellings by role.
        single: whether a text speaks of one layer, so that no name has a label.
    """

    names: Mapping[str, Sequence[str]]
    single: bool = False

    def scripts(self, node: Named) -> Scripts:
        """The scripts of a name; where there is one layer alone, its input has the label 0 and all else 1."""
        if not self.single:
            return scripts(node)
        array = self.array(node) or ""
        label = Label("", 0 if array.endswith(INPUT) else 1)
        return Scripts(label) if self.exact(node) else replace(scripts(node), label=label)

    @cached_property
    def _named(self) -> tuple[dict[str, str], dict[Named, str]]:
        letters: dict[str, str] = {}
        exact: dict[Named, str] = {}
        for role, spellings in self.names.items():
            for node in filter(None, map(_name, spellings)):
                array = OF_ROLE.get(role)
                if array is not None:
                    letters.setdefault(plain(node.letter), array)
                    exact.setdefault(node, array)
        return letters, exact

    @cached_property
    def _known(self) -> dict[str, str]:
        letters = self._named[0]
        other = {letter.swapcase(): array for letter, array in letters.items() if len(letter) == 1 and array != LOSS}
        return {**USUAL, **other, **letters}

    def array(self, node: Named) -> str | None:
        """The array that a letter stands for, whatever its scripts."""
        return self._known.get(plain(node.letter))

    def exact(self, node: Named) -> str | None:
        """The array that is spelled just so."""
        return self._named[1].get(node)

    def is_loss(self, node: Node) -> bool:
        """Whether a name is that of the loss, or the loss of something."""
        head = node.head if isinstance(node, Applied) else node
        return isinstance(head, Named) and self.array(head) == LOSS

    @property
    def activated(self) -> bool:
        """Whether what a layer passes on has another letter than what stands before the activation function."""
        found = {array: {letter.lower() for letter, own in self._named[0].items() if own == array} for array in "az"}
        return bool(found[INPUT] and found[OUTPUT] and not found[INPUT] & found[OUTPUT])

    def function(self, node: Named) -> int | None:
        """How often an activation function is differentiated; None for a name that is none."""
        dotted = _DOTTED.fullmatch(node.letter)
        letter = plain(dotted[1] if dotted else node.letter)
        primes = node.primes + bool(dotted) + _primes_above(node.upper)
        known = letter in ACTIVATION_LETTERS and letter not in self._named[0]
        return primes if known or word(letter) in ACTIVATION_WORDS else None


def _primes_above(upper: str) -> int:
    return upper.count("'") + upper.count(r"\prime")


@lru_cache(maxsize=1_000)
def _name(spelling: str) -> Named | None:
    try:
        node = read(spelling)
    except UnreadError:
        return None
    if isinstance(node, Differential) and isinstance(node.body, Named):
        return None
    return node if isinstance(node, Named) else None
