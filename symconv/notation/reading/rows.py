"""A display cut into the pieces of its formulas: rows, columns, and what stands side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from symconv.notation.reading.pieces import SPACES, Piece, partners
from symconv.notation.reading.signs import (
    CONDITION_WORDS,
    DELIMITERS,
    DOTS,
    ENVIRONMENTS,
    IF_WORDS,
    IGNORED,
    JOINING_WORDS,
    LETTERS,
    OPERATIONS,
    RELATIONS,
    TEXTS,
    WHERE_WORDS,
    WRAPPERS,
)

WIDE = (r"\quad", r"\qquad", r"\hspace", r"\hspace*", r"\hfill", r"\hskip", r"\enspace")
THIN = (r"\,", r"\;", r"\:", r"\!", r"\>", r"\ ")
CONTINUES = frozenset({"+", r"\cdot", r"\times", "/", "^", "_", "'"} | set(OPERATIONS))
"""What goes on with what stands before it."""
LABELS = frozenset({r"\tag", r"\tag*", r"\label"})
WITH_ARGUMENT = frozenset({"array", "alignedat", "alignat", "alignat*", "IEEEeqnarray", "IEEEeqnarray*", "empheq"})
TEXT_BETWEEN = (r"\intertext", r"\shortintertext", r"\noalign")
NUMBERS = (r"\eqno", r"\leqno")
"""What numbers a display of plain TeX, up to its end."""
BEHIND = CONDITION_WORDS | JOINING_WORDS | IF_WORDS | WHERE_WORDS
WORDS_START = TEXTS | {r"\forall"}
OTHERWISE = frozenset({"otherwise", "else", "sonst", "sinon", "否则"})
ROW, COLUMN, GAP, SOFT, NONE = 4, 3, 2, 1, 0
"""What ends a formula, or may: a row, a column, a wide space, a comma or the end of a line."""


@dataclass
class Row:
    """The pieces of a formula, and of what is said of it behind, such as for which letters it holds."""

    formula: list[Piece]
    aside: list[Piece] = field(default_factory=list)


def rows(found: Sequence[Piece], *, plain: bool = False) -> list[Row]:
    """The formulas, without the environment around them, empty ones left out."""
    inside = _unwrapped(_without_labels(found))
    formulas: list[Row] = []
    pending: list[Piece] = []
    strongest = NONE
    for segment, strength in _segments(inside, plain=plain):
        strongest = max(strongest, strength)
        if not any(_matters(piece) and piece.text != "&" for piece in segment):
            pending += segment
            continue
        nested = _unwrapped(segment) if strongest == ROW else segment
        if formulas and len(nested) < len(segment) and len(found_inside := rows(nested)) > 1:
            formulas += found_inside
        elif formulas and strongest < ROW and _is_aside(segment, formulas[-1]):
            formulas[-1].aside += pending + segment
        elif formulas and strongest < ROW and not any(map(_matters, _without_word(segment))):
            continue
        elif formulas and not _begins_anew(formulas[-1].formula, segment, strongest):
            formulas[-1].formula += pending + segment
        else:
            formulas.append(Row(_without_word(segment) if strongest < ROW else segment))
        pending, strongest = [], NONE
    return [Row(_trimmed(row.formula), row.aside) for row in formulas]


def _is_aside(segment: list[Piece], before: Row) -> bool:
    """Whether a segment only says something of the formula before it, or goes on with what does."""
    word, rest = _word(segment), _without_word(segment)
    if not holds_relation(rest):
        apart = rest[0].text in WIDE and sum(map(_matters, rest)) == 1 and _is_range(rest) if rest else False
        return bool(before.aside) or apart or (word is not None and any(map(_matters, rest)))
    if word is None:
        return bool(before.aside) and _is_range(rest)
    if word in CONDITION_WORDS - WHERE_WORDS:
        return True
    return _is_range(rest) and (word in WHERE_WORDS or bool(before.aside))


def _is_range(found: Sequence[Piece]) -> bool:
    """Whether nothing but single letters and numbers are compared, as with i = 1 or j ≠ k."""
    said = [piece for piece in found if _matters(piece) or piece.text in (",", ";")]
    operands = [piece.kind == "number" or (len(piece.text) == 1 and piece.text.isalpha()) or piece.text in LETTERS
                for piece in said]  # fmt: skip
    between = all(piece.text in BETWEEN for piece, operand in zip(said, operands, strict=True) if not operand)
    return between and not any(one and other for one, other in pairwise(operands))


def conditions(aside: list[Piece]) -> Iterator[list[Piece]]:
    """The pieces of each condition in an aside: relations that no list continues, and what stands behind an if."""
    parts = [(_word(part), _trimmed(_without_word(part))) for part, _ in _segments(aside, plain=False)]
    for (word, part), (_, following) in zip(parts, [*parts[1:], (None, [])], strict=True):
        if part and (word in IF_WORDS or (holds_relation(part) and (not following or holds_relation(following)))):
            yield part


def _word(found: Sequence[Piece]) -> str | None:
    r"""The word at the beginning that joins a formula to another, or says where it holds; \forall is one."""
    return _joining(found, _first(found))[0]


def _first(found: Sequence[Piece]) -> int:
    return next((at for at, piece in enumerate(found) if _matters(piece) and piece.text != "&"), len(found))


def _joining(found: Sequence[Piece], at: int) -> tuple[str | None, int]:
    """The word that joins a formula to another at a place, and the place behind it."""
    if at < len(found) and found[at].text == r"\forall":
        return "for", at + 1
    if at + 1 >= len(found) or found[at].text not in TEXTS or found[at + 1].text != "{":
        return None, at
    start = next((start for start in range(at + 2, len(found)) if _matters(found[start])), at)
    end = next((end for end in range(start, len(found)) if found[end].kind in SPACES or found[end].text in "},:"), at)
    text = "".join(piece.text for piece in found[start:end]).lower()
    return next((each for each in BEHIND if text == each or _starts(text, each)), None), end


def _starts(text: str, word: str) -> bool:
    """Whether a text begins with a word of a language that has no spaces."""
    return not word.isascii() and text.startswith(word)


def _without_word(found: list[Piece]) -> list[Piece]:
    """A segment without the word that joins it to what stands before."""
    first = _first(found)
    word, end = _joining(found, first)
    if word is None:
        return found
    if word in OTHERWISE:
        return found
    if found[first].text not in TEXTS:
        return found[end:]
    group = _group_end(found, first + 1)
    rest = found[end : group - 1]
    return found[group:] if all(map(_is_silent, rest)) else [*found[first : first + 2], *found[end:]]


def _is_silent(piece: Piece) -> bool:
    return not _matters(piece)


def _without_labels(found: Sequence[Piece]) -> list[Piece]:
    """The pieces without the numbers and labels that a display has beside it."""
    kept: list[Piece] = []
    at = 0
    while at < len(found):
        piece = found[at]
        if piece.text in NUMBERS:
            break
        if piece.text in (*LABELS, *TEXT_BETWEEN) and found[at + 1 : at + 2] and found[at + 1].text == "{":
            kept += [Piece("row", r"\\", piece.start, piece.end)] if piece.text in TEXT_BETWEEN else []
            at = _group_end(found, at + 1)
        else:
            kept.append(piece)
            at += 1
    return kept


def _group_end(found: Sequence[Piece], start: int) -> int:
    """The place behind the group that begins at `start`."""
    depth = 0
    for at in range(start, len(found)):
        depth += (found[at].text == "{") - (found[at].text == "}")
        if depth == 0:
            return at + 1
    return len(found)


BETWEEN = frozenset({*RELATIONS, *DOTS, "...", ",", ";", "{", "}", "(", ")", r"\{", r"\}"})
"""What stands between the letters and numbers of a range."""


def _begins_anew(before: Sequence[Piece], segment: Sequence[Piece], strength: int) -> bool:
    """Whether a segment is a formula of its own; part of a line only where it and what is before hold a relation."""
    first = next((piece for piece in segment if _matters(piece) and piece.text != "&"), None)
    last = next((piece for piece in reversed(before) if _matters(piece) and piece.text != "&"), None)
    if first is None or last is None:
        return True
    goes_on = first.text in RELATIONS or first.text in CONTINUES
    if goes_on or last.text in RELATIONS or last.text in CONTINUES or last.text == "-":
        return False
    if strength > SOFT and (_only_dots(before) or _only_dots(segment)):
        return True
    if strength == ROW and not holds_relation(before):
        return True
    if strength == COLUMN and not holds_relation(before) and not holds_relation(segment):
        return True
    return holds_relation(segment) and (strength == ROW or holds_relation(before))


def _only_dots(found: Sequence[Piece]) -> bool:
    return all(piece.kind == "dots" or piece.text in DOTS for piece in found if _matters(piece) and piece.text != "&")


def holds_relation(found: Sequence[Piece]) -> bool:
    """Whether a relation sign stands outside of all brackets."""
    depth = 0
    for piece in found:
        opens, closes = DELIMITERS.get(piece.text, ("", ""))
        depth += bool(opens) + (piece.text in ("{", r"\begin")) - bool(closes) - (piece.text in ("}", r"\end"))
        if depth <= 0 and piece.text in RELATIONS:
            return True
    return False


def _segments(found: Sequence[Piece], *, plain: bool) -> Iterator[tuple[list[Piece], int]]:
    """What stands between the places where a formula may end, and what stands before it."""
    segment: list[Piece] = []
    before = ROW
    depth = 0
    for number, piece in enumerate(found):
        opens, closes = DELIMITERS.get(piece.text, ("", ""))
        depth += bool(opens) + (piece.text in ("{", r"\begin")) - bool(closes) - (piece.text in ("}", r"\end"))
        strength = _break(found, number, plain=plain) if depth <= 0 else NONE
        if not strength and depth <= 0 and piece.text in WORDS_START and _joins(found, number, segment):
            strength = SOFT
        if not strength:
            segment.append(piece)
            continue
        yield segment, before
        before = strength
        segment = [piece] if strength in (GAP, SOFT) else []
    yield segment, before


def _joins(found: Sequence[Piece], number: int, before: Sequence[Piece]) -> bool:
    """Whether a word stands at a place that tells apart what is before it and behind it."""
    return _joining(found, number)[0] is not None and holds_relation(before)


def _break(found: Sequence[Piece], number: int, *, plain: bool) -> int:
    """How strongly a piece ends what stands before it."""
    piece = found[number]
    if piece.kind == "row" or (plain and piece.kind == "newline"):
        return ROW
    if piece.text == "&":
        following = next((other for other in found[number + 1 :] if other.kind not in SPACES), None)
        return NONE if following is None or following.text in RELATIONS else COLUMN
    if plain and piece.text == ",":
        return SOFT if found[number + 1 : number + 2] and found[number + 1].kind == "space" else NONE
    if piece.text in WIDE:
        return GAP
    return SOFT if piece.kind == "newline" or piece.text in (",", ";") else NONE


def _matters(piece: Piece) -> bool:
    silent = piece.kind == "command" and IGNORED.get(piece.text[1:]) == 0
    return piece.kind not in SPACES and not silent and piece.text not in (",", ";", ".")


def _trimmed(formula: list[Piece]) -> list[Piece]:
    """A formula without rows, columns and the commas around it."""
    kept = _without_marks(formula)
    while kept and (kept[-1].kind in SPACES or kept[-1].text in (",", ";", ".", *WIDE[:2])):
        if kept[-1].text == "." and r"\right" in [piece.text for piece in kept[-3:-1]]:
            break
        kept.pop()
    while kept and (kept[0].kind in SPACES or kept[0].text in (",", ";", *WIDE[:2], *THIN)):
        kept.pop(0)
    return kept


def _without_marks(formula: Sequence[Piece]) -> list[Piece]:
    """The pieces but the row ends and column marks outside of all groups and environments."""
    kept, depth = [], 0
    for piece in formula:
        depth += (piece.text in ("{", r"\begin")) - (piece.text in ("}", r"\end"))
        if depth or (piece.kind != "row" and piece.text != "&"):
            kept.append(piece)
    return kept


def _unwrapped(found: list[Piece]) -> list[Piece]:
    """The pieces inside of the environment, box or brace that encloses all of a display."""
    while True:
        start = next((at for at, piece in enumerate(found) if _matters(piece)), len(found))
        stop = next((at for at in range(len(found), start, -1) if _matters(found[at - 1])), start)
        inside = _inside(found, start, stop)
        if inside is None:
            return found
        found = inside


def _inside(found: list[Piece], start: int, stop: int) -> list[Piece] | None:
    if stop <= start:
        return None
    first = found[start]
    if first.text == r"\begin":
        return _environment(found, start, stop)
    if first.text[1:] in WRAPPERS and first.kind == "command":
        opener = next((at for at in range(start + 1, stop) if found[at].kind not in SPACES), stop)
        if opener < stop and found[opener].text == "{" and partners(found).get(opener) == stop - 1:
            return found[opener + 1 : stop - 1]
    closed = found[stop - 1].text == r"\}"
    if first.text == r"\{" and (closed or r"\right" in [piece.text for piece in found[stop:]]):
        inner = found[start + 1 : stop - closed]
        begins = next((piece for piece in inner if _matters(piece)), None)
        return inner if begins is not None and begins.text == r"\begin" and _is_system(inner) else None
    return None


def _environment(found: list[Piece], start: int, stop: int) -> list[Piece] | None:
    """The rows of an environment of equations that is all that there is."""
    pairs = partners(found)
    end = pairs[start]
    name_start = next(at for at in range(start + 1, len(found)) if found[at].text == "{")
    name_stop = pairs[name_start]
    name = "".join(piece.text for piece in found[name_start + 1 : name_stop])
    closing = pairs.get(next((at for at in range(end, len(found)) if found[at].text == "{"), -1), -1)
    if closing != stop - 1:
        return None
    body = name_stop + 1
    if name in WITH_ARGUMENT:
        opener = next((at for at in range(body, end) if found[at].text == "{"), None)
        body = body if opener is None else pairs[opener] + 1
    inner = found[body:end]
    system = name in ("array", "cases", "matrix") and _are_equations(inner, columns=name != "cases")
    return inner if ENVIRONMENTS.get(name) == "rows" or system else None


def _is_system(inner: list[Piece]) -> bool:
    start = next(at for at, piece in enumerate(inner) if _matters(piece))
    stop = next(at for at in range(len(inner), start, -1) if _matters(inner[at - 1]))
    return _environment(inner, start, stop) is not None


def _are_equations(inner: Sequence[Piece], *, columns: bool) -> bool:
    """Whether every row is a relation, and none a value with its condition behind a comma or in another column.

    With `columns` several relations may stand side by side.
    """
    outer = list(_without_alignment(list(_outer(inner))))
    marks = [at for at, piece in enumerate(outer) if piece.text == "&"]
    if marks and not columns:
        return False
    ends = sorted([*marks, *(at for at, piece in enumerate(outer) if piece.kind == "row")])
    parts = [outer[start:end] for start, end in zip([0, *(at + 1 for at in ends)], [*ends, len(outer)], strict=True)]
    rows = [part for part in parts if any(map(_matters, part))]
    firsts = [part[: next((at for at, piece in enumerate(part) if piece.text == ","), len(part))] for part in rows]
    return holds_relation(firsts[0]) and all(holds_relation(part) or _goes_on(part) for part in firsts)


def _goes_on(part: Sequence[Piece]) -> bool:
    """Whether a row begins with the sign between it and the one above."""
    return next(piece.text for piece in part if _matters(piece)) in CONTINUES | {"-"}


def _without_alignment(found: Sequence[Piece]) -> Iterator[Piece]:
    """The pieces but the column marks beside the signs that rows are aligned at."""
    said = [piece for piece in found if piece.kind not in SPACES]
    for before, piece, after in zip([None, *said], said, [*said[1:], None], strict=False):
        beside = {each.text for each in (before, after) if each is not None}
        if piece.text != "&" or beside.isdisjoint({*RELATIONS, "&", "+"}):
            yield piece


def _outer(found: Sequence[Piece]) -> Iterator[Piece]:
    """The pieces outside of all groups and environments, of which only the first and the last piece are left."""
    depth = 0
    for piece in found:
        before = depth
        depth += (piece.text in ("{", r"\begin")) - (piece.text in ("}", r"\end"))
        if before == 0 or depth == 0:
            yield piece
