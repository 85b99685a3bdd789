"""Which texts may stand as a letter in a formula, and what they look like without LaTeX.

A letter is one Latin letter, a Greek one by its LaTeX name, or either of these in an alphabet (`\\mathcal{L}`), with an
optional subscript or superscript of up to three letters or digits (`W_{1}`, `K^{l}`). Nothing else reaches a page.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from symconv.errors import InputError

_NAMES = """
    alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi omega
    Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega varepsilon ell
"""
GREEK = dict(zip(_NAMES.split(), "αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΥΦΨΩεℓ", strict=True))
SIGNS = {"times": "×", "cdot": "·", "ldots": "…", "dots": "…", "infty": "∞", "prime": "′"}
"""Signs in scripts, such as those of sizes."""
YIELDING = {
    "C": ("C", "T", "U", "V", "W", "A"),
    "l": (r"\ell", r"\lambda", r"\varepsilon"),
    "b": ("b", "c", "B"),
    "V": ("V", "U", "Y", "Q"),
}
"""Letters in order of liking for what gives way to the user's own choices: the unrolled matrix, the loss of one example
in a batch, the bias, an array that stands for any of its shape."""
RESERVED = ("i", "j", r"\mu", r"\kappa", r"\nu", r"\alpha")
"""Letters that pages use for positions, channels and the learning rate."""
SHOWN = 40
_ALPHABETS = "mathcal|mathbf|mathrm|mathit|mathsf"
_BASE = rf"(?:[A-Za-z]|\\(?:{'|'.join(GREEK)}))"
_LETTER = re.compile(rf"(?:{_BASE}|\\(?:{_ALPHABETS})\{{{_BASE}\}})(?:[_^](?:[A-Za-z0-9]|\{{[A-Za-z0-9]{{1,3}}\}}))?")


def checked_names(
    names: Mapping[str, object] | object, letters: Mapping[str, str], gradients: Mapping[str, str], index_base: object
) -> dict[str, str]:
    """The letter of every role that has one, once the names are known to be letters, all different.

    >>> checked_names({"X": "x"}, {"X": "X", "F": "F"}, {"dX": "X"}, 1)
    {'X': 'x', 'F': 'F'}
    """
    if not isinstance(names, Mapping):
        raise InputError(f"names is {names!r}: expected letters by role, such as {{'X': 'x'}}")
    for role, letter in names.items():
        if role not in letters and role not in gradients:
            known = ", ".join([*letters, *gradients])
            raise InputError(f"names has no role {role!r}: the roles are {known}")
        if not isinstance(letter, str) or not _LETTER.fullmatch(letter):
            raise InputError(
                f"{_shortened(letter)} is not a letter for {role}: write one Latin letter, a Greek one such as "
                "\\delta, or one such as \\mathcal{L} or W_{1}"
            )
        if letter in RESERVED:
            raise InputError(f"{letter!r} for {role} is a letter that pages use for positions or rates: choose another")
    if isinstance(index_base, bool) or not isinstance(index_base, int) or index_base not in (0, 1):
        raise InputError(f"index base is {index_base}: expected 0 or 1")
    chosen = {**letters, **{role: str(letter) for role, letter in names.items()}}
    for role in set(YIELDING) & set(letters) - set(names):
        chosen[role] = next(letter for letter in (letters[role], *YIELDING[role]) if letter not in names.values())
    shown: dict[str, str] = {}
    for role, letter in chosen.items():
        other = shown.setdefault(letter.replace("{", "").replace("}", ""), role)
        if other != role:
            raise InputError(f"{letter!r} stands for both {other} and {role}: give each role a letter of its own")
    return chosen


def _shortened(value: object) -> str:
    text = repr(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def unicode_letter(letter: str) -> str:
    r"""The letter as plain text.

    >>> unicode_letter(r"\delta"), unicode_letter(r"\mathcal{L}"), unicode_letter("W_{1}")
    ('δ', 'L', 'W_1')
    """
    plain = re.sub(r"\\hat\{(.*?)\}", "\\1\N{COMBINING CIRCUMFLEX ACCENT}", letter)
    plain = re.sub(rf"\\(?:{_ALPHABETS}|mathbb)\{{(.*?)\}}", r"\1", plain)
    plain = re.sub(r"\\([A-Za-z]+)", _plain_name, plain)
    return plain.replace("{", "").replace("}", "")


def _plain_name(command: re.Match[str]) -> str:
    """The sign of a Greek letter or of its variant, or another sign; another command, such as tanh, is its own name."""
    name = command[1]
    return SIGNS.get(name) or GREEK.get(name) or GREEK.get(name.removeprefix("var"), name)
