"""Whether two expressions are equal, decided exactly.

Both are written as quotients of polynomials with rational coefficients in generators that are algebraically
independent: the symbols; e^m for the monomials m of all exponents; the logarithms of irreducible polynomials and of
primes (arguments of logarithms are positive here, so log of a product is a sum); π; erf and other functions of their
arguments. A root √P is a generator r with r² = P. Hyperbolic functions are rewritten by e. Then two expressions are
equal if the numerator of their difference is the zero polynomial. Numbers are never compared to prove anything; where
the numerator is not zero, one place at which both sides differ refutes the claim, and without one it is undecided.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import cache
from math import lcm
from typing import Any, Literal

import sympy

Verdict = Literal["equal", "different", "undecided"]
Monomial = tuple[tuple[int, int], ...]
Polynomial = dict[Monomial, Fraction]
ONE: Polynomial = {(): Fraction(1)}
MOST_POWER = 1_000
MOST_PRODUCTS = 2_000_000
DIGITS = 30
PLACES = 3


def decided(left: Any, right: Any) -> Verdict:
    """Whether two SymPy expressions are equal as functions of their symbols.

    >>> x = sympy.Symbol("x")
    >>> decided(sympy.tanh(x), 1 - 2 / (1 + sympy.exp(2 * x))), decided(sympy.exp(x), 1 + x)
    ('equal', 'different')
    """
    left, right = sympy.sympify(left), sympy.sympify(right)
    if left == right or is_zero(left - right):
        return "equal"
    return "different" if _differ_somewhere(left - right) else "undecided"


def is_zero(expression: sympy.Expr) -> bool:
    """Whether an expression vanishes identically; False also where finding out would take too long."""
    rewritten = expression.rewrite([sympy.tanh, sympy.sinh, sympy.cosh], sympy.exp)
    try:
        return not Generators(rewritten).fraction(rewritten).numerator()
    except TooLongError:
        return False


class TooLongError(Exception):
    """A polynomial of so high a degree or so many terms that nobody wants to wait for it."""


class Generators:
    """Numbers the generators of an expression, and what is known of the roots among them."""

    def __init__(self, expression: sympy.Expr) -> None:
        self._indices: dict[Any, int] = {}
        self.squares: dict[int, Quotient] = {}
        self._parts = self._denominators(expression)

    def _denominators(self, expression: sympy.Expr) -> Mapping[Any, int]:
        """For the monomials of all exponents, the common denominator of their coefficients."""
        found: dict[Any, int] = {}
        for power in expression.atoms(sympy.exp):
            for factor, monomial in _exponent_terms(power.exp):
                found[monomial] = lcm(found.get(monomial, 1), int(factor.q))
        return found

    def generator(self, key: Any) -> int:
        return self._indices.setdefault(key, len(self._indices))

    def fraction(self, node: sympy.Expr) -> Quotient:
        """An expression as a fraction of polynomials in the generators."""
        if node.is_Rational:
            return Quotient(self, _constant(node))
        if node.is_Add:
            total = Quotient(self, {})
            for part in node.args:
                total = total + self.fraction(part)
            return total
        if node.is_Mul:
            found = Quotient(self, ONE)
            for part in node.args:
                found = found * self.fraction(part)
            return found
        if isinstance(node, sympy.exp) or node is sympy.E:
            return self._exponential(node.args[0] if node.args else sympy.S.One)
        if node.is_Pow:
            return self._power(node)
        if isinstance(node, sympy.log):
            return self._logarithm(node.args[0])
        return self._atom(node)

    def _atom(self, key: Any) -> Quotient:
        return Quotient(self, {((self.generator(key), 1),): Fraction(1)})

    def _power(self, node: sympy.Pow) -> Quotient:
        if node.exp.is_Integer:
            return self.fraction(node.base).power(int(node.exp))
        if node.exp.is_Rational and node.exp.q == 2:
            return self._root(node.base).power(int(node.exp.p))
        return self._atom(node)

    def _root(self, base: sympy.Expr) -> Quotient:
        """The generator r with r² = base; bases that are equal share it, and a whole number has one for each prime."""
        if base.is_Integer and base > 0:
            return self._root_of_whole(int(base))
        square = self.fraction(base)
        minus = Quotient(self, {(): Fraction(-1)})
        for index, known in self.squares.items():
            if not (square + known * minus).numerator():
                return Quotient(self, {((index, 1),): Fraction(1)})
        index = self.generator(("root", base))
        self.squares[index] = square
        return Quotient(self, {((index, 1),): Fraction(1)})

    def _root_of_whole(self, number: int) -> Quotient:
        found = Quotient(self, ONE)
        for prime, times in sympy.factorint(number).items():
            index = self.generator(("root", prime))
            self.squares[index] = Quotient(self, {(): Fraction(prime)})
            found = found * Quotient(self, {((index, 1),): Fraction(1)}).power(times)
        return found

    def _exponential(self, exponent: sympy.Expr) -> Quotient:
        found = Quotient(self, ONE)
        for factor, monomial in _exponent_terms(exponent):
            times = int(factor * self._parts.get(monomial, 1))
            found = found * self._atom(("exp", monomial)).power(times)
        return found

    def _logarithm(self, argument: sympy.Expr) -> Quotient:
        total = Quotient(self, {})
        for factor, times in _factors(argument):
            part = self.fraction(factor.exp) if isinstance(factor, sympy.exp) else self._atom(("log", factor))
            total = total + part * Quotient(self, _constant(times))
        return total


class Quotient:
    """A polynomial over a product of polynomials; nothing is cancelled."""

    def __init__(self, of: Generators, above: Polynomial, below: Mapping[Any, int] | None = None) -> None:
        self._of = of
        self._above = above
        self._below: Mapping[Any, int] = below or {}

    def __add__(self, other: Quotient) -> Quotient:
        common = {
            key: max(self._below.get(key, 0), other._below.get(key, 0)) for key in {**self._below, **other._below}
        }
        ours, theirs = (self._expanded_to(common), other._expanded_to(common))
        total = dict(ours)
        for monomial, value in theirs.items():
            total[monomial] = total.get(monomial, 0) + value
        return Quotient(self._of, {monomial: value for monomial, value in total.items() if value}, common)

    def _expanded_to(self, below: Mapping[Any, int]) -> Polynomial:
        above = self._above
        for key, times in below.items():
            for _ in range(times - self._below.get(key, 0)):
                above = _multiplied(above, dict(key))
        return above

    def __mul__(self, other: Quotient) -> Quotient:
        below = Counter(self._below)
        below.update(other._below)
        return Quotient(self._of, _multiplied(self._above, other._above), below)

    def power(self, exponent: int) -> Quotient:
        if exponent < 0:
            return self._inverse().power(-exponent)
        if exponent > MOST_POWER:
            raise TooLongError
        found = Quotient(self._of, ONE)
        for _ in range(exponent):
            found = found * self
        return found

    def _inverse(self) -> Quotient:
        above: Polynomial = ONE
        for key, times in self._below.items():
            for _ in range(times):
                above = _multiplied(above, dict(key))
        if len(self._above) == 1:
            ((monomial, value),) = self._above.items()
            if not monomial:
                return Quotient(self._of, _multiplied(above, {(): 1 / value}))
        return Quotient(self._of, above, {tuple(sorted(self._above.items(), key=_order)): 1})

    def numerator(self) -> Polynomial:
        """The numerator with squares of roots put in."""
        above = self._above
        while True:
            squared = next((i for monomial in above for i, n in monomial if n > 1 and i in self._of.squares), None)
            if squared is None:
                return above
            above = self._without_square(above, squared)

    def _without_square(self, above: Polynomial, root: int) -> Polynomial:
        """The polynomial with r² replaced by P of one root, times what the denominators of P ask for."""
        square = self._of.squares[root]
        total = Quotient(self._of, {})
        for monomial, value in above.items():
            times = dict(monomial).get(root, 0)
            rest = tuple((i, n) for i, n in monomial if i != root) + (((root, 1),) if times % 2 else ())
            part = Quotient(self._of, {tuple(sorted(rest)): value})
            total = total + part * square.power(times // 2)
        return total._above


def _multiplied(left: Polynomial, right: Polynomial) -> Polynomial:
    if len(left) * len(right) > MOST_PRODUCTS:
        raise TooLongError
    found: Polynomial = {}
    for monomial, value in left.items():
        for other, factor in right.items():
            key = _joined(monomial, other)
            found[key] = found.get(key, 0) + value * factor
    return {monomial: value for monomial, value in found.items() if value}


@cache
def _joined(left: Monomial, right: Monomial) -> Monomial:
    exponents = dict(left)
    for index, times in right:
        exponents[index] = exponents.get(index, 0) + times
    return tuple(sorted(exponents.items()))


def _order(item: tuple[Monomial, Any]) -> Monomial:
    return item[0]


def _constant(value: sympy.Rational) -> Polynomial:
    return {(): Fraction(int(value.p), int(value.q))} if value else {}


def _exponent_terms(exponent: sympy.Expr) -> list[tuple[sympy.Rational, sympy.Expr]]:
    """An exponent as rational multiples of monomials, over one denominator with whole coefficients where it has one."""
    above, below = sympy.fraction(sympy.together(exponent))
    if below.is_number:
        return _monomials(exponent)
    above, below = sympy.fraction(sympy.cancel(exponent))
    content, below = below.as_content_primitive()
    return [(factor / content, monomial / below) for factor, monomial in _monomials(above)]


def _monomials(polynomial: sympy.Expr) -> list[tuple[sympy.Rational, sympy.Expr]]:
    return [part.as_coeff_Mul(rational=True) for part in sympy.Add.make_args(sympy.expand(polynomial))]


def _factors(argument: sympy.Expr) -> Iterable[tuple[sympy.Expr, sympy.Integer]]:
    """The irreducible factors of an argument, powers of e and primes among them, and how often each stands there."""
    for part, sign in zip(sympy.fraction(sympy.together(argument)), (1, -1), strict=True):
        coefficient, factors = _irreducible(part)
        primes = sympy.factorrat(coefficient).items() if coefficient != 1 else ()
        for factor, times in (*primes, *factors):
            yield sympy.sympify(factor), sympy.Integer(sign * times)


def _irreducible(expression: sympy.Expr) -> tuple[sympy.Rational, list[tuple[sympy.Expr, int]]]:
    """The content and the factors of a polynomial; what SymPy takes for none is its own only factor."""
    try:
        content, factors = sympy.factor_list(expression)
    except sympy.PolynomialError:
        return sympy.S.One, [(expression, 1)]
    return content, factors


def _differ_somewhere(difference: sympy.Expr) -> bool:
    """Whether an expression is clearly not 0 at one of a few rational places."""
    symbols = sorted(difference.free_symbols, key=str)
    for seed in range(PLACES):
        values = {s: _place(s, number * 7 + seed * 5) for number, s in enumerate(symbols, start=1)}
        value = difference.subs(values).evalf(DIGITS)
        if value.is_number and value.is_finite and abs(value) > sympy.Float(10) ** (-DIGITS // 2):
            return True
    return False


def _place(symbol: sympy.Symbol, number: int) -> sympy.Rational:
    value = sympy.Rational(number % 11 + 1, number % 7 + 3)
    return -value if symbol.is_negative else value
