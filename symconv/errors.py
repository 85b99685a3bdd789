"""Every error that symconv raises on purpose.

`SymconvError` is the base. What can never be (a filter larger than its input) is an `InputError`; what could be but is
not built (an option for a layer that has no such thing yet) is a `NotSupportedError`. Each message is one line that
names the value, what was expected and how to mend it. Anything else that escapes is a bug.
"""

from __future__ import annotations


class SymconvError(Exception):
    """Base of all errors raised on purpose; `exit_code` is what the command line answers with.

    >>> SymconvError("stride is 0: expected at least 1").exit_code
    2
    """

    exit_code = 2


class InputError(SymconvError):
    """What was asked cannot be: a wrong size, letter, option or path."""


class UnreadError(InputError):
    """A formula that cannot be read: the place, counted from 0, what stands there, and what was expected."""

    def __init__(self, offset: int, found: str, expected: str) -> None:
        super().__init__(f"formula cannot be read at character {offset + 1}: found {found}, expected {expected}")
        self.offset, self.found, self.expected = offset, found, expected


class NotSupportedError(SymconvError):
    """What was asked is meaningful, but symconv cannot do it here."""


class LimitError(SymconvError):
    """What was asked would need more memory or pages than sensible; the message says how much and how to raise it."""


class UnprovedError(SymconvError):
    """A claim that a document would state was refuted, so nothing is written."""

    exit_code = 1
