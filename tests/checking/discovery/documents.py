"""Documents about one convolution, written out of its definition: letters, index base, notation and mistakes chosen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

from hypothesis import strategies as st

from symconv.checking.discovery import Candidate, Discovery, ReadEquation, discover
from symconv.checking.sources.source import Source
from symconv.errors import UnreadError
from symconv.notation.reading import statements

LETTERS = (
    ("x", "w", "y", "L"), ("X", "F", "O", "L"), ("a", "k", "z", "C"), ("U", "V", "R", "E"), ("I", "K", "S", "J"),
    ("p", "q", "r", r"\mathcal{L}"), ("h", r"\theta", "s", r"\ell"), ("W", "X", "Z", "L"), ("A", "B", "D", "L"),
)  # fmt: skip
"""Input, filter, output and loss; also such as mislead."""
SIGNS = (" ", r" \cdot ", r" \times ", " * ")
GRADIENTS = ("partial", "total", "delta", "differential")
"""How the gradient by an entry of the output is written; the loss's own gradients follow it, or are partial."""


@dataclass(frozen=True)
class Page:
    """What a document looks like, and the layer that it is about."""

    letters: tuple[str, str, str, str]
    shape: tuple[int, ...]
    window: tuple[int, ...]
    stride: int
    base: int
    sign: str = " "
    comma: bool = False
    braced: bool = False
    gradient: str = "partial"
    backward_first: bool = False
    bias: bool = False

    @property
    def outputs(self) -> tuple[int, ...]:
        return tuple((n - k) // self.stride + 1 for n, k in zip(self.shape, self.window, strict=True))

    @property
    def taps(self) -> list[tuple[Any, Any, Any]]:
        """Positions of output, filter and input, from 0, by nested loops."""
        return [
            (i, f, tuple(self.stride * a + b for a, b in zip(i, f, strict=True)))
            for i in product(*map(range, self.outputs))
            for f in product(*map(range, self.window))
        ]

    def entry(self, letter: str, position: tuple[int, ...]) -> str:
        index = ("," if self.comma else "").join(str(part + self.base) for part in position)
        return f"{{{letter}}}_{{{index}}}" if self.braced else f"{letter}_{{{index}}}"

    def by(self, letter: str, position: tuple[int, ...]) -> str:
        """The gradient of the loss by an entry."""
        one = self.entry(letter, position)
        if self.gradient == "delta" and letter == self.letters[2]:
            return self.entry(r"\delta", position)
        if self.gradient == "differential":
            return f"d{one}"
        mark = "d" if self.gradient == "total" else r"\partial "
        return rf"\frac{{{mark}{self.letters[3]}}}{{{mark}{one}}}"

    def forward(self) -> list[str]:
        x, w, y, _ = self.letters
        end = " + b" if self.bias else ""
        return [
            f"{self.entry(y, i)} = "
            + " + ".join(f"{self.entry(x, q)}{self.sign}{self.entry(w, f)}" for o, f, q in self.taps if o == i)
            + end
            for i in product(*map(range, self.outputs))
        ]

    def weights(self) -> list[str]:
        x, w, y, _ = self.letters
        return [
            f"{self.by(w, f)} = "
            + " + ".join(f"{self.by(y, i)}{self.sign}{self.entry(x, q)}" for i, g, q in self.taps if g == f)
            for f in product(*map(range, self.window))
        ]

    def inputs(self) -> list[str]:
        x, w, y, _ = self.letters
        lines = []
        for q in product(*map(range, self.shape)):
            parts = [f"{self.by(y, i)}{self.sign}{self.entry(w, f)}" for i, f, p in self.taps if p == q]
            lines += [f"{self.by(x, q)} = " + " + ".join(parts)] if parts else []
        return lines

    def equations(self) -> list[str]:
        parts = [self.forward(), self.weights(), self.inputs()]
        return [line for part in (parts[::-1] if self.backward_first else parts) for line in part]

    def matrix(self, letter: str, shape: tuple[int, ...], name: str) -> str:
        if len(shape) == 1:
            rows = [[self.entry(letter, (at,)) for at in range(shape[0])]]
        else:
            rows = [[self.entry(letter, (i, j)) for j in range(shape[1])] for i in range(shape[0])]
        body = r" \\ ".join(" & ".join(row) for row in rows)
        return rf"{name} = \begin{{pmatrix}} {body} \end{{pmatrix}}"


@st.composite
def pages(draw: Any, axes: tuple[int, ...] = (1, 2)) -> Page:
    """Pages whose indices all have one figure, so that they can be packed; the last input is read by a window."""
    count = draw(st.sampled_from(axes))
    gradient = draw(st.sampled_from(GRADIENTS))
    stride = draw(st.integers(1, 3))
    window = tuple(draw(st.integers(2, 3)) for _ in range(count))
    outputs = tuple(draw(st.integers(2, 3 if stride < 3 else 2)) for _ in range(count))
    return Page(
        letters=draw(st.sampled_from(LETTERS)),
        shape=tuple(stride * (o - 1) + k for o, k in zip(outputs, window, strict=True)),
        window=window,
        stride=stride,
        base=draw(st.integers(0, 1)),
        sign=draw(st.sampled_from(SIGNS)),
        comma=draw(st.booleans()),
        braced=gradient in ("partial", "delta") and draw(st.booleans()),
        gradient=gradient,
        backward_first=draw(st.booleans()),
        bias=draw(st.booleans()),
    )


def source_of(lines: list[str], between: str = "\n\n") -> tuple[Source, list[ReadEquation]]:
    """A document of displays and prose: a line that starts with `text:` is prose."""
    text, read = "", []
    for line in lines:
        if line.startswith("text:"):
            text += line.removeprefix("text:") + between
            continue
        read += list(_read(line, len(text) + 2))
        text += f"$${line}$$" + between
    return Source("page.md", text, ()), read


def _read(line: str, offset: int) -> Iterator[ReadEquation]:
    try:
        for statement in statements(line):
            yield ReadEquation(offset + statement.start, statement.node)
    except UnreadError:
        return


def discovered(lines: list[str], **options: Any) -> Discovery:
    return discover(*source_of(lines), **options)


def first(found: Discovery) -> Candidate:
    """The only reading of a document."""
    assert len(found.stretches) == 1, [(one.start, one.stop, one.candidates[0].kind) for one in found.stretches]
    return found.stretches[0].candidates[0]
