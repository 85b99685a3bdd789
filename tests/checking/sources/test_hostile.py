"""Hostile text: no crash, no long wait; passages, or one line that says what is wrong."""

import random
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symconv.checking.sources import source_from_file, source_from_text
from symconv.errors import InputError
from tests.checking.sources.finding import sound
from tests.strategies import examples

LONGEST = 20.0
"""Seconds, on a machine that does other things too; alone it is a tenth of that."""
KINDS = (None, "markdown", "tex", "notebook", "plain")
COUNT = 4_000
HOSTILE = {
    "braces": "$" + "{" * 20_000 + "}" * 20_000 + "$",
    "open braces": "${" * COUNT,
    "dollars": "$" * COUNT,
    "dollars and spaces": "$ " * COUNT,
    "dollars and blank lines": "$$\n\n" * COUNT,
    "brackets": "\\(" * COUNT,
    "brackets and blank lines": "\\[\n\n" * COUNT,
    "doubled brackets": "\\\\[" * COUNT,
    "environments": "\\begin{align}" * COUNT,
    "dollars and backticks": "$`" * COUNT,
    "roles": "{math}`" * COUNT,
    "backticks": "".join("`" * at + " " for at in range(150)),
    "quotations": ">" * COUNT,
    "quotations of displays": ("> " * 50 + "$$\n") * 50,
    "lists": "".join("  " * at + "- a\n" for at in range(150)),
    "lists in a line": "- " * COUNT + "$a$",
    "quotations and lists": "> - " * COUNT + "$a$",
    "links": "[" * COUNT,
    "emphasis": "*_" * COUNT,
    "comments": "<!--" * COUNT,
    "tags": "<a " * COUNT,
    "code": "<pre>$a$" * COUNT,
    "fences": "```\n" * COUNT,
    "tables": "|a" * COUNT + "\n" + "|-" * COUNT + "\n",
    "pieces of a formula": "$a =$ " * COUNT,
    "escapes": "$" + "\\_" * COUNT + "$",
    "backslashes": "\\" * COUNT,
    "doubled growth": "".join(f"\\def\\{chr(97 + at)}{{\\{chr(98 + at)}\\{chr(98 + at)}}}" for at in range(24))
    + "\\def\\y{xxxxxxxxxx}" + "$\\a = 1$ " * 300,
    "itself": "\\def\\a{\\a\\a} " + "$\\a$ " * 300,
    "definitions": "\\def\\a{b}" * COUNT + "$\\a$",
    "open definitions": "\\def\\a{" * COUNT + "$\\a$",
    "arguments": "\\newcommand{\\a}[9]{#1#2#3#4#5#6#7#8#9} $" + "\\a" * COUNT + "$",
    "displays of the author": "\\newcommand{\\be}{\\begin{equation}}" + "\\be " * COUNT,
    "verbatim": "\\begin{verbatim}" * COUNT,
    "verb": "\\verb|" * COUNT,
    "left out": "\\iffalse" * COUNT,
    "percent signs": "%\n" * COUNT,
    "front matter": "---\na: b\n" * COUNT,
    "YAML": "---\nsymconv: " + "[" * 3_900 + "\n---\n",
    "JSON": '{"cells": ' + "[" * 20_000,
    "a closed JSON": '{"cells": ' + "[" * 20_000 + "]" * 20_000 + ', "nbformat": 4}',
    "equations": "a = b\n" * COUNT,
    "one equation": "a = b\n" + "+ c\n" * COUNT,
    "open equations": "a =" * COUNT,
    "words": "word word " * COUNT + "= 3",
    "labels": "- " * COUNT + "a = b",
    "equals signs": "=" * COUNT,
    "brackets and a relation": "(" * COUNT + " = 1",
    "no characters": "\0$a$\0",
    "half characters": "$\ud800$",
}  # fmt: skip
_PARTS = r"""
    $ $$ $` `$ ` ``` ```math \[ \] \\[ \\] \( \) \begin{align} \end{align} \begin{ } { \ \\ \$ \_ _ ^ & % # > - + * = 1.
    | |---| <!-- --> <pre> </pre> <div> symconv: stride=2 conv --- : [ ] ( ) \newcommand \def\a \a {#1} #1 \let
    \verb| | \frac \partial \begin{verbatim} \end{verbatim} \iffalse \fi a b x_{1} dL/dX 3x3 word words é ∂ "cells"
    "nbformat" {"cells":[ ]} "source": {math}` \newcommand\be{\begin{equation}} \be \begin{document} \end{document} &lt;
    ~~~ \text{ 5
"""
PARTS = (*_PARTS.split(), " ", "\n", "\n\n", "\r\n", "\t", "    ")
parts = st.lists(st.sampled_from(PARTS), max_size=60).map("".join)


def tried(text: str, kind: str | None) -> None:
    """Read a text, in a short time, or be told in one line why not."""
    start = time.process_time()
    message = refusal(lambda: sound(text, kind))
    assert "\n" not in message
    assert len(message) < 400
    assert time.process_time() - start < LONGEST


def refusal(read: Callable[[], object]) -> str:
    try:
        read()
    except InputError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile(name: str, kind: str | None) -> None:
    tried(HOSTILE[name], kind)


@pytest.mark.parametrize("kind", KINDS)
@given(text=parts)
@examples(400)
def test_pieces_of_everything(kind: str | None, text: str) -> None:
    tried(text, kind)


@pytest.mark.parametrize("kind", KINDS)
@given(text=st.text(max_size=200))
@examples(100)
def test_any_text(kind: str | None, text: str) -> None:
    tried(text, kind)


@given(data=st.binary(max_size=200))
@examples(200)
def test_any_bytes(data: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "bytes.md"
    path.write_bytes(data)
    assert "\n" not in refusal(lambda: source_from_file(path))


def test_changed_documents() -> None:
    """Characters of a document taken away, doubled and moved."""
    text = "# T\n\n$$\ny = x\n+ z\n$$\n\n> so $y$\n\n```math\na\n```\n<!-- symconv: conv input=3x3 -->\n\\[ b \\]\n"
    source = random.Random(0)
    for _ in range(1_000):
        signs = list(text)
        for _ in range(source.randint(1, 6)):
            at = source.randrange(len(signs))
            signs[at] = source.choice(["", signs[at] * 2, source.choice(signs), "\n"])
        tried("".join(signs), source.choice(KINDS[:3]))


def test_no_file_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Text that asks for files gets none."""

    def refused(*_: object, **__: object) -> None:
        raise AssertionError("a file was opened")

    source_from_text("$a$ \\(b\\)", "", "tex"), source_from_text("$a$", "", "markdown")
    monkeypatch.setattr("builtins.open", refused)
    monkeypatch.setattr("pathlib.Path.open", refused)
    text = r"\input{/etc/passwd} \include{a} $\input{a} = \verbatiminput{b}$ \openin1=a \newcommand{\a}{\input{b}} $\a$"
    for kind in ("tex", "markdown", "plain"):
        source_from_text(text, "", kind)
