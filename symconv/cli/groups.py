"""A group of commands that are made when they are called; help lists them all without making any."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import click


class LazyGroup(click.Group):
    """Knows the names and the help of its commands; `made` makes each when it is asked for."""

    def __init__(
        self, *args: Any, made: Mapping[str, Callable[[], click.Command]], told: Mapping[str, str], **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self._made = made
        self._told = told

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(self._made)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return self._made[cmd_name]() if cmd_name in self._made else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(sorted(self._told.items()))
