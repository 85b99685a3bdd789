"""Formulas about layers in sequence that people might write, right and wrong ones."""

from __future__ import annotations

from itertools import pairwise

import pytest

from symconv.checking.context import Context
from symconv.checking.diagnosis import diagnose
from symconv.checking.findings import MISTAKES, WORST
from symconv.checking.judging import Step
from symconv.checking.layered import judge_layered
from symconv.notation.reading import read

SMALL = {"X": ("h",), "O": ("u",), "F": ("v", "V"), "b": ("c",), "G": (r"\varepsilon", r"\epsilon"), "L": ("E",)}
CAPITALS = {"X": ("A",), "O": ("Z",), "F": ("W",), "b": ("b",), "L": ("L",)}
TUTORIAL = {"X": ("a",), "O": ("z",), "F": ("W",), "b": ("b",), "G": (r"\delta",), "L": ("J",)}
DENSE = (r"u^l = V^l h^{l-1} + c^l", r"h^l = \sigma(u^l)")
ENTRIES = (r"u^l_j = \sum_k v^l_{jk} h^{l-1}_k + c^l_j", r"h^l_j = \sigma(u^l_j)")
CONVOLUTIONS = (r"u^l = h^{l-1} * V^l + c^l", r"h^l = \sigma(u^l)")
COLUMNS = (
    r"Z^{[l]} = W^{[l]} A^{[l-1]} + b^{[l]}",
    r"A^{[l]} = g^{[l]}(Z^{[l]})",
    r"dW^{[l]} = \frac{1}{m} dZ^{[l]} A^{[l-1]T}",
)
ROWS = (r"Z^{(l)} = A^{(l-1)} W^{(l)} + b^{(l)}", r"A^{(l)} = f(Z^{(l)})")
SHIFTED = (r"z^{(l+1)} = W^{(l)} a^{(l)} + b^{(l)}", r"a^{(l+1)} = f(z^{(l+1)})")
TEXTS = {
    "dense layers": (SMALL, DENSE),
    "dense layers entry by entry": (SMALL, ENTRIES),
    "examples in columns": (CAPITALS, COLUMNS),
    "examples in rows": (CAPITALS, ROWS),
    "weights with the label of their input": (TUTORIAL, SHIFTED),
    "convolutions": (SMALL, CONVOLUTIONS),
    "pooling": (SMALL, CONVOLUTIONS),
}
"""The names of a text, and what it says its layers compute."""

RIGHT = {
    "dense layers": [
        r"u^l = V^l h^{l-1} + c^l",
        r"u^{l+1} = V^{l+1} h^l + c^{l+1} = V^{l+1}\sigma(u^l) + c^{l+1}",
        r"\varepsilon^l = \frac{\partial E}{\partial u^l}",
        r"\varepsilon^l = (V^{l+1})^T \varepsilon^{l+1} \odot \sigma'(u^l)",
        r"\varepsilon^l = ((v^{l+1})^T \varepsilon^{l+1}) \odot \sigma'(u^l)",
        r"\varepsilon^{l-1} = (V^{l})^\top \varepsilon^{l} \circ \sigma'(u^{l-1})",
        r"\varepsilon^l = \sigma'(u^l) \odot (V^{l+1})^T \varepsilon^{l+1}",
        r"\varepsilon^l = \mathrm{diag}(\sigma'(u^l)) (V^{l+1})^T \varepsilon^{l+1}",
        r"\frac{\partial E}{\partial V^l} = \varepsilon^l (h^{l-1})^T",
        r"\frac{\partial E}{\partial c^l} = \varepsilon^l",
        r"\frac{\partial E}{\partial h^{l-1}} = (V^l)^T \varepsilon^l",
        r"\nabla_{V^l} E = \varepsilon^l (h^{l-1})^T",
        (
            r"\frac{\partial E}{\partial u^l}"
            r" = \frac{\partial E}{\partial u^{l+1}}\frac{\partial u^{l+1}}{\partial u^l}"
        ),
        r"\frac{\partial E}{\partial u^l} = \frac{\partial E}{\partial h^l} \odot \sigma'(u^l)",
        (
            r"\frac{\partial E}{\partial u^l}"
            r" = \frac{\partial E}{\partial h^l} \odot \frac{\partial h^l}{\partial u^l}"
        ),
        (
            r"\varepsilon^l"
            r" = \frac{\partial E}{\partial u^{l+1}} \frac{\partial u^{l+1}}{\partial h^l} \frac{\partial"
            r" h^l}{\partial u^l}"
        ),
        r"\frac{\partial u^{l+1}}{\partial h^l} = V^{l+1}",
        r"\frac{\partial u^{l+1}}{\partial u^l} = V^{l+1} \mathrm{diag}(\sigma'(u^l))",
        r"\varepsilon^L = \nabla_h E \odot \sigma'(u^L)",
        r"\varepsilon^L = \frac{\partial E}{\partial h^L} \odot \sigma'(u^L)",
        r"\varepsilon^L = (h^L - y) \odot \sigma'(u^L)",
        r"\varepsilon^{(l)} = (V^{(l+1)})^T \varepsilon^{(l+1)} \odot \sigma'(u^{(l)})",
        r"\varepsilon_l = V_{l+1}^T \varepsilon_{l+1} \odot \sigma'(u_l)",
        (r"\frac{\partial E}{\partial \mathbf{V}^{l}}" r" = \boldsymbol{\varepsilon}^{l} (\mathbf{h}^{l-1})^\top"),
        (r"\frac{\partial E}{\partial u^l}" r" = (V^{l+1})^T \frac{\partial E}{\partial u^{l+1}} \odot \sigma'(u^l)"),
        (
            r"\varepsilon^l"
            r" = (V^{l+1})^T \left((V^{l+2})^T \varepsilon^{l+2} \odot \sigma'(u^{l+1})\right) \odot"
            r" \sigma'(u^l)"
        ),
        r"ε^l = (V^{l+1})ᵀ ε^{l+1} ⊙ σ′(u^l)",
        r"\varepsilon^{2} = (V^{3})^T \varepsilon^{3} \odot \sigma'(u^{2})",
        r"\varepsilon^l = (V^{l+1})^T \varepsilon^{l+1} \odot h^l \odot (1 - h^l)",
        r"-\varepsilon^l = -(V^{l+1})^T \varepsilon^{l+1} \odot \sigma'(u^l)",
        (
            r"\frac{\partial E}{\partial c^l}"
            r" = \frac{\partial E}{\partial u^l}\frac{\partial u^l}{\partial c^l} = \varepsilon^l \odot 1"
        ),
        r"\frac{\partial h^l}{\partial u^l} = \sigma'(u^l)",
    ],
    "dense layers entry by entry": [
        r"\frac{\partial E}{\partial v^l_{jk}} = h^{l-1}_k \varepsilon^l_j",
        r"\frac{\partial E}{\partial c^l_j} = \varepsilon^l_j",
        r"\varepsilon^l_j = \sum_k v^{l+1}_{kj} \varepsilon^{l+1}_k \sigma'(u^l_j)",
        r"\varepsilon^l_j = \sigma'(u^l_j) \sum_k v^{l+1}_{kj} \varepsilon^{l+1}_k",
        r"\varepsilon^l_j = \sum_{k=1}^{n} \varepsilon^{l+1}_k \frac{\partial u^{l+1}_k}{\partial u^l_j}",
        r"\frac{\partial u^{l+1}_k}{\partial u^l_j} = v^{l+1}_{kj} \sigma'(u^l_j)",
        r"\frac{\partial u_j^l}{\partial v_{jk}^l} = h_k^{l-1}",
        r"u^l_j = \sum_k v^l_{jk} \sigma(u^{l-1}_k) + c^l_j",
        r"h^l_j = \sigma\left(\sum_k v^l_{jk} h^{l-1}_k + c^l_j\right)",
        r"\varepsilon_j^{l} = \frac{\partial E}{\partial h_j^{l}} \sigma'(u_j^{l})",
        r"\frac{\partial E}{\partial u^l_i} = \varepsilon^l_i",
        r"\varepsilon^L_j = (h^L_j - y_j) \sigma'(u^L_j)",
    ],
    "examples in columns": [
        r"dW^{[l]} = \frac{1}{m} dZ^{[l]} A^{[l-1]T}",
        r"db^{[l]} = \frac{1}{m} \sum_{i=1}^{m} dZ^{[l](i)}",
        r"db^{[l]} = \frac{1}{m}\sum dZ^{[l]}",
        r"dA^{[l-1]} = W^{[l]T} dZ^{[l]}",
        r"dZ^{[l]} = dA^{[l]} * g^{[l]\prime}(Z^{[l]})",
        r"dZ^{[1]} = W^{[2]T} dZ^{[2]} * g^{[1]'}(Z^{[1]})",
        r"dZ^{[l]} = W^{[l+1]T} dZ^{[l+1]} \odot g'(Z^{[l]})",
        r"Z^{[1]} = W^{[1]} X + b^{[1]}",
        r"dW^{[1]} = \frac{1}{m} dZ^{[1]} X^T",
        r"dZ^{[2]} = A^{[2]} - Y",
    ],
    "examples in rows": [
        r"Z^{(l)} = A^{(l-1)} W^{(l)} + b^{(l)}",
        r"\frac{\partial L}{\partial W^{(l)}} = (A^{(l-1)})^T \frac{\partial L}{\partial Z^{(l)}}",
        r"dW^{(l)} = A^{(l-1)T} dZ^{(l)}",
        r"\frac{\partial L}{\partial A^{(l-1)}} = \frac{\partial L}{\partial Z^{(l)}} (W^{(l)})^T",
        r"dZ^{(l)} = dZ^{(l+1)} W^{(l+1)T} \odot f'(Z^{(l)})",
    ],
    "weights with the label of their input": [
        r"\delta^{(l)} = ((W^{(l)})^T \delta^{(l+1)}) \odot f'(z^{(l)})",
        r"\nabla_{W^{(l)}} J(W,b;x,y) = \delta^{(l+1)} (a^{(l)})^T",
        r"\nabla_{b^{(l)}} J(W,b;x,y) = \delta^{(l+1)}",
        r"\delta^{(n_l)} = -(y - a^{(n_l)}) \odot f'(z^{(n_l)})",
    ],
    "convolutions": [
        r"u^{l+1} = h^l * V^{l+1} + c^{l+1}",
        r"h^l = \sigma(u^l) = \sigma(h^{l-1} * V^l + c^l)",
        r"\varepsilon^l = \varepsilon^{l+1} * rot180(V^{l+1}) \odot \sigma'(u^l)",
        r"\varepsilon^{l-1} = \varepsilon^{l} * \mathrm{rot}_{180}(V^{l}) \odot \sigma'(u^{l-1})",
        r"\frac{\partial E}{\partial V^l} = h^{l-1} * \varepsilon^l",
        r"\frac{\partial E}{\partial c^l} = \sum_{x,y} \varepsilon^l_{x,y}",
        r"\frac{\partial E}{\partial c^l} = \sum_x \sum_y \varepsilon^l_{xy}",
        (
            r"\varepsilon^l"
            r" = \frac{\partial E}{\partial u^{l+1}} \frac{\partial u^{l+1}}{\partial h^l} \frac{\partial"
            r" h^l}{\partial u^l} = \varepsilon^{l+1} * rot180(V^{l+1}) \odot \sigma'(u^l)"
        ),
        r"\frac{\partial E}{\partial h^l} = \varepsilon^{l+1} * rot180(V^{l+1})",
        r"\varepsilon^l = V^{l+1} \hat{*} \varepsilon^{l+1} \odot \sigma'(u^l)",
        r"\varepsilon^l = \mathrm{pad}(\varepsilon^{l+1}) * rot180(V^{l+1}) \odot \sigma'(u^l)",
        r"\frac{\partial E}{\partial V^{l}_{mn}} = \sum_i \sum_j \varepsilon^l_{ij} h^{l-1}_{i+m,j+n}",
    ],
    "pooling": [
        r"\varepsilon^l = upsample(\varepsilon^{l+1}) \odot \sigma'(u^l)",
        r"\varepsilon^{l-1} = \mathrm{unpool}(\varepsilon^{l}) \odot \sigma'(u^{l-1})",
        r"\varepsilon^{l} = \text{max-unpool}(u, \text{idxs}, \varepsilon^{l+1}) \odot \sigma'(u^{l})",
    ],
}

WRONG = {
    "dense layers": [
        (r"\varepsilon^l = (V^{l+1})^T \varepsilon^{l+1}", "missing-derivative"),
        (r"\varepsilon^l = V^{l+1} \varepsilon^{l+1} \odot \sigma'(u^l)", "missing-transpose"),
        (r"\varepsilon^l = (V^{l})^T \varepsilon^{l+1} \odot \sigma'(u^l)", "wrong-layer"),
        (r"\varepsilon^l = (V^{l+1})^T \varepsilon^{l} \odot \sigma'(u^l)", "wrong-layer"),
        (r"\varepsilon^l = (V^{l+1})^T \varepsilon^{l+1} \odot \sigma(u^l)", "missing-derivative"),
        (r"\varepsilon^l = (V^{l+1})^T \varepsilon^{l+1} \odot \sigma'(u^{l+1})", "wrong-layer"),
        (r"\varepsilon^{l+1} = (V^{l+1})^T \varepsilon^{l} \odot \sigma'(u^{l+1})", ""),
        (r"\frac{\partial E}{\partial V^l} = \varepsilon^l h^{l-1}", "missing-transpose"),
        (r"\frac{\partial E}{\partial V^l} = h^{l-1} (\varepsilon^l)^T", ""),
        (r"\frac{\partial E}{\partial V^l} = \varepsilon^l (h^l)^T", "wrong-layer"),
        (r"\frac{\partial E}{\partial V^l} = \varepsilon^{l+1} (h^{l-1})^T", "wrong-layer"),
        (r"\frac{\partial E}{\partial c^l} = \varepsilon^{l+1}", "wrong-layer"),
        (r"\frac{\partial E}{\partial c^l} = u^l", "not-a-gradient"),
        (r"u^l = V^l h^l + c^l", "wrong-layer"),
        (r"u^l = V^{l-1} h^{l-1} + c^l", "wrong-layer"),
        (r"u^l = (V^l)^T h^{l-1} + c^l", "missing-transpose"),
        (r"\varepsilon^L = (h^L - y) \odot \sigma(u^L)", "missing-derivative"),
        (r"\varepsilon^L = (y - h^L) \odot \sigma'(u^L)", "wrong-sign"),
        (r"\varepsilon^l = -(V^{l+1})^T \varepsilon^{l+1} \odot \sigma'(u^l)", "wrong-sign"),
        (
            (
                r"\frac{\partial E}{\partial u^l}"
                r" = \frac{\partial E}{\partial u^{l+1}} \frac{\partial u^{l+1}}{\partial h^l}"
            ),
            "missing-derivative",
        ),
        (
            (
                r"\frac{\partial E}{\partial u^l}"
                r" = \frac{\partial E}{\partial h^{l+1}} \frac{\partial h^l}{\partial u^l}"
            ),
            "",
        ),
        (r"\frac{\partial u^{l+1}}{\partial u^l} = V^{l+1}", ""),
        (r"\frac{\partial E}{\partial h^{l-1}} = V^l \varepsilon^l", "missing-transpose"),
        (r"\varepsilon^L = \nabla_h E \odot \sigma(u^L)", "missing-derivative"),
        (r"\varepsilon^l = (V^{l+1})^T h^{l+1} \odot \sigma'(u^l)", "not-a-gradient"),
        (r"\varepsilon^l = 2 (V^{l+1})^T \varepsilon^{l+1} \odot \sigma'(u^l)", ""),
        (r"h^l = \sigma(u^{l-1})", ""),
        (r"\varepsilon^l = (V^{l+1})^T \varepsilon^{l+1} \odot h^l \odot (1 + h^l)", ""),
        (r"\varepsilon^{2} = (V^{2})^T \varepsilon^{3} \odot \sigma'(u^{2})", "wrong-layer"),
        (r"\varepsilon^l = (V^{l+1})^T \varepsilon^{l+1} + \sigma'(u^l)", ""),
    ],
    "dense layers entry by entry": [
        (r"\frac{\partial E}{\partial v^l_{jk}} = h^{l-1}_j \varepsilon^l_k", "swapped-indices"),
        (r"\frac{\partial E}{\partial v^l_{jk}} = h^{l}_k \varepsilon^l_j", ""),
        (r"\varepsilon^l_j = \sum_k v^{l+1}_{jk} \varepsilon^{l+1}_k \sigma'(u^l_j)", "swapped-indices"),
        (r"\varepsilon^l_j = v^{l+1}_{kj} \varepsilon^{l+1}_k \sigma'(u^l_j)", ""),
        (r"\varepsilon^l_j = \sum_k v^{l+1}_{kj} \varepsilon^{l+1}_k", "missing-derivative"),
        (r"\varepsilon^l_j = \sum_k v^{l+1}_{kj} \varepsilon^{l+1}_k \sigma(u^l_j)", "missing-derivative"),
        (r"\frac{\partial E}{\partial c^l_j} = h^l_j", ""),
        (r"\frac{\partial u^{l+1}_k}{\partial u^l_j} = v^{l+1}_{kj}", "missing-derivative"),
        (r"\frac{\partial u^{l+1}_k}{\partial u^l_j} = v^{l+1}_{kj} \sigma'(u^{l+1}_k)", ""),
        (r"u^l_j = \sum_k v^l_{kj} h^{l-1}_k + c^l_j", "swapped-indices"),
        (r"\varepsilon^l_j = \sum_k v^{l+1}_{kj} \varepsilon^{l+1}_j \sigma'(u^l_j)", ""),
        (r"\frac{\partial u_j^l}{\partial v_{jk}^l} = h_k^{l}", ""),
    ],
    "examples in columns": [
        (r"dW^{[l]} = dZ^{[l]} A^{[l-1]T}", "missing-factor"),
        (r"dW^{[l]} = \frac{1}{m} dZ^{[l]} A^{[l]T}", "wrong-layer"),
        (r"dW^{[l]} = \frac{1}{m} dZ^{[l]} A^{[l-1]}", "missing-transpose"),
        (r"dA^{[l-1]} = W^{[l]} dZ^{[l]}", "missing-transpose"),
        (r"dZ^{[l]} = dA^{[l]} * g^{[l]}(Z^{[l]})", "missing-derivative"),
        (r"db^{[l]} = dZ^{[l]}", ""),
        (r"dZ^{[l]} = W^{[l+1]T} dZ^{[l+1]}", "missing-derivative"),
        (r"db^{[l]} = \sum_{i=1}^{m} dZ^{[l](i)}", "missing-factor"),
        (r"dZ^{[l]} = W^{[l]T} dZ^{[l+1]} \odot g'(Z^{[l]})", "wrong-layer"),
        (r"dA^{[l-1]} = \frac{1}{m} W^{[l]T} dZ^{[l]}", ""),
        (r"dW^{[1]} = \frac{1}{m} X^T dZ^{[1]}", ""),
    ],
    "examples in rows": [
        (r"dW^{(l)} = dZ^{(l)} A^{(l-1)T}", ""),
        (r"dZ^{(l)} = W^{(l+1)T} dZ^{(l+1)} \odot f'(Z^{(l)})", ""),
        (r"dW^{(l)} = A^{(l-1)} dZ^{(l)}", "missing-transpose"),
        (r"\frac{\partial L}{\partial A^{(l-1)}} = \frac{\partial L}{\partial Z^{(l)}} W^{(l)}", "missing-transpose"),
    ],
    "weights with the label of their input": [
        (r"\delta^{(l)} = ((W^{(l+1)})^T \delta^{(l+1)}) \odot f'(z^{(l)})", "wrong-layer"),
        (r"\nabla_{W^{(l)}} J(W,b;x,y) = \delta^{(l)} (a^{(l)})^T", "wrong-layer"),
    ],
    "convolutions": [
        (r"\varepsilon^l = \varepsilon^{l+1} * V^{l+1} \odot \sigma'(u^l)", "not-rotated"),
        (r"\varepsilon^l = \varepsilon^{l+1} * rot180(V^{l+1})", "missing-derivative"),
        (r"\varepsilon^l = \varepsilon^{l+1} * rot180(V^{l}) \odot \sigma'(u^l)", "wrong-layer"),
        (r"\frac{\partial E}{\partial V^l} = h^{l-1} * rot180(\varepsilon^l)", "rotated-twice"),
        (r"\frac{\partial E}{\partial V^l} = h^{l} * \varepsilon^l", "wrong-layer"),
        (r"\frac{\partial E}{\partial V^l} = u^{l-1} * \varepsilon^l", ""),
        (r"\varepsilon^l = rot180(V^{l+1}) \hat{*} \varepsilon^{l+1} \odot \sigma'(u^l)", "rotated-twice"),
        (r"\frac{\partial E}{\partial V^l} = \varepsilon^l * V^l", ""),
        (r"\varepsilon^l = \varepsilon^{l+1} * rot180(V^{l+1}) \odot \sigma(u^l)", "missing-derivative"),
        (r"\frac{\partial E}{\partial V^{l}_{mn}} = \sum_i \sum_j \varepsilon^l_{ij} h^{l-1}_{i-m,j-n}", ""),
        (r"\varepsilon^l = \varepsilon^{l+1} * rot180(rot180(V^{l+1})) \odot \sigma'(u^l)", "rotated-twice"),
    ],
    "pooling": [
        (r"\varepsilon^l = upsample(\varepsilon^{l}) \odot \sigma'(u^l)", ""),
        (r"\varepsilon^l = upsample(\varepsilon^{l+1}) \odot \sigma(u^l)", "missing-derivative"),
        (r"\varepsilon^l = \varepsilon^{l+1} \odot \sigma'(u^l)", ""),
    ],
}
"""With the kind of the mistake where it has to be named."""


def steps(
    formula: str, names: dict[str, tuple[str, ...]], stated: tuple[str, ...] = (), **context: object
) -> list[Step]:
    found = judge_layered(read(formula), Context(names=names, stated=tuple(map(read, stated)), **context))
    assert found is not None
    return found


def verdict(found: list[Step]) -> str:
    return next(each for each in WORST if any(step.verdict == each for step in found))


@pytest.mark.parametrize(("text", "formula"), [(text, each) for text, formulas in RIGHT.items() for each in formulas])
def test_what_is_right_is_proved_for_all_sizes(text, formula):
    found = steps(formula, *TEXTS[text])
    assert verdict(found) == "proved", found
    assert all(step.scope == "sizes" for step in found if step.verdict == "proved")


@pytest.mark.parametrize(
    ("text", "formula", "mistake"), [(text, *each) for text, formulas in WRONG.items() for each in formulas]
)
def test_what_is_wrong_is_refuted_named_and_mended(text, formula, mistake):
    names, stated = TEXTS[text]
    context = Context(names=names, stated=tuple(map(read, stated)))
    node, found = read(formula), steps(formula, *TEXTS[text])
    assert verdict(found) == "refuted", found
    told = [diagnose(step, context, pair) for step, pair in zip(found, pairwise(node.sides), strict=True)
            if step.verdict == "refuted"]  # fmt: skip
    assert not mistake or mistake in [each.mistake for each in told], told
    assert all(not each.mistake or each.mistake in MISTAKES for each in told)
    hints = [each.hint for each in told if each.hint]
    assert hints or not mistake
    assert all(verdict(steps(hint, *TEXTS[text])) == "proved" for hint in hints), hints
