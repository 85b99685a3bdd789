"""Tables put into tables: renamed arrays, an array replaced by what it is made of, numbers put in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symconv.forms.table import Column, Form, Table, Variable, index_type


def renamed(table: Table, variables: Mapping[str, Variable]) -> Table:
    """The same table over other arrays, by old role; the new arrays have as many entries, so positions stay.

    Raises `ValueError` where an array has another number of entries.
    """
    return replace(
        table,
        index=tuple(_exchanged(variable, variables) for variable in table.index),
        factors=tuple(_exchanged(variable, variables) for variable in table.factors),
    )


def _exchanged(variable: Variable, variables: Mapping[str, Variable]) -> Variable:
    new = variables.get(variable.role, variable)
    if new.size != variable.size:
        raise ValueError(f"{variable.role} has {variable.size} entries, {new.role} has {new.size}")
    return new


def substituted(table: Table, role: str, by: Table) -> Table:
    """The table with every entry of the factor `role` replaced by its sum of terms in `by`.

    The factors of `by` stand where `role` stood. An entry without terms is 0, and so is every product with it.

    >>> x, y, z = Variable("X", (2,)), Variable("Y", (2,)), Variable("Z", (2,))
    >>> run = np.arange(2)
    >>> chained = substituted(Table((z,), (y,), (run, run)), "Y", Table((y,), (x,), (run, run[::-1])))
    >>> chained.roles, [column.tolist() for column in chained.columns]
    (('X',), [[0, 1], [1, 0]])
    """
    at = table.roles.index(role)
    count = len(table.index)
    ordered = by.take(np.argsort(by.columns[0], kind="stable"))
    rows, found = _matched(table.column(role), ordered.columns[0], table.factors[at].size)
    ours, theirs = table.take(rows), ordered.take(found)
    factors = (*table.factors[:at], *by.factors, *table.factors[at + 1 :])
    columns = (*ours.columns[: count + at], *theirs.columns[1:], *ours.columns[count + at + 1 :])
    values = tuple(a * b for a in table.values for b in by.values)
    codes = None if len(values) == 1 else _codes(ours) * len(by.values) + _codes(theirs)
    return Table(table.index, factors, columns, codes, values)


def _matched(asked: Column, known: Column, size: int) -> tuple[Column, Column]:
    """All pairs of rows with the same position, the known positions being in order."""
    counts = np.bincount(known, minlength=size)
    starts = np.cumsum(counts) - counts
    repeats = counts[asked]
    rows = np.repeat(np.arange(len(asked), dtype=index_type(int(repeats.sum()) + 1)), repeats)
    nth = np.arange(len(rows)) - np.repeat(np.cumsum(repeats) - repeats, repeats)
    return rows, starts[asked[rows]] + nth


def _codes(table: Table) -> Column:
    return np.zeros(len(table), dtype=np.int64) if table.codes is None else table.codes


def evaluated(form: Form, arrays: Mapping[str, NDArray[Any]]) -> NDArray[Any]:
    """The array of the form's first index variable with numbers put in for every factor.

    Where an array holds floats the result does; otherwise numbers are exact, whole ones or `Fraction`, in an array of
    objects.

    >>> x, o = Variable("X", (2,)), Variable("O", ())
    >>> double = Table((o,), (x,), (np.zeros(2, dtype=int), np.arange(2)))
    >>> float(evaluated(Form((double,)), {"X": np.array([1.0, 2.5])}))
    3.5
    """
    index = form.parts[0].index[0]
    inexact = any(np.issubdtype(array.dtype, np.floating) for array in arrays.values())
    total = np.zeros(index.size, dtype=float if inexact else object)
    for part in form.parts:
        np.add.at(total, part.columns[0], _products(part, arrays, total.dtype))
    return total.reshape(index.shape)


def _products(part: Table, arrays: Mapping[str, NDArray[Any]], dtype: Any) -> NDArray[Any]:
    whole = [value.numerator if value.denominator == 1 else value for value in part.values]
    products: NDArray[Any] = np.array(whole, dtype=object).astype(dtype)[_codes(part)]
    for variable, column in zip(part.factors, part.columns[len(part.index) :], strict=True):
        products = products * arrays[variable.role].ravel().astype(dtype)[column]
    return products
