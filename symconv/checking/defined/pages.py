"""What a text defines, name by name, as it writes it: z_1 = W_1 x + b_1, a_1 = σ(z_1), L = ½‖a_1 - y‖², ..."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache

from symconv.checking import usual
from symconv.checking.defined.sliding import NOTHING, Sliding
from symconv.checking.discovery.vocabulary import LAYERS
from symconv.checking.layered.letters import Text, plain, word
from symconv.errors import UnreadError
from symconv.notation.reading import positions, read, split_index
from symconv.notation.reading.signs import TRANSPOSED
from symconv.notation.tree import (
    Applied,
    Big,
    Bounded,
    Cases,
    Differential,
    Dots,
    Index,
    Listed,
    Matrix,
    Named,
    Negative,
    Node,
    Number,
    Operation,
    Partial,
    Product,
    Ratio,
    Relation,
    Sum,
    Transpose,
    Words,
    rebuilt,
    walk,
)

LOSSES = frozenset({*usual.LOSSES, *usual.NAMED_LOSSES})
SIGNALS = frozenset({r"\delta", r"\Delta"})
"""Letters of gradients by what stands before an activation function."""
FLATTENED = ("vec", "flatten", "flat", "reshape")
"""Functions that lay the rows of an array one behind the other."""
FUNCTIONS: Mapping[str, str] = {
    **dict.fromkeys(("sigmoid", "sigm", "logistic", "expit"), "logistic"), "tanh": "tanh", "relu": "relu",
    "exp": "exp", "log": "log", "ln": "log", "softmax": "softmax", "norm": "norm",
    "sum": "sum", "diag": "diag", "max": "max", **dict.fromkeys(FLATTENED, "flatten"),
}  # fmt: skip
"""Functions that everybody calls so."""
UNKNOWN_FUNCTIONS = usual.ACTIVATIONS | {"act", "activation"}
WEIGHTS: Mapping[str, int] = {
    **dict.fromkeys(("W", "V", "U", r"\Theta", r"\theta", "w", "v", "u"), 2), "M": 1, "A": 1,
}  # fmt: skip
"""Letters of weights; of two the one with the larger number."""
INDEX_LETTERS = frozenset("abcdijklmnpqrsuv")
COUNTS = usual.COUNTS | {"k", r"\beta", "D", "d"}
"""Letters for how many there are of something, by which a mean divides."""
MOST_INDICES = 2
"""Arrays are matrices here."""
FACTORS = frozenset({r"\lambda", r"\alpha", r"\eta", r"\epsilon", r"\varepsilon", r"\tau"})
"""Letters of numbers, whatever stands beside them."""
_LABEL = re.compile(r"([(\[])([0-9]+)[)\]]|[0-9]+")
_INDEX = re.compile(r"[a-z]'?|[0-9]+|\\ell")
_SLIDING = re.compile(
    rf"{LAYERS['conv']}|{LAYERS['conv-transpose']}|filter|kernel|noyau|filtr|卷积核|カーネル|필터|ядр"
)


class UnclearError(Exception):
    """What is not understood; the text says what."""


@dataclass(frozen=True)
class Name:
    """A name taken apart: what it is looked up by, its indices, whether it is transposed, and the power above it."""

    key: str
    index: tuple[str, ...] = ()
    transposed: bool = False
    power: int = 1


@dataclass(frozen=True)
class Definition:
    """A name, the index letters that it is defined at, and the formula."""

    key: str
    letters: tuple[str, ...]
    body: Node
    name: Named = field(default=Named(""), compare=False)


@dataclass(frozen=True)
class Naming:
    """How a text uses scripts.

    Args:
        indexed: letters that stand with index letters below them: their numbers below are entries.
        bare: letters that stand with nothing below them and may be arrays.
        labels: whether numbers above a name, without brackets, are layers and no powers.
        defined: keys that numbers below make, such as z_1, where the text says what they are.
        arrays: letters that are names of arrays here, whatever function they are elsewhere.
        squares: letters of which the text defines the square, such as σ for a variance σ².
        slides: whether indices are sums of letters, as where a filter slides.
        rows: small letters that stand with the number of an example, by the matrix that holds them: y_n is a row of Y.
    """

    indexed: frozenset[str]
    bare: frozenset[str]
    labels: bool
    defined: frozenset[str]
    arrays: frozenset[str] = frozenset()
    squares: frozenset[str] = frozenset()
    slides: bool = False
    rows: Mapping[str, str] = field(default_factory=dict, hash=False)

    def is_function(self, node: Named) -> bool:
        """Whether a name before a bracket is a function."""
        if word(node.letter) in FUNCTIONS or node.primes > 0:
            return True
        return node.letter in UNKNOWN_FUNCTIONS and node.letter not in self.arrays

    def __call__(self, node: Named) -> Name:
        """Raises `UnclearError`."""
        letter = plain(node.letter)
        if node.primes:
            raise UnclearError(f"{node.letter} with a prime")
        above, transposed, power = self._above(node)
        lower = node.lower.replace("{", "").replace("}", "").replace(" ", "")
        index = self._index(letter, lower, above)
        if len(index) == 1 and not above:
            letter = self.rows.get(letter, letter)
        below = f"_{lower}" if lower and not index else ""
        return Name(f"{letter}{below}{above}", index, transposed, power)

    def _above(self, node: Named) -> tuple[str, bool, int]:
        text = node.upper.replace(" ", "")
        if not text:
            return "", False, 1
        if text in TRANSPOSED:
            return "", True, 1
        found = _LABEL.match(text)
        rest = text[found.end() :].strip("^{},") if found else text
        if found is None or (rest and rest not in TRANSPOSED):
            raise UnclearError(f"what {node.upper} above {node.letter} says")
        if found[1] or self.labels or (text == "2" and plain(node.letter) in self.squares):
            return f"^{found[2] or found[0]}", bool(rest), 1
        return "", bool(rest), int(found[0][:2])

    def _index(self, letter: str, lower: str, above: str) -> tuple[str, ...]:
        """The indices below a name; empty where what stands there is part of it."""
        if not lower or f"{letter}_{lower}{above}" in self.defined:
            return ()
        parts = _parts(lower.removesuffix(",:"))
        if self.slides and any(map(index_of, parts)) and len(parts) <= MOST_INDICES:
            return _sums(parts, lower, letter)
        indices = lower != "in" and all(part.isdigit() or part[:1] in INDEX_LETTERS for part in parts)
        if (indices and len(parts) > MOST_INDICES) or any(sign in lower for sign in "+-*/()=:_"):
            raise UnclearError(f"the index {lower} of {letter}")
        if not all(map(_INDEX.fullmatch, parts)):
            return ()
        if any(part.isalpha() for part in parts):
            return parts if indices else ()
        entry = letter in self.indexed or (letter in self.bare and letter.islower())
        return parts if entry else ()


def _sums(parts: tuple[str, ...], lower: str, letter: str) -> tuple[str, ...]:
    """Indices that are sums of letters and numbers. Raises `UnclearError`."""
    if any(positions(part, 0, 1) is None for part in parts):
        raise UnclearError(f"the index {lower} of {letter}")
    return parts


def letters_of(index: str) -> tuple[str, ...]:
    """The letters of an index, which may be a sum.

    >>> letters_of("2i-1"), letters_of("j"), letters_of("3")
    (('i',), ('j',), ())
    """
    found = index_of(index)
    return tuple(letter for letter, _ in found.parts) if found else () if index.isdigit() else (index,)


def index_of(text: str, base: int = 0) -> Index | None:
    """An index that is a sum with letters, and counts from 0; None for a letter or a number alone."""
    found = positions(text, base, 1) if any(sign in text for sign in "+-") or text[:1].isdigit() else None
    return found[0] if found and isinstance(found[0], Index) else None


def _parts(lower: str) -> tuple[str, ...]:
    if "," in lower:
        return tuple(lower.split(","))
    return tuple(split_index(lower, len(lower))) if not lower.isdigit() or len(lower) < 3 else (lower,)


@dataclass(frozen=True, eq=False)
class Page:
    """The definitions of a text that hold at one of its formulas.

    Args:
        stated: definitions by key.
        definitions: the same, with names put in for what has one.
        signals: letters for gradients of a loss, with what it is differentiated by.
        functions: what functions are called here that have no name of their own, such as σ.
        rejected: what the text says something of that is not understood, with the names in what it says.
        prose: the text.
        nodes: all formulas of the text.
        sliding: what its convolutions compute, which the definitions hold as well.
    """

    naming: Naming
    stated: Mapping[str, Definition]
    definitions: Mapping[str, Definition]
    signals: Mapping[str, Name]
    functions: Mapping[str, str]
    rejected: Mapping[str, frozenset[str]] = field(repr=False)
    nodes: tuple[Node, ...] = field(repr=False)
    prose: str = field(default="", repr=False)
    sliding: Sliding = NOTHING

    @cached_property
    def sizes(self) -> Mapping[str, tuple[int, int]]:
        """How many rows and columns arrays have of which the text says it."""
        return dict(self.sliding.sizes)

    @cached_property
    def losses(self) -> frozenset[str]:
        """The letters of losses: those that are differentiated, where any are, since y = Cx makes C a matrix."""
        partials = (part for node in self.nodes for part in walk(node) if isinstance(part, Partial))
        found = {plain(part.over.letter) for part in partials if isinstance(part.over, Named) and is_loss(part.over)}
        return frozenset(found) or LOSSES

    @cached_property
    def marks(self) -> frozenset[str]:
        """The letters of a class that is the true one: k in L = -log p_k."""
        losses = (one for key, one in self.definitions.items() if key in LOSSES and not one.letters)
        return frozenset(letter for one in losses for letter in _true_class(one.body, self.naming))

    @cached_property
    def behind(self) -> frozenset[str]:
        """What is said to be made of the output of a convolution; nothing where letters stand for several layers."""
        outputs = {plain(node.sides[0].letter) for node in self.sliding.formulas if isinstance(node.sides[0], Named)}
        found = frozenset[str]().union(*map(self.reaches, outputs)) - outputs
        names = (name for node in self.nodes for name in every_name(node))
        if found & frozenset(self.sizes) or any(
            _has_label(name) and plain(name.letter) in self.sizes for name in names
        ):
            return frozenset()
        return found & frozenset(self.definitions)

    @cached_property
    def keys(self) -> frozenset[str]:
        """The names that stand in definitions."""
        return frozenset(self.parents).union(*self.parents.values())

    @cached_property
    def parents(self) -> dict[str, frozenset[str]]:
        """What a name is made of."""
        found = {key: frozenset(names_in(each.body, self.naming)) for key, each in self.definitions.items()}
        return {**self.rejected, **found}

    @cached_property
    def slides(self) -> bool:
        """Whether the text speaks of arrays that slide over others, so that stars between arrays may mean that."""
        return bool(_SLIDING.search(self.prose.lower()))

    def rank(self, key: str) -> int | None:
        """How many indices a name has; None where it never has any."""
        return self._ranks.get(key)

    @cached_property
    def _ranks(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for part in (part for node in self.nodes for part in every_name(node) if part.lower and not part.primes):
            with suppress(UnclearError):
                name = self.naming(part)
                if name.index:
                    found[name.key] = max(found.get(name.key, 0), len(name.index))
        return found

    def listed(self, key: str) -> tuple[int, ...]:
        """The entries of an array that definitions name, where they name them by numbers alone."""
        found = set[tuple[str, ...]]()
        for part in (part for one in self.definitions.values() for part in every_name(one.body) if part.lower):
            with suppress(UnclearError):
                found |= {self.naming(part).index} if self.naming(part).key == key else set()
        known = all(len(index) == 1 and index[0].isdigit() for index in found)
        return tuple(sorted(int(index[0]) for index in found)) if known else ()

    def reaches(self, key: str) -> frozenset[str]:
        """What is made of a name, and the name itself."""
        return self.reaches_without(key, "")

    def reaches_without(self, key: str, closed: str) -> frozenset[str]:
        """What is made of a name other than by way of another; nothing where that is the name itself."""
        found = {key} - {closed}
        while True:
            more = {name for name, made_of in self.parents.items() if made_of & found} - found - {closed}
            if not more:
                return frozenset(found)
            found |= more

    @cached_property
    def has_differentials(self) -> bool:
        """Whether d is written for differentials, as in dL, and not for gradients."""
        parts = (part for node in self.nodes for part in walk(node) if isinstance(part, Differential))
        return any(part.sign == "d" and is_loss(part.body) for part in parts)

    @cached_property
    def has_matrices(self) -> bool:
        """Whether anything says that letters are arrays and no numbers."""
        return (
            bool(self.sizes)
            or any(_is_of_arrays(part) for node in self.nodes for part in walk(node))
            or any(_multiplies_capitals(each.body, self.losses) for each in self.definitions.values())
        )

    @cached_property
    def gives_values(self) -> bool:
        """Whether the text puts numbers in for letters."""
        return any(isinstance(node, Relation) and any(map(_is_value, node.sides[1:])) for node in self.nodes)

    @cached_property
    def averages(self) -> bool:
        """Whether gradients are written as means over the examples of a loss that nothing defines."""
        if any(key in LOSSES for key in self.definitions):
            return False
        return any(isinstance(node, Relation) and _is_mean(node) for node in self.nodes)

    @cached_property
    def count(self) -> str:
        """The letter for the number of examples."""
        means = (node.sides[1] for node in self.nodes if isinstance(node, Relation) and _is_mean(node))
        ratio = next((part for mean in means for part in walk(mean) if isinstance(part, Ratio)), None)
        return ratio.under.letter if ratio is not None and isinstance(ratio.under, Named) else ""

    @cached_property
    def counts(self) -> frozenset[str]:
        """Letters that say how many there are of something: below a fraction, or where a sum ends."""
        parts = [part for node in self.nodes for part in walk(node) if isinstance(part, Ratio | Bounded)]
        ends = [each for part in parts for each in ((part.under,) if isinstance(part, Ratio) else part.above)]
        return COUNTS & {each.letter for end in ends for each in walk(end) if isinstance(each, Named)}

    @cached_property
    def says_batch(self) -> bool:
        return bool(_BATCH.search(self.prose))


_BATCH = re.compile(
    r"\bbatch|\bexamples\b|\bsamples\b|\brows\b|row of|批|样本|Beispiele|design matrix|ligne|filas", re.IGNORECASE
)
_BOLD = re.compile(r"\\(?:mathbf|boldsymbol|bm|vec)\{")


def _true_class(node: Node, naming: Naming) -> tuple[str, ...]:
    """The index of the one probability of which a loss is the negative logarithm."""
    inside = node.term if isinstance(node, Negative) else None
    if not isinstance(inside, Applied) or word(inside.head.letter) not in usual.LOGARITHMS:
        return ()
    (argument,) = inside.arguments[:1]
    with suppress(UnclearError):
        index = naming(argument).index if isinstance(argument, Named) else ()
        return index if len(index) == 1 and index[0].isalpha() else ()
    return ()


def _has_label(node: Named) -> bool:
    return bool(node.upper) and node.upper not in TRANSPOSED and not node.upper.isdigit()


def _is_of_arrays(node: Node) -> bool:
    return (
        isinstance(node, Transpose)
        or (isinstance(node, Named) and (node.upper in TRANSPOSED or bool(_BOLD.match(node.letter))))
        or (isinstance(node, Operation) and node.sign in "⊙∘")
        or (isinstance(node, Applied) and word(node.head.letter) in ("norm", "softmax", "diag"))
    )


def _is_value(node: Node) -> bool:
    return not any(isinstance(part, Named) for part in walk(node)) and node not in (Number(0), Number(1))


def _is_mean(node: Relation) -> bool:
    """dW = 1/m ..."""
    first, second = node.sides[:2]
    if not isinstance(first, Partial | Differential) or not isinstance(second, Product):
        return False
    ratio = second.factors[0]
    return isinstance(ratio, Ratio) and isinstance(ratio.under, Named) and ratio.under.letter in COUNTS


def _multiplies_capitals(node: Node, losses: Collection[str]) -> bool:
    return any(is_capital(part, losses) for part in walk(node) if isinstance(part, Named))


def _is_matrix_product(node: Node) -> bool:
    return isinstance(node, Product) and any(isinstance(part, Named) and is_capital(part) for part in node.factors)


def is_capital(node: Named, losses: Collection[str] = LOSSES) -> bool:
    """Whether a letter is one for a matrix."""
    letter = plain(node.letter)
    return len(letter) == 1 and letter.isupper() and letter not in losses


# What a text says


def page_at(text: Text, node: Node, prose: str, sliding: Sliding = NOTHING) -> Page | None:
    """What the text defines for a formula that is one of its own; None where it defines nothing."""
    at = next((number for number, each in enumerate(text.stated) if each is node), len(text.stated))
    return _page(text, at, prose, sliding)


def anything_behind(text: Text, prose: str, sliding: Sliding) -> bool:
    """Whether the text says anywhere what is made of the output of a convolution."""
    page = _page(text, len(text.stated), prose, sliding)
    return page is not None and bool(page.behind)


@lru_cache(maxsize=256)
def _page(text: Text, at: int, prose: str, sliding: Sliding) -> Page | None:
    naming = _naming(text, sliding)
    slid = filter(None, (defined(node, naming) for node in sliding.formulas))
    current = {one.key: one for one in slid}
    outputs = frozenset(current)
    for number, one in _events(text, sliding):
        anew = number == at and one.key in current and _has_more(one, current[one.key])
        if one.key not in outputs and (number < at or one.key not in current or anew):
            current[one.key] = one
    return _finished(text, tuple(current.values()), prose, sliding) if current else None


def _has_more(one: Definition, before: Definition) -> bool:
    """Whether a definition adds something to an earlier one."""
    return isinstance(one.body, Sum) and before.body in one.body.terms


@lru_cache(maxsize=64)
def _finished(text: Text, definitions: tuple[Definition, ...], prose: str, sliding: Sliding) -> Page:
    naming = _naming(text, sliding)
    own = {each.key: each for each in _with_names(definitions)}
    stated = {each.key: each for each in definitions}
    signals, functions = dict(_signals(text.stated, naming)), dict(_functions(text.stated, prose))
    rejected = {key: names for key, names in _rejected(text.stated, naming) if key not in own | signals}
    return Page(naming, stated, own, signals, functions, rejected, text.stated, prose, sliding)


def _rejected(stated: Iterable[Node], naming: Naming) -> Iterator[tuple[str, frozenset[str]]]:
    """Names that stand on the left of what is no definition as they are understood here."""
    for node in stated:
        left = node.sides[0] if isinstance(node, Relation) else None
        if isinstance(node, Relation) and isinstance(left, Named) and _may_define(node, left):
            inside = frozenset[str]().union(*(keys_of(part, naming) for part in walk(node.sides[1])))
            for key in keys_of(left, naming) - inside if defined(node, naming) is None else ():
                yield key, inside


def _may_define(node: Relation, left: Named) -> bool:
    return node.sign_before(1) in ("=", "≔", "≡") and plain(left.letter) not in SIGNALS


def keys_of(node: Node, naming: Naming) -> frozenset[str]:
    """The key of a name, or its letter where it cannot be taken apart."""
    try:
        return frozenset({naming(node).key}) if isinstance(node, Named) and not node.primes else frozenset()
    except UnclearError:
        return frozenset({plain(node.letter)}) if isinstance(node, Named) else frozenset()


def _with_names(definitions: Sequence[Definition]) -> Iterator[Definition]:
    """Formulas with names put in for what has one, from within: f = (x + y) z with q = x + y is f = q z."""
    names: dict[Node, Node] = {
        each.body: each.name for each in definitions if not each.letters and not isinstance(each.body, Named)
    }
    for one in definitions:
        others = {body: name for body, name in names.items() if body != one.body}
        body, before = one.body, None
        while body != before:
            body, before = rebuilt(body, others.get), body
        yield replace(one, body=body)


@lru_cache(maxsize=16)
def _events(text: Text, sliding: Sliding) -> tuple[tuple[int, Definition], ...]:
    """The definitions of a text with the numbers of the formulas that they are."""
    naming = _naming(text, sliding)
    known: dict[str, Definition] = {}
    spoken: set[str] = set()
    found = []
    for number, node in enumerate(text.stated):
        one = defined(node, naming)
        if one is None:
            continue
        names = set(names_in(one.body, naming))
        if one.key in known and (one == known[one.key] or names <= spoken):
            continue
        known[one.key] = one
        spoken |= names | {one.key}
        found.append((number, one))
    return tuple(found)


@lru_cache(maxsize=16)
def _naming(text: Text, sliding: Sliding) -> Naming:
    names = [each for node in text.stated for each in every_name(node)]
    lowers = [(plain(each.letter), each.lower.replace("{", "").replace("}", "")) for each in names]
    indexed = frozenset(letter for letter, lower in lowers if lower and _is_index(lower))
    if sliding.formulas:
        indexed |= {letter for letter, lower in lowers if len(lower.replace(",", "")) > 1}
    arrays_ = any(_is_of_arrays(part) or _is_matrix_product(part) for node in text.stated for part in walk(node))
    bare = frozenset(letter for letter, lower in lowers if arrays_ and not lower)
    labels = any(each.upper == "1" for each in names)
    heads = [node.sides[0] for node in text.stated if isinstance(node, Relation)]
    numbered = frozenset(
        _numbered(head) for head in heads if isinstance(head, Named) and head.lower.isdigit() and not head.primes
        and plain(head.letter) not in indexed
    )  # fmt: skip
    arrays = frozenset(plain(head.letter) for head in heads if isinstance(head, Named) and not head.primes)
    squares = frozenset(plain(head.letter) for head in heads if isinstance(head, Named) and head.upper == "2")
    return Naming(
        indexed, bare, labels, numbered, arrays, squares, bool(sliding.formulas), dict(_rows(text.stated, lowers))
    )


def _rows(stated: Sequence[Node], lowers: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """The vectors of single examples, where matrices hold them as rows: then weights stand behind."""
    if not any(_multiplies_rows(part) for node in stated for part in walk(node) if isinstance(part, Product)):
        return
    spoken = set(lowers)
    for letter in {letter for letter, lower in lowers if len(lower) == 1 and lower in INDEX_LETTERS}:
        matrix = re.sub(r"[a-z](?=\}?$)", lambda found: found[0].upper(), letter)
        if matrix != letter and (matrix, "") in spoken and (letter, "") not in spoken:
            yield letter, matrix


def _multiplies_rows(node: Product) -> bool:
    first, last = node.factors[0], node.factors[-1]
    return all(isinstance(each, Named) and is_capital(each) for each in (first, last)) and weights_behind(first, last)


def weights_behind(first: Node, last: Node) -> bool:
    """Whether what stands behind in a product is the weights, as where examples are rows."""
    return _weight(last) > _weight(first)


def _weight(node: Node) -> int:
    body = node.body if isinstance(node, Transpose) else node
    return WEIGHTS.get(plain(body.letter), 0) if isinstance(body, Named) else 0


def _numbered(head: Named) -> str:
    found = _LABEL.match(head.upper)
    return f"{plain(head.letter)}_{head.lower}" + (f"^{found[2] or found[0]}" if found else "")


def _is_index(lower: str) -> bool:
    parts = _parts(lower)
    return any(part.isalpha() for part in parts) and all(part.isdigit() or part[0] in INDEX_LETTERS for part in parts)


def defined(node: Node, naming: Naming) -> Definition | None:
    """The definition that a formula is, or None."""
    if not isinstance(node, Relation) or node.sign_before(1) not in ("=", "≔", "≡"):
        return None
    left, right = node.sides[0], node.sides[1]
    if isinstance(left, Applied) and plain(left.head.letter) in LOSSES:
        left = left.head
    if not isinstance(left, Named) or left.primes or plain(left.letter) in SIGNALS or not _defines(right):
        return None
    if _is_entry(left):
        return None
    try:
        name = naming(left)
        inside = set(names_in(right, naming))
    except UnclearError:
        return None
    if name.transposed or name.power != 1 or name.key in inside or not inside:
        return None
    if any(part.isdigit() for part in name.index) or len(set(name.index)) != len(name.index):
        return None
    return Definition(name.key, name.index, right, left)


def _is_entry(node: Named) -> bool:
    """Whether two numbers stand below a name, of which a text never defines all."""
    return len(node.lower.replace(",", "").strip("{}")) > 1 and node.lower.replace(",", "").strip("{}").isdigit()


def _defines(node: Node) -> bool:
    """Whether a formula may say what something is: derivatives and written matrices do not."""
    return not any(
        isinstance(part, Partial | Differential | Matrix | Dots | Listed | Words | Cases)
        or (isinstance(part, Named) and plain(part.letter) in SIGNALS)
        for part in walk(node)
    )


def _signals(stated: Iterable[Node], naming: Naming) -> Iterator[tuple[str, Name]]:
    """δ = ∂L/∂z, where a letter is introduced for a gradient."""
    for node in stated:
        if isinstance(node, Relation) and isinstance(node.sides[0], Named) and isinstance(node.sides[1], Partial):
            under = node.sides[1].under
            if isinstance(under, Named) and is_loss(node.sides[1].over):
                try:
                    own, by = naming(node.sides[0]), naming(under)
                except UnclearError:
                    continue
                if own.index == by.index:
                    yield own.key, replace(by, index=())


def _functions(stated: Sequence[Node], prose: str) -> Iterator[tuple[str, str]]:
    """What σ is, where the text says so in words or by a formula."""
    if _LOGISTIC.search(prose):
        yield r"\sigma", "logistic"
    for node in stated:
        if isinstance(node, Relation) and isinstance(node.sides[0], Applied) and _is_logistic(node.sides[1]):
            yield plain(node.sides[0].head.letter), "logistic"


def _is_logistic(node: Node) -> bool:
    """1/(1 + e^{-t}), whatever the letter."""
    if not isinstance(node, Ratio) or node.over != Number(1) or not isinstance(node.under, Sum):
        return False
    terms = node.under.terms
    return len(terms) == 2 and Number(1) in terms and any(map(_is_inverse_power, terms))


def _is_inverse_power(node: Node) -> bool:
    if isinstance(node, Applied):
        return word(node.head.letter) == "exp" and isinstance(node.arguments[0], Negative)
    return isinstance(node, Named) and node.letter == "e" and node.upper.startswith("-")


_LOGISTIC = re.compile(r"sigmoid|logistic|logistisch|логист|сигмоид|логистич", re.IGNORECASE)


def is_loss(node: Node) -> bool:
    head = node.head if isinstance(node, Applied) else node
    return isinstance(head, Named) and plain(head.letter) in LOSSES and not head.lower


@lru_cache(maxsize=256)
def exponent(node: Named) -> Node:
    """What stands above e. Raises `UnclearError`."""
    try:
        return read(node.upper)
    except UnreadError:
        raise UnclearError(f"the exponent {node.upper}") from None


def every_name(node: Node) -> Iterator[Named]:
    """The names in a formula, those above e too."""
    for part in walk(node):
        if isinstance(part, Named) and part.letter == "e" and part.upper:
            with suppress(UnclearError):
                yield from every_name(exponent(part))
        elif isinstance(part, Named):
            yield part


def names_in(node: Node, naming: Naming) -> Iterator[str]:
    """The keys of the arrays in a formula. Raises `UnclearError`."""
    functions = {id(part.head) for part in walk(node) if isinstance(part, Applied) and naming.is_function(part.head)}
    letters = set(_bound(node))
    for part in walk(node):
        if isinstance(part, Named) and id(part) not in functions and part not in letters:
            if part.letter == "e" and part.upper:
                yield from names_in(exponent(part), naming)
            elif not (part.letter == r"\mathbb{1}" or _is_count(part, node)):
                yield naming(part).key


def _bound(node: Node) -> Iterator[Named]:
    """The letters that sums run over, and how far."""
    for part in walk(node):
        if isinstance(part, Bounded):
            for limit in (*part.below, *part.above):
                yield from (each for each in walk(limit) if isinstance(each, Named))
        elif isinstance(part, Big):
            yield from map(Named, part.variables)


def _is_count(name: Named, node: Node) -> bool:
    return name.letter in COUNTS and not name.has_scripts and any(
        isinstance(part, Ratio) and name in walk(part.under) and counts(part.under) for part in walk(node)
    )  # fmt: skip


def counts(node: Node) -> bool:
    """Whether every name in a formula is how many there are of something."""
    return all(not isinstance(part, Named) or part.letter in COUNTS for part in walk(node))


__all__ = ["Definition", "Name", "Naming", "Page", "UnclearError", "counts", "page_at"]
