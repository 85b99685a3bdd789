"""Notations for a single layer: matrices written out, names of the text's own, conditions, functions with options."""

import itertools

import pytest

from symconv.checking.context import Context
from symconv.checking.fresh import Fresh, fresh_in_prose
from symconv.compose.check import check
from symconv.notation.reading import read
from symconv.notation.tree import Named, Partial

IMAGE = r"""The input $U$ is $3\times3$, the kernel $H$ is $2\times2$, stride 1. The output is $V$, the loss is $L$.

$$V_{11} = U_{11}H_{11}+U_{12}H_{12}+U_{21}H_{21}+U_{22}H_{22}$$
$$V_{12} = U_{12}H_{11}+U_{13}H_{12}+U_{22}H_{21}+U_{23}H_{22}$$
$$V = U \star H$$

"""
SIGNAL = """The input $u$ has 4 entries, the kernel $h$ has 2 entries, stride 1.

$$v_1 = u_1h_1+u_2h_2$$
$$v_2 = u_2h_1+u_3h_2$$
$$v_3 = u_3h_1+u_4h_2$$

"""
POOL = r"""Max pooling of a $4\times4$ input $u$ with window 2 and stride 2, output $v$.

$$v_{11} = \max(u_{11},u_{12},u_{21},u_{22})$$
$$v_{12} = \max(u_{13},u_{14},u_{23},u_{24})$$

"""
DU, DV, DH = (rf"\frac{{\partial L}}{{\partial {letter}}}" for letter in "UVH")


def verdicts(start, *lines):
    """The verdicts on some lines behind a start."""
    report = check(start + "\n".join(f"$${line}$$\n" for line in lines))
    return [finding.verdict for finding in report.findings][-len(lines) :]


def verdict(start, line):
    return verdicts(start, line)[0]


# Functions and signs


@pytest.mark.parametrize(
    "right",
    [
        rf"\text{{conv}}({DV}, rot_{{180}}(H), \text{{padding}}=1)",
        rf"\text{{corr}}({DV}, H^{{rot180}}, mode=\text{{full}})",
        rf"\text{{conv\_transpose}}({DV}, H)",
        rf"\text{{pad}}({DV},1) \star H^{{\text{{flip}}}}",
        rf"H^{{\text{{rot}}}} \star_{{full}} {DV}",
        rf"{DV} \star_{{\text{{full}}}} H^{{180^\circ}}",
        rf"{DV} \overset{{full}}{{\star}} H_{{rot180}}",
        rf"\text{{Full convolution}}(H^{{rot180}}, {DV})",
        rf"full_conv({DV}, H^{{rot180}})",
    ],
)
def test_the_gradient_by_the_input_is_known_in_many_spellings(right):
    assert verdict(IMAGE, f"{DU} = {right}") == "proved"


@pytest.mark.parametrize(
    "right",
    [
        rf"\text{{corr}}({DV}, H, \text{{padding}}=1)",
        rf"\text{{corr}}({DV}, H, mode=\text{{full}})",
        rf"\text{{conv\_transpose}}({DV}, rot180(H))",
        rf"\text{{pad}}({DV},1) \star H",
        rf"{DV} \star_{{full}} H",
        rf"{DV} \star_{{valid}} H^{{rot180}}",
        rf"\text{{conv}}({DV}, rot180(H), \text{{padding}}=2)",
    ],
)
def test_the_same_with_a_slip_is_refuted(right):
    assert verdict(IMAGE, f"{DU} = {right}") == "refuted"


def test_options_that_are_not_known_are_not_guessed():
    assert verdict(IMAGE, rf"{DU} = \text{{conv}}({DV}, H, dilation=2)") == "unread"


def test_a_sign_that_has_to_be_full_is_said_to_be():
    report = check(IMAGE.replace("3", "5") + rf"$${DU} = {DV} \star H^{{rot180}}$$")
    assert report.findings[-1].verdict != "proved" or "full" in report.findings[-1].message


WIDE = IMAGE.replace(r"3\times3", r"4\times4")


def test_windows_as_a_matrix_are_rows_or_columns():
    lines = [r"\text{vec}(V) = \text{im2col}(U)\,\text{vec}(H)",
             rf"\text{{vec}}({DH}) = \text{{im2col}}(U)^T\,\text{{vec}}({DV})",
             rf"\text{{vec}}({DU}) = \text{{im2col}}(U)^T\,\text{{vec}}({DV})"]  # fmt: skip
    assert verdicts(WIDE, *lines) == ["proved", "proved", "refuted"]
    assert verdict(IMAGE, lines[0]) == "unread"  # as many windows as taps


# Matrices written out


def matrix(rows):
    return r"\begin{bmatrix}" + r"\\".join("&".join(row) for row in rows) + r"\end{bmatrix}"


def unrolled(entry, taps=((1, 1), (1, 2), (2, 1), (2, 2))):
    """A row for each output of the 3x3 input: what `entry` says of the output, for each of the taps or inputs."""
    return [[entry(output, other) for other in taps] for output in itertools.product((1, 2), repeat=2)]


WINDOWS = matrix(unrolled(lambda o, t: f"u_{{{o[0] + t[0] - 1}{o[1] + t[1] - 1}}}"))
INPUTS = tuple(itertools.product((1, 2, 3), repeat=2))


def tap(output, place):
    """The entry of the filter that leads from a place of the input to an output, or 0: by counting, not by symconv."""
    row, column = place[0] - output[0] + 1, place[1] - output[1] + 1
    return f"H_{{{row}{column}}}" if {row, column} <= {1, 2} else "0"


BAND = matrix(unrolled(tap, INPUTS))


def column(letter, sizes=(2, 2), of="{}"):
    return matrix([[of.format(f"{letter}_{{{i}{j}}}")] for i in range(1, sizes[0] + 1) for j in range(1, sizes[1] + 1)])


def test_a_layer_is_found_in_matrices_that_are_multiplied():
    start = "Let $u$ be 3x3, $h$ be 2x2 and $v$ be 2x2.\n\n"
    by = r"\frac{{\partial L}}{{\partial {}}}"
    lines = [f"{column('v')} = {WINDOWS} {column('h')}",
             f"{column('h', of=by)} = {WINDOWS}^T {column('v', of=by)}"]  # fmt: skip
    assert verdicts(start, *lines) == ["proved", "proved"]
    wrong = lines[0].replace("u_{32}", "u_{31}", 1)
    assert verdict(start + f"$${lines[1]}$$\n\n", wrong) == "refuted"


@pytest.mark.parametrize("name", ["T", r"\mathbf{T}", "A", "C", "B_1"])
def test_a_matrix_may_have_a_name(name):
    lines = [rf"\text{{vec}}(V) = {name}\,\text{{vec}}(U)",
             rf"\text{{vec}}({DU}) = {name}^T\,\text{{vec}}({DV})",
             rf"\text{{vec}}({DU}) = {name}\,\text{{vec}}({DV})", f"V = {name} U"]  # fmt: skip
    assert verdicts(IMAGE, f"{name} = {BAND}", *lines)[1:] == ["proved", "proved", "refuted", "proved"]


def test_a_letter_of_the_layer_may_be_used_for_something_else():
    windows = WINDOWS.replace("u_", "U_").replace("U_{33}", "U_{33}")
    assert verdicts(IMAGE, f"C = {windows}", r"\text{vec}(V) = C\,\text{vec}(H)") == ["not-a-claim", "proved"]


TOEPLITZ = matrix([["h_1", "h_2", "0", "0"], ["0", "h_1", "h_2", "0"], ["0", "0", "h_1", "h_2"]])
WRONG = TOEPLITZ.replace(r"\\0&h_1&h_2", r"\\0&h_2&h_1")
USES = ["v = T u", r"\frac{\partial L}{\partial u} = T^T \frac{\partial L}{\partial v}"]


def test_what_is_said_of_a_name_holds_until_it_is_said_anew():
    assert verdicts(SIGNAL, f"T = {TOEPLITZ}", *USES) == ["not-a-claim", "proved", "proved"]
    assert verdicts(SIGNAL, f"T = {WRONG}", *USES)[1:] == ["refuted", "refuted"]
    assert verdicts(SIGNAL, f"T = {WRONG}", f"T = {TOEPLITZ}", *USES)[2:] == ["proved", "proved"]
    assert verdicts(SIGNAL, f"T = {TOEPLITZ}", f"T = {WRONG}", *USES)[2:] == ["refuted", "refuted"]


def test_a_name_below_a_brace_counts_and_the_hint_keeps_it():
    lines = [
        rf"v = \underbrace{{{TOEPLITZ}}}_{{T}} u",
        r"\frac{\partial L}{\partial u} = T \frac{\partial L}{\partial v}",
    ]
    report = check(SIGNAL + "\n".join(f"$${line}$$\n" for line in lines))
    assert report.findings[-1].hint == r"\frac{\partial L}{\partial u} = T^{\top} \frac{\partial L}{\partial v}"


def test_gradients_by_names_of_the_texts_own():
    lines = [f"T = {BAND}", r"\mathbf{u} = \text{vec}(U)", r"\mathbf{v} = \text{vec}(V)", r"\mathbf{v} = T\mathbf{u}",
             r"\frac{\partial L}{\partial \mathbf{u}} = T^T\frac{\partial L}{\partial \mathbf{v}}",
             r"\frac{\partial L}{\partial \mathbf{u}} = T\frac{\partial L}{\partial \mathbf{v}}"]  # fmt: skip
    assert verdicts(IMAGE, *lines)[3:] == ["proved", "proved", "refuted"]


@pytest.mark.parametrize(
    "says",
    [r"$$\tilde H = \text{rot180}(H)$$", r"Here $\tilde{H}$ is $H$ rotated by 180 degrees.",
     r"$$\tilde H = \begin{bmatrix} H_{22}&H_{21}\\H_{12}&H_{11}\end{bmatrix}$$"],
)  # fmt: skip
def test_the_rotated_filter_may_have_a_name(says):
    start = f"{IMAGE}{says}\n\n"
    assert verdict(start, rf"{DU} = \tilde H \star_{{full}} {DV}") == "proved"
    assert verdict(start, rf"{DU} = H \star_{{full}} {DV}") == "refuted"


def test_definitions_do_not_grow_without_end():
    context = Context(names={"F": ["w"]})
    found = Fresh().after(read("a_0 = w + w"), context)
    for number in range(60):
        found = found.after(read(f"a_{{{number + 1}}} = a_{{{number}}} + a_{{{number}}}"), context)
    assert len(found.said) < 20


def test_prose_that_defines_nothing():
    assert not fresh_in_prose(r"We rotate $\tilde{W}$ and $W$.").said


# Conditions


def cases(value, condition, otherwise=r"\text{otherwise}"):
    return rf"\begin{{cases}} {value} & {condition} \\ 0 & {otherwise} \end{{cases}}"


def by(array, index):
    return rf"\frac{{\partial L}}{{\partial {array}_{{{index}}}}}"


@pytest.mark.parametrize(
    "condition",
    [
        r"\text{if } u_{13} \text{ is the maximum}", r"\text{if $u_{13}$ is the maximum of its window}",
        r"u_{13} = v_{12}", r"\text{falls } u_{13} = \max(u_{13},u_{14},u_{23},u_{24})",
        r"u_{13} > u_{14}, u_{23}, u_{24}",
    ],
)  # fmt: skip
def test_a_case_holds_where_its_entry_is_the_maximum(condition):
    assert verdict(POOL, f"{by('u', 13)} = {cases(by('v', 12), condition)}") == "proved"
    assert verdict(POOL, f"{by('u', 13)} = {cases(by('v', 11), condition)}") == "refuted"
    assert verdict(POOL, f"{by('u', 14)} = {cases(by('v', 12), condition)}") == "refuted"


def test_cases_with_inequalities():
    same, other = "u_{11} = v_{11}", r"u_{11} \neq v_{11}"
    assert verdict(POOL, f"{by('u', 11)} = {cases(by('v', 11), same, other)}") == "proved"
    assert verdict(POOL, f"{by('u', 11)} = {cases(by('v', 11), other, same)}") == "refuted"


@pytest.mark.parametrize("condition", [r"\text{if } u_{11} > 0", r"\text{if it rains}", r"u_{11} = u_{12}"])
def test_other_conditions_are_not_understood(condition):
    assert verdict(POOL, f"{by('u', 11)} = {cases(by('v', 11), condition)}") == "unread"


@pytest.mark.parametrize(
    "indicator", [r"\mathbb{1}[u_{11}=v_{11}]", r"\mathbb{1}_{u_{11}=v_{11}}",
                  r"\mathbf{1}\{u_{11}=\max(u_{11},u_{12},u_{21},u_{22})\}"]
)  # fmt: skip
def test_indicators_choose_like_cases(indicator):
    assert verdict(POOL, f"{by('u', 11)} = {indicator} {by('v', 11)}") == "proved"
    assert verdict(POOL, f"{by('u', 12)} = {indicator} {by('v', 11)}") == "refuted"
    assert verdict(POOL, f"{by('u', 11)} = {indicator} {by('v', 12)}") == "refuted"


# Reading


@pytest.mark.parametrize(
    "text", [r"\frac{d L}{d x_{01}}", r"\frac{dL}{d{x}_{01}}", r"\frac{\mathrm{d} L}{\mathrm{d} x_{01}}"]
)
def test_differentials_apart_from_their_letters(text):
    assert read(text) == Partial(Named("L"), Named("x", "01"), total=True)


def test_a_quotient_of_products_stays_one():
    assert not isinstance(read(r"\frac{d x}{2}"), Partial)


@pytest.mark.parametrize("text", [r"L \uparrow", r"x \downarrow \; y = 3", r"a \leadsto b", r"a \overset{!}{=} b"])
def test_arrows_and_signs_above_signs_are_read(text):
    assert read(text) is not None
