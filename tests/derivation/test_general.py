"""General indices: every side of every line against loops, and the pages that show them."""

import re
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import symconv as sc
from symconv.derivation.general_lines import Lines, numbers_known, with_numbers
from symconv.layers.general import GeneralConv
from symconv.notation.text import TextPrinter
from symconv.notation.tree import Style
from symconv.proof.general_meaning import free_letters
from tests.general import Loops, value
from tests.tools import github_refuses, inline_math, katex_errors, latex_problems, math_blocks

LAYERS = {
    "plain": GeneralConv(),
    "true convolution": GeneralConv(convention="convolution", bias="map"),
    "bias of each entry": GeneralConv(bias="entry"),
    "channels": GeneralConv(batch=2, bias="map"),
    "channels, bias of each entry": GeneralConv(in_channels=2, bias="entry", convention="convolution"),
    "two axes": GeneralConv(axes=2, bias="map"),
    "two axes, true convolution": GeneralConv(axes=2, convention="convolution"),
}
GIVEN = {
    "stride 2": GeneralConv(stride=2, padding=1),
    "everything": GeneralConv(input=7, filter=3, stride=2, dilation=2, padding=((2, 1),), bias="map"),
    "one an axis": GeneralConv(stride=(2, 1), dilation=1, padding=(1, 0), convention="convolution"),
}
each_layer = pytest.mark.parametrize("name", LAYERS)


@st.composite
def axes(draw, most=6):
    """n, k, s, d, a, c of an axis on which at least one window fits."""
    k, s, d = draw(st.integers(1, 3)), draw(st.integers(1, 3)), draw(st.integers(1, 3))
    a, c = draw(st.integers(-1, 3)), draw(st.integers(-1, 3))
    least = max(1, d * (k - 1) + 1 - a - c)
    return draw(st.integers(least, max(least, most))), k, s, d, a, c


def assert_sides_agree(loops, relation):
    first, *others = relation.sides
    letters = sorted(free_letters(first))
    for places in product(*map(loops.range_of, letters)):
        at = dict(zip(letters, places, strict=True))
        expected = value(first, at, loops)
        for side in others:
            assert value(side, at, loops) == expected, (at, loops.axes)


@pytest.mark.parametrize("name", ["plain", "true convolution", "bias of each entry"])
@given(axis=axes(), seed=st.integers(0, 99))
@settings(max_examples=20, deadline=None)
def test_every_side_is_what_loops_compute(name, axis, seed):
    layer = LAYERS[name]
    for line in Lines(layer).by_name.values():
        numbers = tuple(line.only.get(letter, number) for letter, number in zip("nksdac", axis, strict=True))
        assert_sides_agree(Loops(layer, [numbers], seed), line.relation)


@pytest.mark.parametrize("name", ["channels", "channels, bias of each entry"])
@given(axis=axes(most=3))
@settings(max_examples=2, deadline=None)
def test_every_side_with_channels_is_what_loops_compute(name, axis):
    layer = LAYERS[name]
    loops = Loops(layer, [axis])
    for line in Lines(layer).by_name.values():
        if not line.only:
            assert_sides_agree(loops, line.relation)


@pytest.mark.parametrize("name", ["two axes", "two axes, true convolution"])
@given(first=axes(most=3), second=axes(most=3))
@settings(max_examples=3, deadline=None)
def test_every_side_with_two_axes_is_what_loops_compute(name, first, second):
    layer = LAYERS[name]
    loops = Loops(layer, [first, second])
    for line in Lines(layer).by_name.values():
        if not line.only:
            assert_sides_agree(loops, line.relation)


@given(size=st.integers(5, 8), dilation=st.integers(1, 2))
@settings(max_examples=10, deadline=None)
def test_lines_with_numbers_are_what_loops_compute(size, dilation):
    layer = GeneralConv(stride=2, padding=1)
    loops = Loops(layer, [(size, 3, 2, dilation, 1, 1)])
    for line in numbers_known(Lines(layer), "XF"):
        assert_sides_agree(loops, line.relation)


def test_numbers_leave_out_what_they_decide():
    text = TextPrinter(Style(index_base=0))
    sides = {name: Lines(GeneralConv())[name].relation.sides[-1] for name in ("dX", "dX by filter", "forward")}
    assert text(with_numbers(sides["dX"], {"d": 1, "a": 1, "s": 2})) == "Σ_i ∂L/∂O_i·[0 ≤ p-2i+1 < k]·F_(p-2i+1)"
    assert "[2 | p-u, 0 ≤ (p-u)/2 < o]" in text(with_numbers(sides["dX by filter"], {"s": 2, "d": 1, "a": 0}))
    assert text(with_numbers(sides["forward"], {"s": 3, "d": 2, "a": -1})) == "Σ_u X_(3i+2u+1)·F_u"


def test_an_index_prints_in_the_index_base():
    side = Lines(GeneralConv())["local X"].relation.sides[-1]
    assert TextPrinter(Style(index_base=0))(side) == "[d | p+a-si, 0 ≤ (p+a-si)/d < k]·F_((p+a-si)/d)"
    in_one = "[d | p+a-s(i-1)-1, 1 ≤ (p+a-s(i-1)-1)/d+1 ≤ k]·F_((p+a-s(i-1)-1)/d+1)"
    assert TextPrinter(Style())(side) == in_one


# Pages

PAGES = {**LAYERS, **GIVEN}


@pytest.fixture(scope="module")
def derivations():
    return {name: sc.derive(layer, index_base=len(name) % 2) for name, layer in PAGES.items()}


@pytest.fixture(scope="module")
def pages(derivations):
    """Every page in both formats, its lines decided for a few strides and dilations only."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("symconv.proof.general.MOST", 2)
        return {(name, to): one.render(to) for name, one in derivations.items() for to in ("markdown", "latex")}


def test_katex_and_github_accept_every_formula(pages):
    written = [page for (_, to), page in pages.items() if to == "markdown"]
    assert katex_errors([block for page in written for block in math_blocks(page)]) == []
    lines = [block for page in written for block in inline_math(page)]
    assert not [refused for block in lines for refused in github_refuses(block, inline=True)]


@pytest.mark.parametrize("name", ["plain", "two axes", "everything", "channels, bias of each entry"])
def test_latex_compiles(pages, name):
    assert latex_problems(pages[name, "latex"]) == []


def test_every_line_that_is_proved_is_on_the_page(derivations, pages):
    assert len(pages) == 2 * len(derivations)
    for derivation in derivations.values():
        shown = {node for step in derivation.steps for display in step.displays.values() for node in display.relations}
        assert {proof.claim for proof in derivation.proofs} <= shown


def test_the_example_says_which_windows_read_an_input(pages):
    page = pages["plain", "markdown"]
    rows = [row.strip("|").split(" | ")[1:] for row in page.splitlines() if re.match(r"\| [1-9] \| [1-9] \|", row)]
    base = len("plain") % 2
    found = [(int(u) - base, int(start)) for u, start, _ in rows]
    assert found == [(0, 3), (1, 2), (2, 1), (0, 4), (1, 3), (2, 2)]
    assert [window.strip().isdigit() for *_, window in rows] == [start % 2 == 0 for _, start in found]


@pytest.mark.parametrize("role", ["F", "X", "b"])
def test_only_the_gradient_that_is_wanted_is_told(role):
    page = sc.derive(GeneralConv(bias="map")).render(wrt=role, detail="brief")
    told = {each: rf"\frac{{\partial L}}{{\partial {each}" in page for each in "FXb"}
    assert told == {each: each == role for each in "FXb"}


def test_what_is_not_there_with_general_indices_says_so():
    derivation = sc.derive(GeneralConv())
    with pytest.raises(sc.NotSupportedError, match="single equations"):
        derivation.equation("dL/dF")
    with pytest.raises(sc.NotSupportedError, match="worked out"):
        derivation.render(values="random:1")
    with pytest.raises(sc.NotSupportedError, match="batch mean"):
        sc.derive(GeneralConv(batch=2), batch_mean=True)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"stride": 0}, "stride is 0"),
        ({"axes": 3}, "axes are 3"),
        ({"axes": 1, "filter": (3, 3)}, "axes are 1 and 2"),
        ({"padding": "same"}, "padding is 'same'"),
        ({"bias": "yes"}, "bias is 'yes'"),
        ({"convention": "flip"}, "convention is 'flip'"),
        ({"batch": 0}, "batch is 0"),
        ({"input": 3, "filter": 5, "stride": 1, "dilation": 1, "padding": 0}, "no window fits"),
    ],
)
def test_what_cannot_be_is_one_line(options, message):
    with pytest.raises(sc.SymconvError, match=message) as raised:
        GeneralConv(**options)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("names", [{"X": "s"}, {"F": "a"}, {"O": "p"}, {"G": "e"}])
def test_a_letter_of_a_size_is_no_letter_of_an_array(names):
    with pytest.raises(sc.InputError, match="letter of a size or a position"):
        sc.derive(GeneralConv(), names=names)
