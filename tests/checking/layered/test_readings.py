"""What a text may mean by its layers: what it says itself, what it leaves open, and what is no claim."""

import pytest

from symconv.checking.context import Context
from symconv.checking.diagnosis import diagnose
from symconv.checking.findings import WORST
from symconv.checking.layered import judge_layered
from symconv.layers.conv import Conv
from symconv.notation.reading import read

SMALL = {"X": ("h",), "O": ("u",), "F": ("v", "V"), "b": ("c",), "G": (r"\varepsilon",), "L": ("E",)}
PLAIN = {"X": ("P",), "O": ("Q",), "F": ("R",), "b": ("c",), "L": ("E",)}
ACTIVATED = r"h^l = \sigma(u^l)"
COLUMNS = r"u^l = V^l h^{l-1} + c^l"
CORRELATED = r"u^l = h^{l-1} * V^l + c^l"


def judged(formula, *stated, names=SMALL, **context):
    return judge_layered(read(formula), Context(names=names, stated=tuple(map(read, stated)), **context))


def verdict(found):
    return next(each for each in WORST if any(step.verdict == each for step in found))


def only(formula, *stated, **context):
    (step,) = judged(formula, *stated, **context)
    return step


def mistake(formula, *stated, names=SMALL, **context):
    """The kind of the mistake in the last step of a formula."""
    node, context = read(formula), Context(names=names, stated=tuple(map(read, stated)), **context)
    return diagnose(judge_layered(node, context)[-1], context, node.sides[-2:]).mistake


# What is not about layers in sequence


@pytest.mark.parametrize(
    "formula",
    [
        r"u_{11} = h_{11} v_{11} + h_{12} v_{12}",
        r"\frac{\partial E}{\partial v_{12}} = \varepsilon_{11} h_{12} + \varepsilon_{12} h_{13}",
        r"U^{(1)}_{11} = X^{(1)}_{11} V^{(1,1)}_{11} + X^{(2)}_{11} V^{(1,2)}_{11}",
        r"\frac{\partial E}{\partial V^{l}_{12}} = h_{12} \varepsilon_{11}",
        r"\frac{\partial E}{\partial h} = \varepsilon^{(1)} * rot180(V^{(1)}) + \varepsilon^{(2)} * rot180(V^{(2)})",
        r"u^{(1)} = h^{(1)} * V^{(1)} + h^{(2)} * V^{(2)} + c^{(1)}",
        r"\frac{\partial E}{\partial V^{(k)}} = h * \varepsilon^{(k)}",
        r"o = \lfloor (n - k) / s \rfloor + 1",
        r"x^2 + y^2 = 1",
        r"\sigma(x) = \frac{1}{1 + e^{-x}}",
    ],
)
def test_other_formulas_are_left_to_others(formula):
    assert judged(formula) is None


@pytest.mark.parametrize(
    ("formula", "reason"),
    [
        (ACTIVATED, "activation"),
        (r"E = \frac{1}{2} \sum_j (y_j - h^L_j)^2", "loss"),
        (r"V^l = V^l - \eta \frac{\partial E}{\partial V^l}", "update"),
        (r"c^{(l)} = c^{(l)} - \frac{\eta}{m} \varepsilon^{(l)}", "update"),
    ],
)
def test_definitions_and_updates_are_no_claims(formula, reason):
    step = only(formula)
    assert step.verdict == "not-a-claim"
    assert reason in step.reason


def test_a_chain_is_judged_step_by_step():
    chain = (
        r"\varepsilon^l = \frac{\partial E}{\partial u^l} = \frac{\partial E}{\partial u^{l+1}}"
        r"\frac{\partial u^{l+1}}{\partial u^l} = \varepsilon^{l+1} * rot180(V^{l+1})"
    )
    found = judged(chain, CORRELATED, ACTIVATED)
    assert [step.verdict for step in found] == ["proved", "proved", "refuted"]
    assert mistake(chain, CORRELATED, ACTIVATED) == "missing-derivative"


def test_numbers_above_are_layers_where_the_text_leads_from_one_to_the_next():
    formula = r"\frac{\partial E}{\partial V^{(2)}} = h^{(1)} * \varepsilon^{(2)}"
    assert judged(formula) is None
    assert only(formula, r"u^{(2)} = h^{(1)} * V^{(2)} + c^{(2)}").verdict == "proved"


# What a text leaves open


def test_a_missing_derivative_is_left_open_where_no_activation_function_is_known():
    formula = r"\varepsilon^l = (V^{l+1})^T \varepsilon^{l+1}"
    assert only(formula).verdict == "unread"
    assert only(formula, COLUMNS, ACTIVATED).verdict == "refuted"
    pooled = only(formula, COLUMNS, kind="max-pool")
    assert pooled.verdict == "proved"
    assert any("pooling" in note for note in pooled.notes)


def test_the_orientation_of_the_weights_is_read_off_from_the_text():
    by_input = r"\varepsilon^l = V^{l+1} \varepsilon^{l+1} \odot \sigma'(u^l)"
    assert only(by_input).verdict == "unread"
    assert only(by_input, r"u^l = (V^l)^T h^{l-1} + c^l").verdict == "proved"
    assert only(by_input, COLUMNS).verdict == "refuted"
    rows = r"\frac{\partial E}{\partial V^l} = (h^{l-1})^T \varepsilon^l"
    assert only(rows).notes == ("holds where layers compute a W + b",)
    assert only(rows, r"u^l = h^{l-1} V^l + c^l").notes == ()
    assert only(rows, COLUMNS).verdict == "refuted"


def test_the_label_of_the_weights_is_read_off_from_the_text():
    formula = r"\frac{\partial E}{\partial V^l} = \varepsilon^{l+1} (h^l)^T"
    assert only(formula).verdict == "unread"
    assert only(formula, r"u^{l+1} = V^l h^l + c^l").verdict == "proved"
    assert mistake(formula, COLUMNS) == "wrong-layer"


def test_a_star_means_what_the_layers_compute():
    unrotated = r"\varepsilon^l = \varepsilon^{l+1} * V^{l+1} \odot \sigma'(u^l)"
    assert mistake(unrotated, CORRELATED) == "not-rotated"
    starred = unrotated.replace("*", r"\ast")
    told = only(starred, r"u^l = h^{l-1} \star V^l + c^l").notes
    assert "holds where * is true convolution, which reverses the filter" in told
    assert only(unrotated, signs={"*": "correlate"}).verdict == "refuted"


def test_what_holds_for_one_kind_of_layers_says_so():
    formula = r"\frac{\partial E}{\partial c^l} = \varepsilon^l"
    assert only(formula).notes == ("holds where layers are dense",)
    assert only(formula, COLUMNS).notes == ()
    assert mistake(formula, CORRELATED) == "missing-sum"
    assert only(formula, CORRELATED, COLUMNS).verdict == "proved"


def test_a_loss_is_read_off_from_the_text():
    formula = r"\varepsilon^L = h^L - y"
    assert only(formula).notes == ("holds for the cross-entropy behind a sigmoid or softmax as the loss",)
    assert only(formula, r"E = \frac{1}{2} \|h^L - y\|^2").verdict == "unread"
    assert mistake(formula, r"E = \frac{1}{2} \|h^L - y\|^2", ACTIVATED) == "missing-derivative"
    doubled = r"\varepsilon^L = 2 (h^L - y) \odot \sigma'(u^L)"
    assert only(doubled, r"E = \|h^L - y\|^2").verdict == "proved"
    assert only(doubled, r"E = \frac{1}{2} \|h^L - y\|^2").verdict == "refuted"


def test_the_last_layer_is_not_any_layer():
    step = only(r"\frac{\partial E}{\partial V^l} = \varepsilon^L (h^{L-1})^T", COLUMNS)
    assert step.verdict == "unread"
    assert "last layer" in step.reason
    assert only(r"\frac{\partial E}{\partial V^l} = \varepsilon^L (u^{L-1})^T", COLUMNS, ACTIVATED).verdict == "refuted"


def test_an_activation_function_may_be_known_by_its_derivative():
    tanh = only(r"\varepsilon^l = (V^{l+1})^T \varepsilon^{l+1} \odot (1 - h^l \odot h^l)", COLUMNS)
    assert tanh.notes == ("holds where the activation function is tanh",)


def test_an_error_letter_is_no_function():
    step = only(r"\varepsilon^l = (V^{l+1})^T \varepsilon^{l+1} \odot \varepsilon'(u^l)", COLUMNS)
    assert step.verdict == "refuted"
    assert "no function" in step.reason


def test_unknown_things_are_unread():
    assert only(r"\varepsilon^l = M^{l+1} \varepsilon^{l+1} \odot \sigma'(u^l)").verdict == "unread"
    assert only(r"\varepsilon^l = \mathrm{mystery}(\varepsilon^{l+1}) \odot \sigma'(u^l)").verdict == "unread"
    assert only(r"\varepsilon^{[1]} = (V^{[900000000]})^T \varepsilon^{[2]}").verdict == "unread"


# Sizes


def test_a_number_of_zeros_holds_for_the_filter_of_the_text_alone():
    formula = r"\frac{\partial E}{\partial h^l} = \mathrm{pad}_{1}(\varepsilon^{l+1}) * rot180(V^{l+1})"
    assert only(formula, CORRELATED).verdict == "refuted"
    known = only(formula, CORRELATED, layer=Conv(input=(4, 5), filter=(2, 2)))
    assert (known.verdict, known.scope) == ("proved", "shape")


def test_sizes_of_the_text_do_not_narrow_what_holds_for_all():
    formula = r"\frac{\partial E}{\partial h^l} = \varepsilon^{l+1} * rot180(V^{l+1})"
    known = only(formula, CORRELATED, layer=Conv(input=(4, 5), filter=(2, 3)))
    assert (known.verdict, known.scope) == ("proved", "sizes")


def test_a_stride_is_known_by_its_layer():
    formula = r"\frac{\partial E}{\partial h^l} = \mathrm{spread}_{2}(\varepsilon^{l+1}) * rot180(V^{l+1})"
    strided = Conv(input=(5, 7), filter=(3, 3), stride=2)
    assert only(formula, layer=strided).scope == "shape"
    assert only(r"\frac{\partial E}{\partial h^l} = \varepsilon^{l+1} * rot180(V^{l+1})", layer=strided).verdict == (
        "refuted"
    )


def test_indices_count_from_where_the_formula_holds():
    formula = r"\varepsilon^l_{i,j} = \sum_m \sum_n \varepsilon^{l+1}_{i-m,j-n} v^{l+1}_{m,n} \sigma'(u^l_{i,j})"
    assert only(formula, CORRELATED).notes == ("holds where indices count from 0",)
    assert only(formula, CORRELATED, index_base=0).notes == ()
    assert only(formula, CORRELATED, r"u_{11} = h_{11} v_{11}").verdict == "refuted"


# One layer without labels


@pytest.mark.parametrize(
    ("formula", "forward", "expected"),
    [
        (r"\frac{\partial E}{\partial R} = P^T \frac{\partial E}{\partial Q}", "Q = P R + c", "proved"),
        (r"\frac{\partial E}{\partial R} = \frac{\partial E}{\partial Q} P^T", "Q = P R + c", "refuted"),
        (r"\frac{\partial E}{\partial R} = \frac{\partial E}{\partial Q} P^T", "Q = R P + c", "proved"),
        (r"dP = dQ R^T", "Q = P R + c", "proved"),
        (r"dP = R^T dQ", "Q = P R + c", "refuted"),
        (r"dP = R^T dQ", "Q = R P + c", "proved"),
        (r"dP = dQ R", "Q = P R + c", "refuted"),
        (r"dR = \frac{1}{m} P^T dQ", "Q = P R + c", "proved"),
        (r"dc = \sum_i dQ_i", "Q = P R + c", "proved"),
        (r"\frac{\partial Q}{\partial P} = R", "Q = R P + c", "proved"),
        (r"\frac{\partial E}{\partial R_{ij}} = P_j \frac{\partial E}{\partial Q_i}", "Q = R P + c", "proved"),
        (r"\frac{\partial E}{\partial R_{ij}} = P_i \frac{\partial E}{\partial Q_j}", "Q = R P + c", "refuted"),
    ],
)
def test_a_dense_layer_of_any_size(formula, forward, expected):
    step = only(formula, forward, names=PLAIN, kind="dense")
    assert step.verdict == expected, step.reason


# Means over the examples


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        (r"dV = \frac{1}{m} \sum_{i=1}^{m} dV_i", "proved"),
        (r"dV = \frac{1}{m} \sum_{i=0}^{m-1} dV^{(i)}", "proved"),
        (r"dV = \frac{1}{m} \sum_{i=0}^{m} dV_i", "refuted"),
        (r"dV = \frac{1}{m} \sum_{i=1}^{m-1} dV_i", "refuted"),
        (r"dV = \frac{1}{m} dV", "refuted"),
        (r"\frac{\partial E}{\partial V} = \frac{1}{m} \sum_{i=1}^{m} \frac{\partial E_i}{\partial V}", "proved"),
    ],
)
def test_a_mean_has_as_many_terms_as_it_is_divided_by(formula, expected):
    assert only(formula).verdict == expected


# Layers with names of their own

NAMED = (
    r"U_1 = \text{conv}(X, V_1) + c_1",
    r"H_1 = \text{relu}(U_1)",
    r"P = \text{maxpool}(H_1)",
    r"T = \text{flatten}(P)",
    r"u_2 = V_2 T + c_2",
    r"H_2 = \sigma(u_2)",
)
FIRST = {"X": ("X",), "F": ("V_1",), "O": ("U_1",), "L": ("E",)}


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        (NAMED[1], "not-a-claim"),
        (r"\frac{\partial E}{\partial T} = V_2^T \frac{\partial E}{\partial u_2}", "proved"),
        (r"\frac{\partial E}{\partial T} = V_2 \frac{\partial E}{\partial u_2}", "refuted"),
        (r"\frac{\partial E}{\partial V_2} = \frac{\partial E}{\partial u_2} T^T", "proved"),
        (r"\frac{\partial E}{\partial V_2} = \frac{\partial E}{\partial u_2} T", "refuted"),
        (r"\frac{\partial E}{\partial c_2} = \frac{\partial E}{\partial u_2}", "proved"),
        (r"\frac{\partial E}{\partial U_1} = \frac{\partial E}{\partial H_1} \odot relu'(U_1)", "proved"),
        (r"\frac{\partial E}{\partial U_1} = \frac{\partial E}{\partial H_1}", "refuted"),
        (r"\frac{\partial E}{\partial u_2} = \frac{\partial E}{\partial H_2} \odot \sigma'(u_2)", "proved"),
        (
            r"\frac{\partial E}{\partial H_1} = \frac{\partial E}{\partial u_2}\frac{\partial u_2}{\partial T}"
            r"\frac{\partial T}{\partial P}\frac{\partial P}{\partial H_1}",
            "proved",
        ),
        (r"\frac{\partial E}{\partial H_1} = \frac{\partial E}{\partial u_2} \frac{\partial u_2}{\partial P}",
         "refuted"),
        (r"\frac{\partial E}{\partial U_{21}} = \frac{\partial E}{\partial H_1} \frac{\partial H_1}{\partial U_{21}}",
         "proved"),
        (r"\frac{\partial E}{\partial u_2} = H_2 - y", "proved"),
        (r"\frac{\partial E}{\partial u_2} = H_2 + y", "refuted"),
        (r"\frac{\partial E}{\partial U_1} = \begin{cases} 1 & H_1 > 0 \\ 0 & H_1 \le 0 \end{cases}", "refuted"),
    ],
)  # fmt: skip
def test_layers_that_the_text_defines_by_names(formula, expected):
    found = judged(formula, *NAMED, names=FIRST)
    assert found is not None
    assert verdict(found) == expected, found


def test_names_that_were_never_defined_are_left_to_others():
    assert judged(r"\frac{\partial E}{\partial T} = V_2^T \frac{\partial E}{\partial u_2}", names=FIRST) is None


@pytest.mark.parametrize("formula", [r"dh^{l-1} = V^l du^l", r"dh^{l-1} = du^l V^{l\top}"])
def test_a_backward_line_does_not_say_what_layers_compute(formula):
    """Even the formula itself, which stands in the text too, is no ground for another reading of the layers."""
    assert verdict(judged(formula, COLUMNS, ACTIVATED, formula)) == "refuted"


def test_what_an_activation_is_given_is_computed_by_its_layer():
    names = {"X": ("u",), "O": ("h",), "dX": ("du",), "G": ("dh",), "L": ("E",)}
    stated = (r"u^l = W^l h^{l-1} + b^l", ACTIVATED)
    assert verdict(judged("db^l = dh^l", *stated, names=names, kind="activation")) == "refuted"
    assert verdict(judged("db^l = du^l", *stated, names=names, kind="activation")) == "proved"
