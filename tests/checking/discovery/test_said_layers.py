"""Layers that words say: what they say stands against single lines that do not fit, in any script."""

import pytest

import symconv as sc


def grad(name):
    return rf"\frac{{\partial L}}{{\partial {name}}}"


def verdicts(intro, *lines):
    found = sc.check("\n\n".join([intro, *(f"$${line}$$" for line in lines)])).findings
    return [one.verdict for one in found[len(found) - len(lines) :]]


BACKWARD = (
    f"{grad('X_{21}')} = {grad('Y_{11}')} W_{{21}} + {grad('Y_{21}')} W_{{11}}",
    f"{grad('X_{21}')} = {grad('Y_{11}')} W_{{11}} + {grad('Y_{21}')} W_{{21}}",
)


def test_two_wrong_lines_do_not_turn_the_filter():
    assert verdicts(
        r"The image $X$ is $4\times4$, the kernel $W$ is $2\times2$, stride 1.",
        f"{grad('W_{21}')} = X_{{12}} {grad('Y_{11}')}",
        r"Y_{11} = X_{11} W_{22}",
        f"{grad('X_{11}')} = {grad('Y_{11}')} W_{{11}}",
    ) == ["refuted", "refuted", "proved"]


FORGOTTEN = (
    f"{grad('X_{22}')} = " + " + ".join(f"{grad(f'Y_{{{at}}}')} W_{{{at}}}" for at in (11, 12, 21, 22)),
    f"{grad('X_{11}')} = {grad('Y_{11}')} W_{{22}}",
    f"{grad('X_{33}')} = {grad('Y_{22}')} W_{{11}}",
    f"{grad('X_{12}')} = {grad('Y_{11}')} W_{{21}} + {grad('Y_{12}')} W_{{22}}",
)


def test_a_filter_that_gradients_alone_turn_has_its_rotation_forgotten():
    sizes = r"layer: $X$ is $3\times3$, the filter $W$ is $2\times2$, the output $Y$ is $2\times2$, stride 1."
    assert verdicts(f"A convolution {sizes}", *FORGOTTEN) == ["refuted"] * 4
    assert verdicts(f"A true convolution {sizes}", *FORGOTTEN) == ["proved"] * 4


def test_a_sum_over_neighbours_and_a_bias_is_no_dense_layer():
    intro = r"A convolution layer, stride 1, no padding: $y_i = \sum_{k=0}^{K-1} w_k x_{i+k} + b$."
    right, wrong = rf"{grad('b')} = \sum_i {grad('y_i')}", f"{grad('b')} = {grad('y_i')}"
    assert verdicts(intro, right, wrong) == ["proved", "refuted"]
    assert verdicts(intro, wrong) == ["refuted"]


def test_channels_keep_their_place():
    intro = r"With channels, from zero: $y_{k,i,j} = \sum_c\sum_m\sum_n w_{k,c,m,n} x_{c,i+m,j+n} + b_k$."
    lines = [rf"{grad('b_k')} = \sum_i\sum_j {grad(f'y_{{{index}}}')}" for index in ("k,i,j", "i,k,j", "i,j,k")]
    assert verdicts(intro, *lines) == ["proved", "refuted", "refuted"]


def test_a_turned_filter_that_lines_show_stays():
    assert verdicts(
        r"The image $X$ is $3\times3$, the kernel $W$ is $2\times2$, stride 1.",
        "Y_{11} = X_{11}W_{22} + X_{12}W_{21} + X_{21}W_{12} + X_{22}W_{11}",
        f"{grad('X_{11}')} = {grad('Y_{11}')} W_{{22}}",
    ) == ["proved", "proved"]


@pytest.mark.parametrize(
    "intro",
    [
        "ورودی $X$ با ابعاد 3×3 و فیلتر $W$ با ابعاد 2×2 و خروجی $Y$ با ابعاد 2×2 است.",
        "ورودی $X$ با اندازه ۳×۳ و هسته $W$ با اندازه ۲×۲، گام ۱، خروجی $Y$ با اندازه ۲×۲.",
        "ورودی $X$ یک ماتریس $3\\times 3$ است، فیلتر $W$ یک ماتریس $2\\times 2$، گام برابر ۱ و خروجی $Y$ ماتریس $2\\times 2$ است.",
        "المدخل $X$ بحجم ٣×٣ والمرشح $W$ بحجم ٢×٢ والخطوة ١ والمخرج $Y$ بحجم ٢×٢.",
    ],
)
def test_sizes_in_other_scripts(intro):
    line = "Y_{22} = X_{22}W_{11} + X_{23}W_{12} + X_{32}W_{21} + X_{33}W_{22}"
    assert verdicts(intro, *BACKWARD, line) == ["proved", "refuted", "proved"]


def test_gradients_outside_of_a_row_that_are_said_to_be_0():
    assert verdicts(
        r"A one-dimensional filter $w = (w_1, w_2)$ on $x = (x_1, \dots, x_6)$; $\delta_i = \partial L/\partial z_i$.",
        r"z_i = w_1 x_i + w_2 x_{i+1}",
        grad("w_2") + r" = \delta_1 x_2 + \delta_2 x_3 + \delta_3 x_4 + \delta_4 x_5 + \delta_5 x_6",
        r"\delta_0 = \delta_6 = 0",
        grad("x_1") + r" = \delta_0 w_2 + \delta_1 w_1",
        grad("x_j") + r" = \delta_{j-1} w_2 + \delta_j w_1",
        grad("x_j") + r" = \delta_{j-1} w_1 + \delta_j w_2",
    ) == ["proved", "proved", "not-a-claim", "proved", "proved", "refuted"]


def test_a_letter_that_all_arrays_begin_with_is_a_channel_with_a_filter_of_its_own():
    assert verdicts(
        r"Every channel $c$ has its own filter: $x$ is $5\times5$ with 2 channels, $w_c$ is $3\times3$, $y$ is $3\times3$.",
        r"y_{c,i,j} = \sum_{m=1}^3\sum_{n=1}^3 w_{c,m,n}\, x_{c,i+m-1,j+n-1}",
        grad("w_{c,m,n}") + r" = \sum_{i=1}^3\sum_{j=1}^3 " + grad("y_{c,i,j}") + " x_{c,i+m-1,j+n-1}",
        grad("w_{c,m,n}") + r" = \sum_{i=1}^2\sum_{j=1}^2 " + grad("y_{c,i,j}") + " x_{c,i+m-1,j+n-1}",
    ) == ["proved", "proved", "refuted"]


def test_entries_of_a_padding_along_two_axes():
    window = " + ".join(f"x_{{{m}{n}}} w_{{{m + 1}{n + 1}}}" for m in range(3) for n in range(3))
    assert verdicts(
        r"The image $x$ is $3\times3$, the filter $w$ is $3\times3$, with zero padding of one pixel $y$ is $3\times3$.",
        f"y_{{11}} = {window}",
        grad("w_{22}") + r" = \sum_{i=1}^3\sum_{j=1}^3 " + grad("y_{ij}") + " x_{ij}",
        f"y_{{12}} = {window}",
    ) == ["proved", "proved", "refuted"]
