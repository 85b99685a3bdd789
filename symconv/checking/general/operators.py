"""Operator forms decided for all sizes: convolutions, correlations, padding and rotation of whole arrays.

A formula becomes a claim of `symconv.layers.stated`, which is proved or refuted as one that a user states.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from symconv.checking.context import Context
from symconv.checking.general.answer import TRUE_CONVOLUTION, General, Hints, UndecidedError
from symconv.checking.general.names import Names, earlier_layer
from symconv.errors import InputError, NotSupportedError
from symconv.notation.tree import (
    Applied,
    Listed,
    Named,
    Negative,
    Node,
    Number,
    Operation,
    Partial,
    Product,
    Relation,
    Sum,
    walk,
)

CONVOLVE, CORRELATE = "convolve", "correlate"
SIGNALS: Mapping[str, tuple[str, str]] = {"O": ("X", "F"), "dX": ("G", "F"), "dF": ("X", "G")}
"""What slides over what in each array: the first is the signal."""
LENGTHS: Mapping[str, str] = {"X": "n", "F": "k", "G": "o"}
SIZE_LETTERS: Mapping[str, str] = {"input": "n", "filter": "k", "output": "o", "stride": "s", "dilation": "d"}
USUAL: Mapping[str, str] = {"k": "k", "f": "k", "K": "k", "n": "n", "s": "s", "d": "d"}
"""What letters of sizes are in the language of claims, unless something says otherwise."""
SLIDING = frozenset({"*", "∗", "⊗", "⋆", "★", "⊛", "×", "conv", "corr", "xcorr", "convolve", "correlate", "star"})
NAMED: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), what)
    for pattern, what in (
        (r"rot|flip|rev", "rev"),
        (r"pad", "pad"),
        (r"spread|dilat|upsampl|insert|interleav", "spread"),
        (r"corr", CORRELATE),
        (r"conv", CONVOLVE),
    )
)
"""What named operations are, by a part of the name."""
MOST_CLAIMS = 12


@dataclass(frozen=True)
class Form:
    """An array in the language of claims, how long it is on an axis, and what was assumed."""

    text: str
    length: str
    arrays: frozenset[str]
    told: tuple[str, ...] = ()


def decide_operators(relation: Node, context: Context, hints: Hints | None = None) -> General:
    r"""Whether an equation between whole arrays, made with one convolution or correlation, holds for all sizes.

    Args:
        relation: an equation of two sides as it was read, with O or a gradient by X or F on one of them.
        context: names, layer (its stride, dilation, padding and convention count), and in `signs` what signs and names
            such as "*" or "conv" mean: "correlate" or "convolve", with "full " in front where that is known. A sign
            that is not there is tried as both, and the answer tells which.

    >>> from symconv.notation.reading import read
    >>> context = Context(names={"X": ["X"], "F": ["F"], "O": ["O"], "L": ["L"]}, signs={"*": "convolve"})
    >>> text = r"\frac{\partial L}{\partial X} = \frac{\partial L}{\partial O} * F"
    >>> decide_operators(read(text), context).verdict
    'proved'
    >>> text = r"\frac{\partial L}{\partial X} = \frac{\partial L}{\partial O} * \text{rot180}(F)"
    >>> decide_operators(read(text), context, Hints(convention="correlation")).verdict
    'refuted'
    """
    if not isinstance(relation, Relation) or len(relation.sides) != 2 or relation.signs or relation.sign != "=":
        return General("undecided", message="it is not an equation of two sides")
    try:
        return _Operators(context, hints or Hints(), relation).answer()
    except (UndecidedError, NotSupportedError, InputError) as error:
        return General("undecided", message=str(error))


class _Operators:
    """One equation between arrays."""

    def __init__(self, context: Context, hints: Hints, relation: Relation) -> None:
        self.context, self.hints = context, hints
        names = Names(context.names)
        self.names = replace(names, earlier=earlier_layer(names, relation))
        left, right = Maps(self.names, hints).without(relation).sides
        self.role, other = self._role(left), right
        if self.role is None:
            self.role, other = self._role(right), left
        if self.role is None:
            raise UndecidedError("no side is the output or a gradient by itself")
        self.body = self._without_activation(self._without_bias(other))

    def _role(self, node: Node) -> str | None:
        """The array that a side is: O, dX or dF."""
        role = self._array(node)
        return role if role in SIGNALS else None

    def _array(self, node: Node) -> str | None:
        """The role of a whole array."""
        if isinstance(node, Partial):
            if not self.names.is_loss(node.over):
                return None
            under = self.names.found(node.under)
            gradients = {"X": "dX", "Z": "dX", "F": "dF", "O": "G"}
            return gradients.get(under.role) if under and not (under.lower or under.arguments) else None
        found = self.names.found(node)
        return found.role if found and not (found.lower or found.arguments or found.upper) else None

    def _without_bias(self, node: Node) -> Node:
        if isinstance(node, Sum) and self.role == "O":
            terms = [term for term in node.terms if self._array(term) != "b"]
            return terms[0] if len(terms) == 1 else node
        return node

    def _without_activation(self, node: Node) -> Node:
        """The gradient at X where that at Z is the same times σ'(Z)."""
        factors = [node]
        if isinstance(node, Operation) and node.sign in "⊙∘":
            factors = [node.left, node.right]
        elif isinstance(node, Product):
            factors = list(node.factors)
        kept = [factor for factor in factors if self._array(factor) != "D"]
        if len(kept) == len(factors):
            return node
        if self.role != "dX" or len(kept) != 1 or len(factors) - len(kept) != 1:
            raise UndecidedError("the derivative of the activation function stands where it is not understood")
        return kept[0]

    # Claims

    def answer(self) -> General:
        wrong: General | None = None
        forms = list(islice(self._forms(self.body), MOST_CLAIMS))
        arrays = frozenset(SIGNALS[self.role or "O"])
        forms = [form for form in forms if form.arrays == arrays]
        if not forms:
            raise UndecidedError(f"it is not made of {' and '.join(sorted(arrays))}")
        for convention, said in self._conventions():
            for form in forms:
                found = self._decided(form, convention, (*said, *form.told))
                if found.verdict == "proved":
                    return found
                wrong = wrong or found
        assert wrong is not None
        return wrong

    def _conventions(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        if self.context.layer is not None:
            yield self.context.layer.convention, ()
            return
        known = self.hints.convention
        if known != "convolution":
            yield "correlation", ()
        if known != "correlation":
            yield "convolution", () if known else (f"{TRUE_CONVOLUTION}, with the filter reversed",)

    def _decided(self, form: Form, convention: str, told: tuple[str, ...]) -> General:
        from symconv.layers.conv import Conv
        from symconv.proof.sizes import prove_stated

        layer = self.context.layer or Conv(input=9, filter=2)
        if layer.kind != "conv":
            raise UndecidedError(
                f"operator forms with general sizes are decided for convolutions, not for {layer.kind}"
            )
        layer = replace(layer, convention=convention)
        axis = layer.axes[0]
        given = [f"a = {axis.before}", f"c = {axis.after}"]
        wrong = None
        for more in ([], ["r = 0"]) if max(each.stride for each in layer.axes) > 1 else ([],):
            claim = f"{self.role} = {form.text} where {', '.join([*given, *more])}"
            proofs = prove_stated(layer, claim)
            said = (*told, "the windows reach the end of the input") if more else told
            if all(proof.verdict == "proved" for proof in proofs):
                where = f"for all sizes at stride {axis.stride}"
                return General("proved", "sizes", f"{where}, if {'; '.join(said)}" if said else where, readings=said)
            wrong = wrong or next(proof for proof in proofs if proof.verdict != "proved")
        assert wrong is not None
        if wrong.verdict == "undecided":
            return General("undecided", message=wrong.undecided)
        return General(
            "refuted", "sizes", wrong.reason(), counterexample=dict(wrong.geometry or {}), readings=told,
        )  # fmt: skip

    # Arrays

    def _forms(self, node: Node) -> Iterator[Form]:
        """What an array may be."""
        role = self._array(node)
        if role in LENGTHS:
            yield Form(str(role), LENGTHS[str(role)], frozenset({str(role)}))
        elif isinstance(node, Operation) and node.sign in SLIDING:
            yield from self._sliding(node.sign, node.lower, (node.left, node.right))
        elif isinstance(node, Named) and node.upper and self._array(replace(node, upper="")):
            yield from self._marked(node)
        elif isinstance(node, Applied):
            yield from self._applied(node)
        else:
            raise UndecidedError(f"{type(node).__name__.lower()} is not read in operator forms with general sizes")

    def _marked(self, node: Named) -> Iterator[Form]:
        """An array with a word above it that says what is done to it: W^{rot180}."""
        if _meaning(node.upper) != "rev":
            raise UndecidedError(f"what {node.upper} above {node.letter} means is not known")
        for form in self._forms(replace(node, upper="")):
            yield replace(form, text=f"rev({form.text})")

    def _applied(self, node: Applied) -> Iterator[Form]:
        name = node.head.letter.strip("\\")
        meaning = _meaning(name)
        arguments = [part for each in node.arguments for part in (each.items if isinstance(each, Listed) else (each,))]
        if meaning in (CONVOLVE, CORRELATE) and len(arguments) == 2:
            yield from self._sliding(name, node.head.lower, tuple(arguments))
            return
        change = {"rev": self._reversed, "pad": self._padded, "spread": self._spread}.get(meaning)
        if change is None:
            raise UndecidedError(f"what {name} does is not known")
        for form in self._forms(arguments[0]):
            yield change(form, self._size(node, arguments[1:]))

    def _reversed(self, form: Form, size: str) -> Form:
        return replace(form, text=f"rev({form.text})")

    def _padded(self, form: Form, size: str) -> Form:
        amount = size or "k - 1"
        return replace(form, text=f"pad({form.text}, {amount})", length=f"{form.length} + 2*({amount})")

    def _spread(self, form: Form, size: str) -> Form:
        factor = size or ("d" if form.arrays == {"F"} else "s")
        return replace(form, text=f"spread({form.text}, {factor})", length=f"{factor}*({form.length} - 1) + 1")

    def _size(self, node: Applied, more: Sequence[Node]) -> str:
        """The number that an operation is given, in the language of claims; empty where there is none."""
        if more:
            return self._number(more[0])
        lower = node.head.lower
        return lower if lower.isdigit() and lower != "180" else ""

    def _number(self, node: Node) -> str:
        match node:
            case Number():
                return str(node.value)
            case Named(letter, lower):
                meaning = self.hints.sizes.get(f"{letter}_{lower}" if lower else letter)
                found = SIZE_LETTERS.get(meaning or "") or USUAL.get(letter)
                if found:
                    return found
            case Negative(term):
                return f"-({self._number(term)})"
            case Sum(terms):
                return " + ".join(f"({self._number(term)})" for term in terms)
        raise UndecidedError("the size that an operation is given is not understood")

    def _sliding(self, sign: str, lower: str, operands: tuple[Node, ...]) -> Iterator[Form]:
        """One array slides over another: correlation or convolution, inside or full."""
        families, ways = self._families(sign), self._ways(sign, lower)
        step = re.findall(r"[1-9][0-9]*", lower)
        for one in self._forms(operands[0]):
            for other in self._forms(operands[1]):
                signal, filter = self._ordered(one, other)
                for family in families:
                    for way in ways:
                        yield self._joined(sign, signal, filter, family, way, step[0] if step else "")

    def _ordered(self, one: Form, other: Form) -> tuple[Form, Form]:
        """The array that the other one slides over comes first."""
        first, _ = SIGNALS[self.role or "O"]
        return (other, one) if first in other.arrays else (one, other)

    def _joined(self, sign: str, signal: Form, filter: Form, family: str, way: str, step: str) -> Form:
        called = "conv" if family == CONVOLVE else "corr"
        inner = f"pad({signal.text}, {filter.length} - 1)" if way == "full" else signal.text
        told = []
        if sign not in self.context.signs and _meaning(sign) != family:
            told.append(f"{sign} is {'true convolution' if family == CONVOLVE else 'cross-correlation'}")
        return Form(
            f"{called}({inner}, {filter.text}{', ' + step if step else ''})", "1", signal.arrays | filter.arrays,
            (*signal.told, *filter.told, *told),
        )  # fmt: skip

    def _families(self, sign: str) -> list[str]:
        known = set(self.context.signs.get(sign, "").split()) & {CONVOLVE, CORRELATE}
        if known:
            return list(known)
        if _meaning(sign) == CORRELATE:
            return [CORRELATE]
        return [CORRELATE, CONVOLVE]

    def _ways(self, sign: str, lower: str) -> list[str]:
        text = f"{sign} {lower} {self.context.signs.get(sign, '')}".lower()
        if "full" in text:
            return ["full"]
        if "valid" in text:
            return ["inside"]
        return ["full", "inside"] if self.role == "dX" else ["inside"]


CHANNELS: Mapping[str, tuple[str, ...]] = {"X": ("in",), "F": ("out", "in"), "O": ("out",)}
"""The channel axes of each array."""


@dataclass(frozen=True)
class Maps:
    """Equations about one map of each array: ∂L/∂F(i, j, c, k) = X(c) ∗ ∂L/∂O(k)."""

    names: Names
    hints: Hints

    def without(self, relation: Relation) -> Relation:
        """The same between whole arrays, where X and O stand with the letter of a map and F with both of them.

        Raises `UndecidedError` where F has them in another order than elsewhere.
        """
        found = {each.array: each for each in self.names.occurrences(relation) if each.array in CHANNELS}
        maps = {role: found[role].below(1) for role in "XO" if role in found}
        if "F" not in found or len(maps) != 2 or not all(maps.values()):
            return relation
        ((into,), (out,)) = (maps[role] or () for role in "XO")
        index = found["F"].below(found["F"].counts[0]) or ()
        axes = ["in" if each == into else "out" if each == out else "" for each in index]
        letters = [each for each in index if isinstance(each, Named)]
        if into == out or sorted(filter(None, axes)) != ["in", "out"] or len(letters) != len(index):
            return relation
        if len(set(letters)) != len(index) or not self._has(tuple(axes)):
            raise UndecidedError("it is not clear which indices are positions and which are channels")
        return Relation(tuple(self._bare(side) for side in relation.sides))

    def _has(self, axes: Sequence[str]) -> bool:
        """Whether the channels of F stand where they stand elsewhere."""
        known = self.hints.layout.get("F")
        return known is None or [axis if axis in CHANNELS["F"] else "" for axis in known] == list(axes)

    def _bare(self, node: Node) -> Node:
        """Every array without its index."""
        found = self.names.found(node)
        if found is not None and found.array in CHANNELS:
            head = node.head if isinstance(node, Applied) else node
            return replace(head, lower="") if isinstance(head, Named) else node
        if isinstance(node, Partial):
            return replace(node, under=self._bare(node.under))
        if isinstance(node, Operation):
            return replace(node, left=self._bare(node.left), right=self._bare(node.right))
        if isinstance(node, Applied):
            return replace(node, arguments=tuple(self._bare(each) for each in node.arguments))
        return node


def _meaning(name: str) -> str:
    """What a named operation does; empty where the name says nothing."""
    return next((what for pattern, what in NAMED if pattern.search(name)), "")


def is_operator_form(relation: Node) -> bool:
    """Whether something slides over something in a formula."""
    return any(
        (isinstance(node, Operation) and node.sign in SLIDING)
        or (isinstance(node, Applied) and _meaning(node.head.letter) in (CONVOLVE, CORRELATE))
        for node in walk(relation)
    )


__all__ = ["decide_operators", "is_operator_form"]
