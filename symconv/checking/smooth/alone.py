"""Formulas about one function and nothing else: f'(z) = 1 - f(z)^2, where words or another formula say what f is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from symconv.checking.context import Context
from symconv.checking.judging import Step
from symconv.checking.smooth import judge_smooth
from symconv.checking.smooth.definitions import Definitions, Written, names_of
from symconv.checking.smooth.functions import ALIASES, GENERAL
from symconv.checking.smooth.names import plain, taken_apart
from symconv.notation.reading import read
from symconv.notation.tree import Applied, Blank, Named, Node, Partial, Relation, walk

WORDS: Mapping[str, tuple[str, str]] = {
    "softplus": (r"soft-?plus", r"\log(1+e^z)"),
    "swish": (r"\bswish\b|\bsilu\b", r"\frac{z}{1+e^{-z}}"),
    "leaky": (r"leaky|\b(?:[cgs]?e|pre)lu\b|\brelu6\b|\bmish\b|\bhard", ""),
    "relu": (r"\brelu\b|rectifi|rectified|gleichricht|rectifiée|修正线性|整流|выпрям", r"\max(0,z)"),
    "tanh": (
        r"\btanh\b|hyperbolic tangent|tangens hyperbolicus|tangente hyperbolique|tangente hiperbólica|"
        r"tangente iperbolica|双曲正切|双曲線正接|쌍곡 ?탄젠트|гиперболическ\w+ тангенс|ظل زائدي",
        r"\tanh(z)",
    ),
    "sigmoid": (
        r"sigmoid|sigmoïde|sigmoide|logisti[ck]|logistique|logística|シグモイド|시그모이드|сигмоид|логистич|سيغمويد",
        r"\frac{1}{1+e^{-z}}",
    ),
}
"""Words for functions, and what those are of z; nothing where the words do not say all."""
OPEN = Written((), Blank())
WHICH = "which function {} is"
AT_WHICH = "at which numbers it is meant is not known"
_ITEM = re.compile(r"^[ \t]*(?:[-*+•] |[0-9a-z][.)] |\\item|\||#+ )", re.MULTILINE)
_PARAGRAPH = re.compile(r"\n[ \t]*\n")
_FORMULA = re.compile(r"\$[^$]*\$?|\\[(\[].*?\\[)\]]", re.DOTALL)
_WORD = re.compile("|".join(f"(?P<{kind}>{words})" for kind, (words, _) in WORDS.items()), re.IGNORECASE)


def is_about_a_function(node: Node) -> bool:
    """Whether a formula speaks of a function of one number, and of what that is at, which may be any number.

    >>> [is_about_a_function(read(each)) for each in ("f'(z) = 1 - f(z)^2", "f'(z_i) = 1 - a_i^2")]
    [True, False]
    """
    calls = [each for each in walk(node) if isinstance(each, Applied) and len(each.arguments) == 1]
    heads = {plain(each.head.letter) for each in calls if isinstance(each.arguments[0], Named)}
    if not isinstance(node, Relation) or not heads & (GENERAL | set(ALIASES)):
        return False
    if any(isinstance(each, Partial) and not _is_function(each.over) for each in walk(node)):
        return False
    names = {(name.key, name.index) for name in map(taken_apart, names_of(node)) if name.key not in heads}
    return len(names) == 1


def _is_function(node: Node) -> bool:
    head = node.head if isinstance(node, Applied) else node
    return isinstance(head, Named) and plain(head.letter) in GENERAL | set(ALIASES)


def judge_function(
    node: Relation, context: Context, *, given: str, definitions: Definitions, behind: Sequence[Node], quick: bool
) -> list[Step]:
    """What is known of a formula about a function alone; arguments as those of `judge_smooth`.

    What the item of a list or the row of a table says of the function goes before what was said earlier.
    """
    heads = {plain(each.head.letter) for each in walk(node) if isinstance(each, Applied)}
    letters = sorted(heads & GENERAL)
    said = {letter: _said(letter, given, definitions, context) for letter in letters}
    here = {letter: found for letter, found in said.items() if found is not None}
    functions = {letter: each for letter, each in {**definitions.functions, **here}.items() if each != OPEN}
    words = given if set(letters) <= set(functions) else ""
    steps = judge_smooth(
        node, Context(), given=words, definitions=Definitions(functions=functions), behind=behind, quick=quick
    )
    sure = [each for each in letters if each in functions and (each in here or _is_fixed(each, context.stated))]
    unsure = next((letter for letter in letters if letter not in sure), "")
    steps = steps or [Step("unread", WHICH.format(letters[0]) if letters else AT_WHICH)]
    return [_settled(step, node, unsure) for step in steps]


def _settled(step: Step, node: Relation, unsure: str) -> Step:
    """What says what a function is is no mistake, and what is wrong for one function may be right for the one meant."""
    if step.verdict in ("refuted", "unread") and _defined(node) is not None:
        return Step("not-a-claim", "a definition", left=step.left, right=step.right)
    return (
        replace(step, verdict="unread", reason=WHICH.format(unsure), mistake="", scope="")
        if unsure and step.verdict == "refuted"
        else step
    )


def _defined(node: Node) -> tuple[str, Node] | None:
    """The letter of a function without a name of its own of which a formula says what it is, and what that is."""
    if not isinstance(node, Relation) or not isinstance(node.sides[0], Applied) or node.sign != "=":
        return None
    head, right = node.sides[0].head, node.sides[1]
    letter = plain(head.letter)
    inside = {plain(each.head.letter) for each in walk(right) if isinstance(each, Applied)}
    return (letter, right) if letter in GENERAL - inside and not head.primes else None


def _is_fixed(letter: str, stated: Sequence[Node]) -> bool:
    """Whether a text says once what a function is."""
    found = {each for each in map(_defined, stated) if each is not None and each[0] == letter}
    return len(found) == 1


def _said(letter: str, given: str, definitions: Definitions, context: Context) -> Written | None:
    """What is said right here that a function is, `OPEN` where the words leave it open; None where nothing is said."""
    here, is_item = _place(given)
    if re.search(rf"{re.escape(letter)}\s*(?:\\left)?\(\s*\\?\w+\s*(?:\\right)?\)\s*=", here):
        return definitions.functions.get(letter)
    if letter in definitions.functions and not is_item:
        return None
    words = list(_words(here)) or ([] if letter in definitions.functions else _only(context.text))
    return _body(words[-1]) if words else None


def _place(given: str) -> tuple[str, bool]:
    """What stands before a formula in its item, row or paragraph, and whether it is no paragraph."""
    paragraph = _PARAGRAPH.split(given)[-1]
    before = paragraph if paragraph.strip(" \n$\\[") else given
    items = list(_ITEM.finditer(before))
    return (before[items[-1].start() :], True) if items else (paragraph, False)


def _words(text: str) -> list[str]:
    """The kinds of functions that words speak of, in their order."""
    return [found.lastgroup or "" for found in _WORD.finditer(_FORMULA.sub(" ", text))]


def _only(text: str) -> list[str]:
    """The only kind of function that a text speaks of."""
    kinds = list(dict.fromkeys(_words(text)))
    return kinds if len(kinds) == 1 else []


@lru_cache
def _body(kind: str) -> Written:
    body = WORDS[kind][1]
    return Written(("z",), read(body)) if body else OPEN
