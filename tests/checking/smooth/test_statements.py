"""Statements about softmax, losses, activations, normalisation and graphs: each verdict against plain numbers."""

from __future__ import annotations

import numpy as np
import pytest

from symconv.checking.context import Context
from symconv.checking.smooth import Definitions, judge_smooth
from symconv.notation.reading import read
from tests.checking.smooth.statements import Case, cases

ALL = list(cases())
NUMBERS = 6
"""Worlds that a statement is looked at in."""


def test_there_are_enough_of_both_kinds() -> None:
    assert sum(case.holds for case in ALL) >= 60
    assert sum(not case.holds for case in ALL) >= 60


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.latex)
def test_verdict_is_what_numbers_say(case: Case) -> None:
    worlds = [case.group.world(np.random.default_rng(seed)) for seed in range(NUMBERS)]
    agree = [np.allclose(case.group.value(world), case.value(world), rtol=1e-9, atol=1e-12) for world in worlds]
    assert all(agree) is case.holds
    definitions = Definitions()
    for text in case.group.text:
        definitions = definitions.after(read(text))
    steps = judge_smooth(
        read(case.latex), Context(kind=case.group.kind), given=case.group.given, definitions=definitions
    )
    assert steps is not None
    assert [step.verdict for step in steps] == ["proved" if case.holds else "refuted"], steps[0].reason
