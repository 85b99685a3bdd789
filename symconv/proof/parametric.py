"""What isl decides: whether two relations are equal for every size at once, and where they first are not.

Relations are written as text in isl's own notation and read by it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import TypeAlias, TypeVar

from symconv.errors import NotSupportedError
from symconv.layers.base import Claim
from symconv.operations import Operation
from symconv.proof.affine import Affine
from symconv.proof.relations import ONE, Place, Read, Reader
from symconv.proof.symbolic import GEOMETRY, AllSizes, ordered

try:
    import islpy
except ModuleNotFoundError:
    raise NotSupportedError(
        "proofs for all sizes need the package islpy, which is not installed here (there is none for Windows): "
        "prove a shape with --input and --filter, or call: python -m pip install islpy"
    ) from None

MAX_OPERATIONS = 2_000_000
"""isl gives up beyond so many of its own operations."""
QUOTA = "maximal number of operations"
"""What isl says when it gives up."""
MAX_CASES = 12
"""Each length that may be negative doubles the cases."""
T = TypeVar("T")
SizeSet: TypeAlias = "islpy.Set"
"""A set of sizes: of values of the letters."""


class OutOfOperationsError(Exception):
    """isl gave up."""


class Decider:
    """Decides about one layer of letters; `limit` is how many of its own operations isl may take for a claim.

    `given` are conditions on the sizes, in isl's notation, under which everything is asked.
    All methods raise `OutOfOperationsError` beyond the limit.
    """

    def __init__(
        self,
        sizes: AllSizes,
        limit: int = MAX_OPERATIONS,
        given: Sequence[str] = (),
        context: islpy.Context | None = None,
    ) -> None:
        self.sizes = sizes
        self.limit = limit
        self.given = given
        self._context = islpy.Context() if context is None else context
        self._facts = " and ".join((*sizes.facts, *(f"({condition})" for condition in given)))
        self._known: dict[Affine, bool] = {}
        self._definitions: dict[tuple[str, tuple[str, ...]], SizeSet] = {}

    @contextmanager
    def _deciding(self) -> Iterator[None]:
        try:
            yield
        except islpy.Error as error:
            if QUOTA not in str(error):
                raise
            raise OutOfOperationsError(f"isl gave up after {self.limit:,} operations") from error

    # Sets of sizes

    def where(self, condition: str = "true") -> SizeSet:
        """The sizes that fulfil a condition."""
        with self._deciding():
            return self._set("", condition)

    def where_different(self, claim: Claim) -> SizeSet:
        """The sizes for which a closed form is not what the definition says: other products, or another shape.

        Both are products of what they are on each axis. So a claim that multiplies the right arrays and is right on
        all axes but the spatial one fails exactly where it fails on that; any other is decided as a whole.

        Raises `NotSupportedError` for operations and axes that are not read.
        """
        self._context.reset_operations()
        if self._right_elsewhere(claim):
            return self.spatial._where_different(self.spatial.sizes.on_axis(claim))
        return self._where_different(claim)

    @property
    def spatial(self) -> Decider:
        """What decides on the spatial axis by itself."""
        return self._factors[0]

    @cached_property
    def _factors(self) -> list[Decider]:
        """What decides on each axis by itself, the spatial one first; conditions are about that."""
        first, *others = self.sizes.factors()
        spatial = Decider(first, self.limit, self.given, self._context)
        return [spatial, *(Decider(axis, self.limit, (), self._context) for axis in others)]

    def _right_elsewhere(self, claim: Claim) -> bool:
        """Whether a claim multiplies the right arrays and is right on every axis that is not spatial."""
        role = claim.role.removeprefix("d")
        at = {axis: Affine.letter(f"p_{axis}") for axis in self.sizes.lengths[role]}
        reader = Reader(self.sizes.lengths, lambda _: False)
        try:
            factors = [ordered(reader.read(part, at).factors) for part in claim.parts]
            if sorted(factors) != sorted(self.sizes.products(role)):
                return False
            # Another axis would be lost on each of these.
            if any(reader.every_axis(part) - self.sizes.known_axes for part in claim.parts):
                return False
            return all(axis.is_empty(axis._where_different(axis.sizes.on_axis(claim))) for axis in self._factors[1:])
        except NotSupportedError:
            return False

    def _where_different(self, claim: Claim) -> SizeSet:
        role = claim.role.removeprefix("d")
        expected = self.sizes.products(role)
        reader = self.reader()
        found: dict[tuple[str, ...], tuple[Place, Read]] = {}
        different = self.where("false")
        for part in claim.parts:
            self._check_axes(reader, role, part)
            at = {axis: Affine.letter(f"p_{number}") for number, axis in enumerate(self.sizes.lengths[role])}
            read = reader.read(part, at).with_([], tuple(map(str, at.values())))
            factors = ordered(read.factors)
            if factors in found:
                raise NotSupportedError("two parts of a claim multiply the same arrays: write them as one operation")
            found[factors] = at, read
            different = self._either(different, *self._other_lengths(reader, role, part))
        for factors in dict.fromkeys((*expected, *found)):
            different = self._either(different, *self._other_products(role, factors, expected, found.get(factors)))
        return different

    def reader(self) -> Reader:
        """What reads pipelines; a length is known not to be negative where isl says so."""
        return Reader(self.sizes.lengths, self._may_be_negative)

    def _may_be_negative(self, number: Affine) -> bool:
        if not number.coefficients:
            return number.constant < 0
        if number not in self._known:
            try:
                with self._deciding():
                    self._known[number] = not self._set("", f"{number} < 0").is_empty()
            except OutOfOperationsError:
                return True
        return self._known[number]

    def _check_axes(self, reader: Reader, role: str, part: Operation) -> None:
        found, expected = reader.names(part), tuple(self.sizes.lengths[role])
        if found != expected:
            raise NotSupportedError(
                f"the result has the axes {', '.join(found)} instead of {', '.join(expected)}: prove a shape instead"
            )

    def _other_lengths(self, reader: Reader, role: str, part: Operation) -> Iterator[SizeSet]:
        """Where the result has another shape, or two operands do not fit together."""
        pairs = [(reader.length(part, axis), length) for axis, length in self.sizes.lengths[role].items()]
        with self._deciding():
            for left, right in (*pairs, *reader.agreed):
                if left != right:
                    yield self._set("", f"({left} < {right} or {left} > {right})")

    def _other_products(
        self, role: str, factors: tuple[str, ...], expected: Sequence[tuple[str, ...]], found: tuple[Place, Read] | None
    ) -> Iterator[SizeSet]:
        """Where the products of these arrays are others than the definition's, or another number of times there."""
        with self._deciding():
            if factors not in expected or found is None:
                at, read = self.sizes.definition(role, factors) if found is None else found
                yield self._products({role: at}, read).params()
                return
            at, read = found
            places = read.places(role, at, factors)
            ours = self._products(places, read)
            theirs = self._defined(role, factors)
            if not ours.is_equal(theirs):
                yield theirs.subtract(ours).union(ours.subtract(theirs)).params()
            if read.coefficient != ONE:
                yield ours.params()
            yield from self._counted_twice(places, read)

    def _defined(self, role: str, factors: tuple[str, ...]) -> SizeSet:
        """The products of the definition."""
        if (role, factors) not in self._definitions:
            at, read = self.sizes.definition(role, factors)
            self._definitions[role, factors] = self._products(read.places(role, at, factors), read)
        return self._definitions[role, factors]

    def _products(self, places: Mapping[str, Place], read: Read) -> SizeSet:
        """The positions of an entry and of what is multiplied there."""
        tuple_, equations = _positions(places)
        return self._set(tuple_, _exists(read.unknowns, (*read.constraints, *equations)))

    def _counted_twice(self, places: Mapping[str, Place], read: Read) -> Iterator[SizeSet]:
        """Where two choices of the unknowns lead to one product, so that it counts twice."""
        tuple_, equations = _positions(places)
        unknown = ", ".join(read.unknowns)
        body = " and ".join((self._facts, *read.constraints, *equations))
        found = self._read(islpy.Map, f"{self._letters} -> {{ [{tuple_}] -> [{unknown}] : {body} }}")
        if not found.is_single_valued():
            pairs = found.range_product(found).range().unwrap()
            yield pairs.subtract(islpy.Map.identity(pairs.get_space())).params()

    def where_not_equal(self, left: str, right: str, at: str = "", *, bare: bool = False) -> SizeSet:
        """The sizes for which one of two conditions, on them and on a position `at`, holds without the other.

        A bare condition is one on letters of which nothing else is known.
        """
        self._context.reset_operations()
        with self._deciding():
            ours, theirs = (self._set(at, text, "true" if bare else self._facts) for text in (left, right))
            return ours.subtract(theirs).union(theirs.subtract(ours)).params()

    def _either(self, first: SizeSet, *others: SizeSet) -> SizeSet:
        with self._deciding():
            for other in others:
                first = first.union(other)
            return first

    def _set(self, tuple_: str, condition: str, known: str = "") -> SizeSet:
        inside = f"[{tuple_}]" if tuple_ else ""
        return self._read(islpy.Set, f"{self._letters} -> {{ {inside} : {known or self._facts} and {condition} }}")

    def _read(self, kind: type[T], text: str) -> T:
        """What a text says. Reading does not count as deciding; a text that isl cannot read is a bug here."""
        if text.count("max(") > MAX_CASES:
            raise OutOfOperationsError(f"more than {MAX_CASES} lengths may be negative")
        self._context.set_max_operations(0)
        try:
            found: T = kind.read_from_str(self._context, text)  # type: ignore[attr-defined]
        finally:
            self._context.set_max_operations(self.limit)
        return found

    @cached_property
    def _letters(self) -> str:
        return f"[{', '.join(self.sizes.letters)}]"

    # What a set of sizes holds

    def is_empty(self, found: SizeSet) -> bool:
        with self._deciding():
            return bool(found.is_empty())

    def holds_at(self, found: SizeSet, geometry: Mapping[str, int]) -> bool:
        """Whether a set holds sizes with these values of n, k, a and c."""
        with self._deciding():
            equal = " and ".join(f"{name} = {number}" for name, number in geometry.items())
            return not bool(found.intersect(self._set("", equal)).is_empty())

    def smallest(self, found: SizeSet) -> dict[str, int] | None:
        """The smallest sizes of a set, in the order |a| + |c|, n, k, a, c; None where there are none."""
        with self._deciding():
            if found.is_empty():
                return None
            count = found.dim(islpy.dim_type.param)
            names = [found.get_dim_name(islpy.dim_type.param, at) for at in range(count)]
            moved = found.move_dims(islpy.dim_type.set, 0, islpy.dim_type.param, 0, count)
            equal = " and ".join(f"{name} = q_{name}" for name in GEOMETRY)
            bounds = " and ".join(f"t >= {sign}a {other} c" for sign in ("", "-") for other in ("+", "-"))
            from_, to = ", ".join(f"q_{name}" for name in names), ", ".join(("t", *GEOMETRY))
            order = self._read(islpy.Map, f"{{ [{from_}] -> [{to}] : {equal} and {bounds} }}")
            point = moved.apply(order).lexmin().sample_point()
            values = [point.get_coordinate_val(islpy.dim_type.set, 1 + at) for at in range(len(GEOMETRY))]
            return {name: int(str(value)) for name, value in zip(GEOMETRY, values, strict=True)}


def _exists(unknowns: Sequence[str], constraints: Sequence[str]) -> str:
    body = " and ".join(constraints) or "true"
    return f"(exists ({', '.join(unknowns)} : {body}))" if unknowns else f"({body})"


def _positions(places: Mapping[str, Place]) -> tuple[str, list[str]]:
    """Names for positions in arrays, and what each is equal to."""
    pairs = [(f"t_{role}_{number}", place) for role, at in places.items() for number, place in enumerate(at.values())]
    return ", ".join(name for name, _ in pairs), [f"{name} = {place}" for name, place in pairs]
