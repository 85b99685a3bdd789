"""One thing of a right line changed, in matrices, operators, layers and smooth functions: refuted where numbers differ.

Whether a changed line is another claim is decided by numbers: PyTorch computes the page's layers and their gradients,
and both sides are worked out at them by the few rules below, which know nothing of the project.
"""

from __future__ import annotations

import itertools
import random
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import pytest

from symconv.checking.diagnosis import Diagnosis
from symconv.checking.diagnosis.formula import latex
from symconv.compose.check import check
from symconv.errors import UnreadError
from symconv.notation.reading import read
from symconv.notation.tree import (
    Applied,
    Bounded,
    Differential,
    Named,
    Negative,
    Node,
    Number,
    Operation,
    Partial,
    Power,
    Product,
    Ratio,
    Relation,
    Sum,
    Transpose,
    walk,
)

torch = pytest.importorskip("torch")
MOST = 12
"""Changes to a line that are tried, drawn at random."""
Arrays = Mapping[str, Any]


class MeaninglessError(Exception):
    """A side that has no value: its shapes do not fit, or a name is none of the page."""


# Numbers


@dataclass(frozen=True)
class Numbers:
    """The values of the names of a page, gradients under "∂L/∂name", and what its functions and signs compute."""

    arrays: Arrays
    functions: Mapping[str, Callable[..., Any]]
    signs: Mapping[str, Callable[[Any, Any], Any]]

    def agree(self, line: Relation) -> bool:
        """Whether both sides are equal, at all positions of the index letters."""
        letters = sorted({each for node in walk(line) for each in _index_letters(node)} - set(_bound(line)))
        places = itertools.product(range(self.length), repeat=len(letters)) if letters else [()]
        return all(self._equal(line, dict(zip(letters, place, strict=True))) for place in places)

    def _equal(self, line: Relation, at: Mapping[str, int]) -> bool:
        try:
            one, other = (self(side, at) for side in line.sides)
        except MeaninglessError:
            return False
        return one.shape == other.shape and bool(torch.allclose(one, other, rtol=1e-7, atol=1e-9))

    def __call__(self, node: Node, at: Mapping[str, int]) -> Any:
        try:
            return self._value(node, at)
        except (RuntimeError, IndexError) as error:
            raise MeaninglessError from error

    def _value(self, node: Node, at: Mapping[str, int]) -> Any:
        match node:
            case Number(value):
                return torch.tensor(float(value), dtype=torch.float64)
            case Negative(term):
                return -self(term, at)
            case Sum(terms):
                return self._folded(terms, at, lambda one, other: _same(one, other, torch.add))
            case Product(factors):
                return self._folded(factors, at, _times)
            case Ratio(over, under):
                return _same(self(over, at), self(under, at), torch.div)
            case Power(base, exponent):
                return self(base, at) ** self(exponent, at)
            case Transpose(body):
                return self(body, at).T
            case Operation(sign, left, right):
                return self.signs[sign](self(left, at), self(right, at))
            case Applied(head, arguments):
                return self._called(head, arguments, at)
            case _:
                return self._named(node, at)

    @property
    def length(self) -> int:
        """How many positions an index letter has."""
        return len(next(iter(self.arrays.values())))

    def _called(self, head: Named, arguments: tuple[Node, ...], at: Mapping[str, int]) -> Any:
        """A function of the page, or else a product with a bracket."""
        values = [self(each, at) for each in arguments]
        if _function(head) in self.functions:
            return self.functions[_function(head)](*values)
        return _times(self(head, at), *values)

    def _folded(self, parts: tuple[Node, ...], at: Mapping[str, int], join: Callable[[Any, Any], Any]) -> Any:
        first, *rest = (self(part, at) for part in parts)
        for each in rest:
            first = join(first, each)
        return first

    def _named(self, node: Node, at: Mapping[str, int]) -> Any:
        if isinstance(node, Bounded):
            return sum(self(node.body, {**at, each: place}) for each in _bound(node) for place in range(self.length))
        name, index = _name(node)
        turned = name.endswith("T") and name.removesuffix("T") in self.arrays
        if name.removesuffix("T" if turned else "") not in self.arrays:
            raise MeaninglessError(name)
        value = self.arrays[name.removesuffix("T" if turned else "")]
        return (value.T if turned else value)[tuple(at[letter] for letter in index)]


def _name(node: Node) -> tuple[str, str]:
    """The key of a name or gradient, and the letters of its index."""
    match node:
        case Partial(over, under):
            (one, first), (other, second) = _name(over), _name(under)
            return f"∂{one}/∂{other}", first + second
        case Differential("d", body):
            name, index = _name(body)
            return f"∂L/∂{name}", index
        case Named(letter, lower, upper):
            own = "".join(_index_letters(node))
            return letter + ("" if own else lower) + upper, own
    raise MeaninglessError(node)


def _function(head: Named) -> str:
    return re.sub(r"\\mathrm\{(.*)\}|\\", r"\1", head.letter) + "'" * head.primes


def _index_letters(node: Node) -> list[str]:
    return list(node.lower) if isinstance(node, Named) and re.fullmatch("[ijk]+", node.lower) else []


def _bound(line: Node) -> list[str]:
    return [each.letter for node in walk(line) if isinstance(node, Bounded) for below in node.below
            for each in walk(below) if isinstance(each, Named)][:1]  # fmt: skip


def _same(one: Any, other: Any, join: Callable[[Any, Any], Any]) -> Any:
    if one.ndim and other.ndim and one.shape != other.shape:
        raise MeaninglessError
    return join(one, other)


def _times(one: Any, other: Any) -> Any:
    return one @ other if one.ndim and other.ndim else one * other


def _hadamard(one: Any, other: Any) -> Any:
    return _same(one, other, torch.mul)


def _slid(image: Any, taps: Any) -> Any:
    if image.ndim != 2 or taps.ndim != 2 or any(a < b for a, b in zip(image.shape, taps.shape, strict=True)):
        raise MeaninglessError
    return torch.nn.functional.conv2d(image[None, None], taps[None, None])[0, 0]


# Pages


@dataclass(frozen=True)
class Page:
    """A text, the numbers of its arrays, and right lines; `exchanged` are names that are put in for each other."""

    text: str
    numbers: Callable[[], Numbers]
    lines: tuple[str, ...]
    exchanged: tuple[str, ...] = ()
    transposes: bool = True
    """Whether transposes are put in: vectors of a network may stand as rows or columns, and numbers are their own."""


def _leaves(**shapes: tuple[int, ...]) -> dict[str, Any]:
    torch.manual_seed(3)
    return {name: torch.randn(shape, dtype=torch.float64).requires_grad_() for name, shape in shapes.items()}


def _with_gradients(loss: Any, arrays: Mapping[str, Any], functions: Any = None, signs: Any = None) -> Numbers:
    found = torch.autograd.grad(loss, list(arrays.values()), retain_graph=True, allow_unused=True)
    gradients = {f"∂L/∂{name}": each for name, each in zip(arrays, found, strict=True) if each is not None}
    return Numbers({**arrays, **gradients}, functions or {}, {"⊙": _hadamard, **(signs or {})})


def _dense() -> Numbers:
    x = _leaves(X=(4, 3), W=(3, 2), B=(4, 2))
    y = x["X"] @ x["W"] + x["B"]
    return _with_gradients((y * torch.randn(4, 2, dtype=torch.float64)).sum(), {**x, "Y": y})


def _tanh_slope(z: Any) -> Any:
    return 1 - torch.tanh(z) ** 2


def _deep() -> Numbers:
    arrays = _leaves(**{"a[l-1]": (3, 1), "W[l]": (4, 3), "b[l]": (4, 1), "W[l+1]": (5, 4), "b[l+1]": (5, 1)})
    for here, before in (("l", "l-1"), ("l+1", "l")):
        arrays[f"z[{here}]"] = arrays[f"W[{here}]"] @ arrays[f"a[{before}]"] + arrays[f"b[{here}]"]
        arrays[f"a[{here}]"] = torch.tanh(arrays[f"z[{here}]"])
    loss = (arrays["a[l+1]"] * torch.randn(5, 1, dtype=torch.float64)).sum()
    return _with_gradients(loss, arrays, {"g": torch.tanh, "g'": _tanh_slope})


def _sliding() -> Numbers:
    x = _leaves(X=(4, 4), K=(2, 2))
    y = _slid(x["X"], x["K"])
    functions = {
        "rot180": lambda a: torch.flip(a, (0, 1)),
        "pad": lambda a, by: torch.nn.functional.pad(a, [int(by)] * 4),
    }
    loss = (y * torch.randn(3, 3, dtype=torch.float64)).sum()
    return _with_gradients(loss, {**x, "Y": y}, functions, {"*": _slid, "⋆": _slid})


def _softmax() -> Numbers:
    z = torch.tensor([0.3, -0.7, 1.1], dtype=torch.float64).requires_grad_()
    p = torch.softmax(z, 0)
    y = torch.tensor([0.0, 1.0, 0.0], dtype=torch.float64)
    slopes = torch.stack([torch.autograd.grad(each, z, retain_graph=True)[0] for each in p])
    found = _with_gradients(-(y * torch.log(p)).sum(), {"z": z, "p": p})
    arrays = {**found.arrays, "y": y, "∂p/∂z": slopes, r"\delta": torch.eye(3, dtype=torch.float64)}
    return replace(found, arrays=arrays)


def _logistic() -> Numbers:
    arrays = _leaves(z=())
    arrays["a"] = torch.sigmoid(arrays["z"])
    y = torch.tensor(0.3, dtype=torch.float64)
    loss = -(y * torch.log(arrays["a"]) + (1 - y) * torch.log(1 - arrays["a"]))
    found = _with_gradients(loss, arrays)
    return replace(found, arrays={**found.arrays, "y": y})


def _activations() -> Numbers:
    def sigmoid_slope(z: Any) -> Any:
        return torch.sigmoid(z) * (1 - torch.sigmoid(z))

    functions = {"sigma": torch.sigmoid, "sigma'": sigmoid_slope, "tanh": torch.tanh, "tanh'": _tanh_slope}
    return Numbers({"x": torch.tensor(0.37, dtype=torch.float64)}, functions, {"⊙": _hadamard})


def by(name: str) -> str:
    return rf"\frac{{\partial L}}{{\partial {name}}}"


PAGES = {
    "matrices": Page(
        r"A dense layer for a batch in rows: $Y = XW + B$, where $X$ is $4\times 3$, $W$ is $3\times 2$.",
        _dense, (f"{by('W')} = X^T {by('Y')}", f"{by('X')} = {by('Y')} W^T"), ("X", "W"),
    ),
    "layers": Page(
        r"A network computes $z^{[l]} = W^{[l]} a^{[l-1]} + b^{[l]}$ and $a^{[l]} = g(z^{[l]})$.",
        _deep,
        (
            "dW^{[l]} = dz^{[l]} a^{[l-1]T}", "da^{[l-1]} = W^{[l]T} dz^{[l]}", r"dz^{[l]} = da^{[l]} \odot g'(z^{[l]})",
            "db^{[l]} = dz^{[l]}", r"dz^{[l]} = W^{[l+1]T} dz^{[l+1]} \odot g'(z^{[l]})",
        ),
        ("z^{[l]}", "a^{[l]}", "W^{[l]}"), transposes=False,
    ),
    "operators": Page(
        r"The $4\times4$ input $X$ and the $2\times2$ kernel $K$ give $Y = X * K$, a cross-correlation with stride 1.",
        _sliding,
        (
            f"{by('K')} = X * {by('Y')}",
            rf"{by('X')} = \mathrm{{pad}}({by('Y')}, 1) * \mathrm{{rot180}}(K)",
        ),
        ("X", "K", "Y"),
    ),
    "softmax": Page(
        r"The softmax $p_i = \frac{e^{z_i}}{\sum_k e^{z_k}}$ and the loss $L = -\sum_i y_i \log p_i$ with a one-hot $y$.",
        _softmax,
        (
            f"{by('z_i')} = p_i - y_i", r"\frac{\partial p_i}{\partial z_j} = p_i (\delta_{ij} - p_j)",
            rf"{by('p_i')} = -\frac{{y_i}}{{p_i}}",
        ),
        ("p_i", "y_i", "z_i"), transposes=False,
    ),
    "logistic": Page(
        r"With $a = \sigma(z)$, the sigmoid, the loss is $L = -(y \log a + (1 - y) \log(1 - a))$.",
        _logistic, (f"{by('z')} = a - y", rf"{by('a')} = -\frac{{y}}{{a}} + \frac{{1 - y}}{{1 - a}}"), ("a", "y"), transposes=False,
    ),
    "activations": Page(
        r"The sigmoid is $\sigma(x) = \frac{1}{1 + e^{-x}}$ and $\tanh$ the hyperbolic tangent.",
        _activations,
        (r"\sigma'(x) = \sigma(x) (1 - \sigma(x))", r"\tanh'(x) = 1 - \tanh(x)^2", r"\tanh(x) = 2 \sigma(2 x) - 1"),
        transposes=False,
    ),
}  # fmt: skip


# Changes

SLOPED = frozenset({"g", "sigma", "tanh"})
"""Functions that are differentiated."""


def changes(page: Page, side: Node) -> Iterator[Node]:
    """Every sign, number, name, transpose, order, product and function of a side changed, one at a time."""
    yield Negative(side)
    yield Product((Number(2), side))
    for part, put in places(side):
        yield from map(put, _others(part))
        if page.transposes and isinstance(part, Named | Partial | Differential | Applied):
            yield put(Transpose(part))
        for name in map(read, page.exchanged):
            yield from map(put, _renamed(part, name))


def _renamed(part: Node, name: Node) -> Iterator[Node]:
    match part:
        case Named():
            yield name
        case Partial():
            yield from (replace(part, under=name), part.under)
        case Differential():
            yield from (replace(part, body=name), part.body)


def _others(part: Node) -> Iterator[Node]:
    match part:
        case Number(value):
            yield Number(value + 1)
        case Negative(term):
            yield term
        case Ratio(over, under):
            yield Ratio(under, over)
        case Transpose(body):
            yield body
        case Sum() | Product() | Operation():
            yield from _joined_otherwise(part)
        case Named() | Applied():
            yield from _named_otherwise(part)


def _joined_otherwise(part: Node) -> Iterator[Node]:
    match part:
        case Sum(terms):
            for at, term in enumerate(terms):
                new = term.term if isinstance(term, Negative) else Negative(term)
                yield Sum((*terms[:at], new, *terms[at + 1 :]))
                yield terms[1 - at] if len(terms) == 2 else Sum((*terms[:at], *terms[at + 1 :]))
        case Product(factors):
            yield Product(factors[::-1])
            yield from [Operation("⊙", *factors)] if len(factors) == 2 else []
            yield from factors
        case Operation(sign, left, right):
            yield Operation(sign, right, left)
            yield from [Product((left, right))] if sign == "⊙" else []
            yield from (left, right)


def _named_otherwise(part: Node) -> Iterator[Node]:
    match part:
        case Named(upper=upper) if upper.endswith("T"):
            yield replace(part, upper=upper.removesuffix("T"))
        case Named(lower=lower) if _index_letters(part):
            yield replace(part, lower={"i": "j", "j": "i"}.get(lower, lower[::-1]))
        case Applied(head, (argument, *_)):
            yield argument
            if _function(head).rstrip("'") in SLOPED:
                yield replace(part, head=replace(head, primes=1 - head.primes))


def places(node: Node) -> Iterator[tuple[Node, Callable[[Node], Node]]]:
    """Every part of a side, and the side with another one in its place."""
    yield node, lambda other: other
    if isinstance(node, Partial | Differential):
        return
    for name in (each.name for each in fields(node) if each.name not in ("head", "below", "above")):  # type: ignore[arg-type]
        value = getattr(node, name)
        for at, item in enumerate(value if isinstance(value, tuple) else (value,)):
            for part, put in places(item) if isinstance(item, Node) else ():
                yield part, _within(node, name, at if isinstance(value, tuple) else None, put)


def _within(node: Node, name: str, at: int | None, put: Callable[[Node], Node]) -> Callable[[Node], Node]:
    def whole(other: Node) -> Node:
        value = getattr(node, name)
        new = put(other) if at is None else (*value[:at], put(other), *value[at + 1 :])
        return replace(node, **{name: new})  # type: ignore[type-var]

    return whole


LINES = [(name, line) for name, page in PAGES.items() for line in page.lines]
UNREAD = re.compile("numbers or matrices is not said|at which numbers it is meant|^a definition$|^which function g is$")
"""What is said of changed lines that may be meant otherwise: letters without sizes, constants, definitions, and formulas
about nothing but a function that has no name of its own."""
CONVENTION = re.compile("^holds (where|for) ")
"""What is said of changed lines that hold in another convention than that of the numbers here."""


@pytest.mark.parametrize(("name", "line"), LINES)
def test_changed_line_is_refuted_where_numbers_differ(name: str, line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    page, numbers, right = PAGES[name], PAGES[name].numbers(), read(line)
    assert numbers.agree(right)
    assert _verdict(page, line)[0] == "proved"
    found = [Relation((right.sides[0], side)) for side in dict.fromkeys(changes(page, right.sides[1]))]
    drawn = [each for each in found if each != right and _reads_back(each)]
    drawn = random.Random(line).sample(drawn, min(MOST, len(drawn)))
    assert _verdict(page, latex(drawn[0]))[0] in ("proved", "refuted", "unread")
    monkeypatch.setattr(sys.modules["symconv.compose.check"], "diagnose", lambda *_: Diagnosis("", "it is wrong"))
    for mutated in drawn:
        verdict, message = _verdict(page, latex(mutated))
        if numbers.agree(mutated):
            assert verdict != "refuted", latex(mutated)
        elif verdict == "proved":
            assert CONVENTION.search(message), latex(mutated)
        else:
            assert verdict == "refuted" or UNREAD.search(message), (latex(mutated), verdict, message)


def _reads_back(line: Relation) -> bool:
    """Whether a changed line is one that can be written."""
    try:
        return read(latex(line)) == line
    except UnreadError:
        return False


def _verdict(page: Page, line: str) -> tuple[str, str]:
    found = check(f"{page.text}\n\n$${line}$$\n").findings[-1]
    return found.verdict, found.message
