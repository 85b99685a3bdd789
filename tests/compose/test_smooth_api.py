"""What users hold of a smooth layer: SymPy on demand, single equations, documents, refusals."""

import pytest
import sympy

import symconv as sc
from symconv.errors import InputError, LimitError, NotSupportedError
from symconv.meaning.deciding import decided
from tests.smooth import ALL

SMALL = {name: layer for name, layer in ALL.items() if "large" not in name}


def flat(array):
    return sympy.flatten([array.tolist()]) if hasattr(array, "tolist") else [array]


def differences(left, right):
    return {decided(a, b) for a, b in zip(left, right, strict=True)}


@pytest.mark.parametrize("layer", [layer for layer in SMALL.values() if "relu" not in layer.kind], ids=repr)
def test_the_chain_rule_is_sympys_derivative_of_the_output(layer):
    d = sc.derive(layer)
    loss = d.O if "Y" in layer.arrays else sum(g * o for g, o in zip(flat(d.G), flat(d.O), strict=True))
    for role in [role for role in layer.arrays if role not in "OY"]:
        expected = [sympy.diff(loss, symbol) for symbol in flat(getattr(d, role))]
        assert differences(flat(d.gradient(role)), expected) == {"equal"}
        assert differences(flat(d.closed_form(role)), expected) == {"equal"}


def test_arrays_are_matrices_where_the_layer_has_two_axes_and_no_more():
    d = sc.derive(sc.Sigmoid(input=(2, 2)))
    assert isinstance(d.X, sympy.ImmutableDenseMatrix)
    assert d.X[0, 1] == sympy.Symbol("Z_{12}")
    assert d.gradient("X", 1, 2).has(sympy.Symbol(r"\frac{\partial L}{\partial A_{12}}"))
    assert sc.derive(sc.Tanh(input=2, batch=2)).O.shape == (2, 1, 2)


def test_local_derivatives_and_the_jacobian():
    d = sc.derive(sc.Softmax(inputs=3))
    assert decided(d.local("X", 2)[0], d.jacobian("X")[0, 1]) == "equal"
    assert d.jacobian("X").shape == (3, 3)
    assert sc.derive(sc.Tanh(input=(2, 2))).jacobian("X").nnz() == 4


def test_entries_of_a_batch_norm_are_named_as_the_user_sees_them():
    d = sc.derive(sc.BatchNorm(input=2, channels=2, batch=1))
    assert d.X[0, 1, 0] == sympy.Symbol("X_{1,2,1}")
    assert d.O[0, 1, 0].has(sympy.Symbol("X_{1,2,2}"))
    assert not d.O[0, 1, 0].has(sympy.Symbol("X_{1,1,1}"))


@pytest.mark.parametrize("at_zero", [0, 1, "1/2"])
def test_the_convention_at_zero_is_in_every_answer(at_zero):
    d = sc.derive(sc.ReLU(input=1, at_zero=at_zero))
    values = {d.X[0]: 0, d.G[0]: 1}
    for found in (d.gradient("X")[0], d.closed_form("X")[0], d.local("X", 1)[0], d.jacobian("X")[0, 0]):
        assert found.subs(values) == sympy.Rational(str(at_zero))


def test_a_loss_has_other_routes():
    d = sc.derive(sc.CrossEntropy(inputs=2, softmax=True))
    assert decided(d.closed_form("X", "result")[0] + d.Y[0], sc.derive(sc.Softmax(inputs=2)).O[0]) == "equal"
    assert sc.derive(sc.Sigmoid(input=1)).closed_form("X", "by output")[0].has(sympy.exp)


EQUATIONS = [
    (sc.Softmax(inputs=3), "dO_1/dX_2", None, r"&= -S_{1} S_{2}"),
    (sc.Softmax(inputs=3), "dO_2/dX_2", None, r"&= S_{2} \left( 1 - S_{2} \right)"),
    (sc.Softmax(inputs=3), "dO/dX", None, r"\mathrm{diag}\left( S \right) - S S^{\top}"),
    (sc.Softmax(inputs=3), "dL/dX", "closed", r"\frac{\partial L}{\partial Z} = S \odot"),
    (sc.Sigmoid(input=(2, 2)), "dL/dX_12", None, r"\frac{\partial L}{\partial A_{12}} \sigma'\left( Z_{12} \right)"),
    (sc.Sigmoid(input=(2, 2)), "dL/dX_12", "chain", r"\sum_{pq}"),
    (sc.Sigmoid(input=(2, 2)), "O_21", None, r"A_{21} = \sigma\left( Z_{21} \right)"),
    (sc.MSE(inputs=2), "O", None, r"L &= \frac{1}{2} \sum_{i} \ell_{i}"),
    (sc.LayerNorm(inputs=3, batch=2), "dL/db", None, r"\sum_{\nu} \frac{\partial L}{\partial Y_{\nu,i}}"),
]


@pytest.mark.parametrize(("layer", "target", "form", "part"), EQUATIONS)
def test_one_equation_by_its_name(layer, target, form, part):
    assert part in sc.derive(layer).latex(target, form=form)


REFUSED = [
    (lambda: sc.derive(sc.MSE(inputs=2)).G, InputError, "mse is a loss, which no gradient is handed to"),
    (lambda: sc.derive(sc.Softmax(inputs=2)).F, InputError, "role is 'F': this layer has X"),
    (lambda: sc.derive(sc.Softmax(inputs=2)).gradient("Y"), InputError, "role is 'Y': this layer has X"),
    (lambda: sc.derive(sc.MSE(inputs=2)).gradient("Y"), InputError, "role is 'Y': this layer has X"),
    (lambda: sc.derive(sc.Softmax(inputs=2)).gradient("X", 3), InputError, "X has no entry (3,)"),
    (lambda: sc.derive(sc.Softmax(inputs=2)).closed_form("X", "sum"), InputError, "for X there are matrix, closed"),
    (lambda: sc.derive(sc.Softmax(inputs=2)).latex("dX"), InputError, "equation 'dX' is not known"),
    (lambda: sc.derive(sc.Softmax(inputs=2)).latex("dL/dX_3"), InputError, "X has no entry 3"),
    (lambda: sc.derive(sc.Softmax(inputs=2)).latex("dL/dX_1", form="closed"), InputError, "is of the whole array"),
    (lambda: sc.derive(sc.MSE(inputs=2)).latex("dO_1/dX_1"), InputError, "O has no entry 1"),
    (lambda: sc.derive(sc.Softmax(inputs=3000)).O, LimitError, "3,000 entries, more than 2,000 as SymPy"),
    (
        lambda: sc.derive(sc.Softmax(inputs=100)).render(exhaustive=True),
        LimitError,
        "comparing every entry of 100 is too much",
    ),
    (
        lambda: sc.derive(sc.Softmax(inputs=2, batch=2), batch_mean=True),
        NotSupportedError,
        "batch mean is not there for softmax",
    ),
]


@pytest.mark.parametrize(("ask", "error", "message"), REFUSED, ids=[message for *_, message in REFUSED])
def test_what_cannot_be_answered_is_said_in_one_line(ask, error, message):
    with pytest.raises(error) as raised:
        ask()
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)
