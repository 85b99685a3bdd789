"""Networks as TOML files: written and read again, and every file that describes none refused in one line."""

from __future__ import annotations

import datetime
import math
import re
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import symconv as sc
from symconv.errors import InputError, SymconvError
from symconv.layers.catalogue import CLASSES, layer_class
from symconv.network.description import described_network
from tests.network.networks import LOSSES, SMOOTH, first_network, made, networks
from tests.strategies import examples

FIRST = """\
input = [1, 6, 6]
batch = 1

[[layer]]
type = "conv"
filter = [3, 3]
bias = "map"

[[layer]]
type = "relu"

[[layer]]
type = "max-pool"
window = [2, 2]

[[layer]]
type = "flatten"

[[layer]]
type = "dense"
outputs = 1

[[layer]]
type = "sigmoid"

[[layer]]
type = "bce"
"""


def read(folder, text):
    path = folder / "network.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return sc.Network.read(path)


# Written and read


def test_a_network_as_text(tmp_path):
    assert first_network().to_toml() == FIRST
    assert read(tmp_path, FIRST) == first_network()
    assert sc.Network.read(str(tmp_path / "network.toml")) == first_network()


@examples(200)
@given(network=networks(SMOOTH, LOSSES))
def test_written_and_read_again(network, tmp_path_factory):
    folder = tmp_path_factory.mktemp("written")
    assert read(folder, network.to_toml()) == network


CHOICES = {
    "an assumed choice": [sc.MaxPool(input=4, window=2, argmax=[0, 3])],
    "the same on two axes": [sc.MaxPool(input=(2, 4), window=(2, 2), argmax=[(0, 1), (1, 2)])],
    "ties": [sc.MaxPool(window=2, ties="split", dilation=2)],
    "a slope": [made("leaky-relu", slope=0.3, at_zero=1)],
    "value at zero": [made("relu", at_zero="1/2")],
    "words for padding": [sc.Conv(filter=3, padding="same"), sc.Conv(filter=2, padding="full", stride=2)],
    "one window": [sc.AvgPool(window="all", divisor=7)],
    "soft targets": [sc.Flatten(), made("cross-entropy", targets="soft", softmax=True, mean=False)],
}


@pytest.mark.parametrize("layers", CHOICES.values(), ids=CHOICES)
def test_choices_are_written_and_read_again(layers, tmp_path):
    network = sc.Network(layers, (1, *(layers[0].input or (4,))))
    assert read(tmp_path, network.to_toml()) == network


def test_values_may_be_written_as_on_the_command_line(tmp_path):
    text = """
        input = "2x7x5"
        [[layer]]
        type = "conv"
        filter = "3x2"
        stride = "2x1"
        padding = "0:1x1"
        out-channels = 2
        [[layer]]
        type = "leaky-relu"
        slope = "1/4"
        at-zero = "1/2"
        [[layer]]
        type = "avg-pool"
        window = "2x2"
        divisor = "window"
    """
    conv = sc.Conv(filter=(3, 2), stride=(2, 1), padding=((0, 1), (1, 1)), out_channels=2)
    leaky = made("leaky-relu", slope=0.25, at_zero=0.5)
    assert read(tmp_path, text) == sc.Network([conv, leaky, sc.AvgPool(window=(2, 2), divisor="window")], (2, 7, 5))


# What is refused


def layer(text):
    return f"input = [1, 4, 4]\n[[layer]]\n{text}\n"


REFUSED = {
    "no TOML": ("input = [1,", "is no TOML: .*docs/networks.md"),
    "empty": ("", r"incomplete: it needs input = \[\.\.\.\] and at least one \[\[layer\]\]"),
    "no layers": ("input = [1, 4]", "incomplete"),
    "layers are a table": ("input = [1, 4]\n[layer]\ntype = 'conv'", "incomplete"),
    "layers are a number": ("input = [1, 4]\nlayer = 3", "incomplete"),
    "layers are numbers": ("input = [1, 4]\nlayer = [1]", r"layer 1 has no type: write \[\[layer\]\]"),
    "no input": ("[[layer]]\ntype = 'relu'", "incomplete"),
    "unknown key": ("inputs = 3\n[[layer]]\ntype = 'relu'", "has 'inputs': expected input, batch, layer"),
    "twice": ("input = 3\ninput = 4", "is no TOML"),
    "not UTF-8": (b"input = 3 # \xff\xfe", "is no TOML: .*utf-8"),
    "zeros": (b"\x00" * 50, "is no TOML"),
    "huge": (b"#" * 100_001, "has more than 100,000 bytes"),
    "nested deeply": ("input = " + "[" * 40_000, "is no TOML: "),
    "deep but closed": ("input = " + "[" * 40_000 + "]" * 40_000, "is no TOML: "),
    "deep keys": (".".join("a" * 40_000) + " = 1", "is no TOML: nested too deeply"),
    "deep keys in quotes": ("x = {" + " . ".join(["'a b'"] * 9_000) + " = 1}", "is no TOML: nested too deeply"),
    "deep tables": ("[" + ".".join("a" * 40_000) + "]", "is no TOML: nested too deeply"),
    "no type": (layer("filter = 3"), "layer 1 has no type"),
    "type is a number": (layer("type = 3"), "layer 1 has no type"),
    "unknown type": (layer("type = 'convolution'"), "layer 1: layer type is 'convolution': expected one of .* conv,"),
    "type in capitals": (layer("type = 'Conv'"), "layer 1: layer type is 'Conv': expected one of"),
    "unknown option": (layer("type = 'conv'\nkernel = 3"), r"layer 1 \(conv\) has 'kernel': expected one of .*filter"),
    "unknown option of relu": (layer("type = 'relu'\nslope = 3"), r"layer 1 \(relu\) has 'slope': expected one of"),
    "wrong value": (layer("type = 'conv'\nfilter = 'big'"), r"layer 1 \(conv\): .*'big'"),
    "wrong choice": (layer("type = 'conv'\nfilter = [2, 2]\nbias = 'no'"), r"layer 1 \(conv\): bias is 'no': expected"),
    "text for a truth": (
        layer("type = 'dense'\noutputs = 2\nbias = 'yes'"),
        r"\(dense\): bias is 'yes': expected True",
    ),
    "lacks sizes": (layer("type = 'conv'"), r"layer 1 \(conv\): filter"),
    "lacks outputs": (layer("type = 'dense'"), r"layer 1 \(dense\): outputs is 0"),
    "does not fit": (layer("type = 'conv'\nfilter = [5, 5]"), "the input hands on 1x4x4, which conv1 cannot take"),
    "batch": ("batch = 'two'\n" + layer("type = 'relu'"), "batch is 'two': expected a whole number"),
    "date": ("batch = 2020-01-01\n" + layer("type = 'relu'"), "batch is datetime.date.*: expected a whole number"),
    "division by zero": (layer("type = 'leaky-relu'\nslope = '1/0'"), r"\(leaky-relu\): slope is '1/0'"),
    "long text": (layer(f"type = 'conv'\nfilter = '{'9' * 5000}'"), r"\(conv\): "),
    "long number": (layer(f"type = 'conv'\nfilter = {'9' * 4000}"), r"\(conv\): "),
    "too long a number": (layer(f"type = 'conv'\nfilter = {'9' * 5000}"), "is no TOML: "),
}


@pytest.mark.parametrize(("text", "message"), REFUSED.values(), ids=REFUSED)
def test_refusals(text, message, tmp_path):
    with pytest.raises(InputError, match=message) as refused:
        read(tmp_path, text)
    assert str(refused.value).startswith(f"network {tmp_path / 'network.toml'}")
    assert "\n" not in str(refused.value)
    assert len(str(refused.value).replace(str(tmp_path), "")) < 700


def test_files_that_cannot_be_read(tmp_path):
    for path in (
        tmp_path,
        tmp_path / "none.toml",
        tmp_path / "a" / "b.toml",
        Path("nul\0.toml"),
        tmp_path / ("n" * 300),
    ):
        with pytest.raises(InputError, match=r"cannot be read: .*; give a TOML file") as refused:
            sc.Network.read(path)
        assert "\n" not in str(refused.value)


ANYTHING = st.recursive(
    st.one_of(
        st.booleans(), st.integers(-3, 5), st.sampled_from((10**30, -(10**30), 1.5, math.nan, math.inf)),
        st.text(max_size=8),
        st.sampled_from(("3x3", "1/2", "1/0", "same", "all", "first", "rows", "map", "²x²", "9" * 999)),
        st.sampled_from((datetime.date(2020, 1, 1), datetime.time(1, 2))),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=3), inner, max_size=2)),
    max_leaves=6,
)  # fmt: skip
SIZES = {
    "conv": {"filter": [2, 2]}, "conv-transpose": {"filter": [2, 2]}, "max-pool": {"window": [2, 2]},
    "avg-pool": {"window": [2, 2]}, "adaptive-avg-pool": {"output": [2, 2]}, "dense": {"outputs": 2},
}  # fmt: skip


def refusal(described):
    """What is said against a description; empty where it makes a network, which can be written."""
    try:
        network = described_network(described, "n.toml")
    except SymconvError as error:
        return str(error)
    return "" if network.arrays and network.to_toml() else "nothing"


@examples(400)
@given(kind=st.sampled_from(sorted(CLASSES)), data=st.data(), input=st.sampled_from(([2, 4, 4], [4], [1, 5])))
def test_any_value_of_any_option_makes_a_network_or_is_refused_in_one_line(kind, data, input):
    options = sorted(field.name for field in fields(layer_class(kind)) if field.init)
    given = {option: data.draw(ANYTHING, option) for option in data.draw(st.sets(st.sampled_from(options), max_size=2))}
    layer = {"type": kind, **SIZES.get(kind, {}), **given}
    assert re.fullmatch(r"(network n\.toml.{1,600})?", refusal({"input": input, "batch": 2, "layer": [layer]}))


@examples(200)
@given(input=ANYTHING, batch=ANYTHING, layers=ANYTHING)
def test_any_value_around_the_layers(input, batch, layers):
    for found in (layers, [{"type": "relu"}], [{"type": layers}]):
        said = refusal({"input": input, "batch": batch, "layer": found})
        assert re.fullmatch(r"(network n\.toml.{1,600})?", said)
