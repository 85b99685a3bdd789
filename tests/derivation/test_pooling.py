"""What the write-up of a pool says: results, masks, divisors, windows; and that every document compiles."""

from functools import cache

import pytest
import sympy

import symconv as sc
from symconv import AdaptiveAvgPool, AvgPool, MaxPool
from symconv.cli.main import run
from tests.tools import display_math, github_refuses, katex_errors, latex_problems, math_blocks

LAYERS = {
    "overlap": MaxPool((5, 5), (3, 3), 2, 1),
    "no overlap": MaxPool((4, 6), (2, 3)),
    "a choice": MaxPool((4, 4), (2, 2), argmax=[(0, 1), (1, 2), (2, 0), (3, 3)]),
    "a choice that overlaps": MaxPool((3, 3), (2, 2), 1, argmax=[(1, 1), (1, 1), (1, 1), (2, 2)]),
    "a choice in channels": MaxPool(2, 2, channels=2, batch=2, argmax=[(0, 0, 1), (0, 1, 0), (1, 0, 0), (1, 1, 1)]),
    "1-D, dilated, all ties": MaxPool(9, 3, 2, 1, 2, ties="all"),
    "a dropped window, split ties": MaxPool((4, 3), (2, 2), 3, 1, ceil_mode=True, ties="split"),
    "3-D": MaxPool((4, 4, 3), (2, 2, 2), (1, 2, 1), channels=2),
    "one entry": MaxPool((1, 1), (1, 1)),
    "112x112, max": MaxPool((112, 112), (3, 3), 2, 1, channels=64),
    "average, ceil mode": AvgPool((6, 6), (3, 3), 2, 1, ceil_mode=True),
    "average, padding counts": AvgPool(8, 3, 2, 1, divisor="window", ceil_mode=True),
    "average, global, batch": AvgPool((4, 4), "all", channels=2, batch=2),
    "average, unreached": AvgPool((6, 5), (2, 2), (3, 1)),
    "average, 3-D": AvgPool((4, 4, 3), (2, 2, 2), (1, 2, 1), (1, 0, 0), divisor=7),
    "average, long": AvgPool(40, 5, 1),
    "112x112, average": AvgPool((112, 112), (3, 3), 2, 1, channels=64),
    "adaptive": AdaptiveAvgPool((5, 7), (2, 3)),
    "adaptive, 1-D": AdaptiveAvgPool(7, 3),
    "adaptive, 3-D": AdaptiveAvgPool((4, 4, 3), (2, 3, 2)),
    "112x112, adaptive": AdaptiveAvgPool((112, 112), (7, 7), channels=64),
}
each_layer = pytest.mark.parametrize("name", LAYERS)


@cache
def written(name, to="markdown", detail="full"):
    return sc.derive(LAYERS[name]).render(to, detail=detail)


def test_katex_and_github_take_the_mathematics():
    pages = [written(name, detail=detail) for name in LAYERS for detail in ("full", "brief")]
    assert not katex_errors([block for page in pages for block in math_blocks(page)])
    assert not [found for page in pages for block in display_math(page) for found in github_refuses(block)]


@pytest.mark.parametrize("name", ["overlap", "average, ceil mode", "adaptive"])
def test_the_article_compiles(name):
    assert not latex_problems(written(name, "latex"))


@each_layer
def test_every_statement_is_proved(name):
    assert all(proof.holds for proof in sc.derive(LAYERS[name]).proofs)


LETTERS = {"X": "x", "M": "N", "G": r"\delta"}


@pytest.mark.parametrize(
    ("name", "style"),
    [
        ("a choice in channels", {"batch_mean": True, "names": LETTERS}),
        ("average, global, batch", {"batch_mean": True, "index_base": 0}),
        ("adaptive", {"index_base": 0}),
        ("overlap", {"index_base": 0, "names": LETTERS}),
    ],
)
def test_the_style_goes_through_the_whole_page(name, style):
    page = sc.derive(LAYERS[name], **style).render()
    assert not katex_errors(math_blocks(page))
    assert ("A_" in page) == ("names" not in style)


def test_a_choice_puts_the_gradients_in_its_places():
    box = display_math(written("a choice"))[0]
    row = r"{\color{#808080}{0}} & \dfrac{\partial L}{\partial B_{11}} & {\color{#808080}{0}} & {\color{#808080}{0}}"
    assert row in box
    assert 'symconv derive max-pool --input 4x4 --window 2x2 --argmax "1,2;2,3;3,1;4,4"' in written("a choice")


def test_overlaps_of_a_choice_are_added():
    box = display_math(written("a choice that overlaps"))[0]
    first, second, third = (rf"\dfrac{{\partial L}}{{\partial B_{{{index}}}}}" for index in ("11", "12", "21"))
    assert f"{first} + {second} + {third}" in box


def test_a_choice_counts_from_the_index_base():
    page = sc.derive(LAYERS["a choice"], index_base=0).render()
    assert '--argmax "0,1;1,2;2,0;3,3" --index-base 0' in page


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("overlap", "4 windows hold it"),
        ("overlap", "Every mask holds a single 1"),
        ("overlap", "padding is never chosen"),
        ("no overlap", "No two windows overlap"),
        ("1-D, dilated, all ties", "every such place takes the whole gradient"),
        ("a dropped window, split ties", "The last of these windows is dropped where"),
        ("a dropped window, split ties", "even shares of the gradient"),
        ("average, ceil mode", "A constant filter in place of the ones would be wrong here"),
        ("average, ceil mode", "It is negative where the last window reaches beyond the padded input"),
        ("average, padding counts", "Padding counts as entries with the value 0"),
        ("average, global, batch", "global average pooling"),
        ("average, global, batch", "All divisors are 16"),
        ("average, unreached", "Inputs that no window reads"),
        ("average, 3-D", "7, given"),
        ("adaptive", "3 to 5"),
        ("112x112, max", "axis by itself"),
    ],
)
def test_what_surprises_is_said(name, said):
    assert said in written(name)


def test_all_ties_do_not_sum_to_one():
    assert r"M_{iu} = 1" not in written("1-D, dilated, all ties")
    assert r"\sum_{uv} M_{i,j,u,v} = 1" in written("overlap")


def test_large_layers_are_elided():
    lengths = {name: len(written(name)) for name in LAYERS if name.startswith("112")}
    assert max(lengths.values()) < 40_000


@pytest.mark.parametrize(
    ("name", "target", "form", "latex"),
    [
        (
            "no overlap",
            "dL/dX_23",
            None,
            r"\frac{\partial L}{\partial A_{23}} = \frac{\partial L}{\partial B_{11}} M_{1,1,2,3}",
        ),
        ("adaptive, 1-D", "dL/dX", "closed", r"\frac{\partial L}{\partial A} = P^{\top} \frac{\partial L}{\partial B}"),
        ("average, padding counts", "O_1", None, r"B_{1} = \frac{1}{3} \left( A_{1} + A_{2} \right)"),
    ],
)
def test_single_equations(name, target, form, latex):
    assert sc.derive(LAYERS[name]).latex(target, form=form) == latex


def test_masks_are_no_parameters():
    with pytest.raises(sc.InputError, match="role is 'M': this layer has X"):
        sc.derive(LAYERS["overlap"]).gradient("M")


@pytest.mark.parametrize(
    "layer",
    [
        MaxPool((3, 4), (2, 2), 1, ((1, 0), (0, 0))),
        MaxPool(5, 2, 2, dilation=2, ceil_mode=True),
        MaxPool((3, 3), (2, 2), 1, argmax=[(1, 1), (1, 1), (1, 1), (2, 2)]),
        AvgPool((3, 4), (2, 2), 1, 1),
        AvgPool(3, 2, channels=2, batch=2, ceil_mode=True),
        AdaptiveAvgPool((3, 5), (2, 3)),
    ],
    ids=lambda layer: " ".join(layer.options()),
)
def test_sympy_differentiates_to_the_same(layer):
    d = sc.derive(layer)
    outputs, gradients, inputs = (flat(array) for array in (d.O, d.G, d.X))
    loss = sum(g * o for g, o in zip(gradients, outputs, strict=True))
    expected = [sympy.expand(sympy.diff(loss, x)) for x in inputs]
    assert [sympy.expand(e) for e in flat(d.gradient("X"))] == expected
    for route in {claim.route for claim in layer.claims() if claim.role == "dX"}:
        assert [sympy.expand(e) for e in flat(d.closed_form("X", route))] == expected
    assert d.jacobian("X") == sympy.Matrix(outputs).jacobian(inputs)


def flat(array):
    """The entries of a SymPy array, row by row."""
    return sympy.flatten(array.tolist())


@each_layer
def test_the_command_line_makes_the_same_page(name, capsys):
    if name.startswith("112"):
        return
    assert run(["derive", *LAYERS[name].options(), "--detail", "brief"]) == 0
    assert capsys.readouterr().out == written(name, detail="brief")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--argmax", "1;x"], "argmax is '1;x': expected positions joined by semicolons, such as 1,2;1,3;3,2;4,4"),
        (["--padding", "2"], "window 0 on axis 1 (counted from 0) reads padding alone"),
        (["--ties", "all", "--argmax", "1,1;1,3;3,1;3,3"], "argmax chooses one entry an output, so ties 'all'"),
    ],
)
def test_a_wrong_question_is_answered_in_one_line(words, message, capsys):
    assert run(["derive", "max-pool", "--input", "4x4", "--window", "2x2", *words]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
