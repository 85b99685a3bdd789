"""Letters for roles: what may stand in a formula, and what is refused in one line."""

import pytest

from symconv.errors import InputError
from symconv.notation.letters import GREEK, unicode_letter
from symconv.notation.tree import Style

VALID = [
    ("x", "x"),
    ("W", "W"),
    (r"\delta", "δ"),
    (r"\Omega", "Ω"),
    (r"\ell", "ℓ"),
    (r"\varepsilon", "ε"),
    (r"\mathcal{L}", "L"),
    (r"\mathbf{x}", "x"),
    (r"\mathrm{\Theta}", "Θ"),
    ("W_1", "W_1"),
    ("W_{1}", "W_1"),
    ("K^{l}", "K^l"),
    ("K^l", "K^l"),
    (r"\delta_{out}", "δ_out"),
    (r"\mathcal{K}^{12}", "K^12"),
]
REFUSED = [
    "", " ", "xy", "1", "é", "δ", "x ", " x", "x\n", "x_", "x_{}", "x_{1234}", "x_{i,j}", "x_{1}^{2}", "x'",
    r"x_\delta", r"\input", r"\input{x}", r"\de", r"\delta x", r"\mathbb{R}", r"\mathcal{xy}", r"\mathcal{L",
    r"\mathcal L", "{x}", "x}", "$x$", "x%", "x&y", "x#", "x~", r"x\\", "`", "|", "<x>", "-->", "{{ x }}", "x" * 1000,
]  # fmt: skip


@pytest.mark.parametrize(("letter", "text"), VALID)
def test_a_letter_is_taken_as_it_is_and_has_a_plain_form(letter, text):
    assert Style({"X": letter}).letter("X") == letter
    assert unicode_letter(letter) == text


@pytest.mark.parametrize("name", GREEK)
def test_every_greek_letter_is_one_sign_of_text(name):
    assert len(unicode_letter("\\" + name)) == 1


@pytest.mark.parametrize("letter", REFUSED)
def test_anything_else_is_refused(letter):
    with pytest.raises(InputError) as refused:
        Style({"X": letter})
    assert str(refused.value).startswith(repr(letter)[:40])
    assert " is not a letter for X: write one Latin letter, a Greek one" in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("letter", [None, 3, b"x", ["x"], ("x",)])
def test_what_is_no_text_is_no_letter(letter):
    with pytest.raises(InputError, match="is not a letter for X"):
        Style({"X": letter})


def test_an_unknown_role_is_named_with_the_known_ones():
    with pytest.raises(InputError, match=r"^names has no role 'Q': the roles are X, F, O, b, L, l, C, G, dX, dF, db$"):
        Style({"Q": "x"})


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ({"X": "x", "F": "x"}, "^'x' stands for both X and F: give each role a letter of its own$"),
        ({"F": "O"}, "^'O' stands for both F and O"),
        ({"G": r"\delta", "dX": r"\delta"}, r"^'\\\\delta' stands for both G and dX"),
    ],
)
def test_two_roles_have_two_letters(names, message):
    with pytest.raises(InputError, match=message):
        Style(names)


@pytest.mark.parametrize(("one", "other"), [("x_1", "x_{1}"), ("K^l", "K^{l}"), (r"\delta_{1}", r"\delta_1")])
def test_two_spellings_of_a_letter_are_one_letter(one, other):
    with pytest.raises(InputError, match="stands for both X and F"):
        Style({"X": one, "F": other})


def test_letters_may_change_places():
    style = Style({"X": "F", "F": "X"})
    assert (style.letter("X"), style.letter("F")) == ("F", "X")


def test_the_unrolled_matrix_gives_way_to_the_letters_of_others():
    assert Style().letter("C") == "C"
    assert Style({"O": "C"}).letter("C") == "T"
    assert Style({"O": "C", "X": "T"}).letter("C") == "U"
    assert Style({"C": "K"}).letter("C") == "K"


def test_a_gradient_without_a_letter_is_written_as_a_derivative():
    style = Style({"G": r"\delta"})
    assert style.letter("G") == r"\delta"
    assert style.letter("dX") is None


@pytest.mark.parametrize("base", [-1, 2, "1", None, 1.0, 0.5])
def test_indices_count_from_0_or_1(base):
    with pytest.raises(InputError, match=f"^index base is .*{base}.*: expected 0 or 1$"):
        Style(index_base=base)
