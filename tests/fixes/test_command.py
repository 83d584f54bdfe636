"""`--fix`, `--unsafe-fixes` and `--diff` on files."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from bpcheck.fixes.apply import fix_all


def test_only_safe_fixes_unless_told_otherwise(bpcheck: Any, folder: Path) -> None:
    (folder / "a.py").write_text("ZERO\nDOUBLE\n")
    result = bpcheck("a.py", "--fix")
    assert (folder / "a.py").read_text() == "zeroed\nDOUBLE\n"
    assert "Fixed 1 finding in 1 file: BP305 (1)." in result.out
    assert bpcheck("a.py", "--unsafe-fixes").code == 0
    assert (folder / "a.py").read_text() == "zeroed\nSINGLE\n"


def test_nothing_is_touched_without_fix(bpcheck: Any, folder: Path) -> None:
    file = folder / "a.py"
    file.write_text("ZERO\n")
    before = file.stat()
    bpcheck("a.py")
    bpcheck("a.py", "--diff")
    assert (file.read_text(), file.stat().st_ino, file.stat().st_mtime_ns) == (
        "ZERO\n", before.st_ino, before.st_mtime_ns
    )  # fmt: skip


def test_files_without_fixes_are_not_rewritten(bpcheck: Any, folder: Path) -> None:
    for name, text in (("a.py", "ZERO\n"), ("b.py", "DOUBLE\n")):
        (folder / name).write_text(text)
    before = (folder / "b.py").stat().st_ino
    bpcheck(".", "--fix")
    assert (folder / "b.py").stat().st_ino == before


def test_mode_bytes_and_links_stay(bpcheck: Any, folder: Path) -> None:
    file = folder / "real.py"
    file.write_bytes(b"\xef\xbb\xbf# \xc3\xa9\r\nZERO\r\nx\n")
    file.chmod(0o751)
    (folder / "link.py").symlink_to("real.py")
    bpcheck("link.py", "--fix")
    assert file.read_bytes() == b"\xef\xbb\xbf# \xc3\xa9\r\nzeroed\r\nx\n"
    assert file.stat().st_mode & 0o777 == 0o751
    assert (folder / "link.py").is_symlink()
    assert sorted(path.name for path in folder.iterdir()) == ["link.py", "real.py"]


def test_a_file_that_cannot_be_written_is_told(bpcheck: Any, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "a.py").write_text("ZERO\n")

    def refuse(source: str, target: str) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "replace", refuse)
    result = bpcheck("a.py", "--fix")
    assert result.code == 2
    assert "a.py:1:1: fix-not-written: the fix cannot be written: Permission denied" in result.out
    assert (folder / "a.py").read_text() == "ZERO\n"
    assert [path.name for path in folder.iterdir()] == ["a.py"]


def test_what_changed_meanwhile_is_not_overwritten(bpcheck: Any, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = folder / "a.py"
    file.write_text("ZERO\n")

    def slow(*args: Any) -> Any:
        fixed = fix_all(*args)
        file.write_text("saved by an editor\n")
        return fixed

    monkeypatch.setattr("bpcheck.fixes.command.fix_all", slow)
    result = bpcheck("a.py", "--fix")
    assert result.code == 2
    assert "a.py:1:1: fix-not-written: changed while it was checked, so no fix was written" in result.out
    assert file.read_text() == "saved by an editor\n"


def test_diff_is_one_that_patch_takes(bpcheck: Any, folder: Path) -> None:
    texts = {"a.py": b"import x\nZERO\n\n\nlast = ZERO", "b.py": b"x\r\nZERO\r\n", "c.py": b"nothing\n"}
    for name, data in texts.items():
        (folder / name).write_bytes(data)
    result = bpcheck(".", "--diff")
    assert result.code == 1
    assert "Would fix 3 findings in 2 files: BP305 (3)." in result.err
    (folder / "change.diff").write_bytes(result.out.encode())
    git = shutil.which("git")
    assert git
    subprocess.run([git, "apply", "--unsafe-paths", "change.diff"], check=True, cwd=folder)
    assert (folder / "a.py").read_bytes() == b"import x\nzeroed\n\n\nlast = zeroed"
    assert (folder / "b.py").read_bytes() == b"x\r\nzeroed\r\n"


def test_diff_without_fixes_is_empty(bpcheck: Any, folder: Path) -> None:
    (folder / "a.py").write_text("DOUBLE\n")
    result = bpcheck("a.py", "--diff")
    assert (result.code, result.out, result.err) == (1, "", "Nothing to fix.\n")


def test_diff_says_by_its_code_that_something_would_change(bpcheck: Any, folder: Path) -> None:
    (folder / "a.py").write_text("ZERO\n")
    assert bpcheck("a.py", "--diff", "--fail-on", "error").code == 1
    assert bpcheck("a.py", "--diff", "--fail-on", "error", "--exit-zero").code == 0
    (folder / "a.py").write_text("x\n")
    assert bpcheck("a.py", "--diff").code == 0


def test_other_files_are_written_where_one_has_changed(
    bpcheck: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.py", "b.py", "c.py", "d.py"):
        (folder / name).write_text("ZERO\n")

    def slow(*args: Any) -> Any:
        fixed = fix_all(*args)
        fixed.together |= {frozenset({"b.py", "c.py"})}  # as one fix that spans both
        (folder / "b.py").write_text("pass\n")
        return fixed

    monkeypatch.setattr("bpcheck.fixes.command.fix_all", slow)
    result = bpcheck(".", "--fix")
    assert result.code == 2
    assert "c.py:1:1: fix-not-written: not written, since a file that has to change with it was not" in result.out
    texts = [(folder / name).read_text() for name in ("a.py", "b.py", "c.py", "d.py")]
    assert texts == ["zeroed\n", "pass\n", "ZERO\n", "zeroed\n"]


def test_a_file_given_by_two_names_is_written_once(bpcheck: Any, folder: Path) -> None:
    (folder / "real.py").write_text("ZERO\n")
    (folder / "link.py").symlink_to("real.py")
    assert bpcheck("real.py", "link.py", "--fix").code == 0
    assert (folder / "real.py").read_text() == "zeroed\n"


def test_a_notebook_keeps_all_but_the_line_that_changes(bpcheck: Any, folder: Path) -> None:
    text = NOTEBOOK.replace("@", "ZERO")
    (folder / "n.ipynb").write_text(text)
    diff = bpcheck("n.ipynb", "--diff")
    assert [line for line in diff.out.splitlines() if line[:1] in "+-"][2:] == [
        '-    "x = 1\\n", "ZERO"',
        '+    "x = 1\\n", "zeroed"',
    ]
    assert bpcheck("n.ipynb", "--fix").code == 0
    assert (folder / "n.ipynb").read_text() == NOTEBOOK.replace("@", "zeroed")


NOTEBOOK = """{"cells": [
  {"source": ["# ZERO in words"], "cell_type": "markdown", "metadata": {}},
  {"cell_type": "code", "execution_count": 3, "metadata": {"a" :1e2},
   "outputs": [{"text": ["ZERO \\u00e9\\/"]}],
   "source": [
    "x = 1\\n", "@"
   ]}
 ], "nbformat":4, "nbformat_minor" : 4, "metadata": {}}
"""
