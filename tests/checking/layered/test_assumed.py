"""What gradients of dense layers suppose where no formula says what the layers compute, and which way vectors stand."""

import pytest

import symconv as sc

ERROR = r"\varepsilon^l = ((v^{l+1})^T \varepsilon^{l+1}) \odot \sigma'(u^l)"
RIGHT = r"\frac{\partial E}{\partial v^l_{pq}} = h^{l-1}_q \varepsilon^l_p"
SWAPPED = r"\frac{\partial E}{\partial v^l_{pq}} = h^{l-1}_p \varepsilon^l_q"
NAMES = {"X": "h", "O": "u", "F": "v", "b": "c", "G": r"\varepsilon", "L": "E"}
COLUMNS = r"u^l = v^l h^{l-1} + c^l"
ROWS = r"u^l = h^{l-1} v^l + c^l"


def verdicts(*lines):
    return [found.verdict for found in sc.check("".join(f"$${line}$$\n\n" for line in lines), names=NAMES).findings]


def test_most_gradients_say_how_layers_are_computed():
    assert verdicts(ERROR, RIGHT, SWAPPED) == ["proved", "proved", "refuted"]
    assert verdicts(SWAPPED, ERROR, RIGHT) == ["refuted", "proved", "proved"]


def test_of_two_that_exclude_each_other_one_is_proved():
    report = sc.check(f"$${ERROR}$$\n\n$${SWAPPED}$$", names=NAMES)
    assert [found.verdict for found in report.findings] == ["proved", "unread"]
    assert "layers compute" in report.findings[1].message and "a line before it excludes" in report.findings[1].message


def test_gradients_of_rows_agree_with_each_other():
    rows = r"\varepsilon^l = (\varepsilon^{l+1} (v^{l+1})^T) \odot \sigma'(u^l)"
    assert verdicts(rows, SWAPPED, RIGHT) == ["proved", "proved", "refuted"]


@pytest.mark.parametrize(
    ("layer", "line", "verdict"),
    [
        (COLUMNS, r"\varepsilon^l = ((v^{l+1})^T \varepsilon^{l+1}) \odot \sigma'(u^l)", "proved"),
        (COLUMNS, r"\varepsilon^l = ((\varepsilon^{l+1})^T v^{l+1})^T \odot \sigma'(u^l)", "proved"),
        (COLUMNS, r"(\varepsilon^l)^T = ((\varepsilon^{l+1})^T v^{l+1}) \odot \sigma'(u^l)^T", "proved"),
        (COLUMNS, r"\varepsilon^l = (\varepsilon^{l+1})^T v^{l+1} \odot \sigma'(u^l)", "refuted"),
        (COLUMNS, r"\varepsilon^l = ((v^{l+1})^T \varepsilon^{l+1})^T \odot \sigma'(u^l)", "refuted"),
        (COLUMNS, r"\frac{\partial E}{\partial c^l} = (\varepsilon^l)^T", "refuted"),
        (COLUMNS, r"\frac{\partial E}{\partial v^l} = \varepsilon^l (h^{l-1})^T", "proved"),
        (ROWS, r"\frac{\partial E}{\partial v^l} = (h^{l-1})^T \varepsilon^l", "proved"),
        (ROWS, r"\varepsilon^l = (v^{l+1} (\varepsilon^{l+1})^T)^T \odot \sigma'(u^l)", "proved"),
        (ROWS, r"\varepsilon^l = v^{l+1} (\varepsilon^{l+1})^T \odot \sigma'(u^l)", "refuted"),
    ],
)
def test_a_row_is_no_column(layer, line, verdict):
    found = sc.check(f"$${layer}$$\n\n$${line}$$", names=NAMES).findings[-1]
    assert found.verdict == verdict
    assert found.mistake in (("missing-transpose", "wrong-order") if verdict == "refuted" else ("",))
