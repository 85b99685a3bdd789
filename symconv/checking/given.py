"""What a text says of its layer itself: the words of its settings, and the mark of a document that symconv wrote."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from symconv.checking.context import Context
from symconv.checking.own import network_in, own_context
from symconv.errors import InputError
from symconv.layers.catalogue import CLASSES, layer_class
from symconv.layers.sizes import parse_padding, parse_sizes

SIZES = frozenset({"input", "filter", "stride", "dilation", "window", "output", "output_padding"})
NAMES, BASE, MEAN = "names", "index_base", "batch_mean"
USUAL: Mapping[str, Mapping[str, Any]] = {"batch-norm": {"channels": 1}, "bce": {"inputs": 1}}
"""Options of a command that have a value where they are left out, though the class has none."""
FIELDS: Mapping[str, str] = {"output_size": "output"}
"""Options that have another name than the field."""
PRESENTATION = frozenset({
    "wrt", "lang", "detail", "to", "output_file", "show", "max_pages", "max_terms", "values", "evidence", "title",
    "exhaustive",
})  # fmt: skip
"""Options of a command that say how a document looks."""


def context_of(values: Mapping[str, Any], known: Context, text: str = "") -> Context:
    """A context with what settings say; what they do not say stays. `text` is the text that they stand in.

    Raises `InputError` for a layer or a field that does not exist.

    >>> found = context_of({"layer": "conv", "input": "3x3", "filter": "2x2", "names.X": "a"}, Context())
    >>> found.layer.output_shape, found.names["X"]
    ((2, 2), ('a',))
    """
    if "command" in values:
        return _of_command(values["command"], text) or known
    plain = {key.replace("-", "_"): value for key, value in values.items()}
    names = dict(known.names)
    for key in [key for key in plain if key.startswith("names.")]:
        names[key.removeprefix("names.")] = _spellings(plain.pop(key))
    base = _number(BASE, plain.pop(BASE)) if BASE in plain else known.index_base
    layer = _layer(plain, known.layer)
    return Context(layer, names, base, kind=known.kind, signs=known.signs)


def _layer(values: Mapping[str, Any], known: Any) -> Any:
    fields_of = {key: value for key, value in values.items() if key != "layer"}
    kind = str(values.get("layer") or getattr(known, "kind", "conv" if fields_of else ""))
    if not kind:
        return known
    if getattr(known, "kind", "") == kind:
        kept = {each.name: getattr(known, each.name) for each in fields(known) if each.init}
    else:
        kept = {}
    return _made(kind, fields_of, kept)


def _made(kind: str, values: Mapping[str, Any], kept: Mapping[str, Any]) -> Any:
    made = layer_class(kind)
    names = {each.name for each in fields(made) if each.init}
    unknown = sorted(set(values) - names)
    if unknown:
        raise InputError(f"layer {kind} has no {unknown[0]}: expected one of {', '.join(sorted(names))}")
    try:
        return made(**{**kept, **{name: _value(name, value) for name, value in values.items()}})
    except TypeError:
        raise InputError(f"layer {kind} lacks sizes: say them all, such as input=3x3 filter=2x2") from None


def _value(name: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if name == "padding":
        return parse_padding(value)
    if value in ("true", "false"):
        return value == "true"
    if name in SIZES and value != "all":
        return parse_sizes(name.replace("_", " "), value)
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else value


def _number(name: str, value: Any) -> int:
    if str(value) not in ("0", "1"):
        raise InputError(f"{name.replace('_', ' ')} is {value}: expected 0 or 1")
    return int(value)


def _spellings(value: Any) -> tuple[str, ...]:
    return tuple(value) if isinstance(value, list | tuple) else tuple(str(value).split("|"))


def _of_command(words: Sequence[str], text: str) -> Context | None:
    """The context of a document from the command that wrote it; None for a command that describes no layer."""
    if len(words) < 2 or words[0] != "derive":
        return None
    positional, pairs = _options(words[2:])
    options = dict(pairs)
    names = dict(pair.split("=", 1) for text in options.pop(NAMES, []) for pair in text.split(",") if "=" in pair)
    base = _number(BASE, options.pop(BASE, ["1"])[-1])
    mean = options.pop(MEAN, None) is not None
    values = options.get("values", [""])[-1]
    described = {key: found for key, found in options.items() if key not in PRESENTATION}
    layer = _described(words[1], positional, described, base, text)
    return None if layer is None else own_context(layer, names, base, mean, values)


def _described(kind: str, positional: Sequence[str], options: Mapping[str, Sequence[str]], base: int, text: str) -> Any:
    """The layer, graph or network that a command is about; None where it is none."""
    if kind == "graph" and positional:
        from symconv.layers.graph import Graph

        return Graph.read(positional[0], options.get("at", ()))
    if kind == "network":
        return network_in(text)
    values: dict[str, Any] = {key: found[-1] for key, found in options.items()}
    if kind == "conv" and "general" in values:
        return _general(values)
    if kind not in CLASSES:
        return None
    argmax = values.pop("argmax", None)
    if argmax is not None:
        from symconv.layers.masks import parse_argmax

        values["argmax"] = parse_argmax(argmax, base)
    negated = {key.removeprefix("no_"): "false" for key in values if key.startswith("no_")}
    kept = {FIELDS.get(key, key): value for key, value in values.items() if not key.startswith("no_")}
    return _made(kind, {**USUAL.get(kind, {}), **kept, **negated}, {})


def _general(values: dict[str, str]) -> Any:
    from symconv.layers.general import GeneralConv

    axes = values.pop("general")
    given = {name: _value(name, value) for name, value in values.items()}
    return GeneralConv(**given, axes=int(axes) if axes.isdigit() else None)


def _options(words: Sequence[str]) -> tuple[list[str], list[tuple[str, list[str]]]]:
    """The words before any option, and the options with their values; one without a value is true."""
    found: dict[str, list[str]] = {}
    first = next((at for at, word in enumerate(words) if word.startswith("--")), len(words))
    for at, word in enumerate(words):
        if word.startswith("--"):
            follows = words[at + 1] if at + 1 < len(words) else "--"
            key = word.removeprefix("--").replace("-", "_")
            found.setdefault(key, []).append("true" if follows.startswith("--") else follows)
    return list(words[:first]), list(found.items())
