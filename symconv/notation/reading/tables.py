"""The grammar of formulas made into the tables of its parser: `python -m symconv.notation.reading.tables`.

The tables stand beside the grammar and are made anew where it changes, so that reading starts at once. Symbols and
rules are sorted and states numbered as they are reached, so that a grammar has one table.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

from symconv.notation.reading.parser import START, TABLES

HERE = resources.files("symconv.notation.reading")
GRAMMAR = "formula.lark"
INLINED = "__"
"""What the names of rules begin with that stand for a repetition within another rule."""
States = Mapping[int, Mapping[str, tuple[Any, Any]]]


def tables() -> str:
    """For each state what is done at each symbol, and for each rule its name, length, method and parts, as JSON."""
    from lark import Lark

    parser: Any = Lark(HERE.joinpath(GRAMMAR).read_text(encoding="utf-8"), parser="lalr", maybe_placeholders=True)
    found = parser.parser.parser._parse_table
    rules = sorted(parser.rules, key=str)
    states = _numbered(found.states, found.start_states[START])
    numbers = {rule: -1 - at for at, rule in enumerate(rules)}
    actions = [
        {name: numbers[to] if to in numbers else states[to] for name, (_, to) in sorted(found.states[state].items())}
        for state in states
    ]
    made = [(rule.origin.name, len(rule.expansion), *_making(rule)) for rule in rules]
    return f'{{"states": [\n{_lines(actions)}\n], "rules": [\n{_lines(made)}\n]}}\n'


def _numbered(states: States, start: int) -> dict[int, int]:
    """The numbers of states, in the order in which they are reached."""
    reached = [start]
    for state in reached:
        following = (to for _, (_, to) in sorted(states[state].items()) if isinstance(to, int))
        reached += [to for to in dict.fromkeys(following) if to not in reached]
    return {state: number for number, state in enumerate(reached)}


def _making(rule: Any) -> tuple[str, int | list[int | list[int] | None]]:
    """The method for what a rule finds, and the places of the parts that it is given; one place is that part itself."""
    kept: list[int | list[int] | None] = []
    left_out = iter(rule.options.empty_indices or [False] * (len(rule.expansion) + 1))
    for at, part in enumerate(rule.expansion):
        kept += [None] * next(left_out)
        if part.name.startswith(INLINED):
            kept.append([at])
        elif not getattr(part, "filter_out", False):
            kept.append(at)
    kept += [None] * next(left_out)
    name = rule.alias or rule.origin.name
    if (rule.options.expand1 and not rule.alias) or name == START:
        (only,) = kept
        return "", only  # type: ignore[return-value]
    return "" if name.startswith(INLINED) else name, kept


def _lines(rows: Sequence[Any]) -> str:
    return ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows)


if __name__ == "__main__":
    Path(str(HERE)).joinpath(TABLES).write_text(tables(), encoding="utf-8")
