"""The parser of formulas: shifts and reduces by tables that were made of the grammar beforehand."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from operator import itemgetter
from typing import Any

from symconv.notation.reading.builder import Builder
from symconv.notation.reading.scanner import Token

TABLES = "formula.json"
START, END = "start", "$END"
Kept = Sequence[int | list[int] | None]
Maker = Callable[[list[Any]], Any]


class UnexpectedTokenError(Exception):
    """A token that may not stand where it does, and those that may."""

    def __init__(self, token: Token, expected: set[str]) -> None:
        super().__init__(f"{token.type} where one of {sorted(expected)} is expected")
        self.token, self.expected = token, expected


@dataclass(frozen=True, slots=True)
class Parser:
    """What to do in each state at each symbol; for each rule its name, its number of parts, and what it makes of them.

    An action that is not negative goes on to that state; -1 - n is the rule n.
    """

    states: Sequence[dict[str, int]]
    rules: Sequence[tuple[str, int, Maker]]

    def __call__(self, tokens: Sequence[Token]) -> Any:
        """What the builder makes of tokens. Raises `UnexpectedTokenError`."""
        states, values = [0], list[Any]()
        for token in (*tokens, Token(END, "", 0, 0)):
            while (action := self.states[states[-1]].get(token.type)) is None or action < 0:
                if action is None:
                    raise UnexpectedTokenError(token, {name for name in self.states[states[-1]] if name.isupper()})
                name, size, make = self.rules[-1 - action]
                first = len(values) - size
                made = make(values[first:])
                if name == START:
                    return made
                del values[first:], states[first + 1 :]
                values.append(made)
                states.append(self.states[states[-1]][name])
            values.append(token)
            states.append(action)
        raise AssertionError("the end of a formula is no part of one")


@cache
def parser() -> Parser:
    """The parser of formulas."""
    tables = json.loads(resources.files("symconv.notation.reading").joinpath(TABLES).read_text(encoding="utf-8"))
    builder = Builder()
    rules = [(name, size, _maker(builder, method, kept)) for name, size, method, kept in tables["rules"]]
    return Parser(tables["states"], rules)


def _maker(builder: Builder, method: str, kept: int | Kept) -> Maker:
    """What makes a node of the parts of a rule: one of them, the list of those that are kept, or a method of these."""
    if isinstance(kept, int):
        return itemgetter(kept)
    chosen = _chosen(kept)
    if not method:
        return chosen
    build: Maker = getattr(builder, method)
    return lambda parts: build(chosen(parts))


def _chosen(kept: Kept) -> Maker:
    """The parts that are kept, by their places; None for one that is left out, a list for those of a repetition."""
    places = [each for each in kept if isinstance(each, int)]
    if len(places) == len(kept):
        return lambda parts: [parts[at] for at in places]

    def chosen(parts: list[Any]) -> list[Any]:
        found: list[Any] = []
        for each in kept:
            found += parts[each[0]] if isinstance(each, list) else [None if each is None else parts[each]]
        return found

    return chosen
