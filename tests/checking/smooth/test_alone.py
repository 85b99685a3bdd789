"""Formulas about one function: which one it is, words and definitions right there say before what was said earlier."""

import pytest

import symconv as sc

BEFORE = "A linear part is followed by an activation $a = f(z)$.\n\n"
SLOPES = {
    "sigmoid": ("f(z)(1-f(z))", "f(z)(1+f(z))"),
    "tanh": ("1-f(z)^2", "1-f(z)"),
    "ReLU": (r"\mathbf 1[z>0]", r"\mathbf 1[z<0]"),
    "softplus": (r"\frac{1}{1+e^{-z}}", r"\frac{1}{1+e^z}"),
}
BODIES = {
    "sigmoid": r"\frac{1}{1+e^{-z}}", "tanh": r"\tanh z", "ReLU": r"\max(0,z)", "softplus": r"\log(1+e^z)",
}  # fmt: skip


def verdicts(text):
    return [one.verdict for one in sc.check(text).findings]


@pytest.mark.parametrize("before", ["", BEFORE])
def test_each_item_names_its_own_function(before):
    items = "\n".join(f"- {name}: $f'(z) = {right}$, not $f'(z) = {wrong}$" for name, (right, wrong) in SLOPES.items())
    assert verdicts(before + items)[-8:] == ["proved", "refuted"] * 4


@pytest.mark.parametrize("row", ["| f{n} | ${body}$ | ${slope}$ |", "{n}. ${body}$, so ${slope}$"])
def test_each_row_defines_its_own_function(row):
    rows = [
        row.format(n=number, body=f"f(z) = {BODIES[name]}", slope=f"f'(z) = {slope}")
        for number, (name, slopes) in enumerate(SLOPES.items(), 1)
        for slope in slopes
    ]
    header = "| function | slope | more |\n|---|---|---|\n" if row.startswith("|") else ""
    found = [one for one in sc.check(BEFORE + header + "\n".join(rows)).findings if "f'" in one.equation]
    assert [one.verdict for one in found] == ["proved", "refuted"] * 4


@pytest.mark.parametrize(
    ("words", "right"),
    [
        ("- Tangens hyperbolicus: ", "1-f(z)^2"),
        ("- La tangente hyperbolique : ", "1-f(z)^2"),
        ("- 双曲正切：", "1-f(z)^2"),
        ("- Сигмоида: ", "f(z)(1-f(z))"),
        ("- سيغمويد: ", "f(z)(1-f(z))"),
    ],
)
def test_words_of_other_languages(words, right):
    other = "f(z)(1-f(z))" if right.startswith("1") else "1-f(z)^2"
    assert verdicts(f"{BEFORE}{words}$f'(z) = {right}$\n{words}$f'(z) = {other}$")[-2:] == ["proved", "refuted"]


def test_a_function_that_nobody_names_is_not_known():
    found = sc.check(f"{BEFORE}$$f'(z) = f(z)(1-f(z))$$ $$f'(z) = 1-f(z)^2$$").findings[1:]
    assert [(one.verdict, one.message) for one in found] == [("unread", "which function f is")] * 2


def test_a_word_that_leaves_it_open_hides_what_was_said_before():
    found = sc.check("- $f(z) = \\tanh z$ here\n- ELU: $f'(z) = e^z$\n- $f'(z) = 1 - f(z)^2$").findings
    assert [one.verdict for one in found] == ["not-a-claim", "unread", "proved"]


def test_the_number_that_a_function_is_at_may_be_any():
    text = (
        r"$z^{(1)} = W^{(1)}x$, $a^{(1)} = \sigma(z^{(1)})$, $z^{(2)} = W^{(2)}a^{(1)}$; "
        r"$\sigma'(z) = \sigma(z)(1-\sigma(z))$, not $\sigma'(z) = \sigma(z)(1+\sigma(z))$"
    )
    found = sc.check(text).findings[-2:]
    assert [(one.verdict, one.mistake) for one in found] == [("proved", ""), ("refuted", "wrong-sign")]


def test_a_function_that_is_defined_twice_is_not_judged_by_either():
    text = "$f(z) = \\tanh z$\n\nor $f(z) = \\max(0, z)$\n\nin general $f'(z) = 1 - f(z)^2$"
    assert verdicts(text) == ["not-a-claim", "not-a-claim", "unread"]
