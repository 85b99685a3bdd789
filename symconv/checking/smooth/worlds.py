"""The ways to understand a formula: by what the text defined, as a layer, as functions and nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from symconv.checking.context import Context
from symconv.checking.smooth import functions as known
from symconv.checking.smooth.assembling import Parts, World, assembled, with_names
from symconv.checking.smooth.definitions import Definitions, Written
from symconv.checking.smooth.guessing import guessed
from symconv.checking.smooth.kinds import KINDS, Found, Kind, Naming, definitions_of, found_in, named, spelled_roles
from symconv.checking.smooth.names import Names, plain, taken_apart
from symconv.checking.smooth.resolving import Range, Resolver, UnclearError
from symconv.errors import SymconvError
from symconv.layers.entrywise import Entrywise, LeakyReLU
from symconv.layers.losses import BinaryCrossEntropy, CrossEntropy
from symconv.layers.smooth import Smooth
from symconv.meaning.definitions import Definition
from symconv.meaning.evaluate import Defined, free_letters
from symconv.notation.build import call, entry
from symconv.notation.tree import (
    Applied,
    Big,
    Cases,
    Function,
    Letter,
    Named,
    Node,
    Number,
    Partial,
    Product,
    Sum,
    Symbol,
    Transpose,
    exchanged,
    letter_index,
    symbols,
    walk,
)

COUNTS = {
    "n": ("n", "N", "C", "K", "k", "c", "D", "m", "d"),
    r"\beta": (r"\beta", "m", "M", "B", "N", "n"),
    "m": ("m", "N", "n", "M", "B", "D", "H", "d"),
}
"""Letters for how many outputs, examples, or entries that share a mean there are."""
ENTRYWISE = {"X": r"z x Z X u net a net_j y", "O": r"a A h y o O s \hat{y} Y f g z"}
DEFAULT_INPUT = "x"
TRUE_CLASS = re.compile(
    r"(?<![A-Za-z\\])([a-z])[`$]*\s*(?:is|=|denotes|be|ist|est|es)?\s*(?:the|der|die|la|le|el)?\s*(?:index of the )?"
    r"(?:true|correct|right|target|ground[- ]truth|richtige|wahre|correcte|vraie|correcta)\s+"
    r"(?:class|label|one|Klasse|classe|clase)"
    r"|(?:class|label|Klasse|classe|clase)\s*[`$]*([a-z])(?![A-Za-z])"
)
PIECEWISE = ("relu", "leaky-relu", "tanh")
"""Functions beside which σ stands for the function itself, and not for a part of it."""
SLOPES = frozenset({r"\alpha", r"\lambda", r"\gamma", "k", r"\beta", r"\epsilon", "a"})
"""Letters for the slope of a leaky ReLU."""
JACOBIANS = frozenset({"Jacobian", "jacobian", "J", "DS", "Jac"})


@dataclass(frozen=True)
class Candidate:
    """One way to understand a formula.

    Args:
        sure: whether a difference refutes the formula, and does not only say that something else is meant.
        note: the convention that this way of reading it is.
    """

    world: World
    sure: bool = True
    note: str = ""


@dataclass(frozen=True)
class Question:
    """A formula with what is known around it."""

    sides: tuple[Node, ...]
    context: Context
    definitions: Definitions
    given: str = ""
    refusals: list[str] = field(default_factory=list, compare=False)

    def candidates(self) -> Iterator[Candidate]:
        """The ways to understand the formula, the text's own definitions first; where these say all, only they."""
        by_text = self._tried(self._by_text)
        if by_text is not None:
            yield by_text
            return
        self.refusals.clear()
        kinds = list(self._kinds())
        ways: tuple[Callable[[], Candidate | None], ...] = (self._functions_alone, self._activation)
        if not any(sure for _, sure in kinds) and _has_slope(self.sides):
            yield from self._found_by(ways)
            ways = ()
        for kind, sure in kinds:
            found = self._tried(lambda kind=kind, sure=sure: self._by_kind(kind, sure))
            if found is not None:
                yield found
        if not any(sure for _, sure in kinds):
            yield from self._found_by(ways)

    def _found_by(self, ways: Sequence[Callable[[], Candidate | None]]) -> Iterator[Candidate]:
        for way in ways:
            found = self._tried(way)
            if found is not None:
                yield found

    def _tried(self, way: Any) -> Candidate | None:
        try:
            found: Candidate | None = way()
        except (UnclearError, SymconvError) as error:
            self.refusals.append(str(error))
            return None
        return found

    @property
    def _found(self) -> Found:
        return found_in(self.sides, self.context.names)

    # What the text defined

    def _names_of_text(self) -> Names:
        text = self.definitions
        loss = self._found.loss
        return Names(
            frozenset(text.arrays) - set(text.functions),
            {letter: f"text:{letter}" for letter in text.functions},
            {key: each.of for key, each in text.arrays.items() if each.of},
            text.gradients,
            loss,
            base=self.context.index_base,
        )

    def _by_text(self) -> Candidate | None:
        if not self.definitions:
            return None
        names = self._names_of_text()
        resolver = Resolver(names, implicit=self._implicit(names))
        sides = tuple(map(resolver, self.sides))
        used = {symbol.role for side in sides for symbol in symbols(side)}
        functions = self._text_functions(names, sides)
        behind = self._made_of(used, names) if names.loss in used - set(self.definitions.arrays) else set()
        definitions, ranges = self._closure(used | behind, names)
        if not definitions and not functions and not self._values_alone(used):
            return None
        ranges += [("", each) for each in resolver.ranges]
        if not self._says_all(sides, with_names(definitions), names.loss):
            return None
        parts = Parts(
            sides, tuple(definitions), tuple(ranges), functions, names.loss, self.definitions.values,
            _targets(definitions),
        )  # fmt: skip
        return Candidate(assembled(parts))

    def _values_alone(self, used: set[str]) -> bool:
        return bool(used) and used <= set(self.definitions.values)

    def _made_of(self, used: set[str], names: Names) -> set[str]:
        """What the text computes of arrays that a formula speaks of: a loss that nothing defines depends on it."""
        bodies = {
            role: {symbol.role for symbol in symbols(Resolver(names)(each.body))}
            for role, each in self.definitions.arrays.items()
        }
        return {role for role in bodies if used & _reach(role, bodies)}

    def _closure(self, used: set[str], names: Names) -> tuple[list[Definition], list[tuple[str, Range]]]:
        """The definitions that a formula reaches."""
        found: dict[str, Definition] = {}
        ranges: list[tuple[str, Range]] = []
        waiting = sorted(used & set(self.definitions.arrays))
        while waiting:
            role = waiting.pop()
            if role in found:
                continue
            written = self.definitions.arrays[role]
            resolver = Resolver(names)
            body = resolver(written.body)
            if set(free_letters(body)) - set(written.letters):
                raise UnclearError(f"{role} for a letter that it does not name")
            found[role] = Definition(role, written.letters, body)
            ranges += [(role, each) for each in resolver.ranges]
            waiting += sorted({each.role for each in symbols(body)} & set(self.definitions.arrays))
        return list(found.values()), ranges

    def _text_functions(self, names: Names, sides: Sequence[Node]) -> dict[str, Defined]:
        found: dict[str, Defined] = {}
        for side in sides:
            for part in walk(side):
                if isinstance(part, Function) and part.name.startswith("text:"):
                    letter = part.name.removeprefix("text:")
                    found[part.name] = _function_of(self.definitions.functions[letter], names)
        return found

    def _says_all(self, sides: Sequence[Node], definitions: Sequence[Definition], loss: str) -> bool:
        """Whether the text says how everything that is differentiated depends on what it is differentiated by."""
        bodies = {each.role: {symbol.role for symbol in symbols(each.body)} for each in definitions}
        roles = {symbol.role for side in sides for symbol in symbols(side)}.union(bodies, *bodies.values())
        if _has_several_layers(roles):
            return False
        scalars = not any(symbol.index for side in sides for symbol in symbols(side)) and not any(
            "^" in role for role in roles
        )
        for side in sides:
            for part in walk(side):
                if isinstance(part, Partial) and isinstance(part.over, Symbol) and isinstance(part.under, Symbol):
                    over, under = part.over.role, part.under.role
                    if over in bodies:
                        known_all = under in _reach(over, bodies) or (
                            scalars and under in set().union(*bodies.values())
                        )
                    else:
                        known_all = over == under or (over == loss and under in set(bodies).union(*bodies.values()))
                    if not known_all:
                        return False
        return True

    def _implicit(self, names: Names) -> Node | None:
        """What functions without an argument are at: what they are differentiated by, or what others are at."""
        resolver = Resolver(names)
        parts = [part for side in self.sides for part in walk(side)]
        for part in parts:
            match part:
                case Partial(Named() as over, Named() as under) if resolver.function_of(over, applied=False):
                    return resolver(under)
        for part in parts:
            match part:
                case Applied(head, (Named() as argument,)) if resolver.function_of(head):
                    return resolver(argument)
        return Symbol(DEFAULT_INPUT) if DEFAULT_INPUT not in names.arrays else None

    # A layer

    def _kinds(self) -> Iterator[tuple[Kind | str, bool]]:
        """The readings as layers, and whether the layer is known."""
        layer = self.context.layer
        if isinstance(layer, Smooth):
            yield (layer.kind if isinstance(layer, Entrywise) else _of_layer(layer)), True
            return
        name = self.context.kind
        if name in known.KINDS:
            yield name, True
        elif name in KINDS:
            for also in _related(name, self._found, self.sides):
                for kind in KINDS[also]:
                    yield kind, True
        elif layer is None and name in ("", "activation"):
            for guess, sure in guessed(self._found, self.sides, self.given):
                for kind in KINDS.get(guess, ()):
                    yield kind, sure
                if guess in known.KINDS:
                    yield guess, sure

    def _by_kind(self, kind: Kind | str, sure: bool) -> Candidate | None:  # noqa: FBT001
        if isinstance(kind, str):
            return self._entrywise(kind, sure)
        found = self._found
        naming = named(kind, found, self.context.names, self._only_text(kind, found) | JACOBIANS)
        if naming is None:
            raise UnclearError("so many letters")
        if naming.unknown:
            raise UnclearError(f"what {naming.unknown[0]} stands for is not known")
        rank = max(
            (count for key, count in found.keys.items() if naming.roles.get(key) in ("X", "Y", kind.predicted)),
            default=0,
        )
        layer = kind.layer(rank)
        if layer is None:
            raise UnclearError("which example an entry belongs to")
        names = self._names_of_kind(kind, naming)
        resolver = Resolver(names)
        sides = self._with_jacobian(tuple(self._aliased(resolver(side), naming) for side in self.sides), kind, naming)
        counts = self._count_letters(layer, resolver, [key for key in found.keys if key not in naming.roles])
        definitions = {each.role: each for each in definitions_of(layer, naming, counts)}
        ranges = [("", each) for each in resolver.ranges]
        ranges += [
            (role, Range(letter, counts[own])) for role, letter, own in _ranges_of(layer, naming) if own in counts
        ]
        self._put_in(definitions, ranges, names, naming)
        parts = Parts(
            sides, tuple(definitions.values()), tuple(ranges), {}, naming.loss, self.definitions.values,
            tuple(naming.letter(role) for role in (kind.target,) if role),
            (naming.letter("O"),) if "O" in {each.role for each in layer.system.definitions} else (),
            self._true_classes(names), self._sizes(layer, naming),
        )  # fmt: skip
        return Candidate(assembled(parts), sure, kind.note)

    def _true_classes(self, names: Names) -> tuple[str, ...]:
        """The letters that the text uses for the true class: in L = -log p_k, and in prose."""
        found = [match[1] or match[2] for match in TRUE_CLASS.finditer(self.given)]
        written = self.definitions.arrays.get(names.loss)
        if written is not None:
            with suppress(UnclearError):
                found += set(free_letters(Resolver(names)(written.body))) - set(written.letters)
        return tuple(dict.fromkeys(found))

    def _only_text(self, kind: Kind, found: Found) -> frozenset[str]:
        """Letters of the formula that the text defines and the layer does not usually have."""
        usual = {letter for letters in kind.letters.values() for letter in letters.split()}
        return frozenset(key for key in found.keys if key in self.definitions.arrays and key not in usual)

    def _sizes(self, layer: Any, naming: Naming) -> Mapping[str, tuple[int, ...]]:
        if layer is not self.context.layer:
            return {}
        system = layer.system
        return {naming.letter(role): system.shape(role) for role in system.axes if role != "L"}

    def _names_of_kind(self, kind: Kind, naming: Naming) -> Names:
        inputs = [key for key, role in naming.roles.items() if role == "X"]
        outputs = [key for key, role in naming.roles.items() if role == kind.predicted and kind.predicted]
        arrays = {*naming.roles, *self.definitions.arrays}
        gradients = {**self.definitions.gradients, **self._gradients(naming)}
        return Names(
            frozenset(arrays), {}, dict.fromkeys(outputs, inputs[0]) if inputs else {}, gradients, naming.loss,
            base=self.context.index_base,
        )  # fmt: skip

    def _gradients(self, naming: Naming) -> dict[str, str]:
        """Letters of the context for gradients of the loss."""
        of = {"G": "O", "dX": "X", "dF": "F", "db": "b"}
        found = {}
        for key, role in spelled_roles(
            {role: self.context.names[role] for role in of if role in self.context.names}
        ).items():
            by = naming.letter(of[role])
            if key not in naming.roles:
                found[key] = by
        return found

    def _aliased(self, node: Node, naming: Naming) -> Node:
        """One letter for each role."""

        def change(symbol: Symbol) -> Node:
            role = naming.roles.get(symbol.role)
            return replace(symbol, role=naming.letter(role)) if role else symbol

        return exchanged(node, change)

    def _with_jacobian(self, sides: tuple[Node, ...], kind: Kind, naming: Naming) -> tuple[Node, ...]:
        """A Jacobian by its name is the derivative of an output by an input."""
        first = sides[0]
        if not isinstance(first, Symbol) or first.role not in JACOBIANS or not kind.predicted:
            return sides
        letters = [letter_index(letter) for letter in free_letters(sides[1])] if not first.index else list(first.index)
        output, by = naming.letter(kind.predicted), naming.letter("X")
        if any(isinstance(part, Transpose) for part in walk(sides[1])):
            return (Partial(Symbol(output), Symbol(by)), *sides[1:])
        if len(letters) != 2:
            raise UnclearError("which entry of the Jacobian")
        return (Partial(Symbol(output, (letters[0],)), Symbol(by, (letters[1],))), *sides[1:])

    def _count_letters(self, layer: Any, resolver: Resolver, keys: Sequence[str]) -> dict[str, str]:
        """The author's letters for the numbers of a layer, and for its small one."""
        written = [str(each.count) for each in resolver.ranges if isinstance(each.count, str)]
        written += [key for key in keys if key not in written]
        counts: dict[str, str] = {}
        for own in layer.system.constants:
            free = [letter for letter in written if letter not in counts.values()]
            usual = COUNTS.get(own, ())
            counts[own] = next((letter for letter in (own, *free) if letter in usual and letter in free), f"«{own}»")
        for own in layer.system.open:
            if own == r"\epsilon":
                counts[own] = next((letter for letter in (r"\varepsilon", "e", r"\epsilon") if letter in keys), own)
        return counts

    def _put_in(
        self, definitions: dict[str, Definition], ranges: list[tuple[str, Range]], names: Names, naming: Naming
    ) -> None:
        """The text's own definitions in the place of the layer's."""
        for role in {naming.loss, *naming.roles} & set(self.definitions.arrays):
            written = self.definitions.arrays[role]
            resolver = Resolver(replace(names, inputs={**names.inputs, **({role: written.of} if written.of else {})}))
            try:
                body = self._aliased(resolver(written.body), naming)
            except UnclearError:
                continue
            if set(free_letters(body)) - set(written.letters):
                continue
            canonical = naming.letter(naming.roles[role]) if role in naming.roles else role
            if canonical in definitions and {each.role for each in symbols(body)} <= _all_roles(definitions):
                definitions[canonical] = Definition(canonical, written.letters, body)
                ranges[:] = [each for each in ranges if each[0] != canonical]
                ranges += [(canonical, each) for each in resolver.ranges]

    # Activations

    def _entrywise(self, function: str, sure: bool) -> Candidate | None:  # noqa: FBT001
        """A known function, entry by entry."""
        letters = known.GENERAL - {r"\phi", r"\varphi"} if function == "gelu" else known.GENERAL
        functions = dict.fromkeys([*letters, *([r"\sigma"] if function in PIECEWISE else [])], function)
        functions |= {letter: letter for letter in (r"\varphi", r"\Phi") if function == "gelu"}
        slope = self._slope(function)
        bodies = {} if slope is None else {function: Defined("z", known.slopes(slope))}
        return self._layer_of(function, functions, bodies, sure=sure)

    def _slope(self, function: str) -> Node | None:
        """The slope of a leaky ReLU: the layer's, or the letter or number that the formula has."""
        if function != "leaky-relu":
            return None
        if isinstance(self.context.layer, LeakyReLU):
            return Number(self.context.layer.slope)  # type: ignore[arg-type]
        for side in self.sides:
            for part in walk(side):
                if isinstance(part, Named) and part.letter in SLOPES and not part.lower:
                    return Symbol(part.letter)
        return None

    def _activation(self) -> Candidate | None:
        """A function with a prime at work, whose values are another letter of the formula."""
        heads = [part.head for side in self.sides for part in walk(side) if isinstance(part, Applied)]
        used = {plain(head.letter) for head in heads if head.primes or plain(head.letter) in known.GENERAL}
        gradients = any(isinstance(part, Partial) for part in walk(self.sides[0]))
        if len(used) != 1 or not gradients:
            return None
        (letter,) = used
        return self._layer_of(known.ALIASES.get(letter, f"any:{letter}"), {}, {}, sure=True)

    def _layer_of(
        self,
        function: str,
        functions: Mapping[str, str],
        bodies: Mapping[str, Defined],
        *,
        sure: bool,
    ) -> Candidate | None:
        kind = Kind(None, ENTRYWISE, "O")
        constants = frozenset(each.role for body in bodies.values() for each in symbols(body.body))
        found = self._with_heads(self._found, constants)
        naming = named(kind, found, self._names_of_activation(found))
        if naming is None or naming.unknown:
            raise UnclearError(f"what {naming.unknown[0] if naming else 'so many letters'} stands for is not known")
        names = replace(self._names_of_kind(kind, naming), functions=functions)
        resolver = Resolver(names, implicit=Symbol(naming.letter("X")))
        sides = tuple(self._aliased(resolver(side), naming) for side in self.sides)
        rank = max((len(each.index) for side in sides for each in symbols(side)), default=0)
        letters = tuple(f"x{number}" for number in range(rank))
        output, argument = naming.letter("O"), entry(naming.letter("X"), *letters)
        definition = Definition(output, letters, call(function, argument))
        parts = Parts(
            sides, (definition,), tuple(("", each) for each in resolver.ranges), bodies, naming.loss,
            self.definitions.values, outputs=(output,),
        )  # fmt: skip
        return Candidate(assembled(parts), sure)

    def _names_of_activation(self, found: Found) -> Mapping[str, Sequence[str]]:
        """The context's letters, unless they are another layer's: what the function is at would not be the input."""
        roles = spelled_roles(self.context.names)
        entrywise = self.context.kind in known.KINDS or isinstance(self.context.layer, Entrywise)
        fits = entrywise and all(roles.get(key, "X") == "X" for key in found.exponents)
        return self.context.names if fits else {}

    def _with_heads(self, found: Found, constants: frozenset[str]) -> Found:
        """The letters without those of functions; what a function with a prime is at is the input."""
        inputs = frozenset(
            taken_apart(part.arguments[0].head if isinstance(part.arguments[0], Applied) else part.arguments[0]).key
            for side in self.sides for part in walk(side)
            if isinstance(part, Applied)
            and (part.head.primes or plain(part.head.letter) in known.GENERAL or part.head.letter in known.ALIASES)
            and len(part.arguments) == 1 and isinstance(part.arguments[0], Named | Applied)
        )  # fmt: skip
        keys = {
            key: rank
            for key, rank in found.keys.items()
            if key not in known.ALIASES and key not in constants and key not in known.GENERAL
        }
        return replace(found, keys=keys, exponents=inputs, heads={})

    # Functions and nothing else

    def _functions_alone(self) -> Candidate | None:
        """A formula that says itself what everything in it is."""
        names = Names(loss=self._found.loss, base=self.context.index_base)
        resolver = Resolver(names, implicit=self._implicit(names))
        sides = tuple(map(resolver, self.sides))
        if not any(isinstance(part, Function | Partial | Cases) for side in sides for part in walk(side)):
            return None
        roles = [{each.role for each in symbols(side)} for side in sides]
        for side in sides:
            for part in walk(side):
                if isinstance(part, Partial) and (
                    isinstance(part.over, Symbol) or not _speaks_of(part.over, part.under)
                ):
                    return None
                if isinstance(part, Function) and part.name.startswith("any:"):
                    return None
        parts = Parts(sides, (), tuple(("", each) for each in resolver.ranges), values=self.definitions.values)
        return Candidate(assembled(parts), all(each <= roles[0] for each in roles))


def _has_slope(sides: Sequence[Node]) -> bool:
    """Whether a function with a prime is at work."""
    return any(isinstance(part, Applied) and part.head.primes for side in sides for part in walk(side))


def _speaks_of(node: Node, under: Node) -> bool:
    assert isinstance(under, Symbol)
    return any(each.role == under.role for each in symbols(node))


def _all_roles(definitions: Mapping[str, Definition]) -> set[str]:
    found = set(definitions)
    for each in definitions.values():
        found |= {symbol.role for symbol in symbols(each.body)}
    return found | {"n", "m", "N", "M", "K", "C", "B"}


def _reach(role: str, bodies: Mapping[str, set[str]]) -> set[str]:
    """All that an array is computed from, and itself."""
    found, waiting = {role}, [role]
    while waiting:
        new = bodies.get(waiting.pop(), set()) - found
        found |= new
        waiting += new
    return found


def _has_several_layers(roles: Iterable[str]) -> bool:
    """Whether a letter stands for arrays of several layers."""
    with_layer = [role for role in roles if "^" in role and not role.endswith("^2")]
    return len({role.split("^")[0] for role in with_layer}) < len(with_layer)


def _function_of(written: Written, names: Names) -> Defined:
    """A function that the text defines, in z."""
    variable = written.letters[0]
    body = Resolver(names)(written.body)
    return Defined("z", exchanged(body, lambda symbol: Letter("z") if symbol.role == variable else symbol))


def _targets(definitions: Sequence[Definition]) -> tuple[str, ...]:
    """What stands before the logarithms in a sum of them, where there is none of 1 - p: weights that add up to 1."""
    defined = {each.role for each in definitions}
    found: list[str] = []
    for each in definitions:
        if any(isinstance(part, Function) and part.name == "log" and isinstance(part.arguments[0], Sum)
               for part in walk(each.body)):  # fmt: skip
            continue
        for part in walk(each.body):
            if isinstance(part, Product) and any(
                isinstance(factor, Function) and factor.name == "log" for factor in part.factors
            ):
                found += [
                    factor.role
                    for factor in part.factors
                    if isinstance(factor, Symbol) and factor.index and factor.role not in defined
                ]
    return tuple(dict.fromkeys(found))


def _ranges_of(layer: Any, naming: Naming) -> Iterator[tuple[str, str, str]]:
    """Where the numbers of a layer are lengths: in whose definition, of which letter."""
    first = {"n": -1, r"\beta": 0, "m": -1}
    for own in layer.system.constants:
        for each in layer.system.definitions:
            if each.role in ("L", "mean"):
                letters = _summed_letters(each.body)
                if letters and len(letters) > (own == r"\beta"):
                    role = naming.loss if each.role == "L" else naming.letter(each.role)
                    yield role, letters[first[own]], own


def _summed_letters(node: Node) -> tuple[str, ...]:
    return next((part.variables for part in walk(node) if isinstance(part, Big)), ())


def _of_layer(layer: Any) -> Kind:
    """A layer that is known, as the only reading."""
    usual = KINDS.get(layer.kind, KINDS["softmax"])[0]
    if isinstance(layer, CrossEntropy):
        usual = KINDS["softmax-cross-entropy" if layer.softmax else "cross-entropy"][0]
    letters, predicted = usual.letters, usual.predicted
    if isinstance(layer, BinaryCrossEntropy) and not layer.sigmoid:
        letters, predicted = KINDS["cross-entropy"][0].letters, ""
    between = {"l": r"\ell l"} if "l" in layer.system.defined else {}
    own = {
        role: f"{layer.symbols.get(role, '')} {usual_letters}" for role, usual_letters in {**letters, **between}.items()
    }
    target = "Y" if isinstance(layer, CrossEntropy) else ""
    return Kind(lambda _: layer, own, predicted, "", target)


def _related(name: str, found: Found, sides: Sequence[Node]) -> tuple[str, ...]:
    """A cross-entropy may stand behind a softmax; a softmax alone may have a loss behind it."""
    if name == "cross-entropy":
        return ("softmax-cross-entropy", "cross-entropy")
    if name == "softmax" and len(found.keys) > 2:
        return ("softmax", "softmax-cross-entropy")
    return (name,)


def smooth_layer(context: Context) -> bool:
    """Whether a context speaks of a layer of this package."""
    return isinstance(context.layer, Smooth) or context.kind in KINDS or context.kind in known.KINDS
