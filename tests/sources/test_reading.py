"""What lies at a path, and what Source it becomes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from bpcheck.sources import display_path, read_source, reading


def test_a_clean_file_has_a_tree_and_nothing_to_say(tmp_path: Path) -> None:
    file = tmp_path / "train.py"
    file.write_bytes(b"x = 1\n")
    source = read_source(file, "train.py")
    assert source.tree is not None
    assert (source.path, source.text, source.complete, source.diagnostics) == ("train.py", "x = 1\n", True, ())


@pytest.mark.parametrize("make", ["directory", "dangling", "missing", "pipe", "loop"])
def test_what_cannot_be_read_is_one_diagnostic(tmp_path: Path, make: str) -> None:
    file = tmp_path / "x.py"
    if make == "directory":
        file.mkdir()
    elif make == "dangling":
        file.symlink_to(tmp_path / "gone.py")
    elif make == "loop":
        file.symlink_to(file)
    elif make == "pipe":
        os.mkfifo(file)
    source = read_source(file, "x.py")
    assert source.tree is None
    assert not source.complete
    [diagnostic] = source.diagnostics
    assert (diagnostic.kind, diagnostic.path, diagnostic.fatal) == ("unreadable", "x.py", True)
    assert diagnostic.message.startswith("cannot be read: ")
    reasons = {
        "directory": "is a directory", "dangling": "no such file", "missing": "no such file",
        "pipe": "not a regular file", "loop": "symbolic link",
    }  # fmt: skip
    assert reasons[make] in diagnostic.message


def test_a_path_with_a_null_byte_is_unreadable() -> None:
    assert read_source(Path("a\0.py")).diagnostics[0].kind == "unreadable"


def test_permission_denied_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(file: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(file))

    monkeypatch.setattr(reading, "read_bytes", refuse)
    [diagnostic] = read_source(tmp_path / "x.py", "x.py").diagnostics
    assert diagnostic.message == "cannot be read: permission denied"


def test_a_huge_file_is_told_and_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "LARGEST_PYTHON_FILE", 10)
    source = read_source(Path("x.py"), data=b"x = 1\n" * 10)
    assert [diagnostic.kind for diagnostic in source.diagnostics] == ["too-large"]


@pytest.mark.parametrize(
    ("file", "shown"),
    [("/a/b/c.py", "c.py"), ("/a/b/d/c.py", "d/c.py"), ("/a/c.py", "/a/c.py"), ("/a/bb/c.py", "/a/bb/c.py")],
)
def test_paths_are_shown_relative_to_the_working_directory(file: str, shown: str) -> None:
    assert display_path(Path(file), Path("/a/b")) == shown
