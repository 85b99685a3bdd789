"""Random formulas of scalars, written as text and computed by others: PyTorch with its autograd, SymPy, fractions.

A formula is a nested tuple, ("x",) or (operation, operand, ...). Nothing of symconv takes part in this.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

Formula = tuple[Any, ...]
VARIABLES = ("x", "y", "z")
INFIX = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/"}
RATIONAL = ("add", "subtract", "multiply", "negate", "square", "cube", "max", "min", "relu", "abs")
SMOOTH = ("exp", "sin", "cos", "sigmoid", "tanh", "softplus", "silu", "gelu")
ARITY = {"add": 2, "subtract": 2, "multiply": 2, "divide": 2, "max": 2, "min": 2}

numbers = st.integers(-4, 4)


def formulas(operations: Sequence[str], depth: int = 4) -> st.SearchStrategy[Formula]:
    """Formulas of the variables and small whole numbers."""
    leaves = st.sampled_from([(name,) for name in VARIABLES]) | st.integers(1, 4).map(lambda n: ("number", n))

    def larger(inner: st.SearchStrategy[Formula]) -> st.SearchStrategy[Formula]:
        def made(operation: str) -> st.SearchStrategy[Formula]:
            return st.tuples(st.just(operation), *[inner] * ARITY.get(operation, 1))

        return st.sampled_from(operations).flatmap(made)

    return st.recursive(leaves, larger, max_leaves=2**depth // 2)


def text(formula: Formula) -> str:
    """The formula as somebody types it, with brackets around every operand that is an operation."""
    operation, *operands = formula
    if operation == "number":
        return str(operands[0])
    if not operands:
        return str(operation)
    inside = [text(operand) for operand in operands]
    bracketed = [part if part.isalnum() else f"({part})" for part in inside]
    if operation in INFIX:
        return f" {INFIX[operation]} ".join(bracketed)
    written = {"negate": "-{}", "square": "{}^2", "cube": "{}**3", "power": "{}^{}"}
    return written[operation].format(*bracketed) if operation in written else f"{operation}({', '.join(inside)})"


def computed(formula: Formula, values: Mapping[str, Any], operations: Mapping[str, Callable[..., Any]]) -> Any:
    """The formula in any kind of numbers."""
    operation, *operands = formula
    if operation == "number":
        return operands[0]
    if not operands:
        return values[operation]
    return operations[operation](*(computed(operand, values, operations) for operand in operands))


def used(formula: Formula) -> tuple[str, ...]:
    """The variables of a formula."""
    operation, *operands = formula
    if operation == "number":
        return ()
    return tuple(dict.fromkeys(name for operand in operands for name in used(operand))) if operands else (operation,)


ARITHMETIC: Mapping[str, Callable[..., Any]] = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / b,
    "negate": lambda a: -a,
    "square": lambda a: a * a,
    "cube": lambda a: a * a * a,
}
EXACT: Mapping[str, Callable[..., Any]] = {
    **ARITHMETIC,
    "divide": lambda a, b: Fraction(a) / b,
    "max": max,
    "min": min,
    "abs": abs,
    "relu": lambda a: max(a, 0),
}


def by_torch(formula: Formula, values: Mapping[str, float], torch: Any) -> tuple[float, dict[str, float]]:
    """The value and the gradients by autograd in float64. A tie gives the gradient to the first argument."""
    f = torch.nn.functional
    as_tensor = lambda a: a if isinstance(a, torch.Tensor) else torch.tensor(float(a), dtype=torch.float64)  # noqa: E731
    operations = {
        **ARITHMETIC,
        "max": lambda a, b: a if as_tensor(a) >= as_tensor(b) else b,
        "min": lambda a, b: a if as_tensor(a) <= as_tensor(b) else b,
        **{name: (lambda a, name=name: getattr(torch, name)(as_tensor(a)))
           for name in ("relu", "abs", "exp", "sin", "cos", "sigmoid", "tanh", "log", "sqrt")},
        **{name: (lambda a, name=name: getattr(f, name)(as_tensor(a))) for name in ("softplus", "silu", "gelu")},
    }  # fmt: skip
    leaves = {
        name: torch.tensor(float(value), dtype=torch.float64, requires_grad=True) for name, value in values.items()
    }
    output = as_tensor(computed(formula, leaves, operations))
    if not output.requires_grad:
        return float(output), dict.fromkeys(values, 0.0)
    found = torch.autograd.grad(output, list(leaves.values()), materialize_grads=True)
    return float(output.detach()), {name: float(value) for name, value in zip(leaves, found, strict=True)}


def by_mpmath(formula: Formula, values: Mapping[str, Any], context: Any) -> Any:
    """The value with many digits."""
    sigmoid = lambda a: 1 / (1 + context.exp(-a))  # noqa: E731
    return computed(
        formula,
        values,
        {
            **EXACT,
            "divide": lambda a, b: context.mpf(a) / b,
            **{name: getattr(context, name) for name in ("exp", "sin", "cos", "tanh", "log", "sqrt")},
            "sigmoid": sigmoid,
            "softplus": lambda a: context.log(1 + context.exp(a)),
            "silu": lambda a: a * sigmoid(a),
            "gelu": lambda a: a * (1 + context.erf(a / context.sqrt(2))) / 2,
        },
    )


def sympy_expression(formula: Formula, sympy: Any) -> Any:
    """The formula as SymPy, written anew."""
    symbols = {name: sympy.Symbol(name) for name in VARIABLES}
    sigmoid = lambda a: 1 / (1 + sympy.exp(-sympy.sympify(a)))  # noqa: E731
    operations = {
        **ARITHMETIC,
        "divide": lambda a, b: sympy.sympify(a) / b,
        **{name: getattr(sympy, name) for name in ("exp", "sin", "cos", "tanh", "log", "sqrt")},
        "sigmoid": sigmoid,
        "softplus": lambda a: sympy.log(1 + sympy.exp(a)),
        "silu": lambda a: a * sigmoid(a),
        "gelu": lambda a: sympy.sympify(a) * (1 + sympy.erf(a / sympy.sqrt(2))) / 2,
    }
    return sympy.sympify(computed(formula, symbols, operations))


def close(found: float, expected: float, scale: float = 1.0) -> bool:
    """Equal to 12 digits, relative to the numbers on the way."""
    return math.isclose(found, expected, rel_tol=1e-12, abs_tol=1e-12 * max(1.0, scale))
