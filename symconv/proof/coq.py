"""What Coq's language looks like: the development in `proofs/`, numbers, index lists, long sums over several lines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from importlib import resources
from pathlib import Path

from symconv.errors import InputError

BASE = ("Sums.v",)
"""Enough for identities in a ring."""
THEOREMS = ("Sums.v", "Arrays.v", "Convolution.v", "Theorems.v")
"""The whole development, each file using those before it."""
WIDTH = 110
PART = 8
"""What `ring` needs for a sum grows faster than the sum; so many products at once."""
_NOT_IN_A_NAME = re.compile(r"\W")
_OWN = re.compile(r"^From Symconv Require Import [\w ]+\.\n", re.MULTILINE)
_REQUIRED = re.compile(r"^Require Import ([\w ]+)\.\n", re.MULTILINE)


def development(names: Iterable[str]) -> str:
    """Files of the development after each other, with what they need of Coq's own library at the head.

    >>> development(THEOREMS).partition("\\n")[0]
    'Require Import ZArith List FinFun Lia Ring Ring_theory Bool.'
    """
    texts = [(development_folder() / name).read_text(encoding="utf-8") for name in names]
    modules = dict.fromkeys(word for text in texts for line in _REQUIRED.findall(text) for word in line.split())
    bodies = [_REQUIRED.sub("", _OWN.sub("", text)).strip() for text in texts]
    return f"Require Import {' '.join(modules)}.\n\n" + "\n\n".join(bodies) + "\n"


def development_folder() -> Path:
    """Where the Coq files are: in the installed package, or beside it in a checkout."""
    inside = Path(str(resources.files("symconv") / "proofs"))
    return inside if inside.is_dir() else Path(__file__).parents[2] / "proofs"


def check_file_name(path: Path) -> None:
    """Raise `InputError` for a file that `coqc` refuses for its name: a file is a module.

    >>> check_file_name(Path("conv-3x3.v"))
    Traceback (most recent call last):
    ...
    symconv.errors.InputError: certificate is conv-3x3.v: Coq takes a name of letters, digits and _, such as conv_3x3.v
    """
    if path.suffix != ".v" or not path.stem.isidentifier():
        better = _NOT_IN_A_NAME.sub("_", path.stem)
        better = better if better.isidentifier() else f"layer_{better}"
        raise InputError(
            f"certificate is {path}: Coq takes a name of letters, digits and _, such as {path.with_name(better + '.v')}"
        )


def integer(value: int) -> str:
    """A whole number as an argument.

    >>> integer(3), integer(-1)
    ('3', '(-1)')
    """
    return str(int(value)) if value >= 0 else f"({int(value)})"


def listed(items: Iterable[str]) -> str:
    """A list.

    >>> listed(["i", "j"])
    '[i; j]'
    """
    return f"[{'; '.join(items)}]"


def applied(function: str, arguments: Iterable[str]) -> str:
    """A function with its arguments, in brackets where it stands beside others.

    >>> applied("X", ["0", "1"]), applied("u", [])
    ('X 0 1', 'u')
    """
    return " ".join([function, *arguments])


def total(products: Iterable[str]) -> str:
    """A sum; the zero of the ring K where it is empty.

    >>> total(["G 0 * F 1", "G 1 * F 0"]), total([])
    ('G 0 * F 1 + G 1 * F 0', 'zero K')
    """
    return " + ".join(products) or "zero K"


def wrapped(formula: str, indent: str = "  ") -> str:
    """A long sum over several lines, broken before its plus signs.

    >>> wrapped("G 0 * F 1 + G 1 * F 0")
    '  G 0 * F 1 + G 1 * F 0'
    """
    lines: list[str] = []
    for number, term in enumerate(formula.split(" + ")):
        piece = f"+ {term}" if number else term
        if lines and len(indent) + len(lines[-1]) + 1 + len(piece) <= WIDTH:
            lines[-1] += f" {piece}"
        else:
            lines.append(piece)
    return "\n".join(indent + line for line in lines)


def equation(name: str, left: Sequence[str], right: Sequence[str], by: str = "identity") -> str:
    """A lemma that two sums are equal in every commutative ring, proved by computing.

    Long sums of as many products on both sides are brought into the same order, and compared in parts.

    >>> print(equation("dF_0", ["G 0 * X 0"], ["X 0 * G 0"]))
    Lemma dF_0 :
      G 0 * X 0
      =
      X 0 * G 0.
    Proof. identity. Qed.
    >>> equation("sum", 2 * PART * ["a"], 2 * PART * ["a"]).splitlines()[-1]
    'Proof. identities 1. Qed.'
    """
    if by == "identity" and len(left) == len(right) > PART:
        left, right = _parts(left), _parts(right)
        by = f"identities {len(left) - 1}"
    return f"Lemma {name} :\n{wrapped(total(left))}\n  =\n{wrapped(total(right))}.\nProof. {by}. Qed."


def _parts(products: Sequence[str]) -> list[str]:
    ordered = sorted(products, key=lambda product: [(len(word), word) for word in product.split()])
    return [f"({total(ordered[at : at + PART])})" for at in range(0, len(ordered), PART)]
