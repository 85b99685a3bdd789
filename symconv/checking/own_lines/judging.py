"""Which family decides a line of an own document."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from symconv.checking.context import Context
from symconv.checking.judging import Step
from symconv.notation.tree import Relation

FAMILIES: Mapping[str, str] = {
    "graph": "graphs",
    "conv-general": "generals",
    "network": "networks",
    **dict.fromkeys(
        ("relu", "leaky-relu", "sigmoid", "tanh", "softplus", "silu", "gelu", "softmax", "mse", "bce", "cross-entropy",
         "batch-norm", "layer-norm"),
        "smooths",
    ),
    **dict.fromkeys(
        ("conv", "conv-transpose", "max-pool", "avg-pool", "adaptive-avg-pool", "dense", "flatten"), "claims"
    ),
}  # fmt: skip
"""By the layer's kind, the module that judges its lines; what it does not know is judged as anybody's lines are."""


def judge_own(node: Relation, context: Context, prose: str = "") -> list[Step] | None:
    """What is known of each two neighbouring sides of a line; None where the family has no way of its own."""
    module = FAMILIES[context.layer.kind]
    judge: Callable[[Relation, Context, str], Any] = import_module(f"symconv.checking.own_lines.{module}").judge
    found: list[Step] | None = judge(node, context, prose)
    return found
