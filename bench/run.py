"""Measures symconv beside its peers: `python bench/run.py [NAME ...]`, all benchmarks without a name.

- `start`: a small document, whole process, beside `import sympy`, whole process.
- `sympy`: both gradients of 20x20 * 5x5 derived and proved, beside plain SymPy doing the same.
- `symengine`: both gradients of 28x28 * 5x5 derived and proved, beside SymEngine's Jacobian of O by X alone.
- `scaling`: both gradients derived and proved exhaustively at 10^4 to 10^7 terms, each in a fresh process.
- `sizes`: both gradients proved for all sizes at one stride and dilation, beside 5x5 * 3x3 proved and islpy imported.
- `check`: a page of 1,000 equations in LaTeX found, read and proved, beside SymPy deciding the same, built beforehand.
- `document`: the document of ResNet-50's first layer beside that of a small layer, whole processes.

Each line of the table is one figure: the two medians, what they come to, the bar for it and whether it is met. Symconv
and its peer run in turn (A B A B A) after a warm-up, so that both feel the same load of the machine; figures still move
by a tenth from run to run. A missed bar is only printed: no time fails anything.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from measure import Times, all_compiled, apart, exponent, in_turn, progress, python

SMALL = ("-m", "symconv", "derive", "conv", "--input", "3x3", "--filter", "2x2")
RESNET = (
    "-m", "symconv", "derive", "conv", "--input", "224x224", "--filter", "7x7", "--stride", "2", "--padding", "3",
    "--in-channels", "3", "--out-channels", "64",
)  # fmt: skip
INPUT_SIZES = (14, 36, 104, 320)
"""About 10^4, 10^5, 10^6 and 10^7 terms with 2 -> 2 maps and 5x5 filters."""
EQUATIONS = 1_000
FRESH_PROCESSES = 5
"""So many for each of these sizes."""


@dataclass(frozen=True)
class Figure:
    """One line of the table; the bar is the most that `value` may be, or the least."""

    what: str
    own: str
    peer: str
    value: float
    bar: float
    at_least: bool = False

    @property
    def met(self) -> bool:
        return self.value >= self.bar if self.at_least else self.value <= self.bar

    def cells(self) -> tuple[str, ...]:
        bar = f"{'at least' if self.at_least else 'at most'} {self.bar:,g}"
        return self.what, self.own, self.peer, _number(self.value), bar, "met" if self.met else "MISSED"


HEADER = ("figure", "symconv", "beside", "value", "bar", "")


def start() -> Iterator[Figure]:
    times = in_turn("start", python(*SMALL), python("-c", "import sympy"), pairs=15)
    yield _no_slower("times `import sympy`: 3x3 * 2x2 as Markdown", times, bar=1)


def document() -> Iterator[Figure]:
    times = in_turn("document", python(*RESNET), python(*SMALL), pairs=15)
    yield _no_slower("times 3x3 * 2x2: ResNet-50 conv1 as Markdown", times, bar=3)


def sympy() -> Iterator[Figure]:
    yield _faster("times faster than SymPy (one run): 20x20 * 5x5", apart(_beside_sympy), bar=5000)


def _beside_sympy() -> Times:
    """SymPy runs once, between symconv's runs, warmed up on a small layer."""
    import with_symconv
    import with_sympy

    return in_turn(
        "sympy",
        lambda: with_symconv.derive_and_prove(with_symconv.plane(20, 5)),
        lambda: with_sympy.derive_and_prove(20, 5),
        pairs=1,
        each=100,
        peer_warm_up=lambda: with_sympy.derive_and_prove(4, 2),
    )


def symengine() -> Iterator[Figure]:
    yield _faster("times faster than SymEngine's ∂O/∂X: 28x28 * 5x5", apart(_beside_symengine), bar=50)


def _beside_symengine() -> Times:
    import with_symconv
    import with_symengine

    output, by = with_symengine.output_and_input(28, 5)
    return in_turn(
        "symengine",
        lambda: with_symconv.derive_and_prove(with_symconv.plane(28, 5)),
        lambda: output.jacobian(by),
        pairs=9,
        each=10,
    )


def scaling() -> Iterator[Figure]:
    """Memory counts from the peak of the smallest size, which is that of the imported package."""
    terms, times, peaks = zip(*_exhaustive_cases(), strict=True)
    progress()
    for count, time in zip(terms, times, strict=True):
        print(f"scaling: {count:>10,} terms in {_time(time):>7}, {time / count * 1e9:.0f} ns a term")
    most, grown = terms[-1], peaks[-1] - peaks[0]
    yield Figure(
        "exponent of time by terms",
        f"{_time(times[0])} to {_time(times[-1])}",
        f"{terms[0]:,} to {most:,} terms",
        exponent(terms, times),
        bar=1.1,
    )
    yield Figure("bytes a term at the peak", f"{grown / 1e6:,.0f} MB", f"{most:,} terms", grown / most, bar=100)


def _exhaustive_cases() -> Iterator[tuple[int, float, float]]:
    """Terms, seconds and peak bytes of every size, medians of processes of all sizes in turn."""
    runs: dict[int, list[tuple[int, float, int]]] = {size: [] for size in INPUT_SIZES}
    for number in range(FRESH_PROCESSES):
        for size in INPUT_SIZES:
            progress(f"scaling: input {size}x{size}, process {number + 1} of {FRESH_PROCESSES}")
            runs[size].append(apart(_exhaustive_case, size))
    for cases in runs.values():
        terms, times, peaks = zip(*cases, strict=True)
        yield terms[0], median(times), median(peaks)


def _exhaustive_case(size: int) -> tuple[int, float, int]:
    from with_symconv import exhaustive_case

    return exhaustive_case(size)


def sizes() -> Iterator[Figure]:
    """The first proof in a fresh process each, in turn."""
    own, peer = [], []
    for number in range(FRESH_PROCESSES):
        progress(f"sizes: process {number + 1} of {FRESH_PROCESSES}")
        own.append(apart(_for_all_sizes))
        peer.append(apart(_for_a_shape))
    times = Times(median(own), median(peer))
    yield _no_slower("times 5x5 * 3x3 and `import islpy`: all sizes", times, bar=3)


def _for_all_sizes() -> float:
    from with_symconv import proved_for_all_sizes

    return proved_for_all_sizes(2, 3)


def _for_a_shape() -> float:
    from with_symconv import proved_for_a_shape_and_isl_imported

    return proved_for_a_shape_and_isl_imported()


def check() -> Iterator[Figure]:
    times = apart(_check)
    yield Figure(
        "equations a second: a page on 3x3 * 2x2 checked", _time(times.own), f"{EQUATIONS:,} equations",
        EQUATIONS / times.own, bar=200, at_least=True,
    )  # fmt: skip
    yield _no_slower("times SymPy's `diff` and `expand`: the same page", times, bar=30)


def _check() -> Times:
    import with_symconv
    import with_sympy

    text = with_symconv.document(EQUATIONS)
    loss, stated = with_sympy.claims(3, 2)
    return in_turn(
        "check",
        lambda: with_symconv.check_document(text),
        lambda: with_sympy.check_claims(loss, stated, EQUATIONS),
        pairs=5,
    )


BENCHMARKS: dict[str, Callable[[], Iterator[Figure]]] = {
    "start": start,
    "sympy": sympy,
    "symengine": symengine,
    "scaling": scaling,
    "sizes": sizes,
    "check": check,
    "document": document,
}


def _no_slower(what: str, times: Times, *, bar: float) -> Figure:
    return Figure(what, _time(times.own), _time(times.peer), times.own / times.peer, bar)


def _faster(what: str, times: Times, *, bar: float) -> Figure:
    return Figure(what, _time(times.own), _time(times.peer), times.peer / times.own, bar, at_least=True)


def _time(seconds: float) -> str:
    return f"{_number(seconds)} s" if seconds >= 1 else f"{_number(seconds * 1000)} ms"


def _number(value: float) -> str:
    """Three digits that count, more where the number is large."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _table(rows: Sequence[Sequence[str]]) -> str:
    """The rows as a table in Markdown, columns aligned."""
    rows = [HEADER, *rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    rows.insert(1, ["-" * width for width in widths])
    lines = (" | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(f"| {line} |" for line in lines)


def _figures(name: str) -> list[Figure]:
    """What a benchmark found; nothing where its peer is not installed."""
    try:
        return list(BENCHMARKS[name]())
    except ModuleNotFoundError as missing:
        progress()
        print(f"{name}: left out, {missing.name} is not installed")
        return []


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure symconv beside its peers.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHMARKS)}; all without a name")
    names = parser.parse_args().names or list(BENCHMARKS)
    unknown = sorted(set(names) - set(BENCHMARKS))
    if unknown:
        parser.error(f"no benchmark {', '.join(unknown)}: there are {', '.join(BENCHMARKS)}")
    with all_compiled():
        found = [figure for name in names for figure in _figures(name)]
    progress()
    print(_table([figure.cells() for figure in found]))


if __name__ == "__main__":
    main()
