"""Statements as people write them, true and wrong ones, each with what its sides are in plain numbers.

The numbers come from NumPy alone: derivatives are taken by a complex step, Im f(x + ih) / h.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

STEP = 1e-30
Sides = Callable[[Any], Any]


@dataclass(frozen=True)
class Group:
    """Statements with one left side.

    Args:
        left: in LaTeX.
        value: the numbers of the left side in a world.
        true, wrong: right sides in LaTeX, and their numbers.
        world: makes the numbers that the sides speak of.
        kind: the layer's kind.
        text: what was defined before.
        given: the prose before.
    """

    left: str
    value: Sides
    true: tuple[tuple[str, Sides], ...]
    wrong: tuple[tuple[str, Sides], ...]
    world: Callable[[np.random.Generator], Any]
    kind: str = ""
    text: tuple[str, ...] = ()
    given: str = ""


@dataclass(frozen=True)
class Case:
    group: Group
    right: str
    value: Sides
    holds: bool

    @property
    def latex(self) -> str:
        return f"{self.group.left} = {self.right}"


class World:
    """Numbers by name."""

    def __init__(self, **values: Any) -> None:
        self.__dict__.update(values)


def slope(function: Callable[[Any], Any], at: Any) -> Any:
    """The derivative of a function at a number, or all partial derivatives at a vector: last axis."""
    point = np.asarray(at, dtype=complex)
    if point.ndim == 0:
        return np.imag(function(point + 1j * STEP)) / STEP
    columns = []
    for number in range(point.size):
        moved = point.copy()
        moved[number] += 1j * STEP
        columns.append(np.imag(function(moved)) / STEP)
    return np.stack(columns, axis=-1)


def softmax(x: Any) -> Any:
    return np.exp(x) / np.exp(x).sum()


def sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def relu(x: Any) -> Any:
    return x * (np.real(x) > 0)


def softmax_world(random: np.random.Generator) -> World:
    x = random.normal(size=4)
    s = softmax(x)
    g = random.normal(size=4)
    y = random.dirichlet(np.ones(4))
    return World(
        x=x, s=s, i=s[:, None], j=s[None, :], delta=np.eye(4), jacobian=slope(softmax, x), g=g, y=y, e=np.exp(x),
        gradient=slope(lambda z: (g * softmax(z)).sum(), x),
        entropy=slope(lambda z: -(y * np.log(softmax(z))).sum(), x), by_p=slope(lambda p: -(y * np.log(p)).sum(), s),
    )  # fmt: skip


JACOBIAN = Group(
    r"\frac{\partial p_i}{\partial a_j}", lambda w: w.jacobian,
    (
        (r"p_i (\delta_{ij} - p_j)", lambda w: w.i * (w.delta - w.j)),
        (r"p_i \delta_{ij} - p_i p_j", lambda w: w.i * w.delta - w.i * w.j),
        (r"p_j (\delta_{ij} - p_i)", lambda w: w.j * (w.delta - w.i)),
        (r"p_i (1_{i=j} - p_j)", lambda w: w.i * (w.delta - w.j)),
        (r"p_i \left(\mathbb{1}\{i=j\} - p_j\right)", lambda w: w.i * (w.delta - w.j)),
        (r"\begin{cases} p_i (1 - p_i) & i = j \\ -p_i p_j & i \ne j \end{cases}", lambda w: w.i * (w.delta - w.j)),
        (r"\begin{cases} p_i (1 - p_j) & \text{if } i = j \\ -p_j p_i & \text{otherwise} \end{cases}",
         lambda w: w.i * (w.delta - w.j)),
        (r"\frac{\delta_{ij} e^{a_i} \sum_k e^{a_k} - e^{a_i} e^{a_j}}{\left(\sum_k e^{a_k}\right)^2}",
         lambda w: (w.delta * w.e[:, None] * w.e.sum() - np.outer(w.e, w.e)) / w.e.sum() ** 2),
        (r"p_i \frac{\partial}{\partial a_j} \log p_i", lambda w: w.i * (w.delta - w.j)),
    ),
    (
        (r"p_i (\delta_{ij} + p_j)", lambda w: w.i * (w.delta + w.j)),
        (r"p_j (\delta_{ij} - p_j)", lambda w: w.j * (w.delta - w.j)),
        (r"p_i (1 - p_j)", lambda w: w.i * (1 - w.j)),
        (r"-p_i p_j", lambda w: -w.i * w.j),
        (r"\delta_{ij} - p_j", lambda w: w.delta - w.j),
        (r"\begin{cases} p_i (1 - p_i) & i = j \\ p_i p_j & i \ne j \end{cases}",
         lambda w: w.i * (w.delta - w.j * (2 * w.delta - 1))),
        (r"\begin{cases} -p_i p_j & i = j \\ p_i (1 - p_i) & i \ne j \end{cases}",
         lambda w: np.where(w.delta == 1, -w.i * w.j, w.i * (1 - w.i))),
        (r"\frac{\delta_{ij} e^{a_i} \sum_k e^{a_k} - e^{a_i} e^{a_j}}{\sum_k e^{a_k}}",
         lambda w: (w.delta * w.e[:, None] * w.e.sum() - np.outer(w.e, w.e)) / w.e.sum()),
        (r"\frac{\delta_{ij} e^{a_i} - e^{a_i} e^{a_j}}{\left(\sum_k e^{a_k}\right)^2}",
         lambda w: (w.delta * w.e[:, None] - np.outer(w.e, w.e)) / w.e.sum() ** 2),
    ),
    softmax_world, "softmax",
)  # fmt: skip
DIAGONAL = Group(
    r"\frac{\partial S(x_i)}{\partial x_i}", lambda w: np.diag(w.jacobian),
    (
        (r"S(x_i) - S(x_i)^2", lambda w: w.s - w.s**2),
        (r"S(x_i) (1 - S(x_i))", lambda w: w.s * (1 - w.s)),
        (r"\frac{e^{x_i} \sum_j e^{x_j} - e^{x_i} e^{x_i}}{(\sum_j e^{x_j})^2}",
         lambda w: (w.e * w.e.sum() - w.e**2) / w.e.sum() ** 2),
    ),
    (
        (r"S(x_i) (S(x_i) - 1)", lambda w: w.s * (w.s - 1)),
        (r"1 - S(x_i)", lambda w: 1 - w.s),
        (r"\frac{e^{x_i} \sum_j e^{x_j} + e^{x_i} e^{x_i}}{(\sum_j e^{x_j})^2}",
         lambda w: (w.e * w.e.sum() + w.e**2) / w.e.sum() ** 2),
    ),
    softmax_world, "softmax",
)  # fmt: skip
APART = Group(
    r"\frac{\partial p_i}{\partial a_j}", lambda w: w.jacobian[~np.eye(4, dtype=bool)],
    ((r"-p_i p_j", lambda w: (-w.i * w.j)[~np.eye(4, dtype=bool)]),),
    (
        (r"p_i p_j", lambda w: (w.i * w.j)[~np.eye(4, dtype=bool)]),
        (r"-p_j^2", lambda w: (0 * w.i - w.j**2)[~np.eye(4, dtype=bool)]),
    ),
    softmax_world, "softmax", given=r"Now let $i \neq j$; then",
)  # fmt: skip
UPSTREAM = Group(
    r"\frac{\partial L}{\partial z_j}", lambda w: w.gradient,
    (
        (r"\sum_i \frac{\partial L}{\partial S_i} S_i (\delta_{ij} - S_j)", lambda w: w.g @ (w.i * (w.delta - w.j))),
        (r"S_j \left(\frac{\partial L}{\partial S_j} - \sum_i \frac{\partial L}{\partial S_i} S_i\right)",
         lambda w: w.s * (w.g - w.g @ w.s)),
    ),
    (
        (r"\frac{\partial L}{\partial S_j} S_j (1 - S_j)", lambda w: w.g * w.s * (1 - w.s)),
        (r"S_j \left(\frac{\partial L}{\partial S_j} - \sum_i \frac{\partial L}{\partial S_i}\right)",
         lambda w: w.s * (w.g - w.g.sum())),
        (r"S_j \left(\frac{\partial L}{\partial S_j} + \sum_i \frac{\partial L}{\partial S_i} S_i\right)",
         lambda w: w.s * (w.g + w.g @ w.s)),
    ),
    softmax_world, "softmax",
)  # fmt: skip
FUSED = Group(
    r"\frac{\partial L}{\partial z_i}", lambda w: w.entropy,
    (
        (r"p_i - y_i", lambda w: w.s - w.y),
        (r"-(y_i - p_i)", lambda w: w.s - w.y),
        (r"p_i \sum_k y_k - y_i", lambda w: w.s * w.y.sum() - w.y),
        (r"-y_i (1 - p_i) + \sum_{k \neq i} y_k p_i", lambda w: -w.y * (1 - w.s) + (w.y.sum() - w.y) * w.s),
        (r"-\sum_k \frac{y_k}{p_k} p_k (\delta_{ki} - p_i)", lambda w: -(w.y @ (w.delta - w.j))),
    ),
    (
        (r"y_i - p_i", lambda w: w.y - w.s),
        (r"p_i + y_i", lambda w: w.s + w.y),
        (r"2 (p_i - y_i)", lambda w: 2 * (w.s - w.y)),
        (r"p_i (1 - y_i)", lambda w: w.s * (1 - w.y)),
        (r"p_i - 1", lambda w: w.s - 1),
        (r"-\sum_k \frac{y_k}{p_k} (\delta_{ki} - p_i)", lambda w: -((w.y / w.s) @ (w.delta - w.j))),
    ),
    softmax_world, "cross-entropy",
)  # fmt: skip
BY_PROBABILITY = Group(
    r"\frac{\partial L}{\partial p_i}", lambda w: w.by_p,
    ((r"-\frac{y_i}{p_i}", lambda w: -w.y / w.s),),
    (
        (r"\frac{y_i}{p_i}", lambda w: w.y / w.s),
        (r"-\frac{p_i}{y_i}", lambda w: -w.s / w.y),
        (r"-\frac{1}{p_i}", lambda w: -1 / w.s),
        (r"-y_i \log p_i", lambda w: -w.y * np.log(w.s)),
    ),
    softmax_world, "cross-entropy",
)  # fmt: skip
WHOLE = Group(
    r"\frac{\partial L}{\partial z}", lambda w: w.entropy,
    ((r"\hat{y} - y", lambda w: w.s - w.y),),
    ((r"y - \hat{y}", lambda w: w.y - w.s), (r"\hat{y} + y", lambda w: w.s + w.y)),
    softmax_world, text=(r"\hat{y} = \text{softmax}(z)", r"L = -\sum_{k=1}^K y_k \log \hat{y}_k"),
)  # fmt: skip


def scalar_world(random: np.random.Generator) -> World:
    z = random.choice((-1, 1)) * random.uniform(0.2, 2)
    return World(z=z, s=sigmoid(z), t=np.tanh(z), e=np.exp(z), n=np.exp(-z), positive=float(z > 0))


def of_scalar(left: str, function: Callable[[Any], Any], true: Any, wrong: Any, **more: Any) -> Group:
    return Group(left, lambda w: slope(function, w.z), true, wrong, scalar_world, **more)


ACTIVATIONS = (
    of_scalar(
        r"\sigma'(x)", sigmoid,
        (
            (r"\sigma(x) (1 - \sigma(x))", lambda w: w.s * (1 - w.s)),
            (r"\frac{e^{-x}}{(1 + e^{-x})^2}", lambda w: w.n / (1 + w.n) ** 2),
            (r"\sigma(x) \sigma(-x)", lambda w: w.s * sigmoid(-w.z)),
            (r"\sigma(x) - \sigma^2(x)", lambda w: w.s - w.s**2),
        ),
        (
            (r"\sigma(x) (1 + \sigma(x))", lambda w: w.s * (1 + w.s)),
            (r"\sigma(x) (\sigma(x) - 1)", lambda w: w.s * (w.s - 1)),
            (r"\sigma(x)", lambda w: w.s),
            (r"1 - \sigma(x)", lambda w: 1 - w.s),
            (r"\frac{-e^{-x}}{(1 + e^{-x})^2}", lambda w: -w.n / (1 + w.n) ** 2),
            (r"\frac{e^{-x}}{1 + e^{-x}}", lambda w: w.n / (1 + w.n)),
        ),
    ),
    of_scalar(
        r"\tanh'(x)", np.tanh,
        ((r"1 - \tanh^2(x)", lambda w: 1 - w.t**2), (r"(1 - \tanh x)(1 + \tanh x)", lambda w: (1 - w.t) * (1 + w.t))),
        (
            (r"1 + \tanh^2(x)", lambda w: 1 + w.t**2),
            (r"1 - \tanh(x)", lambda w: 1 - w.t),
            (r"\tanh(x) (1 - \tanh(x))", lambda w: w.t * (1 - w.t)),
        ),
    ),
    of_scalar(
        r"\frac{d}{dx} \log(1 + e^x)", lambda z: np.log(1 + np.exp(z)),
        ((r"\frac{e^x}{1 + e^x}", lambda w: w.e / (1 + w.e)), (r"\sigma(x)", lambda w: w.s)),
        ((r"\frac{1}{1 + e^x}", lambda w: 1 / (1 + w.e)), (r"\sigma'(x)", lambda w: w.s * (1 - w.s))),
    ),
    of_scalar(
        r"\text{ReLU}'(x)", relu,
        (
            (r"\begin{cases} 1 & x > 0 \\ 0 & x \le 0 \end{cases}", lambda w: w.positive),
            (r"\begin{cases} 1 & \text{if } x > 0 \\ 0 & \text{otherwise} \end{cases}", lambda w: w.positive),
            (r"1_{x > 0}", lambda w: w.positive),
        ),
        (
            (r"\begin{cases} 0 & x > 0 \\ 1 & x \le 0 \end{cases}", lambda w: 1 - w.positive),
            (r"\begin{cases} x & x > 0 \\ 0 & x \le 0 \end{cases}", lambda w: w.z * w.positive),
            (r"\begin{cases} 1 & x > 0 \\ -1 & x \le 0 \end{cases}", lambda w: 2 * w.positive - 1),
        ),
    ),
    of_scalar(
        r"f'(x)", lambda z: np.where(np.real(z) > 0, z, 0.01 * z),
        ((r"\begin{cases} 1 & x > 0 \\ 0.01 & x < 0 \end{cases}", lambda w: np.where(w.z > 0, 1, 0.01)),),
        (
            (r"\begin{cases} 1 & x > 0 \\ 0 & x < 0 \end{cases}", lambda w: w.positive),
            (r"\begin{cases} 0.01 & x > 0 \\ 1 & x < 0 \end{cases}", lambda w: np.where(w.z > 0, 0.01, 1)),
        ),
        text=(r"f(x) = \begin{cases} x & x > 0 \\ 0.01 x & x \le 0 \end{cases}",),
    ),
    of_scalar(
        r"g'(t)", lambda z: z * sigmoid(z),
        (
            (r"\sigma(t) + t \sigma(t) (1 - \sigma(t))", lambda w: w.s + w.z * w.s * (1 - w.s)),
            (r"g(t) + \sigma(t) (1 - g(t))", lambda w: w.z * w.s + w.s * (1 - w.z * w.s)),
        ),
        (
            (r"\sigma(t) + \sigma(t) (1 - \sigma(t))", lambda w: w.s + w.s * (1 - w.s)),
            (r"\sigma(t) + t \sigma(t)", lambda w: w.s + w.z * w.s),
        ),
        text=(r"g(t) = t \, \sigma(t)",),
    ),
)  # fmt: skip


def entry_world(random: np.random.Generator) -> World:
    z, g = random.normal(size=4), random.normal(size=4)
    return World(z=z, g=g, f=np.sin(z), slope=np.cos(z), gradient=slope(lambda x: (g * np.sin(x)).sum(), z))


ENTRYWISE = (
    Group(
        r"\frac{\partial L}{\partial Z}", lambda w: w.gradient,
        ((r"\frac{\partial L}{\partial A} \odot f'(Z)", lambda w: w.g * w.slope),),
        ((r"\frac{\partial L}{\partial A} \odot f(Z)", lambda w: w.g * w.f), (r"f'(Z)", lambda w: w.slope)),
        entry_world,
    ),
    Group(
        r"\frac{\partial E}{\partial u(p, q)}", lambda w: w.gradient,
        ((r"\varphi'(u(p, q)) \frac{\partial E}{\partial v(p, q)}", lambda w: w.g * w.slope),),
        ((r"\varphi(u(p, q)) \frac{\partial E}{\partial v(p, q)}", lambda w: w.g * w.f),
         (r"-\varphi'(u(p, q)) \frac{\partial E}{\partial v(p, q)}", lambda w: -w.g * w.slope)),
        entry_world,
    ),
)  # fmt: skip


def regression_world(random: np.random.Generator) -> World:
    x, y = random.normal(size=5), random.integers(0, 2, size=5).astype(float)
    w, b = random.normal(), random.normal()

    def cost(weight: Any, bias: Any) -> Any:
        a = sigmoid(weight * x + bias)
        return -(y * np.log(a) + (1 - y) * np.log(1 - a)).mean()

    a = sigmoid(w * x + b)
    return World(x=x, y=y, a=a, by_w=slope(lambda v: cost(v, b), w), by_b=slope(lambda v: cost(w, v), b),
                 by_a=slope(lambda v: -(y * np.log(v) + (1 - y) * np.log(1 - v)).mean(), a))  # fmt: skip


REGRESSION_TEXT = (
    r"z_i = w x_i + b", r"a_i = \sigma(z_i)",
    r"J = -\frac{1}{m} \sum_{i=1}^m \left[ y_i \log a_i + (1 - y_i) \log(1 - a_i) \right]",
)  # fmt: skip
REGRESSION = (
    Group(
        r"\frac{\partial J}{\partial w}", lambda w: w.by_w,
        ((r"\frac{1}{m} \sum_{i=1}^m (a_i - y_i) x_i", lambda w: ((w.a - w.y) * w.x).mean()),),
        (
            (r"\sum_{i=1}^m (a_i - y_i) x_i", lambda w: ((w.a - w.y) * w.x).sum()),
            (r"\frac{1}{m} \sum_{i=1}^m (y_i - a_i) x_i", lambda w: ((w.y - w.a) * w.x).mean()),
            (r"\frac{1}{m} \sum_{i=1}^m (a_i - y_i)", lambda w: (w.a - w.y).mean()),
            (r"0", lambda w: 0.0),
        ),
        regression_world, text=REGRESSION_TEXT,
    ),
    Group(
        r"\frac{\partial J}{\partial b}", lambda w: w.by_b,
        ((r"\frac{1}{m} \sum_{i=1}^m (a_i - y_i)", lambda w: (w.a - w.y).mean()),),
        ((r"\frac{1}{m} \sum_{i=1}^m (a_i - y_i) x_i", lambda w: ((w.a - w.y) * w.x).mean()),),
        regression_world, text=REGRESSION_TEXT,
    ),
    Group(
        r"\frac{\partial J}{\partial a_i}", lambda w: w.by_a,
        (
            (r"-\frac{1}{m} \left(\frac{y_i}{a_i} - \frac{1 - y_i}{1 - a_i}\right)",
             lambda w: -(w.y / w.a - (1 - w.y) / (1 - w.a)) / 5),
            (r"\frac{a_i - y_i}{m a_i (1 - a_i)}", lambda w: (w.a - w.y) / (5 * w.a * (1 - w.a))),
        ),
        (
            (r"-\frac{1}{m} \left(\frac{y_i}{a_i} + \frac{1 - y_i}{1 - a_i}\right)",
             lambda w: -(w.y / w.a + (1 - w.y) / (1 - w.a)) / 5),
            (r"-\left(\frac{y_i}{a_i} - \frac{1 - y_i}{1 - a_i}\right)",
             lambda w: -(w.y / w.a - (1 - w.y) / (1 - w.a))),
        ),
        regression_world, text=REGRESSION_TEXT,
    ),
)  # fmt: skip


def neuron_world(random: np.random.Generator) -> World:
    x, y, w, b = random.normal(size=4)
    a = sigmoid(w * x + b)
    return World(x=x, y=y, a=a, by_w=slope(lambda v: (sigmoid(v * x + b) - y) ** 2 / 2, w))


NEURON = Group(
    r"\frac{\partial E}{\partial w}", lambda w: w.by_w,
    (
        (r"\frac{\partial E}{\partial a} \frac{\partial a}{\partial z} \frac{\partial z}{\partial w}",
         lambda w: (w.a - w.y) * w.a * (1 - w.a) * w.x),
        (r"(a - y) \, \sigma'(z) \, x", lambda w: (w.a - w.y) * w.a * (1 - w.a) * w.x),
        (r"-(y - a) a (1 - a) x", lambda w: (w.a - w.y) * w.a * (1 - w.a) * w.x),
    ),
    (
        (r"(a - y) \, \sigma(z) \, x", lambda w: (w.a - w.y) * w.a * w.x),
        (r"(a - y) x", lambda w: (w.a - w.y) * w.x),
        (r"(y - a) a (1 - a) x", lambda w: (w.y - w.a) * w.a * (1 - w.a) * w.x),
        (r"2 (a - y) a (1 - a) x", lambda w: 2 * (w.a - w.y) * w.a * (1 - w.a) * w.x),
        (r"(a - y) a (1 - a)", lambda w: (w.a - w.y) * w.a * (1 - w.a)),
    ),
    neuron_world, text=(r"z = w x + b", r"a = \sigma(z)", r"E = \frac{1}{2} (a - y)^2"),
)  # fmt: skip


def squares_world(random: np.random.Generator) -> World:
    a, y = random.normal(size=(2, 5))
    return World(a=a, y=y, gradient=slope(lambda v: ((v - y) ** 2).mean(), a))


SQUARES = Group(
    r"\frac{\partial L}{\partial \hat{y}_i}", lambda w: w.gradient,
    (
        (r"\frac{2}{n} (\hat{y}_i - y_i)", lambda w: 2 * (w.a - w.y) / 5),
        (r"-\frac{2}{n} (y_i - \hat{y}_i)", lambda w: 2 * (w.a - w.y) / 5),
    ),
    (
        (r"\frac{1}{n} (\hat{y}_i - y_i)", lambda w: (w.a - w.y) / 5),
        (r"2 (\hat{y}_i - y_i)", lambda w: 2 * (w.a - w.y)),
        (r"\frac{2}{n} (y_i - \hat{y}_i)", lambda w: 2 * (w.y - w.a) / 5),
        (r"\frac{2}{n} \sum_i (\hat{y}_i - y_i)", lambda w: 2 * (w.a - w.y).sum() / 5),
    ),
    squares_world, text=(r"L = \frac{1}{n} \sum_{i=1}^n (\hat{y}_i - y_i)^2",),
)  # fmt: skip


def normalised(x: Any, mean: Any, variance: Any) -> Any:
    return (x - mean) / np.sqrt(variance + 0.01)


def norm_world(random: np.random.Generator) -> World:
    x, g = random.normal(size=(2, 5))
    gain = random.normal()
    mean, variance = x.mean(), x.var()
    h = normalised(x, mean, variance)

    def whole(v: Any) -> Any:
        return (g * gain * normalised(v, v.mean(), ((v - v.mean()) ** 2).mean())).sum()

    by_h = g * gain
    return World(
        x=x, g=g, gain=gain, h=h, mean=mean, variance=variance, root=np.sqrt(variance + 0.01), by_h=by_h,
        by_variance=slope(lambda v: (by_h * normalised(x, mean, v)).sum(), variance),
        by_mean=slope(lambda v: (by_h * normalised(x, v, ((x - v) ** 2).mean())).sum(), mean), by_x=slope(whole, x),
    )  # fmt: skip


NORMALISATION = (
    Group(
        r"\frac{\partial L}{\partial \sigma_B^2}", lambda w: w.by_variance,
        ((r"\sum_{i=1}^m \frac{\partial L}{\partial \hat{x}_i} (x_i - \mu_B) \frac{-1}{2} (\sigma_B^2 + \epsilon)^{-3/2}",
          lambda w: (w.by_h * (w.x - w.mean)).sum() * -0.5 * w.root**-3),),
        ((r"\sum_{i=1}^m \frac{\partial L}{\partial \hat{x}_i} (x_i - \mu_B) \frac{1}{2} (\sigma_B^2 + \epsilon)^{-3/2}",
          lambda w: (w.by_h * (w.x - w.mean)).sum() * 0.5 * w.root**-3),
         (r"\sum_{i=1}^m \frac{\partial L}{\partial \hat{x}_i} (x_i - \mu_B) \frac{-1}{2} (\sigma_B^2 + \epsilon)^{-1/2}",
          lambda w: (w.by_h * (w.x - w.mean)).sum() * -0.5 / w.root)),
        norm_world, "batch-norm",
    ),
    Group(
        r"\frac{\partial L}{\partial \mu_B}", lambda w: w.by_mean,
        ((r"-\sum_{i=1}^m \frac{\partial L}{\partial \hat{x}_i} \frac{1}{\sqrt{\sigma_B^2 + \epsilon}}",
          lambda w: -w.by_h.sum() / w.root),
         (r"\sum_{i=1}^m \frac{\partial L}{\partial \hat{x}_i} \frac{-1}{\sqrt{\sigma_B^2 + \epsilon}} + "
          r"\frac{\partial L}{\partial \sigma_B^2} \frac{\sum_{i=1}^m -2 (x_i - \mu_B)}{m}",
          lambda w: -w.by_h.sum() / w.root + w.by_variance * (-2 * (w.x - w.mean)).mean())),
        ((r"\sum_{i=1}^m \frac{\partial L}{\partial \hat{x}_i} \frac{1}{\sqrt{\sigma_B^2 + \epsilon}}",
          lambda w: w.by_h.sum() / w.root),),
        norm_world, "batch-norm",
    ),
    Group(
        r"\frac{\partial L}{\partial x_i}", lambda w: w.by_x,
        ((r"\frac{\partial L}{\partial \hat{x}_i} \frac{1}{\sqrt{\sigma_B^2 + \epsilon}} + "
          r"\frac{\partial L}{\partial \sigma_B^2} \frac{2 (x_i - \mu_B)}{m} + \frac{\partial L}{\partial \mu_B} \frac{1}{m}",
          lambda w: w.by_h / w.root + w.by_variance * 2 * (w.x - w.mean) / 5 + w.by_mean / 5),),
        ((r"\frac{\partial L}{\partial \hat{x}_i} \frac{1}{\sqrt{\sigma_B^2 + \epsilon}} + "
          r"\frac{\partial L}{\partial \sigma_B^2} \frac{2 (x_i - \mu_B)}{m} + \frac{\partial L}{\partial \mu_B}",
          lambda w: w.by_h / w.root + w.by_variance * 2 * (w.x - w.mean) / 5 + w.by_mean),
         (r"\frac{\partial L}{\partial \hat{x}_i} \frac{1}{\sqrt{\sigma_B^2 + \epsilon}}", lambda w: w.by_h / w.root)),
        norm_world, "batch-norm",
    ),
    Group(
        r"\frac{\partial L}{\partial \gamma}", lambda w: w.g @ w.h,
        ((r"\sum_{i=1}^m \frac{\partial L}{\partial y_i} \hat{x}_i", lambda w: w.g @ w.h),),
        ((r"\sum_{i=1}^m \frac{\partial L}{\partial y_i} x_i", lambda w: w.g @ w.x),
         (r"\sum_{i=1}^m \frac{\partial L}{\partial y_i}", lambda w: w.g.sum())),
        norm_world, "batch-norm",
    ),
)  # fmt: skip


def graph_world(random: np.random.Generator) -> World:
    a, b = random.normal(size=2)
    return World(a=a, b=b, d=a * b + a, by_a=slope(lambda v: (v * b + v) ** 2, a))


GRAPH = Group(
    r"\frac{\partial L}{\partial a}", lambda w: w.by_a,
    (
        (r"2 d (b + 1)", lambda w: 2 * w.d * (w.b + 1)),
        (r"\frac{\partial L}{\partial d} \left(\frac{\partial d}{\partial c} \frac{\partial c}{\partial a} + 1\right)",
         lambda w: 2 * w.d * (w.b + 1)),
    ),
    (
        (r"2 d b", lambda w: 2 * w.d * w.b),
        (r"2 d", lambda w: 2 * w.d),
        (r"d (b + 1)", lambda w: w.d * (w.b + 1)),
        (r"2 d (a + 1)", lambda w: 2 * w.d * (w.a + 1)),
    ),
    graph_world, text=(r"c = a b", r"d = c + a", r"L = d^2"),
)  # fmt: skip


def binary_world(random: np.random.Generator) -> World:
    z, y = random.normal(), random.uniform()

    def cost(a: Any) -> Any:
        return -(y * np.log(a) + (1 - y) * np.log(1 - a))

    a = sigmoid(z)
    return World(y=y, a=a, by_a=slope(cost, a), by_z=slope(lambda v: cost(sigmoid(v)), z))


BINARY = (
    Group(
        r"\frac{\partial L}{\partial a}", lambda w: w.by_a,
        (
            (r"-\frac{y}{a} + \frac{1 - y}{1 - a}", lambda w: -w.y / w.a + (1 - w.y) / (1 - w.a)),
            (r"\frac{a - y}{a (1 - a)}", lambda w: (w.a - w.y) / (w.a * (1 - w.a))),
        ),
        (
            (r"-\frac{y}{a} - \frac{1 - y}{1 - a}", lambda w: -w.y / w.a - (1 - w.y) / (1 - w.a)),
            (r"\frac{y - a}{a (1 - a)}", lambda w: (w.y - w.a) / (w.a * (1 - w.a))),
        ),
        binary_world, "bce",
    ),
    Group(
        r"\frac{\partial L}{\partial z}", lambda w: w.by_z,
        (
            (r"a - y", lambda w: w.a - w.y),
            (r"\frac{\partial L}{\partial a} \, a (1 - a)", lambda w: w.a - w.y),
        ),
        (
            (r"\frac{a - y}{a (1 - a)}", lambda w: (w.a - w.y) / (w.a * (1 - w.a))),
            (r"a (1 - y)", lambda w: w.a * (1 - w.y)),
        ),
        binary_world, "bce",
    ),
)  # fmt: skip
RECTIFIED = Group(
    r"\frac{\partial L}{\partial Z_{ij}}", lambda w: w.gradient,
    (
        (r"\begin{cases} \frac{\partial L}{\partial A_{ij}} & Z_{ij} > 0 \\ 0 & \text{otherwise} \end{cases}",
         lambda w: np.where(w.z > 0, w.g, 0)),
        (r"\frac{\partial L}{\partial A_{ij}} 1_{Z_{ij} > 0}", lambda w: w.g * (w.z > 0)),
    ),
    (
        (r"\begin{cases} 1 & Z_{ij} > 0 \\ 0 & \text{otherwise} \end{cases}", lambda w: 1.0 * (w.z > 0)),
        (r"\begin{cases} \frac{\partial L}{\partial A_{ij}} & Z_{ij} < 0 \\ 0 & \text{otherwise} \end{cases}",
         lambda w: np.where(w.z < 0, w.g, 0)),
    ),
    lambda random: rectified_world(random), "relu",
)  # fmt: skip


def rectified_world(random: np.random.Generator) -> World:
    z, g = random.normal(size=4), random.normal(size=4)
    return World(z=z, g=g, gradient=slope(lambda x: (g * relu(x)).sum(), z))


GROUPS = (
    JACOBIAN, DIAGONAL, APART, UPSTREAM, FUSED, BY_PROBABILITY, WHOLE, *ACTIVATIONS, *ENTRYWISE, *REGRESSION, NEURON,
    SQUARES, *NORMALISATION, GRAPH, *BINARY, RECTIFIED,
)  # fmt: skip


def cases() -> Iterator[Case]:
    """All statements."""
    for group in GROUPS:
        yield from (Case(group, right, value, holds=True) for right, value in group.true)
        yield from (Case(group, right, value, holds=False) for right, value in group.wrong)
