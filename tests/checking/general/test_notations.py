"""Formulas as people write them: what is proved of them, what is wrong with others, and what is not decided."""

import random

import pytest

from symconv.checking.context import Context
from symconv.checking.general import General, Hints, decide, decide_chain
from symconv.errors import InputError
from symconv.layers.conv import Conv
from symconv.notation.reading import read

NAMES = {"X": ["x", "X"], "F": ["w", "W"], "O": ["y", "Y"], "b": ["b"], "L": ["L"], "G": [r"\delta"]}
LAYERS = {"X": ["a"], "F": ["w"], "O": ["z"], "b": ["b"], "L": ["C"], "G": [r"\delta"]}
VERDICTS = ("proved", "refuted", "undecided")
D = r"\frac{\partial L}{\partial %s}"


def judged(text, base=0, names=NAMES, layer=None, **hints):
    return decide(read(text), Context(layer=layer, names=names, index_base=base), Hints(**hints))


PROVED = {
    r"y_{ij} = \sum_m \sum_n x_{i+m,j+n} w_{mn}": "at stride 1",
    r"y[i,j] = \sum_{m=0}^{k-1}\sum_{n=0}^{k-1} x[s\cdot i+m, s \times j+n]\, w[m,n] + b": "strides 1 to 3",
    r"y_{i,j} = \sum_{m,n=0}^{k-1} x_{i+m,j+n} w_{m,n}": "stride 1",
    r"y_{ij} = \sum_{m=0,n=0}^{k_h-1,k_w-1} x_{i+m,j+n} w_{mn}": "stride 1",
    r"y_{ij} = \sum_{0 \le m < f_h}\sum_{0 \le n < f_w} x_{i+m,j+n} w_{mn}": "stride 1",
    r"y_{ij} = \sum_a \sum_b x_{(i+a)(j+b)} w_{ab}": "stride 1",
    r"y_i = \sum_u x_{2i+u} w_u": "the stride is 2",
    r"y_i = \sum_u x_{i+2u} w_u": "the dilation is 2",
    r"y_i = \sum_u x_{s i + d u - p} w_u": "strides 1 to 3, dilations 1 to 2",
    r"y_i = \sum_{u=0}^{k-1} x_{i+u-p} w_u": "stride 1",
    r"y_i = \sum_u x_{i+u-1} w_u": "if the padding is 1",
    r"y_i = \sum_u w_u x_{i-u}": "a true convolution whose output reaches as far as the filter does",
    r"y_i = \sum_{u=0}^{k-1} w_u x_{i+k-1-u}": "a true convolution, with the filter reversed",
    r"y^{(m)}_{ij} = b^{(m)} + \sum_c \sum_{u,v} x^{(c)}_{i+u,j+v} w^{(m,c)}_{uv}": "stride 1",
    r"Y(i, j, e) = b_e + \sum_{u=0}^{f_h-1}\sum_{v=0}^{f_w-1}\sum_{c=0}^{C-1} X(i s_h+u, j s_w+v, c) * W(u, v, c, e)":
        "strides 1 to 3",
    r"y_{n,m,i,j} = \sum_{c,u,v} x_{n,c,i+u,j+v} w_{m,c,u,v}": "stride 1",
    r"y_{i,j,c} = \sum_{u,v} x_{i+u,j+v,c} w_{u,v,c}": "stride 1",
    r"\frac{\partial y_i}{\partial x_j} = w_{j-i}": "stride 1",
    r"\frac{\partial y_{i'}}{\partial x_i} = w_{i-i'}": "stride 1",
    r"\frac{\partial y_{i,j}}{\partial w_{m,n}} = x_{i+m,j+n}": "stride 1",
    r"\frac{\partial y_{i}}{\partial x_{i+m}} = w_{m}": "stride 1",
    r"\frac{\partial y_i}{\partial b} = 1": "stride 1",
    D % "x_{p,q}" + r" = \sum_i \sum_j \delta_{ij} w_{p-i,q-j}": "stride 1",
    D % "x_{p,q}" + r" = \sum_{u=0}^{k-1}\sum_{v=0}^{k-1} \delta_{p-u,q-v} w_{u,v}": "stride 1",
    D % "x_p" + r" = \sum_{i=0}^{H-k} \delta_i w_{p-i}": "H is the size of the input",
    D % "x_p" + r" = \sum_{i=0}^{\lfloor (H-k)/s \rfloor} \delta_i w_{p-s i}": "strides 1 to 3",
    D % "x_p" + r" = \sum_u \delta_{(p-u)/s} w_u": "strides 1 to 3",
    D % "x_p" + r" = \sum_i \delta_i w_{p-i} \left[ 0 \le p-i < k \right]": "stride 1",
    D % "x_p" + r" = \sum_{i,u} \delta_i w_u \left[ p = i + u \right]": "stride 1",
    D % "w_{mn}" + r" = \sum_{i=0}^{H-1} \sum_{j=0}^{W-1} \delta_{ij} x_{i+m,j+n}": "H is the size of the output",
    D % "w_{mn}" + r" = \sum_{ij} x_{ij} \delta_{i-m,j-n}": "stride 1",
    D % "w" + r" = \sum_{ij} \frac{\partial L}{\partial y_{ij}} \frac{\partial y_{ij}}{\partial w}": "stride 1",
    D % "w_{uv}" + r" = \left\langle \frac{\partial L}{\partial y}, \frac{\partial y}{\partial w_{uv}} \right\rangle_F":
        "stride 1",
    D % "w_{uv}" + r" = \frac{\partial L}{\partial y} \frac{\partial y}{\partial w_{uv}}": "stride 1",
    D % "b" + r" = \sum_{ij} \delta_{ij}": "stride 1",
    D % "b" + r" = \sum \frac{\partial L}{\partial y}": "stride 1",
    D % "b_k" + r" = \sum_{i}\sum_{j} \frac{\partial L}{\partial Y(i, j, k)}": "stride 1",
    D % "b" + r" = \frac{1}{N} \sum_{n=1}^{N} \sum_i \delta_{n,i}": "the loss is the mean over the examples",
    D % "w" + r" = \frac{1}{N} \sum_{n=1}^{N} \frac{\partial L_n}{\partial w}": "the loss is the mean",
    "dw_{uv} = \\sum_{i,j} dy_{ij} x_{i+u,j+v}": "stride 1",
    "dw = \\frac{1}{m} \\sum_{s=0}^{m-1} dw_s": "the loss is the mean",
}  # fmt: skip


@pytest.mark.parametrize("text", PROVED)
def test_a_right_formula_is_proved_and_the_answer_says_how_it_was_understood(text):
    answer = judged(text)
    assert (answer.verdict, answer.scope) == ("proved", "sizes"), answer
    assert PROVED[text] in answer.message


FROM_ONE = [
    r"y_{ij} = \sum_m \sum_n x_{i+m-1,j+n-1} w_{mn}",
    r"y_{ij} = \sum_{m=1}^{k}\sum_{n=1}^{k} x_{i-1+m,j-1+n} w_{mn}",
    r"y_{ij} = \sum_m \sum_n x_{(i-1)s+m,(j-1)s+n} w_{mn}",
    r"y_i = \sum_{m=0}^{k-1} x_{i+m} w_m",
    D % "w_m" + r" = \sum_{i=1}^{H-k+1} \delta_i x_{i+m-1}",
    D % "x_p" + r" = \sum_i \delta_i w_{p-i+1}",
    D % "w_i" + r" = \sum_{k=1}^{M} \frac{\partial L}{\partial y_k} \frac{\partial y_k}{\partial w_i}",
    D % "w_m" + r" = \sum_{c=1}^{N} \sum_{i=1}^{O} \delta^{(c)}_i x^{(c)}_{i+m-1}",
]


@pytest.mark.parametrize("text", FROM_ONE)
def test_indices_that_count_from_one(text):
    assert judged(text, base=1).verdict == "proved"


BETWEEN_LAYERS = [
    r"\delta^{l}_{p,q} = \sum_{i}\sum_{j} \delta^{l+1}_{i,j} w^{l+1}_{p-i,q-j} \sigma'(z^l_{p,q})",
    r"\delta^{l}_{p} = \sigma'(z^l_p) \sum_{u} \delta^{l+1}_{p-u} w_u",
    r"\frac{\partial C}{\partial z^l_p} = \sum_{i} \frac{\partial C}{\partial z^{l+1}_i} w_{p-i} f'(z^l_p)",
    r"\frac{\partial C}{\partial w^{l+1}_u} = \sum_i \delta^{l+1}_i \sigma(z^l_{i+u})",
    r"\frac{\partial C}{\partial w^{l}_u} = \sum_i \delta^{l}_i a^{l-1}_{i+u}",
]


@pytest.mark.parametrize("text", BETWEEN_LAYERS)
def test_the_error_signal_goes_from_layer_to_layer(text):
    assert judged(text, names=LAYERS, convention="correlation").verdict == "proved"


@pytest.mark.parametrize(
    "text",
    [
        r"\delta^{l}_{p} = \sum_{i} \delta^{l+1}_{i} w^{l+1}_{i-p} \sigma'(z^l_p)",
        r"\delta^{l}_{p} = \sum_{i} \delta^{l+1}_{i} w^{l+1}_{p-i} \sigma'(z^l_i)",
        r"\delta^{l}_{p} = \sum_{i} \delta^{l+1}_{i} w^{l+1}_{p-i-1} \sigma'(z^l_p)",
    ],
)
def test_the_error_signal_with_a_slip_is_refuted(text):
    assert judged(text, names=LAYERS, convention="correlation").verdict == "refuted"


REFUTED = {
    r"\frac{\partial y_{i'}}{\partial x_i} = \sum_{i'} w_{i-i'}": (
        "i' is free on the left but summed over",
        "free-index-summed",
    ),
    D % "b_i" + r" = \sum_i \sum_j \delta_{ij}": (
        "i is free on the left but summed over on the right",
        "free-index-summed",
    ),
    D % "x_p" + r" = \delta_i \frac{\partial y_i}{\partial x_p}": ("i stands on the right alone", "missing-sum"),
    r"y_i = x_j w_{j-i}": ("j stands on the right alone and not summed over", "missing-sum"),
    D % "w_m" + r" = \sum_{i=0}^{k-1} \delta_i x_{i+m}": (
        "the sum over i runs past the entries of \\delta",
        "wrong-range",
    ),
    r"y_i = \sum_{c=0}^{C} \sum_u x_{c,i+u} w_{c,u}": ("the sum over c runs past the entries", "wrong-range"),
    r"y_i = \sum_{u=0}^{k} x_{i+u} w_u": ("the sum over u runs past the entries", "wrong-range"),
    r"y_i = \sum_{u=0}^{k-2} x_{i+u} w_u": ("the wrong range", "wrong-range"),
    D % "x_p" + r" = \sum_i \delta_i \frac{y_i}{x_p}": ("divided by another", "not-a-gradient"),
    "dw = \\frac{1}{N} \\sum_{n=0}^{N} dw_n": ("the sum over n runs past", "wrong-range"),
    D % "x_p" + r" = \sum_i \delta_i w_{i-p}": ("the left side is", "convolution-for-correlation"),
}


@pytest.mark.parametrize("text", REFUTED)
def test_a_wrong_formula_is_refuted_with_its_reason(text):
    answer = judged(text, convention="correlation")
    told, mistake = REFUTED[text]
    assert answer.verdict == "refuted", answer
    assert told in answer.message
    assert answer.mistake == mistake
    assert answer.counterexample


UNDECIDED = {
    "W * X = Y": "the whole of",
    r"y_i = \sigma(x_i)": "applied",
    D % "w_u" + r" = \eta \sum_i \delta_i x_{i+u}": r"what \eta stands for",
    D % "w_u" + r" = a \sum_i \delta_i x_{i+u}": "what a stands for",
    r"q_i = \sum_u x_{i+u} w_u": "what q_i stands for",
    r"y_{00} = \sum_u x_{u0} w_{u0}": "names positions by numbers",
    r"y_i = \sum_{u \in S} x_{i+u} w_u": "a sum goes over what",
    r"a = b + 1": "no array of the layer stands in it",
    D % "w_u" + r" = \sum_i \delta_i x_{i+u-1}": "it holds only if the padding is 1",
}


@pytest.mark.parametrize("text", UNDECIDED)
def test_what_is_not_understood_is_undecided_and_the_reason_said(text):
    names = {**NAMES, "b": []}
    answer = judged(text, names=names)
    assert answer.verdict == "undecided"
    assert UNDECIDED[text] in answer.message


# The layer


STRIDED = Conv(input=(5, 5), filter=(3, 3), stride=2)


@pytest.mark.parametrize(
    "text",
    [
        D % "w_{uv}"
        + r" = \sum_{i,j=(1,1)}^{(2,2)} \frac{\partial L}{\partial y_{ij}} \frac{\partial y_{ij}}{\partial w_{uv}}",
        D % "w_{11}" + r" = \sum_{i=1}^{2} \sum_{j=1}^{2} \frac{\partial L}{\partial y_{ij}} x_{2i-1,2j-1}",
        D % "x_{11}" + r" = \frac{\partial L}{\partial y} \frac{\partial y}{\partial x_{11}}",
    ],
)
def test_a_formula_with_numbers_is_about_the_sizes_of_the_layer(text):
    answer = judged(text, base=1, layer=STRIDED)
    assert (answer.verdict, answer.scope) == ("proved", "shape")


def test_a_stride_that_is_forgotten_is_refuted():
    text = D % "w_{uv}" + r" = \sum_{ij} \frac{\partial L}{\partial y_{ij}} x_{i+u-1,j+v-1}"
    assert judged(text, base=1, layer=STRIDED).verdict == "refuted"
    assert judged(text, base=1).verdict == "proved"


def test_an_index_through_a_whole_array_may_be_counted_in_numbers():
    text = D % "w_i" + r" = \sum_{k=1}^{%d} \frac{\partial L}{\partial y_k} \frac{\partial y_k}{\partial w_i}"
    assert judged(text % 4, base=1, layer=STRIDED).verdict == "proved"
    assert judged(text % 9, base=1, layer=STRIDED).verdict != "proved"


def test_padding_that_the_formula_leaves_out_is_not_decided():
    layer = Conv(input=5, filter=3, padding=1)
    text = r"y_i = \sum_u x_{i+u} w_u"
    assert "padded" in judged(text, layer=layer).message
    assert judged(r"y_i = \sum_u x_{i+u-1} w_u", layer=layer).verdict == "proved"


def test_a_coincidence_of_sizes_proves_nothing():
    # At 5 inputs and a filter of 3 the output has as many entries as the filter.
    text = D % "w_u" + r" = \sum_{i=0}^{k-1} \delta_i x_{i+u}"
    assert judged(text, layer=Conv(input=5, filter=3)).verdict == "refuted"


# What is known


def test_what_the_text_says_of_a_letter_beats_the_guess():
    text = D % "w_u" + r" = \sum_{i=0}^{H-1} \delta_i x_{i+u}"
    assert judged(text).verdict == "proved"
    assert judged(text, sizes={"H": "input"}).verdict == "refuted"


def test_an_order_of_indices_seen_before_is_kept():
    text = r"y_{m,i} = \sum_c \sum_u x_{c,i+u} w_{c,m,u}"
    answer = judged(text)
    assert (answer.verdict, answer.layout["F"]) == ("proved", ("in", "out", "0"))
    assert judged(text, layout={"F": ("out", "in", "0")}).verdict == "refuted"


def test_an_index_base_that_is_not_certain_is_found():
    text = r"y_i = \sum_m x_{i+m-1} w_m"
    assert judged(text, base=0, base_known=False).message.endswith("if indices count from 1")


def test_a_missing_mean_is_refuted_where_the_loss_is_one():
    text = D % "w" + r" = \sum_{n=0}^{N-1} \frac{\partial L_n}{\partial w}"
    assert judged(text).verdict == "proved"
    assert judged(text, batch_mean=True).verdict == "refuted"


def test_a_chain_is_decided_from_its_first_side_where_neighbours_do_not_tell():
    chain = read(
        r"\frac{\partial y_i}{\partial x_p} = \sum_u w_u \frac{\partial x_{i+u}}{\partial x_p}"
        r" = \sum_u w_u \delta_{p,i+u} = w_{p-i}"
    )
    context = Context(names={**NAMES, "G": []}, index_base=0)
    assert [answer.verdict for answer in decide_chain(chain.sides, context)] == ["proved"] * 3


@pytest.mark.parametrize("text", ["x", "a < b", "x_i = y_i = z_i"])
def test_what_is_no_equation_of_two_sides_is_undecided(text):
    assert decide(read(text), Context(names=NAMES)) == General(
        "undecided", message="it is not an equation of two sides"
    )


SIGNS = "ijmnpquvkcsd0123xwyHWNLab_^{}+-*,()='"


def test_no_text_makes_it_fail():
    draw = random.Random(11)
    decided = 0
    for _ in range(400):
        letters = list(draw.choice([*PROVED, *FROM_ONE, *REFUTED, *BETWEEN_LAYERS]))
        for at in draw.sample(range(len(letters)), 2):
            letters[at] = draw.choice(SIGNS)
        try:
            node = read("".join(letters))
        except InputError:
            continue
        assert decide(node, Context(names=NAMES, index_base=draw.randrange(2))).verdict in VERDICTS
        decided += 1
    assert decided > 50
