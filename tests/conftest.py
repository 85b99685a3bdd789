"""How hypothesis works in all tests: a busy machine is no failure, and a run that decides is the same every time."""

import os

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "symconv",
    deadline=None,
    derandomize=os.environ.get("SYMCONV_REQUIRE_TOOLS") == "1",
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
settings.load_profile("symconv")


@pytest.fixture(autouse=True, scope="session")
def _no_mistake_is_passed_over():
    """What would cost a user one line is an error here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("symconv.compose.check.OWN_MISTAKES", ())
        yield
