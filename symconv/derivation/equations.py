"""One equation by name: O, O_12, dO/dX, dO/dF_11, dO_12/dF_11, dL/dF, dL/dX_22, dL/db.

Names speak in roles. An index is packed (`12`) where every part is one digit, else with commas (`1,12`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from symconv.derivation.entries import array_matrix, value_matrix
from symconv.errors import InputError, LimitError
from symconv.forms import differentiate
from symconv.layers.base import CONSTANTS
from symconv.notation.layout import Display
from symconv.notation.tree import Call, Node, Partial, Relation, Symbol, equals
from symconv.operations import as_matrix

if TYPE_CHECKING:
    from symconv.derivation.steps import Steps

Form = Literal["chain", "sum", "closed"]
Position = tuple[int, ...]

_INDEX = r"(?:_\{?([0-9]+(?:,[0-9]+)*)\}?)?"
_OUTPUT = re.compile(rf"O{_INDEX}")
_LOCAL = re.compile(rf"dO{_INDEX}/d([A-Za-z]){_INDEX}")
_GRADIENT = re.compile(rf"dL/d([A-Za-z]){_INDEX}")
KNOWN = "O, O_12, dO/dX, dO/dF_11, dO_12/dF_11, dL/dF, dL/dX_22 or dL/db"


@dataclass(frozen=True)
class Target:
    """What an equation is about: the left side's kind, the array it is by, and the indices where they are given."""

    kind: Literal["output", "local", "gradient"]
    role: str
    output: Position | None = None
    entry: Position | None = None


def parse_target(text: str, steps: Steps, index_base: int) -> Target:
    """The target that a text names.

    Raises `InputError` for a text that names none, an array that the layer does not have, or an index outside it.
    """
    if match := _OUTPUT.fullmatch(text):
        return Target("output", "O", output=_position(steps, "O", match[1], index_base))
    if match := _LOCAL.fullmatch(text):
        output, role, entry = match.groups()
        _check_role(steps, role)
        found = _position(steps, "O", output, index_base), _position(steps, role, entry, index_base)
        return Target("local", role, *found)
    if match := _GRADIENT.fullmatch(text):
        role, entry = match.groups()
        _check_role(steps, role)
        return Target("gradient", role, entry=_position(steps, role, entry, index_base))
    raise InputError(f"equation {text!r} is not known: write {KNOWN}")


def _check_role(steps: Steps, role: str) -> None:
    known = [name for name in steps.arrays if name not in CONSTANTS]
    if role not in known:
        raise InputError(f"role {role!r} is not one of this layer's: it has {', '.join(known)}")


def _position(steps: Steps, role: str, text: str | None, base: int) -> Position | None:
    if text is None:
        return None
    shape = steps.shape(role)
    numbers = [int(part) for part in (text.split(",") if "," in text or len(shape) == 1 else text)]
    position = tuple(number - base for number in numbers)
    if len(position) != len(shape) or not all(0 <= i < n for i, n in zip(position, shape, strict=True)):
        raise InputError(
            f"{role} has no entry {text}: its shape is {shape or 'that of one number'}, indices count from {base}, "
            "with commas between them beyond 9, such as 1,12"
        )
    return position


def equation(steps: Steps, target: Target, form: Form | None) -> Display:
    """The equation for a target; `form` is chain, sum (the default) or closed.

    Raises `InputError` for a form that the target does not have.
    """
    if target.kind == "gradient":
        return Display(_GRADIENT_FORMS[form or "sum"](steps, target))
    if target.kind == "output" and form == "closed" and target.output is None:
        return Display(_closed(steps, Target("gradient", "O")))
    if form not in (None, "sum"):
        raise InputError(f"form is {form!r}, which this equation does not have: leave --form out")
    if target.kind == "output":
        return Display(_outputs(steps, target.output))
    return Display(_local(steps, target))


def _outputs(steps: Steps, index: Position | None) -> tuple[Node, ...]:
    if index is None:
        return steps.outputs().displays["entries"].relations
    return (equals(Symbol("O", index), steps.output_value(index)),)


def _local(steps: Steps, target: Target) -> tuple[Node, ...]:
    if target.entry is None and not (target.output is None or steps.shape(target.role) == ()):
        raise InputError(
            f"one output by a whole array is not an equation here: write dO_12/d{target.role}_11 or dO/d{target.role}"
        )
    entry = () if steps.shape(target.role) == () else target.entry
    if entry is None:
        return (_jacobian(steps, target.role),)
    if target.output is not None:
        return (steps.local_entry(target.output, target.role, entry),)
    if len(steps.shape("O")) > 2:
        return tuple(steps.local_matrices(target.role, entry, steps.limits.entries))
    local = steps.calculus.local(target.role, entry)
    values = value_matrix(local, steps.shape("O"), steps.limits, upright=steps.upright)
    return (equals(Partial(Symbol("O"), Symbol(target.role, entry)), values),)


def _jacobian(steps: Steps, role: str) -> Relation:
    """∂vec(O)/∂vec(role), both row by row."""
    if not steps.calculus.whole:
        raise LimitError(
            f"dO/d{role} of this layer is too large to be written: ask for an entry, such as dO/d{role}_11"
        )
    table = differentiate(steps.calculus.definition, role)
    rows, columns = (variable.size for variable in table.index)
    array = as_matrix(table, (rows, columns), *table.columns[:2])
    left = Partial(Call("vec", (Symbol("O"),)), Call("vec", (Symbol(role),)))
    return equals(left, array_matrix(array, steps.limits.wide()))


def _standing(steps: Steps, target: Target) -> tuple[Node, ...]:
    return steps.gradient_relations(target.role, steps.standing, target.entry)


def _summed(steps: Steps, target: Target) -> tuple[Node, ...]:
    return steps.gradient_relations(target.role, steps.gradient_value, target.entry)


def _closed(steps: Steps, target: Target) -> tuple[Node, ...]:
    if target.entry is not None:
        raise InputError(
            f"a closed form is of the whole array: ask for dL/d{target.role}, or for the form chain or sum"
        )
    return steps.closed_equation("O" if target.role == "O" else f"d{target.role}")


_GRADIENT_FORMS = {"chain": _standing, "sum": _summed, "closed": _closed}
