"""The jobs as symconv does them; every call starts from nothing but the sizes."""

from __future__ import annotations

from itertools import product

from measure import peak_bytes, seconds

from symconv.compose.check import check
from symconv.derivation.gradients import Calculus
from symconv.layers.conv import Conv
from symconv.proof.exact import prove_claim


def derive_and_prove(layer: Conv, *, exhaustive: bool = False) -> None:
    """Both gradients by the chain rule, each compared with its closed form as a correlation."""
    calculus = Calculus(layer)
    for claim in layer.claims():
        if claim.role in ("dF", "dX") and claim.route == "correlation":
            proof = prove_claim(calculus, claim, exhaustive=exhaustive)
            if not (proof.holds and proof.method == "all terms"):
                raise AssertionError(str(proof))


def plane(size: int, filter: int) -> Conv:
    """One input map and one filter, both square."""
    return Conv((size, size), (filter, filter))


def exhaustive_case(size: int) -> tuple[int, float, int]:
    """Terms, seconds and peak bytes of the exhaustive proof for 2 -> 2 maps and 5x5 filters."""
    derive_and_prove(plane(3, 2), exhaustive=True)
    layer = Conv((size, size), (5, 5), in_channels=2, out_channels=2)
    taken = seconds(lambda: derive_and_prove(layer, exhaustive=True))
    return layer.term_count(), taken, peak_bytes()


def document(count: int) -> str:
    """A page of right equations in LaTeX: the entries of the output and of both gradients of 3x3 * 2x2, over again."""
    lines = [_line(f"y_{{{i}{j}}}", [(_x(i + u - 1, j + v - 1), _w(u, v)) for u, v in PLACES]) for i, j in PLACES]
    lines += [
        _line(_slope("w", u, v), [(_slope("y", i, j), _x(i + u - 1, j + v - 1)) for i, j in PLACES]) for u, v in PLACES
    ]
    for p, q in product((1, 2, 3), repeat=2):
        taps = [(i, j, p - i + 1, q - j + 1) for i, j in PLACES if (p - i + 1, q - j + 1) in PLACES]
        lines.append(_line(_slope("x", p, q), [(_slope("y", i, j), _w(u, v)) for i, j, u, v in taps]))
    head = "A 3x3 input x is correlated with a 2x2 filter w, which gives y; the loss is L.\n\n"
    return head + "\n\n".join(f"$${lines[number % len(lines)]}$$" for number in range(count))


PLACES = tuple(product((1, 2), repeat=2))


def _x(i: int, j: int) -> str:
    return f"x_{{{i}{j}}}"


def _w(u: int, v: int) -> str:
    return f"w_{{{u}{v}}}"


def _slope(letter: str, i: int, j: int) -> str:
    return rf"\frac{{\partial L}}{{\partial {letter}_{{{i}{j}}}}}"


def _line(left: str, products: list[tuple[str, str]]) -> str:
    return f"{left} = " + " + ".join(f"{one} {other}" for one, other in products)


def check_document(text: str) -> None:
    """Every equation found, read and proved, the layer worked out from the text."""
    report = check(text)
    if not report.findings or report.counts["proved"] != len(report.findings):
        raise AssertionError(str(report.counts))


def proved_for_all_sizes(stride: int, dilation: int) -> float:
    """Seconds of the first proof for all sizes in a process, both gradients, the import of isl among them."""

    def job() -> None:
        from symconv.proof.parametric import Decider
        from symconv.proof.symbolic import AllSizes

        sizes = AllSizes(Conv(1, 1, stride=stride, dilation=dilation))
        decider = Decider(sizes)
        gradients = [claim for claim in sizes.claims() if claim.route == "correlation" and claim.role != "O"]
        if not all(decider.is_empty(decider.where_different(claim)) for claim in gradients):
            raise AssertionError("the gradients are not proved")

    return seconds(job)


def proved_for_a_shape_and_isl_imported() -> float:
    """Seconds of the first proof for a shape in a process, both gradients of 5x5 * 3x3, and of importing isl."""

    def job() -> None:
        import islpy  # noqa: F401

        derive_and_prove(plane(5, 3))

    return seconds(job)
