"""Letters of sizes, strides and paddings: what a text says that they are holds for all of its formulas."""

from __future__ import annotations

import pytest

import symconv as sc
from symconv.checking.discovery.words import Prose
from symconv.checking.sources import source_from_text

SQUARE = (
    r"Let the image $u$ have size $Q\times Q$ and the kernel $v$ size $r\times r$: "
    r"$$t_{i,j} = \sum_{a=0}^{r-1}\sum_{b=0}^{r-1} u_{i+a,j+b} v_{a,b}$$"
)
OBLONG = (
    r"An $H\times W$ input $u$ and a kernel $v$ of size $r_1\times r_2$ give $t$: "
    r"$$t_{i,j} = \sum_{a=0}^{r_1-1}\sum_{b=0}^{r_2-1} u_{i+a,j+b} v_{a,b}$$"
)
STRIDE = r"With stride $s$ a layer computes $$t_{i} = \sum_{a=0}^{k-1} u_{si+a} v_{a}$$"
PADDED = r"With stride $s$ and padding $p$ a layer computes $$t_{i} = \sum_{a=0}^{k-1} u_{si+a-p} v_{a}$$"
TWO = r"Every second position counts: $$t_{i} = \sum_{a=0}^{k-1} u_{2i+a} v_{a}$$"
DILATED = r"The filter has gaps: $$t_{i} = \sum_{a=0}^{k-1} u_{i+da} v_{a}$$"
DV2 = r"\frac{\partial E}{\partial v_{a,b}} = \sum_{i=0}^{%s}\sum_{j=0}^{%s} \frac{\partial E}{\partial t_{i,j}} u_{i+a,j+b}"
DV = r"\frac{\partial E}{\partial v_{a}} = \sum_{i} \frac{\partial E}{\partial t_{i}} u_{%s}"
CLAIMS = {
    "the output's end": (SQUARE, DV2 % ("Q-r", "Q-r"), "proved", ""),
    "the input's end": (SQUARE, DV2 % ("Q-1", "Q-1"), "refuted", "wrong-range"),
    "the filter's end": (SQUARE, DV2 % ("r-1", "r-1"), "refuted", ""),
    "one too early": (SQUARE, DV2 % ("Q-r-1", "Q-r-1"), "refuted", ""),
    "each axis": (OBLONG, DV2 % ("H-r_1", "W-r_2"), "proved", ""),
    "the axes exchanged": (OBLONG, DV2 % ("H-r_2", "W-r_1"), "refuted", ""),
    "the whole input": (OBLONG, DV2 % ("H-1", "W-1"), "refuted", ""),
    "with the stride": (STRIDE, DV % "si+a", "proved", ""),
    "without the stride": (STRIDE, DV % "i+a", "refuted", "forgotten"),
    "the stride on the filter": (STRIDE, DV % "i+sa", "refuted", ""),
    "with the padding": (PADDED, DV % "si+a-p", "proved", ""),
    "without the padding": (PADDED, DV % "si+a", "refuted", "forgotten"),
    "a stride of two": (TWO, DV % "2i+a", "proved", ""),
    "no stride of two": (TWO, DV % "i+a", "refuted", "forgotten"),
    "the dilation": (DILATED, DV % "i+da", "proved", ""),
    "no dilation": (DILATED, DV % "i+a", "refuted", "forgotten"),
}


@pytest.mark.parametrize("name", CLAIMS)
def test_a_formula_is_about_the_sizes_that_the_text_speaks_of(name: str) -> None:
    text, claim, verdict, words = CLAIMS[name]
    found = sc.check(f"{text}\n\n$${claim}$$\n").findings
    assert [found[0].verdict, found[-1].verdict] == ["proved", verdict], found[-1].message
    assert words in f"{found[-1].mistake}: {found[-1].message}"


def verdicts(*formulas: str) -> list[str]:
    text = "A convolution of $u$ with $v$.\n\n" + "\n\n".join(formulas)
    return [found.verdict for found in sc.check(text).findings]


SHORT = r"$$\frac{\partial E}{\partial u_{q}} = \sum_{a=0}^{k-1} \frac{\partial E}{\partial t_{q%sa}} v_{a}$$"


def test_a_special_case_that_the_paragraph_speaks_of_is_meant() -> None:
    special = "For $s=1$ and $p=0$ this is\n" + SHORT % "-"
    assert verdicts(PADDED, special)[-1] == "proved"
    assert verdicts(PADDED, special.replace("For $s=1$ and $p=0$ this", "This"))[-1] == "refuted"


def test_a_gradient_shows_the_convolution_where_nothing_defines_it() -> None:
    assert verdicts(f"$${DV % 'i+a'}$$", SHORT % "-", SHORT % "+") == ["proved", "proved", "refuted"]


UNTURNED = SHORT % "+"
SETTLED = {
    "nothing": ("A convolution of $u$ with $v$ gives $t$.", UNTURNED, "unread", "nothing says so"),
    "true convolution": ("The true convolution of $u$ with $v$ gives $t$.", UNTURNED, "proved", "true convolution"),
    "the output's length": (
        "Input $u$ of length $n$, filter $v$ of length $k$, output $t$ of length $m$ with $m = n-k+1$.", UNTURNED,
        "refuted", "",
    ),
    "a stride in prose": (
        "Input $u$ of length $n$, filter $v$ of length $k$, the stride is $s$.",
        r"$$t_i = \sum_{a=0}^{k-1} u_{i+a} v_a$$", "refuted", "",
    ),
    "a stride in prose and in the formula": (
        "Input $u$ of length $n$, filter $v$ of length $k$, the stride is $s$.",
        r"$$t_i = \sum_{a=0}^{k-1} u_{si+a} v_a$$", "proved", "",
    ),
    "the size of what is made": (
        r"Let $u \in \mathbb{R}^{n\times n}$, $v \in \mathbb{R}^{k\times k}$ and $t = u * v \in \mathbb{R}^{m\times m}$.",
        f"$${DV2 % ('m-1', 'm-1')}$$", "proved", "",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SETTLED)
def test_what_prose_settles(name: str) -> None:
    prose, claim, verdict, words = SETTLED[name]
    found = sc.check(f"{prose}\n\n{claim}\n").findings[-1]
    assert found.verdict == verdict, found.message
    assert words in found.message


SAID = {
    "squares": (r"an input $x$ of size $N\times N$", [("N", "N")]),
    "with numbers below": (r"$k_1 \times k_{2}$ kernels", [("k_1", "k_2")]),
    "a set": (r"$x\in\mathbb{R}^{H\times W}$", [("H", "W")]),
    "a length": (r"a signal of length $n$", [("n",)]),
    "three axes": (r"a tensor of $H\times W\times C$", []),
    "an index": (r"where $x(i\times s + u, a \times s + v)$ is", []),
    "a product": (r"we form $2\times n$ and $n\times 2$", []),
}


@pytest.mark.parametrize("name", SAID)
def test_sizes_in_letters_are_found_in_prose(name: str) -> None:
    text, letters = SAID[name]
    assert [each.letters for each in Prose(source_from_text(text, "a.md")).lettered] == letters
