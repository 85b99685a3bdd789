"""What prose says that signs between arrays mean."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from symconv.errors import UnreadError
from symconv.notation.reading import read
from symconv.notation.tree import Operation, walk

_SIGN = r"(?:\$\s*(?:\\(?:star|ast|otimes|circledast|oast|boxtimes)\b|[*∗⋆⊗⊛])\s*\$|`[*⋆⊛⊗]`|(?<=\s)[∗⋆⊛⊗](?=\s))"
_SAID = re.compile(
    rf"(?P<signs>{_SIGN}(?:\s*(?:,|and|und|et|y|e|或|和)\s*{_SIGN})*)"
    rf"(?P<words>(?:(?!{_SIGN})[^.;。；\n]){{1,120}})"
)
_STATED = re.compile(r"\$(?P<formula>[^$\n]{3,80})\$\s*(?P<words>(?:is|are|ist|est|es)\b[^.;\n]{1,80})")
"""What a product is said to be."""
_CALLED = re.compile(
    r"\b(?:is|are|be|denotes?|means?|stands?|represents?|indicates?|bezeichnet|bedeutet|ist|steht|désigne|est|"
    r"denota|significa|es|обозначает|означает)\b|表示|代表|为|是|は|를|은|는",
    re.IGNORECASE,
)
_TRUE = r"(?:true|mathematical|proper|real|actual|echte|mathematische) ?(?:\([^)]*\) ?)?(?:conv|faltung)"
MEANINGS: Mapping[str, str] = {
    "correlate": r"correla[tc]|kreuzkorrelation|corr[ée]lation|корреляц|互相关|相互相関|교차 ?상관",
    "convolve": _TRUE + r"|\bflip|\brotat|\brevers(?:e|ing)|gespiegelt|gedreht|retourn|翻转|旋转",
    "full": r"\bfull\b|volle faltung|全卷积",
    "valid": r"\bvalid\b",
    "same": r"\bsame\b(?=[^.]{0,12}(?:conv|corr|padd|size))",
}
"""What a sign may be said to be: which of the two operations, and how far one array slides over the other."""
_MEANINGS = {meaning: re.compile(pattern, re.IGNORECASE) for meaning, pattern in MEANINGS.items()}
_NOT = re.compile(r"\b(?:not|without|no|never|nicht|ohne|sans|sin)\b[^,.]{0,20}$|n't\s$|[不无]$", re.IGNORECASE)
CONTRARY = ({"correlate", "convolve"}, {"full", "valid", "same"})


def signs_in_prose(text: str) -> dict[str, str]:
    r"""The meanings of signs that a text states, as `Context.signs` has them; a sign with several has none.

    >>> signs_in_prose(r"Here $\star$ is cross-correlation and $*$ denotes true convolution, as usual.")
    {'⋆': 'correlate', '*': 'convolve'}
    >>> signs_in_prose("where $*$ denotes the convolution")
    {}
    >>> signs_in_prose(r"Here $Y = X \star F$ is a valid cross-correlation.")
    {'⋆': 'correlate valid'}
    """
    found: dict[str, set[str]] = {}
    for said in _SAID.finditer(text):
        if _CALLED.search(said["words"]):
            for sign in _signs(said["signs"]):
                found.setdefault(sign, set()).update(_meanings(said["words"]))
    for said in _STATED.finditer(text):
        for sign in _signs_within(said["formula"]):
            found.setdefault(sign, set()).update(_meanings(said["words"]))
    settled = {sign: [one for one in _MEANINGS if one in all_] for sign, all_ in found.items() if not _differ(all_)}
    return {sign: " ".join(meanings) for sign, meanings in settled.items() if meanings}


def speaks_of_true_convolution(text: str) -> bool:
    """Whether a text speaks anywhere of true convolution, as opposed to what networks call so.

    >>> speaks_of_true_convolution("A true convolution"), speaks_of_true_convolution("a convolution")
    (True, False)
    """
    return re.search(_TRUE, text, re.IGNORECASE) is not None


def _meanings(words: str) -> Iterator[str]:
    for meaning, pattern in _MEANINGS.items():
        if any(not _NOT.search(words[: found.start()]) for found in pattern.finditer(words)):
            yield meaning


def _differ(meanings: set[str]) -> bool:
    return any(len(meanings & one) > 1 for one in CONTRARY)


def _signs_within(formula: str) -> frozenset[str]:
    """The sign of a formula that has one alone."""
    try:
        found = frozenset(each.sign for each in walk(read(formula)) if isinstance(each, Operation))
    except UnreadError:
        return frozenset()
    return found if len(found) == 1 else frozenset()


def _signs(text: str) -> Iterator[str]:
    """The signs of a list of signs, as formulas have them."""
    for found in re.finditer(_SIGN, text):
        try:
            node = read(f"a {found[0].strip('$` ')} b")
        except UnreadError:
            continue
        if isinstance(node, Operation):
            yield node.sign
