"""Layers as definitions in an author's letters: which letter plays which role, and the definitions themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from symconv.checking.smooth.definitions import LOSS_KEYS
from symconv.checking.smooth.functions import ALIASES, GENERAL
from symconv.checking.smooth.names import LETTER, plain, taken_apart
from symconv.errors import InputError
from symconv.layers.losses import MSE, BinaryCrossEntropy, CrossEntropy
from symconv.layers.normalisation import MEAN, NORMALISED, VARIANCE, BatchNorm, LayerNorm
from symconv.layers.smooth import Smooth
from symconv.layers.softmax import Softmax
from symconv.meaning.definitions import Definition
from symconv.notation.reading import read
from symconv.notation.tree import (
    Applied,
    Big,
    Bounded,
    Differential,
    Function,
    Letter,
    Named,
    Negative,
    Node,
    Partial,
    Relation,
    Sum,
    Symbol,
    exchanged,
    parts_of,
    rebuilt,
    walk,
)

INPUTS = r"z x a o h u s Z X A logits"
PREDICTED = r"\hat{y} p S s y a q o \sigma \pi P O A Y \hat{Y} softmax"
TARGETS = r"y t Y T d y_true \bar{y} p"
MOST_LETTERS = 7
"""Letters that may each have any role."""
UNKNOWN, UNLIKELY, WRONG = 60, 25, 40
"""What it costs to read a letter as nothing that is known, as a role that it never has, and against the formula."""


@dataclass(frozen=True)
class Kind:
    """One reading of a kind of layer.

    Args:
        layer: makes it for examples of so many axes.
        letters: the usual letters of each role, the most usual first.
        predicted: the role that is a function of X entry by entry or over an axis.
        note: under which convention a formula holds that holds under this reading only.
    """

    layer: Any
    letters: Mapping[str, str]
    predicted: str = "O"
    note: str = ""
    target: str = ""


def _features(make: Any, **options: Any) -> Any:
    return lambda rank: make(inputs=5, batch=3 if rank > 1 else 1, **options)


def _examples(make: Any, **options: Any) -> Any:
    """With the mean over examples, where entries have an index for them or nothing has an index."""
    return lambda rank: None if rank == 1 else make(inputs=5, batch=3, **options)


OVER_EXAMPLES = "where the loss is the mean over the examples"
_SQUARES = {
    "half": "½ Σ (prediction - target)²", "mean": "the mean of (prediction - target)²",
    "none": "Σ (prediction - target)²",
}  # fmt: skip
_COMPARED = {"X": PREDICTED, "Y": TARGETS}
_FUSED = {"X": INPUTS, "S": PREDICTED, "Y": TARGETS}
_PLAIN_LOSS = {"X": PREDICTED + " z x", "Y": TARGETS}
_BINARY = {"X": "z x a o h u s Z", "A": r"a \hat{y} p A o y h \sigma \hat{Y}", "Y": TARGETS}
_NORM = {
    "X": "x X z a", MEAN: r"\mu \mu_B \mu_b \bar{x} \mu_L mean",
    VARIANCE: r"\sigma^2 \sigma_B^2 v s^2 var \sigma_b^2 \sigma_L^2",
    NORMALISED: r"\hat{x} \hat{X} \tilde{x} \bar{x} z h",
    "F": r"\gamma g", "b": r"\beta b", "O": "y Y o z out",
}  # fmt: skip
KINDS: Mapping[str, tuple[Kind, ...]] = {
    "softmax": (Kind(_features(Softmax), {"X": INPUTS, "O": PREDICTED}),),
    "softmax-cross-entropy": (
        Kind(_features(CrossEntropy, softmax=True, targets="soft", mean=False), _FUSED, "S", "", "Y"),
        Kind(_examples(CrossEntropy, softmax=True, targets="soft"), _FUSED, "S", OVER_EXAMPLES, "Y"),
    ),
    "cross-entropy": (Kind(_features(CrossEntropy, targets="soft", mean=False), _PLAIN_LOSS, "", "", "Y"),),
    "bce": (
        Kind(_features(BinaryCrossEntropy, sigmoid=True, mean=False), _BINARY, "A", "where the loss is a sum"),
        Kind(_features(BinaryCrossEntropy, sigmoid=True), _BINARY, "A", "where the loss is the mean over the outputs"),
    ),
    "mse": (
        *(
            Kind(_features(MSE, factor=factor, mean=False), _COMPARED, "", f"where the loss is {said}")
            for factor, said in _SQUARES.items()
        ),
        Kind(_examples(MSE, factor="half"), _COMPARED, "", OVER_EXAMPLES),
    ),
    "batch-norm": (Kind(lambda _: BatchNorm(channels=1, batch=5), _NORM),),
    "layer-norm": (Kind(lambda rank: LayerNorm(inputs=5, batch=3 if rank > 1 else 1), _NORM),),
}  # fmt: skip
"""The readings of every kind, the most usual first."""


@dataclass(frozen=True)
class Naming:
    """The author's letters for the roles of a layer: `roles` by key, several keys may have one role."""

    roles: Mapping[str, str]
    loss: str
    unknown: tuple[str, ...] = ()

    def letter(self, role: str) -> str:
        """The letter of a role; a role that the formula does not name has one that nobody writes."""
        return next((key for key, found in self.roles.items() if found == role), f"«{role}»")


@dataclass(frozen=True)
class Found:
    """The keys in a formula, and where they stand."""

    keys: Mapping[str, int]
    exponents: frozenset[str]
    logarithms: frozenset[str]
    over: frozenset[str]
    under: frozenset[str]
    taken_away: frozenset[str]
    loss: str
    heads: Mapping[str, str] = field(default_factory=dict)


def found_in(nodes: Sequence[Node], names: Mapping[str, Sequence[str]]) -> Found:
    """The letters of a formula, and what speaks for which role."""
    loss = loss_of(nodes, names)
    keys: dict[str, int] = {}
    exponents, logarithms, over, under, away = (set[str]() for _ in range(5))
    heads: dict[str, str] = {}
    for node in nodes:
        for key, rank in _keys(node):
            keys[key] = max(rank, keys.get(key, 0))
        for part in walk(node):
            if isinstance(part, Named) and part.letter == "e" and part.upper:
                exponents |= {key for key, _ in _keys(part)}
            if isinstance(part, Applied) and ALIASES.get(part.head.letter) in ("exp", "log", "softmax"):
                inside = {key for argument in part.arguments for key, _ in _keys(argument)}
                (logarithms if ALIASES[part.head.letter] == "log" else exponents).update(inside)
            if isinstance(part, Applied) and len(part.arguments) == 1 and isinstance(part.arguments[0], Named):
                heads[taken_apart(part.head).key] = taken_apart(part.arguments[0]).key
            if isinstance(part, Partial):
                over |= {key for key, _ in _keys(part.over)} if isinstance(part.over, Named | Applied) else set()
                under |= {key for key, _ in _keys(part.under)}
            if isinstance(part, Sum):
                away |= {key for term in part.terms if isinstance(term, Negative) for key, _ in _keys(term)}
    for special in [key for key in keys if key == loss]:
        del keys[special]
    without = [frozenset(each - {loss}) for each in (exponents, logarithms, over, under, away)]
    return Found(keys, without[0], without[1], without[2], without[3], without[4], loss, heads)


def loss_of(nodes: Sequence[Node], names: Mapping[str, Sequence[str]]) -> str:
    """The letter of the loss: above ∂ and never below, without an index."""
    over: list[str] = []
    under: set[str] = set()
    for node in nodes:
        for part in walk(node):
            if isinstance(part, Partial):
                if isinstance(part.over, Named) and not taken_apart(part.over).index:
                    over.append(taken_apart(part.over).key)
                under |= {taken_apart(each).key for each in walk(part.under) if isinstance(each, Named)}
    given = [taken_apart(found).key for found in _spellings(names.get("L", ()))]
    free = [key for key in over if key not in under]
    usual = [key for key in free if key in given] or [key for key in free if key.split("_")[0] in LOSS_KEYS]
    if usual:
        return usual[0]
    return given[0] if given else "L"


def _spellings(texts: Sequence[str]) -> Iterator[Named]:
    for text in texts:
        try:
            node = read(text)
        except InputError:
            continue
        if isinstance(node, Applied):
            node = node.head
        if isinstance(node, Named):
            yield node


def spelled_roles(names: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Keys of the spellings of roles. `S_{x_i}`, `S(x_i)` and `S` all have the key S."""
    found: dict[str, str] = {}
    for role, texts in names.items():
        for node in _spellings(texts):
            name = taken_apart(node)
            found.setdefault(name.key + ("^2" if name.power == "2" else ""), role)
    return found


def _keys(node: Node, bound: frozenset[str] = frozenset()) -> Iterator[tuple[str, int]]:
    """Every letter that may be an array, with how many indices it has."""
    if isinstance(node, Named):
        yield from _keys_of_name(node, bound)
    elif isinstance(node, Applied):
        yield from _keys_of_call(node, bound)
    elif isinstance(node, Big):
        yield from _keys(node.body, bound | set(node.variables))
    elif isinstance(node, Bounded):
        yield from _keys(node.body, bound)
    elif isinstance(node, Relation) and len(node.sides) == 2:
        for side in node.sides:
            if not (isinstance(side, Named) and LETTER.fullmatch(side.letter) and not side.lower):
                yield from _keys(side, bound)
    elif isinstance(node, Differential) and node.lower:
        yield from _keys_of_text(node.lower, bound)
    else:
        for child in parts_of(node):
            yield from _keys(child, bound)


def _keys_of_name(node: Named, bound: frozenset[str]) -> Iterator[tuple[str, int]]:
    if node.letter == "e" and node.upper and not node.lower:
        yield from _keys_of_text(node.upper, bound)
        return
    name = taken_apart(node)
    kronecker = name.key == r"\delta" and len(name.index) == 2
    function = (node.letter in ALIASES and not node.has_scripts) or (node.primes > 0 and plain(node.letter) in GENERAL)
    if kronecker or function or name.key in bound or name.key in (r"\pi", "e"):
        return
    yield name.key, len(name.index)
    if name.power == "2":
        yield f"{name.key}^2", len(name.index)


def _keys_of_call(node: Applied, bound: frozenset[str]) -> Iterator[tuple[str, int]]:
    head, arguments = node.head, node.arguments
    if head.letter == "e" and head.upper:
        for part in (head, *arguments):
            yield from _keys(part, bound)
        return
    known = head.letter in ALIASES or head.letter in ("norm", "diag") or head.primes
    letters = [
        part for part in arguments if isinstance(part, Named) and LETTER.fullmatch(part.letter) and not part.lower
    ]
    if len(arguments) > 1 and len(letters) == len(arguments):
        yield taken_apart(head).key, len(arguments)
        return
    if not known:
        nested = len(arguments) == 1 and isinstance(arguments[0], Named) and bool(arguments[0].lower)
        yield taken_apart(head).key, max(len(taken_apart(head).index), int(nested))
    for argument in arguments:
        if not isinstance(argument, Relation):
            yield from _keys(argument, bound)


def _keys_of_text(text: str, bound: frozenset[str]) -> Iterator[tuple[str, int]]:
    node = _read(text)
    return _keys(node, bound) if node is not None else iter(())


@lru_cache(maxsize=10_000)
def _read(text: str) -> Node | None:
    """The same few indices stand in all formulas of a text."""
    try:
        return read(text)
    except InputError:
        return None


# Which letter is which role


def named(
    kind: Kind, found: Found, names: Mapping[str, Sequence[str]], more: frozenset[str] = frozenset()
) -> Naming | None:
    """The most likely roles of the letters of a formula; None where letters are left over.

    `more` are letters that something else says the meaning of.
    """
    fixed = _fixed(kind, found, names)
    keys = [key for key in found.keys if key not in fixed and key not in more and f"{key}^2" not in fixed]
    squares = {key for key in keys if key.endswith("^2")}
    keys = [key for key in keys if key not in squares]
    roles = [role for role in kind.letters if role not in fixed.values()]
    constants = {key for key in keys if not found.keys[key] and _is_constant(key, kind)}
    chosen = _cheapest(
        [key for key in keys if key not in constants or key in _usual(kind)], roles, kind, found, squares
    )
    if chosen is None:
        return None
    assigned, unknown = chosen
    return Naming({**fixed, **assigned}, found.loss, tuple(unknown))


def _usual(kind: Kind) -> set[str]:
    return {letter for letters in kind.letters.values() for letter in letters.split()}


def _is_constant(key: str, kind: Kind) -> bool:
    """Letters for numbers: how many there are, a small one below a line, a slope."""
    counted = key == r"\beta" and key not in _usual(kind)
    return counted or key in (
        "n",
        "N",
        "m",
        "M",
        "K",
        "C",
        "B",
        "D",
        "k",
        "c",
        r"\epsilon",
        r"\varepsilon",
        r"\alpha",
        r"\eta",
    )


def _fixed(kind: Kind, found: Found, names: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """The roles that the context gives letters for."""
    roles = spelled_roles(names)
    known: dict[str, str] = {}
    for key in found.keys:
        role = roles.get(key) or (None if key.endswith("^2") else roles.get(key.split("^")[0]))
        if role == "O" and "O" not in kind.letters:
            role = kind.predicted
        if role is not None and role in kind.letters:
            known[key] = role
    return known


def _cheapest(
    keys: Sequence[str], roles: Sequence[str], kind: Kind, found: Found, squares: set[str]
) -> tuple[dict[str, str], list[str]] | None:
    """The roles that cost the least together, none of them twice, and the letters that are left without one."""
    if len(keys) > MOST_LETTERS:
        return None
    ways: dict[frozenset[str], tuple[int, tuple[str | None, ...]]] = {frozenset(): (0, ())}
    for key in keys:
        costs = {role: _cost(key, role, kind, found, squares) for role in (*roles, None)}
        # What costs more than to stay unknown is never chosen.
        options = {role: cost for role, cost in costs.items() if cost <= costs[None]}
        longer: dict[frozenset[str], tuple[int, tuple[str | None, ...]]] = {}
        for taken, (before, chosen) in ways.items():
            for role in (role for role in options if role not in taken):
                now = taken | {role} if role else taken
                if now not in longer or before + options[role] < longer[now][0]:
                    longer[now] = before + options[role], (*chosen, role)
        ways = longer
    _, chosen = min(ways.values(), key=lambda way: way[0])
    pairs = list(zip(keys, chosen, strict=True))
    assigned = {_square(key, role, squares, kind): role for key, role in pairs if role}
    return assigned, [key for key, role in pairs if role is None]


def _square(key: str, role: str, squares: set[str], kind: Kind) -> str:
    """A variance is written as a square."""
    return f"{key}^2" if role == VARIANCE and f"{key}^2" in squares else key


def _spoken_for(key: str, role: str, kind: Kind, found: Found) -> bool:
    """Whether a letter that a role never has may have it, by where it stands."""
    if role == "X":
        return key in found.exponents or key in found.under or (not kind.predicted and key in found.logarithms)
    if role == kind.predicted and kind.layer is None:
        return key in found.over or key in found.under
    if role == kind.predicted:
        return key in found.over or key in found.logarithms or key in found.heads
    return role == "Y" and key in found.taken_away


def _cost(key: str, role: str | None, kind: Kind, found: Found, squares: set[str]) -> int:
    if role is None:
        return UNKNOWN
    usual = kind.letters[role].split()
    base = _square(key, role, squares, kind).removesuffix("^2")
    key = _square(key, role, squares, kind) if role == VARIANCE else key.split("^")[0]
    if key not in usual and not _spoken_for(base, role, kind, found):
        return UNKNOWN + 1
    cost = usual.index(key) * 2 if key in usual else UNLIKELY
    if base in found.exponents:
        cost += WRONG * (role != "X")
    if base in found.logarithms and kind.target:
        cost += WRONG * (role not in (kind.predicted or "X",))
    if base in found.over:
        cost += WRONG * (role in ("X", "Y") and kind.predicted != "") + WRONG * (role == "Y")
    if base in found.under:
        cost += WRONG * (role == "Y")
    if base in found.heads and kind.predicted:
        cost += WRONG * (role != kind.predicted)
    if base in found.taken_away and role == "Y":
        cost -= 3
    return cost


# Definitions


def definitions_of(layer: Smooth, naming: Naming, counts: Mapping[str, str]) -> tuple[Definition, ...]:
    """The definitions of a layer in the author's letters; `counts` are letters for its numbers."""

    def renamed(symbol: Symbol) -> Node:
        role = naming.loss if symbol.role == "L" else naming.letter(symbol.role)
        return Symbol(role, symbol.index)

    def lettered(node: Node) -> Node | None:
        if isinstance(node, Letter) and node.letter in counts:
            return Symbol(counts[node.letter])
        if isinstance(node, Function) and node.name == r"\sigma":
            return Function("sigmoid", tuple(rebuilt(each, lettered) for each in node.arguments), node.primes)
        return None

    found = []
    for each in layer.system.definitions:
        body = rebuilt(exchanged(each.body, renamed), lettered)
        role = naming.loss if each.role == "L" else naming.letter(each.role)
        found.append(Definition(role, each.letters, body))
    return tuple(found)
