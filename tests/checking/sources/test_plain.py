"""Formulas in plain text."""

import pytest

from tests.checking.sources.finding import found, same_signs, sound, values

LINES = {
    "a gradient": ("dL/dF11 = dO11*X11 + dO12*X12", "dL/dF11 = dO11*X11 + dO12*X12"),
    "signs outside of ASCII": ("∂L/∂F₁₁ = ∂L/∂O₁₁ · X₁₁", "∂L/∂F₁₁ = ∂L/∂O₁₁ · X₁₁"),
    "a bullet": ("- dX = dO * F", "dX = dO * F"),
    "a number": ("2. dX = dO * F", "dX = dO * F"),
    "a name in front": ("Forward pass: O = X * F", "O = X * F"),
    "words in front": ("So we get dL/dX = dO * F", "dL/dX = dO * F"),
    "a remark": ("dL/dX = dO * F (by the chain rule)", "dL/dX = dO * F"),
    "a remark behind a comma": ("z = max(0, y), where y is the input", "z = max(0, y)"),
    "a full stop": ("y = x.", "y = x"),
    "a condition": ("y = x if x > 0", "y = x if x > 0"),
    "functions": ("y = sigmoid(w*x + b)", "y = sigmoid(w*x + b)"),
    "matrices": ("A = [[1, 2], [3, 4]]", "A = [[1, 2], [3, 4]]"),
    "the next line begins with a sign": ("dX = a\n   + b\n   - c", "dX = a\n   + b\n   - c"),
    "the next line begins with a relation": ("dX = a * b\n   = c", "dX = a * b\n   = c"),
    "a line ends with a sign": ("dX = a +\n  b", "dX = a +\n  b"),
    "a line ends with a relation": ("dX =\n  a + b", "dX =\n  a + b"),
    "bullets are no signs": ("- dX = a\n- dY = b", "dX = a", "dY = b"),
    "a blank line ends it": ("dX = a\n\n+ b", "dX = a"),
    "two": ("dX = a\ndY = b", "dX = a", "dY = b"),
}
NOTHING = {
    "prose": "With stride = 2 the output is small.",
    "names": "Name = John Smith",
    "an address": "https://a.example/?x=y",
    "a rule": "=======",
    "an arrow": "a => b",
    "no relation": "dL/dX",
    "one side": "= 3",
    "brackets of prose": "as said (s = 1, d = 1) before",
    "a long line": "x = " + "y + " * 2_000,
    "nothing": "",
}


@pytest.mark.parametrize("name", LINES)
def test_lines(name: str) -> None:
    text, *expected = LINES[name]
    assert found(text, "plain") == [("plain", each) for each in expected]
    assert same_signs(sound(text, "plain"))


@pytest.mark.parametrize("name", NOTHING)
def test_nothing(name: str) -> None:
    assert found(NOTHING[name], "plain") == []


def test_settings() -> None:
    text = "# symconv: conv input=3x3 filter=2x2\ndX = a\n# symconv: stride=2"
    assert found(text) == [("plain", "dX = a")]
    assert values(text) == [{"layer": "conv", "input": "3x3", "filter": "2x2"}, {"stride": "2"}]
