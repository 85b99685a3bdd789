"""Tools that a machine may lack, and what they say of what is written: KaTeX, pdflatex, the schema of SARIF."""

from __future__ import annotations

import functools
import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import pytest

TESTS = Path(__file__).parent
NODE = TESTS.parent / ".cache" / "node"
"""Where npm puts what `tests/package.json` pins; git ignores it."""


def require(found: object, what: str) -> None:
    """Skip the test where `found` is false; fail it where SYMCONV_REQUIRE_TOOLS=1 says that everything is there."""
    if not found:
        _missing(f"{what} is not installed")


def _missing(reason: str) -> NoReturn:
    if os.environ.get("SYMCONV_REQUIRE_TOOLS") == "1":
        pytest.fail(f"{reason}, and SYMCONV_REQUIRE_TOOLS is 1")
    pytest.skip(reason)


# Mathematics in Markdown

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_BLOCK = re.compile(r"^```(\w*)\n(.*?)\n```$|^\$\$\n(.*?)\n\$\$$", re.DOTALL | re.MULTILINE)
_INLINE = re.compile(r"(?<!\\)\$(?:`([^`\n]+)`|([^`$\n]+))\$")


def display_math(markdown: str) -> list[str]:
    """The bodies of all ```math fences and $$ blocks."""
    blocks = (match.groups() for match in _BLOCK.finditer(_COMMENT.sub("", markdown)))
    return [dollars if fence is None else fenced for fence, fenced, dollars in blocks if fence in ("math", None)]


def inline_math(markdown: str) -> list[str]:
    """The mathematics within lines: $`...`$, or $...$."""
    return [ticked or dollars for ticked, dollars in _INLINE.findall(_without_blocks(markdown))]


def math_blocks(markdown: str) -> list[str]:
    """All the mathematics of a page, in either dialect."""
    return display_math(markdown) + inline_math(markdown)


def prose(markdown: str) -> str:
    """What is left of a page without its mathematics, code and comments."""
    return _INLINE.sub("", _without_blocks(markdown))


def _without_blocks(markdown: str) -> str:
    return _BLOCK.sub("", _COMMENT.sub("", markdown))


# KaTeX

_CHECK = """
const katex = require("katex");
const options = {strict: "error", throwOnError: true, trust: false, displayMode: true};
const errors = [];
for (const block of JSON.parse(require("fs").readFileSync(0, "utf8"))) {
  try {
    katex.renderToString(block, options);
  } catch (error) {
    errors.push(`${error.message} in ${block}`);
  }
}
process.stdout.write(JSON.stringify(errors));
"""


def katex_errors(blocks: Sequence[str]) -> list[str]:
    """What KaTeX in strict mode says against any of the blocks."""
    require(shutil.which("node"), "node")
    require(_npm_package("katex"), "KaTeX")
    answer = subprocess.run(
        ["node", "-e", _CHECK],
        input=json.dumps(list(blocks)),
        env={**os.environ, "NODE_PATH": str(NODE / "node_modules")},
        capture_output=True,
        check=True,
        encoding="utf-8",
    )
    return json.loads(answer.stdout)


@functools.cache
def _npm_package(name: str) -> bool:
    """Whether a package is there in the version that is pinned; where it is not, npm is asked for it once."""
    package = TESTS / "package.json"
    pinned = json.loads(package.read_bytes())["dependencies"][name]
    NODE.mkdir(parents=True, exist_ok=True)
    with _alone(NODE / "lock"):
        if _installed_version(name) != pinned:
            shutil.copy(package, NODE)
            _npm_install()
        return _installed_version(name) == pinned


def _installed_version(name: str) -> str | None:
    manifest = NODE / "node_modules" / name / "package.json"
    return json.loads(manifest.read_bytes())["version"] if manifest.exists() else None


def _npm_install() -> None:
    npm = shutil.which("npm")
    if npm:
        quick = ["--fetch-retries=0", "--fetch-timeout=30000"]
        quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock"]
        subprocess.run([npm, "install", "--prefix", str(NODE), *quick, *quiet], capture_output=True, check=False)


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Only one process at a time is inside; a killed one leaves nothing behind."""
    fcntl = pytest.importorskip("fcntl", reason="file locks need a POSIX system")
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


# SARIF


def sarif_schema() -> Any:
    """The schema of SARIF 2.1.0 that OASIS published."""
    require(_npm_package("@microsoft/jest-sarif"), "@microsoft/jest-sarif, which brings the schema of SARIF")
    schema = NODE / "node_modules" / "@microsoft" / "jest-sarif" / "lib" / "schemas" / "sarif-2.1.0-rtm.5.json"
    return json.loads(schema.read_bytes())


# GitHub

_REFUSED = re.compile(
    r"\\(?:operatorname|mbox|[hv]?phantom|bm|raisebox|intertext|cellcolor|bbox|label|eqref)(?![A-Za-z])"
    r"|\\hspace\*|\\begin\{multline\*?\}"
)
_STRUCTURE = re.compile(r"\\\\|\\(begin|end)\{")


def github_refuses(block: str, *, inline: bool = False) -> list[str]:
    """What GitHub refuses or mangles in mathematics, though some of it is fine with KaTeX."""
    found = _REFUSED.findall(block)
    if inline and r"\tag" in block:
        found.append(r"\tag within a line")
    if _breaks_outside(block):
        found.append(r"\\ outside an environment")
    return found


def _breaks_outside(block: str) -> bool:
    depth = 0
    for piece in _STRUCTURE.finditer(block):
        if piece[1] is None and depth == 0:
            return True
        depth += {"begin": 1, "end": -1, None: 0}[piece[1]]
    return False


# LaTeX

_PROBLEM = re.compile(r"! |Overfull|Missing character|LaTeX (Font )?Warning")


def latex_problems(source: str) -> list[str]:
    """The lines of pdflatex's log that tell of an error, of something too wide or high, or of a missing character."""
    return [line for line in latex_log(source) if _PROBLEM.match(line)]


def latex_log(source: str) -> list[str]:
    """The lines of pdflatex's log; without a finished PDF, one of them begins with "!"."""
    require(shutil.which("pdflatex"), "pdflatex")
    tolerant = source.replace(r"\begin{document}", r"\begin{document}\hfuzz=2pt ", 1)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "page.tex").write_text(tolerant, encoding="utf-8")
        run = subprocess.run(
            ["pdflatex", "-halt-on-error", "-no-shell-escape", "-interaction=nonstopmode", "page.tex"],
            cwd=folder,
            env={**os.environ, "max_print_line": "1000"},
            capture_output=True,
            check=False,
            timeout=120,
        )
        log = (Path(folder) / "page.log").read_text(encoding="utf-8", errors="replace").splitlines()
    done = run.returncode == 0 and any(line.startswith("Output written on page.pdf") for line in log)
    return log if done or any(line.startswith("!") for line in log) else [*log, "! no PDF"]
