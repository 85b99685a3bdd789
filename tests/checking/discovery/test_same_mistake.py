"""A page that makes one mistake in every gradient is judged by its words and its forward lines."""

import itertools

import pytest

import symconv as sc


def lines(size, window, stride=1, dilation=1, padding=0, *, turned=False):
    """The gradients by the input and three forward lines, in u, v and t from 1."""
    output = (size + 2 * padding - dilation * (window - 1) - 1) // stride + 1
    gradients, forward = {}, {}
    for i, j, p, q in itertools.product(range(output), range(output), range(window), range(window)):
        x, y = stride * i + dilation * p - padding, stride * j + dilation * q - padding
        if 0 <= x < size and 0 <= y < size:
            at = (window - p, window - q) if turned else (p + 1, q + 1)
            term = rf"\frac{{\partial C}}{{\partial t_{{{i + 1}{j + 1}}}}} v_{{{at[0]}{at[1]}}}"
            gradients.setdefault((x + 1, y + 1), []).append(term)
            forward.setdefault((i + 1, j + 1), []).append(f"u_{{{x + 1}{y + 1}}} v_{{{p + 1}{q + 1}}}")
    left = r"\frac{{\partial C}}{{\partial u_{{{}{}}}}} = "
    backward = [left.format(*at) + " + ".join(terms) for at, terms in gradients.items()]
    return backward, [f"t_{{{at[0]}{at[1]}}} = " + " + ".join(terms) for at, terms in forward.items()][:2]


def verdicts(text, *formulas):
    report = sc.check(text + "\n\n" + "".join(f"$${each}$$\n\n" for each in formulas))
    return [found.verdict for found in report.findings]


SAID = "The input $u$ is {0}×{0}, the filter $v$ is {1}×{1}, stride {2}, padding {3}{4}, the output $t$ is {5}×{5}."


@pytest.mark.parametrize("with_forward", [True, False])
@pytest.mark.parametrize(
    ("said", "right", "wrong"),
    [
        ((4, 3, 1, 0, "", 2), {"size": 4, "window": 3}, {"turned": True}),
        ((3, 3, 1, 1, "", 3), {"size": 3, "window": 3, "padding": 1}, {"turned": True}),
        ((4, 2, 2, 0, "", 2), {"size": 4, "window": 2, "stride": 2}, {"stride": 1}),
        ((5, 2, 1, 0, ", dilation 2", 3), {"size": 5, "window": 2, "dilation": 2}, {"dilation": 1}),
    ],
)
def test_no_gradient_overrules_the_page(said, right, wrong, with_forward):
    true, forward = lines(**right)
    false = [line for line in lines(**{**right, **wrong})[0] if line not in true][:6]
    forward = forward if with_forward else []
    found = verdicts(SAID.format(*said), *forward, *false)
    assert found[: len(forward)] == ["proved"] * len(forward)
    assert found[len(forward) :] == ["refuted"] * len(false)
