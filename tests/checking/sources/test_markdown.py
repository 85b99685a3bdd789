"""Mathematics in Markdown: every way to write it, and what only looks like it."""

import pytest

from tests.checking.sources.finding import found, same_signs, sound, texts

DISPLAYS = {
    "dollars": ("$$\ny = w x\n$$", "y = w x"),
    "in one line": ("so $$y = w x$$ holds", "y = w x"),
    "side by side": ("$$y = w x$$$$z = y$$", "y = w x", "z = y"),
    "after text": ("text\n$$\ny = w\n$$\nmore", "y = w"),
    "lines that look like lists": ("text\n$$\ny = a\n+ b\n- c\n* d\n1. e\n$$", "y = a\n+ b\n- c\n* d\n1. e"),
    "begun within a line": ("text: $$ y\n+ a = 3\n\n= 4$$ end", "y\n+ a = 3\n\n= 4"),
    "a line of one equals sign": ("\\[\ny\n=\nx\n\\]", "y\n=\nx"),
    "a line of dashes": ("$$\ny\n---\nx\n$$", "y\n---\nx"),
    "blank lines": ("$$\n\ny = x\n\n\n= z\n\n$$", "y = x\n\n\n= z"),
    "brackets": ("\\[ y = x \\\\ z = y \\]", "y = x \\\\ z = y"),
    "doubled backslashes": ("\\\\[ y = \\\\{ x\\_1 \\\\} \\\\\\\\ z = y \\\\]", "y = \\{ x_1 \\} \\\\ z = y"),
    "doubled delimiters only": ("\\\\[ y = \\{x\\} \\\\\nz = y \\\\]", "y = \\{x\\} \\\\\nz = y"),
    "a fence": ("```math\ny = x\n```", "y = x"),
    "a fence of tildes": ("~~~math\ny = x\n~~~", "y = x"),
    "a fence without an end": ("```math\ny = x", "y = x"),
    "a directive": ("```{math}\n:label: first\n\ny = x\n```", "y = x"),
    "an environment": ("\\begin{equation}\ny = x\n\\end{equation}", "y = x"),
    "rows": ("\\begin{align*}\ny &= x \\\\\n+ z &= 1\n\\end{align*}", "y &= x \\\\\n+ z &= 1"),
    "an argument": ("\\begin{alignat}{2}\ny &= x\n\\end{alignat}", "y &= x"),
    "a matrix": ("\\begin{bmatrix} a & b \\end{bmatrix}", "\\begin{bmatrix} a & b \\end{bmatrix}"),
    "a quotation": ("> so\n> $$\n> y = x\n> + z\n> $$\n> end", "y = x\n+ z"),
    "behind a quotation": ("> so\n$$\ny = x\n+ z\n$$", "y = x\n+ z"),
    "a quotation in a quotation": ("> > $$\n> > y\n> > = x\n> > $$", "y\n= x"),
    "a list": ("- so\n  $$\n  y = x\n  + z\n  $$\n- more", "y = x\n+ z"),
    "far to the right in a list": ("1. so\n\n        $$\n        y = x\n        $$", "y = x"),
    "behind a tab": ("* so\n\n\t$$\n\ty = x\n\t$$", "y = x"),
    "a heading": ("## $$y = x$$", "y = x"),
    "no end of line": ("$$y=x$$", "y=x"),
    "a comment in TeX": ("$$y = x % so\n+ z$$", "y = x % so\n+ z"),
    "an escaped dollar": ("$$y = 5\\$$$", "y = 5\\$"),
}
INLINE = {
    "dollars": ("then $y = x$.", "y = x"),
    "spaces within": ("then $ y = x $.", "y = x"),
    "a space at one end": ("then $y = x $.", "y = x"),
    "over two lines": ("then $y\n+ z = x$.", "y\n+ z = x"),
    "side by side": ("$a$$b$", "a", "b"),
    "backticks within": ("then $`y_1 = x`$.", "y_1 = x"),
    "a role": ("then {math}`y = x`.", "y = x"),
    "brackets": ("then \\(y = x\\).", "y = x"),
    "doubled brackets": ("then \\\\(y = x\\_1\\\\).", "y = x_1"),
    "escaped underlines": ("then $x\\_{11} = y\\_1$.", "x_{11} = y_1"),
    "the end of a row before an underline": ("$a \\\\_1$", "a \\\\_1"),
    "entities": ("$a &lt; b &amp;= c$", "a < b &= c"),
    "dollars within text": ("$y = 1 \\text{ if $i$ is odd}$", "y = 1 \\text{ if $i$ is odd}"),
    "emphasis": ("**so $y = x$** and *so $z$*", "y = x", "z"),
    "signs of emphasis": ("$a * b = c$ and $d * e_1$ and _f_ $g_1_$", "a * b = c", "d * e_1", "g_1_"),
    "a link": ("[see $y = x$](there.html)", "y = x"),
    "a table": ("| a | b |\n|---|---|\n| $y = x$ | $z$ |\n| $\\|v\\| = 1$ | `$w$` |", "y = x", "z", "|v| = 1"),
    "a block of HTML": ("<div>\n$y = x$ and $z$\n</div>", "y = x", "z"),
    "details": ("<details>\n<summary>$z$</summary>\n\n$y = x$\n\n</details>", "z", "y = x"),
    "a title with a line below": ("So $y = x$\n===\n", "y = x"),
    "a footnote": ("[^1]: $y=x$", "y=x"),
    "a sum of money": ("It costs $5 and then $6, or 3$ if $y = x$.", "y = x"),
    "a dollar too many": ("It costs $5.\nThen $y_1$ is $x$.", "y_1", "x"),
    "currencies": ("US$ 5 and A$6, $y = x$", "y = x"),
    "words and a relation": ("$output size = n - 1$", "output size = n - 1"),
    "characters without spaces": ("因此$y = x$，而$z$。", "y = x", "z"),
}
NOTHING = {
    "code": "`$y = x$` and ``a ` $z$``",
    "a fence": "```python\n$y = x$\n```",
    "a fence in a list": "- so\n  ```\n  $$y = x$$\n  ```",
    "indented code": "so\n\n    $$ y = x $$\n",
    "escaped dollars": "\\$y = x\\$",
    "one dollar": "only $5",
    "sums": "from $5 to $6",
    "a citation": "as said \\[1\\] and \\(see there\\)",
    "a comment": "<!-- $y = x$ -->",
    "code in HTML": "<pre>\n$y = x$\n</pre>\n\na <code>$z$</code> b",
    "an attribute": '<a title="$y = x$">b</a>',
    "another environment": "\\begin{itemize}\n\\end{itemize}",
    "two displays that are not closed": "$$\n\n# A title\n\n$$",
    "prose between dollars": "the $first of the many words and $ then",
    "front matter": "---\ntitle: $y = x$\n---\n",
    "a sign": "the sign $\\times$ and $\\left[\\cdot\\right]$",
    "nothing": "",
    "empty dollars": "$$ $$ and $ $",
}


@pytest.mark.parametrize("name", DISPLAYS)
def test_displays(name: str) -> None:
    text, *expected = DISPLAYS[name]
    assert found(text, "markdown") == [("display", each) for each in expected]


@pytest.mark.parametrize("name", INLINE)
def test_inline(name: str) -> None:
    text, *expected = INLINE[name]
    assert found(text, "markdown") == [("inline", each) for each in expected]


@pytest.mark.parametrize("name", NOTHING)
def test_nothing(name: str) -> None:
    assert found(NOTHING[name], "markdown") == []


@pytest.mark.parametrize("cases", [DISPLAYS, INLINE])
def test_every_sign_stands_where_the_passage_says(cases: dict[str, tuple[str, ...]]) -> None:
    changed = {"escaped underlines", "entities", "doubled backslashes", "doubled brackets", "a table"}
    for name, (text, *_) in cases.items():
        if name not in changed:
            assert same_signs(sound(text, "markdown")), name


def test_places_behind_escapes() -> None:
    text = "$x\\_1 &lt; y$"
    (passage,) = sound(text, "markdown").passages
    assert passage.text == "x_1 < y"
    assert [text[passage.offset(passage.text.index(sign))] for sign in "x1y"] == list("x1y")
    assert text[passage.offset(0) : passage.stop] == "x\\_1 &lt; y"


def test_lines_and_columns_of_a_quotation() -> None:
    source = sound("> so\n> $$\n> y = x\n>  + z\n> $$", "markdown")
    (passage,) = source.passages
    assert source.place(passage.offset(0)) == (3, 3)
    assert source.place(passage.offset(passage.text.index("+"))) == (4, 4)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_ends_of_lines(end: str) -> None:
    text = end.join(["Ä so", "", "$$", "y = x", "+ z", "$$", "and $w$"])
    source = sound(text, "markdown")
    assert [passage.text.split() for passage in source.passages] == [["y", "=", "x", "+", "z"], ["w"]]
    assert [source.place(passage.offset(0)) for passage in source.passages] == [(4, 1), (7, 6)]
    assert same_signs(source)


def test_prose_is_what_is_left() -> None:
    text = "Stride 2: $y = x$ `code` <!-- remark --> 3$\\times$3\n\n```\nx = 1\n```\n"
    prose = sound(text, "markdown").prose
    assert prose.split() == ["Stride", "2:", "3$\\times$3"]
    assert [at for at, sign in enumerate(text) if sign == "\n"] == [at for at, sign in enumerate(prose) if sign == "\n"]


PIECES = {
    "a sign as prose": ("$y$ = $w$ * $x$", "y = w * x"),
    "a sign at the end": ("$y =$ $w$", "y = w"),
    "a sign at the start, on the next line": ("$y$\n$= w$", "y = w"),
    "matrices": ("$\\begin{pmatrix} a \\end{pmatrix}$=$\\begin{pmatrix}\n b \\end{pmatrix}$",
                 "\\begin{pmatrix} a \\end{pmatrix} = \\begin{pmatrix}\nb \\end{pmatrix}"),
    "marks of a list": ("+ $y = w$\n+ $x = z$\n* $u = v$", "y = w", "x = z", "u = v"),
    "a sum over lines": ("$y = w$\n+ $x$", "y = w + x"),
    "no sign": ("$y$ $w$", "y", "w"),
    "a word": ("$y$ is $= w$", "y", "= w"),
    "a paragraph": ("$y =$\n\n$w$", "y =", "w"),
    "a display": ("$y =$ $$w$$", "y =", "w"),
}  # fmt: skip


@pytest.mark.parametrize("name", PIECES)
def test_a_formula_in_pieces(name: str) -> None:
    text, *expected = PIECES[name]
    source = sound(text, "markdown")
    assert [passage.text for passage in source.passages] == expected
    assert same_signs(source)


PLAIN = """Then

dL/dF11 = dO11*X11 + dO12*X12

    dL/dX = dO * F

```
O11 = X11*F11
  + X12*F12
```

```python
x = 3
```

```
import os
x = 3
```
"""


def test_plain_text_where_no_tex_is() -> None:
    expected = ["dL/dF11 = dO11*X11 + dO12*X12", "dL/dX = dO * F", "O11 = X11*F11\n+ X12*F12"]
    assert found(PLAIN) == [("plain", each) for each in expected]
    assert found(f"{PLAIN}\n$y$") == [("inline", "y")]


def test_macros_of_the_author() -> None:
    text = "$$\\newcommand{\\pd}[2]{\\frac{\\partial #1}{\\partial #2}}$$\n\n$\\pd{L}{x} = 0$ `\\def\\x{y}`"
    assert texts(text) == ["\\frac{\\partial L}{\\partial x} = 0"]
