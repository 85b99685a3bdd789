"""Channels that stand behind positions, in sums and in entries."""

from itertools import product

import pytest

import symconv as sc


def grad(name):
    return rf"\frac{{\partial L}}{{\partial {name}}}"


def findings(intro, *lines):
    found = sc.check("\n\n".join([intro, *(f"$${line}$$" for line in lines)])).findings
    return found[len(found) - len(lines) :]


def verdicts(intro, *lines):
    return [one.verdict for one in findings(intro, *lines)]


def test_sums_over_channels_behind_positions():
    assert verdicts(
        r"The image $x$ is $6\times6\times3$ and the filter $w$ is $3\times3\times3$; there is one output map $y$.",
        r"y_{i,j} = \sum_{m=1}^{3}\sum_{n=1}^{3}\sum_{c=1}^{3} w_{m,n,c}\, x_{i+m-1,j+n-1,c}",
        grad("w_{m,n,c}") + r" = \sum_{i=1}^{4}\sum_{j=1}^{4} " + grad("y_{i,j}") + " x_{i+m-1,j+n-1,c}",
        grad("w_{m,n,c}") + r" = \sum_{i=1}^{3}\sum_{j=1}^{3} " + grad("y_{i,j}") + " x_{i+m-1,j+n-1,c}",
        r"y_{i,j} = \sum_{m=1}^{3}\sum_{n=1}^{3}\sum_{c=1}^{2} w_{m,n,c}\, x_{i+m-1,j+n-1,c}",
    ) == ["proved", "proved", "refuted", "refuted"]


def test_filters_with_both_channels_behind_positions():
    assert verdicts(
        r"Let $x\in\mathbb{R}^{4\times4\times2}$, $w\in\mathbb{R}^{2\times2\times2\times5}$, $y\in\mathbb{R}^{3\times3\times5}$ be"
        " the input, the filters and the output of a convolution.",
        r"y_{i,j,k} = \sum_{m=1}^{2}\sum_{n=1}^{2}\sum_{c=1}^{2} x_{i+m-1,j+n-1,c}\, w_{m,n,c,k}",
        grad("x_{p,q,c}")
        + r" = \sum_{k=1}^{5}\sum_{m=1}^{2}\sum_{n=1}^{2} "
        + grad("y_{p-m+1,q-n+1,k}")
        + "w_{m,n,c,k}",
        grad("x_{p,q,c}") + r" = \sum_{m=1}^{2}\sum_{n=1}^{2} " + grad("y_{p-m+1,q-n+1,k}") + "w_{m,n,c,k}",
    ) == ["proved", "proved", "refuted"]


@pytest.mark.parametrize("base", [0, 1])
def test_entries_with_channels_behind_positions(base):
    def entry(letter, *index):
        return f"{letter}_{{{','.join(str(at + base) for at in index)}}}"

    def forward(i, j):
        window = product(range(2), range(2), range(3))
        return (
            entry("y", i, j)
            + " = "
            + " + ".join(entry("x", i + m, j + n, c) + entry("w", m, n, c) for m, n, c in window)
        )

    def by_weight(channel):
        outputs = product(range(2), range(2))
        return (
            grad(entry("w", 0, 1, 2))
            + " = "
            + " + ".join(grad(entry("y", i, j)) + entry("x", i, j + 1, channel) for i, j in outputs)
        )

    found = findings(
        r"The input $x$ is $3\times3\times3$ (height, width, channel), the filter $w$ is $2\times2\times3$, the output $y$"
        r" is $2\times2$.",
        forward(0, 0), forward(0, 1), by_weight(2), by_weight(1),
        grad(entry("x", 0, 0, 1)) + " = " + grad(entry("y", 0, 0)) + entry("w", 0, 0, 0),
    )  # fmt: skip
    assert [one.verdict for one in found] == ["proved"] * 3 + ["refuted"] * 2
    assert found[-1].hint.endswith(entry("w", 0, 0, 1))


def test_channels_above_letters_are_summed_over_all_that_are_said():
    intro = (
        r"The input $X$ has 2 channels of size $3\times3$, the kernel $W$ has 2 output channels and size $2\times2$,"
        " stride 1. Channels are superscripts."
    )
    line = r"Y^{k}_{ij} = \sum_{c=1}^{%d}\sum_{m=1}^{2}\sum_{n=1}^{2} W^{k,c}_{mn}\,X^{c}_{i+m-1,j+n-1}"
    corner = " + ".join(grad(f"Y^{k}_{{22}}") + f"W^{{{k},2}}_{{22}}" for k in (1, 2))
    corner = grad("X^{2}_{33}") + " = " + corner
    assert verdicts(intro, line % 2, corner) == ["proved", "proved"]
    assert verdicts(intro, line % 3, corner) == ["refuted", "proved"]


def test_weights_of_a_pointwise_layer_are_no_window():
    lines = (
        r"y_{i,j,k} = \sum_{c=1}^{3} x_{i,j,c} w_{c,k}",
        grad("w_{c,k}") + r" = \sum_{i=1}^{4}\sum_{j=1}^{4} " + grad("y_{i,j,k}") + " x_{i,j,c}",
    )
    intro = r"A $1\times1$ convolution of the input $x$ ($4\times4\times3$) with weights $w$ of size $3\times2$; output $y$."
    assert "refuted" not in verdicts(intro, *lines)
