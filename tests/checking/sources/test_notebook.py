"""Mathematics in notebooks."""

import json

import pytest

from symconv.checking.sources import source_from_text
from symconv.errors import InputError
from tests.checking.sources.finding import sound

SECOND = ['# A "title" é\n', "\n", "$$\n", "\\frac{a}{b} = c\n", "+ d\n", "$$ so $x_1$"]
CELLS = [
    {"cell_type": "code", "metadata": {}, "outputs": [{"text": "$y$"}], "source": ["x = '$y$'\n"]},
    {"cell_type": "markdown", "metadata": {}, "source": SECOND},
    {"metadata": {}, "source": "<!-- symconv: stride=2 -->\n\u00e9\U0001f600\t$y = 1$", "cell_type": "markdown"},
    {"cell_type": "raw", "metadata": {}, "source": "$y$"},
    {"cell_type": "markdown", "metadata": {"cells": "$y$"}, "source": []},
]  # fmt: skip


def notebook(cells: list[object], **options: object) -> str:
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, **options)


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("ascii_only", [True, False])
def test_places_in_the_file_and_in_the_cell(indent: int | None, ascii_only: bool) -> None:
    text = notebook(CELLS, indent=indent, ensure_ascii=ascii_only)
    source = sound(text)
    assert [passage.text for passage in source.passages] == ["\\frac{a}{b} = c\n+ d", "x_1", "y = 1"]
    display, inline, last = source.passages
    assert text[display.offset(0) :].startswith("\\\\frac{a}{b} = c\\n")
    assert text[display.offset(display.text.index("d"))] == "d"
    assert text[inline.offset(0) : inline.stop] == "x_1"
    assert text[last.offset(0) : last.stop] == "y = 1"
    cells = [source.cell(passage.offset(0)) for passage in source.passages]
    assert [cell and cell.number for cell in cells] == [2, 2, 3]
    places = [cell and cell.place(passage.offset(0)) for cell, passage in zip(cells, source.passages, strict=True)]
    assert places == [(4, 1), (6, 8), (2, 5)]
    assert source.cell(0) is None
    assert [dict(setting.values) for setting in source.settings] == [{"stride": "2"}]


def test_prose_is_that_of_the_cells() -> None:
    words = sound(notebook([{"cell_type": "markdown", "source": "Stride two. $y$"}])).prose.split()
    assert words == ["Stride", "two."]


def test_older_notebooks() -> None:
    text = json.dumps({"worksheets": [{"cells": [{"cell_type": "markdown", "source": ["$y = x$"]}]}], "nbformat": 3})
    assert [passage.text for passage in sound(text, "notebook").passages] == ["y = x"]


def test_macros_hold_in_later_cells() -> None:
    cells = [{"cell_type": "markdown", "source": source} for source in ("$\\def\\x{y}$", "$\\x = 1$")]
    assert [passage.text for passage in sound(notebook(cells)).passages] == ["y = 1"]


def test_plain_text_only_where_no_cell_has_tex() -> None:
    cells = [{"cell_type": "markdown", "source": source} for source in ("dX = a*b", "$y$")]
    assert [passage.text for passage in sound(notebook(cells)).passages] == ["y"]
    assert [passage.text for passage in sound(notebook(cells[:1])).passages] == ["dX = a*b"]


def test_half_a_character() -> None:
    text = '{"cells": [{"cell_type": "markdown", "source": "\\ud800 $y$"}], "nbformat": 4}'
    source = sound(text)
    assert [passage.text for passage in source.passages] == ["y"]
    source.prose.encode()


BAD = {
    "no JSON": "{",
    "a list": "[]",
    "no cells": '{"nbformat": 4}',
    "cells that are none": '{"cells": 3, "nbformat": 4}',
    "nested deep": '{"cells": ' + "[" * 50_000 + "]" * 50_000 + "}",
    "a long number": '{"cells": [' + "1" * 5_000 + "]}",
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_notebook(name: str) -> None:
    with pytest.raises(InputError, match=r"^a\.ipynb: notebook [^\n]*$"):
        source_from_text(BAD[name], "a.ipynb", "notebook")


@pytest.mark.parametrize(
    "cell", [3, None, {"source": 3}, {"cell_type": 1, "source": {"a": "b"}}, {"cell_type": "markdown"}]
)
def test_cells_that_are_none(cell: object) -> None:
    assert sound(notebook([cell]), "notebook").passages == ()
