"""Layers written as calls of the usual libraries, such as `nn.MaxPool2d(2)`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

_CALL = re.compile(
    r"\b(?:\w+\.)*(?P<name>Conv|Convolution|MaxPool|MaxPooling|AvgPool|AveragePooling|DepthwiseConv)"
    r"(?P<before>Transpose)?(?P<axes>[123])(?P<style>[dD])(?P<behind>Transpose)?\((?P<arguments>[^()]*(?:\([^()]*\)[^()]*)*)\)"
)
_ARGUMENT = re.compile(r"(?:(?P<key>\w+)\s*=\s*)?(?P<value>\([^()]*\)|[^\s,()][^,()]*)")
_NUMBERS = re.compile(r"[0-9]{1,4}")
KEYWORDS: Mapping[str, str] = {
    "kernel_size": "window", "pool_size": "window", "stride": "stride", "strides": "stride", "padding": "padding",
    "dilation": "dilation", "dilation_rate": "dilation", "groups": "groups", "in_channels": "in_channels",
    "out_channels": "out_channels", "filters": "out_channels",
}  # fmt: skip
"""Arguments by name, and what they are here."""
POOL = ("window", "stride", "padding")
POSITIONS: Mapping[tuple[str, bool], Sequence[str]] = {
    ("Conv", False): ("in_channels", "out_channels", "window", "stride", "padding", "dilation", "groups"),
    ("Conv", True): ("out_channels", "window", "stride"),
    ("Pool", False): POOL, ("Pool", True): POOL,
}  # fmt: skip
"""Arguments by place, of the library that writes 2d and of the one that writes 2D."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A number of a layer: what it is, and its value along the axes."""

    offset: int
    name: str
    value: tuple[int, ...]


def settings_in(text: str) -> Iterator[Setting]:
    """What calls in a text say.

    >>> [(one.name, one.value) for one in settings_in("nn.MaxPool2d(3, stride=2)")]
    [('window', (3, 3)), ('stride', (2, 2))]
    """
    for call in _CALL.finditer(text):
        kind = "Pool" if "Pool" in call["name"] else "Conv"
        places = POSITIONS[kind, call["style"] == "D"]
        for at, argument in enumerate(_ARGUMENT.finditer(call["arguments"])):
            name = KEYWORDS.get(argument["key"] or "") if argument["key"] else dict(enumerate(places)).get(at)
            value = tuple(map(int, _NUMBERS.findall(argument["value"])))
            if name and value:
                axes = int(call["axes"]) if len(value) == 1 and not name.endswith("channels") else 1
                yield Setting(call.start(), name, value * axes)
