"""What tests do about tools that a machine may lack."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def require(found: object, what: str) -> None:
    """Skip the test where `found` is false; fail it where SYMCONV_REQUIRE_TOOLS=1 says that everything is there."""
    if not found:
        _missing(f"{what} is not installed")


def _missing(reason: str) -> NoReturn:
    if os.environ.get("SYMCONV_REQUIRE_TOOLS") == "1":
        pytest.fail(f"{reason}, and SYMCONV_REQUIRE_TOOLS is 1")
    pytest.skip(reason)
