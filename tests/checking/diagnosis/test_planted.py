"""Planted slips are refuted and named, and the line that is given is right."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from symconv.checking.context import Context
from symconv.checking.diagnosis import MISTAKES, diagnose
from symconv.checking.judging import Judge
from symconv.notation.reading import read
from tests.checking.diagnosis.planted import PLANTS, equations, pens
from tests.checking.handwritten import Pen
from tests.strategies import examples


@pytest.mark.parametrize("kind", PLANTS)
@examples(30)
@given(data=st.data(), pen=pens())
def test_slip_is_named_and_mended(kind: str, data: st.DataObject, pen: Pen) -> None:
    plant, least, explanations = PLANTS[kind]
    truth, equation = data.draw(equations(least))
    slipped = plant(data.draw, truth, equation)
    assume(slipped.exists(truth) and not slipped.is_right(truth))
    context = Context(truth.layer, pen.names, pen.base)
    (step,) = Judge(context)(read(slipped.written(pen)))
    assert step.verdict == "refuted", slipped.written(pen)
    found = diagnose(step, context)
    assert found.message, slipped.written(pen)
    assert found.mistake in explanations, (slipped.written(pen), found)
    assert [each.verdict for each in Judge(context)(read(found.hint))] == ["proved"], (slipped.written(pen), found)


def test_explanations_are_known() -> None:
    assert all(explanations <= set(MISTAKES) for _, _, explanations in PLANTS.values())
