"""PyTorch's modules read as networks: the network computes what the module computes, and all else is refused."""

import math
import re
from collections import OrderedDict

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import symconv as sc
from symconv.errors import InputError, NotSupportedError
from symconv.layers.catalogue import CLASSES
from symconv.layers.entrywise import LeakyReLU, ReLU
from symconv.network.torch import MISSING, comparable, torch_gradients
from tests.network.networks import LOSSES, MINIMAL, close, made, numbers_for
from tests.oracles import needs
from tests.strategies import examples, seeds


@pytest.fixture(autouse=True, scope="module")
def torch():
    found = needs("torch")
    found.set_num_threads(1)
    return found


@pytest.fixture(scope="module")
def nn(torch):
    return torch.nn


# The network computes what the module computes


def assert_same(module, input, batch, seed):
    """Outputs and gradients of the module by itself, and of the network that it is read as."""
    torch = needs("torch")
    network = sc.from_torch(module, input, batch)
    generator = np.random.default_rng(seed)
    module = module.double().train()
    arrays = {}
    for role, parameter in zip(network.parameters, module.parameters(), strict=True):
        arrays[role] = generator.integers(-3, 4, network.arrays[role].shape)
        assert parameter.numel() == arrays[role].size
        parameter.data = torch.tensor(arrays[role].reshape(parameter.shape), dtype=torch.float64)
    arrays["X"] = generator.integers(-3, 4, network.arrays["X"].shape)
    x = torch.tensor(arrays["X"].reshape(batch, *network.input), dtype=torch.float64, requires_grad=True)
    out = module(x)
    last = f"{network.names[-1]}.O"
    arrays["G"] = generator.integers(-3, 4, network.arrays[last].shape)
    gradient = torch.tensor(arrays["G"].reshape(out.shape), dtype=torch.float64)
    leaves = [x, *module.parameters()]
    expected = dict(
        zip((f"d:{role}" for role in ("X", *network.parameters)),
            torch.autograd.grad(out, leaves, gradient, materialize_grads=True), strict=True)
    )  # fmt: skip
    found = torch_gradients(network, arrays)
    largest = max(np.abs(array).max(initial=1) for array in found.values())
    for role, value in {last: out.detach(), **expected}.items():
        close(found[role].ravel(), value.numpy().ravel(), role, largest)


@st.composite
def sequences(draw):
    """A sequence of random modules, the shape of an example, and the batch."""
    nn = needs("torch").nn
    rank, batch = draw(st.integers(1, 3)), draw(st.integers(1, 2))
    shape = input = (draw(st.integers(1, 3)), *(draw(st.integers(1, {1: 8, 2: 6, 3: 4}[rank])) for _ in range(rank)))
    modules = []
    for _ in range(draw(st.integers(1, 4))):
        module = draw(st.sampled_from(SPATIAL if len(shape) > 1 else FEATURES))(draw, nn, shape, batch)
        try:
            shape = sc.from_torch(module, shape, batch).layers[-1].example_output
        except InputError:
            continue
        modules.append(module)
    assume(modules)
    return nn.Sequential(*modules), input, batch


def _each(draw, low, high, shape):
    return tuple(draw(st.integers(low, high)) for _ in shape[1:])


def _ranked(nn, name, shape):
    return getattr(nn, f"{name}{len(shape) - 1}d")


def _maps(draw, shape):
    groups = shape[0] if draw(st.booleans()) else 1
    return {"in_channels": shape[0], "out_channels": groups * draw(st.integers(1, 2)), "groups": groups,
            "bias": draw(st.booleans())}  # fmt: skip


def conv(draw, nn, shape, batch):
    stride = _each(draw, 1, 2, shape)
    words = ("same", "valid") if set(stride) == {1} else ("valid",)
    padding = draw(st.sampled_from(words)) if draw(st.booleans()) else _each(draw, 0, 2, shape)
    return _ranked(nn, "Conv", shape)(
        kernel_size=_each(draw, 1, 3, shape), stride=stride, padding=padding, dilation=_each(draw, 1, 2, shape),
        **_maps(draw, shape),
    )  # fmt: skip


def conv_transpose(draw, nn, shape, batch):
    stride = _each(draw, 1, 3, shape)
    extra = tuple(draw(st.integers(0, s - 1)) for s in stride)
    return _ranked(nn, "ConvTranspose", shape)(
        kernel_size=_each(draw, 1, 3, shape), stride=stride, padding=_each(draw, 0, 2, shape), output_padding=extra,
        dilation=_each(draw, 1, 2, shape), **_maps(draw, shape),
    )  # fmt: skip


def _windows(draw, shape):
    window = tuple(draw(st.integers(1, min(3, size))) for size in shape[1:])
    padding = tuple(draw(st.integers(0, k // 2)) for k in window)
    stride = tuple(draw(st.integers(1, 3)) for _ in window) if draw(st.booleans()) else None
    return {"kernel_size": window, "stride": stride, "padding": padding, "ceil_mode": draw(st.booleans())}


def max_pool(draw, nn, shape, batch):
    options = _windows(draw, shape)
    fits = all(2 * (k - 1) < n for k, n in zip(options["kernel_size"], shape[1:], strict=True))
    return _ranked(nn, "MaxPool", shape)(**options, dilation=draw(st.integers(1, 2)) if fits else 1)


def avg_pool(draw, nn, shape, batch):
    given = {} if len(shape) == 2 else {"divisor_override": draw(st.sampled_from((None, 2, 5)))}
    return _ranked(nn, "AvgPool", shape)(**_windows(draw, shape), count_include_pad=draw(st.booleans()), **given)


def adaptive_avg_pool(draw, nn, shape, batch):
    return _ranked(nn, "AdaptiveAvgPool", shape)(_each(draw, 1, 3, shape))


def batch_norm(draw, nn, shape, batch):
    if batch * math.prod(shape[1:]) == 1:
        return nn.Identity()
    return getattr(nn, f"BatchNorm{max(len(shape) - 1, 1)}d")(shape[0])


def activation(draw, nn, shape, batch):
    made = (nn.ReLU, lambda: nn.LeakyReLU(draw(st.sampled_from((0.01, 0.3)))), nn.Sigmoid, nn.Tanh, nn.SiLU, nn.GELU,
            nn.Identity, lambda: nn.Sequential(nn.ReLU(), nn.Sequential(nn.Tanh())))  # fmt: skip
    return nn.Sequential(nn.ReLU(), draw(st.sampled_from(made))())


def flatten(draw, nn, shape, batch):
    return nn.Flatten()


def linear(draw, nn, shape, batch):
    return nn.Linear(shape[0], draw(st.integers(1, 4)), bias=draw(st.booleans()))


def softmax(draw, nn, shape, batch):
    return nn.Softmax(draw(st.sampled_from((1, -1))))


def layer_norm(draw, nn, shape, batch):
    return nn.LayerNorm(shape[0]) if shape[0] > 1 else nn.Identity()


SPATIAL = (conv, conv, conv_transpose, max_pool, avg_pool, adaptive_avg_pool, batch_norm, activation, flatten)
FEATURES = (linear, linear, softmax, layer_norm, activation, batch_norm)


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")
@examples(300)
@given(drawn=sequences(), seed=seeds)
def test_random_sequences(drawn, seed):
    assert_same(*drawn, seed)


NAMED = {
    "same with an even filter": (lambda nn: nn.Conv2d(1, 2, (2, 4), padding="same"), (1, 5, 6)),
    "same with dilation": (lambda nn: nn.Conv1d(1, 1, 4, padding="same", dilation=3), (1, 9)),
    "groups": (lambda nn: nn.Conv1d(4, 6, 2, groups=2), (4, 5)),
    "output padding at the stride": (lambda nn: nn.ConvTranspose1d(1, 1, 3, 2, dilation=3, output_padding=2), (1, 4)),
    "transposed groups": (lambda nn: nn.ConvTranspose2d(4, 6, 2, groups=2, padding=1), (4, 3, 4)),
    "ceil mode with padding": (lambda nn: nn.AvgPool2d(3, 2, 1, ceil_mode=True), (1, 6, 5)),
    "ceil mode without the padding": (
        lambda nn: nn.AvgPool2d(3, 2, 1, ceil_mode=True, count_include_pad=False), (2, 6, 5),
    ),
    "padding counts": (lambda nn: nn.AvgPool1d(3, 1, 1), (1, 5)),
    "padding does not count": (lambda nn: nn.AvgPool1d(3, 1, 1, count_include_pad=False), (1, 5)),
    "divisor": (lambda nn: nn.AvgPool3d(2, divisor_override=5), (1, 4, 3, 2)),
    "maximum in ceil mode": (lambda nn: nn.MaxPool2d(2, 3, 1, ceil_mode=True), (1, 4, 3)),
    "dilated maximum": (lambda nn: nn.MaxPool1d(3, 1, 1, dilation=2), (1, 8)),
    "windows of unequal size": (lambda nn: nn.AdaptiveAvgPool2d((3, 2)), (1, 5, 7)),
    "one number a channel": (lambda nn: nn.AdaptiveAvgPool3d(1), (2, 2, 3, 2)),
    "slope": (lambda nn: nn.LeakyReLU(0.3), (5,)),
    "softplus": (lambda nn: nn.Softplus(), (5,)),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")
@pytest.mark.parametrize("batch", [1, 2])
@pytest.mark.parametrize(("make", "input"), NAMED.values(), ids=NAMED)
def test_named_modules(nn, make, input, batch):
    assert_same(make(nn), input, batch, seed=1)


def lenet(nn):
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.Tanh(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2),
        nn.Flatten(), nn.Linear(400, 120), nn.Tanh(), nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, 10),
    )  # fmt: skip


def test_lenet(nn):
    network = sc.from_torch(lenet(nn), input=(1, 28, 28))
    assert network.shapes == (
        ("conv1", (1, 6, 28, 28), 156), ("tanh1", (1, 6, 28, 28), 0), ("pool1", (1, 6, 14, 14), 0),
        ("conv2", (1, 16, 10, 10), 2416), ("tanh2", (1, 16, 10, 10), 0), ("pool2", (1, 16, 5, 5), 0),
        ("flatten1", (400,), 0), ("dense1", (120,), 48120), ("tanh3", (120,), 0), ("dense2", (84,), 10164),
        ("tanh4", (84,), 0), ("dense3", (10,), 850),
    )  # fmt: skip
    assert sum(count for _, _, count in network.shapes) == sum(p.numel() for p in lenet(nn).parameters()) == 61706
    assert_same(lenet(nn), (1, 28, 28), 2, seed=1)


def test_named_parts_and_classes_that_only_hold_modules(nn):
    class Block(nn.Sequential):
        pass

    made = nn.Sequential(OrderedDict(features=Block(nn.Conv1d(1, 2, 3), nn.SiLU()), head=nn.Flatten()))
    assert sc.from_torch(made, (1, 5)).names == ("conv1", "silu1", "flatten1")


def test_a_layer_by_itself(nn):
    assert sc.from_torch(nn.Linear(3, 2), 3, batch=4).arrays["dense1.O"].shape == (4, 2)


def test_shapes_that_do_not_fit_name_both(nn):
    with pytest.raises(InputError, match=r"^flatten1 hands on 16, which dense1 cannot take: .*15"):
        sc.from_torch(nn.Sequential(nn.Conv2d(1, 1, 3), nn.Flatten(), nn.Linear(15, 2)), (1, 6, 6))


# Losses


def _targets(torch, kind, shape):
    if kind == "CrossEntropyLoss":
        return torch.nn.functional.one_hot(torch.arange(shape[0]) % shape[1], shape[1]).double()
    return torch.arange(math.prod(shape)).reshape(shape).remainder(2).double()


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("kind", ["MSELoss", "BCELoss", "BCEWithLogitsLoss", "CrossEntropyLoss"])
def test_losses(torch, nn, kind, reduction, batch):
    loss = getattr(nn, kind)(reduction=reduction)
    before = nn.Sequential(nn.Linear(4, 3), *([nn.Sigmoid()] if kind == "BCELoss" else []))
    network = sc.from_torch(nn.Sequential(before, loss), 4, batch)
    x = torch.arange(4.0 * batch, dtype=torch.float64).reshape(batch, 4) / 4
    y = _targets(torch, kind, (batch, 3))
    expected = loss(before.double()(x), y)
    weights = dict(zip(network.parameters, before.parameters(), strict=True))
    arrays = {"X": x, "Y": y, **{role: weight.detach() for role, weight in weights.items()}}
    shaped = {role: np.asarray(array).reshape(network.arrays[role].shape) for role, array in arrays.items()}
    found = torch_gradients(network, shaped)
    close(found["L"], expected.item(), "L")
    for role, gradient in zip(weights, torch.autograd.grad(expected, list(weights.values())), strict=True):
        close(found[f"d:{role}"], gradient.numpy(), role)


# What is refused


def _shared(nn):
    one = nn.Linear(2, 2)
    return nn.Sequential(one, nn.ReLU(), one)


def _tied(nn):
    pair = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    pair[1].weight = pair[0].weight
    return pair


def _overridden(nn):
    class Residual(nn.Sequential):
        def forward(self, x):
            return x + super().forward(x)

    return Residual(nn.ReLU())


def _derived(nn):
    class Own(nn.ReLU):
        pass

    return nn.Sequential(Own())


REFUSED = {
    "dropout": (lambda nn: nn.Sequential(nn.ReLU(), nn.Dropout()), r"^module 1 \(Dropout\) .* nn\.Identity\(\)"),
    "nested": (lambda nn: nn.Sequential(nn.Sequential(nn.ReLU(), nn.Dropout2d())), r"^module 0\.1 \(Dropout2d\)"),
    "alone": (lambda nn: nn.PReLU(), r"^module PReLU .* expected|give"),
    "padding mode": (
        lambda nn: nn.Conv2d(1, 1, 3, padding=1, padding_mode="reflect"), r"padding_mode='reflect': only .*'zeros'",
    ),
    "indices": (lambda nn: nn.MaxPool2d(2, return_indices=True), r"return_indices=True: only return_indices=False"),
    "adaptive max pool": (lambda nn: nn.AdaptiveMaxPool2d(1), r"AdaptiveMaxPool2d.*MaxPool"),
    "no output size": (lambda nn: nn.AdaptiveAvgPool2d((1, None)), r"None"),
    "flatten all": (lambda nn: nn.Flatten(0), r"start_dim=0: only start_dim=1"),
    "softplus": (lambda nn: nn.Softplus(beta=2), r"beta=2.*only beta=1"),
    "gelu": (lambda nn: nn.GELU("tanh"), r"approximate='tanh'"),
    "softmax": (lambda nn: nn.Softmax(0), r"dim is 0"),
    "softmax without axis": (lambda nn: nn.Softmax(), r"dim is None"),
    "plain batch norm": (lambda nn: nn.BatchNorm2d(1, affine=False), r"affine=False"),
    "evaluation": (lambda nn: nn.BatchNorm2d(1).eval(), r"\.train\(\)"),
    "layer norm over a map": (lambda nn: nn.LayerNorm((6, 6)), r"LayerNorm"),
    "plain layer norm": (lambda nn: nn.LayerNorm(6, elementwise_affine=False), r"elementwise_affine=False"),
    "layer norm without bias": (lambda nn: nn.LayerNorm(6, bias=False), r"bias"),
    "weighted loss": (lambda nn: nn.CrossEntropyLoss(weight=needs("torch").ones(2)), r"weight="),
    "smoothed loss": (lambda nn: nn.CrossEntropyLoss(label_smoothing=0.1), r"label_smoothing=0\.1"),
    "loss for each": (lambda nn: nn.MSELoss(reduction="none"), r"reduction is 'none'"),
    "lazy": (lambda nn: nn.LazyLinear(2), r"LazyLinear"),
    "recurrent": (lambda nn: nn.Sequential(nn.LSTM(2, 2)), r"^module 0 \(LSTM\)"),
    "shared": (_shared, r"^module 2 \(Linear\) shares weights with module 0"),
    "tied": (_tied, r"^module 1 \(Linear\) shares weights with module 0"),
    "overridden": (_overridden, r"Residual"),
    "derived": (_derived, r"Own"),
    "parametrised": (
        lambda nn: nn.utils.parametrizations.weight_norm(nn.Linear(2, 2)), r"ParametrizedLinear",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("make", "message"), REFUSED.values(), ids=REFUSED)
@pytest.mark.filterwarnings("ignore:Lazy modules")
def test_refusals(nn, make, message):
    with pytest.raises(NotSupportedError, match=message) as refused:
        sc.from_torch(make(nn), (1, 6, 6))
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("thing", [None, "conv", [1, 2], sc.Conv(filter=2), object])
def test_what_is_no_module(thing):
    with pytest.raises(InputError, match=r"is no PyTorch module: give"):
        sc.from_torch(thing, (1, 6, 6))


def test_an_empty_sequence(nn):
    with pytest.raises(InputError, match="holds no layer"):
        sc.from_torch(nn.Sequential(nn.Identity()), 3)


# Evidence


NOT_COMPARABLE = {
    "ties": (sc.MaxPool(window=2, ties="split"), "pool1 has the tie rule 'split'"),
    "choice": (sc.MaxPool(input=4, window=2, argmax=[0, 2]), "pool1 has an assumed choice"),
    "relu": (ReLU(at_zero=1), "relu1 has the derivative 1 at 0"),
    "leaky relu": (LeakyReLU(at_zero=1), "relu1 has the derivative 1 at 0, PyTorch has the slope 1/100"),
}


@pytest.mark.parametrize(("layer", "reason"), NOT_COMPARABLE.values(), ids=NOT_COMPARABLE)
def test_conventions_that_pytorch_does_not_have(layer, reason):
    network = sc.Network([layer], (1, 4))
    assert comparable(network).startswith(reason)
    assert torch_gradients(network, {}) is None


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("kind", CLASSES)
def test_every_kind_by_itself(kind, batch):
    features = kind in ("dense", "softmax", "layer-norm", *LOSSES)
    layer = made(kind, **MINIMAL.get(kind, {}))
    network = sc.Network([layer], (4,) if features else (1, 4), batch)
    arrays = {**numbers_for(network, 1), "X": np.full(network.arrays["X"].shape, 0.25)}
    found = torch_gradients(network, arrays)
    for role in ("X", *network.parameters):
        assert found[f"d:{role}"].shape == network.arrays[role].shape
        assert np.isfinite(found[f"d:{role}"]).all()
    assert found["L" if kind in LOSSES else f"{network.names[0]}.O"].shape == network.shapes[0][1]


def test_arrays_are_checked():
    network = sc.Network([sc.Conv(filter=2)], (1, 4))
    numbers = {"X": np.ones(4), "conv1.F": np.ones(2), "G": np.ones(3)}
    assert torch_gradients(network, numbers)["d:conv1.F"].tolist() == [3, 3]
    with pytest.raises(InputError, match=re.escape("G has no numbers: give an array of shape (3,)")):
        torch_gradients(network, {"X": np.ones(4), "conv1.F": np.ones(2)})
    with pytest.raises(InputError, match=re.escape("X has the shape (1, 4): expected (4,)")):
        torch_gradients(network, {**numbers, "X": np.ones((1, 4))})


def test_without_pytorch(monkeypatch):
    def missing(name):
        raise ImportError(name)

    monkeypatch.setattr("symconv.network.torch.import_module", missing)
    monkeypatch.setattr("symconv.network.torch.find_spec", lambda name: None)
    network = sc.Network([sc.Conv(filter=2)], (1, 4))
    assert comparable(network) == MISSING
    with pytest.raises(NotSupportedError, match=r"^PyTorch is not installed: pip install 'symconv\[torch\]'$"):
        torch_gradients(network, {})
