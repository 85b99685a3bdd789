"""`examples/homework.md`: its lines are worked out here by counting, and what `check` says is compared with that."""

import re
from itertools import product
from pathlib import Path
from random import Random

import pytest

from symconv.cli.main import run
from symconv.compose.check import check

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "examples" / "homework.md").read_text(encoding="utf-8")
MATHEMATICS = [next(filter(None, pair)) for pair in re.findall(r"\$\$\n(.*?)\n\$\$|\$([^$]+)\$", PAGE, re.DOTALL)]
PLANTED = {
    r"\frac{\partial E}{\partial w_{21}}": "neighbouring-index",
    r"\frac{\partial E}{\partial a_{24}}": "missing-term",
    r"\frac{\partial E}{\partial a}": "not-rotated",
}
"""The left sides of the three lines that are wrong, and what is wrong with them."""


# By counting: a convolution of whole numbers, and the loss whose gradient by the output is δ

random = Random(1)
A, W, D = ({(i, j): random.randint(1, 10**6) for i in range(rows) for j in range(columns)}
           for rows, columns in ((3, 4), (2, 2), (2, 3)))  # fmt: skip


def output(a, w):
    return {(i, j): sum(a[i + m, j + n] * w[m, n] for m, n in w) for i, j in product(range(2), range(3))}


def loss(a, w):
    return sum(D[at] * value for at, value in output(a, w).items())


def raised(array, at):
    return {**array, at: array[at] + 1}


Z = output(A, W)
BY_W = {at: loss(A, raised(W, at)) - loss(A, W) for at in W}
BY_A = {at: loss(raised(A, at), W) - loss(A, W) for at in A}
"""The loss is linear in either, so a step of one is the derivative."""

_ARRAYS = {"a": A, "w": W, "z": Z, r"\delta": D, r"E/w": BY_W, r"E/a": BY_A}
_ENTRY = re.compile(r"\\frac\{\\partial E\}\{\\partial ([aw])_\{(\d)(\d)\}\}|(a|w|z|\\delta)_\{(\d)(\d)\}")


def value(side):
    """A sum of products of entries, as a number."""
    total = 0
    for term in side.split("+"):
        entries = list(_ENTRY.finditer(term))
        assert _ENTRY.sub("", term).strip() == ""
        factor = 1
        for entry in entries:
            array = f"E/{entry[1]}" if entry[1] else entry[4]
            row, column = (int(digit) - 1 for digit in (entry[2] or entry[5], entry[3] or entry[6]))
            factor *= _ARRAYS[array][row, column]
        total += factor
    return total


def correlation(big, small, rows, columns):
    """The correlation of two arrays, whose entries outside are 0."""
    return {
        (i, j): sum(big.get((i + m, j + n), 0) * entry for (m, n), entry in small.items())
        for i, j in product(range(rows), range(columns))
    }


PADDED = {(i + 1, j + 1): entry for (i, j), entry in D.items()}
ROTATED = {(1 - m, 1 - n): entry for (m, n), entry in W.items()}
OTHERS = {
    r"z_{ij} = \sum_{m=1}^{2} \sum_{n=1}^{2} a_{i+m-1,\,j+n-1} \, w_{mn}": True,
    r"z = a \star w": correlation(A, W, 2, 3) == Z,
    r"\frac{\partial E}{\partial w_{11}} = \sum_{i=1}^{2} \sum_{j=1}^{3} \frac{\partial E}{\partial z_{ij}} "
    r"\frac{\partial z_{ij}}{\partial w_{11}}": sum(D[at] * (output(A, raised(W, (0, 0)))[at] - Z[at]) for at in D)
    == BY_W[0, 0],
    r"\frac{\partial z_{12}}{\partial w_{21}} = a_{22}": output(A, raised(W, (1, 0)))[0, 1] - Z[0, 1] == A[1, 1],
    r"\frac{\partial E}{\partial w} = a \star \delta": correlation(A, D, 2, 2) == BY_W,
    r"\frac{\partial E}{\partial a} = \mathrm{pad}_1(\delta) \star w": correlation(PADDED, W, 3, 4) == BY_A,
}
"""The lines that are no sums of entries, and whether they hold. The first is how `output` is defined."""
NO_CLAIMS = (
    r"\delta_{ij} = \frac{\partial E}{\partial z_{ij}}",
    r"w \leftarrow w - \eta \, \frac{\partial E}{\partial w}",
)


def written():
    """The equations of the page, without what lays them out."""
    for found in MATHEMATICS:
        rows = re.sub(r"\\(?:begin|end)\{aligned\}", "", found).replace("&", "").split("\\\\")
        yield from (" ".join(row.split()) for row in rows if "=" in row or "leftarrow" in row)


def holds(equation):
    if equation in OTHERS:
        return OTHERS[equation]
    left, right = equation.split("=")
    return value(left) == value(right)


CLAIMS = [equation for equation in written() if equation not in NO_CLAIMS]


def test_the_page_has_three_mistakes():
    assert len(CLAIMS) == 22
    assert [equation.partition(" = ")[0] for equation in CLAIMS if not holds(equation)] == list(PLANTED)
    assert correlation(PADDED, ROTATED, 3, 4) == BY_A


@pytest.fixture(scope="module")
def report():
    return check(PAGE)


def test_check_finds_these_three_and_no_other(report):
    found = {" ".join(each.equation.replace("&", "").split()).rstrip("\\ "): each for each in report.findings}
    assert set(found) >= {*CLAIMS, *NO_CLAIMS}
    assert {each for each in CLAIMS if found[each].verdict == "proved"} == set(filter(holds, CLAIMS))
    assert {each for each in found if found[each].verdict == "refuted"} == set(CLAIMS) - set(filter(holds, CLAIMS))
    assert all(each.verdict != "unread" for each in report.findings)


def test_the_mistakes_are_named_and_mended(report):
    refuted = [each for each in report.findings if each.verdict == "refuted"]
    assert [each.mistake for each in refuted] == list(PLANTED.values())
    for each in refuted[:2]:
        left, right = each.hint.replace(r"\cdot", " ").split("=")
        assert value(left) == value(right)
    assert r"rot180" in refuted[2].hint


def test_the_readme_shows_what_check_says(capsys, monkeypatch):
    monkeypatch.chdir(ROOT)
    assert run(["check", "examples/homework.md"]) == 1
    said = capsys.readouterr().out.splitlines()
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    command = "symconv check examples/homework.md | grep -v proved:"
    (shown,) = re.findall(rf"```sh\n{re.escape(command)}\n```\n\n```text\n(.*?)```", readme, re.DOTALL)
    assert shown.splitlines() == [line for line in said if "proved:" not in line]
