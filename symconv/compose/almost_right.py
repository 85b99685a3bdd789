"""The page "five rules that are almost right": claims as text, decided for all sizes, where they hold and where not.

Nothing on the page is typed in but the claims: verdicts, smallest sizes, both sides there and the formulas come from
the proofs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import symconv
from symconv.layers.conv import Conv
from symconv.notation.layout import Display
from symconv.notation.tree import Letter, Number, Relation, Style, equals
from symconv.proof.sizes import prove_stated
from symconv.proof.verdict import Proof
from symconv.writing.composers import COMPOSERS
from symconv.writing.document import LEGEND, SIZE_LETTERS
from symconv.writing.environment import render
from symconv.writing.files import MARK

Steps = tuple[int, int]
"""A stride and a dilation."""


@dataclass(frozen=True)
class Rule:
    """A rule as it is often written, the stride and dilation at which it fails, where it holds (with conditions behind
    its own), and the right one."""

    name: str
    claim: str
    where: tuple[str, ...]
    fails: Steps
    holds: tuple[tuple[Steps, tuple[str, ...]], ...]
    right: str


RULES = (
    Rule(
        "rotation", "dX = corr(pad(G, k-1), F)", ("a = 0", "c = 0"), (1, 1),
        (((1, 1), ("k = 1",)),),
        "dX = corr(pad(G, k-1), rev(F))",
    ),
    Rule(
        "stride", "dX = corr(pad(G, k-1), rev(F))", ("a = 0", "c = 0"), (2, 1),
        (((1, 1), ()),),
        "dX = corr(pad(spread(G, s), k-1, k-1 + r), rev(F))",
    ),
    Rule(
        "remainder", "dX = corr(pad(spread(G, s), k-1 - a), rev(F))", ("c = a",), (2, 1),
        (((1, 1), ()), ((2, 1), ("r = 0",))),
        "dX = corr(pad(spread(G, s), k-1 - a, k-1 - c + r), rev(F))",
    ),
    Rule(
        "exchange", "dF = keep(corr(pad(X, a, c), spread(G, d), s), k)", (), (2, 1),
        (((1, 1), ()), ((2, 2), ())),
        "dF = keep(corr(pad(X, a, c), spread(G, s), d), k)",
    ),
    Rule(
        "ceiling", "o = ceil((n + a + c - k) / s) + 1", (), (2, 1),
        (((1, 1), ()), ((2, 1), ("r = 0",))),
        "o = floor((n + a + c - k) / s) + 1",
    ),
)  # fmt: skip


def almost_right(to: str, language: str = "en") -> str:
    """The page in a format, "markdown" or "latex"."""
    style = Style()
    context = {
        "body": "almost_right.jinja",
        "rules": [decided(rule) for rule in RULES],
        "size": SIZE_LETTERS,
        "op": LEGEND,
        "generated": f"{MARK} {symconv.__version__}: {', '.join(rule.claim for rule in RULES)}",
    }
    return render(COMPOSERS[to](style), language, context)


def decided(rule: Rule) -> dict[str, Any]:
    """What the page shows of a rule."""
    wrong = _proof(rule.claim, rule.where, rule.fails)
    proofs = [*(_proof(rule.claim, (*rule.where, *more), steps) for steps, more in rule.holds), wrong]
    right = _proof(rule.right, rule.where, rule.fails)
    return {
        "name": rule.name,
        "claim": Display((wrong.claim,)),
        "given": wrong.given,
        "verdicts": [{"at": _numbers(proof.fixed), "given": proof.given, "holds": proof.holds} for proof in proofs],
        "first": _numbers(wrong.geometry or {}),
        "sides": wrong.sides,
        "right": Display((right.claim,)),
        "right_holds": right.holds,
        "commands": [_command(text, rule.where, rule.fails) for text in (rule.claim, rule.right)],
    }


def _proof(claim: str, where: Sequence[str], steps: Steps) -> Proof:
    stride, dilation = steps
    (proof,) = prove_stated(Conv(input=1, filter=1, stride=stride, dilation=dilation), _text(claim, where))
    return proof


def _text(claim: str, where: Sequence[str]) -> str:
    return f"{claim} where {', '.join(where)}" if where else claim


def _numbers(found: Mapping[str, int]) -> list[Relation]:
    return [equals(Letter(letter), Number(number)) for letter, number in found.items()]


def _command(claim: str, where: Sequence[str], steps: Steps) -> str:
    options = zip(("stride", "dilation"), steps, strict=True)
    words = "".join(f"--{name} {number} " for name, number in options if number > 1)
    return f'symconv prove conv {words}--claim "{_text(claim, where)}"'
