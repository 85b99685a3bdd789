"""Lines with general indices as Presburger sets, for strides and dilations that are numbers; isl compares them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from symconv.errors import NotSupportedError
from symconv.layers.general import MAPS, GeneralConv
from symconv.proof.affine import Affine
from symconv.proof.general_meaning import Condition, Term, UnreadableError, named
from symconv.proof.parametric import QUOTA, OutOfOperationsError
from symconv.proof.polynomial import Polynomial
from symconv.proof.symbolic import SymbolicAxis

try:
    import islpy
except ModuleNotFoundError:
    raise NotSupportedError(
        "a derivation with general indices is proved with the package islpy, which is not installed here (there is "
        "none for Windows): derive a shape with --input and --filter, or call: python -m pip install islpy"
    ) from None

SIZE_NAMES = {"size": "n", "filter": "k", "before": "a", "after": "c", "output": "o", "remainder": "r"}
"""The letter of each size of an axis."""
PARAMETER, SET = islpy.dim_type.param, islpy.dim_type.set
Numbers = Mapping[str, int]
Piece = tuple[int, tuple[str, ...], Any]
"""A coefficient, the arrays of a product, and the set of (free letters, positions) at which it stands."""


@dataclass(frozen=True)
class Product:
    """A term as a set without what depends on stride and dilation, which is in `varying`.

    `needs` are conditions of which none may fail where the term stands, each with its negation.
    """

    term: Term
    names: tuple[str, ...]
    fixed: Any
    varying: tuple[tuple[str, Polynomial], ...]
    needs: tuple[tuple[str, Polynomial], ...]


@contextmanager
def counted(limit: int) -> Iterator[None]:
    """Raises `OutOfOperationsError` where isl is past its limit of operations."""
    try:
        yield
    except islpy.Error as error:
        if QUOTA not in str(error):
            raise
        raise OutOfOperationsError(f"isl gave up after {limit:,} operations") from error


class Presburger:
    """The sides of a line as sets; `free` are the letters that the line speaks of, `limit` bounds isl's operations.

    Used within `counted`, which says what it means that isl is past its limit.
    """

    def __init__(self, layer: GeneralConv, free: Sequence[str], limit: int) -> None:
        self.layer, self.free = layer, tuple(free)
        self.context = islpy.Context()
        self.context.set_max_operations(limit)
        self.sizes = [named(layer.size(letter, axis)) for axis in range(layer.rank) for letter in SIZE_NAMES.values()]
        self.parameters = (*self.sizes, *MAPS.values())
        self._steps = {named(layer.size(letter, axis)) for axis in range(layer.rank) for letter in "sd"}

    # Terms as sets

    def product(self, term: Term) -> Product:
        """A term, as far as it is the same for all strides and dilations.

        Raises `UnreadableError` where something is summed over that the product does not depend on.
        """
        positions = {f"t_{role}_{at}": place for role, row in term.factors for at, place in enumerate(row)}
        equal = [place - Polynomial.letter(name) for name, place in positions.items()]
        _check_determined(term, equal)
        bound = dict.fromkeys((*term.given.bound, *term.needs.bound))
        names = (*self.free, *positions, *bound)
        given = [*(("=", each) for each in (*term.given.zero, *equal)), *((">", each) for each in term.given.least)]
        fixed = [(sign, each) for sign, each in given if not each.letters & self._steps]
        space = self._space(names)
        return Product(
            term, names, self._with(islpy.BasicSet.universe(space), fixed), tuple(set(given) - set(fixed)),
            tuple(need for need in _negated(term.needs) if need[1] not in {-1 - each for each in term.given.least}),
        )  # fmt: skip

    def _space(self, names: Sequence[str]) -> Any:
        return islpy.Space.create_from_names(self.context, set=list(names), params=list(self.parameters))

    def _with(self, where: Any, conditions: Iterable[tuple[str, Polynomial]]) -> Any:
        """A set with equations "= 0" and inequalities "≥ 0" added."""
        space, made = where.get_space(), []
        for sign, each in conditions:
            make = islpy.Constraint.eq_from_names if sign == "=" else islpy.Constraint.ineq_from_names
            coefficients: dict[Any, int] = {_atom(monomial): value for monomial, value in each.terms}
            made.append(make(space, coefficients))
        return where.add_constraints(made)

    def piece(self, product: Product, numbers: Numbers) -> Piece:
        """Where a term stands, for a stride and a dilation."""
        return product.term.coefficient, product.term.roles, self._projected(product, self._whole(product, numbers))

    def _whole(self, product: Product, numbers: Numbers) -> Any:
        return self._with(product.fixed, ((sign, each.at(numbers)) for sign, each in product.varying))

    def _projected(self, product: Product, where: Any) -> Any:
        count = len(self.free) + sum(len(row) for _, row in product.term.factors)
        return islpy.Set.from_basic_set(where.project_out(SET, count, len(product.names) - count))

    def senseless(self, product: Product, numbers: Numbers) -> list[Any]:
        """Where a term stands though an entry in it does not exist."""
        whole = self._whole(product, numbers) if product.needs else None
        found = [
            self._projected(product, self._with(whole, [(sign, each.at(numbers))])) for sign, each in product.needs
        ]
        return [where for where in found if not where.is_empty()]

    # What is known of the sizes, and the layer by its taps

    def axis(self, number: int, numbers: Numbers) -> SymbolicAxis:
        """An axis with letters for its sizes, as the proofs for all sizes have it."""
        stride, dilation = (numbers[named(self.layer.size(letter, number))] for letter in "sd")
        letters: dict[str, Any] = {
            what: Affine.letter(named(self.layer.size(letter, number))) for what, letter in SIZE_NAMES.items()
        }
        return SymbolicAxis(stride, dilation, **letters)

    def facts(self, numbers: Numbers) -> list[str]:
        """What holds of the sizes."""
        found = [text for number in range(self.layer.rank) for text in self.axis(number, numbers).facts]
        found += [f"{letter} >= 1" for letter in MAPS.values()]
        return [*found, *(f"{name} = {value}" for name, value in numbers.items() if name not in self._steps)]

    def layer_itself(self, numbers: Numbers) -> list[Piece]:
        """O by the taps of the layer, as the proofs for all sizes have them."""
        layer, ranks = self.layer, range(self.layer.rank)
        outputs = [named(letter) for letter in layer.positions("O")]
        example, out, into = ([f"m_{what}"] if layer.channels else [] for what in MAPS)
        own = [f"{name} = {named(letter)}" for name, letter in zip((*example, *out), layer.maps("O"), strict=True)]
        own += [f"0 <= m_{what} < {length}" for what, length in MAPS.items() if layer.channels]
        taps = [text for at in ranks for text in self._tap(at, outputs[at], numbers)]
        filter = [*out, *into, *(f"g{at}" for at in ranks)]
        input = [*example, *into, *(f"x{at}" for at in ranks)]
        unknown = [*example, *out, *into, *(f"{letter}{at}" for letter in "fgx" for at in ranks)]
        found: list[Piece] = [(1, ("F", "X"), self._tapped({"F": filter, "X": input}, [*own, *taps], unknown))]
        if layer.bias:
            inside = [f"0 <= {i} < {named(layer.size('o', at))}" for at, i in enumerate(outputs)]
            places = [*out, *(outputs if layer.bias == "entry" else [])]
            found.append((1, ("b",), self._tapped({"b": places}, [*own, *inside], [*example, *out, *into])))
        return found

    def _tap(self, at: int, output: str, numbers: Numbers) -> list[str]:
        """An output, an entry of the filter and an input that belong together on an axis."""
        axis = self.axis(at, numbers)
        turned = f"{axis.filter} - 1 - f{at}" if self.layer.convention == "convolution" else f"f{at}"
        return [*axis.taps(output, f"f{at}", f"x{at}"), f"g{at} = {turned}"]

    def _tapped(self, places: Mapping[str, Sequence[str]], constraints: Sequence[str], unknown: Sequence[str]) -> Any:
        names = {f"t_{role}_{at}": place for role, row in places.items() for at, place in enumerate(row)}
        body = " and ".join([*constraints, *(f"{name} = {place}" for name, place in names.items())])
        exists = f"exists ({', '.join(unknown)} : {body})" if unknown else body
        return self._read(f"[{', '.join((*self.free, *names))}] : {exists}")

    def _read(self, body: str) -> Any:
        return islpy.Set.read_from_str(self.context, f"[{', '.join(self.parameters)}] -> {{ {body} }}")

    # Comparing

    def where_wrong(
        self, sides: Sequence[Sequence[Product]], numbers: Numbers, *, itself: bool
    ) -> dict[str, int] | None:
        """Sizes and letters at which neighbouring sides differ or one says nothing; None where there are none.

        With `itself` the first side is compared with the layer's own taps too.
        """
        found = [[self.piece(product, numbers) for product in side] for side in sides]
        found = [self.layer_itself(numbers), *found] if itself else found
        wrong = [where for side in sides for product in side for where in self.senseless(product, numbers)]
        wrong += [where for left, right in pairwise(found) for where in different(left, right)]
        for where in wrong:
            real = where.intersect_params(self._facts(numbers))
            if not real.is_empty():
                return {**self.point(real), **numbers}
        return None

    def _facts(self, numbers: Numbers) -> Any:
        return self._read(f": {' and '.join(self.facts(numbers))}").params()

    def point(self, where: Any) -> dict[str, int]:
        """Sizes as small as they can be at which a set is not empty, and letters of one of its points."""
        sizes = self._smallest(where.params())
        for name, value in sizes.items():
            where = where.fix_val(PARAMETER, self.parameters.index(name), islpy.Val.int_from_si(self.context, value))
        point = where.sample_point()
        letters = [int(str(point.get_coordinate_val(SET, at))) for at in range(len(self.free))]
        shown = {name: value for name, value in sizes.items() if name in self.sizes or self.layer.channels}
        return {**shown, **dict(zip(self.free, letters, strict=True))}

    def _smallest(self, sizes: Any) -> dict[str, int]:
        """In the order |a| + |c|, then all letters one after the other."""
        count = len(self.parameters)
        moved = sizes.align_params(self._space(())).move_dims(SET, 0, PARAMETER, 0, count)
        paddings = " + ".join(f"max({name}, -{name})" for name in self.sizes if name[0] in "ac")
        names = ", ".join(self.parameters)
        order = islpy.Map.read_from_str(self.context, f"{{ [{names}] -> [{paddings}, {names}] }}")
        point = moved.apply(order).lexmin().sample_point()
        return {name: int(str(point.get_coordinate_val(SET, 1 + at))) for at, name in enumerate(self.parameters)}


def different(left: Sequence[Piece], right: Sequence[Piece]) -> list[Any]:
    """The sets in which the coefficients of a product add up to different numbers."""
    everything = [*left, *((-coefficient, roles, where) for coefficient, roles, where in right)]
    found = []
    for roles in sorted({roles for _, roles, _ in everything}):
        regions = _regions([(coefficient, where) for coefficient, own, where in everything if own == roles])
        found += [where for coefficient, where in regions if coefficient]
    return found


def _regions(pieces: Sequence[tuple[int, Any]]) -> list[tuple[int, Any]]:
    """Disjoint sets, none empty, with the sum of the coefficients of all pieces that hold there."""
    found: list[tuple[int, Any]] = []
    for coefficient, where in pieces:
        rest, cut = where, []
        for value, region in found:
            cut += [(value + coefficient, region.intersect(where)), (value, region.subtract(where))]
            rest = rest.subtract(region)
        found = [(value, region) for value, region in [*cut, (coefficient, rest)] if not region.is_empty()]
    return found


def _atom(monomial: tuple[str, ...]) -> str | int:
    """The unknown of a linear term; 1 for the constant."""
    if len(monomial) > 1:
        raise UnreadableError(f"{'·'.join(monomial)} is a product of two unknown numbers")
    return monomial[0] if monomial else 1


def _negated(needs: Condition) -> list[tuple[str, Polynomial]]:
    """Conditions of which one holds where the needs are not met."""
    beside = [(">", sign * each - 1) for each in needs.zero for sign in (1, -1)]
    return [*beside, *((">", -1 - each) for each in needs.least)]


def _check_determined(term: Term, equal: Sequence[Polynomial]) -> None:
    """Raise where an unknown that is summed over is not what some equation says it is: products would count twice."""
    zero = {*term.given.zero, *equal}
    left = [name for name in term.given.bound if name.startswith("v")]
    while left:
        found = next(((name, each) for name in left for each in zero if each.solved(name) is not None), None)
        if found is None:
            raise UnreadableError("a sum goes over something that its products do not depend on")
        name, equation = found
        value = equation.solved(name)
        assert value is not None
        zero = {each.at({name: value}) for each in zero - {equation}}
        left.remove(name)
