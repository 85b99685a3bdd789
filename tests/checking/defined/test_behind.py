"""What stands behind a convolution: activations, pooling, dense layers and a loss, entry by entry."""

from __future__ import annotations

import re

import pytest

from symconv.compose.check import check

LAYER = (
    r"The image $x$ is $4\times4$, the kernel $k$ is $2\times2$, stride 1, no padding, the map $u$ is $3\times3$. "
    r"$$u_{ij} = \sum_{m=1}^{2}\sum_{n=1}^{2} k_{mn}\, x_{i+m-1,j+n-1}$$ "
)
FROM_ZERO = (
    r"The image $x$ is $4\times4$, the kernel $k$ is $2\times2$, stride 1, no padding, the map $u$ is $3\times3$. "
    r"$$u_{i,j} = c + \sum_{m=0}^{1}\sum_{n=0}^{1} k_{m,n}\, x_{i+m,j+n}$$ "
)
TEXTS: dict[str, tuple[str, str, str]] = {
    "tanh": (
        LAYER + r"$$a_{ij} = \tanh(u_{ij})$$",
        r"<u_{ij}> = <a_{ij}> (1 - a_{ij}^2); <k_{mn}> = \sum_{i=1}^{3}\sum_{j=1}^{3} <a_{ij}> (1 - a_{ij}^2) "
        r"x_{i+m-1,j+n-1}; <x_{11}> = <a_{11}> (1 - a_{11}^2) k_{11}; "
        r"<x_{pq}> = \sum_{m=1}^{2}\sum_{n=1}^{2} <a_{p-m+1,q-n+1}> (1 - a_{p-m+1,q-n+1}^2) k_{mn}",
        r"<u_{ij}> = <a_{ij}>; <u_{ij}> = <a_{ij}> (1 - a_{ij}); <k_{mn}> = \sum_{i=1}^{3}\sum_{j=1}^{3} <a_{ij}> "
        r"x_{i+m-1,j+n-1}; <x_{11}> = <a_{11}> k_{11}; <k_{mn}> = \sum_{i=1}^{2}\sum_{j=1}^{2} <a_{ij}> (1 - a_{ij}^2) "
        r"x_{i+m-1,j+n-1}; <k_{mn}> = \sum_{i=1}^{4}\sum_{j=1}^{3} <a_{ij}> (1 - a_{ij}^2) x_{i+m-1,j+n-1}",
    ),
    "bias and ReLU from 0": (
        FROM_ZERO + r"$$r_{i,j} = \max(0, u_{i,j})$$",
        r"<u_{i,j}> = <r_{i,j}> [u_{i,j} > 0]; <c> = \sum_{i=0}^{2}\sum_{j=0}^{2} <r_{i,j}> \mathbb{1}[u_{i,j} > 0]; "
        r"<x_{0,0}> = <r_{0,0}> [u_{0,0} > 0] k_{0,0}",
        r"<u_{i,j}> = <r_{i,j}>; <c> = \sum_{i=0}^{2}\sum_{j=0}^{2} <r_{i,j}>; <x_{0,0}> = <r_{0,0}> k_{0,0}; "
        r"<x_{0,1}> = <r_{0,1}> [u_{0,1} > 0] k_{0,0}",
    ),
    "whole arrays": (
        LAYER + r"Then $A = \sigma(u)$ entry by entry.",
        r"<u> = <A> \odot \sigma'(u); <u_{12}> = <A_{12}> \sigma'(u_{12}); <k_{11}> = \sum_{i=1}^{3}\sum_{j=1}^{3} "
        r"<A_{ij}> \sigma'(u_{ij}) x_{ij}; <k_{12}> = \sum_{i,j} <A_{ij}> \sigma'(u_{ij}) x_{i,j+1}; "
        r"<k_{11}> = \sum_{i,j} <A_{ij}> \sigma'(u_{ij}) x_{ij}",
        r"<u> = <A>; <u_{12}> = <A_{12}>; <u_{12}> = <A_{12}> \sigma'(u_{21}); "
        r"<k_{12}> = \sum_{i,j} <A_{ij}> \sigma'(u_{ij}) x_{i+1,j}; "
        r"<k_{11}> = \sum_{i=1}^{3}\sum_{j=1}^{3} <A_{ij}> x_{ij}",
    ),
    "a letter for the gradient": (
        LAYER + r"$$a_{ij} = \sigma(u_{ij})$$ $L = \frac12\sum_{i,j}(a_{ij} - t_{ij})^2$ and "
        r"$\delta_{ij} = \frac{\partial L}{\partial u_{ij}}$.",
        r"\delta_{ij} = (a_{ij} - t_{ij}) \sigma'(u_{ij}); "
        r"<k_{mn}> = \sum_{i=1}^{3}\sum_{j=1}^{3} \delta_{ij} x_{i+m-1,j+n-1}",
        r"\delta_{ij} = a_{ij} - t_{ij}; <k_{mn}> = \sum_{i=1}^{3}\sum_{j=1}^{3} (a_{ij} - t_{ij}) x_{i+m-1,j+n-1}",
    ),
    "one line of the forward pass": (
        r"The input $x$ is $3\times3$, the filter $k$ is $2\times2$, stride 1, the output $u$ is $2\times2$. "
        r"$$u_{11} = k_{11}x_{11} + k_{12}x_{12} + k_{21}x_{21} + k_{22}x_{22}$$ Then $R = \mathrm{ReLU}(u)$.",
        r"<x_{33}> = <R_{22}> \mathbb{1}[u_{22} > 0] k_{22}",
        r"<x_{33}> = <R_{22}> k_{22}; <x_{33}> = <R_{22}> \mathbb{1}[u_{22} > 0] k_{11}",
    ),
    "pooling of which the maximum is not known": (
        FROM_ZERO.replace("4", "3").replace(r"u$ is $3\times3", r"u$ is $2\times2")
        + r"$$a_{i,j} = \tanh(u_{i,j})$$ $$p = \max(a_{0,0}, a_{0,1}, a_{1,0}, a_{1,1})$$",
        r"<u_{i,j}> = <a_{i,j}> (1 - a_{i,j}^2); <c> = \sum_{i=0}^{1}\sum_{j=0}^{1} <a_{i,j}> (1 - a_{i,j}^2)",
        r"<u_{i,j}> = <a_{i,j}>; <c> = \sum_{i=0}^{1}\sum_{j=0}^{1} <a_{i,j}>",
    ),
    "to the loss": (
        r"A $5\times5$ image $x$ is convolved with a $2\times2$ kernel $k$, stride 1, the map $u$ is $4\times4$. "
        r"$$u_{ij} = c + \sum_{m=1}^{2}\sum_{n=1}^{2} k_{mn}\, x_{i+m-1,j+n-1}$$ $$a_{ij} = \tanh(u_{ij})$$ "
        r"$$p_{ij} = \frac14(a_{2i-1,2j-1} + a_{2i-1,2j} + a_{2i,2j-1} + a_{2i,2j})$$ "
        r"$f = \mathrm{vec}(p)$, $z = Wf + b$, $q = \mathrm{softmax}(z)$, $L = -\sum_i t_i\log q_i$ with one-hot $t$.",
        r"<z> = q - t; <W> = (q - t) f^T; <f> = W^T (q - t); <u_{ij}> = <a_{ij}> (1 - a_{ij}^2); "
        r"<a_{12}> = \frac14 <p_{11}>; <a_{2i,2j}> = \frac14 <p_{ij}>; <c> = \sum_{i=1}^{4}\sum_{j=1}^{4} <u_{ij}>",
        r"<z> = t - q; <f> = W (q - t); <u_{ij}> = <a_{ij}>; <a_{12}> = <p_{11}>; <a_{12}> = \frac14 <p_{12}>; "
        r"<c> = \sum_{i=1}^{4}\sum_{j=1}^{4} <a_{ij}>",
    ),
}


def _claims(name: str, at: int) -> list[str]:
    found = TEXTS[name][at].split(";")
    return [re.sub(r"<([^<>]+?)>", r"\\frac{\\partial L}{\\partial \1}", each.strip()) for each in found]


def _verdict(name: str, claim: str) -> str:
    return check(f"{TEXTS[name][0]}\n\n$${claim}$$\n").findings[-1].verdict


@pytest.mark.parametrize(("name", "claim"), [(name, each) for name in TEXTS for each in _claims(name, 1)])
def test_what_follows_behind_a_convolution_is_proved(name: str, claim: str) -> None:
    assert _verdict(name, claim) == "proved"


@pytest.mark.parametrize(("name", "claim"), [(name, each) for name in TEXTS for each in _claims(name, 2)])
def test_what_does_not_follow_behind_a_convolution_is_refuted(name: str, claim: str) -> None:
    assert _verdict(name, claim) == "refuted"
