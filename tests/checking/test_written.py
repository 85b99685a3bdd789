"""Gradients, sums, slices and products of arrays in the ways that people write them."""

from __future__ import annotations

import pytest

import symconv as sc

LAYER = (
    r"The input $u$ is $3\times 3$, the kernel $v$ is $2\times 2$, the output is $t$; the stride is 1. "
    r"$$t_{11} = u_{11}v_{11} + u_{12}v_{12} + u_{21}v_{21} + u_{22}v_{22}$$ "
    r"$$t_{12} = u_{12}v_{11} + u_{13}v_{12} + u_{22}v_{21} + u_{23}v_{22}$$ "
)
WINDOW = r"\begin{bmatrix} u_{12} & u_{13} \\ u_{22} & u_{23} \end{bmatrix}"
CORNER = r"\begin{bmatrix} u_{11} & u_{12} \\ u_{21} & u_{22} \end{bmatrix}"
DU, DV, DT, DV12, DC = (rf"\frac{{\partial E}}{{\partial {name}}}" for name in ("u", "v", "t", "v_{12}", "c"))
LOCAL = r"\frac{\partial t}{\partial v_{12}}"
TRUE = {
    "a local gradient by one entry": rf"{LOCAL} = {WINDOW}",
    "a local gradient of one entry": r"\frac{\partial t_{12}}{\partial v} = " + WINDOW,
    "a local gradient by the bias": r"\frac{\partial t}{\partial b} = 1",
    "a sum over everything": rf"{DC} = \sum {DT}",
    "a sum of differentials": r"dc = \sum dt",
    "a sum of a product": rf"{DV12} = \sum {DT} \odot {LOCAL}",
    "a sum of entries of a product": rf"{DV12} = \sum_{{i,j}} \left({DT} \odot {LOCAL}\right)_{{ij}}",
    "a colon": f"{DV12} = {DT} : {LOCAL}",
    "a Frobenius product": rf"{DV12} = \langle {DT}, {LOCAL} \rangle_F",
    "a trace": rf"{DV12} = \mathrm{{tr}}\left({DT}^T {LOCAL}\right)",
    "as in programs": rf"{DV12} = \text{{np.sum}}({DT} * {WINDOW})",
    "a slice": rf"{DV12} = \langle {DT}, u_{{1:2,2:3}} \rangle",
    "a slice of whole columns": rf"{DV} = u_{{:,:}} \star {DT}",
    "nabla": r"\nabla_v E = u \star \nabla_t E",
    "nabla of one entry": r"\nabla_{u_{11}} E = v_{11} \nabla_{t_{11}} E",
    "a loss with an index": r"E_{u_{11}} = E_{t_{11}} v_{11}",
    "a variation": r"\frac{\delta E}{\delta u_{11}} = \frac{\delta E}{\delta t_{11}} v_{11}",
    "two brackets": r"\frac{\partial E}{\partial v_{ij}} = \sum_{m,n} \frac{\partial E}{\partial t_{mn}} u_{(i+m-1)(j+n-1)}",
    "degrees": rf"{DU} = {DT} \star_{{full}} \text{{rot180°}}(v)",
    "no bracket": rf"{DU} = {DT} \star_{{full}} \text{{rot180}} v",
    "a quoted argument": rf"{DU} = \text{{conv2d}}({DT}, \text{{rot180}}(v), mode='full')",
    "an escaped space": rf"{DU} = \text{{full\ convolution}}({DT}, \text{{rot180}}(v))",
    "words beside arrays": rf"{DV} = Convolution(Input\ u, Loss\ gradient\ {DT})",
    "by a column": r"\frac{\partial \text{vec}(t)}{\partial \text{vec}(u)} = \begin{bmatrix} v_{11}&v_{12}&0&v_{21}&v_{22}&0&0&0&0"
    r" \\ 0&v_{11}&v_{12}&0&v_{21}&v_{22}&0&0&0 \\ 0&0&0&v_{11}&v_{12}&0&v_{21}&v_{22}&0"
    r" \\ 0&0&0&0&v_{11}&v_{12}&0&v_{21}&v_{22} \end{bmatrix}",
}
FALSE = {
    "another window": rf"{LOCAL} = {CORNER}",
    "no bias": r"\frac{\partial t}{\partial b} = 0",
    "no sum": f"{DC} = {DT}",
    "a mean": rf"{DC} = \frac14 \sum {DT}",
    "a colon with another array": rf"{DV12} = {DT} : \frac{{\partial t}}{{\partial u_{{12}}}}",
    "a trace without a transpose": rf"{DV12} = \mathrm{{tr}}\left({DT} {LOCAL}\right)",
    "the sum of another product": rf"{DV12} = \text{{np.sum}}({DT} * v)",
    "another slice": rf"{DV12} = \langle {DT}, u_{{1:2,1:2}} \rangle",
    "another entry by nabla": r"\nabla_{u_{11}} E = v_{22} \nabla_{t_{11}} E",
    "another entry by a variation": r"\frac{\delta E}{\delta u_{11}} = \frac{\delta E}{\delta t_{11}} v_{12}",
    "two brackets, one further": r"\frac{\partial E}{\partial v_{ij}} = \sum_{m,n} \frac{\partial E}{\partial t_{mn}} u_{(i+m)(j+n)}",
}  # fmt: skip


def verdict(claim: str, text: str = LAYER) -> str:
    return sc.check(f"{text}\n\n$${claim}$$\n").findings[-1].verdict


@pytest.mark.parametrize("name", TRUE)
def test_what_is_right_in_another_notation_is_proved(name: str) -> None:
    assert verdict(TRUE[name]) == "proved"


@pytest.mark.parametrize("name", FALSE)
def test_what_is_wrong_in_another_notation_is_not(name: str) -> None:
    assert verdict(FALSE[name]) == "refuted"


def test_the_end_of_a_slice_that_counts_from_0_is_not_guessed() -> None:
    text = (
        LAYER.translate(str.maketrans("123", "012"))
        .replace(r"2\times 2", r"3\times 3")
        .replace(r"1\times 1", r"2\times 2")
    )
    found = sc.check(f"{text}\n\n$$t_{{00}} = \\langle u_{{0:2,0:2}}, v \\rangle$$").findings[-1]
    assert (found.verdict, "0:2,0:2" in found.message) == ("unread", True)


STRIDE = (
    r"Stride 2: the input $u$ is $5\times5$, the filter $v$ $3\times3$, the output $t$ $2\times2$. $$t_{12} = "
    + " + ".join(f"u_{{{i}{j + 2}}}v_{{{i}{j}}}" for i in (1, 2, 3) for j in (1, 2, 3)) + "$$"
)  # fmt: skip


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        (rf"{DV} = u \star \text{{dilate}}({DT}, 2)", "proved"),
        (rf"{DV} = u \star {DT}", "refuted"),
        (rf"{DU} = \text{{conv\_transpose}}({DT}, v, \text{{stride}}=2)", "proved"),
        (rf"{DU} = \text{{upsample}}({DT}, 2) \star_{{full}} \text{{rot180}}(v)", "proved"),
        (rf"{DU} = \text{{upsample}}({DT}, 2) \star_{{full}} v", "refuted"),
    ],
)
def test_one_output_that_is_not_the_first_says_where_windows_begin(claim: str, expected: str) -> None:
    assert verdict(claim, STRIDE) == expected


MARKED = (
    r"With $\gamma = \frac{\partial E}{\partial t}$, let $\gamma^{pad}$ be $\gamma$ with one ring of zeros around it."
)
PRODUCT = r"Written as a matrix product, $t = Qu$."
NAMED = {
    "a matrix of the text's own": (PRODUCT, rf"{DU} = Q^T {DT}", "proved"),
    "that matrix, not transposed": (PRODUCT, rf"{DU} = Q {DT}", "refuted"),
    "that matrix as a derivative": (PRODUCT, r"\frac{\partial t}{\partial u} = Q", "proved"),
    "rotated, with a tilde": (
        r"Let $\tilde v$ be the kernel rotated by 180°.", rf"{DU} = {DT} \star_{{full}} \tilde v", "proved",
    ),
    "rotated, with a hat": (r"Denote by $\hat{v}$ the flipped kernel.", rf"{DV} = u \star \hat{{v}}", "refuted"),
    "padded, with a mark": (MARKED, rf"{DU} = \gamma^{{pad}} \star \text{{rot180}}(v)", "proved"),
    "padded, with a mark, not rotated": (MARKED, rf"{DU} = \gamma^{{pad}} \star v", "refuted"),
}  # fmt: skip


@pytest.mark.parametrize("name", NAMED)
def test_names_of_a_text_are_what_it_says(name: str) -> None:
    prose, claim, expected = NAMED[name]
    assert verdict(claim, LAYER + prose) == expected


def row(channel: int, i: int, j: int) -> str:
    factors = [(f"{i + m}{j + n}", f"{m + 1}{n + 1}") for m in (0, 1) for n in (0, 1)]
    terms = " + ".join(f"u^{{({channel})}}_{{{x}}}v^{{({channel})}}_{{{w}}}" for x, w in factors)
    return f"$$t^{{({channel})}}_{{{i}{j}}} = {terms}$$"


OWN = (
    r"Depthwise, two channels of $3\times 3$, two $2\times 2$ filters $v^{(1)}$ and $v^{(2)}$: "
    r"$$t^{(c)}_{ij} = \sum_{m=1}^{2}\sum_{n=1}^{2} v^{(c)}_{mn} u^{(c)}_{i+m-1,j+n-1}$$"
    + row(1, 1, 1) + row(2, 1, 2) + row(2, 2, 2)
)  # fmt: skip


@pytest.mark.parametrize(
    ("input", "output", "filter", "expected"), [(1, 1, 1, "proved"), (1, 1, 2, "refuted"), (2, 1, 1, "refuted")]
)
def test_one_filter_for_each_channel_is_depthwise(input: int, output: int, filter: int, expected: str) -> None:
    left = rf"\frac{{\partial E}}{{\partial u^{{({input})}}_{{11}}}}"
    right = rf"\frac{{\partial E}}{{\partial t^{{({output})}}_{{11}}}} v^{{({filter})}}_{{11}}"
    found = sc.check(f"{OWN}\n\n$${left} = {right}$$").findings
    assert [each.verdict for each in found] == ["proved"] * 4 + [expected]


def test_a_row_without_the_bias_of_the_others_is_wrong() -> None:
    rows = [f"t_{i} = u_{i}v_1 + u_{i + 1}v_2" for i in (1, 2, 3)]
    text = f"A signal $u$ of 4 numbers.\n\n$${rows[0]} + b$$\n\n$${rows[1]} + b$$\n\n$${rows[2]}$$\n"
    found = sc.check(text).findings
    assert [each.verdict for each in found] == ["proved", "proved", "refuted"]
    assert found[-1].mistake == "missing-term"


@pytest.mark.parametrize("entry", ["{}{}", "{}[{}]"])
def test_a_star_between_numbered_letters_on_one_line_is_a_product(entry: str) -> None:
    def product(i: int, j: int) -> str:
        return f"{entry.format('u', i)}*{entry.format('v', j)}"

    lines = [f"{entry.format('t', i)} = {product(i, 0)} + {product(i + 1, 1)}" for i in (0, 1)]
    wrong = f"{entry.format('t', 2)} = {product(2, 0)} + {product(3, 0)}"
    found = sc.check("1D convolution, u has 5 entries and v has 2.\n\n" + "\n\n".join([*lines, wrong]) + "\n").findings
    assert [each.verdict for each in found] == ["proved", "proved", "refuted"]
