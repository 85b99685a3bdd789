"""Right lines of plain texts, as their author writes: dL/dF11 = dO11*X11, ∂L/∂w₁ = δ₁x₁, y[0] = w[1]*x[0]."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from symconv.errors import InputError
from symconv.notation.letters import unicode_letter
from symconv.notation.reading import read, statements
from symconv.notation.reading.signs import LOWERED
from symconv.notation.text import TextPrinter
from symconv.notation.tree import Differential, Named, Negative, Node, Operation, Product, Style, Sum

_BELOW = {sign: lowered for lowered, sign in LOWERED.items()}
_IN_BRACKETS = re.compile(r"\w\[[^\]\n]*\]")
_BRACKETS_EACH = re.compile(r"\]\[")
_SPACED = re.compile(r"\[[^\]]*,\s")
_UNDERSCORED = re.compile(r"\w_\{?\w")
_TIGHT = re.compile(r"[^\s*]\*[^\s*]")
_PACKED = re.compile(r"[A-Za-z0-9]+")


@dataclass(frozen=True)
class PlainPrinter(TextPrinter):
    """Prints as a sample of plain text is written.

    >>> line = read(r"\\frac{dL}{dw_{2}} = g_{1} \\ast x_{2} + g_{2} \\ast x_{3}")
    >>> PlainPrinter(Style(), "dL/dw1 = g1*x1")(line), PlainPrinter(Style(), "w_1 * x_1")(line)
    ('dL/dw2 = g1*x2 + g2*x3', 'dL/dw_2 = g_1 * x_2 + g_2 * x_3')
    >>> PlainPrinter(Style(), "dw[0] = g[0] * x[0]")(line)
    'dL/dw[2] = g[1] * x[2] + g[2] * x[3]'
    """

    sample: str

    def __call__(self, node: Node) -> str:
        match node:
            case Named(lower=lower, upper=upper) if lower and not upper:
                return f"{TextPrinter.__call__(self, replace(node, lower=''))}{self._index(lower)}"
            case Differential("d", body, ""):
                return f"d{self(body)}"
            case Operation("*", left, right) if _TIGHT.search(self.sample):
                return f"{self._operand(left)}*{self._operand(right)}"
            case Operation(sign, left, right):
                return f"{self._operand(left)} {sign} {self._operand(right)}"
            case Product(factors):
                return self._between(factors).join(map(self._factor, factors))
        return TextPrinter.__call__(self, node)

    def _between(self, factors: tuple[Node, ...]) -> str:
        """What stands between factors: a dot, nothing between names, or a space."""
        if "·" in self.sample:
            return " · " if " · " in self.sample else "·"
        return "" if all(isinstance(each, Named) for each in factors) and "_" not in self.sample else " "

    def _operand(self, node: Node) -> str:
        return f"({self(node)})" if isinstance(node, Sum | Negative) else self(node)

    def _index(self, lower: str) -> str:
        """An index in brackets, as small signs, or behind the letter; behind _ where that is not clear."""
        text = unicode_letter(lower)
        if _IN_BRACKETS.search(self.sample):
            comma = "][" if _BRACKETS_EACH.search(self.sample) else ", " if _SPACED.search(self.sample) else ","
            return f"[{text.replace(',', comma)}]"
        if any(sign in self.sample for sign in LOWERED) and all(sign in _BELOW for sign in text):
            return "".join(_BELOW[sign] for sign in text)
        packed = _PACKED.fullmatch(text) and not _UNDERSCORED.search(self.sample)
        return text if packed else f"_{text}" if _PACKED.fullmatch(text) or "," in text else f"_({text})"


def in_plain_text(hint: str, sample: str) -> str:
    r"""A line of LaTeX as the author of a line of plain text would write it; LaTeX where it would be read otherwise.

    >>> in_plain_text(r"\frac{\partial L}{\partial w_{1}} = \delta_{1} x_{1}", "∂L/∂w₁ = δ₁x₂")
    '∂L/∂w₁ = δ₁x₁'
    """
    try:
        meant = read(hint)
        text = PlainPrinter(Style(), sample)(meant)
        found = [each.node for each in statements(text, plain=True)]
    except InputError:
        return hint
    return text if found == [meant] else hint


__all__ = ["PlainPrinter", "in_plain_text"]
