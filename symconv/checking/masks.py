"""Max pooling on paper: where the maxima stand is seldom said, and then read off from what was written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from symconv.checking.assumptions import Assumption, Question
from symconv.checking.operators import Frame
from symconv.checking.values import Value, comparable, differences
from symconv.checking.world import World
from symconv.meaning.polynomials import Atom, Monomial, Polynomial, atom, constant, total

MASKS = "M"
ONE_MAXIMUM = "every window has one maximum"
GIVEN_PLACES = "holds where the maxima stand at the places that it gives"


def question(output: str) -> Question:
    """Which entry of X an entry of the output is, as `Assumption` has it."""
    return "maximum", output


@dataclass(frozen=True)
class Chosen:
    """Why two sides with masks are equal: a note, and the places of the maxima where these were chosen to fit."""

    note: str
    places: tuple[Assumption, ...] = ()


def chosen_masks(
    left: Value, right: Value, frame: Frame, told: Callable[[Atom], str] = str, *, choose: bool = True
) -> Chosen | None:
    """Why two sides with masks are equal; None where they are not.

    Every window has one maximum unless ties are counted all. Where these stand is only chosen to fit if it may be;
    `told` spells an entry. A whole array settles where they stand.
    """
    world = frame.world
    if MASKS not in world.shapes or not comparable(left, right):
        return None
    if getattr(frame.layer, "ties", "all") != "all" and _equal_with_one_maximum(left, right, world):
        return Chosen(ONE_MAXIMUM)
    if not choose:
        return None
    found: dict[Atom, Fraction | int] = {}
    for _, one, other in differences(left, right):
        if not _solved(one - other, found) or not _vanish_unscaled(one, other, found):
            return None
    settles = bool(left.entries.ndim)
    places = tuple(_supposed(found, world, told, settles=settles))
    return Chosen(GIVEN_PLACES, places) if _is_choice(found, world) else None


def _supposed(
    found: Mapping[Atom, Fraction | int], world: World, told: Callable[[Atom], str], *, settles: bool
) -> Iterator[Assumption]:
    """The entries of each window that may be its maximum."""
    rank = len(world.shapes["O"])
    for window in dict.fromkeys(position[:rank] for _, position in found):
        entry_of = {mask: entry for mask, entry in map(sorted, world.entry("O", window).terms) if mask in found}
        chosen = [entry for mask, entry in entry_of.items() if found[mask] == 1]
        excluded = [entry for mask, entry in entry_of.items() if found[mask] == 0]
        answers = frozenset(chosen) if chosen else world.window(window) - set(excluded)
        words = " and ".join(map(told, chosen or excluded))
        negation = "" if chosen else "not "
        yield Assumption(
            question(told(("O", window))), answers, f"{words} is {negation}the largest entry of its window", settles
        )


def _equal_with_one_maximum(left: Value, right: Value, world: World) -> bool:
    """Whether two sides are equal where the masks of a window add up to 1 and choose no padding."""
    value_of = _one_maximum(world)
    return all(one.replaced(value_of) == other.replaced(value_of) for _, one, other in differences(left, right))


def _one_maximum(world: World) -> Callable[[Atom], Polynomial | None]:
    """What puts 1 minus the others in for the last mask of each window, and 0 for masks of padding."""
    output = len(world.shapes["O"])
    real: dict[tuple[int, ...], list[Atom]] = {}

    def masks(window: tuple[int, ...]) -> list[Atom]:
        if window not in real:
            entry = world.entry("O", window)
            real[window] = sorted(each for each in entry.atoms if each[0] == MASKS)
        return real[window]

    def value_of(each: Atom) -> Polynomial | None:
        if each[0] != MASKS:
            return None
        own = masks(each[1][:output])
        if each not in own:
            return constant(0)
        return constant(1) - total(atom(MASKS, *other[1]) for other in own[:-1]) if each == own[-1] else None

    return value_of


def _solved(difference: Polynomial, found: dict[Atom, Fraction | int]) -> bool:
    """Whether a difference vanishes for some values of the masks, which are put into `found`."""
    known: dict[Monomial, Fraction | int] = defaultdict(int)
    masks: dict[Monomial, list[tuple[Atom, Fraction | int]]] = defaultdict(list)
    for product, value in difference.terms.items():
        own = [each for each in product if each[0] == MASKS]
        rest = tuple(each for each in product if each[0] != MASKS)
        if len(own) > 1:
            return False
        if own:
            masks[rest].append((own[0], value))
        else:
            known[rest] += value
    return all(_assigned(masks[rest], known[rest], found) for rest in {*masks, *known})


def _vanish_unscaled(one: Polynomial, other: Polynomial, found: Mapping[Atom, Fraction | int]) -> bool:
    """Whether no number stands before what is 0 on both sides: nobody writes 4 times a gradient that is none."""
    zero = {mask for mask, value in found.items() if value == 0}
    sides = [[(product, value) for product, value in side.terms.items() if value] for side in (one, other)]
    if not all(sides) or not all(zero & set(product) for side in sides for product, _ in side):
        return True
    return all(value == 1 for side in sides for _, value in side)


def _assigned(
    masks: Iterable[tuple[Atom, Fraction | int]], rest: Fraction | int, found: dict[Atom, Fraction | int]
) -> bool:
    """One mask times its factor and a number add up to nothing; of several none is set."""
    each = list(masks)
    if not each:
        return not rest
    values = {mask: (Fraction(-rest) / factor if len(each) == 1 else 0) for mask, factor in each}
    if len(each) > 1 and rest:
        return False
    return all(value in (0, 1) and found.setdefault(mask, value) == value for mask, value in values.items())


def _is_choice(found: dict[Atom, Fraction | int], world: World) -> bool:
    """Whether each window has one maximum, or may have one at a place that nothing was said of."""
    shape, output = world.shapes[MASKS], world.shapes["O"]
    size = 1
    for length in shape[len(output) :]:
        size *= length
    windows: dict[tuple[int, ...], list[Fraction | int]] = defaultdict(list)
    for (_, position), value in found.items():
        windows[position[: len(output)]].append(value)
    return bool(found) and all(sum(each) == 1 or (sum(each) == 0 and len(each) < size) for each in windows.values())
