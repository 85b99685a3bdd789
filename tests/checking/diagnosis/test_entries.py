"""Entries of convolutions whose pages say more: a loss, channels, a bias, padding."""

from __future__ import annotations

import pytest

from symconv.compose.check import check


def gradient(name: str) -> str:
    return rf"\frac{{\partial L}}{{\partial {name}}}"


LOSS = (
    r"The $3\times3$ input $u$, a $2\times2$ filter $f$, stride 1, output $v$ of size 2×2, from 1. The loss is "
    r"$L = \frac12\sum_{i,j}(v_{ij}-t_{ij})^2$."
)
MAPS = (
    r"The input $u$ is 3×3 with 2 channels $u^{(1)}, u^{(2)}$, the filter $f$ is 2×2, stride 1, one output $v$ of size 2×2."
    "\n\n$$v_{11} = " + " + ".join(
        f"f^{{({c})}}_{{{at}}} u^{{({c})}}_{{{at}}}" for c in (1, 2) for at in (11, 12, 21, 22)) + " + b$$"
)  # fmt: skip
FILTERS = (
    r"An input $u$ of size 3×3, two filters $f^{1}$, $f^{2}$ of size 2×2, stride 1, two outputs $v^{1}$, $v^{2}$ of size 2×2."
    + "".join(
        f"\n\n$$v^{{{k}}}_{{11}} = " + " + ".join(f"f^{{{k}}}_{{{at}}} u_{{{at}}}" for at in (11, 12, 21, 22)) + "$$"
        for k in (1, 2))
)  # fmt: skip
PADDED = (
    r"A convolution of the $3\times3$ input $u$ with the $3\times3$ filter $f$, stride 1, padding 1, output $v$ "
    r"$3\times3$." "\n\n$$v_{11} = u_{11} f_{22} + u_{12} f_{23} + u_{21} f_{32} + u_{22} f_{33}$$"
)  # fmt: skip
LINES = [
    (LOSS, "missing-term", "∂L/∂v_22·f_11", gradient("u_{22}") + " = "
     + " + ".join(gradient(f"v_{{{v}}}") + f" f_{{{f}}}" for v, f in ((11, 22), (12, 21), (21, 12)))),
    (LOSS, "extra-term", "∂L/∂v_12·f_11 is too much", gradient("u_{11}") + " = "
     + " + ".join(gradient(f"v_{{{v}}}") + f" f_{{{f}}}" for v, f in ((11, 11), (12, 11)))),
    (LOSS, "neighbouring-index", "f_11 should be f_12", gradient("u_{13}") + f" = {gradient('v_{12}')} f_{{11}}"),
    (MAPS, "neighbouring-index", "u_32^(2) should be u_31^(2)", "v_{21} = " + " + ".join(
        f"f^{{({c})}}_{{{f}}} u^{{({c})}}_{{{u}}}"
        for c, f, u in ((1, 11, 21), (1, 12, 22), (1, 21, 31), (1, 22, 32),
                        (2, 11, 21), (2, 12, 22), (2, 21, 32), (2, 22, 32))) + " + b"),
    (FILTERS, "missing-term", "∂L/∂v_12^2·f_12^2", gradient("u_{13}") + f" = {gradient('v^{1}_{12}')} f^{{1}}_{{12}}"),
    (PADDED, "missing-term", "are missing", gradient("u_{13}") + f" = {gradient('v_{12}')} f_{{13}}"),
]  # fmt: skip


@pytest.mark.parametrize(("page", "mistake", "told", "line"), LINES)
def test_mistake_in_an_entry_is_named_and_its_right_line_is_proved(
    page: str, mistake: str, told: str, line: str
) -> None:
    found = check(f"{page}\n\n$${line}$$\n").findings[-1]
    assert (found.verdict, found.mistake) == ("refuted", mistake), found
    assert told in found.message
    assert "112" not in found.hint
    assert check(f"{page}\n\n$${found.hint}$$\n").findings[-1].verdict == "proved", found.hint
