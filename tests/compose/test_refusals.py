"""What a derivation refuses, in one line that names the value, what was expected and how to mend it."""

from dataclasses import replace

import pytest

import symconv as sc
from symconv.compose import forms
from symconv.layers.conv import Conv
from symconv.operations import Leaf

PLAIN = sc.Conv((3, 3), (2, 2))
HUGE = sc.Conv((4000, 4000), (3, 3), in_channels=64, out_channels=64)


def message(error_type, call, *arguments, **options):
    with pytest.raises(error_type) as error:
        call(*arguments, **options)
    text = str(error.value)
    assert isinstance(error.value, sc.SymconvError)
    assert "\n" not in text
    return text


# Letters


@pytest.mark.parametrize(
    "letter",
    [
        "", " ", "XY", "X ", "1", "_", r"\foo", r"\delta\delta", "X_{", r"X_{\frac}", "X_{1234}", "$", "#", "&",
        r"\mathcal{LL}", r"\input{a}", "X'", "∂", "é", "X\n", 7, None,
    ],
)  # fmt: skip
def test_what_is_no_letter_is_refused(letter):
    assert message(sc.InputError, sc.derive, PLAIN, names={"X": letter}) == (
        f"{letter!r} is not a letter for X: write one Latin letter, a Greek one such as \\delta, "
        "or one such as \\mathcal{L} or W_{1}"
    )


@pytest.mark.parametrize("letter", ["x", "Z", r"\delta", r"\mathcal{L}", r"\mathbf{\alpha}", "W_1", "W_{12}", "K^{l}"])
def test_what_is_a_letter_is_taken(letter):
    assert sc.derive(PLAIN, names={"X": letter}).style.letter("X") == letter


@pytest.mark.parametrize(
    ("names", "letter", "roles"),
    [
        ({"X": "F"}, "F", "X and F"),
        ({"X": "a", "F": "a"}, "a", "X and F"),
        ({"O": "L"}, "L", "O and L"),
        ({"G": r"\delta", "X": r"\delta"}, r"\delta", "X and G"),
        ({"dX": "X"}, "X", "X and dX"),
    ],
)
def test_the_same_letter_twice_is_refused(names, letter, roles):
    text = message(sc.InputError, sc.derive, PLAIN, names=names)
    assert text == f"{letter!r} stands for both {roles}: give each role a letter of its own"


def test_letters_that_change_places_are_taken():
    d = sc.derive(PLAIN, names={"X": "F", "F": "X"})
    assert (d.X[0, 0].name, d.F[0, 0].name) == ("F_{11}", "X_{11}")


def test_a_letter_for_a_role_that_does_not_exist_is_refused():
    text = message(sc.InputError, sc.derive, PLAIN, names={"Q": "q"})
    assert text.startswith("names has no role 'Q': the roles are X, F, O, b, L")


@pytest.mark.parametrize("base", [-1, 2, "1", None])
def test_an_index_base_is_zero_or_one(base):
    assert message(sc.InputError, sc.derive, PLAIN, index_base=base) == f"index base is {base}: expected 0 or 1"


# Roles, indices, routes


@pytest.mark.parametrize("role", ["O", "G", "b", "Y", "dX", "x", ""])
@pytest.mark.parametrize("ask", ["gradient", "local", "closed_form", "jacobian"])
def test_a_role_that_the_layer_has_not_is_refused(ask, role):
    text = message(sc.InputError, getattr(sc.derive(PLAIN), ask), role)
    assert text == f"role is {role!r}: this layer has X, F"


def test_a_bias_is_among_the_roles_where_there_is_one():
    text = message(sc.InputError, sc.derive(sc.Conv(3, 2, bias="map")).gradient, "O")
    assert text == "role is 'O': this layer has X, F, b"


def test_a_layer_without_a_bias_has_no_symbols_for_it():
    assert message(sc.InputError, lambda: sc.derive(PLAIN).b) == "role is 'b': this layer has X, F"


@pytest.mark.parametrize("index", [(0, 1), (1, 4), (4, 1), (1,), (1, 1, 1), (-1, 1), (1.5, 1), ("1", 1)])
@pytest.mark.parametrize("ask", ["gradient", "local"])
def test_an_entry_that_does_not_exist_is_refused(ask, index):
    text = message(sc.InputError, getattr(sc.derive(PLAIN), ask), "X", *index)
    assert text == f"X has no entry {index}: its shape is (3, 3), indices count from 1"


def test_the_message_tells_from_where_indices_count():
    text = message(sc.InputError, sc.derive(PLAIN, index_base=0).gradient, "F", 2, 0)
    assert text == "F has no entry (2, 0): its shape is (2, 2), indices count from 0"


@pytest.mark.parametrize(
    ("layer", "role", "route", "known"),
    [
        (PLAIN, "X", "sum", "correlation, matrix, indices"),
        (PLAIN, "F", "matrix", "correlation, indices"),
        (sc.Conv(4, 2, stride=2), "X", "indices", "correlation, matrix"),
        (sc.Conv(3, 2, bias="map"), "b", "correlation", "sum"),
    ],
)
def test_a_route_that_does_not_lead_there_is_refused(layer, role, route, known):
    text = message(sc.InputError, sc.derive(layer).closed_form, role, route)
    assert text == f"route is {route!r}: for {role} there are {known}"


@pytest.mark.parametrize("ask", [sc.derive, sc.prove])
def test_what_is_no_layer_is_refused(ask):
    text = message(sc.InputError, ask, (3, 3))
    assert text == "layer is (3, 3): expected a layer such as symconv.Conv(input=(3, 3), filter=(2, 2))"


def test_a_scope_that_is_not_built_is_told_apart_from_one_that_cannot_be():
    message(sc.NotSupportedError, sc.prove, PLAIN, scope="all")


# Options of documents


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"to": "word"}, "format is 'word': expected one of "),
        ({"detail": "some"}, "detail is 'some': expected one of brief, full"),
        ({"wrt": ["Q"]}, "role is 'Q': this layer has X, F"),
        ({"show": 2}, "show is 2: expected 3 to 1000 rows and columns"),
        ({"show": 1001}, "show is 1001: expected 3 to 1000 rows and columns"),
    ],
)
def test_options_that_are_none_are_refused(options, text):
    assert message(sc.InputError, sc.derive(PLAIN).render, **options).startswith(text)


def test_a_file_without_a_known_suffix_is_refused(tmp_path):
    target = tmp_path / "conv.xyz"
    text = message(sc.InputError, sc.derive(PLAIN).write, target)
    assert text.startswith(f"output {target} has no suffix that says its format: use ")
    assert list(tmp_path.iterdir()) == []


# Unproved documents


def unrotated(layer):
    """The input gradient with the filter as it is."""
    return replace(right(layer), filter=Leaf("F"))


right = Conv.input_gradient


class WrongConv(Conv):
    """A layer that claims a wrong closed form."""

    def input_gradient(self):
        return unrotated(self)


REFUTED = (
    "nothing was written: refuted: ∂L/∂X = pad_1(∂L/∂O) ⊗ F: "
    "∂L/∂X_11 is ∂L/∂O_11·F_11 by definition, but ∂L/∂O_11·F_22 by the closed form"
)


@pytest.mark.parametrize("name", ["conv.md", "conv.tex"])
def test_a_document_with_a_refuted_claim_is_not_written(tmp_path, name):
    d = sc.derive(WrongConv((3, 3), (2, 2)))
    assert message(sc.UnprovedError, d.write, tmp_path / name) == REFUTED
    assert list(tmp_path.iterdir()) == []


def test_a_written_document_stays_when_its_successor_is_refuted(tmp_path, monkeypatch):
    target = sc.derive(PLAIN).write(tmp_path / "conv.md")
    before = target.read_bytes()
    monkeypatch.setattr(Conv, "input_gradient", unrotated)
    assert message(sc.UnprovedError, sc.derive(PLAIN).write, target) == REFUTED
    assert [path.name for path in tmp_path.iterdir()] == ["conv.md"]
    assert target.read_bytes() == before


@pytest.mark.parametrize("options", [{}, {"detail": "brief"}, {"to": "latex"}, {"exhaustive": True}, {"wrt": ["F"]}])
def test_no_way_of_rendering_lets_a_refuted_claim_through(options):
    assert message(sc.UnprovedError, sc.derive(WrongConv((3, 3), (2, 2))).render, **options) == REFUTED


def test_the_answer_of_the_command_line_to_a_refuted_claim_is_no():
    assert (sc.UnprovedError.exit_code, sc.InputError.exit_code, sc.LimitError.exit_code) == (1, 2, 2)


def test_the_refuted_claim_is_among_the_proofs():
    refuted = [proof for proof in sc.derive(WrongConv((3, 3), (2, 2))).proofs if not proof.holds]
    assert [(proof.role, proof.route) for proof in refuted] == [("dX", "correlation")]


@pytest.mark.parametrize("way", ["whole", "by axes"])
def test_a_layer_that_claims_otherwise_is_refuted_whichever_way_it_is_proved(monkeypatch, way):
    if way == "by axes":
        monkeypatch.setattr("symconv.derivation.gradients.WHOLE_TERMS", -1)
    assert not all(proof.holds for proof in sc.prove(WrongConv((3, 3), (2, 2))))


# Limits


@pytest.mark.parametrize(
    "ask",
    [
        lambda d: d.X,
        lambda d: d.O,
        lambda d: d.G,
        lambda d: d.gradient("X"),
        lambda d: d.gradient("F"),
        lambda d: d.closed_form("F"),
        lambda d: d.jacobian("X"),
    ],
)
def test_a_huge_array_is_refused_with_an_estimate_and_a_way_out(ask):
    text = message(sc.LimitError, ask, sc.derive(HUGE))
    assert "GB as SymPy, more than 200,000: ask for less" in text
    assert "or write the document" in text


def test_the_estimate_is_about_a_kilobyte_a_term():
    text = message(sc.LimitError, sc.derive(sc.Conv((1000, 1000), (2, 2))).gradient, "X")
    assert text.startswith("this has 3,992,004 terms, about 4.0 GB as SymPy, more than 200,000: ")


def test_single_entries_of_a_huge_layer_are_given():
    d = sc.derive(HUGE)
    assert len(d.gradient("X", 1, 1, 2000, 2000).args) == 9 * 64
    assert d.F.shape == (64, 64, 3, 3)


@pytest.mark.parametrize("ask", ["local", "gradient"])
def test_a_single_entry_with_too_many_terms_is_refused_too(monkeypatch, ask):
    monkeypatch.setattr(forms, "SYMPY_TERMS", 50)
    message(sc.LimitError, getattr(sc.derive(sc.Conv((10, 10), (2, 2))), ask), "F", 1, 1)


def test_a_document_with_too_many_pages_is_refused_with_an_estimate():
    text = message(sc.LimitError, sc.derive(PLAIN).render, max_pages=1)
    assert text.startswith("the document would have about ")
    assert "pages, more than 1: show less with --show, choose --detail brief, or allow more with --max-pages" in text


def test_a_huge_layer_is_proved_all_the_same():
    proofs = sc.derive(HUGE).proofs
    assert all(proof.holds for proof in proofs)
    assert {proof.method for proof in proofs} == {"axis by axis"}
