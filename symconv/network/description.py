"""Networks as TOML files.

    input = [1, 6, 6]
    batch = 1

    [[layer]]
    type = "conv"
    filter = [3, 3]
    bias = "map"

Each layer has its `type` (the name on the command line) and the fields of its class, `-` or `_` alike.
"""

from __future__ import annotations

import re
from dataclasses import MISSING, Field, fields, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from symconv.errors import InputError
from symconv.layers.catalogue import layer_class
from symconv.layers.sizes import parse_padding, parse_sizes
from symconv.layers.toml import read_toml
from symconv.network.network import Network

MAX_BYTES = 100_000
MAX_MESSAGE = 400
"""Characters of what a layer says against its values, which may be long."""
_FRACTION = re.compile(r"-?[0-9]{1,18}/0*[1-9][0-9]{0,17}")
TOP = ("input", "batch", "layer")


def read(path: Path) -> Network:
    """The network of a file. Raises `InputError` for a file that cannot be read or describes none."""
    described = read_toml(path, "network", MAX_BYTES, instead="a TOML file", advice="see docs/networks.md")
    return described_network(described, str(path))


def described_network(described: dict[str, Any], where: str) -> Network:
    """The network that parsed TOML describes; `where` names it in errors."""
    unknown = sorted(set(described) - set(TOP))
    if unknown:
        raise InputError(f"network {where} has {_shortened(repr(unknown[0]))}: expected {', '.join(TOP)}")
    layers = described.get("layer")
    if "input" not in described or not isinstance(layers, list) or not layers:
        raise InputError(f"network {where} is incomplete: it needs input = [...] and at least one [[layer]]")
    made = [_layer(table, number, where) for number, table in enumerate(layers, start=1)]
    try:
        return Network(made, _sizes("input", described["input"]), described.get("batch", 1))
    except InputError as error:
        raise InputError(f"network {where}: {_shortened(str(error))}") from None


def _layer(table: Any, number: int, where: str) -> Any:
    place = f"network {where}, layer {number}"
    if not isinstance(table, dict) or not isinstance(table.get("type"), str):
        raise InputError(f'{place} has no type: write [[layer]] and type = "conv" or another')
    try:
        made = layer_class(table["type"])
    except InputError as error:
        raise InputError(f"{place}: {_shortened(str(error))}") from None
    known = {field.name for field in fields(made) if field.init}
    options = {name.replace("-", "_"): value for name, value in table.items() if name != "type"}
    for name in options:
        if name not in known:
            expected = ", ".join(sorted(known))
            raise InputError(f"{place} ({table['type']}) has {_shortened(repr(name))}: expected one of {expected}")
    try:
        return made(**{name: _value(name, value) for name, value in options.items()})
    except InputError as error:
        raise InputError(f"{place} ({table['type']}): {_shortened(str(error))}") from None
    except TypeError:
        missing = [f.name for f in fields(made) if f.name not in options and _is_required(f)]
        raise InputError(f"{place} ({table['type']}) lacks {', '.join(missing) or 'a value that fits'}") from None


def _shortened(text: str) -> str:
    return text if len(text) <= MAX_MESSAGE else f"{text[:MAX_MESSAGE]}…"


def _is_required(field: Field[Any]) -> bool:
    return field.init and field.default is MISSING and field.default_factory is MISSING


def _value(name: str, value: Any) -> Any:
    if isinstance(value, str) and name == "padding":
        return parse_padding(value)
    if isinstance(value, str) and "x" in value and value.replace("x", "").isdigit():
        return parse_sizes(name, value)
    if isinstance(value, str) and _FRACTION.fullmatch(value):
        return Fraction(value)
    return _tupled(value)


def _sizes(name: str, value: Any) -> Any:
    return parse_sizes(name, value) if isinstance(value, str) else _tupled(value)


def _tupled(value: Any) -> Any:
    return tuple(_tupled(part) for part in value) if isinstance(value, list) else value


def to_toml(network: Network) -> str:
    """The network as TOML, defaults and what follows from the layer before left out."""
    lines = [f"input = {_text(network.input)}", f"batch = {network.batch}"]
    for layer in network.layers:
        lines += ["", "[[layer]]", f'type = "{layer.kind}"']
        lines += [f"{name} = {_text(value)}" for name, value in _stated(layer)]
    return "\n".join(lines) + "\n"


FOUND = frozenset({"input", "channels", "in_channels", "inputs", "batch"})
"""Fields that a network finds by itself."""


def _stated(layer: Any) -> list[tuple[str, Any]]:
    """The fields that make the layer what it is; an assumed choice is one of entries of a known input."""
    found = FOUND if getattr(layer, "argmax", None) is None else frozenset()
    return [
        (field.name, getattr(layer, field.name))
        for field in fields(layer)
        if field.init and field.name not in found and not _is_default(layer, field)
    ]


def _is_default(layer: Any, field: Field[Any]) -> bool:
    """Whether the layer would be the same without the field."""
    if field.default is MISSING:
        return False
    try:
        return bool(replace(layer, **{field.name: field.default}) == layer)
    except InputError:
        return False


def _text(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case int():
            return str(value)
        case tuple():
            return f"[{', '.join(map(_text, value))}]"
    return f'"{value}"'
