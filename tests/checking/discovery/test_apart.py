"""Names that look like entries of an array along one axis and are none."""

import pytest

import symconv as sc


def grad(name):
    return rf"\frac{{\partial L}}{{\partial {name}}}"


def findings(intro, *lines):
    found = sc.check("\n\n".join([intro, *(f"$${line}$$" for line in lines)])).findings
    return found[len(found) - len(lines) :]


BIASED = r"Each output is a sum over two neighbours; the signal $s$ has 5 samples."


def test_an_entry_0_that_is_only_added_is_a_bias():
    found = findings(
        BIASED,
        r"r_1 = h_1 s_1 + h_2 s_2 + h_0",
        r"r_2 = h_1 s_2 + h_2 s_3 + h_0",
        rf"{grad('h_0')} = {grad('r_1')} + {grad('r_2')} + {grad('r_3')} + {grad('r_4')}",
        rf"{grad('s_2')} = {grad('r_1')} h_2 + {grad('r_2')} h_1",
        rf"{grad('h_0')} = {grad('r_1')} + {grad('r_2')} + {grad('r_3')}",
        r"r_3 = h_1 s_3 + h_2 s_4",
    )
    assert [one.verdict for one in found] == ["proved"] * 4 + ["refuted"] * 2
    assert [one.mistake for one in found[4:]] == ["missing-term"] * 2
    assert found[5].hint.count("h_{0}") == 1


def test_an_entry_0_that_prose_calls_a_bias_is_one():
    found = findings(
        r"A 1-D filter with taps $\theta_1, \theta_2, \theta_3$ and bias $\theta_0$; the input $x$ has 6 values.",
        r"z_i = \theta_0 + \sum_{m=1}^{3} \theta_m x_{i+m-1}",
        grad(r"\theta_0") + rf" = \sum_{{i=1}}^{{4}} {grad('z_i')}",
        grad(r"\theta_2") + rf" = \sum_{{i=1}}^{{4}} {grad('z_i')}",
    )
    assert [one.verdict for one in found] == ["proved", "proved", "refuted"]


def test_a_weight_0_that_is_multiplied_stays_a_weight():
    found = findings(
        r"A 1-D convolution of $x$ with two weights.",
        r"y_0 = w_0 x_0 + w_1 x_1",
        r"y_1 = w_0 x_1 + w_1 x_2",
        r"y_2 = w_0 x_2 + w_1 x_3",
        rf"{grad('w_0')} = {grad('y_0')} + {grad('y_1')} + {grad('y_2')}",
    )
    assert [one.verdict for one in found] == ["proved"] * 3 + ["refuted"]


@pytest.mark.parametrize(
    ("intro", "first"),
    [
        (r"The row $u_0, \ldots, u_4$ meets $k_0, k_1, k_2$, where $u_{-1} = u_5 = 0$.", 0),
        (r"The row $u_0, \ldots, u_4$ meets $k_0, k_1, k_2$; we set $u_{-1} = 0$ and $u_5 = 0$.", 0),
        (r"The row $u_1, \ldots, u_5$ meets $k_1, k_2, k_3$, where $u_0 = u_6 = 0$.", 1),
    ],
)
def test_zeros_around_a_row_are_its_padding(intro, first):
    a, b, c, last = first, first + 1, first + 2, first + 4
    found = findings(
        intro,
        rf"v_{a} = u_{{{a - 1}}} k_{a} + u_{a} k_{b} + u_{b} k_{c}",
        rf"v_{b} = u_{a} k_{a} + u_{b} k_{b} + u_{c} k_{c}",
        rf"v_{last} = u_{last - 1} k_{a} + u_{last} k_{b}",
        rf"{grad(f'k_{a}')} = \sum_{{t={b}}}^{{{last}}} {grad('v_t')} u_{{t-1}}",
        rf"{grad(f'k_{b}')} = \sum_{{t={a}}}^{{{last - 1}}} {grad('v_t')} u_t",
    )
    assert [one.verdict for one in found] == ["proved"] * 4 + ["refuted"]
    assert found[-1].mistake == "missing-term"


def test_what_stands_around_a_row_is_no_claim():
    found = findings(
        r"One-dimensional, input $x_0, \dots, x_5$, filter $w_0, w_1, w_2$, padding 1.",
        r"x_{-1} = x_6 = 0",
        r"y_0 = x_{-1} w_0 + x_0 w_1 + x_1 w_2",
        r"y_5 = x_4 w_0 + x_5 w_1 + x_6 w_2",
        r"y_5 = x_4 w_0 + x_5 w_1 + x_7 w_2",
    )
    assert [one.verdict for one in found] == ["not-a-claim", "proved", "proved", "refuted"]
    assert "7" in found[3].message


def test_a_written_zero_of_the_padding_makes_no_bias():
    intro = "A 1-D convolution: the input $p$ has length 4, the filter $q$ length 3, stride 1, padding 1; output $r$."
    forward = ["r_1 = q_1 \\cdot 0 + q_2 p_1 + q_3 p_2", "r_4 = q_1 p_3 + q_2 p_4 + 0 \\cdot q_3"]
    right = (
        r"\frac{\partial L}{\partial p_1} = \frac{\partial L}{\partial r_1} q_2 + \frac{\partial L}{\partial r_2} q_1"
    )
    found = findings(intro, *forward, right, right.replace("q_1", "q_3"))
    assert [one.verdict for one in found] == ["proved"] * 3 + ["refuted"]
