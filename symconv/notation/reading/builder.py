"""What each rule of the grammar makes of its parts: nodes, flat where sums, products and chains are flat."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, cast

from symconv.errors import UnreadError
from symconv.notation.reading.canonical import number_of, quotient
from symconv.notation.reading.scanner import Token
from symconv.notation.reading.signs import TRANSPOSED
from symconv.notation.tree import (
    Applied,
    Arrow,
    Big,
    Blank,
    Bounded,
    Branch,
    Cases,
    Ceiling,
    Diagram,
    Differential,
    Dots,
    Floor,
    Function,
    Indexed,
    Inner,
    Iverson,
    Labelled,
    Listed,
    Matrix,
    Named,
    Negative,
    Node,
    Number,
    Ones,
    Operation,
    Partial,
    Power,
    Product,
    Ratio,
    Relation,
    Sum,
    Transpose,
    Words,
    Zero,
    is_letter,
)

_LETTERS = re.compile(r"(?:\\[A-Za-z]+|[A-Za-z])")


class Builder:
    """Makes nodes of what the rules of the grammar find, from the leaves up."""

    def start(self, parts: list[Node]) -> Node:
        return parts[0]

    # Chains, sums, products

    def listed(self, parts: list[Node]) -> Node:
        return Listed(tuple(parts))

    def relation(self, parts: list[Any]) -> Node:
        sides = tuple(Blank() if side is None else side for side in parts[::2])
        signs = tuple(token.value for token in parts[1::2])
        if len(set(signs)) == 1:
            return Relation(sides, signs[0])
        return Relation(sides, signs=signs)

    def sum(self, parts: list[Any]) -> Node:
        terms = [parts[0]]
        for sign, term in zip(parts[1::2], parts[2::2], strict=True):
            terms.append(Negative(term) if sign.type == "MINUS" else term)
        flat = [part for term in terms for part in (term.terms if isinstance(term, Sum) else (term,))]
        return Sum(tuple(flat))

    def operation(self, parts: list[Any]) -> Node:
        left, token, right = parts
        sign, lower = token.value
        return Operation(sign, left, right, lower)

    def cross(self, parts: list[Any]) -> Node:
        return Operation("×", parts[0], parts[2])

    def negative(self, parts: list[Any]) -> Node:
        return Negative(parts[1])

    def positive(self, parts: list[Any]) -> Node:
        return parts[1]  # type: ignore[no-any-return]

    def times(self, parts: list[Any]) -> Node:
        return Product(_flat((parts[0], parts[2])))

    def product(self, parts: list[Node]) -> Node:
        return Product(_flat(parts))

    def ratio(self, parts: list[Any]) -> Node:
        return quotient(parts[0], parts[2])

    def unclear(self, parts: list[Any]) -> Node:
        raise UnreadError(parts[1].start_pos, "/ before a product", "brackets around what is below the line")

    # Derivatives

    def differential(self, parts: list[Any]) -> Node:
        sign, lower, *under = parts[0].value
        return Partial(parts[1], under[0]) if any(under) else Differential(sign, parts[1], lower)

    def bare_differential(self, parts: list[Any]) -> Token:
        return parts[0]  # type: ignore[no-any-return]

    def partial(self, parts: list[Node]) -> Node:
        over, under = parts
        return _partial(over, under) or Ratio(over, under)

    def derivative(self, parts: list[Any]) -> Node:
        fraction, over, under, operand = parts
        if over.value[0] != under.sign:
            raise UnreadError(fraction.start_pos, f"{over.value[0]} over {under.sign}", "the same sign above and below")
        return Partial(operand, under.body, under.sign == "d")

    def fraction(self, parts: list[Any]) -> Node:
        _, over, under = parts
        return _partial(over, under) or quotient(over, under)

    # Functions and big signs

    def function(self, parts: list[Any]) -> Node:
        return Applied(parts[0].value, (parts[1],))

    def call(self, parts: list[Any]) -> Node:
        head = parts[0].value
        if len(parts) == 1:
            return Applied(head, ())
        inside = parts[1]
        return Applied(head, inside.items if isinstance(inside, Listed) else (inside,))

    def root(self, parts: list[Any]) -> Node:
        degree = parts[0].value
        if not degree or degree == "2":
            return Function("sqrt", (parts[1],))
        if not degree.isdigit() or len(degree) > 2 or int(degree) == 0:
            raise UnreadError(parts[0].start_pos, f"a root of degree {degree[:20]}", "a whole number")
        return Power(parts[1], Number(Fraction(1, int(degree))))

    def big(self, parts: list[Any]) -> Node:
        sign, lower, upper = parts[0].value
        letters = _variables(lower)
        if sign == "∑" and letters and not upper:
            return Big(letters, parts[1])
        return Bounded(sign, lower, upper, parts[1])

    # Scripts

    def lowered(self, parts: list[Any]) -> Node:
        body, token = parts
        if is_letter(body):
            return Named(body.letter, token.value, body.upper, body.primes)
        if isinstance(body, Inner) and token.value == "F":
            return body
        return Indexed(body, token.value)

    def raised(self, parts: list[Any]) -> Node:
        body, token = parts
        text, read = token.value
        if text in TRANSPOSED:
            return Transpose(body)
        if isinstance(body, Named) and not body.upper:
            return Named(body.letter, body.lower, text, body.primes)
        if text == r"\circ":
            return Power(body, Words("°"))
        items = read()
        return Power(body, items[0] if len(items) == 1 else Listed(items))

    def primed(self, parts: list[Any]) -> Node:
        body, token = parts
        if isinstance(body, Named):
            return Named(body.letter, body.lower, body.upper, body.primes + 1)
        raise UnreadError(token.start_pos, "a prime", "a letter before it")

    # Atoms

    def name(self, parts: list[Any]) -> Node:
        named: Named = parts[0].value
        if named.upper in TRANSPOSED:
            return Transpose(Named(named.letter, named.lower, "", named.primes))
        return named

    def number(self, parts: list[Any]) -> Node:
        return number_of(parts[0].value)

    def dots(self, parts: list[Any]) -> Node:
        return Dots(parts[0].value)

    def words(self, parts: list[Any]) -> Node:
        return Words(parts[0].value)

    def ones(self, parts: list[Any]) -> Node:
        return Ones()

    def zero(self, parts: list[Any]) -> Node:
        return Zero("inserted")

    def arrow(self, parts: list[Any]) -> Node:
        return Arrow(*parts[0].value)

    def round(self, parts: list[Node]) -> Node:
        return parts[0]

    def curly(self, parts: list[Node]) -> Node:
        inside = parts[0]
        if isinstance(inside, Matrix) and all(len(row) == 2 for row in inside.rows):
            return Cases(tuple(_branch(row) for row in inside.rows))
        return inside

    def group(self, parts: list[Node]) -> Node:
        return parts[0]

    def square(self, parts: list[Any]) -> Node:
        token, rows = parts
        if len(rows) > 1:
            return _matrix(_entries(rows), token)
        inside: Any = rows[0][0] if len(rows[0]) == 1 else None
        if inside is None:
            raise UnreadError(token.start_pos, "[]", "something between the brackets")
        items = _listed(inside)
        if all(isinstance(item, Relation) for item in items):
            return Iverson((items,))
        nested = [row for item in items if isinstance(item, Matrix) for row in item.rows]
        if isinstance(inside, Listed):
            return _matrix(nested if len(nested) == len(items) else [items], token)
        if isinstance(inside, Matrix) and all(_conditions(row) for row in inside.rows):
            return Iverson(tuple(_listed(row[0]) for row in inside.rows))
        return cast("Node", inside)

    def inner(self, parts: list[Any]) -> Node:
        inside = parts[0]
        if isinstance(inside, Listed) and len(inside.items) == 2:
            return Inner(*inside.items)
        return inside  # type: ignore[no-any-return]

    def floor(self, parts: list[Node]) -> Node:
        return Floor(parts[0])

    def ceiling(self, parts: list[Node]) -> Node:
        return Ceiling(parts[0])

    def absolute(self, parts: list[Node]) -> Node:
        return Function("abs", (parts[0],))

    def norm(self, parts: list[Node]) -> Node:
        return Applied(Named("norm"), (parts[0],))

    def labelled(self, parts: list[Any]) -> Node:
        _, body, token = parts
        label, sizes = token.value
        return body if label is None else Labelled(body, label, sizes)

    # Rows

    def rows(self, parts: list[list[Node | None]]) -> list[list[Node | None]]:
        while len(parts) > 1 and parts[-1] == [None]:
            parts = parts[:-1]
        return [row for row in parts if row != [None]] or parts

    def row(self, parts: list[Any]) -> list[Node | None]:
        return [part for part in parts if not isinstance(part, Token)]

    def cell(self, parts: list[Any]) -> Node | None:
        return parts[0] if parts else None

    def matrix(self, parts: list[Any]) -> Node:
        token, rows = parts
        if any(isinstance(cell, Arrow) for row in rows for cell in row):
            return Diagram(tuple(tuple(Blank() if cell is None else _in_a_row(cell) for cell in row) for row in rows))
        matrix = _matrix(rows, token)
        if token.value in ("matrix", "array") and len(matrix.rows) == 1 and len(matrix.rows[0]) == 1:
            return matrix.rows[0][0]
        return matrix

    def cases(self, parts: list[list[list[Node | None]]]) -> Node:
        return Cases(tuple(_branch(row) for row in parts[0]))


def _flat(parts: Sequence[Node]) -> tuple[Node, ...]:
    return tuple(factor for part in parts for factor in (part.factors if isinstance(part, Product) else (part,)))


def _partial(over: Node, under: Node) -> Node | None:
    """A quotient of differentials, with d apart from its letter too; one of something else is what it is."""
    over, under = _spaced(over), _spaced(under)
    if isinstance(over, Differential) and isinstance(under, Differential) and over.sign == under.sign != "∇":
        return Partial(over.body, under.body, over.sign == "d")
    return None


def _spaced(node: Node) -> Node:
    """d x as the differential that it is above or below another one."""
    if isinstance(node, Product) and len(node.factors) == 2 and node.factors[0] == Named("d"):
        return Differential("d", node.factors[1])
    return node


def _variables(below: tuple[Node, ...]) -> tuple[str, ...]:
    """The letters of a sum over nothing but letters, ij and i, j alike."""
    letters: list[str] = []
    for item in below:
        for part in item.factors if isinstance(item, Product) else (item,):
            if not is_letter(part) or not _LETTERS.fullmatch(part.letter):
                return ()
            letters.append(part.letter + "'" * part.primes)
    return tuple(letters)


def _branch(row: Sequence[Node | None]) -> Branch:
    cells = [cell for cell in row if cell is not None]
    if len(cells) == 1 and isinstance(cells[0], Listed) and len(cells[0].items) > 1:
        value, *conditions = cells[0].items
    elif len(cells) == 1:
        value, conditions = cells[0], [Words("")]
    elif cells:
        value, *conditions = cells
    else:
        value, conditions = Blank(), [Words("")]
    if isinstance(value, Listed) and len(value.items) == 1:
        value = value.items[0]
    return Branch(value, conditions[0] if len(conditions) == 1 else Listed(tuple(conditions)))


def _matrix(rows: Sequence[Sequence[Node | None]], token: Token) -> Matrix:
    if len({len(row) for row in rows}) != 1 and any(len(row) > 1 for row in rows):
        widths = ", ".join(str(len(row)) for row in rows[:8])
        raise UnreadError(token.start_pos, f"rows of {widths} entries", "as many in each")
    if any(cell is None for row in rows for cell in row):
        if all(cell is None for row in rows for cell in row):
            raise UnreadError(token.start_pos, "an empty matrix", "entries")
        return Matrix(tuple(tuple(Blank() if cell is None else _in_a_row(cell) for cell in row) for row in rows))
    return Matrix(tuple(tuple(_in_a_row(cell) for cell in row if cell is not None) for row in rows))


def _in_a_row(cell: Node) -> Node:
    return Dots("row") if cell == Dots("sum") else cell


def _entries(rows: Sequence[Sequence[Node | None]]) -> list[list[Node | None]]:
    """Rows of plain text: what stands between commas."""
    return [[*cells] for cells in (_listed(row[0]) for row in rows)]


def _listed(cell: Node | None) -> tuple[Node, ...]:
    return cell.items if isinstance(cell, Listed) else () if cell is None else (cell,)


def _conditions(row: Sequence[Node]) -> bool:
    return len(row) == 1 and all(isinstance(item, Relation) for item in _listed(row[0]))
