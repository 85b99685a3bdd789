"""`symconv check FILE... [LAYER]`: what is right and what is wrong in a derivation made by hand."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from symconv.cli.layers import LAYERS, commands
from symconv.cli.options import names_from, with_options
from symconv.errors import InputError

if TYPE_CHECKING:
    from symconv.checking.findings import CheckReport
    from symconv.checking.sources.files import TextKind
    from symconv.checking.sources.source import Source

READING_OPTIONS = (
    click.option("--names", multiple=True, metavar="R=L|L,...",
                 help=r"What letters stand for, by role: X=x,F=w|W,G=\delta,L=E. Repeatable."),
    click.option("--index-base", type=click.IntRange(0, 1), metavar="N",
                 help="Number of the first index, 1 or 0; otherwise found from the text."),
)  # fmt: skip
CHECK_OPTIONS = (
    click.argument("files", nargs=-1, required=True, metavar="FILE..."),
    click.option("--format", type=click.Choice(["text", "json", "sarif"]), default="text", show_default=True),
    click.option("--annotate", "target", type=click.Path(path_type=Path), metavar="FILE",
                 help="Write the text with the verdicts in its margin to this file."),
    click.option("--force", is_flag=True, help="Replace a file that symconv did not write."),
    *READING_OPTIONS,
)  # fmt: skip
HELP = """Check a derivation made by hand, line by line: proved, refuted (and what is wrong), not a claim, or unread.

FILE is Markdown, TeX, a notebook or plain text; - is standard input. Exit code 0: nothing is refuted or unread; 1:
something is.

The layer is worked out from the text, stands in it, or is named last, with its own options. Wherever it is named, the
options of check may follow it too.

\b
symconv check notes.md
symconv check notes.md conv --input 3x3 --filter 2x2 --stride 1
symconv check homework/*.md --names 'X=x,F=w|k,G=\\delta' --index-base 0
symconv check slides.tex --annotate checked.tex
symconv check notes/*.md --format sarif > notes.sarif
echo 'dL/dX22 = G11*F22 + G12*F21' | symconv check - conv --input 3x3 --filter 2x2
"""


class CheckCommand(click.Command):
    """Takes the options of a layer too, behind the layer's name."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        before, kind, behind = layer_in(args, self)
        if kind is None:
            return super().make_context(info_name, args, parent, **extra)
        # What the layer names by its place, such as a file, comes before the files to be checked.
        return _of_layer(kind).make_context(f"{info_name} {kind}", [*behind, *before], parent, **extra)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Layers (symconv check LAYER --help shows the options of one)"):
            formatter.write_dl([(kind, known.help) for kind, known in sorted(LAYERS.items())])


def layer_in(words: Sequence[str], command: click.Command) -> tuple[list[str], str | None, list[str]]:
    """The words before the name of a layer, that name, and the words behind it.

    A word that is the value of an option is no name, nor is one behind `--`.
    """
    options = [each for each in command.params if isinstance(each, click.Option) and not each.is_flag]
    taking = {name for each in options for name in each.opts}
    at = 0
    while at < len(words) and words[at] != "--":
        if words[at] in LAYERS:
            return list(words[:at]), words[at], list(words[at + 1 :])
        at += 2 if words[at] in taking else 1
    return list(words), None, []


@cache
def _of_layer(kind: str) -> click.Command:
    command = commands(CHECK_OPTIONS, _check)[kind]()
    example = LAYERS[kind].examples[0].replace("symconv derive", "symconv check notes.md")
    command.help = f"{LAYERS[kind].help}\n\n\b\n{example}"
    return command


def spellings(texts: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """What stands for each role.

    >>> spellings(["X=x,F=w|W"])
    {'X': ('x',), 'F': ('w', 'W')}
    """
    return {role: tuple(letters.split("|")) for role, letters in names_from(texts).items()}


def _check(
    layer: Any,
    *,
    files: Sequence[str],
    format: str,
    target: Path | None,
    force: bool,
    names: Sequence[str],
    index_base: int | None,
) -> None:
    from symconv.compose.check import check_source

    if target is not None and len(files) > 1:
        raise InputError(f"annotate is asked for {len(files)} files: it writes one text, so give one FILE at a time")
    sources = [_source(name, fresh=target is not None) for name in files]
    how = {"layer": layer, "names": spellings(names), "index_base": index_base, "watch": progress}
    reports = [check_source(source, **how) for source in sources]
    if target is not None:
        from symconv.writing.files import write_whole
        from symconv.writing.reports.annotate import annotated

        write_whole(target, annotated(sources[0].text, _kind(files[0], sources[0]), reports[0]), force=force)
    FORMATS[format](reports)
    if not all(report.holds for report in reports):
        raise click.exceptions.Exit(1)


def _source(name: str, *, fresh: bool) -> Source:
    """What a file holds; `fresh`: without the verdicts that stand in it from an earlier time."""
    from symconv.checking.sources import source_from_file, source_from_text

    found = source_from_file(name)
    if not fresh:
        return found
    from symconv.writing.reports.annotate import without_verdicts

    kind = _kind(name, found)
    return source_from_text(without_verdicts(found.text, kind), found.name, kind)


def _kind(name: str, source: Source) -> TextKind:
    from symconv.checking.sources.files import SUFFIXES, kind_of

    return SUFFIXES.get(Path(name).suffix.lower()) or kind_of(source.text)


def _text(reports: Sequence[CheckReport]) -> None:
    from symconv.writing.reports.text import show

    for number, report in enumerate(reports):
        if number:
            click.echo()
        show(report)


def _json(reports: Sequence[CheckReport]) -> None:
    from symconv.writing.reports.data import as_json

    click.echo(as_json(reports))


def _sarif(reports: Sequence[CheckReport]) -> None:
    from symconv.writing.reports.sarif import as_sarif

    click.echo(as_sarif(reports))


FORMATS: Mapping[str, Any] = {"text": _text, "json": _json, "sarif": _sarif}


def progress(equations: Iterable[Any]) -> Iterator[Any]:
    """The equations, with a progress bar on a terminal."""
    if not sys.stderr.isatty():
        yield from equations
        return
    from rich.progress import track

    from symconv.writing.reports.text import console

    yield from track(list(equations), description="Checking", console=console(sys.stderr), transient=True)


@click.command(cls=CheckCommand, help=HELP)
@with_options(CHECK_OPTIONS)
def command(**options: Any) -> None:
    _check(None, **options)
