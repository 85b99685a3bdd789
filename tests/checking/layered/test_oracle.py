"""Gradients through stages and verdicts on formulas, against PyTorch's automatic differentiation of whole numbers."""

import random

import numpy as np
import pytest

from symconv.checking.context import Context
from symconv.checking.layered import judge_layered, plans
from symconv.checking.layered.plans import Plan, Sizes, labelled
from symconv.checking.layered.stages import DENSE as DENSE_KINDS
from symconv.notation.reading import read

torch = pytest.importorskip("torch")
NAMES = {0: "0", 1: "1", 2: "2", 3: "3"}


def square(value):
    """An activation function with whole numbers: its derivative is 2 z."""
    return value * value


class Numbers:
    """Whole numbers for the entries of stages, and what PyTorch computes with them."""

    def __init__(self, stages, seed):
        self.stages, self.random = stages, random.Random(seed)
        self.arrays = {}
        for stage in stages.stages:
            for name, shape in ((stage.weight, stage.weight_shape), (stage.bias, stage.bias_shape)):
                if name:
                    self.arrays[name] = self._tensor(shape)
            if stage.kind == "input":
                self.arrays[stage.name] = self._tensor(stage.shape)
            if stage.kind == "pool":
                self.arrays[f"P:{stage.name}"] = self._tensor((*stage.shape, *stages.shapes[stage.before]))
        self.incoming = self._tensor(stages.stages[-1].shape)

    def _tensor(self, shape):
        values = [self.random.randint(-3, 3) for _ in range(int(np.prod(shape, dtype=int)))]
        return torch.tensor(values, dtype=torch.float64).reshape(shape).requires_grad_(True)

    def computed(self):
        found = {}
        for stage in self.stages.stages:
            found[stage.name] = self._stage(stage, found)
            found[stage.name].retain_grad()
        return found

    def forward(self):
        found = self.computed()
        (found[self.stages.stages[-1].name] * self.incoming.detach()).sum().backward()
        return found

    def _stage(self, stage, found):
        if stage.kind == "input":
            return self.arrays[stage.name] * 1
        before = found[stage.before]
        if stage.kind == "activation":
            return square(before)
        if stage.kind == "flatten":
            return before.reshape(-1) * 1
        if stage.kind == "pool":
            links = self.arrays[f"P:{stage.name}"]
            return torch.tensordot(links.detach(), before, dims=before.ndim)
        weight, bias = self.arrays[stage.weight], self.arrays[stage.bias]
        if stage.kind == "convolution":
            weight = weight.flip(0, 1) if stage.reverse else weight
            return torch.nn.functional.conv2d(before[None, None], weight[None, None])[0, 0] + bias
        return {
            "W a": lambda: (
                (weight @ before.reshape(before.shape[0], -1)).reshape(stage.shape)
                + bias.reshape(-1, *(1,) * (len(stage.shape) - 1))
            ),
            "W^T a": lambda: (
                (weight.T @ before.reshape(before.shape[0], -1)).reshape(stage.shape)
                + bias.reshape(-1, *(1,) * (len(stage.shape) - 1))
            ),
            "a W": lambda: before @ weight + bias.reshape(1, -1),
            "a W^T": lambda: before @ weight.T + bias.reshape(1, -1),
        }[stage.kind]()


def number(polynomial, values):
    total = 0
    for product, factor in polynomial.terms.items():
        term = float(factor)
        for role, at in product:
            term *= float(values[role][at])
        total += term
    return total


def expected_values(numbers, found):
    """What the independent symbols of the stages are in numbers."""
    values = {name: tensor.detach().numpy() for name, tensor in (numbers.arrays | found).items()}
    last = numbers.stages.stages[-1].name
    values[f"d:{last}"] = numbers.incoming.detach().numpy()
    for stage in numbers.stages.stages:
        if stage.kind == "activation":
            values[f"s:{stage.name}"] = 2 * values[stage.before]
    return values


PLANS = [
    *(Plan("dense", weights=weights, batch=batch) for weights in DENSE_KINDS for batch in (False, True)),
    Plan("convolution"), Plan("convolution", reverse=True), Plan("convolution, pool"), Plan("dense, pool"),
]  # fmt: skip


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: f"{plan.kind} {plan.weights} {plan.batch} {plan.reverse}")
def test_gradients_through_stages_are_those_of_autograd(plan):
    stages = labelled(plan, [1, 2], NAMES, Sizes(2))
    numbers = Numbers(stages, seed=len(plan.weights))
    found = numbers.forward()
    values = expected_values(numbers, found)
    checked = {**{name: tensor.grad for name, tensor in found.items()}}
    checked |= {name: tensor.grad for name, tensor in numbers.arrays.items() if name[0] in "Fb"}
    for name, gradient in checked.items():
        for at in np.ndindex(*gradient.shape):
            assert number(stages.entry(f"d:{name}", at), values) == gradient[at].item(), (name, at)


@pytest.mark.parametrize("plan", PLANS[::2], ids=lambda plan: f"{plan.kind} {plan.weights}")
def test_local_derivatives_through_stages_are_those_of_autograd(plan):
    stages = labelled(plan, [1, 2], NAMES, Sizes(2), whole=False)
    numbers = Numbers(stages, seed=7)
    found = numbers.computed()
    values = expected_values(numbers, found)
    over = found["z[2]"]
    for role in ("F[1]", "z[1]", "a[1]"):
        target = numbers.arrays[role] if role in numbers.arrays else found[role]
        for position in list(np.ndindex(*over.shape))[:3]:
            (gradient,) = torch.autograd.grad(over[position], target, retain_graph=True)
            chain = stages.chain("z[2]", position, role)
            for at in np.ndindex(*gradient.shape):
                assert (number(chain[at], values) if at in chain else 0) == gradient[at].item(), (role, position, at)


# Formulas: both sides in numbers, for a network of two layers

DENSE = (r"u^l = V^l h^{l-1} + c^l", r"h^l = \sigma(u^l)")
CONVOLUTIONS = (r"u^l = h^{l-1} * V^l + c^l", r"h^l = \sigma(u^l)")
SMALL = {"X": ("h",), "O": ("u",), "F": ("V",), "b": ("c",), "G": (r"\varepsilon",), "L": ("E",)}


def whole_numbers(*shape, seed):
    return torch.from_numpy(np.random.default_rng(seed).integers(-3, 4, shape).astype(float)).requires_grad_(True)


def network(layer, shapes):
    """Arrays of two layers and the gradients of a loss by them; l is the first layer."""
    found = {name: whole_numbers(*shape, seed=at) for at, (name, shape) in enumerate(shapes.items())}
    for number in (1, 2):
        found[f"u{number}"] = layer(found[f"h{number - 1}"], found[f"V{number}"]) + found[f"c{number}"]
        found[f"h{number}"] = square(found[f"u{number}"])
    for each in found.values():
        each.retain_grad()
    weights = whole_numbers(*found["h2"].shape, seed=9).detach()
    (weights * found["h2"]).sum().backward()
    numbers = {name: tensor.detach().numpy() for name, tensor in found.items()}
    return numbers | {f"d{name}": tensor.grad.numpy() for name, tensor in found.items()}


def dense_network():
    return network(
        lambda before, weight: weight @ before,
        {"h0": (3,), "V1": (4, 3), "c1": (4,), "V2": (2, 4), "c2": (2,)},
    )


def correlated(signal, filter):
    return torch.nn.functional.conv2d(signal[None, None], filter[None, None])[0, 0]


def correlate(signal, filter):
    return correlated(torch.from_numpy(signal.copy()), torch.from_numpy(filter.copy())).numpy()


def fully(signal, filter):
    return correlate(np.pad(signal, [(length - 1, length - 1) for length in filter.shape]), filter)


def turned(filter):
    return filter[::-1, ::-1]


def image_network():
    return network(correlated, {"h0": (6, 7), "V1": (2, 3), "c1": (), "V2": (3, 2), "c2": ()})


FORMULAS = [
    (DENSE, r"\varepsilon^l = (V^{l+1})^T \varepsilon^{l+1} \odot \sigma'(u^l)",
     lambda n: (n["du1"], n["V2"].T @ n["du2"] * 2 * n["u1"])),
    (DENSE, r"\varepsilon^l = (V^{l+1})^T \varepsilon^{l+1} \odot \sigma(u^l)",
     lambda n: (n["du1"], n["V2"].T @ n["du2"] * n["h1"])),
    (DENSE, r"\frac{\partial E}{\partial h^l} = (V^{l+1})^T \varepsilon^{l+1}",
     lambda n: (n["dh1"], n["V2"].T @ n["du2"])),
    (DENSE, r"\varepsilon^l = (V^{l+1})^T \varepsilon^{l+1}", lambda n: (n["du1"], n["V2"].T @ n["du2"])),
    (DENSE, r"\frac{\partial E}{\partial V^l} = \varepsilon^l (h^{l-1})^T",
     lambda n: (n["dV1"], np.outer(n["du1"], n["h0"]))),
    (DENSE, r"\frac{\partial E}{\partial V^{l+1}} = \varepsilon^{l+1} (u^l)^T",
     lambda n: (n["dV2"], np.outer(n["du2"], n["u1"]))),
    (DENSE, r"\frac{\partial E}{\partial c^l} = \varepsilon^l", lambda n: (n["dc1"], n["du1"])),
    (DENSE, r"\frac{\partial E}{\partial c^l} = \frac{\partial E}{\partial h^l}",
     lambda n: (n["dc1"], n["dh1"])),
    (CONVOLUTIONS, r"\varepsilon^l = \varepsilon^{l+1} * rot180(V^{l+1}) \odot \sigma'(u^l)",
     lambda n: (n["du1"], fully(n["du2"], turned(n["V2"])) * 2 * n["u1"])),
    (CONVOLUTIONS, r"\varepsilon^l = \varepsilon^{l+1} * V^{l+1} \odot \sigma'(u^l)",
     lambda n: (n["du1"], fully(n["du2"], n["V2"]) * 2 * n["u1"])),
    (CONVOLUTIONS, r"\varepsilon^l = \varepsilon^{l+1} * rot180(V^{l+1})",
     lambda n: (n["du1"], fully(n["du2"], turned(n["V2"])))),
    (CONVOLUTIONS, r"\frac{\partial E}{\partial h^l} = \varepsilon^{l+1} * rot180(V^{l+1})",
     lambda n: (n["dh1"], fully(n["du2"], turned(n["V2"])))),
    (CONVOLUTIONS, r"\frac{\partial E}{\partial V^l} = h^{l-1} * \varepsilon^l",
     lambda n: (n["dV1"], correlate(n["h0"], n["du1"]))),
    (CONVOLUTIONS, r"\frac{\partial E}{\partial V^l} = h^{l-1} * rot180(\varepsilon^l)",
     lambda n: (n["dV1"], correlate(n["h0"], turned(n["du1"])))),
    (CONVOLUTIONS, r"\frac{\partial E}{\partial c^l} = \sum_{x,y} \varepsilon^l_{x,y}",
     lambda n: (n["dc1"], n["du1"].sum())),
    (CONVOLUTIONS, r"\frac{\partial E}{\partial c^{l+1}} = \sum_{x,y} h^{l+1}_{x,y}",
     lambda n: (n["dc2"], n["h2"].sum())),
]  # fmt: skip


@pytest.mark.parametrize(("stated", "formula", "sides"), FORMULAS, ids=[formula for _, formula, _ in FORMULAS])
def test_a_formula_is_proved_where_it_holds_in_numbers(stated, formula, sides):
    left, right = sides(dense_network() if stated is DENSE else image_network())
    holds = left.shape == np.shape(right) and bool((left == right).all())
    (step,) = judge_layered(read(formula), Context(names=SMALL, stated=tuple(map(read, stated))))
    assert step.verdict == ("proved" if holds else "refuted")


# Sizes other than those that the proof tries


@pytest.mark.parametrize("filters", [((1, 2, 1), (2, 1, 1)), ((3, 4, 1), (2, 5, 1)), ((4, 4, 1), (4, 4, 1))])
@pytest.mark.parametrize("image", [(2, 3, 1), (4, 3, 1)])
def test_what_is_proved_for_convolutions_of_all_sizes_holds_for_others(monkeypatch, filters, image):
    monkeypatch.setattr(plans, "FILTERS", filters)
    monkeypatch.setattr(plans, "IMAGE", image)
    for stated, formula, sides in FORMULAS:
        left, right = sides(dense_network() if stated is DENSE else image_network())
        if stated is CONVOLUTIONS and left.shape == np.shape(right) and (left == right).all():
            (step,) = judge_layered(read(formula), Context(names=SMALL, stated=tuple(map(read, stated))))
            assert step.verdict == "proved", formula
