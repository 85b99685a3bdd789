"""Exact sparse arrays of multilinear forms, and their way to SymPy."""

from symconv.forms.substitution import evaluated, renamed, substituted
from symconv.forms.table import (
    Column,
    Difference,
    Form,
    Shape,
    Table,
    Term,
    Variable,
    contract,
    difference,
    differentiate,
    distinct,
    index_type,
)

__all__ = [
    "Column",
    "Difference",
    "Form",
    "Shape",
    "Table",
    "Term",
    "Variable",
    "contract",
    "difference",
    "differentiate",
    "distinct",
    "evaluated",
    "index_type",
    "renamed",
    "substituted",
]
