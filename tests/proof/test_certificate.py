"""Certificates: Coq accepts them as they are and refuses them when anything in them is changed."""

import re
import tempfile
from fractions import Fraction
from pathlib import Path

import pytest

import symconv as sc
from symconv.derivation.gradients import Calculus
from symconv.errors import InputError, LimitError, NotSupportedError, UnprovedError
from symconv.layers.conv import Conv
from symconv.operations import Correlate, Leaf, spread, window
from symconv.proof.certificate import Entries, certificate
from symconv.proof.coq import BASE, development
from symconv.writing.files import STARTS
from tests.coq import checked, coqc, lemma

PLAIN = Conv((3, 3), (2, 2))
LAYERS = {
    "one axis": Conv(4, 2),
    "stride with a remainder": Conv((4, 5), (2, 3), stride=(3, 2)),
    "dilation": Conv(6, 2, dilation=3, padding=1),
    "negative padding": Conv(7, 2, stride=2, padding=((-1, -2),)),
    "a crop beyond the array": Conv(1, 1, stride=3, padding=((2, 0),)),
    "more than k entries": Conv(6, 2, stride=4),
    "groups, channels, batch, bias": Conv(3, 2, in_channels=4, out_channels=2, groups=2, batch=2, bias="map"),
    "true convolution": Conv((3, 4), (2, 2), stride=(1, 2), padding=((1, 0), (0, 0)), convention="convolution"),
    "three axes": Conv((2, 2, 2), (1, 2, 1)),
    "transposed": sc.ConvTranspose(3, 2, stride=2, padding=1, output_padding=1, in_channels=2),
    "max pooling": sc.MaxPool((3, 4), (2, 2), stride=(2, 1), padding=1),
    "max pooling, dilation, channels": sc.MaxPool(5, 2, dilation=2, channels=2, ceil_mode=True),
    "a choice": sc.MaxPool(4, 2, argmax=[1, 2]),
    "average pooling": sc.AvgPool((3, 4), (2, 2), padding=1, ceil_mode=True),
    "average pooling, channels": sc.AvgPool(5, 3, stride=2, padding=1, channels=2, batch=2, divisor="window"),
}
BASIC = {
    "adaptive": sc.AdaptiveAvgPool(5, 2),
    "dense": sc.Dense(3, 2, batch=2),
    "dense in rows": sc.Dense(3, 2, batch=2, convention="rows"),
    "flatten": sc.Flatten((2, 3)),
}


@pytest.mark.parametrize("layer", LAYERS.values(), ids=LAYERS)
def test_coq_accepts_it(layer):
    text = certificate(layer)
    assert "Theorem layer_gradient_by_input" in text
    said = checked(text)
    assert (said.returncode, said.stderr) == (0, "")


@pytest.mark.parametrize("layer", BASIC.values(), ids=BASIC)
def test_without_a_theorem_it_has_the_entries(layer):
    text = certificate(layer)
    assert "Theorem" not in text
    with tempfile.TemporaryDirectory() as folder:
        said = coqc(Path(folder), "certificate.v", text)
    assert (said.returncode, said.stderr) == (0, "")


def test_it_needs_nothing_else():
    with tempfile.TemporaryDirectory() as folder:
        said = coqc(
            Path(folder), "certificate.v", certificate(PLAIN) + "\nPrint Assumptions layer_gradient_by_filter.\n"
        )
    assert (said.returncode, said.stderr) == (0, "")
    assert said.stdout == "Closed under the global context\n"


@pytest.mark.parametrize("mean", [Fraction(1, 2), Fraction(1, 3)])
def test_a_batch_mean_is_a_factor(mean):
    text = certificate(Conv(3, 2, batch=2), mean)
    assert f"number {mean.denominator} * u = 1" in text
    assert checked(text).returncode == 0


def test_a_derivation_writes_it():
    layer = Conv(3, 2, batch=2)
    assert sc.derive(layer).certificate() == certificate(layer)
    assert sc.derive(layer, batch_mean=True).certificate() == certificate(layer, Fraction(1, 2))
    with pytest.raises(NotSupportedError, match="a certificate of relu cannot be written"):
        sc.derive(sc.ReLU(3)).certificate()


@pytest.mark.parametrize("input", [9, 13])
def test_long_sums_are_compared_in_parts(input):
    text = certificate(Conv((input, input), (2, 2), stride=2))
    assert re.search(r"identities \d+\.", text)
    assert checked(text).returncode == 0


def test_a_large_layer_has_the_theorem_only():
    text = certificate(Conv((224, 224), (3, 3), in_channels=3, out_channels=64, padding=1))
    assert "Section Entries" not in text
    assert checked(text).returncode == 0


def test_it_bears_the_mark():
    assert certificate(PLAIN).encode().startswith(STARTS)
    assert "of the layer conv --input 3x3 --filter 2x2 (positions count from 0)." in certificate(PLAIN)


# What is written in it


def test_every_entry_of_both_gradients_is_written_out():
    text = certificate(PLAIN)
    assert lemma(text, "dX_correlation_0_1").splitlines()[1:4] == [
        "  G 0 0 * F 0 1 + G 0 1 * F 0 0",
        "  =",
        "  G 0 0 * F 0 1 + G 0 1 * F 0 0.",
    ]
    names = re.findall(r"^Lemma (d[XF]_correlation\w+) :", text, re.MULTILINE)
    assert len(names) == len(set(names)) == 9 + 4


def test_the_theorem_has_the_numbers_of_the_layer():
    text = certificate(LAYERS["stride with a remainder"])
    assert "layer_axes : list axis := [Axis 4 2 3 1 0 0 1; Axis 5 3 2 1 0 0 2]." in text
    text = certificate(LAYERS["groups, channels, batch, bias"])
    assert "layer_inputs := triples 2 2 2." in text
    assert "layer_outputs := triples 2 2 1." in text
    assert "layer_filters := triples 2 1 2." in text


# Tampering


def only(text, name, changed):
    """The certificate with one lemma of its entries, which is changed: quick to check."""
    start = text.index("Lemma", text.index("Ltac", text.index("Section Entries")))
    arrays = "".join(
        re.findall(r"^  (?:Variable V_\w|Definition|Ltac computed|    Array).*?\.$\n", text[start:], re.M | re.S)
    )
    return text[:start] + arrays + changed + "\nEnd Entries.\n"


def side(number, change):
    """A change of one side of a lemma's equation."""

    def changed(statement):
        sides = statement.split("\n  =\n")
        sides[number] = change(sides[number])
        return "\n  =\n".join(sides)

    return changed


def once(pattern, replacement):
    def change(text):
        found, count = re.subn(pattern, replacement, text, count=1)
        assert count == 1
        return found

    return change


TAMPERED = {
    "coefficient": ("dX_correlation_1_1", side(1, once(r"  G", "  number 2 * G"))),
    "index of a filter": ("dX_correlation_1_1", side(1, once(r"F 0 1", "F 1 1"))),
    "index of a gradient": ("dF_correlation_0_1", side(0, once(r"G 1 0", "G 0 0"))),
    "sign": ("dF_correlation_1_1", side(1, once(r" \+ ", " - "))),
    "a lost product": ("dF_correlation_1_1", side(0, once(r" \+ [^+]*$", ""))),
    "another array": ("dX_correlation_0_0", side(1, once(r"F", "X"))),
    "the forward map": ("dF_is_the_derivative", side(0, once(r"X 0 1", "X 1 0"))),
    "the gradient by a direction": ("dX_is_the_derivative", side(1, once(r"V_X 1 1", "V_X 1 2"))),
    "what the theorem gives": ("theorem_dX_1_1", side(1, once(r"F 0 1", "F 1 1"))),
    "which entry of the theorem": ("theorem_dF_1_1", side(0, once(r"\[1; 1\]", "[1; 0]"))),
}


@pytest.mark.parametrize(("name", "change"), TAMPERED.values(), ids=TAMPERED)
def test_coq_refuses_it_when_changed(name, change):
    text = certificate(PLAIN)
    statement = lemma(text, name)
    assert checked(only(text, name, statement)).returncode == 0
    said = checked(only(text, name, change(statement)))
    assert said.returncode == 1
    assert "not a valid ring equation" in said.stderr


@pytest.mark.parametrize(
    ("right", "wrong"),
    [("Axis 4 2 3 1 0 0 1", "Axis 4 2 3 1 0 0 2"), ("Axis 5 3 2 1 0 0 2", "Axis 5 3 2 2 0 0 2")],
)
def test_coq_refuses_sizes_that_do_not_fit(right, wrong):
    text = certificate(LAYERS["stride with a remainder"])
    assert checked(text[: text.index("(** * Entry by entry")].replace(right, wrong)).returncode == 1


# Wrong closed forms


class Unrotated(Conv):
    """A convolution that claims the full correlation with the filter not reversed."""

    def input_gradient(self):
        k = self._each("filter")
        padded = window(Leaf("G"), self.spatial, tuple(n - 1 for n in k), tuple(n - 1 for n in k))
        return Correlate(padded, spread(Leaf("F"), self.spatial, self._each("dilation")), self.spatial, ("out",),
                         self._names("X"), (1,) * len(k))  # fmt: skip


def test_a_wrong_closed_form_is_not_certified():
    with pytest.raises(UnprovedError, match=r"^no certificate is written, since a closed form is wrong: refuted"):
        certificate(Unrotated(3, 2))


def test_coq_refuses_a_wrong_closed_form_by_itself():
    text = development(BASE) + Entries(Calculus(Unrotated(3, 2)), None).text
    with tempfile.TemporaryDirectory() as folder:
        said = coqc(Path(folder), "certificate.v", text)
    assert said.returncode == 1
    assert "not a valid ring equation" in said.stderr


# What has no certificate


@pytest.mark.parametrize(
    ("layer", "error", "message"),
    [
        ("conv", InputError, "layer is 'conv': expected a layer such as"),
        (Conv(filter=2), InputError, "conv has no input size"),
        (sc.Softmax(3), NotSupportedError, "a certificate of softmax cannot be written: it is about one layer whose"),
        (sc.Network([sc.Dense(outputs=2)], input=3), NotSupportedError, "a certificate of network cannot be written"),
        (sc.Graph("f = x * y"), NotSupportedError, "a certificate of graph cannot be written"),
        (sc.GeneralConv(), NotSupportedError, "a certificate of conv-general cannot be written"),
        (sc.ReLU(3), NotSupportedError, "a certificate of relu cannot be written"),
        (sc.Dense(100, 100), LimitError, "this dense has 10,000 products, more than the 2,000"),
    ],
)
def test_what_has_no_certificate_says_why(layer, error, message):
    with pytest.raises(error, match=re.escape(message)) as raised:
        certificate(layer)
    assert "\n" not in str(raised.value)
