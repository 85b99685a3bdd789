"""The output of a layer in SymEngine, ready to be differentiated."""

from __future__ import annotations

from itertools import product

from symengine import Add, DenseMatrix, Symbol


def output_and_input(size: int, filter: int) -> tuple[DenseMatrix, DenseMatrix]:
    """O and X as columns, row by row."""
    x = {(p, q): Symbol(f"X_{p}_{q}") for p, q in product(range(size), repeat=2)}
    f = {(u, v): Symbol(f"F_{u}_{v}") for u, v in product(range(filter), repeat=2)}
    places = product(range(size - filter + 1), repeat=2)
    output = [Add(*(x[i + u, j + v] * f[u, v] for u, v in f)) for i, j in places]
    return DenseMatrix(len(output), 1, output), DenseMatrix(len(x), 1, list(x.values()))
