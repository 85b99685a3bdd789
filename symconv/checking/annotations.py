"""Verdicts that `check --annotate` wrote into a text: how they are marked, and the text without them.

In Markdown a verdict stands between two comments, elsewhere in comments of one line. None of it is mathematics of the
author's, so it is passed over when the text is read again, and replaced when it is annotated again.
"""

from __future__ import annotations

import re

NAME = "symconv check"
BEGIN = f"<!-- {NAME} -->"
END = f"<!-- /{NAME} -->"
_QUOTED = r"[ \t>]*"
"""What quotations and lists put before a line."""
_BEGIN, _END = rf"{_QUOTED}{re.escape(BEGIN)}", rf"{_QUOTED}{re.escape(END)}"
_STOP = r"\r?(?:\n|\Z)"
_BLOCK = rf"^{_BEGIN}\r?\n(?:(?!{_BEGIN}).*\n)*?{_END}[ \t]*{_STOP}"
_LINE = rf"^[ \t]*(?:%|//) {NAME}: .*{_STOP}"
_ANNOTATION = re.compile(rf"{_BLOCK}|{_LINE}", re.MULTILINE)
_WITH_GAP = re.compile(rf"(?:^{_QUOTED}\r?\n)?{_BLOCK}|{_LINE}", re.MULTILINE)


def blanked(text: str) -> str:
    r"""The text, as long as it was, with spaces where its annotations stood.

    >>> blanked("a = b\n% symconv check: proved\nc\n")
    'a = b\n%                      \nc\n'
    """
    return _ANNOTATION.sub(_spaces, text) if NAME in text else text


def removed(text: str) -> str:
    r"""The text without its annotations.

    >>> removed("a = b\n\n<!-- symconv check -->\n<sub>✓ proved</sub>\n<!-- /symconv check -->\n\nc\n")
    'a = b\n\nc\n'
    """
    return _WITH_GAP.sub("", text) if NAME in text else text


def _spaces(found: re.Match[str]) -> str:
    """A comment of TeX stays an empty comment: an empty line would end a paragraph."""
    annotation = found[0]
    indent = len(annotation) - len(annotation.lstrip(" \t%"))
    return annotation[:indent] + re.sub(r"[^\r\n]", " ", annotation[indent:])
