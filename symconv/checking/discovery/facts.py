"""What one equation says of letters by its form alone: products of entries, matrices written out, operations, sizes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from symconv.checking.discovery.entries import Entry, bare, entry, terms, walk
from symconv.checking.discovery.result import ReadEquation
from symconv.checking.discovery.subjects import plain
from symconv.checking.usual import LOSSES
from symconv.notation.letters import unicode_letter
from symconv.notation.tree import (
    Applied,
    Dots,
    Function,
    Labelled,
    Listed,
    Matrix,
    Named,
    Node,
    Number,
    Operation,
    Partial,
    Product,
    Relation,
    Sum,
    Transpose,
    parts_of,
)

CONVOLUTION_SIGNS = frozenset("⊗*⋆⊛⊚⊠⋄∘") | {"conv", "corr", "xcorr", "convolve", "correlate"}
_WORDS = """
    conv conv1d conv2d conv3d convolve convolution corr correlate correlation xcorr crosscorr crosscorrelation
    fullconv fullconvolution
"""
CONVOLUTION_WORDS = frozenset(_WORDS.split())
POOLING_WORDS = {
    **dict.fromkeys(["max", "maxpool", "maxpooling", "maxpool2d", "max-pool", "MP"], "max-pool"),
    **dict.fromkeys(["avg", "mean", "average", "avgpool", "meanpool", "avgpool2d", "averagepool"], "avg-pool"),
    **dict.fromkeys(["pool", "pooling", "Pool"], "pool"),
}
"""Words with entries or an array behind them, and the layer they mean; "pool" may be either."""


@dataclass(frozen=True, slots=True)
class Tap:
    """A product of two entries that is part of a third: target += first · second, or ∂target/∂first = second."""

    target: Entry
    first: Entry
    second: Entry


@dataclass(frozen=True, slots=True)
class Share:
    """An entry that is part of another, with a number in front."""

    target: Entry
    part: Entry
    number: float


@dataclass(frozen=True, slots=True)
class Pooled:
    """An entry that is a function of a window of entries."""

    target: Entry
    window: tuple[Entry, ...]
    kind: str


@dataclass(frozen=True, slots=True)
class Written:
    """A matrix of neighbouring entries of one array; `whole` is the array that it is said to be."""

    letter: str
    gradient: bool
    shape: tuple[int, ...]
    first: tuple[int, ...]
    whole: Entry | None = None


@dataclass(frozen=True, slots=True)
class Spread:
    """A matrix of entries of one array and zeros, with a number in front, that is said to be another array."""

    target: Entry
    letter: str
    gradient: bool
    number: float
    shape: tuple[int, int]
    zeros: bool


@dataclass(frozen=True, slots=True)
class Operated:
    """target = left (sign) right + rest, of arrays; the sign is "" for a matrix product."""

    target: Entry | None
    sign: str
    left: Entry
    right: Entry
    rest: tuple[Entry, ...] = ()
    transposed: bool = False


@dataclass
class Facts:
    """What one equation says; `nodes` are all nodes of its tree."""

    offset: int
    node: Node
    nodes: Sequence[Node] = ()
    entries: list[Entry] = field(default_factory=list)
    zeros: list[Entry] = field(default_factory=list)
    taps: list[Tap] = field(default_factory=list)
    shares: list[Share] = field(default_factory=list)
    pooled: list[Pooled] = field(default_factory=list)
    written: list[Written] = field(default_factory=list)
    operated: list[Operated] = field(default_factory=list)
    spread: list[Spread] = field(default_factory=list)
    shaped: list[tuple[Entry, tuple[int, ...]]] = field(default_factory=list)
    locals: list[tuple[Entry, Entry]] = field(default_factory=list)
    defined: list[tuple[Entry, Entry]] = field(default_factory=list)
    applied: list[tuple[Entry | None, str, Entry]] = field(default_factory=list)

    @property
    def letters(self) -> set[str]:
        return {found.letter for found in self.entries}


def loss_letters(equations: Sequence[Sequence[Node]]) -> tuple[str, ...]:
    """What stands over ∂ without an index and never below it, the most frequent first; from all nodes of equations."""
    over: Counter[str] = Counter()
    under: set[str] = set()
    for nodes in equations:
        for node in nodes:
            if isinstance(node, Partial):
                above, below = entry(node.over, ()), entry(node.under, ())
                over.update([above.spelling] if above and not above.index else [])
                under.update([below.letter] if below else [])
    indexed = {one.letter for nodes in equations for node in nodes if (one := entry(node, ())) and one.is_numeric}
    found = [letter for letter in over if letter not in under and (letter in LOSSES or letter not in indexed)]
    usual = [letter for letter in found if letter in LOSSES]
    kept = usual or found
    return tuple(sorted(kept, key=lambda letter: -over[letter]))


def facts_of(equation: ReadEquation, nodes: Sequence[Node], losses: Collection[str]) -> Facts:
    """The facts of one equation, whose nodes are given too."""
    found = Facts(equation.offset, equation.node, nodes)
    found.entries = list(_entries(equation.node, losses))
    found.locals = list(_locals(found.nodes, losses))
    for relation in _relations(equation.node):
        _of_relation(relation, losses, found)
    for node in found.nodes:
        for part in node.arguments if isinstance(node, Applied) else ():
            _of_operation(None, part, losses, found)
    _of_matrices(losses, found)
    _of_functions(equation.node, losses, found)
    return found


def _entries(node: Node, losses: Collection[str]) -> Iterator[Entry]:
    """All entries and arrays; nothing inside of one counts again."""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        found = entry(one, losses)
        if found is not None:
            yield found
        else:
            waiting.extend(reversed(parts_of(one)))


def _locals(nodes: Sequence[Node], losses: Collection[str]) -> Iterator[tuple[Entry, Entry]]:
    """What is differentiated by what, other than the loss."""
    for one in nodes:
        if isinstance(one, Partial) and entry(one, losses) is None:
            over, under = entry(one.over, losses), entry(one.under, losses)
            if over and under:
                yield over, under


def _relations(node: Node) -> Iterator[Relation]:
    parts = node.items if isinstance(node, Listed) else (node,)
    for part in parts:
        if isinstance(part, Relation):
            yield part


def _of_relation(relation: Relation, losses: Collection[str], found: Facts) -> None:
    first, *others = relation.sides
    for side in others:
        _of_sides(first, side, losses, found)
    known = [entry(side, losses) for side in relation.sides]
    symbols = [one for one in known[:1] if one and not one.gradient]
    found.defined += [(one, other) for one in symbols for other in known[1:] if other and other.gradient]
    for one in relation.sides[1:]:
        _of_operation(first, one, losses, found)
    for one in relation.sides[:-1]:
        _of_operation(relation.sides[-1], one, losses, found)
    if known[0] is not None and not known[0].is_numeric:
        for side in relation.sides[1:]:
            _of_spread(known[0], side, losses, found)


def _of_sides(left: Node, right: Node, losses: Collection[str], found: Facts) -> None:
    """Products and parts of an entry; matrices cell by cell."""
    one, other = bare(left), bare(right)
    if isinstance(one, Matrix) and isinstance(other, Matrix):
        for row, beside in zip(one.rows, other.rows, strict=False):
            for cell, value in zip(row, beside, strict=False):
                _of_entry(cell, value, losses, found)
        return
    if isinstance(one, Matrix):
        for cell, factors in _cells_of_product(one, other):
            target = entry(cell, losses)
            if target is not None and target.index:
                _of_term(target, 1, factors, losses, found)
        return
    _of_entry(left, right, losses, found)


def _cells_of_product(left: Matrix, right: Node) -> Iterator[tuple[Node, tuple[Node, Node]]]:
    """The cells of a matrix that is a product of two, and the pairs of cells that are multiplied there."""
    factors = right.factors if isinstance(right, Product) else ()
    rows = [_rows(factor) for factor in factors]
    if len(rows) != 2 or not all(rows) or len(rows[0]) != len(left.rows):
        return
    columns = tuple(zip(*rows[1], strict=True))
    if len(columns) != len(left.rows[0]) or len(rows[0][0]) != len(rows[1]):
        return
    for cells, row in zip(left.rows, rows[0], strict=True):
        for cell, column in zip(cells, columns, strict=True):
            yield from ((cell, pair) for pair in zip(row, column, strict=True))


def _rows(node: Node) -> tuple[tuple[Node, ...], ...]:
    """The rows of a matrix that is written out, turned where it is transposed."""
    if isinstance(node, Transpose):
        return tuple(zip(*_rows(node.body), strict=True))
    inner = bare(node)
    return inner.rows if isinstance(inner, Matrix) and len(set(map(len, inner.rows))) == 1 else ()


def _of_entry(left: Node, right: Node, losses: Collection[str], found: Facts) -> None:
    target = entry(left, losses)
    if target is not None and target.index:
        for number, factors in terms(right):
            _of_term(target, number, factors, losses, found)
    elif isinstance(left, Partial) and target is None:
        _of_local(left, right, losses, found)


def _of_local(left: Partial, right: Node, losses: Collection[str], found: Facts) -> None:
    """∂O/∂F = X."""
    over, under, value = entry(left.over, losses), entry(left.under, losses), entry(right, losses)
    if over and under and value and over.index and under.index and value.index:
        found.taps.append(Tap(over, under, value))


def _of_term(target: Entry, number: float, factors: tuple[Node, ...], losses: Collection[str], found: Facts) -> None:
    parts = [entry(factor, losses) for factor in factors] if number else []
    if len(parts) == 1 and parts[0] is not None:
        found.shares.append(Share(target, parts[0], number))
    if len(parts) == 2 and parts[0] is not None and parts[1] is not None and parts[0].index and parts[1].index:
        found.taps.append(Tap(target, parts[0], parts[1]))


# Arrays


def _of_spread(target: Entry, side: Node, losses: Collection[str], found: Facts) -> None:
    """An array that is a matrix: its sizes; and, where the matrix has entries of one other array, which."""
    for number, factors in terms(bare(side)):
        matrix = bare(factors[0]) if len(factors) == 1 else None
        if not isinstance(matrix, Matrix) or any(
            isinstance(cell, Dots | Matrix) for row in matrix.rows for cell in row
        ):
            continue
        shape = (len(matrix.rows), max(map(len, matrix.rows)))
        found.shaped.append((target, shape))
        cells = [entry(cell, losses) for row in matrix.rows for cell in row]
        empty = [cell == Number(0) for row in matrix.rows for cell in row]
        kept = {(cell.letter, cell.gradient) for cell in cells if cell is not None}
        if len(kept) == 1 and all(cell is not None or none for cell, none in zip(cells, empty, strict=True)):
            letter, gradient = kept.pop()
            if plain(letter) != plain(target.letter):
                found.spread.append(Spread(target, letter, gradient, number, shape, any(empty)))


def _reference(node: Node, losses: Collection[str]) -> Entry | None:
    """The array that a node is, by name or written out."""
    inner = bare(node)
    if isinstance(inner, Matrix):
        written = _written(inner, losses)
        return Entry(written.letter, gradient=written.gradient) if written else None
    found = entry(inner, losses)
    return found if found is not None and len(found.index) <= 1 else None


def _of_operation(left: Node | None, right: Node, losses: Collection[str], found: Facts) -> None:
    """target = left * right + b, conv(left, right), or a matrix product."""
    parts = right.terms if isinstance(right, Sum) else (right,)
    target = _reference(left, losses) if left is not None else None
    rest = tuple(one for part in parts if (one := _reference(part, losses)) is not None)
    products = [found for part in parts for found in _operands(part, losses)]
    alone = sum(not sign for sign, *_ in products) == 1
    for sign, one, other, transposed in products:
        if sign or alone:
            found.operated.append(Operated(target, sign, one, other, rest, transposed))


def _operands(node: Node, losses: Collection[str]) -> Iterator[tuple[str, Entry, Entry, bool]]:
    if isinstance(node, Operation) and node.sign in CONVOLUTION_SIGNS:
        yield from _pair(node.sign, (node.left, node.right), losses)
    elif isinstance(node, Applied) and node.head.letter.lower() in CONVOLUTION_WORDS:
        yield from _pair("conv", node.arguments[:2], losses)
    else:
        for _, factors in terms(node):
            if len(factors) == 2:
                yield from _pair("", factors, losses)


def _pair(sign: str, operands: Sequence[Node], losses: Collection[str]) -> Iterator[tuple[str, Entry, Entry, bool]]:
    inner = [node.body if isinstance(node, Transpose) else node for node in operands]
    found = [_reference(node, losses) for node in inner]
    if len(found) == 2 and found[0] is not None and found[1] is not None:
        yield sign, found[0], found[1], any(isinstance(node, Transpose) for node in operands)


def _of_matrices(losses: Collection[str], found: Facts) -> None:
    """Matrices written out, and what they are said to be."""
    if not any(isinstance(one, Matrix) for one in found.nodes):
        return
    named = {id(bare(matrix)): whole for whole, matrix in _said(found.nodes, losses)}
    for one in found.nodes:
        if isinstance(one, Matrix):
            written = _written(one, losses)
            if written:
                whole = named.get(id(one))
                found.written.append(Written(written.letter, written.gradient, written.shape, written.first, whole))


def _said(nodes: Sequence[Node], losses: Collection[str]) -> Iterator[tuple[Entry, Node]]:
    """The array and the matrix that stand on both sides of a sign, or above each other."""
    for one in nodes:
        if isinstance(one, Labelled):
            label = entry(one.label, losses)
            if label is not None:
                yield label, one
        elif isinstance(one, Relation) and len(one.sides) == 2:
            left, right = one.sides
            for name, matrix in ((left, right), (right, left)):
                whole = entry(name, losses)
                if whole is not None and isinstance(bare(matrix), Matrix):
                    yield whole, matrix


def _written(matrix: Matrix, losses: Collection[str]) -> Written | None:
    cells = {
        (row, column): entry(cell, losses)
        for row, found in enumerate(matrix.rows)
        for column, cell in enumerate(found)
        if not isinstance(cell, Dots)
    }
    one = next(iter(cells.values()), None)
    if one is None or not one.is_numeric or any(isinstance(cell, Dots) for row in matrix.rows for cell in row):
        return None
    if any(cell is None or (cell.letter, cell.gradient) != (one.letter, one.gradient) for cell in cells.values()):
        return None
    return _consecutive(one, cells, (len(matrix.rows), max(map(len, matrix.rows))))


def _consecutive(one: Entry, cells: dict[tuple[int, int], Entry | None], shape: tuple[int, int]) -> Written | None:
    """The matrix if its indices count up from the first; a vector has one index."""
    first = tuple(part or 0 for part in one.positions)
    if len(cells) != shape[0] * shape[1] or len(first) not in (1, 2) or (len(first) == 1 and 1 not in shape):
        return None
    for (row, column), cell in cells.items():
        away = (row, column) if len(first) == 2 else (row + column,)
        if cell is None or cell.positions != tuple(a + b for a, b in zip(first, away, strict=True)):
            return None
    return Written(one.letter, one.gradient, shape if len(first) == 2 else (max(shape),), first)


# Functions


def _of_functions(node: Node, losses: Collection[str], found: Facts) -> None:
    for relation in _relations(node):
        target = _target(relation.sides[0], losses)
        for side in relation.sides[1:]:
            for one in walk(side):
                _of_function(target, one, losses, found)


def _target(node: Node, losses: Collection[str]) -> Entry | None:
    return entry(node, losses)


def _of_function(target: Entry | None, node: Node, losses: Collection[str], found: Facts) -> None:
    name, arguments = _call(node)
    if not name:
        return
    kind = POOLING_WORDS.get(name) or POOLING_WORDS.get(name.lower())
    window = tuple(one for argument in arguments for one in _entries(argument, losses))
    if kind and target is not None and len(window) > 1 and len({one.letter for one in window}) == 1:
        found.pooled.append(Pooled(target, window, kind))
    is_relu = kind == "max-pool" and len(arguments) == 2 and any(isinstance(each, Number) for each in arguments)
    inner = [entry(argument, losses) for argument in arguments]
    for one in inner:
        if one is not None:
            found.applied.append((target, "relu" if is_relu else name, one))


def _call(node: Node) -> tuple[str, tuple[Node, ...]]:
    if isinstance(node, Applied):
        return "" if node.head.primes else node.head.letter, node.arguments
    if isinstance(node, Function):
        return node.name, node.arguments
    if isinstance(node, Named) and node.letter in ("e", r"\mathrm{e}") and node.upper:
        from symconv.errors import UnreadError
        from symconv.notation.reading import read

        try:
            return "exp", (read(node.upper),)
        except UnreadError:
            return "", ()
    return "", ()


def numbers_set(node: Node) -> Iterator[tuple[str, int]]:
    """Letters that are set to a number, such as s = 2 or H = W = 4."""
    for relation in _relations(node):
        *letters, last = relation.sides
        named = [one for one in letters if isinstance(one, Named) and not one.upper]
        equal = {relation.sign, *relation.signs} == {"="} and len(named) == len(letters)
        if equal and isinstance(last, Number) and last.value == int(last.value):
            yield from ((unicode_letter(one.letter), int(last.value)) for one in named)
