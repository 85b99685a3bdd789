"""What is known of every step of a formula about a smooth layer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import sympy

from symconv.checking.context import Context
from symconv.checking.judging import Step
from symconv.checking.smooth.assembling import World
from symconv.checking.smooth.deciding import Comparison, Condition, Difference, Result, Supposition, same
from symconv.checking.smooth.definitions import LOSS_KEYS, Definitions, value_of
from symconv.checking.smooth.functions import ALIASES, OF_NUMBERS, STEP
from symconv.checking.smooth.kinds import spelled_roles
from symconv.checking.smooth.names import LETTER, taken_apart
from symconv.checking.smooth.resolving import OTHERWISE, index_pair, with_derivatives
from symconv.checking.smooth.worlds import Candidate, Question, smooth_layer
from symconv.meaning.evaluate import free_letters
from symconv.notation.tree import (
    Applied,
    Blank,
    Dots,
    Function,
    Indexed,
    Listed,
    Matrix,
    Named,
    Node,
    Partial,
    Product,
    Relation,
    Sum,
    Symbol,
    Words,
    is_letter,
    rebuilt,
    symbols,
    walk,
)

CLAIMS = ("=", "≡")
PLAIN = OF_NUMBERS - {"tanh"} | {"max", "min", "abs", STEP}
"""What the definition of a function may be made of."""
NEAR = 240
"""Characters before a formula in which a condition on its letters counts."""
_LETTERS = r"(?:[a-z]|\\(?:nu|rho|kappa|lambda|mu|beta|alpha))"
_INDEX = rf"(?:\(?\s*({_LETTERS}(?:\s*,\s*{_LETTERS})*)\s*\)?)"
_CONDITION = re.compile(
    rf"(?<![A-Za-z0-9_\\]){_INDEX}[\s$`]*(==?|\\neq?(?![a-z])|\\not\s*=|≠|!=)[\s$`]*{_INDEX}(?![A-Za-z0-9_(])"
)
_UNEQUAL = re.compile(r"ne|not|≠|!")


def judge_smooth(
    relation: Relation,
    context: Context,
    *,
    given: str = "",
    definitions: Definitions | None = None,
    behind: Sequence[Node] = (),
    quick: bool = False,
) -> list[Step] | None:
    r"""What is known of each two neighbouring sides of a raw formula; None where it is not about a smooth layer.

    Args:
        given: the prose before the formula, with its mathematics: a condition such as i ≠ j in it counts.
        definitions: what the text has defined before.
        behind: the conditions behind the formula, which go before those in the prose.
        quick: whether nothing but a proof is asked for.

    >>> from symconv.notation.reading import read
    >>> right = read(r"\frac{\partial S_i}{\partial x_j} = S_i (\delta_{ij} - S_j)")
    >>> wrong = read(r"\sigma'(x) = \sigma(x) (1 + \sigma(x))")
    >>> [judge_smooth(each, Context())[0].verdict for each in (right, wrong)]
    ['proved', 'refuted']
    """
    sides, conditions = _claimed(relation)
    if len(sides) < 2:
        return [Step("not-a-claim", "a condition")] if _is_condition(relation) else None
    if _is_condition(relation):
        return [Step("not-a-claim", "a condition")]
    if says_nothing(sides, context, definitions or Definitions()):
        return [Step("not-a-claim", "it says what a name stands for, or that the chain rule holds")]
    definitions = definitions or Definitions()
    conditions = (*conditions, *_conditions(behind, given))
    pairs = list(_pairs(sides, relation))
    steps = [_Pair(one, context, definitions, given, conditions, quick).explained() for one in pairs]
    if not smooth_layer(context) and not _worth_saying(pairs, steps, context):
        return None
    unknown = Step("unread", "what this speaks of is not known")
    return [replace(step or unknown, heeds=len(conditions) >= len(behind)) for step in steps]


def _conditions(behind: Sequence[Node], given: str) -> tuple[Condition, ...]:
    """The conditions behind a formula, where there are none the last one before it; otherwise: where that fails."""
    if not behind:
        return stated(given[-NEAR:])
    if len(behind) == 1 and isinstance(behind[0], Words) and OTHERWISE.search(behind[0].text):
        return tuple(replace(each, same=not each.same) for each in stated(given[-NEAR:]))
    found = [_condition(each) if isinstance(each, Relation) else None for each in behind]
    return tuple(each for each in found if each is not None)


def _is_condition(relation: Relation) -> bool:
    """Whether a formula only says that two indices agree, or differ."""
    return len(relation.sides) == 2 and _condition(relation) is not None


def says_nothing(sides: Sequence[Node], context: Context, definitions: Definitions) -> bool:
    """Whether a formula is the chain rule for names of which nothing is known, or without a layer names something."""
    if len(sides) != 2:
        return False
    keys = {taken_apart(part).key for side in sides for part in walk(side) if isinstance(part, Named)}
    if keys & ({*spelled_roles(context.names), *definitions.arrays} - {"L"}):
        return False
    if _is_chain_rule(*sides):
        return True
    new = Definitions().after(Relation(tuple(sides)))
    scalars = {key: each for key, each in new.arrays.items() if not each.letters}
    return bool(scalars or new.values) and not smooth_layer(context)


def _is_chain_rule(left: Node, right: Node) -> bool:
    """∂h/∂s = ∂h/∂f ∂f/∂s + ∂h/∂g ∂g/∂s, for any names without an index."""
    if not isinstance(left, Partial) or not _plain_names(left):
        return False
    for term in right.terms if isinstance(right, Sum) else (right,):
        factors = term.factors if isinstance(term, Product) else ()
        if len(factors) < 2 or not all(isinstance(each, Partial) and _plain_names(each) for each in factors):
            return False
        slopes = [each for each in factors if isinstance(each, Partial)]
        ways = [left.over, *(each.under for each in slopes)]
        if ways[:-1] != [each.over for each in slopes] or ways[-1] != left.under:
            return False
    return True


def _plain_names(node: Partial) -> bool:
    return all(is_letter(each) for each in (node.over, node.under))


def _worth_saying(pairs: Sequence[_Two], steps: Sequence[Step | None], context: Context) -> bool:
    """Whether enough is known of a formula in a text that is about something else, or about nothing that is known."""
    telling = [step for one, step in zip(pairs, steps, strict=True) if not _is_arithmetic(one)]
    verdicts = {"unread" if step is None else step.verdict for step in telling}
    if "refuted" in verdicts:
        return True
    if "unread" in verdicts or not verdicts:
        return False
    return "proved" in verdicts or (context.layer is None and not context.kind)


def _is_arithmetic(two: _Two) -> bool:
    return value_of(two.left) is not None and value_of(two.right) is not None


@dataclass(frozen=True)
class _Two:
    """Two neighbouring sides, and the first of their chain."""

    left: Node
    right: Node
    first: bool
    sides: tuple[Node, ...]


def _claimed(relation: Relation) -> tuple[tuple[Node, ...], tuple[Condition, ...]]:
    """The sides of a formula without the conditions that stand behind them."""
    conditions: list[Condition] = []
    sides: list[Node] = []
    for at, side in enumerate(relation.sides):
        if at and relation.sign_before(at) in ("∣", "≠", "∈"):
            break
        left, found = _without_conditions(with_derivatives(side))
        conditions += found
        sides.append(left)
    return tuple(sides), tuple(conditions)


def _without_conditions(side: Node) -> tuple[Node, list[Condition]]:

    found: list[Condition] = []

    def change(part: Node) -> Node | None:
        if not isinstance(part, Product) or not isinstance(part.factors[-1], Relation):
            return None
        condition = _condition(part.factors[-1])
        if condition is None:
            return None
        found.append(condition)
        rest = tuple(factor for factor in part.factors[:-1] if not isinstance(factor, Words))
        return rest[0] if len(rest) == 1 else Product(rest)

    return rebuilt(side, change), found


def _condition(relation: Relation) -> Condition | None:
    if len(relation.sides) != 2 or relation.sign_before(1) not in ("=", "≠"):
        return None
    pair = index_pair(*relation.sides)
    return Condition((pair[0],), (pair[1],), same=relation.sign_before(1) == "=") if pair else None


def stated(prose: str) -> tuple[Condition, ...]:
    r"""The last condition on two letters in prose.

    >>> stated(r"1) If $k = i$ ... 2) otherwise, $k \neq i$:")
    (Condition(left=('k',), right=('i',), same=False),)
    """
    found = list(_CONDITION.finditer(prose))
    if not found:
        return ()
    first, sign, second = found[-1].groups()
    left, right = (tuple(part.strip() for part in each.split(",")) for each in (first, second))
    if left == right or len(left) != len(right):
        return ()
    return (Condition(left, right, same=not _UNEQUAL.search(sign)),)


def _pairs(sides: Sequence[Node], relation: Relation) -> Iterator[_Two]:
    for at, (left, right) in enumerate(pairwise(sides), start=1):
        if relation.sign_before(at) in CLAIMS:
            first = at == 1 or relation.sign_before(at - 1) not in CLAIMS
            yield _Two(left, right, first, tuple(sides))


@dataclass(frozen=True)
class _Pair:
    """Two sides, to be judged; quickly, where nothing but a proof is asked for."""

    two: _Two
    context: Context
    definitions: Definitions
    given: str
    conditions: tuple[Condition, ...]
    quick: bool = False

    def explained(self) -> Step | None:
        """What is known, and of what is wrong whether it holds in one case."""
        step = self.step()
        if step is None or step.verdict != "refuted":
            return step
        case = self._true_in_one_case()
        return step if case is None else replace(step, reason=f"it holds for {case} only")

    def _true_in_one_case(self) -> Condition | None:
        """The condition on its two letters under which a formula holds that does not hold for all."""
        letters = index_letters(self.two.left, self.two.right)
        if len(letters) != 2 or self.conditions:
            return None
        for same_ in (False, True):
            condition = Condition((letters[0],), (letters[1],), same_)
            found = replace(self, conditions=(condition,), quick=True).step()
            if found is not None and found.verdict == "proved" and found.notes == (f"for {condition}",):
                return condition
        return None

    def step(self) -> Step | None:
        left, right = self.two.left, self.two.right
        if isinstance(left, Blank | Words) or isinstance(right, Blank | Words | Listed | Dots):
            return Step("not-a-claim", "nothing to compare")
        if any(isinstance(part, Matrix) for side in (left, right) for part in walk(side)):
            return None
        if self.two.first and (_names_function(left, right) or _names_gradient(left, right, self.context)):
            return Step("not-a-claim", "a definition")
        numbers = [value_of(side) for side in (left, right)]
        if None not in numbers:
            equal = numbers[0] == numbers[1]
            return Step("proved" if equal else "refuted", "" if equal else "the numbers differ", "all")
        question = Question((left, right), self.context, self.definitions, self.given)
        best: Step | None = None
        for candidate in question.candidates():
            step = self._judged(candidate)
            if step.verdict in ("proved", "not-a-claim"):
                return step
            best = step if best is None or (best.verdict == "unread" and step.verdict == "refuted") else best
        if best is None and self.two.first and _names_loss(left, right):
            return Step("not-a-claim", "a definition")
        if best is None and question.refusals:
            return Step("unread", question.refusals[0])
        return best

    # One way to understand it

    def _judged(self, candidate: Candidate) -> Step:
        world = candidate.world
        left, right = world.sides
        if self.two.first and _defines(left, right, world):
            return self._definition(candidate)
        ways = list(self._ways(candidate))
        for notes, comparison in ways:
            result = comparison.proof()
            if result.outcome == "equal":
                return Step("proved", scope=result.scope, notes=notes, left=left, right=right)
        by_values = self._at_values(candidate)
        if by_values is not None:
            return by_values
        if not candidate.sure or self.quick:
            return Step("unread", "what its letters stand for is not known for certain", left=left, right=right)
        for notes, comparison in ways:
            result = comparison.looked_at()
            if result.outcome == "equal":
                return Step("proved", scope=result.scope, notes=notes, left=left, right=right)
            if result.outcome == "undecided":
                return Step("unread", result.reason, left=left, right=right)
        return self._not_proved(candidate, ways[0][1])

    def _definition(self, candidate: Candidate) -> Step:
        return Step("not-a-claim", "a definition", left=candidate.world.sides[0], right=candidate.world.sides[1])

    def _ways(self, candidate: Candidate) -> Iterator[tuple[tuple[str, ...], Comparison]]:
        """The readings to try, the plainest first, and what a proof by each of them depends on."""
        world = candidate.world
        left, right = world.sides
        graphs: dict[str, Any] = {}
        plain = Comparison(world, left, right, graphs=graphs)
        basic = (candidate.note,) if candidate.note else ()
        yield basic, plain
        if _may_be_direct(world):
            yield basic, replace(plain, direct=True)
        conditions = self._used_conditions(world)
        told = tuple(f"for {each}" for each in conditions)
        if conditions:
            yield (*basic, *told), replace(plain, conditions=conditions)
        for target in world.targets:
            yield (
                (*basic, f"where the entries of {target} add up to 1"),
                replace(plain, supposition=Supposition(target)),
            )
            for letter in self._true_classes(world, target):
                supposition = Supposition(target, letter)
                note = f"where {letter} is the true class"
                yield (*basic, note), replace(plain, supposition=supposition)
                if conditions:
                    yield (*basic, note, *told), replace(plain, supposition=supposition, conditions=conditions)

    def _used_conditions(self, world: World) -> tuple[Condition, ...]:
        letters = {*world.true, *(letter for side in world.sides for letter in free_letters(side))}
        return tuple(each for each in self.conditions if {*each.left, *each.right} <= letters)

    def _true_classes(self, world: World, target: str) -> Iterator[str]:
        """The letters that may stand for the true class: what the text says, or what is on a side without targets and
        nothing is differentiated by."""
        by = {letter for side in world.sides for part in walk(side) if isinstance(part, Partial)
              for letter in free_letters(part.under)}  # fmt: skip
        silent = [side for side in world.sides if all(each.role != target for each in symbols(side))]
        letters = tuple(dict.fromkeys(letter for side in world.sides for letter in free_letters(side)))
        named = {letter for side in silent for letter in free_letters(side)} - by
        yield from dict.fromkeys((*(letter for letter in letters if letter in named), *world.true))

    def _at_values(self, candidate: Candidate) -> Step | None:
        """The comparison with the numbers that the text gives."""
        world = candidate.world
        left, right = world.sides
        if not world.values or all(any(True for _ in symbols(side)) for side in world.sides):
            return None
        result = Comparison(world, left, right, values=world.values).result()
        told = ", ".join(f"{role} = {value}" for role, value in world.values.items())
        if result.outcome == "equal":
            return Step("proved", scope="shape", notes=(f"at {told}",), left=left, right=right)
        if result.outcome == "different" and candidate.sure:
            return replace(_refuted(result, world), left=left, right=right)
        return None

    def _not_proved(self, candidate: Candidate, plain: Comparison) -> Step:
        """What is said where every reading is wrong somewhere."""
        left, right = candidate.world.sides
        if _speaks_of_values(left, right, candidate):
            return Step("unread", "at which numbers it is meant is not known", left=left, right=right)
        return replace(_refuted(plain.looked_at(), candidate.world), left=left, right=right)


def index_letters(*sides: Node) -> tuple[str, ...]:
    """The letters of the indices of names, those that sums bind too."""
    names = [taken_apart(part) for side in sides for part in walk(side) if isinstance(part, Named)]
    return tuple(dict.fromkeys(letter for name in names for letter in name.index if LETTER.fullmatch(letter)))


def _may_be_direct(world: World) -> bool:
    defined = {each.role: {s.role for s in symbols(each.body)} for each in world.system.definitions}
    for side in world.sides:
        for part in walk(side):
            if not isinstance(part, Partial) or not isinstance(part.over, Symbol) or not isinstance(part.under, Symbol):
                continue
            named = defined.get(part.over.role, set())
            if part.under.role in named and named & set(defined):
                return True
    return False


def _names_gradient(left: Node, right: Node, context: Context) -> bool:
    """Whether a letter of which nothing is known is introduced for a gradient of the loss."""
    new = Definitions().after(Relation((left, right))).gradients
    return bool(new) and not {*new} & {*spelled_roles(context.names)}


def _names_loss(left: Node, right: Node) -> bool:
    """Whether a formula says what a loss is."""
    head = left.head if isinstance(left, Applied) else left
    named = isinstance(head, Named) and taken_apart(head).key.split("_")[0] in LOSS_KEYS
    return named and not any(isinstance(part, Partial) for part in walk(right))


def _names_function(left: Node, right: Node) -> bool:
    """Whether a function that has a name is written out."""
    call = left.body if isinstance(left, Indexed) else left
    if not isinstance(call, Applied) or call.head.primes or len(call.arguments) != 1:
        return False
    named = ALIASES.get(call.head.letter)
    return (
        named is not None
        and named not in PLAIN
        and isinstance(call.arguments[0], Named)
        and not any(isinstance(part, Named) and ALIASES.get(part.letter, "exp") not in PLAIN for part in walk(right))
    )


def _defines(left: Node, right: Node, world: World) -> bool:
    """Whether a formula says what a letter or a function is."""
    if any(isinstance(part, Partial) for part in (*walk(left), *walk(right))):
        return False
    if isinstance(left, Symbol):
        known = any(each.role == left.role for each in world.system.definitions)
        if not list(symbols(right)):
            return not known
        return all(each.role != left.role for each in symbols(right))
    if isinstance(left, Function) and not left.primes and left.name not in PLAIN:
        return isinstance(left.arguments[0], Symbol) and not any(
            isinstance(part, Function) and part.name not in PLAIN for part in walk(right)
        )
    return False


def _speaks_of_values(left: Node, right: Node, candidate: Candidate) -> bool:
    """Whether one side is a number that the other is only at certain numbers, which the text does not say."""
    return any(not list(symbols(side)) for side in (left, right)) and not any(candidate.world.system.axes.values())


def _refuted(result: Result, world: World) -> Step:
    mistake, reason = _mistake(result.difference, world) if result.difference else ("", result.reason)
    return Step("refuted", reason, result.scope, mistake=mistake)


def _mistake(difference: Difference, world: World) -> tuple[str, str]:
    """What kind of mistake two values look like."""
    left, right = (sympy.sympify(each) for each in (difference.left, difference.right))
    if same(left, -right, refute=False) == "equal":
        return "wrong-sign", "the sign is wrong"
    if right == 0 or left == 0:
        return "", "one side is 0"
    ratio = sympy.cancel(sympy.together(left / right)) if len(str(left)) + len(str(right)) < 400 else None
    if ratio is not None and ratio.is_number:
        return "missing-factor", f"the left side is {ratio} times the right side"
    if ratio is not None and ratio.is_Symbol and str(ratio).startswith("∂L/∂"):
        return "missing-factor", "the gradient that comes in from behind is missing on the right side"
    return "", ""
