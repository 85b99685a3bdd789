"""The same job in plain SymPy: symbols, sums of products, `diff`, `expand`.

Sums are made by `Add` at once, which is several times faster than Python's `sum`.
"""

from __future__ import annotations

from itertools import product

from measure import progress
from sympy import Add, Expr, Symbol, diff, expand

Entries = dict[tuple[int, int], Expr]


def derive_and_prove(size: int, filter: int) -> None:
    """Both gradients by the chain rule, each entry compared with the textbook's closed form."""
    x, f, g = _symbols("X", size), _symbols("F", filter), _symbols("G", size - filter + 1)
    output = {(i, j): Add(*(x[i + u, j + v] * f[u, v] for u, v in f)) for i, j in g}
    _compare("dF", _chain_rule(output, g, f), _filter_gradient(x, f, g))
    _compare("dX", _chain_rule(output, g, x), _input_gradient(x, f, g))


def claims(size: int, filter: int) -> tuple[Expr, list[tuple[Symbol, Expr]]]:
    """The loss, as a sum of G times O, and what its derivative by each entry of G, F and X is said to be."""
    x, f, g = _symbols("X", size), _symbols("F", filter), _symbols("G", size - filter + 1)
    output = {(i, j): Add(*(x[i + u, j + v] * f[u, v] for u, v in f)) for i, j in g}
    stated = ((g, output), (f, _filter_gradient(x, f, g)), (x, _input_gradient(x, f, g)))
    loss = expand(Add(*(g[at] * output[at] for at in g)))
    return loss, [(entries[at], values[at]) for entries, values in stated for at in entries]


def check_claims(loss: Expr, stated: list[tuple[Symbol, Expr]], count: int) -> None:
    """So many of them, over again, each by `diff` and `expand`; nothing is read from a text."""
    for number in range(count):
        symbol, value = stated[number % len(stated)]
        if expand(diff(loss, symbol) - value) != 0:
            raise AssertionError(str(symbol))


def _symbols(letter: str, size: int) -> Entries:
    return {(i, j): Symbol(f"{letter}_{i}_{j}") for i, j in product(range(size), repeat=2)}


def _chain_rule(output: Entries, g: Entries, by: Entries) -> Entries:
    found = {}
    for number, (place, symbol) in enumerate(by.items(), start=1):
        progress(f"sympy: the one run of SymPy, chain rule by {symbol}, {number} of {len(by)}")
        found[place] = Add(*(diff(output[at], symbol) * g[at] for at in g))
    return found


def _filter_gradient(x: Entries, f: Entries, g: Entries) -> Entries:
    return {(u, v): Add(*(x[i + u, j + v] * g[i, j] for i, j in g)) for u, v in f}


def _input_gradient(x: Entries, f: Entries, g: Entries) -> Entries:
    return {(p, q): Add(*(f[u, v] * g[p - u, q - v] for u, v in f if (p - u, q - v) in g)) for p, q in x}


def _compare(role: str, derived: Entries, closed: Entries) -> None:
    for place in derived:
        if expand(derived[place] - closed[place]) != 0:
            raise AssertionError(f"{role}{place}")
