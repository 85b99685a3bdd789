"""Numbers that are exact where they can be, and otherwise enclosed as narrowly as somebody asks.

A number is a `Fraction`, or a `Real`: an operation on others and an interval that surely holds its value. Whoever needs
a sign or digits asks for it, and all intervals are narrowed until it is certain. So nothing printed is noise, and no
comparison is decided by rounding. What no interval tells apart from zero is decided by SymPy, exactly.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from contextlib import suppress
from fractions import Fraction
from functools import cache, cached_property
from typing import Any, TypeAlias

from symconv.errors import LimitError
from symconv.meaning.cancelling import cancels
from symconv.meaning.numbers import PI, Numbers

START_BITS = 192
MOST_BITS = 3_072
MAX_BITS = 20_000
"""Exact numbers that would be longer become intervals."""
MAX_MAGNITUDE = 100_000
"""Numbers above 2 to this, or below its inverse, are refused."""
EXPONENT_BITS = 16
ANGLE_BITS = 100
"""How large, in bits, the arguments of exp, and of sin and cos, may be."""
GUARD_BITS = 10
MAX_ROOT = 100
LONGEST = 10**9
"""Numbers made of fractions with a larger numerator or denominator are not handed to SymPy either."""
MOST_TERMS = 60
"""Numbers made of more operations are not handed to SymPy to decide whether they are zero."""

BETWEEN = "between"
"""The operation of a number of which no more is known than two others that it lies between."""

Value: TypeAlias = "Fraction | Real"


class UndefinedError(Exception):
    """An operation that has no value there; the message says what it asks for."""


class Real:
    """A number known by an interval, made by `operation` from `operands`."""

    __slots__ = ("interval", "of", "open", "operands", "operation")

    def __init__(self, of: Reals, operation: str, operands: tuple[Value, ...]) -> None:
        self.of = of
        self.operation = operation
        self.operands = operands
        self.open: bool = operation == BETWEEN or any(isinstance(part, Real) and part.open for part in operands)
        self.interval: Any = None

    def __add__(self, other: Value) -> Value:
        return self.of.made("add", self, other)

    def __radd__(self, other: Value) -> Value:
        return self.of.made("add", other, self)

    def __sub__(self, other: Value) -> Value:
        return self.of.made("subtract", self, other)

    def __rsub__(self, other: Value) -> Value:
        return self.of.made("subtract", other, self)

    def __mul__(self, other: Value) -> Value:
        return self.of.made("multiply", self, other)

    def __rmul__(self, other: Value) -> Value:
        return self.of.made("multiply", other, self)

    def __truediv__(self, other: Value) -> Value:
        return self.of.made("divide", self, other)

    def __rtruediv__(self, other: Value) -> Value:
        return self.of.made("divide", other, self)

    def __neg__(self) -> Value:
        return self.of.made("subtract", Fraction(0), self)

    def __lt__(self, other: Value) -> bool:
        return self.of.sign(self - other) < 0

    def __gt__(self, other: Value) -> bool:
        return self.of.sign(self - other) > 0

    def __le__(self, other: Value) -> bool:
        return self.of.sign(self - other) <= 0

    def __ge__(self, other: Value) -> bool:
        return self.of.sign(self - other) >= 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Fraction | Real) and self.of.sign(self - other) == 0

    __hash__ = object.__hash__

    def __bool__(self) -> bool:
        return self.of.sign(self) != 0


class Reals:
    """Makes numbers, and knows all of them, so that it can narrow their intervals together.

    >>> reals = Reals()
    >>> third = reals.exp(reals.log(Fraction(1, 3)))
    >>> reals.rounded(third, 6), reals.exp(Fraction(0)), third * 3 > Fraction(2)
    ((333333, -6), Fraction(1, 1), False)
    """

    def __init__(self) -> None:
        from mpmath.ctx_iv import MPIntervalContext

        self._context = MPIntervalContext()
        self._context.prec = START_BITS
        self._all: list[Real] = []
        self._known: dict[tuple[Any, ...], Real] = {}

    @cached_property
    def numbers(self) -> Numbers:
        """These numbers as trees are evaluated in them."""
        functions: dict[str, Callable[..., Any]] = {
            "exp": self.exp, "log": self.log, "sqrt": self.sqrt, "sin": self.sin, "cos": self.cos, "erf": self.erf,
            "abs": lambda value: -value if self.sign(value) < 0 else value,
            "max": lambda left, right: left if left >= right else right,
            "min": lambda left, right: left if left <= right else right,
        }  # fmt: skip
        return Numbers(
            "certified numbers", lambda value: value, functions, self.power, constants={PI: self._real("pi")}
        )

    def between(self, lower: Fraction, upper: Fraction) -> Real:
        """A number of which no more is known than two numbers that it lies between; each is another one."""
        return self._real(BETWEEN, lower, upper, Fraction(len(self._all)))

    # What is known of a number

    def ends(self, value: Real) -> tuple[Fraction, Fraction]:
        """Two numbers that a number lies between, as narrowly as has been computed."""
        return _ends(value)

    def sign(self, value: Value) -> int:
        """-1, 0 or 1. Raises `LimitError` for a number that cannot be told apart from 0."""
        if not isinstance(value, Real):
            return (value > 0) - (value < 0)
        if value.open and 0 in value.interval:
            raise LimitError("a rounded number on the way may be 0")
        while True:
            if value.interval > 0:
                return 1
            if value.interval < 0:
                return -1
            if value.interval.delta == 0 or cancels(value):
                return 0
            if self._context.prec >= 4 * START_BITS and _vanishes(value):
                return 0
            if not self._narrower():
                raise LimitError("a number on the way is too close to 0 to be told apart from it")

    def rounded(self, value: Value, count: int) -> tuple[int, int]:
        """The value to `count` significant digits, as whole digits and a power of ten."""
        if self.sign(value) == 0:
            return 0, 0
        if isinstance(value, Fraction):
            return _rounded(value, count)
        while True:
            lower, upper = (_rounded(end, count) for end in _ends(value))
            if lower == upper or not self._narrower():
                return lower

    def _narrower(self) -> bool:
        """Compute all intervals again with four times the bits, unless they have very many."""
        if self._context.prec * 4 > MOST_BITS:
            return False
        self._context.prec *= 4
        for real in self._all:
            real.interval = self._interval(real.operation, real.operands)
        return True

    # How numbers are made

    def made(self, operation: str, *operands: Value) -> Value:
        """The value of an arithmetic operation on numbers one of which is a `Real`."""
        left, right = operands
        if (operation == "subtract" and left is right) or (operation == "multiply" and any(map(_is_nought, operands))):
            return Fraction(0)
        same = _left_as_it_is(operation, left, right)
        if same is not None:
            return same
        if operation == "divide" and self.sign(right) == 0:
            raise ZeroDivisionError
        if operation == "divide" and left is right:
            return Fraction(1)
        return self._settled(self._real(operation, *operands))

    def exp(self, value: Value) -> Value:
        if _is_nought(value):
            return Fraction(1)
        self._check_size(value, EXPONENT_BITS, "an exponent")
        return self._real("exp", value)

    def log(self, value: Value) -> Value:
        if self.sign(value) <= 0:
            raise UndefinedError("a logarithm asks for a positive number")
        return Fraction(0) if isinstance(value, Fraction) and value == 1 else self._settled(self._real("log", value))

    def sqrt(self, value: Value) -> Value:
        if self.sign(value) < 0:
            raise UndefinedError("a square root asks for a number that is not negative")
        return self.power(value, Fraction(1, 2))

    def sin(self, value: Value) -> Value:
        return Fraction(0) if _is_nought(value) else self._angle("sin", value)

    def cos(self, value: Value) -> Value:
        return Fraction(1) if _is_nought(value) else self._angle("cos", value)

    def erf(self, value: Value) -> Value:
        return Fraction(0) if _is_nought(value) else self._real("erf", value)

    def power(self, base: Value, exponent: Value) -> Value:
        """base^exponent on the real numbers; roots of squares and of higher powers are exact."""
        whole = isinstance(exponent, Fraction) and exponent.denominator == 1
        sign = self.sign(base)
        if sign == 0:
            if self.sign(exponent) < 0:
                raise UndefinedError("0 has no negative powers")
            return Fraction(self.sign(exponent) == 0)
        if sign < 0 and not whole:
            raise UndefinedError("a negative number has no power with an exponent that is not whole")
        if isinstance(base, Fraction) and isinstance(exponent, Fraction):
            found = _exact_power(base, exponent)
            if found is not None:
                return found
        return self._real("power", base, exponent)

    def _angle(self, operation: str, value: Value) -> Value:
        self._check_size(value, ANGLE_BITS, "an angle")
        return self._settled(self._real(operation, value))

    def _real(self, operation: str, *operands: Value) -> Real:
        """The number; for the same operation on the same numbers the same one, so that both are known to be equal."""
        key = (operation, *(id(operand) if isinstance(operand, Real) else Fraction(operand) for operand in operands))
        if key in self._known:
            return self._known[key]
        real = Real(self, operation, operands)
        real.interval = self._interval(operation, operands)
        self._all.append(real)
        self._known[key] = real
        self._check_size(real, MAX_MAGNITUDE, "a number on the way")
        return real

    def _settled(self, real: Real) -> Value:
        """The number itself, or an exact 0 where it is known to be one."""
        if real.open:
            return real
        with suppress(LimitError):
            return Fraction(0) if 0 in real.interval and self.sign(real) == 0 else real
        return real

    def _check_size(self, value: Value, bits: int, what: str) -> None:
        size = _magnitude(value)
        if size > bits:
            raise LimitError(f"{what} is too large to be computed with")
        if size < -MAX_MAGNITUDE:
            raise LimitError(f"{what} is too close to 0 to be computed with")

    # Intervals

    def _interval(self, operation: str, operands: tuple[Value, ...]) -> Any:
        return _INTERVALS[operation](self._context, *map(self._enclosed, operands))

    def _enclosed(self, value: Value) -> Any:
        if isinstance(value, Real):
            return value.interval
        return self._context.mpf(value.numerator) / self._context.mpf(value.denominator)


def _interval_power(context: Any, base: Any, exponent: Any) -> Any:
    """base^exponent, by repeated multiplication where the exponent is whole."""
    if exponent.delta == 0 and int(exponent.mid) == exponent.mid:
        return base ** int(exponent.mid)
    return context.exp(exponent * context.log(base))


@cache
def _plain_context() -> Any:
    """Numbers of mpmath without intervals; making them takes a millisecond."""
    import mpmath

    return mpmath.MPContext()


def _interval_erf(context: Any, value: Any) -> Any:
    """erf grows, so its values at the ends enclose it; each is computed with more bits than are kept."""
    plain = _plain_context()
    plain.prec = context.prec + 2 * GUARD_BITS
    lower, upper = (plain.erf(plain.make_mpf(end._mpi_[0])) for end in (value.a, value.b))
    slack = plain.ldexp(1, -context.prec - GUARD_BITS)
    return context.mpf([lower - slack * abs(lower), upper + slack * abs(upper)])


_INTERVALS: Mapping[str, Callable[..., Any]] = {
    "add": lambda context, a, b: a + b,
    "subtract": lambda context, a, b: a - b,
    "multiply": lambda context, a, b: a * b,
    "divide": lambda context, a, b: a / b,
    "power": _interval_power,
    "exp": lambda context, a: context.exp(a),
    "log": lambda context, a: context.log(a),
    "sin": lambda context, a: context.sin(a),
    "cos": lambda context, a: context.cos(a),
    "erf": _interval_erf,
    "pi": lambda context: +context.pi,
    BETWEEN: lambda context, lower, upper, _: context.mpf([lower.a, upper.b]),
}


def _left_as_it_is(operation: str, left: Value, right: Value) -> Value | None:
    """What an operation leaves as it is: x + 0, x - 0, x · 1 and x / 1 are x."""
    nothing = 0 if operation in ("add", "subtract") else 1
    if not isinstance(right, Real) and right == nothing:
        return left
    if operation in ("add", "multiply") and not isinstance(left, Real) and left == nothing:
        return right
    return None


def _is_nought(value: Value) -> bool:
    return not isinstance(value, Real) and value == 0


def _magnitude(value: Value) -> int:
    """About how many bits stand before the point of a number; below 0 for those that are close to 0."""
    if isinstance(value, Fraction):
        return value.numerator.bit_length() - value.denominator.bit_length()
    ends = value.interval._mpi_
    return max(exponent + bits for _, mantissa, exponent, bits in ends if mantissa) if any(e[1] for e in ends) else 0


def _ends(value: Real) -> tuple[Fraction, Fraction]:
    """The ends of the interval."""
    lower, upper = (
        (-1) ** sign * int(mantissa) * Fraction(2) ** exponent for sign, mantissa, exponent, _ in value.interval._mpi_
    )
    return lower, upper


def _rounded(value: Fraction, count: int) -> tuple[int, int]:
    """A number to `count` significant digits, halves away from zero.

    >>> _rounded(Fraction(2, 3), 6), _rounded(Fraction(999_999_9), 6), _rounded(Fraction(-1, 800), 2)
    ((666667, -6), (100000, 2), (-13, -4))
    """
    size = abs(value)
    if size == 0:
        return 0, 0
    exponent = math.floor((size.numerator.bit_length() - size.denominator.bit_length()) * math.log10(2)) - count - 1
    while size >= Fraction(10) ** (exponent + count):
        exponent += 1
    digits = math.floor(size / Fraction(10) ** exponent + Fraction(1, 2))
    if digits == 10**count:
        digits, exponent = digits // 10, exponent + 1
    return (digits if value > 0 else -digits), exponent


def _exact_power(base: Fraction, exponent: Fraction) -> Fraction | None:
    """A power of a number other than 0 where it is rational and not too long, else None."""
    if exponent.denominator > MAX_ROOT:
        return None
    if base == 1:
        return base
    over, under = (_exact_root(abs(part), exponent.denominator) for part in (base.numerator, base.denominator))
    longest = max(base.numerator.bit_length(), base.denominator.bit_length()) * abs(exponent.numerator)
    if over is None or under is None or longest > MAX_BITS * exponent.denominator:
        return None
    return (Fraction(over, under) if base > 0 else -Fraction(over, under)) ** exponent.numerator


def _exact_root(number: int, degree: int) -> int | None:
    """The whole number whose power is `number`, where there is one.

    >>> _exact_root(64, 3), _exact_root(65, 3)
    (4, None)
    """
    low, high = 0, 1 << (number.bit_length() // degree + 1)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if middle**degree <= number else (low, middle - 1)
    return low if low**degree == number else None


def _vanishes(value: Real) -> bool:
    """Whether a number is exactly 0, decided by SymPy; False also where that is not known."""
    parts: dict[Real, Any] = {}
    order = _made_of(value)
    if len(order) > MOST_TERMS or any(_is_long(x) for part in order for x in part.operands):
        return False
    import sympy

    from symconv.meaning.deciding import is_zero
    from symconv.meaning.symbolic import SYMBOLIC

    operations = {**SYMBOLIC.functions, **_ARITHMETIC, "pi": lambda: SYMBOLIC.constants[PI]}
    for part in order:
        operands = (parts[x] if isinstance(x, Real) else SYMBOLIC.number(x) for x in part.operands)
        parts[part] = operations[part.operation](*operands)
    try:
        return is_zero(parts[value])
    except sympy.PolynomialError:
        return False


def _is_long(value: Value) -> bool:
    """Whether SymPy would take long to find the factors of a fraction."""
    return not isinstance(value, Real) and max(abs(value.numerator), value.denominator) > LONGEST


_ARITHMETIC: Mapping[str, Callable[..., Any]] = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
    "power": operator.pow,
}


def _made_of(value: Real) -> list[Real]:
    """The numbers that a number is made of, itself last, each after those that it is made of."""
    found: dict[Real, None] = {}
    open_ones = [value]
    while open_ones:
        part = open_ones[-1]
        waiting = [x for x in part.operands if isinstance(x, Real) and x not in found]
        if waiting:
            open_ones += waiting
        else:
            found.setdefault(open_ones.pop())
    return list(found)
