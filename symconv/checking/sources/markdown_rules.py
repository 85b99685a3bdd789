"""The rules of markdown-it-py that mathematics changes, and those that have to tell where they found something."""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.parser_block import RuleFuncBlockType
from markdown_it.parser_inline import RuleFuncInlineType
from markdown_it.rules_block import StateBlock, code, fence, heading, html_block, table
from markdown_it.rules_inline import StateInline, backtick, html_inline

from symconv.checking.sources.formulas import Formulas

DEEPEST = 60
"""Quotations and lists within each other."""
UNUSED = ("lheading", "reference", "link", "image", "emphasis")
LEAVES: tuple[tuple[str, RuleFuncBlockType, str, list[str]], ...] = (
    ("table", table, "tr_open", ["paragraph"]),
    ("code", code, "code_block", []),
    ("fence", fence, "fence", ["paragraph", "blockquote", "list"]),
    ("html_block", html_block, "html_block", ["paragraph", "blockquote"]),
    ("heading", heading, "inline", ["paragraph", "blockquote"]),
)  # fmt: skip
"""The rules for blocks that hold text: name, rule, the token with the text, and what such a block ends."""
_DISPLAY = re.compile(r"\$\$|\\\\?\[|\\begin\s*\{")
_OPENING = re.compile(r"(?P<skip>(?<!`)(?P<ticks>`+)(?!`)[^\n]*?(?<!`)(?P=ticks)(?!`)|\\[^\[(b\\\n])|[$\\]")


@cache
def parser() -> MarkdownIt:
    """A parser whose `env` holds the `formulas` of the text, and whose tokens say in `meta` where they stand.

    A block has `lines`, the spans of its lines without what quotations and lists put in front of them; code, HTML and
    mathematics within a line has its `place`. Underlined headings and definitions of links are read as paragraphs:
    neither changes what is mathematics, and both would take away lines such as `=`. Links and emphasis are text.
    """
    made = MarkdownIt("commonmark", {"maxNesting": DEEPEST}).enable("table").disable(UNUSED)
    for name, rule, kind, ends in LEAVES:
        made.block.ruler.at(name, _recorded(rule, kind), {"alt": ends})
    made.block.ruler.before("table", "display", _recorded(display, "inline"), {"alt": ["blockquote"]})
    made.block.ruler.at("paragraph", _recorded(paragraph, "inline"))
    made.inline.ruler.before("escape", "mathematics", _placed(mathematics))
    made.inline.ruler.at("backticks", _placed(backtick))
    made.inline.ruler.at("html_inline", _placed(html_inline))
    return made


def _recorded(rule: RuleFuncBlockType, kind: str) -> RuleFuncBlockType:
    """The rule, with a note of the lines of its tokens of a kind."""

    def run(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001 - as markdown-it calls it
        count = len(state.tokens)
        found = rule(state, start, end, silent)
        for token in state.tokens[count:]:
            if token.type == kind and token.map:
                lines = range(*token.map)
                token.meta["lines"] = [(_first(state, line), state.eMarks[line]) for line in lines]
        return found

    return run


def _placed(rule: RuleFuncInlineType) -> RuleFuncInlineType:
    """The rule, with a note of where its tokens stand."""

    def run(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - as markdown-it calls it
        start, count = state.pos, len(state.tokens)
        found = rule(state, silent)
        for token in state.tokens[count:]:
            token.meta["place"] = (start, state.pos)
        return found

    return run


def mathematics(state: StateInline, silent: bool) -> bool:  # noqa: FBT001
    """A formula between its delimiters."""
    formulas: Formulas = state.env["formulas"]
    formula = formulas.at(state.pos) if formulas.text == state.src else None
    if formula is None or formula.end > state.posMax:
        return False
    if not silent:
        state.push("mathematics", "", 0).meta["formula"] = formula
    state.pos = formula.end
    return True


def display(state: StateBlock, start: int, _end: int, silent: bool) -> bool:  # noqa: FBT001
    """A paragraph that begins with a display; in a list it may stand as far to the right as it likes."""
    at = _first(state, start)
    if not _DISPLAY.match(state.src, at) or (state.is_code_block(start) and not state.blkIndent):
        return False
    formulas: Formulas = state.env["formulas"]
    formula = formulas.at(at)
    if formula is None or _line(state, formula.end) >= state.lineMax:
        return False
    return silent or paragraph(state, start, _end, silent)


def paragraph(state: StateBlock, start: int, _end: int, silent: bool) -> bool:  # noqa: FBT001
    """A paragraph; as long as a formula in it is open, no line of it is anything else."""
    endings = state.md.block.ruler.getRules("paragraph")
    before, state.parentType = state.parentType, "paragraph"
    line, reach, behind = start, start, 0
    while True:
        behind = _behind_formulas(state, line, behind)
        reach = max(reach, _line(state, behind))
        line += 1
        if line <= reach and reach < state.lineMax:
            continue
        if line >= state.lineMax or state.isEmpty(line):
            break
        near = 0 <= state.sCount[line] <= state.blkIndent + 3
        if near and any(rule(state, line, state.lineMax, True) for rule in endings):  # noqa: FBT003
            break
    state.line, state.parentType = line, before
    state.push("inline", "", 0).map = [start, line]
    return True


def _behind_formulas(state: StateBlock, line: int, at: int) -> int:
    """The place behind the last formula that begins on a line."""
    formulas: Formulas = state.env["formulas"]
    at = max(_first(state, line), at)
    while at < state.eMarks[line]:
        found = _OPENING.search(state.src, at, state.eMarks[line])
        if found is None:
            return state.eMarks[line]
        formula = None if found["skip"] else formulas.at(found.start())
        at = formula.end if formula else found.end()
    return at


def _first(state: StateBlock, line: int) -> int:
    return state.bMarks[line] + state.tShift[line]


def _line(state: StateBlock, at: int) -> int:
    """The line on which something ends."""
    return bisect_left(state.eMarks, at)
