"""How hypothesis works in all tests: a busy machine is no failure, and a run that decides is the same every time."""

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "symconv",
    deadline=None,
    derandomize=os.environ.get("SYMCONV_REQUIRE_TOOLS") == "1",
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
settings.load_profile("symconv")
