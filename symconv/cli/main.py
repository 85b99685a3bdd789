"""The entry point: a group that loads commands when they are called, and what each kind of failure answers.

Exit codes: 0 done, 1 the answer is no, 2 the question was wrong, 70 a bug, 130 interrupted.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
from collections.abc import Sequence
from functools import partial

import click

import symconv
from symconv.cli.groups import LazyGroup
from symconv.errors import SymconvError

COMMANDS = {
    "check": ("symconv.cli.check", "Check a derivation made by hand, line by line."),
    "derive": ("symconv.cli.derive", "Write the derivation of a layer."),
    "equation": ("symconv.cli.equation", "Print one equation, ready to paste."),
    "prove": ("symconv.cli.prove", "Decide every closed form, for this shape or for all sizes."),
}
WRONG_QUESTION = 2
BUG = 70
INTERRUPTED = 130


def _loaded(module: str) -> click.Command:
    command: click.Command = importlib.import_module(module).command
    return command


@click.group(
    cls=LazyGroup,
    made={name: partial(_loaded, module) for name, (module, _) in COMMANDS.items()},
    told={name: text for name, (_, text) in COMMANDS.items()},
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(symconv.__version__, prog_name="symconv")
def program() -> None:
    """Derive backpropagation through convolutional layers, prove it and write it up."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the program and leave with its exit code."""
    # Nothing here calls BLAS, and starting its threads would take longer than a small derivation.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the program; every failure that is the user's to mend is one line on standard error."""
    try:
        code = program.main(arguments, prog_name="symconv", standalone_mode=False) or 0
        sys.stdout.flush()
        return int(code)
    except SymconvError as error:
        _say(str(error))
        return error.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return WRONG_QUESTION
    except click.ClickException as error:
        _say(_one_line(error))
        return WRONG_QUESTION
    except (click.Abort, KeyboardInterrupt):
        _say("interrupted; nothing was written")
        return INTERRUPTED
    except click.exceptions.Exit as leaving:
        return leaving.exit_code
    except OSError as error:
        # What is left in the buffer must not be tried again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        _say(f"standard output cannot be written: {error.strerror or error}; write to a file with -o")
        return WRONG_QUESTION
    except Exception:
        import traceback

        traceback.print_exc()
        _say("this is a bug in symconv: please report it with the lines above")
        return BUG


def _one_line(error: click.ClickException) -> str:
    message = " ".join(error.format_message().split())
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "symconv"
    return f"{message} (see {path} --help)"


def _say(message: str) -> None:
    click.echo(f"symconv: {' '.join(message.split())}", err=True)
