"""The Jinja environments: one for symconv's own templates, a sandboxed one for a user's template.

What every template can use (`docs/templates.md` describes it): `document`, `steps`, `proofs`, the elements that the
composer knows (`heading`, `show`, `m`, ...), and `_` and `n_` for prose. What does not exist fails the rendering.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar

import jinja2
import jinja2.bccache
import jinja2.runtime
import jinja2.sandbox

from symconv.errors import InputError
from symconv.notation.layout import Display
from symconv.notation.tree import Node, Symbol
from symconv.writing.composers import Composer
from symconv.writing.document import Document
from symconv.writing.languages import catalogue

MAX_TEMPLATE_BYTES = 200_000
_FAILURES = (
    jinja2.TemplateError,
    TypeError,
    AttributeError,
    LookupError,
    ValueError,
    ArithmeticError,
    RecursionError,
    MemoryError,
)
"""What a template of a user's own may raise."""
E = TypeVar("E", bound=jinja2.Environment)
_PLACEHOLDER = re.compile(r"%\((\w+)\)s")


def templates_folder() -> Path:
    """Where the templates are: in the installed package, or beside it in a checkout."""
    inside = Path(str(resources.files("symconv") / "templates"))
    return inside if inside.is_dir() else Path(__file__).parents[2] / "templates"


@cache
def _own_environment() -> jinja2.Environment:
    environment = _configured(jinja2.Environment)
    environment.bytecode_cache = _bytecode_cache()
    return environment


class CompiledTemplates(jinja2.FileSystemBytecodeCache):
    """Keeps compiled templates; where they cannot be written, goes without."""

    def dump_bytecode(self, bucket: jinja2.bccache.Bucket) -> None:
        with suppress(OSError):
            super().dump_bytecode(bucket)


def _bytecode_cache() -> jinja2.BytecodeCache | None:
    """Compiled templates are kept beside them, which saves a third of a second document's time."""
    folder = templates_folder() / "__pycache__" / sys.implementation.cache_tag
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return CompiledTemplates(str(folder))


class Sandbox(jinja2.sandbox.ImmutableSandboxedEnvironment):
    """For users' templates: nothing can be changed, and only what a template is given may be called."""

    callables: tuple[Any, ...] = ()

    def is_safe_callable(self, obj: Any) -> bool:
        if any(obj is known or getattr(obj, "__func__", None) is known for known in self.callables):
            return True
        owner = getattr(obj, "__self__", None)
        plain = isinstance(owner, str | int | float | tuple | list | dict)
        ours = isinstance(obj, jinja2.runtime.Macro | jinja2.runtime.LoopContext) or owner is None
        jinja = getattr(obj, "__module__", None) in ("jinja2.utils", "jinja2.sandbox", "jinja2.runtime")
        return (plain or (ours and jinja)) and super().is_safe_callable(obj)


def _configured(kind: type[E]) -> E:
    return kind(
        loader=jinja2.FileSystemLoader(templates_folder()),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
        extensions=["jinja2.ext.do"],
    )


class Prose:
    """Translates, escapes for the format and puts values in: trees as mathematics, everything else as text."""

    def __init__(self, composer: Composer, language: str) -> None:
        self._composer = composer
        self._catalogue = catalogue(language)

    def __call__(self, message: str, **values: Any) -> str:
        return self._filled(self._catalogue.gettext(message), values)

    def plural(self, singular: str, plural: str, n: int, **values: Any) -> str:
        return self._filled(self._catalogue.ngettext(singular, plural, n), values | {"n": n})

    def _filled(self, message: str, values: Mapping[str, Any]) -> str:
        pieces = _PLACEHOLDER.split(message)
        pieces[::2] = [self._composer.escape(text) for text in pieces[::2]]
        pieces[1::2] = [self._value(values[name]) for name in pieces[1::2]]
        return "".join(pieces)

    def _value(self, value: Any) -> str:
        if isinstance(value, Node):
            return self._composer.math(value)
        return self._composer.escape(f"{value:,}" if isinstance(value, int) else str(value))


class Numbers:
    """Numbers for the equations that the text refers to, in order of appearance."""

    def __init__(self, composer: Composer) -> None:
        self._composer = composer
        self._known: dict[str, int] = {}

    def numbered(self, display: Display, name: str) -> str:
        number = self._known.setdefault(name, len(self._known) + 1)
        return self._composer.display(display, number)

    def ref(self, name: str) -> str:
        if name not in self._known:
            raise jinja2.UndefinedError(f"no equation is called {name!r} so far")
        return f"({self._known[name]})"


def render(composer: Composer, language: str, context: Mapping[str, Any], template: Path | None = None) -> str:
    """The document as text: the format's own page, or the user's template in a sandbox.

    Raises `InputError` for a template that cannot be read, does not parse, or asks for something that does not exist.
    """
    names = _names(composer, language) | dict(context)
    if template is None:
        return composer.finish(_own_environment().get_template(composer.page).render(names))
    environment = _configured(Sandbox)
    environment.callables = (*filter(callable, names.values()), Document.wants, Rows.add)
    try:
        return composer.finish(environment.from_string(_source(template)).render(names))
    except jinja2.TemplateSyntaxError as error:
        raise InputError(f"template {template}, line {error.lineno}: {error.message}; mend it and run again") from None
    except _FAILURES as error:
        raise InputError(
            f"template {template}: {_one_line(error)}; see docs/templates.md for what a template can use"
        ) from None


def _names(composer: Composer, language: str) -> dict[str, Any]:
    prose, numbers = Prose(composer, language), Numbers(composer)
    return {
        "_": prose,
        "n_": prose.plural,
        "m": composer.math,
        "large": composer.large,
        "symbol": Symbol,
        "sizes": shape_text,
        "show": composer.display,
        "numbered": numbers.numbered,
        "ref": numbers.ref,
        "heading": composer.heading,
        "table": composer.table,
        "new_rows": Rows,
        "code": composer.code,
        "mark": composer.mark,
        "language": language,
        "page": composer.page,
    }


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__


class Rows:
    """The rows of a table, added one by one."""

    def __init__(self) -> None:
        self.cells: list[tuple[str, ...]] = []

    def add(self, *cells: str) -> None:
        self.cells.append(cells)


def shape_text(shape: Sequence[int]) -> str:
    """Sizes as prose writes them.

    >>> shape_text((3, 3)), shape_text(())
    ('3×3', '1')
    """
    return "×".join(map(str, shape)) or "1"


def _source(template: Path) -> str:
    if template.exists() and not template.is_file():
        raise InputError(f"template {template} is no ordinary file: give a text file")
    try:
        data = template.read_bytes()
    except OSError as error:
        raise InputError(f"template {template} cannot be read: {error.strerror}; give a readable text file") from None
    if len(data) > MAX_TEMPLATE_BYTES:
        raise InputError(f"template {template} has {len(data):,} bytes: expected at most {MAX_TEMPLATE_BYTES:,}")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise InputError(f"template {template} is not UTF-8 text: save it as UTF-8") from None
