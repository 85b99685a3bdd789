"""Names resolved by a style: the roles of letters, positions, functions and array operations."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from symconv.errors import UnreadError
from symconv.notation.latex import FUNCTIONS, LatexPrinter
from symconv.notation.letters import unicode_letter
from symconv.notation.reading.canonical import gradient
from symconv.notation.reading.indices import positions
from symconv.notation.reading.signs import CALLS, FUNCTION_LETTERS
from symconv.notation.tree import (
    Applied,
    Branch,
    Call,
    Cases,
    Delta,
    Function,
    Index,
    Indexed,
    Infix,
    Letter,
    Named,
    Node,
    Operation,
    Partial,
    Power,
    Product,
    Slice,
    Style,
    Symbol,
    Transpose,
    gradient_of,
    mapped,
)

INFIXES = {"⊗": "correlate", "*": "convolve", "⊙": "hadamard", "⊘": "divide"}
WRITTEN = {sign.removeprefix("\\").removeprefix("mathrm{").removesuffix("}"): name for name, sign in FUNCTIONS.items()}
"""Functions by the words that stand for them."""
_LETTER = re.compile(r"(?P<base>.*?)(?P<mark>[_^])(?:\{(?P<braced>[^{}]*)\}|(?P<single>.))")
_PARAMETER = re.compile(r"(-?[0-9]+)(?::(-?[0-9]+))?")

MAX_SCRIPTS = 4
Exponent = Callable[[str], Node]


class Resolver:
    """Resolves names by the letters of a style; `ranks` says how many indices an array has, by role."""

    def __init__(self, style: Style, ranks: Mapping[str, int], exponent: Exponent, *, plain: bool) -> None:
        self.style, self.ranks, self.exponent, self.plain = style, ranks, exponent, plain
        self.scripts = 0
        self.roles = {self._key(letter): role for role, letter in style.names.items()}

    def _key(self, letter: str) -> tuple[str, str, str]:
        """A letter as it is read: its base, what stands below and above."""
        found = _LETTER.fullmatch(letter)
        base, lower, upper = letter, "", ""
        if found:
            own = found["braced"] or found["single"]
            base, lower, upper = found["base"], own if found["mark"] == "_" else "", own if found["mark"] == "^" else ""
        return self._plain(base), lower, upper

    def _plain(self, letter: str) -> str:
        """A letter without what plain text cannot show; a word is its letters."""
        if self.plain and not letter.startswith((r"\hat", r"\tilde", r"\bar")):
            return unicode_letter(letter)
        word = re.fullmatch(r"\\math(?:it|rm)\{([A-Za-z0-9]{2,})\}", letter)
        return word[1] if word else letter

    def __call__(self, node: Node) -> Node:
        if isinstance(node, Index):
            return node
        if type(node) in RULES:
            return RULES[type(node)](self, node)
        return mapped(node, self)

    # Names

    def role(self, named: Named) -> tuple[str, str, str] | None:
        """The role of a name, and what is left of its scripts: an index below, an exponent above."""
        base, lower, upper = self._plain(named.letter), named.lower, named.upper
        for own in (lower, lower.partition(",")[0]) if lower else ():
            if (base, own, "") in self.roles:
                return self.roles[base, own, ""], lower[len(own) + 1 :], upper
        if upper and (base, "", upper) in self.roles:
            return self.roles[base, "", upper], lower, ""
        if (base, "", "") in self.roles:
            return self.roles[base, "", ""], lower, upper
        return None

    def _named(self, named: Named) -> Node:
        found = None if named.primes else self.role(named)
        if found is None:
            return self._unknown(named)
        role, lower, upper = found
        rank = self.ranks.get(gradient_of(role))
        index = positions(lower, self.style.index_base, rank)
        if index is None:
            return named
        sliced = 0 < len(index) < rank if rank is not None else "," in lower and self._is_packable(lower)
        symbol = Symbol(role, index, sliced)
        return Power(symbol, self._exponent(upper)) if upper else symbol

    def _is_packable(self, lower: str) -> bool:
        parts = lower.split(",")
        return len(parts) <= 2 and all(len(part) == 1 for part in parts)

    def _unknown(self, named: Named) -> Node:
        """A letter that is no array: Kronecker's delta, the number e, or itself."""
        if named.primes:
            return named
        if named.letter == "e" and named.upper and not named.lower:
            return Function("exp", (self._exponent(named.upper),))
        plain = self._delta(named) or self._letter(named)
        return Power(plain, self._exponent(named.upper)) if named.upper else plain

    def _exponent(self, text: str) -> Node:
        """The tree of what stands above a name."""
        if self.scripts >= MAX_SCRIPTS:
            raise UnreadError(0, f"{MAX_SCRIPTS + 1} exponents on top of each other", f"at most {MAX_SCRIPTS}")
        self.scripts += 1
        node = self(self.exponent(text))
        self.scripts -= 1
        return node

    def _delta(self, named: Named) -> Delta | None:
        index = positions(named.lower, self.style.index_base) if named.letter == r"\delta" else None
        return Delta(*index) if index is not None and len(index) == 2 else None

    def _letter(self, named: Named) -> Letter:
        long = len(named.letter) > 1 and not named.letter.startswith("\\")
        letter = rf"\mathit{{{named.letter}}}" if long else named.letter
        return Letter(f"{letter}_{{{named.lower}}}" if named.lower else letter)

    def _applied(self, node: Applied) -> Node:
        head = node.head
        arguments = tuple(self(argument) for argument in node.arguments)
        long = len(head.letter) > 1 and not head.letter.startswith("\\")
        if long and not head.upper:
            return self._called(head, arguments)
        if head.upper and not head.primes:
            return Product((self._named(head), *arguments))
        found = None if head.primes else self.role(head)
        if found is not None and len(arguments) == 1:
            return _times(self._named(head), arguments[0])
        if found is not None:
            index = tuple(_place(argument, self.style.index_base) for argument in arguments)
            if not head.has_scripts and None not in index:
                return Symbol(found[0], tuple(part for part in index if part is not None))
        if head.primes or head.letter in FUNCTION_LETTERS or len(arguments) > 1:
            return Function(head.letter, arguments, head.primes)
        return _times(self._named(head), arguments[0])

    def _called(self, head: Named, arguments: tuple[Node, ...]) -> Node:
        word = head.letter
        parameters = _parameters(head.lower)
        if word in CALLS and parameters is not None:
            return Call(word, arguments, parameters)
        if word in ("exp", "sqrt", "abs"):
            return Function(word, arguments, head.primes)
        if word in WRITTEN:
            return Function(WRITTEN[word], arguments, head.primes)
        return Function(rf"\mathrm{{{word}}}", arguments, head.primes)

    # Signs

    def _operation(self, node: Operation) -> Node:
        left, right = self(node.left), self(node.right)
        stride = _parameters(node.lower)
        if node.sign in INFIXES and stride is not None:
            return Infix(INFIXES[node.sign], left, right, stride)  # type: ignore[arg-type]
        return Operation(node.sign, left, right, node.lower)

    def _partial(self, node: Partial) -> Node:
        inner = mapped(node, self)
        assert isinstance(inner, Partial)
        return gradient(inner, self.style) or inner

    def _indexed(self, node: Indexed) -> Node:
        body = self(node.body)
        if node.lower.isdigit():
            return Slice(body, int(node.lower) - self.style.index_base)
        return Indexed(body, node.lower)

    def _product(self, node: Product) -> Node:
        parts = [self(factor) for factor in node.factors]
        return Product(tuple(part for one in parts for part in (one.factors if isinstance(one, Product) else (one,))))

    def _power(self, node: Power) -> Node:
        exponent = self(node.exponent)
        return on_bracket(node.base, self(node.base), lambda base: Power(base, exponent))

    def _transpose(self, node: Transpose) -> Node:
        return on_bracket(node.body, self(node.body), Transpose)

    def _cases(self, node: Cases) -> Node:
        return Cases(tuple(Branch(self(branch.value), self(branch.condition)) for branch in node.branches))


def on_bracket(written: Node, resolved: Node, change: Callable[[Node], Node]) -> Node:
    """What is raised or transposed behind a bracket that a letter multiplies is the bracket alone."""
    if isinstance(written, Applied) and isinstance(resolved, Product):
        return Product((*resolved.factors[:-1], change(resolved.factors[-1])))
    return change(resolved)


RULES: dict[type[Node], Callable[[Resolver, Any], Node]] = {
    Named: Resolver._named, Applied: Resolver._applied, Operation: Resolver._operation, Partial: Resolver._partial,
    Indexed: Resolver._indexed, Product: Resolver._product, Power: Resolver._power, Transpose: Resolver._transpose,
    Cases: Resolver._cases,
}  # fmt: skip


def _times(left: Node, right: Node) -> Node:
    parts = (part for one in (left, right) for part in (one.factors if isinstance(one, Product) else (one,)))
    return Product(tuple(parts))


def _place(node: Node, base: int) -> int | Index | None:
    """An index that stands in a bracket of its own."""
    found = positions(LatexPrinter(Style())(node).replace(" ", ""), base, 1)
    return found[0] if found and len(found) == 1 else None


def _parameters(text: str) -> tuple[int | tuple[int, int], ...] | None:
    r"""The parameters of an operation: a number, or before:after, for all axes or one each; None for other scripts.

    >>> _parameters(r"1:0\times2"), _parameters("3"), _parameters("k")
    (((1, 0), 2), (3,), None)
    """
    if not text:
        return ()
    found = [_PARAMETER.fullmatch(part.strip()) for part in re.split(r"\\times ?|×|,", text)]
    if any(match is None for match in found):
        return None
    return tuple(
        int(match[1]) if match[2] is None else (int(match[1]), int(match[2])) for match in found if match is not None
    )
