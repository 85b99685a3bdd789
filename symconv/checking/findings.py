"""What is said of each equation of a text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

Verdict = Literal["proved", "refuted", "not-a-claim", "unread"]
Scope = Literal["", "shape", "sizes", "all"]
WORST: tuple[Verdict, ...] = ("refuted", "unread", "proved", "not-a-claim")
"""The verdict of a chain is the first of these that one of its parts has."""
MISTAKES: Mapping[str, str] = MappingProxyType(
    {
        "missing-term": "A term is missing",
        "extra-term": "A term is too much",
        "missing-factor": "A factor is missing",
        "extra-factor": "A factor is too much",
        "missing-plus": "A plus is missing between two terms",
        "wrong-sign": "A sign is wrong",
        "wrong-coefficient": "A number is wrong, alone or in front of a term",
        "neighbouring-index": "The index of another entry, mostly of a neighbouring one",
        "swapped-indices": "Indices have changed places",
        "wrong-entry": "The left side is another entry than the one that is computed",
        "not-rotated": "The filter is not rotated",
        "rotated-twice": "The filter is rotated where it should not be",
        "convolution-for-correlation": "True convolution is taken for cross-correlation, or the other way round",
        "stride-forgotten": "The stride is forgotten",
        "padding-forgotten": "The padding is forgotten or wrong",
        "dilation-forgotten": "The dilation is forgotten",
        "wrong-range": "A sum runs over the wrong range",
        "missing-sum": "A sum is missing",
        "free-index-summed": "A sum runs over an index that stands on the other side",
        "missing-derivative": "The derivative of the activation function is missing",
        "not-a-gradient": "An array stands where its gradient is meant",
        "local-gradient": "A local gradient stands where the gradient of the loss is meant",
        "wrong-letter": "Another array is meant",
        "wrong-channel": "An entry of another channel is meant",
        "wrong-layer": "An array of another layer is meant",
        "missing-transpose": "A transpose is missing or too much",
        "wrong-product": "A matrix product stands where entries are multiplied one by one, or the other way round",
        "wrong-order": "The factors of a matrix product have changed places",
        "wrong-shape": "The sides have different shapes, or sizes do not fit",
        "no-such-entry": "An index lies outside of its array",
    }
)
"""The kinds of mistakes that are told apart, and what each is."""
DISPLAYS: dict[str, Callable[[Any], str]] = {}
"""How findings and reports show themselves in notebooks, by format; the room that writes says it."""


class Displayed:
    """Shows itself in notebooks."""

    def _repr_html_(self) -> str | None:
        return DISPLAYS["html"](self) if "html" in DISPLAYS else None

    def _repr_markdown_(self) -> str | None:
        return DISPLAYS["markdown"](self) if "markdown" in DISPLAYS else None


@dataclass(frozen=True)
class Finding(Displayed):
    """What is said of one equation, or of one step of a chain.

    Args:
        verdict: proved, refuted, not-a-claim or unread.
        equation: the text as it was written.
        line, column: where it starts, from 1, columns in code points; `end_line`, `end_column` where it stops, the
            first place behind it.
        message: one sentence: why it is unread, what is wrong, under which convention it holds. Empty where there is
            nothing to say.
        hint: the right line in the author's letters, ready to paste: LaTeX, or plain text where that is written; empty
            where none is known.
        mistake: the kind of the mistake, a key of `MISTAKES`, such as "missing-term"; empty where it is none of them.
        scope: for what a proved equation holds, and for what a refuted one fails: "shape" (this layer), "sizes" (all
            sizes), "all"; empty for other verdicts.
        counterexample: sizes or positions at which a refuted one fails.
        parts: the steps of a chain, each an equation of two sides.
    """

    verdict: Verdict
    equation: str
    line: int = 1
    column: int = 1
    message: str = ""
    hint: str = ""
    mistake: str = ""
    scope: Scope = ""
    counterexample: Mapping[str, Any] | None = None
    parts: tuple[Finding, ...] = ()
    end_line: int = 1
    end_column: int = 1


@dataclass(frozen=True)
class CheckReport(Displayed):
    """What is said of a whole text, in its order; `notes` say how the text was understood.

    >>> report = CheckReport((Finding("proved", "a = a"), Finding("not-a-claim", "b")))
    >>> report.holds, report.counts["proved"], str(report).splitlines()[-1]
    (True, 1, '1 proved, 1 not a claim')
    """

    findings: tuple[Finding, ...]
    notes: tuple[str, ...] = ()
    name: str = ""
    counts: Mapping[str, int] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "counts", Counter(finding.verdict for finding in self.findings))

    @property
    def holds(self) -> bool:
        """Whether nothing is refuted and nothing unread."""
        return not (self.counts["refuted"] or self.counts["unread"])

    @property
    def summary(self) -> str:
        """How many equations have which verdict."""
        told = [f"{self.counts[verdict]} {verdict.replace('-', ' ')}" for verdict in WORST if self.counts[verdict]]
        return ", ".join(told) or "no equations"

    def __str__(self) -> str:
        return "\n".join([*(f"{each.line}:{each.column} {each.verdict}: {each.message or each.equation}"
                            for each in self.findings), self.summary])  # fmt: skip
