"""Files are written whole or not at all, and nobody else's work is overwritten."""

import errno
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from symconv import Conv, derive
from symconv.errors import InputError
from symconv.writing.files import MARK, write_whole

OWN = f"<!-- {MARK} -->\nold\n"
NEW = f"<!-- {MARK} -->\nnew, with ∂ and ×\n"
FOREIGN = "somebody's own notes\n"
AS_ROOT = getattr(os, "geteuid", lambda: 0)() == 0


@pytest.fixture
def target(tmp_path):
    """A file that symconv wrote, alone in its folder."""
    path = tmp_path / "conv.md"
    path.write_text(OWN, encoding="utf-8")
    return path


def refusal(path, text=NEW, **options):
    """The one line that says why a file was not written."""
    with pytest.raises(InputError) as refused:
        write_whole(path, text, **options)
    message = str(refused.value)
    assert "\n" not in message
    assert message.startswith(f"output {path} ")
    return message


def files(folder):
    return sorted(path.name for path in folder.iterdir())


# What is written


def test_a_new_file_holds_the_text_as_utf8_with_plain_line_ends(tmp_path):
    write_whole(tmp_path / "new.md", NEW)
    assert (tmp_path / "new.md").read_bytes() == NEW.encode()
    assert files(tmp_path) == ["new.md"]


def test_its_own_file_is_replaced(target):
    write_whole(target, NEW)
    assert target.read_text(encoding="utf-8") == NEW
    assert files(target.parent) == ["conv.md"]


@pytest.mark.parametrize("content", [FOREIGN.encode(), b"", b"\xff\x00" * 1000, b" " * 1000 + MARK.encode()])
def test_a_file_of_somebody_else_is_replaced_only_with_force(tmp_path, content):
    path = tmp_path / "notes.md"
    path.write_bytes(content)
    assert "exists and was not written by symconv" in refusal(path)
    assert path.read_bytes() == content
    write_whole(path, NEW, force=True)
    assert path.read_text(encoding="utf-8") == NEW
    assert files(tmp_path) == ["notes.md"]


@pytest.mark.skipif(os.name != "posix", reason="other systems have other rights")
def test_a_new_file_has_the_rights_that_the_user_gives_new_files(tmp_path):
    previous = os.umask(0o027)
    try:
        write_whole(tmp_path / "new.md", NEW)
    finally:
        os.umask(previous)
    assert (tmp_path / "new.md").stat().st_mode & 0o777 == 0o640


@pytest.mark.skipif(os.name != "posix", reason="other systems have other rights")
def test_a_replaced_file_keeps_its_rights(target):
    target.chmod(0o600)
    write_whole(target, NEW)
    assert target.stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(os.name != "posix", reason="links need rights elsewhere")
def test_a_link_stays_a_link_to_the_file_that_is_replaced(target):
    link = target.with_name("link.md")
    link.symlink_to(target.name)
    write_whole(link, NEW)
    assert link.is_symlink()
    assert target.read_text(encoding="utf-8") == NEW


# What is not


@pytest.mark.parametrize("place", ["missing/conv.md", "notes.txt/conv.md", "x" * 300 + ".md"])
@pytest.mark.parametrize("force", [False, True])
def test_a_place_that_cannot_be_is_refused(tmp_path, place, force):
    (tmp_path / "notes.txt").write_text(FOREIGN, encoding="utf-8")
    assert "cannot be written: " in refusal(tmp_path / place, force=force)
    assert files(tmp_path) == ["notes.txt"]


@pytest.mark.parametrize("force", [False, True])
def test_a_folder_is_refused(tmp_path, force):
    assert "is a folder: name a file in it" in refusal(tmp_path, force=force)


@pytest.mark.skipif(AS_ROOT, reason="root may write everywhere")
def test_a_folder_without_the_right_to_write_is_refused(target):
    target.parent.chmod(0o500)
    try:
        assert "cannot be written: Permission denied" in refusal(target)
    finally:
        target.parent.chmod(0o700)
    assert target.read_text(encoding="utf-8") == OWN


@pytest.mark.skipif(AS_ROOT, reason="root may read everything")
def test_a_file_without_the_right_to_read_is_refused(target):
    target.chmod(0o200)
    assert "cannot be read: Permission denied" in refusal(target)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
@pytest.mark.parametrize("force", [False, True])
def test_a_pipe_is_refused_without_waiting_for_a_reader(tmp_path, force):
    pipe = tmp_path / "pipe.md"
    os.mkfifo(pipe)
    program = (
        "import sys; from pathlib import Path; from symconv.writing.files import write_whole;"
        f"write_whole(Path(sys.argv[1]), 'text', force={force})"
    )
    command = [sys.executable, "-c", program, str(pipe)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    assert "InputError" in run.stderr
    assert pipe.is_fifo()


# What goes wrong in the middle

FAILURES = [
    (tempfile, "mkstemp", errno.EACCES),
    (os, "fdopen", errno.EMFILE),
    (os, "fsync", errno.ENOSPC),
    (os, "fsync", errno.EIO),
    (os, "replace", errno.EPERM),
]


def failing(code):
    def call(*_, **__):
        raise OSError(code, os.strerror(code))

    return call


@pytest.mark.parametrize(("module", "call", "code"), FAILURES)
def test_a_failure_changes_nothing_and_leaves_nothing(monkeypatch, target, module, call, code):
    monkeypatch.setattr(module, call, failing(code))
    message = refusal(target)
    assert f"cannot be written: {os.strerror(code)}; nothing was changed" in message
    assert target.read_text(encoding="utf-8") == OWN
    assert files(target.parent) == ["conv.md"]


def test_a_full_disk_in_the_middle_of_a_long_text_changes_nothing(monkeypatch, target):
    """The system itself refuses to let the file grow, after part of it was written."""
    resource = pytest.importorskip("resource", reason="limits on the size of files need a POSIX system")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        message = refusal(target, NEW + "x" * 200_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert f"cannot be written: {os.strerror(errno.EFBIG)}" in message
    assert target.read_text(encoding="utf-8") == OWN
    assert files(target.parent) == ["conv.md"]


def test_an_interruption_leaves_nothing(monkeypatch, target):
    def interrupted(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_whole(target, NEW)
    assert target.read_text(encoding="utf-8") == OWN
    assert files(target.parent) == ["conv.md"]


def test_a_text_that_is_no_unicode_leaves_nothing(target):
    with pytest.raises(InputError, match="surrogates not allowed"):
        write_whole(target, "\udcff")
    assert target.read_text(encoding="utf-8") == OWN
    assert files(target.parent) == ["conv.md"]


# From a derivation


@pytest.fixture(scope="module")
def derivation():
    return derive(Conv((3, 3), (2, 2)))


@pytest.mark.parametrize(
    ("name", "to", "start"),
    [
        ("conv.md", None, "<!-- Generated by symconv"),
        ("conv.markdown", None, "<!-- Generated by symconv"),
        ("conv.MD", None, "<!-- Generated by symconv"),
        ("conv.tex", None, "% Generated by symconv"),
        ("conv", "latex", "% Generated by symconv"),
        ("conv.md", "latex-fragment", "% Generated by symconv"),
    ],
)
def test_the_suffix_gives_the_format_unless_it_is_said(tmp_path, derivation, name, to, start):
    path = tmp_path / name
    assert derivation.write(str(path), to=to) == path
    assert path.read_text(encoding="utf-8").startswith(start)
    assert derivation.write(path, to=to) == path


@pytest.mark.parametrize("name", ["conv", "conv.docx", "conv.", ".md"])
def test_another_suffix_is_refused_with_the_known_ones(tmp_path, derivation, name):
    with pytest.raises(
        InputError, match=r"no suffix that says its format: use \.md, \.markdown, \.tex, or say it with"
    ):
        derivation.write(tmp_path / name)
    assert files(tmp_path) == []


def test_every_format_carries_the_mark_where_it_is_looked_for(tmp_path, derivation):
    for to in ("markdown", "markdown-dollars", "latex", "latex-fragment"):
        for detail in ("brief", "full"):
            derivation.write(tmp_path / "again", to=to, detail=detail)


def test_nothing_is_written_when_rendering_fails(tmp_path, derivation):
    with pytest.raises(InputError):
        derivation.write(tmp_path / "conv.md", detail="long")
    assert not list(Path(tmp_path).iterdir())
