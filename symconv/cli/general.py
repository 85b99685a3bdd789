"""The option `--general` of `symconv derive`: sizes that are not given stay letters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import click
from click.core import ParameterSource

from symconv.cli.layers import LAYERS, LayerCommand, layer_from
from symconv.errors import InputError, NotSupportedError

GENERAL: Mapping[str, LayerCommand] = {"conv": LayerCommand("GeneralConv", LAYERS["conv"].help, ())}
"""The layers that can be derived with general indices, and what they are then."""
AXES = {"": None, "1": 1, "2": 2}
"""What may stand behind the option; without a number there are as many axes as sizes are given for, or one."""


def with_general(kind: str, plain: click.Command, run: Callable[..., None]) -> click.Command:
    """The command of a layer with the option `--general`; without it, its sizes are needed as before."""
    own = {each.name for each in plain.params[: len(LAYERS[kind].options)] if each.name}
    needed = [each for each in plain.params if each.required]
    usual = plain.callback
    assert usual is not None

    def callback(general: str | None, **values: Any) -> None:
        if general is not None:
            run(_layer(kind, own, general), **{name: value for name, value in values.items() if name not in own})
            return
        for each in needed:
            if each.name and values[each.name] is None:
                raise InputError(f"{each.name} is missing: give --{each.name}, or --general to keep sizes as letters")
        usual(**values)

    plain.callback = callback
    for each in needed:
        each.required = False
    option = click.Option(
        ["--general"], is_flag=False, flag_value="", metavar="[AXES]",
        help="With general indices: sizes, stride, dilation and padding are letters unless given.",
    )  # fmt: skip
    plain.params.insert(len(own), option)
    return plain


def _layer(kind: str, own: set[str], axes: str) -> Any:
    """The layer of letters, with the options that were given."""
    if axes not in AXES:
        raise InputError(f"general is {axes!r}: expected 1 or 2 axes, or nothing behind the option")
    context = click.get_current_context()
    said = {name for name in own if context.get_parameter_source(name) == ParameterSource.COMMANDLINE}
    given = {name: context.params[name] for name in sorted(said)}
    if given.pop("groups", 1) != 1:
        raise NotSupportedError(
            "groups with general indices are not there: the formulas are those of one group, so leave --groups out"
        )
    return layer_from(GENERAL[kind], {**given, "axes": AXES[axes]})
