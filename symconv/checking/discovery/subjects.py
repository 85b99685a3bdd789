"""A subject: one layer that a document speaks of, as far as its equations tell."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from symconv.checking.discovery.taps import Fit

if TYPE_CHECKING:
    from symconv.checking.discovery.declared import Declared

SYMBOLS = frozenset(
    {r"\delta", r"\Delta", r"\epsilon", r"\varepsilon", r"\gamma", r"\eta", r"\xi", "d", "D", "g", "G", "e", "E",
     r"\mathbf{\delta}", r"\mathbf{g}", r"\hat{\delta}"}
)  # fmt: skip
"""Letters that a gradient of the loss often has."""
FILTERS = frozenset("WwKkFfVvHhUuGg") | {r"\theta", r"\Theta", r"\omega", r"\Omega", r"\mathcal{K}"}
BIASES = frozenset({"b", "B", r"\beta", "c", "bias", r"\mathbf{b}"})


@lru_cache(maxsize=10_000)
def plain(letter: str) -> str:
    r"""A letter without its font, in lower case: what spellings of one array share.

    >>> plain(r"\mathbf{X}"), plain("x"), plain(r"\delta")
    ('x', 'x', '\\delta')
    """
    for font in ("mathbf", "mathcal", "mathrm", "mathit", "mathsf", "mathbb", "vec"):
        letter = letter.removeprefix(f"\\{font}{{").removesuffix("}") if letter.startswith(f"\\{font}{{") else letter
    return letter.lower() if len(letter) == 1 else letter


@dataclass
class Subject:
    """A layer that equations speak of.

    Args:
        kind: its kind in the catalogue.
        letters: the letters of its roles, as entries have them; a role may have several.
        symbols: letters that stand for gradients of the loss, by role G, dX, dF or db.
        fits: how indices meet, one for each axis, where it slides.
        axes: which indices of X, F and O are spatial, as a slice.
        agree, against: how many facts of which equation fit to it, and how many do not.
        known: what is known for certain in the words of the layer's class.
        shape: the shape of its input, where the same letters have several in the document.
        lettered: whether its indices are known with letters for strides or paddings alone.
        lender: a layer of another kind whose letters it has, where it has none of its own.
        declared: what the prose says of it.
    """

    kind: str
    letters: dict[str, list[str]]
    symbols: dict[str, list[str]] = field(default_factory=dict)
    fits: tuple[Fit, ...] = ()
    axes: slice = field(default_factory=lambda: slice(None))
    agree: Counter[int] = field(default_factory=Counter)
    against: Counter[int] = field(default_factory=Counter)
    known: dict[str, Any] = field(default_factory=dict)
    shape: tuple[int, ...] = ()
    lettered: bool = False
    lender: Subject | None = None
    declared: Declared | None = None

    @property
    def all_letters(self) -> set[str]:
        """Every letter that it knows, without fonts and case."""
        if self.lender is not None:
            return self.lender.all_letters
        lists = [*self.letters.values(), *self.symbols.values()]
        return {plain(letter.partition("_")[0]) for letters in lists for letter in letters}

    def role_of(self, letter: str) -> str | None:
        """The role of an entry's letter."""
        return next((role for role, letters in self.letters.items() if letter in letters), None)
