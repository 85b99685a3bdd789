"""Mathematics in TeX: what stands between delimiters or in environments, outside of comments and verbatim text."""

from __future__ import annotations

import re

from symconv.checking.sources import settings
from symconv.checking.sources.contents import Contents
from symconv.checking.sources.excerpt import Excerpt
from symconv.checking.sources.formulas import Formulas
from symconv.checking.sources.macros import definitions
from symconv.checking.sources.source import Source

HIDDEN = re.compile(
    r"""%(?P<comment>[^\n]*)
    | \\begin\s*\{(?P<name>verbatim\*?|Verbatim\*?|lstlisting|minted|comment|filecontents\*?|alltt)\}
        .*?(?:\\end\s*\{(?P=name)\}|\Z)
    | \\(?:verb\*?|lstinline(?:\[[^\]\n]*\])?|mintinline\s*\{[^{}\n]*\})(?P<mark>[^A-Za-z\s{*])[^\n]*?(?:(?P=mark)|$)
    | \\(?:url|path|lstinline|mintinline\s*\{[^{}\n]*\})\s*\{[^{}\n]*\}
    | \\iffalse(?![A-Za-z]).*?(?:\\fi(?![A-Za-z])|\Z)
    | \\(?s:.)""",
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)
"""What TeX does not read as it reads the rest; and escaped signs, such as a percent sign."""
_OPENING = re.compile(r"\\begin(?![A-Za-z])|\\[(\[]|\\.|\$", re.DOTALL)
_DELIMITER = re.compile(r"\\(?:begin|end)\s*\{|\\[\[\]]|\$\$")
_BEGIN, _END = re.compile(r"\\begin\s*\{document\}"), re.compile(r"\\end\s*\{document\}")
MAX_SHORTHAND = 200
"""Characters that a command for the start or the end of a display may stand for."""


def read(text: str, name: str) -> Source:
    """What a text in TeX holds; no other file is looked at."""
    contents = Contents(name, text)
    bare = _bare(Excerpt.whole(text), contents)
    begin, end = _BEGIN.search(bare.text), _END.search(bare.text)
    start, stop = begin.end() if begin else 0, end.start() if end else len(text)
    contents.macros.learn(bare.text[:start])
    body = _with_delimiters(bare, bare.part(start, max(start, stop)))
    _formulas(body, contents)
    return contents.source([bare.part(start, max(start, stop))])


def _bare(excerpt: Excerpt, contents: Contents) -> Excerpt:
    """The text, blank where TeX does not read it."""
    kept = list(excerpt.text)
    first = True
    for hidden in HIDDEN.finditer(excerpt.text):
        if hidden["comment"] is None and len(hidden[0]) == 2:
            continue
        found = excerpt.part(*hidden.span())
        kept[hidden.start() : hidden.end()] = re.sub(r"[^\n]", " ", hidden[0])
        if hidden["comment"] is None:
            contents.leave_out(found)
            continue
        line = contents.line(found)
        values = settings.from_comment(hidden["comment"].lstrip("%"), line)
        if first and values is None and not excerpt.text[: hidden.start()].strip():
            values = settings.from_mark(hidden["comment"], line)
        contents.setting(found, values)
        first = False
    return Excerpt("".join(kept), excerpt.places, excerpt.stop)


def _with_delimiters(bare: Excerpt, body: Excerpt) -> Excerpt:
    r"""The text with commands such as `\be` and `\ee` replaced, where these are the author's for a display."""
    short = {
        name: macro.body
        for _, _, name, macro in definitions(bare.text)
        if not macro.count and len(macro.body) <= MAX_SHORTHAND and _DELIMITER.search(macro.body)
    }
    if not short:
        return body
    names = "|".join(map(re.escape, sorted(short, key=len, reverse=True)))
    calls = re.compile(rf"(?:{names})(?![A-Za-z@])")
    kept: list[tuple[int, int, str]] = []
    at = 0
    for start, stop in (*((start, stop) for start, stop, _, _ in definitions(body.text)), (len(body.text), 0)):
        kept += [(*call.span(), short[call[0]]) for call in calls.finditer(body.text, at, start)]
        at = stop
    return body.edited(kept)


def _formulas(body: Excerpt, contents: Contents) -> None:
    formulas = Formulas(body.text, tex=True)
    at = learned = 0
    while found := _OPENING.search(body.text, at):
        formula = formulas.at(found.start())
        at = formula.end if formula else found.end()
        if formula is None:
            continue
        contents.macros.learn(body.text[learned:at])
        learned = at
        content, whole = body.part(formula.start, formula.stop), body.part(formula.begin, formula.end)
        contents.mathematics(content, formula.kind, whole)
