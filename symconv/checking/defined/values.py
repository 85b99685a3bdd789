"""What functions give, as letters of which the derivatives are known: then all values are polynomials."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from symconv.checking.defined.pages import UnclearError
from symconv.meaning.polynomials import Atom, Monomial, Polynomial, constant, int_if_whole, spend, total

ZERO, ONE = constant(0), constant(1)
INVERSE, STEP, ROOT = "inverse", "step", "sqrt"
PRIME = 2**61 - 1
"""Numbers are looked at modulo this one, to see at once that most of what is different is so."""
FRACTIONS = 2
"""As how many products one term of what is cleared of fractions counts."""
Values = Mapping[Atom, Polynomial]


@dataclass
class Letters:
    """The letters for the values of functions: equal arguments have the same one.

    A quotient is a product with an inverse, which is such a letter too; `is_zero` knows what it is the inverse of.

    >>> from symconv.meaning.polynomials import atom
    >>> letters, x, y = Letters(), atom("x"), atom("y")
    >>> letters.is_zero(letters.divided(x * x - y * y, x + y) - (x - y))
    True
    >>> letters.value("exp", x) * letters.value("exp", -x) == ONE
    False
    >>> letters.is_zero(letters.value("exp", x) * letters.value("exp", -x) - 1)
    True
    """

    arguments: dict[Atom, tuple[str, Polynomial]] = field(default_factory=dict)
    _known: dict[tuple[str, Polynomial], Atom] = field(default_factory=dict)
    _slopes: dict[tuple[Atom, str], dict[Atom, Polynomial]] = field(default_factory=dict)
    _residues: dict[Atom, int] = field(default_factory=dict)

    def value(self, function: str, argument: Polynomial) -> Polynomial:
        """The value of a function. Raises `ZeroDivisionError`."""
        rule = _NORMAL.get(function)
        return rule(self, argument) if rule else self._letter(function, argument)

    def _letter(self, function: str, argument: Polynomial) -> Polynomial:
        key = function, argument
        if key not in self._known:
            new = (f"{function}()", (len(self._known),))
            self._known[key] = new
            self.arguments[new] = function, argument
        return Polynomial({(self._known[key],): 1})

    # Functions with rules of their own

    def inverse(self, value: Polynomial) -> Polynomial:
        """1 over a value; of a product, the product of inverses."""
        if not value:
            raise ZeroDivisionError
        if len(value.terms) > 1:
            return self._letter(INVERSE, value)
        ((letters, number),) = value.terms.items()
        found = constant(int_if_whole(1 / Fraction(number)))
        for letter in letters:
            function, argument = self.arguments.get(letter, ("", ZERO))
            own = argument if function == INVERSE else self._letter(INVERSE, Polynomial({(letter,): 1}))
            found = found * own
        return found

    def divided(self, over: Polynomial, under: Polynomial) -> Polynomial:
        """The quotient. Raises `ZeroDivisionError`."""
        number = under.number
        return over * constant(int_if_whole(1 / Fraction(number))) if number else over * self.inverse(under)

    def _exponential(self, argument: Polynomial) -> Polynomial:
        """Logarithms that are added in the exponent are factors."""
        found = ONE
        for letters, number in argument.terms.items():
            function, inside = self.arguments.get(letters[0], ("", ZERO)) if len(letters) == 1 else ("", ZERO)
            if function == "log" and Fraction(number).denominator == 1:
                found = found * (inside if number > 0 else self.inverse(inside)) ** abs(int(number))
                argument = argument - Polynomial({letters: number})
        return found * self._power_of_e(argument)

    def _power_of_e(self, argument: Polynomial) -> Polynomial:
        if not argument:
            return ONE
        if ("exp", -argument) in self._known:
            return self.inverse(self._letter("exp", -argument))
        return self._letter("exp", argument)

    def _logarithm(self, argument: Polynomial) -> Polynomial:
        """Of a product the sum of logarithms, and of a power of e what stands above."""
        if not argument:
            raise ZeroDivisionError
        if len(argument.terms) != 1:
            return self._letter("log", argument)
        ((letters, number),) = argument.terms.items()
        found = [self._log_of(each) for each in letters]
        return total([*found, *([self._letter("log", constant(number))] if number != 1 else [])])

    def _log_of(self, letter: Atom) -> Polynomial:
        function, argument = self.arguments.get(letter, ("", ZERO))
        if function == INVERSE:
            return -self._logarithm(argument)
        return argument if function == "exp" else self._letter("log", Polynomial({(letter,): 1}))

    # Derivatives

    def slope(self, value: Polynomial, role: str) -> dict[Atom, Polynomial]:
        """The derivatives of a value by all entries of an array that it depends on."""
        found: dict[Atom, list[Polynomial]] = {}
        for letter in value.atoms:
            if letter[0] == role or letter in self.arguments:
                inner = self._inner(letter, role)
                own = value.derivative(letter) if inner else ZERO
                for at, each in inner.items():
                    found.setdefault(at, []).append(own * each)
        return {at: total(parts) for at, parts in found.items()}

    def _inner(self, letter: Atom, role: str) -> dict[Atom, Polynomial]:
        if letter[0] == role:
            return {letter: ONE}
        key = letter, role
        if key not in self._slopes:
            inside = self.slope(self.arguments[letter][1], role)
            outer = self.outer(letter) if inside else ZERO
            self._slopes[key] = {at: outer * value for at, value in inside.items()} if outer else {}
        return self._slopes[key]

    def outer(self, letter: Atom) -> Polynomial:
        """The derivative of the function whose value is a letter, at its argument."""
        function, argument = self.arguments[letter]
        if function in SLOPES:
            return SLOPES[function](Polynomial({(letter,): 1}))
        if function == "log":
            return self.inverse(argument)
        if function == ROOT:
            return self.inverse(Polynomial({(letter,): 2}))
        if function == "relu":
            return self._letter(STEP, argument)
        if function.endswith("''"):
            raise UnclearError("third derivatives")
        return self._letter(f"{function}'", argument)

    # Other values for letters

    def put_in(self, value: Polynomial, values: Values) -> Polynomial:
        """With values put in for letters, within the arguments of functions too."""
        changed: dict[Atom, Polynomial] = {}
        for letter in value.atoms:
            if letter in values:
                changed[letter] = values[letter]
            elif letter in self.arguments:
                function, argument = self.arguments[letter]
                inside = self.put_in(argument, values)
                if inside is not argument:
                    changed[letter] = self.value(function, inside)
        return _replaced(value, changed) if changed else value

    def _rewritten(self, value: Polynomial) -> Polynomial:
        """max(0, z) as z times a step; and where powers of e stand beside them, what is made of these as such."""
        names = self._names(value)
        rules = {"relu": Letters._as_step} | dict(IN_POWERS if "exp" in names else {})
        if not names & set(rules):
            return value
        found = {
            letter: rules[self.arguments[letter][0]](self, self.arguments[letter][1])
            for letter in value.atoms
            if self.arguments.get(letter, ("",))[0] in rules
        }
        return _replaced(value, found) if found else value

    def _names(self, value: Polynomial) -> set[str]:
        """The functions in a value; powers of e too, where several are made of the same ones."""
        functions = set(self._inside(value))
        made = [frozenset(argument.terms) for name, argument in functions if name in IN_POWERS]
        return {name for name, _ in functions} | ({"exp"} if len(set(made)) < len(made) else set())

    def _inside(self, value: Polynomial) -> Iterator[tuple[str, Polynomial]]:
        """The functions that stand in a value, those in arguments of inverses too."""
        for letter in value.atoms:
            if letter in self.arguments:
                name, argument = self.arguments[letter]
                yield name, argument
                if name == INVERSE:
                    yield from self._inside(argument)

    def _as_step(self, argument: Polynomial) -> Polynomial:
        return argument * self.value(STEP, argument)

    def _logistic(self, argument: Polynomial) -> Polynomial:
        return self.inverse(1 + self.value("exp", -argument))

    def _tanh(self, argument: Polynomial) -> Polynomial:
        power = self.value("exp", argument)
        return self.divided(power - self.inverse(power), power + self.inverse(power))

    def _step(self, argument: Polynomial) -> Polynomial:
        """max(0, z) is above 0 where z is."""
        for letter in argument.atoms if len(argument.terms) == 1 else ():
            function, inside = self.arguments.get(letter, ("", ZERO))
            if function == "relu" and argument == Polynomial({(letter,): 1}):
                return self._letter(STEP, inside)
        return self._letter(STEP, argument)

    def are_independent(self, value: Polynomial) -> bool:
        """Whether no identity that is not known here could join the letters of a value."""
        powers = {inside for name, inside in self._inside(value) if name == "exp"}
        return len({frozenset(inside.terms) for inside in powers}) == len(powers)

    def is_zero(self, value: Polynomial) -> bool:
        """Whether a value is 0 wherever what it is divided by is not."""
        value = self._rewritten(value)
        while value:
            spend(FRACTIONS * len(value.terms))
            names = {self.arguments[letter][0] for letter in value.atoms if letter in self.arguments}
            if INVERSE in names and self._differs(value):
                return False
            letter = self._last(value, INVERSE) if INVERSE in names else self._root(value) if ROOT in names else None
            if letter is None:
                break
            value = (_cleared if INVERSE in names else _squared)(value, letter, self.arguments[letter][1])
        return not _with_steps(value)

    def _last(self, value: Polynomial, name: str) -> Atom:
        """The letter for a function that came last."""
        return max(letter for letter in value.atoms if self.arguments.get(letter, ("",))[0] == name)

    def _root(self, value: Polynomial) -> Atom | None:
        """A root that is squared."""
        squared = {each for term in value.terms for each in term if term.count(each) > 1}
        return max((each for each in squared if self.arguments.get(each, ("",))[0] == ROOT), default=None)

    def _differs(self, value: Polynomial) -> bool:
        """Whether a value is not 0 where its independent letters are certain numbers, modulo a prime."""
        if any(name in (ROOT, STEP) for name, _ in self._inside(value)):
            return False
        try:
            return self._modular(value) != 0
        except ValueError:
            return False

    def _modular(self, value: Polynomial) -> int:
        """The value modulo the prime. Raises `ValueError` for a division by zero."""
        found = 0
        for letters, number in value.terms.items():
            part = Fraction(number).numerator * pow(Fraction(number).denominator, -1, PRIME)
            for letter in letters:
                part = part * self._residue(letter) % PRIME
            found += part
        return found % PRIME

    def _residue(self, letter: Atom) -> int:
        if letter not in self._residues:
            name, argument = self.arguments.get(letter, ("", ZERO))
            number = len(self._residues) + 2
            own = pow(self._modular(argument), -1, PRIME) if name == INVERSE else pow(number, number * number, PRIME)
            self._residues[letter] = own
        return self._residues[letter]


def _exponential_slope(own: Polynomial) -> Polynomial:
    return own


SLOPES: Mapping[str, Callable[[Polynomial], Polynomial]] = {
    "exp": _exponential_slope, "tanh": lambda own: 1 - own * own, "logistic": lambda own: own - own * own,
    INVERSE: lambda own: -(own * own), STEP: lambda own: ZERO,
}  # fmt: skip
"""Derivatives of functions in their own values."""
IN_POWERS: Mapping[str, Callable[[Letters, Polynomial], Polynomial]] = {
    "logistic": Letters._logistic, "tanh": Letters._tanh,
}  # fmt: skip
_NORMAL: Mapping[str, Callable[[Letters, Polynomial], Polynomial]] = {
    "exp": Letters._exponential, "log": Letters._logarithm, INVERSE: Letters.inverse,
    STEP: Letters._step,
}  # fmt: skip


def _cleared(value: Polynomial, inverse: Atom, of: Polynomial) -> Polynomial:
    """A value times a power of what one of its letters is the inverse of, so that the letter is gone."""
    by_count: dict[int, dict[Monomial, Fraction | int]] = {}
    for letters, number in value.terms.items():
        rest = tuple(letter for letter in letters if letter != inverse)
        by_count.setdefault(len(letters) - len(rest), {})[rest] = number
    most = max(by_count)
    return total(Polynomial(terms) * of ** (most - count) for count, terms in by_count.items())


def _squared(value: Polynomial, root: Atom, of: Polynomial) -> Polynomial:
    """With pairs of a root put in for what it is the root of."""
    found = []
    for letters, number in value.terms.items():
        rest = tuple(letter for letter in letters if letter != root)
        pairs, single = divmod(len(letters) - len(rest), 2)
        found.append(Polynomial({tuple(sorted((*rest, *[root] * single))): number}) * of**pairs)
    return total(found)


def _with_steps(value: Polynomial) -> Polynomial:
    """A step is 0 or 1, so that its powers are the step itself."""
    if not any(letter[0] == f"{STEP}()" for letter in value.atoms):
        return value
    return total(Polynomial({tuple(_once(letters)): number}) for letters, number in value.terms.items())


def _once(letters: Monomial) -> Iterable[Atom]:
    seen: set[Atom] = set()
    for letter in letters:
        if letter[0] != f"{STEP}()" or letter not in seen:
            yield letter
        seen.add(letter)


def _replaced(value: Polynomial, values: Values) -> Polynomial:
    parts = []
    for letters, number in value.terms.items():
        term = Polynomial({tuple(letter for letter in letters if letter not in values): number})
        for letter in letters:
            if letter in values:
                term = term * values[letter]
        parts.append(term)
    return total(parts)
