"""What signs between arrays mean: what prose says of them, and what a proof depends on where nothing does."""

from __future__ import annotations

import pytest

import symconv as sc
from symconv.checking.signs import signs_in_prose

SAID = {
    "one": (r"where $\circledast$ denotes cross-correlation", {"⊛": "correlate"}),
    "two at once": (r"Here $*$ and $\star$ mean correlation.", {"*": "correlate", "⋆": "correlate"}),
    "each its own": (
        r"$*$ is the true convolution, and $\otimes$ stands for a valid correlation",
        {"*": "convolve", "⊗": "correlate valid"},
    ),
    "by what it does": (r"The sign $\ast$ means a convolution that flips the kernel.", {"*": "convolve"}),
    "without": (r"The sign $\ast$ is the convolution of networks, without flipping.", {}),
    "only called so": (r"where $*$ denotes convolution", {}),
    "nothing is said": (r"we compute $*$ for the correlation", {}),
    "both": (r"$*$ denotes correlation. Later on, $*$ means true convolution.", {}),
    "full": (r"$*$ denotes the full convolution", {"*": "full"}),
    "in German": (r"wobei $\star$ die Kreuzkorrelation bezeichnet", {"⋆": "correlate"}),
    "in Chinese": (r"其中 $\otimes$ 表示互相关运算", {"⊗": "correlate"}),
}


@pytest.mark.parametrize("name", SAID)
def test_what_prose_says_of_a_sign(name: str) -> None:
    text, signs = SAID[name]
    assert signs_in_prose(text) == signs


PLAIN = (
    r"Let the input $U$ be $3\times 3$, the kernel $V$ $2\times 2$ and the output $T$; no padding. "
    r"$$T_{11} = U_{11}V_{11} + U_{12}V_{12} + U_{21}V_{21} + U_{22}V_{22}$$ "
)
PADDED = (
    r"A $3\times3$ input $U$, a $3\times 3$ kernel $V$, padding 1, stride 1, output $T$ of size $3\times 3$. "
    r"$$T_{11} = U_{11}V_{22} + U_{12}V_{23} + U_{21}V_{32} + U_{22}V_{33}$$ "
)
GRADIENT = r"\frac{\partial E}{\partial "
DU, DV, DT = (GRADIENT + letter + "}" for letter in "UVT")
TURNED = r"\text{rot180}(V)"
FULL, LAYER, FIRST = "is full", "pads as the layer does", "the first one slides"
CLAIMS = {
    "full by subscript": (PLAIN, f"{DU} = {DT} *_{{full}} {TURNED}", "proved", ""),
    "full by name": (PLAIN, rf"{DU} = \text{{conv\_full}}({DT}, {TURNED})", "proved", ""),
    "full by a mode": (PLAIN, rf"{DU} = \text{{conv}}({DT}, {TURNED}, \text{{mode='full'}})", "proved", ""),
    "valid by subscript": (PLAIN, rf"{DU} = {DT} \star_{{valid}} {TURNED}", "refuted", ""),
    "full unsaid": (PLAIN, rf"{DU} = {DT} \star {TURNED}", "proved", FULL),
    "full said in words": (PLAIN + r"Here $*$ is the full convolution.", f"{DU} = {DT} * {TURNED}", "proved", ""),
    "not rotated": (PLAIN + r"That is $T = U * V$.", f"{DU} = {DT} *_{{full}} V", "refuted", "rotated"),
    "not rotated by the sign": (PLAIN + r"Here $*$ is correlation.", f"{DU} = {DT} *_{{full}} V", "refuted", "rotated"),
    "rotated by the sign": (PLAIN + r"Here $*$ is true convolution.", f"{DU} = {DT} *_{{full}} V", "proved", ""),
    "rotated twice": (PLAIN + r"Here $*$ is true convolution.", f"{DU} = {DT} *_{{full}} {TURNED}", "refuted", ""),
    "the forward by another sign": (PLAIN + r"Here $*$ is true convolution.", "T = U * V", "refuted", ""),
    "the smaller one first": (PLAIN, rf"{DV} = {DT} \star U", "proved", FIRST),
    "the larger one first": (PLAIN, rf"{DV} = U \star {DT}", "proved", ""),
    "padded as the layer": (PADDED, rf"{DU} = \text{{conv}}({DT}, {TURNED})", "proved", LAYER),
    "padded by an argument": (PADDED, rf"{DU} = \text{{conv}}({DT}, {TURNED}, \text{{padding}}=1)", "proved", ""),
    "same by subscript": (PADDED, rf"{DU} = {DT} \star_{{same}} {TURNED}", "proved", ""),
    "same, not rotated": (PADDED, rf"{DU} = {DT} \star_{{same}} V", "refuted", ""),
    "valid on a padded layer": (PADDED, rf"{DV} = U \star_{{valid}} {DT}", "refuted", "padding"),
}


@pytest.mark.parametrize("name", CLAIMS)
def test_a_sign_is_what_the_text_says_or_a_note_says_what_it_is(name: str) -> None:
    text, claim, verdict, words = CLAIMS[name]
    found = sc.check(f"{text}\n\n$${claim}$$\n").findings[-1]
    assert found.verdict == verdict, found.message
    assert words in f"{found.mistake}: {found.message}"
    assert words or verdict == "refuted" or not found.message


def test_correlation_is_no_true_convolution() -> None:
    text = (
        r"A true convolution of the $3\times 3$ input $U$ with the $2\times 2$ filter $V$ gives $T$: "
        r"$$T_{11} = U_{11}V_{22} + U_{12}V_{21} + U_{21}V_{12} + U_{22}V_{11}$$ $$T = U \star V$$ $$T = U * V$$"
    )
    assert [found.verdict for found in sc.check(text).findings] == ["proved", "refuted", "proved"]


def test_a_sign_that_is_said_to_be_valid_is_not_full():
    text = (
        r"$T = U \star V$ is a valid cross-correlation of the 5×5 input $U$ and the 3×3 filter $V$ with stride 1."
        "\n\n"
        r"$$\frac{\partial L}{\partial U} = \text{pad}(\frac{\partial L}{\partial T}, 2) \star \text{rot180}(V)$$"
        "\n\n"
        r"$$\frac{\partial L}{\partial U} = \frac{\partial L}{\partial T} \star \text{rot180}(V)$$"
    )
    verdicts = [found.verdict for found in sc.check(text).findings]
    assert verdicts[-2:] == ["proved", "refuted"]
