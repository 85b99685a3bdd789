"""CONTRIBUTING shows how a function is added; what it shows works, in about ten lines."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from symconv.derivation.smooth import SmoothCalculus
from symconv.layers import entrywise
from symconv.layers.smooth import Smooth
from symconv.notation import build
from symconv.proof.expressions import prove_smooth

TEXT = (Path(__file__).parents[2] / "CONTRIBUTING.md").read_text(encoding="utf-8")


def shown() -> tuple[type[Smooth], str]:
    """The class that CONTRIBUTING shows, and its lines."""
    (code,) = (block for block in re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL) if "(Entrywise)" in block)
    gate = re.search(r"`GATE = (.*?)`", TEXT, re.DOTALL)[1]
    names = {**vars(build), **vars(entrywise), "dataclass": dataclass, "ClassVar": ClassVar, "__name__": "shown"}
    exec(f"GATE = {gate}\n{code}", names)
    return names["Mish"], code


def test_the_function_that_is_shown_is_proved():
    made, code = shown()
    assert all(proof.holds for proof in prove_smooth(SmoothCalculus(made(input=2))))
    assert made(input=1).forward(X=[1])[0] == 0.8650983882673103
    lines = [line for line in code.splitlines() if line.strip()]
    assert len(lines) <= 11
